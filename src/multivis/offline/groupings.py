"""Groupings that a question makes itself: moving averages, "the rest"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from multivis.charts.demands.words import COLOUR_PATTERN
from multivis.offline.words import NUMBERS

__all__ = ["Moving", "read_moving", "wants_rest"]

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
