"""The coordinator: the rules decide; a model is asked only where they leave a choice."""

from __future__ import annotations

import json
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import BaseModel, ConfigDict, Field

from multivis.clock import seconds_since
from multivis.errors import InputError, ModelError
from multivis.graph.approvals import read_decision
from multivis.graph.guards import existing_loads_data
from multivis.graph.record import Recorder
from multivis.llm.brief import render_brief
from multivis.state import (
    Action,
    Attempt,
    Evaluation,
    Failure,
    FailureKind,
    ModelEvent,
    Proposal,
    Recommendation,
    Scenario,
    Severity,
    State,
    Status,
    Usage,
    fingerprint,
)
from multivis.tool import Dependencies

__all__ = ["CoordinatorDecision", "better_attempt", "coordinator"]

_WHY = {
    Action.DATABASE: "the chart needs rows and there is no query yet",
    Action.VISUALIZATION: "the data are here and nothing is drawn yet",
    Action.VALIDATION: "a chart is drafted and not checked yet",
    Action.COMPLETE: "the chart passed its checks",
    Action.STOP: "the chart did not pass and nothing is recommended",
}


class CoordinatorDecision(BaseModel):
    """Which of the admissible actions to take, and why."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["database", "visualization", "validation", "complete", "stop"]
    why: str = Field(min_length=3, max_length=500, description="One sentence.")


def coordinator(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Propose the next action, or end the run (MultiVis-Agent Algorithm 1)."""
    dependencies = runtime.context
    recorder = Recorder(runtime.stream_writer, "coordinator")
    state, approval = _ask_for_approval(state, dependencies)
    best = better_attempt(state)
    ending = _stop_reason(state, dependencies, recorder)
    if ending is not None:
        spent = _spent(state, dependencies, ending)
        return {**approval, **_end(state, best, ending, spent), "trace": tuple(recorder.events)}
    actions = _admissible(state, dependencies, recorder)
    proposal, cost = _choose(state, actions, dependencies, recorder)
    update: dict[str, Any] = {
        **approval,
        **cost,
        "best": best,
        "proposal": proposal,
        "trace": tuple(recorder.events),
    }
    if proposal.action in {Action.COMPLETE, Action.STOP}:
        return {**update, **_end(state, best, proposal.action.value)}
    return {**update, "step": state.step + 1, "seen": (_mark(state),)}


def _ask_for_approval(state: State, dependencies: Dependencies) -> tuple[State, dict[str, Any]]:
    """Let a person accept a chart that passed; a no becomes a recommendation."""
    evaluation = state.evaluation
    if (
        not dependencies.settings.approve_chart
        or evaluation is None
        or not evaluation.passed
        or state.chart is None
    ):
        return state, {}
    answer = interrupt(
        {
            "kind": "approve_chart",
            "chart": state.chart.model_dump(mode="json", include={"backend", "code", "image"}),
            "checks": {check.id: check.passed for check in evaluation.checks},
        }
    )
    decision = read_decision(answer)
    if decision.approve:
        return state, {}
    wish = decision.reason or "A person did not accept the chart; draw it differently."
    rejected = Evaluation(
        passed=False,
        checks=evaluation.checks,
        recommendations=(Recommendation(target="code", severity=Severity.ERROR, text=wish),),
        judged_by="person",
    )
    return state.model_copy(update={"evaluation": rejected}), {"evaluation": rejected}


def better_attempt(state: State) -> Attempt | None:
    """The best chart so far: the one with the fewest failed checks of severity error."""
    if state.chart is None or state.evaluation is None:
        return state.best
    now = Attempt(query=state.query, chart=state.chart, evaluation=state.evaluation)
    if state.best is None or _badness(now.evaluation) <= _badness(state.best.evaluation):
        return now
    return state.best


def _badness(evaluation: Evaluation) -> tuple[bool, int, int]:
    failed = [check for check in evaluation.checks if check.applicable and not check.passed]
    errors = sum(check.severity is Severity.ERROR for check in failed)
    return (not evaluation.passed, errors, len(failed))


def _stop_reason(state: State, dependencies: Dependencies, recorder: Recorder) -> str | None:
    """RC-1 on the coordinator's own loop; what the data do not hold is final as well."""
    if state.failures_in_a_row and state.failures[-1].kind is FailureKind.UNANSWERABLE:
        return "unanswerable"
    limits, budget = dependencies.settings.limits, state.budget
    return recorder.rule(
        "RC-1",
        dependencies.rules.iteration_control(
            step=state.step,
            max_steps=budget.steps if budget else limits.max_steps,
            final=False,
            failures_in_a_row=state.failures_in_a_row,
            max_failures=limits.max_failures,
            tokens=state.usage.tokens,
            max_tokens=budget.tokens if budget else limits.max_tokens,
            seconds=seconds_since(budget.started) if budget else 0.0,
            max_seconds=budget.seconds if budget else limits.max_seconds,
            fingerprint=_mark(state),
            seen=state.seen,
        ),
    )


def _mark(state: State) -> str:
    """What the coordinator sees now; the same sight twice means that the run turns in a circle."""
    last = state.failures[-1] if state.failures and state.failures_in_a_row else None
    return fingerprint(
        "coordinator",
        state.query.sql if state.query else None,
        state.chart.code if state.chart else None,
        [r.model_dump(mode="json") for r in state.evaluation.recommendations]
        if state.evaluation
        else None,
        last.message if last else None,
    )


def _admissible(state: State, dependencies: Dependencies, recorder: Recorder) -> tuple[Action, ...]:
    """What CR-2 and CR-3 leave."""
    rules = dependencies.rules
    if state.evaluation is not None:
        return (recorder.rule("CR-3", rules.evaluation_response(state.evaluation)),)
    return rules.admissible(
        state.scenario or Scenario.BASIC,
        state.defined(),
        None,
        existing_loads_data(state),
    )


def _choose(
    state: State, actions: tuple[Action, ...], dependencies: Dependencies, recorder: Recorder
) -> tuple[Proposal, dict[str, Any]]:
    """Take the one admissible action, or ask a model which of several."""
    if len(actions) == 1:
        action = actions[0]
        why = _WHY[action]
        if state.evaluation is not None and action in {Action.DATABASE, Action.VISUALIZATION}:
            why = "; ".join(r.text for r in state.evaluation.recommendations[:2]) or why
        return Proposal(action=action, why=why), {}
    return _ask_model(state, actions, dependencies, recorder)


def _ask_model(
    state: State, actions: tuple[Action, ...], dependencies: Dependencies, recorder: Recorder
) -> tuple[Proposal, dict[str, Any]]:
    """Ask the deciding model; if it fails, the first admissible action is taken."""
    from langchain_core.messages import HumanMessage, SystemMessage

    from multivis.llm.prompts import render_prompt
    from multivis.llm.structured import ask_structured

    model = dependencies.models.select("decide")
    messages = [
        SystemMessage(render_prompt("coordinator")),
        HumanMessage(_brief(state, actions)),
    ]
    usage = Usage()
    try:
        decision, usage, attempts = ask_structured(
            model,
            messages,
            CoordinatorDecision,
            rules=dependencies.rules,
            limits=dependencies.settings.limits,
        )
    except (ModelError, InputError) as error:
        failure = Failure(
            kind=FailureKind.PROVIDER,
            where="coordinator",
            message=str(error),
            step=state.step,
        )
        fallback = Proposal(
            action=actions[0], why="the deciding model gave no answer; the rules took the first"
        )
        return fallback, {"failures": (failure,)}
    recorder.add(
        ModelEvent(
            node="coordinator",
            model=dependencies.models.name(model),
            purpose="decide",
            usage=usage,
            attempts=attempts,
        )
    )
    chosen = Action(decision.action)
    if chosen not in actions:
        return (
            Proposal(
                action=actions[0],
                why=f"the model proposed {chosen.value}, which the rules do not admit now",
            ),
            {"usage": usage},
        )
    return Proposal(action=chosen, why=decision.why, by="model"), {"usage": usage}


def _brief(state: State, actions: tuple[Action, ...]) -> str:
    """What the deciding model is told."""
    existing = state.references.existing
    views = existing.facts.get("views", ()) if existing else ()
    channels = [channel for view in views for channel in view.get("channels", ())]
    columns = sorted({c["field"] for c in channels if isinstance(c.get("field"), str)})
    return render_brief(
        {
            "question": state.request.question,
            "scenario": str((state.scenario or Scenario.BASIC).value),
            "admissible": json.dumps([action.value for action in actions]),
            "defined": json.dumps(sorted(state.defined())),
            "existing_code": existing.text if existing else "",
            "columns": json.dumps(columns) if columns else "",
        }
    )


def _spent(state: State, dependencies: Dependencies, reason: str) -> Failure | None:
    """What is written down of a run whose budget was spent before a chart passed."""
    limits, budget = dependencies.settings.limits, state.budget
    told = {
        "steps": (f"its {budget.steps if budget else limits.max_steps} steps", "max_steps"),
        "tokens": (f"{budget.tokens if budget else limits.max_tokens} tokens", "max_tokens"),
        "seconds": (f"{budget.seconds if budget else limits.max_seconds:g} s", "max_seconds"),
    }
    if reason not in told:
        return None
    amount, name = told[reason]
    return Failure(
        kind=FailureKind.TIMEOUT,
        where="coordinator",
        message=f"The run used up {amount} before a chart passed. "
        f"Raise {name}, or ask for something simpler.",
        detail={"stop": reason},
        step=state.step,
    )


def _end(
    state: State, best: Attempt | None, reason: str, spent: Failure | None = None
) -> dict[str, Any]:
    """The last update of a run: its status, the best chart that there is, and why it ended."""
    if best is not None and best.evaluation.passed:
        status = Status.COMPLETE
    elif reason in {"steps", "tokens", "seconds"}:
        status = Status.EXHAUSTED
    else:
        status = Status.FAILED
    update: dict[str, Any] = {
        "status": status,
        "proposal": Proposal(
            action=Action.COMPLETE if status is Status.COMPLETE else Action.STOP,
            why=f"ended: {reason}",
        ),
        "best": best,
    }
    if status is Status.EXHAUSTED and spent is not None:
        update["failures"] = (spent,)
    if best is not None:
        update |= {"query": best.query, "chart": best.chart, "evaluation": best.evaluation}
    return update
