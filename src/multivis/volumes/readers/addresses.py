"""Which addresses name a volume; decided without VTK and without reading the data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = [
    "ARRAY_SUFFIXES",
    "DICOM_SUFFIXES",
    "HEADER_SUFFIXES",
    "IMAGE_SUFFIXES",
    "VTK_SUFFIXES",
    "is_dicom_file",
    "is_dicom_folder",
    "is_pattern",
    "looks_like_volume",
    "raw_header",
    "series_in_folder",
    "suffix_of",
]

VTK_SUFFIXES = (".vti", ".vtk", ".vtu", ".vtp", ".vtr", ".vts", ".ex2", ".e", ".exo")
IMAGE_SUFFIXES = (".mha", ".mhd", ".nrrd", ".nhdr", ".nii", ".nii.gz")
ARRAY_SUFFIXES = (".npy", ".npz")
HEADER_SUFFIXES = (".json", ".mhd", ".nhdr")
DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")

FILES_LOOKED_AT = 8


def suffix_of(name: str) -> str:
    """The suffix in lower case, ``.nii.gz`` as one."""
    lowered = name.lower()
    return ".nii.gz" if lowered.endswith(".nii.gz") else Path(lowered).suffix


def raw_header(path: Path) -> Path | None:
    """The header beside a raw file: ``x.raw.json``, ``x.json``, ``x.mhd``, ``x.nhdr``."""
    beside = [path.with_name(path.name + ".json")]
    beside += [path.with_suffix(suffix) for suffix in HEADER_SUFFIXES]
    return next((header for header in beside if header.is_file()), None)


def is_dicom_file(path: Path) -> bool:
    """Whether a file has DICOM's mark after its preamble."""
    try:
        with path.open("rb") as file:
            file.seek(128)
            return file.read(4) == b"DICM"
    except OSError:
        return False


def is_dicom_folder(path: Path) -> bool:
    """Whether one of the first files of a folder is a DICOM file."""
    try:
        files = sorted(entry for entry in path.iterdir() if entry.is_file())
    except OSError:
        return False
    return any(is_dicom_file(entry) for entry in files[:FILES_LOOKED_AT])


def is_pattern(text: str) -> bool:
    """Whether an address is a pattern for several files."""
    return any(mark in text for mark in "*?[")


def series_in_folder(path: Path) -> list[Path]:
    """The files of a folder when all of them that could be volumes are of one kind."""
    files = [p for p in path.iterdir() if p.is_file() and not p.name.startswith(".")]
    volumes = [p for p in files if suffix_of(p.name) in VTK_SUFFIXES + IMAGE_SUFFIXES]
    kinds = {suffix_of(p.name) for p in volumes}
    return volumes if len(kinds) == 1 else []


def looks_like_volume(address: Any) -> bool:
    """Whether an address names a volume; never raises.

    Arrays with three or four dimensions and VTK data objects are volumes as well. ``.raw`` is one
    with a header beside it, a folder when it holds DICOM files.
    """
    if isinstance(address, str | Path):
        return _text_names_volume(str(address))
    if getattr(address, "ndim", 0) in (3, 4) and hasattr(address, "dtype"):
        return True
    return callable(getattr(address, "GetPointData", None))


def _text_names_volume(text: str) -> bool:
    if text.startswith("phantom:"):
        return True
    if "://" in text or "\0" in text:
        return False
    suffix = suffix_of(text)
    if suffix in VTK_SUFFIXES + IMAGE_SUFFIXES + ARRAY_SUFFIXES + DICOM_SUFFIXES:
        return True
    try:
        path = Path(text).expanduser()
        if suffix == ".raw":
            return raw_header(path) is not None
        return path.is_dir() and (is_dicom_folder(path) or bool(series_in_folder(path)))
    except (OSError, ValueError, RuntimeError):
        return False
