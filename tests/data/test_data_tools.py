"""The five tools of the database agent: what they say, and how they fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import ValidationError

from multivis.data import open_source
from multivis.data.artifacts import FileArtifactStore
from multivis.data.tools import data_tools
from multivis.settings import Settings
from multivis.state import FailureKind, QueryResult, Request, State
from multivis.tool import Outcome, ToolContext


class Bench:
    """Calls tools on one source; the state keeps what they define."""

    def __init__(self, path: Path, folder: Path, **limits: Any) -> None:
        settings = Settings(limits=limits)  # type: ignore[arg-type]
        self.source = open_source(path, limits=settings.limits)
        self.state = State(request=Request(question="?", data=str(path)))
        self.dependencies = SimpleNamespace(
            source=self.source, store=FileArtifactStore(folder / "store"), settings=settings
        )
        self.tools = {tool.name: tool for tool in data_tools()}

    def __call__(self, name: str, **arguments: Any) -> Outcome:
        tool = self.tools[name]
        context = ToolContext(cast(Any, self.dependencies), self.state)
        outcome = tool.run(tool.arguments.model_validate(arguments), context)
        self.state = self.state.model_copy(update=outcome.update)
        return outcome


@pytest.fixture
def call(shop: Path, tmp_path: Path) -> Bench:
    return Bench(shop, tmp_path)


def test_the_tools_are_the_papers_five() -> None:
    assert [tool.name for tool in data_tools()] == [
        "list_tables", "get_table", "get_foreign_keys", "find_fields", "execute_sql",
    ]  # fmt: skip
    for tool in data_tools():
        assert tool.requires == {"source"}
        assert tool.definition()["function"]["parameters"]["type"] == "object"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_table", {"table": "x", "rows": 21}),
        ("get_table", {"table": ""}),
        ("find_fields", {"text": "x", "limit": 51}),
        ("find_fields", {"text": ""}),
        ("execute_sql", {"sql": ""}),
        ("execute_sql", {"sql": "x" * 20_001}),
        ("execute_sql", {"sql": "x", "row_limit": 0}),
        ("execute_sql", {"sql": "x", "row_limit": 1_000_001}),
        ("execute_sql", {"sql": "x", "handoff": "x" * 8_001}),
        ("list_tables", {"unknown": 1}),
    ],
)
def test_the_argument_models_carry_the_bounds(tool: str, arguments: dict[str, Any]) -> None:
    model = next(t.arguments for t in data_tools() if t.name == tool)
    with pytest.raises(ValidationError):
        model.model_validate(arguments)


def test_list_tables_names_tables_rows_and_columns(call: Bench) -> None:
    text = call("list_tables").text
    assert 'TABLE "country" (3 rows): "id", "name", "population"' in text
    assert len(text.split("\n")) == 4


def test_get_table_shows_profiles_and_rows(call: Bench) -> None:
    outcome = call("get_table", table="Country", rows=2)
    assert '"population" INTEGER, quantitative' in outcome.text
    rows = json.loads(outcome.text.split("ROWS ")[1])
    assert rows[0] == {"id": 1, "name": "France", "population": 68_000_000}
    assert "ROWS" not in call("get_table", table="country", rows=0).text


def test_get_table_of_an_unknown_name_lists_the_near_and_the_real(call: Bench) -> None:
    outcome = call("get_table", table="countrys")
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.MISSING_FIELD
    assert "'country'" in outcome.text


def test_get_foreign_keys_lists_all_or_those_of_a_table(call: Bench) -> None:
    assert len(call("get_foreign_keys").text.split("\n")) == 2
    assert call("get_foreign_keys", table="country").text == (
        'FOREIGN KEY "customer"."country_id" -> "country"."id" (declared)'
    )
    assert "No foreign keys" in call("get_foreign_keys", table="spending").text


def test_find_fields_looks_in_names_and_values(call: Bench) -> None:
    assert "orders.amount" in call("find_fields", text="amounts").text
    assert "'France'" in call("find_fields", text="france").text
    assert "table 'customer'" in call("find_fields", text="customers", limit=1).text
    assert "Nothing is like" in call("find_fields", text="zzzzqqq").text


def test_a_query_defines_the_result_and_is_final(call: Bench) -> None:
    outcome = call("execute_sql", sql="SELECT name, score FROM customer", handoff="bars")
    assert outcome.final
    assert outcome.failure is None
    result = outcome.update["query"]
    assert isinstance(result, QueryResult)
    assert (result.row_count, result.handoff) == (4, "bars")
    assert '"score" double, quantitative, 3 distinct, 1 nulls, 1.5 .. 4.0' in outcome.text


def test_a_query_may_be_a_look_only(call: Bench) -> None:
    outcome = call("execute_sql", sql="SELECT name FROM customer", final=False)
    assert not outcome.final
    assert "final=true" in outcome.text


def test_a_cut_result_is_noted(call: Bench) -> None:
    outcome = call("execute_sql", sql="SELECT name FROM customer", row_limit=2)
    assert outcome.update["query"].truncated
    assert any(note.kind == "left_out" for note in outcome.notes)


def test_a_mistyped_name_in_double_quotes_is_noted(call: Bench) -> None:
    outcome = call("execute_sql", sql='SELECT "nmae", score FROM customer')
    assert [note.text for note in outcome.notes] == [
        "There is no column \"nmae\": SQLite read it as the text 'nmae'. "
        "Did you mean 'customer.name'?"
    ]
    assert "Did you mean 'customer.name'" in outcome.text
    empty = call("execute_sql", sql="SELECT score FROM customer WHERE \"nmae\" = 'Ana'")
    assert empty.failure is not None
    assert "Did you mean 'customer.name'" in empty.text


def test_renamed_columns_are_noted(call: Bench) -> None:
    outcome = call("execute_sql", sql="SELECT name, name FROM customer")
    assert any("renamed" in note.text for note in outcome.notes)


@pytest.mark.parametrize(
    ("sql", "kind", "says"),
    [
        ("SELECT nmae FROM customer", FailureKind.MISSING_FIELD, "'customer.name'"),
        ("SELECT name FROM custmer", FailureKind.MISSING_FIELD, "'customer'"),
        ("DROP TABLE customer", FailureKind.REFUSED, "DROP"),
        ("SELECT load_extension('x')", FailureKind.REFUSED, "load_extension"),
        ("SELECT 1; SELECT 2", FailureKind.REFUSED, "2 statements"),
        ("SELEC name FRM customer", FailureKind.SYNTAX, "does not parse"),
        ("SELECT json_extract('{', '$.a') FROM customer", FailureKind.EXECUTION, "malformed JSON"),
    ],
)
def test_failures_are_classified_and_say_how_to_go_on(
    call: Bench, sql: str, kind: FailureKind, says: str
) -> None:
    outcome = call("execute_sql", sql=sql)
    assert outcome.failure is not None
    assert outcome.failure.kind is kind
    assert says in outcome.text
    assert not outcome.update
    assert not outcome.final


def test_a_slow_query_is_a_timeout_that_asks_to_narrow(shop: Path, tmp_path: Path) -> None:
    call = Bench(shop, tmp_path, query_seconds=0.2)
    joined = ", ".join(f"customer c{i}" for i in range(16))
    total = " + ".join(f"c{i}.score" for i in range(16))
    outcome = call("execute_sql", sql=f"SELECT max({total}) FROM {joined}")
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.TIMEOUT
    assert "Narrow" in outcome.text


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("name = 'Chloe'", "'Chloé'"),
        ("name IN ('ana')", "'Ana'"),
        ("name LIKE 'Bob%'", "'Bo'"),
        ("score > 100", "ranges from 1.5 to 4.0"),
        ("'Anna' = name", "'Ana'"),
        ("lower(name) = 'anaa'", "'Ana'"),
    ],
)
def test_an_empty_result_names_the_values_near_the_filter(
    call: Bench, where: str, says: str
) -> None:
    outcome = call("execute_sql", sql=f"SELECT name FROM customer WHERE {where}")
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.EMPTY_RESULT
    assert not outcome.final
    assert says in outcome.text


def test_an_empty_result_asked_for_twice_is_an_answer(call: Bench) -> None:
    sql = "SELECT name FROM customer WHERE name = 'Zoe'"
    assert not call("execute_sql", sql=sql).final
    again = call("execute_sql", sql=sql + ";")
    assert again.failure is None
    assert again.final
    assert again.update["query"].row_count == 0


def test_the_filters_that_can_be_met_apart_are_told_so(call: Bench) -> None:
    sql = "SELECT name FROM customer WHERE name = 'Ana' AND joined = '2022-11-30'"
    assert "no row meets all" in call("execute_sql", sql=sql).text


def test_odd_names_can_be_shown(make_sqlite: Callable[..., Path], tmp_path: Path) -> None:
    path = make_sqlite(
        'CREATE TABLE "my ""table""" ("a b" INT); INSERT INTO "my ""table""" VALUES (7);'
    )
    assert '[{"a b": 7}]' in Bench(path, tmp_path)("get_table", table='my "table"').text
