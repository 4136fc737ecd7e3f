"""Specifications that once broke something."""

from __future__ import annotations

from typing import Any

import pytest

from multivis.charts.metrics.strict import strict_scores

from .materials import base_specs
from .world import World


@pytest.mark.parametrize(
    "changed",
    [
        {"encoding": "a"},
        {"encoding": {"x": {"field": "region", "type": []}}},
        {"params": 3},
        {"transform": {"filter": "datum.amount > 0"}},
        {"layer": ["a", None]},
    ],
    ids=repr,
)
def test_a_specification_with_parts_of_the_wrong_form_is_scored(changed: dict[str, Any]) -> None:
    gold = base_specs()[0]
    made = strict_scores({**gold, **changed}, gold)
    assert all(0.0 <= score <= 1.0 for score in made.scores.values())
    assert made.overall <= 1.0


def test_a_plotly_figure_whose_layout_is_none_is_listed(world: World) -> None:
    with world.views.session("odd layouts") as session:
        session.add_figure({"data": [{"type": "bar", "x": ["a"], "y": [1]}], "layout": [None]})
        assert [plot["title"] for plot in session.plots()] == [""]
