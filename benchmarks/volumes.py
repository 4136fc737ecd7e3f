"""What multivis adds to bare VTK, what one pipeline saves, and how much memory a volume takes.

Run: ``python benchmarks/volumes.py [--quick] [part …]`` with the parts ``tools``, ``sweep``,
``memory`` and ``large``; all of them when none is named. Each part says its target and fails when
it is missed. ``--quick`` measures less often and leaves the largest volume out.
"""

from __future__ import annotations

import argparse
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
QUICK_TOOLS = ("isosurface", "slice")
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


def bare(specification: Any, dataset: Any, *, frames: int = 1) -> Callable[[], Any]:
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
        for _ in range(frames):
            window.Render()
            picture_of(window)
            if frames > 1:
                names["renderer"].GetActiveCamera().Azimuth(360.0 / frames)
                names["renderer"].ResetCameraClippingRange()
        names["renderer"].ReleaseGraphicsResources(window)
        window.RemoveRenderer(names["renderer"])

    return draw


def cases(size: int) -> dict[str, tuple[str, dict[str, Any], int]]:
    """The data, the stage and how often it is measured, for each tool that draws a scene."""
    head = f"phantom:head?size={size}"
    vectors, points = f"phantom:vortex?size={size}", "phantom:torus?count=20000"
    return {
        "isosurface": (head, {"kind": "isosurface", "isovalue": 505.0}, 7),
        "one part": (head, {"kind": "isosurface", "isovalue": -400.0, "keep": "largest"}, 3),
        "slice": (head, {"kind": "slice", "axis": "z"}, 7),
        "contour": (head, {"kind": "contour", "axis": "z", "count": 8}, 7),
        "clip": (head, {"kind": "clip", "axis": "y"}, 7),
        "threshold": (head, {"kind": "threshold", "minimum": 300.0, "color": "#e8dcc4"}, 3),
        "volume": (head, {"kind": "volume", "preset": "ct-bone"}, 3),
        "streamlines": (vectors, {"kind": "streamlines"}, 3),
        "glyphs": (vectors, {"kind": "glyphs"}, 3),
        "points": (points, {"kind": "points"}, 5),
        "surface": (points, {"kind": "surface", "method": "reconstruct"}, 3),
    }


def told(name: str, found: list[float], more: str = "") -> bool:
    """Print one row; whether the tool keeps within the target."""
    ours, theirs, our_wall, their_wall = found
    print(
        f"  {name:<12} processor time: bare {theirs:6.3f} s, tool {ours:6.3f} s, ratio "
        f"{ours / theirs:.2f}{more}   wall: {their_wall:.3f} s, {our_wall:.3f} s"
    )
    return ours / theirs <= WARM_RATIO


def tools(quick: bool = False) -> bool:
    """Warm ready tools, and with their checks, against the least VTK."""
    from multivis.volumes import Specification, open_volume
    from multivis.volumes.checks import check_scene
    from multivis.volumes.pipeline import build_scene, render
    from multivis.volumes.pipeline.window import on_render_thread

    size = 256
    good = True
    print(f"warm ready tool at {size}³ against bare VTK (target ≤ {WARM_RATIO})")
    opened: dict[str, Any] = {}
    for name, (address, stage, times) in cases(size).items():
        if quick and name not in QUICK_TOOLS:
            continue
        if address not in opened:
            opened = {address: open_volume(address)}
            opened[address].facts()
        dataset = opened[address].dataset()
        specification = Specification.model_validate({"stages": [stage], "size": SIZE})

        def tool(specification: Specification = specification, dataset: Any = dataset) -> Any:
            return render(build_scene(specification, dataset))

        def checked(specification: Specification = specification, dataset: Any = dataset) -> None:
            scene = build_scene(specification, dataset)
            check_scene(specification, scene, render(scene), dataset)

        tool()
        plain = on_render_thread(bare)(specification, dataset)
        draw = on_render_thread(plain)
        draw()
        times = min(times, 3) if quick else times
        found = paired(tool, draw, times)
        more = ""
        if not quick:
            whole, again, _, _ = paired(checked, draw, times)
            more = f", with all checks {whole / again:.2f}"
        good &= told(name, found, more)
    return histogram(size) and (quick or film(size)) and good


def histogram(size: int) -> bool:
    """Counting every value against VTK's own counting; the picture is drawn alike."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkImagingStatistics import vtkImageHistogram

    from multivis.volumes import Histogram, open_volume
    from multivis.volumes.pipeline.histogram import Counts, count_values, draw_histogram

    dataset = open_volume(f"phantom:head?size={size}").dataset()
    name = dataset.names[0]
    least, most = dataset.range(name)
    bins = 64

    def plain() -> None:
        counting = vtkImageHistogram()
        counting.SetInputData(dataset.vtk)
        counting.SetNumberOfBins(bins)
        width = (most - least) / bins
        counting.SetBinOrigin(least + width / 2)
        counting.SetBinSpacing(width)
        counting.Update()
        counts = vtk_to_numpy(counting.GetHistogram())
        draw_histogram(Counts(name, "", np.linspace(least, most, bins + 1), counts))

    def tool() -> None:
        draw_histogram(count_values(Histogram(bins=bins), dataset))

    plain()
    tool()
    return told("histogram", paired(tool, plain, 5))


def film(size: int) -> bool:
    """A turn of 12 frames against a script that turns VTK's camera."""
    from multivis.volumes import Film, Specification, open_volume
    from multivis.volumes.pipeline.film import film_frames
    from multivis.volumes.pipeline.window import on_render_thread

    source = open_volume(f"phantom:head?size={size}")
    stage = {"kind": "isosurface", "isovalue": 505.0}
    specification = Specification.model_validate({"stages": [stage], "size": SIZE})
    wanted = Film(specification=specification, over="orbit", frames=12)

    def tool() -> None:
        for _ in film_frames(wanted, source):
            pass

    tool()
    draw = on_render_thread(on_render_thread(bare)(specification, source.dataset(), frames=12))
    draw()
    return told("film", paired(tool, draw, 3))


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


def sweep(quick: bool = False) -> bool:
    """50 isovalues × 6 angles through one pipeline, pictures written, against fresh scripts."""
    import numpy as np

    from multivis.volumes import Camera, Specification, open_volume
    from multivis.volumes.pipeline import build_scene, png, render_sweep
    from multivis.volumes.pipeline.export import export

    size, scripts = 128, 4 if quick else SCRIPTS
    isovalues = [float(value) for value in np.linspace(-800, 1400, 50)]
    angles = [60.0 * index for index in range(6)]
    with tempfile.TemporaryDirectory() as folder:
        start = open_volume(f"phantom:head?size={size}").dataset()
        outline = Specification.model_validate({"stages": [{"kind": "outline"}]})
        path = export(build_scene(outline, start), Path(folder) / "head.vti")
        script = Path(folder) / "draw.py"
        script.write_text(SCRIPT)
        times = []
        for index in range(scripts):
            value, angle = isovalues[index * 50 // scripts], angles[index % 6]
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
        f"{fresh:.0f} s ({scripts} run, mean {1000 * fresh / 300:.0f} ms); {ratio:.1f} times faster"
    )
    return ratio >= SWEEP_RATIO


# ── memory ──────────────────────────────────────────────────────────────────────────────────

MEMORY = """
import json, sys
from multivis.volumes import Specification, open_volume
from multivis.volumes.checks import check_scene
from multivis.volumes.pipeline import build_scene, read_back, render

def bytes_now(name="VmHWM"):  # the most so far
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(name))

# Everything is imported and drawn once, on a small volume.
stages = json.loads(sys.argv[2])
specification = Specification.model_validate({"stages": stages, "size": [800, 700]})
small = open_volume("phantom:head?size=16").dataset()
scene = build_scene(specification, small)
check_scene(specification, scene, render(scene), small)
before = bytes_now("VmRSS")
source = open_volume(sys.argv[1])
source.facts()
source.fingerprint()
dataset = source.dataset()
size = dataset.array(dataset.names[0]).nbytes
scene = build_scene(specification, dataset)
read_back(scene)
built = bytes_now() - before
check_scene(specification, scene, render(scene), dataset)
most = bytes_now()
print(json.dumps({"bytes": size, "built": built, "drawn": most - before, "peak": most}))
"""


def peak_of(path: Path, stages: list[dict[str, Any]]) -> dict[str, int]:
    """Bytes of the data and what the peak rose by, in a process of its own.

    ``built`` is after opening, facts, fingerprint, the whole pipeline and reading it back;
    ``drawn`` after drawing and every check. Between the two lies OpenGL: on a graphics card its
    buffers are not in this memory, without one they are.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path), json.dumps(stages)],
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


def memory(quick: bool = False) -> bool:
    """What the peak rises by when one volume is opened and drawn, in parts of its bytes.

    Rays are cast without OpenGL on a machine that has no graphics card, so what drawing takes
    counts for them.
    """
    good = True
    size = 256
    kinds = ("isosurface", "volume") if quick else ("isosurface", "slice", "contour", "volume")
    stages: dict[str, dict[str, Any]] = {
        "isosurface": {"kind": "isosurface", "isovalue": 505.0},
        "slice": {"kind": "slice"},
        "contour": {"kind": "contour"},
        "volume": {"kind": "volume", "preset": "ct-bone"},
    }
    print(f"peak memory for one volume of {size}³ (target ≤ {MEMORY_RATIO} × its bytes)")
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("int16",) if quick else ("int16", "float32"):
            path = raw_head(Path(folder), size, kind)
            for name in kinds:
                found = peak_of(path, [stages[name]])
                counted = found["drawn" if name == "volume" else "built"] / found["bytes"]
                good = good and counted <= MEMORY_RATIO
                print(
                    f"  {kind:<8} {name:<11} {found['bytes'] / 1e6:4.0f} MB of data, "
                    f"{counted:.2f} × ({found['built'] / 1e6:.0f} MB more when built, "
                    f"{found['drawn'] / 1e6:.0f} MB when drawn and checked)"
                )
    return good


def large(quick: bool = False) -> bool:
    """512³ uint16: an isosurface and a volume rendering, in a process of its own."""
    good = True
    if quick:
        return good
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
    import os

    parts: dict[str, Callable[[bool], bool]] = {
        "tools": tools,
        "sweep": sweep,
        "memory": memory,
        "large": large,
    }
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"{', '.join(parts)}; all by default")
    parser.add_argument("--quick", action="store_true", help="less often, no large volume")
    given = parser.parse_args()
    unknown = [name for name in given.parts if name not in parts]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; the parts are {', '.join(parts)}")
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    results = [parts[name](given.quick) for name in given.parts or parts]
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak of this process: {own:.2f} GB")
    if not all(results):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
