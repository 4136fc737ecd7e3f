"""Films: through time, around the object, through isovalues."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import InputError, OptionError
from multivis.volumes.dataset import VolumeSource
from multivis.volumes.pipeline.pictures import from_all_sides, render
from multivis.volumes.pipeline.scene import Scene, build_scene
from multivis.volumes.specification import Film, IsosurfaceStage, Specification

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Frame", "film_frames", "write_film"]

FORMATS = (".png", ".gif", ".webp")

TOGETHER = 16
"""Frames of an orbit that are drawn at once: the surfaces then stay on the graphics card."""


@dataclass(frozen=True)
class Frame:
    """One frame.

    Attributes:
        picture: (height, width, 3).
        scene: What it shows.
        value: The time, the degrees or the isovalue.
        index: Counts the frames.
    """

    picture: NDArray[np.uint8]
    scene: Scene
    value: float
    index: int


def film_frames(film: Film, source: VolumeSource) -> Iterator[Frame]:
    """The frames of a film, one at a time; the camera keeps its distance.

    Raises:
        InputError: A film over time of data that does not change.
        RenderError: There is no OpenGL.
    """
    sweeps = {"time": _over_time, "orbit": _around, "isovalue": _through_isovalues}
    return sweeps[film.over](film, source)


def _steady(scene: Scene) -> None:
    """A camera whose distance does not depend on what the frame happens to show."""
    from multivis.volumes.pipeline.extents import corners

    scene.points = corners(scene.dataset.bounds)
    scene.look(scene.specification.camera, steady=True)


def _over_time(film: Film, source: VolumeSource) -> Iterator[Frame]:
    """One scene per time step; colour maps keep the range of all steps that are shown."""
    import numpy as np

    if len(source.times) < 2:
        raise InputError(
            f"{source.name} has one time step; there is no film over time.",
            hint="Ask for a film around the object, or give a series of files.",
        )
    steps = np.unique(
        np.linspace(0, len(source.times) - 1, min(film.frames, len(source.times))).astype(int)
    )
    specification = _common_colors(film.specification, source, [int(step) for step in steps])
    for index, step in enumerate(steps):
        scene = build_scene(specification, source.dataset(int(step)))
        _steady(scene)
        yield Frame(render(scene), scene, source.times[int(step)], index)


def _common_colors(
    specification: Specification, source: VolumeSource, steps: list[int]
) -> Specification:
    """Slices keep one range of colours over all steps, so that colours mean the same."""
    stages = []
    ranges: dict[str, tuple[float, float]] = {}
    for stage in specification.stages:
        if stage.kind == "slice" and (stage.minimum is None or stage.maximum is None):
            name = source.dataset(steps[0]).resolve(stage.variable)
            if name not in ranges:
                found = [source.dataset(step).range(name) for step in steps]
                ranges[name] = (min(low for low, _ in found), max(high for _, high in found))
            low, high = ranges[name]
            least = low if stage.minimum is None else stage.minimum
            most = high if stage.maximum is None else stage.maximum
            stage = stage.model_copy(update={"minimum": least, "maximum": most})
        stages.append(stage)
    return specification.model_copy(update={"stages": tuple(stages)})


def _around(film: Film, source: VolumeSource) -> Iterator[Frame]:
    """One scene, turned once around its up axis."""
    specification = film.specification
    scene = build_scene(specification, source.dataset(specification.time or 0))
    start = specification.camera.orbit
    turns = [(start + 360.0 * index / film.frames) % 360.0 for index in range(film.frames)]
    cameras = [specification.camera.model_copy(update={"orbit": turn}) for turn in turns]
    for first in range(0, film.frames, TOGETHER):
        some = cameras[first : first + TOGETHER]
        for index, picture in enumerate(from_all_sides(scene, some, steady=True), first):
            camera = cameras[index]
            scene.specification = scene.specification.model_copy(update={"camera": camera})
            scene.look(camera, steady=True)
            yield Frame(picture, scene, turns[index], index)


def _through_isovalues(film: Film, source: VolumeSource) -> Iterator[Frame]:
    """One scene whose first isosurface runs through the values; one pipeline."""
    import numpy as np

    specification = _whole_surface(film.specification)
    dataset = source.dataset(specification.time or 0)
    scene = build_scene(specification, dataset)
    built = next(s for s in scene.stages if isinstance(s.stage, IsosurfaceStage))
    least, most = dataset.range(built.variable)
    margin = 0.02 * (most - least)
    first, last = film.isovalues or (least + margin, most - margin)
    inside = np.clip(np.linspace(first, last, film.frames), least + margin / 2, most - margin / 2)
    _steady(scene)
    for index, isovalue in enumerate(inside):
        built.filters["contour"].SetValue(0, float(isovalue))
        built.stage = built.stage.model_copy(update={"isovalue": float(isovalue)})
        yield Frame(render(scene), scene, float(isovalue), index)


def _whole_surface(specification: Specification) -> Specification:
    """The first isosurface with all of its parts: which one is meant changes with the value."""
    stages = list(specification.stages)
    index = next(i for i, stage in enumerate(stages) if isinstance(stage, IsosurfaceStage))
    stages[index] = stages[index].model_copy(update={"keep": "all", "point": None, "up_to": None})
    return specification.model_copy(update={"stages": tuple(stages)})


def write_film(
    pictures: Iterable[NDArray[np.uint8]], path: Path, *, seconds_per_frame: float = 0.1
) -> int:
    """Write pictures as an animated PNG, GIF or WebP, by the suffix of the file.

    Args:
        pictures: (height, width, 3) each, of one size.
        path: Ends in .png, .gif or .webp.
        seconds_per_frame: Speed.

    Returns:
        How many frames were written.

    Raises:
        OptionError: Another suffix.
        InputError: No pictures.
    """
    from PIL import Image

    if path.suffix.lower() not in FORMATS:
        raise OptionError(
            f"A film cannot be written as {path.suffix or 'a file without suffix'!r}.",
            hint="Use one of: " + ", ".join(FORMATS) + ".",
        )
    frames = [Image.fromarray(picture) for picture in pictures]
    if not frames:
        raise InputError("A film needs at least one picture.", hint="Ask for more frames.")
    options: dict[str, Any] = {
        "save_all": True,
        "append_images": frames[1:],
        "duration": round(seconds_per_frame * 1000),
        "loop": 0,
    }
    if path.suffix.lower() == ".webp":
        options |= {"quality": 85, "method": 2}
    frames[0].save(path, **options)
    return len(frames)
