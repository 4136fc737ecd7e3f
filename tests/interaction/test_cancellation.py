"""A run that is cancelled, in whatever it does: nothing of it is left, and the next one works."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import multivis
from multivis import Limits, MultiVis
from multivis.cancellation import Cancellation, FairSlots, RunCancelled, when_cancelled
from multivis.sandbox import ForkedSandbox, SubprocessSandbox
from multivis.testing import ScriptedChatModel

QUESTION = "Show a bar chart of the amount by shop"
SQL = "SELECT shop, amount FROM sale"
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT 'a' AS shop, sum(i) AS amount FROM n"
)
CODE = "chart = alt.Chart(df).mark_bar().encode(x='shop:N', y='amount:Q')"
#: An expression that Vega's runtime never comes to the end of.
UNDRAWABLE = CODE + ".transform_calculate(z=\"test(/^(a+)+$/, '" + 60 * "a" + "!')\")"
LONG = Limits(query_seconds=1800, code_seconds=1800, model_seconds=1800, max_seconds=3600)
_PACKAGE = str(Path(multivis.__file__).parent)


class Script:
    """What the model answers; at first what never ends, if that is asked for."""

    def __init__(self, phase: str) -> None:
        self.sql = ENDLESS if phase == "query" else SQL
        self.code = {"sandbox": "while True: pass", "drawing": UNDRAWABLE}.get(phase, CODE)
        self.silent = phase == "model"
        self.given_up = threading.Event()

    def __call__(self, call: Any) -> dict[str, Any]:
        if self.silent:
            self.given_up.wait(1800)
        if "execute_sql" in call.tool_names:
            return {"name": "execute_sql", "args": {"sql": self.sql}}
        return {"name": "execute_code", "args": {"code": self.code}}

    def mend(self) -> None:
        self.sql, self.code, self.silent = SQL, CODE, False

    def model(self) -> ScriptedChatModel:
        return ScriptedChatModel([self], repeat=True)


def busy() -> set[str]:
    """Names of the package's functions that other threads are in."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    found = set()
    for number, frame in sys._current_frames().items():
        # a thread that asks a model ends with the provider's answer
        if number == threading.get_ident() or names.get(number, "").startswith("multivis-"):
            continue
        for below, _ in traceback.walk_stack(frame):
            if below.f_code.co_filename.startswith(_PACKAGE):
                found.add(below.f_code.co_name)
    return found


def until(true: Callable[[], bool], seconds: float = 200.0) -> None:
    """Wait for something, and fail if it does not come: far sooner than what never ends."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, busy()
        time.sleep(0.02)


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "sales.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sale (shop TEXT, amount INTEGER)")
        connection.executemany("INSERT INTO sale VALUES (?, ?)", [("North", 3), ("South", 1)])
    connection.close()
    return path


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ForkedSandbox]:
    with ForkedSandbox(LONG, jobs=1) as opened:
        yield opened


#: A function that a run is in while it waits for that.
PHASES = {"model": "_invoke", "query": "_run_once", "sandbox": "collect", "drawing": "_receive"}


@pytest.mark.parametrize("phase", PHASES)
def test_a_task_that_is_cancelled_leaves_nothing_at_work(
    phase: str, sales: Path, sandbox: ForkedSandbox
) -> None:
    script = Script(phase)

    async def work(agent: MultiVis) -> Any:
        task = asyncio.create_task(agent.aask(QUESTION))
        await asyncio.to_thread(until, lambda: PHASES[phase] in busy())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(until, lambda: not busy() - {"until", "busy"})
        assert not list(Path(str(sandbox._state.root)).glob("*/work"))
        script.mend()
        return await agent.aask(QUESTION)

    with MultiVis(sales, model=script.model(), sandbox=sandbox, limits=LONG) as agent:
        assert asyncio.run(work(agent)).passed
    script.given_up.set()


def test_a_query_of_a_server_is_cancelled_on_the_server(
    postgres_url: str, sandbox: ForkedSandbox
) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS sale (shop TEXT, amount INTEGER)")
        connection.execute("INSERT INTO sale VALUES ('North', 3), ('South', 1)")

        def at_work() -> bool:
            found = connection.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE state = 'active' AND query LIKE 'FETCH%' AND pid != pg_backend_pid()"
            ).fetchone()
            return bool(found and found[0])

        script = Script("query")

        async def work(agent: MultiVis) -> Any:
            task = asyncio.create_task(agent.aask(QUESTION))
            await asyncio.to_thread(until, at_work)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.to_thread(until, lambda: not at_work())
            script.mend()
            return await agent.aask(QUESTION)

        with MultiVis(postgres_url, model=script.model(), sandbox=sandbox, limits=LONG) as agent:
            assert asyncio.run(work(agent)).passed
        connection.execute("DROP TABLE sale")


def test_whoever_waits_for_a_free_sandbox_can_be_cancelled_and_loses_no_slot(
    sandbox: ForkedSandbox,
) -> None:
    cancellations = [Cancellation() for _ in range(3)]
    ended: list[int] = []

    def run(number: int) -> None:
        with cancellations[number].active():
            try:
                sandbox.run("while True: pass")
            except RunCancelled:
                ended.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: "collect" in busy())
    for number in (2, 1, 0):
        cancellations[number].cancel()
    for thread in threads:
        thread.join(200)
    assert sorted(ended) == [0, 1, 2]
    assert sandbox.run("print('next')").stdout == "next\n"


def test_a_job_of_the_plain_sandbox_is_cancelled() -> None:
    cancellation = Cancellation()
    with SubprocessSandbox(LONG) as plain, cancellation.active():
        threading.Timer(0.5, cancellation.cancel).start()
        with pytest.raises(RunCancelled):
            plain.run("while True: pass")


def test_many_questions_that_wait_for_their_turn_are_all_cancelled(
    sales: Path, sandbox: ForkedSandbox
) -> None:
    script = Script("query")

    async def work(agent: MultiVis) -> Any:
        task = asyncio.create_task(agent.abatch([QUESTION] * 12, max_workers=3))
        await asyncio.to_thread(until, lambda: "_run_once" in busy())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(until, lambda: not busy() - {"until", "busy"})
        script.mend()
        return await agent.aask(QUESTION)

    with MultiVis(sales, model=script.model(), sandbox=sandbox, limits=LONG) as agent:
        assert asyncio.run(work(agent)).passed


def test_slots_are_given_in_the_order_in_which_they_were_asked_for() -> None:
    slots = FairSlots(1)
    order: list[int] = []

    def take(number: int) -> None:
        with slots.taken():
            order.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    with slots.taken():
        for number, thread in enumerate(threads):
            thread.start()
            until(lambda waiting=number + 1: len(slots._queue) == waiting)  # type: ignore[misc]
    for thread in threads:
        thread.join(200)
    assert order == list(range(8))


def test_what_is_ended_too_early_is_ended_again() -> None:
    cancellation = Cancellation()
    calls: list[int] = []
    ended = threading.Event()

    def end() -> None:
        calls.append(1)
        if len(calls) == 3:  # as a query that had not quite begun
            ended.set()

    with cancellation.active(), pytest.raises(RunCancelled), when_cancelled(end):
        cancellation.cancel()
        assert ended.wait(200)
    with cancellation.active(), pytest.raises(RunCancelled), when_cancelled(end):
        pytest.fail("nothing begins after that")


@contextlib.contextmanager
def served(app: Any) -> Iterator[int]:
    """The application under a real server, in a thread; gives its port."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        try:
            until(lambda: server.started)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(200)


@pytest.mark.parametrize("stream", ["true", "false"])
def test_a_client_that_goes_away_ends_its_run(
    stream: str, sales: Path, sandbox: ForkedSandbox
) -> None:
    import httpx

    from multivis.serve import create_app

    script = Script("query")
    app = create_app({"sales": sales}, model=script.model(), sandbox=sandbox, limits=LONG)
    asked = {"question": QUESTION, "data": "sales"}
    body = json.dumps(asked).encode()
    with served(app) as port:
        head = (
            f"POST /runs?stream={stream} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(head.encode() + body)
            until(lambda: "_run_once" in busy())
        until(lambda: "_run_once" not in busy())
        script.mend()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=200.0) as client:
            assert client.post("/runs?stream=false", json=asked).json()["status"] == "complete"


INTERRUPTED = """
import sys, threading, signal, os
sys.path.insert(0, {here!r})
from test_cancellation import LONG, QUESTION, Script, busy, until
from multivis import MultiVis
script = Script({phase!r})

def interrupt():
    until(lambda: {function!r} in busy())
    os.kill(os.getpid(), signal.SIGINT)

with MultiVis({data!r}, model=script.model(), limits=LONG) as agent:
    threading.Thread(target=interrupt, name="multivis-test", daemon=True).start()
    try:
        agent.ask(QUESTION)
    except KeyboardInterrupt:
        print("interrupted")
    print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""


def test_ctrl_c_ends_a_query_and_is_raised(sales: Path) -> None:
    code = INTERRUPTED.format(
        here=str(Path(__file__).parent), phase="query", function="_run_once", data=str(sales)
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=250)
    assert done.stdout.split() == ["interrupted", "True"], done.stderr


COMMAND = """
import sys
sys.path.insert(0, {here!r})
from test_cancellation import Script
import multivis.offline
multivis.offline.OfflineChatModel = lambda: Script("sandbox").model()
from multivis.cli import main
main(["ask", {question!r}, "--data", {data!r}, "--out", "answer"])
"""


def test_ctrl_c_on_the_command_line_leaves_no_process_and_no_folder(
    sales: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    code = COMMAND.format(here=str(Path(__file__).parent), question=QUESTION, data=str(sales))
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary), "MULTIVIS_CODE_SECONDS": "1800"},
    ) as process:
        until(lambda: bool(list(temporary.glob("*/*/work"))))
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        told = process.stderr.read().decode()  # ends when the last process that holds it ended
        assert process.wait(200) == 130
    assert "Interrupted." in told and "Traceback" not in told
    until(lambda: not list(temporary.iterdir()))
    assert not (tmp_path / "answer").exists()
