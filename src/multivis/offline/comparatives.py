"""The number that a comparison of things is about: "ships faster than 20", "wines above $120"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from multivis.offline.catalog import Catalog
from multivis.offline.linking import Candidate

if TYPE_CHECKING:
    from multivis.offline.concepts import Concept

__all__ = ["MONEY", "number_of"]

MONEY = frozenset(
    {"price", "cost", "amount", "salary", "fee", "charge", "revenue", "budget", "total", "value",
     "income", "balance", "payment", "paid", "sale"}
)  # fmt: skip
_SIZES = frozenset({"size", "area", "population", "capacity", "surface"})
_PRICES = frozenset({"price", "cost", "fee"})
_TALL = frozenset({"height", "stature"})
_LONG = frozenset({"length", "duration", "runtime", "distance"})
_OF_ADJECTIVE = {
    "faster": frozenset({"speed", "velocity", "pace"}),
    "older": frozenset({"age"}),
    "taller": _TALL, "higher": _TALL | {"elevation", "altitude"},
    "longer": _LONG, "shorter": _LONG | _TALL,
    "heavier": frozenset({"weight", "mass", "tonnage"}),
    "larger": _SIZES, "bigger": _SIZES, "smaller": _SIZES,
    "wider": frozenset({"width"}), "deeper": frozenset({"depth"}),
    "pricier": _PRICES, "costlier": _PRICES, "expensive": _PRICES, "cheaper": _PRICES,
    "richer": frozenset({"worth", "wealth", "income"}),
}  # fmt: skip
_SAME = {"slower": "faster", "younger": "older", "lighter": "heavier", "poorer": "richer",
         "lower": "higher"}  # fmt: skip
_ADJECTIVE = re.compile(rf"\b({'|'.join([*_OF_ADJECTIVE, *_SAME])}) than\b")


def number_of(
    thing: Concept, concepts: Sequence[Concept | None], text: str, catalog: Catalog
) -> Concept | None:
    """The number of a thing that a comparison is about.

    Args:
        thing: What is compared; no column.
        concepts: Everything that the question speaks of.
        text: The words of the comparison.
        catalog: The schema.

    Returns:
        The column that the adjective speaks of; without one the only number of the thing that
        the question names.
    """
    said = _ADJECTIVE.search(text)
    if said is not None:
        words = _OF_ADJECTIVE[_SAME.get(said.group(1), said.group(1))]
        meant = [f for f in catalog.of(thing.table) if f.is_measure and words & set(f.words)]
        if len(meant) == 1:
            return replace(thing, candidate=Candidate(0.8, field=meant[0]), roles=set())
    numbers: dict[str, Concept] = {}
    for concept in concepts:
        column = concept.field if concept is not None else None
        if concept is None or column is None or not column.is_measure or column.is_time:
            continue
        if concept.table == thing.table:
            numbers.setdefault(concept.candidate.label, concept)
    if re.search(r"[$€£]\d", text):
        numbers = {
            label: c for label, c in numbers.items()
            if c.field is not None and MONEY & set(c.field.words)
        }  # fmt: skip
    return next(iter(numbers.values())) if len(numbers) == 1 else None
