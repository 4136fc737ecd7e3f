"""Many questions at once: nothing lost, nothing mixed up, memory and descriptors given back.

    python benchmarks/load.py [--asks 200] [--rounds 3] [--postgres URL --processes 8]

Each question asks for another category and is checked against the rows that it must show. With
``--postgres`` several processes share one checkpointer. The times of the concurrent round stand
beside the same questions asked one after another in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

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


CODE = """chart = alt.Chart(df).mark_bar().encode(
    x=alt.X("month:O").title("Month"), y=alt.Y("amount:Q").title("Amount"))"""


def model() -> Any:
    """A chat model that reads which shop is asked for, so that a mix-up shows."""
    from multivis.testing import ScriptedChatModel

    def answer(call: Any) -> dict[str, Any]:
        shop = re.findall(r"Shop\d\d", str(call.messages[-1].content))[0]
        if "execute_sql" in call.tool_names:
            sql = f"SELECT month, amount FROM sale WHERE shop = '{shop}' ORDER BY month"
            return {"name": "execute_sql", "args": {"sql": sql}}
        return {"name": "execute_code", "args": {"code": CODE}}

    return ScriptedChatModel([answer], repeat=True)


def right(number: int, result: Any) -> bool:
    """Whether a result shows the rows of its own question."""
    amounts = sorted(100 * (number % CATEGORIES) + month for month in range(1, 7))
    if not result.passed or result.data is None:
        return False
    columns = [sorted(column.to_pylist()) for column in result.data.columns]
    return amounts in columns


def used() -> dict[str, int]:
    """Resident memory in MB, threads and open descriptors of this process."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return {
        "memory": int(fields["VmRSS"].split()[0]) // 1024,
        "threads": int(fields["Threads"]),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
    }


async def together(agent: Any, asks: int) -> tuple[list[Any], list[float]]:
    """Ask all at once; results in order, and when each was there."""
    started = time.perf_counter()
    finished = [0.0] * asks

    async def one(number: int) -> Any:
        result = await agent.aask(question(number))
        finished[number] = time.perf_counter() - started
        return result

    return list(await asyncio.gather(*(one(number) for number in range(asks)))), finished


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
            results, finished = asyncio.run(together(agent, asks))
            seconds = time.perf_counter() - started
            wrong = sum(not right(number, result) for number, result in enumerate(results))
            fine = fine and wrong == 0
            del results
            after = used()
            rows.append(
                Row(
                    f"{asks} at once, round {turn + 1}, each",
                    seconds / asks,
                    f"{wrong} wrong; done after {min(finished):.1f} to {max(finished):.1f} s; "
                    f"memory {before['memory']} → {after['memory']} MB, "
                    f"threads {before['threads']} → {after['threads']}, "
                    f"descriptors {before['descriptors']} → {after['descriptors']}",
                )
            )
        rows.append(Row("twenty cancelled: all free after", asyncio.run(cancelled(agent))))
        print_table("Load: many questions in one process", rows)
    return fine


WORKER = """
import json, sys
sys.path.insert(0, {here!r})
import load
from multivis import MultiVis
number, asks = int(sys.argv[1]), int(sys.argv[2])
with MultiVis({data!r}, model=load.model(), checkpointer={url!r}) as agent:
    mine = [number * asks + turn for turn in range(asks)]
    results = agent.batch(
        [{{"question": load.question(n), "thread_id": f"load-{{n}}"}} for n in mine], max_workers=4
    )
    stored = [agent.resume(f"load-{{n}}") for n in mine]
    print(json.dumps([
        sum(load.right(n, r) for n, r in zip(mine, results)),
        sum(load.right(n, r) for n, r in zip(mine, stored)),
    ]))
"""


def in_many_processes(data: Path, url: str, processes: int, asks: int) -> bool:
    """Several processes on one checkpointer; whether every run is found again, its own."""
    here = str(Path(__file__).parent)
    code = WORKER.format(here=here, data=str(data), url=url)
    started = time.perf_counter()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(number), str(asks)], stdout=subprocess.PIPE, text=True
        )
        for number in range(processes)
    ]
    told = [json.loads(process.communicate(timeout=900)[0] or "[0, 0]") for process in running]
    seconds = time.perf_counter() - started
    total = processes * asks
    asked, stored = (sum(column) for column in zip(*told, strict=True))
    print(
        f"{processes} processes on one PostgreSQL checkpointer: {asked} of {total} right, "
        f"{stored} of {total} read again from the checkpointer, {seconds:.1f} s"
    )
    return bool(asked == stored == total)


def main() -> int:
    """Run the rounds; exit status 1 when a result was lost or wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asks", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", help="URL of a checkpointer to share")
    parser.add_argument("--processes", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = make_data(Path(folder) / "shops.db")
        fine = in_one_process(data, given.asks, given.rounds)
        if given.postgres:
            fine = in_many_processes(data, given.postgres, given.processes, 10) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
