"""A conversation as the offline model sees it: the brief, the tools, and what came of calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from multivis.llm.brief import parse_brief

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

__all__ = ["Answer", "Attempt", "Turn", "read_turn"]


@dataclass(frozen=True)
class Attempt:
    """A call that was made, and what was answered."""

    tool: str
    arguments: dict[str, Any]
    answer: str


@dataclass(frozen=True)
class Turn:
    """Everything that the model may look at.

    Attributes:
        brief: Sections of the brief, by name.
        attempts: Calls made so far, in order, each with its answer.
        remarks: What was said to the model besides answers to calls.
        tools: Names of the bound tools.
        parameters: JSON schema of each tool's arguments.
        spoken: How often the model has answered in words alone.
    """

    brief: dict[str, str]
    attempts: tuple[Attempt, ...] = ()
    remarks: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    spoken: int = 0

    def section(self, name: str) -> str:
        """A section of the brief, or an empty string."""
        return self.brief.get(name, "")

    def made(self, tool: str) -> list[Attempt]:
        """Calls of one tool, in order."""
        return [attempt for attempt in self.attempts if attempt.tool == tool]


@dataclass(frozen=True)
class Answer:
    """What the model says: a call of a tool, or words."""

    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    text: str = ""


def text_of(message: BaseMessage) -> str:
    """The text of a message, whatever blocks it is made of."""
    content = message.content
    if isinstance(content, str):
        return content
    pieces = []
    for block in content:
        if isinstance(block, str):
            pieces.append(block)
        elif isinstance(block, dict) and isinstance(block.get("text"), str):
            pieces.append(block["text"])
    return "\n".join(pieces)


def read_turn(messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]]) -> Turn:
    """Read a conversation.

    Args:
        messages: The messages so far.
        tools: Bound tools in OpenAI's form.
    """
    brief: dict[str, str] = {}
    remarks: list[str] = []
    calls: list[tuple[str, dict[str, Any], str]] = []
    answers: dict[str, str] = {}
    spoken = 0
    for message in messages:
        if message.type == "human":
            sections = parse_brief(text_of(message))
            if sections and not brief:
                brief = sections
            elif not brief and text_of(message).strip():
                brief = {"question": text_of(message).strip()}
            else:
                remarks.append(text_of(message))
        elif message.type == "ai":
            spoken += not getattr(message, "tool_calls", None)
            calls += [
                (call["name"], dict(call["args"]), str(call.get("id") or ""))
                for call in getattr(message, "tool_calls", None) or []
            ]
        elif message.type == "tool":
            answers[str(getattr(message, "tool_call_id", ""))] = text_of(message)
    attempts = tuple(
        Attempt(name, arguments, answers.get(number, "")) for name, arguments, number in calls
    )
    functions = [tool.get("function", {}) for tool in tools if isinstance(tool, dict)]
    names = tuple(str(function.get("name", "")) for function in functions)
    return Turn(
        brief=brief,
        attempts=attempts,
        remarks=tuple(remarks),
        tools=names,
        parameters={
            str(function.get("name", "")): function.get("parameters") or {}
            for function in functions
        },
        spoken=spoken,
    )


def as_json(text: str) -> Any:
    """The JSON value of a text, or None."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
