"""Answer the fifteen questions from a figure's data, knowing how exact the data are.

The numbers come from the exact calculators of `multivis.views`. Where data were read from a
picture, each trace says in ``meta.expected_error`` by how much a value may be wrong (in data
units), and the answers allow for that: lines that come as close as the error touch, and a line
is no rougher than its roughest values within the error make necessary.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivis.bench.iplotbench.questions import parse_question
from multivis.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    import numpy as np

    from multivis.views import Trace

    Array = np.ndarray[Any, np.dtype[np.float64]]

__all__ = ["answer_question", "expected_error", "least_roughness", "nearest_name"]

# Of exact data only rounding is allowed for; of data that were read, multiples of the error, and
# shares of the range: about a pixel for extremes, which are often hidden under other marks.
_ROUNDING = 1e-9
_TOUCHING = 3.0
_TIED, _TIED_SHARE = 3.0, 1.5e-3
_TUBE, _TUBE_SHARE = 2.0, 5e-4
_EQUALLY_ROUGH = 1e-3


@dataclass(frozen=True)
class _Line:
    """A curve in order of x, and how exact its values are."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    error: float


def answer_question(figure: Mapping[str, Any], question: str) -> int:
    """1 for yes, 0 for no.

    Args:
        figure: Plotly JSON.
        question: One of the fifteen questions.

    Raises:
        InputError: It is another question, or the figure shows nothing of that name.
    """
    from multivis.views import open_figure

    traces = open_figure(figure, "plotly").traces()
    about_lines = any(trace.kind not in ("bar", "pie") for trace in traces)
    parsed = parse_question(question, lines=about_lines)
    if parsed is None:
        raise InputError(
            f"The question {question!r} is not one that this figure can answer.",
            hint="Ask one of the fifteen of iPlotBench.",
        )
    number, first, second = parsed
    if about_lines:
        lines = _lines(traces, figure)
        return int(_about_lines(number, _named(first, lines), second, lines))
    return int(_about_categories(number, first, second, traces))


def expected_error(trace: Mapping[str, Any]) -> float:
    """By how much a value of a trace may be wrong, in data units; 0 when it does not say."""
    meta = trace.get("meta")
    given = meta.get("expected_error") if isinstance(meta, Mapping) else None
    usable = isinstance(given, int | float) and math.isfinite(given) and given > 0
    return float(given) if usable and given is not None else 0.0


# ── bars and slices ─────────────────────────────────────────────────────────────────────────


def _about_categories(number: int, first: str, second: str, traces: Sequence[Trace]) -> bool:
    """Questions 0 to 5; values differ by far more than they are wrong, so none is allowed for."""
    from multivis.views import calculators as calculate
    from multivis.views.calculators.items import named

    names = named(traces)
    one = names[nearest_name(first, list(names))]
    if number in (2, 3):
        told = calculate.compare(one, names[nearest_name(second, list(names))])
        return bool(told["less" if number == 2 else "greater"])
    if number in (0, 1):
        found = calculate.extremes(traces)["minimum" if number == 0 else "maximum"]
    else:
        found = calculate.medians(traces)["low_median" if number == 4 else "high_median"]
    row = None if one.place is None else one.trace.row(one.place)
    if row is None:
        # One trace a bar: the trace is the item.
        return bool(found["trace"] == one.trace.index)
    return bool((found["trace"], found["index"]) == (one.trace.index, row))


# ── lines ───────────────────────────────────────────────────────────────────────────────────


def _lines(traces: Sequence[Trace], figure: Mapping[str, Any]) -> list[_Line]:
    """The curves of a figure."""
    from multivis.views.calculators.items import curve

    lines = []
    for trace in traces:
        x, y, _, _ = curve(trace)
        if x:
            error = expected_error(figure["data"][trace.index])
            lines.append(_Line(trace.name, tuple(x), tuple(y), error))
    if not lines:
        raise InputError("The figure has no line with a point.", hint="Recreate it again.")
    return lines


def _named(name: str, lines: Sequence[_Line]) -> _Line:
    names = [line.name for line in lines]
    return lines[names.index(nearest_name(name, names))]


def _about_lines(number: int, one: _Line, second: str, lines: Sequence[_Line]) -> bool:
    """Questions 6 to 14."""
    if number >= 12:
        return _order(number, one, _named(second, lines))
    if number in (8, 9):
        return _roughness_rank(number, one, lines)
    if number in (6, 7):
        measure = [_area(line) for line in lines]
        mine, slack = _area(one), 0.0
    else:
        pick = min if number == 10 else max
        measure = [pick(line.y) for line in lines]
        mine, slack = pick(one.y), _slack(lines, _TIED, _TIED_SHARE)
    best = min(measure) if number in (6, 10) else max(measure)
    return abs(mine - best) <= slack + _ROUNDING * max(1.0, abs(best))


def _slack(lines: Sequence[_Line], errors: float, share: float) -> float:
    """What is allowed for: some errors or a share of the range, if the data were read at all."""
    worst = max(line.error for line in lines)
    return max(errors * worst, share * _extent(lines)[1]) if worst else 0.0


def _extent(lines: Sequence[_Line]) -> tuple[float, float]:
    """Range of all x and of all y."""
    x, y = [v for line in lines for v in line.x], [v for line in lines for v in line.y]
    return max(x) - min(x), max(y) - min(y)


def _area(line: _Line) -> float:
    """Area under a curve by trapezes."""
    from multivis.bench.iplotbench.questions import area_under_curve

    return area_under_curve(line.x, line.y)


def _order(number: int, one: _Line, two: _Line) -> bool:
    """Less everywhere, greater everywhere, or neither; touching is neither."""
    import numpy as np

    low, high = max(one.x[0], two.x[0]), min(one.x[-1], two.x[-1])
    places = np.array(sorted({x for x in (*one.x, *two.x) if low <= x <= high}))
    if not len(places):
        raise InputError(
            f"{one.name!r} and {two.name!r} have no x in common.", hint="Recreate it again."
        )
    gaps = np.interp(places, two.x, two.y) - np.interp(places, one.x, one.y)
    slack = _TOUCHING * math.hypot(one.error, two.error) + _ROUNDING * 100
    below, above = bool((gaps > slack).all()), bool((gaps < -slack).all())
    return {12: below, 13: above, 14: not below and not above}[number]


# ── roughness ───────────────────────────────────────────────────────────────────────────────


def _roughness_rank(number: int, one: _Line, lines: Sequence[_Line]) -> bool:
    """Whether a line is the smoothest (8) or the roughest (9), ties allowed for."""
    wide, high = _extent(lines)
    was_read = any(line.error for line in lines)
    floor = _TUBE_SHARE * high if was_read else 0.0
    sizes = {
        line.name: least_roughness(line.x, line.y, max(_TUBE * line.error, floor)) for line in lines
    }
    best = min(sizes.values()) if number == 8 else max(sizes.values())
    steepness = high / wide if wide else 0.0
    slack = (_EQUALLY_ROUGH if was_read else _ROUNDING) * max(steepness, _ROUNDING)
    return abs(sizes[one.name] - best) <= slack


def least_roughness(x: Sequence[float], y: Sequence[float], error: float) -> float:
    """The least sum of changes of slope that a curve within `error` of the values can have.

    Reading errors only ever add roughness; a straight line read with errors is straight again.

    Args:
        x: Positions, ascending.
        y: Values.
        error: Half the width of the band around the values, in their units; 0 gives the
            roughness of the values themselves.

    Raises:
        MissingExtraError: The extra 'bench' is not installed.
    """
    import numpy as np

    kept = [i for i in range(len(x)) if i == 0 or x[i] > x[i - 1]]
    at, values = np.array([x[i] for i in kept]), np.array([y[i] for i in kept])
    count = len(at)
    if count < 3:
        return 0.0
    # Rows of `bend`: change of slope at each inner point, linear in the values.
    bend: Array = np.zeros((count - 2, count))
    steps = np.diff(at)
    for row in range(count - 2):
        left, right = steps[row], steps[row + 1]
        bend[row, row : row + 3] = (1 / left, -1 / left - 1 / right, 1 / right)
    if error <= 0:
        return float(np.abs(bend @ values).sum())
    try:
        from scipy.optimize import linprog
    except ImportError as missing:
        raise MissingExtraError("Answers about roughness", extra="bench") from missing
    # Least sum of t with -t <= bend @ (values + shift) <= t and |shift| <= error.
    inner, base = count - 2, bend @ values
    one = np.eye(inner)
    solved = linprog(
        np.concatenate([np.zeros(count), np.ones(inner)]),
        A_ub=np.block([[bend, -one], [-bend, -one]]),
        b_ub=np.concatenate([-base, base]),
        bounds=[(-error, error)] * count + [(0, None)] * inner,
        method="highs",
    )
    return float(solved.fun) if solved.success else float(np.abs(base).sum())


def nearest_name(name: str, names: Sequence[str]) -> str:
    """The name as the figure writes it; a misread letter or two do not matter.

    Raises:
        InputError: There is nothing like it.
    """
    from rapidfuzz import process

    if name in names:
        return name
    folded = {other.casefold(): other for other in names}
    if name.casefold() in folded:
        return folded[name.casefold()]
    found = process.extractOne(name.casefold(), list(folded), score_cutoff=60)
    if found is None:
        raise InputError(
            f"The figure shows nothing named {name!r}.",
            hint="It shows " + ", ".join(repr(other) for other in list(names)[:30]) + ".",
        )
    return folded[found[0]]
