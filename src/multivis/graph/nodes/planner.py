"""The planning agent for volumes: one agent with curated tools (VizGenie §5.1).

The paper found one agent that chooses among ready and generated tools to be more reliable than
several; here it runs in the same bounded loop and under the same rules as every other agent.
"""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from multivis.graph.nodes.database import last_failure
from multivis.graph.nodes.workers import (
    finished,
    from_documents,
    recommendations_for,
    run_agent,
)
from multivis.graph.react import Agent
from multivis.graph.record import notes_from_handoff
from multivis.llm.brief import render_brief
from multivis.progress import DraftEvent
from multivis.state import Failure, FailureKind, Scenario, State
from multivis.tool import Arguments, Dependencies, Outcome, Tool, ToolContext

__all__ = ["PLANNING_AGENT", "planner"]


def _cannot_answer(arguments: Any, context: ToolContext) -> Outcome:
    """End the run honestly."""
    del context
    message = arguments.reason.strip()
    failure = Failure(kind=FailureKind.UNANSWERABLE, where="planner", message=message)
    return Outcome(text=message, failure=failure, final=True)


def _tools() -> tuple[Tool, ...]:
    from multivis.graph.nodes.workers import CANNOT_ANSWER
    from multivis.volumes.module_tools import module_tools
    from multivis.volumes.tools import volume_tools

    arguments: type[Arguments] = CANNOT_ANSWER.arguments
    cannot = Tool(
        name="cannot_answer",
        description="Say that the volume does not hold what is asked; this ends the work.",
        arguments=arguments,
        run=_cannot_answer,
    )
    return (*volume_tools(), *module_tools(), cannot)


PLANNING_AGENT = Agent(name="planner", purpose="code", tools=_tools)


def planner(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Have the picture drawn, or changed; a new drawing makes the evaluation out of date."""
    from multivis.llm.prompts import render_prompt

    end = run_agent(
        PLANNING_AGENT,
        render_prompt("viz_genie"),
        _brief(state, runtime.context),
        state,
        runtime,
    )
    made = end.chart is not None and end.chart != state.chart
    update = finished(PLANNING_AGENT, end, state, made)
    if not made or end.chart is None:
        return update
    runtime.stream_writer(DraftEvent(chart=end.chart))
    return {
        **update,
        "chart": end.chart,
        "evaluation": None,
        "notes": (*end.notes, *notes_from_handoff(end.chart.handoff)),
    }


def _brief(state: State, dependencies: Dependencies) -> str:
    """What the planning agent is told."""
    from multivis.volumes.data import volume_of
    from multivis.volumes.describe import brief_facts

    data = volume_of(dependencies.source)
    facts = ""
    if data is not None:
        with data.lock:
            facts = brief_facts(data.volume.facts())
    existing = state.references.existing
    return render_brief(
        {
            "question": state.request.question,
            "scenario": (state.scenario or Scenario.BASIC).value,
            "volume": facts,
            "drawing": state.chart.code if state.chart else existing.text if existing else "",
            "recommendations": recommendations_for(state, "code"),
            "previous_failure": last_failure(state),
            "documents": from_documents(state, dependencies),
        }
    )
