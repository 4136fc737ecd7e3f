"""Forms that words draw without naming the kind of chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.chart_kinds import read_chart_kind
from multivis.offline.wordings import in_known_words

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


@pytest.mark.parametrize(
    "question",
    [
        "Acreage across, yield in tons up, a dot for every farm, hue = crop.",
        "Give each farm a circle: acreage horizontally, yield tons vertically, the crop deciding "
        "its colour.",
        "Yield tons (y) against acreage (x), one point per farm, crop = colour.",
        "I'd like one dot per farm with its acreage going across and its yield tons up, the colour "
        "telling the crop.",
    ],
)
def test_dots_have_the_sides_and_the_colour_that_words_give(farms: Any, question: str) -> None:
    answer = farms.ask(question)
    assert answer.marks[0] in {"point", "circle"}
    assert answer.channel("x")["field"] == "acreage"
    assert answer.channel("y")["field"] == "yield_tons"
    assert answer.channel("color")["field"] == "crop"


@pytest.mark.parametrize(
    "question",
    [
        "Count the farms by valley and crop. Every crop gets a panel of its own, a bar per valley.",
        "How many farms per valley? Give each crop its own little chart, with a bar for each "
        "valley.",
        "Farms by valley and crop: bars in clusters, a cluster per crop, one bar for each valley.",
    ],
)
def test_panels_and_clusters_are_columns_of_coloured_bars(farms: Any, question: str) -> None:
    answer = farms.ask(question)
    assert answer.marks == ["bar"]
    assert answer.channel("column")["field"] == "crop"
    assert answer.channel("x")["field"] == answer.channel("color")["field"] == "valley_name"


@pytest.mark.parametrize(
    ("question", "side", "first"),
    [
        ("Bars lying on their side for the number of farms per crop, commonest first", "y", "-x"),
        ("Number of farms per crop as a bar list, rarest first", "y", "x"),
        ("Count the farms per crop, the tallest column on the left", "x", "-y"),
    ],
)
def test_the_first_bar_is_the_one_that_words_put_first(
    farms: Any, question: str, side: str, first: str
) -> None:
    assert farms.ask(question).channel(side)["sort"] == first


def test_dots_are_joined_in_an_order_however_it_is_said(farms: Any) -> None:
    answer = farms.ask(
        "Connected dots of the farms' acreage (x) and yield tons (y), joined from the earliest to "
        "the latest founded year"
    )
    assert answer.marks == ["line"]
    assert answer.channel("order")["field"] == "founded_year"


def test_a_pointer_over_a_dot_shows_what_words_tell(farms: Any) -> None:
    answer = farms.ask(
        "Plot acreage against yield tons. When my mouse rests on a dot, show the farm name."
    )
    assert answer.channel("tooltip")["field"] == "farm_name"


def test_columns_for_single_things_are_bars(farms: Any) -> None:
    answer = farms.ask("How many farms are there? One column per valley, upright.")
    assert answer.marks == ["bar"]
    assert "column" not in answer.spec["encoding"]


def test_titles_and_values_in_quotes_keep_their_words() -> None:
    told = 'Bars running sideways, titled "Mousing over the staircase"'
    assert in_known_words(told) == 'horizontal bars, titled "Mousing over the staircase"'


@pytest.mark.parametrize(
    ("question", "marks"),
    [
        ("A bar for the mean old yield of each crop and a red dash for the mean new yield",
         ["bar", "tick"]),
        ("Mean old yield per crop as bars, with a small black line across them for the mean new "
         "yield", ["bar", "tick"]),
        ("Acreage of the farms as tick marks, a row per crop", ["tick"]),
        ("Mean acreage per crop with CIs, best first", ["point", "rule"]),
        ("For every crop a bar that begins at the lowest acreage and ends at the highest one",
         ["bar", "text", "text"]),
        ("Sort the acreage of the farms into at most 10 bins, a bold line where the mean lies",
         ["bar", "rule"]),
        ("Areas piled on one another for the number of farms per founded year, one for each crop",
         ["area"]),
        ("Smoothed distribution of the acreage, one strip for each crop", ["area"]),
        ("Bin acreage (x) and yield tons (y) and put a bubble in every cell, larger for more farms",
         ["circle"]),
    ],
)  # fmt: skip
def test_marks_are_known_by_their_looks(farms: Any, question: str, marks: list[str]) -> None:
    assert farms.ask(question).marks == marks


def test_slices_that_get_longer_reach_further_out(farms: Any) -> None:
    answer = farms.ask("A wedge for each crop that gets longer with the number of farms")
    assert answer.channel("radius")["field"] == answer.channel("theta")["field"]


def test_both_figures_on_hover_are_those_of_the_axes(farms: Any) -> None:
    answer = farms.ask(
        "Plot acreage against yield tons; pointing at a dot shows the farm name plus both figures."
    )
    told = [tip["field"] for tip in answer.spec["encoding"]["tooltip"]]
    assert sorted(told) == ["acreage", "farm_name", "yield_tons"]


def test_pieces_follow_the_letters(farms: Any) -> None:
    answer = farms.ask("Count the farms per valley, each bar cut into colours by crop, A to Z.")
    assert answer.channel("order")["field"] == "crop"


def test_the_size_of_a_slice_is_a_number_and_no_group(farms: Any) -> None:
    answer = farms.ask(
        "A radial chart of the farms by crop, with the number of farms as the slice size"
    )
    assert len(answer.rows) == 4
    assert answer.channel("color")["field"] == "crop"
