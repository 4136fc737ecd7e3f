"""Habits of the grammar of graphics: labels, bands, shades, links, and how channels are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def rivers(make_database: Callable[[str], Any]) -> Any:
    rows = "\n".join(
        f"INSERT INTO rivers VALUES ({i},'River {i}','{['Delta', 'Lake', 'Sea'][i % 3]}',"
        f"{100 + i * 7 % 60},{i % 9},{20 + i * 3 % 50},'{1990 + i % 6}',{i % 8});"
        for i in range(1, 41)
    )
    return make_database(
        "CREATE TABLE rivers (river_id INTEGER PRIMARY KEY, river_name TEXT, mouth TEXT,"
        "length INTEGER, locks INTEGER, depth REAL, survey_year TEXT, rank INTEGER);" + rows
    )


def test_values_on_bars_that_they_colour_can_be_read(sales: Any) -> None:
    answer = sales.ask(
        "Horizontal bar chart of the number of customers by country, colored by the number of "
        "customers, with the count displayed on each bar"
    )
    assert answer.marks == ["bar", "text"]
    assert answer.channel("y", 0)["type"] == "ordinal"
    assert answer.channel("text", 0) == answer.channel("text", 1)
    assert "'right'" in answer.spec["layer"][1]["mark"]["align"]["expr"]
    assert "luminance" in answer.spec["layer"][1]["mark"]["color"]["expr"]


def test_columns_in_tooltips_of_lines_are_typed_by_the_frame(sales: Any) -> None:
    answer = sales.ask(
        "Line chart of the number of orders per year with a tooltip showing the number of orders"
    )
    assert 'alt.Tooltip("number_of_orders")' in answer.code
    assert answer.spec["encoding"]["tooltip"]["type"] == "quantitative"


def test_columns_in_tooltips_of_bars_are_typed_as_their_channels_are(sales: Any) -> None:
    answer = sales.ask(
        "Bar chart of the number of customers by country with a tooltip showing the country"
    )
    assert 'alt.Tooltip("country:N")' in answer.code


def test_what_a_transform_made_keeps_its_type_in_a_tooltip(school: Any) -> None:
    answer = school.ask(
        "Area chart of the cumulative number of memberships by joined year with tooltips"
    )
    tips = answer.spec["encoding"]["tooltip"]
    assert {"cumulative_number_of_memberships"} <= {tip["field"] for tip in tips}
    assert "quantitative" in {tip["type"] for tip in tips}


def test_a_histogram_in_a_scheme_is_coloured_by_its_bins(school: Any) -> None:
    answer = school.ask(
        "Histogram of the math score of students with 20 bins, colored with the viridis scheme"
    )
    assert answer.channel("color")["bin"] == answer.channel("x")["bin"]
    assert answer.channel("color")["scale"] == {"scheme": "viridis"}


def test_the_mean_stands_out_over_a_histogram(school: Any) -> None:
    answer = school.ask(
        "Histogram of the ages of students, and mark the average age with a thick red vertical line"
    )
    assert answer.marks == ["bar", "rule"]
    assert answer.channel("x", 1)["aggregate"] == "mean"
    assert answer.channel("size", 1) == {"value": 5}
    assert answer.columns == ["age"]


def test_a_year_and_the_mean_are_marked_by_rules(flights: Any) -> None:
    answer = flights.ask(
        "Line chart of the number of flights by launch year. Highlight the year 2017 with a cyan "
        "vertical line and show the average number of flights with a dashed horizontal line."
    )
    assert answer.marks == ["line", "rule", "rule"]
    assert answer.channel("x", 1) == {"datum": 2017, "type": "ordinal"}
    assert answer.spec["layer"][2]["mark"]["strokeDash"] == [12, 6]
    assert answer.channel("y", 2)["datum"] == pytest.approx(12.0)


def test_a_range_of_an_axis_is_shaded(school: Any) -> None:
    answer = school.ask(
        "Scatter plot of age versus math score, highlight the age range between 15 and 16 with a "
        "semi-transparent red shaded area"
    )
    assert answer.marks == ["point", "rect"]
    axis = next(name for name in ("x", "y") if name in answer.spec["layer"][1]["encoding"])
    band = answer.spec["datasets"][answer.spec["layer"][1]["data"]["name"]]
    assert band == [{f"{axis}1": 15, f"{axis}2": 16}]
    assert answer.channel(axis, 0)["field"] == "age"
    assert len(answer.rows) == 40


def test_a_click_that_opens_a_search_selects_nothing(school: Any) -> None:
    answer = school.ask(
        "Scatter plot of math score versus reading score with tooltips showing the student name; "
        "make each point clickable so that it opens a Google search for the student"
    )
    assert answer.channel("href") == {"field": "url", "type": "nominal"}
    assert "params" not in answer.spec


def test_violins_stand_without_frames(school: Any) -> None:
    answer = school.ask("Violin plot of math score by gender")
    assert answer.spec["config"]["view"]["stroke"] is None


def test_cells_without_lines_have_no_axis_borders(school: Any) -> None:
    answer = school.ask(
        "Heatmap of the number of students by home town and gender; remove grid lines and axis "
        "borders to keep it clean"
    )
    assert answer.spec["config"]["axis"]["domain"] is False


def test_years_are_numbers_between_points_and_places_along_lines(flights: Any) -> None:
    points = flights.ask("Scatter plot of launch year versus distance miles")
    assert {points.channel(c)["type"] for c in ("x", "y")} == {"quantitative"}
    line = flights.ask("Line chart of the number of flights by launch year")
    assert line.channel("x")["type"] == "ordinal"


def test_years_as_text_are_dates_along_a_gradient(rivers: Any) -> None:
    answer = rivers.ask(
        "Area chart of the total length by survey year with a gradient fill from white to blue"
    )
    assert answer.channel("x")["type"] == "temporal"


def test_lines_run_along_numbers_as_numbers(rivers: Any) -> None:
    answer = rivers.ask("Area chart of the total length by rank for each mouth")
    assert answer.channel("x")["type"] == "quantitative"


def test_the_words_cut_the_bands_of_a_horizon(rivers: Any) -> None:
    answer = rivers.ask(
        "Horizon graph of the total length by survey year, split into two ranges: 0-500 and 500+"
    )
    assert answer.marks == ["area", "area"]
    assert answer.channel("y", 0)["scale"]["domain"] == [0, 500]
    assert "- 500" in json.dumps(answer.spec["layer"][1]["transform"])


def test_a_line_of_a_cumulative_distribution_is_one_for_each_group(rivers: Any) -> None:
    answer = rivers.ask(
        "Line chart showing the empirical cumulative distribution of depth for each mouth"
    )
    step = answer.spec["transform"][0]
    assert step["window"][0]["op"] == "cume_dist" and step["groupby"] == ["mouth"]
    assert answer.channel("color")["field"] == "mouth"


def test_jitter_pushes_dots_aside(rivers: Any) -> None:
    answer = rivers.ask("Strip plot with jitter of depth by mouth")
    assert answer.marks == ["circle"]
    assert "random()" in answer.spec["transform"][0]["calculate"]


def test_the_line_under_the_pointer_becomes_thicker(flights: Any) -> None:
    answer = flights.ask(
        "Line chart of the average distance miles by launch year for each airline; when I hover "
        "over a line, highlight it by making it thicker"
    )
    assert answer.marks == ["circle", "line"]
    assert '"value": 3' in json.dumps(answer.channel("size", 1)["condition"])
    assert answer.channel("opacity", 0) == {"value": 0}


def test_the_mean_follows_the_range_that_is_dragged(flights: Any) -> None:
    answer = flights.ask(
        "Bar chart of the total distance miles by launch year with an average distance line in "
        "red. Make it interactive so I can select year ranges to filter the data."
    )
    assert answer.marks == ["bar", "rule"]
    assert answer.spec["layer"][1]["transform"][0]["filter"]["param"]
    assert answer.spec["params"][0]["select"]["encodings"] == ["x"]


def test_a_group_is_chosen_from_a_menu(rivers: Any) -> None:
    answer = rivers.ask(
        "Scatter plot of length versus depth colored by mouth, with a dropdown menu to choose a "
        "mouth"
    )
    assert answer.spec["params"][0]["bind"]["options"] == ["Delta", "Lake", "Sea"]
    assert answer.spec["transform"][-1]["filter"]["param"] == answer.spec["params"][0]["name"]


def test_slices_are_labelled_with_what_they_are(sales: Any) -> None:
    named = sales.ask("Pie chart of the number of customers by country with labels")
    assert named.channel("text", 1)["field"] == "country"
    counted = sales.ask("Pie chart of the number of customers by country with count labels")
    assert counted.channel("text", 1)["type"] == "quantitative"


def test_only_the_part_of_a_bar_beyond_a_threshold_stands_out(school: Any) -> None:
    answer = school.ask(
        "Bar chart of the salary of teachers, with those above 50000 highlighted in red and a "
        "black dashed line at the threshold"
    )
    assert answer.marks == ["bar", "bar", "rule"]
    assert answer.channel("y", 1)["field"] == "salary"
    assert answer.channel("y2", 1) == {"datum": 50000}


def test_titles_listed_vertically_lie_on_y(school: Any) -> None:
    answer = school.ask(
        "Ranged dot plot comparing the math score and the reading score, with each home town "
        "listed vertically and horizontal lines connecting both scores"
    )
    assert answer.channel("y", 0)["field"] == "home_town"
