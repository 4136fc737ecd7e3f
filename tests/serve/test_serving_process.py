"""The command `multivis serve`, other people's applications, metrics, spans, and the end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from multivis.errors import OptionError
from multivis.serve import add_routes, create_app
from multivis.serve.faults import BusyError, ConflictError
from multivis.serve.options import ServeOptions
from multivis.serve.pool import RunPool
from multivis.serve.telemetry import configure_tracing

QUESTION = "Show the total amount by region as a bar chart, highest first"
COMMAND = str(Path(sys.executable).with_name("multivis"))


# ── in somebody else's application ──────────────────────────────────────────────────────────


def test_one_line_puts_everything_into_another_application(sales: Path, sandbox: Any, serving: Any):
    app = FastAPI()

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    service = add_routes(app, sales, prefix="/charts", token="a long enough token", sandbox=sandbox)
    with serving(app) as url:
        assert httpx.get(f"{url}/hello").json() == "hello"
        assert httpx.get(f"{url}/charts/health").json()["status"] == "ok"
        assert httpx.get(f"{url}/charts/sources").status_code == 401
        headers = {"Authorization": "Bearer a long enough token"}
        with httpx.Client(base_url=f"{url}/charts", headers=headers, timeout=60) as client:
            result = client.post("/runs?stream=false", json={"question": QUESTION}).json()
            assert result["passed"] and result["data"] == "sales"
            asked = {"input": {"request": {"question": QUESTION}}}
            graph = client.post("/multivis_agent/invoke", json=asked)
            assert graph.json()["output"]["status"] == "complete"
            page = client.get("/multivis_agent/playground/")
            assert page.status_code == 200 and "/charts/multivis_agent" in page.text
    assert service.pool.draining  # the application's lifespan closed it


def test_an_application_of_multivis_offers_no_schema_pages(client: httpx.Client):
    assert client.get("/docs").status_code == 404


def test_an_unknown_option_or_setting_is_refused():
    with pytest.raises(OptionError, match="colour"):
        create_app(options={"colour": "red"})
    with pytest.raises(OptionError, match="upload_bytes"):
        create_app(options={"upload_bytes": -1})
    with pytest.raises(OptionError, match=r"upload_bytes.*"):
        create_app(upload_bytes=10_000)  # a bound of the server, not an argument of the agent


# ── metrics and spans ───────────────────────────────────────────────────────────────────────


def test_metrics_count_requests_runs_tools_and_checks(client: httpx.Client):
    client.post("/runs?stream=false", json={"question": QUESTION})
    client.post("/runs", json={"question": QUESTION, "data": "nothing"})
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.text
    for line in (
        'multivis_runs_total{kind="ask",status="complete"} 1.0',
        'multivis_http_requests_total{method="POST",route="/runs",status="200"} 1.0',
        'multivis_http_requests_total{method="POST",route="/runs",status="422"} 1.0',
        'multivis_tool_calls_total{outcome="ok",tool="execute_sql"} 1.0',
        "multivis_runs_working 0.0",
    ):
        assert line in text, text
    assert re.search(r'multivis_checks_total\{check="[^"]+",passed="true"\} 1.0', text)
    assert "multivis_model_calls_total" in text and "multivis_run_seconds_bucket" in text


def test_a_run_is_a_span_with_its_parts(client: httpx.Client, spans: Callable[[], list[Any]]):
    client.post("/runs?stream=false", json={"question": QUESTION})
    found = spans()
    (whole,) = [span for span in found if span.name == "multivis ask"]
    assert whole.attributes["multivis.status"] == "complete"
    parts = {
        span.name for span in found if span.parent and span.parent.span_id == whole.context.span_id
    }
    assert {"node database", "tool execute_sql", "tool execute_code", "node validation"} <= parts
    assert all(span.start_time <= span.end_time for span in found)


@pytest.fixture
def spans() -> Iterator[Callable[[], list[Any]]]:
    """What is written down by a tracer provider of the process."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield lambda: list(exporter.get_finished_spans())
    exporter.shutdown()


def test_without_a_configured_exporter_no_spans_are_sent(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delenv("OTEL_TRACES_EXPORTER", raising=False)
    assert configure_tracing() is False
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    assert configure_tracing() is False
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "pigeon")
    with pytest.raises(OptionError, match="pigeon"):
        configure_tracing()


# ── the pool ────────────────────────────────────────────────────────────────────────────────


def test_one_run_of_a_name_at_a_time():
    pool = RunPool(ServeOptions.model_validate({}))
    at_work = pool.run("a", lambda: iter([1, 2]))
    assert next(at_work) == 1 and pool.is_working("a")
    with pytest.raises(ConflictError):
        next(pool.run("a", lambda: iter([1])))
    assert list(at_work) == [2] and not pool.is_working("a")
    pool.close(0)
    with pytest.raises(BusyError):
        next(pool.run("a", lambda: iter([1])))


def test_a_run_that_nobody_follows_any_more_is_stopped():
    import asyncio

    pool = RunPool(ServeOptions.model_validate({}))
    ended = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                time.sleep(0.01)
                yield 1
        finally:
            ended.set()

    async def follow() -> None:
        follower = pool.start("a", endless).__aiter__()
        assert await anext(follower) == 1
        await follower.aclose()

    asyncio.run(follow())
    assert ended.wait(10)
    pool.close(1)


@pytest.mark.parametrize("fails", [False, True])
def test_the_next_run_of_a_name_may_start_as_soon_as_the_end_is_told(
    fails: bool, monkeypatch: pytest.MonkeyPatch
):
    import asyncio

    pool = RunPool(ServeOptions.model_validate({}))
    release = RunPool._release

    def late(self: RunPool, thread_id: str) -> None:
        time.sleep(0.3)  # a machine that is busy with other things
        release(self, thread_id)

    def short() -> Iterator[int]:
        yield 1
        if fails:
            raise ValueError("a run that fails")

    async def follow() -> list[int]:
        return [event async for event in pool.start("a", short)]

    async def twice() -> None:
        for _ in range(2):
            try:
                assert await follow() == [1]
            except ValueError:
                assert fails

    monkeypatch.setattr(RunPool, "_release", late)
    asyncio.run(twice())
    pool.close(1)


def test_a_client_that_leaves_stops_its_run(client: httpx.Client):
    with client.stream("POST", "/runs", json={"question": QUESTION}) as response:
        first = next(response.iter_text())
        assert "event: run" in first
    for _ in range(500):
        if client.get("/ready").json()["working"] == 0:
            break
        time.sleep(0.02)
    assert client.get("/ready").json()["working"] == 0


# ── the command ─────────────────────────────────────────────────────────────────────────────


class Served:
    """A server in a process of its own."""

    def __init__(self, *arguments: str, command: str = "serve", **environment: str) -> None:
        self.process = subprocess.Popen(
            [COMMAND, command, "--port", "0", *arguments],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "LANGSMITH_TRACING": "false", **environment},
        )
        self.log: list[str] = []
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            found = re.search(r"Listening on (http://\S+)", line)
            if found:
                self.url = found[1]
                break
        else:
            raise AssertionError("".join(self.log))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.log.extend(self.process.stderr)

    def end(self, number: int | None = signal.SIGTERM) -> int:
        if number is not None and self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        self._reader.join(10)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code

    def wait(self) -> None:
        for _ in range(500):
            try:
                httpx.get(f"{self.url}/health")
                return
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError("".join(self.log))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_and_lets_a_run_finish_when_told_to_end(sales: Path, number: int):
    served = Served("--data", f"shop={sales}")
    try:
        served.wait()
        assert httpx.get(f"{served.url}/sources").json() == {"sources": ["shop"]}
        rebound = httpx.get(f"{served.url}/sources", headers={"Host": "evil.example"})
        assert rebound.status_code == 403
        asked = {"question": QUESTION, "data": "shop"}
        with httpx.stream("POST", f"{served.url}/runs", json=asked, timeout=60) as response:
            text = ""
            for part in response.iter_text():
                if not text:
                    served.process.send_signal(number)
                text += part
        assert "event: result" in text, text[-500:]
    finally:
        code = served.end(None)
    assert code == 0, "".join(served.log)
    assert "Traceback" not in "".join(served.log)


@pytest.mark.slow
def test_a_run_that_the_end_cut_off_goes_on_in_the_next_process(sales: Path, tmp_path: Path):
    options = ("--data", str(sales), "--checkpointer", f"sqlite:///{tmp_path / 'runs.db'}")
    first = Served(*options, "--approve-sql")
    try:
        first.wait()
        answer = httpx.post(
            f"{first.url}/runs?stream=false", json={"question": QUESTION}, timeout=60
        )
        assert answer.status_code == 202
    finally:
        first.process.kill()
        first.end()
    second = Served(*options, "--approve-sql")
    try:
        second.wait()
        thread = answer.json()["thread_id"]
        done = httpx.post(
            f"{second.url}/runs/{thread}/resume?stream=false", json={"approve": True}, timeout=60
        )
        assert done.json()["passed"]
    finally:
        second.end()


@pytest.mark.slow
def test_the_command_for_mcp_serves_over_http_with_a_token(sales: Path):
    import anyio
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    token = "a long enough token"
    options = ("--transport", "http", "--data", str(sales))
    served = Served(*options, command="mcp", MULTIVIS_SERVE_TOKEN=token)

    async def ask() -> None:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as http,
            Client(streamable_http_client(f"{served.url}/mcp", http_client=http)) as client,
        ):
            reply = await client.call_tool("ask", {"question": QUESTION})
            assert json.loads(reply.content[0].text)["passed"]

    try:
        for _ in range(500):
            try:
                assert httpx.post(f"{served.url}/mcp", json={}).status_code == 401
                break
            except httpx.TransportError:
                time.sleep(0.02)
        anyio.run(ask)
    finally:
        code = served.end()
    assert code == 0, "".join(served.log)


@pytest.mark.slow
def test_spans_are_sent_where_the_environment_says(sales: Path):
    pytest.importorskip(
        "opentelemetry.exporter.otlp.proto.http", reason="pip install 'multivis[otel]'"
    )
    from http.server import BaseHTTPRequestHandler, HTTPServer

    received: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    collector = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{collector.server_port}"
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_COMPRESSION": "none"}
    served = Served("--data", str(sales), **settings)
    try:
        served.wait()
        url = f"{served.url}/runs?stream=false"
        assert httpx.post(url, json={"question": QUESTION}, timeout=60).json()["passed"]
    finally:
        served.end()
        collector.shutdown()
        collector.server_close()
    everything = b"".join(received)
    assert b"multivis ask" in everything and b"tool execute_sql" in everything


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--data", "nothing.csv"], "nothing.csv"),
        (["--host", "0.0.0.0"], "needs a token"),
        (["--token", "short"], "token"),
        (["--checkpointer", "mongodb://x"], "mongodb"),
    ],
)
def test_a_bad_option_is_told_in_a_sentence_with_exit_code_2(arguments: list[str], word: str):
    ran = subprocess.run(
        [COMMAND, "serve", "--port", "0", *arguments], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 2, ran.stderr
    assert word in ran.stderr and "Traceback" not in ran.stderr


def test_a_port_in_use_is_told_in_a_sentence(sales: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = subprocess.run(
            [COMMAND, "serve", "--data", str(sales), "--port", port],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ran.returncode == 2
    assert "cannot listen" in ran.stderr


def test_the_doctor_knows_the_extra():
    ran = subprocess.run([COMMAND, "doctor", "--json"], capture_output=True, text=True, timeout=60)
    assert json.loads(ran.stdout)["extras"]["serve"] is True
