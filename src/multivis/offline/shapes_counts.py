"""Histograms of counts: "how many loans do readers have?" asks how often each number occurs."""

from __future__ import annotations

import re
from typing import Any

from multivis.charts.demands import BinsDemand
from multivis.offline.catalog import Catalog, Field
from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Plan
from multivis.offline.shapes import single
from multivis.offline.shapes_rows import facet_of, with_query

__all__ = ["histogram_of_counts"]


def histogram_of_counts(draft: Draft, parts: Parts) -> Plan | None:
    """One row for each thing with the number of what belongs to it, put in bins; else None."""
    counts = [c for c in parts.measures if c.is_count]
    others = [c for c in parts.measures if not c.is_count]
    if draft.reading.kind.family != "histogram" or any("dimension" not in c.roles for c in others):
        return None
    if len(counts) == 2:  # "… also count the readers without any loans"
        counts = [c for c in counts if {o.table for o in counts if o is not c} <= _owners(c, draft)]
    counted = counts[0] if len(counts) == 1 else None
    key = _thing(counted, draft) if counted is not None else None
    if counted is None or key is None:
        return None
    groups = [
        c for c in [*parts.dimensions, *others]
        if c.field is not None and c.table == key.table and c.field is not key
    ]  # fmt: skip
    if any(c.field is not None and c not in groups for c in parts.dimensions):
        return None
    parts.measures[:] = counts
    if parts.facet is None and others and others[0] in groups:  # "a histogram for each grade"
        parts.facet, parts.facet_direction = others[0], "row"
    draft.plain(_row_key(counted, key, draft) if not groups else key, as_category=True)
    bins = draft.demands.first(BinsDemand)
    parts.dimensions[:] = groups
    facet = facet_of(draft, parts)
    if facet is None and groups and draft.reading.kind.facet:
        facet = draft.channel("row", draft.dimension(groups[0]))
    number = draft.count(counted)
    shape: dict[str, Any] = {"bin": bins.count or 0 if bins else 0}
    shape["bin_step"] = bins.width or 0.0 if bins else 0.0
    channels = [
        draft.dress(Channel("x", number.name, "quantitative", title=number.title, **shape)),
        draft.dress(Channel("y", kind="quantitative", aggregate="count", title="Count")),
    ]
    if facet is not None:
        channels.append(facet)
    elif groups:
        channels.append(draft.channel("color", draft.dimension(groups[0])))
    return with_query(draft, single("histogram", Layer("bar", {}, tuple(channels))))


def _owners(counted: Concept, draft: Draft) -> set[str]:
    """The tables that the counted rows refer to."""
    keys = draft.catalog.schema.foreign_keys
    return {k.to_table for k in keys if k.table == counted.table}


def _thing(counted: Concept, draft: Draft) -> Field | None:
    """The key of the one thing that the counted rows belong to, of those that are spoken of."""
    owners = _owners(counted, draft)
    spoken = [
        c.table for c in draft.reading.concepts
        if c.table in owners and c.table != counted.table and not c.is_count
    ]  # fmt: skip
    tables = list(dict.fromkeys(spoken))
    return _key(tables[0], draft.catalog) if len(tables) == 1 else None


_NONE = re.compile(r"\b(?:without|zero|even|none|no)\b")


def _row_key(counted: Concept, key: Field, draft: Draft) -> Field:
    """What tells the things apart: their number in the counted rows, where none is without."""
    if _NONE.search(draft.reading.body.lower()):
        return key
    for link in draft.catalog.schema.foreign_keys:
        if link.table == counted.table and (link.to_table, link.to_column) == key.key:
            return draft.catalog.fields.get((link.table, link.column), key)
    return key


def _key(table: str, catalog: Catalog) -> Field | None:
    keys = [f for f in catalog.of(table) if f.column.primary_key]
    return keys[0] if len(keys) == 1 else None
