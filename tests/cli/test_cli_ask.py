"""`multivis ask`: what it writes, prints and returns."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

FILES = ("chart.py", "chart.json", "chart.png", "chart.html", "result.json")


def test_ask_writes_the_five_files_and_returns_zero(run: Callable, shop: Path, question: str):
    done = run("ask", question, "--data", shop, "--out", "answer")
    assert done.code == 0, done.err
    for name in FILES:
        assert (Path("answer") / name).stat().st_size > 0, name
        assert name in done.out
    assert "passed its checks" in done.out


def test_the_steps_are_shown_on_stderr_while_they_run(run: Callable, shop: Path, question: str):
    done = run("ask", question, "--data", shop, "--out", "answer")
    for step in ("intake", "database", "execute_sql", "visualization", "validation", "checks"):
        assert step in done.err
    assert "execute_sql" not in done.out


def test_result_json_has_what_a_program_needs(run: Callable, shop: Path, question: str):
    run("ask", question, "--data", shop, "--out", "answer")
    record = json.loads(Path("answer/result.json").read_text(encoding="utf-8"))
    wanted = {"status", "scenario", "question", "sql", "backend", "evaluation", "steps", "usage"}
    assert wanted | {"trace", "failures", "files"} <= set(record)
    assert record["scenario"] == "A"
    assert record["evaluation"]["passed"] is True
    assert record["evaluation"]["checks"]
    assert "SELECT" in record["sql"].upper()


def test_json_prints_the_record_and_nothing_else_to_stdout(
    run: Callable, shop: Path, question: str
):
    done = run("ask", question, "--data", shop, "--out", "answer", "--json")
    assert json.loads(done.out) == json.loads(Path("answer/result.json").read_text("utf-8"))
    assert "execute_sql" in done.err


def test_the_written_script_draws_the_chart_by_itself(run: Callable, shop: Path, question: str):
    run("ask", question, "--data", shop, "--out", "answer")
    script = Path("answer/chart.py").resolve()
    elsewhere = Path("elsewhere")
    elsewhere.mkdir()
    ran = subprocess.run(
        [sys.executable, str(script)], cwd=elsewhere, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    assert list(elsewhere.iterdir()), "the script saved no chart"


def test_a_folder_is_chosen_when_none_is_named(run: Callable, shop: Path, question: str):
    assert run("ask", question, "--data", shop).code == 0
    (folder,) = Path("multivis_output").iterdir()
    assert (folder / "chart.png").is_file()


@pytest.mark.parametrize("backend", ["plotly", "matplotlib"])
def test_the_backend_can_be_chosen(run: Callable, shop: Path, question: str, backend: str):
    done = run("ask", question, "--data", shop, "--out", "answer", "--backend", backend)
    assert done.code == 0, done.err
    record = json.loads(Path("answer/result.json").read_text(encoding="utf-8"))
    assert record["backend"] == backend
    assert backend in Path("answer/chart.py").read_text(encoding="utf-8")


def test_reference_code_makes_it_scenario_c(run: Callable, shop: Path, question: str):
    Path("style.py").write_text(
        "import altair as alt\nimport pandas as pd\n"
        "df = pd.DataFrame({'a': ['x', 'y'], 'b': [1, 2]})\n"
        "alt.Chart(df).mark_bar(color='teal').encode(x='a:N', y='b:Q')\n",
        encoding="utf-8",
    )
    done = run("ask", question, "--data", shop, "--code", "style.py", "--out", "answer")
    assert done.code == 0, done.err
    assert json.loads(Path("answer/result.json").read_text("utf-8"))["scenario"] == "C"
    assert "teal" in Path("answer/chart.py").read_text(encoding="utf-8")


def test_existing_code_makes_it_scenario_d(run: Callable, shop: Path, question: str):
    run("ask", question, "--data", shop, "--out", "answer")
    done = run(
        *("ask", "Change the title to 'Prices'", "--data", shop, "--out", "second"),
        *("--existing", "answer/chart.py"),
    )
    assert done.code == 0, done.err
    record = json.loads(Path("second/result.json").read_text(encoding="utf-8"))
    assert record["scenario"] == "D"
    assert "Prices" in Path("second/chart.json").read_text(encoding="utf-8")


def test_a_reference_image_makes_it_scenario_b_and_says_what_became_of_it(
    run: Callable, shop: Path, question: str
):
    run("ask", question, "--data", shop, "--out", "answer")
    done = run(
        *("ask", question, "--data", shop, "--image", "answer/chart.png", "--out", "second"),
        "--json",
    )
    assert done.code == 0, done.err
    record = json.loads(done.out)
    assert record["scenario"] == "B"
    # followed where the chart reader is installed; otherwise the model says that it cannot see
    told = [note["text"] for note in record["notes"] if "reference image" in note["text"].lower()]
    assert told, record["notes"]
    followed = find_spec("rapidocr") is not None
    assert any(("followed" in text) is followed for text in told), told


def test_the_picture_carries_where_it_comes_from(run: Callable, shop: Path, question: str):
    run("ask", question, "--data", shop, "--out", "answer")
    content = Path("answer/chart.png").read_bytes()
    kinds, at = [], 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kinds.append(content[at + 4 : at + 8])
        at += 12 + length
    assert {b"tEXt", b"iTXt", b"zTXt"} & set(kinds)


def test_no_passing_chart_returns_one_and_says_why(
    run: Callable, shop: Path, question: str, monkeypatch: pytest.MonkeyPatch
):
    # One model call is less than a question needs: the run ends on its budget.
    monkeypatch.setenv("MULTIVIS_MAX_STEPS", "1")
    done = run("ask", question, "--data", shop, "--out", "answer")
    assert done.code == 1
    assert (Path("answer") / "result.json").is_file()
    assert "✗" in done.out
