"""Idioms of a grammar of graphics that words ask for: shades, lines at values, bands, links."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.charts.demands import ScaleDemand, SchemeDemand
from multivis.offline.altair_code import PYTHON
from multivis.offline.conditions import parse_number
from multivis.offline.draft import Draft
from multivis.offline.plan import Channel, Layer, Plan
from multivis.offline.titles import axis_of_categories

__all__ = ["asks_for_links", "with_idioms", "with_readable_labels"]


_HUE = (
    r"(?:light |dark |pale )?(?:red|blue|green|orange|purple|yellow|gold|black|white|pink|teal|"
    r"gr[ae]y|brown|violet)"
)


def with_idioms(plan: Plan, draft: Draft, family: str) -> Plan:
    """Everything of this module that comes after colours, where the words ask for it."""
    if len(plan.views) != 1 or not plan.layers:
        return plan
    plan = _shades_of_bins(plan, draft, family)
    plan = _rounded(_scaled(plan, draft), draft)
    plan = _line_at_moment(plan, draft)
    plan = _shaded_range(plan, draft)
    plan = _links(plan, draft)
    return _frameless(plan, draft, family)


def _scaled(plan: Plan, draft: Draft) -> Plan:
    """A log scale that no axis is named for lies on x where no number is on y (lying bars)."""
    wish = draft.demands.first(ScaleDemand)
    if wish is None or wish.axis is not None:
        return plan
    shown = [c for layer in plan.layers for c in layer.channels if c.name in {"x", "y"}]
    if any(c.scale.get("type") for c in shown) or any(
        c.name == "y" and c.kind == "quantitative" for c in shown
    ):
        return plan

    def scaled(channel: Channel) -> Channel:
        if channel.name != "x" or channel.kind != "quantitative" or channel.bin >= 0:
            return channel
        return replace(channel, scale={**channel.scale, "type": wish.scale})

    layers = [replace(la, channels=tuple(map(scaled, la.channels))) for la in plan.layers]
    return plan.with_layers(*layers)


_ROUND = re.compile(
    r"\bround(?:ed)? (?:\w+ )?(?:corners?|edges?|ends?|bars?)\b|\bbars? [^.?!]{0,20}\brounded\b"
)


def _rounded(plan: Plan, draft: Draft) -> Plan:
    """Bars with round corners."""
    if not _ROUND.search(draft.reading.body.lower()):
        return plan
    return plan.with_layers(*(
        replace(la, options={**la.options, "cornerRadius": 5}) if la.mark == "bar" else la
        for la in plan.layers
    ))  # fmt: skip


def _shades_of_bins(plan: Plan, draft: Draft, family: str) -> Plan:
    """A histogram in a colour scheme: each bin is coloured by where it lies."""
    scheme = draft.demands.first(SchemeDemand)
    layer = plan.layers[0]
    x = layer.channel("x")
    ranged = re.search(rf"\bfrom {_HUE}(?: (?:over|through|via) {_HUE})? to {_HUE}|\bgradient\b",
                       draft.reading.body.lower())  # fmt: skip
    if family != "histogram" or not (scheme or ranged) or x is None or x.bin < 0:
        return plan
    if layer.channel("color") is not None:
        return plan
    color = draft.dress(replace(x, name="color", scale={}, axis={}))
    return plan.with_layers(replace(layer, channels=(*layer.channels, color)), *plan.layers[1:])


def with_readable_labels(plan: Plan) -> Plan:
    """Values written on bars that the value colours: black on light bars, white on dark ones.

    The places on the axis and the text are shared by both layers, as one base from which both
    are made, and the bars stand in order, so that their axis is ordinal.
    """
    if len(plan.views) != 1 or [layer.mark for layer in plan.layers] != ["bar", "text"]:
        return plan
    bars, labels = plan.layers
    color, text = bars.channel("color"), labels.channel("text")
    category, _ = axis_of_categories(bars)
    if color is None or text is None or category is None or not color.field:
        return plan
    if color.kind != "quantitative" or color.condition is not None or color.field != text.field:
        return plan
    bright = f"luminance(scale('color', datum['{color.field}'])) > 0.5 ? 'black' : 'white'"
    place = replace(category, kind="ordinal")
    # Inside the bar, where its colour is behind the text; a short bar has its text beside it.
    inside: dict[str, Any] = {"dy": 10}
    written = f"{PYTHON}alt.expr({_quoted(bright)})"
    if category.name == "y" and not color.aggregate and not bars.transforms:
        short = f"datum['{color.field}'] < "
        limit = f"str(float(df[{_quoted(color.field)}].max()) / 10)"

        def chosen(rest: str) -> str:
            return f"{PYTHON}alt.expr({_quoted(short)} + {limit} + {_quoted(rest)})"

        inside = {"align": chosen(" ? 'left' : 'right'"), "dx": chosen(" ? 3 : -3")}
        written = chosen(f" || {bright}")
    elif category.name == "y":
        inside = {"align": "right", "dx": -3}
    labels = replace(labels.with_channel(place), options={**inside, "color": written})
    return plan.with_layers(bars.with_channel(place).with_channel(text), labels)


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


# ── lines and bands ─────────────────────────────────────────────────────────────────────────

_MOMENT = re.compile(
    r"(?:highlight|mark|show|indicat|emphasi[sz])\w* (?:the )?(?:\w+ ){0,2}?(\d+(?:\.\d+)?)"
    r"[^.?!,]{0,30}? (?:with|by|using) (?:a |an )?((?:[\w-]+ ){0,3}?)vertical (?:\w+ )?"
    r"(?:line|rule)"
)
_LEVEL = re.compile(
    r"(?:average|mean)\b[^.?!]{0,60}? (?:with|by|as|using) (?:a |an )?((?:[\w-]+ ){0,3}?)"
    r"horizontal (?:\w+ )?(?:line|rule)"
)


def _line_at_moment(plan: Plan, draft: Draft) -> Plan:
    """A vertical rule at a place on x, and a horizontal one at the mean, over a line."""
    layer = plan.layers[0]
    text = draft.reading.body.lower()
    found = _MOMENT.search(text)
    x, y = layer.channel("x"), layer.channel("y")
    if found is None or layer.mark not in {"line", "area"} or x is None or y is None:
        return plan
    number = float(found.group(1))
    place: Any = int(number) if number.is_integer() else number
    options = {k: v for k, v in layer.options.items() if k not in {"color", "strokeDash"}}
    first = replace(layer, options=options)
    upright: dict[str, Any] = {"color": _colour(found.group(2)) or "red", "strokeWidth": 2}
    kind = x.kind if x.kind in {"ordinal", "nominal"} else None  # else the place is a number
    layers = [first, Layer("rule", upright, (Channel("x", datum=place, kind=kind),))]
    level = _LEVEL.search(text)
    if level is not None and y.field and not layer.transforms:
        mean = f"{PYTHON}float(df[{_quoted(y.field)}].mean())"
        across: dict[str, Any] = {"color": _colour(level.group(1)) or "gray"}
        if "dash" in level.group(1):
            across["strokeDash"] = [12, 6]
        layers.append(Layer("rule", across, (Channel("y", datum=mean),)))
    rest = [o for o in plan.layers[1:] if o.mark != "rule"]
    return plan.with_layers(layers[0], *rest, *layers[1:])


_COLOUR = re.compile(
    r"\b(red|blue|green|orange|purple|yellow|gold|black|pink|crimson|teal|gr[ae]y|brown|navy|"
    r"cyan|magenta|coral|salmon)\b"
)


def _colour(words: str) -> str:
    found = _COLOUR.search(words)
    return found.group(1) if found else ""


_BAND = re.compile(
    r"(?:highlight|shade|mark|emphasi[sz]e|indicate)\w* [^.?!]{0,40}?(?:between|from) \$?"
    r"(\d[\d,]*(?:\.\d+)?) (?:and|to) \$?(\d[\d,]*(?:\.\d+)?)"
    # "The area of prices between 10 and 20 shaded": the sign stands behind its place.
    # "A translucent band over the boats with 20 to 30 tons", "a grey box over prices from 5 to 7"
    r"|\b(?:band|strip|zone|box|rectangle)\b (?:over|across|behind|for|at|from|between|around)\b"
    r"[^.?!]{0,30}?\$?(\d[\d,]*(?:\.\d+)?) (?:and|to) \$?(\d[\d,]*(?:\.\d+)?)"
    r"|(?:\[\d+\]|range|area|region|values|everything)[^.?!]{0,30}?(?:between|from) \$?"
    r"(\d[\d,]*(?:\.\d+)?) (?:and|to) \$?(\d[\d,]*(?:\.\d+)?)(?=[^.?!]{0,40}?\b(?:shad|highlight))"
)
_BAND_WORDS = re.compile(
    r"\bzone\b|\bbox\b|shad(?:ed|ing|e)\b|\bband\b|\bregion\b|\barea\b|rectangle"
)


def _shaded_range(plan: Plan, draft: Draft) -> Plan:
    """A pale band over part of an axis ("shade the ages between 40 and 42")."""
    layer = plan.layers[0]
    text = draft.reading.skeleton
    found = _BAND.search(text)
    if found is None or layer.mark not in {"point", "circle", "line", "bar", "tick"}:
        return plan
    sentence = next(s for s in re.split(r"(?<=[.?!])\s", text) if found.group(0) in s)
    if not _BAND_WORDS.search(sentence):
        return plan
    name = "x"
    for number in re.findall(r"\[(\d+)\]", found.group(0)):
        concept = draft.reading.placeholders.get(int(number))
        column = concept.field if concept is not None else None
        y = layer.channel("y")
        shown = _column_of(draft, y.field) if y is not None else None
        if column is not None and shown == column.key:
            name = "y"
    axis = layer.channel(name)
    if axis is None or axis.kind != "quantitative":
        return plan
    low, high = (parse_number(part) for part in found.groups() if part)
    options = {k: v for k, v in layer.options.items() if k not in {"opacity", "color"}}
    shade: dict[str, Any] = {"opacity": 0.3, "color": _colour(sentence) or "gray"}
    # One row of its own: over the rows of the query the band would be drawn once for each.
    ends = f"{name}1", f"{name}2"
    band = Layer(
        "rect", shade, (Channel(name, ends[0], "quantitative"), Channel(name + "2", ends[1])),
        data={ends[0]: [low], ends[1]: [high]},
    )  # fmt: skip
    return plan.with_layers(replace(layer, options=options), *plan.layers[1:], band)


def _column_of(draft: Draft, name: str | None) -> tuple[str, str] | None:
    """Table and column of an output by its name."""
    found = next((o for o in draft.outputs if o.name == name), None)
    return (found.table, found.column) if found is not None else None


# ── links, frames ───────────────────────────────────────────────────────────────────────────

_LINKS = re.compile(
    r"\bclick\w*[^.?!]{0,60}\b(?:search|google|web ?page|website|url|link|browser)\b"
    r"|\b(?:link|hyperlink|url)s? (?:\w+ ){0,4}(?:search|google|web)"
    r"|\blink\w* to\b[^.?!]{0,30}\b(?:pages?|websites?|sites?|articles?|wikipedia)\b"
    r"|\b(?:takes? me|leads?|opens?|goes|go) (?:to )?(?:a |the )?(?:google|web) ?(?:search|page)?"
)


_LINK_SHOWN = re.compile(
    r"\bhover\w*[^.?!]{0,80}\b(?:link|url)\b|\b(?:link|url)\b[^.?!]{0,40}\bhover|"
    r"\blinks to\b[^.?!]{0,40}\bshown\b[^.?!]{0,30}\bhover"
)


def asks_for_links(text: str) -> bool:
    """Whether a click is to open a page, so that nothing is selected."""
    return bool(_LINKS.search(text.lower()))


def _links(plan: Plan, draft: Draft) -> Plan:
    """Marks that open a search for what they stand for."""
    if not asks_for_links(draft.reading.body):
        return plan
    layer = plan.layers[0]
    shown = [
        c for name in ("tooltip", "color", "y", "x")
        for c in layer.channels
        if c.name == name and c.field and c.kind == "nominal"
    ]  # fmt: skip
    if layer.channel("href") is not None:
        return plan
    if not shown:  # points of two numbers stand for the things that have them
        tables = {o.table for o in draft.outputs}
        column = draft.catalog.display(tables.pop()) if len(tables) == 1 else None
        if column is None or any(o.aggregate or o.fold for o in draft.outputs):
            return plan
        shown = [Channel("tooltip", draft.plain(column).name)]
    body = draft.reading.body.lower()
    page = "https://www.google.com/search?q="
    if "wikipedia" in body:
        page = "https://en.wikipedia.org/wiki/"
    step = {"calculate": {"url": f"'{page}' + datum['{shown[0].field}']"}}
    href = [Channel("href", "url", "nominal")]
    tips = [c for c in layer.channels if c.name == "tooltip"]
    names = bool(tips) and all(c.kind == "nominal" for c in tips) and len(tips) == 1
    if names or (tips and _LINK_SHOWN.search(body)):  # the page is told beside a bare name
        href.append(Channel("tooltip", "url", "nominal", title="Link"))
    made = replace(
        layer, transforms=(*layer.transforms, step), channels=(*layer.channels, *href),
    )  # fmt: skip
    return plan.with_layers(made, *plan.layers[1:])


_CLEAN = re.compile(
    r"(?:remove|without|no|hide|drop)\b[^.?!]{0,30}\b"
    r"(?:grid ?lines?|axis (?:borders?|lines?)|borders?)"
)


def _frameless(plan: Plan, draft: Draft, family: str) -> Plan:
    """Violins stand side by side without frames; cells without lines fill their own grid."""
    if family == "violin":
        return replace(plan, config={**plan.config, "view": {"stroke": None}})
    if family == "heatmap" and _CLEAN.search(draft.reading.body.lower()):
        cells = {"view": {"step": 13, "strokeWidth": 0}, "axis": {"domain": False}}
        return replace(plan, config={**plan.config, **cells})
    return plan
