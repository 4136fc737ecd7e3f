"""Axes along numbers and years: when they are a scale, and when they are places in order."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.offline.catalog import Field
from multivis.offline.draft import Draft
from multivis.offline.plan import Channel, Output

__all__ = ["along_numbers", "measured_year", "shown"]


def measured_year(draft: Draft, channel: Channel) -> Channel:
    """Between points, years are numbers on a scale, written without separators."""
    _, column = shown(draft, channel)
    if column is None or column.date_style != "year" or channel.kind != "ordinal":
        return channel
    return replace(
        channel, kind="quantitative", scale={"zero": False, **channel.scale},
        axis={"format": "d", **channel.axis},
    )  # fmt: skip


def along_numbers(draft: Draft, channel: Channel, mark: str) -> Channel:
    """Lines and areas run along numbers as numbers; years of a running total are numbers too.

    Years written as text are dates where a gradient runs along them.
    """
    output, column = shown(draft, channel)
    if output is None or column is None or output.cases or output.time_unit:
        return channel
    if mark not in {"line", "area"} or channel.kind != "ordinal":
        return channel
    if column.date_style == "year":
        if mark == "area" and _is_text(column) and "gradient" in draft.reading.body.lower():
            return replace(channel, kind="temporal")
        if not draft.reading.kind.cumulative:
            return channel
        axis = {**channel.axis, "format": "d"}
    elif column.is_measure and not column.is_time and not _like_years(column):
        axis = channel.axis
    else:
        return channel
    return replace(
        channel, kind="quantitative", scale={"zero": False, **channel.scale}, axis=axis
    )  # fmt: skip


def shown(draft: Draft, channel: Channel) -> tuple[Output | None, Field | None]:
    """The output that a channel shows, and its column."""
    output = next((o for o in draft.outputs if o.name == channel.field), None)
    if output is None:
        return None, None
    return output, draft.catalog.fields.get((output.table, output.column))


def _is_text(column: Field) -> bool:
    values = column.column.samples
    return bool(values) and all(isinstance(v, str) and re.match(r"\d{4}$", v) for v in values)


def _like_years(column: Field) -> bool:
    """Whether numbers can be years, whatever they are called ("season")."""
    low, high = column.column.minimum, column.column.maximum
    return (
        isinstance(low, (int, float)) and isinstance(high, (int, float))
        and low >= 1500 and high <= 2200
    )  # fmt: skip
