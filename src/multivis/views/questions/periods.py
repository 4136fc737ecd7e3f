"""Periods in a question: "in 2016", "between March and May", "the last three years", "at x = 4".

A period is read against an axis, since only that says whether 2016 is a year, a number or the
name of a bar. It is a set of closed spans in the axis' coordinates.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from multivis.views.arrays import as_date

if TYPE_CHECKING:
    from multivis.views.figure import Axis, Trace

__all__ = ["COUNTS", "Period", "find_compared", "find_periods", "position_axis", "unread_period"]

Span = tuple[float, float]

COUNTS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
}
_MONTHS = {
    name.casefold(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
_FIRST = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_MOST_YEARS = 3_000

_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_YEAR = r"(?:1[0-9]{3}|2[0-9]{3})"
_NTH = "(?:" + "|".join(_FIRST) + ")"
_DAY = r"(?:[12][0-9]|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_ISO = (
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[ t][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"
    r"|[0-9]{4}-[0-9]{1,2}(?![0-9])"
)
_DATE = "|".join(
    (
        _ISO,
        rf"(?:the )?{_NTH} (?:quarter|half) of {_YEAR}",
        rf"[qh][1-4],?[ -]?(?:of )?{_YEAR}",
        rf"{_YEAR}[ -]?[qh][1-4]",
        rf"(?:the )?{_DAY}(?: of)? {_MONTH}(?:,? {_YEAR})?",
        rf"{_MONTH} {_DAY}(?![0-9])(?:,? {_YEAR})?",
        rf"{_MONTH},?(?: of)? {_YEAR}",
        r"(?:the )?[0-9]{3}0s",
        rf"{_YEAR}(?![0-9])",
        rf"{_MONTH}",
    )
)
_NUMBER = (
    r"(?:the )?[0-9]{3}0s|-?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?(?![0-9%])"
    r"(?! (?:times|points?|percent|years?|months?|weeks?|days?|values?|more|others?)\b)"
)
_UNIT = "(?:year|month|quarter|day|week|date|category|bar|x|point|period)"
_LATEST = re.compile(
    r"\b(?:over |in |during |for |of |across |within )?(?:the )?"
    r"(?P<end>last|latest|final|past|most recent|first|earliest|initial) "
    rf"(?:(?P<count>[0-9]+|{'|'.join(COUNTS)}) )?"
    r"(?P<unit>years?|quarters?|months?|weeks?|days?|hours?|points?|values?|readings?|bars?|"
    r"entries|categories|samples)\b(?! of [0-9])"
)
_HALF = re.compile(
    r"\b(?:over |in |during |for |of )?(?:the )?(?P<end>first|second|last|latter) half\b"
    r"(?! of [0-9])"
)


@dataclass(frozen=True)
class Period:
    """A part of an axis that a question names.

    Attributes:
        text: As the question says it, for an answer: ``"in 2016"``.
        spans: Closed spans of coordinates.
        moment: Whether it is one moment ("in 2016") and no range ("from 2014 to 2016"). What
            happened in a moment begins with the point before it.
        start: Where in the question it stands.
    """

    text: str
    spans: tuple[Span, ...]
    moment: bool = True
    start: int = 0

    def places(self, trace: Trace, axis: Axis) -> list[int]:
        """The positions in a trace's columns that lie in it, in order of x."""
        found = axis.coordinates(trace.positions)
        inside = [i for i, at in enumerate(found) if any(a <= at <= b for a, b in self.spans)]
        return sorted(inside, key=lambda i: float(found[i]))

    def holds(self, coordinate: float) -> bool:
        """Whether a coordinate lies in it."""
        return any(low <= coordinate <= high for low, high in self.spans)


def position_axis(trace: Trace, axes: Any) -> Axis | None:
    """The axis along which the points of a trace are told apart; None for pies and maps."""
    if trace.axes is None:
        return None
    found: Axis | None = axes.get(trace.axes[1 if trace.orientation == "h" else 0])
    return found


def find_periods(
    words: str, axis: Axis, at: Sequence[float], *, several: bool = False
) -> tuple[list[Period], str]:
    """The periods that a question names, and the question with them taken out.

    Args:
        words: The question in lower case.
        axis: What they are places of.
        at: Coordinates of the points on it, ascending, without doubles.
        several: Whether several traces stand on it, so that the name of a category is a place
            and no single point.

    Returns:
        No, one or two periods in the order of the question. Two only where they are to be
        compared ("in 2016 than in 2015", "the difference between May and June").
    """
    told = _Words(axis, at, several)
    if not told.moment:
        return [], words
    forms = (told.compared, told.ranges, told.latest, told.open_ended, told.moments, told.bare)
    for find in forms:
        found, left = find(words)
        if found:
            return found, left
    return [], words


def find_compared(
    words: str, axis: Axis, at: Sequence[float], *, several: bool = False
) -> tuple[list[Period], str]:
    """Two periods that a question compares, or none; see `find_periods`."""
    told = _Words(axis, at, several)
    return told.compared(words) if told.moment else ([], words)


def unread_period(words: str) -> str | None:
    """A date or month that a question names and that no axis could read; None if there is none.

    Args:
        words: The question in lower case, without the periods that were found.
    """
    match = re.search(
        _whole(rf"\b(?:in|during|since|after|before|until|from|between) (?:the year )?(?:{_DATE})"),
        words,
    )
    return match[0] if match else None


# ── one moment ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Moment:
    """A moment by itself: its spans, or without a year a month (and day) of any year."""

    spans: tuple[Span, ...] = ()
    month: int = 0
    day: int = 0

    def in_years(self, years: Iterable[int]) -> tuple[Span, ...]:
        if self.spans or not self.month:
            return self.spans
        made = [_span_of(year, self.month, self.day) for year in years]
        return tuple(span for span in made if span is not None)


def _closed(start: datetime, end: datetime | None) -> Span:
    high = math.inf if end is None else math.nextafter(as_date(end), -math.inf)
    return as_date(start), high


def _after(year: int, month: int, months: int) -> datetime | None:
    """The first day some months later; None past the calendar."""
    place = year * 12 + month - 1 + months
    return datetime(place // 12, place % 12 + 1, 1) if place < 9999 * 12 else None


def _span_of(year: int, month: int = 0, day: int = 0, months: int = 0) -> Span | None:
    """A year, month, day, or some months of a year; None where there is no such day."""
    try:
        start = datetime(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return _closed(start, start + timedelta(days=1) if year < 9999 else None)
    return _closed(start, _after(year, month or 1, months or (1 if month else 12)))


def _date_moment(text: str) -> _Moment:
    """What a text that matches `_DATE` means; no spans for a day that does not exist."""
    span = _dated(text)
    if span is not None:
        return _Moment((span,))
    month = next((_MONTHS[w] for w in re.findall("[a-z]+", text) if w in _MONTHS), 0)
    if not month:
        return _Moment()
    year = re.search(rf"\b{_YEAR}\b", text)
    rest = text if year is None else text.replace(year[0], " ")
    day = re.search(r"\b([0-9]{1,2})(?:st|nd|rd|th)?\b", rest)
    number = int(day[1]) if day else 0
    if year is None:
        return _Moment(month=month, day=number)
    found = _span_of(int(year[0]), month, number)
    return _Moment(() if found is None else (found,))


def _dated(text: str) -> Span | None:
    """A date in figures, a quarter, a half, a decade or a year."""
    if match := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})(?:-([0-9]{1,2})(?:[ t](.+))?)?", text):
        if match[4]:
            moment = as_date(
                f"{match[1]}-{int(match[2]):02}-{int(match[3]):02} {match[4].zfill(5)}"
            )
            minute = 1_000 if match[4].count(":") == 2 else 60_000
            return None if math.isnan(moment) else (moment, moment + minute - 0.5)
        return _span_of(int(match[1]), int(match[2]), int(match[3] or 0))
    if match := re.search(rf"({_NTH}) (quarter|half) of ([0-9]{{4}})", text):
        return _part(int(match[3]), _FIRST[match[1]], match[2][0])
    if match := re.search(r"([qh])([1-4])", text):
        year = re.search(r"[0-9]{4}", text)
        return None if year is None else _part(int(year[0]), int(match[2]), match[1])
    if match := re.fullmatch(r"(?:the )?([0-9]{3}0)s", text):
        return _span_of(int(match[1]), months=120)
    return _span_of(int(text)) if re.fullmatch(_YEAR, text) else None


def _part(year: int, number: int, kind: str) -> Span | None:
    """A quarter or a half of a year; q names quarters, h halves."""
    months = 3 if kind == "q" else 6
    return (
        _span_of(year, 1 + (number - 1) * months, months=months) if number * months < 13 else None
    )


# ── a question's words, on one axis ─────────────────────────────────────────────────────────


class _Words:
    """Reads periods on one axis."""

    def __init__(self, axis: Axis, at: Sequence[float], several: bool) -> None:
        self.axis = axis
        self.at = at
        self.several = several
        self.names = self._names() if axis.type == "category" else {}
        patterns = {"date": _DATE, "category": "|".join(map(re.escape, self._longest()))}
        self.moment = patterns.get(axis.type, _NUMBER) if at else ""

    def _longest(self) -> list[str]:
        return sorted(self.names, key=len, reverse=True)

    def _names(self) -> dict[str, list[int]]:
        """What names which categories: their names, else years and months that they hold."""
        found: dict[str, list[int]] = {}
        for place, name in enumerate(self.axis.categories):
            if name.strip():
                found.setdefault(name.casefold(), []).append(place)
        parts: dict[str, list[int]] = {}
        for place, name in enumerate(self.axis.categories):
            for part in dict.fromkeys(re.findall(r"[a-z]+|[0-9]{4}", name.casefold())):
                if part in _MONTHS:
                    for other, number in _MONTHS.items():
                        if number == _MONTHS[part]:
                            parts.setdefault(other, []).append(place)
                elif re.fullmatch(_YEAR, part):
                    parts.setdefault(part, []).append(place)
        return {**parts, **found}

    @property
    def _years(self) -> range:
        """The years that the points lie in."""
        least, most = (datetime(1970, 1, 1) + timedelta(milliseconds=e) for e in self._ends())
        return range(least.year, min(most.year, least.year + _MOST_YEARS) + 1)

    def _ends(self) -> Span:
        return self.at[0], self.at[-1]

    def read(self, text: str) -> _Moment:
        """What a text that matches `self.moment` means."""
        text = text.strip().removeprefix("the ")
        if self.axis.type == "date":
            return _date_moment(text.rstrip("."))
        if self.axis.type == "category":
            return _Moment(tuple((float(i), float(i)) for i in self.names[text]))
        if text.endswith("s"):
            return _Moment(((float(text[:-1]), math.nextafter(float(text[:-1]) + 10, -math.inf)),))
        number = float(text.replace(",", ""))
        whole = re.fullmatch(_YEAR, text) and number not in self.at
        if whole and any(number < at < number + 1 for at in self.at):  # years with parts of years
            return _Moment(((number, math.nextafter(number + 1, -math.inf)),))
        return _Moment(((number, number),))

    def spans(self, text: str) -> tuple[Span, ...]:
        """The spans of a moment; one without a year is meant in every year."""
        moment = self.read(text)
        return moment.in_years(self._years) if moment.month and not moment.spans else moment.spans

    # ── the forms ───────────────────────────────────────────────────────────────────────────

    def compared(self, words: str) -> tuple[list[Period], str]:
        """Two moments to compare."""
        m, between = self.moment, r"(?:and|with|to|versus|vs\.?|than(?: in| at| on| for)?|from)"
        at = r"(?:in|during|at|on|for)"
        unit = rf"(?:the )?(?:{_UNIT}s? )?"
        than = r"(?:higher|lower|greater|larger|smaller|less|more|better|worse|bigger|fewer) than"
        bare = self.several or self.axis.type == "date"
        for pattern in (
            *(
                (
                    rf"\b(?:is|was|were|are) {unit}(?P<a>{m})(?P<middle> .{{0,30}}?{than}) "
                    rf"{unit}(?P<b>{m})",
                )
                if bare
                else ()
            ),
            rf"\b(?:difference|gap|ratio|margin)s?(?: in [\w ]+?)? between {unit}(?P<a>{m}) "
            rf"and {unit}(?P<b>{m})",
            rf"\bcompar(?:e|ed|ing|ison of) {unit}(?P<a>{m}) {between} {unit}(?P<b>{m})",
            rf"\b{at} {unit}(?P<a>{m})(?P<middle>(?: \S+){{0,6}}?) "
            rf"(?:than|versus|vs\.?|compared (?:to|with)|or)(?: it was| they were)?(?: {at})? "
            rf"{unit}(?P<b>{m})",
        ):
            match = re.search(_whole(pattern), words)
            if match:
                made = [
                    Period(f"in {match[k]}", self.spans(match[k]), True, match.start(k))
                    for k in "ab"
                ]
                middle = match.groupdict().get("middle") or ""
                verb = re.match(r"(?:is|was|were|are)\b", match[0])
                lead = words[: match.start()] + (verb[0] if verb else "")
                left = f"{lead} {middle} than {words[match.end() :]}"
                return made, left
        return [], words

    def ranges(self, words: str) -> tuple[list[Period], str]:
        """From one moment to another."""
        m = self.moment
        unit = rf"(?:the )?(?:{_UNIT}s? )?(?:= )?"
        through = r"(?:to|until|till|through|up to|and|[-–—])"
        for pattern in (
            rf"\b(?P<how>between|from) {unit}(?P<a>{m}) ?{through} ?{unit}(?P<b>{m})",
            rf"\b(?P<how>in|during|over|for|of|within|across)? ?{unit}(?P<a>{m}) ?"
            rf"(?:to|until|till|through|[-–—]) ?{unit}(?P<b>{m})",
        ):
            match = re.search(_whole(pattern), words)
            if match and not re.search(r"\bratios? $", words[: match.start()]):
                spans = self._between(match["a"], match["b"])
                joint = "and" if match["how"] == "between" else "to"
                how = "between" if joint == "and" else "from"
                text = f"{how} {match['a']} {joint} {match['b']}"
                made = Period(text, spans, False, match.start())
                return [made], _without(words, match)
        return [], words

    def _between(self, first: str, last: str) -> tuple[Span, ...]:
        """From the beginning of one moment to the end of another."""
        a, b = self.read(first), self.read(last)
        if self.axis.type == "date" and not a.spans and a.month:
            years = self._years
            if b.spans:  # "from March to June 2016"
                years = range((year := _year_of(b.spans[0][0])), year + 1)
            pairs = [
                (one, two)
                for year in years
                for one in a.in_years((year,))
                for two in b.in_years((year,))
            ]
            return tuple((one[0], two[1]) for one, two in pairs)
        if self.axis.type == "date" and not b.spans and b.month and a.spans:
            b = _Moment(b.in_years((_year_of(a.spans[0][0]),)))
        if not a.spans or not b.spans:
            return ()
        low = min(span[0] for span in a.spans)
        high = max(span[1] for span in b.spans)
        if low > high:
            low, high = min(s[0] for s in b.spans), max(s[1] for s in a.spans)
        return ((low, high),)

    def open_ended(self, words: str) -> tuple[list[Period], str]:
        """Since, after, until or before a moment."""
        unit = rf"(?:the )?(?:{_UNIT}s? )?(?:= )?(?P<a>{self.moment})"
        forms: tuple[tuple[str, Callable[[Span], Span]], ...] = (
            (
                r"(?:after|past|later than|beyond)",
                lambda s: (math.nextafter(s[1], math.inf), math.inf),
            ),
            (r"(?:since|from|starting(?: in| at| from)?|as of)", lambda s: (s[0], math.inf)),
            (
                r"(?:before|prior to|earlier than)",
                lambda s: (-math.inf, math.nextafter(s[0], -math.inf)),
            ),
            (r"(?:until|till|up to|through|by)", lambda s: (-math.inf, s[1])),
        )
        for word, bound in forms:
            match = re.search(_whole(rf"\b(?P<how>{word}) {unit}(?: on(?:wards?)?)?"), words)
            if match:
                spans = self.spans(match["a"])
                whole = ((spans[0][0], spans[-1][1]),) if spans else ()
                text = f"{match['how']} {match['a']}"
                found = Period(text, tuple(bound(s) for s in whole), False, match.start())
                return [found], _without(words, match)
        return [], words

    def moments(self, words: str) -> tuple[list[Period], str]:
        """In one moment, or in each of several: "in 2015 and 2016"."""
        of = "|of" if self.axis.type == "date" else ""
        unit = rf"(?:the )?(?:{_UNIT}s? )?(?:of )?(?:= )?"
        pattern = (
            rf"\b(?P<how>in|during|at|on|for|throughout|within|around|when{of})"
            rf" {unit}(?P<a>{self.moment})(?P<more>(?:,? (?:and|or) {unit}(?:{self.moment}))*)"
        )
        match = re.search(_whole(pattern), words)
        if match is None and self.axis.type == "date":
            match = re.search(_whole(rf"(?P<how>)(?P<a>{_ISO})(?P<more>)"), words)
        if match is None:
            return [], words
        texts = [match["a"], *re.findall(_whole(self.moment), match["more"])]
        spans = tuple(span for text in texts for span in self.spans(text))
        how = match["how"] if match["how"] not in {"", "of", "when", "for"} else "in"
        text = f"{how} {' and '.join(text.strip('.') for text in texts)}"
        return [Period(text, spans, len(texts) == 1, match.start())], _without(words, match)

    def bare(self, words: str) -> tuple[list[Period], str]:
        """Names of categories by themselves, where several traces have a point at each."""
        if self.axis.type != "category" or not self.several:
            return [], words
        found = list(re.finditer(_whole(self.moment), words))
        found = [one for one in found if len(one[0]) > 1]
        made = [Period(f"in {one[0]}", self.spans(one[0]), True, one.start()) for one in found]
        for one in found:
            words = words[: one.start()] + "\x00" * len(one[0]) + words[one.end() :]
        if len(made) > 2:
            spans = tuple(span for period in made for span in period.spans)
            text = "in " + " and ".join(one[0] for one in found)
            return [Period(text, spans, False, made[0].start)], words
        return made, words

    def latest(self, words: str) -> tuple[list[Period], str]:
        """The first or last few, and halves."""
        match = _HALF.search(words)
        if match:
            low, high = self._ends()
            first, middle = match["end"] == "first", (low + high) / 2
            span = (low, math.nextafter(middle, low)) if first else (middle, high)
            text = f"in the {match['end']} half"
            return [Period(text, (span,), False, match.start())], _without(words, match)
        match = _LATEST.search(words)
        if match is None or (match["count"] is None and "the " not in match[0]):
            return [], words
        count = COUNTS.get(match["count"] or "one") or int(match["count"])
        first = match["end"] in {"first", "earliest", "initial"}
        unit = match["unit"].rstrip("s")
        if match["count"] is None and unit not in {"year", "quarter", "month", "week", "day"}:
            return [], words  # "the first point" is a matter of order
        few = self._few(count, unit, first=first)
        text = match[0].strip()
        text = text if text.split()[0] in {"over", "in", "during", "within"} else f"in {text}"
        text = re.sub(r"^in (?:for|of|across) ", "in ", text)
        spans = () if few is None else (few,)
        return [Period(text, spans, False, match.start())], _without(words, match)

    def _few(self, count: int, unit: str, *, first: bool) -> Span | None:
        """The first or last so many years … or points; None where the unit means nothing."""
        low, high = self._ends()
        if count < 1:
            return None
        if unit not in {"year", "quarter", "month", "week", "day", "hour"}:
            return (low, self.at[:count][-1]) if first else (self.at[-count:][0], high)
        if self.axis.type == "date":
            end = _moved(low if first else high, count if first else -count, unit)
            if end is None:
                return low, high
            return (low, math.nextafter(end, low)) if first else (math.nextafter(end, high), high)
        if self.axis.type == "category":
            pattern = rf"\b{_YEAR}\b" if unit == "year" else _MONTH if unit == "month" else "$^"
            fits = [re.search(pattern, name.casefold()) for name in self.axis.categories]
            whole = len({match[0] for match in fits if match}) == len(fits)
            return self._few(count, "point", first=first) if whole else None
        if unit != "year":
            return None
        return (
            (low, math.nextafter(low + count, low))
            if first
            else (
                math.nextafter(high - count, high),
                high,
            )
        )


def _year_of(milliseconds: float) -> int:
    return (datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)).year


def _moved(milliseconds: float, count: int, unit: str) -> float | None:
    """A moment some calendar units later; None past the calendar."""
    try:
        moment = datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)
        if unit in {"hour", "day", "week"}:
            return as_date(moment + count * timedelta(**{f"{unit}s": 1}))
        months = count * {"year": 12, "quarter": 3, "month": 1}[unit]
        place = moment.year * 12 + moment.month - 1 + months
        last = calendar.monthrange(place // 12, place % 12 + 1)[1]
        return as_date(
            moment.replace(year=place // 12, month=place % 12 + 1, day=min(moment.day, last))
        )
    except (OverflowError, ValueError, calendar.IllegalMonthError):
        return None


def _whole(pattern: str) -> str:
    """A pattern that neither begins nor ends inside a word or a number."""
    return rf"(?<![\w.])(?:{pattern})(?!\w)(?!\.[0-9])"


def _without(words: str, match: re.Match[str]) -> str:
    """The words around a match."""
    return f"{words[: match.start()]} {words[match.end() :]}"
