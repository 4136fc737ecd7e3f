"""Shapes made of other shapes: lollipops, waterfalls, error bars, spans."""

from __future__ import annotations

from dataclasses import replace

from multivis.offline.draft import Draft
from multivis.offline.plan import Channel, Layer, Plan, Query
from multivis.offline.roles import Parts
from multivis.offline.shapes import bar, groups, query_of, single, split

__all__ = ["error_bar", "gantt", "lollipop", "waterfall"]


def lollipop(draft: Draft, parts: Parts) -> Plan:
    """A thin rule with a dot at its end."""
    plan = bar(draft, parts)
    layer = plan.layers[0]
    stem_ = replace(layer, mark="rule", options={"strokeWidth": 2})
    dot = replace(layer, mark="circle", options={"size": 100, "opacity": 1})
    return replace(plan.with_layers(stem_, dot), chart="lollipop chart")


def waterfall(draft: Draft, parts: Parts) -> Plan:
    """Bars that begin where the previous one ended."""
    made = groups(draft, parts, most=1)
    main, _, _ = split(parts, made)
    value = made.value
    transforms = (
        {"window": {"running_total": f"sum({value.name})"}},
        {"calculate": {"previous_total": f"datum.running_total - datum['{value.name}']"}},
    )
    channels = [
        *([draft.channel("x", main, sort="none")] if main is not None else []),
        draft.dress(Channel("y", "previous_total", "quantitative", title=value.title)),
        Channel("y2", "running_total"),
    ]
    layer = Layer("bar", channels=tuple(channels), transforms=transforms)
    return replace(single("waterfall chart", layer),
                   query=query_of(draft, made, order=((value.name, False),)))  # fmt: skip


def error_bar(draft: Draft, parts: Parts) -> Plan:
    """The range or interval of a measure for each group, with its mean."""
    concept = next((c for c in parts.measures if c.field is not None), None)
    if concept is None or not parts.dimensions:
        return bar(draft, parts)
    group = draft.dimension(parts.dimensions[0])
    horizontal = draft.reading.kind.horizontal or "x" in concept.roles
    along, up = ("y", "x") if horizontal else ("x", "y")
    if draft.reading.kind.error == "range":
        mean, low, high = (draft.measure(concept, a) for a in ("avg", "min", "max"))
        bars = Layer("errorbar", channels=(
            draft.channel(along, group), draft.channel(up, low), Channel(up + "2", high.name),
        ))  # fmt: skip
        points = Layer("point", {"filled": True, "color": "black"}, (
            draft.channel(along, group), draft.channel(up, mean),
        ))  # fmt: skip
    else:
        value = draft.measure(concept)
        extent = {"ci": "ci", "stdev": "stdev", "stderr": "stderr", "iqr": "iqr"}.get(
            draft.reading.kind.error, "ci"
        )
        bars = Layer("errorbar", {"extent": extent}, (
            draft.channel(along, group), draft.channel(up, value),
        ))  # fmt: skip
        points = Layer("point", {"filled": True, "color": "black"}, (
            draft.channel(along, group), draft.channel(up, value, aggregate="mean"),
        ))  # fmt: skip
    layers = [
        replace(layer, channels=tuple(sorted(layer.channels, key=lambda c: c.name)))
        for layer in (bars, points)
    ]
    return replace(single("error bars", *layers), query=Query(outputs=tuple(draft.outputs)))


def gantt(draft: Draft, parts: Parts) -> Plan:
    """Bars from a start to an end."""
    times = [
        c for c in draft.reading.concepts
        if c.field is not None and (c.field.is_time or c.field.is_measure)
    ]  # fmt: skip
    names = [c for c in parts.dimensions if c not in times]
    if len(times) < 2 or not names:
        return bar(draft, parts)
    name = draft.dimension(names[0])
    start, end = (draft.plain(c.field) for c in times[:2] if c.field is not None)
    layer = Layer("bar", channels=(
        draft.channel("x", start), Channel("x2", end.name), draft.channel("y", name),
    ))  # fmt: skip
    return replace(single("gantt chart", layer), query=Query(outputs=tuple(draft.outputs)))
