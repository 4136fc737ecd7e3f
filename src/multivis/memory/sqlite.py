"""Validated charts in a SQLite file, found by schema and then by words (FTS5)."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from multivis.errors import OptionError
from multivis.memory.database import SqliteFile, encodable, match_any
from multivis.protocols import Example

__all__ = ["NoMemory", "SqliteMemory"]

_APPLICATION = 0x4D564D31  # "MVM1", in the header of the file
_MAXIMUM_CODE = 200_000

_TABLES = """
CREATE TABLE IF NOT EXISTS example (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    schema TEXT NOT NULL,
    data TEXT NOT NULL DEFAULT '',
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


class SqliteMemory:
    """Validated charts, kept per schema, data and versions of multivis and Altair. Thread-safe.

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
        self._capacity = capacity
        self._versions = _versions()
        self._file = SqliteFile(path, tables=_TABLES, application=_APPLICATION, what="memory")
        self._add_data_column()

    def _add_data_column(self) -> None:
        """Files of the first edition do not say on which data an example was validated."""
        with self._file.transaction() as connection:
            columns = connection.execute("SELECT name FROM pragma_table_info('example')").fetchall()
            if ("data",) not in columns:
                connection.execute("ALTER TABLE example ADD COLUMN data TEXT NOT NULL DEFAULT ''")

    def remember(
        self, example: Example, *, schema: str, evidence: Mapping[str, Any], data: str = ""
    ) -> str:
        """Keep a validated example; the same code on the same schema and data is kept once.

        Args:
            example: The example; its description is what later questions are compared with.
            schema: Fingerprint of the schema (`schema_fingerprint`).
            evidence: Why it is known to be right, for example the checks that it passed;
                ``question`` in it is found by its words as well.
            data: Fingerprint of the data (`data_fingerprint`) that it was validated on.

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
        key = self._key(example.code, schema, data)
        words = " ".join([example.name, example.description, str(evidence.get("question", ""))])
        record = [
            key,
            schema,
            data,
            self._versions,
            example.name,
            example.category,
            example.description,
            example.backend,
            example.code,
            json.dumps(dict(evidence), default=str),
        ]
        with self._file.transaction() as connection:
            used = self._next_use(connection)
            known = connection.execute("SELECT number FROM example WHERE key = ?", [key]).fetchone()
            if known is not None:
                connection.execute("UPDATE example SET used = ? WHERE key = ?", [used, key])
                return key
            cursor = connection.execute(
                "INSERT INTO example (key, schema, data, versions, name, category, description,"
                " backend, code, evidence, used) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [*(encodable(value) for value in record), used],
            )
            connection.execute(
                "INSERT INTO words (rowid, text) VALUES (?, ?)",
                [cursor.lastrowid, encodable(words)],
            )
            self._evict(connection)
        return key

    def _key(self, code: str, schema: str, data: str) -> str:
        """Name of an example: schema, data, versions, code; blanks at line ends do not count."""
        lines = "\n".join(line.rstrip() for line in code.strip().splitlines())
        text = "\0".join([schema, data, self._versions, lines])
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

    def recall(
        self, question: str, *, schema: str, limit: int = 3, data: str = ""
    ) -> Sequence[Example]:
        """Examples on exactly that schema, made with the versions that run now.

        Those that share words with the question come first, by BM25; then the ones used last.
        A chart that was validated on several states of the data is given once, as it was on
        `data`. Recalling counts as use.

        Args:
            question: Any text.
            schema: Fingerprint of the schema.
            limit: Most examples.
            data: Fingerprint of the data now; examples on these data come first among equals.
        """
        if limit < 1:
            return ()
        match = match_any(question)
        columns = "e.number, e.name, e.category, e.description, e.backend, e.code"
        here, order = "e.schema = ? AND e.versions = ?", "e.data = ? DESC, e.used DESC"
        place = [encodable(schema), self._versions, encodable(data)]
        with self._file.transaction() as connection:
            rows: dict[str, tuple[Any, ...]] = {}
            if match:
                found = connection.execute(
                    f"SELECT {columns} FROM words JOIN example e ON e.number = words.rowid"
                    f" WHERE words MATCH ? AND {here} ORDER BY bm25(words), {order}",
                    [match, *place],
                )
                _take(found, rows, limit)
            if len(rows) < limit:
                others = connection.execute(
                    f"SELECT {columns} FROM example e WHERE {here} ORDER BY {order}", place
                )
                _take(others, rows, limit)
            used = self._next_use(connection)
            connection.executemany(
                "UPDATE example SET uses = uses + 1, used = ? WHERE number = ?",
                [(used + place, row[0]) for place, row in enumerate(reversed(rows.values()))],
            )
        return tuple(Example(*row[1:]) for row in rows.values())

    def evidence(self, key: str) -> dict[str, Any]:
        """The evidence that an example was kept with; empty when there is no such key."""
        rows = self._file.rows("SELECT evidence FROM example WHERE key = ?", [encodable(key)])
        found: dict[str, Any] = json.loads(rows[0][0]) if rows else {}
        return found

    def forget(self, key: str) -> bool:
        """Drop one; whether it was there."""
        with self._file.transaction() as connection:
            row = connection.execute(
                "SELECT number FROM example WHERE key = ?", [encodable(key)]
            ).fetchone()
            if row is None:
                return False
            connection.execute("DELETE FROM words WHERE rowid = ?", row)
            connection.execute("DELETE FROM example WHERE number = ?", row)
        return True

    def __iter__(self) -> Iterator[str]:
        """The keys, of all schemas and versions, used last first."""
        rows = self._file.rows("SELECT key FROM example ORDER BY used DESC")
        return iter([str(row[0]) for row in rows])

    def __len__(self) -> int:
        return int(self._file.rows("SELECT count(*) FROM example")[0][0])

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        self._file.close()

    def __enter__(self) -> SqliteMemory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _take(found: Iterable[tuple[Any, ...]], rows: dict[str, tuple[Any, ...]], limit: int) -> None:
    """Add rows until there are `limit`; of those with the same code the first one counts."""
    for row in found:
        if len(rows) >= limit:
            return
        rows.setdefault(row[5], row)


class NoMemory:
    """A memory that keeps nothing."""

    def remember(
        self, example: Example, *, schema: str, evidence: Mapping[str, Any], data: str = ""
    ) -> str:
        """Keep nothing; the key is empty."""
        return ""

    def recall(
        self, question: str, *, schema: str, limit: int = 3, data: str = ""
    ) -> Sequence[Example]:
        """Nothing."""
        return ()

    def forget(self, key: str) -> bool:
        """Nothing was there."""
        return False

    def __iter__(self) -> Iterator[str]:
        """No keys."""
        return iter(())
