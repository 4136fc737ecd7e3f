"""A day of mixed questions: memory, files, descriptors and threads stay where they are.

    python benchmarks/endurance.py [--asks 480] [--hours 24] [--seed 1] [--volumes]

The hours are simulated: the clocks jump ahead between the questions, and what is counted is the
questions. One agent lives all day. It is asked for charts of every library over a database, a
file and new frames, for refinements and answers about views; it meets bad questions, models that
fail, killed workers and tasks that are cancelled; other agents are opened and closed beside it.
Exit status 1 when the last quarter of the
day holds more than the second.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import load
from resources import resident, used

MEMORY_SHARE = 0.08
"""How much more memory, and how many more objects, the day may end with."""


@dataclass(frozen=True)
class Hour:
    """What there is at the end of an hour.

    Attributes:
        hour: From 1.
        asks: Questions until then.
        memory: Resident memory of the process in MB.
        held: The same once the allocator has given back what is free.
        children: Resident memory of its children in MB.
        descriptors: Open descriptors.
        threads: Threads.
        folders: Entries of the temporary folder and of the folders that are kept there.
        objects: Objects of the package that are alive.
    """

    hour: int
    asks: int
    memory: int
    held: int
    children: int
    descriptors: int
    threads: int
    folders: int
    objects: int


class Clock:
    """Clocks that can be set ahead."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._real = time.time

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        from multivis import clock

        self._ahead += seconds
        clock._STARTED += seconds

    @contextlib.contextmanager
    def simulated(self) -> Iterator[None]:
        """The system's clock is this one."""
        from multivis import clock

        with (
            mock.patch("time.time", lambda: self._real() + self._ahead),
            mock.patch.object(clock, "_STARTED", clock._STARTED),
        ):
            yield


class Day:
    """One agent, asked for a day.

    Args:
        folder: For the data and the cache.
        seed: Draws what is asked.
        volumes: Whether now and then a volume is drawn.
    """

    def __init__(self, folder: Path, seed: int, *, volumes: bool = False) -> None:
        from multivis import MultiVis
        from multivis.testing import FaultyChatModel

        self.random = Random(seed)
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.data = load.make_data(folder / "shops.db")
        self.csv = folder / "shops.csv"
        rows = [(n, m) for n in range(load.CATEGORIES) for m in range(1, 7)]
        self.csv.write_text(
            "shop,month,amount\n" + "".join(f"Shop{n:02},{m},{100 * n + m}\n" for n, m in rows)
        )
        self.cache = folder / "cache"
        self.faulty = FaultyChatModel(inner=load.model(), rate=0.3, seed=seed, retry_after=0.0)
        self.agent = MultiVis(self.data, model=load.model(), cache_dir=self.cache)
        self.asked: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.last: Any = None
        kinds: dict[str, tuple[int, Callable[[int], None]]] = {
            "chart": (8, self._chart),
            "file": (3, self._file),
            "frame": (3, self._frame),
            "matplotlib": (2, self._matplotlib),
            "refinement": (3, self._refinement),
            "view": (3, self._view),
            "bad question": (2, self._bad),
            "no such column": (2, self._missing),
            "cancelled": (4, self._cancelled),
            "faults": (3, self._faults),
            "killed worker": (1, self._killed),
            "another agent": (1, self._another),
        }
        if volumes:
            kinds["volume"] = (1, self._volume)
        self.kinds = {name: work for name, (_, work) in kinds.items()}
        self.weights = [weight for weight, _ in kinds.values()]

    def ask(self, number: int) -> str:
        """Ask one question of a kind that is drawn; the kind."""
        (name,) = self.random.choices(list(self.kinds), self.weights)
        self.asked[name] += 1
        self.kinds[name](number)
        return name

    def expect(self, fine: bool, what: str) -> None:
        """Note what came out otherwise than it should."""
        if not fine:
            self.wrong.append(what)

    # ── kinds of questions ──────────────────────────────────────────────────────────────────

    def _chart(self, number: int) -> None:
        self.last = self.agent.ask(load.question(number))
        self.expect(load.right(number, self.last), f"chart {number}")

    def _file(self, number: int) -> None:
        load.TABLE = "shops"
        result = self.agent.ask(load.question(number), self.csv)
        self.expect(result.passed, f"file {number}: {result.failures}")

    def _frame(self, number: int) -> None:
        import pandas as pd

        from multivis import open_source

        shop = f"Shop{number % load.CATEGORIES:02}"
        rows = [(shop, month, 100 * number + month) for month in range(1, 7)]
        frame = pd.DataFrame(rows, columns=["shop", "month", "amount"])
        with contextlib.closing(open_source(frame)) as source:
            load.TABLE = source.schema().tables[0].name
        result = self.agent.ask(load.question(number), frame)
        self.expect(result.passed, f"frame {number}: {result.failures}")

    def _matplotlib(self, number: int) -> None:
        load.CODE, before = MATPLOTLIB, load.CODE
        try:
            result = self.agent.ask(load.question(number), backend="matplotlib")
        finally:
            load.CODE = before
        self.expect(result.passed, f"matplotlib {number}: {result.failures}")

    def _refinement(self, number: int) -> None:
        if self.last is None:
            self._chart(number)
        result = self.agent.refine(self.last, f"Show the bars of the shop {SHOPS[0]} in teal")
        self.expect(bool(result.status), f"refinement {number}")

    def _view(self, number: int) -> None:
        self._chart(number)
        answer = self.agent.ask("What is the highest amount?", view=self.last)
        self.expect(bool(answer), f"view {number}")

    def _bad(self, number: int) -> None:
        from multivis import InputError

        for question, data in (("  ", None), (load.question(number), self.folder / "missing.db")):
            try:
                self.agent.ask(question, data)
            except InputError:
                continue
            self.expect(False, f"bad question {number}")

    def _missing(self, number: int) -> None:
        load.TABLE = "nowhere"
        result = self.agent.ask(load.question(number))
        self.expect(not result.passed and bool(result.failures), f"no such column {number}")

    def _cancelled(self, number: int) -> None:
        delay = self.random.uniform(0.0, 0.8)

        async def work() -> None:
            task = asyncio.create_task(self.agent.aask(load.question(number)))
            await asyncio.sleep(delay)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(work())

    def _faults(self, number: int) -> None:
        from multivis import MultiVis

        shared = self.agent.dependencies().sandbox
        with MultiVis(self.data, model=self.faulty, sandbox=shared, cache_dir=self.cache) as agent:
            agent.ask(load.question(number))
        self.faulty._injected.clear()
        self.faulty._stuck.clear()

    def _killed(self, number: int) -> None:
        from multivis.testing.world import killed_workers

        with killed_workers(0.05):
            result = self.agent.ask(load.question(number))
        self.expect(load.right(number, result), f"killed worker {number}: {result.failures}")

    def _another(self, number: int) -> None:
        from multivis import MultiVis

        with MultiVis(self.data, model=load.model(), cache_dir=self.cache) as agent:
            self.expect(load.right(number, agent.ask(load.question(number))), f"another {number}")

    def _volume(self, number: int) -> None:
        from multivis import MultiVis

        with MultiVis("phantom:head", cache_dir=self.cache) as agent:
            result = agent.ask("show the skull")
        self.expect(result.passed, f"volume {number}: {result.failures}")

    # ── the day ─────────────────────────────────────────────────────────────────────────────

    def run(self, asks: int, hours: int) -> Iterator[Hour]:
        """Ask so many questions in so many hours; what there is at the end of each."""
        clock, number = Clock(), 0
        with clock.simulated():
            for hour in range(1, hours + 1):
                while number * hours < hour * asks:
                    load.TABLE = "sale"
                    self.ask(number)
                    number += 1
                    clock.sleep(3600.0 * hours / asks)
                yield self.measured(hour, number)

    def measured(self, hour: int, asks: int) -> Hour:
        """What there is now, once what was cancelled has come to its end."""
        for _ in range(100):
            if not [
                name for name in _threads() if name.startswith(("asyncio_", "multivis-cancel"))
            ]:
                break
            time.sleep(0.05)
        gc.collect()
        now = used()
        kept = [Path(tempfile.gettempdir()), *Path(tempfile.gettempdir()).glob("multivis-*")]
        return Hour(
            hour=hour,
            asks=asks,
            memory=now["memory"],
            held=now["held"],
            children=resident(os.getpid()),
            descriptors=now["descriptors"],
            threads=now["threads"],
            folders=sum(len(list(folder.iterdir())) for folder in kept),
            objects=sum(
                str(type(thing).__module__).startswith("multivis.") for thing in gc.get_objects()
            ),
        )

    def close(self) -> None:
        """Close the day's agent."""
        self.agent.close()


SHOPS = tuple(f"Shop{number:02}" for number in range(load.CATEGORIES))
MATPLOTLIB = """import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.bar(df["month"].astype(str), df["amount"])
axes.set_xlabel("Month")
axes.set_ylabel("Amount")
chart = figure
"""


def _threads() -> list[str]:
    import threading

    return [thread.name for thread in threading.enumerate()]


def grown(hours: list[Hour]) -> list[str]:
    """What grew: its name, its most in the second quarter, its least in the last one."""
    settled, end = hours[: max(len(hours) // 2, 1)], hours[len(hours) // 2 :]
    found = []
    for name in (
        field.name for field in fields(Hour) if field.name not in {"hour", "asks", "memory"}
    ):
        before = max(getattr(hour, name) for hour in settled[len(settled) // 2 :])
        after = min(getattr(hour, name) for hour in end[len(end) // 2 :])
        share = MEMORY_SHARE if name in {"held", "children", "objects"} else 0.0
        if after > before * (1 + share) + 2:
            found.append(f"{name}: {before} → {after}")
    return found


def main() -> int:
    """A day; exit status 1 when something grew or a result was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asks", type=int, default=480)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--volumes", action="store_true", help="draw a volume now and then")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="endurance-") as folder:
        day = Day(Path(folder), given.seed, volumes=given.volumes)
        (Path(folder) / "temporary").mkdir()
        with mock.patch("tempfile.tempdir", str(Path(folder) / "temporary")):
            hours = []
            print("  ".join(f"{field.name:>11}" for field in fields(Hour)))
            for hour in day.run(given.asks, given.hours):
                hours.append(hour)
                print("  ".join(f"{value:11}" for value in astuple(hour)), flush=True)
            day.close()
    print("Asked:", ", ".join(f"{count} {name}" for name, count in day.asked.most_common()))
    print("Wrong:", "; ".join(day.wrong) or "nothing")
    found = grown(hours)
    print("Grown:", "; ".join(found) or "nothing")
    return 1 if found or day.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
