"""What the three specialised agents share: running the loop and reading what it made."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from langchain_core.messages import HumanMessage, SystemMessage
from langgraph.errors import GraphRecursionError
from langgraph.runtime import Runtime
from pydantic import Field

from multivis.graph.react import Agent, AgentState, build_react
from multivis.state import Failure, FailureKind, Recommendation, State
from multivis.tool import Arguments, Dependencies, Outcome, Tool, ToolContext

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

__all__ = ["CANNOT_ANSWER", "finished", "from_documents", "recommendations_for", "run_agent"]


class CannotAnswer(Arguments):
    """Why the data do not hold what is asked."""

    reason: str = Field(
        min_length=3,
        max_length=1_000,
        description="One sentence: what is missing, and what comes nearest to it.",
    )


def _cannot_answer(arguments: CannotAnswer, context: ToolContext) -> Outcome:
    """End the run honestly."""
    del context
    failure = Failure(
        kind=FailureKind.UNANSWERABLE, where="database", message=arguments.reason.strip()
    )
    return Outcome(text=failure.message, failure=failure, final=True)


#: Ends a run that no query can help; asking again would only make a model invent an answer.
CANNOT_ANSWER = Tool(
    name="cannot_answer",
    description="Say that the data do not hold what is asked; this ends the work.",
    arguments=CannotAnswer,
    run=_cannot_answer,
)


@lru_cache(maxsize=32)
def _compiled(agent: Agent) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Each agent's loop is compiled once."""
    return build_react(agent)


def run_agent(
    agent: Agent,
    system: str,
    brief: str,
    state: State,
    runtime: Runtime[Dependencies],
    *,
    image: bytes | None = None,
) -> AgentState:
    """Run an agent's loop to its end.

    Args:
        agent: Which agent.
        system: Its system prompt.
        brief: Its brief (`render_brief`).
        state: The state of the run.
        runtime: The node's runtime; its context is handed on.
        image: A PNG or JPEG to show to the model with the brief.

    Returns:
        The loop's last state: `stop` says why it ended.
    """
    limits = runtime.context.settings.limits
    start = AgentState(
        run=state, messages=[SystemMessage(system), HumanMessage(_content(brief, image))]
    )
    try:
        # four nodes a step; RC-1 ends the loop long before LangGraph's own limit does
        values = _compiled(agent).invoke(
            start,
            {"recursion_limit": 4 * limits.max_agent_steps + 10},
            context=runtime.context,
        )
    except GraphRecursionError:
        values = {
            **dict(start),
            "stop": "steps",
            "failures": (
                Failure(
                    kind=FailureKind.TIMEOUT,
                    where=agent.name,
                    message=f"The {agent.name} agent did not end within its steps.",
                ),
            ),
        }
    return values if isinstance(values, AgentState) else AgentState.model_validate(values)


def _content(brief: str, image: bytes | None) -> Any:
    """A brief, with a picture beside it when there is one."""
    if image is None:
        return brief
    import base64

    kind = "png" if image.startswith(b"\x89PNG") else "jpeg"
    url = f"data:image/{kind};base64,{base64.b64encode(image).decode('ascii')}"
    return [
        {"type": "text", "text": brief},
        {"type": "image_url", "image_url": {"url": url}},
    ]


def finished(agent: Agent, end: AgentState, state: State, made: bool) -> dict[str, Any]:
    """The part of a node's update that every worker has in common.

    Args:
        agent: Which agent ran.
        end: The loop's last state.
        state: The state of the run before it.
        made: Whether it made what it is there for.
    """
    failures = list(end.failures)
    said = failures[-1] if failures else None
    if not made and (said is None or said.kind is not FailureKind.UNANSWERABLE):
        failures.append(
            Failure(
                kind=said.kind if said else FailureKind.CONTENT,
                where=agent.name,
                message=_unmade(agent, end, said),
                detail={"stop": end.stop},
                step=state.step,
            )
        )
    return {
        "failures": tuple(failures),
        "failures_in_a_row": 0 if made else state.failures_in_a_row + 1,
        "trace": end.trace,
        "notes": end.notes,
        "usage": end.usage,
    }


_REASONS = {
    "steps": "it reached its last step",
    "failures": "too many of its calls failed",
    "tokens": "the token budget is spent",
    "seconds": "the time is up",
    "repeat": "it repeated itself",
    "give_up": "it could not recover",
    "requery": "the rows lack what the chart needs",
}


def _unmade(agent: Agent, end: AgentState, said: Failure | None) -> str:
    """One sentence on why an agent ended without a result."""
    reason = _REASONS.get(end.stop or "", "it ended without a result")
    text = f"The {agent.name} agent stopped because {reason}"
    words = _last_words(end)
    if words:
        return f"{text}; it said: {words}"
    return f"{text}: {said.message}" if said else f"{text}."


def _last_words(end: AgentState) -> str:
    """What the model said last, if it wrote prose and called no tool."""
    for message in reversed(end.messages):
        if message.type == "ai":
            if getattr(message, "tool_calls", None) or not isinstance(message.content, str):
                return ""
            return message.content.strip()[:500]
    return ""


def from_documents(state: State, dependencies: Dependencies) -> str:
    """What notes and past runs say to the question, cited, for a brief; empty if nothing."""
    if dependencies.documents is None:
        return ""
    return dependencies.documents.context(state.request.question)


def recommendations_for(state: State, target: str) -> str:
    """What validation recommends for one target, as JSON for a brief; empty if nothing."""
    if state.evaluation is None:
        return ""
    chosen: list[Recommendation] = [
        r for r in state.evaluation.recommendations if r.target == target
    ]
    if not chosen:
        return ""
    return json.dumps(
        [r.model_dump(mode="json", exclude_none=True) for r in chosen], ensure_ascii=False
    )
