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


@pytest.mark.parametrize(
    "wish",
    [
        "When I select points, show the name, soil and founding year of them in a table.",
        "Let me choose a soil from a dropdown, and show the name and the founding year on hover.",
        "Radio buttons should highlight a soil; label the name and the year it was founded.",
    ],
)
def test_columns_for_a_table_or_a_control_are_selected(gardens: Any, wish: str) -> None:
    answer = gardens.ask(f"Scatter plot of the gardens' hectares against the entry fee. {wish}")
    assert {"hectares", "entry_fee", "soil"} <= set(answer.columns)
    assert len(answer.rows) == 12 and "GROUP BY" not in answer.sql


def test_columns_of_many_rows_are_not_selected_for_one(gardens: Any) -> None:
    answer = gardens.ask("Scatter plot of the gardens' hectares against the entry fee. I know that "
                         "each tree height was measured.")  # fmt: skip
    assert len(answer.rows) == 12 and "height" not in answer.columns


@pytest.mark.parametrize(
    "asked",
    [
        "the visitors total minus the young visitors",
        "the difference between the visitors total and the young visitors",
        "how much the visitors total exceeds the young visitors",
    ],
)
def test_one_number_less_another_is_computed_for_each_row(gardens: Any, asked: str) -> None:
    answer = gardens.ask(f"Bar chart of {asked} for each garden.")
    assert "visitors_total - visitors_young AS difference" in answer.sql
    assert len(answer.rows) == 12 and answer.channel("y")["field"] == "difference"


def test_differences_have_the_colours_that_are_told(gardens: Any) -> None:
    answer = gardens.ask("For each garden show the visitors total minus the young visitors as "
                         "bars, green if there are more adults and red if not.")  # fmt: skip
    color = answer.channel("color")
    (condition,) = color["condition"]
    assert (condition["value"], color["value"]) == ("green", "red")
    assert "difference" in condition["test"]


def test_how_far_groups_lie_from_the_average_of_all_rows_is_computed(gardens: Any) -> None:
    answer = gardens.ask("Bar chart of how far the average entry fee of each soil is from the "
                         "overall average entry fee.")  # fmt: skip
    rows = {row[0]: row[1] for row in answer.rows}
    fees = {s: [2 + i % 5 for i in range(1, 13) if i % 3 == n] for n, s in
            enumerate(("Clay", "Loam", "Sand"))}  # fmt: skip
    overall = sum(sum(f) for f in fees.values()) / 12
    assert rows == pytest.approx({s: sum(f) / len(f) - overall for s, f in fees.items()})
    assert "transform" not in answer.spec


def test_the_mean_of_what_is_shown_is_subtracted_where_rows_are_left_out(gardens: Any) -> None:
    answer = gardens.ask("Bar chart of how far the entry fee of each garden with over 5 hectares "
                         "is from the average entry fee.")  # fmt: skip
    assert any("joinaggregate" in step for step in answer.spec["transform"])


def test_a_part_is_shown_in_percent_of_the_total_that_a_column_holds(flights: Any) -> None:
    one = flights.ask("What percentage of the passengers of each airport are international? Bars.")
    assert {row[0]: row[1] for row in one.rows} == pytest.approx(
        {"North Field": 62.5, "South Bay": 12.5, "East Hill": 25.0}
    )
    both = flights.ask("Grouped bars of the percentage of domestic and international passengers "
                       "for each airport.")  # fmt: skip
    assert len(both.rows) == 6 and "* 100.0 / total_passengers" in both.sql


@pytest.mark.parametrize(
    "question",
    [
        "Scatter plot of hectares against the visitors total and the young visitors, with a color "
        "and a loess line for each of the two.",
        "How do the visitors total and the young visitors depend on hectares? Show points for both "
        "in different colors, each with a smoothed trend line.",
    ],
)
def test_two_numbers_against_one_are_two_clouds_of_points(gardens: Any, question: str) -> None:
    answer = gardens.ask(question)
    assert answer.marks == ["circle", "line"] and len(answer.rows) == 12
    assert answer.channel("x")["field"] == "hectares"
    fold, smooth = answer.spec["layer"][1]["transform"]
    assert fold["fold"] == ["visitors_total", "visitors_young"]
    assert smooth == {"loess": "value", "on": "hectares", "groupby": ["measure"]}
    assert answer.channel("color")["field"] == "measure"


def test_a_category_that_has_the_colours_leaves_the_points_single(gardens: Any) -> None:
    answer = gardens.ask("Scatter plot of hectares against the visitors total and the young "
                         "visitors, coloured by soil.")  # fmt: skip
    assert "transform" not in answer.spec and answer.channel("color")["field"] == "soil"


RALLIES = """
CREATE TABLE drivers (driver_id INTEGER PRIMARY KEY, name TEXT, licence_year INTEGER);
CREATE TABLE towns (town_id INTEGER PRIMARY KEY, town_name TEXT, seats INTEGER);
CREATE TABLE rallies (rally_id INTEGER PRIMARY KEY, town_id INTEGER REFERENCES towns(town_id),
  year INTEGER);
CREATE TABLE starts (rally_id INTEGER REFERENCES rallies(rally_id),
  driver_id INTEGER REFERENCES drivers(driver_id));
CREATE TABLE tickets (ticket_id INTEGER PRIMARY KEY, sold_date TEXT, starting_price REAL,
  price REAL, started_date TEXT);
""" + "\n".join(
    f"INSERT INTO drivers VALUES ({i},'D{i}',{1990 + i % 7});"
    f"INSERT INTO towns VALUES ({i},'Town {i}',{100 * i});"
    f"INSERT INTO rallies VALUES ({i},{i},{2018 + i % 3});"
    f"INSERT INTO starts VALUES ({i},{i});INSERT INTO starts VALUES ({i},{13 - i});"
    f"INSERT INTO tickets VALUES ({i},'201{5 + i % 5}-0{i % 9 + 1}-02',{i},{2 * i},"
    f"'201{2 + i % 5}-0{i % 9 + 1}-02');"
    for i in range(1, 13)
)


@pytest.fixture(scope="module")
def rallies(make_database: Callable[[str], Any]) -> Any:
    return make_database(RALLIES)


def test_a_bare_year_is_that_of_what_joins_the_things(rallies: Any) -> None:
    answer = rallies.ask("Grouped bars of how many drivers started in each town by year, with the "
                         "town names on the x-axis.")  # fmt: skip
    assert "licence_year" not in answer.sql and "rallies" in answer.sql
    assert answer.channel("x")["field"] == "town_name"
    assert answer.channel("color")["field"].lower() == "year"


def test_starting_from_a_year_names_no_column(rallies: Any) -> None:
    answer = rallies.ask("Line chart of the total price for each year in which tickets were sold, "
                         "starting from 2017.")  # fmt: skip
    assert "sold_date" in answer.sql and "start" not in answer.sql
    assert min(row[0] for row in answer.rows) == 2017


def test_words_made_from_names_keys_and_the_things_themselves_are_not_selected(
    gardens: Any, rallies: Any
) -> None:
    answer = gardens.ask("Scatter plot of the gardens' hectares against the entry fee, so that I "
                         "can find soiled patterns.")  # fmt: skip
    assert set(answer.columns) == {"hectares", "entry_fee"}
    years = rallies.ask("Strip plot of the years of the rallies, with a row for each town.")
    assert "town_id" not in years.columns


def test_numbers_with_an_axis_each_are_one_cloud(gardens: Any) -> None:
    answer = gardens.ask(
        "Scatter plot of hectares and entry fee where I can select points and see the visitors "
        "total of the selection in a table. Hectares go on the x-axis and the entry fee on the "
        "y-axis, both without zero."
    )
    channels = answer.plan.layers[0].channels
    assert {"hectares", "entry_fee"} <= {c.field for c in channels}
    assert "visitors_total" in answer.columns


def test_a_name_that_a_table_lists_is_selected(gardens: Any) -> None:
    answer = gardens.ask(
        "Scatter plot of the gardens' hectares and entry fee where I can drag over points and see "
        "the garden name and soil of the selection in a table."
    )
    assert set(answer.columns) == {"hectares", "entry_fee", "garden_name", "soil"}
