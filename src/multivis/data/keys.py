"""Foreign keys that are not declared, inferred from names, types and value overlap."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivis.data.nearest import words_of
from multivis.data.profile import Profile
from multivis.protocols import ForeignKey

if TYPE_CHECKING:
    from multivis.data.introspect import ColumnFacts, Sampler, TableFacts

__all__ = ["infer_foreign_keys", "name_score"]

_LEAST = 0.7
_CERTAIN = 0.8  # below it, a name alone (such as "year") also needs a declared primary key
_PROBES = 50
_TARGET_WORDS = {"id", "code", "key", "no", "number", "num", "nr", "name"}


@dataclass(frozen=True)
class _Candidate:
    table: TableFacts
    column: ColumnFacts
    to_table: TableFacts
    to_column: ColumnFacts
    score: float


def infer_foreign_keys(
    tables: Sequence[TableFacts],
    declared: Sequence[ForeignKey],
    profiles: Mapping[tuple[str, str], Profile],
    exact: Mapping[str, bool],
    sampler: Sampler,
    deadline: float,
) -> tuple[ForeignKey, ...]:
    """Find references between tables for columns that declare none.

    A column refers to a unique column of another table when their names say so and the values
    found in it are found there. The confidence is the geometric mean of both.

    Args:
        tables: As declared.
        declared: Their columns are left alone.
        profiles: Values of sampled columns by (table, column).
        exact: Whether a table's sample holds every row.
        sampler: To look values up in tables that were not read whole.
        deadline: On `time.monotonic`.
    """
    taken = {(key.table, key.column) for key in declared}
    linked = {frozenset((key.table, key.to_table)) for key in declared}
    found: list[ForeignKey] = []
    for table in tables:
        if table.view:
            continue
        for column in table.columns:
            if time.monotonic() > deadline:
                return tuple(found)
            if (table.name, column.name) in taken:
                continue
            best = _best(
                sorted(_candidates(table, column, tables, profiles, exact), key=lambda c: -c.score),
                profiles,
                exact,
                sampler,
                deadline,
            )
            if best is None or frozenset((best.table, best.to_table)) in linked:
                continue
            found.append(best)
    return tuple(_one_direction(found))


def _candidates(
    table: TableFacts,
    column: ColumnFacts,
    tables: Sequence[TableFacts],
    profiles: Mapping[tuple[str, str], Profile],
    exact: Mapping[str, bool],
) -> Iterator[_Candidate]:
    for other in tables:
        if other.name == table.name or other.view:
            continue
        for target in other.columns:
            if not _is_unique(other, target, profiles, exact):
                continue
            score = name_score(column.name, other.name, target.name)
            if score >= _CERTAIN or (score > 0 and target.primary_key):
                yield _Candidate(table, column, other, target, score)


def _is_unique(
    table: TableFacts,
    column: ColumnFacts,
    profiles: Mapping[tuple[str, str], Profile],
    exact: Mapping[str, bool],
) -> bool:
    """Whether a column can be referred to: its table's only key, or unique in what was seen."""
    keys = [item.name for item in table.columns if item.primary_key]
    if keys == [column.name]:
        return True
    profile = profiles.get((table.name, column.name))
    if profile is None or profile.nulls or len(keys) > 1:
        return False
    return profile.count > 1 and profile.distinct == profile.count and exact.get(table.name, False)


def name_score(column: str, table: str, target: str) -> float:
    """How much a column's name says that it refers to `table`.`target`, 0 to 1."""
    own, other, key = (words_of(name) for name in (column, table, target))
    joined, table_words = own.replace(" ", ""), _singular(other)
    key_joined = key.replace(" ", "")
    is_key = bool(set(key.split()) & _TARGET_WORDS) or key_joined.endswith("id")
    if joined in {f"{name}{key}".replace(" ", "") for name in (other, table_words)}:
        return 1.0  # country_id → country.id
    if joined == key_joined and key_joined not in _TARGET_WORDS:
        return 0.95 if is_key else 0.75  # airport_id → airport.airport_id
    if joined in {other.replace(" ", ""), table_words.replace(" ", "")} and is_key:
        return 0.85  # country → countries.id
    if key_joined and own.endswith(key) and is_key and key_joined not in _TARGET_WORDS:
        return 0.85  # home_team_id → team.team_id
    if is_key and len(own.split()) > 1 and own.endswith(f" {table_words} {key}"):
        return 0.85  # home_team_id → team.id
    return 0.0


def _singular(words: str) -> str:
    if words.endswith("ies"):
        return words[:-3] + "y"
    if words.endswith("ses") or words.endswith("xes"):
        return words[:-2]
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words


def _best(
    candidates: Sequence[_Candidate],
    profiles: Mapping[tuple[str, str], Profile],
    exact: Mapping[str, bool],
    sampler: Sampler,
    deadline: float,
) -> ForeignKey | None:
    best: ForeignKey | None = None
    for candidate in candidates[:5]:
        overlap = _overlap(candidate, profiles, exact, sampler, deadline)
        if overlap is None or overlap < _LEAST:
            continue
        confidence = round((candidate.score * overlap) ** 0.5, 2)
        if confidence >= _LEAST and (best is None or confidence > best.confidence):
            best = ForeignKey(
                candidate.table.name,
                candidate.column.name,
                candidate.to_table.name,
                candidate.to_column.name,
                inferred=True,
                confidence=confidence,
            )
    return best


def _overlap(
    candidate: _Candidate,
    profiles: Mapping[tuple[str, str], Profile],
    exact: Mapping[str, bool],
    sampler: Sampler,
    deadline: float,
) -> float | None:
    """The part of the referring values that exist in the target; None when it cannot be known."""
    profile = profiles.get((candidate.table.name, candidate.column.name))
    target = profiles.get((candidate.to_table.name, candidate.to_column.name))
    if profile is None or target is None or not profile.distinct or not target.distinct:
        return None
    values: Sequence[Any] = sorted(profile.values or profile.samples, key=str)
    if {type(value) for value in values} != {type(value) for value in target.samples}:
        return None
    if exact.get(candidate.to_table.name) and target.values is not None:
        return sum(value in target.values for value in values) / len(values)
    probes = values[:: max(len(values) // _PROBES, 1)][:_PROBES]
    left = deadline - time.monotonic()
    if left <= 0:
        return None
    hits = sampler.contains(candidate.to_table, candidate.to_column.name, probes, min(left, 0.25))
    return None if hits is None else hits / len(probes)


def _one_direction(keys: Sequence[ForeignKey]) -> list[ForeignKey]:
    """Between two unique columns only one direction is kept: the more certain, else the first."""
    kept: dict[frozenset[tuple[str, str]], ForeignKey] = {}
    for key in keys:
        pair = frozenset({(key.table, key.column), (key.to_table, key.to_column)})
        if pair not in kept or key.confidence > kept[pair].confidence:
            kept[pair] = key
    return list(kept.values())
