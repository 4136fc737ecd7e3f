"""A plain drawing of a reading, to set beside its picture and to compare with it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from multivis.reader.reading import AxisReading, ChartReading, SeriesReading

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

__all__ = ["draw_reading"]

_SMOOTH = 2
_Box = tuple[float, float, float, float]


def draw_reading(
    reading: ChartReading,
    width: int,
    height: int,
    *,
    texts: bool = True,
    part: tuple[int, int, int, int] | None = None,
) -> Image:
    """Draw a reading at the size and with the panel of its picture.

    Args:
        reading: A reading with a kind.
        width, height: Pixels.
        texts: Whether to write labels, titles and the legend.
        part: Left, top, right, bottom of the part that is wanted, all of it unless given.
    """
    from PIL import Image, ImageDraw

    large = Image.new("RGB", (width * _SMOOTH, height * _SMOOTH), reading.background)
    pen = ImageDraw.Draw(large)
    left, top, right, bottom = reading.panel
    box = (
        left * large.width,
        top * large.height,
        right * large.width,
        bottom * large.height,
    )
    if reading.kind in ("pie", "donut"):
        _draw_pie(pen, reading, box)
    else:
        _rectangle(pen, box, fill=reading.plot_background, outline="#888888")
        _draw_marks(pen, reading, box)
    if part is not None:
        first, upper, last, lower = (end * _SMOOTH for end in part)
        size = (part[2] - part[0], part[3] - part[1])
        return large.resize(size, Image.Resampling.BOX, box=(first, upper, last, lower))
    picture = large.resize((width, height), Image.Resampling.BOX)
    if texts:
        _write(ImageDraw.Draw(picture), reading, width, height)
    return picture


def _rectangle(pen: ImageDraw, box: _Box, **style: Any) -> None:
    """A rectangle between two corners, in whatever order they come."""
    across, along = sorted((box[0], box[2])), sorted((box[1], box[3]))
    pen.rectangle((across[0], along[0], across[1], along[1]), **style)


def _place(axis: AxisReading, value: Any, start: float, end: float) -> float:
    """The pixel of a value between the ends of an axis."""
    if axis.kind == "category":
        names = [str(tick) for tick in axis.ticks]
        index = names.index(str(value)) if str(value) in names else 0
        return start + (end - start) * (index + 0.5) / max(len(names), 1)
    low, high, number = axis.low, axis.high, float(value)
    if axis.kind == "log":
        low, high, number = (math.log10(max(part, 1e-300)) for part in (low, high, number))
    return start + (end - start) * (number - low) / ((high - low) or 1.0)


def _draw_pie(pen: ImageDraw, reading: ChartReading, box: _Box) -> None:
    series = reading.series[0]
    start = -90.0 + math.degrees(series.extra.get("start", [0.0])[0])
    for angle, colour in zip(series.y, series.colours, strict=True):
        end = start + math.degrees(float(angle))
        pen.pieslice(box, start, end, fill=colour)
        start = end
    if reading.kind == "donut":
        hole = series.extra["hole"][0]
        middle_x, middle_y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        radius = (box[2] - box[0]) / 2 * hole
        inner = (middle_x - radius, middle_y - radius, middle_x + radius, middle_y + radius)
        pen.ellipse(inner, fill=reading.background)


def _draw_marks(pen: ImageDraw, reading: ChartReading, box: _Box) -> None:
    if reading.kind in ("bar", "horizontal bar", "grouped bar", "stacked bar"):
        _draw_bars(pen, reading, box)
    elif reading.kind == "histogram":
        _draw_histogram(pen, reading, box)
    elif reading.kind == "heat map":
        _draw_cells(pen, reading, box)
    elif reading.kind == "box":
        _draw_boxes(pen, reading, box)
    else:
        for index, series in enumerate(reading.series):
            _draw_line(pen, reading, series, index, box)


def _draw_line(
    pen: ImageDraw, reading: ChartReading, series: SeriesReading, index: int, box: _Box
) -> None:
    raised = list(series.y)
    if reading.kind == "area" and "base" in series.extra:
        raised = [y + base for y, base in zip(series.y, series.extra["base"], strict=True)]
    points = [
        (_place(reading.x, x, box[0], box[2]), _place(reading.y, y, box[3], box[1]))
        for x, y in zip(series.x, raised, strict=True)
    ]
    if reading.kind == "area":
        bases = series.extra.get("base", [0.0] * len(points))
        lower = [
            (point[0], _place(reading.y, base, box[3], box[1]))
            for point, base in zip(points, bases, strict=True)
        ]
        pen.polygon([*points, *reversed(lower)], fill=series.colour)
        return
    if reading.kind != "scatter":
        pen.line(points, fill=series.colour, width=max(1, round(series.width * _SMOOTH)))
    if series.markers:
        radius = series.size * _SMOOTH / 2
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=series.colour)
    del index


def _draw_bars(pen: ImageDraw, reading: ChartReading, box: _Box) -> None:
    lying = reading.kind == "horizontal bar" or any(
        "lying" in series.extra for series in reading.series
    )
    across, along = (reading.y, reading.x) if lying else (reading.x, reading.y)
    names = list(dict.fromkeys(str(x) for series in reading.series for x in series.x))
    if lying and reading.look != "altair":
        names = names[::-1]
    length = (box[3] - box[1]) if lying else (box[2] - box[0])
    step = length / max(len(names), 1)
    count = len(reading.series) if reading.kind == "grouped bar" else 1
    heaps = dict.fromkeys(names, 0.0)
    del across
    for number, series in enumerate(reading.series):
        for index, (name, value) in enumerate(zip(series.x, series.y, strict=True)):
            base = heaps[str(name)] if reading.kind == "stacked bar" else 0.0
            heaps[str(name)] = base + float(value)
            low = names.index(str(name)) * step + 0.1 * step
            if count > 1:
                low += number * 0.8 * step / count
            high = low + 0.8 * step / count
            colour = series.colours[index] if series.colours else series.colour
            if lying:
                ends = sorted(_place(along, part, box[0], box[2]) for part in (base, base + value))
                _rectangle(pen, (ends[0], box[1] + low, ends[1], box[1] + high), fill=colour)
            else:
                ends = sorted(_place(along, part, box[3], box[1]) for part in (base, base + value))
                _rectangle(pen, (box[0] + low, ends[0], box[0] + high, ends[1]), fill=colour)


def _draw_histogram(pen: ImageDraw, reading: ChartReading, box: _Box) -> None:
    for series in reading.series:
        rows = zip(series.extra["bin_start"], series.extra["bin_end"], series.y, strict=True)
        for start, end, count in rows:
            left, right = sorted(_place(reading.x, part, box[0], box[2]) for part in (start, end))
            top, bottom = sorted(_place(reading.y, part, box[3], box[1]) for part in (0.0, count))
            _rectangle(pen, (left, top, right - 1, bottom), fill=series.colour)


def _draw_cells(pen: ImageDraw, reading: ChartReading, box: _Box) -> None:
    series = reading.series[0]
    columns, rows = list(dict.fromkeys(series.x)), list(dict.fromkeys(series.y))
    wide, tall = (box[2] - box[0]) / len(columns), (box[3] - box[1]) / len(rows)
    for x, y, colour in zip(series.x, series.y, series.colours, strict=True):
        left, top = box[0] + columns.index(x) * wide, box[1] + rows.index(y) * tall
        _rectangle(pen, (left, top, left + wide, top + tall), fill=colour)


def _draw_boxes(pen: ImageDraw, reading: ChartReading, box: _Box) -> None:
    for series in reading.series:
        for index in range(len(series.x)):
            at = {
                key: _place(reading.y, series.extra[key][index], box[3], box[1])
                for key in ("low", "q1", "median", "q3", "high")
            }
            places = series.extra.get("place") or _even(len(series.x))
            breadth = series.extra.get("breadth") or [0.5 / len(series.x)] * len(series.x)
            middle = box[0] + (box[2] - box[0]) * places[index]
            half = (box[2] - box[0]) * breadth[index] / 2
            left, right = middle - half, middle + half
            hollow = bool(series.extra.get("hollow", [0.0] * len(series.x))[index])
            colour = series.colours[index]
            line, inside = (colour, None) if hollow else ("#444444", colour)
            pen.line((middle, at["low"], middle, at["q1"]), fill=line, width=_SMOOTH)
            pen.line((middle, at["q3"], middle, at["high"]), fill=line, width=_SMOOTH)
            _rectangle(
                pen, (left, at["q3"], right, at["q1"]), fill=inside, outline=line, width=_SMOOTH
            )
            median = colour if hollow else "#FFFFFF"
            pen.line((left, at["median"], right, at["median"]), fill=median, width=2 * _SMOOTH)


def _even(count: int) -> list[float]:
    """The middles of so many even parts of 1."""
    return [(index + 0.5) / count for index in range(count)]


def _write(pen: ImageDraw, reading: ChartReading, width: int, height: int) -> None:
    """Tick labels, titles and the legend in plain type."""
    ink = "#2A3F5F"
    left, top, right, bottom = (
        reading.panel[0] * width,
        reading.panel[1] * height,
        reading.panel[2] * width,
        reading.panel[3] * height,
    )
    if reading.title:
        pen.text((left, max(top - 26, 2)), reading.title, fill=ink)
    if reading.kind not in ("pie", "donut"):
        for tick in reading.x.ticks:
            x = _place(reading.x, tick, left, right)
            pen.text((x, bottom + 5), _label(tick), fill=ink, anchor="ma")
        for tick in reading.y.ticks:
            y = _place(reading.y, tick, bottom, top)
            if reading.y.kind == "category":
                y = top + bottom - y
            pen.text((left - 5, y), _label(tick), fill=ink, anchor="rm")
        pen.text(((left + right) / 2, bottom + 22), reading.x.title, fill=ink, anchor="ma")
    rows = _legend_rows(reading)
    x = min(right + 14, width - 90)
    for index, (name, colour) in enumerate(rows[: max(1, int((height - top) // 16))]):
        y = top + 8 + 16 * index
        _rectangle(pen, (x, y - 4, x + 10, y + 4), fill=colour)
        pen.text((x + 15, y), name, fill=ink, anchor="lm")


def _legend_rows(reading: ChartReading) -> list[tuple[str, str]]:
    if reading.kind in ("pie", "donut"):
        series = reading.series[0]
        return [(str(name), colour) for name, colour in zip(series.x, series.colours, strict=True)]
    if reading.legend == "none":
        return []
    return [(series.name, series.colour) for series in reading.series if series.name]


def _label(tick: Any) -> str:
    return f"{tick:g}" if isinstance(tick, int | float) else str(tick)
