"""The first n groups and all others as one; the rows of some groups; running totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["of_kept_groups", "running_total", "with_rest"]

_INNER, _RANKED, _PLACE = "totals", "places", "place"


def _column(name: str) -> exp.Expression:
    from sqlglot import exp

    return exp.column(name, quoted=True)


def with_rest(
    totals: exp.Select, group: str, value: str, count: int, descending: bool, label: str
) -> exp.Select:
    """The first `count` groups of a query with one group and one total, and the rest summed.

    Args:
        totals: SELECT of the group and its total.
        group: Name of the group's column.
        value: Name of the total's column; totals can be added up.
        count: How many groups stay apart.
        descending: Whether the largest come first.
        label: What the rest is called.
    """
    from sqlglot import exp

    order = exp.Order(
        expressions=[exp.Ordered(this=_column(value), desc=descending, nulls_first=not descending)]
    )
    place = exp.Window(this=exp.RowNumber(), order=order)
    ranked = (
        exp.Select()
        .select(_column(group), _column(value), exp.alias_(place, _PLACE))
        .from_(totals.subquery(_INNER))
    )
    first = exp.LTE(this=exp.column(_PLACE), expression=exp.Literal.number(count))
    name = exp.Case(
        ifs=[exp.If(this=first, true=_column(group))], default=exp.Literal.string(label)
    )
    return (
        exp.Select()
        .select(
            exp.alias_(name, group, quoted=True),
            exp.alias_(exp.Sum(this=_column(value)), value, quoted=True),
        )
        .from_(ranked.subquery(_RANKED))
        .group_by(name.copy())
        .order_by(exp.Ordered(this=exp.Min(this=exp.column(_PLACE)), nulls_first=True))
    )


def of_kept_groups(
    rows: exp.Select, group: exp.Expression, tests: Sequence[exp.Expression]
) -> exp.Select:
    """The single rows of the groups that meet conditions ("ages in houses with at least three").

    Args:
        rows: SELECT of single rows.
        group: What makes the groups.
        tests: Conditions on a group.
    """
    groups = rows.copy()
    groups.set("expressions", [group.copy()])
    groups = groups.group_by(group.copy(), copy=False).having(*tests, copy=False)
    return rows.where(group.copy().isin(query=groups), copy=False)


def running_total(
    total: exp.Expression, series: Sequence[exp.Expression], along: exp.Expression, grouped: bool
) -> exp.Expression:
    """A count or sum over all rows up to each one.

    Args:
        total: The aggregate.
        series: What has a running total each.
        along: What the rows are ordered by.
        grouped: Whether the aggregate is that of a group, to be added up.
    """
    from sqlglot import exp

    order = exp.Order(expressions=[exp.Ordered(this=along, nulls_first=True)])
    added = exp.Sum(this=total) if grouped else total
    return exp.Window(this=added, partition_by=list(series), order=order)
