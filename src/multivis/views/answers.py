"""Questions about a chart that is there, answered from its specification, with no model.

The words choose a calculator; a named period, or what a person selected or zoomed to, says
where. The answer carries the points that decide it. What the chart does not hold, such as a
cause or a year it does not show, is not invented: the answer says so.
"""

from __future__ import annotations

import calendar
import difflib
import re
from collections.abc import Callable
from dataclasses import replace

from multivis.views.calculators.items import named
from multivis.views.questions import changing, lines, values
from multivis.views.questions.asked import Answer, Asked, View, ask_apart
from multivis.views.wording import among, title_of

__all__ = ["Answer", "View", "answer_about"]

_CAN = (
    "I can say which is highest, lowest, second, middle, smoothest or roughest; compare two; add "
    "up, average and share out; count what is above a value; find crossings, gaps, trends, rises "
    "and falls and when they came, all of it in a period or in what is selected"
)
_NO_NAMES = frozenset(
    {"i", "x", "y", "pearson", "spearman", "q1", "q2", "q3", "q4", "h1", "h2"}
) | {
    name.casefold()
    for names in (calendar.month_name, calendar.month_abbr, calendar.day_name)
    for name in names
}
_OUTSIDE = re.compile(
    r"\b(predict\w*|forecast\w*|will (it|they|be|the)|next (year|month|week|quarter|day)|"
    r"in (the )?future|who (made|drew|wrote)|source of|should (i|we|they))\b"
)

_HANDLERS: tuple[Callable[[Asked], Answer | None], ...] = (
    changing.view_changes,
    lines.intersection,
    values.beyond,
    changing.change_between_moments,
    values.median,
    lines.best_curve,
    values.relation,
    changing.trend,
    changing.largest_change,
    lines.comparison,
    changing.net_change,
    changing.why,
    values.share,
    values.spread,
    values.extreme,
    values.total,
    values.missing,
    values.ordering,
    values.count,
    values.value_of,
)


def answer_about(view: View, question: str) -> Answer:
    """Answer a question about a plot in its present state.

    Args:
        view: The plot. What was last selected or zoomed to is what "here" means.
        question: In plain words, naming traces, bars, slices and periods as the chart does.

    Returns:
        The answer; one that says what can be asked when the question is not understood.

    Raises:
        InputError: No such plot, or nothing in view.
    """
    asked = ask_apart(view, question)
    if isinstance(asked, Answer):
        return asked
    stranger = _unknown_name(asked)
    if stranger is not None:
        return stranger
    if not _OUTSIDE.search(asked.words):
        for handles in _HANDLERS:
            answer = handles(asked)
            if answer is not None:
                return _without_cause(asked, answer)
    return Answer(f"I cannot tell from the chart. {_CAN}. {_shown(asked)}", understood=False)


def _without_cause(asked: Asked, answer: Answer) -> Answer:
    """An answer to "why" that says what the chart cannot say."""
    if not asked.has("why") or "no cause" in answer.text:
        return answer
    return replace(answer, text=f"{answer.text} The chart holds no cause.")


def _shown(asked: Asked) -> str:
    """What the chart shows, in a sentence."""
    figure = asked.view.session.figure(asked.view.plot_id)
    return f"The chart shows {among(list(named(asked.whole))) or title_of(figure) or 'points'}."


def _unknown_name(asked: Asked) -> Answer | None:
    """That the chart shows nothing of a name in the question, when it is a name.

    A name is what stands in quotes, or begins with a capital inside the sentence and is no word
    of the chart's titles.
    """
    figure = asked.view.session.figure(asked.view.plot_id)
    known = list(named(asked.whole))
    if len(known) < 2:
        return None
    titles = " ".join((title_of(figure), *(axis.title for axis in figure.axes().values())))
    told = " ".join((titles, *known, *(name for name, _ in asked.names))).casefold()
    quoted = re.findall(r"[\"“]([^\"”]+)[\"”]|(?<!\w)'([^']+)'(?!\w)", asked.question)
    names = [one or two for one, two in quoted]
    names += re.findall(r"(?<=[a-z,] )[A-Z][\w-]+", asked.question)
    for name in names:
        plain = name.casefold()
        if plain in told or plain in _NO_NAMES or asked.question.isupper():
            continue
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
        hint = f" Did you mean {among(near)}?" if near else ""
        return Answer(
            f"The chart shows nothing named {name!r}.{hint} {_shown(asked)}", understood=False
        )
    return None
