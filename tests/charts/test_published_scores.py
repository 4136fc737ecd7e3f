"""The released suite's structural scores: what counts, what does not, and its quirks."""

from __future__ import annotations

from typing import Any

import pytest

from multivis.charts.metrics.published import DIMENSIONS, published_scores
from multivis.protocols import Sandbox

HEAD = """
import altair as alt
import pandas as pd
df = pd.DataFrame({"kind": ["a", "b", "c"], "amount": [3, 1, 2]})
"""
BAR = HEAD + 'chart = alt.Chart(df).mark_bar().encode(x="kind:N", y="amount:Q")\nchart\n'


def missed(sandbox: Sandbox, prediction: str, gold: str = BAR) -> set[str]:
    """The dimensions that score 0."""
    found = published_scores(prediction, gold, sandbox)
    assert not found.error, found.error
    return {name for name in DIMENSIONS if not found.scores[name]}


def test_a_chart_scores_everything_against_itself(sandbox: Sandbox):
    found = published_scores(BAR, BAR, sandbox)
    assert (found.overall, found.correct, found.executed) == (1.0, True, True)
    assert found.spec is not None and found.spec["mark"] == {"type": "bar"}


@pytest.mark.parametrize(
    ("old", "new", "dimensions"),
    [
        ("mark_bar()", "mark_line()", {"chart_type"}),
        ("mark_bar()", 'mark_bar(color="red", size=3)', set()),
        ("[3, 1, 2]", "[3, 1, 4]", {"data_mapping"}),
        ("[3, 1, 2]", "[3.0, 1.0, 2.0]", {"data_mapping"}),
        ('["a", "b", "c"], "amount": [3, 1, 2]', '["c", "a", "b"], "amount": [2, 3, 1]', set()),
        ('"kind": ["a"', '"extra": [0, 0, 0], "kind": ["a"', {"data_mapping"}),
        ('"amount:Q")', '"amount:Q", tooltip="kind:N")', {"encoding"}),
        ('y="amount:Q"', 'y="amount:O"', {"encoding"}),
        ('y="amount:Q"', 'y="mean(amount):Q"', set()),
        ('y="amount:Q")', 'y="amount:Q").interactive()', {"interaction"}),
        ('"amount:Q")', '"amount:Q").configure_axis(grid=False)', {"config"}),
        ('"amount:Q")', '"amount:Q").properties(title="Amounts", width=90)', set()),
        ("mark_bar()", 'mark_bar().transform_filter("datum.amount > 0")', {"transform"}),
    ],
)
def test_each_change_touches_its_dimension_alone(
    sandbox: Sandbox, old: str, new: str, dimensions: set[str]
):
    assert old in BAR
    assert missed(sandbox, BAR.replace(old, new)) == dimensions


def test_column_names_do_not_count_in_the_data(sandbox: Sandbox):
    assert missed(sandbox, BAR.replace("kind", "sort").replace("amount", "much")) == set()


def test_an_encoding_without_a_type_equals_any_other_without_one(sandbox: Sandbox):
    bare = BAR.replace(":N", "")
    assert missed(sandbox, bare) == {"encoding"}
    assert missed(sandbox, bare.replace('y="amount:Q"', 'color="amount"'), bare) == set()


def test_a_chart_made_from_a_dictionary_has_the_wrong_mark(sandbox: Sandbox):
    rebuilt = BAR.replace("\nchart\n", "\nchart = alt.Chart.from_dict(chart.to_dict())\n")
    assert "chart_type" in missed(sandbox, rebuilt)


def test_layers_are_compared_in_order(sandbox: Sandbox):
    layered = BAR.replace("\nchart\n", "\nchart = chart.mark_bar() + chart.mark_text()\n")
    turned = layered.replace(
        "chart.mark_bar() + chart.mark_text()", "chart.mark_text() + chart.mark_bar()"
    )
    assert missed(sandbox, layered, layered) == set()
    assert missed(sandbox, turned, layered) == {"chart_type"}


@pytest.mark.parametrize("made", ["chart | chart", 'chart.facet("kind:N")', 'chart.repeat(["a"])'])
def test_composed_views_score_no_type_and_no_encoding_even_against_themselves(
    sandbox: Sandbox, made: str
):
    code = BAR.replace("\nchart\n", f"\nchart = {made}\n")
    assert missed(sandbox, code, code) == {"chart_type", "encoding"}


@pytest.mark.parametrize("prediction", ["", "chart = 3", "raise SystemExit(1)", "chart = ("])
def test_a_prediction_without_a_chart_scores_nothing(sandbox: Sandbox, prediction: str):
    found = published_scores(prediction, BAR, sandbox)
    assert (found.overall, found.executed) == (0.0, False)
    assert found.error


def test_a_gold_that_does_not_run_leaves_only_the_transforms(sandbox: Sandbox):
    found = published_scores(BAR, "raise ValueError('gone')", sandbox)
    assert {name for name, score in found.scores.items() if score} == {"transform"}
    assert "gone" in found.errors["gold"]


def test_lines_that_print_are_dropped_and_the_last_expression_is_the_chart(sandbox: Sandbox):
    code = BAR + "print(undefined)\nother = 3\nchart.mark_bar()\n"
    assert missed(sandbox, code) == set()


@pytest.mark.data
def test_gold_against_gold_fails_only_where_views_are_composed(sandbox: Sandbox, shared_data: Any):
    from multivis.bench.multivis_bench import load_cases

    folder = shared_data / "multivis_bench"
    cases = load_cases(folder, shared_data / "databases", "A", limit=12)
    for case in cases:
        found = published_scores(case.gold, case.gold, sandbox, case.inputs)
        lost = {name for name in DIMENSIONS if not found.scores[name]}
        assert lost in (set(), {"chart_type", "encoding"}), (case.id, found.errors)
