"""VTK's own formats and Exodus II, read by VTK; what it complains about becomes our error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from multivis.errors import EmptySourceError, SourceFormatError
from multivis.settings import Limits
from multivis.volumes.dataset import Dataset
from multivis.volumes.pipeline.window import captured_messages
from multivis.volumes.readers.addresses import suffix_of
from multivis.volumes.readers.arrays import checked
from multivis.volumes.readers.examination import examine, require_sound
from multivis.volumes.readers.grids import aligned

__all__ = ["EXODUS", "exodus_times", "read_vtk_file"]

EXODUS = (".ex2", ".e", ".exo")

_XML = {
    ".vti": ("vtkXMLImageDataReader", "ImageData"),
    ".vtu": ("vtkXMLUnstructuredGridReader", "UnstructuredGrid"),
    ".vtp": ("vtkXMLPolyDataReader", "PolyData"),
    ".vtr": ("vtkXMLRectilinearGridReader", "RectilinearGrid"),
    ".vts": ("vtkXMLStructuredGridReader", "StructuredGrid"),
}


def read_vtk_file(path: Path, limits: Limits, *, step: int = 0) -> Dataset:
    """One file as a dataset.

    Args:
        path: With one of VTK's suffixes.
        limits: `volume_cells` bounds what is kept of image data.
        step: Time step (Exodus alone has several in one file).

    Raises:
        SourceFormatError: The file is damaged, or VTK cannot read it.
        EmptySourceError: It has no points.
    """
    suffix = suffix_of(path.name)
    examine(path, _what(suffix), limits.volume_cells, step)
    with captured_messages() as messages:
        data = _exodus(path, step) if suffix in EXODUS else _read(path, suffix)
    problem = messages.first_error()
    if data is None or problem:
        raise SourceFormatError(
            f"{path.name} cannot be read as {_what(suffix)}: {problem or 'it holds no data'}.",
            hint="The file is damaged or of another kind.",
        )
    require_sound(data, path.name)
    if data.GetNumberOfPoints() == 0:
        raise EmptySourceError(f"{path.name} has no points.", hint="Give a volume with values.")
    data, notes = _thinned(data, limits.volume_cells)
    made = Dataset(data, value_units=_value_units(data), notes=notes)
    return aligned(checked(made, path.name), path.name)


def _what(suffix: str) -> str:
    if suffix in EXODUS:
        return "Exodus II"
    return "a VTK file" if suffix == ".vtk" else f"VTK {_XML[suffix][1]}"


def _read(path: Path, suffix: str) -> Any:
    """The data object of a .vtk or XML file."""
    if suffix == ".vtk":
        from vtkmodules.vtkIOLegacy import vtkDataSetReader

        reader = vtkDataSetReader()
        reader.ReadAllScalarsOn()
        reader.ReadAllVectorsOn()
        reader.ReadAllFieldsOn()
    else:
        from vtkmodules import vtkIOXML as xml

        reader = getattr(xml, _XML[suffix][0])()
        if not reader.CanReadFile(str(path)):
            return None
    reader.SetFileName(str(path))
    reader.Update()
    return reader.GetOutput()


def _thinned(data: Any, most: int) -> tuple[Any, list[str]]:
    """Every n-th value of image data where there are more than the limit."""
    count = data.GetNumberOfPoints()
    if count <= most or not data.IsA("vtkImageData"):
        return data, []
    from vtkmodules.vtkImagingCore import vtkExtractVOI

    x, y, z = data.GetDimensions()
    step = 1
    while -(-x // step) * -(-y // step) * -(-z // step) > most:
        step += 1
    thin = vtkExtractVOI()
    thin.SetInputData(data)
    thin.SetVOI(*data.GetExtent())
    thin.SetSampleRate(step, step, step)
    thin.Update()
    note = (
        f"The volume of {x} × {y} × {z} values is more than the limit of {most:,}: "
        f"it was down-sampled {step}× along each axis."
    )
    return thin.GetOutput(), [note]


def _value_units(data: Any) -> dict[str, str]:
    """Units that a file gives for its arrays."""
    from vtkmodules.vtkCommonCore import vtkDataArray

    found = {}
    for values in (data.GetPointData(), data.GetCellData()):
        for index in range(values.GetNumberOfArrays()):
            array = values.GetArray(index)
            if array is None or not array.HasInformation():
                continue
            information = array.GetInformation()
            if information.Has(vtkDataArray.UNITS_LABEL()):
                found[str(array.GetName())] = str(information.Get(vtkDataArray.UNITS_LABEL()))
    return found


# ── Exodus II ───────────────────────────────────────────────────────────────────────────────


def _exodus_reader(path: Path) -> Any:
    from vtkmodules.vtkIOExodus import vtkExodusIIReader

    with path.open("rb") as file:
        start = file.read(4)
    if start[:3] != b"CDF" and start != b"\x89HDF":  # its library would write to the error stream
        raise SourceFormatError(
            f"{path.name} is no Exodus II file.", hint="The file is damaged or of another kind."
        )
    reader = vtkExodusIIReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    for kind in (vtkExodusIIReader.NODAL, vtkExodusIIReader.ELEM_BLOCK):
        for index in range(reader.GetNumberOfObjectArrays(kind)):
            name = reader.GetObjectArrayName(kind, index)
            reader.SetObjectArrayStatus(kind, name, 1)
    return reader


def exodus_times(path: Path) -> Sequence[float]:
    """The times of an Exodus file; one when it does not change.

    Raises:
        SourceFormatError: The file is damaged.
    """
    from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline

    from multivis.settings import Limits

    examine(path, _what(suffix_of(path.name)), Limits().volume_cells)
    with captured_messages() as messages:
        reader = _exodus_reader(path)
        key = vtkStreamingDemandDrivenPipeline.TIME_STEPS()
        information = reader.GetOutputInformation(0)
        times = list(information.Get(key) or ()) if information.Has(key) else []
    if messages.first_error():
        raise SourceFormatError(
            f"{path.name} cannot be read as Exodus II: {messages.first_error()}.",
            hint="The file is damaged or of another kind.",
        )
    return times or [0.0]


def _exodus(path: Path, step: int) -> Any:
    """All blocks of a time step as one unstructured grid."""
    from vtkmodules.vtkFiltersCore import vtkAppendFilter

    reader = _exodus_reader(path)
    low, high = reader.GetTimeStepRange()
    reader.SetTimeStep(min(max(low + step, low), max(high, low)))
    reader.Update()
    together = vtkAppendFilter()
    together.MergePointsOn()
    blocks = _leaves(reader.GetOutput())
    if not blocks:
        return None
    for block in blocks:
        together.AddInputData(block)
    together.Update()
    return together.GetOutput()


def _leaves(data: Any) -> list[Any]:
    """The datasets of a tree of blocks that have cells."""
    found = []
    iterator = data.NewIterator()
    iterator.SkipEmptyNodesOn()
    iterator.InitTraversal()
    while not iterator.IsDoneWithTraversal():
        leaf = iterator.GetCurrentDataObject()
        if leaf.GetNumberOfCells():
            found.append(leaf)
        iterator.GoToNextItem()
    return found
