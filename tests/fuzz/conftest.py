"""The world that inputs are put into, made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A sandbox, a view store, some data; no script of a chart is run."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("fuzz")
        patch.setenv("MULTIVIS_CACHE_DIR", str(folder / "cache"))
        patch.delenv("MULTIVIS_SETTINGS", raising=False)
        made = World(folder)
        yield made
        made.close()


@pytest.fixture(scope="session")
def deep_world(world: World) -> World:
    """The same, and every chart is drawn and its exported script run."""
    import copy

    made = copy.copy(world)
    made.deep = True
    return made
