"""Runs side by side: each in a thread, its events handed to the event loop as they come."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from multivis.cancellation import Cancellation, RunCancelled, check_cancelled
from multivis.serve.faults import BusyError, ConflictError
from multivis.serve.options import ServeOptions

__all__ = ["Follower", "RunPool"]

_END = object()


class Follower:
    """One run at work; iterate over it to get its events.

    Leaving the iteration early ends the run at once.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self._cancellation = Cancellation()
        self.future: Future[None] | None = None

    async def __aiter__(self) -> AsyncIterator[Any]:
        try:
            while (item := await self._queue.get()) is not _END:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self.stop()

    def stop(self) -> None:
        """End the run, whatever it does; a run that has not begun never does."""
        self._cancellation.cancel()

    def work(
        self, make: Callable[[], Generator[Any, None, None]], ended: Callable[[], None]
    ) -> None:
        """Run to the end in this thread; `ended` is called before the end is told."""
        failure: BaseException | None = None
        try:
            if not self._cancellation.cancelled:
                with self._cancellation.active(), contextlib.closing(make()) as events:
                    for event in events:
                        self._tell(event)
                        check_cancelled()
        except RunCancelled:
            pass  # nobody listens any more
        except BaseException as error:
            failure = error
        finally:
            ended()  # whoever is told of the end may ask for the next run at once
            if failure is not None:
                self._tell(failure)
            self._tell(_END)

    def _tell(self, item: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed under us
            self._loop.call_soon_threadsafe(self._queue.put_nowait, item)


class RunPool:
    """A bounded number of runs at work, and a bounded number that wait.

    Args:
        options: `runs_at_once` and `runs_waiting`.
    """

    def __init__(self, options: ServeOptions) -> None:
        self._options = options
        self._threads = ThreadPoolExecutor(options.runs_at_once, thread_name_prefix="multivis-run")
        self._lock = threading.Lock()
        self._working: dict[str, Follower | None] = {}
        self._draining = False

    @property
    def working(self) -> int:
        """How many runs are at work or wait for their turn."""
        return len(self._working)

    @property
    def draining(self) -> bool:
        """Whether no new run is taken."""
        return self._draining

    def is_working(self, thread_id: str) -> bool:
        """Whether that run is at work or waits for its turn."""
        return thread_id in self._working

    def start(self, thread_id: str, make: Callable[[], Generator[Any, None, None]]) -> Follower:
        """Start a run from the event loop.

        Args:
            thread_id: Its name; one run of a name at a time.
            make: Makes the generator of its events; called in the run's own thread.

        Raises:
            ConflictError: A run of that name is at work.
            BusyError: Too many runs, or the server is about to end.
        """
        follower = Follower(asyncio.get_running_loop())
        self._claim(thread_id, follower)

        try:
            follower.future = self._threads.submit(
                follower.work, make, lambda: self._release(thread_id)
            )
        except RuntimeError as error:
            self._release(thread_id)
            raise _ending() from error
        follower.future.add_done_callback(lambda done: self._dropped(done, thread_id, follower))
        return follower

    def run(self, thread_id: str, make: Callable[[], Generator[Any, None, None]]) -> Any:
        """The same from a thread, one event after the other."""
        self._claim(thread_id, None)
        try:
            yield from make()
        finally:
            self._release(thread_id)

    def drain(self) -> None:
        """Take no new runs."""
        self._draining = True

    def close(self, seconds: float) -> None:
        """Let runs at work end for so many seconds, then end them."""
        self.drain()
        until = time.monotonic() + seconds
        while self._working and time.monotonic() < until:
            time.sleep(0.02)
        with self._lock:
            followers = [follower for follower in self._working.values() if follower]
        for follower in followers:
            follower.stop()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _claim(self, thread_id: str, follower: Follower | None) -> None:
        with self._lock:
            if self._draining:
                raise _ending()
            if thread_id in self._working:
                raise ConflictError(
                    f"The run {thread_id!r} is at work.", hint="Wait until it has ended."
                )
            if len(self._working) >= self._options.runs_at_once + self._options.runs_waiting:
                raise BusyError("The server has too many runs at work.", hint="Try again later.")
            self._working[thread_id] = follower

    def _release(self, thread_id: str) -> None:
        with self._lock:
            self._working.pop(thread_id, None)

    def _dropped(self, done: Future[None], thread_id: str, follower: Follower) -> None:
        """A run that was cancelled before it began: whoever follows it is told."""
        if done.cancelled():
            self._release(thread_id)
            follower._tell(_ending())


def _ending() -> BusyError:
    return BusyError("The server is about to end.", hint="Try again when it is back.")
