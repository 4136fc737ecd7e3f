"""Where stacked marks of a Plotly figure end: bars on bars, areas on areas."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from multivis.views.arrays import plain
from multivis.views.figure import Trace

__all__ = ["stacked"]


def stacked(
    traces: Sequence[Trace], data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]
) -> list[Trace]:
    """The traces with `tops` where they are stacked; hidden ones take no room.

    Args:
        traces: The traces of a state.
        data: The traces of the figure with the defaults of its template.
        layout: The layout, for ``barmode``.
    """
    mode = layout.get("barmode")
    heights: dict[Hashable, float] = {}
    made = []
    for trace in traces:
        group = _group(trace, data[trace.index], mode)
        if group is None or not trace.visible:
            made.append(trace)
            continue
        tops: list[float | None] = []
        positions = trace.positions
        for place, value in enumerate(trace.values):
            if not math.isfinite(value) or place >= len(positions):
                tops.append(None)
                continue
            # bars below zero grow downwards from it; areas simply add up
            side = value < 0 and trace.kind != "area"
            key = (group, str(plain(positions[place])), side)
            heights[key] = heights.get(key, 0.0) + float(value)
            tops.append(heights[key])
        made.append(dataclasses.replace(trace, tops=tops))
    return made


def _group(trace: Trace, given: Mapping[str, Any], mode: Any) -> Hashable | None:
    """What a trace is stacked with, or None."""
    if trace.axes is None:
        return None
    if trace.type in {"bar", "histogram"}:
        plain_bars = mode in {"stack", "relative"} and "end" not in trace.columns
        return ("bars", trace.axes, trace.orientation) if plain_bars else None
    scatter = trace.type in {"scatter", "scattergl"}
    if scatter and given.get("stackgroup") and not given.get("groupnorm"):
        return ("areas", trace.axes, str(given["stackgroup"]))
    return None
