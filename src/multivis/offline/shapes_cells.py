"""Shapes of cells: two groups, or two numbers in bins, coloured by a value."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.charts.demands import BinsDemand
from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.parts import Parts
from multivis.offline.plan import Channel, Layer, Plan, Query
from multivis.offline.shapes import groups, leave_out, query_of, single, split

__all__ = ["heatmap"]


def _on_y(concept: Concept | None) -> bool:
    """Whether words put it on y alone."""
    return concept is not None and "y" in concept.roles and "x" not in concept.roles


def heatmap(draft: Draft, parts: Parts) -> Plan:
    """Cells: two dimensions, or two binned measures, coloured by a value."""
    raw = [c for c in parts.measures if c.field is not None and not c.aggregate]
    counted = any(c.is_count for c in parts.measures) or bool(
        re.search(r"\b(?:number|count)s? of\b|\bhow many\b", draft.reading.skeleton)
    )
    if counted and len(raw) == 2 and not parts.dimensions and all(_makes_groups(c) for c in raw):
        # "The number of students by grade and class": few numbers are places in order.
        others = [c for c in parts.measures if c not in raw]
        parts, raw = replace(parts, dimensions=raw, measures=others), []
    binned = [c for c in parts.dimensions if _can_be_binned(c)]
    if counted and len(binned) == 2 == len(parts.dimensions) and _asks_for_bins(draft):
        return _binned_cells(draft, sorted(binned, key=_on_y))
    if len(raw) >= 2 and (len(parts.dimensions) < 2 or draft.reading.relationship):
        return _binned_cells(draft, raw)
    _second_time_unit(draft, parts)
    made = groups(draft, parts)
    main, second, facet = split(parts, made)
    value = made.value
    leave_out(draft, made.measures[1:])
    pair = [o for o in (main, second, facet) if o is not None]
    pair.sort(key=lambda o: _on_y(made.concepts.get(o.name)))
    channels = [draft.channel(name, o) for name, o in zip(("x", "y"), pair, strict=False)]
    channels.append(draft.channel("color", value))
    return replace(single("heat map", Layer("rect", channels=tuple(channels))),
                   query=query_of(draft, made))  # fmt: skip


def _makes_groups(concept: Concept) -> bool:
    """Whether a number is one of few that things are counted by."""
    column = concept.field
    distinct = column.column.distinct if column is not None else None
    return "dimension" in concept.roles and distinct is not None and distinct <= 40


def _can_be_binned(concept: Concept) -> bool:
    """Whether a group is of numbers or years."""
    column = concept.field
    return column is not None and not concept.cases and (column.is_measure or column.is_time)


def _asks_for_bins(draft: Draft) -> bool:
    """ "Please bin both", "into about 20 bins": cells of stretches, made in the chart."""
    said = re.search(r"\b(?:bins?|binn(?:ed|ing))\b", draft.reading.skeleton)
    return said is not None or bool(draft.demands.of(BinsDemand))


def _second_time_unit(draft: Draft, parts: Parts) -> None:
    """ "by month and year": the same date column gives both dimensions."""
    text = draft.reading.skeleton
    times = [c for c in parts.dimensions if c.field is not None and c.field.is_time]
    both = re.search(r"months? and (?:\w+ )?years?|years? and months?", text)
    if len(times) != 1 or not both or (times[0].field and times[0].field.date_style != "iso"):
        return
    first = times[0]
    index = parts.dimensions.index(first)
    month = replace(first, unit="month", roles={"x", "dimension"})
    year = replace(first, unit="year", roles={"y", "dimension"})
    parts.dimensions[index : index + 1] = [month, year]
    del parts.dimensions[index + 2 :]


def _binned_cells(draft: Draft, raw: list[Concept]) -> Plan:
    """A two-dimensional histogram."""
    bins = [d.count or 0 for d in draft.demands.of(BinsDemand)]
    x, y = (
        draft.dimension(c) if c.field and c.field.is_time else draft.measure(c) for c in raw[:2]
    )
    channels = (
        draft.dress(
            Channel("x", x.name, "quantitative", title=x.title, bin=bins[0] if bins else 0)
        ),
        draft.dress(
            Channel("y", y.name, "quantitative", title=y.title, bin=bins[-1] if bins else 0)
        ),
        draft.dress(Channel("color", kind="quantitative", aggregate="count", title="Count")),
    )
    return replace(single("binned heat map", Layer("rect", channels=channels)),
                   query=Query(outputs=tuple(draft.outputs)))  # fmt: skip
