"""Details of a filled layer that follow the reference's layer: ordered names, colours of groups."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from multivis.offline.plan import Channel, Layer, Output

__all__ = ["colored_groups", "ordered_like"]

_DISCRETE = frozenset({"nominal", "ordinal"})
_UNORDERED = frozenset({"nominal", "quantitative"})
_MOMENT = re.compile(
    r"(?:^|[^a-z])(?:date|day(?! of week)|month|quarter|semester|time)(?:$|[^a-z])"
)


def ordered_like(layer: Layer, like: Layer, outputs: Iterable[Output]) -> Layer:
    """Names are ordered where the reference's layer orders what stands there.

    A grid or a stack whose two axes are ordinal keeps ordinal axes for names as well (a grid
    also for numbers), and days that are text ("9 June") stand in order where time ran. One ordinal
    axis alone does not say so: years stood there, and names that replace them are nominal.
    """
    grid = all(c is not None and c.kind == "ordinal" for c in map(like.channel, ("x", "y")))
    told = {o.name: f"{o.column} {o.title}".replace("_", " ").lower() for o in outputs}
    channels = []
    for channel in layer.channels:
        other = like.channel(channel.name)
        if channel.name in {"x", "y"} and channel.kind in _UNORDERED and other is not None:
            plain = channel.bin < 0 and not channel.aggregate
            day = channel.kind == "nominal" and other.kind in {"temporal", "ordinal"}
            plain = plain and (channel.kind == "nominal" or not like.transforms)
            if (grid and plain) or (day and _MOMENT.search(told.get(channel.field or "", ""))):
                channel = replace(channel, kind="ordinal")
        channels.append(channel)
    return replace(layer, channels=tuple(channels))


def colored_groups(layer: Layer) -> Layer:
    """Bars that stand side by side are told apart by colour, also where the reference's are not."""
    if layer.mark != "bar" or any(layer.channel(n) for n in ("color", "fill", "stroke")):
        return layer
    aside = layer.channel("xOffset") or layer.channel("yOffset")
    if aside is None or not aside.field or aside.kind not in _DISCRETE:
        return layer
    color = Channel("color", aside.field, aside.kind, title=aside.title)
    options = {k: v for k, v in layer.options.items() if k != "color"}
    return replace(layer, options=options, channels=(*layer.channels, color))
