"""A model that knows what to answer: what is measured is the framework, not a language model."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PrivateAttr

from multivis.bench.faults.tasks import Task
from multivis.errors import ProviderError
from multivis.llm.brief import parse_brief

__all__ = ["OracleChatModel"]


class OracleChatModel(BaseChatModel):
    """Answers every call with the tool call that the task's gold asks for.

    It reads which agent asks from the tools that are bound, and of the conversation only what
    is defined already, where it is asked what to do next: every recovery is the framework's.
    Tokens are counted as four characters each.

    Attributes:
        task: What is asked, and its gold.
        model_name: As the trace names it.
    """

    task: Task
    model_name: str = "oracle"

    _ids: Iterator[int] = PrivateAttr(default_factory=lambda: itertools.count(1))
    _until: float | None = PrivateAttr(None)

    def stop_after(self, seconds: float) -> None:
        """From then on, be a provider that is gone."""
        self._until = time.monotonic() + seconds

    @property
    def _llm_type(self) -> str:
        return "oracle"

    def bind_tools(
        self,
        tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools: they say which agent asks."""
        definitions = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=definitions, tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self._until is not None and time.monotonic() > self._until:
            raise ProviderError("The time of the run is up.", transient=False)
        tools = kwargs.get("tools") or ()
        answer = self._answer({tool["function"]["name"] for tool in tools}, messages)
        prompt = (sum(len(m.text) for m in messages) + len(json.dumps(list(tools)))) // 4
        written = len(json.dumps([call["args"] for call in answer.tool_calls])) // 4
        usage = UsageMetadata(
            input_tokens=prompt, output_tokens=written, total_tokens=prompt + written
        )
        message = answer.model_copy(update={"usage_metadata": usage})
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _answer(self, names: set[str], messages: Sequence[BaseMessage]) -> AIMessage:
        """The call that the agent with these tools needs."""
        if "execute_sql" in names:
            return self._call("execute_sql", sql=self.task.sql)
        if "execute_code" in names:
            return self._call("execute_code", code=self.task.code)
        if "submit_evaluation" in names:
            return self._call("submit_evaluation", passed=True)
        if "CoordinatorDecision" in names:
            action = self._next(messages)
            return self._call("CoordinatorDecision", action=action, why="That is what is missing.")
        return AIMessage("There is nothing to call.")

    def _next(self, messages: Sequence[BaseMessage]) -> str:
        """The right action: what is defined is named in the brief."""
        briefs = (parse_brief(message.text).get("defined", "") for message in messages)
        defined = next((text for text in briefs if text), "")
        if '"chart"' in defined:
            return "validation"
        if '"query"' in defined or self.task.existing:
            return "visualization"
        return "database"

    def _call(self, name: str, **arguments: Any) -> AIMessage:
        number = f"call_{next(self._ids)}"
        return AIMessage("", tool_calls=[tool_call(name=name, args=arguments, id=number)])
