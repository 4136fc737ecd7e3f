"""Rows of any values become the same frame in the sandbox and in a script."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from multivis.data import open_source
from multivis.data.frames import arrow_from_rows, to_pandas, unique_names

cells = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=6).filter(lambda text: "\x00" not in text),
    st.sampled_from(["", " ", "1", "1.5"]),
    st.binary(max_size=4),
)
rows = st.lists(st.tuples(cells, cells), max_size=8)


@given(rows)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_rows_of_sqlite_load_the_same_in_scripts(
    tmp_path: Path, rows: list[tuple[Any, Any]]
) -> None:
    path = tmp_path / "x.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (a, b)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
    source = open_source(path)
    result = source.execute("SELECT a, b, a FROM t")
    names: dict[str, Any] = {}
    exec(compile(source.prologue(result.sql).code, "<prologue>", "exec"), names)
    assert_frame_equal(names["df"], to_pandas(result.table))
    assert result.table.num_rows == len(rows)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["x", "x_1", "X", "", "y"]), max_size=6))
def test_names_become_unique_and_the_first_of_each_is_kept(names: list[str]) -> None:
    unique = unique_names(names)
    assert len(set(unique)) == len(names)
    for position, name in enumerate(names):
        if name and name not in names[:position]:
            assert unique[position] == name


@pytest.mark.parametrize("limit", [1, 3, 4])
def test_the_row_limit_holds_across_batches(limit: int) -> None:
    batches = [[(1,), (2,)], [(3,), (4,)], [(5,)]]
    loaded = arrow_from_rows(["a"], batches, limit)
    assert loaded.table.column(0).to_pylist() == [1, 2, 3, 4, 5][:limit]
    assert loaded.truncated


def test_lone_surrogates_are_replaced() -> None:
    assert arrow_from_rows(["a"], [[("x\ud800",)]], 9).table.column(0).to_pylist() == ["x?"]
