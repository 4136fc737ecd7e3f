"""Lists of values: what stands beside a value behind "and" or a comma is one of its column too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from multivis.offline.catalog import Field
from multivis.offline.words import likeness, stem, tokens

__all__ = ["Found", "Word", "listed_values"]

Found = tuple[int, int, Field, object, float]
"""First token, one past the last, column, value, how sure."""

_LINKS = frozenset({"and", "or", "vs", "versus", "with", "nor"})
_FILLERS = frozenset({"the", "in", "for", "on", "from", "of", "a", "an", "those"})
_FEW = 30
_LISTED = 0.6


class Word(Protocol):
    """A token of a question."""

    @property
    def text(self) -> str:
        """As it is written."""

    @property
    def stem(self) -> str:
        """Its singular in lower case."""

    @property
    def start(self) -> int:
        """First character."""

    @property
    def end(self) -> int:
        """One past the last character."""


def listed_values(
    question: str,
    words: Sequence[Word],
    found: Sequence[Found],
    loose: Iterable[tuple[int, int, Field, object]],
) -> list[Found]:
    """Values that stand in a list with a value of the same column.

    Args:
        question: The text of the words.
        words: Its tokens.
        found: Values that are sure.
        loose: Values that are written so, but would be no values by themselves; two of them in
            one list are.

    Returns:
        What `found` lacks.
    """
    known = {(start, field.key) for start, _, field, _, _ in found}
    made: list[Found] = []
    open_ends = [(start, end, field) for start, end, field, _, _ in found]
    for start, end, field, value in loose:
        mate = _beside(question, words, start, end, field, exact=True)
        if mate and (start, field.key) not in known:
            known.add((start, field.key))
            made.append((start, end, field, value, _LISTED))
            open_ends.append((start, end, field))
    while open_ends:
        start, end, field = open_ends.pop()
        for first, last, value in _beside(question, words, start, end, field, exact=False):
            if (first, field.key) not in known:
                known.add((first, field.key))
                made.append((first, last, field, value, _LISTED))
                open_ends.append((first, last, field))
    return made


def _beside(
    question: str, words: Sequence[Word], start: int, end: int, field: Field, *, exact: bool
) -> list[tuple[int, int, object]]:
    """The values of the column before and behind a place of a list."""
    column = field.column
    if not field.is_category or column.distinct is None or column.distinct > _FEW:
        return []
    found = []
    left = _step(question, words, start - 1, -1)
    right = _step(question, words, end, 1)
    for place, step in ((left, -1), (right, 1)):
        if place is None:
            continue
        for value in column.samples:
            size = _matches(words, place, step, value, exact=exact)
            if size:
                first = place if step > 0 else place - size + 1
                found.append((first, first + size, value))
                break
    return found


def _step(question: str, words: Sequence[Word], place: int, step: int) -> int | None:
    """The place of the next thing of a list, over its comma or "and", or None."""
    linked = False
    for _ in range(4):
        if not 0 <= place < len(words):
            return None
        near, far = (place - 1, place) if step > 0 else (place, place + 1)
        gap = question[words[near].end : words[far].start] if near >= 0 and far < len(words) else ""
        if re.search(r"[^\s,/]", gap):
            return None
        linked = linked or bool(re.search(r"[,/]", gap))
        word = words[place].text.lower()
        if word in _LINKS:
            linked = True
        elif word not in _FILLERS or (step > 0 and not linked):
            return place if linked else None
        place += step
    return None


def _matches(words: Sequence[Word], place: int, step: int, value: object, *, exact: bool) -> int:
    """How many words at a place are the value, 0 for none."""
    if not isinstance(value, str) or not 1 < len(value) <= 60:
        return 0
    parts = [text.lower() for text, _, _ in tokens(value)]
    size = len(parts)
    first = place if step > 0 else place - size + 1
    if not size or first < 0 or first + size > len(words):
        return 0
    said = words[first : first + size]
    if [word.text.lower() for word in said] == parts:
        return size
    if [word.stem for word in said] == [stem(part) for part in parts]:
        return size
    family = size == 1 and len(parts[0]) > 3 and not exact
    return int(family and likeness(said[0].stem, stem(parts[0])) >= 0.9)
