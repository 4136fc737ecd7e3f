"""Which axis shows what, as the words say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from multivis.offline.plan import Channel, Layer, Output, Plan
from multivis.offline.words import likeness, split_name

__all__ = ["lying", "places_as_said", "stated_places", "swapped"]

_SWAP = {"x": "y", "y": "x", "x2": "y2", "y2": "x2", "xOffset": "yOffset", "yOffset": "xOffset"}
_ALONG_X = frozenset({"line", "area", "trail"})  # these run along x
_LENGTHS = frozenset({"bar", "tick", "boxplot", "errorbar"})
_SMALL = frozenset({"of", "the", "by", "per", "in", "a", "each", "and", "for", "all"})
_MEASURES = frozenset(
    {"number", "count", "total", "average", "mean", "sum", "percentage", "percent", "share",
     "proportion", "frequency", "amount", "value"}
)  # fmt: skip


def places_as_said(plan: Plan, outputs: Sequence[Output], question: str) -> Plan:
    """The plan with x and y exchanged where the words have them the other way round.

    Args:
        plan: A plan of one view.
        outputs: The columns that its query gives.
        question: The question.
    """
    if len(plan.views) != 1 or not plan.layers or plan.layers[0].mark in _ALONG_X:
        return plan
    if stated_places(plan.layers[0], outputs, question) is not False:
        return plan
    from multivis.charts.demands import AxisTitleDemand, read_demands

    wishes = {d.axis: d.title for d in read_demands(question).of(AxisTitleDemand)}
    named = {o.name: o.title for o in outputs}

    def titled(channel: Channel) -> Channel:
        if channel.name not in {"x", "y"} or channel.title == "":
            return channel
        if channel.name in wishes:
            return replace(channel, title=wishes[channel.name])
        if channel.title == wishes.get("x" if channel.name == "y" else "y"):
            return replace(channel, title=named.get(channel.field or ""))
        return channel

    turned = [swapped(layer) for layer in plan.layers]
    layers = [replace(one, channels=tuple(map(titled, one.channels))) for one in turned]
    return plan.with_layers(*layers)


def stated_places(layer: Layer, outputs: Sequence[Output], question: str) -> bool | None:
    """Whether the words put things on the axes where `layer` has them.

    Args:
        layer: The layer with x and y.
        outputs: The columns of the query; their titles and aggregates say what fields hold.
        question: The question.

    Returns:
        True where they do, False where they put them the other way round, None where they say
        nothing of it.
    """
    from multivis.charts.demands import (
        AxisContentDemand,
        AxisTitleDemand,
        OrientationDemand,
        read_demands,
    )

    x, y = layer.channel("x"), layer.channel("y")
    if x is None or y is None:
        return None
    demands = read_demands(question)
    lies = lying(layer)
    for wish in demands.of(OrientationDemand):
        if lies is not None and layer.mark in _LENGTHS:
            return lies == (wish.orientation == "horizontal")
    said = [(d.axis, d.phrase) for d in demands.of(AxisContentDemand)]
    said += [(d.axis, d.title) for d in demands.of(AxisTitleDemand) if d.axis is not None]
    content = {"x": _content(x, outputs), "y": _content(y, outputs)}
    other = {"x": "y", "y": "x"}
    straight = sum(_speaks_of(text, content[axis]) for axis, text in said if axis in other)
    turned = sum(_speaks_of(text, content[other[axis]]) for axis, text in said if axis in other)
    return straight > turned if straight != turned else None


def lying(layer: Layer) -> bool | None:
    """Whether the amount lies along x and the groups along y; None where neither is clear."""
    x, y = layer.channel("x"), layer.channel("y")
    if x is None or y is None:
        return None
    amounts = [_is_amount(x), _is_amount(y)]
    return None if amounts[0] == amounts[1] else amounts[0]


def _is_amount(channel: Channel) -> bool:
    return (channel.kind == "quantitative" or bool(channel.aggregate)) and channel.bin < 0


def _content(channel: Channel, outputs: Sequence[Output]) -> set[str]:
    """Stems of the words for what a channel shows."""
    output = next((o for o in outputs if o.name == channel.field), None)
    text = f"{channel.field or ''} {channel.aggregate} "
    if output is not None:
        text += f"{output.title} {output.aggregate}"
    words = set(split_name(text.replace("avg", "average")))
    return words | _MEASURES if _is_amount(channel) else words


def _speaks_of(text: str, content: set[str]) -> float:
    """How much of a phrase speaks of a content, from 0 to 1."""
    words = set(split_name(text)) - _SMALL
    found = sum(max((likeness(w, c) for c in content), default=0.0) for w in words)
    return found / len(words) if words else 0.0


def swapped(layer: Layer) -> Layer:
    """The layer with x and y in each other's place."""

    def one(channel: Channel) -> Channel:
        sort = channel.sort
        if isinstance(sort, str) and sort.lstrip("-") in {"x", "y"}:
            sort = sort.replace("x", "#").replace("y", "x").replace("#", "y")
        return replace(channel, name=_SWAP.get(channel.name, channel.name), sort=sort)

    options = dict(layer.options)
    if layer.mark == "text":
        dx, dy = options.pop("dx", None), options.pop("dy", None)
        if dx is not None:  # what stood before the end of a bar stands below it, and so on
            options["dy"] = -dx if isinstance(dx, int | float) else dx
        if dy is not None:
            options["dx"] = -dy if isinstance(dy, int | float) else dy
            if isinstance(dy, int | float):
                options["align"] = "right" if dy > 0 else "left"
    return replace(layer, channels=tuple(map(one, layer.channels)), options=options)
