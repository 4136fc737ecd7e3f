"""The fifteen questions: their texts, their exact answers, and which ones a figure is asked.

FigureQA (Kahou et al., 2018), as iPlotBench uses it (2026, section 4.1).
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = [
    "FAMILIES",
    "FAMILIES_BY_MEANING",
    "NOBODY",
    "TEMPLATES",
    "Numbers",
    "Question",
    "area_under_curve",
    "ask_categories",
    "ask_lines",
    "balance",
    "exact_answer",
    "parse_question",
    "roughness",
]

NOBODY = "--None--"
"""What stands for the second name in a question about one thing."""

TEMPLATES: tuple[str, ...] = (
    "Is {0} the minimum?",
    "Is {0} the maximum?",
    "Is {0} less than {1}?",
    "Is {0} greater than {1}?",
    "Is {0} the low median?",
    "Is {0} the high median?",
    "Does {0} have the minimum area under the curve?",
    "Does {0} have the maximum area under the curve?",
    "Is {0} the smoothest?",
    "Is {0} the roughest?",
    "Does {0} have the lowest value?",
    "Does {0} have the highest value?",
    "Is {0} less than {1}?",
    "Is {0} greater than {1}?",
    "Does {0} intersect {1}?",
)
"""Text by question id. 0 to 5 are about bars and slices, 6 to 14 about lines."""

FAMILIES: Mapping[str, frozenset[int]] = {
    "aggregation": frozenset({0, 1, 10, 11, 12, 13}),
    "comparison": frozenset({2, 3, 4, 5}),
    "topology": frozenset({6, 7, 8, 9, 14}),
}
"""Families as iPlotBench's published code files the ids; its Table 7 is computed with these."""

FAMILIES_BY_MEANING: Mapping[str, frozenset[int]] = {
    "aggregation": frozenset({0, 1, 4, 5, 10, 11}),
    "comparison": frozenset({2, 3, 12, 13}),
    "topology": frozenset({6, 7, 8, 9, 14}),
}
"""Families as the paper's text describes them: extremes and medians, order, shape."""


@dataclass(frozen=True)
class Question:
    """One question with its answer.

    Attributes:
        id: 0 to 14, the place in `TEMPLATES`.
        first: The thing that is asked about.
        second: What it is compared with, or ``--None--``.
        answer: 1 for yes, 0 for no.
    """

    id: int
    first: str
    second: str
    answer: int

    @property
    def text(self) -> str:
        """The question in words."""
        return TEMPLATES[self.id].format(self.first, self.second)


@dataclass(frozen=True)
class Numbers:
    """The numbers behind a figure, by label in the order of drawing.

    Attributes:
        values: One number a label (bars and slices), or the values of a line.
        x: Positions that all lines share; empty for bars and slices.
    """

    values: Mapping[str, Sequence[float]]
    x: Sequence[float] = ()


# ── exact answers ───────────────────────────────────────────────────────────────────────────


def area_under_curve(x: Sequence[float], y: Sequence[float]) -> float:
    """Area by trapezes, in data units."""
    return sum((x[i + 1] - x[i]) * (y[i] + y[i + 1]) / 2 for i in range(len(x) - 1))


def roughness(x: Sequence[float], y: Sequence[float]) -> float:
    """Sum of the absolute changes of slope, in data units."""
    slopes = [(y[i + 1] - y[i]) / (x[i + 1] - x[i]) for i in range(len(x) - 1)]
    return sum(abs(b - a) for a, b in pairwise(slopes))


def _measures(numbers: Numbers) -> dict[int, dict[str, float]]:
    """What questions 6 to 11 compare, by the id of a question that asks for it."""
    x, lines = numbers.x, numbers.values
    return {
        6: {name: area_under_curve(x, y) for name, y in lines.items()},
        8: {name: roughness(x, y) for name, y in lines.items()},
        10: {name: min(y) for name, y in lines.items()},
        11: {name: max(y) for name, y in lines.items()},
    }


def _extremes(measure: Mapping[str, float]) -> tuple[str, str]:
    """Names of the least and the greatest: the first of equals, and the last of equals."""
    order = sorted(measure, key=measure.__getitem__)
    return order[0], order[-1]


def _below(numbers: Numbers, first: str, second: str) -> bool:
    """Whether one line is strictly below the other at every point."""
    pairs = zip(numbers.values[first], numbers.values[second], strict=True)
    return all(a < b for a, b in pairs)


def exact_answer(question: int, first: str, second: str, numbers: Numbers) -> int:
    """The answer by the exact numbers: 1 for yes, 0 for no.

    Args:
        question: Id of the question, 0 to 14.
        first: Label of what is asked about.
        second: Label of what it is compared with; not looked at by questions about one thing.
        numbers: The numbers of the figure.
    """
    values = numbers.values
    if question in (2, 3):
        a, b = values[first][0], values[second][0]
        return int(a < b if question == 2 else a > b)
    if question in (12, 13, 14):
        below, above = _below(numbers, first, second), _below(numbers, second, first)
        return int({12: below, 13: above, 14: not below and not above}[question])
    if question <= 5:
        order = sorted(values, key=lambda name: values[name][0])
        middle = len(order) // 2
        low = middle if len(order) % 2 else middle - 1
        return int(first == order[{0: 0, 1: -1, 4: low, 5: middle}[question]])
    measures = _measures(numbers)
    least, greatest = _extremes(measures[{6: 6, 7: 6, 8: 8, 9: 8, 10: 10, 11: 11}[question]])
    return int(first == (least if question in (6, 8, 10) else greatest))


_PATTERNS = tuple(
    (index, re.compile(re.escape(text).replace(r"\{0\}", "(.+)").replace(r"\{1\}", "(.+)")))
    for index, text in enumerate(TEMPLATES)
)


def parse_question(text: str, *, lines: bool) -> tuple[int, str, str] | None:
    """Id and names in a question's text, or None when it is none of the fifteen.

    Args:
        text: The question.
        lines: Whether it is about lines: "less than" and "greater than" are two questions.
    """
    for index, pattern in _PATTERNS:
        match = pattern.fullmatch(text.strip())
        if match and lines == (index >= 6):
            names = match.groups()
            return index, names[0], names[1] if len(names) > 1 else NOBODY
    return None


# ── which questions a figure is asked ───────────────────────────────────────────────────────


def _not_extreme(low: Sequence[float], high: Sequence[float]) -> tuple[int | None, int | None, int]:
    """Items for a "no": one above the least `low`, one below the greatest `high`.

    The search goes from the second item on and ends as soon as it has both, so that both are
    one item if it can be. Items that tie with the extreme are never taken. The third number is
    the item at which the search ended.
    """
    above: int | None = None
    below: int | None = None
    index = 0
    for index in range(1, len(low)):
        if low[index] > min(low):
            above = index
        if high[index] < max(high):
            below = index
        if above is not None and below is not None:
            break
    return above, below, index


def _one(question: int, name: str, answer: int) -> Question:
    return Question(question, name, NOBODY, answer)


def ask_categories(numbers: Numbers, chance: random.Random) -> list[Question]:
    """The questions about two or more bars or slices, at most twelve."""
    names = list(numbers.values)
    values = [numbers.values[name][0] for name in names]
    least, greatest = _extremes(dict(zip(names, values, strict=True)))
    above, below, last = _not_extreme(values, values)
    asked = [_one(0, least, 1), _one(1, greatest, 1)]
    if above is not None:
        asked.append(_one(0, names[above], 0))
    if below is not None:
        asked.append(_one(1, names[below], 0))
    asked += _order(names, values, last)
    order = sorted(range(len(names)), key=values.__getitem__)
    middle = len(order) // 2
    low, high = order[middle if len(order) % 2 else middle - 1], order[middle]
    asked += [_one(5, names[high], 1), _one(4, names[low], 1)]
    for question, median in ((5, high), (4, low)):
        other = chance.choice([i for i in range(len(names)) if i != median])
        asked.append(_one(question, names[other], 0))
    return asked


def _order(names: Sequence[str], values: Sequence[float], last: int) -> list[Question]:
    """Two neighbours, asked about in all four ways; equal ones are not asked about."""
    smaller, larger = sorted((last - 1, last), key=values.__getitem__)
    if values[smaller] == values[larger]:
        return []
    less, more = names[smaller], names[larger]
    return [
        Question(3, more, less, 1),
        Question(2, less, more, 1),
        Question(3, less, more, 0),
        Question(2, more, less, 0),
    ]


def ask_lines(numbers: Numbers, chance: random.Random) -> list[Question]:
    """The questions about two or more lines, at most eighteen."""
    names = list(numbers.values)
    measures = _measures(numbers)
    asked: list[Question] = []
    for least_id in (6, 8):
        measure = measures[least_id]
        least, greatest = _extremes(measure)
        sizes = [measure[name] for name in names]
        above, below, _ = _not_extreme(sizes, sizes)
        asked += [_one(least_id, least, 1), _one(least_id + 1, greatest, 1)]
        if above is not None:
            asked.append(_one(least_id, names[above], 0))
        if below is not None:
            asked.append(_one(least_id + 1, names[below], 0))
    lows, highs = measures[10], measures[11]
    above = next((i for i, n in enumerate(names) if i and lows[n] > min(lows.values())), None)
    below = next((i for i, n in enumerate(names) if i and highs[n] < max(highs.values())), None)
    asked.append(_one(10, _extremes(lows)[0], 1))
    if above is not None:
        asked.append(_one(10, names[above], 0))
    asked.append(_one(11, _extremes(highs)[1], 1))
    if below is not None:
        asked.append(_one(11, names[below], 0))
    return asked + _pairs(numbers, names, chance)


def _pairs(numbers: Numbers, names: Sequence[str], chance: random.Random) -> list[Question]:
    """Questions about two lines; a "no" to order is asked of lines that meet, and only of them."""
    ordered = [(a, b) for a in names for b in names if a != b]
    chance.shuffle(ordered)

    def first(fits: Callable[[str, str], bool]) -> tuple[str, str] | None:
        return next((pair for pair in ordered if fits(*pair)), None)

    less = first(lambda a, b: _below(numbers, a, b))
    more = first(lambda a, b: _below(numbers, b, a))
    meet = first(lambda a, b: not _below(numbers, a, b) and not _below(numbers, b, a))
    asked: list[Question] = []
    if less is not None and more is not None:
        asked += [Question(12, *less, 1), Question(13, *more, 1)]
    if meet is not None:
        asked += [Question(14, *meet, 1), Question(12, *meet, 0), Question(13, *meet, 0)]
    if less is not None:
        asked.append(Question(14, *less, 0))
    return asked


def balance(asked: Sequence[Sequence[Question]]) -> list[list[Question]]:
    """Drop answers that outnumber their opposite, per question id, from the first figure on.

    Every figure keeps at least one question, so a set of very few figures can stay unbalanced.

    Args:
        asked: The questions of each figure.
    """
    count = Counter((q.id, q.answer) for questions in asked for q in questions)
    kept: list[list[Question]] = []
    for questions in asked:
        mine: list[Question] = []
        left = len(questions)
        for question in questions:
            this, other = (question.id, question.answer), (question.id, 1 - question.answer)
            if count[this] > count[other] and left > 1:
                count[this] -= 1
                left -= 1
            else:
                mine.append(question)
        kept.append(mine)
    return kept
