"""Tick labels of time axes: labels that name only a part of a date get the rest from others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["parse_date", "parse_dates"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORD = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"((?:1[6-9]|20|21)\d\d)"
_DAY = r"(3[01]|[12]\d|0?[1-9])"
_CLOCK = r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s*([ap]m)?"
_WEEKDAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?"
_DEFAULT_YEAR = 2000


@dataclass(frozen=True)
class _Parts:
    """What one label says; what it leaves open is None."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    seconds: int = 0
    clock: bool = False


def parse_date(text: str) -> float | None:
    """One label as seconds since 1970 (UTC), or None when it is not a date.

    Args:
        text: Such as ``2021-03-01``, ``Mar 2021``, ``Mar 1``, ``April``; without a year 2000.
    """
    return parse_dates([text])[0]


def parse_dates(labels: list[str]) -> list[float | None]:
    """Labels in the order of the axis as seconds since 1970 (UTC).

    A label takes what it leaves open from the labels before it, and the year rises where months
    begin anew; labels before the first that names a year count back from it. Bare numbers are
    years only beside labels that are dates.

    Args:
        labels: Texts from the start of the axis to its end.

    Returns:
        None for each text that is no date.
    """
    parts = [_parts(label) for label in labels]
    if not any(part is not None and (part.month or part.clock or part.day) for part in parts):
        return [None] * len(labels)
    known = next(
        (i for i, part in enumerate(parts) if part is not None and part.year is not None), None
    )
    year = parts[known].year if known is not None else _DEFAULT_YEAR  # type: ignore[union-attr]
    assert year is not None
    if known is not None:
        year -= _turns(parts[: known + 1])
    current = datetime(year, 1, 1, tzinfo=UTC)
    moments: list[float | None] = []
    started = False
    for part in parts:
        moment = _next(part, current, started) if part is not None else None
        moments.append(None if moment is None else moment.timestamp())
        if moment is not None:
            current, started = moment, True
    return moments


def _parts(label: str) -> _Parts | None:
    """What a label names, or None."""
    text = re.sub(r"[\s,]+", " ", label.strip().lower())
    text = re.sub(rf"^{_WEEKDAY} ", "", text)
    clock = re.search(rf"(?:^|[ t]){_CLOCK}$", text)
    seconds, timed = 0, False
    if clock and (clock[2] or clock[4]):
        hour = int(clock[1]) % 12 + 12 * (clock[4] == "pm") if clock[4] else int(clock[1])
        seconds = 3600 * hour + 60 * int(clock[2] or 0) + int(clock[3] or 0)
        timed, text = hour < 24, text[: clock.start()].strip()
        if timed and not text:
            return _Parts(seconds=seconds, clock=True)
    for pattern, order in _PATTERNS:
        match = re.fullmatch(pattern, text)
        if match is None:
            continue
        found = dict(zip(order, match.groups(), strict=True))
        month = found.get("month")
        number = None
        if month is not None:
            number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
        year, day = found.get("year"), found.get("day")
        if number is not None and not 1 <= number <= 12:
            continue
        return _Parts(int(year) if year else None, number, int(day) if day else None,
                      seconds, timed)  # fmt: skip
    # A weekday and its number: "Tue 05".
    if re.match(_WEEKDAY, label.strip().lower()) and re.fullmatch(_DAY, text):
        return _Parts(day=int(text), seconds=seconds, clock=timed)
    return None


_PATTERNS = (
    (rf"{_YEAR}[-/.](\d{{1,2}})[-/.]{_DAY}", ("year", "month", "day")),
    (rf"{_YEAR}[-/.](\d{{1,2}})", ("year", "month")),
    (rf"{_DAY}\.(\d{{1,2}})\.{_YEAR}", ("day", "month", "year")),
    (rf"(\d{{1,2}})/{_DAY}/{_YEAR}", ("month", "day", "year")),
    (rf"{_WORD} ?{_DAY} {_YEAR}", ("month", "day", "year")),
    (rf"{_DAY} ?{_WORD} ?{_YEAR}", ("day", "month", "year")),
    (rf"{_WORD} ?{_YEAR}", ("month", "year")),
    (rf"{_WORD} ?{_DAY}", ("month", "day")),
    (rf"{_DAY} ?{_WORD}", ("day", "month")),
    (_WORD, ("month",)),
    (_YEAR, ("year",)),
)


def _turns(parts: list[_Parts | None]) -> int:
    """How many years pass before the last of some labels."""
    turns, before = 0, None
    for part in parts:
        month = None if part is None else part.month or (1 if part.year is not None else None)
        if month is not None and before is not None and month < before:
            turns += 1
        before = month if month is not None else before
    return turns


def _next(part: _Parts, current: datetime, started: bool) -> datetime | None:
    """The date of a label after another."""
    year, month, day = part.year, part.month, part.day
    if year is not None:
        month, day = month or 1, day or 1
    elif month is not None:
        day = day or 1
        year = current.year + (1 if started and month < current.month else 0)
    elif day is not None:
        year, month = current.year, current.month
        if started and day < current.day:
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    else:
        year, month, day = current.year, current.month, current.day
    try:
        moment = datetime(year, month, day, tzinfo=UTC).timestamp() + part.seconds
    except ValueError:
        return None
    if part.clock and part.day is None and part.month is None and started:
        while moment < current.timestamp():
            moment += 86400.0
    return datetime.fromtimestamp(moment, tz=UTC)
