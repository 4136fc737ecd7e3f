"""The structural scores of the released MultiVis-Bench suite, its quirks included.

So that numbers stand beside Table 2 of MultiVis-Agent (§5.1). Six dimensions, each 0 or 1 and
all of one weight; a case that does not run scores 0 and stays in the denominator. For what the
paper's text describes, see `multivis.charts.metrics.strict`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.settings import Limits

if TYPE_CHECKING:
    from multivis.protocols import Sandbox

__all__ = ["CORRECT", "DIMENSIONS", "PublishedScores", "published_scores"]

DIMENSIONS = ("chart_type", "data_mapping", "encoding", "interaction", "config", "transform")
"""The six dimensions of §5.1, in the order of Table 2."""

CORRECT = 0.8
"""A case counts as correct above this overall score: five of six."""

_LIMITS = Limits(spec_bytes=60_000_000, code_seconds=60.0)


@dataclass(frozen=True)
class PublishedScores:
    """Scores of one case.

    Attributes:
        scores: Dimension → 0.0 or 1.0.
        executed: Whether the prediction left a chart.
        error: Why it did not, or "".
        errors: What else went wrong: ``gold``, ``spec``, or a dimension → one sentence.
        spec: The Vega-Lite of the prediction, where it has one.
    """

    scores: dict[str, float]
    executed: bool
    error: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    spec: dict[str, Any] | None = None

    @property
    def overall(self) -> float:
        """Unweighted mean of the six, from 0 to 1."""
        return sum(self.scores.values()) / len(self.scores)

    @property
    def correct(self) -> bool:
        """Whether more than four fifths are right."""
        return self.overall > CORRECT


@cache
def _program() -> str:
    """The comparison, as the sandbox gets it."""
    source = files("multivis.charts.metrics").joinpath("published_program.py")
    return source.read_text(encoding="utf-8")


def published_scores(
    prediction: str,
    gold: str,
    sandbox: Sandbox,
    inputs: Mapping[str, Path | bytes] | None = None,
    limits: Limits | None = None,
) -> PublishedScores:
    """Compare the charts of two codes as the released suite does.

    Both run in one process of the sandbox, the prediction first, because the suite compares
    live Altair objects. A prediction could therefore tamper with its own score: use it on
    systems that you measure, not on an adversary.

    Args:
        prediction: Native Altair code; it may read `inputs`. A chart made by
            ``alt.Chart.from_dict`` scores 0 on the chart type, as in the suite.
        gold: The reference code.
        sandbox: Where both run.
        inputs: Files by the relative path that the codes open.
        limits: Limits of the run; 60 seconds and 60 MB by default.
    """
    nothing = dict.fromkeys(DIMENSIONS, 0.0)
    if not prediction.strip():
        return PublishedScores(nothing, False, "There is no prediction.")
    call = f"compare({prediction!r}, {gold!r})"
    run = sandbox.run(call, inputs, limits or _LIMITS, preset=_program() + _mentions(call))
    if run.error is not None or run.spec is None:
        said = run.error.message if run.error else "The comparison left nothing."
        return PublishedScores(nothing, False, said)
    found = run.spec["usermeta"]
    errors = {str(name): str(text) for name, text in found["errors"].items()}
    return PublishedScores(
        {name: float(found["scores"][name]) for name in DIMENSIONS},
        "prediction" not in errors,
        errors.pop("prediction", ""),
        errors,
        found["spec"],
    )


def _mentions(call: str) -> str:
    """An import that makes the sandbox watch a library which only the codes name."""
    return "\nimport altair\n" if "altair" in call else "\n"
