"""From the sides of many views to boundaries of materials and their isovalues."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivis.volumes.features.materials import FEATURES, Feature, Material

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from multivis.volumes.features.index import Samples

__all__ = ["Boundary", "boundaries", "feature_boundary", "mode"]

RESAMPLES = 64
"""Bootstrap resamples of the views."""

GATHERED = 1.5
"""How many times more values than by an even spread must lie around the level of a material;
half of all values are enough."""

MIXED = 4
"""How many times fewer points than the surface that it may be a mixture of let it not count."""

LEAST_SAMPLES = 12
LEAST_VIEWS = 2


@dataclass(frozen=True)
class Boundary:
    """A boundary between two materials.

    Attributes:
        name: The feature, or ``"boundary between a and b"``.
        low: Level value on the lower side.
        high: Level value on the higher side.
        isovalue: Halfway.
        standard_error: Of the isovalue, by bootstrap over the views.
        samples: How many points of surfaces show it.
        views: Numbers of the views that show it, most first.
        share: Part of all samples that show it.
        confidence: 0 to 1.
    """

    name: str
    low: float
    high: float
    isovalue: float
    standard_error: float
    samples: int
    views: tuple[int, ...]
    share: float
    confidence: float

    @property
    def gap(self) -> float:
        """Contrast of the two sides."""
        return self.high - self.low

    @property
    def interval(self) -> tuple[float, float]:
        """Isovalues that still show it: from a fifth to four fifths of the way."""
        return self.low + 0.2 * self.gap, self.high - 0.2 * self.gap


def mode(
    values: NDArray[np.float64], width: float, weights: NDArray[np.float64] | None = None
) -> float:
    """The value around which most values lie: the peak of a density of Gaussian kernels.

    Args:
        values: At least one value.
        width: Standard deviation of the kernels.
        weights: How much each value counts; all the same by default.
    """
    import numpy as np

    low, high = float(values.min()), float(values.max())
    if high - low <= 0 or width <= 0:
        return float(np.median(values))
    bins = int(min(4_096, max(8, math.ceil((high - low) / (width / 4)))))
    counts, edges = np.histogram(values, bins=bins, range=(low, high), weights=weights)
    size = (high - low) / bins
    reach = max(1, math.ceil(3 * width / size))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * size / width) ** 2)
    density = np.convolve(counts, kernel, mode="full")[reach : reach + bins]
    peak = float((edges[:-1] + edges[1:])[int(np.argmax(density))] / 2)
    near = np.abs(values - peak) <= width
    if weights is None:
        return float(values[near].mean()) if near.any() else peak
    whole = float(weights[near].sum())
    return float((values[near] * weights[near]).sum() / whole) if whole > 0 else peak


def _levels(kept: Samples, widths: Sequence[float]) -> tuple[float, float]:
    """The level values of both sides: where they stay level for long they count for more.

    A thin sheet has a peak and no level: its highest value is mixed with what lies beside it.
    """
    import numpy as np

    found = []
    for side, width in enumerate(widths):
        weights = kept.sides[:, 2 + side] ** 2
        used = weights > 0
        if not used.any():
            return (np.nan, np.nan)
        found.append(mode(kept.sides[used, side], width, weights[used]))
    return found[0], found[1]


def feature_boundary(
    samples: Samples, feature: Feature, noise: float, *, name: str = ""
) -> Boundary | None:
    """The boundary of a feature of the table; None where too few views show it.

    Its two sides must be materials, whose values gather well within their ranges. Values that
    are spread evenly over a range, or that gather at its end, belong to others.
    """
    found = _boundary(
        name or feature.name, samples, feature.below, feature.above, noise, len(samples)
    )
    if found is None:
        return None
    kept = samples.between(feature.below, feature.above)
    for side, range_, level in ((0, feature.below, found.low), (1, feature.above, found.high)):
        width = _width(range_, noise)
        if not _gathers(kept.sides[:, side], kept.sides[:, 2 + side] ** 2, range_, level, width):
            return None
    return found


def _width(range_: Material, noise: float) -> float:
    """Width of the kernels with which the level of a material is looked for."""
    return max(1.5 * noise, (range_.maximum - range_.minimum) / 30)


def _gathers(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    range_: Material,
    level: float,
    width: float,
) -> bool:
    """Whether values gather at a level, away from the ends of their range."""
    import numpy as np

    if level - range_.minimum < width / 2 or range_.maximum - level < width / 2:
        return False
    near = np.abs(values - level) <= width
    evenly = min(1.0, 2.0 * width / (range_.maximum - range_.minimum))
    share = float(weights[near].sum() / max(weights.sum(), 1e-300))
    return share >= min(0.5, GATHERED * evenly)


def _boundary(
    name: str, samples: Samples, below: Material, above: Material, noise: float, everything: int
) -> Boundary | None:
    """The boundary between two ranges of values."""
    import numpy as np

    kept = samples.between(below, above)
    views, counts = np.unique(kept.view, return_counts=True)
    level = int(np.count_nonzero((kept.sides[:, 2] > 0) & (kept.sides[:, 3] > 0)))
    if level < LEAST_SAMPLES or len(views) < LEAST_VIEWS:
        return None
    widths = [_width(one, noise) for one in (below, above)]
    low, high = _levels(kept, widths)
    if not high > low:
        return None
    error = _standard_error(kept, views, widths)
    return Boundary(
        name,
        low,
        high,
        (low + high) / 2,
        error,
        len(kept),
        tuple(int(view) for view in views[np.argsort(-counts, kind="stable")]),
        len(kept) / max(1, everything),
        _confidence(len(kept), len(views), error / (high - low)),
    )


def _confidence(samples: int, views: int, relative_error: float) -> float:
    """Much evidence, from several views, that agrees: each factor is between 0 and 1."""
    much = 1.0 - math.exp(-samples / 60.0)
    several = 1.0 - math.exp(-views / 4.0)
    agrees = max(0.0, 1.0 - 4.0 * relative_error)
    return much * several * agrees


def _standard_error(kept: Samples, views: NDArray[Any], widths: Sequence[float]) -> float:
    """Standard deviation of the isovalue over views drawn with replacement.

    Each view is a histogram of its level values; what is drawn is how often each view counts.
    """
    import numpy as np

    chance = np.random.default_rng(len(kept))
    often = chance.multinomial(len(views), np.full(len(views), 1 / len(views)), RESAMPLES)
    rows = np.searchsorted(views, kept.view)
    middle = np.zeros(RESAMPLES)
    for side, width in enumerate(widths):
        values, weights = kept.sides[:, side], kept.sides[:, 2 + side] ** 2
        low, high = float(values.min()), float(values.max())
        bins = int(min(1_024, max(8, math.ceil((high - low) / (width / 4)))))
        size = max((high - low) / bins, 1e-300)
        columns = np.minimum(((values - low) / size).astype(np.intp), bins - 1)
        counts = np.bincount(rows * bins + columns, weights, len(views) * bins)
        drawn = often.astype(np.float64) @ counts.reshape(len(views), bins)
        middle += _modes(drawn, size, width) / 2
    return float(np.std(middle))


def _modes(counts: NDArray[np.float64], size: float, width: float) -> NDArray[np.float64]:
    """Peaks of several histograms (n, bins), in units of values from the first bin (n,)."""
    import numpy as np

    bins = counts.shape[1]
    reach = min(bins - 1, max(1, math.ceil(3 * width / size)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * size / width) ** 2)
    density = np.stack([np.convolve(row, kernel)[reach : reach + bins] for row in counts])
    peaks = np.argmax(density, axis=1)
    near = np.abs(np.arange(bins) - peaks[:, None]) * size <= width
    whole = (counts * near).sum(axis=1)
    means = (counts * near * np.arange(bins)).sum(axis=1) / np.where(whole > 0, whole, 1.0)
    found: NDArray[np.float64] = np.where(whole > 0, means, peaks) * size
    return found


def boundaries(
    samples: Samples, noise: float, extent: float, *, ct: bool, units: str = ""
) -> tuple[Boundary, ...]:
    """All boundaries that the views show: those of the table for CT, else by level values.

    Args:
        samples: What the views saw.
        noise: Of the values.
        extent: Range of the values.
        ct: Whether the values are Hounsfield units.
        units: Of the values, for names.

    Returns:
        With most samples first.
    """
    kept = _of_the_table(samples, noise) if ct else _by_levels(samples, noise, extent, units)
    return tuple(sorted(kept, key=lambda one: -one.samples))


def _of_the_table(samples: Samples, noise: float) -> list[Boundary]:
    """The features of the table, without those that partial volumes of others feign."""
    found = {feature.name: feature_boundary(samples, feature, noise) for feature in FEATURES}
    kept = []
    for feature in FEATURES:
        one, other = found[feature.name], found.get(feature.feigned_by)
        if one is None or (other is not None and one.samples * MIXED < other.samples):
            continue
        kept.append(one)
    return kept


def _by_levels(samples: Samples, noise: float, extent: float, units: str) -> list[Boundary]:
    """Boundaries between the values at which the sides become level most often."""
    import numpy as np

    if len(samples) < LEAST_SAMPLES:
        return []
    width = max(2.0 * noise, extent / 60)
    both = samples.at((samples.sides[:, 2] > 0) & (samples.sides[:, 3] > 0))
    levels = _peaks(np.concatenate([both.low, both.high]), width)
    found = []
    for place, low in enumerate(levels):
        for high in levels[place + 1 :]:
            below = Material("", low - 1.5 * width, low + 1.5 * width)
            above = Material("", high - 1.5 * width, high + 1.5 * width)
            unit = f" {units}" if units else ""
            name = f"boundary between {low:.3g}{unit} and {high:.3g}{unit}"
            one = _boundary(name, samples, below, above, noise, len(samples))
            if one is not None and one.share >= 0.02:
                found.append(one)
    return found


def _peaks(values: NDArray[np.float64], width: float, most: int = 8) -> list[float]:
    """Values around which at least 3 % of all lie, in rising order, one after the other."""
    left = values
    found: list[float] = []
    while len(left) and len(found) < most:
        peak = mode(left, width)
        near = abs(left - peak) <= 2.0 * width
        if near.sum() < max(LEAST_SAMPLES, 0.03 * len(values)):
            break
        found.append(peak)
        left = left[~near]
    return sorted(found)
