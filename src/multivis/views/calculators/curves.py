"""Curves: area, roughness, where two meet, and whether one stays below the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from multivis.errors import InputError
from multivis.views.arrays import date_text, plain
from multivis.views.calculators.items import Item, curve
from multivis.views.figure import Trace

__all__ = ["aligned", "area", "compare", "crossings", "roughness", "roughness_of", "smoothest"]

_MOST = 50
_NOISE = 16 * 2.0**-52


# ── area ────────────────────────────────────────────────────────────────────────────────────


def _name(trace: Trace) -> dict[str, Any]:
    return {"trace": trace.index, "name": trace.name}


def _area(x: Sequence[float], y: Sequence[float]) -> float:
    return math.fsum(
        (x2 - x1) * (y1 + y2) / 2 for (x1, y1), (x2, y2) in pairwise(zip(x, y, strict=True))
    )


def area(traces: Sequence[Trace]) -> dict[str, Any]:
    """Area under each curve by the trapezoid rule over its points, in order of x.

    Returns:
        ``{"areas": [{"trace", "name", "area", "points", "from", "to"}], "minimum", "maximum"}``;
        ``x_unit`` is ``"days"`` where x is a date, ``"categories"`` where each is 1 wide.

    Raises:
        InputError: No curve has two points.
    """
    rows = []
    unit = ""
    for trace in traces:
        x, y, places, unit_of = curve(trace)
        if len(x) > 1:
            unit = unit or unit_of
            ends = [plain(trace.positions[places[i]]) for i in (0, -1)]
            rows.append(
                {
                    **_name(trace),
                    "area": _area(x, y),
                    "points": len(x),
                    "from": ends[0],
                    "to": ends[1],
                }
            )
    if not rows:
        raise InputError("No curve in view has two points.", hint="Zoom out, or show a trace.")
    made = {
        "areas": rows[:_MOST],
        "minimum": min(rows, key=lambda r: r["area"]),
        "maximum": max(rows, key=lambda r: r["area"]),
    }
    return {**made, "x_unit": unit} if unit else made


# ── roughness ───────────────────────────────────────────────────────────────────────────────


def roughness_of(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Roughness of a curve and how uncertain rounding makes it.

    Roughness is the sum of ``|slope[i + 1] - slope[i]|``, slopes between neighbours in data
    units. The second number bounds what rounding of the values alone can add: curves whose
    roughness differs by less cannot be told apart.

    Raises:
        InputError: Two points stand at the same x, so that a slope is not defined.
    """
    slopes, noise = [], 0.0
    for (x1, y1), (x2, y2) in pairwise(zip(x, y, strict=True)):
        if x1 == x2:
            raise InputError(
                f"Two points stand at the same x = {x1:g}, so the curve has no slope there.",
                hint="Zoom to a part without them.",
            )
        slopes.append((y2 - y1) / (x2 - x1))
        noise += _NOISE * (abs(y1) + abs(y2) + abs(slopes[-1]) * (abs(x1) + abs(x2))) / (x2 - x1)
    return math.fsum(abs(b - a) for a, b in pairwise(slopes)), noise


def roughness(traces: Sequence[Trace]) -> dict[str, Any]:
    """Roughness of each curve: ``{"roughness": [{"trace", "name", "roughness", "points"}]}``.

    Raises:
        InputError: No curve has a slope.
    """
    rows, notes = [], []
    for trace in traces:
        x, y, _, _ = curve(trace)
        if len(x) < 2:
            notes.append(f"{trace.name or trace.index}: fewer than two points")
            continue
        try:
            found, noise = roughness_of(x, y)
        except InputError as error:
            notes.append(f"{trace.name or trace.index}: {error.message}")
            continue
        rows.append({**_name(trace), "roughness": found, "tolerance": noise, "points": len(x)})
    if not rows:
        raise InputError(
            "No curve in view has a roughness: " + "; ".join(notes[:3]) + ".",
            hint="Zoom out, or show a trace.",
        )
    made: dict[str, Any] = {"roughness": rows[:_MOST]}
    return {**made, "left_out": notes[:_MOST]} if notes else made


def smoothest(traces: Sequence[Trace], *, tolerance: float | None = None) -> dict[str, Any]:
    """The smoothest and the roughest curve, and which others cannot be told from them.

    Args:
        traces: The curves.
        tolerance: Difference of roughness below which two curves count as equal; by default
            what rounding of the values can make, so that of several exactly straight lines
            none is called the smoothest with certainty.

    Returns:
        ``{"smoothest", "roughest"}``, each with the row of `roughness`, ``tied`` (all names
        within the tolerance of it) and ``certain``.

    Raises:
        InputError: See `roughness`.
    """
    rows = roughness(traces)["roughness"]

    def verdict(best: dict[str, Any]) -> dict[str, Any]:
        tied = [
            row["name"] or row["trace"]
            for row in rows
            if abs(row["roughness"] - best["roughness"])
            <= (row["tolerance"] + best["tolerance"] if tolerance is None else tolerance)
        ]
        return {**best, "tied": tied, "certain": len(tied) == 1}

    return {
        "smoothest": verdict(min(rows, key=lambda row: row["roughness"])),
        "roughest": verdict(max(rows, key=lambda row: row["roughness"])),
        "roughness": rows,
    }


# ── two curves ──────────────────────────────────────────────────────────────────────────────


def _interpolated(x: Sequence[float], y: Sequence[float], at: float) -> float:
    """The polyline's value at a place inside its range."""
    import bisect

    place = bisect.bisect_left(x, at)
    if place < len(x) and x[place] == at:
        return y[place]
    x1, x2, y1, y2 = x[place - 1], x[place], y[place - 1], y[place]
    return y1 + (y2 - y1) * (at - x1) / (x2 - x1)


def aligned(a: Trace, b: Trace) -> tuple[list[tuple[float, float, float]], str, list[Any]]:
    """Values of two traces at the same places: those that both sample, else in between.

    Returns:
        (x, value of a, value of b) in order of x; ``"shared"`` or ``"interpolated"``; and
        what a reader calls each x.
    """
    word_a, word_b = _by_category(a), _by_category(b)
    if word_a is not None and word_b is not None:
        names = [name for name in word_a if name in word_b]
        rows = [(float(i), word_a[n], word_b[n]) for i, n in enumerate(names)]
        return rows, "shared", list(names)
    xa, ya, _, unit_a = curve(a)
    xb, yb, _, unit_b = curve(b)
    if unit_a != unit_b and xa and xb:
        raise InputError(
            f"{a.name or a.index!r} and {b.name or b.index!r} do not share an x axis.",
            hint="Compare traces of the same axes.",
        )
    shared_a, shared_b = dict(zip(xa, ya, strict=True)), dict(zip(xb, yb, strict=True))
    common = [x for x in shared_a if x in shared_b]
    how = "shared"
    if common:
        rows = [(x, shared_a[x], shared_b[x]) for x in common]
    else:
        how = "interpolated"
        places = _overlap(xa, xb)
        rows = [(x, _interpolated(xa, ya, x), _interpolated(xb, yb, x)) for x in places]
    if not rows:
        raise InputError(
            f"{a.name or a.index!r} and {b.name or b.index!r} have no x in common.",
            hint="Compare traces whose ranges overlap.",
        )
    return rows, how, [_x(x, unit_a) for x, _, _ in rows]


def _x(x: float, unit: str) -> Any:
    return date_text(x * 86_400_000.0) if unit == "days" else x


def _overlap(xa: Sequence[float], xb: Sequence[float]) -> list[float]:
    if not xa or not xb:
        return []
    low, high = max(xa[0], xb[0]), min(xa[-1], xb[-1])
    return sorted({x for x in (*xa, *xb) if low <= x <= high})


def _by_category(trace: Trace) -> dict[str, float] | None:
    """Category → value, or None when the positions are numbers or dates."""
    from multivis.views.figure import word

    if curve(trace)[3] != "categories":
        return None
    column = trace.columns.get(trace.position_role)
    if column is None:
        return None
    return {
        word(name): float(value)
        for name, value in zip(column, trace.values, strict=False)
        if name is not None and math.isfinite(value)
    }


def compare(a: Item, b: Item) -> dict[str, Any]:
    """Whether `a` is less or greater than `b`: two values, or two curves at every sampled point.

    Curves that are neither less nor greater everywhere intersect; touching at one sampled
    point counts as intersecting, as do identical curves.

    Returns:
        ``{"less", "greater", "equal" (values) or "intersect" (curves), …}`` with the deciding
        points as evidence.

    Raises:
        InputError: The two are not comparable.
    """
    if a.place is not None and b.place is not None:
        return {
            "a": {**a.trace.point(a.place), "value": plain(a.value)},
            "b": {**b.trace.point(b.place), "value": plain(b.value)},
            "less": a.value < b.value,
            "greater": a.value > b.value,
            "equal": a.value == b.value,
            "difference": plain(a.value - b.value),
        }
    if a.place is not None or b.place is not None:
        raise InputError(
            f"{a.name!r} and {b.name!r} cannot be compared: one is a point, one a whole trace.",
            hint="Compare two points or two traces.",
        )
    rows, how, names = aligned(a.trace, b.trace)
    signs = [(ya > yb) - (ya < yb) for _, ya, yb in rows]
    less, greater = all(s < 0 for s in signs), all(s > 0 for s in signs)
    evidence = []
    for sign in (-1, 0, 1):  # one point of each kind proves what is said
        place = next((i for i, s in enumerate(signs) if s == sign), None)
        if place is not None:
            row = rows[place]
            evidence.append({"x": names[place], "a": row[1], "b": row[2]})
    return {
        "a": _name(a.trace),
        "b": _name(b.trace),
        "less": less,
        "greater": greater,
        "intersect": not less and not greater,
        "points": len(rows),
        "counts": {"less": signs.count(-1), "equal": signs.count(0), "greater": signs.count(1)},
        "sampled": how,
        "evidence": evidence,
    }


def crossings(a: Trace, b: Trace) -> dict[str, Any]:
    """Where two drawn lines meet, between their points too.

    Returns:
        ``{"crossings": [{"x", "y", "kind": "cross" | "touch" | "overlap"[, "to"][,
        "a_becomes": "greater" | "less"]}], "count", "intersect"}``; ``a_becomes`` where `a` is
        on another side after it. ``intersect`` follows `compare`: decided at the sampled points.

    Raises:
        InputError: The two have no x in common.
    """
    verdict = compare(Item(a), Item(b))
    unit = curve(a)[3]
    if _by_category(a) is not None:
        rows, _, names = aligned(a, b)
    else:
        xa, ya, _, _ = curve(a)
        xb, yb, _, _ = curve(b)
        places = _overlap(xa, xb)
        rows = [(x, _interpolated(xa, ya, x), _interpolated(xb, yb, x)) for x in places]
        names = [_x(x, unit) for x, _, _ in rows]
    found = _meetings(rows, names, unit)
    return {
        "crossings": found[:_MOST],
        "count": len(found),
        "intersect": verdict["intersect"],
        "evidence": verdict["evidence"],
        **({"hint": f"The first {_MOST} are shown."} if len(found) > _MOST else {}),
    }


def _meetings(
    rows: Sequence[tuple[float, float, float]], names: Sequence[Any], unit: str
) -> list[dict[str, Any]]:
    """Crossings, touches and overlaps of two polylines on one grid of x."""
    gaps = [ya - yb for _, ya, yb in rows]
    found: list[dict[str, Any]] = []
    place = 0
    while place < len(gaps):
        if gaps[place] == 0:
            end = place
            while end + 1 < len(gaps) and gaps[end + 1] == 0:
                end += 1
            before = gaps[place - 1] if place else 0.0
            after = gaps[end + 1] if end + 1 < len(gaps) else 0.0
            kind = "overlap" if end > place else "cross" if before * after < 0 else "touch"
            row: dict[str, Any] = {"x": names[place], "y": rows[place][1], "kind": kind}
            row |= {"to": names[end]} if end > place else {}
            found.append(row | _becomes(before, after))
            place = end + 1
            continue
        if place + 1 < len(gaps) and (gaps[place] < 0) != (gaps[place + 1] < 0) and gaps[place + 1]:
            (x1, y1, _), (x2, y2, _) = rows[place], rows[place + 1]
            share = gaps[place] / (gaps[place] - gaps[place + 1])
            y = y1 + (y2 - y1) * share
            if unit == "categories":
                row = {"between": [names[place], names[place + 1]], "y": y, "kind": "cross"}
            else:
                row = {"x": _x(x1 + (x2 - x1) * share, unit), "y": y, "kind": "cross"}
            found.append(row | _becomes(gaps[place], gaps[place + 1]))
        place += 1
    return found


def _becomes(before: float, after: float) -> dict[str, str]:
    """On which side the first curve is after a meeting, where that is another than before."""
    if before <= 0 < after or before < 0 <= after:
        return {"a_becomes": "greater"}
    return {"a_becomes": "less"} if after <= 0 < before or after < 0 <= before else {}
