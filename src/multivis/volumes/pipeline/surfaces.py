"""Surfaces: of one value, of an interval, of points, of cells; and the box around the data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from multivis.errors import InputError
from multivis.volumes.dataset import Dataset
from multivis.volumes.pipeline.body import alone, inner_point
from multivis.volumes.pipeline.built import (
    BuiltStage,
    Plane,
    actor_of,
    cut_away,
    flat,
    plain_mapper,
    surface_stage,
    without_masked,
)
from multivis.volumes.pipeline.fields import Field, field_of
from multivis.volumes.specification import (
    IsosurfaceStage,
    OutlineStage,
    SurfaceStage,
    ThresholdStage,
)

__all__ = [
    "build_isosurface",
    "build_outline",
    "build_surface",
    "build_threshold",
    "clamped_isovalue",
]

THRESHOLD_VOXELS = 6_000_000
"""Most voxels that a threshold turns into cells; VTK needs about 100 bytes for each."""


def clamped_isovalue(value: float, least: float, most: float, variable: str) -> tuple[float, str]:
    """An isovalue inside the range of its variable, and what was changed (or nothing).

    At the very ends a surface is empty, so a value outside comes to lie 1 % inside.
    """
    if least < value < most:
        return value, ""
    inside = least + 0.01 * (most - least) if value <= least else most - 0.01 * (most - least)
    where = "not above the least" if value <= least else "not below the greatest"
    end = least if value <= least else most
    note = f"The isovalue {value:g} is {where} value {end:g} of {variable!r}; {inside:g} is shown."
    return inside, note


def contour_of(field: Field, values: list[float]) -> Any:
    """The algorithm that finds surfaces: flying edges on images."""
    from vtkmodules.vtkFiltersCore import vtkContourFilter, vtkFlyingEdges3D

    if field.vtk.IsA("vtkImageData"):
        contour = vtkFlyingEdges3D()
        contour.SetInterpolateAttributes(field.masked)
    else:
        contour = vtkContourFilter()
    contour.SetInputData(field.vtk)
    contour.ComputeNormalsOn()
    contour.ComputeScalarsOff()
    contour.SetInputArrayToProcess(0, 0, 0, 0, field.variable)
    for index, value in enumerate(values):
        contour.SetValue(index, value)
    return contour


def build_isosurface(
    name: str, stage: IsosurfaceStage, dataset: Dataset, clips: list[tuple[Plane, bool]]
) -> BuiltStage:
    """The surface of one value."""
    variable = dataset.resolve(stage.variable, components=1)
    least, most = dataset.range(variable)
    if least == most:
        raise InputError(
            f"The variable {variable!r} has the value {least:g} everywhere; it has no surface.",
            hint="Choose another variable.",
        )
    isovalue, note = clamped_isovalue(stage.isovalue, least, most, variable)
    field = field_of(dataset, variable)
    notes = [note] if note else []
    if stage.up_to is not None:
        if field.vtk.IsA("vtkImageData") and stage.up_to > isovalue:
            field = replace(field, vtk=alone(field, isovalue, stage.up_to, stage.point))
            notes.append(
                f"Of {name!r} one solid body is shown, with {variable} from {isovalue:g} to "
                f"{stage.up_to:g}; others with a surface at that value are left out."
            )
        else:
            stage = stage.model_copy(update={"up_to": None})
            notes.append("Bodies are found on regular grids, below their upper value, alone.")
    contour = contour_of(field, [isovalue])
    filters = {"contour": contour}
    source = without_masked(contour, field.masked, filters)
    source = _kept_part(source, stage, filters, notes)
    if stage.smooth:
        source = _smoothed(source, filters)
    source = cut_away(source, clips, filters)
    built = surface_stage(
        name,
        stage.model_copy(update={"variable": variable, "isovalue": isovalue}),
        dataset,
        source,
        field,
        filters=filters,
        color=stage.color,
        color_map="viridis",
        opacity=stage.opacity,
    )
    built.notes.extend(notes)
    return built


def _kept_part(
    source: Any, stage: IsosurfaceStage, filters: dict[str, Any], notes: list[str]
) -> Any:
    """The connected part of the surface that is kept; said, where there are others."""
    from vtkmodules.vtkFiltersCore import vtkCleanPolyData, vtkPolyDataConnectivityFilter

    if stage.keep == "all" and stage.up_to is None:
        return source
    source.Update()
    surface, point = source.GetOutput(), stage.point
    if stage.keep == "inner":
        point = inner_point(surface)
        if point is None:
            notes.append("No part of the surface lies inside another one; all of it is shown.")
            return source
    if not surface.GetNumberOfPoints():
        return source
    part = vtkPolyDataConnectivityFilter()
    part.SetInputConnection(source.GetOutputPort())
    if point is None or stage.up_to is not None:  # a body is alone but for what is hollow in it
        part.SetExtractionModeToLargestRegion()
    else:
        part.SetExtractionModeToClosestPointRegion()
        part.SetClosestPoint(*point)
    used = vtkCleanPolyData()  # the filter leaves the points of the other parts behind
    used.SetInputConnection(part.GetOutputPort())
    used.PointMergingOff()
    filters["region"] = part
    part.Update()
    parts = part.GetNumberOfExtractedRegions()  # of those that were visited
    if stage.up_to is None and (point is not None or parts > 1):
        which = "largest" if point is None else "inner" if stage.keep == "inner" else "named"
        notes.append(f"Of the connected parts of the surface the {which} one is shown alone.")
    return used


def _smoothed(source: Any, filters: dict[str, Any]) -> Any:
    """Windowed sinc smoothing, which does not shrink (Taubin, Zhang and Golub 1996)."""
    from vtkmodules.vtkFiltersCore import vtkPolyDataNormals, vtkWindowedSincPolyDataFilter

    sinc = vtkWindowedSincPolyDataFilter()
    sinc.SetInputConnection(source.GetOutputPort())
    sinc.SetNumberOfIterations(15)
    sinc.SetPassBand(0.1)
    sinc.NonManifoldSmoothingOn()
    sinc.NormalizeCoordinatesOn()
    normals = vtkPolyDataNormals()
    normals.SetInputConnection(sinc.GetOutputPort())
    normals.SplittingOff()
    filters["smooth"] = sinc
    return normals


def build_threshold(
    name: str, stage: ThresholdStage, dataset: Dataset, clips: list[tuple[Plane, bool]]
) -> BuiltStage:
    """The cells of an interval, drawn by their outer faces."""
    from vtkmodules.vtkFiltersCore import vtkThreshold
    from vtkmodules.vtkFiltersGeometry import vtkGeometryFilter

    variable = dataset.resolve(stage.variable, components=1)
    least, most = dataset.range(variable)
    low = least if stage.minimum is None else stage.minimum
    high = most if stage.maximum is None else stage.maximum
    if low > most or high < least:
        raise InputError(
            f"No value of {variable!r} lies between {low:g} and {high:g}.",
            hint=f"Its values go from {least:g} to {most:g}.",
        )
    field = field_of(dataset, variable, on_points=False)
    data, notes = _thinned(field, dataset, low, high)
    threshold = vtkThreshold()
    threshold.SetInputData(data)
    threshold.SetThresholdFunction(vtkThreshold.THRESHOLD_BETWEEN)
    threshold.SetLowerThreshold(low)
    threshold.SetUpperThreshold(high)
    threshold.SetInputArrayToProcess(0, 0, 0, 0 if field.association == "point" else 1, variable)
    faces = vtkGeometryFilter()
    faces.SetInputConnection(threshold.GetOutputPort())
    filters = {"threshold": threshold, "faces": faces}
    source = without_masked(faces, field.masked and field.association == "point", filters)
    source = cut_away(source, clips, filters)
    built = surface_stage(
        name,
        stage.model_copy(update={"variable": variable, "minimum": low, "maximum": high}),
        dataset,
        source,
        field,
        filters=filters,
        color=stage.color,
        color_map=stage.color_map,
        opacity=stage.opacity,
        interval=(max(low, least), min(high, most)),
    )
    built.notes.extend(notes)
    return built


def _thinned(field: Field, dataset: Dataset, low: float, high: float) -> tuple[Any, list[str]]:
    """The data, with every n-th voxel where the interval holds too many of them."""
    if dataset.kind != "image":
        return field.vtk, []
    import numpy as np
    from vtkmodules.vtkImagingCore import vtkExtractVOI

    values = dataset.array(field.variable)
    inside = sum(int(np.count_nonzero((part >= low) & (part <= high))) for part in values)
    step = 1
    while inside / step**3 > THRESHOLD_VOXELS:
        step += 1
    if step == 1:
        return field.vtk, []
    thin = vtkExtractVOI()
    thin.SetInputData(field.vtk)
    thin.SetVOI(*field.vtk.GetExtent())
    thin.SetSampleRate(step, step, step)
    thin.Update()
    note = f"{inside:,} voxels lie in the interval; every {step}th along each axis is drawn."
    return thin.GetOutput(), [note]


def build_surface(
    name: str, stage: SurfaceStage, dataset: Dataset, clips: list[tuple[Plane, bool]]
) -> BuiltStage:
    """The outer surface of cells, or a surface through points."""
    from vtkmodules.vtkFiltersGeometry import vtkGeometryFilter

    filters: dict[str, Any] = {}
    field = None
    if stage.method == "reconstruct":
        source = _reconstructed(dataset, filters)
    else:
        source = vtkGeometryFilter()
        if stage.variable is not None:
            field = field_of(dataset, dataset.resolve(stage.variable), on_points=False)
        source.SetInputData(field.vtk if field is not None else dataset.vtk)
        filters["faces"] = source
    notes = []
    if stage.method == "reconstruct" and stage.variable is not None:
        notes.append("A reconstructed surface has one colour: the points keep the values.")
    source = cut_away(source, clips, filters)
    built = surface_stage(
        name,
        stage,
        dataset,
        source,
        field,
        filters=filters,
        color=stage.color if field is None else None,
        color_map=stage.color_map,
        opacity=stage.opacity,
    )
    built.notes.extend(notes)
    return built


def _reconstructed(dataset: Dataset, filters: dict[str, Any]) -> Any:
    """A surface through points: normals by principal components, then a signed distance.

    Hoppe et al., "Surface reconstruction from unorganized points" (1992).
    """
    from vtkmodules.vtkFiltersCore import vtkCleanPolyData
    from vtkmodules.vtkFiltersPoints import (
        vtkExtractSurface,
        vtkPCANormalEstimation,
        vtkSignedDistance,
    )

    count = dataset.vtk.GetNumberOfPoints()
    if count < 10:
        raise InputError(
            f"A surface cannot be reconstructed from {count} points.", hint="Give at least 10."
        )
    bounds = dataset.bounds
    edges = [bounds[i + 1] - bounds[i] for i in (0, 2, 4)]
    longest = max(edges) or 1.0
    cells = min(max(int(1.6 * count**0.5), 24), 160)
    step = longest / cells
    radius = 5.0 * step
    normals = vtkPCANormalEstimation()
    normals.SetInputData(dataset.vtk)
    normals.SetSampleSize(min(24, count - 1))
    normals.FlipNormalsOn()
    normals.SetNormalOrientationToGraphTraversal()
    distance = vtkSignedDistance()
    distance.SetInputConnection(normals.GetOutputPort())
    distance.SetRadius(radius)
    grown = [bounds[i] + (radius if i % 2 else -radius) for i in range(6)]
    distance.SetBounds(*grown)
    distance.SetDimensions(*(max(int((grown[i + 1] - grown[i]) / step) + 1, 8) for i in (0, 2, 4)))
    surface = vtkExtractSurface()
    surface.SetInputConnection(distance.GetOutputPort())
    surface.SetRadius(radius * 0.99)
    surface.HoleFillingOn()
    used = vtkCleanPolyData()  # the filter leaves points behind that no triangle uses
    used.SetInputConnection(surface.GetOutputPort())
    used.PointMergingOff()
    filters.update({"normals": normals, "distance": distance, "reconstruct": surface})
    return used


def build_outline(name: str, stage: OutlineStage, dataset: Dataset) -> BuiltStage:
    """The box around the data."""
    from vtkmodules.vtkFiltersModeling import vtkOutlineFilter

    outline = vtkOutlineFilter()
    outline.SetInputData(dataset.vtk)
    mapper = plain_mapper(outline)
    actor = flat(actor_of(mapper, color=stage.color))
    actor.GetProperty().SetLineWidth(1.5)
    return BuiltStage(name, stage, actor, mapper, {"outline": outline})
