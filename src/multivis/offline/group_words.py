"""Other ways to say what groups and divides: "every pair of", "stack the types within each bar".

The skeleton of a question is put into the few phrases that the cues know: "by [n]", "for each
[n]", "colored by [n]", "a panel for each [n]".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from multivis.offline.catalog import Catalog
from multivis.offline.concepts import Concept

__all__ = ["apart_by_hyphens", "in_plain_groups"]

_N = r"\[\d+\]"
_UNIT = r"(?:year|month|day|week|quarter|hour|weekday|decade|date)s?"
_NN = rf"(?:{_N} )?{_N}"
_EACH = r"(?:each|every|per|by|for)"
_THE = r"(?:(?:the|all|our|their|its|these|different|various|each|every) )*"
_BODY = r"(?:bars?|columns?|stacks?|areas?|piles?|towers?|rows?|one|of them|it)"
_PARTS = (
    r"(?:layers?|pieces?|segments?|sections?|parts?|bands?|slices?|blocks?|series|stacks?|strata|"
    r"colou?rs?|hues?|shades?)"
)
_DIVIDE = (
    r"(?:(?:stack|pile|layer|segment|partition|section|sub-?divid|divid|separat|slic|disaggregat)"
    r"(?:e|es|ed|ing|s)?|split(?:s|ting)?|(?:break|broken|breaking|cut|cutting|carve|carved)"
    r"(?: (?:up|down|apart))?)"
)
_GROUPS = frozenset({"staff", "faculty", "crew", "personnel", "workforce", "cast", "jury", "board"})

_SIMPLY: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        # "each combination of [a] and [b]"
        (
            rf"\b(?:for )?{_EACH}(?: (?:possible|unique|distinct|single|different|existing))? "
            rf"(?:combination|pair|pairing|mix|crossing|couple|cross)s? (?:of|between) {_THE}"
            rf"({_N}|{_UNIT}|[a-z]+),? (?:and|with|x|&) {_THE}({_N}|{_UNIT}|[a-z]+)",
            r"for each \1 and each \2",
        ),
        (rf"({_N})(?: ?/ ?|[- ]?[–—-] ?)({_N}) (?:pair|combination)s?\b", r"each \1 and each \2"),
        (r"\baccording to (?:how )?(?=(?:the |their |its )?(?:\[|type|kind|status|categor|class))",
         "by "),
        # "one column per month and one row per year"
        (
            rf"\b(?:one|an?|each|single|own) column (?:per|for (?:each|every|a)) ({_N}|{_UNIT})"
            rf"(?:,| and|;|, and| with|, with) (?:one|an?|each|single|own) row "
            rf"(?:per|for (?:each|every|a)) ({_N}|{_UNIT})",
            r"by \1 and \2, with \1 across the x-axis and \2 down the y-axis",
        ),
        (
            rf"\b(?:one|an?|each|single|own) row (?:per|for (?:each|every|a)) ({_N}|{_UNIT})"
            rf"(?:,| and|;|, and| with|, with) (?:one|an?|each|single|own) column "
            rf"(?:per|for (?:each|every|a)) ({_N}|{_UNIT})",
            r"by \2 and \1, with \2 across the x-axis and \1 down the y-axis",
        ),
        # "stack the [types] within each bar", "with the [types] as layers"
        (
            rf"\b(?:stack|pile|layer|put|arrang|show|plac)(?:e|es|ed|ing|s)?(?: up)? {_THE}({_NN})"
            rf"(?: (?:up|on top of (?:each other|one another)|above one another|stacked))?,?"
            rf" (?:within|in|inside|into|on) (?:each|every|the|its|a single|one) {_BODY}\b",
            r"colored by \1",
        ),
        (
            rf"\b(?:with |using |,)\s*{_THE}({_NN}) (?:as|being|for|forming|making up|in) (?:the )?"
            rf"(?:stacked |colou?red |different |separate )*{_PARTS}\b"
            r"(?! (?:by|for|per|sizes?|angles?|radius|widths?|lengths?|heights?)\b)",
            r" colored by \1",
        ),
        (rf"({_NN}) (?:as|being|forming|making up) (?:the )?(?:stacked |colou?red )*{_PARTS}\b"
         r"(?! (?:sizes?|angles?|radius|widths?|lengths?|heights?)\b)",
         r"colored by \1"),
        (
            rf"\b{_DIVIDE}(?: (?:them|it|these|those|each|everything|"
            rf"(?:the|each|every|all) {_BODY}))?"
            rf"(?: (?:up|down|out|apart|in turn|further|again|internally))*"
            rf"(?: (?:into|in|with) (?:\w+ )?(?:colou?rs?|{_PARTS}))?"
            rf" (?:by|per|according to|along|on|based on|following|depending on) {_THE}"
            rf"(?=\[|types?\b|kinds?\b|status|categor|class|whether\b)",
            "split by ",
        ),
        (r"\b((?:colou?r|shad|group|stack|split|divid|facett?|sort)\w*) (?:on|along|via|as per|"
         r"depending on|following|in line with) (?=(?:the |their |its )?\[)", r"\1 by "),
        # "panel per [role]", "[statuses] in panels beside one another"
        (
            r"\b(?:(?:an?|one|each) )?(?:panel|facet|subplot|small multiple|"
            r"mini[- ]?(?:chart|plot|graph)|strip)s? "
            rf"(?:for|per|by) (?:(?:each|every|a|the) )?(?:(?!each|every)[a-z]+ )?(?={_N})",
            "a panel for each ",
        ),
        (
            rf"({_N}) (?:in|into|as|on|across) (?:\w+ )?(?:panels|facets|subplots|"
            r"small multiples)\b(?! (?:for|per|by) )",
            r"in a panel for each \1",
        ),
    )
)  # fmt: skip
_CROSSED = re.compile(
    rf"({_N}|\b{_UNIT}) ?(?:[x×✕✖]|-by-|- by -|-x-) ?({_N}|{_UNIT}\b)"
)  # "[branch] x year", "[kind]-by-[place]"
_RATE = re.compile(r"\[(\d+)\]((?: [a-z]+)?) (?:per|a|each|every) (month|year|week|day|hour)\b")
_RATES = {
    "month": {"month", "monthly"}, "year": {"year", "yearly", "annual", "annually", "yr"},
    "week": {"week", "weekly"}, "day": {"day", "daily"}, "hour": {"hour", "hourly"},
}  # fmt: skip
_MEMBER = re.compile(r"\b(each|every|per|by) (?:single |individual )?member of (?:the )?\[(\d+)\]")


def in_plain_groups(text: str, concepts: Sequence[Concept | None]) -> str:
    """The skeleton with the plain phrases of groups.

    Args:
        text: The skeleton.
        concepts: What its placeholders stand for.
    """
    text = _MEMBER.sub(_person(concepts), text)
    text = _RATE.sub(lambda found: _rate(found, concepts), text)
    text = _CROSSED.sub(lambda found: _crossed(found, concepts), text)
    for pattern, plain in _SIMPLY:
        text = pattern.sub(plain, text)
    return re.sub(r"  +", " ", text)


def _rate(found: re.Match[str], concepts: Sequence[Concept | None]) -> str:
    """ "The [rent] paid per month" where the column is the monthly rent: months are no groups."""
    concept = concepts[int(found.group(1))]
    column = concept.field if concept is not None else None
    named = column is not None and bool(_RATES[found.group(3)] & set(column.words))
    return f"[{found.group(1)}]{found.group(2)}" if named else found.group(0)


def _crossed(found: re.Match[str], concepts: Sequence[Concept | None]) -> str:
    """Groups that are crossed; two numbers are rather set against each other."""
    numbers = 0
    for side in found.groups():
        concept = concepts[int(side[1:-1])] if side.startswith("[") else None
        column = concept.field if concept is not None else None
        numbers += column is not None and column.is_measure and not column.is_time
    return found.group(0) if numbers == 2 else f"by {found.group(1)} and by {found.group(2)}"


def _person(concepts: Sequence[Concept | None]) -> Callable[[re.Match[str]], str]:
    """ "Each member of [staff]": people that one word holds together are the groups one by one."""

    def named(found: re.Match[str]) -> str:
        concept = concepts[int(found.group(2))]
        people = concept is not None and concept.text.lower().split()[-1] in _GROUPS
        return f"{found.group(1)} [{found.group(2)}]" if people else found.group(0)

    return named


_BY_HYPHENS = re.compile(r"\b(?P<one>[a-z]{3,})-by-(?P<two>[a-z]{3,})\b", re.IGNORECASE)
_DAYS_OF = re.compile(
    r"\b(?:calendar )?days of (?:that|this|the|said) month\b|\bcalendar (?:days|dates)\b",
    re.IGNORECASE,
)


def apart_by_hyphens(question: str, catalog: Catalog) -> str:
    """The question with "day-by-category" as "by day and by category", and days as the data say.

    Args:
        question: As it was asked.
        catalog: The schema.
    """

    def crossed(found: re.Match[str]) -> str:
        one, two = found["one"], found["two"]
        same = one.lower() == two.lower() or one.lower() in {"side", "step", "stand", "drive"}
        return found.group(0) if same else f"by {one} and by {two}"

    question = _DAYS_OF.sub("dates", _BY_HYPHENS.sub(crossed, question))
    names = [set(field.words) for field in catalog]
    if any({"day", "week"} <= words for words in names):
        return re.sub(r"\bweekdays?\b(?! only)", "day of week", question, flags=re.IGNORECASE)
    return question
