"""Who sees what over MCP: each session has charts and plots of its own.

A connection with a session (stdio; HTTP up to protocol 2025-11-25) is one session. Protocol
2026-07-28 knows no sessions over HTTP: there the first reply names one, and the client hands it
back as the argument ``session``. Names of sessions and charts cannot be guessed.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import OptionError
from multivis.serve.faults import NotFoundError

if TYPE_CHECKING:
    from multivis.protocols import Sandbox
    from multivis.settings import Settings
    from multivis.views import ViewSession, ViewStore

__all__ = ["McpSession", "McpSessions"]

_SESSIONS = 256
_CHARTS = 200


class McpSession:
    """The charts and plots of one session.

    Attributes:
        name: Its name.
        views: Its plots.
        handed_out: Whether the client carries the name itself.
    """

    def __init__(self, name: str, views: ViewSession, handed_out: bool) -> None:
        self.name = name
        self.views = views
        self.handed_out = handed_out
        self._charts: OrderedDict[str, str] = OrderedDict()

    def add_chart(self, chart_id: str, title: str) -> None:
        """Note a chart that was made here."""
        self._charts[chart_id] = title
        while len(self._charts) > _CHARTS:
            self._charts.popitem(last=False)

    def charts(self) -> list[tuple[str, str]]:
        """Chart ids with their questions, latest first."""
        return list(reversed(self._charts.items()))

    def check_chart(self, chart_id: str) -> str:
        """A chart id, if the chart was made here.

        Raises:
            NotFoundError: It was not.
        """
        if chart_id not in self._charts:
            known = ", ".join(list(self._charts)[-5:])
            hint = f"The latest charts are {known}." if known else "Use `ask` first."
            raise NotFoundError(f"This session has no chart {chart_id[:80]!r}.", hint=hint)
        return chart_id


class McpSessions:
    """All sessions of a server.

    Args:
        views: File in which plots and their history are kept; in memory by default.
        sandbox: Where `show_plot` runs code.
        settings: Limits for that code.
    """

    def __init__(self, views: Path | None, sandbox: Sandbox, settings: Settings) -> None:
        from multivis.views import ViewStore

        self._store: ViewStore = ViewStore(views)
        self._sandbox = sandbox
        self._settings = settings
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, McpSession] = OrderedDict()

    def of(self, connection: str | None, named: Any = None) -> McpSession:
        """The session of a request.

        Args:
            connection: What tells the connection from others; None where there is none.
            named: The session that the client named, if it did.

        Raises:
            OptionError: A name that this server never gave out.
        """
        with self._lock:
            if named is not None:
                session = self._sessions.get(named) if isinstance(named, str) else None
                if session is None or not session.handed_out:
                    raise OptionError(
                        "There is no such session.", hint="Leave it out to begin a new one."
                    )
            else:
                name = connection or secrets.token_hex(16)
                session = self._sessions.get(name) or self._begin(name, connection is None)
            self._sessions.move_to_end(session.name)
            return session

    def all_handed_out(self) -> Iterator[McpSession]:
        """The sessions whose names clients carry."""
        with self._lock:
            kept = list(self._sessions.values())
        return (session for session in kept if session.handed_out)

    def close(self) -> None:
        """Give back the plots."""
        self._store.close()

    def _begin(self, name: str, handed_out: bool) -> McpSession:
        views = self._store.session(name, sandbox=self._sandbox, settings=self._settings)
        session = self._sessions[name] = McpSession(name, views, handed_out)
        while len(self._sessions) > _SESSIONS:
            old, _ = self._sessions.popitem(last=False)
            self._store.forget(old)
        return session
