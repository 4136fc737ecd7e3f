"""Pies and rings as readings: slices with the names of their labels."""

from __future__ import annotations

import math

import numpy as np

from multivis.reader.legend import LegendEntry, component_boxes, find_entries, is_swatch
from multivis.reader.pies import Disc, Slice, find_slices
from multivis.reader.raster import Raster, hex_colour, to_lab
from multivis.reader.reading import ChartReading, SeriesReading
from multivis.reader.textboxes import Glyphs, TextBox, group_lines, read_texts

__all__ = ["read_pie"]


def read_pie(raster: Raster, disc: Disc) -> ChartReading | None:
    """Read a pie or a ring; None when the disc is none.

    Names come from the legend by colour, or from labels beside the slices.
    """
    slices = find_slices(raster, disc)
    legend, free = _texts_around(raster, disc)
    if len(slices) < 2 and not legend:
        return None
    if len(slices) > 60:
        return None
    notes: list[str] = []
    names = _from_legend(slices, legend) if legend else _from_labels(slices, free, disc)
    missing = sum(1 for name in names if not name)
    if missing == len(names):
        notes.append("No labels could be tied to the slices.")
    elif missing:
        notes.append(f"{missing} slices have no label that can be read.")
    if legend:
        _note_absent(legend, slices, notes)
    kind = "donut" if disc.hole > 0.12 * disc.radius else "pie"
    series = SeriesReading(
        "",
        [name or f"slice {index + 1}" for index, name in enumerate(names)],
        [part.angle for part in slices],
        [0.35 / disc.radius] * len(slices),
        "",
        colours=[hex_colour(part.colour) for part in slices],
    )
    series.extra["start"] = [slices[0].start] * len(slices)
    if kind == "donut":
        series.extra["hole"] = [round(disc.hole / disc.radius, 3)] * len(slices)
    title = _title(free, disc) if legend else _title(
        [box for box in free if box.bottom < disc.y - 1.12 * disc.radius], disc)  # fmt: skip
    scores = [entry.label.score for entry in legend] or [box.score for box in free] or [0.4]
    reading = ChartReading(kind, series=[series], title=title, notes=notes)
    reading.legend = _place(legend, disc)
    reading.confidence = float(np.mean(scores))
    reading.background = reading.plot_background = hex_colour(raster.page)
    reading.look = "plotly" if legend and reading.legend == "right" else "other"
    reading.panel = (
        (disc.x - disc.radius) / raster.width,
        (disc.y - disc.radius) / raster.height,
        (disc.x + disc.radius) / raster.width,
        (disc.y + disc.radius) / raster.height,
    )
    heights = [entry.label.height for entry in legend]
    if heights:
        reading.fonts["legend"] = round(float(np.median(heights)) * 1.15 * raster.scale, 1)
    return reading


def _texts_around(raster: Raster, disc: Disc) -> tuple[list[LegendEntry], list[TextBox]]:
    ink = np.abs(raster.rgb.astype(np.int16) - raster.page).max(axis=2) > 45
    rows, columns = np.ogrid[: raster.height, : raster.width]
    ink &= np.hypot(columns + 0.5 - disc.x, rows + 0.5 - disc.y) > disc.radius + 2.5
    boxes = component_boxes(ink)
    largest = max(14.0, 0.05 * raster.height)
    swatches: list[list[int]] = []
    letters: list[list[int]] = []
    for box in boxes.tolist():
        small = box[2] - box[0] <= 2.2 * largest and box[3] - box[1] <= 1.6 * largest
        if not small:
            continue
        shape = is_swatch(ink, raster, (box[0], box[1], box[2], box[3]))
        (swatches if shape else letters).append(box)
    glyphs = Glyphs(np.array(letters, dtype=np.int64).reshape(-1, 4), ink)
    texts = group_lines(glyphs)
    entries = find_entries(
        raster, ink, np.array(swatches, dtype=np.int64).reshape(-1, 4), texts, raster.page
    )
    read = read_texts(raster, texts)
    known = {(box.left, box.top): box for box in read}
    legend = [
        LegendEntry(entry.swatch, known[(entry.label.left, entry.label.top)])
        for entry in entries
        if (entry.label.left, entry.label.top) in known
    ]
    used = {(entry.label.left, entry.label.top) for entry in legend}
    return legend, [box for box in read if (box.left, box.top) not in used]


def _from_legend(slices: list[Slice], legend: list[LegendEntry]) -> list[str]:
    """Names by colour; each entry once, best pairs first."""
    own = to_lab(np.array([part.colour for part in slices]))
    other = to_lab(np.array([entry.swatch.colour for entry in legend]))
    apart = np.linalg.norm(own[:, None] - other[None], axis=2)
    names = [""] * len(slices)
    for flat in np.argsort(apart, axis=None).tolist():
        row, column = divmod(flat, apart.shape[1])
        if apart[row, column] > 30:
            break
        if not names[row] and not np.isinf(apart[row, column]):
            names[row] = legend[column].label.text
            apart[:, column] = np.inf
    return names


def _from_labels(slices: list[Slice], free: list[TextBox], disc: Disc) -> list[str]:
    """Names from the text just outside each slice."""
    names = [""] * len(slices)
    for box in free:
        x = float(np.clip(disc.x, box.left, box.right))
        y = float(np.clip(disc.y, box.top, box.bottom))
        distance = math.hypot(x - disc.x, y - disc.y)
        if distance > 1.45 * disc.radius:
            continue
        angle = math.atan2(x - disc.x, disc.y - y) % (2 * math.pi)
        best, least = -1, 10.0
        for index, part in enumerate(slices):
            away = abs((angle - part.middle + math.pi) % (2 * math.pi) - math.pi)
            away = away if away > 0.5 * part.angle else 0.3 * away
            if away < least:
                best, least = index, away
        if best >= 0 and least < 0.35:
            names[best] = f"{names[best]} {box.text}".strip()
    return names


def _note_absent(legend: list[LegendEntry], slices: list[Slice], notes: list[str]) -> None:
    extra = len(legend) - len(slices)
    if extra > 0:
        notes.append(f"{extra} legend entries have no slice that can be seen.")


def _title(free: list[TextBox], disc: Disc) -> str:
    above = [box for box in free if box.bottom <= disc.y - disc.radius and box.width > 12]
    return " ".join(box.text for box in sorted(above, key=lambda box: (box.top, box.left)))


def _place(legend: list[LegendEntry], disc: Disc) -> str:
    if not legend:
        return "none"
    swatch = legend[0].swatch
    if swatch.left > disc.x + disc.radius:
        return "right"
    if swatch.right < disc.x - disc.radius:
        return "left"
    return "top" if swatch.bottom < disc.y - disc.radius else "bottom"
