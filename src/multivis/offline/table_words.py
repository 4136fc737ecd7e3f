"""Words that may name a table or a column, or be plain words of a question."""

from __future__ import annotations

from collections.abc import Sequence

from multivis.offline.catalog import Catalog, Entity
from multivis.offline.value_lists import Word

__all__ = ["is_amount_word", "is_counted", "table_names"]

_BEFORE_AMOUNT = frozenset(
    {"and", "by", "per", "total", "average", "mean", "most", "versus", "vs", "against", "highest",
     "fewest", "many", "their", "its", "median", "maximum", "minimum"}
)  # fmt: skip
_SPREADS = frozenset({"histogram", "histograms", "distribution", "density", "boxplot", "spread"})
_EARNED = frozenset({"scored", "earned", "won", "gained", "collected", "awarded"})
_CHART_AFTER = frozenset({"chart", "plot", "graph", "mark", "under", "map", "diagram"})


def is_amount_word(
    words: Sequence[str], question: Sequence[Word], position: int, like: float
) -> bool:
    """ "Games and points", "the most points", "by area": a column, no part of a chart."""
    if len(words) != 1 or like < 1.0 or words[0] not in {"point", "area"} or position == 0:
        return False
    before = question[position - 1].text.lower()
    after = question[position + 1].text.lower() if position + 1 < len(question) else ""
    said = [token.text.lower() for token in question[max(0, position - 4) : position]]
    earned = {token.text.lower() for token in question[position + 1 : position + 4]} & _EARNED
    spread = before in {"of", "the", "their"} and "of" in said and bool(_SPREADS & set(said))
    return after not in _CHART_AFTER and bool(before in _BEFORE_AMOUNT or earned or spread)


_TAILS = frozenset(
    {"header", "detail", "record", "list", "info", "information", "data", "master", "index",
     "table", "log", "entry", "tbl"}
)  # fmt: skip


def table_names(entity: Entity, catalog: Catalog) -> list[tuple[str, ...]]:
    """What a table is called: by its name, and by it without a word that all tables could have.

    "Order headers" are orders, where no other table is called so.
    """
    names = [entity.words]
    short = entity.words[:-1]
    taken = {other.words[-len(short) :] for other in catalog.entities.values()} if short else set()
    if short and entity.words[-1] in _TAILS and short not in taken:
        names.append(short)
    called = _called_by_key(entity, catalog)
    if called:
        names.append(called)
    return names


def _called_by_key(entity: Entity, catalog: Catalog) -> tuple[str, ...]:
    """What the key of a table calls its rows: accounts with a customer id are customers.

    Nothing where a table is called so, or the keys of two are.
    """

    def of_key(table: str) -> tuple[str, ...]:
        keys = [f for f in catalog.of(table) if f.column.primary_key]
        if len(keys) != 1 or keys[0].refers or keys[0].words[-1:] != ("id",):
            return ()
        return keys[0].words[:-1]

    called = of_key(entity.table.name)
    if not called or set(called) & set(entity.words) or max(map(len, called)) < 4:
        return ()
    if sum(f.refers for f in catalog.of(entity.table.name)) > 1:
        return ()  # a table that links others is called as what it links
    others = [e for e in catalog.entities.values() if e is not entity]
    taken = any(set(called) & set(e.words) or of_key(e.table.name) == called for e in others)
    return () if taken else called


def is_counted(question: Sequence[Word], start: int) -> bool:
    """Whether "number of" or "how many" stands right before a word."""
    said = [word.text.lower() for word in question[max(0, start - 3) : start]]
    while said and said[-1] in {"the", "all", "our", "different", "distinct"}:
        said.pop()
    return said[-2:] in (["number", "of"], ["count", "of"], ["how", "many"])
