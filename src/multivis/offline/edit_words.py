"""Edits of the title of an Altair chart and of the titles of its axes and legends."""

from __future__ import annotations

import re
from functools import partial

from multivis.charts.reference import Channel, View
from multivis.offline.edit_altair import set_channel_option, set_part, set_property
from multivis.offline.edit_clauses import Clause
from multivis.offline.edit_context import Context
from multivis.offline.edit_fields import dimension_channel, measure_channel, title_of
from multivis.offline.edit_script import Script, Splice, quoted
from multivis.offline.words import likeness, split_name, stem

__all__ = ["WORD_EDITS", "made_title", "title_of_view", "unquoted_title"]

_AXIS = re.compile(r"\b([xy])[\s-]*ax(?:is|es)\b|\b(horizontal|vertical)\s+axis\b")
_TITLE_WORDS = r"(?:titles?|labels?|labell?ed|captions?|names?|headings?)"


# ── titles ──────────────────────────────────────────────────────────────────────────────────


_TITLE_ASKED = re.compile(
    r"\b(?:add|give|include|put|have|change|set|update|improve|use|make|with|need|want|like"
    r"|proper|clear\w*|new|better|"
    r"descriptive|overall|main|chart|a)\b[^.]{0,45}\b(?:titles?|heading|headline|caption)\b"
    r"|\btitled?\b\s*(?:it|:|\"|\bas\b|to\b)"
    r"|\bcall (?:it|the chart|this chart)\b|^titles?\b|\bshorten\b.*\""
    r"|\btitle\b[^.]{0,60}\b(?:shorten|chang\w+|something like|should|could be|clearer)\b"
)
_OTHER_TITLE = re.compile(
    r"\b(?:held|hold|holds|won|win|wins|lost|job|book|movie|film|song|album|course)\s+(?:the "
    r"|a |his |her |their )?titles?\b"
    r"|(?:[xy][\s-]*)?\bax(?:is|es)(?:'s)?\s+(?:titles?|labels?)|\blegend titles?"
    r"|\btitles? (?:of|for|on|to) (?:the |both |each )?(?:[xy][\s-]?)?(?:ax(?:is|es)|legend)"
)


def chart_title(context: Context) -> bool | None:
    """A title over the chart: the quoted text, else one made of what the chart shows."""
    clause = context.clause
    low = _OTHER_TITLE.sub("", clause.core)
    if not _TITLE_ASKED.search(low) or re.search(
        r"\b(?:remove|hide|drop|delete)\b.*\btitle\b", low
    ):
        return None
    if re.search(
        r"\b(?:both|each|all) (?:of the )?(?:charts?|sections?|panels?|plots?|views?)\b", low
    ):
        return _part_titles(context)
    look = r"\btitles?\b.{0,40}\b(?:stand out|bigger|larger|bold\w*|formatting|font)\b"
    if re.search(look, low) and not clause.quotes:
        return None
    if context.script.facts.view is None:
        return None
    quotes = [quote for quote in clause.quotes if not _quote_is_for_axis(clause, quote)]
    _, old = _old_and_new(clause)
    if old and _channels_called(context, old[0]):
        return None  # "call it X instead of Y", and Y is the title of an axis
    quotes = [quote for quote in quotes if quote not in old]
    if not quotes and (_AXIS.search(low) and re.search(r"\bcall\b|\blabel\b", low)):
        return None
    if "call" in low and not re.search(r"\btitle\b", low) and _AXIS.search(low):
        return None
    title = quotes[0] if quotes else unquoted_title(clause.text) or made_title(context)
    return _set_chart_title(context, title)


def unquoted_title(text: str) -> str:
    """``title it Sales by Region`` and ``titled Sales by Region``: words in capitals."""
    match = re.search(
        r"(?:title it|titled|title (?:of|to|as|:)|call it)[:,]?\s+((?:[A-Z][\w&'/%-]*|by|of|in"
        r"|and|vs\.?|per|the|over|for|to|\d+|\s)+)",
        text,
    )
    words = match[1].strip() if match else ""
    return words if len(words.split()) >= 2 and words[:1].isupper() else ""


def _quote_is_for_axis(clause: Clause, quote: str) -> bool:
    """Whether the quoted text stands next to the mention of an axis rather than of the title."""
    number = clause.quotes.index(quote)
    spot = clause.low.find(f'"{number}"')
    around = clause.low[max(0, spot - 90) : spot]
    after = clause.low[spot + 3 : spot + 40]
    if re.match(r"\s+(?:for|on|as|to|along) (?:the )?[xy][\s-]*ax", after):
        return True
    axis = [
        m.start() for m in re.finditer(r"\b[xy][\s-]*axis\b|\bax(?:is|es)\b|\blegend\b", around)
    ]
    heading = (
        r"(?<!axis )(?<!axes )(?<!legend )\b(?:title|heading|caption)\b(?! (?:of|for) the [xy])"
    )
    title = [m.start() for m in re.finditer(heading, around)]
    if not axis:
        return False
    return (
        not title
        or title[-1] < axis[-1]
        or bool(re.search(r"[xy][\s-]*axis[^\"]{0,12}title", around))
    )


def _set_chart_title(context: Context, title: str) -> bool:
    script = context.script
    view = script.facts.view
    if view is None:
        return False
    if view.kind == "layer" and "title" not in view.properties:
        owners = [child for child in view.children if "title" in child.properties]
        if len(owners) == 1:
            view = owners[0]
    if context.apply(set_property(script, view, {"title": quoted(title)})):
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
        made = title_of_view(units[0]) if units else ""
        title = quotes[index] if index < len(quotes) else made
        if title and context.apply(set_property(script, part, {"title": quoted(title)})):
            changed = True
    if changed:
        context.done.append("a title for each part")
    return changed


def made_title(context: Context) -> str:
    """A title that says what the chart shows, from its channels."""
    main = next(
        (u for u in context.script.units if u.mark and u.mark.kind not in {"text", "rule"}), None
    )
    return title_of_view(main) if main else "Chart"


def title_of_view(view: View) -> str:
    """A title made of the channels of one view."""
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
    """Axis titles: a quoted text goes to the axis beside it, else to the field it is like."""
    low = context.clause.core
    quotes = context.clause.quotes
    about_axis = bool(_AXIS.search(low) or re.search(r"\b(?:axis|axes)\b", low))
    renames = bool(quotes) and re.search(
        r"\b(?:instead of|from|rather than)\b|\brename\b|\bcall it\b", low
    )
    worded = re.search(_TITLE_WORDS + r"|\bcall\b|\bdescriptive\b", low)
    if not (about_axis and (worded or quotes)) and not (
        renames and re.search(r"\b(?:label|call it|rename|title)\b", low)
    ):
        return None
    turned = (
        r"\b(?:rotat\w*|angle|tilt\w*|horizontal\w*|overlap\w*|crowded|fonts?|bigger|larger|"
        r"grid\w*)\b"
    )
    if re.search(turned, low) and not quotes:
        return None
    new, old = _old_and_new(context.clause)
    assigned = _assign(context, new, old)
    if not assigned and not quotes:
        assigned = _descriptive(context)
    changed = False
    for name, title in assigned.items():
        applied = context.each(
            _same_axis(context, name),
            partial(_retitle, script=context.script, name=name, title=title),
        )
        if applied:
            context.done.append(f"{name} title: {title}")
            changed = True
    if not assigned and not quotes:
        context.satisfied = True  # every axis has a title of its own already
    return changed


def _same_axis(context: Context, name: str) -> list[View]:
    """The first view with the channel, and those that show the same on it."""
    views = [unit for unit in context.script.units if name in unit.channels]
    if not views:
        return []
    first = views[0].channels[name]

    def same(view: View) -> bool:
        channel = view.channels[name]
        return (channel.field, channel.aggregate, channel.node) == (
            first.field,
            first.aggregate,
            first.node,
        ) or (channel.field == first.field and "title" in channel.options)

    return [views[0], *(view for view in views[1:] if same(view))]


def _retitle(view: View, *, script: Script, name: str, title: str) -> list[Splice] | None:
    """Set the title where it already is: on the channel or in its axis."""
    channel = view.channels[name]
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
        before = low[max(0, spot - 90) : spot]
        if not _quote_is_for_axis(context.clause, quote) and re.search(r"\btitle\b", before):
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
            if wanted in spelt and channel.name not in {"tooltip", "text", "detail", "order"}:
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


WORD_EDITS = (chart_title, axis_titles)
