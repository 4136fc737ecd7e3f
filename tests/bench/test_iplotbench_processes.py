"""Several processes at once: they share the work, and end with the one that started them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from multivis.bench.iplotbench import load_set

pytestmark = pytest.mark.slow

# Spawned processes import the script again, so they get the same stand-in for the reader.
SCRIPT = """
import json, os, sys, time
from pathlib import Path
from multivis.bench.iplotbench import offline
from multivis.bench.iplotbench.run import run_benchmark

data, out, wait = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])

def by_heart(image):
    (out.parent / f"worker_{os.getpid()}").touch()
    time.sleep(wait)
    return json.loads((data / image.decode() / "fig.json").read_text())

offline.read_chart_figure = by_heart

if __name__ == "__main__":
    told = run_benchmark(data, out, config="vision", model="offline", jobs=2, resume=True)
    print(told["finished"], told["without_figure"])
"""


@pytest.fixture
def folder(small_set: Path, tmp_path: Path) -> Path:
    shutil.copytree(small_set, tmp_path / "set")
    for case in load_set(tmp_path / "set"):
        case.image.write_bytes(case.id.encode())
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path


def command(folder: Path, wait: float) -> list[str]:
    names = ("script.py", "set", "out")
    return [sys.executable, *(str(folder / name) for name in names), str(wait)]


def alive(process: int) -> bool:
    """Whether a process is there and not merely waiting to be buried."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def until(holds, seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False


def workers(folder: Path) -> list[int]:
    return [int(path.name.removeprefix("worker_")) for path in folder.glob("worker_*")]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_killed_in_the_middle_it_leaves_no_process_and_goes_on_later(folder: Path):
    first = subprocess.Popen(command(folder, 1.0), stdout=subprocess.PIPE)
    try:
        assert until(lambda: any(folder.glob("out/*/session.json")))
        os.kill(first.pid, signal.SIGKILL)
    finally:
        first.kill()
        first.communicate()
    assert workers(folder)
    assert until(lambda: not any(alive(process) for process in workers(folder)))
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("out/*/session.json")}
    assert 1 <= len(kept) < 10
    done = subprocess.run(command(folder, 0.0), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["10", "0"]
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())
    assert not any(alive(process) for process in workers(folder))
