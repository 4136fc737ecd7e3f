"""Shapes that a gallery of examples knows by name: ratings with medians, heat lanes, Pac-Man."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from multivis.offline.altair_code import PYTHON
from multivis.offline.catalog import Field
from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.linking import Candidate
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Output, Plan, Query
from multivis.offline.shapes import single

__all__ = ["asks_for_lanes", "heat_lanes", "pacman", "ratings"]


def _numbers(parts: Parts) -> list[Concept]:
    return [c for c in parts.measures if c.field is not None and c.field.is_measure]


def _groups(draft: Draft, parts: Parts) -> list[Concept]:
    """What the rows are told apart by."""
    named = [c for c in parts.dimensions if c.field is None or not c.field.is_measure]
    return named or [c for c in parts.dimensions if c.field is not None][:1]


# ── ratings ─────────────────────────────────────────────────────────────────────────────────

_ENDS = re.compile(
    r"(?:labels? (?:the )?(?:ends?|sides?)|(?:ends?|sides?) of (?:the |each |every )?(?:scale|"
    r"row|axis|range)|(?:on|at) (?:the |each |both )?(?:left|right|sides?|ends?))"
)
_NO_ENDS = re.compile(
    r"\b(?:(?:don'?t|do not|won'?t) (?:need|want)|no|without|leave out|drop|skip|omit|remove) "
    r"(?:\S+ ){0,3}?(?:labels?|texts?|words)\b"
)
_MEDIAN_TICK = re.compile(
    r"\b(?:ticks?|dash(?:es)?|marks?|strokes?|(?:short |small |vertical |black )+lines?)\b"
    r"[^.?!]{0,40}\bmedians?\b|\bmedians?\b[^.?!]{0,60}\b(?:ticks?|dash|mark(?:ed)?|stroke|"
    r"(?:short|small|vertical|black) line)\b"
)
_NAMED = re.compile(r"(?:titled?|call(?:ed)?)(?: it)?:? *$")
_QUOTED = re.compile(r"[\"“]([^\"”]{1,40})[\"”]")


def ratings(draft: Draft, parts: Parts) -> Plan | None:
    """Bubbles count the ratings of each group, a tick marks the median, words name both ends."""
    text = draft.reading.question.lower()
    if "median" not in text or not draft.reading.kind.bubble:
        return None
    ended = bool(_ENDS.search(text)) and not _NO_ENDS.search(text)
    if not ended and not _MEDIAN_TICK.search(text):
        return None
    value = next((c for c in parts.dimensions if c.cases), None)
    value = value or next((c for c in _numbers(parts) if c.aggregate != "count"), None)
    groups = [c for c in _groups(draft, parts) if c is not value]
    if value is None or value.field is None or not groups:
        return None
    draft.outputs.clear()
    group, number = draft.dimension(groups[0]), draft.plain(value.field)
    if value.cases:  # ranges are rated by their place, from low to high
        ranked = tuple((place, *case[1:]) for place, case in enumerate(value.cases, start=1))
        made = replace(number, name=f"{number.name}_level", cases=ranked)
        draft.outputs[draft.outputs.index(number)] = number = made
    low, high = _ends(draft)
    column = f"df.groupby({json.dumps(group.name)})[{json.dumps(number.name)}].median()"
    medians: dict[str, Any] = {
        group.name: f"{PYTHON}{column}.index", "median": f"{PYTHON}{column}.values",
        "lo": low, "hi": high,
    }  # fmt: skip
    place = Channel("y", group.name, title="", axis={
        "offset": 50, "labelFontWeight": "bold", "ticks": False, "grid": True, "domain": False,
    })  # fmt: skip
    count = Channel("size", aggregate="count", title="Count", legend={"offset": 75})
    # As people write these charts, the library reads the types of names and counts.
    bubbles = Layer("circle", {}, (
        Channel("x", number.name, "quantitative", title=number.title), place, count,
        Channel("tooltip", aggregate="count", title="Count"),
    ))  # fmt: skip
    ticks = Layer("tick", {"color": "black"}, (
        Channel("x", "median", "quantitative", axis={"grid": False}, title=number.title), place,
    ), data=medians)  # fmt: skip
    sides = {"lo": {"align": "right", "x": -5}, "hi": {"align": "left", "x": 255}}
    if not ended:
        medians = {group.name: medians[group.name], "median": medians["median"]}
        ticks = replace(ticks, data=medians)
        place = replace(place, axis={})
        place = replace(place, kind=group.kind)
        bubbles, ticks = (layer.with_channel(place) for layer in (bubbles, ticks))
        bubbles = replace(bubbles, channels=bubbles.channels[:-1])
        bubbles = bubbles.with_channel(replace(count, legend={}))
        plan = single("values with medians", bubbles, ticks)
        return replace(plan, query=Query(outputs=tuple(draft.outputs)))
    words = [
        Layer("text", options, (place, Channel("text", name)), data=medians)
        for name, options in sides.items()
    ]
    plan = replace(single("ratings with medians", bubbles, ticks, *words), width=250)
    return replace(plan, query=Query(outputs=tuple(draft.outputs)),
                   config={"view": {"stroke": None}})  # fmt: skip


def _ends(draft: Draft) -> tuple[str, str]:
    """The words for the two ends of a scale; without any, that it rises."""
    question = draft.reading.question
    told = [
        m.group(1)
        for m in _QUOTED.finditer(question)
        if not _NAMED.search(question[: m.start()].lower())
    ][:2]
    return (told[0], told[1]) if len(told) == 2 else ("Low", "High")


# ── heat lanes ──────────────────────────────────────────────────────────────────────────────


_COUNTED_IN_COLOUR = re.compile(
    r"\bcolou?r\w*[^.?!]{0,60}\b(?:numbers?|counts?|concentration\w*|how many)\b"
)


def asks_for_lanes(draft: Draft, family: str) -> bool:
    """Whether a distribution is to lie along an axis in ranges that colours count."""
    if family == "heatmap":
        return "lane" in draft.reading.kind.name
    body = draft.reading.body.lower()
    spread = "distribution" in body and re.search(r"\branges?\b", body)
    return bool(
        spread and family in {"", "bar", "box", "strip"} and _COUNTED_IN_COLOUR.search(body)
    )


def _is_spread(concept: Concept, column: Field) -> bool:
    """Whether a column has numbers, or years, that lie along an axis."""
    numbers = column.is_measure and not column.is_time
    return numbers or (column.is_time and concept.unit in {"", "year"})


def heat_lanes(draft: Draft, parts: Parts) -> Plan | None:
    """The distribution of a number, a lane for each group: dark where there is much."""
    value = next(iter(_numbers(parts)), None)
    # "Height in bins on x" and "the years in which they opened" are the numbers that are spread.
    listed = [c for c in parts.dimensions if c.field is not None and _is_spread(c, c.field)]
    value = value or next(iter(listed), None)
    if value is None or value.field is None:
        return None
    groups = [c for c in _groups(draft, parts) if c is not value and c not in listed]
    draft.outputs.clear()
    group = draft.dimension(groups[0]) if groups else None
    number = draft.plain(value.field, unit="year" if value.field.is_time else "")
    start, end = f"bin_{number.name}_start", f"bin_{number.name}_end"
    by = [start, end, *([group.name] if group is not None else [])]
    steps: tuple[dict[str, Any], ...] = (
        {"bin": number.name, "as": [start, end]},
        {"aggregate": {"count": "count()"}, "groupby": by},
        {"bin": "count", "as": ["bin_count_start", "bin_count_end"]},
        {"calculate": {"y": "datum.bin_count_end/2", "y2": "-datum.bin_count_end/2"}},
        {"joinaggregate": {"max_bin_count_end": "max(bin_count_end)"}},
    )
    lane = (
        Channel("y", group.name, group.kind, title=group.title)
        if group is not None
        else Channel("y", "y", "ordinal", axis={"labels": False, "ticks": False}, title="")
    )
    place = (
        Channel("x", start, "quantitative", title=number.title, axis={"grid": False}),
        Channel("x2", end), lane, Channel("y2", group.name if group is not None else "y2"),
    )  # fmt: skip
    color = draft.dress(Channel("color", "max_bin_count_end", "ordinal", title="Count"))
    # Lanes of groups lie on the places of the axis, so that their thickness is the same.
    wide, narrow = ((-9, 9), (-6, 6)) if group is not None else ((0, 0), (-3, 3))
    shape = {"xOffset": 1, "x2Offset": -1}

    def offsets(up: int, down: int) -> dict[str, int]:
        return {"yOffset": up, "y2Offset": down}

    layers = [
        Layer("bar", {**shape, **offsets(*wide), "cornerRadius": 3}, (*place, color), steps),
        Layer("bar", {**shape, **offsets(*narrow)},
              (*place, replace(color, field="bin_count_end")), steps),
    ]  # fmt: skip
    return replace(single("heat lanes", *layers), query=Query(outputs=tuple(draft.outputs)))


# ── a shape ─────────────────────────────────────────────────────────────────────────────────


def pacman(draft: Draft, parts: Parts) -> Plan:
    """A disc without a slice: a shape of constants, which shows no value of the data."""
    table = next(iter(draft.catalog.entities))
    counted = Concept(
        Candidate(0.6, entity=draft.catalog.entities[table]), 99, aggregate="count"
    )  # fmt: skip
    draft.outputs.clear()
    output: Output = draft.count(counted)
    channels = (
        Channel("theta", datum=f"{PYTHON}(5 / 8) * np.pi", scale={"none": True}),
        Channel("theta2", datum=f"{PYTHON}(19 / 8) * np.pi"),
        Channel("radius", datum=100, scale={"none": True}),
    )
    if parts.dimensions or parts.measures:
        draft.left_out.append("The shape is drawn as it is known; its mouth shows no value.")
    layer = Layer("arc", {"color": "gold"}, channels)
    return replace(single("Pac-Man", layer), query=Query(outputs=(output,), tables=(table,)))
