"""After failures: arguments within bounds, causes mended, charts simplified, never mere words."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from multivis import MultiVis
from multivis.data.tools import data_tools
from multivis.llm.brief import render_brief
from multivis.offline import OfflineChatModel
from multivis.offline.database_turn import plan_question
from multivis.offline.plan import Channel, Condition, Layer, Plan, Selection, View
from multivis.offline.recovery import fit_arguments, mended_by_message, simpler_charts
from multivis.offline.sql_joins import with_trimmed_keys
from multivis.offline.turns import Answer, Attempt, Turn

COLUMNS = [
    {"name": "city", "type": "string", "kind": "nominal", "distinct": 3},
    {"name": "low", "type": "double", "kind": "quantitative", "distinct": 3},
    {"name": "high", "type": "double", "kind": "quantitative", "distinct": 3},
]
SCHEMA = {
    "properties": {
        "sql": {"type": "string", "maxLength": 20},
        "limit": {"anyOf": [{"type": "integer", "maximum": 50}, {"type": "null"}]},
        "handoff": {"type": "string", "maxLength": 5},
    },
    "required": ["sql"],
}
CODE_TOOL = {
    "type": "function",
    "function": {
        "name": "execute_code",
        "description": "Run code.",
        "parameters": {
            "properties": {
                "code": {"type": "string"},
                "final": {"type": "boolean"},
                "handoff": {"type": "string"},
            },
            "required": ["code"],
        },
    },
}


def _turn(*attempts: Attempt) -> Turn:
    return Turn({}, attempts, tools=("t",), parameters={"t": SCHEMA})


def test_arguments_are_brought_within_their_bounds_but_statements_are_never_cut() -> None:
    sql = "SELECT a, b, c FROM very_long_name"
    call = Answer("t", {"sql": sql, "limit": 900, "handoff": "abcdefgh", "unknown": 1})
    assert fit_arguments(call, _turn()).arguments == {"sql": sql, "limit": 50, "handoff": "abcde"}


def test_a_call_refused_for_an_argument_is_sent_again_with_the_required_ones() -> None:
    refused = Attempt("t", {}, "The argument 'limit' = 900 does not fit: too many.")
    call = Answer("t", {"sql": "SELECT 1", "limit": 900, "handoff": ""})
    assert fit_arguments(call, _turn(refused)).arguments == {"sql": "SELECT 1"}
    ran = Attempt("t", {}, "no such column: limit")
    assert fit_arguments(call, _turn(ran)).arguments["limit"] == 50


def _conversation(question: str, sales: Any) -> list[Any]:
    sections = {"question": question, "scenario": "A", "dialect": "sqlite", "schema": sales.text}
    return [SystemMessage("…"), HumanMessage(render_brief(sections))]


def _said(messages: list[Any], answer: AIMessage, text: str) -> list[Any]:
    number = answer.tool_calls[0]["id"]
    return [*messages, answer, ToolMessage(text, tool_call_id=number)]


def test_the_same_statement_is_sent_again_when_only_its_arguments_were_refused(sales: Any) -> None:
    model = OfflineChatModel().bind_tools([t.definition() for t in data_tools()])
    messages = _conversation("Customers per country", sales)
    first = model.invoke(messages)
    again = model.invoke(
        _said(messages, first, "The argument 'handoff' has 9,000 characters; at most 8,000 …")
    )
    assert again.tool_calls[0]["args"] == {"sql": first.tool_calls[0]["args"]["sql"]}


def test_the_database_agent_ends_with_cannot_answer_when_no_query_is_left(sales: Any) -> None:
    give_up = {
        "type": "function",
        "function": {
            "name": "cannot_answer",
            "description": "Say what is missing.",
            "parameters": {"properties": {"reason": {"type": "string"}}, "required": ["reason"]},
        },
    }
    tools = [*(t.definition() for t in data_tools()), give_up]
    model = OfflineChatModel().bind_tools(tools)
    messages = _conversation("Customers per country", sales)
    for _ in range(8):
        answer = model.invoke(messages)
        assert answer.tool_calls
        if answer.tool_calls[0]["name"] == "cannot_answer":
            break
        messages = _said(messages, answer, "The engine is not there.")
    assert answer.tool_calls[0]["name"] == "cannot_answer"


def test_a_chart_that_keeps_failing_is_simplified_and_words_are_not_said_twice() -> None:
    model = OfflineChatModel().bind_tools([CODE_TOOL])
    query = json.dumps({"sql": "…", "row_count": 3, "columns": COLUMNS, "handoff": ""})
    sections = {
        "question": "Bar chart of low by city with tooltips and labels, zoomable", "scenario": "A",
        "backend": "altair", "query": query,
    }  # fmt: skip
    messages: list[Any] = [SystemMessage("…"), HumanMessage(render_brief(sections))]
    codes = []
    for _ in range(12):
        answer = model.invoke(messages)
        if not answer.tool_calls:
            break
        codes.append(answer.tool_calls[0]["args"]["code"])
        messages = _said(messages, answer, "It did not work.")
    assert len(set(codes)) == len(codes) >= 3
    assert len(codes[-1]) < len(codes[0])
    messages = [*messages, answer, HumanMessage("Answer with one tool call and no prose.")]
    assert model.invoke(messages).tool_calls[0]["args"]["code"] == codes[-1]


def _range(kind: Any) -> Plan:
    layer = Layer("bar", channels=(
        Channel("x", "city", "nominal"), Channel("y", "low", kind), Channel("y2", "high"),
    ))  # fmt: skip
    return Plan(views=(View(layers=(layer,)),))


def test_both_ends_of_a_range_become_numbers() -> None:
    message = "Both y and y2 have to be quantitative to use stack."
    mended = mended_by_message(_range("nominal"), message, COLUMNS)
    assert mended.layers[0].channel("y").kind == "quantitative"  # type: ignore[union-attr]


def test_a_field_without_a_type_gets_the_type_of_its_column() -> None:
    plan = Plan(views=(View(layers=(Layer("bar", channels=(Channel("x", "city"),)),)),))
    mended = mended_by_message(plan, "The encoding type could not be inferred.", COLUMNS)
    assert mended.layers[0].channels[0].kind == "nominal"


def test_expressions_that_do_not_parse_go() -> None:
    layer = Layer(
        "bar", {}, (Channel("y", "low", "quantitative"),
                    Channel("color", condition=Condition("datum.", "red", "grey"))),
        ({"filter": "datum."},),
    )  # fmt: skip
    plan = Plan(views=(View(layers=(layer,)),))
    mended = mended_by_message(plan, "Expression parse error: datum.", COLUMNS)
    assert mended.layers[0].transforms == ()
    assert mended.layers[0].channel("color") is None


def test_rows_that_are_too_many_for_a_chart_are_counted_by_value(tmp_path: Path) -> None:
    path = tmp_path / "trips.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE trip (started TEXT, rider TEXT, minutes INTEGER)")
        connection.executemany(
            "INSERT INTO trip VALUES (?, ?, ?)",
            [(f"{n % 12 + 1}/{n % 27 + 1}/2019 {n}", f"r{n}", n * 7 % 90) for n in range(8_000)],
        )
    connection.close()
    with MultiVis(path, model="offline") as agent:
        result = agent.ask("Line chart of the minutes by rider, a line with a point for each")
    assert result.status == "complete"
    assert result.state.chart is not None


def test_a_chart_of_too_many_rows_becomes_a_histogram() -> None:
    message = "The chart draws 5,431 rows: their line does not run over numbers or dates."
    mended = mended_by_message(_range("quantitative"), message, COLUMNS)
    x, y = mended.layers[0].channels
    assert (x.field, x.bin, y.aggregate) == ("low", 0, "count")
    assert "too many rows" in mended.left_out[0]


def test_an_unknown_message_changes_nothing() -> None:
    assert mended_by_message(_range("quantitative"), "Strange.", COLUMNS) == _range("quantitative")


@pytest.mark.parametrize("views", [1, 2])
def test_simpler_charts_lose_interactions_then_layers_then_tooltips_then_looks(views: int) -> None:
    layer = Layer("bar", {"opacity": 0.5}, (
        Channel("x", "city", "nominal", sort="-y"), Channel("y", "low", "quantitative"),
        Channel("tooltip", "low", "quantitative"),
    ))  # fmt: skip
    view = View(layers=(layer, Layer("text")), selections=("pick",))
    plan = Plan(views=(view,) * views, selections=(Selection("pick"),))
    steps = list(simpler_charts(plan))
    assert [bool(s.selections) for s in steps] == [False] * 4
    assert [len(s.layers) for s in steps] == [2, 1, 1, 1]
    assert steps[2].layers[0].channel("tooltip") is None
    assert steps[3].layers[0].options == {}
    assert len(steps[3].left_out) == 4


def test_keys_with_blanks_around_them_are_joined_all_the_same(make_database: Any) -> None:
    depots = make_database(
        """CREATE TABLE depots (code TEXT PRIMARY KEY, depot_name TEXT);
        CREATE TABLE trucks (truck_id INTEGER PRIMARY KEY, depot TEXT REFERENCES depots(code));
        INSERT INTO depots VALUES ('N1','North'),('S1','South');
        INSERT INTO trucks VALUES (1,' N1'),(2,' N1'),(3,'S1 ');"""
    )
    sql = (
        "SELECT d.depot_name, COUNT(*) AS trucks FROM trucks AS t "
        "JOIN depots AS d ON t.depot = d.code GROUP BY d.depot_name"
    )
    catalog = plan_question("Trucks per depot", depots.text, "sqlite").catalog
    with sqlite3.connect(depots.path) as connection:
        assert connection.execute(sql).fetchall() == []
        trimmed = with_trimmed_keys(sql, catalog, "sqlite")
        assert sorted(connection.execute(trimmed).fetchall()) == [("North", 2), ("South", 1)]


def test_joins_over_numbers_are_left_as_they_are(make_database: Any) -> None:
    depots = make_database(
        """CREATE TABLE depots (code INTEGER PRIMARY KEY, depot_name TEXT);
        CREATE TABLE trucks (truck_id INTEGER PRIMARY KEY, depot INTEGER REFERENCES depots(code));
        INSERT INTO depots VALUES (1,'North'); INSERT INTO trucks VALUES (1,1);"""
    )
    sql = "SELECT d.depot_name FROM trucks AS t JOIN depots AS d ON t.depot = d.code"
    catalog = plan_question("Trucks per depot", depots.text, "sqlite").catalog
    assert with_trimmed_keys(sql, catalog, "sqlite") == ""
