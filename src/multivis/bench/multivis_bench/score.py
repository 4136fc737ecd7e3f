"""Score predictions, whoever made them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.bench.multivis_bench.cases import SCENARIOS, Case, read_cases
from multivis.bench.multivis_bench.record import PREDICTIONS, SCORES, read_run, write_json
from multivis.bench.pool import in_parallel
from multivis.charts.metrics.perceptual import ALPHA, POINTS, combined, high_score
from multivis.charts.metrics.published import CORRECT
from multivis.errors import InputError, RenderError
from multivis.settings import Limits

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from multivis.bench.multivis_bench.judge import PictureJudge
    from multivis.protocols import Sandbox

__all__ = [
    "METRICS",
    "ScoreWorker",
    "picture_of",
    "run_gold",
    "score_case",
    "score_predictions",
    "summarise",
]

METRICS = ("published", "strict", "picture", "perceptual")
"""What is measured of each case; `perceptual` only with a judge."""

JUDGEMENTS = "judgements"


def score_predictions(
    predictions: Path,
    *,
    databases: Path | None = None,
    jobs: int = 1,
    out: Path | None = None,
    judge: str | BaseChatModel | None = None,
    alpha: float = ALPHA,
    report: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Score a file in the published format: each case's keys and ``prediction``.

    Args:
        predictions: ``predictions.json``, or the folder of a run.
        databases: Folder with ``<db_id>.sqlite``; by default the run's own.
        jobs: Cases at once.
        out: Where ``scores.json`` is written; beside the predictions by default.
        judge: A model that sees pictures, for the perceptual score of §5.2; none by default.
        alpha: Weight of the structural layer in S_vis (Eq. 18).
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
    folder_out = out or path.parent
    scores: dict[str, dict[str, Any]] = {}
    if report is not None:
        report(0, len(cases))
    worker = partial(ScoreWorker, judge, folder_out / JUDGEMENTS, alpha)
    for case, found in in_parallel(worker, cases, jobs, processes=False):
        scores[case.id] = found
        if report is not None:
            report(len(scores), len(cases))
    told = {
        "run": {key: about[key] for key in ("system", "model", "scenario") if key in about},
        **{metric: summarise(cases, scores, metric) for metric in METRICS},
        "cases": {case.id: scores[case.id] for case in cases},
    }
    write_json(folder_out / SCORES, told)
    return told


class ScoreWorker:
    """One sandbox, and one judge if there is any, for all cases.

    Args:
        judge: A model that sees pictures, or None.
        folder: Where its answers are kept.
        alpha: Weight of the structural layer in S_vis.
    """

    def __init__(
        self, judge: str | BaseChatModel | None, folder: Path, alpha: float = ALPHA
    ) -> None:
        from multivis.bench.multivis_bench.judge import PictureJudge
        from multivis.sandbox import open_sandbox

        self.judge = None if judge is None else PictureJudge(judge, folder)
        self.alpha = alpha
        self.sandbox: Sandbox = open_sandbox()

    def run(self, case: Case) -> dict[str, Any]:
        """The scores of one case."""
        return score_case(case, self.sandbox, self.judge, self.alpha)

    def close(self) -> None:
        """Close the sandbox."""
        self.sandbox.close()


def score_case(
    case: Case, sandbox: Sandbox, judge: PictureJudge | None = None, alpha: float = ALPHA
) -> dict[str, Any]:
    """All scores of one case as JSON values.

    ``strict`` and ``picture`` are None where the gold does not run; ``perceptual`` is None
    without a judge.
    """
    from multivis.charts.metrics.published import published_scores
    from multivis.charts.metrics.strict import strict_scores

    code = str(case.values.get("prediction") or "")
    found = published_scores(code, case.gold, sandbox, case.inputs)
    gold = run_gold(case, sandbox)
    strict = None if gold is None else strict_scores(found.spec, gold)
    mine, other = picture_of(found.spec), picture_of(gold)
    return {
        "executed": found.executed,
        "error": found.error,
        "errors": dict(found.errors),
        "published": {**found.scores, "overall": round(found.overall, 6)},
        "strict": strict and {**strict.scores, "overall": round(strict.overall, 6)},
        "picture": _picture_scores(mine, other),
        "perceptual": judge and _perceptual(judge, case, mine, other, found.overall, alpha),
        "notes": list(strict.notes) if strict else [],
    }


def run_gold(case: Case, sandbox: Sandbox) -> dict[str, Any] | None:
    """The Vega-Lite of the reference code; None where it does not run."""
    return sandbox.run(case.gold, case.inputs, Limits(spec_bytes=60_000_000)).spec


def picture_of(spec: Mapping[str, Any] | None) -> bytes | None:
    """The PNG of a specification; None where it cannot be drawn."""
    from multivis.charts.backends import get_backend

    if spec is None:
        return None
    try:
        return get_backend("altair").png(spec, scale=1.0)
    except RenderError:
        return None


def _picture_scores(mine: bytes | None, gold: bytes | None) -> dict[str, float] | None:
    from multivis.charts.metrics.pictures import compare_pictures

    if gold is None:
        return None
    if mine is None:
        return {"ssim": 0.0, "edges": 0.0, "overall": 0.0}
    found = compare_pictures(mine, gold)
    return {"ssim": found.ssim, "edges": found.edges, "overall": round(found.overall, 6)}


def _perceptual(
    judge: PictureJudge,
    case: Case,
    mine: bytes | None,
    gold: bytes | None,
    low: float,
    alpha: float,
) -> dict[str, float]:
    """The judge's scores, S_high as ``overall``, and S_vis as ``combined``."""
    if mine is None:
        scores = dict.fromkeys(POINTS, 0.0)
    else:
        scores = judge.judge(case.question, mine, gold).scores()
    high = high_score(scores)
    return {**scores, "overall": high, "combined": combined(low, high, alpha)}


def summarise(
    cases: Sequence[Case], scores: Mapping[str, Mapping[str, Any]], metric: str
) -> dict[str, dict[str, float]]:
    """Means per scenario and over all cases, from 0 to 1.

    Args:
        cases: The cases.
        scores: What `score_case` gave, by case.
        metric: ``published`` counts every case, ``strict`` and ``picture`` those whose gold
            runs, ``perceptual`` those that were judged.
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
