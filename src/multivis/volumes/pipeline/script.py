"""The script that draws a scene: plain VTK, every number written out.

What is written is read from the built scene, so the script draws what was checked. Formats that
VTK reads by itself need nothing but VTK; for others, and for phantoms, one line asks multivis for
the data.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from multivis.volumes.pipeline.body import body_labels, only_body
from multivis.volumes.pipeline.built import BuiltStage
from multivis.volumes.pipeline.colors import CONTROL_COLORS
from multivis.volumes.pipeline.fields import MASK, MASK_CUT
from multivis.volumes.pipeline.furniture import LIGHTS, ink_of
from multivis.volumes.pipeline.scene import Scene, build_scene
from multivis.volumes.readers.addresses import is_pattern, suffix_of
from multivis.volumes.specification import Specification

__all__ = ["write_script"]

_READERS = {
    ".vti": "vtkXMLImageDataReader",
    ".vtu": "vtkXMLUnstructuredGridReader",
    ".vtp": "vtkXMLPolyDataReader",
    ".vtr": "vtkXMLRectilinearGridReader",
    ".vts": "vtkXMLStructuredGridReader",
    ".vtk": "vtkDataSetReader",
}


def write_script(
    specification: Specification,
    address: str,
    *,
    scene: Scene | None = None,
    output: str = "picture.png",
) -> str:
    """A Python script that draws a specification and saves the picture.

    Args:
        specification: What is drawn.
        address: Where the script finds the data.
        scene: Built from the specification; None: it is built here from the address.
        output: The picture that the script writes, if no other name is given to it.

    Raises:
        MultiVisError: The data cannot be opened, or the specification not be built.
    """
    if scene is None:
        from multivis.volumes.dataset import open_volume

        with open_volume(address) as source:
            scene = build_scene(specification, source.dataset(specification.time or 0))
    parts = [_opening(scene, address), _HELPERS]
    if any(_field_masked(stage) for stage in scene.stages):
        parts.append(_FINITE)
    if any(getattr(stage.stage, "up_to", None) is not None for stage in scene.stages):
        parts += ["from typing import Any", inspect.getsource(body_labels)]
        parts.append(inspect.getsource(only_body))
    parts.append(_scene_code(scene))
    drawn = [*scene.stages, *([scene.outline] if scene.outline is not None else [])]
    parts += [_stage_code(index, stage, scene) for index, stage in enumerate(drawn)]
    parts += [_furniture(scene, len(drawn)), _camera_code(scene), _SAVE.replace("OUTPUT", output)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _field_masked(stage: BuiltStage) -> bool:
    return "mask" in stage.filters


def _text(value: Any) -> str:
    """A value as Python writes it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        inside = ", ".join(_text(part) for part in value)
        return f"({inside}{',' if len(value) == 1 else ''})"
    return repr(value)


def _opening(scene: Scene, address: str) -> str:
    """Imports and the data."""
    specification = scene.specification
    title = specification.title or ", ".join(stage.name for stage in scene.stages)
    suffix = suffix_of(address)
    lines = ['"""' + title.replace("\\", "").replace('"', "'")]
    plain = (
        suffix in _READERS
        and not scene.dataset.notes
        and not is_pattern(address)
        and scene.dataset.direction == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    )
    needs = "vtk" if plain else "vtk and multivis, which reads the data"
    lines += [
        "",
        f"Needs {needs}. Run: python script.py [picture.png]",
        '"""',
        "",
        "import sys",
        "",
    ]
    lines += ["import vtk"]
    if plain:
        lines += [
            "",
            f"reader = vtk.{_READERS[suffix]}()",
            f"reader.SetFileName({_text(str(Path(address)))})",
        ]
        if suffix == ".vtk":
            lines += ["reader.ReadAllScalarsOn()", "reader.ReadAllVectorsOn()"]
        lines += ["reader.Update()", "data = reader.GetOutput()"]
    else:
        lines += [
            "from multivis.volumes import open_volume",
            "",
            f"data = open_volume({_text(address)}).dataset({specification.time or 0}).vtk",
        ]
    return "\n".join(lines)


_HELPERS = '''
def rgb(color):
    """"#rrggbb" as three numbers from 0 to 1."""
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))


def active(data, name, on_points=True):
    """The data with one variable, active, and moved to the points if asked."""
    copy = data.NewInstance()
    copy.CopyStructure(data)
    values = data.GetPointData().GetArray(name)
    target = copy.GetPointData()
    if values is None:
        values, target = data.GetCellData().GetArray(name), copy.GetCellData()
    target.AddArray(values)
    moved = target is not copy.GetPointData() and on_points
    if moved:
        mover = vtk.vtkCellDataToPointData()
        mover.SetInputData(copy)
        mover.PassCellDataOff()
        mover.Update()
        copy = mover.GetOutput()
        target = copy.GetPointData()
    if values.GetNumberOfComponents() == 3:
        target.SetActiveVectors(name)
    if values.GetNumberOfComponents() == 1:
        target.SetActiveScalars(name)
    return copy


def plane(origin, normal):
    """An infinite plane."""
    made = vtk.vtkPlane()
    made.SetOrigin(*origin)
    made.SetNormal(*normal)
    return made


def clipped(source, origin, normal):
    """Keep what lies where the normal points to."""
    clipper = vtk.vtkClipPolyData()
    clipper.SetInputConnection(source.GetOutputPort())
    clipper.SetClipFunction(plane(origin, normal))
    return clipper


def lookup_table(colors, least, most):
    """Evenly spaced colours, mixed into 256."""
    table = vtk.vtkLookupTable()
    table.SetNumberOfTableValues(256)
    for index in range(256):
        place = index / 255 * (len(colors) - 1)
        first = min(int(place), len(colors) - 2)
        low, high = rgb(colors[first]), rgb(colors[first + 1])
        part = place - first
        mixed = [a + (b - a) * part for a, b in zip(low, high)]
        table.SetTableValue(index, *mixed, 1.0)
    table.SetTableRange(least, most)
    table.SetNanColor(1, 1, 1, 0)
    table.Build()
    return table


def actor_of(source, color=None, opacity=1.0, lit=True):
    """Polygons, lines or points as an actor."""
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputConnection(source.GetOutputPort())
    mapper.ScalarVisibilityOff()
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    look = actor.GetProperty()
    look.SetInterpolationToGouraud()
    look.SetAmbient(0.1)
    look.SetDiffuse(0.92)
    look.SetSpecular(0.18)
    look.SetSpecularPower(28.0)
    look.SetOpacity(opacity)
    look.SetLighting(lit)
    if color is not None:
        look.SetColor(*rgb(color))
    return actor


def color_by(actor, name, table, on_points=True):
    """Colour an actor by a variable."""
    mapper = actor.GetMapper()
    mapper.ScalarVisibilityOn()
    mapper.SetLookupTable(table)
    mapper.UseLookupTableScalarRangeOn()
    if on_points:
        mapper.SetScalarModeToUsePointFieldData()
    else:
        mapper.SetScalarModeToUseCellFieldData()
    mapper.SelectColorArray(name)
    mapper.SetInterpolateScalarsBeforeMapping(table.GetVectorMode() != table.MAGNITUDE)
'''

_FINITE = f'''
def finite(data, name):
    """The data with NaN replaced, and an array that is 0 where there was one."""
    import numpy as np
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy

    values = vtk_to_numpy(data.GetPointData().GetArray(name))
    good = np.isfinite(values)
    filled = numpy_to_vtk(np.where(good, values, values[good].min()), deep=True)
    filled.SetName(name)
    mask = numpy_to_vtk(good.astype("u1") * 255, deep=True)
    mask.SetName({MASK!r})
    data.GetPointData().AddArray(filled)
    data.GetPointData().SetActiveScalars(name)
    data.GetPointData().AddArray(mask)
    return data


def without_holes(source):
    """Take away what lies where the data is not a number."""
    mask = vtk.vtkAssignAttribute()
    mask.SetInputConnection(source.GetOutputPort())
    mask.Assign({MASK!r}, "SCALARS", "POINT_DATA")
    clipper = vtk.vtkClipPolyData()
    clipper.SetInputConnection(mask.GetOutputPort())
    clipper.SetValue({MASK_CUT})
    return clipper
'''

_SAVE = """
window = vtk.vtkRenderWindow()
window.SetOffScreenRendering(True)
window.SetMultiSamples(0)
window.SetAlphaBitPlanes(True)
window.SetSize(*SIZE)
window.AddRenderer(renderer)
window.Render()
grab = vtk.vtkWindowToImageFilter()
grab.SetInput(window)
grab.ReadFrontBufferOff()
writer = vtk.vtkPNGWriter()
writer.SetInputConnection(grab.GetOutputPort())
writer.SetFileName(sys.argv[1] if len(sys.argv) > 1 else "OUTPUT")
writer.Write()
"""


def _scene_code(scene: Scene) -> str:
    """The renderer with its background and lights."""
    specification = scene.specification
    lines = [
        f"SIZE = {_text(specification.size)}",
        "vtk.vtkMapper.SetResolveCoincidentTopologyToPolygonOffset()",
        "renderer = vtk.vtkRenderer()",
        f"renderer.SetBackground(*rgb({_text(specification.background)}))",
    ]
    if specification.background_top is not None:
        lines += [
            f"renderer.SetBackground2(*rgb({_text(specification.background_top)}))",
            "renderer.GradientBackgroundOn()",
        ]
    lines += [
        "renderer.AutomaticLightCreationOff()",
        f"for direction, color, intensity in {LIGHTS!r}:",
        "    light = vtk.vtkLight()",
        "    light.SetLightTypeToCameraLight()",
        "    light.SetPosition(*direction)",
        "    light.SetFocalPoint(0.0, 0.0, 0.0)",
        "    light.SetColor(*color)",
        "    light.SetIntensity(intensity)",
        "    renderer.AddLight(light)",
        "renderer.UseFXAAOn()",
    ]
    if scene.renderer.GetUseDepthPeeling():
        lines += [
            "renderer.UseDepthPeelingOn()",
            f"renderer.SetMaximumNumberOfPeels({scene.renderer.GetMaximumNumberOfPeels()})",
            "renderer.SetOcclusionRatio(0.0)",
        ]
    return "\n".join(lines)


def _stage_code(index: int, stage: BuiltStage, scene: Scene) -> str:
    """The lines of one stage, ending with its prop in the renderer."""
    from multivis.volumes.pipeline.script_stages import lines_of

    lines = [f"# {stage.name}", *lines_of(stage, scene)]
    if stage.stage.kind == "volume":
        return "\n".join([*lines, "renderer.AddVolume(volume)"])
    lines += _cut_lines(stage)
    look = stage.prop.GetProperty()
    color = None if stage.table is not None else _hex(look.GetColor())
    lines.append(
        f"actor = actor_of(source, color={_text(color)}, opacity={look.GetOpacity()!r}, "
        f"lit={bool(look.GetLighting())})"
    )
    if stage.table is not None:
        lines += _table_lines(index, stage)
    if look.GetLineWidth() != 1.0:
        lines.append(f"actor.GetProperty().SetLineWidth({look.GetLineWidth()!r})")
    if look.GetPointSize() != 1.0:
        lines.append(f"actor.GetProperty().SetPointSize({look.GetPointSize()!r})")
    if stage.stage.kind == "slice":
        lines.append(
            "actor.GetMapper().SetRelativeCoincidentTopologyPolygonOffsetParameters(1.0, 1.0)"
        )
    if stage.stage.kind == "contour":
        lines.append(
            "actor.GetMapper().SetRelativeCoincidentTopologyLineOffsetParameters(-1.0, -4.0)"
        )
        lines.append("actor.GetMapper().SetResolveCoincidentTopologyToPolygonOffset()")
    return "\n".join([*lines, "renderer.AddActor(actor)"])


def _hex(parts: Any) -> str:
    from multivis.volumes.pipeline.colors import hex_of

    return hex_of(parts)


def _cut_lines(stage: BuiltStage) -> list[str]:
    """The planes that cut a stage."""
    lines: list[str] = []
    if stage.stage.kind == "clip":
        return lines
    for role, clipper in stage.filters.items():
        if role.startswith("clip"):
            function = clipper.GetClipFunction()
            sign = -1.0 if clipper.GetInsideOut() else 1.0
            normal = tuple(sign * part for part in function.GetNormal())
            lines.append(
                f"source = clipped(source, {_text(function.GetOrigin())}, {_text(normal)})"
            )
    return lines


def _table_lines(index: int, stage: BuiltStage) -> list[str]:
    """The lookup table of a stage."""
    colors = CONTROL_COLORS[stage.stage.color_map]  # type: ignore[union-attr]
    least, most = stage.table.GetTableRange()
    on_points = stage.mapper.GetScalarMode() == 3
    lines = [f"table_{index} = lookup_table({_text(colors)}, {least!r}, {most!r})"]
    if stage.table.GetVectorMode() == stage.table.MAGNITUDE:
        lines.append(f"table_{index}.SetVectorModeToMagnitude()")
    name = stage.mapper.GetArrayName()
    lines.append(f"color_by(actor, {_text(name)}, table_{index}, on_points={on_points})")
    return lines


def _furniture(scene: Scene, count: int) -> str:
    """Scalar bars and the title."""
    lines: list[str] = []
    tables = {
        id(stage.table): index
        for index, stage in enumerate(scene.stages)
        if stage.table is not None
    }
    for bar in scene.scalar_bars:
        values = bar.GetCustomLabels()
        ticks = [values.GetValue(i) for i in range(values.GetNumberOfTuples())]
        index = next(
            number
            for number, stage in enumerate(scene.stages)
            if stage.table is bar.GetLookupTable() or tables.get(id(bar.GetLookupTable())) == number
        )
        title, labels = bar.GetTitleTextProperty(), bar.GetLabelTextProperty()
        lines += [
            "bar = vtk.vtkScalarBarActor()",
            f"bar.SetLookupTable(table_{index})",
            f"bar.SetTitle({_text(bar.GetTitle())})",
            "ticks = vtk.vtkDoubleArray()",
            f"for value in {_text(ticks)}:",
            "    ticks.InsertNextValue(value)",
            "bar.SetUseCustomLabels(True)",
            "bar.SetCustomLabels(ticks)",
            "bar.SetUnconstrainedFontSize(True)",
            f"bar.SetLabelFormat({_text(bar.GetLabelFormat())})",
            f"bar.SetVerticalTitleSeparation({bar.GetVerticalTitleSeparation()})",
            f"bar.SetBarRatio({bar.GetBarRatio()!r})",
            "bar.SetMaximumWidthInPixels(10_000)",
            f"bar.SetPosition{_text(tuple(bar.GetPosition()))}",
            f"bar.SetWidth({bar.GetWidth()!r})",
            f"bar.SetHeight({bar.GetHeight()!r})",
        ]
        for name, text in (("Title", title), ("Label", labels)):
            lines += _font_lines(f"bar.Get{name}TextProperty()", text)
        lines += ["bar.GetTitleTextProperty().SetJustificationToLeft()", "renderer.AddActor(bar)"]
    if scene.specification.title:
        size = max(8, round(scene.specification.size[1] / 30.0))
        lines += [
            "title = vtk.vtkTextActor()",
            f"title.SetInput({_text(scene.specification.title)})",
            "title.GetTextProperty().SetFontFamilyToArial()",
            f"title.GetTextProperty().SetColor{_text(ink_of(scene.specification))}",
            f"title.GetTextProperty().SetFontSize({size})",
            "title.GetTextProperty().SetJustificationToCentered()",
            "title.GetTextProperty().SetVerticalJustificationToTop()",
            "title.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()",
            "title.SetPosition(0.5, 0.985)",
            "renderer.AddActor(title)",
        ]
    return "\n".join(lines)


def _font_lines(target: str, text: Any) -> list[str]:
    return [
        f"{target}.SetFontFamilyToArial()",
        f"{target}.SetColor{_text(tuple(text.GetColor()))}",
        f"{target}.SetFontSize({text.GetFontSize()})",
        f"{target}.BoldOff()",
        f"{target}.ItalicOff()",
        f"{target}.ShadowOff()",
    ]


def _camera_code(scene: Scene) -> str:
    """The camera, number by number."""
    camera = scene.renderer.GetActiveCamera()
    return "\n".join(
        [
            "camera = renderer.GetActiveCamera()",
            f"camera.SetViewAngle({camera.GetViewAngle()!r})",
            f"camera.SetPosition{_text(tuple(camera.GetPosition()))}",
            f"camera.SetFocalPoint{_text(tuple(camera.GetFocalPoint()))}",
            f"camera.SetViewUp{_text(tuple(camera.GetViewUp()))}",
            f"camera.SetClippingRange{_text(tuple(camera.GetClippingRange()))}",
            f"camera.SetWindowCenter{_text(tuple(camera.GetWindowCenter()))}",
        ]
    )
