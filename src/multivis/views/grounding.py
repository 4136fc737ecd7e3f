"""Validation grounded in the view: register the draft, read what is drawn, zoom where it is dense.

`register_draft` makes a plot of a drafted chart; `evidence` says, for every check that failed,
which points and parts of the view prove it. Both leave the checks' verdicts alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from multivis.errors import MultiVisError
from multivis.state import Chart, CheckResult, Recommendation
from multivis.views import calculators as calculate
from multivis.views.arrays import plain
from multivis.views.figure import Axis, Figure, Trace

if TYPE_CHECKING:
    from multivis.views.session import ViewSession

__all__ = ["cited", "crowded", "evidence", "register_draft"]

_LIBRARIES = {"altair": "vega-lite", "plotly": "plotly", "matplotlib": "matplotlib"}
_MOST_TRACES = 12
_CELLS = 24
_MOST_POINTS_OF_VIEW = 200_000


def register_draft(session: ViewSession, chart: Chart, spec: Mapping[str, Any]) -> int:
    """Make a plot of a drafted chart; returns its plot_id.

    Args:
        session: The session of this run.
        chart: The draft; its code is kept with the plot.
        spec: Its specification.

    Raises:
        InputError: The specification cannot be read.
        RenderError: Vega-Lite cannot draw it.
    """
    library = _LIBRARIES.get(chart.backend)
    return int(session.add_figure(spec, library, code=chart.code)["plot_id"])


def evidence(
    session: ViewSession, plot_id: int, check_results: Sequence[CheckResult]
) -> list[dict[str, Any]]:
    """What the view says of a draft, as records that a recommendation can cite.

    The first record says what is drawn. Where marks crowd together the view is zoomed there,
    so that the history shows the place, and a record names its range and points. Each failed
    check gets a record with the points that it speaks of.

    Returns:
        Records ``{"about", "text", "plot_id", …}``; ``about`` is ``"drawn"``, ``"crowded"``
        or the id of a check; ``interaction_id`` is the state to look at.

    Raises:
        InputError: No such plot.
    """
    figure = session.figure(plot_id)
    traces = figure.traces()
    records = [{"about": "drawn", "plot_id": plot_id, **_drawn(figure, traces)}]
    dense = crowded(figure)
    if dense is not None:
        records.append({"about": "crowded", "plot_id": plot_id, **_zoomed(session, plot_id, dense)})
    records += [
        {
            "about": result.id,
            "plot_id": plot_id,
            "text": result.message or result.statement,
            "points": _points_of(traces, result),
            "check": plain(result.evidence),
        }
        for result in check_results
        if result.applicable and not result.passed
    ]
    return records


def cited(
    recommendations: Sequence[Recommendation], records: Sequence[Mapping[str, Any]]
) -> tuple[Recommendation, ...]:
    """Recommendations whose text names the points that prove them, where a record has some."""
    by_check = {str(record["about"]): record for record in records}
    made = []
    for one in recommendations:
        points = by_check.get(one.check or "", {}).get("points") or []
        if points:
            named = ", ".join(_named(point) for point in points[:3])
            one = one.model_copy(update={"text": f"{one.text} Evidence: {named}."})
        made.append(one)
    return tuple(made)


def _named(point: Mapping[str, Any]) -> str:
    name = f"{point['name']} " if point.get("name") else ""
    label, place = point.get("label", point["index"]), f"trace {point['trace']}"
    return f"{name}{label} = {point.get('value')} ({place}, point {point['index']})"


# ── what is drawn ───────────────────────────────────────────────────────────────────────────


def _drawn(figure: Figure, traces: Sequence[Trace]) -> dict[str, Any]:
    rows = []
    for trace in traces[:_MOST_TRACES]:
        row: dict[str, Any] = {
            "trace": trace.index,
            "name": trace.name,
            "kind": trace.kind,
            "points": len(trace),
        }
        try:
            found = calculate.extremes([trace])
            row |= {k: found[k]["value"] for k in ("minimum", "maximum")}
        except MultiVisError:
            row["values"] = "none numeric"
        rows.append(row)
    axes = {
        name: {
            "title": axis.title,
            "type": axis.type,
            "extent": None if axis.extent is None else [axis.value(e) for e in axis.extent],
        }
        for name, axis in list(figure.axes().items())[:_MOST_TRACES]
    }
    total = sum(len(trace) for trace in traces)
    text = f"{len(traces)} traces with {total} points are drawn."
    return {"text": text, "traces": rows, "axes": plain(axes)}


def _points_of(traces: Sequence[Trace], result: CheckResult) -> list[dict[str, Any]]:
    """Drawn points that a check's evidence names by value or by label."""
    wanted = _leaves(result.evidence)
    numbers = {float(v) for v in wanted if isinstance(v, int | float) and not isinstance(v, bool)}
    words = {v for v in wanted if isinstance(v, str)}
    found: list[dict[str, Any]] = []
    for trace in traces:
        if len(trace) > _MOST_POINTS_OF_VIEW or not (numbers or words):
            continue
        values = trace.values
        for place in range(min(len(trace), len(values))):
            hit = float(values[place]) in numbers or trace.label(place) in words
            if hit and math.isfinite(values[place]):
                found.append({**trace.point(place), "value": plain(float(values[place]))})
                if len(found) >= 10:
                    return found
    return found


def _leaves(node: Any) -> list[Any]:
    """Every value in a check's evidence."""
    if isinstance(node, Mapping):
        return [leaf for value in node.values() for leaf in _leaves(value)]
    if isinstance(node, list | tuple):
        return [leaf for value in node for leaf in _leaves(value)]
    return [node]


# ── where marks overlap ─────────────────────────────────────────────────────────────────────


def crowded(figure: Figure) -> dict[str, Any] | None:
    """The cell of the plotting area where points of scatter plots lie on each other most.

    The area is cut into 24 × 24 cells. A cell counts as crowded when it holds at least 12
    points and a tenth of all.

    Returns:
        ``{"axes": (x, y), "x": (low, high), "y": (low, high), "points", "of"}`` or None.
    """
    import numpy as np

    axes = figure.axes()
    groups: dict[tuple[str, str], list[tuple[Any, Any]]] = {}
    for trace in figure.traces():
        if trace.kind != "scatter" or trace.axes is None or not {"x", "y"} <= set(trace.columns):
            continue
        x = axes[trace.axes[0]].coordinates(trace.columns["x"])
        y = axes[trace.axes[1]].coordinates(trace.columns["y"])
        groups.setdefault(trace.axes, []).append((x, y))
    best: dict[str, Any] | None = None
    for names, parts in groups.items():
        across = np.concatenate([_scaled(axes[names[0]], x) for x, _ in parts])
        up = np.concatenate([_scaled(axes[names[1]], y) for _, y in parts])
        fine = np.isfinite(across) & np.isfinite(up)
        if fine.sum() < 12:
            continue
        counts, xs, ys = np.histogram2d(across[fine], up[fine], bins=_CELLS)
        i, j = np.unravel_index(int(counts.argmax()), counts.shape)
        most, total = int(counts[i, j]), int(fine.sum())
        if most >= 12 and most * 10 >= total and (best is None or most > best["points"]):
            spans = [(float(e[k]), float(e[k + 1])) for e, k in ((xs, int(i)), (ys, int(j)))]
            x_span, y_span = (
                _unscaled(axes[name], span) for name, span in zip(names, spans, strict=True)
            )
            best = {"axes": names, "x": x_span, "y": y_span, "points": most, "of": total}
    return best


def _scaled(axis: Axis, values: Any) -> Any:
    """Coordinates as they are spread in the picture."""
    import numpy as np

    return np.log10(values) if axis.type == "log" else values


def _unscaled(axis: Axis, span: tuple[float, float]) -> tuple[float, float]:
    return (10.0 ** span[0], 10.0 ** span[1]) if axis.type == "log" else span


def _zoomed(session: ViewSession, plot_id: int, dense: Mapping[str, Any]) -> dict[str, Any]:
    """Zoom to a crowded cell, note what is there, and put the view back."""
    figure = session.figure(plot_id)
    names = dense["axes"]
    bounds: dict[str, Any] = {}
    for name in names:
        axis = figure.axes()[name]
        low, high = dense[name[0]]
        if axis.type == "date":
            low, high = axis.value(low), axis.value(high)
        bounds |= {f"{name[0]}_min": low, f"{name[0]}_max": high, f"{name[0]}_axis": name}
    text = f"{dense['points']} of {dense['of']} points crowd into one of {_CELLS**2} parts."
    made: dict[str, Any] = {"points": dense["points"], "of": dense["of"], "text": text}
    try:
        zoom = session.relayout(plot_id, **bounds)
    except MultiVisError:  # a description that cannot be zoomed still says where it is
        return {**made, "range": plain({name: dense[name[0]] for name in names})}
    made |= {"interaction_id": zoom["interaction_id"], "range": zoom["focus"].get("ranges", {})}
    session.reset(plot_id)
    return made
