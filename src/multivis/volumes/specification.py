"""What a picture of a volume is: one JSON specification, as with charts.

A `Specification` is a tuple of stages, a camera and a few choices about the picture. It holds
no data: the same specification is built on any volume that has its variables. Every number has
bounds, and rule TE-1 reads them from here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "COLOR_MAPS",
    "NAMED_VIEWS",
    "Axis",
    "Camera",
    "ClipStage",
    "ColorMap",
    "ContourStage",
    "Film",
    "GlyphsStage",
    "Histogram",
    "IsosurfaceStage",
    "NamedView",
    "OutlineStage",
    "PointsStage",
    "SliceStage",
    "Specification",
    "Stage",
    "StreamlinesStage",
    "SurfaceStage",
    "ThresholdStage",
    "TransferPoint",
    "Vector",
    "VolumeStage",
    "stage_names",
]

Axis = Literal["x", "y", "z"]
ColorMap = Literal["viridis", "inferno", "cool-warm", "gray", "turbo", "rainbow", "bone"]
NamedView = Literal["front", "back", "left", "right", "top", "bottom", "isometric"]
VolumePreset = Literal["ct-bone", "ct-soft-tissue", "ct-skin", "mri", "cloud"]

COLOR_MAPS: tuple[str, ...] = (
    "viridis",
    "inferno",
    "cool-warm",
    "gray",
    "turbo",
    "rainbow",
    "bone",
)
NAMED_VIEWS: tuple[str, ...] = ("front", "back", "left", "right", "top", "bottom", "isometric")

Value = Annotated[float, Field(ge=-1e30, le=1e30, allow_inf_nan=False)]
"""A value of a variable, in its own units."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Component = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Vector = tuple[Component, Component, Component]
Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", description="As #rrggbb.")]
Name = Annotated[str, Field(max_length=80)]
VariableName = Annotated[str | None, Field(description="None: the first that fits.")]


class _Value(BaseModel):
    """A value: compared by content, never changed in place."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Stage(_Value):
    """What every stage has: a name that other stages and follow-ups can refer to."""

    name: Name = Field("", description="Feature or part, for example 'skull'; may be empty.")


class _Plane(_Stage):
    """A plane: an axis with a position along it, or a normal with an origin."""

    axis: Axis | None = Field(None, description="Axis that the plane is perpendicular to.")
    normal: Vector | None = Field(None, description="Normal in the data's coordinates.")
    position: Fraction = Field(0.5, description="Where between the two ends of the data.")
    origin: Vector | None = Field(
        None, description="A point of the plane in the data's units; leads over `position`."
    )

    @model_validator(mode="after")
    def _has_one_direction(self) -> _Plane:
        if self.axis is not None and self.normal is not None:
            raise ValueError("give an axis or a normal, not both")
        if self.normal is not None and sum(part * part for part in self.normal) < 1e-18:
            raise ValueError("the normal must not be the zero vector")
        return self


class IsosurfaceStage(_Stage):
    """The surface where a variable has one value (flying edges on grids)."""

    kind: Literal["isosurface"] = "isosurface"
    variable: VariableName = None
    isovalue: Value
    color: Color = "#e8dcc4"
    opacity: Fraction = 1.0
    smooth: bool = Field(False, description="Smooth the surface (windowed sinc); moves it a bit.")
    keep: Literal["all", "largest", "inner", "point"] = Field(
        "all",
        description="Which connected part: all of them, the largest, the largest one that lies "
        "inside another, or the one at `point`.",
    )
    point: Vector | None = Field(None, description="With keep 'point': in the data's coordinates.")
    up_to: Value | None = Field(
        None,
        description="On grids, show one solid body with values from the isovalue to this one, "
        "taken apart from what touches it: the largest, or the one at `point`.",
    )

    @model_validator(mode="after")
    def _has_what_it_keeps(self) -> IsosurfaceStage:
        if (self.keep == "point") != (self.point is not None):
            raise ValueError("keep 'point' and a point belong together")
        if self.up_to is not None and self.up_to <= self.isovalue:
            raise ValueError("up_to must be above the isovalue")
        if self.up_to is not None and self.keep == "inner":
            raise ValueError("a body is the largest one or the one at a point, not an inner one")
        return self


class SliceStage(_Plane):
    """A coloured cut through the data."""

    kind: Literal["slice"] = "slice"
    variable: VariableName = None
    color_map: ColorMap = "viridis"
    opacity: Fraction = 1.0
    minimum: Value | None = Field(None, description="Value of the first colour.")
    maximum: Value | None = Field(None, description="Value of the last colour.")


class TransferPoint(_Value):
    """One point of a transfer function."""

    value: Value
    color: Color
    opacity: Fraction


class VolumeStage(_Stage):
    """Volume rendering with a transfer function: a preset, points, or one from the histogram."""

    kind: Literal["volume"] = "volume"
    variable: VariableName = None
    preset: VolumePreset | None = None
    points: tuple[TransferPoint, ...] = Field((), max_length=64)
    shade: bool = True


class ClipStage(_Plane):
    """Cuts away one side of other stages; alone, it shows the data that is left."""

    kind: Literal["clip"] = "clip"
    keep: Literal["positive", "negative"] = Field(
        "positive", description="Side that stays: where the axis or normal points, or the other."
    )
    target: Literal["all"] | tuple[Name, ...] = Field(
        "all", description="Names of the stages that are cut."
    )
    variable: VariableName = Field(None, description="Colours what is left when it stands alone.")
    color_map: ColorMap = "viridis"


class ThresholdStage(_Stage):
    """The cells whose values lie in an interval."""

    kind: Literal["threshold"] = "threshold"
    variable: VariableName = None
    minimum: Value | None = None
    maximum: Value | None = None
    color_map: ColorMap = "viridis"
    color: Color | None = Field(None, description="One colour instead of the colour map.")
    opacity: Fraction = 1.0

    @model_validator(mode="after")
    def _is_an_interval(self) -> ThresholdStage:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        return self


class ContourStage(_Plane):
    """Contour lines on a slice."""

    kind: Literal["contour"] = "contour"
    variable: VariableName = None
    isovalues: tuple[Value, ...] = Field((), max_length=100, description="Empty: `count` of them.")
    count: int = Field(10, ge=1, le=100)
    color_map: ColorMap = "viridis"
    color: Color | None = Field(None, description="One colour instead of the colour map.")
    width: float = Field(2.0, ge=0.5, le=10.0, description="Line width in pixels.")


class StreamlinesStage(_Stage):
    """Streamlines of a vector field, drawn as tubes."""

    kind: Literal["streamlines"] = "streamlines"
    variable: VariableName = None
    seeds: int = Field(100, ge=1, le=20_000)
    seed_region: Literal["volume", "plane", "center"] = "volume"
    tube_radius: float = Field(
        0.003, ge=0.0, le=0.05, description="As a part of the diagonal; 0 draws lines."
    )
    color_map: ColorMap = "viridis"
    color_by: VariableName = Field(None, description="Scalar for the colour; None: the speed.")


class GlyphsStage(_Stage):
    """Arrows along a vector field."""

    kind: Literal["glyphs"] = "glyphs"
    variable: VariableName = None
    every: int = Field(0, ge=0, le=1_000, description="Take each n-th point; 0: about 2000 arrows.")
    scale: float = Field(1.0, ge=0.01, le=100.0, description="Of the length that just fits.")
    color_map: ColorMap = "viridis"


class PointsStage(_Stage):
    """The points of the data as a cloud."""

    kind: Literal["points"] = "points"
    variable: VariableName = None
    size: float = Field(3.0, ge=0.5, le=50.0, description="In pixels.")
    color_map: ColorMap = "viridis"
    color: Color | None = Field(None, description="One colour instead of the colour map.")


class SurfaceStage(_Stage):
    """A surface: reconstructed from points, or the outer one of cells."""

    kind: Literal["surface"] = "surface"
    variable: VariableName = Field(None, description="Colours it; None: one colour.")
    method: Literal["reconstruct", "extract"] = "extract"
    color: Color = "#d0d4da"
    color_map: ColorMap = "viridis"
    opacity: Fraction = 1.0


class OutlineStage(_Stage):
    """The box around the data."""

    kind: Literal["outline"] = "outline"
    color: Color = "#5b6470"


Stage = Annotated[
    IsosurfaceStage
    | SliceStage
    | VolumeStage
    | ClipStage
    | ThresholdStage
    | ContourStage
    | StreamlinesStage
    | GlyphsStage
    | PointsStage
    | SurfaceStage
    | OutlineStage,
    Field(discriminator="kind"),
]


class Camera(_Value):
    """Where from one looks; the whole object is in frame at zoom 1.

    Attributes:
        direction: A named view, or the vector from the object to the camera. "left" is the
            patient's left where the orientation of the data is anatomical.
        up: Which way is up in the picture; None: the data's z, or y when looking along z.
        zoom: 2 shows half of the width.
        orbit: Degrees that the camera is turned around the up axis from `direction`.
        elevation: Degrees that the camera is raised.
    """

    direction: NamedView | Vector = "isometric"
    up: Vector | None = None
    zoom: float = Field(1.0, ge=0.1, le=20.0)
    orbit: float = Field(0.0, ge=-360.0, le=360.0)
    elevation: float = Field(0.0, ge=-89.0, le=89.0)

    @model_validator(mode="after")
    def _has_a_direction(self) -> Camera:
        for vector in (self.direction, self.up):
            if isinstance(vector, tuple) and sum(part * part for part in vector) < 1e-18:
                raise ValueError("a direction must not be the zero vector")
        return self


class Specification(_Value):
    """A picture of a volume.

    Attributes:
        source: Fingerprint of the data it was made for; empty for any.
        stages: What is drawn, at least one.
        camera: Where from.
        size: Width and height in pixels.
        background: ``#rrggbb``; a second colour on top makes a gradient.
        scalar_bar: None: when a colour map is in use.
        outline: None: when it helps (cuts, lines, arrows, points).
        time: Index of the time step; None: the first.
        title: Written on top; empty for none.
    """

    source: str = Field("", max_length=128)
    stages: tuple[Stage, ...] = Field(min_length=1, max_length=32)
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


class Histogram(_Value):
    """A request for the distribution of one variable."""

    variable: VariableName = None
    bins: int = Field(64, ge=2, le=4096)
    minimum: Value | None = None
    maximum: Value | None = None
    logarithmic: bool = Field(True, description="Counts on a logarithmic axis.")
    time: int | None = Field(None, ge=0, le=1_000_000)


class Film(_Value):
    """A request for frames: over the time steps, around the object, or through isovalues.

    Attributes:
        specification: What each frame shows.
        over: What changes from frame to frame.
        frames: How many; over time, at most as many as there are time steps.
        isovalues: First and last isovalue; None: the range of the variable. Sweeps the first
            isosurface stage.
        seconds_per_frame: Speed when it is written as a film.
    """

    specification: Specification
    over: Literal["time", "orbit", "isovalue"]
    frames: int = Field(24, ge=2, le=2_000)
    isovalues: tuple[Value, Value] | None = None
    seconds_per_frame: float = Field(0.1, ge=0.02, le=10.0)

    @model_validator(mode="after")
    def _has_what_is_swept(self) -> Film:
        kinds = {stage.kind for stage in self.specification.stages}
        if self.over == "isovalue" and "isosurface" not in kinds:
            raise ValueError("a film over isovalues needs an isosurface stage")
        return self


def stage_names(specification: Specification) -> tuple[str, ...]:
    """A unique name for each stage: its own, or its kind, numbered where it repeats."""
    used: dict[str, int] = {}
    names = []
    for stage in specification.stages:
        base = stage.name or stage.kind
        used[base] = used.get(base, 0) + 1
        names.append(base if used[base] == 1 else f"{base} {used[base]}")
    return tuple(names)
