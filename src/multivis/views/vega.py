"""Vega-Lite charts: read from what the reference runtime draws, handled by their specification.

A zoom sets the domains of scales (categories are filtered), a click on the legend filters its
series out, a selection dims what lies outside the box. The picture is drawn by vl-convert.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from multivis.errors import InputError
from multivis.views.arrays import date_text
from multivis.views.figure import Axis, Bound, Interaction, Trace, ViewState
from multivis.views.vega_reading import Reading, SeriesKey, read
from multivis.views.vega_units import Unit, expanded, unescaped, units_of

__all__ = ["VegaFigure"]

_NEW = ViewState()
_DIMMED = 0.2


class VegaFigure:
    """A Vega-Lite chart (`multivis.views.figure.Figure`).

    Args:
        spec: Vega-Lite with its data inline.
    """

    library = "vega-lite"

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.spec = dict(spec)

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _reading(self) -> Reading:
        """What is drawn, once; raises RenderError when it cannot be drawn."""
        from multivis.charts.scenegraph import Scene

        spec = expanded(self.spec)
        units = units_of(spec)
        return read(Scene.of(spec), units, {letter: self._shares(letter) for letter in "xy"})

    def _shares(self, letter: str) -> bool:
        """Whether views side by side share an axis by ``resolve``."""
        resolve = self.spec.get("resolve")
        scales = resolve.get("scale") if isinstance(resolve, Mapping) else None
        return isinstance(scales, Mapping) and scales.get(letter) == "shared"

    def traces(self, state: ViewState = _NEW, *, frame: str | None = None) -> tuple[Trace, ...]:
        """Every series of every mark, views in drawing order."""
        import dataclasses

        if frame is not None:
            raise InputError(f"The figure has no frame {frame!r}.", hint="It is not animated.")
        found = []
        for trace in self._reading.traces:
            shown = state.visible.get(trace.index, True)
            made = trace if shown else dataclasses.replace(trace, visible=False)
            labels = trace.columns.get("label", [])
            if trace.kind == "pie" and set(state.hidden_labels) & set(labels):
                kept = [i for i, name in enumerate(labels) if name not in state.hidden_labels]
                columns = {r: [c[i] for i in kept] for r, c in trace.columns.items()}
                made = dataclasses.replace(made, columns=columns, origin=kept)
            found.append(made)
        return tuple(found)

    def axes(self) -> Mapping[str, Axis]:
        """The axes by id: ``xaxis`` and ``yaxis`` of the first view, ``xaxis2`` … of others."""
        return self._reading.axes

    # ── handling ────────────────────────────────────────────────────────────────────────────

    def relayout(
        self, state: ViewState, x: tuple[Bound, Bound], y: tuple[Bound, Bound], axes: Sequence[str]
    ) -> Interaction:
        """Set the domain of an x and of a y scale; views that share it follow."""
        from multivis.views.ranges import asked_ranges

        asked = asked_ranges(self.axes(), state, x, y, axes)
        ranges = dict(state.ranges)
        payload: dict[str, Any] = {}
        for name, span in asked.items():
            for follower in self.axes()[name].matches:
                axis = self.axes()[follower]
                if axis.type == "category":
                    self._filterable(axis)
                ranges[follower] = span
                ends = [date_text(end) if axis.type == "date" else end for end in span]
                payload[f"{follower}.range[0]"], payload[f"{follower}.range[1]"] = ends
        return Interaction(state.model_copy(update={"ranges": ranges}), payload)

    def _filterable(self, axis: Axis) -> None:
        """Refuse to zoom on bins that are drawn as categories: no filter names them."""
        for unit in units_of(expanded(self.spec)):
            definition = unit.encoding.get(axis.letter)
            on_axis = unit.name in self._reading.units[axis.id]
            if on_axis and isinstance(definition, Mapping) and definition.get("bin"):
                raise InputError(
                    f"The {axis.id} shows bins as categories and cannot be zoomed.",
                    hint="Select on it instead.",
                )

    def legendclick(
        self, state: ViewState, curve_number: int, label: str | None = None
    ) -> Interaction:
        """Switch a series, or one slice of a pie, on or off."""
        from multivis.views.ranges import valid_trace

        trace = valid_trace(self.traces(state), curve_number)
        payload: dict[str, Any] = {"curve_number": curve_number, "expanded_index": curve_number}
        if label is not None:
            names = self._reading.traces[curve_number].columns.get("label", [])
            if trace.kind != "pie" or label not in names:
                known = ", ".join(repr(name) for name in names)
                raise InputError(
                    f"Trace {curve_number} has no slice {label!r}.",
                    hint=f"Its slices are {known}." if known else "Leave out the label.",
                )
            hidden = [name for name in state.hidden_labels if name != label]
            if len(hidden) == len(state.hidden_labels):
                hidden.append(label)
            payload |= {"label": label, "hiddenlabels": list(hidden)}
            update: dict[str, Any] = {"hidden_labels": tuple(hidden), "clicked": curve_number}
            return Interaction(state.model_copy(update=update), payload)
        visible = {**state.visible, curve_number: not trace.visible}
        payload["visible"] = True if visible[curve_number] else "legendonly"
        update = {"visible": visible, "clicked": curve_number}
        return Interaction(state.model_copy(update=update), payload)

    # ── giving out ──────────────────────────────────────────────────────────────────────────

    def specification(self, state: ViewState = _NEW) -> dict[str, Any]:
        """The specification with domains, filters and dimming written into it."""
        if state.model_copy(update={"clicked": None}) == _NEW:
            return dict(self.spec)
        spec = expanded(self.spec)
        units = {unit.name: unit for unit in units_of(spec)}
        for name, span in state.ranges.items():
            self._zoom(self.axes()[name], span, units)
        hidden: dict[str, list[SeriesKey]] = {}
        for index, shown in state.visible.items():
            if not shown:
                key = self._reading.keys[index]
                hidden.setdefault(key.unit, []).append(key)
        for name, keys in hidden.items():
            self._hide(units[name], keys)
        for trace in self._reading.traces:
            if trace.kind == "pie" and state.hidden_labels:
                unit = units[self._reading.keys[trace.index].unit]
                _hide_slices(unit, state.hidden_labels)
        if state.selection is not None:
            self._dim(state.selection, units)
        return spec

    def _zoom(self, axis: Axis, span: tuple[float, float], units: Mapping[str, Unit]) -> None:
        """Write a range into every unit that stands on an axis."""
        for name in self._reading.units[axis.id]:
            unit = units[name]
            definition = unit.encoding.get(axis.letter)
            if not isinstance(definition, Mapping) or "value" in definition:
                continue
            if axis.type == "category":
                kept = [
                    self._reading.raw[axis.id].get(label, label)
                    for place, label in enumerate(axis.categories)
                    if span[0] <= place <= span[1]
                ]
                _add_transforms(unit, _category_filter(definition, kept))
                continue
            scale = definition.get("scale")
            scale = dict(scale) if isinstance(scale, Mapping) else {}
            changed = {**definition, "scale": {**scale, "domain": list(span), "nice": False}}
            _write(unit, axis.letter, changed)
            mark = unit.node["mark"]
            unit.node["mark"] = {
                **(mark if isinstance(mark, Mapping) else {"type": mark}),
                "clip": True,
            }

    def _hide(self, unit: Unit, keys: Sequence[SeriesKey]) -> None:
        """Take series out of a unit; the colours of the others stay."""
        if all(key.plain_fields for key in keys):
            tests = [_test(key.fields) for key in keys]
            self._keep_colours(unit)
            _add_transforms(unit, [{"filter": "!(" + " || ".join(tests) + ")"}])
            return
        tests = [_test(key.fields) for key in keys]
        _write_opacity(unit, [{"test": " || ".join(tests), "value": 0}])

    def _keep_colours(self, unit: Unit) -> None:
        """Fix the domain of a colour, so that taking a value out shifts none."""
        for channel in ("color", "fill", "stroke", "shape", "strokeDash"):
            definition = unit.encoding.get(channel)
            if not isinstance(definition, Mapping) or "field" not in definition:
                continue
            scale = definition.get("scale", {})
            if not isinstance(scale, Mapping) or "domain" in scale:
                continue
            values = {
                json.dumps(value, default=str): value
                for key in self._reading.keys
                if key.unit == unit.name
                for name, value in key.fields
                if name == unescaped(str(definition["field"])) and value is not None
            }
            ordered = list(values.values())
            if "sort" not in definition:
                ordered.sort(key=lambda v: (isinstance(v, str), v))
            if ordered:
                _write(unit, channel, {**definition, "scale": {**scale, "domain": ordered}})

    def _dim(self, selection: Mapping[str, Any], units: Mapping[str, Unit]) -> None:
        """Dim the marks outside a selected box; lines are one mark each and stay."""
        tests: dict[str, list[str]] = {}
        for name in selection.get("axes", []):
            axis = self.axes()[name]
            low, high = selection.get(axis.letter) or (None, None)
            for trace in self._reading.traces:
                unit = self._reading.keys[trace.index].unit
                if trace.axes is None or not set(trace.axes) & set(axis.matches):
                    continue
                channels = self._reading.channels[trace.index]
                field = channels.get(axis.letter) or channels.get(f"{axis.letter}c")
                if field is None or trace.kind in {"line", "area"}:
                    continue
                parts = self._inside(axis, field, low, high)
                if parts not in tests.setdefault(unit, []):
                    tests[unit].append(parts)
        for unit, parts_of in tests.items():
            condition = {"test": "!(" + " && ".join(parts_of) + ")", "value": _DIMMED}
            _write_opacity(units[unit], [condition])

    def _inside(self, axis: Axis, field: str, low: float | None, high: float | None) -> str:
        """An expression that is true for data inside the bounds of an axis."""
        value = f"datum[{json.dumps(field)}]"
        if axis.type == "category":
            kept = [
                self._reading.raw[axis.id].get(label, label)
                for place, label in enumerate(axis.categories)
                if (low is None or place >= low) and (high is None or place <= high)
            ]
            return f"indexof({_literals(kept)}, {_comparable(value, kept)}) >= 0"
        if axis.type == "date":
            value = f"toNumber({value})"
        sides = [] if low is None else [f"{value} >= {low!r}"]
        sides += [] if high is None else [f"{value} <= {high!r}"]
        return "(" + (" && ".join(sides) or "true") + ")"

    def png(self, state: ViewState = _NEW, *, scale: float = 1.0) -> bytes:
        """The picture of a state, drawn by vl-convert."""
        from multivis.charts.backends import get_backend

        return get_backend("altair").png(self.specification(state), scale=scale)


def _write(unit: Unit, channel: str, definition: Mapping[str, Any]) -> None:
    """Set a channel of a unit."""
    own = unit.node.get("encoding")
    unit.node["encoding"] = {**(own if isinstance(own, Mapping) else {}), channel: dict(definition)}
    unit.encoding[channel] = dict(definition)


def _write_opacity(unit: Unit, conditions: list[dict[str, Any]]) -> None:
    """Put conditions before the opacity that a unit has."""
    given = unit.encoding.get("opacity")
    given = dict(given) if isinstance(given, Mapping) else {}
    earlier = given.pop("condition", [])
    listed = [*conditions, *(earlier if isinstance(earlier, list) else [earlier])]
    if not given:
        mark = unit.node.get("mark")
        drawn = mark.get("opacity") if isinstance(mark, Mapping) else None
        given = {"value": drawn if isinstance(drawn, int | float) else _usual_opacity(unit)}
    _write(unit, "opacity", {**given, "condition": listed})


def _usual_opacity(unit: Unit) -> float:
    """Vega-Lite draws points and ticks at 0.7 unless told otherwise."""
    return 0.7 if unit.mark in {"point", "tick", "circle", "square"} else 1.0


def _add_transforms(unit: Unit, transforms: list[dict[str, Any]]) -> None:
    given = unit.node.get("transform")
    unit.node["transform"] = [*(given if isinstance(given, list) else []), *transforms]


def _category_filter(definition: Mapping[str, Any], kept: Sequence[Any]) -> list[dict[str, Any]]:
    """Transforms that keep some categories of a channel."""
    field = str(definition.get("field", ""))
    steps: list[dict[str, Any]] = []
    if definition.get("timeUnit"):
        steps.append({"timeUnit": definition["timeUnit"], "field": field, "as": "multivis_unit"})
        field = "multivis_unit"
    value = f"datum[{json.dumps(unescaped(field))}]"
    steps.append({"filter": f"indexof({_literals(kept)}, {_comparable(value, kept)}) >= 0"})
    return steps


def _comparable(value: str, kept: Sequence[Any]) -> str:
    from datetime import datetime

    return f"toNumber({value})" if any(isinstance(v, datetime) for v in kept) else value


def _literals(values: Sequence[Any]) -> str:
    """Values as a list in a Vega expression."""
    return "[" + ", ".join(_literal(value) for value in values) + "]"


def _literal(value: Any) -> str:
    from datetime import datetime

    from multivis.views.arrays import as_date

    if isinstance(value, datetime):
        return repr(as_date(value))
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN"
    return json.dumps(value)


def _test(fields: Sequence[tuple[str, Any]]) -> str:
    """An expression that is true for the data of one series; all data when it has no fields."""
    parts = []
    for name, value in fields:
        left = f"datum[{json.dumps(name)}]"
        parts.append(f"{_comparable(left, [value])} === {_literal(value)}")
    return "(" + (" && ".join(parts) or "true") + ")"


def _hide_slices(unit: Unit, labels: Sequence[str]) -> None:
    definition = unit.encoding.get("color") or unit.encoding.get("fill")
    field = definition.get("field") if isinstance(definition, Mapping) else None
    if isinstance(field, str):
        value = f"toString(datum[{json.dumps(unescaped(field))}])"
        test = f"indexof({_literals(list(labels))}, {value}) < 0"
        _add_transforms(unit, [{"filter": test}])
