"""A small sales database, and scripted models for the agents."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from multivis.agent import MultiVis
from multivis.sandbox import open_sandbox
from multivis.settings import Settings
from multivis.testing import ScriptedChatModel

SQL = "SELECT region, SUM(amount) AS total FROM sales GROUP BY region ORDER BY total DESC"
CODE = (
    "chart = alt.Chart(df).mark_bar().encode(\n"
    '    x=alt.X("region:N", sort="-y").title("Region"),\n'
    '    y=alt.Y("total:Q").title("Total"),\n'
    ")\n"
)


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """Four regions, three years."""
    path = tmp_path / "sales.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sales (region TEXT, year INTEGER, amount REAL)")
        connection.executemany(
            "INSERT INTO sales VALUES (?, ?, ?)",
            [
                (region, year, 10.0 * index + (year - 2020))
                for index, region in enumerate(("North", "South", "East", "West"), start=1)
                for year in (2020, 2021, 2022)
            ],
        )
    connection.close()
    return path


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Any]:
    """One warm sandbox for all tests of the graph."""
    opened = open_sandbox(Settings())
    yield opened
    opened.close()


def sql_call(sql: str = SQL, **arguments: Any) -> dict[str, Any]:
    """A call of execute_sql as a model writes it."""
    return {"name": "execute_sql", "args": {"sql": sql, **arguments}}


def code_call(code: str = CODE, **arguments: Any) -> dict[str, Any]:
    """A call of execute_code as a model writes it."""
    return {"name": "execute_code", "args": {"code": code, **arguments}}


@pytest.fixture
def ask_with(sales: Path, sandbox: Any) -> Any:
    """An agent whose database and visualization models say what the test scripts."""
    made: list[MultiVis] = []

    def make(query: list[Any], code: list[Any], **options: Any) -> MultiVis:
        agent = MultiVis(
            options.pop("data", sales),
            model=ScriptedChatModel(query),
            code=ScriptedChatModel(code),
            sandbox=sandbox,
            **options,
        )
        made.append(agent)
        return agent

    yield make
    for agent in made:
        agent.close()
