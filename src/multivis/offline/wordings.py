"""Wishes for the form of a chart that people word in many ways, put the way the readers know.

Only words for marks, places, order and pointing are put otherwise, and never what stands in
quotes: those are titles and values.
"""

from __future__ import annotations

import re

__all__ = ["in_known_words"]

_QUOTED = re.compile(r"(\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|«[^»\n]{1,200}»|`[^`\n]{1,200}`)")

_ONES = r"(?:my|the|a|your|their|our)"
_MOUSE = r"(?:mouse|cursor|pointer|finger)"
_OVER = r"(?:over|on|onto|upon|above|across|near|to|at)"
_NP = r"((?!(?:of|one|a|an)\b)(?:[\w'’-]+ ){0,3}?[\w'’-]+?)"
_SMALL = r"(?:(?:own|separate|individual|single|little|small|mini|tiny|facet|facetted|faceted) )"
_VIEW = r"(column|row|panel|chart|graph|plot|facet|strip|subplot|histogram|picture)"
_MOST = r"(?:\w{2,}(?:est|iest)|most(?: [\w-]+)?|least(?: [\w-]+)?|best|worst|top|leading)"
_LIE = (
    r"(?:running|run|going|go|lying|laid|lie|drawn|turned|turning|stretching|stretch|extending|"
    r"extend|growing|grow|pointing|reaching|spreading)"
)

_COLOUR = (
    r"(?:(?:light|dark|bright|deep|pale)[ -]?)?(?:red|blue|green|orange|purple|yellow|gold|black|"
    r"pink|"
    r"crimson|teal|gr[ae]y|brown|navy|maroon|cyan|magenta|coral|salmon|steel ?blue)"
)
_BARS = r"(?:bars?|columns?)"
_EACH_BAR = rf"(?:it|them|each|each one|(?:each|every|the|its|their) {_BARS})"
_MAY = r"(?:can|may|might|could|should|(?:is|are) free to)"

# What the mouse rests on.
_POINTING = (
    (rf"\b(?:mous|roll|glid)ing (?:{_ONES} {_MOUSE} )?over\b", "hovering over"),
    (r"\b(?:mouse|roll)-?overs?\b|(?<!the )(?<!my )(?<!your )(?<!a )\bmouse over\b", "hover"),
    (
        r"\b(I|you|we|they|one|someone|people|readers?|users?|viewers?|to) points? "
        rf"(?:{_ONES} {_MOUSE} )?(?:at|to)\b",
        r"\1 hover over",
    ),
    (
        rf"\bpointing (?:{_ONES} {_MOUSE} )?(?:at|to)\b(?! (?:the )?(?:left|right|top|bottom)\b)",
        "hovering over",
    ),
    (
        r"\b(?:going|moving|passing|resting|putting|placing|holding|sliding|running|sweeping) "
        rf"(?:with )?{_ONES} {_MOUSE} {_OVER}\b",
        "hovering over",
    ),
    (
        rf"\b(?:move|pass|rest|put|place|hold|slide|run|sweep|go with) {_ONES} {_MOUSE} {_OVER}\b",
        "hover over",
    ),
    (
        rf"\b{_ONES} {_MOUSE} (?:is|rests?|sits?|lies|hovers?|goes|moves?|passes|stays|stands|"
        rf"comes|"
        rf"lands|points?) {_OVER}\b",
        "I hover over",
    ),
    (rf"\bunder(?:neath)? {_ONES} {_MOUSE}\b", "that I hover over"),
    (r"\b(?:let me |I (?:can|could|want to) |I'd like to )?read off\b", "show"),
)
# Bars that lie, bars that stand, and where the first of them is.
_DIRECTIONS = (
    (
        rf"\b{_BARS}((?: (?:for|per)(?: each| every)? [\w-]+)?) (?:that |which )?(?:(?:should|"
        rf"shall|"
        rf"must|to) )?(?:{_LIE} )?(?:sideways|sidewards?|on (?:its|their) sides?|(?:out )?to the "
        r"(?:right|side)|from (?:the )?left to (?:the )?right|left to right)\b",
        r"horizontal bars\1",
    ),
    (rf"\b(?:sideways|side-on|lying|flat|left-to-right) {_BARS}\b", "horizontal bars"),
    (r"\bbar lists?\b|\blist of bars\b|\bbars? (?:in|as) a list\b", "horizontal bars"),
    (r"\b(?:upright|standing) (bars?|columns?)\b", r"vertical \1"),
    (rf"\b({_COLOUR}) columns\b", r"\1 bars"),
    (r"\b(tallest|highest|longest|shortest|lowest) column\b", r"\1 bar"),
    (
        rf"\b({_MOST}(?: [\w-]+){{0,3}}?) (?:uppermost|topmost|highest up|at the very top)\b",
        r"\1 at the top",
    ),
    (
        rf"\b({_MOST}(?: [\w-]+){{0,3}}?) (?:leftmost|(?:on|at|to) the (?:far |very )?left)\b"
        r"(?! (?:side|hand|axis|panel|plot|chart))",
        r"\1 first",
    ),
    (
        rf"\b({_MOST}(?: [\w-]+){{0,3}}?) (?:leads|comes first|goes first|"
        rf"in the lead)\b",
        r"\1 first",
    ),
    (r"\bA-to-Z(?: order)?\b", "alphabetical order"),
    (r"\b(?:in order )?(?:from )?A (?:to|through|until) Z\b", "in alphabetical order"),
)
# Panels, and groups of bars that stand apart.
_PANELS = (
    (
        rf"\b(?:every|each) {_NP} (?:gets?|has|have|having|is given|receives?|with|(?:should|shall|"
        rf"must) (?:get|have)|in|on) (?:an? |one |its )?{_SMALL}*{_VIEW} (?:of|for|to|all to) "
        r"(?:its|their) ?(?:own|self)\b",
        r"a separate \2 for each \1",
    ),
    (
        rf"\b(?:every|each) {_NP} (?:gets?|has|have|having|is given|receives?|with|(?:should|shall|"
        rf"must) (?:get|have)) (?:an? |one |its ){_SMALL}+{_VIEW}\b",
        r"a separate \2 for each \1",
    ),
    (
        rf"\b(?:give|giving|put|putting|draw|show|plot) (?:me )?(?:every|each) {_NP} (?:in |on )?"
        rf"(?:an? |one |its ){_SMALL}+{_VIEW}\b",
        r"show a separate \2 for each \1",
    ),
    (
        r"\b(a|one|each|own|separate) (?:panel|facet|chart|plot) (row|column) (per|"
        r"for)\b",
        r"\1 \2 \3",
    ),
    (
        rf"\bone (?:small )?((?:{_VIEW}s? ){{0,2}}?)(?:stacked |placed |put |lying |standing |"
        rf"drawn )?"
        r"(?:below|beneath|under(?:neath)?|over|above|atop|on top of) (?:the other|another|"
        r"the next)\b",
        r"\1one below the other",
    ),
    (
        r"\b(?:a|an|one) (?:separate )?(?:cluster|bunch|block)(?: of ((?:\w+ )?)(?:bars|columns))? "
        r"(?:per|for(?: each| every)?)\b",
        r"\1bars, a separate group for each",
    ),
    (
        rf"\b(?:every|each) {_NP},? (?:is |being |as |forms? |makes? |gets? )?(?:a|one|its own) "
        r"(?:cluster|bunch|block)(?: of (?:bars|columns))?\b",
        r"bars, a separate group for each \1",
    ),
    (
        r"\b(wedges|slices|bars|columns|lines|dots|points|circles|bubbles|sectors|areas|layers|"
        r"pieces|"
        r"parts|segments)(?:,| -| –|:) one (?:for|per)(?: each| every)?\b",
        r"\1 for each",
    ),
)
_SERIES = (
    (
        r"\b(lines|areas|bars|slices|wedges|curves|layers)\b((?! for each)[^.;!?]{3,70}?), one "
        r"(?:for|per) "
        r"(?:each|every)\b",
        r"\1\2, \1 for each",
    ),
    (
        rf"\b(?:every|each) {_NP} (?:gets?|has|have|having|is given|with|should (?:get|"
        rf"have)) (?:its own|an? own|a "
        r"separate|one) (?:\w+ )?(line|area|curve|slice|wedge)\b(?: of its own)?",
        r"a \2 for each \1",
    ),
)
# Shapes by their looks.
_LOOKS = (
    (
        r"\b(?:stair(?:case|s|way|step)?s?|steps?)[ -](?:shaped|like|style|formed|type)\b|"
        r"\bstaircase\b|\blike (?:a )?(?:stairs|staircase)\b",
        "stepped",
    ),
    (
        r"\b(?:pil|heap)(?:e|ed|es|ing|s)?(?: up)?((?: \w+){0,4}?) (?:on top of|on|onto|upon|"
        r"over|atop|above) "
        r"(?:each other|one another)\b",
        r"stacked\1",
    ),
    (
        r"\b(bars?|areas?|columns?|pieces|segments|parts|layers|curves)((?: \w+){0,3}?) pil(?:ed|"
        r"ing) up\b",
        r"\1\2 stacked",
    ),
    (
        r"\bbars?((?: \w+){0,4}?) (?:made up|built up|put together|composed|consisting|assembled) "
        r"(?:of|from|out of) (?:\w+ ){0,2}?(?:pieces|parts|segments|blocks|layers|sections)\b"
        r"(?: (?:for|by|per) (?:its |the |each |every |all )?)?",
        r"stacked bars\1 split by ",
    ),
    (
        r"\b(connect|join|link|string|strung)(ed|ing|s)?(?: up| together)? (?:by|in|from|along|"
        r"following|"
        r"according to|with) (?:the )?(?:(?:ascending|increasing|rising|growing|"
        r"chronological)(?: order(?: "
        r"of)?)?|(?:earliest|first|oldest|lowest|smallest) (?:\w+ )?to (?:the )?(?:latest|last|"
        r"newest|"
        r"youngest|highest|largest)|sequence of|succession of)(?: (?:by|of|in))?(?= \w)",
        r"\1\2 in the order of",
    ),
    (r"\b(?:cut|chopped|sliced|carved|parted)(?: up)? into\b", "split into"),
    (r"\bstacked dot (?:plot|chart|diagram)s?\b|\bdot[ -]stacks?\b", "Wilkinson dot plot"),
    (
        r"\b(?:melt|blend|dissolv|run|shad|pass|turn)ing (?:in)?to(?= (?:\w+ )?(?:white|black|"
        r"gr[ae]y|"
        r"transparen\w*|nothing|red|blue|green|yellow|orange|purple|pink|teal)\b)",
        "fading to",
    ),
    (r"\bline (?:\+|&|plus) (?:markers|points|dots|circles)\b", "line with point markers"),
    (r"\b(?:100|(?:a |one )?hundred) ?per ?cent\b", "100%"),
    # A short line over a bar, and a bar between two ends.
    (
        rf"\b(?:short|small|little|tiny|narrow) ((?:{_COLOUR} )?)(?:lines?|rules?|"
        rf"strokes?)(?: drawn| laid"
        rf"| set| put)? (?:across|over|on) {_EACH_BAR}\b"
        rf"|\b((?:{_COLOUR} )?)(?:lines?|rules?|strokes?)(?: drawn| laid| set|"
        rf" put)? across {_EACH_BAR}\b",
        r"\1\2tick over it",
    ),
    (r"\b(?:dash|notch)(es)?\b(?! of| line| pattern| style)", r"tick"),
    (
        r"\b(?:start|begin)(?:s|ning|ing)? (?:at|with|from) ((?:the |its |their )?(?:lowest|"
        r"smallest|min\w*|least|"
        r"youngest|earliest|cheapest|shortest)\b[^.;]{0,50}?),? and (?:end|stop|finish|"
        r"reach)(?:s|es|ing|ping)? "
        r"(?:at|with|up at)\b",
        r"run from \1 to",
    ),
    (
        rf"\b(?:only |just )?(\d+|[A-Z][\w'-]+)(?:'s|’s) (?:bar|column|slice|wedge|dot|point|line) "
        rf"(?:should be |is |being )?(?:in |colou?red )?({_COLOUR})\b",
        r"highlight \1 in \2",
    ),
    (
        rf"\b((?:any(?:one|body|thing)|whoever|those|whatever)\b[^.;,]{{3,60}}?) (?:gets?|has|have|"
        rf"should (?:get|have)|in) (?:an? )?({_COLOUR}) (?:bars?|columns?|dots?|points?|ones?)\b",
        r"highlight \1 in \2",
    ),
)
# What the axes begin with.
_ENDS = (
    (rf"\b{_MAY} (?:skip|leave out|omit|exclude|drop|ignore) (?:the )?(?:zero|0)\b",
     "need not start at zero"),
    (rf"\b{_MAY} (?:begin|start) (?:above|beyond|after|later than|higher than) (?:zero|0)\b",
     "need not start at zero"),
    (r"\b(?:has|have|needs?|need) (?:no need )?to (?:include|contain|show|reach) (?:zero|0)\b",
     "needs to start at zero"),
)  # fmt: skip
_RULES = (*_POINTING, *_DIRECTIONS, *_PANELS, *_SERIES, *_LOOKS, *_ENDS)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), told) for pattern, told in _RULES)


def in_known_words(question: str) -> str:
    """The question with wishes for its form in the words that the readers know.

    Args:
        question: A question in the asker's words.
    """
    parts = _QUOTED.split(question)
    for number in range(0, len(parts), 2):
        for pattern, told in _COMPILED:
            parts[number] = pattern.sub(told, parts[number])
    return "".join(parts)
