"""Two curves or values against each other; where curves meet; area and roughness."""

from __future__ import annotations

import math
from itertools import groupby
from typing import Any

from multivis.errors import MultiVisError
from multivis.views import calculators as calculate
from multivis.views.calculators.items import Item
from multivis.views.figure import Trace
from multivis.views.questions.asked import LEAST, MOST, Answer, Asked, yes
from multivis.views.questions.periods import position_axis
from multivis.views.wording import among, meeting_place, shown

__all__ = ["best_curve", "comparison", "intersection"]

_LESS = r"(less|lower|smaller|fewer|below|under|shorter|worse|behind)"
_MORE = r"(greater|larger|higher|more|bigger|above|over|taller|longer|better|ahead)"
_MEETS = (
    r"(intersect\w*|cross\w*|meets?|met|meeting|touch\w*|overlap\w*|overt(ake|akes|ook|aken|aking)|"
    r"surpass\w*|exceed\w*|pass(es|ed)?)"
)
_UPWARD = r"(overt(ake|akes|ook|aken|aking)|surpass\w*|exceed\w*|pass(es|ed)?)"


def intersection(asked: Asked) -> Answer | None:
    """Whether, where and how often two curves meet."""
    becomes = asked.has(rf"when (did|does|do) .*({_MORE}|{_LESS})") and asked.threshold is None
    if not asked.has(_MEETS) and not becomes:
        return None
    pair = [_whole(asked, item.trace) for _, item in asked.names if item.place is None][:2]
    if (
        len(pair) < 2
        and not becomes
        and asked.has(r"(cross\w*|intersect\w*|meets?|met|overlap\w*)")
    ):
        pair = list(asked.whole) if len(asked.whole) == 2 else pair
    if len(pair) != 2 or asked.threshold is not None:
        return None
    a, b = pair
    upward = becomes or asked.has(_UPWARD)
    side = "less" if becomes and asked.has(_LESS) else "greater"
    found = calculate.crossings(a, b)
    evidence = ({"calculator": "crossings", "a": _name(a), "b": _name(b), **found},)
    rows = [row for row in found["crossings"] if _in_period(asked, a, row)]
    if upward:
        rows = [row for row in rows if row.get("a_becomes") == side]
    if not rows:
        return _apart(asked, a, b, evidence, upward=upward)
    spots = [meeting_place(row) for row in rows]
    times = "once" if len(rows) == 1 else f"{len(rows)} times"
    text = f"{_name(a)} and {_name(b)} meet {times}"
    if upward:
        does = "goes above" if side == "greater" else "goes below"
        text = f"{_name(a)} {does} {_name(b)} {times}"
    where = among(spots)
    text += f"{asked.place}, {where if where.startswith('between') else 'at ' + where}."
    if asked.binary:
        holds = bool(found["intersect"]) if asked.period is None and not upward else True
        if not holds:
            text = f"No at the sampled points; their lines meet {times} between them."
            return Answer(text, evidence, False)
        return Answer(f"Yes: {text}", evidence, True)
    if asked.has("how (many times|often)"):
        return Answer(text, evidence, len(rows))
    if asked.has("(first|last)"):
        return Answer(text, evidence, spots[0 if asked.has("first") else -1])
    return Answer(text, evidence, spots)


def _name(trace: Trace) -> str:
    return trace.name or f"trace {trace.index}"


def _whole(asked: Asked, trace: Trace) -> Trace:
    """A trace as it is outside the period: two lines often cross between the points of it."""
    return next((t for t in asked.whole if t.index == trace.index), trace)


def _in_period(asked: Asked, trace: Trace, row: dict[str, Any]) -> bool:
    """Whether two lines meet in the period."""
    if asked.period is None:
        return True
    axis = position_axis(trace, asked.view.session.figure(asked.view.plot_id).axes())
    if axis is None:
        return True
    ends = row.get("between", [row.get("x"), row.get("to", row.get("x"))])
    found = [float(v) for v in axis.coordinates(ends)]
    if "between" in row:
        return any(asked.period.holds(at) for at in found)
    low, high = min(found), max(found)
    return any(a <= high and low <= b for a, b in asked.period.spans)


def _apart(
    asked: Asked, a: Trace, b: Trace, evidence: tuple[dict[str, Any], ...], *, upward: bool
) -> Answer:
    """That two curves do not meet, and which one lies below."""
    inside = [t for t in asked.chosen() if t.index in (a.index, b.index)]
    value = False if asked.binary else 0 if asked.has("how (many times|often)") else None
    if asked.period is not None and len(inside) == 2:
        one, two = sorted(inside, key=lambda t: t.index != a.index)
    else:
        one, two = a, b
    try:
        sides = calculate.compare(Item(one), Item(two))
    except MultiVisError:
        return Answer(f"They do not meet{asked.place}.", evidence, value)
    if sides["less"] or sides["greater"]:
        low, high = (a, b) if sides["less"] else (b, a)
        points = "the one point" if sides["points"] == 1 else f"all {sides['points']} points"
        text = f"No: {_name(low)} is below {_name(high)} at {points}{asked.place}."
        if not asked.binary:
            text = f"Never{asked.place}: {text.removeprefix('No: ')}"
    else:
        verb = "goes above" if upward else "meets"
        text = f"No: {_name(a)} never {verb} {_name(b)}{asked.place}."
    return Answer(text if asked.binary else text.removeprefix("No: "), evidence, value)


# ── comparison ──────────────────────────────────────────────────────────────────────────────


def comparison(asked: Asked) -> Answer | None:
    """Two values, or two curves at every point."""
    less, more = asked.has(_LESS), asked.has(_MORE)
    which = asked.has("(which|who|what)") and not asked.binary
    versus = asked.has(r"(compar\w*|versus|vs|differ\w*|gap|ratio|equal|same|apart|times as)")
    if not (less or more or versus or (which and (asked.has(MOST) or asked.has(LEAST)))):
        return None
    if len(asked.names) < 2 or asked.has("area under") or asked.threshold is not None:
        return None
    if which and len(asked.names) > 2:
        return None
    (_, a), (_, b) = asked.names[:2]
    a, b = _single(a), _single(b)
    try:
        found = calculate.compare(a, b)
    except MultiVisError as error:
        return Answer(str(error), (), None)
    evidence = ({"calculator": "compare", **found},)
    least = less or (asked.has(LEAST) and not more)
    if a.place is not None and b.place is not None:
        return _two_values(asked, a, b, evidence, least=least, which=which)
    return _two_curves(asked, a, b, found, evidence, least=least, which=which)


def _single(item: Item) -> Item:
    """A trace of one point is that point."""
    return Item(item.trace, 0) if item.place is None and len(item.trace) == 1 else item


def _label(item: Item, other: Item) -> str:
    """A value by its own name; by its trace where both have the same label."""
    same = item.name == other.name or item.trace.index != other.trace.index
    return item.trace.name if same and item.trace.name else item.name


def _two_values(
    asked: Asked,
    a: Item,
    b: Item,
    evidence: tuple[dict[str, Any], ...],
    *,
    least: bool,
    which: bool,
) -> Answer:
    one, two, place = _label(a, b), _label(b, a), asked.place
    text = f"{one} is {shown(a.value)} and {two} is {shown(b.value)}{place}"
    if asked.binary:
        equal = asked.has("(equal|same)")
        holds = a.value == b.value if equal else a.value < b.value if least else a.value > b.value
        return Answer(f"{yes(holds)}: {text}.", evidence, bool(holds))
    if which and not asked.has("(difference|ratio|percent\\w*|gap)"):
        winner = None if a.value == b.value else one if (a.value < b.value) == least else two
        return Answer(f"{text}: {winner or 'neither'}.", evidence, winner)
    return _difference(asked, text, a.value, b.value, evidence)


def _difference(
    asked: Asked, text: str, a: float, b: float, evidence: tuple[dict[str, Any], ...]
) -> Answer:
    """Two numbers apart: as a difference, a ratio or in percent."""
    if asked.has("(ratio|how many times|times as|times more|times higher|times larger)"):
        value = a / b if b else None
        return Answer(f"{text}: {_or_none(value)} times as much.", evidence, value)
    if asked.has("(percent\\w*|%)"):
        value = 100 * (a - b) / abs(b) if b else None
        return Answer(f"{text}: {_or_none(value)} % apart.", evidence, value)
    return Answer(f"{text}: {shown(abs(a - b))} apart.", evidence, a - b)


def _or_none(value: float | None) -> str:
    return "no number of" if value is None else shown(value)


def _two_curves(
    asked: Asked,
    a: Item,
    b: Item,
    found: dict[str, Any],
    evidence: tuple[dict[str, Any], ...],
    *,
    least: bool,
    which: bool,
) -> Answer:
    if asked.has(
        r"(when|(in )?(which|what) (years?|months?|days?|dates?|weeks?|quarters?|points?))"
    ):
        return _runs(asked, a, b, evidence, least=least)
    counts = found["counts"]
    text = (
        f"of {found['points']} points{asked.place} {a.name} is below {b.name} at "
        f"{counts['less']}, equal at {counts['equal']}, above at {counts['greater']}"
    )
    if asked.binary:
        holds = bool(found["less"] if least else found["greater"])
        if asked.has("(equal|same)"):
            holds = counts["equal"] == found["points"]
        return Answer(f"{yes(holds)}: {text}.", evidence, holds)
    sums = calculate.sums((a.trace, b.trace))
    one, two = sums["traces"][0], sums["traces"][-1]
    evidence = (*evidence, {"calculator": "sums", **sums})
    text += f"; in all {shown(one['total'])} and {shown(two['total'])}"
    text += f", on average {shown(one['mean'])} and {shown(two['mean'])}"
    if which and not asked.has("(difference|ratio|percent\\w*|gap)"):
        side = one["mean"] < two["mean"]
        same = math.isclose(one["mean"], two["mean"], rel_tol=1e-12)
        winner = None if same else a.name if side == least else b.name
        return Answer(f"By its average {winner or 'neither'}: {text}.", evidence, winner)
    mean = asked.has("(higher|lower|above|below|average|mean)")
    key = "mean" if mean else "total"
    return _difference(asked, text[0].upper() + text[1:], one[key], two[key], evidence)


def _runs(
    asked: Asked, a: Item, b: Item, evidence: tuple[dict[str, Any], ...], *, least: bool
) -> Answer:
    """From when to when one curve is on one side of the other, at the points of both."""
    from multivis.views.calculators.curves import aligned

    rows, _, names = aligned(a.trace, b.trace)
    on = [
        (str(n), one < two if least else one > two)
        for n, (_, one, two) in zip(names, rows, strict=True)
    ]
    runs = [[name for name, _ in run] for holds, run in groupby(on, key=lambda o: o[1]) if holds]
    side = "below" if least else "above"
    if not runs:
        return Answer(f"{a.name} is never {side} {b.name}{asked.place}.", evidence, [])
    told = [f"at {r[0]}" if len(r) == 1 else f"from {r[0]} to {r[-1]}" for r in runs]
    text = f"{a.name} is {side} {b.name}{asked.place} {among(told)}."
    return Answer(text, evidence, [name for run in runs for name in run])


# ── area and roughness ──────────────────────────────────────────────────────────────────────


def best_curve(asked: Asked) -> Answer | None:
    """Area under the curve, and smoothest or roughest."""
    rough = asked.has(r"(rough\w*|jagged|volatile|bumpi\w*|noisi\w*)")
    smooth = asked.has(r"(smooth\w*|steadiest)")
    least, most = asked.has(LEAST), asked.has(MOST)
    if not (rough or smooth or asked.has("area")):
        return None
    traces = asked.traces
    if not rough and not smooth and not (least or most):
        areas = calculate.area(asked.chosen())
        rows = areas["areas"]
        text = among([f"{r['name'] or 'the curve'}: {shown(r['area'])}" for r in rows])
        value = rows[0]["area"]
        return Answer(f"Area under {text}{asked.place}.", ({"calculator": "area", **areas},), value)
    if rough or smooth:
        found = calculate.smoothest(traces)
        word = "roughest" if rough else "smoothest"
        best = found[word]
        evidence: dict[str, Any] = {"calculator": "smoothest", **found}
        value = f"a roughness of {shown(best['roughness'])}"
        names = list(best["tied"])
    else:
        areas = calculate.area(traces)
        best = areas["minimum" if least else "maximum"]
        word = f"one with the {'least' if least else 'greatest'} area"
        evidence = {"calculator": "area", **areas}
        value = f"an area of {shown(best['area'])}"
        names = [r["name"] or r["trace"] for r in areas["areas"] if r["area"] == best["area"]]
    top = best["name"] or best["trace"]
    text = f"the {word}{asked.place} is {top} with {value}"
    if len(names) > 1:
        text += f" (not to be told from {among([str(n) for n in names if n != top])})"
    if asked.binary and asked.names:
        item = asked.names[0][1]
        holds = (item.trace.name or item.trace.index) in names
        return Answer(f"{yes(holds)}: {text}.", (evidence,), holds)
    return Answer(f"{text[0].upper()}{text[1:]}.", (evidence,), top)
