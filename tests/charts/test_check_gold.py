"""Reference charts of the benchmark's development part: drawn, read, and hardly ever accused."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pyarrow as pa
import pytest

from multivis.charts.checks import CheckInput, evaluate
from multivis.charts.scenegraph import Scene
from multivis.state import ArtifactReference, QueryResult

pytestmark = [pytest.mark.data, pytest.mark.slow]


@dataclass(frozen=True)
class Gold:
    name: str
    question: str
    spec: dict[str, Any]
    results: list[tuple[str, pa.Table]]


@contextmanager
def _recorded(results: list[tuple[str, pd.DataFrame]]) -> Iterator[None]:
    """Keep what `pd.read_sql_query` returns."""
    original = pd.read_sql_query

    def read(sql: str, *arguments: Any, **options: Any) -> pd.DataFrame:
        frame = original(sql, *arguments, **options)
        results.append((sql, frame.copy()))
        return frame

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pd, "read_sql_query", read)
        patch.setattr(pd, "read_sql", read)
        yield


def _chart(code: str) -> Any:
    """The chart that a reference code leaves."""
    tree = ast.parse(code.replace(".show()", ""))
    names: dict[str, Any] = {"print": lambda *_: None}
    final = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "gold", "exec"), names)
    if final is not None:
        value = eval(compile(ast.Expression(final.value), "gold", "eval"), names)
        if isinstance(value, alt.TopLevelMixin):
            return value
    charts = [v for v in names.values() if isinstance(v, alt.TopLevelMixin)]
    return names.get("chart", charts[-1])


@pytest.fixture(scope="module")
def gold(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Gold]:
    folder = tmp_path_factory.mktemp("gold")
    (folder / "database").symlink_to(shared_data / "databases")
    found = []
    cases = json.loads((shared_data / "multivis_bench" / "A.json").read_text())
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.chdir(folder)
        for case in cases:
            results: list[tuple[str, pd.DataFrame]] = []
            try:
                with _recorded(results):
                    spec = _chart(case["code"]).to_dict()
            except pd.errors.DatabaseError:
                continue  # the reference query itself does not run
            tables = [(s, pa.Table.from_pandas(f, preserve_index=False)) for s, f in results]
            found.append(Gold(case["id"], case["NLQ"], spec, tables))
    return found


def test_every_reference_chart_is_drawn_and_read(gold: list[Gold]) -> None:
    assert len(gold) >= 170
    for case in gold:
        scene = Scene.of(case.spec)
        assert scene.count() > 0, case.name
        assert scene.width > 0
        assert isinstance(scene.problems, tuple)


def test_reference_charts_pass_the_checks(gold: list[Gold]) -> None:
    accused: dict[str, list[str]] = {}
    for case in gold:
        query = rows = None
        if len(case.results) == 1:
            sql, rows = case.results[0]
            query = QueryResult(
                sql=sql,
                dialect="sqlite",
                columns=(),
                row_count=rows.num_rows,
                rows=ArtifactReference(sha256="0", media_type="", size=0),
            )
        given = CheckInput.of(case.spec, rows=rows, query=query, question=case.question)
        evaluation = evaluate(given)
        if not evaluation.passed:
            accused[case.name] = [r.check or "" for r in evaluation.recommendations]
    assert len(accused) <= 0.05 * len(gold), accused
