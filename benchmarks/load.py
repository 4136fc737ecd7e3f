"""Many questions at once: nothing lost, nothing mixed up, memory and descriptors given back.

    python benchmarks/load.py [--asks 200] [--rounds 3] [--postgres [URL] --processes 8]

Each question asks for another category and is checked against the rows that it must show. With
``--postgres`` the questions are also asked by several processes that share one checkpointer, on
the server with that URL or on a private one that is started for it. The times of the concurrent
rounds stand beside the same questions asked one after another in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from resources import Watch, used
from timing import Row, print_table

CATEGORIES = 20


def make_data(path: Path) -> Path:
    """A table whose rows differ by category."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sale (shop TEXT, month INTEGER, amount INTEGER)")
        connection.executemany(
            "INSERT INTO sale VALUES (?, ?, ?)",
            [
                (f"Shop{number:02}", month, 100 * number + month)
                for number in range(CATEGORIES)
                for month in range(1, 7)
            ],
        )
    connection.close()
    return path


def question(number: int) -> str:
    """The question with that number; its answer is told by `right`."""
    return f"Show a bar chart of the amount by month for the shop Shop{number % CATEGORIES:02}"


TABLE = "sale"
CODE = """chart = alt.Chart(df).mark_bar().encode(
    x=alt.X("month:O").title("Month"), y=alt.Y("amount:Q").title("Amount"))"""


def model() -> Any:
    """A chat model that reads which shop is asked for, so that a mix-up shows.

    It forgets what it was asked: a record of every call would look like a leak.
    """
    from multivis.testing import ScriptedChatModel

    class Forgetful(ScriptedChatModel):
        def _next(self, messages: Sequence[Any], bound: Any) -> Any:
            answer = super()._next(messages, bound)
            self._calls.clear()
            return answer

    def answer(call: Any) -> dict[str, Any]:
        if "CoordinatorDecision" in call.tool_names:
            decided = {"action": "visualization", "why": "Only the drawing changes."}
            return {"name": "CoordinatorDecision", "args": decided}
        told = (re.findall(r"Shop\d\d", str(m.content)) for m in reversed(call.messages))
        shop = next(names for names in told if names)[0]
        if "execute_sql" in call.tool_names:
            sql = f"SELECT month, amount FROM {TABLE} WHERE shop = '{shop}' ORDER BY month"
            return {"name": "execute_sql", "args": {"sql": sql}}
        return {"name": "execute_code", "args": {"code": CODE}}

    return Forgetful(responses=[answer], repeat=True)


def right(number: int, result: Any) -> bool:
    """Whether a result shows the rows of its own question."""
    amounts = sorted(100 * (number % CATEGORIES) + month for month in range(1, 7))
    if not result.passed or result.data is None:
        return False
    columns = [sorted(column.to_pylist()) for column in result.data.columns]
    return amounts in columns


# ── one process ─────────────────────────────────────────────────────────────────────────────


class Round:
    """Many questions at once: the results in order, when each began to be worked and ended."""

    def __init__(self, asks: int) -> None:
        self.results: list[Any] = [None] * asks
        self.began = [0.0] * asks
        self.ended = [0.0] * asks

    async def ask(self, agent: Any) -> None:
        """Ask all at once."""
        self.started = time.perf_counter()
        await asyncio.gather(*(self._one(agent, number) for number in range(len(self.results))))

    async def _one(self, agent: Any, number: int) -> None:
        async for event in agent.astream(question(number)):
            if not self.began[number]:
                self.began[number] = time.perf_counter() - self.started
            self.results[number] = getattr(event, "result", None)
        self.ended[number] = time.perf_counter() - self.started

    def wrong(self) -> int:
        """How many results are not those of their question."""
        return sum(not right(number, result) for number, result in enumerate(self.results))

    def fairness(self) -> str:
        """Who waited how long, who overtook whom, and how long each was at work."""
        order = sorted(range(len(self.began)), key=self.began.__getitem__)
        overtaken = max(place - number for place, number in enumerate(order))
        work = sorted(end - start for start, end in zip(self.began, self.ended, strict=True))
        ends = f"{work[len(work) // 20]:.2f} to {work[-1 - len(work) // 20]:.2f}"
        return (
            f"first work after {min(self.began):.2f} to {max(self.began):.2f} s, overtaken by at "
            f"most {overtaken}; then at work {statistics.median(work):.2f} s (5-95 %: {ends})"
        )


def in_one_process(data: Path, asks: int, rounds: int) -> bool:
    """The concurrent rounds; whether all was right."""
    from multivis import MultiVis

    with MultiVis(data, model=model()) as agent:
        agent.ask(question(0))
        few = min(asks, 10)
        started = time.perf_counter()
        for number in range(few):
            assert right(number, agent.ask(question(number)))
        alone = (time.perf_counter() - started) / few
        rows = [Row("one ask after another", alone, f"of {few}")]
        fine = True
        for turn in range(rounds):
            before, started = used(), time.perf_counter()
            with Watch() as watch:
                together = Round(asks)
                asyncio.run(together.ask(agent))
            seconds = time.perf_counter() - started
            wrong, fair = together.wrong(), together.fairness()
            fine = fine and wrong == 0
            del together
            after = used()
            rows.append(
                Row(
                    f"{asks} at once, round {turn + 1}, each",
                    seconds / asks,
                    f"{wrong} wrong; memory {before['memory']} → {after['memory']} MB "
                    f"(highest {watch.memory}, children {watch.children}), "
                    f"threads {before['threads']} → {after['threads']} (most {watch.threads}), "
                    f"descriptors {before['descriptors']} → {after['descriptors']}, "
                    f"sandbox workers seen: {len(watch.workers)}\n      {fair}",
                )
            )
        rows.append(Row("twenty cancelled: all free after", asyncio.run(cancelled(agent))))
        print_table("Load: many questions in one process", rows)
    return fine


async def cancelled(agent: Any) -> float:
    """Seconds until every thread of the event loop is free after twenty asks are cancelled."""
    threads = min(32, (os.cpu_count() or 1) + 4)  # what asyncio's default executor has
    tasks = [asyncio.create_task(agent.aask(question(number))) for number in range(20)]
    await asyncio.sleep(0.5)
    started = time.perf_counter()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    meeting = threading.Barrier(threads)
    await asyncio.gather(*(asyncio.to_thread(meeting.wait) for _ in range(threads)))
    return time.perf_counter() - started


# ── several processes ───────────────────────────────────────────────────────────────────────

WORKER = """
import json, sys, time
sys.path.insert(0, {here!r})
import load
from resources import Watch
from multivis import MultiVis
number, asks = int(sys.argv[1]), int(sys.argv[2])
mine = [number * asks + turn for turn in range(asks)]
began = time.perf_counter()
with Watch() as watch, MultiVis({data!r}, model=load.model(), checkpointer={url!r}) as agent:
    results = agent.batch(
        [{{"question": load.question(n), "thread_id": f"load-{{n}}"}} for n in mine], max_workers=4
    )
    seconds = time.perf_counter() - began
    stored = [agent.resume(f"load-{{n}}") for n in mine]
print(json.dumps({{
    "right": sum(load.right(n, r) for n, r in zip(mine, results)),
    "stored": sum(load.right(n, r) for n, r in zip(mine, stored)),
    "seconds": seconds,
    "memory": watch.memory,
    "workers": len(watch.workers),
}}))
"""


@contextlib.contextmanager
def connections(url: str) -> Iterator[list[int]]:
    """How many clients the server had, looked at again and again."""
    import psycopg

    seen: list[int] = []
    left = threading.Event()

    def look() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not left.wait(0.1):
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity "
                    "WHERE backend_type = 'client backend' AND pid != pg_backend_pid()"
                ).fetchone()
                seen.append(int(row[0]) if row else 0)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield seen
    finally:
        left.set()
        looking.join()


def in_many_processes(data: Path, url: str, processes: int, asks: int) -> bool:
    """Several processes on one checkpointer; whether every run is found again, its own."""
    code = WORKER.format(here=str(Path(__file__).parent), data=str(data), url=url)
    each = -(-asks // processes)
    started = time.perf_counter()
    with connections(url) as clients:
        running = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(number), str(each)],
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(processes)
        ]
        told = [json.loads(process.communicate(timeout=1800)[0] or "{}") for process in running]
    seconds = time.perf_counter() - started
    total = processes * each
    asked, stored = (sum(item.get(key, 0) for item in told) for key in ("right", "stored"))
    times = sorted(item.get("seconds", 0.0) for item in told)
    memory = max(item.get("memory", 0) for item in told)
    print(
        f"{processes} processes on one PostgreSQL checkpointer: {asked} of {total} right, "
        f"{stored} of {total} read again from the checkpointer, {seconds:.1f} s\n"
        f"  connections: at most {max(clients, default=0)}, {clients[-1] if clients else 0} at the "
        f"end; each process {times[0]:.1f} to {times[-1]:.1f} s for its {each}, memory at most "
        f"{memory} MB, sandbox workers each: {sorted({item.get('workers') for item in told})}"
    )
    return bool(asked == stored == total)


def main() -> int:
    """Run the rounds; exit status 1 when a result was lost or wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asks", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", nargs="?", const="", help="URL of a checkpointer to share")
    parser.add_argument("--processes", type=int, default=8)
    given = parser.parse_args()
    fine = True
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        data = make_data(Path(folder) / "shops.db")
        if given.rounds:
            fine = in_one_process(data, given.asks, given.rounds)
        if given.postgres is not None:
            from multivis.testing.postgres import postgres_server

            url = given.postgres or stack.enter_context(postgres_server())
            fine = in_many_processes(data, url, given.processes, given.asks) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
