"""A warm offline `ask` on SQLite, against a script that does the same work by hand.

Target: under 1.0 s in-process, after the first.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from timing import Row, measure, print_table

ROWS = 50_000
QUESTION = "Show the average price for each category as a bar chart, sorted descending"


def _make(path: Path) -> None:
    """A shop with two tables."""
    chance = random.Random(7)
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE category (id INTEGER PRIMARY KEY, name TEXT);"
        "CREATE TABLE product (id INTEGER PRIMARY KEY,"
        " category_id INTEGER REFERENCES category (id), price REAL, stock INTEGER);"
    )
    names = ["Books", "Games", "Garden", "Kitchen", "Music", "Sports", "Tools", "Toys"]
    connection.executemany("INSERT INTO category VALUES (?, ?)", enumerate(names, 1))
    connection.executemany(
        "INSERT INTO product VALUES (?, ?, ?, ?)",
        (
            (n, chance.randint(1, len(names)), chance.uniform(1, 200), chance.randint(0, 99))
            for n in range(ROWS)
        ),
    )
    connection.commit()
    connection.close()


def _by_hand(path: Path) -> Callable[[], object]:
    """The same query, chart and picture, written by a person for this one question."""
    import altair as alt
    import pandas as pd
    import vl_convert

    def work() -> object:
        connection = sqlite3.connect(path)
        frame = pd.read_sql(
            "SELECT c.name, AVG(p.price) AS price FROM product p JOIN category c "
            "ON p.category_id = c.id GROUP BY c.name",
            connection,
        )
        connection.close()
        chart = alt.Chart(frame).mark_bar().encode(x=alt.X("name").sort("-y"), y="price")
        return vl_convert.vegalite_to_png(chart.to_dict())

    return work


def main() -> None:
    """Measure and print."""
    from multivis import MultiVis

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.sqlite"
        _make(path)
        by_hand = _by_hand(path)
        by_hand()
        with MultiVis(path) as agent:
            first = measure(lambda: agent.ask(QUESTION), repeat=1)
            result = agent.ask(QUESTION)
            warm = measure(lambda: agent.ask(QUESTION), repeat=5)
            print_table(
                f"One question of a SQLite file with {ROWS:,} rows",
                [
                    Row("by hand: query, chart, PNG", measure(by_hand), "baseline"),
                    Row("ask, warm", warm, f"target < 1.0 s; passed: {result.passed}"),
                    Row("ask, the first", first, "imports and the sandbox's start included"),
                ],
            )


if __name__ == "__main__":
    main()
