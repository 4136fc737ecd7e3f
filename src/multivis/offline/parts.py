"""The parts of a chart, and which concept can be which."""

from __future__ import annotations

from dataclasses import dataclass, field

from multivis.offline.concepts import Concept

__all__ = ["Parts", "is_category"]


@dataclass
class Parts:
    """Concepts in their places.

    Attributes:
        dimensions: What is grouped by, the main one first.
        measures: What is measured, in the order of the question.
        color: The dimension that colours tell apart.
        facet: The dimension of small multiples, and its direction.
        tooltip: Concepts for the tooltip.
        size: What the size shows.
        label: What is written on the marks.
        x: The concept put on x in words.
        y: The concept put on y in words.
    """

    dimensions: list[Concept] = field(default_factory=list)
    measures: list[Concept] = field(default_factory=list)
    color: Concept | None = None
    facet: Concept | None = None
    facet_direction: str = "column"
    tooltip: list[Concept] = field(default_factory=list)
    size: Concept | None = None
    label: Concept | None = None
    x: Concept | None = None
    y: Concept | None = None


def is_category(concept: Concept) -> bool:
    """Whether a concept tells groups apart rather than being measured."""
    column = concept.field
    if concept.is_count:
        return False
    if column is None:
        return True
    return column.is_category or column.is_identifier or (column.is_time and not concept.aggregate)
