"""The canonical requests: what was built is read back from the VTK objects."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pytest
from PIL import Image

from multivis.volumes import head_phantom, open_volume

HEAD = "phantom:head?size=40"
VORTEX = "phantom:vortex?size=20"


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def camera(stages: dict) -> dict:
    return next(record for record in stages.values() if record["kind"] == "camera")


def kinds(stages: dict) -> list[str]:
    helping = {"camera", "picture", "scalar_bar"}
    return sorted(s["kind"] for s in stages.values() if s["kind"] not in helping)


def test_an_isosurface_at_a_value(ask, drawn):
    stages = drawn(ask("Draw the isosurface of density at 300 in steel blue from the front", HEAD))
    (surface,) = [s for s in stages.values() if s["kind"] == "isosurface"]
    assert surface["isovalue"] == 300.0
    assert surface["color"] == "#4682b4"
    assert surface["cells"] > 1_000
    assert np.allclose(camera(stages)["direction"], (0, -1, 0), atol=1e-6)


def test_a_slice_with_contour_lines_on_it(ask, drawn):
    stages = drawn(ask("An axial slice at 30 % with 8 contour lines", HEAD))
    cut, lines = (next(s for s in stages.values() if s["kind"] == k) for k in ("slice", "contour"))
    low, high = open_volume(HEAD).facts().bounds[4:6]
    height = low + 0.3 * (high - low)
    assert abs(cut["normal"][2]) == 1.0
    assert cut["origin"][2] == pytest.approx(height, abs=1e-3)
    assert lines["origin"][2] == pytest.approx(height, abs=1e-3)
    assert len(lines["isovalues"]) == 8


def test_a_volume_rendering_of_bone(ask, drawn):
    result = ask("Volume rendering of the bone on a black background", HEAD)
    (volume,) = [s for s in drawn(result).values() if s["kind"] == "volume"]
    opaque_from = min(value for value, _, opacity in volume["transfer_function"] if opacity > 0.05)
    assert opaque_from > 50.0
    assert pixels(result.png())[0, 0].tolist() == [0, 0, 0]
    assert pixels(result.png()).max() > 100


def test_a_side_is_cut_away(ask, drawn):
    stages = drawn(ask("Show the isosurface at -300 and cut away the front", HEAD))
    (surface,) = [s for s in stages.values() if s["kind"] == "isosurface"]
    low, high = open_volume(HEAD).facts().bounds[2:4]
    assert surface["bounds"][2] == pytest.approx((low + high) / 2, abs=0.01)
    assert surface["bounds"][3] > (low + high) / 2 + 50


def test_streamlines_and_glyphs_of_a_vector_field(ask, drawn):
    stages = drawn(ask("Streamlines with 60 seeds coloured by speed, and arrows", VORTEX))
    assert {"streamlines", "glyphs"} <= set(kinds(stages))
    lines = next(s for s in stages.values() if s["kind"] == "streamlines")
    arrows = next(s for s in stages.values() if s["kind"] == "glyphs")
    assert lines["colored_by"] == "speed"
    assert lines["lines"] > 10
    assert arrows["arrows"] > 100


def test_a_surface_through_points(ask, drawn):
    stages = drawn(ask("Reconstruct a surface from the points, in teal", "phantom:torus"))
    (surface,) = [s for s in stages.values() if s["kind"] == "surface"]
    assert surface["color"] == "#008080"
    assert surface["cells"] > 500


def test_a_film_over_time(ask, drawn):
    result = ask(
        "Make a film over time of the isosurface at 40 % of the range with 4 frames",
        "phantom:plume?size=16",
    )
    film = Image.open(io.BytesIO(result.film()))
    assert film.n_frames == 4
    frames = []
    for index in range(4):
        film.seek(index)
        frames.append(np.asarray(film.convert("RGB")).copy())
    assert all((one != other).any() for one, other in itertools.pairwise(frames))
    check = next(c for c in result.evaluation.checks if c.id == "film_frames")
    assert check.evidence["frames"] == 4
    assert "isosurface" in kinds(drawn(result))


def test_two_features_at_once(ask, drawn):
    result = ask("Show the skull, half transparent skin", HEAD)
    stages = drawn(result)
    truth = head_phantom(40).truth
    assert truth["skull"].minimum <= stages["skull"]["isovalue"] <= truth["skull"].maximum
    assert truth["skin"].minimum <= stages["skin"]["isovalue"] <= truth["skin"].maximum
    assert stages["skull"]["opacity"] == 1.0
    assert stages["skin"]["opacity"] == 0.5
    assert any("confidence" in note.text for note in result.notes)


def test_a_chain_of_four_follow_ups_changes_the_picture_and_never_starts_over(agent, ask, drawn):
    first = ask("Show the isosurface at 400", HEAD)
    transparent = agent.refine(first, "Make it half transparent")
    turned = agent.refine(transparent, "look from the left")
    cut = agent.refine(turned, "cut away the front")
    colored = agent.refine(cut, "make it dark red, on a black background, and zoom in 1.5x")
    assert colored.passed
    assert [r.scenario for r in (first, transparent, turned, cut, colored)] == list("ADDDD")
    (surface,) = [s for s in drawn(colored).values() if s["kind"] == "isosurface"]
    assert surface["isovalue"] == 400.0
    assert surface["opacity"] == 0.5
    assert surface["color"] == "#8b1a1a"
    assert surface["bounds"][2] == pytest.approx(0.0, abs=0.01)
    assert np.allclose(camera(drawn(colored))["direction"], (1, 0, 0), atol=1e-6)
    assert colored.spec["camera"]["zoom"] == pytest.approx(1.5)
    assert colored.spec["background"] == "#000000"
    # what a follow-up does not name stays as it was
    assert transparent.spec["camera"] == first.spec["camera"]
    assert turned.spec["stages"] == transparent.spec["stages"]


def test_a_threshold_between_two_values(ask, drawn):
    stages = drawn(ask("Show the cells between 200 and 900", HEAD))
    (cells,) = [s for s in stages.values() if s["kind"] == "threshold"]
    assert (cells["minimum"], cells["maximum"]) == (200.0, 900.0)


def test_a_histogram_counts_every_value(ask, drawn):
    result = ask("Histogram of density with 40 bins", HEAD)
    histogram = drawn(result)["histogram"]
    assert len(histogram["counts"]) == 40
    assert sum(histogram["counts"]) == 40**3


def test_an_orbit_around_the_object(ask):
    result = ask("Make a film that orbits around the isosurface at 0, 5 frames", HEAD)
    check = next(c for c in result.evaluation.checks if c.id == "film_frames")
    assert (check.evidence["first"], check.evidence["last"]) == (0.0, 288.0)
    assert Image.open(io.BytesIO(result.film())).n_frames == 5


# ── what cannot be drawn is said ────────────────────────────────────────────────────────────


def test_an_isovalue_out_of_range_is_clamped_and_said(ask, drawn):
    result = ask("Isosurface at 99999", HEAD)
    (surface,) = [s for s in drawn(result).values() if s["kind"] == "isosurface"]
    assert surface["isovalue"] < 3_000
    assert any("99,999" in note.text and "range" in note.text for note in result.notes)


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("Show the streamlines", "no vector variable"),
        ("Show the pancreas", "pancreas"),
    ],
)
def test_what_the_volume_does_not_hold_is_said(agent, question, why):
    result = agent.ask(question, HEAD)
    assert not result.passed
    assert any(why in failure.message for failure in result.failures)


def test_a_follow_up_that_says_nothing_is_told(agent, ask):
    first = ask("Isosurface at 400", HEAD)
    again = agent.refine(first, "thank you very much")
    assert not again.passed
    assert any("says what to change" in failure.message for failure in again.failures)


def test_a_later_feature_joins_the_picture(agent, ask, drawn):
    first = ask("Show the skull", HEAD)
    both = agent.refine(first, "add the skin with opacity 0.3")
    stages = drawn(both)
    assert stages["skin"]["opacity"] == 0.3
    assert stages["skull"]["isovalue"] == drawn(first)["skull"]["isovalue"]
    without = agent.refine(both, "remove the skin")
    assert "skin" not in drawn(without) and "skull" in drawn(without)


def test_contour_lines_are_seen_on_their_slice_from_straight_above(ask):
    result = ask(
        "An axial slice in gray scale with 6 contour lines, from above, 300x260 pixels", HEAD
    )
    middle = pixels(result.png())[60:200, 60:200]
    assert (middle.min(axis=2) > 240).sum() > 200
