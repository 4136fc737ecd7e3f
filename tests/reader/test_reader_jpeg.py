"""JPEG and small pictures: what compression blurs is made sharp again before it is measured."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from multivis.reader import read_chart
from multivis.reader.bars import Bar, _base_score, _rejoined
from multivis.reader.draw import draw_reading
from multivis.reader.heatmaps import _cells
from multivis.reader.marks import Region
from multivis.reader.reading import AxisReading, ChartReading, SeriesReading
from multivis.reader.settle import settled, unbled
from multivis.reader.textboxes import find_glyphs

Draw = Callable[..., Path]
BLUE, PANEL = (99, 110, 250), (229, 236, 246)


def as_jpeg(picture: Image.Image, quality: int = 75) -> np.ndarray:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


@pytest.fixture
def bars() -> Image.Image:
    page = Image.new("RGB", (160, 120), "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle((20, 10, 150, 100), fill=PANEL)
    pen.line((20, 55, 150, 55), fill="white")
    for left in (31, 71, 111):
        pen.rectangle((left, 30 + left // 4, left + 24, 100), fill=BLUE)
    return page


def test_flat_colours_of_a_jpeg_are_flat_again(bars: Image.Image) -> None:
    truth, blurred = np.asarray(bars).astype(int), as_jpeg(bars)
    before = np.abs(blurred.astype(int) - truth).max(axis=2)
    after = np.abs(settled(blurred).astype(int) - truth).max(axis=2)
    assert (after > 12).mean() < 0.3 * (before > 12).mean()


def test_a_thin_line_between_flat_colours_is_kept(bars: Image.Image) -> None:
    gap = settled(as_jpeg(bars))[50:62, 58:68].astype(float).mean(axis=(1, 2))
    assert gap[5] > np.delete(gap, 5).max() + 8


def test_the_tint_of_a_thin_line_comes_from_its_brightness() -> None:
    page = Image.new("RGB", (96, 64), "white")
    ImageDraw.Draw(page).line((0, 31, 95, 31), fill=(255, 127, 14), width=2)
    area = as_jpeg(page).astype(np.float64)
    ground = np.full(area.shape, 255.0)
    colour = np.array([255.0, 127.0, 14.0])
    again = unbled(area, ground, [colour])
    truth = np.asarray(page).astype(np.float64)
    assert np.abs(again - truth).mean() < 0.5 * np.abs(area - truth).mean()


def test_cells_are_found_when_the_sides_are_off_and_neighbours_have_one_colour() -> None:
    change = np.zeros(119)
    change[[36, 76]] = 80.0  # the first cell is cut by three pixels, one border is not seen
    cells = _cells(change, 159)
    assert [round(right - left) for left, right in cells] == [37, 40, 40, 40]


def test_upright_words_whose_letters_touch_are_no_marks() -> None:
    mask = np.zeros((60, 40), dtype=bool)
    mask[5:45, 10:17] = True
    mask[6:44:2, 12:15] = False
    assert len(find_glyphs(mask, 14.0).boxes) == 1


@pytest.mark.parametrize("kind", ["box", "histogram", "bar"])
def test_readings_that_run_backwards_are_drawn_without_an_error(kind: str) -> None:
    five = {"low": [9.0], "q1": [8.0], "median": [5.0], "q3": [2.0], "high": [1.0]}
    bins = {"bin_start": [4.0], "bin_end": [1.0]}
    series = SeriesReading("", ["a"], [-3.0], [0.1], "#112233", colours=["#112233"],
                           extra={**five, **bins})  # fmt: skip
    axis = AxisReading("", "linear", 0.0, 10.0)
    reading = ChartReading(kind, series=[series], x=axis, y=axis, panel=(0.1, 0.1, 0.9, 0.9))
    assert draw_reading(reading, 120, 90).size == (120, 90)


def test_a_step_that_cannot_measure_refuses_the_picture(
    bars: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise ValueError("y1 must be greater than or equal to y0")

    monkeypatch.setattr("multivis.reader.picture.read_anatomy", broken)
    path = tmp_path / "bars.png"
    bars.save(path)
    reading = read_chart(path)
    assert reading.kind is None
    assert "cannot be measured" in reading.reason


def test_boxes_of_a_small_jpeg_keep_their_five_numbers(matplotlib_picture: Draw) -> None:
    groups = [
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
        [5, 6, 7, 8, 9, 10, 11, 12, 13],
        [3, 4, 4, 5, 5, 5, 6, 6, 7],
    ]

    def paint(axes: Any) -> None:
        axes.boxplot(groups, tick_labels=["a1", "b2", "c3"], patch_artist=True)

    path = matplotlib_picture(paint, "jpg", dpi=75)
    reading = read_chart(path)
    assert reading.kind == "box"
    extra = reading.series[0].extra
    assert extra["median"] == pytest.approx([5, 9, 5], abs=0.25)
    assert extra["q3"] == pytest.approx([7, 11, 6], abs=0.25)
    assert extra["high"] == pytest.approx([9, 13, 7], abs=0.25)


def test_a_bar_that_the_frame_of_a_legend_cuts_is_whole() -> None:
    def region(left: int, top: int, bottom: int, colour: tuple[int, int, int]) -> Region:
        mask = np.ones((bottom - top, 36), dtype=bool)
        return Region(left, top, left + 36, bottom, mask.size, np.array(colour, float), mask)

    green, blue = (44, 160, 44), (31, 119, 180)
    cut = [region(528, 98, 134, green), region(528, 135, 420, green), region(456, 67, 420, blue)]
    whole = sorted((bar.left, bar.top, bar.bottom) for bar in _rejoined(cut))
    assert whole == [(456, 67, 420), (528, 98, 420)]


def test_pieces_of_a_ragged_bar_do_not_set_the_width_of_all() -> None:
    colour = np.zeros(3)
    bars = [Bar(50.0, 420.0, low, low + 36.0, colour) for low in (97.0, 205.0, 312.0, 420.0)]
    ragged = [Bar(380.0, 420.0, 528.0, 540.0, colour), Bar(385.0, 420.0, 540.0, 545.0, colour)]
    assert _base_score([*bars, *ragged]) > 0.7
