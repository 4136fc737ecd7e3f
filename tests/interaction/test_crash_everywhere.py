"""A process that dies at any boundary of a run: the run goes on as if nothing had happened.

One process imports everything once and forks a child for each crash; the child ends by
``os._exit``, so nothing is cleaned up on the way out.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from multivis.charts.tools import chart_tools
from multivis.data.tools import data_tools
from multivis.graph import NODES
from multivis.graph.nodes.validation import VALIDATION_AGENT
from multivis.scratch import ScratchFolder

PROGRAM = Path(__file__).with_name("crash_program.py")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what each crashed and resumed run came to."""
    folder = tmp_path_factory.mktemp("crashes")
    data = folder / "sales.db"
    with sqlite3.connect(data) as connection:
        connection.execute("CREATE TABLE sales (region TEXT, amount INTEGER)")
        connection.executemany(
            "INSERT INTO sales VALUES (?, ?)", [("North", 3), ("South", 1), ("North", 2)]
        )
    connection.close()
    (folder / "temporary").mkdir()
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(folder), str(data)],
        capture_output=True,
        text=True,
        timeout=550,
        env={
            **os.environ,
            "TMPDIR": str(folder / "temporary"),
            "MULTIVIS_CACHE_DIR": str(folder / "cache"),
            "PYTHONWARNINGS": "ignore",
        },
    )
    assert done.stdout.splitlines()[-1:] == ["ended"], done.stdout + done.stderr
    assert "resume ended" not in done.stdout, done.stdout + done.stderr
    return folder


def _told(folder: Path, name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return told


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("crash*.json"))


def test_the_boundaries_are_all_nodes_and_all_tools(crashes: Path) -> None:
    passed = _told(crashes, "clean")["boundaries"]
    tools = {tool.name for tool in (*data_tools(), *chart_tools(), *VALIDATION_AGENT.tools())}
    for name in (*NODES, *tools, "the query", "the sandbox"):
        assert f"before {name}" in passed and f"after {name}" in passed
    died = {passed[int(name.removeprefix("crash"))] for name in _names(crashes)}
    assert died == {name for name in passed if not name.startswith("model ")}


def test_a_run_that_died_anywhere_ends_as_if_it_had_not(crashes: Path) -> None:
    clean = {k: v for k, v in _told(crashes, "clean").items() if k != "boundaries"}
    for name in _names(crashes):
        resumed = {k: v for k, v in _told(crashes, name).items() if k != "boundaries"}
        assert resumed == clean, name


def test_finished_nodes_are_not_worked_again(crashes: Path) -> None:
    whole = _told(crashes, "clean")["boundaries"]
    for name in _names(crashes):
        passed = (crashes / f"{name}.log").read_text().splitlines()
        # the node in which it died is the only one that is worked twice
        for node in ("intake", "database", "visualization", "validation"):
            finished = passed.count(f"after {node}") - whole.count(f"after {node}")
            died_just_after = passed[int(name.removeprefix("crash"))] == f"after {node}"
            assert finished == (1 if died_just_after else 0), (name, node)


def test_no_temporary_files_stay(crashes: Path) -> None:
    temporary = crashes / "temporary"
    left: list[Path] = []
    for _ in range(100):  # the orphaned workers clean up by themselves, in their own time
        for folder in temporary.iterdir():
            os.utime(folder, (0, 0))  # as if the crash were more than a minute ago
        _make_a_folder_of_each_kind(temporary)
        left = list(temporary.iterdir())
        if not left:
            break
        time.sleep(0.1)
    assert not left
    assert (crashes / "cache").is_dir()
    assert not list((crashes / "cache").rglob(".part-*"))


def _make_a_folder_of_each_kind(temporary: Path) -> None:
    """What the next process does: whoever makes a folder removes the abandoned ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(temporary))
        for kind in ("sandbox", "views"):
            ScratchFolder(kind).close()
