"""What a question says beside the matter: the chart there was, and where the data come from.

"Instead of the wheat prices, show orders by month from our sales database": wheat, prices and
sales are words of the question, but none of them is to be drawn.
"""

from __future__ import annotations

import re

from multivis.offline.catalog import Catalog
from multivis.offline.words import likeness, split_name, stem, tokens

__all__ = ["named_tables", "spoken_tables", "without_asides"]

_CHART = (
    r"(?:charts?|plots?|graphs?|visuali[sz]ations?|diagrams?|histograms?|heat ?maps?|images?|"
    r"pictures?|examples?|code|scripts?|figures?|scatter ?plots?|screenshots?)"
)
_DATABASE = r"(?:databases?|db|data ?sets?|sqlite files?|data source)"
_WISH = r"(?:can|could|would|will) you|(?:i|we)(?:'d| would)? (?:like|want|need|prefer)|please"

_ASIDES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # the chart there was
        rf"\b(?:instead of|rather than|as opposed to)\b"
        rf"(?:(?!\b(?:{_WISH})\b| and (?:[\w-]+ ){{1,4}}instead of\b)[^,.;:?!])*",
        rf"\bi(?:'ve| have|'m looking at| have got| came across| found| saw| currently have)"
        rf"(?: got| created| made| seen)? (?:this|that|a|an|the|my|some) (?:[^.?!]*? )??{_CHART}\b"
        rf"[^.?!]*?(?:,? (?=but\b|and i\b|and we\b)|(?=[.?!]|$))",
        rf"\bi (?:really |also )?(?:like|love|enjoy) (?:this|that|the|"
        rf"your) (?:[^.?!]*? )??{_CHART}\b"
        rf"[^.?!]*?(?:,? (?=but\b|and i\b|and we\b|could\b|can\b)|(?=[.?!]|$))",
        r"\b(?:i|we)(?:'d| would)? really (?:like|love) (?:the|its|this) (?:look|style|"
        r"design)\b[^,.?!]*",
        rf"\b(?:change|turn|convert|modify|adapt|update|transform|switch|redo|replace)"
        rf"(?: up| over)? (?:my|this|the|our|your) (?:[\w'-]+ ){{0,5}}?{_CHART}\b",
        r"\b(?:similar to|just like|like|as in|based on|following|inspired by) (?:how |what |in )?"
        r"(?:the |my |your |this |that )?(?:original|example|previous|sample|reference|current|"
        r"existing|first|old|other|i have)\b[^,.;?!]*",
        r"(?<!'d )(?<!’d )(?<!would )(?<!also )"  # "I'd like one line per year" is a wish
        r"\b(?:similar to|just like|like|as in|based on|following|inspired by) (?:the |my |your |"
        r"this |that )?one\b"
        r"(?:(?! (?:that|which|for|of|but|with|showing|to|where|using|and)\b)[^,.;?!])*",
        rf"\b(?:similar to|just like|like|as) (?:in )?(?:the|my|your|this|that) "
        rf"(?:[\w'-]+ ){{0,3}}?{_CHART} (?:i|that|you|above|below|from)\b[^,.;?!]*",
        r"\b(?:change|turn|convert|modify|adapt|update|transform|switch) (?:it|this|that|them)"
        r"(?: up| around| over)? (?:to|into)\b",
        r"\bswitch from [\w.]+ to [\w.]+|\b(?:use|using|in|with) (?:altair|matplotlib|plotly|"
        r"seaborn)\b",
        # where the data come from
        rf"\bi have (?:a|an|this|my) (?:[\w'-]+ ){{0,3}}?{_DATABASE}\b[^.?!]*",
        rf"\b(?:from|in|using|within|of|out of|with|on|connect(?:ing)? to|use|query(?:ing)?)"
        rf" (?:data (?:from|in) )?(?:my|our|the|this|your|a|an|"
        rf"their) (?:(?!(?:in|from|of|on|with) )[\w'-]+ ){{0,4}}?{_DATABASE}"
        rf"\b(?: (?:called|named) ['\"]?[\w.]+['\"]?)?",
        r"\bthis (?:would|will|should) help (?:me|us|you|the)\b[^.?!]*",
        # who asks, why, and what it is for
        r"(?:^|(?<=[.!?] ))(?:our|my) (?!(?:total|number|average|mean|own)\b)(?:[\w'’-]+ ){1,4}?"
        r"(?=(?:would (?:like|love)|wants?|wish(?:es)?|(?:has |have )?asked|asks?|(?:is|are) "
        r"(?:asking|looking|wondering|interested|curious)|needs?) (?:to|for|me|us|if|how|what|"
        r"whether|in)\b(?! be\b))",
        r"(?:^|(?<=[.!?] ))as an? (?:[\w'’-]+ ){0,4}?[\w'’-]+, "
        r"(?=(?:i|we|could|can|please|would)\b)",
        r"\b(?:i am|i['’]m|we are|we['’]re) (?:an?|the) (?:[\w'’-]+ ){0,4}?[\w'’-]+(?=[,.;:]| "
        r"and (?:i|we|need|want|would|look\w*)\b| (?:who|from|at|in|writing|preparing)\b)",
        r"(?<=.{25})(?:,? (?:just |simply |mainly |mostly |only )?because|"
        r", as(?= (?:i|we|my|our)\b)|\((?:because|since))(?! of\b)[^.;?!()]*(?:\))?",
        r"^because (?!of\b)[^,.;?!]*,",
        r",? (?:in order |so as )?to (?:help|let|allow|enable) (?:me|us|them|people|the \w+|my \w+|"
        r"our \w+) (?:to )?(?:see|understand|decide|judge|compare|find|know|spot|tell|check|plan|"
        r"work out|figure out)\b[^.;?!]*",
        r"\bthat way,? (?:i|we|you|one|people) (?:can|could|will)\b[^.?!]*",
        r"(?<=.{70}),? so (?:that )?(?:i|we|you) can (?:quickly |easily )?(?:see|tell|check|"
        r"judge|find out|know) (?:whether|if|which)\b[^.?!]*",
    )
)
_TABLES = re.compile(
    r"(?<!rows )(?<!records )(?<!entries )\b(?:from|using|in|with|connect(?:ing)?|join(?:ing)?|"
    r"combin(?:e|ing)|information from|data from|of) (?:both )?(?:the |my |our )?"
    r"((?:(?!(?:in|from|of|using)\b)[\w'-]+(?:,| and| with| the)*? ){1,6}?)tables?\b",
    re.IGNORECASE,
)


def without_asides(question: str) -> str:
    """The question with blanks where it speaks of an earlier chart or of the data's home.

    Places stay: character n of the result is character n of the question, or a space.
    """
    text = question
    for pattern in _ASIDES:
        for found in pattern.finditer(text):
            text = _blank(text, *found.span())
    for found in _TABLES.finditer(text):
        if not re.search(r"\b(?:each|every|number|count|many|all)\b", found.group(1).lower()):
            text = _blank(text, *found.span())
    return text if re.search(r"\w{3}", text) else question


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def spoken_tables(question: str, catalog: Catalog) -> frozenset[str]:
    """The tables of whose names a question says a word ("registrations", "enrolled")."""
    said = {stem(text.lower()) for text, _, _ in tokens(question) if len(text) > 3}
    return frozenset(
        name for name, entity in catalog.entities.items()
        if any(likeness(word, other) >= 0.75 for word in entity.words for other in said)
    )  # fmt: skip


def named_tables(question: str, catalog: Catalog) -> list[str]:
    """The tables that the question says the data are in ("from the stores table")."""
    found = []
    for phrase in _TABLES.finditer(question):
        words = split_name(phrase.group(1))
        for name, entity in catalog.entities.items():
            own = entity.words
            if own and all(any(likeness(word, w) >= 0.9 for w in words) for word in own):
                found.append(name)
    return [
        name for name in dict.fromkeys(found)
        if not any(
            set(catalog.entities[name].words) < set(catalog.entities[other].words)
            for other in found
        )
    ]  # fmt: skip
