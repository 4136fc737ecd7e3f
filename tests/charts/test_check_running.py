"""Running checks: what makes a chart pass, and checks of one's own."""

from __future__ import annotations

import dataclasses
from typing import Any

import altair as alt
import pandas as pd
import pyarrow as pa
import pytest

from multivis.charts.checks import (
    Check,
    CheckInput,
    Finding,
    all_checks,
    check_table,
    evaluate,
    fail,
    get_check,
    ok,
    run_checks,
)
from multivis.charts.checks.values import Known, tokens
from multivis.errors import OptionError
from multivis.state import Chart, Evaluation, Provenance, Request, Severity

TOTALS = pd.DataFrame({"region": ["North", "South", "East"], "amount": [250.5, 155.5, 95.25]})
CHART = alt.Chart(TOTALS).mark_bar().encode(x="region:N", y="amount:Q")


def run(spec: dict[str, Any], question: str = "", extra: tuple[Check, ...] = ()) -> Evaluation:
    chart = Chart(
        backend="altair",
        code="",
        script="",
        provenance=Provenance(question=question, code_sha256=""),
    )
    return run_checks(
        chart,
        spec,
        query=None,
        rows=pa.Table.from_pandas(TOTALS),
        request=Request(question=question, data="frame:totals"),
        extra=extra,
    )


def test_a_sound_chart_passes_and_every_check_reports() -> None:
    evaluation = run(CHART.to_dict())
    assert evaluation.passed
    assert [c.id for c in evaluation.checks] == [c.id for c in all_checks()]
    assert evaluation.recommendations == ()


def test_only_errors_block_and_they_come_first() -> None:
    crowded = CHART.encode(y=alt.Y("amount:Q", title=None))
    warned = run(crowded.to_dict())
    assert warned.passed
    assert [r.severity for r in warned.recommendations] == [Severity.WARNING]
    blocked = run(crowded.to_dict(), "Draw a pie chart.")
    assert not blocked.passed
    assert blocked.recommendations[0].severity is Severity.ERROR
    assert blocked.recommendations[0].check == "chart-type-asked-for"


def test_a_chart_that_cannot_be_drawn_fails_with_its_cause() -> None:
    evaluation = run({"mark": "bar", "encoding": {"x": {"field": "it's", "type": "nominal"}}})
    assert not evaluation.passed
    failed = [c for c in evaluation.checks if not c.passed]
    assert "draws-something" in {c.id for c in failed}
    assert "quote" in next(c.message for c in failed if c.id == "draws-something")


def test_a_check_of_ones_own_takes_part() -> None:
    def says_where(given: CheckInput) -> Finding:
        titles = given.facts.titles
        return ok() if titles else fail("The chart says no place.", "Add a title with the place.")

    mine = Check("says-where", "The title names the place.", Severity.ERROR, says_where)
    assert not run(CHART.to_dict(), extra=(mine,)).passed
    assert run(CHART.properties(title="In Oslo").to_dict(), extra=(mine,)).passed


def test_a_check_with_a_known_id_takes_its_place() -> None:
    milder = dataclasses.replace(get_check("chart-type-asked-for"), severity=Severity.WARNING)
    evaluation = run(CHART.to_dict(), "Draw a pie chart.", extra=(milder,))
    assert evaluation.passed
    assert len(evaluation.checks) == len(all_checks())


def test_a_defect_in_a_check_is_reported_and_does_not_end_the_run() -> None:
    def broken(given: CheckInput) -> Finding:
        raise ZeroDivisionError("oh")

    mine = Check("mine", "It works.", Severity.ERROR, broken)
    result = run(CHART.to_dict(), extra=(mine,)).checks[-1]
    assert (result.passed, result.applicable) == (True, False)
    assert "ZeroDivisionError" in result.message


def test_an_unknown_check_is_named_with_those_that_exist() -> None:
    with pytest.raises(OptionError, match="draws-something"):
        get_check("draws-anything")


def test_the_table_lists_every_check() -> None:
    rows = check_table()
    assert [row["id"] for row in rows] == [check.id for check in all_checks()]
    assert {"altair", "altair, matplotlib, plotly"} <= {row["backends"] for row in rows}


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ({"a": ["13 October 2008", "1 May 2009", "2 June 2010"]}, {"a": pd.to_datetime}),
        ({"a": ["1", "1", "2"], "b": [5, 6, 7]}, {"a": lambda v: v.map({"1": "Mon", "2": "Tue"})}),
        (
            {"a": ["1:30", "2:10", "0:15"], "b": [5, 6, 7]},
            {"a": lambda v: pd.Series([90, 130, 15])},
        ),
        ({"a": [1200.0, 3400.0, 5600.0], "b": [1, 2, 3]}, {"a": lambda v: v / 1000}),
        ({"a": [1.234567, 2.345678, 9.9], "b": [1, 2, 3]}, {"a": lambda v: v.round(1)}),
        ({"a": ["2020", "2021", "2022"]}, {"a": lambda v: pd.to_datetime(v, format="%Y")}),
        ({"a": ["1,200", "3,400", "5,600"]}, {"a": lambda v: pd.Series([1200, 3400, 5600])}),
    ],
)
def test_tidying_a_column_is_no_invention(rows: dict[str, Any], columns: dict[str, Any]) -> None:
    result = pd.DataFrame(rows)
    tidy = result.assign(**{name: change(result[name]) for name, change in columns.items()})
    chart = alt.Chart(tidy).mark_point().encode(x="a", y=alt.Y("a", title="again"))
    given = CheckInput.of(chart.to_dict(), rows=pa.Table.from_pandas(result))
    accused = {c.id for c in evaluate(given).checks if not c.passed}
    assert not accused & {"drawn-equals-query", "no-invented-data"}


def test_added_rows_of_a_waterfall_are_no_invention() -> None:
    begin = pd.DataFrame({"region": ["Begin"], "amount": [0.0]})
    end = pd.DataFrame({"region": ["Total"], "amount": [TOTALS["amount"].sum()]})
    chart = CHART.properties(data=pd.concat([begin, TOTALS, end]))
    assert run(chart.to_dict()).passed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        ("12", 12),
        ("2020-01-01", pd.Timestamp("2020-01-01").to_pydatetime()),
        ("2020-01-01 00:00:00", "2020-01-01T00:00:00"),
        ("  Oslo ", "oslo"),
        (0.1 + 0.2, 0.3),
    ],
)
def test_equal_values_share_a_token(one: Any, other: Any) -> None:
    assert tokens(one) & tokens(other)


@pytest.mark.parametrize(("one", "other"), [(1, 2), ("a", "b"), ("2020-01-01", "2020-01-02")])
def test_different_values_share_no_token(one: Any, other: Any) -> None:
    assert not tokens(one) & tokens(other)


def test_sums_means_shares_and_running_totals_follow_from_a_result() -> None:
    known = Known(
        [{"g": "a", "n": 1.5}, {"g": "a", "n": 4.0}, {"g": "b", "n": 7.25}, {"g": "b", "n": None}]
    )
    for number in (5.5, 2.75, 12.75, 4.25, 1.5 / 12.75, 100 * 4 / 5.5, -1.25):
        assert known.explains(number), number
    assert not known.explains(8.8125)
