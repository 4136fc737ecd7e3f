"""Other words for the values of columns: genders, and long names said without their last word."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from multivis.offline.catalog import Field
from multivis.offline.words import tokens

__all__ = [
    "FACING",
    "GENDERS",
    "flag_labels",
    "gender_values",
    "opposite",
    "shortened",
    "spoken_labels",
]

GENDERS = {
    "female": "f", "woman": "f", "girl": "f", "male": "m", "man": "m", "boy": "m",
}  # fmt: skip
_YES = frozenset({"t", "true", "y", "yes", "1"})
_NO = frozenset({"f", "false", "n", "no", "0"})


def gender_values(gender: str, column: Field) -> list[str]:
    """The values of a column that stand for a gender (``"f"`` or ``"m"``).

    A column of genders starts them with that letter; a column called "is male" says yes or no.
    """
    values = [v for v in column.column.samples if isinstance(v, str)]
    words = set(column.words)
    if {"gender", "sex"} & words:
        return [v for v in values if v.lower()[:1] == gender]
    own = {"male": "m", "man": "m", "female": "f", "woman": "f"}
    said = {own[word] for word in words & set(own)}
    if len(said) != 1 or (column.column.distinct or 9) > 2 or len(values) != 2:
        return []
    wanted = _YES if gender in said else _NO
    if not all(v.lower() in _YES | _NO for v in values):
        return []
    return [v for v in values if v.lower() in wanted]


_FLAG_LEADS = frozenset({"is", "has", "was", "are"})
_ADJECTIVES = ("ed", "able", "ible", "ive", "ful")
_NAMED = {"male": ("Male", "Female"), "female": ("Female", "Male")}


def opposite(word: str) -> str:
    """The other side of an adjective: "available" of "unavailable", and the other way round."""
    return word[2:] if word.startswith("un") and len(word) > 5 else f"un{word}"


def flag_labels(column: Field) -> tuple[tuple[Any, str], ...]:
    """What a column of yes and no says in words: ("T", "Male"), ("F", "Female"); else nothing.

    As a convention of the field, 1 and 0 and T and F are written out in a chart, while "M" and
    "F" or "Yes" and "No" stand as they are.
    """
    values = list(dict.fromkeys(column.column.samples))
    if not values:
        values = [v for v in (column.column.maximum, column.column.minimum) if v is not None]
    texts = {str(v).lower().removesuffix(".0") for v in values}
    if len(values) != 2 or texts not in ({"0", "1"}, {"t", "f"}, {"true", "false"}):
        return ()
    words = [word for word in column.words if word not in _FLAG_LEADS]
    if not words or (column.column.distinct or 2) > 2:
        return ()
    last = words[-1]
    adjective = len(words) < len(column.words) or last.endswith(_ADJECTIVES)
    adjective = adjective or not opposite(last).startswith("un")
    if "0" in texts and not adjective and last not in _NAMED:
        return ()  # a number that happens to be small
    yes = next(v for v in values if str(v).lower().removesuffix(".0") in _YES)
    no = next(v for v in values if v != yes)
    said = " ".join(words)
    other = f"Not {said}"
    if len(words) == 1 and words[0].startswith("un"):
        other = opposite(words[0]).capitalize()
    named = _NAMED.get(said, (said.capitalize(), other))
    return ((yes, named[0]), (no, named[1]))


FACING = {"full": "part", "open": "closed", "active": "inactive", "permanent": "temporary"}


def spoken_labels(labels: tuple[tuple[Any, str], ...], body: str) -> tuple[tuple[Any, str], ...]:
    """The labels of yes and no as the question says them: "Unofficial" for "Not official"."""
    if len(labels) != 2 or not labels[1][1].startswith("Not "):
        return labels
    (yes, said), (no, _) = labels
    words = said.lower().split()
    facing = FACING.get(words[0], "")
    others = [rf"(?:un|in|im|non-?){words[0]}", *([facing] if facing else [])]
    for other in others:
        pattern = r"\b" + r"[- ]".join([other, *map(re.escape, words[1:])]) + r"\b"
        found = re.search(pattern, body, re.IGNORECASE)
        same = re.search(r"\b" + r"[- ]".join(map(re.escape, words)) + r"\b", body, re.IGNORECASE)
        if found is not None:
            pair = [same.group(0) if same is not None else said, found.group(0)]
            if words[-1] == "time":  # "Full-time"
                pair = [text.replace(" ", "-") for text in pair]
            first, second = (text[:1].upper() + text[1:] for text in pair)
            return (yes, first), (no, second)
    return labels


def shortened(
    pairs: Iterable[tuple[Field, str]],
) -> dict[tuple[str, ...], list[tuple[Field, object]]]:
    """Values of three words or more by what remains without the last one ("Hull Old Town" for
    "Hull Old Town Hospital"), where no other value of the column starts so."""
    found: dict[tuple[str, ...], list[tuple[Field, object]]] = {}
    starts: dict[tuple[str, str, tuple[str, ...]], set[str]] = {}
    kept: list[tuple[Field, str, tuple[str, ...]]] = []
    for column, value in pairs:
        key = tuple(text.lower() for text, _, _ in tokens(re.sub(r"(?<=\w)-(?=\w)", " ", value)))
        for length in range(2, len(key)):
            starts.setdefault((*column.key, key[:length]), set()).add(value)
        if len(key) >= 3:
            kept.append((column, value, key[:-1]))
    for column, value, key in kept:
        if len(starts[(*column.key, key)]) == 1:
            found.setdefault(key, []).append((column, value))
    return found
