"""Vega's runtime in processes of its own, so that drawing has a limit in time and memory.

A specification is data that generated code made: a tiny bin step or a huge sequence keeps the
runtime busy for ever, and nothing in it can be interrupted. So it runs in a child that is kept
warm and is killed when it takes too long or too much.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from multivis.cancellation import when_cancelled
from multivis.errors import RenderError

__all__ = ["MEMORY", "SECONDS", "render", "warm"]

SECONDS = 30.0
"""Longest time for drawing one chart."""
MEMORY = 2_000_000_000
"""Most memory, in bytes, that drawing may take."""

_START_SECONDS = 60.0
_TICK = 0.1
_KEPT = 2
_HEAD = struct.Struct(">cQ")
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "FONTCONFIG_PATH", "FONTCONFIG_FILE")


class _DiedError(Exception):
    """The child ended in the middle of a request."""


class _Child:
    """One warm child."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("render_worker.py")
        paths = [path for path in sys.path if path and Path(path) != script.parent]
        environment = {k: v for k, v in os.environ.items() if k in _PASSED_ON}
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-P", str(script), json.dumps(paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
            bufsize=0,
        )
        try:
            self._receive(time.monotonic() + _START_SECONDS, MEMORY)
        except (_DiedError, RenderError):
            self.kill()
            raise

    def ask(
        self, call: str, spec: Any, options: dict[str, Any], seconds: float, memory: int
    ) -> Any:
        """One request; raises `_DiedError`, or `RenderError` once a limit is reached."""
        request = {"call": call, "spec": spec, "options": options, "seconds": seconds}
        content = json.dumps(request, default=str).encode("utf-8", "backslashreplace")
        stream = self._process.stdin
        assert stream is not None  # it was opened as a pipe
        try:
            stream.write(_HEAD.pack(b"j", len(content)))
            view = memoryview(content)
            while view:
                view = view[stream.write(view) :]
        except OSError as error:
            raise _DiedError from error
        kind, answer = self._receive(time.monotonic() + seconds, memory)
        if kind == b"b":
            return answer
        value = json.loads(answer)
        if kind == b"e":
            raise ValueError(value)
        return value

    def _receive(self, deadline: float, memory: int) -> tuple[bytes, bytes]:
        head = self._read(_HEAD.size, deadline, memory)
        kind, size = _HEAD.unpack(head)
        return kind, self._read(size, deadline, memory)

    def _read(self, size: int, deadline: float, memory: int) -> bytes:
        """Exactly so many bytes, while the child stays within its limits."""
        stream = self._process.stdout
        assert stream is not None  # it was opened as a pipe
        parts = bytearray()
        while len(parts) < size:
            left = deadline - time.monotonic()
            if left <= 0:
                raise RenderError(
                    "The chart takes too long to draw and was stopped.",
                    hint="Draw fewer marks: aggregate in SQL, or choose wider bins.",
                )
            if self._resident() > memory:
                raise RenderError(
                    "The chart takes too much memory to draw and was stopped.",
                    hint="Draw fewer marks: aggregate in SQL, or choose wider bins.",
                )
            ready, _, _ = select.select([stream], [], [], min(left, _TICK))
            if not ready:
                continue
            part = os.read(stream.fileno(), min(1 << 20, size - len(parts)))
            if not part:
                raise _DiedError
            parts += part
        return bytes(parts)

    def _resident(self) -> int:
        """Memory that the child takes, in bytes; 0 where that cannot be read."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
            return pages * os.sysconf("SC_PAGESIZE")
        return 0

    def end(self) -> None:
        """End the child from another thread, while this one waits for its answer."""
        self._process.kill()

    def kill(self) -> None:
        """End the child, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


class _Pool:
    """Children that wait for work; at most `_KEPT` of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._process = os.getpid()

    def take(self) -> _Child:
        """An idle child, or a new one."""
        with self._lock:
            if self._process != os.getpid():  # a copy that `fork` made: they are the parent's
                self._idle, self._process = [], os.getpid()
            if self._idle:
                return self._idle.pop()
        return _Child()

    def give_back(self, child: _Child) -> None:
        """Keep a child for the next chart."""
        with self._lock:
            if len(self._idle) < _KEPT:
                self._idle.append(child)
                return
        child.kill()

    def close(self) -> None:
        """End the children; the next chart starts another."""
        if self._process != os.getpid():
            return
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.kill()


_pool = _Pool()
atexit.register(_pool.close)


def render(
    call: str,
    spec: Any,
    *,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    **options: Any,
) -> Any:
    """Call Vega's runtime (`vl_convert`) in a child.

    Args:
        call: A function of `vl_convert`, for example ``"vegalite_to_png"``.
        spec: The specification, as text or as a mapping.
        seconds: Longest time.
        memory: Most memory of the child, in bytes.
        **options: Further arguments of the function.

    Returns:
        What the function gives: bytes, text or a mapping.

    Raises:
        ValueError: The runtime refuses the specification.
        RenderError: A limit was reached, or the runtime cannot be started.
    """
    for _ in range(2):
        try:
            child = _pool.take()
            try:
                with when_cancelled(child.end):
                    drawn = child.ask(call, spec, options, seconds, memory)
            except ValueError:
                _pool.give_back(child)
                raise
            except BaseException:
                child.kill()
                raise
        except (_DiedError, OSError):
            continue
        _pool.give_back(child)
        return drawn
    raise RenderError(
        "The process that draws charts ended twice while it drew.",
        hint="Draw fewer marks, or run 'multivis doctor'.",
    )


def warm() -> None:
    """Start a child in the background, so that the first chart need not wait for it."""

    def start() -> None:
        with contextlib.suppress(RenderError, _DiedError, OSError):  # the first chart will say it
            _pool.give_back(_pool.take())

    threading.Thread(target=start, name="multivis-renderer-warm", daemon=True).start()
