"""A small set without pictures, a way to run the command line, and the set made by others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from multivis.bench.iplotbench import generate_set


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the person's own cache or settings."""
    monkeypatch.setenv("MULTIVIS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `multivis bench iplotbench` with arguments."""
    from multivis.cli import main

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(["bench", "iplotbench", *(str(argument) for argument in arguments)])
        out, err = capsys.readouterr()
        assert isinstance(stop.value.code, int)
        return Ran(stop.value.code, out, err)

    return call


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten figures, two of each type, no pictures."""
    folder = tmp_path_factory.mktemp("set") / "small"
    generate_set(10, 3, folder, images=False)
    return folder


@pytest.fixture(scope="session")
def made_elsewhere(shared_data: Path) -> Path:
    """A set of 100 figures that the public generator made."""
    folder = shared_data / "iplotbench" / "seed7"
    if not folder.is_dir():
        pytest.skip("the set of the public generator is not here")
    return folder
