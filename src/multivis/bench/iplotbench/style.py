"""S_Style: colours, modes, symbols, dashes and sizes of two matched traces.

iPlotBench (2026), Eq. 3, with the weights of its published code. What a trace does not say is
taken as Plotly would draw it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from multivis.bench.iplotbench.traces import Trace, modes, values_of

__all__ = ["colour_similarity", "style_similarity", "trace_colours"]

_COLOUR, _MODE, _SYMBOL, _DASH, _SIZE = 0.40, 0.20, 0.15, 0.10, 0.15
_MARKER_SIZE, _LINE_WIDTH = 6.0, 2.0
_SIZE_SCALE, _WIDTH_SCALE = 20.0, 10.0
_COLOUR_SCALE = 50.0
_MOST_COLOURS = 200
_COLORWAY = (
    "#636efa",
    "#EF553B",
    "#00cc96",
    "#ab63fa",
    "#FFA15A",
    "#19d3f3",
    "#FF6692",
    "#B6E880",
    "#FF97FF",
    "#FECB52",
)


def style_similarity(
    truth: Trace,
    recreated: Trace,
    truth_figure: Mapping[str, Any],
    recreated_figure: Mapping[str, Any],
) -> float:
    """How alike two traces look, 0 to 1.

    Args:
        truth: Trace of the ground truth.
        recreated: The trace that it was matched with.
        truth_figure: Its figure, for the colours that only the layout names.
        recreated_figure: The other figure.
    """
    colours = colour_similarity(
        trace_colours(truth, truth_figure), trace_colours(recreated, recreated_figure)
    )
    return (
        _COLOUR * colours
        + _MODE * (_mode(truth) == _mode(recreated))
        + _SYMBOL * (_word(truth, "marker", "symbol") == _word(recreated, "marker", "symbol"))
        + _DASH * (_word(truth, "line", "dash") == _word(recreated, "line", "dash"))
        + _SIZE * _sizes(truth, recreated)
    )


# ── colours ─────────────────────────────────────────────────────────────────────────────────


def trace_colours(trace: Trace, figure: Mapping[str, Any]) -> list[str]:
    """The colours of a trace: one, or one a bar or slice."""
    if trace.kind == "pie":
        given = _texts(_part(trace.raw, "marker").get("colors"))
        way = _colorway(figure)
        drawn = [way[i % len(way)] for i in range(len(trace.points))]
        return [*given, *drawn[len(given) :]]
    parts = ("marker", "line") if trace.kind in ("vbar", "hbar", "scatter") else ("line", "marker")
    for part in parts:
        given = _texts(_part(trace.raw, part).get("color"))
        if given:
            return given
    way = _colorway(figure)
    return [way[trace.position % len(way)]]


def colour_similarity(truth: Sequence[str], recreated: Sequence[str]) -> float:
    """Closeness of two colours, or of two lists of them, 0 to 1.

    ``exp(-dE/50)`` with the CIE 1976 difference. Of lists the closest pairs are taken first,
    and a colour too many or too few earns nothing. One colour stands for all bars.
    """
    first, second = list(truth)[:_MOST_COLOURS], list(recreated)[:_MOST_COLOURS]
    if len(first) == 1:
        first *= max(1, len(second))
    if len(second) == 1:
        second *= max(1, len(first))
    if not first or not second:
        return float(not first and not second)
    close = sorted(
        ((_difference(a, b), i, j) for i, a in enumerate(first) for j, b in enumerate(second)),
    )
    rows: set[int] = set()
    columns: set[int] = set()
    total = 0.0
    for away, i, j in close:
        if i not in rows and j not in columns:
            rows.add(i)
            columns.add(j)
            total += math.exp(-away / _COLOUR_SCALE)
    return total / max(len(first), len(second))


def _difference(first: str, second: str) -> float:
    from multivis.charts.checks.colours import difference

    return (
        0.0 if first.strip().casefold() == second.strip().casefold() else difference(first, second)
    )


def _colorway(figure: Mapping[str, Any]) -> Sequence[str]:
    """The colours that traces get in turn."""
    layout = _part(figure, "layout")
    template = _part(_part(layout, "template"), "layout")
    for place in (layout, template):
        given = _texts(place.get("colorway"))
        if given:
            return given
    return _COLORWAY


# ── the other properties ────────────────────────────────────────────────────────────────────


def _mode(trace: Trace) -> frozenset[str]:
    """What a scatter draws; nothing for types without a mode."""
    return modes(trace.raw) if trace.kind in ("line", "dot_line", "scatter") else frozenset()


def _word(trace: Trace, part: str, name: str) -> str:
    """A symbol or a dash, with Plotly's default."""
    value = _part(trace.raw, part).get(name)
    defaults = {"symbol": "circle", "dash": "solid"}
    return str(value).casefold() if isinstance(value, str | int) else defaults[name]


def _sizes(truth: Trace, recreated: Trace) -> float:
    """Closeness of marker size and line width, half each."""
    size = abs(_number(truth, "marker", "size") - _number(recreated, "marker", "size"))
    width = abs(_number(truth, "line", "width") - _number(recreated, "line", "width"))
    return 1.0 - min(1.0, size / _SIZE_SCALE) / 2 - min(1.0, width / _WIDTH_SCALE) / 2


def _number(trace: Trace, part: str, name: str) -> float:
    """A size or a width; of several the mean."""
    default = {"size": _MARKER_SIZE, "width": _LINE_WIDTH}[name]
    given = [
        float(value)
        for value in values_of(_part(trace.raw, part).get(name))
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9
    ]
    return sum(given) / len(given) if given else default


def _part(node: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A mapping inside another; an empty one when it is not there."""
    value = node.get(name)
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> list[str]:
    """Colours that are written as text."""
    return [entry for entry in values_of(value) if isinstance(entry, str)]
