"""Baseline: everything in one prompt, one answer, no second look (MultiVis-Agent §6.1.2)."""

from __future__ import annotations

from multivis.graph.nodes.baselines import one_prompt
from multivis.graph.pipeline import build_pipeline

__all__ = ["graph"]

graph = build_pipeline("instructing_llm", {"generate": one_prompt})
