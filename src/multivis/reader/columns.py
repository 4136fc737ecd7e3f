"""Bars as readings: categories, groups, stacks and bins."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from multivis.reader.anatomy import Anatomy
from multivis.reader.bars import Bar, same_colour
from multivis.reader.raster import hex_colour, to_lab
from multivis.reader.reading import ChartReading, SeriesReading
from multivis.reader.scales import Scale

__all__ = ["read_bars"]


def read_bars(anatomy: Anatomy, direction: str, bars: list[Bar]) -> ChartReading | None:
    """Bars in data units.

    Args:
        anatomy: The chart.
        direction: ``"v"`` or ``"h"``.
        bars: In order across.

    Returns:
        None when the value axis has no scale.
    """
    along, across = (anatomy.y, anatomy.x) if direction == "v" else (anatomy.x, anatomy.y)
    if along.kind == "category":
        return None
    bars = _without_specks(bars)
    if across.kind in ("linear", "date", "log") and direction == "v" and _touch(bars):
        return _histogram(anatomy, bars)
    slots = _slots(bars, across)
    stacked = _are_stacked(bars)
    grouped = not stacked and (
        2 * sum(len(slot) > 1 for slot in slots.values()) > len(slots)
        or _legend_groups(anatomy, bars, slots)
    )
    if stacked or grouped:
        return _several(anatomy, direction, bars, slots, stacked)
    return _one(anatomy, direction, bars, across, along)


def _are_stacked(bars: list[Bar]) -> bool:
    """Whether bars stand on bars: many that are in line and touch end to end."""
    joints = sum(
        abs(first.middle - second.middle) <= 2
        and min(abs(first.end - second.start), abs(first.start - second.end),
                abs(first.end - second.end)) <= 4
        for first, second in pairwise(bars)
    )  # fmt: skip
    return joints >= max(1, 0.2 * len(bars))


def _without_specks(bars: list[Bar]) -> list[Bar]:
    usual = float(np.median([bar.thickness for bar in bars]))
    return [bar for bar in bars if bar.thickness >= 0.3 * usual]


def _touch(bars: list[Bar]) -> bool:
    """Whether neighbours leave almost no gap, as the bins of a histogram."""
    if len(bars) < 3:
        return False
    gaps = [second.low - first.high for first, second in pairwise(bars)]
    usual = float(np.median([bar.thickness for bar in bars]))
    return float(np.median(gaps)) <= max(2.5, 0.08 * usual)


def _slots(bars: list[Bar], across: Scale) -> dict[int, list[Bar]]:
    """Bars by the label they stand at; by themselves when labels do not tell."""
    if across.kind == "category" and across.labels:
        places = np.array([position for position, _ in across.labels])
    elif across.ticks:
        places = np.array([position for position, _ in across.ticks])
    else:
        places = np.array([bar.middle for bar in bars])
    slots: dict[int, list[Bar]] = {}
    for bar in bars:
        slots.setdefault(int(np.abs(places - bar.middle).argmin()), []).append(bar)
    return slots


def _legend_groups(anatomy: Anatomy, bars: list[Bar], slots: dict[int, list[Bar]]) -> bool:
    del slots
    if len(anatomy.legend) < 2:
        return False
    used = {_nearest_entry(anatomy, bar) for bar in bars}
    return len(used) > 1 and len(bars) > len(used)


def _length(bar: Bar, along: Scale) -> float:
    """A bar's value: from the scale at both ends when it does not begin at zero."""
    end = along.value(bar.end)
    if along.kind == "log":
        return end
    start = along.value(bar.start)
    zero = abs(bar.start - along.position(0.0)) <= 3.0
    return end if zero else end - start


def _error(along: Scale, bar: Bar) -> float:
    pixel = 0.3 + 0.5 * along.error
    if along.kind == "log":
        return float(abs(along.value(bar.end)) * along.per_pixel * 2.303 * pixel)
    return float(along.per_pixel * pixel)


def _one(
    anatomy: Anatomy, direction: str, bars: list[Bar], across: Scale, along: Scale
) -> ChartReading:
    names, notes = _names(bars, across)
    values = [along.value(bar.end) for bar in bars]
    errors = [_error(along, bar) for bar in bars]
    colours = [hex_colour(bar.colour) for bar in bars]
    rows = list(zip(names, values, errors, colours, strict=True))
    rows = _with_empty(rows, bars, across, along, notes)
    if direction == "h":
        # Lying bars are listed from below, the order in which Plotly and Matplotlib draw them.
        rows = rows[::-1] if anatomy.panel.look != "altair" else rows
    series = SeriesReading(
        "",
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        rows[0][3],
        colours=[row[3] for row in rows] if len(set(colours)) > 1 else [],
    )
    kind = "bar" if direction == "v" else "horizontal bar"
    return ChartReading(kind, series=[series], notes=notes)


def _with_empty(
    rows: list[tuple[object, float, float, str]],
    bars: list[Bar],
    across: Scale,
    along: Scale,
    notes: list[str],
) -> list[tuple[object, float, float, str]]:
    """Add the labels at which no bar stands: their value is zero, or too small to be drawn."""
    if across.kind != "category" or along.kind != "linear":
        return rows
    named = {str(row[0]) for row in rows}
    shift = _usual_shift(bars, list(across.labels))
    placed = [(bar.middle, row) for bar, row in zip(bars, rows, strict=True)]
    for position, text in across.labels:
        if text not in named and len(named) < len(across.labels):
            placed.append((position - shift, (text, 0.0, along.per_pixel * 0.3, "#808080")))
            notes.append(f"No bar is seen at {text!r}: taken as zero; its colour is unknown.")
    return [row for _, row in sorted(placed, key=lambda item: item[0])]


def _names(bars: list[Bar], across: Scale) -> tuple[list[object], list[str]]:
    """What stands at each bar; labels are used once, in order."""
    if across.kind != "category":
        return [float(f"{across.value(bar.middle):.6g}") for bar in bars], []
    labels = list(across.labels)
    notes = []
    names: list[object] = []
    slack = 0.5 * _step(bars)
    shift = _usual_shift(bars, labels)
    for index, bar in enumerate(bars):
        near = [
            (abs(position - shift - bar.middle), text)
            for position, text in labels
            if abs(position - shift - bar.middle) <= slack
        ]
        if near:
            names.append(min(near)[1])
        else:
            names.append(f"bar {index + 1}")
            notes.append(f"Bar {index + 1} has no label that can be read.")
    return names, notes


def _usual_shift(bars: list[Bar], labels: list[tuple[float, str]]) -> float:
    """Slanted labels end a little beside their bar, all by the same amount."""
    if not labels:
        return 0.0
    places = np.array([position for position, _ in labels])
    shifts = [float(places[np.abs(places - bar.middle).argmin()] - bar.middle) for bar in bars]
    return float(np.median(shifts)) if len(labels) >= len(bars) else 0.0


def _step(bars: list[Bar]) -> float:
    middles = np.unique(np.round([bar.middle for bar in bars], 1))
    if len(middles) < 2:
        return 1e6
    return float(np.median(np.diff(middles)))


def _nearest_entry(anatomy: Anatomy, bar: Bar) -> int:
    colours = to_lab(np.array([entry.swatch.colour for entry in anatomy.legend]))
    return int(np.linalg.norm(colours - to_lab(bar.colour), axis=1).argmin())


def _several(
    anatomy: Anatomy, direction: str, bars: list[Bar], slots: dict[int, list[Bar]], stacked: bool
) -> ChartReading:
    """Groups or stacks: one series for each colour."""
    along, across = (anatomy.y, anatomy.x) if direction == "v" else (anatomy.x, anatomy.y)
    colours, names = _series_colours(anatomy, bars)
    series = []
    for colour, name in zip(colours, names, strict=True):
        xs: list[object] = []
        ys: list[float] = []
        errors: list[float] = []
        for slot in sorted(slots):
            own = [bar for bar in slots[slot] if _is_nearest(bar, colour, colours)]
            if not own:
                continue
            bar = max(own, key=lambda item: abs(item.end - item.start))
            low, high = sorted((bar.start, bar.end))
            value = abs(along.value(high) - along.value(low)) if stacked else _length(bar, along)
            label = _slot_name(across, slot, bar)
            xs.append(label)
            ys.append(float(value))
            errors.append(_error(along, bar))
        if xs:
            extra = {"lying": [1.0] * len(xs)} if direction == "h" else {}
            series.append(SeriesReading(name, xs, ys, errors, hex_colour(colour), extra=extra))
    kind = "stacked bar" if stacked else "grouped bar"
    return ChartReading(kind, series=series)


def _slot_name(across: Scale, slot: int, bar: Bar) -> object:
    if across.kind == "category" and slot < len(across.labels):
        return across.labels[slot][1]
    return float(f"{across.value(bar.middle):.6g}")


def _is_nearest(bar: Bar, colour: np.ndarray, colours: list[np.ndarray]) -> bool:
    lab = to_lab(np.array(colours))
    nearest = int(np.linalg.norm(lab - to_lab(bar.colour), axis=1).argmin())
    return colours[nearest] is colour


def _series_colours(anatomy: Anatomy, bars: list[Bar]) -> tuple[list[np.ndarray], list[str]]:
    if anatomy.legend:
        colours = [entry.swatch.colour for entry in anatomy.legend]
        return colours, [entry.label.text for entry in anatomy.legend]
    distinct: list[np.ndarray] = []
    for bar in bars:
        if not any(same_colour(bar.colour, other) for other in distinct):
            distinct.append(bar.colour)
    return distinct, [""] * len(distinct)


def _histogram(anatomy: Anatomy, bars: list[Bar]) -> ChartReading:
    """Bins with their edges on the numeric axis; counts that are whole are made whole."""
    x, y = anatomy.x, anatomy.y
    width = float(np.median([bar.thickness for bar in bars]))
    step = _step(bars)
    size = step if abs(step - width) <= 0.15 * width else width
    split: list[Bar] = []
    for bar in bars:
        # Neighbours of the same height look like one wide bar.
        parts = max(1, round(bar.thickness / size))
        for part in range(parts):
            low = bar.low + part * bar.thickness / parts
            split.append(Bar(bar.start, bar.end, low, low + bar.thickness / parts, bar.colour))
    starts = [x.value(bar.middle - size / 2) for bar in split]
    ends = [x.value(bar.middle + size / 2) for bar in split]
    values = [y.value(bar.end) for bar in split]
    errors = [_error(y, bar) for bar in split]
    whole = np.abs(np.array(values) - np.round(values))
    if y.per_pixel < 0.6 and np.median(whole) <= max(1.2 * y.per_pixel, 0.02) and max(values) > 3:
        values = [float(round(value)) for value in values]
    series = SeriesReading(
        "",
        [(low + high) / 2 for low, high in zip(starts, ends, strict=True)],
        values,
        errors,
        hex_colour(split[0].colour),
        extra={"bin_start": starts, "bin_end": ends},
    )
    return ChartReading("histogram", series=[series])
