"""The ready tools for volumes (VizGenie §5.2): each adds to, or changes, one drawing.

A tool is a small step from data to a VTK pipeline. Its argument model is made from the stage of
the specification that it adds, so rule TE-1 reads the same bounds, and there is no second list.
What no ready tool does is written as a module: `multivis.volumes.module_tools`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import Any, Literal

from pydantic import Field, ValidationError, create_model

from multivis.errors import InputError, MultiVisError, UnknownFieldError
from multivis.state import Failure, FailureKind, Note
from multivis.tool import Arguments, Outcome, Tool, ToolContext
from multivis.volumes import specification as stages
from multivis.volumes.delivery import draft_chart, drawing_of, scene_summary
from multivis.volumes.drawing import Drawing, FilmChoice
from multivis.volumes.fitting import fit_histogram, fit_stage
from multivis.volumes.specification import Camera, Color, Histogram, NamedView, Value, Vector

__all__ = ["explained", "volume_tools"]


class DrawingArguments(Arguments):
    """What the tools that change the drawing have in common."""

    final: bool = Field(
        False, description="Whether the drawing is complete: it is then built and delivered."
    )
    handoff: str = Field(
        "",
        max_length=4_000,
        description="With final=true: a JSON object with the lists `assumptions`, `ambiguities` "
        "and `left_out`, for the asker.",
    )


_COMMON = set(DrawingArguments.model_fields)


def _arguments(name: str, stage: type[Any], leave_out: tuple[str, ...] = ()) -> type[Arguments]:
    """An argument model with the fields, and so the bounds, of a stage."""
    fields: dict[str, Any] = {
        key: (field.annotation, field)
        for key, field in stage.model_fields.items()
        if key not in ("kind", *leave_out)
    }
    made: type[Arguments] = create_model(
        name,
        __base__=DrawingArguments,
        __doc__=f"Arguments of the tool that draws: {stage.__doc__}",
        **fields,
    )
    return made


# ── arguments of the tools that add no stage ────────────────────────────────────────────────


class DescribeVolume(Arguments):
    """Arguments of `describe_volume`."""

    variable: str | None = Field(None, max_length=200, description="One variable, in detail.")


class CameraArguments(DrawingArguments):
    """Arguments of `camera`: what is left out stays as it is."""

    view: NamedView | None = Field(None, description="A named view.")
    direction: Vector | None = Field(
        None, description="Or the vector from the object to the camera, in data coordinates."
    )
    zoom: float | None = Field(None, ge=0.1, le=20.0, description="2 shows half of the width.")
    orbit: float | None = Field(
        None, ge=-360.0, le=360.0, description="Degrees around the up axis."
    )
    elevation: float | None = Field(None, ge=-89.0, le=89.0, description="Degrees upwards.")


class Appearance(DrawingArguments):
    """Arguments of `appearance`: what is left out stays as it is."""

    background: Color | None = None
    background_top: Color | None = Field(None, description="For a gradient.")
    width: int | None = Field(None, ge=16, le=8192, description="Pixels.")
    height: int | None = Field(None, ge=16, le=8192, description="Pixels.")
    scalar_bar: bool | None = Field(None, description="Whether to show the colour scale.")
    outline: bool | None = Field(None, description="Whether to show the box of the data.")
    time: int | None = Field(None, ge=0, le=1_000_000, description="Index of the time step.")
    title: str | None = Field(None, max_length=200)


class ChangeStage(DrawingArguments):
    """Arguments of `change_stage`: what is left out stays as it is."""

    stage: str = Field(min_length=1, max_length=80, description="Name of the stage.")
    color: Color | None = None
    opacity: float | None = Field(None, ge=0.0, le=1.0)
    isovalue: Value | None = None
    variable: str | None = Field(None, max_length=200)
    color_map: stages.ColorMap | None = None
    axis: stages.Axis | None = None
    normal: Vector | None = None
    position: float | None = Field(None, ge=0.0, le=1.0)
    keep: Literal["positive", "negative", "all", "largest", "inner", "point"] | None = Field(
        None, description="Side of a clip, or part of an isosurface."
    )
    point: Vector | None = None
    up_to: Value | None = None
    minimum: Value | None = None
    maximum: Value | None = None
    count: int | None = Field(None, ge=1, le=100)
    seeds: int | None = Field(None, ge=1, le=20_000)
    every: int | None = Field(None, ge=0, le=1_000)
    scale: float | None = Field(None, ge=0.01, le=100.0)
    size: float | None = Field(None, ge=0.5, le=50.0)
    width: float | None = Field(None, ge=0.5, le=10.0)
    tube_radius: float | None = Field(None, ge=0.0, le=0.05)
    preset: stages.VolumePreset | None = None
    shade: bool | None = None
    smooth: bool | None = None


class RemoveStage(DrawingArguments):
    """Arguments of `remove_stage`."""

    stage: str = Field(min_length=1, max_length=80, description="Name of the stage.")


class FilmArguments(DrawingArguments):
    """Arguments of `film`."""

    over: Literal["time", "orbit", "isovalue"] = Field(
        description="Time steps, a turn around the object, or a sweep through isovalues."
    )
    frames: int = Field(24, ge=2, le=2_000)
    minimum: Value | None = Field(None, description="First isovalue of a sweep.")
    maximum: Value | None = Field(None, description="Last isovalue of a sweep.")
    seconds_per_frame: float = Field(0.1, ge=0.02, le=10.0)


class FeatureArguments(Arguments):
    """Arguments of `look_up_feature`."""

    name: str = Field(
        min_length=2, max_length=200, description="What it is called: 'the nose', 'bone', …"
    )


# ── running them ────────────────────────────────────────────────────────────────────────────


def _failed(kind: FailureKind, message: str) -> Outcome:
    return Outcome(text=message, failure=Failure(kind=kind, where="volumes", message=message))


def explained(run: Callable[[Any, ToolContext], Outcome]) -> Callable[[Any, ToolContext], Outcome]:
    """A tool whose errors become failures that say how to go on."""

    def guarded(arguments: Any, context: ToolContext) -> Outcome:
        try:
            return run(arguments, context)
        except UnknownFieldError as error:
            return _failed(FailureKind.MISSING_FIELD, str(error))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the arguments"
            return _failed(FailureKind.PARAMETER, f"{where}: {first['msg'].lower()}.")
        except InputError as error:
            return _failed(FailureKind.PARAMETER, str(error))
        except MultiVisError as error:
            return _failed(FailureKind.EXECUTION, str(error))

    return guarded


def _drawn(
    drawing: Drawing, context: ToolContext, arguments: Any, notes: tuple[str, ...] = ()
) -> Outcome:
    """A changed drawing as an outcome; a final one is built, so that the model can still act."""
    final: bool = arguments.final
    if final and drawing.empty:
        return _failed(FailureKind.NO_CHART, "Nothing is drawn yet: add a stage first.")
    text = scene_summary(drawing, context.dependencies, build=final)
    said = tuple(Note(kind="information", text=note) for note in notes)
    return Outcome(
        text="\n".join([text, *(f"Note: {note}" for note in notes)]),
        update={"chart": draft_chart(drawing, context, arguments.handoff)},
        notes=said,
        final=final,
    )


def _add_stage(stage: type[Any], arguments: Any, context: ToolContext) -> Outcome:
    """Add a stage, fitted to the data: names resolved, values clamped into the data's range."""
    drawing = drawing_of(context)
    made = stage(**{k: v for k, v in dict(arguments).items() if k not in _COMMON})
    fitted, notes = fit_stage(made, context, time=drawing.time or 0)
    return _drawn(drawing.with_stage(fitted), context, arguments, notes)


def _describe(arguments: DescribeVolume, context: ToolContext) -> Outcome:
    from multivis.volumes.describe import describe_variable, describe_volume
    from multivis.volumes.fitting import data_of

    data = data_of(context)
    with data.lock:
        facts = data.volume.facts()
        if arguments.variable is None:
            return Outcome(text=describe_volume(facts))
        name = data.volume.dataset(0).resolve(arguments.variable)
        return Outcome(text=describe_variable(data.volume.dataset(0).variable(name)))


def _histogram(arguments: Any, context: ToolContext) -> Outcome:
    wanted = Histogram(**{k: v for k, v in dict(arguments).items() if k not in _COMMON})
    fitted = fit_histogram(wanted, context)
    drawing = drawing_of(context).changed(histogram=fitted, module=None, film=None)
    return _drawn(drawing, context, arguments)


def _camera(arguments: CameraArguments, context: ToolContext) -> Outcome:
    drawing = drawing_of(context)
    changes = arguments.model_dump(exclude_none=True, exclude=_COMMON | {"view"})
    if arguments.view is not None:
        # a new view starts from its own direction, whatever was turned before
        changes = {"orbit": 0.0, "elevation": 0.0, "up": None, **changes}
        changes["direction"] = arguments.view
    camera = Camera.model_validate({**dict(drawing.camera), **changes})
    return _drawn(drawing.changed(camera=camera), context, arguments)


def _appearance(arguments: Appearance, context: ToolContext) -> Outcome:
    from multivis.volumes.fitting import data_of

    drawing = drawing_of(context)
    changes = arguments.model_dump(exclude_none=True, exclude=_COMMON | {"width", "height"})
    width, height = drawing.size
    changes["size"] = (arguments.width or width, arguments.height or height)
    notes: tuple[str, ...] = ()
    if arguments.time is not None:
        last = len(data_of(context).volume.times) - 1
        if arguments.time > last:
            notes = (f"There is no time step {arguments.time}; the last one, {last}, is shown.",)
            changes["time"] = last
    return _drawn(drawing.changed(**changes), context, arguments, notes)


def _change(arguments: ChangeStage, context: ToolContext) -> Outcome:
    drawing = drawing_of(context)
    changes = arguments.model_dump(exclude_none=True, exclude=_COMMON | {"stage"})
    changed = drawing.with_changes(arguments.stage, changes)
    number = drawing.index(arguments.stage)
    fitted, notes = fit_stage(changed.stages[number], context, time=drawing.time or 0)
    placed = (*changed.stages[:number], fitted, *changed.stages[number + 1 :])
    return _drawn(changed.changed(stages=placed), context, arguments, notes)


def _remove(arguments: RemoveStage, context: ToolContext) -> Outcome:
    drawing = drawing_of(context).without(arguments.stage)
    return _drawn(drawing, context, arguments)


def _film(arguments: FilmArguments, context: ToolContext) -> Outcome:
    from multivis.volumes.fitting import data_of

    drawing = drawing_of(context)
    notes: tuple[str, ...] = ()
    frames = arguments.frames
    if arguments.over == "time":
        steps = len(data_of(context).volume.times)
        if steps < 2:
            return _failed(
                FailureKind.PARAMETER,
                "The data have one time step, so there is no film over time; go over 'orbit'.",
            )
        if frames > steps:
            frames = steps
            notes = (f"The film has a frame for each of the {steps} time steps.",)
    if arguments.over == "isovalue" and not any(s.kind == "isosurface" for s in drawing.stages):
        return _failed(FailureKind.PREREQUISITE, "A sweep needs an isosurface: add one first.")
    swept = None
    if arguments.minimum is not None and arguments.maximum is not None:
        swept = (arguments.minimum, arguments.maximum)
    film = FilmChoice(
        over=arguments.over,
        frames=frames,
        isovalues=swept,
        seconds_per_frame=arguments.seconds_per_frame,
    )
    return _drawn(drawing.changed(film=film), context, arguments, notes)


def _look_up(arguments: FeatureArguments, context: ToolContext) -> Outcome:
    from multivis.volumes.lookup import look_up_feature

    return look_up_feature(arguments.name, context)


# ── the tools ───────────────────────────────────────────────────────────────────────────────

_STAGE_TOOLS: Mapping[str, tuple[type[Any], str]] = {
    "isosurface": (
        stages.IsosurfaceStage,
        "The surface where a variable has one value. Call it once for each surface; several "
        "surfaces show through each other by their opacity.",
    ),
    "slice": (stages.SliceStage, "A coloured cut through the data along a plane."),
    "volume_rendering": (
        stages.VolumeStage,
        "Direct volume rendering with a transfer function: a preset, your points, or one made "
        "from the histogram.",
    ),
    "clip": (
        stages.ClipStage,
        "Cut away one side of other stages (by name, or all); alone, show what is left of the "
        "data. To cut away the front of what a 'front' view shows, keep the other side.",
    ),
    "threshold": (stages.ThresholdStage, "The cells whose values lie in an interval."),
    "contour": (stages.ContourStage, "Contour lines on a slice."),
    "streamlines": (stages.StreamlinesStage, "Streamlines of a vector variable."),
    "glyphs": (stages.GlyphsStage, "Arrows along a vector variable."),
    "points": (stages.PointsStage, "The points of the data as a cloud."),
    "surface": (
        stages.SurfaceStage,
        "The outer surface of cells ('extract'), or one reconstructed from points ('reconstruct').",
    ),
    "outline": (stages.OutlineStage, "The box around the data."),
}


def _ready(name: str, description: str, arguments: type[Arguments], run: Any) -> Tool:
    return Tool(name=name, description=description, arguments=arguments, run=explained(run))


@lru_cache(maxsize=1)
def volume_tools() -> tuple[Tool, ...]:
    """The ready tools of the planning agent.

    `look_up_feature` is among them where features can be looked up.
    """
    tools = [
        _ready(
            "describe_volume",
            "Size, spacing, variables with ranges, and for one variable its histogram.",
            DescribeVolume,
            _describe,
        ),
        *(
            _ready(
                name,
                description,
                _arguments(f"{stage.__name__}Arguments", stage),
                partial(_add_stage, stage),
            )
            for name, (stage, description) in _STAGE_TOOLS.items()
        ),
        _ready("camera", "Where from one looks.", CameraArguments, _camera),
        _ready(
            "appearance",
            "Background, size, colour scale, outline, title, and which time step is shown.",
            Appearance,
            _appearance,
        ),
        _ready(
            "change_stage",
            "Change some properties of a stage that is there; everything else stays.",
            ChangeStage,
            _change,
        ),
        _ready("remove_stage", "Take a stage out of the picture.", RemoveStage, _remove),
        _ready(
            "film",
            "Make a film of the scene: over the time steps, around it, or through isovalues.",
            FilmArguments,
            _film,
        ),
        _ready(
            "visualize_histogram",
            "Draw the histogram of one variable instead of a scene.",
            _arguments("HistogramArguments", Histogram),
            _histogram,
        ),
    ]
    if find_spec("multivis.volumes.features") is not None:
        tools.append(
            _ready(
                "look_up_feature",
                "The isovalue of a feature by its name, with evidence and a confidence. Where it "
                "says `body`, give isosurface those arguments as well.",
                FeatureArguments,
                _look_up,
            )
        )
    return tuple(tools)
