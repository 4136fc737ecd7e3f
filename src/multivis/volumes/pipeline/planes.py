"""Planes through the data: slices, contour lines on them, and clipping."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from multivis.volumes.dataset import Dataset
from multivis.volumes.pipeline.built import (
    BuiltStage,
    Plane,
    actor_of,
    colored_mapper,
    cut_away,
    flat,
    label_of,
    plain_mapper,
    surface_stage,
    without_masked,
)
from multivis.volumes.pipeline.fields import Field, field_of
from multivis.volumes.specification import ClipStage, ContourStage, SliceStage

__all__ = ["build_clip", "build_contour", "build_slice", "plane_of"]

AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


def plane_of(
    stage: SliceStage | ContourStage | ClipStage, bounds: Sequence[float], default: str = "z"
) -> Plane:
    """The plane that a stage asks for.

    A position runs from 0, where the data begins along the normal, to 1, where it ends; it is
    kept a little inside, so that a slice at an end still shows the data.
    """
    if stage.normal is not None:
        length = math.sqrt(sum(part * part for part in stage.normal))
        normal = tuple(part / length for part in stage.normal)
    else:
        normal = AXES[stage.axis or default]
    if stage.origin is not None:
        return Plane(stage.origin, normal)  # type: ignore[arg-type]
    middle = tuple((bounds[i] + bounds[i + 1]) / 2.0 for i in (0, 2, 4))
    reach = sum(abs(n) * (bounds[2 * i + 1] - bounds[2 * i]) / 2.0 for i, n in enumerate(normal))
    part = min(max(stage.position, 1e-6), 1.0 - 1e-6)
    along = (2.0 * part - 1.0) * reach
    origin = tuple(m + n * along for m, n in zip(middle, normal, strict=True))
    return Plane(origin, normal)  # type: ignore[arg-type]


def cutter_of(field: Field, plane: Plane) -> Any:
    """An algorithm that cuts the data with a plane: flying edges on images."""
    from vtkmodules.vtkCommonDataModel import vtkPlane
    from vtkmodules.vtkFiltersCore import vtkCutter, vtkFlyingEdgesPlaneCutter

    function = vtkPlane()
    function.SetOrigin(*plane.origin)
    function.SetNormal(*plane.normal)
    if field.vtk.IsA("vtkImageData") and field.association == "point" and field.components == 1:
        cutter = vtkFlyingEdgesPlaneCutter()
        cutter.SetPlane(function)
        cutter.InterpolateAttributesOn()
        cutter.ComputeNormalsOff()
    else:
        cutter = vtkCutter()
        cutter.SetCutFunction(function)
    cutter.SetInputData(field.vtk)
    return cutter


def build_slice(
    name: str, stage: SliceStage, dataset: Dataset, clips: list[tuple[Plane, bool]]
) -> BuiltStage:
    """A coloured cut."""
    variable = dataset.resolve(stage.variable)
    field = field_of(dataset, variable, on_points=False)
    plane = plane_of(stage, dataset.bounds)
    cutter = cutter_of(field, plane)
    filters = {"plane": cutter}
    source = without_masked(cutter, field.masked and field.association == "point", filters)
    source = cut_away(source, clips, filters)
    least, most = dataset.range(variable)
    least = least if stage.minimum is None else stage.minimum
    most = most if stage.maximum is None else stage.maximum
    mapper, table = colored_mapper(source, field, stage.color_map, least, most)
    mapper.SetRelativeCoincidentTopologyPolygonOffsetParameters(1.0, 1.0)
    return BuiltStage(
        name=name,
        stage=stage.model_copy(update={"variable": variable}),
        prop=flat(actor_of(mapper, opacity=stage.opacity)),
        mapper=mapper,
        filters=filters,
        variable=variable,
        table=table,
        label=label_of(dataset, variable, field.components),
    )


def build_contour(
    name: str, stage: ContourStage, dataset: Dataset, clips: list[tuple[Plane, bool]]
) -> BuiltStage:
    """Contour lines on a plane."""
    from vtkmodules.vtkFiltersCore import vtkContourFilter

    variable = dataset.resolve(stage.variable, components=1)
    field = field_of(dataset, variable)
    cutter = cutter_of(field, plane_of(stage, dataset.bounds))
    lines = vtkContourFilter()
    lines.SetInputConnection(cutter.GetOutputPort())
    lines.SetInputArrayToProcess(0, 0, 0, 0, variable)
    least, most = dataset.range(variable)
    values, notes = _line_values(stage, variable, least, most)
    for index, value in enumerate(values):
        lines.SetValue(index, value)
    filters = {"plane": cutter, "contour": lines}
    source = without_masked(lines, field.masked, filters)
    source = cut_away(source, clips, filters)
    table, label = None, ""
    if stage.color is None:
        mapper, table = colored_mapper(source, field, stage.color_map, least, most)
        label = label_of(dataset, variable)
    else:
        mapper = plain_mapper(source)
    actor = flat(actor_of(mapper, color=stage.color))
    actor.GetProperty().SetLineWidth(stage.width)
    mapper.SetRelativeCoincidentTopologyLineOffsetParameters(-1.0, -4.0)
    built = stage.model_copy(update={"variable": variable, "isovalues": tuple(values)})
    return BuiltStage(name, built, actor, mapper, filters, variable, table, label, notes)


def _line_values(
    stage: ContourStage, variable: str, least: float, most: float
) -> tuple[list[float], list[str]]:
    """The values asked for that exist in the data, or evenly spaced ones."""
    if not stage.isovalues:
        step = (most - least) / (stage.count + 1)
        return [least + step * (index + 1) for index in range(stage.count)], []
    inside = [value for value in stage.isovalues if least <= value <= most]
    left_out = [value for value in stage.isovalues if value not in inside]
    if not left_out:
        return inside, []
    shown = ", ".join(f"{value:g}" for value in left_out[:5])
    note = f"Contour values outside of {variable!r} ({least:g} to {most:g}) are left out: {shown}."
    return inside or [(least + most) / 2.0], [note]


def build_clip(name: str, stage: ClipStage, dataset: Dataset) -> BuiltStage:
    """What is left of the data, as a closed body coloured by a variable."""
    from vtkmodules.vtkFiltersGeneral import vtkTableBasedClipDataSet
    from vtkmodules.vtkFiltersGeometry import vtkGeometryFilter

    variable = dataset.resolve(stage.variable)
    plane = plane_of(stage, dataset.bounds, "x")
    field = field_of(dataset, variable, on_points=dataset.kind == "image")
    filters: dict[str, Any] = {}
    if dataset.kind == "image":
        source = _clipped_image(field, plane, stage.keep == "positive", filters)
    else:
        clipper = vtkTableBasedClipDataSet()
        clipper.SetInputData(field.vtk)
        clipper.SetClipFunction(_function(plane))
        clipper.SetInsideOut(stage.keep == "negative")
        filters["clip"] = clipper
        source = vtkGeometryFilter()
        source.SetInputConnection(clipper.GetOutputPort())
    source = without_masked(source, field.masked and field.association == "point", filters)
    built = surface_stage(
        name,
        stage.model_copy(update={"variable": variable}),
        dataset,
        source,
        field,
        filters=filters,
        color=None,
        color_map=stage.color_map,
        opacity=1.0,
    )
    flat(built.prop)
    return built


def _function(plane: Plane) -> Any:
    from vtkmodules.vtkCommonDataModel import vtkPlane

    function = vtkPlane()
    function.SetOrigin(*plane.origin)
    function.SetNormal(*plane.normal)
    return function


def _clipped_image(field: Field, plane: Plane, positive: bool, filters: dict[str, Any]) -> Any:
    """The faces of the box that are left, and the cut: no volume cells are made."""
    from vtkmodules.vtkFiltersCore import vtkAppendPolyData
    from vtkmodules.vtkFiltersGeometry import vtkGeometryFilter

    faces = vtkGeometryFilter()
    faces.SetInputData(field.vtk)
    left = cut_away(faces, [(plane, positive)], filters)
    cap = cutter_of(field, plane)
    filters["plane"] = cap
    both = vtkAppendPolyData()
    both.AddInputConnection(left.GetOutputPort())
    both.AddInputConnection(cap.GetOutputPort())
    filters["append"] = both
    return both
