"""Draw a reading again and compare it with its picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from multivis.reader.draw import draw_reading
from multivis.reader.raster import Floats, Pixels, Raster, differs, greatest
from multivis.reader.reading import ChartReading

__all__ = ["check_reading", "drawn_beside", "judge_reading", "likeness", "mark_cover"]

Mask = NDArray[np.bool_]
#: The inside of a panel: of the picture, and of its reading drawn again.
Pair = tuple[Pixels, Pixels]

_REFUSED = 0.3
_DOUBTFUL = 0.75


def check_reading(raster: Raster, reading: ChartReading) -> None:
    """Let the likeness of the redrawn chart enter the confidence; refuse one that is no match.

    Args:
        raster: The picture.
        reading: Its reading; changed in place.
    """
    judge_reading(reading, likeness(raster, reading))


def judge_reading(reading: ChartReading, score: float) -> None:
    """As `check_reading`, for a reading whose likeness is known."""
    if score < _REFUSED:
        reading.kind = None
        reading.reason = (
            f"what was read of it, drawn again, does not look like it (likeness {score:.2f})"
        )
        reading.series = []
        reading.confidence = 0.0
        return
    if score < _DOUBTFUL:
        reading.notes.append(f"Drawn again it matches the picture only in part ({score:.2f}).")
    reading.confidence = round(reading.confidence * min(1.0, score), 4)


def likeness(raster: Raster, reading: ChartReading, pair: Pair | None = None) -> float:
    """How well the marks match, 0..1.

    The share of drawn mark pixels that have a mark in the picture within 3 px, and the other
    way round; the harmonic mean of both.

    Args:
        raster: The picture.
        reading: Its reading.
        pair: What `drawn_beside` gave for both, if it was drawn already.
    """
    theirs_pixels, ours = pair or drawn_beside(raster, reading)
    ground = _ground(reading)
    mine, theirs = _marks(ours, ground), _marks(theirs_pixels, ground)
    if not mine.any() or not theirs.any():
        return 0.0
    found = float((mine & _near(theirs)).sum() / mine.sum())
    explained = float((theirs & _near(mine)).sum() / theirs.sum())
    if reading.legend == "inside" or reading.kind == "box":
        # The legend's own text, and points beyond whiskers, are no marks of the reading.
        explained = max(explained, 0.8 * found)
    return 2 * found * explained / max(found + explained, 1e-9)


def mark_cover(
    reading: ChartReading, pair: Pair
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How strongly each pixel of the panel is marked, in the picture and drawn again, 0..1.

    Args:
        reading: The reading.
        pair: What `drawn_beside` gave for it.
    """
    ground = _ground(reading).astype(np.int16)
    strength = np.clip(np.arange(256) / 160.0, 0.0, 1.0).astype(np.float32)
    theirs, mine = (strength[greatest(np.abs(part - ground))] for part in pair)
    return theirs, mine


def drawn_beside(raster: Raster, reading: ChartReading) -> Pair:
    """The inside of the panel: of the picture, and drawn again."""
    left, top, right, bottom = reading.panel
    rows = slice(round(top * raster.height) + 2, round(bottom * raster.height) - 2)
    columns = slice(round(left * raster.width) + 2, round(right * raster.width) - 2)
    theirs = raster.rgb[rows, columns]
    inside = 0 <= rows.start < rows.stop <= raster.height and (
        0 <= columns.start < columns.stop <= raster.width)  # fmt: skip
    if not inside:
        drawn = draw_reading(reading, raster.width, raster.height, texts=False)
        return theirs, np.asarray(drawn, dtype=np.uint8)[rows, columns]
    part = (columns.start, rows.start, columns.stop, rows.stop)
    drawn = draw_reading(reading, raster.width, raster.height, texts=False, part=part)
    return theirs, np.asarray(drawn, dtype=np.uint8)


def _ground(reading: ChartReading) -> Floats:
    colour = reading.plot_background
    return np.array([float(int(colour[index : index + 2], 16)) for index in (1, 3, 5)])


def _marks(pixels: Pixels, ground: Floats) -> Mask:
    return differs(pixels, ground, 60)


def _near(mask: Mask) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel) > 0)
