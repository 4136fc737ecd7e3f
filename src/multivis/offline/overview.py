"""The plainest chart of a database, for questions whose words name nothing in it."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.catalog import Catalog, Field
from multivis.offline.concepts import Reading
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View
from multivis.offline.words import humanise, in_plural, slug

__all__ = ["UNSURE", "overview"]

_CHART = re.compile(
    r"\b(?:chart|graph|plot|diagram|histogram|visuali[sz]\w*|visual|draw|drawing|shape)s?\b"
)
_MOST = 20
UNSURE = 0.1  # how sure such a chart is


def overview(reading: Reading, catalog: Catalog) -> Plan | None:
    """A count of rows by a category, or the distribution of a number, told as what it is.

    What the question names and the data hold comes first: its columns, then those of its tables.

    Returns:
        The plan; None where the question does not ask for a chart, or where there is nothing to
        draw.
    """
    asked = _CHART.search(reading.question.lower(), 1 if reading.concepts else 0)
    if not (reading.kind.family or asked):
        return None  # "Plot salinity per city" asks for salinity, not for a chart of any city
    named = [c.field for c in reading.concepts if c.field is not None]
    homes = list(dict.fromkeys(c.table for c in reading.concepts))
    largest = sorted(catalog.schema.tables, key=lambda t: (-(t.row_count or 0), t.name))
    tables = [*homes, *(t.name for t in largest if t.name not in homes)]
    for found in (
        named,
        *([*catalog.of(t)] for t in homes),
        [f for t in tables for f in catalog.of(t)],
    ):
        groups = [f for f in found if _groups(f)]
        if groups:
            return _told(_counts(groups[0]), catalog, reading)
        numbers = [f for f in found if f.is_measure and not f.is_time]
        if numbers:
            return _told(_distribution(numbers[0]), catalog, reading)
    return None


def _groups(column: Field) -> bool:
    distinct = column.column.distinct
    named = column.is_category and not column.is_identifier
    return named and distinct is not None and 2 <= distinct <= _MOST


def _counts(column: Field) -> Plan:
    title = f"Number of {in_plural(humanise(column.table))}"
    outputs = (
        Output(slug(column.name), *column.key, kind="nominal", title=humanise(column.name)),
        Output(slug(title), "", "", "count", kind="quantitative", title=title),
    )
    channels = (
        Channel("x", outputs[0].name, "nominal", title=outputs[0].title),
        Channel("y", outputs[1].name, "quantitative", title=title),
    )
    return Plan(
        chart="bar chart", views=(View(layers=(Layer("bar", channels=channels),)),),
        query=Query(outputs=outputs, tables=(column.table,)),
        title=f"{title} by {outputs[0].title}",
    )  # fmt: skip


def _distribution(column: Field) -> Plan:
    output = Output(
        slug(column.name), *column.key, kind="quantitative", numeric_text=column.numeric_text,
        title=humanise(column.name),
    )  # fmt: skip
    channels = (
        Channel("x", output.name, "quantitative", title=output.title, bin=0),
        Channel("y", kind="quantitative", aggregate="count", title="Count"),
    )
    return Plan(
        chart="histogram", views=(View(layers=(Layer("bar", channels=channels),)),),
        query=Query(outputs=(output,)), title=f"Distribution of {output.title}",
    )  # fmt: skip


def _told(plan: Plan, catalog: Catalog, reading: Reading) -> Plan:
    if reading.concepts:
        found = ", ".join(dict.fromkeys(f'"{c.text}"' for c in reading.concepts[:6] if c.text))
        why = f"Of what the question names only {found or 'a part'} was found in the data"
    else:
        tables = ", ".join(f"'{t.name}'" for t in catalog.schema.tables[:6])
        why = (
            f"Nothing that the question names was found in the data, which hold the tables {tables}"
        )
    told = f'{why}. The chart only shows what there is: "{plan.title}".'
    return replace(plan, confidence=UNSURE, left_out=(told,))
