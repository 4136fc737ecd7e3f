"""What both sandboxes share on the host's side: starting Python cleanly, reading pipes."""

from __future__ import annotations

import fcntl
import json
import os
import select
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from multivis.sandbox import confinement
from multivis.sandbox.folders import JobFolder
from multivis.settings import Limits

__all__ = ["Collected", "clean_environment", "collect", "python_command", "write_job"]

_CHUNK = 1 << 20


def python_command(call: str, *arguments: object) -> list[str]:
    """A command that runs a function of `multivis.sandbox.worker` in a fresh interpreter.

    The module search path is handed over, without the working folder and other places where
    packages are not installed.

    Args:
        call: An expression over `sys.argv` that calls the function.
        arguments: What `sys.argv[2:]` will be.
    """
    allowed = confinement.readable_paths()
    home = str(Path(__file__).resolve().parents[2])
    paths = [
        path
        for path in sys.path
        if path and any(path == root or path.startswith(root + os.sep) for root in allowed)
    ]
    if home not in paths:
        paths.append(home)
    boot = (
        "import sys, json\n"
        "sys.path[:] = json.loads(sys.argv[1])\n"
        "from multivis.sandbox import worker\n"
        f"worker.{call}\n"
    )
    return [sys.executable, "-s", "-P", "-c", boot, json.dumps(paths), *map(str, arguments)]


def clean_environment(configuration: Path) -> dict[str, str]:
    """The whole environment of a worker: nothing of the host's but what loads libraries.

    Args:
        configuration: Folder of Matplotlib's font cache.
    """
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(configuration),
        # SQLite asks once, before the fork: the job's own folder, whichever that will be.
        "SQLITE_TMPDIR": ".",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(configuration),
        "PYTHONHASHSEED": "0",
        # One thread each: a process with threads must not fork, and jobs share the machine.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "ARROW_IO_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "2",
    }
    for name in ("LD_LIBRARY_PATH", "TZ", "SYSTEMROOT"):
        if name in os.environ:
            environment[name] = os.environ[name]
    return environment


def write_job(
    folder: JobFolder, code: str, preset: str, limits: Limits, profile: str
) -> dict[str, Any]:
    """Leave the code for the worker and return the request that names it."""
    content = json.dumps({"code": code, "preset": preset})
    (folder.path / "job.json").write_text(content, encoding="utf-8")
    return {
        "folder": str(folder.path),
        "readable": folder.readable,
        "memory": limits.code_memory,
        "seconds": limits.code_seconds,
        "output": limits.code_output,
        "spec_bytes": limits.spec_bytes,
        "chart": profile == "charts",
    }


class Collected:
    """What came over the two pipes of a job.

    Attributes:
        frame: The result; None when it was over the limit.
        end: The report; None when whoever should send it died.
        late: Whether the deadline passed before a report came.
    """

    def __init__(self) -> None:
        self.frame: bytes | None = b""
        self.end: Mapping[str, Any] | None = None
        self.late = False


def collect(
    result: int, report: int, *, limit: int, seconds: float, stop: Callable[[], None]
) -> Collected:
    """Read both pipes until the job has ended.

    Args:
        result: Pipe of the result.
        report: Pipe of the report.
        limit: Most bytes of the result; more stops the job.
        seconds: Longest wait.
        stop: Stops the job; called when the result is over its limit.
    """
    collected = Collected()
    chunks: dict[int, bytearray] = {result: bytearray(), report: bytearray()}
    poll = select.poll()
    for pipe in chunks:
        os.set_blocking(pipe, False)
        poll.register(pipe, select.POLLIN)
    waiting = set(chunks)
    deadline = time.monotonic() + seconds
    while report in waiting:
        left = deadline - time.monotonic()
        if left <= 0:
            collected.late = True
            break
        for pipe, _ in poll.poll(left * 1_000):
            if not _read(pipe, chunks[pipe]):
                poll.unregister(pipe)
                waiting.discard(pipe)
        if len(chunks[result]) > limit and collected.frame is not None:
            collected.frame = None
            poll.unregister(result)
            waiting.discard(result)
            stop()
    if collected.frame is not None:
        while result in waiting and len(chunks[result]) <= limit and _read(result, chunks[result]):
            if not select.select([result], [], [], 0)[0]:
                break
        collected.frame = bytes(chunks[result]) if len(chunks[result]) <= limit else None
    if chunks[report]:
        collected.end = json.loads(chunks[report])
    return collected


def _read(pipe: int, into: bytearray) -> bool:
    """Read what is there; False at the end."""
    try:
        chunk = os.read(pipe, _CHUNK)
    except BlockingIOError:
        return True
    into += chunk
    return bool(chunk)


def widen(pipe: int) -> None:
    """Let a pipe hold more, so that a large result needs fewer switches."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        try:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _CHUNK)
        except OSError:
            return  # the user's quota for pipes is used up; the default size works too
