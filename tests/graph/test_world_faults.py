"""Faults in the world around a run: done to the real thing, and survived."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from multivis.data import open_source
from multivis.errors import OutputError, QueryExecutionError
from multivis.state import Status
from multivis.testing import world

from .conftest import code_call, sql_call

QUESTION = "Show a bar chart of the total amount by region"


@pytest.mark.parametrize(
    "fault",
    [
        lambda path: world.locked_database(path, seconds=0.5),
        lambda path: world.full_disk(writes=1),
        lambda path: world.full_disk(writes=2, after=1),
        lambda path: world.killed_workers(),
        lambda path: world.killed_workers(after=0.1),
        lambda path: world.jumped_clock(-86_400.0, after=0.05),
        lambda path: world.jumped_clock(86_400.0, after=0.05),
    ],
)
def test_a_run_survives_a_fault_of_the_world(
    ask_with: Any, sales: Path, tmp_path: Path, fault: Any
) -> None:
    before = sales.read_bytes()
    agent = ask_with([sql_call()] * 3, [code_call()] * 3, cache_dir=tmp_path / "cache")
    context: AbstractContextManager[Any] = fault(sales)
    with context:
        result = agent.ask(QUESTION)
    assert result.status is Status.COMPLETE
    assert sales.read_bytes() == before
    assert not list((tmp_path / "cache").rglob(".part-*"))


def test_a_lost_connection_is_asked_again(ask_with: Any, sales: Path) -> None:
    source = world.LossySource(open_source(sales), losses=(1,))
    agent = ask_with([sql_call()] * 2, [code_call()], data=source)
    result = agent.ask(QUESTION)
    assert result.status is Status.COMPLETE
    assert any("closed the connection" in failure.message for failure in result.failures)


def test_a_disk_that_stays_full_ends_the_run_and_says_so(ask_with: Any, tmp_path: Path) -> None:
    agent = ask_with([sql_call()] * 40, [code_call()], cache_dir=tmp_path / "cache")
    with world.full_disk(writes=10_000):
        result = agent.ask(QUESTION)
    assert result.status is Status.FAILED
    assert any("No space left" in failure.message for failure in result.failures)


def test_a_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    from multivis.data.artifacts import FileArtifactStore

    store = FileArtifactStore(tmp_path)
    with world.full_disk(writes=1), pytest.raises(OutputError, match="No space left"):
        store.put(b"x", "text/plain")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert store.get(store.put(b"x", "text/plain")) == b"x"


def test_a_database_that_stays_locked_is_told(sales: Path) -> None:
    source = open_source(sales)
    source.schema()
    with world.locked_database(sales, seconds=30.0), pytest.raises(QueryExecutionError) as caught:
        source.execute("SELECT region FROM sales", seconds=10.0)
    assert "locked" in str(caught.value)
    assert source.execute("SELECT region FROM sales").table.num_rows == 12
    source.close()


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_a_picture_is_drawn_although_the_browser_was_killed() -> None:
    from multivis.charts.backends import get_backend

    backend = get_backend("plotly")
    figure = {"data": [{"type": "bar", "x": ["a"], "y": [1]}], "layout": {}}
    assert backend.png(figure).startswith(b"\x89PNG")
    with world.killed_browser() as killed:
        assert killed
        assert backend.png(figure).startswith(b"\x89PNG")
