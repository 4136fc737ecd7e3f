"""Zooming, selecting and switching, with bounds drawn at random."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from multivis.errors import InputError
from multivis.views import ViewState, ViewStore, open_figure
from multivis.views.arrays import as_date
from multivis.views.focus import focused_traces
from multivis.views.reading import characters, within

numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda v: round(v, 4))
points = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=25)
bounds = st.tuples(numbers, numbers).map(sorted).filter(lambda b: b[0] < b[1])
days = st.dates().map(lambda d: d.isoformat())


def scatter(data, **layout):
    x, y = zip(*data, strict=True)
    trace = {"type": "scatter", "mode": "markers", "x": list(x), "y": list(y)}
    return {"data": [trace], "layout": layout}


@settings(deadline=None)
@given(points, bounds, bounds)
def test_selected_points_are_exactly_those_in_the_box(data, x, y):
    with ViewStore() as store:
        views = store.session()
        views.add_figure(scatter(data))
        made = views.selected(1, x_min=x[0], x_max=x[1], y_min=y[0], y_max=y[1])
    expected = [i for i, (u, v) in enumerate(data) if x[0] <= u <= x[1] and y[0] <= v <= y[1]]
    assert [p["index"] for p in made["points"]] == expected
    assert all((p["x"], p["y"]) == data[p["index"]] for p in made["points"])


@settings(deadline=None)
@given(points, bounds)
def test_a_zoom_is_written_into_the_figure_and_read_back(data, x):
    figure = open_figure(scatter(data))
    state = figure.relayout(ViewState(), tuple(x), (None, None), ()).state
    again = open_figure(json.loads(json.dumps(figure.specification(state))))
    assert again.axes()["xaxis"].range == tuple(x)
    assert ViewState.model_validate_json(state.model_dump_json()) == state
    shown = [row for t in focused_traces(figure, state) for row in t.origin or ()]
    assert shown == [i for i, (u, _) in enumerate(data) if x[0] <= u <= x[1]]


@settings(deadline=None)
@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=20), st.floats(1e-5, 1e3))
def test_a_zoom_on_a_log_axis_shows_what_lies_inside(x, low):
    figure = open_figure(scatter([(v, 1) for v in x], xaxis={"type": "log"}))
    high = low * 10
    made = figure.relayout(ViewState(), (low, high), (None, None), ())
    assert made.payload["xaxis.range[1]"] == math.log10(high)
    again = open_figure(figure.specification(made.state)).axes()["xaxis"].range
    assert again == pytest.approx((low, high))
    shown = [row for t in focused_traces(figure, made.state) for row in t.origin or ()]
    assert shown == [i for i, v in enumerate(x) if low <= v <= high]


@settings(deadline=None)
@given(st.lists(days, min_size=1, max_size=20), days, days)
def test_a_zoom_on_dates_shows_what_lies_inside(x, one, other):
    low, high = sorted((one, other))
    figure = open_figure(scatter([(day, i) for i, day in enumerate(x)]))
    if low == high:
        with pytest.raises(InputError, match="not below"):
            figure.relayout(ViewState(), (low, high), (None, None), ())
        return
    state = figure.relayout(ViewState(), (low, high), (None, None), ()).state
    assert state.ranges["xaxis"] == (as_date(low), as_date(high))
    shown = [row for t in focused_traces(figure, state) for row in t.origin or ()]
    assert shown == [i for i, day in enumerate(x) if low <= day <= high]


names = st.lists(st.text("abcdefgh", min_size=1, max_size=3), min_size=1, max_size=10, unique=True)


@settings(deadline=None)
@given(names, st.data())
def test_a_zoom_on_categories_shows_them_by_name(categories, data):
    first = data.draw(st.integers(0, len(categories) - 1))
    last = data.draw(st.integers(first, len(categories) - 1))
    bars = {"type": "bar", "x": categories, "y": list(range(len(categories)))}
    figure = open_figure({"data": [bars]})
    ends = (categories[first], categories[last])
    state = figure.relayout(ViewState(), ends, (None, None), ()).state
    shown = [row for t in focused_traces(figure, state) for row in t.origin or ()]
    assert shown == list(range(first, last + 1))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=12))
def test_a_vega_chart_selects_the_same_points_as_a_plotly_one(data):
    rows = [{"x": u, "y": v} for u, v in data]
    encoding = {k: {"field": k, "type": "quantitative"} for k in "xy"}
    chart = {"data": {"values": rows}, "mark": "point", "encoding": encoding}
    with ViewStore() as store:
        views = store.session()
        found = []
        for spec in (scatter(data), chart):
            plot = views.add_figure(spec)["plot_id"]
            made = views.selected(plot, x_min=5, x_max=15, y_max=10)
            found.append(sorted((p["x"], p["y"]) for p in made["points"]))
    assert found[0] == found[1]


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), max_size=12))
def test_switching_traces_twice_changes_nothing(clicks):
    figure = open_figure({"data": [{"y": [i], "name": f"s{i}"} for i in range(5)]})
    state = ViewState()
    for number in clicks:
        state = figure.legendclick(state, number).state
    expected = [clicks.count(i) % 2 == 0 for i in range(5)]
    assert [t.visible for t in figure.traces(state)] == expected
    written = open_figure(figure.specification(state))
    assert [t.visible for t in written.traces()] == expected


trees = st.recursive(
    st.one_of(st.integers(), st.text(max_size=300), st.none()),
    lambda t: st.one_of(st.lists(t, max_size=40), st.dictionaries(st.text(max_size=9), t)),
    max_leaves=120,
)


@settings(deadline=None)
@given(trees, st.integers(100, 3000))
@example({"\x1f" * 40: None, "\x07" * 40: 1}, 100)
def test_a_shortened_value_always_fits(tree, most):
    found, cut = within(tree, most)
    assert characters(found) <= most
    assert cut or found == tree
