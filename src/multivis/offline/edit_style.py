"""Edits of how an Altair chart looks: marks, size, legend, labels, grid, fonts."""

from __future__ import annotations

import ast
import re
from functools import partial

from multivis.charts.reference import View
from multivis.offline.edit_altair import (
    add_channel,
    add_layer,
    set_channel_option,
    set_configuration,
    set_mark_option,
    set_part,
    set_property,
)
from multivis.offline.edit_clauses import number_in
from multivis.offline.edit_colours import colours_in
from multivis.offline.edit_context import Context
from multivis.offline.edit_fields import (
    named_fields,
)
from multivis.offline.edit_script import Script, Splice, quoted

__all__ = ["STYLE_EDITS"]


# ── marks ───────────────────────────────────────────────────────────────────────────────────


def mark_options(context: Context) -> bool | None:
    """Size, opacity, width of lines, filled, corners, dashes, points on lines, interpolation."""
    low = context.clause.core
    script = context.script
    wishes: list[tuple[set[str], dict[str, str]]] = []
    points = {"point", "circle", "square", "tick"}
    lines = {"line", "trail", "rule"}
    named_points = r"(?:points?|dots?|circles?|bubbles?|markers?|marks?)"
    if re.search(
        rf"\b(?:bigger|larger|enlarge\w*|increase the size)\b.{{0,30}}\b{named_points}\b"
        rf"|\b{named_points}\b.{{0,30}}\b(?:bigger|larger)\b|\bsize of (?:the |each "
        rf")?{named_points}",
        low,
    ) and not re.search(r"\bdata points? on\b", low):
        wishes.append((points, {"size": "bigger"}))
    if re.search(
        rf"\bsmaller\b.{{0,20}}\b{named_points}\b|\b{named_points}\b.{{0,30}}\bsmaller\b", low
    ):
        wishes.append((points, {"size": "smaller"}))
    if re.search(
        r"\bfilled\b|\bsolid (?:points?|dots?|circles?)|\bfill (?:in )?the (?:points?|circles?)",
        low,
    ):
        wishes.append((points, {"filled": "True"}))
    if re.search(
        r"\bsee[\s-]?through\b|\b(?:semi-?)?transparen\w+\b|\bopacity\b|\btranslucent\b", low
    ) and not re.search(r"unselected|when i (?:select|click)", low):
        number = number_in(re.sub(r'"\d+"', "", low))
        value = number / 100 if number and number > 1 else number
        wishes.append(
            (points | {"bar", "area", "rect", "arc", "line"}, {"opacity": f"{value or 0.5:g}"})
        )
    if re.search(
        r"\b(?:thicker|thick|bolder|wider|heavier)\b.{0,20}\blines?\b"
        r"|\blines?\b.{0,30}\b(?:thicker|bolder|heavier|wider|thick)\b"
        r"|\bmake (?:it|them) (?:a bit |a little |much )?thicker\b",
        low,
    ) and not re.search(r"\bgrid\s?lines?\b", low):
        wishes.append((lines, {"strokeWidth": "3"}))
    if re.search(r"\bthinner\b.{0,20}\blines?\b|\blines?\b.{0,30}\bthinner\b", low):
        wishes.append((lines, {"strokeWidth": "1"}))
    if re.search(r"\bdashed\b|\bdotted\b", low) and not re.search(
        r"\bgrid\s?lines?\b|\b(?:add|draw|put|include|insert)\b.{0,20}\b(?:dashed|dotted)\b", low
    ):
        wishes.append((lines, {"strokeDash": "[4, 4]" if "dashed" in low else "[1, 3]"}))
    if re.search(
        r"\bround(?:ed)?\b.{0,15}\b(?:corners?|edges?|bars?)\b|\bbars?\b.{0,20}\brounded\b", low
    ):
        wishes.append(({"bar", "rect"}, {"cornerRadius": f"{number_in(low) or 4:g}"}))
    if re.search(r"\bsmooth\w*\b|\bcurved?\b", low):
        wishes.append((lines | {"area"}, {"interpolate": "'monotone'"}))
    if re.search(r"\bstep(?:ped|s)?\b(?: line| chart|[\s-]after)", low) and re.search(
        r"\bmake|use|change|turn\b", low
    ):
        wishes.append((lines | {"area"}, {"interpolate": "'step-after'"}))
    if _wants_points(low) and _points_over_line(context):
        return True
    if _wants_points(low):
        wishes.append(({"line", "area"}, {"point": "True"}))
    if not wishes:
        return None
    changed = False
    for kinds, options in wishes:
        targets = [u for u in script.units if u.mark and u.mark.kind in kinds]
        named = [u for u in targets if any(u is one for one in context.targets())]
        if (
            options.get("point")
            and any(u.mark and u.mark.kind in points for u in script.units)
            and not targets
        ):
            continue
        applied = context.each(named or targets, partial(_set_mark, script, options=options))
        if applied:
            context.done.append(", ".join(f"{k}={v}" for k, v in options.items()))
        changed = applied or changed
    return changed


def _points_over_line(context: Context) -> bool:
    """ "Circles at each value": marks of their own over the line, which can be pointed at."""
    low = context.clause.core
    lines = [u for u in context.script.units if u.mark and u.mark.kind == "line"]
    word = re.search(r"\b(circles?|markers?)\b", low)
    if not re.search(r"\bhover|tool-?tip", context.instruction.lower()):
        return False  # nothing is to be pointed at: the line's own points will do
    if (
        word is None
        or len(lines) != 1
        or lines[0].mark is None
        or lines[0].mark.options.get("point")
    ):
        return False
    name = context.script.free_name("points", "markers")
    if not add_layer(context.script, lines[0], name, "{base}.mark_circle(size=60)"):
        return False
    context.done.append("points on the line")
    return True


def _wants_points(low: str) -> bool:
    return bool(
        re.search(
            r"\b(?:dots?|points?|circles?|markers?)\b.{0,25}\b(?:on|to|at|for|along"
            r"|of)\b.{0,12}\b(?:each|every|the|all)?\s*(?:point|line|lines|season|value|year"
            r"|month|data point|day|date)",
            low,
        )
        or re.search(
            r"\b(?:see|show|add|with)\b.{0,25}\b(?:actual |individual )?(?:data )?(?:points"
            r"|markers|dots)\b.{0,15}\b(?:on|to|along)?\b.{0,6}\blines?\b",
            low,
        )
        or re.search(r"\badd\b.{0,15}\b(?:points|markers|dots)\b", low)
    ) and not re.search(r"hover over", low)


def _set_mark(script: Script, view: View, options: dict[str, str]) -> list[Splice] | None:
    values = dict(options)
    current = view.mark.options.get("size") if view.mark else None
    if values.get("size") in {"bigger", "smaller"}:
        factor = 2.0 if values["size"] == "bigger" else 0.5
        base = (
            float(current) if isinstance(current, int | float) else (50.0 if factor > 1 else 30.0)
        )
        sized = view.channels.get("size")
        if sized is not None and sized.field:
            bound = "[100, 1000]" if factor > 1 else "[10, 200]"
            return set_part(script, sized, "scale", {"range": bound})
        values["size"] = f"{base * factor:g}"
    channel = view.channels.get("strokeWidth") or view.channels.get("size")
    if (
        "strokeWidth" in values
        and view.mark
        and view.mark.kind == "rule"
        and channel is not None
        and channel.value
    ):
        values = {"strokeWidth": values["strokeWidth"]}
    opacity = view.channels.get("opacity")
    if (
        "opacity" in values
        and opacity is not None
        and opacity.value is not None
        and opacity.node is not None
    ):
        start, end = script.source.span(opacity.node)
        return [Splice(start, end, f"{script.alias}.value({values['opacity']})")]
    if view.mark and view.mark.kind == "trail":
        values.pop("point", None)
    return set_mark_option(script, view, values) if values else None


# ── size, legend, axes, fonts ───────────────────────────────────────────────────────────────


def chart_size(context: Context) -> bool | None:
    """Width and height: numbers that are given, else half as large again."""
    low = context.clause.core
    both = re.search(r"\b(\d{2,4})\s*(?:px|pixels)?\s*(?:x|×|by)\s*(\d{2,4})\b", low)
    width = re.search(r"\bwidth\b\D{0,15}(\d{2,4})|\b(\d{2,4})\s*(?:px|pixels)?\s*wide", low)
    height = re.search(
        r"\bheight\b\D{0,15}(\d{2,4})|\b(\d{2,4})\s*(?:px|pixels)?\s*(?:tall|high)", low
    )
    chart = r"(?:charts?|plots?|graphs?|visuali[sz]ations?|it|everything|figure|histogram|heatmap)"
    scale: dict[str, float | str] = {}
    if both:
        scale = {"width": both[1], "height": both[2]}
    else:
        if width:
            scale["width"] = width[1] or width[2]
        if height:
            scale["height"] = height[1] or height[2]
    if not scale and not re.search(
        r"\b(?:points?|dots?|circles?|bubbles?|markers?|lines?|fonts?|text|title"
        r"|labels?)\b(?! (?:plot|chart|graph))(?!.{0,6}\bchart).{0,20}\b(?:bigger|larger"
        r"|wider)\b|\b(?:bigger|larger|wider) (?:points?|dots?|circles?|bubbles?|fonts?|text)",
        low,
    ):
        if re.search(
            rf"\b{chart}\b.{{0,25}}\b(?:bigger|larger|enlarged)\b|\b(?:bigger|larger"
            rf"|enlarge)\b.{{0,15}}\b{chart}\b",
            low,
        ):
            scale = {"width": 1.5, "height": 1.5}
        if re.search(r"\bwider\b|\bwiden\b", low):
            scale["width"] = 1.5
        if re.search(r"\btaller\b|\bhigher chart\b", low):
            scale["height"] = 1.5
        if re.search(rf"\b{chart}\b.{{0,15}}\bsmaller\b", low) and not scale:
            scale = {"width": 0.7, "height": 0.7}
    if not scale:
        return None
    done = _resize(context, scale)
    if done:
        context.done.append("size")
    return done


_DEFAULT_SIZE = {"width": 400, "height": 300}


def _resize(context: Context, scale: dict[str, float | str]) -> bool:
    script = context.script
    top = script.facts.view
    if top is None:
        return False
    places = _sized_views(top)
    changed = False
    for index in range(len(places)):
        top = script.facts.view
        view = _sized_views(top)[index] if top is not None else None
        if view is None:
            continue
        values: dict[str, str] = {}
        for name, wanted in scale.items():
            current = view.properties.get(name)
            if current is None:
                current = next(
                    (u.properties.get(name) for u in view.units() if u.properties.get(name)), None
                )
            base = current if isinstance(current, int | float) else _DEFAULT_SIZE[name]
            values[name] = (
                wanted if isinstance(wanted, str) else str(round(base * wanted / 10) * 10)
            )
        owner = _owner_of_size(view, values)
        changed = context.apply(set_property(script, owner, values)) or changed
    return changed


def _sized_views(view: View) -> list[View]:
    """The views that have a size of their own: those inside concatenations, facets and repeats."""
    if view.kind in {"hconcat", "vconcat", "concat", "facet", "repeat"}:
        return [inner for child in view.children for inner in _sized_views(child)]
    return [view]


def _owner_of_size(view: View, values: dict[str, str]) -> View:
    """Of a layered view, the one part that sets the size already."""
    if view.kind != "layer" or any(name in view.properties for name in values):
        return view
    owners = [child for child in view.children if any(name in child.properties for name in values)]
    return owners[0] if len(owners) == 1 else view


def legend(context: Context) -> bool | None:
    """Legend: place, title, or none."""
    low = context.clause.core
    if not re.search(r"\blegends?\b", low) or re.search(
        r"\b(?:click|clickable|interactive|filter)\b", low
    ):
        return None
    script = context.script
    values: dict[str, str] = {}
    spot = re.search(r"\b(bottom|top|left|right)(?:[\s-](left|right))?\b", low)
    if spot and re.search(r"\b(?:legend)\b", low):
        values["orient"] = quoted("-".join(part for part in spot.groups() if part))
    if context.clause.quotes and re.search(
        r"\blegend\b.{0,20}\b(?:title|label|name)|\btitle\b.{0,12}\blegend\b|rename", low
    ):
        values["title"] = quoted(context.clause.quotes[-1])
    coloured = [
        u for u in script.units if any(n in u.channels and u.channels[n].field for n in _LEGENDS)
    ]
    remove = re.search(r"\b(?:remove|hide|drop|without|delete|get rid of)\b", low)
    if not coloured:
        return False
    if remove and not values:
        changed = context.each(coloured, lambda v: _each_legend(script, v, None))
    elif values:
        changed = context.each(coloured, lambda v: _each_legend(script, v, values))
    else:
        hidden = [
            u
            for u in coloured
            if any(
                u.channels[n].options.get("legend", 0) is None for n in _LEGENDS if n in u.channels
            )
        ]
        if not hidden:
            return None
        changed = context.each(hidden, lambda v: _each_legend(script, v, {"orient": "'right'"}))
    if changed:
        context.done.append("legend")
    return changed


_LEGENDS = ("color", "fill", "size", "shape")


def _each_legend(script: Script, view: View, values: dict[str, str] | None) -> list[Splice] | None:
    name = next((n for n in _LEGENDS if n in view.channels and view.channels[n].field), None)
    if name is None:
        return None
    if values is None:
        return set_channel_option(script, view.channels[name], "legend", "None")
    return set_part(script, view.channels[name], "legend", values)


def label_angle(context: Context) -> bool | None:
    """The angle of axis labels."""
    low = context.clause.core
    about = re.search(
        r"\b(?:labels?|names?|texts?|ticks?|them|those|years?|ids|categories|dates)\b", low
    )
    turn = re.search(r"\brotat\w+\b|\bangled?\b|\btilt\w*\b|\bslant\w*\b|\bdiagonal\w*\b", low)
    flat = re.search(
        r"\b(?:labels?|names?|texts?|them|years?)\b.{0,30}\bhorizontal(?:ly)?\b|\bhorizontal "
        r"(?:labels?|text)",
        low,
    )
    upright = re.search(
        r"\b(?:labels?|names?|texts?|them)\b.{0,30}\bvertical(?:ly)?\b|\bvertical (?:labels?|text)",
        low,
    )
    crowded = re.search(
        r"\b(?:axis|year|month|name|date|category|tick|x) labels\b.{0,40}\b(?:easier to read|"
        r"less crowded|not overlap|don't overlap|stop overlapping)\b",
        low,
    )
    if (
        not about
        or not (turn or flat or upright or crowded)
        or re.search(r"\b(?:bars?|chart|graph) horizontal|easier to read that way", low)
    ):
        return None
    number = re.search(r"(-?\d+)\s*(?:°|deg)", low)
    if flat and not turn:
        angle = 0
    elif number:
        angle = -abs(int(number[1])) if abs(int(number[1])) <= 90 else int(number[1])
    else:
        angle = -90 if upright else -45
    names = {m[1] for m in re.finditer(r"\b([xy])[\s-]*axis", context.clause.low)} or {"x"}
    changed = False
    for name in sorted(names):
        units = [
            u for u in context.script.units if name in u.channels and not u.channels[name].datum
        ]
        first = (
            units[:1]
            if (context.script.facts.view and context.script.facts.view.kind == "layer")
            else units
        )
        changed = (
            context.each(
                first,
                partial(_turn_labels, script=context.script, name=name, angle=angle),
            )
            or changed
        )
    if changed:
        context.done.append(f"label angle {angle}")
    return changed


def _turn_labels(view: View, *, script: Script, name: str, angle: int) -> list[Splice] | None:
    return set_part(script, view.channels[name], "axis", {"labelAngle": str(angle)})


def _grid_lines(context: Context) -> bool:
    """Grid lines on the axes themselves: of each view x and y, or the one that is named."""
    low, script = context.clause.core, context.script
    names = [name for name in ("x", "y") if re.search(rf"\b{name}[\s-]ax[ie]s\b", low)]
    if re.search(r"\bhorizontal grid", low):
        names = ["y"]
    elif re.search(r"\bvertical grid", low):
        names = ["x"]
    changed = False
    for name in names or ["x", "y"]:
        unit = script.units[0] if script.units else None
        channel = unit.channels.get(name) if unit is not None else None
        if channel is not None:
            changed = context.apply(set_part(script, channel, "axis", _GRID)) or changed
    return changed or context.apply(set_configuration(script, "axis", _GRID))


_GRID = {"grid": "True"}


def _grid_style(context: Context) -> bool:
    """Colour and dashes of the grid lines."""
    low = context.clause.core
    told: dict[str, str] = {}
    found = colours_in(low)
    if found.new or re.search(r"\b(?:light(?:er)?|subtle|faint\w*)\b", low):
        told["gridColor"] = quoted(found.new[0] if found.new else "#ddd")
    if re.search(r"\bdashed\b|\bdotted\b", low):
        told["gridDash"] = "[4, 4]" if "dashed" in low else "[1, 3]"
    return context.apply(set_configuration(context.script, "axis", told)) if told else False


def grid_and_frame(context: Context) -> bool | None:
    """Grid lines, the outline of the view, the background."""
    low = context.clause.core
    script = context.script
    changed = False
    known = False
    if re.search(r"\bgrid\s?(?:lines?)?\b", low):
        known = True
        off = re.search(r"\b(?:remove|hide|no|without|get rid of|turn off|drop|disable)\b", low)
        changed = _grid_style(context) if not off else False
        if off:
            side = re.search(r"\b(?:vertical|horizontal)(?= grid)", low)
            part = {"vertical": "axisX", "horizontal": "axisY"}.get(side[0] if side else "", "axis")
            changed = context.apply(set_configuration(script, part, {"grid": "False"}))
        elif not changed and not re.search(r"\b(?:lighter|clean|subtle)", low):
            changed = _grid_lines(context)
    if re.search(r"\b(?:outlines?|borders?|frame)\b", low) and re.search(
        r"\b(?:remove|hide|no|without|get rid of|drop)\b", low
    ):
        known = True
        changed = context.apply(set_configuration(script, "view", {"strokeWidth": "0"})) or changed
    background = re.search(r"\bbackground\b", low)
    if background:
        known = True
        found = colours_in(low)
        top = script.facts.view
        if found.new and top is not None:
            colour = found.new[0]
            changed = (
                context.apply(set_property(script, top, {"background": quoted(colour)})) or changed
            )
        elif re.search(r"\bdark\b", low) and top is not None:
            changed = (
                context.apply(set_property(script, top, {"background": "'#222222'"})) or changed
            )
    if not known:
        return None
    if changed:
        context.done.append("grid, frame or background")
    return changed


def fonts(context: Context) -> bool | None:
    """Font sizes and weights of titles and labels."""
    low = context.clause.core
    title = re.search(
        r"\btitles?\b.{0,40}\b(?:stand out|bigger|larger|bold\w*|prominent|font|formatting)\b"
        r"|\b(?:bigger|larger|bold\w*|prominent) (?:chart )?title",
        low,
    )
    axis = re.search(
        r"\bfonts?\b|\b(?:bigger|larger) (?:labels?|text)|\b(?:labels?"
        r"|text)\b.{0,25}\b(?:bigger|larger)\b",
        low,
    )
    small = re.search(
        r"\b(?:labels|fonts?|text)\b.{0,60}\bsmaller\b|\bsmaller (?:labels|fonts?)", low
    )
    if not title and not axis and not small:
        return None
    script = context.script
    changed = False
    if title:
        changed = context.apply(
            set_configuration(script, "title", {"fontSize": "16", "fontWeight": "'bold'"})
        )
    else:
        size = number_in(low)
        label = int(size) if size and 6 <= size <= 60 else (8 if small else 12)
        changed = context.apply(
            set_configuration(
                script, "axis", {"labelFontSize": str(label), "titleFontSize": str(label + 2)}
            )
        )
    if changed:
        context.done.append("fonts")
    return changed


def shapes(context: Context) -> bool | None:
    """A shape for each category of points."""
    low = context.clause.core
    if not re.search(
        r"\b(?:different|distinct|various) shapes?\b|\bshapes? (?:for|by|based on)\b", low
    ):
        return None
    script = context.script
    targets = [u for u in script.units if u.mark and u.mark.kind in {"point", "circle", "square"}]
    names = named_fields(low, context.fields.all)
    changed = False
    for view in targets[:1]:
        color = view.channels.get("color")
        field = names[0] if names else (color.field if color is not None else None)
        if not field:
            return False
        if view.mark and view.mark.kind != "point" and view.mark.node is not None:
            function = view.mark.node.func
            if isinstance(function, ast.Attribute):
                end = script.source.span(function)[1]
                context.apply([Splice(end - len(function.attr), end, "mark_point")])
                view = next(u for u in script.units if u.mark and u.mark.kind == "point")
        changed = context.apply(add_channel(script, view, "shape", quoted(f"{field}:N")))
    if changed:
        context.done.append("shapes")
    return changed


STYLE_EDITS = (
    mark_options,
    chart_size,
    legend,
    label_angle,
    grid_and_frame,
    fonts,
    shapes,
)
