"""SQLite databases, through the standard library with three locks: read-only file, authoriser,
progress handler.

`mode=ro` alone would let ATTACH create another file; the authoriser allows nothing but reading.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from multivis.cancellation import when_cancelled
from multivis.data.frames import Loaded, arrow_from_rows
from multivis.data.functions import allowed_functions
from multivis.data.sources.base import BaseSource, sql_literal
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

__all__ = ["SqliteSource"]

_HEADER = b"SQLite format 3\x00"
_BATCH = 5_000
_STEPS = 5_000  # virtual machine steps between looks at the clock
_LARGEST_VALUE = 50_000_000  # bytes of one text or blob
_BLOCKS = 20  # places of a large table that are sampled


class SqliteSource(BaseSource):
    """A SQLite file, opened read-only.

    Args:
        path: The file.
        limits: Bounds.
        address: How a person named it; made from the path by default.

    Raises:
        SourceFormatError: The file is not a SQLite database.
        SourceAccessError: It cannot be opened.
        EmptySourceError: It holds no table.
    """

    dialect = "sqlite"

    def __init__(self, path: Path, limits: Limits | None = None, address: str = "") -> None:
        super().__init__(address or f"sqlite:///{path}", limits)
        self.path = path.resolve()
        self._uri = ""
        self._lenient = False  # set once a text is met that is not UTF-8
        self._open_first()

    def files(self) -> Mapping[str, Path]:
        """The database file, under the path that scripts use."""
        return {str(self.path): self.path}

    # ── connections ─────────────────────────────────────────────────────────────────────

    def _open_first(self) -> None:
        try:
            with self.path.open("rb") as file:
                head = file.read(16)
        except OSError as error:
            raise SourceAccessError(
                f"The file {str(self.path)!r} cannot be read: {error.strerror}.",
                hint="Check its permissions.",
            ) from error
        if head and head != _HEADER:
            raise SourceFormatError(
                f"The file {str(self.path)!r} is not a SQLite database.",
                hint="Check the ending of its name, or export it again.",
            )
        if not head:
            raise EmptySourceError(
                f"The database {str(self.path)!r} is empty: it has no table.",
                hint="Give a database that holds tables.",
            )
        base = f"file:{quote(str(self.path))}?mode=ro"
        # A database in WAL mode on a read-only disk opens only as immutable.
        failure: sqlite3.Error | None = None
        for uri in (base, base + "&immutable=1"):
            try:
                with closing(sqlite3.connect(uri, uri=True)) as connection:
                    names = connection.execute(_LIST_TABLES).fetchall()
                self._uri = uri
                break
            except sqlite3.OperationalError as error:
                failure = error
            except sqlite3.DatabaseError as error:
                raise SourceFormatError(
                    f"The file {str(self.path)!r} is damaged or not a SQLite database: {error}.",
                    hint="Export it again.",
                ) from error
        if not self._uri:
            raise SourceAccessError(
                f"The database {str(self.path)!r} cannot be opened: {failure}.",
                hint="Check its permissions.",
            ) from failure
        if not names:
            raise EmptySourceError(
                f"The database {str(self.path)!r} has no table.",
                hint="Give a database that holds tables.",
            )

    def _connect(self, guarded: bool = True) -> sqlite3.Connection:
        """A new connection (they are cheap); every thread and query has its own."""
        connection = sqlite3.connect(self._uri, uri=True, check_same_thread=False)
        if self._lenient:
            connection.text_factory = _decode
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA cache_size=-65536")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.setlimit(sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0)
        if guarded:
            connection.set_authorizer(_authorise)
        return connection

    # ── queries ─────────────────────────────────────────────────────────────────────────

    def _run(self, sql: str, row_limit: int, seconds: float) -> Loaded:
        try:
            return self._run_once(sql, row_limit, seconds)
        except _TextError:
            self._lenient = True
            return self._run_once(sql, row_limit, seconds)

    def _run_once(self, sql: str, row_limit: int, seconds: float) -> Loaded:
        try:
            with (
                closing(self._connect()) as connection,
                when_cancelled(connection.interrupt),
            ):
                deadline = time.monotonic() + seconds
                connection.set_progress_handler(_clock(deadline), _STEPS)
                cursor = connection.execute(sql)
                names = [item[0] for item in cursor.description or ()]
                return arrow_from_rows(names, _batches(cursor, row_limit, deadline), row_limit)
        except (sqlite3.Error, sqlite3.Warning, OverflowError, _LateError) as error:
            if _is_text_error(error) and not self._lenient:
                raise _TextError from error
            raise self._explain(error, seconds) from error

    def _notes(self, sql: str) -> tuple[str, ...]:
        from multivis.data.resolve import mistyped_names

        if '"' not in sql:
            return ()
        return tuple(
            f'There is no column "{name}": SQLite read it as the text {name!r}. Did you mean '
            + " or ".join(repr(item) for item in near)
            + "?"
            for name, near in mistyped_names(sql, self.schema()).items()
        )

    def _explain(self, error: Exception, seconds: float) -> MultiVisError:
        """The engine's error as one of ours."""
        from multivis.data.resolve import unknown_column, unknown_table

        text = str(error)
        if isinstance(error, _LateError) or "interrupted" in text:
            return QueryTimeoutError(
                f"The query was stopped after {seconds:g} seconds.",
                hint="Narrow it: filter or aggregate earlier, or join fewer tables.",
            )
        if "not authorized" in text or "prohibited" in text:
            return QueryRefusedError(
                f"The query was refused by the engine: {text}.",
                hint="Write exactly one SELECT statement.",
            )
        if text.startswith("no such column: "):
            name = text.removeprefix("no such column: ").rpartition(".")[2]
            return unknown_column(name, (), self.schema())
        if text.startswith("no such table: "):
            return unknown_table(text.removeprefix("no such table: "), self.schema())
        locked = "locked" in text
        return QueryExecutionError(
            f"The database could not run the query: {text}.",
            hint="Ask again when the other program is done." if locked else "Correct the SQL.",
        )

    def _imports(self) -> tuple[str, ...]:
        return ("import sqlite3",)

    def _load_code(self, sql: str, recipe: Loaded) -> str:
        uri = f"file:{quote(str(self.path))}?mode=ro"
        lenient = (
            'connection.text_factory = lambda raw: raw.decode("utf-8", "replace")\n'
            if self._lenient
            else ""
        )
        return (
            f"connection = sqlite3.connect({uri!r}, uri=True)\n"
            f"{lenient}"
            f"df = pd.read_sql_query({sql_literal(sql)}, connection)\n"
            "connection.close()\n"
        )

    # ── schema ──────────────────────────────────────────────────────────────────────────

    def _read_schema(self, deadline: float) -> Schema:
        from multivis.data.introspect import ColumnFacts, TableFacts, build_schema

        with (
            closing(self._connect(guarded=False)) as connection,
            when_cancelled(connection.interrupt),
        ):
            tables, keys = [], []
            for name, kind in connection.execute(_LIST_TABLES).fetchall():
                try:
                    described = connection.execute(
                        "SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden != 1",
                        (name,),
                    ).fetchall()
                    keys.extend(_foreign_keys(connection, name))
                except sqlite3.Error:
                    continue  # a view on a table that is gone: it cannot be queried either
                columns = [ColumnFacts(str(c), str(t or ""), bool(pk)) for c, t, pk in described]
                if columns:
                    tables.append(TableFacts(name, tuple(columns), view=kind == "view"))
            keys = _resolve_keys(keys, tables)
            sampler = _Sampler(connection, self.limits.profile_rows)
            return build_schema(self.dialect, tables, keys, sampler, deadline)


_LIST_TABLES = (
    "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') "
    "AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY rowid"
)


class _TextError(Exception):
    """A text that is not UTF-8 was met while texts were read strictly."""


def _is_text_error(error: Exception) -> bool:
    return "Could not decode to UTF-8" in str(error)


def _decode(raw: bytes) -> str:
    """A text whatever its bytes; slower than SQLite's own reading, so used only where needed."""
    return raw.decode("utf-8", "replace")


class _LateError(Exception):
    """The deadline passed between two batches."""


def _clock(deadline: float) -> Callable[[], int]:
    """A progress handler that stops the query at the deadline."""
    return lambda: int(time.monotonic() > deadline)


def _batches(
    cursor: sqlite3.Cursor, row_limit: int, deadline: float
) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows in batches; one row more than the limit tells that there are more."""
    left = row_limit + 1
    while left > 0:
        rows = cursor.fetchmany(min(_BATCH, left))
        if not rows:
            return
        left -= len(rows)
        yield rows
        if time.monotonic() > deadline:
            raise _LateError


_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_FUNCTIONS = allowed_functions("sqlite") | {"match", "regexp", "->", "->>"}


def _authorise(
    action: int, first: str | None, second: str | None, _database: str | None, _from: str | None
) -> int:
    """Allow reading and pure functions; deny all else, ATTACH and PRAGMA included."""
    if action in _READING:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _foreign_keys(connection: sqlite3.Connection, table: str) -> list[ForeignKey]:
    rows = connection.execute(
        'SELECT "from", "table", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq', (table,)
    ).fetchall()
    return [ForeignKey(table, str(own), str(other), str(to or "")) for own, other, to in rows]


def _resolve_keys(keys: Sequence[ForeignKey], tables: Sequence[Any]) -> list[ForeignKey]:
    """Declared keys with the names as the tables spell them; those to nowhere are dropped."""
    known = {table.name.lower(): table for table in tables}
    resolved = []
    for key in dict.fromkeys(keys):
        own, other = known.get(key.table.lower()), known.get(key.to_table.lower())
        if own is None or other is None:
            continue
        primary = [column.name for column in other.columns if column.primary_key]
        wanted = key.to_column or (primary[0] if primary else "")
        column = next((c.name for c in own.columns if c.name.lower() == key.column.lower()), None)
        to = next((c.name for c in other.columns if c.name.lower() == wanted.lower()), None)
        if column is not None and to is not None:
            resolved.append(ForeignKey(own.name, column, other.name, to))
    return resolved


class _Sampler:
    """Counts and samples of SQLite tables, each within its own time."""

    def __init__(self, connection: sqlite3.Connection, rows: int) -> None:
        self.connection = connection
        self.rows = rows

    def count(self, table: Any, seconds: float) -> tuple[int | None, bool]:
        """(rows, whether that is an estimate): exact where counting is quick."""
        name = quote_name(table.name)
        highest = None if table.view else self._fetch(f"SELECT max(rowid) FROM {name}", seconds)
        try_exact = highest is None or not highest[0][0] or highest[0][0] < 2_000_000
        if try_exact:
            counted = self._fetch(f"SELECT count(*) FROM {name}", seconds)
            if counted is not None:
                return int(counted[0][0]), False
        if highest is not None and highest[0][0] is not None:
            return int(highest[0][0]), True
        return None, False

    def sample(self, table: Any, count: int | None, seconds: float) -> tuple[Any, bool] | None:
        """(Arrow table, whether it holds every row), or None when there was no time."""
        name = quote_name(table.name)
        columns = ", ".join(
            f"CASE WHEN typeof({quote_name(c.name)}) = 'blob' THEN "
            f"hex(substr({quote_name(c.name)}, 1, 16)) ELSE {quote_name(c.name)} END"
            if "blob" in c.type.lower() or not c.type
            else quote_name(c.name)
            for c in table.columns
        )
        whole = count is not None and count <= self.rows
        if whole or table.view or count is None:
            rows = self._fetch(f"SELECT {columns} FROM {name} LIMIT {self.rows}", seconds)
        else:
            rows = self._blocks(name, columns, seconds)
            if rows is None:
                rows = self._fetch(f"SELECT {columns} FROM {name} LIMIT {self.rows}", seconds)
        if rows is None:
            return None
        names = [column.name for column in table.columns]
        return arrow_from_rows(names, [rows], self.rows).table, whole

    def _blocks(self, name: str, columns: str, seconds: float) -> list[Any] | None:
        """Rows from evenly spaced places of a large table."""
        bounds = self._fetch(f"SELECT min(rowid), max(rowid) FROM {name}", seconds)
        if not bounds or bounds[0][0] is None:
            return None
        low, high = bounds[0]
        size = max(self.rows // _BLOCKS, 1)
        step = max((high - low) // _BLOCKS, 1)
        rows: list[Any] = []
        until = time.monotonic() + seconds
        for block in range(_BLOCKS):
            start = low + block * step
            part = self._fetch(
                f"SELECT {columns} FROM {name} WHERE rowid >= {start} AND rowid < {start + step} "
                f"LIMIT {size}",
                max(until - time.monotonic(), 0.001),
            )
            if part is None:
                break
            rows.extend(part)
        return rows or None

    def contains(
        self, table: Any, column: str, values: Sequence[Any], seconds: float
    ) -> int | None:
        """How many of some values are in a column, or None when there was no time."""
        marks = ", ".join("?" * len(values))
        rows = self._fetch(
            f"SELECT count(DISTINCT {quote_name(column)}) FROM {quote_name(table.name)} "
            f"WHERE {quote_name(column)} IN ({marks})",
            seconds,
            values,
        )
        return None if rows is None else int(rows[0][0])

    def extremes(self, table: Any) -> Mapping[str, tuple[Any, Any]]:
        """Ranges that are known without reading rows: none."""
        return {}

    def _fetch(self, sql: str, seconds: float, values: Sequence[Any] = ()) -> list[Any] | None:
        """All rows, or None when it took too long or the table has no rowid."""
        self.connection.set_progress_handler(_clock(time.monotonic() + seconds), _STEPS)
        try:
            return self._fetch_text(sql, tuple(values))
        except (sqlite3.Error, OverflowError):
            return None
        finally:
            self.connection.set_progress_handler(None, 0)

    def _fetch_text(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        """All rows; from the first text that is not UTF-8 on, texts are read leniently."""
        try:
            return self.connection.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if not _is_text_error(error):
                raise
            self.connection.text_factory = _decode
            return self.connection.execute(sql, values).fetchall()


def quote_name(name: str) -> str:
    """An identifier in SQL: double quotes, doubled inside."""
    return '"' + name.replace('"', '""') + '"'
