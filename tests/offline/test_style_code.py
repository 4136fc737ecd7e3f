"""The style of a picture as the code of such a chart."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivis.charts.reference import read_code
from multivis.offline.style_code import read_style, style_as_code


@pytest.mark.parametrize(
    ("style", "mark", "channels"),
    [
        ({"kind": "bar", "palette": ["#112233"]}, "bar", {"x", "y"}),
        ({"kind": "stacked bar", "palette": ["#111111", "#222222"]}, "bar", {"x", "y", "color"}),
        (
            {"kind": "grouped bar", "palette": ["#111111", "#222222"]},
            "bar",
            {"x", "y", "xOffset", "color"},
        ),
        ({"kind": "donut", "palette": ["#111111"], "hole": 0.4}, "arc", {"theta", "color"}),
        ({"kind": "heat map", "palette": []}, "rect", {"x", "y", "color"}),
        ({"kind": "scatter", "palette": ["#111111", "#222222"]}, "point", {"x", "y", "color"}),
        ({"kind": "line with points", "palette": []}, "line", {"x", "y"}),
    ],
)
def test_a_style_becomes_a_chart_of_its_kind(
    style: dict[str, object], mark: str, channels: set[str]
) -> None:
    facts = read_code(style_as_code(style)).to_dict()
    assert facts["marks"] == [mark]
    assert {channel["channel"] for channel in facts["views"][0]["channels"]} == channels


def test_lying_bars_have_their_categories_on_y() -> None:
    code = style_as_code({"kind": "horizontal bar", "orientation": "horizontal", "palette": []})
    assert 'y=alt.Y("category:N")' in code


def test_palette_and_legend_are_taken_over() -> None:
    code = style_as_code(
        {"kind": "stacked bar", "palette": ["#aa0000", "#00aa00"], "legend": "bottom"}
    )
    assert "#aa0000" in code
    assert 'orient="bottom"' in code


def test_a_style_that_cannot_be_followed_is_none() -> None:
    assert read_style("") == {}
    assert read_style("not json") == {}
    assert read_style('{"kind": "map"}') == {}
    assert read_style('{"kind": "pie"}') == {"kind": "pie"}


@given(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["bar", "line", "area", "pie", "box", "histogram"])},
        optional={
            "palette": st.lists(st.text(max_size=9), max_size=20),
            "legend": st.one_of(st.none(), st.text(max_size=8)),
            "orientation": st.sampled_from(["horizontal", "vertical", None]),
            "x_scale": st.sampled_from(["date", "category", "linear", None]),
            "stacking": st.sampled_from(["stack", "group", None]),
            "hole": st.one_of(st.none(), st.floats(allow_nan=True)),
            "line": st.one_of(st.none(), st.fixed_dictionaries({"points": st.booleans()})),
        },
    )
)
def test_every_style_gives_code_that_parses(style: dict[str, object]) -> None:
    ast.parse(style_as_code(style))
