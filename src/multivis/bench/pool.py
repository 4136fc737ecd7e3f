"""Work on many cases at once: threads for models that are waited for, processes for computing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import Any, Protocol

__all__ = ["Worker", "in_parallel"]


class Worker(Protocol):
    """Does one case after the other; opened once per process, or shared by all threads."""

    def run(self, item: Any) -> Any:
        """Do one case; what it returns must be picklable."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


def in_parallel(
    open_worker: Callable[[], Worker],
    items: Iterable[Any],
    jobs: int,
    *,
    processes: bool,
) -> Iterator[tuple[Any, Any]]:
    """Pairs of an item and its result, in the order in which they are finished.

    Args:
        open_worker: Makes a worker; picklable when `processes`.
        items: The cases.
        jobs: Cases at once, at least 1.
        processes: Whether each job has a process of its own, for work that computes.

    Raises:
        Exception: Whatever a worker raises; the cases that wait are given up.
    """
    listed = list(items)
    if not listed:
        return
    if processes and jobs > 1:
        import multiprocessing

        pool: Executor = ProcessPoolExecutor(
            min(jobs, len(listed)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(open_worker, os.getpid()),
        )
        with pool:
            yield from _finished(pool, _run_in_process, listed)
        return
    worker = open_worker()
    try:
        with ThreadPoolExecutor(jobs) as threads:
            yield from _finished(threads, worker.run, listed)
    finally:
        worker.close()


def _finished(
    pool: Executor, work: Callable[[Any], Any], items: list[Any]
) -> Iterator[tuple[Any, Any]]:
    """Results as they come; on an exception, or when nobody listens, the rest is given up."""
    waiting: dict[Future[Any], Any] = {pool.submit(work, item): item for item in items}
    try:
        while waiting:
            ready, _ = wait_for(waiting, return_when="FIRST_COMPLETED")
            for future in ready:
                yield waiting.pop(future), future.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise


_worker: Worker | None = None


def _start(open_worker: Callable[[], Worker], parent: int) -> None:
    """Set up a process: one worker for all its cases; it ends when its parent is gone."""
    global _worker
    # Ctrl-C reaches every process of the terminal; only the parent answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    _worker = open_worker()


def _run_in_process(item: Any) -> Any:
    assert _worker is not None  # _start has run
    return _worker.run(item)
