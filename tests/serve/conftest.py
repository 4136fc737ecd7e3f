"""Real servers on free ports of the loopback, and the data behind them."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from multivis.sandbox import open_sandbox
from multivis.settings import Settings


def make_sales(path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["region", "year", "amount"])
        for index, region in enumerate(("North", "South", "East", "West"), start=1):
            writer.writerows([region, year, 10 * index + year - 2020] for year in (2020, 2021))
    return path


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    folder = tmp_path / "secret-folder"
    folder.mkdir()
    return make_sales(folder / "sales.csv")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MULTIVIS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "serve-cache"))
    for name in ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY", "MULTIVIS_SERVE_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Any]:
    """One warm sandbox for every server of these tests."""
    opened = open_sandbox(Settings())
    yield opened
    opened.close()


@contextlib.contextmanager
def running(app: Any) -> Iterator[str]:
    """The application under a real uvicorn, in a thread."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        async def work() -> None:
            await server.serve([listener])
            await asyncio.sleep(0.05)  # closing connections are closed before the loop is

        thread = threading.Thread(target=lambda: asyncio.run(work()), daemon=True)
        thread.start()
        try:
            for _ in range(400):
                if server.started:
                    break
                time.sleep(0.02)
            assert server.started
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture
def start(sales: Path, sandbox: Any) -> Iterator[Callable[..., str]]:
    """Start a server that has the data `sales`; the arguments are those of `create_app`."""
    from multivis.serve import create_app

    with contextlib.ExitStack() as stack:

        def run(data: Any = None, **arguments: Any) -> str:
            arguments.setdefault("sandbox", sandbox)
            app = create_app({"sales": sales} if data is None else data, **arguments)
            return stack.enter_context(running(app))

        yield run


@pytest.fixture
def client(start: Callable[..., str]) -> Iterator[httpx.Client]:
    """A client of a server without a token."""
    with httpx.Client(base_url=start(), timeout=60) as made:
        yield made


def _events_of(response: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream: name and content."""
    import json

    found = []
    for frame in response.text.split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in frame.splitlines() if not line.startswith(":")
        )
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


@pytest.fixture(scope="session")
def events_of() -> Callable[[httpx.Response], list[tuple[str, dict[str, Any]]]]:
    """Reads the events of a stream."""
    return _events_of


@pytest.fixture(scope="session")
def serving() -> Callable[[Any], contextlib.AbstractContextManager[str]]:
    """Runs an application under a real uvicorn."""
    return running
