"""What is selected and drawn once the columns are known: sizes, labels, colours, ranges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PARKS = """
CREATE TABLE parks (park_id INTEGER PRIMARY KEY, park_name TEXT, region TEXT, height_m REAL,
  rainfall_mm REAL, budget REAL);
CREATE TABLE visits (park_id INTEGER REFERENCES parks(park_id), year INTEGER, visits INTEGER);
CREATE TABLE trees (tree_id INTEGER PRIMARY KEY, park_id INTEGER REFERENCES parks(park_id),
  species TEXT, planted_on TEXT, trunk_width REAL, is_protected INTEGER);
INSERT INTO parks VALUES (1,'Alder','North',10,700,5),(2,'Birch','South',25,500,9),
  (3,'Cedar','South',40,650,4);
INSERT INTO visits VALUES (1,2020,100),(1,2021,150),(2,2020,80),(2,2021,60),(3,2020,30),
  (3,2021,45);
""" + "\n".join(
    f"INSERT INTO trees VALUES ({i},{i % 3 + 1},'{['Oak', 'Elm', 'Fir'][i % 3]}',"
    f"'202{i % 3}-0{i % 9 + 1}-1{i % 9}',{3 + i % 17},{i % 2});"
    for i in range(1, 41)
)


@pytest.fixture(scope="module")
def parks(make_database: Callable[[str], Any]) -> Any:
    return make_database(PARKS)


def test_the_size_for_a_number_is_a_channel(parks: Any) -> None:
    answer = parks.ask(
        "Show the parks as circles with rainfall on the x-axis and height on the y-axis, the color "
        "for their region and the size for their budget."
    )
    assert answer.channel("size")["field"] == "budget"


def test_names_written_beside_points_are_their_labels(parks: Any) -> None:
    answer = parks.ask(
        "Plot the height against the rainfall of the parks, with the park's name written to the "
        "right of each point."
    )
    assert answer.marks == ["point", "text"]
    assert answer.channel("text", 1)["field"] == "park_name"


@pytest.mark.parametrize("words", ["colored by the number of trees", "colored by the total"])
def test_a_number_that_was_counted_is_the_colour_and_no_group(parks: Any, words: str) -> None:
    answer = parks.ask(f"Which parks have the most trees? A bar chart please, {words}.")
    assert len(answer.rows) == 3
    assert answer.channel("color")["type"] == "quantitative"
    assert answer.channel("color")["field"] == answer.channel("y")["field"]


@pytest.mark.parametrize("first", ["the most", "the greenest region"])
def test_the_most_on_top_speaks_of_an_order_and_not_of_labels(parks: Any, first: str) -> None:
    answer = parks.ask(f"Number of trees per region as horizontal bars, with {first} on top.")
    assert answer.marks == ["bar"]


def test_how_many_is_read_from_the_column_that_holds_it(parks: Any) -> None:
    answer = parks.ask("How many visits did each region have? Show it as a bar chart.")
    assert sorted(answer.rows) == [("North", 250), ("South", 215)]


def test_ratings_with_one_rating_a_row_are_counted(make_database: Callable[[str], Any]) -> None:
    films = make_database(
        "CREATE TABLE rating (film TEXT, reviewer TEXT, rating INTEGER);"
        "INSERT INTO rating VALUES ('Ada','x',5),('Ada','y',4),('Bo','x',3),('Bo','z',2),"
        "('Bo','y',5)"
    )
    answer = films.ask("Bar chart of the number of ratings for each film")
    assert sorted(answer.rows) == [("Ada", 2), ("Bo", 3)]


@pytest.mark.parametrize(
    "question",
    [
        "Violin plots of trunk width for each species, covering 0 to 25.",
        "Stack the density of trunk width for each species over the range 0 to 25.",
        "Density plot of the trunk width by species. Trunk widths lie between 0 and 25.",
        "Violin plots of trunk width (0 to 25) for each species",
        "Smooth density of the trunk width per species, from 0 to 25, 300 by 60 pixels",
        "A stacked density plot of trunk width by species; limit the axis to about 0 to 25",
    ],
)
def test_a_density_covers_the_range_that_is_asked_for(parks: Any, question: str) -> None:
    answer = parks.ask(question)
    (step,) = answer.spec["transform"]
    assert step["extent"] == [0, 25]
    assert step["groupby"] == ["species"]


def test_stacked_densities_are_counts_of_a_bandwidth_that_words_give(parks: Any) -> None:
    answer = parks.ask("Stacked density plot of trunk width by species with a bandwidth of 2.5")
    (step,) = answer.spec["transform"]
    assert (step["counts"], step["bandwidth"]) == (True, 2.5)
    alone = parks.ask("Density plot of trunk width by species")
    assert "counts" not in alone.spec["transform"][0]


def test_the_range_of_a_density_is_no_condition(parks: Any) -> None:
    plain = parks.ask("A density plot of the trunk width by species")
    answer = parks.ask("A density plot of the trunk width by species, from 10 to 12")
    assert answer.rows == plain.rows


def test_a_density_without_a_range_covers_the_data(parks: Any) -> None:
    answer = parks.ask("A density plot of the trunk width of the trees.")
    assert "extent" not in answer.spec["transform"][0]


def test_a_grid_of_two_groups_is_a_heatmap(parks: Any) -> None:
    answer = parks.ask("Number of trees: a grid with regions across and species down.")
    assert answer.marks == ["rect"]
    assert answer.channel("x")["field"] == "region"


def test_a_line_that_connects_things_in_an_order_has_a_number_on_each_axis(parks: Any) -> None:
    answer = parks.ask(
        "A line with points that connects the parks in order of their budget, with rainfall on the "
        "x-axis and height on the y-axis."
    )
    assert answer.channel("x")["field"] == "rainfall_mm"
    assert answer.channel("y")["field"] == "height_m"
    assert answer.channel("order")["field"] == "budget"
