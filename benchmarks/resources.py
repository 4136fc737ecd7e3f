"""What a process takes: memory, threads, descriptors, children. Not a benchmark itself."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import threading
from pathlib import Path

__all__ = ["Watch", "resident", "used"]

_MEGABYTE = 1024  # the kernel counts in kilobytes


def used() -> dict[str, int]:
    """Memory in MB, threads and open descriptors of this process, after a collection.

    ``memory`` is what is resident, ``held`` what stays so when the allocator gives back what it
    keeps for later: only that can be a leak.
    """
    gc.collect()
    fields = _status(os.getpid())
    with contextlib.suppress(OSError, AttributeError):  # an allocator without it keeps its own
        ctypes.CDLL(None).malloc_trim(0)
    return {
        "memory": int(fields["VmRSS"].split()[0]) // _MEGABYTE,
        "held": int(_status(os.getpid())["VmRSS"].split()[0]) // _MEGABYTE,
        "threads": int(fields["Threads"]),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
    }


def _status(process: int) -> dict[str, str]:
    text = Path(f"/proc/{process}/status").read_text()
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _children(process: int) -> list[int]:
    """All processes below one."""
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_children(int(child))]
    return found


def resident(process: int) -> int:
    """Memory in MB that the processes below one have for themselves."""
    total = 0
    for child in _children(process):
        with contextlib.suppress(OSError, KeyError):
            total += int(_status(child)["RssAnon"].split()[0])
    return total // _MEGABYTE


class Watch:
    """Looks ten times a second what this process and its children take.

    Attributes:
        memory: Highest resident memory of this process in MB.
        children: Highest sum of what the children have for themselves, in MB.
        threads: Most threads of this process.
        workers: Processes of sandboxes that were seen.
    """

    def __init__(self) -> None:
        self.memory = self.children = self.threads = 0
        self.workers: set[int] = set()
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._left.wait(0.1):
            fields = _status(os.getpid())
            self.memory = max(self.memory, int(fields["VmRSS"].split()[0]) // _MEGABYTE)
            self.threads = max(self.threads, int(fields["Threads"]))
            own = 0
            for child in _children(os.getpid()):
                with contextlib.suppress(OSError, KeyError):
                    # shared pages count once, with the process that they were copied from
                    own += int(_status(child)["RssAnon"].split()[0]) // _MEGABYTE
                    above = int(_status(child)["PPid"])
                    command = Path(f"/proc/{child}/cmdline").read_bytes()
                    if b"multivis.sandbox import worker" in command and above == os.getpid():
                        self.workers.add(child)
            self.children = max(self.children, own)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._thread.join()
