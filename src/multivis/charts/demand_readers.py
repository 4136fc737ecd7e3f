"""How the demands are read: one function for each kind of wish.

Every reader takes a `Text` and yields demands. Patterns have bounded repetitions only, so that
reading stays linear whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from multivis.charts import demand_words as words
from multivis.charts import demands as d

__all__ = ["READERS", "Quote", "Text"]

Reader = Callable[["Text"], Iterator[d.Demand]]


@dataclass(frozen=True)
class Quote:
    """A quoted string: its words, its span with the marks, and what stands before and after.

    `before` reaches back to the sentence's begin or the previous quote; `joined` says that only
    a joining word ("and") stands between the previous quote and this one.
    """

    text: str
    start: int
    end: int
    before: str
    after: str
    joined: bool


_QUOTES = re.compile(
    r'"([^"\n]{1,200})"|“([^”\n]{1,200})”|«([^»\n]{1,200})»|`([^`\n]{1,200})`'
    r"|(?<!\w)'((?:[^'\n]|(?<=\w)'(?=\w)){1,200})'(?!\w)|(?<!\w)‘([^’\n]{1,200})’(?!\w)"
)
_SENTENCE_END = re.compile(r"[.?!;]\s")
_JOINED = re.compile(r"^[\s,]*(?:and|or|&|,|then)?[\s,]*$")


@dataclass(frozen=True)
class Text:
    """A question with its quotes found once; `low` has quotes' content blanked out."""

    raw: str

    @cached_property
    def quotes(self) -> tuple[Quote, ...]:
        """The quoted strings, in order."""
        found: list[Quote] = []
        last = 0
        for match in _QUOTES.finditer(self.raw):
            between = self.raw[max(last, match.start() - 300) : match.start()].lower()
            joined = bool(found) and bool(_JOINED.match(between))
            begin = max((m.end() for m in _SENTENCE_END.finditer(between)), default=0)
            after = self.raw[match.end() : match.end() + 80].lower()
            words_inside = next(group for group in match.groups() if group is not None)
            text = words_inside.strip().rstrip(",.;")
            if text:
                found.append(
                    Quote(text, match.start(), match.end(), between[begin:], after, joined)
                )
                last = match.end()
        return tuple(found)

    @cached_property
    def low(self) -> str:
        """Lower case of the same length, quoted words replaced by spaces."""
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in self.raw)
        for quote in self.quotes:
            blank = " " * (quote.end - quote.start - 2)
            lowered = lowered[: quote.start + 1] + blank + lowered[quote.end - 1 :]
        return lowered

    def sentence(self, start: int) -> tuple[int, int]:
        """Begin and end of the sentence that holds a position (at most 400 characters away)."""
        back = self.low[max(0, start - 400) : start]
        begin = max((m.end() for m in _SENTENCE_END.finditer(back)), default=0)
        ahead = _SENTENCE_END.search(self.low, start)
        end = ahead.start() if ahead else len(self.low)
        return max(0, start - 400) + begin, min(end, start + 400)


# ── phrases ─────────────────────────────────────────────────────────────────────────────────

_LEAD = re.compile(
    r"^(?:[\s,:\"“”]+|(?:and|or|the|a|an|their|its|our|each|with|see|show(?:ing|s)?|have|having"
    r"|display(?:ing|s|ed)?|put(?:ting)?|plot(?:ting)?|use|using|want|by|of|on|in|as|like|place"
    r"|plus|including|include|to|i'd|is|are|be|both|that|which|me|you|please|also|by|where"
    r"|different|listed|shown|represent(?:ing|s)?|exact|separate|for|every|would)\s+)+"
)
_BREAK = re.compile(
    r"[,.;:?!()\n]|\s[-–—]\s|\b(?:and|while|with|where|showing|see|against|plotted|using|that|but"
    r"|so|having|displaying|want|like|use|put|or|when|which|have|show|as|if)\b"
)
_TAIL = re.compile(r"[\s,.;:?!\"“”]+$")


def _phrase(text: str) -> str:
    """A noun phrase without its leading and trailing small words, or ""."""
    text = _TAIL.sub("", _LEAD.sub("", text.strip() + " ").strip())
    text = re.sub(r"\s+(?:is|are|be|being|values?|listed|arranged|shown|placed|laid)$", "", text)
    return text if re.search(r"\w", text) and len(text) <= 90 else ""


def _before(text: str) -> str:
    """The phrase that ends a text: what follows the last break in it."""
    last = max((m.end() for m in _BREAK.finditer(text)), default=0)
    return _phrase(text[last:])


def _after(text: str) -> str:
    """The phrase that begins a text: what precedes the first break in it."""
    text = _LEAD.sub("", text.lstrip() + " ")
    found = _BREAK.search(text)
    return _phrase(text[: found.start()] if found else text)


def _list(text: str) -> tuple[str, ...]:
    """Parts of "a, b, and c", as phrases."""
    parts = re.split(r",\s*(?:and\s+)?|\s+(?:and|plus|as well as|along with)\s+|;", text)
    found = (_phrase(part) for part in parts)
    return tuple(part for part in found if part and len(part) < 60)


def _axis(text: str) -> d.AxisName:
    """``x`` or ``y`` for the words that name an axis."""
    return "y" if re.match(r"y|vertical|left", text.strip()) else "x"


# ── chart types and marks ───────────────────────────────────────────────────────────────────

_ASKING = re.compile(
    r"\b(?:create|show|make|draw|plot|build|generate|give|produce|see|using|use|with|as|want|like"
    r"|display|design|render|into|need|visuali[sz]e|me|present)\b"
)
_COMPARING = re.compile(r"\b(?:not|instead of|rather than|like in|unlike|no)\s+(?:an?\s+)?$")


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
            sure = 1.0 if asked else 0.8
            yield d.ChartDemand(
                text.raw[start:end], start, end, sure, word.name, word.marks, frozenset(modifiers)
            )


def marks(text: Text) -> Iterator[d.Demand]:
    """Marks that are mentioned."""
    for pattern, mark in words.MARK_WORDS:
        for match in pattern.finditer(text.low):
            yield d.MarkDemand(match.group(), match.start(), match.end(), 0.4, mark)


# ── titles ──────────────────────────────────────────────────────────────────────────────────

_AXIS = r"(x|y|horizontal|vertical)[\s-]?(?:axis|axes)"
_TITLE_WORD = re.compile(r"\b(?:(?:sub)?titled?|titles|heading|headed|headline|header|caption)\b")
_CALL_WORD = re.compile(r"\b(?:call|called|name|named|label|labell?ed|labell?ing)\b")
_CHART_WORD = re.compile(r"\b(?:charts?|graphs?|plots?|it|visuali[sz]ation|figure|diagram)\b")


def titles(text: Text) -> Iterator[d.Demand]:
    """Quoted titles of the chart, its axes and its legend."""
    previous: tuple[str, d.AxisName | None] | None = None
    for quote in text.quotes:
        kind = previous if quote.joined else _title_kind(quote)
        if quote.joined and previous == ("axis", "x") and _both_axes(text, quote):
            kind = ("axis", "y")
        previous = kind
        if kind is None:
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
        _AXIS + r"[^.?!]{0,200}$", clause
    )


def _title_kind(quote: Quote) -> tuple[str, d.AxisName | None] | None:
    """What a quote names: ("title", None), ("legend", None), ("axis", "x") or nothing."""
    clause = quote.before
    last = re.split(r",|\band (?=\w+ (?:it|the)\b)", clause)[-1]
    last = last if re.search(r"\w{4}", last) else clause
    named = list(re.finditer(_AXIS, last))
    worded = _TITLE_WORD.search(last) or _CALL_WORD.search(last)
    if re.search(r"\b(?:add|annotat|with|place|put|write)\w*\b[^,]{0,30}$", last) and re.match(
        r"\s*(?:and\b[^.]{0,60})?labels?\b", quote.after
    ):
        return None
    if re.search(r"\blegend\b", last) and (worded or re.search(r"\bas\s*$", last)):
        return "legend", None
    if named and (worded or re.search(r"(?:as|with|:|axis|is|=|says?|read(?:s|ing)?)\s*$", last)):
        return "axis", _axis(named[-1].group(1))
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
        return "axis", _axis(last)
    return _placed(quote)


def _placed(quote: Quote) -> tuple[str, d.AxisName | None] | None:
    """A quote that is followed by "on the y-axis"."""
    place = re.match(r"\s*(?:on|along|for|as)\s+the\s+" + _AXIS, quote.after)
    return ("axis", _axis(place.group(1))) if place else None


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

_ON_AXIS = re.compile(r"\b(?:on|along|across|down|as|for|in)\s+(?:the\s+)?" + _AXIS + r"\b")
_AXIS_SHOWS = re.compile(
    r"\b" + _AXIS + r"\s*(?:(?:should|would|will|to|can)\s+)?(?:show(?:s|ing)?|represent(?:s|ing)?"
    r"|display(?:s|ing)?|be|is|being|indicat(?:es?|ing)|for|plots?|have|has)\s+"
)
_NOT_CONTENT = re.compile(
    r"\b(?:logarithmic|log scale|scale|zero|label|labell?ed|titled?|start|gridlines?|grid)\b"
)


def axis_contents(text: Text) -> Iterator[d.Demand]:
    """What the axes show."""
    for match in _ON_AXIS.finditer(text.low):
        before = text.low[max(0, match.start() - 90) : match.start()]
        phrase = _before(before)
        if phrase and not _NOT_CONTENT.search(phrase) and '"' not in phrase:
            yield _content(text, match, phrase)
    for match in _AXIS_SHOWS.finditer(text.low):
        phrase = _after(text.low[match.end() : match.end() + 90])
        if phrase and not _NOT_CONTENT.search(phrase):
            yield _content(text, match, phrase)


def _content(text: Text, match: re.Match[str], phrase: str) -> d.Demand:
    span = (text.raw[match.start() : match.end()], match.start(), match.end())
    return d.AxisContentDemand(*span, 0.8, _axis(match.group(1)), phrase)


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
        axis_match = re.search(_AXIS, around)
        axis: d.AxisName | None = _axis(axis_match.group(1)) if axis_match else None
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
    found = re.search(_AXIS, before) or re.search(_AXIS, after)
    if found:
        return _axis(found.group(1))
    return None


# ── order and number ────────────────────────────────────────────────────────────────────────

_DESCENDING = (
    r"(?:in )?(?:descending|decreasing|reverse)(?: order)?|(?:from )?(?:the )?(?:highest|largest"
    r"|most(?: \w+)?|biggest|greatest|best|longest|oldest|heaviest|high) to (?:the )?(?:lowest"
    r"|smallest|least(?: \w+)?|fewest|worst|shortest|youngest|lightest|low)"
    r"|(?:highest|largest|biggest|most)(?: [\w-]+){0,3} (?:first|at the top|on top)"
)
_ASCENDING = (
    r"(?:in )?(?:ascending|increasing)(?: order)?|(?:from )?(?:the )?(?:lowest|smallest|least"
    r"(?: \w+)?|fewest|worst|shortest|youngest|low) to (?:the )?(?:highest|largest|most(?: \w+)?"
    r"|biggest|greatest|best|longest|oldest|high)"
    r"|(?:lowest|smallest|least)(?: [\w-]+){0,3} (?:first|at the top|on top)"
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


def sorts(text: Text) -> Iterator[d.Demand]:
    """Orders."""
    covered: list[tuple[int, int]] = []
    for pattern, order in _ORDERS:
        for match in pattern.finditer(text.low):
            begin, end = text.sentence(match.start())
            clause = text.low[begin:end]
            before = text.low[begin : match.start()]
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
            by_text = _after((after or by).group(1)) if (after or by) else ""  # type: ignore[union-attr]
            by_text = re.split(r"\s+(?:in|from|with|at)\s+", by_text + " ")[0].strip()
            what = _before(before[: sorting[-1].start()]) if sorting else ""
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
        by_text = _after(match.group(1))
        if by_text and not re.match(r"orders? by\b", text.low[max(0, match.start()) :]):
            yield d.SortDemand(match.group(), match.start(), match.end(), 0.8, None, by_text)


_NUMBER = r"(\d{1,4}|" + "|".join(words.NUMBERS) + r")"
_SUPERLATIVE = (
    r"(?:most|least|highest|lowest|largest|smallest|biggest|best|worst|greatest|fewest|longest"
    r"|shortest|oldest|youngest|newest|latest|cheapest|busiest)"
)
_TOP = re.compile(
    r"\b(top|bottom|first|last|highest|lowest|largest|smallest|best|worst)[\s-]+"
    + _NUMBER
    + r"\b(?!\s*(?:pixels?|px|%|percent|half|-))"
)
_N_MOST = re.compile(r"\b" + _NUMBER + r"\s+" + _SUPERLATIVE + r"\b")
_BOTTOM = frozenset(
    {"bottom", "lowest", "smallest", "worst", "least", "fewest", "shortest", "youngest", "cheapest"}
)


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
        what = _after(noun.group(1)) if noun else ""
        yield d.LimitDemand(match.group(), match.start(), match.end(), sure, count, side, what)
    for match in _N_MOST.finditer(text.low):
        count = _count(match.group(1))
        before = text.low[max(0, match.start() - 10) : match.start()]
        if count < 2 or re.search(r"\b(?:top|first)\s+$", before):
            continue
        word = match.group().split()[-1]
        side = "bottom" if word in _BOTTOM else "top"
        what = _after(text.low[match.end() : match.end() + 60])
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
        r"\b(?:don't|do not|not|shouldn't|without|never|aren't|non)\s?-?(?:be\s+)?stack(?:ed|ing)?\b"
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
    sorts,
    limits,
    bins,
    time_units,
    sizes,
    mark_sizes,
    orientations,
    stacks,
)
