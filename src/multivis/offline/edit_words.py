"""Edits of what can be read in an Altair chart: titles, axes, tooltips, legends, labels, formats."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from multivis.charts.reference import Channel, View
from multivis.offline.edit_altair import (
    add_channel,
    add_layer,
    channel_site,
    set_channel_option,
    set_part,
    set_property,
)
from multivis.offline.edit_clauses import Clause
from multivis.offline.edit_fields import (
    Fields,
    dimension_channel,
    measure_channel,
    named_fields,
    read_fields,
    title_of,
)
from multivis.offline.edit_script import Script, Splice, quoted
from multivis.offline.words import likeness, split_name, stem

__all__ = ["WORD_EDITS", "Context"]

_AXIS = re.compile(r"\b([xy])[\s-]*ax(?:is|es)\b|\b(horizontal|vertical)\s+axis\b")
_TITLE_WORDS = r"(?:titles?|labels?|labell?ed|captions?|names?|headings?)"


@dataclass
class Context:
    """What an edit works on: the script, one clause, and what it may report.

    Attributes:
        script: The script, changed in place.
        clause: The clause.
        columns: Columns of the frame, when the caller knows them.
        done: What was done, in words.
        left_out: What was understood and could not be done.
    """

    script: Script
    clause: Clause
    columns: tuple[str, ...] = ()
    done: list[str] = None  # type: ignore[assignment]
    left_out: list[str] = None  # type: ignore[assignment]
    schema_text: str = ""

    @property
    def fields(self) -> Fields:
        """The fields at hand."""
        return read_fields(self.script, self.columns)

    @property
    def main(self) -> View | None:
        """The unit view that the clause most likely means: one of a mark it names, else the first
        that is no text and no rule."""
        units = self.script.units
        for unit in self.targets():
            return unit
        return units[0] if units else None

    def targets(self) -> list[View]:
        """The unit views of the marks that the clause names; else all that show data."""
        named = [
            unit for unit in self.script.units if unit.mark and _names_mark(self.clause.low, unit)
        ]
        if named:
            return named
        plain = [u for u in self.script.units if u.mark and u.mark.kind not in {"text", "rule"}]
        return plain or list(self.script.units)

    def each(self, views: list[View], action) -> bool:  # type: ignore[no-untyped-def]
        """Apply `action(view) -> splices` to each of the views by its place in the chart."""
        places = [
            index for index, unit in enumerate(self.script.units) if any(unit is v for v in views)
        ]
        changed = False
        for place in places:
            if place < len(self.script.units):
                changed = self.script.apply(action(self.script.units[place])) or changed
        return changed


_MARK_WORDS = {
    "bar": r"\bbars?\b(?! chart| graph)|\bcolumns?\b|\bsegments?\b",
    "line": r"\blines?\b(?! chart| graph)",
    "point": r"\b(?:points?|dots?|circles?|markers?|bubbles?|scatter points?)\b(?! chart| plot)",
    "circle": r"\b(?:points?|dots?|circles?|markers?|bubbles?)\b(?! chart| plot)",
    "square": r"\b(?:points?|squares?|markers?)\b",
    "area": r"\bareas?\b(?! chart| graph)",
    "rule": r"\b(?:rules?|(?:mean|average|median|reference|threshold|red) lines?)\b",
    "arc": r"\b(?:slices?|segments?|arcs?|wedges?)\b",
    "tick": r"\bticks?\b(?! marks?| labels?)|\bmarks?\b",
    "errorbar": r"\berror\s?bars?\b",
    "text": r"\b(?:text|labels?)\b",
    "rect": r"\b(?:cells?|squares?|rectangles?|tiles?)\b",
    "trail": r"\b(?:trails?|lines?)\b",
}


def _names_mark(text: str, unit: View) -> bool:
    kind = unit.mark.kind if unit.mark else ""
    pattern = _MARK_WORDS.get(kind)
    return pattern is not None and kind != "text" and re.search(pattern, text) is not None


# ── titles ──────────────────────────────────────────────────────────────────────────────────


def chart_title(context: Context) -> bool | None:
    """A title over the chart: the quoted text, else one made of what the chart shows."""
    low = context.clause.core
    if not re.search(r"\b(?:titled?|heading|headline|caption)\b|\bcall (?:it|the chart)\b", low):
        return None
    if re.search(
        r"\b(?:both|each|all) (?:of the )?(?:charts?|sections?|panels?|plots?|views?)\b", low
    ):
        return _part_titles(context)
    without_axes = re.sub(
        r"(?:[xy][\s-]*)?ax(?:is|es)(?:'s)?\s+(?:titles?|labels?)|legend titles?|titles? (?:of|for|on|to) (?:the |both |each )?"
        r"(?:[xy][\s-]?)?(?:ax(?:is|es)|legend)",
        "",
        low,
    )
    if not re.search(
        r"\b(?:titled?|heading|headline|caption)\b|\bcall (?:it|the chart)\b", without_axes
    ):
        return None
    if (
        re.search(r"\btitles?\b.{0,30}\b(?:stand out|bigger|larger|bold\w*|formatting|font)\b", low)
        and not context.clause.quotes
    ):
        return None
    if re.search(r"\b(?:remove|hide|drop|delete)\b.*\btitle\b", low):
        return None
    view = context.script.facts.view
    if view is None:
        return None
    quotes = [q for q in context.clause.quotes if not _quote_is_for_axis(context.clause, q)]
    if _AXIS.search(without_axes) and not quotes:
        return None
    title = quotes[0] if quotes else _unquoted_title(context.clause.text) or made_title(context)
    return _set_chart_title(context, title)


def _unquoted_title(text: str) -> str:
    """``title it Sales by Region`` and ``titled Sales by Region``: words in capitals."""
    match = re.search(
        r"(?:title it|titled|title (?:of|to|as|:)|call it)[:,]?\s+((?:[A-Z][\w&'/%-]*|by|of|in|and|vs\.?|per|the|over|for|to|\d+|\s)+)",
        text,
    )
    words = match[1].strip() if match else ""
    return words if len(words.split()) >= 2 and words[:1].isupper() else ""


def _quote_is_for_axis(clause: Clause, quote: str) -> bool:
    """Whether the quoted text stands next to the mention of an axis rather than of the title."""
    number = clause.quotes.index(quote)
    spot = clause.low.find(f'"{number}"')
    around = clause.low[max(0, spot - 60) : spot]
    after = clause.low[spot + 3 : spot + 40]
    if re.match(r"\s+(?:for|on|as|to|along) (?:the )?[xy][\s-]*axis", after):
        return True
    axis = list(_AXIS.finditer(around))
    title = [m for m in re.finditer(r"\b(?:chart |plot |graph |overall )?title\b", around)]
    if not axis:
        return bool(re.search(r"ax(?:is|es) (?:titles?|labels?)|legend title", around))
    return not title or title[-1].start() < axis[-1].start() or "axis title" in around


def _set_chart_title(context: Context, title: str) -> bool:
    script = context.script
    view = script.facts.view
    if view is None:
        return False
    if view.kind == "layer" and "title" not in view.properties:
        owners = [child for child in view.children if "title" in child.properties]
        if len(owners) == 1:
            view = owners[0]
    if script.apply(set_property(script, view, {"title": quoted(title)})):
        context.done.append(f"title: {title}")
        return True
    return False


def _part_titles(context: Context) -> bool | None:
    """A title for each part of a concatenated chart."""
    script = context.script
    top = script.facts.view
    if top is None or top.kind not in {"hconcat", "vconcat", "concat"}:
        return None
    quotes = context.clause.quotes
    changed = False
    for index in range(len(top.children)):
        current = script.facts.view
        if current is None or index >= len(current.children):
            break
        part = current.children[index]
        units = list(part.units())
        if index < len(quotes):
            title = quotes[index]
        else:
            title = _title_of_view(units[0]) if units else ""
        if title and script.apply(set_property(script, part, {"title": quoted(title)})):
            changed = True
    if changed:
        context.done.append("a title for each part")
    return changed


def made_title(context: Context) -> str:
    """A title that says what the chart shows, from its channels."""
    main = next(
        (u for u in context.script.units if u.mark and u.mark.kind not in {"text", "rule"}), None
    )
    return _title_of_view(main) if main else "Chart"


def _title_of_view(view: View) -> str:
    measure, dimension = measure_channel(view), dimension_channel(view)
    color = view.channels.get("color")
    kind = view.mark.kind if view.mark else ""
    if measure is not None and dimension is not None:
        if dimension.bin and measure.aggregate == "count":
            title = f"Distribution of {title_of(dimension)}"
        elif kind in {"point", "circle", "square"} and dimension.type == "quantitative":
            title = f"{title_of(measure)} vs. {title_of(dimension)}"
        elif dimension.type == "temporal":
            title = f"{title_of(measure)} over {_time_word(dimension)}"
        else:
            title = f"{title_of(measure)} by {title_of(dimension)}"
    else:
        shown = measure or dimension
        title = title_of(shown) if shown is not None else "Chart"
    if color is not None and color.field and color.type in {"nominal", "ordinal"}:
        name = title_of(color)
        if name not in title:
            joint = " and " if " by " in title else " by "
            title += joint + name
    return title


def _time_word(channel: Channel) -> str:
    name = title_of(channel)
    return name if name.lower() not in {"date", "day"} else "Time"


# ── axis and legend titles ──────────────────────────────────────────────────────────────────


def axis_titles(context: Context) -> bool | None:
    """Axis titles: quoted texts go to the axis named beside them, else to the field they are like."""
    low = context.clause.core
    about_axis = _AXIS.search(low) or re.search(r"\b(?:axis|axes)\b", low)
    renames = (
        re.search(r"\b(?:label|call it|rename|title)\b", low) and len(context.clause.quotes) >= 1
    )
    if not (about_axis and re.search(_TITLE_WORDS + r"|\bcall\b|\bdescriptive\b", low)) and not (
        renames and re.search(r"\b(?:instead of|from|rather than)\b|\brename\b|\bcall it\b", low)
    ):
        return None
    if (
        re.search(r"\b(?:rotat\w*|angle|tilt\w*|horizontal|overlap\w*|crowded|font|size)\b", low)
        and not context.clause.quotes
    ):
        return None
    new, old = _old_and_new(context.clause)
    assigned = _assign(context, new, old)
    if not assigned and not context.clause.quotes:
        assigned = _descriptive(context)
    changed = False
    for name, title in assigned.items():
        applied = context.each(
            [unit for unit in context.script.units if name in unit.channels],
            lambda view, name=name, title=title: _retitle(
                context.script, view.channels[name], title
            ),
        )
        if applied:
            context.done.append(f"{name} title: {title}")
            changed = True
    return changed


def _retitle(script: Script, channel: Channel, title: str) -> list[Splice] | None:
    """Set the title where it already is: on the channel or in its axis."""
    axis = channel.options.get("axis")
    if isinstance(axis, dict) and "title" in axis:
        return set_part(script, channel, "axis", {"title": quoted(title)})
    return set_channel_option(script, channel, "title", quoted(title))


def _old_and_new(clause: Clause) -> tuple[list[tuple[int, str]], list[str]]:
    """Quoted texts that are wanted (with their place) and those that are to go."""
    new: list[tuple[int, str]] = []
    old: list[str] = []
    for number, quote in enumerate(clause.quotes):
        spot = clause.low.find(f'"{number}"')
        before = clause.low[:spot]
        after = clause.low[spot + 3 :]
        if re.search(r"(?:instead of|rather than|from|not)(?: just| the| simply)*\s*$", before) or (
            re.match(r"\s+(?:is|are|seems) (?:a bit|a little|too|very|long)", after)
            or re.match(r"\s*to\s+\"\d", after)
            or (re.search(r"label\s*$", before) and len(clause.quotes) > number + 1)
        ):
            old.append(quote)
        else:
            new.append((spot, quote))
    return new, old


def _assign(context: Context, new: list[tuple[int, str]], old: list[str]) -> dict[str, str]:
    """Channel → title."""
    low = context.clause.low
    mentions = [
        (m.start(), m.end(), m[1] or ("x" if m[2] == "horizontal" else "y"))
        for m in _AXIS.finditer(low)
    ]
    result: dict[str, str] = {}
    if old and new and not mentions:
        for channel in _channels_called(context, old[0]):
            result[channel] = new[0][1]
        return result
    loose: list[str] = []
    for spot, quote in new:
        if not _quote_is_for_axis(context.clause, quote) and re.search(
            r"(?<!axis )\btitle\b[^\"]*$", low[max(0, spot - 40) : spot]
        ):
            continue
        name = _nearest_axis(mentions, spot, low)
        if name and name not in result:
            result[name] = quote
        else:
            loose.append(quote)
    for quote in loose:
        by_field = _channel_like(context, quote, set(result))
        if by_field:
            result[by_field] = quote
    return result


def _nearest_axis(mentions: list[tuple[int, int, str]], spot: int, low: str) -> str:
    after = [
        m
        for m in mentions
        if m[0] > spot
        and re.fullmatch(r'"\d+"\s*(?:for|on|as|to|along|in)?\s*(?:the)?\s*', low[spot : m[0]])
    ]
    if after:
        return after[0][2]
    before = [m for m in mentions if m[1] <= spot]
    return before[-1][2] if before else (mentions[0][2] if mentions else "")


def _channels_called(context: Context, name: str) -> list[str]:
    wanted = split_name(name)
    found = []
    for unit in context.script.units:
        for channel in unit.channels.values():
            spelt = {split_name(title_of(channel)), split_name(channel.field or "")}
            if wanted in spelt and channel.name != "tooltip":
                found.append(channel.name)
    return list(dict.fromkeys(found))


def _channel_like(context: Context, quote: str, taken: set[str]) -> str:
    """The positional channel whose field is most like a title."""
    words = [stem(word) for word in re.findall(r"[a-z0-9]+", quote.lower())]
    best, chosen = 0.0, ""
    for unit in context.script.units:
        for name in ("x", "y"):
            channel = unit.channels.get(name)
            if channel is None or name in taken:
                continue
            spelt = [*split_name(channel.field or ""), *split_name(title_of(channel))]
            score = sum(max((likeness(a, b) for b in spelt), default=0.0) for a in words)
            if channel.aggregate == "count" and {"count", "frequency", "number"} & set(words):
                score += 2
            if score > best:
                best, chosen = score, name
    if chosen:
        return chosen
    free = [name for name in ("x", "y") if name not in taken]
    return free[0] if free else ""


def _descriptive(context: Context) -> dict[str, str]:
    """ "Proper axis labels": names made readable, where the script gives none."""
    low = context.clause.core
    wanted = {m[1] or ("x" if m[2] == "horizontal" else "y") for m in _AXIS.finditer(low)} or {
        "x",
        "y",
    }
    result: dict[str, str] = {}
    for unit in context.script.units:
        for name in sorted(wanted):
            channel = unit.channels.get(name)
            if channel is None or name in result or not (channel.field or channel.aggregate):
                continue
            axis = channel.options.get("axis")
            titled = "title" in channel.options or (isinstance(axis, dict) and "title" in axis)
            if not titled:
                result[name] = title_of(channel)
    return result


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
    titles = _titles(context)
    asked = named_fields(low, fields.all, titles)
    everything = re.search(
        r"\b(?:all|every|more|full)\b.{0,20}\b(?:details?|information|info|data)\b", low
    )
    if everything:
        asked = list(dict.fromkeys([*asked, *fields.frame]))
    formats = number_format(low)
    changed = context.each(targets, lambda view: _tooltip(context, view, asked, formats, fields))
    if changed:
        context.done.append("tooltips")
        return True
    return None if all("tooltip" in unit.channels for unit in targets) and targets else False


def _titles(context: Context) -> dict[str, str]:
    """Field → the title it has on an axis."""
    result: dict[str, str] = {}
    for unit in context.script.units:
        for channel in unit.channels.values():
            title = channel.options.get("title")
            if channel.field and isinstance(title, str):
                result.setdefault(channel.field, title)
    return result


def _tooltip_views(context: Context) -> list[View]:
    """Views that get tooltips: those that are named, else all that show data."""
    low = context.clause.core
    units = [u for u in context.script.units if u.mark and u.mark.kind not in {"text", "rule"}]
    mentioned = re.search(
        r"hover\w* over (?:each |every |the |these |those |any |a )*(?:\w+ )?(\w+)", low
    )
    if mentioned:
        named = [u for u in units if _names_mark(mentioned[1], u)]
        if named:
            return named
    return units or list(context.script.units)


def _tooltip(
    context: Context, view: View, asked: list[str], formats: str, fields: Fields
) -> list[Splice] | None:
    script = context.script
    channels = _shown(view)
    typed = {channel.field: channel for channel in channels if channel.field}
    existing = view.channels.get("tooltip")
    grouped = any(channel.aggregate or channel.bin for channel in channels)
    added: list[str] = []
    for name in asked:
        if name in typed or (grouped and name not in fields.made):
            continue
        known = _type_of(context, name)
        added.append(_item(script, Channel("tooltip", field=name, type=known), formats))
    if existing is not None:
        have = {item.field for item in (existing, *existing.items)}
        aggregates = {(i.field, i.aggregate) for i in (existing, *existing.items)}
        more = [
            _item(script, c, formats)
            for c in channels
            if (c.field, c.aggregate) not in aggregates and c.field not in have and c.field in asked
        ]
        more += [
            text
            for name, text in zip([n for n in asked if n not in typed], added, strict=False)
            if name not in have
        ]
        return _extend(script, existing, more) if more else None
    items = [_item(script, channel, formats) for channel in channels] + added
    if not items:
        return None
    separator = ", "
    return add_channel(script, view, "tooltip", f"[{separator.join(items)}]")


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
            found.setdefault((item.field, item.aggregate, item.time_unit), item)
    return list(found.values())


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


def _type_of(context: Context, name: str) -> str | None:
    for unit in context.script.units:
        for channel in unit.channels.values():
            for item in (channel, *channel.items):
                if item.field == name and item.type:
                    return item.type
    return None


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
    where = r"(?:on|above|atop|at the top of|on top of|next to|beside|inside|directly on|over|at the end of)"
    if not (
        re.search(
            rf"\b{shown}\b.{{0,40}}\b{where}\b\s+(?:top of\s+)?(?:each|the|every|all|my)?\s*(?:of the\s+)?(?:\w+\s+)?(?:bars?|points?|segments?|slices?|chart|cells?|squares?)\b",
            low,
        )
        or re.search(r"\b(?:data|value|text|percentage|number) labels?\b", low)
    ) or re.search(r"tool-?tip|hover|\bax[ie]s\b", low):
        return None
    script = context.script
    if any(u.mark and u.mark.kind == "text" for u in script.units) and not re.search(
        r"\badd\b", low
    ):
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


WORD_EDITS = (tooltips, chart_title, axis_titles, formats, value_labels)
