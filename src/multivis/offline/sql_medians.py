"""Medians in engines that have no such aggregate: rows are numbered within each group.

The median of n values is the mean of those whose rank lies between n / 2 and n / 2 + 1. A
derived table numbers the rows of each group in the order of the value; the outer query groups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from multivis.offline.plan import Filter, Output

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["NO_MEDIAN", "raw_filters", "raw_outputs", "select_medians"]

NO_MEDIAN = frozenset({"sqlite", "mysql", "tsql"})
_INNER = "ranked"


def raw_outputs(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """The columns of the derived table: groups as they are, measures before aggregation."""
    made = []
    for output in outputs:
        if not output.aggregate:
            made.append(output)
        elif output.column:
            made.append(replace(output, aggregate="", part=(), name=f"{output.name}_value"))
    return tuple(made)


def raw_filters(filters: Sequence[Filter]) -> tuple[Filter, ...]:
    """The conditions that the derived table meets: all but those on groups."""
    return tuple(f for f in filters if not f.aggregate)


def _column(name: str) -> exp.Expression:
    from sqlglot import exp

    return exp.column(name, quoted=True)


def _ranks(
    inner: exp.Select, output: Output, value: exp.Expression, groups: Sequence[exp.Expression]
) -> exp.Select:
    """Add the rank of a value in its group, and how many values the group has."""
    from sqlglot import exp

    keys = [group.copy() for group in groups]
    missing = exp.Is(this=value.copy(), expression=exp.Null())
    rank = exp.Window(
        this=exp.RowNumber(),
        partition_by=[*keys, missing],
        order=exp.Order(expressions=[exp.Ordered(this=value.copy(), nulls_first=True)]),
    )
    count = exp.Window(
        this=exp.Count(this=value.copy()), partition_by=[group.copy() for group in groups]
    )
    return inner.select(
        exp.alias_(rank, f"{output.name}_rank", quoted=True),
        exp.alias_(count, f"{output.name}_count", quoted=True),
        copy=False,
    )


def _middle(output: Output) -> exp.Expression:
    """The mean of the one or two values in the middle of a group."""
    from sqlglot import exp

    half = exp.Div(
        this=_column(f"{output.name}_count"), expression=exp.Literal.number("2.0"), typed=False
    )
    within = exp.Between(
        this=_column(f"{output.name}_rank"),
        low=half,
        high=exp.Add(this=half.copy(), expression=exp.Literal.number(1)),
    )
    return exp.Avg(this=exp.Case(ifs=[exp.If(this=within, true=_column(f"{output.name}_value"))]))


def select_medians(
    inner: exp.Select,
    outputs: Sequence[Output],
    conditions: Sequence[Filter],
    value_of: Callable[[Output], exp.Expression],
    aggregate: Callable[[exp.Expression, Output], exp.Expression],
    compare: Callable[[Filter], exp.Expression],
) -> exp.Select:
    """The outer query over the derived table.

    Args:
        inner: SELECT of `raw_outputs`.
        outputs: The outputs asked for.
        conditions: Conditions on groups.
        value_of: The expression of an output before aggregation, in the inner query's terms.
        aggregate: An aggregate of a column that is no median.
        compare: The SQL of a condition on groups.
    """
    from sqlglot import exp

    groups = [value_of(o) for o in outputs if not o.aggregate]
    for output in outputs:
        if output.aggregate == "median":
            inner = _ranks(inner, output, value_of(output), groups)
    made = exp.Select()
    for output in outputs:
        if not output.aggregate:
            made = made.select(_column(output.name), copy=False)
            made = made.group_by(_column(output.name), copy=False)
            continue
        value = (
            _middle(output)
            if output.aggregate == "median"
            else aggregate(_column(f"{output.name}_value"), output)
        )
        made = made.select(exp.alias_(value, output.name, quoted=True), copy=False)
    made = made.from_(inner.subquery(_INNER), copy=False)
    for condition in conditions:
        made = made.having(compare(condition), copy=False)
    return made
