"""Lines under a pointer: the nearest stands out, or a rule tells the values of all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.interaction_lines import stands_out, tracks


@pytest.fixture(scope="module")
def ferries(make_database: Callable[[str], Any]) -> Any:
    rows = "\n".join(
        f"INSERT INTO crossings VALUES ({i},'{('North', 'South', 'v. 2')[i % 3]}',{2001 + i // 3},"
        f"{100 + i * 7});"
        for i in range(30)
    )
    return make_database(
        "CREATE TABLE crossings (crossing_id INTEGER PRIMARY KEY, route TEXT, year INTEGER, "
        f"passengers INTEGER);{rows}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "a line per route that becomes thicker when i move the mouse near it",
        "hovering should emphasise the closest line",
        "make the line under the cursor stand out",
        "when i point at a line, highlight it",
        "the line gets bold on hover",
    ],
)
def test_words_want_the_line_under_the_pointer_to_stand_out(text: str) -> None:
    assert stands_out(text)


def test_colours_that_stand_out_need_no_pointer() -> None:
    assert not stands_out("highlight the largest bar in red")


@pytest.mark.parametrize(
    "text",
    [
        "one tooltip that shows all four amounts for the month under the cursor",
        "a gray vertical line with a tooltip listing the values for all three",
        "a vertical rule should follow the mouse",
        "a tooltip with the values of every route",
    ],
)
def test_words_want_the_values_of_all_lines(text: str) -> None:
    assert tracks(text)


def test_a_tooltip_on_a_rule_lists_the_values_of_all_lines(ferries: Any) -> None:
    answer = ferries.ask(
        "Draw the total passengers per year as a line for each route, and one tooltip that gives "
        "the values of all routes in the year under the cursor"
    )
    assert answer.marks == ["line", "point", "rule"]
    rule = answer.spec["layer"][2]
    assert rule["transform"] == [
        {"pivot": "route", "value": "total_passengers", "groupby": ["year"]}
    ]
    tips = rule["encoding"]["tooltip"]
    assert [tip["title"] for tip in tips] == ["North", "South", "v. 2"]
    assert tips[2]["field"] == "v\\. 2"
    (selection,) = answer.spec["params"]
    assert selection["select"]["nearest"] is True


def test_the_line_near_the_mouse_becomes_thicker(ferries: Any) -> None:
    answer = ferries.ask(
        "Total passengers per year, a line per route that becomes thicker when I move the mouse "
        "near it"
    )
    assert answer.marks == ["circle", "line"]
    (condition,) = answer.channel("size", 1)["condition"]
    assert condition["value"] == 3


def test_lines_run_along_the_time_that_is_cut(ferries: Any) -> None:
    answer = ferries.ask("Line chart of the total passengers for each route since 2003")
    assert answer.channel("x")["field"] == "year"
    assert answer.channel("color")["field"] == "route"
