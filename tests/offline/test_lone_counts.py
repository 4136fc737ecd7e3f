"""A count that would be 1 for every bar is a count of what belongs to the things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.plan import Query

FERRIES = """
CREATE TABLE routes (line_id INTEGER PRIMARY KEY, name TEXT, colour TEXT);
CREATE TABLE crossings (crossing_id INTEGER PRIMARY KEY,
  line_id INTEGER REFERENCES routes(line_id), minutes REAL);
CREATE TABLE harbours (harbour_id INTEGER PRIMARY KEY, name TEXT, gender_policy TEXT, sex TEXT);
CREATE TABLE sailors (sailor_id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, sex TEXT);
CREATE TABLE lodges_at (sailor_id INTEGER REFERENCES sailors(sailor_id),
  harbour_id INTEGER REFERENCES harbours(harbour_id));
CREATE TABLE cranes (crane_id INTEGER PRIMARY KEY,
  harbour_id INTEGER REFERENCES harbours(harbour_id), tons REAL);
INSERT INTO routes VALUES (1,'Blue Line','blue'), (2,'Red Line','red'), (3,'Green Line','green');
INSERT INTO crossings VALUES (1,1,20), (2,1,25), (3,2,40), (4,3,35), (5,3,30), (6,3,33);
INSERT INTO harbours VALUES (1,'Ayr','x','any'), (2,'Oban','x','any'), (3,'Wick','y','any');
INSERT INTO sailors VALUES (1,'Ann','Lee','F'), (2,'Bob','Moe','M'), (3,'Cid','Poe','M');
INSERT INTO lodges_at VALUES (1,1), (2,1), (3,2), (2,3);
INSERT INTO cranes VALUES (1,1,4.5), (2,3,9.5);
"""


@pytest.fixture(scope="module")
def ferries(make_database: Callable[[str], Any]) -> Any:
    """Routes with crossings; harbours with cranes and with sailors who lodge there."""
    return make_database(FERRIES)


def test_the_only_rows_that_belong_to_the_things_are_counted(ferries: Any) -> None:
    answer = ferries.ask("Which routes have the most traffic? Bars, the busiest first.")
    assert dict(answer.rows) == {"Blue Line": 2, "Red Line": 1, "Green Line": 3}
    assert "crossings" in " ".join(answer.plan.assumptions)


def test_where_several_could_be_counted_the_chart_says_that_its_count_tells_nothing(
    ferries: Any,
) -> None:
    answer = ferries.ask("Draw the harbours as bars.")
    assert {count for _, count in answer.rows} == {1}
    assert "every count is 1" in " ".join(answer.plan.assumptions)


def test_a_count_that_is_asked_for_by_a_group_stays(ferries: Any) -> None:
    answer = ferries.ask("How many routes are there of each colour? Show bars.")
    assert {count for _, count in answer.rows} == {1}
    assert not answer.plan.assumptions


def test_a_ratio_of_things_that_no_column_holds_is_not_drawn_as_something_else(
    ferries: Any,
) -> None:
    plan = ferries.plan("Ratio of parrots to monkeys per harbour")
    assert plan.query == Query() and "parrots" in plan.left_out[0]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How many sailors lodge in each harbour? Show bars.", "Number of Sailors"),
        ("Headcount by harbour, broken down by the sex of the sailors.", "Number of"),
    ],
)
def test_rows_that_link_two_tables_are_called_what_the_question_calls_them(
    ferries: Any, question: str, title: str
) -> None:
    answer = ferries.ask(question)
    assert sum(row[-1] for row in answer.rows) == 4
    assert title in answer.code and "Lodges" not in answer.code
