"""Comparing values across SQL, pandas, JSON and Vega: tokens that are equal when values are.

A date may be ISO text in SQLite, a timestamp in Arrow, milliseconds in Vega; a number may come
back as text. `tokens` maps a value to the forms it can be recognised by.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
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
_MOST_ROWS = 20_000


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
    return round((value - datetime(1970, 1, 1)) / timedelta(milliseconds=1))


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

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The column names."""
        return tuple(self.rows[0]) if self.rows else ()

    def column(self, name: str) -> set[Token]:
        """Forms of the values of one column."""
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
    def derived(self) -> set[float]:
        """Sums, means, medians, extremes, counts, running totals: over all rows and by groups."""
        rows = self.rows[:_MOST_ROWS]
        numeric = [n for n in self.names if any(number_of(r.get(n)) is not None for r in rows)]
        found: set[float] = set()
        groupings: list[tuple[str, ...]] = [()]
        groupings += [(name,) for name in self.names]
        groupings += list(combinations(self.names, 2))
        for grouping in groupings[:_MOST_GROUPINGS]:
            groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
            for row in rows:
                groups.setdefault(tuple(str(row.get(n)) for n in grouping), []).append(row)
            found |= {significant(len(group)) for group in groups.values()}
            running = 0
            for group in groups.values():
                running += len(group)
                found.add(significant(running))
            for name in numeric:
                self._statistics(found, groups.values(), name, whole=not grouping)
        return found

    @staticmethod
    def _statistics(
        found: set[float], groups: Iterable[list[Mapping[str, Any]]], name: str, *, whole: bool
    ) -> None:
        """Add the statistics of one column by group."""
        running = 0.0
        for group in groups:
            values = sorted(v for row in group if (v := number_of(row.get(name))) is not None)
            if not values:
                continue
            total, count = math.fsum(values), len(values)
            middle = count // 2
            median = values[middle] if count % 2 else (values[middle - 1] + values[middle]) / 2
            running += total
            statistics = [
                total,
                total / count,
                median,
                values[0],
                values[-1],
                running,
                values[-1] - values[0],
                len(set(values)),
            ]
            found |= {significant(v) for v in statistics}
            found |= {significant(round(v, 2)) for v in statistics}
            if whole or count <= 500:
                sums = 0.0
                for row in group:
                    value = number_of(row.get(name))
                    if value is None:
                        continue
                    sums += value
                    found.add(significant(sums))
                    found.add(significant(value - total / count))
                    if total:
                        share = value / total
                        found |= {
                            significant(share),
                            significant(share * 100),
                            significant(round(share * 100, 2)),
                            significant(round(share * 100, 1)),
                        }

    def explains(self, value: Any) -> bool:
        """Whether a value is in the result or follows from it."""
        forms = tokens(value)
        if not forms or forms & self.everything:
            return True
        number = number_of(value)
        if number is None:
            milliseconds = next((m for tag, m in forms if tag == "t"), None)
            return milliseconds is not None and ("t", milliseconds) in self.everything
        if significant(number) in self.derived:
            return True
        return any(
            ("n", significant(number * factor)) in self.everything
            or significant(number * factor) in self.derived
            for factor in (1e3, 1e6, 1e9, 100, 0.01, -1)
        )
