"""What the reader hands on: files, specifications, style, tool, command."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from multivis.reader import STYLE_KEYS, read_chart, read_to_folder, reader_tools

Draw = Callable[..., Path]


@pytest.fixture
def bars(matplotlib_picture: Draw) -> Path:
    colours = ["#1F77B4", "#D62728", "#2CA02C"]
    return matplotlib_picture(
        lambda axes: axes.bar(["Ann", "Bob", "Eve"], [3, 9, 6], color=colours)
    )


def test_a_folder_gets_all_five_files(bars: Path, tmp_path: Path) -> None:
    reading = read_to_folder(bars, tmp_path / "out")
    figure = json.loads((tmp_path / "out" / "chart.json").read_text())
    assert figure["data"][0]["marker"]["color"] == ["#1F77B4", "#D62728", "#2CA02C"]
    with (tmp_path / "out" / "data.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["x"] for row in rows] == ["Ann", "Bob", "Eve"]
    assert [float(row["y"]) for row in rows] == pytest.approx([3, 9, 6], abs=0.1)
    assert json.loads((tmp_path / "out" / "reading.json").read_text())["kind"] == reading.kind
    with Image.open(tmp_path / "out" / "comparison.png") as both:
        assert both.width == 2 * reading.width + 8


def test_the_vega_lite_specification_can_be_drawn_and_read_again(
    bars: Path, tmp_path: Path
) -> None:
    import vl_convert

    path = tmp_path / "again.png"
    path.write_bytes(vl_convert.vegalite_to_png(read_chart(bars).vega_lite(), scale=2))
    again = read_chart(path)
    assert again.kind == "bar"
    assert again.series[0].y == pytest.approx([3, 9, 6], abs=0.15)


def test_the_plotly_figure_is_valid(bars: Path) -> None:
    import plotly.graph_objects as graph

    figure = graph.Figure(read_chart(bars).plotly())
    assert list(figure.data[0].x) == ["Ann", "Bob", "Eve"]


def test_the_style_has_exactly_the_documented_keys(bars: Path) -> None:
    style = read_chart(bars).to_style()
    assert set(style) == set(STYLE_KEYS)
    assert style["mark"] == "bar"
    assert style["palette"] == ["#1F77B4", "#D62728", "#2CA02C"]
    json.dumps(style)


def test_every_value_has_an_expected_error(bars: Path) -> None:
    series = read_chart(bars).series[0]
    assert len(series.error) == len(series.y)
    assert all(0 < error < 0.1 for error in series.error)


def test_a_reading_that_does_not_match_the_picture_is_refused(bars: Path) -> None:
    from multivis.reader.compare import check_reading
    from multivis.reader.raster import load_raster

    reading = read_chart(bars)
    reading.series[0].y = [0.01, 0.01, 0.01]
    check_reading(load_raster(bars), reading)
    assert reading.kind is None
    assert "does not look like it" in reading.reason


def test_the_tool_answers_with_data_and_figure(bars: Path) -> None:
    (tool,) = reader_tools()
    context: Any = SimpleNamespace()
    outcome = tool.run(tool.arguments(path=str(bars)), context)
    content = json.loads(outcome.text)
    assert content["kind"] == "bar"
    assert [row["x"] for row in content["data"]] == ["Ann", "Bob", "Eve"]


def test_the_tool_says_why_it_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "white.png"
    Image.new("RGB", (500, 400), "white").save(path)
    (tool,) = reader_tools()
    context: Any = SimpleNamespace()
    outcome = tool.run(tool.arguments(path=str(path)), context)
    assert outcome.failure is not None
    assert "not a chart" in outcome.text


def test_the_command_writes_a_folder(bars: Path, tmp_path: Path) -> None:
    from multivis.cli.app import app

    result = CliRunner().invoke(app, ["read", str(bars), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "chart.json").is_file()
