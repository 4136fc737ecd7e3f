"""What a scene shows, as the VTK objects themselves say it: evidence, not intention."""

from __future__ import annotations

import math
from typing import Any

from multivis.volumes.pipeline.built import BuiltStage
from multivis.volumes.pipeline.colors import hex_of
from multivis.volumes.pipeline.scene import ClippedStages, Scene

__all__ = ["read_back"]


def read_back(scene: Scene) -> list[dict[str, Any]]:
    """Every stage, then the scalar bars, the camera and the picture.

    Stages have ``name``, ``kind``, ``variable``, ``cells``, ``points``, ``bounds``, ``visible``
    and what is theirs: ``isovalue(s)``, ``color`` or ``color_map`` (first, middle and last
    colour, ``range``), ``opacity``, ``origin`` and ``normal`` of planes, ``minimum`` and
    ``maximum``, ``transfer_function``, ``cut_by``. The camera has ``direction`` (unit vector from
    the object to the camera), ``up``, ``position``, ``focal_point`` and ``view_angle``.
    """
    read = [_stage(stage, scene) for stage in scene.stages]
    read += [_clip(clip, scene) for clip in scene.clips]
    if scene.outline is not None:
        read.append({**_stage(scene.outline, scene), "added": True})
    read += [_bar(bar) for bar in scene.scalar_bars]
    read.append(_camera(scene.renderer))
    read.append(_picture(scene))
    return read


def _stage(stage: BuiltStage, scene: Scene) -> dict[str, Any]:
    output = stage.output()
    found: dict[str, Any] = {
        "name": stage.name,
        "kind": stage.stage.kind,
        "variable": stage.variable,
        "cells": int(output.GetNumberOfCells()),
        "points": int(output.GetNumberOfPoints()),
        "bounds": [float(part) for part in stage.prop.GetBounds() or ()],
        "visible": bool(stage.prop.GetVisibility())
        and bool(scene.renderer.HasViewProp(stage.prop)),
    }
    if stage.stage.kind == "volume":
        found.update(_volume_look(stage))
    else:
        found.update(_surface_look(stage))
    for role, filter_ in stage.filters.items():
        found.update(_filter(role, filter_))
    return found


def _surface_look(stage: BuiltStage) -> dict[str, Any]:
    """Colour and opacity of an actor, or its colour map."""
    look = stage.prop.GetProperty()
    found: dict[str, Any] = {"opacity": look.GetOpacity()}
    if not stage.mapper.GetScalarVisibility():
        return {**found, "color": hex_of(look.GetColor())}
    table = stage.mapper.GetLookupTable()
    count = table.GetNumberOfTableValues()
    return {
        **found,
        "color_map": [hex_of(table.GetTableValue(i)) for i in (0, count // 2, count - 1)],
        "range": list(table.GetTableRange()),
        "colored_by": stage.mapper.GetArrayName(),
    }


def _volume_look(stage: BuiltStage) -> dict[str, Any]:
    """The transfer function of a volume property and the clipping planes of its mapper."""
    look = stage.prop.GetProperty()
    colors, opacities = look.GetRGBTransferFunction(0), look.GetScalarOpacity(0)
    points = []
    for index in range(opacities.GetSize()):
        node = [0.0] * 4
        opacities.GetNodeValue(index, node)
        points.append([node[0], hex_of(colors.GetColor(node[0])), node[1]])
    planes = stage.mapper.GetClippingPlanes()
    cuts = [planes.GetItem(i) for i in range(planes.GetNumberOfItems() if planes else 0)]
    found: dict[str, Any] = {"transfer_function": points, "shade": bool(look.GetShade())}
    if cuts:
        found["cut_by"] = [
            {"origin": list(plane.GetOrigin()), "normal": list(plane.GetNormal())} for plane in cuts
        ]
    return found


def _filter(role: str, filter_: Any) -> dict[str, Any]:
    """What one algorithm says about itself."""
    if role == "contour":
        values = [filter_.GetValue(i) for i in range(filter_.GetNumberOfContours())]
        return {"isovalue": values[0], "isovalues": values, "filter": filter_.GetClassName()}
    if role == "plane":
        plane = filter_.GetPlane() if hasattr(filter_, "GetPlane") else filter_.GetCutFunction()
        return {"origin": list(plane.GetOrigin()), "normal": list(plane.GetNormal())}
    if role.startswith("clip"):
        return {"cut_by": [_cut(filter_)]} if role == "clip" else {role: _cut(filter_)}
    if role == "threshold":
        return {
            "minimum": filter_.GetLowerThreshold(),
            "maximum": filter_.GetUpperThreshold(),
        }
    if role == "streamlines":
        lines = filter_.GetOutput().GetNumberOfCells()
        return {"seeds": filter_.GetSource().GetNumberOfPoints(), "lines": int(lines)}
    if role == "tubes":
        return {"tube_radius": filter_.GetRadius()}
    if role == "glyphs":
        arrows = filter_.GetInput().GetNumberOfPoints()
        return {"arrows": int(arrows), "scale_factor": filter_.GetScaleFactor()}
    if role == "region":
        closest = filter_.GetExtractionModeAsString() == "ExtractClosestPointRegion"
        return {"part": list(filter_.GetClosestPoint()) if closest else "largest"}
    if role == "smooth":
        return {"smooth": True}
    return {}


def _cut(clipper: Any) -> dict[str, Any]:
    """A clipping filter's plane, its normal turned to the side that stays."""
    plane = clipper.GetClipFunction()
    sign = -1.0 if clipper.GetInsideOut() else 1.0
    return {
        "origin": list(plane.GetOrigin()),
        "normal": [sign * part for part in plane.GetNormal()],
    }


def _clip(clip: ClippedStages, scene: Scene) -> dict[str, Any]:
    """A clip that cuts other stages: whether the cut is really there is read from them."""
    sign = 1.0 if clip.stage.keep == "positive" else -1.0
    wanted = [sign * part for part in clip.plane.normal]
    cut = []
    for target in clip.targets:
        planes = [
            value
            for key, values in _stage(scene.stage(target), scene).items()
            if key.startswith(("cut_by", "clip"))
            for value in (values if isinstance(values, list) else [values])
        ]
        if any(_same(plane["normal"], wanted) for plane in planes):
            cut.append(target)
    return {
        "name": clip.name,
        "kind": "clip",
        "origin": list(clip.plane.origin),
        "normal": list(clip.plane.normal),
        "keep": clip.stage.keep,
        "targets": cut,
    }


def _same(one: Any, two: Any) -> bool:
    return all(abs(a - b) < 1e-6 for a, b in zip(one, two, strict=True))


def _bar(bar: Any) -> dict[str, Any]:
    return {
        "name": "scalar bar",
        "kind": "scalar_bar",
        "title": " ".join(bar.GetTitle().split()),
        "range": list(bar.GetLookupTable().GetTableRange()),
    }


def _camera(renderer: Any) -> dict[str, Any]:
    camera = renderer.GetActiveCamera()
    position, focal = camera.GetPosition(), camera.GetFocalPoint()
    toward = [a - b for a, b in zip(position, focal, strict=True)]
    length = math.sqrt(sum(part * part for part in toward)) or 1.0
    return {
        "name": "camera",
        "kind": "camera",
        "direction": [part / length for part in toward],
        "up": list(camera.GetViewUp()),
        "position": list(position),
        "focal_point": list(focal),
        "distance": length,
        "view_angle": camera.GetViewAngle(),
    }


def _picture(scene: Scene) -> dict[str, Any]:
    renderer = scene.renderer
    return {
        "name": "picture",
        "kind": "picture",
        "background": hex_of(renderer.GetBackground()),
        "lights": renderer.GetLights().GetNumberOfItems(),
        "size": list(scene.specification.size),
        "title": scene.specification.title,
    }
