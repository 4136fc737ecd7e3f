"""Running totals: numbers that grow along time, from the query or in the chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

HARBOUR = """
CREATE TABLE ships (ship_id INTEGER PRIMARY KEY, ship_name TEXT, launch_year INTEGER, flag TEXT);
CREATE TABLE landings (landing_id INTEGER PRIMARY KEY,
  ship_id INTEGER REFERENCES ships(ship_id), landing_date TEXT, crates INTEGER);
INSERT INTO ships VALUES (1,'Auk',1998,'Malta'),(2,'Brant',1998,'Panama'),(3,'Crane',2003,'Malta'),
  (4,'Diver',2007,'Panama'),(5,'Eider',2007,'Malta');
""" + "\n".join(
    f"INSERT INTO landings VALUES ({i},{i % 3 + 1},"
    f"'20{20 + i // 8}-0{i % 8 + 1}-1{i % 7}',{10 * i});"
    for i in range(1, 25)
)


@pytest.fixture(scope="module")
def harbour(make_database: Callable[[str], Any]) -> Any:
    return make_database(HARBOUR)


@pytest.mark.parametrize(
    "question",
    [
        "Line chart of the running number of landings by landing date, one line per ship",
        "How did the number of landings pile up over time for each ship? Draw lines",
        "Draw a line per ship of how the landings accumulate over the landing dates",
    ],
)
def test_lines_that_run_up_count_each_event_within_its_series(harbour: Any, question: str) -> None:
    answer = harbour.ask(question)
    assert "OVER (PARTITION BY" in answer.sql
    assert len(answer.rows) == 24
    last = {row[1]: row[2] for row in sorted(answer.rows)}
    assert last == {"Auk": 8, "Brant": 8, "Crane": 8}


def test_one_line_along_years_adds_up_the_totals_of_the_years(harbour: Any) -> None:
    answer = harbour.ask("Number of ships launched up to each year, as a step line")
    assert answer.rows == [(1998, 2), (2003, 3), (2007, 5)]


def test_amounts_that_build_up_are_added_row_by_row(harbour: Any) -> None:
    answer = harbour.ask("How do the crates build up over time for each ship? line chart")
    assert all(isinstance(row[2], int) for row in answer.rows)
    totals = {name: max(r[2] for r in answer.rows if r[1] == name) for _, name, _ in answer.rows}
    assert sum(totals.values()) == sum(10 * i for i in range(1, 25))


def test_a_single_area_of_counted_rows_is_counted_in_the_chart(harbour: Any) -> None:
    answer = harbour.ask("Area chart of the cumulative number of landings by landing date")
    assert "OVER" not in answer.sql
    assert answer.channel("y")["field"] == "cumulative_count"
    assert "window" in answer.spec["transform"][0]
