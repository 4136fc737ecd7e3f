"""What a person does in a live chart, kept in the same history as an agent's interactions.

plotly.js tells of a zoom as ``{"xaxis.range[0]": …}``, of a click on the legend as
``{"curveNumber": …}``, of a selection as ``{"range": {"x": […], "y": […]}}`` and of a click on
a point as ``{"points": [{"curveNumber", "pointIndex", "x", "y"}]}``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from multivis.errors import InputError
from multivis.views.figure import Axis, ViewState
from multivis.views.focus import focal_context

if TYPE_CHECKING:
    from multivis.views.session import ViewSession

__all__ = ["record"]

_BOUNDS = {"x_min", "x_max", "y_min", "y_max"}
_RANGE = re.compile(r"^([xy]axis\d*)\.range\[([01])\]$")


def record(session: ViewSession, plot_id: int, event: Mapping[str, Any]) -> dict[str, Any]:
    """Keep an event of plotly.js (or ``{"x_min": …}`` of any other chart) as a person's.

    Returns:
        ``{"success": True, "interaction_id", "payload", "focus"}`` or what `selected` gives.

    Raises:
        InputError: No such plot, or an event that says nothing of the view.
    """
    if _BOUNDS & set(event):
        bounds = {k: v for k, v in event.items() if k in _BOUNDS | {"x_axis", "y_axis"}}
        return session.relayout(plot_id, **bounds, actor="person")
    number = event.get("curve_number", event.get("curveNumber"))
    if number is not None:
        return session.legendclick(plot_id, int(number), event.get("label"), actor="person")
    spans = event.get("range")
    if isinstance(spans, Mapping):
        return _select(session, plot_id, spans)
    points = event.get("points")
    if isinstance(points, list) and points:
        return _click(session, plot_id, points)
    return _zoom(session, plot_id, event)


def _select(session: ViewSession, plot_id: int, spans: Mapping[str, Any]) -> dict[str, Any]:
    box: dict[str, Any] = {"actor": "person"}
    for key, ends in spans.items():
        letter = key[:1]
        if letter in "xy" and isinstance(ends, list | tuple) and len(ends) == 2:
            ordered = sorted(ends)
            box |= {f"{letter}_min": ordered[0], f"{letter}_max": ordered[1]}
            box[f"{letter}_axis"] = key
    return session.selected(plot_id, **box)


def _zoom(session: ViewSession, plot_id: int, event: Mapping[str, Any]) -> dict[str, Any]:
    """Ranges as plotly.js gives them: exponents on log axes; ``autorange`` lets go."""
    figure, state = session.figure(plot_id), session.state(plot_id)
    ends: dict[str, list[Any]] = {}
    ranges = dict(state.ranges)
    for key, value in event.items():
        match = _RANGE.match(key)
        if match:
            ends.setdefault(match[1], [None, None])[int(match[2])] = value
        elif key.endswith(".range") and isinstance(value, list | tuple) and len(value) == 2:
            ends[key.removesuffix(".range")] = list(value)
        elif key.endswith(".autorange") and value:
            ranges.pop(key.removesuffix(".autorange"), None)
    known = figure.axes()
    for name, span in ends.items():
        if name in known and None not in span:
            found = _coordinates(known[name], span)
            ranges |= dict.fromkeys(known[name].matches, found)
    touched = any(k.endswith((".autorange", ".range")) or _RANGE.match(k) for k in event)
    if not touched:
        raise InputError(
            "The event says nothing of the view: it has " + (", ".join(event) or "no part") + ".",
            hint="Pass plotly.js events of relayout, legendclick, selected or click.",
        )
    after = state.model_copy(update={"ranges": ranges, "selection": None})
    event_id = session.store.add_event(session.name, plot_id, "relayout", event, after, "person")
    return {
        "success": True,
        "interaction_id": event_id,
        "payload": dict(event),
        "focus": focal_context(figure, after),
    }


def _coordinates(axis: Axis, span: list[Any]) -> tuple[float, float]:
    values = (
        [axis.bound(span[0], "min"), axis.bound(span[1], "max")]
        if axis.type != "log"
        else [10.0 ** float(end) for end in span]
    )
    found = [value for value in values if value is not None and math.isfinite(value)]
    if len(found) != 2:
        raise InputError(f"The range {span!r} of {axis.id} is not usable.", hint="Zoom again.")
    return (min(found), max(found))


def _click(session: ViewSession, plot_id: int, points: list[Any]) -> dict[str, Any]:
    """A click on points: they become the focus along x."""
    figure, state = session.figure(plot_id), session.state(plot_id)
    traces = {trace.index: trace for trace in figure.traces(state)}
    found = []
    for point in points:
        trace = traces.get(point.get("curveNumber", point.get("trace", -1)))
        place = point.get("pointIndex", point.get("pointNumber", point.get("index")))
        if trace is not None and isinstance(place, int) and 0 <= place < len(trace):
            found.append((trace, place))
    if not found:
        raise InputError(
            "The click names no point of the figure.", hint="Pass curveNumber and pointIndex."
        )
    payload = {"points": [trace.point(place) for trace, place in found]}
    after = state.model_copy(update={"selection": _around(figure.axes(), found)})
    event_id = session.store.add_event(session.name, plot_id, "click", payload, after, "person")
    return {
        "success": True,
        "interaction_id": event_id,
        "payload": payload,
        "focus": focal_context(figure, after),
    }


def _around(axes: Mapping[str, Axis], found: list[Any]) -> dict[str, Any] | None:
    """The span of the clicked points along the axis of their positions."""
    trace = found[0][0]
    if trace.axes is None:
        return ViewState().selection
    lying = trace.orientation == "h"
    name = trace.axes[1 if lying else 0]
    letter = name[0]
    values = [t.columns[letter][p] for t, p in found if letter in t.columns]
    spots = [float(v) for v in axes[name].coordinates(values) if math.isfinite(v)]
    if not spots:
        return None
    return {letter: [min(spots), max(spots)], "axes": [name]}
