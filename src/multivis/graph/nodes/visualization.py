"""The visualization agent: from rows to a drafted chart (MultiVis-Agent §4.1)."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from langgraph.runtime import Runtime

from multivis.errors import MultiVisError
from multivis.graph.nodes.database import last_failure
from multivis.graph.nodes.workers import (
    finished,
    from_documents,
    recommendations_for,
    run_agent,
)
from multivis.graph.react import Agent, AgentState
from multivis.graph.record import notes_from_handoff
from multivis.llm.brief import render_brief
from multivis.progress import DraftEvent
from multivis.state import (
    Chart,
    Failure,
    FailureKind,
    Note,
    QueryResult,
    Scenario,
    State,
)
from multivis.tool import Dependencies, Outcome, Tool, ToolContext

__all__ = ["VISUALIZATION_AGENT", "visualization", "with_chart"]


def _tools() -> tuple[Tool, ...]:
    from multivis.charts.tools import chart_tools

    return chart_tools()


VISUALIZATION_AGENT = Agent(name="visualization", purpose="code", tools=_tools)


def visualization(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Have the chart drafted; a new chart makes the evaluation out of date."""
    from multivis.llm.prompts import render_prompt

    dependencies = runtime.context
    backend = dependencies.backends[state.request.backend]
    system = render_prompt(
        "visualization",
        backend=state.request.backend.capitalize(),
        environment=backend.environment().strip(),
        saving="" if state.request.backend != "matplotlib" else " (the figure)",
    )
    end = run_agent(
        VISUALIZATION_AGENT,
        system,
        _brief(state, dependencies),
        state,
        runtime.override(context=_with_reader(state, dependencies)),
        image=_image(state, dependencies),
    )
    update = with_chart(end, state, dependencies)
    if update.get("chart") is not None:
        runtime.stream_writer(DraftEvent(chart=update["chart"]))
    return update


def with_chart(end: AgentState, state: State, dependencies: Dependencies) -> dict[str, Any]:
    """What the node changes, given how the agent's loop ended."""
    made = end.chart is not None and end.chart != state.chart
    update = finished(VISUALIZATION_AGENT, end, state, made)
    if not made or end.chart is None:
        # EH-2: when the rows lack what the chart needs, the query has to be made anew
        return {**update, "query": None} if end.stop == "requery" else update
    query, notes = _rows_of_own_script(end.chart, state, dependencies)
    return {
        **update,
        "chart": end.chart,
        "evaluation": None,
        "query": query,
        "notes": (*end.notes, *notes_from_handoff(end.chart.handoff), *notes),
    }


def _brief(state: State, dependencies: Dependencies) -> str:
    """What the visualization agent is told."""
    from multivis.data.describe import describe_schema

    references, existing = state.references, state.references.existing
    return render_brief(
        {
            "question": state.request.question,
            "scenario": (state.scenario or Scenario.BASIC).value,
            "backend": state.request.backend,
            "query": json.dumps(_query(state.query), ensure_ascii=False) if state.query else "",
            "reference_code": references.code.text if references.code and not existing else "",
            "existing_code": existing.text if existing else "",
            # a refinement may name a column or a value that the script does not load yet
            "schema": describe_schema(
                dependencies.source.schema(),
                min(4_000, dependencies.settings.limits.schema_characters),
            )
            if existing
            else "",
            "image_style": json.dumps(references.image.style, ensure_ascii=False)
            if references.image and references.image.style
            else "",
            "recommendations": recommendations_for(state, "code"),
            "previous_code": state.chart.code if state.chart and state.evaluation else "",
            "previous_failure": last_failure(state),
            "documents": from_documents(state, dependencies),
        }
    )


def _query(query: QueryResult) -> dict[str, Any]:
    """A query result as a model reads it: profiles and five rows, never the rows themselves."""
    return {
        "sql": query.sql,
        "row_count": query.row_count,
        "truncated": query.truncated,
        "columns": [column.model_dump(mode="json") for column in query.columns],
        "preview": list(query.preview[:5]),
        "handoff": query.handoff,
    }


def _with_reader(state: State, dependencies: Dependencies) -> Dependencies:
    """The dependencies with `read_chart_image` where there is a reference image to read."""
    if state.references.image is None or find_spec("rapidocr") is None:
        return dependencies
    from multivis.reader import reader_tools

    given = dependencies.extra_tools.get("visualization", ())
    tools = tuple(replace(tool, run=partial(_of_the_reference, tool)) for tool in reader_tools())
    return replace(
        dependencies,
        extra_tools={**dependencies.extra_tools, "visualization": (*given, *tools)},
    )


def _of_the_reference(tool: Tool, arguments: Any, context: ToolContext) -> Outcome:
    """Read the reference image, and no other file of this machine."""
    image = context.state.references.image
    if image is None or arguments.path not in {image.path, Path(image.path).name}:
        named = Path(image.path).name if image else ""
        text = f"Only the reference image can be read; its path is {named!r}."
        failure = Failure(kind=FailureKind.REFUSED, where="visualization", message=text)
        return Outcome(text=text, failure=failure)
    return tool.run(arguments.model_copy(update={"path": image.path}), context)


def _image(state: State, dependencies: Dependencies) -> bytes | None:
    """The reference image, when there is a model that sees."""
    image = state.references.image
    if image is None or not dependencies.models.has_vision:
        return None
    return Path(image.path).read_bytes()


def _rows_of_own_script(
    chart: Chart, state: State, dependencies: Dependencies
) -> tuple[QueryResult | None, tuple[Note, ...]]:
    """The rows of a script that loads its own data, through the SQL guard.

    Validation compares what is drawn with what the SQL returns, so the statement in the
    script is run once more under the guard; without one statement the chart is checked
    against its specification alone, and that is said.
    """
    environment = dependencies.rules.code_environment(
        chart.code, chart.backend, environment=""
    ).value
    if not environment.loads_data:
        return state.query, ()
    from multivis.charts.reference import read_code
    from multivis.data.results import query_result

    limits, source = dependencies.settings.limits, dependencies.source
    try:
        statements = tuple(dict.fromkeys(read_code(chart.code).to_dict()["data"]["sql"]))
        if len(statements) != 1:
            raise MultiVisError(f"The script holds {len(statements)} SQL statements.")
        rows = source.execute(
            statements[0], row_limit=limits.query_rows, seconds=limits.query_seconds
        )
        return query_result(rows, source, dependencies.store, limits), ()
    except MultiVisError as error:
        note = Note(
            kind="information",
            text="The rows of the script could not be fetched a second time, so the chart was "
            f"checked against its specification alone: {error}",
        )
        return None, (note,)
