"""Amounts that count with a sign: "payments as positive, refunds as negative", "in minus out"."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.catalog import Field
from multivis.offline.draft import Draft
from multivis.offline.plan import Channel, Filter, Output, Plan
from multivis.offline.words import likeness, stem

__all__ = ["with_signs"]

_NEGATIVE = re.compile(
    r"\b([a-z][\w-]+)(?: (?!and\b|but\b|or\b)[a-z]+){0,2}? (?:(?:count(?:ed|ing)?|shown|drawn|"
    r"treated|taken|go(?:es|ing)?) )?(?:as |are |is |with )?(?:an? |the )?(?:negative|minus|"
    r"subtracted|deducted|down(?:wards?)?)(?= numbers?\b| values?\b| amounts?\b|[ .,;:!?)]|$)"
)
_LESS = re.compile(
    r"\b([a-z][\w-]+) (?:minus|less|net of) (?:the |their |its |all )?([a-z][\w-]+)\b"
)
_FEW = 12


def with_signs(plan: Plan, draft: Draft) -> Plan:
    """Take the amounts of some kinds of rows away from those of the others.

    Only where the kinds are values of one column, and one sum or count is drawn.
    """
    query = plan.query
    totals = [o for o in query.outputs if o.aggregate in {"sum", "count"}]
    if len(totals) != 1 or query.fold or totals[0].running or totals[0].difference:
        return plan
    total = totals[0]
    if total.aggregate == "sum" and not total.column:
        return plan
    away = _taken_away(draft, total)
    if away is None:
        return plan
    column, value = away
    made = replace(
        total, negated=(Filter(*column.key, "=", (value,)),), title=f"Net {_bare(total.title)}"
    )
    draft.assumptions.append(f'Rows with {column.name} "{value}" count as negative.')

    def one(channel: Channel) -> Channel:
        return replace(channel, title=made.title) if channel.title == total.title else channel

    views = tuple(
        replace(view, layers=tuple(
            replace(layer, channels=tuple(one(c) for c in layer.channels)) for layer in view.layers
        ))
        for view in plan.views
    )  # fmt: skip
    outputs = tuple(made if o is total else o for o in query.outputs)
    filters = tuple(f for f in query.filters if (f.table, f.column) != column.key)
    return replace(plan, views=views, query=replace(query, outputs=outputs, filters=filters))


def _bare(title: str) -> str:
    return title.removeprefix("Total ")


def _taken_away(draft: Draft, total: Output) -> tuple[Field, object] | None:
    """The column of kinds and the value whose rows count as negative."""
    body = draft.reading.body.lower()
    tables = {total.table} if total.table else set(draft.counted)
    shown = {(o.table, o.column) for o in draft.outputs}
    for found in _LESS.finditer(body):
        for column in draft.catalog:
            if column.table in tables and column.is_category and column.key not in shown:
                first, second = _value(found.group(1), column), _value(found.group(2), column)
                if first is not None and second is not None and first != second:
                    return column, second
    for found in _NEGATIVE.finditer(body):
        for column in draft.catalog:
            for word in found.group(0).split() if column.table in tables else ():
                value = _value(word, column)
                if value is not None:
                    return column, value
    return None


def _value(word: str, column: Field) -> object | None:
    """The value of a column with few of them that a word names."""
    if not column.is_category or (column.column.distinct or 99) > _FEW:
        return None
    said = stem(word)
    for value in column.column.samples:
        if isinstance(value, str) and " " not in value and likeness(said, stem(value)) >= 0.9:
            return value
    return None
