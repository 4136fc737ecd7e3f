"""Traces of a Plotly figure in the form in which two figures are compared.

Figures may come from a model: nothing here trusts their shape. What cannot be read as a value
is left out, and a figure without a readable trace is invalid.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from multivis.errors import SourceFormatError

__all__ = ["Trace", "figure_traces", "has_axes", "is_valid", "values_of"]

_MOST_POINTS = 20_000
_AXIS_KEY = re.compile(r"[xy]axis\d*")
_LINES = frozenset({"scatter", "scattergl", "scatterpolar", "scatter3d"})

Coordinate = float | str


@dataclass(frozen=True)
class Trace:
    """One trace.

    Attributes:
        kind: ``pie``, ``hbar``, ``vbar``, ``line``, ``dot_line``, ``scatter``, or the name that
            Plotly gives any other type.
        points: Its points, x and y: numbers, or text for categories (lower case). Slices are
            (label, value).
        position: Place among the figure's traces.
        raw: The trace as it is written.
    """

    kind: str
    points: tuple[tuple[Coordinate, Coordinate], ...]
    position: int
    raw: Mapping[str, Any]

    @property
    def measures(self) -> list[float]:
        """The numbers that the trace shows: lengths of bars, angles of slices, heights."""
        axis = 0 if self.kind == "hbar" else 1
        shown = [point[axis] for point in self.points]
        return [value for value in shown if isinstance(value, float)]


def is_valid(figure: Any) -> bool:
    """Whether it is a figure at all: Plotly JSON with at least one trace."""
    if not isinstance(figure, Mapping):
        return False
    data = figure.get("data")
    return isinstance(data, list) and any(isinstance(trace, Mapping) and trace for trace in data)


def has_axes(figure: Mapping[str, Any]) -> bool:
    """Whether the layout names a Cartesian axis (``xaxis``, ``yaxis2`` …)."""
    layout = figure.get("layout")
    return isinstance(layout, Mapping) and any(
        isinstance(key, str) and _AXIS_KEY.fullmatch(key) for key in layout
    )


def figure_traces(figure: Mapping[str, Any]) -> list[Trace]:
    """The traces of a figure in their order; entries that are no traces are left out."""
    data = figure.get("data")
    entries = data if isinstance(data, list) else []
    return [
        _trace(entry, position)
        for position, entry in enumerate(entries)
        if isinstance(entry, Mapping) and entry
    ]


def _trace(raw: Mapping[str, Any], position: int) -> Trace:
    kind = _kind(raw)
    if kind == "pie":
        values = values_of(raw.get("values"))
        labels = values_of(raw.get("labels")) or list(range(len(values)))
        if not values:
            # Plotly counts labels when there are no values.
            values = [1.0] * len(labels)
        pairs = zip(labels, values, strict=False)
    else:
        x, y = values_of(raw.get("x")), values_of(raw.get("y"))
        longest = max(len(x), len(y))
        pairs = zip(x or _steps(raw, "x", longest), y or _steps(raw, "y", longest), strict=False)
    read = [(_coordinate(a), _coordinate(b)) for a, b in list(pairs)[:_MOST_POINTS]]
    points = tuple((a, b) for a, b in read if a is not None and b is not None)
    return Trace(kind, points, position, raw)


def _kind(raw: Mapping[str, Any]) -> str:
    """The type as the benchmark counts types."""
    named = raw.get("type")
    plotly = named if isinstance(named, str) and named else "scatter"
    if plotly == "bar":
        turned = raw.get("orientation") == "h" or (
            raw.get("orientation") is None and raw.get("y") is None and raw.get("x") is not None
        )
        return "hbar" if turned else "vbar"
    if plotly not in _LINES:
        return plotly
    parts = modes(raw)
    if "lines" in parts:
        return "dot_line" if "markers" in parts else "line"
    return "scatter"


def modes(raw: Mapping[str, Any]) -> frozenset[str]:
    """What a scatter draws: lines, markers, text; lines and markers where it does not say."""
    mode = raw.get("mode")
    if not isinstance(mode, str) or not mode:
        return frozenset({"lines", "markers"})
    return frozenset(part.strip() for part in mode.split("+"))


def values_of(value: Any) -> Sequence[Any]:
    """A data attribute as a sequence; typed arrays are decoded, what is unusable is empty."""
    if isinstance(value, Mapping):
        return _decoded(value)
    if isinstance(value, list | tuple):
        return value
    return [value] if isinstance(value, str | int | float) else []


def _decoded(value: Mapping[str, Any]) -> list[Any]:
    """The numbers of a typed array; nothing for any other mapping, or a broken one."""
    from multivis.views.arrays import decode_array, is_typed_array

    if not is_typed_array(value):
        return []
    try:
        numbers: list[Any] = decode_array(value).reshape(-1).tolist()
    except SourceFormatError:
        return []
    return numbers


def _steps(raw: Mapping[str, Any], axis: str, length: int) -> list[float]:
    """Positions where an axis is not given: from ``x0`` on in steps of ``dx``."""
    start, step = raw.get(f"{axis}0"), raw.get(f"d{axis}")
    first = start if isinstance(start, int | float) else 0
    width = step if isinstance(step, int | float) else 1
    return [first + width * i for i in range(length)]


def _coordinate(value: Any) -> Coordinate | None:
    """A number, the text of a category, or None for what is neither."""
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, bool):
        return str(value).casefold()
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    return None
