"""`multivis ask` and `multivis refine` where the data are a volume."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("vtkmodules")


def test_a_volume_is_asked_and_refined_from_the_command_line(run: Callable):
    asked = run(
        "ask", "isosurface at 300 in teal", "--data", "phantom:head?size=24", "--out", "first"
    )
    assert asked.code == 0, asked.err
    assert "scene.vtp" in asked.out
    refined = run("refine", "first", "look from the left", "--out", "second")
    assert refined.code == 0, refined.err
    told = json.loads(Path("second/chart.json").read_text("utf-8"))
    assert told["camera"]["direction"] == "left"
    assert told["stages"][0]["color"] == "#008080"
    assert json.loads(Path("first/chart.json").read_text("utf-8"))["camera"]["direction"] != "left"


def test_a_phantom_that_is_none_is_bad_input(run: Callable):
    asked = run("ask", "isosurface", "--data", "phantom:cake", "--out", "out")
    assert asked.code == 2
    assert "cake" in asked.error
    assert not Path("out").exists()
