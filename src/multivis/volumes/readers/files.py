"""Files, folders and series, by suffix."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from multivis.errors import SourceAccessError, SourceFormatError, SourceNotFoundError
from multivis.volumes.dataset import Dataset, VolumeSource
from multivis.volumes.readers.addresses import (
    DICOM_SUFFIXES,
    IMAGE_SUFFIXES,
    VTK_SUFFIXES,
    is_dicom_file,
    is_pattern,
    raw_header,
    series_in_folder,
    suffix_of,
)

if TYPE_CHECKING:
    from multivis.settings import Limits
    from multivis.volumes.readers.grids import GridHeader

__all__ = ["open_file", "read_dataset"]


def open_file(text: str, limits: Limits) -> VolumeSource:
    """A file, a folder of DICOM slices, or a series of files as a source.

    Raises:
        SourceNotFoundError: No such file.
        SourceFormatError: It is damaged, or no volume.
    """
    path = Path(text).expanduser()
    if is_pattern(text) and not path.exists():
        return _open_series(text, _matching(path), limits)
    if not path.exists():
        raise SourceNotFoundError(
            f"There is no file {text!r}.", hint="Check the path, or try phantom:head."
        )
    try:
        if path.is_dir():
            return _open_folder(text, path, limits)
        return _open_one(text, path, limits)
    except PermissionError as error:
        raise SourceAccessError(
            f"{text!r} may not be read: {error.strerror}.", hint="Check the permissions."
        ) from error


def _matching(path: Path) -> list[Path]:
    """The files of a pattern in the order of the numbers in their names."""
    folder = path.parent
    if is_pattern(str(folder)):
        raise SourceNotFoundError(
            f"Only the name of a file may be a pattern, not its folder: {str(path)!r}.",
            hint="Write it as folder/step_*.vti.",
        )
    found = sorted(folder.glob(path.name), key=_natural)
    if not found:
        raise SourceNotFoundError(
            f"No file matches {str(path)!r}.", hint="Check the folder and the pattern."
        )
    return found


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Sort key that takes numbers as numbers."""
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d+)", path.name)
        if part
    ]


def _open_folder(text: str, path: Path, limits: Limits) -> VolumeSource:
    """A folder of DICOM slices, or of files that are time steps."""
    files = sorted((p for p in path.iterdir() if p.is_file()), key=_natural)
    if any(is_dicom_file(file) for file in files[:64]):
        from multivis.volumes.readers.dicom import read_dicom_folder

        dataset = read_dicom_folder(path, limits)
        return VolumeSource(text, lambda _: dataset, name=path.name)
    series = series_in_folder(path)
    if not series:
        raise SourceFormatError(
            f"The folder {path.name!r} holds neither DICOM slices nor a series of volumes.",
            hint="Name the file itself, or a pattern such as folder/step_*.vti.",
        )
    return _open_series(text, sorted(series, key=_natural), limits)


def _open_series(text: str, files: list[Path], limits: Limits) -> VolumeSource:
    """Files of one kind as time steps; each is read when it is asked for."""
    suffixes = {suffix_of(file.name) for file in files}
    if len(suffixes) > 1:
        raise SourceFormatError(
            f"{text!r} matches files of different kinds: {', '.join(sorted(suffixes))}.",
            hint="Give a pattern for one kind.",
        )
    kept: dict[int, Dataset] = {0: read_dataset(files[0], limits)}

    def load(step: int) -> Dataset:
        return kept.pop(step, None) or read_dataset(files[step], limits)

    name = Path(text).name
    return VolumeSource(text, load, times=[float(i) for i in range(len(files))], name=name)


def _open_one(text: str, path: Path, limits: Limits) -> VolumeSource:
    """One file; formats that hold several time steps give them."""
    suffix = suffix_of(path.name)
    if suffix in IMAGE_SUFFIXES or suffix == ".raw":
        from multivis.volumes.readers.grids import dataset_from_grid

        header = _grid_header(path, suffix)
        times = [index * header.time_step for index in range(header.times)]
        first: dict[int, Dataset] = {0: dataset_from_grid(header, limits)}

        def load(step: int) -> Dataset:
            return first.pop(step, None) or dataset_from_grid(header, limits, step)

        return VolumeSource(text, load, times=times, name=path.name)
    if suffix in (".ex2", ".e", ".exo"):
        from multivis.volumes.readers.vtk_files import exodus_times, read_vtk_file

        steps = exodus_times(path)
        begin: dict[int, Dataset] = {0: read_vtk_file(path, limits)}
        return VolumeSource(
            text,
            lambda step: begin.pop(step, None) or read_vtk_file(path, limits, step=step),
            times=steps,
            name=path.name,
        )
    dataset = read_dataset(path, limits)
    return VolumeSource(text, lambda _: dataset, name=path.name)


def _grid_header(path: Path, suffix: str) -> GridHeader:
    """The header of an image file."""
    from dataclasses import replace

    from multivis.volumes.readers import headers

    if suffix in (".mha", ".mhd"):
        return headers.metaimage_header(path)
    if suffix in (".nrrd", ".nhdr"):
        return headers.nrrd_header(path)
    if suffix in (".nii", ".nii.gz"):
        return headers.nifti_header(path)
    header = raw_header(path)
    if header is None:
        raise SourceFormatError(
            f"{path.name} has no header beside it, so its dimensions are unknown.",
            hint=f'Write {path.name}.json: {{"dimensions": [256, 256, 128], "type": "uint16"}}.',
        )
    if header.suffix == ".json":
        return headers.raw_json_header(path, header)
    return replace(_grid_header(header, header.suffix), name=path.name)


def read_dataset(path: Path, limits: Limits) -> Dataset:
    """The first time step of one file.

    Raises:
        SourceFormatError: It is damaged, or no volume.
    """
    suffix = suffix_of(path.name)
    if suffix in VTK_SUFFIXES:
        from multivis.volumes.readers.vtk_files import read_vtk_file

        return read_vtk_file(path, limits)
    if suffix in IMAGE_SUFFIXES or suffix == ".raw":
        from multivis.volumes.readers.grids import dataset_from_grid

        return dataset_from_grid(_grid_header(path, suffix), limits)
    if suffix in (".npy", ".npz"):
        return _numpy_file(path, limits)
    if suffix in DICOM_SUFFIXES or is_dicom_file(path):
        from multivis.volumes.readers.dicom import read_dicom_folder

        return read_dicom_folder(path, limits)
    raise SourceFormatError(
        f"{path.name!r} is no volume that can be read.",
        hint="Formats: "
        + ", ".join((*VTK_SUFFIXES, *IMAGE_SUFFIXES, ".npy", ".npz", ".raw"))
        + ".",
    )


def _numpy_file(path: Path, limits: Limits) -> Dataset:
    """An array, or several with names; pickled objects are refused."""
    import zipfile
    import zlib
    from tokenize import TokenError

    import numpy as np

    from multivis.volumes.readers.arrays import dataset_from_arrays

    try:
        if path.suffix.lower() == ".npy":
            arrays = {"values": np.load(path, mmap_mode="c", allow_pickle=False)}
        else:
            with np.load(path, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
    except PermissionError:
        raise
    except (
        # what a damaged header of an array, or a damaged archive, may raise
        *(ValueError, OSError, EOFError, SyntaxError, TokenError, KeyError, TypeError),
        *(RuntimeError, OverflowError, MemoryError, zipfile.BadZipFile, zlib.error),
    ) as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise SourceFormatError(
            f"{path.name} is no NumPy file that can be read: {why}.",
            hint="Write it again with numpy.save.",
        ) from error
    return dataset_from_arrays(arrays, path.name, limits)
