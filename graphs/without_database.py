"""Ablation: no database agent, the rows are one whole table (MultiVis-Agent Table 3, w/o DB)."""

from __future__ import annotations

from multivis.graph import build_graph
from multivis.graph.nodes.baselines import whole_table

__all__ = ["graph"]

graph = build_graph(nodes={"database": whole_table})
