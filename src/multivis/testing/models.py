"""Chat models for tests: answers from a script, calls on record."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import invalid_tool_call, tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr, field_validator

from multivis.errors import ModelError
from multivis.testing.faults import KINDS, applicable, spoil

__all__ = ["FAULTS", "FaultyChatModel", "RecordedCall", "ScriptedChatModel"]


@dataclass(frozen=True)
class RecordedCall:
    """What a scripted model was asked.

    Attributes:
        messages: The conversation.
        tools: Definitions of the bound tools.
        tool_choice: As it was bound.
    """

    messages: tuple[BaseMessage, ...]
    tools: tuple[dict[str, Any], ...] = ()
    tool_choice: Any = None

    @property
    def tool_names(self) -> tuple[str, ...]:
        """Names of the bound tools."""
        return tuple(tool["function"]["name"] for tool in self.tools)


class ScriptedChatModel(BaseChatModel):
    """A chat model that answers from a script, one item a call.

    An item is one of:

    - an `AIMessage`, given as it is;
    - text;
    - a tool call ``{"name": …, "args": {…}}``, or a list of them; ``args`` as text makes a call
      whose arguments did not parse;
    - an exception (class or instance), which is raised;
    - a function of `RecordedCall` that gives one of the above.

    Thread-safe; bound copies share script and record.

    Attributes:
        responses: The script.
        repeat: Begin again when the script is over, instead of raising `ModelError`.
        deterministic: See `multivis.llm.structured.ask_structured`.
    """

    responses: list[Any] = Field(default_factory=list)
    repeat: bool = False
    deterministic: bool = False
    model_name: str = "scripted"

    _calls: list[RecordedCall] = PrivateAttr(default_factory=list)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)
    _ids: Iterator[int] = PrivateAttr(default_factory=lambda: itertools.count(1))

    def __init__(self, responses: Sequence[Any] = (), **fields: Any) -> None:
        super().__init__(responses=list(responses), **fields)

    @property
    def calls(self) -> list[RecordedCall]:
        """What was asked so far."""
        return list(self._calls)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self,
        tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools; they are recorded with every call."""
        definitions = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=definitions, tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages, kwargs))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for message in _pieces(self._next(messages, kwargs)):
            chunk = ChatGenerationChunk(message=message)
            if run_manager is not None:
                run_manager.on_llm_new_token(message.text, chunk=chunk)
            yield chunk

    def _next(self, messages: Sequence[BaseMessage], bound: Mapping[str, Any]) -> AIMessage:
        """The next item of the script as a message."""
        call = RecordedCall(
            tuple(messages), tuple(bound.get("tools") or ()), bound.get("tool_choice")
        )
        with self._lock:
            index = len(self._calls)
            self._calls.append(call)
        if self.repeat and self.responses:
            index %= len(self.responses)
        if index >= len(self.responses):
            raise ModelError(
                f"The script of ScriptedChatModel is over: it has {len(self.responses)} answers "
                f"and was asked for number {index + 1}.",
                hint=f"The last message was: {_last(messages)}",
            )
        return self._message(self.responses[index], call)

    def _message(self, item: Any, call: RecordedCall) -> AIMessage:
        if isinstance(item, BaseException) or (
            isinstance(item, type) and issubclass(item, BaseException)
        ):
            raise item
        if isinstance(item, AIMessage):
            return item if item.usage_metadata else _with_usage(item, call.messages)
        if isinstance(item, str):
            return _with_usage(AIMessage(str(item)), call.messages)
        if callable(item):
            return self._message(item(call), call)
        if isinstance(item, Mapping):
            item = [item]
        if isinstance(item, Sequence):
            return _with_usage(self._called(item), call.messages)
        raise TypeError(f"A script holds messages, texts, calls or errors, not {item!r}.")

    def _called(self, items: Sequence[Mapping[str, Any]]) -> AIMessage:
        """A message with tool calls."""
        good, broken = [], []
        for item in items:
            arguments = item.get("args", {})
            number = item.get("id") or f"call_{next(self._ids)}"
            if isinstance(arguments, str):
                broken.append(
                    invalid_tool_call(name=item["name"], args=arguments, id=number, error=None)
                )
            else:
                good.append(tool_call(name=item["name"], args=dict(arguments), id=number))
        return AIMessage("", tool_calls=good, invalid_tool_calls=broken)


FAULTS = (
    "empty",
    "prose",
    "unknown_tool",
    "unknown_argument",
    "cut_arguments",
    "text_arguments",
    "call_in_text",
)
"""Ways in which a `FaultyChatModel` can spoil an answer."""


class FaultyChatModel(BaseChatModel):
    """Another chat model whose answers are spoiled now and then, to see a run recover.

    Which calls are spoiled is either written down (`faults`) or drawn (`rate`): the same seed
    spoils the same calls in the same way.

    Attributes:
        inner: The model that answers.
        faults: Number of the call, from 1, to what goes wrong with it: one of `FAULTS` or of
            `multivis.testing.faults.KINDS`, or an exception to raise. An answer without a tool
            call can only become empty or prose, or be lost by the provider.
        rate: Share of the other calls that are spoiled, in [0, 1].
        kinds: Kinds to draw from (`multivis.testing.faults.KINDS`), all by default; of these,
            one that is applicable to the answer is drawn.
        seed: Where the draws begin.
        retry_after: Seconds that a failing provider asks to wait.
    """

    inner: BaseChatModel
    faults: dict[int, Any] = Field(default_factory=dict)
    rate: float = Field(0.0, ge=0, le=1)
    kinds: tuple[str, ...] = tuple(KINDS)
    seed: int = 0
    retry_after: float = Field(0.05, ge=0)
    model_name: str = "faulty"

    _count: int = PrivateAttr(0)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)
    _injected: list[tuple[int, str]] = PrivateAttr(default_factory=list)
    _stuck: dict[int, AIMessage] = PrivateAttr(default_factory=dict)

    @field_validator("kinds", mode="before")
    @classmethod
    def _known_kinds(cls, kinds: Any) -> tuple[str, ...]:
        names = tuple(kinds)
        unknown = [kind for kind in names if kind not in KINDS]
        if unknown:
            raise ValueError(f"There is no fault {unknown[0]!r}; the kinds are {', '.join(KINDS)}.")
        return names

    @property
    def asked(self) -> int:
        """How often it was asked."""
        return self._count

    @property
    def injected(self) -> tuple[tuple[int, str], ...]:
        """What was spoiled so far: number of the call, kind."""
        return tuple(self._injected)

    @property
    def _llm_type(self) -> str:
        return "faulty"

    def bind_tools(
        self,
        tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools; the inner model gets them with every call."""
        return self.bind(tools=list(tools), tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with self._lock:
            self._count += 1
            number = self._count
        fault = self.faults.get(number)
        if isinstance(fault, BaseException) or (
            isinstance(fault, type) and issubclass(fault, BaseException)
        ):
            raise fault
        conversation = _conversation(messages)
        stuck = self._stuck.get(conversation)
        if stuck is None:
            stuck = self._answer(messages, number, fault, conversation, kwargs.get("tools") or ())
        return ChatResult(generations=[ChatGeneration(message=stuck)])

    def _answer(
        self,
        messages: list[BaseMessage],
        number: int,
        fault: Any,
        conversation: int,
        tools: Sequence[Any],
    ) -> AIMessage:
        """What the inner model answers, spoiled if it is this call's turn."""
        model: Runnable[LanguageModelInput, AIMessage] = self.inner
        if tools:
            model = self.inner.bind_tools(tools)
        answer = model.invoke(messages)
        definitions = [convert_to_openai_tool(tool) for tool in tools]
        random = Random(f"{self.seed}:{number}")
        kind = fault if fault is not None else self._drawn(answer, definitions, random)
        if kind is None:
            return answer
        self._injected.append((number, str(kind)))
        if kind not in KINDS or (fault is not None and kind in FAULTS):
            return _spoiled(answer, str(kind))
        if kind not in applicable(answer, definitions):
            raise ValueError(f"The fault {kind!r} cannot happen to the answer of call {number}.")
        spoiled = spoil(answer, str(kind), definitions, random=random, retry_after=self.retry_after)
        if kind == "same_call":
            self._stuck[conversation] = spoiled
        return spoiled

    def _drawn(
        self, answer: AIMessage, tools: Sequence[Mapping[str, Any]], random: Random
    ) -> str | None:
        """The kind of fault that is drawn for a call, if any."""
        if random.random() >= self.rate:
            return None
        choice = [kind for kind in applicable(answer, tools) if kind in self.kinds]
        return random.choice(choice) if choice else None


def _conversation(messages: Sequence[BaseMessage]) -> int:
    """What tells one conversation from another: how it begins."""
    return hash(tuple(str(message.content) for message in messages[:2]))


def _spoiled(answer: AIMessage, fault: str) -> AIMessage:
    """The answer with one fault."""
    if fault not in FAULTS:
        raise ValueError(f"There is no fault {fault!r}; the faults are {', '.join(FAULTS)}.")
    calls = answer.tool_calls
    usage = answer.usage_metadata
    if fault == "empty" or (fault == "prose" and not calls):
        return AIMessage("", usage_metadata=usage)
    if not calls:
        return AIMessage(f"Well: {answer.text}", usage_metadata=usage)
    first = calls[0]
    written = json.dumps(first["args"])
    number = str(first["id"])
    if fault == "prose":
        return AIMessage("I would call a tool now.", usage_metadata=usage)
    if fault == "call_in_text":
        text = json.dumps({"name": first["name"], "arguments": first["args"]})
        return AIMessage(f"<tool_call>{text}</tool_call>", usage_metadata=usage)
    if fault in {"cut_arguments", "text_arguments"}:
        cut = written[: len(written) // 2] if fault == "cut_arguments" else f"{written[:-1]},}}"
        broken = invalid_tool_call(name=first["name"], args=cut, id=number, error=None)
        return AIMessage("", invalid_tool_calls=[broken], usage_metadata=usage)
    name, arguments = first["name"], dict(first["args"])
    if fault == "unknown_tool":
        name = f"{name}_please"
    else:
        arguments["please"] = True
    call = tool_call(name=name, args=arguments, id=number)
    return AIMessage("", tool_calls=[call], usage_metadata=usage)


def _last(messages: Sequence[BaseMessage]) -> str:
    text = messages[-1].text if messages else "none"
    return text if len(text) <= 200 else f"{text[:200]}…"


def _with_usage(answer: AIMessage, messages: Sequence[BaseMessage]) -> AIMessage:
    """The message with costs at four characters a token."""
    prompt = sum(len(message.text) for message in messages) // 4
    completion = (len(answer.text) + len(json.dumps(answer.tool_calls, default=str))) // 4
    usage = UsageMetadata(
        input_tokens=prompt, output_tokens=completion, total_tokens=prompt + completion
    )
    return answer.model_copy(update={"usage_metadata": usage})


def _pieces(answer: AIMessage) -> Iterator[AIMessageChunk]:
    """A message in pieces: words, then each call in two halves, then the costs."""
    for word in re.findall(r"\S*\s*", answer.text):
        if word:
            yield AIMessageChunk(content=word)
    written = [
        (call["name"], json.dumps(call["args"]), call["id"]) for call in answer.tool_calls
    ] + [(call["name"], call["args"], call["id"]) for call in answer.invalid_tool_calls]
    for index, (name, arguments, number) in enumerate(written):
        text = arguments or ""
        middle = len(text) // 2
        yield AIMessageChunk(
            content="",
            tool_call_chunks=[
                tool_call_chunk(name=name, args=text[:middle], id=number, index=index)
            ],
        )
        yield AIMessageChunk(
            content="",
            tool_call_chunks=[tool_call_chunk(name=None, args=text[middle:], id=None, index=index)],
        )
    yield AIMessageChunk(content="", usage_metadata=answer.usage_metadata, chunk_position="last")
