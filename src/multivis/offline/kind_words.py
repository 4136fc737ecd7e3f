"""Kinds of charts that are described and not named: "slices", "squares, darker for more"."""

from __future__ import annotations

import re

__all__ = ["described_kind"]

_DARK = r"(?:colou?r\w*|shad\w+|dark\w*|light\w*|pale\w*|bright\w*|intens\w*|red|blue|green)"
_TIMES = r"(?:the )?(?:years|months|weeks|days|decades|quarters|seasons|time)"
_CELL = r"(?:cells?|squares?|tiles?|rectangles?)"
# What these show is told by more than a mark: they hold although a mark is named, too.
_PRECISE = (
    (r"\bquartiles?\b|\boutliers\b[^.?!]{0,60}\bmedians?\b|\bmedians?\b[^.?!]{0,60}\boutliers\b",
     "box"),
    (r"\bmirrored (?:\w+ )?(?:densit\w+|curves?|distributions?)", "violin"),
    (r"\bcumulative (?:share|proportion|fraction|percentage|probabilit\w+)\b|\b(?:share|proportion|"
     r"fraction|percentage) of [^.?!]{3,60}\b(?:at most|up to|no more than|below (?:each|a given))",
     "ecdf"),
    (r"\b(?:start|begin|pick)\w*(?: up)? where (?:the )?(?:one |last |previous |preceding )?"
     r"(?:\w+ )?(?:before )?(?:end|stop|left|finish|leav)\w*|\bfloating (?:steps|blocks)\b|"
     r"\bbuild-?up\b[^.?!]{0,60}\bsteps?\b|\bsteps?\b[^.?!]{0,60}\b(?:build|add) up to\b",
     "waterfall"),
    (r"\bfold(?:ed|s|ing)?\b[^.?!]{0,40}\bbands?\b|\bbands?\b[^.?!]{0,40}\bfold(?:ed|s|ing)\b|"
     r"\b(?:two|2|three) (?:overlapping |stacked )?bands\b[^.?!]{0,40}\b(?:dark|over)", "horizon"),
    (r"\bquantiles? of\b[^.?!]{0,60}\b(?:against|with|to|versus|vs)\b[^.?!]{0,40}\b(?:those|"
     r"quantiles|uniform|normal|theoretical)", "qq"),
    (r"\bpair ?wise\b|\b(?:panel|plot|chart|scatter\w*) (?:for|of) (?:each|every) (?:pair|"
     r"combination)\b|\bevery (?:one|number|measure|pair) against every other\b", "matrix"),
    (r"\b(?:smooth\w*|filled) (?:curves?|humps?|hills?)\b[^.?!]{0,40}\bdistribut\w*|"
     r"\bdistribut\w*[^.?!]{0,60}\b(?:smooth\w*|filled) (?:curves?|humps?|hills?)\b", "density"),
    (rf"\b(?:grid|matrix)\b[^?!]{{0,120}}?\b{_DARK}\b|\b{_DARK}\b[^.?!]{{0,60}}?\b(?:grid|matrix)\b|"
     rf"\b{_DARK} (?:a |an |each |every |the |of (?:a|the|each|every) )?{_CELL}\b|"
     rf"\b{_CELL}\b[^.?!]{{0,60}}?\b(?:{_DARK})\b|\b(?:in|inside) (?:each|every|the|its) {_CELL}\b",
     "heatmap"),
    (rf"\bbin\w* [^.?!]{{3,60}}\band\b[^.?!]{{0,80}}\b{_DARK}\b[^.?!]{{0,30}}\b(?:counts?|numbers?|"
     rf"how many|frequenc\w+)|\bacross\b[^.?!;]{{0,40}}\bdown\b[^.?!]{{0,80}}\b{_DARK}\b|"
     rf"\bcalendar\b(?! (?:years?|months?|weeks?|days?|order|dates?|quarters?))[^.?!]{{0,120}}?\b"
     rf"{_DARK}\b|\b\w+[- ]by[- ]\w+ (?:grid|matrix)\b|"
     r"(?<!scatter )(?<!plot )\bmatrix of\b(?![^.?!]{0,80}\b(?:scatter|pair|plots))[^.?!]{3,80} "
     r"(?:by|and|against|versus) ", "heatmap"),
    (r"\b(?:one|an?) (?:\w+ ){0,2}?(?:ticks?|marks?|dash|stroke|line) (?:per|for each|for every)\b"
     r"[^?!]{0,80}\b(?:rows?|lanes?|strips?) (?:for|per|of)\b|\b(?:rows?|lanes?|strips?) "
     r"(?:of|with) (?:\w+ )?(?:ticks|marks|dashes)\b", "strip"),
)  # fmt: skip
# What holds only where no mark is named.
_MARKS = (
    (r"\bslices?\b|\bwedges?\b|\bround (?:chart|graph|diagram|picture)\b|\ba (?:ring|circle|disc|"
     r"disk|cake) (?:cut|divided|split|with a hole|in (?:pieces|parts|sectors))|\bsectors?\b of a "
     r"circle|\bas a (?:ring|cake)\b", "arc"),
    (r"^(?!.*\b(?:against|versus|vs|slider|circles?|points?|dots?|both)\b).*?(?:\bbins? of "
     r"(?:about )?\$?\d|\bbin (?:width|size)s?\b|\b(?:with|using|about|up to|at most) \d+ bins\b)",
     "histogram"),
    # What is stacked along time covers it without a gap.
    (rf"\bover {_TIMES}\b[^.?!]{{0,40}}\bstack(?:ed|ing)?\b(?! bars| columns)|"
     rf"\bstack(?:ed)?\b(?! bars| columns)[^.?!]{{0,60}}\bover {_TIMES}\b", "area"),
    (r"\b(?:one|a|an) (?:mark|dot|point|circle|symbol) (?:for each|for every|per|each)\b|"
     r"\bcircles? as (?:large|big|wide)\b|\bcircles? (?:that |which )?(?:is|are|get|gets)? ?(?:siz|"
     r"larg|big|grow)\w*|\b(?:do|does|is|are)\b[^.?!]{3,80}\b(?:go up|rise|grow|increase|fall|drop|"
     r"decrease|correlat\w*|depend|relate\w*|connected) (?:with|on|to)\b|\bslider\b", "scatter"),
)  # fmt: skip
_GENERIC = frozenset({"", "line", "bar", "area", "scatter", "bubble"})


def described_kind(text: str, family: str, name: str, *, drawn: bool) -> tuple[str, str]:
    """The family that words describe, and these words; what is named where none is described.

    Args:
        text: A question in small letters.
        family: The family that its words name, or empty.
        name: The words that name it.
        drawn: Whether words draw a mark, which then counts more than slices and points.
    """
    named = re.search(r"chart|plot|graph|gram\b|map\b", name) is not None
    if family in _GENERIC and not named:
        for pattern, kind in _PRECISE:
            if (found := re.search(pattern, text)) is not None:
                return kind, found.group(0)
    if not family and not drawn:
        for pattern, kind in _MARKS:
            if (found := re.search(pattern, text)) is not None:
                return kind, found.group(0)
    return family, name
