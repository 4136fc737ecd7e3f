"""Cue words: what the words around a placeholder say about its role in the chart."""

from __future__ import annotations

import re

from multivis.offline.concepts import Concept

__all__ = ["HOVER", "give_roles"]

_P = r"\[(\d+(?:\+\d+)*)\]"
_GAP = r"(?:(?!\[|\baxis|[xy]-axis|\.|color|size|legend)\S+ ){0,4}?"
_SHORT = r"(?:(?!\[|\.|and )\S+ ){0,3}?"
_CLAUSE = r"(?:(?!\[|\.|and )[^\s,]+ ){0,3}?"
_ROLES: tuple[tuple[str, str], ...] = (
    (
        "x",
        rf"{_P}[,)]? {_GAP}(?:on|along|across|as|for|to) (?:the )?(?:x-axis|x\b|"
        rf"horizontal axis|bottom)",
    ),
    ("x", rf"{_P}[,)]? {_GAP}(?:horizontally(?! (?:extend|how|the|\[))|at the bottom)"),
    (
        "x",
        rf"x-axis {_GAP}(?:show|display|represent|be|is|for|with|as|to|has|have|"
        rf"contain)\w* {_SHORT}{_P}",
    ),
    (
        "y",
        rf"{_P}[,)]? {_GAP}(?:on|along|down|as|for|to) (?:the )?(?:y-axis|y\b|"
        rf"vertical axis|left(?! (?:panel|plot|chart|hand|one|half|view|side|scatter))|side\b)",
    ),
    ("y", rf"{_P}[,)]? {_GAP}(?:vertically(?! (?:how|the|\[)))"),
    (
        "y",
        rf"y-axis {_GAP}(?:show|display|represent|be|is|for|with|as|to|has|have|"
        rf"contain)\w* {_SHORT}{_P}",
    ),
    (
        "size",
        rf"(?:size|thickness|width|radius)s? {_SHORT}(?:represent|show|indicat|"
        rf"based|proportion|reflect|correspond|by|determin|depend)\w* {_SHORT}{_P}",
    ),
    (
        "size",
        rf"(?:bigger|larger|smaller) (?:\w+ )?(?:points?|dots?|circles?|bubbles?|marks?) (?:for|"
        rf"mean\w*|where|if|with|show\w*|represent\w*|indicat\w*|stand\w* for) {_SHORT}{_P}",
    ),
    ("size", rf"\bsizes? (?:is|are|being|=|giv\w*|tell\w*|encod\w*|mark\w*) (?:the |its )?{_P}"),
    ("size", rf"\b(?:its|their|whose) (?:size|radius) (?:the |its )?{_P}"),
    (
        "size",
        rf"\b(?:(?:size|area|radius) ?(?:=|:|->|→)|bubbles? ?=) ?(?:(?!\[|"
        rf"and )[a-z]+ ){{0,3}}?{_P}",
    ),
    (
        "size",
        rf"{_P} (?:\w+ )?(?:decid|determin|sett?|giv|driv|control|fix|govern)\w* (?:the |its |"
        rf"their )?"
        r"(?:sizes?|radius|how (?:big|large|wide))\b",
    ),
    (
        "size",
        rf"\b(?:the|its|their|and|with) (?:size|radius) (?:for|of|from|by) "
        rf"(?:the |their |its )?{_P}",
    ),
    ("size", rf"(?:points?|dots?|circles?|bubbles?) as (?:big|large) as {_SHORT}{_P}"),
    ("size", rf"(?:sized|scaled) (?:by|according to|based on|in proportion to) {_SHORT}{_P}"),
    (
        "size",
        rf"{_P} (?:as|by|in|with|determin\w+|represented by) {_SHORT}(?:the )"
        rf"?(?:size|thickness)",
    ),
    (
        "shape",
        rf"(?:shapes? {_SHORT}(?:represent|show|indicat|by|for|per|based)\w*|shaped "
        rf"by) {_SHORT}{_P}",
    ),
    (
        "color",
        rf"(?:colou?r(?:ed|s|ing)?|colou?r[- ]cod(?:e|es|ed|ing)|shad(?:ed|e|ing)|hue|"
        rf"distinguish(?:ed)"
        rf"?) (?:(?!\[|\.)\S+ ){{0,5}}?(?:by|based on|according to|for|per|represent\w*|"
        rf"show\w*|indicat\w*|distinguish\w*|identify|reflect\w*|correspond\w*|"
        rf"denot\w*|giv\w*|tell\w*|mark\w*|encod\w*|stand\w* for|to|between|depending on)"
        rf"(?! (?:each|every one)[,;]) {_SHORT}{_P}",
    ),
    (
        "color",
        rf"{_P} {_CLAUSE}(?:in|with|by|as|has|have|having|getting|via) {_CLAUSE}(?:differen"
        rf"t|distinct|separate|unique|own|various|its own|specific)? ?colou?r(?:s|"
        rf"ed)?\b(?! (?:\w+ )?(?:for|by|per|to|represent\w*|show\w*|indicat\w*|distinguish\w*)\b)",
    ),
    ("color", rf"{_P} ?(?:=|:|->|→) ?(?:the )?(?:colou?rs?|hue|tint|shade)\b"),
    ("size", rf"{_P} ?(?:=|:|->|→) ?(?:the )?(?:\w+ )?sizes?\b"),
    (
        "color",
        rf"\b(?:colou?rs?|hue|tint|shade|fill) ?(?:=|:|->|→) ?(?:(?!\[|and )[a-z]+ ){{0,3}}?"
        rf"{_P}",
    ),
    (
        "color",
        rf"{_P} (?:\w+ )?(?:decid|determin|sett?|giv|driv|control|fix|govern)\w* (?:the |its |"
        rf"their )?"
        r"(?:colou?rs?|hue|shade|tint)\b",
    ),
    (
        "color",
        rf"\b(?:pieces|parts|segments|sections|slices|layers|blocks|stacks) ?(?:are |is )?"
        rf"(?:colou?red |shaded )?(?:for|per|by|being|=|from|showing) (?:each |every |the |"
        rf"its )?{_P}",
    ),
    (
        "color",
        rf"\bcolou?rs? {_SHORT}(?:tell|set|keep|hold|pull)\w* {_SHORT}{_P}(?: \w+)? apart\b",
    ),
    (
        "color",
        rf"\b(?:the|its|their|and|,) colou?rs? (?:should be |is |are |being |as |be |shows? )?"
        rf"(?:the |its )?{_P}",
    ),
    (
        "color",
        rf"(?:colou?red|multi-colou?red|differently colou?red) (?:lines?|bars?|"
        rf"areas?|points?|segments?|slices?|series) (?:for|by|per) {_SHORT}{_P}",
    ),
    (
        "color",
        rf"(?:split|broken down|broken|divided|separated|stacked|segmented|subdivided|"
        rf"disaggregated|breakdown)(?: \w+)?(?: out)? (?:into|by|between|in|"
        rf"according to) {_SHORT}{_P}",
    ),
    ("color", rf"(?:lines?|areas?|series) (?:for|per) (?:each |every )?{_P}"),
    ("color", rf"legend (?:for|of|showing|with) {_SHORT}{_P}"),
    ("color", rf"{_P} (?:shown |listed |explained )?(?:in|as) (?:the |a )?(?:colou?r )?legend\b"),
    (
        "row",
        rf"(?:separate|own|different|individual|its|one|a|each) rows? (?:for|per)"
        rf" (?:each |every )?{_P}",
    ),
    ("row", rf"{_P} (?:\S+ ){{0,3}}?(?:its own|a separate|separate|their own|different) row"),
    (
        "row",
        rf"(?:one (?:below|under|above) (?:the other|another)|(?:below|under) each other)"
        rf"(?: \w+)? (?:for|per|by) (?:each |every )?{_P}",
    ),
    (
        "row",
        rf"(?:for|per|by) (?:each |every )?{_P},? (?:\w+ )?(?:one (?:below|under|above) (?:the "
        rf"other|another)|(?:stacked )?(?:below|under|underneath) each other|stacked vertically)",
    ),
    (
        "row",
        rf"(?:for|per|by) (?:each |every )?{_P},? (?:[^.;\[]{{0,40}},? )?one below the other",
    ),
    ("y", rf"\brows (?:should be|shall be|are|being|=|:) (?:the )?{_P}(?=[^.;]*\bcolumns\b)"),
    ("x", rf"(?<=\brows)[^.;]*\bcolumns (?:should be |shall be |are |being |= |: )?(?:the )?{_P}"),
    (
        "column",
        rf"(?:separate|own|different|individual|its|one|a|each) columns? (?:for|"
        rf"per) (?:each |every )?{_P}",
    ),
    (
        "column",
        rf"{_P} (?:\S+ ){{0,3}}?(?:its own|a separate|separate|their own|different)"
        rf" columns?",
    ),
    (
        "facet",
        rf"(?:separate|individual|own|different|small multiples?|facet\w*|multiple|"
        rf"one|single) (?:\w+ )?(?:charts?|plots?|panels?|subplots?|facets?|graphs?|"
        rf"histograms?|sections?|grids?) (?:for|per|by|across|showing|based on)"
        rf" (?:each |every )?{_P}",
    ),
    (  # "grouped bars with one group per district": the groups stand apart
        "facet",
        rf"(?:\b(?:separate|small|own|one|a|single|different) groups? (?:of bars )?(?:for|per)|"
        rf"grouped (?:\w+ )?(?:bar )?charts? (?:for|per)|\bgrouped (?:inside|within)) "
        rf"(?:each |every )?{_P}",
    ),
    (
        "column",
        rf"{_P} (?:\S+ ){{0,3}}?(?:(?:in|for) (?:separate |different |the |its own |their own )?|"
        rf"as (?:separate |different |the |its own |their own ))columns?\b(?! chart| graph| plot)",
    ),
    (
        "row",
        rf"{_P} (?:\S+ ){{0,3}}?(?:as|in) (?:separate |different |the |its own |"
        rf"their own )?rows?\b",
    ),
    (
        "row",
        rf"(?:charts?|plots?|panels?|areas?) stacked vertically,? (?:(?:with )?one )?(?:chart |"
        rf"plot |"
        rf"panel )?(?:for|per|by) (?:each |every )?{_P}",
    ),
    ("row", rf"\b(?:in|into) (?:\w+ )?rows (?:by|for|per) (?:each |every )?{_P}"),
    ("column", rf"\b(?:in|into) (?:\w+ )?columns (?:by|for|per) (?:each |every )?{_P}"),
    (
        "facet",
        rf"\b(?:a|small|little|its|in) (?:panel|facet|subplot|small multiple)s? (?:for|per|by) "
        rf"(?:each |every )?{_P}",
    ),
    ("facet", rf"facet\w* {_SHORT}(?:by|for|per|across) (?:each |every )?{_P}"),
    (
        "facet",
        rf"{_P} (?:\S+ ){{0,3}}?(?:its own|a separate|separate|their own) (?:panel|"
        rf"chart|plot|subplot|facet|graph)",
    ),
    ("label", rf"label(?:l?ed|ing)?s? {_SHORT}(?:with|by|show\w*|as|for) {_SHORT}{_P}"),
    (
        "label",
        rf"(?:display|show|add|include|write|print|put|see|label)\w* {_SHORT}{_P} "
        rf"{_SHORT}(?:as (?:text )?labels?|(?:directly )?(?:on|above|inside|within|"
        rf"at the (?:end|top) of|next to|over|in) (?:each|every|the|its) (?:\w+ "
        rf")?(?:bars?|slices?|segments?|points?|cells?|arcs?))",
    ),
    (
        "label",
        rf"{_P} (?:(?:displayed|shown|written|placed|added) )?(?:as|in) (?:a |an |the )?"
        rf"(?:text )?labels?\b",
    ),
    ("label", rf"{_P} labell?ed (?:next|on|above|beside)"),
    (
        "label",
        rf"{_P} (?:is |are )?(?:written|printed|shown|displayed|placed|put) (?:\w+ )?"
        rf"(?:to the (?:right|left)|next to|beside|above|below|on top|at) (?:of )?"
        rf"(?:each|every|the|all|its|their)\b",
    ),
    ("label", rf"{_P} labels? (?:on|above|inside|next|at|placed|outside|positioned)"),
    (
        "order",
        rf"(?:sort|order|rank|arrang)\w* (?:\S+ ){{0,4}}?(?:by|according to|based "
        rf"on|in) {_SHORT}{_P}",
    ),
    ("listed", r"compar(?:e|es|ing) (?:the )?\[(\d+(?:\+\d+)+)\]"),
    ("series", r"\[(\d+(?:\+\d+){2,})\]"),
    ("first", rf"(?:relationship|correlation|association|link|connection) between {_P}"),
    (
        "distribution",
        rf"(?:distribution|distributed|spread|histogram|frequency|variability|"
        rf"range|densit\w+) (?:of|for|in) {_SHORT}{_P}",
    ),
    (
        "dimension",
        rf"(?:\bby|\bper|for each|for every|each|every|across|grouped by|within|"
        rf"among|in each|at each|over|for different|of each|by each) {_P}",
    ),
)
_COUNTS = "three|five|ten|fifteen|twenty"
# "Weight in tons going up", "the year (across)": which side a thing has.
_IN = r"(?: \(?in (?:\w+ ){0,2}?\w+\)?)?"
_RUNS = r"(?:go|goes|going|run|runs|running|rising|climbing|laid out|spread out|put|placed|set)"
_ROLES = (
    *_ROLES,
    ("facet", rf"\bone (?:for|per) (?:each |every )?{_P}"),
    (
        "ranked",
        rf"\b(?:top|first|bottom|\d+|{_COUNTS}) (?:(?:\d+|{_COUNTS}) )?"
        rf"(?:(?:most|least|highest|largest|biggest|smallest|lowest|best|worst)"
        rf"(?:[- ](?:\w+|\[\d+\]))? |"
        rf"\w+ing )?{_P}",
    ),
    (
        "dimension",
        rf"{_P} (?:with|having|that have|who have|which have|have) (?:at least|more than|"
        rf"fewer than|less than|over|under|at most|only) "
        rf"(?:\d+|{_COUNTS}|two|four|six|seven|eight|nine) \[",
    ),
    ("dimension", rf"(?:^|\b(?:show|see|know|me|compare|out) )which {_P} (?!\[|and |or )[a-z]+"),
    ("x", rf"{_P}{_IN} (?:{_RUNS} )?across\b(?! (?:the|each|every|all|different|\[))"),
    (
        "x",
        rf"{_P}{_IN} (?:{_RUNS} )?(?:underneath|beneath|below|(?:at|along|on) the (?:foot|base))"
        r"(?: (?:it|them|each|every one|each one))?(?=[,;:.)]|$)",
    ),
    ("y", rf"{_P}{_IN} (?:{_RUNS} )?down\b(?! (?:the|by|into|to))"),
    (
        "y",
        rf"{_P}{_IN} (?:{_RUNS} )?(?:up|upwards?)(?=[ ,;:.)]|$)(?! (?:to|by|into?|from|with|for|on|"
        r"over|against|per|as)\b)",
    ),
    (
        "y",
        rf"{_P}{_IN}(?: id| name| code| number)? (?:{_RUNS} )?up the (?:side|left|vertical|page)\b",
    ),
    (
        "x",
        rf"{_P}{_IN} \((?:{_RUNS} )?(?:x|x[- ]axis|across|horizontal\w*|bottom|along the bottom)\)",
    ),
    ("y", rf"{_P}{_IN} \((?:{_RUNS} )?(?:y|y[- ]axis|up|upwards?|vertical\w*|left|up the side)\)"),
    ("x", rf"\b(?:x|horizontally|across|along the bottom) ?(?:=|:|is|shows|being) (?:the )?{_P}"),
    ("y", rf"\b(?:y|vertically|upwards|up the side) ?(?:=|:|is|shows|being) (?:the )?{_P}"),
    ("x", rf"(?<!\] )\bhorizontally (?:(?:the|how|much|many|long|old|far|high|they) )*{_P}"),
    ("y", rf"(?<!\] )\bvertically (?:(?:the|how|much|many|long|old|far|high|they) )*{_P}"),
    (
        "dimension",
        rf"\b(?:var(?:y|ies|ied)|chang(?:e|es|ed)|differ(?:s|ed)?|depend(?:s|ed)?|"
        rf"develop(?:s|ed)?) (?:with|by|across|along|on|between) {_P}",
    ),
    ("for", rf"\bfor {_P}"),
)
_COMPILED_ROLES = tuple((role, re.compile(pattern)) for role, pattern in _ROLES)
HOVER = re.compile(
    r"tool-?tips?|hover|\bpoint(?:ing)? (?:at|to)\b|mouse over|mouseover|popup|pop-up"
)


_SORTING = re.compile(r"\b(?:sort|order|rank|arrang)\w*(?: \S+){0,3} ?$")


def _members(found: re.Match[str]) -> list[int]:
    return [int(part) for part in found.group(1).split("+")]


def _placed(members: list[int], concepts: list[Concept | None]) -> list[int]:
    """What has a side: of "a dot for each [shop], [rent] across" it is the rent, no shop."""
    last = concepts[members[-1]]
    if last is None or last.field is None:
        return members
    named = {n for n in members if (c := concepts[n]) is not None and (c.field or c.aggregate)}
    return [n for n in members if n in named]


def give_roles(text: str, concepts: list[Concept | None]) -> None:
    """Read the cue words around the placeholders."""
    for sentence in re.split(r"(?<=[.?!;])\s+", text):
        plain = sentence
        if HOVER.search(sentence):
            head, tail = _split_hover(sentence)
            for number in re.findall(r"\d+", " ".join(re.findall(r"\[[\d+]+\]", tail))):
                concept = concepts[int(number)]
                if concept is not None:
                    concept.roles.add("tooltip")
                    concept.tip = min(concept.tip, int(number))
            plain = head
        for number in re.findall(r"\d+", " ".join(re.findall(r"\[[\d+]+\]", plain))):
            concept = concepts[int(number)]
            if concept is not None:
                concept.roles.add("said")
        for role, pattern in _COMPILED_ROLES:
            for found in pattern.finditer(plain):
                members = _members(found)
                if role == "dimension" and _SORTING.search(plain[: found.start()]):
                    continue
                if role in {"x", "y", "color"}:
                    members = _placed(members, concepts)
                if role == "size":  # "price, rent and area as the size": only the last
                    members = members[-1:] if found.start(1) - 1 == found.start() else members[:1]
                for number in members:
                    concept = concepts[number]
                    if concept is None:
                        continue
                    if role == "ranked":  # "the ten largest shops": the shops are shown
                        if concept.field is not None or concept.aggregate:
                            continue
                        role = "dimension"
                    concept.roles.add(role)
        for found in re.finditer(
            rf"{_P}(?: \S+){{0,2}}? (?:versus|vs\.?|against|compared (?:to|with)) "
            rf"(?:(?:what|how much|how many) (?:(?!\[)\S+ ){{1,3}}?)?{_P}",
            plain,
        ):
            left, right = _members(found)[-1], int(found.group(2).split("+")[0])
            for number, role in ((left, "second"), (right, "versus")):
                concept = concepts[number]
                if concept is not None:
                    concept.roles.add(role)


_LOOK_AND_TIP = re.compile(
    r"(.*\b(?:colou?r|siz|shap)[^,]*\]) and ((?!.*\b(?:colou?r|siz|shap))[^\]]*)$"
)


# "[Sales] by [year] - a ring, values on hover": what stands before the last pause is drawn.
_DRAWN_FIRST = re.compile(
    r"(.*\b(?:by|per|each|every|against|versus|vs\.?|across|along|over|on the|coloured by|colored "
    r"by) (?:\w+ )?\[[\d+]+\][^\[]*?)(?:,| -| [–—]|;)(?: and)? (.*)$"
)


def _told_apart(clauses: list[str]) -> list[str]:
    """ "Colours for [kind] and details on hover": the colours are no part of the tooltip."""
    made: list[str] = []
    for clause in clauses:
        hover = HOVER.search(clause)
        first = _DRAWN_FIRST.match(clause[: hover.start()]) if hover is not None else None
        if first is not None and hover is not None and not HOVER.search(first.group(1)):
            made += [first.group(1), first.group(2) + clause[hover.start() :]]
            continue
        found = _LOOK_AND_TIP.match(clause)
        made += [*found.groups()] if found and HOVER.search(found.group(2)) else [clause]
    return made


def _split_hover(sentence: str) -> tuple[str, str]:
    """The part of a sentence that says what to draw, and the part about tooltips."""
    clauses = re.split(
        r"(?:,| and| so that| so)? (?=(?:and )?(?:include|add|show|with|make "
        r"sure|when|provide|display|have|i can|so|also|(?:one|an?|the|every) (?:\w+ )?tool-?tips? "
        r"(?:that|which|with|show|list|giv|tell|contain|should|must|for)\w*)\b)|, (?=hover)",
        sentence,
    )
    head, tail, inside = [], [], False
    for clause in _told_apart(clauses):
        if HOVER.search(clause):
            inside = True
            tail.append(clause)
        elif inside and re.match(r"(?:and )?(?:show|with|display|when|i can|include|so)\b", clause):
            tail.append(clause)
        else:
            head.append(clause)
    if tail and head and re.match(r"when|so", tail[0]) and not re.search(r"\[", " ".join(tail)):
        last = head.pop()
        first = _DRAWN_FIRST.match(last)
        if first is not None:
            head.append(first.group(1))
            last = first.group(2)
        effect = re.match(r"(.*\]\S*) ((?:that|which) [^\[\]]+)$", last)
        if effect is not None:  # "one line per [shop] that gets thicker when I hover over it"
            head.append(effect.group(1))
            last = effect.group(2)
        tail.insert(0, last)
    return " ".join(head), " ".join(tail)
