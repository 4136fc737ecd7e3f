"""Where the words of a name go on in a question: "residents per police officer", "grade points"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from multivis.offline.value_lists import Word as Token
from multivis.offline.words import CONNECTORS

__all__ = ["completes", "grouped_by", "groups_by", "joins", "spelt_apart"]


class Word(Token, Protocol):
    """A word of a question, and what surrounds it."""

    @property
    def stop(self) -> bool:
        """Whether it says little alone."""

    @property
    def comma(self) -> bool:
        """Whether a mark of punctuation stands before it."""


def spelt_apart(word: str, question: Sequence[Word], position: int) -> bool:
    """Whether two words of the question are one word of a name."""
    if len(word) < 6 or position + 1 >= len(question) or question[position + 1].comma:
        return False
    first, second = question[position], question[position + 1]
    return len(first.text) > 1 and len(second.text) > 1 and first.stem + second.stem == word


def completes(
    words: Sequence[str],
    question: Sequence[Word],
    cursor: int,
    covered: dict[int, float],
    matches: Sequence[Sequence[tuple[int, float]]],
) -> bool:
    """Whether the next word is the last one that a name of three words or more still lacks."""
    if len(words) < 3 or cursor >= len(question) or question[cursor].comma:
        return False
    if question[cursor - 1].comma or question[cursor - 1].stop:
        return False
    telling = [i for i, word in enumerate(words) if word not in CONNECTORS and i not in covered]
    found = {i for i, like in matches[cursor] if like >= 0.9}
    return len(telling) == 1 and telling[0] in found and telling[0] == len(words) - 1


def joins(
    words: Sequence[str],
    question: Sequence[Word],
    cursor: int,
    covered: dict[int, float],
    matches: Sequence[Sequence[tuple[int, float]]],
) -> bool:
    """Whether "and" stands between the two words that a name is made of, in their order."""
    if question[cursor].text.lower() != "and" or len(words) != 2 or cursor + 1 >= len(question):
        return False
    first, second = covered == {0: 1.0}, (1, 1.0) in matches[cursor + 1]
    return first and second


def grouped_by(question: Sequence[Word], last: int, cursor: int) -> bool:
    """Whether "by" or "per" stands between two words: what follows groups what was said."""
    return any(question[i].text.lower() in {"by", "per"} for i in range(last + 1, cursor))


_GROUPING = frozenset({"by", "per", "each", "every"})


def groups_by(words: Sequence[str], question: Sequence[Word], position: int, like: float) -> bool:
    """ "by title", "per size": a word that says nothing alone is a column behind these."""
    return (
        len(words) == 1
        and like == 1.0
        and position > 0
        and question[position - 1].text.lower() in _GROUPING
        and not question[position].comma
        and not question[position].text.isdigit()
    )
