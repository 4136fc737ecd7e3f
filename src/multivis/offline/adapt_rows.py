"""Which rows the form of a reference needs: as they are, counted in the chart, or ranked there."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.offline.adapt_sketch import Sketch, read_fields
from multivis.offline.plan import Channel, Layer, Output, Plan, View

__all__ = ["folded", "rows_for", "without_hidden_count"]

_RAW_MARKS = frozenset({"boxplot", "errorbar", "errorband"})
_MIDDLES = frozenset({"mean", "average", "median", "ci0", "ci1", "stdev", "stderr"})
_RANKS = frozenset({"rank", "row_number", "dense_rank"})
_LIMITED = re.compile(
    r"^(?P<before>.*\brank\w*\W*?\s*)(?P<sign><=?)\s*(?P<number>\d+)(?P<after>\W*)$"
)


def rows_for(plan: Plan, sketch: Sketch) -> tuple[Plan, Sketch]:
    """The plan and the sketch, with the steps between rows and marks where the reference has them.

    A chart that counts, bins, smooths or spreads rows itself gets the rows as they are; one
    that ranks them and keeps the first gets all of them, and the number of the question.
    """
    plan, sketch = _ranked(plan, _grouped_in_query(plan, sketch))
    return _raw_rows(plan, sketch), sketch


def without_hidden_count(plan: Plan, views: tuple[View, ...]) -> Plan:
    """The rows as they are, where the query counts them and nothing shows the count.

    A dot for each row needs each row: one for each group would show too few.
    """
    query = plan.query
    counts = [o for o in query.outputs if o.aggregate]
    if not counts or query.fold or query.limit or any(o.time_unit for o in query.outputs):
        return plan
    if any(o.aggregate != "count" or o.column for o in counts):
        return plan
    layers = [layer for view in views for layer in view.layers]
    shown = {c.field for layer in layers for c in layer.channels}
    shown |= {name for layer in layers for name in read_fields(layer)}
    if shown & {o.name for o in counts}:
        return plan
    outputs = tuple(o for o in query.outputs if not o.aggregate)
    return replace(plan, query=replace(query, outputs=outputs, order=()))


_KEYS = frozenset({"color", "fill", "xOffset", "yOffset", "column", "row"})
_PLACES = frozenset({"x", "y"})


def folded(plan: Plan, sketch: Sketch) -> Plan:
    """Numbers in columns of their own as rows, where the reference tells such rows apart.

    A reference with one number, a thing on the other axis and a group that a colour or a place
    tells (the dots of two years, bars side by side) has a row for each of several numbers.
    """
    key = _key_field(sketch)
    numbers = [o for o in plan.query.outputs if o.kind == "quantitative"]
    groups = [o for o in plan.query.outputs if o.kind != "quantitative"]
    if not key or len(groups) != 1 or not 2 <= len(numbers) <= 4 or len(plan.views) != 1:
        return plan
    if len({layer.mark for layer in plan.layers}) > 1:
        return plan  # each kind of mark shows a number of its own (means and their spread)
    query, first = plan.query, plan.layers[0]
    place = next(
        (c for c in first.channels if c.name in _PLACES and c.field == groups[0].name), None
    )
    simple = all(_foldable(o) for o in numbers) and len({o.table for o in numbers}) == 1
    alike = len({bool(o.aggregate) for o in numbers}) == 1
    ranked = any(name != groups[0].name for name, _ in query.order)
    if query.fold or query.limit or ranked or not simple or not alike or place is None:
        return plan
    labels = tuple((o.table, o.column, o.title or o.name, o.aggregate) for o in numbers)
    value = Output("value", kind="quantitative", fold="value", title="Value")
    measure = Output("measure", kind="nominal", fold="key", title="Measure")
    channels = (
        place,
        Channel("x" if place.name == "y" else "y", "value", "quantitative", title="Value"),
        Channel("color", "measure", "nominal", title="Measure"),
    )
    query = replace(query, outputs=(*groups, value, measure), fold=labels)
    return replace(plan, query=query).with_layers(Layer(first.mark, first.options, channels))


def _foldable(output: Output) -> bool:
    whole = output.column and not (output.time_unit or output.cases or output.difference)
    return bool(whole and not output.joined and not output.part and not output.fold)


def _key_field(sketch: Sketch) -> str:
    """The field of the groups of a reference with one number and one thing; empty for another."""
    layers = [layer for view in sketch.views for layer in view.layers]
    if len(sketch.views) != 1 or any(layer.transforms for layer in layers):
        return ""
    channels = [c for layer in layers for c in layer.channels if c.field and c.bin < 0]
    placed = [c for c in channels if c.name in _PLACES]
    measured = {c.field for c in placed if c.kind == "quantitative" or c.aggregate}
    things = {c.field for c in placed} - measured
    keys = {c.field or "" for c in channels if c.name in _KEYS and c.kind in {"nominal", "ordinal"}}
    keys -= things
    if len(measured) != 1 or len(things) != 1 or len(keys) != 1 or measured & keys:
        return ""
    return keys.pop()


def _grouped_in_query(plan: Plan, sketch: Sketch) -> Sketch:
    """Without the step that sums up groups, where the query has done that already."""
    if sum(bool(o.aggregate) for o in plan.query.outputs) != 1:
        return sketch

    def layer_for(layer: Layer) -> Layer:
        first = layer.transforms[0] if layer.transforms else {}
        sums = first.get("aggregate")
        if not isinstance(sums, dict) or len(sums) != 1 or not first.get("groupby"):
            return layer
        return replace(layer, transforms=layer.transforms[1:])

    views = tuple(replace(view, layers=tuple(map(layer_for, view.layers))) for view in sketch.views)
    return replace(sketch, views=views)


def _raw_rows(plan: Plan, sketch: Sketch) -> Plan:
    """Ask for the rows themselves when the reference's form summarises them in the chart."""
    layers = [layer for view in sketch.views for layer in view.layers]
    summarised = any(
        layer.mark in _RAW_MARKS
        or any("density" in step for step in layer.transforms)
        or any(channel.bin >= 0 for channel in layer.channels)
        for layer in layers
    )
    query = plan.query
    if not query.grouped or query.fold:
        return plan
    measures = [o for o in query.outputs if o.aggregate]
    of_columns = [(o.table, o.column) for o in measures if o.column]
    if len(set(of_columns)) < len(of_columns):  # the lowest and the highest of one column
        return plan
    measured = any(o.column and o.kind == "quantitative" for o in query.outputs)
    positions = [c for layer in layers for c in layer.channels if c.name in {"x", "y", "theta"}]
    counted = any(_counts_rows(c) for layer in layers[:1] for c in layer.channels) and all(
        o.aggregate == "count" and not o.column for o in measures
    )
    counted = counted and not any(o.time_unit for o in query.outputs)
    averaged = any(c.aggregate in _MIDDLES for c in positions) and all(
        o.aggregate in {"avg", "median"} for o in measures
    )
    if not (summarised and measured) and not counted and not averaged:
        return plan
    outputs = tuple(replace(o, aggregate="") for o in query.outputs if o.column)
    return replace(plan, query=replace(query, outputs=outputs, order=(), limit=None))


def _counts_rows(channel: Channel) -> bool:
    return channel.aggregate == "count" and not channel.field and channel.name != "tooltip"


def _ranked(plan: Plan, sketch: Sketch) -> tuple[Plan, Sketch]:
    """Where the reference ranks rows and keeps the first, so many as the question wants."""
    limit = plan.query.limit
    if limit is None or plan.query.rest:
        return plan, sketch
    changed = False

    def step_for(step: dict[str, Any]) -> dict[str, Any]:
        nonlocal changed
        test = step.get("filter")
        found = _LIMITED.match(test) if isinstance(test, str) else None
        if found is None:
            return step
        changed = True
        number = limit if found["sign"] == "<=" else limit + 1
        return {**step, "filter": f"{found['before']}{found['sign']} {number}{found['after']}"}

    def layer_for(layer: Layer) -> Layer:
        ranks = any(
            str(text).split("(")[0] in _RANKS
            for step in layer.transforms
            for text in (step.get("window") or {}).values()
        )
        return replace(layer, transforms=tuple(map(step_for, layer.transforms))) if ranks else layer

    views: list[View] = [
        replace(view, layers=tuple(map(layer_for, view.layers))) for view in sketch.views
    ]
    if not changed:
        return plan, sketch
    return (
        replace(plan, query=replace(plan.query, limit=None)),
        replace(sketch, views=tuple(views)),
    )
