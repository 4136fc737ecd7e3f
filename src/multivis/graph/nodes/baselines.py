"""The nodes of the paper's baselines and ablations (MultiVis-Agent §6.1.2, §6.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field

from multivis.errors import InputError, ModelError, MultiVisError
from multivis.graph.guards import existing_loads_data
from multivis.graph.nodes.database import database
from multivis.graph.nodes.visualization import visualization
from multivis.graph.record import Recorder
from multivis.llm.brief import render_brief
from multivis.state import (
    Evaluation,
    Failure,
    FailureKind,
    ModelEvent,
    QueryResult,
    Scenario,
    State,
)
from multivis.tool import Dependencies

if TYPE_CHECKING:
    from multivis.protocols import Table

__all__ = [
    "WholeChart",
    "accept",
    "ask_form",
    "code_once",
    "debug_once",
    "fetch",
    "one_prompt",
    "sql_once",
    "whole_table",
]

M = TypeVar("M", bound=BaseModel)


# ── ablations ───────────────────────────────────────────────────────────────────────────────


def whole_table(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """In place of the database agent: all rows of the table whose name is nearest to the words.

    No model is asked, nothing is joined or aggregated: what the chart needs beyond that, its code
    has to do.
    """
    if existing_loads_data(state) or state.query is not None:
        return {}
    source = runtime.context.source
    table = _nearest_table(state.request.question, source.schema().tables)
    if table is None:
        return _failed("database", "The data have no tables.", FailureKind.UNANSWERABLE)
    quote = "`" if source.dialect == "mysql" else '"'
    name = table.name.replace(quote, quote * 2)
    return fetch(f"SELECT * FROM {quote}{name}{quote}", runtime.context, "database")


def _nearest_table(question: str, tables: tuple[Table, ...]) -> Table | None:
    """By the name, then by the names of columns."""
    from rapidfuzz import fuzz

    words = question.casefold()

    def score(table: Table) -> tuple[float, float]:
        name = fuzz.partial_ratio(table.name.replace("_", " ").casefold(), words)
        columns = [
            fuzz.partial_ratio(c.name.replace("_", " ").casefold(), words) for c in table.columns
        ]
        return name, sum(sorted(columns)[-3:])

    return max(tables, key=score, default=None)


def accept(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """In place of validation: every chart is good, nothing is looked at."""
    del state, runtime
    return {"evaluation": Evaluation(passed=True, judged_by="nobody")}


# ── the workflow: SQL, then code, then one repair ───────────────────────────────────────────


def _once(runtime: Runtime[Dependencies]) -> Runtime[Dependencies]:
    """A runtime in which an agent has one step."""
    settings = runtime.context.settings
    limits = settings.limits.model_copy(update={"max_agent_steps": 1})
    context = replace(runtime.context, settings=settings.model_copy(update={"limits": limits}))
    return runtime.override(context=context)


def sql_once(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """One try at the query; existing code that loads its own rows needs none."""
    return {} if existing_loads_data(state) else database(state, _once(runtime))


def code_once(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """One try at the chart, if there are rows."""
    if state.query is None and not existing_loads_data(state):
        return {}
    return visualization(state, _once(runtime))


def debug_once(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """One more try at what is missing: the query and then its chart, or the chart alone."""
    if state.chart is not None:
        return {}
    if state.query is None and not existing_loads_data(state):
        mended = database(state, _once(runtime))
        if mended.get("query") is None:
            return mended
        found = state.model_copy(update={"query": mended["query"], "failures_in_a_row": 0})
        drawn = visualization(found, _once(runtime))
        added = {key: mended[key] + drawn[key] for key in ("failures", "trace", "notes", "usage")}
        return {**mended, **drawn, **added}
    return visualization(state, _once(runtime))


# ── instructing a model: one prompt ─────────────────────────────────────────────────────────


class WholeChart(BaseModel):
    """The query and the code of a chart."""

    sql: str = Field("", description="One SELECT; empty if the code loads its own data.")
    code: str = Field(min_length=1, description="Altair code that draws the frame `df`.")


def one_prompt(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Question, schema and references in one prompt; what comes back is taken as it is."""
    dependencies = runtime.context
    answer, update = ask_form(
        state, runtime, "instructing_llm", _everything(state, dependencies), WholeChart, "code"
    )
    if answer is None:
        return update
    query = None
    if answer.sql.strip():
        fetched = fetch(answer.sql, dependencies, "one_prompt")
        if fetched.get("query") is None:
            return {**update, **fetched}
        query = fetched["query"]
    return {**update, "query": query, **drawn(answer.code, query, state, dependencies)}


def _everything(state: State, dependencies: Dependencies) -> str:
    """The brief with all task information."""
    from multivis.data.describe import describe_schema

    references, limits = state.references, dependencies.settings.limits
    existing, image = references.existing, references.image
    return render_brief(
        {
            "question": state.request.question,
            "scenario": (state.scenario or Scenario.BASIC).value,
            "dialect": dependencies.source.dialect,
            "schema": describe_schema(dependencies.source.schema(), limits.schema_characters),
            "reference_code": references.code.text if references.code and not existing else "",
            "existing_code": existing.text if existing else "",
            "image_style": str(image.style) if image and image.style else "",
        }
    )


# ── what they share ─────────────────────────────────────────────────────────────────────────


def ask_form(
    state: State,
    runtime: Runtime[Dependencies],
    prompt: str,
    brief: str,
    form: type[M],
    purpose: str,
    **variables: str,
) -> tuple[M | None, dict[str, Any]]:
    """Ask a model once for a form; None with a failure when it does not give it.

    Args:
        state: The state; its reference image is shown to a model that sees.
        runtime: The node's runtime.
        prompt: Name of the system prompt.
        brief: The brief.
        form: What is to be filled in.
        purpose: For RC-3.
        **variables: Of the prompt.
    """
    from langchain_core.messages import HumanMessage, SystemMessage

    from multivis.graph.nodes.visualization import _image
    from multivis.graph.nodes.workers import _content
    from multivis.llm.prompts import render_prompt
    from multivis.llm.structured import ask_structured

    dependencies = runtime.context
    recorder = Recorder(runtime.stream_writer, prompt)
    image = _image(state, dependencies)
    model = dependencies.models.select(purpose, images=image is not None)
    messages = [
        SystemMessage(render_prompt(prompt, **variables)),
        HumanMessage(_content(brief, image)),
    ]
    try:
        answer, usage, attempts = ask_structured(
            model,
            messages,
            form,
            rules=dependencies.rules,
            limits=dependencies.settings.limits,
            asks=1,
        )
    except (ModelError, InputError) as error:
        return None, _failed(prompt, str(error), FailureKind.PROVIDER)
    recorder.add(
        ModelEvent(
            node=prompt,
            model=dependencies.models.name(model),
            purpose=purpose,
            usage=usage,
            attempts=attempts,
        )
    )
    return answer, {"usage": usage, "trace": tuple(recorder.events)}


def fetch(sql: str, dependencies: Dependencies, where: str) -> dict[str, Any]:
    """Run a query under the guard: the update with its rows, or with a failure."""
    from multivis.data.results import query_result

    limits = dependencies.settings.limits
    try:
        rows = dependencies.source.execute(
            sql, row_limit=limits.query_rows, seconds=limits.query_seconds
        )
        query = query_result(rows, dependencies.source, dependencies.store, limits)
    except MultiVisError as error:
        return _failed(where, str(error), FailureKind.EXECUTION)
    return {"query": query}


def drawn(
    code: str, query: QueryResult | None, state: State, dependencies: Dependencies
) -> dict[str, Any]:
    """Run chart code: the update with its chart, or with a failure."""
    from multivis.charts.draft import draft

    result = draft(code, query=query, request=state.request, dependencies=dependencies)
    if result.chart is None:
        failure = result.failure or Failure(
            kind=FailureKind.INTERNAL, where="charts", message="Nothing was drafted."
        )
        return {"failures": (failure,), "failures_in_a_row": state.failures_in_a_row + 1}
    return {"chart": result.chart, "notes": result.notes}


def _failed(where: str, message: str, kind: FailureKind) -> dict[str, Any]:
    return {"failures": (Failure(kind=kind, where=where, message=message),), "failures_in_a_row": 1}
