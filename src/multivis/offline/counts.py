"""Numbers of several things for the same groups: "how many students and how many teachers"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from multivis.offline.catalog import Catalog, Field
from multivis.offline.concepts import Concept, Reading
from multivis.offline.grain import is_unique
from multivis.offline.linking import Candidate
from multivis.offline.value_words import FACING, flag_labels, opposite
from multivis.offline.words import humanise, in_plural, stem

__all__ = [
    "colour_by_number",
    "counted_apart",
    "flags_apart",
    "numbers_held",
    "share_counts",
    "share_places",
    "sized_by_number",
    "who_did",
    "without_counted",
]

_LISTED = re.compile(r"\[(\d+(?:\+\d+)+)\]")


_BAR_FOR = re.compile(
    r"\b(?:bar|line|column)s? for \[(\d+)\],? and (?:a |an |one |another )?"
    r"(?:(?:bar|line|column)s? )?for \[(\d+)\]"
)


def share_counts(text: str, concepts: Sequence[Concept | None]) -> None:
    """ "The number of [likes] and [friends]": what is listed behind a count is counted too.

    So are things that have a bar each ("one bar for [students] and one for [teachers]").
    """
    for found in _BAR_FOR.finditer(text):
        pair = [concepts[int(number)] for number in found.groups()]
        if all(c is not None and c.field is None for c in pair) and len(
            {c.table for c in pair if c is not None}
        ) == 2:  # fmt: skip
            for concept in pair:
                if concept is not None:
                    concept.aggregate = "count"
                    concept.roles.add("measure")
    for found in _LISTED.finditer(text):
        listed = [concepts[int(number)] for number in found.group(1).split("+")]
        first = listed[0]
        if first is None or not first.is_count or first.roles & {"x", "y", "color"}:
            continue
        for concept in listed[1:]:
            if concept is not None and concept.field is None and not concept.aggregate:
                concept.aggregate = "count"
                concept.roles.add("measure")


_SIZED = re.compile(
    r"\b(?:siz(?:e|es|ed|ing)|bigger|larger|smaller|radius)\b(?:[^.;\[]|\[\d+\](?= (?:where|with|"
    r"that|which|whose|when)\b)){0,70}?\b(?:how (?:much|often)|(?:the )?more|fewer) "
    r"(?:(?!and\b|or\b)[a-z]+ ){0,5}?\[(\d+)\]"
    r"|\bthe more \[(\d+)\][^.;\[]{0,30}, the (?:bigger|larger)\b"
)


def sized_by_number(text: str, concepts: Sequence[Concept | None]) -> None:
    """ "Bigger bubbles for [theatres] with more [plays]": the size is how many there are.

    Of things that are paid for it is how much ("the size shows how much was spent on [repairs]").
    """
    for found in _SIZED.finditer(text):
        concept = concepts[int(found.group(1) or found.group(2))]
        if concept is None:
            continue
        for number in re.findall(r"\[(\d+)\]", found.group(0)):
            between = concepts[int(number)]  # "larger for [shops] with more [clerks]"
            if between is not None and between is not concept:
                between.roles.discard("size")
        if concept.field is None:
            concept.aggregate = concept.aggregate or "count"
            concept.roles.discard("dimension")
        concept.roles |= {"size", "measure"}


_COLOURED = re.compile(
    r"\bcolou?r(?:ed|s|ing)? (?:\S+ ){0,2}?(?:by|for|show\w*|represent\w*|indicat\w*|reflect\w*|"
    r"according to|based on) (?:the )?\[(\d+)\]"
)


def colour_by_number(text: str, concepts: Sequence[Concept | None], catalog: Catalog) -> None:
    """ "Which [shops] have the most [visits], coloured by the number of [visits]".

    A number that was counted before is the colour; its column makes no groups.
    """
    counted = [c for c in concepts if c is not None and c.is_count]
    for found in _COLOURED.finditer(text):
        concept = concepts[int(found.group(1))]
        if concept is None or concept.aggregate != "count" or concept.field is None:
            continue
        before = [c for c in counted if c.text.lower() == concept.text.lower()]
        if before:
            concept.candidate = before[0].candidate
            concept.roles.discard("dimension")


def flags_apart(concepts: Sequence[Concept | None], body: str) -> None:
    """ "Paid and unpaid bills": a column of yes and no with both sides said makes groups."""
    words = re.findall(r"[a-z]+", body.lower())
    said = {*words, *(stem(word) for word in words)}
    for concept in concepts:
        if concept is None or concept.field is None or not flag_labels(concept.field):
            continue
        own = [
            w for w in concept.field.words
            if opposite(w) in said or (w in said and FACING.get(w) in said)
        ]  # fmt: skip
        if own and concept.aggregate in {"", "sum?", "count"}:
            concept.aggregate = ""
            concept.roles |= {"color", "dimension"}
            concept.roles.discard("measure")


_PLACES = frozenset({"x", "y", "color", "row", "column", "facet", "label"})


def share_places(concepts: Sequence[Concept], catalog: Catalog) -> None:
    """ "For each [shop] ... [shop names] on the x-axis": what is told of the names is told of the
    things that they name."""
    for concept in concepts:
        if concept.field is not None or concept.aggregate or "dimension" not in concept.roles:
            continue
        shown = catalog.display(concept.table)
        for twin in concepts:
            if twin.field is not None and twin.field is shown and not twin.aggregate:
                concept.roles |= twin.roles & _PLACES


_RATING = 100
_OF_NUMBER = frozenset({"number", "count", "total", "amount", "num", "no", "of"})


_PLACED = frozenset({"dimension", "x", "color", "row", "column", "facet", "label", "shape", "for"})


def _is_mass(column: Field, concept: Concept) -> bool:
    """Whether a column tells how much there is of what has no plural ("the attendance").

    Its numbers are too great for a rating or a grade. Of things that are counted ("flights"), a
    column in the singular ("flight") holds the number that each of them goes by.
    """
    high = column.column.maximum
    spoken = concept.text.lower().split()[-1:] == column.name.lower().split("_")[-1:]
    return spoken and isinstance(high, (int, float)) and high > _RATING


def numbers_held(concepts: Sequence[Concept | None], catalog: Catalog) -> None:
    """How many there are is in a column where one is called like its table.

    The rows of a table "visits" that has a number "visits" are no single visits; a table of
    ratings with a "rating" holds one in each row.
    """
    measured = any(c is not None and (c.is_count or "measure" in c.roles) for c in concepts)
    for concept in concepts:
        if concept is None or concept.field is not None or concept.aggregate not in {"", "count"}:
            continue
        if concept.wanted == "sum" and (told := _number_told(concept, concepts, catalog)):
            concept.candidate = Candidate(concept.candidate.score, field=told)
            concept.aggregate = "sum"
            concept.roles.add("measure")
            continue
        if not concept.aggregate and (measured or concept.roles & _PLACED):
            continue  # "the degrees awarded each year" are what is measured, where nothing else is
        named = {stem(word) for word in catalog.entities[concept.table].words}
        held = [
            f for f in catalog.of(concept.table)
            if f.is_measure and not f.is_time
            and {stem(word) for word in f.words} - _OF_NUMBER == named
            and (set(f.words) & _OF_NUMBER or f.name.lower().endswith("s") or _is_mass(f, concept))
        ]  # fmt: skip
        if len(held) == 1:
            concept.candidate = Candidate(concept.candidate.score, field=held[0])
            concept.aggregate = "sum?"
            concept.roles.add("measure")


def _number_told(
    concept: Concept, concepts: Sequence[Concept | None], catalog: Catalog
) -> Field | None:
    """ "Sum the guests of our parties": the parties have a number of guests each."""
    named = {stem(word) for word in catalog.entities[concept.table].words}
    spoken = {c.table for c in concepts if c is not None} - {concept.table}
    held = [
        f for f in catalog
        if f.table in spoken and f.is_measure and set(f.words) & _OF_NUMBER
        and {stem(word) for word in f.words} - _OF_NUMBER == named
    ]  # fmt: skip
    return held[0] if len(held) == 1 else None


def counted_apart(
    measures: Sequence[Concept], dims: Sequence[Concept], catalog: Catalog
) -> list[tuple[str, str, str, str]]:
    """The counts to be put one under the other, as `Query.fold` has them; empty for none.

    Two things that are counted in one join would multiply each other, so each is counted alone.
    """
    counts = [c for c in measures if c.is_count]
    tables = list(dict.fromkeys(c.table for c in counts))
    shown = {c.table for c in dims}
    alone = {c.table for c in dims if c.field is None or is_unique(c.field, catalog)}
    if len(tables) < 2 or len(counts) < len(measures) or not dims or alone & set(tables):
        return []
    if any(catalog.path(sorted(shown), table) is None for table in tables):
        return []
    return [(table, "", in_plural(humanise(table)), "count") for table in tables]


_WHO = re.compile(r"\bwho (?!are\b|is\b)", re.IGNORECASE)


def who_did(reading: Reading, counted: Concept, catalog: Catalog) -> Concept | None:
    """ "Who made the most [loans]?": the one table that the counted rows refer to by name."""
    if not _WHO.search(reading.body) or not counted.is_count:
        return None
    keys = [k for k in catalog.schema.foreign_keys if k.table == counted.table]
    named = {
        k.to_table for k in keys
        if k.to_table in catalog.entities and k.to_table != counted.table
        and (shown := catalog.display(k.to_table)) is not None
        and shown.is_category and not shown.is_identifier
    }  # fmt: skip
    if len(named) != 1:
        return None
    entity = catalog.entities[named.pop()]
    return Concept(Candidate(0.7, entity=entity), 97, roles={"dimension"}, text="who")


def without_counted(concepts: Sequence[Concept]) -> list[Concept]:
    """Things that are counted beside each other make no groups ("one bar for students")."""
    counted = {c.table for c in concepts if c.is_count}
    if len(counted) < 2:
        return list(concepts)
    return [c for c in concepts if c.is_count or c.field is not None or c.table not in counted]
