"""A scalar on a regular grid, read between its points: what all measurements start from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from multivis.volumes.dataset import Dataset

__all__ = ["Grid", "scalar_grid"]

RESAMPLED = 96
"""Points along the longest edge when data without a regular grid are resampled."""

COARSE = 128
"""Most points along an edge for surfaces; values are read from the full grid all the same."""


@dataclass(frozen=True)
class Grid:
    """Values of one scalar on a regular grid; positions are in voxels along x, y, z.

    Attributes:
        values: In the order (z, y, x).
        spacing: Size of a voxel along x, y, z.
        origin: Position of the first voxel in the data's own coordinates.
        minimum: Least finite value.
        maximum: Greatest finite value.
        noise: Standard deviation of the noise, see `scalar_grid`.
        orientation: As in `VolumeFacts`.
    """

    values: NDArray[Any]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    minimum: float
    maximum: float
    noise: float
    orientation: str = ""

    @property
    def range(self) -> float:
        """Difference of the greatest and the least value."""
        return self.maximum - self.minimum

    @property
    def shape(self) -> tuple[int, int, int]:
        """Points along x, y, z."""
        z, y, x = self.values.shape
        return (x, y, z)

    def at(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values at points (n, 3), in voxels, by trilinear interpolation; held at the edges."""
        import numpy as np

        top = np.array(self.shape) - 1
        inside = np.minimum(np.maximum(points, 0), top)
        low = np.minimum(inside.astype(np.intp), np.maximum(top - 1, 0))
        part = (inside - low).T
        width, height = self.shape[:2]
        strides = (1, width, width * height)
        base = low @ np.array(strides)
        steps = [stride * (axis > 0) for stride, axis in zip(strides, top, strict=True)]
        flat = self.values.reshape(-1)
        x, y, z = part
        result = np.zeros(len(points))
        for corner in range(8):
            a, b, c = corner & 1, (corner >> 1) & 1, (corner >> 2) & 1
            weight = (x if a else 1.0 - x) * (y if b else 1.0 - y) * (z if c else 1.0 - z)
            result += weight * flat[base + a * steps[0] + b * steps[1] + c * steps[2]]
        return result

    def gradient(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Gradients (n, 3) at points in voxels, per unit of length, by central differences."""
        import numpy as np

        steps = np.concatenate([np.eye(3), -np.eye(3)]) / 2.0
        around = self.at((points[:, None] + steps).reshape(-1, 3)).reshape(len(points), 6)
        result: NDArray[np.float64] = (around[:, :3] - around[:, 3:]) / np.array(self.spacing)
        return result

    def coarse(self) -> tuple[NDArray[Any], int]:
        """Every n-th value such that no edge has more than 128 points, and n."""
        step = max(1, -(-max(self.values.shape) // COARSE))
        return self.values[::step, ::step, ::step], step


def scalar_grid(dataset: Dataset, variable: str | None = None) -> Grid:
    """One scalar of a volume as a grid; values that are not finite become the least one.

    The noise is read from the standard deviations of 3 × 3 neighbours in a slice: their
    smallest tenth lies in flat parts, so edges do not count. The background, the lowest tenth
    of the range, is left out: scanners clip it.

    Args:
        dataset: A volume; without a regular grid it is resampled (96 points at most).
        variable: Its scalar; None: the first.

    Raises:
        UnknownFieldError: No such scalar.
    """
    import numpy as np

    name = dataset.resolve(variable, components=1)
    image, values = dataset, dataset.array(name)
    spacing = origin = None
    if dataset.kind != "image" or values.ndim != 3:
        values, spacing, origin = _resampled(dataset, name)
    else:
        spacing, origin = image.vtk.GetSpacing(), image.vtk.GetOrigin()
    low, high = dataset.range(name)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        values = np.where(np.isfinite(values), values, low)
    return Grid(
        values,
        tuple(float(part) for part in spacing),  # type: ignore[arg-type]
        tuple(float(part) for part in origin),  # type: ignore[arg-type]
        low,
        high,
        _noise(values, low, high),
        dataset.orientation,
    )


def _resampled(dataset: Dataset, name: str) -> tuple[NDArray[Any], Any, Any]:
    """Values of any data set on a regular grid over its bounds."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkResampleToImage

    bounds = np.array(dataset.bounds).reshape(3, 2)
    lengths = np.maximum(bounds[:, 1] - bounds[:, 0], 0.0)
    longest = float(lengths.max()) or 1.0
    counts = np.maximum(2, np.rint(RESAMPLED * lengths / longest)).astype(int)
    resample = vtkResampleToImage()
    resample.SetInputDataObject(dataset.vtk)
    resample.SetSamplingDimensions(*(int(count) for count in counts))
    resample.Update()
    image = resample.GetOutput()
    array = vtk_to_numpy(image.GetPointData().GetArray(name)).reshape(*counts[::-1])
    mask = image.GetPointData().GetArray("vtkValidPointMask")
    low, _ = dataset.range(name)
    if mask is not None:
        array = np.where(vtk_to_numpy(mask).reshape(array.shape) > 0, array, low)
    return array, image.GetSpacing(), image.GetOrigin()


def _noise(values: NDArray[Any], low: float, high: float) -> float:
    """Standard deviation of the noise in flat parts."""
    import numpy as np

    step = max(1, -(-values.size // 2_000_000))
    part = values[::step].astype(np.float64)
    height, width = part.shape[1] - 2, part.shape[2] - 2
    if height < 1 or width < 1:
        return 0.0
    sums, squares = np.zeros((2, len(part), height, width))
    for y in range(3):
        for x in range(3):
            moved = part[:, y : y + height, x : x + width]
            sums += moved
            squares += moved**2
    means = sums / 9.0
    deviations = np.sqrt(np.maximum(squares / 9.0 - means**2, 0.0) * 9.0 / 8.0)
    deviations = deviations[means > low + 0.1 * (high - low)]
    if not deviations.size:
        return 0.0
    # a tenth of the deviations of 9 normal values lies below 0.661 standard deviations
    return float(np.quantile(deviations, 0.1) / 0.661)
