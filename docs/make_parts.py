"""Write the parts of the guides that list what the code has: graph, rules, checks, settings.

Run it after a change to one of these; a test compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

ROOT = Path(__file__).parents[1]


def graph() -> str:
    """The graph as Mermaid."""
    from multivis import build_graph

    return f"```mermaid\n{build_graph().get_graph().draw_mermaid().strip()}\n```"


def rules() -> str:
    """The twelve rules as a table."""
    from multivis import RuleBook

    lines = ["| rule | statement | guards | paper |", "|---|---|---|---|"]
    for rule in RuleBook():
        equation = rule.paper.rpartition(", ")[2]
        lines.append(f"| {rule.id} {rule.name} | {rule.statement} | {rule.guards} | {equation} |")
    return "\n".join(lines)


def checks() -> str:
    """The standard checks as a table."""
    from multivis.charts.checks import all_checks

    lines = ["| check | what holds when it passes | severity |", "|---|---|---|"]
    lines += [f"| `{c.id}` | {c.statement} | {c.severity.value} |" for c in all_checks()]
    return "\n".join(lines)


def _fields(model: type[BaseModel], heading: str) -> str:
    """The fields of a settings model as a table."""
    lines = [f"| {heading} | default | what it does |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        if name != "limits":
            lines.append(f"| `{name}` | `{_value(field.default)}` | {field.description} |")
    return "\n".join(lines)


def _value(value: object) -> str:
    """A default as a person writes it; one that is computed is the cache folder."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}" if value >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:g}"
    if value is None:
        return "none"
    return value if isinstance(value, str) else "~/.cache/multivis"


def choices() -> str:
    """The choices of `Settings`."""
    from multivis import Settings

    return _fields(Settings, "setting")


def limits() -> str:
    """The bounds of `Limits`."""
    from multivis import Limits

    return _fields(Limits, "limit")


PARTS: dict[str, Callable[[], str]] = {
    "multivis graph": graph,
    "rules": rules,
    "checks": checks,
    "choices": choices,
    "limits": limits,
}


def main() -> None:
    """Write every part that a guide has a place for."""
    for file in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = before = file.read_text(encoding="utf-8")
        for tag, make in PARTS.items():
            pattern = re.compile(f"(<!-- {tag} -->\n).*?(<!-- end -->)", flags=re.S)
            if pattern.search(text):
                part = make()
                text = pattern.sub(lambda m, part=part: f"{m[1]}{part}\n{m[2]}", text)
        if text != before:
            file.write_text(text, encoding="utf-8")
            print(f"wrote {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
