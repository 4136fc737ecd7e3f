"""PostgreSQL, against a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from pandas.testing import assert_frame_equal

from multivis.data import open_source
from multivis.data.frames import to_pandas
from multivis.errors import (
    EmptySourceError,
    QueryExecutionError,
    QueryRefusedError,
    QueryTimeoutError,
    SourceAccessError,
    SourceNotFoundError,
    UnknownFieldError,
)
from multivis.protocols import Source
from multivis.testing.postgres import PASSWORD

pytestmark = pytest.mark.postgres

SETUP = """
CREATE TABLE a (
    id INT PRIMARY KEY, n NUMERIC, d DATE, price NUMERIC(10, 2), tm TIME, tz TIMESTAMPTZ,
    ts TIMESTAMP, iv INTERVAL, l INT[], j JSONB, bl BYTEA, u UUID, b BOOLEAN, "odd %name:x" TEXT
);
INSERT INTO a VALUES (
    1, 2, '2020-01-01', 1.5, '10:00', '2020-01-01 10:00+02', '2020-01-01 10:00', '1 day', '{1,2}',
    '{"a": 1}', 'ab', '12345678-1234-1234-1234-123456789abc', true, 'x%y:z'
);
INSERT INTO a (id) VALUES (2);
CREATE TABLE b (x INT REFERENCES a (id), label TEXT);
INSERT INTO b SELECT 1 + i % 2, 'v' || i FROM generate_series(1, 250000) i;
CREATE VIEW w AS SELECT x, count(*) AS n FROM b GROUP BY x;
CREATE SEQUENCE s;
CREATE SCHEMA other;
CREATE TABLE other.t (v INT);
INSERT INTO other.t VALUES (1);
"""


@pytest.fixture(scope="module")
def database(postgres_url: str) -> Iterator[str]:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE room")
        connection.execute("CREATE DATABASE room_empty")
    url = postgres_url.replace("/postgres", "/room")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SETUP)
        connection.execute("ANALYZE")
    yield url
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE room WITH (FORCE)")
        connection.execute("DROP DATABASE room_empty WITH (FORCE)")


@pytest.fixture
def source(database: str) -> Iterator[Source]:
    opened = open_source(database)
    yield opened
    opened.close()


def test_the_schema_has_all_schemas_keys_and_estimates(source: Source) -> None:
    schema = source.schema()
    assert [(t.name, t.estimated) for t in schema.tables] == [
        ("a", False), ("b", True), ("other.t", False), ("w", False),
    ]  # fmt: skip
    large = schema.tables[1]
    assert large.row_count is not None
    assert 200_000 < large.row_count < 300_000
    declared = [k for k in schema.foreign_keys if not k.inferred]
    assert [(k.table, k.column, k.to_table, k.to_column) for k in declared] == [
        ("b", "x", "a", "id")
    ]
    kinds = {c.name: c.kind for c in schema.tables[0].columns}
    assert (kinds["n"], kinds["d"], kinds["b"], kinds["id"]) == (
        "quantitative", "temporal", "nominal", "nominal",
    )  # fmt: skip


def test_columns_with_percent_signs_are_profiled(source: Source) -> None:
    table = source.schema().table("a")
    assert table is not None
    assert {c.name: c.samples for c in table.columns}["odd %name:x"] == ("x%y:z",)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM a ORDER BY id",
        "SELECT * FROM a WHERE id = 2",
        "SELECT \"odd %name:x\" FROM a WHERE \"odd %name:x\" LIKE 'x%' AND 'a:b' <> ':c'",
        "SELECT x, count(*), count(*) FROM b GROUP BY x ORDER BY 1",
        "SELECT * FROM other.t",
        "SELECT id::text AS id FROM public.a",
        "SELECT date_trunc('month', ts) AS m, sum(n) AS s, avg(price) AS p FROM a GROUP BY 1",
        "SELECT * FROM w ORDER BY x",
        "SELECT NULL AS n, b FROM a",
        "SELECT 9223372036854775808::numeric AS huge, 1e400::numeric AS huger",
    ],
)
def test_scripts_load_the_very_same_frame_and_hold_no_password(
    source: Source, sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = source.execute(sql)
    code = source.prologue(rows.sql).code
    assert PASSWORD not in code
    assert "MULTIVIS_PASSWORD" in code
    monkeypatch.setenv("MULTIVIS_PASSWORD", PASSWORD)
    names: dict[str, Any] = {}
    exec(compile(code, "<prologue>", "exec"), names)
    assert_frame_equal(names["df"], to_pandas(rows.table))


def test_the_password_may_come_from_the_environment(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MULTIVIS_PASSWORD", PASSWORD)
    bare = database.replace(f":{PASSWORD.replace(' ', '%20')}@", "@")
    source = open_source(bare)
    assert source.address == bare
    source.close()


def test_the_address_never_shows_the_password(source: Source) -> None:
    assert PASSWORD not in source.address
    assert "%20" not in source.address
    assert PASSWORD not in repr(source)


def test_a_wrong_password_is_told(database: str) -> None:
    with pytest.raises(SourceAccessError, match="user name or the password") as caught:
        open_source(database.replace("a%20secret", "wrong"))
    assert "wrong" not in str(caught.value)


def test_a_missing_database_is_told(database: str) -> None:
    with pytest.raises(SourceNotFoundError, match="no such database"):
        open_source(database.replace("/room", "/nowhere"))


def test_a_database_with_no_table_is_told(database: str) -> None:
    source = open_source(database.replace("/room", "/room_empty"))
    with pytest.raises(EmptySourceError):
        source.schema()
    source.close()


def test_the_row_limit_streams_and_stops(source: Source) -> None:
    rows = source.execute("SELECT * FROM b", row_limit=7)
    assert rows.table.num_rows == 7
    assert rows.truncated


def test_the_server_stops_a_slow_query(source: Source) -> None:
    source.schema()
    started = time.monotonic()
    with pytest.raises(QueryTimeoutError, match=r"0\.3 seconds"):
        source.execute("SELECT count(*) FROM b p, b q WHERE p.label || q.label = 'x'", seconds=0.3)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM b",
        "WITH gone AS (DELETE FROM b RETURNING *) SELECT * FROM gone",
        "SELECT * INTO copy FROM b",
        "SELECT nextval('s')",
        "SELECT 1; DELETE FROM b",
        "SELECT pg_sleep(3)",
        "SELECT * FROM b FOR UPDATE",
        "SET TRANSACTION READ WRITE; DELETE FROM b",
    ],
)
def test_the_server_itself_refuses_what_the_guard_would(
    source: Source, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    before = source.execute("SELECT count(*) AS n FROM b").table.to_pylist()
    with monkeypatch.context() as patched:
        patched.setattr("multivis.data.guard.guard_sql", lambda sql, dialect, schema: sql)
        with pytest.raises((QueryRefusedError, QueryExecutionError, QueryTimeoutError)):
            source.execute(sql, seconds=0.5)
    assert source.execute("SELECT count(*) AS n FROM b").table.to_pylist() == before


def test_errors_are_ours(source: Source) -> None:
    with pytest.raises(QueryExecutionError, match="division by zero"):
        source.execute("SELECT 1 / 0 AS x")
    with pytest.raises(UnknownFieldError, match="'label'"):
        source.execute("SELECT lable FROM b")
    with pytest.raises(UnknownFieldError):
        source.execute("SELECT * FROM other.nothing")
