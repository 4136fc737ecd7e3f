"""A volume where a `Source` is expected: one way to carry data through agents and servers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import QueryRefusedError
from multivis.protocols import Prologue, Rows, Schema

if TYPE_CHECKING:
    from multivis.settings import Limits
    from multivis.volumes.dataset import VolumeSource
    from multivis.volumes.drawing import Drawing

__all__ = ["VolumeData", "open_volume_data", "volume_of"]


class VolumeData:
    """A volume that travels as a `Source`: it has no tables, and no SQL is run on it.

    Args:
        volume: The opened volume.

    Attributes:
        volume: The same.
        lock: Held by whoever loads or draws: VTK objects are not to be shared by threads.
    """

    def __init__(self, volume: VolumeSource) -> None:
        self.volume = volume
        self.lock = threading.RLock()
        self._built: tuple[str, Any] | None = None

    @property
    def address(self) -> str:
        """How a person names it."""
        return self.volume.address

    def scene(self, drawing: Drawing) -> Any:
        """The scene of a drawing; the last one that was built is kept. Hold `lock` meanwhile.

        Raises:
            MultiVisError: It cannot be built.
        """
        from multivis.volumes.pipeline import build_scene

        specification = drawing.specification(self.volume.fingerprint())
        key = specification.model_dump_json()
        if self._built is None or self._built[0] != key:
            self._built = None
            scene = build_scene(specification, self.volume.dataset(drawing.time or 0))
            self._built = (key, scene)
        return self._built[1]

    def read_back(self, drawing: Drawing) -> list[dict[str, Any]]:
        """What the VTK objects of a drawing's scene say of each stage. Hold `lock` meanwhile."""
        from multivis.volumes.pipeline import read_back

        return list(read_back(self.scene(drawing)))

    @property
    def dialect(self) -> str:
        """No dialect of SQL."""
        return "volume"

    def schema(self) -> Schema:
        """No tables."""
        return Schema(dialect="volume", tables=())

    def execute(
        self, sql: str, *, row_limit: int | None = None, seconds: float | None = None
    ) -> Rows:
        """Refuse: a volume is not asked in SQL.

        Raises:
            QueryRefusedError: Always.
        """
        raise QueryRefusedError(
            "A volume cannot be asked in SQL.", hint="Ask for a picture of it in words."
        )

    def prologue(self, sql: str) -> Prologue:
        """Refuse, as `execute` does.

        Raises:
            QueryRefusedError: Always.
        """
        raise QueryRefusedError(
            "A volume is not loaded by SQL.", hint="See the script of the picture."
        )

    def files(self) -> Mapping[str, Path]:
        """The file or folder of the volume, if it is one."""
        if self.address.startswith("phantom:"):
            return {}
        path = Path(self.address).expanduser()
        return {self.address: path.resolve()} if path.exists() else {}

    def close(self) -> None:
        """Let go of the data; closing twice is allowed."""
        with self.lock:
            self._built = None
            self.volume.close()


def open_volume_data(address: Any, *, limits: Limits | None = None) -> VolumeData:
    """Open a volume as a source; see `multivis.volumes.open_volume` for addresses and errors."""
    from multivis.volumes.dataset import open_volume

    return VolumeData(open_volume(address, limits=limits))


def volume_of(source: Any) -> VolumeData | None:
    """The volume that a source carries, also through a wrapper; None for tables."""
    if isinstance(source, VolumeData):
        return source
    inner = getattr(source, "volume_data", None)
    return inner if isinstance(inner, VolumeData) else None
