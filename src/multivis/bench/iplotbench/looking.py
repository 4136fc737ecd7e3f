"""Where a second look at one's own figure helps: lines and values that come close.

The model with no weights looks where an answer hangs on little: it switches off the other lines,
zooms to the place, and reads the points there with `selected`. What it sees takes the place of
what it remembers.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivis.bench.iplotbench.answering import nearest_name
from multivis.bench.iplotbench.questions import parse_question

if TYPE_CHECKING:
    from multivis.views import Trace

__all__ = ["Look", "plan_look", "with_points"]

# Differences below this share of the range of all values are looked at again.
_CLOSE = 0.03
_MOST_POINTS = 1_000


@dataclass(frozen=True)
class Look:
    """A place in the own figure to look at.

    Attributes:
        keep: The traces that matter; the others are in the way.
        x: Bounds along x, or None where all of it matters.
        y: Bounds along y, likewise.
    """

    keep: frozenset[int]
    x: tuple[float, float] | None = None
    y: tuple[float, float] | None = None

    def bounds(self) -> dict[str, float]:
        """The bounds as `relayout` and `selected` take them."""
        found: dict[str, float] = {}
        for letter, ends in (("x", self.x), ("y", self.y)):
            if ends is not None:
                found |= {f"{letter}_min": ends[0], f"{letter}_max": ends[1]}
        return found

    def selection(self) -> dict[str, float | int]:
        """The arguments of `selected`."""
        return {**self.bounds(), "limit": _MOST_POINTS}


def plan_look(figure: Mapping[str, Any], question: str, *, pairs_only: bool = False) -> Look | None:
    """Where to look before a question is answered; None where nothing comes close.

    Args:
        figure: The own figure, Plotly JSON.
        question: One of the fifteen questions.
        pairs_only: Only questions about two lines, whose crossing is a matter of place. Where
            the specification can be read, values that are close are told apart by it.

    Raises:
        InputError: The figure shows nothing of a name in the question.
    """
    from multivis.views import open_figure

    traces = [t for t in open_figure(figure, "plotly").traces() if t.axes is not None and len(t)]
    lines = [trace for trace in traces if trace.kind != "bar"]
    parsed = parse_question(question, lines=bool(lines))
    if parsed is None or not traces:
        return None
    number, first, second = parsed
    if lines:
        if number >= 12:
            return _meeting(_named(first, lines), _named(second, lines), lines)
        return _ends(lines, lowest=number == 10) if number in (10, 11) and not pairs_only else None
    return None if pairs_only else _bars(number, (first, second), traces)


def with_points(figure: Mapping[str, Any], points: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A figure with the values of some points as `selected` told them.

    Args:
        figure: Plotly JSON.
        points: ``{"trace", "index", "x", "y"}``; others are left out.
    """
    made: dict[str, Any] = copy.deepcopy(dict(figure))
    for point in points:
        trace, row = point.get("trace"), point.get("index")
        if not isinstance(trace, int) or not isinstance(row, int):
            continue
        for letter in "xy":
            if 0 <= trace < len(made["data"]):
                column = made["data"][trace].get(letter)
                if isinstance(column, list) and 0 <= row < len(column) and letter in point:
                    column[row] = point[letter]
    return made


def _named(name: str, lines: Sequence[Trace]) -> Trace:
    names = [line.name for line in lines]
    return lines[names.index(nearest_name(name, names))]


def _span(traces: Collection[Trace]) -> tuple[float, float]:
    """Least and greatest value of some traces."""
    values = [float(v) for trace in traces for v in trace.values if math.isfinite(v)]
    return (min(values), max(values)) if values else (0.0, 0.0)


def _meeting(one: Trace, two: Trace, lines: Sequence[Trace]) -> Look | None:
    """Where two lines come closest, with a point on each side; None if they stay apart."""
    from multivis.views.calculators.items import curve

    x_one, y_one, _, _ = curve(one)
    x_two, y_two, _, _ = curve(two)
    other = dict(zip(x_two, y_two, strict=True))
    both = [(x, y, other[x]) for x, y in zip(x_one, y_one, strict=True) if x in other]
    low, high = _span(lines)
    if not both or high <= low:
        return None
    place = min(range(len(both)), key=lambda i: abs(both[i][1] - both[i][2]))
    if abs(both[place][1] - both[place][2]) > _CLOSE * (high - low):
        return None
    near = both[max(0, place - 1) : place + 2]
    values = [value for _, *pair in near for value in pair]
    room = max(_CLOSE * (high - low), 0.05 * (max(values) - min(values)))
    x = (near[0][0], near[-1][0])
    return Look(
        frozenset((one.index, two.index)),
        x if x[0] < x[1] else None,
        (min(values) - room, max(values) + room),
    )


def _ends(lines: Sequence[Trace], *, lowest: bool) -> Look | None:
    """The band in which several lines reach for the lowest or highest value."""
    low, high = _span(lines)
    room = _CLOSE * (high - low)
    ends = {line.index: _span((line,))[0 if lowest else 1] for line in lines}
    best = min(ends.values()) if lowest else max(ends.values())
    near = frozenset(index for index, end in ends.items() if abs(end - best) <= room)
    if len(near) < 2 or room <= 0:
        return None
    return Look(near, None, (best - room, best + room))


def _bars(number: int, names: Sequence[str], traces: Sequence[Trace]) -> Look | None:
    """The band of values in which a bar that is asked about has close neighbours."""
    from multivis.views.calculators.items import named

    known = named(traces)
    asked = [known[nearest_name(name, list(known))] for name in names if name in known]
    low, high = _span(traces)
    room = _CLOSE * (high - low)
    if not asked or room <= 0:
        return None
    value = float(asked[0].trace.values[asked[0].place or 0])
    others = [
        float(v)
        for trace in traces
        for place, v in enumerate(trace.values)
        if (trace.index, place) != (asked[0].trace.index, asked[0].place or 0)
    ]
    if number in (2, 3):
        others = [float(item.trace.values[item.place or 0]) for item in asked[1:]]
    if not any(abs(other - value) <= room for other in others):
        return None
    along = (value - room, value + room)
    keep = frozenset(trace.index for trace in traces)
    return Look(keep, along) if traces[0].orientation == "h" else Look(keep, None, along)
