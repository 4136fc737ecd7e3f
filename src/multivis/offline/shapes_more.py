"""Shapes made of other shapes: lollipops, waterfalls, error bars, spans."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.offline.concepts import Concept
from multivis.offline.conditions import time_field
from multivis.offline.draft import Draft
from multivis.offline.finish_marks import COLOURS
from multivis.offline.linking import Candidate
from multivis.offline.pairs import asks_for_range
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Condition, Layer, Output, Plan, Query
from multivis.offline.shapes import (
    Groups,
    bar,
    groups,
    line,
    query_of,
    resolve_aggregate,
    single,
    split,
)
from multivis.offline.shapes_ranges import as_measure, named_ends
from multivis.offline.words import humanise, slug

__all__ = ["bump", "dumbbell", "error_bar", "gantt", "lollipop", "slope", "waterfall"]


def lollipop(draft: Draft, parts: Parts) -> Plan:
    """A thin rule with a dot at its end."""
    plan = bar(draft, parts)
    layer = plan.layers[0]
    stem_ = replace(layer, mark="rule", options={"strokeWidth": 2})
    dot = replace(layer, mark="circle", options={"size": 100, "opacity": 1})
    return replace(plan.with_layers(stem_, dot), chart="lollipop chart")


def waterfall(draft: Draft, parts: Parts) -> Plan:
    """Bars that begin where the previous one ended, joined by rules; values at and on them."""
    measured = next((c for c in parts.measures if c.field is not None), None)
    if not parts.dimensions and measured is not None and not measured.aggregate:
        # "How the budgets of the clinics add up": a step for each of them.
        thing = Candidate(0.7, entity=draft.catalog.entities[measured.table])
        parts = replace(parts, dimensions=[Concept(thing, -1, text=measured.table)])
    made = groups(draft, parts, most=1)
    main, _, _ = split(parts, made)
    value = made.value
    along_time = main is not None and bool(main.time_unit or main.kind == "temporal")
    first = main.name if main is not None and along_time else value.name
    query = query_of(draft, made, order=((first, False),))
    step = f"datum['{value.name}']"
    begin, end = "datum.window_sum", "datum.previous_sum"
    transforms: tuple[dict[str, Any], ...] = (
        {"window": {"window_sum": f"sum({value.name})"}},
        {"calculate": {"previous_sum": f"{begin} - {step}"}},
    )
    place = (
        [replace(draft.channel("x", main, sort="none"), kind="ordinal")] if main is not None else []
    )
    rise = _colour_of(
        draft, r"\b(?:positive|increas\w*|gain\w*|ris(?:es?|ing)|up|steps?)\b", "steelblue"
    )
    fall = _colour_of(draft, r"\b(?:negative|decreas\w*|loss\w*|drops?|fall\w*|down)\b", "orange")
    bars = Layer("bar", {}, (
        *place, draft.dress(Channel("y", "previous_sum", "quantitative", title=value.title)),
        Channel("y2", "window_sum"),
        Channel("color", condition=Condition(f"{step} < 0", fall, rise)),
    ), transforms)  # fmt: skip
    plan = single("waterfall chart", bars)
    if main is not None:
        rule = Layer("rule", {}, (
            *place, Channel("x2", "next_place"),
            draft.dress(Channel("y", "window_sum", "quantitative", title=value.title)),
        ), (*transforms, {"window": {"next": f"lead({main.name})"}}, {"calculate": {
            "next_place": f"datum.next === null ? datum['{main.name}'] : datum.next"
        }}))  # fmt: skip
        plan = plan.with_layers(bars, rule)
    if draft.reading.kind.labels:
        steps = {
            "sum_up": f"{begin} >= {end} ? {begin} : ''",
            "sum_down": f"{begin} < {end} ? {begin} : ''",
            "center": f"({begin} + {end}) / 2",
        }
        said = (*transforms, {"calculate": steps})
        words = [
            Layer("text", options, (
                *place, Channel("y", y, "quantitative"), Channel("text", text, "nominal"), *more,
            ), said)
            for text, y, options, more in (
                ("sum_up", "sum_up", {"baseline": "bottom", "dy": -4}, ()),
                ("sum_down", "sum_down", {"baseline": "top", "dy": 4}, ()),
                (value.name, "center", {"baseline": "middle"}, (Channel("color", value="white"),)),
            )
        ]  # fmt: skip
        plan = plan.with_layers(*plan.layers, *words)
    return replace(plan, query=query)


def _colour_of(draft: Draft, pattern: str, default: str) -> str:
    """The colour that words give to what a pattern names ("red for increases")."""
    text = draft.reading.question.lower()
    for order in (rf"\b({COLOURS})\b (?:bars? )?(?:for|means?|shows?) (?:\w+ ){{0,2}}?{pattern}",
                  rf"{pattern}(?: \w+){{0,2}}? (?:in|as|are|is) ({COLOURS})\b"):  # fmt: skip
        found = re.search(order, text)
        if found:
            return found.group(1).replace(" ", "").replace("-", "")
    return default


def error_bar(draft: Draft, parts: Parts) -> Plan:
    """The range or interval of a measure for each group, with its mean."""
    concept = next((c for c in parts.measures if c.field is not None), None)
    if concept is None or not parts.dimensions:
        return bar(draft, parts)
    group = draft.dimension(parts.dimensions[0])
    # Error bars lie unless words place them: so the names of the groups can be read.
    placed = {"y" in concept.roles, "x" in parts.dimensions[0].roles}
    upright = True in placed or "vertical" in draft.reading.body.lower() or group.kind == "temporal"
    along, up = ("x", "y") if upright else ("y", "x")
    if draft.reading.kind.error == "range":
        mean, low, high = (draft.measure(concept, a) for a in ("avg", "min", "max"))
        bars = Layer("errorbar", channels=(
            draft.channel(along, group), draft.channel(up, low), Channel(up + "2", high.name),
        ))  # fmt: skip
        points = Layer("point", {"filled": True, "color": "black"}, (
            draft.channel(along, group), draft.channel(up, mean),
        ))  # fmt: skip
    else:
        value = draft.measure(concept)
        extent = {"ci": "ci", "stdev": "stdev", "stderr": "stderr", "iqr": "iqr"}.get(
            draft.reading.kind.error, "ci"
        )
        bars = Layer("errorbar", {"extent": extent}, (
            draft.channel(along, group), draft.channel(up, value),
        ))  # fmt: skip
        points = Layer("point", {"filled": True, "color": "black"}, (
            draft.channel(along, group), draft.channel(up, value, aggregate="mean"),
        ))  # fmt: skip
    layers = [
        replace(layer, channels=tuple(sorted(layer.channels, key=lambda c: c.name)))
        for layer in (bars, points)
    ]
    return replace(single("error bars", *layers), query=Query(outputs=tuple(draft.outputs)))


def dumbbell(draft: Draft, parts: Parts) -> Plan:
    """Two values of each group as dots, joined by a rule."""
    numbers = [c for c in parts.measures if c.field is not None]
    ranged = next((c for c in numbers if c.aggregate == "range"), None)
    ends = draft.reading.kind.error == "range" or asks_for_range(draft.reading.body)
    if ranged is None and ends and len(numbers) == 1:
        ranged = numbers[0]
    if ranged is None:
        ranged = _low_and_high(numbers)
    if not numbers and parts.dimensions:  # columns that are called by both ends alone
        thing = parts.dimensions[0]
        numbers = [as_measure(thing, f) for f in named_ends(draft, thing.table) or ()]
    if not parts.dimensions or (ranged is None and len(numbers) != 2):
        return error_bar(draft, parts)
    if ranged is None and (plan := _dumbbell_of_rows(draft, parts, numbers)) is not None:
        return plan
    if ranged is not None and ranged.field is not None:
        return _dumbbell_of_range(draft, parts, ranged)
    group = draft.dimension(parts.dimensions[0])
    dims = parts.dimensions[:1]
    kinds = [resolve_aggregate(draft, parts, c, dims) for c in numbers]
    if any(kinds) and not all(kinds):
        kinds = [k or "avg" for k in kinds]
    low, high = (draft.measure(c, k) for c, k in zip(numbers, kinds, strict=True))
    upright = _is_upright(draft)
    along, across = ("x", "y") if upright else ("y", "x")
    both = " and ".join((low.title, high.title))
    start = draft.dress(Channel(across, low.name, "quantitative", title=both))
    rule = Layer("rule", {"color": "gray", "strokeWidth": 2}, (
        draft.channel(along, group), start, Channel(across + "2", high.name),
    ))  # fmt: skip
    dots = [
        Layer("circle", {"size": 100, "opacity": 1, "color": color}, (
            draft.channel(along, group),
            draft.dress(Channel(across, output.name, "quantitative", title=both)),
        ))
        for output, color in ((low, "steelblue"), (high, "darkorange"))
    ]  # fmt: skip
    layers = [
        replace(layer, channels=tuple(sorted(layer.channels, key=lambda c: c.name)))
        for layer in (rule, *dots)
    ]
    draft.assumptions.append(f'The blue dots are "{low.title}", the orange ones "{high.title}".')
    return replace(single("dumbbell chart", *layers), query=Query(outputs=tuple(draft.outputs)))


def _dumbbell_of_rows(draft: Draft, parts: Parts, numbers: list[Concept]) -> Plan | None:
    """Two columns as rows: a line for each group, and dots whose colours a legend explains."""
    made = groups(draft, replace(parts, dimensions=parts.dimensions[:1], measures=numbers))
    if not made.fold or made.key is None or not made.dimensions:
        draft.outputs.clear()
        return None
    return _joined_dots(draft, made)


def _dumbbell_of_range(draft: Draft, parts: Parts, ranged: Concept) -> Plan:
    """The least and the greatest value of each group as rows."""
    column = ranged.field
    assert column is not None
    made = Groups()
    made.dimensions.append(draft.dimension(parts.dimensions[0]))
    made.fold = [(*column.key, label, a) for label, a in (("Minimum", "min"), ("Maximum", "max"))]
    title = humanise(column.name)
    value = Output(slug(column.name), kind="quantitative", fold="value", title=title)
    made.measures = [draft.add(value)]
    made.key = draft.add(Output("extreme", kind="nominal", fold="key", title="Extreme"))
    return _joined_dots(draft, made)


def _joined_dots(draft: Draft, made: Groups) -> Plan:
    """A line for each group, and dots whose colours a legend explains."""
    assert made.key is not None
    upright = _is_upright(draft)
    along, across = ("x", "y") if upright else ("y", "x")
    place = sorted(
        (draft.channel(along, made.dimensions[0]), draft.channel(across, made.value)),
        key=lambda c: c.name,
    )
    line_ = Layer("line", {"color": "lightgray", "strokeWidth": 2}, (
        *place, Channel("detail", made.dimensions[0].name, made.dimensions[0].kind),
    ))  # fmt: skip
    dots = Layer("point", {"size": 100, "opacity": 1, "filled": True},
                 (*place, draft.channel("color", made.key)))  # fmt: skip
    return replace(single("dumbbell chart", line_, dots), query=query_of(draft, made))


def _is_upright(draft: Draft) -> bool:
    """Whether the marks stand; "titles listed vertically" lie on the other axis."""
    text = draft.reading.body.lower()
    listed = re.search(r"(?:listed|arranged|shown|displayed) vertically|horizontal", text)
    return bool(draft.reading.kind.name) and "vertical" in text and listed is None


def _low_and_high(numbers: list[Concept]) -> Concept | None:
    """One column whose minimum and maximum are both asked for."""
    pair = {c.aggregate: c for c in numbers if c.aggregate in {"min", "max"}}
    if len(pair) == 2 and pair["min"].candidate.label == pair["max"].candidate.label:
        return pair["min"]
    return None


def slope(draft: Draft, parts: Parts) -> Plan:
    """Lines from the first point in time to the last, one for each group."""
    times = [c for c in parts.dimensions if c.field is not None and c.field.is_time]
    if not times:
        column = time_field([*draft.reading.concepts], draft.catalog, draft.reading.unit or "year")
        if column is None:
            return line(draft, parts)
        times = [Concept(Candidate(0.7, field=column), -1, roles={"dimension", "x"})]
        parts.dimensions.insert(0, times[0])
    time = times[0]
    time.roles.add("x")
    if time.field is not None and time.field.date_style == "iso" and not time.unit:
        time.unit = draft.reading.unit or "year"
    draft.reading.filters = [
        replace(f, operator="in")
        if time.field is not None and (f.table, f.column) == time.field.key
        and f.operator == "between"
        else f
        for f in draft.reading.filters
    ]  # fmt: skip
    plan = line(draft, parts)
    return replace(_with_points(plan), chart="slope chart")


def bump(draft: Draft, parts: Parts) -> Plan:
    """Ranks along time: the first place on top."""
    plan = line(draft, parts)
    layer = plan.layers[0]
    x, y, color = layer.channel("x"), layer.channel("y"), layer.channel("color")
    if x is None or y is None or color is None or not (x.field and y.field):
        draft.left_out.append("Ranks need a time axis and one line for each group.")
        return plan
    step = {"window": {"rank": "rank()"}, "sort": [f"-{y.field}"], "groupby": [x.field]}
    ranked = draft.dress(Channel("y", "rank", "ordinal", title=f"Rank by {y.title}"))
    made = replace(layer.with_channel(ranked), transforms=(step,))
    return replace(_with_points(plan.with_layers(made)), chart="bump chart")


def _with_points(plan: Plan) -> Plan:
    layers = [replace(layer, options={**layer.options, "point": True}) for layer in plan.layers]
    return plan.with_layers(*layers)


def gantt(draft: Draft, parts: Parts) -> Plan:
    """Bars from a start to an end."""
    times = [
        c for c in draft.reading.concepts
        if c.field is not None and (c.field.is_time or c.field.is_measure)
    ]  # fmt: skip
    names = [c for c in parts.dimensions if c not in times]
    names += [c for c in draft.reading.concepts if c.field is None and c not in names]
    if len(times) < 2 or not names:
        return bar(draft, parts)
    name = draft.dimension(names[0])
    start, end = (draft.plain(c.field) for c in times[:2] if c.field is not None)
    channels = [draft.channel("x", start), Channel("x2", end.name), draft.channel("y", name)]
    if parts.color is not None and parts.color not in times:
        channels.append(draft.channel("color", draft.dimension(parts.color)))
    layer = Layer("bar", channels=tuple(channels))
    return replace(single("gantt chart", layer), query=Query(outputs=tuple(draft.outputs)))
