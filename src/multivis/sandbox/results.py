"""From a job's bytes and its end to a `Run`. Nothing that a job sent is trusted."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

from multivis.protocols import Run, RunError
from multivis.sandbox.wire import WireError, decode, load_json
from multivis.settings import Limits
from multivis.state import FailureKind

__all__ = ["frame_limit", "read_run"]

_KINDS = frozenset(
    {
        FailureKind.SYNTAX,
        FailureKind.EXECUTION,
        FailureKind.MISSING_FIELD,
        FailureKind.TIMEOUT,
        FailureKind.MEMORY,
        FailureKind.OUTPUT,
        FailureKind.REFUSED,
        FailureKind.NO_CHART,
        "worker",
    }
)
_MESSAGE_CHARACTERS = 2_000
_PNG = b"\x89PNG\r\n\x1a\n"


def _header_limit(limits: Limits) -> int:
    """Longest header: the output, escaped, and the error."""
    return 6 * limits.code_output + 200_000


def frame_limit(limits: Limits) -> int:
    """Most bytes that are read from a job."""
    return _header_limit(limits) + 2 * limits.spec_bytes + 1_000


def read_run(
    frame: bytes | None,
    end: Mapping[str, Any],
    files: Mapping[str, bytes],
    code: str,
    limits: Limits,
    seconds: float,
    *,
    chart: bool = True,
) -> Run:
    """Build the `Run`.

    Args:
        frame: What the job sent; None when it sent more than `frame_limit`.
        end: How its process ended: ``exit``, ``reason``, ``peak``.
        files: Files that it wrote.
        code: The code that ran, for the text of the line of an error.
        limits: The limits that it ran under.
        seconds: Wall time that the host measured.
        chart: Whether the code was to leave a chart; else its files are all that it gives back.
    """
    peak = int(end.get("peak", 0))
    reason = str(end.get("reason", ""))
    if frame is None:
        error = RunError("output", "The code gave back more than a chart may hold.")
        return Run(error=error, seconds=seconds, peak_memory=peak)
    if reason:
        return Run(error=_stopped(reason, limits), seconds=seconds, peak_memory=peak)
    if not frame:
        error = _died(int(end.get("exit", 0)), peak, limits)
        return Run(error=error, seconds=seconds, peak_memory=peak)
    try:
        return _parse(frame, files, code, limits, seconds, peak, chart)
    except WireError as problem:
        error = RunError("execution", f"The code disturbed the way its result is sent: {problem}.")
        return Run(error=error, seconds=seconds, peak_memory=peak)


def _stopped(reason: str, limits: Limits) -> RunError:
    """Why the worker ended a job."""
    if reason == "timeout":
        message = f"The code ran longer than {limits.code_seconds:g} seconds and was stopped."
        return RunError("timeout", message)
    if reason == "threads":
        return RunError("refused", "The code started too many threads and was stopped.")
    if reason == "disk":
        return RunError("output", "The code wrote too many files or bytes and was stopped.")
    return RunError("worker", f"The job was stopped: {reason}.")


def _died(code: int, peak: int, limits: Limits) -> RunError:
    """Why a process ended without a result."""
    if code >= 0:
        return RunError("execution", f"The code ended its process (exit code {code}).")
    if -code == signal.SIGXCPU:
        return RunError("timeout", "The code used more processor time than it may.")
    if -code == signal.SIGKILL or peak > limits.code_memory // 2:
        return RunError("memory", f"The code needed more than {limits.code_memory:,} bytes.")
    if -code == signal.SIGXFSZ:
        return RunError("output", "The code wrote a file that is too large.")
    return RunError("execution", f"The process of the code died (signal {-code}).")


def _text(value: object, limit: int) -> str:
    """Text that can be printed and encoded, cut at a limit."""
    if not isinstance(value, str):
        raise WireError("a text of the result is not text")
    return value[:limit].encode("utf-8", "replace").decode("utf-8")


def _parse(
    frame: bytes,
    files: Mapping[str, bytes],
    code: str,
    limits: Limits,
    seconds: float,
    peak: int,
    chart: bool,
) -> Run:
    """Check every field of a frame."""
    header, parts = decode(frame, header_bytes=_header_limit(limits))
    stdout = _text(header.get("stdout", ""), limits.code_output)
    if header.get("error") is not None:
        error = _parse_error(header["error"], code)
        return Run(stdout=stdout, files=files, error=error, seconds=seconds, peak_memory=peak)
    library = header.get("library")
    expected: dict[str, set[str]] = {"none": set()}
    if chart:
        expected = {"altair": {"spec"}, "plotly": {"figure"}, "matplotlib": {"image", "figure"}}
    if not isinstance(library, str) or expected.get(library) != set(parts):
        raise WireError("the chart does not fit its library")
    if any(len(part) > limits.spec_bytes for part in parts.values()):
        raise WireError("a part of the result is too large")
    image = parts.get("image")
    if image is not None and not image.startswith(_PNG):
        raise WireError("the picture is not a PNG")
    return Run(
        library=library,
        spec=load_json(parts["spec"]) if "spec" in parts else None,
        figure=load_json(parts["figure"]) if "figure" in parts else None,
        image=image,
        files=files,
        stdout=stdout,
        seconds=seconds,
        peak_memory=peak,
    )


def _parse_error(value: object, code: str) -> RunError:
    """Check the error that a job reports. The text of the line is taken from our own copy."""
    if not isinstance(value, dict) or value.get("kind") not in _KINDS:
        raise WireError("the error of the result is not one")
    line = value.get("line")
    lines = code.splitlines()
    if type(line) is not int or not 1 <= line <= len(lines) + 1:
        line = None
    return RunError(
        kind=str(value["kind"]),
        message=_text(value.get("message"), _MESSAGE_CHARACTERS),
        line=line,
        source_line=lines[line - 1] if line and line <= len(lines) else None,
    )
