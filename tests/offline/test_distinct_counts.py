"""Which things are counted, how often, and how numbers of them are spread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.catalog import Field
from multivis.offline.value_words import flag_labels, spoken_labels

PRESS = """
CREATE TABLE houses (house_id INTEGER PRIMARY KEY, house_name TEXT, land TEXT);
CREATE TABLE novels (novel_id INTEGER PRIMARY KEY, title TEXT);
CREATE TABLE writers (writer_id INTEGER PRIMARY KEY, writer_name TEXT, rank INTEGER);
CREATE TABLE credits (writer_id INTEGER REFERENCES writers(writer_id),
  novel_id INTEGER REFERENCES novels(novel_id), house_id INTEGER REFERENCES houses(house_id),
  language TEXT, is_official TEXT, PRIMARY KEY (writer_id, novel_id, house_id));
CREATE TABLE prizes (prize_id INTEGER PRIMARY KEY,
  writer_id INTEGER REFERENCES writers(writer_id), is_full_time TEXT);
INSERT INTO houses VALUES (1,'Ash','Wales'),(2,'Birch','Wales'),(3,'Cedar','Kent');
INSERT INTO writers VALUES (1,'Ann',1),(2,'Bob',1),(3,'Cy',2),(4,'Di',2),(5,'Eve',3);
INSERT INTO novels VALUES (1,'Sun'),(2,'Moon'),(3,'Star');
INSERT INTO credits VALUES (1,1,1,'Welsh','T'),(2,1,1,'Welsh','F'),(3,1,2,'Irish','T'),
  (3,2,1,'Welsh','F'),(4,2,1,'Irish','T'),(5,3,3,'Welsh','T');
INSERT INTO prizes VALUES (1,1,'T'),(2,1,'F'),(3,2,'T'),(4,3,'T'),(5,3,'F'),(6,3,'T');
"""


@pytest.fixture(scope="module")
def press(make_database: Callable[[str], Any]) -> Any:
    return make_database(PRESS)


def test_things_that_a_join_repeats_are_counted_once(press: Any) -> None:
    answer = press.ask("How many novels has each house published? Bars by house name")
    assert dict(answer.rows) == {"Ash": 2, "Birch": 1, "Cedar": 1}


def test_a_property_of_the_groups_repeats_them_too(press: Any) -> None:
    answer = press.ask("Bar chart of the number of novels by land of the house")
    assert dict(answer.rows) == {"Wales": 2, "Kent": 1}


def test_different_values_of_a_column_are_counted_once(press: Any) -> None:
    answer = press.ask("How many different languages are credited at each house? Bars")
    assert sorted(row[1] for row in answer.rows) == [1, 1, 2]


def test_rows_of_one_thing_each_are_counted_as_they_are(press: Any) -> None:
    answer = press.ask("Number of prizes per writer as bars")
    assert "DISTINCT" not in answer.sql


@pytest.mark.parametrize(
    "question",
    [
        "How many prizes do writers have? Draw a histogram",
        "Histogram of the number of prizes per writer",
    ],
)
def test_a_histogram_of_how_many_has_a_row_for_each_thing(press: Any, question: str) -> None:
    answer = press.ask(question)
    assert sorted(row[-1] for row in answer.rows) == [1, 2, 3]
    assert answer.channel("x")["field"] == "number_of_prizes"
    assert "bin" in answer.channel("x")


def test_things_without_any_are_kept_where_the_question_wants_them(press: Any) -> None:
    answer = press.ask(
        "Show how many prizes writers have, as a histogram for each rank. Also count the writers "
        "without any prizes."
    )
    assert sorted(row[-1] for row in answer.rows) == [0, 0, 1, 2, 3]
    assert answer.channel("row")["field"] == "rank"


@pytest.mark.parametrize(
    ("name", "body", "labels"),
    [
        ("is_official", "official or unofficial ones", ["Official", "Unofficial"]),
        ("is_full_time", "full time vs part time", ["Full-time", "Part-time"]),
        ("is_official", "by language", ["Official", "Not official"]),
    ],
)
def test_both_sides_of_yes_and_no_are_called_as_the_question_calls_them(
    press: Any, name: str, body: str, labels: list[str]
) -> None:
    columns = {c.name: c for table in press.source.schema().tables for c in table.columns}
    made = spoken_labels(flag_labels(Field("", columns[name])), body)
    assert [label for _, label in made] == labels


def test_things_and_what_belongs_to_them_are_counted_each_alone(press: Any) -> None:
    answer = press.ask(
        "For each land, put the number of houses and the number of credits next to each other as "
        "bars"
    )
    assert sorted((row[0], row[2], row[1]) for row in answer.rows) == [
        ("Kent", "Credits", 1), ("Kent", "Houses", 1),
        ("Wales", "Credits", 5), ("Wales", "Houses", 2),
    ]  # fmt: skip
