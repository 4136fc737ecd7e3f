"""All walks together: ``multivis verify``."""

from __future__ import annotations

import time

from multivis.rules import RuleBook
from multivis.settings import Limits
from multivis.tool import Arguments, Outcome, Tool, ToolContext
from multivis.verify.coordination import CoordinatorWalk
from multivis.verify.loop import LoopWalk
from multivis.verify.recovery import walk_recoveries
from multivis.verify.report import Verification

__all__ = ["verify"]


class _Nothing(Arguments):
    """No arguments."""


def _plugged_in(arguments: _Nothing, context: ToolContext) -> Outcome:
    return Outcome(text="ok")


#: Stands for plug-ins: one tool for everything that a tool can need.
_PLUG_INS = tuple(
    Tool(f"needs_{name}", "A plug-in.", _Nothing, _plugged_in, frozenset({"source", name}))
    for name in ("query", "chart", "evaluation")
)


def verify(rules: RuleBook | None = None, limits: Limits | None = None) -> Verification:
    """Check the four theorems on every state that can be reached (MultiVis-Agent §4.3.3).

    Args:
        rules: The rule book; all twelve rules by default.
        limits: The bounds; the standard ones by default.

    Returns:
        What was walked, and every violation with the path that shows it.
    """
    from multivis.graph.nodes.database import DATABASE_AGENT
    from multivis.graph.nodes.validation import VALIDATION_AGENT
    from multivis.graph.nodes.visualization import VISUALIZATION_AGENT

    rules, limits = rules or RuleBook(), limits or Limits()
    started = time.monotonic()
    agents = (DATABASE_AGENT, VISUALIZATION_AGENT, VALIDATION_AGENT)
    loops = [
        CoordinatorWalk(rules, limits).walk(),
        *(LoopWalk(agent, rules, limits, _PLUG_INS).walk() for agent in agents),
        walk_recoveries(rules, limits, tuple(agent.name for agent in agents)),
    ]
    return Verification(
        loops=tuple(loops),
        seconds=time.monotonic() - started,
        limits=limits.model_dump(
            include={
                "max_steps",
                "max_agent_steps",
                "max_failures",
                "max_tokens",
                "max_seconds",
                "model_retries",
            }
        ),
    )
