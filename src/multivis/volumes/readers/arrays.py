"""NumPy arrays as VTK data, without a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from multivis.errors import EmptySourceError, SourceFormatError
from multivis.volumes.dataset import Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivis.settings import Limits

__all__ = [
    "checked",
    "coarsened",
    "dataset_from_arrays",
    "image_from_array",
    "points_from_array",
]


def image_from_array(
    arrays: Mapping[str, NDArray[Any]],
    spacing: Sequence[float] = (1.0, 1.0, 1.0),
    origin: Sequence[float] = (0.0, 0.0, 0.0),
) -> Any:
    """Image data over arrays in the order (z, y, x) or (z, y, x, components).

    VTK keeps a reference to the memory of each array; C-contiguous ones are not copied.
    """
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    first = next(iter(arrays.values()))
    z, y, x = first.shape[:3]
    image.SetDimensions(x, y, z)
    image.SetSpacing(*(float(part) for part in spacing))
    image.SetOrigin(*(float(part) for part in origin))
    for name, array in arrays.items():
        _attach(image.GetPointData(), name, array, 3)
    return image


def points_from_array(points: NDArray[Any], values: Mapping[str, NDArray[Any]]) -> Any:
    """A point cloud: coordinates (n, 3) and values (n,) or (n, components)."""
    import numpy as np
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    cloud, coordinates = vtkPolyData(), vtkPoints()
    coordinates.SetData(numpy_to_vtk(np.ascontiguousarray(points), deep=False))
    cloud.SetPoints(coordinates)
    count = len(points)
    cells = vtkCellArray()
    offsets = np.arange(count + 1, dtype=np.int64)
    ids = np.arange(count, dtype=np.int64)
    cells.SetData(
        numpy_to_vtkIdTypeArray(offsets, deep=True), numpy_to_vtkIdTypeArray(ids, deep=True)
    )
    cloud.SetVerts(cells)
    for name, array in values.items():
        _attach(cloud.GetPointData(), name, array, 1)
    return cloud


def _attach(data: Any, name: str, array: NDArray[Any], axes: int) -> None:
    """Add an array to point data; scalars and vectors become the active ones if first."""
    import numpy as np
    from vtkmodules.util.numpy_support import numpy_to_vtk

    components = array.shape[axes] if array.ndim > axes else 1
    if array.dtype == np.bool_:
        array = array.view(np.uint8)
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    flat = np.ascontiguousarray(array).reshape(-1, components)
    made = numpy_to_vtk(flat if components > 1 else flat.ravel(), deep=False)
    made.SetName(name)
    data.AddArray(made)
    if components == 1 and data.GetScalars() is None:
        data.SetActiveScalars(name)
    if components == 3 and data.GetVectors() is None:
        data.SetActiveVectors(name)


def dataset_from_arrays(
    arrays: Mapping[str, Any],
    name: str,
    limits: Limits,
    *,
    spacing: Sequence[float] = (1.0, 1.0, 1.0),
    origin: Sequence[float] = (0.0, 0.0, 0.0),
    **facts: Any,
) -> Dataset:
    """Image data from arrays of one shape; down-sampled, and said, over the limit of cells.

    Raises:
        SourceFormatError: No numbers, 2-D, or different shapes.
        EmptySourceError: No values.
    """
    import numpy as np

    if not arrays:
        raise EmptySourceError(f"{name} holds no array.", hint="Give at least one 3-D array.")
    shapes = set()
    for variable, array in arrays.items():
        values = np.asarray(array)
        if values.dtype.kind not in "iufb":
            raise SourceFormatError(
                f"The array {variable!r} of {name} holds {values.dtype} values, no numbers.",
                hint="Give integers or floating-point numbers.",
            )
        check_shape(values.shape, name)
        shapes.add(values.shape[:3])
    if len(shapes) > 1:
        raise SourceFormatError(
            f"The arrays of {name} have different shapes: {sorted(shapes)}.",
            hint="Give arrays of one shape, or one at a time.",
        )
    kept, step, notes = coarsened(arrays, limits.volume_cells)
    image = image_from_array(kept, [part * step for part in spacing], origin)
    notes = [*facts.pop("notes", ()), *notes]
    return Dataset(image, notes=notes, **facts)


def coarsened(
    arrays: Mapping[str, Any], most: int
) -> tuple[dict[str, NDArray[Any]], int, list[str]]:
    """Every n-th value along each axis, with the least n that keeps at most `most` of them."""
    import numpy as np

    shape = next(iter(arrays.values())).shape[:3]
    step = 1
    while np.prod([-(-part // step) for part in shape], dtype=float) > most:
        step += 1
    if step == 1:
        return {name: np.asarray(array) for name, array in arrays.items()}, 1, []
    kept = {
        name: np.ascontiguousarray(array[::step, ::step, ::step]) for name, array in arrays.items()
    }
    full = " × ".join(str(part) for part in reversed(shape))
    note = (
        f"The volume of {full} values is more than the limit of {most:,}: "
        f"it was down-sampled {step}× along each axis."
    )
    return kept, step, [note]


def check_shape(shape: Sequence[int], name: str) -> None:
    """Refuse what is empty or has no three dimensions.

    Raises:
        EmptySourceError: A dimension is 0.
        SourceFormatError: Not 3-D (with an optional axis of components).
    """
    if any(part == 0 for part in shape):
        raise EmptySourceError(f"{name} is empty.", hint="Give a volume with values.")
    if len(shape) not in (3, 4) or any(part < 2 for part in shape[:3]):
        size = " × ".join(str(part) for part in shape) or "one value"
        raise SourceFormatError(
            f"{name} holds {size} values, which is no volume.",
            hint="A volume has at least 2 values along each of its three axes; "
            "stack slices into one array first.",
        )
    if len(shape) == 4 and shape[3] > 9:
        raise SourceFormatError(
            f"{name} has {shape[3]} components a point; at most 9 can be drawn.",
            hint="Put the components last, or give time steps as separate arrays.",
        )


def checked(dataset: Dataset, name: str) -> Dataset:
    """A dataset that has points and is not flat where it is a grid.

    Raises:
        EmptySourceError: No points.
        SourceFormatError: A grid with fewer than three dimensions.
    """
    if dataset.vtk.GetNumberOfPoints() == 0:
        raise EmptySourceError(f"{name} has no points.", hint="Give a volume with values.")
    if dataset.kind in ("image", "rectilinear", "structured"):
        check_shape(tuple(reversed(dataset.dimensions)), name)
    return dataset
