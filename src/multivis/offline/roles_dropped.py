"""Concepts of a question that take no part in its chart."""

from __future__ import annotations

from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept, Reading
from multivis.offline.listed_groups import (
    STRONG,
)
from multivis.offline.parts import Parts, is_category

__all__ = ["drop_same_thing", "drop_unlisted", "drop_weak", "is_bystander", "only_spoken_of"]


_MOST_SERIES = 20  # more lines than this cannot be told apart


def drop_weak(parts: Parts) -> None:
    """A category that is only touched on gives way to those that have a place."""
    placed = [c for c in parts.dimensions if c.roles & STRONG]
    if not placed:
        return
    parts.dimensions = [
        c for c in parts.dimensions
        if c.roles & STRONG or (c.candidate.score >= 0.9 and len(placed) < 2)
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


def drop_unlisted(parts: Parts) -> None:
    """Where numbers are listed to be compared, others that are only touched on go."""
    listed = [c for c in parts.measures if "listed" in c.roles]
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
