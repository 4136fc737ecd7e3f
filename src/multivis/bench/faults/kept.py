"""Records of runs on disk as they end, so that a long bench can be interrupted and go on."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from multivis.bench.faults.run import Plan, RunRecord, run_faults
from multivis.errors import OptionError

__all__ = ["forget_runs", "keep_runs"]

_SUFFIX = ".part.jsonl"


def keep_runs(plan: Plan, out: Path, *, resume: bool = False) -> Generator[RunRecord, None, None]:
    """Run a plan; each record is in a file of `out` before the next run begins.

    The draws of a run depend on the seed, the rate and its number alone, so the records of a
    bench that went on are those of one that was never interrupted.

    Args:
        plan: What is run.
        out: Folder to write.
        resume: Begin with the records that an earlier, equal plan left there.

    Yields:
        The records, in order, those of earlier first.

    Raises:
        OptionError: `out` holds records of an interrupted bench and `resume` is not set, or they
            are of another plan.
    """
    path = out / f"{plan.system}{_SUFFIX}"
    about = _about(plan)
    earlier = _earlier(path, about, resume=resume)
    out.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(about) + "\n")
        for record in earlier:
            file.write(json.dumps(asdict(record)) + "\n")
        file.flush()
        yield from earlier
        done = {(record.rate, record.number) for record in earlier}
        for record in run_faults(plan, done=done):
            file.write(json.dumps(asdict(record)) + "\n")
            file.flush()
            yield record


def forget_runs(system: str, out: Path) -> None:
    """Remove the file that `keep_runs` wrote, once the records are in the report."""
    (out / f"{system}{_SUFFIX}").unlink(missing_ok=True)


def _about(plan: Plan) -> dict[str, Any]:
    """What must be the same for the records of two plans to belong together."""
    return {
        "tasks": [task.name for task in plan.tasks],
        "seed": plan.seed,
        "kinds": list(plan.kinds),
        "world": plan.world,
        "judge": plan.judge,
        "wall_clock": plan.wall_clock,
        "rates": list(plan.rates),
        "runs": plan.runs,
    }


def _earlier(path: Path, about: dict[str, Any], *, resume: bool) -> list[RunRecord]:
    """The records of an interrupted bench; a line that was cut off is run again."""
    if not path.exists():
        return []
    if not resume:
        raise OptionError(
            f"The folder {path.parent} holds the runs of an interrupted bench.",
            hint="Go on with --resume, or give another folder.",
        )
    lines = [_values(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if not lines or lines[0] is None:
        return []
    differing = [name for name, value in about.items() if lines[0].get(name) != value]
    if differing:
        raise OptionError(
            f"The interrupted bench in {path.parent} had other options: {', '.join(differing)}.",
            hint="Give the same options with --resume, or another folder.",
        )
    names = {field.name for field in fields(RunRecord)}
    return [_record(values) for values in lines[1:] if values is not None and set(values) == names]


def _record(values: dict[str, Any]) -> RunRecord:
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return RunRecord(**given)


def _values(line: str) -> dict[str, Any] | None:
    try:
        values = json.loads(line)
    except json.JSONDecodeError:
        return None
    return values if isinstance(values, dict) else None
