"""The parts of a chart around its marks: axes with labels, titles, legend, colour bar."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivis.reader.legend import (
    LegendEntry,
    component_boxes,
    covers,
    find_entries,
    inside_legend,
    is_swatch,
)
from multivis.reader.panel import Panel, find_panel
from multivis.reader.raster import Raster, differs, greatest, runs
from multivis.reader.scales import Scale, fit_scale, sharpen
from multivis.reader.textboxes import (
    Glyphs,
    TextBox,
    find_glyphs,
    group_lines,
    group_slanted,
    group_upright,
    read_texts,
    split_by_lattice,
)

__all__ = ["Anatomy", "read_anatomy"]

Mask = NDArray[np.bool_]
_TICK = re.compile(r"(?<=\w) ?[-–—−_]+$")  # a tick mark that stands close to its label
_YEAR = re.compile(r"\b(1[6-9]|20|21)\d\d\b")


@dataclass
class Anatomy:
    """What surrounds the marks.

    Attributes:
        raster, panel: The picture and its plotting area.
        x, y: The scales.
        legend: Entries in order, texts read.
        legend_title, title, x_title, y_title: Texts, empty when absent.
        legend_box: Rectangle that a legend covers inside the panel.
        colour_bar: (left, top, right, bottom) and its scale, for heat maps.
        notes: What was not certain.
        kept: What `multivis.reader.marks` found in the panel, for those who ask again.
    """

    raster: Raster
    panel: Panel
    x: Scale = field(default_factory=lambda: Scale("category"))
    y: Scale = field(default_factory=lambda: Scale("category"))
    legend: list[LegendEntry] = field(default_factory=list)
    legend_title: str = ""
    title: str = ""
    x_title: str = ""
    y_title: str = ""
    legend_box: tuple[int, int, int, int] | None = None
    colour_bar: tuple[tuple[int, int, int, int], Scale] | None = None
    title_box: TextBox | None = None
    texts: list[TextBox] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


def read_anatomy(raster: Raster) -> Anatomy | None:
    """Find the panel and read everything around it; None when there is no panel."""
    panel = find_panel(raster)
    if panel is None:
        return None
    anatomy = Anatomy(raster, panel)
    outside = differs(raster.rgb, raster.page, 45)
    # Filled panels have no frame, and labels stand close to them.
    margin = 1 if panel.look in ("plotly", "other") else 2
    begun = _begun(raster, panel)
    outside[panel.top - 2 : panel.bottom + 2, panel.left : panel.right + 2] = False
    if margin > 1:
        outside[panel.top - 2 : panel.bottom + 2, panel.left - margin : panel.left] = False
        outside[:, panel.left - 2] &= outside[:, panel.left - 3]
    else:
        outside[begun, panel.left - 1] = False
        outside[begun, panel.left - 2] &= outside[begun, panel.left - 3]
    tick_rows, tick_columns = _remove_ticks(raster, outside, panel, margin)
    everything = _part_corner(outside, panel, component_boxes(outside))
    everything = _drop_splinters(outside, panel, everything)
    largest = max(14.0, 0.05 * raster.height, 0.035 * raster.width)
    bar = _find_colour_bar(raster, everything, panel)
    if bar is not None:
        left, top, right, bottom = bar
        outside[top - 1 : bottom + 1, left - 1 : right + 1] = False
    swatch_boxes, letters = _split(raster, outside, everything, panel, bar, largest)
    groups = _zones(raster, panel, letters)
    entries = find_entries(
        raster, outside, np.concatenate([swatch_boxes, letters.boxes]), groups["free"], raster.page
    )
    inner = None
    if not entries:
        bounds = (panel.left, panel.top, panel.right, panel.bottom)
        inner = inside_legend(raster, bounds, panel.colour)
        if inner is not None:
            entries, anatomy.legend_box = inner
    labels = {(entry.label.left, entry.label.top) for entry in entries}
    free = [
        box
        for box in groups["free"]
        if (box.left, box.top) not in labels and not any(covers(box, entry) for entry in entries)
    ]
    order: list[tuple[str, TextBox]] = [("legend", entry.label) for entry in entries]
    for name in ("x", "x_second", "y", "x_title", "y_title"):
        order += [(name, box) for box in groups[name]]
    order += [("free", box) for box in free]
    read = _read(raster, panel, order, inside=inner is not None)
    # Under a label stands the year of a date; anything else there is the axis' title.
    read = [
        (name, replace(box, text=_TICK.sub("", box.text)) if name == "y" else box)
        for name, box in read
    ]
    read = [
        ("x_title" if name == "x_second" and not _YEAR.search(box.text) else name, box)
        for name, box in read
    ]
    anatomy.texts = [box for _, box in read]
    _name_entries(anatomy, entries, read)
    if inner is not None and len(anatomy.legend) == 1 and len(anatomy.legend[0].label.text) < 2:
        # One ring among others looks like the letter O with something before it.
        anatomy.legend, anatomy.legend_box = [], None
    _set_scales(anatomy, read, tick_rows, tick_columns)
    _set_titles(anatomy, read, bar)
    return anatomy


def _read(
    raster: Raster, panel: Panel, order: list[tuple[str, TextBox]], *, inside: bool
) -> list[tuple[str, TextBox]]:
    """Recognise all boxes, keeping what each is for.

    Labels may stand so close to the panel that its edge would be read as a letter: for those
    outside it is painted over.
    """
    bare = raster.rgb.copy()
    bare[panel.top - 1 : panel.bottom + 1, panel.left : panel.right + 1] = raster.page
    if panel.look in ("plotly", "other"):
        bare[_begun(raster, panel), panel.left - 1] = raster.page
    else:
        bare[panel.top - 1 : panel.bottom + 1, panel.left - 1] = raster.page
    within = [box for name, box in order if inside and name == "legend"]
    without = [box for name, box in order if not (inside and name == "legend")]
    done = {
        (box.left, box.top, box.angle): box
        for picture, boxes in ((raster, within), (replace(raster, rgb=bare), without))
        for box in read_texts(picture, boxes)
    }
    keyed = [(name, done.get((box.left, box.top, box.angle))) for name, box in order]
    return [(name, box) for name, box in keyed if box is not None]


def _begun(raster: Raster, panel: Panel) -> NDArray[np.int64]:
    """Rows in which a mark begins at the left side; it may reach one pixel beyond."""
    side = raster.rgb[panel.top : panel.bottom, panel.left : panel.left + 2]
    marked = differs(side, panel.colour, 50).any(axis=1)
    rows = np.flatnonzero(marked)[:, None] + panel.top + np.arange(-1, 2)
    return np.unique(np.clip(rows, 0, raster.height - 1))


def _remove_ticks(
    raster: Raster, outside: Mask, panel: Panel, margin: int
) -> tuple[list[float], list[float]]:
    """Take axis lines and tick marks that touch the panel out of the ink; return tick centres."""
    # Matplotlib moves tick marks to whole pixels, half a pixel right and up on average.
    shift = 0.5 if panel.look == "matplotlib" else 0.0
    reach = max(12, round(0.012 * outside.shape[1]))
    top, left = panel.top - 2, panel.left - 4
    beside = slice(max(panel.left - margin - reach, 0), panel.left - margin)
    strip = outside[top : panel.bottom + 4, beside]
    line = raster.rgb[top : panel.bottom + 4, max(panel.left - margin - 2, 0)]
    level = greatest(np.abs(line - raster.page))
    rows = [top + centre + shift for centre in _take_ticks(strip[:, ::-1], level)]
    under = slice(panel.bottom + 2, panel.bottom + 2 + reach)
    strip = outside[under, left : panel.right + 4]
    line = raster.rgb[min(panel.bottom + 3, raster.height - 1), left : panel.right + 4]
    level = greatest(np.abs(line - raster.page))
    columns = [left + centre - shift for centre in _take_ticks(strip.T, level)]
    return rows, columns


def _take_ticks(strip: Mask, level: NDArray[np.float64]) -> list[float]:
    """Erase tick marks from a strip whose first column touches the panel.

    A tick mark is thin and has nothing beside it for its first pixels; letters that touch the
    panel are not so.

    Returns:
        Centres of the marks along the strip.
    """
    centres: list[float] = []
    if not strip.size:
        return centres
    for first, last in runs(strip[:, 0].copy()):
        if last - first <= 4:
            beside = [row for row in (first - 1, last) if 0 <= row < len(strip)]
            short = not strip[first:last, :3].any(axis=0).all()
            if short or strip[beside, :3].any():
                continue
            centres.append(_centre(level, first, last))
        block = strip[first:last]
        block &= ~np.cumprod(block, axis=1).astype(bool)
    return centres


def _part_corner(outside: Mask, panel: Panel, boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cut glyphs apart where the lowest y label touches the first x label; the boxes after it."""
    heights = boxes[:, 3] - boxes[:, 1]
    if not (heights >= 5).any():
        return boxes
    typical = float(np.median(heights[heights >= 5]))
    parted = False
    for left, top, right, bottom in boxes.tolist():
        crosses = top < panel.bottom - 2 and bottom > panel.bottom + 4 and left < panel.left
        if crosses and 1.5 * typical < bottom - top < 3.2 * typical:
            tall = bottom - top
            first, last = round(0.35 * tall), round(0.65 * tall)
            ink = outside[top + first : top + last + 1, left:right].sum(axis=1)
            outside[top + first + int(ink.argmin()), left:right] = False
            parted = True
    return component_boxes(outside) if parted else boxes


def _drop_splinters(outside: Mask, panel: Panel, boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Erase thin remains of the frame and of ticks close to the panel; the boxes after it."""
    erased = False
    for left, top, right, bottom in boxes.tolist():
        near = panel.left - 8 <= left and right <= panel.left and top >= panel.top - 4
        if near and right - left <= 2 and bottom - top > 2:
            outside[top:bottom, left:right] = False
            erased = True
    return component_boxes(outside) if erased else boxes


def _centre(line: NDArray[np.float64], first: int, last: int) -> float:
    """Centre of a tick mark by how dark its pixels are."""
    start, end = max(first - 1, 0), min(last + 1, len(line))
    weight = line[start:end]
    return float(((np.arange(start, end) + 0.5) * weight).sum() / max(weight.sum(), 1e-9))


def _split(
    raster: Raster,
    outside: Mask,
    boxes: NDArray[np.int64],
    panel: Panel,
    bar: tuple[int, int, int, int] | None,
    largest: float,
) -> tuple[NDArray[np.int64], Glyphs]:
    """Components outside the panel into swatches and letters."""
    letters = find_glyphs(outside, largest)
    swatches = []
    upright_end = _upright_end(letters, panel)
    for box in boxes.tolist():
        width, height = box[2] - box[0], box[3] - box[1]
        beside = box[0] >= panel.right or box[3] <= panel.top or box[1] >= upright_end
        if beside and width <= 0.12 * raster.width + 20 and height <= largest * 1.6:
            shape = is_swatch(outside, raster, (box[0], box[1], box[2], box[3]))
            if shape:
                swatches.append(box)
    taken = {tuple(box) for box in swatches}
    kept = [box for box in letters.boxes.tolist() if tuple(box) not in taken]
    return (
        np.array(swatches, dtype=np.int64).reshape(-1, 4),
        Glyphs(np.array(kept, dtype=np.int64).reshape(-1, 4), outside),
    )


def _upright_end(letters: Glyphs, panel: Panel) -> float:
    """Where upright x labels end; letters such as l lie there like the lines of a legend."""
    below = letters.within(panel.left - 20, panel.bottom, panel.right + 20, 1e6)
    tall = [box for box in group_upright(below) if box.height > 2.2 * box.width]
    near = [box for box in tall if box.top < panel.bottom + 24]
    if len(near) < 2:
        return panel.bottom + 10.0
    return max(box.bottom for box in near)


def _zones(raster: Raster, panel: Panel, letters: Glyphs) -> dict[str, list[TextBox]]:
    """Text boxes by place: x and y labels, their titles, and everything else."""
    zones: dict[str, list[TextBox]] = {
        name: [] for name in ("x", "x_second", "y", "x_title", "y_title", "free")
    }
    heights = letters.boxes[:, 3] - letters.boxes[:, 1]
    # The lowest y label is centred on the axis; x labels begin under it.
    lowest = panel.bottom + max(3.0, 0.4 * float(np.median(heights)) if len(heights) else 0.0)
    reach = 0.06 * raster.width
    below = letters.within(panel.left - reach, panel.bottom, panel.right + reach, raster.height)
    below.boxes = _labels_below(below.boxes, panel)
    left = letters.within(0, panel.top - 14, panel.left, lowest)
    _left_zone(left, zones)
    taken = {tuple(box) for box in left.boxes.tolist()}
    below.boxes = np.array(
        [box for box in below.boxes.tolist() if tuple(box) not in taken], dtype=np.int64
    ).reshape(-1, 4)
    under = {tuple(box) for box in below.boxes.tolist()}
    _below_zone(raster, panel, below, zones)
    rest = [
        box for box in letters.boxes.tolist() if tuple(box) not in taken and tuple(box) not in under
    ]
    remaining = Glyphs(np.array(rest, dtype=np.int64).reshape(-1, 4), letters.mask)
    zones["free"] += group_lines(remaining)
    return zones


def _labels_below(boxes: NDArray[np.int64], panel: Panel) -> NDArray[np.int64]:
    """Leave out labels of colour bars right of the panel, and remains of marks under it."""
    if not len(boxes):
        return boxes
    beside = (boxes[:, 0] > panel.right + 6) & (boxes[:, 1] < panel.bottom + 2)
    # A mark that lies on the axis line reaches below it in pieces and cuts the ticks off.
    depth = boxes[:, 1] - panel.bottom
    tall, wide = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    rest = ((tall <= 4) & (depth < 8)) | ((tall <= 2) & (wide <= 3) & (depth < 18))
    rest |= (wide <= 3) & (depth < 6) & (tall < 0.6 * np.median(tall))
    return np.asarray(boxes[~beside & ~rest])


def _left_zone(left: Glyphs, zones: dict[str, list[TextBox]]) -> None:
    """y labels end at one column beside the panel; a turned title stands left of them."""
    title = _turned_title(left)
    if title is not None:
        x = (left.boxes[:, 0] + left.boxes[:, 2]) / 2
        zones["y_title"].append(title)
        left = Glyphs(left.boxes[x > title.right], left.mask)
    lines = group_lines(left)
    if not lines:
        return
    # Labels end together, whatever else stands left of them.
    together = [
        (sum(abs(other.right - line.right) <= 3 for other in lines), line.right) for line in lines
    ]
    edge = max(together)[1]
    zones["y"] += [line for line in lines if edge - 7 <= line.right]


def _turned_title(left: Glyphs) -> TextBox | None:
    """The leftmost upright line of text, when everything else stands right of it."""
    tall = [box for box in group_upright(left) if box.height > 2.2 * box.width]
    if not tall:
        return None
    column = [box for box in tall if box.left <= min(tall, key=lambda box: box.left).right]
    title = replace(
        column[0],
        left=min(box.left for box in column),
        top=min(box.top for box in column),
        right=max(box.right for box in column),
        bottom=max(box.bottom for box in column),
    )
    if title.height < 2.2 * title.width:
        return None
    inside = left.within(title.left, title.top, title.right, title.bottom).boxes
    # Labels join across and reach further right; letters of a turned title stand alone.
    across = group_lines(left.within(title.left, title.top, 1e6, title.bottom))
    rows = [line for line in across if line.left <= title.right]
    if sum(line.right > title.right + 3 for line in rows) > 0.4 * len(rows) or (
        len(inside) > 2 * len(rows)
    ):
        return None
    if len(inside) < 3 or (left.boxes[:, 0] < title.left - 1).any():
        return None
    crossing = (left.boxes[:, 0] <= title.right) & (left.boxes[:, 2] > title.right + 1)
    return None if crossing.any() else title


def _below_zone(
    raster: Raster, panel: Panel, below: Glyphs, zones: dict[str, list[TextBox]]
) -> None:
    """x labels stand in the first row under the panel, or slanted or upright from it."""
    if not len(below.boxes):
        return
    lines = group_lines(below)
    first = min(line.top for line in lines)
    region = (0, int(panel.bottom), raster.width, raster.height)
    slanted = group_slanted(below, region)
    if slanted:
        zones["x"] += slanted
        end = max(box.bottom for box in slanted)
        zones["x_title"] += [line for line in lines if line.top > end]
        return
    heights = below.boxes[:, 3] - below.boxes[:, 1]
    typical = max(6.0, float(np.median(heights)))
    end = min(first + 60 * typical, _title_start(lines, panel))
    band = below.within(0, panel.bottom, raster.width, end)
    upright = group_upright(band)
    # Letters join into words in the direction of writing.
    joined = len(upright) < 0.75 * len(group_lines(band)) or _stand(upright)
    if len(upright) >= 2 and joined:
        turned = [box for box in upright if box.top < first + 1.5 * typical]
        zones["x"] += turned
        end = max(box.bottom for box in turned)
        zones["x_title"] += [line for line in lines if line.top > end]
        return
    flat = [line for line in lines if line.top < first + 0.9 * typical]
    zones["x"] += split_by_lattice(flat, below)
    end = max(line.bottom for line in flat)
    for line in lines:
        if line in flat:
            continue
        # A second row under a label belongs to it: the year under a day.
        under = [box for box in flat if abs(box.x - line.x) < 0.5 * typical]
        if under and line.top < end + 0.9 * typical and len(lines) > len(flat):
            zones["x_second"].append(line)
            continue
        middle = (panel.left + panel.right) / 2
        centred = abs(line.x - middle) < 0.12 * panel.width
        zones["x_title" if centred else "free"].append(line)


def _stand(boxes: list[TextBox]) -> bool:
    """Whether most boxes are words that stand upright; digits are slim but narrow, too."""
    if not boxes:
        return False
    slim = float(np.median([box.height / max(box.width, 1.0) for box in boxes]))
    return slim > 1.9 and float(np.median([box.width for box in boxes])) >= 5.5


def _title_start(lines: list[TextBox], panel: Panel) -> float:
    """Where the title of the x axis begins: the lowest line, when it is centred and wide."""
    lowest = max(lines, key=lambda line: line.bottom)
    centred = abs(lowest.x - (panel.left + panel.right) / 2) < 0.06 * panel.width + 4
    alone = all(line is lowest or line.bottom <= lowest.top + 2 for line in lines)
    return lowest.top if centred and alone and lowest.width > 2.2 * lowest.height else 1e9


def _find_colour_bar(
    raster: Raster, boxes: NDArray[np.int64], panel: Panel
) -> tuple[int, int, int, int] | None:
    """A tall filled strip of changing colour beside the panel."""
    for left, top, right, bottom in boxes.tolist():
        width, height = right - left, bottom - top
        if left < panel.right or height < 60 or not 6 <= width <= 0.15 * raster.width:
            continue
        # Tick marks may stick to the right side.
        inner = slice(left + max(2, width // 8), left + max(4, round(0.6 * width)))
        part = raster.rgb[top + 3 : bottom - 3, inner].astype(np.float64)
        if part.size == 0:
            continue
        across = float(np.median(part.std(axis=1)))
        along = float(part[:, part.shape[1] // 2].std(axis=0).max())
        if across < 6 and along > 20:
            return left, top, right, bottom
    return None


def _name_entries(
    anatomy: Anatomy, entries: list[LegendEntry], read: list[tuple[str, TextBox]]
) -> None:
    texts = {(box.left, box.top): box for name, box in read if name == "legend"}
    for entry in entries:
        box = texts.get((entry.label.left, entry.label.top))
        if box is not None:
            anatomy.legend.append(replace(entry, label=box))
        else:
            anatomy.legend.append(entry)
            anatomy.notes.append("A legend entry could not be read.")


def _set_scales(
    anatomy: Anatomy,
    read: list[tuple[str, TextBox]],
    tick_rows: list[float],
    tick_columns: list[float],
) -> None:
    """Scales from labels, sharpened by grid lines or tick marks."""
    panel = anatomy.panel
    told = [(name, box) for name, box in read if any(letter.isalnum() for letter in box.text)]
    seconds = [box for name, box in told if name == "x_second"]
    across = [(_anchor(box), _with_second(box, seconds)) for name, box in told if name == "x"]
    along = [(box.y, box.text) for name, box in told if name == "y"]
    anatomy.x = sharpen(fit_scale(sorted(across)), [*panel.columns, *tick_columns])
    anatomy.y = sharpen(fit_scale(sorted(along)), [*panel.rows, *tick_rows])
    if panel.look == "altair":
        # Vega draws axes and grid half a unit right of and below the data; a line is a unit wide.
        unit = panel.grid_width or 1.0
        anatomy.x, anatomy.y = anatomy.x.moved(-unit / 2), anatomy.y.moved(-unit / 2)
    for scale in (anatomy.x, anatomy.y):
        if scale.kind == "date" and not any(_YEAR.search(text) for _, text in scale.labels):
            anatomy.notes.append("The axis of dates shows no year: 2000 is assumed.")
        edge = {scale.labels[0][1], scale.labels[-1][1]} if scale.labels else set()
        for text in scale.rejected:
            # The outermost labels are often moved inwards to stay within the picture.
            if text in edge:
                continue
            anatomy.notes.append(f"The tick label {text!r} does not fit the others; left out.")


def _with_second(box: TextBox, seconds: list[TextBox]) -> str:
    """A label with what stands in a second row under it."""
    under = [other.text for other in seconds if abs(other.x - box.x) < 0.5 * max(box.height, 9)]
    return " ".join([box.text, *under])


def _anchor(box: TextBox) -> float:
    """Where a label below the axis is tied to: slanted ones by their upper end."""
    if box.corners:
        ends = (
            (box.corners[0], box.corners[3]) if box.angle > 0 else (box.corners[1], box.corners[2])
        )
        return (ends[0][0] + ends[1][0]) / 2
    return box.x


def _set_titles(
    anatomy: Anatomy, read: list[tuple[str, TextBox]], bar: tuple[int, int, int, int] | None
) -> None:
    panel = anatomy.panel
    anatomy.x_title = _joined([box for name, box in read if name == "x_title"])
    anatomy.y_title = _joined([box for name, box in read if name == "y_title"])
    free = [box for name, box in read if name == "free"]
    if bar is not None:
        labels = [(box.y, box.text) for box in free
                  if box.left >= bar[2] - 2 and bar[1] - 10 <= box.y <= bar[3] + 10]  # fmt: skip
        anatomy.colour_bar = (bar, fit_scale(labels))
    above = [box for box in free if box.bottom <= panel.top + 2 and box.left < panel.right]
    if above:
        anatomy.title_box = max(above, key=lambda box: box.height)
        anatomy.title = _joined(sorted(above, key=lambda box: (box.y, box.left)))
    if anatomy.legend and anatomy.legend_box is None:
        first = min(entry.swatch.top for entry in anatomy.legend)
        start = min(entry.swatch.left for entry in anatomy.legend)
        headings = [
            box for box in free
            if box.bottom <= first and first - box.bottom < 30 and abs(box.left - start) < 30
            and box not in above
        ]  # fmt: skip
        anatomy.legend_title = _joined(headings)


def _joined(boxes: list[TextBox]) -> str:
    return " ".join(box.text for box in boxes if box.text)
