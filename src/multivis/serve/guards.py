"""What stands before every route: who asks, from where, with how much; and what errors become.

It works on the routes themselves and not on the application, so that `add_routes` can put them
into somebody else's.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from multivis.serve.faults import problem_of
from multivis.serve.service import Service

__all__ = ["guarded_route", "problem_response", "right_token"]

_OPEN = ("/health", "/ready")


def problem_response(error: BaseException) -> JSONResponse:
    """The answer for an error: status and one sentence."""
    status, body = problem_of(error)
    headers = {"Retry-After": "5"} if status == 503 else None
    return JSONResponse(body, status, headers)


def guarded_route(service: Service, prefix: str) -> type[APIRoute]:
    """The class of routes that ask for the token and bound what they read.

    Args:
        service: Its options say what is allowed.
        prefix: What stands before every path.
    """

    class GuardedRoute(APIRoute):
        """A route behind the guards."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()
            route = self.path_format
            if not route.startswith(prefix):
                route = prefix + route
            local = route.removeprefix(prefix)

            async def guarded(request: Request) -> Response:
                started = time.monotonic()
                try:
                    _check_origin(request, service)
                    if local not in _OPEN:
                        _check_token(request, service.options.token)
                    most = service.options.request_bytes
                    if local == "/uploads":  # the form around the file takes a little more
                        most = service.options.upload_bytes + 65_536
                    bounded = Request(request.scope, _bounded(request, most))
                    response = await handle(bounded)
                except HTTPException as error:
                    response = _told(error)
                except RequestValidationError as error:
                    response = _invalid(error)
                except Exception as error:
                    response = problem_response(error)
                telemetry = service.telemetry
                telemetry.request_seconds.labels(local).observe(time.monotonic() - started)
                telemetry.requests.labels(local, request.method, response.status_code).inc()
                return response

            return guarded

    return GuardedRoute


def _check_token(request: Request, token: str | None) -> None:
    """401 unless the request carries the token."""
    if token is None or right_token(token)(request.headers.get("authorization", "")):
        return
    raise HTTPException(
        401,
        "This server needs its token as 'Authorization: Bearer …'.",
        {"WWW-Authenticate": "Bearer"},
    )


def right_token(token: str) -> Callable[[str], bool]:
    """Whether an ``Authorization`` header carries the token; compared in constant time."""
    wanted = _digest(token)

    def right(header: str) -> bool:
        scheme, _, given = header.partition(" ")
        same = hmac.compare_digest(_digest(given.strip()), wanted)
        return same and scheme.lower() == "bearer"

    return right


def _digest(text: str) -> bytes:
    """Of one length, so that not even the length of the token shows."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _check_origin(request: Request, service: Service) -> None:
    """403 for a page of another site, and for a host that this server does not go by."""
    options = service.options
    host = request.headers.get("host", "")
    name = urlsplit(f"//{host}").hostname or ""
    if options.allowed_hosts and name not in options.allowed_hosts:
        raise HTTPException(403, "The server does not go by that host name.")
    origin = request.headers.get("origin")
    if origin is None or origin in options.cors_origins or "*" in options.cors_origins:
        return
    if urlsplit(origin).netloc != host:
        raise HTTPException(403, "Pages of other origins may not call this server.")


def _bounded(request: Request, most: int) -> Receive:
    """Receive a body of at most so many bytes; 413 over that."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise _too_large(most)
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        if message["type"] == "http.request":
            received += len(message.get("body", b""))
            if received > most:
                raise _too_large(most)
        return message

    return receive


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"The request is larger than {most:,} bytes.")


def _told(error: HTTPException) -> JSONResponse:
    """An HTTP error in the form of all others."""
    body = {"error": f"HTTP{error.status_code}", "message": str(error.detail), "hint": ""}
    return JSONResponse(body, error.status_code, error.headers)


def _invalid(error: RequestValidationError) -> JSONResponse:
    """The first thing that is wrong with a request, as one sentence."""
    problems = error.errors()
    first = problems[0] if problems else "The request cannot be read."
    if isinstance(first, dict):
        where = ".".join(str(part) for part in first.get("loc", ()) if part != "body")
        text = str(first.get("msg", "not usable")).rstrip(".")
        first = f"The field {where!r} is not usable: {text}." if where else f"{text}."
    body = {
        "error": "RequestError",
        "message": str(first),
        "hint": "See the schema of the request.",
    }
    return JSONResponse(body, 422)
