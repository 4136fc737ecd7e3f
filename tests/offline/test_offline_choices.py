"""Which columns share an axis, which are the groups, and how many groups are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

FILMS = """
CREATE TABLE films (film_id INTEGER PRIMARY KEY, title TEXT, genre TEXT, director TEXT,
  release_date TEXT, rating REAL, votes INTEGER, budget INTEGER, gross INTEGER);
CREATE TABLE cars (car_id INTEGER PRIMARY KEY, car_name TEXT, origin TEXT, mpg REAL,
  horsepower INTEGER, weight INTEGER);
""" + "\n".join(
    f"INSERT INTO films VALUES ({i},'Film {i}','{['Drama', 'Comedy', 'Action'][i % 3]}',"
    f"'Director {i % 90}','20{10 + i % 10}-0{1 + i % 9}-11',{(i * 37 % 100) / 10},{i * 13},"
    f"{900 + i},{i * 11});"
    f"INSERT INTO cars VALUES ({i},'Car {i}','{['USA', 'Japan', 'Europe'][i % 3]}',"
    f"{10 + i % 20},{60 + i * 3 % 90},{2000 + i * 7 % 900});"
    for i in range(1, 121)
)


@pytest.fixture(scope="module")
def films(make_database: Callable[[str], Any]) -> Any:
    return make_database(FILMS)


def test_ratings_over_time_have_the_date_on_x_and_no_line_for_every_film(films: Any) -> None:
    answer = films.ask("Show how the ratings of films changed over time")
    assert answer.channel("x")["field"] == "release_date"
    assert answer.channel("x")["type"] == "temporal"
    assert "color" not in answer.spec["encoding"]
    assert not answer.plan.query.fold


def test_measures_of_other_sizes_get_an_axis_each(films: Any) -> None:
    answer = films.ask("Line chart of ratings and votes over time")
    assert answer.marks == ["line", "line"]
    assert answer.spec["resolve"]["scale"]["y"] == "independent"
    assert answer.plan.title == "Average Rating and Total Votes by Release Date"


def test_measures_of_about_one_size_share_an_axis(films: Any) -> None:
    answer = films.ask("Line chart of budget and gross over time")
    assert answer.marks == ["line"]
    assert {label for _, _, label, _ in answer.plan.query.fold} == {"budget", "gross"}


def test_dates_are_never_among_the_measures(films: Any) -> None:
    answer = films.ask("Line chart of the total release date and total gross by genre")
    assert all(column != "release_date" for _, column, _, _ in answer.plan.query.fold)
    assert all(o.aggregate in {"", "min", "max"} for o in answer.plan.query.outputs
               if o.column == "release_date")  # fmt: skip


def test_the_best_few_are_named_on_the_axis(sales: Any) -> None:
    answer = sales.ask("Show the top 2 most expensive products with their prices")
    assert answer.rows[:2] == [("Phone", 600.0), ("Desk", 200.0)]
    assert answer.spec["transform"][1] == {"filter": "datum.rank <= 2"}
    assert answer.channel("x")["field"] == "product_name"


def test_colours_follow_the_column_that_is_named_not_the_name_of_the_thing(films: Any) -> None:
    answer = films.ask("Scatter plot of car weight against mpg coloured by origin")
    assert answer.channel("color")["field"] == "origin"


@pytest.mark.parametrize("form", ["bar", "pie"])
def test_of_very_many_groups_the_largest_are_shown_and_it_is_said(films: Any, form: str) -> None:
    answer = films.ask(f"{form} chart of total gross by director")
    assert len(answer.rows) == 30
    values = [row[1] for row in answer.rows]
    assert values == sorted(values, reverse=True)
    assert any("90 values" in text for text in answer.plan.assumptions)


def test_a_limit_that_was_asked_for_wins_over_the_general_one(films: Any) -> None:
    assert len(films.ask("Bar chart of the top 40 directors by gross").rows) == 40


def test_things_by_a_number_with_many_values_become_a_histogram(films: Any) -> None:
    answer = films.ask("Bar chart of the number of cars by weight")
    assert answer.channel("x")["bin"]
    assert answer.channel("y")["aggregate"] == "count"


def test_a_histogram_is_of_the_number_that_stands_behind_for(make_database: Any) -> None:
    rows = "".join(f"INSERT INTO nurse VALUES ({i}, {30 + i % 8});" for i in range(20))
    nurses = make_database("CREATE TABLE nurse (nurse_id INTEGER, age INTEGER);" + rows)
    answer = nurses.ask(
        "I like this histogram showing ratings, but I need one for nurse ages from our database "
        "instead. Can you create a similar histogram showing the distribution of nurse ages?"
    )
    assert answer.channel("x")["field"] == "age"
    assert answer.channel("x")["bin"]
    assert "row" not in answer.spec["encoding"]


def test_a_word_that_says_nothing_alone_is_a_column_behind_by(films: Any) -> None:
    answer = films.ask("Bar chart of the top 5 gross by title")
    assert "Film" in answer.rows[0][0]
