"""Facts about image files: gathered for anything, without decoding too much."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from multivis.data.images import image_facts
from multivis.settings import Limits


def picture(path: Path, kind: str, size: tuple[int, int] = (40, 30)) -> Path:
    image = Image.effect_noise(size, 50).convert("RGB")
    image.save(path, format=kind)
    return path


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_the_usual_formats_are_read_whatever_the_ending(tmp_path: Path, kind: str) -> None:
    facts = image_facts(picture(tmp_path / "image.dat", kind))
    assert (facts.exists, facts.decodes, facts.format) == (True, True, kind)
    assert (facts.width, facts.height, facts.problem) == (40, 30, "")
    assert facts.size == (tmp_path / "image.dat").stat().st_size


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_a_file_that_is_cut_off_does_not_decode(tmp_path: Path, kind: str, part: float) -> None:
    content = picture(tmp_path / "image", kind, (200, 200)).read_bytes()
    (tmp_path / "image").write_bytes(content[: int(len(content) * part)])
    facts = image_facts(tmp_path / "image")
    assert facts.exists
    assert not facts.decodes
    assert facts.problem


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"%PDF-1.4", b"<svg/>"])
def test_what_is_no_image_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "image.png").write_bytes(content)
    facts = image_facts(tmp_path / "image.png")
    assert facts.exists
    assert not facts.decodes
    assert facts.problem


@pytest.mark.parametrize("path", ["no such.png", "x" * 5000, "a\x00b.png"])
def test_a_missing_file_is_told(path: str) -> None:
    facts = image_facts(path)
    assert not facts.exists
    assert facts.problem


def test_a_folder_is_told(tmp_path: Path) -> None:
    assert not image_facts(tmp_path).exists


def test_a_file_of_too_many_bytes_is_not_opened(tmp_path: Path) -> None:
    facts = image_facts(picture(tmp_path / "i.png", "PNG"), Limits(image_bytes=100))
    assert (facts.exists, facts.decodes, facts.format) == (True, False, None)
    assert "limit" in facts.problem


def bomb(width: int, height: int) -> bytes:
    """A small PNG that claims to be huge."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [8_000, 60_000, 2_000_000])
def test_a_decompression_bomb_is_told_from_its_header(tmp_path: Path, side: int) -> None:
    (tmp_path / "bomb.png").write_bytes(bomb(side, side))
    facts = image_facts(tmp_path / "bomb.png")
    assert not facts.decodes
    assert facts.problem


def test_the_image_may_be_any_bytes_after_its_head(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "PNG")
    content = bytearray(buffer.getvalue())
    for position in range(8, len(content)):
        content[position] ^= 0x5A
        (tmp_path / "image.png").write_bytes(bytes(content))
        image_facts(tmp_path / "image.png")  # never raises
        content[position] ^= 0x5A
