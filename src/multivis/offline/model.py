"""The deterministic chat model with no weights.

It plans from the same prompts, briefs and tools as any other chat model, and sees nothing
else. The same messages and tools always give the same answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from multivis.offline.database_turn import database_turn
from multivis.offline.decisions import decide, fill_form, judge
from multivis.offline.recovery import fit_arguments
from multivis.offline.turns import Answer, Turn, read_turn, text_of
from multivis.offline.visualization_turn import visualization_turn

__all__ = ["OfflineChatModel"]

_CHARACTERS_PER_TOKEN = 4
_CHUNK = 400


def _answer(turn: Turn) -> Answer:
    """The role follows from the tools that are bound."""
    if "execute_sql" in turn.tools:
        return database_turn(turn)
    if "isosurface" in turn.tools:
        from multivis.offline.volume_turn import volume_turn

        return volume_turn(turn)
    if "execute_code" in turn.tools:
        return visualization_turn(turn)
    if "submit_evaluation" in turn.tools:
        return judge(turn)
    if turn.tools and "action" in turn.parameters[turn.tools[0]].get("properties", {}):
        return decide(turn)
    if turn.tools:
        from multivis.offline.forms import form_turn

        return form_turn(turn) or fill_form(turn)
    return Answer(
        text="I plan queries and charts through tools; bind execute_sql or execute_code to ask me."
    )


class OfflineChatModel(BaseChatModel):
    """A chat model that runs anywhere: no key, no network, no weights.

    Bind the tools of an agent and give it the agent's brief. With ``execute_sql`` it answers
    as the database agent, with ``execute_code`` as the visualization agent, with ``isosurface``
    as the planning agent for volumes, with a form that has an ``action`` as the coordinator. The
    forms of the baselines (query and code in one, tables, VQL) are filled from the same plan.
    Tokens are counted as characters divided by four.
    """

    @property
    def deterministic(self) -> bool:
        """Asking again with the same messages gives the same answer."""
        return True

    @property
    def model_name(self) -> str:
        """The name by which it is asked for."""
        return "offline"

    @property
    def _llm_type(self) -> str:
        return "multivis-offline"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": "offline"}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools in any form that LangChain knows.

        Args:
            tools: LangChain tools, functions, Pydantic classes or OpenAI's dictionaries.
            tool_choice: Accepted and not needed: the role follows from the tools.
            **kwargs: Handed on to `bind`.
        """
        del tool_choice
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _message(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        tools = [tool for tool in kwargs.get("tools") or [] if isinstance(tool, dict)]
        turn = read_turn(messages, tools)
        answer = fit_arguments(_answer(turn), turn)
        calls = []
        if answer.tool:
            number = len(turn.attempts) + 1
            calls = [
                {
                    "name": answer.tool,
                    "args": answer.arguments,
                    "id": f"call_{number}_{answer.tool}",
                    "type": "tool_call",
                }
            ]
        asked = sum(len(text_of(message)) for message in messages)
        asked += sum(
            len(json.dumps(call["args"], default=str))
            for message in messages
            for call in (getattr(message, "tool_calls", None) or [])
        )
        written = len(answer.text) + (
            len(json.dumps(answer.arguments, default=str)) if answer.tool else 0
        )
        usage = UsageMetadata(
            input_tokens=_tokens(asked),
            output_tokens=_tokens(written),
            total_tokens=_tokens(asked) + _tokens(written),
        )
        return AIMessage(
            content=answer.text,
            tool_calls=calls,
            usage_metadata=usage,
            response_metadata={"model_name": "offline", "finish_reason": "stop"},
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager
        message = self._message(messages, kwargs)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        del stop
        message = self._message(messages, kwargs)
        for chunk in _chunks(message):
            made = ChatGenerationChunk(message=chunk)
            if run_manager is not None:
                run_manager.on_llm_new_token(text_of(chunk), chunk=made)
            yield made


def _tokens(characters: int) -> int:
    return -(-characters // _CHARACTERS_PER_TOKEN)


def _chunks(message: AIMessage) -> Iterator[AIMessageChunk]:
    """The pieces of a message: words, then its call piece by piece, then what it cost."""
    text = text_of(message)
    for start in range(0, len(text), _CHUNK):
        yield AIMessageChunk(content=text[start : start + _CHUNK])
    for index, call in enumerate(message.tool_calls):
        written = json.dumps(call["args"], ensure_ascii=False)
        yield AIMessageChunk(
            content="",
            tool_call_chunks=[
                tool_call_chunk(name=call["name"], args="", id=call["id"], index=index)
            ],
        )
        for start in range(0, len(written), _CHUNK):
            yield AIMessageChunk(
                content="",
                tool_call_chunks=[
                    tool_call_chunk(
                        name=None, args=written[start : start + _CHUNK], id=None, index=index
                    )
                ],
            )
    yield AIMessageChunk(
        content="",
        usage_metadata=message.usage_metadata,
        response_metadata=message.response_metadata,
    )
