"""Files of volumes that once broke something."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from multivis.errors import SourceFormatError
from multivis.volumes import open_volume

from .materials import make_volume

pytest.importorskip("vtkmodules")


def test_a_file_that_vtk_complains_of_in_bytes_is_told(tmp_path: Path) -> None:
    path = make_volume({"ending": ".vtk", "edits": [[0.0, 0, b"\x80"]], "cut": None}, tmp_path)
    with pytest.raises(SourceFormatError):
        open_volume(path)


def test_an_offset_beyond_any_file_is_told(tmp_path: Path) -> None:
    edits = [[0.234375, 0, b"\x00_"]]
    path = make_volume({"ending": ".nii.gz", "edits": edits, "cut": None}, tmp_path)
    with pytest.raises(SourceFormatError):
        open_volume(path)


def test_the_name_of_a_data_file_with_a_nul_is_told(tmp_path: Path) -> None:
    path = make_volume({"ending": ".mhd", "edits": [[0.9375, 0, b"\x00"]], "cut": None}, tmp_path)
    with pytest.raises(SourceFormatError):
        open_volume(path)


def test_scaled_whole_numbers_that_32_bits_do_not_hold_become_floats(tmp_path: Path) -> None:
    made = {"ending": ".nii", "edits": [], "cut": None}
    path = make_volume(made, tmp_path)
    content = bytearray(path.read_bytes())
    struct.pack_into("<f", content, 112, 1e9)  # the slope
    path.write_bytes(content)
    image = open_volume(path).dataset().vtk
    low, high = image.GetPointData().GetArray(0).GetRange()
    assert high > 1e12 > low >= 0.0
