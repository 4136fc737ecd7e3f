"""What is drawn, as points: for the camera and the checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from multivis.volumes.pipeline.built import BuiltStage

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["corners", "points_of"]

POINTS = 20_000
OPACITY_SEEN = 0.03
VOXELS_ALONG = 64


def corners(bounds: Sequence[float]) -> NDArray[Any]:
    """The eight corners of a box, (8, 3)."""
    import numpy as np

    x, y, z = (bounds[0:2], bounds[2:4], bounds[4:6])
    return np.array([(a, b, c) for a in x for b in y for c in z], dtype=np.float64)


def points_of(stage: BuiltStage) -> NDArray[Any]:
    """At most about 20,000 points that span what a stage draws; none where it draws nothing."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy

    if stage.stage.kind == "volume":
        return _seen_voxels(stage)
    output = stage.output()
    if output is None or output.GetNumberOfPoints() == 0:
        return np.empty((0, 3))
    points = vtk_to_numpy(output.GetPoints().GetData())
    step = max(1, len(points) // POINTS)
    sample = points[::step]
    return (
        sample
        if _spans(sample, output.GetBounds())
        else np.concatenate([sample, _extremes(points, step)])
    )


def _spans(sample: NDArray[Any], bounds: Sequence[float]) -> bool:
    """Whether a sample reaches the ends of the bounds within one part in two hundred."""
    import numpy as np

    ends = np.asarray(bounds).reshape(3, 2)
    missed = np.maximum(sample.min(axis=0) - ends[:, 0], ends[:, 1] - sample.max(axis=0))
    return bool(missed.max() <= (ends[:, 1] - ends[:, 0]).max() / 200.0)


def _extremes(points: NDArray[Any], step: int) -> NDArray[Any]:
    """The extreme points along each axis, which a sample could miss."""
    import numpy as np

    if step == 1:
        return np.empty((0, 3))
    extremes = [points[:, axis].argmin() for axis in range(3)]
    extremes += [points[:, axis].argmax() for axis in range(3)]
    return np.asarray(points[extremes])


def _seen_voxels(stage: BuiltStage) -> NDArray[Any]:
    """Positions of the voxels that the transfer function lets one see, on a coarse raster."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy

    image = stage.mapper.GetInputDataObject(0, 0)
    x, y, z = image.GetDimensions()
    values = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(z, y, x)
    step = max(1, max(x, y, z) // VOXELS_ALONG)
    sample = values[::step, ::step, ::step]
    points = [(p.value, p.opacity) for p in getattr(stage.stage, "points", ())]
    opacity = np.interp(sample, [value for value, _ in points], [part for _, part in points])
    kept = np.argwhere(opacity > OPACITY_SEEN)
    if not len(kept):
        return corners(image.GetBounds())
    positions = kept[:, ::-1] * step * np.asarray(image.GetSpacing()) + np.asarray(
        image.GetBounds()[::2]
    )
    whole = _cut(positions, stage.mapper)
    return whole if len(whole) else positions


def _cut(positions: NDArray[Any], mapper: Any) -> NDArray[Any]:
    """The positions on the kept side of a mapper's clipping planes."""
    import numpy as np

    planes = mapper.GetClippingPlanes()
    for index in range(planes.GetNumberOfItems() if planes is not None else 0):
        plane = planes.GetItem(index)
        side = (positions - np.asarray(plane.GetOrigin())) @ np.asarray(plane.GetNormal())
        positions = positions[side >= 0]
    return positions
