"""A script's own query may need more room for sorting than SQLite keeps in memory."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from multivis.sandbox import open_sandbox
from multivis.settings import Settings

CODE = """
import sqlite3
import altair as alt
import pandas as pd

connection = sqlite3.connect("file:data/big.sqlite?mode=ro", uri=True)
connection.execute("PRAGMA cache_size = 10")
df = pd.read_sql_query("SELECT a, AVG(b) AS b FROM t GROUP BY a ORDER BY b LIMIT 5", connection)
connection.close()
chart = alt.Chart(df).mark_bar().encode(x="a:N", y="b:Q")
"""


def test_a_query_that_sorts_on_disk_runs_in_the_sandbox(tmp_path: Path):
    path = tmp_path / "big.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a TEXT, b REAL)")
    connection.executemany(
        "INSERT INTO t VALUES (?, ?)",
        ((f"{n * 7919 % 100_003:0>40}", float(n)) for n in range(200_000)),
    )
    connection.commit()
    connection.close()
    sandbox = open_sandbox(Settings())
    try:
        run = sandbox.run(CODE, {"data/big.sqlite": path})
    finally:
        sandbox.close()
    assert run.ok, run.error
