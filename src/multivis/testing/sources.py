"""What every source must do, as a suite that runs on any class.

```python
class TestMine(SourceConformance):
    def make_source(self): return MySource("some address")
```

The source must hold at least one table with at least two rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from multivis.errors import (
    QueryError,
    QueryExecutionError,
    QueryRefusedError,
    QueryTimeoutError,
    UnknownFieldError,
)
from multivis.protocols import Schema, Source, Table

__all__ = ["SourceConformance"]

_ENDLESS = (
    "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted) "
    "SELECT count(*) AS n FROM counted"
)
_REFUSED = {
    "nothing": "   ",
    "a deletion": "DELETE FROM {table}",
    "an update": "UPDATE {table} SET {column} = NULL",
    "an insertion": "INSERT INTO {table} SELECT * FROM {table}",
    "a new table": "CREATE TABLE multivis_copy AS SELECT * FROM {table}",
    "a dropped table": "DROP TABLE {table}",
    "two statements": "SELECT 1 AS a; SELECT 2 AS b",
    "a statement after a comment": "SELECT 1 AS a /* ; */ ; -- x\nDROP TABLE {table}",
    "a setting": "SET x = 1",
    "a pragma": "PRAGMA table_info({table})",
    "an attached file": "ATTACH 'multivis_attached.db' AS attached",
    "a copy to a file": "COPY {table} TO 'multivis_copy.csv'",
    "an unknown function": "SELECT surely_no_such_function({column}) AS a FROM {table}",
    "a function that loads code": "SELECT load_extension('x') AS a",
    "a function that sleeps": "SELECT pg_sleep(1) AS a",
    "a function that reads files": "SELECT * FROM read_csv('/etc/passwd')",
    "a write inside a CTE": "WITH gone AS (DELETE FROM {table} RETURNING *) SELECT * FROM gone",
}


class SourceConformance:
    """Subclass it and define `make_source`. One source serves all tests of the class."""

    def make_source(self) -> Source:
        """The source under test."""
        raise AssertionError("define make_source() in the subclass")

    @pytest.fixture(scope="class")
    @classmethod
    def source(cls) -> Iterator[Source]:
        """The source, closed after the last test."""
        made = cls().make_source()
        yield made
        made.close()
        made.close()  # closing twice is allowed

    def test_it_is_a_source(self, source: Source) -> None:
        """It satisfies the protocol."""
        assert isinstance(source, Source)
        assert source.address
        assert source.dialect in {"sqlite", "duckdb", "postgres", "mysql"}

    def test_the_schema_names_tables_and_columns_and_is_kept(self, source: Source) -> None:
        """Names are unique, case ignored, and the schema is computed once."""
        schema = source.schema()
        assert schema.dialect == source.dialect
        assert schema.tables
        for table in schema.tables:
            names = [column.name.lower() for column in table.columns]
            assert names
            assert len(set(names)) == len(names)
        assert source.schema() is schema

    def test_foreign_keys_join_columns_that_exist(self, source: Source) -> None:
        """Both ends of every key are in the schema."""
        schema = source.schema()
        for key in schema.foreign_keys:
            for name, column in ((key.table, key.column), (key.to_table, key.to_column)):
                table = schema.table(name)
                assert table is not None
                assert column in {item.name for item in table.columns}
            assert 0 <= key.confidence <= 1
            assert key.inferred or key.confidence == 1

    def test_a_select_returns_the_rows_of_the_table(self, source: Source) -> None:
        """All columns in order, all rows."""
        table = _table_with_rows(source.schema())
        rows = source.execute(_select_all(source, table))
        assert rows.table.column_names == [column.name for column in table.columns]
        assert rows.table.num_rows >= 2
        assert not rows.truncated
        assert rows.seconds >= 0

    def test_the_row_limit_cuts_and_says_so(self, source: Source) -> None:
        """`row_limit` holds and sets `truncated`."""
        table = _table_with_rows(source.schema())
        rows = source.execute(_select_all(source, table), row_limit=1)
        assert rows.table.num_rows == 1
        assert rows.truncated

    def test_an_endless_query_is_stopped(self, source: Source) -> None:
        """`seconds` holds."""
        expected: tuple[type[QueryError], ...] = (QueryTimeoutError,)
        if source.dialect == "mysql":  # MySQL stops deep recursions by itself
            expected = (QueryTimeoutError, QueryExecutionError)
        with pytest.raises(expected):
            source.execute(_ENDLESS, seconds=0.3)

    @pytest.mark.parametrize("what", _REFUSED)
    def test_all_but_one_select_is_refused(self, source: Source, what: str) -> None:
        """Nothing is executed, nothing is changed."""
        table = _table_with_rows(source.schema())
        before = source.execute(_count(source, table)).table.to_pylist()
        sql = _REFUSED[what].format(
            table=_quoted(source, table.name), column=_quoted(source, table.columns[0].name)
        )
        with pytest.raises(QueryRefusedError):
            source.execute(sql)
        assert source.execute(_count(source, table)).table.to_pylist() == before

    def test_an_unknown_table_is_told_with_what_exists(self, source: Source) -> None:
        """The error names near tables."""
        table = _table_with_rows(source.schema())
        near = f"{table.name}x"
        with pytest.raises(UnknownFieldError) as caught:
            source.execute(f"SELECT * FROM {_quoted(source, near)}")
        assert table.name in str(caught.value)

    def test_an_unknown_column_is_told_with_what_exists(self, source: Source) -> None:
        """The error lists the real columns."""
        table = _table_with_rows(source.schema())
        with pytest.raises(UnknownFieldError) as caught:
            source.execute(f"SELECT t.no_such_column FROM {_quoted(source, table.name)} AS t")
        assert table.columns[0].name in str(caught.value)

    def test_a_script_loads_the_very_same_frame(self, source: Source) -> None:
        """`prologue` and the Arrow table agree in values and dtypes."""
        from pandas.testing import assert_frame_equal

        table = _table_with_rows(source.schema())
        for sql in (_select_all(source, table), _count(source, table)):
            rows = source.execute(sql)
            prologue = source.prologue(rows.sql)
            names: dict[str, object] = {}
            run = compile(prologue.code, "<prologue>", "exec")
            exec(run, names)  # the very code that users get
            assert_frame_equal(names[prologue.frame], rows.table.to_pandas())  # type: ignore[arg-type]

    def test_the_files_of_scripts_exist(self, source: Source) -> None:
        """`files` names real files."""
        for name, path in source.files().items():
            assert name
            assert path.is_file()

    def test_threads_may_share_it(self, source: Source) -> None:
        """Queries at the same time give the same answers."""
        table = _table_with_rows(source.schema())
        sql = _count(source, table)

        def ask(_: int) -> list[dict[str, object]]:
            answer: list[dict[str, object]] = source.execute(sql).table.to_pylist()
            return answer

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(ask, range(12)))
        assert all(answer == answers[0] for answer in answers)


def _table_with_rows(schema: Schema) -> Table:
    found = [table for table in schema.tables if (table.row_count or 0) >= 2]
    assert found, "the source under test needs a table with at least two rows"
    return found[0]


def _quoted(source: Source, name: str) -> str:
    mark = "`" if source.dialect == "mysql" else '"'
    parts = name.split(".", 1) if source.dialect == "postgres" else [name]
    return ".".join(mark + part.replace(mark, mark * 2) + mark for part in parts)


def _select_all(source: Source, table: Table) -> str:
    columns = ", ".join(_quoted(source, column.name) for column in table.columns)
    return f"SELECT {columns} FROM {_quoted(source, table.name)}"


def _count(source: Source, table: Table) -> str:
    return f"SELECT count(*) AS n FROM {_quoted(source, table.name)}"
