"""Groupings that a question makes itself: ranges of a number, moving averages, "the rest"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from multivis.charts.demands.words import COLOUR_PATTERN
from multivis.offline.words import NUMBERS

__all__ = ["Moving", "Ranges", "read_moving", "read_ranges", "wants_rest"]

_N = r"\$?(\d+(?:,\d{3})*(?:\.\d+)?)(k)?\b"
_PIECE = re.compile(
    rf"(?P<below>(?:under|below|less than|younger than|up to|fewer than|<)\s*{_N})"
    rf"|(?P<range>(?:between\s+)?{_N}\s*(?:-|–|to|and)\s*{_N}"
    r"(?!\s*(?:\+|and (?:over|above|older)\b(?!\s*\$?\d))))"
    rf"|(?P<above>(?:over|above|more than|older than|greater than|>)\s*{_N}"
    rf"|{_N}\s*(?:\+|and (?:over|above|older|more|up)|or (?:over|above|older|more)))",
    re.IGNORECASE,
)
_JOINED = re.compile(r"^[\s,;(]*(?:and|or)?[\s,;]*$")
_GROUP_WORD = re.compile(
    r"\b(?:group(?:s|ed|ing)?|bucket(?:s|ed)?|band(?:s|ed)?|bracket(?:s|ed)?|categor\w+|bins?|binned|"
    r"ranges?|class(?:es)?|split|divided?|into)\b"
)


@dataclass(frozen=True)
class Ranges:
    """Ranges of a number with their labels, from low to high.

    Attributes:
        start: First character of the list in the question.
        end: One past the last.
        cases: (label, lower bound or None, upper bound or None, upper bound excluded) each.
    """

    start: int
    end: int
    cases: tuple[tuple[str, float | None, float | None, bool], ...]


def _number(text: str, thousand: str | None) -> float:
    return float(text.replace(",", "")) * (1000.0 if thousand else 1.0)


def read_ranges(question: str) -> Ranges | None:
    """ "into under 30, 30-50 and over 50": at least two ranges beside a word for groups."""
    run: list[re.Match[str]] = []
    best: list[re.Match[str]] = []
    for found in _PIECE.finditer(question):
        joined = run and _JOINED.match(question[run[-1].end() : found.start()])
        run = [*run, found] if joined else [found]
        if len(run) > len(best):
            best = run
    if len(best) < 2:
        return None
    sentence = question[max(0, best[0].start() - 80) : best[-1].end() + 30].lower()
    if not _GROUP_WORD.search(sentence):
        return None
    cases: list[tuple[str, float | None, float | None, bool]] = []
    for found in best:
        numbers = [
            _number(found.group(i), found.group(i + 1))
            for i in (2, 5, 7, 10, 12)
            if found.group(i) is not None
        ]
        label = re.sub(r"\s*(?:-|–)\s*", "–", found.group(0).strip())
        label = label[:1].upper() + label[1:]
        if found.group("below"):
            cases.append((label, None, numbers[0], not re.match("up to", label, re.IGNORECASE)))
        elif found.group("range"):
            cases.append((label, numbers[0], numbers[1], False))
        else:
            cases.append((label, numbers[0], None, False))
    cases.sort(key=lambda c: c[1] if c[1] is not None else float("-inf"))
    return Ranges(best[0].start(), best[-1].end(), tuple(cases))


# ── moving averages ─────────────────────────────────────────────────────────────────────────

_MOVING = re.compile(
    r"(?:\b(?P<n>\d{1,3}|two|three|four|five|six|seven|ten|twelve)[- ]?"
    r"(?P<unit>day|week|month|quarter|year|period|point)s?[- ])?"
    r"\b(?:moving|rolling|running) (?:average|mean)s?(?: of)?(?: the)?\b"
    r"(?: over (?P<n2>\d{1,3}|two|three|four|five|six|seven|ten|twelve) (?P<unit2>\w+?)s?\b)?",
    re.IGNORECASE,
)
_UNITS = {"day": "date", "week": "week", "month": "yearmonth", "quarter": "quarter",
          "year": "year"}  # fmt: skip
_DEFAULT_WINDOW = 3


@dataclass(frozen=True)
class Moving:
    """A moving average.

    Attributes:
        start: First character of the words in the question.
        end: One past the last.
        size: Number of points in the window; 0 when the question does not say.
        unit: Time unit of a point, or empty.
        beside: Whether the plain values are drawn too.
    """

    start: int
    end: int
    size: int
    unit: str
    beside: bool

    @property
    def window(self) -> int:
        """Number of points that are averaged."""
        return self.size or _DEFAULT_WINDOW


def read_moving(question: str) -> Moving | None:
    """The moving average that a question asks for, if any."""
    found = _MOVING.search(question)
    if found is None:
        return None
    word = (found.group("n") or found.group("n2") or "").lower()
    size = NUMBERS.get(word, int(word) if word.isdigit() else 0)
    unit = (found.group("unit") or found.group("unit2") or "").lower()
    before = question[: found.start()].lower()
    beside = bool(re.search(r"\b(?:with|and|plus|add|overlay|including|alongside)\b[^.]{0,20}$",
                            before))  # fmt: skip
    return Moving(found.start(), found.end(), size, _UNITS.get(unit, ""), beside)


# ── the rest ────────────────────────────────────────────────────────────────────────────────

_REST = re.compile(
    r"\b(?:the )?(?:rest|remaining(?: \w+)?|remainder|others|everything else|all others?)\b"
    r"[^.]{0,40}\b(?:as|into|in|under|grouped|combined|together)\b[^.]{0,15}"
    r"|\bgroup\w* (?:the )?(?:rest|others|remaining)"
    r"|\b(?:as|into|called|labell?ed) ['\"]?others?\b",
    re.IGNORECASE,
)

# "the others in grey" says how they look; "the rest as one grey bar" what they are.
_COLOURED = re.compile(
    rf"^(?!.*\b(?:one|single|group\w*|combined|together|bar|slice)\b).*(?:{COLOUR_PATTERN.pattern}|"
    r"\b(?:faded|dimmed|muted|transparent|colou?rs?|shade)\b)",
    re.IGNORECASE,
)


def wants_rest(question: str) -> bool:
    """Whether what is not among the first n is to be shown together."""
    return any(not _COLOURED.search(found.group(0) + question[found.end() : found.end() + 20])
               for found in _REST.finditer(question))  # fmt: skip
