"""Every format gives the same values at the same places; damage is told in one sentence."""

from __future__ import annotations

import gzip
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from multivis.errors import (
    EmptySourceError,
    InputError,
    MultiVisError,
    OptionError,
    SourceFormatError,
    SourceNotFoundError,
)
from multivis.settings import Limits
from multivis.volumes import is_volume, open_volume

pytest.importorskip("vtkmodules")

SPACING = (1.5, 2.0, 2.5)
ORIGIN = (10.0, -20.0, 30.0)


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """Values that differ everywhere: (z, y, x) = (4, 5, 6)."""
    return np.arange(120, dtype=np.int16).reshape(4, 5, 6) * 7 - 300


def image(values: np.ndarray, name: str = "density"):
    from multivis.volumes.readers.arrays import image_from_array

    return image_from_array({name: values}, SPACING, ORIGIN)


def value_at(source, point, time: int = 0) -> float:
    """The value at a place in the data's coordinates."""
    data = source.dataset(time)
    x, y, z = (
        round((p - o) / s)
        for p, o, s in zip(point, data.vtk.GetOrigin(), data.vtk.GetSpacing(), strict=True)
    )
    return float(data.array(data.names[0])[z, y, x])


def write(writer_name: str, module: str, data, path: Path) -> Path:
    from importlib import import_module

    writer = getattr(import_module(f"vtkmodules.{module}"), writer_name)()
    writer.SetInputData(data)
    writer.SetFileName(str(path))
    writer.Write()
    return path


def test_vtk_image_files_keep_values_spacing_and_origin(values, tmp_path):
    for path in (
        write("vtkXMLImageDataWriter", "vtkIOXML", image(values), tmp_path / "a.vti"),
        write("vtkDataSetWriter", "vtkIOLegacy", image(values), tmp_path / "a.vtk"),
        write("vtkMetaImageWriter", "vtkIOImage", image(values), tmp_path / "a.mha"),
        write("vtkMetaImageWriter", "vtkIOImage", image(values), tmp_path / "a.mhd"),
    ):
        facts = open_volume(path).facts()
        assert facts.kind == "image" and facts.dimensions == (6, 5, 4), path
        assert facts.spacing == pytest.approx(SPACING) and facts.origin == pytest.approx(ORIGIN)
        data = open_volume(path).dataset()
        assert np.array_equal(data.array(data.names[0]), values)
        assert data.array(data.names[0]).dtype == np.int16


def test_other_grids_are_read_as_what_they_are(values, tmp_path):
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkRectilinearGrid, vtkStructuredGrid
    from vtkmodules.vtkFiltersCore import vtkAppendFilter, vtkContourFilter

    start = image(values)
    grid = vtkRectilinearGrid()
    grid.SetDimensions(6, 5, 4)
    grid.SetXCoordinates(numpy_to_vtk(np.array([0, 1, 2, 4, 8, 16.0]), deep=True))
    grid.SetYCoordinates(numpy_to_vtk(np.arange(5.0), deep=True))
    grid.SetZCoordinates(numpy_to_vtk(np.arange(4.0), deep=True))
    grid.GetPointData().ShallowCopy(start.GetPointData())
    curved = vtkStructuredGrid()
    curved.SetDimensions(6, 5, 4)
    points = vtkPoints()
    for index in range(120):
        points.InsertNextPoint(*start.GetPoint(index))
    curved.SetPoints(points)
    curved.GetPointData().ShallowCopy(start.GetPointData())
    append = vtkAppendFilter()
    append.AddInputData(start)
    append.Update()
    surface = vtkContourFilter()
    surface.SetInputData(start)
    surface.SetValue(0, 100)
    surface.Update()
    cases = {
        "rectilinear": ("vtkXMLRectilinearGridWriter", grid, "a.vtr"),
        "structured": ("vtkXMLStructuredGridWriter", curved, "a.vts"),
        "unstructured": ("vtkXMLUnstructuredGridWriter", append.GetOutput(), "a.vtu"),
        "polydata": ("vtkXMLPolyDataWriter", surface.GetOutput(), "a.vtp"),
    }
    for kind, (writer, data, name) in cases.items():
        facts = open_volume(write(writer, "vtkIOXML", data, tmp_path / name)).facts()
        assert facts.kind == kind and facts.variables[0].name == "density"
        assert facts.cells == data.GetNumberOfCells()


def test_nifti_is_turned_from_its_own_space_to_the_patients(values, tmp_path):
    plain = write("vtkNIFTIImageWriter", "vtkIOImage", image(values), tmp_path / "a.nii")
    packed = tmp_path / "b.nii.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        source = open_volume(path)
        facts = source.facts()
        assert facts.orientation == "LPS" and facts.units == "mm"
        assert facts.spacing == pytest.approx(SPACING)
        # x and y of NIfTI run to the right and to the front: the first voxel comes last.
        assert source.dataset().array("values")[0, 0, 0] == values[0, -1, -1]


def test_nifti_places_follow_the_sform_and_values_are_scaled(tmp_path):
    stored = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    path = tmp_path / "scaled.nii"
    path.write_bytes(nifti(stored, slope=2.0, intercept=-1000.0))
    source = open_volume(path)
    # Voxel (i, j, k) lies at RAS (2k + 5, 3i - 7, 4j + 1), so at LPS (-2k - 5, -3i + 7, 4j + 1).
    assert value_at(source, (-5.0, 7.0, 1.0)) == stored[0, 0, 0] * 2 - 1000
    assert value_at(source, (-7.0, -2.0, 9.0)) == stored[1, 2, 3] * 2 - 1000
    assert source.facts().spacing == (2.0, 3.0, 4.0)


def test_a_nifti_film_has_time_steps(tmp_path):
    stored = np.arange(72, dtype=np.int16).reshape(3, 2, 3, 4)
    path = tmp_path / "film.nii"
    path.write_bytes(nifti(stored))
    source = open_volume(path)
    assert source.times == (0.0, 2.0, 4.0)
    assert value_at(source, (-5.0, 7.0, 1.0), time=2) == 48
    assert value_at(source, (-5.0, 7.0, 1.0), time=0) == 0
    with pytest.raises(OptionError, match="no time step 3"):
        source.dataset(3)


def nifti(stored: np.ndarray, slope: float = 0.0, intercept: float = 0.0) -> bytes:
    """A NIfTI-1 file whose sform permutes the axes."""
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    shape = stored.shape[::-1]
    struct.pack_into("<8h", head, 40, stored.ndim, *shape, *([1] * (7 - stored.ndim)))
    struct.pack_into("<hh", head, 70, 4, 16)
    struct.pack_into("<8f", head, 76, 1, 3, 4, 2, 2, 0, 0, 0)
    struct.pack_into("<3f", head, 108, 352, slope, intercept)
    head[123] = 2 | 8
    struct.pack_into("<2h", head, 252, 0, 1)
    rows = (0, 0, 2, 5), (3, 0, 0, -7), (0, 4, 0, 1)
    struct.pack_into("<12f", head, 280, *(part for row in rows for part in row))
    head[344:348] = b"n+1\0"
    return bytes(head) + stored.tobytes()


def nrrd(values: np.ndarray, *, space: str, packed: bool = False) -> bytes:
    data = values.tobytes()
    text = [
        "NRRD0004",
        "# written by a test",
        "type: short",
        "dimension: 3",
        f"space: {space}",
        "sizes: " + " ".join(str(part) for part in values.shape[::-1]),
        "space directions: (0,2,0) (0,0,3) (1.5,0,0)",
        "space origin: (1,2,3)",
        "endian: little",
        "encoding: " + ("gzip" if packed else "raw"),
        "",
        "",
    ]
    return "\n".join(text).encode() + (gzip.compress(data) if packed else data)


@pytest.mark.parametrize("packed", [False, True])
def test_nrrd_axes_are_permuted_to_x_y_z(values, tmp_path, packed):
    path = tmp_path / "a.nrrd"
    path.write_bytes(nrrd(values, space="left-posterior-superior", packed=packed))
    source = open_volume(path)
    facts = source.facts()
    assert facts.dimensions == (4, 6, 5) and facts.spacing == (1.5, 2.0, 3.0)
    assert facts.orientation == "LPS" and facts.origin == (1.0, 2.0, 3.0)
    # Sample (i, j, k) lies at (1.5k, 2i, 3j) from the origin.
    assert value_at(source, (1 + 1.5 * 3, 2 + 2 * 5, 3 + 3 * 4)) == values[3, 4, 5]
    assert value_at(source, (1 + 1.5, 2.0, 3.0)) == values[1, 0, 0]


def test_nrrd_in_the_other_handed_space_is_mirrored_into_place(values, tmp_path):
    path = tmp_path / "a.nrrd"
    path.write_bytes(nrrd(values, space="right-anterior-superior"))
    assert value_at(open_volume(path), (-1 - 1.5 * 3, -2 - 2 * 5, 3 + 3 * 4)) == values[3, 4, 5]


def test_a_detached_header_names_only_files_beside_it(values, tmp_path):
    text = nrrd(values, space="left-posterior-superior").split(b"\n\n")[0]
    (tmp_path / "a.raw").write_bytes(values.tobytes())
    header = tmp_path / "a.nhdr"
    header.write_bytes(text + b"\ndata file: a.raw\n\n")
    assert open_volume(header).facts().dimensions == (4, 6, 5)
    header.write_bytes(text + b"\ndata file: ../a.raw\n\n")
    with pytest.raises(SourceFormatError, match="outside of its folder"):
        open_volume(header)


def test_raw_values_need_a_header_that_fits(values, tmp_path):
    path = tmp_path / "ct.raw"
    path.write_bytes(values.astype(">i2").tobytes())
    assert not is_volume(path)
    with pytest.raises(SourceFormatError, match="no header beside it"):
        open_volume(path)
    header = {"dimensions": [6, 5, 4], "type": "int16", "byte_order": "big", "units": "mm"}
    header |= {"spacing": SPACING, "variable": "density", "value_units": "HU"}
    Path(f"{path}.json").write_text(json.dumps(header))
    source = open_volume(path)
    assert is_volume(path) and np.array_equal(source.dataset().array("density"), values)
    assert source.facts().variables[0].units == "HU" and source.facts().units == "mm"
    Path(f"{path}.json").write_text(json.dumps(header | {"dimensions": [60, 5, 4]}))
    with pytest.raises(SourceFormatError, match="240 bytes of values; its header asks for 2,400"):
        open_volume(path)
    Path(f"{path}.json").write_text(json.dumps(header | {"type": "complex"}))
    with pytest.raises(SourceFormatError, match="type"):
        open_volume(path)


def test_numpy_files_and_arrays_keep_their_names(values, tmp_path):
    np.save(tmp_path / "a.npy", values)
    np.savez(tmp_path / "a.npz", pressure=values, velocity=np.zeros((4, 5, 6, 3), np.float32))
    assert open_volume(tmp_path / "a.npy").facts().dimensions == (6, 5, 4)
    facts = open_volume(tmp_path / "a.npz").facts()
    assert [(v.name, v.components) for v in facts.variables] == [("pressure", 1), ("velocity", 3)]
    assert open_volume({"one": values, "two": values * 2}).dataset().names == ("one", "two")
    (tmp_path / "b.npy").write_bytes(b"\x93NUMPY\x01\x00garbage")
    with pytest.raises(SourceFormatError, match=r"b\.npy is no NumPy file"):
        open_volume(tmp_path / "b.npy")


def test_arrays_are_shared_with_vtk_and_not_copied():
    array = np.zeros((8, 8, 8), np.float32)
    source = open_volume(array)
    array[1, 2, 3] = 42.0
    assert source.dataset().vtk.GetScalarComponentAsDouble(3, 2, 1, 0) == 42.0


EXODUS = """
import sys
from vtkmodules.vtkFiltersCore import vtkAppendFilter, vtkElevationFilter
from vtkmodules.vtkImagingCore import vtkRTAnalyticSource
from vtkmodules.vtkIOExodus import vtkExodusIIWriter

source = vtkRTAnalyticSource()
source.SetWholeExtent(0, 4, 0, 3, 0, 2)
height = vtkElevationFilter()
height.SetInputConnection(source.GetOutputPort())
height.SetLowPoint(0, 0, 0)
height.SetHighPoint(4, 0, 0)
height.SetScalarRange(0, 59)
append = vtkAppendFilter()
append.AddInputConnection(height.GetOutputPort())
writer = vtkExodusIIWriter()
writer.SetInputConnection(append.GetOutputPort())
writer.SetFileName(sys.argv[1])
writer.Write()
"""


def test_exodus_files_have_variables_and_times(tmp_path):
    # in a process of its own: VTK's writer, which only this test uses, has crashed beside others
    subprocess.run([sys.executable, "-c", EXODUS, str(tmp_path / "a.ex2")], check=True, timeout=120)
    facts = open_volume(tmp_path / "a.ex2").facts()
    assert facts.kind == "unstructured" and facts.cells == 24 and facts.points == 60
    height = facts.variable("Elevation")
    assert height is not None and (height.minimum, height.maximum) == (0.0, 59.0)


def test_a_series_of_files_is_a_film_in_the_order_of_its_numbers(tmp_path):
    for step in (1, 2, 10):
        np.save(tmp_path / f"step_{step}.npy", np.full((3, 3, 3), step, np.int16))
    (tmp_path / "notes.txt").write_text("not a step")
    source = open_volume(str(tmp_path / "step_*.npy"))
    assert is_volume(str(tmp_path / "step_*.npy")) and len(source.times) == 3
    assert [int(source.dataset(i).array("values")[0, 0, 0]) for i in (0, 1, 2)] == [1, 2, 10]
    assert int(source.dataset(0).array("values")[0, 0, 0]) == 1
    with pytest.raises(SourceNotFoundError, match="No file matches"):
        open_volume(str(tmp_path / "run_*.npy"))


# ── DICOM ───────────────────────────────────────────────────────────────────────────────────


def dicom(pixels: np.ndarray, place, *, number: int = 1, implicit: bool = False, **other) -> bytes:
    """One slice as a scanner writes it."""
    syntax = other.pop("syntax", "1.2.840.10008.1.2" + ("" if implicit else ".1"))

    def element(group: int, tag: int, kind: str, value: bytes, plain: bool) -> bytes:
        value += (b"\0" if kind in ("UI", "OW") else b" ") * (len(value) % 2)
        head = struct.pack("<HH", group, tag)
        if plain:
            return head + struct.pack("<I", len(value)) + value
        if kind in ("OW", "SQ"):
            return head + kind.encode() + b"\0\0" + struct.pack("<I", len(value)) + value
        return head + kind.encode() + struct.pack("<H", len(value)) + value

    def text(group: int, tag: int, kind: str, value: str) -> bytes:
        return element(group, tag, kind, value.encode(), implicit)

    def short(tag: int, value: int) -> bytes:
        return element(0x28, tag, "US", struct.pack("<H", value), implicit)

    nested = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    nested += text(0x20, 0x0032, "DS", "9\\9\\9")
    nested += struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    head = struct.pack("<HH", 0x0008, 0x1140)
    sequence = head + (b"" if implicit else b"SQ\0\0") + struct.pack("<I", 0xFFFFFFFF) + nested
    body = [
        element(0x02, 0x10, "UI", syntax.encode(), False),
        text(0x08, 0x60, "CS", "CT"),
        sequence,
        text(0x20, 0x0E, "UI", other.get("series", "1.2.3")),
        text(0x20, 0x13, "IS", str(number)),
        text(0x20, 0x32, "DS", "\\".join(f"{part:g}" for part in place)),
        text(0x20, 0x37, "DS", other.get("orientation", "1\\0\\0\\0\\1\\0")),
        short(0x02, 1),
        short(0x10, pixels.shape[0]),
        short(0x11, pixels.shape[1]),
        text(0x28, 0x30, "DS", "2\\1.5"),
        short(0x0100, 16),
        short(0x0103, 0),
        text(0x28, 0x1052, "DS", "-1024"),
        text(0x28, 0x1053, "DS", "1"),
        element(0x7FE0, 0x10, "OW", pixels.astype("<u2").tobytes(), implicit),
    ]
    return bytes(128) + b"DICM" + b"".join(body)


@pytest.mark.parametrize("implicit", [False, True])
def test_dicom_slices_are_ordered_by_where_they_lie(tmp_path, implicit):
    slices = np.arange(60, dtype=np.uint16).reshape(3, 4, 5) + 1000
    for name, k in (("b", 0), ("c", 1), ("a", 2)):
        data = dicom(slices[k], (10, 20, 30 + 3 * k), number=9 - k, implicit=implicit)
        (tmp_path / f"{name}.bin").write_bytes(data)
    (tmp_path / "README").write_text("no slice")
    assert is_volume(tmp_path)
    source = open_volume(tmp_path)
    facts = source.facts()
    assert facts.dimensions == (5, 4, 3) and facts.spacing == (1.5, 2.0, 3.0)
    assert facts.origin == (10.0, 20.0, 30.0) and facts.orientation == "LPS"
    assert facts.variables[0].units == "HU" and facts.units == "mm"
    assert np.array_equal(source.dataset().array("density"), slices.astype(int) - 1024)


def test_dicom_slices_of_another_plane_are_turned_upright(tmp_path):
    slices = np.arange(60, dtype=np.uint16).reshape(3, 4, 5) + 1024
    for k in range(3):  # sagittal: rows run to the back, columns downwards
        data = dicom(slices[k], (3 * k, 0, 0), number=k, orientation="0\\1\\0\\0\\0\\-1")
        (tmp_path / f"{k}.dcm").write_bytes(data)
    source = open_volume(tmp_path)
    assert source.facts().dimensions == (3, 5, 4)
    assert value_at(source, (6.0, 1.5 * 4, -2.0 * 3)) == slices[2, 3, 4] - 1024


def test_dicom_that_cannot_be_read_says_why(tmp_path):
    pixels = np.zeros((4, 5), np.uint16)
    (tmp_path / "a.dcm").write_bytes(dicom(pixels, (0, 0, 0), syntax="1.2.840.10008.1.2.4.70"))
    with pytest.raises(SourceFormatError, match=r"compressed \(transfer syntax"):
        open_volume(tmp_path)
    (tmp_path / "a.dcm").write_bytes(dicom(pixels, (0, 0, 0)))
    with pytest.raises(SourceFormatError, match="no volume"):
        open_volume(tmp_path)
    (tmp_path / "b.dcm").write_bytes(dicom(pixels, (0, 0, 0)))
    with pytest.raises(SourceFormatError, match="same place"):
        open_volume(tmp_path)
    (tmp_path / "b.dcm").write_bytes(dicom(pixels, (0, 0, 2))[:-20])
    with pytest.raises(SourceFormatError, match="cut off"):
        open_volume(tmp_path)


def test_the_largest_of_several_series_is_read_and_said(tmp_path):
    for k in range(3):
        (tmp_path / f"{k}.dcm").write_bytes(dicom(np.zeros((4, 5)), (0, 0, k)))
    (tmp_path / "s.dcm").write_bytes(dicom(np.zeros((4, 5)), (0, 0, 9), series="7.7"))
    facts = open_volume(tmp_path).facts()
    assert facts.dimensions == (5, 4, 3) and "2 series" in facts.notes[0]


# ── bad input ───────────────────────────────────────────────────────────────────────────────


def test_a_plane_or_an_empty_array_is_no_volume():
    for array, kind in (
        (np.zeros((4, 5)), SourceFormatError),
        (np.zeros((4, 5, 1)), SourceFormatError),
        (np.zeros((0, 5, 5)), EmptySourceError),
        (np.zeros((4, 5, 6), "U3"), SourceFormatError),
    ):
        with pytest.raises(kind):
            open_volume(array)


def test_a_flat_vtk_image_is_no_volume(tmp_path):
    path = write(
        "vtkXMLImageDataWriter", "vtkIOXML", image(np.zeros((1, 5, 6))), tmp_path / "a.vti"
    )
    with pytest.raises(SourceFormatError, match="1 × 5 × 6 values, which is no volume"):
        open_volume(path)


def test_values_that_are_no_numbers_are_counted_and_left_out(values):
    array = values.astype(np.float32)
    array[0, 0, :2] = np.nan
    array[1, 1, 1] = np.inf
    facts = open_volume(array).facts()
    assert facts.variables[0].not_finite == 3 and "3 values are not numbers" in facts.notes[0]
    assert facts.variables[0].minimum == np.nanmin(array)
    with pytest.raises(EmptySourceError, match="no finite value"):
        open_volume(np.full((3, 3, 3), np.nan)).facts()


def test_too_many_values_are_down_sampled_and_said(tmp_path):
    array = np.arange(30**3, dtype=np.int32).reshape(30, 30, 30)
    np.save(tmp_path / "a.npy", array)
    limits = Limits(volume_cells=5_000)
    for address in (array, tmp_path / "a.npy"):
        source = open_volume(address, limits=limits)
        facts = source.facts()
        assert facts.dimensions == (15, 15, 15) and facts.spacing == (2.0, 2.0, 2.0)
        assert "down-sampled 2×" in facts.notes[0] and "30 × 30 × 30" in facts.notes[0]
        assert np.array_equal(source.dataset().array("values"), array[::2, ::2, ::2])
    vti = write("vtkXMLImageDataWriter", "vtkIOXML", image(array), tmp_path / "a.vti")
    facts = open_volume(vti, limits=limits).facts()
    assert facts.dimensions == (15, 15, 15) and "down-sampled 2×" in facts.notes[0]


@pytest.mark.slow
def test_a_billion_values_are_down_sampled_while_they_are_read(tmp_path):
    path = tmp_path / "huge.raw"
    with path.open("wb") as file:  # a hole: it takes no room on the disk
        os.truncate(file.fileno(), 1000 * 1000 * 1100)
    Path(f"{path}.json").write_text(json.dumps({"dimensions": [1000, 1000, 1100], "type": "uint8"}))
    facts = open_volume(path, limits=Limits(volume_cells=3_000_000)).facts()
    assert facts.dimensions == (125, 125, 138) and "down-sampled 8×" in facts.notes[0]


def test_damaged_files_are_one_sentence_and_nothing_on_the_error_stream(values, tmp_path, capfd):
    good = {
        "a.vti": write("vtkXMLImageDataWriter", "vtkIOXML", image(values), tmp_path / "g.vti"),
        "a.vtk": write("vtkDataSetWriter", "vtkIOLegacy", image(values), tmp_path / "g.vtk"),
        "a.mha": write("vtkMetaImageWriter", "vtkIOImage", image(values), tmp_path / "g.mha"),
        "a.nii": write("vtkNIFTIImageWriter", "vtkIOImage", image(values), tmp_path / "g.nii"),
    }
    capfd.readouterr()
    for name, path in good.items():
        data = path.read_bytes()
        for damaged in (b"", b"garbage\n" * 20, data[: len(data) // 3], data[:40]):
            bad = tmp_path / name
            bad.write_bytes(damaged)
            with pytest.raises(InputError) as caught:
                open_volume(bad).facts()
            assert name in caught.value.message and "\n" not in str(caught.value)
            assert "0x" not in str(caught.value)
    for suffix in (".ex2", ".vtu", ".vtp", ".vtr", ".vts", ".nrrd", ".npz", ".nii.gz", ".dcm"):
        bad = tmp_path / f"b{suffix}"
        bad.write_bytes(b"garbage\n" * 20)
        with pytest.raises(InputError):
            open_volume(bad).facts()
    captured = capfd.readouterr()
    assert captured.err == "" and captured.out == ""


def test_addresses_are_told_apart_without_reading_them(tmp_path):
    for name in ("a.vti", "A.VTU", "b.nii.gz", "c.mhd", "d.nhdr", "e.ex2", "f.npy"):
        assert is_volume(name) and is_volume(tmp_path / name)
    for name in ("a.csv", "b.parquet", "sqlite:///x.vti", "c.json", "", "a\0.txt", "x.gz"):
        assert not is_volume(name)
    assert not is_volume(tmp_path) and not is_volume(None) and not is_volume(np.zeros((3, 3)))
    assert is_volume("phantom:head") and is_volume(np.zeros((3, 3, 3)))


def test_unknown_files_and_variables_name_the_next_step(tmp_path, values):
    with pytest.raises(SourceNotFoundError, match="There is no file"):
        open_volume(tmp_path / "none.vti")
    with pytest.raises(SourceFormatError, match="neither DICOM slices nor a series"):
        open_volume(tmp_path)
    data = open_volume({"temperature": values, "pressure": values}).dataset()
    with pytest.raises(MultiVisError, match="Did you mean 'temperature'"):
        data.resolve("temprature")
    with pytest.raises(MultiVisError, match="It has: temperature, pressure"):
        data.resolve("qqq")
    with pytest.raises(MultiVisError, match="no vector variable"):
        data.resolve(None, components=3)
    assert data.resolve("Pressure") == "pressure"


def test_the_same_data_has_the_same_fingerprint_wherever_it_lies(values, tmp_path):
    np.save(tmp_path / "a.npy", values)
    assert open_volume(values).fingerprint() == open_volume(tmp_path / "a.npy").fingerprint()
    other = values.copy()
    other[2, 2, 2] += 1
    assert open_volume(other).fingerprint() != open_volume(values).fingerprint()
