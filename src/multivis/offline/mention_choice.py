"""What a word of a question names where the schema has several things that it may be."""

from __future__ import annotations

import re

from multivis.offline.catalog import Catalog
from multivis.offline.linking import (
    Candidate,
    Mention,
)
from multivis.offline.words import stem

__all__ = ["choose", "drop_time_words", "drop_verbs", "said_again"]


_TIME_WORDS = frozenset(
    {"year", "month", "day", "date", "time", "hour", "week", "quarter", "decade", "annual"}
)


def choose(
    mentions: list[Mention],
    catalog: Catalog,
    ambiguities: list[str],
    named: list[str],
    body: str = "",
) -> None:
    """Give every mention one reading, so that the tables lie close together."""
    for mention in mentions:
        _count_themselves(mention, mentions, catalog)
        _things_themselves(mention, catalog, body)
    weight: dict[str, float] = dict.fromkeys(named, 1.0)
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
    ranked = sorted(
        mentions,
        key=lambda m: (stem(m.text) in _TIME_WORDS, len(m.candidates) > 1, -m.candidates[0].score),
    )
    for mention in ranked:
        best, best_value = mention.candidates[0], float("-inf")
        for candidate in mention.candidates:
            away = (
                0.0 if candidate.table in used else catalog.distance(sorted(used), candidate.table)
            )
            joined = min(away, 4.0)
            value = (
                candidate.score - 0.12 * joined + 0.04 * min(2.0, weight.get(candidate.table, 0))
            )
            if not away and _times_rows(mention, candidate, catalog):
                value += 0.06
            if value > best_value + 1e-9:
                best, best_value = candidate, value
        mention.chosen = best
        measured = {
            m.chosen.table for m in ranked
            if m.chosen is not None and m.chosen.field is not None and m.chosen.field.is_measure
        }  # fmt: skip
        if (
            stem(mention.text) in _TIME_WORDS
            and measured
            and best.table not in measured
            and any(f.date_style == "iso" and f.table in measured for f in catalog)
        ):
            mentions.remove(mention)  # "amount per year": of the orders, not of the shops
            continue
        if stem(mention.text) in _TIME_WORDS and _is_unit(mention, best, mentions, catalog, body):
            mentions.remove(mention)
            continue
        if best.field is not None and best.field.is_measure and not best.field.is_time:
            used.add(best.table)  # "how many hours are spent": an amount, no unit of time
            continue
        if (
            stem(mention.text) in _TIME_WORDS
            and best.table not in used
            and any(field_.is_time and field_.table in used for field_ in catalog)
        ):
            mentions.remove(mention)  # a unit of the time column that is at hand
            continue
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


_COUNT_LEAD = re.compile(r"(?:the )?(?:total )?(?:number|count) of ", re.IGNORECASE)
_COUNT_TAIL = re.compile(r" (?:counts?|numbers?)$", re.IGNORECASE)


def _count_themselves(mention: Mention, mentions: list[Mention], catalog: Catalog) -> None:
    """ "The number of guests by nationality" of the guests, though events hold such a number.

    The column is meant where anything else is said of its table.
    """
    held = mention.candidates[0].field
    tail = _COUNT_TAIL.search(mention.text)
    if held is not None and tail is not None and not {"count", "number"} & set(held.words):
        said = tuple(stem(word) for word in mention.text[: tail.start()].lower().split())
        rows = [e for e in catalog.entities.values() if said and e.words[-len(said) :] == said]
        if len(rows) == 1:  # "order counts": of the orders, no quantity
            mention.candidates = [Candidate(mention.candidates[0].score, entity=rows[0])]
            mention.end -= len(tail.group())
            mention.text = mention.text[: tail.start()]
            return
    lead = _COUNT_LEAD.match(mention.text)
    if held is not None and lead is not None and not {"count", "number"} & set(held.words):
        said = tuple(stem(word) for word in mention.text[lead.end() :].lower().split())
        rows = [e for e in catalog.entities.values() if said and e.words[-len(said) :] == said]
        if len(rows) == 1:  # "the number of orders": of the orders, no quantity
            mention.candidates = [Candidate(mention.candidates[0].score, entity=rows[0])]
            mention.start, mention.text = mention.start + lead.end(), mention.text[lead.end() :]
            return
    if held is None or held.words[:1] != ("number",) or len(held.words) < 2:
        return
    called = tuple(word for word in held.words[1:] if word != "of")
    things = [e for e in catalog.entities.values() if e.words == called]
    others = [m.candidates[0] for m in mentions if m is not mention]
    for thing in things[:1]:
        table = thing.table.name
        own = any(c.field is not None and c.table == table for c in others)
        if own and table != held.table and not any(c.table == held.table for c in others):
            mention.candidates = [Candidate(mention.candidates[0].score, entity=thing)]
            if lead is not None:  # what is counted, so that the words before it say so
                mention.start, mention.text = mention.start + lead.end(), mention.text[lead.end() :]


_GROUPED_BY = re.compile(
    r"\b(?:by|per|each|every|top|bottom|\d+|which|what|of|two|three|four|five|six|seven|eight|nine|"
    r"ten)(?: (?:most|best|the|these|those|our|all|different|[a-z]+est))* $",
    re.IGNORECASE,
)


def _things_themselves(mention: Mention, catalog: Catalog, body: str) -> None:
    """ "The top 3 games" of "played games" and "video games": those that others refer to."""
    top = mention.candidates[0].score
    close = [c for c in mention.candidates if c.field is None and c.score >= 0.95 * top]
    if len(close) < 2 or not _GROUPED_BY.search(body[: mention.start]):
        return
    if _COUNTED.search(body[: mention.start].lower()):
        return
    tables = {c.table for c in close}
    keys = [k for k in catalog.schema.foreign_keys if k.table in tables and k.to_table in tables]
    referring = {k.table for k in keys} - {k.to_table for k in keys}
    kept = [catalog.entities[name].words[-1:] for name in tables - referring]
    if referring and kept == [(stem(mention.text.lower().split()[-1]),)]:
        mention.candidates = [c for c in mention.candidates if c.table not in referring]


_COUNTED = re.compile(r"\b(?:(?:number|count|total)s? of|how many)(?: (?:the|all|our|new))? $")
_IN_EACH = re.compile(r" (?:in|per|by|for|over)? ?(?:each|every|the|different)? ?")


def _is_unit(
    mention: Mention, found: Candidate, mentions: list[Mention], catalog: Catalog, body: str
) -> bool:
    """ "How many [members] [joined] in each year", "the number of [orders] per year": the year of
    what is told, where another table has a year of its own."""
    for other in mentions:
        read, chosen = other.best.field, other.chosen
        if chosen is None or chosen.table == found.table or other.end > mention.start:
            continue
        between = body[other.end : mention.start].lower()
        if read is not None and read.is_time and _IN_EACH.fullmatch(between):
            return True
        counted = read is None and _COUNTED.search(body[: other.start].lower())
        if counted and any(f.date_style in {"iso", "year"} for f in catalog.of(chosen.table)):
            return True
    return False


def _times_rows(mention: Mention, candidate: Candidate, catalog: Catalog) -> bool:
    """ "Sales over the years": the year of the sales, not the one a shop was opened in."""
    if stem(mention.text) not in _TIME_WORDS:
        return False
    others = {c.table for c in mention.candidates if c.field is not None and c is not candidate}
    keys = catalog.schema.foreign_keys
    return any(k.table == candidate.table and k.to_table in others for k in keys)


def said_again(mentions: list[Mention], body: str) -> None:
    """ "The average asking price …? The prices differ": the same prices, said in short."""
    for place, mention in enumerate(mentions):
        _read_alike(mention, mentions[:place])
        found, words = mention.best.field, {stem(w) for w in re.findall(r"\w+", mention.text)}
        if found is None or not found.is_measure:
            continue
        near = any(m is not mention and m.best.table == found.table for m in mentions)
        if mention.best.score >= 0.8 and near:
            continue
        for other in mentions[:place]:
            column = other.best.field
            if column is None or not column.is_measure or column.key == found.key:
                continue
            apart = re.search(r"[.?!;]\s", body[other.end : mention.start])
            if apart and other.best.score >= 0.9 and words <= set(column.words):
                mention.chosen = other.best
                break


def _read_alike(mention: Mention, before: list[Mention]) -> None:
    """A number that is said in the same words once more is the same number."""
    said = [stem(word) for word in mention.text.split()]
    for other in before:
        column = other.best.field
        if column is None or not column.is_measure or column.is_time:
            continue
        known = {candidate.label for candidate in mention.candidates}
        if said == [stem(word) for word in other.text.split()] and other.best.label in known:
            mention.chosen = other.best
            return


_SETTING = re.compile(r"(?:start|begin|end|stop|open)(?:s|ing|ning)?", re.IGNORECASE)
_SET_TO = re.compile(
    r"\s+(?:(?:at|from|with|value|out|of|on|in|set)\s+){0,2}\$?-?(?:\d{1,3}(?!\d)|(?:19|20)\d\d\b)"
)


def drop_time_words(mentions: list[Mention], body: str) -> None:
    """A bare "year" or "day" is a column of time or a unit, never a part of another name.

    Behind a number ("70 years old", "10 days") it measures that number.
    """
    for mention in list(mentions):
        if stem(mention.text) not in _TIME_WORDS:
            if _SETTING.fullmatch(mention.text) and _SET_TO.match(body[mention.end :]):
                mentions.remove(mention)  # "a slider from 0 to 9, starting at 5"
            continue
        before, after = body[: mention.start], body[mention.end :]
        if re.search(r"\d\+?\s*-?\s*$", before) or re.match(r"\s+(?:old|ago)\b", after):
            mentions.remove(mention)
            continue
        whole = {stem(mention.text)}
        kept = [
            c
            for c in mention.candidates
            if c.field is not None and (c.field.is_time or set(c.field.words) == whole)
        ]
        if kept:
            mention.candidates = kept
        else:
            mentions.remove(mention)


_ASKS = re.compile(
    r"(?:^|[.;:,!?]|\b(?:please|to|then|just|also|you|we|i|and|must|should|can|could))\s*$",
    re.IGNORECASE,
)
_NAMING = re.compile(r"names?|titles?|labels?|captions?", re.IGNORECASE)
_OBJECT = re.compile(r"\s+(?:them|these|those|it|the|all|each|every|our)\b", re.IGNORECASE)
_MANNER = re.compile(
    r"\s+(?:as|by|from|in|with|high|low|top|down|desc\w*|asc\w*|[a-z]+s (?:by|from|in|with|as|"
    r"high|low|top|down|desc|asc|so))\b",
    re.IGNORECASE,
)


def drop_verbs(mentions: list[Mention], body: str) -> None:
    """ "Rank them", "please rank the towns by size": an order, no column of ranks.

    Nor is "under the name 'Sales'" a column of names; what was in quotes is blank here.
    """
    for mention in list(mentions):
        before, after = body[: mention.start], body[mention.end :]
        if _NAMING.fullmatch(mention.text) and re.match(r"\s{4}", after):
            mentions.remove(mention)
            continue
        if mention.text.lower() != "rank" or not _ASKS.search(before):
            continue
        starts = re.search(r"(?:^|[.;!?]|\bplease)\s*$", before, re.IGNORECASE)
        if _OBJECT.match(after) or (starts and _MANNER.match(after)):
            mentions.remove(mention)
