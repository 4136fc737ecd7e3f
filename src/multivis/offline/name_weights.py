"""How much each word of the name of a column or table tells."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["name_weights"]

_WEAK_WORDS = frozenset(
    {"id", "code", "name", "number", "type", "detail", "description", "other", "value", "total",
     "count", "title", "ref", "first", "last", "date", "amount", "status", "in", "of", "the"}
)  # fmt: skip
_UNIT_WORDS = frozenset(
    {"billion", "million", "thousand", "dollar", "usd", "euro", "eur", "percent", "kg", "km", "cm",
     "mm", "mile", "meter", "metre", "foot", "inch", "knot", "kmh", "kwh", "acre", "celsius"}
)  # fmt: skip


def name_weights(words: Sequence[str], own: frozenset[str]) -> list[float]:
    """How much each word of a name tells; a unit behind what it measures tells little."""
    weights = [_weight(word, own) for word in words]
    for index, word in enumerate(words):
        if word in _UNIT_WORDS and max(weights[:index], default=0.0) >= 0.7:
            weights[index] = 0.2
    return weights


def _weight(word: str, own: frozenset[str]) -> float:
    if word in {"of", "in", "the"}:
        return 0.1
    if word in _WEAK_WORDS:
        return 0.45
    return 0.7 if word in own else 1.0
