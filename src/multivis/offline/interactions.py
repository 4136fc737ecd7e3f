"""Selections, zoom, legends that filter, sliders: what a question asks to interact with."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from multivis.charts.demands import ColourDemand, Demands, InteractionDemand
from multivis.offline.altair_code import PYTHON
from multivis.offline.axis_places import swapped
from multivis.offline.chart_kinds import selects
from multivis.offline.finish_idioms import asks_for_links
from multivis.offline.interaction_lines import stands_out, thicker_line, tracked_along, tracks
from multivis.offline.interaction_words import (
    asks_for_overview,
    first_range,
    side_colours,
    slider_numbers,
)
from multivis.offline.plan import Channel, Condition, Layer, Plan, Selection, View

__all__ = ["add_interactions"]


def add_interactions(plan: Plan, demands: Demands) -> Plan:
    """Add the interactions that were asked for; the strongest one of each kind once."""
    if not plan.layers:
        return plan
    types = {demand.type for demand in demands.of(InteractionDemand, at_least=0.8)}
    if asks_for_links(demands.question):
        types -= {"click"}
    if len(plan.views) > 1 and plan.selections:
        return plan  # the views are linked already
    if len(plan.views) > 1:
        linked = types & {"brush", "crossfilter"} or re.search(
            r"\blinked\b|select\w* [^.]{0,60}\b(?:other|both)\b", demands.question.lower()
        )
        return _linked(plan) if linked else plan
    if asks_for_overview(demands.question):
        return _overview(plan, demands.question)
    if "slider" in types:
        return _slider(plan, demands)
    if "legend" in types or _LEGEND.search(demands.question.lower()):
        return _brought_forward(plan, demands.question.lower()) or _legend(plan)
    if _MENU.search(demands.question.lower()) and (chosen := _menu(plan)) is not None:
        return chosen
    if _DRAGGED.search(demands.question.lower()) and not types & {"zoom", "slider"}:
        types = types | {"brush"}
    averaged = _averaged(plan) if selects(demands.question.lower()) else None
    if averaged is not None and "zoom" not in types:
        return averaged
    if types & {"brush", "crossfilter"} and "zoom" not in types:
        return _brush(plan)
    if _GROUPS.search(demands.question.lower()) and "zoom" not in types:
        return _brush(plan)
    if "click" in types:
        return _point(plan, "click")
    question = demands.question.lower()
    if tracks(question) and (tracked := tracked_along(plan, question)) is not None:
        return _carry(tracked[0], tracked[0].layers[0], tracked[1])
    if stands_out(question):
        types = types | {"hover"}
        if (thicker := thicker_line(plan)) is not None:
            return _carry(thicker[0], thicker[0].layers[0], thicker[1])
    if "hover" in types and plan.layers[0].mark in {"line", "bar"}:
        return _point(plan, "pointerover")
    if types & {"zoom", "any"} and plan.layers[0].mark in {"point", "circle", "line", "area"}:
        return _zoom(plan)
    return plan


def _carry(plan: Plan, layer: Layer, selection: Selection) -> Plan:
    view = replace(
        plan.views[0],
        layers=(layer, *plan.views[0].layers[1:]),
        selections=(*plan.views[0].selections, selection.name),
    )
    return replace(plan, views=(view, *plan.views[1:]), selections=(*plan.selections, selection))


def _overview(plan: Plan, question: str) -> Plan:
    """A large chart over a small one; dragging in the small one zooms the large one."""
    layer = plan.layers[0]
    x = layer.channel("x")
    if x is None or x.name != "x" or len(plan.layers) > 2:
        return plan
    selection = Selection("brush", "interval", encodings=("x",), value=first_range(question))
    binned = x.bin >= 0 and not x.bin_step  # the bins of what is chosen are as many as of all
    finer = replace(x, bin=x.bin or 30, bin_extent=selection.name) if binned else x
    if binned:
        layer = layer.with_channel(replace(x, bin=x.bin or 30))
    detail = layer.with_channel(replace(finer, scale={**x.scale, "domain": selection.name}))
    upper = View(layers=(detail, *plan.layers[1:]), width=600, height=200)
    plain = tuple(c for c in layer.channels if c.name != "tooltip")
    lower = View(
        layers=(replace(layer, channels=plain),), width=600, height=60,
        selections=(selection.name,),
    )  # fmt: skip
    return replace(
        plan, views=(upper, lower), arrangement="vconcat",
        selections=(*plan.selections, selection),
    )  # fmt: skip


def _slider(plan: Plan, demands: Demands) -> Plan:
    """A threshold that is moved: what lies below and above it has two colours."""
    layer = plan.layers[0]
    text = demands.question.lower()
    numbers = [c for c in layer.channels if c.name in {"x", "y"} and c.kind == "quantitative"]
    # "a slider called Rating", "a slider for the speed": the axis whose words stand next to it
    value = max(numbers, key=lambda c: _spoken_near(c, text), default=None)
    if value is None or not value.field or value.aggregate or value.bin >= 0:
        return plan
    column = f"df[{json.dumps(value.field, ensure_ascii=False)}]"
    start = "median" if "median" in text else "mean"
    ends, step, first = slider_numbers(text)
    low, high = ends or (f"{PYTHON}float({column}.min())", f"{PYTHON}float({column}.max())")
    selection = Selection(
        "cutoff", "value",
        bind={
            "input": "range", "min": low, "max": high, **({"step": step} if step else {}),
            "name": f"{value.title or value.field}: ",
        },
        value=first if first is not None else f"{PYTHON}float({column}.{start}())",
    )  # fmt: skip
    if (binned := _binned_below(plan, value, selection, text)) is not None:
        return binned
    below, above = "steelblue", "orange"
    for wish in demands.of(ColourDemand):
        if re.search(r"below|under|less|lower", wish.target):
            below = wish.colour
        elif re.search(r"above|over|more|higher|exceed", wish.target):
            above = wish.colour
    below, above = side_colours(text) or (below, above)
    test = f"datum['{value.field}'] < {selection.name}"
    color = Channel("color", condition=Condition(test, below, above))
    return _carry(plan, layer.with_channel(color), selection)


_BINNED_REST = re.compile(
    r"\b(?:group|bin|aggregat|bundl|summari[sz]|collaps|combin|clump|merg)\w*\b|\bas a grid\b"
)


def _binned_below(plan: Plan, value: Channel, selection: Selection, text: str) -> Plan | None:
    """Single points from the threshold on, counts of what lies below it, and a rule between."""
    layer = plan.layers[0]
    if len(plan.layers) != 1 or layer.mark not in {"point", "circle"}:
        return None
    if not _BINNED_REST.search(text):
        return None
    if value.name == "y":  # the rule stands on the axis of the threshold
        layer = swapped(layer)
    x, y = layer.channel("x"), layer.channel("y")
    if x is None or y is None or y.kind != "quantitative":
        return None
    name = "threshold" if "threshold" in text else "cutoff"
    bind = {k: v for k, v in selection.bind.items() if k != "name"} if (
        isinstance(selection.bind, dict)) else selection.bind  # fmt: skip
    if isinstance(bind, dict):
        bind = {**bind, "step": bind.get("step", 1)}
    selection = replace(selection, name=name, bind=bind)
    own = f"{PYTHON}alt.datum[{json.dumps(x.field, ensure_ascii=False)}]"
    kept = tuple(c for c in layer.channels if c.name in {"x", "y", "tooltip"})
    single = replace(layer, mark="circle", options={}, channels=kept,
                     transforms=(*layer.transforms, {"filter": f"{own} >= {name}"}))  # fmt: skip
    cells = Layer("circle", {}, (
        replace(x, bin=10), replace(y, bin=10),
        Channel("size", kind="quantitative", aggregate="count", title="Count"),
    ), (*layer.transforms, {"filter": f"{own} < {name}"}))  # fmt: skip
    rule = Layer("rule", {"color": "gray"}, (
        Channel("x", datum=f"{PYTHON}alt.expr({name}.name)", kind="quantitative"),
        Channel("strokeWidth", value=6),
    ))  # fmt: skip
    return _carry(plan.with_layers(single, cells, rule), single, selection)


def _spoken_near(channel: Channel, text: str) -> int:
    """How many words of a channel's column stand near the slider."""
    at = text.find("slider")
    near = set(re.findall(r"[a-z]+", text[max(0, at) : at + 60]))
    words = re.findall(r"[a-z]+", f"{channel.field} {channel.title or ''}".lower())
    return len(set(words) & near)


def _linked(plan: Plan) -> Plan:
    """A region that is dragged in one view selects in all: every view has its own brush."""
    histograms = all(
        len(view.layers) == 1 and any(c.bin >= 0 and c.name == "x" for c in view.layers[0].channels)
        for view in plan.views
    )
    dragged = {"point", "circle", "square"}
    brushes = {
        index: Selection(
            f"brush_{index}", "interval", encodings=("x",) if histograms else (),
            options={"name": f"brush_{index}"},
        )
        for index, view in enumerate(plan.views, start=1)
        if view.layers and (histograms or view.layers[0].mark in dragged)
    }  # fmt: skip
    if not brushes:
        return plan
    views = []
    for index, view in enumerate(plan.views, start=1):
        own = (*view.selections, brushes[index].name) if index in brushes else view.selections
        layers = _selected(view, histograms, [b.name for n, b in brushes.items() if n != index],
                           [b.name for b in brushes.values()])  # fmt: skip
        views.append(replace(view, layers=layers, selections=own))
    return replace(plan, views=tuple(views), selections=(*plan.selections, *brushes.values()))


def _selected(
    view: View, histograms: bool, others: list[str], everyone: list[str]
) -> tuple[Layer, ...]:
    """The layers of a view that follow the brushes."""
    layer = view.layers[0]
    steps = tuple({"filter": name} for name in others)
    if histograms:
        plain = tuple(c for c in layer.channels if c.name != "color")
        behind = replace(layer, options={**layer.options, "color": "lightgray"}, channels=plain)
        return behind, replace(layer, transforms=(*layer.transforms, *steps))
    if layer.mark not in {"point", "circle", "square"}:
        steps = tuple({"filter": name} for name in everyone)
        return replace(layer, transforms=(*layer.transforms, *steps)), *view.layers[1:]
    test = " & ".join(everyone)
    color = layer.channel("color")
    made = (
        replace(color, condition=Condition(test, None, "lightgray"))
        if color is not None and color.field
        else Channel("color", condition=Condition(test, "steelblue", "lightgray"))
    )
    return layer.with_channel(made), *view.layers[1:]


def _faded(selection: Selection) -> Channel:
    return Channel("opacity", condition=Condition(selection.name, 1, 0.2))


def _legend(plan: Plan) -> Plan:
    """A click on the legend fades the others."""
    layer = plan.layers[0]
    color = layer.channel("color")
    if color is None or not color.field:
        shown = next(
            (c for c in layer.channels if c.name in {"x", "y"} and c.kind == "nominal"), None
        )
        if shown is None or not shown.field:
            return plan
        color = Channel("color", shown.field, shown.kind, title=shown.title)
        layer = layer.with_channel(color)
    shown_field = color.field or ""
    selection = Selection("legend", "point", fields=(shown_field,), bind="legend")
    return _carry(plan, layer.with_channel(_faded(selection)), selection)


_FORWARD = re.compile(
    r"\b(?:mov\w*|bring\w*|brought|com\w*|go\w*|jump\w*|put|shift\w*|slid\w*|sort\w*|reorder\w*|"
    r"re-order\w*|plac\w*|start\w*)\b[^.?!]{0,60}?\b(?:front|forward|first|start|beginning|base|"
    r"bottom|axis|left|baseline|fore)\b|\breorder\w*|\bre-order\w*"
)


def _brought_forward(plan: Plan, text: str) -> Plan | None:
    """A click on the legend lets the chosen parts of stacked bars begin at the axis.

    Such bars lie, as the names of what they stand for are read beside them.
    """
    layer = plan.layers[0]
    color = layer.channel("color")
    if len(plan.layers) != 1 or layer.mark != "bar" or color is None or not color.field:
        return None
    if not _FORWARD.search(text) or layer.channel("xOffset") or layer.channel("yOffset"):
        return None
    across = layer.channel("x")
    upright = across is not None and across.kind != "quantitative"
    if upright and not re.search(r"\bvertical|\bupright|x-axis", text):
        layer = swapped(layer)
    field = color.field
    selection = Selection("legend", "point", fields=(field,), bind="legend")
    chosen = f"{{legend.name}}.{field}" if field.isidentifier() else f"{{legend.name}}['{field}']"
    own = f"datum.{field}" if field.isidentifier() else f"datum['{field}']"
    name = f"{field}_order"
    test = f'{PYTHON}f"if({chosen} && indexof({chosen}, {own}) !== -1, 0, 1)"'
    steps = (*layer.transforms, {"calculate": {name: test}})
    faded = Channel("opacity", condition=Condition(selection.name, 0.9, 0.2))
    layer = replace(layer, transforms=steps).with_channel(Channel("order", name, "nominal"))
    return _carry(plan, layer.with_channel(faded), selection)


def _brush(plan: Plan) -> Plan:
    """A region is dragged; what lies outside turns grey."""
    layer = plan.layers[0]
    selection = Selection("brush", "interval")
    color = layer.channel("color")
    if color is not None and color.field:
        made = replace(color, condition=Condition(selection.name, None, "lightgray"))
    else:
        made = Channel("color", condition=Condition(selection.name, "steelblue", "lightgray"))
    return _carry(plan, layer.with_channel(made), selection)


_GROUPS = re.compile(
    r"\bselect\w* (?:\w+ ){0,3}?(?:groups?|regions?|areas?|clusters?|ranges?|a range|points)\b"
    r"[^.?!]{0,80}\b(?:highlight|gr[ae]y|fade|dim|stand out)"
    r"|\bselect\w* (?:\w+ ){0,3}?(?:ranges|regions)\b"
)
_MENU = re.compile(r"drop-?\s?down|\bmenu\b|radio buttons?")


def _menu(plan: Plan) -> Plan | None:
    """A list of the groups, of which one is chosen: only its marks are drawn."""
    layer = plan.layers[0]
    told = [
        c for name in ("color", "column", "row", "y", "x", "tooltip")
        for c in layer.channels
        if c.name == name and c.field and c.kind in {"nominal", "ordinal"}
    ]  # fmt: skip
    if not told or len(plan.layers) != 1:
        return None
    field = told[0].field or ""
    column = f"df[{json.dumps(field, ensure_ascii=False)}]"
    selection = Selection(
        "choice", fields=(field,),
        bind={
            "input": "select", "options": f"{PYTHON}sorted({column}.dropna().unique().tolist())",
            "name": f"{told[0].title or field}: ",
        },
    )  # fmt: skip
    steps = (*layer.transforms, {"filter": selection.name})
    return _carry(plan, replace(layer, transforms=steps), selection)


def _averaged(plan: Plan) -> Plan | None:
    """A range is dragged over bars, and the line at the mean follows what lies in it."""
    marks = [layer.mark for layer in plan.layers]
    if marks != ["bar", "rule"] or not any(c.aggregate for c in plan.layers[1].channels):
        return None
    bars, rule = plan.layers
    place = bars.channel("x")
    if place is not None and place.kind == "nominal":  # a range of places needs their order
        bars = bars.with_channel(replace(place, kind="ordinal"))
    selection = Selection("brush", "interval", encodings=("x",))
    faded = Channel("opacity", condition=Condition(selection.name, 1, 0.7))
    thick = Channel("size", value=3)
    steps = (*rule.transforms, {"filter": selection.name})
    plan = plan.with_layers(bars, replace(rule, transforms=steps).with_channel(thick))
    return _carry(plan, bars.with_channel(faded), selection)


_DRAGGED = re.compile(
    r"\bdrag\w* (?:out |over )?(?:a |an |some |the )?(?:\w+ )?(?:box|rectangle|region|area|"
    r"selection|window|points|marks)\b|\blasso\b|\brubber[- ]band"
)
_LEGEND = re.compile(
    r"\b(?:click|select|choos|pick)\w*[^.?!]{0,60}\blegend\b|"
    r"\blegend\b[^.?!]{0,80}\b(?:click|select|toggle)\w*"
)


def _point(plan: Plan, on: str) -> Plan:
    """A mark under the pointer, or clicked, stands out."""
    layer = plan.layers[0]
    color = layer.channel("color")
    category = color if color is not None and color.kind in {"nominal", "ordinal"} else None
    if category is None:
        category = next(
            (
                c
                for c in layer.channels
                if c.name in {"x", "y"} and c.kind in {"nominal", "ordinal"}
            ),
            None,
        )
    fields = (category.field,) if category is not None and category.field else ()
    options = {"on": on} if on != "click" else {}
    selection = Selection("highlight", "point", fields=fields, options=options)
    return _carry(plan, layer.with_channel(_faded(selection)), selection)


def _zoom(plan: Plan) -> Plan:
    """Drag to pan, scroll to zoom."""
    selection = Selection("zoom", "interval", bind="scales")
    return _carry(plan, plan.layers[0], selection)
