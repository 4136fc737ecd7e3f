"""The systems of Tables 2 and 3, each a graph of `multivis.graphs`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from multivis.errors import OptionError

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

__all__ = ["SYSTEMS", "system_graph"]

SYSTEMS = {
    "multivis": ("multivis.graphs.multivis_agent", "MultiVis-Agent"),
    "instructing-llm": ("multivis.graphs.instructing_llm", "Instructing LLM"),
    "llm-workflow": ("multivis.graphs.llm_workflow", "LLM Workflow"),
    "nvagent": ("multivis.graphs.nvagent", "nvAgent"),
    "without-rules": ("multivis.graphs.without_rules", "w/o logic rule"),
    "without-database": ("multivis.graphs.without_database", "w/o DB"),
    "without-validation": ("multivis.graphs.without_validation", "w/o EVAL"),
    "only-generation": ("multivis.graphs.only_generation", "only GEN"),
}
"""Name → module of its graph, and its name in the tables."""


def system_graph(name: str) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The compiled graph of a system.

    Args:
        name: One of `SYSTEMS`, or ``module:attribute`` of a graph of your own.

    Raises:
        OptionError: There is no such system.
    """
    name = name.replace("_", "-") if ":" not in name else name
    if name in SYSTEMS:
        graph: CompiledStateGraph[Any, Any, Any, Any] = import_module(SYSTEMS[name][0]).graph
        return graph
    module, separator, attribute = name.partition(":")
    try:
        if separator:
            own: CompiledStateGraph[Any, Any, Any, Any] = getattr(import_module(module), attribute)
            return own
    except (ImportError, AttributeError) as error:
        raise OptionError(f"The system {name!r} cannot be loaded: {error}.") from error
    raise OptionError(
        f"There is no system {name!r}.",
        hint=f"There are {', '.join(SYSTEMS)}; or give module:graph of your own.",
    )
