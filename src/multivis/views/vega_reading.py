"""Traces and axes of a Vega-Lite chart, read from what the reference runtime draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from multivis.views.arrays import as_date, date_text, plain
from multivis.views.figure import Axis, AxisType, Trace, word
from multivis.views.vega_units import Unit, unescaped

if TYPE_CHECKING:
    from multivis.charts.scenegraph import Item, Mark, Scene

__all__ = ["Reading", "SeriesKey", "read"]

_KINDS = {
    "point": "scatter",
    "circle": "scatter",
    "square": "scatter",
    "tick": "scatter",
    "trail": "line",
    "arc": "pie",
    "rect": "heatmap",
    "boxplot": "box",
    "geoshape": "map",
    "errorband": "area",
    "errorbar": "rule",
}
_SERIES = ("color", "fill", "stroke", "shape", "strokeDash", "strokeWidth", "detail")
_DRAWN = {"color": ("fill", "stroke")}
_ALONG = frozenset({"bar", "tick", "boxplot", "errorbar"})


@dataclass(frozen=True)
class SeriesKey:
    """What makes a trace: its unit, and the values that tell its items from others.

    Attributes:
        unit: Name of the unit.
        fields: Field of the datum → raw value.
        plain_fields: Whether these are fields of the data, not made by the encoding.
    """

    unit: str
    fields: tuple[tuple[str, Any], ...] = ()
    plain_fields: bool = True


@dataclass
class Reading:
    """What was read: traces with their keys, axes, and which units stand on an axis."""

    traces: list[Trace] = field(default_factory=list)
    keys: list[SeriesKey] = field(default_factory=list)
    axes: dict[str, Axis] = field(default_factory=dict)
    units: dict[str, list[str]] = field(default_factory=dict)
    raw: dict[str, dict[str, Any]] = field(default_factory=dict)
    channels: dict[int, Mapping[str, str]] = field(default_factory=dict)


def read(scene: Scene, units: Sequence[Unit], shared: Mapping[str, bool]) -> Reading:
    """Read a drawn chart.

    Args:
        scene: What is drawn.
        units: The units of the specification that was drawn, in order.
        shared: ``{"x": …, "y": …}``: whether views that are put together share an axis.
    """
    made = Reading()
    places: dict[int, str] = {}  # view of the scene → number of its axes
    spots: dict[str, dict[str, list[float]]] = {}
    for drawn in scene.marks:
        # channels name fields as Vega-Lite writes them, with dots and brackets escaped
        channels = {name: unescaped(given) for name, given in drawn.channels.items()}
        mark = replace(drawn, channels=channels)
        unit = _unit_of(mark, units)
        if unit is None or not mark.items or not _is_own(mark, unit):
            continue
        number = places.setdefault(mark.view, "" if not places else str(len(places) + 1))
        on_axes = any(c in unit.encoding for c in ("x", "y")) and unit.mark != "geoshape"
        ids = (f"xaxis{number}", f"yaxis{number}") if on_axes else None
        for key, items in _series(mark, unit, scene).items():
            trace = _trace(len(made.traces), unit, mark, key, items, ids)
            made.traces.append(trace)
            made.keys.append(key)
            made.channels[trace.index] = mark.channels
        for name in ids or ():
            if unit.name not in made.units.setdefault(name, []):
                made.units[name].append(unit.name)
            _note_spots(spots.setdefault(name, {}), made.raw, name, mark, unit)
    by_name = {unit.name: unit for unit in units}
    _name_dates(made, scene, places, spots)
    for name in made.units:
        made.axes[name] = _axis(name, made, by_name, spots.get(name, {}), scene, places, shared)
    return made


def _unit_of(mark: Mark, units: Sequence[Unit]) -> Unit | None:
    return next((u for u in units if mark.name.startswith(u.name + "_")), None)


def _is_own(mark: Mark, unit: Unit) -> bool:
    """Whether a mark shows the data of its unit: of a box plot, only the boxes do."""
    roles = {"boxplot": "box", "errorbar": "errorbar"}
    return unit.mark not in roles or mark.role == roles[unit.mark]


# ── series ──────────────────────────────────────────────────────────────────────────────────


def _series(mark: Mark, unit: Unit, scene: Scene) -> dict[SeriesKey, list[Item]]:
    """The items of a mark by series, in order of appearance."""
    fields = [] if unit.mark in {"arc", "rect", "text"} else _series_fields(mark, unit)
    cell = scene.views[mark.view].datum if 0 <= mark.view < len(scene.views) else {}
    fixed = tuple((name, value) for name, value in cell.items() if not isinstance(value, dict))
    is_plain = all(own for _, own in fields)
    found: dict[SeriesKey, list[Item]] = {}
    for item in mark.items:
        if not item.defined and not item.datum:
            continue
        values = tuple((name, item.datum.get(name)) for name, _ in fields)
        key = SeriesKey(unit.name, (*fixed, *(v for v in values if v not in fixed)), is_plain)
        found.setdefault(key, []).append(item)
    return found


def _series_fields(mark: Mark, unit: Unit) -> list[tuple[str, bool]]:
    """Fields that split a mark into series, and whether each is a field of the data."""
    found: dict[str, bool] = {}
    for channel in _SERIES:
        given = unit.encoding.get(channel)
        for definition in given if isinstance(given, list) else [given]:
            if not isinstance(definition, Mapping) or "condition" in definition:
                continue
            if channel != "detail" and not _is_discrete(definition):
                continue
            made = any(definition.get(k) for k in ("bin", "timeUnit", "aggregate"))
            drawn = next(
                (mark.channels[c] for c in _DRAWN.get(channel, (channel,)) if c in mark.channels),
                None,
            )
            name = drawn or (None if made else definition.get("field"))
            if isinstance(name, str):
                found.setdefault(unescaped(name), not made)
    return list(found.items())


def _is_discrete(definition: Mapping[str, Any]) -> bool:
    kind = definition.get("type")
    if kind is None:
        made = definition.get("aggregate") or definition.get("bin") or definition.get("timeUnit")
        kind = "quantitative" if made else "nominal"
    return kind in {"nominal", "ordinal"} and isinstance(definition.get("field"), str)


# ── traces ──────────────────────────────────────────────────────────────────────────────────


def _trace(
    index: int,
    unit: Unit,
    mark: Mark,
    key: SeriesKey,
    items: Sequence[Item],
    ids: tuple[str, str] | None,
) -> Trace:
    kind = _KINDS.get(unit.mark, unit.mark)
    lying = _is_lying(unit)
    columns: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    for letter in "xy":
        columns |= _position(letter, mark, unit, items, measure=(letter == "x") == lying)
    if unit.mark == "arc":
        columns = _slices(mark, unit, items)
    elif unit.mark == "boxplot":
        columns |= _boxes(unit, items, "x" if lying else "y")
    elif unit.mark in {"rect", "geoshape"}:
        columns |= _coloured(mark, items)
    if unit.mark == "text":
        columns["text"] = [item.text for item in items]
    size = unit.encoding.get("size")
    if isinstance(size, Mapping) and isinstance(size.get("field"), str):
        columns["size"] = [plain(item.datum.get(unescaped(size["field"]))) for item in items]
    columns = {
        role: column for role, column in columns.items() if any(v is not None for v in column)
    }
    first = mark.channels.get("x" if lying else "y", "")
    stem = first.removesuffix("_end")
    tops = None
    if mark.channels.get("x2" if lying else "y2") == f"{stem}_start" != first:
        tops = [plain(item.datum.get(first)) for item in items]
    if "end" in columns and _is_temporal(unit.encoding.get("x" if lying else "y")):
        columns["value"] = [
            (as_date(b) - as_date(a)) / 86_400_000.0
            for a, b in zip(columns["start"], columns["end"], strict=True)
        ]
        notes = ("values are lengths in days",)
    on_categories = all(_axis_type(unit.encoding.get(letter)) == "category" for letter in "xy")
    if "size" in columns and on_categories:
        columns["value"] = columns["size"]
    if unit.mark == "bar" and any(role.startswith("bin_") for role in columns):
        kind = "histogram"
    name = " / ".join(_text(value) for _, value in key.fields)
    colour = unit.encoding.get("color")
    if not name and isinstance(colour, Mapping) and isinstance(colour.get("datum"), str):
        name = colour["datum"]
    return Trace(
        index=index,
        name=name,
        kind=kind,
        type=unit.mark,
        columns=columns,
        axes=ids,
        orientation="h" if lying else "v",
        subplot="" if ids else ("geo" if unit.mark == "geoshape" else "domain"),
        notes=notes,
        tops=tops,
    )


def _text(value: Any) -> str:
    return date_text(as_date(value)) or "" if isinstance(value, datetime) else word(value)


def _is_lying(unit: Unit) -> bool:
    """Whether bars lie: x measures and y does not (Vega-Lite's rule for orientation)."""
    mark = unit.node.get("mark")
    if isinstance(mark, Mapping) and mark.get("orient"):
        return bool(mark["orient"] == "horizontal")
    x, y = unit.encoding.get("x"), unit.encoding.get("y")
    if unit.mark not in _ALONG and unit.mark != "area":
        return _measures(x) and isinstance(y, Mapping) and _axis_type(y) == "category"
    measures = [_measures(x), _measures(y)]
    if measures == [True, True]:
        return _aggregated(x) and not _aggregated(y)
    if "x2" in unit.encoding and "y2" not in unit.encoding:
        return True
    return measures == [True, False]


def _measures(definition: Any) -> bool:
    """Whether a channel shows a measured quantity."""
    if not isinstance(definition, Mapping) or definition.get("bin"):
        return False
    kind = definition.get("type")
    return kind == "quantitative" or (kind is None and bool(definition.get("aggregate")))


def _aggregated(definition: Any) -> bool:
    return isinstance(definition, Mapping) and bool(definition.get("aggregate"))


def _position(
    letter: str, mark: Mark, unit: Unit, items: Sequence[Item], *, measure: bool
) -> dict[str, Any]:
    """The columns of an x or y: a place, a measured length, or where from and where to."""
    channels = mark.channels
    first = channels.get(letter) or channels.get(f"{letter}c")
    second = channels.get(f"{letter}2")
    if first is None and second is None:
        return _binned(letter, unit, items)
    temporal = _is_temporal(unit.encoding.get(letter))
    if second is None or first is None:
        name = first or second or ""
        return {letter: [_value(i.datum.get(name), temporal) for i in items]}
    stem = first.removesuffix("_end")
    if first == f"{stem}_end" and second == f"{stem}_start":
        return {letter: [_length(i.datum, stem, first, second) for i in items]}
    ends = [first, second] if f"{first}_end" == second else [second, first]
    spans = [[_value(i.datum.get(name), temporal) for i in items] for name in ends]
    if stem.startswith("bin_") or ends[0].startswith("bin_"):
        middle = [
            (a + b) / 2 if isinstance(a, int | float) and isinstance(b, int | float) else None
            for a, b in zip(*spans, strict=True)
        ]
        return {letter: middle, "bin_start": spans[0], "bin_end": spans[1]}
    if ends[1] == f"{ends[0]}_end":  # a time unit: from the start of the month to its end
        return {letter: spans[0]}
    start = [_value(i.datum.get(first), temporal) for i in items]
    end = [_value(i.datum.get(second), temporal) for i in items]
    return {letter: start, "start": start, "end": end} if measure else {letter: start}


def _binned(letter: str, unit: Unit, items: Sequence[Item]) -> dict[str, Any]:
    """Middles of the bins that points stand in; Vega-Lite compiles no field for them."""
    definition = unit.encoding.get(letter)
    if not isinstance(definition, Mapping) or not definition.get("bin") or not items:
        return {}
    field_name = unescaped(str(definition.get("field", "")))
    names = [n for n in items[0].datum if n.startswith("bin_") and n.endswith("_" + field_name)]
    if not names:
        return {}
    ends = [(i.datum.get(names[0]), i.datum.get(names[0] + "_end")) for i in items]
    return {
        letter: [
            (a + b) / 2 if isinstance(a, int | float) and isinstance(b, int | float) else None
            for a, b in ends
        ]
    }


def _length(datum: Mapping[str, Any], stem: str, end: str, start: str) -> Any:
    """The measured value of a stacked mark: that of the data when it is what is drawn."""
    raw, high, low = datum.get(stem), datum.get(end), datum.get(start)
    if not isinstance(high, int | float) or not isinstance(low, int | float):
        return plain(raw)
    drawn = high - low
    if isinstance(raw, int | float) and math.isclose(abs(raw), abs(drawn), rel_tol=1e-9):
        return raw
    return drawn


def _is_temporal(definition: Any) -> bool:
    if not isinstance(definition, Mapping):
        return False
    kind = definition.get("type")
    return kind == "temporal" or (kind is None and bool(definition.get("timeUnit")))


def _value(value: Any, temporal: bool) -> Any:
    """A value of a datum; dates as text."""
    if isinstance(value, datetime):
        return date_text(as_date(value))
    if temporal and isinstance(value, int | float) and not isinstance(value, bool):
        return date_text(float(value))
    return plain(value)


def _slices(mark: Mark, unit: Unit, items: Sequence[Item]) -> dict[str, Any]:
    """Slices: labels from the colour, values from the angle or the radius."""
    made: dict[str, Any] = {}
    label = mark.channels.get("fill") or mark.channels.get("stroke")
    if label is not None and _is_discrete_channel(unit):
        made["label"] = [_text(item.datum.get(label)) for item in items]
    for end, start in (("startAngle", "endAngle"), ("outerRadius", "innerRadius")):
        high, low = mark.channels.get(end), mark.channels.get(start)
        if high is not None:
            stem = high.removesuffix("_end")
            values = [
                _length(i.datum, stem, high, low) if low else plain(i.datum.get(high))
                for i in items
            ]
            if any(isinstance(value, int | float) for value in values):
                return {**made, "value": values}
    return made


def _is_discrete_channel(unit: Unit) -> bool:
    given = unit.encoding.get("color") or unit.encoding.get("fill")
    return isinstance(given, Mapping) and _is_discrete(given)


def _boxes(unit: Unit, items: Sequence[Item], letter: str) -> dict[str, Any]:
    """Quartiles and median of the boxes of a box plot."""
    del unit
    made: dict[str, Any] = {}
    for role, start in (("q1", "lower_box_"), ("median", "mid_box_"), ("q3", "upper_box_")):
        names = [n for n in (items[0].datum if items else {}) if n.startswith(start)]
        if names:
            made[role] = [plain(item.datum.get(names[0])) for item in items]
    if "median" in made:
        made[letter] = made["median"]
    return made


def _coloured(mark: Mark, items: Sequence[Item]) -> dict[str, Any]:
    """The value that cells and regions are coloured by."""
    name = mark.channels.get("fill") or mark.channels.get("stroke")
    if name is None:
        return {}
    values = [plain(item.datum.get(name)) for item in items]
    numeric = all(v is None or isinstance(v, int | float) for v in values)
    return {"z": values} if numeric else {"text": values}


# ── axes ────────────────────────────────────────────────────────────────────────────────────


def _note_spots(
    spots: dict[str, list[float]],
    raw: dict[str, dict[str, Any]],
    name: str,
    mark: Mark,
    unit: Unit,
) -> None:
    """Remember where each category stands in the picture, and its raw value."""
    letter = name[0]
    first = mark.channels.get(letter) or mark.channels.get(f"{letter}c")
    if first is None or _axis_type(unit.encoding.get(letter)) != "category":
        return
    for item in mark.items:
        value = item.datum.get(first)
        label = _text(value) if value is not None else ""
        spot = item.box.left if letter == "x" else item.box.top
        if label:
            spots.setdefault(label, []).append(spot)
            raw.setdefault(name, {}).setdefault(label, value)


def _name_dates(
    made: Reading,
    scene: Scene,
    places: Mapping[int, str],
    spots: dict[str, dict[str, list[float]]],
) -> None:
    """Call months, weekdays and the like as the axis calls them, where it names every one."""
    for name, found in spots.items():
        raw = made.raw.get(name, {})
        if not raw or not all(isinstance(value, datetime) for value in raw.values()):
            continue
        views = [view for view, number in places.items() if name[5:] == number]
        drawn = [a for a in scene.axes if a.direction == name[0] and a.view in views]
        texts = [label.text for label in drawn[0].labels] if drawn else []
        ordered = sorted(found, key=lambda label: min(found[label]))
        if len(texts) != len(ordered) or len(set(texts)) != len(texts):
            continue
        new = dict(zip(ordered, texts, strict=True))
        spots[name] = {new[label]: place for label, place in found.items()}
        made.raw[name] = {new[label]: value for label, value in raw.items()}
        for trace in made.traces:
            if trace.axes is not None and name in trace.axes and name[0] in trace.columns:
                column = trace.columns[name[0]]
                columns = {**trace.columns, name[0]: [new.get(v, v) for v in column]}
                made.traces[trace.index] = replace(trace, columns=columns)


def _axis_type(definition: Any) -> AxisType:
    """How a channel measures positions."""
    if not isinstance(definition, Mapping):
        return "linear"
    scale = definition.get("scale")
    scale_type = scale.get("type") if isinstance(scale, Mapping) else None
    kind = definition.get("type")
    if kind is None:
        made = definition.get("aggregate") or definition.get("bin")
        kind = "quantitative" if made else "temporal" if definition.get("timeUnit") else "nominal"
        if "datum" in definition or "value" in definition:
            kind = "quantitative"
    if kind == "temporal":
        return "category" if scale_type in {"band", "point", "ordinal"} else "date"
    if kind in {"nominal", "ordinal"}:
        return "category"
    return "log" if scale_type == "log" else "linear"


def _axis(
    name: str,
    made: Reading,
    units: Mapping[str, Unit],
    spots: Mapping[str, list[float]],
    scene: Scene,
    places: Mapping[int, str],
    shared: Mapping[str, bool],
) -> Axis:
    letter = name[0]
    own = [units[unit] for unit in made.units[name]]
    definitions = [u.encoding[letter] for u in own if letter in u.encoding]
    main = next((d for d in definitions if isinstance(d, Mapping) and "field" in d), None)
    main = main or (definitions[0] if definitions else None)
    kind = _axis_type(main)
    categories = tuple(sorted(spots, key=lambda label: min(spots[label])))
    views = [view for view, number in places.items() if name[5:] == number]
    drawn = [a for a in scene.axes if a.direction == letter and a.view in views]
    title = next((a.title for a in drawn if a.title), "")
    reverse = False
    fixed: tuple[float, float] | None = None
    scale = main.get("scale") if isinstance(main, Mapping) else None
    if isinstance(scale, Mapping):
        reverse = bool(scale.get("reverse"))
        fixed = _domain(scale.get("domain"), kind)
    bare = Axis(name, kind, categories=categories)
    mine = set(made.units[name])
    matches = tuple(
        other
        for other in made.units
        if other[0] == letter and (shared.get(letter) or mine & set(made.units[other]))
    )
    group = [t for t in made.traces if t.axes is not None and set(t.axes) & set(matches)]
    return Axis(
        name,
        kind,
        title=title,
        categories=categories,
        extent=_extent(bare, group, letter),
        matches=matches,
        range=fixed,
        reversed=reverse,
    )


def _domain(domain: Any, kind: str) -> tuple[float, float] | None:
    """A domain that the specification fixes, as coordinates."""
    if not isinstance(domain, list) or len(domain) != 2 or kind == "category":
        return None
    found = [as_date(v) if kind == "date" else v for v in domain]
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in found):
        return None
    low, high = (float(v) for v in found)
    return (min(low, high), max(low, high)) if math.isfinite(low + high) else None


def _extent(axis: Axis, traces: Sequence[Trace], letter: str) -> tuple[float, float] | None:
    import numpy as np

    if axis.type == "category":
        return (-0.5, len(axis.categories) - 0.5) if axis.categories else None
    low, high = math.inf, -math.inf
    for trace in traces:
        columns = [trace.columns.get(letter, [])]
        if (trace.orientation == "h") == (letter == "x"):
            columns += [trace.columns.get("start", []), trace.columns.get("end", [])]
            columns.append(trace.tops or [])
        for column in columns:
            found = axis.coordinates(column)
            found = found[np.isfinite(found)]
            if len(found):
                low, high = min(low, float(found.min())), max(high, float(found.max()))
    if axis.type == "linear" and low <= high and any(_from_zero(t, letter) for t in traces):
        low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if low <= high else None


def _from_zero(trace: Trace, letter: str) -> bool:
    """Whether a trace is drawn from zero along an axis."""
    along = "x" if trace.orientation == "h" else "y"
    return (
        trace.kind in {"bar", "histogram", "area"}
        and along == letter
        and "end" not in trace.columns
    )
