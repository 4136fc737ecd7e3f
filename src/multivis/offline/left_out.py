"""Words that leave rows out: "ignore readings before 1900", "without a date", "except cash"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from multivis.offline.catalog import Catalog, Field
from multivis.offline.plan import Filter, Query

if TYPE_CHECKING:
    from multivis.offline.concepts import Concept

__all__ = ["is_left_out", "left_out_actively", "of_empty", "opposite", "without_marks"]

_LEAVE_OUT = (
    r"ignor(?:e|ing)|exclud(?:e|ing)|leav(?:e|ing) out|leav(?:e|ing) aside|drop(?!.?down)(?:ping)?|"
    r"remov(?:e|ing)|skip(?:ping)?|omit(?:ting)?|not counting|disregard(?:ing)?|"
    r"filter(?:ing)? out|get rid of|throw(?:ing)? out"
)
_LOOKS = r"legend|title|ax[ie]s|grid|border|outline|label|tooltip|marker|gap|stack|zero"
_LEFT_OUT = re.compile(
    rf"\b(?:{_LEAVE_OUT}|without|except(?: for)?)\b"
    rf"(?: (?!and |but |{_LOOKS})[^\s,]+){{0,4}} ?$",
    re.IGNORECASE,
)
# What is left out may be a list: "leave out shops without a date and the ones in Leeds".
_LIST_LEFT_OUT = re.compile(
    rf"\b(?:{_LEAVE_OUT})\b(?P<rest>(?: (?!{_LOOKS})\S+){{0,12}}) ?$", re.IGNORECASE
)
_GOES_ON = re.compile(
    r"\b(?:but|keep\w*|show\w*|plot\w*|draw\w*|colou?r\w*|use|using|make|sort\w*|order\w*|includ\w*|"
    r"instead|highlight\w*|count|put|only|group\w*|compare)\b|:",
    re.IGNORECASE,
)
_LISTED_ON = re.compile(
    r"(?:\s*(?:and|or|also|the|all|any|those|ones?|from|in|with|of|\{v\}|,))*\s*$"
)
_OPPOSITE = {
    ">": "<=", ">=": "<", "<": ">=", "<=": ">", "=": "!=", "!=": "=", "in": "not in",
    "not in": "in",
}  # fmt: skip
_LACKS = (
    r"(?:without|with no|that have no|which have no|who have no|having no|that lack|lacking|"
    r"missing|whose|where)"
)


# "Hotels with no price are to be ignored": the same as "ignore hotels with no price".
_GONE = (
    r"(?:left (?:out|aside|off)|dropped|ignored|excluded|skipped|omitted|removed|disregarded|"
    r"discarded|filtered out|thrown out|kept out|passed over|not (?:needed|wanted|required|shown|"
    r"counted|included|considered|of interest))"
)
_PASSIVE = re.compile(
    rf"(?P<what>\b(?:(?!(?:{_LOOKS})\b)[^\s.;:!?,]+ ){{2,12}}?)(?:(?:"
    r"(?:(?:can|could|may|might|should|shall|must|will|would|need(?:s)? to|ha(?:ve|s) to|"
    r"ought to) )?(?:just |simply |all |safely |please )?(?:be|are|is|get|gets|being|were|was)"
    rf"(?: to be)?(?: just| simply| all| better)? {_GONE})|(?:do not|don['’]t|need not|should not|"
    r"shouldn['’]t|must not|won['’]t) (?:count|matter|interest (?:me|us)|belong|(?:be|get) "
    r"(?:shown|counted|included|drawn|plotted)|appear|show up))\b",
    re.IGNORECASE,
)


def left_out_actively(question: str) -> str:
    """The question with "those without a date are dropped" as "leave out those without a date"."""

    def turned(found: re.Match[str]) -> str:
        what = found["what"].rstrip()
        if not re.search(
            r"\b(?:with|without|whose|where|that|which|who|having|under|over|below|"
            r"above|before|after|from|in|of|made|lacking)\b",
            what,
            re.IGNORECASE,
        ):
            return found.group(0)  # fmt: skip
        lead = re.match(r"(?:please |and |but |any |all |the |so )+", what, re.IGNORECASE)
        start = lead.end() if lead is not None else 0
        return f"{what[:start]}leave out {what[start:]}"

    return _PASSIVE.sub(turned, question)


def is_left_out(before: str) -> bool:
    """Whether the words before a condition say that its rows are left out."""
    before = re.split(r"[.;?!]\s", before)[-1].rstrip() + " "
    if _LEFT_OUT.search(before):
        return True
    found = _LIST_LEFT_OUT.search(before)
    if found is None or _GOES_ON.search(found["rest"]):
        return False
    _, comma, tail = found["rest"].partition(",")
    return not comma or _LISTED_ON.match(tail.lower()) is not None


def opposite(operator: str) -> str:
    """The operator that holds for all other rows; the same where there is none."""
    return _OPPOSITE.get(operator, operator)


def without_marks(query: Query, catalog: Catalog) -> Query:
    """The query without rows whose number is a word: "null" in a text of numbers is no 0."""
    told = {(f.table, f.column) for f in query.filters}
    made = []
    for output in query.outputs:
        field = catalog.fields.get((output.table, output.column))
        if field is None or not output.numeric_text or field.key in told:
            continue
        told.add(field.key)
        marks = tuple(v for v in field.column.samples if isinstance(v, str) and _is_mark(v))
        if marks:
            made.append(Filter(*field.key, "!=" if len(marks) == 1 else "not in", marks))
    return replace(query, filters=(*query.filters, *made)) if made else query


def _is_mark(text: str) -> bool:
    """Whether a text stands for no number at all."""
    return text.strip().lower() in {"null", "none", "nan", "n/a", "na", "-", "--", "?", "unknown"}


def _moment(concept: Concept, catalog: Catalog, word: str) -> Field | None:
    """The one column of time of a thing, spoken of as "date" or "year"."""
    times = [f for f in catalog.of(concept.table) if f.is_time]
    if word in {"date", "day", "time"}:
        times = [f for f in times if f.date_style != "year"]
    named = [f for f in times if word in f.words]
    return (named or times)[0] if len(named or times) == 1 else None


def of_empty(sentence: str, concepts: Sequence[Concept | None], catalog: Catalog) -> list[Filter]:
    """ "Leave out hotels without a price", "ratings with no date": rows that hold a value.

    Args:
        sentence: One sentence of the skeleton.
        concepts: By placeholder number.
        catalog: The schema.
    """
    made = []
    for found in re.finditer(
        rf"\[(\d+)\] {_LACKS} (?:an? |any |the )?(?:\[(\d+)\]|(date|time|year|month|day)\b)"
        r"(?P<empty> (?:is |are |was )?(?:missing|unknown|empty|not known|not given|blank))?",
        sentence,
    ):
        whose = re.search(r"\b(?:whose|where) ", found.group(0)) is not None
        if whose and not found["empty"]:
            continue
        if not is_left_out(sentence[: found.start()]):
            continue
        thing = concepts[int(found.group(1))]
        if found.group(2):
            concept = concepts[int(found.group(2))]
            column = concept.field if concept is not None else None
        else:
            column = _moment(thing, catalog, found.group(3)) if thing is not None else None
        if column is None:
            continue
        made.append(_holds(column))
    for found in _NO_VALUE.finditer(sentence):
        shown = {
            c.field.key: c.field for c in concepts
            if c is not None and c.field is not None and c.field.is_measure
        }  # fmt: skip
        if len(shown) == 1 and is_left_out(sentence[: found.start()]):
            made += [_holds(column) for column in shown.values()]
    for found in _KNOWN.finditer(sentence):
        concept = concepts[int(next(group for group in found.groups() if group))]
        column = concept.field if concept is not None else None
        if concept is None or column is None:
            continue
        out = is_left_out(sentence[: found.start()])
        if (found.group(3) or found.group(4) or found.group(5)) and not out:
            continue
        concept.roles.add("filter")
        made.append(_holds(column))
    return made


# "leave out countries without a value": of the one number that is asked for
_NO_VALUE = re.compile(
    rf"(?<=\]) {_LACKS} (?:an? |any |the )?(?:known |valid )?(?:values?|data|figures?|numbers?|"
    r"entr(?:y|ies)|records?)\b"
)

_EMPTY = (
    r"(?:missing|unknown|empty|blanks?|nulls?|not (?:known|given|recorded|there|set|filled in|"
    r"available)|absent|unavailable|unspecified|undefined|undated|gaps?)\b"
)
# "where [height] is known", "with a known [height]", "leave out … or with no [height]"
_KNOWN = re.compile(
    r"\[(\d+)\] (?:is|are|was|were) (?:known|recorded|available|given|reported|stated|"
    r"not (?:missing|empty|null|unknown|blank|none))\b"
    r"|\b(?:an? )?(?:known|recorded|valid|non-?null|non-?missing|non-?empty) \[(\d+)\]"
    r"|(?<=\]) (?:or|and|nor) (?:(?:with |have |has )?no|without(?: an?| any)?) \[(\d+)\]"
    # "drop records whose [date] is missing", "exclude blanks in the [price]"
    r"|\[(\d+)\](?: (?:value|entry|field|cell)s?)? (?:is|are|was|were|isn['’]t|being) (?:not )?"
    rf"{_EMPTY}"
    rf"|\b{_EMPTY}(?: (?:values?|entr(?:y|ies)|cells?|records?|rows?|fields?|data))?"
    r"(?: (?:in|for|of|under|on|from))?(?: (?:the|their|its))? \[(\d+)\]"
)


def _holds(column: Field) -> Filter:
    """Rows that hold a value of a column."""
    empty = () if column.is_number_type else ("",)
    return Filter(column.table, column.name, "not null", empty)
