"""Likeness of pictures, and the points of the perceptual score."""

from __future__ import annotations

import io
import math

import pytest
from PIL import Image, ImageDraw
from pydantic import ValidationError

from multivis.charts.metrics.perceptual import POINTS, Judgement, combined, high_score, low_score
from multivis.charts.metrics.pictures import compare_pictures
from multivis.errors import InputError


def picture(
    heights: tuple[int, ...], size: tuple[int, int] = (200, 160), colour: str = "#4c78a8"
) -> bytes:
    """Bars on white."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    step = size[0] // len(heights)
    for number, height in enumerate(heights):
        left = number * step + 5
        draw.rectangle((left, size[1] - height, left + step - 12, size[1]), fill=colour)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


BARS = picture((40, 90, 120, 60))


def test_a_picture_is_like_itself_at_any_size():
    assert compare_pictures(BARS, BARS).overall == 1.0
    with Image.open(io.BytesIO(BARS)) as opened:
        out = io.BytesIO()
        opened.resize((400, 320), Image.Resampling.NEAREST).save(out, "PNG")
    assert compare_pictures(out.getvalue(), BARS).overall > 0.85


def test_likeness_falls_as_bars_move_away():
    scores = [
        compare_pictures(picture((40 + d, 90 - d, 120 - d, 60 + d)), BARS).overall
        for d in (0, 4, 20, 45)
    ]
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == 4


def test_blank_pictures_are_alike_and_unlike_any_other():
    blank = picture((0,), colour="white")
    assert compare_pictures(blank, blank).overall == 1.0
    found = compare_pictures(blank, BARS)
    assert found.edges == 0.0 and found.ssim < 0.6


def test_what_is_no_picture_is_refused():
    with pytest.raises(InputError, match="no picture"):
        compare_pictures(b"not a picture", BARS)


def test_the_points_sum_to_a_hundred_and_weigh_the_score():
    assert sum(POINTS.values()) == 100
    full = Judgement(chart_type=20, layout=10, text=20, data=20, style=20, clarity=10)
    assert high_score(full.scores()) == 1.0
    half = Judgement(chart_type=0, layout=10, text=20, data=20, style=20, clarity=10)
    assert high_score(half.scores()) == pytest.approx(0.8)
    with pytest.raises(ValidationError):
        Judgement(chart_type=21, layout=0, text=0, data=0, style=0, clarity=0)


def test_both_layers_become_one_score_as_in_the_paper():
    low = {"a": 0.6997, "b": 0.4257, "c": 0.3762, "d": 0.7624, "e": 0.9208, "f": 0.7723}
    assert low_score(low) == pytest.approx(0.6595, abs=1e-4)
    assert low_score({"a": 1.0, "b": 0.0}, {"a": 0.75, "b": 0.25}) == 0.75
    assert combined(0.6595, 0.8002) == pytest.approx(0.7299, abs=1e-4)
    assert combined(0.2, 0.8, alpha=1.0) == 0.2
    with pytest.raises(ValueError, match="from 0 to 1"):
        combined(0.5, 0.5, alpha=math.pi)
