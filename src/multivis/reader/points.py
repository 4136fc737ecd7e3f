"""Scatter plots: discs of one size, filled or hollow, also where they overlap."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from multivis.reader.anatomy import Anatomy
from multivis.reader.curves import identities, tidy
from multivis.reader.marks import foreground, unmixed_shares
from multivis.reader.raster import Floats, hex_colour
from multivis.reader.reading import ChartReading, SeriesReading
from multivis.reader.scales import Scale
from multivis.reader.settle import unbled

__all__ = ["read_scatter"]

Mask = NDArray[np.bool_]


def read_scatter(anatomy: Anatomy, area: Floats) -> ChartReading | None:
    """Read points; None when the marks are no discs of one size."""
    if any(entry.swatch.shape in ("line", "line+marker") for entry in anatomy.legend):
        return None
    front = foreground(anatomy, area)
    filled = _fill_holes(front)
    size = _common_size(filled)
    if size is None:
        return None
    names, colours, _ = identities(anatomy, area, front)
    if not colours:
        return None
    if anatomy.raster.lossy:
        area = unbled(area, anatomy.panel.background, colours)
        front = foreground(anatomy, area)
    masks = _assign(area, anatomy.panel.background, colours, front)
    series = []
    for name, colour, mask in zip(names, colours, masks, strict=True):
        whole = _fill_holes(mask)
        centres = _centres(whole, size)
        if len(centres):
            series.append(_series(anatomy, name, colour, centres, size))
    if not series:
        return None
    return ChartReading("scatter", series=series)


def _fill_holes(mask: Mask) -> Mask:
    """Hollow circles become discs."""
    padded = np.pad(mask, 1).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - padded, connectivity=4)
    small = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] < 500)
    holes = np.isin(labels, small[small > 0]) if count else np.zeros_like(padded, dtype=bool)
    return np.asarray(((padded > 0) | holes)[1:-1, 1:-1])


def _common_size(mask: Mask) -> float | None:
    """The diameter that most components share, or None when most are no discs."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    sizes = stats[1:]
    sizes = sizes[sizes[:, cv2.CC_STAT_AREA] >= 6]
    if len(sizes) < 4:
        return None
    width, height = sizes[:, cv2.CC_STAT_WIDTH], sizes[:, cv2.CC_STAT_HEIGHT]
    area = sizes[:, cv2.CC_STAT_AREA]
    fill = area / (width * height)
    # The reference is the commonest round component; overlaps are larger.
    round_ones = (np.abs(width - height) <= 1 + 0.12 * width) & (fill > 0.6) & (width <= 40)
    if round_ones.sum() < max(3, 0.4 * len(sizes)):
        return None
    diameter = float(np.median((width + height)[round_ones]) / 2)
    alike = np.abs(width[round_ones] - diameter) <= max(2.0, 0.2 * diameter)
    if alike.mean() < 0.6:
        return None
    share = area[(width <= 6 * diameter) & (height <= 6 * diameter)].sum() / area.sum()
    return diameter if share > 0.5 and diameter >= 3 else None


def _assign(area: Floats, background: Floats, colours: list[Floats], front: Mask) -> list[Mask]:
    """Each foreground pixel to the colour that explains it best."""
    rests, shares = [], []
    for colour in colours:
        share, rest = unmixed_shares(area, background, colour)
        rests.append(rest + 30 * (share < 0.2))
        shares.append(share)
    best = np.argmin(np.array(rests), axis=0)
    return [front & (best == index) & (shares[index] > 0.35) for index in range(len(colours))]


def _centres(mask: Mask, size: float) -> list[tuple[float, float]]:
    """Centres of discs: single ones by their mass, heaps by covering them greedily."""
    count, labels, stats, centroids = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    usual = np.pi * size**2 / 4
    found: list[tuple[float, float]] = []
    for index in range(1, count):
        left, top, width, height, area = (int(part) for part in stats[index])
        if area < 0.35 * usual:
            continue
        if width <= 1.3 * size + 1 and height <= 1.3 * size + 1:
            found.append((float(centroids[index][0]), float(centroids[index][1])))
            continue
        part = labels[top : top + height, left : left + width] == index
        found += [(x + left, y + top) for x, y in _heap(part, size)]
    return found


def _heap(mask: Mask, size: float) -> list[tuple[float, float]]:
    """Discs that cover a heap, the one that covers most first."""
    radius = size / 2
    reach = int(np.ceil(radius))
    ys, xs = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = (np.hypot(xs, ys) <= radius - 0.25).astype(np.float32)
    padded = np.pad(mask, reach).astype(np.float32)
    inside = cv2.filter2D(padded, -1, disc, borderType=cv2.BORDER_CONSTANT) / disc.sum()
    left = padded.copy()
    found = []
    for _ in range(200):
        gain = cv2.filter2D(left, -1, disc, borderType=cv2.BORDER_CONSTANT) / disc.sum()
        gain = np.where(inside >= 0.9, gain, 0)
        row, column = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[row, column] < 0.3:
            break
        found.append((float(column - reach), float(row - reach)))
        left[row - reach : row + reach + 1, column - reach : column + reach + 1] *= 1 - disc
    return found


def _series(
    anatomy: Anatomy, name: str, colour: Floats, centres: list[tuple[float, float]], size: float
) -> SeriesReading:
    panel = anatomy.panel
    ordered = sorted(centres)
    xs = [_value(anatomy.x, x + panel.left + 0.5) for x, _ in ordered]
    ys = [_value(anatomy.y, y + panel.top + 0.5) for _, y in ordered]
    error = 0.3 * anatomy.y.per_pixel if anatomy.y.kind != "category" else 0.0
    return SeriesReading(
        name, xs, ys, [error] * len(xs), hex_colour(colour), markers=True, size=round(size, 1)
    )


def _value(scale: Scale, position: float) -> object:
    if scale.kind == "category":
        if not scale.labels:
            return position
        return min(scale.labels, key=lambda label: abs(label[0] - position))[1]
    return tidy(scale.value(position), scale)
