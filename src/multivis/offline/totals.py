"""Comparisons whose number no column beside it explains: they are about what is drawn.

"Leave out those with 1000 hours or more", "only counties with over 20,000 students", "whose total
is above 500", "ordered more than once".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from multivis.charts.demands.words import COLOUR_PATTERN
from multivis.offline.left_out import is_left_out, opposite
from multivis.offline.plan import Filter

if TYPE_CHECKING:
    from multivis.offline.concepts import Concept

__all__ = ["OF_ALL", "of_drawn", "times_met"]

_TIMES = re.compile(
    r"\b(?:(?P<more>more than|over)|(?P<least>at least|no less than|not less than)|"
    r"(?P<less>less than|fewer than|under)|(?P<most>at most|up to|no more than|not more than)|"
    r"(?P<only>only|just|exactly)) "
    r"(?:(?P<word>once|twice|thrice)|(?P<n>\d{1,4}|two|three|four|five|six|ten) times)\b"
    r"|\b(?:(?P<word2>once|twice|thrice)|(?P<n2>\d{1,4}|two|three|four|five|six|ten) times) or "
    r"(?P<way>more|less|fewer)\b"
)
_WORDS = {"once": 1, "twice": 2, "thrice": 3, "two": 2, "three": 3, "four": 4, "five": 5,
          "six": 6, "ten": 10}  # fmt: skip
_OPERATORS = {"more": ">", "least": ">=", "less": "<", "most": "<=", "only": "="}
_ASKS = re.compile(
    r"\b(?:only|just|which|who|that|leav\w+|ignor\w+|exclud\w+|omit\w*|skip\w*|drop\w*|remov\w+|"
    r"limit\w*|restrict\w*|keep\w*|includ\w+)\b"
)
# "10 times more", "three times as many": ratios, no numbers of rows
_RATIO = re.compile(r" (?:as|the|more|less|higher|lower|larger|bigger|faster|a|an|per|each)\b")

OF_ALL = re.compile(
    r"\b(?:those|the one|ones|them|whose|anything|everything|anyone|any) (?:(?!\[)[a-z'-]+ ){0,5}$"
)
"""What stands before a number that is compared with the total of a group."""

_THING = re.compile(
    r"\[(?:\d+\+)*(\d+)\](?: (?:with|which|that|who|where|whose|having|have|has|had|of|at|is|are|"
    r"was|were|reach|reached|reaching|totall?ing|total|a|an|the|sum|make|made|get|got))* $"
)
_SHARED_WORDS = re.compile(
    r" ?(?:%|percent|bins?|px|decimals?|digits?|characters?|letters?|bars|categories|groups|"
    r"colou?rs|lines|points in|degrees|years? old|rows|columns|\[)"
)


def times_met(sentence: str) -> list[Filter]:
    """ "[Products] that were ordered more than once", "at least three times": a number of rows."""
    for found in _TIMES.finditer(sentence):
        before = sentence[: found.start()]
        if _RATIO.match(sentence, found.end()) or not _ASKS.search(before):
            continue
        said = found["word"] or found["n"] or found["word2"] or found["n2"]
        number = _WORDS.get(said) or int(said)
        kind = next((name for name in _OPERATORS if found[name]), "")
        operator = _OPERATORS[kind] if kind else (">=" if found["way"] == "more" else "<=")
        if is_left_out(before):
            operator = ">" if operator == "=" else opposite(operator)
        return [Filter("", "", operator, (number,), aggregate="count")]
    return []


def of_drawn(
    sentence: str,
    compared: Sequence[tuple[int, int, str, float | int]],
    concepts: Sequence[Concept | None],
    made: Sequence[Filter],
) -> list[Filter]:
    """Comparisons of the one number that is drawn, where the words beside them name no other.

    Args:
        sentence: One sentence of the skeleton.
        compared: Its comparisons: first character, one past the last, operator, number.
        concepts: By placeholder number.
        made: The conditions that are known already.
    """
    used = {value for condition in made for value in condition.values}
    drawn = _drawn(concepts)
    if drawn is None:
        return []
    found = []
    for start, end, operator, value in compared:
        before = sentence[:start]
        if value in used or COLOUR_PATTERN.search(sentence[end : end + 22]):
            continue  # "those with more than 300 in orange"
        people = re.match(r" \[(\d+)\]", sentence[end:])  # "the one with over 400 [people]"
        named = concepts[int(people.group(1))] if people is not None else None
        loose = named is not None and named.field is None and OF_ALL.search(before)
        if _SHARED_WORDS.match(sentence, end) and not loose:
            continue
        thing = _THING.search(before)
        concept = concepts[int(thing.group(1))] if thing is not None else None
        grouped = concept is not None and not _is_amount(concept)
        if not grouped and not OF_ALL.search(before):
            continue
        if is_left_out(before) or re.search(
            r"\b(?:leav|ignor|exclud|omit|skip|drop|remov)\w* (?:out )?(?:\S+ ){0,5}$", before
        ):
            operator = opposite(operator)
        if drawn.is_count:
            found.append(Filter("", "", operator, (value,), aggregate="count"))
        elif drawn.field is not None:
            how = drawn.aggregate if drawn.aggregate in {"sum", "avg", "median"} else ""
            found.append(
                Filter(*drawn.field.key, operator, (value,), aggregate=how,
                       numeric_text=drawn.field.numeric_text)
            )  # fmt: skip
    return found


def _is_amount(concept: Concept) -> bool:
    column = concept.field
    return column is not None and column.is_measure and not column.is_time


def _drawn(concepts: Sequence[Concept | None]) -> Concept | None:
    """The one number that the question measures, or None where there are several or none."""
    measured: dict[str, Concept] = {}
    for concept in concepts:
        if concept is None or not (concept.roles & {"measure", "order", "y"} or concept.aggregate):
            continue
        if concept.is_count or _is_amount(concept):
            measured.setdefault(concept.candidate.label, concept)
    if not measured:  # "which shops have the most [staff]"
        amounts = [c for c in concepts if c is not None and _is_amount(c)]
        measured = {c.candidate.label: c for c in amounts}
    return next(iter(measured.values())) if len(measured) == 1 else None
