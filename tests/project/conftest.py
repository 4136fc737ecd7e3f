"""Snippets of the guides, and a folder with the data that they speak of."""

from __future__ import annotations

import csv
import datetime
import random
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Snippet:
    """A fenced block of a Markdown file.

    Attributes:
        file: The file.
        line: Line of its first line of code, 1-based.
        language: What the fence says: ``python``, ``sh``, ``mermaid`` …
        code: The text.
        heading: The nearest heading above.
    """

    file: Path
    line: int
    language: str
    code: str
    heading: str


def snippets(file: Path) -> list[Snippet]:
    """The fenced blocks of a Markdown file, in order."""
    found: list[Snippet] = []
    heading, language, start = "", None, 0
    lines: list[str] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r"^```(\w*)\s*$", line)
        if fence and language is None:
            language, start, lines = fence[1], number + 1, []
        elif fence:
            found.append(Snippet(file, start, language or "", "\n".join(lines), heading))
            language = None
        elif language is not None:
            lines.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    assert language is None, f"{file}: a block is never closed"
    return found


def make_data(folder: Path) -> None:
    """`sales.csv` and `shop.sqlite`: what every guide may count on."""
    chance = random.Random(1)
    with (folder / "sales.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "region", "product", "amount"])
        for day in range(365):
            date = datetime.date(2024, 1, 1) + datetime.timedelta(days=day)
            for region in ("North", "South", "East", "West"):
                product = chance.choice(["Tea", "Coffee", "Cocoa"])
                writer.writerow([date, region, product, chance.randint(20, 200)])
    connection = sqlite3.connect(folder / "shop.sqlite")
    connection.executescript(
        """
        CREATE TABLE category (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE product (
            id INTEGER PRIMARY KEY, name TEXT, price REAL,
            category_id INTEGER REFERENCES category (id)
        );
        INSERT INTO category VALUES (1, 'Books'), (2, 'Games');
        INSERT INTO product VALUES
            (1, 'Atlas', 30.0, 1), (2, 'Novel', 12.5, 1), (3, 'Chess', 25.0, 2), (4, 'Go', 35.0, 2);
        """
    )
    connection.commit()
    connection.close()


@pytest.fixture
def guide_folder(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The working folder with the guides' data; a cache of the tests' own; a key that is none."""
    make_data(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MULTIVIS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path
