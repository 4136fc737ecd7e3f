"""Concepts with roles, and the reading of a question that they make up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from multivis.charts.demands import Demands
from multivis.offline.catalog import Field
from multivis.offline.chart_kinds import ChartKind
from multivis.offline.groupings import Moving
from multivis.offline.linking import Candidate
from multivis.offline.plan import Filter

__all__ = ["Concept", "Reading", "Sort"]


@dataclass
class Concept:
    """One thing that a question speaks of.

    Attributes:
        candidate: The column or table.
        order: Place of its first mention.
        aggregate: ``""``, ``count``, ``sum``, ``avg``, ``min``, ``max``, ``median``,
            ``count_distinct``.
        unit: Time unit, or empty.
        roles: Of x, y, color, size, shape, row, column, tooltip, label, detail, dimension,
            measure, sort, first, second, theta, opacity, key.
        text: The words of the first mention.
        mentions: How often it is mentioned.
        tip: Place among the fields of the tooltip.
        cases: Ranges that it is grouped into; see `multivis.offline.plan.Output`.
        wanted: Aggregate that was said of a thing and may belong to the column named next
            ("average loan amount").
    """

    candidate: Candidate
    order: int
    aggregate: str = ""
    unit: str = ""
    roles: set[str] = field(default_factory=set)
    text: str = ""
    mentions: int = 1
    tip: int = 999
    cases: tuple[tuple[Any, ...], ...] = ()
    wanted: str = ""

    @property
    def field(self) -> Field | None:
        """The column, or None for a table."""
        return self.candidate.field

    @property
    def table(self) -> str:
        """The table that it lives in."""
        return self.candidate.table

    @property
    def is_count(self) -> bool:
        """Whether it stands for a number of rows."""
        return self.candidate.field is None and self.aggregate in {"count", "count_distinct"}


@dataclass(frozen=True)
class Sort:
    """An order that was asked for: by a value, a name or another column."""

    descending: bool
    by: str = ""  # "" (not said), "name", "concept"
    concept: Concept | None = None


@dataclass
class Reading:
    """Everything read from a question.

    `part` holds the conditions of a share ("the percentage of students who are female"); they
    are no conditions on the rows, for the others make up the whole. `singled` holds those that only
    say what is to stand out, `compared` those that name all values there are.
    """

    question: str
    body: str
    kind: ChartKind
    concepts: list[Concept]
    demands: Demands
    filters: list[Filter] = field(default_factory=list)
    part: list[Filter] = field(default_factory=list)
    singled: list[Filter] = field(default_factory=list)
    compared: list[Filter] = field(default_factory=list)
    sort: Sort | None = None
    limit: int | None = None
    limit_lowest: bool = False
    unit: str = ""
    percent: bool = False
    moving: Moving | None = None
    rest: bool = False
    distribution: bool = False
    relationship: bool = False
    tooltip: bool = False
    skeleton: str = ""
    placeholders: dict[int, Concept] = field(default_factory=dict)
    ambiguities: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    unlinked: list[str] = field(default_factory=list)
    coverage: float = 0.0

    def having(self, role: str) -> list[Concept]:
        """Concepts with a role, in the order of the question."""
        return [concept for concept in self.concepts if role in concept.roles]
