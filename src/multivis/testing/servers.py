"""Database servers for tests: a folder, an ordinary user, a free port, and an end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["PASSWORD", "as_user", "free_port", "running", "server_folder", "why_no_user"]

PASSWORD = "a secret of the tests"


def _other_user(preferred: str) -> str | None:
    """An ordinary user of this system."""
    for name in (preferred, "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return None


def why_no_user(server: str, preferred: str) -> str:
    """Why a server cannot be run as an ordinary user here, or an empty string."""
    if os.geteuid() == 0 and _other_user(preferred) is None:
        return f"{server} does not run as root and there is no other user"
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        return f"{server} does not run as root and setpriv is missing"
    return ""


def as_user(preferred: str) -> list[str]:
    """The words before a command: run as an ordinary user, end when the tests are killed."""
    if shutil.which("setpriv") is None:
        return []
    words = ["setpriv", "--pdeathsig=TERM"]
    if os.geteuid() != 0:
        return words
    entry = pwd.getpwnam(str(_other_user(preferred)))
    return [*words, f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server_folder(preferred: str, file: str, content: str) -> Iterator[Path]:
    """A temporary folder that the server's user owns, with one file in it."""
    folder = Path(tempfile.mkdtemp(prefix="multivis-server-"))
    try:
        (folder / file).write_text(content)
        if os.geteuid() == 0:
            for path in (folder, folder / file):
                shutil.chown(path, str(_other_user(preferred)))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    name: str,
    folder: Path,
    set_up: Sequence[str],
    command: Sequence[str],
    answers: Callable[[], bool],
) -> Iterator[None]:
    """Set a server up, run it, and wait until it answers; it is stopped in the end.

    Args:
        name: For the message when it does not start.
        folder: Its folder and working folder.
        set_up: The command that makes its data folder.
        command: The command that runs it.
        answers: Whether a client gets through.

    Raises:
        RuntimeError: It ended, or did not answer within a minute; its log is shown.
    """
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(folder)}
    subprocess.run(
        set_up, check=True, capture_output=True, env=environment, cwd=folder, timeout=120
    )
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=folder
        )
    try:
        until = time.monotonic() + 60
        while not answers():
            if process.poll() is not None or time.monotonic() > until:
                told = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{name} did not start: {told}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
