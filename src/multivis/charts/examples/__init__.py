"""The library of examples: short charts that run, each with its own small data.

They live in Markdown files beside this module, one file a category, so that a person can read
them as a gallery. One example is::

    ## name
    One sentence that describes it.
    Keywords: words, people, search, for

    (a Python code block that makes its frame ``df`` and leaves ``chart`` or ``fig``)

The standard imports of the backend (TE-2) come before the code and are not repeated in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from multivis.errors import OptionError
from multivis.protocols import Example

__all__ = ["categories", "example_list", "get_example", "keywords_of", "search_examples"]

_EXAMPLE = re.compile(
    r"^## (?P<name>\w+)\n(?P<description>.+)\nKeywords: (?P<keywords>.+)\n\n"
    r"```python\n(?P<code>(?:.*\n)*?)```$",
    re.MULTILINE,
)
_STOP = frozenset(
    re.split(" ", "a an and as at by each for from in is it of on one or show that the to with")
)


@dataclass(frozen=True)
class _Entry:
    example: Example
    keywords: tuple[str, ...]


@cache
def _library() -> dict[str, _Entry]:
    """All examples by name, in the order of their files and headings."""
    entries: dict[str, _Entry] = {}
    order = ["simple", "bar", "line", "area", "circular", "scatter", "uncertainty"]
    order += ["distribution", "table", "map", "interactive", "calculation", "case_study"]
    names = [f"altair_{part}.md" for part in order] + ["plotly_basic.md", "matplotlib_basic.md"]
    for name in names:
        text = files(__package__).joinpath(name).read_text(encoding="utf-8")
        category = text.partition("\n")[0].removeprefix("# ").strip()
        for match in _EXAMPLE.finditer(text):
            example = Example(
                name=match["name"],
                category=category,
                description=match["description"].strip(),
                backend=name.partition("_")[0],
                code=match["code"],
            )
            words = tuple(word.strip() for word in match["keywords"].split(","))
            entries[example.name] = _Entry(example, words)
    return entries


def categories(backend: str | None = None) -> tuple[str, ...]:
    """The categories in order, of one backend or of all."""
    seen = dict.fromkeys(
        entry.example.category
        for entry in _library().values()
        if backend is None or entry.example.backend == backend
    )
    return tuple(seen)


def example_list(
    backend: str | None = "altair", category: str | None = None
) -> tuple[Example, ...]:
    """The examples of a backend, in order.

    Args:
        backend: ``"altair"`` (default), ``"plotly"`` or ``"matplotlib"``; None for all.
        category: Only those of this category; case and a trailing "charts" or "plots" do not
            matter.

    Raises:
        OptionError: There is no such category.
    """
    examples = [e.example for e in _library().values() if backend in (None, e.example.backend)]
    if category is None:
        return tuple(examples)
    wanted = _plain(category)
    found = [example for example in examples if _plain(example.category) == wanted]
    if not found:
        raise OptionError(
            f"There is no category {category!r} of examples.",
            hint="Use one of " + ", ".join(repr(name) for name in categories(backend)) + ".",
        )
    return tuple(found)


def _plain(category: str) -> str:
    words = re.findall(r"[a-z]+", category.lower())
    kept = [word.rstrip("s") for word in words if word not in ("chart", "charts", "plot", "plots")]
    return " ".join(kept)


def get_example(name: str) -> Example:
    """The example of that name.

    Raises:
        OptionError: There is none; the hint has the nearest names.
    """
    entry = _library().get(name.strip())
    if entry is not None:
        return entry.example
    from rapidfuzz import process

    near = [match for match, *_ in process.extract(name, list(_library()), limit=3)]
    raise OptionError(
        f"There is no example {name!r}.",
        hint="Did you mean " + ", ".join(repr(match) for match in near) + "?",
    )


def keywords_of(name: str) -> tuple[str, ...]:
    """The keywords of an example; empty for a name that is not in the library."""
    entry = _library().get(name)
    return entry.keywords if entry else ()


def search_examples(
    text: str, limit: int = 5, backend: str | None = "altair"
) -> tuple[Example, ...]:
    """Examples that fit a description, best first.

    A word of the text counts most as a keyword, then in the name, then in the description;
    near spellings count in part. Examples without any match are left out.

    Args:
        text: Words, a question, a request.
        limit: Most examples to return.
        backend: Only examples of this backend; None for all.
    """
    from rapidfuzz import fuzz

    words = [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in _STOP]
    lowered = " ".join(re.findall(r"[^\W_]+", text.lower()))

    def score(entry: _Entry) -> float:
        phrases = [keyword.lower() for keyword in entry.keywords]
        total = 3.0 * sum(f" {phrase} " in f" {lowered} " for phrase in phrases)
        keyword_words = {word for phrase in phrases for word in phrase.split()}
        name_words = set(entry.example.name.split("_"))
        described = set(re.findall(r"[^\W_]+", entry.example.description.lower())) - _STOP
        for word in words:
            for pool, weight in ((keyword_words, 2.0), (name_words, 1.5), (described, 1.0)):
                best = max((fuzz.ratio(word, other) for other in pool), default=0.0)
                total += weight * (best / 100) if best >= 82 else 0.0
        return total

    ranked = sorted(
        (
            (score(entry), entry.example)
            for entry in _library().values()
            if backend in (None, entry.example.backend)
        ),
        key=lambda pair: -pair[0],
    )
    return tuple(example for points, example in ranked[:limit] if points > 0)
