"""Edits of an Altair chart's tooltips, number formats and labels on marks."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from multivis.charts.reference import Channel, View
from multivis.offline.edit_altair import add_channel, add_layer, channel_site, set_part
from multivis.offline.edit_context import Context, names_mark, titles_of_fields
from multivis.offline.edit_fields import Fields, measure_channel, named_fields
from multivis.offline.edit_script import Script, Splice, quoted
from multivis.offline.words import split_name

__all__ = ["LABEL_EDITS"]

# ── tooltips ────────────────────────────────────────────────────────────────────────────────


def tooltips(context: Context) -> bool | None:
    """Tooltips: what each mark encodes, and the fields that the clause names."""
    low = context.clause.low
    if not re.search(
        r"\btool-?\s?tips?\b|\bhover\w*\b|\bmous(?:e|ing)[\s-]*over\b|\bpops? up\b", low
    ):
        return None
    if re.search(r"\bhighlight\w*\b", low) and not re.search(
        r"tool-?\s?tip|exact|details|values", low
    ):
        return None
    targets = _tooltip_views(context)
    fields = context.fields
    titles = titles_of_fields(context)
    asked = named_fields(low, fields.all, titles)
    everything = re.search(
        r"\b(?:all|every|more|full)\b.{0,20}\b(?:details?|information|info|data)\b", low
    )
    if everything:
        asked = list(dict.fromkeys([*asked, *fields.frame]))
    wanted = number_format(low)
    changed = context.each(targets, lambda view: _tooltip(context, view, asked, wanted, fields))
    if changed:
        context.done.append("tooltips")
        return True
    if targets and all("tooltip" in unit.channels for unit in targets):
        context.satisfied = True
    return False


#: Transforms after which the columns of the frame are gone.
_SUMMARIES = frozenset({"aggregate", "density", "loess", "quantile", "regression", "pivot"})


def _tooltip_views(context: Context) -> list[View]:
    """Views that get tooltips: those that are named, else all that show the main data."""
    low = context.clause.low
    units = [
        unit
        for unit in context.script.units
        if unit.mark and unit.mark.kind not in {"text", "rule", "errorband"}
    ]
    if not units:
        return list(context.script.units)
    main = units[0].data
    units = [unit for unit in units if unit.data in {main, ""}]
    mentioned = re.findall(
        r"(?:hover\w*|mouse) over (?:each |every |the |these |those |any |a |all )*((?:\w+ "
        r")?(?:\w+)(?: (?:and|or) \w+)?)",
        low,
    )
    named = [unit for unit in units if any(names_mark(words, unit) for words in mentioned)]
    if named:
        return named
    plain = [unit for unit in units if unit.mark and unit.mark.kind != "errorbar"]
    return plain or units


def _tooltip(
    context: Context, view: View, asked: list[str], wanted: str, fields: Fields
) -> list[Splice] | None:
    """The splices that give `view` its tooltip, or add to the one it has."""
    script = context.script
    channels = [
        replace(c, type="nominal") if c.type is None and not (view.data or c.aggregate) else c
        for c in _shown(view)
    ]
    typed: dict[str | None, Channel] = {c.field: c for c in channels if c.field}
    grouped = any(channel.aggregate or channel.bin for channel in channels)
    grouped = grouped or any(step.kind in _SUMMARIES for step in view.transforms)
    added: dict[str, Channel] = {}
    for name in asked:
        if name not in typed and (not grouped or name in fields.made):
            added[name] = Channel("tooltip", field=name, type=_type_of(context, name, fields, view))
    existing = view.channels.get("tooltip")
    if existing is None:
        items = [
            _item(script, _as_in_the_frame(script, channel, view, fields.frame), wanted)
            for channel in (*channels, *added.values())
        ]
        own = bool(script.units) and view.channels != script.units[0].channels
        own = own or (view is not script.units[0] and view.mark != script.units[0].mark)
        listed = f"[{', '.join(items)}]"
        return add_channel(script, view, "tooltip", listed, own=own) if items else None
    have = {(item.field, item.aggregate) for item in (existing, *existing.items)}
    fields_there = {field for field, _ in have}
    more = [
        _item(script, channel, wanted)
        for channel in channels
        if (channel.field, channel.aggregate) not in have
        and channel.field not in fields_there
        and channel.field in asked
    ]
    more += [
        _item(script, channel, wanted)
        for name, channel in added.items()
        if name not in fields_there
    ]
    if more:
        return _extend(script, existing, more)
    return _with_formats(script, existing, typed, wanted) if wanted else None


def _with_formats(
    script: Script, existing: Channel, typed: dict[str | None, Channel], wanted: str
) -> list[Splice] | None:
    """Give the amounts in a tooltip list a number format."""
    node: ast.expr | None = channel_site(existing) or existing.node
    if isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.List):
        node = node.args[0]
    members = node.elts if isinstance(node, ast.List | ast.Tuple) else ([node] if node else [])
    splices: list[Splice] = []
    for member, item in zip(members, existing.items or (existing,), strict=False):
        known = typed.get(item.field)
        kind = item.type or (known.type if known is not None else None)
        if not (item.aggregate or kind == "quantitative") or split_name(item.field or "")[-1:] == (
            "year",
        ):
            continue
        start, end = script.source.span(member)
        if isinstance(member, ast.Constant):
            made = f"{script.alias}.Tooltip({script.segment(member)}, format={quoted(wanted)})"
            splices.append(Splice(start, end, made))
        elif isinstance(member, ast.Call) and getattr(member.func, "attr", "") == "Tooltip":
            splices.append(script.set_keyword(member, "format", quoted(wanted)))
    return splices


def _shown(view: View) -> list[Channel]:
    """The channels that show data, each field once, categories before amounts."""
    order = (
        "x",
        "y",
        "color",
        "theta",
        "radius",
        "size",
        "shape",
        "text",
        "x2",
        "y2",
        "detail",
        "facet",
        "row",
        "column",
        "xOffset",
        "yOffset",
        "fill",
        "stroke",
        "opacity",
        "strokeDash",
    )
    x, y = view.channels.get("x"), view.channels.get("y")
    if x is not None and y is not None and _is_amount(x) and not _is_amount(y):
        order = ("y", "x", *order[2:])
    found: dict[tuple[str | None, str | None, str | None], Channel] = {}
    for name in order:
        channel = view.channels.get(name)
        members = channel.items if channel is not None and channel.items else (channel,)
        for item in members:
            if item is None or not (item.field or item.aggregate == "count"):
                continue
            if item.aggregate in {"argmax", "argmin"} or isinstance(
                item.options.get("aggregate"), dict
            ):
                continue
            if item.type is None and name in {"x2", "y2"}:
                base = view.channels.get(name[0])
                item = replace(item, type=base.type if base is not None else "quantitative")
            found.setdefault((item.field, item.aggregate, item.time_unit), item)
    return list(found.values())


def _is_amount(channel: Channel) -> bool:
    """Whether a channel shows a number that is measured."""
    return bool(channel.aggregate) or channel.type == "quantitative"


def _as_in_the_frame(
    script: Script, channel: Channel, view: View, frame: tuple[str, ...]
) -> Channel:
    """A column in a tooltip carries no type, as people write it: Altair reads it from the frame.

    Dates keep theirs (in the frame they are often text), and so does what the chart makes.
    """
    if channel.aggregate or channel.time_unit or channel.bin or channel.type == "temporal":
        return channel
    steps = [
        script.segment(node)[len(script.segment(node.func)) :]
        for node in ast.walk(script.source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith("transform_")
    ]
    made = steps and channel.field not in frame  # also under the names that Vega-Lite gives
    if not view.data or made or any(str(channel.field) in step for step in steps):
        return channel
    return replace(channel, type=None)


def _item(script: Script, channel: Channel, formats: str) -> str:
    """One tooltip entry as source text."""
    short = quoted(channel.shorthand())
    options: list[str] = []
    if channel.bin:
        value = channel.bin if isinstance(channel.bin, bool) else None
        options.append(
            f"bin={value}" if value is not None else f"bin={_bin_source(script, channel)}"
        )
    title = channel.options.get("title")
    if isinstance(title, str) and title:
        options.append(f"title={quoted(title)}")
    amount = channel.aggregate or (channel.type == "quantitative" and not channel.bin)
    year = split_name(channel.field or "")[-1:] in {("year",), ("id",)}
    if formats and amount and not year:
        options.append(f"format={quoted(formats)}")
    if not options:
        return short
    return f"{script.alias}.Tooltip({short}, {', '.join(options)})"


def _bin_source(script: Script, channel: Channel) -> str:
    node = channel.node
    for inner in ast.walk(node) if node is not None else ():
        if isinstance(inner, ast.keyword) and inner.arg == "bin":
            return script.segment(inner.value)
        if (
            isinstance(inner, ast.Call)
            and getattr(inner.func, "attr", "") == "bin"
            and inner.keywords
        ):
            return f"{script.alias}.Bin({', '.join(script.segment(k) for k in inner.keywords)})"
    return "True"


def _extend(script: Script, existing: Channel, items: list[str]) -> list[Splice] | None:
    """Add entries to a tooltip list, or make a list of a single entry."""
    node: ast.expr | None = channel_site(existing) or existing.node
    if isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.List):
        node = node.args[0]
    if isinstance(node, ast.Name):
        node = None
    if node is None:
        return None
    if isinstance(node, ast.List | ast.Tuple) and node.elts:
        end = script.source.span(node.elts[-1])[1]
        return [Splice(end, end, "".join(f", {item}" for item in items))]
    start, end = script.source.span(node)
    return [Splice(start, end, f"[{script.segment(node)}, {', '.join(items)}]")]


def _type_of(context: Context, name: str, fields: Fields, view: View) -> str | None:
    """The type of a field as another channel gives it; what a transform makes is a number."""
    for unit in context.script.units:
        for channel in unit.channels.values():
            for item in (channel, *channel.items):
                if item.field == name and item.type:
                    return item.type
    if name in fields.made:
        return "quantitative"
    return None if view.data else "nominal"


# ── formats, legends, labels on axes ────────────────────────────────────────────────────────


def number_format(text: str) -> str:
    """The d3 format that a clause asks for, or an empty string."""
    places = re.search(
        r"\b(\d|one|two|three|no|zero)\s+decimals?\b|\b(\d|one|two|three|no|zero)[\s-]decimal", text
    )
    count = {"one": 1, "two": 2, "three": 3, "no": 0, "zero": 0}
    number = None
    if places:
        word = places[1] or places[2]
        number = count.get(word, int(word) if word.isdigit() else 2)
    elif "decimal" in text:
        number = 2
    if re.search(
        r"\bdollars? (?:sign|format\w*)|\bcurrency\b|\bproper dollar|\$ (?:sign|format)", text
    ):
        return f"$,.{2 if number is None else number}f"
    if re.search(r"\bcommas?\b|thousands? separators?", text):
        return ",." + str(number) + "f" if number is not None else ","
    if number is not None:
        return f".{number}f"
    return ""


def formats(context: Context) -> bool | None:
    """Number formats on the axis of the amount (those of tooltips are made with them)."""
    low = context.clause.core
    wanted = number_format(low)
    percent = re.search(r"\b(?:as|in|to) (?:a )?percent(?:age)?s?\b|\bpercent(?:age)? format", low)
    if re.search(r"tool-?tip|hover|\blabels?\b.*\b(?:on|above)\b", context.clause.low) or not (
        wanted or percent
    ):
        return None
    if not re.search(r"\bax[ie]s\b|\bformat\w*\b|\bvalues?\b|\bnumbers?\b|\bticks?\b", low):
        return None
    wanted = wanted or ".0%"
    main = context.main
    measure = measure_channel(main) if main else None
    if main is None or measure is None or measure.name not in {"x", "y"}:
        return False
    changed = context.each(
        [main],
        lambda view: set_part(
            context.script, view.channels[measure.name], "axis", {"format": quoted(wanted)}
        ),
    )
    if changed:
        context.done.append(f"{measure.name} axis format {wanted}")
    return changed


# ── text on marks ───────────────────────────────────────────────────────────────────────────


def value_labels(context: Context) -> bool | None:
    """Numbers written on bars, points or slices, as one more layer."""
    low = context.clause.core
    shown = r"(?:labels?|numbers?|values?|percentages?|counts?|amounts?|figures?)"
    where = (
        r"(?:on|above|atop|at the top of|on top of|next to|beside|inside|directly on|over|"
        r"at the end of)"
    )
    if not (
        re.search(
            rf"\b{shown}\b.{{0,40}}\b{where}\b\s+(?:top of\s+)?(?:each|the|every|all"
            rf"|my)?\s*(?:of the\s+)?(?:\w+\s+)?(?:bars?|points?|segments?|slices?|chart"
            rf"|cells?|squares?)\b",
            low,
        )
        or re.search(r"\b(?:data|value|text|percentage|number) labels?\b", low)
    ) or re.search(
        r"tool-?tip|hover|\bax[ie]s\b.{0,12}\b(?:labels?|titles?)|\blabels?\b.{0,16}\bax[ie]s\b",
        low,
    ):
        return None
    script = context.script
    texts = [u for u in script.units if u.mark and u.mark.kind == "text"]
    shares = [u for u in texts if "theta" in u.channels and u.channels["theta"].field]
    if "percentage" in low and shares:
        return _shares(context, shares)
    if texts and not re.search(r"\badd\b", low):
        return None
    targets = [
        u
        for u in context.targets()
        if u.mark and u.mark.kind in {"bar", "rect", "arc", "point", "circle", "line", "tick"}
    ]
    if not targets:
        return False
    view = targets[0]
    code = _label_code(context, view)
    if not code or not add_layer(script, view, script.free_name("labels", "text_labels"), code):
        return False
    context.done.append("value labels")
    return True


def _shares(context: Context, texts: list[View]) -> bool:
    """Text on slices: each slice's share of the whole."""
    script = context.script
    field = texts[0].channels["theta"].field or ""
    if not field.isidentifier() or len(texts) != 1 or texts[0].mark is None:
        return False
    node = texts[0].mark.node
    if node is None or not isinstance(node.func, ast.Attribute):
        return False
    wanted = number_format(context.clause.low) or ".1f"
    spot = script.source.span(node.func.value)[1]
    steps = (
        f".transform_joinaggregate(whole='sum({field})')"
        f".transform_calculate(share='datum.{field} / datum.whole')"
    )
    text = f"{script.alias}.Text('share:Q', format={quoted(wanted.rstrip('f') + '%')})"
    splices = add_channel(script, texts[0], "text", text)
    if not splices or not context.apply([Splice(spot, spot, steps), *splices]):
        return False
    context.done.append("shares on slices")
    return True


def _label_code(context: Context, view: View) -> str:
    """The expression of the label layer; ``{base}`` is the chart it belongs to."""
    kind = view.mark.kind if view.mark else ""
    measure = view.channels.get("color") if kind == "rect" else measure_channel(view)
    if measure is None or not (measure.field or measure.aggregate):
        return ""
    text = quoted(measure.shorthand())
    wanted = number_format(context.clause.low)
    if not wanted and measure.aggregate in {"mean", "average", "median"}:
        wanted = ".2f"
    alias = context.script.alias
    shown = f"{alias}.Text({text}, format={quoted(wanted)})" if wanted else text
    if kind == "arc":
        outer = view.mark.options.get("outerRadius") if view.mark else None
        radius = f"{outer + 15:g}" if isinstance(outer, int | float) else "120"
        return f"{{base}}.mark_text(radius={radius}).encode(text={shown})"
    if kind == "rect":
        place = ""
    elif measure.name == "x":
        place = "align='left', dx=3"
    else:
        place = "align='center', baseline='bottom', dy=-3"
    colour = view.channels.get("color")
    extra = f", color={alias}.value('black')" if colour is not None and kind != "rect" else ""
    return f"{{base}}.mark_text({place}).encode(text={shown}{extra})"


LABEL_EDITS = (tooltips, formats, value_labels)
