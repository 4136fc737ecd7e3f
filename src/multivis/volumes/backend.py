"""VTK as a chart backend: what a result needs to show and save a picture of a volume."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multivis.errors import MultiVisError, RenderError
from multivis.protocols import Run
from multivis.volumes.data import VolumeData
from multivis.volumes.drawing import Drawing

__all__ = ["VtkBackend"]

_EXPORTS = ("scene.vtp", "scene.glb")


class VtkBackend:
    """Draws drawings of one volume.

    Args:
        data: The volume; None where only what was drawn already is wanted.
    """

    def __init__(self, data: VolumeData | None = None) -> None:
        self._data = data

    @property
    def name(self) -> str:
        """``"vtk"``."""
        return "vtk"

    def environment(self) -> str:
        """The standard imports of a module."""
        return "import numpy as np\nimport vtk\n"

    def save_call(self, variable: str) -> str:
        """Code that writes the picture of the renderer in `variable`."""
        return (
            "window = vtk.vtkRenderWindow()\n"
            "window.SetOffScreenRendering(1)\n"
            f"window.AddRenderer({variable})\n"
            "window.Render()\n"
            "grabber = vtk.vtkWindowToImageFilter()\n"
            "grabber.SetInput(window)\n"
            "grabber.ReadFrontBufferOff()\n"
            "writer = vtk.vtkPNGWriter()\n"
            'writer.SetFileName("chart.png")\n'
            "writer.SetInputConnection(grabber.GetOutputPort())\n"
            "writer.Write()\n"
        )

    def specification(self, run: Run) -> dict[str, Any]:
        """The drawing that a run left.

        Raises:
            RenderError: There is none.
        """
        if run.spec is None:
            raise RenderError("The code left no picture of a volume.")
        return dict(run.spec)

    def png(self, spec: Mapping[str, Any], *, scale: float = 2.0) -> bytes:
        """The picture of a drawing, drawn anew.

        Args:
            spec: The drawing.
            scale: Of no effect: the drawing says how many pixels.

        Raises:
            RenderError: The volume is not open, or it is a module's picture.
        """
        del scale
        from multivis.volumes.pipeline import png, render

        data = self._opened()
        drawing = _drawing(spec)
        if drawing.kind != "scene":
            raise RenderError(
                f"A {drawing.kind} is not drawn again here.", hint="Ask the question again."
            )
        with data.lock:
            return png(render(data.scene(drawing)))

    def svg(self, spec: Mapping[str, Any]) -> str:
        """Refuse: volumes have no vector picture.

        Raises:
            RenderError: Always.
        """
        raise RenderError("A picture of a volume has no SVG.", hint="Use the PNG.")

    def html(self, spec: Mapping[str, Any]) -> str:
        """A page that shows the scene: its surfaces turn in the browser (vtk.js).

        Raises:
            RenderError: The volume is not open, or it is no scene.
        """
        from multivis.volumes.pipeline.page import scene_page

        drawing = _drawing(spec)
        data = self._opened()
        if drawing.kind not in {"scene", "film"}:
            raise RenderError(f"A {drawing.kind} has no page.", hint="Use the PNG.")
        with data.lock:
            return scene_page(data.scene(drawing), title=drawing.title or drawing.data)

    def with_provenance(
        self, spec: Mapping[str, Any], provenance: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A copy of the drawing that says where it comes from."""
        return {**spec, "provenance": dict(provenance)}

    def exports(self, spec: Mapping[str, Any]) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """The scene as files for other programs.

        Returns:
            ``scene.vtp`` and ``scene.glb`` as far as there are surfaces, and why one is missing.
        """
        from multivis.volumes.pipeline.export import export

        drawing = _drawing(spec)
        if self._data is None or drawing.kind not in {"scene", "film"}:
            return {}, ()
        files: dict[str, bytes] = {}
        problems = []
        with self._data.lock, tempfile.TemporaryDirectory() as folder:
            scene = self._data.scene(drawing)
            for name in _EXPORTS:
                path = Path(folder) / name
                try:
                    export(scene, path)
                    files[name] = path.read_bytes()
                except (MultiVisError, OSError) as error:
                    problems.append(f"{name}: {error}")
        return files, tuple(problems)

    def _opened(self) -> VolumeData:
        if self._data is None:
            raise RenderError("The volume of this picture is not open.", hint="Ask again.")
        return self._data


def _drawing(spec: Mapping[str, Any]) -> Drawing:
    """The drawing in a specification, its provenance left out."""
    return Drawing.model_validate({k: v for k, v in spec.items() if k in Drawing.model_fields})
