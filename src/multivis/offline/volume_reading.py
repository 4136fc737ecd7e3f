"""Reading a request for a volume: what is to be drawn, and how the scene is to look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from multivis.offline.volume_words import (
    FEATURES,
    KINDS,
    NUMBER,
    Span,
    blank,
    color_in,
    named_color,
    to_number,
    view_in,
)

__all__ = ["Item", "Reading", "SceneWords", "read_request", "read_scene"]


@dataclass(frozen=True)
class Item:
    """One thing that is to be drawn, with the words that say how.

    Attributes:
        kind: ``"feature"``, or a kind of `KINDS`.
        features: Features that the words name.
        text: The words.
    """

    kind: str
    features: tuple[str, ...] = ()
    text: str = ""


@dataclass
class SceneWords:
    """How the scene is to look; what is not said is None."""

    view: str | None = None
    zoom: float | None = None
    orbit: float | None = None
    elevation: float | None = None
    background: str | None = None
    title: str | None = None
    size: tuple[int, int] | None = None
    scalar_bar: bool | None = None
    outline: bool | None = None
    time: int | str | None = None
    film: dict[str, Any] | None = None

    @property
    def camera(self) -> dict[str, Any]:
        """Arguments of `camera`."""
        told = {
            "view": self.view,
            "zoom": self.zoom,
            "orbit": self.orbit,
            "elevation": self.elevation,
        }
        return {name: value for name, value in told.items() if value is not None}


@dataclass
class Reading:
    """What a request says.

    Attributes:
        items: What is to be drawn, in the order in which it is named.
        scene: How the scene is to look.
        rest: The words that are left when the scene's are taken away.
        unknown: A noun that is asked for and that no list knows.
    """

    items: list[Item] = field(default_factory=list)
    scene: SceneWords = field(default_factory=SceneWords)
    rest: str = ""
    unknown: str = ""


# ── the scene ───────────────────────────────────────────────────────────────────────────────


def read_scene(text: str) -> tuple[SceneWords, str]:
    """The scene's words, and the text without them. Case is kept in the title alone."""
    scene = SceneWords()
    title = re.search(
        r"(?:\btitled?|\bcaptioned|\bwith the title|\bheading)\s*(?:it|is|to|of|=|:)?\s*"
        r"[\"'“‘]([^\"'”’]{1,200})[\"'”’]",
        text,
        re.IGNORECASE,
    )
    if title:
        scene.title = title.group(1)
        text = blank(text, [title.span()])
    text = text.lower()
    for read in (_background, _furniture, _film, _time, _size, _camera):
        text = read(scene, text)
    return scene, text


def _background(scene: SceneWords, text: str) -> str:
    named = re.search(
        r"(?:\b(?:on|against|with|and|use|in front of)\s+)?(?:an? |the )?"
        r"(?P<one>[a-z#0-9]+(?: (?:blue|gr[ae]y|green|red))?) background"
        r"|background(?: colou?r)?(?: (?:to|is|in|be|of))*\s*=?\s*(?P<two>#?[a-z0-9]+)"
        r"|\bon (?P<three>black|white|gr[ae]y|dark)\b(?! colou?r)",
        text,
    )
    if named is None:
        return text
    word = next(group for group in named.groups() if group)
    color = {"dark": "#101418", "light": "#f4f5f7"}.get(word) or named_color(word)
    color = color or named_color(word.split()[-1])
    if color is None:
        return text
    scene.background = color
    return blank(text, [named.span()])


_OFF = re.compile(r"\b(?:without|no|hide|remove|drop|omit|leave out|turn off)\b")


def _furniture(scene: SceneWords, text: str) -> str:
    spans: list[Span] = []
    lead = (
        r"(?:\b(?:with(?:out)?|and|no|hide|show|add|remove|drop|omit|leave out|turn o(?:n|ff))\s+)?"
        r"(?:an? |the |its |any )?"
    )
    for name, words in (
        ("scalar_bar", r"scalar ?bar|colou?r ?bar|colou?r scale|(?:colou?r )?legend"),
        ("outline", r"outline|(?:bounding |outline )box|\bbox\b"),
    ):
        match = re.search(rf"{lead}(?:{words})", text)
        if match:
            setattr(scene, name, _OFF.search(match.group()) is None)
            spans.append(match.span())
    return blank(text, spans)


def _film(scene: SceneWords, text: str) -> str:
    word = re.search(
        r"\b(?:films?|movies?|videos?|animat\w+|gif|flip[- ]?book|sweep\w*"
        r"|over (?:the )?time(?: steps?)?|through (?:the )?time(?: steps?)?|orbit\w*"
        r"|turn(?:ing|s)? around|rotat(?:e|ing|es) around|spin(?:ning)?|turntable)\b",
        text,
    )
    degrees = re.search(rf"\b(?:orbit|turn|rotate)\w*\D{{0,20}}({NUMBER})\s*(?:°|degrees?)", text)
    if word is None or (degrees and not re.search(r"film|movie|video|animat|gif", text)):
        return text
    film: dict[str, Any] = {}
    frames = re.search(r"(\d+)[- ]?(?:frames?|pictures?|images?|views?)\b", text)
    if frames:
        film["frames"] = int(frames.group(1))
    swept = re.search(
        rf"(?:isovalues?|iso)\s*(?:from|between)?\s*({NUMBER})\s*(?:to|and|–|-)\s*({NUMBER})", text
    )
    if swept or re.search(r"(?:sweep\w*|through|over|across) (?:the )?iso-?values?", text):
        film["over"] = "isovalue"
        if swept:
            film["minimum"], film["maximum"] = map(to_number, swept.groups())
    elif re.search(r"orbit|around|spin|turntable|rotat", text):
        film["over"] = "orbit"
    else:
        film["over"] = "time"
    scene.film = film
    gone = [match.span() for match in (word, frames, swept) if match]
    more = re.findall(
        r"\b(?:as |make |into )?(?:an? )?(?:films?|movies?|videos?|animations?|gif)\b"
        r"|\bof (?:the )?(?:time steps|all time steps)\b|\bover (?:the )?time(?: steps?)?\b",
        text,
    )
    text = blank(text, gone)
    for phrase in more:
        text = text.replace(phrase, " " * len(phrase), 1)
    return text


def _time(scene: SceneWords, text: str) -> str:
    match = re.search(
        r"\b(?:at|for|of|to|in)?\s*(?:the )?(?:time ?step|time|step)\s*(?:=|number|no\.?|is|to)?\s*"
        r"(?P<number>\d+)\b"
        r"|\b(?:at|for|of|to|in)?\s*(?:the )?(?P<word>first|last|final|next|previous) "
        r"(?:time ?step|time|step|state)\b",
        text,
    )
    if match is None:
        return text
    number = match.group("number")
    scene.time = int(number) if number is not None else match.group("word").replace("final", "last")
    return blank(text, [match.span()])


def _size(scene: SceneWords, text: str) -> str:
    match = re.search(r"\b(\d{2,4})\s*[x×]\s*(\d{2,4})(?:\s*(?:pixels?|px))?\b", text)
    if match is None:
        return text
    scene.size = (int(match.group(1)), int(match.group(2)))
    return blank(text, [match.span()])


def _camera(scene: SceneWords, text: str) -> str:
    spans: list[Span] = []
    zoom = re.search(
        rf"\bzoom(?:ed)?(?: it)?(?: in| out)?(?: (?:to|by|of))?\s*(?P<factor>{NUMBER})?\s*"
        r"(?P<times>x|times|fold|%)?|\b(?P<closer>closer|nearer|farther|further away)\b",
        text,
    )
    if zoom:
        scene.zoom = _zoom(zoom)
        spans.append(zoom.span())
    turned = re.search(
        rf"\b(?P<verb>orbit|turn|rotate|tilt|raise)\w*(?: (?:it|the (?:view|camera|head|object)))?"
        rf"(?P<way>[a-z ]{{0,24}}?)(?P<angle>{NUMBER})\s*(?:°|degrees?)(?P<after>[a-z ]{{0,24}})",
        text,
    )
    if turned:
        angle = to_number(turned.group("angle"))
        way = turned.group("way") + turned.group("after")
        upwards = turned.group("verb") in {"tilt", "raise"} or "up" in way or "down" in way
        sign = -1.0 if re.search(r"\bdown|\bleft|\bclockwise", way) else 1.0
        if upwards:
            scene.elevation = max(-89.0, min(89.0, sign * angle))
        else:
            scene.orbit = max(-360.0, min(360.0, sign * angle))
        spans.append(turned.span())
    text = blank(text, spans)
    view = view_in(text)
    if view is not None and not re.search(r"(?:cut|clip)[a-z ]{0,12}$", text[: view[1][0]]):
        scene.view = view[0]
        text = blank(text, [view[1]])
    return text


def _zoom(match: re.Match[str]) -> float:
    """The zoom factor that words or a number say."""
    words = match.group()
    outwards = re.search(r"\bout\b|farther|further", words) is not None
    if match.group("factor") is None:
        return 0.67 if outwards else 1.6
    factor = to_number(match.group("factor"))
    if match.group("times") == "%":
        factor /= 100.0
    factor = 1.0 / factor if outwards and factor > 1.0 else factor
    return min(max(factor, 0.1), 20.0)


# ── what is drawn ───────────────────────────────────────────────────────────────────────────

_SEPARATORS = re.compile(
    r"[,;:]\s+|\.\s+|\s+(?:and|with|plus|inside|within|behind|through|over|but|then|while"
    r"|as well as|together with|on top of|beneath|under|also)\s+(?:also |then )?"
)
_KIND_PATTERNS = tuple((kind, re.compile(rf"\b(?:{words})")) for kind, words in KINDS)
_FEATURE_PATTERN = re.compile(
    r"\b(?:" + "|".join(re.escape(name).replace(r"\ ", r"[ -]") for name in FEATURES) + r")\b"
)


def read_request(question: str, variables: Sequence[str] = ()) -> Reading:
    """Read a request.

    Args:
        question: As it was asked.
        variables: Names of the volume's variables: they are not taken for features.
    """
    scene, rest = read_scene(f" {question.strip()} ")
    reading = Reading(scene=scene, rest=rest)
    for fragment in _fragments(rest, variables):
        reading.items += _items_of(fragment, variables)
    reading.items = _merged(reading.items)
    if not reading.items:
        reading.unknown = _unknown_noun(rest, variables)
    return reading


def _found(text: str, variables: Sequence[str]) -> tuple[list[str], list[str]]:
    """Kinds and features that a text names."""
    kinds = []
    left = text
    for kind, pattern in _KIND_PATTERNS:
        match = pattern.search(left)
        if match:
            kinds.append(kind)
            left = blank(left, [match.span()])
    taken = {name.lower() for name in variables}
    features = [m.group().replace("-", " ") for m in _FEATURE_PATTERN.finditer(left)]
    return kinds, [name for name in dict.fromkeys(features) if name not in taken]


def _fragments(text: str, variables: Sequence[str]) -> list[str]:
    """Pieces that each name something; pieces that only say how join the one before them."""
    pieces: list[str] = []
    start = 0
    cuts = [match.span() for match in _SEPARATORS.finditer(text)]
    for begin, end in [*cuts, (len(text), len(text))]:
        pieces.append(text[start:begin])
        start = end
    joined: list[str] = []
    waiting = ""
    for piece in pieces:
        if any(_found(piece, variables)):
            joined.append(f"{waiting} {piece}".strip())
            waiting = ""
        elif joined:
            joined[-1] = f"{joined[-1]}, {piece.strip()}" if piece.strip() else joined[-1]
        else:
            waiting = f"{waiting} {piece}".strip()
    return joined


def _items_of(text: str, variables: Sequence[str]) -> list[Item]:
    """The things that one piece names."""
    kinds, features = _found(text, variables)
    if "reconstruct" in kinds:
        return [Item("reconstruct", text=text)]
    if not kinds or kinds == ["isosurface"]:
        if features:
            return [Item("feature", (name,), text) for name in features]
        return [Item("isosurface", text=text)] if kinds else []
    chosen = [kind for kind in kinds if kind != "isosurface" or len(kinds) == 1]
    if "points" in chosen and len(chosen) > 1:
        chosen.remove("points")
    return [Item(kind, tuple(features), text) for kind in chosen]


def _merged(items: Sequence[Item]) -> list[Item]:
    """Features that are named twice are one, with the words of both."""
    merged: list[Item] = []
    for item in items:
        for index, other in enumerate(merged):
            if item.kind == "feature" == other.kind and item.features == other.features:
                merged[index] = replace(other, text=f"{other.text}, {item.text}")
                break
        else:
            merged.append(item)
    return merged


_ASKED = re.compile(
    r"\b(?:show|display|see|highlight|visuali[sz]e|render|draw|extract|find|where (?:is|are)"
    r"|isolate|add|plot)(?: me| us)?(?: only| just)?(?: the| an?| its| all)?\s+"
    r"(?P<noun>[a-z][a-z -]{2,60})"
)
_GENERAL_TEXT = """
volume data dataset it this that file everything whole object scene picture image something
overview scan all structure interesting
"""
_GENERAL = frozenset(_GENERAL_TEXT.split())


def _unknown_noun(text: str, variables: Sequence[str]) -> str:
    """The noun that is asked for, when it is not a general word for the data."""
    match = _ASKED.search(text)
    if match is None:
        return ""
    phrase = re.split(r"\b(?:in|from|of|on|at|as|for|to)\b", match.group("noun"))[0]
    found = color_in(phrase)
    if found is not None:
        phrase = blank(phrase, [found[1]])
    words = [
        word
        for word in phrase.split()
        if word not in {"half", "semi", "transparent", "opaque", "translucent", "the", "a"}
    ]
    names = {name.lower() for name in variables}
    if not words or words[-1] in _GENERAL or " ".join(words) in names or words[-1] in names:
        return ""
    return " ".join(words[:4])
