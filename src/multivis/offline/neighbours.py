"""When two neighbours in a question are one thing: "party names", "youngest and oldest"."""

from __future__ import annotations

import re

from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept
from multivis.offline.words import stem

__all__ = [
    "EXTREMES", "apart_from_each", "drop_owners", "is_thing_of", "names_of", "range_of",
]  # fmt: skip

EXTREMES = re.compile(r"\[(\d+)\](?:,| and| to|, and) (?:the )?\[(\d+)\]")
_LOWEST = frozenset({"youngest", "shortest", "lightest", "cheapest", "slowest", "smallest"})
_HIGHEST = frozenset(
    {"oldest", "longest", "tallest", "heaviest", "dearest", "fastest", "largest", "biggest"}
)


def range_of(found: re.Match[str], concepts: list[Concept | None]) -> str:
    """ "the youngest and the oldest [captain]": the range of one number."""
    left, right = (concepts[int(number)] for number in found.groups())
    if left is None or right is None or left.field is None or left.field is not right.field:
        return found.group(0)
    said = {left.text.lower().split()[-1], right.text.lower().split()[-1]}
    if not left.field.is_measure or not (said & _LOWEST and said & _HIGHEST):
        return found.group(0)
    left.aggregate = "range"
    left.roles.add("measure")
    concepts[int(found.group(2))] = None
    return f"[{found.group(1)}]"


_NAME_NOUNS = frozenset({"name", "label"})


def names_of(left: Concept, right: Concept) -> bool:
    """ "The [party] [names]": the parties, where a column holds them."""
    column = left.field
    bare = {stem(word) for word in right.text.lower().split()} <= _NAME_NOUNS
    if column is None or not (column.is_category or column.refers):
        return False
    return bool(
        bare and right.field is not None
        and not left.aggregate and not right.aggregate
        and not (left.table == right.table and {*column.words, "name"} <= set(right.field.words))
    )  # fmt: skip


def is_thing_of(left: Concept, right: Concept, catalog: Catalog) -> bool:
    """ "[Project] [hours]": hours of the projects, which another column only refers to."""
    column = left.field
    if column is None or not column.refers or right.field is None or not right.field.is_measure:
        return False
    return not left.aggregate and any(
        (key.table, key.column) == column.key and key.to_table == right.table
        for key in catalog.schema.foreign_keys
    )


_PLACED = re.compile(
    r" (?:on|along|across|up|down) (?:the )?(?:[xy]\b|horizontal|vertical|bottom|side|left)|"
    r" (?:horizontally|vertically|across|up(?:wards?)?|down)\b(?! \[)"
)
_OWNED = re.compile(r"\[((?:\d+\+)*)(\d+)\] of \[(\d+)\](?! (?:with|who|that|whose|where|\{v\}))")


def drop_owners(text: str, concepts: list[Concept | None]) -> str:
    """ "The year of the [exhibition] along x": the year is along x."""

    def drop(found: re.Match[str]) -> str:
        column, owner = concepts[int(found.group(2))], concepts[int(found.group(3))]
        if column is None or owner is None or column.field is None or owner.field is not None:
            return found.group(0)
        same = column.table == owner.table and not owner.aggregate
        if not owner.aggregate and column.aggregate in {"avg", "sum", "min", "max", "median"}:
            same = same or bool(_PLACED.match(found.string, found.end()))
        return f"[{found.group(1)}{found.group(2)}]" if same else found.group(0)

    return _OWNED.sub(drop, text)


_EACH = re.compile(r"\b(each|every|per) \[(\d+)\], \[(\d+)\]")
_AGAINST = re.compile(r"\[(\d+)\] (?:versus|vs\.?|against|over|by) \[(\d+)\]")
_OF_EACH = re.compile(
    r"\b(?:to|in|at|on|for|of|with|from|by|per|has|have|had|does|do) each(?: one| of them)?"
    r"(?=[,.;:?!)]|$)|\bapiece\b"
)


def apart_from_each(text: str, concepts: list[Concept | None]) -> str:
    """The skeleton, where what is counted for each thing makes no list with it.

    "For each [shop], [how many orders]" is no list, nor is "a dot per [shop], [area] across". In
    "[team] vs. [number of players]" and "[shops] and [how many orders] go to each" the teams and
    the shops are the groups.
    """

    def apart(found: re.Match[str]) -> str:
        group, number = concepts[int(found.group(2))], concepts[int(found.group(3))]
        if group is None or number is None or group.aggregate:
            return found.group(0)
        own = group.field is None and number.field is not None and number.field.is_measure
        if not number.aggregate and not (own and number.table == group.table):
            return found.group(0)
        return f"{found.group(1)} [{found.group(2)}] : [{found.group(3)}]"

    text = _EACH.sub(apart, text)
    for found in _AGAINST.finditer(text):
        group, number = concepts[int(found.group(1))], concepts[int(found.group(2))]
        if group is None or number is None or not number.is_count or group.aggregate:
            continue
        column = group.field
        if column is None or not column.is_measure or column.refers:
            group.roles.add("dimension")
    for found in _OF_EACH.finditer(text):
        start = max(text.rfind(end, 0, found.start()) for end in (". ", "? ", "! ")) + 1
        before = [int(n) for n in re.findall(r"\[(\d+)\]", text[start : found.start()])]
        counted = [n for n in before if (c := concepts[n]) is not None and c.is_count]
        groups = [
            c for n in before
            if (c := concepts[n]) is not None and not c.aggregate
            and (not counted or n < counted[-1]) and (c.field is None or c.field.is_category)
        ]  # fmt: skip
        if counted and len(groups) == 1:
            groups[0].roles.add("dimension")
    return text
