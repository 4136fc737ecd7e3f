"""Comparing values across SQL, pandas, JSON and Vega: tokens that are equal when values are.

A date may be ISO text in SQLite, a timestamp in Arrow, milliseconds in Vega; a number may come
back as text. `tokens` maps a value to the forms it can be recognised by.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import combinations
from typing import Any

__all__ = ["Known", "number_of", "tokens"]

Token = tuple[str, Hashable]

_DIGITS = 6  # significant digits that have to agree
_DATE = re.compile(
    r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?.*)?$"
)
_WORDED = re.compile(
    r"(?:(\d{1,2})\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})|([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4}))$"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBER = re.compile(r"[-+\u2212]?\$?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?\s?%?$|[-+]?\.\d+$")
_MOST_GROUPINGS = 40
_FEW_GROUPS = 100


def number_of(value: Any) -> float | None:
    """The value as a finite number, or None; text that is a number counts."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float | Decimal):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        plain = re.sub(r"[,$%\s]", "", value.strip().replace("\u2212", "-"))
        try:
            number = float(plain)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    return None


def significant(number: float) -> float:
    """A number rounded to six significant digits; zero stays zero."""
    return float(f"{number:.{_DIGITS}g}") + 0.0


def _milliseconds(value: Any) -> int | None:
    """A date as milliseconds since 1970 (naive UTC), or None."""
    if isinstance(value, str):
        match = _DATE.match(value.strip())
        if not match:
            return _worded_date(value.strip())
        parts = [int(part) if part else None for part in match.groups()]
        try:
            value = datetime(
                parts[0] or 1,
                parts[1] or 1,
                parts[2] or 1,
                parts[3] or 0,
                parts[4] or 0,
                parts[5] or 0,
            )
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        return None
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    milliseconds: float = (value - datetime(1970, 1, 1)) / timedelta(milliseconds=1)
    return round(milliseconds)


def _worded_date(text: str) -> int | None:
    """``13 October 2008`` or ``Oct 13, 2008`` in milliseconds, or None."""
    match = _WORDED.match(text)
    if not match:
        return None
    day, month, year = match.group(1, 2, 3) if match.group(1) else match.group(5, 4, 6)
    short = month[:3].lower()
    if short not in _MONTHS or not 1 <= int(day) <= 28 + 3 * (short != "feb"):
        return None
    try:
        return _milliseconds(datetime(int(year), _MONTHS.index(short) + 1, int(day)))
    except ValueError:
        return None


def tokens(value: Any) -> frozenset[Token]:
    """Forms that a drawn value can be recognised by; empty for null."""
    if isinstance(value, list | dict | bytes):
        return frozenset({("s", str(value))})
    if isinstance(value, float) and math.isnan(value):
        return frozenset()
    return _tokens(value, type(value).__name__)


@lru_cache(maxsize=65_536)
def _tokens(value: Any, kind: str) -> frozenset[Token]:
    if value is None:
        return frozenset()
    if isinstance(value, bool):
        return frozenset({("n", float(value)), ("s", str(value).casefold())})
    found: set[Token] = set()
    number = number_of(value)
    if number is not None:
        found.add(("n", significant(number)))
    milliseconds = _milliseconds(value)
    if milliseconds is not None:
        found.add(("t", milliseconds))
    if isinstance(value, str):
        found.add(("s", " ".join(value.split()).casefold()))
    if not found:
        found.add(("s", str(value).casefold()))
    return frozenset(found)


def _wider(value: Any) -> set[Token]:
    """Forms that a value of the result can take in a chart: a year as a date and so on."""
    found = set(tokens(value))
    number = number_of(value)
    if number is not None:
        found.add(("s", f"{number:g}"))
        for digits in (0, 1, 2, 3):
            found.add(("n", significant(round(number, digits))))
        if 1000 <= number <= 3000 and number.is_integer():
            found.add(("t", _milliseconds(date(int(number), 1, 1))))
    milliseconds = _milliseconds(value)
    if milliseconds is not None:
        found.add(("n", significant(milliseconds)))
        moment = datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)
        for part in (
            moment.year,
            moment.month,
            moment.day,
            moment.hour,
            moment.isoweekday(),
            moment.weekday(),
            (moment.month - 1) // 3 + 1,
        ):
            found.add(("n", float(part)))
        for pattern in ("%Y", "%Y-%m", "%Y-%m-%d", "%B", "%b", "%A", "%a", "%b %Y", "%B %Y"):
            found.add(("s", moment.strftime(pattern).casefold()))
        for start in (
            moment.replace(hour=0, minute=0, second=0, microsecond=0),
            moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
            moment.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0),
        ):
            found.add(("t", _milliseconds(start)))
    return found


@dataclass
class Known:
    """The values that a result holds, and those that follow from it by simple sums.

    Attributes:
        rows: The result's rows.
    """

    rows: Sequence[Mapping[str, Any]]
    _columns: dict[str, set[Token]] = field(default_factory=dict, repr=False)
    _plain: dict[str, set[Token]] = field(default_factory=dict, repr=False)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The column names."""
        return tuple(self.rows[0]) if self.rows else ()

    def holds(self, name: str, value: Any) -> bool:
        """Whether a column holds a value, in any form; null is held by every column."""
        forms = tokens(value)
        if not forms:
            return True
        if name not in self._plain:
            found: set[Token] = set()
            for row in self.rows:
                found |= tokens(row.get(name))
            self._plain[name] = found
        # the wider forms are many and slow to make: only where the plain ones do not do
        return bool(forms & self._plain[name] or forms & self.column(name))

    def column(self, name: str) -> set[Token]:
        """Wider forms of the values of one column: a year as a date and so on."""
        if name not in self._columns:
            values = {repr(row.get(name)): row.get(name) for row in self.rows}
            found: set[Token] = set()
            for value in values.values():
                found |= _wider(value)
            self._columns[name] = found
        return self._columns[name]

    @cached_property
    def everything(self) -> set[Token]:
        """Forms of all values and column names."""
        found: set[Token] = set()
        for name in self.names:
            found |= self.column(name)
            found |= tokens(name)
        return found

    @cached_property
    def derived(self) -> Any:
        """Sorted numbers that follow by sums, means and the like: over all rows and by groups."""
        import numpy as np

        codes = {name: self._codes(name) for name in self.names}
        few = [name for name in self.names if codes[name].max(initial=0) < _FEW_GROUPS]
        groupings: list[tuple[str, ...]] = [(), *((name,) for name in self.names)]
        groupings += list(combinations(few, 2))
        numbers = {
            name: column for name in self.names if np.isfinite(column := self._numbers(name)).any()
        }
        found = []
        for grouping in groupings[:_MOST_GROUPINGS]:
            groups = np.zeros(len(self.rows), dtype=np.int64)
            for name in grouping:
                groups = groups * (int(codes[name].max(initial=0)) + 1) + codes[name]
            groups = np.unique(groups, return_inverse=True)[1]
            counts = np.bincount(groups).astype(float)
            found += [counts, np.cumsum(counts)]
            for column in numbers.values():
                found += _statistics(groups, column, each=len(grouping) < 2)
        everything = np.concatenate(found) if found else np.empty(0)
        return np.unique(everything[np.isfinite(everything)])

    def _codes(self, name: str) -> Any:
        """A number for each distinct value of a column, in order of appearance."""
        import numpy as np

        seen: dict[str, int] = {}
        codes = [seen.setdefault(str(row.get(name)), len(seen)) for row in self.rows]
        return np.array(codes, dtype=np.int64)

    def _numbers(self, name: str) -> Any:
        """A column as numbers; NaN where a value is none."""
        import numpy as np

        values = [number_of(row.get(name)) for row in self.rows]
        return np.array([np.nan if v is None else v for v in values], dtype=float)

    def follows(self, number: float) -> bool:
        """Whether a number is among the derived ones, to six significant digits."""
        import numpy as np

        place = int(np.searchsorted(self.derived, number))
        near = self.derived[max(0, place - 1) : place + 1]
        return any(math.isclose(number, float(v), rel_tol=1e-6, abs_tol=1e-12) for v in near)

    def explains(self, value: Any) -> bool:
        """Whether a value is in the result or follows from it."""
        forms = tokens(value)
        if not forms or forms & self.everything:
            return True
        number = number_of(value)
        if number is None:
            milliseconds = next((m for tag, m in forms if tag == "t"), None)
            return milliseconds is not None and ("t", milliseconds) in self.everything
        if self.follows(number):
            return True
        return any(
            ("n", significant(number * factor)) in self.everything or self.follows(number * factor)
            for factor in (1e3, 1e6, 1e9, 100, 0.01, -1)
        )


def _statistics(groups: Any, column: Any, *, each: bool) -> list[Any]:
    """Statistics of a column by group, as arrays; with `each`, of every row against its group.

    Args:
        groups: Group number of each row, 0 to n - 1.
        column: Numbers, NaN where there is none.
        each: Whether running totals, deviations and shares within groups are added.
    """
    import numpy as np

    valid = np.isfinite(column)
    groups, column = np.unique(groups[valid], return_inverse=True)[1], column[valid]
    if not len(column):
        return []
    order = np.lexsort((column, groups))
    ordered = column[order]
    counts = np.bincount(groups)
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    totals = np.add.reduceat(ordered, starts)
    means = totals / counts
    medians = (ordered[starts + (counts - 1) // 2] + ordered[starts + counts // 2]) / 2
    low, high = ordered[starts], ordered[starts + counts - 1]
    fresh = (np.diff(ordered) != 0) | (np.diff(groups[order]) != 0)
    distinct = np.bincount(groups[order], np.concatenate(([True], fresh)))
    found = [totals, means, medians, low, high, high - low, np.cumsum(totals), distinct]
    found += [np.round(part, 2) for part in (totals, means, medians)]
    if each and len(column) > len(counts):
        steady = np.argsort(groups, kind="stable")
        running = np.cumsum(column[steady])
        before = np.concatenate(([0.0], running))[starts]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = column / totals[groups]
        found += [running - before[groups[steady]], column - means[groups], shares, shares * 100]
        found += [np.round(shares * 100, digits) for digits in (1, 2)]
    return found
