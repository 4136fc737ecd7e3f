"""Things that are put together and make no groups: "summed over all shops", "all together"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multivis.offline.concepts import Concept

__all__ = ["pool", "with_wholes"]

_P = r"\[(?:\d+\+)*(?P<n>\d+)\]"
_POOLED = (
    re.compile(
        r"\b(?:sum(?:med)?|total(?:led|ed|s)?|add(?:ed|ing)?(?: up)?|averag(?:ed|ing)|"
        r"combin(?:ed|ing)|aggregat(?:ed|ing)|pool(?:ed|ing)|taken|put together)(?: up)? "
        r"(?:over|across) "
        rf"(?:the whole of |all |the |every |all the |all of the |our |different )*{_P}"
    ),
    re.compile(
        rf"\b(?:over|across|for|of|from|in) all (?:the |of the |our )*{_P} (?:taken )?(?:together|"
        r"combined|in total|in sum)\b"
    ),
    re.compile(
        r"\b(?:regardless of|no matter (?:which|what)|irrespective of|whatever) "
        rf"(?:the |their |its )?{_P}"
    ),
    re.compile(rf"\ball (?:the |our )?{_P} (?:taken together|together|combined)\b"),
)
_AGGREGATED = re.compile(
    r"(?=\[(\d+)\](?: (?:[a-z]+ed|spent|paid|won|made|sold)\b)?"
    r"(?P<by> (?:by|per|for each|in each) \[\d+\])? (?:across|over) "
    rf"(?P<all>the whole of )?(?:the |our )?{_P})"
)
_ALL = re.compile(r"\b(across|over) all(?: of)?(?: the| our| their| these)? (?=\[)")
_WHOLE = re.compile(rf"\b(?:across|over) the whole of {_P}")
_PLACES = frozenset({"x", "y", "color", "row", "column", "facet", "label"})


def with_wholes(text: str) -> str:
    """The skeleton, where "across all [shops]" is another thing than "across [shops]"."""
    return _ALL.sub(r"\1 the whole of ", text)


def pool(text: str, concepts: Sequence[Concept | None]) -> None:
    """Take the roles from what is put together over.

    Args:
        text: The skeleton.
        concepts: By placeholder number.
    """
    for pattern in _POOLED:
        for found in pattern.finditer(text):
            _put_together(concepts[int(found["n"])], concepts)
    for found in _AGGREGATED.finditer(text):  # "total hours by game across students"
        amount, thing = concepts[int(found.group(1))], concepts[int(found["n"])]
        if amount is None or amount.aggregate not in {"sum", "sum?", "avg", "count", "median"}:
            continue
        if thing is None or (thing.field is not None and not found["all"]):
            continue
        if found["by"] and not found["all"] and thing.table != amount.table:
            continue  # "the average per shop across seasons" has both as groups
        others = [
            c for c in concepts
            if c is not None and c is not thing and c is not amount
            and c.candidate.label not in {thing.candidate.label, amount.candidate.label}
            and c.roles & {"dimension", "x", "y", "color"} and not c.aggregate
        ]  # fmt: skip
        if others:
            placed = thing.roles & {"x", "y"}  # "the sum spent across shops vertically"
            amount.roles |= placed
            thing.roles -= placed
            _put_together(thing, concepts)
    for found in _WHOLE.finditer(text):  # all there is to group by
        thing = concepts[int(found["n"])]
        if thing is not None and "pooled" not in thing.roles and not thing.aggregate:
            thing.roles.add("dimension")


def _put_together(concept: Concept | None, concepts: Sequence[Concept | None]) -> None:
    if concept is None or concept.roles & _PLACES or concept.aggregate:
        return
    if concept.field is not None and concept.field.is_measure:
        return
    label = concept.candidate.label
    alike = [c for c in concepts if c is not None and c.candidate.label == label]
    placed = _PLACES | {"dimension"}
    if not any(c.roles & placed for c in alike if c is not concept):
        concept.roles = {"pooled"}
