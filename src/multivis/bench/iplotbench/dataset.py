"""A set of figures on disk: one folder a figure, with picture, specification and questions.

```
DIR/<figure_id>/fig.json       the Plotly figure (ground truth)
DIR/<figure_id>/fig.png        its picture, 800 x 600
DIR/<figure_id>/qa_pairs.json  the questions with their answers
DIR/<figure_id>/metadata.json  id, type, place in the set, number of questions
```
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from multivis.bench.iplotbench.questions import Question
from multivis.errors import SourceFormatError, SourceNotFoundError

__all__ = ["FIGURE_TYPES", "Case", "load_set", "read_json"]

FIGURE_TYPES: tuple[str, ...] = ("vbar_categorical", "hbar_categorical", "pie", "line", "dot_line")
"""The five types in the order of the set."""


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        SourceNotFoundError: There is no such file.
        SourceFormatError: It is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"There is no file {path}.") from error
    except (ValueError, OSError, RecursionError) as error:
        raise SourceFormatError(
            f"The file {path} is not readable JSON: {error}.", hint="Generate the set again."
        ) from error


@dataclass(frozen=True)
class Case:
    """One figure of a set.

    Attributes:
        id: Name of its folder.
        type: One of `FIGURE_TYPES`.
        index: Place in the whole set, from 0.
        folder: Where its files are.
    """

    id: str
    type: str
    index: int
    folder: Path

    @property
    def image(self) -> Path:
        """The picture; a model sees it as ``input.png``."""
        return self.folder / "fig.png"

    @cached_property
    def figure(self) -> dict[str, Any]:
        """The ground truth, Plotly JSON.

        Raises:
            SourceFormatError: It is not a figure.
        """
        found = read_json(self.folder / "fig.json")
        if not isinstance(found, dict) or not isinstance(found.get("data"), list):
            raise SourceFormatError(f"The file {self.folder / 'fig.json'} holds no Plotly figure.")
        return found

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The questions in the order in which they are asked.

        Raises:
            SourceFormatError: They are not in the form of the benchmark.
        """
        path = self.folder / "qa_pairs.json"
        try:
            return tuple(_question(entry) for entry in read_json(path))
        except (KeyError, TypeError, ValueError) as error:
            raise SourceFormatError(f"The file {path} holds no questions: {error!r}.") from error


def _question(entry: Mapping[str, Any]) -> Question:
    answer = int(entry["answer"])
    if answer not in (0, 1):
        raise ValueError(f"answer {answer}")
    return Question(
        int(entry["question_id"]), str(entry["color1_name"]), str(entry["color2_name"]), answer
    )


def load_set(folder: Path, limit: int | None = None) -> list[Case]:
    """The figures of a set, in its order.

    Args:
        folder: What `generate` wrote.
        limit: At most so many figures, taken evenly from all types.

    Raises:
        SourceNotFoundError: There is no such folder, or no figure in it.
        SourceFormatError: A figure's metadata cannot be read.
    """
    if not folder.is_dir():
        raise SourceNotFoundError(
            f"There is no folder {folder}.", hint="Make one: multivis bench iplotbench generate."
        )
    cases = [_case(path) for path in folder.glob("*/metadata.json")]
    if not cases:
        raise SourceNotFoundError(
            f"The folder {folder} holds no figures.",
            hint="Make some: multivis bench iplotbench generate.",
        )
    cases.sort(key=lambda case: (case.index, case.id))
    return cases if limit is None else _evenly(cases, limit)


def _case(path: Path) -> Case:
    told = read_json(path)
    try:
        return Case(
            str(told["figure_id"]),
            str(told["figure_type"]),
            int(told["image_index"]),
            path.parent,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SourceFormatError(f"The file {path} is no metadata: {error!r}.") from error


def _evenly(cases: list[Case], limit: int) -> list[Case]:
    """The first figures of every type in turn, so that a part is like the whole."""
    place: dict[str, int] = {}
    rounds: list[tuple[int, int, Case]] = []
    for order, case in enumerate(cases):
        turn = place[case.type] = place.get(case.type, -1) + 1
        rounds.append((turn, order, case))
    rounds.sort(key=lambda entry: entry[:2])
    chosen = {case.id for _, _, case in rounds[:limit]}
    return [case for case in cases if case.id in chosen]
