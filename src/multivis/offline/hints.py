"""What titles in quotes tell of the content: "label the y-axis 'Total Sales'" names a column."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.charts.demands import AxisTitleDemand, Demands, TitleDemand
from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept
from multivis.offline.linking import Candidate, Mention, find_mentions
from multivis.offline.words import split_name

__all__ = ["drop_generic_nouns", "from_titles", "money_of"]

_SURE = 0.9
_GENERIC = frozenset(
    {"amount", "value", "number", "figure", "level", "size", "score", "total", "data", "point",
     "measure", "quantity", "count"}
)  # fmt: skip
_WORDS = (
    ("avg", {"average", "mean"}),
    ("sum", {"total", "sum", "combined", "cumulative", "running"}),
    ("max", {"maximum", "highest"}),
    ("min", {"minimum", "lowest"}),
)


_OF_A_COLUMN = re.compile(r"\b(?:average|mean|median|highest|lowest)\s+$", re.IGNORECASE)
_PARTS = frozenset({"percentage", "percent", "share", "proportion"})


def drop_generic_nouns(mentions: list[Mention], body: str = "") -> None:
    """ "claimed and settled amounts": the noun says nothing that the names before it do not.

    Nor is "the percentage of shops" a column called so in a table beside the shops.
    """
    for mention in list(mentions):
        found = mention.best.field
        if found is None or set(split_name(mention.text)) - _PARTS:
            continue
        if _OF_A_COLUMN.search(body[: mention.start]):
            continue  # "the average share": shares are what is averaged
        after = body[mention.end :]
        things = [
            m for m in mentions
            if m is not mention and m.best.field is None and m.best.table != found.table
            and re.fullmatch(r"\s+of\s+(?:all\s+|the\s+)*", body[mention.end : m.start] or "-")
        ]  # fmt: skip
        if after and things:
            mentions.remove(mention)
    for mention in list(mentions):
        found = mention.best.field
        words = set(split_name(mention.text))
        if found is None or not words <= _GENERIC or mention.best.score >= 0.7:
            continue
        if any(
            m.best.table == found.table and not body[m.end : mention.start].strip()
            for m in mentions if m.end <= mention.start
        ):  # fmt: skip
            continue  # "loan amount": of the loans
        before = [
            m for m in mentions
            if m is not mention and m.best.field is not None and m.best.field.is_measure
            and m.best.score > mention.best.score and m.best.field.table != found.table
        ]  # fmt: skip
        if before:
            mentions.remove(mention)


def from_titles(concepts: list[Concept], demands: Demands, catalog: Catalog) -> list[Concept]:
    """The concepts, and the measure that a title names when nothing else does.

    Titles are words of the asker too. They count only where the question itself names no
    number: then a column that the title spells out is what is to be shown.
    """
    shown = [c for c in concepts if "tooltip" not in c.roles or len(c.roles) > 1]
    if any(c.field is not None and c.field.is_measure and "filter" not in c.roles for c in shown):
        return concepts
    wishes: list[tuple[str, str]] = [
        (wish.title, wish.axis or "")
        for wish in demands.of(AxisTitleDemand)
        if wish.axis in {"x", "y", None}
    ]
    wishes += [(wish.title, "") for wish in demands.of(TitleDemand)]
    tables = list(dict.fromkeys(c.table for c in concepts))
    for title, axis in wishes:
        measure = _measure_in(title, catalog, tables)
        if measure is None:
            continue
        words = set(title.lower().split())
        aggregate = next((name for name, said in _WORDS if words & said), "")
        roles = {"measure", "said", *([axis] if axis else [])}
        made = Concept(measure, 96, aggregate=aggregate, roles=roles, text=title)
        return [*(c for c in concepts if not c.is_count), made]
    return concepts


def _measure_in(title: str, catalog: Catalog, tables: list[str]) -> Candidate | None:
    """The column of numbers that a title spells out, near the tables at hand."""
    for mention in find_mentions(title, catalog):
        near = [
            c for c in mention.candidates
            if c.field is not None and c.field.is_measure and c.score >= _SURE
            and (not tables or c.table in tables)
        ]  # fmt: skip
        if near:
            return near[0]
    return None


_BARE = re.compile(
    r"\b(?P<how>total|average|mean|median|combined|highest|maximum|lowest|minimum) "
    r"(?P<word>amount|value|cost|price|quantity|payment|fee|score|rating|weight|size)s?\b"
)
_HOW = {"average": "avg", "mean": "avg", "median": "median", "highest": "max", "maximum": "max",
        "lowest": "min", "minimum": "min"}  # fmt: skip


def bare_amount(concepts: list[Concept], text: str, catalog: Catalog) -> list[Concept]:
    """The concepts, and the column of "the total amount", where nothing else is measured.

    Args:
        concepts: What was read.
        text: The skeleton.
        catalog: The schema.
    """
    concepts = _once(concepts)
    found = _BARE.search(text)
    measured = any(
        c.is_count or (c.field is not None and c.field.is_measure and not c.field.is_time)
        for c in concepts
    )
    if found is None or measured:
        return concepts
    for table in dict.fromkeys(c.table for c in concepts):
        fitting = [
            f for f in catalog.of(table)
            if f.is_measure and not f.is_time and found["word"] in f.words
        ]  # fmt: skip
        if len(fitting) == 1:
            made = Candidate(_SURE, field=fitting[0])
            how = _HOW.get(found["how"], "sum")
            return [*concepts, Concept(made, 96, aggregate=how, roles={"measure", "said"})]
    return concepts


def _once(concepts: list[Concept]) -> list[Concept]:
    """The concepts without plain mentions of a column that is aggregated ("in pounds")."""
    combined = {
        c.candidate.label: c for c in concepts
        if c.field is not None and c.field.is_measure and c.aggregate not in {"", "sum?"}
    }  # fmt: skip
    kept = []
    for concept in concepts:
        twin = combined.get(concept.candidate.label)
        if twin is None or twin is concept or concept.aggregate or concept.roles - {"said"}:
            kept.append(concept)
    return kept


_MONEY = frozenset(
    {"payment", "sale", "expense", "revenue", "income", "spending", "donation", "refund",
     "settlement", "salary", "cost", "investment", "earning", "purchase"}
)  # fmt: skip
_SUMS = frozenset({"amount", "price", "cost", "value", "paid", "sum", "total", "revenue", "salary"})


_EARNED = re.compile(r"\b(?:revenue|earnings|income|turnover|money|spent|spending|takings)\b")
_PLACED = frozenset({"dimension", "x", "y", "color", "row", "column", "facet", "label"})


def money_of(concept: Concept, catalog: Catalog, text: str, alone: bool = False) -> Concept:
    """ "Total payments", "spent on treatments": the amounts are added up, nothing is counted.

    Args:
        concept: A thing that is counted, or only spoken of.
        catalog: The schema.
        text: The question in lower case.
        alone: Whether the question names no number.
    """
    entity = catalog.entities.get(concept.table) if concept.field is None else None
    if entity is None or "number of" in text or "how many" in text:
        return concept
    earned = _EARNED.search(text)
    if concept.aggregate != "count" and not (
        alone and earned and not concept.aggregate and not concept.roles & _PLACED
    ):
        return concept
    if not earned and not (
        set(entity.words) & _MONEY
        and any(word in text for word in ("total", "sum", "cumulative", "amount", "running"))
    ):
        return concept
    sums = [
        f for f in catalog.of(concept.table)
        if f.is_measure and not f.is_time and _SUMS & set(f.words)
    ]  # fmt: skip
    if len(sums) != 1:
        return concept
    return replace(concept, candidate=Candidate(concept.candidate.score, field=sums[0]),
                   aggregate="sum", roles=concept.roles | {"measure"})  # fmt: skip
