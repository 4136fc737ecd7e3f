"""Readers for colours, tooltips, legends, interactions, facets, labels and line styles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from multivis.charts.demands import model as d
from multivis.charts.demands import words
from multivis.charts.demands.text import (
    Reader,
    Text,
    list_of,
    phrase,
    phrase_after,
    phrase_before,
)

__all__ = ["READERS"]

# ── colours ─────────────────────────────────────────────────────────────────────────────────

_COLOUR_CONTEXT = re.compile(
    r"\b(?:colou?r(?:s|ed|ing)?(?!\w)|colou?r-cod\w+|shades?|scheme|palette|outline|fill(?:ed)?"
    r"|gradient|bars?|lines?|dots?|points?|circles?|bubbles?|area|areas|text|labels?|border"
    r"|background|ticks?|marks?|highlight(?:ed)?|in|use|using|rule|stroke|shape|arc|dashed|be"
    r"|turn|turns)\b"
)
_ELEMENT = re.compile(
    r"^[\s-]*(?:colou?red\s+)?(?:[\w-]+\s+){0,2}?(bars?|lines?|dots?|points?|circles?|bubbles?|area"
    r"s?|text|labels?|border|background|ticks?(?: marks?)?|outline|fill|rule|stroke|arc|slices?"
    r"|squares?|boxes|box|curves?|histogram|marks?)\b"
)
_FOR = re.compile(r"^\s*(?:for|to (?:represent|indicate|show|mark|highlight))\s+([^,.;?!]{2,60})")
_BEFORE_COLOUR = re.compile(
    r"([^,.;?!]{2,80}?)\s+(?:(?:should|would|will)\s+)?(?:be\s+|is\s+|are\s+|as\s+|in\s+|to\s+|turn\s+"
    r"|highlighted\s+|colou?red\s+|shown\s+|marked\s+)+(?:in\s+)?(?:an?\s+)?$"
)


def colours(text: Text) -> Iterator[d.Demand]:
    """Named and hexadecimal colours."""
    for match in words.COLOUR_PATTERN.finditer(text.low):
        written = text.raw[match.start() : match.end()]
        name = re.sub(r"[\s-]", "", match.group())
        base = re.sub(r"ish$", "", name)
        before = _from_word(text.low[max(0, match.start() - 90) : match.start()])
        after = text.low[match.end() : match.end() + 60]
        near = bool(_COLOUR_CONTEXT.search(before[-45:])) or bool(_ELEMENT.match(after))
        proper = written[:1].isupper() and match.start() > 0
        last = re.split(r"[\s-]", match.group())[-1]
        if not name.startswith("#") and (
            proper or (last in words.AMBIGUOUS_COLOURS and not _coloured(before, after))
        ):
            continue
        element = _ELEMENT.match(after)
        target = _FOR.match(after)
        held = _BEFORE_COLOUR.search(before) if not target else None
        place = (
            phrase_after(target.group(1))
            if target
            else phrase_before(held.group(1))
            if held
            else ""
        )
        sure = 0.95 if near else 0.6
        if re.match(r"\s*-?(?:to|and|or)?-?\s*$", after[:1]) and "gradient" in after[:30]:
            sure = 0.6
        yield d.ColourDemand(
            written,
            match.start(),
            match.end(),
            sure,
            _css_name(base),
            element.group(1) if element else "",
            place,
        )


def _from_word(text: str) -> str:
    """A slice of a text without the word that the cut went through."""
    return text.partition(" ")[2] if len(text) == 90 else text


def _coloured(before: str, after: str) -> bool:
    """Whether the words around an ambiguous word speak of colour."""
    return bool(
        re.search(r"\b(?:colou?r\w*|shades? of|fill\w*|in|use|using)\s+(?:an?\s+)?$", before)
        or re.match(
            r"[\s-]*(?:colou?r|(?:bars?|lines?|dots?|points?|circles?|outline|fill)\b)", after
        )
    )


def _css_name(name: str) -> str:
    """CSS name of a colour as written: ``lighterblue`` → ``lightblue``, ``golden`` → ``gold``."""
    name = name.replace("lighter", "light").replace("darker", "dark")
    return {"golden": "gold", "navyblue": "navy", "brightred": "red"}.get(name, name)


_BY_COLOUR = (
    re.compile(
        r"\b(?:different|distinct|various|separate|unique)\s+colou?rs?\s+(?:for|to (?:represent"
        r"|distinguish|show|indicate|identify)(?:\s+between)?|based on|by)\s+([^.;?!]{2,70})"
    ),
    re.compile(
        r"\bcolou?r(?:ed|s|ing|-coded|-code)?\s+(?:the\s+)?(?:[\w-]+\s+){0,2}?(?:by|based on"
        r"|according to)\s+(?:whether\s+)?([^,.;?!]{2,70})"
    ),
    re.compile(
        r"([^,.;?!]{2,60}?)\s+(?:shown\s+|represented\s+|displayed\s+)?(?:in|by|with|as)\s+(?:a\s+)?different[\s-]"
        r"colou?r(?:s|ed)?\b"
    ),
    re.compile(r"\bdifferent(?:ly)?[\s-]colou?red\s+(?:\w+\s+)(?:for|by)\s+([^,.;?!]{2,60})"),
)


def colour_by(text: Text) -> Iterator[d.Demand]:
    """Colours that tell groups apart."""
    for number, pattern in enumerate(_BY_COLOUR):
        for match in pattern.finditer(text.low):
            phrase = match.group(1)
            by = phrase_before(phrase) if number == 2 else phrase_after(phrase)
            yield d.ColourByDemand(match.group(), match.start(), match.end(), 0.85, by)


_SCHEME_WORD = r"(?:colou?r\s+)?(?:scheme|palette|gradient|colou?r\s?map|scale|range)"
_JOINED_COLOURS = re.compile(
    r"\b([a-z]+(?:-[a-z]+){1,3}|[a-z]+\d{0,2})\s+(?:colou?r\s+)?" + _SCHEME_WORD
)
_FROM_TO = re.compile(
    r"\b(?:from\s+|of\s+)?((?:light |dark |pale |deep )?[a-z]+)[\s-]+to[\s-]+"
    r"((?:light |dark |pale |deep )?[a-z]+)\b"
)


_SHADES = re.compile(r"\bshades of (" + words.COLOUR_PATTERN.pattern + r")")


def schemes(text: Text) -> Iterator[d.Demand]:
    """Colour schemes and gradients."""
    for match in _JOINED_COLOURS.finditer(text.low):
        name = match.group(1).replace("-", "")
        plural = name + "s"
        scheme = words.SCHEMES.get(name) or words.SCHEMES.get(plural)
        if scheme:
            yield d.SchemeDemand(match.group(), match.start(), match.end(), 0.9, scheme)
    for match in _SHADES.finditer(text.low):
        name = re.sub(r"[\s-]", "", match.group(1))
        scheme = words.SCHEMES.get(name) or words.SCHEMES.get(name + "s", "")
        colour = (_css_name(name),)
        yield d.SchemeDemand(match.group(), match.start(), match.end(), 0.9, scheme, colour)
    for match in _FROM_TO.finditer(text.low):
        ends = [re.sub(r"\s", "", part) for part in match.groups()]
        if all(words.COLOUR_PATTERN.fullmatch(part.strip()) for part in match.groups()):
            scheme = words.SCHEMES.get("".join(ends), "")
            yield d.SchemeDemand(
                match.group(), match.start(), match.end(), 0.9, scheme, tuple(map(_css_name, ends))
            )


# ── words on hover, legends, interaction ────────────────────────────────────────────────────

_HOVER = re.compile(r"\b(?:tool-?\s?tips?|hover(?:s|ing|ed)?|mouse[\s-]?over|mousing over)\b")
_TELL = re.compile(
    r"\b(?:show(?:s|ing)?|with|includ(?:e|es|ing)|see(?:ing)?|display(?:s|ing)?|contain(?:s|ing)?"
    r"|reveal(?:s|ing)?|for|of|tell)\s+"
)


def tooltips(text: Text) -> Iterator[d.Demand]:
    """Tooltips with their fields; highlighting on hover is an interaction, not a tooltip."""
    done: set[int] = set()
    for match in _HOVER.finditer(text.low):
        begin, end = text.sentence(match.start())
        if begin in done:
            continue
        clause = text.low[begin:end]
        told = _hover_fields(text.low, match, begin, end)
        pointed = "tip" in match.group()
        if (
            not pointed
            and re.search(r"\bhighlight|\bbold|\bemphasi|\bcolou?r\b", clause)
            and not told
        ):
            continue
        done.add(begin)
        sure = 0.95 if pointed or told else 0.6
        yield d.TooltipDemand(
            text.raw[match.start() : match.end()], match.start(), match.end(), sure, told
        )


def _hover_fields(low: str, match: re.Match[str], begin: int, end: int) -> tuple[str, ...]:
    """Fields named after or before the word for hovering."""
    parts = re.split(r"\bso (?:that )?(?=i|we|you)", low[match.end() : end])
    after = parts[-1] if re.search(r"\bsee\b", parts[-1]) else parts[0]
    after = re.sub(
        r"\s+(?:when|whenever|as|if|while|on|upon|once)\s+(?:i |you |we |users? )?"
        r"(?:hover|mouse)[^.?!]*$",
        "",
        after,
    )
    tell = _TELL.search(after)
    if tell:
        rest = after[tell.end() :]
        rest = re.sub(
            r"^(?:both|all|the|me|detailed|details? (?:about|like|such as|including))\s+", "", rest
        )
        if (
            "hover" not in match.group()
            or not re.match(r"\s*over [^,]{0,40}$", after[: tell.start()])
            or "," in after
            or re.search(r"\b(?:i want|see|show)\b", after)
        ):
            found = list_of(rest)
            if found:
                return found
    before = low[begin : match.start()]
    before = re.sub(
        r"\s*,?\s*(?:when|whenever|as|if|while|on|upon)\s+(?:i |you |we |users? )?$", "", before
    )
    tells = list(re.finditer(r"\b(?:include|see|show|display|with|get|view)\s+", before))
    if tells and "hover" in match.group():
        return list_of(before[tells[0].end() :] if len(tells) == 1 else before[tells[-1].end() :])
    return ()


_LEGEND_OFF = re.compile(
    r"\b(?:no|without(?: a| the| any)?|remove(?: the)?|hide(?: the)?"
    r"|instead of(?: using)?(?: a| the)?|don't (?:show|include|need)(?: a| the)?"
    r"|rather than(?: using)?(?: a| the)?)\s+(?:colou?r\s+)?legend\b"
)
_LEGEND_PLACE = re.compile(
    r"\blegend\b[^.?!,]{0,30}?\b(?:at|on|to|in|along|below|above)\s+(?:the\s+)?"
    r"(top[\s-]left|top[\s-]right|bottom[\s-]left|bottom[\s-]right|upper[\s-]left|upper[\s-]right"
    r"|lower[\s-]left|lower[\s-]right|top|bottom|left|right)\b"
)


def legends(text: Text) -> Iterator[d.Demand]:
    """Legends: wanted or not, and where."""
    off = [match.span() for match in _LEGEND_OFF.finditer(text.low)]
    for start, end in off:
        yield d.LegendDemand(text.raw[start:end], start, end, 0.95, False)
    place = _LEGEND_PLACE.search(text.low)
    for match in re.finditer(r"\blegend\b", text.low):
        if any(a <= match.start() < b for a, b in off):
            continue
        where = None
        if place and place.start() <= match.start() < place.end():
            where = (
                place.group(1).replace(" ", "-").replace("upper", "top").replace("lower", "bottom")
            )
        yield d.LegendDemand(match.group(), match.start(), match.end(), 0.9, True, where)


def interactions(text: Text) -> Iterator[d.Demand]:
    """Ways to act on the chart."""
    taken: list[tuple[int, int]] = []
    for pattern, kind in words.INTERACTIONS:
        for match in pattern.finditer(text.low):
            if any(match.start() < b and a < match.end() for a, b in taken):
                continue
            taken.append(match.span())
            after = text.low[match.end() : match.end() + 20]
            if kind == "click" and re.match(r"\s*(?:rates?|count|through)", after):
                continue
            sure = 0.9 if kind not in {"click", "any"} else 0.8
            yield d.InteractionDemand(match.group(), match.start(), match.end(), sure, kind)


# ── facets ──────────────────────────────────────────────────────────────────────────────────

_PANEL = r"(?:charts?|graphs?|plots?|panels?|histograms?|rows?|columns?|facets?|subplots?|views?)"
_FACETS = (
    (
        re.compile(
            r"\b(?:separate|individual|different|one|a|its own|own)\s+(?:small\s+)?"
            r"(?:area\s+|bar\s+|line\s+|scatter\s+)?("
            + _PANEL
            + r")(?:\s+[\w ]{0,25}?)?,?\s*(?:one\s+)?(?:for each|per|by|for every)\s+"
            r"([^,.;?!]{2,60})"
        ),
        0.9,
    ),
    (re.compile(r"\bone\s+(" + _PANEL + r")\s+(?:per|for each|for every)\s+([^,.;?!]{2,60})"), 0.9),
    (
        re.compile(
            r"\b(facet(?:ed|s|ing)?|small multiples?|trellis)\s+(?:[\w ]{0,30}?)"
            r"(?:by|for each|per)\s+([^,.;?!]{2,60})"
        ),
        0.95,
    ),
    (
        re.compile(
            r"\beach\s+([\w ]{2,40}?)\s+"
            r"(?:displayed |shown |represented |placed |appearing )?in\s+its\s+own\s+("
            + _PANEL
            + r")"
        ),
        0.9,
    ),
)


def facets(text: Text) -> Iterator[d.Demand]:
    """Small multiples."""
    starts: list[tuple[int, int]] = []
    for number, (pattern, sure) in enumerate(_FACETS):
        for match in pattern.finditer(text.low):
            if any(match.start() < b and a < match.end() for a, b in starts):
                continue
            panel, phrase = match.group(1), match.group(2)
            if number == 3:
                panel, phrase = phrase, panel
            elif (
                number == 0
                and re.match(r"(?:a|one)\s", match.group())
                and "separate" not in text.low[match.start() : match.end(1)]
            ):
                continue  # "a chart per day with a separate line" is one chart
            starts.append(match.span())
            direction = (
                "row" if panel.startswith("row") else "column" if panel.startswith("col") else None
            )
            around = text.low[match.start() : match.end() + 40]
            if direction is None and re.search(
                r"stacked vertically|separate row|one below", around
            ):
                direction = "row"
            yield d.FacetDemand(
                match.group(), match.start(), match.end(), sure, phrase_after(phrase), direction
            )
    for match in re.finditer(r"\b(?:small multiples?|trellis(?:ed)?|facet(?:ed|s)?)\b", text.low):
        if not any(a <= match.start() < b for a, b in starts):
            yield d.FacetDemand(match.group(), match.start(), match.end(), 0.9, "")


# ── labels and lines ────────────────────────────────────────────────────────────────────────

_LABELS = re.compile(
    r"\b(?:display|show|add|include|includ|write|put|with|see|print|label)(?:ing|s|ed)?\s+"
    r"([^.;?!]{2,70}?)\s+(?:as\s+(?:white\s+|black\s+)?(?:text|labels?)"
    r"|on\s+(?:top\s+of\s+)?(?:each|the|every)\s+(?:individual\s+)?"
    r"(?:bars?|points?|cells?|slices?|segments?)"
    r"|(?:inside|above|over|next to)\s+(?:each|the|every)\s+(?:bars?|points?|cells?|slices?))\b"
)
_TEXT_LABELS = re.compile(
    r"\b(?:text|value|data|number|percentage|count)\s+labels?\b|\bas text labels?\b"
)


def labels(text: Text) -> Iterator[d.Demand]:
    """Values written on marks."""
    for match in _LABELS.finditer(text.low):
        if re.search(r"\bhover|\blines?\b|\bcircle|\brule\b|\bpoints?\b", match.group(1)):
            continue
        what = re.split(r"\b(?:display|show|add|include|write|put|with|see)\b", match.group(1))[-1]
        yield d.LabelsDemand(match.group(), match.start(), match.end(), 0.85, phrase(what))
    for match in _TEXT_LABELS.finditer(text.low):
        yield d.LabelsDemand(match.group(), match.start(), match.end(), 0.8)


_LINE_STYLES = (
    (r"\bdashed\b", "dashed"),
    (r"\bdotted (?:line|rule)\b", "dotted"),
    (r"\bstep-after\b", "step-after"),
    (r"\bstep-before\b", "step-before"),
    (r"\bsteps?(?:ped)? lines?\b", "step"),
    (r"\bmonotone\b|\bsmooth(?:ed)?\b(?! curves\b[^.]{0,5}\bnot\b)", "smooth"),
    (
        r"\b(?:point )?markers?\b|\bpoints on (?:the |each )?lines?\b|\bpoints marking\b"
        r"|\bwith points\b",
        "points",
    ),
)
_REFERENCE = re.compile(
    r"\b(average|mean|median|vertical|horizontal|threshold|target)\s+(?:value\s+)?(?:reference\s+)?(?:dashed\s+)?(?:line|rule)\b"
    r"|\b(?:red|blue|black|cyan|dashed|thick|bold|green|grey|gray)\s+(?:(?:red|blue|black|cyan|dashed)\s+)?"
    r"(vertical|horizontal)\s+(?:line|rule)\b"
)


def lines(text: Text) -> Iterator[d.Demand]:
    """Line styles and reference lines."""
    for pattern, style in _LINE_STYLES:
        for match in re.finditer(pattern, text.low):
            before = text.low[max(0, match.start() - 15) : match.start()]
            if re.search(r"\b(?:not|rather than|no)\s+$", before) or (
                style == "smooth" and "rather than" in before
            ):
                continue
            yield d.LineStyleDemand(match.group(), match.start(), match.end(), 0.8, style)
    for match in _REFERENCE.finditer(text.low):
        what = match.group(1) or match.group(2)
        around = text.low[max(0, match.start() - 60) : match.end() + 60]
        for statistic in ("median", "average", "mean"):
            if re.search(rf"\b{statistic}\b", around) and what in {"vertical", "horizontal"}:
                what = statistic
        what = "mean" if what == "average" else what
        yield d.ReferenceLineDemand(match.group(), match.start(), match.end(), 0.85, what)


READERS: tuple[Reader, ...] = (
    colours,
    colour_by,
    schemes,
    tooltips,
    legends,
    interactions,
    facets,
    labels,
    lines,
)
