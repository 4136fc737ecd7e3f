"""A scene for vtk.js is laid out as its loader reads it: an index, data sets, whole arrays."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("vtkmodules")

from multivis.volumes import Specification, open_volume
from multivis.volumes.pipeline import build_scene, read_back
from multivis.volumes.pipeline.export import export

STAGES = (
    {"kind": "isosurface", "isovalue": 489.0, "name": "skull", "color": "#e8dcc4"},
    {"kind": "isosurface", "isovalue": -470.0, "name": "skin", "opacity": 0.35},
    {"kind": "slice", "axis": "z", "position": 0.3, "color_map": "viridis"},
)


@pytest.fixture(scope="module")
def scene() -> Any:
    """Two surfaces and a coloured slice of a small head."""
    head = open_volume("phantom:head?size=32").dataset()
    return build_scene(Specification.model_validate({"stages": STAGES, "size": (200, 160)}), head)


@pytest.fixture(scope="module")
def archive(scene: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Its files by their names."""
    path = export(scene, Path(tmp_path_factory.mktemp("scene")) / "head.vtkjs")
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def arrays_in(told: Any) -> list[dict[str, Any]]:
    """Every array that the index of a data set names."""
    if isinstance(told, dict):
        here = [told] if "ref" in told else []
        return here + [array for value in told.values() for array in arrays_in(value)]
    return [array for value in told for array in arrays_in(value)] if isinstance(told, list) else []


def test_every_array_that_a_data_set_names_is_there_in_its_whole_size(archive):
    index = json.loads(archive["index.json"])
    named = {"index.json"}
    for item in index["scene"]:
        assert item["type"] == "vtkHttpDataSetReader"
        folder = item["vtkHttpDataSetReader"]["url"]
        told = json.loads(archive[f"{folder}/index.json"])
        assert told["vtkClass"] == "vtkPolyData"
        named.add(f"{folder}/index.json")
        for array in arrays_in(told):
            place = f"{folder}/{array['ref']['basepath']}/{array['ref']['id']}"
            kind = np.dtype(array["dataType"].removesuffix("Array").lower()).newbyteorder("<")
            assert array["ref"]["encode"] == "LittleEndian"
            assert len(archive[place]) == array["size"] * kind.itemsize
            named.add(place)
    assert named == set(archive), "no file is left that nothing names"


def test_the_surfaces_are_those_of_the_scene(scene, archive):
    index = json.loads(archive["index.json"])
    read = [record for record in read_back(scene) if "cells" in record]
    assert len(index["scene"]) == len(read)
    for item, record in zip(index["scene"], read, strict=True):
        folder = item["vtkHttpDataSetReader"]["url"]
        told = json.loads(archive[f"{folder}/index.json"])
        assert told["points"]["size"] == 3 * record["points"]
        assert item["property"]["opacity"] == pytest.approx(record["opacity"])
    color = [round(255 * part) for part in index["scene"][0]["property"]["diffuseColor"]]
    assert color == [0xE8, 0xDC, 0xC4]
    place = scene.place
    assert index["camera"]["position"] == pytest.approx(place.position, rel=1e-4)
    assert index["camera"]["focalPoint"] == pytest.approx(place.focal_point, abs=1e-3)


def test_the_colours_of_a_variable_are_in_the_index(scene, archive):
    index = json.loads(archive["index.json"])
    nodes = index["lookupTables"]["density"]["nodes"]
    table = scene.stage("slice").table
    assert [nodes[0][0], nodes[-1][0]] == pytest.approx(list(table.GetTableRange()))
    assert nodes[0][1:4] == pytest.approx(table.GetTableValue(0)[:3])
    assert nodes[-1][1:4] == pytest.approx(table.GetTableValue(255)[:3])
    assert index["scene"][2]["mapper"]["colorByArrayName"] == "density"
