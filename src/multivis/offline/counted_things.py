"""Which things a question counts: shares of them, the most of them, how many hold something."""

from __future__ import annotations

import re
from collections.abc import Sequence

from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept
from multivis.offline.linking import Candidate
from multivis.offline.words import stem

__all__ = ["count_things", "counted_noun", "holds_persons", "read_people"]

_PART_OF = re.compile(
    r"\b(?:proportion|share|percentage|percent|fraction)s? of (?:all )?(?:the )?\[(\d+)\]"
    r"(?! (?:who|that|which|whose|with|is|are|was|were|\{v\}))"
)
_GROUPING = frozenset({"dimension", "x", "color", "row", "column", "facet"})


_MOST_OF = re.compile(
    r"(?<!for )(?<!of )(?<!at )\b(?:the )?(?:most|fewest) \[(\d+)\]"
    r"(?! (?:is|are|was|were|that|who|which|with)\b)"
    r"|\b(?:that|which) (?:the )?(?:most|fewest) \[(\d+)\] (?!\[)[a-z]+"
)


_PEOPLE = re.compile(
    r"\b(?P<how>how many|(?:the )?number of|count(?:s|ing)? of|headcount of) "
    r"(?:people|persons|individuals|folks)\b"
)
_PERSONS = frozenset(
    {"employee", "staff", "student", "pupil", "customer", "client", "worker", "patient", "teacher",
     "user", "visitor", "guest", "resident", "volunteer", "participant", "passenger", "citizen"}
)  # fmt: skip
_OF_PERSONS = frozenset({"gender", "sex", "birth", "salary", "surname", "lastname", "firstname"})


def read_people(text: str, concepts: list[Concept | None], catalog: Catalog) -> str:
    """ "How many people are in each department": the table beside that holds persons."""
    found = _PEOPLE.search(text)
    present = [c for c in concepts if c is not None]
    if found is None or not present:
        return text
    tables = list(dict.fromkeys(c.table for c in present))
    near = sorted(
        (catalog.distance([tables[0]], name), name) for name in catalog.entities
        if holds_persons(name, catalog) and catalog.distance([tables[0]], name) <= 2
    )  # fmt: skip
    groups = {c.table for c in present if c.field is None}
    near = [
        (distance, name) for distance, name in near
        if name not in groups or set(catalog.entities[name].words[-1:]) & _PERSONS
    ]  # fmt: skip
    shown = [name for distance, name in near if name in tables]
    if len(shown) == 1:
        near = [(0, shown[0])]  # "people by dorm and sex": whose sex is shown, is counted
    if not near or (len(near) > 1 and near[0][0] == near[1][0]):
        return text
    entity = catalog.entities[near[0][1]]
    known = next((i for i, c in enumerate(concepts) if c is not None and c.field is None
                  and c.table == near[0][1]), None)  # fmt: skip
    if known is not None:
        return text
    concepts.append(Concept(Candidate(0.9, entity=entity), len(concepts), text="people"))
    return f"{text[: found.start()]}{found['how']} [{len(concepts) - 1}]{text[found.end() :]}"


_HOW_MANY = re.compile(
    r"\b(?:how many|(?:the |total )*numbers? of|counts? of|count(?:ing)? up|count(?:ing)?|tally)"
    r" (?:the |all |our |different )*([a-z]{3,})\b",
    re.IGNORECASE,
)


def counted_noun(table: str, question: str, catalog: Catalog) -> str:
    """What the counted rows of a table that links two others are called in a question.

    "How many students live in each dorm" counts rows of Lives_in, which are students. Empty where
    the table links none, or where the question does not name what it refers to.
    """
    linked = {k.to_table for k in catalog.schema.foreign_keys if k.table == table} - {table}
    if len(linked) < 2:
        return ""
    own = {stem(word) for word in catalog.entities[table].words}
    for found in _HOW_MANY.finditer(question):
        noun = found.group(1).lower()
        people = noun == "people" and any(holds_persons(name, catalog) for name in linked)
        meant = [name for name in linked if stem(noun) in catalog.entities[name].words[-1:]]
        if stem(noun) not in own and (people or len(meant) == 1):
            return noun
    return ""


def holds_persons(table: str, catalog: Catalog) -> bool:
    """Whether the rows of a table are persons, as its columns tell."""
    if set(catalog.entities[table].words[-1:]) & _PERSONS:
        return True
    for column in catalog.of(table):
        words = set(column.words)
        if words & _OF_PERSONS or ("name" in words and words & {"first", "last", "family"}):
            return True
    return False


_RANKED_BY = re.compile(
    r"\b(?:top|bottom|rank(?:ing|ed)?|sort(?:ed)?|order(?:ed)?|which|biggest|largest|leading|"
    r"\d+)\b[^.;?!\[]*\[(\d+)\](?:,| ranked| sorted| ordered)? by \[(\d+)\]"
)


def count_things(text: str, concepts: list[Concept | None], catalog: Catalog) -> None:
    """Things whose share or number is asked for are counted.

    "The proportion of [games] for each [league]" counts games; "the number of [injuries] per
    [season]" counts the rows that hold an injury, where something else makes the groups.
    """
    for found in _PART_OF.finditer(text):
        concept = concepts[int(found.group(1))]
        if concept is not None and concept.field is None and not concept.aggregate:
            concept.aggregate = "count"
            concept.roles.add("measure")
        elif concept is not None and not concept.aggregate and _may_count(concept, catalog):
            _count_rows(concept, concepts, catalog)  # "the share of [players] by position"
    for found in _MOST_OF.finditer(text):
        most = concepts[int(found.group(1) or found.group(2))]
        if most is None or most.aggregate or most.roles & _GROUPING:
            continue
        if most.field is None or most.field.is_category:
            _count_rows(most, concepts, catalog)  # "which colleges have the most players"
    present = [c for c in concepts if c is not None]
    for found in _RANKED_BY.finditer(text):
        group, number = concepts[int(found.group(1))], concepts[int(found.group(2))]
        if group is None or number is None or number.field is None or group.aggregate:
            continue
        if number.aggregate == "count" and number.field.is_category and group is not number:
            number.roles.discard("dimension")  # "the top ten [towns] by number of [streets]"
            group.roles.add("dimension")
    for concept in present:
        column = concept.field
        if column is None or concept.aggregate != "count" or column.is_measure:
            continue
        if concept.roles & _GROUPING:
            continue
        if column.is_time:  # "the number of completions": rows, whose dates make groups
            _count_rows(concept, concepts, catalog)
            continue
        label = concept.candidate.label
        groups = [
            c for c in present
            if c is not concept and not c.aggregate and c.candidate.label != label
            and (c.roles & {"dimension", "x", "color"} or (c.field and c.field.is_time))
        ]  # fmt: skip
        plain = [
            c for c in present
            if c is not concept and c.candidate.label == label and not c.aggregate
            and stem(c.text) != stem(concept.text)
        ]  # fmt: skip
        if groups or plain:
            _count_rows(concept, concepts, catalog)
            for other in present:
                if other.candidate.label == label and stem(other.text) == stem(concept.text):
                    _count_rows(other, concepts, catalog)


def _may_count(concept: Concept, catalog: Catalog) -> bool:
    """Whether a column says which thing each row is: few rows share a value."""
    column = concept.field
    rows = catalog.entities[concept.table].table.row_count
    if column is None or not column.is_category or not rows or concept.roles & _GROUPING:
        return False
    return (column.column.distinct or 0) >= 0.8 * rows


def _count_rows(concept: Concept, others: Sequence[Concept | None], catalog: Catalog) -> None:
    """Let a concept stand for the number of rows of its table."""
    table = _thing_itself(concept, others, catalog)
    concept.candidate = Candidate(concept.candidate.score, entity=catalog.entities[table])
    concept.aggregate = "count"
    concept.roles.add("measure")


def _thing_itself(concept: Concept, others: Sequence[Concept | None], catalog: Catalog) -> str:
    """The table whose rows are counted: what a reference refers to, where the question speaks of
    columns of that ("the number of [games] in each [season]" of games)."""
    column = concept.field
    if column is None or not column.refers:
        return concept.table
    for key in catalog.schema.foreign_keys:
        if (key.table, key.column) != column.key or key.to_table not in catalog.entities:
            continue
        named = set(catalog.entities[key.to_table].words) <= set(column.words)
        spoken = [c for c in others if c is not None and c.field is not None and c is not concept]
        own = any(c.table == key.table and c.field is not column for c in spoken)
        if named and not own and any(c.table == key.to_table for c in spoken):
            return key.to_table
    return concept.table
