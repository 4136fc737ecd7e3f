"""Axes of a Plotly figure: type, categories in drawn order, extent, and which move together."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from multivis.views.arrays import as_date, looks_like_dates, plain
from multivis.views.figure import Axis, AxisType, Trace, word

__all__ = ["read_axes"]


def read_axes(layout: Mapping[str, Any], traces: Sequence[Trace]) -> dict[str, Axis]:
    """The axes by id; those of the layout that no trace stands on are left out."""
    used: dict[str, list[Trace]] = {}
    for trace in traces:
        for name in trace.axes or ():
            used.setdefault(name, []).append(trace)
    names = sorted(used, key=lambda n: (n[0], int(n[5:] or 1)))
    groups = _groups(layout, names)
    made: dict[str, Axis] = {}
    for name in names:
        on_group = [t for member in groups[name] for t in used.get(member, ())]
        made[name] = _axis(name, layout, on_group, groups[name])
    return made


def _axis(
    name: str, layout: Mapping[str, Any], traces: Sequence[Trace], group: tuple[str, ...]
) -> Axis:
    definition = layout.get(name)
    definition = definition if isinstance(definition, Mapping) else {}
    letter = name[0]
    columns = [c for t in traces for c in _columns_on(t, letter)]
    kind = _type(definition, columns, str(layout.get("autotypenumbers", "convert types")))
    categories = tuple(_categories(definition, traces, letter)) if kind == "category" else ()
    bare = Axis(name, kind, categories=categories)
    backwards = "reversed" in str(definition.get("autorange", ""))
    fixed = None
    span = definition.get("range")
    if isinstance(span, list | tuple) and len(span) == 2 and None not in span:
        found = _range(span, kind)
        if found is not None:
            backwards = found[0] > found[1]
            fixed = (min(found), max(found))
    return Axis(
        name,
        kind,
        title=_title(definition.get("title")),
        categories=categories,
        extent=_extent(bare, columns, traces, letter),
        matches=group,
        range=fixed,
        reversed=backwards,
    )


def _columns_on(trace: Trace, letter: str) -> Iterable[Any]:
    """The columns of a trace that are measured on its x or y axis."""
    if letter in trace.columns and not ("end" in trace.columns and letter == _value_letter(trace)):
        yield trace.columns[letter]
    if "end" in trace.columns and letter == _value_letter(trace):
        yield trace.columns["start"]
        yield trace.columns["end"]
    if trace.tops is not None and letter == _value_letter(trace):
        yield trace.tops
    if letter == "y":
        for role in ("open", "high", "low", "close"):
            if role in trace.columns:
                yield trace.columns[role]


def _value_letter(trace: Trace) -> str:
    return "x" if trace.orientation == "h" else "y"


def _type(definition: Mapping[str, Any], columns: Sequence[Any], numbers_are: str) -> AxisType:
    """The type that is given, or that plotly.js would find."""
    given = definition.get("type")
    if given in {"linear", "log", "date", "category"}:
        return given  # type: ignore[no-any-return]
    if given == "multicategory":
        return "category"
    filled = [column for column in columns if len(column)]
    if not filled or all(hasattr(column, "dtype") for column in filled):
        return "linear"
    if all(looks_like_dates(column) for column in filled if not hasattr(column, "dtype")):
        return "date"
    strict = str(definition.get("autotypenumbers", numbers_are)) == "strict"
    for column in filled:
        if not hasattr(column, "dtype") and any(_isword(v, strict) for v in column):
            return "category"
    return "linear"


def _isword(value: Any, strict: bool) -> bool:
    """Whether a value is a category rather than a number."""
    if isinstance(value, bool):
        return True
    if not isinstance(value, str):
        return False
    if strict:
        return True
    try:
        float(value)
    except ValueError:
        return bool(value.strip())
    return False


def _range(span: Sequence[Any], kind: str) -> tuple[float, float] | None:
    """A fixed range as coordinates; on log axes Plotly gives exponents."""
    try:
        if kind == "date":
            low, high = as_date(span[0]), as_date(span[1])
        else:
            low, high = float(span[0]), float(span[1])
        if kind == "log":
            low, high = 10.0**low, 10.0**high
    except (TypeError, ValueError, OverflowError):
        return None
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


def _extent(
    axis: Axis, columns: Sequence[Any], traces: Sequence[Trace], letter: str
) -> tuple[float, float] | None:
    """Smallest and largest coordinate; bars start at zero, categories are half a step wider."""
    import numpy as np

    if axis.type == "category":
        return (-0.5, len(axis.categories) - 0.5) if axis.categories else None
    low, high = math.inf, -math.inf
    for column in columns:
        found = axis.coordinates(column)
        found = found[np.isfinite(found)]
        if len(found):
            low, high = min(low, float(found.min())), max(high, float(found.max()))
    bars = any(
        t.kind in {"bar", "histogram"} and "start" not in t.columns and _value_letter(t) == letter
        for t in traces
    )
    if bars and axis.type == "linear" and low <= high:
        low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if low <= high else None


def _categories(definition: Mapping[str, Any], traces: Sequence[Trace], letter: str) -> list[str]:
    """Categories in drawn order (``categoryarray`` and ``categoryorder``)."""
    seen: dict[str, list[float]] = {}
    for trace in traces:
        column = trace.columns.get(letter)
        if column is None:
            continue
        is_position = _value_letter(trace) != letter
        values = trace.values if is_position and len(trace.values) == len(column) else None
        for place, item in enumerate(column):
            if item is None or (isinstance(item, float) and math.isnan(item)):
                continue
            listed = seen.setdefault(word(plain(item)), [])
            if values is not None and math.isfinite(values[place]):
                listed.append(float(values[place]))
    given = [word(plain(v)) for v in definition.get("categoryarray") or []]
    order = str(definition.get("categoryorder") or ("array" if given else "trace"))
    names = list(seen)
    if order == "array":
        names = [*given, *(name for name in names if name not in set(given))]
    elif order.startswith("category"):
        names.sort(reverse=order.endswith("descending"))
    elif match := re.fullmatch(r"(total|sum|min|max|mean|median) (ascending|descending)", order):
        measure = _MEASURES[match[1]]
        names.sort(key=lambda n: measure(seen[n]) if seen[n] else 0.0)
        if match[2] == "descending":
            names.reverse()
    return names


def _median(values: Sequence[float]) -> float:
    import statistics

    return statistics.median(values)


_MEASURES: dict[str, Callable[[Sequence[float]], float]] = {
    "total": math.fsum,
    "sum": math.fsum,
    "min": min,
    "max": max,
    "mean": lambda values: math.fsum(values) / len(values),
    "median": _median,
}


def _groups(layout: Mapping[str, Any], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Axis → the axes that move with it: joined by ``matches``, at any distance."""
    leader = {name: name for name in names}

    def root(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for name in names:
        definition = layout.get(name)
        other = definition.get("matches") if isinstance(definition, Mapping) else None
        if isinstance(other, str):
            number = other[1:]
            target = f"{other[:1]}axis{'' if number in {'', '1'} else number}"
            if target in leader:
                leader[root(name)] = root(target)
    members: dict[str, list[str]] = {}
    for name in names:
        members.setdefault(root(name), []).append(name)
    return {name: tuple(members[root(name)]) for name in names}


def _title(title: Any) -> str:
    if isinstance(title, Mapping):
        title = title.get("text")
    return title if isinstance(title, str) else ""
