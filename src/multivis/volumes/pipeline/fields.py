"""One variable of a dataset, ready for filters: active, on points, finite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from multivis.volumes.dataset import Dataset

__all__ = ["MASK", "MASK_CUT", "Field", "field_of"]

MASK = "multivis:finite"
"""Name of the array that is 255 where all values are finite, and 0 elsewhere."""

MASK_CUT = 254.5
"""What lies below it in the mask is taken away."""

_BLOCK = 1_000_000


@dataclass(frozen=True)
class Field:
    """A variable as filters take it.

    Attributes:
        vtk: A shallow copy of the data that holds this variable alone, as the active one.
        variable: Its name.
        association: Where it sits in `vtk`.
        components: 1 or 3.
        masked: Whether some values are not finite; `vtk` then holds the array `MASK` as well.
        discrete: Whether its values are labels that must not be blended.
    """

    vtk: Any
    variable: str
    association: str
    components: int
    masked: bool
    discrete: bool = False


def field_of(dataset: Dataset, variable: str, *, on_points: bool = True) -> Field:
    """A variable ready for filters; kept with the dataset, so that it is made once.

    Args:
        dataset: The data.
        variable: A name that `Dataset.resolve` gave.
        on_points: Move values from cells to points.
    """
    key = ("field", variable, on_points)
    found: Field | None = dataset.cache.get(key)
    if found is None:
        found = _made(dataset, variable, on_points)
        dataset.cache[key] = found
    return found


def _made(dataset: Dataset, variable: str, on_points: bool) -> Field:
    association = dataset.association(variable)
    array = dataset.vtk_array(variable)
    components = int(array.GetNumberOfComponents())
    masked = dataset.variable(variable).not_finite > 0
    copy = dataset.vtk.NewInstance()
    copy.CopyStructure(dataset.vtk)
    data = copy.GetPointData() if association == "point" else copy.GetCellData()
    if masked:
        values, mask = _finite(array, dataset.variable(variable).minimum)
        data.AddArray(values)
        data.AddArray(mask)
    else:
        data.AddArray(array)
    _activate(data, variable, components)
    if association == "cell" and on_points:
        copy = _on_points(copy)
        _activate(copy.GetPointData(), variable, components)
        association = "point"
    return Field(copy, variable, association, components, masked)


def _activate(data: Any, variable: str, components: int) -> None:
    if components == 3:
        data.SetActiveVectors(variable)
    if components == 1:
        data.SetActiveScalars(variable)


def _finite(array: Any, fill: float) -> tuple[Any, Any]:
    """A copy without NaN and infinities, and where it was finite (255) or not (0).

    A byte is enough: filters that interpolate it round, and 254.5 is almost 255.
    """
    import numpy as np
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy

    values = vtk_to_numpy(array)
    filled, whole = values.copy(), np.zeros(len(values), np.uint8)
    for first in range(0, len(values), _BLOCK):
        part = filled[first : first + _BLOCK]
        finite = np.isfinite(part)
        part[~finite] = fill
        rows = finite if finite.ndim == 1 else finite.all(axis=1)
        whole[first : first + _BLOCK][rows] = 255
    made = numpy_to_vtk(filled, deep=False)
    made.SetName(array.GetName())
    mask = numpy_to_vtk(whole, deep=False)
    mask.SetName(MASK)
    return made, mask


def _on_points(vtk: Any) -> Any:
    """The same data with the values of cells averaged on points."""
    from vtkmodules.vtkFiltersCore import vtkCellDataToPointData

    mover = vtkCellDataToPointData()
    mover.SetInputData(vtk)
    mover.PassCellDataOff()
    mover.Update()
    return mover.GetOutput()
