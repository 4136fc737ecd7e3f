"""Marks that are spoken of without a kind of chart: lines, areas, dots, and what is put on them."""

from __future__ import annotations

from typing import Any

import pytest

from multivis.offline.chart_kinds import read_chart_kind


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Average wage on each day, a line with point markers would be good", "line"),
        ("Draw the price of every tool as a line on a log scale", "line"),
        ("For every game, draw two lines in one chart: the visitors and the goals", "line"),
        ("Follow the ratings with a line whose thickness also reflects the rating", "trail"),
        ("Draw the rainfall per year as a line that gets thicker where more fell", "trail"),
        ("Draw a line per team that gets thicker when I move the mouse near it", "line"),
        ("See how rents build up, as two overlapping areas with an opacity of 0.6", "area"),
        ("Plot a point per farm, coloured by its difference from the average", "scatter"),
        ("Months across, accidents down, and circles that get larger with more", "scatter"),
        ("Stack a dot for each player above the position they play", "scatter"),
        ("For each bridge a grey line running from its first year to its last year, with a dot "
         "for each of the two", "dumbbell"),
        ("I imagine a line per club connecting two dots, at the ages of the two captains",
         "dumbbell"),
    ],
)  # fmt: skip
def test_words_for_marks_name_the_kind(text: str, family: str) -> None:
    assert read_chart_kind(text).family == family


@pytest.mark.parametrize(
    "text",
    [
        "Number of guests per hotel with a dashed line at 200",
        "Salary of each clerk with a line marking the average salary",
        "Which product lines sell best?",
        "How many areas of study does each school have?",
        "Count the trains at every station, and add a vertical line at the median",
    ],
)
def test_guides_and_names_are_no_marks(text: str) -> None:
    assert read_chart_kind(text).family == ""


@pytest.mark.parametrize(
    "text",
    [
        "Pie of the sales by region, labelled directly with the regions",
        "Horizontal bars of visits per park with the number at the end inside each bar",
        "Overlapping grouped bars with white borders and the count on top",
    ],
)
def test_labels_are_asked_for_in_many_words(text: str) -> None:
    assert read_chart_kind(text).labels


def test_a_column_of_its_own_is_a_panel_and_no_label() -> None:
    kind = read_chart_kind("Put each degree in its own column, the bars coloured by faculty")
    assert kind.facet
    assert not kind.labels


def test_a_second_axis_is_told_as_the_own_axis_of_a_line() -> None:
    kind = read_chart_kind("The number of trips as bars with the age as a red line on its own axis")
    assert kind.dual_axis
    assert kind.overlay == "line"


def test_a_tick_on_a_bar_is_a_second_measure() -> None:
    kind = read_chart_kind("The highest mark as a bar, the average mark on it with a red tick")
    assert kind.overlay == "tick"


def test_the_mean_of_a_histogram_is_marked_with_its_own_words(school: Any) -> None:
    answer = school.ask("A histogram of the ages of students with a red line marking their average")
    assert answer.marks == ["bar", "rule"]
    assert answer.channel("x", 1)["aggregate"] == "mean"


def test_points_under_a_smooth_line_are_circles(school: Any) -> None:
    answer = school.ask("Scatter plot of math score against age of students with a loess line")
    assert answer.marks == ["circle", "line"]


def test_points_to_zoom_into_are_circles_also_when_they_are_called_dots(school: Any) -> None:
    answer = school.ask(
        "Scatter plot of math score versus age of students as dots, which I can zoom and pan"
    )
    assert answer.marks == ["circle"]


def test_groups_of_lying_bars_are_rows(sales: Any) -> None:
    answer = sales.ask(
        "Number of customers by country and segment as horizontal bars grouped by segment"
    )
    row, across, color = (answer.channel(name) for name in ("row", "y", "color"))
    assert color["field"] == across["field"] != row["field"]
    assert "yOffset" not in answer.spec["encoding"]


def test_values_on_a_log_scale_have_a_type_of_their_own(flights: Any) -> None:
    answer = flights.ask("Line chart of the number of flights by launch year on a log scale")
    assert 'alt.Y("number_of_flights:Q")' in answer.code
