"""The data of the figures: drawn from the distributions of FigureQA.

Kahou et al. (2018), with the changes of iPlotBench (2026), section 4.1: the range of lines is
always 0 to 100. Every function draws from the generator that it is given, so a seed gives the
same figures on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Range", "bar_positions", "bar_values", "line_positions", "line_values", "pie_spans"]

_FULL_CIRCLE = 6.283185307179586
_NOISE = 0.05
_LARGEST_CURVATURE = 5e-5
_CLUSTER_SPREAD = 1 / 6


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, in data units."""

    low: float
    high: float

    @property
    def size(self) -> float:
        """How far it is from one end to the other."""
        return self.high - self.low

    def clip(self, value: float) -> float:
        """The nearest value inside."""
        return min(self.high, max(self.low, value))


BAR_RANGE = Range(0.0, 99.0)
LINE_RANGE = Range(0.0, 100.0)

Shape = Callable[[random.Random, Sequence[float], Range], list[float]]


def _steepest(x: Sequence[float], y: Range) -> float:
    """The slope of the diagonal."""
    width = x[-1] - x[0]
    return y.size / width if width else 0.0


def _random(chance: random.Random, x: Sequence[float], y: Range) -> list[float]:
    return [chance.uniform(y.low, y.high) for _ in x]


def _rising(chance: random.Random, x: Sequence[float], y: Range) -> list[float]:
    slope = _steepest(x, y) * chance.random()
    return [y.clip(y.low + slope * (at - x[0])) for at in x]


def _falling(chance: random.Random, x: Sequence[float], y: Range) -> list[float]:
    slope = _steepest(x, y) * chance.random()
    return [y.clip(y.high - slope * (at - x[0])) for at in x]


def _cluster(chance: random.Random, x: Sequence[float], y: Range) -> list[float]:
    mean = chance.uniform(y.low, y.high)
    values: list[float] = []
    while len(values) < len(x):
        value = mean + y.size * chance.gauss(0.0, _CLUSTER_SPREAD)
        if y.low <= value <= y.high:
            values.append(value)
    return values


def _straight(chance: random.Random, x: Sequence[float], y: Range) -> list[float]:
    return _rising(chance, x, y) if chance.random() < 0.5 else _falling(chance, x, y)


def _noisy(chance: random.Random, x: Sequence[float], y: Range) -> list[float]:
    values = _straight(chance, x, y)
    return [y.clip(v + chance.uniform(-1.0, 1.0) * _NOISE * y.size) for v in values]


def _quadratic(chance: random.Random, x: Sequence[float], y: Range) -> list[float]:
    top_at = x[0] + chance.random() * (x[-1] - x[0]) / 2
    top = y.low + chance.random() * y.size / 2
    middle = y.low + y.size / 2
    curvature = -abs(middle) * chance.random() * _LARGEST_CURVATURE
    return [y.clip(curvature * (at - top_at) ** 2 + top) for at in x]


# Random bars are as likely as all other shapes of bars together, and one more.
_BAR_SHAPES: tuple[Shape, ...] = (_random, _random, _random, _random, _rising, _falling, _cluster)
_LINE_SHAPES: tuple[Shape, ...] = (_straight, _noisy, _quadratic)


def bar_positions(chance: random.Random) -> list[float]:
    """Positions of the bars: 2 to 10 whole numbers.

    Two to ten points are spread over two to ten places and rounded; points on one place are one
    bar. That is why few bars are more frequent than many.
    """
    places, points = chance.randint(2, 10), chance.randint(2, 10)
    step = (places - 1) / (points - 1)
    return [float(at) for at in sorted({round(step * i) for i in range(points)})]


def bar_values(chance: random.Random, positions: Sequence[float]) -> list[float]:
    """Lengths of the bars, 0 to 99: random, rising, falling or clustered."""
    return chance.choice(_BAR_SHAPES)(chance, positions, BAR_RANGE)


def pie_spans(chance: random.Random, slices: int) -> list[float]:
    """Angles of the slices in radians; together a full circle."""
    widths = [chance.uniform(0.05, 1.05) for _ in range(slices)]
    total = sum(widths)
    return [_FULL_CIRCLE * width / total for width in widths]


def line_positions(chance: random.Random) -> list[float]:
    """5 to 20 positions, evenly from 0 to 100; all lines of a figure share them."""
    points = chance.randint(5, 20)
    return [100.0 * i / (points - 1) for i in range(points)]


def line_values(chance: random.Random, positions: Sequence[float]) -> list[float]:
    """Values of one line, 0 to 100: straight, straight with noise, or quadratic."""
    return chance.choice(_LINE_SHAPES)(chance, positions, LINE_RANGE)
