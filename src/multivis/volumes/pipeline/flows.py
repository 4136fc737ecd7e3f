"""Vector fields and points: streamlines, arrows, clouds."""

from __future__ import annotations

from dataclasses import replace
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
)
from multivis.volumes.pipeline.fields import Field, field_of
from multivis.volumes.specification import GlyphsStage, PointsStage, StreamlinesStage

__all__ = ["build_glyphs", "build_points", "build_streamlines"]

ARROWS = 2_000
POINTS_DRAWN = 2_000_000


def _seed_points(stage: StreamlinesStage, dataset: Dataset) -> Any:
    """Seeds that are spread evenly (Halton's sequence), the same ones every time."""
    import numpy as np

    from multivis.volumes.readers.arrays import points_from_array

    spread = np.stack([_halton(stage.seeds, base) for base in (2, 3, 5)], axis=1)
    bounds = np.asarray(dataset.bounds).reshape(3, 2)
    width = bounds[:, 1] - bounds[:, 0]
    if stage.seed_region == "plane":
        spread[:, 2] = 0.5
    elif stage.seed_region == "center":
        spread = 0.5 + (spread - 0.5) * 0.3
    inside = 0.02 + 0.96 * spread
    return points_from_array((bounds[:, 0] + inside * width).astype(np.float32), {})


def _halton(count: int, base: int) -> Any:
    """The first `count` numbers of Halton's sequence, from 0 to 1."""
    import numpy as np

    values = np.zeros(count)
    index, part = np.arange(1, count + 1), 1.0 / base
    while index.any():
        values += part * (index % base)
        index //= base
        part /= base
    return values


def build_streamlines(
    name: str, stage: StreamlinesStage, dataset: Dataset, clips: list[tuple[Plane, bool]]
) -> BuiltStage:
    """Streamlines (Runge-Kutta 4-5), as tubes."""
    from vtkmodules.vtkFiltersCore import vtkTubeFilter
    from vtkmodules.vtkFiltersFlowPaths import vtkStreamTracer

    variable = dataset.resolve(stage.variable, components=3)
    field = field_of(dataset, variable)
    colored, data = _color_field(field, stage.color_by, dataset)
    diagonal = _diagonal(dataset)
    tracer = vtkStreamTracer()
    tracer.SetInputData(data)
    tracer.SetInputArrayToProcess(0, 0, 0, 0, variable)
    tracer.SetSourceData(_seed_points(stage, dataset))
    tracer.SetIntegrationDirectionToBoth()
    tracer.SetIntegratorTypeToRungeKutta45()
    tracer.SetMaximumPropagation(2.0 * diagonal)
    tracer.SetMaximumNumberOfSteps(4_000)
    tracer.SetInitialIntegrationStep(0.3)
    tracer.SetComputeVorticity(False)
    filters = {"streamlines": tracer}
    source: Any = tracer
    if stage.tube_radius > 0:
        source = vtkTubeFilter()
        source.SetInputConnection(tracer.GetOutputPort())
        source.SetRadius(stage.tube_radius * diagonal)
        source.SetNumberOfSides(8)
        source.CappingOn()
        filters["tubes"] = source
    source = cut_away(source, clips, filters)
    least, most = dataset.range(colored.variable)
    mapper, table = colored_mapper(source, colored, stage.color_map, least, most)
    built = stage.model_copy(update={"variable": variable})
    label = label_of(dataset, colored.variable, colored.components)
    return BuiltStage(
        name, built, actor_of(mapper), mapper, filters, colored.variable, table, label
    )


def _color_field(field: Field, color_by: str | None, dataset: Dataset) -> tuple[Field, Any]:
    """The field that colours, and the data with both variables."""
    if color_by is None:
        return field, field.vtk
    scalar = field_of(dataset, dataset.resolve(color_by, components=1))
    both = field.vtk.NewInstance()
    both.ShallowCopy(field.vtk)
    both.GetPointData().AddArray(scalar.vtk.GetPointData().GetArray(scalar.variable))
    return scalar, both


def _diagonal(dataset: Dataset) -> float:
    bounds = dataset.bounds
    squares = sum((bounds[i + 1] - bounds[i]) ** 2 for i in (0, 2, 4))
    return float(squares) ** 0.5 or 1.0


def build_glyphs(
    name: str, stage: GlyphsStage, dataset: Dataset, clips: list[tuple[Plane, bool]]
) -> BuiltStage:
    """Arrows whose length and colour show the vector."""
    from vtkmodules.vtkFiltersCore import vtkGlyph3D
    from vtkmodules.vtkFiltersSources import vtkArrowSource

    variable = dataset.resolve(stage.variable, components=3)
    field = field_of(dataset, variable)
    thin, every = _every_nth(field, dataset, stage.every)
    arrow = vtkArrowSource()
    arrow.SetTipResolution(12)
    arrow.SetShaftResolution(8)
    arrow.SetTipLength(0.38)
    arrow.SetTipRadius(0.13)
    arrow.SetShaftRadius(0.045)
    least, most = dataset.range(variable)
    thin.Update()
    count = max(thin.GetOutput().GetNumberOfPoints(), 1)
    room = _diagonal(dataset) / 1.8 / max(count ** (1.0 / 3.0), 1.0)
    glyphs = vtkGlyph3D()
    glyphs.SetInputConnection(thin.GetOutputPort())
    glyphs.SetSourceConnection(arrow.GetOutputPort())
    glyphs.SetInputArrayToProcess(1, 0, 0, 0, variable)
    glyphs.SetVectorModeToUseVector()
    glyphs.SetScaleModeToScaleByVector()
    glyphs.SetScaleFactor(stage.scale * room * 1.3 / (most or 1.0))
    glyphs.OrientOn()
    glyphs.SetColorModeToColorByVector()
    filters = {"every": thin, "glyphs": glyphs}
    source = cut_away(glyphs, clips, filters)
    length = replace(field, variable="VectorMagnitude", components=1)
    mapper, table = colored_mapper(source, length, stage.color_map, least, most)
    built = stage.model_copy(update={"variable": variable, "every": every})
    label = label_of(dataset, variable, 3)
    return BuiltStage(name, built, actor_of(mapper), mapper, filters, variable, table, label)


def _every_nth(field: Field, dataset: Dataset, every: int) -> tuple[Any, int]:
    """Every n-th point: along each axis on images, of all points elsewhere."""
    from vtkmodules.vtkFiltersCore import vtkMaskPoints
    from vtkmodules.vtkImagingCore import vtkExtractVOI

    count = field.vtk.GetNumberOfPoints()
    if dataset.kind == "image":
        every = every or max(1, round((count / ARROWS) ** (1.0 / 3.0)))
        thin = vtkExtractVOI()
        thin.SetVOI(*field.vtk.GetExtent())
        thin.SetSampleRate(every, every, every)
    else:
        every = every or max(1, count // ARROWS)
        thin = vtkMaskPoints()
        thin.SetOnRatio(every)
        thin.RandomModeOff()
        thin.SetMaximumNumberOfPoints(count)
    thin.SetInputData(field.vtk)
    return thin, every


def build_points(
    name: str, stage: PointsStage, dataset: Dataset, clips: list[tuple[Plane, bool]]
) -> BuiltStage:
    """A point cloud; at most two million points are drawn."""
    from vtkmodules.vtkFiltersCore import vtkMaskPoints

    field = None
    if stage.variable is not None or (stage.color is None and dataset.names):
        field = field_of(dataset, dataset.resolve(stage.variable))
    data = field.vtk if field is not None else dataset.vtk
    count = data.GetNumberOfPoints()
    every = -(-count // POINTS_DRAWN)
    points = vtkMaskPoints()
    points.SetInputData(data)
    points.SetOnRatio(every)
    points.RandomModeOff()
    points.SetMaximumNumberOfPoints(count)
    points.GenerateVerticesOn()
    points.SingleVertexPerCellOn()
    filters: dict[str, Any] = {"points": points}
    source = cut_away(points, clips, filters)
    table, label = None, ""
    if field is not None and stage.color is None:
        least, most = dataset.range(field.variable)
        mapper, table = colored_mapper(source, field, stage.color_map, least, most)
        label = label_of(dataset, field.variable, field.components)
    else:
        mapper = plain_mapper(source)
    actor = flat(actor_of(mapper, color=stage.color or "#3a6ea5"))
    actor.GetProperty().SetPointSize(stage.size)
    notes = [f"Of {count:,} points every {every}th is drawn."] if every > 1 else []
    variable = field.variable if field is not None else ""
    built = stage.model_copy(update={"variable": variable or None})
    return BuiltStage(name, built, actor, mapper, filters, variable, table, label, notes)
