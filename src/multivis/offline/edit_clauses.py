"""An instruction taken apart: clauses that each ask for something, quoted texts, colours."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Clause", "Colours", "colours_in", "number_in", "split_instruction"]

_QUOTES = re.compile(
    r"[\"“”]([^\"“”\n]{1,200})[\"“”]|(?<![\w])'([^'\n]{1,200}?)'(?!\w)|‘([^‘’\n]{1,200})’"
)

_VERBS = [
    "make",
    "add",
    "use",
    "change",
    "show",
    "include",
    "give",
    "put",
    "sort",
    "order",
    "rank",
    "rotate",
    "angle",
    "tilt",
    "set",
    "color",
    "colour",
    "increase",
    "decrease",
    "reduce",
    "enlarge",
    "hide",
    "remove",
    "drop",
    "label",
    "rename",
    "call",
    "title",
    "highlight",
    "format",
    "display",
    "flip",
    "swap",
    "switch",
    "convert",
    "turn",
    "limit",
    "filter",
    "group",
    "stack",
    "split",
    "facet",
    "normalize",
    "normalise",
    "move",
    "place",
    "adjust",
    "improve",
    "replace",
    "start",
    "round",
    "bold",
    "draw",
    "overlay",
    "plot",
    "exclude",
    "keep",
    "brighten",
    "darken",
    "widen",
    "sharpen",
    "clean",
    "let",
    "have",
    "see",
    "zoom",
    "color-code",
    "colour-code",
]

_ASKS = re.compile(
    r"\b(?:can|could|would|will|should|please|maybe|perhaps|possible|possibly|let's|want|need|"
    r"like to|love (?:to|if|it)|prefer|wish|helpful|great if|nice (?:if|to)|useful|good if|instead)\b"
    r"|^(?:and |also |then |finally |lastly |oh )*,?\s*(?:" + "|".join(_VERBS) + r")\b"
)

_PRAISE = re.compile(
    r"^(?:thanks|thank you|i (?:really )?(?:like|love) (?:how|the|this|that)|this (?:chart|is|bar|line|"
    r"scatter|graph|visuali[sz]ation)\b|that (?:would|way|will)|it(?:'s| is) (?:a bit|hard|a little|"
    r"always|difficult|helpful,)|it gives|i'm (?:planning|sharing|finding|curious)|let me know|"
    r"right now|which|these|they|tokyo|when i)"
)

_PURPOSE = re.compile(
    r"(?:,?\s+|^)(?:so(?: that)?|in order that)\s+(?:i|we|it|it's|they|you|my|the|users?|viewers?|people|"
    r"that)\b.*$|\s+to make (?:it|them|the chart) (?:easier|clearer|more)\b.*$"
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
    clauses: list[Clause] = []
    for sentence in re.split(r"(?<=[.!?;])(?<!\d\.)\s+|\n+|\s*[—–]\s*|\s+-\s+", text):
        for part in _parts(sentence):
            low = part.lower().strip()
            used = tuple(quotes[int(number)] for number in re.findall(r'"(\d+)"', part))
            shown = re.sub(r'"(\d+)"', lambda match: f'"{quotes[int(match[1])]}"', part).strip()
            low = _renumbered(low)
            core = _PURPOSE.sub("", low).strip() or low
            asks = bool(_ASKS.search(low)) and not _PRAISE.match(low)
            clauses.append(Clause(shown.strip(" ,"), low, core, used, asks))
    return tuple(clause for clause in clauses if re.search(r"\w", clause.text))


def _renumbered(text: str) -> str:
    """Quotes numbered from 0 within the clause."""
    numbers = iter(range(len(text)))
    return re.sub(r'"\d+"', lambda _: f'"{next(numbers)}"', text)


def _parts(sentence: str) -> list[str]:
    """A sentence cut where a further wish begins."""
    verbs = "|".join(_VERBS)
    marker = (
        r"(?:,\s*(?:and|but)?\s*|\s+and\s+|\s+but\s+)(?=(?:also\s+|then\s+|finally\s+|maybe\s+|please\s+|"
        r"perhaps\s+)*(?:can|could|would|will|please|i'd|i would|we|let's|also|maybe|"
        + verbs
        + r")\b)"
    )
    pieces = re.split(marker, sentence, flags=re.I)
    joined: list[str] = []
    for piece in pieces:
        short = len(piece.split()) < 2
        bare = re.match(
            r"(?i)\s*(?:see|have|let|order|title|label|color|rank|plot|group)\s*$", piece
        )
        if joined and (short or bare):
            joined[-1] += " " + piece
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


# ── colours ─────────────────────────────────────────────────────────────────────────────────

_HUES = [
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "violet",
    "pink",
    "brown",
    "black",
    "white",
    "gray",
    "grey",
    "teal",
    "cyan",
    "magenta",
    "navy",
    "gold",
    "maroon",
    "olive",
    "lime",
    "indigo",
    "turquoise",
    "coral",
    "salmon",
    "crimson",
    "beige",
    "tan",
    "lavender",
    "silver",
    "aqua",
    "steelblue",
    "royalblue",
    "skyblue",
    "tomato",
    "firebrick",
    "orchid",
    "plum",
    "khaki",
]

_NAMED = {
    ("light", "blue"): "lightblue", ("dark", "blue"): "darkblue", ("light", "green"): "lightgreen",
    ("dark", "green"): "darkgreen", ("dark", "red"): "darkred", ("light", "red"): "lightcoral",
    ("light", "gray"): "lightgray", ("light", "grey"): "lightgrey", ("dark", "gray"): "dimgray",
    ("dark", "grey"): "dimgrey", ("dark", "orange"): "darkorange", ("light", "orange"): "#ffbb78",
    ("light", "pink"): "lightpink", ("dark", "purple"): "indigo", ("light", "purple"): "plum",
    ("dark", "teal"): "#0b5a5a", ("light", "teal"): "#8fd3d1", ("light", "yellow"): "khaki",
    ("strong", "blue"): "royalblue", ("bright", "blue"): "dodgerblue", ("nice", "blue"): "steelblue",
    ("bright", "red"): "red", ("bright", "green"): "limegreen", ("bright", "orange"): "orange",
    ("deep", "blue"): "navy", ("soft", "blue"): "cornflowerblue", ("sky", "blue"): "skyblue",
    ("steel", "blue"): "steelblue", ("royal", "blue"): "royalblue", ("navy", "blue"): "navy",
    ("forest", "green"): "forestgreen", ("dark", "pink"): "deeppink", ("light", "brown"): "tan",
}  # fmt: skip

_PLAIN = {"blue": "steelblue"}

_SCHEME_OF_HUE = {
    "blue": "blues", "green": "greens", "red": "reds", "orange": "oranges", "purple": "purples",
    "gray": "greys", "grey": "greys", "teal": "teals", "violet": "purples", "brown": "browns",
    "yellow": "goldgreen", "gold": "goldorange", "pink": "redpurple", "black": "greys",
    "navy": "blues", "turquoise": "teals", "cyan": "teals",
}  # fmt: skip

_SCHEME_OF_PAIR = {
    ("red", "blue"): "redblue", ("blue", "red"): "blueorange", ("blue", "orange"): "blueorange",
    ("orange", "blue"): "blueorange", ("red", "green"): "redyellowgreen",
    ("green", "red"): "redyellowgreen", ("blue", "green"): "bluegreen",
    ("green", "blue"): "greenblue", ("orange", "red"): "orangered", ("red", "orange"): "orangered",
    ("yellow", "red"): "yelloworangered", ("yellow", "green"): "yellowgreen",
    ("yellow", "blue"): "yellowgreenblue", ("blue", "purple"): "bluepurple",
    ("purple", "blue"): "purplebluegreen", ("red", "yellow"): "yelloworangered",
    ("yellow", "orange"): "yelloworangered", ("purple", "orange"): "purpleorange",
    ("purple", "green"): "purplegreen", ("pink", "green"): "pinkyellowgreen",
    ("red", "gray"): "redgrey", ("red", "grey"): "redgrey", ("red", "purple"): "redpurple",
    ("blue", "teal"): "tealblues", ("teal", "blue"): "tealblues", ("green", "yellow"): "yellowgreen",
}  # fmt: skip

_SCHEMES = {
    "viridis": "viridis", "plasma": "plasma", "inferno": "inferno", "magma": "magma",
    "cividis": "cividis", "turbo": "turbo", "rainbow": "rainbow", "tableau20": "tableau20",
    "tableau10": "tableau10", "tableau": "tableau10", "category10": "category10",
    "category20": "category20", "category20b": "category20b", "category20c": "category20c",
    "set1": "set1", "set2": "set2", "set3": "set3", "pastel1": "pastel1", "pastel2": "pastel2",
    "dark2": "dark2", "paired": "paired", "accent": "accent", "spectral": "spectral",
    "sinebow": "sinebow", "redblue": "redblue", "blueorange": "blueorange",
    "redyellowblue": "redyellowblue", "redyellowgreen": "redyellowgreen", "blues": "blues",
    "greens": "greens", "reds": "reds", "oranges": "oranges", "purples": "purples",
    "greys": "greys", "teals": "teals", "bluegreen": "bluegreen", "goldred": "goldred",
    "yellowgreenblue": "yellowgreenblue", "yelloworangered": "yelloworangered",
}  # fmt: skip


@dataclass(frozen=True)
class Colours:
    """The colours that a clause names.

    Attributes:
        new: Wanted colours as CSS names or hexadecimal, in order.
        hues: The plain hue of each of them.
        old: Hues that are to go away.
        scheme: A Vega scheme that is named outright, or None.
        shades: Whether a range of one hue is meant ("shades of blue", "gradient").
        kind: ``"vivid"`` or ``"muted"`` when only the manner is named, else an empty string.
    """

    new: tuple[str, ...] = ()
    hues: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    scheme: str | None = None
    shades: bool = False
    kind: str = ""

    @property
    def hue_scheme(self) -> str | None:
        """The Vega scheme of the one hue, or of the two hues."""
        if len(self.hues) >= 2:
            return _SCHEME_OF_PAIR.get((self.hues[0], self.hues[1]))
        return _SCHEME_OF_HUE.get(self.hues[0]) if self.hues else None


_COLOUR = re.compile(
    r"\b(?:(light|dark|darker|lighter|bright|brighter|deep|deeper|strong|stronger|soft|softer|nice|"
    r"sky|steel|royal|navy|forest|vibrant|bold)[\s-]+)?("
    + "|".join(sorted(_HUES, key=len, reverse=True))
    + r")(?:ish)?(s)?\b"
    r"|(#[0-9a-f]{6}\b)"
)

_OLD = (
    r"(?:instead of|rather than|replac(?:e|ing)|away from|remove|not|than just|from|than)"
    r"(?:\s+(?:the|just|all|being|plain|same|current|default|only|a|my|this|of|circles|in))*\s*$"
)


def colours_in(text: str) -> Colours:
    """The colours that `text` (lower case) names."""
    new: list[str] = []
    hues: list[str] = []
    old: list[str] = []
    plural = False
    for match in _COLOUR.finditer(text):
        if match[4]:
            new.append(match[4])
            hues.append(match[4])
            continue
        hue = match[2]
        before, after = text[: match.start()], text[match.end() :]
        if re.search(_OLD, before) and not re.match(
            r"\s+(?:for|to (?!something|a\b|blue))",
            after[:20] if "from" not in before[-12:] else "",
        ):
            old.append(hue)
            continue
        if re.match(
            r"\s*(?:\w+\s+){0,4}(?:is|are|colors? is)\s+(?:a bit|a little|too|nice,? but|hard|very|kind)",
            after,
        ):
            old.append(hue)
            continue
        modifier = (match[1] or "").removesuffix("er") if match[1] not in {"deeper"} else "deep"
        plural = plural or bool(match[3])
        new.append(_NAMED.get((modifier, hue), _PLAIN.get(hue, hue)))
        hues.append(hue)
    scheme = next(
        (
            _SCHEMES[w]
            for w in re.findall(r"[a-z]+\d*[bc]?", text)
            if w in _SCHEMES and not _is_hue_plural(w, text)
        ),
        None,
    )
    if re.search(r"\btableau\s?20\b", text):
        scheme = "tableau20"
    shades = bool(
        plural
        or re.search(
            r"\b(?:shades?|tones?|gradient|gradation|intensity|monochrom\w+|family|hues?) ?", text
        )
    )
    kind = ""
    if re.search(
        r"\b(?:muted|pastel|soft|subtle|softer|easier on the eyes|gentle|calm\w*)\b", text
    ):
        kind = "muted"
    elif re.search(
        r"\b(?:vibrant|vivid|bright\w*|distinct\w*|colorful|colourful|pops?|nicer|better|different|appealing|new|"
        r"lively|bold|modern|engaging|categorical|custom|palette|scheme)\b",
        text,
    ):
        kind = "vivid"
    return Colours(tuple(new), tuple(hues), tuple(old), scheme, shades, kind)


def _is_hue_plural(word: str, text: str) -> bool:
    """``blues`` in running text means the hue unless a scheme is named."""
    return word.rstrip("s") in _HUES and f"{word} scheme" not in text and f"'{word}'" not in text
