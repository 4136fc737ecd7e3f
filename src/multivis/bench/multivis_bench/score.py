"""Score predictions, whoever made them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.bench.multivis_bench.cases import SCENARIOS, Case, read_cases
from multivis.bench.multivis_bench.record import PREDICTIONS, SCORES, read_run, write_json
from multivis.bench.pool import in_parallel
from multivis.charts.metrics.published import CORRECT
from multivis.errors import InputError
from multivis.settings import Limits

if TYPE_CHECKING:
    from multivis.protocols import Sandbox

__all__ = ["ScoreWorker", "score_case", "score_predictions", "summarise"]


def score_predictions(
    predictions: Path,
    *,
    databases: Path | None = None,
    jobs: int = 1,
    out: Path | None = None,
    report: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Score a file in the published format: each case's keys and ``prediction``.

    Args:
        predictions: ``predictions.json``, or the folder of a run.
        databases: Folder with ``<db_id>.sqlite``; by default the run's own.
        jobs: Cases at once.
        out: Where ``scores.json`` is written; beside the predictions by default.
        report: Told how many cases are scored.

    Returns:
        What ``scores.json`` holds.

    Raises:
        InputError: The file cannot be read, or the databases are not known.
    """
    path = predictions / PREDICTIONS if predictions.is_dir() else predictions
    about = read_run(path.parent)
    folder = databases or (Path(about["databases"]) if "databases" in about else None)
    if folder is None:
        raise InputError(
            f"The databases of {path} are not known.", hint="Give their folder with --databases."
        )
    data = Path(about["data"]) if "data" in about else path.parent
    cases = read_cases(path, data, folder)
    scores: dict[str, dict[str, Any]] = {}
    if report is not None:
        report(0, len(cases))
    for case, found in in_parallel(partial(ScoreWorker), cases, jobs, processes=False):
        scores[case.id] = found
        if report is not None:
            report(len(scores), len(cases))
    told = {
        "run": {key: about[key] for key in ("system", "model", "scenario") if key in about},
        "published": summarise(cases, scores, "published"),
        "strict": summarise(cases, scores, "strict"),
        "cases": {case.id: scores[case.id] for case in cases},
    }
    write_json((out or path.parent) / SCORES, told)
    return told


class ScoreWorker:
    """One sandbox for all cases."""

    def __init__(self) -> None:
        from multivis.sandbox import open_sandbox

        self.sandbox: Sandbox = open_sandbox()

    def run(self, case: Case) -> dict[str, Any]:
        """The scores of one case."""
        return score_case(case, self.sandbox)

    def close(self) -> None:
        """Close the sandbox."""
        self.sandbox.close()


def score_case(case: Case, sandbox: Sandbox) -> dict[str, Any]:
    """All scores of one case as JSON values; ``strict`` is None where the gold does not run."""
    from multivis.charts.metrics.published import published_scores
    from multivis.charts.metrics.strict import strict_scores

    code = str(case.values.get("prediction") or "")
    found = published_scores(code, case.gold, sandbox, case.inputs)
    gold = sandbox.run(case.gold, case.inputs, Limits(spec_bytes=60_000_000)).spec
    strict = None if gold is None else strict_scores(found.spec, gold)
    return {
        "executed": found.executed,
        "error": found.error,
        "errors": dict(found.errors),
        "published": {**found.scores, "overall": found.overall},
        "strict": strict and {**strict.scores, "overall": round(strict.overall, 6)},
        "notes": list(strict.notes) if strict else [],
    }


def summarise(
    cases: Sequence[Case], scores: Mapping[str, Mapping[str, Any]], metric: str
) -> dict[str, dict[str, float]]:
    """Means per scenario and over all cases, from 0 to 1.

    Args:
        cases: The cases.
        scores: What `score_case` gave, by case.
        metric: ``published`` counts every case, ``strict`` those whose gold runs.
    """
    groups: dict[str, Iterable[Case]] = {"all": cases}
    for name in SCENARIOS:
        groups[name] = [case for case in cases if case.scenario == name]
    told = {}
    for name, members in groups.items():
        listed = [scores[case.id] for case in members if scores[case.id].get(metric)]
        if not listed:
            continue
        told[name] = {
            "cases": float(len(listed)),
            "executed": _mean(float(s["executed"]) for s in listed),
            "correct": _mean(float(s[metric]["overall"] > CORRECT) for s in listed),
            **{key: _mean(s[metric][key] for s in listed) for key in listed[0][metric]},
        }
    return told


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(sum(listed) / len(listed), 6)
