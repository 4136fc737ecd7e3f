"""Habits of a grammar of graphics that do not depend on what is asked."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.plan import Channel, Layer, Plan

__all__ = ["with_discrete_places"]


def with_discrete_places(plan: Plan, family: str) -> Plan:
    """Cells have places: with names along both axes, or with numbers in them, these are ordinal."""
    cells = [la for v in plan.views for la in v.layers if la.mark == "rect"]
    named = family == "heatmap" and any(
        _kind(la, "y") == "nominal" and _kind(la, "x") == "nominal" and not _is_time(la, plan)
        for la in cells
    )  # fmt: skip
    written = family == "heatmap" and any(la.mark == "text" for v in plan.views for la in v.layers)
    if not named and not written:
        return plan
    views = tuple(
        replace(view, layers=tuple(_placed(layer) for layer in view.layers)) for view in plan.views
    )
    return replace(plan, views=views)


def _kind(layer: Layer, name: str) -> str:
    channel = layer.channel(name)
    return (channel.kind or "") if channel is not None else ""


def _is_time(layer: Layer, plan: Plan) -> bool:
    """Whether moments lie along x: then the rows are lanes of things."""
    x = layer.channel("x")
    output = plan.output(x.field) if x is not None and x.field else None
    if output is None:
        return False
    words = f"{output.name} {output.column}".lower()
    return bool(output.time_unit) or bool(re.search(r"year|month|date|day|hour|week|time", words))


def _placed(layer: Layer) -> Layer:
    def one(channel: Channel) -> Channel:
        if channel.name in {"x", "y"} and channel.kind == "nominal":
            return replace(channel, kind="ordinal")
        return channel

    return replace(layer, channels=tuple(map(one, layer.channels)))
