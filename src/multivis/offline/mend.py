"""Changes to a plan that failed checks ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from multivis.charts.demands import Demands, FacetDemand, SortDemand, TitleDemand, read_demands
from multivis.offline.interactions import add_interactions
from multivis.offline.overview import UNSURE
from multivis.offline.plan import Channel, Layer, Plan, Selection

__all__ = ["mend_plan"]

_Mend = Callable[[Plan, Demands], Plan]


def mend_plan(plan: Plan, recommendations: Sequence[Any], question: str) -> Plan:
    """Apply what validation recommends, each by the check that it comes from.

    Args:
        plan: The plan of the chart that was checked.
        recommendations: Records with ``check`` and ``text``.
        question: What was asked.
    """
    if plan.confidence <= UNSURE:
        return plan  # a chart of other things must not be called what was asked
    demands = read_demands(question)
    for recommendation in recommendations:
        if not isinstance(recommendation, dict):
            continue
        key = f"{recommendation.get('check') or ''} {recommendation.get('text') or ''}".lower()
        for words, mend in _MENDS:
            if any(word in key for word in words):
                plan = mend(plan, demands)
                break
    return plan


def _each_layer(plan: Plan, change: Callable[[Layer], Layer]) -> Plan:
    views = tuple(
        replace(view, layers=tuple(change(layer) for layer in view.layers)) for view in plan.views
    )
    return replace(plan, views=views)


def _each_channel(plan: Plan, names: set[str], change: Callable[[Channel], Channel]) -> Plan:
    return _each_layer(
        plan,
        lambda layer: replace(
            layer, channels=tuple(change(c) if c.name in names else c for c in layer.channels)
        ),
    )


def _roomier(plan: Plan, demands: Demands) -> Plan:
    """More room, and labels that stand on end."""
    del demands
    wider = replace(plan, width=max(plan.width, 600), height=max(plan.height, 400))

    def turn(channel: Channel) -> Channel:
        if channel.kind in {"nominal", "ordinal"}:
            return replace(channel, axis={**channel.axis, "labelAngle": -45, "labelLimit": 140})
        return channel

    return _each_channel(wider, {"x"}, turn)


def _lying(plan: Plan, demands: Demands) -> Plan:
    """x and y change places."""
    del demands
    swap = {"x": "y", "y": "x", "x2": "y2", "y2": "x2", "xOffset": "yOffset",
            "yOffset": "xOffset"}  # fmt: skip

    def sort(value: str | tuple[Any, ...]) -> str | tuple[Any, ...]:
        if isinstance(value, str) and value.lstrip("-") in swap:
            return value.replace(value.lstrip("-"), swap[value.lstrip("-")])
        return value

    def change(layer: Layer) -> Layer:
        channels = tuple(
            replace(c, name=swap.get(c.name, c.name), sort=sort(c.sort)) for c in layer.channels
        )
        ordered = sorted(channels, key=lambda c: c.name if c.name in {"x", "y"} else "z")
        return replace(layer, channels=tuple(ordered))

    return _each_layer(plan, change)


def _unstacked(plan: Plan, demands: Demands) -> Plan:
    """Side by side instead of on top of each other."""
    del demands

    def change(layer: Layer) -> Layer:
        color = layer.channel("color")
        x, y = layer.channel("x"), layer.channel("y")
        if layer.mark == "area":
            return replace(layer, mark="line")
        if layer.mark != "bar" or color is None or color.field is None or x is None or y is None:
            return layer
        name = "yOffset" if x.kind == "quantitative" else "xOffset"
        layer = layer.with_channel(Channel(name, color.field, color.kind))
        return replace(layer, channels=tuple(replace(c, stack="") for c in layer.channels))

    return _each_layer(plan, change)


def _zero_based(plan: Plan, demands: Demands) -> Plan:
    del demands
    return _each_channel(
        plan,
        {"x", "y"},
        lambda c: replace(c, scale={k: v for k, v in c.scale.items() if k != "zero"}),
    )


def _symlog(plan: Plan, demands: Demands) -> Plan:
    """A logarithmic scale that can show zero."""
    del demands

    def change(channel: Channel) -> Channel:
        if channel.scale.get("type") == "log":
            return replace(channel, scale={**channel.scale, "type": "symlog"})
        return channel

    return _each_channel(plan, {"x", "y"}, change)


def _sorted(plan: Plan, demands: Demands) -> Plan:
    wish = demands.first(SortDemand)
    ascending = wish is not None and wish.order == "ascending"

    def change(layer: Layer) -> Layer:
        x, y = layer.channel("x"), layer.channel("y")
        if x is None or y is None:
            return layer
        category, value = (y, "x") if x.kind == "quantitative" else (x, "y")
        if category.kind == "quantitative":
            return layer
        if wish is not None and wish.order == "alphabetical":
            return layer.with_channel(replace(category, sort="ascending"))
        return layer.with_channel(replace(category, sort=value if ascending else f"-{value}"))

    return _each_layer(plan, change)


def _titled(plan: Plan, demands: Demands) -> Plan:
    wish = demands.first(TitleDemand)
    return replace(plan, title=wish.title) if wish is not None else plan


def _axis_titled(plan: Plan, demands: Demands) -> Plan:
    def change(channel: Channel) -> Channel:
        wanted = demands.axis_title("x" if channel.name == "x" else "y")
        return replace(channel, title=wanted) if wanted else channel

    return _each_channel(plan, {"x", "y"}, change)


def _with_tooltips(plan: Plan, demands: Demands) -> Plan:
    del demands
    if any("over" in str(s.options.get("on", "")) for s in plan.selections):
        return plan  # hovering does something of its own

    def change(layer: Layer) -> Layer:
        if layer.channel("tooltip") is not None or layer.mark in {"text", "rule"}:
            return layer
        tips = tuple(
            Channel("tooltip", c.field, c.kind, title=c.title, aggregate=c.aggregate)
            for c in layer.channels
            if c.kind and (c.field or c.aggregate) and not (c.field or "").startswith("repeat:")
        )
        return replace(layer, channels=(*layer.channels, *tips))

    return _each_layer(plan, change)


def _labelled(plan: Plan, demands: Demands) -> Plan:
    del demands
    if not plan.layers or any(layer.mark == "text" for layer in plan.layers):
        return plan
    layer = plan.layers[0]
    x, y = layer.channel("x"), layer.channel("y")
    if x is None or y is None:
        return plan
    value = x if x.kind == "quantitative" and y.kind != "quantitative" else y
    options = {"align": "left", "dx": 3} if value is x else {"dy": -8}
    kept = tuple(c for c in layer.channels if c.name in {"x", "y", "xOffset", "yOffset"})
    text = Channel("text", value.field, value.kind, aggregate=value.aggregate)
    return plan.with_layers(*plan.layers, Layer("text", options, (*kept, text), layer.transforms))


def _interactive(plan: Plan, demands: Demands) -> Plan:
    if plan.selections:
        return plan
    made = add_interactions(plan, demands)
    if made.selections or not plan.views:
        return made
    zoom = Selection("zoom", "interval", bind="scales")
    first = replace(plan.views[0], selections=(zoom.name,))
    return replace(plan, views=(first, *plan.views[1:]), selections=(zoom,))


def _panelled(plan: Plan, demands: Demands) -> Plan:
    """The groups that colours tell apart get a panel each."""
    layer = plan.layers[0] if plan.layers else None
    if layer is None or any(layer.channel(name) for name in ("row", "column", "facet")):
        return plan
    group = layer.channel("color") or next(
        (c for c in layer.channels if c.name in {"x", "y"} and c.kind == "nominal"), None
    )
    if group is None or not group.field or group.kind == "quantitative":
        return plan
    if layer.mark in {"bar", "errorbar", "point", "rule"} and group.name in {"x", "y"}:
        return plan  # "one column per teacher" are bars: a panel would hold one each
    wish = demands.first(FacetDemand)
    name = wish.direction if wish is not None and wish.direction else "column"
    panel = Channel(name, group.field, group.kind, title=group.title)
    return _each_layer(plan, lambda each: each.with_channel(panel))


_MAIN_MARKS = {
    "bar": "bar", "line": "line", "area": "area", "scatter": "point", "bubble": "point",
    "pie": "arc", "donut": "arc", "heatmap": "rect", "box": "boxplot", "strip": "tick",
    "histogram": "bar", "step": "line", "trail": "trail",
}  # fmt: skip


def _of_the_kind(plan: Plan, demands: Demands) -> Plan:
    """The mark of the chart that was asked for, on the same channels."""
    wish = demands.chart
    mark = _MAIN_MARKS.get(wish.name) if wish is not None else None
    if mark is None or not plan.layers or plan.layers[0].mark == mark:
        return plan
    layer = plan.layers[0]
    placed = layer.channel("x") is not None and layer.channel("y") is not None
    if mark == "arc" or not placed:
        return plan
    return plan.with_layers(replace(layer, mark=mark, options={}), *plan.layers[1:])


_MENDS: tuple[tuple[tuple[str, ...], _Mend], ...] = (
    (("axis-title", "axis title"), _axis_titled),
    (("title-asked", "the title"), _titled),
    (("orientation",), _lying),
    (("facet", "small multiples", "panel"), _panelled),
    (("chart-type",), _of_the_kind),
    (("stack-of-non-additive", "stacking", "side by side"), _unstacked),
    (("zero", "baseline"), _zero_based),
    (("log-scale", "logarithmic"), _symlog),
    (("sort-asked", "sort"), _sorted),
    (("tooltip",), _with_tooltips),
    (("labels-asked", "write the values"), _labelled),
    (("interaction",), _interactive),
    (("collide", "clipped", "overlap", "too-many", "readable", "room", "crowded"), _roomier),
)
