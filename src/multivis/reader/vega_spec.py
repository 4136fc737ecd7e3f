"""A reading as a Vega-Lite specification."""

from __future__ import annotations

from typing import Any

from multivis.reader.reading import AxisReading, ChartReading

__all__ = ["vega_lite_spec"]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_TYPES = {"linear": "quantitative", "log": "quantitative", "date": "temporal"}


def vega_lite_spec(reading: ChartReading) -> dict[str, Any]:
    """A complete specification with inline data.

    Args:
        reading: A reading with a kind.
    """
    spec: dict[str, Any] = {"$schema": _SCHEMA, "data": {"values": _values(reading)}}
    if reading.title:
        spec["title"] = reading.title
    left, top, right, bottom = reading.panel
    if reading.kind not in ("pie", "donut"):
        spec["width"] = max(80, round((right - left) * reading.width))
        spec["height"] = max(60, round((bottom - top) * reading.height))
    if reading.kind in ("pie", "donut"):
        spec.update(_pie(reading))
    elif reading.kind == "heat map":
        spec["mark"] = "rect"
        spec["encoding"] = {
            "x": _channel("x", reading.x),
            "y": _channel("y", reading.y),
            "color": {"field": "z", "type": "quantitative"},
        }
    elif reading.kind == "box":
        spec.update(_box(reading))
    elif reading.kind == "histogram":
        spec.update(_histogram(reading))
    elif reading.kind in ("bar", "horizontal bar", "grouped bar", "stacked bar"):
        spec.update(_bars(reading))
    else:
        spec.update(_points(reading))
    return spec


def _values(reading: ChartReading) -> list[dict[str, Any]]:
    rows = reading.table()
    for row in rows:
        row.pop("error", None)
        for axis, key in ((reading.x, "x"), (reading.y, "y")):
            if axis.kind == "date" and isinstance(row[key], int | float):
                row[key] = row[key] * 1000.0
        if reading.kind not in ("heat map", "box", "histogram"):
            for key in [key for key in row if key not in ("series", "x", "y")]:
                row.pop(key)
    return rows


def _channel(name: str, axis: AxisReading) -> dict[str, Any]:
    channel: dict[str, Any] = {"field": name, "type": _TYPES.get(axis.kind, "nominal")}
    channel["title"] = axis.title or None
    if axis.kind == "log":
        channel["scale"] = {"type": "log"}
    elif axis.kind == "category":
        channel["sort"] = None
    return channel


def _colour(reading: ChartReading) -> dict[str, Any]:
    names = [series.name or f"series {index + 1}" for index, series in enumerate(reading.series)]
    return {
        "field": "series",
        "type": "nominal",
        "title": reading.legend_title or None,
        "sort": None,
        "scale": {"domain": names, "range": [series.colour for series in reading.series]},
        **({"legend": None} if reading.legend == "none" else {}),
    }


def _bars(reading: ChartReading) -> dict[str, Any]:
    lying = reading.kind == "horizontal bar" or any(
        "lying" in series.extra for series in reading.series
    )
    if lying:
        encoding = {
            "y": {**_channel("x", reading.y), "field": "x"},
            "x": {**_channel("y", reading.x), "field": "y"},
        }
    else:
        encoding = {"x": _channel("x", reading.x), "y": _channel("y", reading.y)}
    first = reading.series[0]
    if len(reading.series) == 1 and first.colours:
        encoding["color"] = {
            "field": "x",
            "type": "nominal",
            "legend": None,
            "scale": {"domain": first.x, "range": first.colours},
        }
    elif len(reading.series) == 1:
        encoding["color"] = {"value": first.colour}
    else:
        encoding["color"] = _colour(reading)
        if reading.kind == "grouped bar":
            encoding["yOffset" if lying else "xOffset"] = {"field": "series", "sort": None}
    return {"mark": "bar", "encoding": encoding}


def _points(reading: ChartReading) -> dict[str, Any]:
    encoding = {"x": _channel("x", reading.x), "y": _channel("y", reading.y)}
    if len(reading.series) > 1 or reading.series[0].name:
        encoding["color"] = _colour(reading)
    else:
        encoding["color"] = {"value": reading.series[0].colour}
    if reading.kind == "scatter":
        mark: dict[str, Any] = {"type": "point", "filled": True}
    elif reading.kind == "area":
        mark = {"type": "area"}
    else:
        mark = {"type": "line", "point": reading.kind == "line with points"}
        if all(series.dashed for series in reading.series):
            mark["strokeDash"] = [6, 4]
    return {"mark": mark, "encoding": encoding}


def _pie(reading: ChartReading) -> dict[str, Any]:
    series = reading.series[0]
    mark: dict[str, Any] = {"type": "arc"}
    if reading.kind == "donut":
        mark["innerRadius"] = {"expr": f"min(width, height) / 2 * {series.extra['hole'][0]:.3f}"}
    return {
        "mark": mark,
        "encoding": {
            "theta": {"field": "y", "type": "quantitative", "stack": True},
            "order": {"field": "y", "type": "quantitative", "sort": "descending"},
            "color": {
                "field": "x",
                "type": "nominal",
                "title": reading.legend_title or None,
                "scale": {"domain": series.x, "range": series.colours},
            },
        },
    }


def _box(reading: ChartReading) -> dict[str, Any]:
    place = {"field": "x", "type": "nominal", "sort": None, "title": reading.x.title or None}
    axis = {"type": "quantitative", "title": reading.y.title or None}
    colour = {"value": reading.series[0].colour}
    return {
        "encoding": {"x": place},
        "layer": [
            {"mark": "rule",
             "encoding": {"y": {"field": "low", **axis}, "y2": {"field": "high"}}},
            {"mark": {"type": "bar", "size": 24},
             "encoding": {"y": {"field": "q1", **axis}, "y2": {"field": "q3"}, "color": colour}},
            {"mark": {"type": "tick", "color": "white", "size": 24},
             "encoding": {"y": {"field": "median", **axis}}},
        ],
    }  # fmt: skip


def _histogram(reading: ChartReading) -> dict[str, Any]:
    encoding: dict[str, Any] = {
        "x": {
            "field": "bin_start",
            "type": "quantitative",
            "bin": {"binned": True},
            "title": reading.x.title or None,
        },
        "x2": {"field": "bin_end"},
        "y": _channel("y", reading.y),
    }
    if len(reading.series) > 1:
        encoding["color"] = _colour(reading)
    else:
        encoding["color"] = {"value": reading.series[0].colour}
    return {"mark": "bar", "encoding": encoding}
