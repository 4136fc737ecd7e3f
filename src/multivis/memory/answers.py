"""An answer in the words of documents: the sentences that hold it, their values and sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from multivis.memory.passages import Passage
from multivis.memory.periods import Period

__all__ = ["DocumentAnswer", "content_words", "extract_answer"]

_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a about an and ask asked are as at be been by can could did do does for from had happened
has have how i in is it its last me most my of on or our shall should show tell than that
the their them then there these they this those to us use used using value was we were
what when where which who why will with would you your find found give given latest newest
please note notes say said written wrote""",
    )
)
_ASKED = re.compile(
    r"\b(?:what|which)(?:'s|\s+(?:is|was|were|are))?\s+(?:the\s+)?([a-z][\w-]*)", re.IGNORECASE
)
_NUMBER = r"[-−+]?\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][-+]?\d+)?(?:\s?(?:%|[A-Za-zµ°][\w/°]{0,7}))?"
_NO_UNIT = re.compile(
    r"\s(?:a|and|are|as|at|but|by|for|from|gives|in|is|it|of|on|or|so|that|the|then|to|was|we|"
    r"were|which|while|with|looks|worked|works|shows|showed)$"
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Þ\"“(\d])|\n+")
_SUFFIX = re.compile(r"(?:ing|ed|es|s|ies|y)$")


@dataclass(frozen=True)
class DocumentAnswer:
    """What documents say to a question.

    Attributes:
        text: The answer; numbers in brackets are places in `passages`.
        found: Whether they say anything to it.
        passages: What it rests on.
        values: The values that were asked for, as they are written, newest first.
        period: The time that the question spoke of, with the words that said so.
    """

    text: str
    found: bool
    passages: tuple[Passage, ...] = ()
    values: tuple[str, ...] = ()
    period: Period | None = None


@dataclass(frozen=True)
class _Evidence:
    """A sentence that holds what was asked about."""

    sentence: str
    passage: Passage
    value: str


def content_words(question: str, period: Period | None) -> list[str]:
    """The words of a question that say what it is about: no stop words, no words of time."""
    text = question.replace(period.words, " ") if period and period.words else question
    words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", _one_spelling(text))
    return [word for word in dict.fromkeys(words) if word not in _STOP_WORDS]


def _one_spelling(text: str) -> str:
    """Lower case; "iso-value" and "iso value" are "isovalue"."""
    return re.sub(r"\biso[- ](value|surface)", r"iso\1", text.lower())


def _stem(word: str) -> str:
    """A word without its most usual endings."""
    return _SUFFIX.sub("", word) if len(word) > 4 else word


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in re.findall(r"[^\W_]+(?:-[^\W_]+)*", _one_spelling(text))}


def extract_answer(
    question: str,
    found: Sequence[Passage],
    elsewhere: Sequence[Passage],
    period: Period | None,
    documents: int,
    limit: int,
) -> DocumentAnswer:
    """Make an answer of passages.

    Args:
        question: The question.
        found: Passages that fit it, best first, of the period that it names.
        elsewhere: Passages of any time, to name the nearest when `found` say nothing.
        period: The period that the question names.
        documents: Number of documents that were searched, for the sentence of "not found".
        limit: Most sentences.
    """
    words = content_words(question, period)
    match = _ASKED.search(_one_spelling(question))
    asked = match[1] if match and match[1] in words else ""
    evidence = _evidence(words, asked, found)[:limit]
    if not evidence:
        return _not_found(words, asked, elsewhere, period, documents)
    passages = tuple(dict.fromkeys(one.passage for one in evidence))
    lines = []
    for one in evidence:
        value = f"{one.value}: " if one.value else ""
        number = passages.index(one.passage) + 1
        lines.append(f"{value}“{one.sentence}” [{number}]")
    sources = [f"[{number}] {one.citation}" for number, one in enumerate(passages, start=1)]
    when = [f"({period.words!r} is {period}.)"] if period else []
    values = tuple(dict.fromkeys(one.value for one in evidence if one.value))
    return DocumentAnswer("\n".join([*lines, *sources, *when]), True, passages, values, period)


def _evidence(words: Sequence[str], asked: str, found: Iterable[Passage]) -> list[_Evidence]:
    """Sentences that hold what was asked about, newest first among equals."""
    wanted = {_stem(word) for word in words}
    kept = []
    for passage in found:
        if not wanted:  # a question about a time alone: what was written first
            kept.append(_Evidence(" ".join(passage.text.split())[:200], passage, ""))
            continue
        if not wanted <= _stems(f"{passage.heading} {passage.text}"):
            continue
        for sentence in _SENTENCES.split(passage.text):
            sentence = " ".join(sentence.split()).lstrip("-*• ")
            here = _stems(sentence)
            if not wanted & here or not wanted <= here | _stems(passage.heading):
                continue
            value = _value(sentence, asked) if asked else ""
            if value or not _numeric(asked):
                kept.append(_Evidence(sentence, passage, value))
    kept.sort(key=lambda one: one.passage.day.toordinal() if one.passage.day else 0, reverse=True)
    return kept


def _numeric(asked: str) -> bool:
    """Whether what is asked for is a quantity: only then an answer needs a number."""
    return asked.rstrip("s") in {
        "isovalue", "value", "threshold", "opacity", "size", "number", "angle", "temperature",
        "pressure", "spacing", "dose", "level", "range", "position",
    }  # fmt: skip


def _value(sentence: str, asked: str) -> str:
    """The number that stands with the word asked for, with its unit; empty when none does."""
    word = re.escape(asked.rstrip("s"))
    text = re.sub(r"\biso[- ](value|surface)", r"iso\1", sentence, flags=re.IGNORECASE)
    after = re.search(rf"{word}s?\b[^.;\d\n+−-]{{0,40}}({_NUMBER})", text, re.IGNORECASE)
    before = re.search(rf"({_NUMBER})[^.;\d\n]{{0,25}}\b{word}", text, re.IGNORECASE)
    found = after or before
    if found is None:
        return ""
    return _NO_UNIT.sub("", found[1])


def _not_found(
    words: Sequence[str],
    asked: str,
    elsewhere: Sequence[Passage],
    period: Period | None,
    documents: int,
) -> DocumentAnswer:
    """Say that nothing was found, where, and what comes nearest."""
    about = ", ".join(repr(word) for word in words) or "that"
    plural = "" if documents == 1 else "s"
    when = f" from {period}" if period else ""
    text = f"Nothing in {documents} document{plural}{when} says anything of {about}."
    nearest = _evidence(words, asked, elsewhere)
    if not nearest:
        return DocumentAnswer(text, False, period=period)
    one = nearest[0]
    text += f" At another time: “{one.sentence}” [1]\n[1] {one.passage.citation}"
    return DocumentAnswer(text, False, (one.passage,), (), period)
