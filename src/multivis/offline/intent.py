"""What a question means: concepts with roles, filters, order, limits.

A question becomes a skeleton in which every mention of the schema is a placeholder
(``the average [0] for each [1], with [2] on the x-axis``); cue words around placeholders then
give each concept its roles.
"""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.charts.demands import Demands, LimitDemand, SortDemand, read_demands
from multivis.offline.asides import named_tables, spoken_tables, without_asides
from multivis.offline.catalog import Catalog
from multivis.offline.chart_kinds import read_chart_kind
from multivis.offline.concepts import Concept, Reading, Sort
from multivis.offline.conditions import parse_number, read_conditions, read_part
from multivis.offline.counted_things import count_things, read_people
from multivis.offline.counts import (
    colour_by_number,
    flags_apart,
    numbers_held,
    share_counts,
    sized_by_number,
)
from multivis.offline.cues import HOVER, give_roles
from multivis.offline.finish_marks import singled_numbers, taken_from_filters
from multivis.offline.finish_running import runs_up
from multivis.offline.group_words import apart_by_hyphens, in_plain_groups
from multivis.offline.groupings import read_moving, wants_rest
from multivis.offline.hints import bare_amount, drop_generic_nouns, from_titles, money_of
from multivis.offline.kind_nouns import (
    kinds_beside,
    read_bare_kinds,
    read_examples,
    read_kind_nouns,
    read_kinds_of,
    read_number_nouns,
)
from multivis.offline.left_out import left_out_actively
from multivis.offline.linking import (
    Candidate,
    Mention,
    ValueMention,
    find_mentions,
    find_values,
)
from multivis.offline.mention_choice import choose, drop_time_words, drop_verbs, said_again
from multivis.offline.motives import end_of_motive
from multivis.offline.neighbours import apart_from_each, drop_owners
from multivis.offline.number_groups import Ranges, give_ranges, read_ranges
from multivis.offline.plain_words import in_plain_words
from multivis.offline.plan import Filter
from multivis.offline.pooled import pool
from multivis.offline.said_pairs import TWIN, read_figure_pairs, told_by_colour
from multivis.offline.skeleton import (
    UNITS,
    collapse_lists,
    merge_neighbours,
    own_measures,
    prefer_owner,
    read_aggregates,
    read_time_nouns,
    trust_lists,
    write_skeleton,
)
from multivis.offline.wordings import in_known_words

__all__ = ["read_question"]

_SOME = "two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty"
_TITLE_QUOTE = re.compile(
    r"(?:titled?|title of|title|call(?:ed)?|named?|caption(?:ed)?|label\w*|headed|heading|subtitle|"
    r"axis|as)\s*(?:(?:it|the \w+|this|of|to|as|is|be|:|should be|should read|reads?|text)\s*)*"
    r"(\"[^\"]+\"|“[^”]+”|'[^']+'(?!\w))",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"\"[^\"]+\"|“[^”]+”")

_UNIT_PHRASES = (
    (r"\b(?:days? of (?:the )?week|weekdays?)\b", "weekday"),
    (r"\bdays? of (?:the )?month\b", "day"),
    (r"\bmonths? of (?:the )?year\b", "month"),
    (r"\bhours? of (?:the )?day\b", "hour"),
)
_UNIT_CUE = re.compile(
    r"\b(?:by|per|each|every|over(?: the)?|across(?: the)?|for each|in each|different|through the) "
    r"(?:\w+ )?(year|month|day|week|quarter|hour|date|decade)s?\b"
    r"|\b(yearly|monthly|daily|weekly|hourly|quarterly|annually|annual)\b"
    r"|\b(year|month|quarter|hour|date|day)s? (?:(?:going|running) )?"
    r"(?:on|along|across|down|at) the (?:x|y|bottom|top|side|left|horizontal|vertical)"
    r"|\b(?:in|on|at|during) (?:which|what) (year|month|week|quarter|hour|decade)s?\b"
    r"|\bby [^.,]{1,60} and (?:\w+ )?(year|month|day|week|quarter|hour)s?\b"
    r"|\b(?:the|showing|with|launch|order) (year|month)s? (?:across|on|along|down)"
    r"|\b(year|month|day|week|quarter|hour|decade)s? (?:by|to|after|over) \w+(?=[ .,;?!]|$)"
    r"(?<=year|onth|.day|week|rter|hour|cade)"
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


def _merge_same(concepts: list[Concept | None], mean_line: str = "") -> list[Concept]:
    """One concept for each column, table or count, with the roles of all its mentions.

    Args:
        concepts: Mentions in order; None for those merged away.
        mean_line: Aggregate that is drawn as a line over the values, or empty.
    """
    merged: dict[tuple[object, ...], Concept] = {}
    for concept in concepts:
        if concept is None:
            continue
        key: tuple[object, ...] = (concept.candidate.label, concept.is_count)
        told = concept.aggregate in {"avg", "min", "max", "median"} or TWIN in concept.roles
        if concept.field is not None and told:
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
        apart = concept.cases and "color" in concept.roles and concept.field is not None
        if apart and known is not None and not known.cases and "dimension" not in known.roles:
            merged[*key, "cases"] = concept  # a number on an axis, and the colours of its ranges
            continue
        if known is None:
            merged[key] = concept
            continue
        known.roles |= concept.roles
        known.mentions += 1
        if concept.candidate.score > known.candidate.score:
            known.candidate = concept.candidate  # the clearest mention tells how sure it is
        known.cases = known.cases or concept.cases
        known.tip = min(known.tip, concept.tip)
        known.unit = known.unit or concept.unit
        if concept.aggregate and known.aggregate in {"", "sum?"}:
            known.aggregate = concept.aggregate
    # A column that is named plainly and with an aggregate is the aggregated one.
    result = list(merged.values())
    if mean_line:  # … unless the aggregate is a line over the plain values
        plain = {
            c.candidate.label for c in result
            if c.field is not None and c.aggregate in {"", "sum?", "sum"}
        }  # fmt: skip
        result = [
            c for c in result
            if not (c.aggregate == mean_line and c.candidate.label in plain)
        ]  # fmt: skip
    for concept in list(result):
        if concept.field is None or concept.aggregate:
            continue
        if concept.field.is_time and "dimension" in concept.roles:
            ends = [c for c in result if c.field is concept.field and c.aggregate in {"min", "max"}]
            result = [c for c in result if c not in ends]  # "by year, the name at the latest year"
            continue
        twins = [
            c for c in result
            if c is not concept and c.candidate.label == concept.candidate.label
            and bool(c.cases) == bool(concept.cases)
        ]  # fmt: skip
        if len(twins) == 1:
            twins[0].roles |= concept.roles
            twins[0].order = min(twins[0].order, concept.order)
            result.remove(concept)
    return sorted(result, key=lambda concept: concept.order)


def read_question(question: str, catalog: Catalog) -> Reading:
    """Read a question against a schema. Total: it never raises for any text."""
    question = left_out_actively(in_plain_words(in_known_words(question), catalog))
    question = apart_by_hyphens(question, catalog)
    moving = read_moving(question)
    asked = question
    cuts: list[Ranges] = []
    while len(cuts) < 2 and (ranges := read_ranges(question)) is not None:
        cuts.append(ranges)
        for start, end in ranges.spans:
            question = _blank(question, start, end)
    if moving is not None:
        question = _blank(question, moving.start, moving.end)
    told = _strip_quotes(question, set())
    named = named_tables(told, catalog)
    question = without_asides(question)
    values = find_values(question, catalog)
    keep = {(value.start, value.end) for value in values}
    body = _strip_quotes(question, keep)
    catalog.spoken = spoken_tables(body, catalog)
    values = [v for v in values if body[v.start : v.end].strip()]
    kind = read_chart_kind(told)
    kind = replace(kind, cumulative=kind.cumulative or runs_up(told))
    mentions = find_mentions(body, catalog)
    for value in values:
        mentions = [m for m in mentions if m.end <= value.start or m.start >= value.end]
    drop_time_words(mentions, body)
    drop_verbs(mentions, body)
    ambiguities: list[str] = []
    choose(mentions, catalog, ambiguities, named, body)
    said_again(mentions, body)
    motive = end_of_motive(body, mentions, values)
    body = _blank(body, 0, motive)
    mentions = [m for m in mentions if m.start >= motive]
    values = [v for v in values if v.start >= motive]
    drop_generic_nouns(mentions, body)
    concepts: list[Concept | None] = [
        Concept(mention.best, order, text=mention.text) for order, mention in enumerate(mentions)
    ]
    usable = kind.family not in {"horizon", "histogram"}
    given = [usable and give_ranges(part, mentions, concepts, catalog, asked) for part in cuts]
    if not mentions and named:
        _add_named(body, named[0], mentions, concepts, catalog)
    text = write_skeleton(body, mentions, [(v.start, v.end) for v in values])
    text = in_plain_groups(text, concepts)
    kinds_beside(text, concepts, catalog)
    text = read_kinds_of(text, concepts, catalog)
    text = read_people(text, concepts, catalog)
    text = read_figure_pairs(text, concepts)
    text = read_number_nouns(text, concepts, catalog)
    text = read_aggregates(text, concepts)
    text = in_plain_groups(merge_neighbours(text, concepts, catalog), concepts)
    text = read_aggregates(text, concepts)
    own_measures(concepts, catalog)
    _on_average(text, concepts)
    text = read_time_nouns(text, concepts, catalog)
    text = read_kind_nouns(text, concepts, catalog)
    text = read_bare_kinds(text, concepts, catalog)
    text = read_examples(text, concepts, values, catalog)
    text = collapse_lists(apart_from_each(text, concepts))
    trust_lists(text, concepts)
    share_counts(text, concepts)
    prefer_owner(text, concepts, catalog)
    text = drop_owners(text, concepts)
    demands = read_demands(asked)
    reading = Reading(asked, body, kind, [], demands, skeleton=text)
    reading.ambiguities = ambiguities
    if not all(given):
        reading.assumptions.append("The ranges were not used: no column of numbers goes with them.")
    give_roles(text, concepts)
    if any(c is not None and c.cases and "color" in c.roles for c in concepts):
        for thing in (c for c in concepts if c is not None and c.field is None):
            thing.roles.discard("color")  # "coloured by whether [shops] opened before 1950"
    told_by_colour(text, concepts)
    pool(text, concepts)
    sized_by_number(text, concepts)
    count_things(text, concepts, catalog)
    reading.filters = read_conditions(text, concepts, values, catalog, body)
    if any(f.aggregate == "count" for f in reading.filters):
        count_things(text, concepts, catalog)  # "at least 8 [codes]" counts them too
    else:
        numbers_held(concepts, catalog)
    colour_by_number(text, concepts, catalog)
    flags_apart(concepts, body)
    for found in re.finditer(r"(?<!each )(?<!every )(?<!by )(?<!per )\{v\} \[(\d+)\]", text):
        noun = concepts[int(found.group(1))]
        if noun is not None and noun.field is not None and noun.field.is_category:
            noun.roles.add("filter")  # "food allergies": which ones, no groups
    groups = _whether(body, values, reading.filters, len(concepts))
    for mention, concept in zip(mentions, concepts, strict=False):
        inside = any(mention.end <= v.start < mention.end + 12 for v in values)
        if groups and inside and concept is not None and concept.field is None:
            concept.roles -= {"color", "dimension"}  # "by whether [orders] were paid or not"
    reading.filters = _telling(reading.filters, catalog, reading)
    reading.part = read_part(text, reading.filters)
    reading.filters = [f for f in reading.filters if f not in reading.part]
    reading.filters, reading.singled = taken_from_filters(reading.filters, body)
    superlative = re.search(
        rf"\b(?:which|what|who)\b(?: (\d+|{_SOME}))?[^.?]*\b(most|highest|largest|"
        r"biggest|greatest|best|longest|oldest|fewest|lowest|least|smallest|shortest|youngest)\b",
        body.lower(),
    )
    counted = re.search(
        rf"\b(?:the )?(\d{{1,3}}|{_SOME}) (?:[\w-]+ ){{1,4}}?"
        r"(?:with|that|who|which|having)\b"
        r"[^.?]{0,30}\b(most|highest|largest|biggest|greatest|best|longest|oldest|fewest|lowest|least|"
        r"smallest|shortest|youngest)\b",
        body.lower(),
    )
    if superlative is None or (counted is not None and not superlative.group(1)):
        superlative = counted or superlative  # "who are the three guests with the most stays"
    limit = demands.first(LimitDemand, at_least=0.8)
    if limit is not None:
        reading.limit, reading.limit_lowest = limit.count, limit.side == "bottom"
    reading.placeholders = {n: c for n, c in enumerate(concepts) if c is not None}
    line = {"mean": "avg"}.get(kind.mean_line, kind.mean_line)
    told_apart = [c for c in concepts if c is None or "pooled" not in c.roles]
    merged = _merge_same([*told_apart, *groups], line)
    alone = not any(c.field is not None and c.field.is_measure for c in merged)
    merged = [money_of(c, catalog, body.lower(), alone) for c in merged]
    merged = bare_amount(merged, text, catalog)
    reading.concepts = from_titles(merged, demands, catalog)
    reading.singled += singled_numbers(reading.concepts, body)
    reading.sort = _sort(demands, reading.concepts)
    if superlative is not None:
        lowest = superlative.group(2) in {
            "fewest", "lowest", "least", "smallest", "shortest", "youngest"
        }  # fmt: skip
        reading.sort = reading.sort or Sort(not lowest)
        if superlative.group(1) and reading.limit is None:
            reading.limit = int(parse_number(superlative.group(1)))
            reading.limit_lowest = lowest
    lower = text
    reading.moving, reading.rest = moving, wants_rest(asked)
    reading.unit = _time_unit(lower) or (moving.unit if moving is not None else "")
    if re.search(r"\bmonths? and (?:\w+ )?years?\b|\byears? and (?:\w+ )?months?\b", lower):
        reading.unit = "month" if kind.family == "heatmap" else "yearmonth"
    reading.percent = bool(
        re.search(r"percent(?:age)?s?\b(?! stacked)|\bshare of|proportion", lower)
    )
    reading.distribution = bool(re.search(r"distribut|spread of|how .* vary|variab", lower))
    reading.relationship = bool(
        re.search(
            r"relationship|correlat|versus|\bvs\b|against \[|"
            r"compares? \[[\d+]+\](?! (?:for|by|per|across|in|of) )",
            lower,
        )
    )
    reading.tooltip = bool(HOVER.search(lower))
    content = [m for m in mentions if m.best.score >= 0.5]
    reading.coverage = sum(m.best.score for m in content)
    return reading


def _add_named(
    body: str,
    table: str,
    mentions: list[Mention],
    concepts: list[Concept | None],
    catalog: Catalog,
) -> None:
    """ "How many flights each year, from the log table": the rows of the table are the flights."""
    found = re.search(r"\b(?:number of|how many|counts? of) (\w+)", body, re.IGNORECASE)
    if found is None:
        return
    candidate = Candidate(0.8, entity=catalog.entities[table])
    mentions.append(Mention(*found.span(1), found.group(1), [candidate], candidate))
    concepts.append(Concept(candidate, 0, text=found.group(1)))


def _on_average(text: str, concepts: list[Concept | None]) -> None:
    """ "How fast are the trains on average": the one number that is named is averaged."""
    if not re.search(r"\bon average\b|\bin the mean\b", text):
        return
    numbers = [
        c for c in concepts
        if c is not None and c.field is not None and c.field.is_measure and not c.field.is_time
    ]  # fmt: skip
    if len({c.candidate.label for c in numbers}) == 1 and not any(
        c.aggregate not in {"", "sum?"} for c in numbers
    ):
        for concept in numbers:
            concept.aggregate = "avg"
            concept.roles.add("measure")


_WHETHER = re.compile(
    r"\b(?:whether|if) (?:[\w'’]+ ){1,4}[^.;?!]{0,60}?\bor\b[^.,;?!]*", re.IGNORECASE
)


def _whether(
    body: str, values: list[ValueMention], filters: list[Filter], order: int
) -> list[Concept]:
    """ "Whether they are open or closed" tells groups apart; it is no condition on the rows."""
    made = []
    for phrase in _WHETHER.finditer(body):
        inside = [v for v in values if phrase.start() <= v.start and v.end <= phrase.end()]
        keys = {f.key for f in (v.field for v in inside)}
        for condition in [f for f in filters if (f.table, f.column) in keys]:
            filters.remove(condition)
            field = next(
                v.field for v in inside if v.field.key == (condition.table, condition.column)
            )
            made.append(
                Concept(Candidate(1.0, field=field), order, roles={"dimension", "color"},
                        text=phrase.group(0))
            )  # fmt: skip
            order += 1
    return made


def _telling(filters: list[Filter], catalog: Catalog, reading: Reading) -> list[Filter]:
    """The conditions without those that every row meets ("male and female" where there is no
    other); what they name is kept to tell groups apart."""
    kept = []
    for condition in filters:
        field = catalog.fields.get((condition.table, condition.column))
        distinct = field.column.distinct if field is not None and field.column.exact else None
        whole = condition.operator == "in" and distinct and len(condition.values) >= distinct
        if whole and not (field is not None and field.column.nulls):
            reading.compared.append(condition)
        else:
            kept.append(condition)
    return kept


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
    for phrase, unit in _UNIT_PHRASES:
        if re.search(phrase, text):
            return unit
    found = _UNIT_CUE.search(text)
    if not found:
        return ""
    word = next((group for group in found.groups() if group), "")
    if re.search(r"\b(?:in|during) (?:which|what) months?\b", text):
        return "month"  # of any year
    if word == "month" and re.search(
        r"\byears? (?:down|on|along|across)|month and year|months? and years?", text
    ):
        return "month"
    return UNITS.get(word, "")
