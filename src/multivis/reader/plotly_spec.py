"""A reading as Plotly figure JSON."""

from __future__ import annotations

from typing import Any

from multivis.reader.reading import AxisReading, ChartReading, SeriesReading

__all__ = ["plotly_figure"]


def plotly_figure(reading: ChartReading) -> dict[str, Any]:
    """``{"data": [...], "layout": {...}}``; keys are left out where Plotly's default is meant.

    Args:
        reading: A reading with a kind.
    """
    builder = {
        "pie": _pie,
        "donut": _pie,
        "heat map": _heat_map,
        "box": _box,
        "histogram": _histogram,
    }.get(reading.kind or "")
    if builder is not None:
        data = builder(reading)
    elif reading.kind in ("bar", "horizontal bar", "grouped bar", "stacked bar"):
        data = [_bar(reading, series) for series in reading.series]
    else:
        data = [_scatter(reading, series) for series in reading.series]
    return {"data": data, "layout": _layout(reading)}


def _layout(reading: ChartReading) -> dict[str, Any]:
    layout: dict[str, Any] = {}
    if reading.title:
        layout["title"] = {"text": reading.title}
    if reading.kind not in ("pie", "donut"):
        for name, axis in (("xaxis", reading.x), ("yaxis", reading.y)):
            content = _axis(axis)
            # A line chart's axes are numeric; naming them says that values are in data units.
            if content or (reading.kind in ("line", "line with points", "scatter", "area")):
                layout[name] = content
        layout["showlegend"] = reading.legend != "none"
    if reading.kind == "grouped bar":
        layout["barmode"] = "group"
    if reading.kind == "stacked bar":
        layout["barmode"] = "stack"
    if reading.legend_title:
        layout["legend"] = {"title": {"text": reading.legend_title}}
    if reading.look != "plotly":
        layout["plot_bgcolor"] = reading.plot_background
        layout["paper_bgcolor"] = reading.background
    return layout


def _axis(axis: AxisReading) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if axis.title:
        content["title"] = {"text": axis.title}
    if axis.kind in ("log", "date"):
        content["type"] = axis.kind
    return content


def _bar(reading: ChartReading, series: SeriesReading) -> dict[str, Any]:
    lying = reading.kind == "horizontal bar" or bool(series.extra.get("lying"))
    trace: dict[str, Any] = {"type": "bar"}
    if series.name:
        trace["name"] = series.name
    trace["x"], trace["y"] = (series.y, series.x) if lying else (series.x, series.y)
    if lying:
        trace["orientation"] = "h"
    trace["marker"] = {"color": series.colours or series.colour}
    return trace


def _scatter(reading: ChartReading, series: SeriesReading) -> dict[str, Any]:
    trace: dict[str, Any] = {"type": "scatter"}
    if series.name:
        trace["name"] = series.name
    trace["x"], trace["y"] = series.x, series.y
    if reading.kind == "scatter":
        trace["mode"] = "markers"
        trace["marker"] = {"color": series.colour}
        if abs(series.size - 6) > 1:
            trace["marker"]["size"] = series.size
        return trace
    trace["mode"] = "lines+markers" if series.markers else "lines"
    line: dict[str, Any] = {"color": series.colour}
    if series.dashed:
        line["dash"] = "dash"
    if abs(series.width - 2) > 0.6:
        line["width"] = series.width
    trace["line"] = line
    if series.markers:
        trace["marker"] = {"color": series.colour}
        if abs(series.size - 6) > 1:
            trace["marker"]["size"] = series.size
    if reading.kind == "area":
        stacked = bool(series.extra.get("base"))
        trace["fill"] = "tonexty" if stacked else "tozeroy"
        if stacked:
            trace["stackgroup"] = "one"
            trace.pop("fill")
    return trace


def _pie(reading: ChartReading) -> list[dict[str, Any]]:
    series = reading.series[0]
    trace: dict[str, Any] = {"type": "pie", "labels": series.x, "values": series.y}
    trace["marker"] = {"colors": series.colours}
    if reading.kind == "donut":
        trace["hole"] = series.extra.get("hole", [0.5])[0]
    return [trace]


def _heat_map(reading: ChartReading) -> list[dict[str, Any]]:
    series = reading.series[0]
    columns = list(dict.fromkeys(series.x))
    rows = list(dict.fromkeys(series.y))
    cells = {(x, y): z for x, y, z in zip(series.x, series.y, series.extra["z"], strict=True)}
    grid = [[cells.get((column, row)) for column in columns] for row in rows]
    return [{"type": "heatmap", "x": columns, "y": rows, "z": grid}]


def _box(reading: ChartReading) -> list[dict[str, Any]]:
    traces = []
    for series in reading.series:
        extra = series.extra
        for index, name in enumerate(series.x):
            colours = series.colours or [series.colour] * len(series.x)
            traces.append(
                {
                    "type": "box",
                    "name": str(name),
                    "q1": [extra["q1"][index]],
                    "median": [extra["median"][index]],
                    "q3": [extra["q3"][index]],
                    "lowerfence": [extra["low"][index]],
                    "upperfence": [extra["high"][index]],
                    "marker": {"color": colours[index]},
                }
            )
    return traces


def _histogram(reading: ChartReading) -> list[dict[str, Any]]:
    traces = []
    for series in reading.series:
        starts, ends = series.extra["bin_start"], series.extra["bin_end"]
        traces.append(
            {
                "type": "bar",
                "x": [(low + high) / 2 for low, high in zip(starts, ends, strict=True)],
                "y": series.y,
                "width": [high - low for low, high in zip(starts, ends, strict=True)],
                "marker": {"color": series.colour},
                **({"name": series.name} if series.name else {}),
            }
        )
    return traces
