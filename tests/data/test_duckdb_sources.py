"""Files, DuckDB databases and frames: what is read, how types come out, and the walls."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from multivis.data import open_source
from multivis.data.frames import to_pandas
from multivis.data.sources.files import table_name
from multivis.errors import (
    QueryExecutionError,
    QueryRefusedError,
    QueryTimeoutError,
    SourceFormatError,
)
from multivis.protocols import Source


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MULTIVIS_CACHE_DIR", str(tmp_path / "cache"))


def same_in_script(source: Source, sql: str) -> pd.DataFrame:
    rows = source.execute(sql)
    names: dict[str, Any] = {}
    exec(compile(source.prologue(rows.sql).code, "<prologue>", "exec"), names)
    frame: pd.DataFrame = names["df"]
    assert_frame_equal(frame, to_pandas(rows.table))
    return frame


def test_a_csv_with_semicolons_commas_and_day_first_dates_is_sniffed(tmp_path: Path) -> None:
    path = tmp_path / "2020 sales-list.csv"
    path.write_text(
        "day;amount;who name;flag;order\n01/02/2020;1,5;Ann;true;1\n25/12/2020;;Bö;false;2\n"
    )
    source = open_source(path)
    table = source.schema().tables[0]
    assert table.name == "t_2020_sales_list"
    assert [(c.name, c.type, c.kind) for c in table.columns] == [
        ("day", "DATE", "temporal"),
        ("amount", "DOUBLE", "quantitative"),
        ("who name", "VARCHAR", "nominal"),
        ("flag", "BOOLEAN", "nominal"),
        ("order", "BIGINT", "quantitative"),
    ]
    frame = same_in_script(source, f'SELECT day, amount, "who name", flag FROM {table.name}')
    assert frame["day"].dtype == "datetime64[us]"
    assert frame["amount"][0] == 1.5


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,a,,order\n1,2,3,4\n", ["a", "a_1", "column2", "order"]),
        ("name,city\nAnn,Paris\nBob,Rome\n", ["name", "city"]),
        ('"x, y","say ""hi"""\n1,2\n', ["x, y", 'say "hi"']),
        ("größe,語\n1,2\n", ["größe", "語"]),
        ("\ufeffa,b\n1,2\n", ["a", "b"]),
        ("A,a\n1,2\n", ["A", "a_1"]),
    ],
)
def test_odd_headers_of_csv_files(tmp_path: Path, text: str, names: list[str]) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    source = open_source(path)
    assert [c.name for c in source.schema().tables[0].columns] == names
    same_in_script(source, "SELECT * FROM x")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-8-sig"])
def test_csv_files_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("name,value\nCafé,1\nßig,2\n".encode(encoding))
    source = open_source(path)
    frame = same_in_script(source, "SELECT name, value FROM x ORDER BY value")
    assert list(frame["name"]) == ["Café", "ßig"]


def test_a_late_odd_value_decides_the_type_of_a_csv_column(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("v\n" + "1\n" * 60_000 + "n/a\n")
    source = open_source(path)
    assert source.schema().tables[0].columns[0].type == "VARCHAR"
    assert source.execute("SELECT max(v) AS m FROM x").table.to_pylist() == [{"m": "n/a"}]


def test_files_of_one_pattern_are_one_table(tmp_path: Path) -> None:
    for year in (2020, 2021):
        pd.DataFrame({"year": [year] * 3, "v": [1, 2, 3]}).to_csv(
            tmp_path / f"sales_{year}.csv", index=False
        )
    source = open_source(str(tmp_path / "sales_*.csv"))
    assert [table.name for table in source.schema().tables] == ["sales"]
    frame = same_in_script(
        source, "SELECT year, sum(v) AS v FROM sales GROUP BY year ORDER BY year"
    )
    assert frame.to_dict("list") == {"year": [2020, 2021], "v": [6, 6]}
    assert len(source.files()) == 2


def test_a_pattern_over_different_kinds_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(SourceFormatError, match="not all"):
        open_source(str(tmp_path / "a.*"))


def test_every_sheet_of_an_excel_file_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with pd.ExcelWriter(path) as writer:
        pd.DataFrame({"a": [1, 2], "m": [1, "x"]}).to_excel(writer, sheet_name="One", index=False)
        pd.DataFrame({"a": [1], "d": [datetime.datetime(2020, 1, 1)]}).to_excel(
            writer, sheet_name="Two words", index=False
        )
        pd.DataFrame({"a": []}).to_excel(writer, sheet_name="Empty", index=False)
    source = open_source(path)
    assert [table.name for table in source.schema().tables] == ["One", "Two words"]
    same_in_script(
        source,
        'SELECT o.a, o.m, t.d FROM "One" o LEFT JOIN "Two words" t ON t.a = o.a ORDER BY o.a',
    )


@pytest.mark.parametrize(
    ("content", "tables"),
    [
        ('[{"a": 1, "b": {"c": 2}}, {"a": 2}]', {"x": ["a", "b"]}),
        (
            '{"nodes": [{"id": 1}], "links": [{"s": 1, "t": 1}]}',
            {"nodes": ["id"], "links": ["s", "t"]},
        ),
        ('{"version": 3, "data": [{"a": 1}, {"a": 2}]}', {"x": ["a"]}),
        ('{"a": 1, "b": "y"}', {"x": ["a", "b"]}),
    ],
)
def test_json_files_of_several_shapes(
    tmp_path: Path, content: str, tables: dict[str, list[str]]
) -> None:
    (tmp_path / "x.json").write_text(content)
    source = open_source(tmp_path / "x.json")
    found = source.schema().tables
    assert {table.name: [c.name for c in table.columns] for table in found} == tables
    for name in tables:
        same_in_script(source, f"SELECT * FROM {name}")


def test_frames_join_under_their_names() -> None:
    polars = pytest.importorskip("polars")
    source = open_source(
        {
            "people": pd.DataFrame({"id": [1, 2], "name": ["Ann", None]}),
            "visits": polars.DataFrame({"people_id": [1, 1, 2], "cost": [1.5, 2.5, None]}),
        }
    )
    schema = source.schema()
    assert source.address == "frame:people,visits"
    assert [(t.name, t.row_count) for t in schema.tables] == [("people", 2), ("visits", 3)]
    assert [(k.table, k.column, k.to_table, k.inferred) for k in schema.foreign_keys] == [
        ("visits", "people_id", "people", True)
    ]
    same_in_script(
        source,
        "SELECT name, sum(cost) AS c FROM people JOIN visits ON people_id = id "
        "GROUP BY name ORDER BY name",
    )


def test_a_frame_with_odd_columns_is_read() -> None:
    frame = pd.DataFrame(
        [[1, "x", None, 1.5], ["y", "z", None, 2.5]], columns=["mixed", "A", "a", 7],
        index=pd.Index(["r", "s"], name="row"),
    )  # fmt: skip
    source = open_source(frame)
    assert [c.name for c in source.schema().tables[0].columns] == ["row", "mixed", "A", "a_1", "7"]
    same_in_script(source, 'SELECT * FROM data WHERE mixed IS NOT NULL ORDER BY "7"')


def test_the_callers_frames_are_not_changed() -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.Index([3, 4], name="k"))
    before = frame.copy()
    open_source(frame).execute("SELECT a FROM data")
    assert_frame_equal(frame, before)


TYPES = {
    "sum of integers": ("SELECT sum(v) AS x FROM t", "int64"),
    "sum with a null": ("SELECT sum(v) FILTER (v > g) AS x FROM t GROUP BY g", "float64"),
    "decimal": ("SELECT CAST(v AS DECIMAL(9, 2)) AS x FROM t", "float64"),
    "date": ("SELECT DATE '2020-01-01' AS x FROM t", "datetime64[us]"),
    "null date": (
        "SELECT CASE WHEN v = 1 THEN DATE '2020-01-01' END AS x FROM t",
        "datetime64[us]",
    ),
    "time stamp": ("SELECT TIMESTAMP '2020-01-01 10:00' AS x FROM t", "datetime64[us]"),
    "zoned": ("SELECT TIMESTAMPTZ '2020-01-01 10:00+02' AS x FROM t", "datetime64[us, UTC]"),
    "interval": ("SELECT TIMESTAMP '2020-01-02' - TIMESTAMP '2020-01-01' AS x FROM t", "float64"),
    "days": ("SELECT DATE '2020-01-02' - DATE '2020-01-01' AS x FROM t", "int64"),
    "boolean": ("SELECT v > 1 AS x FROM t", "bool"),
    "boolean with nulls": ("SELECT CASE WHEN v > 1 THEN true END AS x FROM t", "object"),
    "null": ("SELECT NULL AS x FROM t", "object"),
    "list": ("SELECT [v, 2] AS x FROM t", "str"),
    "struct": ("SELECT {'a': v, 'b': [DATE '2020-01-01']} AS x FROM t", "str"),
    "map": ("SELECT map(['a'], [v]) AS x FROM t", "str"),
    "blob": ("SELECT 'ab'::BLOB AS x FROM t", "str"),
    "time": ("SELECT TIME '10:00:00' AS x FROM t", "str"),
    "huge": ("SELECT 170141183460469231731687303715884105727 AS x FROM t", "float64"),
    "unsigned": ("SELECT 18446744073709551615::UBIGINT AS x FROM t", "uint64"),
    "same name twice": ("SELECT v AS x, g AS x FROM t", "int64"),
}


@pytest.mark.parametrize("what", TYPES)
def test_types_of_duckdb_come_out_the_same_in_scripts(what: str) -> None:
    sql, dtype = TYPES[what]
    source = open_source({"t": pd.DataFrame({"v": [1, 2, 3], "g": [1, 1, 3]})})
    assert str(same_in_script(source, sql)["x"].dtype) == dtype


def test_a_category_becomes_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"c": pd.Categorical(["u", "v", None])})
    assert str(same_in_script(open_source(frame), "SELECT c FROM data")["c"].dtype) == "str"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM read_text('{secret}')",
        "COPY (SELECT 1) TO '{secret}'",
        "COPY (SELECT 1) TO '{data}'",
        "COPY (SELECT 1) TO '{data}' (USE_TMP_FILE false)",
        "ATTACH '{secret}.db'",
        "SET enable_external_access = true",
        "RESET allowed_paths",
        "SELECT 1; SELECT 2",
        "CREATE TABLE z AS SELECT 1",
        "PRAGMA database_list",
        "INSTALL httpfs",
        "CALL pragma_version()",
    ],
)
def test_the_engine_itself_refuses_what_the_guard_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    data, secret = tmp_path / "t.csv", tmp_path / "secret.csv"
    data.write_text("a\n1\n")
    secret.write_text("word\nhush\n")
    source = open_source(data)
    source.schema()
    monkeypatch.setattr("multivis.data.guard.guard_sql", lambda sql, dialect, schema: sql)
    with pytest.raises((QueryRefusedError, QueryExecutionError)) as caught:
        source.execute(sql.format(secret=secret, data=data))
    assert "hush" not in str(caught.value)
    assert data.read_text() == "a\n1\n"
    assert secret.read_text() == "word\nhush\n"
    assert not (tmp_path / "secret.csv.db").exists()


def test_python_variables_are_not_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_source({"t": pd.DataFrame({"v": [1]})})
    source.schema()
    monkeypatch.setattr("multivis.data.guard.guard_sql", lambda sql, dialect, schema: sql)
    hidden = pd.DataFrame({"secret": [1]})
    assert len(hidden) == 1
    from multivis.errors import UnknownFieldError

    with pytest.raises(UnknownFieldError):
        source.execute("SELECT * FROM hidden")


def test_a_duckdb_database_has_keys_and_stays_as_it_is(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("CREATE TABLE b (a_id INTEGER REFERENCES a(id), v DOUBLE)")
        connection.execute("CREATE VIEW w AS SELECT name FROM a")
        connection.execute("INSERT INTO a SELECT i, 'n' || i FROM range(50000) r(i)")
        connection.execute("INSERT INTO b VALUES (1, 2.5)")
    before = path.read_bytes()
    source = open_source(f"duckdb:///{path}")
    schema = source.schema()
    assert [(t.name, t.row_count) for t in schema.tables] == [
        ("a", 50_000),
        ("b", 1),
        ("w", 50_000),
    ]
    assert schema.tables[0].columns[0].primary_key
    assert [
        (k.table, k.column, k.to_table, k.to_column, k.inferred) for k in schema.foreign_keys
    ] == [("b", "a_id", "a", "id", False)]
    low, high = schema.tables[0].columns[0].minimum, schema.tables[0].columns[0].maximum
    assert low < 5_000  # the sample comes from all over the table
    assert high > 45_000
    second = open_source(path)
    same_in_script(second, "SELECT name FROM a JOIN b ON a.id = b.a_id ORDER BY name")
    source.close()
    second.close()
    assert path.read_bytes() == before


def test_a_large_parquet_file_is_sampled_by_its_row_groups(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    path = tmp_path / "big.parquet"
    table = pa.table({"i": list(range(200_000)), "g": [i % 3 for i in range(200_000)]})
    pq.write_table(table, path, row_group_size=10_000)
    source = open_source(path)
    found = source.schema().tables[0]
    assert found.row_count == 200_000
    assert found.columns[0].maximum >= 190_000
    assert not found.columns[0].exact
    same_in_script(source, "SELECT g, count(*) AS n FROM big GROUP BY g ORDER BY g")


def test_the_time_limit_interrupts_duckdb() -> None:
    source = open_source({"t": pd.DataFrame({"v": range(2000)})})
    with pytest.raises(QueryTimeoutError, match=r"0\.2 seconds"):
        source.execute(
            "SELECT max(a.v * b.v * c.v * d.v) AS m FROM t a, t b, t c, t d", seconds=0.2
        )
    assert source.execute("SELECT count(*) AS n FROM t").table.to_pylist() == [{"n": 2000}]


def test_a_time_limit_that_is_over_before_the_query_has_begun_ends_it_all_the_same() -> None:
    source = open_source({"t": pd.DataFrame({"v": range(2000)})})
    for seconds in (1e-9, 0.001, 0.002, 0.003, 0.005):
        with pytest.raises(QueryTimeoutError, match="stopped after"):
            source.execute(
                "SELECT max(a.v * b.v * c.v * d.v) AS m FROM t a, t b, t c, t d", seconds=seconds
            )


def test_a_closed_source_says_so() -> None:
    source = open_source({"t": pd.DataFrame({"v": [1]})})
    source.schema()
    source.close()
    with pytest.raises(QueryExecutionError, match="closed"):
        source.execute("SELECT v FROM t")


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("sales", "sales"),
        ("my sales-2", "my_sales_2"),
        ("2020", "t_2020"),
        ("größe", "größe"),
        ("--", "data"),
    ],
)
def test_file_names_become_table_names(stem: str, name: str) -> None:
    assert table_name(stem) == name


def test_ranges_of_large_parquet_files_are_those_of_all_rows(tmp_path: Path) -> None:
    import datetime
    from decimal import Decimal

    import pyarrow as pa
    import pyarrow.parquet as pq

    count = 40_000
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    columns: dict[str, pa.Array] = {
        "whole": pa.array([*range(count - 1), 10**12]),
        "some": pa.array([None, *range(1, count)]),
        "real": pa.array([i / 7 for i in range(count - 1)] + [-5.5]),
        "money": pa.array([Decimal(i) / 4 for i in range(count)], pa.decimal128(12, 2)),
        "day": pa.array(range(count), pa.int32()).cast(pa.date32()),
        "at": pa.array([start + datetime.timedelta(hours=i) for i in range(count)]),
        "word": pa.array([f"w{i:05}" for i in range(count)]),
        "empty": pa.nulls(count, pa.int64()),
        "odd": pa.array([float("nan")] * count),
        "list": pa.array([[i] for i in range(count)]),
    }
    table = pa.table(columns)
    pq.write_table(table, tmp_path / "part_1.parquet", row_group_size=3_000)
    pq.write_table(table.slice(0, 20_000), tmp_path / "part_2.parquet", row_group_size=3_000)
    expected = {
        "whole": (0, 10**12),
        "some": (1, count - 1),
        "real": (-5.5, (count - 2) / 7),
        "money": (0.0, (count - 1) / 4),
        "day": ("1970-01-01T00:00:00", "2079-07-07T00:00:00"),
        "at": ("2020-01-01T00:00:00+00:00", "2024-07-24T15:00:00+00:00"),
        "empty": (None, None),
    }
    for address in (tmp_path / "part_1.parquet", str(tmp_path / "part_*.parquet")):
        with open_source(address) as source:  # type: ignore[attr-defined]
            found = {c.name: c for c in source.schema().tables[0].columns}
        assert {name: (found[name].minimum, found[name].maximum) for name in expected} == expected
        assert not any(column.exact for column in found.values())


def test_ranges_stay_those_of_the_sample_where_a_file_tells_none(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "silent.parquet"
    pq.write_table(pa.table({"n": pa.array(range(40_000))}), path, write_statistics=False)
    with open_source(path) as source:  # type: ignore[attr-defined]
        column = source.schema().tables[0].columns[0]
    assert column.minimum == 0
    assert 0 < column.maximum < 40_000


def test_files_whose_types_differ_tell_no_range_together(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"n": pa.array(range(20_000))}), tmp_path / "p1.parquet")
    pq.write_table(pa.table({"n": pa.array([0.5] * 20_000)}), tmp_path / "p2.parquet")
    with open_source(str(tmp_path / "p*.parquet")) as source:  # type: ignore[attr-defined]
        column = source.schema().tables[0].columns[0]
        assert source.execute("SELECT max(n) AS m FROM p").table.to_pylist() == [{"m": 19_999.0}]
    assert 0 < column.maximum < 19_999


def test_ranges_of_large_tables_are_those_of_all_rows(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "large.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            'CREATE TABLE t AS SELECT i AS "n ""x", DATE \'2020-01-01\' + (i % 900)::INT AS day, '
            "(i / 4)::DECIMAL(12, 2) AS money, 'w' || i AS word, NULL::INT AS empty "
            "FROM range(50001) r(i)"
        )
    with open_source(path) as source:  # type: ignore[attr-defined]
        found = {c.name: (c.minimum, c.maximum) for c in source.schema().tables[0].columns}
    assert found['n "x'] == (0, 50_000)
    assert found["day"] == ("2020-01-01T00:00:00", "2022-06-18T00:00:00")
    assert found["money"] == (0.0, 12_500.0)
    assert found["empty"] == (None, None)


def test_frames_are_written_where_they_are_told_and_only_for_a_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd

    monkeypatch.chdir(tmp_path)
    with open_source(pd.DataFrame({"n": [1, 2]}), cache_dir="kept") as source:  # type: ignore[attr-defined]
        sql = source.execute("SELECT n FROM data").sql
        assert not (tmp_path / "kept").exists()
        code = source.prologue(sql).code
        files = source.files()
    written = list((tmp_path / "kept" / "frames").iterdir())
    assert [path.suffix for path in written] == [".parquet"]
    assert list(files) == [str(written[0])]
    assert str(written[0]) in code
