"""Which kind of chart a picture shows, told by the shapes alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from multivis.reader import picture_form

Draw = Callable[..., Path]

TOWNS = ["Ayl", "Bonn", "Calw", "Diez", "Eutin"]
TONS = [12.0, 30.0, 22.0, 17.0, 26.0]
OTHER = [9.0, 14.0, 11.0, 20.0, 8.0]


def _bars(axes: Any) -> None:
    axes.bar(TOWNS, TONS)


def _bars_and_line(axes: Any) -> None:
    axes.bar(TOWNS, TONS)
    axes.twinx().plot(TOWNS, OTHER, color="red")


def _bars_and_ticks(axes: Any) -> None:
    axes.bar(TOWNS, TONS, width=0.8)
    for place, value in enumerate(OTHER):
        axes.plot([place - 0.36, place + 0.36], [value, value], color="red", linewidth=2)


def _stacked_with_numbers(axes: Any) -> None:
    axes.barh(TOWNS, TONS, color="#1f77b4", label="sold")
    axes.barh(TOWNS, OTHER, left=TONS, color="#8c564b", label="kept")
    for place, (first, second) in enumerate(zip(TONS, OTHER, strict=True)):
        axes.text(first / 2, place, f"{first:.1f}", ha="center", va="center", color="white")
        axes.text(first + second / 2, place, f"{second:.1f}", ha="center", va="center")
    axes.legend()


def _floating(axes: Any) -> None:
    axes.barh(TOWNS, TONS, left=OTHER, color="skyblue")
    for place, (first, length) in enumerate(zip(OTHER, TONS, strict=True)):
        axes.text(first - 0.5, place, f"{first:.0f}", ha="right", va="center")
        axes.text(first + length + 0.5, place, f"{first + length:.0f}", ha="left", va="center")
    axes.set_xlim(0, 60)


def _histogram_with_mean(axes: Any) -> None:
    values = np.random.default_rng(3).normal(50, 9, 400)
    axes.hist(values, bins=10, edgecolor="black")
    axes.axvline(float(values.mean()), color="red", linewidth=4)


def _heat_map(axes: Any) -> None:
    cells = np.random.default_rng(5).random((6, 8))
    axes.figure.colorbar(axes.imshow(cells, aspect="auto"))


def _bubbles(axes: Any) -> None:
    rng = np.random.default_rng(7)
    axes.scatter(rng.random(40), rng.random(40), s=rng.uniform(20, 400, 40))


def _dots(axes: Any) -> None:
    rng = np.random.default_rng(9)
    axes.scatter(rng.random(40), rng.random(40))


def _means_with_whiskers(axes: Any) -> None:
    axes.errorbar(TONS, range(5), xerr=4, fmt="o", color="black", capsize=4)


def _band(axes: Any) -> None:
    xs = np.arange(20)
    middle = 20 + 5 * np.sin(xs / 4)
    axes.fill_between(xs, middle - 3, middle + 3, color="lightblue")
    axes.plot(xs, middle, color="blue")


def _area(axes: Any) -> None:
    axes.fill_between(np.arange(20), 20 + 5 * np.sin(np.arange(20) / 4))
    axes.set_ylim(0)


def _marked_line(axes: Any) -> None:
    axes.plot(range(12), [3, 5, 4, 7, 8, 6, 9, 11, 10, 12, 9, 13], marker="o")


def _steps(axes: Any) -> None:
    axes.step(range(30), np.random.default_rng(4).normal(0, 1, 30).cumsum(), where="post")


@pytest.mark.parametrize(
    ("paint", "form"),
    [
        (_bars, "bar chart"),
        (_bars_and_line, "bar chart with a line on a separate axis"),
        (_bars_and_ticks, "bar chart with tick marks"),
        (_stacked_with_numbers, "horizontal stacked bar chart with labels"),
        (_floating, "bar chart with a range from the minimum to the maximum"),
        (_histogram_with_mean, "histogram with a mean line"),
        (_heat_map, "heatmap"),
        (_bubbles, "bubble plot"),
        (_dots, "scatter plot"),
        (_means_with_whiskers, "error bar chart with confidence intervals"),
        (_band, "line chart with a confidence band"),
        (_area, "area chart"),
        (_marked_line, "line chart with point markers"),
        (_steps, "step line chart"),
    ],
)
def test_the_shapes_tell_the_kind(
    matplotlib_picture: Draw, paint: Callable[[Any], None], form: str
) -> None:
    assert picture_form(matplotlib_picture(paint)) == form


def test_a_disc_that_is_not_whole_is_a_pacman(matplotlib_picture: Draw) -> None:
    def paint(axes: Any) -> None:
        axes.pie([5, 1], colors=["gold", "white"], startangle=40)

    assert picture_form(matplotlib_picture(paint)) == "pacman chart"


def test_a_grid_between_bars_is_not_taken_for_labels(tmp_path: Path) -> None:
    import altair as alt
    import pandas as pd

    frame = pd.DataFrame({"town": TOWNS[:3], "tons": [30.0, 80.0, 55.0]})
    bars = alt.Chart(frame).mark_bar(color="teal").encode(x="tons:Q", y="town:N")
    plain, told = tmp_path / "plain.png", tmp_path / "told.png"
    bars.properties(width=400, height=240).save(plain, scale_factor=2)
    labels = bars.mark_text(align="left", dx=3).encode(text="tons:Q")
    (bars + labels).properties(width=400, height=240).save(told, scale_factor=2)
    assert picture_form(plain) == "horizontal bar chart"
    assert picture_form(told) == "horizontal bar chart with labels"


def test_an_empty_page_has_no_form(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "page.png"
    Image.new("RGB", (300, 200), "white").save(path)
    assert picture_form(path) == ""
