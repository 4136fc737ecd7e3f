"""A model that knows what to answer: what is measured is the framework, not a language model."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from pydantic import PrivateAttr

from multivis.bench.faults.tasks import Task
from multivis.errors import ProviderError
from multivis.llm.brief import parse_brief
from multivis.testing.models import RecordedCall, ScriptedChatModel

__all__ = ["OracleChatModel"]


class OracleChatModel(ScriptedChatModel):
    """Answers every call with the tool call that the task's gold asks for.

    It reads which agent asks from the tools that are bound, and of the conversation only what
    is defined already, where it is asked what to do next: every recovery is the framework's.
    Tokens are counted as four characters each, those of the tools' definitions too.

    Attributes:
        task: What is asked, and its gold.
        model_name: As the trace names it.
    """

    task: Task
    model_name: str = "oracle"

    _until: float | None = PrivateAttr(None)

    def __init__(self, task: Task) -> None:
        super().__init__(task=task, repeat=True)
        self.responses = [self._answer]

    def stop_after(self, seconds: float) -> None:
        """From then on, be a provider that is gone."""
        self._until = time.monotonic() + seconds

    def _answer(self, call: RecordedCall) -> AIMessage:
        """The call that the agent with these tools needs."""
        if self._until is not None and time.monotonic() > self._until:
            raise ProviderError("The time of the run is up.", transient=False)
        wanted = self._wanted(set(call.tool_names), call.messages)
        answer = self._called([wanted]) if wanted else AIMessage("There is nothing to call.")
        prompt = (sum(len(m.text) for m in call.messages) + len(json.dumps(call.tools))) // 4
        written = len(json.dumps([made["args"] for made in answer.tool_calls])) // 4
        usage = UsageMetadata(
            input_tokens=prompt, output_tokens=written, total_tokens=prompt + written
        )
        return answer.model_copy(update={"usage_metadata": usage})

    def _wanted(self, names: set[str], messages: Sequence[BaseMessage]) -> dict[str, Any] | None:
        """Name and arguments of that call."""
        gold: dict[str, dict[str, Any]] = {
            "execute_sql": {"sql": self.task.sql},
            "execute_code": {"code": self.task.code},
            "submit_evaluation": {"passed": True},
            "CoordinatorDecision": {
                "action": self._following(messages),
                "why": "That is what is missing.",
            },
        }
        return next(({"name": n, "args": gold[n]} for n in gold if n in names), None)

    def _following(self, messages: Sequence[BaseMessage]) -> str:
        """The right action: what is defined is named in the brief."""
        briefs = (parse_brief(message.text).get("defined", "") for message in messages)
        defined = next((text for text in briefs if text), "")
        if '"chart"' in defined:
            return "validation"
        if '"query"' in defined or self.task.existing:
            return "visualization"
        return "database"
