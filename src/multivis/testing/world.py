"""Faults in the world around a run: real ones, each for a bounded time.

A database that is locked, a connection that is lost in the middle of a query, a disk that is
full, a browser or a sandbox worker that is killed, a clock that jumps. All but the lost
connection are done to the real thing.

```python
with locked_database("sales.sqlite", seconds=0.5):
    agent.ask("Total amount by region")
```
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from multivis.data.artifacts import FileArtifactStore
from multivis.errors import QueryExecutionError
from multivis.protocols import Prologue, Rows, Schema, Source

__all__ = [
    "WORLD_KINDS",
    "LossySource",
    "full_disk",
    "jumped_clock",
    "killed_browser",
    "killed_workers",
    "locked_database",
]

WORLD_KINDS: Mapping[str, str] = {
    "database_locked": "Another process holds the database for itself.",
    "connection_lost": "The connection to the database is lost in the middle of a query.",
    "disk_full": "No file can be written.",
    "browser_killed": "The browser that draws Plotly pictures is killed.",
    "worker_killed": "The sandbox's worker is killed.",
    "clock_jumped": "The system's clock jumps by a day.",
}
"""Every kind of fault in the world, and what happens."""


@contextlib.contextmanager
def locked_database(path: str | Path, seconds: float) -> Iterator[None]:
    """Hold a SQLite database in an exclusive transaction that writes nothing.

    Args:
        path: The database file.
        seconds: After how long the lock is given back.
    """
    given_back = threading.Event()
    held = threading.Event()

    def hold() -> None:
        connection = sqlite3.connect(path, isolation_level=None, timeout=30.0)
        with contextlib.closing(connection):
            connection.execute("BEGIN EXCLUSIVE")
            held.set()
            given_back.wait(seconds)
            connection.execute("ROLLBACK")

    holder = threading.Thread(target=hold, name="multivis-lock", daemon=True)
    holder.start()
    held.wait(30.0)
    try:
        yield
    finally:
        given_back.set()
        holder.join()


class LossySource:
    """A source that can lose its connection while a query runs.

    Args:
        inner: The real source, which still runs the statement.
        losses: Numbers of the queries, from 1, that lose the connection.
    """

    def __init__(self, inner: Source, losses: tuple[int, ...] = (1,)) -> None:
        self._inner = inner
        self._losses = losses
        self._asked = 0
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """As the inner source says."""
        return self._inner.address

    @property
    def dialect(self) -> str:
        """As the inner source says."""
        return self._inner.dialect

    def schema(self) -> Schema:
        """As the inner source says."""
        return self._inner.schema()

    def execute(
        self, sql: str, *, row_limit: int | None = None, seconds: float | None = None
    ) -> Rows:
        """Run the statement; its rows are lost with the connection.

        Raises:
            QueryExecutionError: The connection was lost.
        """
        with self._lock:
            self._asked += 1
            lost = self._asked in self._losses
        rows = self._inner.execute(sql, row_limit=row_limit, seconds=seconds)
        if lost:
            raise QueryExecutionError(
                "The database could not run the query: server closed the connection unexpectedly.",
                hint="Ask again.",
            )
        return rows

    def prologue(self, sql: str) -> Prologue:
        """As the inner source says."""
        return self._inner.prologue(sql)

    def files(self) -> Mapping[str, Path]:
        """As the inner source says."""
        return self._inner.files()

    def close(self) -> None:
        """Close the inner source."""
        self._inner.close()


@contextlib.contextmanager
def full_disk(writes: int = 1, after: int = 0) -> Iterator[None]:
    """Let artefact stores find the disk full.

    Args:
        writes: How many writes fail.
        after: How many writes succeed first.
    """
    lock = threading.Lock()
    here = threading.local()
    count = 0
    real_open, real_write = os.fdopen, FileArtifactStore._write

    def fdopen(handle: int, *rest: Any, **options: Any) -> Any:
        if not getattr(here, "full", False):
            return real_open(handle, *rest, **options)
        os.close(handle)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(store: FileArtifactStore, target: Path, content: bytes) -> None:
        nonlocal count
        with lock:
            count += 1
            here.full = after < count <= after + writes
        try:
            real_write(store, target, content)
        finally:
            here.full = False

    with mock.patch.object(FileArtifactStore, "_write", write), mock.patch("os.fdopen", fdopen):
        yield


@contextlib.contextmanager
def killed_workers(after: float = 0.0) -> Iterator[list[int]]:
    """Kill every sandbox worker of this process.

    Args:
        after: Seconds to wait first; the kill comes from another thread.

    Yields:
        The processes that were killed, once they were.
    """
    with _killing("multivis.sandbox import worker", after) as killed:
        yield killed


@contextlib.contextmanager
def killed_browser(after: float = 0.0) -> Iterator[list[int]]:
    """Kill every browser that this process started; as `killed_workers`."""
    with _killing("chrom", after) as killed:
        yield killed


@contextlib.contextmanager
def jumped_clock(offset: float, after: float = 0.0) -> Iterator[None]:
    """Let the system's clock, `time.time`, jump; the monotonic one goes on as it does.

    Args:
        offset: Seconds, forwards or (negative) backwards.
        after: Seconds until it jumps.
    """
    real = time.time
    start = time.monotonic()

    def jumped() -> float:
        return real() + (offset if time.monotonic() - start >= after else 0.0)

    with mock.patch("time.time", jumped):
        yield


@contextlib.contextmanager
def _killing(mark: str, after: float) -> Iterator[list[int]]:
    """Kill the descendants whose command line holds a text."""
    killed: list[int] = []
    left = threading.Event()

    def kill() -> None:
        if left.wait(after):
            return
        for process in _descendants(os.getpid()):
            if mark in _command(process):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)

    if after <= 0:
        kill()
        yield killed
        return
    killer = threading.Thread(target=kill, name="multivis-killer", daemon=True)
    killer.start()
    try:
        yield killed
    finally:
        left.set()
        killer.join()


def _descendants(parent: int) -> list[int]:
    """Processes below one, by /proc."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                above = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(above, []).append(int(entry.name))
    found: list[int] = []
    waiting = [parent]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _command(process: int) -> str:
    """The command line of a process; empty when it is gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode("latin-1")
    return ""
