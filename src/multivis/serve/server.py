"""Run a server until it is told to end; what is at work then may finish."""

from __future__ import annotations

import ipaddress
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from multivis.errors import OptionError

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["check_exposure", "is_loopback", "local_hosts", "serve"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_exposure(host: str, token: str | None, sandbox: str) -> None:
    """A server that others reach has a token and the full sandbox.

    Raises:
        OptionError: It has not.
    """
    if is_loopback(host):
        return
    if token is None:
        raise OptionError(
            f"A server on {host!r} is reached by others and needs a token.",
            hint="Give --token or set MULTIVIS_SERVE_TOKEN, or listen on 127.0.0.1.",
        )
    if sandbox == "subprocess":
        raise OptionError(
            f"A server on {host!r} runs code for others and needs the full sandbox.",
            hint="Leave out the setting sandbox='subprocess', or listen on 127.0.0.1.",
        )


def local_hosts(host: str) -> tuple[str, ...]:
    """Host names that a server on this machine alone goes by: no page can rebind others to it."""
    return tuple(dict.fromkeys((host, *_LOOPBACK))) if is_loopback(host) else ()


def serve(
    app: FastAPI | Any,
    host: str,
    port: int,
    *,
    seconds: float,
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Serve an application until SIGTERM or SIGINT.

    Args:
        app: The application.
        host: Address to listen on.
        port: Port; 0 takes a free one, which is printed.
        seconds: How long open requests may go on once the server is told to end.
        on_stop: Called when it is told to end.

    Raises:
        OptionError: The address cannot be listened on.
    """
    import uvicorn

    class Server(uvicorn.Server):
        """Says where it listens, and when it is told to end."""

        @contextmanager
        def capture_signals(self) -> Generator[None, None, None]:
            """Without raising the signal again at the end: what is open is still to be closed."""
            if threading.current_thread() is not threading.main_thread():
                yield
                return
            before = {s: signal.signal(s, self.handle_exit) for s in _SIGNALS}
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

        def handle_exit(self, sig: int, frame: Any) -> None:
            on_stop()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level=os.environ.get("MULTIVIS_LOG_LEVEL", "info").lower(),
        timeout_graceful_shutdown=max(1, int(seconds)),
        server_header=False,
    )
    try:
        listener = config.bind_socket()
    except SystemExit as stop:  # uvicorn has logged the reason
        raise OptionError(
            f"The server cannot listen on {host}:{port}.", hint="Choose another port."
        ) from stop
    shown = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"Listening on http://{shown}:{listener.getsockname()[1]}\n")
    sys.stderr.flush()
    with listener:
        Server(config).run([listener])
