"""A small set in the benchmark's layout, made anew: to try the harness, and for ablations.

It is no benchmark: plain questions on one table. MultiVis-Bench itself is published elsewhere.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from multivis.errors import OptionError, OutputError

__all__ = ["write_sample"]

_MOST = 20
_TABLE = """CREATE TABLE sale (
    id INTEGER PRIMARY KEY, item TEXT, region TEXT, month TEXT, price REAL, units INTEGER
)"""
_SCRIPT = """import sqlite3
import pandas as pd
import altair as alt

conn = sqlite3.connect('database/teashop.sqlite')
df = pd.read_sql_query('''{sql}''', conn)
conn.close()

chart = alt.Chart(df).{mark}.encode(
    {encoding}
).properties(title="{title}")
chart
"""


def write_sample(folder: Path, count: int = _MOST) -> tuple[Path, Path]:
    """Write ``A.json`` and a database.

    Args:
        folder: Where; made if need be.
        count: Number of cases, 1 to 20.

    Returns:
        The folder of the cases and that of the databases, as `run_benchmark` takes them.

    Raises:
        OptionError: `count` is out of its bounds.
        OutputError: The folder cannot be written.
    """
    if not 1 <= count <= _MOST:
        raise OptionError(f"count = {count} is out of bounds.", hint=f"Give 1 to {_MOST}.")
    databases = folder / "databases"
    try:
        databases.mkdir(parents=True, exist_ok=True)
        (databases / "teashop.sqlite").unlink(missing_ok=True)
        with closing(sqlite3.connect(databases / "teashop.sqlite")) as connection:
            connection.execute(_TABLE)
            connection.executemany("INSERT INTO sale VALUES (?, ?, ?, ?, ?, ?)", _rows())
            connection.commit()
        cases = list(_cases())[:count]
        (folder / "A.json").write_text(json.dumps(cases, indent=1), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"The sample cannot be written to {folder}: {error.strerror}.") from error
    return folder, databases


def _rows() -> Iterator[tuple[Any, ...]]:
    """Two hundred sales; always the same."""
    random = Random(7)
    for number in range(1, 201):
        item = random.choice(("green tea", "black tea", "cocoa", "coffee"))
        region = random.choice(("north", "south", "west"))
        month = f"2024-{random.randint(1, 12):02d}-01"
        yield (
            *(number, item, region, month, round(random.uniform(2, 9), 2)),
            random.randint(1, 30),
        )


def _cases() -> Iterator[dict[str, Any]]:
    """Totals, means and counts by item and region; by month; and scatter plots."""
    wanted = [*_bars(), *_lines(), *_points()]
    for number, (question, kind, code) in enumerate(wanted[:_MOST], 1):
        yield {
            "id": f"A{number:04d}",
            "type": "type_A",
            "db_id": "teashop",
            "chart_category": "Sample",
            "chart_type": kind,
            "NLQ": question,
            "code": code,
        }


_MEASURES = (
    ("total units", "SUM(units)", "total_units", "Total units"),
    ("average price", "AVG(price)", "average_price", "Average price"),
    ("number of sales", "COUNT(*)", "number_of_sales", "Number of sales"),
)


def _code(sql: str, mark: str, encoding: str, title: str) -> str:
    return _SCRIPT.format(sql=sql, mark=mark, encoding=encoding, title=title)


def _bars() -> Iterator[tuple[str, str, str]]:
    for group in ("item", "region"):
        for words, expression, name, label in _MEASURES:
            for way, order in (("", ""), (", highest first", ", sort='-y'")):
                title = f"{label} by {group}"
                sql = f"SELECT {group}, {expression} AS {name} FROM sale GROUP BY {group}"
                encoding = (
                    f"x=alt.X('{group}:N', title='{group.capitalize()}'{order}),\n"
                    f"    y=alt.Y('{name}:Q', title='{label}')"
                )
                question = (
                    f"Show the {words} of each {group} of sales as a bar chart{way}. "
                    f'Title it "{title}".'
                )
                yield question, "simple_bar_chart", _code(sql, "mark_bar()", encoding, title)


def _lines() -> Iterator[tuple[str, str, str]]:
    for words, expression, name, label in _MEASURES:
        title = f"{label} by month"
        sql = f"SELECT month, {expression} AS {name} FROM sale GROUP BY month ORDER BY month"
        encoding = f"x=alt.X('month:T', title='Month'),\n    y=alt.Y('{name}:Q', title='{label}')"
        question = f'Draw a line chart of the {words} in each month. Title it "{title}".'
        yield question, "simple_line_chart", _code(sql, "mark_line()", encoding, title)


def _points() -> Iterator[tuple[str, str, str]]:
    for colour in ("item", "region", None):
        for mark, kind in (
            ("mark_point()", "scatter plot"),
            ("mark_circle()", "scatter of circles"),
        ):
            title = "Price and units"
            columns = f"price, units, {colour}" if colour else "price, units"
            encoding = "x=alt.X('price:Q', title='Price'),\n    y=alt.Y('units:Q', title='Units')"
            told = ""
            if colour:
                encoding += f",\n    color=alt.Color('{colour}:N', title='{colour.capitalize()}')"
                told = f", coloured by {colour}"
            question = (
                f'Show price against units of all sales as a {kind}{told}. Title it "{title}".'
            )
            sql = f"SELECT {columns} FROM sale"
            yield question, "scatter_plot", _code(sql, mark, encoding, title)
