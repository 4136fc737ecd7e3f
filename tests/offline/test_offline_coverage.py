"""Numbers that a question names have their place: sizes that are put together, what is selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

GARDENS = """
CREATE TABLE gardens (garden_id INTEGER PRIMARY KEY, name TEXT, hectares REAL, founded INTEGER,
  entry_fee REAL, soil TEXT, visitors_total INTEGER, visitors_young INTEGER);
CREATE TABLE trees (tree_id INTEGER PRIMARY KEY, garden_id INTEGER REFERENCES gardens(garden_id),
  height REAL, color TEXT);
CREATE TABLE repairs (repair_id INTEGER PRIMARY KEY,
  garden_id INTEGER REFERENCES gardens(garden_id), cost_of_repair REAL);
""" + "\n".join(
    f"INSERT INTO gardens VALUES ({i},'Garden {i}',{3 + i * 7 % 11}.5,{1900 + i * 7},{2 + i % 5}.0,"
    f"'{['Clay', 'Loam', 'Sand'][i % 3]}',{1000 + i * 50},{300 + i * 17 % 200});"
    + "".join(
        f"INSERT INTO trees VALUES ({i * 10 + k},{i},{4 + k},'Green');"
        f"INSERT INTO repairs VALUES ({i * 10 + k},{i},{100 + k * i});"
        for k in range(i % 4)
    )
    for i in range(1, 13)
)


@pytest.fixture(scope="module")
def gardens(make_database: Callable[[str], Any]) -> Any:
    return make_database(GARDENS)


@pytest.mark.parametrize(
    "size",
    [
        "The size shows how many trees each of them has.",
        "Bubbles should be bigger for gardens where more trees stand.",
        "The more trees there are, the bigger the bubble.",
        "Size the bubbles by the number of trees.",
    ],
)
def test_the_size_of_points_counts_what_belongs_to_them(gardens: Any, size: str) -> None:
    answer = gardens.ask(f"Bubble plot of the gardens' hectares against the entry fee. {size}")
    assert {"hectares", "entry_fee", "number_of_trees"} <= set(answer.columns)
    assert len(answer.rows) == 9 and answer.channel("size")["field"] == "number_of_trees"


def test_things_without_any_have_a_small_point_where_words_keep_them(gardens: Any) -> None:
    answer = gardens.ask(
        "Bubble plot of the gardens' hectares against the entry fee, sized by how many trees they "
        "have. Gardens without any trees should still be shown."
    )
    assert len(answer.rows) == 12


def test_the_size_of_points_adds_up_what_was_spent(gardens: Any) -> None:
    answer = gardens.ask(
        "Plot the gardens' hectares against their entry fee, coloured by soil, the circle size "
        "showing how much was spent on repairs."
    )
    assert "SUM(r.cost_of_repair)" in answer.sql and len(answer.rows) == 9
    assert answer.channel("color")["field"] == "soil"


def test_to_colour_things_names_no_column_of_colours(gardens: Any) -> None:
    answer = gardens.ask("Bar chart of the number of trees of each garden, and color them by soil.")
    assert "color" not in answer.columns and "soil" in answer.columns


def test_numbers_listed_for_points_stay_single_with_a_third_as_size(gardens: Any) -> None:
    answer = gardens.ask("Plot gardens by hectares and entry fee, with circles sized by the "
                         "visitors total and colored by soil.")  # fmt: skip
    assert "GROUP BY" not in answer.sql
    assert {answer.channel("x")["field"], answer.channel("y")["field"]} == {"hectares", "entry_fee"}
    assert answer.channel("size")["field"] == "visitors_total"
