"""The view tools as multivis's own agents and as LangChain take them."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from multivis.errors import CodeError, InputError, MultiVisError, RenderError
from multivis.state import Failure, FailureKind
from multivis.tool import Arguments, Outcome, Tool, ToolContext
from multivis.views.operations import OPERATIONS, Operation
from multivis.views.session import ViewSession
from multivis.views.sessions import ViewStore

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from multivis.protocols import Sandbox

__all__ = ["langchain_view_tools", "view_tools"]


def _session(
    store: ViewStore, session: str | ViewSession, sandbox: Sandbox | None = None
) -> ViewSession:
    return session if isinstance(session, ViewSession) else store.session(session, sandbox=sandbox)


def view_tools(
    store: ViewStore,
    session: str | ViewSession = "default",
    *,
    sandbox: Sandbox | None = None,
    names: tuple[str, ...] | None = None,
) -> tuple[Tool, ...]:
    """The seven tools and the calculators for multivis's agents.

    Args:
        store: Where plots are kept.
        session: A session, or its name.
        sandbox: Where `show_plot` runs code.
        names: Only these tools; by default all.
    """
    views = _session(store, session, sandbox)
    return tuple(
        Tool(
            name=operation.name,
            description=operation.description,
            arguments=operation.arguments,
            run=partial(_run, operation, views),
            requires=frozenset(),
        )
        for operation in OPERATIONS.values()
        if names is None or operation.name in names
    )


def _values(arguments: Arguments) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in arguments.model_fields_set}


def _run(
    operation: Operation, views: ViewSession, arguments: Arguments, context: ToolContext
) -> Outcome:
    """Call a tool; what it raises becomes a failure."""
    values = _values(arguments)
    if operation.name == "get_plot_json" and values.get("max_chars") is None:
        # no more than the agent may read; a focused read keeps its own, smaller size
        limit = context.dependencies.settings.limits.observation_characters
        if not values.get("focus"):
            values["max_chars"] = limit
    try:
        found = operation.call(views, values)
    except MultiVisError as error:
        kind = _kind(error)
        failure = Failure(kind=kind, where="views", message=str(error))
        return Outcome(text=str(error), failure=failure)
    return Outcome(text=json.dumps(found, ensure_ascii=False))


def _kind(error: MultiVisError) -> FailureKind:
    if isinstance(error, CodeError | RenderError):
        return FailureKind.EXECUTION
    return FailureKind.PARAMETER if isinstance(error, InputError) else FailureKind.INTERNAL


def langchain_view_tools(
    store: ViewStore,
    session: str | ViewSession = "default",
    *,
    sandbox: Sandbox | None = None,
    names: tuple[str, ...] | None = None,
) -> list[BaseTool]:
    """The same tools for any LangChain or LangGraph agent; errors come back as text.

    Args:
        store: Where plots are kept.
        session: A session, or its name.
        sandbox: Where `show_plot` runs code.
        names: Only these tools; by default all.
    """
    from langchain_core.tools import StructuredTool, ToolException

    views = _session(store, session, sandbox)

    def tool(operation: Operation) -> BaseTool:
        def work(**given: Any) -> str:
            try:
                return json.dumps(views.call(operation.name, given), ensure_ascii=False)
            except MultiVisError as error:
                raise ToolException(str(error)) from error

        return StructuredTool.from_function(
            func=work,
            name=operation.name,
            description=operation.description,
            args_schema=operation.arguments,
            handle_tool_error=True,
        )

    return [tool(o) for o in OPERATIONS.values() if names is None or o.name in names]
