"""The strict sandbox: every job runs in a fresh, confined child of a warm process."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import threading
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multivis.cancellation import FairSlots, when_cancelled
from multivis.errors import SandboxError, SandboxUnavailableError
from multivis.protocols import Run, RunError
from multivis.sandbox.folders import JobFolder, remove_tree
from multivis.sandbox.process import (
    Collected,
    clean_environment,
    collect,
    python_command,
    widen,
    write_job,
)
from multivis.sandbox.results import frame_limit, read_run
from multivis.scratch import ScratchFolder
from multivis.settings import Limits

__all__ = ["ForkedSandbox"]

_START_SECONDS = 90.0
_GRACE_SECONDS = 20.0


class _Worker:
    """The warm process, seen from the host."""

    def __init__(self, root: Path, configuration: Path, profile: str) -> None:
        self._log = root / "worker.log"
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = python_command(
            "main(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5])",
            theirs.fileno(),
            os.getpid(),
            root,
            profile,
        )
        with theirs, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
                env=clean_environment(configuration),
                cwd=root,
                start_new_session=True,
            )
        self.powers = self._greet()

    def _greet(self) -> dict[str, Any]:
        """Wait until the libraries are imported; what the worker says it can do."""
        self._control.settimeout(_START_SECONDS)
        try:
            message = self._control.recv(100_000)
        except OSError:
            message = b""
        self._control.settimeout(None)
        if not message:
            self.stop()
            text = self._log.read_text(encoding="utf-8", errors="replace").strip()
            raise SandboxError(
                "The sandbox's worker did not start.",
                hint=text.splitlines()[-1][:500] if text else "Run 'multivis doctor'.",
            )
        greeting: dict[str, Any] = json.loads(message)
        return greeting

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def run(self, request: Mapping[str, Any], limits: Limits) -> Collected:
        """Run one job; any number of threads may call this at once."""
        pipes = [*os.pipe(), *os.pipe()]
        result, result_in, report, report_in = pipes
        name = secrets.token_hex(8)
        try:
            widen(result)
            message = json.dumps({**request, "name": name}).encode()
            try:
                socket.send_fds(self._control, [message], [result_in, report_in])
            except OSError:
                return Collected()  # the worker died; the caller starts another
            for pipe in (result_in, report_in):
                os.close(pipe)
                pipes.remove(pipe)
            try:
                with when_cancelled(lambda: self._cancel(name)):
                    return collect(
                        result,
                        report,
                        limit=frame_limit(limits),
                        seconds=limits.code_seconds + _GRACE_SECONDS,
                        stop=lambda: self._cancel(name),
                    )
            except BaseException:  # Ctrl-C while waiting: the job must not outlive the call
                self._cancel(name)
                collect(result, report, limit=frame_limit(limits), seconds=5.0, stop=lambda: None)
                raise
        finally:
            for pipe in pipes:
                os.close(pipe)

    def _cancel(self, name: str) -> None:
        """Ask the worker to end a job."""
        with contextlib.suppress(OSError):
            self._control.send(json.dumps({"cancel": name}).encode())

    def stop(self) -> None:
        """End the worker; its children end with it."""
        with contextlib.suppress(OSError):
            self._control.send(b'{"dismiss": true}', socket.MSG_DONTWAIT)
        self._control.close()
        try:
            self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _State:
    """What must be given back when the sandbox is closed or collected."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self.process = os.getpid()
        self.scratch: ScratchFolder | None = None
        self.worker: _Worker | None = None

    @property
    def root(self) -> Path | None:
        """The private folder for the jobs, once there is one."""
        return None if self.scratch is None else self.scratch.path

    def release(self) -> None:
        """Stop the worker and remove the folder; not in a copy that `fork` made of the host."""
        if os.getpid() != self.process:
            return
        with self._lock:  # a worker that is being started is waited for
            worker, self.worker = self.worker, None
            if worker is not None:
                worker.stop()
            scratch, self.scratch = self.scratch, None
            if scratch is not None:
                remove_tree(scratch.path)
                scratch.close()


class ForkedSandbox:
    """Runs each job in a confined child, forked from a process that has the libraries loaded.

    A child has namespaces of its own where the system allows it, sees only its folder and the
    installed packages (Landlock), and can open no socket, start no process and signal nobody
    (seccomp). Memory, time, threads, disk and output are bounded. Thread-safe.

    Args:
        limits: Defaults for `run`.
        cache_dir: Where Matplotlib's font cache is kept between starts; a temporary folder when
            it is None or cannot be written.
        jobs: Most jobs at once; by default one more than there are processors, at most 8.
        profile: ``"charts"``, or ``"volumes"``: with VTK loaded, and giving back files alone.

    Raises:
        SandboxUnavailableError: The system has no Landlock or no seccomp.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        cache_dir: Path | None = None,
        jobs: int | None = None,
        profile: str = "charts",
    ) -> None:
        from multivis.sandbox.abilities import powers

        _require_strict(powers(probe=False))
        self._limits = limits or Limits()
        self._cache_dir = cache_dir
        self._profile = profile
        self._slots = FairSlots(jobs or min(8, (os.cpu_count() or 1) + 1))
        self._lock = threading.RLock()
        self._closed = False
        self._state = _State(self._lock)
        self._finalizer = weakref.finalize(self, self._state.release)

    def warm(self) -> None:
        """Start the worker in the background, so that the first job need not wait for it."""

        def start() -> None:
            with contextlib.suppress(SandboxError):  # the first job will raise it in its place
                self._worker()

        threading.Thread(target=start, name="multivis-sandbox-warm", daemon=True).start()

    def run(
        self,
        code: str,
        inputs: Mapping[str, Path | bytes] | None = None,
        limits: Limits | None = None,
        *,
        preset: str = "",
    ) -> Run:
        """Run code and collect the chart it leaves (see `multivis.protocols.Sandbox`).

        Raises:
            SandboxError: The sandbox was closed, or its worker does not start.
            OptionError: The name of an input leaves the working folder.
            SourceNotFoundError: An input does not exist.
        """
        limits = limits or self._limits
        with self._slots.taken():
            self._worker()
            root = self._state.root
            if root is None:
                raise _closed()
            try:
                folder = JobFolder(root, inputs or {})
            except FileNotFoundError as error:  # closed by another thread just now
                raise _closed() from error
            try:
                return self._run(folder, code, preset, limits)
            finally:
                folder.remove()

    def _run(self, folder: JobFolder, code: str, preset: str, limits: Limits) -> Run:
        """Run a job in its folder; once more when the worker died under it."""
        started = time.perf_counter()
        for _ in range(2):
            worker = self._worker()
            request = write_job(folder, code, preset, limits, self._profile)
            request["readable"] = [*folder.readable, str(self._configuration())]
            collected = worker.run(request, limits)
            if collected.end is not None:
                seconds = time.perf_counter() - started
                return read_run(
                    collected.frame,
                    collected.end,
                    folder.files(),
                    code,
                    limits,
                    seconds,
                    chart=self._profile == "charts",
                )
            self._discard(worker)
        return Run(
            error=RunError("worker", "The sandbox's worker died twice while the code ran."),
            seconds=time.perf_counter() - started,
        )

    def _worker(self) -> _Worker:
        """The warm process; started when there is none or it died."""
        with self._lock:
            if self._closed:
                raise _closed()
            if self._state.process != os.getpid():  # a copy of the host that `fork` made
                self._finalizer.detach()
                self._state = _State(self._lock)
                self._finalizer = weakref.finalize(self, self._state.release)
            state = self._state
            if state.worker is not None and not state.worker.alive:
                state.worker.stop()
                state.worker = None
            if state.worker is None:
                root = state.root
                if root is None or not root.is_dir():
                    state.scratch = _make_root()
                    root = state.scratch.path
                state.worker = _Worker(root, self._configuration(), self._profile)
                try:
                    _require_strict(state.worker.powers)
                except SandboxUnavailableError:
                    state.worker.stop()
                    state.worker = None
                    raise
            return state.worker

    def _configuration(self) -> Path:
        """Folder of Matplotlib's font cache."""
        if self._cache_dir is not None:
            folder = self._cache_dir / "matplotlib"
            with contextlib.suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                if os.access(folder, os.W_OK):
                    return folder.resolve()
        root = self._state.root
        if root is None:
            raise _closed()
        folder = root / "matplotlib"
        folder.mkdir(exist_ok=True)
        return folder

    def _discard(self, worker: _Worker) -> None:
        """Drop a worker that failed, so that the next call starts another."""
        with self._lock:
            if self._state.worker is worker:
                self._state.worker = None
        worker.stop()

    def powers(self) -> dict[str, object]:
        """What the running worker found this system to offer."""
        return dict(self._worker().powers)

    def close(self) -> None:
        """Stop the worker; jobs that run end with it. Closing twice is allowed."""
        with self._lock:
            self._closed = True
            self._finalizer()

    def __enter__(self) -> ForkedSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _require_strict(powers: Mapping[str, Any]) -> None:
    """Raise when a system lacks the minimum of a strict sandbox."""
    if powers["strict"]:
        return
    raise SandboxUnavailableError(
        f"Generated code cannot be confined on this system: {powers['problem']}.",
        hint=(
            "If you trust the model that writes the code, choose settings.sandbox='subprocess', "
            "which limits time and memory but is no security boundary."
        ),
    )


def _make_root() -> ScratchFolder:
    """A private folder for the jobs of one sandbox."""
    try:
        return ScratchFolder("sandbox")
    except OSError as error:
        raise SandboxError(
            f"The sandbox has no temporary folder: {error}.", hint="Free space or set TMPDIR."
        ) from error


def _closed() -> SandboxError:
    return SandboxError("The sandbox has been closed.", hint="Open another one.")
