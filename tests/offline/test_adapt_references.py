"""A reference's form with the question's fields: marks, layers, transforms, interactions."""

from __future__ import annotations

import ast
from typing import Any

import altair as alt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.errors import CodeError
from multivis.offline.adapt import adapt_reference
from multivis.offline.adapt_expression import Unreadable, renamed, vega_expression
from multivis.offline.altair_code import write_altair
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View

HEAD = "import altair as alt\nimport pandas as pd\nsource = pd.DataFrame({'a': [1]})\n"
ROWS = pd.DataFrame(
    {
        "city": ["Rome", "Oslo", "Bonn", "Rome"],
        "people": [3.0, 1.0, 2.0, 5.0],
        "area": [9.0, 8.0, 7.0, 6.0],
        "opened": pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01"]),
    }
)


def plan(*channels: Channel, mark: str = "bar", aggregate: str = "", **more: Any) -> Plan:
    """A plan of one layer; its query gives the fields of its channels."""
    outputs = tuple(
        Output(
            c.field, "towns", c.field, kind=c.kind or "nominal",
            aggregate=aggregate if c.kind == "quantitative" else "",
        )
        for c in channels
        if c.field
    )  # fmt: skip
    layer = Layer(mark, {}, channels)
    return Plan(views=(View(layers=(layer,)),), query=Query(outputs=outputs), **more)


CITY = Channel("x", "city", "nominal", title="City")
PEOPLE = Channel("y", "people", "quantitative", title="People")
AREA = Channel("y", "area", "quantitative")


def drawn(adapted: Plan) -> dict[str, Any]:
    """Run the code of the plan; its Vega-Lite."""
    names: dict[str, Any] = {"df": ROWS, "alt": alt, "pd": pd}
    exec(write_altair(adapted), names)
    return names["chart"].to_dict()  # type: ignore[no-any-return]


def marks(adapted: Plan) -> list[str]:
    return [layer.mark for view in adapted.views for layer in view.layers]


def test_the_mark_and_its_options_are_taken_over() -> None:
    reference = HEAD + (
        "alt.Chart(source).mark_area(interpolate='step-after', opacity=0.4)"
        ".encode(x='day:T', y='price:Q')"
    )
    when = Channel("x", "opened", "temporal")
    adapted = adapt_reference(reference, plan(when, PEOPLE, mark="line"))
    spec = drawn(adapted)
    assert spec["mark"] == {"type": "area", "interpolate": "step-after", "opacity": 0.4}
    assert (spec["encoding"]["x"]["field"], spec["encoding"]["y"]["field"]) == ("opened", "people")


def test_the_question_s_fields_stand_where_fields_of_their_type_stood() -> None:
    reference = HEAD + "alt.Chart(source).mark_tick().encode(x='wheat:Q', y='year:O')"
    spec = drawn(adapt_reference(reference, plan(CITY, PEOPLE)))
    assert spec["encoding"]["x"]["field"] == "people"
    assert spec["encoding"]["y"]["field"] == "city"


def test_layers_over_the_same_fields_carry_over() -> None:
    reference = (
        HEAD
        + """
base = alt.Chart(source).encode(x='kind:N', y='amount:Q')
bars = base.mark_bar()
text = base.mark_text(dy=-6).encode(text='amount:Q')
rule = alt.Chart(source).mark_rule(color='red').encode(y='mean(amount):Q')
bars + text + rule
"""
    )
    adapted = adapt_reference(reference, plan(CITY, PEOPLE))
    assert marks(adapted) == ["bar", "text", "rule"]
    layers = drawn(adapted)["layer"]
    assert layers[1]["encoding"]["text"]["field"] == "people"
    assert layers[2]["encoding"]["y"] == {
        "aggregate": "mean", "field": "people", "type": "quantitative", "title": "People",
    }  # fmt: skip


def test_transforms_speak_of_the_new_fields() -> None:
    reference = (
        HEAD
        + """
alt.Chart(source).mark_circle().encode(x='title:N', y='rating:Q').transform_window(
    rank='rank(rating)', sort=[alt.SortField('rating', order='descending')]
).transform_filter(alt.datum.rank <= 3)
"""
    )
    spec = drawn(adapt_reference(reference, plan(CITY, PEOPLE)))
    assert spec["transform"] == [
        {
            "window": [{"op": "rank", "field": "people", "as": "rank"}],
            "sort": [{"field": "people", "order": "descending"}],
        },
        {"filter": '(datum["rank"] <= 3)'},
    ]


def test_values_of_the_old_data_do_not_filter_the_new() -> None:
    reference = (
        HEAD
        + """
base = alt.Chart(source).mark_line().encode(x='day:T', y='price:Q')
old = base.transform_filter(alt.datum.symbol != 'IBM').mark_point()
base + old
"""
    )
    when = Channel("x", "opened", "temporal")
    adapted = adapt_reference(reference, plan(when, PEOPLE))
    assert marks(adapted) == ["line"]


def test_selections_and_their_conditions_carry_over() -> None:
    reference = (
        HEAD
        + """
brush = alt.selection_interval(encodings=['x'])
bars = alt.Chart(source).mark_bar().encode(
    x='month:O', y='rain:Q', opacity=alt.condition(brush, alt.value(1), alt.value(0.3))
).add_params(brush)
line = alt.Chart(source).mark_rule().encode(y='mean(rain):Q').transform_filter(brush)
alt.layer(bars, line)
"""
    )
    spec = drawn(adapt_reference(reference, plan(CITY, PEOPLE)))
    assert spec["params"][0]["select"] == {"type": "interval", "encodings": ["x"]}
    (condition,) = spec["layer"][0]["encoding"]["opacity"]["condition"]
    assert condition["value"] == 1 and condition["param"] == spec["params"][0]["name"]
    assert spec["layer"][1]["transform"] == [{"filter": {"param": spec["params"][0]["name"]}}]


def test_a_negated_selection_swaps_its_values() -> None:
    reference = (
        HEAD
        + """
pick = alt.selection_point(on='pointerover', fields=['g'], nearest=True)
base = alt.Chart(source).encode(x='day:T', y='v:Q', color='g:N')
dots = base.mark_circle().encode(opacity=alt.value(0)).add_params(pick)
lines = base.mark_line().encode(size=alt.condition(~pick, alt.value(1), alt.value(3)))
dots + lines
"""
    )
    when = Channel("x", "opened", "temporal")
    colour = Channel("color", "city", "nominal")
    adapted = adapt_reference(reference, plan(when, PEOPLE, colour, mark="line"))
    assert adapted.selections[0].fields == ("city",)
    (condition,) = drawn(adapted)["layer"][1]["encoding"]["size"]["condition"]
    assert condition["value"] == 3


def test_concatenated_views_carry_over() -> None:
    reference = (
        HEAD
        + """
points = alt.Chart(source).mark_circle().encode(x='p:Q', y='q:Q', color='k:N')
bars = alt.Chart(source).mark_bar().encode(x=alt.X('p:Q', bin=True), y='count()')
points & bars
"""
    )
    width = Channel("x", "area", "quantitative")
    adapted = adapt_reference(reference, plan(width, PEOPLE, mark="point"))
    assert adapted.arrangement == "vconcat" and marks(adapted) == ["circle", "bar"]
    assert "vconcat" in drawn(adapted)


def test_a_chart_type_that_the_question_names_wins() -> None:
    reference = HEAD + "alt.Chart(source).mark_point().encode(x='a:Q', y='b:Q')"
    own = plan(CITY, PEOPLE)
    adapted = adapt_reference(reference, own, "Create a bar chart of people by city")
    assert marks(adapted) == ["bar"]


def test_a_chart_type_that_the_question_wants_no_more_does_not_count() -> None:
    reference = HEAD + "alt.Chart(source).mark_area().encode(x='d:T', y='b:Q')"
    when = Channel("x", "opened", "temporal")
    question = "Create a line chart instead of an area chart of people over time"
    assert marks(adapt_reference(reference, plan(when, PEOPLE, mark="line"), question)) == ["line"]


def test_axes_that_the_question_names_keep_their_fields() -> None:
    reference = (
        HEAD
        + "(alt.Chart(source).mark_bar().encode(x='v:Q', y='k:N') + "
        + ("alt.Chart(source).mark_text().encode(x='v:Q', y='k:N', text='v:Q'))")
    )
    question = "Show the cities on the x-axis and people on the y-axis"
    spec = drawn(adapt_reference(reference, plan(CITY, PEOPLE), question))
    assert spec["layer"][0]["encoding"]["x"]["field"] == "city"
    assert spec["layer"][1]["encoding"]["y"]["field"] == "people"


def test_colours_of_the_question_stay_in_the_adapted_chart() -> None:
    reference = (
        HEAD
        + """
base = alt.Chart(source).encode(x='k:N', y='v:Q')
base.mark_bar() + base.mark_text().encode(text='v:Q')
"""
    )
    colour = Channel("color", "area", "quantitative")
    adapted = adapt_reference(reference, plan(CITY, PEOPLE, colour))
    assert adapted.layers[0].channel("color") == colour


def test_independent_scales_carry_over() -> None:
    reference = (
        HEAD
        + """
base = alt.Chart(source).encode(x='k:N')
alt.layer(base.mark_bar().encode(y='p:Q'), base.mark_line().encode(y='q:Q')).resolve_scale(
    y='independent')
"""
    )
    second = Layer("line", {}, (CITY, AREA))
    own = plan(CITY, PEOPLE)
    own = own.with_layers(*own.layers, second)
    assert drawn(adapt_reference(reference, own))["resolve"] == {"scale": {"y": "independent"}}


PLT = "import matplotlib.pyplot as plt\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("plt.plot(x, y)", ["line"]),
        ("plt.scatter(x, y)", ["point"]),
        ("plt.fill_between(x, y)\nplt.plot(x, y)", ["area"]),
        ("plt.bar(x, y)\nfor b in bars: plt.text(0, 1, 'a')", ["bar", "text"]),
    ],
)
def test_matplotlib_artists_become_marks(line: str, expected: list[str]) -> None:
    when = Channel("x", "opened", "temporal")
    adapted = adapt_reference(PLT + line, plan(when, PEOPLE))
    assert marks(adapted) == expected
    drawn(adapted)


def test_lying_matplotlib_bars_lie_unless_the_question_names_the_axes() -> None:
    reference = PLT + "plt.barh(x, y, color='green')"
    spec = drawn(adapt_reference(reference, plan(CITY, PEOPLE)))
    assert spec["encoding"]["y"]["field"] == "city" and spec["mark"]["color"] == "green"
    kept = adapt_reference(reference, plan(CITY, PEOPLE), "with cities on the x-axis")
    assert drawn(kept)["encoding"]["x"]["field"] == "city"


def test_a_colour_map_becomes_a_scheme() -> None:
    reference = PLT + "plt.imshow(z, cmap='YlOrRd')"
    place = Channel("y", "opened", "ordinal")
    colour = Channel("color", "people", "quantitative")
    adapted = adapt_reference(reference, plan(CITY, place, colour, mark="rect"))
    assert drawn(adapted)["encoding"]["color"]["scale"] == {"scheme": "yelloworangered"}


def test_a_plan_that_cannot_be_mapped_stays_as_it_is() -> None:
    reference = HEAD + "alt.Chart(source).mark_geoshape().project(type='albersUsa')"
    own = plan(CITY, PEOPLE)
    assert marks(adapt_reference(reference, own)) == ["bar"]
    assert adapt_reference(reference, Plan()) == Plan()


@pytest.mark.parametrize("code", ["def (", "", "print(1)"])
def test_a_reference_without_a_chart_is_a_clear_error(code: str) -> None:
    with pytest.raises(CodeError):
        adapt_reference(code, plan(CITY, PEOPLE))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("alt.datum.a > 3", '(datum["a"] > 3)'),
        ("(alt.datum.a == 'x') & (alt.datum['b c'] != None)",
         '((datum["a"] === "x") && (datum["b c"] !== null))'),
        ("alt.expr.if_(alt.datum.a < 0, -alt.datum.a, 1)",
         'if((datum["a"] < 0), -(datum["a"]), 1)'),
        ("v / 2", '(datum["v"] / 2)'),
    ],
)  # fmt: skip
def test_python_expressions_become_vega_expressions(code: str, expected: str) -> None:
    names = {"v": ast.parse("alt.datum.v", mode="eval").body}
    assert vega_expression(code, names) == expected


@pytest.mark.parametrize("code", ["open('x')", "a.b.c", "[1]", "x if y else z", "(", "v"])
def test_other_python_is_refused(code: str) -> None:
    with pytest.raises(Unreadable):
        vega_expression(code, {"v": ast.Name("v")})


@given(st.text(max_size=20), st.text(max_size=20))
@settings(deadline=None)
def test_renaming_touches_only_mapped_fields(text: str, new: str) -> None:
    if "datum" in text:
        return
    assert renamed(f"datum.a + 1{text}", {"a": new}, frozenset()).endswith(text)
    with pytest.raises(Unreadable):
        renamed("datum.b", {"a": new}, frozenset())


@pytest.mark.data
def test_every_reference_of_the_benchmark_adapts_to_code_that_parses(shared_data: Any) -> None:
    when = Channel("x", "opened", "temporal")
    colour = Channel("color", "city", "nominal")
    kept = 0
    for folder in ("altair", "matplotlib"):
        for path in sorted((shared_data / "multivis_bench" / "code" / folder).glob("*.py")):
            text = path.read_text()
            if not text.strip():
                continue
            adapted = adapt_reference(text, plan(when, PEOPLE, colour))
            ast.parse(write_altair(adapted))
            kept += marks(adapted) != ["bar"]
    assert kept > 90


def test_bars_lie_as_in_a_reference_with_the_same_marks() -> None:
    lying = HEAD + "alt.Chart(source).mark_bar().encode(x='b:Q', y='a:N')\n"
    spec = drawn(adapt_reference(lying, plan(CITY, PEOPLE), "people by city like this"))
    assert spec["encoding"]["y"]["field"] == "city"
    assert spec["encoding"]["x"]["field"] == "people"


def test_a_legend_stands_where_a_reference_with_the_same_marks_has_it() -> None:
    reference = (
        HEAD + "alt.Chart(source).mark_line(point=True).encode(x='y:Q', y='v:Q', "
        "color=alt.Color('g:N').legend(orient='top'))"
    )
    own = plan(
        Channel("x", "area", "quantitative"),
        Channel("y", "people", "quantitative"),
        Channel("color", "city", "nominal"),
        mark="line",
    )
    color = adapt_reference(reference, own).layers[0].channel("color")
    assert color is not None
    assert color.legend == {"orient": "top"}


_TIPS = "alt.Chart(source).mark_bar().encode(x='y:N', y='mean(v):Q', tooltip=%s)"


def test_tooltips_of_a_reference_with_the_same_marks_tell_the_same_channels() -> None:
    reference = HEAD + _TIPS % "['y', 'mean(v)', 'other']"
    mean = Channel("y", "people", "quantitative", aggregate="mean")
    tips = adapt_reference(reference, plan(CITY, mean)).layers[0].channels[2:]
    assert [(c.name, c.field, c.aggregate) for c in tips] == [
        ("tooltip", "city", ""),
        ("tooltip", "people", "mean"),
    ]


def test_tooltips_that_were_asked_for_stay_beside_a_reference_with_others() -> None:
    own = plan(CITY, PEOPLE, Channel("tooltip", "area", "quantitative"))
    adapted = adapt_reference(HEAD + _TIPS % "['y']", own).layers[0]
    assert [c.field for c in adapted.channels if c.name == "tooltip"] == ["area"]


def test_bars_stand_when_the_question_says_what_is_on_an_axis() -> None:
    lying = HEAD + "alt.Chart(source).mark_bar().encode(x='b:Q', y='a:N')\n"
    asked = "people by city with the cities on the x-axis"
    spec = drawn(adapt_reference(lying, plan(CITY, PEOPLE), asked))
    assert spec["encoding"]["x"]["field"] == "city"


def test_a_filter_of_the_whole_chart_by_an_old_value_goes_and_the_layers_stay() -> None:
    reference = (
        HEAD
        + """
base = alt.Chart(source).transform_filter(alt.datum.symbol != 'IBM').encode(x='day:T', y='price:Q')
base.mark_line() + base.mark_circle()
"""
    )
    when = Channel("x", "opened", "temporal")
    adapted = adapt_reference(reference, plan(when, PEOPLE))
    assert marks(adapted) == ["line", "circle"]
    assert all(not layer.transforms for view in adapted.views for layer in view.layers)


def test_a_line_with_points_is_followed_when_the_question_speaks_of_points() -> None:
    reference = HEAD + (
        "alt.Chart(source).mark_line(point=True).encode(x='miles:Q', y='gas:Q', order='year:O')"
    )
    measured = Channel("x", "area", "quantitative")
    adapted = adapt_reference(
        reference, plan(measured, PEOPLE), "Area against people, with the points connected."
    )
    assert marks(adapted) == ["line"]
