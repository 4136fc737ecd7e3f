"""Ten million rows of Parquet grouped by month, against DuckDB's own time for that query.

Target: at most 1.5 times DuckDB's time plus 1 s; the specification under 200 kB.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from timing import Row, measure, print_table

ROWS = 10_000_000
QUESTION = "Show the total amount per month as a line chart"


def _make(path: Path) -> None:
    """Orders over three years, written by DuckDB."""
    import duckdb

    duckdb.sql(
        "COPY (SELECT range AS id, "
        "TIMESTAMP '2021-01-01' + to_seconds(CAST(random() * 94608000 AS BIGINT)) AS ordered_at, "
        "round(random() * 500, 2) AS amount, "
        "['north', 'south', 'east', 'west'][1 + CAST(floor(random() * 4) AS INTEGER)] AS region "
        f"FROM range({ROWS})) TO '{path}' (FORMAT parquet)"
    )


def _duckdb(path: Path, sql: str) -> float:
    """DuckDB's own time for a statement on the file."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM read_parquet('{path}')")
    connection.sql(sql).to_arrow_table()
    return measure(lambda: connection.sql(sql).to_arrow_table(), repeat=3)


def main() -> None:
    """Measure and print."""
    from multivis import MultiVis

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.parquet"
        _make(path)
        with MultiVis(path) as agent:
            first = measure(lambda: agent.ask(QUESTION), repeat=1)
            result = agent.ask(QUESTION)
            warm = measure(lambda: agent.ask(QUESTION), repeat=3)
        if result.sql is None:
            raise SystemExit("no query was made")
        own = _duckdb(path, result.sql)
        size = len(json.dumps(result.spec or {}))
        target = 1.5 * own + 1.0
        print_table(
            f"{ROWS:,} rows of Parquet, grouped by month",
            [
                Row("DuckDB, the query alone", own, "baseline"),
                Row("ask, warm", warm, f"target < {target:.2f} s; passed: {result.passed}"),
                Row("ask, the first", first, "imports, schema and the sandbox's start included"),
            ],
        )
        print(f"  specification: {size / 1000:.1f} kB (target < 200 kB)")


if __name__ == "__main__":
    main()
