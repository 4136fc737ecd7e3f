"""Facts about an image file, gathered without ever decoding more pixels than allowed (EH-3)."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from multivis.settings import Limits

if TYPE_CHECKING:
    from multivis.rules import ImageFacts

__all__ = ["IMAGE_FORMATS", "image_facts"]

IMAGE_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


def image_facts(path: str | Path, limits: Limits | None = None) -> ImageFacts:
    """Look at a file as an image; never raises.

    The order keeps it safe: the file's size first, then format and dimensions from the header,
    and the pixels only if there are few enough.

    Args:
        path: The file.
        limits: `image_bytes` and `image_pixels`.

    Returns:
        What was found; `problem` says why looking stopped early.
    """
    from multivis.rules import ImageFacts

    bounds = limits or Limits()
    name = str(path)
    file = Path(name).expanduser()
    try:
        if not file.exists():
            return ImageFacts(name, exists=False, problem="there is no such file")
        if not file.is_file():
            return ImageFacts(name, exists=False, problem="it is a folder or a device")
        size = file.stat().st_size
    except (OSError, ValueError) as error:
        return ImageFacts(name, exists=False, problem=f"it cannot be read ({error})")
    if size > bounds.image_bytes:
        problem = f"it has {size:,} bytes, the limit is {bounds.image_bytes:,}"
        return ImageFacts(name, exists=True, size=size, problem=problem)
    return _look(file, name, size, bounds)


def _look(file: Path, name: str, size: int, limits: Limits) -> ImageFacts:
    """Header first, pixels second; the first frame of an animation stands for all."""
    from PIL import Image, UnidentifiedImageError

    from multivis.rules import ImageFacts

    kind: str | None = None
    width = height = 0
    try:
        with warnings.catch_warnings():
            # The limit of ours decides, not Pillow's warning about large pictures.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=IMAGE_FORMATS) as image:
                kind, (width, height) = image.format, image.size
                if width * height > limits.image_pixels:
                    problem = (
                        f"it has {width * height:,} pixels, the limit is {limits.image_pixels:,}"
                    )
                    return ImageFacts(name, True, size, kind, False, width, height, problem)
                image.load()
    except UnidentifiedImageError:
        return ImageFacts(name, True, size, problem="it is not a PNG, JPEG, GIF, WebP or BMP image")
    except Image.DecompressionBombError:
        return ImageFacts(name, True, size, kind, False, width, height, "it has too many pixels")
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
        # Pillow raises all of these for files that are cut off or damaged.
        problem = f"it is damaged or cut off ({error})"
        return ImageFacts(name, True, size, kind, False, width, height, problem)
    return ImageFacts(name, True, size, kind, True, width, height)
