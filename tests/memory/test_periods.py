"""Dates in words: what a question's "last week" means."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.memory.periods import find_day, resolve_period

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("today", date(2026, 11, 20), date(2026, 11, 20)),
        ("what did we do yesterday?", date(2026, 11, 19), date(2026, 11, 19)),
        ("the day before yesterday", date(2026, 11, 18), date(2026, 11, 18)),
        ("three days ago", date(2026, 11, 17), date(2026, 11, 17)),
        ("for bone last week?", date(2026, 11, 9), date(2026, 11, 15)),
        ("this week", date(2026, 11, 16), date(2026, 11, 22)),
        ("a couple of weeks ago", date(2026, 11, 2), date(2026, 11, 8)),
        ("in the last 3 days", date(2026, 11, 17), date(2026, 11, 20)),
        ("last month", date(2026, 10, 1), date(2026, 10, 31)),
        ("two months ago", date(2026, 9, 1), date(2026, 9, 30)),
        ("last year", date(2025, 1, 1), date(2025, 12, 31)),
        ("since Monday", date(2026, 11, 16), date(2026, 11, 20)),
        ("last Friday", date(2026, 11, 13), date(2026, 11, 13)),
        ("on Friday", date(2026, 11, 20), date(2026, 11, 20)),
        ("on 12 November", date(2026, 11, 12), date(2026, 11, 12)),
        ("November 21", date(2025, 11, 21), date(2025, 11, 21)),
        ("29 February", date(2024, 2, 29), date(2024, 2, 29)),
        ("in March", date(2026, 3, 1), date(2026, 3, 31)),
        ("in December", date(2025, 12, 1), date(2025, 12, 31)),
        ("in 2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("between 1 November and 12 November", date(2026, 11, 1), date(2026, 11, 12)),
        ("from Monday to Wednesday", date(2026, 11, 16), date(2026, 11, 18)),
        ("before last week", date.min, date(2026, 11, 8)),
    ],
)
def test_words_of_time_are_calendar_days(words: str, start: date, end: date) -> None:
    period = resolve_period(words, FRIDAY)
    assert period is not None
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    "words", ["may we see the skull?", "the last isovalue", "a second view", "31 February 2026", ""]
)
def test_words_that_only_look_like_time_are_left_alone(words: str) -> None:
    assert resolve_period(words, FRIDAY) is None


@pytest.mark.parametrize(
    "text", ["on 2026-11-12.", "12.11.2026", "12 November 2026", "Nov 12, 2026", "12th of Nov 2026"]
)
def test_a_whole_date_is_found_however_it_is_written(text: str) -> None:
    assert find_day(text) == date(2026, 11, 12)


def test_the_first_whole_date_counts() -> None:
    assert find_day("November 3, 2026, then 2026-01-01") == date(2026, 11, 3)
    assert find_day("in November") is None


_WORDS = st.sampled_from(
    [
        *("last", "past", "this", "since", "between", "and", "from", "to", "before", "until"),
        *("in", "on", "ago", "the", "a", "couple", "of", "3", "12", "999", "31", "2026"),
        *("2026-02-30", "Monday", "March", "May", "days", "weeks", "months", "years", "week"),
        *("yesterday", "today"),
    ]
)


@given(st.lists(_WORDS, max_size=9).map(" ".join), st.dates())
@settings(max_examples=300, deadline=None)
def test_a_period_never_ends_before_it_starts(question: str, today: date) -> None:
    period = resolve_period(question, today)
    assert period is None or (period.start <= period.end and str(period))
