"""What a question names without wishing it: "instead of X", "change X to Y", "X is too dark".

Only Y is the wish. `unwanted` finds the stretches that name what is there or is to go, and
`without_unwanted` drops the wishes that were read from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from multivis.charts.demands import model as d
from multivis.charts.demands import words
from multivis.charts.demands.text import Text

__all__ = ["Stretch", "unwanted", "without_unwanted"]

Span = tuple[int, int]


class Stretch(NamedTuple):
    """A stretch of a question that names what is not wished.

    Attributes:
        start: Begin.
        end: End.
        only: The kinds of wishes that it takes back; None for all kinds.
    """

    start: int
    end: int
    only: tuple[type[d.Demand], ...] | None


_LOOKS = (d.ColourDemand, d.SchemeDemand)
_NAMES = (d.TitleDemand, d.AxisTitleDemand, d.LegendDemand)
_SAID = (*_LOOKS, *_NAMES, d.SortDemand, d.ColourByDemand)
_CHOSEN = (*_SAID, d.ChartDemand, d.MarkDemand, d.OrientationDemand)

# Where the clause after "instead of" ends: a stop, or the begin of the next wish.
_END = re.compile(
    r"[.?!;()]|\s[-–—]+\s|,(?!\s*(?:and\s+|or\s+)?(?:" + words.COLOUR_PATTERN.pattern + r"))"
    r"|\b(?:but|so|because|since|while|where|with|which|could|can|please|let|i|i'd|i'll|we"
    r"|use|make|show|draw|plot|create|add|sort|put|set|give|include|then|also)\b"
)
_INSTEAD = re.compile(
    r"\b(?:instead\s+of|rather\s+than|in\s+place\s+of|in\s+lieu\s+of|as\s+opposed\s+to)\b"
)
_COLOUR = r"(?:" + words.COLOUR_PATTERN.pattern + r")"
_NOT = re.compile(
    r"(?:\b(?:not|no\s+longer|never)|n't)\s+(?!just\b|only\b|merely\b|simply\b|sure\b)"
    r"(?P<said>(?:(?:be|use|using|want|in|as|an?|the|any|sort(?:ed)?|colou?red|titled|called|draw"
    r"|make|it|them|order(?:ed)?)\s+){0,5}(?:" + _COLOUR + r"(?:\s+(?:or|and)|,)\s+){0,4})"
)
_RECOLOUR = re.compile(
    r"\b(?:make|paint|colou?r|turn)\s+(?:the\s+|all\s+){0,2}("
    + _COLOUR
    + r")\s+(?:[\w-]+\s+){1,3}?"
    r"(?:in\s+|to\s+)?" + _COLOUR
)
_NOW = re.compile(
    r"\b(?:currently|at\s+present|at\s+the\s+moment|right\s+now),?\s+(?P<said>(?:(?:it|they|it's|they're"
    r"|is|are|has|have|shows?|uses?|says?|reads?|sorted|ordered|arranged|colou?red|titled|called"
    r"|labell?ed|named|in|using|shown|drawn|displayed|all|an?|the|just)\s+){0,4})"
)
_OLD = re.compile(r"\b(?:current|existing|default|previous|original|old)\s+")
_OLD_END = re.compile(r"[,.;?!()]|\b(?:in|as|to|with|by|and|into|for|is|are)\b")

_NOT_A_THING = (
    r"(?!(?:be|show|use|have|make|display|include|highlight|go|run|start|stack|sort|see|help|get"
    r"|better|match|reflect|distinguish|compare|clearly|give|focus|fit|improve|avoid|draw)\b)"
)
_CHANGE = re.compile(
    r"\b(?:chang(?:e|ing)|switch(?:ing)?|convert(?:ing)?|turn(?:ing)?|updat(?:e|ing)|renam(?:e|ing)"
    r"|relabel(?:l?ing)?|retitl(?:e|ing)|transform(?:ing)?|shorten(?:ing)?|reword(?:ing)?"
    r"|simplify(?:ing)?|go(?:ing)?\s+(?=from)|mov(?:e|ing)\s+(?=from))\s*"
    r"((?:(?!\sto\s|\sinto\s)[^.?!;]){1,160}?)\s(?:to|into)\s+" + _NOT_A_THING
)
_REPLACE = re.compile(
    r"\b(?:replac(?:e|ing)|swap(?:ping)?|exchang(?:e|ing))\s+"
    r"((?:(?!\swith\s|\sby\s|\sfor\s)[^.?!;]){1,160}?)\s(?:with|by|for)\s"
)
_COMPLAINT = re.compile(
    r"\b(?:the|this|that|these|those|its|my)\s+((?:(?!\b(?:is|are|and\s+the)\b)[^,.;?!]){1,90}?)\s+"
    r"(?:(?:is|are|looks?|seems?|feels?)\s+(?:an?\s+|\w+\s+){0,3}?"
    r"(?:too|hard|difficult|harsh|stark|dull|boring|bland|ugly|confusing|long|wordy|generic|intense"
    r"|bright|dark|light|unclear|vague|strong|ok|okay|fine)\b"
    r"|(?:isn't|aren't|is\s+not|are\s+not|doesn't|don't|does\s+not|do\s+not)\s)"
)


def unwanted(text: Text) -> Iterator[Stretch]:
    """The stretches of a question that name what is not wished."""
    low = text.low
    for match in _INSTEAD.finditer(low):
        yield Stretch(match.end(), _clause_end(low, match.end()), None)
    for match in _NOT.finditer(low):
        yield Stretch(match.start("said"), match.end() + 3, _CHOSEN)
    for match in _RECOLOUR.finditer(low):
        yield Stretch(*match.span(1), _LOOKS)
    for match in _NOW.finditer(low):
        yield Stretch(match.start("said"), match.end() + 3, _CHOSEN)
    for match in _OLD.finditer(low):
        end = _OLD_END.search(low, match.end(), match.end() + 40)
        yield Stretch(match.end(), end.start() if end else match.end() + 40, _SAID)
    for match in _CHANGE.finditer(low):
        yield Stretch(*_old_part(match), _SAID)
        if _names_a_type(low, match.end()):
            yield Stretch(*_old_part(match), (d.ChartDemand, d.MarkDemand))
        if not re.search(r"gradient|scheme|scale|palette|range|ramp", match.group(1)):
            yield Stretch(match.start(), match.end(), (d.SchemeDemand,))
    for match in _REPLACE.finditer(low):
        yield Stretch(*match.span(1), None)
    for match in _COMPLAINT.finditer(low):
        yield Stretch(*match.span(1), (*_LOOKS, *_NAMES))


def _clause_end(low: str, start: int) -> int:
    """Where the clause that begins at a place ends (160 characters at most)."""
    end = _END.search(low, start, start + 160)
    return end.start() if end else min(len(low), start + 160)


def _old_part(match: re.Match[str]) -> Span:
    """X of "change the title from X to Y", or of "change X to Y"."""
    start, end = match.span(1)
    source = re.search(r"\bfrom\s", match.group(1))
    return (start + source.end() if source else start), end


def _names_a_type(low: str, start: int) -> bool:
    """Whether a chart type is named right after a place."""
    return any(word.pattern.search(low, start, start + 40) for word in words.CHART_WORDS)


def without_unwanted(text: Text, found: Iterable[d.Demand]) -> list[d.Demand]:
    """The wishes without those that name what is not wished.

    A title that takes the place of another one keeps the other one's words in `replaces`.
    """
    stretches = tuple(unwanted(text))
    kept = [item for item in found if not any(_taken_back(item, s) for s in stretches)]
    return [_with_replaced(text, item, stretches) for item in kept]


def _taken_back(item: d.Demand, stretch: Stretch) -> bool:
    """Whether a stretch takes a wish back; "no legend" and the like begin before it."""
    if stretch.only is not None and not isinstance(item, stretch.only):
        return False
    if isinstance(item, d.LegendDemand) and item.title is None and stretch.only is not None:
        return False
    return stretch.start <= item.start < stretch.end


def _with_replaced(text: Text, item: d.Demand, stretches: tuple[Stretch, ...]) -> d.Demand:
    """A title with the words that it takes the place of ("B" instead of "A")."""
    if not isinstance(item, d.TitleDemand):
        return item
    for quote in text.quotes:
        behind = 0 <= quote.start - item.end <= 40
        if behind and any(s.only is None and s.start <= quote.start < s.end for s in stretches):
            return replace(item, replaces=quote.text)
    return item
