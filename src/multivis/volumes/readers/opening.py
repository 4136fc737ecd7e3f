"""The first reader that fits an address."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import SourceFormatError
from multivis.volumes.dataset import Dataset, VolumeSource, short_name

if TYPE_CHECKING:
    from multivis.settings import Limits

__all__ = ["open_address"]


def open_address(address: Any, limits: Limits) -> VolumeSource:
    """Open whatever `multivis.volumes.open_volume` takes."""
    if isinstance(address, str | Path):
        text = str(address)
        if text.startswith("phantom:"):
            return _open_phantom(text)
        from multivis.volumes.readers.files import open_file

        return open_file(text, limits)
    if callable(getattr(address, "GetPointData", None)):
        from multivis.volumes.readers.arrays import checked
        from multivis.volumes.readers.grids import aligned

        dataset = aligned(checked(Dataset(address), "the VTK object"), "the VTK object")
        return VolumeSource("vtk", lambda _: dataset, name=address.GetClassName())
    if hasattr(address, "dtype") or isinstance(address, Mapping):
        from multivis.volumes.readers.arrays import dataset_from_arrays

        arrays = address if isinstance(address, Mapping) else {"values": address}
        made = dataset_from_arrays(arrays, "the array", limits)
        return VolumeSource("array", lambda _: made, name="array")
    raise SourceFormatError(
        f"A {type(address).__name__} is no volume.",
        hint="Give a file, a folder of DICOM slices, an array or a phantom.",
    )


def _open_phantom(address: str) -> VolumeSource:
    """A phantom as a source; ``plume`` changes with time."""
    import numpy as np

    from multivis.volumes import phantoms
    from multivis.volumes.readers.arrays import image_from_array, points_from_array

    name, options = phantoms.parse_phantom(address)
    times: tuple[float, ...] = (0.0,)

    if name == "torus":
        points = phantoms.torus_points(**options)
        values = {"height": points[:, 2].copy()}
        cloud = Dataset(points_from_array(points, values))
        return VolumeSource(address, lambda _: cloud, name=short_name(address))
    if name == "plume":
        count = options.pop("times", 8)
        phantoms._bounded("times", count, 1, 1000)
        times = tuple(float(time) for time in np.linspace(0.0, 1.0, count))

    def load(step: int) -> Dataset:
        if name == "head":
            made, variable = phantoms.head_phantom(**options), "density"
        elif name == "marschner-lobb":
            made, variable = phantoms.marschner_lobb(**options), "signal"
        elif name == "vortex":
            made, variable = phantoms.vortex_phantom(**options), "velocity"
        else:
            made, variable = phantoms.plume_phantom(**options, phase=times[step]), "temperature"
        arrays = {variable: made.array}
        if name == "vortex":
            arrays["speed"] = np.linalg.norm(made.array, axis=-1).astype(np.float32)
        return Dataset(
            image_from_array(arrays, made.spacing, made.origin),
            orientation=made.orientation,
            units=made.units,
            value_units={variable: made.value_units} if made.value_units else {},
        )

    return VolumeSource(address, load, times=times, name=short_name(address))
