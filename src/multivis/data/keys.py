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
_PROBES = 500
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
    targets = [
        (table, column)
        for table in tables
        for column in table.columns
        if not table.view and _is_unique(table, column, profiles, exact)
    ]
    finder = _Finder(profiles, exact, sampler, deadline)
    found: list[ForeignKey] = []
    for table in tables:
        if table.view:
            continue
        for column in table.columns:
            if time.monotonic() > deadline:
                return tuple(_one_direction(found))
            if (table.name, column.name) in taken:
                continue
            candidates = sorted(_candidates(table, column, targets), key=lambda c: -c.score)
            best = finder.best(candidates)
            if best is not None and frozenset((best.table, best.to_table)) not in linked:
                found.append(best)
    return tuple(_one_direction(found))


def _candidates(
    table: TableFacts,
    column: ColumnFacts,
    targets: Sequence[tuple[TableFacts, ColumnFacts]],
) -> Iterator[_Candidate]:
    for other, target in targets:
        if other is table:
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
    own, other, key = words_of(column), words_of(table), words_of(target)
    if key not in own and _singular(other) not in own:
        return 0.0
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
    if words.endswith(("ses", "xes")):
        return words[:-2]
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words


class _Finder:
    """Compares values of candidates; the values of a target are looked up in one set."""

    def __init__(
        self,
        profiles: Mapping[tuple[str, str], Profile],
        exact: Mapping[str, bool],
        sampler: Sampler,
        deadline: float,
    ) -> None:
        self.profiles = profiles
        self.exact = exact
        self.sampler = sampler
        self.deadline = deadline
        self.sets: dict[tuple[str, str], frozenset[Any]] = {}

    def best(self, candidates: Sequence[_Candidate]) -> ForeignKey | None:
        """The most certain reference, if one is certain enough."""
        best: ForeignKey | None = None
        for candidate in candidates[:5]:
            overlap = self._overlap(candidate)
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

    def _overlap(self, candidate: _Candidate) -> float | None:
        """The part of the referring values that are in the target; None if that is unknown."""
        key = (candidate.to_table.name, candidate.to_column.name)
        profile = self.profiles.get((candidate.table.name, candidate.column.name))
        target = self.profiles.get(key)
        if profile is None or target is None or not profile.distinct or not target.distinct:
            return None
        values = profile.values or profile.samples
        probes = values[:: max(len(values) // _PROBES, 1)][:_PROBES]
        if {type(value) for value in probes} != {type(value) for value in target.samples}:
            return None
        if self.exact.get(candidate.to_table.name) and target.values is not None:
            if key not in self.sets:
                self.sets[key] = frozenset(target.values)
            return sum(value in self.sets[key] for value in probes) / len(probes)
        left = self.deadline - time.monotonic()
        if left <= 0:
            return None
        few = probes[: _PROBES // 10]
        hits = self.sampler.contains(
            candidate.to_table, candidate.to_column.name, few, min(left, 0.25)
        )
        return None if hits is None else hits / len(few)


def _one_direction(keys: Sequence[ForeignKey]) -> list[ForeignKey]:
    """Between two unique columns only one direction is kept: the more certain, else the first."""
    kept: dict[frozenset[tuple[str, str]], ForeignKey] = {}
    for key in keys:
        pair = frozenset({(key.table, key.column), (key.to_table, key.to_column)})
        if pair not in kept or key.confidence > kept[pair].confidence:
            kept[pair] = key
    return list(kept.values())
