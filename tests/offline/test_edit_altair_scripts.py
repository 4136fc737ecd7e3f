"""Refining an Altair script: what is asked changes, the rest stays byte for byte, and it runs."""

from __future__ import annotations

import difflib
from typing import Any

import altair as alt
import pytest

from multivis.charts.scenegraph import Scene
from multivis.offline.edit import edit_code

BARS = """import altair as alt
import pandas as pd

# sales of one year – Straße
df = pd.DataFrame({'region': ['N', 'S', 'N'], 'kind': ['a', 'b', 'b'], 'sales': [3.0, 5.5, 7.25]})

chart = alt.Chart(df).mark_bar().encode(
    x='region:N',
    y='sales:Q'
)

chart
"""

METHODS = """import altair as alt
import pandas as pd
df = pd.DataFrame({'region': ['N', 'S', 'N'], 'kind': ['a', 'b', 'b'], 'sales': [3.0, 5.5, 7.25]})
chart = (
    alt.Chart(df)
    .mark_bar()
    .encode(
        alt.X("region:N").title("Region").sort("-y"),
        alt.Y("sum(sales):Q").title("Sales"),
        alt.Color("kind:N").scale(scheme="set1"),
    )
    .properties(title="Old title")
)
"""

POINTS = """import altair as alt
import pandas as pd
df = pd.DataFrame({'weight': [1.0, 2.0, 3.0], 'speed': [9.0, 7.0, 8.0], 'maker': ['a', 'b', 'a']})
points = alt.Chart(df).mark_point().encode(x='weight:Q', y='speed:Q')
points
"""

LINES = """import altair as alt
import pandas as pd
df = pd.DataFrame({'day': pd.to_datetime(['2024-01-01', '2024-02-01']), 'orders': [3, 4]})
line = alt.Chart(df).mark_line(color='red').encode(x='day:T', y='orders:Q')
rule = alt.Chart(df).mark_rule().encode(y='mean(orders):Q')
final = line + rule
final
"""


def drawn(code: str) -> dict[str, Any]:
    """Run the script; the Vega-Lite of the chart it leaves."""
    names: dict[str, Any] = {}
    exec(compile(code, "script", "exec"), names)
    charts = [value for value in names.values() if isinstance(value, alt.TopLevelMixin)]
    return charts[-1].to_dict()  # type: ignore[no-any-return]


def edited(code: str, wish: str) -> dict[str, Any]:
    result = edit_code(code, wish)
    assert result.changed, result
    assert result.left_out == (), result
    return drawn(result.code)


def mark(spec: dict[str, Any]) -> dict[str, Any]:
    made = spec["mark"]
    return made if isinstance(made, dict) else {"type": made}


def test_what_is_not_asked_for_stays_byte_for_byte() -> None:
    result = edit_code(BARS, 'Add a title "Sales 2024".')
    changes = [
        line
        for line in difflib.ndiff(BARS.splitlines(), result.code.splitlines())
        if line[0] in "+-"
    ]
    assert changes == ["- )", "+ ).properties(title='Sales 2024')"]


def test_windows_line_ends_and_tabs_are_kept() -> None:
    code = BARS.replace("\n", "\r\n")
    result = edit_code(code, "Make the bars red.")
    assert result.code == code.replace("mark_bar()", "mark_bar(color='red')")


def test_nothing_understood_changes_nothing_and_is_reported() -> None:
    result = edit_code(BARS, "Could you play some music while it loads?")
    assert (result.code, result.changed) == (BARS, False)
    assert result.left_out == ("Could you play some music while it loads",)


def test_several_wishes_are_done_and_the_rest_is_left_out() -> None:
    result = edit_code(
        BARS,
        "Can you sort the regions from highest to lowest, and add tooltips? Also, please make the "
        "bars teal. Finally, could you add a download button?",
    )
    spec = drawn(result.code)
    assert spec["encoding"]["x"]["sort"] == "-y"
    assert [t["field"] for t in spec["encoding"]["tooltip"]] == ["region", "sales"] or [
        t["field"] for t in spec["encoding"]["tooltip"]
    ] == ["sales", "region"]
    assert mark(spec)["color"] == "teal"
    assert result.left_out == ("Finally, could you add a download button",)


def test_a_title_replaces_the_old_one() -> None:
    spec = edited(METHODS, 'Change the title to "Sales by region".')
    assert spec["title"] == "Sales by region"


def test_a_title_with_quotes_is_written_safely() -> None:
    spec = edited(BARS, 'Please add a title “It\'s \\ "new"”')
    assert spec["title"].startswith("It's")


def test_axis_titles_go_to_their_axes_in_both_styles() -> None:
    wish = 'Label the x-axis "Area" and the y-axis "Money".'
    for code in (BARS, METHODS):
        spec = edited(code, wish)
        assert spec["encoding"]["x"]["title"] == "Area"
        assert spec["encoding"]["y"]["title"] == "Money"


@pytest.mark.parametrize(
    ("wish", "option", "value"),
    [
        ("Make the points bigger and filled", "filled", True),
        ("Make the points bigger", "size", 100),
        ("Please make the circles semi-transparent", "opacity", 0.5),
        ("Set the opacity to 0.3", "opacity", 0.3),
        ("Make the points green", "color", "green"),
    ],
)
def test_mark_options_of_points(wish: str, option: str, value: object) -> None:
    assert mark(edited(POINTS, wish))[option] == value


def test_lines_get_thicker_and_points() -> None:
    spec = edited(LINES, "Make the line thicker and add points to the line")
    first = mark(spec["layer"][0])
    assert first["strokeWidth"] == 3 and first["point"] is True
    assert mark(spec["layer"][1]) == {"type": "rule"}


def test_one_colour_takes_the_place_of_another() -> None:
    spec = edited(LINES, "Use green instead of red for the line")
    assert mark(spec["layer"][0])["color"] == "green"


def test_two_colours_become_the_range_of_the_categories() -> None:
    spec = edited(METHODS, "Use orange and purple for the kinds")
    assert spec["encoding"]["color"]["scale"] == {"range": ["orange", "purple"]}


def test_a_scheme_takes_the_place_of_the_old_scheme() -> None:
    spec = edited(METHODS, "Could you use the viridis color scheme?")
    assert spec["encoding"]["color"]["scale"] == {"scheme": "viridis"}


def test_points_are_coloured_by_a_field_that_is_named() -> None:
    spec = edited(POINTS, "Color the points by maker")
    assert spec["encoding"]["color"]["field"] == "maker"


def test_shades_by_amount_make_a_colour_channel() -> None:
    spec = edited(BARS, "Color the bars in shades of blue based on sales")
    assert spec["encoding"]["color"]["field"] == "sales"
    assert spec["encoding"]["color"]["scale"] == {"scheme": "blues"}


def test_labels_turn_by_the_angle_that_is_given() -> None:
    spec = edited(BARS, "Rotate the x-axis labels by 30 degrees")
    assert spec["encoding"]["x"]["axis"]["labelAngle"] == -30


@pytest.mark.parametrize(
    ("wish", "part", "value"),
    [
        ("Can you make the axis labels easier to read?", "labelAngle", -45),
        ("Make the x-axis labels horizontal", "labelAngle", 0),
        ("Make the x-axis labels vertical", "labelAngle", -90),
    ],
)
def test_labels_are_turned_as_told(wish: str, part: str, value: int) -> None:
    assert edited(BARS, wish)["encoding"]["x"]["axis"][part] == value


def test_labels_shrink_and_grow() -> None:
    assert edited(BARS, "Make the labels smaller")["config"]["axis"]["labelFontSize"] == 8
    assert edited(BARS, "Make the labels bigger")["config"]["axis"]["labelFontSize"] == 12


def test_flipping_swaps_both_axes_and_the_sort() -> None:
    spec = edited(METHODS, "Flip the chart to make it horizontal")
    assert spec["encoding"]["y"]["field"] == "region" and spec["encoding"]["y"]["sort"] == "-x"
    assert spec["encoding"]["x"]["field"] == "sales"


@pytest.mark.parametrize(
    ("wish", "width", "height"),
    [("Make it 500x300 pixels", 500, 300), ("Make the chart bigger", 600, 450)],
)
def test_the_size_changes(wish: str, width: int, height: int) -> None:
    spec = edited(BARS, wish)
    assert (spec["width"], spec["height"]) == (width, height)


def test_numbers_are_written_on_bars_in_one_more_layer() -> None:
    spec = edited(METHODS, "Add the values on top of each bar")
    assert [mark(layer)["type"] for layer in spec["layer"]] == ["bar", "text"]
    assert spec["layer"][1]["encoding"]["text"]["field"] == "sales"
    assert spec["title"] == "Old title"


def test_a_trend_line_is_one_more_layer() -> None:
    spec = edited(POINTS, "Could you add a red line of best fit?")
    assert spec["layer"][1]["transform"] == [{"regression": "speed", "on": "weight"}]


def test_a_mean_line_is_one_more_layer() -> None:
    spec = edited(BARS, "Please add an average line")
    assert spec["layer"][1]["encoding"]["y"]["aggregate"] == "mean"


def test_zoom_is_added_once() -> None:
    first = edit_code(POINTS, "Make it interactive so I can zoom and pan")
    again = edit_code(first.code, "Make it interactive so I can zoom and pan")
    assert first.changed and not again.changed and again.left_out == ()
    assert drawn(first.code)["params"][0]["bind"] == "scales"


def test_clicking_the_legend_fades_the_others() -> None:
    spec = edited(METHODS, "Let me click on the legend to highlight a kind")
    assert spec["params"][0]["bind"] == "legend"
    assert spec["encoding"]["opacity"]["condition"]["value"] == 1


def test_a_dropdown_filters_by_a_field() -> None:
    spec = edited(METHODS, "Add a dropdown to filter by kind")
    assert spec["params"][0]["bind"]["options"] == [None, "a", "b"]
    assert spec["transform"] == [{"filter": {"param": spec["params"][0]["name"]}}]


@pytest.mark.parametrize(
    ("wish", "channel", "expected"),
    [
        ("Use a logarithmic scale on the y-axis", "y", {"type": "log"}),
        ("Start the y-axis at zero", "y", {"zero": True}),
    ],
)
def test_scales_change(wish: str, channel: str, expected: dict[str, Any]) -> None:
    assert edited(POINTS, wish)["encoding"][channel]["scale"] == expected


def test_grid_and_background_and_fonts() -> None:
    spec = edited(BARS, "Remove the gridlines. Use a light gray background. Make the fonts bigger.")
    assert spec["config"]["axis"]["grid"] is False
    assert spec["background"] == "lightgray"
    assert spec["config"]["axis"]["labelFontSize"] == 12


def test_the_legend_moves_and_goes() -> None:
    spec = edited(METHODS, "Move the legend to the bottom")
    assert spec["encoding"]["color"]["legend"] == {"orient": "bottom"}
    assert edited(METHODS, "Hide the legend")["encoding"]["color"]["legend"] is None


def test_bars_are_normalised_or_put_side_by_side() -> None:
    spec = edited(METHODS, "Show a 100% stacked chart")
    assert spec["encoding"]["y"]["stack"] == "normalize"
    spec = edited(METHODS, "Put the bars side by side instead of stacked")
    assert spec["encoding"]["xOffset"]["field"] == "kind"


def test_another_mark_and_another_aggregate() -> None:
    assert mark(edited(LINES.split("rule =")[0], "Turn this into an area chart"))["type"] == "area"
    spec = edited(METHODS, "Show the average instead of the total")
    assert spec["encoding"]["y"]["aggregate"] == "mean"


def test_panels_for_each_value_of_a_field() -> None:
    spec = edited(BARS, "Split the chart into separate panels by kind")
    assert spec["encoding"]["column"]["field"] == "kind"


def test_rows_are_filtered_by_a_number() -> None:
    spec = edited(BARS, "Only show sales above 4")
    assert spec["transform"] == [{"filter": "datum.sales > 4"}]
    assert spec["encoding"]["y"]["field"] == "sales"


def test_tooltips_do_not_split_the_groups_of_an_aggregate() -> None:
    spec = edited(METHODS, "Add tooltips with all details")
    fields = {(t.get("field"), t.get("aggregate")) for t in spec["encoding"]["tooltip"]}
    assert fields == {("region", None), ("sales", "sum"), ("kind", None)}


def test_existing_tooltips_grow_and_get_a_format() -> None:
    code = POINTS.replace("y='speed:Q'", "y='speed:Q', tooltip=['weight:Q']")
    spec = edited(code, "Add the maker to the tooltips")
    assert [t["field"] for t in spec["encoding"]["tooltip"]] == ["weight", "maker"]
    spec = edited(code, "Show the numbers in the tooltip with commas")
    assert spec["encoding"]["tooltip"][0]["format"] == ","


def test_side_by_side_turns_a_vertical_arrangement() -> None:
    code = POINTS.replace("points\n", "(points & points)\n").replace("points =", "points =", 1)
    code = POINTS.rsplit("points\n", 1)[0] + "both = points & points\n"
    assert "hconcat" in edited(code, "Put the two charts side by side")


TWO_MEASURES = """import altair as alt
import pandas as pd
df = pd.DataFrame({'town': ['a', 'b'], 'mean_rent': [3.0, 9.0], 'discount': [2.0, 1.0]})
bars = alt.Chart(df).mark_bar().encode(x='town:N', y='mean_rent:Q')
dots = alt.Chart(df).mark_point().encode(x='town:N', y='discount:Q')
both = alt.layer(bars, dots)
both
"""


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ("Sort the towns from highest to lowest.", "mean_rent"),
        ("Sort the towns from highest to lowest mean rent instead of alphabetically.", "mean_rent"),
        ("Sort the towns by discount in descending order.", "discount"),
    ],
)
def test_layers_with_different_measures_get_one_order(wish: str, field: str) -> None:
    sorts = [layer["encoding"]["x"]["sort"] for layer in edited(TWO_MEASURES, wish)["layer"]]
    assert sorts[0] == sorts[1]
    assert (sorts[0]["field"], sorts[0]["order"]) == (field, "descending")


def test_bars_under_error_bars_are_drawn_in_the_order_asked_for() -> None:
    """Error bars are drawn from summaries that no longer hold the field to sort by."""
    code = TWO_MEASURES.replace("mark_point()", "mark_errorbar()").replace(
        "y='discount:Q'", "y='discount:Q', y2='mean_rent:Q'"
    )
    spec = edited(code, "Sort the towns from highest to lowest mean rent.")
    assert [layer["encoding"]["x"]["sort"] for layer in spec["layer"]] == [["b", "a"], ["b", "a"]]
    shown = [axis.labels for axis in Scene.of(spec).axes if axis.orientation == "bottom"]
    assert [[str(label.text) for label in labels] for labels in shown] == [["b", "a"]]
