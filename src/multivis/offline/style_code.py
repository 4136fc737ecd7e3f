"""Scenario B: the style that was read from a picture, written as the code of such a chart.

The reader turns a reference image into a style (`multivis.reader.style`). As code, the style
goes the same way as a reference in code (scenario C): the question's own words win, then the
reference's form, colours and placement are taken over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from multivis.reader.style import MARKS

__all__ = ["read_style", "style_as_code"]

_MOST_COLOURS = 12


def read_style(text: str) -> dict[str, Any]:
    """The style in a brief; empty when there is none, or none that can be followed.

    Where the data of a picture could not be measured, its form in words is all there is.
    """
    try:
        style = json.loads(text) if text else {}
    except ValueError:
        return {}
    if not isinstance(style, dict):
        return {}
    if style.get("kind") not in MARKS:
        return {"form": style["form"]} if isinstance(style.get("form"), str) else {}
    return style


def style_as_code(style: Mapping[str, Any]) -> str:
    """Altair code of a chart in that style, over columns named by their role.

    Args:
        style: As `multivis.reader.style.reading_style` gives it, with a known ``kind``.
    """
    kind = str(style["kind"])
    palette = [colour for colour in style.get("palette") or () if isinstance(colour, str)]
    series = len(palette) > 1
    channels = _channels(kind, style, series)
    colour = _colour(kind, style, palette) if _is_coloured(kind, series) else None
    if colour is not None:
        channels.append(f"color={colour}")
    options = _options(kind, style, palette, series)
    lines = ",\n    ".join(channels)
    return (
        "import altair as alt\n"
        f"chart = alt.Chart(df).mark_{MARKS[kind]}({options}).encode(\n    {lines},\n)\n"
    )


def _is_coloured(kind: str, series: bool) -> bool:
    if kind in {"pie", "donut", "grouped bar", "stacked bar", "heat map"}:
        return True
    return series and kind not in {"bar", "horizontal bar", "histogram", "box"}


def _channels(kind: str, style: Mapping[str, Any], series: bool) -> list[str]:
    """Positions, in the roles that the kind of chart has."""
    if kind in {"pie", "donut"}:
        return ['theta=alt.Theta("value:Q")']
    if kind == "histogram":
        return ['x=alt.X("value:Q", bin=True)', 'y=alt.Y("count()")']
    if kind == "scatter":
        return ['x=alt.X("value:Q")', 'y=alt.Y("other:Q")']
    if kind == "heat map":
        return ['x=alt.X("category:N")', 'y=alt.Y("group:N")']
    along = "T" if style.get("x_scale") == "date" else "Q" if kind in {"line", "area"} else "N"
    if kind in {"line", "line with points", "area"} and style.get("x_scale") == "category":
        along = "O"
    name = {"T": "date", "Q": "position"}.get(along, "category")
    first, second = "x", "y"
    if style.get("orientation") == "horizontal":
        first, second = "y", "x"
    positions = [
        f'{first}=alt.{first.upper()}("{name}:{along}")',
        f'{second}=alt.{second.upper()}("value:Q")',
    ]
    if kind == "grouped bar" or (style.get("stacking") == "group" and series):
        positions.append(f'{first}Offset=alt.{first.upper()}Offset("group:N")')
    return positions


def _colour(kind: str, style: Mapping[str, Any], palette: list[str]) -> str:
    """The colour channel with the picture's palette and legend."""
    details = []
    if 1 < len(palette) <= _MOST_COLOURS and kind != "heat map":
        details.append(f"scale=alt.Scale(range={palette!r})")
    legend = style.get("legend")
    if legend in {"left", "top", "bottom"}:
        details.append(f'legend=alt.Legend(orient="{legend}")')
    elif legend == "none" and kind not in {"pie", "donut"}:
        details.append("legend=None")
    field = '"value:Q"' if kind == "heat map" else '"group:N"'
    return f"alt.Color({', '.join([field, *details])})"


def _options(kind: str, style: Mapping[str, Any], palette: list[str], series: bool) -> str:
    """Options of the mark."""
    options = []
    line = style.get("line")
    if kind == "line with points" or (isinstance(line, Mapping) and line.get("points")):
        options.append("point=True")
    if kind == "donut":
        hole = style.get("hole")
        share = float(hole) if isinstance(hole, int | float) and 0 < hole < 1 else 0.5
        options.append(f"innerRadius={round(100 * share)}")
    if palette and not series and kind not in {"pie", "donut", "heat map"}:
        options.append(f"color={palette[0]!r}")
    return ", ".join(options)
