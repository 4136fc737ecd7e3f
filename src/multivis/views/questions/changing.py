"""What rose, fell or changed, by how much and when; what a person changed in the view."""

from __future__ import annotations

import math
from typing import Any

from multivis.views import calculators as calculate
from multivis.views.calculators.items import curve
from multivis.views.figure import Trace
from multivis.views.questions.asked import Answer, Asked, yes
from multivis.views.wording import among, percent, shown

__all__ = ["change_between_moments", "largest_change", "net_change", "trend", "view_changes", "why"]

_FELL = (
    r"(drop\w*|fall\w*|fell|declin\w*|decreas\w*|dip\w*|crash\w*|lose|loss\w*|lost|shrink\w*|"
    r"shrank|go(es)? down|went down|gone down|plunge\w*|slump\w*)"
)
_ROSE = (
    r"(rise\w*|rising|rose|risen|grow\w*|grew|increas\w*|jump\w*|spike\w*|climb\w*|gain\w*|"
    r"go(es)? up|went up|gone up|surge\w*)"
)
_MOVED = r"(chang\w*|mov(e|es|ed|ement)|var(y|ied|iation)|develop\w*|evol\w*)"
_MOST = r"(largest|biggest|greatest|most|sharpest|steepest|strongest|fastest|maximum|highest|worst)"
_WHEN = (
    r"(when|(which|what|between which|in which|between what) (two )?(years?|months?|days?|dates?|"
    r"weeks?|quarters?|points?|periods?|times?|intervals?|step|place)|where)"
)
_SHARE = "(share|proportion|fraction)"
_UNDERWAY = (
    r"((is|are|was|were|been|be|keeps?|kept) (\x00+ )?(it |they )?(generally |overall |steadily |"
    r"always |still |consistently )*(increas|decreas|ris|fall|grow|declin|shrink|climb|drop)ing|"
    r"(going|trending|heading) (up|down)|trend\w*|overall (direction|development))"
)


def view_changes(asked: Asked) -> Answer | None:
    """What the latest interaction changed in the view."""
    if not asked.has(r"what (has |have |was |did )?(i |we |you )?chang(e|ed)"):
        return None
    if asked.names or asked.periods:
        return None
    found = asked.view.session.changes(asked.view.plot_id)
    parts = []
    for name, ends in found["ranges"].items():
        parts.append(f"{name} went from {ends['before'] or 'its own range'} to {ends['after']}")
    parts += [f"trace {index} was switched off" for index in found["hidden"]]
    parts += [f"trace {index} was switched on" for index in found["shown"]]
    if "selection" in found:
        parts.append(f"the selection is now {found['selection']['after']}")
    text = "; ".join(parts) or "Nothing changed"
    return Answer(text[0].upper() + text[1:] + ".", ({"calculator": "changes", **found},), None)


# ── the largest step, the largest change ────────────────────────────────────────────────────


def largest_change(asked: Asked) -> Answer | None:
    """When, where or by how much something moved most."""
    fell, rose, moved = asked.has(_FELL), asked.has(_ROSE), asked.has(_MOVED)
    if not (fell or rose or moved) or not asked.has(_MOST) or asked.binary:
        return None
    traces = _with_what_led(asked)
    if not traces:
        return None
    a_series = asked.has("(which|what|who)") and not asked.has(_WHEN) and len(traces) > 1
    if a_series and not asked.has(rf"{_MOST} ({_FELL}|{_ROSE}|change)"):
        return _most_changed(asked, traces, fell=fell, rose=rose)
    found = calculate.steps(traces, limit=1)
    evidence = ({"calculator": "steps", **found},)
    moves = [
        (row, step)
        for row in found["traces"]
        for side in (["falls"] if fell else ["rises"] if rose else ["falls", "rises"])
        for step in row[side]
    ]
    if not moves:
        word = "falls" if fell else "rises" if rose else "changes"
        return Answer(f"Nothing {word}{asked.place}.", evidence, None)
    row, step = max(moves, key=lambda one: abs(one[1]["change"]))
    text = f"{_told(row, step, traces)}, the largest {_noun(step)} between neighbours{asked.place}."
    label = step["to"]["label"]
    return Answer(text, evidence, label if asked.has(_WHEN) else step["change"])


def _most_changed(
    asked: Asked, traces: tuple[Trace, ...], *, fell: bool, rose: bool
) -> Answer | None:
    """The series that changed most from the beginning to the end."""
    found = calculate.steps(traces, limit=1)
    rows = [row for row in found["traces"] if row["change"] is not None and row["points"] > 1]
    relative = asked.has("(percent\\w*|relative\\w*|proportion\\w*|fastest)")

    def size(row: dict[str, Any]) -> float:
        change = float(row["change"])
        if relative:
            start = abs(_value(row["first"], traces))
            change = change / start if start else math.nan
        return -change if fell else change if rose else abs(change)

    rows = [row for row in rows if math.isfinite(size(row))]
    if not rows:
        return None
    best = max(rows, key=size)
    evidence = ({"calculator": "steps", **found},)
    if size(best) <= 0:
        return Answer(f"None of them {'falls' if fell else 'rises'}{asked.place}.", evidence)
    return Answer(f"{_net(best, traces)}, most of all{asked.place}.", evidence, _name(best))


def _with_what_led(asked: Asked) -> tuple[Trace, ...]:
    """The traces with the points whose steps count: those of the focus or of the period."""
    if asked.period is not None:
        led = (asked.led_there(trace) for trace in asked.chosen())
        return tuple(trace for trace in led if trace is not None)
    return _with_neighbours(asked)


def _with_neighbours(asked: Asked) -> tuple[Trace, ...]:
    """The traces in focus with one neighbour on each side, so that a single point has a step."""
    from multivis.views.focus import take

    if not asked.focus:
        return asked.chosen()
    whole = {t.index: t for t in asked.view.session.traces(asked.view.plot_id)}
    made = []
    for trace in asked.chosen():
        full = whole.get(trace.index)
        if full is None or trace.origin is None or len(trace) > 2:
            made.append(trace)
            continue
        first, last = min(trace.origin), max(trace.origin)
        after = last + 1 if len(trace) > 1 else last  # of a single point, the step that led there
        made.append(take(full, list(range(max(0, first - 1), min(len(full), after + 1)))))
    return tuple(made)


# ── falls and rises ─────────────────────────────────────────────────────────────────────────


def why(asked: Asked) -> Answer | None:
    """Falls and rises, here, in a period or anywhere; the chart holds what happened, not why."""
    fell, rose = asked.has(_FELL), asked.has(_ROSE)
    happened = asked.has(r"(what|anything|something) (is |was |did |has )?(happen\w*|going on)")
    if not (fell or rose or happened) or asked.has(rf"(than|order|sorted|{_SHARE})"):
        return None
    if asked.threshold is not None:
        return None
    traces = _with_what_led(asked)
    found = calculate.steps(traces)
    evidence = ({"calculator": "steps", **found},)
    rows = [row for row in found["traces"] if row["change"] is not None]
    if not rows:
        return None
    if all(row["points"] < 2 for row in rows):
        return Answer(f"Nothing led there: it is the first point{asked.place}.", evidence)
    wanted = ["rises"] if rose and not fell else ["falls"] if fell else ["falls", "rises"]
    moved = [(row, step) for row in rows for side in wanted for step in row[side][:1]]
    extra = " The chart holds no cause; it shows when and by how much." if asked.has("why") else ""
    if not moved:
        nets = among([_net(row, traces) for row in rows if row["points"] > 1])
        verb = "falls" if wanted == ["falls"] else "rises"
        text = f"Nothing {verb}{asked.place}: {nets}."
        return Answer(text, evidence, False if asked.binary else None)
    row, step = max(moved, key=lambda one: abs(one[1]["change"]))
    text = f"{_told(row, step, traces)}: the largest {_noun(step)} between neighbours{asked.place}."
    if asked.period is not None and row["points"] > 2:
        text += f" From beginning to end {_net(row, traces)}."
    others = [
        f"{_name(other)} {shown(other['change'], signed=True)}"
        for other in rows
        if other is not row
    ]
    if others:
        text += f" Over the same part the others changed by {among(others)}."
    holds = True
    if asked.period is not None and not asked.period.moment:  # over a range, the ends count
        holds = any(row["change"] < 0 if fell else row["change"] > 0 for row, _ in moved)
    return Answer(text + extra, evidence, holds if asked.binary else step["change"])


def net_change(asked: Asked) -> Answer | None:
    """By how much something changed from the beginning to the end."""
    moved = asked.has(_MOVED) or asked.has(_FELL) or asked.has(_ROSE)
    if not moved or not asked.has(r"(how (much|many|did|far|has|have)|what|by)") or asked.binary:
        return None
    if asked.threshold is not None or asked.has(rf"(why|going on|{_SHARE})"):
        return None
    traces = _with_what_led(asked)
    found = calculate.steps(traces)
    rows = [row for row in found["traces"] if row["change"] is not None]
    evidence = ({"calculator": "steps", **found},)
    if not rows or all(row["points"] < 2 for row in rows):
        return Answer(f"There is no change to tell{asked.place}: a single point.", evidence)
    text = among([_net(row, traces) for row in rows])
    value: Any = rows[0]["change"]
    if asked.has("(percent\\w*|%)"):
        start = _value(rows[0]["first"], traces)
        value = 100 * rows[0]["change"] / abs(start) if start else None
    if len(rows) > 1:
        value = {str(_name(row)): row["change"] for row in rows}
    return Answer(f"{text}{asked.place}.", evidence, value)


def change_between_moments(asked: Asked) -> Answer | None:
    """Two periods compared: each by its one value, or by its sum and mean."""
    if len(asked.periods) != 2:
        return None
    totals, parts = [], []
    for period in asked.periods:
        held = [p for t in _chosen_whole(asked) if (p := asked.within(t, period)) is not None]
        found = calculate.sums(held)
        totals.append(found)
        alone = found["count"] == 1
        text = shown(found["total"]) if alone else f"{shown(found['total'])} in all"
        parts.append(f"{period.text.removeprefix('in ')}: {text}")
    mean = asked.has("(mean|average)")
    a, b = (t["mean" if mean else "total"] for t in totals)
    counts = [t["count"] for t in totals]
    if mean:
        parts = [
            f"{p.text.removeprefix('in ')}: {shown(t['mean'])} on average"
            for p, t in zip(asked.periods, totals, strict=True)
        ]
    evidence = tuple({"calculator": "sums", **found} for found in totals)
    text = f"{parts[0]}; {parts[1]}: {shown(abs(a - b))} apart ({percent(b, a)})."
    if counts[0] != counts[1]:
        text += f" They hold {counts[0]} and {counts[1]} values."
    value: Any = a - b
    if asked.binary:
        less = asked.has(r"(less|lower|smaller|fewer|below|shorter|worse)")
        same = asked.has("(same|equal)")
        value = a == b if same else a < b if less else a > b
        text = f"{yes(value)}: {text}"
    elif asked.has("(ratio|how many times|times as)"):
        value = a / b if b else None
    elif asked.has("(percent\\w*|%)"):
        value = 100 * (a - b) / abs(b) if b else None
    elif asked.has("(which|when)"):
        high, low = (0, 1) if a > b else (1, 0)
        place = low if asked.has(r"(less|lower|smaller|fewer|worse)") else high
        value = asked.periods[place].text.removeprefix("in ") if a != b else None
    return Answer(text, evidence, value)


def _chosen_whole(asked: Asked) -> tuple[Trace, ...]:
    named = {trace.index for trace in asked.named_traces()}
    return tuple(trace for trace in asked.whole if not named or trace.index in named)


# ── trends ──────────────────────────────────────────────────────────────────────────────────


def trend(asked: Asked) -> Answer | None:
    """Whether values go up or down on the whole: the line of least squares, and each step."""
    if not asked.has(_UNDERWAY) or asked.has("why") or asked.threshold is not None:
        return None
    if asked.has("(order|sorted)"):
        return None
    found = calculate.trends(asked.chosen())
    rows = found["trends"]
    evidence = ({"calculator": "trends", **found},)
    if not rows:
        return Answer(f"Two points make no trend{asked.place}.", evidence)
    told = [
        f"{row['name'] or 'It'} {_SAID[row['direction']]}: {shown(row['first'])} to "
        f"{shown(row['last'])}, up in {row['rises']} and down in {row['falls']} of "
        f"{row['points'] - 1} steps"
        for row in rows
    ]
    text = "; ".join(told[:8]) + (f"; and {len(told) - 8} more" if len(told) > 8 else "")
    if any(row.get("x_unit") == "categories" for row in rows):
        text += " (in the order in which the categories are drawn)"
    down = asked.has(r"(decreas|fall|declin|shrink|dropp?)ing") or asked.has("down")
    up = asked.has(r"(increas|ris|grow|climb)ing") or asked.has("up")
    directions = [row["direction"] for row in rows]
    if asked.binary and up != down:
        wanted = "rising" if up else "falling"
        value = all(direction == wanted for direction in directions)
        if asked.has("(always|steadily|consistently)"):
            value = all(not row["falls" if up else "rises"] for row in rows) and value
        return Answer(f"{yes(value)}{asked.place}: {text}.", evidence, value)
    if asked.has("(which|who)") and up != down:
        wanted = "rising" if up else "falling"
        names = [row["name"] or row["trace"] for row in rows if row["direction"] == wanted]
        return Answer(f"{text}{asked.place}.", evidence, names)
    by_name = {str(_name(row)): row["direction"] for row in rows}
    return Answer(f"{text}{asked.place}.", evidence, directions[0] if len(rows) == 1 else by_name)


_SAID = {
    "rising": "rises on the whole",
    "falling": "falls on the whole",
    "flat": "stays the same",
    "mixed": "goes up and down without a clear direction",
}


# ── words ───────────────────────────────────────────────────────────────────────────────────


def _name(row: dict[str, Any]) -> Any:
    return row["name"] or row["trace"]


def _noun(step: dict[str, Any]) -> str:
    return "fall" if step["change"] < 0 else "rise"


def _value(point: dict[str, Any], traces: tuple[Trace, ...]) -> float:
    trace = next(t for t in traces if t.index == point["trace"])
    value = point.get(trace.value_role)
    return float(value) if isinstance(value, int | float) else _numeric(trace, point)


def _numeric(trace: Trace, point: dict[str, Any]) -> float:
    """A value that the figure holds as text."""
    _, y, places, _ = curve(trace)
    rows = {trace.row(place): value for place, value in zip(places, y, strict=True)}
    return rows.get(point["index"], math.nan)


def _told(row: dict[str, Any], step: dict[str, Any], traces: tuple[Trace, ...]) -> str:
    start, end = (_value(step[k], traces) for k in ("from", "to"))
    verb = "fell" if step["change"] < 0 else "rose"
    return (
        f"{row['name'] or 'It'} {verb} from {shown(start)} ({step['from']['label']}) to "
        f"{shown(end)} ({step['to']['label']}), {percent(start, end)}"
    )


def _net(row: dict[str, Any], traces: tuple[Trace, ...]) -> str:
    start, end = (_value(row[k], traces) for k in ("first", "last"))
    verb = "fell" if row["change"] < 0 else "rose" if row["change"] > 0 else "stayed the same,"
    return (
        f"{row['name'] or 'it'} {verb} from {shown(start)} ({row['first']['label']}) to "
        f"{shown(end)} ({row['last']['label']}), {shown(row['change'], signed=True)} "
        f"({percent(start, end)})"
    )
