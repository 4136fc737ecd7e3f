"""Phantoms are the same every time, and their surfaces lie where they say."""

from __future__ import annotations

import numpy as np
import pytest

from multivis.errors import OptionError, SourceNotFoundError
from multivis.volumes.phantoms import (
    head_phantom,
    marschner_lobb,
    parse_phantom,
    plume_phantom,
    torus_points,
    vortex_phantom,
)


def test_a_seed_gives_one_head_and_another_seed_another():
    assert np.array_equal(head_phantom(24).array, head_phantom(24).array)
    assert np.array_equal(head_phantom(24, 7).array, head_phantom(24, 7).array)
    assert not np.array_equal(head_phantom(24, 7).array, head_phantom(24, 8).array)
    assert head_phantom(24, 7).truth != head_phantom(24, 8).truth


@pytest.mark.parametrize("seed", [None, 0, 1, 2, 3, 4])
def test_tissues_have_the_values_that_the_truth_separates(seed):
    head = head_phantom(64, seed)
    values = head.array.astype(float)
    middle = values[40:44, 34:38, 36:40]  # inside of the brain
    truth = head.truth
    assert truth["brain"].minimum < truth["brain"].isovalue < np.median(middle)
    assert np.median(middle) < 80 and values[:3, :3, :3].mean() < -990
    assert truth["skull"].isovalue < values.max() and truth["teeth"].isovalue < values.max()
    for feature in truth.values():
        assert feature.minimum < feature.isovalue < feature.maximum
    # Volume of the head above the skin's value, in litres: that of a person.
    litres = np.count_nonzero(values > truth["skin"].isovalue) * 4.0**3 / 1e6
    assert 3.0 < litres < 6.5


def test_the_head_is_symmetric_and_faces_the_front():
    values = head_phantom(48).array.astype(float)
    assert np.abs(values - values[:, :, ::-1]).mean() < 6.0
    skin = np.argwhere(values > -470)
    foremost = skin[skin[:, 1].argmin()]
    assert abs(foremost[2] - 23.5) < 3, "the nose is in the middle"


def test_the_surface_of_the_skin_does_not_depend_on_the_size():
    """The truth is exact: the same point of the forehead at twice the resolution."""

    def forehead(size: int) -> float:
        head = head_phantom(size)
        line = head.array[int(size * 0.68), :, size // 2].astype(float)
        index = int(np.argmax(line > -470))
        part = (-470 - line[index - 1]) / (line[index] - line[index - 1])
        return float(head.origin[1] + head.spacing[1] * (index - 1 + part))

    assert forehead(64) == pytest.approx(forehead(128), abs=0.6)


def test_marschner_lobb_has_the_published_values():
    signal = marschner_lobb(41)
    assert signal.array.shape == (41, 41, 41)
    # At the origin r = 0, cos(2π·6·cos 0) = 1, so ρ = (1 - 0 + 0.25·2) / 2.5.
    assert signal.array[20, 20, 20] == pytest.approx(0.6, abs=1e-4)
    assert signal.array[40, 20, 20] == pytest.approx(0.2, abs=1e-4)
    assert signal.array.min() >= 0.0 and signal.array.max() <= 1.0


def test_fields_and_points_are_what_they_say():
    vortex = vortex_phantom(16).array
    assert vortex.shape == (16, 16, 16, 3) and (vortex[..., 2] > 0.2).all()
    early, late = plume_phantom(24, 0.1).array, plume_phantom(24, 0.9).array

    def height(values: np.ndarray) -> int:
        return int(np.argwhere(values > 750)[:, 0].max())

    assert height(late) > height(early) + 5
    points = torus_points(500)
    assert np.abs(np.hypot(np.hypot(*points[:, :2].T) - 1, points[:, 2]) - 0.4).max() < 0.05


def test_addresses_of_phantoms_are_checked():
    assert parse_phantom("phantom:head?seed=7&size=64") == ("head", {"seed": 7, "size": 64})
    assert parse_phantom("phantom:torus") == ("torus", {})
    for address, kind in (
        ("phantom:foot", SourceNotFoundError),
        ("phantom:head?weight=3", OptionError),
        ("phantom:head?size=big", OptionError),
        ("phantom:head?seed=-1", OptionError),
    ):
        with pytest.raises(kind):
            parse_phantom(address)
    with pytest.raises(OptionError, match="between 16 and 1024"):
        head_phantom(4000)
