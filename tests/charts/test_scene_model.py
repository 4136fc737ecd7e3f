"""What the scenegraph says of a chart."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import altair as alt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.charts.scenegraph import Box, Scene, parse_description
from multivis.errors import RenderError

DATA = pd.DataFrame(
    {
        "kind": ["x", "y", "z", None],
        "value": [1.5, -2.25, 1e6, 3.123456789012345],
        "day": pd.to_datetime(["2020-01-01", "2020-02-01", "2021-03-04", "2021-01-01"]),
    }
)


def scene(chart: Any) -> Scene:
    return Scene.of(chart.to_dict())


def test_values_are_exact_where_the_description_is_rounded() -> None:
    drawn = scene(alt.Chart(DATA).mark_point().encode(x="value:Q", y="value:Q"))
    items = list(drawn.items())
    assert [item.datum["value"] for item in items] == DATA["value"].tolist()
    assert items[3].values["value"] == 3.12345678901


def test_nulls_dates_and_derived_fields_are_typed() -> None:
    chart = alt.Chart(DATA).mark_bar().encode(x="yearmonth(day):T", y="sum(value):Q", color="kind")
    table = scene(chart).table()
    assert table[0]["yearmonth_day"] == datetime(2020, 1, 1)
    assert {row["kind"] for row in table} == {"x", "y", "z", None}
    assert sum(row["sum_value"] for row in table) == pytest.approx(DATA["value"].sum())


def test_a_table_by_title_is_what_a_reader_is_told() -> None:
    chart = alt.Chart(DATA).mark_point().encode(x=alt.X("value:Q", title="How much"), y="kind:N")
    assert scene(chart).table(by="title")[1] == {"How much": -2.25, "kind": "y"}


def test_axes_legends_and_titles_are_read() -> None:
    chart = (
        alt.Chart(DATA, title=alt.Title("Main", subtitle="Below"))
        .mark_point()
        .encode(x=alt.X("value:Q", title="Value (m)"), y="kind:N", color="kind:N")
    )
    drawn = scene(chart)
    assert drawn.titles == ("Main", "Below")
    assert {(axis.direction, axis.title) for axis in drawn.axes} == {
        ("x", "Value (m)"),
        ("y", "kind"),
    }
    assert drawn.legends[0].title == "kind"
    assert drawn.legends[0].entries == ("null", "x", "y", "z")
    assert all(label.text for axis in drawn.axes for label in axis.labels)


def test_a_line_counts_once_for_each_series() -> None:
    lines = pd.DataFrame({"a": [1, 2, 1, 2], "b": [1, 2, 3, 4], "c": ["p", "p", "q", "q"]})
    drawn = scene(alt.Chart(lines).mark_line().encode(x="a:Q", y="b:Q", color="c:N"))
    assert drawn.count() == 2
    assert len(drawn.marks) == 1
    assert len(drawn.marks[0].items) == 4


def test_facets_are_views_with_their_values() -> None:
    drawn = scene(alt.Chart(DATA).mark_point().encode(x="value:Q", y="value:Q", row="kind:N"))
    cells = [view for view in drawn.views if view.name == "cell"]
    assert [cell.datum["kind"] for cell in cells] == [None, "x", "y", "z"]
    assert drawn.headers == ("kind", "null", "x", "y", "z")
    tops = [cell.box.top for cell in cells]
    assert tops == sorted(tops)


def test_concatenation_layers_and_repeats_are_walked() -> None:
    base = alt.Chart(DATA).mark_point().encode(x="value:Q", y="kind:N")
    both = base | (base + base.mark_text().encode(text="value:Q"))
    assert [mark.kind for mark in scene(both).marks] == ["symbol", "symbol", "text"]
    repeated = base.encode(x=alt.X(alt.repeat("column"), type="quantitative")).repeat(
        column=["value", "day"]
    )
    assert len(scene(repeated).marks) == 2


def test_an_empty_view_a_mark_out_of_view_and_crowded_labels_are_problems() -> None:
    base = alt.Chart(DATA).mark_bar().encode(x="kind:N", y="value:Q")
    kinds = {p.kind for p in scene(base | base.transform_filter("datum.value > 1e9")).problems}
    assert kinds == {"empty_view"}
    narrow = base.encode(y=alt.Y("value:Q", scale=alt.Scale(domain=[0, 10])))
    assert "out_of_view" in {p.kind for p in scene(narrow).problems}
    words = pd.DataFrame({"w": ["a rather long name " + str(i) for i in range(9)], "v": range(9)})
    flat = alt.X("w:N", axis=alt.Axis(labelAngle=0, labelOverlap=False))
    crowded = alt.Chart(words).mark_bar().encode(x=flat, y="v:Q").properties(width=200)
    assert "overlapping_labels" in {p.kind for p in scene(crowded).problems}
    assert scene(crowded.properties(width=3000)).problems == ()


def test_a_scene_is_drawn_once() -> None:
    chart = alt.Chart(DATA).mark_point().encode(x="value:Q")
    assert scene(chart) is scene(chart)


def test_selection_rectangles_are_not_data() -> None:
    chart = alt.Chart(DATA).mark_point().encode(x="value:Q", y="value:Q")
    drawn = scene(chart.add_params(alt.selection_interval()))
    assert [mark.kind for mark in drawn.marks] == ["symbol"]


@pytest.mark.parametrize(
    "name",
    ["a b", "a.b", "it's", "[a]", "ünïcode", "select", "a\\b", "x;y: z"],
)
def test_awkward_field_names_are_read(name: str) -> None:
    spec = {
        "data": {"values": [{name: 7}, {name: 9}]},
        "mark": "point",
        "encoding": {
            "x": {
                "field": re.sub(r"([\\.\[\]'\"])", r"\\\1", name),
                "type": "quantitative",
            }
        },
    }
    assert [item.datum.get(name) for item in Scene.of(spec).items()] == [7, 9]


@pytest.mark.parametrize("spec", [{}, {"mark": "bar"}, {"mark": 3, "data": {"values": []}}])
def test_what_cannot_be_drawn_is_one_clear_error(spec: dict[str, Any]) -> None:
    try:
        drawn = Scene.of(spec)
    except RenderError as error:
        assert "\n" not in str(error)
    else:
        assert drawn.count() <= 1


def test_the_cause_is_named_when_vega_lite_refuses() -> None:
    spec = {
        "data": {"values": [{"a": 1}]},
        "mark": "point",
        "encoding": {"x": {"field": "it's", "type": "quantitative"}},
    }
    with pytest.raises(RenderError, match="closing quote"):
        Scene.of(spec)


def test_data_are_not_fetched_from_an_address() -> None:
    spec = {
        "data": {"url": "http://127.0.0.1:9/data.csv"},
        "mark": "point",
        "encoding": {"x": {"field": "a", "type": "quantitative"}},
    }
    try:
        assert Scene.of(spec).count() == 0
    except RenderError as error:
        assert "draw" in str(error)


def test_a_description_is_parsed_with_its_unicode_minus() -> None:
    text = "Sum of b: −1,255.96; Continent: Europe; Note: a; b; Rest: null; n: 3"
    assert parse_description(text) == {
        "Sum of b": -1255.96,
        "Continent": "Europe",
        "Note": "a; b",
        "Rest": None,
        "n": 3,
    }


@given(st.text())
@settings(max_examples=200)
def test_any_description_can_be_parsed(text: str) -> None:
    assert isinstance(parse_description(text), dict)


@given(*[st.floats(-1e6, 1e6)] * 4)
def test_overlap_is_symmetric_and_never_negative(a: float, b: float, c: float, d: float) -> None:
    one = Box(min(a, b), min(c, d), max(a, b), max(c, d))
    two = Box(min(a, c), min(b, d), max(a, c), max(b, d))
    assert one.overlap(two) == two.overlap(one) >= 0
    assert one.outside(one) == 0
