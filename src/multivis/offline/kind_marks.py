"""Marks that words draw with where they name no kind of chart: "as a line", "stack a dot"."""

from __future__ import annotations

import re

__all__ = ["drawn_mark", "joins_two_dots"]

# A line that is a guide, a place or a trend draws no values.
_GUIDE = (
    r"(?<!dashed )(?<!dotted )(?<!vertical )(?<!horizontal )(?<!reference )(?<!threshold )"
    r"(?<!mean )(?<!average )(?<!median )(?<!trend )(?<!regression )(?<!loess )(?<!grid )"
    r"(?<!guide )(?<!base )(?<!time )(?<!product )(?<!dead )(?<!bottom )(?<!solid )"
    r"(?<!fit )(?<!fitted )(?<!smooth )(?<!bar )(?<!straight )"
)
_LINE = re.compile(
    r"\b(?:as|with|via|by|using|use|draw\w*|plot\w*|show\w*|see|want|like|make|give|connect\w*)\b"
    r"(?: me)?(?: (?:an?|one|two|three|\d|the|each|every|separate|of))*(?: \w+){0,2}? "
    + _GUIDE
    + r"lines?\b(?! (?:at|of|by|item)\b)|"
    r"(?:^|[.?!:;,] )(?:an?|one|two|three) (?:simple |plain |single |\w+ )?"
    + _GUIDE
    + r"lines?\b(?! (?:at|of|item)\b)|"
    r"(?:^|[.?!:;] )(?:an? )?lines?(?=[.?!]|$| (?:per|for|each)\b)"
)
_RULED = re.compile(
    r"\blines? (?:\w+ ){0,4}?(?:at|for|where|to mark|(?:mark|show|indicat|represent|tell|giv|"
    r"follow)(?:e?s|e|ing)?(?: me)?|through) "
    r"(?:the |its |their |each )?(?:overall |global |grand )?(?:average|mean|median|threshold|"
    r"target|\$?\d)|"
    r"\b(?:average|mean|median|target|threshold)\b[^.?!]{0,30}\bas (?:an? )?(?:\w+ ){0,3}lines?\b"
)
_POINT = re.compile(
    r"\b(?:an?|one) (?:\w+ )?(?:points?|dots?|circles?|bubbles?|markers?) (?:per|for (?:each|every|"
    r"all|any))\b|\b(?:each|every) (?:[\w'-]+ ){1,3}?(?:is|are|as|becomes?|gets?|to be|being|"
    r"should "
    r"be|shown as|drawn as) (?:an?|one|its own) (?:\w+ )?(?:points?|dots?|circles?|bubbles?)\b|"
    r"\b(?:give|giving) (?:each|every) (?:[\w'-]+ ){1,3}?(?:an?|one|its own) (?:\w+ )?(?:points?|"
    r"dots?|"
    r"circles?|bubbles?)\b"
)
_DUMBBELL = re.compile(
    r"\blines?\b[^.?!]{0,40}\b(?:connect|join|link)\w* (?:the )?(?:two|2|both) (?:dots|points|"
    r"circles)\b|\blines? (?:running |going |drawn )?from [^.?!]{3,90} to [^.?!]{3,90}\bdots? "
    r"(?:for|at) (?:each|both|either|the two)\b"
)
_STACK = re.compile(
    r"\bstack(?:ed|ing)?(?: up)? (?:an?|one) (?:dot|circle|point) (?:for|per)\b|"
    r"\b(?:an?|one) (?:dot|circle|point) (?:for each|for every|per)\b[^.?!]{0,60}\bstack(?:ed|s)\b"
)
_GROWING = re.compile(
    r"\b(?:circles|dots|bubbles|points)(?: (?:that|which))? (?:get|gets|getting|become|becomes|"
    r"becoming|grow|grows|growing|are) (?:larger|bigger|wider|with|where|as|the)\b"
)

_AREAS = re.compile(
    r"\b(?:two|three|several|overlapping|overlaid|transparent|translucent|see-through|opaque|"
    r"coloured|colored) areas\b"
)
_SEEN_THROUGH = re.compile(r"overla|transparent|translucent|opacity|stack|see-through")


_PAIR = r"(?:the |each |every |its |their )?(?:two|2|both|pairs?(?: of)?)(?: of)?(?: the)?"
_JOINED = re.compile(
    rf"\b(?:lines?|rules?|bars?) (?:\w+ ){{0,2}}?(?:connect|join|link|between|span)\w* {_PAIR} "
    r"(?:\w+ )?(?:dots|points|circles|values|ends|markers)\b"
    rf"|\b(?:connect|join|link)\w* {_PAIR} (?:\w+ )?(?:dots|points|circles|markers)\b"
    r"|\b(?:two|2|both|pair of)(?: \w+)? (?:dots|points|circles)\b[^.?!]{0,60}\b(?:connect|join|"
    r"link)\w*"
    r"|\b(?:dot|point|circle) for [^.?!]{3,60}\b(?:dot|point|circle) for [^.?!]{3,80}\b(?:connect|"
    r"join|link)\w*"
    r"|\bdots?\b[^.?!]{0,40}\blines? (?:\w+ ){0,2}?between (?:the two|them|both)\b"
    r"|\bdots? (?:plot|chart)\b[^.?!]{3,}[.?!]? ?[^.?!]*\blines? (?:\w+ ){0,2}?(?:connect|join|"
    r"link|between)\w* (?:the|them)\b(?![^.?!]*\border\b)"
)


def joins_two_dots(text: str) -> bool:
    """Whether two dots of each thing are to be joined by a line.

    Args:
        text: A question in small letters.
    """
    return bool(_JOINED.search(text))


def drawn_mark(text: str) -> tuple[str, str]:
    """The family that the words for marks ask for, and these words; empty where they ask for none.

    Args:
        text: A question in small letters that names no kind of chart.
    """
    areas = _AREAS.search(text)
    if areas is not None and _SEEN_THROUGH.search(text):
        return "area", areas.group(0)
    for pattern, family in ((_DUMBBELL, "dumbbell"), (_STACK, "scatter"), (_GROWING, "bubble")):
        if (found := pattern.search(text)) is not None:
            return family, found.group(0)
    line = _LINE.search(text)
    if line is not None and not _RULED.search(text):
        return "line", line.group(0)
    if (found := _POINT.search(text)) is not None and not re.search(r"\bover time\b", text):
        return "scatter", found.group(0)
    return "", ""
