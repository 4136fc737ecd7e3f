"""Conditions that values make: "in Leeds", "except cash", "Monday to Friday"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from multivis.offline.catalog import Catalog
from multivis.offline.extents import from_to
from multivis.offline.left_out import is_left_out
from multivis.offline.linking import ValueMention
from multivis.offline.plan import Filter

if TYPE_CHECKING:
    from multivis.offline.concepts import Concept

__all__ = ["from_values"]


def _lists(
    spans: Sequence[tuple[int, int]], body: str
) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """For each value the values of the list that it stands in ("Germany, France and Spain")."""
    lists: list[list[tuple[int, int]]] = []
    for span in sorted(spans):
        between = body[lists[-1][-1][1] : span[0]] if lists else "."
        if lists and re.fullmatch(r"\s*(?:,|and|or|&|, and|, or|vs\.?|versus)\s*", between):
            lists[-1].append(span)
        else:
            lists.append([span])
    return {span: members for members in lists for span in members}


def _as_listed(
    best: ValueMention,
    members: Sequence[tuple[int, int]],
    spans: dict[tuple[int, int], list[ValueMention]],
    tables: set[str],
) -> ValueMention:
    """The value in the column of the others of its list, where that column is called the same.

    Of a column with very many values not all are known.
    """
    if best.field.table in tables:
        return best
    for member in members:
        for other in spans[member]:
            same = other.field.name == best.field.name and other.field.table in tables
            if same and (other.field.column.distinct or 0) > len(other.field.column.samples):
                return replace(best, field=other.field)
    return best


def from_values(
    concepts: Sequence[Concept | None],
    values: Sequence[ValueMention],
    catalog: Catalog,
    body: str,
) -> list[Filter]:
    """``=`` and ``in`` for values; ``!=`` and ``not in`` after words of exception."""
    tables = {c.table for c in concepts if c is not None}
    spans: dict[tuple[int, int], list[ValueMention]] = {}
    for value in values:
        spans.setdefault((value.start, value.end), []).append(value)
    taken: list[tuple[ValueMention, bool]] = []
    listed = _lists(list(spans), body)
    for (start, end), readings in sorted(spans.items()):

        def rank(
            mention: ValueMention, members: Sequence[tuple[int, int]] = listed[start, end]
        ) -> tuple[float, int, float, int]:
            near = (
                0.0
                if mention.field.table in tables
                else catalog.distance(sorted(tables), mention.field.table)
            )
            # Values of one list are values of one column; the column with few values groups.
            shared = sum(any(v.field is mention.field for v in spans[other]) for other in members)
            return near, -shared, -mention.sure, mention.field.column.distinct or 9_999

        best = min(readings, key=rank)
        if tables and rank(best)[0] == float("inf"):
            continue
        best = _as_listed(best, listed[start, end], spans, tables)
        before = body[max(0, start - 90) : start].lower()
        negative = is_left_out(before) or bool(
            re.search(r"\b(?:not|other than|apart from|but not|besides)\b[^.,]{0,15}$", before)
        )
        negative = negative or any(
            value.end <= start and (value.start, value.end) in listed[start, end] and out
            for value, out in taken
        )
        taken.append((best, negative))
    chosen: dict[tuple[str, str, bool], list[object]] = {}
    for best, negative, wanted in _stretched(taken, body):
        chosen.setdefault((*best.field.key, negative), []).extend(wanted)
    filters = []
    for (table, column, negative), wanted in chosen.items():
        distinct = tuple(dict.fromkeys(wanted))
        if len(distinct) == 1:
            filters.append(Filter(table, column, "!=" if negative else "=", distinct))
        else:
            filters.append(Filter(table, column, "not in" if negative else "in", distinct))
    return filters


def _stretched(
    taken: Sequence[tuple[ValueMention, bool]], body: str
) -> list[tuple[ValueMention, bool, Sequence[object]]]:
    """Each value with the values it stands for: "Monday to Friday" are five, "in order from Monday
    to Sunday" none."""
    made: list[tuple[ValueMention, bool, Sequence[object]]] = []
    for mention, negative in taken:
        left = made[-1][0] if made else mention
        inside = None
        if left is not mention and left.field is mention.field and left.end <= mention.start:
            inside = from_to(
                mention.field, left.value, mention.value,
                body[: left.start], body[left.end : mention.start],
            )  # fmt: skip
        if inside is None:
            made.append((mention, negative, (mention.value,)))
        else:
            made[-1] = (left, negative, ())
            made.append((mention, negative, inside))
    return [item for item in made if item[2]]
