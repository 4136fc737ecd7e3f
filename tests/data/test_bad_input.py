"""Data that cannot be used gets one clear sentence with the next step."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from multivis.data import open_source
from multivis.errors import (
    EmptySourceError,
    MissingExtraError,
    MultiVisError,
    OptionError,
    SourceAccessError,
    SourceFormatError,
    SourceNotFoundError,
)


def told(error: MultiVisError) -> None:
    """The message is one sentence, and there is a next step."""
    assert error.message.endswith(".")
    assert "\n" not in error.message
    assert error.hint
    assert error.exit_code == 2


@pytest.mark.parametrize(
    "address",
    ["no such.sqlite", "sqlite:///no/such.db", "x.csv", "*.parquet", "duckdb:///no.duckdb",
     "file:///no/such.csv", "a\x00b.csv", "x" * 5000],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_missing_file_is_told(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceNotFoundError) as caught:
        open_source(address)
    told(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="folder") as caught:
        open_source(tmp_path)
    told(caught.value)


@pytest.mark.parametrize(
    "name", ["x.sqlite", "x.db", "x.duckdb", "x.csv", "x.parquet", "x.json", "x.xlsx"]
)
def test_a_file_of_no_bytes_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(EmptySourceError) as caught:
        open_source(tmp_path / name)
    told(caught.value)


def test_a_database_with_no_table_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("DROP TABLE t")
    with pytest.raises(EmptySourceError, match="no table") as caught:
        open_source(path)
    told(caught.value)


def test_a_duckdb_database_with_no_table_is_told(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "x.duckdb"
    duckdb.connect(str(path)).close()
    with pytest.raises(EmptySourceError, match="no table") as caught:
        open_source(path).schema()
    told(caught.value)


def test_a_table_with_no_rows_has_a_schema_and_an_empty_answer(
    make_sqlite: Callable[..., Path],
) -> None:
    source = open_source(make_sqlite("CREATE TABLE t (a INTEGER, b TEXT);"))
    table = source.schema().tables[0]
    assert (table.row_count, table.columns[0].distinct) == (0, 0)
    assert source.execute("SELECT a, b FROM t").table.num_rows == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.csv", "a,b\n"), ("x.json", "[]"), ("x.tsv", "a\tb\n")],
)
def test_a_file_with_no_rows_is_told(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises((EmptySourceError, SourceFormatError)) as caught:
        open_source(tmp_path / name)
    told(caught.value)


def test_an_empty_frame_is_told() -> None:
    import pandas as pd

    with pytest.raises(EmptySourceError) as caught:
        open_source(pd.DataFrame({"a": []}))
    told(caught.value)


@pytest.mark.parametrize("name", ["x.sqlite", "x.duckdb", "x.parquet", "x.xlsx", "x.json", "x.csv"])
def test_a_file_that_is_not_what_its_ending_says_is_told(tmp_path: Path, name: str) -> None:
    content = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 20
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceFormatError) as caught:
        open_source(tmp_path / name)
    told(caught.value)


def test_a_database_under_the_ending_of_another_kind_is_told(shop: Path) -> None:
    wrong = shop.with_suffix(".csv")
    shutil.copy(shop, wrong)
    with pytest.raises(SourceFormatError, match="holds SQLite data") as caught:
        open_source(wrong)
    told(caught.value)


def test_a_database_of_unknown_ending_is_recognised(shop: Path) -> None:
    other = shop.with_suffix(".dat")
    shutil.copy(shop, other)
    assert open_source(other).dialect == "sqlite"


def test_a_damaged_database_is_told(shop: Path) -> None:
    content = bytearray(shop.read_bytes())
    content[100:3000] = b"\xff" * 2900
    shop.write_bytes(bytes(content))
    with pytest.raises(SourceFormatError) as caught:
        open_source(shop)
    told(caught.value)


def test_a_file_of_unknown_kind_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.docx").write_text("hello")
    with pytest.raises(SourceFormatError, match="no known kind") as caught:
        open_source(tmp_path / "x.docx")
    told(caught.value)


@pytest.mark.parametrize(
    "address", ["", "  ", "oracle://user@host/db", "postgresql://host", 42, [1], {}]
)
def test_an_address_of_unknown_kind_is_told(address: object) -> None:
    with pytest.raises(OptionError) as caught:
        open_source(address)
    told(caught.value)


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    with pytest.raises(SourceAccessError) as caught:
        open_source("postgresql://me:top%20secret@127.0.0.1:1/db")
    told(caught.value)
    assert "secret" not in str(caught.value)


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"multivis\[mysql\]") as caught:
        open_source("mysql://me@127.0.0.1/db")
    told(caught.value)


def test_a_source_is_given_back_as_it_is(shop: Path) -> None:
    source = open_source(shop)
    assert open_source(source) is source
