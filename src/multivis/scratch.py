"""Temporary folders that do not outlive their process, even when it is killed.

A folder is locked for as long as its process lives; the lock goes with the process, however it
ends. Whoever makes the next folder removes those that nobody holds any more.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

__all__ = ["ScratchFolder", "remove_own"]

_YOUNG = 60.0  # seconds: a folder may have been made and not be locked yet
_open: dict[Path, int] = {}  # folders that were made and not closed, and by which process


class ScratchFolder:
    """A private temporary folder.

    Args:
        kind: What it is for; the folder is called ``multivis-<kind>-…``.

    Attributes:
        path: The folder.

    Raises:
        OSError: No temporary folder can be made.
    """

    def __init__(self, kind: str) -> None:
        prefix = f"multivis-{kind}-"
        _remove_abandoned(prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        self._lock = _hold(self.path)
        _open[self.path] = os.getpid()

    def close(self) -> None:
        """Remove the folder and all in it; twice is allowed."""
        shutil.rmtree(self.path, ignore_errors=True)
        _open.pop(self.path, None)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def remove_own() -> None:
    """Remove the folders of this process that were not closed: it is about to end at once."""
    for folder, process in list(_open.items()):
        if process == os.getpid():
            with contextlib.suppress(RecursionError):  # filled by hostile code: its worker does it
                shutil.rmtree(folder, ignore_errors=True)


def _hold(folder: Path) -> int | None:
    """Lock a folder; None if another process holds it, or nothing can be locked."""
    try:
        import fcntl
    except ImportError:  # Windows: nothing is locked, and nothing is removed for others
        return None
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_abandoned(prefix: str) -> None:
    """Remove the folders of processes that were killed; only one's own, never a link."""
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            if not _may_be_abandoned(folder):
                continue
            lock = _hold(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _may_be_abandoned(folder: Path) -> bool:
    """Whether a folder is one's own and no longer new."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or facts.st_uid == os.getuid()
    return stat.S_ISDIR(facts.st_mode) and mine and time.time() - facts.st_mtime > _YOUNG
