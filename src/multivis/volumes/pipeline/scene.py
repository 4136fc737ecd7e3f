"""A specification built into a VTK scene."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from multivis.errors import EmptySourceError, InputError, RenderError
from multivis.volumes.dataset import Dataset
from multivis.volumes.pipeline.built import BuiltStage, Plane
from multivis.volumes.pipeline.camera import CameraPlace, place_camera, set_camera
from multivis.volumes.pipeline.colors import rgb
from multivis.volumes.pipeline.extents import corners, points_of
from multivis.volumes.pipeline.flows import build_glyphs, build_points, build_streamlines
from multivis.volumes.pipeline.furniture import add_lights, add_title, bar_margin, scalar_bars
from multivis.volumes.pipeline.planes import build_clip, build_contour, build_slice, plane_of
from multivis.volumes.pipeline.raycast import build_volume, casts_on_processor
from multivis.volumes.pipeline.surfaces import (
    build_isosurface,
    build_outline,
    build_surface,
    build_threshold,
)
from multivis.volumes.pipeline.window import captured_messages, load_opengl
from multivis.volumes.specification import (
    Camera,
    ClipStage,
    OutlineStage,
    Specification,
    Stage,
    stage_names,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ClippedStages", "Scene", "build_scene"]

OUTLINE_HELPS = ("slice", "contour", "streamlines", "glyphs", "points")
TITLE_MARGIN = 0.05

_BUILDERS: dict[str, Any] = {
    "isosurface": build_isosurface,
    "slice": build_slice,
    "volume": build_volume,
    "threshold": build_threshold,
    "contour": build_contour,
    "streamlines": build_streamlines,
    "glyphs": build_glyphs,
    "points": build_points,
    "surface": build_surface,
}


@dataclass(frozen=True)
class ClippedStages:
    """A clip stage that cuts others: it draws nothing of its own.

    Attributes:
        name: Unique in the scene.
        stage: As asked for.
        plane: Where it cuts.
        targets: Names of the stages that it cuts.
    """

    name: str
    stage: ClipStage
    plane: Plane
    targets: tuple[str, ...]


@dataclass
class Scene:
    """Everything that is drawn.

    Attributes:
        specification: As it was built: clamped values, variables filled in.
        dataset: What it was built on.
        renderer: VTK's renderer with camera and lights.
        stages: What draws, in the order of the specification.
        clips: Clip stages that cut others.
        scalar_bars: Their actors.
        outline: The box that was added because it helps, or None.
        points: (n, 3), spanning all that is drawn.
        place: The camera.
    """

    specification: Specification
    dataset: Dataset
    renderer: Any
    stages: tuple[BuiltStage, ...]
    clips: tuple[ClippedStages, ...]
    scalar_bars: list[Any] = field(default_factory=list)
    outline: BuiltStage | None = None
    points: Any = None
    place: CameraPlace | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed while building, in sentences."""
        return tuple(note for stage in self.stages for note in stage.notes)

    def stage(self, name: str) -> BuiltStage:
        """The drawn stage of that name.

        Raises:
            InputError: There is none.
        """
        for built in self.stages:
            if built.name == name:
                return built
        raise InputError(
            f"The scene has no stage {name!r}.",
            hint="It has: " + ", ".join(stage.name for stage in self.stages) + ".",
        )

    def refit(self) -> None:
        """Look again at what is drawn, after a filter was changed."""
        self.points = _points(self)

    def look(
        self, camera: Camera, size: tuple[int, int] | None = None, *, steady: bool = False
    ) -> None:
        """Move the camera.

        Args:
            camera: Where from.
            size: Of the picture; None: as in the specification.
            steady: Keep the same distance from all sides, for films.
        """
        size = size or self.specification.size
        self.place = place_camera(
            camera,
            self.points,
            size,
            orientation=self.dataset.orientation,
            right_margin=bar_margin(size[0]) if self.scalar_bars else 0.0,
            top_margin=TITLE_MARGIN if self.specification.title else 0.0,
            steady=steady,
        )
        set_camera(self.renderer, self.place)


def build_scene(specification: Specification, dataset: Dataset) -> Scene:
    """Build a specification on data; every filter is run.

    Args:
        specification: What to draw.
        dataset: One time step (`VolumeSource.dataset`).

    Raises:
        UnknownFieldError: A stage names a variable that is not there.
        InputError: A stage cannot be drawn on this data.
        RenderError: VTK reported an error.
    """
    if dataset.vtk.GetNumberOfPoints() == 0:
        raise EmptySourceError("The volume has no points.", hint="Give a volume with values.")
    load_opengl()
    if any(stage.kind == "volume" for stage in specification.stages):
        casts_on_processor()
    with captured_messages() as messages:
        scene = _built(specification, dataset)
    error = messages.first_error()
    if error:
        raise RenderError(f"VTK could not build the picture: {error}.")
    return scene


def _built(specification: Specification, dataset: Dataset) -> Scene:
    from vtkmodules.vtkRenderingCore import vtkRenderer

    names = stage_names(specification)
    clips, drawn = _sorted_stages(specification, names, dataset)
    stages = [
        _build(name, stage, dataset, [(c.plane, c.stage.keep == "positive") for c in cutting])
        for name, stage, cutting in drawn
    ]
    for stage in stages:
        stage.mapper.Update()
    built_by_name = {stage.name: stage.stage for stage in stages}
    as_built = tuple(
        built_by_name.get(name, stage)
        for name, stage in zip(names, specification.stages, strict=True)
    )
    renderer = vtkRenderer()
    scene = Scene(
        specification=specification.model_copy(update={"stages": as_built}),
        dataset=dataset,
        renderer=renderer,
        stages=tuple(stages),
        clips=tuple(clips),
    )
    _furnish(scene)
    return scene


def _sorted_stages(
    specification: Specification, names: tuple[str, ...], dataset: Dataset
) -> tuple[list[ClippedStages], list[tuple[str, Stage, list[ClippedStages]]]]:
    """Clips that cut other stages, and what draws with the clips that cut it."""
    pairs = list(zip(names, specification.stages, strict=True))
    cuttable = [name for name, stage in pairs if stage.kind not in ("clip", "outline")]
    clips: list[ClippedStages] = []
    alone: set[str] = set()
    for name, stage in pairs:
        if not isinstance(stage, ClipStage):
            continue
        targets = _targets(stage, name, cuttable)
        if targets:
            clips.append(ClippedStages(name, stage, plane_of(stage, dataset.bounds, "x"), targets))
        else:
            alone.add(name)
    drawn = [
        (name, stage, [clip for clip in clips if name in clip.targets])
        for name, stage in pairs
        if stage.kind != "clip" or name in alone
    ]
    return clips, drawn


def _targets(stage: ClipStage, name: str, cuttable: list[str]) -> tuple[str, ...]:
    if stage.target == "all":
        return tuple(cuttable)
    missing = [target for target in stage.target if target not in cuttable]
    if missing:
        raise InputError(
            f"The clip {name!r} is to cut {missing[0]!r}, which is not drawn.",
            hint="There are: " + (", ".join(cuttable) or "no other stages") + ".",
        )
    return stage.target


def _build(
    name: str, stage: Stage, dataset: Dataset, clips: list[tuple[Plane, bool]]
) -> BuiltStage:
    if isinstance(stage, ClipStage):
        return build_clip(name, stage, dataset)
    if isinstance(stage, OutlineStage):
        return build_outline(name, stage, dataset)
    built: BuiltStage = _BUILDERS[stage.kind](name, stage, dataset, clips)
    return built


def _furnish(scene: Scene) -> None:
    """Put everything into the renderer: props, lights, bars, outline, title, camera."""
    specification, renderer = scene.specification, scene.renderer
    renderer.SetBackground(*rgb(specification.background))
    if specification.background_top is not None:
        renderer.SetBackground2(*rgb(specification.background_top))
        renderer.GradientBackgroundOn()
    for stage in scene.stages:
        renderer.AddViewProp(stage.prop)
    scene.outline = _helping_outline(scene)
    if scene.outline is not None:
        renderer.AddViewProp(scene.outline.prop)
    add_lights(renderer)
    renderer.UseFXAAOn()
    if any(_translucent(stage) for stage in scene.stages):
        renderer.UseDepthPeelingOn()
        renderer.SetMaximumNumberOfPeels(24)
        renderer.SetOcclusionRatio(0.0)
        renderer.UseDepthPeelingForVolumesOff()
    scene.points = _points(scene)
    scene.scalar_bars = scalar_bars(scene.stages, specification)
    for bar in scene.scalar_bars:
        renderer.AddViewProp(bar)
    add_title(renderer, specification)
    scene.look(specification.camera)


def _translucent(stage: BuiltStage) -> bool:
    return stage.stage.kind != "volume" and stage.prop.GetProperty().GetOpacity() < 1.0


def _helping_outline(scene: Scene) -> BuiltStage | None:
    """The box that was asked for, or that helps to see where things are."""
    wanted = scene.specification.outline
    kinds = {stage.stage.kind for stage in scene.stages}
    if "outline" in kinds or wanted is False:
        return None
    if wanted is None and not kinds.intersection((*OUTLINE_HELPS, "clip")):
        return None
    return build_outline("outline", OutlineStage(), scene.dataset)


def _points(scene: Scene) -> NDArray[Any]:
    """Points that span what is drawn; the corners of the data where nothing is drawn."""
    import numpy as np

    parts = [points_of(stage) for stage in scene.stages]
    if scene.outline is not None:
        parts.append(points_of(scene.outline))
    parts = [part for part in parts if len(part)]
    return np.concatenate(parts) if parts else corners(scene.dataset.bounds)
