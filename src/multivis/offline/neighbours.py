"""When two neighbours in a question are one thing: "party names", "youngest and oldest"."""

from __future__ import annotations

import re

from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept
from multivis.offline.words import stem

__all__ = ["EXTREMES", "is_thing_of", "names_of", "range_of"]

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
