"""One part of a surface, or one solid body, where an isovalue has several.

At the isovalue of a brain there is a surface of the skin too: values climb past it from air to
soft tissue. `only_body` also stands in exported scripts, as it is written here.
"""

from __future__ import annotations

from typing import Any

from multivis.errors import InputError

__all__ = ["alone", "body_labels", "inner_point", "only_body", "part_count"]


def body_labels(values: Any, low: float, high: float) -> Any:
    """Solid bodies of voxels between two values: 0 outside, 1 for the largest, and so on.

    Bodies that hang together by a bridge of two voxels or less are taken apart: the voxels are
    eroded first. What is thinner than three voxels is no body.
    """
    import numpy as np
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkImagingMorphological import vtkImageConnectivityFilter, vtkImageDilateErode3D

    z, y, x = values.shape
    inside = ((values >= low) & (values <= high)).astype("u1")
    image = vtkImageData()
    image.SetDimensions(x, y, z)
    image.GetPointData().SetScalars(numpy_to_vtk(inside.ravel()))
    eroded = vtkImageDilateErode3D()
    eroded.SetInputData(image)
    eroded.SetKernelSize(3, 3, 3)
    eroded.SetErodeValue(1)
    eroded.SetDilateValue(0)
    bodies = vtkImageConnectivityFilter()
    bodies.SetInputConnection(eroded.GetOutputPort())
    bodies.SetScalarRange(1, 1)
    bodies.SetExtractionModeToAllRegions()
    bodies.SetLabelScalarTypeToInt()
    bodies.Update()
    labels = vtk_to_numpy(bodies.GetOutput().GetPointData().GetScalars()).reshape(z, y, x)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    rank = np.zeros(len(sizes), np.int32)
    found = np.flatnonzero(sizes)
    rank[found[np.argsort(-sizes[found], kind="stable")]] = np.arange(1, len(found) + 1)
    return rank[labels]


def only_body(data: Any, name: str, low: float, high: float, point: Any = None) -> Any:
    """Image data in which one body between two values stands alone.

    Voxels of other bodies, and of what is denser, become as far below the first value as the
    body's own lie above it, so that the surface is halfway.

    Args:
        data: Image data.
        name: Scalar on its points.
        low: Least value of the body: the isovalue.
        high: Greatest value of the body.
        point: A point in it, or at most four voxels away; None: the largest body.
    """
    import numpy as np
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy

    array = data.GetPointData().GetArray(name)
    x, y, z = data.GetDimensions()
    values = vtk_to_numpy(array).reshape(z, y, x)
    labels = body_labels(values, low, high)
    wanted = 1
    if point is not None:
        middle = (np.array(point) - data.GetOrigin()) / data.GetSpacing()
        first = np.clip(np.rint(middle).astype(int) - 4, 0, [x, y, z])
        box = tuple(slice(f, f + 9) for f in first[::-1])
        near = np.argwhere(labels[box] > 0)
        wanted = 0
        if len(near):
            away = ((near[:, ::-1] + first - middle) ** 2).sum(axis=1)
            wanted = int(labels[box][tuple(near[away.argmin()])])
    body = (labels == wanted) & (wanted > 0)
    if not body.any():
        return None
    grown = body.copy()
    for axis in range(3):  # the voxels that the erosion took
        before = grown.copy()
        ahead, behind = [slice(None)] * 3, [slice(None)] * 3
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        grown[tuple(ahead)] |= before[tuple(behind)]
        grown[tuple(behind)] |= before[tuple(ahead)]
    lowered = 2.0 * low - float(np.median(values[body]))
    if values.dtype.kind in "iu":
        lowered = max(np.floor(min(lowered, low - 1)), np.iinfo(values.dtype).min)
    others = (values >= low) & ~(grown & (values <= high))
    alone = np.where(others, values.dtype.type(lowered), values)
    made = data.NewInstance()
    made.ShallowCopy(data)
    scalars = numpy_to_vtk(alone.ravel())
    scalars.SetName(name)
    made.GetPointData().AddArray(scalars)
    made.GetPointData().SetActiveScalars(name)
    return made


def part_labels(surface: Any) -> tuple[Any, Any]:
    """The points of a surface, in an order of their own, and the connected part of each."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkPolyDataConnectivityFilter

    parts = vtkPolyDataConnectivityFilter()
    parts.SetInputData(surface)
    parts.SetExtractionModeToAllRegions()
    parts.ColorRegionsOn()
    parts.Update()
    found = parts.GetOutput()
    labels = vtk_to_numpy(found.GetPointData().GetArray("RegionId"))
    return vtk_to_numpy(found.GetPoints().GetData()), labels


def part_count(surface: Any) -> int:
    """How many connected parts a surface has."""
    return int(part_labels(surface)[1].max()) + 1 if surface.GetNumberOfPoints() else 0


def inner_point(surface: Any) -> tuple[float, float, float] | None:
    """A point of the largest part that lies within the box of another one, if there is one."""
    import numpy as np

    if not surface.GetNumberOfPoints():
        return None
    points, labels = part_labels(surface)
    count = int(labels.max()) + 1
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    for axis in range(3):
        np.minimum.at(low[:, axis], labels, points[:, axis])
        np.maximum.at(high[:, axis], labels, points[:, axis])
    for part in np.argsort(-np.bincount(labels)):
        around = (low < low[part]).all(axis=1) & (high > high[part]).all(axis=1)
        if around.any():
            x, y, z = (float(value) for value in points[np.flatnonzero(labels == part)[0]])
            return (x, y, z)
    return None


def alone(field: Any, low: float, high: float, point: tuple[float, float, float] | None) -> Any:
    """The image data of a field with one body alone.

    Raises:
        InputError: There is no such body.
    """
    made = only_body(field.vtk, field.variable, low, high, point)
    if made is None:
        where = "" if point is None else " near that point"
        raise InputError(
            f"No solid body of {field.variable!r} between {low:g} and {high:g} is there{where}.",
            hint="Raise the upper value, or show the whole surface.",
        )
    return made
