"""Conditions on groups: "counties with over 10,000 students", "grossed over a million in total"."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept, Reading
from multivis.offline.conditions import IN_TOTAL, compared
from multivis.offline.left_out import without_marks
from multivis.offline.plan import Filter, Output, Plan, Query
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
    made = tuple(_of_one_thing(f, query, reading, catalog) for f in made)
    return plan if made == plan.query.filters else replace(plan, query=replace(query, filters=made))


def _of_one_thing(condition: Filter, query: Query, reading: Reading, catalog: Catalog) -> Filter:
    """ "Only agents with at least two parcels", where parcels are shown by agent and state: the
    condition is about each agent, whatever else makes groups."""
    groups = [o for o in query.outputs if not o.aggregate and not o.fold]
    groups = [o for o in groups if query.grouped or o.kind != "quantitative"]
    if not condition.aggregate or len(groups) < 2 or query.fold or len(condition.values) != 1:
        return condition
    text = reading.skeleton
    places = [start for start, _, _, number in compared(text) if number == condition.values[0]]
    if condition.aggregate == "count":
        places += [
            m.start() for m in re.finditer(r"\b(?:only|just|once|twice|thrice|\w+ times)\b", text)
        ]
    for start in places:
        whose = re.search(_WHICH, text[:start])
        if whose is None or "+" in whose.group(0):
            continue  # "counties and years with more": of both together
        concept = reading.placeholders.get(int(whose.group(1)))
        shown = next((o for o in groups if concept and _shows(o, concept, catalog)), None)
        if shown is not None:
            return replace(condition, of=shown.name)
    return condition


def _shows(output: Output, concept: Concept, catalog: Catalog) -> bool:
    """Whether a column of the result tells the things of a concept apart."""
    if concept.field is None:
        shown = catalog.display(concept.table)
        return shown is not None and (output.table, output.column) == shown.key
    if (output.table, output.column) == concept.field.key:
        return True
    return any(
        (k.table, k.column) == concept.field.key and k.to_table == output.table
        for k in catalog.schema.foreign_keys
    )


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
