"""What multivis adds to bare VTK, what one pipeline saves, and how much memory a volume takes.

Run: ``python benchmarks/volumes.py [part …]`` with the parts ``tools``, ``sweep``, ``memory`` and
``large``; all of them when none is named. Each part says its target and fails when it is missed.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZE = (800, 700)
WARM_RATIO = 1.3
SWEEP_RATIO = 8.0
MEMORY_RATIO = 2.2
LARGE_BYTES = 6e9
SCRIPTS = 12
"""Fresh scripts that are really run of the 300; they differ in isovalue and angle alone."""


def paired(first: Callable[[], Any], second: Callable[[], Any], times: int) -> list[float]:
    """Medians of two pieces of work done in turns: processor seconds, then wall seconds.

    Processor time (all threads of the process) is what other programs on the machine change
    least; the work done in turns meets the same load.
    """
    found: list[list[float]] = [[], [], [], []]
    for _ in range(times):
        for place, work in enumerate((first, second)):
            wall, processor = time.perf_counter(), time.process_time()
            work()
            found[place].append(time.process_time() - processor)
            found[place + 2].append(time.perf_counter() - wall)
    return [sorted(values)[len(values) // 2] for values in found]


# ── a warm tool against bare VTK ────────────────────────────────────────────────────────────


def bare(specification: Any, dataset: Any) -> Callable[[], Any]:
    """The same picture by hand: the exported script's own lines, in a window that is kept.

    What multivis does beyond VTK (resolving, clamping, framing, reading back) is not in it; the
    lights, the outline and the scalar bar are, since the picture has them.
    """
    import vtk

    from multivis.volumes.pipeline import build_scene
    from multivis.volumes.pipeline.script import write_script
    from multivis.volumes.pipeline.window import picture_of

    text = write_script(specification, "phantom:head", scene=build_scene(specification, dataset))
    body = text[text.index("def rgb(") : text.index("window = vtk.vtkRenderWindow()")]
    code = compile(body, "bare.py", "exec")
    window = vtk.vtkEGLRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetAlphaBitPlanes(True)
    window.SetSize(*SIZE)

    def draw() -> None:
        names: dict[str, Any] = {"vtk": vtk, "data": dataset.vtk}
        exec(code, names)
        window.AddRenderer(names["renderer"])
        window.Render()
        picture_of(window)
        names["renderer"].ReleaseGraphicsResources(window)
        window.RemoveRenderer(names["renderer"])

    return draw


def tools(size: int = 256) -> bool:
    """Warm ready tools, checks included, against the least VTK."""
    from multivis.volumes import Specification, open_volume
    from multivis.volumes.checks import check_scene
    from multivis.volumes.pipeline import build_scene, render
    from multivis.volumes.pipeline.window import on_render_thread

    dataset = open_volume(f"phantom:head?size={size}").dataset()
    dataset.range("density")
    cases: dict[str, tuple[dict[str, Any], int]] = {
        "isosurface": ({"kind": "isosurface", "isovalue": 505.0}, 7),
        "slice": ({"kind": "slice", "axis": "z"}, 7),
        "threshold": ({"kind": "threshold", "minimum": 300.0, "color": "#e8dcc4"}, 3),
        "volume": ({"kind": "volume", "preset": "ct-bone"}, 2),
    }
    good = True
    print(f"warm ready tool at {size}³ against bare VTK (target ≤ {WARM_RATIO})")
    for name, (stage, times) in cases.items():
        specification = Specification.model_validate({"stages": [stage], "size": SIZE})

        def tool(specification: Specification = specification) -> Any:
            return render(build_scene(specification, dataset))

        def checked(specification: Specification = specification) -> None:
            scene = build_scene(specification, dataset)
            check_scene(specification, scene, render(scene), dataset)

        tool()
        plain = on_render_thread(bare)(specification, dataset)
        draw = on_render_thread(plain)
        draw()
        ours, theirs, our_wall, their_wall = paired(tool, draw, times)
        whole, again, _, _ = paired(checked, draw, times)
        ratio = ours / theirs
        good = good and ratio <= WARM_RATIO
        print(
            f"  {name:<11} processor time: bare {theirs:6.3f} s, tool {ours:6.3f} s, ratio "
            f"{ratio:.2f}, with all checks {whole / again:.2f}   "
            f"wall: {their_wall:.3f} s, {our_wall:.3f} s"
        )
    return good


# ── a sweep against fresh scripts ───────────────────────────────────────────────────────────

SCRIPT = """
import sys
import vtk
reader = vtk.vtkXMLImageDataReader()
reader.SetFileName(sys.argv[1])
contour = vtk.vtkFlyingEdges3D()
contour.SetInputConnection(reader.GetOutputPort())
contour.SetValue(0, float(sys.argv[2]))
contour.ComputeScalarsOff()
mapper = vtk.vtkPolyDataMapper()
mapper.SetInputConnection(contour.GetOutputPort())
actor = vtk.vtkActor()
actor.SetMapper(mapper)
renderer = vtk.vtkRenderer()
renderer.AddActor(actor)
window = vtk.vtkEGLRenderWindow()
window.SetOffScreenRendering(True)
window.SetSize(400, 350)
window.AddRenderer(renderer)
renderer.ResetCamera()
renderer.GetActiveCamera().Azimuth(float(sys.argv[3]))
window.Render()
grab = vtk.vtkWindowToImageFilter()
grab.SetInput(window)
writer = vtk.vtkPNGWriter()
writer.SetInputConnection(grab.GetOutputPort())
writer.SetFileName(sys.argv[4])
writer.Write()
"""


def sweep(size: int = 128) -> bool:
    """50 isovalues × 6 angles through one pipeline, pictures written, against fresh scripts."""
    import numpy as np

    from multivis.volumes import Camera, Specification, open_volume
    from multivis.volumes.pipeline import build_scene, png, render_sweep
    from multivis.volumes.pipeline.export import export

    isovalues = [float(value) for value in np.linspace(-800, 1400, 50)]
    angles = [60.0 * index for index in range(6)]
    with tempfile.TemporaryDirectory() as folder:
        start = open_volume(f"phantom:head?size={size}").dataset()
        outline = Specification.model_validate({"stages": [{"kind": "outline"}]})
        path = export(build_scene(outline, start), Path(folder) / "head.vti")
        script = Path(folder) / "draw.py"
        script.write_text(SCRIPT)
        times = []
        for index in range(SCRIPTS):
            value, angle = isovalues[index * 50 // SCRIPTS], angles[index % 6]
            command = [sys.executable, str(script), str(path), str(value), str(angle)]
            started = time.perf_counter()
            subprocess.run([*command, str(Path(folder) / "o.png")], check=True, timeout=120)
            times.append(time.perf_counter() - started)
        fresh = sum(times) / len(times) * 300
        started = time.perf_counter()
        dataset = open_volume(path).dataset()
        cameras = [Camera(direction="front", orbit=angle) for angle in angles]
        count = 0
        for picture in render_sweep(dataset, None, isovalues, cameras):
            (Path(folder) / f"{picture.index}.png").write_bytes(png(picture.picture))
            count += 1
        ours = time.perf_counter() - started
    ratio = fresh / ours
    print(f"sweep of 50 isovalues × 6 angles at {size}³ (target ≥ {SWEEP_RATIO:g} times faster)")
    print(
        f"  {count} pictures, opening and writing included: {ours:.1f} s; 300 fresh scripts: "
        f"{fresh:.0f} s ({SCRIPTS} run, mean {1000 * fresh / 300:.0f} ms); {ratio:.1f} times faster"
    )
    return ratio >= SWEEP_RATIO


# ── memory ──────────────────────────────────────────────────────────────────────────────────

MEMORY = """
import json, resource, sys
import numpy as np
from multivis.volumes import Specification, open_volume
from multivis.volumes.pipeline import build_scene, render

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

# Everything is loaded and drawn once on a small volume, and a plane of as many triangles as the
# surface has: OpenGL's own buffers do not belong to the volume when the processor holds them.
stages = json.loads(sys.argv[2])
specification = Specification.model_validate({"stages": stages, "size": [800, 700]})
small = open_volume("phantom:head?size=16").dataset()
render(build_scene(specification, small))
small_peak = peak()
if sys.argv[3] != "0":
    from vtkmodules.vtkFiltersSources import vtkPlaneSource
    plane = vtkPlaneSource()
    plane.SetResolution(int(sys.argv[3]), int(sys.argv[3]))
    plane.Update()
    surface = [{"kind": "surface"}]
    flat = Specification.model_validate({"stages": surface, "size": [800, 700]})
    render(build_scene(flat, open_volume(plane.GetOutput()).dataset()))
    del plane
before = peak()
dataset = open_volume(sys.argv[1]).dataset()
render(build_scene(specification, dataset))
size = dataset.array(dataset.names[0]).nbytes
found = {"bytes": size, "added": peak() - before, "whole": peak() - small_peak}
print(json.dumps(found | {"peak": peak()}))
"""


def peak_of(path: Path, stages: list[dict[str, Any]], triangles: int = 0) -> dict[str, int]:
    """Bytes of the data and what the peak rose by, in a process of its own.

    Args:
        path: The data.
        stages: What is drawn.
        triangles: Of a plane that is drawn first, so that OpenGL has its buffers.
    """
    edge = round((triangles / 2) ** 0.5)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path), json.dumps(stages), str(edge)],
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    found: dict[str, int] = json.loads(done.stdout)
    return found


def raw_head(folder: Path, size: int, kind: str) -> Path:
    """The head phantom as a raw file, enlarged from 128³ so that making it costs little."""
    import numpy as np

    from multivis.volumes.phantoms import head_phantom

    times = size // 128
    small = head_phantom(128).array
    path = folder / f"head_{size}_{kind}.raw"
    with path.open("wb") as file:
        for plane in small:
            large = np.kron(plane.astype(np.int32), np.ones((times, times), np.int32))
            moved = (large + (1024 if kind == "uint16" else 0)).astype(kind)
            for _ in range(times):
                file.write(moved.tobytes())
    header = {"dimensions": [size] * 3, "type": kind, "spacing": [256 / size] * 3}
    Path(f"{path}.json").write_text(json.dumps(header))
    return path


def memory(size: int = 256) -> bool:
    """What the peak rises by when one volume is opened and drawn, in parts of its bytes."""
    good = True
    triangles = {"isosurface": 500_000, "slice": 130_000, "volume": 0}
    print(f"peak memory for one volume of {size}³ (target ≤ {MEMORY_RATIO} × its bytes)")
    with tempfile.TemporaryDirectory() as folder:
        for kind, shift in (("int16", 0), ("float32", 0)):
            path = raw_head(Path(folder), size, kind)
            for stage in (
                {"kind": "isosurface", "isovalue": 505.0 + shift},
                {"kind": "slice"},
                {"kind": "volume", "preset": "ct-bone"},
            ):
                found = peak_of(path, [stage], triangles[str(stage["kind"])])
                ratio = found["added"] / found["bytes"]
                good = good and ratio <= MEMORY_RATIO
                print(
                    f"  {kind:<8} {stage['kind']:<11} {found['bytes'] / 1e6:6.0f} MB of data, "
                    f"{found['added'] / 1e6:6.0f} MB more at the peak: {ratio:.2f} × "
                    f"({found['whole'] / 1e6:.0f} MB with OpenGL's buffers for a large surface)"
                )
    return good


def large() -> bool:
    """512³ uint16: an isosurface and a volume rendering, in a process of its own."""
    good = True
    print(f"512³ uint16 (target: within {LARGE_BYTES / 1e9:g} GB)")
    with tempfile.TemporaryDirectory() as folder:
        path = raw_head(Path(folder), 512, "uint16")
        for stage in (
            {"kind": "isosurface", "isovalue": 1529.0},
            {"kind": "volume"},
            {"kind": "threshold", "minimum": 1324.0},
        ):
            started = time.perf_counter()
            found = peak_of(path, [stage])
            good = good and found["peak"] <= LARGE_BYTES
            seconds = time.perf_counter() - started
            print(
                f"  {stage['kind']:<11} {found['peak'] / 1e9:5.2f} GB at the peak, {seconds:.0f} s"
            )
    return good


def main() -> None:
    """Run the parts that are named."""
    parts: dict[str, Callable[[], bool]] = {
        "tools": tools,
        "sweep": sweep,
        "memory": memory,
        "large": large,
    }
    wanted = sys.argv[1:] or list(parts)
    results = [parts[name]() for name in wanted]
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak of this process: {own:.2f} GB")
    if not all(results):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
