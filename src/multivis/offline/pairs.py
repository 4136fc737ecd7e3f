"""Measures that the words of a question set side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from multivis.offline.concepts import Concept
from multivis.offline.draft import Draft
from multivis.offline.plan import Output

__all__ = ["asks_for_range", "set_side_by_side"]

_BESIDE = re.compile(
    r"^(?:[^.;]{0,60}?\b)?(?:and|versus|vs|against|with|to|plus|alongside|as well as|both|or)\b"
    r"[^.;]{0,60}$|^[^.;]{0,12},[^.;]{0,12}$"
)


def set_side_by_side(draft: Draft, pair: Sequence[Output], concepts: Mapping[str, Concept]) -> bool:
    """Whether the words set two measures side by side ("the price and the cost")."""
    kind = draft.reading.kind
    if kind.overlay or kind.dual_axis or kind.mean_line:
        return True
    both = [concepts.get(o.name) for o in pair]
    labels = [c.candidate.label if c is not None else "" for c in both]
    known = draft.reading.placeholders
    for sentence in re.split(r"(?<=[.?!;])\s", draft.reading.skeleton):
        found = []
        for place in re.finditer(r"\[(\d+(?:\+\d+)*)\]", sentence):
            for number in place.group(1).split("+"):
                concept = known.get(int(number))
                label = concept.candidate.label if concept is not None else None
                if label in labels:
                    found.append((labels.index(label), place.start(), place.end()))
        for first, _, end in found:
            for second, start, _ in found:
                between = sentence[end:start]
                if first != second and (start < end or _BESIDE.search(between)):
                    return True
    return False


_LEAST = (
    r"(?:lowest|min(?:imum)?|smallest|cheapest|youngest|shortest|lightest|earliest|least|slowest)"
)
_MOST = (
    r"(?:highest|max(?:imum)?|largest|biggest|dearest|oldest|longest|heaviest|latest|most|greatest|"
    r"fastest)"
)
_RANGE = re.compile(
    rf"\b{_LEAST}\b[^.?!]{{0,30}}?\b(?:and|to|versus|vs)\b[^.?!]{{0,30}}?\b{_MOST}\b"
    rf"|\b{_MOST}\b[^.?!]{{0,30}}?\b(?:and|to|versus|vs)\b[^.?!]{{0,30}}?\b{_LEAST}\b"
)


def asks_for_range(text: str) -> bool:
    """Whether both ends of a number are asked for ("the lowest and the highest price")."""
    return bool(_RANGE.search(text.lower()))
