"""A plain subprocess per job: time, memory and output are bounded, nothing is kept out.

This is NOT a security boundary: the code can read files and use the network as its user can.
It exists for systems without Landlock and seccomp, and runs only when asked for.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
import weakref
from collections.abc import Mapping
from pathlib import Path

from multivis.cancellation import when_cancelled
from multivis.errors import SandboxError
from multivis.protocols import Run
from multivis.sandbox.folders import JobFolder, remove_tree
from multivis.sandbox.process import clean_environment, collect, python_command, write_job
from multivis.sandbox.results import frame_limit, read_run
from multivis.scratch import ScratchFolder
from multivis.settings import Limits

__all__ = ["SubprocessSandbox"]


class SubprocessSandbox:
    """Runs each job in a fresh interpreter with limits. Not a security boundary. Thread-safe.

    Args:
        limits: Defaults for `run`.
        cache_dir: Where Matplotlib's font cache is kept; a temporary folder when None.
        profile: ``"charts"``, or ``"volumes"``: the code gives back files alone.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        cache_dir: Path | None = None,
        profile: str = "charts",
    ) -> None:
        self._limits = limits or Limits()
        self._profile = profile
        scratch = ScratchFolder("sandbox")
        self._root = scratch.path
        self._configuration = (cache_dir or self._root) / "matplotlib"
        self._configuration.mkdir(parents=True, exist_ok=True)
        self._finalizer = weakref.finalize(self, _release, scratch, os.getpid())

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
            SandboxError: The sandbox was closed.
            OptionError: The name of an input leaves the working folder.
            SourceNotFoundError: An input does not exist.
        """
        if not self._finalizer.alive:
            raise SandboxError("The sandbox has been closed.", hint="Open another one.")
        limits = limits or self._limits
        folder = JobFolder(self._root, inputs or {})
        try:
            return self._run(folder, code, preset, limits)
        finally:
            folder.remove()

    def _run(self, folder: JobFolder, code: str, preset: str, limits: Limits) -> Run:
        """Start the interpreter, wait for it, end all that it started."""
        started = time.perf_counter()
        pipes = [*os.pipe(), *os.pipe()]
        result, result_in, report, report_in = pipes
        request = write_job(folder, code, preset, limits, self._profile) | {"report": report_in}
        process = subprocess.Popen(
            python_command(
                "run_once(int(sys.argv[2]), json.loads(sys.argv[3]))",
                result_in,
                json.dumps(request),
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[result_in, report_in],
            env=clean_environment(self._configuration),
            cwd=folder.work,
            start_new_session=True,
        )
        try:
            for pipe in (result_in, report_in):
                os.close(pipe)
                pipes.remove(pipe)
            with when_cancelled(process.kill):
                collected = collect(
                    result,
                    report,
                    limit=frame_limit(limits),
                    seconds=limits.code_seconds,
                    stop=lambda: _end(process),
                )
        finally:
            _end(process)
            for pipe in pipes:
                os.close(pipe)
        end = collected.end or {"exit": process.returncode}
        if collected.late:
            end = {**end, "reason": "timeout"}
        return read_run(
            collected.frame,
            end,
            folder.files(),
            code,
            limits,
            time.perf_counter() - started,
            chart=self._profile == "charts",
        )

    def close(self) -> None:
        """Remove the folder; closing twice is allowed."""
        self._finalizer()

    def __enter__(self) -> SubprocessSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group, and wait for it."""
    ended = process.poll() is not None
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if not ended:
        process.wait()


def _release(scratch: ScratchFolder, owner: int) -> None:
    """Remove the folder; not in a copy that `fork` made of the host."""
    if os.getpid() == owner:
        remove_tree(scratch.path)
        scratch.close()
