"""Groups of a number in words: "under 40 and 40 or over", "before and after 1950"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivis.offline.number_groups import read_ranges

CHOIRS = """
CREATE TABLE choirs (choir_id INTEGER PRIMARY KEY, choir_name TEXT, founded INTEGER, hall TEXT);
CREATE TABLE singers (singer_id INTEGER PRIMARY KEY, choir_id INTEGER REFERENCES choirs(choir_id),
  town TEXT, age INTEGER, voice TEXT, loudness REAL, fee REAL, joined TEXT);
""" + "\n".join(
    f"INSERT INTO choirs VALUES ({i},'Choir {i}',{1900 + 20 * i},'{['Old', 'New'][i % 2]}');"
    for i in range(1, 6)
) + "\n".join(
    f"INSERT INTO singers VALUES ({i},{i % 5 + 1},'{['Bath', 'Truro', 'Hull'][i % 3]}',"
    f"{18 + (i * 7) % 50},'{['Alto', 'Bass'][i % 2]}',{40 + (i * 11) % 60},{5 + i % 30},"
    f"'{1995 + i % 12}-0{i % 9 + 1}-11');"
    for i in range(1, 61)
)  # fmt: skip


@pytest.fixture(scope="module")
def choirs(make_database: Callable[[str], Any]) -> Any:
    return make_database(CHOIRS)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("the colour telling singers under 40 from those 40 and over", ["Under 40", "40 and over"]),
        ("How many people under 40 and how many aged 40 and over", ["Under 40", "40 and over"]),
        ("how it grew before and after 2005", ["Before 2005", "2005 and later"]),
        ("as Low (up to 3), Medium (4 to 7) and High (8 or more)", ["Low", "Medium", "High"]),
        ("coloured by whether it was built before 1900 or later", ["Before 1900", "1900 or later"]),
        ("fees over 100 as high, else low", ["Low", "High"]),
        ("split by whether the fee is over 50 or not", ["Up to 50", "Over 50"]),
        ("wines under $20 against wines of $20 and more", ["Under $20", "$20 and more"]),
        ("those with 0-5 years, 6-10 years and 11+ years", ["0-5", "6-10", "11+"]),
    ],
)
def test_pieces_that_hold_every_number_are_groups(text: str, labels: list[str]) -> None:
    found = read_ranges(text)
    assert found is not None
    assert [case[0] for case in found.cases] == labels


@pytest.mark.parametrize(
    "text",
    [
        "bars below 100 in red and above 100 in blue",
        "with prices over 20, opened after 1990 and before 2000",
        "a slider from 0 to 300; everything below the cutoff is red",
        "highlight fees above 50",
    ],
)
def test_conditions_and_colours_are_no_groups(text: str) -> None:
    assert read_ranges(text) is None


@given(st.text(max_size=60), st.integers(0, 3000), st.integers(0, 3000))
def test_reading_ranges_never_raises(text: str, low: int, high: int) -> None:
    read_ranges(f"{text} under {low} or {text} over {high} as {text}, else {text}")


def test_ages_that_no_word_names_are_those_of_the_people(choirs: Any) -> None:
    answer = choirs.ask(
        "Stacked bars of the number of singers per town, with the colour telling singers under 40 "
        "from those 40 and over"
    )
    assert answer.channel("color")["field"] == "age_group"
    assert answer.channel("x")["field"] == "town"
    assert sum(row[2] for row in answer.rows) == 60


def test_a_year_of_a_date_makes_two_groups(choirs: Any) -> None:
    answer = choirs.ask("Number of singers who joined before and after 2000, as bars")
    assert {row[0] for row in answer.rows} == {"Before 2000", "2000 and later"}
    assert answer.marks == ["bar"]


def test_a_number_on_an_axis_may_give_colours_by_its_ranges_as_well(choirs: Any) -> None:
    answer = choirs.ask(
        "Scatter plot of age and loudness, coloured by whether the loudness is over 60 or not"
    )
    assert answer.channel("y")["field"] == "loudness"
    assert answer.channel("color")["field"] == "loudness_group"
    assert len(answer.rows) == 60


def test_two_lists_of_ranges_cut_two_numbers(choirs: Any) -> None:
    answer = choirs.ask(
        "Heatmap of the number of singers: group the ages into under 30, 30-49 and 50 and over, "
        "and the fees into below 15, 15-24 and 25 or more"
    )
    assert "age_group" in answer.columns
    assert "fee_group" in answer.columns
    assert sum(row[-1] for row in answer.rows) == 60


def test_money_without_a_name_is_the_one_column_of_money(choirs: Any) -> None:
    answer = choirs.ask("Compare the number of singers under $20 with singers of $20 and more")
    assert answer.columns[0] == "fee_group"
    cheap = sum(5 + i % 30 < 20 for i in range(1, 61))
    assert dict(answer.rows) == {"Under $20": cheap, "$20 and more": 60 - cheap}
