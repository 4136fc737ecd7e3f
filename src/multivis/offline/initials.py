"""Initials and slips of the pen: "full-time equivalent" for FTE, "LE" for life expectancy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from multivis.offline.catalog import Catalog, Field
from multivis.offline.value_lists import Word
from multivis.offline.words import likeness

__all__ = ["corrected", "initial_mentions", "spelling"]

_SAID = 1.15  # as sure as a name of one word
_SMALL = frozenset({"of", "and", "the", "in", "per", "for"})


def initial_mentions(
    words: Sequence[Word], catalog: Catalog
) -> Iterator[tuple[float, int, int, Field]]:
    """Where a question writes the initials of a name out, or a name as its initials.

    Args:
        words: The words of the question.
        catalog: The schema.
    """
    spoken = [_parts(word.text) for word in words]
    shorts = {w.text: i for i, w in enumerate(words) if re.fullmatch(r"[A-Z]{2,5}", w.text)}
    for field in catalog:
        parts = [part for part in re.split(r"[\W_]+", field.name) if part]
        long = [part for part in parts if part.lower() not in _SMALL]
        made = "".join(part[0] for part in long).upper()
        if len(long) >= 2 and made in shorts:
            yield _SAID, shorts[made], shorts[made] + 1, field
        for part in parts:
            if not re.fullmatch(r"[A-Z]{3,5}", part) or part in shorts:
                continue
            for start in range(len(words)):
                end = _written_out(part.lower(), spoken, start)
                if end:
                    yield _SAID, start, end, field


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[-'’]", text.lower()) if part]


def _written_out(letters: str, spoken: Sequence[Sequence[str]], start: int) -> int:
    """One past the last word whose first letters these are, or 0."""
    place, end = 0, start
    while place < len(letters) and end < len(spoken):
        for part in spoken[end]:
            if part in _SMALL:
                return 0
            if place >= len(letters) or len(part) < 3 or part[0] != letters[place]:
                return 0
            place += 1
        end += 1
    return end if place == len(letters) and end > start else 0


def spelling(catalog: Catalog) -> frozenset[str]:
    """The words of all names of a schema."""
    known = {word for field in catalog for word in field.words}
    return frozenset(known | {w for entity in catalog.entities.values() for w in entity.words})


@lru_cache(maxsize=2_000)
def corrected(word: str, known: frozenset[str]) -> str:
    """The one known word that a word is a slip of the pen of; else the word itself.

    Two letters changed places, one is missing, too many or wrong, behind the same first letter,
    in words so long that another word is hardly meant.
    """
    if len(word) < 6 or not word.isalpha() or any(likeness(word, other) > 0 for other in known):
        return word
    near = [
        other for other in sorted(known)
        if other[0] == word[0] and len(other) >= 6 and abs(len(other) - len(word)) <= 1
        and _one_slip(word, other)
    ]  # fmt: skip
    return near[0] if len(near) == 1 else word


def _one_slip(one: str, other: str) -> bool:
    """Whether two letters swapped, or one letter more, less or else, make one word the other."""
    if len(one) == len(other):
        apart = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if len(apart) == 2 and apart[1] == apart[0] + 1:
            first, second = apart
            return one[first] == other[second] and one[second] == other[first]
        return len(apart) == 1 and len(one) >= 8
    short, long = sorted((one, other), key=len)
    return len(short) >= 7 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
