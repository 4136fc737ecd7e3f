"""The simplest curve that explains the samples; vertices where lines bend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multivis.reader.polyline import Curve, fit_curve
from multivis.reader.raster import Floats
from multivis.reader.tracing import Trace

__all__ = ["adaptive_knots", "simplest"]

_MARGIN = 0.02


def simplest(trace: Trace, curve: Curve) -> Curve:
    """Replace a measured polyline by a straight line, a bounded one or a parabola if as good.

    Noise of a fiftieth of a pixel at each vertex would make a straight line look rough.
    The replacement must explain the samples as well as the free polyline does.
    """
    if len(curve.x) < 4:
        return curve
    free = _loss(trace, curve)
    limit = free * 1.08 + _MARGIN * 0.25
    for rows in _candidates(curve):
        attempt = replace(curve, y=rows)
        loss = _loss(trace, attempt)
        away = np.abs(rows - curve.y)[curve.support >= 0.4]
        if loss <= limit and (not len(away) or float(away.max()) <= 0.35):
            return attempt
    return curve


def _loss(trace: Trace, curve: Curve) -> float:
    near = trace.weight >= 0.5
    left = np.abs(trace.y[near] - curve.at(trace.x[near]))
    left = left[left < 1.5]
    return float(np.sqrt(np.mean(left**2))) if len(left) > 8 else 0.0


def _candidates(curve: Curve) -> list[Floats]:
    """Straight; straight between bounds; parabola; parabola between bounds."""
    x = (curve.x - curve.x[0]) / (curve.x[-1] - curve.x[0])
    trust = np.sqrt(np.clip(curve.support, 0.02, None))
    rows = [np.polyval(np.polyfit(x, curve.y, 1, w=trust), x)]
    for degree in (1, 2):
        least = 3 if degree == 1 else 5
        if degree == 2 and len(x) >= least:
            rows.append(np.polyval(np.polyfit(x, curve.y, 2, w=trust), x))
        bounded = _bounded(curve, x, trust, degree, least)
        if bounded is not None:
            rows.append(bounded)
    return rows


def _bounded(curve: Curve, x: Floats, trust: Floats, degree: int, least: int) -> Floats | None:
    """A fit clipped at the curve's own extremes, where it runs flat for two vertices or more."""
    high, low = float(curve.y.max()), float(curve.y.min())
    at_high, at_low = np.abs(curve.y - high) < 0.25, np.abs(curve.y - low) < 0.25
    flat = np.zeros(len(x), dtype=bool)
    bounds = [-np.inf, np.inf]
    if at_high.sum() >= 2:
        flat |= at_high
        bounds[1] = float(np.median(curve.y[at_high]))
    if at_low.sum() >= 2:
        flat |= at_low
        bounds[0] = float(np.median(curve.y[at_low]))
    free = ~flat
    if not flat.any() or free.sum() < max(least - 1, degree + 1):
        return None
    inner = np.polyval(np.polyfit(x[free], curve.y[free], degree, w=trust[free]), x)
    return np.asarray(np.clip(inner, bounds[0], bounds[1]))


def adaptive_knots(traces: list[Trace], first: float, last: float) -> Floats:
    """Vertices where the lines bend, for data that is not evenly spaced.

    A fine polyline is thinned (Douglas-Peucker, a third of a pixel), and the bends of all lines
    are joined.
    """
    bends: list[float] = []
    for trace in traces:
        clear = trace.weight >= 0.5
        if clear.sum() < 4:
            continue
        order = np.argsort(trace.x[clear])
        x, y = trace.x[clear][order], trace.y[clear][order]
        bends += [float(x[index]) for index in _thin(x, y, 0.6)]
    bends = sorted([first, last, *[bend for bend in bends if first < bend < last]])
    joined: list[list[float]] = []
    for bend in bends:
        if joined and bend - joined[-1][-1] <= 4:
            joined[-1].append(bend)
        else:
            joined.append([bend])
    knots = [float(np.mean(group)) for group in joined]
    knots[0] = first
    if len(knots) > 1:
        knots[-1] = last
    else:
        knots.append(last)
    return _polished(traces, np.array(knots))


def _polished(traces: list[Trace], knots: Floats) -> Floats:
    """Move each inner knot to where the fit is best."""
    knots = knots.copy()
    for index in range(1, len(knots) - 1):
        best, best_loss = knots[index], np.inf
        for shift in (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0):
            trial = knots.copy()
            trial[index] += shift
            if trial[index] - trial[index - 1] < 2 or trial[index + 1] - trial[index] < 2:
                continue
            window = trial[max(0, index - 2) : index + 3]
            loss = 0.0
            for trace in traces:
                near = (trace.x >= window[0]) & (trace.x <= window[-1])
                part = Trace(trace.x[near], trace.y[near], trace.cover[near], trace.weight[near])
                if near.sum() > 4:
                    curve = fit_curve(part, window, rounds=3)
                    left = np.clip(np.abs(part.y - curve.at(part.x)), 0, 2)
                    loss += float((left**2).sum())
            if loss < best_loss:
                best, best_loss = trial[index], loss
        knots[index] = best
    return knots


def _thin(x: Floats, y: Floats, tolerance: float) -> list[int]:
    """Indices that Douglas-Peucker keeps."""
    keep = {0, len(x) - 1}
    stack = [(0, len(x) - 1)]
    while stack:
        low, high = stack.pop()
        if high - low < 2:
            continue
        line = y[low] + (y[high] - y[low]) * (x[low:high] - x[low]) / max(x[high] - x[low], 1e-9)
        away = np.abs(y[low:high] - line)
        index = low + int(np.argmax(away))
        if away.max() > tolerance:
            keep.add(index)
            stack += [(low, index), (index, high)]
    return sorted(keep)
