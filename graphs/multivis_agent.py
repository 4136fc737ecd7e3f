"""The agent: intake, coordinator, and three specialised agents under twelve rules.

Every arrow is guarded; the guards are named functions in `multivis.graph.guards`:

- START → intake: CR-1 task type, TE-3 reference material, EH-3 images
- intake → coordinator: `after_intake` (refused material ends the run)
- coordinator → database | visualization | validation | END: `after_coordinator`
  (CR-2 prerequisites ∧ RC-1 iteration control; CR-3 has judged the evaluation)
- inside each agent: EH-1 → TE-1 → CR-2 → tool (TE-2 before the sandbox) → EH-2 → RC-1
- RC-2 on every structured answer, RC-3 for every model
"""

from __future__ import annotations

from multivis.graph import NODES, build_graph
from multivis.rules import RuleBook

__all__ = ["graph"]

graph = build_graph(nodes=NODES, rules=RuleBook())
