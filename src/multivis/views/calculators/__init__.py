"""Exact calculators over what a chart draws.

Each is a pure function of traces (`multivis.views.figure.Trace`) that gives a JSON-safe mapping
with its evidence: trace, index and values of the points that decide. Sums are exact (`fsum`);
nothing is read from pixels.
"""

from __future__ import annotations

from multivis.views.calculators.changes import changes
from multivis.views.calculators.curves import (
    area,
    compare,
    crossings,
    roughness,
    roughness_of,
    smoothest,
)
from multivis.views.calculators.items import Item, choose, find_item
from multivis.views.calculators.ranking import extremes, medians, order
from multivis.views.calculators.statistics import correlation, gaps, shares, steps, sums, trends

__all__ = [
    "Item",
    "area",
    "changes",
    "choose",
    "compare",
    "correlation",
    "crossings",
    "extremes",
    "find_item",
    "gaps",
    "medians",
    "order",
    "roughness",
    "roughness_of",
    "shares",
    "smoothest",
    "steps",
    "sums",
    "trends",
]
