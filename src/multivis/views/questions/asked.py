"""A question about a chart taken apart: names, periods, thresholds, and what "here" is."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from multivis.views.calculators.items import Item, curve, named
from multivis.views.figure import Trace
from multivis.views.focus import take
from multivis.views.questions.periods import (
    Period,
    find_compared,
    find_periods,
    position_axis,
    unread_period,
)
from multivis.views.questions.thresholds import Threshold, find_threshold
from multivis.views.wording import among, shown, title_of

if TYPE_CHECKING:
    from multivis.views.session import ViewSession

__all__ = ["LEAST", "MOST", "Answer", "Asked", "View", "ask_apart", "yes"]

LEAST = r"(minimum|smallest|lowest|least|fewest|min|shortest|worst|bottom)"
MOST = r"(maximum|largest|highest|greatest|most|biggest|max|peak|tallest|longest|best|top)"
_HERE = re.compile(
    r"\b(here|(?<!are )(?<!is )(?<!was )(?<!were )there|"
    r"th(is|ese|at) (part|region|area|range|point|points|period|window|view)|"
    r"select(ed|ion)|in (the )?(current )?view|zoom(ed)?|visible part)\b"
)
_FOCUS_NAMED = re.compile(r"\b(select(ed|ion)|zoom(ed)?)\b")
_BINARY = re.compile(r"^\s*(is|are|does|do|has|have|had|did|was|were|can|will)\b")


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
class Asked:
    """A question taken apart.

    Attributes:
        view: The plot.
        question: The question as it was asked.
        words: It in lower case; names are blanked, periods and thresholds taken out.
        whole: The visible traces, cut down to the focus where "here" is asked about.
        traces: Those cut down to the period that is asked about.
        names: What is named, in the order of the question; a trace is that of `traces`.
        focus: Whether "here" narrows the question.
        periods: No, one or (where they are compared) two periods.
        threshold: A value that is compared with.
    """

    view: View
    question: str
    words: str
    whole: tuple[Trace, ...]
    traces: tuple[Trace, ...]
    names: list[tuple[str, Item]] = field(default_factory=list)
    focus: bool = False
    periods: tuple[Period, ...] = ()
    threshold: Threshold | None = None

    @property
    def binary(self) -> bool:
        """Whether yes or no answers it."""
        return _BINARY.match(self.words) is not None

    @property
    def period(self) -> Period | None:
        """The one period that is asked about."""
        return self.periods[0] if len(self.periods) == 1 else None

    @property
    def place(self) -> str:
        """Where, for the end of a sentence: ``" in 2016"``, ``" there"`` or ``""``."""
        where = f" {self.period.text}" if self.period else ""
        return f" there{where}" if self.focus else where

    def has(self, pattern: str) -> bool:
        """Whether the words match."""
        return re.search(rf"\b{pattern}\b", self.words) is not None

    def named_traces(self) -> list[Trace]:
        """The traces that are named."""
        return [item.trace for _, item in self.names if item.place is None]

    def points(self) -> list[Item]:
        """The bars, slices and points that are named."""
        return [item for _, item in self.names if item.place is not None]

    def chosen(self) -> tuple[Trace, ...]:
        """The traces that are named, else all."""
        return tuple(self.named_traces()) or self.traces

    def within(self, trace: Trace, period: Period) -> Trace | None:
        """A trace cut down to a period; None where it has no point there."""
        axis = position_axis(trace, self.view.session.figure(self.view.plot_id).axes())
        places = [] if axis is None else period.places(trace, axis)
        return take(trace, places) if places else None

    def led_there(self, trace: Trace) -> Trace | None:
        """A trace in the period with what led there: the point before a moment."""
        full = next((t for t in self.whole if t.index == trace.index), None)
        if self.period is None or full is None:
            return trace
        axis = position_axis(full, self.view.session.figure(self.view.plot_id).axes())
        inside = [] if axis is None else self.period.places(full, axis)
        if not inside:
            return None
        order = curve(full)[2]
        if self.period.moment and inside[0] in order:
            before = order.index(inside[0]) - 1
            inside = [order[before], *inside] if before >= 0 else inside
        return take(full, inside)


def yes(value: bool) -> str:
    """The first word of an answer."""
    return "Yes" if value else "No"


def ask_apart(view: View, question: str) -> Asked | Answer:
    """Take a question apart; an answer where it asks for what the chart does not show.

    Raises:
        InputError: No such plot, or nothing in view.
    """
    session, plot_id = view.session, view.plot_id
    shown = session.traces(plot_id)
    words, found = _without_names(question, _trace_names(shown))
    here, has_focus = bool(_HERE.search(words)), session.has_focus(plot_id)
    if not has_focus and _FOCUS_NAMED.search(words):
        return Answer(
            "Nothing is selected or zoomed to in this chart; select or zoom first, or ask about "
            "all of it."
        )
    whole = session.traces(plot_id, focus=True) if here and has_focus else shown
    periods, words = _periods(view, shown, words, compared=True)
    threshold, words = find_threshold(words, _has_dates(view, shown))
    if not periods:
        periods, words = _periods(view, shown, words)
    if not periods and (strange := _unread(view, words)) is not None:
        return Answer(f"The chart shows nothing {strange}: it shows {_ends(view, shown)}.")
    points = {k: v for k, v in named(whole).items() if v.place is not None and k not in found}
    words, more = _without_names(words, _said(points, question))
    traces = whole
    if len(periods) == 1:
        axes = session.figure(plot_id).axes()
        traces = tuple(
            take(t, places)
            for t in whole
            if (axis := position_axis(t, axes)) is not None
            and (places := periods[0].places(t, axis))
        )
    inside = {trace.index: trace for trace in traces}
    names = [
        (name, item if item.place is not None else Item(inside.get(item.trace.index, item.trace)))
        for name, item in (*found.items(), *more.items())
    ]
    names.sort(key=lambda one: _place_in(question, one[0]))
    periods = [replace(period, text=_as_written(period.text, question)) for period in periods]
    asked = Asked(
        view,
        question,
        words,
        whole,
        traces,
        names,
        here and has_focus,
        tuple(periods),
        threshold,
    )
    return _nothing_there(asked) or asked


def _trace_names(traces: Sequence[Trace]) -> dict[str, Item]:
    return {
        trace.name: Item(trace, 0 if len(trace) == 1 else None)
        for trace in reversed(traces)
        if trace.name.strip()
    }


def _said(points: dict[str, Item], question: str) -> dict[str, Item]:
    """The names without letters that the question has in another case, or as an article."""
    return {
        name: item
        for name, item in points.items()
        if len(name.strip()) > 1 or re.search(_letter(name.strip()), question)
    }


def _letter(name: str) -> str:
    """The pattern of a name of one letter: its case counts, and "a" is often an article."""
    after = r"(?= (?:and|or|than|in|at|from|to|less|greater|more|higher|lower)\b|\W*[?.,;]|\W*$)"
    return rf"(?<![\w.]){re.escape(name)}(?!\w)" + (after if name == "a" else "")


def _without_names(question: str, known: dict[str, Item]) -> tuple[str, dict[str, Item]]:
    """The question in lower case with names blanked, and what they name, as they come."""
    text = " ".join(question.replace("'", " ").replace('"', " ").split())
    found: dict[str, tuple[int, Item]] = {}
    for name in sorted(known, key=len, reverse=True):
        plain = " ".join(name.replace("'", " ").replace('"', " ").split())
        if not plain:
            continue
        pattern = rf"(?<![\w.]){re.escape(plain)}(?!\w)(?!\.\d)"
        pattern = _letter(plain) if len(plain) == 1 and plain.isalpha() else pattern
        lower = len(plain) > 1 or text == text.casefold()
        match = re.search(pattern, text, re.IGNORECASE if lower else 0)
        if match:
            found[name] = (match.start(), known[name])
            text = text[: match.start()] + "\x00" * len(match[0]) + text[match.end() :]
    ordered = sorted(found, key=lambda name: found[name][0])
    return text.casefold(), {name: found[name][1] for name in ordered}


def _as_written(text: str, question: str) -> str:
    """A period as the question writes it: "in March", not "in march"."""
    for said in re.findall(r"\w[\w'-]*", question):
        if said != said.casefold():
            text = re.sub(rf"(?<!\w){re.escape(said.casefold())}(?!\w)", said, text)
    return text[:1].casefold() + text[1:]


def _place_in(question: str, name: str) -> int:
    match = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", question, re.IGNORECASE)
    return match.start() if match else len(question)


def _has_dates(view: View, traces: Sequence[Trace]) -> bool:
    axes = view.session.figure(view.plot_id).axes()
    found = [position_axis(trace, axes) for trace in traces]
    return any(axis is not None and axis.type == "date" for axis in found)


def _periods(
    view: View, traces: Sequence[Trace], words: str, *, compared: bool = False
) -> tuple[list[Period], str]:
    """The periods named, or only two that are compared, by the axis with most points."""
    axes = view.session.figure(view.plot_id).axes()
    groups: dict[str, list[float]] = {}
    on: Counter[str] = Counter()
    for trace in traces:
        axis = position_axis(trace, axes)
        if axis is not None:
            on[axis.id] += len(trace) > 1
            at = (float(v) for v in axis.coordinates(trace.positions) if math.isfinite(v))
            groups.setdefault(axis.id, []).extend(at)
    if not groups:
        return [], words
    name = max(groups, key=lambda one: len(groups[one]))
    find = find_compared if compared else find_periods
    return find(words, axes[name], sorted(set(groups[name])), several=on[name] > 1)


def _unread(view: View, words: str) -> str | None:
    """A date in the question that is no place in the chart, nor what its titles say it is of."""
    found = unread_period(words)
    if found is None:
        return None
    figure = view.session.figure(view.plot_id)
    titles = " ".join((title_of(figure), *(a.title for a in figure.axes().values()))).casefold()
    moment = found.split(" ", 1)[1].removeprefix("the year ")
    return None if moment in titles else found


def _ends(view: View, traces: Sequence[Trace]) -> str:
    """From where to where the points of a chart go; of what they are where nothing says so."""
    axes = view.session.figure(view.plot_id).axes()
    at: list[float] = []
    found = None
    for trace in traces:
        axis = position_axis(trace, axes)
        if axis is not None and (found is None or axis.id == found.id):
            found = axis
            at += [float(v) for v in axis.coordinates(trace.positions) if math.isfinite(v)]
    if found is None or not at:
        return among(list(named(traces))) or "no points"
    return f"points from {found.value(min(at))} to {found.value(max(at))}"


# ── what the chart does not show ────────────────────────────────────────────────────────────


def _nothing_there(asked: Asked) -> Answer | None:
    """That the chart shows nothing in a period, when it does not."""
    for period in asked.periods:
        wanted = [t.index for t in asked.named_traces()]
        held = [
            trace
            for trace in asked.whole
            if (not wanted or trace.index in wanted) and asked.within(trace, period) is not None
        ]
        if held:
            continue
        between = _between_points(asked, period)
        if between is not None:
            return between
        who = " of " + " and ".join(n for n, i in asked.names if i.place is None) if wanted else ""
        ends = _ends(asked.view, asked.whole)
        return Answer(f"The chart shows nothing{who} {period.text}: it shows {ends}.")
    return None


def _between_points(asked: Asked, period: Period) -> Answer | None:
    """What a line passes at a number between its points, if that is what is asked."""
    if len(period.spans) != 1 or period.spans[0][0] != period.spans[0][1]:
        return None
    at, told, value = period.spans[0][0], [], None
    for trace in asked.named_traces() or asked.whole:
        x, y, _, unit = curve(trace)
        if trace.kind not in {"line", "area"} or unit or not x or not x[0] < at < x[-1]:
            continue
        after = next(i for i, one in enumerate(x) if one > at)
        x1, x2, y1, y2 = x[after - 1], x[after], y[after - 1], y[after]
        passed = y1 + (y2 - y1) * (at - x1) / (x2 - x1)
        value = passed if value is None else value
        told.append(
            f"{trace.name or 'the line'} passes {shown(passed)} between {shown(x1)} "
            f"({shown(y1)}) and {shown(x2)} ({shown(y2)})"
        )
    if not told:
        return None
    evidence = {"calculator": "interpolation", "x": at, "value": value}
    text = f"There is no point {period.text}; {'; '.join(told[:8])}."
    return Answer(text, (evidence,), value if len(told) == 1 else None)
