"""What a reader can do with a chart: its parameters by what they do, and its tooltips."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from multivis.charts.metrics.strict.drawn import DrawnChart
from multivis.charts.metrics.strict.matching import soft_f1

__all__ = ["Interaction", "interaction_score", "interactions_of"]


@dataclass(frozen=True)
class Interaction:
    """A parameter by what it does.

    Attributes:
        kind: ``interval``, ``point``, ``variable`` or ``tooltip``.
        bound: What it is bound to: ``scales``, ``legend``, the kind of an input, or "".
        targets: Channels or number of fields that it selects by.
        effects: What depends on it: conditions on channels, filters, domains, expressions.
    """

    kind: str
    bound: str = ""
    targets: frozenset[str] = frozenset()
    effects: frozenset[str] = frozenset()


def interaction_score(mine: DrawnChart, other: DrawnChart) -> float:
    """F1 of the interactions; two charts without any agree."""
    return soft_f1(interactions_of(mine), interactions_of(other), _similarity)


def _similarity(mine: Interaction, other: Interaction) -> float:
    if (mine.kind == "tooltip") != (other.kind == "tooltip"):
        return 0.0
    return (
        0.3 * (mine.kind == other.kind)
        + 0.3 * (mine.bound == other.bound)
        + 0.15 * _jaccard(mine.targets, other.targets)
        + 0.25 * _jaccard(mine.effects, other.effects)
    )


def _jaccard(mine: frozenset[str], other: frozenset[str]) -> float:
    union = mine | other
    return len(mine & other) / len(union) if union else 1.0


def interactions_of(chart: DrawnChart) -> list[Interaction]:
    """Every parameter once, wherever it is defined, and one entry if there are tooltips."""
    found: dict[str, Mapping[str, Any]] = {}
    for node in _nodes(chart.spec):
        for parameter in node.get("params") or ():
            if isinstance(parameter, Mapping) and "name" in parameter:
                found.setdefault(str(parameter["name"]), parameter)
    listed = [_interaction(chart.spec, name, entry) for name, entry in found.items()]
    channels = [use for view in chart.views for use in view.channels if use.name == "tooltip"]
    written = any(unit.mark_definition.get("tooltip") for unit in chart.units)
    if channels or written:
        listed.append(Interaction("tooltip"))
    return listed


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of a specification but its rows."""
    if isinstance(value, Mapping):
        yield value
        for key, part in value.items():
            if key not in {"datasets", "data", "usermeta"}:
                yield from _nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def _interaction(spec: Mapping[str, Any], name: str, entry: Mapping[str, Any]) -> Interaction:
    select = entry.get("select")
    options: Mapping[str, Any] = select if isinstance(select, Mapping) else {}
    kind = str(options.get("type") or (select if isinstance(select, str) else "variable"))
    encodings = options.get("encodings") or (["x", "y"] if kind == "interval" else [])
    fields = options.get("fields") or []
    return Interaction(
        kind=kind,
        bound=_bound(entry.get("bind")),
        targets=frozenset([*map(str, encodings), *(f"field {i}" for i, _ in enumerate(fields))]),
        effects=frozenset(_effects(spec, name)),
    )


def _bound(bind: Any) -> str:
    """What a parameter is bound to."""
    if isinstance(bind, str):
        return bind
    if not isinstance(bind, Mapping):
        return ""
    if "input" in bind:
        return str(bind["input"])
    inputs = sorted(str(part.get("input")) for part in bind.values() if isinstance(part, Mapping))
    return ",".join(inputs) or ("legend" if "legend" in bind else "")


def _effects(spec: Mapping[str, Any], name: str) -> Iterator[str]:
    """What a parameter changes."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    for node in _nodes(spec):
        for channel, definition in (node.get("encoding") or {}).items():
            if isinstance(definition, Mapping) and word.search(_text(definition)):
                scaled = word.search(_text(definition.get("scale", "")))
                yield f"domain of {channel}" if scaled else f"condition on {channel}"
        for transform in node.get("transform") or ():
            if word.search(_text(transform)):
                yield "filter" if "filter" in transform else "transform"
        mark = node.get("mark")
        if isinstance(mark, Mapping) and word.search(_text(mark)):
            yield "mark"


def _text(value: Any) -> str:
    return json.dumps(value, default=str)
