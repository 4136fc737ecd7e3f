"""Volume rendering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multivis.errors import InputError, RenderError
from multivis.volumes.dataset import Dataset
from multivis.volumes.pipeline.built import BuiltStage, Plane, label_of
from multivis.volumes.pipeline.colors import rgb, transfer_points
from multivis.volumes.pipeline.fields import field_of
from multivis.volumes.pipeline.window import is_software
from multivis.volumes.specification import TransferPoint, VolumeStage

__all__ = ["build_volume", "casts_on_processor"]

_ON_PROCESSOR: list[bool] = []

COARSE = 160
"""Voxels along the longest edge up to which rays take short steps."""

WORTH_CUTTING = 0.75
"""A box with less than this part of the voxels is cut out before it is rendered."""

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
    unit = _diagonal(image) / 160.0
    image, box = _visible_part(image, points)
    look = vtkVolumeProperty()
    look.SetColor(colors)
    look.SetScalarOpacity(opacities)
    look.SetScalarOpacityUnitDistance(unit)
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
        {"color": colors, "opacity": opacities, **({"part": box} if box is not None else {})},
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
    # Rays that step too far leave rings on steep surfaces; fine grids hide them by themselves.
    step = 0.25 if max(image.GetDimensions()) <= COARSE else 0.45
    mapper.SetSampleDistance(step * min(image.GetSpacing()))
    if software:
        mapper.SetImageSampleDistance(1.0)
    else:
        mapper.UseJitteringOff()
    return mapper


def _visible_part(image: Any, points: Sequence[TransferPoint]) -> tuple[Any, Any]:
    """The box of voxels that the transfer function lets one see, and the filter that cuts it out.

    VTK keeps normals of all voxels that it is given, one and a half times the bytes of int16
    values; the air around a body needs none.
    """
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkImagingCore import vtkExtractVOI

    low, high = _seen_interval(points)
    if low is None and high is None:
        return image, None
    x, y, z = image.GetDimensions()
    values = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(z, y, x)
    along: list[Any] = [np.zeros(count, bool) for count in (x, y, z)]
    for index, plane in enumerate(values):
        seen = np.ones(plane.shape, bool) if low is None else plane > low
        if high is not None:
            seen &= plane < high
        columns = seen.any(axis=0)
        along[0] |= columns
        along[1] |= seen.any(axis=1)
        along[2][index] = columns.any()
    if not along[2].any():
        return image, None
    first = image.GetExtent()[::2]
    box = []
    for axis, flags in enumerate(along):
        inside = np.flatnonzero(flags)
        least, most = max(int(inside[0]) - 2, 0), min(int(inside[-1]) + 2, len(flags) - 1)
        box += [first[axis] + least, first[axis] + most]
    kept = (box[1] - box[0] + 1) * (box[3] - box[2] + 1) * (box[5] - box[4] + 1)
    if kept > WORTH_CUTTING * x * y * z or min(box[1::2][i] - box[::2][i] for i in range(3)) < 2:
        return image, None
    cut = vtkExtractVOI()
    cut.SetInputData(image)
    cut.SetVOI(*box)
    cut.Update()
    return cut.GetOutput(), cut


def _seen_interval(points: Sequence[TransferPoint]) -> tuple[float | None, float | None]:
    """Values up to the first and from the second on are transparent; None: no such end."""
    low, high = None, None
    for point in points:
        if point.opacity > 0:
            break
        low = point.value
    for point in reversed(points):
        if point.opacity > 0:
            break
        high = point.value
    return low, high


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
