"""Charts drawn by Altair and Matplotlib are read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from multivis.reader import read_chart

Draw = Callable[..., Path]

SALES = {"North": 12.0, "South": 31.0, "East": 7.5, "West": 22.0}


def values(rows: dict[str, float]) -> dict[str, Any]:
    return {"values": [{"name": name, "amount": amount} for name, amount in rows.items()]}


def test_standing_bars_of_altair(altair_picture: Draw) -> None:
    spec = {
        "data": values(SALES),
        "width": 300,
        "mark": "bar",
        "encoding": {
            "x": {"field": "name", "type": "nominal", "sort": None, "title": "Region"},
            "y": {"field": "amount", "type": "quantitative", "title": "Sales"},
        },
    }
    reading = read_chart(altair_picture(spec))
    assert reading.kind == "bar"
    assert reading.series[0].x == list(SALES)
    assert reading.series[0].y == pytest.approx(list(SALES.values()), abs=0.3)
    assert (reading.x.title, reading.y.title) == ("Region", "Sales")


def test_lying_bars_of_matplotlib(matplotlib_picture: Draw) -> None:
    path = matplotlib_picture(lambda axes: axes.barh(list(SALES), list(SALES.values())))
    reading = read_chart(path)
    assert reading.kind == "horizontal bar"
    assert reading.series[0].x == list(SALES)
    assert reading.series[0].y == pytest.approx(list(SALES.values()), abs=0.3)
    assert reading.plotly()["data"][0]["orientation"] == "h"


def test_lines_with_a_legend_inside_the_axes(matplotlib_picture: Draw) -> None:
    x = [0, 1, 2, 3, 4, 5]
    first, second = [3.0, 4.5, 4.0, 6.0, 7.5, 9.0], [9.0, 8.0, 8.5, 5.0, 4.0, 1.0]

    def paint(axes: Any) -> None:
        axes.plot(x, first, label="Copper")
        axes.plot(x, second, label="Silver")
        axes.legend()

    reading = read_chart(matplotlib_picture(paint))
    assert reading.kind == "line"
    assert reading.legend == "inside"
    assert [series.name for series in reading.series] == ["Copper", "Silver"]
    for series, truth in zip(reading.series, (first, second), strict=True):
        assert series.x == pytest.approx(x, abs=0.02)
        assert series.y == pytest.approx(truth, abs=0.08)


def test_lines_with_points_of_altair(altair_picture: Draw) -> None:
    rows = [
        {"x": x, "y": y, "who": who}
        for who, ys in (("Ann", [1, 4, 2, 6, 5]), ("Bob", [7, 6.5, 3, 3.5, 1]))
        for x, y in zip(range(5), ys, strict=True)
    ]
    spec = {
        "data": {"values": rows},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
            "color": {"field": "who", "type": "nominal"},
        },
    }
    reading = read_chart(altair_picture(spec))
    assert reading.kind == "line with points"
    assert [series.name for series in reading.series] == ["Ann", "Bob"]
    assert reading.series[0].x == pytest.approx([0, 1, 2, 3, 4], abs=0.02)
    assert reading.series[0].y == pytest.approx([1, 4, 2, 6, 5], abs=0.06)
    assert reading.legend_title == "who"


def test_a_pie_gives_shares_and_names(altair_picture: Draw) -> None:
    spec = {
        "data": values(SALES),
        "mark": "arc",
        "encoding": {
            "theta": {"field": "amount", "type": "quantitative"},
            "color": {"field": "name", "type": "nominal"},
        },
    }
    reading = read_chart(altair_picture(spec))
    assert reading.kind == "pie"
    series = reading.series[0]
    total = sum(SALES.values())
    shares = {name: angle / 6.283185 for name, angle in zip(series.x, series.y, strict=True)}
    assert shares == pytest.approx({name: part / total for name, part in SALES.items()}, abs=0.004)


def test_a_ring_is_told_from_a_pie(matplotlib_picture: Draw) -> None:
    def paint(axes: Any) -> None:
        axes.pie(list(SALES.values()), labels=list(SALES), wedgeprops={"width": 0.4})

    reading = read_chart(matplotlib_picture(paint))
    assert reading.kind == "donut"
    assert reading.series[0].extra["hole"][0] == pytest.approx(0.6, abs=0.03)
    assert set(reading.series[0].x) == set(SALES)


@pytest.mark.parametrize("stack", ["zero", None])
def test_stacked_and_grouped_bars(altair_picture: Draw, stack: str | None) -> None:
    parts = {"A": [4.0, 7.0, 2.0], "B": [3.0, 1.5, 5.0]}
    rows = [
        {"when": when, "what": what, "much": much}
        for what, column in parts.items()
        for when, much in zip(["Mon", "Tue", "Wed"], column, strict=True)
    ]
    encoding: dict[str, Any] = {
        "x": {"field": "when", "type": "nominal", "sort": None, "axis": {"labelAngle": 0}},
        "y": {"field": "much", "type": "quantitative", "stack": stack},
        "color": {"field": "what", "type": "nominal"},
    }
    if stack is None:
        encoding["xOffset"] = {"field": "what", "type": "nominal"}
    spec = {"data": {"values": rows}, "width": 320, "mark": "bar", "encoding": encoding}
    reading = read_chart(altair_picture(spec))
    assert reading.kind == ("stacked bar" if stack else "grouped bar")
    found = {series.name: series.y for series in reading.series}
    assert set(found) == set(parts)
    for name, column in parts.items():
        assert found[name] == pytest.approx(column, abs=0.12)


def test_a_scatter_plot(matplotlib_picture: Draw) -> None:
    xs = [1.0, 2.5, 3.0, 4.2, 5.1, 6.6, 7.7, 8.3]
    ys = [2.0, 8.0, 3.3, 5.0, 1.0, 6.1, 4.4, 7.2]
    reading = read_chart(matplotlib_picture(lambda axes: axes.scatter(xs, ys)))
    assert reading.kind == "scatter"
    assert reading.series[0].x == pytest.approx(xs, abs=0.05)
    assert reading.series[0].y == pytest.approx(ys, abs=0.05)


def test_an_area(altair_picture: Draw) -> None:
    rows = [{"x": x, "y": y} for x, y in zip(range(6), [2, 5, 3, 6, 7, 4], strict=True)]
    spec = {
        "data": {"values": rows},
        "mark": "area",
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
        },
    }
    reading = read_chart(altair_picture(spec))
    assert reading.kind == "area"
    assert reading.series[0].y == pytest.approx([2, 5, 3, 6, 7, 4], abs=0.12)


def test_a_histogram_has_its_bins_and_whole_counts(matplotlib_picture: Draw) -> None:
    data = [1.0] * 3 + [2.5] * 8 + [3.5] * 8 + [4.5] * 12 + [6.0] * 2
    even = [0.0, 1.5, 3.0, 4.5, 6.0, 7.5]
    reading = read_chart(matplotlib_picture(lambda axes: axes.hist(data, bins=even)))
    assert reading.kind == "histogram"
    series = reading.series[0]
    assert series.y == [3.0, 8.0, 8.0, 12.0, 2.0]
    assert series.extra["bin_start"] == pytest.approx(even[:-1], abs=0.05)


def test_a_box_plot_gives_the_five_numbers(altair_picture: Draw) -> None:
    rows = [{"g": group, "v": value} for group, shift in (("a", 0), ("b", 4))
            for value in [v + shift for v in (1, 2, 3, 4, 5, 6, 7, 8, 9)]]  # fmt: skip
    spec = {
        "data": {"values": rows},
        "width": 200,
        "mark": {"type": "boxplot", "size": 40},
        "encoding": {
            "x": {"field": "g", "type": "nominal", "axis": {"labelAngle": 0}},
            "y": {"field": "v", "type": "quantitative"},
        },
    }
    reading = read_chart(altair_picture(spec))
    assert reading.kind == "box"
    extra = reading.series[0].extra
    assert reading.series[0].x == ["a", "b"]
    assert extra["median"] == pytest.approx([5, 9], abs=0.15)
    assert extra["q1"] == pytest.approx([3, 7], abs=0.15)
    assert extra["high"] == pytest.approx([9, 13], abs=0.15)


def test_a_heat_map_reads_values_off_the_colour_bar(matplotlib_picture: Draw) -> None:
    grid = [[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]]

    def paint(axes: Any) -> None:
        image = axes.imshow(grid, aspect="auto")
        axes.set_xticks([0, 1, 2], ["p", "q", "r"])
        axes.set_yticks([0, 1], ["up", "down"])
        axes.figure.colorbar(image)

    reading = read_chart(matplotlib_picture(paint))
    assert reading.kind == "heat map"
    assert reading.series[0].extra["z"] == pytest.approx([0, 2, 4, 6, 8, 10], abs=0.15)


def test_a_logarithmic_axis(altair_picture: Draw) -> None:
    rows = [{"x": x, "y": 10 ** (x / 2)} for x in range(7)]
    spec = {
        "data": {"values": rows},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative", "scale": {"type": "log"}},
        },
    }
    reading = read_chart(altair_picture(spec))
    assert reading.y.kind == "log"
    assert reading.series[0].y == pytest.approx([10 ** (x / 2) for x in range(7)], rel=0.03)


def test_a_jpeg_is_read_as_well(matplotlib_picture: Draw) -> None:
    path = matplotlib_picture(lambda axes: axes.bar(list(SALES), list(SALES.values())), "jpg")
    reading = read_chart(path)
    assert reading.series[0].x == list(SALES)
    assert reading.series[0].y == pytest.approx(list(SALES.values()), abs=0.5)


def test_a_large_picture_is_read_as_well(matplotlib_picture: Draw) -> None:
    paint = lambda axes: axes.bar(list(SALES), list(SALES.values()))  # noqa: E731
    reading = read_chart(matplotlib_picture(paint, "png", 500))
    assert (reading.width, reading.height) == (3200, 2400)
    assert reading.series[0].x == list(SALES)
    assert reading.series[0].y == pytest.approx(list(SALES.values()), abs=0.3)
