"""The graph under `langgraph dev`, asked with the official client: offline, without a key."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
QUESTION = "Show the total amount by region as a bar chart, highest first"
LANGGRAPH = Path(sys.executable).with_name("langgraph")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not LANGGRAPH.exists() or find_spec("langgraph_api") is None,
        reason="langgraph-cli is not installed: pip install 'multivis[langgraph-dev]'",
    ),
]


@pytest.fixture(scope="module")
def langgraph_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`langgraph dev` on a free port, in a copy of what it needs, with no way to a key."""
    folder = tmp_path_factory.mktemp("langgraph")
    shutil.copy(ROOT / "langgraph.json", folder)
    shutil.copytree(ROOT / "graphs", folder / "graphs")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LANG", "COV"))}
    log = folder / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(LANGGRAPH, "dev", "--no-browser", "--no-reload"),
                *("--port", str(port), "--config", str(folder / "langgraph.json")),
            ],
            cwd=folder,
            env={
                **kept,
                "LANGSMITH_TRACING": "false",
                "LANGGRAPH_CLI_NO_ANALYTICS": "1",
                "MULTIVIS_APPROVE_SQL": "true",
                "MULTIVIS_CACHE_DIR": str(folder / "cache"),
                "PATH": f"{LANGGRAPH.parent}{os.pathsep}{os.environ['PATH']}",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                if process.poll() is not None:
                    pytest.fail(log.read_text()[-3_000:])
                try:
                    if httpx.get(f"{url}/ok").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            else:
                pytest.fail(log.read_text()[-3_000:])
            yield url
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(20)


def test_the_graph_interrupts_resumes_and_ends_with_a_checked_chart(
    langgraph_server: str, sales: Path
):
    from langgraph_sdk import get_client

    async def work() -> None:
        async with get_client(url=langgraph_server) as client:
            (assistant,) = await client.assistants.search(graph_id="multivis_agent")
            thread = (await client.threads.create())["thread_id"]
            request = {"question": QUESTION, "data": str(sales)}
            nodes: list[str] = []
            async for part in client.runs.stream(
                thread,
                assistant["assistant_id"],
                input={"request": request},
                stream_mode="updates",
            ):
                if part.event == "updates":
                    nodes.extend(part.data)
            assert nodes[:2] == ["intake", "coordinator"]
            state = await client.threads.get_state(thread)
            (waiting,) = state["interrupts"]
            assert waiting["value"]["kind"] == "approve_sql"
            await client.runs.wait(
                thread, assistant["assistant_id"], command={"resume": {"approve": True}}
            )
            values: Any = (await client.threads.get_state(thread))["values"]
            assert values["status"] == "complete"
            assert values["evaluation"]["passed"] is True
            assert "GROUP BY" in values["query"]["sql"].upper()

    asyncio.run(work())
