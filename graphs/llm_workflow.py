"""Baseline: SQL, then code, then one repair; nobody coordinates (MultiVis-Agent §6.1.2)."""

from __future__ import annotations

from multivis.graph.nodes.baselines import code_once, debug_once, sql_once
from multivis.graph.pipeline import build_pipeline

__all__ = ["graph"]

graph = build_pipeline("llm_workflow", {"sql": sql_once, "code": code_once, "debug": debug_once})
