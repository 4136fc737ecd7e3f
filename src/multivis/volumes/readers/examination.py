"""Files that VTK reads are read by another process first: a damaged one may end its reader.

VTK's readers, and the libraries below them, trust what a file says of itself: cells that name
points that are not there, or sizes that no memory holds, end the process instead of being an
error. A helper process tries each file; only one that it survives is read here.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, TextIO

from multivis import errors
from multivis.errors import MultiVisError, SourceFormatError

__all__ = ["examine", "require_sound"]

SECONDS = 600.0
"""A helper that needs longer for one file is ended."""

_KNOWN = 256
_LOCK = threading.Lock()
_HELPER: list[subprocess.Popen[str]] = []
_PASSED: OrderedDict[tuple[str, int, int, int, int], None] = OrderedDict()
_INSIDE = "MULTIVIS_EXAMINES_VOLUMES"


def examine(path: Path, what: str, cells: int, step: int = 0) -> None:
    """Return when a file can be read without harm.

    Args:
        path: With one of VTK's suffixes.
        what: The format, for messages.
        cells: Limit of what is kept of image data.
        step: Time step.

    Raises:
        MultiVisError: The error that reading it raised in the helper.
        SourceFormatError: The helper ended over it.
    """
    if os.environ.get(_INSIDE):
        return
    facts = path.stat()
    key = (str(path.resolve()), facts.st_mtime_ns, facts.st_size, cells, step)
    with _LOCK:
        if key in _PASSED:
            _PASSED.move_to_end(key)
            return
        answer = _asked({"path": str(path), "cells": cells, "step": step})
        if answer is not None and "error" not in answer:
            _PASSED[key] = None
            if len(_PASSED) > _KNOWN:
                _PASSED.popitem(last=False)
            return
    if answer is None:
        raise SourceFormatError(
            f"{path.name} cannot be read as {what}: it made the reader fail.",
            hint="The file is damaged or of another kind.",
        )
    kind = getattr(errors, str(answer["error"]), SourceFormatError)
    raise kind(str(answer["message"]), hint=str(answer["hint"]))


def _asked(request: dict[str, Any]) -> dict[str, Any] | None:
    """What the helper answers; None when it ended over the file. Holds the lock."""
    helper = _helper()
    watch = threading.Timer(SECONDS, helper.kill)
    watch.daemon = True
    watch.start()
    try:
        assert helper.stdin is not None and helper.stdout is not None  # both are pipes
        helper.stdin.write(json.dumps(request) + "\n")
        helper.stdin.flush()
        line = helper.stdout.readline()
    except OSError:
        line = ""
    finally:
        watch.cancel()
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        _stop()
        return None
    return found


def _helper() -> subprocess.Popen[str]:
    """The helper process, started when there is none or it ended."""
    if _HELPER and _HELPER[0].poll() is not None:
        _stop()
    if not _HELPER:
        _HELPER.append(
            subprocess.Popen(
                [sys.executable, "-c", f"from {__name__} import serve; serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env={**os.environ, _INSIDE: "1", "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        )
        atexit.register(_stop)
    return _HELPER[0]


def _stop() -> None:
    """End the helper, if there is one."""
    atexit.unregister(_stop)
    while _HELPER:
        helper = _HELPER.pop()
        helper.kill()
        helper.wait()
        for pipe in (helper.stdin, helper.stdout):
            if pipe is not None:
                pipe.close()


def serve() -> None:
    """Answer one line of JSON for each line that names a file, until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)  # libraries that print must not be taken for answers
    _limit_memory()
    for line in sys.stdin:
        _answer(json.loads(line), answers)


def _answer(request: dict[str, Any], answers: TextIO) -> None:
    from multivis.settings import Limits
    from multivis.volumes.readers.vtk_files import EXODUS, exodus_times, read_vtk_file

    path = Path(request["path"])
    answer: dict[str, Any] = {}
    try:
        if path.suffix.lower() in EXODUS:
            exodus_times(path)
        read_vtk_file(path, Limits(volume_cells=request["cells"]), step=request["step"])
    except MultiVisError as error:
        answer = {
            "error": type(error).__name__,
            "message": error.args[0] if error.args else str(error),
            "hint": getattr(error, "hint", "") or "",
        }
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _limit_memory() -> None:
    """Sizes that this machine's memory cannot hold fail here at once, and not by swapping."""
    try:
        import resource

        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        resource.setrlimit(resource.RLIMIT_AS, (whole, whole))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):  # not on this system
        return


# ── what was read ───────────────────────────────────────────────────────────────────────────


def require_sound(data: Any, name: str) -> None:
    """Raise unless cells name points that are there and every array has all of its values.

    Raises:
        SourceFormatError: They do not; filters would read beyond the ends of arrays.
    """
    points, cells = data.GetNumberOfPoints(), data.GetNumberOfCells()
    if points and not all(math.isfinite(bound) for bound in data.GetBounds()):
        raise _unsound(name, "its points lie at no place")
    for attributes, count in ((data.GetPointData(), points), (data.GetCellData(), cells)):
        for index in range(attributes.GetNumberOfArrays()):
            array = attributes.GetAbstractArray(index)
            if array is not None and array.GetNumberOfTuples() != count:
                raise _unsound(name, "an array has too few or too many values")
    for getter in ("GetVerts", "GetLines", "GetPolys", "GetStrips", "GetCells"):
        if hasattr(data, getter):
            _require_cells(getattr(data, getter)(), points, name)


def _require_cells(cells: Any, points: int, name: str) -> None:
    """The points of cells are there, and the cells lie one after the other."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy

    if cells is None or not hasattr(cells, "GetConnectivityArray") or not cells.GetNumberOfCells():
        return
    ids = vtk_to_numpy(cells.GetConnectivityArray())
    offsets = vtk_to_numpy(cells.GetOffsetsArray())
    if len(ids) and (int(ids.min()) < 0 or int(ids.max()) >= points):
        raise _unsound(name, "cells name points that are not there")
    if int(offsets[0]) != 0 or int(offsets[-1]) > len(ids) or bool((np.diff(offsets) < 0).any()):
        raise _unsound(name, "its cells are out of order")


def _unsound(name: str, what: str) -> SourceFormatError:
    return SourceFormatError(
        f"{name} is damaged: {what}.", hint="Get the file again, or write it anew."
    )
