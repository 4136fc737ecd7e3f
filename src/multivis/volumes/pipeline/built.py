"""What one stage of a specification became in VTK."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from multivis.volumes.dataset import Dataset
from multivis.volumes.pipeline.colors import lookup_table, rgb
from multivis.volumes.pipeline.fields import MASK, MASK_CUT, Field
from multivis.volumes.specification import Stage

__all__ = ["BuiltStage", "Plane", "colored_mapper", "cut_away", "plain_mapper", "surface_stage"]


@dataclass(frozen=True)
class Plane:
    """A plane in the data's coordinates; `normal` has length 1."""

    origin: tuple[float, float, float]
    normal: tuple[float, float, float]


@dataclass
class BuiltStage:
    """VTK's objects of one stage.

    Attributes:
        name: Unique in the scene.
        stage: As it was built: clamped, with its variable filled in.
        prop: The actor or volume.
        mapper: Of the prop.
        filters: The algorithms by their role (``"contour"``, ``"plane"``, ``"clip"``, …).
        variable: That is drawn or coloured.
        table: Lookup table, when a colour map is in use.
        label: For the scalar bar.
        notes: What was changed, in sentences.
    """

    name: str
    stage: Stage
    prop: Any
    mapper: Any
    filters: dict[str, Any] = field(default_factory=dict)
    variable: str = ""
    table: Any = None
    label: str = ""
    notes: list[str] = field(default_factory=list)

    def output(self) -> Any:
        """The data that is drawn, up to date."""
        self.mapper.Update()
        return self.mapper.GetInputDataObject(0, 0)


def cut_away(source: Any, planes: list[tuple[Plane, bool]], filters: dict[str, Any]) -> Any:
    """Cut polygons with planes.

    Args:
        source: Algorithm whose output is polygons, lines or points.
        planes: Each with whether its positive side stays.
        filters: Gets the clippers, by role.

    Returns:
        The last algorithm.
    """
    from vtkmodules.vtkCommonDataModel import vtkPlane
    from vtkmodules.vtkFiltersCore import vtkClipPolyData

    for index, (plane, positive) in enumerate(planes):
        function = vtkPlane()
        function.SetOrigin(*plane.origin)
        function.SetNormal(*plane.normal)
        clipper = vtkClipPolyData()
        clipper.SetInputConnection(source.GetOutputPort())
        clipper.SetClipFunction(function)
        clipper.SetInsideOut(not positive)
        filters["clip" if index == 0 else f"clip {index + 1}"] = clipper
        source = clipper
    return source


def without_masked(source: Any, masked: bool, filters: dict[str, Any]) -> Any:
    """Take away what lies where the data is not a number."""
    if not masked:
        return source
    from vtkmodules.vtkFiltersCore import vtkAssignAttribute, vtkClipPolyData

    mask = vtkAssignAttribute()
    mask.SetInputConnection(source.GetOutputPort())
    mask.Assign(MASK, "SCALARS", "POINT_DATA")
    clipper = vtkClipPolyData()
    clipper.SetInputConnection(mask.GetOutputPort())
    clipper.SetValue(MASK_CUT)
    filters["finite"] = mask
    filters["mask"] = clipper
    return clipper


def plain_mapper(source: Any) -> Any:
    """A mapper that draws in one colour."""
    from vtkmodules.vtkRenderingCore import vtkPolyDataMapper

    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(source.GetOutputPort())
    mapper.ScalarVisibilityOff()
    return mapper


def colored_mapper(
    source: Any, field_: Field, color_map: str, least: float, most: float
) -> tuple[Any, Any]:
    """A mapper that draws a variable in a colour map, and its table."""
    mapper = plain_mapper(source)
    table = lookup_table(color_map, least, most, magnitude=field_.components > 1)
    mapper.ScalarVisibilityOn()
    mapper.SetLookupTable(table)
    mapper.UseLookupTableScalarRangeOn()
    if field_.association == "point":
        mapper.SetScalarModeToUsePointFieldData()
    else:
        mapper.SetScalarModeToUseCellFieldData()
    mapper.SelectColorArray(field_.variable)
    if not field_.discrete:
        mapper.SetInterpolateScalarsBeforeMapping(field_.components == 1)
    return mapper, table


def actor_of(mapper: Any, *, color: str | None = None, opacity: float = 1.0) -> Any:
    """An actor with our material: matt, with a soft highlight."""
    from vtkmodules.vtkRenderingCore import vtkActor

    actor = vtkActor()
    actor.SetMapper(mapper)
    look = actor.GetProperty()
    look.SetInterpolationToGouraud()
    look.SetAmbient(0.1)
    look.SetDiffuse(0.92)
    look.SetSpecular(0.18)
    look.SetSpecularPower(28.0)
    look.SetOpacity(opacity)
    if color is not None:
        look.SetColor(*rgb(color))
    return actor


def flat(actor: Any) -> Any:
    """Show colours as they are, without light: for cuts and lines, whose colours are values."""
    look = actor.GetProperty()
    look.LightingOff()
    return actor


def label_of(dataset: Dataset, variable: str, components: int = 1) -> str:
    """The variable with its units, for a scalar bar."""
    unit = dataset.value_units.get(variable, "")
    text = f"{variable} magnitude" if components > 1 else variable
    return f"{text} [{unit}]" if unit else text


def surface_stage(
    name: str,
    stage: Stage,
    dataset: Dataset,
    source: Any,
    field_: Field | None,
    *,
    filters: dict[str, Any],
    color: str | None,
    color_map: str,
    opacity: float,
    interval: tuple[float, float] | None = None,
) -> BuiltStage:
    """Polygons in one colour, or coloured by a variable."""
    table, label = None, ""
    if color is None and field_ is not None:
        least, most = interval or dataset.range(field_.variable)
        mapper, table = colored_mapper(source, field_, color_map, least, most)
        label = label_of(dataset, field_.variable, field_.components)
    else:
        mapper = plain_mapper(source)
    return BuiltStage(
        name=name,
        stage=stage,
        prop=actor_of(mapper, color=color, opacity=opacity),
        mapper=mapper,
        filters=filters,
        variable=field_.variable if field_ is not None else "",
        table=table,
        label=label,
    )
