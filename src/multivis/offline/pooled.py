"""Things that are put together and make no groups: "summed over all shops", "all together"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multivis.offline.concepts import Concept

__all__ = ["pool"]

_P = r"\[(?:\d+\+)*(?P<n>\d+)\]"
_POOLED = (
    re.compile(
        r"\b(?:sum(?:med)?|total(?:led|ed|s)?|add(?:ed|ing)?(?: up)?|averag(?:ed|ing)|"
        r"combin(?:ed|ing)|aggregat(?:ed|ing)|pool(?:ed|ing)|taken|put together)(?: up)? "
        r"(?:over|across) "
        rf"(?:all |the |every |all the |all of the |our |different )*{_P}"
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
_PLACES = frozenset({"x", "y", "color", "row", "column", "facet", "label"})


def pool(text: str, concepts: Sequence[Concept | None]) -> None:
    """Take the roles from what is put together over.

    Args:
        text: The skeleton.
        concepts: By placeholder number.
    """
    for pattern in _POOLED:
        for found in pattern.finditer(text):
            concept = concepts[int(found["n"])]
            if concept is None or concept.roles & _PLACES or concept.aggregate:
                continue
            if concept.field is not None and concept.field.is_measure:
                continue
            label = concept.candidate.label
            alike = [c for c in concepts if c is not None and c.candidate.label == label]
            placed = _PLACES | {"dimension"}
            if not any(c.roles & placed for c in alike if c is not concept):
                concept.roles = {"pooled"}
