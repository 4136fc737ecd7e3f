"""Habits of a grammar of graphics that do not depend on what is asked."""

from __future__ import annotations

from dataclasses import replace

from multivis.offline.plan import Channel, Layer, Plan

__all__ = ["with_discrete_places"]


def with_discrete_places(plan: Plan, family: str) -> Plan:
    """Cells with numbers in them are places along both axes: their names are ordinal."""
    written = family == "heatmap" and any(la.mark == "text" for v in plan.views for la in v.layers)
    if not written:
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
