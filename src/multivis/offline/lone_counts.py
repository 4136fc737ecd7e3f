"""Counts that would be 1 everywhere: a thing is not counted by its own name.

"Which airlines do the most flying?": every airline is one row of its table, so that counting
airlines by airline tells nothing. What belongs to each of them is meant.
"""

from __future__ import annotations

import re

from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept, Reading
from multivis.offline.linking import Candidate
from multivis.offline.parts import Parts
from multivis.offline.words import humanise, in_plural, in_singular, likeness, stem

__all__ = ["count_what_belongs"]

_COUNTING = frozenset({"", "bar", "arc", "lollipop"})
_COUNTED = re.compile(r"\b(?:how many|numbers?|count\w*|tally|headcount|frequenc\w+)\b")
_ALIKE = 0.75


def count_what_belongs(parts: Parts, reading: Reading, catalog: Catalog) -> None:
    """Count the rows that belong to each thing where the things would be counted by themselves.

    The table that a word of the question speaks of is taken, else the only one whose rows belong
    to the things. Where several could be meant the count stays, and it is told that it says
    nothing.

    Args:
        parts: The parts of the chart; a count is added to `measures`.
        reading: The question; what is taken for granted is added to its assumptions.
        catalog: The schema.
    """
    if reading.kind.family not in _COUNTING or len(parts.dimensions) != 1 or parts.measures:
        return
    thing = parts.dimensions[0]
    if _COUNTED.search(reading.skeleton):
        return  # the question says what it counts
    if reading.filters or reading.compared or not _is_one_row(thing, catalog):
        return
    name = in_singular(humanise(thing.table).lower())
    found = _belonging(thing, reading, catalog)
    if len(found) != 1:
        reading.assumptions.append(
            f"Each {name} is one row of the data, so that every count is 1; say what to count."
        )
        return
    entity = catalog.entities[found[0]]
    parts.measures = [
        Concept(Candidate(0.7, entity=entity), 98, aggregate="count", roles={"measure"},
                text=entity.table.name)
    ]  # fmt: skip
    reading.assumptions.append(
        f"Each {name} is one row of the data; its {in_plural(humanise(entity.table.name).lower())} "
        "are counted."
    )


def _is_one_row(thing: Concept, catalog: Catalog) -> bool:
    """Whether each group is one row of its table."""
    rows = catalog.entities[thing.table].table.row_count
    shown = catalog.display(thing.table)
    if thing.field is not None and (thing.field.column.primary_key or thing.field == shown):
        shown = thing.field
    elif thing.field is not None:
        return False
    if shown is None or not rows or rows < 3 or thing.cases:
        return False
    return shown.column.primary_key or (shown.column.distinct or 0) >= rows


def _belonging(thing: Concept, reading: Reading, catalog: Catalog) -> list[str]:
    """Tables whose rows belong to the things: those spoken of, else all."""
    tables = list(dict.fromkeys(
        k.table for k in catalog.schema.foreign_keys
        if k.to_table == thing.table and k.table != thing.table
    ))  # fmt: skip
    said = {stem(word) for word in re.findall(r"[^\W\d_]{4,}", reading.body.lower())}
    spoken = [
        table for table in tables
        if any(likeness(word, own) >= _ALIKE for word in said
               for own in catalog.entities[table].words
               if own not in catalog.entities[thing.table].words)
    ]  # fmt: skip
    return spoken or tables
