"""Scenes as files: polygons for other programs, glTF, a scene for vtk.js, a page."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import InputError, OptionError, OutputError, RenderError
from multivis.volumes.pipeline.built import BuiltStage
from multivis.volumes.pipeline.page import scene_page
from multivis.volumes.pipeline.scene import Scene
from multivis.volumes.pipeline.window import captured_messages, off_screen, on_render_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FORMATS", "Mesh", "export", "meshes_of", "scene_page"]

FORMATS = (".vtp", ".vti", ".glb", ".vtkjs", ".html")


@dataclass(frozen=True)
class Mesh:
    """What one stage draws, as plain arrays.

    Attributes:
        name: Of the stage.
        positions: (n, 3) float32.
        normals: (n, 3) float32, or None.
        colors: (n, 4) uint8, or None for one colour.
        triangles: (m, 3) uint32; empty for lines and points.
        lines: (k, 2) uint32.
        points: (p,) uint32.
        color: (red, green, blue), 0 to 1.
        opacity: 0 to 1.
        lit: Whether light falls on it.
    """

    name: str
    positions: NDArray[Any]
    normals: NDArray[Any] | None
    colors: NDArray[Any] | None
    triangles: NDArray[Any]
    lines: NDArray[Any]
    points: NDArray[Any]
    color: tuple[float, float, float]
    opacity: float
    lit: bool


def export(scene: Scene, path: Path) -> Path:
    """Write a scene; the suffix says how.

    Args:
        scene: From `build_scene`.
        path: ``.vtp`` all surfaces with their values, ``.vti`` the image data itself, ``.glb``
            glTF 2.0 with colours and opacities, ``.vtkjs`` a scene that vtk.js loads, ``.html`` a
            page that turns the surfaces in a browser with no other file.

    Returns:
        The path.

    Raises:
        OptionError: Another suffix.
        InputError: The scene has nothing that this format can hold.
        OutputError: The file cannot be written.
    """
    path = Path(path)
    writers = {
        ".vtp": _write_vtp,
        ".vti": _write_vti,
        ".glb": _write_glb,
        ".vtkjs": _write_vtkjs,
        ".html": _write_page,
    }
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise OptionError(
            f"A scene cannot be exported as {path.suffix or 'a file without suffix'!r}.",
            hint="Use one of: " + ", ".join(FORMATS) + ".",
        )
    try:
        writer(scene, path)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}.", hint="Choose another folder."
        ) from error
    return path


def surfaces_of(scene: Scene) -> list[BuiltStage]:
    """The stages that are polygons, lines or points.

    Raises:
        InputError: There is none: a volume rendering alone has no surface.
    """
    found = [
        stage
        for stage in [*scene.stages, *([scene.outline] if scene.outline else [])]
        if stage.stage.kind != "volume" and stage.output().GetNumberOfPoints()
    ]
    if not any(stage is not scene.outline for stage in found):
        raise InputError(
            "The scene has no surface to export: a volume rendering is only a picture.",
            hint="Add an isosurface, or export the data as .vti.",
        )
    return found


def _write_vtp(scene: Scene, path: Path) -> None:
    """All surfaces in one file; the array ``stage`` says which cell belongs to which."""
    import numpy as np
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkAppendPolyData
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    together = vtkAppendPolyData()
    for index, stage in enumerate(s for s in surfaces_of(scene) if s is not scene.outline):
        copy = vtkPolyData()
        copy.ShallowCopy(stage.output())
        number = numpy_to_vtk(np.full(copy.GetNumberOfCells(), index, np.uint8), deep=True)
        number.SetName("stage")
        copy.GetCellData().AddArray(number)
        together.AddInputData(copy)
    writer = vtkXMLPolyDataWriter()
    writer.SetInputConnection(together.GetOutputPort())
    _run_writer(writer, path)


def _write_vti(scene: Scene, path: Path) -> None:
    """The image data that the scene was built on."""
    from vtkmodules.vtkIOXML import vtkXMLImageDataWriter

    if scene.dataset.kind != "image":
        raise InputError(
            f"The data is {scene.dataset.kind}, no image data.", hint="Export the scene as .vtp."
        )
    writer = vtkXMLImageDataWriter()
    image = scene.dataset.vtk
    for name in scene.dataset.names:
        scene.dataset.vtk_array(name).GetRange(0)  # else the first file differs by a tag
    writer.SetInputData(image)
    _run_writer(writer, path)


def _run_writer(writer: Any, path: Path) -> None:
    """Run a writer of VTK; what it complains about becomes our error."""
    if not path.parent.is_dir():
        raise OutputError(f"The folder {path.parent} does not exist.", hint="Create it first.")
    writer.SetFileName(str(path))
    writer.SetDataModeToAppended()
    writer.EncodeAppendedDataOff()
    with captured_messages() as messages:
        done = writer.Write()
    error = messages.first_error()
    if error or not done:
        raise OutputError(f"{path} cannot be written: {error or 'VTK failed'}.")


# ── meshes ──────────────────────────────────────────────────────────────────────────────────


def meshes_of(scene: Scene) -> Iterator[Mesh]:
    """What each stage draws, as plain arrays.

    Raises:
        InputError: The scene has no surface.
    """
    for stage in surfaces_of(scene):
        yield _mesh(stage)


def _mesh(stage: BuiltStage) -> Mesh:
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkTriangleFilter

    simple = vtkTriangleFilter()
    simple.SetInputData(stage.output())
    simple.PassVertsOn()
    simple.PassLinesOn()
    simple.Update()
    data = simple.GetOutput()
    positions = vtk_to_numpy(data.GetPoints().GetData()).astype(np.float32)
    normals = data.GetPointData().GetNormals()
    look = stage.prop.GetProperty()
    triangles = _cells(data.GetPolys(), 3)
    colors = _colors(stage, data)
    if colors is not None and len(colors) != len(positions):
        positions, triangles, colors = _per_cell(positions, triangles, colors, data)
        normals = None
        lines = points = np.empty((0,), np.uint32)
    else:
        lines, points = _cells(data.GetLines(), 2), _cells(data.GetVerts(), 1).ravel()
    return Mesh(
        name=stage.name,
        positions=positions,
        normals=None if normals is None else vtk_to_numpy(normals).astype(np.float32),
        colors=colors,
        triangles=triangles,
        lines=lines.reshape(-1, 2),
        points=points,
        color=look.GetColor(),
        opacity=look.GetOpacity(),
        lit=bool(look.GetLighting()),
    )


def _cells(cells: Any, corners: int) -> NDArray[Any]:
    """Cells as (n, corners); lines with more points are cut into pieces."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy

    if cells.GetNumberOfCells() == 0:
        return np.empty((0, corners), np.uint32)
    ids = vtk_to_numpy(cells.GetConnectivityArray())
    starts = vtk_to_numpy(cells.GetOffsetsArray())
    if corners != 2:
        return np.asarray(ids.reshape(-1, corners), np.uint32)
    inner = np.ones(len(ids), bool)
    inner[starts[1:] - 1] = False
    first = np.flatnonzero(inner)
    return np.asarray(np.stack([ids[first], ids[first + 1]], axis=1), np.uint32)


def _colors(stage: BuiltStage, data: Any) -> NDArray[Any] | None:
    """The colour of each point (or cell) through the lookup table, or None for one colour."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import VTK_RGBA

    if stage.table is None:
        return None
    name = stage.mapper.GetArrayName()
    array = data.GetPointData().GetArray(name) or data.GetCellData().GetArray(name)
    if array is None:
        return None
    component = -1 if array.GetNumberOfComponents() > 1 else 0
    mapped = stage.table.MapScalars(array, 0, component, VTK_RGBA)
    colors: NDArray[Any] = vtk_to_numpy(mapped).copy()
    return colors


def _per_cell(
    positions: NDArray[Any], triangles: NDArray[Any], colors: NDArray[Any], data: Any
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Points of their own for each triangle, so that cells keep their colours."""
    import numpy as np

    before = data.GetNumberOfVerts() + data.GetNumberOfLines()
    own = colors[before : before + len(triangles)]
    return (
        positions[triangles.ravel()],
        np.arange(triangles.size, dtype=np.uint32).reshape(-1, 3),
        np.repeat(own, 3, axis=0),
    )


# ── glTF ────────────────────────────────────────────────────────────────────────────────────

_FLOAT, _UNSIGNED_INT, _UNSIGNED_BYTE = 5126, 5125, 5121
_POINTS, _LINES, _TRIANGLES = 0, 1, 4


class _Gltf:
    """A glTF 2.0 document and its one buffer."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self.meshes: list[dict[str, Any]] = []
        self.materials: list[dict[str, Any]] = []
        self.nodes: list[dict[str, Any]] = []

    def accessor(self, array: NDArray[Any], kind: str, component: int, target: int) -> int:
        """Add an array; its index."""
        data = array.tobytes()
        self.views.append(
            {
                "buffer": 0,
                "byteOffset": len(self.buffer),
                "byteLength": len(data),
                "target": target,
            }
        )
        self.buffer += data + b"\0" * (-len(data) % 4)
        entry: dict[str, Any] = {
            "bufferView": len(self.views) - 1,
            "componentType": component,
            "count": len(array),
            "type": kind,
        }
        if kind == "VEC3" and component == _FLOAT:
            entry["min"] = [float(part) for part in array.min(axis=0)]
            entry["max"] = [float(part) for part in array.max(axis=0)]
        if component == _UNSIGNED_BYTE:
            entry["normalized"] = True
        self.accessors.append(entry)
        return len(self.accessors) - 1

    def add(self, mesh: Mesh) -> None:
        """Add a mesh with its material."""
        import numpy as np

        attributes = {"POSITION": self.accessor(mesh.positions, "VEC3", _FLOAT, 34962)}
        if mesh.normals is not None:
            length = np.linalg.norm(mesh.normals, axis=1, keepdims=True)
            unit = np.where(length > 0, mesh.normals / np.maximum(length, 1e-20), (0, 0, 1))
            attributes["NORMAL"] = self.accessor(unit.astype(np.float32), "VEC3", _FLOAT, 34962)
        if mesh.colors is not None:
            attributes["COLOR_0"] = self.accessor(mesh.colors, "VEC4", _UNSIGNED_BYTE, 34962)
        base = [1.0, 1.0, 1.0] if mesh.colors is not None else list(mesh.color)
        material: dict[str, Any] = {
            "name": mesh.name,
            "doubleSided": True,
            "alphaMode": "BLEND" if mesh.opacity < 1 else "OPAQUE",
            "pbrMetallicRoughness": {
                "baseColorFactor": [*(_linear(part) for part in base), mesh.opacity],
                "metallicFactor": 0.0,
                "roughnessFactor": 0.65,
            },
        }
        self.materials.append(material)
        primitives = []
        for ids, mode in (
            (mesh.triangles, _TRIANGLES),
            (mesh.lines, _LINES),
            (mesh.points, _POINTS),
        ):
            if ids.size:
                flat = ids.astype(np.uint32).ravel()
                primitives.append(
                    {
                        "attributes": attributes,
                        "indices": self.accessor(flat, "SCALAR", _UNSIGNED_INT, 34963),
                        "mode": mode,
                        "material": len(self.materials) - 1,
                    }
                )
        self.meshes.append({"name": mesh.name, "primitives": primitives})
        self.nodes.append({"name": mesh.name, "mesh": len(self.meshes) - 1})

    def document(self) -> dict[str, Any]:
        """The JSON part."""
        count = len(self.nodes)
        # glTF is y-up and in metres; the data keeps its own axes below one turned root.
        root = {
            "name": "scene",
            "children": list(range(count)),
            "rotation": [-0.7071067811865476, 0.0, 0.0, 0.7071067811865476],
        }
        return {
            "asset": {"version": "2.0", "generator": "multivis"},
            "scene": 0,
            "scenes": [{"nodes": [count]}],
            "nodes": [*self.nodes, root],
            "meshes": self.meshes,
            "materials": self.materials,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": len(self.buffer)}],
        }


def _linear(part: float) -> float:
    """A component of an sRGB colour as glTF wants it: linear."""
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _write_glb(scene: Scene, path: Path) -> None:
    """glTF 2.0 in one binary file."""
    gltf = _Gltf()
    for mesh in meshes_of(scene):
        gltf.add(mesh)
    text = json.dumps(gltf.document(), separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + len(gltf.buffer)
    with path.open("wb") as file:
        file.write(struct.pack("<4sII", b"glTF", 2, total))
        file.write(struct.pack("<I4s", len(text), b"JSON") + text)
        file.write(struct.pack("<I4s", len(gltf.buffer), b"BIN\0") + bytes(gltf.buffer))


# ── vtk.js and pages ────────────────────────────────────────────────────────────────────────


_NODES = 64
"""Steps of a colour map in a scene for vtk.js."""


@on_render_thread
def _write_vtkjs(scene: Scene, path: Path) -> None:
    """The archive that vtk.js's scene loader reads; written the same every time."""
    import tempfile
    import zipfile

    from vtkmodules.vtkIOExport import vtkJSONSceneExporter

    surfaces_of(scene)
    width, height = scene.specification.size
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "scene"
        with captured_messages() as messages, off_screen(width, height) as window:
            window.AddRenderer(scene.renderer)
            exporter = vtkJSONSceneExporter()
            exporter.SetRenderWindow(window)
            exporter.SetFileName(str(target))
            exporter.Write()
        error = messages.first_error()
        if error:
            raise RenderError(f"VTK could not export the scene: {error}.")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(target.rglob("*")):
                if file.is_file():
                    entry = zipfile.ZipInfo(file.relative_to(target).as_posix())
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    content = file.read_bytes()
                    if file == target / "index.json":
                        content = _with_lookup_tables(content, scene)
                    archive.writestr(entry, content)


def _with_lookup_tables(index: bytes, scene: Scene) -> bytes:
    """A scene's index with the colours of its variables: VTK's exporter writes none of them.

    vtk.js keeps one table for each variable; that of the first stage is taken.
    """
    found = json.loads(index)
    tables = found.setdefault("lookupTables", {})
    for stage in scene.stages:
        if stage.table is None or stage.mapper.GetArrayName() in tables:
            continue
        low, high = stage.table.GetTableRange()
        last = stage.table.GetNumberOfTableValues() - 1
        nodes = []
        for part in (step / _NODES for step in range(_NODES + 1)):
            color = stage.table.GetTableValue(round(part * last))[:3]
            nodes.append([low + part * (high - low), *color, 0.5, 0.0])
        tables[stage.mapper.GetArrayName()] = {"nodes": nodes, "vectorMode": 0}
    return json.dumps(found, indent=1).encode()


def _write_page(scene: Scene, path: Path) -> None:
    path.write_text(scene_page(scene), encoding="utf-8")
