"""Edits that add to an Altair chart: lines, selections, lists and sliders, small multiples."""

from __future__ import annotations

import re

from multivis.charts.reference import Channel, View
from multivis.offline.edit_altair import (
    add_channel,
    add_layer,
    append_method,
    channel_site,
    fresh_chart,
)
from multivis.offline.edit_colours import colours_in
from multivis.offline.edit_context import Context
from multivis.offline.edit_fields import (
    category_channel,
    dimension_channel,
    measure_channel,
    named_fields,
)
from multivis.offline.edit_rows import filtered
from multivis.offline.edit_script import Script, quoted

__all__ = ["ADDED_EDITS"]


# ── more layers ─────────────────────────────────────────────────────────────────────────────


def rules_and_trends(context: Context) -> bool | None:
    """A mean line, a threshold, a trend line: one more layer."""
    low = context.clause.core
    mean = re.search(
        r"\b(average|mean|median) line\b|\bline\b.{0,25}\b(?:show\w*|at|for|of|indicat\w*"
        r"|mark\w*)\b.{0,15}\b(average|mean|median)\b",
        low,
    )
    trend = re.search(
        r"\bline of best fit\b|\btrend\s?lines?\b|\bregression(?: line)?\b|\blinear fit\b"
        r"|\bbest[\s-]fit line\b",
        low,
    )
    threshold = re.search(
        r"\b(?:threshold|target|reference|goal|horizontal"
        r"|vertical|an?|red|dashed)\s+line\b.{0,30}?\bat\b\D{0,12}(-?\d[\d,.]*)",
        low,
    )
    if not (mean or trend or threshold) or not re.search(
        r"\badd|include|show|draw|with|put|could|can|possible|overlay\b", low
    ):
        return None
    if re.search(r"\b(?:make|change)\b.{0,20}\b(?:mean|average|trend|regression)\b", low):
        return None
    script = context.script
    if mean and any(u.mark and u.mark.kind == "rule" for u in script.units):
        return None
    view = next(
        (
            u
            for u in script.units
            if u.mark
            and u.mark.kind in {"point", "circle", "square", "bar", "line", "area", "tick"}
        ),
        None,
    )
    if view is None:
        return False
    found = colours_in(low)
    colour = found.new[0] if found.new else "red"
    start = fresh_chart(script, view)
    measure, dimension = measure_channel(view), dimension_channel(view)
    if measure is None:
        return False
    if trend:
        x, y = view.channels.get("x"), view.channels.get("y")
        if x is None or y is None or not x.field or not y.field or x.aggregate or y.aggregate:
            return False
        name = script.free_name("trend", "trend_line")
        code = (
            f"{start}.transform_regression({quoted(x.field)}, "
            f"{quoted(y.field)}).mark_line(color={quoted(colour)}).encode("
            f"x={_source(script, x)}, y={_source(script, y)})"
        )
        what = "trend line"
    elif mean:
        word = mean[1] or mean[2]
        if dimension is not None and dimension.bin and measure.aggregate == "count":
            measure = dimension  # of a histogram the mean is that of what is binned
        function = "median" if word == "median" else "mean"
        if not measure.field or measure.aggregate not in {None, "mean", "average", "median"}:
            return False
        name = script.free_name(f"{word}_line", f"{word}_rule")
        shown = quoted(f"{function}({measure.field}):Q")
        mark = f"mark_rule(color={quoted(colour)}, strokeDash=[6, 4])"
        code = f"{start}.{mark}.encode({measure.name}={shown})"
        what = f"{word} line"
    else:
        assert threshold is not None
        number = threshold[1].replace(",", "").rstrip(".")
        name = script.free_name("threshold", "threshold_line")
        axis = (
            "x" if "vertical line" in low else ("y" if "horizontal line" in low else measure.name)
        )
        if _is_share(view, axis) and re.search(rf"{re.escape(threshold[1])}\s?(?:%|percent)", low):
            number = f"{float(number) / 100:g}"  # the axis goes from 0 to 1
        place = f"{axis}={script.alias}.datum({number})"
        code = f"{start}.mark_rule(color={quoted(colour)}).encode({place})"
        what = f"line at {number}"
    if add_layer(script, view, name, code):
        context.done.append(what)
        return True
    return False


def _is_share(view: View, axis: str) -> bool:
    """Whether an axis shows shares between 0 and 1."""
    channel = view.channels.get(axis)
    if channel is None:
        return False
    steps = " ".join(str(t.options) for t in view.transforms)
    told = f"{channel.options} {channel.field}".lower()
    made = channel.field and re.search(rf"'{re.escape(channel.field)}': 'cume_dist", steps)
    return bool(made or channel.options.get("stack") == "normalize" or re.search(r"\.\d?%", told))


def _source(script: Script, channel: Channel) -> str:
    site = channel_site(channel)
    return script.segment(site) if site is not None else quoted(channel.shorthand())


# ── interaction ─────────────────────────────────────────────────────────────────────────────


def interaction(context: Context) -> bool | None:
    """Zoom and pan, a legend that can be clicked, marks that light up, a list to choose from."""
    low = context.clause.low
    script = context.script
    view = script.facts.view
    if view is None:
        return None
    if re.search(r"\b(?:dropdown|drop-down|select(?:ion)? (?:box|menu|list)|slider)\b", low):
        return _bound_filter(context)
    if re.search(
        r"\bclick\w*\b|\bselect\b.{0,20}\b(?:certain|specific|types?)\b"
        r"|\bhighlight\w*\b.{0,25}\bhover\w*\b|\bhover\w*\b.{0,25}\bhighlight\w*\b"
        r"|\binteractive legend\b|\bclickable legend\b",
        low,
    ):
        return _highlight(context)
    if re.search(r"\bzoom\w*\b|\bpan(?:ning)?\b|\binteractive\b", low) and not re.search(
        r"\binteractive tool-?tips?\b", low
    ):
        if any(p.bind == "scales" for p in script.facts.parameters) or _interactive(view):
            context.satisfied = True
            return False
        if context.apply(append_method(script, view, ".interactive()")):
            context.done.append("zoom and pan")
            return True
        return False
    return None


def _interactive(view: View) -> bool:
    return view.interactive or any(_interactive(child) for child in view.children)


def _highlight(context: Context) -> bool | None:
    """Marks that are not selected fade out."""
    script = context.script
    low = context.clause.low
    if any(p.bind == "legend" for p in script.facts.parameters) and "legend" in low:
        return None
    if re.search(r"\blinks?\b|\bkeep\b", low):
        return None
    views = [u for u in context.targets() if u.mark and u.mark.kind not in {"text", "rule"}]
    fields = [
        f
        for f in named_fields(low, context.fields.encoded)
        if any(
            f == c.field and c.type in {"nominal", "ordinal", None}
            for v in views
            for c in v.channels.values()
        )
    ]
    view = views[0] if views else None
    if view is None:
        return False
    color = view.channels.get("color")
    category = color if color is not None and color.field else category_channel(view)
    field = fields[0] if fields else (category.field if category is not None else None)
    legend = "legend" in low
    if legend and (color is None or not color.field):
        return False
    hover = re.search(r"\bhover", low) and not re.search(r"\bclick", low)
    options = [f"fields=[{quoted(field)}]"] if field else []
    if legend:
        options.append("bind='legend'")
    if hover:
        options.append("on='pointerover'")
    name = script.free_name("selection", "highlight")
    made = f"{name} = {script.alias}.selection_point({', '.join(options)})\n"
    opacity = (
        f"{script.alias}.condition({name}, {script.alias}.value(1), {script.alias}.value(0.2))"
    )
    wanted = [u for u in views if "opacity" not in u.channels]
    if field:
        wanted = [
            u for u in wanted if any(c.field == field for c in u.channels.values())
        ] or wanted[:1]
    if not wanted and any(u.channels["opacity"].condition for u in views):
        context.satisfied = True
        return False
    if not wanted or wanted[0].node is None:
        return False
    before = script.text
    first = next((n for m, n in wanted[0].calls if m == "Chart"), wanted[0].node)
    if not context.apply([s for s in [script.insert_before(first, made)] if s]):
        return False
    places = [
        i
        for i, u in enumerate(script.units)
        if any(u.mark == w.mark and u.channels == w.channels for w in wanted)
    ]
    changed = False
    for place in places:
        changed = (
            context.apply(add_channel(script, script.units[place], "opacity", opacity, own=True))
            or changed
        )
    unit = script.units[places[0]] if places else None
    top = script.facts.view
    holder = top if top is not None and top.kind in {"unit", "layer"} else unit
    added = False
    if changed and holder is not None:
        for place in places if holder is unit else places[:1]:
            one = script.units[place] if holder is unit else holder
            added = context.apply(append_method(script, one, f".add_params({name})")) or added
    if not (changed and added):
        script.replace_text(before)
        return False
    context.done.append("selection")
    return True


def _bound_filter(context: Context) -> bool:
    """A drop-down list or a slider that filters."""
    script = context.script
    low = context.clause.low
    view = context.main
    top = script.facts.view
    if view is None or top is None or not view.data.isidentifier():
        return False
    slider = "slider" in low
    names = named_fields(low, context.fields.all)
    channel = (
        measure_channel(view) if slider else (view.channels.get("color") or category_channel(view))
    )
    field = names[0] if names else (channel.field if channel is not None else None)
    if not field or field not in (*context.fields.frame, *context.fields.encoded):
        return False
    alias, frame = script.alias, view.data
    column = f"{frame}[{quoted(field)}]"
    if slider:
        name = script.free_name("cutoff", "slider_value")
        lines = (
            f"{name} = {alias}.param(value=float({column}.min()), bind={alias}.binding_range("
            f"min=float({column}.min()), max=float({column}.max()), name={quoted(field + ' ')}))\n"
        )
        test = f"{alias}.datum[{quoted(field)}] >= {name}"
    else:
        name = script.free_name("choice", "dropdown")
        options = f"[None] + sorted({column}.dropna().unique().tolist())"
        labels = f"['All'] + [str(item) for item in sorted({column}.dropna().unique().tolist())]"
        lines = (
            f"{name} = {alias}.selection_point(fields=[{quoted(field)}], "
            f"bind={alias}.binding_select(\n"
            f"    options={options},\n    labels={labels},\n    name={quoted(field + ' ')}))\n"
        )
        test = name
    chart = next((n for m, n in view.calls if m == "Chart"), None)
    before = script.text
    if chart is None or not context.apply([s for s in [script.insert_before(chart, lines)] if s]):
        return False
    same = [i for i, u in enumerate(script.units) if u.data == frame]
    done = False
    for place in same:
        done = (
            context.apply(filtered(script, script.units[place], f".transform_filter({test})"))
            or done
        )
    top = script.facts.view
    if (
        not done
        or top is None
        or not context.apply(append_method(script, top, f".add_params({name})"))
    ):
        script.replace_text(before)
        return False
    context.done.append("slider" if slider else "drop-down list")
    return True


def facets(context: Context) -> bool | None:
    """Small multiples by a field."""
    low = context.clause.core
    match = re.search(
        r"\b(?:facet\w*|split|separate|small multiples?|one (?:chart|panel) (?:for|per)|break "
        r"(?:it )?(?:out|down))\b.*?\b(?:by|for each|per|into|for every)\s+(.*)",
        low,
    ) or re.search(
        r"(\w+ \w+)\s+(?:grouped|split|arranged|separated)\s+(?:in"
        r"|into)\s+(?:columns|rows)\b",
        low,
    )
    if match is None:
        return None
    names = named_fields(match[1], context.fields.all)
    script = context.script
    view = script.facts.view
    if not names or view is None or view.kind != "unit":
        return False if view is not None and view.kind != "unit" else None
    name = "row" if re.search(r"\brows?\b|\bvertically\b", low) else "column"
    splices = add_channel(script, view, name, quoted(f"{names[0]}:N"))
    offset = view.channels.get("xOffset") or view.channels.get("yOffset")
    if splices and offset is not None and offset.field == names[0] and offset.call is not None:
        splices = [*splices, *script.remove_keyword(offset.call, offset.name)]
    changed = context.apply(splices)
    if changed:
        context.done.append(f"one panel for each {names[0]}")
    return changed


ADDED_EDITS = (facets, rules_and_trends, interaction)
