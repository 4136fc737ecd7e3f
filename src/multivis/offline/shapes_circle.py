"""Bars around a circle: each group has its own angle, and its value is how far the bar reaches."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from multivis.offline.altair_code import PYTHON
from multivis.offline.draft import Draft
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Output, Plan
from multivis.offline.shapes import groups, query_of, single, split

__all__ = ["asks_for_circle", "polar_bars"]

_AROUND = re.compile(
    r"\b(?:polar|circular|radial) (?:\w+ )?(?:bars?|columns?)\b|\bbars?\b[^.?!]{0,60}\b"
    r"(?:around|in) (?:a |the )?(?:circle|clock|dial|cent(?:re|er))|"
    r"\b(?:around|like|on) (?:a |the )(?:circle|clock(?: ?face)?|dial)\b[^.?!]{0,80}"
    r"\b(?:bars?|length|reach\w*|far)\b"
)
_RING = r"(?:rings?|circles?|circular lines?|grid circles?)"
_EVERY = re.compile(
    rf"\b{_RING}\b[^.?!]{{0,30}}?\b(?:every|each|in steps of|at) (\d+)\b(?:[^.?!]{{0,20}}?"
    r"\b(?:up )?to (\d+))?"
)
_MOST_COLOURS = 12
_PERIODS = {"quarter": 4, "weekday": 7, "month": 12, "hour": 24, "week": 53}
_LABELLED = re.compile(
    rf"\b{_RING}\b[^.?!]{{0,60}}?\b(?:label|number(?!s? of)|written)|"
    rf"\blabel\w*\b[^.?!]{{0,40}}?\b{_RING}\b|"
    # Rings at values, or to read from, are of no use without their values.
    rf"\b{_RING}\b[^.?!]{{0,30}}?\b(?:every|each|in steps of|at) \d|"
    rf"\b{_RING}\b[^.?!]{{0,60}}?\bread (?:the|each|its|their|off)\b"
)
_LISTED = re.compile(rf"\b{_RING}\b[^.?!]{{0,20}}?\bat ((?:\d+(?:, | and |, and )?){{2,}})")


def asks_for_circle(draft: Draft, family: str) -> bool:
    """Whether bars are to stand around a circle."""
    return family in {"arc", "bar", ""} and bool(_AROUND.search(draft.reading.body.lower()))


def polar_bars(draft: Draft, parts: Parts) -> Plan | None:
    """Slices of the same angle whose radius is the value, over rings to read it from."""
    for concept in parts.dimensions[:1]:
        dated = concept.field is not None and concept.field.is_time
        if dated and "yearmonth" in {concept.unit, draft.reading.unit}:
            concept.unit = "month"  # what goes around a circle comes round again
    made = groups(draft, parts, most=1)
    main, _, _ = split(parts, made)
    if main is None or made.fold:
        return None
    text = draft.reading.body.lower()
    ruled = re.search(rf"\b{_RING}\b", text) is not None
    labelled = not ruled or _LABELLED.search(text) is not None
    value = made.value
    turn = Channel("theta", value=f"{PYTHON}2 * np.pi")
    rows: dict[str, Any] = {"ring": f"{PYTHON}{_rings(text, value.name)}"}
    ring = Channel("radius", "ring", stack="none")
    rings = Layer("arc", {"stroke": "lightgrey", "fill": None}, (turn, ring), data=rows)
    angle = replace(draft.channel("theta", main), kind="ordinal", title=main.title)
    reach = draft.dress(
        Channel("radius", value.name, "quantitative", title=value.title, scale={"type": "linear"})
    )
    # A circle has no axis: a legend names few groups, and many are named at the ends of the bars.
    few = (_distinct(draft, main) or 0) <= _MOST_COLOURS
    shade = (draft.channel("color", main),) if few else ()
    channels = (*shade, angle, Channel("radius2", datum=0.1))
    bars = Layer("arc", {"stroke": "white"}, (*channels, reach), inferred=labelled)
    layers = [rings, bars]
    if not few:
        name = Channel("text", main.name, "nominal")
        layers.append(Layer("text", {"radiusOffset": 14}, (angle, reach, name), inferred=labelled))
    if labelled:
        words = {"color": "grey", "radiusOffset": 5, "align": "left"}
        place = Channel("theta", value=f"{PYTHON}np.pi / 4")
        layers.append(Layer("text", words, (place, ring, Channel("text", "ring")), data=rows))
    plan = single("polar bar chart", *layers)
    return replace(plan, query=query_of(draft, made), title=f"{value.title} by {main.title}")


def _distinct(draft: Draft, output: Output) -> int | None:
    """How many groups stand around the circle, where that is known."""
    if output.time_unit:
        return _PERIODS.get(output.time_unit)
    column = draft.catalog.fields.get((output.table, output.column))
    return column.column.distinct if column is not None else None


def _rings(text: str, name: str) -> str:
    """The values of the rings, as the words say or at quarters of the largest value."""
    most = f"df[{json.dumps(name, ensure_ascii=False)}].max()"
    if (listed := _LISTED.search(text)) is not None:
        return f"[{', '.join(re.findall(r'[0-9]+', listed.group(1)))}]"
    found = _EVERY.search(text)
    if found is not None:
        step, last = int(found.group(1)), found.group(2)
        return f"np.arange({step}, {last or most} + 1, {step})"
    if re.search(rf"\b{_RING}\b[^.?!]{{0,40}}?\b(?:per|for each|for every)\b", text):
        return f"np.arange(1, {most} + 1)"
    return f"np.linspace({most} / 4, {most}, 4)"
