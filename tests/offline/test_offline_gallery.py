"""Kinds of charts are drawn as the examples of the field draw them: layers, channels, types."""

from __future__ import annotations

from typing import Any

import pytest

from multivis.offline.pairs import asks_for_range

GARDENS = """
CREATE TABLE gardens (garden_id INTEGER PRIMARY KEY, garden_name TEXT, region TEXT,
  visitors INTEGER, area REAL, founded INTEGER);
CREATE TABLE plants (plant_id INTEGER PRIMARY KEY, garden_id INTEGER REFERENCES gardens(garden_id),
  species TEXT, height REAL, weight REAL, rating INTEGER, planted TEXT, bloom_year INTEGER);
""" + "\n".join(
    [
        f"INSERT INTO gardens VALUES ({i},'Garden {chr(64 + i)}',"
        f"'{('North', 'South', 'West')[i % 3]}',{i * 130},{i * 2.5},{1990 + i});"
        for i in range(1, 7)
    ]
    + [
        f"INSERT INTO plants VALUES ({i},{i % 6 + 1},'{('Rose', 'Fern', 'Iris')[i % 3]}',"
        f"{20 + (i * 7) % 60},{5 + (i * 3) % 11},{i % 5 + 1},'202{i % 3}-{i % 12 + 1:02d}-11',"
        f"{2015 + i % 4});"
        for i in range(1, 61)
    ]
)


@pytest.fixture(scope="module")
def gardens(make_database: Any) -> Any:
    return make_database(GARDENS)


def channels(answer: Any, index: int = 0) -> dict[str, Any]:
    """The channels of one layer."""
    found = (answer.spec.get("layer") or [answer.spec])[index]["encoding"]
    assert isinstance(found, dict)
    return found


# ── labels ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words",
    [
        "with the value printed on top of every bar",
        "and write the totals above the bars",
        "and put the number next to each bar",
    ],
)
def test_bars_and_their_labels_share_one_base(gardens: Any, words: str) -> None:
    answer = gardens.ask(f"Bar chart of the total visitors per region, {words}")
    assert answer.marks == ["bar", "text"]
    assert channels(answer, 0)["text"]["field"] == channels(answer, 1)["text"]["field"]


def test_labels_of_stacked_bars_are_stacked_as_their_parts_are(gardens: Any) -> None:
    answer = gardens.ask(
        "Stack the number of plants per garden in bars split by species and print the number of "
        "plants on each piece"
    )
    assert answer.marks == ["bar", "text"]
    text = channels(answer, 1)
    assert text["detail"]["field"] == channels(answer, 0)["color"]["field"] == "species"
    value = next(text[name] for name in ("x", "y") if text[name]["type"] == "quantitative")
    assert value["stack"] is True


def test_bars_side_by_side_under_labels_are_filled(gardens: Any) -> None:
    answer = gardens.ask(
        "Grouped bar chart of the number of plants per region with the species side by side and "
        "the number written above each bar"
    )
    assert answer.marks == ["bar", "text"]
    assert "fill" in channels(answer) and "color" not in channels(answer)


# ── panels and groups ───────────────────────────────────────────────────────────────────────


def test_a_group_of_bars_for_each_thing_is_a_panel(gardens: Any) -> None:
    answer = gardens.ask(
        "Compare the number of plants by species as grouped bars with one group per region"
    )
    shown = channels(answer)
    assert shown["column"]["field"] == "region"
    assert shown["x"]["field"] == shown["color"]["field"] == "species"
    assert "xOffset" not in shown


def test_groups_of_lying_bars_are_rows(gardens: Any) -> None:
    answer = gardens.ask(
        "Horizontal bar chart of the number of plants by species with a group for each region"
    )
    shown = channels(answer)
    assert shown["row"]["field"] == "region" and shown["y"]["field"] == "species"


def test_see_through_bars_overlap(gardens: Any) -> None:
    answer = gardens.ask(
        "Bars of the number of plants per region and species. Make the bars semi-transparent so "
        "that I can see both."
    )
    assert "xOffset" not in channels(answer)
    assert channels(answer)["y"]["stack"] is None


def test_segments_in_alphabetical_order_are_ordered_by_what_colours_them(gardens: Any) -> None:
    answer = gardens.ask(
        "Horizontal stacked bars of the number of plants per region, split by species, with the "
        "species in alphabetical order inside the bars"
    )
    assert channels(answer)["order"]["field"] == "species"


# ── points ──────────────────────────────────────────────────────────────────────────────────


def test_one_number_plotted_against_another_is_a_scatter_plot(gardens: Any) -> None:
    answer = gardens.ask("Plot the height of the plants against their weight, colored by species")
    assert answer.marks == ["point"]
    assert channels(answer)["color"]["field"] == "species"


def test_points_of_many_features_are_circles_that_leave_their_types_to_the_data(
    gardens: Any,
) -> None:
    answer = gardens.ask(
        "Scatter plot of the height and weight of plants, colored by species and sized by rating"
    )
    assert answer.marks == ["circle"]
    assert 'alt.X("height")' in answer.code
    assert channels(answer)["x"]["type"] == "quantitative"


def test_how_far_values_lie_from_the_average_is_drawn_as_points_around_zero(gardens: Any) -> None:
    answer = gardens.ask(
        "How far is the height of each plant from the average? Plot the differences as points, "
        "coloring the points by how they differ"
    )
    assert answer.marks == ["point"]
    assert channels(answer)["y"]["field"] == channels(answer)["color"]["field"] == "residual"


def test_one_dot_per_thing_is_stacked_over_its_value(gardens: Any) -> None:
    answer = gardens.ask("A dot plot of the rating of the plants: one dot per plant, stacked")
    assert answer.marks == ["circle"]
    assert answer.columns == ["rating"]


def test_a_line_with_a_dot_for_each_year_stays_a_line(gardens: Any) -> None:
    answer = gardens.ask(
        "A line chart with a dot for each bloom year of the average height of the plants"
    )
    assert answer.marks[0] == "line"


def test_a_smoother_for_each_group_takes_its_colour(gardens: Any) -> None:
    answer = gardens.ask(
        "Scatter plot of height versus weight of plants with a loess smoother for each species"
    )
    assert answer.marks == ["circle", "line"]
    assert answer.spec["layer"][1]["transform"][0]["groupby"] == ["species"]


# ── intervals, ranges, thresholds ───────────────────────────────────────────────────────────


def test_ranked_means_with_intervals_are_dots_and_rules(gardens: Any) -> None:
    answer = gardens.ask(
        "Show the average height of plants per species with its confidence interval: black dots "
        "for the averages, horizontal lines for the intervals, the tallest at the top"
    )
    assert answer.marks == ["point", "rule"]
    ends = channels(answer, 1)
    assert {part.get("aggregate") for part in ends.values()} >= {"ci0", "ci1"}


def test_a_line_with_a_shaded_interval_is_a_band_under_a_line(gardens: Any) -> None:
    answer = gardens.ask(
        "How has the average height of plants changed over the bloom years? A line with a shaded "
        "confidence interval around it"
    )
    assert answer.marks == ["errorband", "line"]


def test_the_lowest_and_the_highest_are_two_dots_on_a_line(gardens: Any) -> None:
    answer = gardens.ask(
        "For every species, show the lowest and the highest height of the plants as two dots "
        "connected by a line"
    )
    assert answer.marks == ["line", "point"]
    assert len(answer.rows) == 6


@pytest.mark.parametrize(
    "words",
    [
        "highlight in red the part of each bar that goes above 300 and add a line there",
        "anything over 300 should stand out in a different color, with a reference line",
    ],
)
def test_what_lies_beyond_a_threshold_is_drawn_over_the_bars(gardens: Any, words: str) -> None:
    answer = gardens.ask(f"Bar chart of the visitors of each garden; {words}")
    assert answer.marks == ["bar", "bar", "rule"]
    assert "y2" in channels(answer, 1)


def test_a_waterfall_joins_its_bars_and_writes_its_values(gardens: Any) -> None:
    answer = gardens.ask(
        "Waterfall chart of the visitors of each garden with the number on each bar, red for "
        "increases"
    )
    assert answer.marks == ["bar", "rule", "text", "text", "text"]
    assert "red" in answer.code


def test_bars_with_ticks_for_a_second_measure(gardens: Any) -> None:
    answer = gardens.ask(
        "For each species, show the average height as a bar and the average weight as a red tick"
    )
    assert answer.marks == ["bar", "tick"]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("the lowest and the highest price", True),
        ("from the youngest to the oldest member", True),
        ("the highest price of each kind", False),
    ],
)
def test_both_ends_of_a_number_are_read(words: str, asked: bool) -> None:
    assert asks_for_range(words) is asked


# ── kinds with a name ───────────────────────────────────────────────────────────────────────


def test_ratings_have_bubbles_medians_and_words_at_both_ends(gardens: Any) -> None:
    answer = gardens.ask(
        "Show how the ratings of plants are distributed per species as bubbles sized by their "
        'number, with a black tick at the median. Write "Poor" at the left and "Great" at the '
        "right of every row."
    )
    assert answer.marks == ["circle", "tick", "text", "text"]
    assert '"Poor"' in answer.code and '"Great"' in answer.code
    assert answer.spec["config"]["view"]["stroke"] is None


def test_heat_lanes_are_two_layers_of_bars_over_bins(gardens: Any) -> None:
    answer = gardens.ask("Heat lane chart of the height of plants by species")
    assert answer.marks == ["bar", "bar"]
    assert {"x", "x2", "y", "y2", "color"} <= set(channels(answer))


def test_a_shape_needs_no_data(gardens: Any) -> None:
    answer = gardens.ask("Draw a golden Pac-Man with its mouth open")
    assert answer.marks == ["arc"]
    assert set(channels(answer)) == {"theta", "theta2", "radius"}


def test_a_rule_follows_the_pointer_along_lines(gardens: Any) -> None:
    answer = gardens.ask(
        "Line chart of the average height of plants per bloom year by species. When I hover, a "
        "vertical line should follow the mouse and show the values"
    )
    assert answer.marks == ["line", "point", "point", "rule", "text"]
    assert answer.spec["params"][0]["select"]["nearest"] is True


def test_a_click_on_the_legend_binds_the_legend(gardens: Any) -> None:
    answer = gardens.ask(
        "Stacked bars of the number of plants per region by species. When I click a species in "
        "the legend, the others fade out."
    )
    assert answer.spec["params"][0]["bind"] == "legend"


def test_darker_bars_for_more_repeat_their_value_in_colour(gardens: Any) -> None:
    answer = gardens.ask(
        "Horizontal bars of the total visitors per region, where darker blue means more visitors"
    )
    shown = channels(answer)
    assert shown["color"]["field"] == shown["x"]["field"]


def test_cells_by_few_numbers_count_what_falls_in(gardens: Any) -> None:
    answer = gardens.ask("Heatmap of the number of plants by rating and bloom year")
    shown = channels(answer)
    assert shown["x"]["type"] == shown["y"]["type"] == "ordinal"
    assert "bin" not in shown["x"]


def test_an_area_with_a_gradient_is_one_area(gardens: Any) -> None:
    answer = gardens.ask(
        "Area chart of the number of plants by bloom year with a gradient from white to dark green"
    )
    assert "alt.Gradient" in answer.code
    assert "color" not in channels(answer)


def test_several_lines_at_numbers_are_drawn(gardens: Any) -> None:
    answer = gardens.ask(
        "Line chart of the average height of plants per bloom year with a dashed horizontal line "
        "at 40 and a vertical line at 2017"
    )
    assert answer.marks == ["line", "rule", "rule"]


def test_dots_can_lie_on_boxes(gardens: Any) -> None:
    answer = gardens.ask("Box plot of the height of plants per species with the points on top")
    assert answer.marks == ["boxplot", "circle"]


def test_ridgelines_are_rows(gardens: Any) -> None:
    answer = gardens.ask("Ridgeline plot of the height of plants for each species")
    assert channels(answer)["row"]["field"] == "species"


def test_a_distribution_in_ranges_that_colours_count_is_drawn_as_lanes(gardens: Any) -> None:
    answer = gardens.ask(
        "Show the distribution of the height of plants by species, with the height ranges along "
        "the bottom and a blue color scheme for the number of plants in each range"
    )
    assert answer.marks == ["bar", "bar"]


def test_rows_are_joined_in_the_order_that_words_name(gardens: Any) -> None:
    answer = gardens.ask(
        "Draw a connected line with points, the height of plants across and the weight upwards, "
        "joined in the order of the planted date"
    )
    assert answer.marks == ["line"]
    assert channels(answer)["order"]["field"] == "planted"


def test_a_tooltip_of_the_exact_values_has_nothing_else(gardens: Any) -> None:
    answer = gardens.ask(
        "Bar chart of the total visitors per region; I want to see the exact numbers when I hover "
        "over the bars"
    )
    assert channels(answer)["tooltip"]["type"] == "quantitative"


def test_grouped_points_can_have_a_size(gardens: Any) -> None:
    answer = gardens.ask(
        "Bubble chart of the plants by species with the average height on the x-axis, the average "
        "weight on the y-axis and the bubbles sized by the number of plants"
    )
    assert {"x", "y", "size"} <= set(channels(answer))


def test_bars_from_one_colour_to_another_shade_the_bins(gardens: Any) -> None:
    answer = gardens.ask(
        "Histogram of the height of plants with the bars going from pink over yellow to green"
    )
    assert channels(answer)["color"]["bin"]


# ── words of many kinds ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "marks"),
    [
        ("Stacked columns: number of plants per region, split by species", ["bar"]),
        ("Boxes showing the height of the plants for every species", ["boxplot"]),
        ("Smooth density of the plant height for each species", ["area"]),
        ("Jittered points of the plant height by species", ["circle"]),
        ("Every plant as a point: height across, weight up", ["point"]),
        ("A grid of species and bloom years where colour shows the number of plants", ["rect"]),
        ("Histogram of the plant height with the mean marked by a thick red line", ["bar", "rule"]),
        ("Pie of the plants per species with their names around the outside", ["arc", "text"]),
        ("Mean height of plants by species with whiskers showing the standard deviation",
         ["errorbar", "point"]),
        ("Median height of plants for each species as bars with a rule for the overall median",
         ["bar", "rule"]),
        ("Number of plants per bloom year with columns and overlay the average weight as a red "
         "line on a separate scale", ["bar", "line"]),
        ("A line whose thickness grows with the value: number of plants by bloom year", ["trail"]),
        ("Plant height versus weight, each labelled by its species", ["point", "text"]),
        ("Minimum and maximum plant height of every species with two connected dots",
         ["line", "point"]),
        ("Plant height vs rating, bubble size by weight", ["point"]),
        ("Polar chart of the number of plants by species", ["arc"]),
        ("Filled step chart of the number of plants per bloom year", ["area"]),
    ],
)  # fmt: skip
def test_marks_are_read_from_many_words(gardens: Any, question: str, marks: list[str]) -> None:
    assert gardens.ask(question).marks == marks


def test_bars_that_go_sideways_lie(gardens: Any) -> None:
    answer = gardens.ask("Rank the regions by their total visitors, with bars going sideways")
    assert channels(answer)["y"]["field"] == "region"


def test_one_bar_unlike_the_rest_has_its_own_colour(gardens: Any) -> None:
    answer = gardens.ask(
        "Bar chart of the visitors of each garden where Garden B is orange and the rest are grey"
    )
    assert '"orange"' in answer.code and '"grey"' in answer.code
    assert len(answer.rows) == 6


def test_panels_one_below_the_other_are_rows(gardens: Any) -> None:
    answer = gardens.ask("Histograms of the plant height, one below the other for each species")
    assert channels(answer)["row"]["field"] == "species"


def test_areas_in_panels_are_coloured(gardens: Any) -> None:
    answer = gardens.ask(
        "One area chart per species, stacked under each other, with the number of plants per "
        "bloom year"
    )
    assert channels(answer)["row"]["field"] == channels(answer)["color"]["field"] == "species"


def test_a_dragged_box_selects_points(gardens: Any) -> None:
    answer = gardens.ask(
        "Plant height vs weight; let me drag a box to highlight plants, everything else goes gray"
    )
    assert answer.spec["params"][0]["select"]["type"] == "interval"


def test_differences_from_the_mean_are_bars_from_zero(gardens: Any) -> None:
    answer = gardens.ask(
        "Show how the visitors of each garden differ from the average visitors as bars, blue for "
        "above and red for below"
    )
    assert answer.marks == ["bar"]
    shade = answer.spec["encoding"]["color"]
    assert "difference" in str(shade["condition"]) and "> 0" in str(shade["condition"])
    assert '"red"' in answer.code and '"blue"' in answer.code


def test_bars_beyond_a_number_without_a_line_differ_in_colour_alone(gardens: Any) -> None:
    answer = gardens.ask(
        "Gardens by visitors as bars; those with more than 300 in orange and the others in gray"
    )
    assert answer.marks == ["bar"] and '"orange"' in answer.code
    assert len(answer.rows) == 6


def test_boys_versus_girls_are_no_numbers(gardens: Any) -> None:
    answer = gardens.ask("Rose versus fern: the number of plants per region")
    assert answer.marks[0] == "bar"
