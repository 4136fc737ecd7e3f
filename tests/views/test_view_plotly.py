"""Plotly figures as plotly.js would read them."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from multivis.errors import InputError
from multivis.views import ViewState, open_figure
from multivis.views.arrays import encode_array


def figure(*traces, frames=None, **layout):
    spec = {"data": list(traces), "layout": layout}
    return open_figure(spec if frames is None else {**spec, "frames": frames})


def express(name):
    """A figure of plotly.express with a small own table."""
    import plotly.express as px

    rows = {
        "k": ["p", "q", "r", "p", "q", "r"],
        "c": ["A", "A", "A", "B", "B", "B"],
        "v": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        "w": [2.0, 1.0, 4.0, 3.0, 6.0, 5.0],
        "lat": [1.0, 2, 3, 4, 5, 6],
        "lon": [6.0, 5, 4, 3, 2, 1],
        "start": ["2020-01-01"] * 6,
        "end": ["2020-01-03"] * 6,
        "iso": ["FRA", "DEU", "ITA", "ESP", "POL", "SWE"],
    }
    calls = {
        "scatter": lambda: px.scatter(rows, x="v", y="w", color="c"),
        "line": lambda: px.line(rows, x="k", y="v", color="c"),
        "area": lambda: px.area(rows, x="k", y="v", color="c"),
        "bar": lambda: px.bar(rows, x="k", y="v", color="c"),
        "timeline": lambda: px.timeline(rows, x_start="start", x_end="end", y="k"),
        "histogram": lambda: px.histogram(rows, x="k", color="c"),
        "box": lambda: px.box(rows, x="c", y="v"),
        "violin": lambda: px.violin(rows, x="c", y="v"),
        "strip": lambda: px.strip(rows, x="c", y="v"),
        "ecdf": lambda: px.ecdf(rows, x="v"),
        "pie": lambda: px.pie(rows, names="k", values="v"),
        "sunburst": lambda: px.sunburst(rows, path=["c", "k"], values="v"),
        "treemap": lambda: px.treemap(rows, path=["c", "k"], values="v"),
        "icicle": lambda: px.icicle(rows, path=["c", "k"], values="v"),
        "funnel": lambda: px.funnel(rows, x="v", y="k", color="c"),
        "funnel_area": lambda: px.funnel_area(rows, names="k", values="v"),
        "density_heatmap": lambda: px.density_heatmap(rows, x="v", y="w"),
        "density_contour": lambda: px.density_contour(rows, x="v", y="w"),
        "imshow": lambda: px.imshow([[1, 2], [3, 4]]),
        "scatter_3d": lambda: px.scatter_3d(rows, x="v", y="w", z="lat"),
        "line_3d": lambda: px.line_3d(rows, x="v", y="w", z="lat"),
        "scatter_polar": lambda: px.scatter_polar(rows, r="v", theta="k"),
        "line_polar": lambda: px.line_polar(rows, r="v", theta="k"),
        "bar_polar": lambda: px.bar_polar(rows, r="v", theta="k"),
        "scatter_ternary": lambda: px.scatter_ternary(rows, a="v", b="w", c="lat"),
        "line_ternary": lambda: px.line_ternary(rows, a="v", b="w", c="lat"),
        "scatter_geo": lambda: px.scatter_geo(rows, lat="lat", lon="lon"),
        "line_geo": lambda: px.line_geo(rows, lat="lat", lon="lon"),
        "choropleth": lambda: px.choropleth(rows, locations="iso", color="v"),
        "scatter_map": lambda: px.scatter_map(rows, lat="lat", lon="lon"),
        "line_map": lambda: px.line_map(rows, lat="lat", lon="lon"),
        "density_map": lambda: px.density_map(rows, lat="lat", lon="lon", z="v"),
        "choropleth_map": lambda: px.choropleth_map(rows, locations="iso", color="v", geojson={}),
        "scatter_matrix": lambda: px.scatter_matrix(rows, dimensions=["v", "w"]),
        "parallel_coordinates": lambda: px.parallel_coordinates(rows, dimensions=["v", "w"]),
        "parallel_categories": lambda: px.parallel_categories(rows, dimensions=["k", "c"]),
    }
    return open_figure(json.loads(calls[name]().to_json()))


# name → kind of the first trace, number of traces, points of the first, a column with its start
EXPRESS = {
    "scatter": ("scatter", 2, 3, ("y", [2.0, 1.0, 4.0])),
    "line": ("line", 2, 3, ("x", ["p", "q", "r"])),
    "area": ("area", 2, 3, ("y", [1.0, 2.0, 3.0])),
    "bar": ("bar", 2, 3, ("y", [1.0, 2.0, 3.0])),
    "timeline": ("bar", 1, 6, ("end", ["2020-01-03"])),
    "histogram": ("histogram", 2, 3, ("y", [1.0, 1.0, 1.0])),
    "box": ("box", 1, 6, ("y", [1.0, 2.0])),
    "violin": ("violin", 1, 6, ("x", ["A", "A"])),
    "strip": ("box", 1, 6, ("y", [1.0, 2.0])),
    "ecdf": ("line", 1, 6, ("x", [1.0, 2.0])),
    "pie": ("pie", 1, 3, ("value", [5.0, 7.0, 9.0])),
    "sunburst": ("hierarchy", 1, 8, ("parent", ["A", "A", "A"])),
    "treemap": ("hierarchy", 1, 8, ("parent", ["A", "A", "A"])),
    "icicle": ("hierarchy", 1, 8, ("parent", ["A", "A", "A"])),
    "funnel": ("bar", 2, 3, ("x", [1.0, 2.0, 3.0])),
    "funnel_area": ("pie", 1, 3, ("value", [5.0, 7.0, 9.0])),
    "density_heatmap": ("histogram2d", 1, 6, ("x", [1.0, 2.0])),
    "density_contour": ("histogram2d", 1, 6, ("y", [2.0, 1.0])),
    "imshow": ("heatmap", 1, 4, ("z", [1, 2, 3, 4])),
    "scatter_3d": ("scatter", 1, 6, ("z", [1.0, 2.0])),
    "line_3d": ("line", 1, 6, ("z", [1.0, 2.0])),
    "scatter_polar": ("scatter", 1, 6, ("r", [1.0, 2.0])),
    "line_polar": ("line", 1, 6, ("theta", ["p", "q"])),
    "bar_polar": ("bar", 1, 6, ("r", [1.0, 2.0])),
    "scatter_ternary": ("scatter", 1, 6, ("a", [1.0, 2.0])),
    "line_ternary": ("line", 1, 6, ("b", [2.0, 1.0])),
    "scatter_geo": ("scatter", 1, 6, ("lat", [1.0, 2.0])),
    "line_geo": ("line", 1, 6, ("lon", [6.0, 5.0])),
    "choropleth": ("map", 1, 6, ("value", [1.0, 2.0])),
    "scatter_map": ("scatter", 1, 6, ("lat", [1.0])),
    "line_map": ("line", 1, 6, ("lat", [1.0])),
    "density_map": ("map", 1, 6, ("z", [1.0, 2.0])),
    "choropleth_map": ("map", 1, 6, ("label", ["FRA"])),
    "scatter_matrix": ("splom", 1, 6, ("w", [2.0, 1.0])),
    "parallel_coordinates": ("parcoords", 1, 6, ("v", [1.0, 2.0])),
    "parallel_categories": ("parcats", 1, 6, ("c", ["A", "A"])),
}


@pytest.mark.parametrize("name", EXPRESS)
def test_every_chart_of_plotly_express_is_read(name: str):
    kind, count, points, (role, start) = EXPRESS[name]
    traces = express(name).traces()
    assert (traces[0].kind, len(traces), len(traces[0])) == (kind, count, points)
    assert list(traces[0].columns[role])[: len(start)] == start
    assert json.dumps(traces[0].point(0))


def test_a_template_gives_traces_their_defaults_in_turn():
    template = {
        "data": {"scatter": [{"mode": "markers"}, {"mode": "lines"}]},
        "layout": {"xaxis": {"type": "log", "title": {"text": "base"}}},
    }
    one = {"y": [1, 2], "x": [1, 10]}
    read = figure(one, one, one, {**one, "mode": "text"}, template=template, xaxis={"title": {}})
    assert [t.kind for t in read.traces()] == ["scatter", "line", "scatter", "text"]
    assert read.axes()["xaxis"].type == "log" and read.axes()["xaxis"].title == "base"


def test_a_2d_typed_array_is_a_grid():
    z = np.arange(6.0).reshape(2, 3)
    trace = figure(
        {"type": "heatmap", "z": encode_array(z), "x": list("abc"), "y": [10, 20]}
    ).traces()[0]
    assert list(trace.columns["z"]) == [0, 1, 2, 3, 4, 5]
    assert trace.point(4) == {"trace": 0, "index": 4, "x": "b", "y": 20, "z": 4.0, "label": "b"}


def test_edges_of_cells_become_their_middles():
    trace = figure({"type": "heatmap", "z": [[1, 2]], "x": [0, 2, 4], "y": [0, 10]}).traces()[0]
    assert trace.columns["x"] == [1.0, 3.0] and trace.columns["y"] == [5.0, 5.0]


def test_a_frame_replaces_what_it_gives():
    frames = [
        {"name": "2001", "data": [{"y": [5, 6]}]},
        {"name": "2002", "data": [{"y": [7, 8]}], "traces": [1]},
    ]
    read = figure({"y": [1, 2], "name": "a"}, {"y": [3, 4], "name": "b"}, frames=frames)
    assert read.frames == ("2001", "2002")
    assert [list(t.columns["y"]) for t in read.traces(frame="2001")] == [[5, 6], [3, 4]]
    assert [list(t.columns["y"]) for t in read.traces(frame="2002")] == [[1, 2], [7, 8]]
    assert [list(t.columns["y"]) for t in read.traces()] == [[1, 2], [3, 4]]
    with pytest.raises(InputError, match="'2001', '2002'"):
        read.traces(frame="1999")


def test_shared_axes_are_zoomed_together_and_others_are_not():
    traces = [
        {"y": [1, 2]},
        {"y": [1, 2], "xaxis": "x2", "yaxis": "y2"},
        {"y": [1, 2], "xaxis": "x3", "yaxis": "y3"},
    ]
    layout = {"xaxis": {}, "xaxis2": {"matches": "x"}, "xaxis3": {"matches": "x2"}}
    read = figure(*traces, **layout)
    made = read.relayout(ViewState(), (0.5, 1), (1, 1.5), ("x2", "y3"))
    assert set(made.state.ranges) == {"xaxis", "xaxis2", "xaxis3", "yaxis3"}
    assert made.payload["xaxis3.range[0]"] == 0.5
    written = read.specification(made.state)["layout"]
    assert written["xaxis3"]["range"] == [0.5, 1.0] and "range" not in written.get("yaxis", {})


def test_a_secondary_axis_is_its_own():
    read = figure(
        {"y": [1, 2]}, {"y": [10, 20], "yaxis": "y2"}, yaxis2={"overlaying": "y", "side": "right"}
    )
    assert read.axes()["yaxis"].extent == (1.0, 2.0)
    assert read.axes()["yaxis2"].extent == (10.0, 20.0)
    assert read.axes()["yaxis"].matches == ("yaxis",)


def test_a_log_axis_takes_data_units_and_writes_exponents():
    read = figure({"x": [1, 10, 100], "y": [1, 2, 3]}, xaxis={"type": "log"})
    made = read.relayout(ViewState(), (10, 1000), (None, None), ())
    assert made.state.ranges["xaxis"] == (10.0, 1000.0)
    assert made.payload == {"xaxis.range[0]": 1.0, "xaxis.range[1]": 3.0}
    with pytest.raises(InputError, match="above 0"):
        read.relayout(ViewState(), (0, 10), (None, None), ())


def test_a_date_axis_takes_dates_and_names_a_wrong_one():
    read = figure({"x": ["2020-01-01", "2020-02-01", "2020-03-01"], "y": [1, 2, 3]})
    assert read.axes()["xaxis"].type == "date"
    made = read.relayout(ViewState(), ("2020-01-15", "2020-02-15 12:00"), (None, None), ())
    assert made.payload == {
        "xaxis.range[0]": "2020-01-15",
        "xaxis.range[1]": "2020-02-15 12:00:00",
    }
    with pytest.raises(InputError, match="'2020-01-01' to '2020-03-01'"):
        read.relayout(ViewState(), ("soon", None), (None, None), ())


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({}, ["b", "a", "c"]),
        ({"categoryorder": "category ascending"}, ["a", "b", "c"]),
        ({"categoryorder": "category descending"}, ["c", "b", "a"]),
        ({"categoryorder": "total ascending"}, ["a", "b", "c"]),
        ({"categoryorder": "max descending"}, ["c", "b", "a"]),
        ({"categoryarray": ["c", "a"]}, ["c", "a", "b"]),
    ],
)
def test_categories_stand_in_plotlys_order(order, expected):
    read = figure({"type": "bar", "x": ["b", "a", "c"], "y": [2, 1, 9]}, xaxis=order)
    assert list(read.axes()["xaxis"].categories) == expected


def test_a_category_axis_takes_names_and_positions():
    read = figure({"type": "bar", "x": list("abcd"), "y": [1, 2, 3, 4]})
    made = read.relayout(ViewState(), ("b", "c"), (None, None), ())
    assert made.state.ranges["xaxis"] == (0.5, 2.5)
    with pytest.raises(InputError, match=r"no category of xaxis. Use one of 'a', 'b'"):
        read.relayout(ViewState(), ("z", None), (None, None), ())


@pytest.mark.parametrize(
    ("x", "y", "axes", "says"),
    [
        ((None, None), (None, None), (), "No bound was given"),
        ((2, 1), (None, None), (), "not below"),
        ((float("nan"), None), (None, None), (), "finite number"),
        (("a", None), (None, None), (), "finite number"),
        ((0, 1), (None, None), ("x7",), "no x axis 'x7'. It has 'xaxis'"),
        ((None, -5), (None, None), (), "nothing would be shown"),
    ],
)
def test_a_bound_that_cannot_be_shown_is_an_error(x, y, axes, says):
    with pytest.raises(InputError, match=says):
        figure({"x": [0, 1], "y": [1, 2]}).relayout(ViewState(), x, y, axes)


def test_a_pie_has_no_axes_but_slices():
    read = figure({"type": "pie", "labels": ["a", "b", "a"], "values": [1, 2, 3]})
    assert read.traces()[0].columns == {"label": ["a", "b"], "value": [4.0, 2]}
    with pytest.raises(InputError, match="no x axis"):
        read.relayout(ViewState(), (0, 1), (None, None), ())
    hidden = read.legendclick(ViewState(), 0, "b")
    assert list(read.traces(hidden.state)[0].columns["label"]) == ["a"]
    assert read.specification(hidden.state)["layout"]["hiddenlabels"] == ["b"]
    assert read.legendclick(hidden.state, 0, "b").state.hidden_labels == ()
    with pytest.raises(InputError, match="Its slices are 'a', 'b'"):
        read.legendclick(ViewState(), 0, "z")


def test_bins_that_are_given_make_the_bars():
    bins = {"start": 0, "end": 3, "size": 1}
    trace = figure({"type": "histogram", "x": [0.1, 0.9, 1.0, 2.5, 3.5], "xbins": bins}).traces()[0]
    assert (trace.columns["x"], trace.columns["y"]) == ([0.5, 1.5, 2.5], [2.0, 1.0, 1.0])
    free = figure({"type": "histogram", "x": [0.1, 0.9]}).traces()[0]
    assert "y" not in free.columns and "chooses the bins" in free.notes[0]


def test_positions_that_plotly_makes_are_made():
    trace = figure({"y": [5, 6, 7], "x0": 10, "dx": 2}).traces()[0]
    assert trace.columns["x"] == [10, 12, 14]
    nested = figure({"type": "bar", "x": [["A", "A"], ["u", "v"]], "y": [1, 2]}).traces()[0]
    assert nested.columns["x"] == ["A / u", "A / v"]


def test_candles_and_links_are_read():
    candle = figure(
        {
            "type": "candlestick",
            "x": ["2020-01-01"],
            "open": [1],
            "high": [4],
            "low": [0],
            "close": [3],
        }
    ).traces()[0]
    assert candle.values.tolist() == [3.0]
    sankey = figure(
        {
            "type": "sankey",
            "node": {"label": ["a", "b"]},
            "link": {"source": [0], "target": [1], "value": [7]},
        }
    ).traces()[0]
    assert sankey.point(0)["label"] == "a → b" and sankey.values.tolist() == [7.0]


def test_a_figure_without_traces_in_a_list_is_refused():
    with pytest.raises(InputError, match="list of traces"):
        open_figure({"data": {}}, "plotly")
    with pytest.raises(InputError, match="neither Plotly"):
        open_figure({"a": 1})
    with pytest.raises(InputError, match="mapping"):
        open_figure([1])  # type: ignore[arg-type]


def test_stepping_numbers_as_text_is_decided_as_plotly_does():
    assert figure({"x": ["1", "2"], "y": [1, 2]}).axes()["xaxis"].type == "linear"
    assert (
        figure({"x": ["1", "2"], "y": [1, 2]}, autotypenumbers="strict").axes()["xaxis"].type
        == "category"
    )
    assert math.isnan(figure({"x": [1], "y": [None]}).traces()[0].values[0])


@pytest.mark.parametrize("name", ["sunburst", "treemap", "icicle"])
def test_the_inner_nodes_of_a_hierarchy_are_not_added_twice(name: str):
    from multivis.views import calculators as calculate

    leaves = calculate.choose(express(name).traces(), None)
    assert calculate.sums(leaves)["total"] == 21.0
    assert calculate.extremes(leaves)["maximum"]["label"] == "r"


def test_stacked_bars_are_selected_where_they_are_drawn(views):
    bars = [
        {"type": "bar", "name": n, "x": ["a", "b"], "y": y}
        for n, y in (("s", [1, 2]), ("t", [3, -4]))
    ]
    layout = {"barmode": "relative"}
    read = figure(*bars, **layout)
    assert [t.tops for t in read.traces()] == [[1.0, 2.0], [4.0, -4.0]]
    assert read.axes()["yaxis"].extent == (-4.0, 4.0)
    plot = views.add_figure(read.spec)["plot_id"]
    made = views.selected(plot, y_min=3.5)
    assert [(p["name"], p["x"], p["y"]) for p in made["points"]] == [("t", "a", 3)]
    hidden = read.legendclick(ViewState(), 0).state
    assert read.traces(hidden)[1].tops == [3.0, -4.0]
    assert figure(*bars, barmode="group").traces()[1].tops is None


def test_stacked_areas_add_up():
    areas = [{"x": [0, 1], "y": [1, 2], "stackgroup": "one"} for _ in range(3)]
    assert [t.tops for t in figure(*areas).traces()] == [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]
