"""Plotly figures: read from their JSON, handled as plotly.js would, drawn by a browser."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from multivis.errors import InputError, SourceFormatError
from multivis.views.arrays import date_text
from multivis.views.figure import Axis, Bound, Interaction, Trace, ViewState
from multivis.views.plotly_axes import read_axes
from multivis.views.plotly_stacks import stacked
from multivis.views.plotly_traces import columns_of, kind_of, subplot_of

__all__ = ["PlotlyFigure"]

_NEW = ViewState()


class PlotlyFigure:
    """A Plotly figure (`multivis.views.figure.Figure`).

    Args:
        spec: ``{"data": […], "layout": {…}, "frames": […]}``, typed arrays as they come.

    Raises:
        InputError: ``data`` is not a list of traces.
    """

    library = "plotly"

    def __init__(self, spec: Mapping[str, Any]) -> None:
        data = spec.get("data")
        if not isinstance(data, list) or not all(isinstance(trace, Mapping) for trace in data):
            raise InputError(
                "A Plotly figure needs 'data' as a list of traces.",
                hint='Give {"data": […], "layout": {…}}.',
            )
        self.spec = dict(spec)
        self._read: dict[str | None, tuple[Trace, ...]] = {}

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    @cached_property
    def layout(self) -> dict[str, Any]:
        """The layout with the defaults of its template."""
        given = self.spec.get("layout")
        given = dict(given) if isinstance(given, Mapping) else {}
        template = given.get("template")
        defaults = template.get("layout") if isinstance(template, Mapping) else None
        merged = _merged(defaults if isinstance(defaults, Mapping) else {}, given)
        for name in [key for key in given if re.fullmatch(r"[xy]axis\d+", key)]:
            shared = (defaults or {}).get(name[:5])
            if isinstance(shared, Mapping) and isinstance(given[name], Mapping):
                merged[name] = _merged(shared, given[name])
        return merged

    @cached_property
    def data(self) -> list[dict[str, Any]]:
        """The traces with the defaults of the template, which go round by type."""
        return self._with_defaults(self.spec["data"])

    def _with_defaults(self, traces: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        layout = self.spec.get("layout")
        template = layout.get("template") if isinstance(layout, Mapping) else None
        by_type = template.get("data") if isinstance(template, Mapping) else None
        seen: dict[str, int] = {}
        made = []
        for trace in traces:
            kind = str(trace.get("type") or "scatter")
            options = by_type.get(kind) if isinstance(by_type, Mapping) else None
            place = seen[kind] = seen.get(kind, -1) + 1
            if isinstance(options, list) and options:
                made.append(_merged(options[place % len(options)], trace))
            else:
                made.append(dict(trace))
        return made

    @property
    def frames(self) -> tuple[str, ...]:
        """Names of the frames of an animation, in order; a frame without one has its number."""
        listed = self.spec.get("frames") or []
        return tuple(str(f.get("name", i)) for i, f in enumerate(listed) if isinstance(f, Mapping))

    def _data_at(self, frame: str | None) -> list[dict[str, Any]]:
        """The traces at a frame: a frame replaces the attributes that it gives."""
        if frame is None:
            return self.data
        if frame not in self.frames:
            names = ", ".join(repr(name) for name in self.frames[:20])
            raise InputError(
                f"The figure has no frame {frame!r}.",
                hint=f"Use one of {names}." if names else "It is not animated.",
            )
        found = self.spec["frames"][self.frames.index(frame)]
        changed = list(self.data)
        parts = found.get("data") or []
        places = found.get("traces") or range(len(parts))
        for place, part in zip(places, self._with_defaults(parts), strict=False):
            if 0 <= int(place) < len(changed):
                base = {k: v for k, v in changed[int(place)].items() if k not in part}
                changed[int(place)] = {**base, **part}
        return changed

    def traces(self, state: ViewState = _NEW, *, frame: str | None = None) -> tuple[Trace, ...]:
        """Every trace with its columns; `visible` is that of the state."""
        if frame not in self._read:
            self._read[frame] = tuple(
                self._trace(place, trace) for place, trace in enumerate(self._data_at(frame))
            )
        shown = [self._seen(trace, state) for trace in self._read[frame]]
        with _readable("the stacked traces"):
            return tuple(stacked(shown, self.data, self.layout))

    def _trace(self, place: int, trace: Mapping[str, Any]) -> Trace:
        with _readable(f"trace {place} ({trace.get('type') or 'scatter'})"):
            return self._read_trace(place, trace)

    def _read_trace(self, place: int, trace: Mapping[str, Any]) -> Trace:
        columns, notes = columns_of(trace)
        subplot = subplot_of(trace)
        axes = None
        if subplot == "xy":
            axes = (_axis_id(trace.get("xaxis"), "x"), _axis_id(trace.get("yaxis"), "y"))
        kind = str(trace.get("type") or "scatter")
        upright = trace.get("orientation") != "h"
        if kind == "histogram" and trace.get("orientation") is None:
            upright = trace.get("x") is not None or trace.get("y") is None
        return Trace(
            index=place,
            name=str(trace.get("name") or ""),
            kind=kind_of(trace),
            type=kind,
            columns=columns,
            axes=axes,
            orientation="v" if upright else "h",
            visible=trace.get("visible", True) is True,
            subplot="" if axes else subplot,
            notes=notes,
        )

    def _seen(self, trace: Trace, state: ViewState) -> Trace:
        import dataclasses

        visible = state.visible.get(trace.index, trace.visible)
        hidden = {*state.hidden_labels} | {str(v) for v in self.layout.get("hiddenlabels") or []}
        if trace.kind == "pie" and hidden & set(trace.columns["label"]):
            kept = [i for i, label in enumerate(trace.columns["label"]) if label not in hidden]
            columns = {r: [column[i] for i in kept] for r, column in trace.columns.items()}
            return dataclasses.replace(trace, visible=visible, columns=columns, origin=kept)
        if visible != trace.visible:
            return dataclasses.replace(trace, visible=visible)
        return trace

    def axes(self) -> Mapping[str, Axis]:
        """The axes by id, with their types as plotly.js finds them."""
        return self._axes

    @cached_property
    def _axes(self) -> dict[str, Axis]:
        traces = self.traces()
        with _readable("the axes"):
            return read_axes(self.layout, traces)

    # ── handling ────────────────────────────────────────────────────────────────────────────

    def relayout(
        self, state: ViewState, x: tuple[Bound, Bound], y: tuple[Bound, Bound], axes: Sequence[str]
    ) -> Interaction:
        """Set the range of an x and of a y axis; axes that match it follow."""
        from multivis.views.ranges import asked_ranges

        asked = asked_ranges(self.axes(), state, x, y, axes)
        ranges = dict(state.ranges)
        payload: dict[str, Any] = {}
        for name, span in asked.items():
            for follower in self.axes()[name].matches:
                ranges[follower] = span
                written = self._written(self.axes()[follower], span)
                payload[f"{follower}.range[0]"], payload[f"{follower}.range[1]"] = written
        return Interaction(state.model_copy(update={"ranges": ranges}), payload)

    def _written(self, axis: Axis, span: tuple[float, float]) -> list[Any]:
        """A range as Plotly writes it: exponents on log axes, texts for dates."""
        if axis.type == "log":
            found: list[Any] = [math.log10(value) for value in span]
        elif axis.type == "date":
            found = [date_text(value) for value in span]
        else:
            found = list(span)
        return found[::-1] if axis.reversed else found

    def legendclick(
        self, state: ViewState, curve_number: int, label: str | None = None
    ) -> Interaction:
        """Switch a trace, or one slice of a pie, on or off."""
        from multivis.views.ranges import valid_trace

        shown = self.traces(state)
        trace = valid_trace(shown, curve_number)
        payload: dict[str, Any] = {"curve_number": curve_number, "expanded_index": curve_number}
        if label is not None:
            return self._slice_click(state, trace, label, payload)
        visible = {**state.visible, curve_number: not trace.visible}
        payload["visible"] = True if visible[curve_number] else "legendonly"
        update = {"visible": visible, "clicked": curve_number}
        return Interaction(state.model_copy(update=update), payload)

    def _slice_click(
        self, state: ViewState, trace: Trace, label: str, payload: dict[str, Any]
    ) -> Interaction:
        names = self.traces()[trace.index].columns.get("label", [])
        if trace.kind != "pie" or label not in names:
            known = ", ".join(repr(name) for name in names) if trace.kind == "pie" else ""
            raise InputError(
                f"Trace {trace.index} has no slice {label!r}.",
                hint=f"Its slices are {known}." if known else "Leave out the label.",
            )
        hidden = list(state.hidden_labels)
        hidden.remove(label) if label in hidden else hidden.append(label)
        payload |= {"label": label, "hiddenlabels": list(hidden)}
        update = {"hidden_labels": tuple(hidden), "clicked": trace.index}
        return Interaction(state.model_copy(update=update), payload)

    # ── giving out ──────────────────────────────────────────────────────────────────────────

    def specification(self, state: ViewState = _NEW) -> dict[str, Any]:
        """The figure with ranges, visibility and selection written into it."""
        if state == _NEW:
            return dict(self.spec)
        made = {key: value for key, value in self.spec.items() if key not in {"data", "layout"}}
        made["data"] = [
            {**trace, "visible": True if state.visible[i] else "legendonly"}
            if i in state.visible
            else trace
            for i, trace in enumerate(self.spec["data"])
        ]
        layout = dict(self.spec.get("layout") or {})
        for name, span in state.ranges.items():
            axis = dict(layout.get(name) or {})
            axis.pop("autorange", None)
            axis["range"] = self._written(self.axes()[name], span)
            layout[name] = axis
        if state.hidden_labels:
            known = [str(v) for v in self.layout.get("hiddenlabels") or []]
            layout["hiddenlabels"] = [*known, *state.hidden_labels]
        if state.selection is not None:
            layout["selections"] = [*(layout.get("selections") or []), *self._boxes(state)]
        made["layout"] = layout
        return made

    def _boxes(self, state: ViewState) -> list[dict[str, Any]]:
        """The selection as Plotly keeps it in a layout, where all four sides are known."""
        chosen = state.selection or {}
        names = chosen.get("axes") or ["xaxis", "yaxis"]
        box: dict[str, Any] = {"type": "rect", "line": {"width": 1, "dash": "dot"}}
        for name in names:
            axis = self.axes().get(name)
            if axis is None:
                return []
            span = chosen.get(axis.letter) or [None, None]
            around = state.ranges.get(name) or axis.range or axis.extent or (0.0, 1.0)
            sides = [around[i] if span[i] is None else span[i] for i in (0, 1)]
            box[f"{axis.letter}ref"] = name.replace("axis", "")
            if axis.type == "date":
                written: list[Any] = [date_text(side) for side in sides]
            else:
                written = list(sides)
            box[f"{axis.letter}0"], box[f"{axis.letter}1"] = written
        return [box]

    def png(self, state: ViewState = _NEW, *, scale: float = 1.0) -> bytes:
        """The picture of a state, drawn by the browser that is kept for all of them."""
        from multivis.charts.backends import get_backend

        made = copy.copy(self.specification(state))
        return get_backend("plotly").png(made, scale=scale)


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """Turn what a malformed part of a figure makes go wrong into one clear error."""
    try:
        yield
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise SourceFormatError(
            f"The figure cannot be read at {what}: {error}.",
            hint="Check its attributes against Plotly's figure reference.",
        ) from error


def _axis_id(short: Any, letter: str) -> str:
    """``"x2"`` as layouts name it: ``"xaxis2"``."""
    number = str(short or letter)[1:]
    if number and not number.isdigit():
        raise ValueError(f"{short!r} is no {letter} axis")
    return f"{letter}axis" + ("" if number in {"", "1"} else number)


def _merged(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` over `defaults`, objects merged and everything else replaced."""
    made = dict(defaults)
    for key, value in given.items():
        base = made.get(key)
        if isinstance(value, Mapping) and isinstance(base, Mapping) and "bdata" not in value:
            made[key] = _merged(base, value)
        elif value is not None:
            made[key] = value
    return made
