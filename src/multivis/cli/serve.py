"""The commands that serve: over HTTP, and over MCP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multivis.errors import OptionError

__all__ = ["Serving", "mcp", "serve"]


@dataclass(frozen=True)
class Serving:
    """What the options of `serve` and `mcp` have in common.

    Attributes:
        data: Addresses, or ``NAME=ADDRESS``.
        host: Address to listen on.
        port: Port.
        token: Bearer token.
        model: Model, or None for the setting.
        backend: Chart library, or None for the setting.
        approve_sql: Runs wait for a person before SQL runs.
        approve_chart: Runs wait for a person before a chart is delivered.
    """

    data: Sequence[str]
    host: str
    port: int
    token: str | None = None
    model: str | None = None
    backend: str | None = None
    approve_sql: bool = False
    approve_chart: bool = False

    def agent(self) -> dict[str, Any]:
        """The arguments of the agents."""
        given: dict[str, Any] = {
            "model": self.model,
            "backend": self.backend,
            "approve_sql": self.approve_sql or None,
            "approve_chart": self.approve_chart or None,
        }
        return {name: value for name, value in given.items() if value is not None}


def serve(
    serving: Serving,
    *,
    checkpointer: str | None,
    uploads: Path | None,
    origins: Sequence[str] | None,
    runs: int | None,
) -> None:
    """Serve over HTTP until SIGTERM or Ctrl-C.

    Raises:
        InputError: An option, data or the checkpointer cannot be used.
    """
    from multivis.serve.server import check_exposure, local_hosts
    from multivis.serve.server import serve as run
    from multivis.settings import load_settings

    check_exposure(serving.host, serving.token, load_settings().sandbox)
    from multivis.serve.http import create_app
    from multivis.serve.telemetry import configure_tracing

    configure_tracing()
    options = {
        "uploads": uploads,
        "cors_origins": tuple(origins) if origins else None,
        "runs_at_once": runs,
        "allowed_hosts": local_hosts(serving.host) or None,
    }
    app = create_app(
        list(serving.data),
        token=serving.token,
        checkpointer=checkpointer,
        options=options,
        **serving.agent(),
    )
    service = app.state.multivis
    try:
        run(
            app,
            serving.host,
            serving.port,
            seconds=service.options.shutdown_seconds,
            on_stop=service.pool.drain,
        )
    finally:
        service.close()


def mcp(serving: Serving, *, transport: str, views: Path | None) -> None:
    """Serve over MCP: one client over stdio, or many over HTTP.

    Raises:
        InputError: An option or data cannot be used.
    """
    if transport not in {"stdio", "http"}:
        raise OptionError(
            f"There is no transport {transport!r}.", hint="Use --transport stdio or http."
        )
    many = transport == "http"
    from multivis.serve.server import check_exposure
    from multivis.serve.server import serve as run
    from multivis.settings import load_settings

    if many:
        check_exposure(serving.host, serving.token, load_settings().sandbox)
    from multivis.serve.mcp import create_mcp_server, http_app, run_stdio

    made = create_mcp_server(list(serving.data), views=views, many=many, **serving.agent())
    if not many:
        run_stdio(made)
        return
    try:
        app = http_app(made, host=serving.host, token=serving.token)
        run(app, serving.host, serving.port, seconds=made.service.options.shutdown_seconds)
    finally:
        made.close()
