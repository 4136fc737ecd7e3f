"""Shapes of charts over single rows: points."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.grain import numbers_of_one_row, owner_of
from multivis.offline.number_axes import measured_year
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Output, Plan, Selection
from multivis.offline.shapes import bar, groups, query_of, single
from multivis.offline.shapes_rows import category_of, facet_of, numbers_of, with_query
from multivis.offline.shapes_views import (
    difference_of,
    pairs_side_by_side,
    with_marginal_histograms,
)

__all__ = ["parallel", "scatter", "scatter_matrix"]


# ── points ──────────────────────────────────────────────────────────────────────────────────


def _axes(draft: Draft, parts: Parts) -> tuple[Concept | None, Concept | None, list[Concept]]:
    """The concepts of x and y, and the measures that are left."""
    listed = [c for c in parts.dimensions if _is_number(c)]  # "planes by length and height"
    pool = [
        c for c in [*parts.measures, *listed]
        if c is not parts.size or len(parts.measures) + len(listed) <= 2
    ]  # fmt: skip
    pool = sorted(pool, key=lambda c: c.order) if listed else pool
    spare = [c for c in parts.dimensions if c.roles & {"x", "y"} or (
        c.field is not None and c.field.is_time
    )]  # fmt: skip
    x = parts.x if parts.x in pool or parts.x in parts.dimensions else None
    y = parts.y if parts.y in pool or parts.y in parts.dimensions else None
    firsts = sorted(
        (c for c in [*parts.measures, *parts.dimensions] if "first" in c.roles),
        key=lambda c: c.order,
    )
    if x is None and y is None and len(firsts) >= 2:
        x, y = firsts[0], firsts[1]
    ranked = sorted(pool, key=lambda c: (bool(c.roles <= {"color"} and c.roles), c.order))
    against = [c for c in ranked if "versus" in c.roles]
    if x is None and y is None and against and "first" not in ranked[0].roles:
        x = against[0]
    if x is None:
        x = next((c for c in [*ranked, *spare] if c is not y), None)
    if y is None:
        y = next((c for c in [*ranked, *spare] if c is not x), None)
    if x is None or y is None:
        rest = [c for c in parts.dimensions if c not in (x, y)]
        if x is None and rest:
            x = rest.pop(0)
        if y is None and rest:
            y = rest.pop(0)
    return x, y, [c for c in parts.measures if c not in (x, y)]


def _is_number(concept: Concept) -> bool:
    """Whether a thing that is listed as a group is a number, which points have on an axis."""
    told = {"color", "shape", "row", "column", "facet", "size"}
    column = concept.field
    return (
        column is not None and column.is_measure and not column.is_time
        and not concept.cases and not concept.roles & told
    )  # fmt: skip


def _is_group(concept: Concept) -> bool:
    """Whether a category has so few values that each can have a colour."""
    column = concept.field
    distinct = column.column.distinct if column is not None else None
    return column is not None and column.is_category and 2 <= (distinct or 0) <= 12


_OFF = re.compile(
    r"\[(\d+)\](?: of (?:each |every |the )?\[\d+\])? \(how far from the overall average"
)


def _said_off_average(draft: Draft, parts: Parts) -> Concept | None:
    """The number of which it is told how far it lies from the average."""
    found = _OFF.search(draft.reading.skeleton)
    said = draft.reading.placeholders.get(int(found.group(1))) if found else None
    if said is None:
        return None
    same = [c for c in parts.measures if c.candidate.label == said.candidate.label]
    return same[0] if len(same) == 1 else None


_AGAINST = re.compile(r"\b(?:against|versus|vs\.?) (?:the |its |their )?\[(\d+)\]")


def _against_itself(draft: Draft, number: Concept) -> bool:
    """ "The distance from the mean age against the age": no names along x."""
    reading = draft.reading
    said = [reading.placeholders.get(int(n)) for n in _AGAINST.findall(reading.skeleton)]
    return any(c is not None and c.candidate.label == number.candidate.label for c in said)


def scatter(draft: Draft, parts: Parts) -> Plan:
    """Points: plain, coloured, sized, with a trend line; grouped when aggregates are asked."""
    if draft.reading.kind.diverge:  # "the average" is what is subtracted, not what is shown
        averaged = [c for c in parts.measures if c.aggregate == "avg" and c.field is not None]
        others = [c for c in parts.measures if c.field is not None and c not in averaged]
        if len(averaged) == 1 and others and parts.y is None:
            parts = replace(parts, y=averaged[0], x=parts.x or others[0])
        off = _said_off_average(draft, parts)
        rest = [c for c in parts.measures if c.field is not None and c is not off]
        if off is not None and rest and parts.x is not off:
            parts = replace(parts, y=off, x=parts.x or rest[0])
        plain = [replace(c, aggregate="") if c.aggregate == "avg" else c for c in parts.measures]
        changed = {id(old): new for old, new in zip(parts.measures, plain, strict=True)}
        parts = replace(
            parts, measures=plain,
            x=changed.get(id(parts.x), parts.x), y=changed.get(id(parts.y), parts.y),
        )  # fmt: skip
        listed = [c for c in parts.dimensions if _is_number(c)]
        numbers = [*numbers_of(parts), *listed]
        if len({c.candidate.label for c in numbers}) == 1:  # against itself, or along time
            rest = [c for c in parts.dimensions if c not in listed]
            if _against_itself(draft, numbers[0]):
                rest = [c for c in rest if c.field is not None]
            rest.sort(key=lambda c: c.field is None)  # what is named of a thing is along x
            times = [c for c in rest if c.field is not None and c.field.is_time]
            parts = replace(
                parts, measures=numbers[:1], dimensions=rest, y=numbers[0],
                x=next(iter(times), next((c for c in rest if c.roles <= _PLAIN), numbers[0])),
            )  # fmt: skip
    several = pairs_side_by_side(draft, parts)
    if several is not None:
        return several
    x, y, rest = _axes(draft, parts)
    if x is None or y is None:
        return _points_of_groups(draft, parts)
    kind = draft.reading.kind
    grouped = [c for c in (x, y) if c.aggregate not in {"", "sum?"} and c.field is not None]
    counted = [c for c in (x, y) if c.is_count]
    if numbers_of_one_row(x, y, parts.dimensions):
        x, y, grouped = replace(x, aggregate=""), replace(y, aggregate=""), []
    dims = [c for c in parts.dimensions if c not in (x, y)]
    owner = owner_of(x, y, dims, draft.catalog, parts.size)
    if (grouped or counted) and owner is None:
        return _grouped_points(draft, parts, x, y, dims)
    if owner is not None:  # each singer with the total sales of the songs
        draft.dimension(owner)
    outputs = [_value_of(draft, c) for c in (x, y)]
    channels = [
        measured_year(draft, draft.channel(name, output))
        for name, output in zip(("x", "y"), outputs, strict=True)
    ]
    if parts.color is not None and parts.color not in (x, y):
        channels.append(draft.channel("color", _color_output(draft, parts.color)))
    size = parts.size if parts.size not in (x, y, None) else None
    if size is None and kind.bubble and rest and not any("color" in c.roles for c in rest[:1]):
        size = rest[0]
    difference = difference_of(draft, parts, (x, y))
    if difference is not None:
        channels.append(draft.channel("size", difference))
    elif size is not None and (size.field is not None or owner is not None):
        how = size.aggregate if owner is not None else ""
        channels.append(draft.channel("size", draft.measure(size, how)))
    elif kind.bubble and (size is not None or draft.reading.distribution):
        channels.append(Channel("size", kind="quantitative", aggregate="count",
                                title="Count"))  # fmt: skip
    shape = next((c for c in parts.dimensions if "shape" in c.roles), None)
    if shape is not None:
        channels.append(draft.channel("shape", draft.dimension(shape)))
    facet = facet_of(draft, parts)
    if facet is not None:
        channels.append(facet)
    elif kind.regression and len(channels) == 2:  # "a smooth line for each class"
        told = next((c for c in dims if "dimension" in c.roles and _is_group(c)), None)
        if told is not None:
            channels.append(draft.channel("color", draft.dimension(told)))
    mark, options = _point_mark(draft)
    layer = Layer(mark, options, tuple(channels))
    plan = single("bubble chart" if kind.bubble else "scatter plot", layer)
    if kind.regression:
        plan = plan.with_layers(layer, _trend(layer, kind.regression))
    if kind.diverge:
        plan = _residuals(draft, plan, outputs[1])
    return with_query(draft, with_marginal_histograms(plan, draft))


def _value_of(draft: Draft, concept: Concept) -> Output:
    """What an axis of single points shows."""
    if concept.is_count or concept.aggregate not in {"", "sum?"}:
        return draft.measure(concept, concept.aggregate)
    return draft.plain(concept.field) if concept.field is not None else draft.dimension(concept)


def _points_of_groups(draft: Draft, parts: Parts) -> Plan:
    """A point for each group at its value, where there are no two measures."""
    plan = bar(draft, parts)
    mark, options = _point_mark(draft)
    layers = [
        replace(layer, mark=mark, options=options) if layer.mark == "bar" else layer
        for layer in plan.layers
    ]
    return replace(plan.with_layers(*layers), chart="dot plot")


def _point_mark(draft: Draft) -> tuple[str, dict[str, Any]]:
    """Circles when the words say so; points otherwise."""
    text = draft.reading.body.lower()
    if "circle" in text:
        return "circle", {}
    if "filled" in text or "dots" in text:
        return "point", {"filled": True}
    return "point", {}


_TOLD_APART = 7
_PLAIN = frozenset({"dimension", "x", "moment", "said"})


def _color_output(draft: Draft, concept: Concept) -> Output:
    column = concept.field
    if column is not None and column.is_measure and not (concept.is_count or concept.cases):
        distinct = column.column.distinct
        if distinct is None or distinct > _TOLD_APART or concept.aggregate:
            return draft.measure(concept)  # else few numbers that name groups
    return draft.dimension(concept)


def _grouped_points(
    draft: Draft, parts: Parts, x: Concept, y: Concept, dims: list[Concept]
) -> Plan:
    """One point for each group, at its aggregates."""
    along = [c for c in (x, y) if not (c.aggregate or c.is_count) and c in parts.dimensions]
    if len(dims) + len(along) == 0:
        plain = [replace(c, aggregate="") for c in (x, y) if c.field is not None]
        if len(plain) == 2:
            outputs = [draft.measure(c) for c in plain]
            return with_query(draft, single("scatter plot", Layer("point", channels=(
                draft.channel("x", outputs[0]), draft.channel("y", outputs[1]),
            ))))  # fmt: skip
    size = parts.size if parts.size not in (x, y) and parts.size in parts.measures else None
    measured = [c for c in (x, y, size) if c is not None and c not in along]
    made = groups(draft, replace(parts, measures=measured), most=3)
    shown = {id(c): o for o in [*made.dimensions, *made.measures]
             if (c := made.concepts.get(o.name)) is not None}  # fmt: skip
    sized = shown.get(id(size)) if size is not None else None
    values = [o for o in made.measures if o is not sized]
    first = shown.get(id(x)) or (values.pop(0) if values else made.dimensions[0])
    second = shown.get(id(y)) or (values[-1] if values else made.measures[-1])
    channels = [draft.channel("x", first), draft.channel("y", second)]
    color = shown.get(id(parts.color)) if parts.color is not None else None
    if color is not None and color not in (first, second):
        channels.append(draft.channel("color", color))
    if sized is not None and sized not in (first, second):
        channels.append(draft.channel("size", sized))
    mark, options = _point_mark(draft)
    plan = single("scatter plot", Layer(mark, options, tuple(channels)))
    return replace(plan, query=query_of(draft, made))


def _trend(layer: Layer, method: str) -> Layer:
    """A line through the points."""
    x, y, color = layer.channel("x"), layer.channel("y"), layer.channel("color")
    assert x is not None and y is not None
    by = [color.field] if color is not None and color.kind == "nominal" and color.field else []
    if method == "loess":
        transform: dict[str, Any] = {"loess": y.field, "on": x.field}
    else:
        transform = {"regression": y.field, "on": x.field}
        if method == "poly":
            transform["method"] = "poly"
    if by:
        transform["groupby"] = by
    kept = tuple(c for c in layer.channels if c.name in {"x", "y"} or (by and c is color))
    return Layer("line", {}, kept, (transform,))


def _residuals(draft: Draft, plan: Plan, value: Output) -> Plan:
    """Differences from the mean on y."""
    transforms = (
        {"joinaggregate": {"average": f"mean({value.name})"}},
        {"calculate": {"residual": f"datum['{value.name}'] - datum.average"}},
    )
    layer = plan.layers[0]
    y = layer.channel("y")
    assert y is not None
    title = y.title if y.title != value.title else f"{value.title}: Difference From Mean"
    layer = layer.with_channel(replace(y, field="residual", kind="quantitative", title=title))
    if "color" in draft.reading.body.lower() and layer.channel("color") is None:
        layer = layer.with_channel(
            draft.dress(Channel("color", "residual", "quantitative", title="Difference From Mean",
                                scale={"domainMid": 0}))
        )  # fmt: skip
    return plan.with_layers(replace(layer, transforms=transforms))


def scatter_matrix(draft: Draft, parts: Parts) -> Plan:
    """Every measure against every other."""
    measures = [
        c for c in [*parts.measures, *parts.dimensions]
        if c.field is not None and (c.field.is_measure or c.field.date_style == "year")
    ]  # fmt: skip
    if len(measures) < 2:
        return scatter(draft, parts)
    outputs = [draft.plain(c.field) for c in measures if c.field is not None]
    channels = [Channel("x", "repeat:column", "quantitative"),
                Channel("y", "repeat:row", "quantitative")]  # fmt: skip
    color = next((c for c in parts.dimensions if c not in measures), None)
    if color is not None:
        channels.append(draft.channel("color", draft.dimension(color)))
    layer = Layer("circle", {}, tuple(channels), (
        {"repeat": {"row": [o.name for o in outputs],
                    "column": [o.name for o in reversed(outputs)]}},
    ))  # fmt: skip
    plan = single("scatter plot matrix", layer)
    plan = replace(
        plan, width=150, height=150,
        selections=(Selection("zoom", "interval", bind="scales"),)
        if "interact" in draft.reading.body.lower() else (),
    )  # fmt: skip
    return with_query(draft, plan)


def parallel(draft: Draft, parts: Parts) -> Plan:
    """Parallel coordinates over the measures, each scaled to 0..1."""
    numbers = numbers_of(parts)
    if len(numbers) < 2:
        return scatter(draft, parts)
    outputs = [draft.plain(c.field) for c in numbers if c.field is not None]
    color = category_of(draft, parts)
    transforms: tuple[dict[str, Any], ...] = (
        {"window": {"index": "count()"}},
        {"fold": [o.name for o in outputs], "as": ["measure", "value"]},
        {"joinaggregate": {"low": "min(value)", "high": "max(value)"}, "groupby": ["measure"]},
        {"calculate": {"scaled": "(datum.value - datum.low) / (datum.high - datum.low)"}},
    )
    channels = [
        Channel("x", "measure", "nominal", title=""),
        Channel("y", "scaled", "quantitative", title="Scaled Value"),
        *([draft.channel("color", color)] if color is not None else []),
        Channel("detail", "index", "nominal"),
        Channel("opacity", value=0.5),
    ]
    return with_query(
        draft, single("parallel coordinates", Layer("line", {}, tuple(channels), transforms))
    )
