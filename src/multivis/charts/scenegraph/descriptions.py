"""What an item says of itself: its accessible description, and the datum written behind it."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["FIELD", "PART", "decode_description", "parse_description"]

FIELD = "\u001f"  # between fields of a datum
PART = "\u001e"  # between name and value; twice between the description and the datum


def decode_description(text: Any) -> tuple[str, dict[str, Any]]:
    """Split what an item says into its description and its datum."""
    if not isinstance(text, str) or PART * 2 not in text:
        return ("" if text is None or isinstance(text, dict) else str(text)), {}
    said, _, rest = text.partition(PART * 2)
    datum: dict[str, Any] = {}
    for part in rest.split(FIELD):
        name, separator, value = part.partition(PART)
        if separator and value:
            datum[name] = _typed(value[0], value[1:])
    return said, datum


def _typed(tag: str, text: str) -> Any:
    """A value from its type tag and text."""
    if tag == "n":
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if tag == "d":
        milliseconds = float(text)
        if math.isnan(milliseconds):
            return None
        try:
            return datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(
                milliseconds=milliseconds
            )
        except OverflowError:
            return None
    if tag == "b":
        return text == "true"
    return text if tag == "s" else None


def parse_description(text: str) -> dict[str, Any]:
    """Read ``"Population: 1000; GNP: −1,255.96; Continent: Europe"`` as title → value.

    Numbers are parsed, with the unicode minus and thousands separators; anything else stays
    text. A part with no colon belongs to the value before it.
    """
    values: dict[str, Any] = {}
    last = None
    for part in text.split("; "):
        title, separator, value = part.partition(": ")
        if not separator:
            if last is not None:
                values[last] = f"{values[last]}; {part}"
            continue
        values[title] = _number_or_text(value)
        last = title
    return values


def _number_or_text(text: str) -> Any:
    """A number when the text is one, else the text; ``"null"`` is None."""
    if text == "null":
        return None
    plain = text.replace("\u2212", "-")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d+)?|-?\d+(\.\d+)?(e[+-]?\d+)?", plain):
        number = float(plain.replace(",", ""))
        return int(number) if number.is_integer() and "." not in plain else number
    return text
