"""Files, by suffix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from multivis.errors import SourceFormatError, SourceNotFoundError
from multivis.volumes.dataset import Dataset, VolumeSource
from multivis.volumes.readers.addresses import suffix_of

if TYPE_CHECKING:
    from multivis.settings import Limits

__all__ = ["open_file"]


def open_file(text: str, limits: Limits) -> VolumeSource:
    """A file or folder as a source."""
    path = Path(text).expanduser()
    if not path.exists():
        raise SourceNotFoundError(
            f"There is no file {text!r}.", hint="Check the path, or try phantom:head."
        )
    dataset = read_dataset(path, limits)
    return VolumeSource(text, lambda _: dataset, name=path.name)


def read_dataset(path: Path, limits: Limits) -> Dataset:
    """One file as a dataset."""
    import numpy as np

    from multivis.volumes.readers.arrays import dataset_from_arrays

    suffix = suffix_of(path.name)
    if suffix == ".npy":
        return dataset_from_arrays({"values": np.load(path, mmap_mode="c")}, path.name, limits)
    raise SourceFormatError(
        f"{path.name!r} is no volume that can be read.", hint="See docs/volumes.md for formats."
    )
