"""Where text stands: groups of small components, straight, slanted or upright."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from multivis.reader.ocr import recognize
from multivis.reader.raster import Pixels, Raster

__all__ = [
    "Glyphs",
    "TextBox",
    "group_lines",
    "group_slanted",
    "group_upright",
    "read_texts",
    "split_by_lattice",
]

Mask = NDArray[np.bool_]

_SURE = 0.985
_MOST_GAPS = 12
# Specks of JPEG beside the dot of an i look like an accent.
_DOTS = str.maketrans("íìîïÍÌ", "iiiiII")


@dataclass(frozen=True)
class TextBox:
    """A line of text.

    Attributes:
        left, top, right, bottom: Bounds in pixels, upright even for slanted text.
        angle: Degrees clockwise that the text runs downwards; -90 reads upwards.
        corners: For slanted text the four corners of the tight box, reading order.
        text, score: What it says, and how sure that is.
    """

    left: float
    top: float
    right: float
    bottom: float
    angle: float = 0.0
    corners: tuple[tuple[float, float], ...] = ()
    text: str = ""
    score: float = 0.0

    @property
    def x(self) -> float:
        """Centre."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """Centre."""
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        """Height of the bounds."""
        return self.bottom - self.top

    @property
    def width(self) -> float:
        """Width of the bounds."""
        return self.right - self.left


@dataclass
class Glyphs:
    """Small connected components that may be characters: n x 4 (left, top, right, bottom)."""

    boxes: NDArray[np.int64]
    mask: Mask

    def within(self, left: float, top: float, right: float, bottom: float) -> Glyphs:
        """Those whose centre lies in a rectangle."""
        if not len(self.boxes):
            return self
        x = (self.boxes[:, 0] + self.boxes[:, 2]) / 2
        y = (self.boxes[:, 1] + self.boxes[:, 3]) / 2
        keep = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
        return Glyphs(self.boxes[keep], self.mask)


def find_glyphs(mask: Mask, largest: float) -> Glyphs:
    """The components of an ink mask whose sides are at most `largest` px.

    In small pictures the letters of a word touch: what is long must be as narrow as a letter.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    boxes = []
    for left, top, width, height, area in stats[1:].tolist():
        letter = width <= largest * 2.2 and height <= largest * 1.6
        narrow, long = sorted((width, height))
        word = 5 <= narrow <= largest and long <= 5 * largest and area < 0.85 * width * height
        if area >= 2 and (letter or word):
            boxes.append((left, top, left + width, top + height))
    return Glyphs(np.array(boxes, dtype=np.int64).reshape(-1, 4), mask)


def group_lines(glyphs: Glyphs) -> list[TextBox]:
    """Join glyphs that stand beside each other into lines of text."""
    boxes = glyphs.boxes[np.argsort(glyphs.boxes[:, 0], kind="stable")]
    if not len(boxes):
        return []
    heights = boxes[:, 3] - boxes[:, 1]
    typical = float(np.median(heights[heights >= 4])) if (heights >= 4).any() else 8.0
    lines: list[list[float]] = []
    for left, top, right, bottom in boxes.tolist():
        best, best_gap = -1, 1e9
        for index, line in enumerate(lines):
            if line[3] < top or line[1] > bottom:
                continue
            size = max(line[3] - line[1], bottom - top, 0.8 * typical)
            gap = left - line[2]
            overlap = min(line[3], bottom) - max(line[1], top)
            level = overlap >= 0.35 * min(line[3] - line[1], bottom - top)
            if level and -size < gap <= 0.72 * size and gap < best_gap and size < 2.2 * typical + 8:
                best, best_gap = index, gap
        if best < 0:
            lines.append([left, top, right, bottom])
        else:
            line = lines[best]
            lines[best] = [
                min(line[0], left),
                min(line[1], top),
                max(line[2], right),
                max(line[3], bottom),
            ]
    lines = _join_lines(lines)
    return [
        TextBox(line[0], line[1], line[2], line[3])
        for line in lines
        if (line[3] - line[1] >= 4 or line[2] - line[0] >= 4)
    ]


def _join_lines(lines: list[list[float]]) -> list[list[float]]:
    """Merge lines that overlap: dots of i, accents and split characters."""
    changed = True
    while changed:
        changed = False
        for first in range(len(lines)):
            for second in range(first + 1, len(lines)):
                a, b = lines[first], lines[second]
                if b[1] - a[3] > 2 or a[1] - b[3] > 2:
                    continue  # one stands above the other
                across = min(a[2], b[2]) - max(a[0], b[0])
                along = min(a[3], b[3]) - max(a[1], b[1])
                small = min(a[3] - a[1], b[3] - b[1])
                level = along >= 0.5 * small
                near = across >= (-0.6 * max(a[3] - a[1], b[3] - b[1]) if level else 0)
                if near and (level or (along >= -2 and small <= 4)):
                    lines[first] = [
                        min(a[0], b[0]),
                        min(a[1], b[1]),
                        max(a[2], b[2]),
                        max(a[3], b[3]),
                    ]
                    del lines[second]
                    changed = True
                    break
            if changed:
                break
    return lines


def group_slanted(glyphs: Glyphs, bounds: tuple[int, int, int, int]) -> list[TextBox]:
    """Slanted labels in a region (left, top, right, bottom); empty when text there is straight."""
    left, top, right, bottom = bounds
    region = np.zeros((bottom - top, right - left), dtype=np.uint8)
    for x0, y0, x1, y1 in glyphs.within(left, top, right, bottom).boxes.tolist():
        part = glyphs.mask[max(y0, top) : min(y1, bottom), max(x0, left) : min(x1, right)]
        spot = region[max(y0 - top, 0) : y1 - top, max(x0 - left, 0) : x1 - left]
        spot |= part.astype(np.uint8)
    boxes = glyphs.within(left, top, right, bottom).boxes
    sides = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    tall = float(np.median(sides)) if len(sides) else 0.0
    # Wide enough to join letters across a hyphen, not labels.
    size = max(7, 2 * round(0.28 * tall) + 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    count, labels = cv2.connectedComponents(cv2.dilate(region, kernel))
    found: list[TextBox] = []
    slanted = 0
    for index in range(1, count):
        ys, xs = np.nonzero((labels == index) & (region > 0))
        if len(xs) < 6:
            continue
        points = np.stack([xs, ys], axis=1).astype(np.float32)
        box, tilt = _tight_box(points)
        if box is None:
            continue
        slanted += 1 if 12 <= abs(tilt) <= 78 else 0
        corners = tuple((float(x + left), float(y + top)) for x, y in box)
        found.append(
            TextBox(
                float(xs.min() + left),
                float(ys.min() + top),
                float(xs.max() + left + 1),
                float(ys.max() + top + 1),
                tilt,
                corners,
            )
        )
    if slanted < 2 or slanted < 0.5 * len(found):
        return []
    angle = float(np.median([box.angle for box in found if 12 <= abs(box.angle) <= 78]))
    return [box for box in found if abs(box.angle - angle) < 14]


def _tight_box(points: NDArray[np.float32]) -> tuple[NDArray[np.float32] | None, float]:
    """The smallest rectangle around points, corners from the start of the text, and its tilt."""
    (cx, cy), (width, height), angle = cv2.minAreaRect(points)
    if width < height:
        width, height, angle = height, width, angle + 90
    if width < 1.6 * height or height < 4:
        return None, 0.0
    while angle > 90:
        angle -= 180
    while angle <= -90:
        angle += 180
    turn = np.deg2rad(angle)
    along = np.array([np.cos(turn), np.sin(turn)]) * (width + 2) / 2
    across = np.array([-np.sin(turn), np.cos(turn)]) * (height + 3) / 2
    middle = np.array([cx, cy])
    corners = [
        middle - along - across,
        middle + along - across,
        middle + along + across,
        middle - along + across,
    ]
    return np.array(corners, dtype=np.float32), float(angle)


def group_upright(glyphs: Glyphs, *, downwards: bool = False) -> list[TextBox]:
    """Lines of text turned by 90 degrees (reading upwards unless `downwards`)."""
    if not len(glyphs.boxes):
        return []
    turned = glyphs.boxes[:, [1, 0, 3, 2]]
    boxes = group_lines(Glyphs(turned, glyphs.mask.T))
    return [
        TextBox(box.top, box.left, box.bottom, box.right, 90.0 if downwards else -90.0)
        for box in boxes
    ]


def split_by_lattice(boxes: list[TextBox], glyphs: Glyphs) -> list[TextBox]:
    """Part labels that stand so close that they were taken for one.

    Tick labels are centred at even steps. A box whose centre lies between two steps is parted
    at the gap that puts both parts on a step.

    Args:
        boxes: The labels of one row.
        glyphs: The characters of the row.
    """
    if len(boxes) < 3:
        return boxes
    centres = np.sort([box.x for box in boxes])
    step = float(np.percentile(np.diff(centres), 25))
    parted: list[TextBox] = []
    for box in boxes:
        others = [other.x for other in boxes if other is not box]
        lone = _off(box.x, others, step) < 0.25 and box.width < 1.5 * step
        if step < 12 or box.width < 0.9 * step or lone:
            parted.append(box)
            continue
        for part in _part(box, glyphs, others, step) or [box]:
            # Three labels in one have their centre on a step as well.
            wide = part is not box and part.width >= 2 * step
            parted += (_part(part, glyphs, others, step) if wide else []) or [part]
    return parted


def _off(x: float, others: list[float], step: float) -> float:
    """How far a centre is from the lattice of the others, in steps (median)."""
    distance = (np.array(others) - x) / step
    return float(np.median(np.abs(distance - np.round(distance))))


def _part(box: TextBox, glyphs: Glyphs, others: list[float], step: float) -> list[TextBox]:
    """The parts of a box that all lie on the lattice: cut at its widest gaps, as few as do.

    Where the spaces inside labels are as wide as those between them, any gaps may part it, as
    long as one part stands on every step.
    """
    inside = glyphs.within(box.left, box.top - 1, box.right, box.bottom + 1).boxes
    inside = inside[np.argsort(inside[:, 0])]
    ends = np.maximum.accumulate(inside[:, 2])[:-1]
    gaps = inside[1:, 0] - ends
    order = [cut for cut in np.argsort(-gaps).tolist() if gaps[cut] >= 3]

    def parts_at(cuts: Sequence[int]) -> list[TextBox]:
        lefts = [box.left, *(float(inside[cut + 1, 0]) for cut in cuts)]
        rights = [*(float(ends[cut]) for cut in cuts), box.right]
        return [
            replace(box, left=left, right=right) for left, right in zip(lefts, rights, strict=True)
        ]

    best: tuple[float, list[TextBox]] = (0.15, [])
    widest = [sorted(order[:count]) for count in range(2, min(len(order), 8) + 1)]
    for cuts in [*([cut] for cut in order), *widest]:
        parts = parts_at(cuts)
        off = max(_off(part.x, others, step) for part in parts)
        if off < best[0]:
            best = (off, parts)
    for count in (2, 3):
        if best[1] or box.width < count * step:
            break
        for some in combinations(sorted(order[:_MOST_GAPS]), count):
            parts = parts_at(some)
            apart = np.diff([part.x for part in parts]) / step
            off = max(float(np.abs(apart - 1).max()), *(_off(p.x, others, step) for p in parts))
            if off < best[0]:
                best = (off, parts)
    return best[1]


def read_texts(raster: Raster, boxes: list[TextBox]) -> list[TextBox]:
    """Recognise every box; boxes without readable text are dropped."""
    crops = [_crop(raster, box) for box in boxes]
    answers = recognize(crops)
    if raster.lossy:
        answers = [
            (text.translate(_DOTS) if score < _SURE else text, score) for text, score in answers
        ]
    return [
        replace(box, text=text, score=score)
        for box, (text, score) in zip(boxes, answers, strict=True)
        if text and score > 0.3
    ]


def _crop(raster: Raster, box: TextBox) -> Pixels:
    """The box upright, with a margin of page around it."""
    if box.corners:
        corners = np.array(box.corners, dtype=np.float32)
        width = float(np.linalg.norm(corners[1] - corners[0]))
        height = float(np.linalg.norm(corners[3] - corners[0]))
        factor = 3.0
        target = np.array(
            [[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32
        ) * np.float32(factor)
        matrix = cv2.getPerspectiveTransform(corners, target)
        size = (max(8, int(width * factor)), max(8, int(height * factor)))
        page = tuple(float(part) for part in raster.page)
        return np.asarray(
            cv2.warpPerspective(
                raster.rgb,
                matrix,
                size,
                flags=cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=page,
            )
        )
    margin = 2
    top, bottom = max(int(box.top) - margin, 0), int(np.ceil(box.bottom)) + margin
    left, right = max(int(box.left) - margin, 0), int(np.ceil(box.right)) + margin
    if box.angle == 0 and bottom - top < 14:
        # A lone hyphen or dot would be enlarged out of proportion.
        extra = (14 - (bottom - top)) // 2
        top, bottom = max(top - extra, 0), bottom + extra
    crop = raster.rgb[top:bottom, left:right]
    if box.angle == -90.0:
        return np.ascontiguousarray(np.rot90(crop, -1))
    if box.angle == 90.0:
        return np.ascontiguousarray(np.rot90(crop, 1))
    return crop
