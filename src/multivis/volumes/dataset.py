"""One volume behind one address: what it holds, and its arrays.

`open_volume` takes files, folders of DICOM slices, series of files, NumPy arrays, VTK objects
and phantoms. Arrays are never copied on the way to VTK unless they must be.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from multivis.errors import (
    EmptySourceError,
    MissingExtraError,
    OptionError,
    SourceFormatError,
    UnknownFieldError,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from multivis.settings import Limits

__all__ = [
    "Dataset",
    "Kind",
    "VariableFacts",
    "VolumeFacts",
    "VolumeSource",
    "is_volume",
    "open_volume",
]

Kind = Literal["image", "rectilinear", "structured", "unstructured", "polydata"]
Association = Literal["point", "cell"]

HISTOGRAM_BINS = 64
SAMPLE = 250_000
"""About how many values the mean, the deviation and the histogram are computed from."""

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VariableFacts(_Value):
    """What is known about one variable; for vectors the numbers are those of the length.

    Attributes:
        name: As in the data.
        components: 1 for scalars, 3 for vectors.
        association: Whether values sit on points or in cells.
        dtype: NumPy's name.
        minimum: Of all finite values.
        maximum: Of all finite values.
        mean: Of about 250,000 evenly spaced values.
        standard_deviation: Of the same values.
        histogram: Counts in 64 equal bins from minimum to maximum, of the same values.
        not_finite: How many values are NaN or infinite.
        units: Of the values, where the file says them.
    """

    name: str
    components: int
    association: Association
    dtype: str
    minimum: float
    maximum: float
    mean: float
    standard_deviation: float
    histogram: tuple[int, ...]
    not_finite: int = 0
    units: str = ""


class VolumeFacts(_Value):
    """What is known about a volume.

    Attributes:
        name: Short name: the file or the phantom.
        kind: Of grid.
        dimensions: Points along x, y, z; zeros for unstructured data.
        spacing: Size of a voxel along x, y, z; zeros where it is not constant.
        origin: Position of the first point.
        direction: Row-major 3×3; columns are the axes of the grid as the file gives them.
        orientation: ``"LPS"`` where x, y, z run to the patient's left, back and top.
        units: Of lengths, ``"mm"`` or empty.
        bounds: xmin, xmax, ymin, ymax, zmin, zmax.
        variables: Of the first time step.
        cells: Number of cells.
        points: Number of points.
        bytes: Of the arrays in memory.
        times: Time of each step; one entry when it does not change.
        notes: What was changed while reading, in sentences.
    """

    name: str
    kind: Kind
    dimensions: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, float, float, float, float, float, float, float, float] = IDENTITY
    orientation: str = ""
    units: str = ""
    bounds: tuple[float, float, float, float, float, float]
    variables: tuple[VariableFacts, ...]
    cells: int
    points: int
    bytes: int
    times: tuple[float, ...] = (0.0,)
    notes: tuple[str, ...] = ()

    def variable(self, name: str) -> VariableFacts | None:
        """The facts of that variable, or None."""
        return next((v for v in self.variables if v.name == name), None)


class Dataset:
    """One time step in memory.

    Attributes:
        vtk: The VTK data object.
        orientation: As in `VolumeFacts`.
        units: Of lengths.
        value_units: Variable → units.
        notes: What was changed while reading.
    """

    def __init__(
        self,
        vtk: Any,
        *,
        orientation: str = "",
        units: str = "",
        direction: Sequence[float] = IDENTITY,
        value_units: dict[str, str] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.vtk = vtk
        self.orientation = orientation
        self.units = units
        self.direction = tuple(float(part) for part in direction)
        self.value_units = dict(value_units or {})
        self.notes = tuple(notes)
        self._facts: dict[str, VariableFacts] = {}
        self.cache: dict[Any, Any] = {}

    # ── arrays ──────────────────────────────────────────────────────────────────────────────

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables: first those on points, then those in cells."""
        names = [name for data in self._data() for name in _array_names(data)]
        return tuple(dict.fromkeys(names))

    def _data(self) -> tuple[Any, Any]:
        return self.vtk.GetPointData(), self.vtk.GetCellData()

    def association(self, name: str) -> Association:
        """Where that variable sits."""
        return "point" if self.vtk.GetPointData().HasArray(name) else "cell"

    def vtk_array(self, name: str) -> Any:
        """The VTK array of a variable.

        Raises:
            UnknownFieldError: No such variable, with near names.
        """
        for data in self._data():
            array = data.GetArray(name)
            if array is not None:
                return array
        raise self._unknown(name)

    def array(self, name: str) -> NDArray[Any]:
        """Values without a copy: (n,) or (n, components); grids as (z, y, x[, components]).

        Raises:
            UnknownFieldError: No such variable, with near names.
        """
        from vtkmodules.util.numpy_support import vtk_to_numpy

        array = self.vtk_array(name)
        values: NDArray[Any] = vtk_to_numpy(array)
        shape = self.shape(self.association(name))
        if shape is None:
            return values
        return values.reshape(*shape, *values.shape[1:])

    def shape(self, association: Association = "point") -> tuple[int, int, int] | None:
        """(z, y, x) of a grid, or None."""
        x, y, z = self.dimensions
        if not x:
            return None
        if association == "cell":
            x, y, z = (max(part - 1, 1) for part in (x, y, z))
        return (z, y, x)

    @property
    def dimensions(self) -> tuple[int, int, int]:
        """Points along x, y, z of a grid; zeros for other data."""
        if not hasattr(self.vtk, "GetDimensions"):
            return (0, 0, 0)
        found = [0, 0, 0]
        if self.vtk.IsA("vtkStructuredGrid"):
            self.vtk.GetDimensions(found)
        else:
            found = list(self.vtk.GetDimensions())
        return (found[0], found[1], found[2])

    def resolve(self, name: str | None = None, *, components: int | None = None) -> str:
        """The variable that is meant.

        Args:
            name: As asked for; case is ignored if need be. None: the first that fits.
            components: 1 for a scalar, 3 for a vector; None: any.

        Raises:
            UnknownFieldError: No such variable, or none that fits.
        """
        fitting = [
            other
            for other in self.names
            if components is None or self.vtk_array(other).GetNumberOfComponents() == components
        ]
        if name is None:
            if not fitting:
                what = {1: "scalar", 3: "vector"}.get(components or 0, "numeric")
                raise UnknownFieldError(
                    f"The volume has no {what} variable.",
                    hint="It has: " + (", ".join(self.names) or "none") + ".",
                )
            return self._preferred(fitting)
        found = name if name in self.names else None
        found = found or next((n for n in self.names if n.lower() == name.lower()), None)
        if found is None:
            raise self._unknown(name)
        if found not in fitting:
            has = self.vtk_array(found).GetNumberOfComponents()
            raise UnknownFieldError(
                f"The variable {found!r} has {has} components, {components} are needed.",
                hint="Fitting: " + (", ".join(fitting) or "none") + ".",
            )
        return found

    def _preferred(self, fitting: Sequence[str]) -> str:
        """The active array if it fits, else the first."""
        for data in self._data():
            for active in (data.GetScalars(), data.GetVectors()):
                if active is not None and active.GetName() in fitting:
                    return str(active.GetName())
        return fitting[0]

    def _unknown(self, name: str) -> UnknownFieldError:
        from multivis.data.nearest import nearest

        near = nearest(name, self.names)
        hint = "" if near else "It has: " + (", ".join(self.names) or "none") + "."
        return UnknownFieldError(
            f"The volume has no variable {name!r}.", suggestions=near, hint=hint
        )

    # ── facts ───────────────────────────────────────────────────────────────────────────────

    @property
    def kind(self) -> Kind:
        """Kind of grid."""
        return _kind_of(self.vtk)

    @property
    def bounds(self) -> tuple[float, float, float, float, float, float]:
        """xmin, xmax, ymin, ymax, zmin, zmax."""
        a, b, c, d, e, f = self.vtk.GetBounds()
        return (a, b, c, d, e, f)

    def variable(self, name: str) -> VariableFacts:
        """Facts of one variable, computed once."""
        if name not in self._facts:
            self._facts[name] = _variable_facts(self, name)
        return self._facts[name]

    def range(self, name: str) -> tuple[float, float]:
        """Least and greatest finite value."""
        facts = self.variable(name)
        return facts.minimum, facts.maximum


class VolumeSource:
    """A volume with all of its time steps; steps are loaded when they are asked for.

    Args:
        address: How a person names it.
        load: Time index → dataset.
        times: Time of each step.
        name: Short name.
        notes: What was changed while opening.
    """

    def __init__(
        self,
        address: str,
        load: Callable[[int], Dataset],
        *,
        times: Sequence[float] = (0.0,),
        name: str = "",
        notes: Sequence[str] = (),
    ) -> None:
        self.address = address
        self.times = tuple(float(time) for time in times)
        self.name = name or address
        self._load = load
        self._notes = tuple(notes)
        self._current: tuple[int, Dataset] | None = None
        self._facts: VolumeFacts | None = None
        self._fingerprint = ""

    def dataset(self, time: int = 0) -> Dataset:
        """The data at a time step; the last one that was asked for stays in memory.

        Raises:
            OptionError: No such time step.
        """
        if not 0 <= time < len(self.times):
            raise OptionError(
                f"There is no time step {time}.",
                hint=f"{self.name} has steps 0 to {len(self.times) - 1}.",
            )
        if self._current is None or self._current[0] != time:
            self._current = None
            self._current = (time, self._load(time))
        return self._current[1]

    def facts(self) -> VolumeFacts:
        """What is known about the volume, from its first time step; computed once."""
        if self._facts is None:
            self._facts = _volume_facts(self)
        return self._facts

    def fingerprint(self) -> str:
        """A hash of the grid and of the sum and a sample of each variable; by content alone."""
        if not self._fingerprint:
            self._fingerprint = _fingerprint(self.dataset(0), self.times)
        return self._fingerprint

    def close(self) -> None:
        """Let go of the data; closing twice is allowed."""
        self._current = None

    def __enter__(self) -> VolumeSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_volume(address: Any, *, limits: Limits | None = None) -> VolumeSource:
    """Open a volume.

    Args:
        address: A file (.vti .vtk .vtu .vtp .vtr .vts .mha .mhd .nrrd .nhdr .nii .nii.gz .ex2 .e
            .npy .npz .raw with a header beside it), a folder of DICOM slices, a pattern such as
            ``run/step_*.vti``, ``phantom:head?seed=7&size=64``, a NumPy array in the order
            (z, y, x[, components]), a mapping of names to such arrays, or a VTK data object.
        limits: `volume_cells` bounds what is kept in memory.

    Raises:
        SourceNotFoundError: No such file.
        SourceFormatError: The file is damaged, or holds no volume.
        EmptySourceError: There are no points or no variables.
        MissingExtraError: VTK is not installed.
    """
    from multivis.settings import Limits
    from multivis.volumes.readers import open_address

    require_vtk()
    return open_address(address, limits or Limits())


def is_volume(address: Any) -> bool:
    """Whether an address names a volume: by scheme, suffix or the first files of a folder."""
    from multivis.volumes.readers.addresses import looks_like_volume

    return looks_like_volume(address)


def require_vtk() -> None:
    """Raise MissingExtraError where VTK is not installed."""
    from importlib.util import find_spec

    if find_spec("vtkmodules") is None:
        raise MissingExtraError("Volumes", extra="volumes")


# ── facts from data ─────────────────────────────────────────────────────────────────────────


def _array_names(data: Any) -> list[str]:
    """Names of the numeric arrays, without those that VTK keeps for itself."""
    names = []
    for index in range(data.GetNumberOfArrays()):
        array = data.GetArray(index)
        name = array.GetName() if array is not None else None
        # VTK gives a name that is no UTF-8 as bytes, and finds no array by it
        if not isinstance(name, str) or not name or name.startswith("vtk"):
            continue
        if array.GetNumberOfTuples():
            names.append(name)
    return names


def _kind_of(vtk: Any) -> Kind:
    """Kind of grid of a VTK object."""
    for test, kind in (
        ("vtkImageData", "image"),
        ("vtkRectilinearGrid", "rectilinear"),
        ("vtkStructuredGrid", "structured"),
        ("vtkPolyData", "polydata"),
        ("vtkUnstructuredGrid", "unstructured"),
    ):
        if vtk.IsA(test):
            return kind  # type: ignore[return-value]
    raise SourceFormatError(
        f"A {vtk.GetClassName()} is no volume that can be drawn.",
        hint="Give image data, a grid or points.",
    )


def _variable_facts(dataset: Dataset, name: str) -> VariableFacts:
    """Extremes over all values; the other statistics over a sample."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy

    array = dataset.vtk_array(name)
    values = vtk_to_numpy(array)
    components = int(array.GetNumberOfComponents())
    least, most, not_finite = _extremes(values)
    if least > most:
        raise EmptySourceError(
            f"The variable {name!r} has no finite value.", hint="Choose another variable."
        )
    step = max(1, len(values) // SAMPLE)
    sample = values[::step].astype(np.float64)
    if components > 1:
        sample = np.sqrt((sample**2).sum(axis=1))
    sample = sample[np.isfinite(sample)]
    counts, _ = np.histogram(sample, bins=HISTOGRAM_BINS, range=(least, max(most, least + 1e-300)))
    return VariableFacts(
        name=name,
        components=components,
        association=dataset.association(name),
        dtype=str(values.dtype),
        minimum=least,
        maximum=most,
        mean=float(sample.mean()) if len(sample) else least,
        standard_deviation=float(sample.std()) if len(sample) else 0.0,
        histogram=tuple(int(count) for count in counts),
        not_finite=not_finite,
        units=dataset.value_units.get(name, ""),
    )


def _extremes(values: NDArray[Any], block: int = 1_000_000) -> tuple[float, float, int]:
    """Least and greatest finite value (of the length, for vectors) and how many are not finite.

    Works in blocks, so that a big volume needs no second copy.
    """
    import numpy as np

    least, most, bad = np.inf, -np.inf, 0
    for first in range(0, len(values), block):
        part = values[first : first + block]
        if part.ndim == 2:
            part = np.sqrt((part.astype(np.float64) ** 2).sum(axis=1))
        if part.dtype.kind == "f":
            finite = np.isfinite(part)
            missing = len(part) - int(np.count_nonzero(finite))
            if missing:
                bad += missing
                part = part[finite]
        if len(part):
            least, most = min(least, float(part.min())), max(most, float(part.max()))
    return least, most, bad


def _volume_facts(source: VolumeSource) -> VolumeFacts:
    """Facts of the first time step."""
    dataset = source.dataset(0)
    vtk = dataset.vtk
    variables = tuple(dataset.variable(name) for name in dataset.names)
    spacing = vtk.GetSpacing() if dataset.kind == "image" else (0.0, 0.0, 0.0)
    bounds = dataset.bounds
    origin = vtk.GetOrigin() if dataset.kind == "image" else bounds[::2]
    notes = [*source._notes, *dataset.notes]
    notes += [
        f"{variable.name}: {variable.not_finite:,} values are not numbers; they are left out."
        for variable in variables
        if variable.not_finite
    ]
    return VolumeFacts(
        name=source.name,
        kind=dataset.kind,
        dimensions=dataset.dimensions,
        spacing=tuple(spacing),
        origin=tuple(origin),
        direction=dataset.direction,
        orientation=dataset.orientation,
        units=dataset.units,
        bounds=bounds,
        variables=variables,
        cells=int(vtk.GetNumberOfCells()),
        points=int(vtk.GetNumberOfPoints()),
        bytes=sum(
            dataset.vtk_array(name).GetDataSize() * dataset.vtk_array(name).GetDataTypeSize()
            for name in dataset.names
        ),
        times=source.times,
        notes=tuple(dict.fromkeys(notes)),
    )


def _fingerprint(dataset: Dataset, times: Sequence[float]) -> str:
    """Hash of grid, variables and a sample of each; the same data give the same hash anywhere."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy

    digest = hashlib.sha256()
    vtk = dataset.vtk
    grid = [dataset.kind, vtk.GetNumberOfPoints(), vtk.GetNumberOfCells(), len(times)]
    grid += [f"{bound:.9g}" for bound in dataset.bounds]
    digest.update(repr(grid).encode())
    for name in dataset.names:
        values = vtk_to_numpy(dataset.vtk_array(name))
        step = max(1, len(values) // SAMPLE)
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values[::step]).tobytes())
        if values.dtype.kind in "iufb":
            total = float(np.sum(values, dtype=np.float64))
            digest.update(f"{total!r}".encode())
    return digest.hexdigest()


def short_name(address: str) -> str:
    """The last part of an address, for titles."""
    return address if address.startswith("phantom:") else Path(address).name or address
