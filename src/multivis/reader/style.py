"""The look of a chart without its data."""

from __future__ import annotations

from typing import Any

from multivis.reader.reading import ChartReading

__all__ = ["MARKS", "STYLE_KEYS", "reading_style"]

STYLE_KEYS = (
    "kind",
    "mark",
    "orientation",
    "stacking",
    "palette",
    "background",
    "plot_background",
    "grid",
    "legend",
    "title",
    "axis_titles",
    "x_scale",
    "y_scale",
    "label_angle",
    "fonts",
    "line",
    "hole",
    "width",
    "height",
    "look",
)
"""Keys of a style.

========================  =====================================================================
``kind``                  the chart's kind, one of `KINDS`
``mark``                  ``bar``, ``line``, ``point``, ``area``, ``arc``, ``boxplot``, ``rect``
``orientation``           ``vertical`` or ``horizontal``
``stacking``              ``stack``, ``group`` or None
``palette``               hex colours in the order of series (or of bars and slices)
``background``            hex colour of the page
``plot_background``       hex colour of the plotting area
``grid``                  hex colour of the grid lines, or None
``legend``                ``right``, ``left``, ``top``, ``bottom``, ``inside`` or ``none``
``title``                 whether there is a title
``axis_titles``           ``{"x": bool, "y": bool}``
``x_scale``, ``y_scale``  ``linear``, ``log``, ``date`` or ``category``
``label_angle``           None, or the turn of the x labels in degrees
``fonts``                 pixel sizes by class: ``title``, ``legend``, ``tick``
``line``                  ``{"width", "dashed", "points"}`` for lines, else None
``hole``                  inner radius of a ring as a share, else None
``width``, ``height``     of the picture in pixels
``look``                  ``plotly``, ``altair``, ``matplotlib`` or ``other``
========================  =====================================================================
"""

MARKS = {
    "bar": "bar",
    "horizontal bar": "bar",
    "grouped bar": "bar",
    "stacked bar": "bar",
    "histogram": "bar",
    "line": "line",
    "line with points": "line",
    "scatter": "point",
    "area": "area",
    "pie": "arc",
    "donut": "arc",
    "box": "boxplot",
    "heat map": "rect",
}
"""Kind of chart to the mark that draws it, in the terms of Vega-Lite."""


def reading_style(reading: ChartReading) -> dict[str, Any]:
    """The style of a reading; keys as in `STYLE_KEYS`.

    Args:
        reading: A reading with a kind.
    """
    first = reading.series[0] if reading.series else None
    lying = reading.kind == "horizontal bar" or any(
        "lying" in series.extra for series in reading.series
    )
    lines = reading.kind in ("line", "line with points")
    return {
        "kind": reading.kind,
        "mark": MARKS.get(reading.kind or ""),
        "orientation": "horizontal" if lying else "vertical",
        "stacking": _stacking(reading),
        "palette": _palette(reading),
        "background": reading.background,
        "plot_background": reading.plot_background,
        "grid": reading.grid or None,
        "legend": reading.legend,
        "title": bool(reading.title),
        "axis_titles": {"x": bool(reading.x.title), "y": bool(reading.y.title)},
        "x_scale": reading.x.kind,
        "y_scale": reading.y.kind,
        "label_angle": reading.label_angle,
        "fonts": dict(reading.fonts),
        "line": {"width": first.width, "dashed": first.dashed, "points": first.markers}
        if lines and first is not None
        else None,
        "hole": first.extra["hole"][0] if reading.kind == "donut" and first is not None else None,
        "width": reading.width,
        "height": reading.height,
        "look": reading.look,
    }


def _stacking(reading: ChartReading) -> str | None:
    if reading.kind == "stacked bar" or (reading.kind == "area" and len(reading.series) > 1):
        return "stack"
    return "group" if reading.kind == "grouped bar" else None


def _palette(reading: ChartReading) -> list[str]:
    colours: list[str] = []
    for series in reading.series:
        colours += series.colours or ([series.colour] if series.colour else [])
    return list(dict.fromkeys(colours))
