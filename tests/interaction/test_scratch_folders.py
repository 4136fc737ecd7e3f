"""Temporary folders go with their process, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from multivis.scratch import ScratchFolder

MAKE_AND_DIE = """
import os, sys
from multivis.scratch import ScratchFolder
folder = ScratchFolder("test")
(folder.path / "work.txt").write_text("half done")
print(folder.path, flush=True)
os._exit(9)
"""


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_a_folder_is_removed_when_it_is_closed() -> None:
    folder = ScratchFolder("test")
    (folder.path / "work.txt").write_text("done")
    folder.close()
    folder.close()
    assert not folder.path.exists()


def test_what_a_killed_process_left_goes_with_the_next_folder() -> None:
    killed = subprocess.run(
        [sys.executable, "-c", MAKE_AND_DIE], capture_output=True, text=True, env=dict(os.environ)
    )
    left = Path(killed.stdout.strip())
    assert killed.returncode == 9 and left.is_dir()
    young = ScratchFolder("test")
    assert left.is_dir()  # it may have been made just now, by somebody who is about to lock it
    young.close()
    os.utime(left, (0, 0))
    folder = ScratchFolder("test")
    assert not left.exists()
    folder.close()


def test_the_folder_of_a_living_process_and_other_files_stay(tmp_path: Path) -> None:
    held = ScratchFolder("test")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "multivis-test-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "multivis-test-file").write_text("mine")
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    next_one = ScratchFolder("test")
    assert held.path.is_dir()
    assert (tmp_path / "multivis-test-file").exists()
    assert (tmp_path / "elsewhere").is_dir()
    held.close()
    next_one.close()
