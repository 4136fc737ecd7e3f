"""What words say of sliders and overviews: their ends, their start, the colours of both sides."""

from __future__ import annotations

import re
from typing import Any

from multivis.offline.altair_code import PYTHON

__all__ = ["asks_for_overview", "first_range", "side_colours", "slider_numbers"]

# ── overviews ───────────────────────────────────────────────────────────────────────────────

_BELOW = r"(?:below|beneath|under\w*|at the bottom)"
_OVERVIEW = re.compile(
    r"(?:smaller|overview|second|another|mini\w*) (?:\w+ ){0,3}(?:chart|view|plot|panel|timeline)s?"
    r" (?:\w+ ){0,4}(?:below|beneath|underneath|under it|at the bottom)|overview chart"
    rf"|\b(?:small|little|mini\w*|second) (?:\w+ ){{0,2}}?(?:overview|one|timeline|copy)\b"
    rf"[^.?!]{{0,40}}\b{_BELOW}\b"
    rf"|\b(?:mini|small|overview|brushable)[- ](?:[\w-]+ ){{0,2}}?(?:version|strip|copy|map|bar)\b"
    rf"[^.?!]{{0,30}}\b{_BELOW}\b"
    r"|\boverview\b(?! of\b)[^.?!]{0,60}\b(?:choose|select|drag|brush|pick|zoom)\w*"
    r"|overview (?:and|\+|plus) detail|below[^.]{0,40}(?:select|brush|choose) (?:\w+ ){0,3}range"
    r"|\bre-?bin\w*\b|\bresponsive bins\b|\bbins (?:that )?(?:adapt|adjust|follow|respond)\w*"
)
_RANGE = re.compile(
    r"\b(?:initial\w*|start\w*|begin\w*|opens?|already|at first|preselect\w*|pre-select\w*)\b"
)
_HALVES = {"first half": ("01-01", "06-30"), "second half": ("07-01", "12-31")}
_MONTHS_TEXT = """
january february march april may june july august september october november december
"""
_MONTHS = _MONTHS_TEXT.split()
_DAY = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)? ({'|'.join(_MONTHS)}),? (\d{{4}})\b"
    rf"|\b({'|'.join(_MONTHS)}) (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b"
    r"|\b(\d{4})-(\d{2})-(\d{2})\b"
)


def asks_for_overview(question: str) -> bool:
    """Whether two charts are wanted, the small one to choose the part that the large one shows."""
    return bool(_OVERVIEW.search(question.lower()))


def first_range(question: str) -> Any:
    """The dates that are selected when the chart opens, where the words give them."""
    for sentence in re.split(r"(?<=[.?!;])\s", question.lower()):
        if not _RANGE.search(sentence):
            continue
        days = [_day(found) for found in _DAY.finditer(sentence)]
        half = re.search(r"\b(first|second) half of (\d{4})", sentence)
        span = re.search(r"\b(\d{4}) ?(?:to|and|until|till|-|–) ?(\d{4})\b", sentence)
        year = re.search(r"\b(?:the year|with|in|of) (\d{4})\b", sentence)
        if len(days) == 2:
            first, last = days
        elif half is not None:
            first, last = (f"{half[2]}-{day}" for day in _HALVES[f"{half[1]} half"])
        elif span is not None or year is not None:
            pair = (span[1], span[2]) if span is not None else (year[1], year[1])  # type: ignore[index]
            first, last = f"{pair[0]}-01-01", f"{pair[1]}-12-31"
        else:
            continue
        ends = ", ".join(
            f"alt.DateTime(year={int(d[:4])}, month={int(d[5:7])}, date={int(d[8:])})"
            for d in (first, last)
        )
        return {"x": f"{PYTHON}[{ends}]"}
    return None


def _day(found: re.Match[str]) -> str:
    """A day that words give, as ISO text."""
    if found.group(7):
        return "-".join(found.group(7, 8, 9))
    day, month = (
        (found.group(1), found.group(2)) if found.group(1) else (found.group(5), found.group(4))
    )
    year = found.group(3) or found.group(6)
    return f"{year}-{_MONTHS.index(month) + 1:02d}-{int(day):02d}"


# ── sliders ─────────────────────────────────────────────────────────────────────────────────

_COLOUR = r"(?:red|blue|green|orange|purple|gold|black|gr[ae]y|teal|steelblue|yellow|pink|brown)"
_UNDER = r"(?:below|under|less|lower|younger|slower|smaller|fewer|shorter|lighter|cheaper)"
_OVER = r"(?:above|over|more|higher|older|faster|larger|greater|bigger|longer|heavier|dearer)"
_REST = r"(?:others?|rest|everything else|remaining|otherwise|else)"
_SIDES = re.compile(
    rf"\b({_UNDER}|{_OVER})\b[^.?!]{{0,50}}?\b({_COLOUR})\b[^.?!]{{0,60}}?"
    rf"\b(?:{_REST}|{_UNDER}|{_OVER})\b[^.?!]{{0,30}}?\b({_COLOUR})\b"
)
# "Red below the cutoff, blue otherwise"
_COLOUR_FIRST = re.compile(
    rf"\b({_COLOUR}) (?:for |when |if |where )?(?:\w+ ){{0,3}}?({_UNDER}|{_OVER})\b[^.?!]{{0,40}}?"
    rf"\b({_COLOUR}) (?:for |when |if |where )?(?:\w+ ){{0,3}}?(?:{_REST}|{_UNDER}|{_OVER})\b"
)
_NUMBER = r"(-?\d[\d,]*(?:\.\d+)?)(?: ?(thousand|million|billion|k\b|m\b))?"
_SPAN = re.compile(
    rf"\bslider\b[^.?!;:]{{0,80}}?(?:\b(?:from|between) |\(){_NUMBER} ?(?:to|and|-|–) ?{_NUMBER}"
)
_FIRST = re.compile(
    rf"\bslider\b[^?!;:]{{0,120}}?\bstart(?:s|ing)?(?: at| with| value)?(?: of)? {_NUMBER}"
    rf"|\bstart(?:s|ing)? (?:the|this|that) slider (?:at|with|from) {_NUMBER}"
    rf"|\bslider\b[^?!;:]{{0,120}}?(?<![\d.,]){_NUMBER} as (?:a |the |its )?"
    r"(?:start|initial|default|first)"
)
_STEP = re.compile(rf"\bslider\b[^?!;:]{{0,120}}?\bsteps?(?: size)?(?: of)? {_NUMBER}")
_SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9}


def side_colours(text: str) -> tuple[str, str] | None:
    """The colours below and above a threshold; None where words give none.

    Args:
        text: A question in small letters.
    """
    if (found := _SIDES.search(text)) is not None:
        side, first, second = found.groups()
    elif (found := _COLOUR_FIRST.search(text)) is not None:
        first, side, second = found.groups()
    else:
        return None
    return (second, first) if re.fullmatch(_OVER, side) else (first, second)


def slider_numbers(
    text: str,
) -> tuple[tuple[float, float] | None, float | None, float | None]:
    """The ends, the step and the start that words give a slider ("0 to 10, starting at 6").

    Args:
        text: A question in small letters.
    """

    def number(written: str, scale: str | None) -> float:
        made = float(written.replace(",", "")) * _SCALES.get(scale or "", 1)
        return int(made) if made.is_integer() else made

    span, step, first = _SPAN.search(text), _STEP.search(text), _FIRST.search(text)
    ends = None
    if span is not None:  # "0 to 150 million": the unit of the last is that of both
        ends = number(span[1], span[2] or span[4]), number(span[3], span[4])
    start = None
    if first is not None:
        start = next(number(first[n], first[n + 1]) for n in (1, 3, 5) if first[n] is not None)
    return ends, number(step[1], step[2]) if step is not None else None, start
