"""JPEG taken back: flat colours made flat again, soft edges made mixtures of their two sides."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["settled", "unbled"]

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_LUMA = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
_MOST_COLOURS = 60
_MOST_MIXED = 20
_LEAST_FLAT = 12  # even pixels that make a flat colour
_EVEN = (7.0, 14.0)  # range of brightness and of tint in the surroundings of an even pixel
_SAME = (6.0, 14.0)  # two flat colours that are one
_RARE = 0.05  # ringing around a colour is much rarer than the colour
_RINGING = (13.0, 30.0)  # how far JPEG moves pixels beside edges
_THIN = 8.0  # how much darker or lighter a line is than its surroundings, at least
_TINT_WEIGHT = 0.4  # tint is stored at half the resolution and bleeds; brightness does not


def settled(pixels: Pixels) -> Pixels:
    """The picture with the wavering of JPEG taken out.

    A chart has few flat colours. They are found where the surroundings are even. A pixel that
    has nearly one of the flat colours around it gets that colour; one that lies between two of
    them, a soft edge, gets the mixture that has its brightness. All else stays as it is: lines
    and letters are too thin to be flat.

    Args:
        pixels: RGB, 8 bit.
    """
    values = _to_luma(pixels)
    flat = _even(values)
    centres = _flat_colours(pixels, values, flat)
    if not len(centres):
        return pixels
    tones = _to_luma(centres[None].astype(np.uint8))[0]
    nearest, away = _nearest(values, tones)
    cores = flat & (away <= 1.0)
    answer = pixels.copy()
    open_ = np.ones(flat.shape, dtype=bool)
    thin = _thin(values[..., 0])
    _snap(answer, open_, values, tones, centres, nearest, cores, thin)
    open_ &= ~thin
    _mix(answer, open_, values, tones, centres, nearest, cores)
    return answer


def _to_luma(pixels: Pixels) -> Floats:
    """Brightness and the two tints, as JPEG stores them."""
    return np.asarray(pixels.astype(np.float32) @ _LUMA.T.astype(np.float32))


def _even(values: Floats) -> Mask:
    """Pixels whose 3 x 3 surroundings have one colour."""
    kernel = np.ones((3, 3), np.uint8)
    span = cv2.dilate(values, kernel) - cv2.erode(values, kernel)
    return np.asarray((span[..., 0] <= _EVEN[0]) & (span[..., 1:].max(axis=2) <= _EVEN[1]))


def _flat_colours(pixels: Pixels, values: Floats, flat: Mask) -> NDArray[np.float64]:
    """The colours of even places, the commonest first (n x 3 RGB)."""
    chosen = pixels[flat].astype(np.int64)
    if not len(chosen):
        return np.zeros((0, 3))
    coarse = chosen >> 2
    keys = (coarse[:, 0] << 12) | (coarse[:, 1] << 6) | coarse[:, 2]
    counts = np.bincount(keys, minlength=1 << 18)
    sums = [np.bincount(keys, chosen[:, channel], minlength=1 << 18) for channel in range(3)]
    order = np.argsort(counts)[::-1][:600]
    centres: list[NDArray[np.float64]] = []
    tones: list[Floats] = []
    crowds: list[int] = []
    for key in order.tolist():
        if counts[key] < _LEAST_FLAT or len(centres) >= _MOST_COLOURS:
            break
        centre = np.array([part[key] / counts[key] for part in sums])
        tone = _to_luma(np.rint(centre)[None, None].astype(np.uint8))[0, 0]
        size = int(counts[key])
        if not any(
            _same(tone, other, 2.0 if size < _RARE * crowd else 1.0)
            for other, crowd in zip(tones, crowds, strict=True)
        ):
            centres.append(np.rint(centre))
            tones.append(tone)
            crowds.append(size)
    del values
    return np.array(centres).reshape(-1, 3)


def _same(first: Floats, second: Floats, slack: float) -> bool:
    apart = np.abs(first - second)
    return bool(apart[0] <= slack * _SAME[0] and apart[1:].max() <= slack * _SAME[1])


def _nearest(values: Floats, tones: Floats) -> tuple[NDArray[np.int16], Floats]:
    """The nearest flat colour of each pixel, and its distance in units of `_SAME`."""
    best = np.full(values.shape[:2], np.inf, dtype=np.float32)
    index = np.zeros(values.shape[:2], dtype=np.int16)
    for number, tone in enumerate(tones):
        apart = np.abs(values - tone)
        distance = np.maximum(apart[..., 0] / _SAME[0], apart[..., 1:].max(axis=2) / _SAME[1])
        closer = distance < best
        best[closer] = distance[closer]
        index[closer] = number
    return index, best


def _snap(
    answer: Pixels,
    open_: Mask,
    values: Floats,
    tones: Floats,
    centres: NDArray[np.float64],
    nearest: NDArray[np.int16],
    cores: Mask,
    thin: Mask,
) -> None:
    """Give pixels the flat colour of their surroundings that they nearly have."""
    best = np.ones(open_.shape, dtype=np.float32)
    brightness = np.where(thin, np.float32(_THIN), np.float32(_RINGING[0]))
    for number, tone in enumerate(tones):
        near = _around(cores & (nearest == number), 19)
        apart = np.abs(values - tone)
        distance = np.maximum(apart[..., 0] / brightness, apart[..., 1:].max(axis=2) / _RINGING[1])
        closer = near & (distance < best)
        best[closer] = distance[closer]
        answer[closer] = centres[number].astype(np.uint8)
        open_[closer] = False


def _thin(brightness: Floats) -> Mask:
    """Lines of at most three pixels: darker, or lighter, than what lies on both sides."""
    found = np.zeros(brightness.shape, dtype=bool)
    for axis in (0, 1):
        padded = np.pad(brightness, [(3, 3) if axis == side else (0, 0) for side in (0, 1)], "edge")
        length = brightness.shape[axis]
        parts = [np.take(padded, range(at, at + length), axis) for at in range(7)]
        before, after = np.stack(parts[:3]), np.stack(parts[4:])
        found |= np.minimum(before.max(axis=0), after.max(axis=0)) - brightness > _THIN
        found |= brightness - np.maximum(before.min(axis=0), after.min(axis=0)) > _THIN
    return found


def _around(mask: Mask, size: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8)) > 0)


def _mix(
    answer: Pixels,
    open_: Mask,
    values: Floats,
    tones: Floats,
    centres: NDArray[np.float64],
    nearest: NDArray[np.int16],
    cores: Mask,
) -> None:
    """Make soft edges mixtures of the flat colours at their sides."""
    rows, columns = np.nonzero(open_)
    if not len(rows):
        return
    count = min(len(tones), _MOST_MIXED)
    beside = [_around(cores & (nearest == number), 9)[rows, columns] for number in range(count)]
    own = values[rows, columns].astype(np.float64)
    best = np.full(len(rows), 1.0)
    weight = np.array([1.0, _TINT_WEIGHT, _TINT_WEIGHT])
    for first in range(count):
        for second in range(first + 1, count):
            chosen = np.flatnonzero(beside[first] & beside[second])
            if not len(chosen):
                continue
            direction = (tones[second] - tones[first]).astype(np.float64) * weight
            offset = (own[chosen] - tones[first]) * weight
            share = np.clip(offset @ direction / max(float(direction @ direction), 1.0), 0.0, 1.0)
            rest = np.abs(offset - share[:, None] * direction)
            # Tint bleeds across the edge by up to half of what the two sides differ in.
            bleed = 8.0 + 0.45 * float(np.abs(tones[second] - tones[first])[1:].max())
            miss = np.maximum(
                rest[:, 0] / _RINGING[0], rest[:, 1:].max(axis=1) / (bleed * _TINT_WEIGHT)
            )
            closer = miss < best[chosen]
            target = chosen[closer]
            best[target] = miss[closer]
            blend = centres[first] + share[closer, None] * (centres[second] - centres[first])
            answer[rows[target], columns[target]] = np.rint(blend).astype(np.uint8)


def unbled(
    area: NDArray[np.float64], background: NDArray[np.float64], colours: list[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Thin marks of known colours without the tint that bled out of them.

    JPEG keeps brightness well, while the tint of a line is spread over its surroundings. Each
    pixel becomes background with that share of one of the colours which its brightness tells.
    What has none of the colours stays as it is.

    Args:
        area, background: Pixels with and without marks, height x width x 3.
        colours: RGB of the marks.
    """
    if not colours:
        return area
    weight = np.array([1.0, _TINT_WEIGHT, _TINT_WEIGHT])
    ground = _luma_of(background)
    offset = _luma_of(area) - ground
    best = np.full(area.shape[:2], 1.0)
    answer = area.copy()
    for colour in colours:
        direction = (_luma_of(np.asarray(colour)[None, None]) - ground) * weight
        size = np.maximum((direction**2).sum(axis=2), 100.0)
        share = np.clip(((offset * weight) * direction).sum(axis=2) / size, 0.0, 1.0)
        rest = np.abs(offset * weight - share[..., None] * direction)
        bleed = 10.0 + 0.6 * np.abs(direction[..., 1:]).max(axis=2) / _TINT_WEIGHT
        miss = np.maximum(rest[..., 0] / 40.0, rest[..., 1:].max(axis=2) / (bleed * _TINT_WEIGHT))
        closer = miss < best
        best[closer] = miss[closer]
        # What is fainter than the specks that JPEG leaves is none of the mark.
        clear = np.where(share < 0.08, 0.0, share)[..., None]
        answer[closer] = (background + clear * (colour - background))[closer]
    return answer


def _luma_of(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rgb @ _LUMA.T)
