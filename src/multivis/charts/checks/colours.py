"""Colours as people name them: families of hues, and how different two colours look."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["colour_strings", "difference", "families", "rgb"]

_FAMILIES = {
    "gold": "yellow",
    "navy": "blue",
    "maroon": "red",
    "crimson": "red",
    "teal": "cyan",
    "turquoise": "cyan",
    "aqua": "cyan",
    "magenta": "purple",
    "violet": "purple",
    "indigo": "purple",
    "grey": "gray",
    "silver": "gray",
    "beige": "yellow",
    "tan": "brown",
    "salmon": "red",
    "coral": "orange",
    "lime": "green",
    "olive": "green",
    "lavender": "purple",
}
_SCHEMES = (
    "red",
    "blue",
    "green",
    "purple",
    "orange",
    "grey",
    "gray",
    "brown",
    "teal",
    "gold",
    "yellow",
    "pink",
)


def rgb(colour: str) -> tuple[int, int, int] | None:
    """Red, green, blue (0 to 255) of a CSS colour, or None."""
    from PIL import ImageColor

    text = colour.strip().lower()
    function = re.fullmatch(r"rgba?\(([\d.]+)[, ]+([\d.]+)[, ]+([\d.]+).*\)", text)
    if function:
        red, green, blue = (min(255, round(float(part))) for part in function.groups())
        return red, green, blue
    try:
        found = ImageColor.getrgb(text)
    except ValueError:
        return None
    return found[0], found[1], found[2]


def families(colour: str) -> frozenset[str]:
    """The hue families that a person would call a colour by; neighbours are both named."""
    name = re.sub(
        r"^(?:light|dark|pale|deep|medium|bright|sky|royal|steel|hot|forest)+", "", colour.lower()
    )
    named = {_FAMILIES.get(name, name)} if re.fullmatch(r"[a-z]+", name) else set()
    values = rgb(colour)
    if values is None:
        return frozenset(named)
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in values))
    found = {
        n for n in named if n in _FAMILIES.values() or n in _SCHEMES or n in {"black", "white"}
    }
    if lightness < 0.2:
        found.add("black")
    if lightness > 0.9:
        found.add("white")
    if saturation < 0.2 or lightness < 0.12 or lightness > 0.95:
        found.add("gray")
        return frozenset(found)
    degrees = hue * 360
    for name, low, high in (
        ("red", 330, 360),
        ("red", 0, 22),
        ("orange", 12, 48),
        ("yellow", 38, 72),
        ("green", 65, 170),
        ("cyan", 150, 205),
        ("blue", 185, 265),
        ("purple", 250, 330),
        ("pink", 290, 360),
        ("pink", 0, 15),
    ):
        if low <= degrees <= high:
            found.add(name)
    if lightness < 0.5 and 8 <= degrees <= 50:
        found.add("brown")
    return frozenset(found)


def scheme_families(scheme: str) -> frozenset[str]:
    """Hue families in the name of a scheme (``yellowgreenblue``)."""
    found = {name for name in _SCHEMES if name in scheme}
    return frozenset({_FAMILIES.get(name, name) for name in found})


def colour_strings(value: Any, key: str = "") -> Iterable[str]:
    """Every colour written in a specification, data left out."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if name not in {"datasets", "values", "usermeta", "title", "field", "template"}:
                yield from colour_strings(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from colour_strings(part, key)
    elif isinstance(value, str) and len(value) <= 400:
        if rgb(value) is not None:
            yield value
        elif key == "expr":
            yield from (word for word in re.findall(r"'([#\w]+)'", value) if rgb(word))


def difference(first: str, second: str) -> float:
    """How different two colours look (CIE 1976, 2 is about the least one can see)."""
    one, two = _lab(first), _lab(second)
    if one is None or two is None:
        return 100.0
    return float(sum((a - b) ** 2 for a, b in zip(one, two, strict=True)) ** 0.5)


def _lab(colour: str) -> tuple[float, float, float] | None:
    """CIE L*a*b* of a colour (D65)."""
    values = rgb(colour)
    if values is None:
        return None
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in values)
    ]
    matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.95047, 1.0, 1.08883)
    xyz = [
        sum(factor * part for factor, part in zip(row, linear, strict=True)) / light
        for row, light in zip(matrix, white, strict=True)
    ]
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)
