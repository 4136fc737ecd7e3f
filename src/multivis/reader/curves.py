"""Lines: from samples of colours to series in data units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from multivis.reader.anatomy import Anatomy
from multivis.reader.marks import cluster_colours, foreground
from multivis.reader.polyline import Curve, choose_count, fit_curve
from multivis.reader.raster import Floats, hex_colour, to_lab
from multivis.reader.reading import SeriesReading
from multivis.reader.scales import Scale
from multivis.reader.settle import unbled
from multivis.reader.simplify import adaptive_knots, simplest
from multivis.reader.tracing import Trace, trace_colours

__all__ = ["Lines", "identities", "read_lines", "unnamed_colours"]


@dataclass
class Lines:
    """The lines of a chart.

    Attributes:
        series: In drawing order.
        knots: Common x positions in pixels.
        curves: In pixels, one for each series.
        markers: Whether points are drawn.
        notes: What was assumed.
    """

    series: list[SeriesReading]
    knots: Floats
    curves: list[Curve]
    markers: bool
    notes: list[str]


def read_lines(anatomy: Anatomy, area: Floats, more: Sequence[Floats] = ()) -> Lines | None:
    """Trace all lines of a chart; None when nothing in it runs like a line.

    Args:
        anatomy: The chart.
        area: The panel's pixels.
        more: Colours of lines that the legend does not name.
    """
    panel = anatomy.panel
    front = foreground(anatomy, area)
    names, colours, dashed = identities(anatomy, area, front)
    names, colours = [*names, *("" for _ in more)], [*colours, *more]
    dashed = [*dashed, *(False for _ in more)]
    if not colours:
        return None
    if anatomy.raster.lossy:
        area = unbled(area, panel.background, colours)
        front = foreground(anatomy, area)
    traces = trace_colours(area, panel.background, front, colours, panel.left, panel.top)
    present = [index for index, trace in enumerate(traces) if len(trace.x) >= 6]
    if not present:
        return None
    names = [names[index] for index in present]
    colours = [colours[index] for index in present]
    dashed = [dashed[index] for index in present]
    traces = [traces[index] for index in present]
    if not _runs_on(traces):
        return None
    notes: list[str] = []
    knots, markers = _knots(anatomy, traces, notes)
    curves = [fit_curve(trace, knots) for trace in traces]
    _uncover(curves, notes, names)
    simplified = [simplest(trace, curve) for trace, curve in zip(traces, curves, strict=True)]
    series = []
    kept = []
    for index, curve in enumerate(simplified):
        built = _series(anatomy, traces[index], curve, markers)
        built.name, built.colour = names[index], hex_colour(colours[index])
        built.dashed = dashed[index] or _is_broken(traces[index], traces)
        if not built.x:
            continue
        series.append(built)
        kept.append(curve)
    return Lines(series, knots, kept, markers, notes)


def unnamed_colours(anatomy: Anatomy, area: Floats) -> list[Floats]:
    """Distinct strong colours in the panel that no entry of the legend has."""
    if not anatomy.legend:
        return []
    known = to_lab(np.array([entry.swatch.colour for entry in anatomy.legend]))
    bare = replace(anatomy, legend=[])
    _, colours, _ = identities(bare, area, foreground(anatomy, area))
    return [
        colour
        for colour in colours
        if float(np.linalg.norm(known - to_lab(colour), axis=1).min()) > 25
    ]


def identities(
    anatomy: Anatomy, area: Floats, front: np.ndarray
) -> tuple[list[str], list[Floats], list[bool]]:
    """Names and colours: from the legend, else the distinct strong colours in the panel."""
    if anatomy.legend:
        return (
            [entry.label.text for entry in anatomy.legend],
            [entry.swatch.colour for entry in anatomy.legend],
            [entry.swatch.dashed for entry in anatomy.legend],
        )
    pixels = area[front]
    if len(pixels) < 20:
        return [], [], []
    distance = np.abs(pixels - anatomy.panel.colour).max(axis=1)
    # In JPEG no two pixels of a thin line have one colour.
    lossy = anatomy.raster.lossy
    keys = (pixels.astype(np.int64) >> (5 if lossy else 3)) @ np.array([4096, 64, 1])
    values, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    del values
    common = counts >= max(8, 0.02 * len(pixels))
    tones, weights = [], []
    for index in np.flatnonzero(common).tolist():
        chosen = inverse == index
        tones.append(np.median(pixels[chosen], axis=0))
        weights.append(float(counts[index]) * float(np.median(distance[chosen])))
    if not tones:
        return [], [], []
    colours = cluster_colours(np.array(tones), np.array(weights), 22.0)
    colours = _without_blends(colours, anatomy.panel.colour, 45.0 if lossy else 14.0)
    return [""] * len(colours), colours, [False] * len(colours)


def _without_blends(colours: list[Floats], ground: Floats, slack: float) -> list[Floats]:
    """Drop colours that are a stronger colour thinned by the background (soft edges)."""
    kept: list[Floats] = []
    for colour in sorted(colours, key=lambda item: -float(np.linalg.norm(item - ground))):
        offset = colour - ground
        blend = False
        for other in kept:
            direction = other - ground
            share = float(offset @ direction / (direction @ direction))
            blend |= bool(share < 0.95 and np.linalg.norm(offset - share * direction) < slack)
        if not blend:
            kept.append(colour)
    return kept


def _runs_on(traces: list[Trace]) -> bool:
    """Whether samples follow each other as lines do, not in lumps with gaps."""
    shares = []
    for trace in traces:
        columns = np.unique(np.floor(trace.x))
        span = columns[-1] - columns[0] + 1
        shares.append(len(columns) / span if span >= 12 else 0.0)
    return float(np.median(shares)) > 0.4


def _knots(anatomy: Anatomy, traces: list[Trace], notes: list[str]) -> tuple[Floats, bool]:
    """The x positions that the vertices share, and whether points are drawn there."""
    first, last = _extent(traces)
    first_drawn, last_drawn = first, last
    shapes = {entry.swatch.shape for entry in anatomy.legend}
    # A legend shows whether points are drawn; without one the lines must tell.
    peaks = [] if shapes and shapes <= {"line"} else _peaks(*_excess(traces))
    peaks = _whole_peaks(anatomy, peaks)
    marked = len(peaks) >= (2 if shapes else 3)
    if marked:
        first, last = peaks[0], peaks[-1]
    first, last = snap_to_tick(anatomy.x, first, marked), snap_to_tick(anatomy.x, last, marked)
    if anatomy.x.kind == "category" and len(anatomy.x.labels) >= 2:
        return np.array([position for position, _ in anatomy.x.labels]), marked
    if marked:
        count = _marked_count(peaks, first, last)
        if count:
            knots = np.linspace(first, last, count)
            return _prolonged(anatomy, knots, first_drawn, last_drawn), True
        return np.array(peaks), True
    noise = {"plotly": 0.01, "altair": 0.04}.get(anatomy.panel.look, 0.1)
    noise = max(noise, 0.04) if anatomy.raster.lossy else noise
    count, loss, score = choose_count(traces, first, last, noise=noise)
    if (first, last) == (first_drawn, last_drawn):
        # Lines may end in caps that reach beyond the last point.
        capped = choose_count(traces, first + 1.0, last - 1.0, noise=noise)
        if capped[2] < score - 1.0:
            (count, loss, score), first, last = capped, first + 1.0, last - 1.0
    if count == 2 and loss < 0.3:
        notes.append("All lines are straight: where their points lie cannot be seen.")
        return np.linspace(first, last, 11), False
    if count and loss < 0.3:
        return np.linspace(first, last, count), False
    notes.append("The points are not evenly spaced along x; vertices were placed at the bends.")
    return adaptive_knots(traces, first, last), False


def _whole_peaks(anatomy: Anatomy, peaks: list[float]) -> list[float]:
    """Points at the sides of the panel are cut in half: their centre is a tick on the side."""
    panel, scale = anatomy.panel, anatomy.x
    if not peaks or scale.kind == "category":
        return peaks
    ticks = [
        tick
        for tick in _all_ticks(scale)
        if min(abs(tick - panel.left), abs(tick - panel.right)) <= 3.5
    ]
    return [
        min((tick for tick in ticks if abs(tick - peak) <= 6.0), default=peak) for peak in peaks
    ]


def _extent(traces: list[Trace]) -> tuple[float, float]:
    """Where lines begin and end; single strays do not count."""
    columns = np.unique(np.concatenate([np.floor(trace.x) for trace in traces]))
    after = np.searchsorted(columns, columns + 6, side="right") - np.arange(len(columns))
    before = np.arange(len(columns)) - np.searchsorted(columns, columns - 6) + 1
    starts, ends = columns[after >= 4], columns[before >= 4]
    first = starts[0] if len(starts) else columns[0]
    last = ends[-1] if len(ends) else columns[-1]
    return float(first), float(last) + 1.0


def _prolonged(anatomy: Anatomy, knots: Floats, first: float, last: float) -> Floats:
    """Add steps at the ends where lines go on though no point was told apart."""
    step = float(knots[1] - knots[0])
    start, end = float(knots[0]), float(knots[-1])
    # At the sides of the panel the axis line hides the last pixels.
    before = 3.5 if first <= anatomy.panel.left + 1 else 1.5
    after = 3.5 if last >= anatomy.panel.right - 1 else 1.5
    while start - step >= first - before:
        start -= step
    while end + step <= last + after:
        end += step
    start, end = snap_to_tick(anatomy.x, start, True), snap_to_tick(anatomy.x, end, True)
    return np.linspace(start, end, round((end - start) / step) + 1)


def _excess(traces: list[Trace]) -> tuple[Floats, float]:
    """Per column, how much taller the lines are than their width and slope make them.

    Points stick out; steep stretches and bends do not.

    Returns:
        n x 2: column centre and the median excess over the lines, in pixels; and the usual width
        of a line.
    """
    low = min(float(trace.x.min()) for trace in traces)
    high = max(float(trace.x.max()) for trace in traces)
    columns = np.arange(low, high + 0.5)
    rows, widths = [], []
    for trace in traces:
        clear = trace.weight >= 0.5
        if clear.sum() < 10:
            continue
        places = np.clip((trace.x[clear] - low).astype(int), 0, len(columns) - 1)
        heights, centres = (np.full(len(columns), np.nan) for _ in range(2))
        heights[places], centres[places] = trace.cover[clear], trace.y[clear]
        slant = np.sqrt(1 + _steepest(centres) ** 2)
        across = heights / slant
        if np.isnan(across).all():
            continue
        width = float(np.nanpercentile(across, 25))
        # On a steep line a point does not show.
        rows.append(np.where(slant < 2.6, heights - width * slant, np.nan))
        widths.append(width)
    if not rows:
        return np.zeros((0, 2)), 2.0
    return np.column_stack([columns, _nanmedian(np.array(rows))]), float(np.median(widths))


def _steepest(centres: Floats) -> Floats:
    """The greater of the slopes before and after each column; NaN where neither is known."""
    reach = 2
    padded = np.pad(centres, reach, constant_values=np.nan)
    before = np.abs(centres - padded[: -2 * reach]) / reach
    after = np.abs(padded[2 * reach :] - centres) / reach
    return np.fmax(before, after)


def _nanmedian(stack: Floats) -> Floats:
    """Median per column over the known values; 0 where nothing is known."""
    answer = np.zeros(stack.shape[1])
    for index in range(stack.shape[1]):
        column = stack[:, index]
        column = column[~np.isnan(column)]
        if len(column):
            answer[index] = np.median(column)
    return answer


def _peaks(excess: Floats, width: float) -> list[float]:
    """Centres of the columns where points stick out of lines of that width."""
    if not len(excess):
        return []
    from multivis.reader.raster import runs

    found = []
    for first, last in runs(excess[:, 1] > max(1.2, 0.5 * width)):
        if 2 <= last - first <= max(18.0, 7 * width):
            weight = excess[first:last, 1]
            found.append(float((excess[first:last, 0] * weight).sum() / weight.sum()))
    return found


def snap_to_tick(scale: Scale, position: float, marked: bool) -> float:
    """To a tick when one is as near as the eye can tell."""
    if scale.kind == "category":
        return position
    reach = 2.0 if marked else 2.6
    ticks = _all_ticks(scale)
    near = [tick for tick in ticks if abs(tick - position) <= reach]
    return min(near, key=lambda tick: abs(tick - position)) if near else position


def _all_ticks(scale: Scale) -> list[float]:
    """Pixel positions of the ticks and of one more at each end, whose label may be moved."""
    ticks = sorted(scale.position(value) for _, value in scale.ticks)
    if len(ticks) >= 3:
        step = float(np.median(np.diff(ticks)))
        ticks = [ticks[0] - step, *ticks, ticks[-1] + step]
    return ticks


def _marked_count(peaks: list[float], first: float, last: float) -> int:
    """The number of even steps on which all points lie; 0 when they are uneven."""
    span = last - first
    if span < 8:
        return 0
    for count in range(2, 61):
        step = span / (count - 1)
        if step < 5:
            break
        nearest = (np.array(peaks) - first) / step
        off = np.abs(nearest - np.round(nearest)) * step
        taken = len(set(np.round(nearest).astype(int).tolist()))
        if np.mean(off <= 1.3) >= 0.92 and taken >= 0.7 * count:
            return count
    return 0


def _uncover(curves: list[Curve], notes: list[str], names: list[str]) -> None:
    """Vertices without own samples lie under a line drawn later: take that line's row."""
    for index, curve in enumerate(curves):
        bare = np.flatnonzero(curve.support < 0.4)
        if not len(bare) or len(bare) > 0.8 * len(curve.x):
            continue
        found = 0
        for knot in bare.tolist():
            guess = _expected(curve, knot)
            rows = [
                float(other.y[knot]) for other in curves[index + 1 :] if other.support[knot] >= 0.4
            ]
            near = [row for row in rows if abs(row - guess) <= 14]
            if near:
                curve.y[knot] = min(near, key=lambda row: abs(row - guess))
                curve.error[knot] = 1.0
                found += 1
            else:
                curve.y[knot] = guess
                curve.error[knot] = 3.0
        if found:
            label = names[index] or f"series {index + 1}"
            notes.append(f"{label}: {found} points lie under another line and were inferred.")


def _expected(curve: Curve, knot: int) -> float:
    """Where a hidden vertex should be, from the nearest seen ones."""
    seen = np.flatnonzero(curve.support >= 0.4)
    before, after = seen[seen < knot], seen[seen > knot]
    if len(before) and len(after):
        pair = [before[-1], after[0]]
        return float(np.interp(curve.x[knot], curve.x[pair], curve.y[pair]))
    side = after[:2] if len(after) else before[-2:]
    if len(side) < 2:
        return float(curve.y[side[0]]) if len(side) else float(curve.y[knot])
    (x0, x1), (y0, y1) = curve.x[side], curve.y[side]
    return float(y0 + (y1 - y0) * (curve.x[knot] - x0) / (x1 - x0))


def _is_broken(trace: Trace, traces: list[Trace]) -> bool:
    """Whether a line has regular gaps that no other line explains."""
    columns = np.unique(np.floor(trace.x).astype(int))
    span = columns[-1] - columns[0] + 1
    missing = 1 - len(columns) / span
    if missing < 0.12:
        return False
    gaps = np.diff(columns)
    gaps = gaps[gaps > 1]
    del traces
    return len(gaps) >= 6 and float(np.percentile(gaps, 90)) <= 14


def _series(anatomy: Anatomy, trace: Trace, curve: Curve, markers: bool) -> SeriesReading:
    """A curve in data units, without knots beyond the line's ends."""
    scale_x, scale_y = anatomy.x, anatomy.y
    keep = _within(trace, curve)
    rows = curve.y[keep]
    values = scale_y.values(rows)
    values = _to_ticks(scale_y, rows, values)
    places = curve.x[keep]
    xs: list[object]
    if scale_x.kind == "category":
        named = {round(position, 3): text for position, text in scale_x.labels}
        xs = [named.get(round(float(place), 3), round(float(place), 2)) for place in places]
    else:
        xs = [tidy(float(value), scale_x) for value in scale_x.values(places)]
    per_pixel = scale_y.per_pixel
    if scale_y.kind == "log":
        errors = [
            float(e * per_pixel * 2.303 * abs(v))
            for e, v in zip(curve.error[keep], values, strict=True)
        ]
    else:
        errors = [float(part * per_pixel) for part in curve.error[keep]]
    hidden = [index for index, part in enumerate(curve.support[keep].tolist()) if part < 0.4]
    width = _line_width(trace, curve)
    return SeriesReading(
        "", list(xs), [float(value) for value in values], errors, "", markers=markers,
        width=width, size=_marker_size(trace, curve) if markers else 6.0, hidden=hidden,
    )  # fmt: skip


def _within(trace: Trace, curve: Curve) -> np.ndarray:
    step = float(np.median(np.diff(curve.x)))
    low, high = float(trace.x.min()), float(trace.x.max())
    keep = (curve.x >= low - 1.5 * step - 2) & (curve.x <= high + 1.5 * step + 2)
    # Points that were found under another line belong to it, however far they go.
    keep |= curve.error <= 1.0
    return np.asarray(keep if keep.sum() >= 2 else np.ones(len(curve.x), dtype=bool))


def _to_ticks(scale: Scale, rows: Floats, values: Floats) -> Floats:
    """Values that lie on a tick as nearly as can be told are the tick's."""
    if scale.kind != "linear":
        return values
    answer = values.copy()
    for _, tick in scale.ticks:
        at = scale.position(tick)
        answer[np.abs(rows - at) <= 0.12] = tick
    return answer


def tidy(value: float, scale: Scale) -> float:
    """A position read to about a tenth of a pixel, without digits that mean nothing."""
    if scale.kind != "linear" or scale.per_pixel == 0:
        return float(f"{value:.6g}")
    step = 10 ** np.floor(np.log10(scale.per_pixel * 0.2))
    rounded = round(value / step) * step
    coarse = round(rounded / (step * 10)) * step * 10
    answer = coarse if abs(coarse - value) < 0.15 * step else value
    return float(f"{answer + 0.0:.8g}")


def _line_width(trace: Trace, curve: Curve) -> float:
    clear = trace.weight >= 1.0
    if clear.sum() < 8:
        return 2.0
    slope = np.gradient(curve.at(trace.x[clear]), trace.x[clear] + 1e-9 * np.arange(clear.sum()))
    across = trace.cover[clear] / np.sqrt(1 + np.clip(slope, -20, 20) ** 2)
    return float(round(float(np.percentile(across, 35)) * 2) / 2)


def _marker_size(trace: Trace, curve: Curve) -> float:
    heights = []
    for knot in curve.x:
        near = (np.abs(trace.x - knot) <= 1) & (trace.weight >= 1.0)
        if near.any():
            heights.append(float(trace.cover[near].max()))
    return float(round(float(np.median(heights)))) if heights else 6.0


__all__ += ["snap_to_tick", "tidy"]
