"""Conditions in words: values, comparisons, ranges, years, exceptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from multivis.offline.catalog import Catalog, Field
from multivis.offline.comparatives import number_of
from multivis.offline.extents import without_looks
from multivis.offline.left_out import is_left_out, of_empty, opposite
from multivis.offline.linking import ValueMention
from multivis.offline.plan import Filter
from multivis.offline.totals import OF_ALL, of_drawn, times_met
from multivis.offline.value_conditions import from_values
from multivis.offline.words import NUMBERS, likeness, stem, tokens

if TYPE_CHECKING:
    from multivis.offline.concepts import Concept

__all__ = [
    "COMPARED_NUMBER",
    "IN_TOTAL",
    "compared",
    "parse_number",
    "read_conditions",
    "read_part",
    "time_field",
]

_NUMBER = (
    r"[$€£]?(\d[\d,]*(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|"
    r"zero|an?(?= (?:hundred|thousand|million|billion)\b))"
    r"\s?(hundred|thousand|million|billion|k|m|bn)?\b"
)
_MOST_COUNTED = 10_000  # "more than 10 million people" counts no rows
_SCALES = {
    "hundred": 100.0, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9
}  # fmt: skip
_COMPARE = (
    (">=", r"at least|no less than|minimum of|not less than|or more than"),
    ("<=", r"at most|no more than|up to|maximum of|not more than"),
    (
        ">",
        r"(?:is |are |was |were )?(?:more|greater|higher|larger|bigger|older|"
        r"longer|heavier|faster|taller|wider|deeper|richer|pricier|costlier|more expensive) than|"
        r"over|above|exceed(?:s|ing)?|exceeds",
    ),
    (
        "<",
        r"(?:is |are |was |were )?(?:less|fewer|lower|smaller|younger|shorter|"
        r"lighter|slower|cheaper|less expensive|poorer) than|under|below",
    ),
)
_WORDS = "|".join(f"(?P<op{i}>{p})" for i, (_, p) in enumerate(_COMPARE))
COMPARED_NUMBER = re.compile(rf"(?:{_WORDS}) {_NUMBER}")
IN_TOTAL = (
    r"(?: ?[^\s,.;?!]+){0,5}?,? (?:in total|in all|altogether|overall|combined|in sum|taken "
    r"together|all together)\b"
)
_P = r"\[(\d+)(?:\+\d+)*\]"
_YEAR = r"((?:1[5-9]|20)\d{2})\b"


def parse_number(text: str, scale: str | None = None) -> float | int:
    """A number in words or digits, with "million" and the like."""
    lower = text.lower().replace(",", "")
    small = {"zero": 0, "a": 1, "an": 1}
    value: float = NUMBERS[lower] if lower in NUMBERS else float(small.get(lower, lower))
    value *= _SCALES.get((scale or "").lower(), 1.0)
    return int(value) if float(value).is_integer() else value


_OR_MORE = re.compile(
    rf"\b{_NUMBER}(?: (?!or |and )[a-z]+| \[\d+\])? (?:or|and) "
    r"(?P<way>more|above|over|higher|less|fewer|below|under|lower)\b"
)


def compared(text: str) -> Iterator[tuple[int, int, str, float | int]]:
    """The comparisons with a number: first character, one past the last, operator, number."""
    for found in COMPARED_NUMBER.finditer(text):
        number = parse_number(found.groups()[-2], found.groups()[-1])
        yield found.start(), found.end(), _operator(found), number
    for found in _OR_MORE.finditer(text):
        more = found["way"] in {"more", "above", "over", "higher"}
        number = parse_number(found.group(1), found.group(2))
        yield found.start(), found.end(), ">=" if more else "<=", number


_TIME_NOUNS = frozenset(
    {"date", "time", "year", "month", "day", "hour", "week", "quarter", "from", "to", "of",
     "start", "end", "timestamp", "datetime"}
)  # fmt: skip


def _spoken_time(tables: Sequence[str], catalog: Catalog, body: str) -> Field | None:
    """The column of time whose own word the question says: "registrations by year" is about
    a year of registering, not about the year that a shop was opened."""
    body = re.sub(r"\([^()]*,[^()]*\)", " ", body)  # values that are listed name no column
    said = {stem(text.lower()) for text, _, _ in tokens(body)}
    joined = set(tables)
    for key in (k for table in tables[1:] for k in catalog.path(tables[:1], table) or ()):
        joined |= {key.table, key.to_table}
    found: list[tuple[int, int, Field]] = []
    for order, field in enumerate(catalog):
        own = set(field.words) - _TIME_NOUNS
        if not field.is_time or not own or field.table not in joined:
            continue
        hits = sum(any(likeness(word, other) >= 0.75 for other in said) for word in own)
        if hits == len(own):
            found.append((-hits, order, field))
    if not found:
        return _bare_time(tables, joined, catalog)
    return min(found, key=lambda item: item[:2])[2]


def _bare_time(tables: Sequence[str], joined: set[str], catalog: Catalog) -> Field | None:
    """The moment of what joins the things, where they have only moments of another kind: a race
    has a year, its drivers a year of birth."""
    own = next((times for table in tables if (times := _times_of(table, catalog))), [])
    if any(not told for _, told in own):
        return None
    bare = [f for table in sorted(joined) for f, told in _times_of(table, catalog) if not told]
    return bare[0] if len(bare) == 1 else None


def _times_of(table: str, catalog: Catalog) -> list[tuple[Field, set[str]]]:
    """The columns of time of a table, each with the words that say of which kind it is."""
    known = _TIME_NOUNS | set(catalog.entities[table].words)
    return [(f, set(f.words) - known) for f in catalog.of(table) if f.is_time]


def time_field(
    concepts: Sequence[Concept | None],
    catalog: Catalog,
    unit: str = "year",
    body: str = "",
    also: Sequence[str] = (),
) -> Field | None:
    """The column of time that a bare year speaks of: one mentioned, else one nearby."""
    present = [c for c in concepts if c is not None]
    for concept in present:
        if concept.field is not None and concept.field.is_time:
            return concept.field
    sure = [c for c in present if c.candidate.score >= 0.7 or c.is_count]
    tables = list(dict.fromkeys([*(c.table for c in sure or present), *also]))
    spoken = _spoken_time(tables, catalog, body) if body else None
    if spoken is not None:
        return spoken
    measured = [c.table for c in present if c.field is not None and c.field.is_measure]
    for table in dict.fromkeys([*(t for t in measured if t in tables), *tables]):
        times = [f for f in catalog.of(table) if f.is_time]
        if times:
            by_year = unit == "year"
            return min(
                times,
                key=lambda f: ((f.date_style == "year") != by_year, catalog.of(table).index(f)),
            )
    near: list[tuple[float, int, Field]] = []
    for order, field in enumerate(catalog):
        if field.is_time and tables:
            away = catalog.distance(tables, field.table)
            named = any(c.table == field.table for c in present)
            if away <= 1 or (named and away <= 2):
                near.append((away - 2.0 * named, order, field))
    return min(near, key=lambda item: item[:2])[2] if near else None


def read_conditions(
    text: str,
    concepts: Sequence[Concept | None],
    values: Sequence[ValueMention],
    catalog: Catalog,
    body: str,
) -> list[Filter]:
    """The conditions on rows that a question states.

    Args:
        text: The skeleton.
        concepts: By placeholder number; None for those merged away.
        values: Values of the data that the question names.
        catalog: The schema.
        body: The question without titles.
    """
    filters = from_values(concepts, values, catalog, body)
    for sentence in re.split(r"(?<=[.?!;])\s+", text):
        sentence = _AND_UP.sub(r"at least \1", _POINTED.sub(r"\1 at", without_looks(sentence)))
        filters += _comparisons(sentence, concepts, catalog)
        filters += of_empty(sentence, concepts, catalog)
        filters += _numbered(sentence, concepts, catalog)
        filters += times_met(sentence)
        filters += of_drawn(sentence, list(compared(sentence)), concepts, filters)
        months = _months(sentence, concepts, catalog, body)
        filters += months or _years(sentence, concepts, catalog, body)
    unique: list[Filter] = []
    for condition in filters:
        if condition not in unique:
            unique.append(condition)
    return unique


# "Mousing over one shows …" is about the mouse; "2,000+" is at least as many.
_POINTED = re.compile(
    r"\b(mous\w+|hover\w*|point\w*|cursor|pointer|mov(?:e|es|ing)|pass(?:es|ing)?|rest(?:s|ing)?|"
    r"go(?:es|ing)?|roll(?:s|ing)?) (?:is |it )?(?:over|above)\b"
)
_AND_UP = re.compile(r"(?<![\[\d+.,])(\d[\d,]*(?:\.\d+)?) ?\+(?![\d\]])")
_SHARE = r"\b(?:shares?|percent(?:age)?s?|proportions?|fractions?) of (?:all )?"
_PART_VALUE = re.compile(
    _SHARE + r"(?:\[\d+\] (?:(?:who|that|which) )?(?:is|are|was|were|being) (?:\S+ ){0,2}?\{v\}"
    r"|\{v\} \[\d+\])"
)
_PART_NUMBER = re.compile(
    _SHARE + r"\[\d+\] (?:who|that|which|whose|having|have|has|had|with|is|are|was|were)\b"
)


def read_part(text: str, filters: Sequence[Filter]) -> list[Filter]:
    """The conditions that name a part of a whole ("the share of players who are injured").

    Args:
        text: The skeleton.
        filters: All conditions that were read.
    """
    rows = [f for f in filters if not f.aggregate and f.column]
    if _PART_VALUE.search(text):
        return [f for f in rows if f.operator in {"=", "in", "!=", "not in"}][:1]
    numbers = [f for f in rows if f.operator in {"<", "<=", ">", ">=", "between"}]
    said = _PART_NUMBER.search(text)
    if len(rows) == 1 and numbers and said and COMPARED_NUMBER.search(text, said.end()):
        return numbers
    return []


_MORE = frozenset(
    {"older", "taller", "longer", "heavier", "larger", "bigger", "faster", "higher", "pricier"}
)
_LESS = frozenset({"younger", "shorter", "lighter", "smaller", "slower", "lower", "cheaper"})


def _operator(found: re.Match[str]) -> str:
    return next(
        name for index, (name, _) in enumerate(_COMPARE) if found.group(f"op{index}") is not None
    )


def _for_concept(
    concept: Concept, operator: str, value: float | int, counts: bool = False
) -> Filter | None:
    """A condition on a column, or on a count of rows ("more than 3 [orders]")."""
    column = concept.field
    if column is None:
        if not counts or value > _MOST_COUNTED:
            return None
        concept.aggregate = "count"
        concept.roles.add("measure")
        return Filter("", "", operator, (value,), aggregate="count")
    if column.is_time and column.date_style != "year":
        return None
    if concept.aggregate in {"avg", "sum", "min", "max"} and column.is_measure:
        return Filter(column.table, column.name, operator, (value,), aggregate=concept.aggregate,
                      numeric_text=column.numeric_text)  # fmt: skip
    if not column.is_measure and not column.is_time:
        if not counts or value > _MOST_COUNTED:
            return None
        concept.aggregate = "count"  # "at least 8 [codes]": the rows that hold one
        concept.roles.add("measure")
        return Filter("", "", operator, (value,), aggregate="count")
    return Filter(column.table, column.name, operator, (value,), numeric_text=column.numeric_text)


def _are_years(concept: Concept, low: float, high: float) -> bool:
    """Whether a range is of years, which lie outside of what the column holds."""
    column = concept.field
    if column is None or column.is_time or not (1500 <= low <= high <= 2100):
        return False
    least, most = column.column.minimum, column.column.maximum
    if not isinstance(least, (int, float)) or not isinstance(most, (int, float)):
        return False
    return least > low or most < high


# "below an [altitude] of 100": "[altitude] below 100"
_OF_NUMBER = re.compile(
    rf"\b(?P<word>{'|'.join(p for _, p in _COMPARE)}) (?:an? |the )?(?P<thing>\[\d+\]) of "
    rf"(?P<number>{_NUMBER})"
)


def _comparisons(
    sentence: str, concepts: Sequence[Concept | None], catalog: Catalog
) -> list[Filter]:
    found_filters: list[Filter] = []
    sentence = _OF_NUMBER.sub(r"\g<thing> \g<word> \g<number>", sentence)
    gap = r"(?: (?!\[)[a-z'-]+){0,3}? "
    ranges = re.finditer(
        rf"{_P}{gap}(?:between|from|ranging from|in the range(?: of)?) {_NUMBER}(?: "
        rf"and| to| ?-|–) ?{_NUMBER}",
        sentence,
    )
    for found in ranges:
        concept = concepts[int(found.group(1))]
        if concept is None:
            continue
        low = parse_number(found.group(2), found.group(3))
        high = parse_number(found.group(4), found.group(5))
        made = _for_concept(concept, "between", low)
        if made is not None and not _are_years(concept, low, high):
            found_filters.append(
                Filter(
                    made.table, made.column, "between", (low, high), numeric_text=made.numeric_text
                )
            )
    after = re.finditer(rf"{_P}{gap}(?:{_WORDS}) {_NUMBER}", sentence)
    before = re.finditer(
        rf"(?:{_WORDS}) {_NUMBER}(?: (?!\[|and |or |with |per |by |for |in |each |"
        rf"across |on |from )[a-z'-]+){{0,2}}? {_P}",
        sentence,
    )
    for found in re.finditer(rf"{_P} than {_NUMBER}", sentence):  # "dogs [older] than 8"
        concept = concepts[int(found.group(1))]
        said = concept.text.lower().split()[-1] if concept is not None else ""
        operator = ">" if said in _MORE else "<" if said in _LESS else ""
        if concept is None or not operator:
            continue
        if is_left_out(sentence[: found.start()]):
            operator = opposite(operator)
        made = _for_concept(concept, operator, parse_number(found.group(2), found.group(3)))
        if made is not None:
            found_filters.append(made)
            concept.roles.add("filter")
    for found in re.finditer(
        rf"\b{_NUMBER} {_P},? (?:or|and) (?P<way>more|above|over|higher|less|fewer|below|under)\b",
        sentence,
    ):  # "10,000 cases or more"
        concept = concepts[int(found.group(3))]
        operator = ">=" if found["way"] in {"more", "above", "over", "higher"} else "<="
        if is_left_out(sentence[: found.start()]):
            operator = opposite(operator)
        value = parse_number(found.group(1), found.group(2))
        made = _for_concept(concept, operator, value, True) if concept is not None else None
        if made is not None and concept is not None:
            found_filters.append(made)
            concept.roles.add("filter")
    for found in [*before, *after]:
        groups = found.groups()
        number = next(
            int(g) for g in (groups[0], groups[-1]) if g and g.isdigit() and int(g) < len(concepts)
        )
        texts = [g for g in groups[1:] if g and re.fullmatch(r"\d[\d,]*(?:\.\d+)?|[a-z]+", g)]
        match = COMPARED_NUMBER.search(found.group(0))
        if match is None or not texts:
            continue
        concept = concepts[number]
        following = re.match(r" \[(\d+)\]", sentence[found.end() :])
        thing = concepts[int(following.group(1))] if following is not None else None
        if thing is not None and thing.field is None and not found.group(0).endswith("]"):
            continue  # "[airlines] with at least two [flights]" counts flights
        value = parse_number(match.groups()[-2], match.groups()[-1])
        if (
            concept is not None
            and concept.field is None
            and OF_ALL.search(sentence[: found.start()])
        ):
            concept.roles.add("filter")  # "the one with over 400 [people]": of what is drawn
            continue
        if concept is None or re.match(r" ?times\b", sentence[found.end() :]):
            continue
        counts = found.group(0).endswith("]")
        if concept.field is not None and not found.group(0).endswith(
            f"{match.group(0)} [{number}]"
        ):
            counts = False  # "over 60 by [group]" counts no groups
        if concept.field is None and not counts:
            concept = number_of(concept, concepts, found.group(0), catalog) or concept
        in_total = re.match(IN_TOTAL, sentence[found.end() :])
        if in_total and concept.field is not None and concept.aggregate in {"", "sum?"}:
            concept.aggregate = "sum"  # "measured more than 300 [mm] in total"
            concept.roles.add("measure")
        operator = _operator(match)
        if is_left_out(sentence[: found.start()]):
            operator = opposite(operator)  # "ignore prices above 120"
        made = _for_concept(concept, operator, value, counts)
        if made is not None:
            found_filters.append(made)
            concept.roles.add("filter")
    if not any(f.aggregate for f in found_filters):
        found_filters += _enough_rows(sentence, concepts)
    return found_filters


_ENOUGH = re.compile(
    rf"{_P} (?:that|which|who|with|having)(?: have| has| had)? (?:(?:{_WORDS}|(?P<only>only|just)) "
    rf"{_NUMBER}|(?P<n>\d+) or (?P<way>more|fewer|less))"
    r"(?: of (?:them|these|those)| (?:a )?(?:single )?(?P<thing>\[\d+\]))?(?=[.;?!]|,(?!\d)|$)"
)


def _enough_rows(sentence: str, concepts: Sequence[Concept | None]) -> list[Filter]:
    """ "Only [teams] with at least two", "leave out [teams] with only one": a number of rows."""
    found = _ENOUGH.search(sentence)
    concept = concepts[int(found.group(1))] if found is not None else None
    if found is None or concept is None or (concept.field and concept.field.is_measure):
        return []
    if found["thing"] and not found["only"]:
        return []  # "[teams] with at least two [players]" was read before
    if found["n"]:
        operator, value = (">=" if found["way"] == "more" else "<="), int(found["n"])
    else:
        numbers = [g for g in found.groups()[1:] if g and re.fullmatch(r"\d[\d,.]*|[a-z]+", g)]
        words = [g for g in numbers if g.isdigit() or g in NUMBERS]
        if not words:
            return []
        value = int(parse_number(words[-1]))
        operator = "=" if found["only"] else _operator(found)
    if value > _MOST_COUNTED:
        return []
    if is_left_out(sentence[: found.start()]):
        operator = ">" if operator == "=" else opposite(operator)
    return [Filter("", "", operator, (value,), aggregate="count")]


def _numbered(sentence: str, concepts: Sequence[Concept | None], catalog: Catalog) -> list[Filter]:
    """ "at station 1": one thing, by its number."""
    found_filters = []
    for found in re.finditer(
        r"\b(?:at|for|in|of|from|by) (?:the )?\[(\d+)\] (?:number |no\.? |id |#)?(\d{1,6})\b"
        r"(?![.,]\d|%| bins)",
        sentence,
    ):
        concept = concepts[int(found.group(1))]
        named = concept.field if concept is not None else None
        if concept is None or named not in {None, catalog.display(concept.table)}:
            continue
        keys = [f for f in catalog.of(concept.table) if f.column.primary_key and f.is_number_type]
        if len(keys) == 1:
            concept.roles.add("filter")
            found_filters.append(Filter(concept.table, keys[0].name, "=", (int(found.group(2)),)))
    return found_filters


_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


def _months(
    sentence: str, concepts: Sequence[Concept | None], catalog: Catalog, body: str
) -> list[Filter]:
    """ "in June", "during February 2022": a month, with its year if it is said."""
    found = re.search(
        rf"\b(?:in|during|for|of) ({'|'.join(_MONTHS)})\b(?:,? (?:of )?{_YEAR})?", sentence
    )
    if found is None:
        return []
    column = time_field(concepts, catalog, "month", body)
    if column is None or column.date_style != "iso":
        return []
    number = _MONTHS.index(found.group(1)) + 1
    made = [Filter(column.table, column.name, "=", (number,), time_unit="month")]
    if found.group(2):
        year = int(found.group(2))
        made.append(Filter(column.table, column.name, "=", (year,), time_unit="year"))
    return made


def _years(
    sentence: str, concepts: Sequence[Concept | None], catalog: Catalog, body: str
) -> list[Filter]:
    """Bare years: "after 1920", "in 2017", "between 2010 and 2015", "since 2008"."""
    if not re.search(_YEAR, sentence):
        return []
    column = time_field(concepts, catalog, body=body)
    if column is None:
        return []
    unit = "" if column.date_style == "year" else "year"
    rules = (
        (">=", rf"{_YEAR},? (?:or|and) (?:later|after(?:wards)?|newer|since|beyond|more recent)\b"),
        ("<=", rf"{_YEAR},? (?:or|and) (?:earlier|before|older|previous)\b"),
        (">=", rf"{_YEAR} (?:onwards?|forwards?)\b|{_YEAR} on(?=[,.;?!]|$)"),
        ("between", rf"(?:between|from|during) {_YEAR}(?: and| to| until| through| ?-|–) ?{_YEAR}"),
        ("between", rf"(?:years?|\]) {_YEAR} and {_YEAR}"),
        (
            "between",
            rf"(?<![-–\d]){_YEAR} ?(?:to|through|thru|until|till|up to|[-–—]|\.\.) ?{_YEAR}",
        ),
        ("in", rf"\b(?:in|for|during) {_YEAR}(?:,? and|,? or|,) {_YEAR}"),
        (">", rf"\b(?:after|later than) {_YEAR}"),
        (">=", rf"\b(?:since|from|starting (?:in|from)) {_YEAR}"),
        ("<", rf"\b(?:before|prior to|earlier than) {_YEAR}"),
        ("<=", rf"\b(?:until|up to|through) {_YEAR}"),
        ("=", rf"\b(?:in|for|during|of|from the year|year) (?:the year )?{_YEAR}"),
        ("=", rf"(?<!top )(?<!first )(?<!\d ){_YEAR}(?= \[\d+\])"),  # "the 2016 elections"
    )
    for operator, pattern in rules:
        found = re.search(pattern, sentence)
        if found:
            numbers = tuple(int(group) for group in found.groups() if group)
            if is_left_out(sentence[: found.start()]):  # "ignore readings before 1900"
                operator = opposite(operator)
            return [
                Filter(
                    column.table, column.name, operator, numbers, time_unit=unit, numeric_text=False
                )
            ]
    return []
