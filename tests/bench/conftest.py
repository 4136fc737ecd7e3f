"""A small set without pictures, a way to run the command line, and the set made by others."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
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


_GOLD = """
import sqlite3
import pandas as pd
import altair as alt
conn = sqlite3.connect('database/shop.sqlite')
df = pd.read_sql_query('SELECT item, SUM(price) AS total FROM sale GROUP BY item', conn)
conn.close()
chart = alt.Chart(df).mark_bar().encode(x='item:N', y='total:Q')
chart
"""


@pytest.fixture
def shop_bench(tmp_path: Path) -> Callable[[Path], Path]:
    """Makes the folder of a run with three predictions: right, another mark, none."""

    def make(out: Path) -> Path:
        out.mkdir(parents=True)
        databases = tmp_path / "databases"
        databases.mkdir()
        with closing(sqlite3.connect(databases / "shop.sqlite")) as connection:
            connection.execute("CREATE TABLE sale (item TEXT, price REAL)")
            rows = [(("tea", "cocoa", "coffee")[i % 3], 2.5 + i % 7) for i in range(30)]
            connection.executemany("INSERT INTO sale VALUES (?, ?)", rows)
            connection.commit()
        predictions = (_GOLD, _GOLD.replace("mark_bar", "mark_line"), "")
        cases = [
            {
                "id": f"A{number}",
                "type": "type_A",
                "db_id": "shop",
                "chart_type": "simple_bar_chart",
                "NLQ": "Show the <b>total</b> price of sales by item as bars.",
                "code": _GOLD,
                "prediction": code,
            }
            for number, code in enumerate(predictions)
        ]
        (out / "predictions.json").write_text(json.dumps(cases), encoding="utf-8")
        about = {"system": "mine", "model": "m", "data": str(out), "databases": str(databases)}
        (out / "run.json").write_text(json.dumps(about), encoding="utf-8")
        return out

    return make
