"""Labels of time axes that leave parts of their dates to their neighbours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivis.reader.dates import parse_date, parse_dates


def stamp(year: int, month: int, day: int, hour: int = 0) -> float:
    return datetime(year, month, day, hour, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2021-03-04", stamp(2021, 3, 4)),
        ("2021-03", stamp(2021, 3, 1)),
        ("Mar 2021", stamp(2021, 3, 1)),
        ("March 4, 2021", stamp(2021, 3, 4)),
        ("4 Mar 2021", stamp(2021, 3, 4)),
        ("04.03.2021", stamp(2021, 3, 4)),
        ("Mar 4", stamp(2000, 3, 4)),
        ("2021-03-04 06:00", stamp(2021, 3, 4, 6)),
    ],
)
def test_one_label_is_read_by_itself(text: str, moment: float) -> None:
    assert parse_date(text) == moment


def test_days_take_the_year_that_stands_under_the_first() -> None:
    found = parse_dates(["Dec 30 2015", "Dec 31", "Jan 1", "Jan 2"])
    days = [(2015, 12, 30), (2015, 12, 31), (2016, 1, 1), (2016, 1, 2)]
    assert found == [stamp(*day) for day in days]


def test_a_bare_year_among_months_is_its_january() -> None:
    found = parse_dates(["July", "October", "2023", "April"])
    days = [(2022, 7, 1), (2022, 10, 1), (2023, 1, 1), (2023, 4, 1)]
    assert found == [stamp(*day) for day in days]


def test_weekdays_with_their_number_go_on_from_month_to_month() -> None:
    found = parse_dates(["June", "Sun 05", "Thu 30", "Mon 04"])
    assert found == [stamp(2000, *day) for day in ((6, 1), (6, 5), (6, 30), (7, 4))]


def test_plain_numbers_and_words_are_no_dates() -> None:
    assert parse_dates(["1990", "2000", "2010"]) == [None] * 3
    assert parse_dates(["Berlin", "Oslo"]) == [None] * 2
    assert parse_date("2021-13-01") is None


@given(st.dates(min_value=datetime(1700, 1, 1).date(), max_value=datetime(2190, 1, 1).date()))
def test_iso_days_are_read_exactly(day: object) -> None:
    assert parse_date(str(day)) == datetime.fromisoformat(f"{day}T00:00+00:00").timestamp()
