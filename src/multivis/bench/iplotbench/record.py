"""What a run writes: a figure's recreation, its answers, how the session went, and a summary.

```
OUT/<figure_id>/fig.json      the recreated figure; absent when there was none that is valid
OUT/<figure_id>/answers.json  number of the question, from 0 → 0 or 1; no entry without an answer
OUT/<figure_id>/session.json  how the session went; written last, so it marks a finished figure
OUT/summary.json              the configuration, the figures, and every session in short
```
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from multivis.bench.iplotbench.dataset import Case
from multivis.errors import OutputError

__all__ = ["Session", "read_session", "write_json", "write_session", "write_summary"]

Status = Literal["done", "timeout", "provider"]


class Session(BaseModel):
    """How the session about one figure went.

    Attributes:
        figure_id: The figure.
        figure_type: Its type.
        config: The configuration.
        model: Name of the model.
        status: ``done``; ``timeout``, when the time was used up before the last question; or
            ``provider``, when the model's provider failed: such a figure is run again on resume.
        why: What stopped it, if not done.
        recreated: Whether there is a valid figure.
        questions: How many were to be asked.
        answered: How many have an answer.
        seconds: Wall time for the figure.
        tokens: What it cost; 0 for models that do not count.
        tools: Task (``recreation``, ``questions``) → tool → number of calls.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    figure_id: str
    figure_type: str
    config: str
    model: str
    status: Status = "done"
    why: str = ""
    recreated: bool = False
    questions: int = 0
    answered: int = 0
    seconds: float = 0.0
    tokens: int = 0
    tools: dict[str, dict[str, int]] = {}


def write_json(path: Path, value: Any) -> None:
    """Write a file at once or not at all.

    Raises:
        OutputError: It cannot be written.
    """
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise OutputError(f"The file {path} cannot be written: {error.strerror}.") from error


def write_session(
    out: Path, session: Session, figure: Mapping[str, Any] | None, answers: Mapping[int, int]
) -> None:
    """Write one figure's folder; files of an earlier try are replaced."""
    folder = out / session.figure_id
    (folder / "fig.json").unlink(missing_ok=True)
    if figure is not None:
        write_json(folder / "fig.json", figure)
    write_json(folder / "answers.json", {str(number): a for number, a in answers.items()})
    write_json(folder / "session.json", session.model_dump(mode="json"))


def read_session(out: Path, figure_id: str) -> Session | None:
    """A figure's session, or None when it is not there or not whole."""
    path = out / figure_id / "session.json"
    try:
        return Session.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def write_summary(out: Path, config: str, model: str, cases: Sequence[Case]) -> dict[str, Any]:
    """Write the summary from the sessions on disk; returns it.

    Args:
        out: Folder of the run.
        config: The configuration.
        model: Name of the model.
        cases: The figures of the run, also those that are not finished.
    """
    found = {case.id: read_session(out, case.id) for case in cases}
    sessions = {name: session for name, session in found.items() if session is not None}
    times = [session.seconds for session in sessions.values()]
    summary = {
        "benchmark": "iplotbench",
        "config": config,
        "model": model,
        "figures": [case.id for case in cases],
        "finished": len(sessions),
        "status": dict(Counter(session.status for session in sessions.values())),
        "without_figure": sum(not session.recreated for session in sessions.values()),
        "without_answer": sum(s.questions - s.answered for s in sessions.values()),
        "seconds": {
            "mean": round(statistics.fmean(times), 3) if times else 0.0,
            "longest": round(max(times, default=0.0), 3),
        },
        "tokens": sum(session.tokens for session in sessions.values()),
        "tool_calls": _tool_calls(sessions.values()),
        "sessions": {
            name: session.model_dump(mode="json", exclude={"figure_id", "config", "model"})
            for name, session in sessions.items()
        },
    }
    write_json(out / "summary.json", summary)
    return summary


def _tool_calls(sessions: Iterable[Session]) -> dict[str, int]:
    """Calls of each tool in all sessions."""
    total: Counter[str] = Counter()
    for session in sessions:
        for calls in session.tools.values():
            total.update(calls)
    return dict(sorted(total.items()))
