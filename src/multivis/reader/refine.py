"""Refinement: draw a reading, compare it with its picture, change it, keep what fits better."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import cv2
import numpy as np

from multivis.reader.compare import Pair, drawn_beside, likeness, mark_cover
from multivis.reader.raster import Raster
from multivis.reader.reading import AxisReading, ChartReading

__all__ = ["refine_reading", "refined"]

_GOOD = 0.75
_MOST_ATTEMPTS = 4
_MOST_MOVES = 3
_LEAST_GAIN = 0.02
_FREE = ("line", "line with points", "scatter")


def refine_reading(
    raster: Raster, reading: ChartReading, others: Iterator[ChartReading]
) -> ChartReading:
    """The reading that, drawn again, looks most like the picture.

    A reading that looks like it is only moved, when its marks lie beside those of the picture by
    a fraction of a pixel to a few. One that does not is compared with what else the picture may
    show: other kinds of marks, and series that the legend does not name. At most four further
    readings are tried; a change is kept when it improves the likeness.

    Args:
        raster: The picture.
        reading: The likeliest reading.
        others: Further readings, made on demand.
    """
    return refined(raster, reading, others)[0]


def refined(
    raster: Raster, reading: ChartReading, others: Iterator[ChartReading]
) -> tuple[ChartReading, float]:
    """As `refine_reading`, with the likeness of what it answers: each is drawn once."""
    pair = drawn_beside(raster, reading)
    best, score = reading, likeness(raster, reading, pair)
    if score < _GOOD:
        for _ in range(_MOST_ATTEMPTS):
            other = next(others, None)
            if other is None or other.kind is None:
                break
            beside = drawn_beside(raster, other)
            reached = likeness(raster, other, beside)
            if reached > score + _LEAST_GAIN:
                best, score, pair = other, reached, beside
        if best is not reading:
            best.notes.append(
                f"First taken for a {reading.kind} chart; drawn again this fits better."
            )
    if best.kind in _FREE and score >= 0.5:
        for _ in range(_MOST_MOVES):
            moved = _moved(raster, best, pair)
            if moved is None:
                break
            best, pair = moved
            score = likeness(raster, best, pair)
    return best, score


def _moved(raster: Raster, reading: ChartReading, pair: Pair) -> tuple[ChartReading, Pair] | None:
    """The reading with its marks moved onto those of the picture, when that fits better."""
    theirs, mine = mark_cover(reading, pair)
    if min(theirs.shape) < 32:
        return None
    window = cv2.createHanningWindow((theirs.shape[1], theirs.shape[0]), cv2.CV_32F)
    (right, down), response = cv2.phaseCorrelate(mine, theirs, window)
    if response < 0.3 or not 0.3 <= float(np.hypot(right, down)) <= 4.0:
        return None
    attempt = _shifted(reading, right / raster.width, down / raster.height)
    beside = drawn_beside(raster, attempt)
    again = mark_cover(attempt, beside)[1]
    before, after = (float(np.abs(theirs - part).mean()) for part in (mine, again))
    if after > 0.97 * before:
        return None
    attempt.notes.append(f"Moved by {right:.1f} and {down:.1f} px after drawing it again.")
    return attempt, beside


def _shifted(reading: ChartReading, right: float, down: float) -> ChartReading:
    """All marks moved by shares of the picture's width and height."""
    moved = deepcopy(reading)
    left, top, end, bottom = reading.panel
    for series in moved.series:
        series.x = [_along(reading.x, value, right / (end - left)) for value in series.x]
        series.y = [_along(reading.y, value, -down / (bottom - top)) for value in series.y]
    return moved


def _along(axis: AxisReading, value: object, share: float) -> object:
    """A value moved by a share of its axis."""
    if axis.kind == "category" or not isinstance(value, int | float):
        return value
    if axis.kind == "log":
        return float(value * (axis.high / axis.low) ** share)
    return float(value + (axis.high - axis.low) * share)
