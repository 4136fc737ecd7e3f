"""The first few things by what an adjective says: "the five priciest wines" are those by price."""

from __future__ import annotations

import re

from multivis.offline.catalog import Catalog, Field
from multivis.offline.words import NUMBERS, likeness, stem

__all__ = ["with_measures"]

_PRICE = frozenset({"price", "cost", "fee", "rent", "fare"})
_HEIGHT = frozenset({"height", "stature", "elevation", "altitude"})
_LENGTH = frozenset({"length", "duration", "runtime", "distance"})
_SIZE = frozenset({"size", "area", "population", "capacity", "surface", "acreage"})
_MOST = {
    "priciest": _PRICE, "dearest": _PRICE, "costliest": _PRICE, "most expensive": _PRICE,
    "oldest": frozenset({"age"}), "tallest": _HEIGHT, "highest": _HEIGHT,
    "longest": _LENGTH,
    "heaviest": frozenset({"weight", "mass", "tonnage"}),
    "largest": _SIZE, "biggest": _SIZE, "roomiest": _SIZE,
    "most populous": frozenset({"population"}),
    "fastest": frozenset({"speed", "velocity", "pace"}), "quickest": frozenset({"speed"}),
    "richest": frozenset({"worth", "wealth", "income"}),
    "wealthiest": frozenset({"worth", "wealth"}),
    "best paid": frozenset({"salary", "wage", "pay"}),
    "highest paid": frozenset({"salary", "wage", "pay"}),
    "highest grossing": frozenset({"gross"}), "top grossing": frozenset({"gross"}),
    "widest": frozenset({"width"}), "deepest": frozenset({"depth"}),
}  # fmt: skip
_LEAST = {
    "cheapest": _PRICE, "least expensive": _PRICE, "youngest": frozenset({"age"}),
    "shortest": _LENGTH | _HEIGHT, "lightest": frozenset({"weight", "mass", "tonnage"}),
    "smallest": _SIZE, "tiniest": _SIZE, "slowest": frozenset({"speed", "velocity", "pace"}),
    "poorest": frozenset({"worth", "wealth", "income"}),
    "worst paid": frozenset({"salary", "wage", "pay"}), "narrowest": frozenset({"width"}),
}  # fmt: skip
_SAID = "|".join(sorted([*_MOST, *_LEAST], key=len, reverse=True)).replace(" ", "[ -]")
_COUNT = "|".join([r"\d{1,3}", *NUMBERS])
_FEW = re.compile(
    rf"\b(?:(?P<before>{_COUNT}) )?(?P<how>{_SAID}) (?:(?P<after>{_COUNT}) )?"
    r"(?P<things>(?!by\b|on\b|in\b)[a-z]+s)\b(?! by\b)",
    re.IGNORECASE,
)


def with_measures(text: str, catalog: Catalog) -> str:
    """The question, with the number that a superlative speaks of where none is named.

    Only for as many things as are asked for ("the five priciest wines"), and where they have one
    such number.
    """

    def told(found: re.Match[str]) -> str:
        count = found["before"] or found["after"]
        how = found["how"].lower().replace("-", " ")
        column = _number(found["things"], _MOST.get(how) or _LEAST[how], catalog)
        if not count or column is None:
            return found.group(0)
        said = [stem(word) for word in re.findall(r"[a-z]+", found.string.lower())]
        side = "top" if how in _MOST else "bottom"
        if any(word in said for word in column.words):  # it is named, so that it is drawn anyway
            return f"{side} {count} {found['things']}" if found["after"] else found.group(0)
        return f"{side} {count} {found['things']} by {' '.join(column.words)}"

    return _FEW.sub(told, text)


def _number(things: str, words: frozenset[str], catalog: Catalog) -> Field | None:
    """The one number of some things that is called by one of these words."""
    noun = stem(things.lower())
    tables = [
        name for name, entity in catalog.entities.items()
        if entity.words and likeness(noun, entity.words[-1]) >= 0.9
    ]  # fmt: skip
    found = [
        f for name in tables for f in catalog.of(name) if f.is_measure and words & set(f.words)
    ]
    return found[0] if len(found) == 1 else None
