"""A question as text to read: its quotes, its sentences, and noun phrases cut out of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from multivis.charts.demands import model as d

__all__ = [
    "AXIS",
    "Quote",
    "Reader",
    "Text",
    "axis_name",
    "list_of",
    "phrase",
    "phrase_after",
    "phrase_before",
]

#: An axis by its name; beside a word for titles its letter will do ("y title").
AXIS = (
    r"(?<![a-z])(x|y|horizontal|vertical)(?:[\s-]?(?:axis|axes)|(?:(?<=x)|(?<=y))"
    r"(?=\s+(?:titled?|labell?ed|labels?|named?|called|heading)\b))"
)


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


def phrase(text: str) -> str:
    """A noun phrase without its leading and trailing small words, or ""."""
    text = _TAIL.sub("", _LEAD.sub("", text.strip() + " ").strip())
    text = re.sub(r"\s+(?:is|are|be|being|values?|listed|arranged|shown|placed|laid)$", "", text)
    return text if re.search(r"\w", text) and len(text) <= 90 else ""


def phrase_before(text: str) -> str:
    """The phrase that ends a text: what follows the last break in it."""
    last = max((m.end() for m in _BREAK.finditer(text)), default=0)
    return phrase(text[last:])


def phrase_after(text: str) -> str:
    """The phrase that begins a text: what precedes the first break in it."""
    text = _LEAD.sub("", text.lstrip() + " ")
    found = _BREAK.search(text)
    return phrase(text[: found.start()] if found else text)


def list_of(text: str) -> tuple[str, ...]:
    """Parts of "a, b, and c", as phrases."""
    parts = re.split(r",\s*(?:and\s+)?|\s+(?:and|plus|as well as|along with)\s+|;", text)
    found = (phrase(part) for part in parts)
    return tuple(part for part in found if part and len(part) < 60)


def axis_name(text: str) -> d.AxisName:
    """``x`` or ``y`` for the words that name an axis."""
    return "y" if re.match(r"y|vertical|left", text.strip()) else "x"


Reader = Callable[[Text], Iterator[d.Demand]]
