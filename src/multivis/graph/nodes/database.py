"""The database agent: from the question to rows (MultiVis-Agent §4.1, DQ agent)."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from multivis.graph.nodes.workers import (
    CANNOT_ANSWER,
    finished,
    from_documents,
    recommendations_for,
    run_agent,
)
from multivis.graph.react import Agent, AgentState
from multivis.graph.record import notes_from_handoff
from multivis.llm.brief import render_brief
from multivis.state import Scenario, State
from multivis.tool import Dependencies, Tool

__all__ = ["DATABASE_AGENT", "database", "with_rows"]


def _tools() -> tuple[Tool, ...]:
    from multivis.data.tools import data_tools

    return (*data_tools(), CANNOT_ANSWER)


DATABASE_AGENT = Agent(name="database", purpose="query", tools=_tools)


def database(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Have the rows fetched; a new query makes chart and evaluation out of date."""
    from multivis.llm.prompts import render_prompt

    end = run_agent(
        DATABASE_AGENT,
        render_prompt("database"),
        _brief(state, runtime.context),
        state,
        runtime,
    )
    return with_rows(end, state)


def with_rows(end: AgentState, state: State) -> dict[str, Any]:
    """What the node changes, given how the agent's loop ended."""
    made = end.query is not None and end.query != state.query
    update = finished(DATABASE_AGENT, end, state, made)
    if not made or end.query is None:
        return update
    return {
        **update,
        "query": end.query,
        "chart": None,
        "evaluation": None,
        "notes": (*end.notes, *notes_from_handoff(end.query.handoff)),
    }


def _brief(state: State, dependencies: Dependencies) -> str:
    """What the database agent is told."""
    from multivis.data.describe import describe_schema

    references, limits = state.references, dependencies.settings.limits
    existing = references.existing
    return render_brief(
        {
            "question": state.request.question,
            "scenario": (state.scenario or Scenario.BASIC).value,
            "backend": state.request.backend,
            "dialect": dependencies.source.dialect,
            "schema": describe_schema(dependencies.source.schema(), limits.schema_characters),
            "reference_code": references.code.text if references.code and not existing else "",
            "existing_code": existing.text if existing else "",
            "named_values": _named_values(state, dependencies) if not existing else "",
            "existing_sql": "\n;\n".join(existing.sql) if existing else "",
            "image_style": _style(state),
            "recommendations": recommendations_for(state, "sql"),
            "previous_sql": state.query.sql if state.query and state.evaluation else "",
            "previous_failure": last_failure(state),
            "documents": from_documents(state, dependencies),
        }
    )


def _named_values(state: State, dependencies: Dependencies) -> str:
    """Values that the question names and the schema does not show, as the data spell them."""
    from multivis.data.describe import samples_shown
    from multivis.data.named_values import describe_named_values, named_values

    limits, schema = dependencies.settings.limits, dependencies.source.schema()
    if not limits.lookup_seconds or dependencies.settings.approve_sql:
        return ""  # where each query is approved, none runs unseen
    return describe_named_values(
        named_values(
            dependencies.source,
            schema,
            state.request.question,
            shown=samples_shown(schema, limits.schema_characters),
            seconds=limits.lookup_seconds,
        )
    )


def last_failure(state: State) -> str:
    """Why this agent's last attempt gave nothing, so that it is not made again unchanged."""
    if not state.failures_in_a_row or not state.failures:
        return ""
    return state.failures[-1].message


def _style(state: State) -> str:
    """The style read from the reference image, as JSON."""
    import json

    image = state.references.image
    return json.dumps(image.style, ensure_ascii=False) if image and image.style else ""
