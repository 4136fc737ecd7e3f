"""Two figures of one number: "the lowest and the highest price", and what the asker calls them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from multivis.offline.concepts import Concept
from multivis.offline.words import likeness, split_name, stem

__all__ = ["FIGURES", "TWIN", "read_figure_pairs", "told_by_colour", "told_names"]

TWIN = "twin"
"""The role of two figures of one number."""

FIGURES = {
    "sum": "Total", "avg": "Average", "min": "Minimum", "max": "Maximum", "median": "Median",
}  # fmt: skip

_WORDS = {
    "sum": "total|sum|summed|combined|overall",
    "avg": "average|mean|avg|typical",
    "median": "median",
    "max": "maximum|max|highest|largest|biggest|greatest|peak|top|longest|best",
    "min": "minimum|min|lowest|smallest|least|shortest|worst",
}
_ANY = "|".join(_WORDS.values())
_PAIR = re.compile(
    rf"\b({_ANY}) (?:and|&|as well as|plus|versus|vs\.?|against|or)(?: the)? ({_ANY})"
    r"(?: value| amount)?(?: of)?(?: the| all| their| its)? \[(\d+)\]"
)


def _figure(word: str) -> str:
    return next(name for name, words in _WORDS.items() if word in words.split("|"))


def read_figure_pairs(text: str, concepts: list[Concept | None]) -> str:
    """The skeleton, with a concept of its own for each figure of "minimum and maximum [price]"."""

    def read(found: re.Match[str]) -> str:
        concept = concepts[int(found.group(3))]
        column = concept.field if concept is not None else None
        first, second = _figure(found.group(1)), _figure(found.group(2))
        if concept is None or column is None or not column.is_measure or first == second:
            return found.group(0)
        concept.aggregate = second
        concept.roles |= {"measure", TWIN}
        roles = {"measure", TWIN}
        made = Concept(concept.candidate, concept.order, first, roles=roles, text=concept.text)
        concepts.append(made)
        return f"[{len(concepts) - 1}] and [{found.group(3)}]"

    return _PAIR.sub(read, text)


_LINES = re.compile(r"\[(\d+)\] (?:as|with|in) (?:[a-z]+ )?colou?red (?:lines|curves|areas)\b")


def told_by_colour(text: str, concepts: Sequence[Concept | None]) -> None:
    """ "Income and spending in two colours": the colours say which number it is, none shows one.

    Nor do they show the years in "sales over the years as coloured lines".
    """
    for found in _LINES.finditer(text):
        time = concepts[int(found.group(1))]
        if time is not None and time.field is not None and time.field.is_time:
            time.roles.discard("color")
    numbers = [
        c for c in concepts
        if c is not None and c.field is not None and c.field.is_measure and not c.field.is_time
        and "color" in c.roles and not c.roles & {"x", "size"}
    ]  # fmt: skip
    tables = {c.table for c in numbers}
    if len({c.candidate.label for c in numbers}) >= 2 and len(tables) == 1:
        for concept in numbers:
            concept.roles.discard("color")


_QUOTED = r"(?:\"([^\"]{1,40})\"|“([^”]{1,40})”|(?<!\w)'([^']{1,40})'(?!\w)|‘([^’]{1,40})’)"
_QUOTES = re.compile(rf"{_QUOTED}(?:(?:,? and|,| or|,? &|/) {_QUOTED})+")
_CALLED = re.compile(
    r"\b(?:call|name|label)(?:ed|led|ing)? (?:them|these|the (?:two|lines|bars|series))? ?"
    r"([a-z][\w-]+(?: [\w-]+)?) and ([a-z][\w-]+(?: [\w-]+)?)(?=[).,;!?]|$)",
    re.IGNORECASE,
)


def told_names(question: str, names: Sequence[str]) -> list[str]:
    """What the asker calls measures, in their order; the given names where nothing is told.

    Args:
        question: The question with its quotes.
        names: What the measures are called otherwise.
    """
    for found in _QUOTES.finditer(question):
        said = [next(p for p in m if p) for m in re.findall(_QUOTED, found.group(0))]
        if len(said) == len(names):
            return _in_order(said, names)
    called = _CALLED.search(question) if len(names) == 2 else None
    if called is not None:
        return _in_order([word[:1].upper() + word[1:] for word in called.groups()], names)
    return list(names)


def _in_order(said: Sequence[str], names: Sequence[str]) -> list[str]:
    """What was said, each at the place of the name that it is most like."""

    def alike(one: str, other: str) -> int:
        return sum(
            any(likeness(stem(a), b) >= 0.75 for b in split_name(other)) for a in split_name(one)
        )

    rest, made = list(said), [""] * len(names)
    pairs = sorted(
        ((-alike(word, name), i, j) for i, word in enumerate(said) for j, name in enumerate(names)),
    )
    for likes, i, j in pairs:
        if likes and not made[j] and said[i] in rest:
            made[j] = said[i]
            rest.remove(said[i])
    return [name or rest.pop(0) for name in made]
