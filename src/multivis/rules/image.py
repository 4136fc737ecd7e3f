"""Error-handling rule EH-3: can a reference image be used (MultiVis-Agent §4.3.2, Eq. 9)."""

from __future__ import annotations

from dataclasses import dataclass

from multivis.rules.ruling import Ruling
from multivis.settings import Limits
from multivis.state import Failure, FailureKind

__all__ = ["IMAGE_FORMATS", "ImageFacts", "image_validation", "no_image_validation"]

IMAGE_FORMATS = frozenset({"PNG", "JPEG", "GIF", "WEBP", "BMP"})


@dataclass(frozen=True)
class ImageFacts:
    """What was found out about a file (`multivis.data.images.image_facts`).

    Attributes:
        path: Where it is.
        exists: Whether there is a readable file.
        size: Its size in bytes.
        format: Its format in Pillow's words (``"PNG"``), or None when it is not an image.
        decodes: Whether every pixel could be decoded.
        width: Width in pixels.
        height: Height in pixels.
        problem: What went wrong while looking, in words; empty if nothing.
    """

    path: str
    exists: bool
    size: int = 0
    format: str | None = None
    decodes: bool = False
    width: int = 0
    height: int = 0
    problem: str = ""


def image_validation(facts: ImageFacts, limits: Limits) -> Ruling[Failure | None]:
    """EH-3: exists ∧ format ∧ decodes ∧ within size, in the order in which it is safe to look.

    Args:
        facts: What was found out about the file.
        limits: `image_bytes` and `image_pixels` bound the size.
    """
    problem = _problem(facts, limits)
    if problem is None:
        return Ruling(None)
    outcome, message = problem
    return Ruling(
        Failure(
            kind=FailureKind.IMAGE,
            where="image",
            message=message,
            detail={"path": facts.path, "check": outcome},
        ),
        fired=True,
        outcome=outcome,
        why=message,
        before=facts.path,
    )


def _problem(facts: ImageFacts, limits: Limits) -> tuple[str, str] | None:
    """The first condition that does not hold, and a sentence on it."""
    name = repr(facts.path)
    because = f": {facts.problem}" if facts.problem else ""
    pixels = facts.width * facts.height
    if not facts.exists:
        return "exists", f"The image {name} cannot be read{because or ': there is no such file'}."
    if facts.size <= 0:
        return "empty", f"The image {name} is empty."
    if facts.size > limits.image_bytes:
        return (
            "size",
            f"The image {name} has {facts.size:,} bytes; at most {limits.image_bytes:,} are read.",
        )
    if (facts.format or "").upper() not in IMAGE_FORMATS:
        known = ", ".join(sorted(IMAGE_FORMATS))
        what = f"is a {facts.format} file" if facts.format else "is not an image"
        return "format", f"The file {name} {what}{because}; these formats are read: {known}."
    if pixels > limits.image_pixels:
        return (
            "pixels",
            f"The image {name} has {pixels:,} pixels; at most {limits.image_pixels:,} are read.",
        )
    if not facts.decodes or pixels <= 0:
        return "decodes", f"The image {name} cannot be decoded{because or ': it is damaged'}."
    return None


def no_image_validation(facts: ImageFacts, limits: Limits) -> Ruling[Failure | None]:
    """Without EH-3 every image is taken as it comes."""
    return Ruling(None)
