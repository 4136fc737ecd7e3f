"""Groups of a number that a question makes itself: "under 40 and 40 or over", "before 1950 or not".

Pieces that together hold every number ("up to 3, 4 to 7, 8 or more") can be no condition on rows,
so they make groups wherever they stand; other pieces do beside a word for groups.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from multivis.charts.demands.words import COLOUR_PATTERN
from multivis.offline.catalog import Catalog, Field
from multivis.offline.comparatives import MONEY
from multivis.offline.linking import Candidate, Mention

if TYPE_CHECKING:
    from multivis.offline.concepts import Concept

__all__ = ["Ranges", "give_ranges", "read_ranges"]

Case = tuple[str, float | None, float | None, bool, bool]

_N = r"[$€£]?(\d+(?:,\d{3})*(?:\.\d+)?)(k| ?million| ?billion| thousand)?\b"
_UNIT = (
    r"(?: ?(?:years?(?: old| of age)?|yrs|days?|weeks?|months?|hours?|minutes?|seconds?|kg|kilos?|"
    r"km|cm|metres?|meters?|miles?|points?|percent|%|dollars?|euros?|pounds?|stars?|people|seats))?"
)
_PIECE = re.compile(
    rf"(?P<below>(?:under|below|less than|younger than|fewer than|lower than|smaller than|shorter "
    rf"than|cheaper than|before|<)\s*{_N})"
    rf"|(?P<upto>(?:up to|at most|until|no more than|<=|≤)\s*{_N})"
    rf"|(?P<range>(?:between\s+|from\s+)?{_N}\s*(?:-|–|to|and)\s*{_N}"
    r"(?!\s*(?:\+|and (?:over|above|older|later|more)\b(?!\s*\$?\d))))"
    rf"|(?P<down>{_N}{_UNIT} (?:and|or) (?:under|below|less|fewer|younger|earlier|lower|cheaper)\b)"
    rf"|(?P<onward>(?:at least|since|>=|≥)\s*{_N}|{_N}{_UNIT}\s*(?:\+(?!\w)|(?:and|or) (?:over|"
    r"above|older|more|up|upwards?|later|higher|longer|newer|greater)\b)"
    rf"|from {_N} (?:on|onwards?|upwards?|up)\b)"
    rf"|(?P<above>(?:over|above|more than|older than|greater than|higher than|larger than|longer "
    rf"than|after|later than|exceeding|>)\s*{_N})",
    re.IGNORECASE,
)  # fmt: skip
_JOINED = re.compile(r"^[\s,;(]*(?:and|or)?[\s,;]*$")
_LOOSE = re.compile(r"^(?!.*[.?!]\s)[^\[\]]{0,34}$", re.DOTALL)
_GROUP_WORD = re.compile(
    r"\b(?:group(?:s|ed|ing)?|bucket(?:s|ed)?|band(?:s|ed)?|bracket(?:s|ed)?|categor\w+|bins?|binned|"
    r"ranges?|class(?:es)?|split|divided?|into)\b"
)
_BOTH_SIDES = re.compile(
    r"\bbefore and (?:after|since|from) (?:the year )?((?:1[5-9]|20)\d\d)\b", re.IGNORECASE
)
_APART = (
    r"\b(?:whether|versus|vs\.?|compar\w+|split|divid\w+|distinguish\w*|separat\w+|group\w*|"
    r"telling|tells?|colou?r\w* (?:by|for|show\w*|tell\w*)|or not|else|otherwise)\b"
)
_OTHERWISE = re.compile(
    r"^(?P<gap>[^.?!;]{0,25}?)[\s,;(]*\b(?:and|or|versus|vs\.?|against|from|else|otherwise|than|"
    r"with) ?(?:the )?(?:(?P<not>not|later|earlier|older|younger|more|less|above|below|others?|"
    r"rest|everyone else|all others?|remaining \w+|after(?:wards)?|before|at most that)\b|"
    r"(?:as )?['\"]?(?P<label>[a-z]{3,12})['\"]?(?=[\s,.;?!)]|$))",
    re.IGNORECASE,
)
_LABEL_BEFORE = re.compile(r"['\"]?\b([A-Za-z][\w ]{1,18}?)['\"]?\s*[(=:]\s*$")
_LABEL_AFTER = re.compile(
    r"^[^,.;()]{0,14}?\s*(?:as|=|is|are|called|named)\s*(?:the )?['\"]?([A-Za-z][\w-]{2,14})['\"]?"
)
_SCALE = re.compile(r"\d ?(?:k|thousand|million|billion)\b", re.IGNORECASE)
_NO_LABEL = frozenset({"and", "or", "from", "to", "with", "the", "of", "into", "groups", "group"})
_LEAD = re.compile(r"^(?:and|or|with|the|of|into|as|from|for) ", re.IGNORECASE)


@dataclass(frozen=True)
class Ranges:
    """Ranges of a number with their labels, from low to high.

    Attributes:
        start: First character of the list in the question.
        end: One past the last.
        cases: (label, lower bound or None, upper bound or None, upper bound excluded, lower bound
            excluded) each.
        spans: All stretches of the question that speak of them.
        of_years: Whether the bounds are years.
    """

    start: int
    end: int
    cases: tuple[Case, ...]
    spans: tuple[tuple[int, int], ...] = ()
    of_years: bool = False


@dataclass(frozen=True)
class _Piece:
    start: int
    end: int
    text: str
    low: float | None
    high: float | None
    high_open: bool = False
    low_open: bool = False


def _value(text: str, scale: str | None) -> float:
    times = {"k": 1e3, "thousand": 1e3, "million": 1e6, "billion": 1e9}
    return float(text.replace(",", "")) * times.get((scale or "").strip().lower(), 1.0)


def _pieces(question: str) -> list[_Piece]:
    """The ranges and comparisons in a question, in the order of the text."""
    made = []
    for found in _PIECE.finditer(question):
        kind = str(found.lastgroup)
        if kind not in found.groupdict():
            kind = next(name for name, text in found.groupdict().items() if text)
        groups = re.findall(_N, found.group(0), re.IGNORECASE)
        numbers = [_value(text, scale) for text, scale in groups]
        span = found.start(), found.end(), found.group(0).strip()
        if kind in {"below", "upto", "down"}:
            made.append(_Piece(*span, None, numbers[0], high_open=kind == "below"))
        elif kind == "range":
            made.append(_Piece(*span, numbers[0], numbers[1]))
        else:
            made.append(_Piece(*span, numbers[0], None, low_open=kind == "above"))
    return made


def _holds_all(pieces: Sequence[_Piece]) -> bool:
    """Whether every number falls into one of the pieces, which do not overlap."""
    ordered = sorted(pieces, key=lambda p: p.low if p.low is not None else float("-inf"))
    if len(ordered) < 2 or ordered[-1].high is not None:
        return False
    if ordered[0].low is not None and not (ordered[0].low in {0, 1} and len(ordered) > 2):
        return False  # "0-5, 6-10 and 11+": nothing lies below the first
    for lower, upper in pairwise(ordered):
        if lower.high is None or upper.low is None:
            return False
        apart = upper.low - lower.high
        if not 0 <= apart <= 1 or (apart == 1 and not lower.high.is_integer()):
            return False
    return True


def _runs(pieces: Sequence[_Piece], question: str, gap: re.Pattern[str]) -> list[list[_Piece]]:
    runs: list[list[_Piece]] = []
    for piece in pieces:
        if runs and gap.match(question[runs[-1][-1].end : piece.start]):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _years(bounds: Sequence[float | None]) -> bool:
    known = [b for b in bounds if b is not None]
    return bool(known) and all(1500 <= b <= 2100 and b.is_integer() for b in known)


def _label(piece: _Piece, question: str) -> str:
    """The name that the question gives a piece, or empty."""
    before = _LABEL_BEFORE.search(question[: piece.start])
    if before is not None:
        words = before.group(1).strip()
        while _LEAD.match(words):
            words = _LEAD.sub("", words)
        words = words.split()[-1] if len(words.split()) > 2 else words
        if words.lower() not in _NO_LABEL:
            return words[:1].upper() + words[1:]
    after = _LABEL_AFTER.match(question[piece.end :])
    if after is not None and after.group(1).lower() not in _NO_LABEL:
        return after.group(1)[:1].upper() + after.group(1)[1:]
    return ""


def _case(piece: _Piece, label: str) -> Case:
    said = re.sub(r"\s*([-–])\s*", r"\1", piece.text)
    said = re.sub(r"^(?:between|from) ", "", said, flags=re.IGNORECASE)
    return (
        label or said[:1].upper() + said[1:], piece.low, piece.high, piece.high_open, piece.low_open
    )  # fmt: skip


def _other_side(piece: _Piece, year: bool) -> tuple[_Piece, str]:
    """The rest beside one open range, with what it is called."""
    number = piece.low if piece.low is not None else piece.high
    assert number is not None
    aged = re.search(r"young|old", piece.text, re.IGNORECASE)
    written = re.search(_N, piece.text, re.IGNORECASE)
    text = written.group(0) if written is not None else f"{number:g}"
    span = piece.start, piece.end, piece.text
    if piece.low is None:
        label = f"{text} or later" if year else f"{text} or {'older' if aged else 'more'}"
        label = label if piece.high_open else f"After {text}" if year else f"Over {text}"
        return _Piece(*span, number, None, low_open=not piece.high_open), label
    label = f"Up to {text}" if piece.low_open else f"Before {text}" if year else f"Under {text}"
    return _Piece(*span, None, number, high_open=not piece.low_open), label


def _of_one_scale(pieces: list[_Piece]) -> list[_Piece]:
    """ "Below 20, 20-60 and above 60 billion": the last word is that of all numbers."""
    scaled = [_SCALE.search(piece.text) is not None for piece in pieces]
    if all(scaled) or not any(scaled):
        return pieces
    made = []
    for piece in pieces:
        numbers = [_value(text, None) for text, _ in re.findall(_N, piece.text, re.IGNORECASE)]
        low = None if piece.low is None else numbers[0]
        high = None if piece.high is None else numbers[-1]
        made.append(replace(piece, low=low, high=high))
    return made


def _two_sides(piece: _Piece, question: str) -> Ranges | None:
    """ "Whether it was built before 1900 or later", "over 100 as high, else as low"."""
    if piece.low is not None and piece.high is not None:
        return None
    begin = max(question.rfind(". ", 0, piece.start), question.rfind("? ", 0, piece.start)) + 1
    after = question[piece.end :]
    named = _label(piece, question)
    found = _OTHERWISE.match(after)
    if found is None or (found["label"] and not named):
        return None
    clause = question[begin : piece.start] + found.group(0)
    if not re.search(_APART, clause, re.IGNORECASE) or COLOUR_PATTERN.search(clause):
        return None
    year = _years([piece.low, piece.high])
    other, label = _other_side(piece, year)
    if named:
        said = found["label"] or "Other"
        label = said[:1].upper() + said[1:]
    cases = sorted(
        [_case(piece, named), _case(other, label)],
        key=lambda c: c[1] if c[1] is not None else float("-inf"),
    )
    end = piece.end + found.end()
    return Ranges(piece.start, end, tuple(cases), ((piece.start, end),), year)


def read_ranges(question: str) -> Ranges | None:
    """ "Into under 30, 30-50 and over 50", "before and after 2005": groups of a number."""
    pieces = _pieces(question)
    sides = _BOTH_SIDES.search(question)
    whole = [r for r in _runs(pieces, question, _LOOSE) if _holds_all(_of_one_scale(r))]
    if sides is not None:
        year = float(sides.group(1))
        spans = [sides.span(), *((run[0].start, run[-1].end) for run in whole)]
        cases = (
            (f"Before {sides.group(1)}", None, year, True, False),
            (f"{sides.group(1)} and later", year, None, False, False),
        )
        return Ranges(*sides.span(), cases, tuple(spans), True)
    strict = _runs(pieces, question, _JOINED)
    best = max([*whole, *strict], key=len, default=[])
    if len(best) < 2:
        return next((two for p in pieces if (two := _two_sides(p, question)) is not None), None)
    start, end = best[0].start, best[-1].end
    sentence = question[max(0, start - 80) : end + 30].lower()
    told = question[max(0, start - 12) : end + 14]
    if best in whole:
        if len(best) == 2 and COLOUR_PATTERN.search(told):
            return None  # "below 100 in red and above 100 in blue"
    elif not _GROUP_WORD.search(sentence):
        return None
    best = _of_one_scale(best)
    labels = [_label(piece, question) for piece in best]
    named = all(labels) and len(set(labels)) == len(labels)
    made = [_case(piece, label if named else "") for piece, label in zip(best, labels, strict=True)]
    made.sort(key=lambda c: c[1] if c[1] is not None else float("-inf"))
    if named:
        first = re.search(re.escape(labels[0]) + r"\W*$", question[:start], re.IGNORECASE)
        start = first.start() if first is not None else start
        last = re.match(r"[^,.;()]{0,14}?" + re.escape(labels[-1]), question[end:], re.IGNORECASE)
        end += last.end() if last is not None else 0
    years = _years([bound for case in made for bound in case[1:3]])
    return Ranges(start, end, tuple(made), ((start, end),), years)


# ── which number they cut ───────────────────────────────────────────────────────────────────

_COLOUR = re.compile(r"\bcolou?r\w*\b[^.;?!]{0,50}$", re.IGNORECASE)
_PANEL = re.compile(r"\b(row|column|panel|facet)s?\b[^.;?!]{0,30}$", re.IGNORECASE)
_OLD = re.compile(r"\b(?:under|over|aged?|old(?:er)?|young(?:er)?)\b", re.IGNORECASE)
_OLDEST = 120


def _can_be_cut(field: Field, ranges: Ranges) -> bool:
    """Whether a column holds amounts or years, and the ranges lie among them."""
    if ranges.of_years and field.is_time and field.date_style:
        return True
    if field.is_time or not field.is_measure:
        return False
    if field.numeric_text:  # the least text is not the least number
        known = [n for v in field.column.samples if (n := _number(v)) is not None]
        low, high = min(known, default=None), max(known, default=None)
    else:
        low, high = _number(field.column.minimum), _number(field.column.maximum)
    if low is None or high is None:
        return not ranges.of_years
    return _factor(ranges, low, high) is not None


def _factor(ranges: Ranges, low: float, high: float) -> float | None:
    """What to multiply the bounds with to fall among the values: a column may be in millions."""
    bounds = [b for case in ranges.cases for b in case[1:3] if b is not None]
    factors = (1.0,) if ranges.of_years else (1.0, 1e-9, 1e-6, 1e-3, 1e9, 1e6, 1e3)
    said = any(_SCALE.search(case[0]) for case in ranges.cases)
    for factor in factors if said else factors[:1]:
        if any(low <= bound * factor <= high for bound in bounds):
            return factor
    return None


def _number(value: object) -> float | None:
    """A bound of a column, which may hold its numbers as text."""
    try:
        return float(str(value))
    except ValueError:
        return None


def give_ranges(
    ranges: Ranges,
    mentions: list[Mention],
    concepts: list[Concept | None],
    catalog: Catalog,
    question: str,
) -> bool:
    """Cut the number that is named closest to the ranges, or the one that they can only mean.

    Args:
        ranges: What was read.
        mentions: What the question names.
        concepts: The concept of each mention; one may be added.
        catalog: The schema.
        question: As it was asked.

    Returns:
        Whether there is such a number.
    """
    near = [
        (mention.start > ranges.start, abs(mention.start - ranges.start), concept)
        for mention, concept in zip(mentions, concepts, strict=False)
        if concept is not None and concept.field is not None and _can_be_cut(concept.field, ranges)
    ]
    sentence = max(question.rfind(end, 0, ranges.start) for end in (". ", "? ", "! ")) + 1
    close = [item for item in near if item[1] <= max(80, ranges.start - sentence)]
    if close:
        chosen = min(close, key=lambda item: item[1])[2]
    else:
        implied = _implied(ranges, mentions, catalog, question)
        if implied is None:
            if not near:
                return False
            chosen = min(near, key=lambda item: item[1])[2]
        else:
            chosen = _added(implied, concepts)
    chosen.cases = _scaled(ranges, chosen)
    chosen.roles.add("dimension")
    before = question[: ranges.start]
    panel = _PANEL.search(before)
    if _COLOUR.search(before):
        chosen.roles.add("color")
    elif panel is not None:
        word = panel.group(1).lower()
        chosen.roles.add(word if word in {"row", "column"} else "facet")
    return True


def _scaled(ranges: Ranges, chosen: Concept) -> tuple[Case, ...]:
    """The ranges in the unit of the column."""
    column = chosen.field
    low = _number(column.column.minimum) if column is not None else None
    high = _number(column.column.maximum) if column is not None else None
    factor = _factor(ranges, low, high) if low is not None and high is not None else None
    if factor in {None, 1.0}:
        return ranges.cases
    times = factor or 1.0

    def fit(bound: float | None) -> float | None:
        return None if bound is None else round(bound * times, 9)

    return tuple(
        (label, fit(least), fit(most), high_open, low_open)
        for label, least, most, high_open, low_open in ranges.cases
    )


def _implied(
    ranges: Ranges, mentions: list[Mention], catalog: Catalog, question: str
) -> Field | None:
    """The age of people "under 40", the year of what happened "before 1950"."""
    tables = list(dict.fromkeys(mention.best.table for mention in mentions))
    bounds = [b for case in ranges.cases for b in case[1:3] if b is not None]
    if ranges.of_years:
        joined = set(tables)
        for key in (k for table in tables[1:] for k in catalog.path(tables[:1], table) or ()):
            joined |= {key.table, key.to_table}
        fitting = [f for f in catalog if f.table in joined and f.is_time and f.date_style]
        fitting = [f for f in fitting if f.date_style == "year"] or fitting
    elif re.search(r"[$€£]\d", question[ranges.start : ranges.end]):
        fitting = [
            f for f in catalog if f.table in tables and MONEY & set(f.words) and f.is_measure
        ]
    elif max(bounds) <= _OLDEST and _OLD.search(question[ranges.start : ranges.end]):
        fitting = [f for f in catalog if f.table in tables and "age" in f.words and f.is_measure]
    else:
        return None
    return fitting[0] if len(fitting) == 1 else None


def _added(column: Field, concepts: list[Concept | None]) -> Concept:
    """A concept for a column that no word of the question names."""
    from multivis.offline.concepts import Concept

    made = Concept(Candidate(0.9, field=column), len(concepts), text=column.name)
    concepts.append(made)
    return made
