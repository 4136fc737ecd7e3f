"""Scores of a run, from its files alone: the tables of iPlotBench (2026), section 5."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multivis.bench.iplotbench.dataset import FIGURE_TYPES, Case, load_set, read_json
from multivis.bench.iplotbench.questions import FAMILIES, FAMILIES_BY_MEANING
from multivis.bench.iplotbench.record import write_json
from multivis.bench.iplotbench.similarity import PENALTIES, Similarity, compare_figures
from multivis.errors import MultiVisError, SourceNotFoundError

__all__ = ["WELL_RECREATED", "FigureScore", "score_run"]

WELL_RECREATED = 0.9
"""S_Data from which a figure counts as well recreated (section 5.4)."""

_VIEW_TOOLS = ("relayout", "legendclick", "selected")
_SCORES = ("type", "data", "text", "style")

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Reply:
    """One question with its reply.

    Attributes:
        question: Its id, 0 to 14.
        answer: The right answer.
        given: What was answered, or None.
    """

    question: int
    answer: int
    given: int | None

    @property
    def right(self) -> bool:
        """Whether it is right; no answer is wrong."""
        return self.given == self.answer


@dataclass(frozen=True)
class FigureScore:
    """What one figure scored.

    Attributes:
        id: The figure.
        type: Its type.
        similarity: The four scores of Task 1.
        replies: Its questions with the replies.
    """

    id: str
    type: str
    similarity: Similarity
    replies: tuple[Reply, ...]

    @property
    def accuracy(self) -> float:
        """Share of right replies."""
        return _share(reply.right for reply in self.replies)


def score_run(data: Path, out: Path, report: Report | None = None) -> dict[str, Any]:
    """Score what a run wrote and keep the scores in ``scores.json``.

    Only ``fig.json``, ``answers.json`` and, where there is one, ``summary.json`` are read: it
    says which figures were run and how often tools were called. Without it, every figure of
    the set counts. A figure or an answer that is not there is invalid and scores 0.

    Args:
        data: The set.
        out: Folder of the run.
        report: Told how many figures are scored, and how many there are.

    Returns:
        What ``scores.json`` holds.

    Raises:
        SourceNotFoundError: There is no such set, or nothing of it in `out`.
        OutputError: ``scores.json`` cannot be written.
        MissingExtraError: The extra 'bench' is not installed.
    """
    cases = load_set(data)
    summary = _summary(out)
    ran = set(summary.get("figures") or [case.id for case in cases])
    cases = [case for case in cases if case.id in ran]
    if not any((out / case.id).is_dir() for case in cases):
        raise SourceNotFoundError(
            f"The folder {out} holds no figure of the set {data}.",
            hint="Give the folder that 'run' wrote, and the set it was run on.",
        )
    figures = []
    for number, case in enumerate(cases, 1):
        figures.append(_score(case, out / case.id))
        if report is not None:
            report(number, len(cases))
    scores = {
        "benchmark": "iplotbench",
        "config": summary.get("config"),
        "model": summary.get("model"),
        **tabulate(figures),
        "tools": _tool_usage(summary.get("sessions") or {}),
        "seconds": summary.get("seconds"),
        "by_figure": {figure.id: _line(figure) for figure in figures},
    }
    write_json(out / "scores.json", scores)
    return scores


def _summary(out: Path) -> dict[str, Any]:
    path = out / "summary.json"
    found = read_json(path) if path.is_file() else {}
    return found if isinstance(found, dict) else {}


def _score(case: Case, folder: Path) -> FigureScore:
    """One figure, from its two files."""
    answers = _read(folder / "answers.json")
    given = answers if isinstance(answers, Mapping) else {}
    replies = tuple(
        Reply(question.id, question.answer, _digit(given.get(str(number))))
        for number, question in enumerate(case.questions)
    )
    similarity = compare_figures(case.figure, _read(folder / "fig.json"))
    return FigureScore(case.id, case.type, similarity, replies)


def _read(path: Path) -> Any:
    """What a file of the run holds; a broken one is invalid, as a missing one is."""
    try:
        return read_json(path)
    except MultiVisError:
        return None


def _digit(value: Any) -> int | None:
    return value if isinstance(value, int) and value in (0, 1) else None


def _line(figure: FigureScore) -> dict[str, Any]:
    """One figure's scores in short."""
    scores = {name: round(getattr(figure.similarity, name), 6) for name in _SCORES}
    wrong = [number for number, reply in enumerate(figure.replies) if not reply.right]
    return {**scores, "valid": figure.similarity.valid, "wrong_answers": wrong}


# ── tables ──────────────────────────────────────────────────────────────────────────────────


def tabulate(figures: Sequence[FigureScore]) -> dict[str, Any]:
    """Every table but that of the tools.

    Args:
        figures: The scored figures, at least one.
    """
    valid = [figure for figure in figures if figure.similarity.valid]
    replies = [reply for figure in figures for reply in figure.replies]
    well = [figure for figure in figures if figure.similarity.data >= WELL_RECREATED]
    by_type = {kind: [f for f in figures if f.type == kind] for kind in FIGURE_TYPES}
    return {
        "figures": len(figures),
        "questions": len(replies),
        "invalid": {
            "figures": len(figures) - len(valid),
            "answers": sum(reply.given is None for reply in replies),
        },
        "recreation": {
            "invalid_as_zero": _means(figures),
            "valid_only": _means(valid),
            "by_type": {kind: _means(those) for kind, those in by_type.items() if those},
        },
        "data_by_penalty": {
            f"{penalty:g}": _mean(f.similarity.data_by_penalty[penalty] for f in figures)
            for penalty in PENALTIES
        },
        "accuracy": {
            "all": _share(reply.right for reply in replies),
            "answered_only": _share(r.right for r in replies if r.given is not None),
            "per_figure": _mean(figure.accuracy for figure in figures if figure.replies),
            "by_type": {
                kind: _share(reply.right for f in those for reply in f.replies)
                for kind, those in by_type.items()
                if those
            },
            **_by_family(replies),
            "by_question": {
                str(question): {
                    "right": sum(r.right for r in replies if r.question == question),
                    "asked": sum(r.question == question for r in replies),
                }
                for question in sorted({reply.question for reply in replies})
            },
        },
        "well_recreated": {
            "figures": len(well),
            "per_figure": _mean(figure.accuracy for figure in well if figure.replies),
            **_by_family([reply for figure in well for reply in figure.replies]),
        },
    }


def _by_family(replies: Sequence[Reply]) -> dict[str, dict[str, float]]:
    """Accuracy by family, as the published code files the questions and as the text does."""
    return {
        name: {
            family: _share(r.right for r in replies if r.question in ids)
            for family, ids in families.items()
        }
        for name, families in (
            ("by_family", FAMILIES),
            ("by_family_by_meaning", FAMILIES_BY_MEANING),
        )
    }


def _means(figures: Sequence[FigureScore]) -> dict[str, float]:
    """Means of the four scores."""
    return {name: _mean(getattr(f.similarity, name) for f in figures) for name in _SCORES}


def _mean(values: Iterable[float]) -> float:
    """The mean; 0 of nothing."""
    found = list(values)
    return statistics.fmean(found) if found else 0.0


def _share(values: Iterable[bool]) -> float:
    return _mean(float(value) for value in values)


def _tool_usage(sessions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Table 8: share of sessions that called each tool, and calls, by type of figure.

    ``total`` counts the three tools that change the view, as the paper does.
    """
    usage: dict[str, Any] = {}
    for kind in FIGURE_TYPES:
        called = [_calls(s) for s in sessions.values() if s.get("figure_type") == kind]
        if not called:
            continue
        names = sorted({*_VIEW_TOOLS, *(name for calls in called for name in calls)})
        usage[kind] = {
            "sessions": len(called),
            "share_of_sessions": {n: _share(c.get(n, 0) > 0 for c in called) for n in names},
            "calls": {name: sum(calls.get(name, 0) for calls in called) for name in names},
            "total": sum(calls.get(name, 0) for calls in called for name in _VIEW_TOOLS),
        }
    return usage


def _calls(session: Mapping[str, Any]) -> dict[str, int]:
    """Calls of each tool in one session, both tasks together."""
    total: dict[str, int] = {}
    for calls in (session.get("tools") or {}).values():
        for name, count in calls.items():
            total[name] = total.get(name, 0) + int(count)
    return total
