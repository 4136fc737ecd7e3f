"""The graph for volumes: one planning agent, the checks, and the rules between them.

```
START → intake ─(after_intake)→ coordinator ─(after_coordinator)→ planner | validation | END
planner, validation ─→ coordinator
```

Coordinator, guards and the agent's loop are those of the chart agent; a volume needs no query,
so there is no database agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from multivis.errors import GraphError
from multivis.graph import guards
from multivis.graph.builder import Node, given_dependencies, guarded, recursion_limit
from multivis.graph.nodes.coordinator import coordinator
from multivis.graph.nodes.planner import planner
from multivis.graph.nodes.volume_intake import volume_intake
from multivis.graph.nodes.volume_validation import volume_validation
from multivis.graph.runtime import dependencies_for
from multivis.settings import Limits
from multivis.state import State
from multivis.tool import Dependencies

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from multivis.rules import RuleBook

__all__ = ["VOLUME_NODES", "build_volume_graph"]

VOLUME_NODES: Mapping[str, Node] = {
    "intake": volume_intake,
    "coordinator": coordinator,
    "planner": planner,
    "validation": volume_validation,
}

#: Where the coordinator's actions go: there are no rows to fetch, so both makers are the planner.
_ROUTES: dict[Any, str] = {
    "database": "planner",
    "visualization": "planner",
    "validation": "validation",
    guards.END_OF_RUN: END,
}


def build_volume_graph(
    nodes: Mapping[str, Node] | None = None,
    rules: RuleBook | None = None,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    *,
    limits: Limits | None = None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Build the request graph for volumes (VizGenie §5).

    Args:
        nodes: Nodes to put in place of the standard ones, by name: ``intake``,
            ``coordinator``, ``planner``, ``validation``.
        rules: A rule book to run under, whatever the context says; for ablations.
        checkpointer: Makes runs durable; see `multivis.graph.open_checkpointer`.
        limits: `max_steps` and `max_agent_steps`: LangGraph's recursion limit is derived.

    Returns:
        A compiled graph: state `State`, context `Dependencies` whose source is a volume. Invoke
        it with ``{"request": Request(…, backend="vtk")}``.

    Raises:
        GraphError: An unknown node name.
    """
    unknown = sorted(set(nodes or {}) - set(VOLUME_NODES))
    if unknown:
        raise GraphError(
            f"There is no node {unknown[0]!r} to replace.",
            hint=f"The nodes are {', '.join(VOLUME_NODES)}.",
        )
    graph = StateGraph(State)
    for name, node in {**VOLUME_NODES, **(nodes or {})}.items():
        graph.add_node(name, guarded(name, node, rules))

    def after_coordinator(state: State, runtime: Runtime[Dependencies]) -> str:
        dependencies = dependencies_for(state.request, given_dependencies(runtime), rules)
        return guards.after_coordinator(state, dependencies.rules)

    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", guards.after_intake, ["coordinator", END])
    graph.add_conditional_edges("coordinator", after_coordinator, _ROUTES)
    graph.add_edge("planner", "coordinator")
    graph.add_edge("validation", "coordinator")
    compiled = graph.compile(checkpointer=checkpointer, name="viz_genie")
    return compiled.with_config(recursion_limit=recursion_limit(limits or Limits()))
