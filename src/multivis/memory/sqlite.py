"""Validated charts in a SQLite file, found by schema and then by words (FTS5)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from multivis.errors import OptionError, OutputError, SourceError, SourceFormatError
from multivis.protocols import Example

__all__ = ["NoMemory", "SqliteMemory"]

_APPLICATION = 0x4D564D31  # "MVM1", in the header of the file
_MAXIMUM_CODE = 200_000
_MAXIMUM_WORDS = 64

_TABLES = f"""
CREATE TABLE IF NOT EXISTS example (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    schema TEXT NOT NULL,
    versions TEXT NOT NULL,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    description TEXT NOT NULL,
    backend TEXT NOT NULL,
    code TEXT NOT NULL,
    evidence TEXT NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0,
    used INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS example_schema ON example (schema, versions);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    text, tokenize = "porter unicode61 remove_diacritics 2"
);
PRAGMA application_id = {_APPLICATION};
"""


def _versions() -> str:
    """The versions that an example was validated with; others may draw it differently."""
    found = []
    for name in ("multivis", "altair"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} unknown")
    return ", ".join(found)


def _encodable(text: str) -> str:
    """Text without lone surrogates, which SQLite cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


class SqliteMemory:
    """Validated charts, kept per schema and per versions of multivis and Altair. Thread-safe.

    An example is kept once, however often it is remembered. When the memory is full, the one
    that was used longest ago is dropped.

    Args:
        path: File of the memory, made when it is not there; ``":memory:"`` keeps nothing.
        capacity: Most examples.

    Raises:
        SourceFormatError: The file is damaged, or is something else.
        OutputError: The file cannot be made.
        OptionError: `capacity` is less than 1.
    """

    def __init__(self, path: Path | str = ":memory:", *, capacity: int = 1_000) -> None:
        if capacity < 1:
            raise OptionError(
                f"A memory of {capacity} examples holds nothing.", hint="Use 1 or more."
            )
        self._path = str(path)
        self._capacity = capacity
        self._versions = _versions()
        self._lock = threading.RLock()
        self._connection = self._open()
        weakref.finalize(self, self._connection.close)

    def _open(self) -> sqlite3.Connection:
        """Open or make the file, and see that it is a memory."""
        if self._path != ":memory:":
            try:
                Path(self._path).expanduser().parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(f"The memory {self._path!r} cannot be made: {error}.") from error
        try:
            connection = sqlite3.connect(
                self._path if self._path == ":memory:" else Path(self._path).expanduser(),
                check_same_thread=False,
                isolation_level=None,
                timeout=10.0,
            )
        except sqlite3.Error as error:
            raise OutputError(f"The memory {self._path!r} cannot be opened: {error}.") from error
        try:
            with self._explained():
                self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables in an empty file; refuse a database that is something else."""
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and application != _APPLICATION:
            raise SourceFormatError(
                f"The file {self._path!r} is a database, but not a memory of multivis.",
                hint="Give another path.",
            )
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check failed")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_TABLES)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.ProgrammingError as error:
            raise SourceError("The memory has been closed.", hint="Open it again.") from error
        except sqlite3.OperationalError as error:
            raise SourceError(
                f"The memory {self._path!r} cannot be used: {error}.",
                hint="See that the file can be written and that no other program holds it.",
            ) from error
        except sqlite3.DatabaseError as error:
            raise SourceFormatError(
                f"The memory {self._path!r} is damaged or is not a memory: {error}.",
                hint="Move the file away; a new one is made in its place.",
            ) from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One thread at a time; all or nothing."""
        with self._lock, self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def remember(self, example: Example, *, schema: str, evidence: Mapping[str, Any]) -> str:
        """Keep a validated example; the same code on the same schema is kept once.

        Args:
            example: The example; its description is what later questions are compared with.
            schema: Fingerprint of the schema (`schema_fingerprint`).
            evidence: Why it is known to be right, for example the checks that it passed;
                ``question`` in it is found by its words as well.

        Returns:
            The key.

        Raises:
            OptionError: The code is longer than 200,000 characters.
        """
        if len(example.code) > _MAXIMUM_CODE:
            raise OptionError(
                f"The code of the example {example.name!r} has {len(example.code):,} characters; "
                f"at most {_MAXIMUM_CODE:,} are kept."
            )
        key = self._key(example.code, schema)
        words = " ".join([example.name, example.description, str(evidence.get("question", ""))])
        record = [
            key,
            schema,
            self._versions,
            example.name,
            example.category,
            example.description,
            example.backend,
            example.code,
            json.dumps(dict(evidence), default=str),
        ]
        with self._transaction() as connection:
            used = self._next_use(connection)
            known = connection.execute("SELECT number FROM example WHERE key = ?", [key]).fetchone()
            if known is not None:
                connection.execute("UPDATE example SET used = ? WHERE key = ?", [used, key])
                return key
            cursor = connection.execute(
                "INSERT INTO example (key, schema, versions, name, category, description,"
                " backend, code, evidence, used) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [*(_encodable(value) for value in record), used],
            )
            connection.execute(
                "INSERT INTO words (rowid, text) VALUES (?, ?)",
                [cursor.lastrowid, _encodable(words)],
            )
            self._evict(connection)
        return key

    def _key(self, code: str, schema: str) -> str:
        """Name of an example: schema, versions and code; blanks at line ends do not count."""
        lines = "\n".join(line.rstrip() for line in code.strip().splitlines())
        text = "\0".join([schema, self._versions, lines])
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

    @staticmethod
    def _next_use(connection: sqlite3.Connection) -> int:
        """A number that grows with every use; clocks may stand still or go back."""
        row = connection.execute("SELECT coalesce(max(used), 0) + 1 FROM example").fetchone()
        return int(row[0])

    def _evict(self, connection: sqlite3.Connection) -> None:
        """Drop what was used longest ago until the memory is within its capacity."""
        connection.execute(
            "DELETE FROM words WHERE rowid IN"
            " (SELECT number FROM example ORDER BY used DESC LIMIT -1 OFFSET ?)",
            [self._capacity],
        )
        connection.execute(
            "DELETE FROM example WHERE number IN"
            " (SELECT number FROM example ORDER BY used DESC LIMIT -1 OFFSET ?)",
            [self._capacity],
        )

    def recall(self, question: str, *, schema: str, limit: int = 3) -> Sequence[Example]:
        """Examples on exactly that schema, made with the versions that run now.

        Those that share words with the question come first, by BM25; then the ones used last.
        Recalling counts as use.

        Args:
            question: Any text.
            schema: Fingerprint of the schema.
            limit: Most examples.
        """
        if limit < 1:
            return ()
        words = re.findall(r"\w+", _encodable(question), re.UNICODE)[:_MAXIMUM_WORDS]
        # Each word is a quoted FTS5 string: nothing in it is read as an operator.
        match = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
        columns = "e.number, e.name, e.category, e.description, e.backend, e.code"
        here = "e.schema = ? AND e.versions = ?"
        with self._transaction() as connection:
            rows: list[tuple[Any, ...]] = []
            if match:
                rows = connection.execute(
                    f"SELECT {columns} FROM words JOIN example e ON e.number = words.rowid"
                    f" WHERE words MATCH ? AND {here} ORDER BY bm25(words), e.used DESC LIMIT ?",
                    [match, _encodable(schema), self._versions, limit],
                ).fetchall()
            if len(rows) < limit:
                found = {row[0] for row in rows}
                others = connection.execute(
                    f"SELECT {columns} FROM example e WHERE {here} ORDER BY e.used DESC LIMIT ?",
                    [_encodable(schema), self._versions, limit + len(found)],
                ).fetchall()
                rows += [row for row in others if row[0] not in found]
            rows = rows[:limit]
            used = self._next_use(connection)
            connection.executemany(
                "UPDATE example SET uses = uses + 1, used = ? WHERE number = ?",
                [(used + place, row[0]) for place, row in enumerate(reversed(rows))],
            )
        return tuple(Example(*row[1:]) for row in rows)

    def evidence(self, key: str) -> dict[str, Any]:
        """The evidence that an example was kept with; empty when there is no such key."""
        with self._lock, self._explained():
            row = self._connection.execute(
                "SELECT evidence FROM example WHERE key = ?", [_encodable(key)]
            ).fetchone()
        found: dict[str, Any] = json.loads(row[0]) if row else {}
        return found

    def forget(self, key: str) -> bool:
        """Drop one; whether it was there."""
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT number FROM example WHERE key = ?", [_encodable(key)]
            ).fetchone()
            if row is None:
                return False
            connection.execute("DELETE FROM words WHERE rowid = ?", row)
            connection.execute("DELETE FROM example WHERE number = ?", row)
        return True

    def __iter__(self) -> Iterator[str]:
        """The keys, of all schemas and versions, used last first."""
        with self._lock, self._explained():
            rows = self._connection.execute("SELECT key FROM example ORDER BY used DESC").fetchall()
        return iter([str(row[0]) for row in rows])

    def __len__(self) -> int:
        with self._lock, self._explained():
            return int(self._connection.execute("SELECT count(*) FROM example").fetchone()[0])

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> SqliteMemory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class NoMemory:
    """A memory that keeps nothing."""

    def remember(self, example: Example, *, schema: str, evidence: Mapping[str, Any]) -> str:
        """Keep nothing; the key is empty."""
        return ""

    def recall(self, question: str, *, schema: str, limit: int = 3) -> Sequence[Example]:
        """Nothing."""
        return ()

    def forget(self, key: str) -> bool:
        """Nothing was there."""
        return False

    def __iter__(self) -> Iterator[str]:
        """No keys."""
        return iter(())
