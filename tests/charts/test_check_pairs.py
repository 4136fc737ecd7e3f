"""Each check has a pair: a chart on which it fires, and a near one on which it stays silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd
import pyarrow as pa
import pytest

from multivis.charts.checks import CheckInput, all_checks, get_check
from multivis.state import ArtifactReference, QueryResult, Severity

SALES = pd.DataFrame(
    {
        "region": ["North", "South", "East", "West", "North", "South"],
        "year": [2020, 2020, 2020, 2020, 2021, 2021],
        "amount": [120.5, 80.0, 95.25, 60.0, 130.0, 75.5],
    }
)
TOTALS = pd.DataFrame({"region": ["North", "South", "East"], "amount": [250.5, 155.5, 95.25]})


def given(
    chart: Any,
    rows: pd.DataFrame | None = SALES,
    question: str = "",
    sql: str = "SELECT region, year, amount FROM sales",
    truncated: bool = False,
) -> CheckInput:
    table = None if rows is None else pa.Table.from_pandas(rows, preserve_index=False)
    query = None
    if table is not None:
        query = QueryResult(
            sql=sql,
            dialect="sqlite",
            columns=(),
            row_count=table.num_rows,
            truncated=truncated,
            rows=ArtifactReference(sha256="0", media_type="", size=0),
        )
    return CheckInput.of(chart.to_dict(), rows=table, query=query, question=question)


def bars(data: pd.DataFrame = TOTALS, **options: Any) -> alt.Chart:
    channels = {"x": alt.X("region:N", sort=None), "y": "amount:Q", **options}
    return alt.Chart(data).mark_bar().encode(**channels)


def lines(data: pd.DataFrame, **channels: Any) -> alt.Chart:
    return alt.Chart(data).mark_line().encode(**channels)


def many(count: int) -> pd.DataFrame:
    return pd.DataFrame({"region": [f"place {i}" for i in range(count)], "amount": range(count)})


def asked(question: str, chart: Any, rows: pd.DataFrame | None = TOTALS) -> CheckInput:
    return given(chart, rows, question)


WITH_NULLS = pd.DataFrame({"region": ["a", "b", "c", "d"], "amount": [1.0, None, None, 4.0]})
MEANS = pd.DataFrame({"region": ["a", "a", "b"], "year": [1, 2, 1], "amount": [1.0, 4.0, 5.0]})
MEANS_SQL = "SELECT region, year, AVG(amount) AS amount FROM sales GROUP BY region, year"
SUMS_SQL = MEANS_SQL.replace("AVG", "SUM")
NEGATIVE = pd.DataFrame({"region": ["a", "b", "c"], "amount": [0.0, -4.0, 100.0]})
POSITIVE = pd.DataFrame({"region": ["a", "b", "c"], "amount": [1.0, 10.0, 100.0]})
LONG = pd.DataFrame({"region": ["x" * 60, "y" * 60], "amount": [1, 2]})
LOG_Y = {"y": alt.Y("amount:Q", scale=alt.Scale(type="log"))}
REPEATED = pd.concat([SALES, SALES.iloc[:4]])
INVENTED = pd.DataFrame(
    {"city": ["Oslo", "Rome", "Bern", "Kyiv"], "people": [717.1, 2873.5, 134.9, 2952.4]}
)
SPLIT = alt.Chart(SALES).mark_bar().encode(x="region:N", y="sum(amount):Q", color="year:N")
GROUPED = SPLIT.encode(xOffset="year:N")
LABELLED = bars() + bars().mark_text().encode(text="amount:Q")
RULED = bars() + alt.Chart(TOTALS).mark_rule().encode(y="mean(amount):Q")
PIE = alt.Chart(TOTALS).mark_arc().encode(theta="amount:Q", color="region:N")
NO_LEGEND = PIE.encode(color=alt.Color("region:N", legend=None))
SLIDER = bars().add_params(alt.param(bind=alt.binding_range(min=0, max=9), value=3))
DARK = alt.Scale(range=["#102030", "#102132", "#112233"])
NARROW = (
    alt.Chart(many(40))
    .mark_point()
    .encode(x=alt.X("region:N", axis=alt.Axis(labelAngle=0, labelOverlap=False)), y="amount:Q")
)

Pair = tuple[Callable[[], CheckInput], Callable[[], CheckInput]]

PAIRS: dict[str, Pair] = {
    "draws-something": (
        lambda: given(
            alt.Chart(TOTALS)
            .mark_bar()
            .encode(x="region:N", y="amount:Q")
            .transform_filter("datum.amount > 9999")
        ),
        lambda: given(bars()),
    ),
    "views-are-filled": (
        lambda: given(bars() | bars().transform_filter("datum.amount > 9999")),
        lambda: given(bars() | bars()),
    ),
    "nothing-clipped": (
        lambda: given(bars(y=alt.Y("amount:Q", scale=alt.Scale(domain=[0, 100])))),
        lambda: given(bars(y=alt.Y("amount:Q", scale=alt.Scale(domain=[0, 300])))),
    ),
    "labels-do-not-collide": (
        lambda: given(NARROW.properties(width=300)),
        lambda: given(NARROW.properties(width=4000)),
    ),
    "labels-are-whole": (
        lambda: given(bars(LONG, x=alt.X("region:N", axis=alt.Axis(labelLimit=50))), LONG),
        lambda: given(bars(LONG, x=alt.X("region:N", axis=alt.Axis(labelLimit=900))), LONG),
    ),
    "data-is-not-empty": (
        lambda: given(bars(), TOTALS.iloc[:0]),
        lambda: given(bars(), TOTALS),
    ),
    "query-is-whole": (
        lambda: given(bars(), TOTALS, truncated=True),
        lambda: given(bars(), TOTALS),
    ),
    "drawn-equals-query": (
        lambda: given(bars(TOTALS.assign(amount=[111.0, 222.25, 333.5])), TOTALS),
        lambda: given(bars(TOTALS), TOTALS),
    ),
    "no-invented-data": (
        lambda: given(alt.Chart(INVENTED).mark_bar().encode(x="city:N", y="people:Q")),
        lambda: given(
            alt.Chart(SALES.groupby("region", as_index=False)["amount"].mean())
            .mark_bar()
            .encode(x="region:N", y="amount:Q")
        ),
    ),
    "nothing-dropped": (
        lambda: given(bars(SALES.head(2))),
        lambda: given(bars(SALES)),
    ),
    "no-aggregate-of-aggregate": (
        lambda: given(bars(MEANS, y="mean(amount):Q"), MEANS, sql=MEANS_SQL),
        lambda: given(bars(MEANS, y="sum(amount):Q"), MEANS, sql=SUMS_SQL),
    ),
    "nulls-are-said": (
        lambda: given(bars(WITH_NULLS), WITH_NULLS),
        lambda: given(
            bars(WITH_NULLS, x=alt.X("region:N")).properties(title="Missing: 2"), WITH_NULLS
        ),
    ),
    "fields-exist": (
        lambda: given(bars(y="amounts:Q")),
        lambda: given(bars(y="twice:Q").transform_calculate(twice="datum.amount * 2")),
    ),
    "field-types-fit": (
        lambda: given(bars(x="amount:Q", y="region:Q")),
        lambda: given(bars(x="amount:Q", y="region:N")),
    ),
    "bars-start-at-zero": (
        lambda: given(bars(y=alt.Y("amount:Q", scale=alt.Scale(domain=[50, 300])))),
        lambda: given(bars(y=alt.Y("amount:Q", scale=alt.Scale(domain=[0, 300])))),
    ),
    "log-scale-domain": (
        lambda: given(lines(NEGATIVE, x="region:N", **LOG_Y), NEGATIVE),
        lambda: given(lines(POSITIVE, x="region:N", **LOG_Y), POSITIVE),
    ),
    "line-has-order": (
        lambda: given(lines(TOTALS, x="region:N", y="amount:Q", color="region:N"), TOTALS),
        lambda: given(lines(SALES, x="year:O", y="amount:Q", color="region:N")),
    ),
    "stack-of-non-additive": (
        lambda: given(bars(MEANS, color="year:N"), MEANS, sql=MEANS_SQL),
        lambda: given(bars(MEANS, color="year:N"), MEANS, sql=SUMS_SQL),
    ),
    "title-asked-for": (
        lambda: asked('Title it "Sales by region".', bars().properties(title="Sales")),
        lambda: asked('Title it "Sales by region".', bars().properties(title="Sales by Region")),
    ),
    "axis-titles-asked-for": (
        lambda: asked('Label the y-axis as "Sales (EUR)".', bars()),
        lambda: asked(
            'Label the y-axis as "Sales (EUR)".', bars(y=alt.Y("amount:Q", title="Sales (EUR)"))
        ),
    ),
    "axis-has-title": (
        lambda: given(bars(y=alt.Y("amount:Q", title=None))),
        lambda: given(bars()),
    ),
    "chart-type-asked-for": (
        lambda: asked("Draw a pie chart of sales by region.", bars()),
        lambda: asked("Draw a pie chart of sales by region.", PIE),
    ),
    "orientation-asked-for": (
        lambda: asked("Show a horizontal bar chart of sales.", bars()),
        lambda: asked("Show a horizontal bar chart of sales.", bars(x="amount:Q", y="region:N")),
    ),
    "stacking-asked-for": (
        lambda: asked("Show a grouped bar chart of sales by year.", SPLIT, SALES),
        lambda: asked("Show a grouped bar chart of sales by year.", GROUPED, SALES),
    ),
    "facet-asked-for": (
        lambda: asked("Show small multiples, a bar chart faceted by year.", SPLIT, SALES),
        lambda: asked(
            "Show small multiples, a bar chart faceted by year.",
            SPLIT.encode(column="year:N"),
            SALES,
        ),
    ),
    "scale-asked-for": (
        lambda: asked("Use a logarithmic scale on the y-axis.", bars(POSITIVE), POSITIVE),
        lambda: asked(
            "Use a logarithmic scale on the y-axis.",
            lines(POSITIVE, x="region:N", **LOG_Y),
            POSITIVE,
        ),
    ),
    "size-asked-for": (
        lambda: asked("Make it 600 pixels wide.", bars().properties(width=300)),
        lambda: asked("Make it 600 pixels wide.", bars().properties(width=600)),
    ),
    "sort-asked-for": (
        lambda: asked(
            "A bar chart of sales, sorted in descending order.",
            bars(x=alt.X("region:N", sort=["South", "North", "East"])),
        ),
        lambda: asked(
            "A bar chart of sales, sorted in descending order.",
            bars(x=alt.X("region:N", sort="-y")),
        ),
    ),
    "limit-asked-for": (
        lambda: asked("Show the top 5 places as a bar chart.", bars(many(9)), many(9)),
        lambda: asked("Show the top 5 places as a bar chart.", bars(many(5)), many(5)),
    ),
    "colours-asked-for": (
        lambda: asked("Use red bars.", bars()),
        lambda: asked("Use red bars.", bars(color=alt.value("firebrick"))),
    ),
    "tooltip-asked-for": (
        lambda: asked("Include tooltips showing the region and amount.", bars()),
        lambda: asked(
            "Include tooltips showing the region and amount.", bars(tooltip=["region", "amount"])
        ),
    ),
    "legend-asked-for": (
        lambda: asked("Draw a pie without a legend.", PIE),
        lambda: asked("Draw a pie without a legend.", NO_LEGEND),
    ),
    "interaction-asked-for": (
        lambda: asked("Add a slider for the threshold.", bars().interactive()),
        lambda: asked("Add a slider for the threshold.", SLIDER),
    ),
    "labels-asked-for": (
        lambda: asked("Display the amounts on each bar.", bars()),
        lambda: asked("Display the amounts on each bar.", LABELLED),
    ),
    "reference-line-asked-for": (
        lambda: asked("Draw bars and add a mean line.", bars()),
        lambda: asked("Draw bars and add a mean line.", RULED),
    ),
    "too-many-categories": (
        lambda: given(bars(many(90)).properties(width=400), many(90)),
        lambda: given(bars(many(20)).properties(width=400), many(20)),
    ),
    "too-many-colours": (
        lambda: given(bars(many(30), color="region:N"), many(30)),
        lambda: given(bars(many(10), color="region:N"), many(10)),
    ),
    "colours-are-distinct": (
        lambda: given(bars(color=alt.Color("region:N", scale=DARK))),
        lambda: given(bars(color="region:N")),
    ),
    "pie-is-readable": (
        lambda: given(PIE.properties(data=many(30).assign(amount=1)), many(30)),
        lambda: given(PIE),
    ),
    "single-value-chart": (
        lambda: given(bars(TOTALS.head(1)), TOTALS.head(1)),
        lambda: given(bars(TOTALS.head(2)), TOTALS.head(2)),
    ),
    "not-too-many-marks": (
        lambda: given(
            alt.Chart(alt.sequence(0, 6000, as_="n")).mark_point().encode(x="n:Q", y="n:Q")
        ),
        lambda: given(
            alt.Chart(alt.sequence(0, 600, as_="n")).mark_point().encode(x="n:Q", y="n:Q")
        ),
    ),
}


def test_every_check_has_its_pair() -> None:
    assert set(PAIRS) == {check.id for check in all_checks()}


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_a_check_fires_with_a_reason_and_what_to_do(name: str) -> None:
    result, recommendation = get_check(name)(PAIRS[name][0]())
    assert result.applicable
    assert not result.passed
    assert result.message
    assert recommendation is not None
    assert recommendation.check == name
    assert recommendation.target in {"sql", "code"}
    assert len(recommendation.text) > 10


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_a_check_stays_silent(name: str) -> None:
    result, recommendation = get_check(name)(PAIRS[name][1]())
    assert result.passed
    assert recommendation is None


@pytest.mark.parametrize(
    ("question", "passed"),
    [
        ("One row per region, please.", True),
        ("Sales in a separate panel for each region.", False),
    ],
)
def test_places_along_an_axis_are_rows_too(question: str, passed: bool) -> None:
    lying = asked(question, bars(x="amount:Q", y="region:N"))
    assert get_check("facet-asked-for")(lying)[0].passed is passed


def test_repeated_rows_are_noticed() -> None:
    result, _ = get_check("drawn-equals-query")(given(bars(REPEATED, y="sum(amount):Q")))
    assert not result.passed
    assert result.evidence["drawn"] > result.evidence["rows"]


def test_a_sum_over_one_row_too_many_is_noticed() -> None:
    data = pd.concat([SALES, SALES.iloc[:1]])
    result, _ = get_check("drawn-equals-query")(given(bars(data, y="sum(amount):Q")))
    assert not result.passed
    assert result.evidence["drawn"] == pytest.approx(result.evidence["expected"] + 120.5)


def test_at_least_eighteen_checks_and_both_severities() -> None:
    checks = all_checks()
    assert len(checks) >= 18
    assert {check.severity for check in checks} == {Severity.ERROR, Severity.WARNING}
    assert all(check.statement.endswith(".") for check in checks)


@pytest.mark.parametrize(
    ("question", "drawn", "passed"),
    [
        ("Draw a line chart of sales.", "area", False),
        ("Draw a line chart of sales.", "line", True),
        ("Draw an area chart of sales.", "line", False),
        ("Draw a line chart of sales with the area under it shaded.", "area", True),
        ("Draw a line chart and an area chart of sales.", "area", True),
    ],
)
def test_a_line_chart_is_no_area_chart(question: str, drawn: str, passed: bool) -> None:
    chart = alt.Chart(SALES, mark=drawn).encode(x="year:O", y="amount:Q")
    result, _ = get_check("chart-type-asked-for")(given(chart, question=question))
    assert result.passed is passed


def test_a_title_in_place_of_another_may_be_an_axis_title() -> None:
    chart = bars(y=alt.Y("amount:Q", title="Turnover"))
    check = get_check("title-asked-for")
    renamed = 'Improve the title, call it "Turnover" instead of just "amount".'
    assert check(asked(renamed, chart))[0].passed
    assert not check(asked('Call the chart "Turnover".', chart))[0].passed


_GROUPED = "SELECT region, SUM(amount) AS amount FROM sales GROUP BY region"
_MELTED = "SELECT 'all' AS region, SUM(amount) AS amount FROM sales"


@pytest.mark.parametrize(
    ("question", "sql", "rows", "severity"),
    [
        ("Show the sales for each region.", _MELTED, 1, Severity.ERROR),
        ("Draw a line chart of sales.", _MELTED, 1, Severity.ERROR),
        ("Show the trend of sales.", _MELTED, 1, Severity.ERROR),
        ("Show the sales by region.", _GROUPED, 3, Severity.ERROR),
        ("Show the sales for each region.", _GROUPED, 1, Severity.WARNING),
        ("How much was sold in total?", _MELTED, 1, Severity.WARNING),
        ("How many films were directed by Ann?", _MELTED, 1, Severity.WARNING),
    ],
)
def test_a_single_value_is_an_error_where_groups_were_asked_for_and_lost(
    question: str, sql: str, rows: int, severity: Severity
) -> None:
    chart = bars(TOTALS.head(1))
    result, recommendation = get_check("single-value-chart")(
        given(chart, TOTALS.head(rows), question=question, sql=sql)
    )
    assert not result.passed
    assert result.severity is severity
    assert recommendation is not None
    assert recommendation.severity is severity
