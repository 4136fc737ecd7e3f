"""Pictures of scenes: off-screen, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivis.errors import RenderError
from multivis.volumes.dataset import Dataset
from multivis.volumes.pipeline.scene import Scene, build_scene
from multivis.volumes.pipeline.surfaces import clamped_isovalue
from multivis.volumes.pipeline.window import (
    captured_messages,
    off_screen,
    on_render_thread,
    picture_of,
)
from multivis.volumes.specification import Camera, IsosurfaceStage, Specification

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SweepPicture", "from_all_sides", "png", "render", "render_sweep"]


@on_render_thread
def render(scene: Scene, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """Draw a scene.

    Args:
        scene: From `build_scene`.
        size: Width and height in pixels; None: as in the specification.

    Returns:
        (height, width, 3), the first row on top.

    Raises:
        RenderError: There is no OpenGL, or VTK reported an error.
    """
    width, height = size or scene.specification.size
    if size is not None and size != scene.specification.size:
        scene.look(scene.specification.camera, size)
    with captured_messages() as messages, off_screen(width, height) as window:
        window.AddRenderer(scene.renderer)
        window.Render()
        picture = picture_of(window)
    error = messages.first_error()
    if error:
        raise RenderError(f"VTK could not draw the picture: {error}.")
    return picture


def png(picture: NDArray[np.uint8], texts: Mapping[str, str] | None = None) -> bytes:
    """A picture as PNG; `texts` are written into its text chunks."""
    from io import BytesIO

    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for key, value in (texts or {}).items():
        info.add_itxt(key, value)
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG", pnginfo=info, compress_level=4)
    return file.getvalue()


@dataclass(frozen=True)
class SweepPicture:
    """One picture of a sweep.

    Attributes:
        isovalue: As drawn (clamped into the range).
        camera: As asked for.
        picture: (height, width, 3).
        surface: VTK's polygons of that isovalue; valid until the next picture is asked for.
        index: Counts the pictures.
    """

    isovalue: float
    camera: Camera
    picture: NDArray[np.uint8]
    surface: Any
    index: int


def render_sweep(
    dataset: Dataset,
    variable: str | None,
    isovalues: Sequence[float],
    cameras: Sequence[Camera],
    *,
    size: tuple[int, int] = (400, 350),
    color: str = "#e8dcc4",
    background: str = "#ffffff",
) -> Iterator[SweepPicture]:
    """Pictures of many isovalues from many sides: one pipeline, one context, no second read.

    Args:
        dataset: The data.
        variable: A scalar; None: the first one.
        isovalues: Each is drawn from all cameras before the next.
        cameras: From where.
        size: Width and height in pixels.
        color: Of the surface.
        background: Of the picture.

    Raises:
        UnknownFieldError: No such variable.
        RenderError: There is no OpenGL, or VTK reported an error.
    """
    if not len(isovalues) or not len(cameras):
        return
    name = dataset.resolve(variable, components=1)
    least, most = dataset.range(name)
    stage = IsosurfaceStage(variable=name, isovalue=isovalues[0], color=color)
    specification = Specification(stages=(stage,), size=size, background=background)
    scene = build_scene(specification, dataset)
    contour = scene.stages[0].filters["contour"]
    index = 0
    for asked in isovalues:
        isovalue, _ = clamped_isovalue(float(asked), least, most, name)
        contour.SetValue(0, isovalue)
        for camera, picture in zip(cameras, from_all_sides(scene, cameras), strict=True):
            yield SweepPicture(isovalue, camera, picture, scene.stages[0].output(), index)
            index += 1


@on_render_thread
def from_all_sides(
    scene: Scene, cameras: Sequence[Camera], *, steady: bool = False
) -> list[NDArray[np.uint8]]:
    """Pictures of a scene from several cameras, while it stays in the window.

    Args:
        scene: What is drawn.
        cameras: From where.
        steady: Keep the same distance from all sides.

    Raises:
        RenderError: VTK reported an error.
    """
    pictures = []
    width, height = scene.specification.size
    with captured_messages() as messages, off_screen(width, height) as window:
        scene.refit()
        window.AddRenderer(scene.renderer)
        for camera in cameras:
            scene.look(camera, steady=steady)
            window.Render()
            pictures.append(picture_of(window))
    error = messages.first_error()
    if error:
        raise RenderError(f"VTK could not draw the picture: {error}.")
    return pictures
