"""What is drawn inside the panel: foreground, filled regions, colours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from multivis.reader.anatomy import Anatomy
from multivis.reader.raster import Floats, greatest, to_lab

__all__ = ["Region", "foreground", "panel_pixels", "solid_regions", "unmixed_shares"]

Mask = NDArray[np.bool_]

_LEAST = 12  # pixels of a region


@dataclass(frozen=True)
class Region:
    """A connected filled region of one colour, in pixels of the picture.

    Attributes:
        left, top, right, bottom: Bounds; right and bottom are excluded.
        area: Pixels.
        colour: RGB.
        mask: The region within its bounds.
    """

    left: int
    top: int
    right: int
    bottom: int
    area: int
    colour: Floats
    mask: Mask

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def fill(self) -> float:
        """Share of the bounds that is covered."""
        return self.area / max(1, self.width * self.height)


def panel_pixels(anatomy: Anatomy) -> Floats:
    """The panel's pixels as floats; a legend inside is painted over with background.

    They are made once and can only be read.
    """
    if "pixels" not in anatomy.kept:
        anatomy.kept["pixels"] = _panel_pixels(anatomy)
        anatomy.kept["pixels"].flags.writeable = False
    pixels: Floats = anatomy.kept["pixels"]
    return pixels


def _panel_pixels(anatomy: Anatomy) -> Floats:
    panel = anatomy.panel
    area = anatomy.raster.rgb[panel.top : panel.bottom, panel.left : panel.right].astype(np.float64)
    if anatomy.legend_box is not None:
        left, top, right, bottom = anatomy.legend_box
        rows = slice(max(top - panel.top, 0), max(bottom - panel.top, 0))
        columns = slice(max(left - panel.left, 0), max(right - panel.left, 0))
        filled = [entry.swatch.colour for entry in anatomy.legend if entry.swatch.shape == "square"]
        part = area[rows, columns]
        if filled and panel.look == "matplotlib" and part.size:
            area[rows, columns] = _behind_legend(part, [*filled, panel.colour])
        else:
            area[rows, columns] = panel.background[rows, columns]
    return area


def _behind_legend(part: Floats, tones: list[Floats]) -> Floats:
    """What shines through a legend that covers it to four fifths, as Matplotlib draws it.

    Args:
        part: The pixels of the legend.
        tones: Colours of the marks, and of the panel.
    """
    palette = np.array(tones)
    seen = 0.8 * 255.0 + 0.2 * palette
    apart = np.abs(part[:, :, None, :] - seen).max(axis=3)
    nearest = apart.argmin(axis=2)
    shine = apart.min(axis=2) <= 6
    answer = palette[nearest].astype(np.uint8)
    # Text and samples are filled in from around them.
    hidden = (~shine).astype(np.uint8)
    if not shine.any():
        return np.broadcast_to(palette[-1], part.shape).astype(np.float64)
    filled = cv2.inpaint(answer, hidden, 3, cv2.INPAINT_TELEA).astype(np.float64)
    choice = np.abs(filled[:, :, None, :] - palette).max(axis=3).argmin(axis=2)
    return np.asarray(palette[choice])


def foreground(anatomy: Anatomy, area: Floats) -> Mask:
    """Where the panel differs from its background; kept for the panel's own pixels."""
    if area is not anatomy.kept.get("pixels"):
        return _foreground(anatomy, area)
    if "front" not in anatomy.kept:
        anatomy.kept["front"] = _foreground(anatomy, area)
        anatomy.kept["front"].flags.writeable = False
    front: Mask = anatomy.kept["front"]
    return front


def _foreground(anatomy: Anatomy, area: Floats) -> Mask:
    threshold = 34.0 if anatomy.raster.lossy else 16.0
    offset = area - anatomy.panel.background
    return np.asarray(greatest(np.abs(offset, out=offset)) > threshold)


def solid_regions(anatomy: Anatomy) -> list[Region]:
    """Regions of even colour at least 3 px thick and 12 px large, in picture coordinates."""
    if "regions" not in anatomy.kept:
        anatomy.kept["regions"] = _solid_regions(anatomy, panel_pixels(anatomy))
    return list(anatomy.kept["regions"])


def _solid_regions(anatomy: Anatomy, area: Floats) -> list[Region]:
    tolerance = 16.0 if anatomy.raster.lossy else 5.0
    front = foreground(anatomy, area)
    smooth = cv2.medianBlur(area.astype(np.uint8), 3) if anatomy.raster.lossy else area
    values = np.asarray(smooth, dtype=np.float32)
    kernel = np.ones((3, 3), np.uint8)
    even = greatest(cv2.dilate(values, kernel) - cv2.erode(values, kernel)) <= tolerance
    core = even & front
    labels = _label_even(values, core, tolerance)
    return _collect(anatomy, values, labels, front, tolerance)


def _label_even(values: NDArray[np.float32], core: Mask, tolerance: float) -> NDArray[np.int32]:
    """Connected components of the core; touching regions of different colour stay apart.

    Cores of different colours never touch, because the 3 x 3 window at their border is uneven.
    """
    _, labels = cv2.connectedComponents(core.astype(np.uint8), connectivity=4)
    return np.asarray(labels, dtype=np.int32)


def _collect(
    anatomy: Anatomy,
    values: NDArray[np.float32],
    labels: NDArray[np.int32],
    front: Mask,
    tolerance: float,
) -> list[Region]:
    panel = anatomy.panel
    count = int(labels.max())
    regions: list[Region] = []
    if count == 0:
        return regions
    _, _, stats, _ = cv2.connectedComponentsWithStats((labels > 0).astype(np.uint8), connectivity=4)
    for index in range(1, len(stats)):
        left, top, width, height, area = (int(part) for part in stats[index])
        if area < _LEAST - 8:
            continue
        window = labels[top : top + height, left : left + width]
        inside = window == index
        if not inside.any():
            continue
        colour = np.median(
            values[top : top + height, left : left + width][inside].astype(np.float64), axis=0
        )
        # Grow by the pixel that the window cost, where the colour still holds.
        upper, start = max(top - 1, 0), max(left - 1, 0)
        lower, end = min(top + height + 1, labels.shape[0]), min(left + width + 1, labels.shape[1])
        around = np.zeros((lower - upper, end - start), dtype=np.uint8)
        around[top - upper : top - upper + height, left - start : left - start + width] = inside
        grown = cv2.dilate(around, np.ones((3, 3), np.uint8)) > 0
        near = (
            greatest(np.abs(values[upper:lower, start:end].astype(np.float64) - colour))
            <= tolerance + 3
        )
        mask = (grown & near) | (around > 0)
        mask &= front[upper:lower, start:end] | (around > 0)
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        total = int(mask.sum())
        if total < _LEAST:
            continue
        regions.append(
            Region(
                start + int(columns[0]) + panel.left,
                upper + int(rows[0]) + panel.top,
                start + int(columns[-1]) + 1 + panel.left,
                upper + int(rows[-1]) + 1 + panel.top,
                total,
                colour,
                mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1],
            )
        )
    return regions


def unmixed_shares(area: Floats, background: Floats, colour: Floats) -> tuple[Floats, Floats]:
    """How much of each pixel is covered by a colour, and what remains unexplained.

    A pixel at an anti-aliased edge is background + share * (colour - background).

    Returns:
        The share (0..1) and the length of the residual in RGB.
    """
    direction = colour - background
    length = (direction**2).sum(axis=2)
    offset = area - background
    share = np.clip((offset * direction).sum(axis=2) / np.maximum(length, 1.0), 0.0, 1.0)
    rest = offset - share[..., None] * direction
    return share, np.sqrt((rest**2).sum(axis=2))


def cluster_colours(colours: Floats, weights: Floats, distance: float = 8.0) -> list[Floats]:
    """Distinct colours, heaviest first: those within `distance` in CIELAB are one.

    Args:
        colours: n x 3 RGB.
        weights: n weights.
        distance: CIE76 difference.
    """
    lab = to_lab(colours)
    order = np.argsort(-weights)
    chosen: list[int] = []
    for index in order.tolist():
        if all(float(np.linalg.norm(lab[index] - lab[other])) > distance for other in chosen):
            chosen.append(index)
    return [colours[index] for index in chosen]


__all__ += ["cluster_colours"]
