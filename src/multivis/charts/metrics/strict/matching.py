"""F1 of multisets, of values with a tolerance, and of things that are more or less alike."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

__all__ = ["canonical", "close", "multiset_f1", "row_overlap", "soft_f1"]

T = TypeVar("T")

_RELATIVE = 1e-4
_ABSOLUTE = 0.005
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?Z?)?")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)

Row = tuple[Any, ...]


def multiset_f1(mine: Iterable[Hashable], other: Iterable[Hashable]) -> float:
    """F1 of two multisets; two empty ones agree."""
    a, b = Counter(mine), Counter(other)
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 1.0


def soft_f1(mine: Sequence[T], other: Sequence[T], similarity: Callable[[T, T], float]) -> float:
    """F1 where a pair counts by its similarity (0 to 1); pairs are chosen best first."""
    if not mine and not other:
        return 1.0
    scored = sorted(
        (
            (-similarity(a, b), abs(i - j), i, j)
            for i, a in enumerate(mine)
            for j, b in enumerate(other)
        ),
    )
    used: tuple[set[int], set[int]] = (set(), set())
    total = 0.0
    for score, _, i, j in scored:
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            total -= score
    return 2 * total / (len(mine) + len(other))


def canonical(value: Any) -> Any:
    """A value such that equal meanings compare equal: 1, 1.0 and "1"; a date and its text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return None if math.isnan(value) else float(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day).isoformat()
    if isinstance(value, (list, dict)):
        return repr(value)
    text = str(value).strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    if _DATE.fullmatch(text):
        padded = text.rstrip("Z").replace(" ", "T")
        try:
            return datetime.fromisoformat(padded if len(padded) > 7 else f"{padded}-01").isoformat()
        except ValueError:
            return text.casefold()
    return text.casefold()


def close(a: float, b: float) -> bool:
    """Whether two numbers are the same up to rounding to four digits or two decimals."""
    size = max(abs(a), abs(b))
    return abs(a - b) <= max(_RELATIVE * size, min(_ABSOLUTE, 0.05 * size))


def row_overlap(mine: Sequence[Row], other: Sequence[Row]) -> int:
    """How many rows two multisets share; numbers compare by `close`, the rest by equality."""
    left, right = Counter(mine), Counter(other)
    common = left & right
    shared = common.total()
    rest: dict[Row, list[tuple[float, ...]]] = defaultdict(list)
    for row in (right - common).elements():
        rest[_words(row)].append(_numbers(row))
    for numbers in rest.values():
        numbers.sort()
    for row in (left - common).elements():
        waiting = rest.get(_words(row))
        if waiting and _take(waiting, _numbers(row)):
            shared += 1
    return shared


def _words(row: Row) -> Row:
    """What must be equal: everything but the numbers, which leave their place."""
    return tuple("#" if isinstance(value, float) else value for value in row)


def _numbers(row: Row) -> tuple[float, ...]:
    return tuple(value for value in row if isinstance(value, float))


def _take(waiting: list[tuple[float, ...]], numbers: tuple[float, ...]) -> bool:
    """Take the first close row out of a sorted list."""
    if not numbers:
        waiting.pop()
        return True
    first = numbers[0]
    slack = max(_RELATIVE * abs(first), min(_ABSOLUTE, 0.06 * abs(first)))
    at = bisect_left(waiting, (first - 2 * slack,))
    while at < len(waiting) and waiting[at][0] <= first + 2 * slack:
        if all(close(a, b) for a, b in zip(waiting[at], numbers, strict=True)):
            waiting.pop(at)
            return True
        at += 1
    return False
