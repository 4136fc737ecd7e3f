"""Readings that are drawn again, compared and changed."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest

from multivis.reader import read_chart
from multivis.reader.raster import load_raster
from multivis.reader.reading import ChartReading
from multivis.reader.refine import refine_reading

Draw = Callable[..., Path]
XS, YS = list(range(8)), [3.0, 5.0, 4.0, 7.0, 6.5, 2.0, 1.0, 4.0]


@pytest.fixture
def line(matplotlib_picture: Draw) -> Path:
    return matplotlib_picture(lambda axes: axes.plot(XS, YS))


def test_a_reading_that_lies_beside_its_picture_is_moved_onto_it(line: Path) -> None:
    right = read_chart(line)
    off = deepcopy(right)
    step = (off.y.high - off.y.low) / 150
    off.series[0].y = [value + step for value in off.series[0].y]
    again = refine_reading(load_raster(line), off, iter(()))
    assert any("Moved by" in note for note in again.notes)
    assert again.series[0].y == pytest.approx(YS, abs=0.5 * step)


def test_another_kind_is_taken_when_it_fits_better(line: Path) -> None:
    right = read_chart(line)
    wrong = deepcopy(right)
    wrong.kind, wrong.series[0].y = "scatter", [8.0 - value for value in YS]
    again = refine_reading(load_raster(line), wrong, iter([deepcopy(right)]))
    assert again.kind == "line"
    assert any("First taken for a scatter chart" in note for note in again.notes)


def test_what_fits_is_left_alone_and_nothing_else_is_tried(line: Path) -> None:
    def forbidden() -> object:
        raise AssertionError("another reading was asked for")
        yield

    right = read_chart(line)
    again = refine_reading(load_raster(line), deepcopy(right), forbidden())  # type: ignore[arg-type]
    assert again.series[0].y == right.series[0].y
    assert isinstance(again, ChartReading)
