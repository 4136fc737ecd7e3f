"""Focal context: what an interaction directs attention to, and the points that lie in it.

A zoom, a click on the legend or a selection narrows a figure to ranges and traces (paper, §3).
The latest selection is the focus; without one, it is what the zoom shows. Hidden traces are
never part of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from multivis.views.figure import Axis, Figure, Trace, ViewState

if TYPE_CHECKING:
    import numpy as np

__all__ = ["focal_context", "focused_traces", "in_box", "mask", "take"]

Box = Mapping[str, tuple[float | None, float | None]]


def mask(trace: Trace, axes: Mapping[str, Axis], box: Box) -> np.ndarray[Any, Any]:
    """Which points of a trace lie in a box, bool, shape (n,).

    Args:
        trace: A trace; one on no axes, or on axes apart from those of the box, has none inside.
        axes: The axes of its figure.
        box: Axis id → bounds in coordinates; None on a side that is open.
    """
    import numpy as np

    inside = np.ones(len(trace), dtype=bool)
    for name, (low, high) in box.items():
        axis = axes[name]
        own = None if trace.axes is None else trace.axes[0 if axis.letter == "x" else 1]
        if own not in axis.matches:
            return np.zeros(len(trace), dtype=bool)
        least, most = _span(trace, axes[str(own)])
        if least is None or most is None:
            return np.zeros(len(trace), dtype=bool)
        with np.errstate(invalid="ignore"):
            inside &= np.isfinite(least) & np.isfinite(most)
            if low is not None:
                inside &= most >= low
            if high is not None:
                inside &= least <= high
    return inside


def _span(trace: Trace, axis: Axis) -> tuple[Any, Any]:
    """Where each point lies on an axis, from and to; the same for points without a length."""
    letter, columns = axis.letter, trace.columns
    along = "x" if trace.orientation == "h" else "y"
    if letter == along and "end" in columns:
        ends = [columns["start"], columns["end"]]
    elif letter == along and trace.tops is not None:
        ends = [trace.tops]
    elif letter == "y" and "low" in columns and "high" in columns:
        ends = [columns["low"], columns["high"]]
    elif letter in columns:
        ends = [columns[letter]]
    else:
        return None, None
    spans = [_padded(axis.coordinates(end), len(trace)) for end in ends]
    return spans[0], spans[-1]


def _padded(coordinates: Any, size: int) -> Any:
    """Coordinates of every point: one that has none is drawn nowhere."""
    import numpy as np

    missing = size - len(coordinates)
    return np.concatenate([coordinates, np.full(missing, np.nan)]) if missing > 0 else coordinates


def in_box(traces: Sequence[Trace], axes: Mapping[str, Axis], box: Box) -> tuple[Trace, ...]:
    """The visible traces cut down to the points in a box; those without any are left out."""
    found = []
    for trace in traces:
        if trace.visible:
            inside = mask(trace, axes, box)
            if inside.any():
                found.append(take(trace, inside.nonzero()[0]))
    return tuple(found)


def take(trace: Trace, places: Any) -> Trace:
    """A trace cut down to some positions of its columns; it remembers which rows they are."""
    columns = {
        role: column[places] if hasattr(column, "dtype") else [column[int(p)] for p in places]
        for role, column in trace.columns.items()
        if len(column) == len(trace)
    }
    origin = tuple(trace.row(int(place)) for place in places)
    tops = None if trace.tops is None else [trace.tops[int(place)] for place in places]
    return dataclasses.replace(trace, columns=columns, origin=origin, tops=tops)


def focus_box(state: ViewState) -> dict[str, tuple[float | None, float | None]]:
    """The box of the focus: the selection, else the zoomed ranges; empty when there is none."""
    if state.selection is not None:
        box = {}
        for name in state.selection.get("axes", []):
            low, high = state.selection.get(name[0]) or (None, None)
            if (low, high) != (None, None):
                box[name] = (low, high)
        return box
    return dict(state.ranges)


def focused_traces(
    figure: Figure, state: ViewState, *, frame: str | None = None
) -> tuple[Trace, ...]:
    """The visible traces, cut down to the focus where there is one."""
    traces = figure.traces(state, frame=frame)
    box = focus_box(state)
    axes = figure.axes()
    lead: dict[str, tuple[float | None, float | None]] = {}
    for name, span in box.items():  # axes that move together bound the same points
        if not any(name in axes[known].matches for known in lead):
            lead[name] = span
    if lead:
        apart = [n for n in lead if n not in _first_of(axes, lead)]
        if not apart:
            return in_box(traces, axes, lead)
        return _each_on_its_own(traces, axes, lead)
    return tuple(trace for trace in traces if trace.visible)


def _first_of(axes: Mapping[str, Axis], names: Mapping[str, Any]) -> set[str]:
    """One x and one y axis of those named."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(axes[name].letter, name)
    return set(found.values())


def _each_on_its_own(
    traces: Sequence[Trace], axes: Mapping[str, Axis], box: Box
) -> tuple[Trace, ...]:
    """Several views zoomed apart: each trace by the ranges of the axes that it stands on."""
    found = []
    for trace in traces:
        own = {
            name: span
            for name, span in box.items()
            if trace.axes is not None and set(trace.axes) & set(axes[name].matches)
        }
        if trace.visible and own:
            inside = mask(trace, axes, own)
            if inside.any():
                found.append(take(trace, inside.nonzero()[0]))
    return tuple(found)


def focal_context(figure: Figure, state: ViewState) -> dict[str, Any]:
    """The focus in a reader's terms: ``{"ranges", "selection", "traces", "curve_number"}``.

    Ranges are in data units, dates as text, categories by name. Only what an interaction set
    is there; the empty mapping means that nothing was touched.
    """
    axes = figure.axes()
    found: dict[str, Any] = {}

    def span(name: str, low: float | None, high: float | None) -> list[Any]:
        axis = axes[name]
        if axis.type == "category":
            names = [
                c
                for i, c in enumerate(axis.categories)
                if (low is None or i >= low) and (high is None or i <= high)
            ]
            return names if len(names) <= 12 else [names[0], "…", names[-1]]
        return [None if side is None else axis.value(side) for side in (low, high)]

    if state.ranges:
        found["ranges"] = {name: span(name, *ends) for name, ends in state.ranges.items()}
    if state.selection is not None:
        found["selection"] = {name: span(name, *ends) for name, ends in focus_box(state).items()}
    if state.visible or state.hidden_labels:
        found["traces"] = [t.index for t in figure.traces(state) if t.visible]
    if state.hidden_labels:
        found["hidden_labels"] = list(state.hidden_labels)
    if state.clicked is not None:
        found["curve_number"] = state.clicked
    return found
