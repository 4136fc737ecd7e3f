"""Words that say of which kind things are: "payment types", "the status of an order", "by type"."""

from __future__ import annotations

import re

from multivis.offline.catalog import Catalog, Field
from multivis.offline.concepts import Concept
from multivis.offline.linking import Candidate, ValueMention
from multivis.offline.words import stem

__all__ = [
    "kinds_beside", "read_bare_kinds", "read_examples", "read_kind_nouns", "read_kinds_of",
    "read_number_nouns",
]  # fmt: skip

_KINDS = frozenset(
    {"type", "kind", "category", "status", "outcome", "method", "result", "role", "class", "level"}
)

_SORTS = frozenset({"type", "kind", "sort", "category", "class"})  # said of one another
_KIND_OF = re.compile(
    r"\b(type|kind|sort|category|categorie|statuse|status|method|class|classe|level|rating)s? of "
    r"(?:(?:the|a|an|our|their|its|each|every|all) )*\[(\d+)\](?! (?:type|kind|categor|status))"
)


def read_kinds_of(text: str, concepts: list[Concept | None], catalog: Catalog) -> str:
    """ "The status of our [complaints]", "by type of [payment]": the column that says it."""

    def read(found: re.Match[str]) -> str:
        concept = concepts[int(found.group(2))]
        if concept is None or concept.field is not None or concept.aggregate:
            return found.group(0)
        noun = stem(found.group(1).replace("categorie", "category").replace("sse", "ss"))
        best = _kind_column(noun, concept.table, catalog)
        if best is None or best.table != concept.table:
            return found.group(0)
        concept.candidate = Candidate(concept.candidate.score, field=best)
        for later in concepts[int(found.group(2)) + 1 :]:  # "…, one panel per type": the same
            if later is not None and stem(later.text.lower()) == noun and not later.aggregate:
                later.candidate = concept.candidate
        return f"[{found.group(2)}]"

    return _KIND_OF.sub(read, text)


def kinds_beside(text: str, concepts: list[Concept | None], catalog: Catalog) -> None:
    """ "[customer] [type]": the type of the customers, not that of another table."""
    for found in re.finditer(r"\[(\d+)\] \[(\d+)\]", text):
        thing, kind = concepts[int(found.group(1))], concepts[int(found.group(2))]
        if thing is None or kind is None or thing.field is not None or kind.field is None:
            continue
        noun = stem(kind.text.lower())
        if noun not in _KINDS or kind.table == thing.table:
            continue
        best = _kind_column(noun, thing.table, catalog)
        if best is not None and best.table == thing.table:
            kind.candidate = Candidate(kind.candidate.score, field=best)


def _kind_column(noun: str, table: str, catalog: Catalog) -> Field | None:
    """The column that says of which kind the things of a table are."""
    own = set(catalog.entities[table].words)
    fitting: list[tuple[float, int, Field]] = []
    for order, column in enumerate(catalog):
        alike = noun in _SORTS and bool(_SORTS & set(column.words))
        if noun not in column.words and not alike:
            continue
        away = catalog.distance([table], column.table) - 0.25 * (noun in column.words)
        shared = float(len(own & set(column.words)))
        shared += len(own & set(catalog.entities[column.table].words)) * 0.5
        if away <= 1 and (column.table == table or shared):
            few = 0.5 if column.column.distinct and column.column.distinct < 30 else 0
            fitting.append((away - shared - few, order, column))
    return min(fitting, key=lambda item: item[:2])[2] if fitting else None


_BARE_KIND = re.compile(
    r"\b(?:by|per|each|every|across|and|(?:in|of|by) (?:which|what)) "
    r"(?:the |their |its |different )?"
    r"(type|kind|category|categorie|statuse|status|outcome|method|result|role|position|"
    r"(?:color|colour)(?! (?:them|it|these|those|(?:the|each|every) \S+(?: \S+)?) by\b))s?\b"
    r"(?! (?:of|chart|scheme|code|coded|gradient|scale|legend)|-|s?\b[^ .,;?!]| \[)"
)


def read_bare_kinds(text: str, concepts: list[Concept | None], catalog: Catalog) -> str:
    """ "The number of [orders] by status": the status of the orders, though it is not named so."""

    def read(found: re.Match[str]) -> str:
        before = [int(n) for n in re.findall(r"\[(\d+)\]", found.string[: found.start()])]
        noun = stem(found.group(1).replace("categorie", "category").replace("colour", "color"))
        head = found.group(0)[: found.start(1) - found.start()]
        for number in reversed(before):  # "every type of [policy] …, one panel per type"
            concept = concepts[number]
            column = concept.field if concept is not None else None
            if column is not None and column.is_category and column.words[-1:] != ("name",):
                said = set(column.words)
                if noun in said or (noun in _SORTS and _SORTS & said):
                    return f"{head}[{number}]"
        for number in before:
            concept = concepts[number]
            best = _kind_column(noun, concept.table, catalog) if concept is not None else None
            if concept is None or best is None or best.table != concept.table:
                continue
            for place, known in enumerate(concepts):
                if known is not None and known.field is best:
                    return f"{head}[{place}]"  # "by [order status], coloured by status"
            concepts.append(Concept(Candidate(0.9, field=best), len(concepts), text=found.group(1)))
            return f"{head}[{len(concepts) - 1}]"
        return found.group(0)

    return _BARE_KIND.sub(read, text)


_KIND_NOUN = re.compile(
    r"\[(\d+)\] (type|kind|category|categorie|code|statuse|status|name|title|"
    r"method|class|classe|group|id|color(?! (?:scheme|cod|legend|scale|gradient)))s?\b(?!-)"
)


def read_kind_nouns(text: str, concepts: list[Concept | None], catalog: Catalog) -> str:
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
        best = _kind_column(noun, table, catalog)
        if best is None:
            return found.group(0)
        concept.candidate = Candidate(concept.candidate.score, field=best)
        return f"[{found.group(1)}]"

    return _KIND_NOUN.sub(read, text)


_NUMBER_NOUN = re.compile(
    r"(?P<by>\b(?:by|per|each|every|versus|vs|against) |\bthe |, |\band )\[(\d+)\] "
    r"(?:number|no\.)(?! of\b)(?= |[.,;?!)]|$)"
)


def read_number_nouns(text: str, concepts: list[Concept | None], catalog: Catalog) -> str:
    """ "Sales by [issue] number", "the [flight] number and the pilot": a number that names things.

    The column of numbers that a thing has, else its key where numbers stand along an axis.
    """

    def read(found: re.Match[str]) -> str:
        concept = concepts[int(found.group(2))]
        if concept is None or concept.field is not None or concept.aggregate:
            return found.group(0)
        own = catalog.of(concept.table)
        words = set(catalog.entities[concept.table].words)
        named = [
            f for f in own
            if f.words[-1:] == ("number",) and (len(f.words) == 1 or words & set(f.words))
        ]  # fmt: skip
        keys = [f for f in own if f.column.primary_key and f.is_number_type and not f.refers]
        along = found["by"].strip() not in {"the", ",", "and"}
        best = named or (keys if along and len(keys) == 1 else [])
        if not best:
            return found.group(0)
        concept.candidate = Candidate(concept.candidate.score, field=best[0])
        return f"{found['by']}[{found.group(2)}]"

    return _NUMBER_NOUN.sub(read, text)


_EXAMPLES = re.compile(
    r"\[(\d+)\](?: (?:type|kind|categor|status|state|class|level|group)\w*)?"
    r"(?: ?\( ?|,? (?:such as|like|namely|e\.g\.|i\.e\.|either)|:| -|\s?[–—])"
    r"(?: ?(?:e\.g\.|i\.e\.|such as|like|either|the|[a-z]+:))?,? ?(?=\{v\})"
)


def read_examples(
    text: str, concepts: list[Concept | None], values: list[ValueMention], catalog: Catalog
) -> str:
    """ "Per kind of ride (booked, missed)": the column that holds what is listed behind it.

    Args:
        text: The skeleton, with ``{v}`` for each value.
        concepts: What its placeholders stand for.
        values: The values, in the order of the question.
        catalog: The schema.
    """
    places = list(dict.fromkeys((v.start, v.end) for v in values))
    text = _read_phrases(text, concepts, values)
    for found in _EXAMPLES.finditer(text):
        place = text[: found.end()].count("{v}")
        concept = concepts[int(found.group(1))]
        if place >= len(places) or concept is None or concept.aggregate:
            continue
        columns = [v.field for v in values if (v.start, v.end) == places[place]]
        if concept.field is not None and concept.field.key in {c.key for c in columns}:
            continue
        if concept.field is not None and (concept.field.is_measure or concept.field.is_time):
            continue
        said = {stem(word) for word in re.findall(r"\w+", concept.text.lower())}
        said |= set(catalog.entities[concept.table].words)
        near = [c for c in columns if c.table == concept.table or _speaks_of(c, said, catalog)]
        near = [c for c in near if catalog.distance([concept.table], c.table) <= 1]
        if near:
            near.sort(key=lambda column: column.table != concept.table)
            concept.candidate = Candidate(concept.candidate.score, field=near[0])
    return text


_PHRASE = re.compile(
    r"\b(?P<by>by|per|for each|for every) (?:the |their |its )?(?P<what>(?:(?!\b(?:by|per|and)\b)"
    r"[^.,;?!()]){3,60}?) ?\( ?(?=\{v\}(?:(?: ?,|,? and|,? or| or) ?\{v\})+ ?\))"
)


def _read_phrases(text: str, concepts: list[Concept | None], values: list[ValueMention]) -> str:
    """ "By the part of town the shop stands in (North, South)": the column of the values."""
    places = list(dict.fromkeys((v.start, v.end) for v in values))
    for found in reversed(list(_PHRASE.finditer(text))):
        what = found["what"].strip()
        if re.search(r"\[\d+\]$|^\[\d+\]", what):
            continue  # a thing that is named right there has that kind
        first = text[: found.end()].count("{v}")
        listed = places[first : first + found.string[found.end() :].split(")")[0].count("{v}")]
        columns = [{v.field.key: v.field for v in values if (v.start, v.end) == p} for p in listed]
        shared = [f for key, f in columns[0].items() if all(key in c for c in columns)]
        if len(shared) != 1:
            continue
        for number in re.findall(r"\[(\d+)\]", what):
            concepts[int(number)] = None
        concepts.append(Concept(Candidate(0.9, field=shared[0]), len(concepts), text=what))
        lead = f"{found['by']} [{len(concepts) - 1}] ("
        text = text[: found.start()] + lead + text[found.end() :]
    return text


def _speaks_of(column: Field, said: set[str], catalog: Catalog) -> bool:
    """Whether a column or its table has one of these words in its name."""
    return bool(said & {*column.words, *catalog.entities[column.table].words})
