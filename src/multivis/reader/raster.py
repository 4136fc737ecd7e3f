"""An image as numbers: loading, CIELAB, the colour of the page."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from multivis.errors import ImageError
from multivis.reader.settle import settled

__all__ = [
    "Raster",
    "commonest",
    "differs",
    "enlarged",
    "greatest",
    "hex_colour",
    "least",
    "load_raster",
    "reduced",
    "runs",
    "to_lab",
]

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_LARGEST_SIDE = 1800
_USUAL_SIDE = 1100
_SMALLEST_SIDE = 80
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
_MOST_PIXELS = 50_000_000
_FEW = 10_000


@dataclass(frozen=True)
class Raster:
    """A picture ready for measuring.

    Attributes:
        rgb: Height x width x 3, 8 bit, transparent parts on white.
        scale: Pixels of the file per pixel here (1 unless the picture is very large).
        page: The colour around the chart.
        lossy: Whether the file was JPEG, so that colours waver.
        shades: The picture before flat colours were settled, where shades count.
        size: Width and height of the file.
    """

    rgb: Pixels
    scale: float
    page: Floats
    lossy: bool
    shades: Pixels
    size: tuple[int, int]

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.rgb.shape[1])

    @cached_property
    def lightest(self) -> Pixels:
        """The greatest of the three channels of each pixel."""
        return greatest(self.rgb)

    @cached_property
    def darkest(self) -> Pixels:
        """The least of the three channels of each pixel."""
        return least(self.rgb)

    @cached_property
    def spread(self) -> Pixels:
        """How far the channels of each pixel are apart: 0 for grey."""
        return np.asarray(self.lightest - self.darkest, dtype=np.uint8)


def load_raster(image: str | Path | bytes) -> Raster:
    """Decode an image for the reader.

    Pictures with a side above 1800 px are reduced to at most 1100 px by averaging whole blocks
    of pixels, which keeps sub-pixel edges in place.

    Args:
        image: Path of a file, or the bytes of one.

    Raises:
        ImageError: No such file, not an image, damaged, or too small to hold a chart.
    """
    from PIL import Image, UnidentifiedImageError

    source: Any = io.BytesIO(image) if isinstance(image, bytes) else Path(image).expanduser()
    if isinstance(source, Path) and not source.is_file():
        raise ImageError(f"There is no image file {str(source)!r}.", hint="Check the path.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(source, formats=_FORMATS) as opened:
                if opened.width * opened.height > _MOST_PIXELS:
                    raise ImageError(
                        f"The image has {opened.width * opened.height:,} pixels, "
                        f"the limit is {_MOST_PIXELS:,}.",
                        hint="Give a smaller version.",
                    )
                lossy = opened.format == "JPEG"
                picture = opened.convert("RGBA")
    except UnidentifiedImageError as error:
        raise ImageError(
            "The file is not a PNG, JPEG, GIF, WebP or BMP image.", hint="Give a picture."
        ) from error
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"The image has more pixels than the limit of {_MOST_PIXELS:,}.",
            hint="Give a smaller version.",
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise ImageError(f"The image is damaged or cut off ({error}).") from error
    if np.asarray(picture.getchannel("A")).min(initial=255) < 255:
        paper = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        paper.alpha_composite(picture)
        picture = paper
    rgb = picture.convert("RGB")
    if min(rgb.size) < _SMALLEST_SIDE:
        raise ImageError(
            f"The image is {rgb.width} x {rgb.height} px, too small to read a chart from.",
            hint="Give one of at least 400 px.",
        )
    scale, full = 1, rgb.size
    if max(rgb.size) > _LARGEST_SIDE:
        scale = -(-max(rgb.size) // _USUAL_SIDE)
        rgb = rgb.reduce(scale)
    pixels = np.asarray(rgb, dtype=np.uint8)
    shades = pixels
    if lossy:
        pixels = settled(pixels)
    return Raster(pixels, float(scale), _page_colour(pixels), lossy, shades, full)


def reduced(raster: Raster, factor: int = 2) -> Raster:
    """The same picture with fewer pixels, for charts whose lines and letters are very large."""
    from PIL import Image

    small, shades = (
        np.asarray(Image.fromarray(part).reduce(factor), dtype=np.uint8)
        for part in (raster.rgb, raster.shades)
    )
    return Raster(small, raster.scale * factor, raster.page, raster.lossy, shades, raster.size)


def enlarged(raster: Raster, factor: int = 2) -> Raster:
    """The same picture with more pixels, for texts and lines too small to be told apart."""
    from PIL import Image

    size = (raster.width * factor, raster.height * factor)
    large, shades = (
        np.asarray(Image.fromarray(part).resize(size, Image.Resampling.LANCZOS), dtype=np.uint8)
        for part in (raster.rgb, raster.shades)
    )
    # Lanczos rings a little at edges, as JPEG does.
    return Raster(large, raster.scale / factor, raster.page, True, shades, raster.size)


def _page_colour(pixels: Pixels) -> Floats:
    """The commonest colour along the four edges."""
    edge = np.concatenate(
        [part.reshape(-1, 3) for part in (pixels[:3], pixels[-3:], pixels[:, :3], pixels[:, -3:])]
    )
    return commonest(edge)


def commonest(colours: NDArray[Any]) -> Floats:
    """The commonest of many 8-bit colours, as floats; the mean over its near neighbours."""
    coarse = (colours >> 2).astype(np.int32)
    keys = (coarse[:, 0] << 12) | (coarse[:, 1] << 6) | coarse[:, 2]
    if len(keys) < _FEW:
        values, counts = np.unique(keys, return_counts=True)
        best = values[np.argmax(counts)]
    else:
        best = np.bincount(keys, minlength=1 << 18).argmax()
    chosen = colours[keys == best]
    # The median of each channel by counting, which takes one pass over many pixels.
    middle = np.array([(len(chosen) - 1) // 2, len(chosen) // 2])
    medians = []
    for channel in range(3):
        sums = np.bincount(chosen[:, channel], minlength=256).cumsum()
        medians.append(float(np.searchsorted(sums, middle, side="right").mean()))
    return np.array(medians)


def greatest(channels: NDArray[Any]) -> NDArray[Any]:
    """The greatest value along the last axis, which has length 3; much faster than `max`."""
    answer = np.maximum(np.maximum(channels[..., 0], channels[..., 1]), channels[..., 2])
    return np.asarray(answer)


def least(channels: NDArray[Any]) -> NDArray[Any]:
    """The least value along the last axis, which has length 3; much faster than `min`."""
    answer = np.minimum(np.minimum(channels[..., 0], channels[..., 1]), channels[..., 2])
    return np.asarray(answer)


def differs(pixels: Pixels, colour: Floats, more: float) -> Mask:
    """Where a channel differs from a colour by more than so much.

    Args:
        pixels: Height x width x 3, 8 bit.
        colour: RGB.
        more: 0..255.
    """
    if not pixels.size:
        return np.zeros(pixels.shape[:2], dtype=bool)
    # Each channel has 256 values: whether one is too far off is looked up.
    table = np.abs(np.arange(256.0)[:, None] - np.asarray(colour, dtype=np.float64)) > more
    found = np.asarray(cv2.LUT(pixels, table.astype(np.uint8)[None]), dtype=np.uint8).view(bool)
    return np.asarray(found[..., 0] | found[..., 1] | found[..., 2])


def to_lab(rgb: NDArray[Any]) -> Floats:
    """CIELAB (D65) of sRGB values 0..255; any leading shape, the last axis is 3."""
    unit = np.asarray(rgb, dtype=np.float64) / 255.0
    linear = np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    matrix = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = linear @ matrix.T / np.array([0.95047, 1.0, 1.08883])
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack(
        [
            116 * root[..., 1] - 16,
            500 * (root[..., 0] - root[..., 1]),
            200 * (root[..., 1] - root[..., 2]),
        ],
        axis=-1,
    )


def hex_colour(rgb: NDArray[Any]) -> str:
    """``#RRGGBB`` of three values 0..255."""
    red, green, blue = (int(np.clip(round(float(part)), 0, 255)) for part in rgb)
    return f"#{red:02X}{green:02X}{blue:02X}"


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The runs of true values in one dimension as (start, end), end excluded."""
    padded = np.concatenate([[False], mask, [False]]).astype(np.int8)
    change = np.diff(padded)
    return list(
        zip(
            np.flatnonzero(change == 1).tolist(), np.flatnonzero(change == -1).tolist(), strict=True
        )
    )
