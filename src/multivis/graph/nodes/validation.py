"""Validation: deterministic checks first; a model may add doubts, never remove them."""

from __future__ import annotations

import json
from typing import Any, Literal

from langgraph.runtime import Runtime
from pydantic import Field

from multivis.errors import MultiVisError
from multivis.graph.nodes.workers import run_agent
from multivis.graph.react import Agent
from multivis.llm.brief import render_brief
from multivis.progress import CheckEvent
from multivis.state import (
    Chart,
    Evaluation,
    Note,
    Recommendation,
    Scenario,
    Severity,
    State,
)
from multivis.tool import Arguments, Dependencies, Outcome, Tool, ToolContext

__all__ = ["VALIDATION_AGENT", "SubmitEvaluation", "validation"]


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


def _submit(arguments: SubmitEvaluation, context: ToolContext) -> Outcome:
    """Take the judgement as the agent's result."""
    del context
    advice = tuple(
        Recommendation(target=a.target, severity=Severity(a.severity), text=a.text)
        for a in arguments.recommendations
    )
    evaluation = Evaluation(passed=arguments.passed, recommendations=advice, judged_by="model")
    return Outcome(text="Submitted.", update={"evaluation": evaluation}, final=True)


def _tools() -> tuple[Tool, ...]:
    from multivis.charts.tools import validation_tools

    submit = Tool(
        name="submit_evaluation",
        description="Submit your judgement of the chart; this ends your work.",
        arguments=SubmitEvaluation,
        run=_submit,
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
    evaluation = _deterministic(state, chart, dependencies)
    for result in evaluation.checks:
        runtime.stream_writer(CheckEvent(result=result))
    chart, notes = _with_picture(chart, evaluation, dependencies)
    update: dict[str, Any] = {"chart": chart, "evaluation": evaluation, "notes": notes}
    if not evaluation.passed or not _wants_judge(dependencies):
        return update
    judged = _judged(state.model_copy(update={"chart": chart}), evaluation, runtime)
    return {**update, **judged, "notes": (*notes, *judged.get("notes", ()))}


def _deterministic(state: State, chart: Chart, dependencies: Dependencies) -> Evaluation:
    """All checks on specification, data and request."""
    from multivis.charts.checks import run_checks
    from multivis.data.results import read_rows

    spec = json.loads(dependencies.store.get(chart.spec)) if chart.spec else {}
    rows = read_rows(state.query.rows, dependencies.store) if state.query else None
    return run_checks(
        chart,
        spec,
        query=state.query,
        rows=rows,
        request=state.request,
        extra=dependencies.extra_checks,
    )


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


def _wants_judge(dependencies: Dependencies) -> bool:
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
        runtime,
        image=image,
    )
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
        "evaluation": Evaluation(
            passed=evaluation.passed and not blocking,
            checks=evaluation.checks,
            recommendations=(*evaluation.recommendations, *found.recommendations),
            judged_by="checks and model",
        ),
    }


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
        }
    )
