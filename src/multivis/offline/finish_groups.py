"""Which groups are shown: empty ones, the largest, the rest together; moving averages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.offline.draft import Draft
from multivis.offline.grain import is_unique
from multivis.offline.plan import Plan, Query
from multivis.offline.titles import axis_of_categories, with_layers
from multivis.offline.words import humanise

__all__ = [
    "ranked_in_chart",
    "with_empty_groups",
    "with_largest_only",
    "with_moving_average",
    "with_rest_together",
]


_WHOLE = re.compile(
    r"\b(?:each|every|all)(?: of)?(?: the)?(?: \w+)? \[\d"
    r"|(?<!\bare )(?<!\bis )\b(?:even|also|including) (?:those|the ones|if|when|with|\[)"
    r"|\balso (?:count |include |show |keep |list )?(?:the )?\[\d+\] (?:without|with no)\b"
    r"|\b(?:without|with no)(?: any)? \[\d+\](?:(?!\bnot\b|n't)[^.;]){0,20}"
    r"\b(?:shown|included|kept|appear|count as)\b"
)


def with_empty_groups(query: Query, draft: Draft) -> Query:
    """ "The number of orders of every customer": customers without orders have a count of 0."""
    groups = [o for o in draft.outputs if not o.aggregate and not o.fold]
    counts = [o for o in draft.outputs if o.aggregate]
    main = {o.table for o in groups}
    if len(main) != 1 or query.fold or len(counts) != 1 or counts[0].column:
        return query
    table = main.pop()
    others = [name for name in dict.fromkeys(query.tables) if name != table]
    if counts[0].aggregate != "count" or len(others) != 1 or any(o.time_unit for o in groups):
        return query
    keys = draft.catalog.path([table], others[0])
    if not keys or keys[0].to_table != table:
        return query
    if len(keys) > 2 or any(key.table != keys[0].table for key in keys[1:]):
        return query  # "of every product the number of features": by way of the pairs of both
    names = {f.name for f in draft.catalog.of(table) if is_unique(f, draft.catalog)}
    shown = draft.catalog.display(table)
    names |= {shown.name} if shown is not None else set()
    if not {o.column for o in groups} & names:
        return query  # by a property of the things, no single thing is missed
    child = draft.catalog.fields.get((keys[0].table, keys[0].column))
    rows = draft.catalog.entities[table].table.row_count
    used = child.column.distinct if child is not None else None
    if rows is None or used is None or used >= rows:
        return query
    if any(f.table != table for f in query.filters):
        return query
    things, counted = humanise(table), humanise(others[0])
    asked = _WHOLE.search(draft.reading.skeleton) and not draft.reading.percent
    if asked and draft.reading.limit is None:
        draft.assumptions.append(f"{things} without {counted} are shown with 0.")
        return replace(query, keep=table)
    draft.assumptions.append(
        f"{rows - used} of {rows} rows of {things} have no {counted} and are not counted."
    )
    return query


def with_rest_together(plan: Plan, draft: Draft, family: str) -> Plan:
    """ "The top 5 and the rest as Other": the others together, last."""
    query = plan.query
    if not draft.reading.rest or query.limit is None or not query.order or query.fold:
        return plan
    groups = [o for o in draft.outputs if not o.aggregate]
    totals = [o for o in draft.outputs if o.aggregate in {"sum", "count"}]
    if family not in {"bar", "arc"} or len(groups) != 1 or len(totals) != 1:
        draft.left_out.append("The rest is not shown: only counts and totals can be put together.")
        return plan
    if groups[0].kind == "quantitative":
        return plan
    name = "Other"
    layers = [
        replace(
            layer,
            channels=tuple(
                replace(c, sort="none") if c.field == groups[0].name and c.name in {"x", "y"} else c
                for c in layer.channels
            ),
        )
        for layer in plan.layers
    ]
    return with_layers(replace(plan, query=replace(query, rest=name)), layers)


def with_moving_average(plan: Plan, draft: Draft, family: str) -> Plan:
    """A moving average along x, alone or over the plain values."""
    moving = draft.reading.moving
    if moving is None or not plan.layers:
        return plan
    layer = plan.layers[0]
    x, y, color = layer.channel("x"), layer.channel("y"), layer.channel("color")
    if family not in {"line", "area", "bar"} or x is None or y is None or not (x.field and y.field):
        draft.left_out.append("The moving average needs values along a time axis.")
        return plan
    name = f"moving_average_{y.field}"
    step: dict[str, Any] = {
        "window": {name: f"mean({y.field})"}, "frame": [1 - moving.window, 0], "sort": [x.field],
    }  # fmt: skip
    if color is not None and color.field:
        step["groupby"] = [color.field]
    title = f"{y.title} ({moving.window}-Point Moving Average)" if y.title else None
    over = replace(
        layer.with_channel(replace(y, field=name, title=y.title if moving.beside else title)),
        mark="line", transforms=(*layer.transforms, step),
    )  # fmt: skip
    if not moving.size:
        draft.assumptions.append(f"The moving average is over {moving.window} points.")
    if not moving.beside:
        return plan.with_layers(over, *plan.layers[1:])
    plain = replace(layer, options={**layer.options, "opacity": 0.4})
    bold = replace(over, options={"strokeWidth": 3, **({} if color else {"color": "darkorange"})})
    return plan.with_layers(plain, bold, *plan.layers[1:])


_MANY = 50
_SHOWN = 30


def with_largest_only(plan: Plan, draft: Draft, family: str) -> Plan:
    """Of many bars or slices, the largest: more than a few dozen cannot be read."""
    query = plan.query
    if family not in {"bar", "arc", "lollipop"} or query.limit is not None or query.fold:
        return plan
    groups = [o for o in draft.outputs if o.kind in {"nominal", "ordinal"} and not o.aggregate]
    values = [o for o in draft.outputs if o.kind == "quantitative"]
    if len(groups) != 1 or not values or groups[0].cases:
        return plan
    if groups[0].time_unit or draft.reading.kind.cumulative:
        return plan
    column = draft.catalog.fields.get((groups[0].table, groups[0].column))
    distinct = column.column.distinct if column is not None else None
    if column is None or column.is_time or distinct is None or distinct <= _MANY:
        return plan
    sort = draft.reading.sort
    lowest = sort is not None and not sort.descending and sort.by == ""
    value = values[0]
    end = "smallest" if lowest else "largest"
    draft.assumptions.append(
        f'"{groups[0].title}" has {distinct} values; at most the {_SHOWN} with the {end} '
        f'"{value.title}" are shown.'
    )
    plan = replace(plan, query=replace(query, order=((value.name, not lowest),), limit=_SHOWN))
    layers = []
    for layer in plan.layers:
        category, shown = axis_of_categories(layer)
        if category is not None and shown is not None and not category.sort:
            order = shown.name if lowest else f"-{shown.name}"
            layer = layer.with_channel(replace(category, sort=order))
        layers.append(layer)
    return with_layers(plan, layers)


_RANKED = 60


def ranked_in_chart(plan: Plan, draft: Draft, family: str) -> Plan:
    """The first n of few groups are ranked in the chart, so that those that tie stay together.

    Galleries draw the top n so; of very many groups only the first are fetched.
    """
    query, limit = plan.query, draft.reading.limit
    if family not in {"bar", "lollipop"} or limit is None or query.limit != limit or query.fold:
        return plan
    groups = [o for o in draft.outputs if not o.aggregate and o.kind in {"nominal", "ordinal"}]
    if len(groups) != 1 or len(query.order) != 1 or query.rest or len(plan.views) != 1:
        return plan
    column = draft.catalog.fields.get((groups[0].table, groups[0].column))
    distinct = column.column.distinct if column is not None else None
    bars = [layer for layer in plan.layers if layer.mark == "bar"]
    marked = any(c.condition is not None for layer in plan.layers for c in layer.channels)
    plain = all(layer.mark in {"bar", "text"} and not layer.transforms for layer in plan.layers)
    if distinct is None or distinct > _RANKED or not bars or marked or not plain:
        return plan
    ((value, descending),) = query.order
    if not any(o.name == value and o.kind == "quantitative" for o in draft.outputs):
        return plan
    steps: tuple[dict[str, Any], ...] = (
        {"window": {"rank": f"rank({value})"}, "sort": [f"-{value}" if descending else value]},
        {"filter": f"datum.rank <= {limit}"},
    )
    plan = replace(plan, query=replace(query, limit=None))
    return with_layers(plan, [replace(layer, transforms=steps) for layer in plan.layers])
