"""What is left out, of which groups a condition speaks, and what is put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.left_out import is_left_out

MUSEUMS = """
CREATE TABLE museums (museum_id INTEGER PRIMARY KEY, museum_name TEXT, town TEXT, opened INTEGER,
  num_of_guards INTEGER, shelf_height REAL);
CREATE TABLE curators (curator_id INTEGER PRIMARY KEY, curator_name TEXT);
CREATE TABLE exhibits (exhibit_id INTEGER PRIMARY KEY,
  museum_id INTEGER REFERENCES museums(museum_id),
  year INTEGER, kind TEXT, tickets INTEGER);
INSERT INTO curators VALUES (1,'Ada'),(2,'Ben'),(3,'Cem');
""" + "\n".join(
    f"INSERT INTO museums VALUES ({i},'Museum {i}','{['Bath', 'Truro', 'Hull', 'Leeds'][i % 4]}',"
    f"{1900 + 10 * i},{20 * i * i},{'NULL' if i == 3 else 2 + i / 10});"
    for i in range(1, 9)
) + "\n".join(
    f"INSERT INTO exhibits VALUES ({i},{1 if i < 8 else 2 if i < 12 else i % 8 + 1},{2015 + i % 5},"
    f"'{['Painting', 'Sculpture', 'Photo'][i % 3]}',{100 + 13 * i});"
    for i in range(1, 15)
)  # fmt: skip


@pytest.fixture(scope="module")
def museums(make_database: Callable[[str], Any]) -> Any:
    return make_database(MUSEUMS)


@pytest.mark.parametrize(
    ("before", "out"),
    [
        ("leave out museums without a value and ", True),
        ("excluding {v}, {v} and ", True),
        ("ignore the shows from ", True),
        ("remove the legend and show only ", False),
        ("leave out photos, draw the line for ", False),
        ("a drop-down to pick from ", False),
    ],
)
def test_words_that_leave_out_reach_to_the_end_of_their_list(before: str, out: bool) -> None:
    assert is_left_out(before) is out


def test_every_value_of_a_list_is_left_out(museums: Any) -> None:
    answer = museums.ask("Number of museums per town as bars, excluding Bath, Truro and Hull")
    assert [row[0] for row in answer.rows] == ["Leeds"]


def test_rows_without_a_value_and_a_named_town_are_left_out(museums: Any) -> None:
    answer = museums.ask(
        "Box plots of the shelf height per town. Leave out museums without a value and Leeds."
    )
    assert len(answer.rows) == 6
    assert all(None not in row for row in answer.rows)
    assert not any("Leeds" in row for row in answer.rows)


def test_kinds_in_the_plural_behind_words_that_leave_out_are_values(museums: Any) -> None:
    answer = museums.ask("Number of exhibits by kind as bars, without photos")
    assert {row[0] for row in answer.rows} == {"Painting", "Sculpture"}


def test_the_one_with_too_much_is_told_by_the_number_that_is_drawn(museums: Any) -> None:
    answer = museums.ask(
        "Which museums have the most guards? Horizontal bars by museum name, leave out the one "
        "with over 1,000 people, it kills the scale"
    )
    assert len(answer.rows) == 7


def test_a_number_below_an_amount_of_something(museums: Any) -> None:
    answer = museums.ask(
        "Scatter of the opened year and the num of guards, leave out museums above a shelf height "
        "of 2.6"
    )
    assert "shelf_height <= 2.6" in answer.sql


def test_a_condition_on_things_keeps_all_groups_of_those_things(museums: Any) -> None:
    answer = museums.ask(
        "Stacked bars of the number of exhibits per museum, coloured by kind. Only "
        "museums that had at least four exhibits."
    )
    assert {row[0] for row in answer.rows} == {"Museum 1", "Museum 2"}
    assert sum(row[2] for row in answer.rows) == 11


@pytest.mark.parametrize(
    "question",
    [
        "Line of the total tickets per year, summed over all museums",
        "Line of the total tickets per year added up across all the museums",
        "Total tickets per year as a line, regardless of the museum",
    ],
)
def test_what_is_put_together_over_makes_no_groups(museums: Any, question: str) -> None:
    answer = museums.ask(question)
    assert answer.columns == ["year", "total_tickets"]
    assert len(answer.rows) == 5


def test_a_bare_year_is_that_of_what_is_measured(museums: Any) -> None:
    answer = museums.ask("Total tickets at each museum in 2016, as bars")
    assert '"year" = 2016' in answer.sql
