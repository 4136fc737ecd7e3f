"""MultiVis-Bench: cases, running a system, going on after an interruption, scoring."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from multivis.bench.multivis_bench import load_cases, run_benchmark, score_predictions
from multivis.bench.multivis_bench.record import CASES
from multivis.errors import InputError, OptionError, OutputError

GOLD = """
import sqlite3
import pandas as pd
import altair as alt
conn = sqlite3.connect('database/shop.sqlite')
df = pd.read_sql_query('SELECT item, SUM(price) AS total FROM sale GROUP BY item', conn)
conn.close()
chart = alt.Chart(df).mark_bar().encode(x='item:N', y='total:Q')
chart
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder in the published layout with three cases of A, and the databases."""
    folder = tmp_path_factory.mktemp("bench")
    databases = folder / "databases"
    databases.mkdir()
    with closing(sqlite3.connect(databases / "shop.sqlite")) as connection:
        connection.execute("CREATE TABLE sale (item TEXT, price REAL)")
        rows = [(("tea", "cocoa", "coffee")[i % 3], 2.5 + i % 7) for i in range(60)]
        connection.executemany("INSERT INTO sale VALUES (?, ?)", rows)
        connection.commit()
    cases = [
        {
            "id": f"A{number}",
            "type": "type_A",
            "db_id": "shop",
            "chart_category": "Bar Charts",
            "chart_type": "simple_bar_chart",
            "NLQ": f"Show the total price of sales by item as a bar chart, number {number}.",
            "code": GOLD,
        }
        for number in range(3)
    ]
    (folder / "A.json").write_text(json.dumps(cases), encoding="utf-8")
    return folder, databases


@pytest.fixture(scope="module")
def finished(bench: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the offline model on all three cases, scored."""
    out = tmp_path_factory.mktemp("run") / "out"
    run_benchmark(*bench, out, scenario="A")
    score_predictions(out)
    return out


def test_predictions_have_the_published_keys_and_run_by_themselves(finished: Path):
    predictions = json.loads((finished / "predictions.json").read_text(encoding="utf-8"))
    assert [p["id"] for p in predictions] == ["A0", "A1", "A2"]
    code = predictions[0]["prediction"]
    assert set(predictions[0]) >= {"id", "type", "db_id", "NLQ", "code", "prediction"}
    assert "database/shop.sqlite" in code and "alt.Chart" in code
    assert ".save(" not in code and "from_dict" not in code


def test_scores_are_written_case_by_case_and_per_scenario(finished: Path):
    scores = json.loads((finished / "scores.json").read_text(encoding="utf-8"))
    assert set(scores["cases"]) == {"A0", "A1", "A2"}
    assert scores["published"]["A"]["executed"] == 1.0
    assert scores["published"]["A"]["chart_type"] == 1.0
    assert scores["published"]["all"]["cases"] == 3


def test_a_run_goes_on_where_it_was_interrupted(
    bench: tuple[Path, Path], finished: Path, tmp_path: Path
):
    lines = (finished / CASES).read_text(encoding="utf-8").splitlines(True)
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_bytes((finished / "run.json").read_bytes())
    (out / CASES).write_text("".join(lines[:2]) + lines[2][:40], encoding="utf-8")
    told: list[tuple[int, int]] = []
    found = run_benchmark(
        *bench, out, scenario="A", resume=True, report=lambda *now: told.append(now)
    )
    assert told == [(2, 3), (3, 3)]
    assert set(found) == {"A0", "A1", "A2"}


def test_a_folder_of_another_run_is_not_mixed(bench: tuple[Path, Path], finished: Path):
    with pytest.raises(OutputError, match="not empty"):
        run_benchmark(*bench, finished, scenario="A")
    with pytest.raises(OutputError, match="holds a run of multivis with offline"):
        run_benchmark(*bench, finished, scenario="A", resume=True, model="openai:gpt-5")


def test_a_limit_spreads_over_the_file(bench: tuple[Path, Path]):
    assert [case.id for case in load_cases(*bench, "A", limit=2)] == ["A0", "A1"]
    assert [case.id for case in load_cases(*bench, "A", ids=["A2"])] == ["A2"]


@pytest.mark.parametrize(
    ("scenario", "options", "error"),
    [
        ("E", {}, OptionError),
        ("A", {"ids": ["A9"]}, OptionError),
        ("B", {}, InputError),
    ],
)
def test_a_wrong_choice_is_one_sentence(
    bench: tuple[Path, Path], scenario: str, options: dict[str, Any], error: type[Exception]
):
    with pytest.raises(error):
        load_cases(*bench, scenario, **options)


def test_a_prediction_of_any_system_is_scored(bench: tuple[Path, Path], tmp_path: Path):
    folder, databases = bench
    cases = json.loads((folder / "A.json").read_text(encoding="utf-8"))
    given = [{**cases[0], "prediction": GOLD}, {**cases[1], "prediction": ""}]
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    scores = score_predictions(path, databases=databases)
    assert scores["cases"]["A0"]["published"]["overall"] == 1.0
    assert scores["cases"]["A1"]["published"]["overall"] == 0.0
    assert scores["published"]["all"]["overall"] == 0.5
    assert scores["published"]["all"]["correct"] == 0.5
    with pytest.raises(InputError, match="databases"):
        score_predictions(path)


def test_the_command_says_what_a_wrong_system_is(
    bench: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    from multivis.cli import main

    main_: Callable[..., None] = main
    arguments = ["--data", str(bench[0]), "--databases", str(bench[1]), "--system", "magic"]
    with pytest.raises(SystemExit) as stop:
        main_(["bench", "multivis-bench", *arguments, "-s", "A", "--out", str(tmp_path / "o")])
    assert stop.value.code == 2
    assert "There is no system 'magic'" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_the_tables_of_the_paper_come_from_one_call(
    bench: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from multivis.bench.multivis_bench import make_tables, tables

    # Without rules the offline model turns in circles until the time is up: too slow here.
    monkeypatch.setitem(tables.TABLES, "4", ("multivis", "without-validation"))
    text = make_tables(*bench, tmp_path, tables=["4"], scenario="A", limit=1, faults=0.0)
    assert "| A Basic Generation | MultiVis-Agent | 100.00 | 100.00 |" in text
    assert "w/o EVAL" in text and "prompt tokens" in text
    with pytest.raises(OptionError, match="no table '9'"):
        make_tables(*bench, tmp_path, tables=["9"])


def test_spoiled_answers_depend_on_the_case_alone(bench: tuple[Path, Path], tmp_path: Path):
    runs = [
        run_benchmark(*bench, tmp_path / name, scenario="A", limit=2, faults=0.5, ids=ids)
        for name, ids in (("both", ()), ("one", ["A1"]))
    ]
    assert runs[0]["A1"].calls == runs[1]["A1"].calls
    assert runs[0]["A1"].prediction == runs[1]["A1"].prediction


def test_a_model_that_sees_is_shown_the_reference_picture(bench: tuple[Path, Path], tmp_path: Path):
    import io

    from PIL import Image

    from multivis.testing import ScriptedChatModel

    folder, databases = tmp_path / "b", bench[1]
    (folder / "img").mkdir(parents=True)
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(picture, "PNG")
    (folder / "img" / "bar.png").write_bytes(picture.getvalue())
    case = json.loads((bench[0] / "A.json").read_text(encoding="utf-8"))[0]
    case |= {"id": "B0", "type": "type_B", "reference_path": "img/bar.png"}
    (folder / "B.json").write_text(json.dumps([case]), encoding="utf-8")
    answer = {"name": "WholeChart", "args": {"sql": "SELECT item, price FROM sale", "code": "no"}}
    model = ScriptedChatModel([answer])
    options = {"scenario": "B", "system": "instructing-llm"}
    run_benchmark(folder, databases, tmp_path / "o", model=model, vision=model, **options)
    (call,) = model.calls
    assert [part["type"] for part in call.messages[-1].content] == ["text", "image_url"]
