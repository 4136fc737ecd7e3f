"""Habits of the field: how charts of known kinds are written, whatever they show.

Examples of a kind of chart agree on the order of its layers, on which channels say their type and
on what a colour or a label hangs. Where a question leaves these open, they are drawn as is usual.
"""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.charts.demands import SchemeDemand
from multivis.offline.draft import Draft
from multivis.offline.finish_opposed import with_opposed_sides
from multivis.offline.plan import Channel, Layer, Plan
from multivis.offline.titles import axis_of_categories, with_layers

__all__ = ["with_habits", "with_shades_of_value"]


def with_habits(plan: Plan, draft: Draft, family: str) -> Plan:
    """Everything of this module that comes after the channels are settled."""
    if len(plan.views) != 1 or not plan.layers:
        return plan
    plan = _strips(plan, draft)
    plan = _gradient(plan, draft)
    plan = _ranked_intervals(plan, draft)
    plan = _filled_groups(plan)
    plan = _circles(plan, draft, family)
    plan = with_opposed_sides(_periods_in_order(plan, draft), draft)
    return _inferred(plan, draft)


# ── colours that show the value ─────────────────────────────────────────────────────────────

_AMOUNT = r"(?:numbers?|values?|counts?|totals?|amounts?|heights?|lengths?|sizes?|magnitudes?)"
_SHADES = re.compile(
    rf"\bcolou?r\w* (?:them |the bars |each bar |bars )?(?:is |are )?(?:by|based on|according to|"
    rf"depending on|showing|reflecting) (?:the |its |their |each )?{_AMOUNT}\b"
    r"|\b(?:darker|deeper|brighter|lighter|stronger)\b[^.?!]{0,40}?\b(?:mean|represent|show|indicat|"
    r"for|where|with|the)\w*[^.?!]{0,20}?\b(?:more|higher|larger|greater|bigger|fewer|lower|smaller|"
    r"most)"
    r"|\b(?:higher|larger|greater|bigger|more)\b[^.?!]{0,40}?\b(?:darker|deeper|brighter|stronger)\b"
    r"|\bgradient\b[^.?!]{0,30}\b(?:depending|based|according|following|by)\b"
    r"|\bcolou?r\w* (?:\w+ ){0,3}?from (?:light|pale|dark|bright)\w*(?: \w+)? to "
    r"|\bcolou?r (?:gradient|intensity|scale) [^.?!]{0,30}?\b" + _AMOUNT + r"|"
    # Text in black or white, whichever can be read: the bars under it differ in their shade.
    r"\b(?:black or white|white or black|dark or light|light or dark)\b|\bin shades of\b"
)


def with_shades_of_value(plan: Plan, draft: Draft, family: str) -> Plan:
    """Bars whose colour repeats their value ("darker means more")."""
    if family not in {"bar", "lollipop"} or not _SHADES.search(draft.reading.body.lower()):
        return plan
    layers = list(plan.layers)
    layer = layers[0]
    _, value = axis_of_categories(layer)
    color = layer.channel("color")
    if layer.mark != "bar" or value is None or value.field is None or value.aggregate:
        return plan
    if color is not None or layer.channel("xOffset") or layer.channel("yOffset"):
        return plan
    shade = draft.dress(Channel("color", value.field, "quantitative", title=value.title))
    layers[0] = replace(layer, channels=(*layer.channels, shade))
    return with_layers(plan, layers)


# ── layers and marks ────────────────────────────────────────────────────────────────────────

_RANKED = re.compile(
    r"\b(?:sort|order|rank|arrang)\w*\b|from (?:the )?(?:high|low|larg|small|great|most|best)\w*|"
    r"\bat the top\b|\bon top\b"
)


def _ranked_intervals(plan: Plan, draft: Draft) -> Plan:
    """Means in the order of their size: dots, and rules from end to end of their intervals."""
    layers = plan.layers
    if [layer.mark for layer in layers] != ["errorbar", "point"]:
        return plan
    bars, points = layers
    value = next((c for c in points.channels if c.aggregate == "mean" and c.field), None)
    if bars.options.get("extent") != "ci" or value is None:
        return plan
    sort = draft.reading.sort
    if sort is None and not _RANKED.search(draft.reading.body.lower()):
        return plan
    if sort is not None and sort.by == "name":
        return plan
    sign = "" if sort is not None and not sort.descending else "-"
    group = next(c for c in points.channels if c.name in {"x", "y"} and c is not value)
    group = replace(group, sort=f"{sign}{value.field}")
    ends = (
        replace(value, aggregate="ci0"),
        Channel(f"{value.name}2", value.field, aggregate="ci1"),
    )
    rule = Layer("rule", {}, tuple(sorted((group, *ends), key=lambda c: c.name)), inferred=True)
    dots = replace(points.with_channel(group), inferred=True)
    return plan.with_layers(dots, rule)


def _strips(plan: Plan, draft: Draft) -> Plan:
    """Areas that are asked for in strips of their own lie one below the other."""
    layer = plan.layers[0]
    color = layer.channel("color")
    if layer.mark != "area" or len(plan.layers) > 1 or not draft.reading.kind.facet:
        return plan
    if color is None or color.kind != "nominal" or not color.field or color.condition is not None:
        return plan
    if any(layer.channel(name) for name in ("row", "column", "facet")):
        return plan
    strip = Channel("row", color.field, color.kind, title=color.title, sort=color.sort)
    return plan.with_layers(layer.with_channel(strip))


def _gradient(plan: Plan, draft: Draft) -> Plan:
    """An area whose fill runs from one colour to another, from the bottom up."""
    layer = plan.layers[0]
    body = draft.reading.body.lower()
    fades = "gradient" in body or re.search(
        r"\bfad(?:es?|ing)\b[^.?!]{0,30}\b(?:from|to|into)\b", body
    )
    if layer.mark != "area" or not fades or layer.channel("color") is not None:
        return plan
    scheme = draft.demands.first(SchemeDemand)
    named = tuple(scheme.colours) if scheme is not None else ()
    colours = named if len(named) >= 2 else ("white", named[0] if named else "steelblue")
    if re.search(r"from (?:\w+ ){1,2}at the top", body):
        colours = tuple(reversed(colours))
    last = len(colours) - 1
    fill = {
        "gradient": "linear", "x1": 1, "x2": 1, "y1": 1, "y2": 0,
        "stops": [{"color": c, "offset": round(i / last, 2)} for i, c in enumerate(colours)],
    }  # fmt: skip
    options = {"line": {"color": colours[-1]}, **layer.options, "color": fill}
    return with_layers(plan, [replace(layer, options=options), *plan.layers[1:]])


def _filled_groups(plan: Plan) -> Plan:
    """Bars side by side under labels share a base; the colour that tells them apart fills them."""
    if [layer.mark for layer in plan.layers] != ["bar", "text"]:
        return plan
    bars, labels = plan.layers
    color = bars.channel("color")
    offset = bars.channel("xOffset") or bars.channel("yOffset")
    if color is None or not color.field or color.condition is not None or offset is None:
        return plan
    channels = tuple(replace(c, name="fill") if c is color else c for c in bars.channels)
    return plan.with_layers(replace(bars, channels=channels), labels)


def _circles(plan: Plan, draft: Draft, family: str) -> Plan:
    """Points of several features, and those one zooms into, are filled circles."""
    layer = plan.layers[0]
    if layer.mark != "point":
        return plan
    smooth = [o for o in plan.layers[1:] if any("loess" in step for step in o.transforms)]
    if smooth and len(plan.layers) == 2:
        # Under a smooth line points are a cloud: they are filled and can be seen through.
        cloud = {k: v for k, v in layer.options.items() if k != "filled"}
        return with_layers(plan, [replace(layer, mark="circle", options=cloud), plan.layers[1]])
    chosen = [s for s in plan.selections if s.bind == "scales"]
    if len(plan.layers) > 1 or (layer.options.get("filled") and not chosen):
        return plan
    featured = layer.channel("color") is not None and layer.channel("size") is not None
    if "bubble" in draft.reading.body.lower() or family != "scatter" or not (chosen or featured):
        return plan
    options = {k: v for k, v in layer.options.items() if k != "filled"}
    return plan.with_layers(replace(layer, mark="circle", options=options))


def _periods_in_order(plan: Plan, draft: Draft) -> Plan:
    """Bars stand over months and days as over places in order, each as wide as its place."""
    units = {"yearmonth", "week", "quarter"}
    if plan.layers[0].mark == "rect":
        units |= {"date"}
    periods = {o.name for o in draft.outputs if o.time_unit in units}

    def one(channel: Channel) -> Channel:
        if channel.name in {"x", "y"} and channel.kind == "temporal" and channel.field in periods:
            return replace(channel, kind="ordinal")
        return channel

    if plan.layers[0].mark not in {"bar", "rect"}:
        return plan
    layers = [replace(la, channels=tuple(map(one, la.channels))) for la in plan.layers]
    return with_layers(plan, layers)


# ── types ───────────────────────────────────────────────────────────────────────────────────


def _inferred(plan: Plan, draft: Draft) -> Plan:
    """Kinds of chart whose numbers say no type where people write them."""
    marks = [layer.mark for layer in plan.layers]
    first = plan.layers[0]
    featured = (
        marks == ["circle"]
        and first.channel("color") is not None
        and first.channel("size") is not None
        and "bubble" not in draft.reading.body.lower()
    )
    # One base holds the places and the text of slices that grow outwards; it names columns alone.
    grown = marks == ["arc", "text"] and first.channel("radius") is not None
    if grown or featured or marks in (["bar", "tick"], ["errorband", "line"]):
        return with_layers(plan, [replace(layer, inferred=True) for layer in plan.layers])
    return plan
