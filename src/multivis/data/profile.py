"""Profiles of columns: what values there are, and which measurement type they have."""

from __future__ import annotations

import datetime
import decimal
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Kind", "Profile", "judge_kind", "looks_like_identifier", "plain", "profile_array"]

Kind = Literal["quantitative", "temporal", "nominal", "ordinal"]

_IDENTIFIER = re.compile(
    r"(^|_|\s)(id|ids|uuid|guid|key|code|zip|zipcode|postcode|postal|phone|fax|isbn|ssn|iata|icao)$"
    r"|(^|_|\s)(id|uuid)(_|\s)|(^|_|\s)(zip|postal|area|country|phone)[_\s]?(code|number)",
    re.IGNORECASE,
)
_CAMEL_IDENTIFIER = re.compile(r"[a-z](ID|Id|Key|Code)$")
_ORDINAL = re.compile(
    r"(^|_|\s)(year|yr|month|quarter|qtr|week|weekday|day_of_week|dayofweek|dow|hour|rank|ranking|"
    r"grade|level|decade|century|season|edition|round|position|stage|star|stars)$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"year|(^|_)yr($|_)|founded|opened|built|season|date|since", re.IGNORECASE)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    r"\s*(?:"
    r"[12]\d{3}-(?:0?[1-9]|1[0-2])(?:-(?:0?[1-9]|[12]\d|3[01]))?"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?"
    r"|[12]\d{3}/\d{1,2}/\d{1,2}(?: \d{1,2}:\d{2}(?::\d{2})?)?"
    r"|\d{1,2}/\d{1,2}/[12]\d{3}(?: \d{1,2}:\d{2}(?::\d{2})?)?"
    rf"|(?:{_MONTHS})[a-z]*\.? \d{{1,2}},? [12]\d{{3}}"
    rf"|\d{{1,2}}[ -](?:{_MONTHS})[a-z]*\.?[ -,]+[12]\d{{3}}"
    rf"|(?:{_MONTHS})[a-z]*\.? [12]\d{{3}}"
    r")\s*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*")
_LEADING_ZERO = re.compile(r"\s*0\d+\s*")


@dataclass(frozen=True)
class Profile:
    """What the values of one column are.

    Attributes:
        count: Values looked at, nulls included.
        nulls: Nulls among them.
        distinct: Distinct values that are not null.
        minimum: Smallest, if ordered.
        maximum: Largest, if ordered.
        samples: Most frequent first.
        values: All distinct values in order of appearance, where there are at most as many as
            `profile_array` is asked to keep.
    """

    count: int = 0
    nulls: int = 0
    distinct: int = 0
    minimum: Any = None
    maximum: Any = None
    samples: tuple[Any, ...] = ()
    values: tuple[Any, ...] | None = None


def profile_array(array: pa.ChunkedArray, *, samples: int = 10, keep: int = 0) -> Profile:
    """Count the values of an Arrow column.

    Args:
        array: Values of any type.
        samples: Most frequent values kept.
        keep: Keep all distinct values when there are at most so many.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    count, nulls = len(array), array.null_count
    if count == nulls:
        return Profile(count=count, nulls=nulls, values=() if keep else None)
    if pa.types.is_nested(array.type) or pa.types.is_binary(array.type):
        texts = [None if value is None else str(value) for value in array.to_pylist()]
        array = pa.chunked_array([pa.array(texts, type=pa.string())])
    array = array.drop_null()
    counted = pc.value_counts(array)
    distinct = len(counted)
    counts = counted.field(1)
    order = pc.sort_indices(counts, sort_keys=[("", "descending")])[:samples] if distinct else []
    values = counted.field(0)
    top = tuple(plain(value) for value in values.take(order).to_pylist())
    low = high = None
    if not pa.types.is_boolean(array.type):
        extremes = pc.min_max(array)
        low, high = plain(extremes["min"].as_py()), plain(extremes["max"].as_py())
    kept = None
    if 0 < distinct <= keep:
        items = values.to_pylist()
        quick = pa.types.is_integer(array.type) or pa.types.is_string(array.type)
        kept = tuple(items if quick else map(plain, items))
    return Profile(count, nulls, distinct, low, high, top, kept)


def plain(value: Any) -> Any:
    """A value as JSON has it: dates in ISO form, other objects as text, no NaN or infinity."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, decimal.Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)


def looks_like_identifier(name: str) -> bool:
    """Whether a name says that its values identify something: ``Airport_ID``, ``zipcode``."""
    return bool(_IDENTIFIER.search(name) or _CAMEL_IDENTIFIER.search(name))


def judge_kind(
    name: str,
    family: Literal["integer", "number", "text", "time", "boolean", "other"],
    profile: Profile | None = None,
    *,
    key: bool = False,
    declared: str = "",
) -> Kind:
    """The measurement type of a column, in Vega-Lite's words.

    Dates and texts that are all dates are temporal. Numbers are quantitative, with three
    exceptions: keys and identifiers are nominal; integers that count the calendar or a rank
    (year, month, weekday, rank) are ordinal, years included, because Vega would read the number
    2010 as milliseconds. Texts that are all numbers are quantitative unless they identify.

    Args:
        name: The column's name.
        family: Its type, in families.
        profile: Its values, where known.
        key: Whether it is a key or refers to one.
        declared: The declared type; but for YEAR it decides only where there are no values.
    """
    if family == "time":
        return "temporal"
    if family in ("boolean", "other"):
        return "nominal"
    identifies = key or looks_like_identifier(name)
    if family in ("integer", "number"):
        if identifies and (family == "integer" or key):
            return "nominal"
        if re.fullmatch(r"year(\(\d\))?", declared, re.IGNORECASE):
            return "ordinal"  # a type of MySQL
        return "ordinal" if _is_calendar(name, family, profile) else "quantitative"
    texts = [value for value in (profile.samples if profile else ()) if isinstance(value, str)]
    texts = [text for text in texts if text.strip()]
    if not texts:
        return "temporal" if re.search(r"date|time", declared, re.IGNORECASE) else "nominal"
    extremes = (
        [v for v in (profile.minimum, profile.maximum) if isinstance(v, str)] if profile else []
    )
    return _kind_of_texts(name, texts, [v for v in extremes if v.strip()], identifies)


def _is_calendar(name: str, family: str, profile: Profile | None) -> bool:
    if not _ORDINAL.search(name):
        return False
    if family == "integer":
        return True
    low = profile.minimum if profile else None
    return isinstance(low, float) and low.is_integer()


def _kind_of_texts(name: str, texts: Sequence[str], extremes: Sequence[str], key: bool) -> Kind:
    seen = [*texts, *extremes]
    if all(_DATE.fullmatch(text) for text in seen):
        return "temporal"
    if all(re.fullmatch(r"\s*[12]\d{3}\s*", text) for text in seen) and _YEAR.search(name):
        return "temporal"
    if key or any(_LEADING_ZERO.fullmatch(text) for text in seen):
        return "nominal"
    if all(_NUMBER.fullmatch(text) for text in seen):
        return "quantitative"
    return "nominal"
