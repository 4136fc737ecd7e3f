"""Bars from the least to the greatest value, in the form of a reference or in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from multivis.offline.adapt import adapt_reference
from multivis.offline.reference_kind import kind_of_code, with_kind

BOATS = """
CREATE TABLE harbour (harbour_id INTEGER PRIMARY KEY, name TEXT, deepest REAL, lowest INTEGER,
  highest INTEGER);
CREATE TABLE boat (boat_id INTEGER PRIMARY KEY, harbour_id INTEGER REFERENCES harbour(harbour_id),
  hull TEXT, weight REAL, low_draught REAL, high_draught REAL);
""" + "\n".join(
    [f"INSERT INTO harbour VALUES ({i},'Port {i}',{i}.5,{i + 2},{i * 9 + 4});" for i in (1, 2, 3)]
    + [
        f"INSERT INTO boat VALUES ({i},{i % 3 + 1},'{'steel' if i % 2 else 'wood'}',{i * 7 % 11},"
        f"{i % 4 + 1},{i % 4 + 3});"
        for i in range(1, 13)
    ]
)
RANGE = """
import altair as alt
import pandas as pd
df = pd.DataFrame({'m': [1], 'low': [2], 'high': [3]})
bar = alt.Chart(df).mark_bar().encode(x='low:Q', x2='high:Q', y='month(m):T')
low = alt.Chart(df).mark_text().encode(x='low:Q', y='month(m):T', text='low:Q')
high = alt.Chart(df).mark_text().encode(x='high:Q', y='month(m):T', text='high:Q')
chart = bar + low + high
"""


@pytest.fixture(scope="module")
def boats(make_database: Callable[[str], Any]) -> Any:
    return make_database(BOATS)


def _adapted(boats: Any, question: str) -> tuple[list[str], list[tuple[str, str | None]]]:
    """The marks, and what the bars show where, of a plan in the form of the range reference."""
    plan = boats.plan(with_kind(question, kind_of_code(RANGE)))
    adapted = adapt_reference(RANGE, plan, question)
    shown = [(c.name, c.field) for c in adapted.layers[0].channels]
    return [layer.mark for layer in adapted.layers], sorted(shown)


@pytest.mark.parametrize(
    ("question", "low", "high"),
    [
        (
            "Show the minimum and maximum weight of the boats for each hull.",
            "minimum_weight",
            "maximum_weight",
        ),
        (
            "Use the range of the weights of our boats by hull instead of temperatures by month.",
            "minimum_weight",
            "maximum_weight",
        ),
        (
            "From the low draught to the high draught of the boats of each hull.",
            "minimum_low_draught",
            "maximum_high_draught",
        ),
    ],
)
def test_a_reference_of_ranges_gets_both_ends_of_a_number(
    boats: Any, question: str, low: str, high: str
) -> None:
    marks, shown = _adapted(boats, question)
    assert marks == ["bar", "text", "text"]
    assert shown == [("x", low), ("x2", high), ("y", "hull")]


def test_columns_that_are_called_by_ends_are_the_ends(boats: Any) -> None:
    marks, shown = _adapted(boats, "The range between lowest and highest for each harbour.")
    assert marks == ["bar", "text", "text"]
    assert shown[:2] == [("x", "lowest"), ("x2", "highest")]


def test_numbers_at_both_ends_stand_outside_of_lying_bars(boats: Any) -> None:
    question = "Show the minimum and maximum weight of the boats for each hull."
    plan = boats.plan(with_kind(question, kind_of_code(RANGE)))
    texts = adapt_reference(RANGE, plan, question).layers[1:]
    assert [(t.options["align"], t.options["dx"] > 0) for t in texts] == [
        ("right", False),
        ("left", True),
    ]


def test_names_beside_lying_bars_leave_room_for_the_numbers_at_the_lower_ends(boats: Any) -> None:
    asked = "Horizontal bars from the smallest to the largest weight of the boats of each hull"
    written = boats.ask(f"{asked}, with the values written at both ends")
    assert written.channel("y")["axis"]["offset"] > 20
    assert boats.ask(asked).marks == ["bar", "text", "text"]
    plain = boats.ask(f"{asked}, without labels")
    assert plain.marks == ["bar"]
    assert "axis" not in plain.channel("y")


def test_bars_that_run_from_the_least_to_the_greatest_need_no_reference(boats: Any) -> None:
    answer = boats.ask("Draw floating bars for the lowest and highest weight of boats per hull.")
    encoding = answer.spec["encoding"]
    assert encoding["x"]["field"] == "minimum_weight"
    assert encoding["x2"]["field"] == "maximum_weight"


def test_a_maximum_alone_makes_plain_bars(boats: Any) -> None:
    answer = boats.ask("Bar chart of the maximum weight of boats per hull.")
    assert "y2" not in answer.spec["encoding"]


def test_a_slider_starts_where_the_words_put_it(boats: Any) -> None:
    answer = boats.ask(
        "Scatter plot of the weight against the low draught of the boats, with a slider for the "
        "weight from 1 to 9, with 4 as the start."
    )
    (slider,) = answer.spec["params"]
    assert slider["value"] == 4
    assert (slider["bind"]["min"], slider["bind"]["max"]) == (1, 9)
