"""Properties of the SQL guard: it never crashes, never lets a write pass, never changes a text."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from multivis.data.functions import allowed_functions
from multivis.data.guard import guard_sql
from multivis.errors import MultiVisError, QueryRefusedError
from multivis.protocols import Schema, SourceColumn, Table

SCHEMA = Schema(
    "sqlite",
    (
        Table("t", (SourceColumn("a", "INT"), SourceColumn("b", "TEXT"))),
        Table("u", (SourceColumn("a", "INT"), SourceColumn("c", "TEXT"))),
    ),
)
DIALECTS = st.sampled_from(["sqlite", "duckdb", "postgres", "mysql"])
_WORDS = (
    "SELECT FROM WHERE t u a b c * , ( ) ; -- /* */ 'x' \"a\" `a` [a] 1 -1 AND OR NOT = < > || "
    "UNION ALL WITH AS DELETE INSERT INTO VALUES UPDATE SET DROP TABLE CREATE ATTACH PRAGMA "
    "COPY TO CALL EXPLAIN count sum load_extension pg_sleep read_csv @x :x ? $1 CASE WHEN THEN "
    "END GROUP BY ORDER HAVING LIMIT 1 JOIN ON EXISTS IN LIKE GLOB FOR UPDATE RETURNING é "
    "\u202e 0x1 1e5 E'x' $$x$$ :: . /*! */"
)
PIECES = st.sampled_from(_WORDS.split())


def engine() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(
        "CREATE TABLE t (a INT, b TEXT); CREATE TABLE u (a INT, c TEXT);"
        "INSERT INTO t VALUES (1, 'x'), (2, NULL); INSERT INTO u VALUES (1, 'y');"
    )
    return connection


@given(st.text(), DIALECTS)
@settings(max_examples=200, deadline=None)
def test_any_text_passes_or_gets_one_of_our_errors(text: str, dialect: str) -> None:
    try:
        guard_sql(text, dialect, SCHEMA)
    except MultiVisError as error:
        assert error.message
        assert "\n" not in error.message


@given(st.lists(PIECES, max_size=14).map(" ".join), DIALECTS)
@settings(max_examples=400, deadline=None)
@example("SELECT a FROM t ; DELETE FROM t", "sqlite")
@example("SELECT a FROM t -- ; \n ; DROP TABLE t", "sqlite")
def test_any_words_of_sql_that_pass_cannot_write(text: str, dialect: str) -> None:
    try:
        passed = guard_sql(text, dialect, SCHEMA)
    except MultiVisError:
        return
    if dialect != "sqlite":
        return
    with closing(engine()) as connection:
        before = list(connection.iterdump())
        with suppress(sqlite3.Error):  # what SQLite does not read, it does not run
            connection.execute(passed).fetchall()
        assert connection.total_changes == 3
        assert not connection.in_transaction or list(connection.iterdump()) == before


@given(st.lists(PIECES, max_size=14).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_what_passes_is_a_part_of_the_text_and_passes_again(text: str) -> None:
    try:
        passed = guard_sql(text, "sqlite", SCHEMA)
    except MultiVisError:
        return
    assert passed in text
    assert guard_sql(passed, "sqlite", SCHEMA) == passed


names = st.from_regex(r"[a-z_][a-z0-9_]{0,20}", fullmatch=True)


@given(names, DIALECTS, st.sampled_from(["{}(a)", '"{}"(a)', "{} (a)", "{}/**/(a)", "max({}(a))"]))
@settings(max_examples=300, deadline=None)
def test_a_function_that_is_not_listed_is_refused(name: str, dialect: str, form: str) -> None:
    from multivis.data.functions import KEYWORDS_BEFORE_PARENTHESIS

    if name in allowed_functions(dialect) or name in KEYWORDS_BEFORE_PARENTHESIS:
        return
    if dialect == "mysql":
        form = form.replace('"', "`")
    with pytest.raises(QueryRefusedError):
        guard_sql(f"SELECT {form.format(name)} AS x FROM t", dialect, SCHEMA)


literals = st.text(max_size=30).filter(lambda text: "\x00" not in text).filter(str.isprintable)


@given(literals)
@settings(max_examples=200, deadline=None)
def test_a_literal_may_hold_any_text(text: str) -> None:
    quoted = text.replace("'", "''")
    sql = f"SELECT a FROM t WHERE b = '{quoted}'"
    assert guard_sql(sql, "sqlite", SCHEMA) == sql
    with closing(engine()) as connection:
        connection.execute(sql).fetchall()


columns = st.sampled_from(
    ["a", "b", "t.a", "count(*)", "max(a)", "lower(b)", "a + 1", "'x'", "NULL"]
)


@given(
    st.lists(columns, min_size=1, max_size=4),
    st.sampled_from(["", " WHERE a > 1", " WHERE b IN (SELECT c FROM u)", " WHERE b LIKE '%;%'"]),
    st.sampled_from(["", " GROUP BY b", " GROUP BY 1"]),
    st.sampled_from(["", " ORDER BY 1 DESC", " ORDER BY 1 LIMIT 3 OFFSET 1"]),
    st.sampled_from(["", ";", " ; ", "\n-- end"]),
)
@settings(max_examples=200, deadline=None)
def test_whatever_sqlite_runs_as_one_select_passes(
    shown: list[str], where: str, group: str, order: str, end: str
) -> None:
    sql = f"SELECT {', '.join(shown)} FROM t{where}{group}{order}{end}"
    with closing(engine()) as connection:
        try:
            connection.execute(sql).fetchall()
        except sqlite3.Error:
            return
    assert guard_sql(sql, "sqlite", SCHEMA)
