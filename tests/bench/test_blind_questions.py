"""The questions that were written blind: whole, and with gold code that can run."""

from __future__ import annotations

import ast
from pathlib import Path

from multivis.bench.multivis_bench import load_cases
from multivis.bench.multivis_bench.cases import read_cases
from multivis.charts.metrics.published import published_scores
from multivis.sandbox import open_sandbox

BLIND = Path(__file__).parents[2] / "benchmarks" / "blind"


def test_the_blind_questions_are_cases_of_the_benchmark(tmp_path: Path) -> None:
    cases = read_cases(BLIND / "A.json", BLIND, tmp_path)
    assert len({case.question for case in cases}) == len({case.id for case in cases}) == 120
    assert len({case.values["chart_type"] for case in cases}) > 80
    for case in cases:
        assert f"database/{case.values['db_id']}.sqlite" in case.gold
        ast.parse(case.gold)


def test_blind_gold_agrees_with_itself(shared_data: Path) -> None:
    sandbox = open_sandbox()
    try:
        for case in load_cases(BLIND, shared_data / "databases", "A", limit=3):
            scores = published_scores(case.gold, case.gold, sandbox, case.inputs)
            assert scores.executed
            assert scores.scores["data_mapping"] == scores.scores["config"] == 1
    finally:
        sandbox.close()
