"""Words that say how far an axis or an order goes, or how marks look: no conditions on rows."""

from __future__ import annotations

import re

from multivis.offline.catalog import Field
from multivis.offline.draft import MONTHS, WEEKDAYS

__all__ = ["from_to", "without_looks"]

# In these sentences a number is about the look of the chart, not about which rows to take.
_LOOK = re.compile(
    r"highlight|threshold|colou?r|slider|initially|preselect|already (?:be )?selected|by default|"
    r"when (?:it|the \w+) (?:opens|loads|starts)|zoom|\bbins?\b|pixels?|"
    r"opacity|axis (?:from|rang|run|go|span|start|extend)|ax[ie]s \S+ ?from"
    r"|set (?:the )?\[\d+\] (?:axis |scale )?(?:range|limits?)"
    r"|\blet (?:the )?\[\d+\] (?:run|rang|go|span|extend|start|cover)|"
    r"white text|black text|dashed|reference line|degrees|scale (?:from|rang)|wide|tall|unit"
    r"|\bshad(?:e|ed|es|ing)\b(?! (?:by|of)\b)|\bbackground\b|\bbands?\b|\bfold(?:ed|ing|s)?\b"
    r"|\b(?:check ?box|tick box|radio button|toggle)\w*"
    # "age may start above zero", "neither axis has to include zero"
    r"|\b(?:start|begin|includ|run|cross|reach|touch|contain|anchor|forc|fix)\w*\b"
    r"(?:(?! (?:than|least|most|with|where|whose|over|under|between|only)\b)[^.;]){0,30} "
    r"(?:zero|0)\b|\b(?:zero|0)[- ]?based\b"
    r"|(?<!from )(?<!since )(?<!after )\b\d\S* (?:on|along|across|down) the "
    r"(?:[xy]\b|horizontal|vertical|bottom|left|\[\d+\] axis)"
)
_TO = re.compile(
    r"\s*(?P<first>first,?\s+|at the (?:start|top|left),?\s+)?(?:down |right |all the way )?"
    r"(?:to|through|thru|until|till|up to|and ending (?:on|with)|[-–—])\s*(?:the\s+)?",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"\b(?:order|sort|arrang|rank|runn|sequenc|axis|axes)\w*\b"
    r"[^.;?!]{0,60}$",
    re.IGNORECASE,
)


def without_looks(sentence: str) -> str:
    """A sentence of the skeleton without its clauses that tell how the chart looks."""
    if not _LOOK.search(sentence):
        return sentence
    clauses = re.split(r",\s|\bwith\b(?= \w+ \w+ \w+ line)", sentence)
    return ", ".join(clause for clause in clauses if not _LOOK.search(clause))


def from_to(
    field: Field, first: object, last: object, before: str, between: str
) -> tuple[object, ...] | None:
    """The values that a stretch from one to another holds ("Monday to Friday").

    Args:
        field: The column of both.
        first: The value that stands first.
        last: The one that stands behind it.
        before: The words before the first.
        between: The words between them.

    Returns:
        The values that are taken; none where the stretch is an order, as it holds all values or
        follows words of order; None where it is no stretch.
    """
    stretch = _TO.fullmatch(between)
    if stretch is None:
        return None
    ordered = stretch["first"] is not None or _ORDERED.search(before) is not None
    known = [v for v in field.column.samples if isinstance(v, str)]
    for names in (WEEKDAYS, MONTHS):
        place = {name[:3].lower(): number for number, name in enumerate(names)}
        days = [place.get(v[:3].lower()) for v in known]
        start, end = place.get(str(first)[:3].lower()), place.get(str(last)[:3].lower())
        if start is None or end is None or None in days:
            continue
        length = (end - start) % len(names)
        inside = tuple(
            value for value, day in zip(known, days, strict=True)
            if day is not None and (day - start) % len(names) <= length
        )  # fmt: skip
        whole = len(inside) >= (field.column.distinct or len(known))
        return () if whole or ordered else inside
    return () if ordered else None
