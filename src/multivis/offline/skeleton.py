"""The skeleton of a question: placeholders for what the schema knows, words for the rest.

``the average weight for each airport`` becomes ``[0] for each [1]``, where concept 0 carries
the aggregate.
"""

from __future__ import annotations

import re

from multivis.offline.catalog import Catalog, Field
from multivis.offline.concepts import Concept
from multivis.offline.linking import Candidate, Mention
from multivis.offline.neighbours import EXTREMES, is_thing_of, names_of, range_of
from multivis.offline.pooled import with_wholes
from multivis.offline.words import split_name, stem

__all__ = [
    "UNITS",
    "collapse_lists",
    "merge_neighbours",
    "own_measures",
    "prefer_owner",
    "read_aggregates",
    "read_time_nouns",
    "trust_lists",
    "write_skeleton",
]

UNITS = {
    "year": "year",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
    "month": "yearmonth",
    "monthly": "yearmonth",
    "day": "date",
    "daily": "date",
    "date": "date",
    "hour": "hour",
    "hourly": "hour",
    "quarter": "quarter",
    "quarterly": "quarter",
    "weekday": "weekday",
    "week": "week",
    "weekly": "week",
    "decade": "decade",
}

_P = r"\[(\d+(?:\+\d+)*)\]"
_DETERMINERS = re.compile(
    r"\b(?:the|a|an|our|their|its|his|her|these|those|all|different|various|exact|overall|each "
    r"of|individual|specific|particular|actual|corresponding|respective|types? of(?= \[)) (?=\[)"
)
_BEFORE = (
    ("count_distinct", r"(?:number|count) of (?:distinct|unique|different)"),
    (
        "count",
        r"(?:total )?(?:number|count|numbers|counts|tally|volume) of|how many(?: of)?|"
        r"how often|(?<!\] )(?:counts?|number) (?:for|per)|"
        r"(?<!total )(?<!the )(?<!a )count(?:ing)?",
    ),
    ("avg", r"(?:average|mean|avg)(?: value)?(?: of)?|typical"),
    ("median", r"median(?: of)?"),
    (
        "max",
        r"(?:maximum|max|highest|largest|greatest|best|peak|most recent|latest)"
        r"(?: value)?(?: of)?",
    ),
    ("min", r"(?:minimum|min|lowest|smallest|least|earliest)(?: value)?(?: of)?"),
    (
        "sum",
        r"(?:total|sum|combined|overall|aggregate[d]?|cumulative|summed|add(?:ing|s)? up|"
        r"sum(?:ming|s)? up)(?: amount| "
        r"value| sum| number| of)*(?: of)?",
    ),
)
_AFTER = (("count", r"counts?|numbers?|totals?|volume|frequency"),)
_AGGREGATES = tuple(
    (
        name,
        re.compile(rf"\b(?:{p}) (?:the|all|different|their|its|our|total|people)?\s*\[(\d+)\]"),
    )
    for name, p in _BEFORE
)
_AGGREGATES_AFTER = tuple((name, re.compile(rf"\[(\d+)\] (?:{p})\b")) for name, p in _AFTER)


_PAST = (
    r"held|won|made|sold|bought|spent|paid|sent|taught|built|led|lent|lost|met|flown|run|sung|"
    r"thrown|worn|caught|brought|kept|struck|grown"
)
_NOT_DONE = (
    r"(?:\w*(?:speed|breed|seed|feed|need|weed|greed|creed|steed|women|children|citizen|kitchen|"
    r"garden|oxygen|token|dozen|queen|screen|specimen|teen|green)$)"
)
_DONE = re.compile(rf"(?!{_NOT_DONE})(?:\w{{3,}}(?:ed|en)|{_PAST})$", re.IGNORECASE)
_BY = re.compile(r"\s+by\s+(?:the\s+|all\s+|its\s+|their\s+)*")


def write_skeleton(body: str, mentions: list[Mention], values: list[tuple[int, int]]) -> str:
    """The question with ``[n]`` for mention n and ``{v}`` for a value of the data."""
    pieces: list[str] = []
    position = 0
    marks = [(m.start, m.end, f"[{i}]") for i, m in enumerate(mentions)]
    marks += [(start, end, "{v}") for start, end in values]
    done = {m.end for m in mentions if _DONE.search(m.text)}
    things = {m.start for m in mentions if m.best.field is None}
    for start, end, mark in sorted(marks):
        if start < position:
            continue
        between = body[position:start]
        if position in done and start in things and _BY.fullmatch(between):
            between = " through "  # "the amount spent by visitors": they do it, they group nothing
        pieces.append(between)
        pieces.append(f" {mark} ")
        position = end
    pieces.append(body[position:])
    text = "".join(pieces).lower().replace("x axis", "x-axis").replace("y axis", "y-axis")
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r"(\])\s*['’]s?(?=\s)", r"\1", text)
    text = re.sub(
        r"(?:from |in order of )?(?:the )?(?:highest|largest|most|biggest|greatest|"
        r"lowest|smallest|least|fewest)"
        r" to (?:the )?(?:highest|largest|most|biggest|greatest|lowest|smallest|least|fewest)\b",
        "in order by",
        text,
    )
    text = re.sub(
        r"\b(?:with |having )?(?:the )?(?:highest|largest|most|lowest|smallest|"
        r"least)\s+(\[\d+\])( counts?| numbers?)?"
        r"(?= (?:is |are |comes? |goes |going |being |appears? |stands? )?"
        r"(?:at the (?:very )?top|first|on top|coming first|leftmost|on the left))",
        r"ordered by \1\2",
        text,
    )
    text = re.sub(r"(?<=[.?!;] )the (?:slider|threshold|initial)\b[^.?!]*", "", text)
    text = re.sub(
        r"starting (?:from|with) (?:the )?(?:smallest|lowest|largest|highest)",
        "starting with",
        text,
    )
    text = re.sub(
        r"\b(?!grouped|sorted|ordered|ranked|colou?red|followed|separated|filtered|divided|stacked|"
        r"represented|labell?ed|split|categori[sz]ed|broken|arranged|faceted|sized|shaped|shaded|"
        rf"organi[sz]ed|classified|segmented|distinguished)(\w+(?:ed|en)|{_PAST})"
        r" by (?:(?:the|all|its|their|our|these|those) )*(?=\[(\d+)\])",
        lambda found: (
            f"{found.group(1)} through "
            if mentions[int(found.group(2))].best.field is None
            else found.group(0)
        ),
        text,
    )

    def without_thing(found: re.Match[str]) -> str:
        """What stands before a mention, alone where that is a thing and no column."""
        thing = mentions[int(found.group(2))].best.field is None
        return f"{found.group(1)} " if thing else found.group(0)

    # "for each {London} [branch]": of each branch, which the value is a condition on
    text = re.sub(
        r"\b(each|every|per) (?:\{v\}(?:, | and | or )?)+ (?=\[(\d+)\])",
        without_thing,
        text,
    )
    # "coloured by the year the [claim] was made": by the year
    text = re.sub(
        r"\b(years?|months?|days?|dates?|quarters?|weeks?|hours?) (?:(?:in|on) which |that |when )?"
        r"(?:the |an? |each )?\[(\d+)\] (?=(?:was|were|is|are|got|has been|have been) )",
        without_thing,
        text,
    )
    # "taken each year by students": they do it, too
    text = re.sub(
        rf"(\[\d+\]|\b\w+(?:ed|en)|\b(?:{_PAST})) "
        r"((?:each|every|per|in each) (?:\[\d+\]|year|month|week|day|quarter)) by "
        r"(?=(?:the |all )?\[(\d+)\])",
        lambda found: (
            f"{found.group(1)} {found.group(2)} through "
            if mentions[int(found.group(3))].best.field is None and _did(found.group(1), mentions)
            else found.group(0)
        ),
        text,
    )
    text = with_wholes(text)
    return re.sub(r"\s+", " ", text).replace(" ,", ",").replace(" .", ".").strip()


def _did(piece: str, mentions: list[Mention]) -> bool:
    """Whether a word, or the mention that a placeholder stands for, is a participle."""
    if piece.startswith("["):
        return bool(_DONE.search(mentions[int(piece[1:-1])].text))
    return piece not in {"grouped", "sorted", "ordered", "colored", "coloured", "stacked", "split"}


# "for each number of cylinders": the numbers are the groups, nothing is counted.
_EACH_NUMBER = re.compile(r"\b(each|every|per|by) (?:number|count) of \[(\d+)\]")


_AND_ITS = re.compile(r"\[(\d+)\] and (?=(?:its|their|his|her) (?:[a-z]+ )?\[(\d+)\])")


def _beside(found: re.Match[str], concepts: list[Concept | None]) -> str:
    """ "One bar per shop and its rent": the rent is shown, only the shops are groups."""
    left, right = (concepts[int(found.group(n))] for n in (1, 2))
    number = right is not None and right.field is not None and right.field.is_measure
    named = left is not None and (left.field is None or not left.field.is_measure)
    return f"[{found.group(1)}] beside " if number and named else found.group(0)


# "the number of flight [records]": a word that the schema does not know tells them apart
_DESCRIBED = re.compile(
    r"\b((?:number|count) of|how many) (?!(?:distinct|unique|different|people|times|have|had|are|"
    r"were|was|been|belong|with|from|who|that|which|per|each|every|live|use|own|did|does|the|all|"
    r"our|rows|between|across|men|women)\b)[a-z]{3,}(?<!s) \[(\d+)\]"
)


_WHEN = re.compile(r"\b(?:at|in|on|for|from|until|till|to|by|of) (?:the |their |its )?$")


def read_aggregates(text: str, concepts: list[Concept | None]) -> str:
    """Take aggregate words off the skeleton and give them to their concepts."""
    text = _AND_ITS.sub(lambda found: _beside(found, concepts), text)
    text = EXTREMES.sub(lambda found: range_of(found, concepts), _DETERMINERS.sub("", text))
    for found in re.finditer(
        r"\b(?:min(?:imum)?|lowest|smallest|least)(?: and| to|-to-| through|,)?(?: the)? "
        r"(?:max(?:imum)?|highest|largest|greatest|most) (?:values? of )?\[(\d+)\]",
        text,
    ):
        concept = concepts[int(found.group(1))]
        if concept is not None and concept.field is not None and concept.field.is_measure:
            concept.aggregate = "range"
            concept.roles.add("measure")

    def group(found: re.Match[str]) -> str:
        concept = concepts[int(found.group(2))]
        numbers = concept is not None and concept.field is not None and concept.field.is_measure
        return f"{found.group(1)} [{found.group(2)}]" if numbers else found.group(0)

    text = _EACH_NUMBER.sub(group, text)

    def described(found: re.Match[str]) -> str:
        concept = concepts[int(found.group(2))]
        thing = concept is not None and concept.field is None
        return f"{found.group(1)} [{found.group(2)}]" if thing else found.group(0)

    text = _DESCRIBED.sub(described, text)
    for name, pattern in _AGGREGATES:

        def give(found: re.Match[str], name: str = name) -> str:
            concept = concepts[int(found.group(1))]
            ranked = name in {"max", "min"} and found.string.startswith(" by [", found.end())
            column = concept.field if concept is not None and name in {"max", "min"} else None
            if (
                column is not None
                and column.is_time
                and _WHEN.search(found.string[: found.start()])
            ):
                return f"[{found.group(1)}]"  # "the name at the latest year"
            if concept is not None and ranked and concept.field is None:
                concept.roles.add("dimension")  # "the largest towns by area"
            elif concept is not None:
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
    _measure_by_group(text, concepts)
    return text


_BY_GROUP = re.compile(r"\[(\d+)\] (?:by|per|for each|for every|in each|across|over) \[\d+\]")


def _measure_by_group(text: str, concepts: list[Concept | None]) -> None:
    """``[amount] by [month]``: a column whose name is a common word ("amount", "value") is meant
    when its words stand where a measure stands."""
    for found in _BY_GROUP.finditer(text):
        concept = concepts[int(found.group(1))]
        if concept is None or concept.field is None or not concept.field.is_measure:
            continue
        if re.search(r"\b(?:by|per|each|every)(?: \[\d+\])* $", text[: found.start()]):
            continue  # "by level across the years": the level makes groups
        if tuple(stem(word) for word in concept.text.split()) == concept.field.words:
            concept.roles.add("measure")


def _give_aggregate(concept: Concept, name: str) -> None:
    """Note an aggregate where it fits the concept."""
    column = concept.field
    if concept.aggregate == "range":
        return
    if name in {"max", "min"} and concept.aggregate in {"avg", "sum", "median", "count"}:
        return  # "the highest average": an order, not another aggregate
    if column is None:
        concept.wanted = concept.wanted or name
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
    if column.is_time and name not in {"min", "max"}:
        return  # dates are no amounts: they stay the axis
    if column.is_measure or column.is_time:
        concept.aggregate = name
        concept.roles.add("measure")


def read_time_nouns(text: str, concepts: list[Concept | None], catalog: Catalog) -> str:
    """``[orders] date`` is the date of the orders; ``[completion] month`` has a unit."""

    def read(found: re.Match[str]) -> str:
        concept = concepts[int(found.group(1))]
        if concept is None:
            return found.group(0)
        word = found.group(2)
        if concept.field is None and not concept.aggregate:
            times = [f for f in catalog.of(concept.table) if f.is_time]
            times = times or _times_beside(concept.table, catalog)
            if not times:
                return found.group(0)
            best = max(times, key=lambda f: word in f.words)
            concept.candidate = Candidate(concept.candidate.score, field=best)
        if concept.field is not None and concept.field.is_time:
            unit = UNITS.get(word, "")
            if unit and unit != "date" and concept.field.date_style != "year":
                concept.unit = unit
            return f"[{found.group(1)}]"
        return found.group(0)

    return re.sub(r"\[(\d+)\] (date|year|month|day|quarter|hour)s?\b", read, text)


def _times_beside(table: str, catalog: Catalog) -> list[Field]:
    """The one date of the tables whose rows refer to a thing."""
    beside = {k.table for k in catalog.schema.foreign_keys if k.to_table == table}
    times = [f for f in catalog if f.table in beside and f.is_time]
    return times if len(times) == 1 else []


def trust_lists(text: str, concepts: list[Concept | None]) -> None:
    """ "For floor, rings and vault": a column that is hinted at is meant beside sure ones."""
    for found in re.finditer(r"\[(\d+(?:\+\d+)+)\]", text):
        listed = [concepts[int(number)] for number in found.group(1).split("+")]
        columns = [c for c in listed if c is not None and c.field is not None]
        sure = {c.table for c in columns if c.candidate.score >= _SURE}
        for concept in columns:
            least = concept.candidate.score >= _HINTED and concept.table in sure
            if least and concept.field is not None and concept.candidate.score < _SURE:
                concept.candidate = Candidate(_SURE, field=concept.field)


_SURE, _HINTED = 0.65, 0.5


def collapse_lists(text: str) -> str:
    """``[0], [1] and [2]`` → ``[0+1+2]``."""
    pattern = re.compile(
        rf"{_P}(?: in (?!each|the|a )[a-z]+(?: feet| dollars| miles)?)?(?:, and "
        rf"|, or |, (?!\[[\d+]+\] (?:on|along|down) the [xyvhlb])| and | or | & |"
        rf", as well as | as well as | versus | vs\.? "
        rf"| and (?:the|their) ){_P}"
    )
    previous = ""
    while previous != text:
        previous = text
        text = pattern.sub(lambda m: f"[{m.group(1)}+{m.group(2)}]", text, count=1)
    return text


_CONDITION = re.compile(
    r" (?:than|over|under|above|below|at least|at most|(?:more|less|fewer) than|between|up to) \d"
)


_WHO_DO = re.compile(
    r" (?:have|has|had|own\w*|receiv\w+|got|get|take|took|made?|place\w*|won|hold)\b"
)


def merge_neighbours(text: str, concepts: list[Concept | None], catalog: Catalog) -> str:
    """``[museum] [name]`` speaks of one thing; so does ``[name] of [museum]``."""

    def join(found: re.Match[str]) -> str:
        left, right = concepts[int(found.group(1))], concepts[int(found.group(2))]
        if left is None or right is None:
            return found.group(0)
        things = left.field is None and right.field is None and left.table != right.table
        if things and left.aggregate == "count" and _WHO_DO.match(found.string, found.end()):
            return found.group(0)  # "how many [prizes] [writers] have"
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
        if names_of(left, right) or is_thing_of(left, right, catalog):
            kept, gone = (left, 2) if names_of(left, right) else (right, 1)
            kept.roles |= left.roles | right.roles
            concepts[int(found.group(gone))] = None
            return f"[{found.group(3 - gone)}]"
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
            if left.aggregate == "count" and _CONDITION.match(found.string, found.end()):
                return found.group(0)  # "the number of [boats] [older] than 8"
            told = re.fullmatch(r"[a-z]+ed", right.text.lower()) is not None
            if left.aggregate == "count" and right.field.is_category and told:
                concepts[int(found.group(2))] = None  # "the number of games played"
                return f"[{found.group(1)}]"
            if left.aggregate == "count" and right.field.is_category:
                # "the number of car models": rows of the table that holds the models
                left.candidate = Candidate(
                    left.candidate.score, entity=catalog.entities[right.table]
                )
                concepts[int(found.group(2))] = None
                return f"[{found.group(1)}]"
            if left.aggregate and right.field.is_measure:
                said = left.wanted if left.wanted in {"avg", "min", "max", "median"} else "sum"
                _give_aggregate(right, said)
                left.aggregate = ""
                left.roles.discard("measure")
            _prefer_table(right, left.table, catalog)
            right.text = f"{left.text} {right.text}"
            if not left.roles:
                concepts[int(found.group(1))] = None
                return f"[{found.group(2)}]"
        if (
            left.field is not None
            and right.field is not None
            and left.table == right.table
            and re.fullmatch(r"[a-z]+(?:ing|ed)", left.text.lower())
            and stem(left.text) not in left.field.words
            and stem(right.text) == right.field.words[-1]
            and not left.aggregate
        ):
            right.roles |= left.roles  # "the playing position": a position, no player
            concepts[int(found.group(1))] = None
            return f"[{found.group(2)}]"
        if left.field is None and right.field is None and _is_head(left, right, found, catalog):
            left.aggregate = left.aggregate or right.aggregate
            left.wanted = left.wanted or right.wanted
            left.roles |= right.roles
            concepts[int(found.group(2))] = None
            return f"[{found.group(1)}]"
        if left.field is None and right.field is None:
            right.aggregate = right.aggregate or left.aggregate  # "how many [bus] [drivers]"
            right.wanted = right.wanted or left.wanted
            right.roles |= left.roles
            concepts[int(found.group(1))] = None
            return f"[{found.group(2)}]"
        if (
            right.field is None
            and left.field is not None
            and left.table == right.table
            and left.field.is_measure
            and re.match(r"(?:total )?(?:number|count|volume|amount) of \w", left.text.lower())
            and not re.match(r"(?:number|count|volume|amount)", left.field.name.lower())
        ):
            # "the number of share transactions": transactions, though there is a share count
            right.aggregate = "count"
            right.roles.add("measure")
            right.text = f"{left.text} {right.text}"
            concepts[int(found.group(1))] = None
            return f"[{found.group(2)}]"
        grouping = re.search(r"\b(?:each|every|per|by) $", found.string[: found.start()])
        if not grouping and _is_amount(left) and _is_amount(right) and left.table != right.table:
            # "total cattle population": the noun behind a measure is no second measure.
            concepts[int(found.group(2))] = None
            return f"[{found.group(1)}]"
        return found.group(0)

    return re.sub(r"\[(\d+)\] \[(\d+)\]", join, text)


_ANY_ROWS = frozenset({"member", "person", "record", "entry", "item", "individual"})


def _is_head(left: Concept, right: Concept, found: re.Match[str], catalog: Catalog) -> bool:
    """Whether the first of two things is the one that is meant.

    "Faculty members" are the faculty, where no table holds members alone; "each maker's chairs"
    are told apart by their maker.
    """
    words = catalog.entities[right.table].words
    said = stem(right.text.split()[-1])
    if said in _ANY_ROWS and words != (said,):
        return True
    owned = re.search(r"['’]s?$", left.text) and left.table != right.table
    grouped = re.search(r"\b(?:each|every|per)(?: of)? $", found.string[: found.start()])
    return bool(owned and grouped and not right.aggregate)


def own_measures(concepts: list[Concept | None], catalog: Catalog) -> None:
    """ "The average mark": the column of the table of marks that is called so."""
    for concept in concepts:
        if concept is None or concept.field is not None:
            continue
        words = catalog.entities[concept.table].words
        if concept.aggregate == "count" and concept.wanted == "sum":
            amounts = _totals_of(words, concept.table, catalog)
            if len(amounts) == 1:  # "the total enrolment": a table of enrolments has that column
                concept.candidate = Candidate(concept.candidate.score, field=amounts[0])
                concept.aggregate = "sum"
            continue
        if concept.wanted not in {"avg", "min", "max", "median"}:
            continue
        own = [f for f in catalog.of(concept.table) if f.words == words and f.is_measure]
        if own:
            concept.candidate = Candidate(concept.candidate.score, field=own[0])
            concept.aggregate = concept.wanted


def _totals_of(words: tuple[str, ...], table: str, catalog: Catalog) -> list[Field]:
    """The columns of numbers that are called the total of what their table is called."""
    return [
        f for f in catalog.of(table)
        if f.is_measure and not f.is_time and {"total", *words} <= set(f.words)
    ]  # fmt: skip


def _is_amount(concept: Concept) -> bool:
    return concept.field is not None and concept.field.is_measure


def prefer_owner(text: str, concepts: list[Concept | None], catalog: Catalog) -> None:
    """ "the age and weight of [pets]": columns of pets, where pets have such columns."""
    for found in re.finditer(rf"{_P} of (?:each |every |all )?\[(\d+)\]", text):
        owner = concepts[int(found.group(2))]
        if owner is None or owner.field is not None:
            continue
        for number in found.group(1).split("+"):
            concept = concepts[int(number)]
            column = concept.field if concept is not None else None
            if concept is None or column is None or column.table == owner.table:
                continue
            asked = set(split_name(concept.text)) - set(catalog.entities[owner.table].words)
            own = [f for f in catalog.of(owner.table) if asked and asked <= set(f.words)]
            if own:
                best = min(own, key=lambda f: len(f.words))
                for other in concepts:  # "the average price" said again
                    again = other is not None and other.field is column
                    if other is not None and again and other.text.lower() == concept.text.lower():
                        other.candidate = Candidate(other.candidate.score, field=best)


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
