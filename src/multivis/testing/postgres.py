"""A real PostgreSQL server for tests, started from binaries that are installed already."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from multivis.testing.servers import (
    PASSWORD,
    as_user,
    free_port,
    running,
    server_folder,
    why_no_user,
)

__all__ = ["PASSWORD", "postgres_server", "why_not"]

_USER = "postgres"


def binaries() -> Path | None:
    """The folder with initdb and postgres, or None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def why_not() -> str:
    """Why no server can be started here, or an empty string."""
    if binaries() is None:
        return "no PostgreSQL server is installed (Debian: postgresql)"
    return why_no_user("PostgreSQL", _USER)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server in a temporary folder; gives its URL, password included."""
    bin_, port = binaries(), free_port()
    assert bin_ is not None  # callers ask `why_not` first
    with server_folder(_USER, "secret", PASSWORD + "\n") as folder:
        data = folder / "data"
        set_up = [
            *as_user(_USER), str(bin_ / "initdb"), "-D", str(data), "-U", "tester",
            "-A", "scram-sha-256", f"--pwfile={folder / 'secret'}", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync",
        ]  # fmt: skip
        command = [
            *as_user(_USER), str(bin_ / "postgres"), "-D", str(data), "-p", str(port),
            "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
            "-c", "timezone=UTC",
        ]  # fmt: skip
        with running("PostgreSQL", folder, set_up, command, lambda: _answers(port)):
            yield f"postgresql://tester:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/postgres"


def _answers(port: int) -> bool:
    import psycopg

    try:
        psycopg.connect(
            host="127.0.0.1", port=port, user="tester", password=PASSWORD, dbname="postgres"
        ).close()
    except psycopg.OperationalError:
        return False
    return True
