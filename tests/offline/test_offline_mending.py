"""What failed checks recommend changes the plan."""

from __future__ import annotations

from typing import Any

import pytest

from multivis.offline.mend import mend_plan
from multivis.offline.plan import Channel, Layer, Plan, View

QUESTION = (
    'Horizontal bar chart sorted ascending, titled "Shops", with a separate row for each region '
    "and a y-axis labeled \"People\". I want to zoom."
)  # fmt: skip


def _plan(mark: str = "bar", **more: Any) -> Plan:
    channels = (
        Channel("x", "city", "nominal", title="City"),
        Channel("y", "shops", "quantitative", title="Shops", scale=more.get("scale", {})),
        Channel("color", "region", "nominal", title="Region"),
    )
    return Plan(views=(View(layers=(Layer(mark, {}, channels),)),))


def _mended(check: str, plan: Plan | None = None, question: str = QUESTION) -> Plan:
    return mend_plan(plan or _plan(), [{"check": check, "text": "", "target": "code"}], question)


def test_bars_are_laid() -> None:
    layer = _mended("orientation-asked-for").layers[0]
    assert layer.channel("y").field == "city"  # type: ignore[union-attr]


def test_a_stack_of_what_does_not_add_up_is_put_side_by_side() -> None:
    layer = _mended("stack-of-non-additive").layers[0]
    assert layer.channel("xOffset").field == "region"  # type: ignore[union-attr]
    assert _mended("stack-of-non-additive", _plan("area")).layers[0].mark == "line"


def test_panels_are_made_of_what_colours_told_apart() -> None:
    layer = _mended("facet-asked-for").layers[0]
    assert layer.channel("row").field == "region"  # type: ignore[union-attr]


def test_the_mark_becomes_the_one_that_was_asked_for() -> None:
    assert _mended("chart-type-asked-for", _plan("point")).layers[0].mark == "bar"


def test_titles_are_taken_from_the_words() -> None:
    assert _mended("title-asked-for").title == "Shops"
    layer = _mended("axis-titles-asked-for: the axis title").layers[0]
    assert layer.channel("y").title == "People"  # type: ignore[union-attr]


def test_the_order_is_taken_from_the_words() -> None:
    layer = _mended("sort-asked-for").layers[0]
    assert layer.channel("x").sort == "y"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("check", "before", "after"),
    [
        ("bars-start-at-zero", {"zero": False}, {}),
        ("log-scale-domain", {"type": "log"}, {"type": "symlog"}),
    ],
)
def test_scales_are_mended(check: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    layer = _mended(check, _plan(scale=before)).layers[0]
    assert layer.channel("y").scale == after  # type: ignore[union-attr]


def test_crowded_charts_get_room() -> None:
    plan = _mended("labels-collide")
    assert plan.width >= 600
    assert plan.layers[0].channel("x").axis["labelAngle"] == -45  # type: ignore[union-attr]


def test_missing_tooltips_labels_and_interactions_are_added() -> None:
    assert _mended("tooltip-asked-for").layers[0].channel("tooltip") is not None
    assert _mended("labels-asked-for").layers[-1].mark == "text"
    assert _mended("interaction-asked-for").selections


@pytest.mark.parametrize("recommendation", [None, 3, "words", {}, {"check": None}, {"text": "?"}])
def test_what_is_not_understood_changes_nothing(recommendation: Any) -> None:
    assert mend_plan(_plan(), [recommendation], QUESTION) == _plan()
