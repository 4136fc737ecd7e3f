"""A real MariaDB server for tests, started from binaries that are installed already."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["PASSWORD", "mysql_server", "why_not"]

PASSWORD = "a secret of the tests"
_PROGRAMS = ("mariadb-install-db", "mariadbd")
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec")  # often not on an ordinary user's path


def binaries() -> dict[str, str] | None:
    """Where mariadb-install-db and mariadbd are, or None."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_PLACES])
    found = {name: shutil.which(name, path=path) for name in _PROGRAMS}
    whole = {name: place for name, place in found.items() if place is not None}
    return whole if len(whole) == len(_PROGRAMS) else None


def why_not() -> str:
    """Why no server can be started here, or an empty string."""
    if binaries() is None:
        return "no MariaDB server is installed (Debian: mariadb-server)"
    if os.geteuid() == 0 and _other_user() is None:
        return "MariaDB does not run as root and there is no other user"
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        return "MariaDB does not run as root and setpriv is missing"
    return ""


def _other_user() -> str | None:
    for name in ("mysql", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return None


def _as_user() -> list[str]:
    """The words before a command: run as an ordinary user, end when the tests are killed."""
    if shutil.which("setpriv") is None:
        return []
    words = ["setpriv", "--pdeathsig=TERM"]
    if os.geteuid() != 0:
        return words
    entry = pwd.getpwnam(str(_other_user()))
    return [*words, f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def mysql_server() -> Iterator[str]:
    """Start a server in a temporary folder; gives its URL, password included."""
    folder = Path(tempfile.mkdtemp(prefix="multivis-my-"))
    data, start, log = folder / "data", folder / "start.sql", folder / "log"
    start.write_text(
        "CREATE DATABASE IF NOT EXISTS first;\n"
        f"CREATE USER IF NOT EXISTS 'tester'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
        "GRANT ALL ON *.* TO 'tester'@'127.0.0.1' WITH GRANT OPTION;\n"
    )
    if os.geteuid() == 0:
        for path in (folder, start):
            shutil.chown(path, str(_other_user()))
    programs, port = binaries(), _free_port()
    assert programs is not None
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(folder)}
    subprocess.run(
        [*_as_user(), programs["mariadb-install-db"], "--no-defaults", f"--datadir={data}",
         "--skip-test-db", "--skip-name-resolve"],
        check=True, capture_output=True, env=environment, cwd=folder, timeout=120,
    )  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*_as_user(), programs["mariadbd"], "--no-defaults", f"--datadir={data}",
             f"--tmpdir={folder}", f"--port={port}", "--bind-address=127.0.0.1",
             f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}",
             f"--init-file={start}", "--skip-name-resolve", "--skip-log-bin",
             "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M",
             "--character-set-server=utf8mb4", "--default-time-zone=+00:00"],
            stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=folder,
        )  # fmt: skip
    try:
        _wait(port, process, log)
        yield f"mysql://tester:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/first"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers; its log is shown when it does not."""
    import pymysql

    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            pymysql.connect(
                host="127.0.0.1", port=port, user="tester", password=PASSWORD, database="first"
            ).close()
            return
        except pymysql.err.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"MariaDB did not start: {log.read_text(errors='replace')[-2000:]}")
