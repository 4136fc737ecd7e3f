"""A graph without a coordinator: intake, then one step after the other, for baselines."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from multivis.graph import guards
from multivis.graph.builder import Node, guarded
from multivis.graph.nodes.intake import intake
from multivis.state import State, Status
from multivis.tool import Dependencies

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from multivis.rules import RuleBook

__all__ = ["build_pipeline"]


def build_pipeline(
    name: str, steps: Mapping[str, Node], rules: RuleBook | None = None
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Wire START → intake → steps → END over `State`.

    Args:
        name: Name of the graph.
        steps: Nodes by name, in order; the graph is complete when they left a chart.
        rules: A rule book to run under, whatever the context says.
    """
    graph = StateGraph(State)
    nodes: dict[str, Node] = {"intake": intake, **steps, "finish": _finish}
    for key, node in nodes.items():
        graph.add_node(key, guarded(key, node, rules))
    order = list(nodes)
    first = order[1]

    def begin(state: State) -> str:
        return END if guards.after_intake(state) == guards.END_OF_RUN else first

    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", begin, [first, END])
    for before, after in pairwise(order[1:]):
        graph.add_edge(before, after)
    graph.add_edge("finish", END)
    return graph.compile(name=name)


def _finish(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """A pipeline is complete when it left a chart; nobody checks which."""
    del runtime
    return {"status": Status.FAILED if state.chart is None else Status.COMPLETE}
