"""Calls a generated module, draws what it built, and reads it back. Runs inside the sandbox.

Only VTK and NumPy are imported here. `write_data` and `read_data` are the two ends of the way
that the data take into the sandbox.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["finish", "read_back_renderer", "read_data", "write_data"]

_FORMATS = {
    "vtkImageData": (".vti", "ImageData"),
    "vtkRectilinearGrid": (".vtr", "RectilinearGrid"),
    "vtkStructuredGrid": (".vts", "StructuredGrid"),
    "vtkUnstructuredGrid": (".vtu", "UnstructuredGrid"),
    "vtkPolyData": (".vtp", "PolyData"),
}
_SAMPLES = 200


class ModuleContractError(Exception):
    """The module does not do what a module has to do; the text says what."""


# ── data ────────────────────────────────────────────────────────────────────────────────────


def write_data(data: Any, stem: Path) -> Path:
    """Write a VTK data object beside `stem`; the suffix says its kind.

    Args:
        data: Image data, a grid, or polygons.
        stem: Path without a suffix.

    Returns:
        The file.
    """
    import vtkmodules.vtkIOXML as xml

    suffix, name = next(value for kind, value in _FORMATS.items() if data.IsA(kind))
    path = stem.with_suffix(suffix)
    writer = getattr(xml, f"vtkXML{name}Writer")()
    writer.SetInputData(data)
    writer.SetFileName(str(path))
    writer.SetCompressorTypeToNone()
    writer.SetDataModeToAppended()
    writer.EncodeAppendedDataOff()
    writer.Write()
    return path


def read_data(folder: Path = Path()) -> Any:
    """Read the data object that the host left in a folder.

    Raises:
        ModuleContractError: There is none.
    """
    import vtkmodules.vtkIOXML as xml

    for suffix, name in _FORMATS.values():
        path = folder / f"data{suffix}"
        if path.exists():
            reader = getattr(xml, f"vtkXML{name}Reader")()
            reader.SetFileName(str(path))
            reader.Update()
            return reader.GetOutput()
    raise ModuleContractError("The data of the module are missing.")


# ── calling, drawing, reading back ──────────────────────────────────────────────────────────


def finish(build: Any, defaults: Any) -> None:
    """Call the module on its data and write ``picture.png`` and ``read_back.json``.

    Raises:
        ModuleContractError: It defines no ``build``, or gives no renderer with something in it.
    """
    request = json.loads(Path("request.json").read_text(encoding="utf-8"))
    renderer = call_module(build, defaults, read_data(), request["parameters"])
    red, green, blue = (int(request["background"][i : i + 2], 16) / 255.0 for i in (1, 3, 5))
    renderer.SetBackground(red, green, blue)
    expected = _place(renderer, request) if request["camera"] is not None else None
    picture = _picture(renderer, tuple(request["size"]))
    records = read_back_renderer(renderer)
    records[0]["expected"] = expected
    Path("picture.png").write_bytes(picture)
    Path("read_back.json").write_text(json.dumps(records), encoding="utf-8")


def call_module(build: Any, defaults: Any, data: Any, given: dict[str, Any]) -> Any:
    """The renderer that a module builds.

    Args:
        build: What the module defines under that name.
        defaults: Its ``PARAMETERS``.
        data: The VTK data object.
        given: Values that take the place of defaults.

    Raises:
        ModuleContractError: One of them is not what a module has to define.
    """
    if not callable(build):
        raise ModuleContractError("The module defines no function build(data, parameters).")
    if not isinstance(defaults, dict):
        raise ModuleContractError("The module defines no mapping PARAMETERS.")
    if len(inspect.signature(build).parameters) != 2:
        raise ModuleContractError("build must take two arguments: data and parameters.")
    parameters = {**defaults, **{k: v for k, v in given.items() if k in defaults}}
    renderer = build(data, parameters)
    if not hasattr(renderer, "IsA") or not renderer.IsA("vtkRenderer"):
        kind = type(renderer).__name__
        raise ModuleContractError(f"build must return a vtkRenderer, and gave a {kind}.")
    if not list(_props(renderer)):
        raise ModuleContractError("The renderer holds no actor and no volume.")
    return renderer


def _place(renderer: Any, request: dict[str, Any]) -> list[float]:
    """Give the renderer the camera that was chosen outside of the module.

    Returns:
        The unit vector from the object to the camera.
    """
    from multivis.volumes.pipeline.camera import directions, place_camera, set_camera
    from multivis.volumes.pipeline.extents import corners
    from multivis.volumes.specification import Camera

    camera = Camera.model_validate(request["camera"])
    size = (int(request["size"][0]), int(request["size"][1]))
    points = corners(renderer.ComputeVisiblePropBounds())
    orientation = str(request["orientation"])
    set_camera(renderer, place_camera(camera, points, size, orientation=orientation))
    return list(directions(camera, orientation)[0])


def _picture(renderer: Any, size: tuple[int, ...]) -> bytes:
    """The PNG of a renderer, drawn off-screen."""
    # the factories of windows, mappers and volume mappers
    import vtkmodules.vtkRenderingOpenGL2
    import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401
    from vtkmodules.vtkIOImage import vtkPNGWriter
    from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkWindowToImageFilter

    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(int(size[0]), int(size[1]))
    window.AddRenderer(renderer)
    window.Render()
    grabber = vtkWindowToImageFilter()
    grabber.SetInput(window)
    grabber.ReadFrontBufferOff()
    grabber.ShouldRerenderOff()
    writer = vtkPNGWriter()
    writer.WriteToMemoryOn()
    writer.SetInputConnection(grabber.GetOutputPort())
    writer.Write()
    return bytes(memoryview(writer.GetResult()))


def _props(renderer: Any) -> Iterator[Any]:
    """The visible actors and volumes."""
    props = renderer.GetViewProps()
    for index in range(props.GetNumberOfItems()):
        prop = props.GetItemAsObject(index)
        if prop.GetVisibility() and (prop.IsA("vtkActor") or prop.IsA("vtkVolume")):
            yield prop


def read_back_renderer(renderer: Any) -> list[dict[str, Any]]:
    """What the VTK objects say: the camera first, then each actor or volume.

    An actor's record has its algorithms from the data to the mapper, with the values that they
    were given, how much it draws and where; a contour says how far its points are from its values.
    """
    camera = renderer.GetActiveCamera()
    records: list[dict[str, Any]] = [
        {
            "kind": "camera",
            "direction": [-part for part in camera.GetDirectionOfProjection()],
            "up": list(camera.GetViewUp()),
            "bounds": list(renderer.ComputeVisiblePropBounds()),
        }
    ]
    records += [_read_prop(prop) for prop in _props(renderer)]
    return records


def _read_prop(prop: Any) -> dict[str, Any]:
    mapper = prop.GetMapper()
    if mapper is None:
        return {"kind": "actor", "points": 0, "cells": 0, "algorithms": []}
    mapper.Update()
    drawn = mapper.GetInputDataObject(0, 0)
    record: dict[str, Any] = {
        "kind": "volume" if prop.IsA("vtkVolume") else "actor",
        "points": int(drawn.GetNumberOfPoints()) if drawn is not None else 0,
        "cells": int(drawn.GetNumberOfCells()) if drawn is not None else 0,
        "bounds": list(prop.GetBounds()),
        "algorithms": [_read_algorithm(algorithm) for algorithm in _upstream(mapper)],
    }
    look = prop.GetProperty()
    if record["kind"] == "actor":
        record["opacity"] = look.GetOpacity()
        record["color"] = "#" + "".join(f"{round(255 * part):02x}" for part in look.GetColor())
        colored = mapper.GetScalarVisibility() and _has_scalars(drawn)
        record["scalars"] = list(mapper.GetScalarRange()) if colored else None
    return record


def _has_scalars(drawn: Any) -> bool:
    if drawn is None:
        return False
    return bool(drawn.GetPointData().GetScalars() or drawn.GetCellData().GetScalars())


def _upstream(mapper: Any) -> list[Any]:
    """The algorithms that feed a mapper, from the data on; at most fifty."""
    found: list[Any] = []
    waiting = [mapper]
    while waiting and len(found) < 50:
        algorithm = waiting.pop(0)
        for port in range(algorithm.GetNumberOfInputPorts()):
            for index in range(algorithm.GetNumberOfInputConnections(port)):
                producer = algorithm.GetInputAlgorithm(port, index)
                if producer is not None and producer not in found:
                    found.append(producer)
                    waiting.append(producer)
    return list(reversed(found))


#: Values that say what an algorithm was asked to do.
_GETTERS: tuple[tuple[str, str], ...] = (
    ("GetStandardDeviations", "standard_deviations"),
    ("GetRadiusFactors", "radius_factors"),
    ("GetKernelSize", "kernel_size"),
    ("GetLowerThreshold", "minimum"),
    ("GetUpperThreshold", "maximum"),
    ("GetNumberOfIterations", "iterations"),
    ("GetTargetReduction", "target_reduction"),
    ("GetScaleFactor", "scale"),
    ("GetExtractionMode", "extraction_mode"),
    ("GetCurvatureType", "curvature_type"),
    ("GetSlabMode", "slab_mode"),
    ("GetSlabThickness", "slab_thickness"),
)


#: Algorithms whose values are isovalues of their input's scalars.
_CONTOURS = frozenset(
    {
        "vtkContourFilter",
        "vtkContourGrid",
        "vtkFlyingEdges2D",
        "vtkFlyingEdges3D",
        "vtkMarchingContourFilter",
        "vtkMarchingCubes",
        "vtkMarchingSquares",
        "vtkSynchronizedTemplates2D",
        "vtkSynchronizedTemplates3D",
    }
)


def _read_algorithm(algorithm: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"class": algorithm.GetClassName()}
    for getter, name in _GETTERS:
        record |= _value(algorithm, getter, name)
    if algorithm.GetClassName() in _CONTOURS:
        count = algorithm.GetNumberOfContours()
        record["values"] = [algorithm.GetValue(index) for index in range(min(count, 100))]
        record["deviation"] = _deviation(algorithm, record["values"])
    return record


def _value(algorithm: Any, getter: str, name: str) -> dict[str, Any]:
    """One value of an algorithm, if it has it and it is a number or a few."""
    call: Callable[[], Any] | None = getattr(algorithm, getter, None)
    if call is None:
        return {}
    try:
        value = call()
    except TypeError:  # the getter wants an argument: another class's meaning of the name
        return {}
    if isinstance(value, int | float):
        return {name: value}
    if isinstance(value, tuple) and all(isinstance(part, int | float) for part in value):
        return {name: list(value)}
    return {}


def _contoured(contour: Any, source: Any) -> Any:
    """The array that a contour is made of: the one it was told, else the active scalars."""
    from vtkmodules.vtkCommonDataModel import vtkDataObject

    told = contour.GetInputArrayInformation(0)
    name = told.Get(vtkDataObject.FIELD_NAME()) if told is not None else None
    found = source.GetPointData().GetArray(name) if name else None
    return found or source.GetPointData().GetScalars()


def _deviation(contour: Any, values: list[float]) -> float | None:
    """How far the scalars at the contour's points are from its values, as a part of the range.

    The input of the contour is interpolated at its own output points: a surface lies where the
    scalars say when this is small.
    """
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkProbeFilter

    source, output = contour.GetInputDataObject(0, 0), contour.GetOutput()
    array = _contoured(contour, source) if source is not None else None
    count = output.GetNumberOfPoints()
    if array is None or not count or not values:
        return None
    points = vtkPoints()
    for index in range(0, count, max(1, count // _SAMPLES)):
        points.InsertNextPoint(output.GetPoint(index))
    cloud = vtkPolyData()
    cloud.SetPoints(points)
    probe = vtkProbeFilter()
    probe.SetInputData(cloud)
    probe.SetSourceData(source)
    probe.Update()
    probed = probe.GetOutput().GetPointData()
    found, valid = probed.GetArray(array.GetName()), probed.GetArray("vtkValidPointMask")
    low, high = array.GetRange()
    if found is None or valid is None or high <= low:
        return None
    apart = [
        min(abs(found.GetValue(index) - value) for value in values) / (high - low)
        for index in range(found.GetNumberOfTuples())
        if valid.GetValue(index)
    ]
    return max(apart) if apart else None
