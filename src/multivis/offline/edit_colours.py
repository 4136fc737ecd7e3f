"""The colours and colour schemes that a clause names."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Colours", "colours_in"]

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
    ("strong", "blue"): "royalblue", ("bright", "blue"): "dodgerblue",
    ("nice", "blue"): "steelblue",
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
    ("blue", "teal"): "tealblues", ("teal", "blue"): "tealblues",
    ("green", "yellow"): "yellowgreen",
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

#: Words before a colour that send it away: "instead of the red", "from dark blue to …".
_OLD = re.compile(
    r"(?:instead of|rather than|replac(?:e|ing)|away from|remove|not|than just|from|than|no more)"
    r"(?:\s+(?:the|just|all|being|using|plain|same|current|default|only|a|my|this|of|in|having"
    r"|bright))*\s*$"
)
_CHANGED = re.compile(
    r"\b(?:chang\w+|turn\w*|switch\w*|convert\w*|replac\w+)(?:\s+(?:the|my|all|this|that|those"
    r"|any))*\s*$"
)
_DISLIKED = re.compile(
    r"\s*(?:\w+\s+){0,4}(?:is|are|looks?|seems?|feels?)\s+(?:(?:a bit|a little|too|very|kind "
    r"of|rather|quite|so)\s+)*"
    r"(?:harsh|strong|bright|plain|dark|dull|boring|bland|intense|muted|pale|light|nice,? but"
    r"|okay,? but|fine,? but)"
)
_MEANING = re.compile(r"\s+(?:\w+\s+){0,2}?(?:means?|indicates?|represents?|stands? for|being)\b")
_KEPT = re.compile(r"\b(?:keep\w*|maintain\w*|retain\w*)(?:\s+(?:the|that|it))*\s*$")


def colours_in(text: str) -> Colours:
    """The colours that `text` (lower case) names."""
    new: list[str] = []
    hues: list[str] = []
    old: list[str] = []
    plural = False
    last_end, last_old = -2, False
    for match in _COLOUR.finditer(text):
        if match[4]:
            new.append(match[4])
            hues.append(match[4])
            continue
        hue = match[2]
        before, after = text[: match.start()], text[match.end() :]
        between = text[last_end : match.start()]
        joined = between == " "  # "teal blue" is one colour
        last_end = match.end()
        if joined:
            continue
        if _KEPT.search(before):
            continue
        gone = bool(_OLD.search(before)) or bool(_DISLIKED.match(after))
        gone = gone or bool(
            _CHANGED.search(before) and re.search(r"\b(?:to|into|with|by)\b", after)
        )
        gone = gone or bool(
            last_old and re.fullmatch(r".*\band\s+(?:the\s+)?", before[-9:]) and hue not in after
        )
        # "instead of the pink-yellow-green one" sends all three away
        gone = gone or (last_old and re.fullmatch(r"\s*[-/]\s*(?:to\s*-\s*)?", between) is not None)
        last_old = gone
        if new and _MEANING.match(after):
            continue  # "a blue gradient where darker blue means more" names one hue
        if gone:
            old.append(hue)
            continue
        modifier = {"deeper": "deep"}.get(match[1] or "", (match[1] or "").removesuffix("er"))
        plural = plural or bool(match[3])
        new.append(_NAMED.get((modifier, hue), _PLAIN.get(hue, hue)))
        hues.append(hue)
    return Colours(
        tuple(new),
        tuple(hues),
        tuple(old),
        _named_scheme(text),
        _shades(text, plural),
        _manner(text),
    )


def _named_scheme(text: str) -> str | None:
    """A Vega scheme that is named outright."""
    if re.search(r"\btableau\s?20\b", text):
        return "tableau20"
    for word in re.findall(r"[a-z]+\d*[bc]?", text):
        if word in _SCHEMES and not _is_hue_plural(word, text):
            return _SCHEMES[word]
    return None


def _shades(text: str, plural: bool) -> bool:
    """Whether a range of one hue is meant."""
    words = r"\b(?:shades?|tones?|gradient|gradation|intensity|monochrom\w+|family|hues?|range)\b"
    return plural or re.search(words, text) is not None


def _manner(text: str) -> str:
    """``"vivid"``, ``"muted"`` or an empty string."""
    if re.search(
        r"\b(?:muted|pastel|soft\w*|subtle|easier on the eyes|gentle|calm\w*)\b", text
    ) and not re.search(r"\b(?:vibrant|vivid)\b", text):
        return "muted"
    vivid = (
        r"\b(?:vibrant|vivid|bright\w*|distinct\w*|colou?rful|pops?|nicer|better|different"
        r"|appealing|new|lively|bold|"
        r"modern|engaging|categorical|custom|palette|scheme|stand out)\b"
    )
    return "vivid" if re.search(vivid, text) else ""


def _is_hue_plural(word: str, text: str) -> bool:
    """``blues`` in running text means the hue unless a scheme is named."""
    return word.rstrip("s") in _HUES and f"{word} scheme" not in text and f"'{word}'" not in text
