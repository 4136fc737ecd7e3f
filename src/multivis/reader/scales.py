"""Tick labels to scales: numbers, dates, categories; linear and logarithmic."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

__all__ = ["Scale", "fit_scale", "parse_number"]

_SUFFIX = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9, "T": 1e12, "m": 1e-3, "µ": 1e-6}
_MISREAD = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "|": "1", "S": "5", "−": "-"})


@dataclass(frozen=True)
class Scale:
    """How positions along an axis become values.

    Attributes:
        kind: ``"linear"``, ``"log"``, ``"date"`` (values in seconds since 1970) or ``"category"``.
        slope, offset: value = slope * position + offset (log10 of it for ``"log"``).
        ticks: (position, value) of the labels that fit.
        error: Standard deviation of a tick from the fit, in pixels.
        rejected: Labels that did not fit.
    """

    kind: str
    slope: float = 0.0
    offset: float = 0.0
    ticks: tuple[tuple[float, float], ...] = ()
    labels: tuple[tuple[float, str], ...] = ()
    error: float = 0.0
    rejected: tuple[str, ...] = ()

    def value(self, position: float) -> float:
        """The value at a pixel position."""
        raw = self.slope * position + self.offset
        return float(10.0**raw) if self.kind == "log" else float(raw)

    def values(self, positions: np.ndarray) -> np.ndarray:
        """As `value`, for an array."""
        raw = self.slope * np.asarray(positions, dtype=np.float64) + self.offset
        return 10.0**raw if self.kind == "log" else raw

    def position(self, value: float) -> float:
        """The pixel position of a value."""
        raw = math.log10(value) if self.kind == "log" else value
        return (raw - self.offset) / self.slope

    def moved(self, pixels: float) -> Scale:
        """The same scale for an axis that lies so many pixels further right or down."""
        if self.kind == "category":
            return self
        ticks = tuple((at + pixels, value) for at, value in self.ticks)
        return replace(self, offset=self.offset - self.slope * pixels, ticks=ticks)

    @property
    def per_pixel(self) -> float:
        """Units (decades for ``"log"``) per pixel, positive."""
        return abs(self.slope)


def parse_number(text: str) -> float | None:
    """A tick label as a number: signs, thousands, percent, currency, SI letters, exponents.

    Returns:
        None when it is not a number.
    """
    bare = re.sub(r"[\s$€£,’'~]", "", text.replace("−", "-").replace("–", "-").replace("—", "-"))
    bare = bare.rstrip("%°")
    power = re.fullmatch(r"(-?\d+(?:\.\d+)?)(?:[x×·*]10\^?|[eE])\(?([+-]?\d+)\)?", bare)
    if power:
        return float(power[1]) * 10.0 ** int(power[2])
    match = re.fullmatch(r"([+-]?)(\d+\.?\d*|\.\d+)([kKMGBTmµ]?)", bare)
    if match is None and re.fullmatch(r"[-+]?[\dOolI|S.]+", bare) and re.search(r"\d|O|o", bare):
        match = re.fullmatch(r"([+-]?)(\d+\.?\d*|\.\d+)()", bare.translate(_MISREAD))
    if match is None:
        return None
    number = float(match[2]) * _SUFFIX.get(match[3], 1.0)
    return -number if match[1] == "-" else number


def fit_scale(labels: list[tuple[float, str]], tolerance: float = 2.5) -> Scale:
    """Fit a scale through tick labels; one that was misread does no harm.

    Args:
        labels: (pixel position of the centre, text).
        tolerance: How far, in pixels, a label may be from the fit.

    Returns:
        A ``"category"`` scale when fewer than two labels agree on a number or date.
    """
    category = Scale("category", labels=tuple(sorted(labels)))
    numbers = [(at, parse_number(text), text) for at, text in labels]
    known = [(at, value, text) for at, value, text in numbers if value is not None]
    if len(known) >= 2 and len(known) >= 0.5 * len(labels):
        fitted = _best_fit(known, tolerance)
        if fitted is not None:
            return fitted
    from multivis.reader.dates import parse_dates

    moments = parse_dates([text for _, text in sorted(labels)])
    dated = [
        (at, value, text)
        for (at, text), value in zip(sorted(labels), moments, strict=True)
        if value is not None
    ]
    if len(dated) >= 2 and len(dated) >= 0.6 * len(labels):
        # Months and years have unequal lengths: allow for them.
        span = max(at for at, _, _ in dated) - min(at for at, _, _ in dated)
        fitted = _robust(dated, max(tolerance, 0.012 * span), "date")
        if fitted is not None and len(fitted.ticks) >= max(2, 0.6 * len(dated)):
            return fitted
    return category


def _best_fit(known: list[tuple[float, float, str]], tolerance: float) -> Scale | None:
    linear = _robust(known, tolerance, "linear")
    positive = [(at, math.log10(value), text) for at, value, text in known if value > 0]
    logarithmic = _robust(positive, tolerance, "log") if len(positive) >= 3 else None
    powers = _powers_of_ten(known)
    if powers is not None and (linear is None or len(linear.ticks) < len(powers.ticks)):
        return powers
    if linear is None:
        return logarithmic
    if logarithmic is not None and len(logarithmic.ticks) > len(linear.ticks):
        return logarithmic
    if len(linear.ticks) < max(2, 0.5 * len(known)):
        return None
    return linear


def _powers_of_ten(known: list[tuple[float, float, str]]) -> Scale | None:
    """Labels like 10² that were read as 102: all begin with 10 and rise evenly behind it."""
    exponents = []
    for at, _, text in known:
        match = re.fullmatch(r"10\^?([-−]?\d)", re.sub(r"\s", "", text))
        if match is None:
            return None
        exponents.append((at, float(match[1].replace("−", "-")), text))
    return _robust(exponents, 3.0, "log") if len(exponents) >= 2 else None


def _robust(known: list[tuple[float, float, str]], tolerance: float, kind: str) -> Scale | None:
    """The straight line through most points (all pairs are tried), then least squares."""
    if len(known) < 2:
        return None
    at = np.array([item[0] for item in known])
    raw = np.array([item[1] for item in known])
    best: np.ndarray | None = None
    best_key = (0, -math.inf)
    for first, second in combinations(range(len(known)), 2):
        if abs(at[first] - at[second]) < 4 or raw[first] == raw[second]:
            continue
        slope = (raw[second] - raw[first]) / (at[second] - at[first])
        misses = np.abs((raw - raw[first]) / slope - (at - at[first]))
        inliers = misses <= tolerance
        key = (int(inliers.sum()), -float(misses[inliers].sum()))
        if key > best_key:
            best, best_key = inliers, key
    if best is None:
        return None
    slope, offset = np.polyfit(at[best], raw[best], 1)
    left = raw[best] - (slope * at[best] + offset)
    error = float(np.sqrt(np.mean(left**2)) / abs(slope)) if slope else 0.0
    values = 10.0 ** raw[best] if kind == "log" else raw[best]
    ticks = tuple(sorted(zip(at[best].tolist(), values.tolist(), strict=True)))
    rejected = tuple(item[2] for item, kept in zip(known, best.tolist(), strict=True) if not kept)
    labels = tuple((item[0], item[2]) for item in known)
    return Scale(kind, float(slope), float(offset), ticks, labels, error, rejected)


def sharpen(scale: Scale, lines: list[float]) -> Scale:
    """Fit again through grid lines or tick marks nearest to the labels, which are sub-pixel.

    Args:
        scale: A fit through label centres.
        lines: Positions of grid lines or tick marks.
    """
    if scale.kind == "category" or len(scale.ticks) < 2 or not lines:
        return scale
    at = np.array([position for position, _ in scale.ticks])
    raw = np.array([value for _, value in scale.ticks])
    if scale.kind == "log":
        raw = np.log10(raw)
    marks = np.array(lines)
    nearest = marks[np.abs(marks[None, :] - at[:, None]).argmin(axis=1)]
    shift = nearest - at
    usual = float(np.median(shift))
    matched = (np.abs(shift) <= 4.5) & (np.abs(shift - usual) <= 1.6)
    if matched.sum() < 2 or len(set(nearest[matched].tolist())) < 2:
        return scale
    slope, offset = np.polyfit(nearest[matched], raw[matched], 1)
    misses = (raw[matched] - slope * nearest[matched] - offset) / slope
    keep = np.abs(misses) <= 0.8
    if keep.sum() >= 2 and not keep.all():
        slope, offset = np.polyfit(nearest[matched][keep], raw[matched][keep], 1)
        misses = misses[keep]
    error = float(np.sqrt(np.mean(misses**2)))
    if error > max(1.0, scale.error):
        return scale
    return Scale(
        scale.kind, float(slope), float(offset), scale.ticks, scale.labels, error, scale.rejected
    )
