"""Things that are counted once each, though the rows that lead to them repeat them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from multivis.offline.catalog import Catalog, Field
from multivis.offline.draft import Draft
from multivis.offline.grain import is_unique
from multivis.offline.plan import Output, Plan
from multivis.offline.words import stem

__all__ = ["with_distinct_counts"]

_ONCE = re.compile(r"\b(?:distinct|unique|different) ([a-z][\w-]+)(?: ([a-z][\w-]+))?")


def with_distinct_counts(plan: Plan, draft: Draft) -> Plan:
    """Count the things themselves, where a join repeats them within a group.

    A paper of two authors of one institute is one paper of it. Where each group is one thing, the
    rows that join the two are counted as they are, as a convention of the field.
    """
    query = plan.query
    counts = [o for o in query.outputs if o.aggregate == "count" and not o.column]
    if len(counts) != 1 or counts[0].running or query.fold or query.keep or query.rest:
        return plan
    counted = list(dict.fromkeys(draft.counted))
    groups = [o for o in query.outputs if not o.aggregate]
    if len(counted) != 1 or not groups or any(o.via for o in groups):
        return plan
    table = counted[0]
    named = draft.catalog.display(table)
    if named is not None and any((o.table, o.column) == named.key for o in groups):
        return plan  # the things are the groups: what is counted are the rows that they have
    keys = [f for f in draft.catalog.of(table) if f.column.primary_key]
    column = _named(table, draft)
    if column is None and len(keys) == 1 and _repeats(table, keys[0], groups, draft.catalog):
        column = keys[0]
    if column is None:
        return plan
    made = replace(counts[0], table=column.table, column=column.name, aggregate="count_distinct")
    return replace(
        plan,
        query=replace(query, outputs=tuple(made if o is counts[0] else o for o in query.outputs)),
    )


def _named(table: str, draft: Draft) -> Field | None:
    """ "How many different languages": the column of the counted rows that is called so."""
    for found in _ONCE.finditer(draft.reading.body.lower()):
        said = {stem(word) for word in found.groups() if word}
        shown = {(o.table, o.column) for o in draft.outputs}
        for field in draft.catalog.of(table):
            named = field.is_category and field.words and field.words[-1] in said
            if named and field.key not in shown and not is_unique(field, draft.catalog):
                return field
        if said & set(draft.catalog.entities[table].words):
            keys = [f for f in draft.catalog.of(table) if f.column.primary_key]
            others = {o.table for o in draft.outputs if o.table} - {table}
            return keys[0] if len(keys) == 1 and others else None
    return None


def _repeats(table: str, own: Field, groups: Sequence[Output], catalog: Catalog) -> bool:
    """Whether a row of a table can occur several times within a group."""
    if own.column.distinct is not None and own.column.distinct < 2:
        return False
    for output in groups:
        field = catalog.fields.get((output.table, output.column))
        path = catalog.path([table], output.table)
        if field is None or not path or output.table == table:
            continue
        first = path[0]
        if first.to_table != table or first.table == table:
            continue  # each of the things has one row there
        link = first.table
        if output.table == link:
            continue  # a column of the rows between: each tells a case of its own
        parts = {f.name for f in catalog.of(link) if f.column.primary_key}
        alone = _is_thing(field, catalog)
        if len(parts) > 1:
            known = {first.column}
            for other in groups:
                known |= _told(other, link, catalog)
            if not parts <= known:
                return True
        elif not alone and len(path) == 2:
            return True
    return False


def _is_thing(field: Field, catalog: Catalog) -> bool:
    """Whether a column stands for the things of its table, of which few share a name."""
    rows = catalog.entities[field.table].table.row_count or 0
    telling = 2 * (field.column.distinct or 0) > rows
    return is_unique(field, catalog) or (telling and field is catalog.display(field.table))


def _told(output: Output, link: str, catalog: Catalog) -> set[str]:
    """The columns of the rows between that a group settles."""
    if output.table == link:
        return {output.column}
    field = catalog.fields.get((output.table, output.column))
    if field is None or not _is_thing(field, catalog):
        return set()
    return {
        k.column for k in catalog.schema.foreign_keys
        if k.table == link and k.to_table == output.table
    }  # fmt: skip
