"""Calculators against brute force and NumPy."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from multivis.errors import InputError, UnknownFieldError
from multivis.views import calculators as calculate
from multivis.views.calculators import Item
from multivis.views.figure import Trace

values = st.floats(-1e6, 1e6, allow_nan=False).map(lambda v: round(v, 3))
columns = st.lists(values, min_size=1, max_size=30)


def line(index, y, x=None, name="", kind="line"):
    return Trace(index, name, kind, kind, {"x": x or list(range(len(y))), "y": list(y)})


def bars(labels, y):
    return Trace(0, "", "bar", "bar", {"x": list(labels), "y": list(y)})


# ── least, greatest, middle, order ──────────────────────────────────────────────────────────


@settings(deadline=None)
@given(columns)
def test_extremes_are_the_ends_of_a_stable_sort(y):
    found = calculate.extremes([line(0, y)])
    ranked = sorted(range(len(y)), key=lambda i: y[i])
    assert found["minimum"]["index"] == ranked[0] and found["minimum"]["value"] == y[ranked[0]]
    assert found["maximum"]["index"] == ranked[-1] and found["maximum"]["value"] == y[ranked[-1]]
    assert found["tied"] == {"minimum": y.count(min(y)), "maximum": y.count(max(y))}


@settings(deadline=None)
@given(st.lists(columns, min_size=1, max_size=5))
def test_extremes_of_several_traces_are_those_of_all_points(traces):
    made = [line(i, y) for i, y in enumerate(traces)]
    found = calculate.extremes(made)
    every = [v for y in traces for v in y]
    assert (found["minimum"]["value"], found["maximum"]["value"]) == (min(every), max(every))
    point = found["maximum"]
    assert traces[point["trace"]][point["index"]] == max(every)
    assert [r["maximum"]["value"] for r in found["traces"]] == [max(y) for y in traces]


@settings(deadline=None)
@given(columns)
def test_medians_are_points_of_the_middle(y):
    found = calculate.medians([line(0, y)])
    ranked = sorted(range(len(y)), key=lambda i: y[i])
    size = len(y)
    low = ranked[size // 2] if size % 2 else ranked[size // 2 - 1]
    assert found["low_median"]["index"] == low
    assert found["high_median"]["index"] == ranked[size // 2]


@settings(deadline=None)
@given(columns, st.booleans())
def test_order_is_a_stable_sort_with_ranks(y, descending):
    found = calculate.order([line(0, y)], descending=descending, limit=100)
    key = (lambda i: -y[i]) if descending else (lambda i: y[i])
    assert [row["index"] for row in found["order"]] == sorted(range(len(y)), key=key)
    assert [row["rank"] for row in found["order"]] == list(range(1, len(y) + 1))
    if found["drawn"] == "ascending":
        assert y == sorted(y) and len(set(y)) > 1


def test_a_long_order_is_cut_and_says_so():
    found = calculate.order([line(0, range(80))], limit=5)
    assert len(found["order"]) == 5 and found["count"] == 80 and "first 5" in found["hint"]


@pytest.mark.parametrize("function", [calculate.extremes, calculate.medians, calculate.order])
def test_without_a_number_there_is_nothing_to_rank(function):
    with pytest.raises(InputError, match="numeric value"):
        function([line(0, [None, float("nan")])])


def test_missing_values_are_left_out_but_keep_their_place():
    found = calculate.extremes([line(0, [None, 3, float("nan"), 1])])
    assert found["minimum"]["index"] == 3 and found["maximum"]["index"] == 1


# ── curves ──────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(st.lists(st.tuples(values, values), min_size=2, max_size=20, unique_by=lambda p: p[0]))
def test_area_is_the_trapezoid_rule_in_order_of_x(points):
    x, y = [p[0] for p in points], [p[1] for p in points]
    found = calculate.area([line(0, y, x)])["areas"][0]["area"]
    ranked = np.argsort(x)
    expected = np.trapezoid(np.array(y)[ranked], np.array(x)[ranked])
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-3)


def test_areas_of_dates_count_days_and_of_categories_steps():
    by_day = line(0, [1, 3], ["2020-01-01", "2020-01-11"])
    assert calculate.area([by_day])["areas"][0]["area"] == 20.0
    assert calculate.area([by_day])["x_unit"] == "days"
    assert calculate.area([line(0, [1, 3, 1], ["a", "b", "c"])])["areas"][0]["area"] == 4.0


@settings(deadline=None)
@given(st.lists(values, min_size=2, max_size=20), st.floats(0.1, 10))
def test_roughness_adds_up_the_changes_of_slope(y, step):
    x = [i * step for i in range(len(y))]
    slopes = [(b - a) / (d - c) for (a, b), (c, d) in zip(pairwise(y), pairwise(x), strict=True)]
    expected = sum(abs(b - a) for a, b in pairwise(slopes))
    found, _ = calculate.roughness_of(x, y)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 100)), min_size=2, max_size=6, unique=True)
)
def test_straight_lines_are_never_told_apart_by_rounding(lines):
    x = [i * 100 / 19 for i in range(20)]
    traces = [line(i, [a * v + b for v in x], x, f"s{i}") for i, (a, b) in enumerate(lines)]
    found = calculate.smoothest(traces)
    assert set(found["smoothest"]["tied"]) == {t.name for t in traces}
    assert not found["smoothest"]["certain"]


def test_a_bent_line_is_told_from_a_straight_one():
    found = calculate.smoothest(
        [line(0, [0, 1, 2, 3.001], name="a"), line(1, [5, 4, 3, 2], name="b")]
    )
    assert found["smoothest"]["name"] == "b" and found["smoothest"]["certain"]
    assert found["roughest"]["name"] == "a" and found["roughest"]["certain"]


def test_two_points_at_one_x_have_no_slope():
    with pytest.raises(InputError, match="same x"):
        calculate.roughness([line(0, [1, 2, 3], [0, 1, 1])])


same_x = st.integers(2, 15).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(-9, 9), min_size=n, max_size=n),) * 2)
)


@settings(deadline=None)
@given(same_x)
def test_comparison_holds_at_every_sampled_point(pair):
    a, b = pair
    found = calculate.compare(Item(line(0, a)), Item(line(1, b)))
    assert found["less"] == all(u < v for u, v in zip(a, b, strict=True))
    assert found["greater"] == all(u > v for u, v in zip(a, b, strict=True))
    assert found["intersect"] == (not found["less"] and not found["greater"])
    assert sum(found["counts"].values()) == len(a)


@settings(deadline=None)
@given(same_x)
def test_crossings_are_where_the_lines_really_meet(pair):
    a, b = ([float(v) for v in y] for y in pair)
    found = calculate.crossings(line(0, a), line(1, b))
    x = list(range(len(a)))
    for one in found["crossings"]:
        assert np.interp(one["x"], x, a) == pytest.approx(one["y"], abs=1e-9)
        assert np.interp(one["x"], x, b) == pytest.approx(one["y"], abs=1e-9)
    signs = [np.sign(u - v) for u, v in zip(a, b, strict=True) if u != v]
    changes = sum(p != q for p, q in pairwise(signs))
    crossed = sum(c["kind"] == "cross" for c in found["crossings"])
    overlaps = sum(c["kind"] == "overlap" for c in found["crossings"])
    assert crossed <= changes <= crossed + overlaps
    assert (found["count"] > 0) == any(
        (u - v) * (s - t) <= 0 for (u, s), (v, t) in zip(pairwise(a), pairwise(b), strict=True)
    )


def test_lines_sampled_at_different_x_are_compared_in_between():
    a, b = line(0, [0, 4], [0, 4]), line(1, [3, 1], [1, 3])
    found = calculate.compare(Item(a), Item(b))
    assert found["sampled"] == "interpolated" and found["intersect"]
    assert calculate.crossings(a, b)["crossings"] == [
        {"x": 2.0, "y": 2.0, "kind": "cross", "a_becomes": "greater"}
    ]


def test_what_shares_no_x_cannot_be_compared():
    with pytest.raises(InputError, match="no x in common"):
        calculate.compare(Item(line(0, [1, 2], [0, 1])), Item(line(1, [1, 2], [5, 6])))
    point = Item(bars("ab", [1, 2]), 0)
    with pytest.raises(InputError, match="one is a point"):
        calculate.compare(point, Item(line(1, [1, 2])))


@settings(deadline=None)
@given(values, values)
def test_two_bars_compare_by_value(u, v):
    trace = bars("ab", [u, v])
    found = calculate.compare(Item(trace, 0), Item(trace, 1))
    assert (found["less"], found["greater"], found["equal"]) == (u < v, u > v, u == v)


# ── statistics ──────────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(st.lists(columns, min_size=1, max_size=4))
def test_sums_are_exact(traces):
    found = calculate.sums([line(i, y) for i, y in enumerate(traces)])
    every = [v for y in traces for v in y]
    assert found["total"] == math.fsum(every) and found["count"] == len(every)
    assert [r["total"] for r in found["traces"]] == [math.fsum(y) for y in traces]


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=20))
def test_shares_add_up_to_one(y):
    found = calculate.shares([bars([f"b{i}" for i in range(len(y))], y)])
    assert math.fsum(r["share"] for r in found["shares"]) == pytest.approx(1.0)
    assert [r["label"] for r in found["shares"]] == [f"b{i}" for i in range(len(y))]


def test_negative_values_have_no_shares():
    with pytest.raises(InputError, match="'b' is -1"):
        calculate.shares([bars("ab", [2, -1])])
    with pytest.raises(InputError, match="add up to 0"):
        calculate.shares([bars("ab", [0, 0])])


@settings(deadline=None)
@given(st.lists(st.tuples(values, values), min_size=3, max_size=30))
def test_correlation_is_that_of_numpy(points):
    x, y = [p[0] for p in points], [p[1] for p in points]
    assume(np.std(x) > 1e-2 and np.std(y) > 1e-2)
    row = calculate.correlation([line(0, y, x)])["correlations"][0]
    assert row["pearson"] == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-7)
    assert -1 <= row["spearman"] <= 1


def test_a_constant_has_no_correlation():
    row = calculate.correlation([line(0, [2, 2, 2])])["correlations"][0]
    assert row["pearson"] is None and "constant" in row["why"]


def test_rank_correlation_sees_any_rising_curve():
    row = calculate.correlation([line(0, [1, 10, 100, 1000])])["correlations"][0]
    assert row["spearman"] == 1.0 and row["pearson"] < 0.9


def test_gaps_are_missing_values_and_left_out_steps():
    trace = line(
        0,
        [1, None, 3, 4, 5],
        ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04", "2020-01-08"],
    )
    row = calculate.gaps([trace])["traces"][0]
    assert row["missing_values"] == [{"index": 1, "label": "2020-01-02"}]
    even = line(0, [1, 2, 3, 4], [0, 1, 2, 6])
    assert calculate.gaps([even])["traces"][0]["gaps"] == [{"from": 2, "to": 6, "missing": 3}]


@settings(deadline=None)
@given(st.lists(values, min_size=2, max_size=30))
def test_steps_are_the_largest_moves_between_neighbours(y):
    row = calculate.steps([line(0, y)], limit=1)["traces"][0]
    moves = [b - a for a, b in pairwise(y)]
    assert row["change"] == y[-1] - y[0]
    assert [s["change"] for s in row["falls"]] == ([min(moves)] if min(moves) < 0 else [])
    assert [s["change"] for s in row["rises"]] == ([max(moves)] if max(moves) > 0 else [])


# ── names ───────────────────────────────────────────────────────────────────────────────────


def test_things_are_found_by_number_name_and_label():
    traces = [
        line(0, [1, 2], name="Sales"),
        Trace(1, "", "bar", "bar", {"x": ["a", "b"], "y": [1, 2]}),
    ]
    assert calculate.find_item(traces, "sales").trace.index == 0
    assert calculate.find_item(traces, 1).trace.index == 1
    assert calculate.find_item(traces, "b") == Item(traces[1], 1)
    with pytest.raises(UnknownFieldError, match="Did you mean 'Sales'"):
        calculate.find_item(traces, "Sale")
    with pytest.raises(UnknownFieldError, match=r"0 \(Sales\), 1 \(bar\)"):
        calculate.choose(traces, [9])


def test_hidden_traces_and_labels_drawn_over_bars_do_not_count():
    import dataclasses

    shown = bars("ab", [1, 2])
    hidden = dataclasses.replace(line(1, [9]), visible=False)
    words = Trace(2, "", "text", "text", {"x": ["a", "b"], "y": [1, 2]})
    over = Trace(3, "", "scatter", "point", {"x": ["a", "b"], "y": [1, 2]})
    assert calculate.choose([shown, hidden, words, over], None) == (shown,)
    with pytest.raises(InputError, match="Switch a trace on"):
        calculate.choose([hidden], None)


@given(st.lists(st.integers(-100, 100), min_size=2, max_size=12))
def test_a_trend_counts_steps_and_its_slope_is_that_of_least_squares(y):
    row = calculate.trends([line(0, y)])["trends"][0]
    pairs = list(pairwise(y))
    assert (row["rises"], row["falls"]) == (
        sum(u < v for u, v in pairs),
        sum(u > v for u, v in pairs),
    )
    slope = float(np.polyfit(range(len(y)), y, 1)[0])
    assert row["slope"] == pytest.approx(slope, abs=1e-9)
    if len(set(y)) == 1:
        assert row["direction"] == "flat"
    elif row["falls"] == 0:
        assert row["direction"] == "rising"
    elif row["direction"] == "rising":
        assert slope > 0


def test_of_one_point_there_is_no_trend():
    assert calculate.trends([line(0, [1])]) == {"trends": []}
