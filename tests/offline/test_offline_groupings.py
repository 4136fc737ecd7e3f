"""Ranges, moving averages, the rest as Other, and the marks of charts with names of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivis.offline.database_turn import plan_question
from multivis.offline.groupings import read_moving, wants_rest
from multivis.offline.matplotlib_code import write_matplotlib
from multivis.offline.number_groups import read_ranges
from multivis.offline.plotly_code import write_plotly

LIBRARY = """
CREATE TABLE loans (loan_id INTEGER PRIMARY KEY, branch TEXT, reader_age REAL, loan_date TEXT,
  fee REAL, fine REAL);
""" + "\n".join(
    f"INSERT INTO loans VALUES ({i},'{['East', 'West', 'North', 'South', 'Mill'][i % 5]}',"
    f"{10 + (i * 7) % 61 + (0.5 if i % 11 == 0 else 0)},'{2018 + i % 5}-{1 + i % 12:02d}-05',"
    f"{(i * 17) % 23},{(i * 5) % 19});"
    for i in range(1, 161)
)


@pytest.fixture(scope="module")
def library(make_database: Callable[[str], Any]) -> Any:
    return make_database(LIBRARY)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("group ages into under 30, 30-50 and over 50", ["Under 30", "30-50", "Over 50"]),
        ("in age groups 18 to 24, 25 to 34, 35+", ["18 to 24", "25 to 34", "35+"]),
        ("price bands: below 1,000, 1,000-5,000, 5,000 or more",
         ["Below 1,000", "1,000-5,000", "5,000 or more"]),
        ("ages over 50 and under 30 as two groups", ["Under 30", "Over 50"]),
    ],
)  # fmt: skip
def test_ranges_are_read_from_low_to_high(text: str, labels: list[str]) -> None:
    found = read_ranges(text)
    assert found is not None
    assert [case[0] for case in found.cases] == labels


@pytest.mark.parametrize("text", ["readers under 30", "from 2010 to 2015", "fees over 5"])
def test_one_condition_is_no_grouping(text: str) -> None:
    assert read_ranges(text) is None


@given(st.text(max_size=80))
def test_reading_groupings_never_raises(text: str) -> None:
    read_ranges(text)
    read_moving(text)
    wants_rest(text)


def test_every_row_falls_into_the_range_of_its_number(library: Any) -> None:
    answer = library.ask(
        "Group the reader age into under 20, 20-39, 40-59 and over 59 and count the loans as bars"
    )
    ages = library.source.execute("SELECT reader_age AS a FROM loans").table.to_pandas()["a"]
    expected = {
        "Under 20": int((ages < 20).sum()),
        "20-39": int(((ages >= 20) & (ages < 40)).sum()),
        "40-59": int(((ages >= 40) & (ages <= 59)).sum()),
        "Over 59": int((ages > 59).sum()),
    }
    assert {k: v for k, v in answer.rows if k is not None} == expected
    assert sum(expected.values()) == len(ages) - sum(v for k, v in answer.rows if k is None)
    assert answer.channel("x")["sort"] == list(expected)
    assert not answer.plan.query.filters


def test_the_rest_is_summed_as_other_and_comes_last(library: Any) -> None:
    answer = library.ask("Bar chart of the top 2 branches by total fee with the rest as Other")
    table = library.source.execute("SELECT branch, SUM(fee) AS f FROM loans GROUP BY branch").table
    totals = sorted(table.to_pandas()["f"], reverse=True)
    assert [row[1] for row in answer.rows] == [*totals[:2], sum(totals[2:])]
    assert answer.rows[-1][0] == "Other"
    assert answer.channel("x")["sort"] is None


def test_a_moving_average_has_its_window_and_unit(library: Any) -> None:
    answer = library.ask("3-month moving average of the total fee over time")
    (step,) = answer.spec["transform"]
    assert step["frame"] == [-2, 0]
    assert step["window"][0]["op"] == "mean"
    assert answer.plan.query.outputs[0].time_unit == "yearmonth"


def test_a_moving_average_beside_the_values_is_a_second_line(library: Any) -> None:
    assert library.ask("Monthly total fee as a line chart with a 4-month moving average").marks == [
        "line", "line",
    ]  # fmt: skip


def test_two_values_of_a_group_are_dots_on_a_line(library: Any) -> None:
    answer = library.ask("Dumbbell chart of minimum and maximum fee by branch")
    assert answer.marks == ["line", "point"]
    fees = {(branch, end): fee for branch, fee, end in answer.rows}
    branches = {branch for branch, _ in fees}
    assert all(fees[b, "Minimum"] <= fees[b, "Maximum"] for b in branches)
    assert answer.channel("detail")["field"] == answer.columns[0]


def test_a_slope_has_its_two_ends_only(library: Any) -> None:
    answer = library.ask("Slope chart of the average fee by branch from 2018 to 2021")
    assert {row[0] for row in answer.rows} == {2018, 2021}
    assert answer.channel("color")["field"] == "branch"


def test_ranks_along_time_are_the_same_in_every_library(library: Any) -> None:
    question = "Bump chart of branches ranked by total fine per year"
    answer = library.ask(question)
    assert answer.channel("y") == {
        "field": "rank",
        "type": "ordinal",
        "title": "Rank by Total Fine",
    }
    frame = pd.DataFrame(answer.rows, columns=answer.columns)
    expected = frame.groupby("year")["total_fine"].rank(method="min", ascending=False)
    plan = plan_question(question, library.text, "sqlite").plan
    for write in (write_plotly, write_matplotlib):
        code = write(plan)
        lines = [line for line in code.splitlines() if line.startswith("df")]
        names: dict[str, Any] = {"df": frame, "np": np, "pd": pd}
        exec("\n".join(lines), names)
        assert names["df"]["rank"].sort_index().tolist() == expected.astype(int).tolist()


def test_floating_bars_over_months_follow_the_calendar(library: Any) -> None:
    rows = library.ask("Waterfall chart of the total fee by month").rows
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)


@pytest.mark.parametrize(
    "question",
    [
        "Loans by loan date as bars, split into ranges 0-5000 and 5000+",
        "Horizon chart of the total fee per year, split into the ranges 0-10 and 10+",
    ],
)
def test_dates_and_folded_areas_are_not_cut_into_ranges(library: Any, question: str) -> None:
    plan = library.plan(question)
    assert not any(output.cases for output in plan.query.outputs)
    assert any("ranges were not used" in text for text in plan.assumptions)
