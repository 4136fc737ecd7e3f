"""What another library's code does not draw is said."""

from __future__ import annotations

import pytest

from multivis.offline.not_drawn import not_drawn
from multivis.offline.plan import Channel, Layer, Plan, Selection, View

X = Channel("x", "a", "quantitative")
Y = Channel("y", "b", "quantitative")
POINTS = Layer("point", channels=(X, Y))


def _plan(*layers: Layer, **more: object) -> Plan:
    return Plan(views=(View(layers=layers),), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("backend", ["plotly", "matplotlib"])
@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(views=(View((POINTS,)), View((POINTS,)))), "first of 2 charts"),
        (_plan(POINTS, selections=(Selection("brush", "interval"),)), "'brush'"),
        (_plan(Layer("area", {}, (X,), ({"density": "a", "as": ["a", "d"]},))), "violin"),
        (_plan(POINTS, Layer("line", {}, (X, Y), ({"loess": "b", "on": "a"},))), "straight line"),
        (_plan(POINTS, Layer("errorbar", {}, (X, Y))), "error bars"),
        (_plan(Layer("trail", {}, (X, Y))), "same width"),
        (_plan(POINTS, Layer("rule", {}, (Channel("y", datum=3),))), "reference line"),
    ],
)
def test_what_is_not_drawn_is_named(plan: Plan, words: str, backend: str) -> None:
    assert any(words in text for text in not_drawn(plan, backend))
    assert not_drawn(plan, "altair") == ()


def test_a_plain_chart_loses_nothing() -> None:
    for backend in ("altair", "plotly", "matplotlib"):
        assert not_drawn(_plan(POINTS), backend) == ()


def test_zoom_comes_with_plotly_but_not_with_a_picture() -> None:
    plan = _plan(POINTS, selections=(Selection("zoom", "interval", bind="scales"),))
    assert not_drawn(plan, "plotly") == ()
    assert not_drawn(plan, "matplotlib") != ()
