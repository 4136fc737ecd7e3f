"""The graph: nodes, the guards between them, and the loop that every agent runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivis.graph.builder import NODES, build_graph
    from multivis.graph.checkpoints import open_checkpointer, state_serializer

__all__ = ["NODES", "build_graph", "open_checkpointer", "state_serializer"]


def __getattr__(name: str) -> Any:
    """Import LangGraph only when a graph is built."""
    if name in {"build_graph", "NODES"}:
        from multivis.graph import builder

        return getattr(builder, name)
    if name in {"open_checkpointer", "state_serializer"}:
        from multivis.graph import checkpoints

        return getattr(checkpoints, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
