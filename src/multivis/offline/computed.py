"""Numbers made of two: differences of columns, distances from the average, parts in percent."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.catalog import Catalog, Field
from multivis.offline.concepts import Concept, Reading
from multivis.offline.draft import Draft
from multivis.offline.plan import Channel, Output, Plan
from multivis.offline.words import slug

__all__ = [
    "difference_asked",
    "difference_output",
    "in_percent",
    "off_average",
    "whole_of",
    "without_wholes",
]

_UNITS = r"(?: in [a-z]+| of (?:each|every|all) [a-z]+)?"
_MINUS = (
    re.compile(r"\[(\d+)\],? (?:minus|less|subtracting|reduced by) (?:their |its |the )?\[(\d+)\]"),
    re.compile(
        rf"\b(?:differences?|gaps?|balances?|margins?){_UNITS} (?:between|of) (?:the |its |their )?"
        r"\[(\d+)(?:\+| and (?:the |its |their )?\[)(\d+)\]"
    ),
    re.compile(
        r"\bhow (?:far|much)(?: more| less| higher| lower)? (?:the |its |their )?\[(\d+)\] "
        r"(?:(?:is|are|was|were|lies?) (?:above|below|over|under|(?:higher|lower|larger) than)"
        r"|exceeds?|exceeded|differs? from|(?:falls?|fell) short of) (?:the |its |their )?\[(\d+)\]"
    ),
)
_BACKWARDS = re.compile(r"\bsubtract(?:ing|ed)? (?:the )?\[(\d+)\] from (?:the )?\[(\d+)\]")


def difference_asked(reading: Reading) -> tuple[Concept, Concept] | None:
    """The two numbers of one row of which one is taken from the other, in that order."""
    text = reading.skeleton
    pairs = [found.groups() for pattern in _MINUS if (found := pattern.search(text))]
    pairs += [found.groups()[::-1] for found in [_BACKWARDS.search(text)] if found]
    for first, second in pairs:
        left, right = (reading.placeholders.get(int(n)) for n in (first, second))
        if left is None or right is None or left.field is None or right.field is None:
            continue
        numbers = left.field.is_measure and right.field.is_measure
        if numbers and left.table == right.table and left.field is not right.field:
            return left, right
    return None


def difference_output(draft: Draft, left: Field, right: Field, aggregate: str) -> Output:
    """A column that holds one number less another."""
    return draft.add(
        Output(
            "difference", *left.key, aggregate, kind="quantitative",
            numeric_text=left.numeric_text, difference=right.key, title="Difference",
        )
    )  # fmt: skip


def off_average(plan: Plan, draft: Draft, name: str) -> Plan | None:
    """A number less the average of all rows, where no condition leaves rows out; else None."""
    reading = draft.reading
    output = next((o for o in draft.outputs if o.name == name), None)
    if output is None or reading.filters or reading.limit is not None or plan.query.fold:
        return None
    if output.aggregate not in {"", "avg"} or not output.column or output.difference:
        return None
    title = f"{output.title}: Difference From Mean"
    made = replace(output, name=f"{slug(output.column)}_difference", title=title, off_average=True)
    return put_in_place(plan, draft, output, made)


_WHOLE = frozenset({"total", "all", "overall", "sum"})
_COUNTS = frozenset({"number", "num", "of", "count", "amount", "no"})


def whole_of(column: Field, catalog: Catalog) -> Field | None:
    """The total that a column is a part of: ``total_riders`` of ``young_riders``."""
    kept = set(column.words) - _COUNTS
    if kept & _WHOLE or not column.is_measure:
        return None
    found = [
        other for other in catalog.of(column.table)
        if other.is_measure and other is not column
        and set(other.words) & _WHOLE
        and (rest := set(other.words) - _COUNTS - _WHOLE) and rest < kept
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


_PERCENT = re.compile(r"\b(?:percent(?:age)?s?|shares?|proportions?|ratio|fraction)\b|%")


def without_wholes(measures: list[Concept], reading: Reading, catalog: Catalog) -> list[Concept]:
    """ "What percentage of all riders are young": the riders are the whole, no other number."""
    if not _PERCENT.search(reading.body.lower()):
        return measures
    wholes = {
        whole.key for c in measures
        if c.field is not None and (whole := whole_of(c.field, catalog)) is not None
    }  # fmt: skip
    return [c for c in measures if c.field is None or c.field.key not in wholes]


def in_percent(plan: Plan, draft: Draft, output: Output) -> Plan | None:
    """A part of a total that another column holds, in percent of it; else None."""
    if not _PERCENT.search(draft.reading.body.lower()) or output.aggregate not in {"", "sum"}:
        return None
    keys = [m[:2] for m in plan.query.fold] if output.fold else [(output.table, output.column)]
    columns = [draft.catalog.fields.get(key) for key in keys]
    wholes = {whole.key for c in columns if c is not None and (whole := whole_of(c, draft.catalog))}
    if len(wholes) != 1 or any(c is None or whole_of(c, draft.catalog) is None for c in columns):
        return None
    title = f"{output.title} (%)"
    name = output.name if output.fold else f"{output.name}_percent"
    made = replace(output, name=name, whole=wholes.pop(), title=title)
    return put_in_place(plan, draft, output, made)


def put_in_place(plan: Plan, draft: Draft, old: Output, new: Output) -> Plan:
    """The plan with one column of the rows for another."""
    draft.outputs[draft.outputs.index(old)] = new
    outputs = tuple(new if o == old else o for o in plan.query.outputs)
    order = tuple((new.name if name == old.name else name, down) for name, down in plan.query.order)

    def one(channel: Channel) -> Channel:
        if channel.field != old.name:
            return channel
        title = new.title if channel.title == old.title else channel.title
        return replace(channel, field=new.name, title=title)

    layers = [replace(la, channels=tuple(map(one, la.channels))) for la in plan.layers]
    plan = replace(plan, query=replace(plan.query, outputs=outputs, order=order))
    return plan.with_layers(*layers)
