"""Build a `Schema` from what a source declares and from samples, within a time limit.

A source gives `TableFacts` and a sampler; the rest is the same for every engine.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from multivis.data.keys import infer_foreign_keys
from multivis.data.profile import Profile, judge_kind, profile_array
from multivis.protocols import ForeignKey, Schema, SourceColumn, Table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ColumnFacts", "Sampler", "TableFacts", "build_schema", "family_of"]

Family = Literal["integer", "number", "text", "time", "boolean", "other"]

_KEPT_VALUES = 10_000


@dataclass(frozen=True)
class ColumnFacts:
    """A column as declared."""

    name: str
    type: str
    primary_key: bool = False


@dataclass(frozen=True)
class TableFacts:
    """A table as declared."""

    name: str
    columns: tuple[ColumnFacts, ...]
    view: bool = False
    extra: dict[str, Any] = field(default_factory=dict, compare=False)


class Sampler(Protocol):
    """How a source counts and samples; each call has a time limit in seconds."""

    def count(self, table: Any, seconds: float) -> tuple[int | None, bool]:
        """(rows, whether that is an estimate); None when counting took too long."""
        ...

    def sample(self, table: Any, count: int | None, seconds: float) -> tuple[Any, bool] | None:
        """(Arrow table, whether it holds every row), or None when there was no time."""
        ...

    def contains(
        self, table: Any, column: str, values: Sequence[Any], seconds: float
    ) -> int | None:
        """How many of some values are in a column, or None when there was no time."""
        ...

    def extremes(self, table: Any) -> Mapping[str, tuple[Any, Any]]:
        """Smallest and largest value, in JSON's types, of columns where they are known anyway."""
        ...


def build_schema(
    dialect: str,
    tables: Sequence[TableFacts],
    foreign_keys: Sequence[ForeignKey],
    sampler: Sampler,
    deadline: float,
) -> Schema:
    """Profile the tables, infer the keys that are not declared, judge the columns.

    Args:
        dialect: sqlglot's name.
        tables: As declared.
        foreign_keys: As declared.
        sampler: How to count and sample.
        deadline: On `time.monotonic`; what is not profiled by then stays without a profile.
    """
    counts: dict[str, tuple[int | None, bool]] = {}
    profiles: dict[tuple[str, str], Profile] = {}
    families: dict[tuple[str, str], Family] = {}
    exact: dict[str, bool] = {}
    for position, table in enumerate(tables):
        counts[table.name] = (None, False)
        left = deadline - time.monotonic()
        if left <= 0:
            continue
        # A fair share of what is left; quick tables leave more for the others.
        share = max(left / (len(tables) - position), 0.02)
        counts[table.name] = sampler.count(table, share / 2)
        sampled = sampler.sample(table, counts[table.name][0], share)
        if sampled is None:
            continue
        rows, exact[table.name] = sampled
        _profile_table(table, rows, profiles, families, deadline)
        if not exact[table.name]:
            _widen(table, sampler.extremes(table), profiles)
    inferred = infer_foreign_keys(tables, foreign_keys, profiles, exact, sampler, deadline)
    keys = (*foreign_keys, *inferred)
    referring = {(key.table, key.column) for key in keys}
    built = []
    for table in tables:
        columns = tuple(
            _column(table, column, profiles, families, referring, exact.get(table.name, False))
            for column in table.columns
        )
        count, estimated = counts[table.name]
        built.append(Table(table.name, columns, count, estimated))
    return Schema(dialect, tuple(built), keys)


def _profile_table(
    table: TableFacts,
    rows: pa.Table,
    profiles: dict[tuple[str, str], Profile],
    families: dict[tuple[str, str], Family],
    deadline: float,
) -> None:
    for position, column in enumerate(table.columns):
        if time.monotonic() > deadline:
            return
        array = rows.column(position)
        key = (table.name, column.name)
        profiles[key] = profile_array(array, keep=_KEPT_VALUES)
        families[key] = family_of(array.type)


def _widen(
    table: TableFacts,
    extremes: Mapping[str, tuple[Any, Any]],
    profiles: dict[tuple[str, str], Profile],
) -> None:
    """Ranges of all rows in place of those of the sample."""
    for column, (low, high) in extremes.items():
        profile = profiles.get((table.name, column))
        if profile is not None:
            profiles[table.name, column] = replace(profile, minimum=low, maximum=high)


def _column(
    table: TableFacts,
    column: ColumnFacts,
    profiles: dict[tuple[str, str], Profile],
    families: dict[tuple[str, str], Family],
    referring: set[tuple[str, str]],
    exact: bool,
) -> SourceColumn:
    key = (table.name, column.name)
    profile = profiles.get(key)
    family = families.get(key) or _declared_family(column.type)
    if re.search(r"blob|binary|bytea", column.type, re.IGNORECASE):
        family = "other"
    elif profile is not None and profile.nulls == profile.count:
        family = _declared_family(column.type)
    elif _is_flag(column.type, profile):
        family = "boolean"
    kind = judge_kind(
        column.name,
        family,
        profile,
        key=key in referring or (column.primary_key and family in ("integer", "text")),
        declared=column.type,
    )
    if profile is None:
        return SourceColumn(column.name, column.type, kind, column.primary_key, exact=False)
    return SourceColumn(
        column.name,
        column.type,
        kind,
        column.primary_key,
        profile.distinct,
        profile.nulls,
        profile.minimum,
        profile.maximum,
        profile.samples,
        exact,
    )


def family_of(arrow_type: Any) -> Family:
    """The family of an Arrow type."""
    import pyarrow as pa

    if pa.types.is_boolean(arrow_type):
        return "boolean"
    if pa.types.is_integer(arrow_type):
        return "integer"
    if pa.types.is_floating(arrow_type) or pa.types.is_decimal(arrow_type):
        return "number"
    if pa.types.is_timestamp(arrow_type) or pa.types.is_date(arrow_type):
        return "time"
    if pa.types.is_string(arrow_type) or pa.types.is_large_string(arrow_type):
        return "text"
    if pa.types.is_dictionary(arrow_type):
        return "text"
    return "other"


def _is_flag(declared: str, profile: Profile | None) -> bool:
    """Whether a column is what MySQL makes of BOOLEAN: one digit or bit, only 0 and 1 in it."""
    if profile is None or not re.fullmatch(r"(tinyint|bit)\(1\)", declared, re.IGNORECASE):
        return False
    return profile.minimum in (0, 1) and profile.maximum in (0, 1)


def _declared_family(declared: str) -> Family:
    """The family of a declared type, in the words that databases use."""
    text = declared.lower()
    if "bool" in text:
        return "boolean"
    if "int" in text and "interval" not in text and "point" not in text:
        return "integer"
    if text.startswith(("enum", "set")):
        return "text"
    if any(word in text for word in ("real", "floa", "doub", "dec", "num", "money")):
        return "number"
    if any(word in text for word in ("timestamp", "datetime", "date")):
        return "time"
    return "text"
