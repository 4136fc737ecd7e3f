"""The plainest chart of a database, for questions whose words name nothing in it."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.catalog import Catalog, Field
from multivis.offline.concepts import Reading
from multivis.offline.plan import Channel, Layer, Output, Plan, Query, View
from multivis.offline.words import humanise, slug

__all__ = ["UNSURE", "overview"]

_CHART = re.compile(
    r"\b(?:chart|graph|plot|diagram|histogram|visuali[sz]\w*|visual|draw|drawing|shape)s?\b"
)
_MOST = 20
UNSURE = 0.1  # how sure such a chart is


def overview(reading: Reading, catalog: Catalog) -> Plan | None:
    """A count of rows by a category, or the distribution of a number, told as what it is.

    Returns:
        The plan; None where the question does not ask for a chart, where a part of it was found
        in the data, or where there is nothing to draw.
    """
    asked = reading.kind.family or _CHART.search(reading.question.lower())
    if reading.concepts or not asked:
        return None
    tables = sorted(
        catalog.schema.tables, key=lambda t: (-(t.row_count or 0), t.name)
    )  # fmt: skip
    groups = [f for t in tables for f in catalog.of(t.name) if _groups(f)]
    if groups:
        return _told(_counts(groups[0]), catalog)
    numbers = [f for t in tables for f in catalog.of(t.name) if f.is_measure and not f.is_time]
    return _told(_distribution(numbers[0]), catalog) if numbers else None


def _groups(column: Field) -> bool:
    distinct = column.column.distinct
    named = column.is_category and not column.is_identifier
    return named and distinct is not None and 2 <= distinct <= _MOST


def _counts(column: Field) -> Plan:
    title = f"Number of {humanise(column.table)}"
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


def _told(plan: Plan, catalog: Catalog) -> Plan:
    tables = ", ".join(f"'{t.name}'" for t in catalog.schema.tables[:6])
    return replace(
        plan,
        confidence=UNSURE,
        left_out=(
            "Nothing that the question names was found in the data, which hold the tables "
            f'{tables}. The chart only shows what there is: "{plan.title}".',
        ),
    )
