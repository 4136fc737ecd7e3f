"""The series of a Plotly figure: what each of its trace types draws, as columns by role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from multivis.views.arrays import as_list, is_typed_array, plain

__all__ = ["KINDS", "columns_of", "kind_of", "mode_of", "subplot_of"]

KINDS = {
    "barpolar": "bar",
    "candlestick": "candlestick",
    "choropleth": "map",
    "choroplethmap": "map",
    "choroplethmapbox": "map",
    "contour": "heatmap",
    "densitymap": "map",
    "densitymapbox": "map",
    "funnelarea": "pie",
    "heatmapgl": "heatmap",
    "histogram2d": "histogram2d",
    "histogram2dcontour": "histogram2d",
    "scattergl": "scatter",
    "sunburst": "hierarchy",
    "treemap": "hierarchy",
    "icicle": "hierarchy",
    "waterfall": "bar",
    "funnel": "bar",
}
_CARTESIAN = frozenset(
    {
        "bar",
        "box",
        "candlestick",
        "contour",
        "funnel",
        "heatmap",
        "heatmapgl",
        "histogram",
        "histogram2d",
        "histogram2dcontour",
        "image",
        "ohlc",
        "scatter",
        "scattergl",
        "violin",
        "waterfall",
    }
)
_SUBPLOTS = {
    "scatterpolar": "polar",
    "scatterpolargl": "polar",
    "barpolar": "polar",
    "scatterternary": "ternary",
    "scattersmith": "smith",
    "scattergeo": "geo",
    "choropleth": "geo",
    "scattermapbox": "mapbox",
    "choroplethmapbox": "mapbox",
    "densitymapbox": "mapbox",
    "scattermap": "map",
    "choroplethmap": "map",
    "densitymap": "map",
    "scatter3d": "scene",
    "surface": "scene",
    "mesh3d": "scene",
    "cone": "scene",
    "streamtube": "scene",
    "isosurface": "scene",
    "volume": "scene",
}
# attribute of a trace → role of the column, for types that hold one value a point and attribute
_ROLES = {
    "x": "x",
    "y": "y",
    "z": "z",
    "r": "r",
    "theta": "theta",
    "a": "a",
    "b": "b",
    "c": "c",
    "real": "real",
    "imag": "imag",
    "lat": "lat",
    "lon": "lon",
    "locations": "label",
    "labels": "label",
    "parents": "parent",
    "values": "value",
    "value": "value",
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "base": "base",
    "q1": "q1",
    "median": "median",
    "q3": "q3",
    "lowerfence": "lowerfence",
    "upperfence": "upperfence",
    "text": "text",
}


def subplot_of(trace: Mapping[str, Any]) -> str:
    """What a trace stands on: ``"xy"`` for axes, else ``polar``, ``scene2``, ``domain`` …"""
    kind = str(trace.get("type") or "scatter")
    if kind in _CARTESIAN:
        return "xy"
    if kind in _SUBPLOTS:
        base = _SUBPLOTS[kind]
        key = {"geo": "geo", "scene": "scene"}.get(base, "subplot")
        return str(trace.get(key) or base)
    return "domain"


def mode_of(trace: Mapping[str, Any]) -> str:
    """The mode of a scatter trace; Plotly draws lines and markers below 20 points."""
    mode = trace.get("mode")
    if isinstance(mode, str):
        return mode
    size = max((len(as_list(trace.get(name))) for name in "xyr"), default=0)
    return "lines" if trace.get("stackgroup") or size >= 20 else "lines+markers"


def kind_of(trace: Mapping[str, Any]) -> str:
    """What a trace is, in the field's words."""
    name = str(trace.get("type") or "scatter")
    if name.startswith("scatter"):
        if trace.get("stackgroup") or trace.get("fill") not in {None, "none"}:
            return "area"
        mode = mode_of(trace)
        if "lines" in mode:
            return "line"
        return "text" if mode == "text" else "scatter"
    return KINDS.get(name, name)


def columns_of(trace: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The columns of a trace by role, and notes on what they are.

    Raises:
        SourceFormatError: A typed array of the trace cannot be decoded.
    """
    name = str(trace.get("type") or "scatter")
    if name in {"heatmap", "heatmapgl", "contour", "surface"}:
        return _grid(trace), ()
    if name in {"pie", "funnelarea"}:
        return _slices(trace), ()
    if name in {"parcoords", "parcats", "splom"}:
        return _dimensions(trace), ()
    if name == "table":
        return _cells(trace), ()
    if name == "sankey":
        return _links(trace), ()
    if name == "image":
        return _picture(trace)
    if name == "histogram":
        return _histogram(trace)
    columns = _plain_columns(trace)
    if name in {"scatter", "scattergl", "bar", "waterfall", "funnel", "box", "violin"}:
        _fill_positions(trace, columns, name)
    if name in {"choropleth", "choroplethmap", "choroplethmapbox"} and "z" in columns:
        columns["value"] = columns.pop("z")
    if name in {"sunburst", "treemap", "icicle"} and trace.get("ids") is not None:
        columns["id"] = as_list(trace["ids"])
    if name == "bar" and "base" in columns:
        _bar_ends(trace, columns)
        if "value" in columns:
            return columns, ("values are lengths in days",)
    notes = ("stacked: values are those of the trace alone",) if trace.get("stackgroup") else ()
    return columns, notes


def _plain_columns(trace: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes that hold one value a point; single texts are no columns."""
    columns: dict[str, Any] = {}
    for attribute, role in _ROLES.items():
        given = trace.get(attribute)
        if given is None or (isinstance(given, str | bool) and attribute in {"text", "base"}):
            continue
        if attribute == "text" and not isinstance(given, list | tuple) and not _array(given):
            continue
        values = as_list(given)
        if attribute in {"x", "y"} and _is_multicategory(values):
            values = [
                " / ".join(str(part) for part in parts) for parts in zip(*values, strict=False)
            ]
        if len(values):
            columns[role] = values
    return columns


def _array(value: Any) -> bool:
    return is_typed_array(value) or hasattr(value, "dtype")


def _is_multicategory(values: Any) -> bool:
    """Whether an x or y holds two or more rows of categories."""
    if hasattr(values, "ndim"):
        return bool(values.ndim == 2)
    return len(values) > 1 and all(isinstance(row, list | tuple) for row in values)


def _fill_positions(trace: Mapping[str, Any], columns: dict[str, Any], name: str) -> None:
    """Positions that Plotly makes itself: x0 + i · dx."""
    across, along = ("x", "y") if trace.get("orientation") != "h" else ("y", "x")
    if name in {"box", "violin"}:
        if along in columns and across not in columns:
            start = trace.get(f"{across}0", trace.get("name", ""))
            columns[across] = [start] * len(columns[along])
        return
    for missing, there in ((across, along), (along, across)):
        if missing not in columns and there in columns:
            start, step = trace.get(f"{missing}0", 0), trace.get(f"d{missing}", 1)
            if not isinstance(start, int | float):
                start = 0
            columns[missing] = [start + step * i for i in range(len(columns[there]))]


def _bar_ends(trace: Mapping[str, Any], columns: dict[str, Any]) -> None:
    """Bars with a base (time lines): where they end. On date axes lengths are milliseconds."""
    from multivis.views.arrays import as_date, date_text, looks_like_dates, numbers

    role = "x" if trace.get("orientation") == "h" else "y"
    base, length = columns["base"], columns.get(role, [])
    if len(base) == 1:
        base = columns["base"] = list(base) * len(length)
    if looks_like_dates(base):
        columns["value"] = [float(value) / 86_400_000.0 for value in numbers(length)]
        ends: list[Any] = [
            date_text(as_date(b) + float(v)) for b, v in zip(base, length, strict=False)
        ]
    else:
        ends = [float(b) + float(v) for b, v in zip(base, length, strict=False)]
    columns["start"] = columns.pop("base")
    columns["end"] = ends


def _grid(trace: Mapping[str, Any]) -> dict[str, Any]:
    """A grid of values, flattened row by row, with the x and y of each cell."""
    import numpy as np

    z = as_list(trace.get("z"))
    if not hasattr(z, "ndim"):
        rows = [as_list(row) for row in z]
        width = max((len(row) for row in rows), default=0)
        z = np.full((len(rows), width), np.nan, dtype=object)
        for place, row in enumerate(rows):
            z[place, : len(row)] = row
    if z.ndim == 1:
        return {**_plain_columns(trace), "z": z}
    height, width = z.shape[:2]
    x = _grid_positions(trace, "x", width)
    y = _grid_positions(trace, "y", height)
    across = [x[j] for _ in range(height) for j in range(width)]
    down = [y[i] for i in range(height) for _ in range(width)]
    if len(x) and isinstance(x[0], list | np.ndarray):  # surfaces may give x as a grid too
        across = [value for row in x for value in row]
    if len(y) and isinstance(y[0], list | np.ndarray):
        down = [value for row in y for value in row]
    flat = z.reshape(height * width, *z.shape[2:])
    values = flat.tolist() if flat.dtype == object or flat.ndim > 1 else flat
    return {"x": across, "y": down, "z": values}


def _grid_positions(trace: Mapping[str, Any], letter: str, size: int) -> Any:
    """Positions of a grid's columns or rows; edges of cells become their middles."""
    given = as_list(trace.get(letter))
    if len(given) == 0:
        start, step = trace.get(f"{letter}0", 0), trace.get(f"d{letter}", 1)
        return [start + step * i for i in range(size)]
    if len(given) == size + 1 and all(isinstance(plain(v), int | float) for v in given):
        return [(float(a) + float(b)) / 2 for a, b in pairwise(given)]
    return given


def _slices(trace: Mapping[str, Any]) -> dict[str, Any]:
    """Slices of a pie as drawn: equal labels make one slice; without values they are counted."""
    import math

    labels, values = as_list(trace.get("labels")), as_list(trace.get("values"))
    if len(labels) == 0:
        start, step = trace.get("label0", 0), trace.get("dlabel", 1)
        labels = [str(start + step * i) for i in range(len(values))]
    sums: dict[str, list[float]] = {}
    for place, label in enumerate(labels):
        value = plain(values[place]) if place < len(values) else (None if len(values) else 1)
        try:
            number = float(value) if value is not None else math.nan
        except (TypeError, ValueError):
            number = math.nan
        if number >= 0:  # Plotly leaves out slices that are negative or no number
            sums.setdefault(str(plain(label)), []).append(number)
    added = [parts[0] if len(parts) == 1 else math.fsum(parts) for parts in sums.values()]
    columns: dict[str, Any] = {"label": list(sums), "value": added}
    text = trace.get("text")
    if isinstance(text, list) and len(text) == len(sums) == len(labels):
        columns["text"] = text
    return columns


def _dimensions(trace: Mapping[str, Any]) -> dict[str, Any]:
    """Parallel coordinates and scatter matrices: a column for each dimension, by its label."""
    columns: dict[str, Any] = {}
    for number, dimension in enumerate(trace.get("dimensions") or []):
        if isinstance(dimension, Mapping) and dimension.get("values") is not None:
            name = str(dimension.get("label") or f"dimension {number}")
            while name in columns:
                name += "'"
            columns[name] = as_list(dimension["values"])
    return columns


def _cells(trace: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a table, by their header."""
    heads = as_list((trace.get("header") or {}).get("values"))
    columns: dict[str, Any] = {}
    for number, column in enumerate(as_list((trace.get("cells") or {}).get("values"))):
        head = heads[number] if number < len(heads) else f"column {number}"
        head = head[0] if isinstance(head, list) and head else head
        columns[str(head)] = as_list(column)
    return columns


def _links(trace: Mapping[str, Any]) -> dict[str, Any]:
    """Links of a Sankey diagram with the names of their ends."""
    link, nodes = trace.get("link") or {}, as_list((trace.get("node") or {}).get("label"))

    def names(attribute: str) -> list[Any]:
        places = [int(place) for place in as_list(link.get(attribute))]
        return [nodes[place] if place < len(nodes) else place for place in places]

    source, target = names("source"), names("target")
    return {
        "source": source,
        "target": target,
        "value": as_list(link.get("value")),
        "label": [f"{a} → {b}" for a, b in zip(source, target, strict=False)],
    }


def _picture(trace: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A picture: its pixels when the figure holds them as numbers."""
    if trace.get("z") is None:
        return {}, ("a picture: its pixels are no data",)
    return _grid(trace), ("a picture: z holds the colour of each pixel",)


def _histogram(trace: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Bars of a histogram where the specification fixes them, else its samples.

    Categories and given ``xbins`` fix the bars. Otherwise plotly.js chooses the bins while it
    draws, so that the samples are what the specification says.
    """
    lying = trace.get("orientation") == "h" or (
        trace.get("x") is None and trace.get("y") is not None
    )
    role = "y" if lying else "x"
    samples = as_list(trace.get(role))
    weights = as_list(trace.get("x" if lying else "y"))
    function = str(trace.get("histfunc") or "count")
    bins = trace.get(f"{role}bins")
    if trace.get("cumulative", {}).get("enabled") or trace.get("histnorm"):
        return {role: samples}, ("bars are cumulated or normalised; values are the samples",)
    from multivis.views.histograms import bars_by_bin, bars_by_category

    counted = "x" if role == "y" else "y"
    if isinstance(bins, Mapping) and bins.get("size") is not None and bins.get("start") is not None:
        made: tuple[Sequence[Any], list[float]] | None = bars_by_bin(
            samples, weights, function, bins
        )
    else:
        made = bars_by_category(samples, weights, function)
    if made is None:
        return {role: samples}, (
            "plotly.js chooses the bins while drawing; values are the samples, not the bars",
        )
    return {role: made[0], counted: made[1]}, ()
