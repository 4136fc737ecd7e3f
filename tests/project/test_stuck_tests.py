"""A test that nothing in Python can end does not hold up the others."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import signal, threading, time

def test_that_is_stuck():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    time.sleep(100)

def test_that_passes():
    pass

def test_that_passes_too():
    pass
"""

PLUGINS = ["-p", "xdist", "-p", "pytest_timeout"]
ONLY = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the others take seconds to load


@pytest.mark.slow
def test_a_stuck_test_fails_by_name_and_the_others_go_on(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[1] / "conftest.py", tmp_path)
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntimeout = 1\n")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGINS, "-q", "-n", "1", "test_some.py"],
        cwd=tmp_path,
        env={**os.environ, "MULTIVIS_TEST_STUCK_SECONDS": "4", **ONLY},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert run.returncode == 1
    assert "1 failed, 2 passed" in run.stdout
    assert "crashed while running 'test_some.py::test_that_is_stuck'" in run.stdout
    assert "in test_that_is_stuck" in run.stderr
