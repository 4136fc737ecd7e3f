"""What to look at next: first the whole range, then where the index is least sure.

A plan follows from the views that are there and from nothing else, so a cycle that was stopped
goes on with the view that it would have made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from multivis.volumes.features.records import ViewPlan

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from multivis.volumes.features.estimate import Boundary
    from multivis.volumes.features.grid import Grid
    from multivis.volumes.features.materials import Feature

__all__ = ["SurveyValues", "camera_direction", "next_plan"]

SURVEY = 16
"""Views before the first that searches or refines; each isovalue has two, one cut open."""

SEARCH = 8
"""Views that search each feature that was not found."""

_STAGES = ("survey", "search", "refine")
_GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))


def _van_der_corput(number: int, base: int = 2) -> float:
    """The number-th element of a sequence that fills [0, 1) evenly at any length."""
    value, denominator = 0.0, 1.0
    while number:
        number, digit = divmod(number, base)
        denominator *= base
        value += digit / denominator
    return value


def camera_direction(number: int) -> tuple[float, float, float]:
    """Directions that fill the sphere evenly at any number of views."""
    height = 1.0 - 2.0 * _van_der_corput(number + 1, 3)
    radius = math.sqrt(max(0.0, 1.0 - height * height))
    angle = _GOLDEN_ANGLE * number
    return (radius * math.cos(angle), radius * math.sin(angle), height)


class SurveyValues:
    """Isovalues that cover the range: half evenly, half where values are frequent.

    Frequencies count by their square root, so that a large background does not take all.
    """

    def __init__(self, grid: Grid) -> None:
        import numpy as np

        step = max(1, -(-grid.values.size // 2_000_000))
        sample = grid.values[::step] if step > 1 else grid.values
        counts, edges = np.histogram(sample, bins=1_024, range=(grid.minimum, grid.maximum))
        roots = np.sqrt(counts)
        density = 0.5 / len(counts) + 0.5 * roots / max(float(roots.sum()), 1.0)
        self._edges: NDArray[np.float64] = edges
        self._shares: NDArray[np.float64] = np.append(0.0, np.cumsum(density))
        self._shares /= self._shares[-1]

    def __getitem__(self, number: int) -> float:
        """The number-th isovalue; never one of the two ends of the range."""
        import numpy as np

        share = _van_der_corput(number + 1)
        return float(np.interp(share, self._shares, self._edges))

    def within(self, isovalue: float) -> float:
        """The isovalue, moved into the range where it lies outside."""
        low, high = float(self._edges[0]), float(self._edges[-1])
        margin = 0.002 * (high - low)
        return min(max(isovalue, low + margin), high - margin)


def next_plan(
    values: SurveyValues,
    plans: Sequence[ViewPlan],
    known: Sequence[Boundary],
    sought: Sequence[Feature] = (),
) -> ViewPlan:
    """The next view.

    After the survey two of three views go where the index is least sure. What was not found at
    all is least sure: features that the materials allow for are searched between their two
    sides, up to eight views each. Then the boundary whose isovalue has the largest standard
    error relative to its contrast, or that the fewest points show, is looked at again with an
    isovalue within its interval.

    Args:
        values: Isovalues for the survey.
        plans: The views that are there.
        known: The boundaries that they show.
        sought: Features that could be there and were not found.
    """
    number = len(plans)
    done = {stage: sum(plan.stage == stage for plan in plans) for stage in _STAGES}
    direction = camera_direction(number)
    if number < SURVEY or number % 3 == 0 or not (known or sought):
        isovalue, cut = values[done["survey"] // 2], done["survey"] % 2 == 1
        return ViewPlan(isovalue, direction, cut, "survey", "Covers the range of values.")
    if sought and (done["search"] < SEARCH * len(sought) or not known):
        return _search(values, sought, done["search"], direction)
    target = max(known, key=_unsure)
    refined = done["refine"]
    low, high = target.interval
    isovalue = values.within(low + (high - low) * _van_der_corput(refined // 2 + 1))
    reason = (
        f"The isovalue of {target.name} is {target.isovalue:.4g} ± {target.standard_error:.2g} "
        f"from {target.samples:,} points."
    )
    return ViewPlan(isovalue, direction, refined % 2 == 1, "refine", reason)


def _search(
    values: SurveyValues,
    sought: Sequence[Feature],
    searched: int,
    direction: tuple[float, float, float],
) -> ViewPlan:
    """Look for a feature between the middles of its two sides; three of four cut open."""
    feature = sought[searched % len(sought)]
    turn = searched // len(sought)
    low, high = ((one.minimum + one.maximum) / 2 for one in (feature.below, feature.above))
    isovalue = values.within(low + (high - low) * _van_der_corput(turn + 1))
    reason = f"No view has shown {feature.name} yet."
    return ViewPlan(isovalue, direction, turn % 4 != 0, "search", reason)


def _unsure(boundary: Boundary) -> float:
    """How little is known of a boundary."""
    return boundary.standard_error / boundary.gap + 1.0 / math.sqrt(boundary.samples)
