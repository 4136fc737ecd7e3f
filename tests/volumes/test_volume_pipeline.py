"""Each ready tool is read back from VTK's own objects, checked, and looks the same twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("vtkmodules")

from multivis.errors import InputError, MultiVisError, OptionError, RenderError, UnknownFieldError
from multivis.volumes import Camera, Film, Histogram, Specification, open_volume
from multivis.volumes.checks import check_picture, check_scene
from multivis.volumes.pipeline import build_scene, png, read_back, render, render_sweep
from multivis.volumes.pipeline.window import off_screen, on_render_thread

SIZE = (240, 210)


@on_render_thread
def _opengl() -> bool:
    try:
        with off_screen(16, 16):
            return True
    except RenderError:
        return False


needs_opengl = pytest.mark.skipif(not _opengl(), reason="needs OpenGL without a screen (libegl1)")

HEAD = "phantom:head?size=40"
SKULL: dict[str, Any] = {"kind": "isosurface", "isovalue": 400.0, "name": "skull"}
SKIN: dict[str, Any] = {
    "kind": "isosurface",
    "isovalue": -470.0,
    "opacity": 0.4,
    "color": "#e0ac8a",
    "name": "skin",
}


@pytest.fixture(scope="module")
def head():
    return open_volume(HEAD).dataset()


@pytest.fixture(scope="module")
def vortex():
    return open_volume("phantom:vortex?size=20").dataset()


@pytest.fixture(scope="module")
def torus():
    return open_volume("phantom:torus?count=1500").dataset()


def specified(*stages: dict[str, Any], **more: Any) -> Specification:
    return Specification.model_validate({"stages": stages, "size": SIZE, **more})


def built(dataset, *stages: dict[str, Any], **more: Any):
    specification = specified(*stages, **more)
    return specification, build_scene(specification, dataset)


def stages_of(scene) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in read_back(scene)}


def failed(specification, scene, dataset) -> dict[str, str]:
    picture = render(scene)
    results = check_scene(specification, scene, picture, dataset)
    return {result.id: result.message for result in results if not result.passed}


# ── the ready tools ─────────────────────────────────────────────────────────────────────────


@needs_opengl
def test_two_isosurfaces_one_half_transparent(head):
    specification, scene = built(head, SKIN, SKULL, camera={"direction": "left"})
    read = stages_of(scene)
    assert read["skin"]["isovalue"] == -470.0 and read["skull"]["isovalue"] == 400.0
    assert read["skin"]["opacity"] == 0.4 and read["skin"]["color"] == "#e0ac8a"
    assert read["skin"]["filter"] == "vtkFlyingEdges3D"
    # In the patient's space x runs to the left, so the left side is seen from +x.
    assert read["camera"]["direction"] == pytest.approx([1.0, 0.0, 0.0])
    assert failed(specification, scene, head) == {}


@needs_opengl
def test_a_slice_with_contour_lines_lies_where_it_was_asked_for(head):
    specification, scene = built(
        head,
        {"kind": "slice", "axis": "z", "position": 0.5, "color_map": "gray", "name": "cut"},
        {"kind": "contour", "axis": "z", "isovalues": [-470, 400], "color": "#d03030"},
    )
    read = stages_of(scene)
    assert read["cut"]["normal"] == [0.0, 0.0, 1.0]
    assert read["cut"]["bounds"][4:] == pytest.approx([0.0, 0.0], abs=1e-3)
    assert read["cut"]["color_map"][0] == "#000000" and read["cut"]["color_map"][2] == "#ffffff"
    assert read["cut"]["range"] == list(head.range("density"))
    assert read["contour"]["isovalues"] == [-470.0, 400.0]
    assert read["contour"]["color"] == "#d03030" and read["contour"]["cells"] > 20
    assert read["outline"]["added"] and read["scalar bar"]["title"] == "density [HU]"
    assert failed(specification, scene, head) == {}


@needs_opengl
@pytest.mark.parametrize("preset", [None, "ct-bone", "ct-skin"])
def test_volume_rendering_has_the_transfer_function(head, preset):
    specification, scene = built(head, {"kind": "volume", "preset": preset})
    read = stages_of(scene)["volume"]
    values = [point[0] for point in read["transfer_function"]]
    assert values == sorted(values) and max(point[2] for point in read["transfer_function"]) > 0.5
    assert failed(specification, scene, head) == {}


@needs_opengl
def test_own_points_of_a_transfer_function_are_kept(vortex):
    points = [
        {"value": 0.3, "color": "#102030", "opacity": 0.0},
        {"value": 1.2, "color": "#ff8000", "opacity": 0.9},
    ]
    specification, scene = built(vortex, {"kind": "volume", "variable": "speed", "points": points})
    read = stages_of(scene)["volume"]["transfer_function"]
    assert [(p[1], p[2]) for p in read] == [("#102030", 0.0), ("#ff8000", 0.9)]
    assert failed(specification, scene, vortex) == {}
    with pytest.raises(InputError, match="transparent everywhere"):
        built(vortex, {"kind": "volume", "variable": "speed", "points": points[:1]})


@needs_opengl
def test_a_clip_cuts_only_what_it_is_told_to(head):
    clip = {"kind": "clip", "axis": "y", "position": 0.4, "target": ["skin"], "name": "front"}
    specification, scene = built(head, {**SKIN, "opacity": 1.0}, SKULL, clip)
    read = stages_of(scene)
    at = -128 + 3.2 + 0.4 * (256 - 6.4)
    assert read["front"]["targets"] == ["skin"]
    assert read["skin"]["bounds"][2] == pytest.approx(at, abs=0.1)
    assert read["skull"]["bounds"][2] < -60 and "cut_by" not in read["skull"]
    assert failed(specification, scene, head) == {}
    with pytest.raises(InputError, match="'brain', which is not drawn"):
        built(head, SKIN, {**clip, "target": ["brain"]})


@needs_opengl
def test_a_clip_cuts_volumes_and_shows_the_data_when_alone(head):
    clip = {"kind": "clip", "axis": "x", "keep": "negative"}
    specification, scene = built(head, {"kind": "volume"}, clip)
    assert stages_of(scene)["volume"]["cut_by"][0]["normal"] == [-1.0, 0.0, 0.0]
    assert failed(specification, scene, head) == {}
    specification, scene = built(head, clip)
    read = stages_of(scene)["clip"]
    assert read["bounds"][1] == pytest.approx(0.0, abs=1e-3) and read["cells"] > 1000
    assert failed(specification, scene, head) == {}


@needs_opengl
def test_a_threshold_keeps_only_cells_of_its_interval(head):
    specification, scene = built(head, {"kind": "threshold", "minimum": 300, "color": "#c0c0d0"})
    read = stages_of(scene)["threshold"]
    assert (read["minimum"], read["maximum"]) == (300.0, head.range("density")[1])
    kept = scene.stages[0].filters["threshold"].GetOutput()
    from vtkmodules.util.numpy_support import vtk_to_numpy

    assert vtk_to_numpy(kept.GetPointData().GetArray("density")).min() >= 300
    assert failed(specification, scene, head) == {}
    with pytest.raises(InputError, match="No value of 'density' lies between"):
        built(head, {"kind": "threshold", "minimum": 9000})


@needs_opengl
def test_streamlines_and_glyphs_follow_the_vectors(vortex):
    specification, scene = built(
        vortex,
        {"kind": "streamlines", "seeds": 30, "color_map": "turbo"},
        {"kind": "glyphs", "every": 4},
    )
    read = stages_of(scene)
    assert read["streamlines"]["seeds"] == 30 and read["streamlines"]["lines"] >= 30
    assert read["glyphs"]["arrows"] == 5**3
    assert read["streamlines"]["range"] == pytest.approx(vortex.range("velocity"))
    assert failed(specification, scene, vortex) == {}
    with pytest.raises(UnknownFieldError, match="1 components, 3 are needed"):
        built(vortex, {"kind": "streamlines", "variable": "speed"})


@needs_opengl
def test_points_become_a_cloud_and_a_surface(torus):
    specification, scene = built(torus, {"kind": "points", "size": 4})
    assert stages_of(scene)["points"]["cells"] == 1500
    assert failed(specification, scene, torus) == {}
    specification, scene = built(torus, {"kind": "surface", "method": "reconstruct"})
    points = scene.points
    ring = np.hypot(np.hypot(points[:, 0], points[:, 1]) - 1.0, points[:, 2])
    assert np.abs(ring - 0.4).mean() < 0.03
    assert failed(specification, scene, torus) == {}


@needs_opengl
def test_grids_without_a_lattice_are_drawn_as_well(head):
    from vtkmodules.vtkFiltersCore import vtkThreshold

    some = vtkThreshold()
    some.SetInputData(open_volume("phantom:head?size=16").dataset().vtk)
    some.SetLowerThreshold(-2000)
    some.SetUpperThreshold(3000)
    some.Update()
    dataset = open_volume(some.GetOutput()).dataset()
    assert dataset.kind == "unstructured"
    specification, scene = built(
        dataset,
        {"kind": "isosurface", "isovalue": -470, "opacity": 0.5},
        {"kind": "slice", "axis": "x"},
        {"kind": "surface", "variable": "density", "opacity": 0.1},
    )
    assert failed(specification, scene, dataset) == {}
    specification, scene = built(dataset, {"kind": "volume"})
    assert "resampled to 128" in scene.notes[0]


def test_a_histogram_counts_every_value(head):
    from multivis.volumes.pipeline.histogram import count_values, draw_histogram

    counts = count_values(Histogram(bins=20), head)
    assert counts.counts.sum() == 40**3 and counts.outside == 0
    part = count_values(Histogram(bins=10, minimum=0, maximum=100), head)
    values = head.array("density")
    assert part.counts.sum() == np.count_nonzero((values >= 0) & (values <= 100))
    first, second = draw_histogram(counts), draw_histogram(counts)
    assert first == second and first.startswith(b"\x89PNG")


# ── bad input ───────────────────────────────────────────────────────────────────────────────


def test_no_such_variable_names_the_nearest(head):
    with pytest.raises(UnknownFieldError, match="Did you mean 'density'"):
        built(head, {**SKULL, "variable": "densty"})


@needs_opengl
@pytest.mark.parametrize("asked", [9999.0, -5000.0, "maximum"])
def test_an_isovalue_out_of_range_is_clamped_and_said(head, asked):
    least, most = head.range("density")
    value = most if asked == "maximum" else asked
    specification, scene = built(head, {**SKULL, "isovalue": value})
    shown = stages_of(scene)["skull"]["isovalue"]
    assert least < shown < most and f"{shown:g} is shown" in scene.notes[0]
    assert list(failed(specification, scene, head)) == ["isovalues_in_range"]


def test_a_variable_with_one_value_has_no_surface():
    with pytest.raises(InputError, match="the value 5 everywhere"):
        built(open_volume(np.full((4, 4, 4), 5)).dataset(), SKULL)


@needs_opengl
def test_holes_in_the_data_stay_holes():
    z, y, x = np.mgrid[-1:1:24j, -1:1:24j, -1:1:24j]
    ball = (1.0 - np.sqrt(x * x + y * y + z * z)).astype(np.float32)
    ball[x > 0.25] = np.nan
    dataset = open_volume(ball).dataset()
    specification, scene = built(dataset, {"kind": "isosurface", "isovalue": 0.4})
    index_of_the_edge = (0.25 + 1) / 2 * 23
    assert scene.points[:, 0].max() <= index_of_the_edge + 1e-3
    assert scene.points[:, 0].min() == pytest.approx((1 - 0.6) / 2 * 23, abs=0.1)
    assert failed(specification, scene, dataset) == {}
    specification, scene = built(dataset, {"kind": "slice", "axis": "z"})
    assert scene.stages[0].output().GetBounds()[1] <= index_of_the_edge + 1e-3


def test_specifications_refuse_what_no_tool_can_do():
    for stage in (
        {"kind": "isosurface", "isovalue": float("nan")},
        {"kind": "isosurface", "isovalue": 1, "opacity": 1.5},
        {"kind": "slice", "axis": "x", "normal": [1, 0, 0]},
        {"kind": "slice", "normal": [0, 0, 0]},
        {"kind": "threshold", "minimum": 2, "maximum": 1},
        {"kind": "streamlines", "seeds": 10**6},
        {"kind": "teapot"},
    ):
        with pytest.raises(ValueError, match="stages"):
            specified(stage)
    with pytest.raises(ValueError, match="needs an isosurface"):
        Film(specification=specified({"kind": "slice"}), over="isovalue")


# ── checks that fail ────────────────────────────────────────────────────────────────────────


@needs_opengl
def test_checks_find_what_is_not_as_asked(head):
    specification, scene = built(head, SKULL)
    picture = render(scene)

    def wrong() -> set[str]:
        results = check_scene(specification, scene, picture, head)
        return {result.id for result in results if not result.passed}

    assert wrong() == set()
    scene.stages[0].filters["contour"].SetValue(0, 150.0)
    assert wrong() == {"isovalues_shown", "surface_on_isovalue"}
    scene.stages[0].filters["contour"].SetValue(0, 400.0)
    scene.stages[0].prop.GetProperty().SetOpacity(0.2)
    assert wrong() == {"look_as_asked"}
    scene.stages[0].prop.GetProperty().SetOpacity(1.0)
    scene.look(Camera(direction="back"))
    assert wrong() == {"camera_as_asked"}
    scene.look(specification.camera)
    scene.stages[0].prop.VisibilityOff()
    assert wrong() == {"stages_built"}
    scene.stages[0].prop.VisibilityOn()
    scene.renderer.GetActiveCamera().SetFocalPoint(5000.0, 0.0, 0.0)
    assert "object_in_frame" in wrong()
    scene.look(specification.camera)
    picture = np.full_like(picture, 255)
    assert wrong() == {"picture_not_empty"}
    assert not check_picture(picture).passed and check_picture(render(scene)).passed


@needs_opengl
def test_an_opaque_skin_that_hides_the_skull_is_said(head):
    specification, scene = built(head, {**SKIN, "opacity": 1.0}, {**SKULL, "isovalue": 1000.0})
    found = failed(specification, scene, head)
    assert (
        list(found) == ["opacity_effective"] and "'skull' lies inside" in found["opacity_effective"]
    )


# ── pictures ────────────────────────────────────────────────────────────────────────────────


@needs_opengl
def test_the_same_specification_gives_the_same_bytes(head):
    specification = specified(SKIN, SKULL, {"kind": "slice"}, {"kind": "volume"}, title="Head")
    first = png(render(build_scene(specification, head)))
    other = render(build_scene(specified(SKULL, size=(300, 100)), head))
    second = png(render(build_scene(specification, head)))
    assert first == second and other.shape == (100, 300, 3)


@needs_opengl
@pytest.mark.parametrize("direction", ["front", "back", "left", "right", "top", "bottom"])
def test_named_views_frame_the_head_from_their_side(head, direction):
    specification, scene = built(head, SKULL, camera={"direction": direction})
    assert failed(specification, scene, head) == {}
    toward = np.array(stages_of(scene)["camera"]["direction"])
    axis = {"left": 0, "right": 0, "front": 1, "back": 1, "top": 2, "bottom": 2}[direction]
    assert abs(toward[axis]) == pytest.approx(1.0)


@needs_opengl
def test_the_face_is_in_front(head):
    """The nose is the foremost point of the skin, and the top view has it on top."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    _, scene = built(head, {**SKIN, "opacity": 1.0})
    points = vtk_to_numpy(scene.stages[0].output().GetPoints().GetData())
    nose = points[points[:, 1].argmin()]
    assert abs(nose[0]) < 5 and -40 < nose[2] < 0
    scene.look(Camera(direction="top"))
    assert scene.renderer.GetActiveCamera().GetViewUp() == pytest.approx((0, -1, 0))


@needs_opengl
def test_a_sweep_gives_what_single_pictures_give(head):
    cameras = [Camera(direction="front"), Camera(direction="left")]
    pictures = list(render_sweep(head, None, [-470.0, 400.0], cameras, size=SIZE))
    assert [(p.isovalue, p.camera.direction) for p in pictures] == [
        (-470.0, "front"),
        (-470.0, "left"),
        (400.0, "front"),
        (400.0, "left"),
    ]
    single = specified({"kind": "isosurface", "isovalue": 400.0}, camera={"direction": "left"})
    assert np.array_equal(pictures[3].picture, render(build_scene(single, head)))
    assert list(render_sweep(head, None, [], cameras)) == []


@needs_opengl
def test_films_run_over_time_around_and_through_isovalues(tmp_path):
    from PIL import Image

    from multivis.volumes.pipeline.film import film_frames, write_film

    plume = open_volume("phantom:plume?size=16&times=4")
    surface = specified({"kind": "isosurface", "isovalue": 600}, size=(90, 80))
    cut = specified({"kind": "slice", "axis": "y"}, size=(90, 80))
    frames = list(film_frames(Film(specification=cut, over="time", frames=9), plume))
    assert [frame.value for frame in frames] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    tables = {tuple(stages_of(frame.scene)["slice"]["range"]) for frame in frames}
    assert len(tables) == 1, "colours mean the same in every frame"
    orbit = Film(specification=surface, over="orbit", frames=4)
    seen = [stages_of(frame.scene)["camera"]["distance"] for frame in film_frames(orbit, plume)]
    assert seen == pytest.approx([seen[0]] * 4)
    rise = Film(specification=surface, over="isovalue", frames=3, isovalues=(400, 1000))
    shown = [stages_of(f.scene)["isosurface"]["isovalue"] for f in film_frames(rise, plume)]
    assert shown == [400, 700, 1000]
    for suffix in ("png", "gif", "webp"):
        path = tmp_path / f"film.{suffix}"
        assert write_film((f.picture for f in film_frames(orbit, plume)), path) == 4
        with Image.open(path) as film:
            assert getattr(film, "n_frames", 1) == 4
    with pytest.raises(OptionError, match=r"cannot be written as '\.avi'"):
        write_film([frames[0].picture], tmp_path / "film.avi")
    with pytest.raises(InputError, match="one time step"):
        list(film_frames(Film(specification=cut, over="time"), open_volume(HEAD)))


@needs_opengl
def test_nothing_reaches_the_error_stream(head, capfd):
    render(build_scene(specified(SKULL), head))
    captured = capfd.readouterr()
    assert captured.err == "" and captured.out == ""


# ── scripts and other processes ─────────────────────────────────────────────────────────────


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env=kept | environment,
        check=False,
    )


@needs_opengl
def test_the_exported_script_draws_the_same_picture(head, tmp_path):
    from PIL import Image

    from multivis.volumes.pipeline.export import export
    from multivis.volumes.pipeline.script import write_script

    data = export(build_scene(specified({"kind": "outline"}, SKULL), head), tmp_path / "head.vti")
    dataset = open_volume(data).dataset()
    specification = specified(
        SKIN,
        SKULL,
        {"kind": "slice", "axis": "z", "position": 0.3},
        {"kind": "clip", "axis": "x", "target": ["skin"]},
        title='A "head"',
    )
    scene = build_scene(specification, dataset)
    script = tmp_path / "draw.py"
    script.write_text(write_script(specification, str(data), scene=scene))
    assert "multivis" not in script.read_text(), "plain VTK is all that it needs"
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "out.png")],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "out.png") as picture:
        drawn = np.asarray(picture.convert("RGB")).astype(int)
    assert np.abs(drawn - render(scene)).max() <= 8


@pytest.mark.parametrize(
    "stage",
    [
        {"kind": "volume"},
        {"kind": "contour"},
        {"kind": "threshold", "minimum": 200},
        {"kind": "clip"},
        {"kind": "points"},
        {"kind": "isosurface", "isovalue": 300, "smooth": True},
    ],
)
def test_scripts_of_every_stage_are_python(head, stage):
    from multivis.volumes.pipeline.script import write_script

    specification, scene = built(head, stage)
    compile(write_script(specification, HEAD, scene=scene), "script.py", "exec")


def test_a_broken_display_is_not_asked():
    code = (
        "from multivis.volumes import open_volume, Specification\n"
        "from multivis.volumes.pipeline import build_scene, render\n"
        "s = Specification(stages=[{'kind': 'slice'}], size=(64, 64))\n"
        "print(render(build_scene(s, open_volume('phantom:head?size=16').dataset())).std() > 1)\n"
    )
    done = run(code, DISPLAY=":77")
    assert done.stdout.strip() == "True" if _opengl() else "no OpenGL" in done.stderr
    assert "X server" not in done.stderr


def test_without_opengl_one_sentence_says_what_to_install():
    code = (
        "import multivis.volumes.pipeline.window as window\n"
        "module = window.load_opengl()\n"
        "class Broken(module.vtkEGLRenderWindow):\n"
        "    def SupportsOpenGL(self):\n"
        "        return 0\n"
        "module.vtkEGLRenderWindow = module.vtkOSOpenGLRenderWindow = Broken\n"
        "from multivis.volumes import open_volume, Specification\n"
        "from multivis.volumes.pipeline import build_scene, render\n"
        "data = open_volume('phantom:head?size=16').dataset()\n"
        "for kind in ('slice', 'volume'):\n"
        "    scene = build_scene(Specification(stages=[{'kind': kind}]), data)\n"
        "    try:\n"
        "        render(scene)\n"
        "    except window.RenderError as error:\n"
        "        print(error)\n"
    )
    done = run(code)
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and lines[0] == lines[1], done.stderr
    assert "no OpenGL that draws without a screen" in lines[0] and "libegl1" in lines[0]
    assert done.stderr == ""


# ── exports ─────────────────────────────────────────────────────────────────────────────────


@needs_opengl
def test_exports_hold_the_surfaces_with_their_colours(head, tmp_path):
    import json
    import struct
    import zipfile

    from multivis.volumes.pipeline.export import export

    _, scene = built(head, SKIN, SKULL, {"kind": "slice", "axis": "z"}, title="</script>")
    first = {
        suffix: export(scene, tmp_path / f"a.{suffix}").read_bytes()
        for suffix in ("vtp", "vti", "glb", "vtkjs", "html")
    }
    for suffix, data in first.items():
        assert export(scene, tmp_path / f"b.{suffix}").read_bytes() == data, suffix
    again = open_volume(tmp_path / "a.vti")
    assert np.array_equal(again.dataset().array("density"), head.array("density"))
    polygons = open_volume(tmp_path / "a.vtp").facts()
    wanted = sum(item.get("cells", 0) for item in read_back(scene) if not item.get("added"))
    assert polygons.cells == wanted and polygons.variable("stage").maximum == 2
    magic, version, length = struct.unpack_from("<4sII", first["glb"])
    size = struct.unpack_from("<I", first["glb"], 12)[0]
    document = json.loads(first["glb"][20 : 20 + size])
    assert (magic, version, length) == (b"glTF", 2, len(first["glb"]))
    materials = {m["name"]: m for m in document["materials"]}
    assert materials["skin"]["alphaMode"] == "BLEND"
    assert materials["skin"]["pbrMetallicRoughness"]["baseColorFactor"][3] == 0.4
    counts = [
        document["accessors"][p["indices"]]["count"]
        for m in document["meshes"]
        for p in m["primitives"]
    ]
    assert counts[0] == 3 * stages_of(scene)["skin"]["cells"]
    with zipfile.ZipFile(tmp_path / "a.vtkjs") as archive:
        index = json.loads(archive.read("index.json"))
    assert len(index["scene"]) >= 3
    page = first["html"].decode()
    assert page.count("</script>") == 2 and "&lt;/script&gt;" in page and "http" not in page


def test_exports_that_cannot_be_say_so(head, torus, tmp_path):
    from multivis.volumes.pipeline.export import export

    _, scene = built(head, SKULL)
    for path, match in (
        (tmp_path / "a.stl", "cannot be exported as"),
        (tmp_path / "no" / "a.vtp", "does not exist"),
        (tmp_path / "no" / "a.glb", "cannot be written"),
    ):
        with pytest.raises(MultiVisError, match=match):
            export(scene, path)
    _, scene = built(torus, {"kind": "points"})
    with pytest.raises(InputError, match="no image data"):
        export(scene, Path(tmp_path / "a.vti"))
    _, scene = built(head, {"kind": "volume"})
    with pytest.raises(InputError, match="no surface to export"):
        export(scene, tmp_path / "a.glb")
