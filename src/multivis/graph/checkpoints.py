"""Checkpointers: memory, SQLite, PostgreSQL; all of them know the types of the state."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from multivis import state as state_module
from multivis.errors import MissingExtraError, OptionError, OutputError, SourceAccessError

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

__all__ = ["open_checkpointer", "state_serializer"]

_SET_UP = 0x6D756C7469766973  # "multivis": names the lock
_SET_UP_SECONDS = 60.0


def _state_types() -> list[tuple[str, str]]:
    """(module, class) of every record that may stand in a checkpoint."""
    from multivis.graph import react

    modules = [state_module, react]
    found = {
        (value.__module__, value.__qualname__)
        for module in modules
        for _, value in inspect.getmembers(module, inspect.isclass)
        if value.__module__ == module.__name__
    }
    return sorted(found)


def state_serializer() -> JsonPlusSerializer:
    """The serializer that a checkpointer of your own needs to restore the state's types."""
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    return JsonPlusSerializer(allowed_msgpack_modules=_state_types())


def open_checkpointer(address: str) -> BaseCheckpointSaver[Any]:
    """Open a checkpointer.

    Args:
        address: ``"memory"``, ``"sqlite:///runs.db"`` (or a plain path), or
            ``"postgresql://…"``.

    Raises:
        OptionError: An address of another kind.
        MissingExtraError: PostgreSQL without the extra ``postgres``.
        OutputError: The SQLite file cannot be written.
        SourceAccessError: The PostgreSQL server does not answer or refuses.
    """
    if address == "memory":
        from langgraph.checkpoint.memory import InMemorySaver

        return InMemorySaver(serde=state_serializer())
    if address.startswith(("postgresql://", "postgres://")):
        return _open_postgres(address)
    if "://" in address and not address.startswith("sqlite:///"):
        raise OptionError(
            f"The checkpointer {address.split('://')[0]!r} is not known.",
            hint="Use 'memory', 'sqlite:///FILE' or 'postgresql://…'.",
        )
    return _open_sqlite(address.removeprefix("sqlite:///"))


def _open_sqlite(path: str) -> BaseCheckpointSaver[Any]:
    """A checkpointer in a SQLite file; every write is on disk before a step counts as done."""
    import sqlite3

    from langgraph.checkpoint.sqlite import SqliteSaver

    try:
        connection = sqlite3.connect(path, check_same_thread=False, timeout=30.0)
        saver = SqliteSaver(connection, serde=state_serializer())
        saver.setup()
    except sqlite3.Error as error:
        raise OutputError(
            f"The checkpoint file {path!r} cannot be used: {error}.",
            hint="Name a file in a folder that can be written.",
        ) from error
    return saver


def _open_postgres(address: str) -> BaseCheckpointSaver[Any]:
    """A checkpointer in a PostgreSQL database, through a small connection pool."""
    try:
        import psycopg
        from langgraph.checkpoint.postgres import PostgresSaver
        from psycopg.rows import dict_row
        from psycopg_pool import ConnectionPool
    except ImportError as error:
        raise MissingExtraError("PostgreSQL checkpointers", extra="postgres") from error

    options: dict[str, Any] = {
        "autocommit": True,
        "prepare_threshold": 0,
        "row_factory": dict_row,
    }
    try:
        with (
            psycopg.connect(address, connect_timeout=10, **options) as connection,
            _alone(connection),
        ):
            PostgresSaver(connection).setup()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1]
        raise SourceAccessError(
            f"The checkpoint database does not open: {reason}.",
            hint="Check host, port, user and password.",
        ) from error
    pool: Any = ConnectionPool(
        address,
        min_size=1,
        max_size=8,
        open=True,
        kwargs=options,
    )
    return PostgresSaver(pool, serde=state_serializer())


@contextmanager
def _alone(connection: Any) -> Iterator[None]:
    """Hold a lock of the database: processes that start together must not make its tables twice.

    It is tried for again and again rather than waited for: a statement that waits would hold up
    the indexes that are being made.
    """
    until = time.monotonic() + _SET_UP_SECONDS
    while not connection.execute("SELECT pg_try_advisory_lock(%s)", (_SET_UP,)).fetchone()[
        "pg_try_advisory_lock"
    ]:
        if time.monotonic() > until:
            raise SourceAccessError(
                "The checkpoint database is being set up by another process.", hint="Try again."
            )
        time.sleep(0.05)
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (_SET_UP,))
