"""Single values, extremes, ranks, sums, shares, counts, and what lies beyond a value."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from multivis.errors import MultiVisError
from multivis.views import calculators as calculate
from multivis.views.calculators.items import Item, curve, items
from multivis.views.figure import Trace
from multivis.views.questions.asked import LEAST, MOST, Answer, Asked, yes
from multivis.views.questions.periods import COUNTS
from multivis.views.wording import among, meeting_place, shown, where

__all__ = [
    "beyond",
    "count",
    "extreme",
    "median",
    "missing",
    "ordering",
    "relation",
    "share",
    "spread",
    "total",
    "value_of",
]

_ORDINAL = {
    word: number
    for number, words in enumerate(
        ("second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th", "seventh 7th"), 2
    )
    for word in words.split()
}
_EVIDENCE = 50


# ── beyond a value ──────────────────────────────────────────────────────────────────────────


def beyond(asked: Asked) -> Answer | None:
    """How many, which, whether and when values are above or below a value."""
    if asked.threshold is None:
        return None
    chosen, points = asked.chosen(), asked.points()
    if points and not asked.named_traces():
        found = [(item.trace, item.place or 0, item.value) for item in points]
    else:
        found = [(item.trace, item.place or 0, item.value) for item in items(chosen)]
    if not found:
        return Answer(f"Nothing there has a numeric value{asked.place}.")
    bound = asked.threshold.against([value for _, _, value in found])
    held = [one for one in found if asked.threshold.holds(one[2], bound)]
    said = asked.threshold.text + (
        f" ({shown(bound)})" if math.isnan(asked.threshold.value) else ""
    )
    rows = [{**trace.point(place), "value": value} for trace, place, value in held[:_EVIDENCE]]
    evidence: tuple[dict[str, Any], ...] = (
        {
            "calculator": "threshold",
            "bound": bound,
            "count": len(held),
            "of": len(found),
            "points": rows,
        },
    )
    if asked.has("(when|where|first|last|since)") and not asked.has("how many") and not points:
        return _when(asked, chosen, bound, said, evidence)
    text = f"{len(held)} of {len(found)} values{asked.place} are {said}"
    text = _verbed(text, asked.threshold.sign)
    if held:
        text += ": " + among([where(row) for row in rows])
    if asked.has("(share|percent\\w*|proportion|fraction|part)"):
        return Answer(f"{text}.", evidence, len(held) / len(found))
    if asked.binary:
        every = asked.has("(always|all|every|each|throughout|constantly)") or len(found) == 1
        holds = len(held) == len(found) if every else bool(held)
        return Answer(f"{yes(holds)}: {text}.", evidence, holds)
    if asked.has("how (many|often)"):
        return Answer(f"{text}.", evidence, _counted(asked, held))
    lone = len(chosen) > 1 and all(len(trace) > 1 for trace in chosen)
    if lone and asked.has("(lines?|series|traces?|curves?|groups?)"):
        names = dict.fromkeys(trace.name or trace.index for trace, _, _ in held)
        return Answer(f"{text}.", evidence, list(names))
    return Answer(f"{text}.", evidence, [trace.label(place) for trace, place, _ in held])


def _verbed(text: str, sign: str) -> str:
    return (
        text.replace(" are cross", " cross")
        .replace(" are exceed", " exceed")
        .replace(" are reach", " reach")
        if sign
        else text
    )


def _counted(asked: Asked, held: Sequence[tuple[Trace, int, float]]) -> int:
    """How many points, or how many traces if that is asked."""
    if asked.has("how many (of the )?(lines?|series|traces?|curves?|groups?)"):
        return len({trace.index for trace, _, _ in held})
    return len(held)


def _when(
    asked: Asked,
    chosen: Sequence[Trace],
    bound: float,
    said: str,
    evidence: tuple[dict[str, Any], ...],
) -> Answer:
    """The runs of points on the side that is asked about, or where a line crosses a value."""
    assert asked.threshold is not None
    if asked.threshold.sign == "=":
        return _crosses(asked, chosen, bound, said)
    told: list[str] = []
    starts: list[str] = []
    for trace in chosen:
        order = curve(trace)[2]
        on = [(place, asked.threshold.holds(float(trace.values[place]), bound)) for place in order]
        for holds, run in groupby(on, key=lambda one: one[1]):
            places = [place for place, _ in run]
            if not holds:
                continue
            first, last = trace.label(places[0]), trace.label(places[-1])
            name = f"{trace.name} " if len(chosen) > 1 else ""
            told.append(name + (f"at {first}" if len(places) == 1 else f"from {first} to {last}"))
            starts.append(last if asked.has("last") else first)
    if not told:
        return Answer(f"Never {said}{asked.place}.", evidence, None)
    text = f"{said[0].upper()}{said[1:]}{asked.place}: {among(told)}."
    value: Any = starts
    if asked.has("(first|last|since)") or len(starts) == 1:
        value = starts[-1 if asked.has("last") else 0]
    return Answer(text, evidence, value)


def _crosses(asked: Asked, chosen: Sequence[Trace], bound: float, said: str) -> Answer:
    """Where lines pass a value, between their points too."""
    told: list[str] = []
    places: list[str] = []
    evidence = []
    for trace in chosen:
        level = [bound] * len(trace)
        flat = dataclasses.replace(
            trace,
            name=shown(bound),
            columns={**trace.columns, trace.value_role: level},
            tops=None,
        )
        found = calculate.crossings(trace, flat)
        evidence.append({"calculator": "crossings", "a": trace.name, "b": bound, **found})
        for row in found["crossings"]:
            spot = meeting_place(row)
            told.append(f"{trace.name} {spot}" if len(chosen) > 1 else spot)
            places.append(spot)
    if not places:
        return Answer(f"Never {said}{asked.place}.", tuple(evidence), None)
    value: Any = places
    if asked.has("(first|last)"):
        value = places[0 if asked.has("first") else -1]
    text = f"{said[0].upper()}{said[1:]}{asked.place}: {among(told)}."
    return Answer(text, tuple(evidence), value)


# ── extremes and order ──────────────────────────────────────────────────────────────────────


def median(asked: Asked) -> Answer | None:
    """The low or high median point."""
    if not asked.has("median"):
        return None
    named = asked.points()
    found = calculate.medians(asked.traces if named else asked.chosen())
    side = "high" if asked.has("(high|upper) median") else "low"
    point = found[f"{side}_median"]
    evidence = ({"calculator": "medians", **found},)
    text = f"the {side} median of {found['count']}{asked.place} is {where(point)} with "
    text += shown(point["value"])
    if asked.binary and named:
        item = named[0]
        holds = (item.trace.index, item.trace.row(item.place or 0)) == (
            point["trace"],
            point["index"],
        )
        return Answer(f"{yes(holds)}: {text}.", evidence, holds)
    return Answer(f"{text[0].upper()}{text[1:]}.", evidence, point["label"])


def extreme(asked: Asked) -> Answer | None:
    """The least or greatest, the second, or the first few."""
    least, most = asked.has(LEAST), asked.has(MOST)
    if least == most:
        return None
    few = _few(asked)
    place = next((n for word, n in _ORDINAL.items() if asked.has(word)), 1)
    if place > 1 or few > 1:
        return _ranked(asked, place, few, descending=most)
    side = "minimum" if least else "maximum"
    only = asked.traces if asked.binary and asked.names else asked.chosen()
    if asked.has("(on )?average|total|overall|in all|altogether|sum") and len(only) > 1:
        return _best_sum(asked, only, least=least)
    found = calculate.extremes(only)
    point = found[side]
    evidence = ({"calculator": "extremes", **found},)
    text = f"the {side}{asked.place} is {shown(point['value'])}, {where(point)}"
    if found["tied"][side] > 1:
        text += f" (and {found['tied'][side] - 1} more with the same value)"
    if asked.binary and asked.names:
        item = asked.names[0][1]
        if item.place is not None:
            holds = item.value == point["value"]
        else:
            row = next((r for r in found["traces"] if r["trace"] == item.trace.index), None)
            holds = row is not None and row[side]["value"] == point["value"]
        return Answer(f"{yes(holds)}: {text}.", evidence, holds)
    asks_value = asked.has(r"(what|how (much|many|high|low)).*(value|is|was|were)")
    wanted = point["value"] if asks_value else None
    if asked.has("(which|who|where|when)") or wanted is None:
        by_trace = len(only) > 1 and not asked.has(
            "(when|where|which (year|month|day|date|week|quarter|point|category))"
        )
        wanted = point.get("name") if by_trace else point["label"]
        wanted = wanted or point["label"]
    return Answer(f"{text[0].upper()}{text[1:]}.", evidence, wanted)


def _few(asked: Asked) -> int:
    """How many are asked for: "the top 3", "the three highest"."""
    number = rf"([0-9]+|{'|'.join(COUNTS)})"
    for pattern in (rf"\b{MOST} {number}\b", rf"\b{LEAST} {number}\b"):
        match = re.search(pattern, asked.words)
        if match:
            return COUNTS.get(match[2]) or int(match[2])
    match = re.search(rf"\b{number} ({MOST}|{LEAST})\b", asked.words)
    return (COUNTS.get(match[1]) or int(match[1])) if match else 1


def _best_sum(asked: Asked, only: Sequence[Trace], *, least: bool) -> Answer:
    """The trace with the least or greatest total or mean."""
    found = calculate.sums(only)
    key = "mean" if asked.has("average|mean") else "total"
    pick = min if least else max
    best = pick(found["traces"], key=lambda row: row[key])
    name = best["name"] or best["trace"]
    way = "lowest" if least else "highest"
    text = f"{name} has the {way} {key}{asked.place}: {shown(best[key])}."
    evidence = ({"calculator": "sums", **found},)
    if asked.binary and asked.names:
        holds = asked.names[0][1].trace.index == best["trace"]
        return Answer(f"{yes(holds)}: {text}", evidence, holds)
    return Answer(text, evidence, name)


def _ranked(asked: Asked, place: int, few: int, *, descending: bool) -> Answer | None:
    only = asked.traces if asked.binary and asked.names else asked.chosen()
    found = calculate.order(only, descending=descending, limit=max(place, few, 5))
    way = "highest" if descending else "lowest"
    evidence = ({"calculator": "order", **found},)
    rows = found["order"]
    lone = len(only) > 1 and all(len(trace) == 1 for trace in only)
    names = [str(row.get("name") if lone and row.get("name") else row["label"]) for row in rows]
    if few > 1:
        told = [f"{where(row)} with {shown(row['value'])}" for row in rows[:few]]
        text = f"The {way} {len(told)}{asked.place}: {among(told, most=20)}."
        return Answer(text, evidence, names[:few])
    if len(rows) < place:
        text = f"There are only {found['count']} values{asked.place}, so none is number {place}."
        return Answer(text, evidence)
    point = rows[place - 1]
    text = f"number {place} from the {way}{asked.place} is {where(point)} with "
    text += f"{shown(point['value'])}."
    if asked.binary and asked.names:
        holds = asked.names[0][0] in {names[place - 1], point.get("name")}
        return Answer(f"{yes(holds)}: {text}", evidence, holds)
    wanted = point["value"] if asked.has(r"value") else names[place - 1]
    return Answer(text[0].upper() + text[1:], evidence, wanted)


def ordering(asked: Asked) -> Answer | None:
    """The order by value, or whether it is drawn in order."""
    if not asked.has(r"(order|sorted|rank\w*|sort)"):
        return None
    descending = not asked.has("(ascending|increasing|smallest first|lowest first)")
    found = calculate.order(asked.chosen(), descending=descending, limit=20)
    evidence = ({"calculator": "order", **found},)
    if asked.binary and "drawn" in found:
        holds = found["drawn"] in {"ascending", "descending", "constant"}
        return Answer(f"{yes(holds)}: the values are {found['drawn']}.", evidence, holds)
    labels = [str(row["label"]) for row in found["order"]]
    if len(asked.chosen()) > 1:
        labels = [where(row) for row in found["order"]]
    return Answer(f"By value{asked.place}: {among(labels, most=20)}.", evidence, labels)


# ── sums and shares ─────────────────────────────────────────────────────────────────────────


def share(asked: Asked) -> Answer | None:
    """What part of the whole a bar, a slice, a trace or a period has."""
    if not asked.has(r"(share|percent\w*|proportion|fraction|part|%)"):
        return None
    points, named = asked.points(), asked.named_traces()
    if asked.period is not None and (len(asked.traces) == 1 or len(named) == 1) and not points:
        lone = named[0] if named else asked.traces[0]
        if len(asked.traces) == 1 or asked.has(
            "(its|of the (whole|total)|falls?|fell|lies?|comes?|came|belongs?)"
        ):
            return _share_of_period(asked, lone)
    try:
        found = calculate.shares((points[0].trace,) if points else asked.traces)
    except MultiVisError as error:
        return Answer(str(error), (), None)
    rows = found["shares"]
    evidence = ({"calculator": "shares", **found},)
    wanted = {name.casefold() for name, _ in asked.names}
    held = [row for row in rows if str(row["label"]).casefold() in wanted]
    if held:
        value = math.fsum(row["share"] for row in held)
        have = "has" if len(held) == 1 else "together have"
        text = f"{among([row['label'] for row in held])} {have} {100 * value:.4g} % of "
        return Answer(f"{text}{shown(found['total'])}{asked.place}.", evidence, value)
    parts = [f"{row['label']} {100 * row['share']:.3g} %" for row in rows]
    return Answer(f"{among(parts)}{asked.place}.", evidence, None)


def _share_of_period(asked: Asked, inside: Trace) -> Answer:
    """What part of a trace's total lies in the period."""
    whole = next(t for t in asked.whole if t.index == inside.index)
    part, every = calculate.sums((inside,)), calculate.sums((whole,))
    evidence = ({"calculator": "sums", **part}, {"calculator": "sums", **every})
    if every["total"] <= 0 or min(v for v in whole.values if math.isfinite(v)) < 0:
        text = f"There are no shares of {shown(every['total'])} with values below 0."
        return Answer(text, evidence)
    value = part["total"] / every["total"]
    text = f"{shown(part['total'])} of {shown(every['total'])}{asked.place}: {100 * value:.4g} %."
    return Answer(text, evidence, value)


def total(asked: Asked) -> Answer | None:
    """The sum or the mean."""
    mean = asked.has("(mean|average|averaged)")
    if not mean and not asked.has(
        "(sum|total|totals|totalled|altogether|add(s|ed)? up|in all|combined)"
    ):
        return None
    points = asked.points()
    if points and not asked.named_traces() and asked.period is None:
        values = [item.value for item in points if math.isfinite(item.value)]
        rows = [{**i.trace.point(i.place or 0), "value": i.value} for i in points[:_EVIDENCE]]
        added = math.fsum(values)
        value = added / len(values) if mean and values else added
        word = "mean" if mean else "total"
        text = f"The {word} of {among([i.name for i in points])} is {shown(value)}."
        return Answer(text, ({"calculator": "sums", "points": rows, word: value},), value)
    found = calculate.sums(asked.chosen())
    word = "mean" if mean else "total"
    value = found[word]
    text = f"The {word} of {found['count']} values{asked.place} is {shown(value)}"
    if len(found["traces"]) > 1:
        parts = [f"{row['name'] or row['trace']} {shown(row[word])}" for row in found["traces"]]
        text += f" ({among(parts)})"
    return Answer(f"{text}.", ({"calculator": "sums", **found},), value)


def spread(asked: Asked) -> Answer | None:
    """How far the least and the greatest are apart."""
    both = asked.has(LEAST) and asked.has(MOST)
    if not both and not asked.has("(range|spread|vary|varies)"):
        return None
    found = calculate.extremes(asked.chosen())
    low, high = found["minimum"], found["maximum"]
    value = high["value"] - low["value"]
    text = (
        f"From {shown(low['value'])} ({where(low)}) to {shown(high['value'])} ({where(high)})"
        f"{asked.place}: {shown(value)} apart."
    )
    return Answer(text, ({"calculator": "extremes", **found},), value)


def relation(asked: Asked) -> Answer | None:
    """Pearson's and Spearman's correlation."""
    if not asked.has(r"(correlat\w*|related|relationship|association)"):
        return None
    named = asked.named_traces()
    if len(named) < 2 and len(asked.traces) > 2:
        text = "Name two of the traces: " + among([t.name or t.index for t in asked.traces])
        return Answer(f"{text}.")
    try:
        found = calculate.correlation(asked.chosen())
    except MultiVisError as error:
        return Answer(str(error), (), None)
    rows = found["correlations"]
    pairs = [row for row in rows if "traces" in row]
    evidence = ({"calculator": "correlation", **found},)
    if len(named) == 2 and not pairs:
        text = "The two have fewer than three points in common"
        return Answer(f"{text}{asked.place}, too few for a correlation.", evidence)
    row = (pairs or rows)[0]
    if row["pearson"] is None:
        return Answer(f"There is none{asked.place}: {row['why']}.", evidence)
    text = (
        f"Between {row['between'][0]} and {row['between'][1]}{asked.place}: Pearson "
        f"{row['pearson']:.3f}, Spearman {row['spearman']:.3f} over {row['points']} points."
    )
    return Answer(text, evidence, row["pearson"])


# ── counts, gaps, single values ─────────────────────────────────────────────────────────────


def missing(asked: Asked) -> Answer | None:
    """Points without a value and steps that are left out."""
    if not asked.has(r"(missing|gaps?|left out|incomplete)"):
        return None
    found = calculate.gaps(asked.chosen())
    values = sum(row["missing_count"] for row in found["traces"])
    holes = sum(row.get("gap_count", 0) for row in found["traces"])
    text = f"{values} points have no value, and {holes} steps are left out{asked.place}."
    return Answer(text, ({"calculator": "gaps", **found},), values + holes)


def count(asked: Asked) -> Answer | None:
    """How many traces or points are drawn."""
    if not asked.has("how many"):
        return None
    lines = asked.has("(lines?|series|traces?|curves?|groups?)")
    chosen = asked.chosen()
    value = len(chosen) if lines else sum(len(trace) for trace in chosen)
    rows = [{"trace": t.index, "name": t.name, "points": len(t)} for t in chosen[:_EVIDENCE]]
    what = "traces" if lines else "points"
    where_ = f"{' in view' if asked.focus else ''}{f' {asked.period.text}' if asked.period else ''}"
    evidence = ({"calculator": "count", "traces": rows},)
    return Answer(f"There are {value} {what}{where_}.", evidence, value)


def value_of(asked: Asked) -> Answer | None:
    """The value of a bar, a slice or a point, or the range of several."""
    points, traces = asked.points(), asked.named_traces()
    if asked.binary:
        return None
    if points:
        item = points[0]
        for trace in traces:  # "Sales in March": the point of that trace
            place = next((i for i in range(len(trace)) if trace.label(i) == item.name), None)
            if place is not None:
                item = Item(trace, place)
                break
        point = {**item.trace.point(item.place or 0), "value": item.value}
        evidence = ({"calculator": "value", "point": point},)
        return Answer(f"{item.name} is {shown(item.value)}{asked.place}.", evidence, item.value)
    if not (traces or asked.focus or asked.period):
        return None
    chosen = tuple(traces) or asked.traces
    if asked.period is not None and all(len(trace) == 1 for trace in chosen):
        rows = [{**t.point(0), "value": float(t.values[0])} for t in chosen]
        told = [f"{row.get('name') or row['label']} is {shown(row['value'])}" for row in rows]
        value: Any = rows[0]["value"]
        if len(rows) > 1:
            value = {str(row.get("name") or row["label"]): row["value"] for row in rows}
        held = tuple({"calculator": "value", "point": row} for row in rows[:_EVIDENCE])
        where_ = asked.place if any(row.get("name") for row in rows) else ""
        return Answer(f"{among(told, most=20)}{where_}.", held, value)
    found = calculate.extremes(chosen)
    low, high = found["minimum"], found["maximum"]
    text = (
        f"From {shown(low['value'])} ({where(low)}) to {shown(high['value'])} ({where(high)})"
        f"{asked.place}."
    )
    return Answer(text, ({"calculator": "extremes", **found},), None)
