"""Values of a figure: Plotly's typed arrays decoded, and every kind of value as a coordinate.

Numbers stay numbers, dates become milliseconds since 1970-01-01 (UTC, naive), categories
their positions. Numeric typed arrays stay NumPy arrays, so that a million points stay cheap.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from multivis.errors import SourceFormatError

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "as_date",
    "as_list",
    "date_text",
    "dates",
    "decode_array",
    "decode_tree",
    "encode_array",
    "is_typed_array",
    "looks_like_dates",
    "numbers",
    "plain",
]

_TYPES = {
    "int8": "i1",
    "uint8": "u1",
    "uint8c": "u1",
    "u1c": "u1",
    "int16": "i2",
    "uint16": "u2",
    "int32": "i4",
    "uint32": "u4",
    "int64": "i8",
    "uint64": "u8",
    "float32": "f4",
    "float64": "f8",
}
_DATE = re.compile(
    r"^\s*-?\d{4}-\d{1,2}(-\d{1,2})?([ Tt]\d{1,2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?"
    r"\s*(Z|z|[+-]\d{2}:?\d{2})?\s*$"
)
_YEAR_MONTH = re.compile(r"^\s*(\d{4})-(\d{1,2})\s*$")
_EPOCH = datetime(1970, 1, 1)


def is_typed_array(value: Any) -> bool:
    """Whether a value is one of Plotly's typed arrays: ``{"dtype", "bdata"[, "shape"]}``."""
    return isinstance(value, Mapping) and "bdata" in value and "dtype" in value


def decode_array(value: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """Decode one typed array; the result has the dtype and the shape that it names.

    Args:
        value: ``bdata`` is base64 of little-endian numbers, ``dtype`` their type (``"f8"`` or
            ``"float64"``…), ``shape`` the lengths of the dimensions, as text (``"2, 3"``).

    Raises:
        SourceFormatError: The text is not base64, the type is unknown, or the size is wrong.
    """
    import numpy as np

    name = str(value["dtype"]).lower().lstrip("<|=")
    code = _TYPES.get(name, name)
    if code not in set(_TYPES.values()):
        raise SourceFormatError(
            f"The figure holds a typed array of the unknown type {value['dtype']!r}.",
            hint="Use one of " + ", ".join(sorted(set(_TYPES.values()))) + ".",
        )
    try:
        raw = base64.b64decode(str(value["bdata"]), validate=True)
        array = np.frombuffer(raw, dtype=np.dtype("<" + code))
        shape = value.get("shape")
        if shape is not None:
            lengths = shape.split(",") if isinstance(shape, str) else shape
            parts = lengths if isinstance(lengths, list | tuple) else [lengths]
            array = array.reshape([int(length) for length in parts])
    except (binascii.Error, ValueError, TypeError) as error:
        raise SourceFormatError(
            f"A typed array of the figure cannot be decoded: {error}.",
            hint="Write the figure again with Plotly's to_json().",
        ) from error
    return array


def encode_array(array: Any) -> dict[str, Any]:
    """A NumPy array as Plotly writes it; the inverse of `decode_array`."""
    import numpy as np

    flat = np.ascontiguousarray(array)
    code = flat.dtype.newbyteorder("<").str.lstrip("<|=")
    encoded: dict[str, Any] = {
        "dtype": code,
        "bdata": base64.b64encode(flat.astype("<" + code, copy=False).tobytes()).decode("ascii"),
    }
    if flat.ndim > 1:
        encoded["shape"] = ", ".join(str(length) for length in flat.shape)
    return encoded


def decode_tree(node: Any) -> Any:
    """A copy of a figure in which typed arrays are lists and NaN is None, as JSON wants it."""
    if is_typed_array(node):
        return plain(decode_array(node))
    if isinstance(node, Mapping):
        return {str(key): decode_tree(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [decode_tree(value) for value in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node


def as_list(value: Any) -> Any:
    """A data attribute as a sequence: typed arrays decoded, None as empty, one value as one."""
    if value is None:
        return []
    if is_typed_array(value):
        return decode_array(value)
    if isinstance(value, Mapping):  # {"0": …, "1": …}: a list that JSON tools took apart
        return list(value.values())
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return [value]
    if hasattr(value, "dtype") or isinstance(value, list):
        return value
    return list(value)


def plain(value: Any) -> Any:
    """A value as JSON has it: NumPy as Python, NaN and infinities as None, dates as text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return date_text(as_date(value))
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return str(value)


def looks_like_dates(values: Sequence[Any]) -> bool:
    """Whether all values that are there are dates: `datetime` objects or ISO texts."""
    seen = 0
    for value in _sample(values):
        if value is None or (isinstance(value, float) and math.isnan(value)):
            continue
        if not (isinstance(value, date) or (isinstance(value, str) and _DATE.match(value))):
            return False
        seen += 1
    return seen > 0


def _sample(values: Sequence[Any], most: int = 1_000) -> list[Any]:
    """Evenly spread values, as Plotly looks at a part of a long array to judge its type."""
    step = max(1, len(values) // most)
    return list(values[::step])


def as_date(value: Any) -> float:
    """Milliseconds since 1970-01-01 of one date, NaN where there is none."""
    if isinstance(value, bool) or value is None:
        return math.nan
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        text = value.strip()
        short = _YEAR_MONTH.match(text)
        try:
            value = (
                datetime(int(short[1]), int(short[2]), 1) if short else datetime.fromisoformat(text)
            )
        except ValueError:
            return math.nan
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    else:
        return math.nan
    # whole milliseconds first: microseconds of far dates are more than a float holds
    whole, rest = divmod((moment - _EPOCH) // timedelta(microseconds=1), 1000)
    return whole + rest / 1000.0


def date_text(milliseconds: float) -> str | None:
    """A date as Plotly writes it: ``2020-03-01``, or ``2020-03-01 06:30:00.5``."""
    if not math.isfinite(milliseconds):
        return None
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
    if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0):
        return moment.date().isoformat()
    text = moment.isoformat(sep=" ")
    return text.rstrip("0") if "." in text else text


def dates(values: Any) -> np.ndarray[Any, Any]:
    """Dates as milliseconds, shape (n,), float64; NaN where there is no date."""
    import numpy as np

    if hasattr(values, "dtype") and values.dtype.kind in "fiu":
        return np.asarray(values, dtype=float).ravel()
    try:
        moments = np.asarray(values, dtype="datetime64[us]")
        whole, rest = np.divmod(moments.astype("int64"), 1000)
        found = whole + rest / 1000.0
        found[np.isnat(moments)] = np.nan
        return np.asarray(found, dtype=float)
    except (ValueError, TypeError, OverflowError, UserWarning, DeprecationWarning):
        return np.array([as_date(value) for value in values], dtype=float)


def numbers(values: Any) -> np.ndarray[Any, Any]:
    """Values as float64, shape (n,): NaN where a value is no number; numeric texts are read."""
    import numpy as np

    if hasattr(values, "dtype") and values.dtype.kind in "fiub":
        return np.asarray(values, dtype=float).ravel()
    return np.array([_number(value) for value in values], dtype=float)


def _number(value: Any) -> float:
    if value is None or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
