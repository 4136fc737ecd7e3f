"""Data that once broke something."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from multivis.data import open_source
from multivis.errors import OptionError, SourceFormatError

from .world import World, look_at


def database(folder: Path, statement: str) -> Path:
    """A DuckDB file with a table ``t`` of one column ``d``."""
    path = folder / "t.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE t AS {statement}")
    return path


@pytest.mark.parametrize(
    "odd",
    [
        "'infinity'::DATE", "'0044-03-15 (BC)'::DATE", "'20000-01-01'::DATE",
        "'-infinity'::TIMESTAMP", "'290000-01-01'::TIMESTAMP_S", "'infinity'::TIMESTAMPTZ",
        "'24:00:00'::TIME",
    ],
)  # fmt: skip
def test_a_moment_off_the_calendar_is_left_out_and_told_and_a_script_does_the_same(
    odd: str, tmp_path: Path
) -> None:
    kind = odd.rpartition("::")[2]
    good = "12:30:00" if kind == "TIME" else "2020-05-17"
    path = database(tmp_path, f"SELECT '{good}'::{kind} AS d UNION ALL SELECT {odd}")
    with open_source(path) as source:
        assert source.schema().tables[0].columns[0].name == "d"
        rows = source.execute("SELECT d FROM t")
        script = source.prologue("SELECT d FROM t").code
    assert rows.table.column("d").null_count == 1
    assert any("left out" in note for note in rows.notes)
    names: dict[str, Any] = {}
    exec(script, names)
    assert sorted(map(str, names["df"]["d"])) == sorted(map(str, rows.table.to_pandas()["d"]))


def test_a_moment_on_the_calendar_is_kept(tmp_path: Path) -> None:
    ends = "SELECT '0001-01-01'::DATE AS d UNION ALL SELECT '9999-12-31'::DATE"
    with open_source(database(tmp_path, ends)) as source:
        rows = source.execute("SELECT d FROM t ORDER BY d")
    assert [value.year for value in rows.table.column("d").to_pylist()] == [1, 9999]
    assert not rows.notes


COLUMNS = {
    "periods": pd.period_range("2020-01", periods=3, freq="M"),
    "intervals": pd.interval_range(0, 3),
    "half floats": np.array([1.5, 2.5, 1.5], dtype="float16"),
    "categories of numbers": pd.Categorical([1, 2, 1]),
    "decimals of 40 digits": [Decimal("1e40"), Decimal(1), Decimal(2)],
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_of_a_type_that_arrow_only_carries_is_charted(kind: str, world: World) -> None:
    frame = pd.DataFrame({"kind": COLUMNS[kind], "amount": [1, 2, 3]})
    with world.agent(frame) as agent:
        result = agent.ask("Total amount by kind")
        assert look_at(result, world) == "complete"
    assert sorted(result.data.to_pydict()[result.data.column_names[1]]) in ([1, 2, 3], [2, 4])


def test_a_period_is_the_moment_at_which_it_begins() -> None:
    frame = pd.DataFrame({"month": pd.period_range("2020-01", periods=2, freq="M")})
    with open_source(frame) as source:
        months = source.execute("SELECT month FROM data").table.column("month").to_pylist()
    assert [month.isoformat()[:10] for month in months] == ["2020-01-01", "2020-02-01"]


def test_an_index_with_the_name_of_a_column_becomes_a_second_column() -> None:
    frame = pd.DataFrame({"n": [1, 2]}, index=pd.Index(["a", "b"], name="n"))
    with open_source(frame) as source:
        assert [column.name for column in source.schema().tables[0].columns] == ["n", "n_1"]


def test_half_characters_in_names_and_values_become_question_marks() -> None:
    frame = pd.DataFrame({0: ["x\udfff", "y"]}, dtype=object)
    frame.columns = pd.Index(["a\ud800"], dtype=object)
    with open_source(frame) as source:
        rows = source.execute("SELECT * FROM data").table
    assert rows.to_pydict() == {"a?": ["x?", "y"]}


def test_an_object_that_cannot_even_be_printed_is_told() -> None:
    class Mute:
        def __str__(self) -> str:
            raise RuntimeError("no")

    with pytest.raises(OptionError, match="column 'a' holds values that no table can"):
        open_source(pd.DataFrame({"a": [Mute(), datetime.date(2020, 1, 1)]}))


def test_a_table_of_arrow_with_an_extension_type_is_read() -> None:
    uuids = pa.array([b"0123456789abcdef"], type=pa.binary(16)).cast(pa.binary(16))
    array = pa.ExtensionArray.from_storage(pa.uuid(), uuids)
    with open_source(pa.table({"u": array})) as source:
        values = source.execute("SELECT u FROM data").table.column("u").to_pylist()
    assert values == ["30313233-3435-3637-3839-616263646566"]


def test_broken_views_of_a_duckdb_database_do_not_keep_its_tables_from_being_asked(
    tmp_path: Path,
) -> None:
    path = database(tmp_path, "SELECT 1 AS d")
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE gone (x INTEGER)")
        connection.execute("CREATE VIEW without_table AS SELECT * FROM gone")
        connection.execute("CREATE VIEW without_rows AS SELECT 'a'::INTEGER AS x")
        connection.execute("CREATE VIEW sound AS SELECT d FROM t")
        connection.execute("DROP TABLE gone")
    with open_source(path) as source:
        assert {table.name for table in source.schema().tables} == {"t", "sound"}
        assert source.execute("SELECT d FROM sound").table.to_pydict() == {"d": [1]}


def test_a_union_is_shown_as_text_and_a_script_loads_it_so(tmp_path: Path) -> None:
    kind = "UNION(n INTEGER, s VARCHAR)"
    path = database(tmp_path, f"SELECT 1::{kind} AS d UNION ALL SELECT 'a'::{kind}")
    with open_source(path) as source:
        rows = source.execute("SELECT d FROM t")
        script = source.prologue("SELECT d FROM t").code
    assert sorted(rows.table.column("d").to_pylist()) == ['"a"', "1"]
    names: dict[str, Any] = {}
    exec(script, names)
    assert sorted(names["df"]["d"]) == ['"a"', "1"]


def test_data_that_open_and_then_cannot_be_read_are_the_asker_s_to_mend(
    tmp_path: Path, world: World
) -> None:
    path = tmp_path / "late.csv"
    path.write_text("region,amount\na,1\nb,2\n")
    with world.agent(path) as agent:
        agent.dependencies()  # opened
        path.unlink()
        with pytest.raises(SourceFormatError, match="cannot be read"):
            agent.ask("Total amount by region")


@pytest.mark.postgres
def test_types_that_sqlalchemy_does_not_know_give_no_warning(postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS odd_types")
        connection.execute("CREATE DATABASE odd_types")
    url = postgres_url.replace("/postgres", "/odd_types")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (n INT, p POINT, x XML)")
        connection.execute("INSERT INTO t VALUES (1, '(1,2)', '<a/>')")
    with open_source(url) as source:
        assert [column.name for column in source.schema().tables[0].columns] == ["n", "p", "x"]
        values = source.execute("SELECT p, x FROM t").table.to_pydict()
    assert values == {"p": ["(1,2)"], "x": ["<a/>"]}


def test_records_without_fields_are_shown_as_text_and_a_script_loads_them_so(
    tmp_path: Path,
) -> None:
    frame = pd.DataFrame({"a": [{}, None], "b": [[{}], []]})
    with open_source(frame, cache_dir=tmp_path) as source:
        rows = source.execute("SELECT a, b FROM data").table.to_pydict()
        names: dict[str, Any] = {}
        exec(source.prologue("SELECT a, b FROM data").code, names)
    assert rows == {"a": ["{}", None], "b": ["[{}]", "[]"]}
    assert list(names["df"]["b"]) == ["[{}]", "[]"]
