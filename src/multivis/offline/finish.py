"""The last touches of a plan: filters, order, limits, titles, labels, colours, interactions."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from multivis.charts.demands import (
    ColourDemand,
    InteractionDemand,
    LineStyleDemand,
    MarkSizeDemand,
    OpacityDemand,
    TooltipDemand,
)
from multivis.offline.altair_code import PYTHON
from multivis.offline.axis_places import places_as_said
from multivis.offline.catalog import Field
from multivis.offline.computed import in_percent
from multivis.offline.conditions import parse_number
from multivis.offline.draft import Draft
from multivis.offline.finish_gallery import with_habits, with_shades_of_value
from multivis.offline.finish_groups import (
    ranked_in_chart,
    with_empty_groups,
    with_largest_only,
    with_moving_average,
    with_rest_together,
)
from multivis.offline.finish_idioms import with_idioms, with_readable_labels
from multivis.offline.finish_lines import is_on_x, with_mean_line, with_threshold
from multivis.offline.finish_marks import singled_out
from multivis.offline.finish_running import with_running_total
from multivis.offline.grain import is_unique, kinds_spoken_of
from multivis.offline.idioms import with_discrete_places
from multivis.offline.interactions import add_interactions
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Output, Plan
from multivis.offline.titles import (
    add_titles,
    axis_of_categories,
    place_axis_titles,
    with_layers,
)
from multivis.offline.words import humanise, slug

__all__ = ["finish"]


def finish(plan: Plan, draft: Draft, parts: Parts, family: str) -> Plan:
    """Apply everything that does not depend on the kind of chart."""
    plan = _filters(plan, draft, family)
    plan = _order(plan, draft, family)
    plan = with_rest_together(plan, draft, family)
    plan = with_largest_only(plan, draft, family)
    plan = with_moving_average(plan, draft, family)
    plan = with_running_total(plan, draft, family)
    plan = _percent(plan, draft, family)
    plan = _errors(plan, draft, family)
    plan = with_threshold(plan, draft, family)
    plan = with_shades_of_value(plan, draft, family)
    plan = _labels(plan, draft, parts, family)
    plan = with_mean_line(plan, draft, family)
    plan = singled_out(plan, draft, family)
    plan = _colours(plan, draft)
    plan = _tooltips(plan, draft, parts)
    plan = with_idioms(with_readable_labels(plan), draft, family)
    plan = add_interactions(plan, draft.demands)
    _own_up(plan, draft, family)
    plan = places_as_said(plan, draft.outputs, draft.reading.question)
    plan = place_axis_titles(plan, draft)
    plan = with_discrete_places(add_titles(plan, draft), family)
    plan = ranked_in_chart(with_habits(plan, draft, family), draft, family)
    return _all_outputs(plan, draft)


_DRAWN_AS = {
    "ridgeline": "densities",
}  # fmt: skip


def _own_up(plan: Plan, draft: Draft, family: str) -> None:
    """Say what was asked and is not done, or done in another form."""
    wishes = draft.demands.of(InteractionDemand, at_least=0.85)
    tips = any(c.name == "tooltip" for layer in plan.layers for c in layer.channels)
    for wish in wishes:
        served = bool(plan.selections) or (wish.type == "hover" and tips)
        if not served:
            draft.left_out.append(f'The interaction "{wish.text}" was not made.')
    if family in _DRAWN_AS:
        draft.assumptions.append(
            f"The {draft.reading.kind.name or family} is drawn with {_DRAWN_AS[family]}."
        )


def _all_outputs(plan: Plan, draft: Draft) -> Plan:
    return replace(plan, query=replace(plan.query, outputs=tuple(draft.outputs)))


_SPREADS = frozenset({"box", "violin", "density", "ridgeline", "histogram", "strip", "ecdf"})


def _filters(plan: Plan, draft: Draft, family: str) -> Plan:
    """Add the conditions, and the tables that joins must pass."""
    grouped = plan.query.grouped or any(o.aggregate for o in draft.outputs)
    told = [o for o in draft.outputs if not o.aggregate and o.kind != "quantitative"]
    spread = family in _SPREADS and len(told) == 1
    filters = [f for f in draft.reading.filters if grouped or spread or not f.aggregate]
    tables = tuple(
        c.table for c in draft.reading.concepts
        if c.field is None and (c.aggregate or "dimension" in c.roles)
    )  # fmt: skip
    counted = any(
        (o.aggregate == "count" and not o.table) or o.aggregate == "share" for o in draft.outputs
    )
    shown = list(dict.fromkeys(o.table for o in draft.outputs if o.table))
    some = kinds_spoken_of(draft.reading.concepts, shown, draft.catalog)
    query = replace(
        plan.query,
        filters=tuple(filters),
        tables=(*draft.counted, *tables, *some) if counted else tuple(some),
    )
    return replace(plan, query=with_empty_groups(query, draft))


def _order(plan: Plan, draft: Draft, family: str) -> Plan:
    """Top-n in the query; the order of categories on the axis."""
    reading = draft.reading
    query = plan.query
    values = [
        o for o in draft.outputs if o.kind == "quantitative" and (o.aggregate or o.fold or o.column)
    ]
    by: Output | None = None
    if reading.sort is not None and reading.sort.concept is not None:
        label = reading.sort.concept.candidate.label
        by = next((o for o in draft.outputs if f"{o.table}.{o.column}" == label), None)
        column = reading.sort.concept.field
        if by is None and column is not None and (not query.grouped or _of_one(column, draft)):
            by = draft.plain(column)
        if by is None and reading.sort.concept.is_count:
            by = next((o for o in draft.outputs if o.aggregate == "count"), None)
    aggregated = [o for o in values if o.aggregate or o.fold]
    leading = by or next(iter(aggregated or values), None)
    if reading.limit is not None and leading is not None and family not in {"scatter", "histogram"}:
        descending = not reading.limit_lowest
        query = replace(query, order=((leading.name, descending),), limit=reading.limit)
    plan = replace(plan, query=query)
    if family == "waterfall":
        return plan  # its steps stand in the order of the rows, in which they add up
    layers = []
    for layer in plan.layers:
        category, value = axis_of_categories(layer)
        if (
            category is None
            or value is None
            or (layer.mark in {"line", "area", "trail"} and by is None)
        ):
            layers.append(layer)
            continue
        sort: str | tuple[Any, ...] = ""
        if reading.sort is not None:
            if reading.sort.by == "name":
                sort = "ascending"
            elif by is not None and by.name == category.field:
                sort = "descending" if reading.sort.descending else "ascending"
            elif (by is not None and by.kind != "quantitative") or (
                by is not None and by.name != value.field
            ):
                sort = "none"
                plan = replace(
                    plan,
                    query=replace(plan.query, order=((by.name, reading.sort.descending),)),
                )
            else:
                sort = f"-{value.name}" if reading.sort.descending else value.name
        elif reading.limit is not None:
            sort = value.name if reading.limit_lowest else f"-{value.name}"
        layers.append(layer.with_channel(replace(category, sort=sort)) if sort else layer)
    return with_layers(plan, layers)


def _of_one(column: Field, draft: Draft) -> bool:
    """Whether every group is one thing that has this column ("each guest, ordered by age")."""
    groups = [o for o in draft.outputs if not o.aggregate and not o.fold]
    keys = [draft.catalog.fields.get((o.table, o.column)) for o in groups]
    return len(keys) == 1 and keys[0] is not None and keys[0].table == column.table and (
        is_unique(keys[0], draft.catalog)
    )  # fmt: skip


def _percent(plan: Plan, draft: Draft, family: str) -> Plan:
    """Shares of the total instead of values."""
    plan = _share_format(plan, draft)
    if draft.reading.kind.overlay or draft.reading.kind.dual_axis:
        return plan  # two measures, each with a scale of its own
    if not draft.reading.percent or family not in {"bar", "line", "area"}:
        return plan
    layer = plan.layers[0] if plan.layers else None
    if layer is None:
        return plan
    _, value = axis_of_categories(layer)
    if value is None or value.field is None or value.stack == "normalize":
        return plan
    output = next((o for o in draft.outputs if o.name == value.field), None)
    if output is not None and (of_total := in_percent(plan, draft, output)) is not None:
        return of_total
    added = {"count", "sum", "count_distinct", *([""] if _is_amount(output) else [])}
    if output is None or output.aggregate not in added:
        return plan
    steps = (
        {"joinaggregate": {"total": f"sum({value.field})"}},
        {"calculate": {"share": f"datum['{value.field}'] / datum.total"}},
    )
    made = replace(
        value, field="share", axis={**value.axis, "format": ".0%"},
        title=_share_title(output.title) if value.title == output.title else value.title,
    )  # fmt: skip
    return plan.with_layers(
        replace(layer.with_channel(made), transforms=(*layer.transforms, *steps)),
        *plan.layers[1:],
    )


_RATED = re.compile(r"percent|rate|ratio|share|average|mean|proportion|score|age|year", re.I)


def _is_amount(output: Output | None) -> bool:
    """Whether the numbers of rows are parts of one whole, as people and money are."""
    return (
        output is not None and output.kind == "quantitative" and bool(output.column)
        and not output.difference and not _RATED.search(humanise(output.column))
    )  # fmt: skip


def _share_title(title: str) -> str:
    """ "Number of Students" → "Share of Students"."""
    return f"Share of {title.removeprefix('Number of ').removeprefix('Total ')}"


def _share_format(plan: Plan, draft: Draft) -> Plan:
    """Shares are read in percent."""
    shares = {o.name for o in draft.outputs if o.aggregate == "share"}
    layers = [
        replace(
            layer,
            channels=tuple(
                replace(c, axis={**c.axis, "format": ".0%"})
                if c.field in shares and c.name in {"x", "y"}
                else c
                for c in layer.channels
            ),
        )
        for layer in plan.layers
    ]
    return with_layers(plan, layers) if shares else plan


def _errors(plan: Plan, draft: Draft, family: str) -> Plan:
    """Error bars or a band over raw rows; the mean is then made in the chart."""
    kind = draft.reading.kind
    if kind.error and family == "scatter" and len(plan.layers) == 1:
        return _margins(plan, draft)
    if not kind.error or family not in {"bar", "line", "scatter"} or len(plan.layers) != 1:
        return plan
    layer = plan.layers[0]
    name = "x" if is_on_x(layer) else "y"
    value = layer.channel(name)
    if value is None or value.field is None:
        return plan
    output = next((o for o in draft.outputs if o.name == value.field), None)
    if output is None or output.aggregate != "avg":
        return plan
    if kind.error == "range":
        return _range(plan, draft, output, name)
    raw = replace(output, aggregate="", name=output.column)
    draft.outputs[draft.outputs.index(output)] = raw
    mean = layer.with_channel(replace(value, field=raw.name, aggregate="mean"))
    keep = tuple(c for c in layer.channels if c.name in {"x", "y", "xOffset", "yOffset"}
                 or (c.name == "color" and kind.band))  # fmt: skip
    mark = "errorband" if kind.band else "errorbar"
    extent = kind.error if kind.error in {"ci", "stdev", "stderr", "iqr"} else "ci"
    over = Layer(mark, {"extent": extent}, keep).with_channel(replace(value, field=raw.name))
    pair = (over, mean) if kind.band else (mean, over)
    return plan.with_layers(*pair)


def _range(plan: Plan, draft: Draft, output: Output, name: str) -> Plan:
    """Error bars from the minimum to the maximum of each group."""
    low, high = (
        draft.add(replace(
            output, aggregate=a, name=slug(f"{word} {output.column}"),
            title=f"{word} {humanise(output.column)}",
        ))
        for a, word in (("min", "Minimum"), ("max", "Maximum"))
    )  # fmt: skip
    layer = plan.layers[0]
    value = layer.channel(name)
    assert value is not None
    keep = tuple(c for c in layer.channels if c.name in {"x", "y", "xOffset", "yOffset"})
    over = Layer("errorbar", {}, keep).with_channel(replace(value, field=low.name, stack=""))
    over = over.with_channel(Channel(name + "2", high.name))
    return plan.with_layers(layer, over)


_MARGIN = re.compile(
    r"(?:\bplus[ /-]*(?:or |and )?minus|±|\+ ?/ ?-|\b(?:margin|error)s? of) (?:\w+ )?\$?"
    r"(\d[\d,]*(?:\.\d+)?) ?(thousand|million|billion|k|m|bn)?\b"
)


def _margins(plan: Plan, draft: Draft) -> Plan:
    """Error bars of a share of the value ("a 10% margin of error")."""
    found = re.search(r"(\d+(?:\.\d+)?) ?(?:%|percent)", draft.reading.body)
    layer = plan.layers[0]
    y = layer.channel("y")
    fixed = _MARGIN.search(draft.reading.body.lower())
    if fixed is not None and found is None and y is not None and y.field:
        amount = parse_number(fixed.group(1), fixed.group(2))
        step = {"calculate": {"ymin": f"datum['{y.field}'] - {amount}",
                              "ymax": f"datum['{y.field}'] + {amount}"}}  # fmt: skip
        ends = (replace(y, field="ymin"), Channel("y2", "ymax"))
        along = tuple(c for c in layer.channels if c.name == "x")
        points = replace(layer, transforms=(*layer.transforms, step))
        return plan.with_layers(points, Layer("errorbar", {}, (*along, *ends), (step,)))
    if found is None or y is None or y.field is None:
        draft.left_out.append("Error bars need several values a point, or a margin in percent.")
        return plan
    share = float(found.group(1)) / 100
    step = {
        "calculate": {
            "lower": f"datum['{y.field}'] * {1 - share:g}",
            "upper": f"datum['{y.field}'] * {1 + share:g}",
        }
    }
    along = tuple(c for c in layer.channels if c.name == "x")  # none where all is one number
    ends = (replace(y, field="lower"), Channel("y2", "upper"))
    bars = Layer("errorbar", {}, (*along, *ends), (step,))
    return plan.with_layers(layer, bars)


_VALUES = r"(?:values?|counts?|numbers?|totals?|percent\w*|amounts?|shares?)"
_VALUE_LABELS = re.compile(
    rf"\b{_VALUES}(?: as)?(?: text)? labels?\b|\blabel\w*(?: \w+){{0,5}}? {_VALUES}\b"
    rf"|\b{_VALUES}(?: \w+){{0,3}}? (?:on|in|inside|outside|next to|beside)(?: of)? "
    r"(?:each|every|the|its) (?:\w+ )?(?:slice|segment|wedge)"
)


def _labels(plan: Plan, draft: Draft, parts: Parts, family: str) -> Plan:
    """Text on the marks."""
    if not draft.reading.kind.labels or not plan.layers:
        return plan
    if any(layer.mark == "text" for layer in plan.layers):
        return plan  # the shape has its labels
    layer = plan.layers[0]
    if layer.mark not in {"bar", "arc", "rect", "point", "circle"} or family in {"histogram"}:
        return plan
    shown: str | None = None
    kind = None
    if parts.label is not None:
        column = parts.label.field or (
            None if parts.label.is_count else draft.catalog.display(parts.label.table)
        )
        known = next(
            (o for o in draft.outputs
             if column is not None and (o.table, o.column) == column.key), None
        )  # fmt: skip
        if column is not None and any(column.key == (m[0], m[1]) for m in plan.query.fold):
            known = next(o for o in draft.outputs if o.fold == "value")
        if known is None and column is not None and not plan.query.grouped:
            known = draft.plain(column)
        if known is None and parts.label.is_count:
            known = next((o for o in draft.outputs if o.aggregate.startswith("count")), None)
        if known is not None:
            shown, kind = known.name, known.kind
    tables = {o.table for o in draft.outputs}
    if shown is None and layer.mark in {"point", "circle"} and len(tables) == 1:
        column = draft.catalog.display(tables.pop())
        if column is not None and re.search(r"\bnames?\b", draft.reading.body.lower()):
            called = draft.plain(column)  # "each point with its name beside it"
            shown, kind = called.name, called.kind
    if shown is None:
        told = _VALUE_LABELS.search(draft.reading.body.lower())
        slices = ("theta",) if told or draft.reading.kind.radial else ("color",)
        names = {"arc": slices, "rect": ("color",)}.get(layer.mark)
        if names is None:
            names = ("x",) if is_on_x(layer) else ("y",)
        source = next((c for c in layer.channels if c.name in names and c.field), None)
        if source is None:
            return plan
        shown, kind = source.field, source.kind
    options: dict[str, Any] = {}
    if layer.mark == "arc":
        # Names reach further than numbers: they stand away from slices that are a little smaller.
        far = 150 if kind in {"nominal", "ordinal"} else 140
        options = {"radius": far} if not draft.reading.kind.radial else {"radiusOffset": 10}
    elif layer.mark == "bar":
        options = {"align": "left", "dx": 3} if is_on_x(layer) else {"dy": -8}
    elif layer.mark in {"point", "circle"}:
        options = {"align": "left", "dx": 7}
    carried = {"arc": {"theta", "radius", "color"}, "rect": {"x", "y"},
               "point": {"x", "y"}, "circle": {"x", "y"},
               "bar": {"x", "y", "xOffset", "yOffset"}}[layer.mark]  # fmt: skip
    channels = [c for c in layer.channels if c.name in carried]
    if layer.mark == "arc":
        channels = [replace(c, stack="zero") if c.name == "theta" else c for c in channels]
        first = [replace(c, stack="zero") if c.name == "theta" else c for c in layer.channels]
        layer = replace(layer, channels=tuple(first))
        if not draft.reading.kind.radial:
            wide = 90 if kind in {"nominal", "ordinal"} else 120
            layer = replace(layer, options={**layer.options, "outerRadius": wide})
    written = Channel("text", shown, kind)
    if layer.mark == "bar":
        layer, channels, options = _with_parts_labelled(layer, channels, options)
        if not any(c.name in {"detail", "xOffset", "yOffset"} for c in channels):
            layer = layer.with_channel(written)  # bars and labels are made from one base
    text = Layer("text", options, (*channels, written), layer.transforms)
    if len(plan.layers) > 1:
        return plan.with_layers(layer, *plan.layers[1:], text)
    return plan.with_layers(layer, text)


def _with_parts_labelled(
    layer: Layer, channels: list[Channel], options: dict[str, Any]
) -> tuple[Layer, list[Channel], dict[str, Any]]:
    """Labels of the parts of stacked bars stand on their part: they are stacked as these are."""
    color = layer.channel("color")
    places = {c.field for c in channels if c.name in {"x", "y"}}
    offset = any(c.name in {"xOffset", "yOffset"} for c in channels)
    if color is None or not color.field or color.field in places or offset:
        return layer, channels, options
    _, value = axis_of_categories(layer)
    if value is None or color.kind == "quantitative" or value.stack == "none":
        return layer, channels, options
    stacked = replace(value, stack=value.stack or "zero")
    channels = [stacked if c.name == value.name else c for c in channels]
    channels.append(Channel("detail", color.field, color.kind))
    inside: dict[str, Any] = (
        {"align": "right", "dx": -4} if value.name == "x" else {"dy": 10}
    )  # fmt: skip
    if value.field and not value.aggregate:  # a part of no length has no room for a label
        shown = json.dumps(f"datum['{value.field}'] === 0 ? 0 : 1", ensure_ascii=False)
        inside["opacity"] = f"{PYTHON}alt.expr({shown})"
    return layer.with_channel(stacked), channels, {**inside, "color": "white"}


_ELEMENTS = {
    "bar": ("bar",), "line": ("line", "trail"), "point": ("point", "circle"),
    "dot": ("point", "circle"), "circle": ("circle", "point"), "bubble": ("circle", "point"),
    "area": ("area",), "text": ("text",), "label": ("text",), "tick": ("tick",),
    "rule": ("rule",), "slice": ("arc",), "box": ("boxplot",), "mark": ("bar", "point", "tick"),
}  # fmt: skip


def _colours(plan: Plan, draft: Draft) -> Plan:
    """Named colours on the marks they speak of; opacity; sizes."""
    layers = list(plan.layers)
    for wish in draft.demands.of(ColourDemand, at_least=0.9):
        element = wish.element.rstrip("s")
        if element.startswith("tick"):
            element = "tick"
        marks = _ELEMENTS.get(element, ())
        present = {layer.mark for layer in layers}
        if element == "line" and not present & set(marks) and "rule" in present:
            marks = ("rule",)
        if not element and not wish.target and len(layers) == 1:
            marks = (layers[0].mark,) if not draft.demands.of(ColourDemand)[1:] else ()
        for index, layer in enumerate(layers):
            coloured = layer.channel("color")
            if layer.mark in marks and (coloured is None or coloured.field is None):
                layers[index] = replace(layer, options={**layer.options, "color": wish.colour})
                break
        else:
            if element in {"outline", "border"} and layers:
                first = layers[0]
                key = {"area": "line"}.get(first.mark, "stroke")
                value: Any = {"color": wish.colour} if key == "line" else wish.colour
                layers[0] = replace(first, options={**first.options, key: value})
    opacity = draft.demands.first(OpacityDemand)
    if opacity is not None and layers:
        value = opacity.opacity if opacity.opacity is not None else 0.7
        layers[0] = replace(layers[0], options={**layers[0].options, "opacity": value})
    for size in draft.demands.of(MarkSizeDemand):
        if size.what == "inner radius" and layers and layers[0].mark == "arc":
            layers[0] = replace(layers[0], options={**layers[0].options, "innerRadius": size.value})
    for style in draft.demands.of(LineStyleDemand):
        ruled = any(layer.mark == "rule" for layer in layers)  # then it is what is dashed
        for index, layer in enumerate(layers):
            if style.style == "dashed" and layer.mark == ("rule" if ruled else "line"):
                layers[index] = replace(layer, options={**layer.options, "strokeDash": [4, 4]})
    return with_layers(plan, layers)


_ONLY_VALUES = (
    r"(?:actual|exact|precise) (?:numbers?|values?|counts?|amounts?)\b[^.?!]{0,30}\bhover"
    r"|\bhover\w*[^.?!]{0,40}\b(?:actual|exact|precise) (?:numbers?|values?|counts?|amounts?)\b"
)


# "Its name plus both figures" on hover: what the axes show.
_FIGURES = r"(?:figures|values|numbers|amounts|measures|measurements|quantities)"
_BOTH_VALUES = (
    rf"\bhover\w*\b[^.?!]{{0,80}}\b(?:both|the two) {_FIGURES}\b"
    rf"|\b(?:both|the two) {_FIGURES}\b[^.?!]{{0,40}}\bhover"
)


def _tooltips(plan: Plan, draft: Draft, parts: Parts) -> Plan:
    """Tooltips, when they were asked for."""
    if not draft.reading.tooltip and not draft.demands.of(TooltipDemand):
        return plan
    hover_only = not draft.demands.of(TooltipDemand)
    if hover_only and not parts.tooltip:
        return plan
    fields: list[tuple[str, Any, str]] = []
    grouped = any(o.aggregate for o in draft.outputs)
    for concept in parts.tooltip:
        column = concept.field
        if column is None and not concept.is_count:
            column = draft.catalog.display(concept.table)
        known: Output | None = None
        if concept.is_count:
            known = next((o for o in draft.outputs if o.aggregate.startswith("count")), None)
        elif column is not None:
            known = next((o for o in draft.outputs if (o.table, o.column) == column.key), None)
            if known is None and not grouped and not plan.query.fold:
                known = draft.plain(column)
        if known is not None:
            fields.append((known.name, known.kind, known.title))
    if fields and plan.layers and re.search(_BOTH_VALUES, draft.reading.body.lower()):
        fields += [
            (c.field, c.kind, c.title or c.field) for c in plan.layers[0].channels
            if c.field and c.name in {"x", "y"} and c.field not in {f[0] for f in fields}
        ]  # fmt: skip
    if not fields:
        fields += [
            (c.field, c.kind, c.title or c.field)
            for c in (plan.layers[0].channels if plan.layers else ())
            if c.field and c.kind and c.name not in {"row", "column", "text"}
        ]
        fields = [f for i, f in enumerate(fields) if f[0] not in {g[0] for g in fields[:i]}]
        if re.search(_ONLY_VALUES, draft.reading.body.lower()):  # "the actual numbers on hover"
            fields = [f for f in fields if f[1] == "quantitative"] or fields
    tips = tuple(
        Channel("tooltip", name, kind, title=title) for name, kind, title in dict.fromkeys(fields)
    )
    if not plan.layers:
        return plan
    views = []
    for view in plan.views:
        told = next((n for n, la in enumerate(view.layers) if not la.data), 0)
        views.append(replace(view, layers=tuple(
            replace(la, channels=(*la.channels, *tips)) if n == told else la
            for n, la in enumerate(view.layers)
        )))  # fmt: skip
    return replace(plan, views=tuple(views))
