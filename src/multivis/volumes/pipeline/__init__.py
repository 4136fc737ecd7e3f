"""From a specification to a VTK scene, its pictures, and what it really shows."""

from __future__ import annotations

from multivis.volumes.pipeline.built import BuiltStage
from multivis.volumes.pipeline.pictures import SweepPicture, png, render, render_sweep
from multivis.volumes.pipeline.read_back import read_back
from multivis.volumes.pipeline.scene import Scene, build_scene
from multivis.volumes.pipeline.surfaces import clamped_isovalue

__all__ = [
    "BuiltStage",
    "Scene",
    "SweepPicture",
    "build_scene",
    "clamped_isovalue",
    "png",
    "read_back",
    "render",
    "render_sweep",
]
