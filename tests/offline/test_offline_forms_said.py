"""Forms that words draw without naming the kind of chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.chart_kinds import read_chart_kind

FARMS = """
CREATE TABLE valleys (valley_id INTEGER PRIMARY KEY, valley_name TEXT);
CREATE TABLE farms (farm_id INTEGER PRIMARY KEY, farm_name TEXT,
  valley_id INTEGER REFERENCES valleys(valley_id), crop TEXT, founded_year INTEGER,
  acreage REAL, yield_tons REAL, old_yield REAL, new_yield REAL);
INSERT INTO valleys VALUES (1,'Ash'),(2,'Birch'),(3,'Cedar');
""" + "\n".join(
    f"INSERT INTO farms VALUES ({i},'Farm {i}',{i % 3 + 1},"
    f"'{['corn', 'rye', 'oats', 'flax'][i % 4]}',"
    f"{1960 + i},{20 + i * 3.5},{(i * 17) % 60 + 0.5},{i * 2.0},{i * 2.5 + 1});"
    for i in range(1, 31)
)


@pytest.fixture(scope="module")
def farms(make_database: Callable[[str], Any]) -> Any:
    return make_database(FARMS)


@pytest.mark.parametrize(
    "question",
    [
        "Average acreage of the farms per crop as bars; let me drag over some crops and have a red "
        "line tell me the average of just that selection.",
        "Bar chart of the mean acreage for each crop, where a line shows the mean of the crops "
        "that I select.",
        "Bars of the average acreage by crop. When I brush a range of crops, a rule should follow "
        "the average of the selected ones.",
    ],
)
def test_the_line_at_the_mean_follows_what_is_selected(farms: Any, question: str) -> None:
    answer = farms.ask(question)
    assert answer.marks == ["bar", "rule"]
    assert answer.channel("y", 0)["aggregate"] == "mean"
    assert answer.channel("x", 0)["type"] == "ordinal"
    assert "param" in str(answer.spec["layer"][1]["transform"][0]["filter"])


@pytest.mark.parametrize(
    "question",
    [
        "A dot plot of the old yield and the new yield of each farm, with a line between the two "
        "dots.",
        "For each farm put a dot for the old yield and a dot for the new yield, joined by a line.",
        "Compare old yield and new yield per farm: two dots, connected with a line.",
    ],
)
def test_two_dots_that_a_line_joins_are_rows_of_two_values(farms: Any, question: str) -> None:
    assert farms.ask(question).marks == ["line", "point"]


@pytest.mark.parametrize(
    "question",
    [
        "Bars of the acreage of each farm, a line at 60, and the part of each bar that goes above "
        "it in red.",
        "Show the acreage per farm as bars. Draw a rule at 60 and paint whatever is over it red.",
    ],
)
def test_what_lies_beyond_a_line_stands_out(farms: Any, question: str) -> None:
    answer = farms.ask(question)
    assert answer.marks == ["bar", "bar", "rule"]
    assert answer.channel("y2", 1) == {"datum": 60}
    assert answer.spec["layer"][1]["transform"] == [{"filter": "datum.acreage > 60"}]


@pytest.mark.parametrize(
    "question",
    [
        "How is the acreage of farms distributed for each crop? Circles sized by the number of "
        "farms, and a black tick for the median.",
        "Bubbles for the distribution of the acreage by crop, bigger where there are more farms, "
        "with the median marked by a dash. The bubble size is the number of farms.",
    ],
)
def test_medians_are_ticks_on_bubbles_that_count(farms: Any, question: str) -> None:
    answer = farms.ask(question)
    assert answer.marks == ["circle", "tick"]
    assert answer.channel("size", 0)["aggregate"] == "count"
    assert answer.channel("y", 0)["type"] == "nominal"


def test_years_lie_along_heat_lanes(farms: Any) -> None:
    answer = farms.ask("A heat lane chart of the years in which the farms were founded")
    assert answer.marks == ["bar", "bar"]
    assert answer.channel("x", 0)["field"].startswith("bin_")


def test_a_click_on_the_legend_brings_parts_of_lying_bars_to_the_front(farms: Any) -> None:
    answer = farms.ask(
        "Stacked bars of the number of farms per valley by crop. Clicking a crop in the legend "
        "should move it to the front of the bars and fade the others."
    )
    assert answer.marks == ["bar"]
    assert answer.channel("x")["type"] == "quantitative"
    assert answer.channel("order") == {"field": "crop_order", "type": "nominal"}
    assert "indexof" in answer.spec["transform"][0]["calculate"]


def test_points_below_a_slider_are_put_in_bins(farms: Any) -> None:
    answer = farms.ask(
        "Scatter plot of acreage against yield tons of the farms with a slider for an acreage "
        "threshold from 30 to 90, starting at 50. Farms above the threshold are single points and "
        "those below are grouped into bins sized by count, with a gray line at the threshold."
    )
    assert answer.marks == ["circle", "circle", "rule"]
    assert answer.channel("x", 1)["bin"] == {"maxbins": 10}
    assert answer.channel("size", 1)["aggregate"] == "count"


def test_bars_lie_between_the_ends_that_words_name_and_an_order_is_no_end(farms: Any) -> None:
    question = (
        "Bars per crop that go from the smallest to the largest acreage, both written at the ends"
    )
    assert farms.ask(question).marks == ["bar", "text", "text"]
    assert farms.ask("Acreage of each farm as bars from highest to lowest").marks == ["bar"]


@pytest.mark.parametrize(
    ("words", "labelled"),
    [
        ("labeled horizontal bars of the acreage per farm", True),
        ("horizontal bars with the number next to each please", True),
        ("a bar chart of the number of farms in each valley", False),
        ("a bar chart of the number of visits on each day", False),
    ],
)
def test_numbers_beside_each_bar_are_labels(words: str, labelled: bool) -> None:
    assert read_chart_kind(words).labels is labelled


def test_the_lanes_of_a_strip_plot_are_ordinal(farms: Any) -> None:
    strip = farms.ask("Strip plot of the acreage of the farms by crop")
    assert strip.channel("y")["type"] == "ordinal"


def test_bars_around_a_circle_have_angles_of_their_own(farms: Any) -> None:
    answer = farms.ask(
        "A polar bar chart of the number of farms per crop, with light grey rings in the background"
    )
    assert answer.marks == ["arc", "arc"]
    assert answer.channel("theta", 1)["type"] == "ordinal"
    assert answer.channel("color", 1)["field"] == answer.channel("theta", 1)["field"]
    assert answer.spec["title"] == "Number of Farms by Crop"
    named = farms.ask(
        "Arrange the number of farms per crop as bars around a circle, with rings every 2 farms "
        "that have labels"
    )
    assert named.marks == ["arc", "arc", "text"]


def test_many_bars_around_a_circle_are_named_at_their_ends(farms: Any) -> None:
    answer = farms.ask("A polar bar chart of the acreage of each farm by name")
    assert answer.marks[:3] == ["arc", "arc", "text"]
    assert answer.channel("text", 2)["field"] == answer.channel("theta", 1)["field"]


def test_a_brush_over_points_decides_what_lying_bars_below_them_count(farms: Any) -> None:
    answer = farms.ask(
        "Scatter plot of acreage and yield tons of the farms, colored by crop. Below it I want a "
        "bar chart that counts how many farms of each crop are in the area I select."
    )
    first, second = answer.spec["vconcat"]
    assert first["mark"]["type"] == "point"
    assert "condition" in first["encoding"]["color"]
    assert second["encoding"]["x"]["aggregate"] == "count"
    assert "param" in second["transform"][0]["filter"]
    assert sorted(answer.columns) == ["acreage", "crop", "yield_tons"]


def test_chosen_points_are_listed_beside_them(farms: Any) -> None:
    answer = farms.ask(
        "Scatter plot of acreage versus yield tons where I can drag over points, with a table next "
        "to it that lists the farm name and the crop of the selected farms"
    )
    marks = [view["mark"]["type"] for view in answer.spec["hconcat"]]
    assert marks == ["point", "text", "text"]
    assert {"farm_name", "crop"} <= set(answer.columns)
