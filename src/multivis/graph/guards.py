"""The guards: named functions that stand on the edges of the graph.

```
START → intake ─(after_intake)→ coordinator ─(after_coordinator)→ database | visualization |
validation | END        database, visualization, validation ─→ coordinator
```

A node decides and writes down why; the guard on its edge looks again, at the state alone, so
that no node, swapped or not, can route past the rules.
"""

from __future__ import annotations

from multivis.rules import RuleBook, maker_of
from multivis.state import Action, Scenario, State, Status

__all__ = [
    "END_OF_RUN",
    "REQUIRES",
    "after_coordinator",
    "after_intake",
    "existing_loads_data",
    "requires",
]

END_OF_RUN = "__end__"

#: P(t) of CR-2 (Eq. 2) for the coordinator's own actions.
REQUIRES: dict[Action, frozenset[str]] = {
    Action.DATABASE: frozenset({"source"}),
    Action.VISUALIZATION: frozenset({"query"}),
    Action.VALIDATION: frozenset({"chart"}),
}

_NODE_OF = {
    Action.DATABASE: "database",
    Action.VISUALIZATION: "visualization",
    Action.VALIDATION: "validation",
}


def existing_loads_data(state: State) -> bool:
    """Whether the existing code of a refinement brings its own rows (scenario D)."""
    existing = state.references.existing
    return existing is not None and bool(existing.facts.get("loads_data"))


def requires(action: Action, state: State) -> frozenset[str]:
    """What an action needs; existing code that loads its own rows needs no query first."""
    if (
        action is Action.VISUALIZATION
        and state.scenario is Scenario.REFINEMENT
        and existing_loads_data(state)
    ):
        return frozenset({"existing"})
    return REQUIRES.get(action, frozenset())


def after_intake(state: State) -> str:
    """CR-1, TE-3, EH-3: a request whose material was refused ends here."""
    return END_OF_RUN if state.status is not Status.RUNNING else "coordinator"


def after_coordinator(state: State, rules: RuleBook) -> str:
    """CR-2 ∧ RC-1: the proposed node if it may run; else where the missing thing is made."""
    if state.status is not Status.RUNNING or state.proposal is None:
        return END_OF_RUN
    action = state.proposal.action
    for _ in _NODE_OF:  # what is missing may itself need something that is missing
        missing = rules.prerequisites(requires(action, state), state.defined()).value
        if not missing:
            break
        action = maker_of(sorted(missing)[0])
    return _NODE_OF.get(action, END_OF_RUN)
