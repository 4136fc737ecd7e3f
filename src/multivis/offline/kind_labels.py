"""Whether words want names or values written on or beside the marks."""

from __future__ import annotations

import re

__all__ = ["NO_LABELS", "asks_for_labels"]

#: Words that want nothing written on the marks.
NO_LABELS = re.compile(
    r"\b(?:(?:don'?t|do not|won'?t) (?:need|want)|no|without|leave out|drop|skip|omit|remove) "
    r"(?:\S+ ){0,3}?(?:texts? labels?|labels?|texts?)\b(?! rotation)",
    re.I,
)

_SAID = (
    r"(?:names?|numbers?|values?|counts?|totals?|amounts?|percent\w*|figures?|averages?|shares?|"
    r"quantit\w+|prices?|scores?|titles?|sums?|means?|rates?|labels?|texts?)"
)
_MARK = (
    r"(?:bars?|segments?|pieces?|parts?|slices?|wedges?|cells?|squares?|tiles?|points?|dots?|"
    r"circles?|ends?|tips?|arcs?|columns?|markers?|marks?|sectors?|boxes|rectangles?|bubbles?)"
)
_ON = (
    r"(?:on(?: top of)?|above|over|inside(?: of)?|outside(?: of)?|beyond|around|under(?:neath)?|"
    r"below|"
    r"in(?:to)?|within|next to|beside|by|near|"
    r"at(?: the (?:end|top|tip|edge)s? of)?|to the (?:left|right) of|along)"
)
_THE = r"(?:each|every|all|the|its|their|both)(?: of the)?"
_WRITTEN = r"(?:writ\w+|print\w*|shown|displayed|put|placed|goes|go|stands?|sits?|belongs?)"

_PATTERNS = (
    rf"\b{_SAID} (?:beside|next to|above|over) (?:it|them|each (?:dot|point))(?=[ .,;!?]|$)",
    r"\blabell?ed (?:\w+ ){0,2}?(?:bars|columns|slices|wedges|cells|segments)\b",
    r"\b(?:numbers?|values?|counts?|totals?|amounts?|percent\w*|figures?|averages?) "
    r"(?:next to|beside|on(?: top of)?|above|inside|at the (?:end|top) of) "
    r"(?:each|every)(?: one| of them)?(?=[.,;!?]|$| please)",
    r"\bwith (?!(?:the )?(?:most|worst|best|\w+est)\b|an? (?:\w+ )?(?:line|rule|curve)\b)"
    r"(?:the |its |their )?(?:\w+ ){1,3}?on top\b"
    r"(?! (?:of|left|right))",
    r"\bat the (?:\w+ )?bar ends\b",
    # "Each piece carries its number", "bars bearing their values", "with its count at the end".
    rf"\b{_MARK} (?:(?:should|must|shall|to|that|which|can) )?(?:carr(?:y|ies|ying)|bear(?:s|ing)?|"
    rf"wear(?:s|ing)?) (?:the |its |their |an? )?(?:own |exact |very )?{_SAID}\b",
    r"\b(?:white|black|bold) (?:figures|numbers|numerals|digits|texts?|labels|letter(?:s|ing))\b",
    rf"\b(?:both |the |two )+{_SAID} (?:{_WRITTEN} )?(?:next to|beside|at|by|near) (?:both |the |"
    rf"its |"
    r"their |each )*(?:ends?|tips?)\b",
    rf"\bwith (?:each|every|its|their|the)(?: one'?s?| bar'?s?)? (?:own |"
    rf"exact )?{_SAID} (?:written |printed "
    rf"|standing )?(?:at|on|by|beside|above|behind) (?:the |its |their )?(?:ends?|tips?|tops?)\b",
    r"\b(?:names?|labels?|values?|numbers?|texts?|percent\w*|counts?) (?:\w+ ){0,3}?(?:around|"
    r"outside|(?:just )?beyond|at the (?:rim|edge|border)|along the (?:rim|edge))\b",
    r"(?:print|writ|put|display|show|add|includ|plac|label|overlay|annotat|giv)\w* "
    r"(?:\S+ ){0,7}?(?:on(?: top of)?|above|over|inside(?: of)?|outside(?: of)?|beyond|in(?:to)?|"
    r"within|"
    r"next to|"
    r"beside|at(?: the end of| the top of)?|to the right of) "
    r"(?:each|every|all|the|its|their|both)(?: of the)? (?!own |separate )(?:\w+ )?"
    r"(?:bars?|segments?|pieces?|parts?|slices?|wedges?|cells?|squares?|tiles?|points?|dots?|"
    r"circles?|ends?|tips?|arcs?|columns?)\b",
    r"\bwith (?:the |its |their |a )?(?:\w+ ){1,6}?(?:on|inside|above|in|next to|at the end "
    r"of) (?:each|every|the|all|its|their) (?:of the )?"
    r"(?:bars?|slices?|segments?|pieces?|cells?)\b",
    rf"{_WRITTEN} (?:directly |right |just )?{_ON} {_THE} (?:\w+ )?{_MARK}\b",
    r"(?:display|show|add|include|put|write|print|see)\w* (?:\S+ ){0,6}(?:(?:on|"
    r"above|inside|at the (?:end|top) of|next to|over|within) (?:each|the|every|its)?|"
    r"in (?:each|the|every|its)) ?(?:\w+ )?(?:bars?|segments?|slices?|cells?|points?)\b"
    r"(?! (?:chart|graph|plot))",
    r"labell?ed (?:next to|beside|above|on) ",
    r"labels? (?:\S+ ){0,6}(?:displayed|shown|placed) (?:outside|inside|on)\b",
    r"as (?:a |text )?labels?\b|as text (?:in|on|inside|over|within)\b",
    r"(?:value|text|data|count|number|percentage) labels?",
    r"label(?:l?ed|ing|s)? (?:each|every|the) (?:\w+ )?(?:bar|point|slice|segment|cell)",
    r"labell?ed (?:directly )?(?:with|by) (?:its|their|the)",
    r"\b(?:counts?|numbers?|values?|totals?|amounts?|percent\w*) on top(?=[.,;!?]|$)",
    r"labels? (?:on(?! the (?:vertical|horizontal|[xy])\b)|above|inside|directly|placed|outside|"
    r"for each)|text labels|"
    r"with labels(?! (?:slant|rotat|tilt|turn|at an angle|at \d|set at|in an angle))",
    # "Write the numbers inside", "with the value printed inside in black": where is clear.
    rf"\b(?:{_SAID}(?: {_WRITTEN})?|\w+ (?:written|printed)) "
    rf"(?:inside|on top|at (?:both|either|the|each) (?:ends?|tips?))"
    rf"(?=[.,;!?]|$| (?:in|and|with|of) )",
    # "… as the size of a slice and printed on it"
    rf"\b(?:writ\w+|print\w*) (?:\w+ ){{0,6}}?{_ON} (?:it|them|each)(?=[.,;!?]|$| and )",
    # "Label every tower by name", "label slices with the number": what is labelled are marks or
    # the things they stand for, and no axis.
    rf"\blabel(?:l?ed|ing|s)? (?!(?:{_THE} )?(?:(?:[xy][- ])?ax[ie]s|legend|rings?|lines?|scale|"
    rf"title|chart))(?:{_THE} )?(?:[\w']+ ){{0,3}}?(?:with|by) (?:its |their |the |a )?"
    rf"(?:\w+ ){{0,2}}?{_SAID}\b",
    r"\blabell?ed (?:pie|donuts?|doughnuts?|ring|bars?|scatter|heat ?map|points|dots|circles|"
    r"markers|wedges|sectors)\b",
    rf"\b(?:text|label|name)s?\b[^.?!]{{0,40}}?\b(?:left|right|above|top|beside|next) (?:of |to )?"
    rf"(?:{_THE}) (?:marker|mark|point|dot|bar|circle)s?\b",
)
_ASKED = re.compile("|".join(_PATTERNS))
# "Put a bubble in every cell": a mark is drawn there, nothing is written.
_DRAWN = re.compile(
    r"\b(?:put|draw|plac|set|show|add|giv)\w* (?:me )?(?:an?|one|the|its|"
    r"their) (?:\w+ )?(?:bubbles?|dots?|"
    r"circles?|points?|marks?|ticks?|squares?|symbols?|lines?|rules?|boxes|box|bars?)\b"
    r"|\bcolou?rs? (?:giv\w*|show\w*|tell\w*|represent\w*|mean\w*) (?:(?!\band\b)[^,.;])*"
)
# "… when I hover over each point", "after a click on a bar": where the reader points to.
_POINTED = re.compile(r"\b(?:hover|click|point)\w* (?:over|on|at)\b(?: \w+){0,2}")


def asks_for_labels(text: str) -> bool:
    """Whether names or values are to be written on the marks.

    Args:
        text: A question in small letters.
    """
    text = _DRAWN.sub(" ", _POINTED.sub(" ", text))
    if not _ASKED.search(text):
        return False
    # "I don't need the text labels" asks for none.
    return bool(_ASKED.search(NO_LABELS.sub(" ", text)))
