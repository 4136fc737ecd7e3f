"""Which is the least, the greatest, the middle one, and in which order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from multivis.errors import InputError
from multivis.views.arrays import plain
from multivis.views.calculators.items import Item
from multivis.views.figure import Trace

__all__ = ["extremes", "medians", "order"]

_MOST = 50


def _evidence(item: Item) -> dict[str, Any]:
    """A point with its value."""
    place = item.place or 0
    return {**item.trace.point(place), "value": plain(item.value)}


def _ends(trace: Trace) -> tuple[Item, Item, int, int]:
    """First minimum, last maximum, and how often each value is there.

    A stable ascending sort puts the first of equal minima first and the last of equal maxima
    last.
    """
    import numpy as np

    values = trace.values
    finite = np.isfinite(values)
    low, high = values[finite].min(), values[finite].max()
    lows, highs = np.nonzero(values == low)[0], np.nonzero(values == high)[0]
    return Item(trace, int(lows[0])), Item(trace, int(highs[-1])), len(lows), len(highs)


def extremes(traces: Sequence[Trace]) -> dict[str, Any]:
    """The least and the greatest value, of all traces and of each.

    Returns:
        ``{"minimum", "maximum", "tied": {"minimum": n, "maximum": n}, "traces": […]}``: points
        with trace, index, label and value. Of equal minima the first is named, of equal maxima
        the last; ``tied`` says how many points share the value.

    Raises:
        InputError: No point has a number.
    """
    import numpy as np

    found = [(trace, *_ends(trace)) for trace in traces if np.isfinite(trace.values).any()]
    if not found:
        raise InputError("No point in view has a numeric value.", hint="Zoom out, or show a trace.")
    low = min((f[1] for f in found), key=lambda item: item.value)
    high = found[0][2]
    for one in found[1:]:
        high = one[2] if one[2].value >= high.value else high
    rows = [
        {
            "trace": trace.index,
            "name": trace.name,
            "minimum": _evidence(least),
            "maximum": _evidence(most),
        }
        for trace, least, most, _, _ in found[:_MOST]
    ]
    tied = {
        "minimum": sum(n for _, least, _, n, _ in found if least.value == low.value),
        "maximum": sum(n for _, _, most, _, n in found if most.value == high.value),
    }
    return {
        "minimum": _evidence(low),
        "maximum": _evidence(high),
        "tied": tied,
        "traces": rows,
    }


def _sorted(traces: Sequence[Trace]) -> list[tuple[Trace, int, float]]:
    """Every point by value, ascending; equal values keep their drawing order."""
    listed = [
        (trace, place, float(value))
        for trace in traces
        for place, value in enumerate(trace.values)
        if math.isfinite(value)
    ]
    if not listed:
        raise InputError("No point in view has a numeric value.", hint="Zoom out, or show a trace.")
    listed.sort(key=lambda one: one[2])
    return listed


def medians(traces: Sequence[Trace]) -> dict[str, Any]:
    """The low and the high median: real points, no means of two.

    Points sorted by value (stable, ascending); with an odd number n both are number n // 2,
    with an even number the low one is n / 2 - 1 and the high one n / 2, counted from 0.

    Raises:
        InputError: No point has a number.
    """
    listed = _sorted(traces)
    size = len(listed)
    low, high = listed[(size - 1) // 2], listed[size // 2]
    return {
        "low_median": _evidence(Item(low[0], low[1])),
        "high_median": _evidence(Item(high[0], high[1])),
        "count": size,
        "ties": {
            "low_median": sum(one[2] == low[2] for one in listed),
            "high_median": sum(one[2] == high[2] for one in listed),
        },
    }


def order(
    traces: Sequence[Trace], *, descending: bool = False, limit: int = _MOST
) -> dict[str, Any]:
    """The points by value, with ranks from 1; whether the chart draws them in that order.

    Returns:
        ``{"order": [{"rank", …point, "value"}], "count", "drawn": "ascending" | "descending" |
        "neither" | "constant"}``; at most `limit` points.

    Raises:
        InputError: No point has a number.
    """
    listed = _sorted(traces)
    if descending:
        listed = sorted(listed, key=lambda one: -one[2])
    rows = [
        {"rank": rank, **_evidence(Item(trace, place))}
        for rank, (trace, place, _) in enumerate(listed[:limit], 1)
    ]
    made: dict[str, Any] = {"order": rows, "count": len(listed)}
    if len(traces) == 1:
        values = [float(v) for v in traces[0].values if math.isfinite(v)]
        upward = all(a <= b for a, b in pairwise(values))
        downward = all(a >= b for a, b in pairwise(values))
        ways = {(True, True): "constant", (True, False): "ascending", (False, True): "descending"}
        made["drawn"] = ways.get((upward, downward), "neither")
    if len(listed) > limit:
        made["hint"] = f"The first {limit} are shown."
    return made
