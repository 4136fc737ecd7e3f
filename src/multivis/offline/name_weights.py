"""How much each word of the name of a column or table tells."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["name_weights", "without_unit"]

_WEAK_WORDS = frozenset(
    {"id", "code", "name", "number", "type", "detail", "description", "other", "value", "total",
     "count", "title", "ref", "first", "last", "date", "amount", "status", "in", "of", "the"}
)  # fmt: skip
_UNIT_WORDS = frozenset(
    {"billion", "million", "thousand", "dollar", "usd", "euro", "eur", "percent", "kg", "km", "cm",
     "mm", "mile", "meter", "metre", "foot", "inch", "knot", "kmh", "kwh", "acre", "celsius"}
)  # fmt: skip


def without_unit(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a name but those of its unit: "length" of "length in feet"."""
    return tuple(word for word in words if word not in _UNIT_WORDS and word != "in")


def name_weights(words: Sequence[str], own: frozenset[str], *, alone: bool = True) -> list[float]:
    """How much each word of a name tells; a unit behind what it measures tells little.

    Args:
        words: The words.
        own: Words of the table, which tell less.
        alone: Whether no other column measures the same in another unit.
    """
    weights = [_weight(word, own) for word in words]
    for index, word in enumerate(words):
        if alone and word in _UNIT_WORDS and max(weights[:index], default=0.0) >= 0.7:
            weights[index] = 0.2
    return weights


def _weight(word: str, own: frozenset[str]) -> float:
    if word in {"of", "in", "the"}:
        return 0.1
    if word in _WEAK_WORDS:
        return 0.45
    return 0.7 if word in own else 1.0
