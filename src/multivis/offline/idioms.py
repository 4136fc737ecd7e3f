"""Habits of a grammar of graphics that do not depend on what is asked."""

from __future__ import annotations

from dataclasses import replace

from multivis.offline.plan import Channel, Layer, Plan

__all__ = ["with_discrete_places"]


#: Charts whose categories stand in a fixed order of lanes.
_LANES = frozenset({"strip"})


def with_discrete_places(plan: Plan, family: str) -> Plan:
    """Lanes and cells have an order: their categories are ordinal.

    Strips, floating bars and cells with numbers in them are drawn as places along an axis; a
    nominal type says that the places could stand in any order, which is not how they are read.
    """
    floating = any(
        layer.mark == "bar"
        and any(
            layer.channel(name + "2")
            and (start := layer.channel(name)) is not None
            and start.kind == "quantitative"
            and not layer.transforms
            for name in ("x", "y")
        )
        for view in plan.views
        for layer in view.layers
    )
    written = family == "heatmap" and any(la.mark == "text" for v in plan.views for la in v.layers)
    if family not in _LANES and not floating and not written:
        return plan
    views = tuple(
        replace(view, layers=tuple(_placed(layer) for layer in view.layers)) for view in plan.views
    )
    return replace(plan, views=views)


def _placed(layer: Layer) -> Layer:
    def one(channel: Channel) -> Channel:
        if channel.name in {"x", "y"} and channel.kind == "nominal":
            return replace(channel, kind="ordinal")
        return channel

    return replace(layer, channels=tuple(map(one, layer.channels)))
