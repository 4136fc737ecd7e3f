"""How alike two charts are in what they draw, say and let a reader do.

Six dimensions on Vega-Lite and on the scenegraph of the reference runtime, each from 0 to 1. What
MultiVis-Agent §5.1 describes: names, order of layers and the way to a number do not count; what is
drawn does. A chart against itself is 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from multivis.charts.metrics.strict.drawn import DrawnChart, draw_chart
from multivis.charts.metrics.strict.encodings import encoding_score, pair_views
from multivis.charts.metrics.strict.interaction import interaction_score
from multivis.charts.metrics.strict.matching import multiset_f1, soft_f1
from multivis.charts.metrics.strict.tables import table_similarity
from multivis.charts.metrics.strict.words import text_score

__all__ = ["DIMENSIONS", "DrawnChart", "StrictScores", "draw_chart", "strict_scores"]

DIMENSIONS = ("marks", "data", "encoding", "interaction", "text", "transform")
"""The six dimensions."""

_KINDS_WEIGHT = 0.3


@dataclass(frozen=True)
class StrictScores:
    """Scores of one chart against a reference.

    Attributes:
        scores: Dimension → score from 0 to 1.
        notes: What kept a comparison from the drawn chart, for example that it has no rows.
    """

    scores: dict[str, float]
    notes: tuple[str, ...] = ()

    @property
    def overall(self) -> float:
        """Unweighted mean of the six, from 0 to 1."""
        return sum(self.scores.values()) / len(self.scores)


def strict_scores(
    prediction: Mapping[str, Any] | DrawnChart | None, gold: Mapping[str, Any] | DrawnChart
) -> StrictScores:
    """Compare a chart with a reference.

    Args:
        prediction: Vega-Lite with its data inline, or what `draw_chart` gave; None scores 0.
        gold: The reference, likewise.

    Returns:
        `marks`: F1 of the multisets of marks over all views. `data`: F1 of the rows that the
        views draw, by value. `encoding`: F1 of the channels by field, type, operation and
        order. `interaction`: F1 of the parameters by what they do. `text`: fuzzy F1 of titles.
        `transform`: 1 where neither has transforms, else how far their effects agree. A chart
        that the runtime cannot draw shows no row: beside a reference that is drawn, `data` and
        `transform` are 0, and a note says why.
    """
    if prediction is None:
        return StrictScores(dict.fromkeys(DIMENSIONS, 0.0), ("There is no chart.",))
    mine = prediction if isinstance(prediction, DrawnChart) else draw_chart(prediction)
    other = gold if isinstance(gold, DrawnChart) else draw_chart(gold)
    try:
        scores = _scores(mine, other)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        if mine.scene is not None and other.scene is not None:
            raise
        # what the runtime cannot draw may have any form
        why = f"It is not well-formed: {type(error).__name__}: {error}"
        return StrictScores(dict.fromkeys(DIMENSIONS, 0.0), (why,))
    notes = tuple(
        f"{name}: {chart.problem}"
        for name, chart in (("prediction", mine), ("gold", other))
        if chart.problem
    )
    return StrictScores({name: round(score, 6) for name, score in scores.items()}, notes)


def _scores(mine: DrawnChart, other: DrawnChart) -> dict[str, float]:
    """The six scores, unrounded."""
    pairs = pair_views(mine.views, other.views)
    return {
        "marks": multiset_f1([v.mark for v in mine.views], [v.mark for v in other.views]),
        "data": 0.0 if _only_other_is_drawn(mine, other) else _rows_score(mine, other),
        "encoding": encoding_score(mine.views, other.views, pairs),
        "interaction": interaction_score(mine, other),
        "text": text_score(mine, other),
        "transform": 0.0 if _only_other_is_drawn(mine, other) else _transform_score(mine, other),
    }


def _only_other_is_drawn(mine: DrawnChart, other: DrawnChart) -> bool:
    """Whether the runtime draws the reference but not the chart, which then shows no row."""
    return mine.scene is None and other.scene is not None


def _rows_score(mine: DrawnChart, other: DrawnChart) -> float:
    """F1 of the rows that the views draw, each view with the most like it."""
    return soft_f1(mine.tables, other.tables, table_similarity)


def _transform_score(mine: DrawnChart, other: DrawnChart) -> float:
    """Transforms by effect: the rows that come out of them, and a little for the same steps.

    Work that one chart does in Vega-Lite and the other before it leaves the same rows.
    """
    steps = [tuple(v.steps) for v in mine.views], [tuple(v.steps) for v in other.views]
    if not any(steps[0]) and not any(steps[1]):
        return 1.0
    effect = _rows_score(mine, other)
    kinds = multiset_f1([s for v in steps[0] for s in v], [s for v in steps[1] for s in v])
    return effect + (1 - effect) * _KINDS_WEIGHT * kinds
