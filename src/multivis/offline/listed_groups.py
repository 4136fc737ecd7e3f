"""Groups that a list of values makes: "the heights of men and women"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept, Reading
from multivis.offline.linking import Candidate

if TYPE_CHECKING:
    from multivis.offline.parts import Parts

__all__ = ["COMPARES", "OF_ONE_NUMBER", "STRONG", "group_by_listed", "may_group"]

OF_ONE_NUMBER = frozenset({"ecdf", "histogram", "density", "box", "violin", "qq", "ridgeline"})
STRONG = frozenset(
    {"x", "y", "color", "size", "row", "column", "facet", "shape", "dimension",
     "measure", "first", "second", "versus", "distribution", "label", "order"}
)  # fmt: skip
COMPARES = re.compile(
    r"compar|versus|\bvs\b|differ|separate|distinguish|colou?r|stack|group|split|side|both|"
    r"broken|break|between|apart|than\b"
)


def group_by_listed(parts: Parts, reading: Reading, catalog: Catalog) -> None:
    """ "The average age in Hull, York and Bath": the towns are the groups, if nothing else is."""
    if reading.kind.family in OF_ONE_NUMBER:
        _spread_by_listed(parts, reading, catalog)
        return
    aggregated = [c for c in parts.measures if c.aggregate in {"avg", "sum", "count", "median"}]
    if parts.dimensions or not aggregated or len(parts.measures) != 1:
        return
    for condition in [*reading.compared, *reading.filters]:
        column = catalog.fields.get((condition.table, condition.column))
        if condition.operator == "in" and column is not None and column.is_category:
            parts.dimensions.append(Concept(Candidate(0.9, field=column), 96, roles={"dimension"}))
            return


_BELOW = re.compile(
    r"(?:above|below|under|beneath|underneath|on top of) (?:the other|each other|one another)|"
    r"\brows? each\b|\beach (?:in|on) (?:its|a|an) (?:own |separate )?row\b|stacked vertically"
)
_ABREAST = re.compile(
    r"side by side|next to (?:each other|one another|the other)|beside each other"
)


def _spread_by_listed(parts: Parts, reading: Reading, catalog: Catalog) -> None:
    """ "Histograms of the height for men and women": a spread for each of the values listed."""
    if any(c.field is not None or c.roles & (STRONG - {"distribution"}) for c in parts.dimensions):
        return
    text = reading.body.lower()
    asked = COMPARES.search(text) or _BELOW.search(text) or _ABREAST.search(text)
    for condition in [*reading.compared, *(reading.filters if asked else ())]:
        column = catalog.fields.get((condition.table, condition.column))
        if condition.operator == "in" and column is not None and column.is_category:
            roles = {"dimension", "color"}
            if _BELOW.search(text):
                roles = {"dimension", "row"}
            elif _ABREAST.search(text):
                roles = {"dimension", "column"}
            parts.dimensions = [Concept(Candidate(0.9, field=column), 96, roles=roles)]
            return


def may_group(concept: Concept, concepts: list[Concept], reading: Reading) -> bool:
    """Whether things are counted by a number ("students by age").

    In "plot boats by length and price, sized by berths" each point has these numbers.
    """
    if "size" in concept.roles or not any(c.field is None for c in concepts):
        return False
    numbers = [
        c for c in concepts
        if c.field is not None and c.field.is_measure and not c.roles & {"size", "tooltip"}
    ]  # fmt: skip
    return reading.kind.family != "scatter" or concept not in numbers or len(numbers) < 2
