"""Titles of charts and axes, and the axes that they speak of."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.charts.demands import AxisTitleDemand, TitleDemand
from multivis.offline.draft import Draft
from multivis.offline.plan import Channel, Layer, Plan
from multivis.offline.words import likeness, split_name

__all__ = ["add_titles", "axis_of_categories", "place_axis_titles", "with_layers"]


def axis_of_categories(layer: Layer) -> tuple[Channel | None, Channel | None]:
    """The channel with categories and the one with the value."""
    x, y = layer.channel("x"), layer.channel("y")
    if x is None or y is None:
        return None, None
    if x.kind == "quantitative" and y.kind != "quantitative":
        return y, x
    if y.kind == "quantitative" and x.kind != "quantitative":
        return x, y
    return None, None


def with_layers(plan: Plan, layers: list[Layer]) -> Plan:
    """A plan whose first view has these layers; unchanged without a view."""
    if not plan.views:
        return plan
    return replace(plan, views=(replace(plan.views[0], layers=tuple(layers)), *plan.views[1:]))


def add_titles(plan: Plan, draft: Draft) -> Plan:
    """The title asked for, or a short one that says what is shown."""
    titles = draft.demands.of(TitleDemand)
    if len(plan.views) > 1 and len(titles) == len(plan.views):
        views = tuple(
            replace(view, title=wish.title) for view, wish in zip(plan.views, titles, strict=True)
        )
        return replace(plan, views=views)
    title = titles[0].title if titles else _short_title(plan) or plan.title
    return replace(plan, title=title)


_NAMED_AXIS = re.compile(r"\b[xy][- ]?axis|\b(?:horizontal|vertical) axis|\b[xy]-labels?")


def place_axis_titles(plan: Plan, draft: Draft) -> Plan:
    """ "Label the axes 'Region' and 'Number of Photos'": each goes to the axis it speaks of."""
    wishes = sorted(
        (w for w in draft.demands.of(AxisTitleDemand) if w.axis in {"x", "y"}),
        key=lambda w: w.start,
    )
    if len(wishes) != 2 or not plan.layers:
        return plan
    before = draft.reading.question.lower()[: wishes[1].start]
    if _NAMED_AXIS.search(before[max(0, wishes[0].start - 120) :]):
        return plan
    layer = plan.layers[0]
    x, y = layer.channel("x"), layer.channel("y")
    if x is None or y is None:
        return plan
    first, second = wishes[0].title, wishes[1].title
    content_x, content_y = _content(x, draft), _content(y, draft)
    straight = _speaks_of(first, content_x) + _speaks_of(second, content_y)
    swapped = _speaks_of(second, content_x) + _speaks_of(first, content_y)
    titles = {"x": second, "y": first} if swapped > straight else {"x": first, "y": second}
    replaced = {first, second, x.title, y.title}
    layers = [
        replace(
            layer,
            channels=tuple(
                replace(c, title=titles[c.name])
                if c.name in titles and (c.title in replaced or c.title is None)
                else c
                for c in layer.channels
            ),
        )
        for layer in plan.layers
    ]
    return with_layers(plan, layers)


def _content(channel: Channel, draft: Draft) -> set[str]:
    """Stems of the words for what a channel shows."""
    output = next((o for o in draft.outputs if o.name == channel.field), None)
    text = f"{output.title} {output.table} {output.aggregate}" if output else channel.field or ""
    return set(split_name(f"{text} {channel.aggregate}".replace("avg", "average")))


def _speaks_of(title: str, content: set[str]) -> float:
    """How many words of a title speak of a content."""
    words = set(split_name(title)) - {"of", "the", "by", "per", "in"}
    return sum(max((likeness(w, c) for c in content), default=0.0) for w in words)


def _short_title(plan: Plan) -> str:
    if not plan.layers:
        return ""
    layer = plan.layers[0]
    names = {c.name: c for c in layer.channels}
    category, value = axis_of_categories(layer)
    color = names.get("color")
    if value is not None and category is not None and value.title and category.title:
        others = [
            c.title
            for over in plan.layers[1:]
            for c in over.channels
            if c.name == value.name and c.field not in {value.field, None} and c.title
            and over.mark in {"line", "area", "tick"} and not c.aggregate
        ]  # fmt: skip
        told = " and ".join(dict.fromkeys([value.title, *others[:1]]))
        text = f"{told} by {category.title}"
        if color is not None and color.title and color.field not in {category.field, value.field}:
            text += f" and {color.title}"
        return text
    x, y = names.get("x"), names.get("y")
    if x is not None and y is not None and x.title and y.title:
        if y.aggregate == "count":
            return f"Distribution of {x.title}"
        if layer.mark in {"line", "area", "trail"}:  # along a number as along a category
            apart = color is not None and color.title and color.field not in {x.field, y.field}
            return f"{y.title} by {x.title}" + (f" and {color.title}" if color and apart else "")
        return f"{y.title} vs. {x.title}"
    theta = names.get("theta")
    if theta is not None and theta.title and color is not None and color.title:
        return f"{theta.title} by {color.title}"
    return ""
