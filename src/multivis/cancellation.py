"""Ending a run from outside, in the middle of what it does.

A run works in a thread, and a thread cannot be ended. What can be ended is what it waits for: a
query, a job of the sandbox, a picture, a model. Each of these says how while it lasts
(`when_cancelled`), and ends with `RunCancelled` once somebody asks for it:

```python
cancellation = Cancellation()
with cancellation.active():        # in the thread of the run
    agent.ask("…")
cancellation.cancel()              # in another thread
```
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar

__all__ = ["Cancellation", "FairSlots", "RunCancelled", "check_cancelled", "when_cancelled"]


_LONGEST = 60.0  # seconds for which it is tried to end something
_TICK = 0.02
_LONGEST_PAUSE = 1.0


class RunCancelled(BaseException):
    """The run was cancelled. No node and no tool may take it for a failure of its own."""


_current: ContextVar[Cancellation | None] = ContextVar("multivis_cancellation", default=None)


class Cancellation:
    """Whether a run was cancelled, and how to end what it does at this moment."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal's handler may come while this thread holds it
        self._cancelled = False
        self._ways: dict[object, Callable[[], None]] = {}

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._cancelled

    def cancel(self) -> None:
        """Let the run begin nothing more, and end what it does now, in a thread of its own.

        Returns at once: some ways of ending things talk to a server first.
        """
        if self._forbid():
            threading.Thread(target=self._end_all, name="multivis-cancel", daemon=True).start()

    def cancel_here(self, seconds: float) -> None:
        """The same in this thread, for at most so many seconds (for handlers of signals)."""
        self._forbid()
        self._end_all(seconds)

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """What runs inside, in this thread and in those that take over its context, is ended."""
        before = _current.set(self)
        try:
            yield
        finally:
            _current.reset(before)

    def _forbid(self) -> bool:
        """Let nothing begin any more; whether something is to be ended."""
        with self._lock:
            self._cancelled = True
            return bool(self._ways)

    def _end_all(self, seconds: float = _LONGEST) -> None:
        """End what lasts, again and again: a query that has not quite begun is missed once."""
        until = time.monotonic() + seconds
        pause = again = 0.0
        while self._ways and time.monotonic() < until:
            if time.monotonic() >= again:
                with self._lock:
                    ways = list(self._ways.values())
                for end in ways:
                    with contextlib.suppress(Exception):  # it is over already
                        end()
                pause = min(max(2 * pause, _TICK), _LONGEST_PAUSE)
                again = time.monotonic() + pause
            time.sleep(_TICK)

    def _add(self, key: object, end: Callable[[], None]) -> None:
        with self._lock:
            if self._cancelled:
                raise RunCancelled
            self._ways[key] = end

    def _remove(self, key: object) -> None:
        with self._lock:
            self._ways.pop(key, None)


@contextlib.contextmanager
def when_cancelled(end: Callable[[], None]) -> Iterator[None]:
    """Say how to end what is done inside; without a cancellation around it nothing happens.

    Args:
        end: Called from another thread, again until what is done inside has ended; what it
            raises is dropped.

    Raises:
        RunCancelled: The run was cancelled, whatever was given or raised inside.
    """
    cancellation = _current.get()
    if cancellation is None:
        yield
        return
    key = object()
    cancellation._add(key, end)
    try:
        yield
    finally:
        cancellation._remove(key)
        if cancellation.cancelled:
            raise RunCancelled


def check_cancelled() -> None:
    """Raise `RunCancelled` if the run that this is part of was cancelled."""
    cancellation = _current.get()
    if cancellation is not None and cancellation.cancelled:
        raise RunCancelled


class FairSlots:
    """A number of slots that are given in the order in which they were asked for.

    Args:
        count: How many.
    """

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._free = count
        self._queue: deque[threading.Event] = deque()

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a slot.

        Raises:
            RunCancelled: The run was cancelled while it waited.
        """
        self._take()
        try:
            yield
        finally:
            self._give()

    def _take(self) -> None:
        turn = threading.Event()
        with self._lock:
            if self._free and not self._queue:
                self._free -= 1
                return
            self._queue.append(turn)
        try:
            with when_cancelled(turn.set):
                turn.wait()
        except BaseException:
            with self._lock:
                if turn in self._queue:
                    self._queue.remove(turn)
                    raise
            self._give()  # the slot came in the same moment
            raise

    def _give(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._free += 1
