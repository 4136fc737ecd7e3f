"""A SQLite file that belongs to multivis: opened, checked, and with errors that say why."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from multivis.errors import OutputError, SourceError, SourceFormatError

__all__ = ["SqliteFile", "encodable", "match_any"]

_MAXIMUM_WORDS = 64


def encodable(text: str) -> str:
    """Text without lone surrogates, which SQLite cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def match_any(text: str) -> str:
    """An FTS5 expression that matches any word of a text; empty when it has none.

    Each word is a quoted FTS5 string, so nothing in it is read as an operator; the first 64
    count.
    """
    words = re.findall(r"\w+", encodable(text))[:_MAXIMUM_WORDS]
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(words))


class SqliteFile:
    """One connection to a file of multivis, for one thread at a time. Thread-safe.

    Args:
        path: The file, made when it is not there; ``":memory:"`` keeps nothing.
        tables: SQL that makes the tables where they are missing.
        application: Number in the header of the file that says what the file is.
        what: What the file is called in errors, for example ``"memory"``.

    Raises:
        SourceFormatError: The file is damaged, or is something else.
        OutputError: The file cannot be made.
    """

    def __init__(self, path: Path | str, *, tables: str, application: int, what: str) -> None:
        self.path = str(path)
        self._what = what
        self._lock = threading.RLock()
        self._connection = self._open(tables, application)
        weakref.finalize(self, self._connection.close)

    def _open(self, tables: str, application: int) -> sqlite3.Connection:
        """Open or make the file, and see that it is one of this kind."""
        place: Path | str = self.path
        if self.path != ":memory:":
            place = Path(self.path).expanduser()
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(
                    f"The {self._what} {self.path!r} cannot be made: {error}."
                ) from error
        try:
            connection = sqlite3.connect(
                place, check_same_thread=False, isolation_level=None, timeout=10.0
            )
        except sqlite3.Error as error:
            raise OutputError(
                f"The {self._what} {self.path!r} cannot be opened: {error}."
            ) from error
        try:
            with self.explained():
                self._prepare(connection, tables, application)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection, tables: str, application: int) -> None:
        """Make the tables in an empty file; refuse a database that is something else."""
        found = connection.execute("PRAGMA application_id").fetchone()[0]
        (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if count and found != application:
            raise SourceFormatError(
                f"The file {self.path!r} is a database, but not a {self._what} of multivis.",
                hint="Give another path.",
            )
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check failed")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(f"{tables}\nPRAGMA application_id = {application};")

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.ProgrammingError as error:
            raise SourceError(
                f"The {self._what} has been closed.", hint="Open it again."
            ) from error
        except sqlite3.OperationalError as error:
            raise SourceError(
                f"The {self._what} {self.path!r} cannot be used: {error}.",
                hint="See that the file can be written and that no other program holds it.",
            ) from error
        except sqlite3.DatabaseError as error:
            raise SourceFormatError(
                f"The {self._what} {self.path!r} is damaged or is not a {self._what}: {error}.",
                hint="Move the file away; a new one is made in its place.",
            ) from error

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One thread at a time; all or nothing."""
        with self._lock, self.explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """What a SELECT gives."""
        with self._lock, self.explained():
            return self._connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        with self._lock:
            self._connection.close()
