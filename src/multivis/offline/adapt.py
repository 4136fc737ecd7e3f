"""Reference code shapes a plan (scenario C).

The reference gives the form: marks and their options, layers, transforms, interactions,
arrangement, colours, axes. The question gives the content: its own plan's fields stand where the
reference's fields of the same role stood. Words of the question win over the reference.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.charts.reference import CodeFacts, read_code
from multivis.errors import CodeError
from multivis.offline.adapt_figures import FigureStyle, as_violins, read_figure, shaded
from multivis.offline.adapt_like import ordered_like
from multivis.offline.adapt_mapping import fill_sketch, match_fields
from multivis.offline.adapt_rows import folded, rows_for, without_hidden_count
from multivis.offline.adapt_rules import with_rules
from multivis.offline.adapt_sketch import Sketch, draw_sketch, made_fields, read_fields
from multivis.offline.adapt_tips import answers_hovering, tooltips_like, with_tooltips
from multivis.offline.axis_places import lying, stated_places, swapped
from multivis.offline.plan import Channel, Layer, Plan, View

__all__ = ["adapt_reference", "dress_like"]

_FAMILY = {"circle": "point", "square": "point", "trail": "line"}


def adapt_reference(reference_code: str, plan: Plan, question: str = "") -> Plan:
    """Give `plan` the form of the chart that `reference_code` draws.

    Args:
        reference_code: A script that draws a chart.
        plan: The question's own plan.
        question: The question; what it says outright about marks, axes and stacking stays.

    Returns:
        The adapted plan, or `plan` itself when the reference has nothing that fits.

    Raises:
        CodeError: The reference does not parse, or draws no chart that can be read.
    """
    facts = read_code(reference_code)
    if not facts.marks:
        raise CodeError(
            "The reference code draws no chart that can be read.",
            hint="Give a script that draws with Altair, Plotly or Matplotlib.",
        )
    if not plan.views or not plan.layers:
        return plan
    words = _wanted_marks(question)
    if facts.view is None:
        adapted = _from_figure(facts, plan, question, words)
    else:
        adapted = _from_altair(reference_code, facts, plan, question, words)
    return with_rules(shaded(adapted, question), facts, question)


def dress_like(reference_code: str, plan: Plan, question: str = "") -> Plan:
    """Give `plan` the look of a chart, and leave its form: marks, channels and rows stay.

    A picture shows colours, points on lines, holes of rings and lying bars; what it is made of
    (layers, transforms, which column is where) is not seen in it, and comes from the question.

    Args:
        reference_code: A script that draws a chart which looks like the picture.
        plan: The question's plan, for the kind of chart that the picture shows.
        question: The question; where it says which axis shows what, bars stay as they stand.
    """
    facts = read_code(reference_code)
    if facts.view is None or not plan.views or not plan.layers:
        return plan
    sketch = draw_sketch(reference_code, facts)
    dressed = _styled(plan, sketch, change_marks=False)
    upright = sketch.views and not _lies(sketch)
    return dressed if upright or not sketch.views else _lying_bars(dressed, question)


def _wanted_marks(question: str) -> frozenset[str]:
    """The marks of the chart types that the question asks for by name, in families."""
    if not question:
        return frozenset()
    from multivis.charts.demands import ChartDemand, MarkDemand, read_demands

    demands = read_demands(_REPLACED.sub(" ", question))
    found: set[str] = set()
    for demand in demands.of(ChartDemand):
        marks = _families(_PRINCIPAL.get(demand.name, demand.marks))
        found = found & marks or found | marks  # "a line chart of the cumulative distribution"
    found = found or {demand.mark for demand in demands.of(MarkDemand)}
    return frozenset(_families(found))


#: Chart types that other marks could draw as well, and the mark that is meant.
_PRINCIPAL = {"line": frozenset({"line"}), "area": frozenset({"area"})}

#: What the question wants no more: "instead of the bubble chart with ticks, …".
_REPLACED = re.compile(r"\b(?:instead of|rather than|replac\w+)\b[^,.?!]*", re.I)


def _families(marks: Any) -> set[str]:
    return {_FAMILY.get(mark, mark) for mark in marks}


def _plan_marks(plan: Plan) -> list[str]:
    return [layer.mark for view in plan.views for layer in view.layers]


def _covers(plan: Plan, sketch: Sketch) -> bool:
    """Whether each layer shows something in all channels in which the reference does.

    What the question shows besides (colours, labels) is its own. A reference that transforms its
    rows has a form of its own where the plan has no transforms.
    """
    steps = any(layer.transforms for view in sketch.views for layer in view.layers)
    if steps and not any(layer.transforms for view in plan.views for layer in view.layers):
        return False

    def shown(views: tuple[View, ...]) -> list[tuple[str, set[str]]]:
        told = [
            (
                layer.mark,
                {
                    f"{c.name} {c.aggregate == 'count'}"
                    for c in layer.channels
                    if (c.field or c.aggregate) and c.name != "tooltip"
                },
            )
            for view in views
            for layer in view.layers
        ]
        return sorted(told, key=lambda one: (one[0], sorted(one[1])))

    ours, theirs = shown(plan.views), shown(sketch.views)
    fields = {c.name for v in plan.views for la in v.layers for c in la.channels if c.field}
    if _tests(sketch.views) & fields:
        return False  # what the reference tells apart by a condition is no column
    return len(ours) == len(theirs) and all(
        mark == other and theirs_shown <= ours_shown
        for (mark, ours_shown), (other, theirs_shown) in zip(ours, theirs, strict=True)
    )


def _tests(views: tuple[View, ...]) -> set[str]:
    """Channels that a condition decides and that show no column besides."""
    layers = [layer for view in views for layer in view.layers]
    return {c.name for la in layers for c in la.channels if c.condition and not c.field}


# ── Altair references ───────────────────────────────────────────────────────────────────────


def _from_altair(
    text: str, facts: CodeFacts, plan: Plan, question: str, words: frozenset[str]
) -> Plan:
    sketch = draw_sketch(text, facts)
    plan = folded(plan, sketch)
    reference = [unit.mark.kind for unit in facts.units() if unit.mark]
    families = _families(reference)
    if any(unit.mark and unit.mark.options.get("point") for unit in facts.units()):
        families.add("point")  # a line with points on it
    named_other = bool(words) and (
        not words & families or (not words <= families and words <= _families(_plan_marks(plan)))
    )
    framed = any(layer.data for view in plan.views for layer in view.layers)
    if named_other or framed or not sketch.views:  # rows of its own fit no other form
        return _styled(plan, sketch, change_marks=False)
    same_marks = sorted(_plan_marks(plan)) == sorted(reference)
    own_marks = _plan_marks(plan)[: len(reference)]
    layered = len(reference) > 2 and own_marks == reference  # drawn as in the reference
    if layered or (same_marks and len(plan.views) == len(sketch.views) and _covers(plan, sketch)):
        styled = _styled(plan, sketch)
        return _lying_bars(styled, question) if _lies(sketch) else styled
    query_plan, sketch = rows_for(plan, sketch)
    mapping = match_fields(sketch, query_plan)
    views = fill_sketch(sketch, query_plan, mapping)
    drawn = _families(layer.mark for view in views for layer in view.layers)
    same_form = same_marks and len(plan.views) == len(sketch.views)
    if views and same_form and _left_out(query_plan, views):
        return _styled(plan, sketch)
    if not views or (words and not words & drawn):
        return _changed_mark(plan, sketch, reference)
    own = _missing_channels(plan, views)
    first = views[0]
    views = (replace(first, layers=(_with(first.layers[0], own), *first.layers[1:])), *views[1:])
    views = tuple(replace(v, layers=tuple(_labelled(la, sketch) for la in v.layers)) for v in views)
    views = _question_layers(plan, views, question)
    views = _oriented(plan, views, question)
    used = {name for view in views for name in view.selections}
    selections = tuple(
        replace(s, fields=tuple(mapping[f] for f in s.fields if f in mapping))
        for s in sketch.selections
        if s.name in used
    )
    names = {selection.name for selection in selections}
    own_selections = tuple(s for s in plan.selections if s.name not in names)
    if not answers_hovering(selections, question):
        views = with_tooltips(plan, views)
    views = _sized(plan, views)
    query_plan = without_hidden_count(query_plan, views)
    carried = tuple(dict.fromkeys((*views[0].selections, *plan.views[0].selections)))
    views = (replace(views[0], selections=carried), *views[1:])
    arrangement = sketch.arrangement if len(views) > 1 else "single"
    return replace(
        query_plan,
        views=views,
        arrangement=arrangement,
        selections=(*own_selections, *selections),
        config={**_config(sketch), **plan.config},
        assumptions=(*plan.assumptions, "The form of the chart follows the reference code."),
    )


def _with(layer: Layer, channels: list[Channel]) -> Layer:
    return replace(layer, channels=(*layer.channels, *channels))


def _config(sketch: Sketch) -> dict[str, Any]:
    return {
        key: value
        for key, value in sketch.config.items()
        if key in {"view", "axis", "title", "legend", "header"}
    }


def _left_out(plan: Plan, views: tuple[View, ...]) -> bool:
    """Whether the filled reference has no place for a column that the plan draws."""
    drawn = {c.field for view in views for layer in view.layers for c in layer.channels}
    drawn |= {made for view in views for layer in view.layers for made in read_fields(layer)}
    asked = {o.name for o in plan.query.outputs}
    placed = {
        c.field
        for view in plan.views
        for layer in view.layers
        for c in layer.channels
        if c.name in {"x", "y", "x2", "y2", "theta"}
    }
    return bool((placed & asked) - drawn)


def _missing_channels(plan: Plan, views: tuple[View, ...]) -> list[Channel]:
    """Colours, facets and shapes of the question that the filled reference does not show."""
    shown = {
        c.field
        for view in views
        for layer in view.layers
        for c in layer.channels
        if c.name not in {"x", "y", "tooltip", "text"}
    }
    names = {c.name for layer in views[0].layers for c in layer.channels}
    wanted = {"color", "row", "column", "facet", "xOffset", "shape"} - names
    tested = any(c.condition for view in views for layer in view.layers for c in layer.channels)
    return [
        replace(channel, condition=None) if tested else channel
        for channel in plan.layers[0].channels
        if channel.name in wanted and channel.field and channel.field not in shown
    ]


def _labelled(layer: Layer, sketch: Sketch) -> Layer:
    """Numbers for labels that the reference draws without a text; without them none is seen."""
    if layer.mark != "text" or layer.channel("text") is not None:
        return layer
    texts = [one for view in sketch.views for one in view.layers if one.mark == "text"]
    if any(one.channel("text") is not None for one in texts) or "text" in layer.options:
        return layer
    amounts = [c for c in layer.channels if c.name in {"x", "y", "theta"} and c.bin < 0]
    shown = next((c for c in amounts if c.kind == "quantitative" or c.aggregate), None)
    if shown is None:
        return layer
    return layer.with_channel(
        Channel("text", shown.field, shown.kind, aggregate=shown.aggregate, format=shown.format)
    )


def _question_layers(plan: Plan, views: tuple[View, ...], question: str) -> tuple[View, ...]:
    """Labels and lines that the question asks for and the reference does not have."""
    if not question or len(views) > 1:
        return views
    from multivis.charts.demands import LabelsDemand, ReferenceLineDemand, read_demands

    demands = read_demands(question)
    wanted: set[str] = set()
    if list(demands.of(LabelsDemand)):
        wanted.add("text")
    if list(demands.of(ReferenceLineDemand)):
        wanted.add("rule")
    there = {layer.mark for layer in views[0].layers}
    shown = {c.field for layer in views[0].layers for c in layer.channels}
    extra = tuple(
        layer
        for layer in plan.layers[1:]
        if layer.mark in wanted - there
        and {c.field for c in layer.channels if c.field} <= shown | made_fields(layer)
    )
    return (replace(views[0], layers=(*views[0].layers, *extra)), *views[1:]) if extra else views


def _oriented(plan: Plan, views: tuple[View, ...], question: str) -> tuple[View, ...]:
    """Swap x and y when the question says which axis shows what and the reference differs."""
    stated = stated_places(views[0].layers[0], plan.query.outputs, question)
    if stated is not False:
        return views
    return tuple(replace(view, layers=tuple(map(swapped, view.layers))) for view in views)


def _sized(plan: Plan, views: tuple[View, ...]) -> tuple[View, ...]:
    """Titles and sizes of single views belong to the old chart."""
    first = plan.views[0]
    return tuple(
        replace(view, title=first.title if len(views) == 1 else "", width=0, height=0)
        for view in views
    )


# ── form is kept, style is taken over ───────────────────────────────────────────────────────


_STYLE = frozenset(
    [
        "point",
        "interpolate",
        "filled",
        "opacity",
        "innerRadius",
        "outerRadius",
        "cornerRadius",
        "cornerRadiusTopLeft",
        "cornerRadiusTopRight",
        "strokeDash",
        "strokeWidth",
        "size",
        "color",
        "line",
        "clip",
        "thickness",
        "binSpacing",
        "stroke",
    ]
)


def _styled(plan: Plan, sketch: Sketch, *, change_marks: bool = True) -> Plan:
    """Mark options, stacking, schemes, legends, and interactions of the reference."""
    reference = [layer for view in sketch.views for layer in view.layers]
    if not reference:
        return plan
    views: list[View] = []
    outputs = plan.query.outputs
    for view in plan.views:
        layers = []
        for layer in view.layers:
            like = [
                other
                for other in reference
                if _FAMILY.get(other.mark, other.mark) == _FAMILY.get(layer.mark, layer.mark)
            ]
            styled = _styled_layer(layer, like[0], change_marks) if like else layer
            ordered = like and change_marks
            layers.append(ordered_like(styled, like[0], outputs) if ordered else styled)
        views.append(replace(view, layers=tuple(layers)))
    resolve = next((view.resolve for view in sketch.views if view.resolve), {})
    if resolve and len(views) == 1 and len(views[0].layers) > 1 and not views[0].resolve:
        views = [replace(views[0], resolve=dict(resolve))]
    adapted = replace(plan, views=tuple(views), config={**_config(sketch), **plan.config})
    zoom = [s for s in sketch.selections if s.bind in {"scales", "legend"}]
    fields = {c.field for layer in plan.layers for c in layer.channels}
    if zoom and not plan.selections:
        kept = tuple(s for s in zoom if not s.fields or set(s.fields) <= fields)
        first = replace(adapted.views[0], selections=tuple(s.name for s in kept))
        adapted = replace(adapted, views=(first, *adapted.views[1:]), selections=kept)
    return adapted


def _styled_layer(layer: Layer, like: Layer, change_marks: bool) -> Layer:
    options = {k: v for k, v in like.options.items() if k in _STYLE}
    channels = []
    for channel in layer.channels:
        other = like.channel(channel.name)
        if other is not None and channel.name in {"color", "y", "x"}:
            scheme = {
                k: v for k, v in other.scale.items() if k == "scheme" and channel.name == "color"
            }
            channel = replace(
                channel,
                stack=channel.stack or other.stack,
                scale={**scheme, **channel.scale},
                legend={**other.legend, **channel.legend},
            )
        elif other is not None and channel.name == "order" and other.kind is None:
            same = (c.name for c in like.channels if c.name != "order" and c.field == other.field)
            own = next(filter(None, map(layer.channel, same)), channel)
            channel = replace(channel, field=own.field, kind=None)
        channels.append(channel)
    if any(c.name in {"color", "fill"} and c.field for c in channels):
        options.pop("color", None)
    mark = like.mark if change_marks else layer.mark
    if change_marks:
        channels += tooltips_like(layer, like)
    return replace(layer, mark=mark, options={**options, **layer.options}, channels=tuple(channels))


_POSITIONAL = frozenset({"bar", "line", "area", "point", "circle", "square", "tick", "trail"})


def _changed_mark(plan: Plan, sketch: Sketch, reference: list[str]) -> Plan:
    """Only the main mark of the reference, on the plan's own channels, where that can be."""
    first, wanted = plan.layers[0], reference[0]
    steps = any(layer.transforms for view in sketch.views for layer in view.layers)
    if first.mark not in _POSITIONAL or wanted not in _POSITIONAL:
        return _styled(plan, sketch)
    if first.transforms and not steps:  # what is computed for one mark is shown by it
        return _styled(plan, sketch, change_marks=False)
    changed = _with_mark(plan, wanted)
    return _styled(changed, sketch)


def _with_mark(plan: Plan, mark: str) -> Plan:
    """The main layer with another mark; options that belong to the old mark go."""
    first = plan.layers[0]
    if first.mark == mark:
        return plan
    options = {k: v for k, v in first.options.items() if k in {"color", "opacity"}}
    changed = [replace(first, mark=mark, options=options), *plan.layers[1:]]
    if mark in {"line", "area", "trail"}:  # these run along x, and parts of them lie in rows
        changed = [swapped(one) for one in changed] if lying(first) else changed
        changed = [_in_rows(one) for one in changed]
    return plan.with_layers(*changed)


def _in_rows(layer: Layer) -> Layer:
    if layer.channel("row") is not None:
        return layer
    rows = [replace(c, name="row") if c.name == "column" else c for c in layer.channels]
    return replace(layer, channels=tuple(rows))


# ── Matplotlib, seaborn, Plotly references ──────────────────────────────────────────────────


def _from_figure(facts: CodeFacts, plan: Plan, question: str, words: frozenset[str]) -> Plan:
    style = read_figure(facts)
    if not style.marks:
        return plan
    if words and not words & _families(style.marks):
        return plan
    if words and not words <= _families(style.marks) and words <= _families(_plan_marks(plan)):
        return plan
    main = style.marks[0]
    own = _families(_plan_marks(plan))
    if main not in own and not words and main in _POSITIONAL and plan.layers[0].mark in _POSITIONAL:
        plan = _with_mark(plan, main)
    if any(artist.method == "violinplot" for artist in facts.artists):
        plan = as_violins(plan)
    plan = _figure_layers(plan, style)
    return _figure_style(plan, style, question)


def _figure_layers(plan: Plan, style: FigureStyle) -> Plan:
    """Labels and mean lines of the figure that the plan lacks."""
    if len(plan.views) != 1 or not plan.layers:
        return plan
    first = plan.layers[0]
    there = _families(_plan_marks(plan))
    x, y = first.channel("x"), first.channel("y")
    if x is None or y is None:
        if "text" in style.marks and "text" not in there and first.mark == "arc":
            return _arc_labels(plan)
        shade = first.channel("color")
        if "text" in style.marks and "text" not in there and first.mark == "rect" and shade:
            return plan.with_layers(*plan.layers, _labels(first, shade))
        return plan
    measure = y if y.kind == "quantitative" else x
    layers = list(plan.layers)
    facet = {c.name for c in first.channels} & {"row", "column", "facet"}
    if "text" in style.marks and "text" not in there and not facet:
        layers.append(_labels(first, measure))
    if (
        "rule" in style.marks
        and "rule" not in there
        and first.mark == "bar"
        and x.bin >= 0
        and x.field
    ):
        mean = Channel("x", x.field, "quantitative", aggregate="mean")
        layers.append(Layer("rule", {"color": "red"}, (mean,)))
    return plan.with_layers(*layers)


def _labels(first: Layer, measure: Channel) -> Layer:
    """Numbers on bars or beside points; on a heat map, in its cells."""
    places: dict[str, Any] = {"align": "left", "dx": 4}
    if first.mark == "bar" and measure.name == "y":
        places = {"align": "center", "baseline": "bottom", "dy": -3}
    shown = measure
    if first.mark == "rect":
        color = first.channel("color")
        shown, places = color or measure, {}
    elif first.mark in {"point", "circle"}:
        tips = [
            c for c in first.channels if c.name == "tooltip" and c.kind in {"nominal", "ordinal"}
        ]
        shown = next(iter(tips), measure)
    positions = tuple(c for c in first.channels if c.name in {"x", "y", "xOffset", "yOffset"})
    text = Channel("text", shown.field, shown.kind, aggregate=shown.aggregate, format=shown.format)
    return Layer("text", places, (*positions, text), first.transforms)


def _arc_labels(plan: Plan) -> Plan:
    first = plan.layers[0]
    color, theta = first.channel("color"), first.channel("theta")
    if color is None or theta is None or not color.field:
        return plan
    theta = replace(theta, stack="zero")
    outer = first.options.get("outerRadius", 100)
    base = replace(first.with_channel(theta), options={**first.options, "outerRadius": outer})
    text = Channel("text", color.field, color.kind)
    label = Layer("text", {"radius": outer + 20}, (theta, color, text), first.transforms)
    return plan.with_layers(base, label, *plan.layers[1:])


def _figure_style(plan: Plan, style: FigureStyle, question: str) -> Plan:
    first = plan.layers[0]
    options = dict(style.options)
    if any(c.name == "color" and (c.field or c.condition) for c in first.channels):
        options.pop("color", None)
    if first.mark not in {"bar", "line", "area", "point", "circle", "tick", "boxplot", "rect"}:
        options = {}
    channels = []
    for channel in first.channels:
        if channel.name == "color" and style.scheme and channel.kind == "quantitative":
            channel = replace(channel, scale={"scheme": style.scheme, **channel.scale})
        if channel.name in style.log and channel.kind == "quantitative":
            channel = replace(channel, scale={"type": "log", **channel.scale})
        channels.append(channel)
    plan = plan.with_layers(
        replace(first, options={**options, **first.options}, channels=tuple(channels)),
        *plan.layers[1:],
    )
    return _lying_bars(plan, question) if style.horizontal else plan


#: Marks whose amounts lie along one axis, and the groups along the other.
_LENGTHS = frozenset({"bar", "errorbar", "boxplot", "tick", "rule"})


def _lies(sketch: Sketch) -> bool:
    """Whether the marks of a reference lie: the measure along x, the categories along y."""
    layers = sketch.views[0].layers
    lengths = next((la for la in layers if la.mark in _LENGTHS), layers[0])
    y = lengths.channel("y")
    spans = lengths.channel("x2") is not None
    timed = y is not None and y.kind == "temporal" and not spans
    return lengths.mark in _LENGTHS and lying(lengths) is True and not timed


def _lying_bars(plan: Plan, question: str) -> Plan:
    """Bars and their like lie as in the reference, unless the words say where things go."""
    first = plan.layers[0]
    x = first.channel("x")
    lengths = any(layer.mark in _LENGTHS for layer in plan.layers)
    if not lengths or x is None or x.kind == "temporal" or len(plan.views) > 1:
        return plan
    if lying(first) is not False or stated_places(first, plan.query.outputs, question):
        return plan
    return plan.with_layers(*(swapped(layer) for layer in plan.layers))
