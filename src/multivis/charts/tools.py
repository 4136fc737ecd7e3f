"""The tools of the Visualization and the Validation agent (MultiVis-Agent §4.2).

`get_code_example_list`, `get_code_example` and `execute_code` draft charts;
`execute_altair_code` and `execute_matplotlib_code` run a draft again and say what it draws.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import Field

from multivis.charts.draft import Draft, draft
from multivis.charts.summary import describe_chart
from multivis.errors import OptionError, RenderError
from multivis.protocols import Example
from multivis.state import Failure, FailureKind, Note
from multivis.tool import Arguments, Outcome, Tool, ToolContext

__all__ = ["chart_tools", "validation_tools"]

_REMEMBERED = 3


class ListExamples(Arguments):
    """Arguments of `get_code_example_list`."""

    category: str | None = Field(
        None, max_length=60, description="Only examples of this category; leave out for all."
    )


class GetExample(Arguments):
    """Arguments of `get_code_example`."""

    name: str = Field(min_length=1, max_length=200, description="A name from the list.")


class ExecuteCode(Arguments):
    """Arguments of `execute_code`."""

    code: str = Field(
        min_length=1,
        max_length=200_000,
        description=(
            "Python that draws the pandas frame `df`, which is already loaded with the query's "
            "columns, and leaves the chart in the variable `chart`."
        ),
    )
    final: bool = Field(True, description="Whether this is the chart to deliver.")
    handoff: str = Field(
        "", max_length=8_000, description="What the other agents should know of this chart."
    )


class ExecuteDraft(Arguments):
    """Arguments of `execute_altair_code` and `execute_matplotlib_code`."""

    code: str | None = Field(
        None, max_length=200_000, description="Code to run; leave out to run the drafted chart."
    )


# ── examples ────────────────────────────────────────────────────────────────────────────────


def _remembered(context: ToolContext) -> Sequence[Example]:
    """Charts that passed for earlier questions on the same schema, best first."""
    dependencies = context.dependencies
    if dependencies.memory is None:
        return ()
    from multivis.memory import data_fingerprint, schema_fingerprint

    schema = dependencies.source.schema()
    found = dependencies.memory.recall(
        context.state.request.question,
        schema=schema_fingerprint(schema),
        data=data_fingerprint(schema),
        limit=_REMEMBERED,
    )
    return [e for e in found if e.backend == context.state.request.backend]


def _list_examples(arguments: ListExamples, context: ToolContext) -> Outcome:
    from multivis.charts.examples import example_list, search_examples

    backend = context.state.request.backend
    lines = []
    remembered = _remembered(context) if arguments.category is None else ()
    if remembered:
        lines.append("Charts of this database that passed before:")
        lines += [f"  {example.name}: {example.description[:200]}" for example in remembered]
    try:
        examples = example_list(backend, arguments.category)
    except OptionError as error:
        return _failed(FailureKind.PARAMETER, str(error))
    if arguments.category is None:
        near = search_examples(context.state.request.question, limit=3, backend=backend)
        if near:
            lines.append("Closest to the question: " + ", ".join(e.name for e in near))
        category = ""
        for example in examples:
            if example.category != category:
                category = example.category
                lines.append(f"{category}:")
            lines[-1] += f" {example.name}" if lines[-1].endswith(":") else f", {example.name}"
    else:
        lines += [f"{example.name}: {example.description}" for example in examples]
    return Outcome(text="\n".join(lines))


def _get_example(arguments: GetExample, context: ToolContext) -> Outcome:
    from multivis.charts.examples import get_example

    for example in _remembered(context):
        if example.name == arguments.name:
            break
    else:
        try:
            example = get_example(arguments.name)
        except OptionError as error:
            return _failed(FailureKind.PARAMETER, str(error))
    return Outcome(text=f"# {example.name}: {example.description}\n{example.code}")


# ── running code ────────────────────────────────────────────────────────────────────────────


def _failed(kind: FailureKind, message: str) -> Outcome:
    return Outcome(text=message, failure=Failure(kind=kind, where="charts", message=message))


def _outcome(result: Draft, *, final: bool) -> Outcome:
    """A draft as an outcome: the chart and what it draws, or the failure."""
    if result.failure is not None or result.chart is None:
        failure = result.failure or Failure(
            kind=FailureKind.INTERNAL, where="charts", message="Nothing was drafted."
        )
        return Outcome(text=failure.message, failure=failure, rules=result.rules)
    try:
        text = describe_chart(result.spec, result.chart.backend)
    except RenderError as error:
        message = f"The chart was made but cannot be drawn: {error}"
        if "quote" in message or "Expression parse error" in message:
            message += " Names of columns with quotes need an alias in SQL without them."
        outcome = _failed(FailureKind.EXECUTION, message)
        return outcome.model_copy(update={"rules": result.rules})
    return Outcome(
        text=_with_notes(text, result.notes),
        update={"chart": result.chart},
        notes=result.notes,
        rules=result.rules,
        final=final,
    )


def _with_notes(text: str, notes: Sequence[Note]) -> str:
    return "\n".join([text, *(f"Note: {note.text}" for note in notes)])


def _execute_code(arguments: ExecuteCode, context: ToolContext) -> Outcome:
    state = context.state
    result = draft(
        arguments.code,
        query=state.query,
        request=state.request,
        dependencies=context.dependencies,
        handoff=arguments.handoff,
    )
    return _outcome(result, final=arguments.final)


def _execute_draft(arguments: ExecuteDraft, context: ToolContext, backend: str) -> Outcome:
    """Run given code, or describe the drafted chart, without changing the state."""
    state = context.state
    if arguments.code is None:
        return _describe_draft(context, backend)
    result = draft(
        arguments.code,
        query=state.query,
        request=state.request.model_copy(update={"backend": backend}),
        dependencies=context.dependencies,
    )
    return _outcome(result, final=False).model_copy(update={"update": {}})


def _describe_draft(context: ToolContext, backend: str) -> Outcome:
    """Run the drafted chart again from its code, so that what is described is what it draws."""
    chart = context.state.chart
    if chart is None:
        return _failed(FailureKind.PREREQUISITE, "There is no drafted chart to run yet.")
    if chart.backend != backend:
        return _failed(
            FailureKind.PARAMETER,
            f"The drafted chart is drawn with {chart.backend}, not with {backend}.",
        )
    result = draft(
        chart.code,
        query=context.state.query,
        request=context.state.request.model_copy(update={"backend": backend}),
        dependencies=context.dependencies,
        handoff=chart.handoff,
    )
    outcome = _outcome(result, final=False).model_copy(update={"update": {}})
    if outcome.failure is None and chart.spec is not None and result.chart is not None:
        drafted = chart.spec.sha256 == (result.chart.spec and result.chart.spec.sha256)
        if not drafted and json.loads(context.dependencies.store.get(chart.spec)) != result.spec:
            text = outcome.text + "\nThe chart differs from its draft: it is not deterministic."
            return outcome.model_copy(update={"text": text})
    return outcome


def _execute_altair(arguments: ExecuteDraft, context: ToolContext) -> Outcome:
    return _execute_draft(arguments, context, "altair")


def _execute_matplotlib(arguments: ExecuteDraft, context: ToolContext) -> Outcome:
    return _execute_draft(arguments, context, "matplotlib")


def chart_tools() -> tuple[Tool, ...]:
    """The tools of the Visualization agent."""
    return (
        Tool(
            name="get_code_example_list",
            description=(
                "List runnable chart examples by category, charts of this database that passed "
                "before first."
            ),
            arguments=ListExamples,
            run=_list_examples,
        ),
        Tool(
            name="get_code_example",
            description="The code of one example of the list.",
            arguments=GetExample,
            run=_get_example,
        ),
        Tool(
            name="execute_code",
            description=(
                "Run chart code on the rows of the query (the pandas frame `df`) and say what it "
                "draws. With final=true the chart is handed on."
            ),
            arguments=ExecuteCode,
            run=_execute_code,
        ),
    )


def validation_tools() -> tuple[Tool, ...]:
    """The tools of the Validation agent."""
    requires = frozenset({"source", "chart"})
    return (
        Tool(
            name="execute_altair_code",
            description=(
                "Run the drafted Altair chart (or the given code) and say what it draws: marks, "
                "counts, axes, legends, titles and visible problems."
            ),
            arguments=ExecuteDraft,
            run=_execute_altair,
            requires=requires,
        ),
        Tool(
            name="execute_matplotlib_code",
            description=(
                "Run the drafted Matplotlib chart (or the given code) and say what it draws: "
                "artists, counts, axes, legends and titles."
            ),
            arguments=ExecuteDraft,
            run=_execute_matplotlib,
            requires=requires,
        ),
    )
