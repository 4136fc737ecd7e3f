"""Prompts: Markdown files with their variables declared on top.

```
---
variables: [backend]
---
You write {backend} code. Doubled braces are {{literal}}.
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from multivis.errors import GraphError

__all__ = ["Prompt", "load_prompt", "prompt_names", "render_prompt"]

_PACKAGE = "multivis.prompts"
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*\n", re.DOTALL | re.MULTILINE)
_VARIABLES = re.compile(r"^variables[ \t]*:[ \t]*\[([^\]]*)\][ \t]*$", re.MULTILINE)
_PLACE = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Prompt:
    """A template and the variables that it declares."""

    name: str
    variables: frozenset[str]
    text: str

    @classmethod
    def parse(cls, name: str, source: str) -> Prompt:
        """Read a template.

        Raises:
            GraphError: No front matter, no declaration, or a place that is not declared.
        """
        source = source.replace("\r\n", "\n")
        front = _FRONT.match(source)
        declared = _VARIABLES.search(front.group(1)) if front else None
        if front is None or declared is None:
            raise GraphError(
                f"The prompt {name!r} does not declare its variables.",
                hint="Begin the file with: ---, variables: [a, b], ---.",
            )
        variables = frozenset(part.strip() for part in declared.group(1).split(",") if part.strip())
        text = source[front.end() :].strip("\n") + "\n"
        used = {match.group(1) for match in _PLACE.finditer(text) if match.group(1)}
        if used - variables:
            raise GraphError(
                f"The prompt {name!r} uses {_names(used - variables)} without declaring it.",
                hint="Add it to variables, or double the braces.",
            )
        return cls(name, variables, text)

    def render(self, **variables: object) -> str:
        """Fill the template; values are put in as they are and never read as templates.

        Raises:
            GraphError: A variable is missing, or is not declared.
        """
        given = frozenset(variables)
        if given != self.variables:
            missing, unknown = self.variables - given, given - self.variables
            what = f"lacks {_names(missing)}" if missing else f"does not take {_names(unknown)}"
            declared = _names(self.variables) or "none"
            raise GraphError(f"The prompt {self.name!r} {what}; it declares: {declared}.")

        def fill(match: re.Match[str]) -> str:
            if match.group(1) is None:
                return match.group(0)[0]
            return str(variables[match.group(1)])

        return _PLACE.sub(fill, self.text)


def _names(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names))


@lru_cache(maxsize=64)
def load_prompt(name: str, package: str = _PACKAGE) -> Prompt:
    """The prompt of that name, read once.

    Args:
        name: The file's name without its ending.
        package: Where it is.

    Raises:
        GraphError: There is no such prompt, or it is not well formed.
    """
    if name not in prompt_names(package):
        raise GraphError(
            f"There is no prompt {name!r}.",
            hint=f"There are: {', '.join(prompt_names(package)) or 'none'}.",
        )
    source = files(package).joinpath(f"{name}.md").read_text(encoding="utf-8")
    return Prompt.parse(name, source)


def prompt_names(package: str = _PACKAGE) -> tuple[str, ...]:
    """Names of the prompts that there are."""
    return tuple(
        sorted(
            entry.name.removesuffix(".md")
            for entry in files(package).iterdir()
            if entry.name.endswith(".md")
        )
    )


def render_prompt(name: str, **variables: object) -> str:
    """Fill the prompt of that name.

    Raises:
        GraphError: There is no such prompt, or the variables are not those it declares.
    """
    return load_prompt(name).render(**variables)
