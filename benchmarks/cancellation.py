"""How long a cancelled run holds what it had: threads, queries, jobs, processes, folders.

    python benchmarks/cancellation.py [--times 5] [--postgres [URL]]

In each phase a run is brought to something that never ends, and its task is cancelled. Measured
are the seconds until the task has ended, and until no thread is inside the package any more, no
job of the sandbox and no query is left; then the same agent is asked again. The target is 2 s.
A thread that waits for a provider's answer is not counted: it ends with the answer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sqlite3
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from timing import Row, print_table

TARGET = 2.0
QUESTION = "Show a bar chart of the amount by shop"
SQL = "SELECT shop, amount FROM sale"
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT 'a' AS shop, sum(i) AS amount FROM n"
)
CODE = "chart = alt.Chart(df).mark_bar().encode(x='shop:N', y='amount:Q')"
UNDRAWABLE = CODE + ".transform_calculate(z=\"test(/^(a+)+$/, '" + 60 * "a" + "!')\")"
#: What never ends in each phase, and a function that a run is in then.
PHASES = {
    "model": "_invoke",
    "query (SQLite)": "_run_once",
    "query (DuckDB)": "_run",
    "query (PostgreSQL)": "_run",
    "sandboxed code": "collect",
    "drawing": "_receive",
}


class Script:
    """What the model answers: at first what never ends."""

    def __init__(self, phase: str) -> None:
        self.sql = ENDLESS if phase.startswith("query") else SQL
        self.code = {"sandboxed code": "while True: pass", "drawing": UNDRAWABLE}.get(phase, CODE)
        self.silent = phase == "model"
        self.given_up = threading.Event()
        self.table = "sale"

    def __call__(self, call: Any) -> dict[str, Any]:
        """The call that the agent with these tools needs."""
        if self.silent:
            self.given_up.wait(600)
        if "execute_sql" in call.tool_names:
            return {"name": "execute_sql", "args": {"sql": self.sql}}
        return {"name": "execute_code", "args": {"code": self.code}}

    def mend(self) -> None:
        """From now on, answer well."""
        self.sql, self.code, self.silent = SQL.replace("sale", self.table), CODE, False


def busy() -> set[str]:
    """Names of the package's functions that other threads are in."""
    import multivis

    package = str(Path(multivis.__file__).parent)
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return {
        frame.f_code.co_name
        for number, top in sys._current_frames().items()
        if number != threading.get_ident() and not names.get(number, "").startswith("multivis-")
        for frame, _ in traceback.walk_stack(top)
        if frame.f_code.co_filename.startswith(package)
    }


async def until(true: Callable[[], bool]) -> None:
    """Wait for something, at most two minutes."""
    end = time.monotonic() + 120
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(busy())
        await asyncio.sleep(0.005)


async def once(agent: Any, script: Script, inside: str, left: Callable[[], int]) -> Any:
    """Cancel a run in a phase: seconds until its task ended, and until all is free."""
    task = asyncio.create_task(agent.aask(QUESTION))
    await until(lambda: task.done() or inside in busy())
    if task.done():
        raise RuntimeError(f"The run ended by itself: {task.result().failures}")
    await asyncio.sleep(0.2)
    started = time.perf_counter()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    ended = time.perf_counter() - started
    await until(lambda: not busy() and not left())
    free = time.perf_counter() - started
    script.mend()
    assert (await agent.aask(QUESTION)).passed
    script.given_up.set()
    return ended, free


def make(data: Any, phase: str, url: str) -> tuple[Any, Callable[[], int]]:
    """The data of a phase, and how many of its queries are at work on a server."""
    if phase == "query (DuckDB)":
        import pandas as pd

        return pd.DataFrame({"shop": ["North", "South"], "amount": [3, 1]}), lambda: 0
    if phase != "query (PostgreSQL)":
        return data, lambda: 0
    import psycopg

    connection = psycopg.connect(url, autocommit=True)
    connection.execute("CREATE TABLE IF NOT EXISTS sale (shop TEXT, amount INTEGER)")
    connection.execute("INSERT INTO sale VALUES ('North', 3)")

    def at_work() -> int:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
            "AND state = 'active' AND pid != pg_backend_pid()"
        ).fetchone()
        return int(found[0]) if found else 0

    return url, at_work


def main() -> int:
    """All phases; exit status 1 when something was held longer than the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--postgres", nargs="?", const="", help="URL of a server to query")
    given = parser.parse_args()
    from multivis import Limits, MultiVis
    from multivis.testing import ScriptedChatModel
    from multivis.testing.postgres import postgres_server

    limits = Limits(query_seconds=600, code_seconds=600, model_seconds=600, max_seconds=3600)
    rows, slowest = [], 0.0
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        data = Path(folder) / "sales.db"
        with contextlib.closing(sqlite3.connect(data)) as connection, connection:
            connection.execute("CREATE TABLE sale (shop TEXT, amount INTEGER)")
            connection.executemany("INSERT INTO sale VALUES (?, ?)", [("North", 3), ("South", 1)])
        url = given.postgres or ""
        if given.postgres == "":
            url = stack.enter_context(postgres_server())
        for phase, inside in PHASES.items():
            if "PostgreSQL" in phase and not url:
                continue
            source, left = make(data, phase, url)
            times = []
            for _ in range(given.times):
                script = Script(phase)
                model = ScriptedChatModel([script], repeat=True)
                with MultiVis(source, model=model, limits=limits) as agent:
                    script.table = agent.dependencies().source.schema().tables[0].name
                    times.append(asyncio.run(once(agent, script, inside, left)))
            ended = sorted(item[0] for item in times)
            free = sorted(item[1] for item in times)
            slowest = max(slowest, free[-1])
            rows.append(
                Row(
                    phase, free[len(free) // 2], f"longest {free[-1]:.3f} s; task {ended[-1]:.3f} s"
                )
            )
    print_table(f"Cancelled runs: all free after (load {os.getloadavg()[0]:.1f})", rows)
    return 0 if slowest < TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
