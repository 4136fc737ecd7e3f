"""Where plots and their history are kept: one SQLite file, sessions apart from each other."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import InputError, OutputError
from multivis.scratch import ScratchFolder
from multivis.views.arrays import plain
from multivis.views.figure import ViewState

if TYPE_CHECKING:
    from multivis.protocols import Sandbox
    from multivis.settings import Settings
    from multivis.views.session import ViewSession

__all__ = ["Event", "ViewStore"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS plots (
    session TEXT NOT NULL, plot_id INTEGER NOT NULL, library TEXT NOT NULL,
    spec BLOB NOT NULL, size INTEGER NOT NULL, code TEXT NOT NULL, created REAL NOT NULL,
    PRIMARY KEY (session, plot_id));
CREATE TABLE IF NOT EXISTS interactions (
    session TEXT NOT NULL, id INTEGER NOT NULL, plot_id INTEGER NOT NULL,
    event_type TEXT NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL, actor TEXT NOT NULL,
    created REAL NOT NULL, PRIMARY KEY (session, id));
CREATE INDEX IF NOT EXISTS history ON interactions (session, plot_id, id);
CREATE INDEX IF NOT EXISTS places ON plots (plot_id);
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, latest INTEGER NOT NULL);
"""

# Never given twice, also after plots were forgotten: an old number must not name another plot.
# Stores of earlier versions counted in each session; the next number is above all of those.
_NEXT_PLOT = """
INSERT INTO numbers VALUES ('plot', (SELECT COALESCE(MAX(plot_id), 0) + 1 FROM plots))
ON CONFLICT (name) DO UPDATE SET latest = latest + 1
"""
_NAMED = 20


@dataclass(frozen=True)
class Event:
    """One interaction of a plot's history.

    Attributes:
        id: Unique in its session; `get_plot_image` takes it.
        plot_id: The plot.
        event_type: ``init``, ``relayout``, ``legendclick``, ``selected`` or ``click``.
        payload: As the paper's A.3 has it.
        state: The view after it.
        actor: ``"agent"`` or ``"person"``.
        created: Seconds since 1970.
    """

    id: int
    plot_id: int
    event_type: str
    payload: dict[str, Any]
    state: ViewState
    actor: str
    created: float


class ViewStore:
    """Plots, histories and pictures of any number of sessions. Thread-safe.

    Args:
        path: The SQLite file, made when it is not there; pictures go to a folder beside it.
            None keeps everything in memory, until `close`.

    Raises:
        OutputError: The file cannot be opened or is no store of views.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._lock = threading.RLock()
        self._own: ScratchFolder | None = None
        if path is None:
            self._own = ScratchFolder("views")
            name, folder = ":memory:", self._own.path
        else:
            place = Path(path).expanduser().resolve()
            name, folder = str(place), place.with_name(place.name + ".pictures")
        self._pictures = folder
        try:
            if path is not None:
                Path(name).parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(
                name, check_same_thread=False, isolation_level=None, timeout=30.0
            )
            if path is not None:
                self._database.execute("PRAGMA journal_mode = WAL")
            self._database.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            if self._own is not None:
                self._own.close()
            raise OutputError(
                f"Views cannot be kept in {str(path)!r}: {error}.",
                hint="Name a file in a folder that you may write to.",
            ) from error

    def __enter__(self) -> ViewStore:
        return self

    def __exit__(self, *stop: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was kept in memory is gone. Closing twice is allowed."""
        with self._lock:
            self._database.close()
            if self._own is not None:
                self._own.close()

    def session(
        self,
        name: str = "default",
        *,
        sandbox: Sandbox | None = None,
        settings: Settings | None = None,
    ) -> ViewSession:
        """A session by name; its plots are there again after a restart.

        Args:
            name: Any text; what another session shows is never seen in this one.
            sandbox: Where `show_plot` runs code; by default one is opened on first use.
            settings: Limits for that code.
        """
        from multivis.views.session import ViewSession

        return ViewSession(self, name, sandbox=sandbox, settings=settings)

    def sessions(self) -> tuple[str, ...]:
        """Names of the sessions that hold a plot."""
        rows = self._rows("SELECT DISTINCT session FROM plots ORDER BY session")
        return tuple(str(row[0]) for row in rows)

    def forget(self, session: str) -> int:
        """Drop everything of a session; returns the number of its plots."""
        with self._lock:
            count = self._database.execute("DELETE FROM plots WHERE session = ?", (session,))
            self._database.execute("DELETE FROM interactions WHERE session = ?", (session,))
        shutil.rmtree(self._folder(session), ignore_errors=True)
        return count.rowcount

    # ── plots ───────────────────────────────────────────────────────────────────────────────

    def add_plot(
        self, session: str, spec: Mapping[str, Any], library: str, code: str = ""
    ) -> tuple[int, int]:
        """Keep a plot and its ``init`` event; returns (plot_id, interaction_id).

        No other plot of the store, in whatever session, has or had the same id.
        """
        text = json.dumps(spec, ensure_ascii=False, default=plain)
        blob = zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
        with self._lock, _Writing(self._database):
            self._database.execute(_NEXT_PLOT)
            row = self._database.execute(
                "SELECT latest FROM numbers WHERE name = 'plot'"
            ).fetchone()
            self._database.execute(
                "INSERT INTO plots VALUES (?, ?, ?, ?, ?, ?, ?)",
                (session, row[0], library, blob, len(text), code, time.time()),
            )
            event = self._insert(session, row[0], "init", {}, ViewState(), "agent")
        return int(row[0]), event

    def plot(self, session: str, plot_id: int) -> tuple[dict[str, Any], str, int]:
        """A plot: its specification, its library, and its size in characters.

        Raises:
            InputError: The session has no such plot; the message names those that it has.
        """
        rows = self._rows(
            "SELECT spec, library, size FROM plots WHERE session = ? AND plot_id = ?",
            (session, plot_id),
        )
        if not rows:
            known = ", ".join(str(one) for one in self.plot_ids(session)[-_NAMED:])
            raise InputError(
                f"There is no plot {plot_id!r} in this session.",
                hint=f"Its plots are {known}." if known else "Show one first with show_plot.",
            )
        blob, library, size = rows[0]
        spec = json.loads(zlib.decompress(blob).decode("utf-8", "surrogatepass"))
        return spec, str(library), int(size)

    def plot_ids(self, session: str) -> tuple[int, ...]:
        """Ids of the plots of a session, in order."""
        rows = self._rows(
            "SELECT plot_id FROM plots WHERE session = ? ORDER BY plot_id", (session,)
        )
        return tuple(int(row[0]) for row in rows)

    def session_of(self, plot_id: int) -> str:
        """The session that holds a plot, for who knows its number alone.

        Raises:
            InputError: No session has such a plot, or (in a store of an earlier version, which
                counted in each session) several have; the message names what there is.
        """
        rows = self._rows("SELECT session FROM plots WHERE plot_id = ? ORDER BY 1", (plot_id,))
        if len(rows) == 1:
            return str(rows[0][0])
        if rows:
            raise InputError(
                f"There are {len(rows)} plots {plot_id} in this store, in the sessions "
                + ", ".join(repr(str(row[0])) for row in rows[:_NAMED])
                + ".",
                hint="Name the session too, with ViewReference(session=…, plot_id=…).",
            )
        known = self._rows("SELECT DISTINCT plot_id FROM plots ORDER BY plot_id")
        listed = ", ".join(str(row[0]) for row in known[-_NAMED:])
        least = "" if len(known) <= _NAMED else f" the latest {_NAMED} of {len(known)}:"
        raise InputError(
            f"There is no plot {plot_id!r}.",
            hint=f"The plots are{least} {listed}." if known else "No plot is kept yet.",
        )

    def code(self, session: str, plot_id: int) -> str:
        """The code that made a plot, "" when it was given as a specification."""
        rows = self._rows(
            "SELECT code FROM plots WHERE session = ? AND plot_id = ?", (session, plot_id)
        )
        return str(rows[0][0]) if rows else ""

    # ── history ─────────────────────────────────────────────────────────────────────────────

    def add_event(
        self,
        session: str,
        plot_id: int,
        event_type: str,
        payload: Mapping[str, Any],
        state: ViewState,
        actor: str = "agent",
    ) -> int:
        """Keep an interaction; returns its id."""
        with self._lock, _Writing(self._database):
            return self._insert(session, plot_id, event_type, payload, state, actor)

    def _insert(
        self,
        session: str,
        plot_id: int,
        event_type: str,
        payload: Mapping[str, Any],
        state: ViewState,
        actor: str,
    ) -> int:
        row = self._database.execute(
            "SELECT COALESCE(MAX(id), 0) + 1 FROM interactions WHERE session = ?", (session,)
        ).fetchone()
        self._database.execute(
            "INSERT INTO interactions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                session,
                row[0],
                plot_id,
                event_type,
                json.dumps(plain(payload)),
                state.model_dump_json(),
                actor,
                time.time(),
            ),
        )
        return int(row[0])

    def events(self, session: str, plot_id: int) -> tuple[Event, ...]:
        """The history of a plot, oldest first."""
        rows = self._rows(
            "SELECT id, event_type, payload, state, actor, created FROM interactions "
            "WHERE session = ? AND plot_id = ? ORDER BY id",
            (session, plot_id),
        )
        return tuple(
            Event(
                int(row[0]),
                plot_id,
                str(row[1]),
                json.loads(row[2]),
                ViewState.model_validate_json(row[3]),
                str(row[4]),
                float(row[5]),
            )
            for row in rows
        )

    def picture(self, session: str, plot_id: int, interaction_id: int) -> Path:
        """Where the picture of a state is, or would be, kept."""
        return self._folder(session) / f"plot-{plot_id}-{interaction_id}.png"

    def _folder(self, session: str) -> Path:
        import hashlib

        name = hashlib.sha256(session.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self._pictures / name

    def _rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()


class _Writing:
    """A write transaction that other processes wait for."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *rest: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")
