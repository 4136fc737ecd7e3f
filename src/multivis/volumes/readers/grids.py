"""Raw samples with a header: from bytes in a file to image data in the data's own axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import SourceFormatError
from multivis.volumes.dataset import Dataset
from multivis.volumes.readers.arrays import check_shape, coarsened, image_from_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivis.settings import Limits

__all__ = ["GridHeader", "dataset_from_grid", "read_samples", "upright"]

Matrix = tuple[tuple[float, float, float], ...]
UNIT_AXES: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
TILT_SAID = 0.5
"""Degrees from which a tilted grid is mentioned."""


@dataclass(frozen=True)
class GridHeader:
    """What a header says about samples on a regular grid.

    Attributes:
        name: Of the file, for messages.
        dimensions: Samples along the first, second and third axis; the first runs fastest.
        dtype: NumPy's name with byte order, for example ``"<i2"``.
        path: File with the samples.
        offset: Where they begin, in bytes; -1: as many bytes as they need from the end.
        encoding: ``raw``, ``gzip`` (the samples), ``zlib`` or ``gzip-file`` (the whole file).
        components: Values a sample.
        components_first: Whether the components of a sample lie together.
        times: How many time steps follow each other.
        time_step: Time between them.
        spacing: Along the three axes.
        origin: Position of the first sample.
        axes: Direction of each axis in space.
        orientation: ``"LPS"`` when space is the patient's, else empty.
        units: Of lengths.
        value_units: Of values.
        variable: Name of the values.
        slope: Values are stored × slope + intercept.
        intercept: See `slope`.
        notes: What was found while reading the header.
    """

    name: str
    dimensions: tuple[int, int, int]
    dtype: str
    path: Path
    offset: int = 0
    encoding: str = "raw"
    components: int = 1
    components_first: bool = True
    times: int = 1
    time_step: float = 1.0
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    axes: Matrix = UNIT_AXES
    orientation: str = ""
    units: str = ""
    value_units: str = ""
    variable: str = "values"
    slope: float = 1.0
    intercept: float = 0.0
    notes: tuple[str, ...] = field(default=())

    @property
    def samples_shape(self) -> tuple[int, ...]:
        """(z, y, x) or with the components last."""
        x, y, z = self.dimensions
        return (z, y, x) if self.components == 1 else (z, y, x, self.components)


def read_samples(header: GridHeader, time: int = 0) -> NDArray[Any]:
    """The samples of a time step as (z, y, x[, components]); mapped where they are not packed.

    Raises:
        SourceFormatError: The file is shorter than its header says, or damaged.
    """
    import numpy as np

    kind = np.dtype(header.dtype)
    check_shape(header.samples_shape, header.name)
    count = math.prod(header.samples_shape)
    step = count * kind.itemsize
    whole = step * header.times
    if header.encoding == "raw":
        size = header.path.stat().st_size
        offset = size - whole if header.offset < 0 else header.offset
        if offset < 0 or size - offset < whole:
            raise _too_short(header, max(0, size - max(offset, 0)), whole)
        flat: NDArray[Any] = np.memmap(
            header.path, dtype=kind, mode="c", offset=offset + time * step, shape=(count,)
        )
    else:
        data = _unpacked(header, whole)
        flat = np.frombuffer(data, dtype=kind, count=count, offset=time * step)
    if header.components > 1 and not header.components_first:
        planes = flat.reshape(header.components, *header.samples_shape[:3])
        return np.moveaxis(planes, 0, -1)
    return flat.reshape(header.samples_shape)


def _too_short(header: GridHeader, has: int, needs: int) -> SourceFormatError:
    return SourceFormatError(
        f"{header.name} has {has:,} bytes of values; its header asks for {needs:,}.",
        hint="The file is cut off, or the header belongs to another one.",
    )


def _unpacked(header: GridHeader, whole: int) -> bytes:
    """The bytes of packed samples, at most as many as the header asks for."""
    import gzip
    import zlib

    try:
        if header.encoding == "zlib":
            packed = header.path.read_bytes()[max(header.offset, 0) :]
            data = zlib.decompressobj().decompress(packed, whole)
        else:
            with header.path.open("rb") as file:
                inside = header.encoding == "gzip-file"
                file.seek(0 if inside else max(header.offset, 0))
                with gzip.open(file) as stream:
                    if inside:
                        stream.seek(max(header.offset, 0))
                    data = stream.read(whole)
    except (OSError, EOFError, ValueError, OverflowError, zlib.error) as error:
        raise SourceFormatError(
            f"The packed values of {header.name} are damaged: {error}.",
            hint="Get the file again, or write it without compression.",
        ) from error
    if len(data) < whole:
        raise _too_short(header, len(data), whole)
    return data


def upright(
    samples: NDArray[Any], header: GridHeader
) -> tuple[NDArray[Any], tuple[float, float, float], tuple[float, float, float], float]:
    """Samples turned so that their axes run along x, y and z.

    Axes are permuted and flipped, which moves values but does not change them; what remains of a
    tilt is returned in degrees.

    Returns:
        Samples (z, y, x[, components]), spacing, origin, tilt.
    """
    import numpy as np

    axes = np.asarray(header.axes, dtype=float)
    length = np.linalg.norm(axes, axis=1, keepdims=True)
    if not np.isfinite(axes).all() or (length < 1e-9).any():
        raise SourceFormatError(
            f"The header of {header.name} gives an axis without a direction.",
            hint="Correct its orientation.",
        )
    axes = axes / length
    order = _nearest_axes(axes)
    signs = [1.0 if axes[order[k]][k] >= 0 else -1.0 for k in range(3)]
    tilt = max(math.degrees(math.acos(min(1.0, abs(float(axes[order[k]][k]))))) for k in range(3))
    spacing = np.asarray(header.spacing, dtype=float)
    counts = np.asarray(header.dimensions)
    origin = np.asarray(header.origin, dtype=float)
    for k in range(3):
        if signs[k] < 0:
            origin = origin + axes[order[k]] * spacing[order[k]] * (counts[order[k]] - 1)
    # numpy's axis a (z, y, x) is the header's axis 2 - a
    numpy_order = [2 - order[2], 2 - order[1], 2 - order[0]]
    turned = samples.transpose(*numpy_order, *range(3, samples.ndim))
    flips = tuple(slice(None, None, -1 if signs[k] < 0 else 1) for k in (2, 1, 0))
    turned = turned[flips]
    made = tuple(float(spacing[order[k]]) for k in range(3))
    place = tuple(float(part) for part in origin)
    return turned, made, place, tilt  # type: ignore[return-value]


def _nearest_axes(axes: NDArray[Any]) -> tuple[int, int, int]:
    """Which axis of the grid runs along x, y and z: the permutation that fits best."""
    from itertools import permutations

    a, b, c = max(
        permutations(range(3)),
        key=lambda order: sum(abs(float(axes[order[k]][k])) for k in range(3)),
    )
    return a, b, c


def aligned(dataset: Dataset, name: str) -> Dataset:
    """The same data with its axes along x, y and z, where VTK's image data is turned.

    Only values on points can be turned with their grid.

    Raises:
        SourceFormatError: The directions are damaged.
    """
    if dataset.kind != "image":
        return dataset
    matrix = dataset.vtk.GetDirectionMatrix()
    if matrix.IsIdentity():
        return dataset
    rows = [as_three([matrix.GetElement(i, j) for i in range(3)]) for j in range(3)]
    arrays, spacing, origin, tilt = {}, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), 0.0
    for variable in dataset.names:
        if dataset.association(variable) == "point":
            header = GridHeader(
                name=name,
                dimensions=dataset.vtk.GetDimensions(),
                dtype="u1",
                path=Path(),
                spacing=dataset.vtk.GetSpacing(),
                origin=dataset.vtk.GetOrigin(),
                axes=(rows[0], rows[1], rows[2]),
            )
            arrays[variable], spacing, origin, tilt = upright(dataset.array(variable), header)
    if not arrays:
        raise SourceFormatError(
            f"{name} is turned in space and has no values on points.",
            hint="Write it with an identity direction.",
        )
    return Dataset(
        image_from_array(arrays, spacing, origin),
        direction=[matrix.GetElement(i, j) for i in range(3) for j in range(3)],
        value_units=dataset.value_units,
        notes=[*dataset.notes, *_tilt_note(tilt)],
    )


def _tilt_note(tilt: float) -> list[str]:
    if tilt <= TILT_SAID:
        return []
    return [
        f"The grid is tilted by {tilt:.1f}° against its space; it is drawn along the nearest axes."
    ]


def dataset_from_grid(header: GridHeader, limits: Limits, time: int = 0) -> Dataset:
    """A time step as image data: turned upright, scaled to its units, down-sampled if need be.

    Raises:
        SourceFormatError: The header and the samples do not fit.
    """
    import numpy as np

    samples = read_samples(header, time)
    turned, spacing, origin, tilt = upright(samples, header)
    if any(not part > 0 or not math.isfinite(part) for part in spacing):
        raise SourceFormatError(
            f"The header of {header.name} gives a spacing of {spacing}.",
            hint="The spacing of voxels is above 0.",
        )
    notes = list(header.notes)
    kept, step, said = coarsened({header.variable: turned}, limits.volume_cells)
    notes += said
    values = kept[header.variable]
    if (header.slope, header.intercept) != (1.0, 0.0):
        values = _scaled(values, header.slope, header.intercept)
    values = np.ascontiguousarray(values)
    notes += _tilt_note(tilt)
    direction = np.asarray(header.axes, dtype=float).T.ravel()
    return Dataset(
        image_from_array({header.variable: values}, [part * step for part in spacing], origin),
        orientation=header.orientation,
        units=header.units,
        direction=[float(part) for part in direction],
        value_units={header.variable: header.value_units} if header.value_units else {},
        notes=notes,
    )


def _scaled(values: NDArray[Any], slope: float, intercept: float) -> NDArray[Any]:
    """Stored values in their units: whole numbers stay int16 where they fit, else float32."""
    import numpy as np

    whole = float(slope).is_integer() and float(intercept).is_integer()
    if whole and values.dtype.kind in "iu":
        ends = [float(values.min()) * slope + intercept, float(values.max()) * slope + intercept]
        if max(map(abs, ends)) >= 2**31:
            return _scaled(values.astype(np.float32), slope, intercept)
        kind: Any = np.int16 if max(map(abs, ends)) < 32_768 else np.int32
        made = np.empty(values.shape, kind)
        for index in range(len(values)):
            made[index] = values[index].astype(np.int64) * int(slope) + int(intercept)
        return made
    made = np.empty(values.shape, np.float32)
    for index in range(len(values)):
        made[index] = values[index] * np.float32(slope) + np.float32(intercept)
    return made


def numbers(text: str, count: int, what: str, name: str) -> tuple[float, ...]:
    """So many numbers from a header.

    Raises:
        SourceFormatError: Fewer, or no numbers.
    """
    try:
        found = tuple(float(part) for part in text.replace(",", " ").split()[:count])
    except ValueError:
        found = ()
    if len(found) < count or not all(math.isfinite(part) for part in found):
        raise SourceFormatError(
            f"The header of {name} is damaged: {what} is {text[:60]!r}.",
            hint=f"It should hold {count} numbers.",
        )
    return found


def counts(text: str, count: int, what: str, name: str) -> tuple[int, ...]:
    """So many whole numbers above zero from a header.

    Raises:
        SourceFormatError: Something else is there.
    """
    found = numbers(text, count, what, name)
    if any(part != int(part) or part < 1 or part > 1e9 for part in found):
        raise SourceFormatError(
            f"The header of {name} is damaged: {what} is {text[:60]!r}.",
            hint="It should hold whole numbers above 0.",
        )
    return tuple(int(part) for part in found)


def beside(header: Path, name: str) -> Path:
    """The data file that a header names, in the header's own folder or below it.

    Raises:
        SourceFormatError: It lies elsewhere, or there is none.
    """
    folder = header.parent.resolve()
    path = (folder / name.replace("\0", "\ufffd")).resolve()  # no path holds a NUL
    if not path.is_relative_to(folder):
        raise SourceFormatError(
            f"{header.name} names a file outside of its folder: {name!r}.",
            hint="Put the data beside the header.",
        )
    if not path.is_file():
        raise SourceFormatError(
            f"{header.name} names the file {name!r}, which does not exist.",
            hint="Put the data beside the header.",
        )
    return path


def as_three(values: Sequence[float]) -> tuple[float, float, float]:
    """Three numbers as a tuple of three."""
    a, b, c = values
    return (a, b, c)
