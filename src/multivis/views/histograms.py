"""Bars of histograms whose bins the specification fixes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from multivis.views.arrays import looks_like_dates, numbers, plain

__all__ = ["bars_by_bin", "bars_by_category"]

_FUNCTIONS: dict[str, Callable[[list[float]], float]] = {
    "count": lambda values: float(len(values)),
    "sum": math.fsum,
    "avg": lambda values: math.fsum(values) / len(values),
    "min": min,
    "max": max,
}


def bars_by_category(
    samples: Sequence[Any], weights: Sequence[Any], function: str
) -> tuple[list[str], list[float]] | None:
    """Categories and the height of each, or None when the samples are numbers or dates."""
    listed = [plain(value) for value in samples]
    present = [value for value in listed if value is not None]
    if (
        not present
        or not all(isinstance(v, str | bool) for v in present)
        or looks_like_dates(present)
        or not any(math.isnan(v) for v in numbers(present))
    ):
        return None
    groups: dict[str, list[float]] = {}
    for name, weight in zip(listed, _weights(weights, len(listed)), strict=False):
        if name is not None:
            groups.setdefault(str(name), []).append(weight)
    return _heights(groups, function)


def bars_by_bin(
    samples: Sequence[Any], weights: Sequence[Any], function: str, bins: Mapping[str, Any]
) -> tuple[list[float], list[float]] | None:
    """Middles of the bins from ``start`` in steps of ``size`` below ``end``, and heights.

    None when the bins are not numbers (months, dates).
    """
    start, size, end = (plain(bins.get(name)) for name in ("start", "size", "end"))
    if not isinstance(start, int | float) or not isinstance(size, int | float) or size <= 0:
        return None
    values = numbers(samples)
    finite = values[~_isnan(values)]
    if end is None:
        end = float(finite.max()) + size if len(finite) else start
    if not isinstance(end, int | float):
        return None
    count = max(0, math.ceil((end - start) / size - 1e-9))
    groups: dict[float, list[float]] = {start + size * (i + 0.5): [] for i in range(count)}
    middles = list(groups)
    for value, weight in zip(values, _weights(weights, len(values)), strict=False):
        if not math.isnan(value):
            place = math.floor((value - start) / size)
            if 0 <= place < count:
                groups[middles[place]].append(weight)
    names, heights = _heights(groups, function)
    return names, heights


def _isnan(values: Any) -> Any:
    import numpy as np

    return np.isnan(values)


def _weights(weights: Sequence[Any], size: int) -> list[float]:
    found = [float(v) for v in numbers(weights)] if len(weights) else []
    return found if len(found) == size else [1.0] * size


def _heights(groups: dict[Any, list[float]], function: str) -> tuple[list[Any], list[float]]:
    """The bars of groups; an empty bin counts 0, and has no mean, minimum or maximum."""
    compute = _FUNCTIONS.get(function, _FUNCTIONS["count"])
    empty = 0.0 if function in {"count", "sum"} else math.nan
    return list(groups), [compute(values) if values else empty for values in groups.values()]
