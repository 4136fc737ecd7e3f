"""The warm process that jobs are forked from.

Started by the host as a fresh program (never forked from it: the host may have threads). It
imports the chart libraries once, then forks a child per job, watches time, threads and disk, and
reports how each ended. It runs no generated code itself.

The host talks to it over one socket pair, one message a job: JSON plus two pipes, one for the
result (held by the child) and one for the report (held here).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from multivis.sandbox import confinement
from multivis.sandbox.folders import remove_tree
from multivis.sandbox.harness import Job, execute, failed

__all__ = ["main", "print_powers", "run_once"]

_TICK_MILLISECONDS = 50
_FILE_BYTES = 64_000_000
_FOLDER_BYTES = 256_000_000
_FOLDER_ENTRIES = 5_000
_THREADS = 64
_FIRST = ("numpy", "pandas", "altair")
_LATER = (
    "sqlite3",
    "pyarrow.feather",
    "pyarrow.parquet",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "plotly.graph_objects",
    "plotly.express",
    "plotly.io",
    "multivis.sandbox.matplotlib_figure",
)


#: What is imported before the first job, and what while nothing is asked for. VTK draws in
#: the child alone: a context of OpenGL does not survive a fork.
_PROFILES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "charts": (_FIRST, _LATER),
    "volumes": (("numpy", "vtkmodules.all", "multivis.volumes.module_worker"), ()),
}


@dataclass
class _Running:
    """A job that runs: its process, the pipe for the report, and its bounds."""

    name: str
    pid: int
    handle: int
    report: int
    folder: str
    seconds: float
    started: float = field(default_factory=time.monotonic)
    reason: str = ""


# ── warming up ──────────────────────────────────────────────────────────────────────────────


def _import(name: str) -> None:
    """Import a library; one that is not installed is left out."""
    with contextlib.suppress(ImportError):
        importlib.import_module(name)


def _warm_altair() -> None:
    """Draw one chart, so that Altair's schemas are compiled before the first job."""
    if "altair" not in sys.modules or "pandas" not in sys.modules:
        return
    import altair
    import pandas

    frame = pandas.DataFrame({"a": ["x", "y"], "b": [1, 2]})
    chart = altair.Chart(frame).mark_bar().encode(x=altair.X("a:N").sort("-y"), y="b:Q", color="a")
    (chart + chart.mark_text().encode(text="b:Q")).properties(title="a").to_dict()


def _warm_matplotlib() -> None:
    """Draw one figure, so that fonts are found before the first job."""
    if "matplotlib.pyplot" not in sys.modules:
        return
    import io

    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([1, 2], label="a")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png")
    plt.close(figure)


# ── one job, in the child ───────────────────────────────────────────────────────────────────


def _limits(request: dict[str, Any]) -> confinement.Limits:
    """The resource limits of a request."""
    return confinement.Limits(
        memory=int(request["memory"]),
        seconds=float(request["seconds"]),
        file_bytes=_FILE_BYTES,
        threads=_THREADS,
    )


def _read_job(request: dict[str, Any]) -> Job:
    """The job's code, which the host left beside the working folder."""
    path = Path(request["folder"]) / "job.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    return Job(
        code=content["code"],
        preset=content["preset"],
        output=int(request["output"]),
        spec_bytes=int(request["spec_bytes"]),
        chart=bool(request["chart"]),
    )


def _settle(folder: str) -> None:
    """Give the process its own folder, home and seeds: the same code always runs the same."""
    os.chdir(Path(folder) / "work")
    home = str(Path(folder) / "home")
    os.environ.update(HOME=home, TMPDIR=home)
    os.umask(0o077)
    random.seed(0)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(0)


def _write_all(descriptor: int, content: bytes) -> None:
    """Write everything; a reader that went away ends it."""
    view = memoryview(content)
    with contextlib.suppress(BrokenPipeError):
        while view:
            view = view[os.write(descriptor, view) :]


def _child(request: dict[str, Any], result: int, guard: confinement.Confinement) -> None:
    """Confine this process, run the job, send the result. Never returns."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.dup2(result, 3)
    with contextlib.suppress(OSError):  # when the system runs out of memory, the job goes first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    os.closerange(4, max(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 4_096))
    try:
        job = _read_job(request)
        _settle(request["folder"])
        guard.enter(
            _limits(request),
            readable=[*request["readable"], *confinement.readable_paths()],
            writable=[request["folder"]],
        )
    except Exception as error:
        _write_all(3, failed("worker", f"The sandbox could not be entered: {error}"))
        os._exit(1)
    _write_all(3, execute(job))
    os._exit(0)


# ── the warm parent ─────────────────────────────────────────────────────────────────────────


class _Parent:
    """Takes requests, forks children, watches them, reports."""

    def __init__(self, control: socket.socket, host: int, profile: str) -> None:
        self._control = control
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._host = os.pidfd_open(host)
        self._poll.register(self._host, select.POLLIN)
        self._guard = confinement.Confinement()
        self._running: dict[int, _Running] = {}
        self._first, self._later = _PROFILES[profile][0], [*_PROFILES[profile][1]]
        self.orphaned = False

    def serve(self) -> None:
        """Serve until the host closes the socket or dies."""
        for name in self._first:
            _import(name)
        _warm_altair()
        try:
            self._control.send(json.dumps(self._guard.powers()).encode())
        except BrokenPipeError:
            self.orphaned = True
            return
        while True:
            wait = _TICK_MILLISECONDS if self._running else None
            # an import can take a second, and so long a job could be neither watched nor ended
            imports = bool(self._later) and not self._running
            if imports:
                wait = 0
            events = self._poll.poll(wait)
            for descriptor, _ in events:
                if descriptor == self._host:
                    self.orphaned = True
                    return
                if descriptor == self._control.fileno():
                    if not self._accept():
                        return
                else:
                    self._settled(descriptor)
            self._watch()
            if not events and imports:
                self._import_next()

    def _import_next(self) -> None:
        """While nothing is asked for, import what a later job may want."""
        _import(self._later.pop(0))
        if not self._later:
            _warm_matplotlib()
            gc.collect()
            gc.freeze()  # children do not copy pages for the collector's marks

    def _accept(self) -> bool:
        """Start one job; False when the host has gone."""
        message, descriptors, _, _ = socket.recv_fds(self._control, 1_000_000, 2)
        if not message:
            self.orphaned = True
            return False
        request = json.loads(message)
        if "dismiss" in request:
            return False
        if "cancel" in request:
            for job in list(self._running.values()):
                if job.name == request["cancel"]:
                    self._kill(job, "cancelled")
            return True
        result, report = descriptors
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                confinement.die_with_parent(parent)
                _child(request, result, self._guard)
            finally:
                os._exit(1)
        os.close(result)
        handle = os.pidfd_open(pid)
        job = _Running(
            request["name"], pid, handle, report, request["folder"], float(request["seconds"])
        )
        self._running[handle] = self._running[report] = job
        self._poll.register(handle, select.POLLIN)
        self._poll.register(report, 0)  # an error event: the host no longer listens
        return True

    def _settled(self, descriptor: int) -> None:
        """A job ended, or the host gave it up."""
        job = self._running.get(descriptor)
        if job is None:
            return
        if descriptor == job.report:
            self._poll.unregister(job.report)
            self._kill(job, "cancelled")
            return
        _, status, usage = os.wait4(job.pid, 0)
        with contextlib.suppress(KeyError):
            self._poll.unregister(job.report)
        self._poll.unregister(job.handle)
        report = {
            "exit": os.waitstatus_to_exitcode(status),
            "reason": job.reason,
            "peak": usage.ru_maxrss * 1024,
            "processor": usage.ru_utime + usage.ru_stime,
        }
        _write_all(job.report, json.dumps(report).encode())
        for open_descriptor in (job.report, job.handle):
            self._running.pop(open_descriptor)
            os.close(open_descriptor)

    @staticmethod
    def _kill(job: _Running, reason: str) -> None:
        """End a job; its process is not reaped yet, so its id is still its own."""
        job.reason = job.reason or reason
        signal.pidfd_send_signal(job.handle, signal.SIGKILL)

    def end_jobs(self) -> None:
        """End what still runs and wait for it."""
        for pid, handle in {(job.pid, job.handle) for job in self._running.values()}:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _watch(self) -> None:
        """Bound what the kernel does not bound by itself."""
        for job in {id(job): job for job in self._running.values()}.values():
            elapsed = time.monotonic() - job.started
            if job.reason or elapsed < _TICK_MILLISECONDS / 1_000:
                continue
            if elapsed > job.seconds:
                self._kill(job, "timeout")
            elif _thread_count(job.pid) > _THREADS:
                self._kill(job, "threads")
            elif _is_overfull(job.folder):
                self._kill(job, "disk")


def _thread_count(pid: int) -> int:
    """Threads of a process; 0 when it has gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(text.rpartition(")")[2].split()[17])


def _is_overfull(folder: str) -> bool:
    """Whether a job's folder holds too many bytes or entries. Links are not followed."""
    size = entries = 0
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as listed:
                for entry in listed:
                    entries += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if size > _FOLDER_BYTES or entries > _FOLDER_ENTRIES:
                        return True
        except FileNotFoundError:
            continue  # removed by the job in the meantime
        except OSError:
            return True  # a name that is too long, a folder that was closed: not a chart's doing
    return False


# ── entry points ────────────────────────────────────────────────────────────────────────────


def main(control: int, host: int, root: str, profile: str = "charts") -> None:
    """Serve jobs from the socket `control` until the process `host` ends.

    The folder `root` is removed when the host went without a word: killed, it cannot do it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = _Parent(socket.socket(fileno=control), host, profile)
    try:
        parent.serve()
    finally:
        parent.end_jobs()
        if parent.orphaned:
            remove_tree(Path(root))
        os._exit(0)


def run_once(result: int, request: dict[str, Any]) -> None:
    """Run one job in this process under resource limits alone (`SubprocessSandbox`)."""
    job = _read_job(request)
    _import("numpy")  # its random numbers are seeded next
    _settle(request["folder"])
    confinement.set_limits(_limits(request))
    _write_all(result, execute(job))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _write_all(
        int(request["report"]), json.dumps({"peak": peak * 1024, "exit": 0, "reason": ""}).encode()
    )
    os._exit(0)


def print_powers() -> None:
    """Print what this system offers, as JSON (`multivis.sandbox.abilities.powers`)."""
    print(json.dumps(confinement.Confinement().powers()))
