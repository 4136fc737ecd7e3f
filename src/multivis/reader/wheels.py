"""Pies and rings as readings: slices with the names of their labels."""

from __future__ import annotations

import math

import numpy as np

from multivis.reader.legend import LegendEntry, component_boxes, covers, find_entries, is_swatch
from multivis.reader.pies import Disc, Slice, find_slices
from multivis.reader.raster import Raster, differs, hex_colour, to_lab
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
    if legend:
        names = _from_legend(slices, legend)
    else:
        names, free = _from_labels(slices, free, disc)
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
    title = _title(free, disc)
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
    ink = differs(raster.rgb, raster.page, 45)
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
    plain = [text for text in texts if not any(covers(text, entry) for entry in entries)]
    parted = [entry.label for entry in entries if entry.label not in plain]
    read = read_texts(raster, [*plain, *parted])
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


def _from_labels(
    slices: list[Slice], free: list[TextBox], disc: Disc
) -> tuple[list[str], list[TextBox]]:
    """Names from the text just outside each slice; and the texts that are none of them.

    Labels keep one distance from the disc: of several texts in the direction of a slice the
    nearest is its name, with further lines right above or below it; others are titles.
    """
    names = [""] * len(slices)
    rest: list[TextBox] = []
    chosen: dict[int, list[TextBox]] = {}
    for distance, box in sorted(
        ((_distance(box, disc), box) for box in free), key=lambda item: item[0]
    ):
        index = _slice_towards(box, slices, disc) if distance <= 1.45 * disc.radius else -1
        own = chosen.get(index, [])
        if index < 0 or (own and not _next_line(box, own)):
            rest.append(box)
        else:
            chosen.setdefault(index, []).append(box)
    for index, boxes in chosen.items():
        names[index] = " ".join(box.text for box in sorted(boxes, key=lambda box: box.top))
    return names, rest


def _distance(box: TextBox, disc: Disc) -> float:
    """From the disc's centre to the nearest point of a text."""
    x = float(np.clip(disc.x, box.left, box.right))
    y = float(np.clip(disc.y, box.top, box.bottom))
    return math.hypot(x - disc.x, y - disc.y)


def _slice_towards(box: TextBox, slices: list[Slice], disc: Disc) -> int:
    """The slice in whose direction a text stands; -1 when there is none."""
    x = float(np.clip(disc.x, box.left, box.right))
    y = float(np.clip(disc.y, box.top, box.bottom))
    angle = math.atan2(x - disc.x, disc.y - y) % (2 * math.pi)
    best, least = -1, 0.35
    for index, part in enumerate(slices):
        away = abs((angle - part.middle + math.pi) % (2 * math.pi) - math.pi)
        away = away if away > 0.5 * part.angle else 0.1 * away
        if away < least:
            best, least = index, away
    return best


def _next_line(box: TextBox, lines: list[TextBox]) -> bool:
    """Whether a text is one more line, or one more word, of a label."""
    for line in lines:
        gap = max(box.top - line.bottom, line.top - box.bottom)
        overlap = min(box.right, line.right) - max(box.left, line.left)
        alike = 0.7 < box.height / max(line.height, 1.0) < 1.4
        if alike and gap < 0.6 * line.height and overlap > -1.2 * line.height:
            return True
    return False


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
