"""What a person does while a command runs: approve, refuse, change, interrupt, resume."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

CODE = "from multivis.cli import main; main()"


class Terminal:
    """A command in a terminal of its own."""

    open: ClassVar[list[Terminal]] = []

    def __init__(self, folder: Path, *arguments: object, setup: str = "") -> None:
        self._ours, theirs = pty.openpty()
        Terminal.open.append(self)
        environment = {**os.environ, "COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"{setup}\n{CODE}", *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self.text = ""

    def _read(self, seconds: float) -> bool:
        """Read what is there; False at the end."""
        ready, _, _ = select.select([self._ours], [], [], seconds)
        if not ready:
            return True
        try:
            content = os.read(self._ours, 65536)
        except OSError:  # Linux's way to say that the other side has closed
            return False
        self.text += content.decode(errors="replace").replace("\r\n", "\n")
        return bool(content)

    def wait_for(self, words: str, seconds: float = 90.0) -> None:
        """Wait until the command has printed something."""
        end = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < end, f"never said {words!r}: {self.text}"
            assert self._read(0.2) or words in self.text, f"ended without {words!r}: {self.text}"

    def say(self, line: str) -> None:
        """Type a line."""
        os.write(self._ours, f"{line}\n".encode())

    def end(self, seconds: float = 90.0) -> int:
        """Wait for the end and give the exit code."""
        end = time.monotonic() + seconds
        while self._read(0.2) and self.process.poll() is None:
            assert time.monotonic() < end, f"did not end: {self.text}"
        code = self.process.wait(timeout=30)
        while self._read(0.0) and select.select([self._ours], [], [], 0.0)[0]:
            pass
        os.close(self._ours)
        return code


@pytest.fixture(autouse=True)
def _no_process_stays():
    yield
    while Terminal.open:
        process = Terminal.open.pop().process
        if process.poll() is None:
            process.kill()
            process.wait()


def record(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def test_approving_the_sql_goes_on(tmp_path: Path, shop: Path, question: str):
    terminal = Terminal(
        tmp_path, "ask", question, "--data", shop, "--approve-sql", "--out", "answer"
    )
    terminal.wait_for("Run this SQL?")
    assert "SELECT" in terminal.text.upper()
    terminal.say("y")
    assert terminal.end() == 0, terminal.text
    assert record(tmp_path / "answer")["status"] == "complete"


def test_editing_the_sql_runs_the_edited_one(tmp_path: Path, shop: Path, question: str):
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import pathlib, sys\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "text = path.read_text().rstrip().rstrip(';')\n"
        "path.write_text('SELECT * FROM (' + text + ') AS edited LIMIT 2')\n",
        encoding="utf-8",
    )
    setup = f"import os; os.environ['EDITOR'] = {f'{sys.executable} {editor}'!r}"
    terminal = Terminal(
        *(tmp_path, "ask", question, "--data", shop, "--approve-sql", "--out", "answer"),
        setup=setup,
    )
    terminal.wait_for("Run this SQL?")
    terminal.say("e")
    assert terminal.end() in {0, 1}, terminal.text
    assert "edited" in record(tmp_path / "answer")["sql"]
    assert record(tmp_path / "answer")["rows"] == 2


def test_refusing_the_sql_runs_nothing(tmp_path: Path, shop: Path, question: str):
    setup = "import os; os.environ['MULTIVIS_MAX_STEPS'] = '1'"
    terminal = Terminal(
        *(tmp_path, "ask", question, "--data", shop, "--approve-sql", "--out", "answer"),
        setup=setup,
    )
    terminal.wait_for("Run this SQL?")
    terminal.say("n")
    for _ in range(30):  # whatever is proposed next is refused as well
        terminal.say("wrong table")
        terminal.say("n")
    assert terminal.end() == 1, terminal.text
    assert "A person rejected this statement: wrong table" in terminal.text
    assert record(tmp_path / "answer")["rows"] is None


def test_accepting_the_chart_delivers_it(tmp_path: Path, shop: Path, question: str):
    terminal = Terminal(
        tmp_path, "ask", question, "--data", shop, "--approve-chart", "--out", "answer"
    )
    terminal.wait_for("Deliver this chart?")
    picture = tmp_path / "answer" / "chart.png"
    assert "answer/chart.png" in terminal.text
    assert picture.is_file(), "a person must be able to look at what is to be accepted"
    terminal.say("y")
    assert terminal.end() == 0, terminal.text
    assert record(tmp_path / "answer")["status"] == "complete"


# The visualization node waits until it is interrupted, the first time.
SLOW = """
import multivis.graph.builder as builder, time, pathlib
real = builder.NODES["visualization"]
def slow(state, runtime):
    if not pathlib.Path("resumed").exists():
        print("now waiting", flush=True)
        time.sleep(60)
    return real(state, runtime)
builder.NODES["visualization"] = slow
"""


def test_ctrl_c_ends_with_130_and_the_run_can_be_resumed(tmp_path: Path, shop: Path, question: str):
    terminal = Terminal(
        *(tmp_path, "ask", question, "--data", shop, "--out", "answer"),
        *("--checkpoint", "runs.db"),
        setup=SLOW,
    )
    terminal.wait_for("now waiting")
    os.kill(terminal.process.pid, signal.SIGINT)
    assert terminal.end() == 130, terminal.text
    assert "Traceback" not in terminal.text
    assert "multivis resume " in terminal.text
    thread = terminal.text.split("multivis resume ")[1].split()[0]

    (tmp_path / "resumed").touch()
    terminal = Terminal(
        *(tmp_path, "resume", thread, "--checkpoint", "runs.db", "--out", "answer"), setup=SLOW
    )
    assert terminal.end() == 0, terminal.text
    done = record(tmp_path / "answer")
    entered = [e["node"] for e in done["trace"] if e["event"] == "node" and e["phase"] == "entered"]
    assert entered.count("database") == 1, "a finished step was run again"


def test_ctrl_c_without_a_checkpoint_says_how_to_make_one(
    tmp_path: Path, shop: Path, question: str
):
    terminal = Terminal(tmp_path, "ask", question, "--data", shop, "--out", "answer", setup=SLOW)
    terminal.wait_for("now waiting")
    os.kill(terminal.process.pid, signal.SIGINT)
    assert terminal.end() == 130, terminal.text
    assert "--checkpoint FILE" in terminal.text
    assert not (tmp_path / "answer").exists()


def test_resuming_a_run_that_is_not_there(run: Callable, shop: Path, question: str):
    run("ask", question, "--data", shop, "--out", "answer", "--checkpoint", "runs.db")
    done = run("resume", "no-such-run", "--checkpoint", "runs.db", "--out", "second")
    assert done.code == 2
    assert "no-such-run" in done.error


def test_an_unexpected_defect_is_one_sentence_and_a_log(
    run: Callable, shop: Path, question: str, monkeypatch: pytest.MonkeyPatch
):
    from multivis import MultiVis

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a defect for the test")

    monkeypatch.setattr(MultiVis, "stream", broken)
    done = run("ask", question, "--data", shop, "--out", "answer")
    assert done.code == 1
    assert "Traceback" not in done.err
    log = Path(done.err.split("The details are in ")[1].strip())
    assert "a defect for the test" in log.read_text(encoding="utf-8")
    assert not Path("answer").exists()
