"""`multivis refine`, `multivis demo`, and the folders that commands write to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from multivis.cli.files import OutputFolder, default_folder, next_folder


def test_refine_changes_the_chart_and_keeps_the_old_one(run: Callable, shop: Path, question: str):
    run("ask", question, "--data", shop, "--out", "answer")
    before = Path("answer/chart.py").read_bytes()
    done = run("refine", "answer", "Change the title to 'Mean prices'")
    assert done.code == 0, done.err
    assert Path("answer/chart.py").read_bytes() == before
    assert "Mean prices" in Path("answer-2/chart.json").read_text(encoding="utf-8")
    assert json.loads(Path("answer-2/result.json").read_text("utf-8"))["scenario"] == "D"


def test_refine_keeps_the_backend(run: Callable, shop: Path, question: str):
    run("ask", question, "--data", shop, "--out", "answer", "--backend", "plotly")
    done = run("refine", "answer", "Change the title to 'Mean prices'", "--json")
    assert json.loads(done.out)["backend"] == "plotly"


def test_the_next_folder_counts_up(tmp_path: Path):
    assert next_folder(tmp_path / "chart") == tmp_path / "chart-2"
    (tmp_path / "chart-2").mkdir()
    assert next_folder(tmp_path / "chart") == tmp_path / "chart-3"
    assert next_folder(tmp_path / "chart-2") == tmp_path / "chart-3"


def test_a_year_at_the_end_of_a_name_is_no_version(tmp_path: Path):
    assert next_folder(tmp_path / "sales-2024") == tmp_path / "sales-2024-2"


def test_the_default_folder_is_named_after_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    name = default_folder("How many flights a month? ../../etc").name
    assert name.endswith("how-many-flights-a-month-etc")
    assert default_folder("…").parent == Path("multivis_output")


def test_a_folder_that_stays_empty_goes_again(tmp_path: Path):
    deep = tmp_path / "a" / "b"
    with OutputFolder(deep):
        assert deep.is_dir()
    assert not (tmp_path / "a").exists()


def test_a_folder_that_was_there_stays(tmp_path: Path):
    with OutputFolder(tmp_path):
        pass
    assert tmp_path.is_dir()


def test_a_folder_with_files_stays(tmp_path: Path):
    with OutputFolder(tmp_path / "a") as folder:
        (folder / "x").write_text("1", encoding="utf-8")
    assert (tmp_path / "a" / "x").is_file()


@pytest.mark.slow
def test_the_demo_answers_five_questions(run: Callable):
    pytest.importorskip("vega_datasets")
    pytest.importorskip("vtkmodules")
    done = run("demo", "--out", "shown")
    assert done.code == 0, done.err
    pictures = sorted(Path("shown").glob("*/chart.png"))
    assert len(pictures) == 5
    results = [
        json.loads((picture.parent / "result.json").read_text("utf-8")) for picture in pictures
    ]
    assert [result["scenario"] for result in results] == ["A", "C", "D", "A", "A"]
    assert "COUNT(*)" in results[1]["sql"]  # flights, not the numbers that flights go by
    for picture in pictures:
        assert str(picture) in done.out
