"""Every query of the benchmark's own codes that SQLite runs passes the guard and runs here too."""

from __future__ import annotations

import ast
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from multivis.data import open_source
from multivis.errors import MultiVisError
from multivis.protocols import Source

pytestmark = pytest.mark.data


def statements(code: str) -> Iterator[str]:
    """The SELECTs among a code's string literals."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.strip()
            if text.upper().startswith(("SELECT", "WITH")):
                yield text


def rows_of_sqlite(path: Path, sql: str) -> int | None:
    """How many rows SQLite itself gives, or None when it does not run the text as one SELECT."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            return len(connection.execute(sql).fetchall())
        except (sqlite3.Error, sqlite3.Warning):
            return None


@pytest.mark.parametrize("part", ["A", "B", "C", "D"])
def test_no_query_that_sqlite_runs_is_refused(shared_data: Path, part: str) -> None:
    file = shared_data / "multivis_bench" / f"{part}.json"
    if not file.is_file():
        pytest.skip(f"{file.name} is not here")
    sources: dict[Path, Source] = {}
    tried, refused = 0, []
    for task in json.loads(file.read_text(encoding="utf-8")):
        path = shared_data / "databases" / f"{task['db_id']}.sqlite"
        for sql in statements(task["code"]):
            expected = rows_of_sqlite(path, sql) if path.is_file() else None
            if expected is None:
                continue
            source = sources.setdefault(path, open_source(path))
            tried += 1
            try:
                rows = source.execute(sql)
            except MultiVisError as error:
                refused.append((task["id"], str(error)))
                continue
            assert rows.table.num_rows == expected
    assert tried > 50
    assert refused == []


def test_every_database_has_a_schema_that_reads_back(shared_data: Path) -> None:
    from multivis.data.describe import describe_schema, parse_schema

    paths = sorted((shared_data / "databases").glob("*.sqlite"))
    assert paths
    for path in paths:
        schema = open_source(path).schema()
        text = describe_schema(schema, 1_000_000)
        assert describe_schema(parse_schema(text), 1_000_000) == text
        assert parse_schema(text).foreign_keys == schema.foreign_keys
