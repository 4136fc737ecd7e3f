"""Pies and rings: the disc, its slices by angle, and labels beside or inside them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from multivis.reader.raster import Floats, Raster, differs, to_lab

__all__ = ["Disc", "Slice", "find_disc", "find_slices"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Disc:
    """A disc in pixels; `hole` is the inner radius, 0 for a pie."""

    x: float
    y: float
    radius: float
    hole: float


@dataclass(frozen=True)
class Slice:
    """A slice: from `start` to `end` in radians clockwise from the top."""

    start: float
    end: float
    colour: Floats

    @property
    def angle(self) -> float:
        """Its span in radians."""
        return self.end - self.start

    @property
    def middle(self) -> float:
        """The direction of its centre, radians clockwise from the top."""
        return (self.start + self.end) / 2


def find_disc(raster: Raster) -> Disc | None:
    """The disc of a pie chart, or None.

    The largest component of ink must fill a circle: its outline keeps one distance from its
    centre.
    """
    ink = differs(raster.rgb, raster.page, 14)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)),
        connectivity=8,
    )
    if count < 2:
        return None
    index = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_WIDTH] * stats[1:, cv2.CC_STAT_HEIGHT]))
    _, _, width, height, area = (int(part) for part in stats[index])
    side = min(width, height)
    if side < 60 or max(width, height) > 1.5 * side or area < 0.2 * width * height:
        return None
    contours, _ = cv2.findContours(
        (labels == index).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    outline = max(contours, key=len)[:, 0, :].astype(np.float64)
    fitted = _circle(outline)
    if fitted is None:
        return None
    x, y, radius = fitted
    off = np.abs(np.hypot(outline[:, 0] - x, outline[:, 1] - y) - radius)
    if np.mean(off <= 1.6) < 0.86 or radius < 30:
        return None
    hole = _hole(ink, x, y, radius)
    inside = _ring_share(ink, x, y, radius, hole)
    if inside < 0.93:
        return None
    return Disc(x + 0.5, y + 0.5, radius + 0.5, hole)


def _circle(points: Floats) -> tuple[float, float, float] | None:
    """Least-squares circle, twice: the second time without outliers (labels that touch)."""
    kept = points
    answer: tuple[float, float, float] | None = None
    for _ in range(4):
        if len(kept) < 30:
            return None
        matrix = np.column_stack([kept, np.ones(len(kept))])
        target = (kept**2).sum(axis=1)
        solution, *_ = np.linalg.lstsq(matrix, target, rcond=None)
        x, y = solution[0] / 2, solution[1] / 2
        radius = float(np.sqrt(max(solution[2] + x * x + y * y, 1.0)))
        answer = (float(x), float(y), radius)
        off = np.abs(np.hypot(points[:, 0] - x, points[:, 1] - y) - radius)
        kept = points[off <= max(1.5, 1.5 * float(np.median(off)))]
    return answer


def _sample(image: NDArray[np.float32], xs: Floats, ys: Floats) -> NDArray[np.float32]:
    return np.asarray(
        cv2.remap(image, xs.astype(np.float32), ys.astype(np.float32), cv2.INTER_LINEAR)
    )


def _hole(ink: Mask, x: float, y: float, radius: float) -> float:
    """Inner radius of a ring; 0 when the middle is filled."""
    angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    shares = []
    radii = np.arange(2.0, radius, 1.0)
    for distance in radii:
        rows = np.clip((y + distance * np.sin(angles)).round().astype(int), 0, ink.shape[0] - 1)
        columns = np.clip((x + distance * np.cos(angles)).round().astype(int), 0, ink.shape[1] - 1)
        shares.append(float(ink[rows, columns].mean()))
    filled = np.array(shares) > 0.6
    if filled[: max(3, len(filled) // 10)].mean() > 0.5:
        return 0.0
    return float(radii[int(np.argmax(filled))])


def _ring_share(ink: Mask, x: float, y: float, radius: float, hole: float) -> float:
    rows, columns = np.ogrid[: ink.shape[0], : ink.shape[1]]
    distance = np.hypot(columns - x, rows - y)
    ring = (distance < radius - 2) & (distance > hole + 2)
    return float(ink[ring].mean()) if ring.any() else 0.0


def find_slices(raster: Raster, disc: Disc) -> list[Slice]:
    """The slices of a disc, clockwise from the top, with sub-degree borders.

    Colours are sampled on many circles; a border is where the colour changes, taken as the
    median over the circles so that labels inside slices do not matter.
    """
    image = raster.rgb.astype(np.float32)
    count = 7200
    angles = (np.arange(count) + 0.5) * (2 * np.pi / count)
    inner = max(disc.hole + 3, 0.35 * disc.radius)
    radii = np.linspace(max(inner, 0.5 * disc.radius), disc.radius - 2.5, 28)
    grid_x = disc.x - 0.5 + radii[:, None] * np.sin(angles)[None, :]
    grid_y = disc.y - 0.5 - radii[:, None] * np.cos(angles)[None, :]
    colours = _sample(image, grid_x, grid_y).astype(np.float64)
    # Texts stand in the middle of slices and leave the rim free.
    rim = radii >= min(0.9 * disc.radius, disc.radius - 8.0)
    typical = np.median(colours[rim], axis=0)
    lab = to_lab(typical)
    parts = _segments(lab)
    if len(parts) <= 1:
        return [Slice(0.0, 2 * np.pi, np.median(typical, axis=0))]
    means = []
    for first, last in parts:
        span = (last - first) % count or count
        inner_part = (first + np.arange(int(0.2 * span), max(int(0.8 * span), 1))) % count
        means.append(np.median(typical[inner_part], axis=0))
    borders = [
        _border(colours, parts[index - 1], parts[index], means[index - 1], means[index], count)
        for index in range(len(parts))
    ]
    step = 2 * np.pi / count
    slices = []
    for index, colour in enumerate(means):
        start = borders[index] * step
        end = borders[(index + 1) % len(parts)] * step
        if end <= start:
            end += 2 * np.pi
        slices.append(Slice(start, end, colour))
    return slices


def _segments(lab: Floats) -> list[tuple[int, int]]:
    """Even stretches of a cyclic colour sequence as (first, last) indices, borders skipped."""
    count = len(lab)
    step = 12
    change = np.linalg.norm(np.roll(lab, -step, axis=0) - lab, axis=1)
    calm = change < 3.0
    if calm.all():
        return [(0, count)]
    shift = int(np.argmin(calm))
    rolled = np.roll(calm, -shift)
    rolled_lab = np.roll(lab, -shift, axis=0)
    parts: list[tuple[int, int]] = []
    padded = np.concatenate([[False], rolled, [False]])
    edges = np.flatnonzero(np.diff(padded.astype(np.int8)))
    for first, last in edges.reshape(-1, 2).tolist():
        if last - first < 14:
            continue
        tone = np.median(rolled_lab[first:last], axis=0)
        if parts:
            before = np.median(rolled_lab[parts[-1][0] : parts[-1][1]], axis=0)
            # A text that reaches the rim parts a slice in two.
            if np.linalg.norm(tone - before) < 2.0 and first - parts[-1][1] < 0.06 * count:
                parts[-1] = (parts[-1][0], last)
                continue
        parts.append((first, last))
    if len(parts) > 1:
        ends = [np.median(rolled_lab[a:b], axis=0) for a, b in (parts[0], parts[-1])]
        if (
            np.linalg.norm(ends[0] - ends[1]) < 2.0
            and count - parts[-1][1] + parts[0][0] < 0.06 * count
        ):
            parts[0] = (parts[-1][0] - count, parts[0][1])
            parts.pop()
    return [((first + shift) % count, (last + shift) % count) for first, last in parts]


def _border(
    colours: Floats,
    before: tuple[int, int],
    after: tuple[int, int],
    left: Floats,
    right: Floats,
    count: int,
) -> float:
    """Where one colour gives way to the next: halfway of the blend, median over circles.

    A line drawn between slices is symmetric around the border.
    """
    margin = 40
    first = before[1] - margin
    length = (after[0] - before[1]) % count + 2 * margin
    index = (first + np.arange(length)) % count
    window = colours[:, index]
    direction = right - left
    size = float((direction**2).sum())
    if size < 1:
        return float((before[1] + length / 2 - margin) % count)
    share = ((window - left) @ direction) / size
    distance_left = np.linalg.norm(window - left, axis=2)
    distance_right = np.linalg.norm(window - right, axis=2)
    places = []
    for row in range(window.shape[0]):
        is_left, is_right = distance_left[row] < 12, distance_right[row] < 12
        if not is_left.any() or not is_right.any():
            continue
        last_left = int(np.flatnonzero(is_left)[-1])
        later = np.flatnonzero(is_right)
        later = later[later > last_left]
        if not len(later):
            continue
        first_right = int(later[0])
        blend = share[row, last_left + 1 : first_right]
        on_path = (blend > -0.1) & (blend < 1.1)
        if len(blend) and on_path.all():
            places.append(last_left + 1 + float((1 - np.clip(blend, 0, 1)).sum()))
        else:
            places.append((last_left + 1 + first_right) / 2)
    middle = float(np.median(places)) if places else length / 2
    return float((first + middle) % count)
