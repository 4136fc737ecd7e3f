"""The perceptual score of MultiVis-Agent §5.2: what a vision model is asked for, and its sum.

Asking is left to those who have a model (`multivis.bench.multivis_bench.judge`); here are the six
dimensions with their points, and how both layers become one score (§5.3, Eq. 17 and 18).
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ALPHA", "POINTS", "Judgement", "combined", "high_score", "low_score"]

POINTS = {
    "chart_type": 20,
    "layout": 10,
    "text": 20,
    "data": 20,
    "style": 20,
    "clarity": 10,
}
"""Most points of each dimension; they sum to 100."""

ALPHA = 0.5
"""Weight of the structural layer in the paper's experiments."""


class Judgement(BaseModel):
    """Points for the six dimensions of a rendered chart."""

    model_config = ConfigDict(extra="forbid")

    chart_type: float = Field(ge=0, le=20, description="Is the chart type fit for data and task?")
    layout: float = Field(ge=0, le=10, description="Are the elements arranged clearly?")
    text: float = Field(ge=0, le=20, description="Do titles, labels and legends inform?")
    data: float = Field(ge=0, le=20, description="Are patterns and relations shown faithfully?")
    style: float = Field(ge=0, le=20, description="Do colours and markers serve the message?")
    clarity: float = Field(ge=0, le=10, description="Can the whole be read and understood?")
    reason: str = Field("", max_length=2_000, description="Two sentences on what decided.")

    def scores(self) -> dict[str, float]:
        """Dimension → share of its points, from 0 to 1."""
        return {name: float(getattr(self, name)) / most for name, most in POINTS.items()}


def low_score(scores: Mapping[str, float], weights: Mapping[str, float] | None = None) -> float:
    """S_low (Eq. 17): the weighted mean of the structural dimensions.

    Args:
        scores: Dimension → score from 0 to 1.
        weights: Of the dimensions; all alike by default, as in the numbers of Table 2 (the
            text names only two of the weights).
    """
    chosen: Mapping[str, float] = weights or dict.fromkeys(scores, 1.0)
    return sum(chosen[name] * score for name, score in scores.items()) / sum(
        chosen[name] for name in scores
    )


def high_score(scores: Mapping[str, float]) -> float:
    """S_high (Eq. 17): the perceptual dimensions by their points."""
    return sum(POINTS[name] * scores[name] for name in POINTS) / sum(POINTS.values())


def combined(low: float, high: float, alpha: float = ALPHA) -> float:
    """S_vis (Eq. 18): ``alpha`` · S_low + (1 - ``alpha``) · S_high.

    Raises:
        ValueError: `alpha` is not from 0 to 1.
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be from 0 to 1, not {alpha}.")
    return alpha * low + (1 - alpha) * high
