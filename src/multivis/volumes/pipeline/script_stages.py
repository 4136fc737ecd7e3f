"""The lines of a script that make what a stage draws; each ends with `source` or `volume`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from multivis.volumes.pipeline.built import BuiltStage
from multivis.volumes.pipeline.scene import Scene
from multivis.volumes.specification import IsosurfaceStage

__all__ = ["lines_of"]


def lines_of(stage: BuiltStage, scene: Scene) -> list[str]:
    """The lines of one stage, without colours and cuts."""
    return _WRITERS[stage.stage.kind](stage, scene)


def _name(stage: BuiltStage) -> str:
    return json.dumps(stage.variable, ensure_ascii=False)


def _data(stage: BuiltStage, on_points: bool) -> str:
    """The expression for the data of a stage."""
    found = f"active(data, {_name(stage)}, on_points={on_points})"
    return f"finite({found}, {_name(stage)})" if "mask" in stage.filters else found


def _holes(stage: BuiltStage) -> list[str]:
    return ["source = without_holes(source)"] if "mask" in stage.filters else []


def _class(algorithm: Any) -> str:
    return f"vtk.{algorithm.GetClassName()}()"


def _isosurface(stage: BuiltStage, scene: Scene) -> list[str]:
    del scene
    contour = stage.filters["contour"]
    given, wanted = _data(stage, True), stage.stage
    if isinstance(wanted, IsosurfaceStage) and wanted.up_to is not None:
        values = f"{wanted.isovalue!r}, {wanted.up_to!r}, {wanted.point!r}"
        given = f"only_body({given}, {_name(stage)}, {values})"
    lines = [
        f"source = {_class(contour)}",
        f"source.SetInputData({given})",
        f"source.SetInputArrayToProcess(0, 0, 0, 0, {_name(stage)})",
        "source.ComputeNormalsOn()",
        "source.ComputeScalarsOff()",
    ]
    if "mask" in stage.filters and hasattr(contour, "SetInterpolateAttributes"):
        lines.append("source.InterpolateAttributesOn()")
    lines.append(f"source.SetValue(0, {contour.GetValue(0)!r})")
    lines += _holes(stage)
    if "region" in stage.filters:
        lines += _part(stage.filters["region"])
    if "smooth" in stage.filters:
        lines += [
            "smooth = vtk.vtkWindowedSincPolyDataFilter()",
            "smooth.SetInputConnection(source.GetOutputPort())",
            "smooth.SetNumberOfIterations(15)",
            "smooth.SetPassBand(0.1)",
            "smooth.NonManifoldSmoothingOn()",
            "smooth.NormalizeCoordinatesOn()",
            "source = vtk.vtkPolyDataNormals()",
            "source.SetInputConnection(smooth.GetOutputPort())",
            "source.SplittingOff()",
        ]
    return lines


def _part(part: Any) -> list[str]:
    """One connected part of a surface."""
    closest = part.GetExtractionModeAsString() == "ExtractClosestPointRegion"
    return [
        "part = vtk.vtkPolyDataConnectivityFilter()",
        "part.SetInputConnection(source.GetOutputPort())",
        *(
            [
                "part.SetExtractionModeToClosestPointRegion()",
                f"part.SetClosestPoint{tuple(part.GetClosestPoint())!r}",
            ]
            if closest
            else ["part.SetExtractionModeToLargestRegion()"]
        ),
        "source = vtk.vtkCleanPolyData()",
        "source.SetInputConnection(part.GetOutputPort())",
        "source.PointMergingOff()",
    ]


def _cutter(stage: BuiltStage, on_points: bool, variable: str = "source") -> list[str]:
    """A cut with a plane."""
    cutter = stage.filters["plane"]
    flying = cutter.GetClassName() == "vtkFlyingEdgesPlaneCutter"
    plane = cutter.GetPlane() if flying else cutter.GetCutFunction()
    where = f"plane({tuple(plane.GetOrigin())!r}, {tuple(plane.GetNormal())!r})"
    lines = [
        f"{variable} = {_class(cutter)}",
        f"{variable}.SetInputData({_data(stage, on_points)})",
    ]
    if not flying:
        return [*lines, f"{variable}.SetCutFunction({where})"]
    return [
        *lines,
        f"{variable}.SetPlane({where})",
        f"{variable}.InterpolateAttributesOn()",
        f"{variable}.ComputeNormalsOff()",
    ]


def _slice(stage: BuiltStage, scene: Scene) -> list[str]:
    del scene
    return [*_cutter(stage, False), *_holes(stage)]


def _contour(stage: BuiltStage, scene: Scene) -> list[str]:
    del scene
    lines = stage.filters["contour"]
    values = [lines.GetValue(index) for index in range(lines.GetNumberOfContours())]
    return [
        *_cutter(stage, True, "cut"),
        "source = vtk.vtkContourFilter()",
        "source.SetInputConnection(cut.GetOutputPort())",
        f"source.SetInputArrayToProcess(0, 0, 0, 0, {_name(stage)})",
        f"for index, value in enumerate({values!r}):",
        "    source.SetValue(index, value)",
        *_holes(stage),
    ]


def _threshold(stage: BuiltStage, scene: Scene) -> list[str]:
    threshold = stage.filters["threshold"]
    place = 0 if scene.dataset.association(stage.variable) == "point" else 1
    lines = ["threshold = vtk.vtkThreshold()"]
    used, whole = threshold.GetInput().GetNumberOfPoints(), scene.dataset.vtk.GetNumberOfPoints()
    if used < whole:
        step = _sample_step(scene.dataset.vtk, threshold.GetInput())
        lines += [
            "thin = vtk.vtkExtractVOI()",
            f"thin.SetInputData({_data(stage, False)})",
            "thin.SetVOI(*data.GetExtent())",
            f"thin.SetSampleRate({step}, {step}, {step})",
            "threshold.SetInputConnection(thin.GetOutputPort())",
        ]
    else:
        lines.append(f"threshold.SetInputData({_data(stage, False)})")
    return [
        *lines,
        "threshold.SetThresholdFunction(vtk.vtkThreshold.THRESHOLD_BETWEEN)",
        f"threshold.SetLowerThreshold({threshold.GetLowerThreshold()!r})",
        f"threshold.SetUpperThreshold({threshold.GetUpperThreshold()!r})",
        f"threshold.SetInputArrayToProcess(0, 0, 0, {place}, {_name(stage)})",
        "source = vtk.vtkGeometryFilter()",
        "source.SetInputConnection(threshold.GetOutputPort())",
        *_holes(stage),
    ]


def _sample_step(whole: Any, part: Any) -> int:
    return max(1, round(float(part.GetSpacing()[0]) / float(whole.GetSpacing()[0])))


def _clip(stage: BuiltStage, scene: Scene) -> list[str]:
    """A clip that stands alone."""
    clipper = stage.filters["clip"]
    function = clipper.GetClipFunction()
    sign = -1.0 if clipper.GetInsideOut() else 1.0
    normal = tuple(sign * part for part in function.GetNormal())
    where = f"{tuple(function.GetOrigin())!r}, {normal!r}"
    if scene.dataset.kind != "image":
        return [
            "cut = vtk.vtkTableBasedClipDataSet()",
            f"cut.SetInputData({_data(stage, False)})",
            f"cut.SetClipFunction(plane({where}))",
            "source = vtk.vtkGeometryFilter()",
            "source.SetInputConnection(cut.GetOutputPort())",
            *_holes(stage),
        ]
    return [
        "faces = vtk.vtkGeometryFilter()",
        f"faces.SetInputData({_data(stage, True)})",
        *_cutter(stage, True, "cap"),
        f"left = clipped(faces, {where})",
        "source = vtk.vtkAppendPolyData()",
        "source.AddInputConnection(left.GetOutputPort())",
        "source.AddInputConnection(cap.GetOutputPort())",
        *_holes(stage),
    ]


def _streamlines(stage: BuiltStage, scene: Scene) -> list[str]:
    tracer = stage.filters["streamlines"]
    vector = json.dumps(getattr(stage.stage, "variable", ""), ensure_ascii=False)
    seeds = tracer.GetSource()
    points = [tuple(seeds.GetPoint(index)) for index in range(seeds.GetNumberOfPoints())]
    lines = [
        "seeds = vtk.vtkPoints()",
        f"for point in {points!r}:",
        "    seeds.InsertNextPoint(*point)",
        "start = vtk.vtkPolyData()",
        "start.SetPoints(seeds)",
        f"field = active(data, {vector})",
    ]
    if json.dumps(stage.variable, ensure_ascii=False) != vector:
        lines += [
            f"other = active(data, {_name(stage)})",
            f"field.GetPointData().AddArray(other.GetPointData().GetArray({_name(stage)}))",
        ]
    lines += [
        "source = vtk.vtkStreamTracer()",
        "source.SetInputData(field)",
        f"source.SetInputArrayToProcess(0, 0, 0, 0, {vector})",
        "source.SetSourceData(start)",
        "source.SetIntegrationDirectionToBoth()",
        "source.SetIntegratorTypeToRungeKutta45()",
        f"source.SetMaximumPropagation({tracer.GetMaximumPropagation()!r})",
        f"source.SetMaximumNumberOfSteps({tracer.GetMaximumNumberOfSteps()})",
        f"source.SetInitialIntegrationStep({tracer.GetInitialIntegrationStep()!r})",
        "source.SetComputeVorticity(False)",
    ]
    if "tubes" in stage.filters:
        lines += [
            "tubes = vtk.vtkTubeFilter()",
            "tubes.SetInputConnection(source.GetOutputPort())",
            f"tubes.SetRadius({stage.filters['tubes'].GetRadius()!r})",
            "tubes.SetNumberOfSides(8)",
            "tubes.CappingOn()",
            "source = tubes",
        ]
    del scene
    return lines


def _glyphs(stage: BuiltStage, scene: Scene) -> list[str]:
    thin, glyphs = stage.filters["every"], stage.filters["glyphs"]
    every = getattr(stage.stage, "every", 1)
    lines = [f"thin = {_class(thin)}", f"thin.SetInputData(active(data, {_name(stage)}))"]
    if scene.dataset.kind == "image":
        lines += [
            "thin.SetVOI(*data.GetExtent())",
            f"thin.SetSampleRate({every}, {every}, {every})",
        ]
    else:
        lines += [
            f"thin.SetOnRatio({every})",
            "thin.RandomModeOff()",
            "thin.SetMaximumNumberOfPoints(data.GetNumberOfPoints())",
        ]
    return [
        *lines,
        "arrow = vtk.vtkArrowSource()",
        "arrow.SetTipResolution(12)",
        "arrow.SetShaftResolution(8)",
        "arrow.SetTipLength(0.38)",
        "arrow.SetTipRadius(0.13)",
        "arrow.SetShaftRadius(0.045)",
        "source = vtk.vtkGlyph3D()",
        "source.SetInputConnection(thin.GetOutputPort())",
        "source.SetSourceConnection(arrow.GetOutputPort())",
        f"source.SetInputArrayToProcess(1, 0, 0, 0, {_name(stage)})",
        "source.SetVectorModeToUseVector()",
        "source.SetScaleModeToScaleByVector()",
        f"source.SetScaleFactor({glyphs.GetScaleFactor()!r})",
        "source.OrientOn()",
        "source.SetColorModeToColorByVector()",
    ]


def _points(stage: BuiltStage, scene: Scene) -> list[str]:
    del scene
    points = stage.filters["points"]
    data = _data(stage, True) if stage.variable else "data"
    return [
        "source = vtk.vtkMaskPoints()",
        f"source.SetInputData({data})",
        f"source.SetOnRatio({points.GetOnRatio()})",
        "source.RandomModeOff()",
        "source.SetMaximumNumberOfPoints(data.GetNumberOfPoints())",
        "source.GenerateVerticesOn()",
        "source.SingleVertexPerCellOn()",
    ]


def _surface(stage: BuiltStage, scene: Scene) -> list[str]:
    del scene
    if "reconstruct" not in stage.filters:
        data = _data(stage, False) if stage.variable else "data"
        return ["source = vtk.vtkGeometryFilter()", f"source.SetInputData({data})"]
    normals, distance = stage.filters["normals"], stage.filters["distance"]
    surface = stage.filters["reconstruct"]
    return [
        "normals = vtk.vtkPCANormalEstimation()",
        "normals.SetInputData(data)",
        f"normals.SetSampleSize({normals.GetSampleSize()})",
        "normals.FlipNormalsOn()",
        "normals.SetNormalOrientationToGraphTraversal()",
        "distance = vtk.vtkSignedDistance()",
        "distance.SetInputConnection(normals.GetOutputPort())",
        f"distance.SetRadius({distance.GetRadius()!r})",
        f"distance.SetBounds{tuple(distance.GetBounds())!r}",
        f"distance.SetDimensions{tuple(distance.GetDimensions())!r}",
        "surface = vtk.vtkExtractSurface()",
        "surface.SetInputConnection(distance.GetOutputPort())",
        f"surface.SetRadius({surface.GetRadius()!r})",
        "surface.HoleFillingOn()",
        "source = vtk.vtkCleanPolyData()",
        "source.SetInputConnection(surface.GetOutputPort())",
        "source.PointMergingOff()",
    ]


def _outline(stage: BuiltStage, scene: Scene) -> list[str]:
    del stage, scene
    return ["source = vtk.vtkOutlineFilter()", "source.SetInputData(data)"]


def _volume(stage: BuiltStage, scene: Scene) -> list[str]:
    """A volume with its transfer function, number by number."""
    look, mapper = stage.prop.GetProperty(), stage.mapper
    colors, opacities = look.GetRGBTransferFunction(0), look.GetScalarOpacity(0)
    points = []
    for index in range(opacities.GetSize()):
        node = [0.0] * 4
        opacities.GetNodeValue(index, node)
        points.append((node[0], tuple(colors.GetColor(node[0])), node[1]))
    lines = [f"image = active(data, {_name(stage)})"]
    if scene.dataset.kind != "image":
        sizes = mapper.GetInputDataObject(0, 0).GetDimensions()
        lines += [
            "resample = vtk.vtkResampleToImage()",
            "resample.SetInputDataObject(image)",
            f"resample.SetSamplingDimensions{tuple(sizes)!r}",
            "resample.Update()",
            "image = resample.GetOutput()",
            f"image.GetPointData().SetActiveScalars({_name(stage)})",
        ]
    if "region" in stage.filters:
        lines += [
            "part = vtk.vtkExtractVOI()",
            "part.SetInputData(image)",
            f"part.SetVOI{tuple(stage.filters['part'].GetVOI())!r}",
            "part.Update()",
            "image = part.GetOutput()",
        ]
    lines += [
        "colors, opacities = vtk.vtkColorTransferFunction(), vtk.vtkPiecewiseFunction()",
        f"for value, color, opacity in {points!r}:",
        "    colors.AddRGBPoint(value, *color)",
        "    opacities.AddPoint(value, opacity)",
        f"mapper = {_class(mapper)}",
        "mapper.SetInputData(image)",
        "mapper.AutoAdjustSampleDistancesOff()",
        f"mapper.SetSampleDistance({mapper.GetSampleDistance()!r})",
        "volume = vtk.vtkVolume()",
        "volume.SetMapper(mapper)",
        "look = volume.GetProperty()",
        "look.SetColor(colors)",
        "look.SetScalarOpacity(opacities)",
        f"look.SetScalarOpacityUnitDistance({look.GetScalarOpacityUnitDistance()!r})",
        "look.SetInterpolationTypeToLinear()",
        f"look.SetShade({bool(look.GetShade())})",
        f"look.SetAmbient({look.GetAmbient()!r})",
        f"look.SetDiffuse({look.GetDiffuse()!r})",
        f"look.SetSpecular({look.GetSpecular()!r})",
        f"look.SetSpecularPower({look.GetSpecularPower()!r})",
    ]
    planes = mapper.GetClippingPlanes()
    for index in range(planes.GetNumberOfItems() if planes else 0):
        cut = planes.GetItem(index)
        where = f"{tuple(cut.GetOrigin())!r}, {tuple(cut.GetNormal())!r}"
        lines.append(f"mapper.AddClippingPlane(plane({where}))")
    return lines


_WRITERS: dict[str, Callable[[BuiltStage, Scene], list[str]]] = {
    "isosurface": _isosurface,
    "slice": _slice,
    "volume": _volume,
    "clip": _clip,
    "threshold": _threshold,
    "contour": _contour,
    "streamlines": _streamlines,
    "glyphs": _glyphs,
    "points": _points,
    "surface": _surface,
    "outline": _outline,
}
