"""Charts over many rows: small specifications that draw the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.charts.aggregation import bin_steps
from multivis.charts.draft import Draft, draft
from multivis.charts.large import reduce_figure, reduce_specification
from multivis.charts.scenegraph import Scene
from multivis.state import FailureKind, QueryResult, Request
from multivis.tool import Dependencies

MOST = 400


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    size = 3_000
    values = pd.DataFrame(
        {
            "kind": rng.choice(["a", "b", "c"], size),
            "place.name": rng.choice(["north", "south"], size),
            "value": rng.gamma(2, 3, size).round(2),
            "weight": rng.normal(0, 5, size).round(2),
            "day": pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 700, size), "D"),
            "number": np.arange(size),
        }
    )
    values.loc[rng.choice(size, 60), "value"] = None
    values.loc[rng.choice(size, 40), "kind"] = None
    return values


@pytest.fixture(autouse=True)
def _unlimited() -> Iterator[None]:
    with alt.data_transformers.enable("default", max_rows=None):
        yield


def reduced(chart: Any, frame: pd.DataFrame, most: int = MOST) -> dict[str, Any]:
    """The chart's specification with its rows reduced, as in the sandbox."""
    spec = chart.to_dict()
    names = {name for name, rows in spec["datasets"].items() if len(rows) == len(frame)}
    for name in names:
        del spec["datasets"][name]
    result = reduce_specification(spec, dict.fromkeys(names, frame), most)
    sizes = [len(rows) for rows in result.get("datasets", {}).values()]
    assert sum(sizes) <= most
    return result


def shapes(spec: dict[str, Any]) -> list[Any]:
    """What is drawn: place, size and colour of every item, in no order."""
    return sorted(
        (
            round(item.box.left, 3),
            round(item.box.top, 3),
            round(item.box.right, 3),
            round(item.box.bottom, 3),
            str(item.fill),
            str(item.stroke),
            item.text,
        )
        for item in Scene.of(spec).items()
    )


def words(spec: dict[str, Any]) -> list[Any]:
    """Titles of axes and legends, tick labels and entries."""
    scene = Scene.of(spec)
    axes = [(axis.title, [label.text for label in axis.labels]) for axis in scene.axes]
    return [axes, [(legend.title, legend.entries) for legend in scene.legends], scene.titles]


def sorted_bars(data: alt.Chart) -> alt.Chart:
    return data.mark_bar().encode(x="sum(value):Q", y=alt.Y("kind:N", sort="-x"))


def bars_with_mean(data: alt.Chart) -> Any:
    bars = data.mark_bar().encode(x="kind:N", y="mean(value):Q")
    return bars + data.mark_rule(color="red").encode(y="mean(value):Q")


AGGREGATED: dict[str, Callable[[Any], Any]] = {
    "mean by category": lambda d: d.mark_bar().encode(x="kind:N", y="mean(value):Q"),
    "count": lambda d: d.mark_bar().encode(x="kind:N", y="count():Q"),
    "sorted": sorted_bars,
    "stacked": lambda d: d.mark_bar().encode(x="kind:N", y="sum(value):Q", color="place\\.name:N"),
    "normalised": lambda d: d.mark_bar().encode(
        x="kind:N", y=alt.Y("count():Q", stack="normalize"), color="place\\.name:N"
    ),
    "histogram": lambda d: d.mark_bar().encode(x=alt.X("value:Q", bin=True), y="count():Q"),
    "fine histogram": lambda d: d.mark_bar().encode(
        x=alt.X("weight:Q", bin=alt.Bin(maxbins=37)), y="count():Q", color="kind:N"
    ),
    "steps": lambda d: d.mark_bar().encode(x=alt.X("weight:Q", bin=alt.Bin(step=3)), y="count()"),
    "heat map": lambda d: d.mark_rect().encode(
        x=alt.X("value:Q", bin=True), y=alt.Y("weight:Q", bin=True), color="count():Q"
    ),
    "months": lambda d: d.mark_line(point=True).encode(
        x="yearmonth(day):T", y="median(value):Q", color="kind:N"
    ),
    "months of any year": lambda d: d.mark_area().encode(x="month(day):O", y="sum(value):Q"),
    "days of the week": lambda d: d.mark_bar().encode(x="day(day):O", y="count():Q"),
    "weeks": lambda d: d.mark_bar().encode(x="week(day):O", y="count():Q"),
    "quarters": lambda d: d.mark_bar().encode(x="yearquarter(day):O", y="max(weight):Q"),
    "several operations": lambda d: d.mark_rule().encode(
        x="kind:N", y="q1(value):Q", y2="q3(value):Q"
    ),
    "spread": lambda d: d.mark_point().encode(
        x="kind:N", y="stdev(weight):Q", size="distinct(day):Q"
    ),
    "valid and missing": lambda d: d.mark_point().encode(
        x="valid(value):Q", y="missing(value):Q", color="kind:N"
    ),
    "faceted": lambda d: d.mark_bar().encode(
        x="kind:N", y="mean(weight):Q", column="place\\.name:N"
    ),
    "facet operator": lambda d: (
        d.mark_bar().encode(x="kind:N", y="count():Q").facet("place\\.name:N")
    ),
    "tooltips": lambda d: d.mark_bar().encode(
        x="kind:N", y="mean(value):Q", tooltip=["kind:N", "count():Q", "max(value):Q"]
    ),
    "condition": lambda d: d.mark_bar().encode(
        x="kind:N",
        y="sum(value):Q",
        color=alt.condition("datum.kind == 'a'", alt.value("red"), alt.value("grey")),
    ),
    "layers": bars_with_mean,
    "side by side": lambda d: (
        d.mark_bar().encode(x="kind:N", y="count():Q")
        | d.mark_bar().encode(x=alt.X("value:Q", bin=True), y="count():Q")
    ),
    "pie": lambda d: d.mark_arc().encode(theta="sum(value):Q", color="kind:N"),
    "whole": lambda d: d.mark_bar().encode(x="mean(value):Q"),
}


@pytest.mark.parametrize("name", AGGREGATED)
def test_an_aggregated_chart_draws_the_same_with_few_rows(name: str, frame: pd.DataFrame) -> None:
    chart = AGGREGATED[name](alt.Chart(frame))
    small = reduced(chart, frame)
    assert small["usermeta"]["multivis_reduction"]["methods"] == ["aggregates"]
    full = chart.to_dict()
    assert shapes(small) == shapes(full)
    assert words(small) == words(full)


@pytest.mark.parametrize("extent", [1.5, 3.0, "min-max"])
@pytest.mark.parametrize("groups", ["kind:N", None])
def test_a_box_plot_keeps_quartiles_whiskers_and_outliers(
    extent: float | str, groups: str | None, frame: pd.DataFrame
) -> None:
    encoding = {"y": "value:Q"} | ({"x": groups, "color": groups} if groups else {})
    chart = alt.Chart(frame).mark_boxplot(extent=extent).encode(**encoding)
    small = reduced(chart, frame, 1_500)
    assert set(shapes(small)) == set(shapes(chart.to_dict()))


def test_points_are_thinned_evenly_with_their_extremes_and_a_note(frame: pd.DataFrame) -> None:
    chart = alt.Chart(frame).mark_circle().encode(x="value:Q", y="weight:Q", color="kind:N")
    small = reduced(chart, frame)
    (rows,) = small["datasets"].values()
    assert set(rows[0]) == {"value", "weight", "kind"}
    assert len(rows) > MOST / 2
    for column in ("value", "weight"):
        known = [row[column] for row in rows if row[column] is not None]
        assert (min(known), max(known)) == (frame[column].min(), frame[column].max())
    (note,) = small["usermeta"]["multivis_reduction"]["notes"]
    assert note == f"The chart draws {len(rows)} of 3,000 rows: every 8th and the extremes."
    assert words(small) == words(chart.to_dict())


def test_points_and_their_words_share_one_sample(frame: pd.DataFrame) -> None:
    points = alt.Chart(frame).mark_circle().encode(x="value:Q", y="weight:Q")
    small = reduced(points + points.mark_text().encode(), frame)
    assert len(small["datasets"]) == 1


def test_a_line_keeps_the_first_last_lowest_and_highest_of_each_step(frame: pd.DataFrame) -> None:
    chart = alt.Chart(frame).mark_line().encode(x="number:Q", y="weight:Q")
    small = reduced(chart, frame)
    (rows,) = small["datasets"].values()
    values = [row["weight"] for row in rows]
    assert (min(values), max(values)) == (frame["weight"].min(), frame["weight"].max())
    assert rows[0]["number"] == 0
    assert rows[-1]["number"] == 2_999
    assert all(frame["weight"][row["number"]] == row["weight"] for row in rows)
    assert "first, last, lowest and highest" in small["usermeta"]["multivis_reduction"]["notes"][0]


def test_a_line_over_dates_is_reduced_too() -> None:
    days = pd.DataFrame(
        {"day": pd.date_range("1990-01-01", periods=9_000), "v": np.arange(9_000.0)}
    )
    small = reduced(alt.Chart(days).mark_area().encode(x="day:T", y="v:Q"), days)
    assert small["usermeta"]["multivis_reduction"]["methods"] == ["line"]


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "bars": (lambda d: d.mark_bar().encode(x="number:O", y="value:Q"), "cannot be told apart"),
    "transforms": (
        lambda d: d.transform_filter("datum.value > 3").mark_bar().encode(x="kind", y="count()"),
        "transformed in the browser",
    ),
    "many groups": (lambda d: d.mark_bar().encode(x="number:O", y="sum(value):Q"), "groups alone"),
    "error bars": (lambda d: d.mark_errorbar().encode(x="kind", y="value"), "'errorbar'"),
    "many lines": (
        lambda d: d.mark_line().encode(x="weight:Q", y="value:Q", detail="number:N"),
        "too many to thin out",
    ),
    "means sorted over two groups": (
        lambda d: d.mark_bar().encode(
            x=alt.X("kind:N", sort="-y"), y="mean(value):Q", color="place\\.name:N"
        ),
        "sorts by a mean",
    ),
    "a condition on rows": (
        lambda d: d.mark_bar().encode(
            x="kind:N",
            y="sum(value):Q",
            color=alt.condition("datum.weight > 0", alt.value("red"), alt.value("grey")),
        ),
        "of single rows",
    ),
    "a number of dates drawn as a date": (
        lambda d: d.mark_point().encode(x="kind:N", y="distinct(day):T"),
        "something else than a number",
    ),
    "unknown column": (lambda d: d.mark_point().encode(x="nothing:Q"), "is no column"),
    "argmax": (
        lambda d: d.mark_bar().encode(
            x="kind:N", y=alt.Y("value:Q", aggregate={"argmax": "weight"})
        ),
        "lowest or highest",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_reduced_is_refused_with_advice(name: str, frame: pd.DataFrame) -> None:
    make, reason = REFUSED[name]
    spec = reduced(make(alt.Chart(frame)), frame)
    refused = spec["usermeta"]["multivis_reduction"]["refused"]
    assert reason in refused
    assert refused.startswith("The chart draws 3,000 rows: ")
    assert refused.endswith("Aggregate, filter or limit the rows in SQL.")


def test_small_frames_beside_large_ones_stay_as_they_are(frame: pd.DataFrame) -> None:
    goal = pd.DataFrame({"goal": [4.0]})
    bars = alt.Chart(frame).mark_bar().encode(x="kind:N", y="mean(value):Q")
    chart = bars + alt.Chart(goal).mark_rule().encode(y="goal:Q")
    assert shapes(reduced(chart, frame)) == shapes(chart.to_dict())


@given(
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)),
    st.floats(0, 1e6, allow_nan=False).map(lambda x: round(x, 3)),
    st.integers(2, 60),
)
@settings(deadline=None, max_examples=60)
def test_bins_are_those_of_the_reference_runtime(low: float, span: float, most: int) -> None:
    values = [low, low + span / 3, low + span]
    spec = {
        "data": {"values": [{"v": value} for value in values]},
        "mark": "point",
        "encoding": {
            "x": {"field": "v", "type": "quantitative", "bin": {"maxbins": most}},
            "y": {"aggregate": "count", "type": "quantitative"},
        },
    }
    start, stop, step = bin_steps(min(values), max(values), maxbins=most)
    key = f"bin_maxbins_{most}_v"
    for item in Scene.of(spec).items():
        left = item.datum[key]
        assert item.datum[f"{key}_end"] - left == pytest.approx(step, rel=1e-6, abs=1e-9)
        assert (left - start) / step == pytest.approx(round((left - start) / step), abs=1e-4)
        assert start - step * 1e-6 <= left <= stop


# ── Plotly ──────────────────────────────────────────────────────────────────────────────────


def test_a_small_figure_stays_as_it_is() -> None:
    figure = {"data": [{"type": "bar", "x": [1], "y": [2]}], "layout": {}}
    assert reduce_figure(dict(figure), 10) == figure


def test_markers_are_thinned_with_all_that_belongs_to_them() -> None:
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": np.arange(1_000),
        "y": np.arange(1_000) * 2,
        "marker": {"size": list(range(1_000)), "color": "red"},
        "name": "a" * 1_000,
    }
    figure = reduce_figure({"data": [trace], "layout": {"meta": {"mine": 1}}}, 100)
    (thin,) = figure["data"]
    assert len(thin["x"]) == 100
    assert list(thin["y"]) == [2 * x for x in thin["x"]] == [2 * s for s in thin["marker"]["size"]]
    assert thin["name"] == "a" * 1_000
    meta = figure["layout"]["meta"]
    assert meta["mine"] == 1
    assert meta["multivis_reduction"]["notes"] == ["100 of 1,000 points are drawn: every 10th."]


def test_a_line_of_a_figure_keeps_its_peak() -> None:
    heights = np.zeros(5_000)
    heights[3_333] = 9.0
    trace = {"type": "scatter", "mode": "lines", "x": np.arange(5_000), "y": heights}
    (thin,) = reduce_figure({"data": [trace]}, 400)["data"]
    assert len(thin["x"]) <= 400
    assert max(thin["y"]) == 9.0


def test_a_figure_that_aggregates_in_the_browser_is_refused() -> None:
    figure = reduce_figure({"data": [{"type": "histogram", "x": list(range(500))}]}, 100)
    assert figure["data"] == []
    assert "'histogram'" in figure["layout"]["meta"]["multivis_reduction"]["refused"]


# ── through the sandbox ─────────────────────────────────────────────────────────────────────

VISITS = "SELECT id, page, seconds FROM visit"
MakeQuery = Callable[[Dependencies, str], QueryResult]


@pytest.fixture()
def run(dependencies: Dependencies, query: MakeQuery) -> Callable[..., Draft]:
    result = query(dependencies, VISITS)

    def run_code(code: str, backend: str = "altair") -> Draft:
        request = Request(question="?", data="shop.sqlite", backend=backend)
        return draft(code, query=result, request=request, dependencies=dependencies)

    return run_code


def test_a_draft_over_many_rows_has_a_small_specification(run: Callable[..., Draft]) -> None:
    result = run("chart = alt.Chart(df).mark_bar().encode(x='page:N', y='mean(seconds):Q')")
    assert result.chart is not None
    assert len(json.dumps(result.spec)) < 2_000
    assert result.notes == ()
    assert "alt.data_transformers.disable_max_rows()" in result.chart.script


def test_a_thinned_draft_says_so_in_its_notes(run: Callable[..., Draft]) -> None:
    result = run("chart = alt.Chart(df).mark_point().encode(x='id:Q', y='seconds:Q')")
    assert result.chart is not None
    assert "of 8,000 rows" in result.notes[0].text
    (rows,) = result.spec["datasets"].values()
    assert len(rows) <= 5_000


def test_rows_that_code_makes_count_too(dependencies: Dependencies, query: MakeQuery) -> None:
    small = query(dependencies, "SELECT item, price FROM sale")
    request = Request(question="?", data="shop.sqlite")
    code = "chart = alt.Chart(df).mark_bar().encode(x='item:N', y='mean(price):Q')"
    result = draft(code, query=small, request=request, dependencies=dependencies)
    assert result.chart is not None
    assert "usermeta" not in result.spec
    assert "disable_max_rows" not in result.chart.script


def test_a_draft_that_cannot_be_reduced_fails_with_advice(run: Callable[..., Draft]) -> None:
    result = run("chart = alt.Chart(df).mark_bar().encode(x='id:O', y='seconds:Q')")
    assert result.failure is not None
    assert result.failure.kind is FailureKind.OUTPUT
    assert "in SQL" in result.failure.message


def test_a_large_plotly_figure_is_thinned(run: Callable[..., Draft]) -> None:
    result = run("fig = px.scatter(df, x='id', y='seconds', render_mode='svg')", "plotly")
    assert result.chart is not None
    assert len(result.spec["data"][0]["x"]) <= 5_000
    assert "points are drawn" in result.notes[0].text


def test_a_matplotlib_figure_draws_every_row(run: Callable[..., Draft]) -> None:
    result = run("fig, ax = plt.subplots()\nax.scatter(df['id'], df['seconds'])", "matplotlib")
    assert result.chart is not None
    assert result.notes == ()
