"""SQLite: schema, execution, its dynamic typing, and its walls."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from multivis.data import open_source
from multivis.data.frames import to_pandas
from multivis.errors import (
    QueryExecutionError,
    QueryRefusedError,
    QueryTimeoutError,
    UnknownFieldError,
)
from multivis.protocols import Source
from multivis.settings import Limits


def table_of(path: Path, values: list[Any], declared: str = "") -> Source:
    """A source with one table t(i, v)."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE t (i INTEGER, v {declared})")
        connection.executemany("INSERT INTO t VALUES (?, ?)", list(enumerate(values)))
    return open_source(path)


def same_in_script(source: Source, sql: str) -> None:
    """The prologue's frame is the Arrow table's."""
    rows = source.execute(sql)
    names: dict[str, Any] = {}
    code = source.prologue(rows.sql).code
    exec(compile(code, "<prologue>", "exec"), names)
    assert_frame_equal(names["df"], to_pandas(rows.table))


def test_the_schema_has_types_keys_counts_and_views(shop: Path) -> None:
    schema = open_source(shop).schema()
    assert [(t.name, t.row_count) for t in schema.tables] == [
        ("country", 3), ("customer", 4), ("orders", 4), ("spending", 3),
    ]  # fmt: skip
    customer = schema.table("CUSTOMER")
    assert customer is not None
    assert [(c.name, c.type, c.kind) for c in customer.columns] == [
        ("customer_id", "INTEGER", "nominal"),
        ("name", "TEXT", "nominal"),
        ("country_id", "INTEGER", "nominal"),
        ("joined", "TEXT", "temporal"),
        ("score", "REAL", "quantitative"),
    ]
    assert customer.columns[0].primary_key
    assert customer.columns[4].nulls == 1
    assert (customer.columns[4].minimum, customer.columns[4].maximum) == (1.5, 4.0)


def test_declared_keys_are_read_and_others_inferred(shop: Path) -> None:
    keys = open_source(shop).schema().foreign_keys
    assert [(k.table, k.column, k.to_table, k.to_column, k.inferred) for k in keys] == [
        ("customer", "country_id", "country", "id", False),
        ("orders", "customer_id", "customer", "customer_id", True),
    ]
    assert 0.7 <= keys[1].confidence < 1


def test_values_that_do_not_overlap_give_no_key(make_sqlite: Callable[..., Path]) -> None:
    path = make_sqlite(
        "CREATE TABLE a (a_id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1), (2), (3);"
        "CREATE TABLE b (x INTEGER, a_id INTEGER); INSERT INTO b VALUES (1, 90), (2, 91);"
    )
    assert open_source(path).schema().foreign_keys == ()


def test_a_year_is_ordinal_and_an_identifier_nominal(shop: Path) -> None:
    orders = open_source(shop).schema().table("orders")
    assert orders is not None
    assert {c.name: c.kind for c in orders.columns} == {
        "order_id": "nominal",
        "customer_id": "nominal",
        "amount": "quantitative",
        "year": "ordinal",
    }


def test_kinds_of_texts_come_from_their_values(make_sqlite: Callable[..., Path]) -> None:
    path = make_sqlite(
        "CREATE TABLE t (price TEXT, opening_year TEXT, zip TEXT, day TEXT, word TEXT);"
        "INSERT INTO t VALUES ('1.5', '1999', '01234', 'March 3, 2020', 'a'),"
        "('20', '2003', '99999', 'May 12, 2021', '1 b');"
    )
    columns = open_source(path).schema().tables[0].columns
    assert [c.kind for c in columns] == [
        "quantitative", "temporal", "nominal", "temporal", "nominal",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "arrow_type"),
    [
        ([1, 2, 3], pa.int64()),
        ([1, None, 3], pa.int64()),
        ([1, 2.5, None], pa.float64()),
        ([2.5, 1], pa.float64()),
        (["a", None, "ü 語"], pa.string()),
        ([None, None], pa.null()),
        ([1, "x", 2.5, None], pa.string()),
        ([1, "", 2], pa.int64()),
        ([1.5, " ", None], pa.float64()),
        ([b"\x00\xff", None], pa.string()),
        ([b"\x01", "a", 3], pa.string()),
        ([2**63 - 1, -(2**63)], pa.int64()),
        ([float("inf"), 1.0], pa.float64()),
        (["2020-01-01", "2021-01-01"], pa.string()),
        ([], pa.null()),
    ],
    ids=repr,
)
def test_every_mixture_of_types_has_a_common_one(
    tmp_path: Path, values: list[Any], arrow_type: pa.DataType
) -> None:
    source = table_of(tmp_path / "x.db", [*values])
    rows = source.execute("SELECT v FROM t WHERE i >= 0")
    assert rows.table.schema.field("v").type == arrow_type
    assert rows.table.num_rows == len(values)
    same_in_script(source, "SELECT i, v FROM t")


def test_types_that_change_after_a_batch_are_joined(tmp_path: Path) -> None:
    source = table_of(tmp_path / "x.db", [*range(12_000), 0.5, "x"])
    rows = source.execute("SELECT v FROM t")
    values = rows.table.column(0).to_pylist()
    assert values[0] == "0"
    assert values[-2:] == ["0.5", "x"]
    assert any("mixes types" in note for note in rows.notes)
    same_in_script(source, "SELECT v FROM t")


def test_blank_texts_among_numbers_are_noted(tmp_path: Path) -> None:
    rows = table_of(tmp_path / "x.db", [1, "", 2]).execute("SELECT v FROM t")
    assert rows.table.column(0).to_pylist() == [1, None, 2]
    assert any("Blank texts" in note for note in rows.notes)


def test_duplicate_output_names_are_renamed_and_noted(shop: Path) -> None:
    source = open_source(shop)
    sql = "SELECT name, name, score AS name_1 FROM customer"
    rows = source.execute(sql)
    assert rows.table.column_names == ["name", "name_2", "name_1"]
    assert any("renamed" in note for note in rows.notes)
    same_in_script(source, sql)


def test_text_that_is_not_utf8_is_read(make_sqlite: Callable[..., Path]) -> None:
    path = make_sqlite(
        "CREATE TABLE t (v TEXT); INSERT INTO t VALUES (CAST(X'4361E9' AS TEXT)), ('fine');"
    )
    source = open_source(path)
    assert source.schema().tables[0].columns[0].distinct == 2
    assert source.execute("SELECT v FROM t").table.column(0).to_pylist() == ["Ca\ufffd", "fine"]
    same_in_script(source, "SELECT v FROM t")


def test_a_million_categories_are_profiled_on_a_sample(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (v TEXT)")
        connection.execute(
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000) "
            "INSERT INTO t SELECT 'category ' || n FROM c"
        )
    source = open_source(path)
    table = source.schema().tables[0]
    assert table.row_count == 1_000_000
    assert table.columns[0].distinct == 10_000
    assert not table.columns[0].exact
    rows = source.execute("SELECT v, count(*) AS n FROM t GROUP BY v", row_limit=5_000)
    assert rows.truncated
    assert rows.table.num_rows == 5_000
    same_in_script(source, "SELECT v FROM t")


def test_a_script_of_a_cut_result_loads_as_many_rows(tmp_path: Path) -> None:
    source = open_source(table_of(tmp_path / "x.db", list(range(50))).address)
    limited = open_source(tmp_path / "x.db", limits=Limits(query_rows=10))
    same_in_script(limited, "SELECT v FROM t ORDER BY i DESC")
    assert source.execute("SELECT v FROM t").table.num_rows == 50


def test_odd_names_work_throughout(make_sqlite: Callable[..., Path]) -> None:
    path = make_sqlite(
        'CREATE TABLE "order" '
        '("a b" INT, "say ""hi""" TEXT, "größe" REAL, "select" TEXT, "x;y" INT);'
        "INSERT INTO \"order\" VALUES (1, 'x', 2.5, 'y', 3), (2, NULL, NULL, 'z', 4);"
    )
    source = open_source(path)
    names = [c.name for c in source.schema().tables[0].columns]
    assert names == ["a b", 'say "hi"', "größe", "select", "x;y"]
    sql = 'SELECT "a b", "say ""hi""", "größe", "select", "x;y" FROM "order" WHERE "select" > \'a\''
    assert source.execute(sql).table.column_names == names
    same_in_script(source, sql)


def test_a_statement_with_quotes_of_all_kinds_is_exact_in_the_script(shop: Path) -> None:
    source = open_source(shop)
    for sql in (
        "SELECT '\"\"\"' AS a, '\\n' AS b FROM country",
        "SELECT 'it''s' AS \"odd\"\"name\" FROM country",
        "SELECT name\nFROM country\nWHERE name <> 'x'\n  AND name LIKE '%a%'",
        "SELECT 'é\u2028' AS a",
        'SELECT name AS "n" FROM country ORDER BY "n"',
    ):
        same_in_script(source, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH DATABASE 'other.db' AS other",
        "INSERT INTO country VALUES (9, 'x', 1)",
        "PRAGMA query_only = OFF",
        "CREATE TEMP TABLE x AS SELECT 1",
        "SELECT load_extension('x')",
        "SELECT writefile('x', 'y')",
    ],
)
def test_the_engine_itself_refuses_what_the_guard_would(
    shop: Path, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    source = open_source(shop)
    before = shop.read_bytes()
    source.schema()
    monkeypatch.setattr("multivis.data.guard.guard_sql", lambda sql, dialect, schema: sql)
    monkeypatch.chdir(shop.parent)
    with pytest.raises((QueryRefusedError, QueryExecutionError)):
        source.execute(sql)
    assert shop.read_bytes() == before
    assert sorted(path.name for path in shop.parent.iterdir()) == ["shop.sqlite"]


def test_a_huge_text_is_refused_by_the_engine(shop: Path) -> None:
    with pytest.raises(QueryExecutionError):
        open_source(shop).execute(
            "SELECT replace(printf('%.100000c', 'x'), 'x', printf('%.10000c', 'y')) AS x"
        )


def test_the_time_limit_stops_a_slow_join(shop: Path) -> None:
    joined = ", ".join(f"customer c{i}" for i in range(16))
    total = " + ".join(f"c{i}.score" for i in range(16))
    with pytest.raises(QueryTimeoutError, match=r"0\.2 seconds"):
        open_source(shop).execute(f"SELECT max({total}) FROM {joined}", seconds=0.2)


def test_an_unknown_column_of_a_table_alias_lists_the_real_ones(shop: Path) -> None:
    with pytest.raises(UnknownFieldError, match="'customer_id', 'name'"):
        open_source(shop).execute("SELECT c.nombre FROM customer c")


def test_an_error_of_the_engine_is_one_sentence(shop: Path) -> None:
    with pytest.raises(QueryExecutionError, match=r"could not run the query: .+\. Correct the SQL"):
        open_source(shop).execute("SELECT name FROM country WHERE name REGEXP 'x'")


def test_a_wal_database_in_a_read_only_folder_opens(tmp_path: Path) -> None:
    path = tmp_path / "wal.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (v INT)")
        connection.execute("INSERT INTO t VALUES (1)")
    assert open_source(path).execute("SELECT v FROM t").table.num_rows == 1


def test_a_broken_view_does_not_hide_the_tables(make_sqlite: Callable[..., Path]) -> None:
    path = make_sqlite(
        "CREATE TABLE a (x INT); INSERT INTO a VALUES (1); CREATE TABLE b (y INT);"
        "CREATE VIEW v AS SELECT y FROM b; DROP TABLE b;"
    )
    assert [table.name for table in open_source(path).schema().tables] == ["a"]


def test_tables_after_the_deadline_have_names_but_no_profile(shop: Path) -> None:
    schema = open_source(shop, limits=Limits(profile_seconds=1e-9)).schema()
    assert [table.name for table in schema.tables] == ["country", "customer", "orders", "spending"]
    assert all(c.distinct is None and not c.exact for t in schema.tables for c in t.columns)
    assert {c.name: c.kind for c in schema.tables[1].columns}["score"] == "quantitative"


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ('SELECT "nmae" FROM customer', ["'customer.name'"]),
        ('SELECT c.name FROM customer c ORDER BY "scroe"', ["'customer.score'"]),
        (
            'SELECT name FROM customer WHERE "countryid" = 1 OR "jioned" < \'2021\'',
            ["'customer.country_id'", "'customer.joined'"],
        ),
        ('SELECT (SELECT max("amuont") FROM orders) AS m FROM country', ["'orders.amount'"]),
    ],
)
def test_a_mistyped_name_that_is_read_as_a_text_is_noted(
    shop: Path, sql: str, named: list[str]
) -> None:
    with open_source(shop) as source:  # type: ignore[attr-defined]
        notes = source.execute(sql).notes
    assert len(notes) == len(named)
    for note, near in zip(notes, named, strict=True):
        assert f"Did you mean {near}" in note
        assert "read it as the text" in note


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT name FROM country WHERE name = "France"',
        'SELECT "name", "score" AS "nmae" FROM customer ORDER BY "nmae"',
        "SELECT 'nmae' AS a, name FROM customer",
        'SELECT "a remark" AS remark FROM customer',
        'WITH t("nmae") AS (SELECT name FROM customer) SELECT "nmae" FROM t',
        'SELECT rowid AS "id" FROM orders',
    ],
)
def test_texts_and_names_that_exist_are_not_noted(shop: Path, sql: str) -> None:
    with open_source(shop) as source:  # type: ignore[attr-defined]
        assert source.execute(sql).notes == ()
