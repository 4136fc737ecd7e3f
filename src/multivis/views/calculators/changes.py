"""What differs between two states of a view."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from multivis.views.arrays import plain
from multivis.views.figure import Figure, Trace, ViewState
from multivis.views.focus import focal_context, focused_traces

__all__ = ["changes"]


def changes(figure: Figure, before: ViewState, after: ViewState) -> dict[str, Any]:
    """What changed from one state to another, and what that did to what is in view.

    Returns:
        ``{"ranges": {axis: {"before", "after"}}, "shown": [traces], "hidden": [traces],
        "selection"?: {"before", "after"}, "in_view": [{"trace", "name", "points": [before,
        after], "minimum": […], "maximum": […]}], "same": bool}``; a range of None is the
        figure's own.
    """
    old, new = focal_context(figure, before), focal_context(figure, after)
    ranges = {}
    for name in sorted({*before.ranges, *after.ranges}):
        if before.ranges.get(name) != after.ranges.get(name):
            ranges[name] = {
                "before": old.get("ranges", {}).get(name),
                "after": new.get("ranges", {}).get(name),
            }
    seen = {t.index: t for t in figure.traces(before)}
    now = {t.index: t for t in figure.traces(after)}
    made: dict[str, Any] = {
        "ranges": ranges,
        "shown": [i for i, t in now.items() if t.visible and not seen[i].visible],
        "hidden": [i for i, t in now.items() if not t.visible and seen[i].visible],
    }
    if old.get("selection") != new.get("selection"):
        made["selection"] = {"before": old.get("selection"), "after": new.get("selection")}
    if before.hidden_labels != after.hidden_labels:
        made["hidden_labels"] = {
            "before": list(before.hidden_labels),
            "after": list(after.hidden_labels),
        }
    made["in_view"] = _in_view(focused_traces(figure, before), focused_traces(figure, after))
    made["same"] = before.model_copy(update={"clicked": None}) == after.model_copy(
        update={"clicked": None}
    )
    return made


def _in_view(before: Sequence[Trace], after: Sequence[Trace]) -> list[dict[str, Any]]:
    """Traces whose points in focus changed, with their number and extremes."""
    old, new = {t.index: t for t in before}, {t.index: t for t in after}
    rows = []
    for index in sorted({*old, *new})[:50]:
        pair = (_summary(old.get(index)), _summary(new.get(index)))
        if pair[0] != pair[1]:
            name = (new.get(index) or old[index]).name
            row: dict[str, Any] = {"trace": index, "name": name}
            for place, measure in enumerate(("points", "minimum", "maximum")):
                row[measure] = [pair[0][place], pair[1][place]]
            rows.append(row)
    return rows


def _summary(trace: Trace | None) -> tuple[int, Any, Any]:
    if trace is None:
        return 0, None, None
    values = [float(v) for v in trace.values if math.isfinite(v)]
    return len(trace), plain(min(values, default=None)), plain(max(values, default=None))
