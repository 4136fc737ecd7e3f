"""Areas: filled shapes under a line, alone or stacked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multivis.reader.anatomy import Anatomy
from multivis.reader.curves import snap_to_tick, tidy
from multivis.reader.marks import Region
from multivis.reader.polyline import choose_count, fit_curve
from multivis.reader.raster import Floats, greatest, hex_colour, runs, to_lab
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
    names = _names(anatomy, [colour for colour, _ in layers])
    if abs(lowest - min(base, panel.bottom)) > max(6.0, 0.015 * panel.height):
        return None
    series = []
    traces = [_trace(anatomy, area, edges[0], colour) for colour, edges in layers]
    if any(len(trace.x) < 8 for trace in traces):
        return None
    drawn = [(name, colour, trace) for name, (colour, _), trace in zip(
        names, layers, traces, strict=True)]  # fmt: skip
    drawn += _thin_layers(anatomy, area, names)
    drawn.sort(key=lambda item: -float(np.median(item[2].y)))
    traces = [trace for _, _, trace in drawn]
    stacked = len(drawn) > 1
    first = min(float(trace.x.min()) for trace in traces) - 0.5
    last = max(float(trace.x.max()) for trace in traces) + 0.5
    first, last = snap_to_tick(anatomy.x, first, False), snap_to_tick(anatomy.x, last, False)
    count, loss, _ = choose_count(traces, first, last, noise=0.2, across=True)
    if count >= 3 and loss < 0.5:
        knots = np.linspace(first, last, count)
    elif count == 2:
        knots = np.linspace(first, last, 11)
    else:
        knots = adaptive_knots(traces, first, last)
    below = np.zeros(len(knots))
    for index, (name, colour, _) in enumerate(drawn):
        curve = fit_curve(traces[index], knots)
        top = anatomy.y.values(curve.y)
        values = top - below if stacked else top
        below = top
        error = [float(part) * anatomy.y.per_pixel for part in np.maximum(curve.error, 0.3)]
        extra = {"base": (top - values).tolist()} if stacked else {}
        series.append(
            SeriesReading(
                name,
                [tidy(float(value), anatomy.x) for value in anatomy.x.values(knots)],
                [float(value) for value in values],
                error,
                _drawn_colour(anatomy, name, colour),
                extra=extra,
            )
        )
    return ChartReading("area", series=series)


def _thin_layers(
    anatomy: Anatomy, area: Floats, names: list[str]
) -> list[tuple[str, Floats, Trace]]:
    """Layers of the legend that are too thin to show a fill: only their line is seen."""
    panel = anatomy.panel
    found = []
    for entry in anatomy.legend:
        if entry.label.text in names:
            continue
        colour = entry.swatch.colour
        weight = np.clip(1.0 - greatest(np.abs(area - colour)) / 40.0, 0.0, 1.0)
        total = weight.sum(axis=0)
        columns = np.flatnonzero(total > 0.5)
        if len(columns) < 0.5 * panel.width:
            continue
        rows = (np.arange(panel.height)[:, None] + 0.5) * weight
        y = (panel.top + rows.sum(axis=0)[columns] / total[columns]).astype(np.float64)
        count = len(columns)
        xs = (panel.left + columns + 0.5).astype(np.float64)
        trace = Trace(xs, y, np.ones(count), np.ones(count))
        found.append((entry.label.text, colour, trace))
    return found


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


def _trace(anatomy: Anatomy, area: Floats, edge: Floats, colour: Floats) -> Trace:
    """The upper edge of a layer as samples, sub-pixel.

    A stronger line drawn on the edge is taken at its centre; else what the fill covers of the
    pixels above it counts. Columns where a legend hides the edge give no sample.
    """
    panel, box = anatomy.panel, anatomy.legend_box
    columns = np.flatnonzero(~np.isnan(edge))
    rows = edge[columns].astype(int) - panel.top
    stroke = _stroke(area, columns, rows, colour, panel.colour)
    xs, ys = [], []
    for column, row in zip(columns.tolist(), rows.tolist(), strict=True):
        if box is not None and _hidden(box, panel.left + column, panel.top + row):
            continue
        line = area[:, column]
        at = _on_stroke(line, row, stroke) if stroke is not None else None
        xs.append(panel.left + column + 0.5)
        ys.append(panel.top + (_on_edge(line, row, colour) if at is None else at))
    count = len(xs)
    return Trace(np.array(xs), np.array(ys), np.ones(count), np.ones(count))


def _hidden(box: tuple[int, int, int, int], x: int, y: int) -> bool:
    return box[0] - 2 <= x <= box[2] + 2 and box[1] - 2 <= y <= box[3] + 3


def _stroke(
    area: Floats, columns: NDArray[np.int64], rows: NDArray[np.int64], colour: Floats, page: Floats
) -> Floats | None:
    """The colour of a line along the edge, stronger than the fill; None when there is none."""
    strongest = []
    for column, row in zip(columns[::3].tolist(), rows[::3].tolist(), strict=True):
        near = area[max(row - 6, 0) : row, column]
        if len(near):
            # Along the way from the page through the fill, beyond it.
            beyond = (near - page) @ (colour - page) / max(float(((colour - page) ** 2).sum()), 1)
            tone = near[int(beyond.argmax())]
            strongest.append(tone if beyond.max() > 1.35 else tone * np.nan)
    known = np.array([tone for tone in strongest if not np.isnan(tone).any()]).reshape(-1, 3)
    if len(known) < 0.5 * max(len(strongest), 1):
        return None
    return np.asarray(np.median(known, axis=0))


def _on_stroke(line: Floats, row: int, stroke: Floats) -> float | None:
    """The centre of the line that begins at or above a row of a column."""
    start = max(row - 90, 0)
    part = line[start : row + 2]
    scale = max(20.0, 0.75 * float(np.abs(line[min(row + 1, len(line) - 1)] - stroke).max()))
    weight = np.clip(1.0 - np.abs(part - stroke).max(axis=1) / scale, 0.0, 1.0)
    spans = runs(weight > 0.05)
    if not spans or spans[-1][1] < len(part) - 5:
        return None
    first, last = spans[-1]
    chosen = weight[first:last]
    return start + first + float(((np.arange(last - first) + 0.5) * chosen).sum() / chosen.sum())


def _on_edge(line: Floats, row: int, colour: Floats) -> float:
    """Where a fill ends, by its share of the mixed pixels above its first whole one."""
    above = row - 1
    least = max(row - 90, 0)
    while above > least and (
        np.abs(line[above] - line[above - 1]).max() > 6 or np.abs(line[above] - colour).max() < 10
    ):
        above -= 1
    if above < 0:
        return float(row)
    direction = colour - line[above]
    size = float((direction**2).sum())
    if size < 60:
        return float(row)
    share = np.clip((line[above:row] - line[above]) @ direction / size, 0.0, 1.0)
    return row - float(share.sum())


def _names(anatomy: Anatomy, colours: list[Floats]) -> list[str]:
    """Names by colour: fills are often thinner than their swatch."""
    names = [""] * len(colours)
    if not anatomy.legend:
        return names
    swatches = np.array([entry.swatch.colour for entry in anatomy.legend])
    thinned = np.array([1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2])[:, None, None]
    tones = to_lab(anatomy.panel.colour + thinned * (swatches - anatomy.panel.colour))
    own = to_lab(np.array(colours))
    apart = np.linalg.norm(tones[:, :, None] - own[None, None], axis=3).min(axis=0)
    for flat in np.argsort(apart, axis=None).tolist():
        entry, layer = divmod(flat, len(colours))
        if np.isinf(apart[entry, layer]):
            break
        names[layer] = anatomy.legend[entry].label.text
        apart[entry, :] = apart[:, layer] = np.inf
    return names


def _drawn_colour(anatomy: Anatomy, name: str, colour: Floats) -> str:
    for entry in anatomy.legend:
        if name and entry.label.text == name:
            return hex_colour(entry.swatch.colour)
    return hex_colour(colour)
