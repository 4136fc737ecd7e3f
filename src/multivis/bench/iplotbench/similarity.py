"""Semantic structural similarity of two Plotly figures: type, data, text, style.

iPlotBench (2026), section 4.2 and Eq. 1 to 3, with the weights of its published code. All four
scores are in [0, 1]; an invalid figure scores 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from multivis.bench.iplotbench.style import style_similarity
from multivis.bench.iplotbench.texts import text_similarity
from multivis.bench.iplotbench.traces import Trace, figure_traces, has_axes, is_valid
from multivis.errors import MissingExtraError

if TYPE_CHECKING:
    import numpy as np

    Column = tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, np.dtype[np.bool_]]]

__all__ = ["PENALTIES", "Similarity", "chamfer_distance", "compare_figures", "match_traces"]

PENALTIES: tuple[float, ...] = (1.0, 3.0, 5.0, 7.0, 10.0)
"""The λ of Table 9."""

_PENALTY = 5.0
_TYPE_WEIGHT, _DATA_WEIGHT = 0.3, 0.7
_MEAN_WEIGHT, _SPREAD_WEIGHT, _RANGE_WEIGHT = 0.5, 0.3, 0.2
_BLOCK = 1_000_000


@dataclass(frozen=True)
class Similarity:
    """How alike two figures are, 0 to 1 each.

    Attributes:
        type: S_Type, share of traces with the right type.
        data: S_Data, closeness of the numbers.
        text: S_Text, titles, axis titles, legend and labels.
        style: S_Style, colours, modes, symbols, dashes, sizes.
        valid: Whether the second figure could be compared at all; all scores are 0 if not.
        data_by_penalty: S_Data for other λ of Eq. 1.
    """

    type: float
    data: float
    text: float
    style: float
    valid: bool
    data_by_penalty: Mapping[float, float]


def compare_figures(truth: Mapping[str, Any], recreated: Any) -> Similarity:
    """The four scores of a recreated figure.

    Args:
        truth: The ground truth, Plotly JSON.
        recreated: What was made of its picture; anything that is no figure scores 0.

    Raises:
        MissingExtraError: The extra 'bench' is not installed.
    """
    if not is_valid(recreated):
        return Similarity(0.0, 0.0, 0.0, 0.0, False, dict.fromkeys(PENALTIES, 0.0))
    theirs, mine = figure_traces(truth), figure_traces(recreated)
    if not has_axes(truth) and not has_axes(recreated):
        theirs, mine = [_shares(t) for t in theirs], [_shares(t) for t in mine]
    pairs = match_traces(theirs, mine, (truth, recreated))
    most = max(len(theirs), len(mine), 1)
    distances = [chamfer_distance(t, p) for t, p in pairs]

    def data(penalty: float) -> float:
        return sum(math.exp(-penalty * distance) for distance in distances) / most

    return Similarity(
        type=sum(t.kind == p.kind for t, p in pairs) / most,
        data=data(_PENALTY),
        text=text_similarity(truth, recreated),
        style=sum(style_similarity(t, p, truth, recreated) for t, p in pairs) / most,
        valid=True,
        data_by_penalty={penalty: data(penalty) for penalty in PENALTIES},
    )


def _shares(trace: Trace) -> Trace:
    """The same trace with its measures as shares of their sum.

    Done only where neither layout names an axis: pies, and bars without axis titles.
    """
    total = sum(trace.measures)
    if not total or not math.isfinite(total):
        return trace
    axis = 0 if trace.kind == "hbar" else 1

    def share(point: tuple[float | str, float | str]) -> tuple[float | str, float | str]:
        value = point[axis]
        if not isinstance(value, float):
            return point
        scaled = value / total
        return (scaled, point[1]) if axis == 0 else (point[0], scaled)

    return replace(trace, points=tuple(share(point) for point in trace.points))


# ── matching ────────────────────────────────────────────────────────────────────────────────


def match_traces(
    truth: Sequence[Trace],
    recreated: Sequence[Trace],
    figures: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {}),
) -> list[tuple[Trace, Trace]]:
    """Pairs of traces at the least total cost (Hungarian matching).

    A pair costs 0.3 for another type and 0.7 times the difference of mean, spread and range.
    Two lines can agree in all three and still differ (one rises as the other falls): the point
    distance, and after it the style, decide between pairings of equal cost.

    Args:
        truth: Traces of the ground truth.
        recreated: Traces of the other figure.
        figures: The two figures, for colours that only the layout names.

    Raises:
        MissingExtraError: The extra 'bench' is not installed.
    """
    if not truth or not recreated:
        return []
    import numpy as np

    try:
        from scipy.optimize import linear_sum_assignment
    except ImportError as error:
        raise MissingExtraError("The scores of iPlotBench", extra="bench") from error
    cost = np.empty((len(truth), len(recreated)))
    several = len(truth) > 1 or len(recreated) > 1
    for i, theirs in enumerate(truth):
        for j, mine in enumerate(recreated):
            cost[i, j] = _cost(theirs, mine)
            if several:
                away = min(1.0, chamfer_distance(theirs, mine))
                unlike = 1.0 - style_similarity(theirs, mine, *figures)
                cost[i, j] += 1e-6 * away + 1e-9 * unlike
    rows, columns = linear_sum_assignment(cost)
    return [(truth[i], recreated[j]) for i, j in zip(rows, columns, strict=True)]


def _cost(truth: Trace, recreated: Trace) -> float:
    if truth.kind != recreated.kind:
        return _TYPE_WEIGHT + _DATA_WEIGHT
    return _DATA_WEIGHT * _difference(truth.measures, recreated.measures)


def _difference(first: Sequence[float], second: Sequence[float]) -> float:
    """Difference of mean, spread and range as shares of the larger range, 0 to 1."""
    import numpy as np

    if not first or not second:
        return float(bool(first) != bool(second))
    a, b = np.asarray(first), np.asarray(second)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = abs(float(a.mean() - b.mean()))
        spread = abs(float(a.std() - b.std()))
        ranges = float(np.ptp(a)), float(np.ptp(b))
    extent = abs(ranges[0] - ranges[1])
    # Two constant traces have no range: their own size is the scale.
    scale = max(ranges) or max(abs(float(a[0])), abs(float(b[0])))
    if not scale:
        return 0.0
    total = _MEAN_WEIGHT * mean + _SPREAD_WEIGHT * spread + _RANGE_WEIGHT * extent
    share = total / scale
    return min(1.0, share) if math.isfinite(share) else 1.0


# ── points ──────────────────────────────────────────────────────────────────────────────────


def chamfer_distance(truth: Trace, recreated: Trace) -> float:
    """Mean distance from each point to the nearest of the other trace, both ways, 0 to 1.

    Two points are as far apart as their coordinates on average: numbers as a share of the
    range of all numbers of both traces, on both axes together; text 0 or 1. Infinite when one
    of the two has no points.
    """
    if not truth.points or not recreated.points:
        return 0.0 if not truth.points and not recreated.points else math.inf
    there = _nearest(truth.points, recreated.points)
    back = _nearest(recreated.points, truth.points)
    return (there + back) / 2


_Points = Sequence[tuple[float | str, float | str]]


def _nearest(points: _Points, others: _Points) -> float:
    """Mean distance from each point to the nearest of the others."""
    import numpy as np

    numbers = [c for point in (*points, *others) for c in point if isinstance(c, float)]
    scale = float(max(numbers)) / 2 - float(min(numbers)) / 2 if numbers else 0.0
    codes: dict[str, int] = {}
    one, two = _columns(points, scale, codes), _columns(others, scale, codes)
    step = max(1, _BLOCK // len(others))
    total = 0.0
    for start in range(0, len(points), step):
        distance = np.zeros((len(points[start : start + step]), len(others)))
        for (values, text), (other_values, other_text) in zip(one, two, strict=True):
            mine, mine_text = values[start : start + step, None], text[start : start + step, None]
            differ = mine != other_values[None, :]
            both_numbers = ~mine_text & ~other_text[None, :]
            apart = np.where(both_numbers, np.abs(mine - other_values[None, :]), differ)
            apart = np.where(mine_text != other_text[None, :], 1.0, apart)
            distance += np.minimum(apart, 1.0)
        total += float(distance.min(axis=1).sum()) / 2
    return total / len(points)


def _columns(points: _Points, scale: float, codes: dict[str, int]) -> list[Column]:
    """Both coordinates: numbers as shares of the range, text by code; and which are text."""
    import numpy as np

    columns = []
    for axis in (0, 1):
        coordinates = [point[axis] for point in points]
        text = np.array([isinstance(c, str) for c in coordinates])
        values = np.array(
            [
                float(codes.setdefault(c, len(codes)))
                if isinstance(c, str)
                else (c / 2 / scale if scale else 0.0)
                for c in coordinates
            ]
        )
        columns.append((values, text))
    return columns
