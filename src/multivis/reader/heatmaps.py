"""Heat maps: cells on a grid, their values by the colour bar."""

from __future__ import annotations

import numpy as np

from multivis.reader.anatomy import Anatomy
from multivis.reader.raster import Floats, Pixels, Raster, greatest, hex_colour, runs, to_lab
from multivis.reader.reading import ChartReading, SeriesReading
from multivis.reader.scales import Scale

__all__ = ["read_heat_map"]


def read_heat_map(anatomy: Anatomy, area: Floats) -> ChartReading | None:
    """Read a heat map; None when the panel is not tiled or there is no colour bar."""
    if anatomy.colour_bar is None or anatomy.colour_bar[1].kind not in ("linear", "log"):
        return None
    columns = _cells(greatest(np.abs(np.diff(area, axis=1))).mean(axis=0), area.shape[1])
    rows = _cells(greatest(np.abs(np.diff(area, axis=0))).mean(axis=1), area.shape[0])
    if len(columns) * len(rows) < 4:
        return None
    bounds, scale = anatomy.colour_bar
    panel = anatomy.panel
    shades = anatomy.raster.shades[panel.top : panel.bottom, panel.left : panel.right]
    tones, values = _bar_colours(anatomy.raster, bounds, scale)
    xs: list[object] = []
    ys: list[object] = []
    zs: list[float] = []
    errors: list[float] = []
    off = []
    colours = []
    column_names = _names(anatomy.x, [(a + b) / 2 + anatomy.panel.left for a, b in columns])
    row_names = _names(anatomy.y, [(a + b) / 2 + anatomy.panel.top for a, b in rows])
    step = abs(values[-1] - values[0]) / max(len(values) - 1, 1)
    for (top, bottom), row in zip(rows, row_names, strict=True):
        for (left, right), column in zip(columns, column_names, strict=True):
            tone = _cell_colour(shades, left, right, top, bottom)
            distance = np.linalg.norm(tones - to_lab(tone), axis=1)
            nearest = int(distance.argmin())
            colours.append(hex_colour(tone))
            off.append(float(distance[nearest]))
            xs.append(column)
            ys.append(row)
            zs.append(float(values[nearest]))
            errors.append(float(step * (1.0 + distance[nearest])))
    if np.median(off) > 6:
        return None
    series = SeriesReading("", xs, ys, errors, "", colours=colours, extra={"z": zs})
    return ChartReading("heat map", series=[series])


def _cells(change: Floats, length: int) -> list[tuple[float, float]]:
    """Cell borders from where colours change: an even grid goes through them.

    The sides of the panel may be off by some pixels, and neighbours may have one colour, so that
    the grid is fitted to the borders that are seen within.
    """
    if change.max() <= 0:
        return []
    strong = change > max(2.0, 0.15 * float(np.percentile(change, 99.5)))
    edges: list[float] = []
    for first, last in runs(strong):
        weight = change[first:last]
        place = float((np.arange(first, last) * weight).sum() / weight.sum()) + 1.0
        if 4 < place < length - 4 and (not edges or place - edges[-1] > 4):
            edges.append(place)
    if not edges or len(edges) > 400:
        return []
    bounds = [0.0, *edges, float(length)]
    step = float(np.percentile(np.diff(bounds), 25))
    if step < 4:
        return []
    seen = np.array(edges)
    for _ in range(3):
        index = np.round((seen - seen[0]) / step)
        if len(set(index.tolist())) >= 2:
            step, start = np.polyfit(index, seen, 1)
        else:
            step, start = max(seen[0], length - seen[0]), seen[0]
    index = np.round((seen - start) / step)
    off = np.abs(seen - start - index * step)
    if np.mean(off <= max(1.5, 0.06 * step)) < 0.8:
        return []
    # What is cut off at a side by the panel's own error is no cell.
    first_index = -int(np.floor(start / step + 0.6))
    last_index = int(np.floor((length - start) / step + 0.6))
    grid = np.clip([start + step * i for i in range(first_index, last_index + 1)], 0, length)
    return list(zip(grid[:-1].tolist(), grid[1:].tolist(), strict=True))


def _cell_colour(area: Pixels, left: float, right: float, top: float, bottom: float) -> Floats:
    """The commonest tone of a cell, away from its borders and from text in its middle."""
    inset_x, inset_y = 0.15 * (right - left), 0.15 * (bottom - top)
    part = area[
        int(top + inset_y) : max(int(bottom - inset_y), int(top + inset_y) + 1),
        int(left + inset_x) : max(int(right - inset_x), int(left + inset_x) + 1),
    ]
    return np.asarray(np.median(part.reshape(-1, 3), axis=0))


def _bar_colours(
    raster: Raster, bounds: tuple[int, int, int, int], scale: Scale
) -> tuple[Floats, Floats]:
    left, top, right, bottom = bounds
    middle = (left + right) // 2
    rows = np.arange(top + 1, bottom - 1)
    colours = np.median(raster.shades[top + 1 : bottom - 1, middle - 1 : middle + 2], axis=1)
    return to_lab(colours), scale.values(rows + 0.5)


def _names(scale: Scale, centres: list[float]) -> list[object]:
    if scale.kind != "category" or not scale.labels:
        if scale.kind in ("linear", "date", "log"):
            return [float(f"{scale.value(centre):.6g}") for centre in centres]
        return [index + 1 for index in range(len(centres))]
    names: list[object] = []
    step = (centres[-1] - centres[0]) / max(len(centres) - 1, 1) or 1e9
    for index, centre in enumerate(centres):
        position, text = min(scale.labels, key=lambda label: abs(label[0] - centre))
        names.append(text if abs(position - centre) < 0.6 * abs(step) else f"cell {index + 1}")
    return names
