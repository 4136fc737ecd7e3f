"""An instruction taken apart: clauses that each ask for something, quoted texts."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Clause", "is_vague", "number_in", "split_instruction"]

_QUOTES = re.compile(
    r"[\"“”]([^\"“”\n]{1,200})[\"“”]|(?<![\w])'([^'\n]{1,200}?)'(?!\w)|‘([^‘’\n]{1,200})’"
)

_VERBS = [
    "make",
    "add",
    "use",
    "change",
    "include",
    "give",
    "put",
    "sort",
    "rotate",
    "tilt",
    "set",
    "increase",
    "decrease",
    "reduce",
    "enlarge",
    "hide",
    "remove",
    "drop",
    "rename",
    "highlight",
    "flip",
    "swap",
    "switch",
    "convert",
    "turn",
    "filter",
    "stack",
    "facet",
    "normalize",
    "normalise",
    "move",
    "adjust",
    "improve",
    "replace",
    "bold",
    "draw",
    "overlay",
    "exclude",
    "brighten",
    "darken",
    "widen",
    "sharpen",
    "clean",
    "zoom",
    "color-code",
    "colour-code",
]

#: Verbs that begin a wish but stand inside one as well ("tooltips that show the order status").
_OPENERS = [
    "show",
    "order",
    "rank",
    "angle",
    "color",
    "colour",
    "label",
    "call",
    "title",
    "format",
    "display",
    "limit",
    "group",
    "split",
    "place",
    "start",
    "round",
    "plot",
    "keep",
    "let",
    "have",
    "see",
    "arrange",
    "create",
    "start",
]

_ASKS = re.compile(
    r"\b(?:can|could|would|will|should|please|maybe|perhaps|possible|possibly|let's|want|need|"
    r"like to|love (?:to|if|it)|prefer|wish|helpful|great if|nice (?:if|to)|useful|good if"
    r"|instead)\b"
    r"|^(?:and |also |then |finally |lastly |oh )*,?\s*(?:"
    + "|".join([*_VERBS, *_OPENERS])
    + r")\b"
)

_REMARK = re.compile(
    r"^(?:thanks|thank you|i (?:really )?(?:like|love) (?:how|the|this|that)\b(?!.*\bbut\b)|i "
    r"think it|"
    r"(?:i think )?(?:that|this) (?:would|way|will)|it would (?:make|help|be easier)|it(?:'s| is) "
    r"(?:always|helpful|giving)|it (?:gives|feels)|let me know"
    r"|right now|i'm |keep\b|"
    r"(?:this|that) (?:chart|is|bar|line|scatter|graph|visuali[sz]ation)\b(?!.*\b(?:could|can"
    r"|would you)\b)|"
    r"the .{3,60} would be (?:easier|better|clearer)\b)"
)

_VAGUE = re.compile(r"\b(?:mak\w+|improv\w+|reorgani[sz]e|enhance|tweaks?|tell|look)\b")
_VAGUE_AIM = re.compile(
    r"\b(?:easier to (?:read|understand|compare|interpret)|(?:more )?(?:informative|insightful"
    r"|user-friendly|"
    r"professional|readable|engaging|appealing|attractive|polished|visually\s\w+)|better story"
    r"|better engage|this|my|"
    r"chart|plot|graph)\b"
)
_CONCRETE = re.compile(
    r"\b(?:colou?r\w*|titles?|labels?|tool-?tips?|hover\w*|legend|axis|axes|sort\w*|bigger"
    r"|larger|wider|taller|smaller|"
    r"interactive|zoom\w*|horizontal|vertical|log|size|opacity|transparen\w*|grid\w*|bars?"
    r"|lines?|points?|dots?|circles?|"
    r"percent\w*|names?|numbers?|values?|font\w*|dashed|thick\w*|stack\w*|group\w*|average"
    r"|mean|median|filter\w*|"
    r"top|palette|scheme|showing|sections?)\b(?! (?:chart|plot|graph)s?\b)"
)

_PURPOSE = re.compile(
    r"(?:,?\s+|^)(?:so(?: that)?|in order that)\s+(?:i|we|it|it's|they|you|my|the|users?|viewers?|"
    r"people|that)\b.*$"
    r"|(?<=\w{3})\s+to make (?:it|them|the chart) (?:easier|clearer|more)\b[^,]*$"
)

#: "make the bars red and the title 'Sales'": the second wish has no verb of its own.
_SHORT = re.compile(
    r"(?i)(\bmake\b(?:(?!\b(?:title|heading)\b)[^.\"])*?[,\w] (?:and|,))"
    r"( (?:the |its |a )?(?:(?:chart |main )?(?:title|heading)(?: to| as| be)? \"\d"
    r"|legend (?:at|on|to|hidden)\b|(?:background|points?|dots?|lines?|chart|title)"
    r" (?:\w+ )?(?:bigger|larger|wider|thicker|taller|smaller|dashed|white|black|gr[ae]y)\b))"
)

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50,
}  # fmt: skip


@dataclass(frozen=True)
class Clause:
    """One wish, or a remark.

    Attributes:
        text: As the asker wrote it.
        low: In lower case, quoted texts replaced by ``"0"``, ``"1"``, ….
        core: `low` without what only gives the purpose ("so that I can …").
        quotes: The quoted texts.
        asks: Whether it asks for something (a remark that is not understood is no loss).
    """

    text: str
    low: str
    core: str
    quotes: tuple[str, ...]
    asks: bool


def split_instruction(instruction: str) -> tuple[Clause, ...]:
    """The clauses of `instruction` in order; quoted texts are never cut."""
    quotes: list[str] = []

    def keep(match: re.Match[str]) -> str:
        inner = next(group for group in match.groups() if group is not None)
        end = inner[-1:] if inner[-1:] in ".!?" and inner[-2:-1] not in "." else ""
        quotes.append(inner.rstrip(".!,;") if end != "?" else inner)
        return f'"{len(quotes) - 1}"{end}'

    text = _QUOTES.sub(keep, instruction.strip())
    text = _SHORT.sub(lambda match: f"{match[1]} make{match[2]}", text)
    if re.search(r"\bgrid\s?lines?\b", text, re.I):  # "and make the horizontal ones lighter"
        text = re.sub(r"\b(horizontal|vertical) ones\b", r"\1 grid lines", text, flags=re.I)
    clauses: list[Clause] = []
    for sentence in re.split(r"(?<=[.!?;])(?<!\d\.)\s+|\n+", text):
        for part in _parts(re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", sentence)):
            used = tuple(quotes[int(number)] for number in re.findall(r'"(\d+)"', part))
            shown = re.sub(r'"(\d+)"', lambda match: f'"{quotes[int(match[1])]}"', part).strip()
            low = _renumbered(part.lower().strip().lstrip(",- "))
            core = _PURPOSE.sub("", low).strip() or low
            asks = bool(_ASKS.search(low)) and not _REMARK.match(low)
            clauses.append(Clause(shown.strip(" ,-"), low, core, used, asks))
    return tuple(clause for clause in clauses if re.search(r"\w", clause.text))


def is_vague(clause: Clause) -> bool:
    """Whether a clause only sets the scene: "make this chart easier to read"."""
    kinds = r"(?:bar|line|scatter|area|pie|donut|dot|box)"
    new = rf"(?:it|this|chart|into) (?:an? |into an? ){kinds} (?:chart|plot|graph)\b"
    if re.search(rf"\b(?:make|turn)\b.{{0,24}}\b{new}", clause.core):
        return False
    low = re.sub(rf"\b{kinds} (?:chart|plot|graph)s?\b", "chart", clause.core)
    named = _VAGUE.search(low) and _VAGUE_AIM.search(low)
    return (
        bool(named)
        and not clause.quotes
        and not re.search(r"\d|\bmonth names?\b|\bnames? of months?\b", clause.core)
        and not _CONCRETE.search(re.sub(r"\bshowing\b.*", "", low))
    )


def _renumbered(text: str) -> str:
    """Quotes numbered from 0 within the clause."""
    numbers = iter(range(len(text)))
    return re.sub(r'"\d+"', lambda _: f'"{next(numbers)}"', text)


def _parts(sentence: str) -> list[str]:
    """A sentence cut where a further wish begins."""
    asked = r"(?:can|could|would|will) (?:you|we|i|it)\b|please\b|i'd\b|i would\b|let's\b"
    lead = r"(?:also\s+|then\s+|finally\s+|please\s+|maybe\s+|perhaps\s+|possibly\s+)*"
    wish = rf"{lead}(?:{asked}|(?:also\s+)?(?:{'|'.join(_VERBS)})\b)"
    marker = rf"(?:,\s*(?:and\s+|but\s+)?|\s+and\s+|\s+but\s+)(?={wish})"
    joined: list[str] = []
    for piece in re.split(marker, sentence, flags=re.I):
        first = joined[-1] if joined else ""
        opening = re.match(
            r"(?i)\s*(?:and|also|oh|,|\s)*(?:instead of|rather than|to make|if possible|when"
            r"|since|because|"
            r"one (?:more|last|final) thing|finally|first)\b",
            first,
        )
        unfinished = len(first.split()) < 6 and not _ASKS.search(first.lower())
        asked_already = re.search(r"(?i)\b(?:can|could|would) (?:you|we|i)\b", first)
        if joined and (len(first.split()) < 3 or unfinished or (opening and not asked_already)):
            joined[-1] += ", " + piece
        else:
            joined.append(piece)
    return joined


def number_in(text: str) -> float | None:
    """The first number in `text`, in digits or as a word."""
    match = re.search(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?", text)
    if match:
        return float(match[0].replace(",", ""))
    for word in re.findall(r"[a-z]+", text):
        if word in _NUMBERS:
            return float(_NUMBERS[word])
    return None
