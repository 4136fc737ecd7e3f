"""How alike the rows of two drawn marks are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multivis.charts.metrics.strict.drawn import Table
from multivis.charts.metrics.strict.matching import row_overlap

__all__ = ["column_similarity", "match_columns", "table_similarity"]

_MOST_VALUES = 20_000


def column_similarity(mine: Sequence[Any], other: Sequence[Any]) -> float:
    """F1 of two columns as multisets of values, with tolerance."""
    if not mine and not other:
        return 1.0
    mine, other = mine[:_MOST_VALUES], other[:_MOST_VALUES]
    shared = row_overlap([(value,) for value in mine], [(value,) for value in other])
    return 2 * shared / (len(mine) + len(other))


def match_columns(mine: Table, other: Table) -> list[tuple[str, str, float]]:
    """Which column holds what which other one holds: pairs with their similarity, best first.

    A name decides only between columns that hold the same.
    """
    scored = sorted(
        (
            (-column_similarity(left, right), name != again, i, j, name, again)
            for i, (name, left) in enumerate(mine.columns.items())
            for j, (again, right) in enumerate(other.columns.items())
        ),
        key=lambda entry: entry[:4],
    )
    used: tuple[set[str], set[str]] = (set(), set())
    pairs = []
    for score, _, _, _, name, again in scored:
        if score < 0 and name not in used[0] and again not in used[1]:
            used[0].add(name)
            used[1].add(again)
            pairs.append((name, again, -score))
    return pairs


def table_similarity(mine: Table, other: Table) -> float:
    """F1 of the rows, where a row counts by how many of its values are right together.

    Columns are paired by what they hold. The F1 of the rows is taken over the best column, the
    best two, and so on, and averaged; a column without a counterpart adds nothing. So one wrong
    column of two leaves a half, and rows that are wrong in one column fall gradually. Two tables
    without columns (a rule at a constant) agree.
    """
    total = len(mine.columns) + len(other.columns)
    if not total:
        return 1.0
    rows = mine.rows + other.rows
    if not rows:
        return 1.0 if len(mine.columns) == len(other.columns) else 0.0
    pairs = match_columns(mine, other)
    score = 0.0
    for count, (_, _, single) in enumerate(pairs, 1):
        if count == 1:
            score += single
            continue
        left = zip(*(mine.columns[a][:_MOST_VALUES] for a, _, _ in pairs[:count]), strict=True)
        right = zip(*(other.columns[b][:_MOST_VALUES] for _, b, _ in pairs[:count]), strict=True)
        counted = min(mine.rows, _MOST_VALUES) + min(other.rows, _MOST_VALUES)
        score += 2 * row_overlap(list(left), list(right)) / counted
    return 2 * score / total
