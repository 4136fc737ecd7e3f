"""In words: what a chart does otherwise than its reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from multivis.charts.metrics.strict.drawn import ChannelUse, DrawnChart
from multivis.charts.metrics.strict.encodings import channel_similarity, pair_views
from multivis.charts.metrics.strict.interaction import Interaction, interactions_of
from multivis.charts.metrics.strict.tables import table_similarity
from multivis.charts.metrics.strict.words import texts_of

__all__ = ["differences"]

_MOST = 14


def differences(mine: DrawnChart, gold: DrawnChart) -> list[str]:
    """Sentences on marks, rows, channels, interactions and words, the coarse ones first."""
    found = [*_marks(mine, gold), *_views(mine, gold), *_interactions(mine, gold)]
    found += _words(mine, gold)
    if len(found) > _MOST:
        found[_MOST:] = [f"… and {len(found) - _MOST} more"]
    return found


def _listed(counts: Counter[str]) -> str:
    words = (f"{name} × {n}" if n > 1 else name for name, n in sorted(counts.items()))
    return ", ".join(words) or "none"


def _marks(mine: DrawnChart, gold: DrawnChart) -> Iterator[str]:
    a, b = Counter(v.mark for v in mine.views), Counter(v.mark for v in gold.views)
    if a != b:
        yield f"marks: {_listed(a)} instead of {_listed(b)}"


def _views(mine: DrawnChart, gold: DrawnChart) -> Iterator[str]:
    """Rows and channels of the views that stand for each other."""
    for i, j in pair_views(mine.views, gold.views):
        a, b = mine.views[i], gold.views[j]
        score = table_similarity(a.table, b.table)
        if score < 1:
            yield (
                f"{b.mark}: {a.table.rows:,} rows instead of {b.table.rows:,}, "
                f"{100 * score:.0f} % of the data alike"
            )
        yield from _channels(b.mark, a.channels, b.channels)


def _channels(
    mark: str, mine: tuple[ChannelUse, ...], gold: tuple[ChannelUse, ...]
) -> Iterator[str]:
    names = [c.name for c in mine], [c.name for c in gold]
    for name in dict.fromkeys(names[1]):
        if name not in names[0]:
            yield f"{mark}: no {name}"
    for name in dict.fromkeys(names[0]):
        if name not in names[1]:
            yield f"{mark}: {name} was not wanted"
    for use in gold:
        same = [c for c in mine if c.name == use.name]
        best = max(same, key=lambda c: channel_similarity(c, use), default=None)
        if best is not None and channel_similarity(best, use) < 1:
            yield f"{mark}: {use.name} is {_said(best)} instead of {_said(use)}"


def _said(use: ChannelUse) -> str:
    """A channel in a few words."""
    if use.constant is not None:
        return f"the constant {use.constant}"
    what = " ".join((*use.operation, use.field or "?", f"({use.type or 'no type'})"))
    first = ", ".join(str(value) for value in use.order[:3])
    return f"{what}, from {first}" if first else what


def _interactions(mine: DrawnChart, gold: DrawnChart) -> Iterator[str]:
    a, b = Counter(map(_does, interactions_of(mine))), Counter(map(_does, interactions_of(gold)))
    for text in (b - a).elements():
        yield f"interaction missing: {text}"
    for text in (a - b).elements():
        yield f"interaction not wanted: {text}"


def _does(found: Interaction) -> str:
    bound = f" bound to {found.bound}" if found.bound else ""
    effects = f" for {', '.join(sorted(found.effects))}" if found.effects else ""
    return f"{found.kind}{bound}{effects}"


def _words(mine: DrawnChart, gold: DrawnChart) -> Iterator[str]:
    drawn = mine.scene is not None and gold.scene is not None
    a, b = set(texts_of(mine, drawn)), set(texts_of(gold, drawn))
    for place, text in sorted(b - a):
        others = [words for where, words in sorted(a - b) if where == place]
        told = f", it says {others[0]!r}" if others else ""
        yield f"{place}: {text!r} is not there{told}"
