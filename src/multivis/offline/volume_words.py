"""Words of requests for volumes: colours, opacities, numbers, views, planes, kinds of drawing.

Everything here reads one piece of text and gives plain values; nothing knows of tools.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = [
    "COLOR_MAPS",
    "FEATURES",
    "KINDS",
    "SIDE_AXES",
    "Span",
    "blank",
    "color_in",
    "color_map_in",
    "named_color",
    "number_list",
    "opacity_in",
    "plane_in",
    "to_number",
    "view_in",
]

Span = tuple[int, int]
NUMBER = r"(?:[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?|[-−+]?\.\d+)"

COLOR_MAPS = {
    "viridis": "viridis",
    "inferno": "inferno",
    "cool-warm": "cool-warm",
    "coolwarm": "cool-warm",
    "cool warm": "cool-warm",
    "cool to warm": "cool-warm",
    "diverging": "cool-warm",
    "grayscale": "gray",
    "greyscale": "gray",
    "gray scale": "gray",
    "grey scale": "gray",
    "shades of grey": "gray",
    "shades of gray": "gray",
    "turbo": "turbo",
    "rainbow": "rainbow",
    "jet": "rainbow",
}

#: Colours that are said of volumes and that CSS does not know, or knows otherwise.
_OWN_COLORS = {
    "bone": "#e8dcc4",
    "bone white": "#f1ead8",
    "bone coloured": "#e8dcc4",
    "bone colored": "#e8dcc4",
    "skin coloured": "#e0ac86",
    "skin colored": "#e0ac86",
    "flesh": "#e0ac86",
    "cream": "#fff3d6",
    "light blue": "#8ab8de",
    "dark blue": "#1f3f7a",
    "light green": "#8fc98b",
    "dark green": "#1f5f2f",
    "light red": "#e58a83",
    "dark red": "#8b1a1a",
    "light grey": "#cfcfcf",
    "light gray": "#cfcfcf",
    "dark grey": "#5a5a5a",
    "dark gray": "#5a5a5a",
    "red": "#d03b33",
    "green": "#3f9b4b",
    "blue": "#3b6fb6",
    "yellow": "#e8c530",
}
#: CSS names that mean something else in a request for a volume.
_NOT_COLORS = frozenset({"tan", "snow", "linen", "peru", "plum", "wheat", "seashell", "salmon"})

FEATURES_TEXT = """
soft tissue|skull|bones|bone|skin|brain|nose|face|head|teeth|tooth|jaw|mandible|muscles|muscle|fat
eyes|eye|ears|ear|spine|ribs|rib cage|lungs|lung|airways|airway|sinuses|sinus|air|vessels|vessel
blood|liver|kidneys|kidney|heart|tumour|tumor|ventricles|grey matter|gray matter|white matter
cortex|scalp|water plume|plume|water jet|jet|splash|asteroid|crater|shock wave|shock|vortex core
flame|cloud|storm|eye of the storm|hurricane|metal|implant|plastic|contrast agent|cartilage|tissue
"""
FEATURES = tuple(
    sorted(
        {name.strip() for name in re.split(r"[|\n]", FEATURES_TEXT) if name.strip()},
        key=lambda name: (-len(name), name),
    )
)

#: What is drawn, by the words that ask for it; the first that matches at a place is meant.
KINDS: tuple[tuple[str, str], ...] = (
    ("histogram", r"histograms?|distribution of"),
    (
        "volume",
        r"volume[- ]?render(?:ing|ed)?|direct volume rendering|ray[- ]?cast(?:ing|ed)?"
        r"|transfer functions?|as (?:a )?(?:volume|fog|cloud)",
    ),
    ("contour", r"contour[- ]?lines?|iso[- ]?lines?|contours?(?! surface)|isocontours?"),
    (
        "isosurface",
        r"iso[- ]?surfaces?|level sets?|contour surfaces?|surface (?=where)|iso[- ]?value",
    ),
    ("streamlines", r"stream[- ]?lines?|flow[- ]?lines?|field[- ]?lines?|path of the flow"),
    ("glyphs", r"glyphs?|arrows?|vectors?(?= (?:plot|field|as))|hedgehogs?|quivers?"),
    (
        "threshold",
        r"thresholds?(?:ed|ing)?|(?:cells|voxels|values|region) (?=between|above|below|from)",
    ),
    (
        "reconstruct",
        r"reconstruct(?:ed|ion)?|surface (?:from|of|through) (?:the )?(?:points?|point cloud)"
        r"|points? (?:in)?to (?:a )?surface",
    ),
    ("surface", r"outer surface|boundary surface|surface of the (?:mesh|grid|cells)|hull"),
    ("points", r"point[- ]?clouds?|(?:the )?points(?= as|$| colou?red)|scatter"),
    (
        "clip",
        r"cut(?:ting)? away|clip(?:ped|ping)?|cut(?:ting)? off|cut(?:ting)? (?:it |them )?in half"
        r"|cut(?:ting)? (?:it |them )?open|remov(?:e|ing) the (?=(?:front|back|left|right|top"
        r"|bottom|upper|lower) (?:half|part|side))|open (?:it )?up",
    ),
    (
        "slice",
        r"slices?|cross[- ]?sections?|cut(?:ting)? planes?|cutting[- ]?plane|section plane"
        r"|(?:axial|coronal|sagittal|transversal) (?:plane|view|section|cut)s?",
    ),
    ("outline", r"bounding box"),
)


def blank(text: str, spans: list[Span]) -> str:
    """The text with spans replaced by blanks of the same length."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


# ── colours ─────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1)
def _colors() -> dict[str, str]:
    from PIL import ImageColor

    # Pillow puts numbers in the place of the codes that were asked for before
    known = {
        name: "#{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(name)[:3])
        for name in list(ImageColor.colormap)
        if name not in _NOT_COLORS
    }
    return {**known, **_OWN_COLORS}


@lru_cache(maxsize=1)
def _color_pattern() -> re.Pattern[str]:
    names = sorted(_colors(), key=len, reverse=True)
    words = "|".join(re.escape(name).replace(r"\ ", r"[ -]") for name in names if name != "bone")
    return re.compile(rf"#[0-9a-f]{{6}}\b|\b(?:{words})(?:ish)?\b", re.IGNORECASE)


def named_color(name: str) -> str | None:
    """A colour as ``#rrggbb`` from its name or its code."""
    wanted = name.lower().replace("-", " ").removesuffix("ish")
    if re.fullmatch(r"#[0-9a-f]{6}", wanted):
        return wanted
    return _colors().get(wanted) or _colors().get(wanted.replace(" ", ""))


def color_in(text: str) -> tuple[str, Span] | None:
    """The first colour in a text, with where it stands."""
    found: list[tuple[str, Span]] = []
    for match in re.finditer(r"\b([a-z]+)[ -](?=([a-z]+))", text):
        one, two = match.groups()
        color = _OWN_COLORS.get(f"{one} {two}") or _colors().get(one + two)
        if color is not None:  # "steel blue" is CSS's steelblue
            found.append((color, (match.start(), match.end() + len(two))))
            break
    for match in _color_pattern().finditer(text):
        color = named_color(match.group())
        if color is not None and not re.match(r"\s*(?:matter|scale)", text[match.end() :]):
            found.append((color, match.span()))
            break
    return min(found, key=lambda item: (item[1][0], -item[1][1]), default=None)


def color_map_in(text: str) -> tuple[str, Span] | None:
    """A colour map that is named, with where it stands."""
    for name, known in COLOR_MAPS.items():
        match = re.search(rf"\b{re.escape(name)}\b(?: colou?r ?(?:map|scale))?", text)
        if match and not (name == "jet" and not re.search(r"jet colou?r|colou?r ?map", text)):
            return known, match.span()
    match = re.search(r"\b(gr[ae]y|bone) colou?r ?(?:map|scale)|colou?r ?map (gr[ae]y|bone)", text)
    if match:
        return ("bone" if "bone" in match.group() else "gray"), match.span()
    return None


# ── opacity ─────────────────────────────────────────────────────────────────────────────────

_OPACITIES: tuple[tuple[str, float], ...] = (
    (r"(?:almost|nearly|barely) (?:invisible|fully transparent)|ghost(?:ly|ed)?", 0.12),
    (r"(?:very|highly|mostly|almost|strongly|nearly) (?:transparent|see[- ]through)", 0.15),
    (r"(?:half|semi)[- ]?(?:transparent|translucent|opaque|see[- ]through)", 0.5),
    (r"(?:slightly|a bit|a little) (?:transparent|translucent)", 0.75),
    (r"(?:fully |completely )?opaque|solid|not transparent|no transparency", 1.0),
    (r"translucent|see[- ]through|transparent", 0.3),
)


def opacity_in(text: str) -> tuple[float, Span] | None:
    """The opacity that a text asks for, 0 to 1, with where it stands."""
    match = re.search(
        rf"(?P<number>{NUMBER})\s*(?:%|percent|per cent)\s*(?:of )?(?P<word>opaque|opacity"
        r"|transparent|transparency|translucent)",
        text,
    ) or re.search(
        rf"(?P<word>opacity|transparency|alpha)(?: (?:of|to|at|is|be))*\s*=?\s*"
        rf"(?P<number>{NUMBER})\s*(?P<sign>%|percent|per cent)?",
        text,
    )
    if match:
        value = to_number(match.group("number"))
        percent = "sign" not in match.groupdict() or match.group("sign") is not None
        if percent or value > 1.0:
            value /= 100.0
        if match.group("word").startswith("transp") or match.group("word") == "translucent":
            value = 1.0 - value
        return round(min(max(value, 0.0), 1.0), 4), match.span()
    for pattern, value in _OPACITIES:
        found = re.search(rf"\b(?:{pattern})\b", text)
        if found:
            return value, found.span()
    return None


# ── numbers ─────────────────────────────────────────────────────────────────────────────────


def to_number(text: str) -> float:
    """A number as written, thousands separators and a typographic minus included."""
    return float(text.replace(",", "").replace("−", "-"))


def number_list(text: str) -> list[tuple[float, bool, Span]]:
    """Numbers in a text: value, whether it is a percentage, and where it stands."""
    pattern = rf"(?<![\w.#])({NUMBER})(\s*(?:%|percent|per cent))?(?![\w#])"
    return [
        (to_number(match.group(1)), bool(match.group(2)), match.span())
        for match in re.finditer(pattern, text)
    ]


# ── views ───────────────────────────────────────────────────────────────────────────────────

_SIDES = {
    "front": "front",
    "front side": "front",
    "anterior": "front",
    "back": "back",
    "behind": "back",
    "rear": "back",
    "posterior": "back",
    "left": "left",
    "left side": "left",
    "left-hand side": "left",
    "right": "right",
    "right side": "right",
    "right-hand side": "right",
    "top": "top",
    "above": "top",
    "superior": "top",
    "bottom": "bottom",
    "below": "bottom",
    "underneath": "bottom",
    "beneath": "bottom",
    "inferior": "bottom",
    "side": "left",
    "isometric": "isometric",
}
_SIDE = "|".join(sorted(map(re.escape, _SIDES), key=len, reverse=True))
_VIEWS = (
    r"(?:look(?:ing|ed)?|seen|view(?:ed|ing)?|shown?|watch(?:ed)?|camera|see it|rotated?|turned?)"
    rf"(?: (?:it|at it|them|is|to|straight))* (?:from|to|at)(?: the)? (?P<side>{_SIDE})\b",
    rf"\bfrom (?:the )?(?P<side>{_SIDE})\b",
    rf"\b(?P<side>{_SIDE})(?:[- ](?:hand|side))? (?:view|perspective)\b",
)


def view_in(text: str) -> tuple[str, Span] | None:
    """The named view that a text asks for, with where it stands."""
    for pattern in _VIEWS:
        match = re.search(pattern, text)
        if match:
            return _SIDES[match.group("side")], match.span()
    return None


# ── planes ──────────────────────────────────────────────────────────────────────────────────

_ANATOMICAL = {"axial": "z", "transversal": "z", "transverse": "z", "coronal": "y", "sagittal": "x"}
#: Sides of the data by axis: name → axis.
SIDE_AXES = {
    "front": "y",
    "back": "y",
    "rear": "y",
    "left": "x",
    "right": "x",
    "top": "z",
    "upper": "z",
    "bottom": "z",
    "lower": "z",
}


def plane_in(text: str) -> tuple[str | None, float | None, float | None]:
    """The plane that a text describes: axis, position as a part of the extent, coordinate.

    What is not said is None.
    """
    axis = None
    match = re.search(
        r"\b([xyz])[- ]?(?:axis|slices?|planes?|direction|cross[- ]?sections?|normal)\b"
        r"|\b(?:along|perpendicular to|normal to|across|in|on)(?: the)? ([xyz])\b"
        r"|\b([xyz])\s*=",
        text,
    )
    if match:
        axis = next(group for group in match.groups() if group)
    else:
        pair = re.search(r"\b(xy|yx|xz|zx|yz|zy)[- ]?planes?\b", text)
        if pair:
            axis = ({"x", "y", "z"} - set(pair.group(1))).pop()
        for word, known in _ANATOMICAL.items():
            if re.search(rf"\b{word}\b", text):
                axis = known
        if axis is None and re.search(r"\bhorizontal(?:ly)?\b", text):
            axis = "z"
        elif axis is None and re.search(r"\bvertical(?:ly)?\b", text):
            axis = "y"
    position = _position(text)
    coordinate = None
    at = re.search(
        rf"\b[xyz]\s*=\s*({NUMBER})(?!\s*(?:%|percent))|\bat ({NUMBER})\s*(?:mm|cm|m)\b", text
    )
    if at:
        coordinate = to_number(next(group for group in at.groups() if group))
        position = None
    return axis, position, coordinate


def _position(text: str) -> float | None:
    """A position as a part of the extent."""
    match = re.search(rf"\b(?:at|to|position)\s*=?\s*({NUMBER})\s*(?:%|percent|per cent)", text)
    if match:
        return min(max(to_number(match.group(1)) / 100.0, 0.0), 1.0)
    match = re.search(r"\b(?:at|to|position)\s*=?\s*(0?\.\d+|0|1(?:\.0+)?)\b(?!\s*\w)", text)
    if match:
        return float(match.group(1))
    if re.search(r"\b(?:middle|cent(?:er|re)|half|halfway|mid)\b", text):
        return 0.5
    if re.search(r"\bquarter\b", text):
        return 0.75 if "three quarter" in text else 0.25
    if re.search(r"\bthird\b", text):
        return 2 / 3 if "two third" in text else 1 / 3
    return None
