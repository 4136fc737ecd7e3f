"""What is read from the words of a question, and what is not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.charts import demands as d
from multivis.charts.demands import read_demands


def first(question: str, kind: type[Any], name: str) -> Any:
    demand = read_demands(question).first(kind)
    return None if demand is None else getattr(demand, name)


@pytest.mark.parametrize(
    ("question", "name", "mark"),
    [
        ("Show a bar chart of sales.", "bar", "bar"),
        ("Create a line graph of sales over time.", "line", "line"),
        ("Plot a stacked area chart.", "area", "area"),
        ("Make a scatterplot of a against b.", "scatter", "point"),
        ("I want a bubble chart.", "bubble", "circle"),
        ("Show me a histogram of ages.", "histogram", "bar"),
        ("Draw a box plot per group.", "box plot", "boxplot"),
        ("Create a heatmap of counts.", "heat map", "rect"),
        ("Create a donut chart.", "donut", "arc"),
        ("Create a pie chart.", "pie", "arc"),
        ("Create a strip plot.", "strip", "tick"),
        ("Create a waterfall chart.", "waterfall", "bar"),
        ("Create a Gantt chart.", "gantt", "bar"),
        ("Create a lollipop chart.", "lollipop", "rule"),
        ("Create a dumbbell plot.", "dumbbell", "point"),
        ("Create a violin plot.", "violin", "area"),
        ("Create a ridgeline plot.", "ridgeline", "area"),
        ("Create a candlestick chart.", "candlestick", "bar"),
        ("Create a slope graph.", "slope", "line"),
        ("Create a bump chart.", "bump", "line"),
        ("Create a radial chart.", "radial", "arc"),
        ("Create a step chart.", "step", "line"),
        ("Create a density plot.", "density", "area"),
        ("Create a calendar plot.", "heat map", "rect"),
        ("Create an error bar chart.", "error bars", "errorbar"),
    ],
)
def test_chart_types_are_read(question: str, name: str, mark: str) -> None:
    chart = read_demands(question).chart
    assert chart is not None
    assert chart.name == name
    assert mark in chart.marks
    assert question[chart.start : chart.end] == chart.text


@pytest.mark.parametrize(
    ("question", "modifiers"),
    [
        ("Show a horizontal bar chart.", {"horizontal"}),
        ("Show a grouped bar chart.", {"grouped"}),
        ("Show a horizontal stacked bar chart.", {"horizontal", "stacked"}),
        ("Show a normalized stacked bar chart.", {"normalized", "stacked"}),
        ("Show a 100% stacked bar chart.", {"normalized", "stacked"}),
        ("Show a bar chart.", set()),
    ],
)
def test_modifiers_of_a_chart_type_are_read(question: str, modifiers: set[str]) -> None:
    chart = read_demands(question).chart
    assert chart is not None
    assert set(chart.modifiers) == modifiers


@pytest.mark.parametrize(
    "question",
    [
        'Title it "Sales by Region".',
        "Please title the chart 'Sales by Region'.",
        "A bar chart titled “Sales by Region”.",
        'Use the title: "Sales by Region"',
        'with the y-axis showing sales, and the heading "Sales by Region"',
        'I want years on the x-axis, with a title "Sales by Region".',
        'Regions on the y-axis and the title "Sales by Region", please.',
        'Show regions along the y-axis, and titled "Sales by Region".',
        'Call the chart "Sales by Region".',
        "Title it Sales by Region and sort the bars.",
    ],
)
def test_titles_are_read_in_many_ways(question: str) -> None:
    assert read_demands(question).title == "Sales by Region"


def test_a_subtitle_is_no_title() -> None:
    wishes = read_demands('Use "Sales" as the title and "By region" below it as subtitle.')
    assert [wish.title for wish in wishes.of(d.TitleDemand)] == ["Sales"]


def test_an_apostrophe_inside_single_quotes_is_kept() -> None:
    assert read_demands("Title it 'The world's largest'.").title == "The world's largest"


@pytest.mark.parametrize(
    ("question", "x", "y"),
    [
        ('Label the x-axis as "Year" and the y-axis as "Total".', "Year", "Total"),
        ('Label the axes as "Year" and "Total".', "Year", "Total"),
        ('Use "Year" as the x-axis label and "Total" as the y-axis title.', "Year", "Total"),
        ('X title "Year", y title "Total".', "Year", "Total"),
        ('"Year" as the horizontal axis name and "Total" as the vertical one.', "Year", "Total"),
        ('"Total" on the y-axis and the year on the x-axis.', None, "Total"),
        ('prices on the x-axis with a title "Price"', "Price", None),
        ('Title it "Year".', None, None),
    ],
)
def test_axis_titles_are_read(question: str, x: str | None, y: str | None) -> None:
    demands = read_demands(question)
    assert (demands.axis_title("x"), demands.axis_title("y")) == (x, y)


def test_a_quoted_legend_title_and_side_labels_are_no_titles() -> None:
    demands = read_demands('Include a legend labeled "Type". Add "Low" and "High" labels.')
    assert demands.title is None
    assert any(legend.title == "Type" for legend in demands.of(d.LegendDemand))


@pytest.mark.parametrize(
    ("question", "x", "y"),
    [
        (
            "airport names along the x-axis, the passenger counts on the y-axis",
            "airport names",
            "passenger counts",
        ),
        ("The x-axis should show the dates of birth.", "dates of birth", None),
        ("with the y-axis on a logarithmic scale", None, None),
    ],
)
def test_what_an_axis_shows_is_read(question: str, x: str | None, y: str | None) -> None:
    demands = read_demands(question)
    assert (demands.axis_content("x"), demands.axis_content("y")) == (x, y)


@pytest.mark.parametrize(
    ("question", "order"),
    [
        ("sorted in descending order", "descending"),
        ("sort the bars from highest to lowest", "descending"),
        ("ordered from smallest to largest", "ascending"),
        ("with the highest values at the top", "descending"),
        ("dearest tools first", "descending"),
        ("lightest boats at the top", "ascending"),
        ("bars by harbour, leader first", "descending"),
        ("guests first, then the rest", None),
        ("sorted alphabetically", "alphabetical"),
        ("show customer order quantities", None),
    ],
)
def test_orders_are_read(question: str, order: str | None) -> None:
    assert first(question, d.SortDemand, "order") == order


def test_what_an_order_is_by_is_read() -> None:
    demand = read_demands("Sort the films by total gross in descending order.").first(d.SortDemand)
    assert demand is not None
    assert demand.by == "total gross"


@pytest.mark.parametrize(
    ("question", "count", "side"),
    [
        ("the top 5 colleges", 5, "top"),
        ("the bottom three teams", 3, "bottom"),
        ("the first ten rows", 10, "first"),
        ("the 7 most expensive products", 7, "top"),
        ("the 4 lowest scores", 4, "bottom"),
        ("the five priciest tools", 5, "top"),
        ("the three lightest boats", 3, "bottom"),
        ("the ten leading harbours", 10, "top"),
        ("the three guests of honour", None, None),
        ("make the top 100 pixels tall", None, None),
        ("two charts, one on top", None, None),
    ],
)
def test_limits_are_read(question: str, count: int | None, side: str | None) -> None:
    demand = read_demands(question).first(d.LimitDemand)
    assert (demand.count if demand else None) == count
    assert (demand.side if demand else None) == side


@pytest.mark.parametrize(
    ("question", "colours"),
    [
        ("Use red bars and a dark blue line.", ["red", "darkblue"]),
        ("Make the bars #ff8800.", ["#ff8800"]),
        ("Use a golden colored arc.", ["gold"]),
        ("Show the gold medals of each country.", []),
        ("Show customers of Red Hat.", []),
        ("Use a pink-yellow-green gradient.", []),
    ],
)
def test_colours_are_read(question: str, colours: list[str]) -> None:
    assert [c.colour for c in read_demands(question).of(d.ColourDemand)] == colours


def test_the_target_of_a_colour_is_read() -> None:
    demands = read_demands("Use orange for drivers with little experience and blue for others.")
    assert [(c.colour, c.target) for c in demands.of(d.ColourDemand)] == [
        ("orange", "drivers"),
        ("blue", "others"),
    ]


@pytest.mark.parametrize(
    ("question", "scheme"),
    [
        ("using a viridis color scheme", "viridis"),
        ("a pink-yellow-green gradient", "pinkyellowgreen"),
        ("in shades of blue", "blues"),
        ("a greenblue color gradient", "greenblue"),
    ],
)
def test_schemes_are_read(question: str, scheme: str) -> None:
    assert first(question, d.SchemeDemand, "scheme") == scheme


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ("Include tooltips showing the city, year, and count.", ("city", "year", "count")),
        ("include the name and the price when I hover over points", ("name", "price")),
        ("When I hover over bars, I want to see both the count and the age.", ("count", "age")),
    ],
)
def test_tooltips_are_read_with_their_fields(question: str, fields: tuple[str, ...]) -> None:
    assert first(question, d.TooltipDemand, "fields") == fields


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("labels outside instead of using a legend", False),
        ("without a legend", False),
        ("with a legend at the bottom", True),
    ],
)
def test_legends_are_read(question: str, wanted: bool) -> None:
    assert first(question, d.LegendDemand, "wanted") is wanted


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("let me zoom and pan", "zoom"),
        ("I want to select a range in the chart", "brush"),
        ("add a slider", "slider"),
        ("a dropdown menu for the year", "dropdown"),
        ("clicking on the legend hides lines", "legend"),
        ("highlight the line on hover", "hover"),
    ],
)
def test_interactions_are_read(question: str, kind: str) -> None:
    assert kind in {i.type for i in read_demands(question).of(d.InteractionDemand)}


@pytest.mark.parametrize(
    ("question", "by", "direction"),
    [
        ("a separate row for each subject", "subject", "row"),
        ("one chart per user", "user", None),
        ("small multiples by country", "country", None),
        ("each platform displayed in its own row", "platform", "row"),
    ],
)
def test_facets_are_read(question: str, by: str, direction: str | None) -> None:
    demand = read_demands(question).first(d.FacetDemand)
    assert demand is not None
    assert (demand.by, demand.direction) == (by, direction)


def test_sizes_scales_zero_bins_opacity_and_units_are_read() -> None:
    demands = read_demands(
        "Make it 600 pixels wide and 400 pixels tall, with 30 bins, opacity of 0.5, grid lines, "
        "a logarithmic scale on the y-axis, grouped by month; don't start the x-axis at zero."
    )
    size = demands.first(d.SizeDemand)
    assert size is not None
    assert (size.width, size.height) == (600, 400)
    assert first(demands.question, d.BinsDemand, "count") == 30
    assert first(demands.question, d.OpacityDemand, "opacity") == 0.5
    assert first(demands.question, d.GridDemand, "wanted") is True
    assert first(demands.question, d.TimeUnitDemand, "unit") == "yearmonth"
    scale, zero = demands.first(d.ScaleDemand), demands.first(d.ZeroDemand)
    assert scale is not None
    assert zero is not None
    assert (scale.scale, scale.axis) == ("log", "y")
    assert (zero.wanted, zero.axis) == (False, "x")


def test_a_plain_question_asks_for_nothing_in_particular() -> None:
    assert read_demands("How many flights are there for each airline?").items == ()


def test_long_white_space_keeps_the_places() -> None:
    question = "Show\n\n   a \t bar   chart  of  sales."
    chart = read_demands(question).chart
    assert chart is not None
    assert question[chart.start : chart.end] == "bar   chart"


_WORDS = st.sampled_from(
    re.findall(
        r"\S+",
        "title it \" ' “ ” the x-axis y-axis as on sorted by top 5 ten red blue hover see show "
        "with a legend bar chart line "
        "facet for each and , . ; ? from highest to lowest 100 % bins İ ß "
        "log scale slider color scheme shades of white-to-dark not don't start at zero stack",
    )
)


@given(st.one_of(st.text(max_size=400), st.lists(_WORDS, max_size=80).map(" ".join)))
@settings(max_examples=400, deadline=None)
def test_any_text_can_be_read_and_every_span_lies_in_it(question: str) -> None:
    demands = read_demands(question)
    assert demands.question == question
    for item in demands.items:
        assert 0 <= item.start < item.end <= len(question)
        assert 0 < item.confidence <= 1


@pytest.mark.parametrize(
    "piece", [" ", "\n", "'", '"', "and ", "on the x-axis ", "red ", "A ", "a", "hover see ", "1"]
)
def test_reading_ends_on_long_repetitions(piece: str) -> None:
    question = piece * (30_000 // len(piece))
    assert read_demands(question).question == question


def wishes(question: str, kind: type[Any], name: str) -> list[Any]:
    return [getattr(demand, name) for demand in read_demands(question).of(kind)]


@pytest.mark.parametrize(
    ("question", "colours"),
    [
        ("Change the colour of the bars from green to purple.", ["purple"]),
        ("Could you replace the teal line with a black one?", ["black"]),
        ("Change the red dots to navy dots.", ["navy"]),
        ("The bars are currently blue; make them orange.", ["orange"]),
        ("Make the bars orange, not blue.", ["orange"]),
        ("Colour gains green instead of the default blue.", ["green"]),
        ("Instead of red bars use blue ones.", ["blue"]),
        ("Instead of blue, green and red, use grey.", ["grey"]),
        ("The brown bars look too dark, could you use pink bars?", ["pink"]),
        ("Make the blue bars red.", ["red"]),
        # and these are wishes, although the same words stand near
        ("Use red bars and a blue line, not a legend.", ["red", "blue"]),
        ("Highlight shops that are not profitable in red.", ["red"]),
        ("Employees who are currently active should be red.", ["red"]),
        ("Change the chart to show losses in red.", ["red"]),
        ("Do not use a legend, use a red line.", ["red"]),
    ],
)
def test_a_colour_that_is_to_go_is_no_wish(question: str, colours: list[str]) -> None:
    assert wishes(question, d.ColourDemand, "colour") == colours


@pytest.mark.parametrize(
    ("question", "schemes"),
    [
        ("Use the viridis palette instead of the blues palette.", ["viridis"]),
        ("Change the bars from white to red.", []),
        ("Use a gradient from white to red.", [""]),
    ],
)
def test_a_scheme_that_is_to_go_is_no_wish(question: str, schemes: list[str]) -> None:
    assert wishes(question, d.SchemeDemand, "scheme") == schemes


@pytest.mark.parametrize(
    ("question", "order"),
    [
        ("Sort the shops from highest to lowest instead of alphabetically.", "descending"),
        ("Sort alphabetically rather than in descending order.", "alphabetical"),
        ("Sort the shops by profit, not alphabetically.", None),
        ("Sort the shops alphabetically, not by profit.", "alphabetical"),
    ],
)
def test_an_order_that_is_to_go_is_no_wish(question: str, order: str | None) -> None:
    assert wishes(question, d.SortDemand, "order") == [order]


@pytest.mark.parametrize(
    ("question", "charts"),
    [
        ("Turn the pie chart into a bar chart.", ["bar"]),
        ("Switch from a bar chart to a line chart.", ["line"]),
        ("Show a line chart rather than a simple pie chart.", ["line"]),
        ("Change the bar chart to show totals.", ["bar"]),
        ("Replace the scatter plot with a heat map.", ["heat map"]),
    ],
)
def test_a_chart_type_that_is_to_go_is_no_wish(question: str, charts: list[str]) -> None:
    assert wishes(question, d.ChartDemand, "name") == charts


def test_a_chart_type_that_is_there_already_is_no_firm_wish() -> None:
    assert wishes("Make this area chart wider.", d.ChartDemand, "confidence") == [0.8]
    assert wishes("Make an area chart.", d.ChartDemand, "confidence") == [1.0]


@pytest.mark.parametrize(
    ("question", "title", "axes"),
    [
        ('Change the title from "Old Sales" to "New Sales".', "New Sales", []),
        ('Change the y-axis title from "amt" to "Amount".', None, [("y", "Amount")]),
        ('Change "amt" to "Amount" on the y-axis.', None, [("y", "Amount")]),
        ('Rename the chart to "Sales of 2020".', "Sales of 2020", []),
        ('Please rename it "Sales by Region".', "Sales by Region", []),
        ('Rename the x-axis to "Region".', None, [("x", "Region")]),
        ('The title "Chart 1" is too vague, call it "Sales".', "Sales", []),
        ('The y-axis title "amt" is odd. Could you call it "Amount"?', None, [("y", "Amount")]),
        ('The y-axis label is odd, could you call it "Amount"?', None, [("y", "Amount")]),
        ('The label "amt" on the y-axis should be "Amount".', None, [("y", "Amount")]),
        ('Years on the x-axis, sales on the y-axis, and call it "Sales".', "Sales", []),
        ('Label the x axis, which shows time, "Year".', None, [("x", "Year")]),
        ('Label the x axis "Year" and call the chart "Sales".', "Sales", [("x", "Year")]),
        ('Name the y-axis "Price" and title it "Prices".', "Prices", [("y", "Price")]),
        ('Add axis titles like "Year" and "Sales".', None, [(None, "Year"), (None, "Sales")]),
        ('"Total" is the y-axis title.', None, [("y", "Total")]),
    ],
)
def test_old_titles_and_axis_titles_are_no_chart_titles(
    question: str, title: str | None, axes: list[tuple[str | None, str]]
) -> None:
    demands = read_demands(question)
    assert demands.title == title
    assert [(a.axis, a.title) for a in demands.of(d.AxisTitleDemand)] == axes


def test_a_title_keeps_the_words_that_it_replaces() -> None:
    question = 'Improve the title: call it "Length of Reign" instead of just "Days".'
    assert wishes(question, d.TitleDemand, "replaces") == ["Days"]
    assert wishes('Call the chart "Length of Reign".', d.TitleDemand, "replaces") == [""]


@pytest.mark.parametrize(
    ("question", "marks"),
    [
        ("Draw a line chart.", {"line", "trail"}),
        ("Draw an area chart.", {"area"}),
        ("Draw a line chart with the area under the line shaded.", {"line", "trail", "area"}),
    ],
)
def test_a_line_and_an_area_are_two_things_unless_both_are_named(
    question: str, marks: set[str]
) -> None:
    chart = read_demands(question).chart
    assert chart is not None
    assert set(chart.marks) == marks
