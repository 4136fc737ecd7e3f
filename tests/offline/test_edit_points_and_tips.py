"""Points that can be pointed at, tooltips in reading order, lines at a share of the axis."""

from __future__ import annotations

from typing import Any

from multivis.offline.edit import edit_code

LINE = """
import sqlite3
import pandas as pd
import altair as alt
df = pd.read_sql_query("SELECT day, visits FROM counts", sqlite3.connect("a.sqlite"))
chart = alt.Chart(df).mark_line().encode(x='day:T', y='visits:Q')
chart
"""

LYING = """
import pandas as pd
import altair as alt
df = pd.DataFrame({'town': ['A', 'B'], 'people': [3, 5]})
chart = alt.Chart(df).mark_bar().encode(x='people:Q', y='town:N')
chart
"""

SHARES = """
import pandas as pd
import altair as alt
df = pd.DataFrame({'cost': [3, 5, 9]})
chart = alt.Chart(df).transform_window(
    share="cume_dist()", sort=[{"field": "cost"}]
).mark_line().encode(x='cost:Q', y='share:Q')
chart
"""

POINTS = """
import sqlite3
import pandas as pd
import altair as alt
df = pd.read_sql_query("SELECT age, weight FROM pets", sqlite3.connect("a.sqlite"))
chart = alt.Chart(df).mark_point().encode(x='age:Q', y='weight:Q')
chart
"""
PETS = """
CREATE TABLE pets (age INTEGER, weight REAL, kind TEXT);
INSERT INTO pets VALUES (2, 3.5, 'cat');
"""


def _run(code: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(code, names)
    spec: dict[str, object] = names["chart"].to_dict()  # type: ignore[attr-defined]
    return spec


def test_circles_that_are_pointed_at_are_marks_of_their_own() -> None:
    result = edit_code(
        LINE,
        "Add circles at each data point on the line. When I hover over the circles I want to see "
        "the day and the visits.",
        columns=("day", "visits"),
    )
    assert "mark_circle(" in result.code
    lines, circles = result.code.split("mark_circle(")
    assert "tooltip=" not in lines
    assert "tooltip=" in circles


def test_without_tooltips_the_line_has_points_of_its_own() -> None:
    result = edit_code(LINE, "Add small circles at each data point on the line.")
    assert "point=True" in result.code
    assert "mark_circle(" not in result.code


def test_a_tooltip_names_the_category_before_the_amount() -> None:
    code = edit_code(LYING, "Add tooltips to the bars.").code
    assert code.index("'town'", code.index("tooltip")) < code.index(
        "'people'", code.index("tooltip")
    )


def test_what_a_transform_makes_keeps_its_type_in_a_tooltip() -> None:
    code = (
        "import altair as alt\nimport pandas as pd\n"
        "df = pd.DataFrame({'town': ['A', 'B'], 'people': [1, 2]})\n"
        "chart = alt.Chart(df).transform_calculate(half='datum.people / 2').mark_bar().encode(\n"
        "    x='town:N', y='half:Q')\n"
    )
    edited = edit_code(code, "Add tooltips to the bars.").code
    assert "tooltip=['town', 'half:Q']" in edited
    assert _run(edited)["encoding"]["tooltip"][0]["type"] == "nominal"  # type: ignore[index]


def test_a_line_at_a_percentage_lies_on_an_axis_of_shares() -> None:
    code = edit_code(SHARES, "Add a dashed red line at the 50% mark.").code
    assert "alt.datum(0.5)" in code
    assert code.count("strokeDash") <= 1
    spec = _run(code)
    assert "strokeDash" not in str(spec["layer"][0]["mark"])  # type: ignore[index]


def test_points_can_be_coloured_by_a_column_that_is_not_selected_yet(make_database: Any) -> None:
    schema = make_database(PETS).text
    code = edit_code(
        POINTS, "Color the points by kind.", columns=("age", "weight"), schema_text=schema
    ).code
    assert "kind" in code.split("FROM")[0]
    assert "color=" in code


def test_a_key_is_selected_for_tooltips_only_when_it_is_named(make_database: Any) -> None:
    schema = make_database(
        "CREATE TABLE pets (pet_id INTEGER, age INTEGER, weight REAL); "
        "INSERT INTO pets VALUES (1, 2, 3.5);"
    ).text
    wish = "Add tooltips with the age and the weight of each pet."
    assert "pet_id" not in edit_code(POINTS, wish, schema_text=schema).code
    wish = "Add tooltips with the pet id."
    assert "pet_id" in edit_code(POINTS, wish, schema_text=schema).code


def test_grid_lines_are_set_on_the_axes() -> None:
    spec: Any = _run(edit_code(LYING, "Add gridlines.").code)
    assert "axis" not in spec["config"]
    assert spec["encoding"]["x"]["axis"]["grid"] is spec["encoding"]["y"]["axis"]["grid"] is True
    spec = _run(edit_code(LYING, "Add vertical gridlines.").code)
    assert spec["encoding"]["x"]["axis"]["grid"] is True
    assert "axis" not in spec["encoding"]["y"]


def test_colours_by_a_test_are_not_replaced_by_a_scheme() -> None:
    code = LYING.replace(
        "y='town:N'",
        "y='town:N', color=alt.condition('datum.people > 4', alt.value('red'), alt.value('gray'))",
    )
    edited = edit_code(code, "Use a nicer color scheme. Make the red ones blue.").code
    assert "scheme" not in edited
    assert "alt.value('blue')" in edited or "alt.value('steelblue')" in edited


def test_one_category_is_told_apart_by_its_colour() -> None:
    edited = edit_code(LYING, "Highlight Ulm in orange while keeping the other bars gray.").code
    spec: Any = _run(edited)
    condition = spec["encoding"]["color"]["condition"]
    assert condition["value"] == "orange"
    assert "Ulm" in condition["test"]
    assert spec["encoding"]["color"]["value"] == "gray"


def test_colours_for_each_bar_are_those_of_the_categories() -> None:
    for wish in ("Add colors to each bar.", "Use different colors for each of the towns."):
        spec: Any = _run(edit_code(LYING, wish).code)
        assert spec["encoding"]["color"]["field"] == "town"
        assert "color" not in spec["mark"]


def test_wishes_for_grid_lines_leave_the_marks_alone() -> None:
    wish = "Remove the vertical grid lines and make the horizontal ones lighter gray and dashed."
    spec: Any = _run(edit_code(LYING, wish).code)
    assert spec["mark"] == {"type": "bar"}
    assert spec["config"]["axisX"]["grid"] is False
    assert spec["config"]["axis"]["gridDash"] == [4, 4]
    assert "gray" in spec["config"]["axis"]["gridColor"]
