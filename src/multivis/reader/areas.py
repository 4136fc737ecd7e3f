"""Areas: filled shapes under a line, alone or stacked."""

from __future__ import annotations

import numpy as np

from multivis.reader.anatomy import Anatomy
from multivis.reader.curves import snap_to_tick, tidy
from multivis.reader.marks import Region
from multivis.reader.polyline import choose_count, fit_curve
from multivis.reader.raster import Floats, hex_colour, to_lab
from multivis.reader.reading import ChartReading, SeriesReading
from multivis.reader.simplify import adaptive_knots
from multivis.reader.tracing import Trace

__all__ = ["read_area"]


def read_area(anatomy: Anatomy, area: Floats, regions: list[Region]) -> ChartReading | None:
    """Read areas from filled regions; None when they do not span the panel."""
    panel = anatomy.panel
    if anatomy.y.kind != "linear" or anatomy.x.kind == "category":
        return None
    groups = _by_colour([region for region in regions if region.area >= 40])
    layers = []
    for colour, members in groups:
        edges = _edges(panel.width, members, panel.left)
        if edges is not None and _wide(edges, panel.width):
            layers.append((colour, edges))
    if not layers or sum(region.area for region in regions) < 0.02 * panel.width * panel.height:
        return None
    base = anatomy.y.position(0.0)
    layers.sort(key=lambda layer: -float(np.nanmedian(layer[1][1])))
    lowest = float(np.nanmedian(layers[0][1][1]))
    if abs(lowest - min(base, panel.bottom)) > 6:
        return None
    stacked = len(layers) > 1
    series = []
    traces = [_trace(area, panel.background, panel.left, panel.top, edges[0], colour)
              for colour, edges in layers]  # fmt: skip
    first = min(float(trace.x.min()) for trace in traces) - 0.5
    last = max(float(trace.x.max()) for trace in traces) + 0.5
    first, last = snap_to_tick(anatomy.x, first, False), snap_to_tick(anatomy.x, last, False)
    count, loss, _ = choose_count(traces, first, last, noise=0.15)
    if count >= 3 and loss < 0.5:
        knots = np.linspace(first, last, count)
    elif count == 2:
        knots = np.linspace(first, last, 11)
    else:
        knots = adaptive_knots(traces, first, last)
    below = np.zeros(len(knots))
    names = _names(anatomy, [colour for colour, _ in layers])
    for index, (colour, _) in enumerate(layers):
        curve = fit_curve(traces[index], knots)
        top = anatomy.y.values(curve.y)
        values = top - below if stacked else top
        below = top
        drawn = _drawn_colour(anatomy, names[index], colour)
        error = [float(part) * anatomy.y.per_pixel for part in np.maximum(curve.error, 0.3)]
        extra = {"base": (top - values).tolist()} if stacked else {}
        series.append(
            SeriesReading(
                names[index],
                [tidy(float(value), anatomy.x) for value in anatomy.x.values(knots)],
                [float(value) for value in values],
                error,
                drawn,
                extra=extra,
            )
        )
    return ChartReading("area", series=series)


def _by_colour(regions: list[Region]) -> list[tuple[Floats, list[Region]]]:
    """Regions of like colour; grid lines that show through cut one area into pieces."""
    groups: list[tuple[Floats, list[Region]]] = []
    for region in sorted(regions, key=lambda item: -item.area):
        for colour, members in groups:
            if np.linalg.norm(to_lab(colour) - to_lab(region.colour)) < 9:
                members.append(region)
                break
        else:
            groups.append((region.colour, [region]))
    return groups


def _edges(width: int, regions: list[Region], left: int) -> tuple[Floats, Floats] | None:
    """First and last row of the regions in each column; NaN where there is none."""
    top, bottom = np.full(width, np.inf), np.full(width, -np.inf)
    for region in regions:
        start = region.left - left
        covered = region.mask.any(axis=0)
        first = region.top + region.mask.argmax(axis=0)
        last = region.top + region.mask.shape[0] - region.mask[::-1].argmax(axis=0)
        columns = slice(start, start + region.width)
        top[columns] = np.where(covered, np.minimum(top[columns], first), top[columns])
        bottom[columns] = np.where(covered, np.maximum(bottom[columns], last), bottom[columns])
    known = np.isfinite(top)
    if known.sum() < 8:
        return None
    return np.where(known, top, np.nan), np.where(known, bottom, np.nan)


def _wide(edges: tuple[Floats, Floats], width: int) -> bool:
    known = np.flatnonzero(~np.isnan(edges[0]))
    return bool(known[-1] - known[0] > 0.35 * width and len(known) > 0.85 * (known[-1] - known[0]))


def _trace(
    area: Floats, background: Floats, left: int, top: int, edge: Floats, colour: Floats
) -> Trace:
    """The upper edge as samples; a stronger line drawn on it is taken at its centre."""
    xs, ys = [], []
    for column in np.flatnonzero(~np.isnan(edge)).tolist():
        row = int(edge[column]) - top
        above = row - 1
        extra = 0.0
        strong = False
        while above >= 0 and row - above <= 5:
            offset = float(np.abs(area[above, column] - background[above, column]).max())
            if offset < 8:
                break
            inside = float(np.abs(colour - background[above, column]).max())
            strong |= offset > 1.25 * inside
            extra += min(1.0, offset / max(inside, 1.0))
            above -= 1
        shift = extra / 2 if strong else min(extra, 1.0)
        xs.append(left + column + 0.5)
        ys.append(top + row - shift)
    count = len(xs)
    return Trace(np.array(xs), np.array(ys), np.ones(count), np.ones(count))


def _names(anatomy: Anatomy, colours: list[Floats]) -> list[str]:
    """Names by the hue of the legend's swatch: fills are often thinner than their swatch."""
    if not anatomy.legend:
        return [""] * len(colours)
    swatches = to_lab(np.array([entry.swatch.colour for entry in anatomy.legend]))
    free = set(range(len(anatomy.legend)))
    names = []
    for colour in colours:
        lab = to_lab(colour)
        best, least = -1, np.inf
        for index in free:
            hue = np.arctan2(swatches[index][2], swatches[index][1]) - np.arctan2(lab[2], lab[1])
            away = abs((hue + np.pi) % (2 * np.pi) - np.pi) + 0.005 * abs(
                swatches[index][0] - lab[0]
            )
            if away < least:
                best, least = index, away
        names.append(anatomy.legend[best].label.text if best >= 0 else "")
        free.discard(best)
    return names


def _drawn_colour(anatomy: Anatomy, name: str, colour: Floats) -> str:
    for entry in anatomy.legend:
        if name and entry.label.text == name:
            return hex_colour(entry.swatch.colour)
    return hex_colour(colour)
