"""What stands around the marks: turned titles, legends over marks, small and lossy pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from multivis.reader import read_chart

Draw = Callable[..., Path]
TOWNS = {"Berlin": 12.0, "Osaka": 18.5, "Perth": 7.5, "Accra": 22.0}


def test_letters_of_a_turned_title_are_no_categories(matplotlib_picture: Draw) -> None:
    def paint(axes: Any) -> None:
        axes.barh(list(TOWNS), list(TOWNS.values()))
        axes.set_ylabel("Speed [m/s]")

    reading = read_chart(matplotlib_picture(paint))
    assert reading.series[0].x == list(TOWNS)
    assert reading.y.title == "Speed [m/s]"


def test_stacked_labels_of_short_rows_are_no_turned_title(altair_picture: Draw) -> None:
    spec = {
        "data": {"values": [{"n": name, "v": value} for name, value in TOWNS.items()]},
        "mark": "bar",
        "encoding": {
            "y": {"field": "n", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "v", "type": "quantitative"},
        },
    }
    reading = read_chart(altair_picture(spec))
    assert reading.kind == "horizontal bar"
    assert reading.series[0].x == list(TOWNS)


def test_a_legend_that_lies_on_bars_hides_neither_names_nor_bars(matplotlib_picture: Draw) -> None:
    def paint(axes: Any) -> None:
        axes.barh(["a", "b"], [45.0, 32.0], label="Hydro")
        axes.barh(["a", "b"], [70.0, 98.0], left=[45.0, 32.0], label="Wind")
        axes.legend(loc="upper right")

    reading = read_chart(matplotlib_picture(paint))
    assert reading.kind == "stacked bar"
    found = {series.name: dict(zip(series.x, series.y, strict=True)) for series in reading.series}
    assert found["Hydro"] == pytest.approx({"a": 45, "b": 32}, abs=0.8)
    assert found["Wind"] == pytest.approx({"a": 70, "b": 98}, abs=0.8)


def test_a_title_over_a_pie_is_no_label_of_a_slice(matplotlib_picture: Draw) -> None:
    def paint(axes: Any) -> None:
        axes.pie([40, 60], labels=["North", "East"])
        axes.set_title("Load and yield")

    reading = read_chart(matplotlib_picture(paint))
    assert set(reading.series[0].x) == {"North", "East"}
    assert reading.title == "Load and yield"


def test_sharp_bends_of_one_line_are_no_points(altair_picture: Draw) -> None:
    ys = [9, 2, 8, 1, 9, 7, 1, 8]
    spec = {
        "data": {"values": [{"x": x, "y": y} for x, y in enumerate(ys)]},
        "mark": "line",
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
        },
    }
    reading = read_chart(altair_picture(spec))
    assert reading.kind == "line"
    series = reading.series[0]
    assert list(np.interp(range(8), series.x, series.y)) == pytest.approx(ys, abs=0.25)


def test_hollow_circles_of_muted_colours_are_told_apart(altair_picture: Draw) -> None:
    chance = np.random.default_rng(4)
    rows = [
        {"x": float(x), "y": float(y), "who": who}
        for who in ("a", "b")
        for x, y in chance.uniform(1, 9, (12, 2)).round(2)
    ]
    spec = {
        "data": {"values": rows},
        "width": 400,
        "height": 400,
        "mark": "point",
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
            "color": {"field": "who", "type": "nominal"},
        },
    }
    reading = read_chart(altair_picture(spec))
    assert reading.kind == "scatter"
    assert [series.name for series in reading.series] == ["a", "b"]
    for series in reading.series:
        own = sorted(row["x"] for row in rows if row["who"] == series.name)
        near = [min(abs(x - other) for other in series.x) for x in own]
        assert float(np.median(near)) < 0.02


@pytest.mark.parametrize(("dpi", "suffix"), [(64, "png"), (100, "jpg"), (600, "jpg")])
def test_from_four_hundred_pixels_to_four_thousand(
    matplotlib_picture: Draw, dpi: int, suffix: str
) -> None:
    picture = Image.open(
        matplotlib_picture(lambda axes: axes.bar(list(TOWNS), list(TOWNS.values())), "png", dpi)
    )
    file = io.BytesIO()
    if suffix == "jpg":
        picture.convert("RGB").save(file, "JPEG", quality=75)
    else:
        picture.save(file, "PNG")
    reading = read_chart(file.getvalue())
    assert reading.kind == "bar"
    assert reading.series[0].x == list(TOWNS)
    assert reading.series[0].y == pytest.approx(list(TOWNS.values()), abs=0.4)
