"""Readers for chart types, titles, axes, scales, direction and stacking.

Every reader takes a `Text` and yields demands. Patterns have bounded repetitions only, so that
reading stays linear whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from multivis.charts.demands import model as d
from multivis.charts.demands import words
from multivis.charts.demands.text import (
    AXIS,
    Quote,
    Reader,
    Text,
    axis_name,
    phrase_after,
    phrase_before,
)

__all__ = ["READERS"]

# ── chart types and marks ───────────────────────────────────────────────────────────────────

_ASKING = re.compile(
    r"\b(?:create|show|make|draw|plot|build|generate|give|produce|see|using|use|with|as|want|like"
    r"|display|design|render|into|need|visuali[sz]e|me|present)\b"
)
_COMPARING = re.compile(r"\b(?:not|instead of|rather than|like in|unlike|no)\s+(?:an?\s+)?$")

_THERE = re.compile(r"\b(?:this|my|current|existing)\s+(?:[\w-]+\s+){0,2}$")
_FILLED = re.compile(r"\b(?:filled|shaded|shading|area\s+(?:under|below|beneath|between))\b")


def charts(text: Text) -> Iterator[d.Demand]:
    """Chart types."""
    taken: list[tuple[int, int]] = []
    for word in words.CHART_WORDS:
        for match in word.pattern.finditer(text.low):
            start, end = match.span()
            if any(start < b and a < end for a, b in taken):
                continue
            taken.append((start, end))
            before = text.low[max(0, start - 60) : start]
            if _COMPARING.search(before):
                continue
            modifiers = set(word.modifiers)
            ahead = re.search(
                r"(?:(horizontal|vertical|stacked|grouped|normali[sz]ed|multi-?line|faceted"
                r"|layered|cumulative|step|simple|interactive|small|basic)[\s,-]+){1,4}$",
                before,
            )
            near = ahead.group() if ahead else ""
            for name in ("horizontal", "vertical", "stacked", "grouped", "normalized", "layered"):
                if name in near.replace("normalised", "normalized"):
                    modifiers.add(name)
            asked = bool(_ASKING.search(before)) and "layer" not in modifiers
            asked = asked and not _THERE.search(before)
            sure = 1.0 if asked else 0.8
            marks = word.marks
            if word.name == "line" and _FILLED.search(text.low):
                marks |= {"area"}
            yield d.ChartDemand(
                text.raw[start:end], start, end, sure, word.name, marks, frozenset(modifiers)
            )


def marks(text: Text) -> Iterator[d.Demand]:
    """Marks that are mentioned."""
    for pattern, mark in words.MARK_WORDS:
        for match in pattern.finditer(text.low):
            yield d.MarkDemand(match.group(), match.start(), match.end(), 0.4, mark)


# ── titles ──────────────────────────────────────────────────────────────────────────────────

_TITLE_WORD = re.compile(r"\b(?:(?:sub)?titled?|titles|heading|headed|headline|header|caption)\b")
_CALL_WORD = re.compile(
    r"\b(?:call(?:ed|ing)?|(?:re)?nam(?:e|ed|ing)|(?:re)?label(?:l?ed|l?ing)?|retitl(?:e|ed|ing)"
    r"|chang(?:e|ed|ing)\s+(?:it|them))\b"
)
_AXIS_NAMED = re.compile(
    r"\b(?:label|name|call|rename|relabel)\s+(?:the\s+|my\s+)?"
    + AXIS
    + r"|"
    + AXIS
    + r"(?:'s)?\s+(?:labels?|titles?|names?|captions?)\b"
)
_AXES_NAMED = re.compile(r"\baxis\s+(?:titles|labels|names)\b")
_PRONOUN = re.compile(
    r"\b(?:(?:re)?(?:call|name|label)|chang(?:e|ing)|shorten(?:ing)?|simplify(?:ing)?)\s+it\b"
)
_ON_ITS_AXIS = r"(?:\s*(?:label|title|caption)?\s+(?:on|of|for)\s+(?:the\s+)?" + AXIS + r")?"
_NEW = (
    r"\s*(?:label|title|caption)?\s*(?:(?:to|into|with|by)|(?:should|must|could|can|"
    r"ought\s+to)\s+(?:be"
    r"|read|say|become))\s+(?:just\s+|simply\s+|something\s+like\s+|be\s+|read\s+)?"
)
_TO_NEW = re.compile(_ON_ITS_AXIS + _NEW + r"$")

#: The axis only says where something lies: "names on the y-axis and the title 'Costs'".
_AFTER_PLACE = re.compile(
    r"\b(?:on|along) (?:the )?" + AXIS + r",?\s+and\s+(?:use\s+|add\s+)?(?:the\s+|a\s+)?titled?\s*$"
)
_CHART_WORD = re.compile(r"\b(?:charts?|graphs?|plots?|it|visuali[sz]ation|figure|diagram)\b")


# "'A' as the title and 'B' below it as subtitle"
_SUBTITLE = re.compile(r"\s*,?\s*(?:\w+ ){0,3}?(?:as|for|is|be) (?:the |a |its )?sub-?\s?title\b")


def titles(text: Text) -> Iterator[d.Demand]:
    """Quoted titles of the chart, its axes and its legend."""
    previous: tuple[str, d.AxisName | None] | None = None
    old: Quote | None = None
    for quote in text.quotes:
        if _SUBTITLE.match(quote.after):
            previous, old = None, quote
            continue
        kind = _title_kind(quote, _sentence_before(text, quote))
        if quote.joined or (old is not None and previous and _renames(text, old, quote)):
            kind = previous
        if quote.joined and previous == ("axis", "x") and _both_axes(text, quote):
            kind = ("axis", "y")
        previous, old = kind, quote
        if kind is None or _goes(quote):
            continue
        name, axis = kind
        span = (text.raw[quote.start : quote.end], quote.start, quote.end)
        if name == "title":
            yield d.TitleDemand(*span, 1.0, quote.text)
        elif name == "legend":
            yield d.LegendDemand(*span, 1.0, True, None, quote.text)
        else:
            yield d.AxisTitleDemand(*span, 0.95 if axis else 0.7, axis, quote.text)


def _both_axes(text: Text, quote: Quote) -> bool:
    """Whether the clause before a pair of quotes speaks of "the axes" without naming one."""
    clause = text.low[max(0, quote.start - 300) : quote.start]
    return bool(re.search(r"\b(?:both |the )axes\b[^.?!]{0,200}$", clause)) and not re.search(
        AXIS + r"[^.?!]{0,200}$", clause
    )


def _sentence_before(text: Text, quote: Quote) -> str:
    """The sentence up to a quote, earlier quotes blanked out."""
    return text.low[text.sentence(quote.start)[0] : quote.start]


def _renames(text: Text, old: Quote, new: Quote) -> bool:
    """Whether one quote takes another's place: from "A" to "B", "A" is too long; call it "B"."""
    if _TO_NEW.fullmatch(new.before):
        return True
    between = text.low[old.end : new.start]
    return len(between) < 120 and _goes(old) and bool(_PRONOUN.search(between))


_GOES = re.compile(
    _ON_ITS_AXIS + r"(?:" + _NEW + r"[\"'“‘«`]"
    r"|\s*(?:label|title|caption)?\s*(?:is|are|looks?|seems?|sounds?|feels?|isn't|doesn't)\b"
    r"(?!\s+(?:the|an?|its|my|on|what)\b(?!\s+(?:bit|little|tad)\b)))"
)


def _goes(quote: Quote) -> bool:
    """Whether a quote is what is there: "A" to "B", "A" is too long."""
    return bool(_GOES.match(quote.after))


def _title_kind(quote: Quote, sentence: str) -> tuple[str, d.AxisName | None] | None:
    """What a quote names: ("title", None), ("legend", None), ("axis", "x") or nothing."""
    clause = quote.before
    pronoun = list(_PRONOUN.finditer(sentence))
    spoken = list(_AXIS_NAMED.finditer(sentence, 0, pronoun[-1].start())) if pronoun else []
    if spoken and not re.search(
        r"\b(?:charts?|graphs?|plots?|headings?)\b", sentence[spoken[-1].end() :]
    ):
        return "axis", axis_name(spoken[-1].group(1) or spoken[-1].group(2))
    if _AXES_NAMED.search(clause) and not re.search(AXIS, clause):
        return "axis", None
    last = re.split(r",|\band (?=\w+ (?:it|the)\b)", clause)[-1]
    last = last if re.search(r"\w{4}", last) else clause
    behind = _named_behind(quote)
    if behind is not None and not _CHART_TITLE.search(last):
        return behind
    if _AFTER_PLACE.search(last):
        return "title", None
    named = list(re.finditer(AXIS, last))
    worded = _TITLE_WORD.search(last) or _CALL_WORD.search(last)
    if re.search(r"\b(?:add|annotat|with|place|put|write)\w*\b[^,]{0,30}$", last) and re.match(
        r"\s*(?:and\b[^.]{0,60})?labels?\b", quote.after
    ):
        return None
    if re.search(r"\blegend\b", last) and (worded or re.search(r"\bas\s*$", last)):
        return "legend", None
    if named and (
        worded or re.search(r"(?:as|with|to|:|axis|is|=|says?|read(?:s|ing)?)\s*$", last)
    ):
        return "axis", axis_name(named[-1].group(1))
    if re.search(r"\baxes\b", last) and worded:
        return "axis", "x"
    if worded and re.search(r"\b(?:subtitle|column|row|slider|ends?|sides?|columns)\b", last):
        return None
    if _TITLE_WORD.search(last):
        return "title", None
    if _CALL_WORD.search(last) and _CHART_WORD.search(last):
        return "title", None
    if named and not worded:
        return _placed(quote)
    if re.match(r"\s*,?\s*(?:as|for|is|be)\s+(?:the\s+)?(?:chart'?s?\s+)?title", quote.after):
        return "title", None
    if re.search(r"\b(?:label|labell?ed)\b", last) and re.match(r"x|y", last.strip()):
        return "axis", axis_name(last)
    return _placed(quote)


_CHART_TITLE = re.compile(r"\btitled?\s+(?:it|the|this)\b")
_BEHIND = re.compile(
    r"\s*,?\s*(?:as|for|be|is)\s+(?:the|an?|its)\s+(?:"
    + AXIS
    + r"(?:'s)?\s+(?:label|title|name|caption|heading)|(x|y|horizontal|vertical)\s+one\b)"
)


def _named_behind(quote: Quote) -> tuple[str, d.AxisName | None] | None:
    """A quote that is followed by "as the x-axis title"."""
    found = _BEHIND.match(quote.after)
    return ("axis", axis_name(found.group(1) or found.group(2))) if found else None


def _placed(quote: Quote) -> tuple[str, d.AxisName | None] | None:
    """A quote that is followed by "on the y-axis"."""
    place = re.match(r"\s*(?:on|along|for|as)\s+the\s+" + AXIS, quote.after)
    return ("axis", axis_name(place.group(1))) if place else None


_BARE_TITLE = re.compile(
    r"\b(?:[Tt]itle|[Tt]itled|[Cc]all|[Nn]ame)\s+(?:it|the chart|the graph|the plot)\s+(?:as\s+)?"
    r"([A-Z][\w'’&%()/:,-]*(?:\s+(?:[A-Z0-9(&][\w'’&%()/:,-]*|and|of|by|in|for|the|to|over|vs\.?"
    r"|with|per|a|an|on|at|from|between|across)){0,20})"
)


def bare_titles(text: Text) -> Iterator[d.Demand]:
    """Titles in Title Case with no quotes."""
    for match in _BARE_TITLE.finditer(text.raw):
        title = re.sub(r"(?:\s+(?:and|with|in|on|at|a|an|the|to|for))+$", "", match.group(1))
        if len(title.split()) > 1 and text.raw[match.end() : match.end() + 2].strip()[:1] != '"':
            title = title.rstrip(",:-")
            yield d.TitleDemand(match.group(), match.start(), match.end(), 0.7, title)


# ── axes ────────────────────────────────────────────────────────────────────────────────────

_ON_AXIS = re.compile(r"\b(?:on|along|across|down|as|for|in)\s+(?:the\s+)?" + AXIS + r"\b")
_AXIS_SHOWS = re.compile(
    r"\b" + AXIS + r"\s*(?:(?:should|would|will|to|can)\s+)?(?:show(?:s|ing)?|represent(?:s|ing)?"
    r"|display(?:s|ing)?|be|is|being|indicat(?:es?|ing)|for|plots?|have|has)\s+"
)
_NOT_CONTENT = re.compile(
    r"\b(?:logarithmic|log scale|scale|zero|label|labell?ed|titled?|start|gridlines?|grid)\b"
)


def axis_contents(text: Text) -> Iterator[d.Demand]:
    """What the axes show."""
    for match in _ON_AXIS.finditer(text.low):
        before = text.low[max(0, match.start() - 90) : match.start()]
        phrase = phrase_before(before)
        if phrase and not _NOT_CONTENT.search(phrase) and '"' not in phrase:
            yield _content(text, match, phrase)
    for match in _AXIS_SHOWS.finditer(text.low):
        phrase = phrase_after(text.low[match.end() : match.end() + 90])
        if phrase and not _NOT_CONTENT.search(phrase):
            yield _content(text, match, phrase)


def _content(text: Text, match: re.Match[str], phrase: str) -> d.Demand:
    span = (text.raw[match.start() : match.end()], match.start(), match.end())
    return d.AxisContentDemand(*span, 0.8, axis_name(match.group(1)), phrase)


_LOG = re.compile(
    r"\b(log(?:arithmic)?|sym-?log|square[\s-]root|sqrt)[\s-]+(?:y |x )?(?:scaled?|axis)\b"
)
_START_ZERO = re.compile(
    r"\b(?:start|begin|anchor|bas)\w*\b[^.?!,]{0,30}?\b(?:at|from|with)\s+(?:zero|0)\b"
)


def scales(text: Text) -> Iterator[d.Demand]:
    """Scale types, zero baselines, grid lines."""
    for match in _LOG.finditer(text.low):
        kind = {"l": "log", "s": "sqrt"}[match.group(1)[0]]
        kind = "symlog" if match.group(1).startswith("sym") else kind
        axis = _near_axis(text.low, match)
        yield d.ScaleDemand(match.group(), match.start(), match.end(), 0.95, kind, axis)
    for match in _START_ZERO.finditer(text.low):
        before = text.low[max(0, match.start() - 25) : match.start()]
        refused = re.search(r"(?:n't|not|never|without|avoid)\s*(?:necessarily\s+|to\s+)?$", before)
        around = text.low[max(0, match.start() - 30) : match.end() + 20]
        axis_match = re.search(AXIS, around)
        axis = axis_name(axis_match.group(1)) if axis_match else None
        sure = 0.95 if axis_match else 0.5
        yield d.ZeroDemand(match.group(), match.start(), match.end(), sure, not refused, axis)
    for match in re.finditer(
        r"\b(no |without (?:any )?|remove (?:the )?|hide (?:the )?)?grid[\s-]?"
        r"lines?\b",
        text.low,
    ):
        yield d.GridDemand(match.group(), match.start(), match.end(), 0.9, not match.group(1))


def _near_axis(low: str, match: re.Match[str]) -> d.AxisName | None:
    """The axis that is named in the same clause as a match."""
    before = re.split(r"[,.;?!]", low[max(0, match.start() - 40) : match.start()])[-1]
    after = re.split(r"[,.;?!]", low[match.start() : match.end() + 30])[0]
    found = re.search(AXIS, before) or re.search(AXIS, after)
    if found:
        return axis_name(found.group(1))
    return None


def orientations(text: Text) -> Iterator[d.Demand]:
    """Horizontal or vertical bars."""
    for match in re.finditer(
        r"\b(horizontal|vertical)(?:ly)?(?:,? (?:grouped|stacked))? "
        r"(?:bars?\b|column)",
        text.low,
    ):
        kind = match.group(1)
        yield d.OrientationDemand(match.group(), match.start(), match.end(), 0.95, kind)
    for match in re.finditer(
        r"\blisted (?:vertically|down(?:wards)?|on the left)\b"
        r"|\bnames? on the left side\b",
        text.low,
    ):
        yield d.OrientationDemand(match.group(), match.start(), match.end(), 0.6, "horizontal")


def stacks(text: Text) -> Iterator[d.Demand]:
    """Stacking."""
    refused = re.compile(
        r"\b(?:don't|do not|not|shouldn't|without|never|aren't|non)\s?-?(?:be\s+)?"
        r"stack(?:ed|ing)?\b"
    )
    for match in refused.finditer(text.low):
        yield d.StackDemand(match.group(), match.start(), match.end(), 0.9, "none")
    for pattern, mode in (
        (
            r"(?<!not )(?<!n't )(?<!without )\bstack(?:ed|ing)?\b(?! vertically| on top of each|"
            r" horizontally)",
            "stacked",
        ),
        (r"\bnormali[sz]ed?\b|\b100\s?% stacked\b|\bproportions? within each\b", "normalized"),
        (r"\b(?:grouped|clustered) (?:bar|column)|\bside[- ]by[- ]side bars?\b", "grouped"),
    ):
        for match in re.finditer(pattern, text.low):
            yield d.StackDemand(match.group(), match.start(), match.end(), 0.7, mode)


READERS: tuple[Reader, ...] = (
    charts,
    marks,
    titles,
    bare_titles,
    axis_contents,
    scales,
    orientations,
    stacks,
)
