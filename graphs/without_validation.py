"""Ablation: no validation, the first chart is delivered (MultiVis-Agent Table 3, w/o EVAL)."""

from __future__ import annotations

from multivis.graph import build_graph
from multivis.graph.nodes.baselines import accept

__all__ = ["graph"]

graph = build_graph(nodes={"validation": accept})
