"""Volume rendering."""

from __future__ import annotations

from typing import Any

from multivis.errors import InputError, RenderError
from multivis.volumes.dataset import Dataset
from multivis.volumes.pipeline.built import BuiltStage, Plane, label_of
from multivis.volumes.pipeline.colors import rgb, transfer_points
from multivis.volumes.pipeline.fields import field_of
from multivis.volumes.pipeline.window import is_software
from multivis.volumes.specification import VolumeStage

__all__ = ["build_volume", "casts_on_processor"]

_ON_PROCESSOR: list[bool] = []

RESAMPLED = 128
"""Samples along the longest edge when data that is no image is volume-rendered."""


def build_volume(
    name: str, stage: VolumeStage, dataset: Dataset, clips: list[tuple[Plane, bool]]
) -> BuiltStage:
    """A volume with its transfer function, cast on the graphics card or on the processor."""
    from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
    from vtkmodules.vtkRenderingCore import (
        vtkColorTransferFunction,
        vtkVolume,
        vtkVolumeProperty,
    )

    variable = dataset.resolve(stage.variable, components=1)
    points = transfer_points(stage, dataset, variable)
    image, notes = _image_of(dataset, variable)
    colors, opacities = vtkColorTransferFunction(), vtkPiecewiseFunction()
    for point in points:
        colors.AddRGBPoint(point.value, *rgb(point.color))
        opacities.AddPoint(point.value, point.opacity)
    if not any(point.opacity > 0 for point in points):
        raise InputError(
            "The transfer function is transparent everywhere.",
            hint="Give at least one point an opacity above 0.",
        )
    look = vtkVolumeProperty()
    look.SetColor(colors)
    look.SetScalarOpacity(opacities)
    look.SetScalarOpacityUnitDistance(_diagonal(image) / 160.0)
    look.SetInterpolationTypeToLinear()
    look.SetShade(stage.shade)
    look.SetAmbient(0.25)
    look.SetDiffuse(0.85)
    look.SetSpecular(0.15)
    look.SetSpecularPower(18.0)
    mapper = _mapper(image)
    mapper.SetInputData(image)
    for plane, positive in clips:
        mapper.AddClippingPlane(_facing(plane, positive))
    volume = vtkVolume()
    volume.SetMapper(mapper)
    volume.SetProperty(look)
    built = stage.model_copy(update={"variable": variable, "points": points})
    return BuiltStage(
        name,
        built,
        volume,
        mapper,
        {"color": colors, "opacity": opacities},
        variable,
        None,
        label_of(dataset, variable),
        notes,
    )


def _diagonal(image: Any) -> float:
    return float(image.GetLength()) or 1.0


def casts_on_processor() -> bool:
    """Whether rays are cast by VTK on the processor: where OpenGL is Mesa's, or missing.

    Asked once before VTK is listened to: the answer may come from the render thread.
    """
    if not _ON_PROCESSOR:
        try:
            _ON_PROCESSOR.append(is_software())
        except RenderError:
            _ON_PROCESSOR.append(True)
    return _ON_PROCESSOR[0]


def _mapper(image: Any) -> Any:
    """VTK's mapper for this machine: Mesa casts rays slower than VTK does on the processor."""
    from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper
    from vtkmodules.vtkRenderingVolumeOpenGL2 import vtkOpenGLGPUVolumeRayCastMapper

    software = casts_on_processor()
    mapper = vtkFixedPointVolumeRayCastMapper() if software else vtkOpenGLGPUVolumeRayCastMapper()
    mapper.AutoAdjustSampleDistancesOff()
    mapper.SetSampleDistance(0.45 * min(image.GetSpacing()))
    if software:
        mapper.SetImageSampleDistance(1.0)
    else:
        mapper.UseJitteringOff()
    return mapper


def _facing(plane: Plane, positive: bool) -> Any:
    """A clipping plane of a mapper: what its normal points to stays."""
    from vtkmodules.vtkCommonDataModel import vtkPlane

    made = vtkPlane()
    made.SetOrigin(*plane.origin)
    sign = 1.0 if positive else -1.0
    made.SetNormal(*(sign * part for part in plane.normal))
    return made


def _image_of(dataset: Dataset, variable: str) -> tuple[Any, list[str]]:
    """The variable as image data with values on points; other grids are resampled, and said."""
    field = field_of(dataset, variable)
    if field.vtk.IsA("vtkImageData"):
        return field.vtk, []
    if dataset.kind == "polydata":
        raise InputError(
            "Points and surfaces cannot be volume-rendered.",
            hint="Ask for points, a surface or an isosurface.",
        )
    from vtkmodules.vtkFiltersCore import vtkResampleToImage

    bounds = dataset.bounds
    edges = [bounds[i + 1] - bounds[i] for i in (0, 2, 4)]
    longest = max(edges) or 1.0
    sizes = [max(2, round(RESAMPLED * edge / longest)) for edge in edges]
    resample = vtkResampleToImage()
    resample.SetInputDataObject(field.vtk)
    resample.SetSamplingDimensions(*sizes)
    resample.Update()
    image = resample.GetOutput()
    image.GetPointData().SetActiveScalars(variable)
    shown = " × ".join(str(size) for size in sizes)
    return image, [f"The grid was resampled to {shown} for volume rendering."]
