"""Forms that words describe: bands, stretches, folds, lines along a number, scales of bars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ROUTES = ("Coast", "Gorge", "Ridge")


@pytest.fixture(scope="module")
def hikes(make_database: Callable[[str], Any]) -> Any:
    rows = "\n".join(
        f"INSERT INTO hikes VALUES ({i},'{ROUTES[i % 3]}',{20 + i % 7 * 5},{100 + i * 37 % 900},"
        f"{2 + i * 7 % 11},'2021-{1 + i % 12:02d}-10');"
        for i in range(60)
    )
    return make_database(
        "CREATE TABLE hikes (hike_id INTEGER PRIMARY KEY, route TEXT, age INTEGER, "
        "climb INTEGER, hours INTEGER, hike_date TEXT);"
        "CREATE TABLE huts (hut_name TEXT PRIMARY KEY, lowest INTEGER, highest INTEGER);"
        f"INSERT INTO huts VALUES ('Alm',3,40),('Berg',10,55);{rows}"
    )


@pytest.mark.parametrize(
    ("question", "marks"),
    [
        ("Mean hours per age as a line over a standard deviation band", ["errorband", "line"]),
        ("Average climb of the hikes against their age as a line with a shaded confidence "
         "interval around it", ["errorband", "line"]),
        ("Per route: lowest to highest climb", ["bar", "text", "text"]),
        ("Scatter of climb against hours of the hikes, plus a translucent band over hikes with "
         "300 to 500 climb", ["point", "rect"]),
        ("A horizon-style graph of the total climb per month, folded at 900", ["area", "area"]),
        ("For every hut the lowest and the highest as two dots connected by a line",
         ["line", "point"]),
        ("How did the average hours develop from route to route?", ["line"]),
        ("Climb distribution of the hikes, stacked by route", ["area"]),
        ("Total climb over the months, stacked by route", ["area"]),
    ],
)  # fmt: skip
def test_words_make_the_form(hikes: Any, question: str, marks: list[str]) -> None:
    assert hikes.ask(question).marks == marks


def test_a_log_scale_lies_on_the_axis_of_the_values(hikes: Any) -> None:
    answer = hikes.ask(
        "Horizontal bars from the lowest to the highest climb of each route, with the climb axis "
        "on a log scale"
    )
    assert answer.channel("x")["scale"] == {"type": "log"}
    assert "scale" not in answer.channel("y")


def test_the_fold_of_a_horizon_graph_is_no_condition(hikes: Any) -> None:
    asked = "Horizon graph of the total climb per month, split at 900"
    answer = hikes.ask(f"{asked}: one layer up to 900 and another for what exceeds it")
    assert answer.rows == hikes.ask(asked).rows


def test_a_number_that_gives_the_colour_is_not_folded_with_the_others(hikes: Any) -> None:
    answer = hikes.ask("Plot climb vs hours of the hikes with age as colour")
    assert answer.marks == ["point"]
    assert answer.channel("color")["field"] == "age"
    assert "transform" not in answer.spec


def test_rates_side_by_side_are_bars(hikes: Any) -> None:
    answer = hikes.ask(
        "I'd like to compare the average climb and hours side by side for each route with the "
        "value printed at each bar"
    )
    assert answer.marks == ["bar", "text"]


@pytest.mark.parametrize(
    ("words", "rings"),
    [("with rings at 5, 10 and 15", "[5, 10, 15]"), ("with a ring every 5", "np.arange(5")],
)
def test_rings_at_values_tell_these_values(hikes: Any, words: str, rings: str) -> None:
    answer = hikes.ask(f"Number of hikes per route as a polar bar chart {words}")
    assert answer.marks == ["arc", "arc", "text"]
    assert rings in answer.code


def test_bars_have_round_corners_where_words_ask(hikes: Any) -> None:
    answer = hikes.ask("Average climb per route as bars with rounded corners")
    assert answer.spec["mark"]["cornerRadius"] > 0
    plain = hikes.ask("Average climb per route as bars")
    assert "cornerRadius" not in plain.spec["mark"]


def test_a_short_bar_has_its_shaded_label_beside_it(hikes: Any) -> None:
    answer = hikes.ask(
        "Total climb per route as horizontal bars, shaded by the total climb, with the number "
        "printed inside in black or white"
    )
    assert answer.marks == ["bar", "text"]
    label = answer.spec["layer"][1]["mark"]
    limit = max(climb for _, climb in answer.rows) / 10
    assert f"< {limit} ? 'left' : 'right'" in label["align"]["expr"]
    assert "'black' : 'white'" in label["color"]["expr"]


def test_a_part_of_no_length_has_no_label(hikes: Any) -> None:
    answer = hikes.ask(
        "Stack the total climb of each route by age in one horizontal bar each and write the "
        "numbers inside"
    )
    assert answer.marks == ["bar", "text"]
    assert "=== 0 ? 0 : 1" in answer.spec["layer"][1]["mark"]["opacity"]["expr"]


def test_the_steps_of_a_waterfall_stand_in_the_order_in_which_they_add_up(hikes: Any) -> None:
    answer = hikes.ask(
        "Waterfall of the two routes with the largest total climb, label each bar with its amount"
    )
    assert len(answer.rows) == 2
    assert answer.marks[:2] == ["bar", "rule"]
    sorts = [layer["encoding"]["x"]["sort"] for layer in answer.spec["layer"]]
    assert set(sorts) == {None}


def test_layers_in_panels_name_each_direction_once(hikes: Any) -> None:
    from multivis.offline.altair_code import write_altair
    from multivis.offline.plan import Channel, Layer, Plan, View

    place = (
        Channel("x", "age", "quantitative"),
        Channel("y", "climb", "quantitative"),
        Channel("column", "route", "nominal"),
    )
    plan = Plan(views=(View(layers=(Layer("bar", {}, place), Layer("errorbar", {}, place))),))
    code = write_altair(plan)
    assert code.count("column=") == 1
    compile(code, "chart", "exec")
