"""Answers from data that were read: right on exact data, forgiving by the stated error only."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.bench.iplotbench import FIGURE_TYPES
from multivis.bench.iplotbench.answering import (
    answer_question,
    expected_error,
    least_roughness,
)
from multivis.bench.iplotbench.generate import draw_figure
from multivis.bench.iplotbench.questions import balance, roughness
from multivis.errors import InputError


def lines(error: float = 0.0, **values: list[float]) -> dict:
    traces = [
        {"type": "scatter", "mode": "lines", "name": name, "x": [0, 50, 100][: len(y)], "y": y}
        for name, y in values.items()
    ]
    for trace in traces:
        trace["meta"] = {"expected_error": error}
    return {"data": traces, "layout": {}}


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(FIGURE_TYPES), st.integers(100, 10**9))
def test_exact_data_give_exact_answers(kind: str, seed: int):
    drawn = draw_figure(kind, 0, seed)
    for question in drawn.questions:
        if question.id not in (8, 9):  # straight lines tie but for rounding
            assert answer_question(drawn.figure, question.text) == question.answer, question


def test_noisy_data_are_answered_nearly_as_well_when_the_error_is_known():
    right = asked = 0
    drawn = [draw_figure(kind, n, 501) for kind in FIGURE_TYPES for n in range(12)]
    for figure, questions in zip(drawn, balance([d.questions for d in drawn]), strict=True):
        chance = random.Random(figure.id)
        noisy = json.loads(json.dumps(figure.figure))
        for trace in noisy["data"]:
            key = "values" if figure.type == "pie" else "x" if "h" in figure.type[:1] else "y"
            scale = 0.0628 if figure.type == "pie" else 1.0
            trace[key] = [value + chance.gauss(0, 0.1 * scale) for value in trace[key]]
            trace["meta"] = {"expected_error": 0.1}
        for question in questions:
            right += answer_question(noisy, question.text) == question.answer
            asked += 1
    assert right / asked > 0.97


def test_lines_closer_than_the_error_touch():
    near = {"A": [0.0, 1.0, 2.0], "B": [0.1, 2.0, 3.0]}
    question = "Does A intersect B?"
    assert answer_question(lines(0.0, **near), question) == 0
    assert answer_question(lines(0.1, **near), question) == 1
    assert answer_question(lines(0.1, **near), "Is A less than B?") == 0
    assert answer_question(lines(0.0, **near), "Is A less than B?") == 1


def test_a_crossing_between_other_positions_is_seen():
    a = {"type": "scatter", "mode": "lines", "name": "A", "x": [0, 100], "y": [0, 100]}
    b = {"type": "scatter", "mode": "lines", "name": "B", "x": [0, 33, 100], "y": [50, 50, 50]}
    assert answer_question({"data": [a, b]}, "Does A intersect B?") == 1


def test_values_within_the_error_share_the_lowest():
    figure = lines(0.1, A=[0.0, 5.0], B=[0.2, 5.0], C=[3.0, 9.0])
    assert [answer_question(figure, f"Does {n} have the lowest value?") for n in "ABC"] == [1, 1, 0]


def test_a_name_read_a_little_wrongly_is_found():
    pie = {"data": [{"type": "pie", "labels": ["Dark Grean", "Tan"], "values": [1, 2]}]}
    assert answer_question(pie, "Is Dark Green the minimum?") == 1
    with pytest.raises(InputError, match="nothing named 'Crimson'"):
        answer_question(pie, "Is Crimson the minimum?")


def test_one_trace_a_bar_is_as_good_as_one_trace():
    bars = {
        "data": [
            {"type": "bar", "name": name, "x": [name], "y": [value]}
            for name, value in (("Red", 3), ("Tan", 1), ("Sky", 2))
        ]
    }
    assert answer_question(bars, "Is Tan the minimum?") == 1
    assert answer_question(bars, "Is Sky the low median?") == 1
    assert answer_question(bars, "Is Red less than Sky?") == 0


def test_another_question_is_refused():
    with pytest.raises(InputError, match="not one that this figure can answer"):
        answer_question(lines(A=[1.0, 2.0]), "What is A?")


@pytest.mark.parametrize(
    "meta", [None, "x", {}, {"expected_error": "much"}, {"expected_error": -1}]
)
def test_a_trace_that_tells_no_error_is_exact(meta: object):
    assert expected_error({"meta": meta}) == 0.0


points = st.lists(st.floats(0, 100), min_size=3, max_size=15)


@settings(max_examples=60, deadline=None)
@given(points, st.floats(0.001, 10), st.floats(1.1, 5))
def test_a_wider_band_never_makes_a_line_rougher(y: list[float], error: float, wider: float):
    x = [float(i) for i in range(len(y))]
    exact = roughness(x, y)
    narrow = least_roughness(x, y, error)
    assert least_roughness(x, y, 0.0) == pytest.approx(exact, abs=1e-9)
    assert -1e-9 <= least_roughness(x, y, error * wider) <= narrow + 1e-6 <= exact + 2e-6


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 20), st.floats(-1, 1), st.integers(0, 10**6))
def test_a_straight_line_read_with_errors_is_straight_again(count: int, slope: float, seed: int):
    chance = random.Random(seed)
    x = [float(i) for i in range(count)]
    y = [50 + slope * at + chance.uniform(-0.2, 0.2) for at in x]
    assert least_roughness(x, y, 0.2) == pytest.approx(0.0, abs=1e-9)


def test_two_points_have_no_roughness():
    assert least_roughness([0.0, 1.0], [3.0, 9.0], 0.1) == 0.0
    assert least_roughness([0.0, 0.0, 1.0], [3.0, 4.0, 9.0], 0.1) == 0.0
