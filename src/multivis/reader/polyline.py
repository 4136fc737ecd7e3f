"""Piecewise linear curves through samples; the common grid of x positions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solveh_banded

from multivis.reader.raster import Floats
from multivis.reader.tracing import Trace

__all__ = ["Curve", "choose_count", "fit_curve"]

_SCALE = 0.35


@dataclass
class Curve:
    """A polyline with vertices at given x.

    Attributes:
        x, y: Vertices in pixels.
        support: Weight of the samples that hold each vertex.
        error: Expected error of each y in pixels.
        rms: Robust deviation of the samples from it in pixels.
    """

    x: Floats
    y: Floats
    support: Floats
    error: Floats
    rms: float

    def at(self, x: Floats) -> Floats:
        """Rows at columns."""
        return np.interp(x, self.x, self.y)


def fit_curve(trace: Trace, knots: Floats, start: Floats | None = None, rounds: int = 6) -> Curve:
    """Robust least squares of a polyline with vertices at `knots`.

    Samples far from the curve lose their weight (Cauchy), so crossings and strays of similar
    colours do no harm. A faint pull towards straightness fills stretches without samples.

    Args:
        trace: Samples.
        knots: Rising x positions, at least two.
        start: First guess of the rows at the knots.
        rounds: Reweighting rounds.
    """
    inside = (trace.x >= knots[0] - 1.0) & (trace.x <= knots[-1] + 1.0)
    x, y, trust = trace.x[inside], trace.y[inside], trace.weight[inside]
    count = len(knots)
    if len(x) < 2:
        level = float(np.median(trace.y)) if len(trace.y) else 0.0
        empty: Floats = np.zeros(count)
        return Curve(knots, np.full(count, level), empty, np.full(count, 50.0), 50.0)
    cell = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, count - 2)
    part = np.clip((x - knots[cell]) / (knots[cell + 1] - knots[cell]), 0, 1)
    current = start if start is not None else _first_guess(x, y, trust, knots)
    away = np.abs(y - ((1 - part) * current[cell] + part * current[cell + 1]))
    # On steep lines the first guess is far off: begin wide enough not to be caught there.
    scale = max(6.0, 1.5 * float(np.median(away)))
    rounds += int(np.ceil(np.log(scale / 6.0) / np.log(1 / 0.45)))
    weight = trust
    for _ in range(rounds):
        left = y - ((1 - part) * current[cell] + part * current[cell + 1])
        weight = trust / (1.0 + (left / scale) ** 2) ** 2
        current = _solve(cell, part, y, weight, count)
        scale = max(_SCALE, scale * 0.45)
    left = y - ((1 - part) * current[cell] + part * current[cell + 1])
    held = np.abs(left) < 1.5
    spread = left[held & (trust > 0.4)]
    rms = float(np.sqrt(np.mean(spread**2))) if len(spread) > 5 else 1.0
    good = weight * held
    support: Floats = np.bincount(cell, good * (1 - part) ** 2, count).astype(np.float64)
    support += np.bincount(cell + 1, good * part**2, count)
    error = np.where(support > 0.5, np.maximum(0.06, rms / np.sqrt(np.maximum(support, 0.3))), 3.0)
    return Curve(knots, current, support, error, rms)


def _first_guess(x: Floats, y: Floats, trust: Floats, knots: Floats) -> Floats:
    """Medians around the knots, filled in between."""
    reach = max(3.0, 0.3 * float(np.median(np.diff(knots))))
    rows = np.full(len(knots), np.nan)
    for index, knot in enumerate(knots):
        near = (np.abs(x - knot) <= reach) & (trust >= 0.3)
        if not near.any():
            near = np.abs(x - knot) <= reach
        if near.any():
            rows[index] = np.median(y[near])
    known = ~np.isnan(rows)
    if not known.any():
        return np.full(len(knots), float(np.median(y)))
    return np.asarray(np.interp(knots, knots[known], rows[known]))


def _solve(
    cell: np.ndarray, part: Floats, y: Floats, weight: Floats, count: int, stiffness: float = 1e-3
) -> Floats:
    """Normal equations of linear interpolation: tridiagonal, plus the straightness term."""
    left, right = weight * (1 - part), weight * part
    main = np.bincount(cell, left * (1 - part), count) + np.bincount(cell + 1, right * part, count)
    beside = np.bincount(cell, left * part, count)[: count - 1]
    target = np.bincount(cell, left * y, count) + np.bincount(cell + 1, right * y, count)
    bands = np.zeros((3, count))
    bands[2] = main + 1e-9
    bands[1, 1:] = beside
    # The squares of all second differences: 1, -2, 1 times itself.
    bands[2, 2:] += stiffness
    bands[2, 1:-1] += 4 * stiffness
    bands[2, :-2] += stiffness
    bands[1, 2:] -= 2 * stiffness
    bands[1, 1:-1] -= 2 * stiffness
    bands[0, 2:] += stiffness
    if count == 2:
        bands[2] += 1e-6
    return np.asarray(solveh_banded(bands if count > 2 else bands[1:], target))


def choose_count(
    traces: list[Trace],
    first: float,
    last: float,
    most: int = 41,
    noise: float = 0.01,
    *,
    across: bool = False,
) -> tuple[int, float, float]:
    """How many evenly spaced vertices the lines of a chart share.

    The fit is tried with each number; the Bayesian information criterion decides. Samples
    of neighbouring columns err alike, so a sixteenth of them counts as independent.

    Args:
        traces: Samples.
        first, last: Where the lines begin and end.
        most: Largest number tried.
        noise: Error of a sample in pixels that is never undercut, from the way lines are drawn.
        across: Measure distances across the curve rather than along y; right where samples are
            edges, which are the less certain the steeper they run.

    Returns:
        The number (2: all lines are straight), the deviation of its fit in pixels, and the
        criterion (less is better).
    """
    clear = []
    for trace in traces:
        solid = trace.weight >= 0.5
        if solid.sum() >= 8:
            clear.append(
                Trace(trace.x[solid], trace.y[solid], trace.cover[solid], trace.weight[solid])
            )
    if not clear:
        return 0, 0.0, np.inf
    best, best_score, best_loss = 0, np.inf, 0.0
    for count in range(2, most + 1):
        knots = np.linspace(first, last, count)
        if knots[1] - knots[0] < 6:
            break
        score, squares, samples = 2.0 * count * len(clear), 0.0, 0
        for trace in clear:
            curve = fit_curve(trace, knots, rounds=4)
            away = np.abs(trace.y - curve.at(trace.x))
            if across:
                cell = np.clip(np.searchsorted(knots, trace.x, side="right") - 1, 0, count - 2)
                slope = np.diff(curve.y)[cell] / (knots[1] - knots[0])
                away = away / np.sqrt(1 + slope**2)
            left = np.clip(away, 0, 0.6)
            total = float((left**2).sum())
            score += len(left) / 16 * float(np.log(total / len(left) + noise**2))
            squares, samples = squares + total, samples + len(left)
        if score < best_score:
            best, best_score, best_loss = count, score, float(np.sqrt(squares / samples))
    return best, best_loss, best_score
