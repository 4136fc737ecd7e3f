"""Marks that are spoken of without a kind of chart: lines, areas, dots, and what is put on them."""

from __future__ import annotations

import json
from collections.abc import Callable
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


@pytest.fixture(scope="module")
def harbours(make_database: Callable[[str], Any]) -> Any:
    ports = ["Nord", "Sund", "West"]
    months = ["April", "May", "June", "July"]
    rows = "\n".join(
        f"INSERT INTO landings VALUES ({i},'{ports[i % 3]}',{2000 + i // 3},{10 + i * 7 % 23},"
        f"'{2001 + i % 3}-0{1 + i % 9}-1{i % 5}','{months[i % 4]}',{1 + i % 5});"
        for i in range(36)
    )
    docks = "".join(
        f"INSERT INTO docks VALUES ({i},'Dock {i}',{100 * i},{i % 4});" for i in range(1, 7)
    )
    return make_database(
        "CREATE TABLE landings (landing_id INTEGER PRIMARY KEY, port TEXT, year INTEGER,"
        "tons INTEGER, landed_on DATE, month TEXT, level INTEGER);"
        "CREATE TABLE docks (dock_id INTEGER PRIMARY KEY, dock_name TEXT, workers INTEGER,"
        "cranes INTEGER);" + rows + docks
    )


def test_lines_end_where_the_library_finds_their_largest_year(harbours: Any) -> None:
    answer = harbours.ask(
        "Draw a line of the tons landed by year for each port, ending with a dot and the name of "
        "the port"
    )
    assert answer.marks == ["line", "circle", "text"]
    assert [answer.channel("x", n)["type"] for n in range(3)] == ["quantitative"] * 3
    assert answer.channel("x", 1)["aggregate"] == "max"
    assert answer.channel("y", 1)["aggregate"] == {"argmax": "year"}
    assert answer.channel("text", 2)["field"] == "port"


def test_rows_that_are_counted_up_along_dates_are_not_grouped(harbours: Any) -> None:
    answer = harbours.ask("Area chart of the cumulative number of landings over time")
    assert answer.columns == ["landed_on"]
    assert answer.spec["transform"][0]["window"] == [{"as": "cumulative_count", "op": "count"}]


def test_months_follow_each_other_on_an_axis(harbours: Any) -> None:
    answer = harbours.ask("Bar chart of the total tons of landings by month")
    assert answer.channel("x")["type"] == "ordinal"
    assert answer.channel("x")["sort"][:4] == ["January", "February", "March", "April"]


def test_areas_in_strips_of_their_own_lie_one_below_the_other(harbours: Any) -> None:
    answer = harbours.ask(
        "Area charts of the total tons of landings by year for each port, in separate strips"
    )
    assert answer.channel("row")["field"] == answer.channel("color")["field"] == "port"


def test_a_share_of_a_whole_is_made_of_the_numbers_of_rows(harbours: Any) -> None:
    answer = harbours.ask(
        "What percentage of all workers is at each dock? Sort the bars with the largest on top"
    )
    assert answer.columns == ["dock_name", "workers"]
    assert any("joinaggregate" in step for step in answer.spec["transform"])


def test_text_that_can_be_read_on_every_bar_makes_the_value_its_shade(harbours: Any) -> None:
    answer = harbours.ask(
        "Total tons of landings per port as horizontal bars, with the total inside each bar in "
        "black or white, whichever reads better"
    )
    assert answer.marks == ["bar", "text"]
    assert answer.channel("color", 0)["type"] == "quantitative"
    assert "luminance" in answer.spec["layer"][1]["mark"]["color"]["expr"]


def test_a_dashed_guide_leaves_the_line_solid(harbours: Any) -> None:
    answer = harbours.ask(
        "Line chart of the total tons of landings by year with a dashed reference line at 60"
    )
    assert answer.marks == ["line", "rule"]
    assert "strokeDash" not in json.dumps(answer.spec["layer"][0]["mark"])
    assert answer.spec["layer"][1]["mark"]["strokeDash"]


def test_two_measures_with_an_axis_each_stand_over_the_things_they_measure(harbours: Any) -> None:
    answer = harbours.ask(
        "Plot the workers of the docks as a light green area and the cranes there as a blue line, "
        "each with its own y-axis"
    )
    assert answer.marks == ["area", "line"]
    assert answer.channel("x", 0)["field"] == answer.channel("x", 1)["field"] == "dock_name"
    assert answer.spec["resolve"] == {"scale": {"y": "independent"}}


def test_only_the_clause_of_the_segments_says_their_order(harbours: Any) -> None:
    answer = harbours.ask(
        "Number of landings by port as horizontal bars stacked by month. The segments should be "
        "ordered by month in descending order, and the ports from largest to smallest."
    )
    assert answer.channel("order")["field"] == "month"
    assert answer.channel("order")["sort"] == "descending"


def test_quantiles_of_two_distributions_stand_side_by_side(school: Any) -> None:
    answer = school.ask(
        "Quantile-quantile plots of the math score against a uniform and a normal distribution, "
        "side by side, in steps of 0.05"
    )
    views = answer.spec["hconcat"]
    assert [view["encoding"]["x"]["field"] for view in views] == ["uniform", "normal"]
    assert all(view["transform"][0]["step"] == 0.05 for view in views)


def test_an_overview_underneath_opens_with_the_dates_that_are_named(harbours: Any) -> None:
    answer = harbours.ask(
        "Area chart of the total tons of landings by landed on date with a small overview "
        "underneath in which I can choose the dates. When it opens, the second half of 2002 should "
        "already be selected."
    )
    upper, lower = answer.spec["vconcat"]
    (brush,) = answer.spec["params"]
    assert upper["encoding"]["x"]["scale"]["domain"] == {"param": brush["name"]}
    assert brush["value"]["x"][0] == {"year": 2002, "month": 7, "date": 1}
    assert lower["height"] < upper["height"]


def test_a_measure_against_two_others_makes_two_plots(school: Any) -> None:
    answer = school.ask(
        "Two scatter plots side by side for the students, math score against age and math score "
        "against reading score. Brushing in one should highlight the same students in both."
    )
    views = answer.spec["hconcat"]
    assert [view["encoding"]["x"]["field"] for view in views] == ["age", "reading_score"]
    assert {view["encoding"]["y"]["field"] for view in views} == {"math_score"}
    assert len(answer.spec["params"]) == 2


def test_a_difference_from_the_mean_stands_over_the_things_it_is_of(harbours: Any) -> None:
    answer = harbours.ask(
        "Plot a point per dock, with how far its workers lie above or below the average workers"
    )
    assert answer.marks == ["point"]
    assert answer.channel("x")["field"] == "dock_name"


def test_a_separate_line_in_a_chart_of_days_is_no_panel() -> None:
    from multivis.charts.demands import FacetDemand, read_demands

    one = "A line chart of the price per day with a separate line for paid and open bills"
    assert read_demands(one).first(FacetDemand) is None
    assert read_demands("A separate chart per region, please").first(FacetDemand) is not None


def test_what_goes_to_the_left_is_below_zero(make_database: Callable[[str], Any]) -> None:
    rows = "".join(
        f"INSERT INTO answers VALUES ({i},'Plan {i % 4}','{['Agree', 'Disagree'][i % 2]}');"
        for i in range(40)
    )
    answers = make_database(
        "CREATE TABLE answers (answer_id INTEGER PRIMARY KEY, plan TEXT, opinion TEXT);" + rows
    )
    answer = answers.ask(
        "Number of answers per plan as diverging bars by opinion: disagree going left in red, "
        "agree going right in blue"
    )
    value = answer.channel("x")["field"]
    (shown,) = answer.spec["datasets"].values()
    assert {row["opinion"]: row[value] > 0 for row in shown} == {"Agree": True, "Disagree": False}
    assert answer.channel("y")["field"] == "plan"


def test_a_link_that_hovering_shows_is_in_the_tooltip(harbours: Any) -> None:
    answer = harbours.ask(
        "Workers against cranes of the docks as points. Clicking on a point should open a Google "
        "search for its name, and hovering should show the dock name and the link."
    )
    assert [tip["field"] for tip in answer.spec["encoding"]["tooltip"]] == ["dock_name", "url"]
    assert answer.channel("href")["field"] == "url"


def test_things_one_clicks_on_one_by_one_are_points(harbours: Any) -> None:
    answer = harbours.ask(
        "Show the docks by their workers and cranes. Each links to its Wikipedia page."
    )
    assert answer.marks == ["point"]
    assert "wikipedia.org" in answer.code


def test_dots_are_stacked_over_names_as_well_as_over_numbers(harbours: Any) -> None:
    answer = harbours.ask("Stack a dot for each landing above its port (Nord, Sund and so on)")
    assert answer.marks == ["circle"]
    assert answer.channel("x") == answer.channel("x") | {"field": "port", "type": "ordinal"}
    assert answer.columns == ["port"]


@pytest.mark.parametrize(
    "text",
    ["Visits per park, the busiest park on top", "Diverging bars of wins and losses per club",
     "Prices per shop, sorted with the most expensive at the top"],
)  # fmt: skip
def test_bars_lie_where_one_of_them_is_on_top(text: str) -> None:
    assert read_chart_kind(text).horizontal


def test_values_in_brackets_are_no_kind_of_chart() -> None:
    assert read_chart_kind("Players per instrument (violin, cello and so on)").family == ""


def test_a_slider_has_the_ends_the_start_and_the_colours_that_are_told(harbours: Any) -> None:
    answer = harbours.ask(
        "Scatter plot of the workers and the cranes of the docks, with a slider for the cranes "
        "from 0 to 5 that starts at 2 in steps of 1. Docks with fewer are red, the others blue."
    )
    (cutoff,) = answer.spec["params"]
    assert cutoff["bind"] == cutoff["bind"] | {"min": 0, "max": 5, "step": 1}
    assert cutoff["value"] == 2
    (below,) = answer.channel("color")["condition"]
    assert below["value"] == "red"
    assert "cranes" in below["test"]
    assert answer.channel("color")["value"] == "blue"
