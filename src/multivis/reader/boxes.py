"""Box plots: a box in two halves with a whisker at one end or both."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multivis.reader.anatomy import Anatomy
from multivis.reader.marks import Region, foreground
from multivis.reader.raster import Floats, hex_colour
from multivis.reader.reading import ChartReading, SeriesReading

__all__ = ["read_boxes"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class _Half:
    low: int
    high: int
    first: int
    last: int
    colour: Floats


def read_boxes(anatomy: Anatomy, area: Floats, regions: list[Region]) -> ChartReading | None:
    """Read standing boxes; None when there are none."""
    if anatomy.y.kind == "category":
        return None
    panel = anatomy.panel
    front = foreground(anatomy, area)
    halves = [
        _Half(region.left - panel.left, region.right - panel.left, region.top - panel.top,
              region.bottom - panel.top, region.colour)
        for region in regions
        if region.fill > 0.95 and region.width >= 6 and region.height >= 2
    ]  # fmt: skip
    halves += _enclosed(front, area)
    found = _pairs(halves, area)
    inside = sum((lower.last - upper.first) * (upper.high - upper.low) for upper, lower in found)
    columns = [
        column
        for column in _by_outline(front, area, panel.colour)
        if not any(column[0].low < upper.high and upper.low < column[0].high for upper, _ in found)
    ]
    inside += sum(
        (lower.last - upper.first) * (upper.high - upper.low) for upper, lower, _, _ in columns
    )
    if not (found or columns) or inside < 0.6 * sum(region.area for region in regions):
        return None
    if columns and not _alike(found, columns):
        return None
    for upper, lower in found:
        middle = (upper.low + upper.high) // 2
        high = _whisker(front, middle, upper.first, -1)
        low = _whisker(front, middle, lower.last - 1, 1)
        columns.append((upper, lower, high, low))
    whiskers = sum(
        1 for upper, lower, high, low in columns if upper.first - high > 4 or low - lower.last > 4
    )
    if whiskers < max(1, 0.6 * len(columns)):
        return None
    return _reading(anatomy, area, sorted(columns, key=lambda column: column[0].low))


def _by_outline(front: Mask, area: Floats, ground: Floats) -> list[tuple[_Half, _Half, int, int]]:
    """Boxes told by their silhouette: a broad middle with thin whiskers.

    For boxes of few pixels, or whose fill JPEG has stained.
    """
    closed = cv2.morphologyEx(front.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((4, 1), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    found = []
    for index in range(1, len(stats)):
        left, top, width, height, size = (int(part) for part in stats[index])
        if width < 8 or height < 8 or size < 30 or width > 0.6 * front.shape[1]:
            continue
        part = labels[top : top + height, left : left + width] == index
        first = part.argmax(axis=1)
        last = part.shape[1] - part[:, ::-1].argmax(axis=1)
        span = np.where(part.any(axis=1), last - first, 0)
        rows = np.flatnonzero(span >= 0.8 * width)
        if len(rows) < 3 or rows[-1] - rows[0] + 1 != len(rows) or len(rows) > 0.97 * height:
            continue
        outer = np.delete(span, rows)
        if not len(outer) or np.median(outer) > 0.4 * width:
            continue
        q3, q1 = top + int(rows[0]), top + int(rows[-1]) + 1
        low, high = left, left + width
        middle = area[q3:q1, low + width // 4 : high - width // 4]
        tones = np.median(middle, axis=1)
        # The median is the row that differs most from the rest of the box, soft ends aside.
        rim = max(1, min(3, len(tones) // 6))
        inner = tones[rim:-rim]
        usual = np.median(inner, axis=0)
        off = np.abs(inner - usual).max(axis=1)
        row = q3 + rim + int(off.argmax())
        colour = usual if np.abs(usual - ground).max() > 20 else area[(q3 + q1) // 2, low]
        upper = _Half(low, high, q3, row, np.asarray(colour))
        lower = _Half(low, high, row + 1, q1, np.asarray(colour))
        found.append((upper, lower, top, top + height))
    return found


def _alike(found: list[tuple[_Half, _Half]], columns: list[tuple[_Half, _Half, int, int]]) -> bool:
    """Whether all boxes have nearly one breadth, as those of a chart do."""
    breadths = [upper.high - upper.low for upper, _ in found]
    breadths += [column[0].high - column[0].low for column in columns]
    usual = float(np.median(breadths))
    return all(abs(breadth - usual) <= max(3.0, 0.15 * usual) for breadth in breadths)


def _enclosed(front: Mask, area: Floats) -> list[_Half]:
    """Rectangular pieces of background inside outlines (boxes without fill)."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (~front).astype(np.uint8), connectivity=4
    )
    found = []
    for index in range(1, count):
        left, top, width, height, size = (int(part) for part in stats[index])
        touches = left == 0 or top == 0 or left + width == front.shape[1] or (
            top + height == front.shape[0])  # fmt: skip
        if touches or width < 6 or height < 2 or size < 0.95 * width * height:
            continue
        del_colour = area[min(top, area.shape[0] - 1), max(left - 2, 0)]
        found.append(_Half(left - 1, left + width + 1, top - 1, top + height + 1, del_colour))
    del labels
    return found


def _pairs(halves: list[_Half], area: Floats) -> list[tuple[_Half, _Half]]:
    """Upper and lower halves of boxes.

    Pieces that share their sides and almost touch are one box; the strongest line between two of
    them is its median, others are grid lines that show through.
    """
    chains: list[list[_Half]] = []
    for half in sorted(halves, key=lambda half: half.first):
        for chain in chains:
            end = chain[-1]
            same_sides = abs(end.low - half.low) <= 2 and abs(end.high - half.high) <= 2
            alike = np.abs(end.colour - half.colour).max() < 20
            if same_sides and alike and -3 <= half.first - end.last <= max(5, 0.12 * (
                    end.high - end.low)):  # fmt: skip
                chain.append(half)
                break
        else:
            chains.append([half])
    pairs = []
    for chain in chains:
        if len(chain) < 2:
            continue
        cut = max(range(1, len(chain)), key=lambda i: _contrast(area, chain[i - 1], chain[i]))
        upper = replace(chain[0], last=chain[cut - 1].last)
        lower = replace(chain[cut], last=chain[-1].last)
        pairs.append((upper, lower))
    return sorted(pairs, key=lambda pair: pair[0].low)


def _contrast(area: Floats, upper: _Half, lower: _Half) -> float:
    """How strongly the line between two pieces differs from them."""
    first, last = min(upper.last, lower.first) - 1, max(upper.last, lower.first) + 1
    part = area[max(first, 0) : last, upper.low + 2 : upper.high - 2]
    if part.size == 0:
        return 0.0
    offset = np.abs(np.median(part, axis=1) - upper.colour).max(axis=1)
    return float(offset.max())


def _whisker(front: Mask, column: int, start: int, step: int) -> int:
    """Where the thin line that leaves a box in direction `step` ends."""
    best = start
    for near in (column - 1, column, column + 1):
        row = start + 4 * step
        last = start
        gap = 0
        while 0 <= row < front.shape[0] and gap <= 1:
            if front[row, near]:
                last, gap = row, 0
            else:
                gap += 1
            row += step
        if abs(last - start) > abs(best - start):
            best = last
    return best + (1 if step > 0 else 0)


def _reading(
    anatomy: Anatomy, area: Floats, columns: list[tuple[_Half, _Half, int, int]]
) -> ChartReading:
    panel, scale = anatomy.panel, anatomy.y
    names: list[object] = []
    extra: dict[str, list[float]] = {key: [] for key in ("low", "q1", "median", "q3", "high")}
    colours = []
    for index, (upper, lower, high, low) in enumerate(columns):
        middle = (upper.low + upper.high) / 2 + panel.left
        near = [
            (abs(position - middle), text)
            for position, text in anatomy.x.labels
            if abs(position - middle) <= 0.7 * (upper.high - upper.low) + 8
        ]
        names.append(min(near)[1] if near else f"box {index + 1}")
        rows = {
            "low": float(low),
            "q1": float(lower.last),
            "median": (upper.last + lower.first) / 2,
            "q3": float(upper.first),
            "high": float(high),
        }
        for key, row in rows.items():
            extra[key].append(scale.value(row + panel.top))
        colours.append(hex_colour(_outline(area, upper)))
    error = [scale.per_pixel * 0.7] * len(names)
    for upper, lower in ((column[0], column[1]) for column in columns):
        extra.setdefault("breadth", []).append((upper.high - upper.low) / panel.width)
        extra.setdefault("place", []).append((upper.low + upper.high) / 2 / panel.width)
        tone = area[(upper.first + upper.last) // 2, (upper.low + upper.high) // 2]
        empty = np.abs(tone - panel.colour).max() < 16 and lower.last > upper.first
        extra.setdefault("hollow", []).append(float(empty))
    series = SeriesReading(
        "", names, list(extra["median"]), error, colours[0], colours=colours, extra=extra
    )
    notes = ["Points beyond the whiskers are not listed."]
    return ChartReading("box", series=[series], notes=notes)


def _outline(area: Floats, half: _Half) -> Floats:
    """The colour of a box: of its outline when the fill is pale."""
    row = (half.first + half.last) // 2
    edge = area[row, max(half.low - 3, 0) : half.low + 3]
    strongest = edge[int(np.argmin(edge.sum(axis=1)))]
    return strongest if strongest.sum() < half.colour.sum() - 60 else half.colour
