"""Ablation: the same agents under no logic rule at all (MultiVis-Agent Table 3, w/o logic rule).

LangGraph's recursion limit then ends what RC-1 would have ended.
"""

from __future__ import annotations

from multivis.graph import NODES, build_graph
from multivis.rules import RuleBook

__all__ = ["graph"]

graph = build_graph(nodes=NODES, rules=RuleBook().without("CR", "TE", "EH", "RC"))
