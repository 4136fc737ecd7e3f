"""Baseline: nvAgent, three agents that write VQL, which is translated to Altair (§6.1.2)."""

from __future__ import annotations

from multivis.graph.nodes.nvagent import compose, process
from multivis.graph.pipeline import build_pipeline

__all__ = ["graph"]

graph = build_pipeline("nvagent", {"processor": process, "composer": compose})
