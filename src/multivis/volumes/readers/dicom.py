"""A folder of DICOM slices as one volume.

Reads what scanners write uncompressed (DICOM PS3.5: implicit and explicit little endian). The
slices are ordered by their position along the normal of the image plane, never by file name.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import EmptySourceError, SourceFormatError
from multivis.volumes.readers.addresses import is_dicom_file
from multivis.volumes.readers.arrays import coarsened, image_from_array
from multivis.volumes.readers.grids import GridHeader, as_three, upright

if TYPE_CHECKING:
    from multivis.settings import Limits
    from multivis.volumes.dataset import Dataset

__all__ = ["read_dicom_folder"]

_IMPLICIT = "1.2.840.10008.1.2"
_EXPLICIT = "1.2.840.10008.1.2.1"
_LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_UNDEFINED = 0xFFFFFFFF
_PIXELS = (0x7FE0, 0x0010)
_ITEM, _ITEM_END, _SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)

_WANTED = {
    (0x0002, 0x0010): "syntax",
    (0x0008, 0x0060): "modality",
    (0x0018, 0x0050): "thickness",
    (0x0018, 0x0088): "between",
    (0x0020, 0x000E): "series",
    (0x0020, 0x0013): "number",
    (0x0020, 0x0032): "position",
    (0x0020, 0x0037): "orientation",
    (0x0028, 0x0002): "samples",
    (0x0028, 0x0008): "frames",
    (0x0028, 0x0010): "rows",
    (0x0028, 0x0011): "columns",
    (0x0028, 0x0030): "spacing",
    (0x0028, 0x0100): "bits",
    (0x0028, 0x0103): "signed",
    (0x0028, 0x1052): "intercept",
    (0x0028, 0x1053): "slope",
}
_SHORTS = {"samples", "rows", "columns", "bits", "signed"}


@dataclass(frozen=True)
class _Slice:
    """One file: what its header says and where its pixels are."""

    path: Path
    fields: dict[str, Any]
    offset: int
    length: int

    def numbers(self, name: str, count: int) -> tuple[float, ...] | None:
        """Decimal strings of a field, or None where there are not so many."""
        try:
            found = tuple(float(part) for part in str(self.fields.get(name, "")).split("\\"))
        except ValueError:
            return None
        return found if len(found) == count else None

    @property
    def frames(self) -> int:
        """Number of images in the file."""
        found = self.numbers("frames", 1)
        return int(found[0]) if found else 1


def _header(path: Path) -> _Slice:
    """Read the elements up to the pixels.

    Raises:
        SourceFormatError: The file is damaged, or its pixels are compressed.
    """
    data = path.read_bytes()
    fields: dict[str, Any] = {}
    position, explicit = 132, True
    try:
        while position < len(data):
            if fields.get("syntax") and struct.unpack_from("<H", data, position)[0] != 2:
                explicit = _is_explicit(path, fields["syntax"])
            tag, length, value = _element(data, position, explicit)
            if tag == _PIXELS:
                return _Slice(path, fields, value, length)
            if length == _UNDEFINED:
                position = _after_sequence(data, value, explicit)
                continue
            name = _WANTED.get(tag)
            if name in _SHORTS:
                fields[name] = struct.unpack_from("<H", data, value)[0]
            elif name is not None:
                raw = data[value : value + length]
                fields[name] = raw.decode("latin-1").strip("\0 ")
            position = value + length
    except struct.error as error:
        raise SourceFormatError(
            f"The DICOM file {path.name} is damaged: {error}.", hint="Export the series again."
        ) from error
    raise SourceFormatError(
        f"The DICOM file {path.name} has no picture in it.", hint="Export the series again."
    )


def _is_explicit(path: Path, syntax: str) -> bool:
    """Whether elements carry their type, by the transfer syntax."""
    if syntax == _IMPLICIT:
        return False
    if syntax == _EXPLICIT:
        return True
    raise SourceFormatError(
        f"The DICOM file {path.name} is compressed (transfer syntax {syntax}).",
        hint="Export the series uncompressed, for example with dcmdjpeg or gdcmconv --raw.",
    )


def _element(data: bytes, position: int, explicit: bool) -> tuple[tuple[int, int], int, int]:
    """Tag, length and position of the value of the element at a position."""
    group, element = struct.unpack_from("<HH", data, position)
    if group == 0xFFFE:
        return (group, element), struct.unpack_from("<I", data, position + 4)[0], position + 8
    if not explicit:
        return (group, element), struct.unpack_from("<I", data, position + 4)[0], position + 8
    kind = data[position + 4 : position + 6]
    if kind in _LONG:
        return (group, element), struct.unpack_from("<I", data, position + 8)[0], position + 12
    return (group, element), struct.unpack_from("<H", data, position + 6)[0], position + 8


def _after_sequence(data: bytes, position: int, explicit: bool) -> int:
    """The position behind a sequence of undefined length; sequences may hold sequences."""
    depth = 1
    while depth:
        tag, length, value = _element(data, position, explicit)
        if tag == _SEQUENCE_END:
            depth -= 1
            position = value
        elif tag in (_ITEM, _ITEM_END):
            position = value
        elif length == _UNDEFINED:
            depth += 1
            position = value
        else:
            position = value + length
    return position


def read_dicom_folder(path: Path, limits: Limits) -> Dataset:
    """The largest series of a folder, or the frames of one file.

    Raises:
        SourceFormatError: A file is damaged or compressed, or the slices do not fit together.
        EmptySourceError: There is no DICOM file.
    """
    files = [path] if path.is_file() else sorted(p for p in path.iterdir() if p.is_file())
    slices = [_header(file) for file in files if is_dicom_file(file)]
    if not slices:
        raise EmptySourceError(f"{path.name} holds no DICOM file.", hint="Check the folder.")
    chosen, notes = _largest_series(slices)
    ordered, normal, gap, said = _in_order(chosen, path.name)
    return _volume(path.name, ordered, normal, gap, [*notes, *said], limits)


def _largest_series(slices: list[_Slice]) -> tuple[list[_Slice], list[str]]:
    """The series with the most images of one size."""
    groups: dict[tuple[Any, ...], list[_Slice]] = {}
    for part in slices:
        key = tuple(part.fields.get(k) for k in ("series", "rows", "columns", "bits", "samples"))
        groups.setdefault(key, []).append(part)
    chosen = max(groups.values(), key=lambda group: sum(part.frames for part in group))
    if len(groups) == 1:
        return chosen, []
    return chosen, [
        f"The folder holds {len(groups)} series; the largest one is read "
        f"({len(chosen)} of {len(slices)} files)."
    ]


def _plane(part: _Slice) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Directions of a row, of a column, and the normal."""
    found = part.numbers("orientation", 6) or (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    a, b = found[:3], found[3:]
    normal = (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )
    return a, b, normal


def _in_order(
    slices: list[_Slice], name: str
) -> tuple[list[_Slice], tuple[float, ...], float, list[str]]:
    """Slices along the normal of their plane, and the distance between them."""
    _, _, normal = _plane(slices[0])

    def along(part: _Slice) -> float:
        place = part.numbers("position", 3)
        if place is None:
            return float((part.numbers("number", 1) or (0.0,))[0])
        return sum(p * n for p, n in zip(place, normal, strict=True))

    ordered = sorted(slices, key=along)
    places = [along(part) for part in ordered]
    gaps = [b - a for a, b in pairwise(places)]
    first = slices[0]
    fallback = (first.numbers("between", 1) or first.numbers("thickness", 1) or (1.0,))[0]
    if not gaps or first.numbers("position", 3) is None:
        return ordered, normal, abs(fallback) or 1.0, []
    gap = sorted(gaps)[len(gaps) // 2]
    if gap <= 0:
        raise SourceFormatError(
            f"Several slices of {name} lie at the same place.",
            hint="Put each time step or series into its own folder.",
        )
    notes = []
    if max(gaps) > 1.05 * gap or min(gaps) < 0.95 * gap:
        notes.append(
            f"The slices are {min(gaps):.3g} to {max(gaps):.3g} mm apart; {gap:.3g} mm is used."
        )
    return ordered, normal, gap, notes


def _volume(
    name: str,
    slices: Sequence[_Slice],
    normal: tuple[float, ...],
    gap: float,
    notes: list[str],
    limits: Limits,
) -> Dataset:
    """The pixels of the slices, in their units, turned upright."""
    import numpy as np

    from multivis.volumes.dataset import Dataset
    from multivis.volumes.readers.arrays import check_shape

    first = slices[0]
    rows, columns = first.fields.get("rows", 0), first.fields.get("columns", 0)
    bits, samples = first.fields.get("bits", 0), first.fields.get("samples", 1)
    if bits not in (8, 16, 32) or samples != 1:
        raise SourceFormatError(
            f"The pictures of {name} have {samples} samples of {bits} bits a pixel.",
            hint="Grey values of 8, 16 or 32 bits can be read.",
        )
    count = sum(part.frames for part in slices)
    check_shape((count, rows, columns), name)
    kind = np.dtype(f"<{'i' if first.fields.get('signed') else 'u'}{bits // 8}")
    scales = [_scale(part) for part in slices]
    plain = all(scale == (1.0, 0.0) for scale in scales)
    whole = all(s.is_integer() and i.is_integer() for s, i in scales)
    made = kind if plain else np.dtype(np.int16 if whole and bits <= 16 else np.float32)
    values = np.empty((count, rows, columns), made)
    index = 0
    for part, (slope, intercept) in zip(slices, scales, strict=True):
        pixels = _pixels(part, kind, rows, columns)
        if not plain:
            scaled = pixels * np.float32(slope) + np.float32(intercept)
            pixels = np.rint(scaled).clip(-32768, 32767) if made.kind == "i" else scaled
        values[index : index + part.frames] = pixels
        index += part.frames
    between_rows, between_columns = first.numbers("spacing", 2) or (1.0, 1.0)
    row, column, _ = _plane(first)
    header = GridHeader(
        name=name,
        dimensions=(columns, rows, count),
        dtype=kind.str,
        path=first.path,
        spacing=(between_columns, between_rows, gap),
        origin=as_three(first.numbers("position", 3) or (0.0, 0.0, 0.0)),
        axes=(as_three(row), as_three(column), as_three(normal)),
    )
    turned, spacing, origin, tilt = upright(values, header)
    if tilt > 0.5:
        notes = [*notes, f"The slices are tilted by {tilt:.1f}°; they are drawn upright."]
    variable = "density" if first.fields.get("modality") == "CT" else "values"
    kept, step, said = coarsened({variable: turned}, limits.volume_cells)
    image = image_from_array(
        {variable: np.ascontiguousarray(kept[variable])}, [part * step for part in spacing], origin
    )
    return Dataset(
        image,
        orientation="LPS",
        units="mm",
        direction=[float(part) for part in np.asarray(header.axes).T.ravel()],
        value_units={variable: "HU"} if variable == "density" else {},
        notes=[*notes, *said],
    )


def _scale(part: _Slice) -> tuple[float, float]:
    """Slope and intercept of the stored values."""
    slope = (part.numbers("slope", 1) or (1.0,))[0]
    return slope or 1.0, (part.numbers("intercept", 1) or (0.0,))[0]


def _pixels(part: _Slice, kind: Any, rows: int, columns: int) -> Any:
    """The stored values of a file as (frames, rows, columns).

    Raises:
        SourceFormatError: There are fewer than the header says, or they are compressed.
    """
    import numpy as np

    count = part.frames * rows * columns
    if part.length == _UNDEFINED:
        raise SourceFormatError(
            f"The picture in {part.path.name} is compressed.", hint="Export it uncompressed."
        )
    has = min(part.length, part.path.stat().st_size - part.offset)
    if has < count * kind.itemsize:
        raise SourceFormatError(
            f"The DICOM file {part.path.name} is cut off: it has {has:,} bytes of pixels, "
            f"{count * kind.itemsize:,} are needed.",
            hint="Export the series again.",
        )
    flat = np.fromfile(part.path, kind, count, offset=part.offset)
    return flat.reshape(part.frames, rows, columns)
