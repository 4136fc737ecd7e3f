"""Concepts of a question that take no part in its chart."""

from __future__ import annotations

import re

from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept, Reading
from multivis.offline.listed_groups import (
    STRONG,
)
from multivis.offline.parts import Parts, is_category

__all__ = [
    "drop_counted_groups",
    "drop_keys_of_names",
    "drop_same_thing",
    "drop_unlisted",
    "drop_weak",
    "is_bystander",
    "only_spoken_of",
]


_TOLD_APART = frozenset({"color", "row", "column", "facet", "shape"})
_MOST_SERIES = 20  # more lines than this cannot be told apart


def drop_weak(parts: Parts) -> None:
    """A category that is only touched on gives way to those that have a place."""
    placed = [c for c in parts.dimensions if c.roles & STRONG]
    if not placed:
        return
    along = [c for c in placed if c.roles & {"x", "y"} or not c.roles & _TOLD_APART]
    parts.dimensions = [
        c for c in parts.dimensions
        if c.roles & STRONG or (c.candidate.score >= 0.9 and (len(placed) < 2 or not along))
    ]  # fmt: skip


def drop_same_thing(parts: Parts, catalog: Catalog) -> None:
    """ "Project codes on y, hours of each project": the code stands for the project already."""
    placed = [
        c for c in parts.dimensions
        if c.field is not None and c.roles & {"x", "y", "row", "column", "facet"}
    ]  # fmt: skip
    for concept in placed:
        rows = catalog.entities[concept.table].table.row_count
        column = concept.field
        assert column is not None
        key = column.column.primary_key or (rows and (column.column.distinct or 0) >= rows)
        if not key:
            continue
        parts.dimensions = [
            c for c in parts.dimensions
            if c is concept or c.table != concept.table
            or c.roles & (STRONG - {"dimension", "order", "measure"})
            or (c.field is not None and not (c.field.is_identifier and "order" in c.roles))
        ]  # fmt: skip


def drop_keys_of_names(parts: Parts, catalog: Catalog, body: str) -> None:
    """ "By channel (use the channel's name)": the name is shown, and the reference to it is not."""
    if re.search(r"\b(?:ids?|codes?)\b", body.lower()):
        return
    shown = [c for c in [*parts.dimensions, *parts.tooltip] if c.field is not None]
    for concept in list(shown):
        column = concept.field
        if column is None or not column.refers or concept.aggregate:
            continue
        named = [
            c for c in shown
            if c.field is not None and c.field.is_category and not c.field.is_identifier
            and c.field.words[-1:] in {("name",), ("title",)} and c is not concept
            and (column.key, c.table) in _references(catalog)
        ]  # fmt: skip
        if not named:
            continue
        named[0].roles |= concept.roles - {"tooltip"}
        named[0].order = min(named[0].order, concept.order)
        if concept in parts.dimensions:
            place = parts.dimensions.index(concept)
            parts.dimensions[place] = named[0]
            rest = [c for i, c in enumerate(parts.dimensions) if c is not named[0] or i == place]
            parts.dimensions = rest
        parts.tooltip = [c for c in parts.tooltip if c is not concept]


def _references(catalog: Catalog) -> set[tuple[tuple[str, str], str]]:
    """Columns that refer to a table, with that table."""
    return {((k.table, k.column), k.to_table) for k in catalog.schema.foreign_keys}


def drop_counted_groups(parts: Parts, catalog: Catalog) -> None:
    """ "In front of how many people? … the audience per speaker": each speaker is one person.

    Counting the very things that make the groups tells nothing where something else is measured.
    """
    rest = [c for c in parts.measures if not c.is_count and (c.aggregate or "measure" in c.roles)]
    if not rest:
        return
    keys = _references(catalog)
    grouped = {
        table for c in parts.dimensions if c.field is not None
        for key, table in keys if key == c.field.key
    }  # fmt: skip
    parts.measures = [
        c for c in parts.measures if not (c.is_count and c.field is None and c.table in grouped)
    ]


def drop_unlisted(parts: Parts, family: str = "") -> None:
    """Where numbers are listed to be compared, others that are only touched on go."""
    listed = [c for c in parts.measures if "listed" in c.roles]
    series = [c for c in parts.measures if "series" in c.roles]
    if len(series) >= 3 and not listed and family in {"", "bar", "line", "area"}:
        listed = series  # "stack gold, silver and bronze": the rank is none of them
    if len(listed) >= 2:
        parts.measures = [
            c for c in parts.measures
            if c in listed or c.aggregate or c.roles & (STRONG - {"measure"})
        ]  # fmt: skip


def is_bystander(concept: Concept, concepts: list[Concept], reading: Reading) -> bool:
    """An entity or column that is only spoken of ("the weights of aircraft"), not shown."""
    if concept.field is not None:
        if concept.roles & STRONG:
            return False
        if concept.field.refers and concept.field.is_identifier:
            return any(c is not concept and c.roles & STRONG for c in concepts)
        filtered = {(f.table, f.column) for f in reading.filters if f.operator != "in"}
        return concept.field.key in filtered or (
            concept.field.is_time
            and any(c.field is not None and c.field.is_time and c.roles & STRONG for c in concepts)
        )
    placed = concept.roles & {"x", "y", "color", "row", "column", "facet", "label", "shape", "size"}
    if placed:
        return False
    others = [
        c for c in concepts
        if c is not concept and c.field is not None and is_category(c) and c.roles & STRONG
        and (c.table == concept.table or c.roles & {"x", "color", "y"})
    ]  # fmt: skip
    counted = any(c.is_count and c.table == concept.table for c in concepts)
    if counted:
        return True
    dims = [c for c in concepts if c is not concept and c.roles & {"dimension", "color", "x", "y"}]
    if "for" in concept.roles and "dimension" not in concept.roles and not dims:
        own = any(c.field is not None and c.table == concept.table for c in concepts)
        return reading.distribution and own  # "scores for wines": each wine has but one
    if reading.kind.family == "gantt" and any(
        c.field is not None and c.field.is_time and c.table == concept.table for c in concepts
    ):
        return False  # each contract has its bar, whatever colours it
    grouped = "dimension" in concept.roles
    if any(
        c.table == concept.table and not (grouped and "dimension" in c.roles) for c in others
    ):  # "in each dorm by gender" has two groups
        return True
    return "dimension" not in concept.roles and bool(
        [c for c in concepts if c is not concept and (c.field is not None or c.is_count)]
    )


def only_spoken_of(concept: Concept, catalog: Catalog) -> bool:
    """Things too many to tell apart, that no word makes groups ("ratings of movies over time")."""
    if concept.field is not None or concept.roles & (STRONG - {"distribution"}):
        return False
    rows = catalog.entities[concept.table].table.row_count
    return rows is not None and rows > _MOST_SERIES
