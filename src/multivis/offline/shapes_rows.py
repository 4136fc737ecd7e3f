"""What shapes over single rows share."""

from __future__ import annotations

from dataclasses import replace

from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Output, Plan, Query

__all__ = ["category_of", "facet_of", "numbers_of", "with_query"]


def with_query(draft: Draft, plan: Plan) -> Plan:
    """The plan with the query that gives what the draft has put out."""
    return replace(plan, query=Query(outputs=tuple(draft.outputs)))


def numbers_of(parts: Parts) -> list[Concept]:
    """Measures that are columns."""
    return [c for c in parts.measures if c.field is not None]


def category_of(draft: Draft, parts: Parts, *, without: Concept | None = None) -> Output | None:
    """The dimension that tells the rows apart; one that words put in a place comes first."""
    placed = {"color", "row", "column", "facet", "x", "y", "dimension"}
    ranked = sorted(parts.dimensions, key=lambda c: not c.roles & placed)
    return next((draft.dimension(c) for c in ranked if c is not without), None)


def facet_of(draft: Draft, parts: Parts) -> Channel | None:
    """The channel of small multiples, if there are any."""
    if parts.facet is None:
        return None
    return draft.channel(parts.facet_direction, draft.dimension(parts.facet))
