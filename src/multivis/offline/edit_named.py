"""Wishes about named values and columns: their colours, rows, names of months, minutes."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from functools import partial

from multivis.charts.reference import Channel, View
from multivis.offline.edit_altair import add_channel, set_part
from multivis.offline.edit_colours import colours_in
from multivis.offline.edit_context import Context
from multivis.offline.edit_drawing import (
    axes_object,
    before_drawing,
    column_of,
    finish_with,
    is_plotly,
    main_drawing,
    schema_values,
)
from multivis.offline.edit_fields import category_channel, measure_channel
from multivis.offline.edit_figure_colours import category_colours
from multivis.offline.edit_palette import colours as plain_colours
from multivis.offline.edit_rows import filtered
from multivis.offline.edit_script import Script, Splice, quoted
from multivis.offline.edit_tips import selected_fields
from multivis.offline.words import split_name

__all__ = ["clock_times", "colours", "donut", "month_names", "tip_columns", "value_filters"]

_TABLEAU = ("#4c78a8", "#f58518", "#e45756", "#72b7b2", "#54a24b", "#eeca3b", "#b279a2",
            "#ff9da6", "#9d755d", "#bab0ac")  # fmt: skip


def colours(context: Context) -> bool | None:
    """Colours of single categories ("North red and South blue"), else of everything."""
    for view in context.targets()[:1]:
        channel = view.channels.get("color") or category_channel(view)
        if channel is None or not channel.field or channel.type == "quantitative":
            break
        values = schema_values(context, channel.field)
        stressed = re.search(r"\b(?:highlight|emphasi[sz]e)", context.clause.low)
        mapping = category_colours(context.clause, values) if values or stressed else {}
        if not mapping:
            break
        if stressed and len(mapping) == 1 and channel.name != "color":
            made = context.apply(_told_apart(context, view, channel.field, mapping))
            if made:
                context.done.append("colours")
            return made
        if not context.apply(_named_scale(context, view, channel, mapping, list(values.values()))):
            return False
        context.done.append("colours")
        return True
    return plain_colours(context)


def _told_apart(
    context: Context, view: View, field: str, mapping: dict[str, str]
) -> list[Splice] | None:
    """One value in its colour, all others in another."""
    value, colour = next(iter(mapping.items()))
    others = re.search(r"\b(?:others?|rest|remaining)\b(.{0,40})", context.clause.low)
    named = [*(colours_in(others[1]).new if others else ()), "#4c78a8"]
    alias = context.script.alias
    code = (
        f"{alias}.condition({alias}.datum[{quoted(field)}] == {quoted(value)}, "
        f"{alias}.value({quoted(colour)}), {alias}.value({quoted(named[0])}))"
    )
    return add_channel(context.script, view, "color", code, own=True)


#: Usual colours that look like a colour that may be named.
_LIKE = {"steelblue": "#4c78a8", "red": "#e45756", "orange": "#f58518", "green": "#54a24b",
         "teal": "#72b7b2", "yellow": "#eeca3b", "purple": "#b279a2", "pink": "#ff9da6",
         "brown": "#9d755d", "gray": "#bab0ac", "grey": "#bab0ac"}  # fmt: skip


def _named_scale(
    context: Context, view: View, channel: Channel, mapping: dict[str, str], values: list[str]
) -> list[Splice] | None:
    """A scale with every value; those that are not named keep the usual colours."""
    rest = [one for one in values if one not in mapping]
    taken = {_LIKE.get(colour) for colour in mapping.values()}
    free = [colour for colour in _TABLEAU if colour not in taken]
    if channel.name != "color":  # all marks had one colour
        free = free[:1]
    usual = dict(zip(rest, itertools.cycle(free), strict=False))
    named = {**usual, **mapping}
    told = {"domain": repr(values), "range": repr([named[one] for one in values])}
    if channel.name == "color":
        return set_part(context.script, channel, "scale", told)
    alias = context.script.alias
    scale = f"{alias}.Scale(domain={told['domain']}, range={told['range']})"
    code = f"{alias}.Color({quoted(f'{channel.field}:N')}, scale={scale}, legend=None)"
    return add_channel(context.script, view, "color", code)


def value_filters(context: Context) -> bool | None:
    """ "Exclude North", "only North and South": a filter on a field that is drawn."""
    low = context.clause.low
    only = re.search(r"\b(?:only|just|filter|keep)\b", low)
    without = re.search(r"\b(?:exclude|leave out|ignore|drop|without|remove)\b", low)
    if not (only or without) or re.search(r"\bcolou?r\w*|highlight|label|title\b", low):
        return None
    text = re.sub(r'"(\d+)"', lambda m: context.clause.quotes[int(m[1])].lower(), low)
    view = context.main
    for channel in view.channels.values() if view is not None else ():
        if not channel.field or channel.type not in {"nominal", "ordinal"}:
            continue
        named = [
            value
            for key, value in schema_values(context, channel.field).items()
            if len(key) > 1 and re.search(rf"(?<!\w){re.escape(key)}(?!\w)", text)
        ]
        if not named:
            continue
        field = channel.field
        left = f"datum.{field}" if field.isidentifier() else f"datum[{quoted(field)}]"
        sign = "< 0" if without and not only else ">= 0"
        test = f"indexof({named!r}, {left}) {sign}"
        call = f".transform_filter({quoted(test)})"
        place = view.data if view is not None else ""
        views = [unit for unit in context.script.units if unit.data == place]
        if context.each(views, partial(_kept, script=context.script, call=call)):
            context.done.append("filter")
            return True
    return None


def _kept(view: View, *, script: Script, call: str) -> list[Splice] | None:
    return filtered(script, view, call)


def donut(context: Context) -> bool | None:
    """A hole in a pie that is there."""
    if not re.search(r"\bdonut|doughnut\b", context.clause.low):
        return None
    pies = [u for u in context.script.units if u.mark is not None and u.mark.kind == "arc"]
    if len(pies) != 1 or pies[0].mark is None or pies[0].mark.node is None:
        return None
    if "innerRadius" in pies[0].mark.options:
        context.satisfied = True
        return None
    splice = context.script.set_keyword(pies[0].mark.node, "innerRadius", "50")
    changed = context.apply([splice])
    if changed:
        context.done.append("donut")
    return changed


def tip_columns(context: Context) -> bool | None:
    """Columns for tooltips that the query does not select yet."""
    low = context.clause.low
    if not re.search(r"\btool-?\s?tips?\b|\bhover\w*\b|\bmous(?:e|ing)[\s-]*over\b", low):
        return None
    view = context.main
    if view is None or any(c.aggregate or c.bin for c in view.channels.values()):
        return None
    before = set(context.fields.all)
    added = [name for name in selected_fields(context, low) if name not in before]
    if context.columns:
        context.columns = (*context.columns, *added)
    return None


# ── months and minutes ──────────────────────────────────────────────────────────────────────

_MONTHS = re.compile(
    r"\bmonths?(?:'s|')? names?\b|\bnames? of (?:the |each )?months?\b"
    r"|\bmonths?\b.{0,60}\b(?:names?|words|letters|jan\w*)\b"
    r"|\bjan(?:uary)?\b.{0,40}\binstead of\b"
)


def month_names(context: Context) -> bool | None:
    """Names of months where the data have numbers."""
    low = context.clause.core
    if not _MONTHS.search(low) or not context.clause.asks:
        return None
    full = bool(re.search(r"\bfull\b|\bjanuary\b", low))
    script = context.script
    if script.facts.library != "altair":
        return _frame_months(context, full)
    made = "monthFormat" if full else "monthAbbrevFormat"
    changed = False
    for index in range(len(script.units)):
        for name in ("x", "y", "color"):
            channel = script.units[index].channels.get(name)
            if channel is None or not channel.field or "month" not in split_name(channel.field):
                continue
            if channel.type == "temporal":
                told = {"format": quoted("%B" if full else "%b")}
            else:
                number = "toNumber(datum.value) - 1"
                told = {"labelExpr": quoted(f"{made}({number})")}
            part = "legend" if name == "color" else "axis"
            changed = context.apply(set_part(script, channel, part, told)) or changed
    if changed:
        context.done.append("names of months")
    return changed


_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")  # fmt: skip


def _frame_months(context: Context, full: bool) -> bool:
    drawing = main_drawing(context.script)
    if drawing is None or not drawing.frame or "month" not in split_name(drawing.category):
        return False
    frame, column = drawing.frame, column_of(drawing.frame, drawing.category)
    names = {n: (name if full else name[:3]) for n, name in enumerate(_NAMES, start=1)}
    lines = (
        f"{frame} = {frame}.sort_values({quoted(drawing.category)})\n"
        f"{column} = {column}.astype(int).map({names!r})"
    )
    changed = context.script.apply(before_drawing(context.script, lines))
    if changed:
        context.done.append("names of months")
    return changed


_CLOCK = re.compile(
    r"\bm+:ss?\b|\bmin(?:ute)?s?\s*(?::|/|and|,|-)\s*sec(?:ond)?s?\b|\bminutes? and seconds?\b"
)


def clock_times(context: Context) -> bool | None:
    """Seconds or milliseconds as minutes and seconds, on the axis of the amount."""
    low = context.clause.core
    if not _CLOCK.search(low) or re.search(r"\btool-?tip|\bhover", low):
        return None
    script = context.script
    if script.facts.library != "altair":
        return _clock_on_figure(context)
    view = context.main
    channel = measure_channel(view) if view is not None else None
    if view is None or channel is None or channel.name not in {"x", "y"}:
        return False
    seconds = f"floor(datum.value{_divisor(channel.field or '')})"
    label = f"floor({seconds} / 60) + ':' + format({seconds} % 60, '02d')"
    changed = context.apply(set_part(script, replace(channel), "axis", {"labelExpr": f'"{label}"'}))
    if changed:
        context.done.append("minutes and seconds")
    return changed


def _divisor(field: str) -> str:
    words = set(split_name(field))
    return " / 1000" if words & {"millisecond", "milliseconds", "milli", "ms"} else ""


def _clock_on_figure(context: Context) -> bool:
    script = context.script
    drawing = main_drawing(script)
    if drawing is None or is_plotly(script) or drawing.mark == "arc":
        return False
    value = f"int(value{_divisor(drawing.measure).replace('/', '//')})"
    code = f"lambda value, _: f'{{{value} // 60}}:{{{value} % 60:02d}}'"
    axis = drawing.value_axis
    changed = script.apply(
        finish_with(script, f"{axes_object(script)}.{axis}axis.set_major_formatter({code})")
    )
    if changed:
        context.done.append("minutes and seconds")
    return changed
