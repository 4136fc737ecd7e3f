"""Any text, any name, any dialect."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.offline.altair_code import write_altair
from multivis.offline.catalog import Catalog, date_style
from multivis.offline.database_turn import plan_question
from multivis.offline.intent import read_question
from multivis.offline.matplotlib_code import write_matplotlib
from multivis.offline.overview import UNSURE, overview
from multivis.offline.plan import dumps, loads
from multivis.offline.planner import plan_chart
from multivis.offline.plotly_code import write_plotly
from multivis.offline.sql import write_sql
from multivis.offline.words import humanise, likeness, slug, split_name, stem
from multivis.protocols import ForeignKey, Schema, SourceColumn, Table

WORDS_TEXT = """
show the average total number of sales price by city and month year per each over time bar
line chart stacked scatter plot histogram with on x-axis y-axis colored title "A b" top 5
sorted highest to lowest in 2020 between 3 and 9 more than 10 versus percentage heatmap
pie tooltip hover , . ? ( ) relationship distribution
"""
WORDS = st.sampled_from(WORDS_TEXT.split())
NAMES = st.text(min_size=1, max_size=12)
KINDS = st.sampled_from(["INTEGER", "TEXT", "REAL", "DATE", ""])
SAMPLES = st.lists(
    st.one_of(st.none(), st.integers(-5000, 5000), st.text(max_size=8), st.floats(-9, 9)),
    max_size=3,
)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    tables = []
    for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=str.lower)):
        columns = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.lower))
        tables.append(
            Table(
                name,
                tuple(
                    SourceColumn(
                        column, draw(KINDS), samples=tuple(draw(SAMPLES)), distinct=draw(
                            st.one_of(st.none(), st.integers(0, 50))
                        )
                    )
                    for column in columns
                ),
                row_count=draw(st.one_of(st.none(), st.integers(0, 50))),
            )
        )  # fmt: skip
    keys = ()
    if len(tables) > 1:
        keys = (
            ForeignKey(tables[0].name, tables[0].columns[0].name, tables[1].name,
                       tables[1].columns[0].name),
        )  # fmt: skip
    return Schema("sqlite", tuple(tables), keys)


@settings(max_examples=150, deadline=None)
@given(schema=schemas(), words=st.lists(WORDS, max_size=25), more=st.text(max_size=40))
def test_no_question_and_no_name_ever_raises(schema: Schema, words: list[str], more: str) -> None:
    names = [table.name for table in schema.tables]
    names += [column.name for table in schema.tables for column in table.columns]
    question = " ".join([*words, more, *names[:3], *words[::-1]])
    catalog = Catalog(schema)
    plan = plan_chart(read_question(question, catalog), catalog)
    assert 0.0 <= plan.confidence <= 1.0
    assert loads(dumps(plan)) == plan
    if plan.query.outputs:
        sql, _ = write_sql(plan.query, catalog, "sqlite")
        assert sql.upper().startswith("SELECT")
        for write in (write_altair, write_plotly, write_matplotlib):
            compile(write(plan), "chart", "exec")


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60), other=st.text(max_size=20))
def test_words_of_any_kind_can_be_split_and_compared(text: str, other: str) -> None:
    assert all(word == word.lower() for word in split_name(text))
    assert 0.0 <= likeness(stem(text), stem(other)) <= 1.0
    assert likeness(stem(text), stem(other)) == likeness(stem(other), stem(text))
    assert slug(text)
    assert isinstance(humanise(text), str)


ODD = """
CREATE TABLE "Größe der Städte" ("Stadt-Name" TEXT, "Einwohner (2020)" INTEGER, "select" TEXT,
  "order" INTEGER, "a.b[c]" REAL, "it's quoted" TEXT);
INSERT INTO "Größe der Städte" VALUES ('Köln',1,'n',3,0.5,'k'),('Bonn',2,'s',4,1.5,'l'),
  ('Düren',3,'n',5,2.5,'k');
"""


@pytest.mark.parametrize(
    "question",
    [
        "Bar chart of Einwohner (2020) by Stadt-Name",
        "Total order for each select as a bar chart",
        "Scatter plot of order versus a.b[c]",
        "Box plot of a.b[c] by it's quoted",
        "Number of Größe der Städte per select",
    ],
)
def test_names_with_odd_characters_are_quoted_and_drawn(
    make_database: Callable[[str], Any], question: str
) -> None:
    answer = make_database(ODD).ask(question)
    assert answer.rows
    assert answer.marks


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", "postgres", "mysql"])
@pytest.mark.parametrize(
    "question",
    [
        "Number of orders per month as a line chart",
        "Number of orders by day of the week",
        "Number of orders per year by country, stacked bars",
        "Top 3 products by total quantity",
        "Orders after 2022 by month",
    ],
)
def test_every_dialect_gets_a_statement_that_parses(
    sales: Any, dialect: str, question: str
) -> None:
    import sqlglot

    planned = plan_question(question, sales.text, dialect)
    sql, lost = write_sql(planned.plan.query, planned.catalog, dialect)
    assert not lost
    assert sqlglot.parse_one(sql, dialect=dialect).sql(dialect)


@pytest.mark.parametrize(
    "question",
    [
        "Number of orders per month as a line chart",
        "Number of orders by day of the week as a bar chart",
        "Number of orders per year",
        "Top 3 products by total quantity",
    ],
)
def test_duckdb_and_sqlite_give_the_same_numbers(sales: Any, question: str) -> None:
    import duckdb

    counts = {}
    rows = sqlite3.connect(sales.path)
    duck = duckdb.connect()
    for table in ("customers", "products", "orders", "order_lines"):
        frame = rows.execute(f"SELECT * FROM {table}")
        names = [item[0] for item in frame.description]
        duck.execute(f"CREATE TABLE {table} AS SELECT * FROM (VALUES " + ", ".join(
            "(" + ", ".join(json.dumps(v).replace('"', "'") for v in row) + ")" for row in frame
        ) + f") AS t({', '.join(names)})")  # fmt: skip
    for dialect, run in (
        ("sqlite", lambda sql: rows.execute(sql).fetchall()),
        ("duckdb", lambda sql: duck.execute(sql).fetchall()),
    ):
        planned = plan_question(question, sales.text, dialect)
        sql, _ = write_sql(planned.plan.query, planned.catalog, dialect)
        counts[dialect] = sorted(int(row[-1]) for row in run(sql))
    rows.close()
    assert counts["sqlite"] == counts["duckdb"]


QUESTIONS = [
    "Bar chart of the number of flights by airline",
    "Horizontal bar chart of average delay by airline sorted from highest to lowest",
    "Stacked bar chart of flights by airline and airport",
    "Normalized stacked bar chart of flights by airline and airport",
    "Grouped bar chart of flights by airline and airport",
    "Line chart of the number of flights per month for each airline with points",
    "Area chart of the number of flights per month",
    "Stacked area chart of the number of flights per month by airline",
    "Scatter plot of delay minutes versus distance, colored by airline",
    "Scatter plot of delay minutes versus distance with a regression line",
    "Bubble chart of delay minutes versus distance with size showing launch year",
    "Histogram of delay minutes with 12 bins",
    "Box plot of delay minutes by airline",
    "Heatmap of the number of flights by airline and airport",
    "Pie chart of flights by airline",
    "Strip plot of delay minutes by airline",
    "Density plot of delay minutes by airline",
    "Bar chart of average delay per airline with the overall average as a red line",
    "Bar chart of flights per airline with the count displayed on each bar",
    "Histogram of delay minutes with a separate column for each airline",
    "Cumulative number of flights over time as an area chart",
    "Show international and domestic passengers for each airport as grouped bars",
    "Percentage of flights by airline as a bar chart",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_plotly_code_runs_and_leaves_a_figure(flights: Any, question: str) -> None:
    import numpy as np
    import plotly.express as px
    import plotly.graph_objects as go

    answer = flights.ask(question)
    frame = flights.source.execute(answer.sql).table.to_pandas()
    names: dict[str, Any] = {"df": frame, "px": px, "go": go, "np": np}
    exec(write_plotly(answer.plan), names)
    assert names["chart"].to_plotly_json()["data"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_matplotlib_code_runs_and_leaves_a_figure(flights: Any, question: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np
    import pandas as pd

    answer = flights.ask(question)
    frame = flights.source.execute(answer.sql).table.to_pandas()
    names: dict[str, Any] = {"df": frame, "plt": plt, "np": np, "pd": pd}
    exec(write_matplotlib(answer.plan), names)
    try:
        assert names["chart"].axes
    finally:
        plt.close("all")


@pytest.mark.parametrize(
    ("samples", "style"),
    [
        (("2021-03-01", "2020-12-24"), "iso"),
        (("2021-03-01 12:30:00",), "iso"),
        (("12 March 2018", "1 May 2019"), "ends_with_year"),
        (("red", "blue"), ""),
        ((), ""),
    ],
)
def test_the_way_dates_are_written_is_seen(samples: tuple[str, ...], style: str) -> None:
    assert date_style(SourceColumn("when", "TEXT", samples=samples)) == style


def test_years_are_seen_by_name_and_range() -> None:
    assert date_style(SourceColumn("open_year", "INTEGER", minimum=1990, maximum=2020)) == "year"
    assert date_style(SourceColumn("seats", "INTEGER", minimum=1990, maximum=2020)) == ""


def test_a_plan_survives_the_way_through_json(flights: Any) -> None:
    for question in QUESTIONS:
        plan = flights.plan(question)
        assert loads(dumps(plan)) == plan


@pytest.mark.parametrize("text", ["3", "[]", "not json", '{"query": 3}'])
def test_what_is_no_plan_is_refused_or_empty(text: str) -> None:
    try:
        plan = loads(text)
    except ValueError:
        return
    assert not plan.views


OVERVIEWS = [
    ("Create a bar chart of the average thickness by country", "country", '"country"'),
    ("Please draw a matrix chart of glaciers and their melting", "", "Nothing that the question"),
]


@pytest.mark.parametrize(("question", "column", "told"), OVERVIEWS)
def test_a_chart_that_was_asked_for_shows_what_there_is_and_says_so(
    sales: Any, question: str, column: str, told: str
) -> None:
    catalog = Catalog(sales.source.schema())
    plan = overview(read_question(question, catalog), catalog)
    assert plan is not None and plan.views
    assert column in [o.column for o in plan.query.outputs] or not column
    assert plan.confidence == UNSURE
    assert told in plan.left_out[0]


@pytest.mark.parametrize("question", ["Plot salinity per city", "The mean salinity by country"])
def test_a_number_that_is_not_there_is_not_replaced_by_another_chart(
    sales: Any, question: str
) -> None:
    catalog = Catalog(sales.source.schema())
    assert overview(read_question(question, catalog), catalog) is None


@pytest.mark.parametrize(
    "question",
    [
        "Scatter plot of the unit price with error bars of 10%",
        "Scatter plot of delay minutes against distance miles with 5 percent error bars",
    ],
)
def test_a_margin_of_error_needs_no_second_axis(sales: Any, flights: Any, question: str) -> None:
    plan = (flights if "delay" in question else sales).plan(question)
    assert plan.views
    assert "errorbar" in [layer.mark for layer in plan.layers] or plan.left_out
