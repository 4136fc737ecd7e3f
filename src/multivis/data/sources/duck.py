"""DuckDB: the engine under database files, data files and frames.

A connection is locked once its views are made: no external access, no settings, no extension.
DuckDB has no statement timeout, so a thread interrupts the query.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.cancellation import when_cancelled
from multivis.data.frames import Loaded, normalise
from multivis.data.introspect import ColumnFacts, TableFacts, build_schema
from multivis.data.profile import plain
from multivis.data.sources.base import BaseSource, sql_literal
from multivis.data.sources.sqlite import quote_name
from multivis.errors import (
    EmptySourceError,
    MultiVisError,
    QueryExecutionError,
    QueryRefusedError,
    QueryTimeoutError,
    SourceAccessError,
    SourceFormatError,
)
from multivis.protocols import ForeignKey, Schema
from multivis.settings import Limits

if TYPE_CHECKING:
    import duckdb

__all__ = ["DuckDatabaseSource", "DuckSampler", "DuckSource", "connect_safely", "sql_text"]

_BLOCKS = 20
_RANGE_SECONDS = 0.3
_ORDERED = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
    | {"UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
    | {"DECIMAL", "FLOAT", "DOUBLE", "DATE", "TIMESTAMP"}
)
_CATALOG = "source"
_AGAIN = 0.05  # seconds until a query is interrupted once more


def connect_safely(limits: Limits) -> duckdb.DuckDBPyConnection:
    """A connection in memory that loads no extension and cannot see Python's variables.

    Close it with `lock` once its views are made or its database file is attached.
    """
    import duckdb

    config: dict[str, Any] = {
        "autoload_known_extensions": "false",
        "autoinstall_known_extensions": "false",
        "python_enable_replacements": "false",
        "memory_limit": f"{max(limits.query_bytes // 1_000_000, 64)}MB",
        "temp_directory": "",
    }
    connection = duckdb.connect(":memory:", config=config)
    with suppress(duckdb.Error):  # before version 2 there are none
        # eight that read from afar, for each connection: nothing afar can be read
        connection.execute("SET async_threads = 1")
    return connection


def lock(connection: duckdb.DuckDBPyConnection, allowed: Sequence[Path] = ()) -> None:
    """Close an in-memory connection against everything but reading the files named."""
    if allowed:
        listed = ", ".join(sql_text(str(path)) for path in allowed)
        connection.execute(f"SET allowed_paths = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


@contextmanager
def _ended_after(seconds: float, interrupt: Callable[[], None]) -> Iterator[None]:
    """Interrupt what runs inside after some seconds, again and again until it ends.

    DuckDB forgets an interrupt that comes while no query runs, between two steps of one: a
    single one would now and then be lost, and the query would go on for ever.
    """
    over = threading.Event()

    def watch() -> None:
        pause = max(seconds, 0.001)
        while not over.wait(pause):
            interrupt()
            pause = _AGAIN

    watcher = threading.Thread(target=watch, name="multivis-time-limit", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def sql_text(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


class DuckSource(BaseSource):
    """A source that runs on one DuckDB connection; each query has its own cursor."""

    dialect = "duckdb"

    def __init__(
        self, address: str, limits: Limits | None, connection: duckdb.DuckDBPyConnection
    ) -> None:
        super().__init__(address, limits)
        self._connection = connection

    def close(self) -> None:
        """Close the connection; closing twice is allowed."""
        if not self._closed:
            super().close()
            self._connection.close()

    def _run(self, sql: str, row_limit: int, seconds: float) -> Loaded:
        import duckdb

        try:
            with self._timed(seconds) as cursor:
                self._check_kind(cursor, sql)
                relation = cursor.sql(sql)
                if relation is None:
                    raise QueryRefusedError("The query was refused: it gives no rows.")
                # `limit` renames columns of the same name by itself: keep the engine's names.
                table = relation.limit(row_limit + 1).to_arrow_table()
                table = table.rename_columns(list(relation.columns))
        except duckdb.Error as error:
            raise self._explain(error, seconds) from error
        truncated = table.num_rows > row_limit
        return normalise(table.slice(0, row_limit) if truncated else table, truncated)

    @contextmanager
    def _timed(self, seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that is interrupted after some seconds."""
        try:
            cursor = self._connection.cursor()
        except Exception as error:  # DuckDB raises its own type, which is not imported here
            raise QueryExecutionError("The source is closed.", hint="Open it again.") from error
        self._prepare(cursor)
        try:
            with _ended_after(seconds, cursor.interrupt), when_cancelled(cursor.interrupt):
                yield cursor
        finally:
            cursor.close()

    def _prepare(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Give a new cursor what belongs to a connection and not to the database."""

    @staticmethod
    def _check_kind(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
        """The engine's own parser must see exactly one SELECT too."""
        import duckdb

        statements = cursor.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise QueryRefusedError(
                "The query was refused: DuckDB does not read it as one SELECT.",
                hint="Write exactly one SELECT statement.",
            )

    def _explain(self, error: Exception, seconds: float) -> MultiVisError:
        """The engine's error as one of ours."""
        import re

        from multivis.data.resolve import unknown_column, unknown_table

        name = type(error).__name__
        text = " ".join(str(error).split("LINE ")[0].split())
        if name == "InterruptException":
            return QueryTimeoutError(
                f"The query was stopped after {seconds:g} seconds.",
                hint="Narrow it: filter or aggregate earlier, or join fewer tables.",
            )
        if name == "PermissionException":
            return QueryRefusedError(
                f"The query was refused by the engine: {text}.",
                hint="Write exactly one SELECT over the tables of the source.",
            )
        if name == "OutOfMemoryException":
            return QueryExecutionError(
                "The query needs more memory than the limit allows.",
                hint="Aggregate or filter earlier.",
            )
        if found := re.search(r'Referenced column "([^"]+)" (?:was )?not found', text):
            return unknown_column(found[1], (), self.schema())
        if found := re.search(r"Table with name (\S+) does not exist", text):
            return unknown_table(found[1], self.schema())
        return QueryExecutionError(
            f"The database could not run the query: {text.rstrip('.')}.", hint="Correct the SQL."
        )

    # ── schema ──────────────────────────────────────────────────────────────────────────

    def _sampler(self) -> DuckSampler:
        return DuckSampler(self)

    def _read_schema(self, deadline: float) -> Schema:
        with self._timed(max(deadline - time.monotonic(), 1.0)) as cursor:
            tables = [t for t in _read_tables(cursor) if self._is_sound(cursor, t)]
            keys = _read_keys(cursor)
        if not tables:
            raise EmptySourceError(
                f"The source {self.address!r} has no table.", hint="Give one that holds tables."
            )
        return build_schema(self.dialect, tables, keys, self._sampler(), deadline)

    def _is_sound(self, cursor: duckdb.DuckDBPyConnection, table: TableFacts) -> bool:
        """Whether a table can be asked at all: a view of somebody else's may be broken."""
        return True

    # ── script ──────────────────────────────────────────────────────────────────────────

    def _open_code(self) -> str:
        """Python that makes `connection` with the source's tables."""
        return "connection = duckdb.connect()\n"

    def _imports(self) -> tuple[str, ...]:
        return ("import duckdb",)

    def _load_code(self, sql: str, recipe: Loaded) -> str:
        return (
            f"{self._open_code()}"
            f"rows = connection.sql({sql_literal(sql)}).to_arrow_table()\n"
            "connection.close()\n"
            f"{''.join(change.rows for change in recipe.conversions)}"
            "df = rows.to_pandas()\n"
        )


class DuckDatabaseSource(DuckSource):
    """A DuckDB file, opened read-only.

    Args:
        path: The file.
        limits: Bounds.
        address: How a person named it.

    Raises:
        SourceFormatError: It is not a DuckDB file, or of a version that this DuckDB cannot read.
        SourceAccessError: Another process holds it.
    """

    def __init__(self, path: Path, limits: Limits | None = None, address: str = "") -> None:
        import duckdb

        bounds = limits or Limits()
        self.path = path.resolve()
        if self.path.stat().st_size == 0:
            raise EmptySourceError(
                f"The database {str(self.path)!r} is empty: it has no table.",
                hint="Give a database that holds tables.",
            )
        connection = connect_safely(bounds)
        try:
            # Attached rather than opened: one process may then open it in several ways.
            connection.execute(f"ATTACH {sql_text(str(self.path))} AS {_CATALOG} (READ_ONLY)")
            lock(connection)
        except duckdb.Error as error:
            connection.close()
            text = " ".join(str(error).split())
            if "lock" in text.lower():
                raise SourceAccessError(
                    f"The database {str(self.path)!r} is locked by another process.",
                    hint="Close it there first.",
                ) from error
            raise SourceFormatError(
                f"The file {str(self.path)!r} is not a DuckDB database that can be read: "
                f"{text[:200].rstrip('.')}.",
                hint="Check the ending of its name, or export it again.",
            ) from error
        super().__init__(address or f"duckdb:///{path}", bounds, connection)

    def _prepare(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Names without a prefix mean the attached file."""
        cursor.execute(f"USE {_CATALOG}")

    def _is_sound(self, cursor: duckdb.DuckDBPyConnection, table: TableFacts) -> bool:
        """Views that no longer fit the tables below them, or whose rows fail, are left out."""
        import duckdb

        if not table.view:
            return True
        try:
            cursor.sql(f"SELECT * FROM {quote_name(table.name)} LIMIT 1").to_arrow_table()
        except duckdb.InterruptException:
            return True  # slow is not broken
        except duckdb.Error:
            return False
        return True

    def files(self) -> Mapping[str, Path]:
        """The database file, under the path that scripts use."""
        return {str(self.path): self.path}

    def _open_code(self) -> str:
        return f"connection = duckdb.connect({str(self.path)!r}, read_only=True)\n"


def _read_tables(cursor: duckdb.DuckDBPyConnection) -> list[TableFacts]:
    rows = cursor.execute(
        "SELECT c.table_name, c.column_name, c.data_type, v.view_name IS NOT NULL "
        "FROM duckdb_columns() c LEFT JOIN duckdb_views() v "
        "ON v.view_name = c.table_name AND v.schema_name = c.schema_name "
        "AND v.database_name = c.database_name "
        "WHERE c.schema_name = 'main' AND NOT c.internal AND c.database_name = current_database() "
        "ORDER BY c.table_oid, c.column_index"
    ).fetchall()
    primary = {
        (table, column)
        for table, columns in cursor.execute(
            "SELECT table_name, constraint_column_names FROM duckdb_constraints() "
            "WHERE constraint_type = 'PRIMARY KEY' AND schema_name = 'main' "
            "AND database_name = current_database()"
        ).fetchall()
        for column in columns
    }
    found: dict[str, list[ColumnFacts]] = {}
    views: set[str] = set()
    for table, column, kind, is_view in rows:
        found.setdefault(table, []).append(ColumnFacts(column, kind, (table, column) in primary))
        if is_view:
            views.add(table)
    return [TableFacts(name, tuple(columns), view=name in views) for name, columns in found.items()]


def _read_keys(cursor: duckdb.DuckDBPyConnection) -> list[ForeignKey]:
    rows = cursor.execute(
        "SELECT table_name, constraint_column_names, referenced_table, referenced_column_names "
        "FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY' AND schema_name = 'main' "
        "AND database_name = current_database()"
    ).fetchall()
    return [
        ForeignKey(table, column, other, to)
        for table, columns, other, targets in rows
        for column, to in zip(columns, targets, strict=True)
    ]


class DuckSampler:
    """Counts and samples of DuckDB tables, each within its own time."""

    def __init__(self, source: DuckSource) -> None:
        self.source = source
        self.rows = source.limits.profile_rows

    def count(self, table: TableFacts, seconds: float) -> tuple[int | None, bool]:
        """(rows, False): native tables and Parquet files know their length."""
        rows = self.fetch(f"SELECT count(*) AS n FROM {quote_name(table.name)}", seconds)
        return (None, False) if rows is None else (int(rows.column(0)[0].as_py()), False)

    def sample(
        self, table: TableFacts, count: int | None, seconds: float
    ) -> tuple[Any, bool] | None:
        """(Arrow table, whether it holds every row), or None when there was no time."""
        name = quote_name(table.name)
        whole = count is not None and count <= self.rows
        rows = None
        if not whole and count is not None and not table.view:
            rows = self.fetch(self._blocks(name, count), seconds)
        if rows is None:
            rows = self.fetch(f"SELECT * FROM {name} LIMIT {self.rows}", seconds)
        return None if rows is None else (normalise(rows).table, whole)

    def _blocks(self, name: str, count: int) -> str:
        """Rows from evenly spaced places: row-id ranges, which DuckDB skips to."""
        size = max(self.rows // _BLOCKS, 1)
        starts = [block * count // _BLOCKS for block in range(_BLOCKS)]
        ranges = " OR ".join(f"rowid BETWEEN {start} AND {start + size - 1}" for start in starts)
        return f"SELECT * FROM {name} WHERE {ranges}"

    def contains(
        self, table: TableFacts, column: str, values: Sequence[Any], seconds: float
    ) -> int | None:
        """How many of some values are in a column, or None when there was no time."""
        name = quote_name(column)
        listed = ", ".join(_literal(value) for value in values)
        rows = self.fetch(
            f"SELECT count(DISTINCT {name}) AS n FROM {quote_name(table.name)} "
            f"WHERE {name} IN ({listed})",
            seconds,
        )
        return None if rows is None else int(rows.column(0)[0].as_py())

    def extremes(self, table: TableFacts) -> Mapping[str, tuple[Any, Any]]:
        """Ranges over all rows of a native table: DuckDB keeps them beside the data.

        They are given up when the engine has to read the rows after all.
        """
        names = [c.name for c in table.columns if c.type.partition("(")[0] in _ORDERED]
        if table.view or not names:
            return {}
        listed = ", ".join(
            f"min({quote_name(name)}) AS low_{at}, max({quote_name(name)}) AS high_{at}"
            for at, name in enumerate(names)
        )
        rows = self.fetch(f"SELECT {listed} FROM {quote_name(table.name)}", _RANGE_SECONDS)
        if rows is None:
            return {}
        ends = [plain(column[0].as_py()) for column in normalise(rows).table.columns]
        return {
            name: (ends[2 * at], ends[2 * at + 1])
            for at, name in enumerate(names)
            if ends[2 * at] is not None
        }

    def fetch(self, sql: str, seconds: float) -> Any:
        """An Arrow table, or None when it took too long or the engine cannot."""
        import duckdb

        started = time.monotonic()
        try:
            with self.source._timed(seconds) as cursor:
                return cursor.sql(sql).to_arrow_table()
        except duckdb.InterruptException:
            return None
        except duckdb.Error as error:
            if time.monotonic() - started > seconds:
                return None
            raise SourceFormatError(
                f"The data of {self.source.address!r} cannot be read: "
                f"{' '.join(str(error).split())[:300].rstrip('.')}.",
                hint="Check the file, or export it again.",
            ) from error


def _literal(value: Any) -> str:
    return sql_text(value) if isinstance(value, str) else str(value)
