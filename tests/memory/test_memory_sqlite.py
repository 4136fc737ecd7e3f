"""The memory: what it keeps, what it finds, and what it never mixes up."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.errors import OptionError, OutputError, SourceError, SourceFormatError
from multivis.memory import NoMemory, SqliteMemory, data_fingerprint, schema_fingerprint
from multivis.protocols import Example, ForeignKey, Memory, Schema, SourceColumn, Table
from multivis.testing.memories import MemoryConformance


class TestSqliteMemoryInRam(MemoryConformance):
    def make_memory(self) -> Memory:
        return SqliteMemory()


class TestSqliteMemoryInAFile(MemoryConformance):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "deep" / "memory.sqlite"

    def make_memory(self) -> Memory:
        return SqliteMemory(self.path)


def example(number: int, description: str = "sales") -> Example:
    return Example(f"n{number}", "Bar Charts", description, "altair", f"chart = {number}")


def test_a_memory_outlives_its_process(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    with SqliteMemory(path) as memory:
        key = memory.remember(example(1), schema="s", evidence={"question": "how many?", "n": 3})
    with SqliteMemory(path) as memory:
        assert list(memory) == [key]
        assert memory.evidence(key) == {"question": "how many?", "n": 3}
        assert memory.recall("sales", schema="s") == (example(1),)


def test_the_question_in_the_evidence_is_found_by_its_words() -> None:
    memory = SqliteMemory()
    memory.remember(example(1, "one"), schema="s", evidence={"question": "giraffes by height"})
    memory.remember(example(2, "two"), schema="s", evidence={})
    assert memory.recall("the height of a giraffe", schema="s", limit=1) == (example(1, "one"),)


def test_examples_of_other_versions_are_not_recalled(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = SqliteMemory()
    memory.remember(example(1), schema="s", evidence={})
    monkeypatch.setattr(memory, "_versions", "multivis 99, altair 99")
    assert memory.recall("sales", schema="s") == ()
    memory.remember(example(1), schema="s", evidence={})
    assert len(memory) == 2


def test_the_example_used_longest_ago_is_dropped_first() -> None:
    memory = SqliteMemory(capacity=2)
    memory.remember(example(1, "apples"), schema="s", evidence={})
    memory.remember(example(2, "pears"), schema="s", evidence={})
    assert memory.recall("apples", schema="s", limit=1) == (example(1, "apples"),)
    memory.remember(example(3, "plums"), schema="s", evidence={})
    names = {found.name for found in memory.recall("", schema="s", limit=5)}
    assert names == {"n1", "n3"}
    assert memory.recall("pears", schema="s", limit=5)[0].name in names


def test_the_same_chart_on_other_data_has_evidence_of_its_own() -> None:
    memory = SqliteMemory()
    monday = memory.remember(example(1), schema="s", data="monday", evidence={"rows": 3})
    tuesday = memory.remember(example(1), schema="s", data="tuesday", evidence={"rows": 9})
    assert monday != tuesday
    assert memory.evidence(monday) == {"rows": 3}
    assert memory.evidence(tuesday) == {"rows": 9}
    assert memory.recall("sales", schema="s", data="monday", limit=5) == (example(1),)


def test_of_equal_examples_the_one_on_the_data_of_now_comes_first() -> None:
    memory = SqliteMemory()
    memory.remember(example(1), schema="s", data="monday", evidence={})
    memory.remember(example(2), schema="s", data="tuesday", evidence={})
    assert memory.recall("sales", schema="s", data="monday", limit=1) == (example(1),)
    assert memory.recall("sales", schema="s", data="tuesday", limit=1) == (example(2),)
    assert memory.recall("", schema="s", data="monday", limit=1) == (example(1),)


def test_words_count_for_more_than_the_data() -> None:
    memory = SqliteMemory()
    memory.remember(example(1, "rainfall"), schema="s", data="now", evidence={})
    memory.remember(example(2, "giraffes"), schema="s", data="then", evidence={})
    assert memory.recall("giraffes", schema="s", data="now", limit=1) == (example(2, "giraffes"),)


def test_a_file_of_the_first_edition_is_read_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    with SqliteMemory(path) as memory:
        memory.remember(example(1), schema="s", evidence={"n": 1})
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE example DROP COLUMN data")
    connection.close()
    with SqliteMemory(path) as memory:
        assert memory.recall("sales", schema="s", data="d") == (example(1),)
        memory.remember(example(2), schema="s", data="d", evidence={})
        assert len(memory) == 2


def test_blanks_at_line_ends_do_not_make_another_example() -> None:
    memory = SqliteMemory()
    first = memory.remember(
        Example("a", "c", "d", "altair", "x = 1\ny = 2"), schema="s", evidence={}
    )
    second = memory.remember(
        Example("a", "c", "d", "altair", "x = 1  \ny = 2\n"), schema="s", evidence={}
    )
    assert first == second


def test_a_file_of_rubbish_is_named_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(SourceFormatError, match="damaged or is not a memory") as error:
        SqliteMemory(path)
    assert "Move the file away" in error.value.hint


def test_a_page_that_was_overwritten_is_named_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    with SqliteMemory(path) as memory:
        for number in range(200):
            memory.remember(example(number, "word " * 40), schema="s", evidence={})
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(SourceFormatError, match="damaged"):
        SqliteMemory(path)


def test_another_database_is_not_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(SourceFormatError, match="not a memory of multivis"):
        SqliteMemory(path)
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("mine",)]


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be made"):
        SqliteMemory(tmp_path / "file" / "memory.sqlite")


def test_a_folder_in_place_of_the_file_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be opened"):
        SqliteMemory(tmp_path)


def test_a_closed_memory_says_that_it_is_closed() -> None:
    memory = SqliteMemory()
    memory.close()
    memory.close()
    with pytest.raises(SourceError, match="has been closed"):
        memory.recall("x", schema="s")


def test_no_capacity_and_too_much_code_are_refused() -> None:
    with pytest.raises(OptionError, match="holds nothing"):
        SqliteMemory(capacity=0)
    with pytest.raises(OptionError, match="at most 200,000"):
        SqliteMemory().remember(
            Example("a", "b", "c", "altair", "x" * 200_001), schema="s", evidence={}
        )


def test_no_memory_keeps_nothing() -> None:
    memory: Memory = NoMemory()
    assert memory.remember(example(1), schema="s", evidence={}) == ""
    assert list(memory.recall("sales", schema="s")) == []
    assert memory.forget("") is False
    assert list(memory) == []


_SHARED = SqliteMemory()
_SHARED.remember(example(1, "total sales by region"), schema="s", evidence={})

_SYNTAX = st.sampled_from(
    [
        '"',
        "'",
        "*",
        "(",
        ")",
        "^",
        ":",
        "-",
        "+",
        "{",
        "}",
        " AND ",
        " OR ",
        " NOT ",
        "NEAR/2",
        ",",
        "\0",
    ]
)


@given(st.one_of(st.text(), st.lists(st.one_of(_SYNTAX, st.text(max_size=5))).map("".join)))
@settings(max_examples=300, deadline=None)
def test_no_question_breaks_the_search_or_leaves_its_schema(question: str) -> None:
    assert _SHARED.recall(question, schema="s") == (example(1, "total sales by region"),)
    assert _SHARED.recall(question, schema="t") == ()


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_remembered_and_forgotten(words: str, schema: str) -> None:
    memory = SqliteMemory()
    key = memory.remember(Example(words, words, words, "altair", words), schema=schema, evidence={})
    assert len(memory.recall(words, schema=schema)) == 1
    assert memory.forget(key)
    assert len(memory) == 0
    memory.close()


# ── fingerprints ────────────────────────────────────────────────────────────────────────────


def _schema(
    *,
    row_count: int = 3,
    swapped: bool = False,
    type: str = "TEXT",
    keys: tuple[ForeignKey, ...] = (),
) -> Schema:
    columns = [SourceColumn("id", "INTEGER", primary_key=True), SourceColumn("name", type)]
    tables = [Table("a", tuple(columns[::-1] if swapped else columns), row_count), Table("b", ())]
    return Schema("sqlite", tuple(tables[::-1] if swapped else tables), keys)


def test_rows_order_and_inferred_keys_do_not_change_the_fingerprint() -> None:
    base = schema_fingerprint(_schema())
    assert schema_fingerprint(_schema(row_count=99)) == base
    assert schema_fingerprint(_schema(swapped=True)) == base
    inferred = ForeignKey("b", "a", "a", "id", inferred=True, confidence=0.9)
    assert schema_fingerprint(_schema(keys=(inferred,))) == base


def test_types_and_declared_keys_change_the_fingerprint() -> None:
    base = schema_fingerprint(_schema())
    assert schema_fingerprint(_schema(type="REAL")) != base
    assert schema_fingerprint(_schema(keys=(ForeignKey("b", "a", "a", "id"),))) != base
    assert len(base) == 64


def test_more_rows_or_other_values_change_the_fingerprint_of_the_data() -> None:
    base = data_fingerprint(_schema())
    assert data_fingerprint(_schema(swapped=True)) == base
    assert data_fingerprint(_schema(row_count=4)) != base
    seen = Schema("sqlite", (Table("a", (SourceColumn("id", "INTEGER", maximum=7),), 3),))
    grown = Schema("sqlite", (Table("a", (SourceColumn("id", "INTEGER", maximum=8),), 3),))
    assert data_fingerprint(seen) != data_fingerprint(grown)
