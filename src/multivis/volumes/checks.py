"""Whether a picture of a volume shows what was asked for, and what the data say.

"It ran" is no evidence. Each check compares three things: the specification, the VTK objects as
they say themselves (`read_back`), and the data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivis.state import CheckResult, Severity
from multivis.volumes.dataset import Dataset
from multivis.volumes.specification import Specification, stage_names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from multivis.volumes.pipeline.scene import Scene

__all__ = ["check_picture", "check_scene"]

SURFACE_POINTS = 4_000
TOLERANCE = 0.01
"""Of the variable's range: how far a surface point may be off its isovalue."""

SMOOTH_TOLERANCE = 0.08

BODY_SHARE = 0.99
"""Of the voxels of a body: so many must have its values."""

LEAST_SHARE = 0.0005
"""Of the pixels: a picture with less in it counts as empty."""


@dataclass(frozen=True)
class _Seen:
    """What a check may look at."""

    specification: Specification
    scene: Scene
    picture: NDArray[np.uint8]
    dataset: Dataset
    read: Sequence[Mapping[str, Any]]

    def stage(self, name: str) -> Mapping[str, Any] | None:
        """What was read back of that stage."""
        return next((item for item in self.read if item["name"] == name), None)

    def named(self) -> list[tuple[str, Any]]:
        """Name and stage, as asked for."""
        names = stage_names(self.specification)
        return list(zip(names, self.specification.stages, strict=True))


_Finding = tuple[bool, str, dict[str, Any]] | None
_Check = tuple[str, str, Severity, Callable[[_Seen], _Finding]]


def check_scene(
    specification: Specification,
    scene: Scene,
    picture: NDArray[np.uint8],
    dataset: Dataset,
) -> tuple[CheckResult, ...]:
    """Run every check.

    Args:
        specification: As asked for.
        scene: As built from it.
        picture: (height, width, 3), as drawn.
        dataset: What it was built on.

    Returns:
        One result a check; those that say nothing about this scene are not applicable.
    """
    from multivis.volumes.pipeline.read_back import read_back

    seen = _Seen(specification, scene, picture, dataset, read_back(scene))
    return tuple(_result(check, seen) for check in _CHECKS)


def check_picture(picture: NDArray[np.uint8]) -> CheckResult:
    """Whether a picture alone shows anything: for pictures that no scene of ours made."""
    passed, message, evidence = _picture_shows_something(picture)
    return CheckResult(
        id="picture_not_empty",
        statement=_CHECKS[-1][1],
        severity=Severity.ERROR,
        passed=passed,
        message=message,
        evidence=evidence,
    )


def _result(check: _Check, seen: _Seen) -> CheckResult:
    name, statement, severity, function = check
    found = function(seen)
    if found is None:
        return CheckResult(
            id=name, statement=statement, severity=severity, passed=True, applicable=False
        )
    passed, message, evidence = found
    return CheckResult(
        id=name,
        statement=statement,
        severity=severity,
        passed=passed,
        message="" if passed else message,
        evidence=evidence,
    )


def _first(problems: Sequence[str]) -> tuple[bool, str]:
    """Whether there is no problem, and the problems as a sentence."""
    return not problems, " ".join(problems[:3])


# ── what was built ──────────────────────────────────────────────────────────────────────────


def _stages_are_there(seen: _Seen) -> _Finding:
    problems = []
    for name, stage in seen.named():
        read = seen.stage(name)
        if read is None or read["kind"] != stage.kind:
            problems.append(f"The {stage.kind} {name!r} was not built.")
        elif not read.get("visible", True):
            problems.append(f"The {stage.kind} {name!r} is not visible.")
    passed, message = _first(problems)
    return passed, message, {"stages": [item["name"] for item in seen.read]}


def _stages_draw(seen: _Seen) -> _Finding:
    empty = [item["name"] for item in seen.read if item.get("cells") == 0 and not item.get("added")]
    names = ", ".join(repr(name) for name in empty)
    message = f"Nothing is drawn by {names}: no part of the data fits."
    return (
        not empty,
        message,
        {item["name"]: item["cells"] for item in seen.read if "cells" in item},
    )


def _isovalues_as_asked(seen: _Seen) -> _Finding:
    from multivis.volumes.pipeline.surfaces import clamped_isovalue

    problems, evidence = [], {}
    for name, stage in seen.named():
        if stage.kind != "isosurface":
            continue
        shown = (seen.stage(name) or {}).get("isovalue")
        variable = seen.scene.stage(name).variable
        wanted, _ = clamped_isovalue(stage.isovalue, *seen.dataset.range(variable), variable)
        evidence[name] = {"asked": stage.isovalue, "shown": shown}
        if shown is None or abs(shown - wanted) > 1e-9 * max(1.0, abs(wanted)):
            problems.append(f"{name!r} is drawn at {shown}, not at {wanted:g}.")
    if not evidence:
        return None
    passed, message = _first(problems)
    return passed, message, evidence


def _isovalues_in_range(seen: _Seen) -> _Finding:
    problems, evidence = [], {}
    for name, stage in seen.named():
        if stage.kind != "isosurface":
            continue
        built = seen.scene.stage(name)
        least, most = seen.dataset.range(built.variable)
        evidence[name] = {"asked": stage.isovalue, "minimum": least, "maximum": most}
        if not least < stage.isovalue < most:
            problems.extend(built.notes[:1])
    if not evidence:
        return None
    passed, message = _first(problems)
    return passed, message, evidence


def _looks_as_asked(seen: _Seen) -> _Finding:
    problems, evidence = [], {}
    for name, stage in seen.named():
        read = seen.stage(name)
        if read is None:
            continue
        for key in ("opacity", "color"):
            asked, shown = getattr(stage, key, None), read.get(key)
            if asked is None or shown is None:
                continue
            evidence[f"{name} {key}"] = shown
            same = (
                shown.lower() == asked.lower()
                if isinstance(asked, str)
                else abs(shown - asked) < 1e-6
            )
            if not same:
                problems.append(f"The {key} of {name!r} is {shown}, asked was {asked}.")
        problems.extend(_color_map_problem(name, stage, read))
    passed, message = _first(problems)
    return passed, message, evidence


def _color_map_problem(name: str, stage: Any, read: Mapping[str, Any]) -> list[str]:
    """Whether the first and the last colour of the table are those of the map asked for."""
    from multivis.volumes.pipeline.colors import CONTROL_COLORS

    if "color_map" not in read or not hasattr(stage, "color_map"):
        return []
    colors = CONTROL_COLORS[stage.color_map]
    shown = read["color_map"]
    if [shown[0], shown[-1]] == [colors[0], colors[-1]]:
        return []
    return [f"{name!r} is not coloured by {stage.color_map}."]


def _opacity_is_effective(seen: _Seen) -> _Finding:
    problems = []
    values = {}
    for name, stage in seen.named():
        opacity = getattr(stage, "opacity", None)
        if opacity is None:
            continue
        values[name] = opacity
        if opacity == 0:
            problems.append(f"{name!r} has opacity 0 and cannot be seen.")
        elif opacity < 1 and not seen.scene.renderer.GetUseDepthPeeling():
            problems.append(f"{name!r} is translucent, but what lies behind is not sorted.")
    if not values:
        return None
    hidden = _hidden_behind(seen)
    passed, message = _first([*problems, *hidden])
    return passed, message, {"opacity": values}


def _hidden_behind(seen: _Seen) -> list[str]:
    """Isosurfaces that lie wholly inside an opaque one of the same variable."""
    surfaces = [
        (item, seen.scene.stage(item["name"]))
        for item in seen.read
        if item["kind"] == "isosurface" and item["cells"] and not item.get("cut_by")
    ]
    problems = []
    for outer, _ in surfaces:
        if outer["opacity"] < 1:
            continue
        for inner, _ in surfaces:
            inside = all(
                outer["bounds"][i] < inner["bounds"][i]
                and inner["bounds"][i + 1] < outer["bounds"][i + 1]
                for i in (0, 2, 4)
            )
            if inner is not outer and inside:
                problems.append(
                    f"{inner['name']!r} lies inside of the opaque {outer['name']!r} and is hidden; "
                    f"make {outer['name']!r} translucent or cut it."
                )
    return problems


def _cuts_are_there(seen: _Seen) -> _Finding:
    import numpy as np

    from multivis.volumes.pipeline.extents import points_of

    if not seen.scene.clips:
        return None
    problems, evidence = [], {}
    for clip in seen.scene.clips:
        read = seen.stage(clip.name) or {}
        missing = [target for target in clip.targets if target not in read.get("targets", ())]
        problems += [f"{target!r} is not cut by {clip.name!r}." for target in missing]
        sign = 1.0 if clip.stage.keep == "positive" else -1.0
        for target in clip.targets:
            points = points_of(seen.scene.stage(target))
            if not len(points):
                continue
            side = (points - np.asarray(clip.plane.origin)) @ np.asarray(clip.plane.normal)
            over = float((sign * side).min())
            evidence[f"{clip.name} {target}"] = over
            if over < -1e-3 * seen.dataset.vtk.GetLength():
                problems.append(f"A part of {target!r} lies on the side that was cut away.")
    passed, message = _first(problems)
    return passed, message, evidence


# ── where the data say ──────────────────────────────────────────────────────────────────────


def _surfaces_lie_on_their_values(seen: _Seen) -> _Finding:
    import numpy as np

    from multivis.volumes.pipeline.fields import field_of

    problems, evidence = [], {}
    for item in seen.read:
        if item["kind"] != "isosurface" or not item["cells"]:
            continue
        built = seen.scene.stage(item["name"])
        field = field_of(seen.dataset, built.variable).vtk
        if getattr(built.stage, "up_to", None) is not None:
            # one body alone: beside it the data were changed, and `body_as_asked` looks there
            field = built.filters["contour"].GetInputDataObject(0, 0)
        values = _values_on(built.output(), field, built.variable)
        if not len(values):
            continue
        least, most = seen.dataset.range(built.variable)
        off = np.abs(values - built.stage.isovalue) / ((most - least) or 1.0)  # type: ignore[union-attr]
        worst = float(np.quantile(off, 0.95))
        evidence[item["name"]] = {"points": len(values), "off": worst}
        if worst > (SMOOTH_TOLERANCE if item.get("smooth") else TOLERANCE):
            problems.append(
                f"The surface {item['name']!r} is {100 * worst:.1f} % of the range away from "
                f"{built.stage.isovalue:g}."  # type: ignore[union-attr]
            )
    if not evidence:
        return None
    passed, message = _first(problems)
    return passed, message, evidence


def _values_on(surface: Any, field: Any, variable: str) -> NDArray[Any]:
    """The variable, interpolated at a sample of the points of a surface."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy

    points = vtk_to_numpy(surface.GetPoints().GetData())
    points = points[:: max(1, len(points) // SURFACE_POINTS)].astype(np.float64)
    if field.IsA("vtkImageData"):
        return _trilinear(field, variable, points)
    return _probed(field, variable, points)


def _trilinear(image: Any, variable: str, points: NDArray[Any]) -> NDArray[Any]:
    """Trilinear interpolation of image data at points."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy

    x, y, z = image.GetDimensions()
    values = vtk_to_numpy(image.GetPointData().GetArray(variable)).reshape(z, y, x)
    index = (points - np.asarray(image.GetOrigin())) / np.asarray(image.GetSpacing())
    index = np.clip(index, 0.0, np.array([x, y, z]) - 1.0)
    low = np.minimum(index.astype(np.int64), np.array([x, y, z]) - 2)
    part = index - low
    total = np.zeros(len(points))
    for corner in range(8):
        step = np.array([corner & 1, (corner >> 1) & 1, corner >> 2])
        weight = np.prod(np.where(step, part, 1.0 - part), axis=1)
        a, b, c = (low + step).T
        total += weight * values[c, b, a]
    return total


def _probed(data: Any, variable: str, points: NDArray[Any]) -> NDArray[Any]:
    """Interpolation in the cells of any grid; points outside of all cells are left out."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkProbeFilter

    from multivis.volumes.readers.arrays import points_from_array

    probe = vtkProbeFilter()
    probe.SetInputData(points_from_array(points, {}))
    probe.SetSourceData(data)
    probe.ComputeToleranceOn()
    probe.Update()
    found = probe.GetOutput().GetPointData()
    valid = vtk_to_numpy(found.GetArray("vtkValidPointMask")) > 0
    values: NDArray[Any] = vtk_to_numpy(found.GetArray(variable))[valid]
    return values


def _parts_as_asked(seen: _Seen) -> _Finding:
    """One connected part is drawn where one was asked for, and a body has the body's values."""
    from multivis.volumes.pipeline.body import part_count

    problems, evidence = [], {}
    for name, stage in seen.named():
        read = seen.stage(name)
        asked = stage.kind == "isosurface" and (stage.keep != "all" or stage.up_to is not None)
        if not asked or not read or not read["cells"] or read.get("cut_by"):
            continue
        built = seen.scene.stage(name)
        parts = part_count(built.output())
        evidence[name] = {"keep": stage.keep, "parts": parts, "up_to": stage.up_to}
        if parts > 1 and "region" in built.filters:
            problems.append(f"{name!r} is drawn in {parts} parts, and one was asked for.")
        if built.stage.up_to is not None:  # type: ignore[union-attr]
            share = _inside_share(built, seen.dataset)
            evidence[name]["inside"] = share
            if share < BODY_SHARE:
                problems.append(f"Only {share:.0%} of {name!r} has the values that were asked for.")
    if not evidence:
        return None
    passed, message = _first(problems)
    return passed, message, evidence


def _inside_share(built: Any, dataset: Dataset) -> float:
    """The share of the voxels that a body encloses whose values, in the data, are the body's."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    alone = built.filters["contour"].GetInputDataObject(0, 0)
    kept = vtk_to_numpy(alone.GetPointData().GetArray(built.variable)) >= built.stage.isovalue
    values = vtk_to_numpy(dataset.vtk_array(built.variable))[kept]
    inside = (values >= built.stage.isovalue) & (values <= built.stage.up_to)
    return float(inside.mean()) if len(values) else 0.0


def _colors_span_the_values(seen: _Seen) -> _Finding:
    problems, evidence = [], {}
    for item in seen.read:
        if "range" not in item or item["kind"] == "scalar_bar":
            continue
        built = seen.scene.stage(item["name"])
        if built.variable not in seen.dataset.names:
            continue
        least, most = seen.dataset.range(built.variable)
        low, high = item["range"]
        evidence[item["name"]] = {"colors": [low, high], "values": [least, most]}
        if high < least or low > most:
            problems.append(f"The colours of {item['name']!r} lie outside of the values.")
    if not evidence:
        return None
    passed, message = _first(problems)
    return passed, message, evidence


def _data_is_complete(seen: _Seen) -> _Finding:
    notes = [note for note in (*seen.dataset.notes, *seen.scene.notes) if note]
    thinned = [note for note in notes if "sampled" in note or "every" in note]
    return not thinned, " ".join(thinned[:2]), {"notes": notes}


# ── what is seen ────────────────────────────────────────────────────────────────────────────


def _camera_as_asked(seen: _Seen) -> _Finding:
    from multivis.volumes.pipeline.camera import directions

    read = next(item for item in seen.read if item["kind"] == "camera")
    toward, up = directions(seen.specification.camera, seen.dataset.orientation)
    along = sum(a * b for a, b in zip(read["direction"], toward, strict=True))
    evidence = {"asked": list(toward), "shown": read["direction"], "up": list(up)}
    return along > 0.9999, "The camera looks from another direction than asked.", evidence


def _object_in_frame(seen: _Seen) -> _Finding:
    import numpy as np

    camera = seen.scene.renderer.GetActiveCamera()
    height, width = seen.picture.shape[:2]
    matrix = camera.GetCompositeProjectionTransformMatrix(width / height, -1.0, 1.0)
    rows = np.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(4)])
    points = np.concatenate([seen.scene.points, np.ones((len(seen.scene.points), 1))], axis=1)
    clip = points @ rows.T
    places = clip[:, :2] / np.where(np.abs(clip[:, 3:]) < 1e-12, 1e-12, clip[:, 3:])
    inside = float((np.abs(places) <= 1.0).all(axis=1).mean())
    span = float(np.ptp(np.clip(places, -1, 1), axis=0).max() / 2.0)
    evidence = {"share_of_points_in_frame": inside, "share_of_the_frame": span}
    if seen.specification.camera.zoom > 1.0:
        return inside > 0.0, "The object is out of frame.", evidence
    if inside < 0.99:
        return False, f"Only {100 * inside:.0f} % of the object is in frame.", evidence
    least = 0.3 * min(seen.specification.camera.zoom, 1.0)
    return span >= least, "The object fills only a small part of the picture.", evidence


def _picture_not_empty(seen: _Seen) -> _Finding:
    return _picture_shows_something(seen.picture)


def _picture_shows_something(picture: NDArray[np.uint8]) -> tuple[bool, str, dict[str, Any]]:
    """Compare every pixel with the colour of its row's edge, so that gradients count as empty."""
    import numpy as np

    values = picture.astype(np.int16)
    edge = values[:, :1]
    share = float((np.abs(values - edge).max(axis=2) > 6).mean())
    spread = float(values.std())
    evidence = {"share_of_pixels": share, "standard_deviation": spread}
    if spread < 0.5:
        return False, "The picture has one colour: nothing is seen.", evidence
    return share >= LEAST_SHARE, "The picture is almost empty.", evidence


_CHECKS: tuple[_Check, ...] = (
    (
        "stages_built",
        "Every stage that was asked for is built and visible.",
        Severity.ERROR,
        _stages_are_there,
    ),
    ("stages_draw", "Every stage draws something.", Severity.ERROR, _stages_draw),
    (
        "isovalues_shown",
        "VTK's contour filters hold the isovalues of the specification.",
        Severity.ERROR,
        _isovalues_as_asked,
    ),
    (
        "isovalues_in_range",
        "The isovalues lie inside the range of their variable.",
        Severity.WARNING,
        _isovalues_in_range,
    ),
    (
        "surface_on_isovalue",
        "The data interpolated on a surface have its isovalue.",
        Severity.ERROR,
        _surfaces_lie_on_their_values,
    ),
    (
        "parts_as_asked",
        "The part of a surface, or the body, that was asked for stands alone.",
        Severity.ERROR,
        _parts_as_asked,
    ),
    (
        "look_as_asked",
        "Colours, colour maps and opacities in VTK are those asked for.",
        Severity.ERROR,
        _looks_as_asked,
    ),
    (
        "opacity_effective",
        "Opacities let one see what is asked for.",
        Severity.WARNING,
        _opacity_is_effective,
    ),
    ("cuts_effective", "What was cut away is gone.", Severity.ERROR, _cuts_are_there),
    (
        "colors_span_values",
        "The range of each colour map meets the values.",
        Severity.ERROR,
        _colors_span_the_values,
    ),
    (
        "data_complete",
        "All of the data is drawn, not a sample.",
        Severity.WARNING,
        _data_is_complete,
    ),
    (
        "camera_as_asked",
        "The camera looks from the direction asked for.",
        Severity.ERROR,
        _camera_as_asked,
    ),
    ("object_in_frame", "The object is in frame and fills it.", Severity.ERROR, _object_in_frame),
    (
        "picture_not_empty",
        "The picture is neither empty nor of one colour.",
        Severity.ERROR,
        _picture_not_empty,
    ),
)
