"""A picture is taken apart once, by whole planes of pixels and with each text read for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from multivis.graph.nodes.intake import _style
from multivis.reader import open_picture, picture_form, read_chart
from multivis.reader.ocr import _batches, recognize
from multivis.reader.raster import commonest, differs
from multivis.reader.tracing import trace_colours

Draw = Callable[..., Path]
BARS = {
    "data": {"values": [{"a": name, "b": 10 + 7 * i} for i, name in enumerate("ABCDE")]},
    "mark": "bar",
    "encoding": {
        "x": {"field": "a", "type": "nominal"},
        "y": {"field": "b", "type": "quantitative"},
    },
    "width": 300,
}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each costly step was taken."""
    import multivis.reader.anatomy as anatomy
    import multivis.reader.picture as picture

    counted: Counter[str] = Counter()

    def count(module: Any, name: str) -> None:
        step = getattr(module, name)

        def counting(*arguments: Any, **options: Any) -> Any:
            counted[name] += 1
            return step(*arguments, **options)

        monkeypatch.setattr(module, name, counting)

    count(picture, "load_raster")
    count(picture, "find_disc")
    count(picture, "read_anatomy")
    count(anatomy, "find_panel")
    return counted


def test_the_style_of_a_reference_picture_takes_it_apart_once(
    altair_picture: Draw, calls: Counter[str]
) -> None:
    style, notes = _style(str(altair_picture(BARS)))
    assert style["kind"] == "bar" and style["form"] == "bar chart", notes
    assert calls == {"load_raster": 1, "find_disc": 1, "read_anatomy": 1, "find_panel": 1}


def test_an_opened_picture_is_read_like_its_file(altair_picture: Draw) -> None:
    path = altair_picture(BARS)
    picture = open_picture(path)
    assert open_picture(picture) is picture
    assert picture_form(picture) == picture_form(path)
    assert read_chart(picture).to_json() == read_chart(path.read_bytes()).to_json()


def test_pixels_differ_from_a_colour_when_one_channel_is_too_far_off() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 30, 3)).astype(np.uint8)
    for colour in (np.array([255.0, 255.0, 255.0]), np.array([12.5, 128.0, 200.0])):
        for more in (0, 6, 45):
            plain = np.abs(pixels - colour).max(axis=2) > more
            assert (differs(pixels[5:, 3:], colour, more) == plain[5:, 3:]).all()
    assert differs(pixels[:0], np.zeros(3), 6).shape == (0, 30)


@pytest.mark.parametrize("count", [3, 9_999, 20_000])
def test_the_commonest_colour_is_the_same_for_few_pixels_and_for_many(count: int) -> None:
    colours = np.random.default_rng(count).integers(100, 108, (count, 3)).astype(np.uint8)
    coarse = colours.astype(np.int64) >> 2
    shades, sizes = np.unique(coarse, axis=0, return_counts=True)
    own = colours[(coarse == shades[sizes.argmax()]).all(axis=1)]
    assert commonest(colours).tolist() == np.median(own, axis=0).tolist()


def test_texts_are_batched_by_width_and_each_is_read_once() -> None:
    widths = [40, 1000, 60, 95, 97, 150, *([30] * 30)]
    batches = _batches(widths)
    assert sorted(index for batch in batches for index in batch) == list(range(len(widths)))
    for batch in batches:
        assert len({-(-widths[index] // 96) for index in batch}) == 1


def test_a_text_is_read_alike_whatever_stands_beside_it() -> None:
    from PIL import Image, ImageDraw, ImageFont

    def crop(text: str) -> np.ndarray:
        font = ImageFont.load_default(24)
        picture = Image.new("RGB", (int(font.getlength(text)) + 16, 40), "white")
        ImageDraw.Draw(picture).text((8, 4), text, fill="black", font=font)
        return np.asarray(picture)

    alone = recognize([crop("2024")])
    among = recognize([crop("The sales of all regions by year"), crop("2024"), crop("1,200")])
    assert [text for text, _ in among][1:] == ["2024", "1,200"]
    assert among[1][0] == alone[0][0] and among[1][1] == pytest.approx(alone[0][1], abs=1e-4)


def test_lines_that_cross_are_sampled_by_their_colours() -> None:
    area = np.full((30, 40, 3), 255.0)
    red, blue = np.array([220.0, 30.0, 30.0]), np.array([30.0, 30.0, 220.0])
    for column in range(40):
        area[19:21, column] = blue
        area[5 + column // 2 : 7 + column // 2, column] = red
    ground = np.full((30, 40, 3), 255.0)
    front = np.abs(area - ground).max(axis=2) > 16
    first, second = trace_colours(area, ground, front, [red, blue], left=100, top=50)
    alone = first.weight == 1.0
    # The red line lies on the blue one for two columns, and touches it for twelve more.
    apart = [column for column in range(40) if abs(column // 2 - 14) not in (1, 2, 3)]
    assert first.x[alone].tolist() == [column + 100.5 for column in apart]
    assert first.y[alone] == pytest.approx([50.0 + 6 + (x - 100.5) // 2 for x in first.x[alone]])
    assert second.y[second.weight == 1.0] == pytest.approx(70.0)
    assert len(first.x) == 40 and set(first.weight[~alone]) <= {0.05, 0.12, 0.5}
    nothing = trace_colours(area, ground, front & False, [red, blue], left=0, top=0)
    assert [len(trace.x) for trace in nothing] == [0, 0]
