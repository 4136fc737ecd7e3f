"""What kind of chart a picture shows, in words: the form alone, without measuring the data.

`read_chart` measures data and refuses what it cannot measure: layers, panels, floating bars. To
draw other data alike, the kind is enough, and it is seen in the shapes of the marks: rectangles
on a common base are bars, touching ones a histogram, discs of many sizes bubbles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multivis.errors import MissingExtraError

try:
    import cv2
except ImportError as error:
    raise MissingExtraError("Reading charts from pictures", extra="reader") from error

from multivis.reader.anatomy import Anatomy
from multivis.reader.marks import Region, foreground, panel_pixels, solid_regions
from multivis.reader.picture import Picture, open_picture
from multivis.reader.raster import differs, greatest, least

__all__ = ["picture_form"]

_SMALL = 560
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Shapes:
    """The shapes in the plotting area.

    Attributes:
        anatomy: What surrounds them.
        boxes: Filled rectangles.
        dots: Filled discs.
        broad: Other filled regions, the largest first.
        rest: Pixels of lines and letters: what is in front and in no filled region.
        front: Share of the plotting area that is not background.
    """

    anatomy: Anatomy
    boxes: list[Region]
    dots: list[Region]
    broad: list[Region]
    rest: Mask
    front: float

    @property
    def width(self) -> int:
        """Columns of the plotting area."""
        return self.anatomy.panel.width

    @property
    def height(self) -> int:
        """Rows of the plotting area."""
        return self.anatomy.panel.height


def picture_form(image: str | Path | bytes | Picture) -> str:
    """The kind of chart that a picture shows; empty when its shapes do not tell.

    Args:
        image: Path or bytes of a PNG, JPEG, GIF, WebP or BMP file, or an opened picture.

    Returns:
        Words as a person would say them: ``"horizontal stacked bar chart with labels"``.

    Raises:
        ImageError: The file is missing, damaged, or not an image.
        MissingExtraError: The `reader` extra is not installed.
    """
    picture = open_picture(image)
    try:
        if picture.disc is not None:
            return _without_axes(picture)
        anatomy = picture.anatomy
        if anatomy is None and picture.longest <= _SMALL:
            anatomy = picture.enlarged.anatomy
        if anatomy is None:
            return _without_axes(picture)
        named = _titled(anatomy.title)
        shapes = _shapes(anatomy)
        return named or _of_shapes(shapes)
    except (ArithmeticError, LookupError, ValueError, cv2.error):
        return ""  # what cannot be measured has no form that could be told


def _without_axes(picture: Picture) -> str:
    """Charts around a centre, and violins that stand free."""
    disc, raster = picture.disc, picture.raster
    if disc is not None:
        return "donut chart" if disc.hole > 0.1 * disc.radius else "pie chart with labels"
    apart = differs(raster.rgb, raster.page, 30)
    vivid = raster.spread > 60
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        cv2.morphologyEx((apart & vivid).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5))),
        connectivity=8,
    )
    large = [
        (labels[top : top + high, left : left + wide] == index, area)
        for index, (left, top, wide, high, area) in enumerate(stats.tolist())
        if index and area > 0.015 * raster.width * raster.height
    ]
    if len(large) == 1:
        part, area = large[0]
        side = max(part.shape)
        if min(part.shape) < 0.75 * side:
            return ""
        tones = raster.rgb[(labels == labels[labels > 0].max()) | (apart & vivid)] // 32
        several = np.unique(tones, axis=0, return_counts=True)[1]
        share = area / (np.pi / 4 * side**2)
        if int((several > 0.04 * area).sum()) >= 3:
            return "radial chart with labels" if share < 0.9 else ""
        return "pacman chart" if 0.5 < share < 0.97 else ""
    mirrored = [float((part == part[:, ::-1]).mean()) for part, _ in large]
    rounded = [part.mean() < 0.8 and part.shape[0] > part.shape[1] for part, _ in large]
    return "violin plot" if len(large) >= 2 and min(mirrored) > 0.9 and all(rounded) else ""


#: Titles that say what kind of chart they stand over.
_TITLES = (
    (r"gantt", "gantt chart"),
    (r"waterfall", "waterfall chart"),
    (r"heat ?map", "heatmap"),
    (r"\bviolin", "violin plot"),
    (r"loess|lowess", "scatter plot with loess lines"),
    (r"binned scatter", "binned bubble plot"),
    (r"log(?:arithmic)? scale", "line chart with a logarithmic scale"),
    (r"cumulative (?:count|number|total|sum)", "cumulative area chart"),
    (r"stacked bar", "stacked bar chart"),
    (r"grouped bar", "grouped bar chart"),
)


def _titled(title: str) -> str:
    lower = title.lower()
    return next((kind for pattern, kind in _TITLES if re.search(pattern, lower)), "")


def _shapes(anatomy: Anatomy) -> Shapes:
    area = panel_pixels(anatomy)
    front = foreground(anatomy, area)
    regions = [
        region
        for region in solid_regions(anatomy)
        if region.width >= 3 and region.height >= 3 and region.area >= 20
    ]
    boxes, dots, broad = [], [], []
    covered = np.zeros(front.shape, dtype=np.uint8)
    panel = anatomy.panel
    for region in regions:
        top, left = region.top - panel.top, region.left - panel.left
        covered[max(top, 0) : top + region.height, max(left, 0) : left + region.width] |= (
            region.mask[max(-top, 0) :, max(-left, 0) :].astype(np.uint8)
        )
        round_ = abs(region.width - region.height) <= max(2, 0.2 * region.width)
        small = region.width < 0.2 * panel.width
        speck = round_ and region.width <= max(6, 0.02 * panel.width)
        if region.fill > 0.9 and min(region.width, region.height) >= 4 and not speck:
            boxes.append(region)
        elif speck or (round_ and small and region.fill > 0.62):
            dots.append(region)
        else:
            broad.append(region)
    edge = cv2.dilate(covered, np.ones((5, 5), np.uint8)) > 0
    broad.sort(key=lambda region: -region.area)
    return Shapes(anatomy, boxes, dots, broad, front & ~edge, float(front.mean()))


def _of_shapes(shapes: Shapes) -> str:
    panel = shapes.width * shapes.height
    boxes = sum(box.area for box in shapes.boxes) / panel
    broad = sum(region.area for region in shapes.broad) / panel
    if density := _density(shapes):
        return density
    if _is_tiled(shapes):
        return "heatmap with text labels in the cells" if _cells_hold_text(shapes) else "heatmap"
    if _is_plane(shapes) and (area := _of_areas(shapes)):
        return area
    if boxes > 0.05 and boxes > broad and len(shapes.dots) < 2 * len(shapes.boxes):
        return _of_boxes(shapes)
    if broad > 0.08 and (area := _of_areas(shapes)):
        return area
    return _of_lines(shapes) or (_of_dots(shapes) if len(shapes.dots) >= 3 else "")


def _density(shapes: Shapes) -> str:
    """A chart whose axis says that it shows densities."""
    told = [box.text for box in shapes.anatomy.texts if "densit" in box.text.lower()]
    if not told or not shapes.broad:
        return ""
    if len(told) > 1:
        return "density plot with a row for each group"
    return "stacked density plot" if _colours(shapes.broad) > 1 else "density plot"


def _is_plane(shapes: Shapes) -> bool:
    """Whether the largest region is both wide and high, as no bar is."""
    regions = [*shapes.boxes, *shapes.broad]
    main = max(regions, key=lambda region: region.area, default=None)
    return (
        main is not None and main.width > 0.6 * shapes.width and main.height > 0.3 * shapes.height
    )


def _is_tiled(shapes: Shapes) -> bool:
    """Cells of many colours, side by side."""
    colours = _colours([*shapes.boxes, *shapes.broad])
    barred = shapes.anatomy.colour_bar is not None
    if shapes.front > 0.85 and (colours >= 6 or barred):
        return True
    alike = [box for box in shapes.boxes if box.width <= 0.06 * shapes.width]
    return barred and len(alike) > 60 and len(alike) > 0.8 * len(shapes.boxes)


def _cells_hold_text(shapes: Shapes) -> bool:
    cells = [box for box in shapes.boxes if box.area > 0.002 * shapes.width * shapes.height]
    cells += [one for one in shapes.broad if one.fill > 0.8 and one.width > 0.03 * shapes.width]
    return 2 <= len(cells) <= 100 and _letters(shapes) >= 0.6 * len(cells)


def _colours(regions: list[Region]) -> int:
    return len({tuple((region.colour // 16).astype(int)) for region in regions})


def _pieces(mask: Mask) -> NDArray[np.int64]:
    """Left, top, width, height and area of the connected parts of a mask."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return np.asarray(stats[1:], dtype=np.int64)


def _letter_boxes(shapes: Shapes) -> NDArray[np.int64]:
    """The parts in the plotting area that have the size of letters."""
    found = _pieces(shapes.rest)
    tall = (found[:, 3] >= 5) & (found[:, 3] <= 22) & (found[:, 2] >= 2) & (found[:, 2] <= 22)
    # What is left of a grid line between bars is a bar of its own width, full, one over the other.
    full = (found[:, 2] <= 3) & (found[:, 4] >= 0.9 * found[:, 2] * found[:, 3])
    lefts = found[full][:, 0]
    above = np.array([(np.abs(lefts - left) <= 1).sum() > 1 for left in found[:, 0]], dtype=bool)
    kept: NDArray[np.int64] = found[tall & (found[:, 4] >= 8) & ~(full & above)]
    return kept


def _letters(shapes: Shapes) -> int:
    return len(_letter_boxes(shapes))


def _letters_inside(shapes: Shapes) -> int:
    """How many letters stand on filled rectangles."""
    panel = shapes.anatomy.panel
    found = _letter_boxes(shapes)
    xs = panel.left + found[:, 0] + found[:, 2] // 2
    ys = panel.top + found[:, 1] + found[:, 3] // 2
    within = np.zeros(len(found), dtype=bool)
    for box in shapes.boxes:
        within |= (xs > box.left) & (xs < box.right) & (ys > box.top) & (ys < box.bottom)
    return int(within.sum())


# ── bars ────────────────────────────────────────────────────────────────────────────────────


def _of_boxes(shapes: Shapes) -> str:
    boxes = shapes.boxes
    lefts, rights = _ends(boxes, "left"), _ends(boxes, "right")
    tops, bottoms = _ends(boxes, "top"), _ends(boxes, "bottom")
    upright = _alike(rights - lefts) + _shared(bottoms)
    lying = _alike(bottoms - tops) + _shared(lefts)
    if lying > upright:
        return _bars(shapes, (tops, bottoms), (lefts, rights), lying=True)
    return _bars(shapes, (lefts, rights), (-bottoms, -tops), lying=False)


def _ends(boxes: list[Region], side: str) -> NDArray[np.int64]:
    return np.array([getattr(box, side) for box in boxes], dtype=np.int64)


def _shared(values: NDArray[np.int64]) -> float:
    """The share of the values that are the commonest one."""
    return float(max((np.abs(values - value) <= 3).mean() for value in values))


def _alike(values: NDArray[np.int64]) -> float:
    """The share of the values that are like the middle one."""
    middle = float(np.median(values))
    return float((np.abs(values - middle) <= max(2.0, 0.08 * middle)).mean())


def _bars(
    shapes: Shapes,
    across: tuple[NDArray[np.int64], NDArray[np.int64]],
    along: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    lying: bool,
) -> str:
    """Bars, from where they stand (`across`) and where they begin and end (`along`)."""
    starts, ends = along
    count = len(starts)
    overlay = "" if lying else _overlay(shapes, across)
    places = _places(across[0])
    colours = _colours(shapes.boxes)
    flat = "horizontal " if lying else ""
    text = " with labels" if _letters(shapes) >= max(3, 0.6 * count) else ""
    base = int(starts.min())
    if not lying:
        base = max(starts.tolist(), key=lambda value: int((np.abs(starts - value) <= 3).sum()))
    on_base = np.abs(starts - base) <= 3
    hanging = np.abs(ends - base) <= 4
    if not lying and _touching(across) > 0.6 and _is_measured_along(shapes):
        return "histogram with a mean line" if _has_rule(shapes) else "histogram"
    if overlay == "a line on a separate axis":
        return f"bar chart with {overlay}"
    if not lying and _alike(starts + ends) > 0.9 and _shared(starts) < 0.6:
        return "heat lane chart"
    stacked = count > 1.25 * places
    if stacked and colours >= 2:
        threshold = any("threshold" in e.label.text.lower() for e in shapes.anatomy.legend)
        if threshold:
            return "bar chart with a threshold line"
        if lying and not _base_everywhere(across[0], on_base):
            return "diverging stacked bar chart"
        inside = " with labels" if _letters_inside(shapes) >= 0.6 * count else ""
        return f"{flat}stacked bar chart{inside}"
    if (on_base | hanging).mean() < 0.6:
        if lying:
            return (
                "bar chart with a range from the minimum to the maximum" if text else "gantt chart"
            )
        return "waterfall chart" if colours >= 2 else "bar chart with a range"
    if overlay:
        return f"bar chart with {overlay}"
    named = len(shapes.anatomy.legend) >= 2
    if colours >= 2 and _panels(shapes) > 1:
        return f"{flat}bar chart with a separate panel for each group"
    if colours >= 2 and named and shapes.anatomy.colour_bar is None:
        return f"{flat}grouped bar chart{text}"
    return f"{flat}bar chart{text}"


def _panels(shapes: Shapes) -> int:
    """How many framed panels stand side by side in what was taken for one."""
    panel = shapes.anatomy.panel
    part = shapes.anatomy.raster.rgb[panel.top : panel.bottom, panel.left : panel.right]
    frames = np.flatnonzero((greatest(part) < 90).mean(axis=0) > 0.95)
    inner = frames[(frames > 0.03 * shapes.width) & (frames < 0.97 * shapes.width)]
    return 1 + _places(inner) // 2 if len(inner) >= 2 else 1


def _is_measured_along(shapes: Shapes) -> bool:
    """Whether bars stand on a scale of numbers: one colour (or a scale of them), few names."""
    x, tones = shapes.anatomy.x, [box for box in shapes.boxes if box.width > 8]
    named = x.kind == "category" and len(x.labels) >= 0.7 * len(shapes.boxes)
    colours = _colours(tones)
    return not named and (colours <= 1 or shapes.anatomy.colour_bar is not None or colours > 6)


def _places(starts: NDArray[np.int64]) -> int:
    """How many different places bars stand at."""
    return 1 + int((np.diff(np.sort(starts)) > 4).sum())


def _touching(across: tuple[NDArray[np.int64], NDArray[np.int64]]) -> float:
    """The share of the neighbours without a gap between them."""
    order = np.argsort(across[0])
    starts, ends = across[0][order], across[1][order]
    if len(starts) < 4:
        return 0.0
    return float(((starts[1:] - ends[:-1]) <= 4).mean())


def _base_everywhere(places: NDArray[np.int64], on_base: Mask) -> bool:
    """Whether one part of each bar begins at the common base."""
    grouped: dict[int, bool] = {}
    for place, begins in zip((places // 5).tolist(), on_base.tolist(), strict=True):
        grouped[place] = grouped.get(place, False) or begins
    return sum(grouped.values()) >= 0.8 * len(grouped)


def _has_rule(shapes: Shapes) -> bool:
    """A line of another colour from the bottom to the top."""
    high = 0.9 * shapes.height
    thin = [r for r in [*shapes.boxes, *shapes.broad] if r.width <= 8 and r.height >= high]
    return bool(thin)


def _overlay(shapes: Shapes, across: tuple[NDArray[np.int64], NDArray[np.int64]]) -> str:
    """What is drawn over bars: a line, ticks, error bars; empty when nothing is."""
    area = panel_pixels(shapes.anatomy)
    bars = shapes.boxes[0].colour
    front, lightest = foreground(shapes.anatomy, area), greatest(area)
    other = front & (greatest(np.abs(area - bars)) > 90)
    vivid = lightest - least(area) > 90
    found = _pieces(other & vivid)
    long = found[(found[:, 2] > 0.3 * shapes.width)]
    if len(long):
        return "a line on a separate axis"
    breadth = float(np.median(across[1] - across[0]))
    ticks = (found[:, 3] <= 5) & (np.abs(found[:, 2] - breadth) < 0.4 * breadth)
    if ticks.sum() >= max(2, 0.3 * len(across[0])):
        return "tick marks"
    dark = front & (lightest < 70)
    uprights = _pieces(dark)
    tall = (uprights[:, 3] > 12) & (uprights[:, 3] < 0.8 * shapes.height)
    thin = tall & (uprights[:, 2] <= 0.6 * breadth) & (uprights[:, 2] <= 24)
    return "error bars" if thin.sum() >= max(3, 0.5 * len(across[0])) else ""


# ── areas and dots ──────────────────────────────────────────────────────────────────────────


def _of_areas(shapes: Shapes) -> str:
    panel = shapes.anatomy.panel
    wide = [one for one in shapes.broad + shapes.boxes if one.width > 0.35 * shapes.width]
    if not wide:
        return ""
    if shapes.front > 0.95 and len(wide) >= 2:
        return "normalized stacked area chart"
    main = wide[0]
    feet = np.flatnonzero(main.mask[:, main.width // 2])
    rests = main.top + int(feet.max()) >= panel.bottom - 0.12 * shapes.height
    if not rests and len(wide) <= 3:
        return "line chart with a confidence band"
    colours = _colours(wide)
    return "stacked area chart" if colours >= 2 else "area chart"


def _of_lines(shapes: Shapes) -> str:
    """Lines from one side to the other, with or without points on them."""
    area = panel_pixels(shapes.anatomy)
    front = foreground(shapes.anatomy, area)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(front.astype(np.uint8), connectivity=8)
    found = np.asarray(stats, dtype=np.int64)
    found[0] = 0  # the background
    strokes = (found[:, 2] <= 4) & (found[:, 3] >= 8) & (found[:, 3] <= 40)
    if strokes.sum() >= 15 and strokes.sum() > 0.4 * (found[:, 3] >= 8).sum():
        return "strip plot"
    sparse = found[:, 4] < 0.25 * found[:, 2] * found[:, 3]
    wide = np.flatnonzero((found[:, 2] > 0.4 * shapes.width) & (found[:, 3] > 4) & sparse)
    if not len(wide):
        return ""
    if len(shapes.dots) >= 8:
        panel = shapes.anatomy.panel
        on_line = [
            labels[dot.top + dot.height // 2 - panel.top, dot.left + dot.width // 2 - panel.left]
            in wide
            for dot in shapes.dots
        ]
        return "line chart with point markers" if np.mean(on_line) > 0.6 else ""
    main = np.asarray(labels == wide[0])
    if _swells(main):
        return "trail chart"
    if _steps(main):
        return "step line chart"
    several = len(shapes.anatomy.legend) >= 2 or 2 <= len(shapes.dots) <= 6 or len(wide) > 1
    return "multi-line chart" if several else "line chart"


def _swells(line: Mask) -> bool:
    """Whether a line is much thicker in some places than in others."""
    deep = cv2.distanceTransform(line.astype(np.uint8), cv2.DIST_L2, 3)
    ridge = deep[deep >= 1.0]
    return bool(len(ridge)) and bool(np.mean(ridge >= 3.5) > 0.08) and float(np.median(ridge)) < 3


def _steps(line: Mask) -> bool:
    """Whether a line runs level and then straight up or down."""
    part = line[:, line.any(axis=0)]
    tops = part.argmax(axis=0)
    extents = part.sum(axis=0)
    level = float((np.diff(tops) == 0).mean())
    return level > 0.75 and int((extents > 8).sum()) >= 3


def _of_dots(shapes: Shapes) -> str:
    dots = shapes.dots
    sizes = np.array([dot.area for dot in dots], dtype=np.float64)
    xs, ys = _ends(dots, "left") + _widths(dots) // 2, _ends(dots, "top") + _widths(dots) // 2
    lattice = _in_rows(xs) and _in_rows(ys) and len(dots) > 1.4 * (_places(xs) + _places(ys))
    varied = float(np.percentile(sizes, 90) / max(np.percentile(sizes, 10), 1.0)) > 4
    if varied and lattice:
        return "bubble table" if shapes.anatomy.y.kind == "category" else "binned bubble plot"
    if varied or re.search(r"\bsize\b", shapes.anatomy.title.lower()):
        return "bubble plot"
    if _has_margins(shapes):
        return "scatter plot with marginal histograms"
    whiskers = _pieces(shapes.rest)
    lying = (whiskers[:, 2] > 0.04 * shapes.width) & (whiskers[:, 3] <= 20)
    upright = (whiskers[:, 3] > 0.04 * shapes.height) & (whiskers[:, 2] <= 20)
    if max(lying.sum(), upright.sum()) >= 0.8 * len(dots) and len(dots) <= 40:
        return "error bar chart with confidence intervals"
    if _letters(shapes) >= 0.7 * len(dots) and len(dots) <= 60:
        return "scatter plot with labels"
    return "scatter plot"


def _in_rows(places: NDArray[np.int64]) -> bool:
    """Whether places along an axis come in groups of the same place."""
    order = np.sort(places)
    parts = np.split(order, np.flatnonzero(np.diff(order) > 4) + 1)
    return max(int(part.max() - part.min()) for part in parts) <= 8


def _has_margins(shapes: Shapes) -> bool:
    """Whether filled shapes stand both above and right of the plotting area."""
    panel, raster = shapes.anatomy.panel, shapes.anatomy.raster
    ink = differs(raster.rgb, raster.page, 30)
    above = ink[: max(panel.top - 4, 0), panel.left : panel.right]
    beside = ink[panel.top : panel.bottom, panel.right + 4 :]
    if not above.size or not beside.size:
        return False
    return float(min(above.mean(), beside.mean())) > 0.15


def _widths(dots: list[Region]) -> NDArray[np.int64]:
    return np.array([dot.width for dot in dots], dtype=np.int64)
