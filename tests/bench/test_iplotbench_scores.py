"""The four scores: 1 for the truth itself, lower for every planted error, total for anything."""

from __future__ import annotations

import copy
import json
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.bench.iplotbench import FIGURE_TYPES, compare_figures, load_set
from multivis.bench.iplotbench.generate import draw_figure
from multivis.bench.iplotbench.similarity import PENALTIES, chamfer_distance
from multivis.bench.iplotbench.style import colour_similarity
from multivis.bench.iplotbench.texts import texts_by_role
from multivis.bench.iplotbench.traces import figure_traces

seeds = st.integers(100, 10**9)
kinds = st.sampled_from(FIGURE_TYPES)


def figure_of(kind: str, seed: int) -> dict:
    return draw_figure(kind, 0, seed).figure


def value_axis(trace: dict) -> str:
    if trace["type"] == "pie":
        return "values"
    return "x" if trace.get("orientation") == "h" else "y"


def falls(values: list[float]) -> bool:
    """Never up, and down in the end."""
    return all(b <= a + 1e-9 for a, b in pairwise(values)) and (values[-1] < values[0])


@settings(max_examples=60, deadline=None)
@given(kinds, seeds)
def test_the_truth_scores_one_in_everything(kind: str, seed: int):
    figure = figure_of(kind, seed)
    scores = compare_figures(figure, copy.deepcopy(figure))
    for value in (scores.type, scores.data, scores.text, scores.style):
        assert value == pytest.approx(1.0, abs=1e-12)
    assert scores.valid
    assert all(value == pytest.approx(1.0) for value in scores.data_by_penalty.values())


@settings(max_examples=40, deadline=None)
@given(kinds, seeds, st.randoms(use_true_random=False))
def test_the_order_of_the_traces_does_not_matter(kind: str, seed: int, chance: random.Random):
    figure = figure_of(kind, seed)
    shuffled = copy.deepcopy(figure)
    chance.shuffle(shuffled["data"])
    scores = compare_figures(figure, shuffled)
    assert (scores.type, scores.text) == (1.0, 1.0)
    assert scores.data == pytest.approx(1.0, abs=1e-12)


def test_two_lines_of_equal_mean_spread_and_range_are_matched_by_their_points():
    line = {"type": "scatter", "mode": "lines", "x": [0, 1, 2]}
    up = {**line, "y": [0, 1, 2], "name": "Up", "line": {"color": "red"}}
    down = {**line, "y": [2, 1, 0], "name": "Down", "line": {"color": "blue"}}
    scores = compare_figures({"data": [up, down]}, {"data": [down, up]})
    assert (scores.data, scores.style) == (1.0, 1.0)


@settings(max_examples=40, deadline=None)
@given(kinds, seeds)
def test_every_missing_trace_costs_its_share(kind: str, seed: int):
    figure = figure_of(kind, seed)
    count = len(figure["data"])
    for kept in range(1, count + 1):
        scores = compare_figures(figure, {**figure, "data": figure["data"][:kept]})
        for value in (scores.type, scores.data, scores.style):
            assert value == pytest.approx(kept / count)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["vbar_categorical", "hbar_categorical"]), seeds)
def test_bars_read_ever_more_wrongly_score_ever_less(kind: str, seed: int):
    figure = figure_of(kind, seed)
    figure["layout"]["xaxis"] = {}  # compared in data units, not as shares
    scores = []
    for shift in (0, 0.5, 1, 2, 5, 10, 50):
        wrong = copy.deepcopy(figure)
        trace = wrong["data"][0]
        trace[value_axis(trace)] = [value + shift for value in trace[value_axis(trace)]]
        scores.append(compare_figures(figure, wrong).data)
    assert falls(scores)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_more_wrong_slices_score_less(seed: int):
    figure = figure_of("pie", seed)
    scores = []
    for moved in (0.0, 0.1, 0.3, 0.5, 0.9):
        wrong = copy.deepcopy(figure)
        values = wrong["data"][0]["values"]
        least = min(range(len(values)), key=values.__getitem__)
        greatest = max(range(len(values)), key=values.__getitem__)
        values[least], values[greatest] = (
            values[least] * (1 - moved),
            values[greatest] + values[least] * moved,
        )
        scores.append(compare_figures(figure, wrong).data)
    assert falls(scores)


@settings(max_examples=30, deadline=None)
@given(kinds, seeds)
def test_a_larger_penalty_never_raises_the_data_score(kind: str, seed: int):
    figure, wrong = figure_of(kind, seed), figure_of(kind, seed + 1)
    by_penalty = compare_figures(figure, wrong).data_by_penalty
    scores = [by_penalty[penalty] for penalty in PENALTIES]
    assert scores == sorted(scores, reverse=True)
    assert by_penalty[5.0] == compare_figures(figure, wrong).data


@settings(max_examples=40, deadline=None)
@given(kinds, seeds)
def test_ever_more_wrong_labels_score_ever_less(kind: str, seed: int):
    figure = figure_of(kind, seed)
    wrong = copy.deepcopy(figure)
    scores = [compare_figures(figure, wrong).text]
    for number, place in enumerate(labels(wrong)):
        place[0][place[1]] = f"zzz {number} qqq"
        scores.append(compare_figures(figure, wrong).text)
    assert falls(scores)
    assert scores[-1] == 0.0


def labels(figure: dict) -> list[tuple]:
    """Where the labels are."""
    places: list[tuple] = []
    for trace in figure["data"]:
        if "name" in trace:
            places.append((trace, "name"))
            continue
        listed = trace.get("labels") or (
            trace["y"] if trace.get("orientation") == "h" else trace["x"]
        )
        places += [(listed, i) for i in range(len(listed))]
    return places


@settings(max_examples=40, deadline=None)
@given(kinds, seeds)
def test_a_title_that_is_not_there_costs_its_weight(kind: str, seed: int):
    figure = figure_of(kind, seed)
    role = 0.25 if "line" in kind else 0.20
    titled = copy.deepcopy(figure)
    titled["layout"]["title"] = {"text": "Invented"}
    assert compare_figures(figure, titled).text == pytest.approx(role / (role + 0.30))
    titled["layout"]["xaxis"] = {"title": "Invented too"}
    assert compare_figures(figure, titled).text == pytest.approx(role / (role + 0.55))


@settings(max_examples=40, deadline=None)
@given(kinds, seeds)
def test_every_wrong_property_of_style_costs_its_weight(kind: str, seed: int):
    figure = figure_of(kind, seed)

    def style(**changes: dict) -> float:
        changed = copy.deepcopy(figure)
        for trace in changed["data"]:
            for part, values in changes.items():
                trace[part] = {**trace.get(part, {}), **values}
        return compare_figures(figure, changed).style

    assert style(marker={"symbol": "x"}) == pytest.approx(0.85)
    assert style(line={"dash": "dot"}) == pytest.approx(0.90)
    assert style(line={"width": 7}) == pytest.approx(1 - 0.15 * 0.25)
    assert style(marker={"size": 16}) == pytest.approx(1 - 0.15 * 0.25)
    if "line" in kind:
        changed = copy.deepcopy(figure)
        for trace in changed["data"]:
            trace["mode"] = "markers"
        assert compare_figures(figure, changed).type == 0.0


def test_colours_far_apart_score_less_than_near_ones():
    scores = [colour_similarity(["#FF0000"], [c]) for c in ("red", "#F00000", "#A00000", "#0000FF")]
    assert scores[0] == 1.0
    assert falls(scores)
    assert colour_similarity(["red", "blue"], ["blue", "red"]) == 1.0
    assert colour_similarity(["red", "blue"], ["red"]) == pytest.approx(
        (1 + colour_similarity(["blue"], ["red"])) / 2
    )
    assert colour_similarity(["red", "blue", "lime"], ["red", "blue"]) == pytest.approx(2 / 3)


def test_a_colour_that_is_not_given_is_the_one_that_plotly_draws():
    bars = {"type": "bar", "x": ["a"], "y": [1]}
    told = {"data": [{**bars, "marker": {"color": "#636efa"}}]}
    assert compare_figures(told, {"data": [bars]}).style == 1.0
    other = {"data": [bars], "layout": {"template": {"layout": {"colorway": ["black"]}}}}
    assert compare_figures(told, other).style < 0.9


@pytest.mark.parametrize(
    ("trace", "kind"),
    [
        ({"type": "pie", "labels": ["a"], "values": [1]}, "pie"),
        ({"type": "bar", "x": ["a"], "y": [1]}, "vbar"),
        ({"type": "bar", "orientation": "h", "x": [1], "y": ["a"]}, "hbar"),
        ({"type": "scatter", "mode": "lines"}, "line"),
        ({"type": "scatter", "mode": "markers+lines"}, "dot_line"),
        ({"type": "scatter"}, "dot_line"),
        ({"mode": "markers"}, "scatter"),
        ({"type": "heatmap", "z": [[1]]}, "heatmap"),
    ],
)
def test_a_trace_is_counted_as_what_it_draws(trace: dict, kind: str):
    (read,) = figure_traces({"data": [trace]})
    assert read.kind == kind


def test_bars_the_other_way_round_are_another_type_with_no_data_in_common():
    upright = {"data": [{"type": "bar", "x": ["a", "b"], "y": [1, 2]}]}
    lying = {"data": [{"type": "bar", "orientation": "h", "y": ["a", "b"], "x": [1, 2]}]}
    scores = compare_figures(upright, lying)
    assert scores.type == 0.0
    assert scores.data == pytest.approx(2.718281828**-5)


def test_slices_are_shares_unless_an_axis_is_named():
    degrees = {"data": [{"type": "pie", "labels": ["a", "b"], "values": [90, 270]}]}
    percent = {"data": [{"type": "pie", "labels": ["a", "b"], "values": [25, 75]}], "layout": {}}
    assert compare_figures(degrees, percent).data == 1.0
    percent["layout"]["xaxis"] = {"visible": False}
    assert compare_figures(degrees, percent).data < 0.6


def test_a_curve_sampled_more_densely_loses_little():
    x = [i * 10 for i in range(11)]
    fine = [i * 5 for i in range(21)]
    coarse = {"data": [{"type": "scatter", "mode": "lines", "x": x, "y": x}]}
    dense = {"data": [{"type": "scatter", "mode": "lines", "x": fine, "y": fine}]}
    assert 0.85 < compare_figures(coarse, dense).data < 1.0


def test_typed_arrays_are_read():
    pytest.importorskip("multivis.views.arrays")
    import numpy as np
    import plotly.graph_objects as go

    x, y = np.arange(5.0), np.arange(5.0) ** 2
    typed = json.loads(go.Figure(go.Scatter(x=x, y=y)).to_json())
    assert "bdata" in typed["data"][0]["y"]
    plain = {"data": [{"type": "scatter", "x": x.tolist(), "y": y.tolist()}]}
    assert compare_figures(plain, typed).data == 1.0


def test_texts_are_sorted_by_role():
    figure = {
        "data": [{"type": "bar", "x": ["A", "B"], "y": [1, 2], "name": "S", "text": ["t"]}],
        "layout": {
            "title": {"text": "<b>T</b>"},
            "xaxis": {"title": "X"},
            "yaxis2": {"title": {"text": "Y"}},
            "annotations": [{"text": "note"}],
        },
    }
    assert texts_by_role(figure) == {
        "title": {"t"},
        "axis": {"x", "y"},
        "legend": {"s"},
        "data": {"a", "b", "t", "note"},
    }


def test_a_misread_letter_still_counts():
    truth = {"data": [{"type": "pie", "labels": ["Dark Green", "Tan"], "values": [1, 2]}]}
    near = {"data": [{"type": "pie", "labels": ["Dark Grean", "Tan"], "values": [1, 2]}]}
    far = {"data": [{"type": "pie", "labels": ["Dork Grxxx", "Tan"], "values": [1, 2]}]}
    assert compare_figures(truth, near).text == 1.0
    assert compare_figures(truth, far).text == pytest.approx(1 / 3)


@pytest.mark.parametrize("nothing", [None, "text", 3, [], {}, {"data": []}, {"data": ["x", {}]}])
def test_what_is_no_figure_scores_zero_and_is_invalid(nothing: object):
    truth = figure_of("line", 100)
    scores = compare_figures(truth, nothing)
    assert not scores.valid
    assert (scores.type, scores.data, scores.text, scores.style) == (0, 0, 0, 0)
    assert set(scores.data_by_penalty.values()) == {0.0}


def test_a_trace_without_points_has_no_data():
    truth = figure_of("pie", 100)
    assert compare_figures(truth, {"data": [{"type": "pie"}]}).data == 0.0
    one, two = figure_traces({"data": [{"type": "pie"}, {"type": "pie"}]})
    assert chamfer_distance(one, two) == 0.0


def test_many_points_are_compared_in_blocks():
    x = [float(i) for i in range(5000)]
    figure = {"data": [{"type": "scatter", "mode": "markers", "x": x, "y": x}]}
    assert compare_figures(figure, figure).data == 1.0


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
part = st.dictionaries(
    st.sampled_from(["color", "colors", "size", "width", "dash", "symbol"]), anything
)
wild_trace = st.dictionaries(
    st.sampled_from(["x", "y", "values", "labels", "name", "text", "mode", "type", "orientation"]),
    anything
    | st.sampled_from(["pie", "bar", "scatter", "h", "lines"])
    | st.lists(st.floats() | st.text(max_size=3), max_size=5),
).flatmap(
    lambda t: st.fixed_dictionaries({"marker": part | anything, "line": part}).map(
        lambda more: {**t, **more}
    )
)
wild_layout = st.dictionaries(
    st.sampled_from(["title", "xaxis", "yaxis", "annotations", "template", "colorway"]), anything
)


@settings(max_examples=150, deadline=None)
@given(
    kinds,
    seeds,
    st.fixed_dictionaries(
        {"data": st.lists(wild_trace, max_size=4) | anything, "layout": wild_layout | anything}
    ),
)
def test_whatever_a_model_writes_gets_scores_between_0_and_1(kind: str, seed: int, wild: dict):
    scores = compare_figures(figure_of(kind, seed), wild)
    for value in (scores.type, scores.data, scores.text, scores.style):
        assert 0.0 <= value <= 1.0 + 1e-9


@pytest.mark.data
def test_every_public_figure_scores_one_against_itself(made_elsewhere: Path):
    for case in load_set(made_elsewhere):
        scores = compare_figures(case.figure, case.figure)
        for value in (scores.type, scores.data, scores.text, scores.style):
            assert value == pytest.approx(1.0, abs=1e-12), case.id
