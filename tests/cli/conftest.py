"""A small shop, a CSV, and a way to run the command line in this process."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The error as one line; wrapped lines are joined."""
        return " ".join(self.err.split())


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the person's own cache, settings or keys."""
    monkeypatch.setenv("MULTIVIS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("OPENAI_API_KEY", "MULTIVIS_SETTINGS", "EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Ran]:
    """Run `multivis` with arguments, in an empty working folder."""
    from multivis.cli import main

    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert isinstance(stop.value.code, int)
        return Ran(stop.value.code, out, err)

    return call


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A SQLite file: categories, products, a foreign key."""
    path = tmp_path / "shop.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        CREATE TABLE category (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE product (
            id INTEGER PRIMARY KEY, name TEXT, price REAL,
            category_id INTEGER REFERENCES category (id)
        );
        INSERT INTO category VALUES (1, 'Books'), (2, 'Games'), (3, 'Garden');
        INSERT INTO product VALUES
            (1, 'Atlas', 30.0, 1), (2, 'Novel', 12.5, 1), (3, 'Chess', 25.0, 2),
            (4, 'Cards', 5.0, 2), (5, 'Spade', 18.0, 3), (6, 'Hose', 22.0, 3);
        """
    )
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """A CSV: two regions, twelve months."""
    path = tmp_path / "sales.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["month", "region", "amount"])
        for month in range(1, 13):
            writer.writerow([f"2024-{month:02d}-01", "north", 100 + 7 * month])
            writer.writerow([f"2024-{month:02d}-01", "south", 160 - 3 * month])
    return path


QUESTION = "Show the average price for each category name as a bar chart"


@pytest.fixture
def question() -> str:
    """A question of the shop that the offline model answers."""
    return QUESTION
