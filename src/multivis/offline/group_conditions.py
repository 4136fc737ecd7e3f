"""Conditions on groups: "counties with over 10,000 students", "grossed over a million in total"."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept, Reading
from multivis.offline.conditions import IN_TOTAL, compared
from multivis.offline.left_out import without_marks
from multivis.offline.plan import Filter, Plan, Query
from multivis.offline.totals import OF_ALL

__all__ = ["of_groups"]

_COMPARED = frozenset({"<", "<=", ">", ">="})
_WHICH = (
    r"\[(?:\d+\+)*(\d+)\]"
    r"(?: (?:with|which|that|who|whose|where|having|have|has|had|are|is|were|was|got|make|"
    r"made|of)\b| \[\d+\])(?: (?!\[?\d)(?![.;?!])[^\s,]+| \[\d+\]){0,3} ?$"
)


def of_groups(plan: Plan, reading: Reading, catalog: Catalog) -> Plan:
    """Compare the totals of the groups where it is the groups that a condition is about.

    "Studios with over a million dollars" speaks of the studios' totals when these are drawn;
    "films with over a million" of the films.
    """
    query = without_marks(plan.query, catalog)
    made = tuple(
        replace(f, aggregate="sum") if _is_of_group(f, query, reading, catalog) else f
        for f in query.filters
    )
    return plan if made == plan.query.filters else replace(plan, query=replace(query, filters=made))


def _is_of_group(condition: Filter, query: Query, reading: Reading, catalog: Catalog) -> bool:
    if condition.aggregate or condition.operator not in _COMPARED or condition.time_unit:
        return False
    summed = {(o.table, o.column) for o in query.outputs if o.aggregate == "sum"}
    summed |= {(table, column) for table, column, _, how in query.fold if how == "sum"}
    if (condition.table, condition.column) not in summed:
        return False
    groups = {(o.table, o.column) for o in query.outputs if not o.aggregate and not o.fold}
    for start, end, _, number in compared(reading.skeleton):
        if number != condition.values[0]:
            continue
        if re.match(IN_TOTAL, reading.skeleton[end:]):
            return True
        before = reading.skeleton[:start]
        if OF_ALL.search(before):
            return True  # "leaving out those with 1000 hours or more"
        whose = re.search(_WHICH, before)
        concept = reading.placeholders.get(int(whose.group(1))) if whose is not None else None
        if concept is not None and _names_group(concept, condition, groups, catalog):
            return True
    return False


def _names_group(
    concept: Concept, condition: Filter, groups: set[tuple[str, str]], catalog: Catalog
) -> bool:
    """Whether a concept is what the rows are grouped by, and no row of what is added."""
    if concept.field is not None:
        return not concept.field.is_measure and concept.field.key in groups
    shown = catalog.display(concept.table)
    named = shown is not None and shown.key in groups
    return concept.table != condition.table and named
