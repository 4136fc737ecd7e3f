"""Tooltips beside a reference: those of the words, else what its own tell of the new data."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.adapt_mapping import plan_channels
from multivis.offline.adapt_sketch import made_fields
from multivis.offline.plan import Channel, Layer, Plan, Selection, View

__all__ = ["answers_hovering", "tooltips_like", "with_tooltips"]


def answers_hovering(selections: tuple[Selection, ...], question: str) -> bool:
    """Whether what the reference does under the pointer is the hovering that the words mean."""
    on = {str(s.options.get("on", "")) for s in selections}
    return bool(on & {"mouseover", "pointerover", "mousemove", "pointermove"}) and not re.search(
        r"\btool-?\s?tips?\b|\bpop-?\s?ups?\b|\bdetails?\b", question, re.I
    )


def with_tooltips(plan: Plan, views: tuple[View, ...]) -> tuple[View, ...]:
    """The question's tooltips in place of those of the reference."""
    own = tuple(c for c in plan.layers[0].channels if c.name == "tooltip") if plan.layers else ()
    if not own:
        return views
    first = views[0].layers[0].without_channel("tooltip")
    shown = plan_channels(plan)
    made = made_fields(first)
    summed = {
        c.field: c.aggregate
        for c in first.channels
        if c.name in {"x", "y", "theta"} and c.aggregate
    }
    groups = {c.field for c in first.channels if c.field and not c.aggregate}
    fit = tuple(
        replace(c, aggregate=c.aggregate or summed.get(c.field, ""))
        for c in own
        if (not c.field or c.field in shown or plan.output(c.field) or c.field in made)
        and (not summed or c.field in summed or c.field in groups)
    )
    first = replace(first, channels=(*first.channels, *fit))
    return (replace(views[0], layers=(first, *views[0].layers[1:])), *views[1:])


def tooltips_like(layer: Layer, like: Layer) -> list[Channel]:
    """What the tooltips of `like` tell, of the columns that stand in the same channels here.

    People who bring code with tooltips expect them back. What was asked for stays alone.
    """
    if layer.channel("tooltip") is not None:
        return []
    found: list[Channel] = []
    for tip in like.channels:
        if tip.name != "tooltip":
            continue
        same = (c for c in like.channels if c.name != "tooltip" and _same_value(c, tip))
        own = next(filter(None, (layer.channel(c.name) for c in same)), None)
        if own is not None and (own.field or own.aggregate):
            told = Channel(
                "tooltip", own.field, own.kind, aggregate=own.aggregate, time_unit=own.time_unit
            )
            found += [] if told in found else [told]
    return found


def _same_value(one: Channel, other: Channel) -> bool:
    return one.field == other.field and (one.aggregate or "") == (other.aggregate or "")
