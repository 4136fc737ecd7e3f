"""The process that draws Vega specifications for `multivis.charts.renderer`.

Started as a program of its own with nothing but Vega's runtime. It reads requests from stdin and
answers on stdout, each a length and JSON (or the bytes of a picture), and ends with its host.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
import warnings
from typing import BinaryIO

__all__ = ["main"]

_CALLS = frozenset(
    {
        "vegalite_to_vega",
        "vega_to_scenegraph",
        "vegalite_to_png",
        "vega_to_png",
        "vegalite_to_svg",
        "vega_to_svg",
    }
)
_HEAD = struct.Struct(">cQ")


def _read(stream: BinaryIO, size: int) -> bytes:
    """Exactly so many bytes; ends the process when the host is gone."""
    parts = []
    while size:
        part = stream.read(size)
        if not part:
            raise SystemExit(0)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _limit(seconds: float) -> None:
    """Let the kernel end this process if nobody else does: the host may be gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime + 4 * seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def _answer(request: dict[str, object]) -> tuple[bytes, bytes]:
    """The kind of answer (``b``ytes, ``j``son, ``e``rror) and its content."""
    import vl_convert

    name, spec, options = str(request["call"]), request["spec"], request["options"]
    if name not in _CALLS or not isinstance(options, dict):
        return b"e", json.dumps(f"There is no call {name!r}.").encode()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawn = getattr(vl_convert, name)(spec, **options)
    except (ValueError, TypeError) as error:
        return b"e", json.dumps(str(error)).encode()
    if isinstance(drawn, bytes):
        return b"b", drawn
    return b"j", json.dumps(drawn).encode()


def main() -> None:
    """Answer requests until the host closes the pipe."""
    out = os.fdopen(os.dup(1), "wb", closefd=True)
    os.dup2(2, 1)  # whatever a library prints goes to stderr
    out.write(_HEAD.pack(b"b", 0))
    out.flush()
    while True:
        _, size = _HEAD.unpack(_read(sys.stdin.buffer, _HEAD.size))
        request = json.loads(_read(sys.stdin.buffer, size))
        _limit(float(request["seconds"]))
        kind, content = _answer(request)
        out.write(_HEAD.pack(kind, len(content)))
        out.write(content)
        out.flush()


if __name__ == "__main__":
    sys.path[:] = json.loads(sys.argv[1])
    main()
