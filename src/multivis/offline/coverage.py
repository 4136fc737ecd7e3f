"""Columns that a question names and a chart of single rows does not show yet."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.grain import belongs_to
from multivis.offline.plan import Plan
from multivis.offline.words import stem

__all__ = ["with_named_columns"]

_SURE = 0.9
_NAMED = 0.6  # "name" says little alone; where it is all that is said, it is meant
_NAMES = frozenset({"name", "title", "description", "label"})


def with_named_columns(plan: Plan, draft: Draft) -> Plan:
    """Select what is named for a table beside the chart, a dropdown, radio buttons or labels.

    Only where each row is a mark of its own: there another column adds no groups.
    """
    query = plan.query
    if query.grouped or query.fold or query.distinct or not query.outputs:
        return plan
    shown: set[tuple[str, ...]] = {(o.table, o.column) for o in query.outputs if o.column}
    shown |= {(*o.difference,) for o in query.outputs if o.difference}
    shown |= {(*o.whole,) for o in query.outputs if o.whole}
    tables = {o.table for o in query.outputs if o.column}
    made = []
    for concept in draft.reading.concepts:
        if _is_missing(concept, draft, shown) and any(
            belongs_to(table, concept.table, draft.catalog) for table in tables
        ):
            assert concept.field is not None
            made.append(draft.plain(concept.field))
    return replace(plan, query=replace(query, outputs=(*query.outputs, *made)))


def _is_missing(concept: Concept, draft: Draft, shown: set[tuple[str, ...]]) -> bool:
    column = concept.field
    if column is None or column.key in shown or concept.aggregate not in {"", "sum?"}:
        return False
    said = {stem(word) for word in re.findall(r"[^\W_]+", concept.text.lower())}
    least = _NAMED if said & _NAMES and column is draft.catalog.display(column.table) else _SURE
    if concept.candidate.score < least or concept.roles & {"filter", "order", "sort"}:
        return False
    if not said & {stem(word) for word in column.words}:
        return False  # "regional patterns": a word made from the name of a column
    catalog = draft.catalog
    if any((k.table, k.column) == column.key for k in catalog.schema.foreign_keys):
        return False  # what it refers to is shown by its name
    things = column is catalog.display(column.table) and not said & _NAMES
    if things and concept.text.lower().endswith("s"):
        return False  # "the delegates": the rows themselves
    compared = {(f.table, f.column) for f in [*draft.reading.filters, *draft.reading.compared]}
    return column.key not in compared
