"""What was read from a picture of a chart."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

__all__ = ["KINDS", "AxisReading", "ChartReading", "SeriesReading"]

KINDS = (
    "bar",
    "horizontal bar",
    "grouped bar",
    "stacked bar",
    "line",
    "line with points",
    "scatter",
    "area",
    "pie",
    "donut",
    "histogram",
    "box",
    "heat map",
)

_DATA_COLUMNS = ("z", "bin_start", "bin_end", "low", "q1", "median", "q3", "high")


@dataclass
class SeriesReading:
    """One series, in data units.

    Attributes:
        name: From the legend; empty when there is none.
        x, y: Values or categories of each datum. For a pie `x` are the labels and `y` the
            angles in radians; for a heat map `x` and `y` are the cells' categories.
        error: Expected error of each measured value, in data units (one standard deviation).
        colour: Hex colour of the series.
        colours: Hex colour of each datum when they differ.
        markers, dashed: How a line is drawn.
        width, size: Line width and marker diameter in pixels.
        extra: Further columns: ``z`` (heat map), ``bin_start``/``bin_end`` (histogram),
            ``q1``, ``median``, ``q3``, ``low``, ``high`` (box); and for drawing: ``base`` (stacked
            areas), ``hole`` and ``start`` (rings and pies), ``lying`` (bars that lie), ``place``,
            ``breadth`` (shares of the panel) and ``hollow`` (boxes).
        hidden: Indices of data that lie under other marks and were inferred.
    """

    name: str
    x: list[Any]
    y: list[Any]
    error: list[float]
    colour: str
    colours: list[str] = field(default_factory=list)
    markers: bool = False
    dashed: bool = False
    width: float = 2.0
    size: float = 6.0
    extra: dict[str, list[float]] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)


@dataclass
class AxisReading:
    """One axis: its title, the kind of its scale and the range it shows, in data units."""

    title: str = ""
    kind: str = "category"
    low: float = math.nan
    high: float = math.nan
    ticks: list[Any] = field(default_factory=list)


@dataclass
class ChartReading:
    """A chart as read from a picture.

    Attributes:
        kind: One of `KINDS`, or None when the picture holds no chart that can be read.
        reason: Why not, when `kind` is None.
        series: The data.
        x, y: The axes (empty titles when there are none).
        title, legend_title: Texts.
        legend: ``"right"``, ``"top"``, ``"bottom"``, ``"left"``, ``"inside"`` or ``"none"``.
        look: ``"plotly"``, ``"altair"``, ``"matplotlib"`` or ``"other"``.
        width, height: Of the picture in pixels.
        panel: Left, top, right, bottom of the plotting area as shares of the picture.
        fonts: Pixel height of text by role: title, axis, tick, legend.
        background, plot_background, grid: Colours; `grid` empty when there is none.
        label_angle: Turn of the x labels in degrees, None when they stand upright as usual.
        confidence: 0..1: how well the picture drawn from the reading matches, and how sure
            the texts are.
        notes: What was assumed or inferred.
    """

    kind: str | None
    reason: str = ""
    series: list[SeriesReading] = field(default_factory=list)
    x: AxisReading = field(default_factory=AxisReading)
    y: AxisReading = field(default_factory=AxisReading)
    title: str = ""
    legend_title: str = ""
    legend: str = "none"
    look: str = "other"
    width: int = 0
    height: int = 0
    panel: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    fonts: dict[str, float] = field(default_factory=dict)
    background: str = "#FFFFFF"
    plot_background: str = "#FFFFFF"
    grid: str = ""
    label_angle: float | None = None
    confidence: float = 0.0
    notes: list[str] = field(default_factory=list)

    def table(self) -> list[dict[str, Any]]:
        """The data, one row per datum.

        Returns:
            Rows with ``series``, ``x``, ``y``, ``error`` and the columns of `extra`.
        """
        rows = []
        for series in self.series:
            for index, (x, y) in enumerate(zip(series.x, series.y, strict=True)):
                row = {"series": series.name, "x": x, "y": y, "error": series.error[index]}
                row.update(
                    {
                        key: values[index]
                        for key, values in series.extra.items()
                        if key in _DATA_COLUMNS
                    }
                )
                rows.append(row)
        return rows

    def plotly(self) -> dict[str, Any]:
        """The chart as Plotly figure JSON (``data`` and ``layout``)."""
        from multivis.reader.plotly_spec import plotly_figure

        return plotly_figure(self)

    def vega_lite(self) -> dict[str, Any]:
        """The chart as a Vega-Lite specification with inline data."""
        from multivis.reader.vega_spec import vega_lite_spec

        return vega_lite_spec(self)

    def to_style(self) -> dict[str, Any]:
        """How the chart looks, without its data, for drawing other data alike.

        Returns:
            The keys of `multivis.reader.style.STYLE_KEYS`.
        """
        from multivis.reader.style import reading_style

        return reading_style(self)

    def to_json(self) -> dict[str, Any]:
        """Everything that was read, as JSON types."""
        from dataclasses import asdict

        content = asdict(self)
        content["style"] = self.to_style() if self.kind else {}
        plain = _plain(content)
        return dict(plain)


def _plain(value: Any) -> Any:
    """JSON types; NaN becomes None."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) or math.isinf(value) else round(value, 6)
    return value
