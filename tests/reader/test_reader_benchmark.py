"""The development figures of the benchmark look, when they are here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from multivis.reader import read_chart


@pytest.mark.data
@pytest.mark.parametrize("figure", ["line_0004", "line_0008", "dot_line_0006", "dot_line_0013"])
def test_lines_are_read_to_a_fraction_of_a_unit(shared_data: Path, figure: str) -> None:
    folder = shared_data / "iplotbench" / "seed7" / figure
    if not folder.is_dir():
        pytest.skip("the development figures are not here")
    truth = json.loads((folder / "fig.json").read_text())["data"]
    reading = read_chart(folder / "fig.png")
    assert [series.name for series in reading.series] == [trace["name"] for trace in truth]
    for series, trace in zip(reading.series, truth, strict=True):
        assert series.x == pytest.approx(trace["x"], abs=0.05)
        assert series.y == pytest.approx(trace["y"], abs=0.35)


@pytest.mark.data
@pytest.mark.parametrize(
    "figure", ["vbar_categorical_0009", "vbar_categorical_0013", "hbar_categorical_0016"]
)
def test_bars_are_read_with_those_of_no_length(shared_data: Path, figure: str) -> None:
    folder = shared_data / "iplotbench" / "seed7" / figure
    if not folder.is_dir():
        pytest.skip("the development figures are not here")
    (truth,) = json.loads((folder / "fig.json").read_text())["data"]
    (trace,) = read_chart(folder / "fig.png").plotly()["data"]
    lying = truth.get("orientation") == "h"
    names, values = ("y", "x") if lying else ("x", "y")
    assert trace[names] == truth[names]
    assert trace[values] == pytest.approx(truth[values], abs=0.2)
