"""How alike two pictures look: structure (SSIM) and edges, with no model.

This is not the perceptual score of MultiVis-Agent §5.2, which a vision model gives: it says how
near the pixels are, not how good the chart is, and is always reported under its own name.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivis.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["PictureScores", "compare_pictures"]

_SIDE = 480
_WINDOW = 7
_BLANK = 4.0
_EDGE = 60.0
_REACH = 2


@dataclass(frozen=True)
class PictureScores:
    """Likeness of two pictures, each from 0 to 1.

    Attributes:
        ssim: Structural similarity (Wang et al. 2004), 7-pixel windows, averaged over the
            windows that are not blank in both.
        edges: F1 of the edges, found again within two pixels.
    """

    ssim: float
    edges: float

    @property
    def overall(self) -> float:
        """Mean of both."""
        return (self.ssim + self.edges) / 2


def compare_pictures(prediction: bytes, gold: bytes) -> PictureScores:
    """Compare two pictures of charts.

    Both are put on white, scaled to fit 480 × 480 pixels and centred, so that size alone does
    not count but proportions do.

    Args:
        prediction: PNG or JPEG.
        gold: Likewise.

    Raises:
        InputError: One of them is no picture.
    """
    mine, other = _read(prediction, "prediction"), _read(gold, "gold")
    return PictureScores(round(_ssim(mine, other), 6), round(_edge_f1(mine, other), 6))


def _read(content: bytes, name: str) -> Grey:
    """A picture as grey values from 0 to 255 on a white square."""
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as opened:
            picture = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError) as error:
        raise InputError(
            f"The {name} is no picture that can be read: {error}.", hint="Give PNG or JPEG."
        ) from error
    factor = _SIDE / max(picture.size)
    size = tuple(max(1, round(side * factor)) for side in picture.size)
    picture = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", (_SIDE, _SIDE), "white")
    place = ((_SIDE - size[0]) // 2, (_SIDE - size[1]) // 2)
    ground.alpha_composite(picture, place)
    return np.asarray(ground.convert("L"), dtype=np.float64)


def _means(values: Grey, window: int) -> Grey:
    """Mean over every square window, by running sums; shape shrinks by window - 1."""
    import numpy as np

    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    sums[1:, 1:] = values.cumsum(0).cumsum(1)
    total = (
        sums[window:, window:]
        - sums[:-window, window:]
        - sums[window:, :-window]
        + sums[:-window, :-window]
    )
    means: Grey = total / window**2
    return means


def _ssim(mine: Grey, other: Grey) -> float:
    """Mean SSIM where at least one picture shows something; 1 for two blank ones."""
    mean_a, mean_b = _means(mine, _WINDOW), _means(other, _WINDOW)
    var_a = _means(mine * mine, _WINDOW) - mean_a**2
    var_b = _means(other * other, _WINDOW) - mean_b**2
    both = _means(mine * other, _WINDOW) - mean_a * mean_b
    small_1, small_2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    scores = ((2 * mean_a * mean_b + small_1) * (2 * both + small_2)) / (
        (mean_a**2 + mean_b**2 + small_1) * (var_a + var_b + small_2)
    )
    seen = (var_a > _BLANK) | (var_b > _BLANK) | (abs(mean_a - mean_b) > _BLANK)
    return max(0.0, float(scores[seen].mean())) if seen.any() else 1.0


def _edges(values: Grey) -> Mask:
    """Where the brightness changes (Sobel)."""
    import numpy as np

    padded = np.pad(values, 1, mode="edge")
    columns = padded[:, 2:] - padded[:, :-2]
    rows = padded[2:] - padded[:-2]
    across = columns[:-2] + 2 * columns[1:-1] + columns[2:]
    down = rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]
    found: Mask = np.hypot(across, down) / 4 > _EDGE / 4
    return found


def _near(mask: Mask) -> Mask:
    """Every place within reach of a true one."""
    reach: Any = mask.astype(float)
    import numpy as np

    padded = np.pad(reach, _REACH)
    near: Mask = _means(padded, 2 * _REACH + 1) > 1e-9
    return near


def _edge_f1(mine: Grey, other: Grey) -> float:
    """F1 of edges that are found again nearby."""
    a, b = _edges(mine), _edges(other)
    if not a.any() and not b.any():
        return 1.0
    if not a.any() or not b.any():
        return 0.0
    precision, recall = float(_near(b)[a].mean()), float(_near(a)[b].mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
