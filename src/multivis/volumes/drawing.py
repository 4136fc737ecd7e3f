"""What a run draws of a volume: a scene that grows stage by stage, a film, a histogram, a module.

A `Drawing` is the JSON that travels between the agent's calls, is kept beside the picture, and
is what a follow-up changes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from multivis.errors import OptionError, UnknownFieldError
from multivis.volumes.specification import (
    Camera,
    Color,
    Film,
    Histogram,
    Specification,
    Stage,
    Value,
    stage_names,
)

__all__ = ["Drawing", "FilmChoice", "ModuleCall"]

_STAGE: TypeAdapter[Any] = TypeAdapter(Stage)


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FilmChoice(_Value):
    """That the scene is a film, and what changes from frame to frame."""

    over: Literal["time", "orbit", "isovalue"]
    frames: int = Field(24, ge=2, le=2_000)
    isovalues: tuple[Value, Value] | None = None
    seconds_per_frame: float = Field(0.1, ge=0.02, le=10.0)


class ModuleCall(_Value):
    """That a generated module draws, with these parameters.

    Attributes:
        key: Its name in the memory of modules; empty when it is not kept.
        task: What it was made for.
        code: The module itself, so that the drawing is complete without the memory.
        parameters: Values for its ``PARAMETERS``.
        origin: ``"written"`` for this question, ``"stored"`` and run again, or ``"shown"``: a
            stored picture of exactly these data and parameters.
        stages: Classes of VTK that its pipeline must show when it is read back.
    """

    key: str = Field("", max_length=64)
    task: str = Field(max_length=2_000)
    code: str = Field(max_length=200_000)
    parameters: dict[str, Any] = Field(default_factory=dict)
    origin: Literal["written", "stored", "shown"] = "written"
    stages: tuple[str, ...] = Field((), max_length=40)


class Drawing(_Value):
    """One picture, film or histogram of one volume.

    Stages, camera and appearance mean what they mean in `Specification`; a drawing may have no
    stage yet. With `film` it is a film of that scene; `histogram` and `module` draw in its place.

    Attributes:
        data: Address of the volume.
    """

    data: str = Field("", max_length=4_000)
    stages: tuple[Stage, ...] = Field((), max_length=32)
    camera: Camera = Camera()
    size: tuple[Annotated[int, Field(ge=16, le=8192)], Annotated[int, Field(ge=16, le=8192)]] = (
        800,
        700,
    )
    background: Color = "#ffffff"
    background_top: Color | None = None
    scalar_bar: bool | None = None
    outline: bool | None = None
    time: int | None = Field(None, ge=0, le=1_000_000)
    title: str = Field("", max_length=200)
    film: FilmChoice | None = None
    histogram: Histogram | None = None
    module: ModuleCall | None = None

    @property
    def kind(self) -> Literal["scene", "film", "histogram", "module"]:
        """What is drawn."""
        if self.module is not None:
            return "module"
        if self.histogram is not None:
            return "histogram"
        return "film" if self.film is not None else "scene"

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw yet."""
        return not self.stages and self.histogram is None and self.module is None

    def specification(self, source: str = "") -> Specification:
        """The scene as a specification.

        Args:
            source: Fingerprint of the data.

        Raises:
            OptionError: There is no stage.
        """
        if not self.stages:
            raise OptionError("Nothing is drawn yet.", hint="Add an isosurface, a slice, …")
        shared = {name: getattr(self, name) for name in Specification.model_fields if name in _OWN}
        return Specification(source=source, **shared)

    def as_film(self, source: str = "") -> Film:
        """The film.

        Raises:
            OptionError: It is no film, or there is no stage.
        """
        if self.film is None:
            raise OptionError("The drawing is no film.", hint="Choose what the film goes over.")
        return Film(
            specification=self.specification(source),
            over=self.film.over,
            frames=self.film.frames,
            isovalues=self.film.isovalues,
            seconds_per_frame=self.film.seconds_per_frame,
        )

    # ── changing it: every change gives a new drawing ───────────────────────────────────────

    def changed(self, **fields: Any) -> Drawing:
        """The drawing with other fields, validated.

        Raises:
            pydantic.ValidationError: A value out of its bounds.
        """
        return Drawing.model_validate({**dict(self), **fields})

    def with_stage(self, stage: Stage) -> Drawing:
        """The drawing with one more stage; a stage of its name and kind is replaced by it."""
        stages = [
            old
            for old in self.stages
            if not (stage.name and (old.name, old.kind) == (stage.name, stage.kind))
        ]
        return self.changed(stages=(*stages, stage), histogram=None, module=None)

    def names(self) -> tuple[str, ...]:
        """A unique name for each stage."""
        return stage_names(self.specification()) if self.stages else ()

    def index(self, name: str) -> int:
        """Which stage a name means: its own name, its kind, or a part of either.

        Raises:
            UnknownFieldError: There is no such stage, or more than one.
        """
        wanted = " ".join(name.lower().split())
        names = [known.lower() for known in self.names()]
        if wanted in names:
            return names.index(wanted)
        near = [i for i, known in enumerate(names) if wanted and (wanted in known)]
        if not near:
            near = [i for i, stage in enumerate(self.stages) if stage.kind == wanted]
        if len(near) == 1:
            return near[0]
        what = "is no stage" if not near else "could be several stages"
        raise UnknownFieldError(
            f"{name!r} {what} of the picture.", hint="Stages: " + ", ".join(self.names()) + "."
        )

    def with_changes(self, name: str, changes: dict[str, Any]) -> Drawing:
        """The drawing with some fields of one stage changed.

        Raises:
            UnknownFieldError: No such stage.
            OptionError: The stage has no such field.
            pydantic.ValidationError: A value out of its bounds.
        """
        number = self.index(name)
        stage = self.stages[number]
        fields = type(stage).model_fields
        unknown = [key for key in changes if key not in fields or key == "kind"]
        if unknown:
            raise OptionError(
                f"A {stage.kind} has no {unknown[0]}.",
                hint="It has: " + ", ".join(key for key in fields if key != "kind") + ".",
            )
        new = _STAGE.validate_python({**dict(stage), **changes})
        return self.changed(stages=(*self.stages[:number], new, *self.stages[number + 1 :]))

    def without(self, name: str) -> Drawing:
        """The drawing without one stage.

        Raises:
            UnknownFieldError: No such stage.
        """
        number = self.index(name)
        return self.changed(stages=(*self.stages[:number], *self.stages[number + 1 :]))


_OWN = frozenset(Drawing.model_fields)
