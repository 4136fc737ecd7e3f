"""Generated modules that show windows, read other files, never end, or flood are contained."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

pytest.importorskip("vtkmodules")

from multivis.data.artifacts import FileArtifactStore
from multivis.settings import Limits, Settings
from multivis.state import FailureKind
from multivis.volumes.data import VolumeData, open_volume_data
from multivis.volumes.drawing import Drawing, ModuleCall
from multivis.volumes.modules import ModuleRun, ModuleRunner

MODULE = """
import vtk

PARAMETERS = {"x": 1.0}


def build(data, parameters):
    ATTACK
    source = vtk.vtkSphereSource()
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputConnection(source.GetOutputPort())
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    renderer = vtk.vtkRenderer()
    renderer.AddActor(actor)
    renderer.ResetCamera()
    return renderer
"""


@pytest.fixture(scope="module")
def head() -> Iterator[VolumeData]:
    data = open_volume_data("phantom:head?size=16")
    yield data
    data.close()


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleRunner]:
    folder = tmp_path_factory.mktemp("attacks")
    settings = Settings(cache_dir=folder, limits=Limits(code_seconds=4, code_memory=900_000_000))
    made = ModuleRunner(settings, FileArtifactStore(folder / "artifacts"), memory=":memory:")
    yield made
    made.close()


def run(runner: ModuleRunner, head: VolumeData, attack: str) -> ModuleRun:
    code = MODULE.replace("ATTACK", attack)
    call = ModuleCall(task="a sphere", code=code, parameters={"x": 1.0})
    return runner.run(code, Drawing(data=head.address, size=(80, 80), module=call), head)


def test_the_module_itself_is_harmless(runner, head):
    assert run(runner, head, "pass").passed


@pytest.mark.parametrize(
    "attack",
    [
        "vtk.vtkRenderWindow().Render()",
        "vtk.vtkRenderWindowInteractor().Start()",
        "getattr(vtk, 'vtkRender' + 'WindowInteractor')().Start()",
    ],
)
def test_a_module_that_shows_a_window_is_contained(runner, head, attack):
    started = time.monotonic()
    result = run(runner, head, attack)
    # named openly it never runs; hidden it finds no display, and its time is limited
    assert time.monotonic() - started < 60
    if "getattr" not in attack:
        assert result.failure is not None and result.failure.kind is FailureKind.REFUSED


@pytest.mark.parametrize(
    "read",
    [
        "open(SECRET).read()",
        "__import__('pathlib').Path(SECRET).read_bytes()",
        "__import__('os').open(SECRET, 0)",
    ],
)
def test_a_module_that_reads_other_files_is_refused(runner, head, tmp_path, read):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    result = run(runner, head, read.replace("SECRET", repr(str(secret))))
    assert result.failure is not None
    assert result.failure.kind is FailureKind.REFUSED
    assert "the secret" not in str(result)


def test_a_reader_of_vtk_reads_no_other_file_either(runner, head, tmp_path):
    from vtkmodules.vtkFiltersSources import vtkSphereSource
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    source = vtkSphereSource()
    writer = vtkXMLPolyDataWriter()
    writer.SetInputConnection(source.GetOutputPort())
    writer.SetFileName(str(tmp_path / "secret.vtp"))
    writer.Write()
    attack = (
        "reader = vtk.vtkXMLPolyDataReader()\n"
        f"    reader.SetFileName({str(tmp_path / 'secret.vtp')!r})\n"
        "    reader.Update()\n"
        "    assert reader.GetOutput().GetNumberOfPoints() == 0, 'it was read'"
    )
    result = run(runner, head, attack)
    assert "it was read" not in str(result.failure)


@pytest.mark.parametrize(
    ("attack", "kinds"),
    [
        ("while True: pass", {FailureKind.TIMEOUT}),
        ("__import__('time').sleep(600)", {FailureKind.TIMEOUT}),
        (
            "x = [bytearray(10**8) for _ in range(100)]",
            {
                FailureKind.MEMORY,
                FailureKind.TIMEOUT,
            },  # a slow machine is not fast enough to fill it
        ),
        ("print('x' * 10**8)", {FailureKind.OUTPUT}),
        (
            "__import__('socket').create_connection(('127.0.0.1', 9))",
            {FailureKind.REFUSED, FailureKind.EXECUTION},
        ),
        (
            "__import__('subprocess').run(['/bin/true'])",
            {FailureKind.REFUSED, FailureKind.EXECUTION},
        ),
        ("__import__('os')._exit(0)", {FailureKind.EXECUTION}),
    ],
)
def test_a_module_that_never_ends_or_takes_too_much_is_stopped(runner, head, attack, kinds):
    started = time.monotonic()
    result = run(runner, head, attack)
    assert result.failure is not None and result.failure.kind in kinds
    assert result.picture is None
    assert time.monotonic() - started < 60


def test_a_module_cannot_pass_off_a_picture_that_is_none(runner, head):
    attack = (
        "open('picture.png', 'wb').write(b'no picture')\n"
        "    open('read_back.json', 'w').write('[1, 2]')\n"
        "    import sys\n"
        "    sys.exit(0)"
    )
    result = run(runner, head, attack)
    assert not result.passed


def test_after_all_attacks_the_next_module_runs(runner, head):
    assert run(runner, head, "pass").passed
