"""What a result hands on: files, JSON, a notebook's picture."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from multivis.errors import OutputError, RenderError, SourceNotFoundError
from multivis.testing import ScriptedChatModel

from .conftest import CODE, SQL, code_call, sql_call

QUESTION = "Show a bar chart of the total amount by region"


@pytest.fixture
def result(ask_with: Any) -> Any:
    return ask_with([sql_call()], [code_call()]).ask(QUESTION)


def test_a_saved_result_is_five_files(result: Any, tmp_path: Path) -> None:
    files = result.save(tmp_path / "out")
    assert sorted(path.name for path in files.values()) == [
        "chart.html",
        "chart.json",
        "chart.png",
        "chart.py",
        "result.json",
    ]
    told = json.loads(files["result"].read_text())
    for key in (
        "status",
        "scenario",
        "question",
        "sql",
        "backend",
        "evaluation",
        "steps",
        "usage",
        "trace",
        "failures",
        "files",
    ):
        assert key in told, key
    assert told["sql"] == SQL
    assert files["png"].read_bytes().startswith(b"\x89PNG")


def test_the_saved_script_runs_by_itself(result: Any, tmp_path: Path) -> None:
    script = result.save(tmp_path / "out")["code"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [sys.executable, str(script)], cwd=elsewhere, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert any(elsewhere.iterdir())


def test_the_specification_says_where_it_comes_from(result: Any) -> None:
    told = json.dumps(result.spec["usermeta"])
    assert QUESTION in told
    assert "SELECT region" in told


def test_the_rows_come_as_arrow(result: Any) -> None:
    assert result.data.column_names == ["region", "total"]


def test_a_notebook_is_given_the_chart_and_its_picture(result: Any) -> None:
    bundle = result._repr_mimebundle_()
    assert "image/png" in bundle
    assert any(kind.startswith("application/vnd.vegalite") for kind in bundle)


def test_the_native_chart_is_an_altair_chart(result: Any) -> None:
    import altair as alt

    assert isinstance(result.chart, alt.TopLevelMixin)


def test_a_result_without_a_chart_still_writes_its_reasons(ask_with: Any, tmp_path: Path) -> None:
    failed = ask_with(["I cannot."] * 20, []).ask(QUESTION)
    assert not failed.passed
    files = failed.save(tmp_path / "out")
    assert sorted(files) == ["result"]
    told = json.loads(files["result"].read_text())
    assert told["failures"]
    with pytest.raises(RenderError):
        failed.png()


def test_an_older_chart_does_not_stay_beside_a_newer_failure(
    result: Any, ask_with: Any, tmp_path: Path
) -> None:
    result.save(tmp_path / "out")
    ask_with(["I cannot."] * 20, []).ask(QUESTION).save(tmp_path / "out")
    assert not (tmp_path / "out" / "chart.png").exists()


def test_a_folder_that_is_a_file_is_refused(result: Any, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    with pytest.raises(OutputError, match="taken"):
        result.save(taken)


def test_a_result_is_refined_by_an_instruction(ask_with: Any, sales: Path) -> None:
    def edited(call: Any) -> Any:
        from multivis.llm.brief import parse_brief

        script = parse_brief(call.messages[1].content)["existing_code"]
        return code_call(script.replace("mark_bar()", "mark_bar(color='teal')"))

    decision = {
        "name": "CoordinatorDecision",
        "args": {"action": "visualization", "why": "Only the colour changes."},
    }
    first = ask_with([sql_call()], [code_call()]).ask(QUESTION)
    agent = ask_with([], [edited], fast=ScriptedChatModel([decision]))
    second = agent.refine(first, "Make the bars teal")
    assert second.scenario == "D"
    assert second.passed, second.failures
    assert "teal" in second.code
    assert second.code.replace("mark_bar(color='teal')", "mark_bar()") == first.code
    # the script brings its own rows; they are fetched once more to check what is drawn
    assert second.sql == first.sql
    assert {c.id for c in second.evaluation.checks if c.applicable} >= {"drawn-equals-query"}


def test_a_folder_is_refined_like_the_result_it_holds(
    ask_with: Any, tmp_path: Path, sales: Path, sandbox: Any
) -> None:
    from multivis import MultiVis

    ask_with([sql_call()], [code_call()]).ask(QUESTION).save(tmp_path / "out")
    with MultiVis(sandbox=sandbox) as agent:
        second = agent.refine(tmp_path / "out", 'Change the title to "Sales by region"')
    assert second.passed, second.failures
    assert "Sales by region" in second.code
    assert CODE.splitlines()[0].split("=")[0] in second.code


def test_a_folder_without_a_result_cannot_be_refined(tmp_path: Path, sandbox: Any) -> None:
    from multivis import MultiVis

    with (
        MultiVis(sandbox=sandbox) as agent,
        pytest.raises(SourceNotFoundError, match=r"result\.json"),
    ):
        agent.refine(tmp_path, "Make it blue")


def test_a_frame_is_asked_and_refined(sandbox: Any) -> None:
    import pandas as pd

    from multivis import MultiVis

    frame = pd.DataFrame({"city": ["Rome", "Oslo", "Lima"], "rain": [80.5, 60.0, 2.5]})
    with MultiVis(frame, sandbox=sandbox) as agent:
        first = agent.ask("Show the rain by city as a bar chart")
        assert first.passed, first.failures
        second = agent.refine(first, 'Change the title to "Rain"')
        assert second.passed, second.failures
        assert "Rain" in second.code
