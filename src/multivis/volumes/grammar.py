"""Modules composed from a grammar of pipeline stages, without a model that writes code.

```
module   → source field* geometry shape* look
field    → gaussian | median | gradient | vorticity | divergence | speed | difference
geometry → contour | projection | slices
shape    → largest | relax | decimate | mirror | ball | edges
look     → solid | curvature | elevation | distance | other variable | colour map, wireframe
```

Each production is a few lines of VTK and the parameters that it brings, with their bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from multivis.errors import OptionError
from multivis.volumes.grammar_writer import Composition, Recipe, Writer, needs_image

__all__ = ["FIELDS", "GEOMETRIES", "LOOKS", "SHAPES", "Composition", "Recipe", "compose"]


# ── fields ──────────────────────────────────────────────────────────────────────────────────


def _gaussian(writer: Writer) -> None:
    needs_image(writer.recipe, "Gaussian filter")
    sigma = writer.parameter(
        "standard_deviation", 1.5, "of the Gaussian, in voxels", minimum=0.1, maximum=10.0
    )
    writer.algorithm(
        "gaussian",
        "vtkImageGaussianSmooth",
        "SetDimensionality(3)",
        f"SetStandardDeviation({sigma})",
        "SetRadiusFactor(2.5)",
    )


def _median(writer: Writer) -> None:
    needs_image(writer.recipe, "median filter")
    size = writer.parameter("kernel", 3.0, "width of the median's cube", minimum=3.0, maximum=9.0)
    writer.lines.append(f"kernel = int({size})")
    writer.algorithm("median", "vtkImageMedian3D", "SetKernelSize(kernel, kernel, kernel)")


def _gradient(writer: Writer) -> None:
    if writer.recipe.kind == "image":
        writer.algorithm(
            "gradient",
            "vtkImageGradientMagnitude",
            "SetDimensionality(3)",
            "HandleBoundariesOn()",
        )
        return
    _derived(writer, "gradients", "SetResultArrayName('gradients')")
    _calculated(writer, "mag(gradients)", ("gradients",), "gradient magnitude")


def _derived(writer: Writer, name: str, *calls: str) -> None:
    """VTK's general gradient filter on the variable."""
    variable = 'parameters["variable"]'
    writer.algorithm(
        "derivative",
        "vtkGradientFilter",
        f"SetInputScalars(vtk.vtkDataObject.FIELD_ASSOCIATION_POINTS, {variable})",
        *calls,
    )
    writer.lines.append(f"# the derivative is called {name}")


def _calculated(writer: Writer, formula: str, vectors: Sequence[str], result: str) -> None:
    """A formula over vectors of the last algorithm."""
    writer.algorithm(
        "calculator",
        "vtkArrayCalculator",
        *(f'AddVectorArrayName("{name}")' for name in vectors),
        f'SetFunction("{formula}")',
        f'SetResultArrayName("{result}")',
    )


def _vorticity(writer: Writer) -> None:
    _derived(
        writer, "vorticity", "ComputeVorticityOn()", "SetVorticityArrayName('vorticity')",
        "ComputeGradientOff()",
    )  # fmt: skip
    _calculated(writer, "mag(vorticity)", ("vorticity",), "vorticity magnitude")


def _divergence(writer: Writer) -> None:
    _derived(
        writer, "divergence", "ComputeDivergenceOn()", "SetDivergenceArrayName('divergence')",
        "ComputeGradientOff()",
    )  # fmt: skip
    writer.algorithm(
        "assigned",
        "vtkAssignAttribute",
        "Assign('divergence', vtk.vtkDataSetAttributes.SCALARS, vtk.vtkAssignAttribute.POINT_DATA)",
        expected=False,
    )


def _speed(writer: Writer) -> None:
    variable = 'parameters["variable"]'
    writer.algorithm(
        "calculator",
        "vtkArrayCalculator",
        f"AddVectorVariable('vector', {variable})",
        "SetFunction('mag(vector)')",
        "SetResultArrayName('magnitude')",
    )


def _difference(writer: Writer) -> None:
    other = writer.parameter("other", writer.recipe.other, "the variable that is taken away")
    variable = 'parameters["variable"]'
    writer.algorithm(
        "calculator",
        "vtkArrayCalculator",
        f"AddScalarVariable('first', {variable})",
        f"AddScalarVariable('second', {other})",
        "SetFunction('first - second')",
        "SetResultArrayName('difference')",
    )


# ── geometry ────────────────────────────────────────────────────────────────────────────────


def _contour(writer: Writer) -> None:
    kind = "vtkFlyingEdges3D" if writer.recipe.kind == "image" else "vtkContourFilter"
    unchanged = set(writer.recipe.fields) <= {"gaussian", "median"}
    if unchanged and "isovalue" in writer.recipe.values:
        value = writer.parameter(
            "isovalue",
            0.0,
            "value of the variable on the surface",
            minimum=writer.recipe.values.get("minimum"),
            maximum=writer.recipe.values.get("maximum"),
        )
    else:
        level = writer.parameter(
            "level", 0.4, "of the range of what is contoured", minimum=0.001, maximum=0.999
        )
        writer.lines += [
            f"{writer.last}.Update()",
            f"low, high = {writer.last}.GetOutput().GetPointData().GetScalars().GetRange()",
            f"value = low + (high - low) * {level}",
        ]
        value = "value"
    writer.algorithm("surface", kind, f"SetValue(0, {value})", "ComputeNormalsOn()")


def _projection(writer: Writer) -> None:
    needs_image(writer.recipe, "projection")
    axis = writer.parameter("axis", "y", "that is looked along", choices=("x", "y", "z"))
    mode = writer.parameter(
        "mode", "maximum", "what of each ray is shown", choices=("maximum", "minimum", "mean")
    )
    writer.algorithm(
        "projection",
        "vtkImageSlab",
        f'SetOrientation("xyz".index({axis}))',
        f'SetOperation({{"maximum": 1, "minimum": 0, "mean": 2}}[{mode}])',
    )
    writer.algorithm("surface", "vtkImageDataGeometryFilter", expected=False)


def _slices(writer: Writer) -> None:
    axis = writer.parameter("axis", "z", "that the slices are perpendicular to",
                            choices=("x", "y", "z"))  # fmt: skip
    count = writer.parameter("count", 5.0, "how many slices", minimum=2.0, maximum=40.0)
    writer.lines += [
        f'number = "xyz".index({axis})',
        "bounds = data.GetBounds()",
        "low, high = bounds[2 * number], bounds[2 * number + 1]",
        "plane = vtk.vtkPlane()",
        "plane.SetOrigin(bounds[0], bounds[2], bounds[4])",
        "plane.SetNormal(*(float(i == number) for i in range(3)))",
        f"steps = int({count})",
    ]
    writer.algorithm(
        "surface",
        "vtkCutter",
        "SetCutFunction(plane)",
        "GenerateValues(steps, (high - low) * 0.05, (high - low) * 0.95)",
    )


# ── shapes ──────────────────────────────────────────────────────────────────────────────────


def _largest(writer: Writer) -> None:
    writer.algorithm(
        "largest", "vtkPolyDataConnectivityFilter", "SetExtractionModeToLargestRegion()"
    )


def _relax(writer: Writer) -> None:
    count = writer.parameter(
        "iterations", 30.0, "of the smoothing of the surface", minimum=1.0, maximum=200.0
    )
    writer.algorithm(
        "relaxed",
        "vtkWindowedSincPolyDataFilter",
        f"SetNumberOfIterations(int({count}))",
        "SetPassBand(0.02)",
        "NonManifoldSmoothingOn()",
        "NormalizeCoordinatesOn()",
    )


def _decimate(writer: Writer) -> None:
    part = writer.parameter(
        "reduction", 0.8, "part of the triangles that is taken away", minimum=0.05, maximum=0.98
    )
    writer.algorithm("triangles", "vtkTriangleFilter", expected=False)
    writer.algorithm("decimated", "vtkQuadricDecimation", f"SetTargetReduction({part})")


def _mirror(writer: Writer) -> None:
    axis = writer.parameter("mirror_axis", "x", "perpendicular to the mirror",
                            choices=("x", "y", "z"))  # fmt: skip
    writer.algorithm(
        "mirrored",
        "vtkReflectionFilter",
        f'SetPlane("xyz".index({axis}))',
        "CopyInputOff()",
    )
    writer.algorithm("polygons", "vtkGeometryFilter", expected=False)


def _ball(writer: Writer) -> None:
    radius = writer.parameter(
        "radius", 0.3, "of the sphere, as a part of the diagonal", minimum=0.02, maximum=1.0
    )
    inside = writer.parameter("inside", False, "whether what lies in the sphere stays")
    writer.lines += [
        "box = vtk.vtkBoundingBox(data.GetBounds())",
        "center = [0.0, 0.0, 0.0]",
        "box.GetCenter(center)",
        "sphere = vtk.vtkSphere()",
        "sphere.SetCenter(center)",
        f"sphere.SetRadius(box.GetDiagonalLength() * {radius})",
    ]
    writer.algorithm(
        "cut", "vtkClipPolyData", "SetClipFunction(sphere)", f"SetInsideOut(int({inside}))"
    )


def _edges(writer: Writer) -> None:
    angle = writer.parameter(
        "angle", 30.0, "between neighbours from which an edge is sharp, in degrees",
        minimum=1.0, maximum=179.0,
    )  # fmt: skip
    writer.algorithm(
        "edges",
        "vtkFeatureEdges",
        f"SetFeatureAngle({angle})",
        "BoundaryEdgesOn()",
        "NonManifoldEdgesOff()",
        "ColoringOff()",
    )


# ── looks ───────────────────────────────────────────────────────────────────────────────────


def _solid(writer: Writer) -> list[str]:
    color = writer.parameter("color", "#e8dcc4", "of the surface, as #rrggbb")
    return [
        "mapper.ScalarVisibilityOff()",
        f"color = {color}",
        "actor.GetProperty().SetColor(*(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)))",
    ]


def _colored(name: str) -> list[str]:
    """Colours through a table over the range of the scalars that are drawn."""
    return [
        f"{name}.Update()",
        "table = vtk.vtkColorTransferFunction()",
        "table.SetColorSpaceToDiverging()",
        f"scalars = {name}.GetOutput().GetPointData().GetScalars()",
        "low, high = scalars.GetRange()",
        "middle = (low + high) / 2",
        "table.AddRGBPoint(low, 0.23, 0.30, 0.75)",
        "table.AddRGBPoint(middle, 0.87, 0.87, 0.87)",
        "table.AddRGBPoint(high, 0.71, 0.02, 0.15)",
        "mapper.SetLookupTable(table)",
        "mapper.ScalarVisibilityOn()",
    ]


def _curvature(writer: Writer) -> list[str]:
    limit = writer.parameter(
        "contrast", 0.15, "curvature that has the last colour, per unit of length",
        minimum=0.001, maximum=100.0,
    )  # fmt: skip
    writer.algorithm("curvatures", "vtkCurvatures", "SetCurvatureTypeToMean()")
    lines = _colored("curvatures")
    lines[4:4] = [f"limit = {limit}"]
    lines = [line for line in lines if "GetRange" not in line and "scalars =" not in line]
    return [line.replace("(low, ", "(-limit, ").replace("(high, ", "(limit, ").replace(
        "(low + high) / 2", "0.0") for line in lines]  # fmt: skip


def _elevation(writer: Writer) -> list[str]:
    axis = writer.parameter(
        "height_axis", "z", "that the height is measured along", choices=("x", "y", "z")
    )
    writer.lines += [
        f'up = "xyz".index({axis})',
        "sides = data.GetBounds()",
        "lowest = [sides[0], sides[2], sides[4]]",
        "highest = list(lowest)",
        "highest[up] = sides[2 * up + 1]",
    ]
    writer.algorithm(
        "heights",
        "vtkElevationFilter",
        "SetLowPoint(*lowest)",
        "SetHighPoint(*highest)",
    )
    return _colored("heights")


def _distance(writer: Writer) -> list[str]:
    writer.lines += [
        "middle_point = [0.0, 0.0, 0.0]",
        "vtk.vtkBoundingBox(data.GetBounds()).GetCenter(middle_point)",
        "ball = vtk.vtkSphere()",
        "ball.SetCenter(middle_point)",
        "ball.SetRadius(0.0)",
    ]
    writer.algorithm(
        "distances", "vtkSampleImplicitFunctionFilter", "SetImplicitFunction(ball)",
        "ComputeGradientsOff()",
    )  # fmt: skip
    return _colored("distances")


def _variable(writer: Writer) -> list[str]:
    other = writer.parameter("color_variable", writer.recipe.other, "that gives the colours")
    writer.lines += ["volume = vtk.vtkTrivialProducer()", "volume.SetOutput(data)"]
    writer.algorithm("probe", "vtkProbeFilter", "SetSourceConnection(volume.GetOutputPort())")
    writer.algorithm(
        "assigned",
        "vtkAssignAttribute",
        f"Assign({other}, vtk.vtkDataSetAttributes.SCALARS, vtk.vtkAssignAttribute.POINT_DATA)",
        expected=False,
    )
    return _colored("assigned")


def _mapped(writer: Writer) -> list[str]:
    return _colored(writer.last)


FIELDS: dict[str, Callable[[Writer], None]] = {
    "gaussian": _gaussian,
    "median": _median,
    "gradient": _gradient,
    "vorticity": _vorticity,
    "divergence": _divergence,
    "speed": _speed,
    "difference": _difference,
}
GEOMETRIES: dict[str, Callable[[Writer], None]] = {
    "contour": _contour,
    "projection": _projection,
    "slices": _slices,
}
SHAPES: dict[str, Callable[[Writer], None]] = {
    "largest": _largest,
    "relax": _relax,
    "decimate": _decimate,
    "mirror": _mirror,
    "ball": _ball,
    "edges": _edges,
}
LOOKS: dict[str, Callable[[Writer], list[str]]] = {
    "solid": _solid,
    "curvature": _curvature,
    "elevation": _elevation,
    "distance": _distance,
    "variable": _variable,
    "mapped": _mapped,
}

_OF_VECTORS = frozenset({"speed", "vorticity", "divergence", "difference"})
_VIEWS = {"x": (1, 0, 0), "y": (0, -1, 0), "z": (0, 0, 1)}


def compose(recipe: Recipe) -> Composition:
    """Write the module of a recipe.

    Raises:
        OptionError: A production does not go with the data, or there is none of that name.
    """
    for names, known in (
        (recipe.fields, FIELDS),
        ((recipe.geometry,), GEOMETRIES),
        (recipe.shapes, SHAPES),
        ((recipe.look,), LOOKS),
    ):
        unknown = [name for name in names if name not in known]
        if unknown:
            raise OptionError(f"The grammar has no {unknown[0]!r}.", hint=", ".join(known))
    writer = Writer(recipe)
    writer.parameter("variable", recipe.variable, "that is read")
    if recipe.association == "cell":
        writer.lines.insert(0, 'data.GetCellData().SetActiveScalars(parameters["variable"])')
        writer.algorithm("points", "vtkCellDataToPointData", expected=False)
    elif not _OF_VECTORS.intersection(recipe.fields):
        writer.lines.append('data.GetPointData().SetActiveScalars(parameters["variable"])')
    for name in recipe.fields:
        FIELDS[name](writer)
    GEOMETRIES[recipe.geometry](writer)
    for name in recipe.shapes:
        SHAPES[name](writer)
    look = "mapped" if recipe.geometry != "contour" and recipe.look == "solid" else recipe.look
    shown = LOOKS[look](writer)
    opacity = writer.parameter("opacity", 1.0, "of the surface", minimum=0.0, maximum=1.0)
    normals = recipe.geometry == "contour" and "edges" not in recipe.shapes
    if normals:
        writer.algorithm("normals", "vtkPolyDataNormals", "SplittingOff()", expected=False)
    return Composition(
        task=recipe.task,
        code=_module(recipe, writer, shown, opacity),
        bounds=tuple(writer.bounds),
        stages=tuple(dict.fromkeys(writer.stages)),
    )


def _module(recipe: Recipe, writer: Writer, shown: Sequence[str], opacity: str) -> str:
    """The text of the module."""
    parameters = ", ".join(f'"{name}": {value!r}' for name, value in writer.parameters.items())
    flat = recipe.geometry == "projection"
    body = [
        "source = vtk.vtkTrivialProducer()",
        "source.SetOutput(data)",
        *writer.lines,
        "mapper = vtk.vtkPolyDataMapper()",
        f"mapper.SetInputConnection({writer.last}.GetOutputPort())",
        "actor = vtk.vtkActor()",
        "actor.SetMapper(mapper)",
        *shown,
        f"actor.GetProperty().SetOpacity({opacity})",
        *(["actor.GetProperty().SetRepresentationToWireframe()"] if recipe.wireframe else []),
        *(["actor.GetProperty().LightingOff()"] if recipe.geometry != "contour" else []),
        *(["actor.GetProperty().SetLineWidth(2)"] if "edges" in recipe.shapes else []),
        "renderer = vtk.vtkRenderer()",
        "renderer.AddActor(actor)",
        "camera = renderer.GetActiveCamera()",
        "camera.SetFocalPoint(0, 0, 0)",
        *(
            [
                f'camera.SetPosition(*{_VIEWS!r}[parameters["axis"]])',
                'camera.SetViewUp(0, int(parameters["axis"] == "z"), '
                'int(parameters["axis"] != "z"))',
            ]
            if flat
            else ["camera.SetPosition(0.62, -0.78, 0.42)", "camera.SetViewUp(0, 0, 1)"]
        ),
        "renderer.ResetCamera()",
        "return renderer",
    ]
    indented = "\n".join(f"    {line}" for line in body)
    return (
        f'"""{recipe.task[:1].upper()}{recipe.task[1:]}."""\n\n'
        "import vtk\n\n"
        f"PARAMETERS = {{{parameters}}}\n\n\n"
        f"def build(data, parameters):\n{indented}\n"
    )
