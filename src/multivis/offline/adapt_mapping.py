"""Put the fields of the question's plan in the places of the reference's fields, by role."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from multivis.offline.adapt_expression import Unreadable, renamed
from multivis.offline.adapt_like import colored_groups, ordered_like
from multivis.offline.adapt_sketch import Sketch, made_fields, read_fields
from multivis.offline.plan import Channel, Layer, Plan, View

__all__ = ["fill_sketch", "match_fields", "plan_channels"]

_DIMENSIONS = frozenset({"nominal", "ordinal", "temporal"})
_POSITIONS = frozenset({"x", "y", "theta", "radius"})
_LEGENDS = frozenset(
    ["color", "fill", "stroke", "size", "shape", "opacity", "strokeDash", "strokeWidth", "angle"]
)
_PAIRED = frozenset({"x2", "y2", "theta2", "radius2"})
_GUIDED = frozenset({"x", "y", "row", "column", "facet"})
_SCALED = _LEGENDS | _POSITIONS | {"xOffset", "yOffset"}


def plan_channels(plan: Plan) -> dict[str, Channel]:
    """Field → the channel of the plan that shows it; counts made in the chart under ``""``."""
    found: dict[str, Channel] = {}
    for view in plan.views:
        for layer in view.layers:
            for channel in layer.channels:
                if channel.name == "tooltip":
                    continue
                if channel.field and not channel.field.startswith("repeat:"):
                    found.setdefault(channel.field, channel)
                elif channel.aggregate == "count":
                    found.setdefault("", channel)
    return found


def match_fields(sketch: Sketch, plan: Plan) -> dict[str, str]:
    """Reference field → plan field: by measurement type first, by channel second.

    A field that a transform of the reference makes is not matched: it stays.
    """
    made = {name for view in sketch.views for layer in view.layers for name in made_fields(layer)}
    wanted: dict[str, list[tuple[str, str | None]]] = {}
    for view in sketch.views:
        for layer in view.layers:
            for channel in layer.channels:
                if channel.field and channel.field not in made:
                    kind = "quantitative" if channel.aggregate else channel.kind
                    wanted.setdefault(channel.field, []).append((channel.name, kind))
    for name in _fields_of_transforms(sketch) - made:
        wanted.setdefault(name, [("", "quantitative")])
    offered = {f: c for f, c in plan_channels(plan).items() if f}
    for output in plan.query.outputs:
        offered.setdefault(output.name, Channel("", output.name, output.kind))
    own = {n for view in plan.views for layer in view.layers for n in made_fields(layer)}
    scores: list[tuple[float, int, str, str]] = []
    kinds = {output.name: output.kind for output in plan.query.outputs}
    for place, (name, uses) in enumerate(wanted.items()):
        for field, channel in offered.items():
            if channel.kind is None and field in kinds:
                channel = replace(channel, kind=kinds[field])
            if field in own and field not in {o.name for o in plan.query.outputs}:
                continue
            score = max(_likeness(use, channel) for use in uses)
            if score > 0:
                scores.append((score, -place, name, field))
    mapping: dict[str, str] = {}
    for _, _, name, field in sorted(scores, reverse=True):
        if name not in mapping and field not in mapping.values():
            mapping[name] = field
    return mapping


def _likeness(use: tuple[str, str | None], channel: Channel) -> float:
    name, kind = use
    own = "quantitative" if channel.aggregate and channel.kind is None else channel.kind
    if kind is None or own is None:
        score = 2.0
    elif kind == own:
        score = 4.0
    elif kind in _DIMENSIONS and own in _DIMENSIONS:
        score = 3.0
    else:
        return 0.0
    if name and name == channel.name:
        score += 1.5 if name in {"color", "row", "column", "facet"} else 0.9
    elif {name, channel.name} <= _POSITIONS and name:
        score += 0.5
    return score


def _fields_of_transforms(sketch: Sketch) -> set[str]:
    """Fields that transforms read."""
    layers = [layer for view in sketch.views for layer in view.layers]
    return {name for layer in layers for name in read_fields(layer)}


def fill_sketch(sketch: Sketch, plan: Plan, mapping: Mapping[str, str]) -> tuple[View, ...]:
    """The sketch with the plan's fields in it; empty when its main part cannot be filled."""
    known = plan_channels(plan)
    views: list[View] = []
    selections = {selection.name for selection in sketch.selections}
    base = sketch.views[0].layers[0].transforms if sketch.views and sketch.views[0].layers else ()
    old = [step for step in base if _chooses_old_values(step, selections)]
    for number, view in enumerate(sketch.views):
        layers: list[Layer] = []
        for place, layer in enumerate(view.layers):
            # What keeps some rows of the old data in the whole chart is no part of its form.
            steps = tuple(step for step in layer.transforms if step not in old)
            layer = replace(layer, transforms=steps)
            filled = _fill_layer(layer, plan, mapping, known, sketch)
            if filled is not None:
                layers.append(filled)
            elif place == 0 and number == 0:
                return ()
        if layers:
            views.append(replace(view, layers=tuple(layers)))
    return tuple(views)


def _fill_layer(
    layer: Layer,
    plan: Plan,
    mapping: Mapping[str, str],
    known: Mapping[str, Channel],
    sketch: Sketch,
) -> Layer | None:
    made = made_fields(layer)
    selections = {selection.name for selection in sketch.selections}
    try:
        steps = tuple(_fill_step(step, mapping, made, selections) for step in layer.transforms)
        channels = [_fill_channel(c, layer, plan, mapping, known, made) for c in layer.channels]
    except Unreadable:
        return None
    kept = [channel for channel in channels if channel is not None]
    had = {c.name for c in layer.channels if c.name in _POSITIONS}
    if had - {c.name for c in kept}:
        return None
    if not kept:
        return None
    filled = replace(layer, channels=tuple(kept), transforms=steps)
    return colored_groups(ordered_like(filled, layer, plan.query.outputs))


def _fill_channel(
    channel: Channel,
    layer: Layer,
    plan: Plan,
    mapping: Mapping[str, str],
    known: Mapping[str, Channel],
    made: frozenset[str],
) -> Channel | None:
    """The channel with its new field; None when there is none."""
    condition = channel.condition
    if condition is not None and "datum" in condition.test:
        condition = replace(condition, test=renamed(condition.test, mapping, made))
        channel = replace(channel, condition=condition)
    if channel.field in made:
        return _titled(channel, plan)
    if not channel.field:
        return _fill_count(channel, layer, plan, known) if channel.aggregate else channel
    field = mapping.get(channel.field)
    if field is None:  # a count that the chart makes stands where a counted column stood
        count = known.get("")
        return count if count is not None and count.name == channel.name else None
    own = known.get(field)
    output = plan.output(field)
    kind = (own.kind if own is not None else None) or (output.kind if output else channel.kind)
    if kind == "ordinal" and channel.kind == "nominal" and output is not None:
        # Text that has no order of its own is as nominal as in the reference.
        kind = "nominal" if output.kind == "nominal" or output.cases else kind
    sort = channel.sort
    if isinstance(sort, str) and sort.lstrip("-") in mapping:
        sort = ("-" if sort.startswith("-") else "") + mapping[sort.lstrip("-")]
    elif isinstance(sort, str) and sort.lstrip("-") not in {
        "",
        "x",
        "y",
        "ascending",
        "descending",
        "none",
        "color",
    }:
        sort = sort if sort.lstrip("-") in made else ""
    aggregate = channel.aggregate
    alone = sum(c.name in {"x", "y"} and bool(c.field or c.aggregate) for c in layer.channels) < 2
    if (
        aggregate
        and not alone
        and (
            plan.query.grouped
            or (own is not None and not own.aggregate and layer.mark == "bar" and not _raw(plan))
        )
    ):
        aggregate = ""
    if own is not None and own.aggregate and not alone:
        aggregate = own.aggregate
    if kind in _DIMENSIONS and aggregate in {"mean", "sum", "median"}:
        return None
    bins = channel.bin if kind == "quantitative" else -1
    unit = channel.time_unit if kind == "temporal" and not (output and output.time_unit) else ""
    name = channel.name
    same = own is not None and own.name == name
    return replace(
        channel,
        field=field,
        kind=None if name in _PAIRED or (name == "order" and channel.kind is None) else kind,
        title=own.title if own is not None and name not in {"x2", "y2", "detail"} else None,
        aggregate=aggregate,
        bin=own.bin if own is not None and own.bin >= 0 else bins,
        bin_step=own.bin_step if own is not None and own.bin_step else channel.bin_step,
        time_unit=(own.time_unit if own is not None else "") or unit,
        sort=own.sort if own is not None and own.sort and same else sort,
        stack=((own.stack if own is not None else "") or channel.stack)
        if name in _POSITIONS
        else "",
        scale={**channel.scale, **(own.scale if same and own else {})} if name in _SCALED else {},
        axis={**channel.axis, **(own.axis if same and own else {})} if name in _GUIDED else {},
        legend={**channel.legend, **(own.legend if same and own else {})}
        if name in _LEGENDS
        else {},
        format=(own.format if own is not None else "") or channel.format,
    )


def _titled(channel: Channel, plan: Plan) -> Channel:
    """What a transform makes is read by the name of the amount that it is made of."""
    if channel.name not in {"x", "y"} or channel.kind != "quantitative":
        return channel
    own = (c for c in plan.layers[0].channels if c.name in {"x", "y"} and c.kind == "quantitative")
    return replace(channel, title=next((c.title for c in own if c.title), channel.title))


def _raw(plan: Plan) -> bool:
    """Whether the query gives rows as they are, not groups."""
    return not plan.query.grouped


def _fill_count(
    channel: Channel, layer: Layer, plan: Plan, known: Mapping[str, Channel]
) -> Channel | None:
    """A count of rows: the plan's own amount, when the query has counted already."""
    if not plan.query.grouped:
        return channel
    binned = any(c.bin >= 0 for c in layer.channels)
    for field, own in known.items():
        output = plan.output(field)
        if output is not None and output.aggregate and own.kind == "quantitative" and not binned:
            return replace(channel, field=field, aggregate="", kind="quantitative", title=own.title)
    return channel


_OLD_VALUE = re.compile(r"['\"][^'\"]*['\"]\s*$|[=!]=\s*['\"]")


def _chooses_old_values(step: Mapping[str, Any], selections: set[str]) -> bool:
    """Whether a filter keeps or drops rows by a value of the old data, which is not in the new."""
    test = step.get("filter")
    if not isinstance(test, str) or test in selections:
        return False
    return _OLD_VALUE.search(re.sub(r"datum\[[^\]]*\]", "", test)) is not None


def _fill_step(
    step: Mapping[str, Any], mapping: Mapping[str, str], made: frozenset[str], selections: set[str]
) -> dict[str, Any]:
    """A transform with the new fields.

    Raises:
        Unreadable: It reads a field that has no counterpart.
    """

    def name(old: str) -> str:
        if old in made:
            return old
        if old not in mapping:
            raise Unreadable(old)
        return mapping[old]

    def operation(text: str) -> str:
        match = re.fullmatch(r"(\w+)\((.*)\)", text)
        if match is None:
            raise Unreadable(text)
        return f"{match[1]}({name(match[2]) if match[2] else ''})"

    filled = dict(step)
    key = next(iter(step))
    value = step[key]
    if isinstance(step.get("as"), list):  # a step may write over a field that it reads
        filled["as"] = [mapping.get(new, new) for new in step["as"]]
    if "groupby" in step:
        filled["groupby"] = [name(old) for old in step["groupby"]]
    if "sort" in step:
        filled["sort"] = [
            ("-" if old.startswith("-") else "") + name(old.lstrip("-")) for old in step["sort"]
        ]
    if key in {"window", "joinaggregate", "aggregate"}:
        filled[key] = {new: operation(text) for new, text in value.items()}
    elif key in {"density", "quantile"}:
        filled[key] = name(value)
    elif key in {"regression", "loess"}:
        filled[key], filled["on"] = name(value), name(step["on"])
    elif key == "fold":
        filled[key] = [name(old) for old in value]
    elif key == "calculate":
        filled[key] = {new: renamed(str(text), mapping, made) for new, text in value.items()}
    elif key == "filter" and value not in selections:
        if _chooses_old_values(step, selections):
            raise Unreadable("a value of the old data")
        filled[key] = renamed(value, mapping, made)
    return filled
