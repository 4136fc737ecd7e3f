"""Running totals: numbers that grow along time, counted in the query or in the chart."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.offline.draft import Draft
from multivis.offline.plan import Channel, Layer, Output, Plan
from multivis.offline.roles import default_aggregate
from multivis.offline.titles import with_layers

__all__ = ["runs_up", "with_running_total"]

_RUNS_UP = re.compile(
    r"\b(?:cumulat|accumulat)\w*|\brunning (?:totals?|numbers?|counts?|sums?|tall(?:y|ies)|"
    r"balances?|amounts?|values?)\b"
    r"|\bup to (?:and including )?(?:each|every|that|any given) (?:year|month|day|date|week|"
    r"quarter|point|season)\b"
    r"|\b(?:pil|add|mount|build|built)(?:e|e[sd]|s|ed|ing)? up (?:over|along|year|"
    r"month|day|week|with|as)\b"
    r"|\bso far (?:by|at|in|after) (?:each|every)\b|\badd\w* up (?:as|from one) ",
    re.IGNORECASE,
)


def runs_up(text: str) -> bool:
    """Whether a number is asked for that adds up along an axis ("the running number of trips")."""
    return _RUNS_UP.search(text) is not None


def with_running_total(plan: Plan, draft: Draft, family: str) -> Plan:
    """A running total along x.

    As a convention of the field, one area of counted rows is counted in the chart, while lines and
    areas of several series get their totals from the query.
    """
    if not draft.reading.kind.cumulative or family not in {"line", "area", "bar", "trail"}:
        return plan
    layer = plan.layers[0] if plan.layers else None
    if layer is None:
        return plan
    stepped = str(layer.options.get("interpolate", "")).startswith("step")
    alone = layer.mark == "area" and not _series(layer) and not stepped
    if alone and (counted := _counted_up(plan, draft)) is not None:
        return counted
    drawn = layer.mark in {"line", "area", "trail"}
    if drawn and not alone and (made := _in_query(plan, draft, layer)) is not None:
        return made
    if not alone and (counted := _counted_up(plan, draft)) is not None:
        return counted
    layers = []
    for layer in plan.layers:
        x, y, color = layer.channel("x"), layer.channel("y"), layer.channel("color")
        if x is None or y is None or y.field is None or x.field is None:
            layers.append(layer)
            continue
        name = f"cumulative_{y.field}"
        step: dict[str, Any] = {"window": {name: f"sum({y.field})"}, "sort": [x.field]}
        if color is not None and color.field:
            step["groupby"] = [color.field]
        title = f"Cumulative {y.title}" if y.title else None
        known = {o.title for o in draft.outputs}
        changed = replace(y, field=name, title=title if y.title in known else y.title)
        if layer.mark == "area":
            changed = replace(changed, stack=changed.stack or "none")
        layers.append(replace(layer.with_channel(changed), transforms=(*layer.transforms, step)))
    return with_layers(plan, layers)


def _series(layer: Layer) -> list[str]:
    """The fields that tell lines or areas apart."""
    told = {"color", "row", "column", "facet", "detail"}
    return [c.field for c in layer.channels if c.name in told and c.field]


def _in_query(plan: Plan, draft: Draft, layer: Layer) -> Plan | None:
    """The running total as a column of the query; None where it is of something else.

    Without a unit of time, or with series of their own, each event stays a row of its own.
    """
    x, y = layer.channel("x"), layer.channel("y")
    total = next((o for o in draft.outputs if y is not None and o.name == y.field), None)
    along = next((o for o in draft.outputs if x is not None and o.name == x.field), None)
    if total is None or along is None or not _adds_up(total, draft):
        return None
    query = plan.query
    dated = along.time_unit or along.kind in {"temporal", "ordinal"} or "year" in along.name.lower()
    if query.fold or query.limit is not None or total.difference or total.whole or not dated:
        return None
    if [o for o in draft.outputs if o.aggregate and o is not total]:
        return None
    if any(f.aggregate for f in query.filters) or along.time_unit in {"month", "weekday", "hour"}:
        return None
    field = draft.catalog.fields.get((along.table, along.column))
    yearly = field is not None and field.date_style == "year"
    stepped = along.time_unit not in {"", "date"} or yearly or along.kind != "temporal"
    how = "groups" if stepped and not _series(layer) else "rows"
    title = f"Cumulative {total.title.removeprefix('Total ')}" if total.title else ""
    made = replace(total, running=how, along=along.name, name=f"cumulative_{total.name}",
                   title=title, aggregate=total.aggregate or "sum")  # fmt: skip
    draft.outputs[draft.outputs.index(total)] = made

    def one(channel: Channel) -> Channel:
        if channel.field != total.name:
            return channel
        said = made.title if channel.title == total.title else channel.title
        return replace(channel, field=made.name, title=said)

    views = []
    for view in plan.views:
        layers = []
        for old in view.layers:
            new = replace(old, channels=tuple(one(c) for c in old.channels))
            spread = new.channel("y")
            if new.mark == "area" and _series(new) and spread is not None and not spread.stack:
                new = new.with_channel(replace(spread, stack="none"))  # totals do not add up
            layers.append(new)
        views.append(replace(view, layers=tuple(layers)))
    order = tuple((made.name if n == total.name else n, down) for n, down in query.order)
    outputs: tuple[Output, ...] = tuple(made if o is total else o for o in query.outputs)
    return replace(plan, views=tuple(views), query=replace(query, outputs=outputs, order=order))


def _adds_up(total: Output, draft: Draft) -> bool:
    """Whether a number is a count, a sum, or an amount of each row that can be added."""
    if total.aggregate or total.kind != "quantitative":
        return total.aggregate in {"count", "sum"}
    field = draft.catalog.fields.get((total.table, total.column))
    return field is not None and field.is_measure and default_aggregate(field) == "sum"


def _counted_up(plan: Plan, draft: Draft) -> Plan | None:
    """Rows that are counted along their dates: each row adds one, so that they are not grouped."""
    layer = plan.layers[0] if len(plan.layers) == 1 else None
    x, y = (layer.channel("x"), layer.channel("y")) if layer is not None else (None, None)
    if layer is None or x is None or y is None or not x.field or y.title is None:
        return None
    count = next((o for o in draft.outputs if o.name == y.field), None)
    dated = [o for o in draft.outputs if o is not count]
    if count is None or count.aggregate != "count" or plan.query.fold or plan.query.limit:
        return None
    if any(o.aggregate or o.time_unit or o.cases for o in dated) or x.kind != "temporal":
        return None
    if len({o.table for o in dated}) != 1 or set(draft.counted) - {dated[0].table}:
        return None
    draft.outputs.remove(count)
    step: dict[str, Any] = {"window": {"cumulative_count": "count()"}, "sort": [x.field]}
    by = [c.field for c in layer.channels if c.name in {"color", "row", "column"} and c.field]
    if by:
        step["groupby"] = list(dict.fromkeys(by))
    stack = y.stack or ("none" if layer.mark == "area" else "")
    title = f"Cumulative {y.title}" if y.title == count.title else y.title
    made = layer.with_channel(replace(y, field="cumulative_count", stack=stack, title=title))
    return with_layers(replace(plan, query=replace(plan.query, tables=())),
                       [replace(made, transforms=(*layer.transforms, step))])  # fmt: skip
