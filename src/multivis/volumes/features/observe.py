"""Look at a volume: measure what one view of an isosurface shows, and draw it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from multivis.volumes.features.grid import Grid, scalar_grid
from multivis.volumes.features.materials import is_ct
from multivis.volumes.features.records import ViewFacts, ViewPlan
from multivis.volumes.features.surface import (
    Sides,
    Surface,
    extract_surface,
    sides_at,
    visible_faces,
)

if TYPE_CHECKING:
    from multivis.volumes.dataset import VolumeSource

__all__ = ["Observer", "facing"]

PICTURE = (160, 140)
"""Width and height of the pictures in the index."""


class Observer:
    """One scalar of one volume, ready to be looked at.

    Args:
        source: The volume; its first time step is looked at.
        variable: The scalar; None: the first.
        samples: Most points at which the sides of a surface are read in one view.

    Raises:
        UnknownFieldError: No such scalar.
    """

    def __init__(
        self, source: VolumeSource, variable: str | None = None, *, samples: int = 400
    ) -> None:
        self.source = source
        self.dataset = source.dataset(0)
        self.variable = self.dataset.resolve(variable, components=1)
        self.facts = self.dataset.variable(self.variable)
        self.grid: Grid = scalar_grid(self.dataset, self.variable)
        self.ct, self.why_ct = is_ct(self.facts)
        self._samples = samples
        self._surface = lru_cache(maxsize=8)(self._extract)

    def _extract(self, isovalue: float) -> Surface:
        return extract_surface(self.grid, isovalue)

    def look(self, plan: ViewPlan) -> ViewFacts:
        """Measure one view.

        The points of the surface whose sides are read are drawn from those that the camera
        sees, so a view is evidence for what it shows and for nothing else.
        """
        import numpy as np

        surface = self._surface(plan.isovalue)
        faces = visible_faces(self.grid, surface, plan.direction, cut=plan.cut)
        if len(faces) > self._samples:
            step = len(faces) / self._samples
            faces = faces[(np.arange(self._samples) * step).astype(np.intp)]
        sides = sides_at(self.grid, surface.centres[faces], surface.normals[faces])
        return self._facts_of(plan, surface, sides)

    def _facts_of(self, plan: ViewPlan, surface: Surface, sides: Sides) -> ViewFacts:
        import numpy as np

        seen = len(sides.low) > 0
        return ViewFacts(
            plan=plan,
            name=self.source.name,
            variable=self.variable,
            value_units=self.facts.units or ("HU" if self.ct else ""),
            length_units=self.dataset.units,
            ct=self.ct,
            facing=facing(plan.direction, self.dataset.orientation),
            area=surface.area,
            parts=surface.parts,
            largest_part=surface.largest_part,
            volume=surface.volume,
            extents=surface.extents,
            symmetry=surface.symmetry,
            gradient=float(sides.gradient.mean()) if seen else 0.0,
            agreement=float(sides.agreement.mean()) if seen else 0.0,
            level=float(sides.level.mean()) if seen else 0.0,
            sides=np.stack(
                [sides.low, sides.high, sides.low_width, sides.high_width], axis=1
            ).astype(np.float32),
        )

    def picture(self, plan: ViewPlan) -> bytes:
        """The view as a PNG of 160 × 140 pixels.

        Raises:
            RenderError: There is no OpenGL.
        """
        from multivis.volumes.pipeline.pictures import png, render
        from multivis.volumes.pipeline.scene import build_scene
        from multivis.volumes.specification import (
            Camera,
            ClipStage,
            IsosurfaceStage,
            Specification,
            Stage,
        )

        stages: list[Stage] = [
            IsosurfaceStage(variable=self.variable, isovalue=plan.isovalue, name="view")
        ]
        if plan.cut:
            stages.append(ClipStage(normal=plan.direction, keep="negative", target=("view",)))
        scene = build_scene(
            Specification(
                stages=tuple(stages),
                camera=Camera(direction=plan.direction),
                size=PICTURE,
                outline=False,
            ),
            self.dataset,
        )
        return png(render(scene))


def facing(direction: tuple[float, float, float], orientation: str) -> str:
    """Where the camera stands, in words: for LPS data ``"the front"``, else ``"+x"``.

    Args:
        direction: From the object to the camera.
        orientation: As in `VolumeFacts`.
    """
    sizes = [abs(part) for part in direction]
    axis = sizes.index(max(sizes))
    positive = direction[axis] > 0
    if orientation == "LPS":
        names = (("the right", "the left"), ("the front", "the back"), ("below", "above"))
        return names[axis][positive]
    return ("+" if positive else "−") + "xyz"[axis]
