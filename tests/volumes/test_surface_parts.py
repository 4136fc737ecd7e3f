"""One part of a surface, or one solid body, where an isovalue has several."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

pytest.importorskip("vtkmodules")

from multivis.errors import InputError
from multivis.volumes import Specification, open_volume
from multivis.volumes.checks import check_scene
from multivis.volumes.features import FeatureIndex, look_up
from multivis.volumes.pipeline import build_scene, read_back, render
from multivis.volumes.pipeline.body import body_labels
from multivis.volumes.pipeline.script import write_script
from multivis.volumes.specification import IsosurfaceStage

SIZE = 40
SHELLS = ((1, 12), (-1, 9), (1, 5))


def radius(x: float, y: float, z: float) -> np.ndarray[Any, Any]:
    """Distance of each voxel from a point, (z, y, x)."""
    at = np.arange(SIZE)
    along = ((at[None, None, :] - x), (at[None, :, None] - y), (at[:, None, None] - z))
    return np.sqrt(sum(part**2 for part in along))


@pytest.fixture(scope="module")
def nested() -> Any:
    """A thick shell with a ball in it, and a smaller ball beside it: all pass through 50."""
    middle = radius(16, 20, 20)
    values = sum(100.0 * sign / (1.0 + np.exp(2 * (middle - r))) for sign, r in SHELLS)
    values += 100.0 / (1.0 + np.exp(2 * (radius(35, 20, 20) - 3)))
    return open_volume(values.astype(np.float32)).dataset()


def drawn(dataset: Any, **given: Any) -> tuple[dict[str, Any], Any]:
    """What is read back of an isosurface at 50, and its scene."""
    stage = {"kind": "isosurface", "isovalue": 50.0, "name": "ball", **given}
    scene = build_scene(Specification.model_validate({"stages": [stage]}), dataset)
    return next(record for record in read_back(scene) if record["name"] == "ball"), scene


def width(record: dict[str, Any]) -> float:
    return record["bounds"][1] - record["bounds"][0]


def test_all_parts_of_a_surface_are_shown_unless_one_is_asked_for(nested):
    record, scene = drawn(nested)
    assert width(record) == pytest.approx(34, abs=1.0)
    assert "part" not in record
    assert scene.notes == ()


@pytest.mark.parametrize(
    ("wanted", "across", "part"),
    [
        ({"keep": "largest"}, 24, "largest"),
        ({"keep": "inner"}, 18, None),
        ({"keep": "point", "point": (16, 20, 25)}, 10, [16, 20, 25]),
        ({"keep": "point", "point": (36, 20, 20)}, 6, [36, 20, 20]),
    ],
)
def test_the_part_that_is_asked_for_is_shown_alone(nested, wanted, across, part):
    record, scene = drawn(nested, **wanted)
    assert width(record) == pytest.approx(across, abs=1.0)
    assert part is None or record["part"] == part
    assert any("shown alone" in note for note in scene.notes)
    checks = check_scene(scene.specification, scene, render(scene), nested)
    (check,) = [check for check in checks if check.id == "parts_as_asked"]
    assert check.applicable and check.passed
    assert check.evidence["ball"]["parts"] == 1


def test_a_part_that_nothing_encloses_is_no_inner_one():
    values = (100.0 / (1.0 + np.exp(radius(20, 20, 20) - 9))).astype(np.float32)
    record, scene = drawn(open_volume(values).dataset(), keep="inner")
    assert width(record) == pytest.approx(18, abs=1.0)
    assert any("No part of the surface lies inside" in note for note in scene.notes)


def test_a_body_is_taken_apart_from_what_touches_it_and_is_denser():
    values = np.zeros((SIZE, SIZE, SIZE), np.int16)
    values[10:30, 10:30, 5:20] = 100  # the body
    values[10:30, 10:30, 20:35] = 900  # touches it, and is denser
    values[18:20, 18:20, 0:5] = 100  # a thin bridge
    dataset = open_volume(values).dataset()
    whole, _ = drawn(dataset)
    assert width(whole) > 30
    record, scene = drawn(dataset, up_to=200.0)
    assert record["bounds"] == pytest.approx([4.5, 19.5, 9.5, 29.5, 9.5, 29.5], abs=0.6)
    assert any("one solid body" in note for note in scene.notes)
    checks = check_scene(scene.specification, scene, render(scene), dataset)
    (check,) = [check for check in checks if check.id == "parts_as_asked"]
    assert check.passed and check.evidence["ball"]["inside"] == 1.0
    compile(write_script(scene.specification, "x.vti", scene=scene), "script.py", "exec")
    with pytest.raises(InputError, match="No solid body"):
        drawn(dataset, up_to=200.0, keep="point", point=(2, 35, 35))


def test_bodies_are_numbered_by_size():
    values = np.zeros((20, 20, 20))
    values[2:7, 2:7, 2:7] = 5
    values[10:18, 10:18, 10:18] = 5
    labels = body_labels(values, 1, 9)
    assert labels[14, 14, 14] == 1
    assert labels[4, 4, 4] == 2
    assert labels.max() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"keep": "point"},
        {"point": (0, 0, 0)},
        {"keep": "inner", "up_to": 90.0},
        {"up_to": 50.0},
        {"keep": "outer"},
    ],
)
def test_what_is_kept_is_bounded(wrong):
    with pytest.raises(ValidationError):
        IsosurfaceStage(isovalue=50.0, **wrong)


def test_the_brain_is_shown_without_the_skin_that_has_its_value(ask, drawn):
    brain = ask("show the brain", "phantom:head?size=64")
    read = drawn(brain)["brain"]
    skull = drawn(ask("show the skull", "phantom:head?size=64"))["skull"]
    for axis in (0, 2, 4):  # the brain lies within the skull, and the skin would not
        assert skull["bounds"][axis] < read["bounds"][axis]
        assert read["bounds"][axis + 1] < skull["bounds"][axis + 1]
    (stage,) = brain.spec["stages"]
    assert stage["keep"] == "point"
    assert stage["isovalue"] < stage["up_to"] < 200.0
    assert any("one solid body is shown" in note.text for note in brain.notes)
    (check,) = [c for c in brain.evaluation.checks if c.id == "parts_as_asked"]
    assert check.applicable and check.passed


def test_only_a_feature_whose_value_others_have_too_is_a_body_of_its_own():
    with open_volume("phantom:head?size=48") as head, FeatureIndex(":memory:") as index:
        brain = look_up("the brain", head, index=index)
        assert brain.point is not None and brain.up_to is not None
        assert "has a surface too" in brain.text
        dataset = head.dataset()
        x, y, z = (
            round((at - first) / step)
            for at, first, step in zip(
                brain.point, dataset.vtk.GetOrigin(), dataset.vtk.GetSpacing(), strict=True
            )
        )
        assert brain.isovalue <= dataset.array("density")[z, y, x] <= brain.up_to
        assert look_up("the skull", head, index=index).point is None
