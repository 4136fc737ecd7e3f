"""Numbers, names and places in the words of an answer. Exact values stay in the evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from multivis.views.figure import Figure

__all__ = ["among", "meeting_place", "percent", "shown", "title_of", "where"]


def shown(value: Any, *, signed: bool = False) -> str:
    """A value for a reader: six significant digits, thousands apart."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if not math.isfinite(value):
        return "no number"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):+,}" if signed else f"{int(value):,}"
    return f"{value:+,.6g}" if signed else f"{value:,.6g}"


def percent(before: Any, after: Any) -> str:
    """A change in percent of where it started, else as a difference."""
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return "an unknown change"
    if before == 0 or (before < 0) != (after < 0):
        return f"a change of {shown(after - before, signed=True)}"
    return f"{100 * (after - before) / abs(before):+.3g} %"


def among(names: Sequence[Any], *, most: int = 8) -> str:
    """Names in a sentence; a long list is cut."""
    listed = [str(name) for name in names]
    if len(listed) > most:
        return ", ".join(listed[:most]) + f" and {len(listed) - most} more"
    if len(listed) < 2:
        return "".join(listed)
    return ", ".join(listed[:-1]) + " and " + listed[-1]


def where(point: Mapping[str, Any]) -> str:
    """A point as a reader finds it: its label and its trace."""
    label, name = str(point.get("label", "")), str(point.get("name", ""))
    if name and name != label:
        return f"{name} at {label}"
    return label


def meeting_place(row: Mapping[str, Any]) -> str:
    """Where two lines meet (`crossings`), as places of x: years have no thousands apart."""

    def place(x: Any) -> str:
        if not isinstance(x, float):
            return str(x)
        return f"{x:.6g}" if abs(x) < 1e5 else f"{x:.12g}"

    if "x" not in row:
        return f"between {row['between'][0]} and {row['between'][1]}"
    return place(row["x"]) + (f" to {place(row['to'])}" if "to" in row else "")


def title_of(figure: Figure) -> str:
    """The title of a figure, "" where it has none."""
    title: Any = figure.spec.get("title")
    if figure.library == "plotly":
        layout = figure.spec.get("layout")
        title = layout.get("title") if isinstance(layout, Mapping) else None
    if isinstance(title, Mapping):
        title = title.get("text")
    if isinstance(title, list):
        return " ".join(map(str, title))
    return title if isinstance(title, str) else ""
