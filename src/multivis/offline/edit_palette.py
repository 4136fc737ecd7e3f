"""Edits of the colours of an Altair chart: fields, schemes, single marks, literals."""

from __future__ import annotations

import ast
import re

from multivis.charts.reference import Channel, View
from multivis.offline.edit_altair import (
    add_channel,
    append_method,
    is_shared,
    set_mark_option,
    set_part,
)
from multivis.offline.edit_colours import Colours, colours_in
from multivis.offline.edit_context import Context
from multivis.offline.edit_fields import (
    category_channel,
    measure_channel,
)
from multivis.offline.edit_script import Script, Splice, quoted
from multivis.offline.edit_tips import selected_fields
from multivis.offline.words import likeness, split_name

__all__ = ["COLOUR_EDITS"]

_COLOUR_WORD = re.compile(
    r"\bcolou?r\w*\b|\bpalette\b|\bshades?\b|\bgradient\b|\btones?\b|\bhues?\b|\bscheme\b"
)


def colours(context: Context) -> bool | None:
    """Colours: of a field, of a scheme, of single marks, or one literal for another."""
    low = context.clause.core
    found = colours_in(low)
    spoken = _COLOUR_WORD.search(low)
    if not spoken and not (found.new or found.old):
        return None
    if re.search(
        r"\b(?:mean|average|median|trend|regression|best fit|reference|threshold)\b.*\bline\b"
        r"|\bline of best fit\b",
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
            r"(?:dark|light|medium|pale|deep|royal|sky|steel|dodger|dim|hot|fire)?(?:red"
            r"|orange|yellow|green|blue|"
            r"purple|violet|pink|brown|black|white|gr[ae]y|teal|cyan|magenta|navy|gold|maroon"
            r"|olive|lime|indigo|"
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
    r"\b(?:colou?r\w*(?:[\s-]?cod\w+)?|shad(?:e|ed)|gradient\b.*|intensity\b.*"
    r"|tones?)\b[^.,]*?\b(?:by|based on|according to|"
    r"depending on|corresponds? to|for each|for every|per|represent\w*|show\w*)\s+(?:the "
    r"|each |different |its |their )*(.+)"
    r"|\bdifferent\s+(.+?)\s+in\s+(?:a\s+)?different\s+colou?rs?|\b(?:each"
    r"|every)\s+(.+?)\s+(?:in\s+)?(?:a\s+)?(?:different|distinct|own|its own|unique)\s+colou?r"
    r"|\bwhere\s+(higher|lower|larger|bigger|greater|darker).*"
    r"|\bcolou?rs? (?:to|on|of) (?:each|every|the different)\s+(.+)"
)


def _colour_by_field(context: Context, found: Colours) -> bool | None:
    """ "Colour the points by museum": a colour channel for that field."""
    low = context.clause.low
    match = _BY.search(low)
    if match is None:
        return None
    phrase = next((group for group in match.groups() if group), "")
    phrase = re.split(r"\b(?:using|with|so|instead|to (?:help|make))\b|[.,;]", phrase)[0]
    names = selected_fields(context, phrase)
    units = [
        u for u in context.targets() if "color" not in u.channels or not u.channels["color"].field
    ]
    target = units[0] if units else context.main
    if target is None:
        return None
    channel = _channel_for(target, names[0] if names else "", phrase)
    if channel is None and not names and not found.new:
        channel = _each(target, low, phrase)
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
        code = _coded(context.script, short, f"scheme={quoted(scheme)}")
    elif len(found.new) >= 2:
        code = _coded(context.script, short, f"range={list(found.new)!r}")
    changed = context.each(
        units or [target],
        lambda view: _coloured_view(context.script, view, code),
    )
    if changed:
        context.done.append(f"colour by {short}")
    return changed


def _each(view: View, low: str, phrase: str) -> Channel | None:
    """The categories, where each mark or each of them is to have a colour of its own."""
    category = category_channel(view)
    if (
        category is None
        or not category.field
        or not re.search(r"\b(?:each|every|different)\b", low)
    ):
        return None
    said = split_name(phrase)[:2]
    if set(said) & {"bar", "slice", "segment", "point", "dot", "category", "one", "column"}:
        return category
    words = split_name(category.field)
    return category if any(likeness(a, b) >= 0.75 for a in said for b in words) else None


def _coded(script: Script, shorthand: str, scale: str) -> str:
    """``alt.Color("a:N", scale=alt.Scale(…))``."""
    return f"{script.alias}.Color({quoted(shorthand)}, scale={script.alias}.Scale({scale}))"


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
        r"\b(?:count|frequency|value|amount|quantity|percent\w*|share|proportion|higher|lower"
        r"|larger|greater|bigger|darker|score|total)\b",
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
        choices: tuple[str, ...] = ("viridis", "plasma", "tealblues")
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
    colour = view.channels.get("color") if view is not None else None
    if view is None or (colour is not None and colour.condition):
        return False  # colours that mean something by a test are not replaced by others
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
            code = _coded(script, channel.shorthand(), f"scheme={quoted(scheme)}")
            return context.each([view], lambda v: _coloured_view(script, v, code))
    inside = [
        n for v in views if v.mark and v.mark.node for n in _literals_inside(script, v.mark.node)
    ]
    livelier = _LIVELIER.get(str(inside[0].value), "dodgerblue") if inside else "teal"
    named = "slategray" if found.kind == "muted" else livelier
    return context.each(views, lambda v: _paint(script, v, named))


COLOUR_EDITS = (colours,)
