"""Sums, shares, correlation, gaps and steps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from multivis.errors import InputError
from multivis.views.arrays import date_text, plain
from multivis.views.calculators.curves import aligned
from multivis.views.calculators.items import curve, items
from multivis.views.figure import Trace

__all__ = ["correlation", "gaps", "shares", "steps", "sums", "trends"]

_MOST = 50


def _finite(trace: Trace) -> list[float]:
    return [float(value) for value in trace.values if math.isfinite(value)]


def sums(traces: Sequence[Trace]) -> dict[str, Any]:
    """Total, number and mean of the values: of all, of each trace, of each category.

    Returns:
        ``{"total", "count", "mean", "traces": […], "categories": […]}``; categories are there
        when several traces stand on the same ones.

    Raises:
        InputError: No point has a number.
    """
    rows = []
    every: list[float] = []
    for trace in traces:
        values = _finite(trace)
        if values:
            total = math.fsum(values)
            rows.append(
                {
                    "trace": trace.index,
                    "name": trace.name,
                    "total": total,
                    "count": len(values),
                    "mean": total / len(values),
                }
            )
            every += values
    if not every:
        raise InputError("No point in view has a numeric value.", hint="Zoom out, or show a trace.")
    total = math.fsum(every)
    made = {
        "total": total,
        "count": len(every),
        "mean": total / len(every),
        "traces": rows[:_MOST],
    }
    if len(rows) > 1:
        grouped: dict[str, list[float]] = {}
        for item in items(traces):
            column = item.trace.columns.get(item.trace.position_role)
            if (
                column is not None
                and item.place is not None
                and isinstance(column[item.place], str)
            ):
                grouped.setdefault(str(column[item.place]), []).append(item.value)
        if grouped:
            made["categories"] = [
                {"label": name, "total": math.fsum(values), "count": len(values)}
                for name, values in list(grouped.items())[:_MOST]
            ]
    return made


def shares(traces: Sequence[Trace]) -> dict[str, Any]:
    """What part of the whole each has: the points of one trace, or the totals of several.

    Returns:
        ``{"shares": [{"trace", "index"?, "label", "value", "share"}], "total"}``, shares in
        [0, 1], in drawing order.

    Raises:
        InputError: A value is negative, or the total is not above 0.
    """
    rows: list[dict[str, Any]] = []
    if len(traces) == 1:
        for item in items(traces):
            point = item.trace.point(item.place or 0)
            rows.append({**point, "label": item.name, "value": item.value})
    else:
        for row in sums(traces)["traces"]:
            label = row["name"] or row["trace"]
            rows.append({"trace": row["trace"], "label": label, "value": row["total"]})
    negative = next((row for row in rows if row["value"] < 0), None)
    if negative is not None:
        raise InputError(
            f"{negative['label']!r} is {negative['value']:g}: with negative values there are no "
            "shares.",
            hint="Use sums instead.",
        )
    total = math.fsum(row["value"] for row in rows)
    if total <= 0:
        raise InputError("The values add up to 0, so there are no shares.", hint="Use sums.")
    made = [{**row, "share": row["value"] / total} for row in rows]
    if len(made) > _MOST:
        return {"shares": made[:_MOST], "total": total, "hint": f"The first {_MOST} are shown."}
    return {"shares": made, "total": total}


def correlation(traces: Sequence[Trace]) -> dict[str, Any]:
    """Pearson's and Spearman's correlation: x and y of each trace, or of two traces' values.

    Args:
        traces: With exactly two that share their x, also the correlation of their values.

    Returns:
        ``{"correlations": [{"of", "pearson", "spearman", "points"}]}``; None where one side is
        constant, which ``why`` then says.

    Raises:
        InputError: No trace has three numeric points.
    """
    rows = []
    for trace in traces:
        x, y, _, unit = curve(trace)
        if len(x) >= 3 and unit != "categories":
            of = {"trace": trace.index, "name": trace.name, "between": ["x", "y"]}
            rows.append({**of, **_correlated(x, y)})
    if len(traces) == 2:
        try:
            pairs, how, _ = aligned(*traces)
        except InputError:
            pairs, how = [], ""
        if len(pairs) >= 3:
            names = [t.name or t.index for t in traces]
            of = {"traces": [t.index for t in traces], "between": names, "sampled": how}
            rows.append({**of, **_correlated([p[1] for p in pairs], [p[2] for p in pairs])})
    if not rows:
        raise InputError(
            "No trace in view has three points with numbers for x and y.",
            hint="A correlation needs numbers or dates on both sides.",
        )
    return {"correlations": rows[:_MOST]}


def _correlated(x: Sequence[float], y: Sequence[float]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "pearson": _pearson(x, y),
        "spearman": _pearson(_ranks(x), _ranks(y)),
        "points": len(x),
    }
    if made["pearson"] is None:
        made["why"] = "one side is constant"
    return made


def _pearson(x: Sequence[float], y: Sequence[float]) -> float | None:
    if min(x) == max(x) or min(y) == max(y):
        return None
    mx, my = math.fsum(x) / len(x), math.fsum(y) / len(y)
    dx, dy = [v - mx for v in x], [v - my for v in y]
    sx, sy = math.fsum(v * v for v in dx), math.fsum(v * v for v in dy)
    across = math.sqrt(sx * sy) if 0 < sx * sy < math.inf else math.sqrt(sx) * math.sqrt(sy)
    if across == 0 or not math.isfinite(across):
        return None
    return max(-1.0, min(1.0, math.fsum(a * b for a, b in zip(dx, dy, strict=True)) / across))


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values share the mean of theirs."""
    places = sorted(range(len(values)), key=lambda i: values[i])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(places):
        end = start
        while end + 1 < len(places) and values[places[end + 1]] == values[places[start]]:
            end += 1
        for place in places[start : end + 1]:
            ranks[place] = (start + end) / 2 + 1
        start = end + 1
    return ranks


def gaps(traces: Sequence[Trace]) -> dict[str, Any]:
    """Where data are missing: points without a value, and steps of x that are left out.

    Returns:
        ``{"traces": [{"trace", "name", "points", "missing_values": [{"index", "label"}],
        "step", "gaps": [{"from", "to", "missing"}]}]}``. ``step`` is the distance of most
        neighbours, in days for dates; where it varies freely there is none.
    """
    return {"traces": [_gaps(trace) for trace in traces[:_MOST]]}


def _gaps(trace: Trace) -> dict[str, Any]:
    values = trace.values
    missing = [
        {"index": trace.row(i), "label": trace.label(i)}
        for i in range(len(trace))
        if i >= len(values) or not math.isfinite(values[i])
    ]
    made: dict[str, Any] = {"trace": trace.index, "name": trace.name, "points": len(trace)}
    made |= {"missing_values": missing[:_MOST], "missing_count": len(missing)}
    x, _, places, unit = curve(trace)
    distances = [round(b - a, 9) for a, b in pairwise(x) if b > a]
    if unit == "categories" or not distances:
        return {**made, "gaps": []}
    step, often = Counter(distances).most_common(1)[0]
    if often * 2 < len(distances) or step <= 0:
        return {**made, "step": None, "gaps": []}
    found = []
    for place, (a, b) in enumerate(pairwise(x)):
        skipped = round((b - a) / step) - 1
        if b - a > 1.5 * step and skipped > 0:
            ends = [plain(trace.positions[places[i]]) for i in (place, place + 1)]
            found.append({"from": ends[0], "to": ends[1], "missing": skipped})
    return {**made, "step": step, "gaps": found[:_MOST], "gap_count": len(found)}


def steps(traces: Sequence[Trace], *, limit: int = 3) -> dict[str, Any]:
    """The largest rises and falls between neighbours, and the change over all points.

    Returns:
        ``{"traces": [{"trace", "name", "change", "first", "last", "falls", "rises"}]}``; falls
        and rises are ``{"from": point, "to": point, "change"}``, largest first.
    """
    return {"traces": [_steps(trace, limit) for trace in traces[:_MOST]]}


def _steps(trace: Trace, limit: int) -> dict[str, Any]:
    _, y, places, unit = curve(trace)
    made: dict[str, Any] = {"trace": trace.index, "name": trace.name, "points": len(y)}
    if not y:
        return {**made, "change": None, "falls": [], "rises": []}
    made |= {
        "change": y[-1] - y[0],
        "first": trace.point(places[0]),
        "last": trace.point(places[-1]),
    }
    moves = sorted((b - a, i) for i, (a, b) in enumerate(pairwise(y)))

    def move(change: float, place: int) -> dict[str, Any]:
        return {
            "from": trace.point(places[place]),
            "to": trace.point(places[place + 1]),
            "change": change,
        }

    made["falls"] = [move(c, i) for c, i in moves[:limit] if c < 0]
    made["rises"] = [move(c, i) for c, i in reversed(moves[-limit:]) if c > 0]
    if unit == "days":
        made["from"], made["to"] = date_text_of(trace, places[0]), date_text_of(trace, places[-1])
    return made


def date_text_of(trace: Trace, place: int) -> Any:
    """A date of a trace as text."""
    from multivis.views.arrays import as_date

    return date_text(as_date(plain(trace.positions[place])))


_CLEAR = 0.5


def trends(traces: Sequence[Trace]) -> dict[str, Any]:
    """Whether each trace goes up or down on the whole: the line of least squares over x.

    Returns:
        ``{"trends": [{"trace", "name", "direction", "slope", "pearson", "first", "last",
        "rises", "falls", "points"}]}``. ``direction`` is ``"rising"`` or ``"falling"`` where no
        step goes the other way, or where the correlation with x is at least 0.5 in size;
        ``"flat"`` where all values are equal; else ``"mixed"``. ``slope`` is per unit of x, per
        day for dates, per place for categories. Traces of fewer than two points are left out.
    """
    rows = []
    for trace in traces[:_MOST]:
        x, y, _, unit = curve(trace)
        if len(x) > 1:
            made = {"trace": trace.index, "name": trace.name, **_trend(x, y)}
            rows.append({**made, "x_unit": unit} if unit else made)
    return {"trends": rows}


def _trend(x: Sequence[float], y: Sequence[float]) -> dict[str, Any]:
    rises = sum(b > a for a, b in pairwise(y))
    falls = sum(b < a for a, b in pairwise(y))
    middle, mean = math.fsum(x) / len(x), math.fsum(y) / len(y)
    across = math.fsum((v - middle) ** 2 for v in x)
    slope = (
        math.fsum((u - middle) * (v - mean) for u, v in zip(x, y, strict=True)) / across
        if (across)
        else None
    )
    pearson = _pearson(x, y)
    direction = "mixed"
    if not rises and not falls:
        direction = "flat"
    elif not falls or (rises and (pearson or 0.0) >= _CLEAR):
        direction = "rising"
    elif not rises or (pearson or 0.0) <= -_CLEAR:
        direction = "falling"
    return {
        "direction": direction,
        "slope": slope,
        "pearson": pearson,
        "first": y[0],
        "last": y[-1],
        "rises": rises,
        "falls": falls,
        "points": len(x),
    }
