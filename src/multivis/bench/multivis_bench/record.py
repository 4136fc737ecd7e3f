"""What a run leaves on disk: one line a finished case, then the published result format."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from multivis.bench.multivis_bench.cases import Case
from multivis.errors import InputError, OutputError

__all__ = [
    "CASES",
    "PREDICTIONS",
    "RUN",
    "SCORES",
    "Prediction",
    "append_prediction",
    "read_predictions",
    "read_run",
    "write_json",
    "write_predictions",
]

CASES = "cases.jsonl"
PREDICTIONS = "predictions.json"
RUN = "run.json"
SCORES = "scores.json"


class Prediction(BaseModel):
    """What a system gave for one case.

    Attributes:
        id: The case.
        prediction: Native Altair code that opens ``database/<db_id>.sqlite``; "" without one.
        status: ``complete``, ``exhausted`` or ``failed``, as the system says.
        why: Why there is no chart, or what was wrong with it.
        seconds: Wall-clock time.
        calls: Calls of models.
        prompt_tokens: Tokens of prompts.
        completion_tokens: Tokens of answers.
        rules: How often each rule acted.
    """

    model_config = ConfigDict(extra="ignore")

    id: str
    prediction: str = ""
    status: str = "failed"
    why: str = ""
    seconds: float = 0.0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    rules: dict[str, int] = {}


def append_prediction(out: Path, prediction: Prediction) -> None:
    """Write one finished case down; it is on disk when this returns.

    Raises:
        OutputError: It cannot be written.
    """
    line = prediction.model_dump_json() + "\n"
    try:
        with (out / CASES).open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OutputError(f"The folder {out} cannot be written: {error.strerror}.") from error


def read_predictions(out: Path) -> dict[str, Prediction]:
    """The finished cases of a run; a line that was cut off is none."""
    try:
        lines = (out / CASES).read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    found: dict[str, Prediction] = {}
    for line in lines:
        try:
            prediction = Prediction.model_validate_json(line)
        except ValidationError:
            continue
        found[prediction.id] = prediction
    return found


def write_json(path: Path, value: Any) -> None:
    """Write a file at once or not at all.

    Raises:
        OutputError: It cannot be written.
    """
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise OutputError(f"The file {path} cannot be written: {error.strerror}.") from error


def write_predictions(
    out: Path, cases: Sequence[Case], predictions: Mapping[str, Prediction]
) -> None:
    """Write ``predictions.json``: each case's keys and ``prediction``, the published format."""
    listed = [
        {**case.values, "prediction": predictions[case.id].prediction}
        for case in cases
        if case.id in predictions
    ]
    write_json(out / PREDICTIONS, listed)


def read_run(out: Path) -> dict[str, Any]:
    """What `run_benchmark` wrote of its settings; empty when there is nothing.

    Raises:
        InputError: The file is damaged.
    """
    path = out / RUN
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"The file {path} cannot be read: {error}.", hint="Run again.") from error
    return found if isinstance(found, dict) else {}
