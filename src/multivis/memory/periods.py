"""Dates in words: "last week", "three days ago", "since Monday", "in March", "12 November 2026".

A question is about a period; a note has a day. Both are calendar days with no time zone. Weeks
begin on Monday (ISO 8601).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["Period", "find_day", "resolve_period"]

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_MONTHS["sept"] = 9
_DAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "few": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip

_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_WEEKDAY = rf"(?P<weekday>{'|'.join(_DAYS)})"
_NUMBER = rf"(?:a\s+)?(?P<number>\d{{1,3}}|{'|'.join(_NUMBERS)})(?:\s+of)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_UNIT = r"(?P<unit>day|week|month|year)s?"
_ABSOLUTE = (
    rf"{_YEAR}-(?P<iso_month>\d\d)-(?P<day>\d\d)\b",
    rf"\b(?P<day>\d{{1,2}})\.\s?(?P<iso_month>\d{{1,2}})\.\s?{_YEAR}\b",
    rf"\b{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}\b",
    rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}\b",
)


@dataclass(frozen=True)
class Period:
    """Days from `start` to `end`, both included; `words` is what they were read from."""

    start: date
    end: date
    words: str

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        if self.start == self.end:
            return _written(self.start)
        if self.start == date.min:
            return f"until {_written(self.end)}"
        return f"{_written(self.start)} to {_written(self.end)}"


def _written(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def find_day(text: str) -> date | None:
    """The first whole date (day, month and year) that a text names; None when it names none.

    Read are ``2026-11-12``, ``12.11.2026``, ``12 November 2026`` and ``November 12, 2026``.
    """
    found = []
    for pattern in _ABSOLUTE:
        for match in re.finditer(pattern, text, re.IGNORECASE):
            day = _calendar_day(match, date.max)
            if day is not None:
                found.append((match.start(), day))
                break
    return min(found)[1] if found else None


def _calendar_day(match: re.Match[str], today: date) -> date | None:
    """The day that a match names; without a year the last such day up to today."""
    parts = match.groupdict()
    number = parts.get("iso_month")
    month = int(number) if number else _MONTHS[parts["month"].lower()]
    years = [int(parts["year"])] if parts.get("year") else range(today.year, today.year - 5, -1)
    for year in years:  # 29 February is looked for in leap years
        try:
            day = date(year, month, int(parts["day"]))
        except ValueError:
            continue
        if parts.get("year") or day <= today:
            return day
    return None


def resolve_period(question: str, today: date) -> Period | None:
    """The period that a question speaks of; None when it names no time.

    Where a question names several, the first that is understood counts. "Between X and Y" and
    "since X" are read before the single days in them.

    Args:
        question: Any text.
        today: The day on which it is asked.
    """
    for pattern, read in _READERS:
        for match in re.finditer(pattern, question, re.IGNORECASE):
            bounds = read(match, today)
            if bounds is not None:
                return Period(*bounds, words=match.group(0).strip())
    return None


_Bounds = tuple[date, date]


def _between(match: re.Match[str], today: date) -> _Bounds | None:
    first = resolve_period(match["first"], today)
    second = resolve_period(match["second"], today)
    if first is None or second is None or second.end < first.start:
        return None
    return first.start, second.end


def _since(match: re.Match[str], today: date) -> _Bounds | None:
    first = resolve_period(match["first"], today)
    return None if first is None or first.start > today else (first.start, today)


def _until(match: re.Match[str], today: date) -> _Bounds | None:
    last = resolve_period(match["first"], today)
    if last is None:
        return None
    if match["how"].lower() == "before":
        return None if last.start == date.min else (date.min, last.start - timedelta(1))
    return date.min, last.end


def _one_day(match: re.Match[str], today: date) -> _Bounds | None:
    day = _calendar_day(match, today)
    return None if day is None else (day, day)


def _named_day(match: re.Match[str], today: date) -> _Bounds:
    words = " ".join(match.group(0).lower().split())
    if words.startswith("the day before"):
        day = today - timedelta(2)
    else:
        day = today - timedelta(words in {"yesterday", "last night"})
    return day, day


def _ago(match: re.Match[str], today: date) -> _Bounds | None:
    return _shifted(match["unit"], -_count(match["number"]), today)


def _last_many(match: re.Match[str], today: date) -> _Bounds | None:
    start = _back(match["unit"], _count(match["number"]), today)
    return None if start is None else (start, today)


def _calendar(match: re.Match[str], today: date) -> _Bounds | None:
    return _shifted(match["unit"], 0 if match["which"].lower() == "this" else -1, today)


def _on_weekday(match: re.Match[str], today: date) -> _Bounds:
    back = (today.weekday() - _DAYS[match["weekday"].lower()]) % 7
    if back == 0 and (match["which"] or "").lower() in {"last", "past"}:
        back = 7
    day = today - timedelta(back)
    return day, day


def _in_month(match: re.Match[str], today: date) -> _Bounds:
    month = _MONTHS[match["month"].lower()]
    year = int(match["year"]) if match["year"] else today.year - (month > today.month)
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _in_year(match: re.Match[str], today: date) -> _Bounds:
    year = int(match["year"])
    return date(year, 1, 1), date(year, 12, 31)


def _count(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text.lower()]


def _back(unit: str, count: int, today: date) -> date | None:
    """The day so many units before today; None before the calendar begins."""
    try:
        if unit.lower() in {"day", "week"}:
            return today - timedelta(count * (7 if unit.lower() == "week" else 1))
        months = today.year * 12 + today.month - 1 - count * (12 if unit.lower() == "year" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError, calendar.IllegalMonthError):
        return None


def _shifted(unit: str, by: int, today: date) -> _Bounds | None:
    """The calendar day, week, month or year, `by` (at most 0) of them from the present one."""
    day = _back(unit, -by, today)
    if day is None:
        return None
    if unit.lower() == "day":
        return day, day
    if unit.lower() == "week":
        monday = day - timedelta(day.weekday())
        return monday, monday + timedelta(6)
    if unit.lower() == "month":
        return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return date(day.year, 1, 1), date(day.year, 12, 31)


_SPAN = r"(?P<first>[\w.,\-\s]{3,30}?)"
_READERS: tuple[tuple[str, Callable[[re.Match[str], date], _Bounds | None]], ...] = (
    (rf"\b(?:between|from)\s+{_SPAN}\s+(?:and|to)\s+(?P<second>[\w.,\-\s]{{3,30}})", _between),
    (r"\bsince\s+(?P<first>[\w.,\-\s]{3,30})", _since),
    (r"(?<!day )\b(?P<how>before|until|up to)\s+(?P<first>[\w.,\-\s]{3,30})", _until),
    *((pattern, _one_day) for pattern in _ABSOLUTE),
    (r"\bthe\s+day\s+before\s+yesterday\b", _named_day),
    (r"\b(?:today|yesterday|last\s+night|this\s+(?:morning|afternoon)|tonight)\b", _named_day),
    (rf"\b{_NUMBER}\s+{_UNIT}\s+(?:ago|earlier)\b", _ago),
    (rf"\b(?:last|past|previous)\s+{_NUMBER}\s+{_UNIT}\b", _last_many),
    (rf"\b(?P<which>last|past|previous|this)\s+{_UNIT}\b", _calendar),
    (rf"\b(?:(?P<which>last|past|this|on)\s+)?{_WEEKDAY}\b", _on_weekday),
    (rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}\b", _one_day),
    (rf"\b{_MONTH}\s+{_DAY}\b(?!\d)", _one_day),
    (rf"\b(?:in|of|during|last|this)\s+{_MONTH}(?:\s+{_YEAR})?\b", _in_month),
    (rf"^\s*{_MONTH}(?:\s+{_YEAR})?\s*$", _in_month),
    (rf"\b(?:in|of|during)\s+{_YEAR}\b", _in_year),
)
