"""Our own sources pass the suite that third parties run on theirs."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from multivis.data import open_source
from multivis.protocols import Source
from multivis.testing.sources import SourceConformance

ROWS = [(1, "Ana", 1.5), (2, "Bö", None), (3, None, 4.0)]


@pytest.fixture(scope="class", autouse=True)
def folder(request: pytest.FixtureRequest) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as name:
        request.cls.folder = Path(name)
        yield


class InFolder(SourceConformance):
    folder: Path

    def frame(self):  # type: ignore[no-untyped-def]
        import pandas as pd

        return pd.DataFrame(ROWS, columns=["id", "who name", "score"])


class TestSqlite(InFolder):
    def make_source(self) -> Source:
        path = self.folder / "x.db"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute('CREATE TABLE "my table" (id INTEGER, "who name" TEXT, score REAL)')
            connection.executemany('INSERT INTO "my table" VALUES (?, ?, ?)', ROWS)
        return open_source(f"sqlite:///{path}")


class TestDuckDB(InFolder):
    def make_source(self) -> Source:
        import duckdb

        path = self.folder / "x.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute('CREATE TABLE "my table" (id INT, "who name" TEXT, d DECIMAL(9,2))')
            connection.executemany('INSERT INTO "my table" VALUES (?, ?, ?)', ROWS)
        return open_source(path)


class TestCsv(InFolder):
    def make_source(self) -> Source:
        path = self.folder / "people 2020.csv"
        self.frame().to_csv(path, index=False)
        return open_source(str(path))


class TestLatinCsv(InFolder):
    def make_source(self) -> Source:
        path = self.folder / "people.csv"
        self.frame().to_csv(path, index=False, encoding="cp1252", sep=";")
        return open_source(path)


class TestTsv(InFolder):
    def make_source(self) -> Source:
        path = self.folder / "people.tsv"
        self.frame().to_csv(path, index=False, sep="\t")
        return open_source(path)


class TestParquet(InFolder):
    def make_source(self) -> Source:
        path = self.folder / "people.parquet"
        self.frame().to_parquet(path)
        return open_source(path)


class TestParquetPattern(InFolder):
    def make_source(self) -> Source:
        self.frame().to_parquet(self.folder / "people_1.parquet")
        self.frame().to_parquet(self.folder / "people_2.parquet")
        return open_source(str(self.folder / "people_*.parquet"))


class TestJson(InFolder):
    def make_source(self) -> Source:
        path = self.folder / "people.json"
        self.frame().to_json(path, orient="records")
        return open_source(path)


class TestNdjson(InFolder):
    def make_source(self) -> Source:
        path = self.folder / "people.ndjson"
        self.frame().to_json(path, orient="records", lines=True)
        return open_source(path)


class TestExcel(InFolder):
    def make_source(self) -> Source:
        path = self.folder / "people.xlsx"
        self.frame().to_excel(path, index=False)
        return open_source(path)


class TestPandas(InFolder):
    @pytest.fixture(autouse=True)
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MULTIVIS_CACHE_DIR", str(tmp_path))

    def make_source(self) -> Source:
        return open_source({"people": self.frame()})


class TestPolars(TestPandas):
    def make_source(self) -> Source:
        polars = pytest.importorskip("polars")
        return open_source(polars.DataFrame(ROWS, schema=["id", "who name", "score"], orient="row"))


class TestArrow(TestPandas):
    def make_source(self) -> Source:
        import pyarrow as pa

        return open_source(pa.Table.from_pandas(self.frame()))


@pytest.fixture(scope="module")
def conformance_database(postgres_url: str) -> Iterator[str]:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE conformance")
    url = postgres_url.replace("/postgres", "/conformance")
    with psycopg.connect(url) as connection:
        connection.execute('CREATE TABLE "my table" (id INT, "who name" TEXT, n NUMERIC)')
        connection.cursor().executemany('INSERT INTO "my table" VALUES (%s, %s, %s)', ROWS)
    yield url
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE conformance WITH (FORCE)")


@pytest.mark.postgres
class TestPostgres(SourceConformance):
    url: str

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def server(cls, conformance_database: str) -> None:
        cls.url = conformance_database

    @pytest.fixture(autouse=True)
    def password(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from multivis.testing.postgres import PASSWORD

        monkeypatch.setenv("MULTIVIS_PASSWORD", PASSWORD)

    def make_source(self) -> Source:
        return open_source(self.url)
