"""What is read from Altair scripts, whatever their style."""

from __future__ import annotations

import json

import pytest

from multivis.charts.reference import read_code
from multivis.errors import CodeError

HEAD = "import altair as alt\nimport pandas as pd\n"

KEYWORDS = (
    HEAD
    + """
chart = alt.Chart(df).mark_bar(size=20, color="teal").encode(
    x=alt.X("Region:N", title="Region of sale", sort="-y"),
    y=alt.Y("sum(Sales):Q", stack="normalize", axis=alt.Axis(format="%")),
    color=alt.Color("Kind:N", scale=alt.Scale(scheme="set2"), legend=None),
    tooltip=["Region:N", alt.Tooltip("sum(Sales):Q", format=",")],
).properties(title="Sales", width=300)
chart
"""
)

METHODS = (
    HEAD
    + """
chart = (
    alt.Chart(df)
    .mark_bar(size=20, color="teal")
    .encode(
        alt.X("Region:N").title("Region of sale").sort("-y"),
        alt.Y("sum(Sales):Q").stack("normalize").axis(format="%"),
        alt.Color("Kind:N").scale(scheme="set2").legend(None),
        tooltip=["Region:N", alt.Tooltip("sum(Sales):Q").format(",")],
    )
    .properties(title="Sales", width=300)
)
chart.show()
"""
)


@pytest.mark.parametrize("code", [KEYWORDS, METHODS])
def test_keyword_style_and_method_style_are_read_alike(code: str) -> None:
    facts = read_code(code)
    (unit,) = facts.units()
    assert facts.library == "altair"
    assert unit.mark is not None and unit.mark.kind == "bar"
    assert unit.mark.options == {"size": 20, "color": "teal"}
    x, y, color = (unit.channels[name] for name in ("x", "y", "color"))
    assert (x.field, x.type, x.options["title"], x.options["sort"]) == (
        "Region", "nominal", "Region of sale", "-y",
    )  # fmt: skip
    assert (y.field, y.aggregate, y.options["stack"]) == ("Sales", "sum", "normalize")
    assert y.options["axis"] == {"format": "%"}
    assert color.options["scale"] == {"scheme": "set2"} and color.options["legend"] is None
    assert [item.field for item in unit.channels["tooltip"].items] == ["Region", "Sales"]
    assert facts.to_dict()["title"] == "Sales" and facts.to_dict()["width"] == 300


def test_layers_are_followed_through_names_and_shared_bases() -> None:
    facts = read_code(
        HEAD
        + """
base = alt.Chart(df).encode(x="day:T", y="price:Q")
line = base.mark_line()
text = base.mark_text(dy=-5).encode(text="price:Q")
rule = alt.Chart(df).mark_rule(color="red").encode(y="mean(price):Q")
chart = alt.layer(line, text) + rule
"""
    )
    assert facts.view is not None and facts.view.kind == "layer"
    assert facts.marks == ("line", "text", "rule")
    line, text, _ = facts.units()
    assert set(line.channels) == {"x", "y"} and set(text.channels) == {"x", "y", "text"}


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("a | b", "hconcat"),
        ("a & b", "vconcat"),
        ("a + b", "layer"),
        ("alt.hconcat(a, b)", "hconcat"),
        ("alt.vconcat(*[a, b])", "vconcat"),
        ("a.facet('g:N', columns=2)", "facet"),
        ("a.repeat(['p', 'q'])", "repeat"),
    ],
)
def test_composition_is_read(expression: str, kind: str) -> None:
    code = HEAD + f"a = alt.Chart(df).mark_point()\nb = alt.Chart(df).mark_bar()\n{expression}\n"
    view = read_code(code).view
    assert view is not None and view.kind == kind


def test_selections_bindings_and_conditions_are_read() -> None:
    facts = read_code(
        HEAD
        + """
brush = alt.selection_interval(encodings=["x"])
slider = alt.binding_range(min=0, max=9, name="Cut")
cut = alt.param(value=3, bind=slider)
chart = alt.Chart(df).mark_point().encode(
    x="a:Q",
    color=alt.condition(brush, "g:N", alt.value("lightgray")),
    opacity=alt.when(alt.datum.a > cut).then(alt.value(1)).otherwise(alt.value(0.1)),
).add_params(brush, cut).transform_filter(brush).interactive()
"""
    )
    kinds = {parameter.variable: parameter.kind for parameter in facts.parameters}
    assert kinds == {"brush": "interval", "cut": "variable"}
    bind = next(p.bind for p in facts.parameters if p.variable == "cut")
    assert bind == {"input": "range", "min": 0, "max": 9, "name": "Cut"}
    (unit,) = facts.units()
    assert unit.channels["color"].field == "g"
    assert unit.channels["color"].condition["test"] == [{"parameter": "brush"}]
    assert unit.transforms[0].arguments == ({"parameter": "brush"},)
    assert facts.to_dict()["interactive"] is True


def test_transforms_keep_their_order_and_options() -> None:
    facts = read_code(
        HEAD
        + """
alt.Chart(df).transform_window(
    rank="rank(v)", sort=[alt.SortField("v", order="descending")], groupby=["g"]
).transform_filter(alt.datum.rank <= 5).transform_calculate(w="datum.v * 2").mark_bar()
"""
    )
    kinds = [step.kind for step in facts.units()[0].transforms]
    assert kinds == ["window", "filter", "calculate"]
    assert facts.units()[0].transforms[0].options["groupby"] == ["g"]


def test_a_chart_made_in_a_function_and_a_loop_is_found() -> None:
    facts = read_code(
        HEAD
        + """
def make(frame, field):
    return alt.Chart(frame).mark_bar().encode(x=f"{field}:N", y="count()")

charts = []
for name in ["a", "b"]:
    charts.append(make(df, name))
alt.vconcat(*charts)
"""
    )
    assert facts.marks == ("bar",)
    assert facts.units()[0].channels["y"].aggregate == "count"


def test_computed_values_stay_symbolic_and_nothing_is_executed() -> None:
    facts = read_code(HEAD + "open('/nonexistent/x')\n1 / 0\nalt.Chart(df).mark_bar(size=len(df))")
    assert facts.units()[0].mark.options == {"size": {"code": "len(df)"}}  # type: ignore[union-attr]


def test_loading_statements_and_sql_are_told_apart_from_the_chart() -> None:
    facts = read_code(
        """
import sqlite3
import pandas as pd
import altair as alt
connection = sqlite3.connect("shop.sqlite")
query = '''
SELECT a, b FROM t
'''
frame = pd.read_sql_query(query, connection)
frame["c"] = frame["a"] + frame["b"]
chart = alt.Chart(frame).mark_bar().encode(x="a:N", y="c:Q")
"""
    )
    assert [sql.strip() for sql in facts.data.sql] == ["SELECT a, b FROM t"]
    assert facts.data.connections == ("shop.sqlite",)
    assert facts.data.frame == "frame"
    assert facts.data.processing == ('frame["c"] = frame["a"] + frame["b"]',)


@pytest.mark.parametrize("text", ["", "   \n", "def (", "x = (1", "a\x00b", "(" * 1000])
def test_text_that_is_no_script_is_a_clear_error(text: str) -> None:
    with pytest.raises(CodeError) as caught:
        read_code(text)
    assert str(caught.value).endswith(".")


def test_very_deep_expressions_are_read_or_refused_clearly() -> None:
    chain = "alt.Chart(df)" + ".properties(title='a')" * 3000
    try:
        facts = read_code(HEAD + f"chart = {chain}.mark_bar()\n")
    except CodeError as error:
        assert "nested" in str(error) or "parse" in str(error)
    else:
        json.dumps(facts.to_dict())
