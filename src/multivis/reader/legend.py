"""Legends: swatches beside text, outside the panel or in a box inside it; colour bars."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multivis.reader.raster import Floats, Raster, commonest, differs, greatest, least
from multivis.reader.textboxes import Glyphs, TextBox, find_glyphs, group_lines

__all__ = [
    "LegendEntry",
    "Swatch",
    "covers",
    "find_entries",
    "inside_legend",
    "is_swatch",
    "swatch_colour",
]

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Swatch:
    """A sample of a mark: bounds, colour and shape.

    Attributes:
        shape: ``"line"``, ``"line+marker"``, ``"square"`` or ``"dot"``.
        dashed: Whether a line is broken.
    """

    left: int
    top: int
    right: int
    bottom: int
    colour: Floats
    shape: str
    dashed: bool = False


@dataclass(frozen=True)
class LegendEntry:
    """One row of a legend: its swatch and the box of its text."""

    swatch: Swatch
    label: TextBox


def is_swatch(mask: Mask, raster: Raster, box: tuple[int, int, int, int]) -> str:
    """What kind of swatch a component is, by its shape; empty when it looks like a letter."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    part = mask[top:bottom, left:right]
    if not part.any():
        return ""
    fill = float(part.mean())
    full_rows = part.mean(axis=1) > 0.9
    ends = np.concatenate([part[:, : max(2, width // 5)], part[:, -max(2, width // 5) :]], axis=1)
    thin = ends.any(axis=1).sum() <= full_rows.sum() + 2
    if width >= 10 and width > 1.8 * height and full_rows.any() and thin and full_rows.sum() <= 8:
        return "line" if height <= full_rows.sum() + 2 else "line+marker"
    if width >= 6 and height >= 6 and fill > 0.9 and 0.4 < width / height < 4:
        pixels = raster.rgb[top + 1 : bottom - 1, left + 1 : right - 1].reshape(-1, 3)
        if pixels.size and np.median(np.abs(pixels - np.median(pixels, axis=0))) <= 8:
            return "square"
    if width >= 8 and height >= 6 and fill > 0.95 and 1.2 < width / height < 6:
        # The sample of an area: a line above a paler fill.
        inner = raster.rgb[top + 1 : bottom - 1, left + 1 : right - 1].astype(np.int16)
        if inner.size and float(np.ptp(inner, axis=1).max()) <= 12:
            return "square"
    corners = part[[0, 0, -1, -1], [0, -1, 0, -1]].mean()
    inset = max(1, round(0.25 * min(width, height)))
    core = raster.rgb[top + inset : bottom - inset, left + inset : right - inset].reshape(-1, 3)
    # The inside of a dot is even; that of letters like e and o is not.
    waver = 60.0 if raster.lossy else 16.0
    even = core.size > 0 and float(np.ptp(core.astype(np.int16), axis=0).max()) <= waver
    round_shape = abs(width - height) <= 1 and 0.7 < fill <= 0.92 and corners < 0.5
    if 5 <= width <= 24 and round_shape and even:
        return "dot"
    if not (5 <= width <= 30 and abs(width - height) <= 2):
        return ""
    colours = raster.rgb[top:bottom, left:right][part].astype(np.int16)
    # JPEG thins the colour of what is small.
    strong = 60 if raster.lossy else 90
    shade = greatest(colours)
    tint = float(np.percentile(shade - least(colours), 80))
    vivid = tint > strong
    if not vivid and abs(width - height) <= 1 and core.size:
        # A ring: coloured, with the ground in its middle.
        vivid = tint > 2 / 3 * strong and float(core.min()) > float(shade.mean())
    if raster.lossy and not vivid and width >= 8:
        # JPEG greys thin rings; letters are darker.
        vivid = tint > 24 and bool(np.percentile(shade, 10) > 140)
    return "dot" if vivid else ""


def swatch_colour(raster: Raster, box: tuple[int, int, int, int], ground: Floats) -> Floats:
    """The colour of a swatch: the commonest among the pixels that differ most from the ground."""
    left, top, right, bottom = box
    pixels = raster.rgb[top:bottom, left:right].reshape(-1, 3)
    distance = np.abs(pixels.astype(np.float64) - ground).max(axis=1)
    strong = pixels[distance >= 0.85 * distance.max()]
    return commonest(strong)


def find_entries(
    raster: Raster, mask: Mask, boxes: NDArray[np.int64], texts: list[TextBox], ground: Floats
) -> list[LegendEntry]:
    """Pair swatches with the text at their right.

    Args:
        raster: The picture.
        mask: Ink.
        boxes: Components that may be swatches (n x 4).
        texts: Boxes of text, not yet read.
        ground: Colour behind the legend.
    """
    swatches: list[Swatch] = []
    for left, top, right, bottom in boxes.tolist():
        shape = is_swatch(mask, raster, (left, top, right, bottom))
        if shape:
            colour = swatch_colour(raster, (left, top, right, bottom), ground)
            swatches.append(Swatch(left, top, right, bottom, colour, shape))
    swatches = _join_dashes(raster, mask, boxes, swatches, texts, ground)
    entries: list[LegendEntry] = []
    for swatch in swatches:
        middle = (swatch.top + swatch.bottom) / 2
        near = [
            text
            for text in texts
            if text.top - 3 <= middle <= text.bottom + 3
            and -2 <= text.left - swatch.right <= 3.2 * max(text.height, 9)
        ]
        if near:
            entries.append(LegendEntry(swatch, min(near, key=lambda text: text.left)))
    entries = _tidy(entries)
    return _tidy(entries + _siblings(raster, boxes, texts, entries, ground))


def covers(text: TextBox, entry: LegendEntry) -> bool:
    """Whether a box of text lies over the swatch of an entry."""
    x, y = (
        (entry.swatch.left + entry.swatch.right) / 2,
        (entry.swatch.top + entry.swatch.bottom) / 2,
    )
    return text.left <= x <= text.right and text.top <= y <= text.bottom


def _siblings(
    raster: Raster,
    boxes: NDArray[np.int64],
    texts: list[TextBox],
    entries: list[LegendEntry],
    ground: Floats,
) -> list[LegendEntry]:
    """Entries whose swatch was taken for the first letter of their text.

    In one legend swatches and texts begin at the same columns, row under row.
    """
    found: list[LegendEntry] = []
    for text in texts:
        for entry in entries:
            swatch, label = entry.swatch, entry.label
            same = abs(text.left - swatch.left) <= 3 and text.right > label.left + 2
            apart = abs(text.y - label.y)
            if not same or not 0.7 * label.height < apart < 4.2 * max(label.height, 9):
                continue
            inside = boxes[(boxes[:, 1] < text.bottom) & (boxes[:, 3] > text.top)
                           & (boxes[:, 0] >= text.left) & (boxes[:, 2] <= text.right)]  # fmt: skip
            mark = inside[inside[:, 2] <= label.left - 1]
            rest = inside[inside[:, 0] >= label.left - 3]
            if not len(mark) or not len(rest) or len(mark) + len(rest) < len(inside):
                continue
            left, top = (int(part) for part in mark[:, :2].min(axis=0))
            right, bottom = (int(part) for part in mark[:, 2:].max(axis=0))
            if abs((right - left) - (swatch.right - swatch.left)) > 3:
                continue
            bounds = (left, top, right, bottom)
            colour = swatch_colour(raster, bounds, ground)
            name = replace(text, left=float(rest[:, 0].min()))
            found.append(
                LegendEntry(
                    Swatch(left, top, right, bottom, colour, swatch.shape, swatch.dashed), name
                )
            )
            break
    return found


def _join_dashes(
    raster: Raster,
    mask: Mask,
    boxes: NDArray[np.int64],
    swatches: list[Swatch],
    texts: list[TextBox],
    ground: Floats,
) -> list[Swatch]:
    """Dashes and dots in a row before a text are one dashed line."""
    whole = list(swatches)
    for text in texts:
        row = [
            box
            for box in boxes.tolist()
            if box[3] - box[1] <= 6
            and text.top <= (box[1] + box[3]) / 2 <= text.bottom
            and text.left - 5.5 * max(text.height, 9) <= box[0]
            and box[2] <= text.left - 1
        ]
        if len(row) < 2 or max(box[3] for box in row) - min(box[1] for box in row) > 6:
            continue
        left, right = min(box[0] for box in row), max(box[2] for box in row)
        top, bottom = min(box[1] for box in row), max(box[3] for box in row)
        if right - left < 12:
            continue
        whole = [
            swatch
            for swatch in whole
            if not (swatch.left >= left and swatch.right <= right and top <= swatch.top < bottom)
        ]
        colour = swatch_colour(raster, (left, top, right, bottom), ground)
        whole.append(Swatch(left, top, right, bottom, colour, "line", dashed=True))
    return whole


def _tidy(entries: list[LegendEntry]) -> list[LegendEntry]:
    """One entry per text (the widest swatch), in reading order."""
    best: dict[tuple[float, float], LegendEntry] = {}
    for entry in entries:
        key = (entry.label.left, entry.label.top)
        other = best.get(key)
        if other is None or (entry.swatch.right - entry.swatch.left) > (
            other.swatch.right - other.swatch.left
        ):
            best[key] = entry
    kept = list(best.values())
    if not kept:
        return []
    rows = sorted(kept, key=lambda entry: (round(entry.label.y / 6), entry.label.left))
    columns = {round(entry.swatch.left / 12) for entry in kept}
    if len(columns) == 1:
        rows = sorted(kept, key=lambda entry: entry.label.y)
    return rows


def inside_legend(
    raster: Raster, bounds: tuple[int, int, int, int], ground: Floats
) -> tuple[list[LegendEntry], tuple[int, int, int, int]] | None:
    """A legend within the panel, as Matplotlib draws it.

    Args:
        raster: The picture.
        bounds: Left, top, right, bottom of the panel.
        ground: Colour of the panel.

    Returns:
        The entries and the rectangle they cover, or None.
    """
    left, top, right, bottom = bounds
    inside = slice(top, bottom), slice(left, right)
    dark = (raster.lightest[inside] < 170) & (raster.spread[inside] < 40)
    mask = np.zeros((raster.height, raster.width), dtype=bool)
    mask[inside] = dark
    glyphs = find_glyphs(mask, 0.06 * raster.height)
    texts = [
        text
        for text in group_lines(glyphs)
        if 6 <= text.height <= 0.06 * raster.height and text.width >= 0.8 * text.height
    ]
    if not texts:
        return None
    ink = np.zeros_like(mask)
    ink[inside] = differs(raster.rgb[inside], ground, 30)
    found: list[LegendEntry] = []
    for text in texts:
        entry = _swatch_before(raster, ink, text, left, ground)
        if entry is not None:
            found.append(entry)
    found = _aligned(found)
    if not found:
        return None
    found = _completed(raster, ink, texts, found, ground)
    # The frame stands 0.4 em from its content, and an em is about 1.4 times a letter's height.
    margin = round(0.6 * float(np.median([entry.label.height for entry in found]))) + 2
    box = (
        min(entry.swatch.left for entry in found) - margin,
        int(min(min(entry.label.top, entry.swatch.top) for entry in found)) - margin,
        int(max(entry.label.right for entry in found)) + margin + 1,
        int(max(max(entry.label.bottom, entry.swatch.bottom) for entry in found)) + margin + 1,
    )
    return found, box


def _swatch_before(
    raster: Raster, ink: Mask, text: TextBox, limit: int, ground: Floats
) -> LegendEntry | None:
    """The line or square at the left of a text inside the panel."""
    size = text.height
    row = int(text.y)
    half = int(0.5 * size) + 1
    start = max(limit, int(text.left - 4.2 * size))
    strip = ink[row - half : row + half + 1, start : int(text.left) - 2]
    if strip.size == 0:
        return None
    behind = _behind(raster, text)
    if np.abs(behind - ground).max() > 12:
        # The legend lies on a mark: white to four fifths, nothing behind it is darker than this.
        pixels = raster.rgb[row - half : row + half + 1, start : int(text.left) - 2]
        strip = pixels.min(axis=2) < 200
    covered = np.flatnonzero(strip.any(axis=0))
    if len(covered) < 6:
        return None
    # Clear space before the text, as legends have; anything else is a mark that runs through.
    if strip.shape[1] - covered[-1] > 2.4 * size or strip.shape[1] - covered[-1] < 2:
        return None
    gaps = np.flatnonzero(np.diff(covered) > 0.8 * size)
    covered = covered[gaps[-1] + 1 :] if len(gaps) else covered
    width = int(covered[-1] - covered[0] + 1)
    if width < 0.5 * size or width > 3.6 * size:
        return None
    part = strip[:, covered[0] : covered[-1] + 1]
    rows = np.flatnonzero(part.any(axis=1))
    left, right = start + int(covered[0]), start + int(covered[-1]) + 1
    upper, lower = row - half + int(rows[0]), row - half + int(rows[-1]) + 1
    colour = swatch_colour(raster, (left, upper, right, lower), ground)
    block = raster.rgb[upper:lower, left:right].astype(np.int16)
    shine = (block.min(axis=2) >= 200) & (np.abs(block - ground).max(axis=2) > 12)
    if np.abs(behind - ground).max() > 12 or shine.mean() > 0.1:
        # What shines through, and the legend's frame: only what has the colour is the swatch.
        own = np.flatnonzero((np.abs(block - colour).max(axis=2) <= 20).mean(axis=0) > 0.3)
        if len(own):
            apart = np.flatnonzero(np.diff(own) > 2)
            own = own[apart[-1] + 1 :] if len(apart) else own
            left, right = left + int(own[0]), left + int(own[-1]) + 1
            part = (np.abs(block - colour).max(axis=2) <= 20)[:, own[0] : own[-1] + 1]
            rows = np.flatnonzero(part.mean(axis=1) > 0.5)
            if not len(rows):
                return None
            upper, lower = upper + int(rows[0]), upper + int(rows[-1]) + 1
            width = right - left
    fill = float(part[rows[0] : rows[-1] + 1].mean())
    tall = lower - upper
    if fill > 0.9 and tall >= 0.45 * size and width > 1.2 * tall:
        shape = "square"
    elif tall <= 0.45 * size:
        shape = "line"
    else:
        shape = "line+marker" if width > 1.6 * tall else "dot"
    dashed = shape == "line" and not part.any(axis=0).all()
    return LegendEntry(Swatch(left, upper, right, lower, colour, shape, dashed), text)


def _behind(raster: Raster, text: TextBox) -> Floats:
    """The commonest colour around a text."""
    top, bottom = max(int(text.top) - 2, 0), int(text.bottom) + 2
    left, right = max(int(text.left) - 2, 0), int(text.right) + 2
    return commonest(raster.rgb[top:bottom, left:right].reshape(-1, 3))


def _aligned(entries: list[LegendEntry]) -> list[LegendEntry]:
    """The largest set of entries whose texts begin at the same column."""
    best: list[LegendEntry] = []
    for entry in entries:
        column = [
            other
            for other in entries
            if abs(other.label.left - entry.label.left) <= 3
            and abs(other.swatch.left - entry.swatch.left) <= 6
        ]
        if len(column) > len(best):
            best = column
    return sorted(best, key=lambda entry: entry.label.y)


def _completed(
    raster: Raster, ink: Mask, texts: list[TextBox], found: list[LegendEntry], ground: Floats
) -> list[LegendEntry]:
    """Add the rows of the same column whose swatch was not told from marks around it.

    Swatches of one legend have one place and one size before their texts.
    """
    left = round(float(np.median([entry.label.left for entry in found])))
    start = round(float(np.median([entry.swatch.left for entry in found])))
    end = round(float(np.median([entry.swatch.right for entry in found])))
    tall = [entry.swatch.bottom - entry.swatch.top for entry in found]
    half = max(1, round(float(np.median(tall)) / 2))
    height = float(np.median([entry.label.height for entry in found]))
    known = [entry.label.y for entry in found]
    entries = list(found)
    for text in sorted(texts, key=lambda text: text.y):
        nearest = min(abs(text.y - row) for row in known)
        if abs(text.left - left) > 4 or not 0.8 * height < nearest < 2.6 * height:
            continue
        if not 0.6 * height < text.height < 1.5 * height:
            continue
        middle = round(text.y)
        if ink[middle - half : middle + half + 1, start:end].any(axis=0).mean() < 0.5:
            continue
        box = (start, middle - half, end, middle + half + 1)
        like = min(found, key=lambda entry: abs(entry.label.y - text.y)).swatch
        colour = swatch_colour(raster, box, ground)
        entries.append(LegendEntry(Swatch(*box, colour, like.shape, like.dashed), text))
        known.append(text.y)
    return sorted(entries, key=lambda entry: entry.label.y)


def component_boxes(mask: Mask) -> NDArray[np.int64]:
    """Bounds (left, top, right, bottom) of all components of a mask."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    boxes = stats[1:, :4].astype(np.int64)
    boxes[:, 2] += boxes[:, 0]
    boxes[:, 3] += boxes[:, 1]
    return boxes


__all__ += ["Glyphs", "component_boxes"]
