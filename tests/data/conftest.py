"""Small databases and files that the tests of the data room build themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

SHOP = """
CREATE TABLE country (id INTEGER PRIMARY KEY, name TEXT, population INTEGER);
CREATE TABLE customer (
    customer_id INTEGER PRIMARY KEY, name TEXT, country_id INTEGER REFERENCES country(id),
    joined TEXT, score REAL
);
CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER, amount REAL, year INTEGER);
INSERT INTO country VALUES (1, 'France', 68000000), (2, 'Chile', 19000000), (3, 'Japan', NULL);
INSERT INTO customer VALUES
    (1, 'Ana', 1, '2020-01-05', 1.5), (2, 'Bo', 2, '2021-03-01', 2.0),
    (3, 'Chloé', 1, '2021-07-09', NULL), (4, 'Dai', 3, '2022-11-30', 4.0);
INSERT INTO orders VALUES
    (10, 1, 9.5, 2020), (11, 1, 20.0, 2021), (12, 2, 3.25, 2021), (13, 4, 8.0, 2022);
CREATE VIEW spending AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id;
"""


@pytest.fixture
def make_sqlite(tmp_path: Path) -> Callable[..., Path]:
    """A function that makes a SQLite file from a script."""

    def make(script: str = SHOP, name: str = "shop.sqlite") -> Path:
        path = tmp_path / name
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)
        return path

    return make


@pytest.fixture
def shop(make_sqlite: Callable[..., Path]) -> Path:
    """A small shop: three tables, one declared key, one that can be inferred, one view."""
    return make_sqlite()
