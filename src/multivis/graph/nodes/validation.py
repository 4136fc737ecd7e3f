"""Validation: deterministic checks first; a model may add doubts, never remove them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Literal

from langgraph.runtime import Runtime
from pydantic import Field

from multivis.errors import MultiVisError
from multivis.graph.nodes.workers import run_agent
from multivis.graph.react import Agent, AgentState
from multivis.llm.brief import render_brief
from multivis.progress import CheckEvent
from multivis.state import (
    Chart,
    Evaluation,
    Failure,
    FailureKind,
    Note,
    Recommendation,
    Scenario,
    Severity,
    State,
    ViewReference,
    fingerprint,
)
from multivis.tool import Arguments, Dependencies, Outcome, Tool, ToolContext

__all__ = [
    "VALIDATION_AGENT",
    "SubmitEvaluation",
    "submit_evaluation",
    "validation",
    "wants_judge",
    "with_judgement",
]


class SubmitEvaluation(Arguments):
    """What the judging model submits."""

    passed: bool = Field(description="Whether a reader gets the answer from this chart.")
    recommendations: list[_Advice] = Field(
        default_factory=list, max_length=10, description="What to change; empty when it passed."
    )


class _Advice(Arguments):
    """One recommendation."""

    target: Literal["sql", "code"]
    severity: Literal["error", "warning"] = "warning"
    text: str = Field(min_length=3, max_length=1_000)


SubmitEvaluation.model_rebuild()


def submit_evaluation(arguments: SubmitEvaluation, context: ToolContext) -> Outcome:
    """Take the judgement as the agent's result; one that contradicts itself is asked again."""
    del context
    contradiction = _contradiction(arguments)
    if contradiction:
        failure = Failure(
            kind=FailureKind.CONTENT, where="submit_evaluation", message=contradiction
        )
        return Outcome(text=contradiction, failure=failure)
    advice = tuple(
        Recommendation(target=a.target, severity=Severity(a.severity), text=a.text)
        for a in arguments.recommendations
    )
    evaluation = Evaluation(passed=arguments.passed, recommendations=advice, judged_by="model")
    return Outcome(text="Submitted.", update={"evaluation": evaluation}, final=True)


def _contradiction(arguments: SubmitEvaluation) -> str:
    """Why verdict and recommendations cannot both hold; empty when they can (RC-2)."""
    blocking = any(advice.severity == "error" for advice in arguments.recommendations)
    if arguments.passed and blocking:
        return (
            "The judgement contradicts itself: passed is true, but a recommendation has the "
            "severity error. Set passed to false, or the severity to warning."
        )
    if not arguments.passed and not arguments.recommendations:
        return (
            "The judgement contradicts itself: passed is false, but nothing is recommended. "
            "Say what to change, or set passed to true."
        )
    return ""


def _tools() -> tuple[Tool, ...]:
    from multivis.charts.tools import validation_tools

    submit = Tool(
        name="submit_evaluation",
        description="Submit your judgement of the chart; this ends your work.",
        arguments=SubmitEvaluation,
        run=submit_evaluation,
        requires=frozenset({"chart"}),
    )
    return (*validation_tools(), submit)


VALIDATION_AGENT = Agent(name="validation", purpose="judge", tools=_tools)


def validation(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Check the chart against its data and the question, and draw its picture."""
    dependencies = runtime.context
    chart = state.chart
    if chart is None:
        return {}
    spec = json.loads(dependencies.store.get(chart.spec)) if chart.spec else {}
    evaluation = _deterministic(state, chart, spec, dependencies)
    evaluation, unseen = _grounded(state, chart, spec, evaluation, dependencies)
    for result in evaluation.checks:
        runtime.stream_writer(CheckEvent(result=result))
    chart, undrawn = _with_picture(chart, evaluation, dependencies)
    notes = (*unseen, *undrawn)
    update: dict[str, Any] = {"chart": chart, "evaluation": evaluation, "notes": notes}
    if not evaluation.passed or not wants_judge(dependencies):
        return update
    judged = _judged(state.model_copy(update={"chart": chart}), evaluation, runtime)
    return {**update, **judged, "notes": (*notes, *judged.get("notes", ()))}


def _deterministic(
    state: State, chart: Chart, spec: dict[str, Any], dependencies: Dependencies
) -> Evaluation:
    """All checks on specification, data and request."""
    from multivis.charts.checks import run_checks
    from multivis.data.results import read_rows

    rows = read_rows(state.query.rows, dependencies.store) if state.query else None
    return run_checks(
        chart,
        spec,
        query=state.query,
        rows=rows,
        request=state.request,
        extra=dependencies.extra_checks,
    )


def _grounded(
    state: State,
    chart: Chart,
    spec: dict[str, Any],
    evaluation: Evaluation,
    dependencies: Dependencies,
) -> tuple[Evaluation, tuple[Note, ...]]:
    """The evaluation with the draft as a view and the evidence that the view gives (IVG §3).

    Recommendations then name the drawn points that prove them. A chart that no view can be
    made of keeps its verdict, and a note says so.
    """
    if dependencies.views is None or not spec:
        return evaluation, ()
    from multivis.views import cited, evidence, register_draft

    budget = state.budget
    name = "run-" + fingerprint(state.request, budget.started if budget else 0)
    session = dependencies.views.session(name, sandbox=dependencies.sandbox)
    try:
        plot_id = register_draft(session, chart, spec)
        records = evidence(session, plot_id, evaluation.checks)
    except MultiVisError as error:
        return evaluation, (Note(kind="information", text=f"No view of the chart: {error}"),)
    return evaluation.model_copy(
        update={
            "view": ViewReference(session=name, plot_id=plot_id),
            "evidence": tuple(records),
            "recommendations": cited(evaluation.recommendations, records),
        }
    ), ()


def _with_picture(
    chart: Chart, evaluation: Evaluation, dependencies: Dependencies
) -> tuple[Chart, tuple[Note, ...]]:
    """The chart with its checks in the provenance and its picture drawn, if it can be."""
    from multivis.charts.draft import render_chart

    checks = {check.id: check.passed for check in evaluation.checks if check.applicable}
    chart = chart.model_copy(
        update={"provenance": chart.provenance.model_copy(update={"checks": checks})}
    )
    try:
        return render_chart(chart, dependencies), ()
    except MultiVisError as error:
        return chart, (Note(kind="information", text=f"No picture could be drawn: {error}"),)


def wants_judge(dependencies: Dependencies) -> bool:
    """Whether a model is asked after the checks."""
    judge = dependencies.settings.judge
    return judge == "always" or (judge == "auto" and dependencies.models.has_vision)


def _judged(state: State, evaluation: Evaluation, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Add what a model that sees the picture finds; it can only make the verdict stricter."""
    from multivis.llm.prompts import render_prompt

    dependencies, chart = runtime.context, state.chart
    image = None
    if chart is not None and chart.image is not None and dependencies.models.has_vision:
        image = dependencies.store.get(chart.image)
    end = run_agent(
        VALIDATION_AGENT,
        render_prompt("validation"),
        _brief(state, evaluation),
        state,
        runtime.override(context=_with_view_tools(evaluation, dependencies)),
        image=image,
    )
    return with_judgement(evaluation, end)


def with_judgement(evaluation: Evaluation, end: AgentState) -> dict[str, Any]:
    """The update of a state by what a judging agent found; it can only be stricter.

    Args:
        evaluation: What the checks say.
        end: How the agent ended.
    """
    common: dict[str, Any] = {
        "trace": end.trace,
        "usage": end.usage,
        "failures": end.failures,
    }
    found = end.evaluation
    if found is None or found.judged_by != "model":
        note = Note(kind="information", text="The judging model gave no usable judgement.")
        return {**common, "notes": (*end.notes, note)}
    blocking = any(r.severity is Severity.ERROR for r in found.recommendations)
    return {
        **common,
        "notes": end.notes,
        "evaluation": evaluation.model_copy(
            update={
                "passed": evaluation.passed and not blocking,
                "recommendations": (*evaluation.recommendations, *found.recommendations),
                "judged_by": "checks and model",
            }
        ),
    }


#: The view tools that a judge is offered: reading and zooming, not drawing anew.
_LOOKING = ("get_plot_json", "relayout", "legendclick", "selected", "query_interactions")


def _with_view_tools(evaluation: Evaluation, dependencies: Dependencies) -> Dependencies:
    """The dependencies with the view tools on this run's own session for the judge."""
    if evaluation.view is None or dependencies.views is None:
        return dependencies
    from multivis.views.tools import view_tools

    session = dependencies.views.session(evaluation.view.session, sandbox=dependencies.sandbox)
    tools = view_tools(dependencies.views, session, names=_LOOKING)
    given = dependencies.extra_tools.get("validation", ())
    return replace(
        dependencies,
        extra_tools={**dependencies.extra_tools, "validation": (*given, *tools)},
    )


def _brief(state: State, evaluation: Evaluation) -> str:
    """What the judging model is told."""
    checks = [
        check.model_dump(mode="json", include={"id", "statement", "passed", "message"})
        for check in evaluation.checks
        if check.applicable
    ]
    return render_brief(
        {
            "question": state.request.question,
            "scenario": (state.scenario or Scenario.BASIC).value,
            "code": state.chart.code if state.chart else "",
            "sql": state.query.sql if state.query else "",
            "checks": json.dumps(checks, ensure_ascii=False),
            "view": _view(evaluation),
        }
    )


def _view(evaluation: Evaluation) -> str:
    """The plot that the view tools act on, and what is drawn in it."""
    if evaluation.view is None:
        return ""
    drawn = [
        {k: v for k, v in record.items() if k != "check"} for record in evaluation.evidence[:5]
    ]
    return json.dumps({"plot_id": evaluation.view.plot_id, "evidence": drawn}, ensure_ascii=False)
