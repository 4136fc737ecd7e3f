"""Values that a question compares with: "above 50", "at least 1.5k", "between 10 and 20"."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Threshold", "find_threshold"]

_NUMBER = (
    r"[$€£]?(?P<NAME>-?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?)"
    r"(?P<NAME_unit>k|m|bn|b|%| ?(?:thousand|million|billion|percent))?(?![\w]|\.[0-9])"
)
_UNITS = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "b": 1e9, "billion": 1e9,
}  # fmt: skip
_AVERAGE = r"(?P<mean>(?:the |its |their )?(?:overall )?(?:average|mean))"
_FORMS = (
    (">=", r"(?:at least|no less than|not (?:below|under)|reach(?:es|ed|ing)?|>=|≥)"),
    ("<=", r"(?:at most|no more than|not (?:above|over)|<=|≤)"),
    (
        ">",
        r"(?:above|over|(?:more|greater|higher|larger|bigger) than|exceed(?:s|ed|ing)?|"
        r"surpass(?:es|ed|ing)?|past|>)",
    ),
    ("<", r"(?:below|under|(?:less|lower|smaller|fewer) than|<)"),
    ("=", r"(?:cross(?:es|ed|ing)?|hit(?:s|ting)?|pass(?:es|ed|ing)?|equal(?:s|ed|ing)?(?: to)?)"),
)
_OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}


@dataclass(frozen=True)
class Threshold:
    """What values are compared with.

    Attributes:
        text: As the question says it: ``"above 50"``.
        sign: ``>``, ``<``, ``>=``, ``<=``, ``=`` (crosses) or ``between``.
        value: The bound; NaN for the mean of the values themselves.
        upper: The upper bound of ``between``.
    """

    text: str
    sign: str
    value: float
    upper: float = math.nan

    def against(self, values: Sequence[float]) -> float:
        """The bound: its number, or the mean of some values."""
        if not math.isnan(self.value):
            return self.value
        finite = [v for v in values if math.isfinite(v)]
        return math.fsum(finite) / len(finite) if finite else math.nan

    def holds(self, value: float, bound: float) -> bool:
        """Whether a value is on the side that is asked about."""
        if self.sign == "between":
            return bound <= value <= self.upper
        return {
            ">": value > bound,
            "<": value < bound,
            ">=": value >= bound,
            "<=": value <= bound,
            "=": value == bound,
        }[self.sign]


def find_threshold(words: str, has_dates: bool) -> tuple[Threshold | None, str]:
    """A value that a question compares with, and the question without it.

    Args:
        words: The question in lower case.
        has_dates: Whether x is time, so that "over 2010 to 2015" and "past 2016" are periods.
    """
    one = _named("a")
    for sign, form in _FORMS:
        for said in re.finditer(
            rf"(?<!\w)(?P<form>{form}) (?:(?:the )?(?:value|level|mark|threshold)(?: of)? )?"
            rf"(?:{one}|{_AVERAGE})",
            words,
        ):
            if said["mean"] is None and _is_period(said, words, has_dates):
                continue
            text = said[0].strip()
            denied = re.search(r"\b(?:not|never) (?:\S+ )?$", words[: said.start()])
            if denied and sign in _OPPOSITE and "not" not in said["form"]:
                sign, text = _OPPOSITE[sign], f"not {text}"
            value = math.nan if said["mean"] else _number(said["a"], said["a_unit"])
            return Threshold(text, sign, value), _out(words, said)
    both = re.search(
        r"(?<!\w)(?:values?|worth|lie|fall|range[ds]?) (?:\w+ ){0,2}between "
        rf"{one} and {_named('b')}",
        words,
    )
    if both:
        low, high = sorted(_number(both[k], both[f"{k}_unit"]) for k in "ab")
        text = f"between {both['a']} and {both['b']}"
        return Threshold(text, "between", low, high), _out(words, both)
    return None, words


def _is_period(said: re.Match[str], words: str, has_dates: bool) -> bool:
    """Whether the number is a year after all."""
    if not has_dates or not re.fullmatch(r"[12][0-9]{3}", said["a"]) or said["a_unit"]:
        return False
    follows = re.match(r"\s*(?:-|–|—|to |until |and )", words[said.end() :])
    return said["form"] == "past" or follows is not None


def _named(name: str) -> str:
    """The pattern of a number with its unit, as groups of a name."""
    return _NUMBER.replace("NAME", name)


def _number(text: str, unit: str | None) -> float:
    return float(text.replace(",", "")) * _UNITS.get((unit or "").strip(), 1.0)


def _out(words: str, said: re.Match[str]) -> str:
    return f"{words[: said.start()]} \x01 {words[said.end() :]}"
