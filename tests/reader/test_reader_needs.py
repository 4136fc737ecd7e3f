"""What the reader says when a part of it is not installed, and of pictures that are too large."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from multivis.errors import ImageError

SCRIPT = """
import sys
sys.modules[sys.argv[1]] = None
from multivis.errors import MissingExtraError
from multivis.reader.tools import describe_reading
try:
    describe_reading(sys.argv[2])
except MissingExtraError as error:
    print(error)
"""


@pytest.mark.parametrize("missing", ["cv2", "scipy", "rapidocr"])
def test_a_missing_part_names_the_extra(missing: str, altair_picture: Any):
    bar = {
        "mark": "bar",
        "data": {"values": [{"a": "one", "b": 3}, {"a": "two", "b": 5}]},
        "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
        "width": 300,
    }
    path: Path = altair_picture(bar)
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT, missing, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "multivis[reader]" in told.stdout, told.stderr


def test_a_picture_of_billions_of_pixels_is_refused_before_it_is_decoded():
    from multivis.reader import read_chart

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"0"))
    with pytest.raises(ImageError, match="pixels"):
        read_chart(bomb + chunk(b"IEND", b""))
