"""Vega-Lite charts: read from what is drawn, handled through their specification."""

from __future__ import annotations

import pytest

from multivis.charts.scenegraph import Scene
from multivis.errors import InputError, RenderError
from multivis.views import ViewSession, ViewState, open_figure
from multivis.views.figure import Figure

ROWS = [
    {"d": f"2020-0{1 + i % 4}-01", "k": "pqrs"[i % 4], "c": "AB"[i // 4], "v": i + 1, "w": 8 - i}
    for i in range(8)
]
PNG = b"\x89PNG\r\n\x1a\n"


def chart(mark, encoding, rows=ROWS, **more) -> Figure:
    return open_figure({"data": {"values": rows}, "mark": mark, "encoding": encoding, **more})


def q(field, **more):
    return {"field": field, "type": "quantitative", **more}


def n(field, **more):
    return {"field": field, "type": "nominal", **more}


def t(field, **more):
    return {"field": field, "type": "temporal", **more}


def data_of(figure: Figure, state: ViewState):
    """Rows that are drawn in a state."""
    return Scene.of(figure.specification(state)).table()


# ── reading ─────────────────────────────────────────────────────────────────────────────────


def test_a_line_is_split_by_colour_and_its_dates_are_dates():
    read = chart({"type": "line", "point": True}, {"x": t("d"), "y": q("v"), "color": n("c")})
    traces = read.traces()
    assert [(x.name, x.kind, len(x)) for x in traces] == [("A", "line", 4), ("B", "line", 4)]
    assert list(traces[0].columns["x"])[:2] == ["2020-01-01", "2020-02-01"]
    assert read.axes()["xaxis"].type == "date"


def test_stacked_bars_have_the_values_of_the_data():
    read = chart("bar", {"x": n("k"), "y": q("v", aggregate="sum"), "color": n("c")})
    assert [x.columns["y"] for x in read.traces()] == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert read.axes()["xaxis"].categories == ("p", "q", "r", "s")


def test_lying_bars_measure_along_x():
    trace = chart("bar", {"y": n("k", sort="-x"), "x": q("v", aggregate="max")}).traces()[0]
    assert (trace.orientation, trace.value_role) == ("h", "x")
    assert dict(zip(trace.columns["y"], trace.columns["x"], strict=True)) == {
        "p": 5,
        "q": 6,
        "r": 7,
        "s": 8,
    }


def test_categories_stand_as_they_are_drawn():
    read = chart("bar", {"x": n("k", sort="-y"), "y": q("v", aggregate="max")})
    assert read.axes()["xaxis"].categories == ("s", "r", "q", "p")


def test_bins_slices_boxes_and_cells_are_read():
    bars = chart("bar", {"x": q("v", bin={"step": 4}), "y": {"aggregate": "count"}}).traces()[0]
    assert (bars.kind, bars.columns["x"], bars.columns["y"]) == ("histogram", [2, 6], [3, 5])
    pie = chart("arc", {"theta": q("v", aggregate="sum"), "color": n("c")}).traces()[0]
    assert (pie.columns["label"], pie.columns["value"]) == (["A", "B"], [10, 26])
    box = chart("boxplot", {"x": n("c"), "y": q("v")}).traces()[0]
    assert box.columns["median"] == [2.5, 6.5] and box.kind == "box"
    cells = chart("rect", {"x": n("k"), "y": n("c"), "color": q("v")}).traces()[0]
    assert list(cells.values) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_normalised_stack_has_the_shares_that_are_drawn():
    read = chart("bar", {"x": n("k"), "y": q("v", stack="normalize"), "color": n("c")})
    assert [x.columns["y"][0] for x in read.traces()] == pytest.approx([1 / 6, 5 / 6])


def test_months_are_called_as_the_axis_calls_them():
    read = chart("bar", {"x": {"field": "d", "timeUnit": "month", "type": "ordinal"}, "y": q("v")})
    assert read.axes()["xaxis"].categories == ("Jan", "Feb", "Mar", "Apr")
    zoomed = read.relayout(ViewState(), ("Feb", "Mar"), (None, None), ()).state
    assert {row["v"] for row in data_of(read, zoomed)} == {2, 3, 6, 7}


# ── views that are put together ─────────────────────────────────────────────────────────────


def test_cells_of_a_facet_share_their_axes():
    read = chart("point", {"x": q("v"), "y": q("w"), "column": n("c")})
    assert [x.name for x in read.traces()] == ["A", "B"]
    made = read.relayout(ViewState(), (2, 6), (None, None), ("x2",))
    assert set(made.state.ranges) == {"xaxis", "xaxis2"}


def test_each_part_of_a_repeat_is_zoomed_by_itself():
    inner = {"mark": "point", "encoding": {"x": q({"repeat": "column"}), "y": q("v")}}
    read = open_figure({"data": {"values": ROWS}, "repeat": {"column": ["v", "w"]}, "spec": inner})
    assert [a.title for a in read.axes().values() if a.letter == "x"] == ["v", "w"]
    made = read.relayout(ViewState(), (1, 3), (None, None), ("x2",))
    assert set(made.state.ranges) == {"xaxis2"}
    labels = [
        [label.text for label in axis.labels]
        for axis in Scene.of(read.specification(made.state)).axes
        if axis.direction == "x"
    ]
    assert labels[0][-1] == "8" and labels[1][-1] == "3.0"


@pytest.mark.parametrize("form", [{"layer": ["v", "w"]}, ["v", "w"]])
def test_repeats_of_every_form_are_written_out(form):
    key = "layer" if isinstance(form, dict) else "repeat"
    inner = {"mark": "line", "encoding": {"x": t("d"), "y": q({"repeat": key})}}
    read = open_figure({"data": {"values": ROWS}, "repeat": form, "spec": inner})
    assert [x.columns["y"][0] for x in read.traces()] == [1, 8]


def test_concatenated_views_share_axes_only_when_told_to():
    views = [{"mark": "point", "encoding": {"x": q("v"), "y": q(f)}} for f in "vw"]
    base = {"data": {"values": ROWS}, "hconcat": views}
    apart = open_figure(base).relayout(ViewState(), (1, 2), (None, None), ())
    assert set(apart.state.ranges) == {"xaxis"}
    joined = open_figure({**base, "resolve": {"scale": {"x": "shared"}}})
    made = joined.relayout(ViewState(), (1, 2), (None, None), ())
    assert set(made.state.ranges) == {"xaxis", "xaxis2"}


def test_layers_are_zoomed_as_one():
    layers = [
        {"mark": "line", "encoding": {"y": q("v")}},
        {"mark": "rule", "encoding": {"y": q("v", aggregate="mean"), "x": {"value": 0}}},
    ]
    read = open_figure({"data": {"values": ROWS}, "encoding": {"x": t("d")}, "layer": layers})
    state = read.relayout(ViewState(), ("2020-02-01", "2020-03-01"), (None, None), ()).state
    assert read.png(state).startswith(PNG)
    assert read.axes()["xaxis"].type == "date"


# ── handling ────────────────────────────────────────────────────────────────────────────────


def test_a_zoom_sets_the_domain_and_clips():
    read = chart("point", {"x": q("v"), "y": q("w")})
    made = read.relayout(ViewState(), (2, 4), (None, 6), ())
    assert made.payload == {
        "xaxis.range[0]": 2.0,
        "xaxis.range[1]": 4.0,
        "yaxis.range[0]": 1.0,
        "yaxis.range[1]": 6.0,
    }
    spec = read.specification(made.state)
    assert spec["encoding"]["x"]["scale"]["domain"] == [2.0, 4.0] and spec["mark"]["clip"]
    assert read.png(made.state) != read.png()
    assert read.spec["mark"] == "point"  # the figure itself is never changed


def test_a_zoom_on_categories_filters_them():
    read = chart("bar", {"x": n("k"), "y": q("v", aggregate="sum")})
    state = read.relayout(ViewState(), ("q", "r"), (None, None), ()).state
    assert [row["k"] for row in data_of(read, state)] == ["q", "r"]


def test_bins_drawn_as_categories_cannot_be_zoomed():
    read = chart("bar", {"x": {"field": "v", "bin": True, "type": "ordinal"}, "y": q("w")})
    first = read.axes()["xaxis"].categories[0]
    with pytest.raises(InputError, match="bins as categories"):
        read.relayout(ViewState(), (first, None), (None, None), ())


def test_a_hidden_series_is_gone_and_the_others_keep_their_colour():
    read = chart("bar", {"x": n("k"), "y": q("v"), "color": n("c")})
    colours = {i.datum["c"]: i.fill for i in Scene.of(read.spec).items()}
    state = read.legendclick(ViewState(), 0).state
    drawn = list(Scene.of(read.specification(state)).items())
    assert {i.datum["c"] for i in drawn} == {"B"} and drawn[0].fill == colours["B"]
    assert [x.visible for x in read.traces(state)] == [False, True]
    assert read.legendclick(state, 0).state.visible == {0: True}
    with pytest.raises(InputError, match=r"valid curve numbers are 0 \(A\), 1 \(B\)"):
        read.legendclick(ViewState(), 2)


def test_a_series_made_by_the_encoding_is_hidden_too():
    colour = {"field": "d", "timeUnit": "month", "type": "ordinal"}
    read = chart("point", {"x": q("v"), "y": q("w"), "color": colour})
    state = read.legendclick(ViewState(), 1).state
    drawn = Scene.of(read.specification(state)).items()
    assert [i.datum["v"] for i in drawn if i.opacity == 0] == [2, 6]


def test_a_slice_is_hidden_by_its_label():
    read = chart("arc", {"theta": q("v", aggregate="sum"), "color": n("k")})
    state = read.legendclick(ViewState(), 0, "q").state
    assert list(read.traces(state)[0].columns["label"]) == ["p", "r", "s"]
    assert {row["k"] for row in data_of(read, state)} == {"p", "r", "s"}
    with pytest.raises(InputError, match="no slice 'z'"):
        read.legendclick(ViewState(), 0, "z")


def test_a_selection_dims_what_is_outside(views: ViewSession):
    spec = chart("point", {"x": q("v"), "y": q("w")}).spec
    plot = views.add_figure(spec)["plot_id"]
    made = views.selected(plot, x_min=2, x_max=4, y_min=6)
    assert [p["x"] for p in made["points"]] == [2, 3]
    shown = views.figure(plot).specification(views.state(plot))
    drawn = list(Scene.of(shown).items())
    assert [i.datum["v"] for i in drawn if i.opacity > 0.5] == [2, 3]


@pytest.mark.parametrize("low", ["2020-02-01", "2020-02"])
def test_a_selection_on_dates_finds_the_drawn_items(views: ViewSession, low: str):
    spec = chart("circle", {"x": t("d"), "y": q("v")}).spec
    plot = views.add_figure(spec)["plot_id"]
    made = views.selected(plot, x_min=low, x_max="2020-03-01")
    assert sorted(p["y"] for p in made["points"]) == [2, 3, 6, 7]
    drawn = Scene.of(views.figure(plot).specification(views.state(plot))).items()
    assert sorted(i.datum["v"] for i in drawn if i.opacity > 0.5) == [2, 3, 6, 7]


def test_charts_with_selections_of_their_own_can_be_zoomed():
    params = [{"name": "grid", "select": "interval", "bind": "scales"}]
    read = chart("point", {"x": q("v"), "y": q("w")}, params=params)
    state = read.relayout(ViewState(), (2, 3), (None, None), ()).state
    assert read.png(state).startswith(PNG)
    assert len(read.traces()[0]) == 8


def test_names_with_dots_spaces_and_brackets_are_handled(views: ViewSession):
    rows = [{"a.b c": i, "s [x].y": "AB"[i % 2]} for i in range(4)]
    x = {"field": "a\\.b c", "type": "quantitative"}
    read = chart("point", {"x": x, "color": n("s \\[x\\]\\.y")}, rows)
    assert [(t.name, list(t.columns["x"])) for t in read.traces()] == [("A", [0, 2]), ("B", [1, 3])]
    state = read.legendclick(ViewState(), 0).state
    assert [row["a.b c"] for row in data_of(read, state)] == [1, 3]
    plot = views.add_figure(read.spec)["plot_id"]
    views.selected(plot, x_max=1)
    drawn = Scene.of(views.figure(plot).specification(views.state(plot))).items()
    assert [i.datum["a.b c"] for i in drawn if i.opacity > 0.5] == [0, 1]


def test_what_cannot_be_drawn_is_a_clear_error():
    with pytest.raises(RenderError, match="Vega-Lite"):
        open_figure({"mark": "nonsense", "$schema": "vega-lite"}).traces()
    with pytest.raises(InputError, match="not animated"):
        chart("point", {"x": q("v")}).traces(frame="1")


def test_stacked_bars_are_selected_where_they_are_drawn(views: ViewSession):
    read = chart("bar", {"x": n("k"), "y": q("v"), "color": n("c")})
    assert read.axes()["yaxis"].extent == (0.0, 12.0)
    plot = views.add_figure(read.spec)["plot_id"]
    made = views.selected(plot, y_min=11)
    tops = {t.name: t.tops for t in read.traces()}
    expected = {
        (t.name, k)
        for t in read.traces()
        for k, top in zip(t.columns["x"], tops[t.name], strict=True)
        if top >= 11
    }
    assert {(p["name"], p["x"]) for p in made["points"]} == expected and expected
