"""Shapes that words ask for: bands, dots, joined points, last values, readable cells."""

from __future__ import annotations

from typing import Any


def test_a_horizon_has_two_bands(sales: Any) -> None:
    answer = sales.ask("Horizon graph of the number of orders by month")
    assert answer.marks == ["area", "area"]
    assert answer.channel("y", 0)["scale"] == answer.channel("y", 1)["scale"]


def test_two_columns_as_a_dumbbell_are_rows_that_a_legend_explains(school: Any) -> None:
    answer = school.ask(
        "Ranged dot plot comparing the average math score and the average reading score of "
        "students for each home town"
    )
    assert answer.marks == ["line", "point"]
    assert len(answer.rows) == 6
    assert answer.channel("color", 1)["type"] == "nominal"


def test_dots_are_stacked_over_their_value(school: Any) -> None:
    answer = school.ask("Wilkinson dot plot of the ages of students")
    assert answer.marks == ["circle"]
    assert answer.spec["transform"][0]["window"][0]["op"] == "rank"
    assert len(answer.rows) == 40


def test_circles_count_what_falls_in_two_bins(school: Any) -> None:
    answer = school.ask(
        "2D histogram of math score and reading score as circles whose size shows the count"
    )
    assert answer.marks == ["circle"]
    assert answer.channel("size")["aggregate"] == "count"
    assert answer.channel("x")["bin"]


def test_a_bubble_table_has_two_categories_and_a_size(sales: Any) -> None:
    answer = sales.ask(
        "Bubble chart of the number of customers by country and segment, where the size shows the "
        "number of customers"
    )
    assert answer.marks == ["circle"]
    assert {answer.channel(c)["type"] for c in ("x", "y")} == {"ordinal"}


def test_the_last_value_of_each_line_is_labelled(flights: Any) -> None:
    answer = flights.ask(
        "Line chart of the total distance miles by launch year for each airline, with the last "
        "value labeled"
    )
    assert answer.marks == ["line", "circle", "text"]


def test_a_line_at_a_number_is_drawn(school: Any) -> None:
    answer = school.ask(
        "Bar chart of the average salary by department with a dashed reference line at 50000"
    )
    assert answer.marks == ["bar", "rule"]
    assert answer.channel("y", 1)["datum"] == 50000


def test_numbers_in_cells_can_be_read_on_dark_ones(sales: Any) -> None:
    answer = sales.ask(
        "Heat map of the number of customers by country and segment with the counts as text in "
        "the cells"
    )
    assert answer.marks == ["rect", "text"]
    assert "luminance" in str(answer.channel("color", 1))


def test_segments_are_sorted_by_their_size(sales: Any) -> None:
    answer = sales.ask(
        "Stacked bar chart of the number of customers by country and segment, with the segments "
        "sorted by size"
    )
    assert answer.channel("order")["sort"] == "descending"


def test_a_line_over_bars_is_not_the_overall_mean(school: Any) -> None:
    answer = school.ask(
        "Show the number of teachers for each department as bars and overlay a red line showing "
        "the average years experience for each department"
    )
    assert answer.marks == ["bar", "line"]


def test_small_multiples_of_areas_stand_in_rows(flights: Any) -> None:
    answer = flights.ask(
        "Area chart of the number of flights by launch year with a separate chart for each airline"
    )
    assert "row" in answer.spec["encoding"]


def test_the_difference_from_the_average_is_drawn_not_the_average(school: Any) -> None:
    answer = school.ask(
        "Scatter plot of how each teacher's salary differs from the average salary, against their "
        "years experience"
    )
    assert len(answer.rows) == 5
    assert [step for step in answer.spec["transform"] if "joinaggregate" in step]
