"""How alike the channels of two charts are."""

from __future__ import annotations

from collections.abc import Sequence

from multivis.charts.metrics.strict.drawn import ChannelUse, View
from multivis.charts.metrics.strict.matching import soft_f1
from multivis.charts.metrics.strict.tables import column_similarity, table_similarity

__all__ = ["channel_similarity", "encoding_score", "order_agreement", "pair_views"]

_FIELD, _TYPE, _OPERATION, _ORDER = 0.4, 0.2, 0.2, 0.2
_MOST_CATEGORIES = 200


def pair_views(mine: Sequence[View], other: Sequence[View]) -> list[tuple[int, int]]:
    """Which view stands for which: by mark, rows and channels, best first."""
    scored = sorted(
        (-_likeness(a, b), abs(i - j), i, j)
        for i, a in enumerate(mine)
        for j, b in enumerate(other)
    )
    used: tuple[set[int], set[int]] = (set(), set())
    pairs = []
    for _, _, i, j in scored:
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            pairs.append((i, j))
    return pairs


def _likeness(mine: View, other: View) -> float:
    names = {c.name for c in mine.channels}, {c.name for c in other.channels}
    union = len(names[0] | names[1])
    channels = len(names[0] & names[1]) / union if union else 1.0
    return (mine.mark == other.mark) + table_similarity(mine.table, other.table) + channels


def encoding_score(
    mine: Sequence[View], other: Sequence[View], pairs: Sequence[tuple[int, int]]
) -> float:
    """F1 of the channels over all views; channels of a view without a counterpart count against."""
    total = sum(len(view.channels) for view in (*mine, *other))
    if not total:
        return 1.0
    shared = 0.0
    for i, j in pairs:
        a, b = mine[i].channels, other[j].channels
        if a or b:
            shared += soft_f1(a, b, channel_similarity) * (len(a) + len(b)) / 2
    return 2 * shared / total


def channel_similarity(mine: ChannelUse, other: ChannelUse) -> float:
    """0 for different channels; else by what it shows, its type, operation and order."""
    if mine.name != other.name:
        return 0.0
    field = _field_similarity(mine, other)
    operation = 1.0 if mine.operation == other.operation or _same_effect(mine, other) else 0.0
    return (
        _FIELD * field
        + _TYPE * (mine.type == other.type)
        + _OPERATION * operation
        + _ORDER * _order_similarity(mine, other)
    )


def _field_similarity(mine: ChannelUse, other: ChannelUse) -> float:
    """By the values that are shown; by name where neither's values are known."""
    if mine.constant is not None or other.constant is not None:
        return float(mine.constant == other.constant)
    if mine.values or other.values:
        return column_similarity(mine.values, other.values)
    return float((mine.field or "").casefold() == (other.field or "").casefold())


def _same_effect(mine: ChannelUse, other: ChannelUse) -> bool:
    """Whether the same values come out, however they were made."""
    stacked = {"normalize", "center"}
    if stacked & set(mine.operation) != stacked & set(other.operation):
        return False
    return bool(mine.values) and column_similarity(mine.values, other.values) == 1.0


def _order_similarity(mine: ChannelUse, other: ChannelUse) -> float:
    if mine.order and other.order:
        return order_agreement(mine.order, other.order)
    return float(mine.sort == other.sort)


def order_agreement(mine: Sequence[object], other: Sequence[object]) -> float:
    """Share of the pairs of common categories that stand in the same order (Kendall)."""
    place = {value: number for number, value in enumerate(other)}
    ranks = [place[value] for value in mine if value in place][:_MOST_CATEGORIES]
    if len(ranks) < 2:
        return float(bool(ranks))
    pairs = len(ranks) * (len(ranks) - 1) / 2
    right = sum(a < b for i, a in enumerate(ranks) for b in ranks[i + 1 :])
    return right / pairs
