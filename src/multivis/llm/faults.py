"""What a provider's fault means, whichever client library it comes from.

Nothing of a provider is imported: LangChain's own classes, the HTTP status and the names of
the exceptions say enough.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from multivis.errors import CredentialError, MultiVisError, OptionError, ProviderError
from multivis.rules.ruling import shorten
from multivis.state import Failure, FailureKind

__all__ = ["classify_fault", "fault_as_failure", "retry_after"]

_TRANSIENT_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 524, 529})
_TRANSIENT_NAMES = (
    "Timeout",
    "Connection",
    "ConnectError",
    "ReadError",
    "WriteError",
    "RemoteProtocolError",
    "IncompleteRead",
    "RateLimit",
    "ServiceUnavailable",
    "InternalServerError",
    "Overloaded",
)
_CONTEXT_WORDS = ("context_length", "context length", "maximum context", "prompt is too long")


def classify_fault(error: BaseException, name: str = "the model") -> MultiVisError:
    """The multivis error for whatever a model raised.

    Rate limits, server errors, timeouts and lost connections are transient. A context that is
    too long, a request the provider does not accept, and a defect of the model's own code are
    not. A refused key is a `CredentialError`, an unknown model name an `OptionError`.

    Args:
        error: What was raised.
        name: How a person names the model.
    """
    if isinstance(error, MultiVisError):
        return error
    status = _status(error)
    kinds = _class_names(error)
    text = shorten(_message(error), 300)
    if "ContextOverflowError" in kinds or any(word in text.lower() for word in _CONTEXT_WORDS):
        return ProviderError(
            f"The messages are too long for {name}: {text}",
            transient=False,
            hint="Lower schema_characters or observation_characters, or use a larger model.",
        )
    if status in (401, 403) or _any(kinds, "Authentication", "PermissionDenied"):
        return CredentialError(
            f"The provider of {name} did not accept the key: {text}",
            hint="Set the provider's key in the environment; multivis doctor shows its name.",
        )
    if status == 404 or _any(kinds, "NotFound"):
        return OptionError(
            f"The provider does not know {name}: {text}",
            hint="Give a model as 'provider:name' with a name that the provider offers.",
        )
    if status == 429 or _any(kinds, "RateLimit"):
        if "insufficient_quota" in text:
            return ProviderError(
                f"The quota for {name} is used up: {text}",
                transient=False,
                hint="Add credit at the provider, or choose another model.",
            )
        return ProviderError(f"The provider of {name} limits the rate: {text}", transient=True)
    if status is not None:
        transient = status in _TRANSIENT_STATUS or status >= 500
        return ProviderError(
            f"The provider of {name} answered with HTTP {status}: {text}", transient=transient
        )
    if isinstance(error, TimeoutError) or _any(kinds, "Timeout"):
        return ProviderError(f"{name} did not answer in time: {text}", transient=True)
    if isinstance(error, ConnectionError) or _any(kinds, *_TRANSIENT_NAMES):
        return ProviderError(f"The connection to {name} failed: {text}", transient=True)
    if isinstance(error, json.JSONDecodeError) or _any(kinds, "APIResponseValidation"):
        return ProviderError(f"The provider of {name} sent no valid JSON: {text}", transient=True)
    if getattr(error, "retryable", False) is True:
        return ProviderError(f"The provider of {name} failed: {text}", transient=True)
    return ProviderError(
        f"{name} failed with {type(error).__name__}: {text}",
        transient=False,
        hint="Choose another model, or report this to whoever maintains it.",
    )


def retry_after(error: BaseException | None) -> float | None:
    """Seconds that the provider asks to wait, from its headers; None if it does not say."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    if headers is None:
        return None
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None or not value:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def fault_as_failure(error: ProviderError, cause: BaseException | None = None) -> Failure:
    """The error as a record for EH-2, with the wait that the provider asks for."""
    detail: dict[str, Any] = {"transient": error.transient}
    wait = retry_after(cause)
    if wait is not None:
        detail["retry_after"] = wait
    return Failure(kind=FailureKind.PROVIDER, where="model", message=error.message, detail=detail)


def _number(text: Any) -> float | None:
    """A number of seconds that is not negative, or None."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if 0 <= value < 1e9 else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__


def _class_names(error: BaseException) -> set[str]:
    """Names of the classes of the error and of what caused it."""
    return {cls.__name__ for link in _chain(error) for cls in type(link).__mro__}


def _any(kinds: set[str], *words: str) -> bool:
    return any(word in kind for kind in kinds for word in words)


def _status(error: BaseException) -> int | None:
    """The HTTP status, wherever the client keeps it."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "http_status", "code"):
            value = getattr(holder, name, None)
            if isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600:
                return value
    return None


def _message(error: BaseException) -> str:
    """What the error says; its class when it says nothing."""
    return str(getattr(error, "message", "") or error) or type(error).__name__
