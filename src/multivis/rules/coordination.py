"""Coordination rules CR-1 to CR-3 (MultiVis-Agent §4.3.2, Eq. 1-3)."""

from __future__ import annotations

from multivis.rules.ruling import Ruling
from multivis.state import Action, Evaluation, Scenario, Severity

__all__ = [
    "admissible",
    "evaluation_response",
    "maker_of",
    "no_evaluation_response",
    "no_prerequisites",
    "no_task_type",
    "prerequisites",
    "task_type",
]

_MAKERS = {
    "query": Action.DATABASE,
    "chart": Action.VISUALIZATION,
    "evaluation": Action.VALIDATION,
}


def task_type(has_existing: bool, has_code: bool, has_image: bool) -> Ruling[Scenario]:
    """CR-1: the scenario by priority D ≻ C ≻ B ≻ A over the inputs present (Eq. 1).

    Args:
        has_existing: Existing chart code is to be refined.
        has_code: Reference code is given.
        has_image: A reference image is given.
    """
    present = [
        scenario
        for scenario, there in (
            (Scenario.REFINEMENT, has_existing),
            (Scenario.CODE, has_code),
            (Scenario.IMAGE, has_image),
        )
        if there
    ]
    chosen = present[0] if present else Scenario.BASIC
    if not present:
        why = "No reference material is given."
    elif len(present) == 1:
        why = f"The only reference material given makes this scenario {chosen.value}."
    else:
        over = ", ".join(scenario.value for scenario in present[1:])
        why = f"Scenario {chosen.value} goes before {over}."
    return Ruling(
        chosen,
        fired=bool(present),
        outcome=chosen.value,
        why=why,
        before={"existing": has_existing, "code": has_code, "image": has_image},
        after=chosen.value,
    )


def no_task_type(has_existing: bool, has_code: bool, has_image: bool) -> Ruling[Scenario]:
    """Without CR-1 every request is a basic one (scenario A)."""
    return Ruling(Scenario.BASIC)


def prerequisites(requires: frozenset[str], defined: frozenset[str]) -> Ruling[frozenset[str]]:
    """CR-2: what is missing for a tool to run; it may run when nothing is (Eq. 2).

    Args:
        requires: P(t), the names that the tool needs.
        defined: D(s), the names that the state defines (`State.defined`).
    """
    missing = frozenset(requires) - frozenset(defined)
    if not missing:
        return Ruling(missing)
    names = sorted(missing)
    return Ruling(
        missing,
        fired=True,
        outcome="missing",
        why=f"Not defined yet: {', '.join(names)}.",
        before=sorted(requires),
        after=names,
    )


def no_prerequisites(requires: frozenset[str], defined: frozenset[str]) -> Ruling[frozenset[str]]:
    """Without CR-2 nothing is ever missing."""
    return Ruling(frozenset())


def maker_of(name: str) -> Action:
    """The action that makes a missing thing; STOP for what only the caller can give."""
    return _MAKERS.get(name, Action.STOP)


def evaluation_response(evaluation: Evaluation) -> Ruling[Action]:
    """CR-3: what follows an evaluation; total and deterministic (Eq. 3).

    Passed → COMPLETE. Not passed: the gravest recommendations decide (errors, or warnings when
    there are no errors). One for the query → DATABASE, because the code follows the data; one
    for the code → VISUALIZATION. Not passed and nothing recommended → STOP: another round could
    only repeat the last one.
    """
    before = {
        "passed": evaluation.passed,
        "recommendations": len(evaluation.recommendations),
    }
    if evaluation.passed:
        return Ruling(
            Action.COMPLETE, outcome="complete", why="Every check of weight passed.", before=before
        )
    errors = [r for r in evaluation.recommendations if r.severity is Severity.ERROR]
    leading = errors or list(evaluation.recommendations)
    if not leading:
        action = Action.STOP
        why = "The evaluation failed and recommends nothing, so another round could not help."
    elif any(r.target == "sql" for r in leading):
        action = Action.DATABASE
        why = "The query needs a change, and the code follows the data."
    else:
        action = Action.VISUALIZATION
        why = "The code needs a change; the query stands."
    return Ruling(
        action, fired=True, outcome=action.value, why=why, before=before, after=action.value
    )


def no_evaluation_response(evaluation: Evaluation) -> Ruling[Action]:
    """Without CR-3 the first evaluated chart is delivered, whatever the evaluation says."""
    return Ruling(Action.COMPLETE, outcome="complete")


def admissible(
    scenario: Scenario,
    defined: frozenset[str],
    evaluation: Evaluation | None,
    existing_loads_data: bool,
) -> tuple[Action, ...]:
    """The actions that the coordinator may take next, by CR-2 and CR-3.

    Where there is one, no model is asked. Two are left in one place only: existing code that
    loads its own data may be edited at once, or get a new query first.

    Args:
        scenario: The scenario (CR-1).
        defined: `State.defined`.
        evaluation: The evaluation of the present chart, or None.
        existing_loads_data: Whether the existing code loads its own data (TE-2).
    """
    if "source" not in defined:
        return (Action.STOP,)
    if evaluation is not None:
        return (evaluation_response(evaluation).value,)
    if "chart" in defined:
        return (Action.VALIDATION,)
    if "query" in defined:
        return (Action.VISUALIZATION,)
    if scenario is Scenario.REFINEMENT and "existing" in defined and existing_loads_data:
        return (Action.DATABASE, Action.VISUALIZATION)
    return (Action.DATABASE,)
