"""One agent for volumes with a cache of its own, and what a picture's objects say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("vtkmodules")

from multivis import MultiVis, Result


@pytest.fixture(scope="session")
def volume_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder for artefacts, modules and the index of features, shared by the tests here."""
    return tmp_path_factory.mktemp("volume-cache")


@pytest.fixture(scope="module")
def agent(volume_cache: Any) -> Iterator[MultiVis]:
    """The offline agent."""
    with MultiVis(cache_dir=volume_cache) as made:
        yield made


@pytest.fixture
def ask(agent: MultiVis) -> Callable[..., Result]:
    """Ask for a picture that must pass its checks; a small one, so that it is quick."""

    def asked(question: str, data: str = "phantom:head?size=40") -> Result:
        small = "" if "pixels" in question else ", 200x170 pixels"
        result = agent.ask(f"{question}{small}", data)
        failed = [c.message for c in result.evaluation.checks] if result.evaluation else []
        assert result.passed, (result.failures, failed)
        return result

    return asked


@pytest.fixture
def drawn() -> Callable[..., dict[str, dict[str, Any]]]:
    """What was read back from the VTK objects of a result, by the names of the stages."""

    def read(result: Result) -> dict[str, dict[str, Any]]:
        assert result.evaluation is not None
        return {str(record["name"]): record for record in result.evaluation.evidence}

    return read
