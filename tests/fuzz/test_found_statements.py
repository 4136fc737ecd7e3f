"""Statements that once broke something, or ran on long after their time."""

from __future__ import annotations

import pytest

from multivis.data import open_source
from multivis.data.guard import parse_select
from multivis.errors import QueryRefusedError

from .world import World


def test_a_thousand_unions_are_refused_and_a_hundred_are_run(world: World) -> None:
    with open_source(world.sales) as source:
        with pytest.raises(QueryRefusedError, match="nests too deeply"):
            source.execute("SELECT 1 AS x " + "UNION ALL SELECT 1 " * 1000)
        assert source.execute("SELECT 1 AS x " + "UNION ALL SELECT 1 " * 100).table.num_rows == 101


@pytest.mark.parametrize(
    "call",
    [
        "repeat('x', 900000000)", "rpad('x', 900000000, 'y')", "lpad('x', 30000 * 30000, 'y')",
        "list_sum(range(300000000))", "generate_series(1, 300000000)",
        "range(-(-CAST(10 AS INT) ** 9))",
        "printf('%999999999d', 1)", "format('{:999999999d}', 1)", "list_resize([1], (900000000))",
    ],
)  # fmt: skip
def test_one_huge_value_is_refused_because_no_engine_looks_at_the_clock_meanwhile(
    call: str,
) -> None:
    with pytest.raises(QueryRefusedError, match="one value of more than"):
        parse_select(f"SELECT {call} AS x", "duckdb")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) AS n FROM range(100000000000) AS t",  # rows: the clock is looked at
        "SELECT repeat('x', 3) AS x, range(1700000000, 1700086400, 3600) AS y",
        "SELECT lpad('1', 5, '0') AS x",
        "SELECT printf('%08.2f', 1.5) AS x, repeat('x', length('abc')) AS y",
    ],
)
def test_values_of_a_common_size_are_not_refused(sql: str) -> None:
    parse_select(sql, "duckdb")
