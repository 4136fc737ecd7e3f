"""A small shop, a sandbox and everything that drafting a chart needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from multivis.charts.backends import BACKENDS
from multivis.protocols import Sandbox, Source
from multivis.settings import Settings, load_settings
from multivis.state import QueryResult, Request, State
from multivis.tool import Dependencies, ToolContext


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One warm sandbox for all tests of the room."""
    from multivis.sandbox import open_sandbox

    opened = open_sandbox(Settings())
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shop_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with a small table of sales and a large one of visits."""
    path = tmp_path_factory.mktemp("shop") / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE sale (item TEXT, day TEXT, price REAL)")
        connection.executemany(
            "INSERT INTO sale VALUES (?, ?, ?)",
            [
                (("tea", "cocoa", "coffee")[i % 3], f"2023-{i % 12 + 1:02d}-15", 2.5 + i % 7)
                for i in range(60)
            ],
        )
        connection.execute("CREATE TABLE visit (id INTEGER, page TEXT, seconds REAL)")
        connection.executemany(
            "INSERT INTO visit VALUES (?, ?, ?)",
            [(i, ("home", "cart")[i * 7 % 5 % 2], (i * 7919 % 1000) / 10) for i in range(8000)],
        )
        connection.commit()
    return path


@pytest.fixture(scope="session")
def shop(shop_file: Path) -> Iterator[Source]:
    """The file, opened."""
    from multivis.data import open_source

    source = open_source(str(shop_file))
    yield source
    source.close()


MakeDependencies = Callable[..., Dependencies]


@pytest.fixture()
def make_dependencies(sandbox: Sandbox, shop: Source, tmp_path: Path) -> MakeDependencies:
    """Makes dependencies; keyword arguments are settings, `source`, `memory`, `rules`."""
    from multivis.data.artifacts import FileArtifactStore
    from multivis.rules import RuleBook

    def make(
        source: Source | None = None, memory: Any = None, rules: Any = None, **settings: Any
    ) -> Dependencies:
        return Dependencies(
            source=source or shop,
            models=None,  # type: ignore[arg-type]
            sandbox=sandbox,
            store=FileArtifactStore(tmp_path / "artefacts"),
            rules=rules or RuleBook(),
            settings=load_settings(**settings),
            backends=BACKENDS,
            memory=memory,
        )

    return make


@pytest.fixture()
def dependencies(make_dependencies: MakeDependencies) -> Dependencies:
    """Dependencies with default settings."""
    return make_dependencies()


def query(dependencies: Dependencies, sql: str) -> QueryResult:
    """Run SQL on the source and keep the rows."""
    from multivis.data.results import query_result

    limits = dependencies.settings.limits
    rows = dependencies.source.execute(sql)
    return query_result(rows, dependencies.source, dependencies.store, limits)


@pytest.fixture(name="query")
def _query() -> Callable[[Dependencies, str], QueryResult]:
    return query


@pytest.fixture()
def make_context() -> Callable[..., ToolContext]:
    """Makes a tool context with a state; keyword arguments are fields of the request."""

    def make(
        dependencies: Dependencies, result: QueryResult | None = None, **request: Any
    ) -> ToolContext:
        fields = {"question": "Total sales by item", "data": "shop.sqlite", **request}
        state = State(request=Request(**fields), query=result)
        return ToolContext(dependencies, state)

    return make
