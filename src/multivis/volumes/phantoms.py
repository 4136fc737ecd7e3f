"""Volumes that are computed: everything runs and is measured with no download.

``phantom:head`` is a head in Hounsfield-like units whose surfaces are known exactly,
``phantom:marschner-lobb`` the test signal of Marschner and Lobb (1994), ``phantom:vortex`` a
vector field, ``phantom:plume`` a field that changes with time, ``phantom:torus`` a point cloud.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from multivis.errors import OptionError, SourceNotFoundError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "PHANTOMS",
    "FeatureTruth",
    "PhantomVolume",
    "head_phantom",
    "marschner_lobb",
    "parse_phantom",
    "plume_phantom",
    "torus_points",
    "vortex_phantom",
]

PHANTOMS = ("head", "marschner-lobb", "vortex", "plume", "torus")

SLAB = 16
"""Slices computed at a time: bounds the memory, and fixes the order of random numbers."""


@dataclass(frozen=True)
class FeatureTruth:
    """What is known about a feature of a phantom.

    Attributes:
        isovalue: The value that lies exactly on its boundary: halfway between the two tissues.
        minimum: Lowest isovalue that still shows it.
        maximum: Highest isovalue that still shows it.
    """

    isovalue: float
    minimum: float
    maximum: float


@dataclass(frozen=True)
class PhantomVolume:
    """A computed volume.

    Attributes:
        array: Values in the order (z, y, x), or (z, y, x, 3) for vectors.
        spacing: Size of a voxel along x, y, z.
        origin: Position of the first voxel.
        truth: Feature → what is known about it.
        orientation: ``"LPS"`` for anatomy (x to the patient's left, y to the back, z up).
        units: Of the spacing.
        value_units: Of the values.
    """

    array: NDArray[Any]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    truth: Mapping[str, FeatureTruth] = field(default_factory=dict)
    orientation: str = ""
    units: str = ""
    value_units: str = ""


@dataclass(frozen=True)
class _Head:
    """The shape and the tissues of one head: lengths in mm, values in Hounsfield units."""

    air: float = -1000.0
    soft: float = 60.0
    fluid: float = 6.0
    brain: float = 40.0
    bone: float = 950.0
    tooth: float = 1900.0
    width: float = 70.0
    depth: float = 90.0
    height: float = 82.0
    nose: float = 1.0
    jaw: float = 1.0
    skull: float = 7.0
    scalp: float = 6.0
    noise: float = 3.0


def _seeded_head(seed: int | None) -> _Head:
    """The standard head, or one drawn at random."""
    if seed is None:
        return _Head()
    import numpy as np

    chance = np.random.default_rng(seed)

    def around(middle: float, part: float) -> float:
        return float(middle * (1.0 + chance.uniform(-part, part)))

    fluid = float(chance.uniform(2.0, 10.0))
    return _Head(
        soft=around(60.0, 0.15),
        fluid=fluid,
        brain=fluid + float(chance.uniform(28.0, 40.0)),
        bone=around(950.0, 0.2),
        tooth=around(1900.0, 0.1),
        width=around(70.0, 0.06),
        depth=around(90.0, 0.06),
        height=around(82.0, 0.06),
        nose=around(1.0, 0.2),
        jaw=around(1.0, 0.1),
        skull=around(7.0, 0.15),
        scalp=around(6.0, 0.15),
        noise=float(chance.uniform(2.0, 4.0)),
    )


def _truth(head: _Head) -> dict[str, FeatureTruth]:
    """The isovalues that lie on the boundaries of the tissues."""

    def between(low: float, high: float, margin: float) -> FeatureTruth:
        gap = high - low
        return FeatureTruth((low + high) / 2, low + margin * gap, high - margin * gap)

    skin = between(head.air, head.soft, 0.2)
    return {
        "skin": skin,
        "nose": skin,
        "skull": between(head.soft, head.bone, 0.2),
        "brain": between(head.fluid, head.brain, 0.25),
        "teeth": between(head.bone, head.tooth, 0.2),
    }


FIELD_OF_VIEW = 256.0
"""Edge of the head phantom's cube in mm."""


def head_phantom(size: int = 64, seed: int | None = None) -> PhantomVolume:
    """A head: skin with nose and ears, skull with jaw and teeth, fluid, brain.

    Args:
        size: Voxels along each edge, 16 to 1024.
        seed: Draws another head (shape, values, noise); None is always the same one.

    Returns:
        int16 values in Hounsfield-like units, a field of view of 256 mm, orientation LPS.

    Raises:
        OptionError: `size` is out of bounds.
    """
    import numpy as np

    _bounded("size", size, 16, 1024)
    head = _seeded_head(seed)
    step = FIELD_OF_VIEW / size
    line = ((np.arange(size, dtype=np.float32) + 0.5) * step - FIELD_OF_VIEW / 2).astype(np.float32)
    values = np.empty((size, size, size), np.int16)
    chance = np.random.default_rng(0 if seed is None else seed)
    for first in range(0, size, SLAB):
        z = line[first : first + SLAB, None, None]
        grid = _Grid(
            line[None, None, :], line[None, :, None], z, min(1.5 * step, max(0.9 * step, 3.0))
        )
        slab = _head_values(head, grid)
        slab += chance.standard_normal(slab.shape, np.float32) * np.float32(head.noise)
        values[first : first + SLAB] = np.rint(slab).clip(-1024, 3071)
    edge = float(line[0])
    return PhantomVolume(values, (step,) * 3, (edge,) * 3, _truth(head), "LPS", "mm", "HU")


@dataclass(frozen=True)
class _Grid:
    """The sample positions of one slab, as three lines that broadcast to (z, y, x)."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    z: NDArray[np.float32]
    blur: float

    @property
    def shape(self) -> tuple[int, int, int]:
        return (self.z.size, self.y.size, self.x.size)

    def part(self, middle: Sequence[float], reach: Sequence[float]) -> tuple[_Grid, Any] | None:
        """The samples within `reach` of a point, and where they are; None if there are none."""
        lines, places = [], []
        for line, centre, far in zip((self.x, self.y, self.z), middle, reach, strict=True):
            first, last = line.ravel().searchsorted((centre - far, centre + far))
            if first >= last:
                return None
            places.append(slice(int(first), int(last)))
        xs, ys, zs = places
        lines = [self.x[:, :, xs], self.y[:, ys, :], self.z[zs]]
        return _Grid(lines[0], lines[1], lines[2], self.blur), (zs, ys, xs)


def _ellipsoid(grid: _Grid, middle: Sequence[float], radii: Sequence[float]) -> Any:
    """Signed distance to an ellipsoid (close to exact near its surface); negative inside."""
    import numpy as np

    squares = [
        ((line - np.float32(centre)) / np.float32(radius)) ** 2
        for line, centre, radius in zip((grid.x, grid.y, grid.z), middle, radii, strict=True)
    ]
    scaled = [part / np.float32(radius) ** 2 for part, radius in zip(squares, radii, strict=True)]
    first = np.sqrt(squares[0] + squares[1] + squares[2])
    second = np.sqrt(scaled[0] + scaled[1] + scaled[2])
    return first * (first - 1.0) / np.maximum(second, np.float32(1e-6))


def _join(one: Any, two: Any, soft: float) -> Any:
    """Union of two shapes with a fillet of `soft` mm (polynomial smooth minimum)."""
    import numpy as np

    part = np.maximum(soft - np.abs(one - two), 0.0) / soft
    return np.minimum(one, two) - part * part * (soft * 0.25)


def _meet(one: Any, two: Any, soft: float) -> Any:
    """Intersection of two shapes with a rounded edge."""
    return -_join(-one, -two, soft)


def _change(
    shape: Any,
    grid: _Grid,
    middle: Sequence[float],
    radii: Sequence[float],
    soft: float,
    *,
    cut: bool = False,
    both: bool = False,
) -> None:
    """Add an ellipsoid to a shape, or cut it out, in place and only where it matters.

    Args:
        shape: Signed distances on the grid.
        grid: The slab.
        middle: Centre in mm.
        radii: In mm.
        soft: Width of the fillet.
        cut: Take it away instead.
        both: On the left and on the right.
    """
    for side in (1.0, -1.0) if both else (1.0,):
        centre = (side * middle[0], middle[1], middle[2])
        found = grid.part(centre, [radius + soft + 2.0 * grid.blur for radius in radii])
        if found is None:
            continue
        near, place = found
        other = _ellipsoid(near, centre, radii)
        shape[place] = (
            _meet(shape[place], -other, soft) if cut else _join(shape[place], other, soft)
        )


def _head_values(head: _Head, grid: _Grid) -> Any:
    """Values on one slab: tissues laid over each other from the outside to the inside."""
    import numpy as np

    def inside(distance: Any) -> Any:
        return np.clip(0.5 - distance / np.float32(2.0 * grid.blur), 0.0, 1.0)

    values = np.float32(head.air) + np.float32(head.soft - head.air) * inside(_skin(head, grid))
    bone, vault = _bone(head, grid)
    layers = (
        (_airways(grid), head.air),
        (bone, head.bone),
        (vault, head.fluid),
        (_brain(head, grid), head.brain),
        (_teeth(head, grid), head.tooth),
    )
    for shape, value in layers:
        values += inside(shape) * (np.float32(value) - values)
    return values


def _skin(head: _Head, grid: _Grid) -> Any:
    """Signed distance to the skin."""
    import numpy as np

    n, j = head.nose, head.jaw
    shape = _ellipsoid(grid, (0, 10, 28), (head.width, head.depth, head.height))
    shape = _join(shape, _ellipsoid(grid, (0, -28, -30), (54, 49, 68 * j)), 26.0)
    _change(shape, grid, (0, -52, -72 * j), (24, 27, 20), 22.0)
    neck = np.sqrt(grid.x**2 + (grid.y - 24.0) ** 2) - 45.0
    shape = _join(shape, np.maximum(neck, grid.z + 30.0), 30.0)
    _change(shape, grid, (0, -73, 25), (27, 8, 5), 11.0)
    _change(shape, grid, (0, -79, 3), (6, 11 * n, 24), 9.0)
    _change(shape, grid, (0, -86, -15), (10, 13 * n, 9), 9.0)
    _change(shape, grid, (10, -80, -18), (7, 9, 6), 6.0, both=True)
    _change(shape, grid, (0, -78, -42), (18, 7, 4.5), 6.0)
    _change(shape, grid, (0, -77, -52), (15, 7, 4.5), 6.0)
    _change(shape, grid, (0, -88, -47), (17, 7, 1.5), 2.0, cut=True)
    _change(shape, grid, (25, -88, 9), (16, 14, 9), 8.0, cut=True, both=True)
    _change(shape, grid, (25, -66, 9), (12, 12, 11), 1.0, both=True)
    ears = np.full(grid.shape, 1e3, np.float32)
    _change(ears, grid, (head.width + 2, 14, 2), (7, 16, 26), 5.0, both=True)
    _change(ears, grid, (head.width + 10, 9, 5), (7, 9, 17), 3.0, cut=True, both=True)
    return _join(shape, ears, 5.0)


def _airways(grid: _Grid) -> Any:
    """Signed distance to the air inside: nasal cavity and throat."""
    import numpy as np

    cavity = _ellipsoid(grid, (0, -56, -12), (9, 23, 15))
    return np.minimum(cavity, _ellipsoid(grid, (0, -12, -70), (8, 9, 55)))


def _bone(head: _Head, grid: _Grid) -> tuple[Any, Any]:
    """Signed distances to the bones and to the inside of the vault."""
    import numpy as np

    radii = [part - head.scalp for part in (head.width, head.depth, head.height)]
    outer = _ellipsoid(grid, (0, 10, 28), radii)
    inner = _ellipsoid(grid, (0, 10, 28), [part - head.skull for part in radii])
    vault = _meet(inner, -(grid.z + 26.0), 10.0)
    bone = _meet(outer, -(grid.z + 26.0 + head.skull), 8.0)
    _change(bone, grid, (0, -38, -16), (38, 32, 30), 8.0)
    _change(bone, grid, (0, -46, -33), (24, 21, 11), 10.0)
    _change(bone, grid, (34, -44, -13), (8, 16, 7), 8.0, both=True)
    _change(bone, grid, (0, -68, 24), (27, 7, 5), 8.0)
    _change(bone, grid, (46.5, -18, -12), (3, 24, 4), 2.0, both=True)
    _change(bone, grid, (25, -68, 7), (15, 27, 13), 3.0, cut=True, both=True)
    _change(bone, grid, (0, -66, -15), (10, 30, 15), 3.0, cut=True)
    bone = np.maximum(bone, -vault)
    _change(bone, grid, (0, 22, -32), (13, 15, 18), 1.0, cut=True)
    bone = np.minimum(bone, _jaw(head, grid))
    ripple = 1.5 * np.cos(grid.z * (2.0 * np.pi / 15.0))
    around = np.sqrt(grid.x**2 + (grid.y - 26.0) ** 2)
    spine = np.maximum(np.abs(around - (13.0 + ripple)) - 4.5, grid.z + 34.0)
    return np.minimum(bone, spine).astype(np.float32), vault


def _arch(grid: _Grid, radii: tuple[float, float], middle: float, thick: float) -> Any:
    """Signed distance to the front half of an elliptic ring, in the plane of x and y."""
    import numpy as np

    length = np.sqrt((grid.x / radii[0]) ** 2 + ((grid.y - middle) / radii[1]) ** 2)
    return np.maximum(np.abs(length - 1.0) * min(radii) - thick, grid.y - middle)


def _jaw(head: _Head, grid: _Grid) -> Any:
    """Signed distance to the lower jaw."""
    import numpy as np

    level = -73.0 * head.jaw
    shape = np.maximum(_arch(grid, (33.0, 47.0), -18.0, 5.0), np.abs(grid.z - level) - 10.0)
    middle = (36, -12, (level - 10.0) / 2.0)
    _change(shape, grid, middle, (5, 11, 33 * head.jaw), 6.0, both=True)
    return shape.astype(np.float32)


def _teeth(head: _Head, grid: _Grid) -> Any:
    """Signed distance to two rows of teeth."""
    import numpy as np

    angle = np.arctan2(grid.x / 25.0, -(grid.y + 32.0) / 34.0)
    gaps = 1.2 * np.abs(np.sin(angle * 8.0)) - 1.2
    row = _arch(grid, (25.0, 34.0), -32.0, 3.6) - gaps - 1.2
    upper = np.maximum(row, np.abs(grid.z + 42.0) - 4.0)
    lower = np.maximum(row, np.abs(grid.z + 54.0 * head.jaw) - 6.5)
    return np.minimum(upper, lower).astype(np.float32)


def _brain(head: _Head, grid: _Grid) -> Any:
    """Signed distance to the brain: two folded hemispheres, the cerebellum and the stem."""
    import numpy as np

    x, y, z = grid.x, grid.y, grid.z
    radii = [r - head.scalp - head.skull - 4.0 for r in (head.width, head.depth, head.height)]
    shape = _meet(_ellipsoid(grid, (0, 10, 28), radii), -(z + 8.0), 10.0)
    folds = np.sin(x / 4.1 + np.sin(y / 7.0)) * np.sin(y / 4.6 + np.sin(z / 6.0))
    shape = shape + 1.6 + 1.6 * folds * np.cos(z / 4.9 + np.sin(x / 8.0))
    fissure = np.maximum(np.abs(x) - 1.6, 20.0 - z)
    shape = _meet(shape, -fissure, 2.0).astype(np.float32)
    _change(shape, grid, (0, 42, -11), (38, 26, 12), 1.0)
    stem = np.maximum(np.sqrt(x**2 + (y - 20.0) ** 2) - 9.0, np.abs(z + 14.0) - 12.0)
    shape = np.minimum(shape, stem)
    _change(shape, grid, (9, 8, 32), (4.5, 26, 8), 1.0, cut=True, both=True)
    return shape.astype(np.float32)


def marschner_lobb(size: int = 64, frequency: float = 6.0, alpha: float = 0.25) -> PhantomVolume:
    """The test signal of Marschner and Lobb, "An evaluation of reconstruction filters" (1994).

    Args:
        size: Samples along each edge of [-1, 1]³, 8 to 1024.
        frequency: f_M of the paper.
        alpha: α of the paper.

    Returns:
        float32 values from 0 to 1; the paper's surface is at 0.5.
    """
    import numpy as np

    _bounded("size", size, 8, 1024)
    line = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    radius = np.sqrt(line[None, :] ** 2 + line[:, None] ** 2)
    rings = np.cos(2.0 * np.pi * frequency * np.cos(np.pi * radius / 2.0))
    plane = alpha * (1.0 + rings)
    values = np.empty((size, size, size), np.float32)
    for index, height in enumerate(line):
        values[index] = (1.0 - np.sin(np.pi * height / 2.0) + plane) / (2.0 * (1.0 + alpha))
    step = 2.0 / (size - 1)
    truth = {"signal": FeatureTruth(0.5, 0.2, 0.8)}
    return PhantomVolume(values, (step,) * 3, (-1.0,) * 3, truth)


def vortex_phantom(size: int = 48) -> PhantomVolume:
    """A rising vortex: a vector field (z, y, x, 3) on [-1, 1]³, 8 to 256 samples an edge."""
    import numpy as np

    _bounded("size", size, 8, 256)
    line = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    z, y, x = np.meshgrid(line, line, line, indexing="ij")
    cx, cy = x - 0.25 * np.sin(2.0 * z), y - 0.25 * np.cos(2.0 * z)
    swirl = np.exp(-2.0 * (cx**2 + cy**2))
    field_ = np.stack([-3.0 * cy * swirl, 3.0 * cx * swirl, 0.25 + swirl], axis=-1)
    step = 2.0 / (size - 1)
    return PhantomVolume(field_.astype(np.float32), (step,) * 3, (-1.0,) * 3)


def plume_phantom(size: int = 48, phase: float = 0.0) -> PhantomVolume:
    """A warm plume that rises and spreads while `phase` goes from 0 to 1; 300 to 1200 K."""
    import numpy as np

    _bounded("size", size, 8, 256)
    line = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    z, y, x = np.meshgrid(line, line, line, indexing="ij")
    top = -0.7 + 1.4 * phase
    bend = 0.25 * phase * np.sin(3.0 * (z + phase))
    radius = np.sqrt((x - bend) ** 2 + y**2)
    stem = np.exp(-((radius / 0.18) ** 2)) / (1.0 + np.exp((z - top) * 12.0))
    ring = np.sqrt((radius - 0.15 - 0.3 * phase) ** 2 + (z - top) ** 2)
    cap = np.exp(-((ring / (0.16 + 0.08 * phase)) ** 2))
    values = 300.0 + 900.0 * np.clip(stem + cap, 0.0, 1.0)
    step = 2.0 / (size - 1)
    truth = {"plume": FeatureTruth(750.0, 450.0, 1050.0)}
    return PhantomVolume(
        values.astype(np.float32), (step,) * 3, (-1.0,) * 3, truth, value_units="K"
    )


def torus_points(count: int = 4_000, seed: int = 0) -> NDArray[np.float32]:
    """Points (count, 3) on a torus with radii 1 and 0.4, slightly noisy."""
    import numpy as np

    _bounded("count", count, 10, 2_000_000)
    chance = np.random.default_rng(seed)
    around, tube = chance.uniform(0.0, 2.0 * np.pi, (2, count))
    radius = 1.0 + 0.4 * np.cos(tube)
    points = np.stack([radius * np.cos(around), radius * np.sin(around), 0.4 * np.sin(tube)], 1)
    return (points + chance.normal(0.0, 0.005, points.shape)).astype(np.float32)


def parse_phantom(address: str) -> tuple[str, dict[str, int]]:
    """Name and whole-number options of ``phantom:head?seed=7&size=64``.

    Raises:
        SourceNotFoundError: No phantom of that name.
        OptionError: An option that is no whole number, or that the phantom does not have.
    """
    name, _, query = address.removeprefix("phantom:").partition("?")
    known = {
        "head": ("size", "seed"),
        "marschner-lobb": ("size",),
        "vortex": ("size",),
        "plume": ("size", "times"),
        "torus": ("count", "seed"),
    }
    if name not in known:
        raise SourceNotFoundError(
            f"There is no phantom {name!r}.", hint="There are: " + ", ".join(PHANTOMS) + "."
        )
    options: dict[str, int] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in known[name]:
            raise OptionError(
                f"The phantom {name!r} has no option {key!r}.",
                hint="It has: " + ", ".join(known[name]) + ".",
            )
        try:
            options[key] = int(value)
        except ValueError:
            raise OptionError(
                f"The option {key!r} of the phantom {name!r} is {value[:40]!r}, no whole number.",
                hint=f"Write it as phantom:{name}?{key}=64.",
            ) from None
    if options.get("seed", 0) < 0:
        raise OptionError("The seed of a phantom is not negative.", hint="Give 0 or more.")
    return name, options


def _bounded(name: str, value: int, least: int, most: int) -> None:
    """Refuse a size out of bounds."""
    if not least <= value <= most:
        raise OptionError(
            f"The {name} of a phantom is {value}; it must be between {least} and {most}.",
            hint=f"Give a {name} within these bounds.",
        )
