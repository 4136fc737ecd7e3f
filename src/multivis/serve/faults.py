"""From an error to what a client is told: a status, one sentence, a next step. Never a trace."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from multivis.errors import (
    InputError,
    ModelError,
    MultiVisError,
    OptionError,
    SandboxUnavailableError,
)

__all__ = [
    "BusyError",
    "ConflictError",
    "NotFoundError",
    "problem_of",
]

_log = logging.getLogger("multivis.serve")


class NotFoundError(OptionError):
    """There is no such run, result, upload or source."""


class ConflictError(OptionError):
    """The run is being worked on by another request."""


class BusyError(MultiVisError):
    """Too many runs at once, or the server is about to end."""


def problem_of(error: BaseException) -> tuple[int, dict[str, Any]]:
    """HTTP status and body for an error.

    An error that multivis raised on purpose is told as it is. Any other one is a defect: it is
    logged with its trace under a number, and the client is told the number.
    """
    if isinstance(error, MultiVisError):
        body = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
        return _status(error), body
    number = uuid.uuid4().hex[:12]
    _log.error("Defect %s", number, exc_info=error)
    return 500, {
        "error": "InternalError",
        "message": "Something went wrong inside multivis; this is a defect.",
        "hint": f"The operator finds the details in the log under {number}.",
    }


def _status(error: MultiVisError) -> int:
    from multivis.serve.uploads import UploadTooLargeError

    if isinstance(error, NotFoundError):
        return 404
    if isinstance(error, ConflictError):
        return 409
    if isinstance(error, UploadTooLargeError):
        return 413
    if isinstance(error, InputError):
        return 422
    if isinstance(error, BusyError | SandboxUnavailableError):
        return 503
    return 502 if isinstance(error, ModelError) else 500
