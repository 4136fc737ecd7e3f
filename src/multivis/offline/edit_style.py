"""Edits of how an Altair chart looks: colours, marks, size, legend, labels, grid, fonts."""

from __future__ import annotations

import ast
import re

from multivis.charts.reference import Channel, View
from multivis.offline.edit_altair import (
    add_channel,
    append_method,
    is_shared,
    set_channel_option,
    set_configuration,
    set_mark_option,
    set_part,
    set_property,
)
from multivis.offline.edit_clauses import number_in
from multivis.offline.edit_colours import Colours, colours_in
from multivis.offline.edit_context import Context, titles_of_fields
from multivis.offline.edit_fields import (
    category_channel,
    measure_channel,
    named_fields,
)
from multivis.offline.edit_script import Script, Splice, quoted

__all__ = ["STYLE_EDITS"]

_COLOUR_WORD = re.compile(
    r"\bcolou?r\w*\b|\bpalette\b|\bshades?\b|\bgradient\b|\btones?\b|\bhues?\b|\bscheme\b"
)


# ── colours ─────────────────────────────────────────────────────────────────────────────────


def colours(context: Context) -> bool | None:
    """Colours: of a field, of a scheme, of single marks, or one literal for another."""
    low = context.clause.core
    found = colours_in(low)
    spoken = _COLOUR_WORD.search(low)
    if not spoken and not (found.new or found.old):
        return None
    if re.search(
        r"\b(?:mean|average|median|trend|regression|best fit|reference|threshold)\b.*\bline\b|\bline of best fit\b",
        low,
    ) and re.search(r"\badd\b", low):
        return None
    if re.search(r"\bbackground\b|\bgrid\s?lines?\b", low) and not spoken:
        return None
    if _replace_literals(context, found):
        context.done.append("colours")
        return True
    by_field = _colour_by_field(context, found)
    if by_field is not None:
        return by_field
    if not (found.new or found.scheme or found.shades or (found.kind and spoken)):
        return False if spoken and context.clause.asks else None
    done = _apply_colours(context, found)
    if done:
        context.done.append("colours")
    return done


def _replace_literals(context: Context, found: Colours) -> bool:
    """Put the wanted colours where the script names the old ones."""
    script = context.script
    if not found.old and not (len(found.new) == 2 and _conditional_values(script)):
        return False
    hues = found.old
    literals = [
        node
        for node in ast.walk(script.source.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _is_colour(node.value)
        and (_has_hue(node.value, hues) if hues else False)
    ]
    if not hues:
        literals = _conditional_values(script)
    if not literals:
        return False
    literals.sort(key=lambda node: (node.lineno, node.col_offset))
    wanted = list(found.new) or [_LIVELIER.get(str(literals[0].value), "dodgerblue")]
    names = list(dict.fromkeys(str(node.value) for node in literals))
    mapping = {name: wanted[min(index, len(wanted) - 1)] for index, name in enumerate(names)}
    splices = []
    for node in literals:
        start, end = script.source.span(node)
        splices.append(Splice(start, end, quoted(mapping[str(node.value)])))
    return context.apply(splices)


_LIVELIER = {
    "darkblue": "dodgerblue", "navy": "dodgerblue", "blue": "deepskyblue", "darkgreen": "limegreen",
    "green": "mediumseagreen", "darkred": "tomato", "red": "tomato", "gray": "steelblue",
    "black": "royalblue", "steelblue": "dodgerblue", "purple": "mediumorchid",
}  # fmt: skip


def _is_colour(text: str) -> bool:
    return bool(re.fullmatch(r"#[0-9A-Fa-f]{3,8}", text)) or bool(
        re.fullmatch(
            r"(?:dark|light|medium|pale|deep|royal|sky|steel|dodger|dim|hot|fire)?(?:red|orange|yellow|green|blue|"
            r"purple|violet|pink|brown|black|white|gr[ae]y|teal|cyan|magenta|navy|gold|maroon|olive|lime|indigo|"
            r"turquoise|coral|salmon|crimson|tan|brick)",
            text,
        )
    )


_HUE_WORDS = {
    "red": ("red", "crimson", "brick", "tomato", "maroon"), "blue": ("blue", "navy"),
    "green": ("green", "lime", "olive"), "gray": ("gray", "grey"), "grey": ("gray", "grey"),
    "black": ("black",), "orange": ("orange", "coral"),
}  # fmt: skip


def _has_hue(text: str, hues: tuple[str, ...]) -> bool:
    """Whether a colour literal is of one of the hues; hexadecimal by its strongest channel."""
    for hue in hues:
        if any(word in text for word in _HUE_WORDS.get(hue, (hue,))):
            return True
        if re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
            parts = {
                "red": int(text[1:3], 16),
                "green": int(text[3:5], 16),
                "blue": int(text[5:7], 16),
            }
            top = max(parts, key=lambda name: parts[name])
            low, high = min(parts.values()), max(parts.values())
            if high - low < 24:
                top = "gray" if high > 40 else "black"
            if top == hue or (top == "gray" and hue == "grey"):
                return True
    return False


def _conditional_values(script: Script) -> list[ast.Constant]:
    """The colours in ``alt.value("…")`` of a conditional colour channel without a field."""
    found: list[ast.Constant] = []
    for unit in script.units:
        channel = unit.channels.get("color")
        if channel is None or not channel.condition or channel.field or channel.node is None:
            continue
        for node in ast.walk(channel.node):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", "") == "value"
                and node.args
            ):
                inner = node.args[0]
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    found.append(inner)
    return found


_BY = re.compile(
    r"\b(?:colou?r\w*(?:[\s-]?cod\w+)?|shad(?:e|ed)|gradient\b.*|intensity\b.*|tones?)\b[^.,]*?\b(?:by|based on|according to|"
    r"depending on|corresponds? to|for each|for every|per|represent\w*|show\w*)\s+(?:the |each |different |its |their )*(.+)"
    r"|\bdifferent\s+(.+?)\s+in\s+(?:a\s+)?different\s+colou?rs?|\b(?:each|every)\s+(.+?)\s+(?:in\s+)?(?:a\s+)?(?:different|distinct|own|its own|unique)\s+colou?r"
    r"|\bwhere\s+(higher|lower|larger|bigger|greater|darker).*"
)


def _colour_by_field(context: Context, found: Colours) -> bool | None:
    """ "Colour the points by museum": a colour channel for that field."""
    low = context.clause.low
    match = _BY.search(low)
    if match is None:
        return None
    phrase = next((group for group in match.groups() if group), "")
    phrase = re.split(r"\b(?:using|with|so|instead|to (?:help|make))\b|[.,;]", phrase)[0]
    fields = context.fields
    units = [
        u for u in context.targets() if "color" not in u.channels or not u.channels["color"].field
    ]
    names = named_fields(phrase, fields.all, titles_of_fields(context))
    target = units[0] if units else context.main
    if target is None:
        return None
    channel = _channel_for(target, names[0] if names else "", phrase)
    if channel is None and not names:
        return None
    if (
        not units
        and "color" in target.channels
        and (not names or target.channels["color"].field == names[0])
    ):
        return None  # it is coloured by that field already: what is left is a matter of scheme
    short = channel.shorthand() if channel is not None else f"{names[0]}:N"
    if (
        channel is not None
        and channel.type == "ordinal"
        and re.search(r"\b(?:each|different)\b", low)
    ):
        short = f"{channel.field}:N"
    kind = channel.type if channel is not None else None
    amount = channel is not None and (channel.aggregate is not None or kind == "quantitative")
    scheme = _scheme(found, amount)
    if amount and not scheme:
        scheme = "blues" if not found.kind else "viridis"
    code = quoted(short)
    if scheme:
        code = f"{context.script.alias}.Color({quoted(short)}, scale={context.script.alias}.Scale(scheme={quoted(scheme)}))"
    elif len(found.new) >= 2:
        code = f"{context.script.alias}.Color({quoted(short)}, scale={context.script.alias}.Scale(range={list(found.new)!r}))"
    changed = context.each(
        units or [target],
        lambda view: _coloured_view(context.script, view, code),
    )
    if changed:
        context.done.append(f"colour by {short}")
    return changed


def _coloured_view(script: Script, view: View, code: str) -> list[Splice] | None:
    """Add the colour channel; a colour fixed on the mark would hide it, so that goes."""
    splices = add_channel(script, view, "color", code, own=True)
    if splices and view.mark and view.mark.node and "color" in view.mark.options:
        splices = [*splices, *script.remove_keyword(view.mark.node, "color")]
    return splices


def _channel_for(view: View, name: str, phrase: str) -> Channel | None:
    """The channel of `view` that shows the named field, or the amount for "higher scores"."""
    for channel in view.channels.values():
        if name and channel.field == name and channel.name not in {"tooltip", "detail"}:
            return channel
    if re.search(
        r"\b(?:count|frequency|value|amount|quantity|percent\w*|share|proportion|higher|lower|larger|greater|bigger|darker|score|total)\b",
        phrase,
    ):
        return measure_channel(view)
    return None


def _scheme(found: Colours, amount: bool) -> str:
    """The scheme that the words mean for amounts or for categories, or an empty string."""
    if found.scheme:
        return found.scheme
    if found.hue_scheme and (amount or found.shades or len(found.hues) == 1):
        return found.hue_scheme
    return ""


def _apply_colours(context: Context, found: Colours) -> bool:
    """Colours for the colour channel where there is one, else for the marks."""
    script = context.script
    views = context.targets()
    coloured = [view for view in views if _has_colour_field(view)]
    if not coloured and not _single_mark(context, found):
        coloured = [unit for unit in script.units if _has_colour_field(unit)]
    if coloured:
        return context.each(coloured, lambda view: _recolour(script, view, found))
    if found.shades and found.hues and not _single_mark(context, found):
        measure = next((m for m in (measure_channel(v) for v in views[:1]) if m is not None), None)
        area_or_line = views[0].mark and views[0].mark.kind in {"area", "line", "trail"}
        if measure is not None and not area_or_line:
            code = (
                f"{script.alias}.Color({quoted(measure.shorthand())}, "
                f"scale={script.alias}.Scale(scheme={quoted(_scheme(found, True) or 'blues')}))"
            )
            return context.each(views[:1], lambda view: _coloured_view(script, view, code))
    if found.new:
        return _colour_marks(context, views, found)
    return _lively_marks(context, views, found)


def _has_colour_field(view: View) -> bool:
    return any(
        name in view.channels and bool(view.channels[name].field or view.channels[name].aggregate)
        for name in ("color", "fill", "stroke")
    )


def _single_mark(context: Context, found: Colours) -> bool:
    """Whether one colour is asked for marks that are named: "the line in red"."""
    return (
        len(found.new) == 1
        and not found.shades
        and bool(
            re.search(
                r"\b(?:line|rule|bars?|points?|dots?|circles?|error\s?bars?|area)\b",
                context.clause.low,
            )
        )
        and not any(_has_colour_field(v) for v in context.targets())
    )


def _recolour(script: Script, view: View, found: Colours) -> list[Splice] | None:
    name = next(n for n in ("color", "fill", "stroke") if n in view.channels)
    channel = view.channels[name]
    amount = channel.type == "quantitative" or channel.aggregate is not None
    current = channel.options.get("scale")
    current = current if isinstance(current, dict) else {}
    if len(found.new) >= 2 and not found.scheme and not found.shades:
        pair = found.hue_scheme if amount else None
        if pair:
            return set_part(script, channel, "scale", {"scheme": quoted(pair)}, drop=("range",))
        return set_part(
            script, channel, "scale", {"range": repr(list(found.new))}, drop=("scheme",)
        )
    scheme = _scheme(found, amount) or _scheme_of_manner(found, amount, current.get("scheme"))
    if not scheme:
        return None
    drop = ("range", "domain") if "range" in current else ()
    return set_part(script, channel, "scale", {"scheme": quoted(scheme)}, drop=drop)


def _scheme_of_manner(found: Colours, amount: bool, current: object) -> str:
    """A scheme for "more vivid" or "more muted", other than the one in place."""
    if amount:
        choices = ("viridis", "plasma", "tealblues")
    elif found.kind == "muted":
        choices = ("tableau20", "set2", "pastel1")
    else:
        choices = (
            ("tableau10", "set1", "category10") if current != "tableau10" else ("set1", "set2")
        )
    return next((one for one in choices if one != current), "")


def _colour_marks(context: Context, views: list[View], found: Colours) -> bool:
    """Fixed colours: one for all the marks meant, or one for each in turn."""
    script = context.script
    places = [i for i, unit in enumerate(script.units) if any(unit is view for view in views)]
    shared = len(found.new) >= 2 and len({id(view.mark.node) for view in views if view.mark}) < len(
        views
    )
    changed = False
    for turn, place in enumerate(places):
        colour = found.new[min(turn, len(found.new) - 1)]
        view = script.units[place]
        if shared and turn:
            code = f"{script.alias}.value({quoted(colour)})"
            own = [call for method, call in view.calls if method == "encode"]
            if own and not is_shared(script, view, own[-1]):
                changed = context.apply(add_channel(script, view, "color", code)) or changed
            else:
                changed = (
                    context.apply(append_method(script, view, f".encode(color={code})")) or changed
                )
        else:
            changed = context.apply(_paint(script, view, colour)) or changed
    return changed


def _paint(script: Script, view: View, colour: str) -> list[Splice] | None:
    """A fixed colour, where the script sets it already if it does."""
    channel = view.channels.get("color")
    if channel is not None and isinstance(channel.value, str) and channel.node is not None:
        start, end = script.source.span(channel.node)
        return [Splice(start, end, f"{script.alias}.value({quoted(colour)})")]
    if channel is not None and channel.condition:
        return None  # the colours of a condition mean something: they are changed by name only
    if view.mark is None or view.mark.node is None:
        return None
    inside = _literals_inside(script, view.mark.node)
    if inside:
        return [Splice(*script.source.span(node), quoted(colour)) for node in inside]
    for key in ("fill", "stroke"):
        if isinstance(view.mark.options.get(key), str) and "color" not in view.mark.options:
            return set_mark_option(script, view, {key: quoted(colour)})
    return set_mark_option(script, view, {"color": quoted(colour)})


def _literals_inside(script: Script, call: ast.Call) -> list[ast.Constant]:
    """The strongest colour of a gradient or a line option, wherever it is named."""
    found: list[ast.Constant] = []
    for keyword in call.keywords:
        if keyword.arg in {"color", "line", "fill"} and not isinstance(keyword.value, ast.Constant):
            found += [
                node
                for node in ast.walk(keyword.value)
                if isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and _is_colour(node.value)
                and node.value not in {"white", "#fff", "#ffffff"}
            ]
    return found


def _lively_marks(context: Context, views: list[View], found: Colours) -> bool:
    """Only the manner is named, and there is no colour channel: a scheme, or one other colour."""
    script = context.script
    view = views[0] if views else None
    if view is None:
        return False
    if found.scheme or re.search(r"\b(?:palette|scheme|gradient)\b", context.clause.low):
        category = category_channel(view)
        channel = (
            measure_channel(view)
            if view.mark and view.mark.kind in {"rect", "point", "circle"}
            else category
        )
        if (
            channel is not None
            and channel.field
            and view.mark
            and view.mark.kind not in {"area", "line"}
        ):
            amount = channel.type == "quantitative"
            scheme = found.scheme or _scheme_of_manner(found, amount, None)
            code = f"{script.alias}.Color({quoted(channel.shorthand())}, scale={script.alias}.Scale(scheme={quoted(scheme)}))"
            return context.each([view], lambda v: _coloured_view(script, v, code))
    inside = [
        n for v in views if v.mark and v.mark.node for n in _literals_inside(script, v.mark.node)
    ]
    livelier = _LIVELIER.get(str(inside[0].value), "dodgerblue") if inside else "teal"
    colour = "slategray" if found.kind == "muted" else livelier
    return context.each(views, lambda v: _paint(script, v, colour))


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
        rf"\b(?:bigger|larger|enlarge\w*|increase the size)\b.{{0,30}}\b{named_points}\b|\b{named_points}\b.{{0,30}}\b(?:bigger|larger)\b|\bsize of (?:the |each )?{named_points}",
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
        r"\b(?:thicker|thick|bolder|wider|heavier)\b.{0,20}\blines?\b|\blines?\b.{0,30}\b(?:thicker|bolder|heavier|wider|thick)\b|\bmake it thicker\b",
        low,
    ) and not re.search(r"\bgrid\s?lines?\b", low):
        wishes.append((lines, {"strokeWidth": "3"}))
    if re.search(r"\bthinner\b.{0,20}\blines?\b|\blines?\b.{0,30}\bthinner\b", low):
        wishes.append((lines, {"strokeWidth": "1"}))
    if re.search(r"\bdashed\b|\bdotted\b", low):
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
        applied = context.each(named or targets, lambda v, o=options: _set_mark(script, v, o))
        if applied:
            context.done.append(", ".join(f"{k}={v}" for k, v in options.items()))
        changed = applied or changed
    return changed


def _wants_points(low: str) -> bool:
    return bool(
        re.search(
            r"\b(?:dots?|points?|circles?|markers?)\b.{0,25}\b(?:on|to|at|for|along|of)\b.{0,12}\b(?:each|every|the|all)?\s*(?:point|line|lines|season|value|year|month|data point|day|date)",
            low,
        )
        or re.search(
            r"\b(?:see|show|add|with)\b.{0,25}\b(?:actual |individual )?(?:data )?(?:points|markers|dots)\b.{0,15}\b(?:on|to|along)?\b.{0,6}\blines?\b",
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
        r"\b(?:points?|dots?|circles?|bubbles?|markers?|lines?|fonts?|text|title|labels?)\b(?! (?:plot|chart|graph))(?!.{0,6}\bchart).{0,20}\b(?:bigger|larger|wider)\b|\b(?:bigger|larger|wider) (?:points?|dots?|circles?|bubbles?|fonts?|text)",
        low,
    ):
        if re.search(
            rf"\b{chart}\b.{{0,25}}\b(?:bigger|larger|enlarged)\b|\b(?:bigger|larger|enlarge)\b.{{0,15}}\b{chart}\b",
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
        r"\b(?:labels?|names?|texts?|them|years?)\b.{0,30}\bhorizontal(?:ly)?\b|\bhorizontal (?:labels?|text)",
        low,
    )
    upright = re.search(
        r"\b(?:labels?|names?|texts?|them)\b.{0,30}\bvertical(?:ly)?\b|\bvertical (?:labels?|text)",
        low,
    )
    if (
        not about
        or not (turn or flat or upright)
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
                lambda v, n=name: set_part(
                    context.script, v.channels[n], "axis", {"labelAngle": str(angle)}
                ),
            )
            or changed
        )
    if changed:
        context.done.append(f"label angle {angle}")
    return changed


def grid_and_frame(context: Context) -> bool | None:
    """Grid lines, the outline of the view, the background."""
    low = context.clause.core
    script = context.script
    changed = False
    known = False
    if re.search(r"\bgrid\s?(?:lines?)?\b", low):
        known = True
        off = re.search(r"\b(?:remove|hide|no|without|get rid of|turn off|drop|disable)\b", low)
        changed = context.apply(
            set_configuration(script, "axis", {"grid": "False" if off else "True"})
        )
    if re.search(r"\b(?:outline|border|frame)\b", low) and re.search(
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
        r"\btitles?\b.{0,40}\b(?:stand out|bigger|larger|bold\w*|prominent|font|formatting)\b|\b(?:bigger|larger|bold\w*|prominent) (?:chart )?title",
        low,
    )
    axis = re.search(
        r"\bfonts?\b|\b(?:bigger|larger) (?:labels?|text)|\b(?:labels?|text)\b.{0,25}\b(?:bigger|larger)\b",
        low,
    )
    if not title and not axis:
        return None
    script = context.script
    changed = False
    if title:
        changed = context.apply(
            set_configuration(script, "title", {"fontSize": "18", "fontWeight": "'bold'"})
        )
    elif axis:
        size = number_in(low)
        label = int(size) if size and 6 <= size <= 60 else 13
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
    colours,
    mark_options,
    chart_size,
    legend,
    label_angle,
    grid_and_frame,
    fonts,
    shapes,
)
