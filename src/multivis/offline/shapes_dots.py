"""Shapes of dots: punch cards, binned bubbles, stacked dots, connected points; horizon bands."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.charts.demands import BinsDemand
from multivis.offline.concepts import Concept
from multivis.offline.conditions import parse_number
from multivis.offline.draft import Draft
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Plan, Query
from multivis.offline.shapes import area, groups, query_of, single, split

__all__ = ["binned_bubbles", "bubble_table", "connected", "dot_stacks", "horizon"]

_BINNED = re.compile(
    r"\b2[- ]?d (?:histogram|binned)|\bbinned (?:scatter|bubble)|\bbins?\b|\bbinned\b"
)
_DOTS = re.compile(
    r"wilkinson|stacked dots|dots? stacked|(?:distribution|spread|frequency) [^.?!]{0,80}\bdots\b|"
    r"\bdots? (?:for|represent\w*) (?:each|every)|\bone dot (?:per|for|each)\b|"
    r"\bdots? per \[?\w+[^.?!]{0,40}\bstack"
)
_CONNECTED = re.compile(
    r"connected (?:scatter|points|dots|line)|(?:joined|connected|linked) (?:up )?in (?:the )?order|"
    r"(?:points|dots) (?:\w+ ){0,3}connected|"
    r"line (?:\w+ ){0,3}connect\w* (?:the )?(?:points|dots)|"
    r"\b(?:connects?|connecting|joins?|joining|links?|linking) (?:\S+ ){1,3}in (?:the )?order of\b|"
    r"\b(?:connect|join|link)\w*\b[^?!]{3,200}?\border(?:ed)? (?:of|by)\b"
)


def _numbers(parts: Parts) -> list[Concept]:
    return [c for c in parts.measures if c.field is not None and not c.aggregate]


def binned_bubbles(draft: Draft, parts: Parts) -> Plan | None:
    """Two numbers (or a date and a number) in bins; the size of a circle counts what falls in."""
    text = draft.reading.body.lower()
    sized = draft.reading.kind.bubble or re.search(r"\bcircles?\b|\bbubbles?\b|\bdots?\b", text)
    if not _BINNED.search(text) or not sized or "slider" in text:  # it parts points from bins
        return None
    dates = [c for c in parts.dimensions if c.field is not None and c.field.date_style == "iso"]
    pair = [*dates, *_numbers(parts)]
    if len(pair) < 2:  # numbers that make the sides of a grid
        pair += [
            c for c in parts.dimensions
            if c not in pair and c.field is not None and c.field.is_measure and c.roles & {"x", "y"}
        ]  # fmt: skip
    if len(pair) < 2:
        return None
    pair = sorted(pair[:2], key=lambda c: ("y" in c.roles and "x" not in c.roles, c.order))
    bins = [d.count or 0 for d in draft.demands.of(BinsDemand)]
    channels = []
    for place, (name, concept) in enumerate(zip(("x", "y"), pair, strict=True)):
        assert concept.field is not None
        output = draft.plain(concept.field)
        number = bins[min(place, len(bins) - 1)] if bins else 0
        channels.append(
            draft.dress(Channel(name, output.name, output.kind, title=output.title, bin=number))
        )
    channels.append(
        draft.dress(Channel("size", kind="quantitative", aggregate="count", title="Count"))
    )
    plan = single("binned bubble chart", Layer("circle", {}, tuple(channels)))
    return replace(plan, query=Query(outputs=tuple(draft.outputs)))


def bubble_table(draft: Draft, parts: Parts) -> Plan | None:
    """Two categories on the axes, and circles as large as the value where they meet."""
    text = draft.reading.body.lower()
    table = re.search(
        r"punch[- ]?card|bubble table|table (?:of|with) (?:bubbles|circles)|table bubble|"
        r"\b(?:grid|table|matrix) of (?:bubbles|circles|dots)",
        text,
    )
    if table is None and re.search(r"\b(?:circles?|bubbles?)\b", text):
        table = re.search(r"\bdown the side\b|\bacross\b[^.?!]{0,40}\bdown\b", text)
    asked = draft.reading.kind.bubble or table
    numbers = _numbers(parts)
    counts = [c for c in parts.measures if c.is_count]
    if table and counts and numbers and len(parts.dimensions) + len(numbers) == 2:
        # Numbers along the sides of such a table are its places ("ages across, majors down").
        sides = sorted([*numbers, *parts.dimensions], key=lambda c: c.order)
        parts = replace(parts, dimensions=sides, measures=counts)
    if not asked or len(_numbers(parts)) > 1 or len(parts.dimensions) < 2:
        return None
    if any(c.field is not None and c.roles & {"x", "y"} for c in parts.measures) and not table:
        return None  # a number along an axis is no place in a table
    made = groups(draft, replace(parts, measures=parts.measures[:1]))
    if len(made.dimensions) < 2 or made.fold:
        return None
    main, second, facet = split(parts, made)
    pair = [o for o in (main, second, facet) if o is not None][:2]
    pair.sort(
        key=lambda o: "y" in made.concepts[o.name].roles and "x" not in made.concepts[o.name].roles
    )
    channels = [draft.channel(name, o) for name, o in zip(("x", "y"), pair, strict=True)]
    channels = [replace(c, kind="ordinal") if c.kind == "nominal" else c for c in channels]
    channels.append(draft.channel("size", made.value))
    plan = single("bubble table", Layer("circle", {}, tuple(channels)))
    return replace(plan, query=query_of(draft, made))


_STACKED = re.compile(r"\b(?:an?|one) (?:dot|circle|point) (?:for|per)\b|wilkinson|stacked dots")


def _stacks_of_names(draft: Draft, concept: Concept) -> Plan:
    """A dot for every row, stacked over the name that it has."""
    draft.outputs.clear()
    value = draft.dimension(concept)
    step = {"window": {"id": "rank()"}, "groupby": [value.name]}
    layer = Layer("circle", {"opacity": 1}, (
        replace(draft.channel("x", value), kind="ordinal"),
        Channel("y", "id", "ordinal", title="", sort="descending", axis={"labels": False,
                "ticks": False}),
    ), (step,))  # fmt: skip
    return replace(single("dot plot", layer), query=Query(outputs=tuple(draft.outputs)))


def dot_stacks(draft: Draft, parts: Parts) -> Plan | None:
    """A dot for every row, stacked over its value (Wilkinson's dot plot)."""
    listed = [c for c in parts.dimensions if c.field is not None and c.field.is_measure]
    numbers = _numbers(parts) or listed
    body = draft.reading.body.lower()
    if not numbers and re.search(r"\bstack\w*", body) and _STACKED.search(body):
        named = [c for c in parts.dimensions if c.field is not None and "color" not in c.roles]
        return _stacks_of_names(draft, named[0]) if len(named) == 1 else None
    if not _DOTS.search(body) or len(numbers) != 1:
        return None
    if any(c.aggregate and c.field is not None for c in parts.measures if c not in numbers):
        return None  # "a dot per singer, the worth across and the total sales up"
    if parts.x is not None and parts.y is not None:
        return None  # "the year across and the size up": dots with a place on both axes
    # "A dot for each student": the students are the dots, they tell nothing apart.
    others = [c for c in parts.dimensions if c not in numbers]
    kept = [c for c in others if c.field is not None or "color" in c.roles]
    parts = replace(parts, dimensions=kept)
    assert numbers[0].field is not None
    value = draft.plain(numbers[0].field)
    step = {"window": {"id": "rank()"}, "groupby": [value.name]}
    channels = [
        draft.channel("x", value),
        Channel("y", "id", "ordinal", title="", sort="descending", axis={"labels": False,
                "ticks": False}),
    ]  # fmt: skip
    if parts.dimensions:
        told = parts.color if parts.color in parts.dimensions else parts.dimensions[0]
        channels.append(draft.channel("color", draft.dimension(told)))
    layer = Layer("circle", {"opacity": 1}, tuple(channels), (step,))
    return replace(single("dot plot", layer), query=Query(outputs=tuple(draft.outputs)))


def _ordered_by(draft: Draft, parts: Parts) -> Plan | None:
    """Two numbers of each row, joined in the order of a column that the words name."""
    found = re.search(r"\border of (?:the |its |their )?\[(\d+)\]", draft.reading.skeleton)
    order = draft.reading.placeholders.get(int(found.group(1))) if found else None
    numbers = [c for c in _numbers(parts) if order is None or c.field is not order.field]
    if order is None or len(numbers) < 2:
        return None
    draft.outputs.clear()
    pair = sorted(numbers[:2], key=lambda c: "y" in c.roles)
    places = [draft.plain(c.field) for c in pair if c.field is not None]
    along = draft.plain(order.field) if order.field is not None else draft.dimension(order)
    layer = Layer("line", {"point": True}, (
        draft.channel("x", places[0], scale={"zero": False}),
        draft.channel("y", places[1], scale={"zero": False}),
        Channel("order", along.name),
    ))  # fmt: skip
    return replace(
        single("connected scatter plot", layer),
        query=Query(outputs=tuple(draft.outputs), order=((along.name, False),)),
    )


def connected(draft: Draft, parts: Parts) -> Plan | None:
    """Two values of each moment as points, joined in the order of time."""
    if not _CONNECTED.search(draft.reading.body.lower()) or len(parts.measures) < 2:
        return None
    times = [c for c in parts.dimensions if c.field is not None and c.field.is_time]
    if (named := _ordered_by(draft, parts)) is not None:
        return named
    if not times:
        return None
    made = groups(draft, replace(parts, dimensions=times[:1], measures=parts.measures[:2]))
    if made.fold or len(made.measures) < 2:
        return None
    pair = sorted(made.measures, key=lambda o: "y" in made.concepts[o.name].roles)
    moment = made.dimensions[0]
    layer = Layer("line", {"point": True}, (
        draft.channel("x", pair[0], scale={"zero": False}),
        draft.channel("y", pair[1], scale={"zero": False}),
        Channel("order", moment.name),
    ))  # fmt: skip
    return replace(single("connected scatter plot", layer),
                   query=query_of(draft, made, order=((moment.name, False),)))  # fmt: skip


_CUT = re.compile(
    r"\b0 ?(?:-|–|to) ?(\d[\d,]*(?:\.\d+)?)\b|(?:band|layer|split|cut|fold)\w* (?:\w+ ){0,2}at "
    r"(\d[\d,]*(?:\.\d+)?)|\bbands? of (\d[\d,]*(?:\.\d+)?)"
)


def horizon(draft: Draft, parts: Parts) -> Plan:
    """An area in two bands: what rises over the middle is drawn again, darker, from the bottom."""
    plan = area(draft, parts)
    if len(plan.layers) != 1 or plan.query.fold:
        return plan
    layer = plan.layers[0]
    y = layer.channel("y")
    if y is None or y.field is None or layer.channel("color") is not None:
        return plan
    cut = _CUT.search(draft.reading.question.lower())
    half: Any
    steps: tuple[dict[str, Any], ...]
    if cut is not None:
        half = parse_number(next(part for part in cut.groups() if part))
        # "One layer up to 300 and another above": where it is folded is no condition on the rows.
        draft.reading.filters = [f for f in draft.reading.filters if half not in f.values]
        steps = ({"calculate": {"ny": f"datum['{y.field}'] - {half}"}},)
    else:
        half = f'python:float(df["{y.field}"].max()) / 2'
        steps = (
            {"joinaggregate": {"highest": f"max({y.field})"}},
            {"calculate": {"ny": f"datum['{y.field}'] - datum.highest / 2"}},
        )
    scale = {**y.scale, "domain": (0, half)}
    options = {"interpolate": "monotone", "clip": True, "opacity": 0.6, **layer.options}
    first = replace(layer, options=options).with_channel(replace(y, scale=scale))
    second = replace(layer, options=options, transforms=(*layer.transforms, *steps)).with_channel(
        replace(y, field="ny", scale=scale)
    )
    end = f"at {half}" if cut is not None else "at half of the highest value"
    draft.assumptions.append(
        f"The lighter band ends {end}; what lies above is drawn again from the bottom in a darker "
        "band."
    )
    return plan.with_layers(first, second)
