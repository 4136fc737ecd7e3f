"""What a question means: concepts with roles, filters, order, limits.

A question becomes a skeleton in which every mention of the schema is a placeholder
(``the average [0] for each [1], with [2] on the x-axis``); cue words around placeholders then
give each concept its roles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from multivis.charts.demands import Demands, LimitDemand, SortDemand, read_demands
from multivis.offline.catalog import Catalog, Field
from multivis.offline.chart_kinds import ChartKind, read_chart_kind
from multivis.offline.conditions import read_conditions
from multivis.offline.linking import Candidate, Mention, find_mentions, find_values
from multivis.offline.plan import Filter
from multivis.offline.words import stem

__all__ = ["Concept", "Reading", "Sort", "read_question"]


@dataclass
class Concept:
    """One thing that a question speaks of.

    Attributes:
        candidate: The column or table.
        order: Place of its first mention.
        aggregate: ``""``, ``count``, ``sum``, ``avg``, ``min``, ``max``, ``median``,
            ``count_distinct``.
        unit: Time unit, or empty.
        roles: Of x, y, color, size, shape, row, column, tooltip, label, detail, dimension,
            measure, sort, first, second, theta, opacity, key.
        text: The words of the first mention.
        mentions: How often it is mentioned.
    """

    candidate: Candidate
    order: int
    aggregate: str = ""
    unit: str = ""
    roles: set[str] = field(default_factory=set)
    text: str = ""
    mentions: int = 1

    @property
    def field(self) -> Field | None:
        """The column, or None for a table."""
        return self.candidate.field

    @property
    def table(self) -> str:
        """The table that it lives in."""
        return self.candidate.table

    @property
    def is_count(self) -> bool:
        """Whether it stands for a number of rows."""
        return self.candidate.field is None and self.aggregate in {"count", "count_distinct"}


@dataclass(frozen=True)
class Sort:
    """An order that was asked for: by a value, a name or another column."""

    descending: bool
    by: str = ""  # "" (not said), "name", "concept"
    concept: Concept | None = None


@dataclass
class Reading:
    """Everything read from a question."""

    question: str
    body: str
    kind: ChartKind
    concepts: list[Concept]
    demands: Demands
    filters: list[Filter] = field(default_factory=list)
    sort: Sort | None = None
    limit: int | None = None
    limit_lowest: bool = False
    unit: str = ""
    percent: bool = False
    distribution: bool = False
    relationship: bool = False
    tooltip: bool = False
    skeleton: str = ""
    ambiguities: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    unlinked: list[str] = field(default_factory=list)
    coverage: float = 0.0

    def having(self, role: str) -> list[Concept]:
        """Concepts with a role, in the order of the question."""
        return [concept for concept in self.concepts if role in concept.roles]


_TITLE_QUOTE = re.compile(
    r"(?:titled?|title of|title|call(?:ed)?|named?|caption(?:ed)?|label\w*|headed|heading|subtitle|"
    r"axis|as)\s*(?:it|the \w+|this|of|to|as|is|be|:|should be|should read|reads?|text)*[\s:]*"
    r"(\"[^\"]+\"|“[^”]+”|'[^']+'(?!\w))",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"\"[^\"]+\"|“[^”]+”")

_UNITS = {
    "year": "year", "yearly": "year", "annual": "year", "annually": "year", "month": "yearmonth",
    "monthly": "yearmonth", "day": "date", "daily": "date", "date": "date", "hour": "hour",
    "hourly": "hour", "quarter": "quarter", "quarterly": "quarter", "weekday": "weekday",
    "week": "week", "weekly": "week", "decade": "decade",
}  # fmt: skip
_TIME_WORDS = frozenset(
    {"year", "month", "day", "date", "time", "hour", "week", "quarter", "decade", "annual"}
)
_UNIT_CUE = re.compile(
    r"\b(?:days? of the week|weekdays?)\b|\b(?:days? of the month)\b|\b(?:months? of the year)\b"
    r"|\b(?:hours? of the day)\b"
    r"|\b(?:by|per|each|every|over(?: the)?|across(?: the)?|for each|in each|different|through the) "
    r"(?:\w+ )?(year|month|day|week|quarter|hour|date|decade)s?\b"
    r"|\b(yearly|monthly|daily|weekly|hourly|quarterly|annually|annual)\b"
    r"|\b(year|month|quarter|hour|date|day)s? (?:on|along|across) the (?:x|bottom|horizontal)"
    r"|\b(?:the|showing|with|launch|order) (year|month)s? (?:across|on|along|down)"
)


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _strip_quotes(question: str, keep: set[tuple[int, int]]) -> str:
    """Blank out titles and labels in quotes; quoted values of the data stay."""
    body = question
    for pattern, group in ((_TITLE_QUOTE, 1), (_QUOTE, 0)):
        for found in pattern.finditer(question):
            start, end = found.span(group)
            inside = any(start <= a and b <= end for a, b in keep)
            if pattern is _QUOTE and inside:
                continue
            body = _blank(body, start, end)
    return body


# ── choosing among readings ─────────────────────────────────────────────────────────────────


def _choose(mentions: list[Mention], catalog: Catalog, ambiguities: list[str]) -> None:
    """Give every mention one reading, so that the tables lie close together."""
    weight: dict[str, float] = {}
    for mention in mentions:
        if stem(mention.text) in _TIME_WORDS:
            continue
        top = mention.candidates[0].score
        tables = {c.table for c in mention.candidates if c.score >= 0.95 * top}
        for table in tables:
            weight[table] = weight.get(table, 0.0) + top / len(tables) ** 2
    main = max(sorted(weight), key=lambda table: weight[table], default="")
    used = {main} if main else set()
    # The surest mentions first: fewest readings, highest score.
    for mention in sorted(mentions, key=lambda m: (len(m.candidates) > 1, -m.candidates[0].score)):
        best, best_value = mention.candidates[0], float("-inf")
        for candidate in mention.candidates:
            away = (
                0.0 if candidate.table in used else catalog.distance(sorted(used), candidate.table)
            )
            joined = min(away, 4.0)
            value = (
                candidate.score - 0.12 * joined + 0.04 * min(2.0, weight.get(candidate.table, 0))
            )
            if value > best_value + 1e-9:
                best, best_value = candidate, value
        mention.chosen = best
        used.add(best.table)
        rivals = [
            c for c in mention.candidates
            if c is not best and c.score >= best.score and c.field and best.field
            and c.table in used and c.field.name != best.field.name
        ]  # fmt: skip
        if rivals:
            text = f'"{mention.text}" was read as {best.label}; it could also be {rivals[0].label}.'
            if text not in ambiguities:
                ambiguities.append(text)


# ── the skeleton ────────────────────────────────────────────────────────────────────────────

_P = r"\[(\d+(?:\+\d+)*)\]"
_DETERMINERS = re.compile(
    r"\b(?:the|a|an|our|their|its|his|her|these|those|all|different|various|exact|overall|each "
    r"of|individual|specific|particular|actual|corresponding|respective|types? of(?= \[)) (?=\[)"
)
_BEFORE = (
    ("count_distinct", r"(?:number|count) of (?:distinct|unique|different)"),
    ("count", r"(?:total )?(?:number|count|numbers|counts|tally|volume) of|how many|how often|(?:counts?|number) (?:for|per)"),
    ("avg", r"(?:average|mean|avg)(?: value)?(?: of)?|typical"),
    ("median", r"median(?: of)?"),
    ("max", r"(?:maximum|max|highest|largest|greatest|best|peak|most recent|latest)(?: value)?(?: of)?"),
    ("min", r"(?:minimum|min|lowest|smallest|least|earliest)(?: value)?(?: of)?"),
    ("sum", r"(?:total|sum|combined|overall|aggregate[d]?|cumulative)(?: amount| value| sum| number| of)*(?: of)?"),
)  # fmt: skip
_AFTER = (("count", r"counts?|numbers?|totals?|volume|frequency"),)
_AGGREGATES = tuple((name, re.compile(rf"\b(?:{p}) (?:{'|'.join(['the', 'all', 'different', 'their', 'its', 'our', 'total', 'people'])})?\s*\[(\d+)\]")) for name, p in _BEFORE)  # fmt: skip
_AGGREGATES_AFTER = tuple((name, re.compile(rf"\[(\d+)\] (?:{p})\b")) for name, p in _AFTER)


def _skeleton(body: str, mentions: list[Mention], values: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    position = 0
    marks = [(m.start, m.end, f"[{i}]") for i, m in enumerate(mentions)]
    marks += [(start, end, "{v}") for start, end in values]
    for start, end, mark in sorted(marks):
        if start < position:
            continue
        pieces.append(body[position:start])
        pieces.append(f" {mark} ")
        position = end
    pieces.append(body[position:])
    text = "".join(pieces).lower().replace("x axis", "x-axis").replace("y axis", "y-axis")
    text = re.sub(r"(\])\s*['’]s?(?=\s)", r"\1", text)
    text = re.sub(
        r"(?:from |in order of )?(?:the )?(?:highest|largest|most|biggest|greatest|lowest|smallest|least|fewest)"
        r" to (?:the )?(?:highest|largest|most|biggest|greatest|lowest|smallest|least|fewest)\b",
        "in order by",
        text,
    )
    text = re.sub(
        r"\b(?:with |having )?(?:the )?(?:highest|largest|most|lowest|smallest|least)\s+(\[\d+\])( counts?| numbers?)?"
        r"(?= (?:at the top|first|on top|coming first))",
        r"ordered by \1\2",
        text,
    )
    text = re.sub(
        r"starting (?:from|with) (?:the )?(?:smallest|lowest|largest|highest)",
        "starting with",
        text,
    )
    return re.sub(r"\s+", " ", text).replace(" ,", ",").replace(" .", ".").strip()


def _read_aggregates(text: str, concepts: list[Concept | None]) -> str:
    """Take aggregate words off the skeleton and give them to their concepts."""
    text = _DETERMINERS.sub("", text)
    for found in re.finditer(r"\bmin(?:imum)? and max(?:imum)? (?:values? of )?\[(\d+)\]", text):
        concept = concepts[int(found.group(1))]
        if concept is not None and concept.field is not None and concept.field.is_measure:
            concept.aggregate = "range"
            concept.roles.add("measure")
    for name, pattern in _AGGREGATES:

        def give(found: re.Match[str], name: str = name) -> str:
            concept = concepts[int(found.group(1))]
            if concept is not None:
                _give_aggregate(concept, name)
            return f"[{found.group(1)}]"

        text = pattern.sub(give, text)
        text = _DETERMINERS.sub("", text)
    for name, pattern in _AGGREGATES_AFTER:

        def give_after(found: re.Match[str], name: str = name) -> str:
            concept = concepts[int(found.group(1))]
            if concept is not None and (concept.field is None or not concept.field.is_measure):
                _give_aggregate(concept, name)
            return f"[{found.group(1)}]"

        text = pattern.sub(give_after, text)
    return text


def _give_aggregate(concept: Concept, name: str) -> None:
    """Note an aggregate where it fits the concept."""
    column = concept.field
    if concept.aggregate == "range":
        return
    if column is None:
        concept.aggregate = "count" if name in {"count", "sum"} else concept.aggregate
        if name in {"avg", "max", "min", "median"} and not concept.aggregate:
            concept.aggregate = "count"
        concept.roles.add("measure")
        return
    named = set(column.words)
    if name == "sum" and "total" in named:
        concept.roles.add("measure")
        concept.aggregate = concept.aggregate or "sum?"
        return
    if {"avg": "average", "max": "maximum", "min": "minimum"}.get(name, "") in named:
        concept.roles.add("measure")
        return
    if name in {"count", "count_distinct"}:
        if column.is_measure and not column.is_identifier:
            concept.roles.add("measure")
            concept.aggregate = concept.aggregate or "sum?"
            return
        concept.aggregate = name if name == "count_distinct" else "count"
        concept.roles.add("measure")
        return
    if column.is_measure or (column.is_time and name in {"min", "max"}):
        concept.aggregate = name
        concept.roles.add("measure")


def _read_time_nouns(text: str, concepts: list[Concept | None], catalog: Catalog) -> str:
    """``[orders] date`` is the date of the orders; ``[completion] month`` has a unit."""

    def read(found: re.Match[str]) -> str:
        concept = concepts[int(found.group(1))]
        if concept is None:
            return found.group(0)
        word = found.group(2)
        if concept.field is None and not concept.aggregate:
            times = [f for f in catalog.of(concept.table) if f.is_time]
            if not times:
                return found.group(0)
            best = max(times, key=lambda f: (word in f.words, -catalog.of(concept.table).index(f)))
            concept.candidate = Candidate(concept.candidate.score, field=best)
        if concept.field is not None and concept.field.is_time:
            unit = _UNITS.get(word, "")
            if unit and unit != "date" and concept.field.date_style != "year":
                concept.unit = unit
            return f"[{found.group(1)}]"
        return found.group(0)

    return re.sub(r"\[(\d+)\] (date|year|month|day|quarter|hour)s?\b", read, text)


_KIND_NOUN = re.compile(
    r"\[(\d+)\] (type|kind|category|categorie|code|statuse|status|name|title|method|class|classe|group|id)s?\b"
)


def _read_kind_nouns(text: str, concepts: list[Concept | None], catalog: Catalog) -> str:
    """``[payment] types`` is a column that says of which type a payment is."""

    def read(found: re.Match[str]) -> str:
        concept = concepts[int(found.group(1))]
        if concept is None or concept.field is not None or concept.aggregate:
            return found.group(0)
        noun = stem(found.group(2).replace("categorie", "category").replace("sse", "ss"))
        table = concept.table
        if noun in {"name", "title"}:
            display = catalog.display(table)
            if display is None:
                return found.group(0)
            concept.candidate = Candidate(concept.candidate.score, field=display)
            return f"[{found.group(1)}]"
        own = set(catalog.entities[table].words)
        fitting: list[tuple[float, int, Field]] = []
        for order, column in enumerate(catalog):
            if noun not in column.words and not (noun == "category" and "type" in column.words):
                continue
            away = catalog.distance([table], column.table)
            shared = len(own & set(column.words))
            if away <= 1 and (column.table == table or shared):
                fitting.append(
                    (
                        away
                        - shared
                        - (0.5 if column.column.distinct and column.column.distinct < 30 else 0),
                        order,
                        column,
                    )
                )
        if not fitting:
            return found.group(0)
        best = min(fitting, key=lambda item: item[:2])[2]
        concept.candidate = Candidate(concept.candidate.score, field=best)
        return f"[{found.group(1)}]"

    return _KIND_NOUN.sub(read, text)


def _collapse_lists(text: str) -> str:
    """``[0], [1] and [2]`` → ``[0+1+2]``."""
    pattern = re.compile(
        rf"{_P}(?: in (?!each|the|a )[a-z]+(?: feet| dollars| miles)?)?(?:, and |, or |, | and | or | & |, as well as | as well as | versus | vs\.? | and (?:the|their) ){_P}"
    )
    previous = ""
    while previous != text:
        previous = text
        text = pattern.sub(lambda m: f"[{m.group(1)}+{m.group(2)}]", text, count=1)
    return text


def _merge_neighbours(text: str, concepts: list[Concept | None], catalog: Catalog) -> str:
    """``[museum] [name]`` speaks of one thing; so does ``[name] of [museum]``."""

    def join(found: re.Match[str]) -> str:
        left, right = concepts[int(found.group(1))], concepts[int(found.group(2))]
        if left is None or right is None:
            return found.group(0)
        if (
            left.field is None
            and right.field is not None
            and right.field.is_time
            and not re.search(r"date|time|year|month|day|when", right.text.lower())
        ):
            # "shop openings", "course completions": events that are counted.
            left.candidate = Candidate(left.candidate.score, entity=catalog.entities[right.table])
            if left.aggregate:
                left.roles.add("measure")
            return f"[{found.group(1)}]"
        if left.field is None and right.field is not None:
            own = next(
                (
                    f
                    for f in catalog.of(left.table)
                    if f.words == catalog.entities[left.table].words
                ),
                None,
            )
            if own is not None and right.table != left.table and right.candidate.score < 0.9:
                right.candidate = Candidate(1.0, field=own)
            if left.aggregate and right.field.is_measure:
                _give_aggregate(right, "sum")
                left.aggregate = ""
                left.roles.discard("measure")
            _prefer_table(right, left.table, catalog)
            right.text = f"{left.text} {right.text}"
            if not left.roles:
                concepts[int(found.group(1))] = None
                return f"[{found.group(2)}]"
        if left.field is None and right.field is None:
            concepts[int(found.group(1))] = None
            return f"[{found.group(2)}]"
        return found.group(0)

    return re.sub(r"\[(\d+)\] \[(\d+)\]", join, text)


def _prefer_table(concept: Concept, table: str, catalog: Catalog) -> None:
    """Move a concept to the same words in another table, if that table has them."""
    column = concept.field
    if column is None or column.table == table:
        return
    for other in catalog.of(table):
        if other.words == column.words or other.name.lower() == column.name.lower():
            concept.candidate = Candidate(concept.candidate.score, field=other)
            return
    if column.words[-1:] == ("name",):
        display = catalog.display(table)
        if display is not None:
            concept.candidate = Candidate(concept.candidate.score, field=display)


# ── roles ───────────────────────────────────────────────────────────────────────────────────

_GAP = r"(?:(?!\[|\baxis|[xy]-axis|\.|color|size)\S+ ){0,4}?"
_SHORT = r"(?:(?!\[|\.)\S+ ){0,3}?"
_ROLES: tuple[tuple[str, str], ...] = (
    ("x", rf"{_P}[,)]? {_GAP}(?:on|along|across|as|for|to) (?:the )?(?:x-axis|x\b|horizontal axis|bottom)"),
    ("x", rf"{_P}[,)]? {_GAP}(?:horizontally(?! extend)|at the bottom)"),
    ("x", rf"x-axis {_GAP}(?:show|display|represent|be|is|for|with|as|to|has|have|contain)\w* {_SHORT}{_P}"),
    ("y", rf"{_P}[,)]? {_GAP}(?:on|along|down|as|for|to) (?:the )?(?:y-axis|y\b|vertical axis|left|side\b)"),
    ("y", rf"{_P}[,)]? {_GAP}(?:vertically)"),
    ("y", rf"y-axis {_GAP}(?:show|display|represent|be|is|for|with|as|to|has|have|contain)\w* {_SHORT}{_P}"),
    ("size", rf"(?:size|thickness|width|radius)s? {_SHORT}(?:represent|show|indicat|based|proportion|reflect|correspond|by|determin|depend)\w* {_SHORT}{_P}"),
    ("size", rf"(?:sized|scaled) (?:by|according to|based on|in proportion to) {_SHORT}{_P}"),
    ("size", rf"{_P} (?:as|by|in|with|determin\w+|represented by) {_SHORT}(?:the )?(?:size|thickness)"),
    ("shape", rf"(?:shapes? {_SHORT}(?:represent|show|indicat|by|for|based)\w*|shaped by) {_SHORT}{_P}"),
    ("color", rf"(?:colou?r(?:ed|s|ing)?|colou?r-coded|shad(?:ed|e|ing)|hue|distinguish(?:ed)?) (?:(?!\[|\.)\S+ ){{0,5}}?(?:by|based on|according to|for|per|represent\w*|show\w*|indicat\w*|distinguish\w*|identify|reflect\w*|correspond\w*|denot\w*|to|between|depending on) {_SHORT}{_P}"),
    ("color", rf"{_P} {_SHORT}(?:in|with|by|as|has|have|having|getting|via) {_SHORT}(?:different|distinct|separate|unique|own|various|its own|specific)? ?colou?r(?:s|ed)?\b"),
    ("color", rf"(?:colou?red|multi-colou?red|differently colou?red) (?:lines?|bars?|areas?|points?|segments?|slices?|series) (?:for|by|per) {_SHORT}{_P}"),
    ("color", rf"(?:split|broken down|broken|divided|separated|stacked|segmented|subdivided|disaggregated|breakdown)(?: \w+)?(?: out)? (?:into|by|between|in|of|according to) {_SHORT}{_P}"),
    ("color", rf"(?:lines?|areas?|series) (?:for|per) (?:each |every )?{_P}"),
    ("color", rf"legend (?:for|of|showing|with) {_SHORT}{_P}"),
    ("row", rf"(?:separate|own|different|individual|its|one|a|each) row (?:for|per) (?:each |every )?{_P}"),
    ("row", rf"{_P} (?:\S+ ){{0,3}}?(?:its own|a separate|separate|their own|different) row"),
    ("column", rf"(?:separate|own|different|individual|its|one|a|each) column (?:for|per) (?:each |every )?{_P}"),
    ("column", rf"{_P} (?:\S+ ){{0,3}}?(?:its own|a separate|separate|their own|different) columns?"),
    ("facet", rf"(?:separate|individual|own|different|small multiples?|facet\w*|multiple|one|single) (?:\w+ )?(?:charts?|plots?|panels?|subplots?|facets?|graphs?|histograms?|sections?|grids?) (?:for|per|by|across|showing|based on) (?:each |every )?{_P}"),
    ("facet", rf"facet\w* {_SHORT}(?:by|for|per|across) (?:each |every )?{_P}"),
    ("facet", rf"{_P} (?:\S+ ){{0,3}}?(?:its own|a separate|separate|their own) (?:panel|chart|plot|subplot|facet|graph)"),
    ("label", rf"label(?:l?ed|ing)?s? {_SHORT}(?:with|by|show\w*|as|for) {_SHORT}{_P}"),
    ("label", rf"(?:display|show|add|include|write|print|put|see|label)\w* {_SHORT}{_P} {_SHORT}(?:as (?:text )?labels?|(?:directly )?(?:on|above|inside|within|at the (?:end|top) of|next to|over|in) (?:each|every|the|its) (?:\w+ )?(?:bars?|slices?|segments?|points?|cells?|arcs?))"),
    ("label", rf"{_P} labels? (?:on|above|inside|next|at|placed|outside|positioned)"),
    ("order", rf"(?:sort|order|rank|arrang)\w* (?:\S+ ){{0,4}}?(?:by|according to|based on|in) {_SHORT}{_P}"),
    ("first", rf"(?:relationship|correlation|association|link|connection) between {_P}"),
    ("distribution", rf"(?:distribution|distributed|spread|histogram|frequency|variability|range|densit\w+) (?:of|for|in) {_SHORT}{_P}"),
    ("dimension", rf"(?:\bby|\bper|for each|for every|each|every|across|grouped by|within|among|in each|at each|over|for different|of each|by each|for) {_P}"),
)  # fmt: skip
_COMPILED_ROLES = tuple((role, re.compile(pattern)) for role, pattern in _ROLES)
_HOVER = re.compile(r"tool-?tips?|hover|mouse over|mouseover|popup|pop-up")


def _members(found: re.Match[str]) -> list[int]:
    return [int(part) for part in found.group(1).split("+")]


def _give_roles(text: str, concepts: list[Concept | None]) -> None:
    """Read the cue words around the placeholders."""
    for sentence in re.split(r"(?<=[.?!;])\s+", text):
        plain = sentence
        if _HOVER.search(sentence):
            head, tail = _split_hover(sentence)
            for number in re.findall(r"\d+", " ".join(re.findall(r"\[[\d+]+\]", tail))):
                concept = concepts[int(number)]
                if concept is not None:
                    concept.roles.add("tooltip")
            plain = head
        for role, pattern in _COMPILED_ROLES:
            for found in pattern.finditer(plain):
                members = _members(found)
                if role in {"x", "y", "first"} and len(members) > 1 and role != "first":
                    members = members[:] if role == "y" else members
                for number in members:
                    concept = concepts[number]
                    if concept is not None:
                        concept.roles.add(role)
        for found in re.finditer(
            rf"{_P}(?: \S+){{0,2}}? (?:versus|vs\.?|against|compared (?:to|with)) {_P}", plain
        ):
            left, right = _members(found)[-1], int(found.group(2).split("+")[0])
            for number, role in ((left, "second"), (right, "versus")):
                concept = concepts[number]
                if concept is not None:
                    concept.roles.add(role)


def _split_hover(sentence: str) -> tuple[str, str]:
    """The part of a sentence that says what to draw, and the part about tooltips."""
    clauses = re.split(
        r"(?:,| and| so that| so)? (?=(?:and )?(?:include|add|show|with|make sure|when|provide|display|have|i can|so|also)\b)",
        sentence,
    )
    head, tail, inside = [], [], False
    for clause in clauses:
        if _HOVER.search(clause):
            inside = True
            tail.append(clause)
        elif inside and re.match(r"(?:and )?(?:show|with|display|when|i can|include|so)\b", clause):
            tail.append(clause)
        else:
            head.append(clause)
    if tail and head and re.match(r"when|so", tail[0]) and not re.search(r"\[", " ".join(tail)):
        tail.insert(0, head.pop())
    return " ".join(head), " ".join(tail)


# ── the reading ─────────────────────────────────────────────────────────────────────────────


def _drop_time_words(mentions: list[Mention]) -> None:
    """A bare "year" or "day" is a column of time or a unit, never a part of another name."""
    for mention in list(mentions):
        if stem(mention.text) not in _TIME_WORDS:
            continue
        kept = [
            c for c in mention.candidates
            if c.field is not None and (c.field.is_time or set(c.field.words) == {stem(mention.text)})
        ]  # fmt: skip
        if kept:
            mention.candidates = kept
        else:
            mentions.remove(mention)


def _merge_same(concepts: list[Concept | None]) -> list[Concept]:
    """One concept for each column, table or count, with the roles of all its mentions."""
    merged: dict[tuple[object, ...], Concept] = {}
    for concept in concepts:
        if concept is None:
            continue
        key: tuple[object, ...] = (concept.candidate.label, concept.is_count)
        if concept.field is not None and concept.aggregate in {"avg", "min", "max", "median"}:
            key = (*key, concept.aggregate)
        elif concept.field is not None:
            same = next(
                (
                    k
                    for k in merged
                    if k[0] == key[0] and len(k) == 3 and not concept.roles & {"x", "y"}
                ),
                None,
            )
            key = same or key
        known = merged.get(key)
        if known is None:
            merged[key] = concept
            continue
        known.roles |= concept.roles
        known.mentions += 1
        known.unit = known.unit or concept.unit
        if concept.aggregate and known.aggregate in {"", "sum?"}:
            known.aggregate = concept.aggregate
    # A column that is named plainly and with an aggregate is the aggregated one.
    result = list(merged.values())
    for concept in list(result):
        if concept.field is None or concept.aggregate:
            continue
        twins = [
            c for c in result if c is not concept and c.candidate.label == concept.candidate.label
        ]
        if len(twins) == 1:
            twins[0].roles |= concept.roles
            twins[0].order = min(twins[0].order, concept.order)
            result.remove(concept)
    return sorted(result, key=lambda concept: concept.order)


def read_question(question: str, catalog: Catalog) -> Reading:
    """Read a question against a schema. Total: it never raises for any text."""
    values = find_values(question, catalog)
    keep = {(value.start, value.end) for value in values}
    body = _strip_quotes(question, keep)
    values = [v for v in values if body[v.start : v.end].strip()]
    kind = read_chart_kind(body)
    mentions = find_mentions(body, catalog)
    for value in values:
        mentions = [m for m in mentions if m.end <= value.start or m.start >= value.end]
    _drop_time_words(mentions)
    ambiguities: list[str] = []
    _choose(mentions, catalog, ambiguities)
    concepts: list[Concept | None] = [
        Concept(mention.best, order, text=mention.text) for order, mention in enumerate(mentions)
    ]
    text = _skeleton(body, mentions, [(v.start, v.end) for v in values])
    text = _read_aggregates(text, concepts)
    text = _merge_neighbours(text, concepts, catalog)
    text = _read_aggregates(text, concepts)
    text = _read_time_nouns(text, concepts, catalog)
    text = _read_kind_nouns(text, concepts, catalog)
    text = _collapse_lists(text)
    demands = read_demands(question)
    reading = Reading(question, body, kind, [], demands, skeleton=text)
    reading.ambiguities = ambiguities
    _give_roles(text, concepts)
    reading.filters = read_conditions(text, concepts, values, catalog, body)
    limit = demands.first(LimitDemand, at_least=0.8)
    if limit is not None:
        reading.limit, reading.limit_lowest = limit.count, limit.side == "bottom"
    reading.concepts = _merge_same(concepts)
    reading.sort = _sort(demands, reading.concepts)
    lower = text
    reading.unit = _time_unit(lower)
    reading.percent = bool(
        re.search(r"percent(?:age)?s?\b(?! stacked)|\bshare of|proportion", lower)
    )
    reading.distribution = bool(re.search(r"distribut|spread of|how .* vary|variab", lower))
    reading.relationship = bool(
        re.search(r"relationship|correlat|versus|\bvs\b|plotted against|compares? \[", lower)
    )
    reading.tooltip = bool(_HOVER.search(lower))
    content = [m for m in mentions if m.best.score >= 0.5]
    reading.coverage = sum(m.best.score for m in content)
    return reading


def _sort(demands: Demands, concepts: list[Concept]) -> Sort | None:
    """The order that was asked for, if any."""
    wanted = demands.of(SortDemand, at_least=0.75)
    if not wanted:
        return None
    first = next((d for d in wanted if d.order), wanted[0])
    if first.order == "alphabetical":
        return Sort(False, "name")
    by = next((c for c in concepts if "order" in c.roles), None)
    descending = first.order == "descending"
    if first.order is None:
        measure = by is None or by.field is None or by.field.is_measure
        descending = measure and "rank" in first.text
    if first.order == "chronological":
        by = next((c for c in concepts if c.field is not None and c.field.is_time), by)
    return Sort(descending, "concept" if by is not None else "", by)


def _time_unit(text: str) -> str:
    """The time unit that the words ask for, or empty."""
    found = _UNIT_CUE.search(text)
    if not found:
        return ""
    whole = found.group(0)
    if "week" in whole and ("days of" in whole or "day of" in whole or "weekday" in whole):
        return "weekday"
    if "of the month" in whole:
        return "day"
    if "of the year" in whole:
        return "month"
    if "of the day" in whole:
        return "hour"
    word = next((group for group in found.groups() if group), "")
    if word == "month" and re.search(
        r"\byears? (?:down|on|along|across)|month and year|months? and years?", text
    ):
        return "month"
    return _UNITS.get(word, "")
