"""Bars: plain, grouped, stacked, lying, and the bins of a histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multivis.reader.anatomy import Anatomy
from multivis.reader.marks import Region
from multivis.reader.raster import Floats, runs, to_lab

__all__ = ["Bar", "find_bars", "value_edges"]


@dataclass(frozen=True)
class Bar:
    """One bar, along the axis it is measured on.

    Attributes:
        start, end: Where it begins (nearer to the base line) and ends, in pixels, sub-pixel.
        low, high: Its extent across, in pixels.
        colour: RGB.
    """

    start: float
    end: float
    low: float
    high: float
    colour: Floats

    @property
    def middle(self) -> float:
        """Centre across."""
        return (self.low + self.high) / 2

    @property
    def thickness(self) -> float:
        """Extent across."""
        return self.high - self.low


def find_bars(
    anatomy: Anatomy, area: Floats, regions: list[Region]
) -> tuple[str, list[Bar]] | None:
    """Bars among filled regions.

    Returns:
        ``"v"`` or ``"h"`` and the bars in order across, or None when the regions are no bars.
    """
    rectangles = [region for region in regions if region.width >= 2 and region.height >= 2]
    # Soft edges of JPEG look like thin regions of their own.
    thin = 5 if anatomy.raster.lossy else 2
    large = [
        region
        for region in rectangles
        if region.area >= 30 and min(region.width, region.height) >= thin
    ]
    if not large:
        return None
    if anatomy.legend_box is not None:
        large = _rejoined(large)
    total = sum(region.area for region in large)
    even = sum(region.area for region in large if region.fill > 0.93)
    candidates = []
    for direction in ("v", "h"):
        pieces = [bar for region in large for bar in _pieces(region, direction)]
        score = _base_score(pieces)
        candidates.append((score, direction, pieces))
    upright, lying = candidates
    if even < 0.8 * total and max(upright[0], lying[0]) < 0.9:
        return None
    direction = _direction(anatomy, upright[0], lying[0])
    pieces = upright[2] if direction == "v" else lying[2]
    score = upright[0] if direction == "v" else lying[0]
    if score < 0.6 or not pieces:
        return None
    sharp = [_sharpen(anatomy, area, bar, direction) for bar in pieces]
    base = _base(anatomy, sharp, direction)
    oriented = [_orient(bar, base) for bar in sharp]
    return direction, sorted(oriented, key=lambda bar: (bar.middle, abs(bar.start - base)))


def _rejoined(regions: list[Region]) -> list[Region]:
    """Bars that the frame of a legend cuts in two, whole again: one rectangle of one colour."""
    joined: list[Region] = []
    for region in sorted(regions, key=lambda region: (region.left, region.top)):
        for index, other in enumerate(joined):
            upright = abs(region.left - other.left) <= 2 and abs(region.right - other.right) <= 2
            lying = abs(region.top - other.top) <= 2 and abs(region.bottom - other.bottom) <= 2
            gap = max(region.top - other.bottom, other.top - region.bottom) if upright else max(
                region.left - other.right, other.left - region.right)  # fmt: skip
            if (upright or lying) and 0 <= gap <= 3 and same_colour(region.colour, other.colour):
                left, top = min(region.left, other.left), min(region.top, other.top)
                right, bottom = max(region.right, other.right), max(region.bottom, other.bottom)
                mask = np.ones((bottom - top, right - left), dtype=bool)
                joined[index] = Region(left, top, right, bottom, mask.size, other.colour, mask)
                break
        else:
            joined.append(region)
    return joined


def _direction(anatomy: Anatomy, upright: float, lying: float) -> str:
    """By the axes first: bars stand on the axis of categories."""
    x, y = anatomy.x.kind, anatomy.y.kind
    if x != "category" and y == "category" and lying >= 0.5:
        return "h"
    if x == "category" and y != "category" and upright >= 0.5:
        return "v"
    return "v" if upright >= lying else "h"


def _pieces(region: Region, direction: str) -> list[Bar]:
    """A rectangle as one bar; a staircase (bars that touch) as one per step."""
    mask = region.mask if direction == "v" else region.mask.T
    along0, across0 = (region.top, region.left) if direction == "v" else (region.left, region.top)
    if region.fill > 0.97:
        return [
            Bar(along0, along0 + mask.shape[0], across0, across0 + mask.shape[1], region.colour)
        ]
    first = mask.argmax(axis=0)
    last = mask.shape[0] - mask[::-1].argmax(axis=0)
    covered = mask.any(axis=0)
    pieces: list[Bar] = []
    for begin, finish in runs(np.asarray(covered)):
        cut = begin
        for column in range(begin + 1, finish + 1):
            ended = column == finish
            if (
                ended
                or abs(int(first[column]) - int(first[cut]))
                + abs(int(last[column]) - int(last[cut]))
                > 1
            ):
                if column - cut >= 2:
                    top = float(np.median(first[cut:column]))
                    bottom = float(np.median(last[cut:column]))
                    pieces.append(
                        Bar(along0 + top, along0 + bottom, across0 + cut, across0 + column,
                            region.colour)
                    )  # fmt: skip
                cut = column
    return pieces


def _base_score(pieces: list[Bar]) -> float:
    """How many bars share an edge with a common base line or with another bar (stacks)."""
    if not pieces:
        return 0.0
    starts, ends = (np.array([getattr(bar, part) for bar in pieces]) for part in ("start", "end"))
    heap = _heaps(pieces, starts, ends)
    best = 0
    for edge in np.unique(np.round(np.concatenate([ends, starts]))):
        touching = (np.abs(starts - edge) <= 2) | (np.abs(ends - edge) <= 2)
        best = max(best, int(np.isin(heap, heap[touching]).sum()))
    widths = np.array([bar.thickness for bar in pieces])
    # Bins of the same height look like one of twice the width.
    units = np.unique(widths[widths >= 0.45 * np.median(widths)])[:60, None]
    multiple = np.maximum(np.round(widths / units), 1)
    near = np.abs(widths - multiple * units) <= np.maximum(2.0, 0.06 * widths)
    alike = float(near.mean(axis=1).max())
    return best / len(pieces) * (0.4 + 0.6 * alike)


def _heaps(pieces: list[Bar], starts: Floats, ends: Floats) -> NDArray[np.int64]:
    """The number of the stack that each bar belongs to: bars in line that touch end to end."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    middles = np.array([bar.middle for bar in pieces])
    in_line = np.abs(middles[:, None] - middles[None, :]) <= 2
    touch = np.abs(starts[:, None] - ends[None, :]) <= 4
    _, heap = connected_components(csr_array(in_line & (touch | touch.T)), directed=False)
    return np.asarray(heap, dtype=np.int64)


def _base(anatomy: Anatomy, bars: list[Bar], direction: str) -> float:
    """The base line: the position of zero when the scale shows it, else the commonest edge."""
    scale = anatomy.y if direction == "v" else anatomy.x
    panel = anatomy.panel
    low, high = (panel.top, panel.bottom) if direction == "v" else (panel.left, panel.right)
    if scale.kind == "linear":
        zero = scale.position(0.0)
        if low - 3 <= zero <= high + 3:
            return zero
    edges = np.round([bar.end for bar in bars] + [bar.start for bar in bars])
    values, counts = np.unique(edges, return_counts=True)
    return float(values[np.argmax(counts)])


def _orient(bar: Bar, base: float) -> Bar:
    near, far = bar.end, bar.start
    if abs(bar.start - base) < abs(bar.end - base):
        near, far = bar.start, bar.end
    return Bar(near, far, bar.low, bar.high, bar.colour)


def _sharpen(anatomy: Anatomy, area: Floats, bar: Bar, direction: str) -> Bar:
    """Both ends to a fraction of a pixel, from how much of the edge pixels is covered."""
    panel = anatomy.panel
    if direction == "v":
        pixels, ground = area, panel.background
        along0, across0 = panel.top, panel.left
    else:
        pixels = area.transpose(1, 0, 2)
        ground = panel.background.transpose(1, 0, 2)
        along0, across0 = panel.left, panel.top
    width = bar.high - bar.low
    inset = 0.25 * width if width > 8 else 1.0
    first = int(bar.low + inset - across0)
    last = max(first + 1, int(bar.high - inset - across0))
    strip, behind = pixels[:, first:last], ground[:, first:last]
    start = _edge(strip, behind, bar.colour, int(bar.start - along0), -1)
    end = _edge(strip, behind, bar.colour, int(bar.end - along0) - 1, 1)
    return Bar(along0 + start, along0 + end, bar.low, bar.high, bar.colour)


def _edge(strip: Floats, behind: Floats, colour: Floats, at: int, step: int) -> float:
    """Sub-pixel end of a run of `colour` that covers pixel `at` and leaves in direction `step`.

    `strip` and `behind` are the pixels along a bar with and without it; each of their rows counts
    as its median.

    A thin outline in a lighter colour hides where the fill ends; the outline is centred on the
    edge, so it counts half.
    """
    length = len(strip)
    whole = at
    while 0 <= whole + step < length:
        if np.abs(np.median(strip[whole + step], axis=0) - colour).max() > 4:
            break
        whole += step
    beyond = whole + step
    boundary = float(whole + 1 if step > 0 else whole)
    if not 0 <= beyond < length:
        return boundary
    ground = np.median(behind[beyond], axis=0)
    direction = colour - ground
    size = float((direction**2).sum())
    if size < 100:
        return boundary
    offset = np.median(strip[beyond], axis=0) - ground
    share = float((offset * direction).sum() / size)
    rest = np.abs(offset - share * direction).max()
    if rest > 40 or share < 0.04:
        return boundary
    return boundary + step * float(np.clip(share, 0.0, 1.0))


def value_edges(bars: list[Bar]) -> list[float]:
    """Edges between bins that touch: the ends of all bars across, once each."""
    edges: list[float] = []
    for bar in bars:
        for edge in (bar.low, bar.high):
            if all(abs(edge - other) > 2 for other in edges):
                edges.append(edge)
    return sorted(edges)


def same_colour(first: Floats, second: Floats, distance: float = 6.0) -> bool:
    """Whether two colours are one to the eye (CIE76)."""
    return bool(np.linalg.norm(to_lab(first) - to_lab(second)) <= distance)


__all__ += ["same_colour"]
