"""Which things a question counts: shares of them, the most of them, how many hold something."""

from __future__ import annotations

import re
from collections.abc import Sequence

from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept
from multivis.offline.linking import Candidate
from multivis.offline.words import stem

__all__ = ["count_things"]

_PART_OF = re.compile(
    r"\b(?:proportion|share|percentage|percent|fraction)s? of (?:all )?(?:the )?\[(\d+)\]"
    r"(?! (?:who|that|which|whose|with|is|are|was|were|\{v\}))"
)
_GROUPING = frozenset({"dimension", "x", "color", "row", "column", "facet"})


_MOST_OF = re.compile(
    r"(?<!for )(?<!of )(?<!at )\b(?:the )?(?:most|fewest) \[(\d+)\]"
    r"(?! (?:is|are|was|were|that|who|which|with)\b)"
    r"|\b(?:that|which) (?:the )?(?:most|fewest) \[(\d+)\] (?!\[)[a-z]+"
)


def count_things(text: str, concepts: list[Concept | None], catalog: Catalog) -> None:
    """Things whose share or number is asked for are counted.

    "The proportion of [games] for each [league]" counts games; "the number of [injuries] per
    [season]" counts the rows that hold an injury, where something else makes the groups.
    """
    for found in _PART_OF.finditer(text):
        concept = concepts[int(found.group(1))]
        if concept is not None and concept.field is None and not concept.aggregate:
            concept.aggregate = "count"
            concept.roles.add("measure")
    for found in _MOST_OF.finditer(text):
        most = concepts[int(found.group(1) or found.group(2))]
        if most is None or most.aggregate or most.roles & _GROUPING:
            continue
        if most.field is None or most.field.is_category:
            _count_rows(most, concepts, catalog)  # "which colleges have the most players"
    present = [c for c in concepts if c is not None]
    for concept in present:
        column = concept.field
        if column is None or concept.aggregate != "count" or column.is_measure:
            continue
        if concept.roles & _GROUPING:
            continue
        if column.is_time:  # "the number of completions": rows, whose dates make groups
            _count_rows(concept, concepts, catalog)
            continue
        label = concept.candidate.label
        groups = [
            c for c in present
            if c is not concept and not c.aggregate and c.candidate.label != label
            and (c.roles & {"dimension", "x", "color"} or (c.field and c.field.is_time))
        ]  # fmt: skip
        plain = [
            c for c in present
            if c is not concept and c.candidate.label == label and not c.aggregate
            and stem(c.text) != stem(concept.text)
        ]  # fmt: skip
        if groups or plain:
            _count_rows(concept, concepts, catalog)
            for other in present:
                if other.candidate.label == label and stem(other.text) == stem(concept.text):
                    _count_rows(other, concepts, catalog)


def _count_rows(concept: Concept, others: Sequence[Concept | None], catalog: Catalog) -> None:
    """Let a concept stand for the number of rows of its table."""
    table = _thing_itself(concept, others, catalog)
    concept.candidate = Candidate(concept.candidate.score, entity=catalog.entities[table])
    concept.aggregate = "count"
    concept.roles.add("measure")


def _thing_itself(concept: Concept, others: Sequence[Concept | None], catalog: Catalog) -> str:
    """The table whose rows are counted: what a reference refers to, where the question speaks of
    columns of that ("the number of [games] in each [season]" of games)."""
    column = concept.field
    if column is None or not column.refers:
        return concept.table
    for key in catalog.schema.foreign_keys:
        if (key.table, key.column) != column.key or key.to_table not in catalog.entities:
            continue
        named = set(catalog.entities[key.to_table].words) <= set(column.words)
        spoken = [c for c in others if c is not None and c.field is not None and c is not concept]
        own = any(c.table == key.table and c.field is not column for c in spoken)
        if named and not own and any(c.table == key.to_table for c in spoken):
            return key.to_table
    return concept.table
