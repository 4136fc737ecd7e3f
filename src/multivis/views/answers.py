"""Questions about a chart that is there, answered from its specification, with no model.

The words choose a calculator; what a person selected or zoomed to says where "here" is. The
answer carries the points that decide it. What the chart does not hold, such as a cause, is not
invented: the answer says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from multivis.errors import MultiVisError
from multivis.views import calculators as calculate
from multivis.views.calculators.items import Item, named
from multivis.views.figure import Trace
from multivis.views.wording import among, percent, shown, title_of, where

if TYPE_CHECKING:
    from multivis.views.session import ViewSession

__all__ = ["Answer", "View", "answer_about"]

_HERE = re.compile(
    r"\b(here|there|this (part|region|area|range|point|period)|select(ed|ion)|in view|zoomed|"
    r"these points)\b"
)
_LEAST = r"(minimum|smallest|lowest|least|fewest|min|shortest|worst|bottom)"
_MOST = r"(maximum|largest|highest|greatest|most|biggest|max|peak|tallest|longest|best|top)"
_BINARY = re.compile(r"^\s*(is|are|does|do|has|have|did|was|were|can|will)\b")
_ORDINAL = {"second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5}


@dataclass(frozen=True)
class View:
    """A plot of a session."""

    session: ViewSession
    plot_id: int


@dataclass(frozen=True)
class Answer:
    """An answer with what it rests on.

    Attributes:
        text: The answer in a sentence or two.
        evidence: What calculators said: each with ``calculator`` and the points that decide.
        value: The answer by itself: True or False, a number, a name; None when there is none.
        understood: Whether the question was understood at all.
    """

    text: str
    evidence: tuple[dict[str, Any], ...] = ()
    value: Any = None
    understood: bool = True

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON."""
        return {
            "text": self.text,
            "value": self.value,
            "understood": self.understood,
            "evidence": list(self.evidence),
        }


@dataclass
class _Asked:
    """A question taken apart."""

    view: View
    words: str
    traces: tuple[Trace, ...]
    names: list[tuple[str, Item]] = field(default_factory=list)
    focus: bool = False

    @property
    def binary(self) -> bool:
        """Whether yes or no answers it."""
        return _BINARY.match(self.words) is not None

    def has(self, pattern: str) -> bool:
        """Whether the words match."""
        return re.search(rf"\b{pattern}\b", self.words) is not None

    def chosen(self) -> tuple[Trace, ...]:
        """The traces named, else all."""
        found = [item.trace for _, item in self.names if item.place is None]
        return tuple(found) or self.traces


def answer_about(view: View, question: str) -> Answer:
    """Answer a question about a plot in its present state.

    Args:
        view: The plot. What was last selected or zoomed to is what "here" means.
        question: In plain words, naming traces, bars or slices as the chart does.

    Returns:
        The answer; one that says what can be asked when the question is not understood.

    Raises:
        InputError: No such plot, or nothing in view.
    """
    session, plot_id = view.session, view.plot_id
    whole = session.traces(plot_id)
    words, found = _names_in(question, whole)
    here = bool(_HERE.search(words)) and session.has_focus(plot_id)
    traces = session.traces(plot_id, focus=True) if here else whole
    if here:  # a name means the part of the trace that is in focus
        inside = {trace.index: trace for trace in traces}
        found = [
            (name, Item(inside.get(item.trace.index, item.trace)) if item.place is None else item)
            for name, item in found
        ]
    asked = _Asked(view, words, traces, found, here)
    for handles in _HANDLERS:
        answer = handles(asked)
        if answer is not None:
            return answer
    return Answer(
        "I cannot tell from the chart. I can say which is highest, lowest, middle, smoothest or "
        "roughest; compare, order, add up and share out; find crossings, gaps, rises and falls"
        f". The chart shows {among(list(named(whole))) or title_of(session.figure(plot_id))}.",
        understood=False,
    )


def _names_in(question: str, traces: Sequence[Trace]) -> tuple[str, list[tuple[str, Item]]]:
    """The question in lower case with names taken out, and the names in order."""
    text = " ".join(question.replace("'", " ").replace('"', " ").split())
    known = named(traces)
    found: list[tuple[int, str, Item]] = []
    for name in sorted(known, key=len, reverse=True):
        if not name.strip():
            continue
        pattern = rf"(?<![\w.]){re.escape(name)}(?![\w])"
        flags = re.IGNORECASE if len(name) > 1 else 0
        match = re.search(pattern, text, flags)
        if match:
            found.append((match.start(), name, known[name]))
            blank = "\x00" * len(match[0])
            text = text[: match.start()] + blank + text[match.end() :]
    found.sort(key=lambda one: one[0])
    return text.casefold(), [(name, item) for _, name, item in found]


def _yes(value: bool) -> str:
    return "Yes" if value else "No"


# ── handlers, in the order they are tried ───────────────────────────────────────────────────


def _changed(asked: _Asked) -> Answer | None:
    if not asked.has(r"what (has |have |was |did )?(i |we )?chang(e|ed)"):
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


def _why(asked: _Asked) -> Answer | None:
    """Falls and rises, here or anywhere; the chart holds what happened, not why."""
    fell = asked.has(r"(drop\w*|fall\w*|fell|declin\w*|decreas\w*|dip\w*|crash\w*|lower)")
    rose = asked.has(r"(rise\w*|rose|grow\w*|grew|increas\w*|jump\w*|spike\w*|climb\w*)")
    happened = asked.has(r"(what|anything) (is |was )?(happen\w*|going on)")
    if not (fell or rose or happened) or asked.has(r"(than|order|sorted)"):
        return None
    found = calculate.steps(_with_neighbours(asked))
    rows = [row for row in found["traces"] if row["change"] is not None]
    if not rows:
        return None
    side = "rises" if rose and not fell else "falls"
    moved = [(row, row[side][0]) for row in rows if row[side]]
    evidence = ({"calculator": "steps", **found},)
    place = " there" if asked.focus else ""
    if not moved:
        verb = "falls" if side == "falls" else "rises"
        return Answer(f"Nothing {verb}{place}.", evidence, False if asked.binary else None)
    row, step = max(moved, key=lambda one: abs(one[1]["change"]))
    trace = next(t for t in asked.traces if t.index == row["trace"])
    start, end = (step[k].get(trace.value_role) for k in ("from", "to"))
    verb = "fell" if side == "falls" else "rose"
    text = (
        f"{row['name'] or 'It'} {verb} from {shown(start)} ({step['from']['label']}) to "
        f"{shown(end)} ({step['to']['label']}), {percent(start, end)}: the largest "
        f"{'fall' if side == 'falls' else 'rise'} between neighbours{place}."
    )
    others = [
        f"{other['name'] or other['trace']} {shown(other['change'], signed=True)}"
        for other in rows
        if other is not row
    ]
    if others:
        text += f" Over the same part the others changed by {among(others)}."
    if asked.has("why"):
        text += " The chart holds no cause; it shows when and by how much."
    return Answer(text, evidence, True if asked.binary else step["change"])


def _with_neighbours(asked: _Asked) -> tuple[Trace, ...]:
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


def _intersection(asked: _Asked) -> Answer | None:
    if not asked.has(r"(intersect\w*|cross\w*|meet\w*|touch\w*|overlap\w*)"):
        return None
    pair = [item for _, item in asked.names if item.place is None][:2]
    if len(pair) < 2:
        pair = [Item(trace) for trace in asked.traces]
    if len(pair) != 2:
        return None
    a, b = pair
    found = calculate.crossings(a.trace, b.trace)
    meet = bool(found["intersect"])
    evidence = ({"calculator": "crossings", "a": a.name, "b": b.name, **found},)
    if not meet and not found["count"]:
        sides = calculate.compare(a, b)
        low, high = (a, b) if sides["less"] else (b, a)
        text = f"No: {low.name} is below {high.name} at all {sides['points']} points."
        return Answer(text, evidence, False)
    spots = [
        str(c["x"])
        if "x" in c and not isinstance(c["x"], float)
        else shown(c["x"])
        if "x" in c
        else f"between {c['between'][0]} and {c['between'][1]}"
        for c in found["crossings"]
    ]
    times = "once" if found["count"] == 1 else f"{found['count']} times"
    text = f"Yes: {a.name} and {b.name} meet {times}, at {among(spots)}."
    if not asked.binary and meet:
        return Answer(text.removeprefix("Yes: "), evidence, spots)
    if not meet:
        text = f"No at the sampled points; their lines meet {times} between them."
    return Answer(text, evidence, meet)


def _comparison(asked: _Asked) -> Answer | None:
    match = re.search(
        r"\b(less|lower|smaller|fewer|below|under|shorter|greater|larger|higher|more|bigger|above|"
        r"over|taller|longer)\b",
        asked.words,
    )
    if match is None or len(asked.names) < 2 or asked.has("area under"):
        return None
    (_, a), (_, b) = asked.names[:2]
    try:
        found = calculate.compare(a, b)
    except MultiVisError as error:
        return Answer(str(error), (), None)
    smaller = match[1] in {"less", "lower", "smaller", "fewer", "below", "under", "shorter"}
    holds = bool(found["less"] if smaller else found["greater"])
    evidence = ({"calculator": "compare", **found},)
    if a.place is not None:
        text = f"{a.name} is {shown(a.value)} and {b.name} is {shown(b.value)}"
        if asked.has("how much"):
            return Answer(
                f"{text}: {shown(abs(a.value - b.value))} apart.", evidence, found["difference"]
            )
        return Answer(f"{_yes(holds)}: {text}.", evidence, holds)
    counts = found["counts"]
    text = (
        f"{_yes(holds)}: of {found['points']} points {a.name} is below {b.name} at "
        f"{counts['less']}, equal at {counts['equal']}, above at {counts['greater']}."
    )
    return Answer(text, evidence, holds)


def _median(asked: _Asked) -> Answer | None:
    if not asked.has("median"):
        return None
    found = calculate.medians(asked.chosen() if not _points(asked) else asked.traces)
    side = "high" if asked.has("(high|upper) median") else "low"
    point = found[f"{side}_median"]
    evidence = ({"calculator": "medians", **found},)
    text = f"the {side} median of {found['count']} is {where(point)} with {shown(point['value'])}"
    named_point = _points(asked)
    if asked.binary and named_point:
        item = named_point[0]
        holds = (item.trace.index, item.trace.row(item.place or 0)) == (
            point["trace"],
            point["index"],
        )
        return Answer(f"{_yes(holds)}: {text}.", evidence, holds)
    return Answer(f"{text[0].upper()}{text[1:]}.", evidence, point["label"])


def _points(asked: _Asked) -> list[Item]:
    return [item for _, item in asked.names if item.place is not None]


def _best_curve(asked: _Asked) -> Answer | None:
    """Area under the curve, and smoothest or roughest."""
    rough = asked.has(r"(rough\w*|jagged|volatile|bumpi\w*|noisi\w*)")
    smooth = asked.has(r"smooth\w*")
    least, most = asked.has(_LEAST), asked.has(_MOST)
    if rough or smooth:
        found = calculate.smoothest(asked.traces)
        best = found["roughest" if rough else "smoothest"]
        word = "roughest" if rough else "smoothest"
        evidence: dict[str, Any] = {"calculator": "smoothest", **found}
        value = f"a roughness of {shown(best['roughness'])}"
        names = list(best["tied"])
    elif asked.has("area") and (least or most):
        areas = calculate.area(asked.traces)
        best = areas["minimum" if least else "maximum"]
        word = f"one with the {'least' if least else 'greatest'} area"
        evidence = {"calculator": "area", **areas}
        value = f"an area of {shown(best['area'])}"
        names = [r["name"] or r["trace"] for r in areas["areas"] if r["area"] == best["area"]]
    elif asked.has("area"):
        areas = calculate.area(asked.chosen())
        rows = areas["areas"]
        text = among([f"{r['name'] or 'the curve'}: {shown(r['area'])}" for r in rows])
        return Answer(f"Area under {text}.", ({"calculator": "area", **areas},), rows[0]["area"])
    else:
        return None
    top = best["name"] or best["trace"]
    text = f"the {word} is {top} with {value}"
    if len(names) > 1:
        text += f" (not to be told from {among([str(n) for n in names if n != top])})"
    if asked.binary and asked.names:
        item = asked.names[0][1]
        holds = (item.trace.name or item.trace.index) in names
        return Answer(f"{_yes(holds)}: {text}.", (evidence,), holds)
    return Answer(f"{text[0].upper()}{text[1:]}.", (evidence,), top)


def _extreme(asked: _Asked) -> Answer | None:
    least, most = asked.has(_LEAST), asked.has(_MOST)
    if least == most:
        return None
    place = next((n for word, n in _ORDINAL.items() if asked.has(word)), 1)
    if place > 1:
        return _ranked(asked, place, descending=most)
    side = "minimum" if least else "maximum"
    only = asked.chosen() if not asked.binary else asked.traces
    found = calculate.extremes(only)
    point = found[side]
    evidence = ({"calculator": "extremes", **found},)
    text = f"the {side} is {shown(point['value'])}, {where(point)}"
    if found["tied"][side] > 1:
        text += f" (and {found['tied'][side] - 1} more with the same value)"
    if asked.binary and asked.names:
        item = asked.names[0][1]
        if item.place is not None:
            holds = item.value == point["value"]
        else:
            row = next((r for r in found["traces"] if r["trace"] == item.trace.index), None)
            holds = row is not None and row[side]["value"] == point["value"]
        return Answer(f"{_yes(holds)}: {text}.", evidence, holds)
    wanted = (
        point["value"] if asked.has(r"(what|how (much|many|high|low)).*(value|is|was)") else None
    )
    if asked.has("(which|who|where|when)") or wanted is None:
        wanted = point.get("name") if len(only) > 1 and len(only[0]) > 1 else point["label"]
        wanted = point["label"] if asked.has("(when|where)") or not wanted else wanted
    return Answer(f"{text[0].upper()}{text[1:]}.", evidence, wanted)


def _ranked(asked: _Asked, place: int, *, descending: bool) -> Answer | None:
    found = calculate.order(asked.chosen(), descending=descending, limit=max(place, 5))
    if len(found["order"]) < place:
        return None
    point = found["order"][place - 1]
    way = "highest" if descending else "lowest"
    text = f"Number {place} from the {way} is {where(point)} with {shown(point['value'])}."
    return Answer(text, ({"calculator": "order", **found},), point["label"])


def _share(asked: _Asked) -> Answer | None:
    if not asked.has(r"(share|percent\w*|proportion|fraction|part)"):
        return None
    points = _points(asked)
    try:
        found = calculate.shares((points[0].trace,) if points else asked.traces)
    except MultiVisError as error:
        return Answer(str(error), (), None)
    rows = found["shares"]
    evidence = ({"calculator": "shares", **found},)
    if asked.names:
        name = asked.names[0][0].casefold()
        row = next((r for r in rows if str(r["label"]).casefold() == name), None)
        if row is not None:
            text = f"{row['label']} has {100 * row['share']:.4g} % of {shown(found['total'])}."
            return Answer(text, evidence, row["share"])
    parts = [f"{row['label']} {100 * row['share']:.3g} %" for row in rows]
    return Answer(f"{among(parts)}.", evidence, None)


def _total(asked: _Asked) -> Answer | None:
    mean = asked.has("(mean|average)")
    if not mean and not asked.has("(sum|total|altogether|add up|in all|combined)"):
        return None
    found = calculate.sums(asked.chosen())
    value = found["mean" if mean else "total"]
    word = "mean" if mean else "total"
    text = f"The {word} of {found['count']} values is {shown(value)}."
    return Answer(text, ({"calculator": "sums", **found},), value)


def _relation(asked: _Asked) -> Answer | None:
    if not asked.has(r"(correlat\w*|related|relationship|association)"):
        return None
    try:
        found = calculate.correlation(asked.chosen())
    except MultiVisError as error:
        return Answer(str(error), (), None)
    row = found["correlations"][-1 if len(asked.chosen()) == 2 else 0]
    if row["pearson"] is None:
        return Answer(f"There is none: {row['why']}.", ({"calculator": "correlation", **found},))
    text = (
        f"Between {row['between'][0]} and {row['between'][1]}: Pearson {row['pearson']:.3f}, "
        f"Spearman {row['spearman']:.3f} over {row['points']} points."
    )
    return Answer(text, ({"calculator": "correlation", **found},), row["pearson"])


def _missing(asked: _Asked) -> Answer | None:
    if not asked.has(r"(missing|gaps?|left out|incomplete)"):
        return None
    found = calculate.gaps(asked.chosen())
    values = sum(row["missing_count"] for row in found["traces"])
    holes = sum(row.get("gap_count", 0) for row in found["traces"])
    text = f"{values} points have no value, and {holes} steps are left out."
    return Answer(text, ({"calculator": "gaps", **found},), values + holes)


def _ordering(asked: _Asked) -> Answer | None:
    if not asked.has(r"(order|sorted|rank\w*|sort)"):
        return None
    descending = not asked.has("(ascending|increasing|smallest first)")
    found = calculate.order(asked.chosen(), descending=descending, limit=20)
    evidence = ({"calculator": "order", **found},)
    if asked.binary and "drawn" in found:
        holds = found["drawn"] in {"ascending", "descending", "constant"}
        return Answer(f"{_yes(holds)}: the values are {found['drawn']}.", evidence, holds)
    labels = [str(row["label"]) for row in found["order"]]
    return Answer(f"By value: {among(labels, most=20)}.", evidence, labels)


def _count(asked: _Asked) -> Answer | None:
    if not asked.has("how many"):
        return None
    lines = asked.has("(lines?|series|traces?|curves?|groups?)")
    chosen = asked.chosen()
    value = len(chosen) if lines else sum(len(trace) for trace in chosen)
    rows = [{"trace": t.index, "name": t.name, "points": len(t)} for t in chosen[:50]]
    what = "traces" if lines else "points"
    evidence = ({"calculator": "count", "traces": rows},)
    return Answer(f"There are {value} {what}{' in view' if asked.focus else ''}.", evidence, value)


def _value_of(asked: _Asked) -> Answer | None:
    points = _points(asked)
    traces = [item.trace for _, item in asked.names if item.place is None]
    if points:
        item = points[0]
        if traces:  # "Sales in March": the point of that trace
            label = item.name
            for trace in traces:
                place = next((i for i in range(len(trace)) if trace.label(i) == label), None)
                if place is not None:
                    item = Item(trace, place)
                    break
        point = {**item.trace.point(item.place or 0), "value": item.value}
        evidence = ({"calculator": "value", "point": point},)
        return Answer(f"{item.name} is {shown(item.value)}.", evidence, item.value)
    if traces or asked.focus:
        found = calculate.extremes(tuple(traces) or asked.traces)
        low, high = found["minimum"], found["maximum"]
        text = (
            f"From {shown(low['value'])} ({low['label']}) to {shown(high['value'])} "
            f"({high['label']})."
        )
        return Answer(text, ({"calculator": "extremes", **found},), None)
    return None


_HANDLERS: tuple[Callable[[_Asked], Answer | None], ...] = (
    _changed,
    _intersection,
    _median,
    _best_curve,
    _comparison,
    _why,
    _share,
    _extreme,
    _total,
    _relation,
    _missing,
    _ordering,
    _count,
    _value_of,
)


def summary(view: View) -> Mapping[str, Any]:
    """What a plot shows, for a brief: traces, axes and the focal context."""
    session, plot_id = view.session, view.plot_id
    figure = session.figure(plot_id)
    return {
        "title": title_of(figure),
        "traces": [
            {"trace": t.index, "name": t.name, "kind": t.kind, "points": len(t)}
            for t in figure.traces(session.state(plot_id))[:30]
        ],
        "axes": {
            name: {"title": axis.title, "type": axis.type} for name, axis in figure.axes().items()
        },
        "focus": session.focus(plot_id),
    }
