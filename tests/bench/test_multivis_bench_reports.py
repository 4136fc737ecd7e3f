"""MultiVis-Bench: judging, comparing and reporting."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from multivis.bench.multivis_bench import compare_scores, write_report
from multivis.bench.multivis_bench.compare import bootstrap
from multivis.bench.multivis_bench.judge import PictureJudge
from multivis.errors import InputError, OptionError, StructuredAnswerError
from multivis.testing import ScriptedChatModel

POINTS = {"chart_type": 20, "layout": 5, "text": 10, "data": 20, "style": 10, "clarity": 5}
ANSWER = {"name": "Judgement", "args": {**POINTS, "reason": "Good."}}
PNG = b"\x89PNG\r\n\x1a\n one"


def scored(folder: Path, values: dict[str, float]) -> Path:
    """A run's folder with these published and strict overalls."""
    folder.mkdir()
    cases = {
        name: {"published": {"overall": v}, "strict": {"overall": v / 2} if v else None}
        for name, v in values.items()
    }
    (folder / "scores.json").write_text(json.dumps({"cases": cases}), encoding="utf-8")
    return folder


def test_a_judgement_is_asked_for_once_and_kept(tmp_path: Path):
    model = ScriptedChatModel([ANSWER])
    judge = PictureJudge(model, tmp_path)
    first = judge.judge("Bars?", PNG, PNG)
    again = PictureJudge(ScriptedChatModel([]), tmp_path).judge("Bars?", PNG, PNG)
    assert first == again and first.text == 10
    content = model.calls[0].messages[-1].content
    assert [part["type"] for part in content] == ["text", "image_url", "image_url"]
    with pytest.raises(Exception, match="script"):
        PictureJudge(ScriptedChatModel([]), tmp_path).judge("Lines?", PNG, PNG)


def test_a_judgement_out_of_bounds_is_asked_again_and_never_kept(tmp_path: Path):
    wrong = {"name": "Judgement", "args": {**POINTS, "layout": 50}}
    judge = PictureJudge(ScriptedChatModel([wrong, ANSWER]), tmp_path)
    assert judge.judge("Bars?", PNG).layout == 5
    with pytest.raises(StructuredAnswerError):
        PictureJudge(ScriptedChatModel([wrong] * 3), tmp_path).judge("Other?", PNG)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_clear_difference_is_told_from_none(tmp_path: Path):
    names = [f"A{n}" for n in range(20)] + [f"B{n}" for n in range(20)]
    low = scored(tmp_path / "low", dict.fromkeys(names, 0.4))
    high = scored(tmp_path / "high", {n: 0.6 + (i % 3) / 10 for i, n in enumerate(names)})
    found = {(d.metric, d.scenario): d for d in compare_scores(low, high)}
    assert set(found) == {
        (m, s) for m in ("published overall", "strict overall") for s in ("A", "B", "all")
    }
    row = found["published overall", "all"]
    assert row.clear and row.low > 0.2 and (row.better, row.worse, row.cases) == (40, 0, 40)
    assert row.low <= row.difference <= row.high
    same = compare_scores(low, low)[0]
    assert (same.low, same.high, same.clear) == (0.0, 0.0, False)


def test_cases_without_a_strict_score_in_either_run_are_left_out(tmp_path: Path):
    a = scored(tmp_path / "a", {"A1": 0.5, "A2": 0.0})
    b = scored(tmp_path / "b", {"A1": 0.5, "A2": 0.5, "A3": 1.0})
    found = {d.metric: d.cases for d in compare_scores(a, b)}
    assert found == {"published overall": 2, "strict overall": 1}


def test_runs_that_cannot_be_compared_are_told_apart(tmp_path: Path):
    a = scored(tmp_path / "a", {"A1": 0.5})
    with pytest.raises(OptionError, match="no case in common"):
        compare_scores(a, scored(tmp_path / "b", {"A2": 0.5}))
    with pytest.raises(InputError, match="cannot be read"):
        compare_scores(a, tmp_path / "nowhere")


def test_an_interval_narrows_with_more_pairs_and_repeats_itself():
    few, many = bootstrap([0.0, 1.0] * 5), bootstrap([0.0, 1.0] * 200)
    assert few == bootstrap([0.0, 1.0] * 5)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]


def test_a_report_shows_the_worst_cases_with_both_pictures(tmp_path: Path, shop_bench: Any):
    from multivis.bench.multivis_bench import score_predictions

    out = shop_bench(tmp_path / "run")
    score_predictions(out, judge=ScriptedChatModel([ANSWER], repeat=True))
    text, page = (path.read_text(encoding="utf-8") for path in write_report(out, worst=2))
    assert "| A Basic Generation |" in text and "S_vis" in text
    assert page.count("<section>") == 2
    assert page.count("data:image/png;base64") >= 3  # one prediction draws nothing
    assert "marks: line instead of bar" in page
    assert not re.search(r'(src|href)="https?:', page)
    assert "<script" not in page.lower()
    assert "&lt;b&gt;" in page  # what a question holds is text


def test_the_sample_set_is_always_the_same_and_its_references_run(tmp_path: Path):
    from multivis.bench.multivis_bench import load_cases, write_sample
    from multivis.bench.multivis_bench.score import run_gold
    from multivis.sandbox import open_sandbox

    cases = load_cases(*write_sample(tmp_path / "one"), "A")
    again = load_cases(*write_sample(tmp_path / "two"), "A")
    assert [dict(c.values) for c in cases] == [dict(c.values) for c in again]
    assert len(cases) == 20 and len({c.question for c in cases}) == 20
    sandbox = open_sandbox()
    for case in (cases[0], cases[12], cases[15]):
        assert run_gold(case, sandbox) is not None, case.id
    sandbox.close()
    with pytest.raises(OptionError):
        write_sample(tmp_path, count=21)


def test_the_command_compares_two_runs_and_marks_what_is_clear(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    from multivis.cli import main

    names = [f"A{n}" for n in range(12)]
    low = scored(tmp_path / "low", dict.fromkeys(names, 0.25))
    high = scored(tmp_path / "high", dict.fromkeys(names, 0.75))
    with pytest.raises(SystemExit) as stop:
        main(["bench", "compare", str(low), str(high)])
    out = capsys.readouterr().out
    assert stop.value.code == 0
    assert re.search(r"published overall\s+A\s+12\s+25\.00\s+75\.00\s+\+50\.00 \*", out)
    assert "+50.00 … +50.00" in out
