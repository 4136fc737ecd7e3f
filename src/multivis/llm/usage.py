"""What a call cost: as the provider says, else estimated at four characters a token."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from multivis.state import Usage

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

__all__ = ["estimate_tokens", "usage_of"]

_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_IMAGE = 1_000  # the order of magnitude that providers charge for one picture


def usage_of(
    answer: AIMessage,
    messages: Sequence[BaseMessage],
    tools: Sequence[dict[str, Any]] | None = None,
    seconds: float = 0.0,
) -> Usage:
    """The cost of one call.

    Args:
        answer: What the model answered; its `usage_metadata` is believed where there is one.
        messages: What it was asked.
        tools: The tools that were bound.
        seconds: Wall-clock time.
    """
    said = answer.usage_metadata
    if said and (said.get("input_tokens") or said.get("output_tokens")):
        prompt, completion = said.get("input_tokens", 0), said.get("output_tokens", 0)
    else:
        prompt = sum(estimate_tokens(message) for message in messages)
        if tools:
            prompt += _tokens(json.dumps(list(tools), default=str))
        completion = estimate_tokens(answer)
    return Usage(calls=1, prompt_tokens=prompt, completion_tokens=completion, seconds=seconds)


def estimate_tokens(message: BaseMessage) -> int:
    """Tokens of one message: its text, its tool calls, a flat price for each picture."""
    total = 0
    content = message.content
    for part in [content] if isinstance(content, str) else content:
        if isinstance(part, str):
            total += _tokens(part)
        elif "image" in str(part.get("type", "")):
            total += _TOKENS_PER_IMAGE
        else:
            total += _tokens(str(part.get("text", "")))
    for call in getattr(message, "tool_calls", ()):
        total += _tokens(json.dumps(call.get("args", {}), default=str)) + 10
    return total


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_PER_TOKEN)
