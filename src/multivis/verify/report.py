"""What a walk found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["LoopReport", "Verification", "Violation"]


@dataclass(frozen=True)
class Violation:
    """One way in which a theorem does not hold.

    Attributes:
        theorem: 1 parameter safety, 2 bounded recovery, 3 termination, 4 total routing and the
            decisions of the coordinator (MultiVis-Agent Eq. 13-16).
        what: One sentence.
        path: The states that lead to it, first to last.
    """

    theorem: int
    what: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"Theorem {self.theorem}: {self.what}"]
        lines += [f"  {number}. {state}" for number, state in enumerate(self.path, start=1)]
        return "\n".join(lines)


@dataclass(frozen=True)
class LoopReport:
    """The walk of one loop.

    Attributes:
        name: Which loop: ``coordinator`` or an agent.
        states: Abstract states that can be reached.
        transitions: Transitions between them.
        calls: Calls of real rules, guards and nodes.
        longest: Most rounds that a path takes: steps of the coordinator, or of the agent.
        bound: T_max of that loop.
        path: A path of that length.
        violations: What does not hold.
    """

    name: str
    states: int
    transitions: int
    calls: int
    longest: int
    bound: int
    path: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True)
class Verification:
    """The whole walk.

    Attributes:
        loops: One report a loop.
        seconds: Time that it took.
        limits: The bounds it was made under.
    """

    loops: tuple[LoopReport, ...]
    seconds: float
    limits: dict[str, Any] = field(default_factory=dict)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All violations."""
        return tuple(violation for loop in self.loops for violation in loop.violations)

    @property
    def holds(self) -> bool:
        """Whether all four theorems hold."""
        return not self.violations

    @property
    def states(self) -> int:
        """States of all loops."""
        return sum(loop.states for loop in self.loops)

    @property
    def transitions(self) -> int:
        """Transitions of all loops."""
        return sum(loop.transitions for loop in self.loops)
