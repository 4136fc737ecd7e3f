"""The tools of the Database & Query Agent (MultiVis-Agent §3.3), under the paper's names."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from multivis.data.describe import describe_schema, describe_table
from multivis.data.nearest import similarity, words_of
from multivis.errors import (
    InputError,
    MultiVisError,
    QueryExecutionError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTimeoutError,
    UnknownFieldError,
)
from multivis.protocols import Schema, SourceColumn, Table
from multivis.state import Failure, FailureKind, Note
from multivis.tool import Arguments, Outcome, Tool, ToolContext

if TYPE_CHECKING:
    from multivis.state import QueryResult

__all__ = [
    "ExecuteSql",
    "FindFields",
    "GetForeignKeys",
    "GetTable",
    "ListTables",
    "data_tools",
]

_LISTED_TABLES = 200


class ListTables(Arguments):
    """No arguments."""


class GetTable(Arguments):
    """Arguments of `get_table`."""

    table: str = Field(min_length=1, max_length=200, description="Name of the table.")
    rows: int = Field(5, ge=0, le=20, description="How many rows to show.")


class GetForeignKeys(Arguments):
    """Arguments of `get_foreign_keys`."""

    table: str | None = Field(
        None, max_length=200, description="Only keys from or to this table; all when left out."
    )


class FindFields(Arguments):
    """Arguments of `find_fields`."""

    text: str = Field(
        min_length=1, max_length=200, description="Words to look for in names and values."
    )
    limit: int = Field(10, ge=1, le=50, description="Most fields listed.")


class ExecuteSql(Arguments):
    """Arguments of `execute_sql`."""

    sql: str = Field(
        min_length=1, max_length=20_000, description="Exactly one SELECT in the source's dialect."
    )
    row_limit: int | None = Field(
        None, ge=1, le=1_000_000, description="Most rows; the setting's limit when left out."
    )
    final: bool = Field(True, description="Whether this is the query that the chart will use.")
    handoff: str = Field(
        "",
        max_length=8_000,
        description=(
            "For the chart's author: what each output column is for, the mark and channels "
            "intended, what was left out."
        ),
    )


def data_tools() -> tuple[Tool, ...]:
    """The five tools of the Database & Query Agent."""
    return (
        Tool(
            "list_tables",
            "List the tables with their row counts and columns.",
            ListTables,
            _returning_failures(_list_tables),
        ),
        Tool(
            "get_table",
            "Show one table: columns, types, value profiles and some rows.",
            GetTable,
            _returning_failures(_get_table),
        ),
        Tool(
            "get_foreign_keys",
            "List the foreign keys, declared and inferred, along which tables join.",
            GetForeignKeys,
            _returning_failures(_get_foreign_keys),
        ),
        Tool(
            "find_fields",
            "Find tables, columns and values whose text is like the given words.",
            FindFields,
            _returning_failures(_find_fields),
        ),
        Tool(
            "execute_sql",
            "Run exactly one SELECT, read-only. Its rows become the data of the chart.",
            ExecuteSql,
            _returning_failures(_execute_sql),
        ),
    )


# ── looking ─────────────────────────────────────────────────────────────────────────────────


def _list_tables(_: ListTables, context: ToolContext) -> Outcome:
    schema = context.dependencies.source.schema()
    lines = []
    for table in schema.tables[:_LISTED_TABLES]:
        names = ", ".join(json.dumps(column.name, ensure_ascii=False) for column in table.columns)
        head = describe_table(Table(table.name, (), table.row_count, table.estimated))
        lines.append(f"{head}: {names}")
    if len(schema.tables) > _LISTED_TABLES:
        lines.append(f"… {len(schema.tables) - _LISTED_TABLES} more tables: use find_fields")
    return Outcome(text="\n".join(lines))


def _get_table(arguments: GetTable, context: ToolContext) -> Outcome:
    source = context.dependencies.source
    schema = source.schema()
    table = _table(schema, arguments.table)
    parts = [describe_table(table)]
    if arguments.rows:
        columns = ", ".join(_quote(column.name, schema.dialect) for column in table.columns)
        name = ".".join(_quote(part, schema.dialect) for part in _name_parts(table.name, schema))
        rows = source.execute(
            f"SELECT {columns} FROM {name} LIMIT {arguments.rows}", row_limit=arguments.rows
        )
        from multivis.data.profile import plain

        shown = [{k: plain(v) for k, v in row.items()} for row in rows.table.to_pylist()]
        parts.append(f"ROWS {json.dumps(shown, ensure_ascii=False)}")
    return Outcome(text="\n".join(parts))


def _get_foreign_keys(arguments: GetForeignKeys, context: ToolContext) -> Outcome:
    schema = context.dependencies.source.schema()
    keys = schema.foreign_keys
    if arguments.table is not None:
        name = _table(schema, arguments.table).name
        keys = tuple(key for key in keys if name in (key.table, key.to_table))
    text = describe_schema(Schema(schema.dialect, (), keys), 100_000)
    return Outcome(text=text or "No foreign keys are declared, and none could be inferred.")


def _find_fields(arguments: FindFields, context: ToolContext) -> Outcome:
    schema = context.dependencies.source.schema()
    found = sorted(
        (hit for table in schema.tables for hit in _hits(arguments.text, table)),
        key=lambda hit: -hit[0],
    )[: arguments.limit]
    if not found:
        tables = ", ".join(repr(table.name) for table in schema.tables[:20])
        return Outcome(text=f"Nothing is like {arguments.text!r}. The tables are {tables}.")
    return Outcome(text="\n".join(line for _, line in found))


def _hits(text: str, table: Table) -> list[tuple[float, str]]:
    """What in a table is like the text: (score, line)."""
    hits = []
    score = _name_likeness(text, table.name)
    if score >= 60:
        hits.append((score, f"table {table.name!r}"))
    for column in table.columns:
        where = (
            f"column {table.name + '.' + column.name!r} ({column.type or 'no type'}, {column.kind})"
        )
        score = _name_likeness(text, column.name)
        if score >= 60:
            hits.append((score - 0.5, where))
        value, likeness = _best_value(text, column)
        if likeness >= 80:
            hits.append((likeness - 1, f"{where} has the value {value!r}"))
    return hits


def _name_likeness(text: str, name: str) -> float:
    """Likeness of words to a name; every word of the one found in the other counts much."""
    whole = similarity(text, name)
    asked, words = set(words_of(text).split()), set(words_of(name).split())
    if asked and words and (asked <= words or words <= asked):
        whole = max(whole, 75 + 20 * len(asked & words) / len(asked | words))
    return whole


def _best_value(text: str, column: SourceColumn) -> tuple[str, float]:
    best = ("", 0.0)
    for value in column.samples:
        if isinstance(value, str) and (score := _name_likeness(text, value[:200])) > best[1]:
            best = (value, score)
    return best


def _table(schema: Schema, name: str) -> Table:
    from multivis.data.resolve import unknown_table

    table = schema.table(name)
    if table is None:
        raise unknown_table(name, schema)
    return table


def _quote(name: str, dialect: str) -> str:
    mark = "`" if dialect == "mysql" else '"'
    return mark + name.replace(mark, mark * 2) + mark


def _name_parts(name: str, schema: Schema) -> list[str]:
    """The parts of a table's name: only PostgreSQL has schemas in front of a dot."""
    if schema.dialect == "postgres" and "." in name:
        return list(name.split(".", 1))
    return [name]


# ── querying ────────────────────────────────────────────────────────────────────────────────


def _execute_sql(arguments: ExecuteSql, context: ToolContext) -> Outcome:
    from multivis.data.results import query_result

    dependencies = context.dependencies
    rows = dependencies.source.execute(arguments.sql, row_limit=arguments.row_limit)
    result = query_result(
        rows,
        dependencies.source,
        dependencies.store,
        dependencies.settings.limits,
        arguments.handoff,
    )
    notes = [Note(kind="information", text=note) for note in rows.notes]
    if result.truncated:
        notes.append(
            Note(
                kind="left_out",
                text=f"Only the first {result.row_count:,} rows of the query were taken.",
            )
        )
    previous = context.state.query
    asked_twice = previous is not None and previous.sql == result.sql
    if result.row_count == 0 and not asked_twice:
        return _empty(result, context, tuple(notes))
    return Outcome(
        text=_report(result, arguments.final, rows.notes),
        update={"query": result},
        notes=tuple(notes),
        final=arguments.final,
    )


def _report(result: QueryResult, final: bool, notes: Sequence[str]) -> str:
    """What the model reads of a result."""
    lines = [f"{result.row_count} rows{' (cut at the row limit)' if result.truncated else ''}."]
    for column in result.columns:
        facts = [f"  {json.dumps(column.name, ensure_ascii=False)} {column.type}", column.kind]
        facts.append(f"{column.distinct} distinct")
        if column.nulls:
            facts.append(f"{column.nulls} nulls")
        if column.minimum is not None:
            facts.append(
                f"{json.dumps(column.minimum, ensure_ascii=False)} .. "
                f"{json.dumps(column.maximum, ensure_ascii=False)}"
            )
        lines.append(", ".join(facts))
    shown = json.dumps(list(result.preview[:5]), ensure_ascii=False)
    lines.append(f"First rows: {shown}")
    lines += [f"Note: {note}" for note in notes]
    if not final:
        lines.append("Call execute_sql with final=true for the query that the chart will use.")
    return "\n".join(lines)


def _empty(result: QueryResult, context: ToolContext, notes: tuple[Note, ...]) -> Outcome:
    """No row: say which filter values do not occur, and which do."""
    from multivis.data.filters import explain_filters

    found = explain_filters(result.sql, context.dependencies.source)
    advice = " ".join(found) if found else "Every filter value occurs; no row meets all of them."
    advice = " ".join([advice, *(note.text for note in notes)])
    text = (
        f"The query ran and returned no row. {advice} "
        "Correct the filters; the same query again is taken as an answer of no rows."
    )
    failure = Failure(
        kind=FailureKind.EMPTY_RESULT,
        where="execute_sql",
        message="The query returned no row.",
        detail={"sql": result.sql, "near": found},
    )
    return Outcome(text=text, failure=failure, update={"query": result}, notes=notes)


_KINDS: tuple[tuple[type[MultiVisError], FailureKind], ...] = (
    (UnknownFieldError, FailureKind.MISSING_FIELD),
    (QuerySyntaxError, FailureKind.SYNTAX),
    (QueryRefusedError, FailureKind.REFUSED),
    (QueryTimeoutError, FailureKind.TIMEOUT),
    (QueryExecutionError, FailureKind.EXECUTION),
    (InputError, FailureKind.EXECUTION),
)


def _returning_failures(
    function: Callable[..., Outcome],
) -> Callable[[Arguments, ToolContext], Outcome]:
    """A tool that gives every one of our errors back as a classified failure."""

    def run(arguments: Arguments, context: ToolContext) -> Outcome:
        try:
            return function(arguments, context)
        except MultiVisError as error:
            kind = next((k for cls, k in _KINDS if isinstance(error, cls)), FailureKind.INTERNAL)
            detail: dict[str, object] = {"hint": error.hint}
            if isinstance(error, UnknownFieldError):
                detail["suggestions"] = list(error.suggestions)
            failure = Failure(
                kind=kind,
                where=function.__name__.removeprefix("_"),
                message=error.message,
                detail=detail,
            )
            return Outcome(text=str(error), failure=failure)

    return run
