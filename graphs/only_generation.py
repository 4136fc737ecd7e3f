"""Ablation: code generation alone, on one whole table (MultiVis-Agent Table 3, only GEN)."""

from __future__ import annotations

from multivis.graph.nodes.baselines import code_once, whole_table
from multivis.graph.pipeline import build_pipeline

__all__ = ["graph"]

graph = build_pipeline("only_generation", {"rows": whole_table, "code": code_once})
