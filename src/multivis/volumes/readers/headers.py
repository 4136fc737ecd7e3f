"""Headers of image formats: MetaImage, NRRD, NIfTI, and JSON beside a raw file."""

from __future__ import annotations

import gzip
import json
import math
import struct
import zlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from multivis.errors import SourceFormatError
from multivis.volumes.readers.grids import (
    UNIT_AXES,
    GridHeader,
    Matrix,
    as_three,
    beside,
    counts,
    numbers,
)

__all__ = ["metaimage_header", "nifti_header", "nrrd_header", "raw_json_header"]

HEADER_BYTES = 1_000_000

_META_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2",
    "MET_INT": "i4", "MET_UINT": "u4", "MET_LONG": "i4", "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip

_NRRD_TYPES = {
    "signed char": "i1", "int8": "i1", "int8_t": "i1", "uchar": "u1", "unsigned char": "u1",
    "uint8": "u1", "uint8_t": "u1", "short": "i2", "short int": "i2", "signed short": "i2",
    "int16": "i2", "int16_t": "i2", "ushort": "u2", "unsigned short": "u2", "uint16": "u2",
    "uint16_t": "u2", "int": "i4", "signed int": "i4", "int32": "i4", "int32_t": "i4",
    "uint": "u4", "unsigned int": "u4", "uint32": "u4", "uint32_t": "u4", "long long": "i8",
    "int64": "i8", "int64_t": "i8", "unsigned long long": "u8", "uint64": "u8",
    "uint64_t": "u8", "float": "f4", "double": "f8",
}  # fmt: skip

_NIFTI_TYPES = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4",
    1024: "i8", 1280: "u8",
}  # fmt: skip


def _start(path: Path, count: int) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as file:
        return file.read(count)


def _unknown_type(name: str, found: object) -> SourceFormatError:
    return SourceFormatError(
        f"{name} holds values of type {found!r}, which cannot be read.",
        hint="Write it with integers or floating-point numbers.",
    )


# ── MetaImage ───────────────────────────────────────────────────────────────────────────────


def metaimage_header(path: Path) -> GridHeader:
    """The header of a .mha or .mhd file.

    Raises:
        SourceFormatError: It is damaged.
    """
    start = _start(path, HEADER_BYTES)
    fields: dict[str, str] = {}
    position = 0
    for line in start.split(b"\n"):
        position += len(line) + 1
        key, mark, value = line.decode("latin-1").partition("=")
        if not mark:
            break
        fields[key.strip().lower()] = value.strip()
        if key.strip().lower() == "elementdatafile":
            break
    if not {"ndims", "dimsize", "elementtype", "elementdatafile"} <= fields.keys():
        raise SourceFormatError(
            f"{path.name} has no MetaImage header.", hint="The file is damaged or of another kind."
        )
    return _metaimage(path, fields, position)


def _metaimage(path: Path, fields: dict[str, str], position: int) -> GridHeader:
    name = path.name
    if fields["ndims"] != "3":
        raise SourceFormatError(
            f"{name} has {fields['ndims'][:10]} dimensions, which is no volume.",
            hint="Give a file with three dimensions.",
        )
    if fields["elementtype"] not in _META_TYPES:
        raise _unknown_type(name, fields["elementtype"])
    big = _yes(fields.get("elementbyteordermsb", fields.get("binarydatabyteordermsb", "")))
    packed = _yes(fields.get("compresseddata", ""))
    file = fields["elementdatafile"]
    if file.upper().startswith("LIST") or "%" in file:
        raise SourceFormatError(
            f"{name} spreads its slices over several files.", hint="Write it as one file."
        )
    local = file.upper() == "LOCAL"
    skip = int(numbers(fields.get("headersize", "0"), 1, "HeaderSize", name)[0])
    turn = next(
        (fields[k] for k in ("transformmatrix", "orientation", "rotation") if k in fields), ""
    )
    where = next((fields[k] for k in ("offset", "position", "origin") if k in fields), "0 0 0")
    anatomical = fields.get("anatomicalorientation", "???")
    return GridHeader(
        name=name,
        dimensions=counts(fields["dimsize"], 3, "DimSize", name),  # type: ignore[arg-type]
        dtype=(">" if big else "<") + _META_TYPES[fields["elementtype"]],
        path=path if local else beside(path, file),
        offset=position if local else skip,
        encoding="zlib" if packed else "raw",
        components=counts(fields.get("elementnumberofchannels", "1"), 1, "channels", name)[0],
        spacing=as_three(
            numbers(
                fields.get("elementspacing", fields.get("elementsize", "1 1 1")),
                3,
                "ElementSpacing",
                name,
            )
        ),
        origin=as_three(numbers(where, 3, "Offset", name)),
        axes=_rows(numbers(turn, 9, "TransformMatrix", name)) if turn else UNIT_AXES,
        orientation="LPS" if anatomical.strip("?") else "",
        units="mm" if anatomical.strip("?") else "",
        value_units="HU" if fields.get("modality") == "MET_MOD_CT" else "",
    )


def _yes(text: str) -> bool:
    return text.strip().lower() in ("true", "1", "yes")


def _rows(parts: tuple[float, ...]) -> Matrix:
    return (as_three(parts[0:3]), as_three(parts[3:6]), as_three(parts[6:9]))


# ── NRRD ────────────────────────────────────────────────────────────────────────────────────


def nrrd_header(path: Path) -> GridHeader:
    """The header of a .nrrd or .nhdr file.

    Raises:
        SourceFormatError: It is damaged.
    """
    start = _start(path, HEADER_BYTES)
    if not start.startswith(b"NRRD0"):
        raise SourceFormatError(
            f"{path.name} has no NRRD header.", hint="The file is damaged or of another kind."
        )
    fields: dict[str, str] = {}
    position = 0
    for line in start.split(b"\n"):
        position += len(line) + 1
        text = line.decode("latin-1").strip()
        if not text:
            break
        if text.startswith(("#", "NRRD")) or ":=" in text:
            continue
        key, mark, value = text.partition(":")
        if mark:
            fields[key.strip().lower()] = value.strip()
    missing = {"type", "dimension", "sizes", "encoding"} - fields.keys()
    if missing:
        raise SourceFormatError(
            f"The header of {path.name} is damaged: {sorted(missing)[0]!r} is missing.",
            hint="Write the file again.",
        )
    return _nrrd(path, fields, position)


def _nrrd(path: Path, fields: dict[str, str], position: int) -> GridHeader:
    name = path.name
    kind = fields["type"].lower()
    if kind not in _NRRD_TYPES:
        raise _unknown_type(name, kind)
    dimension = int(numbers(fields["dimension"], 1, "dimension", name)[0])
    if dimension not in (3, 4):
        raise SourceFormatError(
            f"{name} has {dimension} dimensions, which is no volume.",
            hint="Give a file with three dimensions, or four with the components first.",
        )
    sizes = counts(fields["sizes"], dimension, "sizes", name)
    spacing, axes = _nrrd_axes(fields, dimension, name)
    kinds = fields.get("kinds", "").lower().split()
    first = dimension == 4 and (not kinds or kinds[0] not in ("domain", "space"))
    encoding = {"raw": "raw", "gzip": "gzip", "gz": "gzip"}.get(fields["encoding"].lower())
    if encoding is None:
        raise SourceFormatError(
            f"{name} is packed as {fields['encoding'][:20]!r}, which cannot be read.",
            hint="Write it with the encoding raw or gzip.",
        )
    file = fields.get("data file", fields.get("datafile", ""))
    if file.upper().startswith("LIST") or "%" in file:
        raise SourceFormatError(
            f"{name} spreads its slices over several files.", hint="Write it as one file."
        )
    skip = int(
        numbers(fields.get("byte skip", fields.get("byteskip", "0")), 1, "byte skip", name)[0]
    )
    orientation, axes, origin = _nrrd_space(fields, axes, name)
    space = sizes[1:] if first else sizes[:3]
    return GridHeader(
        name=name,
        dimensions=space,  # type: ignore[arg-type]
        dtype=(">" if fields.get("endian", "little").lower() == "big" else "<") + _NRRD_TYPES[kind],
        path=beside(path, file) if file else path,
        offset=skip if file or skip < 0 else position + skip,
        encoding=encoding,
        components=sizes[0] if first else (sizes[3] if dimension == 4 else 1),
        components_first=first or dimension == 3,
        spacing=spacing,
        origin=origin,
        axes=axes,
        orientation=orientation,
        units="mm" if orientation or "mm" in fields.get("space units", "") else "",
        variable=fields.get("content", "").strip()[:60] or "values",
    )


def _nrrd_axes(
    fields: dict[str, str], dimension: int, name: str
) -> tuple[tuple[float, float, float], Matrix]:
    """Spacing and directions of the axes in space."""
    text = fields.get("space directions", "")
    if text:
        vectors = [
            as_three(numbers(part.strip("() "), 3, "space directions", name))
            for part in text.replace("none", " ").replace(")", ")|").split("|")
            if part.strip()
        ]
        if len(vectors) < 3:
            raise SourceFormatError(
                f"The header of {name} is damaged: it gives {len(vectors)} space directions.",
                hint="A volume has three.",
            )
        lengths = [math.sqrt(sum(p * p for p in vector)) for vector in vectors[:3]]
        rows = [
            as_three([p / (length or 1.0) for p in vector])
            for vector, length in zip(vectors, lengths, strict=False)
        ]
        return as_three(lengths), (rows[0], rows[1], rows[2])
    given = [
        float(part) if part.lower() != "nan" else 1.0
        for part in fields.get("spacings", "").split()
        if part.replace(".", "").replace("-", "").replace("+", "").replace("e", "").isalnum()
    ]
    return (as_three(given[-3:]) if len(given) >= 3 else (1.0, 1.0, 1.0)), UNIT_AXES


_SPACES = {
    "left-posterior-superior": (1.0, 1.0, 1.0), "lps": (1.0, 1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0), "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0), "las": (1.0, -1.0, 1.0),
}  # fmt: skip


def _nrrd_space(
    fields: dict[str, str], axes: Matrix, name: str
) -> tuple[str, Matrix, tuple[float, float, float]]:
    """Orientation, axes and origin; the patient's spaces are turned to LPS."""
    text = fields.get("space origin", "").strip("() ")
    origin = as_three(numbers(text, 3, "space origin", name)) if text else (0.0, 0.0, 0.0)
    signs = _SPACES.get(fields.get("space", "").lower())
    if signs is None:
        return "", axes, origin
    rows = [as_three([p * s for p, s in zip(row, signs, strict=True)]) for row in axes]
    moved = as_three([p * s for p, s in zip(origin, signs, strict=True)])
    return "LPS", (rows[0], rows[1], rows[2]), moved


# ── NIfTI ───────────────────────────────────────────────────────────────────────────────────


def nifti_header(path: Path) -> GridHeader:
    """The header of a .nii or .nii.gz file, version 1 or 2.

    Raises:
        SourceFormatError: It is damaged.
    """
    packed = _start(path, 2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(540)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceFormatError(
            f"{path.name} is damaged: {error}.", hint="Get the file again."
        ) from error
    for order in ("<", ">"):
        if len(head) >= 348 and struct.unpack(order + "i", head[:4])[0] == 348:
            return _nifti(path, _nifti_one(head, order), order, packed)
        if len(head) >= 540 and struct.unpack(order + "i", head[:4])[0] == 540:
            return _nifti(path, _nifti_two(head, order), order, packed)
    raise SourceFormatError(
        f"{path.name} has no NIfTI header.", hint="The file is damaged or of another kind."
    )


def _nifti_one(head: bytes, order: str) -> dict[str, Any]:
    """The fields of version 1 (348 bytes)."""
    take = struct.Struct
    return {
        "dim": take(order + "8h").unpack_from(head, 40),
        "intent": take(order + "h").unpack_from(head, 68)[0],
        "type": take(order + "h").unpack_from(head, 70)[0],
        "pixdim": take(order + "8f").unpack_from(head, 76),
        "offset": int(take(order + "f").unpack_from(head, 108)[0]),
        "slope": take(order + "f").unpack_from(head, 112)[0],
        "intercept": take(order + "f").unpack_from(head, 116)[0],
        "units": head[123],
        "codes": take(order + "2h").unpack_from(head, 252),
        "quatern": take(order + "6f").unpack_from(head, 256),
        "rows": take(order + "12f").unpack_from(head, 280),
    }


def _nifti_two(head: bytes, order: str) -> dict[str, Any]:
    """The fields of version 2 (540 bytes)."""
    take = struct.Struct
    return {
        "dim": take(order + "8q").unpack_from(head, 16),
        "intent": take(order + "i").unpack_from(head, 504)[0],
        "type": take(order + "h").unpack_from(head, 12)[0],
        "pixdim": take(order + "8d").unpack_from(head, 104),
        "offset": take(order + "q").unpack_from(head, 168)[0],
        "slope": take(order + "d").unpack_from(head, 176)[0],
        "intercept": take(order + "d").unpack_from(head, 184)[0],
        "units": take(order + "i").unpack_from(head, 500)[0],
        "codes": take(order + "2i").unpack_from(head, 344),
        "quatern": take(order + "6d").unpack_from(head, 352),
        "rows": take(order + "12d").unpack_from(head, 400),
    }


def _nifti(path: Path, fields: dict[str, Any], order: str, packed: bool) -> GridHeader:
    name, dim = path.name, fields["dim"]
    if not 1 <= dim[0] <= 7 or any(part < 1 for part in dim[1 : dim[0] + 1]):
        raise SourceFormatError(
            f"The header of {name} is damaged: its dimensions are {dim[:5]}.",
            hint="Get the file again.",
        )
    if dim[0] < 3:
        raise SourceFormatError(
            f"{name} has {dim[0]} dimensions, which is no volume.",
            hint="Give a file with three dimensions.",
        )
    if fields["type"] not in _NIFTI_TYPES:
        raise _unknown_type(name, fields["type"])
    slope, intercept = fields["slope"], fields["intercept"]
    if not math.isfinite(slope) or slope == 0 or not math.isfinite(intercept):
        slope, intercept = 1.0, 0.0
    spacing, axes, origin = _nifti_place(fields, name)
    times = dim[4] if dim[0] >= 4 else 1
    components = dim[5] if dim[0] >= 5 else 1
    return GridHeader(
        name=name,
        dimensions=tuple(dim[1:4]),
        dtype=order + _NIFTI_TYPES[fields["type"]],
        path=path,
        offset=fields["offset"],
        encoding="gzip-file" if packed else "raw",
        components=components,
        components_first=components == 1,
        times=times,
        time_step=abs(float(fields["pixdim"][4])) or 1.0,
        spacing=spacing,
        origin=origin,
        axes=axes,
        orientation="LPS",
        units={1: "m", 2: "mm", 3: "µm"}.get(fields["units"] & 7, "mm"),
        slope=slope,
        intercept=intercept,
    )


def _nifti_place(
    fields: dict[str, Any], name: str
) -> tuple[tuple[float, float, float], Matrix, tuple[float, float, float]]:
    """Spacing, axes and origin in LPS: from the sform, else the qform, else the spacing alone.

    NIfTI's own space is RAS; its x and y are turned around.
    """
    sizes = [abs(float(part)) or 1.0 for part in fields["pixdim"][1:4]]
    qform, sform = fields["codes"]
    if sform > 0:
        rows = [fields["rows"][i : i + 4] for i in (0, 4, 8)]
        columns = [[rows[r][c] for r in range(3)] for c in range(3)]
        origin = [rows[r][3] for r in range(3)]
        lengths = [math.sqrt(sum(p * p for p in column)) for column in columns]
        if all(math.isfinite(length) and length > 0 for length in lengths):
            unit = [
                [p / length for p in column]
                for column, length in zip(columns, lengths, strict=True)
            ]
            return _to_lps(lengths, unit, origin)
        qform = qform if qform > 0 else 0
    if qform > 0:
        unit, origin = _from_quaternion(fields, name)
        return _to_lps(sizes, unit, origin)
    return _to_lps(sizes, [list(row) for row in UNIT_AXES], [0.0, 0.0, 0.0])


def _from_quaternion(fields: dict[str, Any], name: str) -> tuple[list[list[float]], list[float]]:
    """Axes and origin of the qform."""
    b, c, d, *origin = (float(part) for part in fields["quatern"])
    rest = 1.0 - (b * b + c * c + d * d)
    if not math.isfinite(rest):
        raise SourceFormatError(
            f"The header of {name} is damaged: its orientation is no number.",
            hint="Get the file again.",
        )
    a = math.sqrt(max(rest, 0.0))
    handed = -1.0 if fields["pixdim"][0] < 0 else 1.0
    columns = [
        [a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)],
        [2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)],
        [
            handed * p
            for p in (2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c)
        ],
    ]
    return columns, origin


def _to_lps(
    spacing: list[float], axes: list[list[float]], origin: list[float]
) -> tuple[tuple[float, float, float], Matrix, tuple[float, float, float]]:
    rows = [as_three((-row[0], -row[1], row[2])) for row in axes]
    return (
        as_three(spacing),
        (rows[0], rows[1], rows[2]),
        as_three((-origin[0], -origin[1], origin[2])),
    )


# ── raw with JSON ───────────────────────────────────────────────────────────────────────────

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=1, le=1_000_000)]


class _RawHeader(BaseModel):
    """The header beside a raw file, as JSON."""

    model_config = ConfigDict(extra="forbid")

    dimensions: tuple[_Count, _Count, _Count]
    type: Literal[
        "int8",
        "uint8",
        "int16",
        "uint16",
        "int32",
        "uint32",
        "int64",
        "uint64",
        "float32",
        "float64",
    ]
    byte_order: Literal["little", "big"] = "little"
    header_bytes: Annotated[int, Field(ge=0)] = 0
    components: Annotated[int, Field(ge=1, le=9)] = 1
    times: _Count = 1
    time_step: _Positive = 1.0
    spacing: tuple[_Positive, _Positive, _Positive] = (1.0, 1.0, 1.0)
    origin: tuple[_Finite, _Finite, _Finite] = (0.0, 0.0, 0.0)
    orientation: Literal["", "LPS", "RAS"] = ""
    units: str = ""
    variable: str = "values"
    value_units: str = ""


def raw_json_header(path: Path, header: Path) -> GridHeader:
    """The header of a .raw file from the JSON file beside it.

    Raises:
        SourceFormatError: It is no JSON, or lacks what is needed.
    """
    try:
        found = _RawHeader.model_validate(json.loads(header.read_text(encoding="utf-8")))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SourceFormatError(
            f"The header {header.name} is no JSON: {error}.", hint="Correct it."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the header"
        raise SourceFormatError(
            f"The header {header.name} is not usable: {where}: {first['msg'].lower()}.",
            hint='It needs at least {"dimensions": [x, y, z], "type": "uint16"}.',
        ) from error
    sign = -1.0 if found.orientation == "RAS" else 1.0
    x, y, z = found.origin
    return GridHeader(
        name=path.name,
        dimensions=found.dimensions,
        dtype=("<" if found.byte_order == "little" else ">")
        + {"int": "i", "uin": "u", "flo": "f"}[found.type[:3]]
        + str(int("".join(c for c in found.type if c.isdigit())) // 8),
        path=path,
        offset=found.header_bytes,
        components=found.components,
        times=found.times,
        time_step=found.time_step,
        spacing=found.spacing,
        origin=(sign * x, sign * y, z),
        axes=((sign, 0.0, 0.0), (0.0, sign, 0.0), (0.0, 0.0, 1.0)),
        orientation="LPS" if found.orientation else "",
        units=found.units,
        value_units=found.value_units,
        variable=found.variable,
    )
