"""Tick labels to scales."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multivis.reader.dates import parse_date
from multivis.reader.scales import fit_scale, parse_number, sharpen


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12.0),
        ("-3.5", -3.5),
        ("−3.5", -3.5),
        ("1,200", 1200.0),
        ("10k", 10_000.0),
        ("2.5M", 2_500_000.0),
        ("40%", 40.0),
        ("$1.5", 1.5),
        ("1e3", 1000.0),
        ("2×10^4", 20_000.0),
        ("1O", 10.0),
    ],
)
def test_a_tick_label_is_read_as_the_number_it_shows(text: str, number: float) -> None:
    assert parse_number(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "Dark Blue", "n/a", "Jan", "12a"])
def test_a_label_that_is_no_number_stays_none(text: str) -> None:
    assert parse_number(text) is None


def test_dates_of_several_forms_are_read() -> None:
    assert parse_date("2020-03-01") == parse_date("Mar 2020")
    assert parse_date("soon") is None


@given(
    slope=st.floats(0.01, 50.0),
    start=st.floats(-1000, 1000),
    bad=st.integers(0, 5),
    wrong=st.floats(-5000, 5000),
)
def test_one_wrong_label_does_not_move_the_scale(
    slope: float, start: float, bad: int, wrong: float
) -> None:
    labels = [(50.0 + 70 * step, start + slope * 70 * step) for step in range(6)]
    if abs(labels[bad][1] - wrong) < 20 * slope:
        wrong += 40 * slope
    shown = [
        (at, f"{wrong if index == bad else value:.9f}") for index, (at, value) in enumerate(labels)
    ]
    scale = fit_scale(shown)
    assert scale.kind == "linear"
    for index, (at, value) in enumerate(labels):
        if index != bad:
            assert scale.value(at) == pytest.approx(value, abs=slope * 0.1 + 1e-6)


def test_even_steps_of_powers_make_a_logarithmic_scale() -> None:
    scale = fit_scale([(400, "1"), (300, "10"), (200, "100"), (100, "1000")])
    assert scale.kind == "log"
    assert scale.value(250) == pytest.approx(math.sqrt(1000), rel=1e-6)
    assert scale.position(10) == pytest.approx(300)


def test_names_make_a_category_scale() -> None:
    scale = fit_scale([(10, "Ann"), (30, "Bob"), (50, "Cy")])
    assert scale.kind == "category"
    assert [text for _, text in scale.labels] == ["Ann", "Bob", "Cy"]


def test_grid_lines_make_a_scale_exact() -> None:
    rough = fit_scale([(99.6, "0"), (150.3, "10"), (199.7, "20")])
    exact = sharpen(rough, [100.0, 150.0, 200.0])
    assert exact.value(175.0) == pytest.approx(15.0)


def test_the_flat_colours_of_a_jpeg_do_not_waver() -> None:
    import io

    from PIL import Image, ImageDraw

    from multivis.reader.raster import load_raster

    picture = Image.new("RGB", (480, 320), "white")
    draw = ImageDraw.Draw(picture)
    for index, color in enumerate([(76, 120, 168), (245, 133, 24), (228, 87, 86)]):
        draw.rectangle([60 + 120 * index, 80, 130 + 120 * index, 290], fill=color)
        draw.text((70 + 120 * index, 295), "label", fill="black")
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=75)
    raster = load_raster(file.getvalue())
    for index in range(3):
        bar = raster.rgb[90:280, 70 + 120 * index : 120 + 120 * index].reshape(-1, 3)
        assert len({tuple(pixel) for pixel in bar.tolist()}) == 1
    assert len({tuple(pixel) for pixel in raster.rgb[:70].reshape(-1, 3).tolist()}) == 1
