"""The plotting area: where it is, its colour, its grid lines and its frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from multivis.reader.raster import Floats, Pixels, Raster, commonest, differs, greatest, least, runs

__all__ = ["Panel", "find_panel"]

Mask = NDArray[np.bool_]


@dataclass
class Panel:
    """The plotting area in pixels; right and bottom are excluded.

    Attributes:
        left, top, right, bottom: The inside, without the frame.
        colour: The fill.
        look: ``"plotly"``, ``"altair"``, ``"matplotlib"`` or ``"other"``, by fill and frame.
        rows, columns: Centres of horizontal and vertical grid lines, sub-pixel.
        background: What the panel looks like without its marks; float, panel height x width x 3.
        grid_width: Thickness of the grid lines in pixels, 0 without any.
        frame: Which sides carry a dark line.
    """

    left: int
    top: int
    right: int
    bottom: int
    colour: Floats
    look: str
    rows: list[float] = field(default_factory=list)
    columns: list[float] = field(default_factory=list)
    background: Floats = field(default_factory=lambda: np.zeros((0, 0, 3)))
    grid_colour: Floats | None = None
    grid_width: float = 0.0
    frame: frozenset[str] = frozenset()

    @property
    def width(self) -> int:
        """Columns inside."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows inside."""
        return self.bottom - self.top


def find_panel(raster: Raster) -> Panel | None:
    """Find the plotting area of a chart with axes.

    First a filled rectangle that differs from the page (Plotly), then one that is drawn by
    straight neutral lines: a frame, two axis lines, or the grid (Altair, Matplotlib).

    Returns:
        The panel, or None when there is no such rectangle.
    """
    panel = _filled_panel(raster) or _framed_panel(raster) or _tiled_panel(raster)
    if panel is None:
        return None
    _read_grid(raster, panel)
    return panel


def _filled_panel(raster: Raster) -> Panel | None:
    drawn = differs(raster.rgb, raster.page, 6)
    if drawn.mean() < 0.1:
        return None
    # Panels are pale; marks may cover more of them than they show.
    pale = drawn & (raster.darkest >= 200) & (raster.spread <= 40)
    if pale.mean() < 0.02:
        return None
    colour = commonest(raster.rgb[pale])
    near = ~differs(raster.rgb, colour, 10 if raster.lossy else 3) & drawn
    if raster.lossy:
        # Specks around letters may have the colour of the panel.
        near = cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3))) > 0
    rows, columns = near.mean(axis=1), near.mean(axis=0)
    if rows.max() < 0.2 or columns.max() < 0.05:
        return None
    ys = np.flatnonzero(rows > 0.12 * rows.max())
    xs = np.flatnonzero(columns > 0.12 * columns.max())
    left, right, top, bottom = xs[0], xs[-1] + 1, ys[0], ys[-1] + 1
    inside = near[top:bottom, left:right]
    if min(inside.shape) < 10:
        return None
    # Marks may hide some of the sides, not all of them; a frame is thinner than this inset.
    edge = sorted((inside[3:5].mean(), inside[:, -5:-3].mean(), inside[:, 3:5].mean()))
    if inside.mean() < 0.04 or edge[2] < 0.6 or edge[1] < 0.1:
        return None
    outside = near.sum() - inside.sum()
    if outside > 0.25 * inside.sum() or (right - left) < 60 or (bottom - top) < 60:
        return None
    top, bottom = _covered_rows(drawn[:, left:right], int(top), int(bottom))
    left, right = _covered_rows(drawn[top:bottom].T, int(left), int(right))
    return Panel(left, top, right, bottom, colour, "plotly")


def _covered_rows(drawn: Mask, first: int, last: int) -> tuple[int, int]:
    """Prolong a range of rows by those that marks cover from end to end."""
    covered = drawn.mean(axis=1) > 0.97
    # Grid lines in the colour of the page may run through.
    gap = 6
    while first > 0 and covered[max(first - gap, 0) : first].any():
        first -= gap - int(covered[max(first - gap, 0) : first].argmax()) if first >= gap else 1
    while last < len(covered) and covered[last : last + gap].any():
        last += int(covered[last : last + gap].argmax()) + 1
    return first, last


def _tiled_panel(raster: Raster) -> Panel | None:
    """A rectangle that marks fill completely, as the cells of a heat map do."""
    # JPEG leaves faint specks that would tie labels to the rectangle.
    drawn = differs(raster.rgb, raster.page, 30 if raster.lossy else 8)
    # Letters that touch the rectangle are thinner than its cells.
    ink = cv2.morphologyEx(drawn.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=4)
    if len(stats) < 2:
        return None
    left, top, width, height, area = (int(part) for part in stats[1 + np.argmax(stats[1:, 4])])
    at_edge = left <= 1 or top <= 1 or left + width >= raster.width - 1 or (
        top + height >= raster.height - 1)  # fmt: skip
    if at_edge or min(width, height) < 80 or area < 0.95 * width * height:
        return None
    return Panel(left, top, left + width, top + height, raster.page, "other")


def _neutral(raster: Raster) -> Mask:
    """Pixels that are grey and differ from the page."""
    # JPEG tints thin lines, and leaves specks between letters.
    tint, apart = (30, 22) if raster.lossy else (14, 12)
    return np.asarray((raster.spread <= tint) & differs(raster.rgb, raster.page, apart))


def _long_lines(mask: Mask, least: int) -> list[tuple[int, int, int]]:
    """Rows that hold a run of at least `least`: (row, start, end); marks may break it shortly."""
    found: list[tuple[int, int, int]] = []
    candidates = np.flatnonzero(np.count_nonzero(mask, axis=1) >= 0.7 * least)
    if not len(candidates):
        return found
    bridge = np.ones((1, 25), np.uint8)
    closed = cv2.morphologyEx(mask[candidates].astype(np.uint8), cv2.MORPH_CLOSE, bridge) > 0
    for row, line in zip(candidates.tolist(), closed, strict=True):
        best = max(runs(line), key=lambda run: run[1] - run[0], default=(0, 0))
        # Letters beside a line are bridged too: real pieces of it are longer.
        shortest = max(14, 0.04 * (best[1] - best[0]))
        pieces = [run for run in runs(mask[row, best[0] : best[1]]) if run[1] - run[0] >= shortest]
        if pieces:
            best = (best[0] + pieces[0][0], best[0] + pieces[-1][1])
        dense = best[1] > best[0] and mask[row, best[0] : best[1]].mean() >= 0.7
        if best[1] - best[0] >= least and dense:
            found.append((row, best[0], best[1]))
    return found


def _framed_panel(raster: Raster) -> Panel | None:
    pixels = raster.rgb
    mask = _neutral(raster)
    horizontal = _long_lines(mask, int(0.25 * raster.width))
    vertical = _long_lines(mask.T, int(0.25 * raster.height))
    horizontal = _thin(horizontal, mask)
    vertical = _thin(vertical, mask.T)
    if not horizontal or not vertical:
        return None
    across, along = _longest(horizontal), _longest(vertical)
    left = _side(vertical, [start for _, start, _ in across], min)
    right = _side(vertical, [end - 1 for _, _, end in across], max)
    top = _side(horizontal, [start for _, start, _ in along], min)
    bottom = _side(horizontal, [end - 1 for _, _, end in along], max)
    if right - left < 60 or bottom - top < 60:
        return None
    dark = {
        "left": _is_dark(pixels[top:bottom, max(left - 1, 0) : left + 3].min(axis=1)),
        "right": _is_dark(pixels[top:bottom, right - 2 : right + 2].min(axis=1)),
        "top": _is_dark(pixels[max(top - 1, 0) : top + 3, left:right].min(axis=0)),
        "bottom": _is_dark(pixels[bottom - 2 : bottom + 2, left:right].min(axis=0)),
    }
    frame = frozenset(side for side, is_dark in dark.items() if is_dark)
    thick = _line_width(mask, left, right, top, bottom)
    inside = raster.rgb[top + thick + 1 : bottom - thick, left + thick + 1 : right - thick]
    if inside.size == 0:
        return None
    colour = commonest(inside.reshape(-1, 3))
    if np.abs(colour - raster.page).max() > 40:
        colour = raster.page
    # Matplotlib's axis lines are black, Vega's are grey.
    tones = (
        pixels[top:bottom, max(left - 1, 0) : left + 3].min(axis=1),
        pixels[bottom - 2 : bottom + 2, left:right].min(axis=0),
    )
    black = all(float(np.median(tone.max(axis=-1))) < 100 for tone in tones)
    look = "matplotlib" if black else "altair"
    return Panel(
        left + thick, top + thick, right - thick + 1, bottom - thick + 1, colour, look, frame=frame
    )


def _longest(lines: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Lines that no mark cuts short: those almost as long as the longest."""
    most = max(end - start for _, start, end in lines)
    return [line for line in lines if line[2] - line[1] >= 0.85 * most]


def _side(
    lines: list[tuple[int, int, int]], ends: list[int], pick: Callable[[list[int]], int]
) -> int:
    """One side of the panel: the line at which most crossing lines end.

    Marks cut lines short, and ticks prolong them by some pixels. When no line is near an end,
    the chart has lines in one direction only, and their common end is the side.
    """
    longest = max(end - start for _, start, end in lines)
    places = sorted({line for line, start, end in lines if end - start >= 0.6 * longest})
    support = {place: sum(abs(place - end) <= 14 for end in ends) for place in places}
    best = max(support.values())
    if best == 0:
        outer = pick(places)
        common = round(float(np.percentile(ends, 10 if pick is min else 90)))
        return pick([outer, common])
    return pick([place for place, count in support.items() if count == best])


def _thin(lines: list[tuple[int, int, int]], mask: Mask) -> list[tuple[int, int, int]]:
    """Lines of at most 5 px; thicker neighbours are bars or bands."""
    taken = {row for row, _, _ in lines}
    kept = []
    for row, start, end in lines:
        first = row
        while first - 1 in taken:
            first -= 1
        last = row
        while last + 1 in taken:
            last += 1
        if last - first < 5:
            kept.append((row, start, end))
    return kept


def _is_dark(colours: NDArray[np.int16]) -> bool:
    return bool(np.median(colours.max(axis=-1)) < 170)


def _line_width(mask: Mask, left: int, right: int, top: int, bottom: int) -> int:
    """Thickness of the left or the bottom line."""
    middle = mask[(top + bottom) // 2 - 20 : (top + bottom) // 2 + 20, left : left + 6]
    width = int((middle.mean(axis=0) > 0.7).sum())
    return max(1, min(width, 4))


# ── grid ────────────────────────────────────────────────────────────────────────────────────


def _read_grid(raster: Raster, panel: Panel) -> None:
    """Fill in grid lines and background.

    Per row and column the median over the pixels that look like background; a grid line is
    where it leaves the fill.
    """
    area = raster.rgb[panel.top : panel.bottom, panel.left : panel.right]
    offset = area - panel.colour.astype(np.float32)
    tolerance = 60.0
    likely = ~differs(area, panel.colour, tolerance)
    likely &= greatest(offset) - least(offset) <= 26
    row_level, column_level = _profiles(area, panel.colour, likely)
    threshold = 5.0 if raster.lossy else 1.5
    _keep_lines(row_level, threshold)
    _keep_lines(column_level, threshold)
    panel.rows = _centres(row_level, panel.top)
    panel.columns = _centres(column_level, panel.left)
    panel.grid_width = _thickness([row_level, column_level])
    panel.background = _background(panel.colour, row_level, column_level)
    levels = np.concatenate([row_level, column_level])
    if levels.size and np.abs(levels).max() > threshold:
        panel.grid_colour = panel.colour + levels[np.argmax(np.abs(levels).max(axis=1))]


def _background(colour: Floats, row_level: Floats, column_level: Floats) -> Floats:
    """The fill with the grid lines on it; where two cross, the stronger is seen."""
    across, along = greatest(np.abs(row_level)), greatest(np.abs(column_level))
    ground = np.empty((len(across), len(along), 3))
    ground[:] = colour
    for row in np.flatnonzero(across).tolist():
        ground[row] = colour + row_level[row]
    for column in np.flatnonzero(along).tolist():
        ground[across < along[column], column] = colour + column_level[column]
    return ground


def _profiles(area: Pixels, colour: Floats, likely: Mask) -> tuple[Floats, Floats]:
    """The typical background of each row and of each column, as an offset from the fill.

    The median of the pixels that are likely background. Rows with few of them (marks all over)
    keep the fill. Where more than half of the pixels have the fill, it is the median: only the
    other rows are sorted.
    """
    filled = ~differs(area, colour, 0)
    return (
        _profile(area, colour, likely, filled),
        _profile(area.transpose(1, 0, 2), colour, likely.T, filled.T),
    )


def _profile(area: Pixels, colour: Floats, likely: Mask, filled: Mask) -> Floats:
    """As `_profiles`, of the rows."""
    levels = np.zeros((area.shape[0], 3))
    known = np.count_nonzero(likely, axis=1)
    other = np.count_nonzero(filled, axis=1) <= known // 2
    for row in np.flatnonzero(other & (known >= max(12, 0.1 * area.shape[1]))).tolist():
        levels[row] = np.median(area[row][likely[row]], axis=0) - colour
    return levels


def _keep_lines(levels: Floats, threshold: float) -> None:
    """Set to zero what is no thin line: noise, and bars of a colour close to the fill."""
    strong = np.abs(levels).max(axis=1) > threshold
    levels[~strong] = 0.0
    for first, last in runs(strong):
        if last - first > 8:
            levels[first:last] = 0.0


def _thickness(profiles: list[Floats]) -> float:
    """The usual thickness of the grid lines in pixels; 0 without any."""
    widths = []
    for levels in profiles:
        strength = np.abs(levels).max(axis=1)
        for first, last in runs(strength > 0):
            widths.append(float(strength[first:last].sum() / strength[first:last].max()))
    return float(np.median(widths)) if widths else 0.0


def _centres(levels: Floats, start: int) -> list[float]:
    """Sub-pixel centres of the lines in a profile of grid offsets."""
    strength = np.abs(levels).max(axis=1)
    found = []
    for first, last in runs(strength > 0):
        if last - first <= 8:
            weight = strength[first:last]
            found.append(
                start + float((np.arange(first, last) * weight).sum() / weight.sum()) + 0.5
            )
    return found
