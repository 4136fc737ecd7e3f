"""Readers for orders, limits, bins, time units and sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from multivis.charts.demands import model as d
from multivis.charts.demands import words
from multivis.charts.demands.text import Reader, Text, phrase_after, phrase_before

__all__ = ["READERS"]

# ── order and number ────────────────────────────────────────────────────────────────────────

# Words in -est that rank things by no amount, or name none at all.
_NO_EST = (
    r"(?!(?:(?:re|con|in)?quest|be(?:h|qu)est|(?:con|pro|at)?test|(?:in)?vest|harvest|(?:fo|ar|un)?"
    r"rest|crest|(?:dis)?interest|chest|priest|guest|(?:di|sug|in)gest|jest|pest|tempest|nest|"
    r"(?:mid|"
    r"north|south)?west|zest|lest|manifest|honest|earnest|modest|latest|newest|earliest|oldest|"
    r"soonest)\b)"
)
_LOWER_TEXT = """
lowest smallest least fewest worst shortest youngest cheapest lightest slowest weakest poorest
thinnest narrowest shallowest nearest closest rarest tiniest coldest quietest emptiest scarcest
slightest minimum
"""
_LOWER = "(?:" + "|".join(_LOWER_TEXT.split()) + ")"
_HIGHER = (
    rf"(?!{_LOWER}\b){_NO_EST}(?:most|best|top|leading|leaders?|maximum|oldest|[a-z]{{2,}}est)"
)
_PLACED = r"(?: [\w-]+){0,3}? (?:first|at the top|on top|up front|in front)"
_DESCENDING = (
    r"(?:in )?(?:descending|decreasing|reverse)(?: order)?|(?:from )?(?:the )?"
    rf"(?:{_HIGHER}(?: \w+)?|high) (?:down )?to (?:the )?(?:{_LOWER}(?: \w+)?|low)"
    rf"|\b{_HIGHER}{_PLACED}\b(?! (?:of|\d))"
)
_ASCENDING = (
    r"(?:in )?(?:ascending|increasing)(?: order)?|(?:from )?(?:the )?"
    rf"(?:{_LOWER}(?: \w+)?|low) (?:up )?to (?:the )?(?:{_HIGHER}(?: \w+)?|high)"
    rf"|\b{_LOWER}{_PLACED}\b(?! (?:of|\d))"
)
_ORDERS = (
    (re.compile(r"\b(?:" + _DESCENDING + r")\b"), "descending"),
    (re.compile(r"\b(?:" + _ASCENDING + r")\b"), "ascending"),
    (re.compile(r"\balphabetical(?:ly)?(?: order)?\b"), "alphabetical"),
    (re.compile(r"\bchronological(?:ly)?(?: order)?\b"), "chronological"),
)
_SORT_WORD = re.compile(
    r"\b(?:sort(?:s|ed|ing)?|ordered|ordering|rank(?:ed|ing)|arranged?|order)\b(?! (?:date|id|item"
    r"|quantit|status|number|volume|count|total|amount|value)s?\b)"
)
_REFUSED = re.compile(
    r"(?:\b(?:not|instead\s+of|rather\s+than|as\s+opposed\s+to)|n't)\s+(?:just\s+|being\s+|be\s+|"
    r"it\s+|them"
    r"\s+|sort(?:ed|ing)?\s+|order(?:ed|ing)?\s+|in\s+|an?\s+|the\s+){0,4}$"
)


def sorts(text: Text) -> Iterator[d.Demand]:
    """Orders."""
    covered: list[tuple[int, int]] = []
    for pattern, order in _ORDERS:
        for match in pattern.finditer(text.low):
            begin, end = text.sentence(match.start())
            clause = text.low[begin:end]
            before = text.low[begin : match.start()]
            if _REFUSED.search(before):
                continue
            sorting = list(_SORT_WORD.finditer(before))
            explicit = bool(sorting) or "order" in match.group() or "at the top" in match.group()
            explicit = explicit or "first" in match.group() or bool(_SORT_WORD.search(clause))
            by = re.search(
                r"\bby\b\s+([^,.;?!]{2,80})", before[sorting[-1].start() :] if sorting else before
            )
            after = re.match(
                r"\s*(?:order\s+)?(?:by|of|based on)\s+([^,.;?!]{2,80})",
                text.low[match.end() : end],
            )
            by_text = phrase_after((after or by).group(1)) if (after or by) else ""  # type: ignore[union-attr]
            by_text = re.split(r"\s+(?:in|from|with|at)\s+", by_text + " ")[0].strip()
            what = phrase_before(before[: sorting[-1].start()]) if sorting else ""
            covered.append((begin, end))
            sure = 0.95 if explicit else 0.6
            yield d.SortDemand(
                match.group(), match.start(), match.end(), sure, order, by_text, what
            )
    for match in re.finditer(
        r"\b(?:sorted|ordered|ranked|arranged|sort|order|rank|arrange)\b"
        r"(?: [\w']+){0,4}? (?:by|based on|according to) "
        r"([^,.;?!\"]{2,80})",
        text.low,
    ):
        if any(a <= match.start() < b for a, b in covered):
            continue
        by_text = phrase_after(match.group(1))
        if by_text and not re.match(r"orders? by\b", text.low[max(0, match.start()) :]):
            yield d.SortDemand(match.group(), match.start(), match.end(), 0.8, None, by_text)


_NUMBER = r"(\d{1,4}|" + "|".join(words.NUMBERS) + r")"
_SUPERLATIVE = (
    rf"(?:latest|newest|earliest|oldest|leading|foremost|{_LOWER}|"
    rf"{_NO_EST}(?:most|best|[a-z]{{2,}}est))"
)
_TOP = re.compile(
    r"\b(top|bottom|first|last|highest|lowest|largest|smallest|best|worst)[\s-]+"
    + _NUMBER
    + r"\b(?!\s*(?:pixels?|px|%|percent|half|-))"
)
_N_MOST = re.compile(r"\b" + _NUMBER + r"\s+" + _SUPERLATIVE + r"\b")
_BOTTOM = frozenset({"bottom", *_LOWER_TEXT.split()})


def limits(text: Text) -> Iterator[d.Demand]:
    """ "Top 5", "first ten", "5 most expensive"."""
    for match in _TOP.finditer(text.low):
        count = _count(match.group(2))
        word = match.group(1)
        after = text.low[match.end() : match.end() + 60]
        noun = re.match(r"\s+([a-z][\w' -]{1,40})", after)
        if count < 2 and match.group(2) != "1":
            continue
        if word in {"first", "last"} and re.match(
            r"\s+(?:days?|weeks?|months?|years?|hours?|letters?|digits?|characters?|names?)\b",
            after,
        ):
            continue
        side = "bottom" if word in _BOTTOM else word if word in {"first", "last"} else "top"
        sure = 0.95 if word in {"top", "bottom"} else 0.8
        what = phrase_after(noun.group(1)) if noun else ""
        yield d.LimitDemand(match.group(), match.start(), match.end(), sure, count, side, what)
    for match in _N_MOST.finditer(text.low):
        count = _count(match.group(1))
        before = text.low[max(0, match.start() - 10) : match.start()]
        if count < 2 or re.search(r"\b(?:top|first)\s+$", before):
            continue
        word = match.group().split()[-1]
        side = "bottom" if word in _BOTTOM else "top"
        what = phrase_after(text.low[match.end() : match.end() + 60])
        yield d.LimitDemand(match.group(), match.start(), match.end(), 0.9, count, side, what)


def _count(text: str) -> int:
    """A number written in digits or as a word."""
    return int(text) if text.isdigit() else words.NUMBERS[text]


_BINS = re.compile(r"\b(\d{1,3})\s+(?:equal\s+)?(?:bins?|buckets?|groups|intervals|ranges)\b")
_BIN_WIDTH = re.compile(
    r"\b(?:bins?|intervals?|groups)\s+(?:of|with)\s+(?:size\s+|width\s+|a width of\s+)?"
    r"(\d{1,6}(?:\.\d{1,4})?)\b(?!\s+bins)"
)


def bins(text: Text) -> Iterator[d.Demand]:
    """Numbers of bins."""
    for match in _BINS.finditer(text.low):
        yield d.BinsDemand(match.group(), match.start(), match.end(), 0.9, int(match.group(1)))
    for match in re.finditer(
        r"\b(?:into|in)\s+(?:about\s+|around\s+)?(\d{1,3})\s+bins?\b"
        r"|\b(\d{1,3})-bin\b",
        text.low,
    ):
        if match.group(2):
            yield d.BinsDemand(match.group(), match.start(), match.end(), 0.9, int(match.group(2)))
    for match in _BIN_WIDTH.finditer(text.low):
        width = float(match.group(1))
        yield d.BinsDemand(match.group(), match.start(), match.end(), 0.7, None, width)


def time_units(text: Text) -> Iterator[d.Demand]:
    """Time units."""
    taken: list[tuple[int, int]] = []
    for pattern, unit in words.TIME_UNITS:
        for match in pattern.finditer(text.low):
            if not any(match.start() < b and a < match.end() for a, b in taken):
                taken.append(match.span())
                yield d.TimeUnitDemand(match.group(), match.start(), match.end(), 0.8, unit)


# ── sizes ───────────────────────────────────────────────────────────────────────────────────

_PIXELS = r"(\d{2,4})\s*(?:px|pixels?)?"
_SIZES = (
    (
        re.compile(
            r"\b" + _PIXELS + r"\s*(?:wide|in width)\b|\bwidth\s*(?:of|to|is|:|=)?\s*(?:about "
            r"|around )?" + _PIXELS + r"\b"
        ),
        "width",
    ),
    (
        re.compile(
            r"\b" + _PIXELS + r"\s*(?:tall|high|in height)\b|\bheight\s*(?:of|to|is|:|=)?\s*"
            r"(?:about |around )?" + _PIXELS + r"\b"
        ),
        "height",
    ),
)
_BY = re.compile(r"\b(\d{2,4})\s*(?:px|pixels?)?\s*(?:by|x|×)\s*(\d{2,4})\s*(px|pixels?)?\b")


def sizes(text: Text) -> Iterator[d.Demand]:
    """Width and height of the chart."""
    width = height = None
    spans: list[tuple[int, int]] = []
    for match in _BY.finditer(text.low):
        width, height = int(match.group(1)), int(match.group(2))
        spans.append(match.span())
        break
    for pattern, side in _SIZES:
        for match in pattern.finditer(text.low):
            number = int(match.group(1) or match.group(2))
            if side == "width" and width is None:
                width, spans = number, [*spans, match.span()]
            elif side == "height" and height is None:
                height, spans = number, [*spans, match.span()]
    if spans:
        start, end = min(a for a, _ in spans), max(b for _, b in spans)
        begin = text.low[max(0, start - 40) : start]
        each = bool(re.search(r"\beach\b[^.?!]{0,30}$", begin))
        yield d.SizeDemand(text.raw[start:end], start, end, 0.9, width, height, each)


_MARK_SIZES = re.compile(
    r"\b((?:inner|outer|corner) radius|(?:point|dot|circle|bar|mark|symbol|bubble|marker) (?:size|"
    r"width)|(?:stroke|line|border) (?:width|thickness)|font size)\s*(?:of|to|is|:|=)?\s*"
    r"(?:about )?(\d{1,4}(?:\.\d{1,3})?)"
)


def mark_sizes(text: Text) -> Iterator[d.Demand]:
    """Sizes of marks, and opacity."""
    for match in _MARK_SIZES.finditer(text.low):
        value = float(match.group(2))
        yield d.MarkSizeDemand(
            match.group(), match.start(), match.end(), 0.9, match.group(1), value
        )
    for match in re.finditer(
        r"\bopacity\s*(?:of|to|is|:|=|at)?\s*(\d(?:\.\d{1,3})?|\d{1,3}\s?%)"
        r"|\b(\d{1,3})\s?% (?:opacity|opaque|transparen(?:t|cy))",
        text.low,
    ):
        number = (match.group(1) or match.group(2) + "%").replace(" ", "")
        value = float(number.rstrip("%")) / (100 if number.endswith("%") else 1)
        value = 1 - value if "transparen" in match.group() else value
        if 0 <= value <= 1:
            yield d.OpacityDemand(match.group(), match.start(), match.end(), 0.9, value)
    for match in re.finditer(
        r"\b(?:semi-?\s?transparent|translucent|transparency|transparent)\b", text.low
    ):
        yield d.OpacityDemand(match.group(), match.start(), match.end(), 0.8, None)


READERS: tuple[Reader, ...] = (sorts, limits, bins, time_units, sizes, mark_sizes)
