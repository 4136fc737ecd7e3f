"""Validation for volumes: the scene is built, read back and compared with what was asked for.

The paper's check is that the code ran (VizGenie §5.2.3). Here the stages are read back from the
VTK objects, the surface is compared with the scalars, and the picture is looked at; a model that
sees may judge in addition, and can only make the verdict stricter.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langgraph.runtime import Runtime

from multivis.errors import MultiVisError
from multivis.graph.nodes.validation import (
    SubmitEvaluation,
    submit_evaluation,
    wants_judge,
    with_judgement,
)
from multivis.graph.nodes.workers import run_agent
from multivis.graph.react import Agent
from multivis.llm.brief import render_brief
from multivis.progress import CheckEvent
from multivis.state import (
    CheckResult,
    Evaluation,
    Failure,
    FailureKind,
    Note,
    Recommendation,
    Severity,
    State,
)
from multivis.tool import Dependencies, Tool

if TYPE_CHECKING:
    from multivis.volumes.delivery import Delivery

__all__ = ["VOLUME_JUDGE", "volume_validation"]


def _tools() -> tuple[Tool, ...]:
    return (
        Tool(
            name="submit_evaluation",
            description="Submit your judgement of the picture; this ends your work.",
            arguments=SubmitEvaluation,
            run=submit_evaluation,
            requires=frozenset({"chart"}),
        ),
    )


VOLUME_JUDGE = Agent(name="validation", purpose="judge", tools=_tools)


def volume_validation(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Build the drawing, check it, render its picture."""
    from multivis.charts.provenance import png_with_provenance
    from multivis.volumes.delivery import deliver, delivered_chart

    dependencies, chart = runtime.context, state.chart
    if chart is None:
        return {}
    try:
        delivery = deliver(chart, dependencies)
    except MultiVisError as error:
        return _undrawable(state, error)
    evaluation = _evaluation(delivery)
    for result in evaluation.checks:
        runtime.stream_writer(CheckEvent(result=result))
    chart = delivered_chart(chart, delivery, evaluation, dependencies, stamp=png_with_provenance)
    notes = tuple(Note(kind="information", text=text) for text in delivery.notes)
    update: dict[str, Any] = {"chart": chart, "evaluation": evaluation, "notes": notes}
    if not evaluation.passed or not wants_judge(dependencies) or delivery.picture is None:
        return update
    judged = _judged(state.model_copy(update={"chart": chart}), evaluation, delivery, runtime)
    return {**update, **judged, "notes": (*notes, *judged.get("notes", ()))}


def _undrawable(state: State, error: MultiVisError) -> dict[str, Any]:
    """A drawing that cannot be built is a failed check that says why, once."""
    text = str(error)
    check = CheckResult(
        id="builds",
        statement="The picture can be built from the data.",
        severity=Severity.ERROR,
        passed=False,
        message=text,
    )
    known = state.failures and state.failures[-1].message == text
    advice = Recommendation(target="code", severity=Severity.ERROR, text=text, check="builds")
    return {
        "evaluation": Evaluation(
            passed=False, checks=(check,), recommendations=() if known else (advice,)
        ),
        "failures": (
            Failure(kind=FailureKind.EXECUTION, where="validation", message=text, step=state.step),
        ),
    }


def _evaluation(delivery: Delivery) -> Evaluation:
    """The checks with what would mend those that failed."""
    failed = [c for c in delivery.checks if c.applicable and not c.passed]
    return Evaluation(
        passed=not any(check.severity is Severity.ERROR for check in failed),
        checks=tuple(delivery.checks),
        recommendations=tuple(
            Recommendation(
                target="code",
                severity=check.severity,
                text=check.message or f"Not so: {check.statement}",
                check=check.id,
            )
            for check in failed
        ),
        evidence=tuple(delivery.read_back),
    )


def _judged(
    state: State, evaluation: Evaluation, delivery: Delivery, runtime: Runtime[Dependencies]
) -> dict[str, Any]:
    """Add what a model that sees the picture finds."""
    from multivis.llm.prompts import render_prompt

    sees = runtime.context.models.has_vision
    end = run_agent(
        VOLUME_JUDGE,
        render_prompt("viz_genie_judge"),
        render_brief(
            {
                "question": state.request.question,
                "drawing": state.chart.code if state.chart else "",
                "evidence": json.dumps(list(evaluation.evidence), ensure_ascii=False)[:6_000],
            }
        ),
        state,
        runtime,
        image=delivery.picture if sees else None,
    )
    return with_judgement(evaluation, end)
