"""How a job's result travels back: bytes in a fixed frame, read as hostile.

A frame is ``MVR1``, the length of the header (4 bytes), the header (JSON), then the parts that
the header names, one after the other. Nothing is ever unpickled. `encode` runs inside the
worker, `decode` in the host.
"""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Mapping
from typing import Any, NoReturn

__all__ = ["ResultTooLarge", "WireError", "clean_json", "decode", "dump_json", "encode"]

_MAGIC = b"MVR1"
_MAXIMUM_DEPTH = 200


class WireError(ValueError):
    """The bytes are not a well-formed result."""


class ResultTooLarge(Exception):
    """A part of the result is over its limit."""


def encode(header: Mapping[str, Any], parts: Mapping[str, bytes]) -> bytes:
    """Pack a result.

    Args:
        header: JSON-compatible; ``parts`` is added to it.
        parts: Bytes by name.
    """
    named = dict(header)
    named["parts"] = [[name, len(content)] for name, content in parts.items()]
    text = json.dumps(named).encode()
    return b"".join([_MAGIC, struct.pack("!I", len(text)), text, *parts.values()])


def _no_constant(name: str) -> NoReturn:
    raise WireError(f"{name} is not JSON")


def load_json(content: bytes) -> dict[str, Any]:
    """Read a JSON object; NaN, infinities and deep nesting are refused.

    Raises:
        WireError: It is not a JSON object, or is nested too deeply.
    """
    try:
        value = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError, UnicodeDecodeError) as error:
        raise WireError(f"the result is not JSON: {type(error).__name__}") from error
    if not isinstance(value, dict):
        raise WireError("the result is not a JSON object")
    level: list[Any] = [value]
    for _ in range(_MAXIMUM_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return value
    raise WireError("the result is nested too deeply")


def decode(frame: bytes, *, header_bytes: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Unpack a result that untrusted code may have written.

    Args:
        frame: Everything that came over the pipe.
        header_bytes: Longest header that is accepted.

    Raises:
        WireError: The frame is cut short, or is not what it says it is.
    """
    if len(frame) < 8 or frame[:4] != _MAGIC:
        raise WireError("the result is not in the agreed form")
    (length,) = struct.unpack("!I", frame[4:8])
    if length > header_bytes or 8 + length > len(frame):
        raise WireError("the header of the result is not complete")
    header = load_json(frame[8 : 8 + length])
    parts: dict[str, bytes] = {}
    start = 8 + length
    listed = header.get("parts")
    if not isinstance(listed, list) or len(listed) > 8:
        raise WireError("the parts of the result are not listed")
    for entry in listed:
        if not (
            isinstance(entry, list)
            and len(entry) == 2
            and isinstance(entry[0], str)
            and type(entry[1]) is int
            and 0 <= entry[1] <= len(frame) - start
        ):
            raise WireError("a part of the result is not complete")
        parts[entry[0]] = frame[start : start + entry[1]]
        start += entry[1]
    return header, parts


# ── the worker's side: any object becomes JSON ──────────────────────────────────────────────


def _plain(value: Any) -> Any:
    """A JSON value for an object that `json` does not know."""
    kind = type(value).__name__
    if kind in {"NAType", "NaTType"}:
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):  # NumPy scalars and arrays, pandas and polars columns
        return value.tolist()
    if hasattr(value, "to_list"):
        return value.to_list()
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, Mapping):
        return dict(value)
    if kind == "Decimal":
        return float(value)
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def clean_json(value: Any) -> Any:
    """A copy that is plain JSON: NaN and infinities become null, dates ISO text, keys text."""
    if value is None or isinstance(value, (bool, str)):
        return str(value) if type(value) not in (bool, str, type(None)) else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        typed = _typed_array(value)
        if typed is not None:
            return clean_json(typed)
        return {str(key): clean_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(item) for item in value]
    return clean_json(_plain(value))


def _typed_array(value: Mapping[Any, Any]) -> list[Any] | None:
    """Plotly writes arrays as ``{"dtype", "bdata", "shape"}`` in base64: read them back."""
    if "bdata" not in value or "dtype" not in value or not isinstance(value["bdata"], str):
        return None
    import numpy as np

    array = np.frombuffer(base64.b64decode(value["bdata"]), dtype=np.dtype(value["dtype"]))
    shape = value.get("shape")
    if shape:
        sizes = shape.split(",") if isinstance(shape, str) else shape
        array = array.reshape([int(size) for size in sizes])
    listed: list[Any] = array.tolist()
    return listed


def dump_json(value: Any, *, maximum: int, what: str) -> bytes:
    """JSON text of anything, strictly valid.

    Args:
        value: The object.
        maximum: Most bytes.
        what: What it is, for the message.

    Raises:
        ResultTooLarge: It is longer than `maximum`.
    """
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"), default=_plain)
        if '"bdata":' in text:
            raise ValueError("typed arrays")
    except (ValueError, TypeError):  # NaN somewhere, or keys that are not text: the slow way
        text = json.dumps(clean_json(value), allow_nan=False, separators=(",", ":"))
    content = text.encode("utf-8", "replace")
    if len(content) > maximum:
        raise ResultTooLarge(
            f"The {what} has {len(content):,} bytes; at most {maximum:,} are allowed. "
            "Aggregate or sample the data before it is drawn."
        )
    return content
