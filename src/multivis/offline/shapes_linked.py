"""Two views of the same rows: what is chosen in the first decides what the second shows."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Condition, Layer, Output, Plan, Query, Selection, View

__all__ = ["linked_views"]

_CHOOSES = r"(?:select|drag|brush|click|choos|pick|tick|lasso)\w*"
_DRAGS = re.compile(r"\b(?:drag|brush|lasso|box|rectangle|area|region|range|mouse|select)\w*\b")
_WHERE = (
    r"(?:below|beneath|under(?:neath)?|next to|beside|alongside|to the (?:right|left)|(?:on|at) "
    r"the (?:right|left|bottom|side)|second|linked|another|separate|and see|by its side)"
)
_SECOND = r"(?:bar charts?|bars|bar graphs?|columns|tables?|histograms?|line charts?|lines)"
# "Below it a bar chart …", "a table next to it", "two linked charts: …, and bars …"
_BESIDE = re.compile(
    rf"\b{_WHERE}\b[^.?!]{{0,60}}?\b(?P<after>{_SECOND})\b|\b(?P<before>{_SECOND})\b[^.?!]{{0,60}}?"
    rf"\b{_WHERE}\b|\b(?:two|2|pair of) (?:linked |connected |interactive |coordinated )?"
    rf"(?:charts|views|plots|graphs)\b[^?!]*?\b(?P<two>{_SECOND})\b|\b(?P<list>tables?|lists?)\b"
    rf"[^.?!]{{0,60}}?\b(?:selected|selection|chosen|picked|inside|brushed|those points)\b",
)
_POINTS = re.compile(r"\b(?:scatter\w*|points?|dots?|circles?|against|versus|vs)\b")
_PANEL = 280


def linked_views(draft: Draft, parts: Parts) -> Plan | None:
    """Points of single rows, and beside them a count, a list or details of those chosen.

    Args:
        draft: The draft; its outputs are chosen anew where two linked views are asked for.
        parts: The parts of the question.

    Returns:
        The plan; None where no such views are asked for, or where columns for them are missing.
    """
    text = draft.reading.body.lower()
    if not re.search(rf"\b{_CHOOSES}\b", text) or not _POINTS.search(text):
        return None
    beside = _BESIDE.search(text)
    if beside is None or "heat" in text:
        return None
    kind = next(word for word in beside.groups() if word)
    ordered = sorted(draft.reading.concepts, key=lambda c: c.order)
    numbers = [c for c in ordered if _is_number(c)]
    pair = _axes(numbers)
    if pair is None:
        return None
    kept = list(draft.outputs)
    draft.outputs.clear()
    plan = None
    if re.match(r"table|list", kind):
        plan = _listed(draft, parts, pair, ordered)
    elif re.match(r"bar|column|histogram", kind):
        plan = _counted(draft, parts, pair, ordered) if _counts(text) else None
    if plan is None:
        draft.outputs[:] = kept
    return plan


def _is_number(concept: Concept) -> bool:
    column = concept.field
    plain = concept.aggregate in {"", "sum?"}
    return column is not None and plain and (column.is_measure or column.date_style == "year")


def _axes(numbers: list[Concept]) -> tuple[Concept, Concept] | None:
    """The numbers of both axes, as they are placed or in the order of the words."""
    x = next((c for c in numbers if "x" in c.roles and "y" not in c.roles), None)
    y = next((c for c in numbers if "y" in c.roles and "x" not in c.roles), None)
    rest = [c for c in numbers if c is not x and c is not y]
    x = x or (rest.pop(0) if rest else None)
    y = y or (rest.pop(0) if rest else None)
    return (x, y) if x is not None and y is not None and x.field is not y.field else None


def _counts(text: str) -> bool:
    return bool(re.search(r"\bcount\w*\b|\bhow many\b|\bnumbers? of\b", text))


def _place(draft: Draft, pair: tuple[Concept, Concept]) -> tuple[Channel, ...]:
    """Both axes, with the columns of single rows."""
    made = []
    for name, concept in zip(("x", "y"), pair, strict=True):
        assert concept.field is not None
        output = draft.plain(concept.field)
        made.append(replace(draft.channel(name, output), kind="quantitative"))
    return tuple(made)


def _group(parts: Parts, ordered: list[Concept], pair: tuple[Concept, Concept]) -> Concept | None:
    """What tells the points apart and is counted: the colour, else the first category."""
    if parts.color is not None and parts.color not in pair:
        return parts.color
    named = [c for c in ordered if c.field is not None and c.field.is_category and c not in pair]
    return next((c for c in named if not c.roles <= {"tooltip"}), None)


def _tips(draft: Draft, parts: Parts) -> tuple[Channel, ...]:
    """What is shown on hover, as columns of the same rows."""
    outputs = [draft.dimension(c) for c in parts.tooltip if not c.is_count]
    return tuple(Channel("tooltip", o.name, o.kind, title=o.title) for o in dict.fromkeys(outputs))


def _counted(
    draft: Draft, parts: Parts, pair: tuple[Concept, Concept], ordered: list[Concept]
) -> Plan | None:
    """Points with a brush, and under them lying bars that count the chosen ones by group."""
    group = _group(parts, ordered, pair)
    if group is None:
        return None
    place, told = _place(draft, pair), draft.dimension(group)
    chosen = Selection("brush", "interval")
    color = draft.channel("color", told)
    shade = replace(color, condition=Condition(chosen.name, None, "lightgray"))
    points = Layer("point", {}, (*place, shade, *_tips(draft, parts)))
    bars = Layer("bar", {}, (
        Channel("x", told.name, "quantitative", aggregate="count", title="Count"),
        draft.channel("y", told), color,
    ), ({"filter": chosen.name},))  # fmt: skip
    return _together(draft, chosen, points, View(layers=(bars,)), "vconcat")


def _listed(
    draft: Draft, parts: Parts, pair: tuple[Concept, Concept], ordered: list[Concept]
) -> Plan | None:
    """Points with a brush, and a column of text beside them for each thing that is told."""
    place = _place(draft, pair)
    named = [c for c in ordered if c.field is not None and not c.aggregate]
    told: list[Output] = [
        draft.plain(c.field) if c.field.is_measure else draft.dimension(c)
        for c in named if c.field is not None and (c not in pair or _again(draft, c))
    ]  # fmt: skip
    told = list(dict.fromkeys(told))
    if not told:
        return None
    dragged = _DRAGS.search(draft.reading.body.lower()) is not None
    chosen = Selection("brush", "interval" if dragged else "point")
    shade = Channel("color", condition=Condition(chosen.name, "steelblue", "grey"))
    points = Layer("point", {}, (*place, shade, *_tips(draft, parts)))
    steps = (
        {"filter": chosen.name},
        {"window": {"row_number": "row_number()"}},
        {"filter": "datum.row_number < 15"},
    )
    views = [
        View(layers=(Layer("text", {"align": "right"}, (
            Channel("y", "row_number", "ordinal", title="", axis={"labels": False, "ticks": False,
                    "domain": False}),
            Channel("text", output.name, "nominal"),
        ), steps),), title=output.title)
        for output in told
    ]  # fmt: skip
    first = View(layers=(points,), selections=(chosen.name,))
    return Plan(
        chart="points with a table of those chosen", views=(first, *views), arrangement="hconcat",
        query=Query(outputs=tuple(draft.outputs)), selections=(chosen,),
        config={"view": {"stroke": None}},
    )  # fmt: skip


def _again(draft: Draft, concept: Concept) -> bool:
    """Whether a number of an axis is named once more, for the list."""
    return concept.mentions > 1


def _together(draft: Draft, chosen: Selection, first: Layer, second: View, how: str) -> Plan:
    views = (
        View(layers=(first,), width=_PANEL, height=_PANEL, selections=(chosen.name,)),
        replace(second, width=_PANEL),
    )
    return Plan(
        chart="linked views", views=views, arrangement=how,
        query=Query(outputs=tuple(draft.outputs)), selections=(chosen,),
    )  # fmt: skip
