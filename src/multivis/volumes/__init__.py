"""Scientific volumes: sources, specifications, VTK pipelines and what they show.

A picture is evidence: whatever draws goes through one JSON `Specification`, the scene that was
built from it can be read back, and the checks compare the two with the data.
VTK (extra ``[volumes]``) is imported when it is first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivis.volumes.dataset import Dataset, VolumeSource, is_volume, open_volume
    from multivis.volumes.phantoms import head_phantom
    from multivis.volumes.specification import Camera, Film, Histogram, Specification

__all__ = [
    "Camera",
    "Dataset",
    "Film",
    "Histogram",
    "Specification",
    "VolumeSource",
    "head_phantom",
    "is_volume",
    "open_volume",
]

_HOMES = {
    "Camera": "specification",
    "Dataset": "dataset",
    "Film": "specification",
    "Histogram": "specification",
    "Specification": "specification",
    "VolumeSource": "dataset",
    "head_phantom": "phantoms",
    "is_volume": "dataset",
    "open_volume": "dataset",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
