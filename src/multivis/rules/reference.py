"""Tool-execution rule TE-3: reference material (MultiVis-Agent §4.3.2, Eq. 6)."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any, Literal, overload

from multivis.rules.ruling import Ruling
from multivis.rules.syntax import parse, read_facts
from multivis.settings import Limits
from multivis.state import CodeReference, Failure, FailureKind, ImageReference

__all__ = ["ReferenceKind", "no_reference_material", "read_image_header", "reference_material"]

ReferenceKind = Literal["code", "existing", "image", "specification"]
_WORDS = {
    "code": "reference code",
    "existing": "existing code",
    "image": "reference image",
    "specification": "existing specification",
}


@overload
def reference_material(
    kind: Literal["code", "existing", "specification"],
    content: bytes | None,
    name: str,
    limits: Limits,
) -> Ruling[CodeReference | Failure]: ...
@overload
def reference_material(
    kind: Literal["image"], content: bytes | None, name: str, limits: Limits
) -> Ruling[ImageReference | Failure]: ...
def reference_material(
    kind: ReferenceKind, content: bytes | None, name: str, limits: Limits
) -> Ruling[CodeReference | ImageReference | Failure]:
    """TE-3: reference material, checked and processed by its kind (Eq. 6).

    Code: readable, not empty, within `Limits.code_characters`, UTF-8 (else Latin-1, and it is
    said), parses, and draws a chart with a known library. Images: readable and of a known
    format within `Limits.image_bytes`; EH-3 looks at their pixels. Specifications: readable,
    within `Limits.spec_bytes`, and one JSON object.

    Args:
        kind: ``code`` (scenario C), ``existing`` or ``specification`` (scenario D), or ``image``
            (scenario B).
        content: The bytes of the text or the file; None when it could not be read.
        name: Where it came from; becomes `CodeReference.path`, empty for text given directly.
        limits: The bounds.
    """
    words = _WORDS.get(kind, str(kind))
    if content is None:
        return _failed(kind, "readable", f"The {words} {name!r} cannot be read.")
    if not content.strip():
        return _failed(kind, "empty", f"The {words} is empty.")
    if kind == "image":
        return _image(content, name, limits)
    if kind == "specification":
        return _specification(content, name, limits)
    return _code(kind, content, name, limits)


def no_reference_material(
    kind: ReferenceKind, content: bytes | None, name: str, limits: Limits
) -> Ruling[CodeReference | ImageReference | Failure]:
    """Without TE-3 material is taken unread: its text, and nothing known about it."""
    if kind == "image":
        digest = hashlib.sha256(content or b"").hexdigest()
        return Ruling(ImageReference(path=name, sha256=digest, format="", width=0, height=0))
    text = (content or b"").decode("utf-8", "replace")
    return Ruling(CodeReference(text=text, path=name or None))


def _failed(
    kind: str, check: str, message: str, **detail: Any
) -> Ruling[CodeReference | ImageReference | Failure]:
    """A failure as a ruling."""
    failure = Failure(
        kind=FailureKind.IMAGE if kind == "image" else FailureKind.CONTENT,
        where=kind,
        message=message,
        detail={"check": check, **detail},
    )
    return Ruling(failure, fired=True, outcome=check, why=message)


# ── code ────────────────────────────────────────────────────────────────────────────────────


def _code(
    kind: ReferenceKind, content: bytes, name: str, limits: Limits
) -> Ruling[CodeReference | ImageReference | Failure]:
    """Reference or existing code."""
    words = _WORDS[kind]
    text, encoding = _decode(content)
    if len(text) > limits.code_characters:
        return _failed(
            kind,
            "size",
            f"The {words} has {len(text):,} characters; "
            f"at most {limits.code_characters:,} are read.",
        )
    if "\x00" in text:
        return _failed(kind, "text", f"The {words} is not text: it holds zero bytes.")
    tree = parse(text)
    if isinstance(tree, str):
        return _failed(kind, "syntax", f"The {words} is not valid Python: {tree}", error=tree)
    facts = read_facts(tree)
    if facts.library == "unknown" or not facts.draws:
        return _failed(kind, "no_chart", _no_chart(words, facts.library, facts.other_libraries))
    reference = CodeReference(
        text=text, path=name or None, library=facts.library, sql=facts.sql, facts={}
    )
    if encoding == "utf-8":
        return Ruling(reference)
    return Ruling(
        reference,
        fired=True,
        outcome="latin-1",
        why=f"The {words} is not UTF-8; it was read as Latin-1.",
        after=facts.library,
    )


def _decode(content: bytes) -> tuple[str, str]:
    """The text and the encoding in which it was read."""
    try:
        return content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"), (
            "utf-8"
        )
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def _no_chart(words: str, library: str, others: tuple[str, ...]) -> str:
    known = "Altair, Plotly and Matplotlib are read"
    if others:
        return f"The {words} draws with {', '.join(others)}, which is not known; {known}."
    if library == "unknown":
        return f"The {words} uses no chart library; {known}."
    return f"The {words} imports {library} but draws no chart."


# ── specifications ──────────────────────────────────────────────────────────────────────────


def _specification(
    content: bytes, name: str, limits: Limits
) -> Ruling[CodeReference | ImageReference | Failure]:
    """The JSON of a picture that is to be changed."""
    kind = "specification"
    if len(content) > limits.spec_bytes:
        return _failed(
            kind,
            "size",
            f"The existing specification has {len(content):,} bytes; "
            f"at most {limits.spec_bytes:,} are read.",
        )
    try:
        text = content.decode("utf-8-sig")
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0][:200]
        return _failed(kind, "syntax", f"The existing specification is not valid JSON: {reason}")
    if not isinstance(value, dict):
        return _failed(kind, "structure", "The existing specification is not a JSON object.")
    return Ruling(CodeReference(text=text, path=name or None, library="vtk"))


# ── images ──────────────────────────────────────────────────────────────────────────────────


def _image(
    content: bytes, name: str, limits: Limits
) -> Ruling[CodeReference | ImageReference | Failure]:
    """A reference image, by its header alone."""
    if len(content) > limits.image_bytes:
        return _failed(
            "image",
            "size",
            f"The reference image has {len(content):,} bytes; "
            f"at most {limits.image_bytes:,} are read.",
        )
    header = read_image_header(content)
    if header is None:
        return _failed(
            "image",
            "format",
            f"The file {name!r} is not an image in PNG, JPEG, GIF, WebP or BMP format.",
        )
    kind, width, height = header
    digest = hashlib.sha256(content).hexdigest()
    return Ruling(ImageReference(path=name, sha256=digest, format=kind, width=width, height=height))


def read_image_header(content: bytes) -> tuple[str, int, int] | None:
    """Format, width and height as the header states them; None when it is not an image."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return "PNG", *struct.unpack(">II", content[16:24])
        if content[:6] in (b"GIF87a", b"GIF89a"):
            return "GIF", *struct.unpack("<HH", content[6:10])
        if content.startswith(b"BM"):
            width, height = struct.unpack("<ii", content[18:26])
            return "BMP", abs(width), abs(height)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
        if content.startswith(b"\xff\xd8"):
            return _jpeg(content)
    except (struct.error, IndexError):
        return None
    return None


def _webp(content: bytes) -> tuple[str, int, int] | None:
    """Size of the three kinds of WebP."""
    kind = content[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(content[24:27], "little") + 1
        height = int.from_bytes(content[27:30], "little") + 1
    elif kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = struct.unpack("<HH", content[26:30])
        width, height = width & 0x3FFF, height & 0x3FFF
    else:
        return None
    return "WEBP", width, height


def _jpeg(content: bytes) -> tuple[str, int, int] | None:
    """Size from the frame header, found by walking the segments."""
    position = 2
    while position + 9 <= len(content):
        if content[position] != 0xFF:
            return None
        marker = content[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return "JPEG", width, height
        position += 2 + int.from_bytes(content[position + 2 : position + 4], "big")
    return None
