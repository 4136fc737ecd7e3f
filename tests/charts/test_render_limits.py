"""Drawing has a limit: a hostile specification is stopped, and the next chart is drawn."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from multivis.charts import renderer
from multivis.charts.backends.altair import AltairBackend
from multivis.charts.renderer import render
from multivis.charts.scenegraph import Scene
from multivis.errors import RenderError

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
X = {"x": {"field": "x", "type": "quantitative"}}
TWO = {"values": [{"x": 0, "y": 1}, {"x": 1, "y": 2}]}
GOOD: dict[str, Any] = {"$schema": SCHEMA, "data": TWO, "mark": "bar", "encoding": X}
HOSTILE: dict[str, dict[str, Any]] = {
    "a sequence of a thousand million": {
        "data": {"sequence": {"start": 0, "stop": 1e9, "step": 1, "as": "x"}},
        "mark": "point",
        "encoding": X,
    },
    "a density in a thousand million steps": {
        "data": TWO,
        "transform": [{"density": "x", "steps": 1_000_000_000, "as": ["x", "y"]}],
        "mark": "area",
        "encoding": X,
    },
    "a thousand million imputed keys": {
        "data": TWO,
        "transform": [{"impute": "y", "key": "x", "keyvals": {"start": 0, "stop": 1e9}}],
        "mark": "point",
        "encoding": X,
    },
    "a thousand million ticks": {
        "data": {"values": [{"x": 0}, {"x": 1e9}]},
        "mark": "point",
        "encoding": {"x": {**X["x"], "axis": {"tickCount": 1_000_000_000}}},
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_specification_that_never_ends_is_stopped(name: str) -> None:
    with pytest.raises(RenderError, match="stopped"):
        render("vegalite_to_png", {"$schema": SCHEMA, **HOSTILE[name]}, seconds=0.7)
    assert AltairBackend().png(GOOD).startswith(b"\x89PNG")


def test_a_specification_that_takes_too_much_memory_is_stopped() -> None:
    hostile = HOSTILE["a sequence of a thousand million"]
    with pytest.raises(RenderError, match="too much memory"):
        render("vegalite_to_png", {"$schema": SCHEMA, **hostile}, memory=50_000_000)


def test_a_chart_is_drawn_although_the_process_that_draws_was_killed() -> None:
    assert render("vegalite_to_svg", GOOD).startswith("<svg")
    for child in renderer._pool._idle:
        os.kill(child._process.pid, signal.SIGKILL)
    assert render("vegalite_to_svg", GOOD).startswith("<svg")
    assert Scene.of(GOOD).count() > 0


def test_what_the_runtime_refuses_is_told_and_the_process_is_kept() -> None:
    render("vegalite_to_svg", GOOD)
    kept = [child._process.pid for child in renderer._pool._idle]
    with pytest.raises(ValueError, match="conversion failed"):
        render("vegalite_to_png", {"$schema": SCHEMA, "mark": 7})
    assert set(kept) & {child._process.pid for child in renderer._pool._idle}


def test_the_process_that_draws_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret")
    renderer._pool.close()
    render("vegalite_to_svg", GOOD)
    (child,) = renderer._pool._idle
    assert b"secret" not in Path(f"/proc/{child._process.pid}/environ").read_bytes()
