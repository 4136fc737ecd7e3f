"""A real MariaDB server for tests, started from binaries that are installed already."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from multivis.testing.servers import (
    PASSWORD,
    as_user,
    free_port,
    running,
    server_folder,
    why_no_user,
)

__all__ = ["PASSWORD", "mysql_server", "why_not"]

_USER = "mysql"
_PROGRAMS = ("mariadb-install-db", "mariadbd", "my_print_defaults")
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec")  # often not on an ordinary user's path
_START = f"""\
CREATE DATABASE IF NOT EXISTS first;
CREATE USER IF NOT EXISTS 'tester'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO 'tester'@'127.0.0.1' WITH GRANT OPTION;
"""


def binaries() -> dict[str, str] | None:
    """Where mariadb-install-db and mariadbd are, or None."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_PLACES])
    found = {name: shutil.which(name, path=path) for name in _PROGRAMS}
    whole = {name: place for name, place in found.items() if place is not None}
    return whole if len(whole) == len(_PROGRAMS) else None


def why_not() -> str:
    """Why no server can be started here, or an empty string."""
    if binaries() is None:
        return (
            "no MariaDB server is installed (Debian: mariadb-server-core and mariadb-client-core)"
        )
    return why_no_user("MariaDB", _USER)


@contextmanager
def mysql_server() -> Iterator[str]:
    """Start a server in a temporary folder; gives its URL, password included."""
    programs, port = binaries(), free_port()
    assert programs is not None  # callers ask `why_not` first
    with server_folder(_USER, "start.sql", _START) as folder:
        data = f"--datadir={folder / 'data'}"
        set_up = [
            *as_user(_USER), programs["mariadb-install-db"], "--no-defaults", data,
            "--skip-test-db", "--skip-name-resolve",
        ]  # fmt: skip
        command = [
            *as_user(_USER), programs["mariadbd"], "--no-defaults", data, f"--tmpdir={folder}",
            f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}",
            f"--pid-file={folder / 'pid'}", f"--init-file={folder / 'start.sql'}",
            "--skip-name-resolve", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=64M", "--character-set-server=utf8mb4",
            "--default-time-zone=+00:00",
        ]  # fmt: skip
        with running("MariaDB", folder, set_up, command, lambda: _answers(port)):
            yield f"mysql://tester:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/first"


def _answers(port: int) -> bool:
    import pymysql

    try:
        pymysql.connect(
            host="127.0.0.1", port=port, user="tester", password=PASSWORD, database="first"
        ).close()
    except pymysql.err.OperationalError:
        return False
    return True
