"""What an isosurface is: how large, in how many parts, how sharp, and what lies on its sides.

The sides are found by walking from points of the surface along the gradient until the values
stay level: the low and the high side of each point, as in LH histograms (Šereda, Vilanova
Bartrolí, Serlie and Gerritsen 2006, "Visualization of boundaries in volumetric data sets using
LH histograms"). A material boundary has its surface halfway between the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from multivis.volumes.features.grid import Grid

__all__ = ["Sides", "Surface", "extract_surface", "sides_at", "visible_faces"]

STEP = 0.5
"""Length of a step of the walk, in voxels of the shortest edge."""

STEPS = 14
"""Most steps to each side: seven voxels."""


@dataclass(frozen=True)
class Surface:
    """An isosurface, measured; lengths in the data's own units.

    Attributes:
        isovalue: Its value.
        centres: Middles of its triangles (n, 3), in voxels.
        normals: Unit normals of its triangles (n, 3).
        areas: Areas of its triangles (n,).
        parts: Number of connected parts.
        largest_part: Share of the area that is in the largest part.
        volume: What it encloses: the volume of all voxels at or above the isovalue.
        extents: Lengths along x, y, z.
        symmetry: Dice overlap of what it encloses with its mirror image along x.
    """

    isovalue: float
    centres: NDArray[np.float32]
    normals: NDArray[np.float32]
    areas: NDArray[np.float32]
    parts: int = 0
    largest_part: float = 0.0
    volume: float = 0.0
    extents: tuple[float, float, float] = (0.0, 0.0, 0.0)
    symmetry: float = 0.0

    @property
    def area(self) -> float:
        """The whole area."""
        return float(self.areas.sum())


@dataclass(frozen=True)
class Sides:
    """What lies on both sides of points of a surface.

    Attributes:
        low: Value where the lower side becomes level, else where the walk ends (n,).
        high: Likewise on the higher side (n,).
        low_width: For how many steps of half a voxel the lower side stays level; 0: never (n,).
        high_width: Likewise the higher side (n,).
        gradient: Gradient magnitude at the points (n,), per unit of length.
        agreement: |cosine| of the gradient with the triangles' normals (n,).
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    low_width: NDArray[np.int64]
    high_width: NDArray[np.int64]
    gradient: NDArray[np.float64]
    agreement: NDArray[np.float64]

    @property
    def level(self) -> NDArray[np.bool_]:
        """Whether both sides become level (n,)."""
        return (self.low_width > 0) & (self.high_width > 0)


def extract_surface(grid: Grid, isovalue: float) -> Surface:
    """The isosurface by flying edges, with its measures; without triangles where there is none.

    Args:
        grid: The values.
        isovalue: A value of theirs.
    """
    import numpy as np

    coarse, step = grid.coarse()
    points, triangles, labels = _triangles(coarse, isovalue)
    spacing = np.array(grid.spacing, dtype=np.float32)
    if not len(triangles):
        empty = np.zeros((0, 3), np.float32)
        return Surface(isovalue, empty, empty, np.zeros(0, np.float32))
    points = points * np.float32(step)
    first, second, third = (points[triangles[:, corner]] for corner in range(3))
    one, two = (second - first) * spacing, (third - first) * spacing
    normals = np.empty_like(one)
    for axis in range(3):
        b, c = (axis + 1) % 3, (axis + 2) % 3
        normals[:, axis] = one[:, b] * two[:, c] - one[:, c] * two[:, b]
    lengths = np.sqrt(np.einsum("ij,ij->i", normals, normals))
    areas = lengths / 2.0
    by_part = np.bincount(labels[triangles[:, 0]], weights=areas)
    inside = coarse >= isovalue
    extents = (points.max(axis=0) - points.min(axis=0)) * spacing
    return Surface(
        isovalue,
        (first + second + third) / np.float32(3.0),
        normals / np.maximum(lengths, np.float32(1e-30))[:, None],
        areas,
        int(np.count_nonzero(by_part)),
        float(by_part.max() / max(areas.sum(), 1e-300)),
        float(inside.mean()) * grid.values.size * float(np.prod(spacing)),
        (float(extents[0]), float(extents[1]), float(extents[2])),
        _symmetry(inside),
    )


def _triangles(values: NDArray[Any], isovalue: float) -> tuple[Any, Any, Any]:
    """Points in voxels, triangles, and for each point the number of its connected part."""
    import numpy as np
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D, vtkPolyDataConnectivityFilter

    z, y, x = values.shape
    kept = np.ascontiguousarray(values).ravel()
    image = vtkImageData()
    image.SetDimensions(x, y, z)
    image.GetPointData().SetScalars(numpy_to_vtk(kept, deep=False))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, isovalue)
    edges.ComputeNormalsOff()
    edges.ComputeScalarsOff()
    parts = vtkPolyDataConnectivityFilter()
    parts.SetInputConnection(edges.GetOutputPort())
    parts.SetExtractionModeToAllRegions()
    parts.ColorRegionsOn()
    edges.Update()
    if not edges.GetOutput().GetNumberOfCells():
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), int), np.zeros(0, int)
    parts.Update()
    surface = parts.GetOutput()
    points = vtk_to_numpy(surface.GetPoints().GetData()).astype(np.float32)
    triangles = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3).copy()
    labels = vtk_to_numpy(surface.GetPointData().GetScalars()).astype(np.intp)
    return points, triangles, labels


def _symmetry(inside: NDArray[np.bool_]) -> float:
    """Dice overlap of voxels with their mirror image along x, about their middle."""
    import numpy as np

    step = max(1, max(inside.shape) // 48)
    small = inside[::step, ::step, ::step]
    columns = np.flatnonzero(small.any(axis=(0, 1)))
    if not len(columns):
        return 0.0
    block = small[:, :, columns[0] : columns[-1] + 1]
    both = np.count_nonzero(block & block[:, :, ::-1])
    return float(both / np.count_nonzero(block))


def sides_at(grid: Grid, points: NDArray[Any], normals: NDArray[Any]) -> Sides:
    """Walk from points to both sides until the values stay level.

    Level is where the values rise by less than the larger of 2.5 times the noise and 4 % of the
    whole rise, over one voxel.

    Args:
        grid: The values.
        points: Points of a surface (n, 3), in voxels.
        normals: Normals of the surface at the points (n, 3).
    """
    import numpy as np

    points = points.astype(np.float64)
    gradients = grid.gradient(points)
    sizes = np.linalg.norm(gradients, axis=1)
    directions = gradients / np.maximum(sizes, 1e-300)[:, None]
    spacing = np.array(grid.spacing)
    stride = directions / spacing * spacing.min() * STEP
    walk = np.arange(1 - STEPS, STEPS)
    places = points[:, None] + stride[:, None] * walk[:, None]
    profiles = grid.at(places.reshape(-1, 3)).reshape(len(points), len(walk))
    low, low_width = _levels(-profiles[:, STEPS - 1 :: -1], grid.noise)
    high, high_width = _levels(profiles[:, STEPS - 1 :], grid.noise)
    return Sides(
        -low,
        high,
        np.where(sizes > 0, low_width, 0),
        np.where(sizes > 0, high_width, 0),
        sizes,
        np.abs((directions * normals).sum(axis=1)),
    )


def _levels(profiles: NDArray[np.float64], noise: float) -> tuple[Any, Any]:
    """Where rising profiles (n, steps) become level: the value there, and for how many steps."""
    import numpy as np

    whole = profiles.max(axis=1) - profiles[:, 0]
    tolerance = np.maximum(2.5 * noise, 0.04 * whole)
    rise = profiles[:, 2:] - profiles[:, :-2]
    flat = rise < tolerance[:, None]
    reached = flat.any(axis=1)
    place = np.where(reached, flat.argmax(axis=1), profiles.shape[1] - 3)
    row = np.arange(len(profiles))
    value = (profiles[row, place] + profiles[row, place + 1] + profiles[row, place + 2]) / 3.0
    level = reached & (np.abs(rise[row, place]) < tolerance)
    near = np.abs(profiles - value[:, None]) < tolerance[:, None]
    near |= np.arange(profiles.shape[1]) < place[:, None]
    stays = np.cumprod(near, axis=1).sum(axis=1) - place
    return value, np.where(level, stays, 0)


def visible_faces(
    grid: Grid, surface: Surface, direction: tuple[float, float, float], *, cut: bool
) -> NDArray[np.intp]:
    """The triangles that a camera sees, nearest first in each of the cells of its picture.

    Args:
        grid: Where the surface lies.
        surface: The surface.
        direction: From the object to the camera, in the data's axes.
        cut: Whether the half towards the camera is cut away.

    Returns:
        Numbers of triangles, one for each cell (1.5 voxels wide) that shows the surface.
    """
    import numpy as np

    spacing = np.array(grid.spacing, dtype=np.float32)
    towards = np.array(direction, dtype=np.float32)
    towards /= np.linalg.norm(towards)
    middle = (np.array(grid.shape, dtype=np.float32) - 1) / 2
    places = (surface.centres - middle) * spacing
    depth = places @ towards
    faces = np.arange(len(places))
    if cut:
        faces = faces[depth <= 0.0]
    if not len(faces):
        return faces
    helper = np.eye(3, dtype=np.float32)[int(np.argmin(np.abs(towards)))]
    right = np.cross(helper, towards)
    right /= np.linalg.norm(right)
    up = np.cross(towards, right)
    cell = 1.5 * float(spacing.max()) * (grid.coarse()[1])
    across = np.floor(places[faces] @ right / cell).astype(np.int32)
    along = np.floor(places[faces] @ up / cell).astype(np.int32)
    cells = (across - across.min()) * (along.max() - along.min() + 1) + along - along.min()
    # from far to near, so that the last one written to a cell is the nearest; 16 bits are sorted
    # by counting
    near = depth[faces]
    levels = (near - near.min()) * (65_535 / max(float(np.ptp(near)), 1e-30))
    order = np.argsort(levels.astype(np.uint16), kind="stable")
    nearest = np.full(int(cells.max()) + 1, -1, dtype=np.intp)
    nearest[cells[order]] = faces[order]
    return nearest[nearest >= 0]
