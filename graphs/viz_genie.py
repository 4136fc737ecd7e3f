"""VizGenie: one planning agent for scientific volumes, under the same twelve rules.

- START → intake: CR-1 task type, TE-3 on a specification that is to be changed
- intake → coordinator: `after_intake` (refused material ends the run)
- coordinator → planner | validation | END: `after_coordinator` (CR-2 ∧ RC-1; CR-3 has judged)
- inside the planner: EH-1 → TE-1 → CR-2 → tool (generated modules in the sandbox) → EH-2 → RC-1
"""

from __future__ import annotations

from multivis.graph.volumes import VOLUME_NODES, build_volume_graph
from multivis.rules import RuleBook

__all__ = ["graph"]

graph = build_volume_graph(nodes=VOLUME_NODES, rules=RuleBook())
