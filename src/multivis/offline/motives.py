"""Why a question is asked: what stands before the request and is none itself.

"Do older pets weigh more? Plot weight against age.": the second sentence says what to draw; the
first says what the reader wants to learn from it. Its words help to tell which tables are meant,
but they are no columns to draw and no conditions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from multivis.offline.linking import Mention, ValueMention
from multivis.offline.words import stem

__all__ = ["end_of_motive"]

_WISH = (
    r"(?:(?:can|could|would|will|may|might) (?:you|i|we|someone)|please|kindly|how about|"
    r"what about|show|give|draw|plot|make|create|is it possible|any chance)\b"
)
_LEARN = (
    r"(?:know|learn|find out|figure out|work out|check|understand|see|tell|test|explore|examine|"
    r"investigate|look into|look at|judge|decide|discover|establish|determine|verify|study|follow|"
    r"get (?:a|some) (?:feel|feeling|idea|sense|impression|picture)|have (?:an|some) idea)"
)
_CURIOUS = re.compile(
    r"(?:[^.?!;:]{0,60}?\b)??(?:"
    r"(?:i|we)(?:'m|’m| am|'re|’re| are| was| were)?(?: (?:just|also|always|often|really|a bit))* "
    r"(?:wonder(?:ing)?|curious|puzzled|interested to|keen to|not sure|unsure|asking (?:my|our)|"
    r"ask (?:my|our)|(?:have|got) (?:a|the) (?:hunch|feeling|suspicion|impression|question)|"
    r"suspect|guess|believe|think|worry|worried|fear|heard|noticed?)\b"
    r"|(?:i|we|[a-z]+ ){1,4}?(?:'d|’d|would|want|wants|wish|wishes|need|needs|am|are|is|'m|’m|'re|"
    rf"’re)(?: (?:like|love|trying|hoping|keen|curious|eager|looking))? to (?:\w+ )?{_LEARN}\b"
    rf"|(?:curious|wondering|trying to {_LEARN}|interested)\b"
    r"|(?:this is|it's|it’s|it is|they are|these are) (?:for|about|meant)\b"
    r"|(?:our|my|the) question (?:is|was)\b"
    r"|for (?:my|our|the|a|an|this|tomorrow['’]s|next) [^,.?!]{3,50}?,? (?:i|we)"
    rf"(?:['’]d| would)? (?:like|want|need|wish|hope|have)(?: to)? {_LEARN}\b"
    r")",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.?!]+(?=\s|$)|[;:](?=\s)|\s(?:--?|[–—])(?=\s)")
_AMOUNT = re.compile(
    r"\b(?:how many|number of|counts?|tall(?:y|ies)|totals?|average|mean|median|sum|percent\w*|"
    r"shares?|proportion|maximum|minimum|distribution|distributed|spread|range|ratio|rank(?:ed|ing)?|"
    r"correlat\w+|relationship|vs|versus|top (?:\d|two|three|four|five|ten)|histogram|chart|graph|"
    r"plot|bars?|lines?|dots?|points?|scatter\w*|pie|donut|map|boxes|axis|colou?r\w*)\b"
    r"|\bhow much (?!\w+er\b|more\b|less\b)|\d",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(?:how many|number of|counts?|counting|counted|tall(?:y|ies|ied)|head ?counts?)\b",
    re.IGNORECASE,
)
_BINNED = re.compile(r"\b(?:bins?|binned|histogram|density|distribution)\b", re.IGNORECASE)
_GROUPING = re.compile(
    r"\b(?:by|per|each|every|across|among|between|which|from|kinds? of|types? of)"
    r"(?: (?:the|our|my|these|different|kinds? of|types? of))* $",
    re.IGNORECASE,
)
_SAID_BEFORE = re.compile(
    r"\b(?:both|either|(?:all|the|these|those) (?:two|three|four|five)|these|those|the pair)\b",
    re.IGNORECASE,
)
_NO_CONDITION = re.compile(r"\b(?:whether|if|or|and|than|as|is|are|was|were|do|does|did)\W*$", re.I)


def end_of_motive(
    body: str, mentions: Sequence[Mention], values: Sequence[ValueMention]
) -> int:  # fmt: skip
    """Where the request begins, behind what only tells why it is made; 0 without such a part.

    The first sentences are put aside only where the rest says by itself what to measure and
    along what, and repeats the groups and the things that have a place in the first ones.
    """
    end = 0
    for found in _ENDS.finditer(body):
        sentence, mark = body[end : found.start()].strip(), found.group().strip()
        if not _is_motive(sentence, mark):
            break
        end = found.end()
    if not end or not body[end:].strip():
        return 0
    before = [m for m in mentions if m.start < end]
    rest = [m for m in mentions if m.start >= end]
    stands = _stands_alone(body[end:], rest)
    return end if stands and not _lost(body, end, before, rest, values) else 0


def _is_motive(sentence: str, mark: str) -> bool:
    if re.match(_WISH, sentence, re.IGNORECASE) or _AMOUNT.search(sentence):
        return False
    return mark.startswith("?") or _CURIOUS.match(sentence) is not None


def _stands_alone(request: str, rest: Sequence[Mention]) -> bool:
    """Whether a request says what is measured, and along what."""
    columns = {m.best.label: m.best.field for m in rest if m.best.field is not None}
    numbers = [c for c in columns.values() if c.is_measure and not c.is_time]
    things = {m.best.table for m in rest if m.best.field is None}
    groups = [c for c in columns.values() if not c.is_measure or c.is_time]
    if _COUNTED.search(request):
        return bool(things or columns) and len(things) + len(columns) >= 2
    if len(numbers) >= 2 or (numbers and _BINNED.search(request)):
        return True
    return bool(numbers) and bool(groups or things)


def _each(lead: re.Match[str]) -> bool:
    return lead.group(0).split()[0].lower() in {"each", "every", "per"}


def _grouped(mention: Mention, body: str, rest: Sequence[Mention]) -> bool:
    """Whether the request groups by the same thing."""
    return any(
        (m.best.label == mention.best.label or stem(m.text.lower()) == stem(mention.text.lower()))
        and _GROUPING.search(body[: m.start])
        for m in rest
    )


def _lost(
    body: str,
    end: int,
    before: Sequence[Mention],
    rest: Sequence[Mention],
    values: Sequence[ValueMention],
) -> bool:
    """Whether a group or a condition would be lost with the first sentences."""
    labels = {m.best.label for m in rest} | {m.best.table for m in rest if m.best.field is None}
    said = {stem(word) for m in rest for word in m.text.lower().split()}
    for mention in before:
        known = mention.best.label in labels or stem(mention.text.lower().split()[-1]) in said
        lead = _GROUPING.search(body[: mention.start])
        if lead is not None and (not known or (_each(lead) and not _grouped(mention, body, rest))):
            return True
    numbers = {
        m.best.label for m in before
        if m.best.field is not None and m.best.field.is_measure and m.best.label not in labels
    }  # fmt: skip
    if len(numbers) > 1 and _SAID_BEFORE.search(body[end:]):
        return True  # "Does weight matter for height and reach? Plot weight against both."
    fields = {m.best.label for m in rest}
    return any(
        v.start < end
        and f"{v.field.table}.{v.field.name}" not in fields
        and not _NO_CONDITION.search(body[: v.start])
        for v in values
    )
