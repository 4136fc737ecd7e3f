"""The strict scores: 1 against itself, blind to names and ways, lower with every planted error."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.charts.metrics.strict import DIMENSIONS, strict_scores
from multivis.charts.metrics.strict.encodings import order_agreement
from multivis.charts.metrics.strict.matching import canonical, row_overlap, soft_f1
from multivis.charts.metrics.strict.tables import match_columns, table_similarity

Spec = dict[str, Any]

ROWS = [
    {"kind": kind, "year": year, "amount": round(3.5 * i + 11.3 * j + (i * j) % 5, 2)}
    for i, kind in enumerate(("tea", "cocoa", "coffee", "juice"))
    for j, year in enumerate((2019, 2020, 2021))
]


def chart() -> Spec:
    """A layered, faceted-free chart with most of what can go wrong."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": "Amounts of every kind of drink",
        "data": {"values": copy.deepcopy(ROWS)},
        "params": [
            {
                "name": "pick",
                "select": {"type": "point", "fields": ["kind"]},
                "bind": "legend",
                "views": ["bars"],
            },
            {"name": "least", "value": 0, "bind": {"input": "range", "max": 9}},
        ],
        "transform": [
            {"filter": "datum.amount > 5"},
            {"calculate": "datum.amount * 2", "as": "double"},
        ],
        "layer": [
            {
                "name": "bars",
                "mark": "bar",
                "encoding": {
                    "x": {"field": "kind", "type": "nominal", "sort": "-y", "title": "Kind"},
                    "y": {
                        "field": "double",
                        "type": "quantitative",
                        "aggregate": "mean",
                        "title": "Mean double amount",
                    },
                    "color": {"field": "kind", "type": "nominal", "title": "Kind of drink"},
                    "opacity": {"condition": {"param": "pick", "value": 1}, "value": 0.3},
                    "tooltip": [
                        {"field": "kind", "type": "nominal"},
                        {"field": "double", "type": "quantitative", "aggregate": "mean"},
                    ],
                },
            },
            {
                "mark": "point",
                "encoding": {
                    "x": {"field": "kind", "type": "nominal", "sort": "-y"},
                    "y": {"field": "double", "type": "quantitative"},
                },
            },
            {"mark": "rule", "encoding": {"y": {"datum": 40}}},
        ],
    }


def overall(spec: Spec, gold: Spec | None = None) -> float:
    return strict_scores(spec, gold or chart()).overall


def bars(spec: Spec) -> Spec:
    """The encoding of the first layer."""
    encoding: Spec = spec["layer"][0]["encoding"]
    return encoding


# ── twelve kinds of error, each in growing doses ────────────────────────────────────────────


def wrong_marks(spec: Spec, dose: int) -> None:
    for layer in spec["layer"][:dose]:
        layer["mark"] = "tick"


def missing_layers(spec: Spec, dose: int) -> None:
    del spec["layer"][len(spec["layer"]) - dose :]
    if dose == 3:
        spec["layer"] = [{"mark": "text", "encoding": {"text": {"value": "none"}}}]
        spec["params"] = spec["params"][1:]


def missing_rows(spec: Spec, dose: int) -> None:
    spec["data"]["values"] = spec["data"]["values"][: len(ROWS) - 3 * dose]


def wrong_values(spec: Spec, dose: int) -> None:
    for row in spec["data"]["values"][-4 * dose :]:  # the largest: their order stays
        row["amount"] += 17.77


def swapped_channels(spec: Spec, dose: int) -> None:
    for layer in spec["layer"][:dose]:
        encoding = layer["encoding"]
        encoding["x"], encoding["y"] = encoding.get("y"), encoding.get("x")
        layer["encoding"] = {name: entry for name, entry in encoding.items() if entry}


def wrong_types(spec: Spec, dose: int) -> None:
    names = [("x", "ordinal"), ("color", "ordinal"), ("y", "ordinal")][:dose]
    for name, kind in names:
        bars(spec)[name]["type"] = kind


def wrong_aggregates(spec: Spec, dose: int) -> None:
    for entry in (bars(spec)["y"], bars(spec)["tooltip"][1], spec["layer"][1]["encoding"]["y"])[
        :dose
    ]:
        entry["aggregate"] = "max"


def wrong_order(spec: Spec, dose: int) -> None:
    chosen = [  # the right order is juice, cocoa, coffee, tea
        ["cocoa", "juice", "coffee", "tea"],
        ["cocoa", "juice", "tea", "coffee"],
        ["tea", "coffee", "cocoa", "juice"],
    ][dose - 1]
    for layer in spec["layer"][:2]:
        layer["encoding"]["x"]["sort"] = chosen


def missing_interaction(spec: Spec, dose: int) -> None:
    del bars(spec)["tooltip"]
    if dose > 1:
        spec["params"] = spec["params"][:1]
    if dose > 2:
        del spec["params"], bars(spec)["opacity"]


def wrong_words(spec: Spec, dose: int) -> None:
    spec["title"] = "Nothing in common"
    if dose > 1:
        bars(spec)["y"]["title"] = "zzz"
    if dose > 2:
        bars(spec)["color"]["title"] = "qqq"


def missing_transforms(spec: Spec, dose: int) -> None:
    spec["transform"] = spec["transform"][1:]
    if dose > 1:
        spec["transform"] = [{"calculate": "datum.amount * 3", "as": "double"}]
    if dose > 2:
        spec["transform"] = [{"calculate": "datum.year", "as": "double"}]


def missing_channels(spec: Spec, dose: int) -> None:
    for name in ("color", "opacity", "x")[:dose]:
        bars(spec).pop(name)


def extra_channels(spec: Spec, dose: int) -> None:
    extra = {
        "size": {"field": "year", "type": "ordinal"},
        "stroke": {"value": "black"},
        "detail": {"field": "year", "type": "ordinal"},
    }
    for name in list(extra)[:dose]:
        spec["layer"][1]["encoding"][name] = extra[name]


def wrong_fields(spec: Spec, dose: int) -> None:
    """Bars of other things: each dose shows another wrong field."""
    for channel in ("x", "color", "y")[:dose]:
        bars(spec)[channel]["field"] = "year"


ERRORS: dict[str, Callable[[Spec, int], None]] = {
    "wrong marks": wrong_marks,
    "missing layers": missing_layers,
    "missing rows": missing_rows,
    "wrong values": wrong_values,
    "swapped channels": swapped_channels,
    "wrong types": wrong_types,
    "wrong aggregates": wrong_aggregates,
    "wrong order": wrong_order,
    "missing interaction": missing_interaction,
    "wrong words": wrong_words,
    "missing transforms": missing_transforms,
    "missing channels": missing_channels,
    "extra channels": extra_channels,
    "wrong fields": wrong_fields,
}


def test_a_chart_against_itself_is_all_ones():
    assert strict_scores(chart(), chart()).scores == dict.fromkeys(DIMENSIONS, 1.0)


@pytest.mark.parametrize("kind", ERRORS)
def test_the_score_falls_with_every_dose_of_an_error(kind: str):
    scores = [1.0]
    for dose in (1, 2, 3):
        spec = chart()
        ERRORS[kind](spec, dose)
        scores.append(overall(spec))
    assert all(after < before for before, after in pairwise(scores)), scores


@pytest.mark.parametrize(
    ("kind", "touched"),
    [
        ("wrong marks", "marks"),
        ("missing rows", "data"),
        ("wrong values", "data"),
        ("wrong types", "encoding"),
        ("wrong order", "encoding"),
        ("missing interaction", "interaction"),
        ("wrong words", "text"),
        ("missing transforms", "transform"),
    ],
)
def test_an_error_is_seen_in_its_dimension(kind: str, touched: str):
    spec = chart()
    ERRORS[kind](spec, 2)
    assert strict_scores(spec, chart()).scores[touched] < 1.0


# ── what does not count ─────────────────────────────────────────────────────────────────────


def simple(values: list[Spec], encoding: Spec, **more: Any) -> Spec:
    return {"data": {"values": values}, "mark": "bar", "encoding": encoding, **more}


def test_names_of_fields_and_the_order_of_rows_do_not_count():
    names = {"x": {"field": "kind", "type": "nominal", "title": "a", "sort": None}}
    names["y"] = {"field": "amount", "type": "quantitative", "title": "b"}
    other = copy.deepcopy(names)
    other["x"]["field"], other["y"]["field"] = "sort", "much"
    rows = [{"kind": k, "amount": n} for k, n in (("a", 1), ("b", 2), ("c", 3))]
    renamed = [{"sort": row["kind"], "much": float(row["amount"])} for row in rows]
    found = strict_scores(simple(renamed, other), simple(rows, names))
    assert found.scores["data"] == found.scores["text"] == 1.0
    turned = strict_scores(simple(rows[::-1], names), simple(rows, names))
    assert turned.scores["data"] == 1.0
    assert turned.scores["encoding"] < 1.0  # the bars stand in another order


def test_an_aggregate_made_before_the_chart_has_the_same_effect():
    inside = simple(
        ROWS,
        {
            "x": {"field": "kind", "type": "nominal"},
            "y": {"field": "amount", "type": "quantitative", "aggregate": "sum", "title": "sum"},
        },
    )
    sums: dict[str, float] = {}
    for row in ROWS:
        sums[row["kind"]] = sums.get(row["kind"], 0) + row["amount"]
    before = simple(
        [{"kind": kind, "total": total} for kind, total in sums.items()],
        {
            "x": {"field": "kind", "type": "nominal"},
            "y": {"field": "total", "type": "quantitative", "title": "sum"},
        },
    )
    assert strict_scores(before, inside).overall == pytest.approx(1.0)


def test_a_filter_in_the_chart_and_one_before_it_have_the_same_effect():
    encoding = {
        "x": {"field": "kind", "type": "nominal"},
        "y": {"field": "amount", "type": "quantitative"},
    }
    inside = simple(ROWS, encoding, transform=[{"filter": "datum.year == 2020"}])
    before = simple([row for row in ROWS if row["year"] == 2020], encoding)
    assert strict_scores(before, inside).overall == pytest.approx(1.0)


def test_a_transform_of_one_layer_done_before_the_chart_has_the_same_effect():
    encoding = {
        "x": {"field": "kind", "type": "nominal", "title": "k"},
        "y": {"field": "amount", "type": "quantitative", "title": "n"},
    }
    few = [row for row in ROWS if row["year"] == 2020]
    inside = {
        "data": {"values": ROWS},
        "encoding": encoding,
        "layer": [
            {"mark": "bar"},
            {"mark": "text", "transform": [{"filter": "datum.year == 2020"}]},
        ],
    }
    before = copy.deepcopy(inside)
    before["layer"][1] = {"mark": "text", "data": {"values": few}}
    assert strict_scores(before, inside).scores["transform"] == 1.0


def test_rounded_values_are_the_same_values():
    encoding = {
        "x": {"field": "kind", "type": "nominal", "title": "k"},
        "y": {"field": "amount", "type": "quantitative", "title": "n"},
    }
    exact = [{"kind": f"k{i}", "amount": 10 * math.pi * (i + 1)} for i in range(6)]
    rounded = [{**row, "amount": round(row["amount"], 2)} for row in exact]
    assert strict_scores(simple(rounded, encoding), simple(exact, encoding)).overall == 1.0
    years = [{"kind": f"k{i}", "amount": 2010 + i} for i in range(6)]
    later = [{**row, "amount": row["amount"] + 1} for row in years]
    assert strict_scores(simple(later, encoding), simple(years, encoding)).scores["data"] <= 0.5


def test_facets_concatenations_and_repeats_are_looked_into():
    point = {
        "mark": "point",
        "encoding": {
            "x": {"field": {"repeat": "column"}, "type": "quantitative"},
            "y": {"field": "amount", "type": "quantitative"},
        },
    }
    repeated = {
        "data": {"values": ROWS},
        "repeat": {"column": ["amount", "year"]},
        "spec": point,
    }
    parts = []
    for name in ("amount", "year"):
        part = copy.deepcopy(point)
        part["encoding"]["x"]["field"] = name
        parts.append(part)
    side_by_side = {"data": {"values": ROWS}, "hconcat": parts}
    assert strict_scores(repeated, repeated).overall == 1.0
    assert strict_scores(side_by_side, repeated).overall == pytest.approx(1.0)
    assert strict_scores({**side_by_side, "hconcat": parts[:1]}, repeated).scores["data"] < 0.8
    bar = simple(ROWS, {"x": {"field": "year", "type": "ordinal"}})
    bar["encoding"]["y"] = {"field": "amount", "type": "quantitative"}
    facet = {
        "data": bar.pop("data"),
        "facet": {"row": {"field": "kind", "type": "nominal"}},
        "spec": bar,
    }
    row = copy.deepcopy(facet["spec"])
    row["encoding"]["row"] = {"field": "kind", "type": "nominal"}
    assert strict_scores({**row, "data": facet["data"]}, facet).overall == pytest.approx(1.0)


def test_a_line_with_points_is_a_line_and_points():
    encoding = {
        "x": {"field": "year", "type": "ordinal"},
        "y": {"field": "amount", "type": "quantitative", "aggregate": "mean"},
    }
    data = {"values": ROWS}
    short = {"data": data, "mark": {"type": "line", "point": True}, "encoding": encoding}
    long = {"data": data, "encoding": encoding, "layer": [{"mark": "line"}, {"mark": "circle"}]}
    scores = strict_scores(short, long).scores
    assert scores["marks"] == scores["data"] == scores["encoding"] == 1.0


def test_no_chart_scores_nothing():
    assert strict_scores(None, chart()).overall == 0.0


def test_a_chart_that_cannot_be_drawn_shows_no_row():
    broken = chart()
    broken["transform"] = [{"calculate": "no such (", "as": "double"}]
    found = strict_scores(broken, chart())
    assert found.notes and found.notes[0].startswith("prediction")
    assert found.scores["data"] == found.scores["transform"] == 0.0
    assert 0 < found.overall < 1


def test_two_charts_that_cannot_be_drawn_are_compared_by_what_they_carry():
    broken = chart()
    broken["transform"] = [{"calculate": "no such (", "as": "double"}]
    assert strict_scores(broken, broken).overall == 1.0


# ── the parts ───────────────────────────────────────────────────────────────────────────────

ROW = st.tuples(st.sampled_from("abc"), st.floats(-1e6, 1e6))


@given(st.lists(ROW, max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_rows_overlap_with_themselves_in_any_order(rows: list[tuple[str, float]], random: Any):
    again = list(rows)
    random.shuffle(again)
    assert row_overlap(rows, again) == len(rows)
    assert row_overlap(rows, [(w, n * (1 + 2e-5)) for w, n in again]) == len(rows)


@given(st.lists(ROW, max_size=20), st.lists(ROW, max_size=20))
@settings(max_examples=60, deadline=None)
def test_an_overlap_never_exceeds_either_side(mine: list[Any], other: list[Any]):
    assert 0 <= row_overlap(mine, other) <= min(len(mine), len(other))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (1, "1"),
        (1.0, 1),
        ("2020-01-05", "2020-01-05T00:00:00"),
        ("Tea ", "tea"),
        ("2020-01", "2020-01-01"),
    ],
)
def test_values_of_one_meaning_are_equal(one: Any, two: Any):
    assert canonical(one) == canonical(two)


def test_an_order_agrees_by_the_pairs_that_stand_alike():
    assert order_agreement("abcd", "abcd") == 1.0
    assert order_agreement("abcd", "dcba") == 0.0
    assert order_agreement("abdc", "abcd") == pytest.approx(5 / 6)
    assert order_agreement("xyz", "abc") == 0.0


def test_columns_find_each_other_by_what_they_hold():
    from multivis.charts.metrics.strict.drawn import Table

    mine = Table({"a": ("x", "y"), "b": (1.0, 2.0)})
    other = Table({"n": (1.0, 2.0), "w": ("x", "y")})
    assert {(a, b) for a, b, _ in match_columns(mine, other)} == {("a", "w"), ("b", "n")}
    assert table_similarity(mine, other) == 1.0
    assert table_similarity(mine, Table({"w": ("x", "y")})) == pytest.approx(2 / 3)


def test_a_soft_f1_pairs_the_best_first():
    assert soft_f1([1, 2], [2, 1], lambda a, b: float(a == b)) == 1.0
    assert soft_f1([1], [1, 2], lambda a, b: float(a == b)) == pytest.approx(2 / 3)


@pytest.mark.data
def test_gold_against_gold_is_all_ones(sandbox: Any, shared_data: Any):
    from multivis.bench.multivis_bench import load_cases

    folder = shared_data / "multivis_bench"
    for case in load_cases(folder, shared_data / "databases", "all", limit=12):
        spec = sandbox.run(case.gold, case.inputs).spec
        if spec is not None:
            found = strict_scores(spec, spec)
            assert found.overall == 1.0, (case.id, found)
