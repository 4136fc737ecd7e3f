"""The same data drawn by other hands: pictures in the default looks of Altair and Matplotlib."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from typing import Any

from multivis.bench.iplotbench.palette import PALETTE
from multivis.bench.iplotbench.questions import Numbers

__all__ = ["DRAW", "LOOKS", "draw_altair", "draw_matplotlib"]

LOOKS: tuple[str, ...] = ("plotly", "altair", "matplotlib")
"""Whose default look a picture can have."""

_WIDTH, _HEIGHT = 800, 600


def draw_altair(kind: str, numbers: Numbers) -> bytes:
    """PNG as Altair draws it, 800 x 600.

    Args:
        kind: Type of the figure.
        numbers: What it shows.
    """
    import vl_convert

    names = list(numbers.values)
    scale = {"domain": names, "range": [PALETTE[name] for name in names]}
    picture: bytes = vl_convert.vegalite_to_png(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "width": _WIDTH,
            "height": _HEIGHT,
            "autosize": {"type": "fit", "contains": "padding"},
            "data": {"values": _rows(numbers)},
            **_altair_marks(kind, names, scale),
        }
    )
    return picture


def _rows(numbers: Numbers) -> list[dict[str, Any]]:
    if not numbers.x:
        return [{"name": name, "value": value[0]} for name, value in numbers.values.items()]
    return [
        {"name": name, "x": x, "value": value}
        for name, values in numbers.values.items()
        for x, value in zip(numbers.x, values, strict=True)
    ]


def _altair_marks(kind: str, names: list[str], scale: Mapping[str, Any]) -> dict[str, Any]:
    """Mark and encoding of one type; no titles, as in the ground truth."""
    value = {"field": "value", "type": "quantitative", "title": None}
    name = {"field": "name", "type": "nominal", "title": None, "sort": names}
    colour = {"field": "name", "type": "nominal", "title": None, "scale": scale}
    if kind == "pie":
        order = {"field": "value", "type": "quantitative", "sort": "descending"}
        encoding = {"theta": {**value, "stack": True}, "color": colour, "order": order}
        return {"mark": "arc", "encoding": encoding}
    if kind in ("line", "dot_line"):
        x = {"field": "x", "type": "quantitative", "title": None}
        mark = {"type": "line", "point": True} if kind == "dot_line" else {"type": "line"}
        return {"mark": mark, "encoding": {"x": x, "y": value, "color": colour}}
    across, along = ("y", "x") if kind == "hbar_categorical" else ("x", "y")
    painted = {**colour, "legend": None}
    return {"mark": "bar", "encoding": {across: name, along: value, "color": painted}}


def draw_matplotlib(kind: str, numbers: Numbers) -> bytes:
    """PNG as Matplotlib draws it, 800 x 600.

    Args:
        kind: Type of the figure.
        numbers: What it shows.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH / 100, _HEIGHT / 100), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    names = list(numbers.values)
    colours = [PALETTE[name] for name in names]
    if numbers.x:
        marker = "o" if kind == "dot_line" else ""
        for name, colour in zip(names, colours, strict=True):
            axes.plot(numbers.x, numbers.values[name], marker=marker, color=colour, label=name)
        axes.legend()
    else:
        values = [numbers.values[name][0] for name in names]
        if kind == "pie":
            shares = [value / math.fsum(values) for value in values]
            axes.pie(shares, labels=names, colors=colours)
        elif kind == "hbar_categorical":
            axes.barh(names, values, color=colours)
        else:
            axes.bar(names, values, color=colours)
            axes.tick_params(axis="x", labelrotation=90 if len(names) > 4 else 0)
            figure.tight_layout()
    if kind == "hbar_categorical":
        figure.tight_layout()
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


DRAW: Mapping[str, Callable[[str, Numbers], bytes]] = {
    "altair": draw_altair,
    "matplotlib": draw_matplotlib,
}
"""Look to the function that draws in it; Plotly's own pictures come from the figure."""
