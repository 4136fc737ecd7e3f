"""Error bars of a given amount, and as wide as those of a reference."""

from __future__ import annotations

import pytest

from multivis.offline.adapt_call import adapt_to_reference
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View
from multivis.offline.reference_kind import with_kind

HEAD = "import altair as alt\nimport pandas as pd\nsource = pd.DataFrame({'a': [1]})\n"
GIVEN = (
    HEAD + "alt.Chart(source).mark_point().encode(x='a:Q', y='b:Q')"
    " + alt.Chart(source).mark_errorbar().encode(x='a:Q', y='low:Q', y2='high:Q')"
)
SPREAD = (
    HEAD + "alt.Chart(source).mark_bar().encode(x='g:N', y='mean(b):Q')"
    " + alt.Chart(source).mark_errorbar(extent='stdev').encode(x='g:N', y='b:Q')"
)
X = Channel("x", "depth", "quantitative")
Y = Channel("y", "speed", "quantitative")
OUTPUTS = tuple(Output(name, "dives", name, kind="quantitative") for name in ("depth", "speed"))


def plan(*layers: Layer) -> Plan:
    return Plan(views=(View(layers=layers),), query=Query(outputs=OUTPUTS))


@pytest.mark.parametrize(
    ("words", "low"),
    [
        ("an error of 5 on both sides", "datum['speed'] - 5"),
        ("yerr=2.5", "datum['speed'] - 2.5"),
        ("plus or minus 3", "datum['speed'] - 3"),
        ("with 10 percent error", "datum['speed'] - datum['speed'] * 0.1"),
    ],
)
def test_an_error_that_the_words_give_lies_around_each_value(words: str, low: str) -> None:
    adapted = adapt_to_reference(GIVEN, plan(Layer("point", {}, (X, Y))), f"Depth, speed, {words}.")
    assert [layer.mark for layer in adapted.layers] == ["point", "errorbar"]
    bars = adapted.layers[1]
    assert [c.name for c in bars.channels] == ["x", "y", "y2"]
    assert bars.transforms[-1]["calculate"]["error_low"] == low


def test_without_a_number_no_error_is_made_up() -> None:
    adapted = adapt_to_reference(GIVEN, plan(Layer("point", {}, (X, Y))), "Depth and speed.")
    assert [layer.mark for layer in adapted.layers] == ["point"]


@pytest.mark.parametrize(
    ("question", "extent"),
    [
        ("Speed by group, keep the error bars.", "stdev"),
        ("Speed by group with 95% confidence intervals.", "ci"),
    ],
)
def test_errors_are_as_wide_as_those_of_the_reference_unless_words_say_how(
    question: str, extent: str
) -> None:
    group = Channel("x", "depth", "nominal")
    mean = Channel("y", "speed", "quantitative", aggregate="mean")
    own = plan(Layer("bar", {}, (group, mean)), Layer("errorbar", {"extent": "ci"}, (group, Y)))
    assert adapt_to_reference(SPREAD, own, question).layers[1].options["extent"] == extent


def test_values_with_errors_of_their_own_are_points_and_not_means() -> None:
    assert with_kind("Depth and speed, yerr=5.", "error bar chart").endswith("a scatter plot.")
    assert with_kind("Speed by depth.", "error bar chart").endswith("error bar chart.")
