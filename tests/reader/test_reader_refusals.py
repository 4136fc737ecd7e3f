"""What is no chart is refused, with a reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from multivis.errors import ImageError
from multivis.reader import read_chart, read_to_folder


def test_a_photo_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(3)
    rows, columns = np.mgrid[0:400, 0:600]
    base = np.stack([rows / 2, columns / 3, (rows + columns) / 5], axis=2)
    spots = noise.normal(0, 25, (400, 600, 3))
    path = tmp_path / "photo.png"
    Image.fromarray(np.clip(base + spots, 0, 255).astype(np.uint8)).save(path)
    reading = read_chart(path)
    assert reading.kind is None
    assert reading.reason


def test_a_page_of_text_is_refused(tmp_path: Path) -> None:
    page = Image.new("RGB", (640, 480), "white")
    pen = ImageDraw.Draw(page)
    for line in range(24):
        pen.text((40, 18 * line + 20), "the quick brown fox jumps over 12 lazy dogs " * 2, "black")
    path = tmp_path / "page.png"
    page.save(path)
    assert read_chart(path).kind is None


def test_a_map_of_coloured_shapes_is_refused(tmp_path: Path) -> None:
    page = Image.new("RGB", (640, 480), "#AADAFF")
    pen = ImageDraw.Draw(page)
    noise = np.random.default_rng(5)
    for _ in range(30):
        x, y = noise.integers(40, 560), noise.integers(40, 420)
        points = [(int(x + dx), int(y + dy)) for dx, dy in noise.integers(-60, 60, (7, 2))]
        pen.polygon(points, fill=tuple(noise.integers(120, 230, 3).tolist()), outline="#666666")
    path = tmp_path / "map.png"
    page.save(path)
    assert read_chart(path).kind is None


def test_an_empty_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "white.png"
    Image.new("RGB", (500, 400), "white").save(path)
    assert read_chart(path).kind is None


def test_a_file_that_is_no_image_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "words.png"
    path.write_text("not an image")
    with pytest.raises(ImageError, match="not a PNG"):
        read_chart(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no image file"):
        read_chart(tmp_path / "none.png")


def test_writing_a_refused_picture_is_an_error_and_leaves_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "white.png"
    Image.new("RGB", (500, 400), "white").save(path)
    with pytest.raises(ImageError, match="not a chart that can be read"):
        read_to_folder(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_table_of_numbers_is_refused(tmp_path: Path) -> None:
    page = Image.new("RGB", (700, 440), "white")
    pen = ImageDraw.Draw(page)
    numbers = np.random.default_rng(9)
    for row in range(13):
        pen.line((40, 30 + 30 * row, 660, 30 + 30 * row), fill="#888888")
        for column in range(6):
            pen.text((50 + 124 * column, 38 + 30 * row), str(numbers.integers(0, 9999)), "black")
    for column in range(6):
        pen.line((40 + 124 * column, 30, 40 + 124 * column, 390), fill="#888888")
    path = tmp_path / "table.png"
    page.save(path)
    assert read_chart(path).kind is None


def test_a_form_on_a_screen_is_refused_as_jpeg_too(tmp_path: Path) -> None:
    page = Image.new("RGB", (900, 600), "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle((200, 100, 700, 450), fill="#f4f6fa", outline="#9999aa")
    for row, word in enumerate(("Name", "Street", "Town")):
        pen.text((220, 150 + 80 * row), word, "black")
        pen.rectangle((220, 170 + 80 * row, 680, 200 + 80 * row), fill="white", outline="#888888")
    path = tmp_path / "form.jpg"
    page.save(path, quality=75)
    assert read_chart(path).kind is None
