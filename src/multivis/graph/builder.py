"""Wires nodes and guards into a LangGraph graph."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from langgraph.errors import GraphBubbleUp
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from multivis.cancellation import check_cancelled
from multivis.errors import GraphError
from multivis.graph import guards
from multivis.graph.nodes.coordinator import coordinator
from multivis.graph.nodes.database import database
from multivis.graph.nodes.intake import intake
from multivis.graph.nodes.validation import validation
from multivis.graph.nodes.visualization import visualization
from multivis.graph.record import Recorder
from multivis.graph.runtime import dependencies_for
from multivis.settings import Limits
from multivis.state import Failure, FailureKind, NodeEvent, State, Status
from multivis.tool import Dependencies

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from multivis.rules import RuleBook

__all__ = [
    "NODES",
    "Node",
    "build_graph",
    "given_dependencies",
    "guarded",
    "recursion_limit",
]

#: A node reads the state and its dependencies and returns the fields that change.
Node = Callable[[State, Runtime[Dependencies]], dict[str, Any]]

NODES: Mapping[str, Node] = {
    "intake": intake,
    "coordinator": coordinator,
    "database": database,
    "visualization": visualization,
    "validation": validation,
}


def recursion_limit(limits: Limits) -> int:
    """LangGraph's own limit, so far above T_max that it is never what ends a run.

    The coordinator and one agent a step, intake, and the final step: 2 · T_max + 3; the
    agent's loop has four nodes a step.
    """
    return max(2 * limits.max_steps + 10, 4 * limits.max_agent_steps + 10)


def build_graph(
    nodes: Mapping[str, Node] | None = None,
    rules: RuleBook | None = None,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    *,
    limits: Limits | None = None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Build the graph of MultiVis-Agent (§4, Figure 2).

    Args:
        nodes: Nodes to put in place of the standard ones, by name: ``intake``,
            ``coordinator``, ``database``, ``visualization``, ``validation``.
        rules: A rule book to run under, whatever the context says; for ablations.
        checkpointer: Makes runs durable; see `multivis.graph.open_checkpointer`.
        limits: Only `max_steps` and `max_agent_steps` matter here: LangGraph's recursion
            limit is derived from them.

    Returns:
        A compiled graph: state `State`, context `Dependencies`. Invoke it with
        ``{"request": Request(…)}``.

    Raises:
        GraphError: An unknown node name.
    """
    unknown = sorted(set(nodes or {}) - set(NODES))
    if unknown:
        raise GraphError(
            f"There is no node {unknown[0]!r} to replace.",
            hint=f"The nodes are {', '.join(NODES)}.",
        )
    # No context schema: a LangGraph server would make `Dependencies` out of the JSON it is sent.
    graph = StateGraph(State)
    for name, node in {**NODES, **(nodes or {})}.items():
        graph.add_node(name, guarded(name, node, rules))

    def after_coordinator(state: State, runtime: Runtime[Dependencies]) -> str:
        dependencies = dependencies_for(state.request, given_dependencies(runtime), rules)
        return guards.after_coordinator(state, dependencies.rules)

    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", guards.after_intake, ["coordinator", END])
    graph.add_conditional_edges(
        "coordinator", after_coordinator, ["database", "visualization", "validation", END]
    )
    for name in ("database", "visualization", "validation"):
        graph.add_edge(name, "coordinator")
    compiled = graph.compile(checkpointer=checkpointer, name="multivis_agent")
    return compiled.with_config(recursion_limit=recursion_limit(limits or Limits()))


def given_dependencies(runtime: Runtime[Any]) -> Dependencies | None:
    """The dependencies that a caller gave; a server gives an empty mapping."""
    return runtime.context if isinstance(runtime.context, Dependencies) else None


def guarded(name: str, node: Node, rules: RuleBook | None) -> Any:
    """A node that is given its dependencies, is written down, and never ends the run by raising."""

    def run(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
        check_cancelled()
        recorder = Recorder(runtime.stream_writer, name)
        started = time.monotonic()
        recorder.add(
            NodeEvent(node=name, phase="entered", why=state.proposal.why if state.proposal else "")
        )
        try:
            dependencies = dependencies_for(state.request, given_dependencies(runtime), rules)
            update = node(state, runtime.override(context=dependencies))
        except GraphBubbleUp:  # an interrupt: LangGraph's own control flow
            raise
        except Exception as error:
            update = _node_failed(name, state, error)
        recorder.add(
            NodeEvent(node=name, phase="left", seconds=round(time.monotonic() - started, 4))
        )
        entered, left = recorder.events
        return {**update, "trace": (entered, *update.get("trace", ()), left)}

    run.__name__ = name
    return run


def _node_failed(name: str, state: State, error: Exception) -> dict[str, Any]:
    """A node that raised: one failure of the run; intake and coordinator end it."""
    failure = Failure(
        kind=FailureKind.INTERNAL,
        where=name,
        message=f"The node {name} failed: {type(error).__name__}: {error}",
        detail={"error": type(error).__name__},
        step=state.step,
    )
    update: dict[str, Any] = {
        "failures": (failure,),
        "failures_in_a_row": state.failures_in_a_row + 1,
    }
    if name in {"intake", "coordinator"}:
        update["status"] = Status.FAILED
    return update
