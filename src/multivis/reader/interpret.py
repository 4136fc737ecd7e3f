"""From a picture to a reading: which kind of chart, then its data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from multivis.errors import ImageError, MissingExtraError

try:
    import cv2
    import scipy  # noqa: F401  (what is imported below needs it)
except ImportError as error:
    raise MissingExtraError("Reading charts from pictures", extra="reader") from error

from multivis.reader.anatomy import Anatomy
from multivis.reader.areas import read_area
from multivis.reader.bars import Bar, find_bars
from multivis.reader.boxes import read_boxes
from multivis.reader.columns import read_bars
from multivis.reader.curves import read_lines, unnamed_colours
from multivis.reader.heatmaps import read_heat_map
from multivis.reader.marks import Region, panel_pixels, solid_regions
from multivis.reader.picture import Picture, open_picture
from multivis.reader.points import read_scatter
from multivis.reader.raster import Floats, hex_colour
from multivis.reader.reading import AxisReading, ChartReading
from multivis.reader.scales import Scale
from multivis.reader.wheels import read_pie

__all__ = ["read_chart"]

_SMALL = 560
_LARGE = 900
_DOUBTFUL = 0.75


def read_chart(image: str | Path | bytes | Picture, *, render_check: bool = True) -> ChartReading:
    """Read a chart from its picture, with no model.

    Args:
        image: Path or bytes of a PNG, JPEG, GIF, WebP or BMP file, or an opened picture.
        render_check: Draw the reading again, compare, and change what does not fit (another kind
            of mark, a series the legend does not name, axes that are off); the result is part of
            `confidence`, and a reading that does not look like the picture is refused.

    Returns:
        The reading. Its `kind` is None, with a `reason`, when the picture holds no chart that
        can be read: nothing is invented.

    Raises:
        ImageError: The file is missing, damaged, or not an image.
        MissingExtraError: The `reader` extra is not installed.
    """
    picture = open_picture(image)
    reading = _attempted(picture, render_check=render_check)
    if reading.kind is None and picture.longest <= _SMALL:
        # Labels of a few pixels are read better when they are larger.
        again = _attempted(picture.enlarged, render_check=render_check)
        if again.kind is not None:
            reading = again
    if reading.confidence < _DOUBTFUL and picture.longest >= _LARGE:
        # Lines and letters may be larger than charts of this size have.
        again = _attempted(picture.reduced, render_check=render_check)
        if again.kind is not None and again.confidence > reading.confidence:
            reading = again
    return reading


def _attempted(picture: Picture, *, render_check: bool) -> ChartReading:
    """The reading of a picture; a refusal when what is in it defies measuring.

    Any picture may come, so that a step may meet what it cannot compute with: an axis without
    length, a mark without pixels.
    """
    try:
        return _checked(picture, render_check=render_check)
    except (ArithmeticError, LookupError, ValueError, cv2.error) as error:
        return ChartReading(None, f"its parts cannot be measured ({type(error).__name__})")


def _checked(picture: Picture, *, render_check: bool) -> ChartReading:
    """The reading of a picture, refined."""
    raster = picture.raster
    readings = _readings(picture)
    reading = next(readings)
    if reading.kind is not None and render_check:
        from multivis.reader.compare import judge_reading
        from multivis.reader.refine import refined

        reading, score = refined(raster, reading, readings)
        judge_reading(reading, score)
    reading.width, reading.height = raster.size
    return reading


def require_chart(reading: ChartReading) -> ChartReading:
    """The reading itself, or an error when it is none.

    Raises:
        ImageError: The picture holds no chart that can be read.
    """
    if reading.kind is None:
        raise ImageError(
            f"This is not a chart that can be read: {reading.reason}.",
            hint="Give a picture of one bar, line, scatter, area, pie, histogram, box or heat map.",
        )
    return reading


def _readings(picture: Picture) -> Iterator[ChartReading]:
    """What the picture may show, the likeliest first; a refusal alone when it shows no chart."""
    if picture.disc is not None:
        pie = read_pie(picture.raster, picture.disc)
        if pie is not None:
            yield pie
            return
    anatomy = picture.anatomy
    if anatomy is None:
        yield ChartReading(None, "there are no axes, no plotting area and no disc in it")
        return
    found = False
    reason = ChartReading(None, "nothing in the plotting area has the form of a known mark")
    for reading in _interpretations(anatomy):
        if reading.kind is None:
            reason = reading
            break
        found = True
        yield _dress(anatomy, reading)
    if not found:
        yield reason


def _interpretations(anatomy: Anatomy) -> Iterator[ChartReading]:
    """Each kind of mark in turn, as long as the one who asks wants more."""
    numeric = [scale for scale in (anatomy.x, anatomy.y) if scale.kind != "category"]
    labelled = len(anatomy.x.labels) + len(anatomy.y.labels)
    if labelled < 2:
        yield ChartReading(None, "its axes carry no labels that can be read")
        return
    area = panel_pixels(anatomy)
    regions = solid_regions(anatomy)
    heat = read_heat_map(anatomy, area)
    if heat is not None:
        yield heat
        return
    if not numeric:
        yield ChartReading(None, "neither axis has a scale that can be read")
        return
    large = [region for region in regions if region.width >= 3 and region.height >= 3
             and region.area >= 30]  # fmt: skip
    covered = sum(region.area for region in large) / (anatomy.panel.width * anatomy.panel.height)
    attempts: tuple[Callable[[], ChartReading | None], ...] = (
        lambda: read_boxes(anatomy, area, regions),
        lambda: _bars(anatomy, area, regions, covered) if large else None,
        lambda: read_area(anatomy, area, regions) if covered > 0.02 else None,
        lambda: read_scatter(anatomy, area),
        lambda: _lines(anatomy, area, None),
        lambda: _lines(anatomy, area, unnamed_colours(anatomy, area)),
    )
    for attempt in attempts:
        try:
            reading = attempt()
        except (ArithmeticError, LookupError, ValueError, cv2.error):
            # What this kind of mark needs is not there; another kind may fit.
            continue
        if reading is not None:
            yield reading


def _bars(
    anatomy: Anatomy, area: Floats, regions: list[Region], covered: float
) -> ChartReading | None:
    found = find_bars(anatomy, area, regions)
    if found is None or not _are_bars(anatomy, found, covered):
        return None
    return read_bars(anatomy, *found)


def _lines(anatomy: Anatomy, area: Floats, more: list[Floats] | None) -> ChartReading | None:
    """Lines; with colours that the legend does not name, when there are such."""
    if more is not None and not more:
        return None
    lines = read_lines(anatomy, area, more or [])
    if lines is None or not lines.series:
        return None
    kind = "line with points" if lines.markers else "line"
    return ChartReading(kind, series=lines.series, notes=lines.notes)


def _are_bars(anatomy: Anatomy, found: tuple[str, list[Bar]], covered: float) -> bool:
    """Bars have breadth; points of a scatter plot or of a line do not."""
    bars = found[1]
    breadth = float(np.median([bar.thickness for bar in bars]))
    length = float(np.max([abs(bar.end - bar.start) for bar in bars]))
    least = 0.012 * min(anatomy.panel.width, anatomy.panel.height)
    if covered < 0.002:
        return False
    return breadth >= min(6.0, least) and (length > 2.2 * breadth or breadth > 24 or covered > 0.04)


def _dress(anatomy: Anatomy, reading: ChartReading) -> ChartReading:
    """Add what stands around the marks."""
    panel, raster = anatomy.panel, anatomy.raster
    reading.title = anatomy.title
    reading.legend_title = anatomy.legend_title
    if not reading.x.ticks:
        reading.x = axis_reading(anatomy.x, anatomy.x_title, panel.left, panel.right)
    if not reading.y.ticks:
        reading.y = axis_reading(anatomy.y, anatomy.y_title, panel.bottom, panel.top)
    reading.look = panel.look
    reading.panel = (
        panel.left / raster.width,
        panel.top / raster.height,
        panel.right / raster.width,
        panel.bottom / raster.height,
    )
    reading.background = hex_colour(raster.page)
    reading.plot_background = hex_colour(panel.colour)
    reading.grid = hex_colour(panel.grid_colour) if panel.grid_colour is not None and (
        panel.rows or panel.columns) else ""  # fmt: skip
    reading.legend = _legend_place(anatomy)
    reading.fonts = _fonts(anatomy)
    turned = [box.angle for box in anatomy.texts if box.angle and box.top >= panel.bottom - 2]
    reading.label_angle = round(float(np.median(turned)), 1) if turned else None
    reading.notes = [*anatomy.notes, *reading.notes]
    scores = [box.score for box in anatomy.texts]
    reading.confidence = float(np.mean(scores)) if scores else 0.3
    return reading


def axis_reading(scale: Scale, title: str, start: float, end: float) -> AxisReading:
    """An axis in data units; `start` and `end` are its pixel ends."""
    if scale.kind == "category":
        return AxisReading(title, "category", ticks=[text for _, text in scale.labels])
    low, high = sorted((scale.value(start), scale.value(end)))
    ticks = [value for _, value in scale.ticks]
    if not all(math.isfinite(value) for value in (low, high)):
        return AxisReading(title, "category")
    return AxisReading(title, scale.kind, low, high, ticks)


def _legend_place(anatomy: Anatomy) -> str:
    if not anatomy.legend:
        return "none"
    if anatomy.legend_box is not None:
        return "inside"
    panel = anatomy.panel
    entry = anatomy.legend[0]
    if entry.swatch.left >= panel.right:
        return "right"
    if entry.swatch.bottom <= panel.top:
        return "top"
    if entry.swatch.top >= panel.bottom:
        return "bottom"
    return "left"


def _fonts(anatomy: Anatomy) -> dict[str, float]:
    """Heights of the text by role in pixels of the file."""
    scale = anatomy.raster.scale
    fonts: dict[str, float] = {}
    if anatomy.title_box is not None:
        fonts["title"] = round(anatomy.title_box.height * 1.15 * scale, 1)
    heights = [entry.label.height for entry in anatomy.legend]
    if heights:
        fonts["legend"] = round(float(np.median(heights)) * 1.15 * scale, 1)
    ticks = [
        box.height for box in anatomy.texts if box.angle == 0 and box.bottom > anatomy.panel.top
    ]
    if ticks:
        fonts["tick"] = round(float(np.median(ticks)) * 1.25 * scale, 1)
    return fonts


__all__ += ["axis_reading", "require_chart"]
