"""A damaged file ends no process and shows no traceback: it is read, or it is one sentence."""

from __future__ import annotations

import json
import random
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from gzip import compress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("vtkmodules")

from multivis.errors import SourceFormatError
from multivis.volumes import open_volume

WRITER = """
import sys
import vtkmodules.vtkIOLegacy as legacy
import vtkmodules.vtkIOXML as xml
from vtkmodules.vtkFiltersCore import vtkAppendFilter, vtkElevationFilter
from vtkmodules.vtkFiltersGeometry import vtkGeometryFilter
from vtkmodules.vtkImagingCore import vtkRTAnalyticSource
from vtkmodules.vtkIOExodus import vtkExodusIIWriter

folder = sys.argv[1]
source = vtkRTAnalyticSource()
source.SetWholeExtent(0, 5, 0, 4, 0, 3)
source.Update()
cells, faces = vtkAppendFilter(), vtkGeometryFilter()
cells.AddInputConnection(source.GetOutputPort())
faces.SetInputConnection(source.GetOutputPort())
for producer, name, suffix in (
    (source, "ImageData", "vti"), (cells, "UnstructuredGrid", "vtu"), (faces, "PolyData", "vtp")
):
    writer = getattr(xml, f"vtkXML{name}Writer")()
    writer.SetInputConnection(producer.GetOutputPort())
    writer.SetFileName(f"{folder}/a.{suffix}")
    writer.Write()
for producer, name in ((cells, "UnstructuredGrid"), (faces, "PolyData")):
    writer = getattr(legacy, f"vtk{name}Writer")()
    writer.SetInputConnection(producer.GetOutputPort())
    writer.SetFileTypeToBinary()
    writer.SetFileName(f"{folder}/{name}.vtk")
    writer.Write()
height = vtkElevationFilter()
height.SetInputConnection(cells.GetOutputPort())
writer = vtkExodusIIWriter()
writer.SetInputConnection(height.GetOutputPort())
writer.SetFileName(f"{folder}/a.ex2")
writer.Write()
"""

READER = """
import sys, traceback
from multivis.errors import MultiVisError
from multivis.volumes import open_volume

for line in open(sys.argv[1]):
    try:
        source = open_volume(line.strip())
        source.facts(), source.fingerprint()
        said = "read"
    except MultiVisError as error:
        said = "many lines" if len(str(error).strip().splitlines()) > 1 else "said"
    except BaseException as error:
        said = f"{type(error).__name__}: {error} " + traceback.format_exc().splitlines()[-2]
    print(said.replace("\\n", " "), flush=True)
"""


def nifti(values: np.ndarray[Any, Any]) -> bytes:
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, *reversed(values.shape), 1, 1, 1, 1)
    struct.pack_into("<hh", head, 70, 4, 16)
    struct.pack_into("<8f", head, 76, *(1.0,) * 8)
    struct.pack_into("<f", head, 108, 352.0)
    head[344:348] = b"n+1\0"
    return bytes(head) + values.tobytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good file of each format."""
    folder = tmp_path_factory.mktemp("whole")
    subprocess.run([sys.executable, "-c", WRITER, str(folder)], check=True, timeout=120)
    values = np.arange(6 * 5 * 4, dtype="<i2").reshape(4, 5, 6)
    np.save(folder / "a.npy", values)
    np.savez_compressed(folder / "a.npz", values=values)
    meta = "NDims = 3\nCompressedData = True\nDimSize = 6 5 4\nElementType = MET_SHORT\n"
    meta += "ElementDataFile = LOCAL\n"
    (folder / "a.mha").write_bytes(meta.encode() + zlib.compress(values.tobytes()))
    nrrd = "NRRD0004\ntype: short\ndimension: 3\nsizes: 6 5 4\nencoding: gzip\nendian: little\n\n"
    (folder / "a.nrrd").write_bytes(nrrd.encode() + compress(values.tobytes()))
    (folder / "a.nii").write_bytes(nifti(values))
    (folder / "a.nii.gz").write_bytes(compress(nifti(values)))
    (folder / "a.raw").write_bytes(values.tobytes())
    (folder / "a.raw.json").write_text(json.dumps({"dimensions": [6, 5, 4], "type": "int16"}))
    return folder


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Cut off, with other bytes, with other numbers in its header, or with a part missing."""
    kind = chance.randrange(4)
    if kind == 0:
        return content[: chance.randrange(len(content))]
    changed = bytearray(content)
    if kind == 1:
        for _ in range(chance.randrange(1, 20)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    elif kind == 2:
        found = list(re.finditer(rb"-?\d+", content[:2000])) or list(re.finditer(b".", content[:9]))
        match = chance.choice(found)
        new = chance.choice([b"-1", b"0", b"99999999999", b"2147483647", b"nan", b""])
        changed[match.start() : match.end()] = new
    else:
        place = chance.randrange(len(changed))
        del changed[place : place + chance.randrange(1, 200)]
    return bytes(changed)


def test_no_damaged_file_ends_the_process_or_shows_a_traceback(whole, tmp_path):
    chance = random.Random(11)
    paths = []
    for good in sorted(whole.iterdir()):
        for number in range(4):
            folder = tmp_path / f"{good.name}-{number}"
            folder.mkdir()
            if good.name.startswith("a.raw"):
                for other in whole.glob("a.raw*"):
                    (folder / other.name).write_bytes(other.read_bytes())
            (folder / good.name).write_bytes(damaged(good.read_bytes(), chance))
            paths.append(folder / good.name.removesuffix(".json"))
    names = tmp_path / "names"
    names.write_text("\n".join(map(str, paths)))
    done = subprocess.run(
        [sys.executable, "-c", READER, str(names)], capture_output=True, text=True, timeout=300
    )
    said = dict(zip(paths, done.stdout.splitlines(), strict=False))
    assert done.returncode == 0, f"ended over {paths[len(said)]}"
    assert {path: one for path, one in said.items() if one not in {"said", "read"}} == {}
    assert done.stderr == ""
    assert "said" in said.values() and len(said) == len(paths) > 50


def with_point_ids(content: bytes, number: int) -> bytes:
    """A legacy file whose first cell names a point that is not there."""
    match = re.search(rb"CONNECTIVITY (int|vtktypeint64)\n", content)
    assert match is not None
    form = ">i" if match[1] == b"int" else ">q"
    changed = struct.pack(form, number)
    return content[: match.end()] + changed + content[match.end() + len(changed) :]


@pytest.mark.parametrize("number", [-5, 120, 2**31 - 1])
@pytest.mark.parametrize("name", ["UnstructuredGrid.vtk", "PolyData.vtk"])
def test_cells_that_name_points_which_are_not_there_are_refused(whole, tmp_path, name, number):
    path = tmp_path / name
    path.write_bytes(with_point_ids((whole / name).read_bytes(), number))
    with pytest.raises(SourceFormatError, match="damaged"):
        open_volume(path)


def test_a_file_that_ends_its_reader_is_one_sentence_and_the_next_file_is_read(
    whole, tmp_path, monkeypatch
):
    from multivis.volumes.readers import examination

    def ended(request: dict[str, Any]) -> dict[str, Any] | None:
        return None if "bad" in request["path"] else asked(request)

    asked: Callable[[dict[str, Any]], dict[str, Any] | None] = examination._asked
    monkeypatch.setattr(examination, "_asked", ended)
    (tmp_path / "bad.vti").write_bytes((whole / "a.vti").read_bytes())
    with pytest.raises(SourceFormatError, match="it made the reader fail"):
        open_volume(tmp_path / "bad.vti")
    assert open_volume(whole / "a.vti").facts().dimensions == (6, 5, 4)


def test_the_helper_is_started_again_when_it_ended(whole):
    from multivis.volumes.readers import examination

    open_volume(whole / "a.vtu")
    (helper,) = examination._HELPER
    helper.kill()
    helper.wait()
    assert open_volume(whole / "a.vtp").facts().kind == "polydata"
    assert examination._HELPER[0].pid != helper.pid


def test_a_file_that_was_tried_once_is_not_tried_again_until_it_changes(
    whole, tmp_path, monkeypatch
):
    from multivis.volumes.readers import examination

    path = tmp_path / "a.vti"
    path.write_bytes((whole / "a.vti").read_bytes())
    open_volume(path)
    monkeypatch.setattr(examination, "_asked", lambda request: None)
    open_volume(path)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(SourceFormatError):
        open_volume(path)
