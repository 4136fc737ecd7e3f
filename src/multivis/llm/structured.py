"""Structured answers: any chat model, one Pydantic form, asked again until it fits (RC-2).

instructor does the asking-again; it is given LangChain's models through an OpenAI-shaped
function, and RC-2 as a validator of the form. It is imported on first use, because it brings
the OpenAI types along.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, create_model, model_validator

from multivis.errors import StructuredAnswerError
from multivis.llm.calls import OnRetry, call_model, model_name
from multivis.rules import RuleBook
from multivis.rules.repair import read_arguments
from multivis.settings import Limits
from multivis.state import Failure, Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

__all__ = ["ask_structured"]

M = TypeVar("M", bound=BaseModel)


def ask_structured(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    response_model: type[M],
    *,
    rules: RuleBook | None = None,
    limits: Limits | None = None,
    asks: int = 3,
    on_retry: OnRetry | None = None,
    cancel: threading.Event | None = None,
) -> tuple[M, Usage, int]:
    """Ask for an answer in a form, and ask again with the reason while it does not fit.

    A model whose attribute ``deterministic`` is true is asked once: the same question would
    only get the same answer.

    Args:
        model: Any LangChain chat model that can call tools, or that answers in JSON.
        messages: The conversation.
        response_model: The form.
        rules: The book whose RC-2 judges the answer, and whose EH-2 judges provider faults.
        limits: Bounds of each call, see `call_model`.
        asks: How often the model is asked at most, at least once.
        on_retry: Told about retries after provider faults.
        cancel: Set it to stop waiting.

    Returns:
        The answer, what all calls cost together, and how often the model was asked.

    Raises:
        StructuredAnswerError: No answer ever fitted.
        ProviderError: The provider failed for good.
        CredentialError: The key was not accepted.
        OptionError: The model cannot call tools.
    """
    limits = limits or Limits()
    rules = rules or RuleBook()
    deadline = time.monotonic() + limits.max_seconds

    def call(
        conversation: Sequence[BaseMessage], tools: list[dict[str, Any]]
    ) -> tuple[AIMessage, Usage]:
        left = max(0.001, deadline - time.monotonic())
        answer, usage, _ = call_model(
            model,
            conversation,
            tools=tools,
            limits=limits.model_copy(update={"max_seconds": left}),
            rules=rules,
            on_retry=on_retry,
            cancel=cancel,
        )
        return answer, usage

    if getattr(model, "deterministic", False) is True:
        return _once(model, call, messages, response_model, rules)
    conversation = _Conversation(call, messages)
    return _with_instructor(model, conversation, response_model, rules, max(1, asks))


_Call = Callable[["Sequence[BaseMessage]", list[dict[str, Any]]], "tuple[AIMessage, Usage]"]


# ── models that would only repeat themselves ────────────────────────────────────────────────


def _once(
    model: BaseChatModel,
    call: _Call,
    messages: Sequence[BaseMessage],
    response_model: type[M],
    rules: RuleBook,
) -> tuple[M, Usage, int]:
    """One call, judged by RC-2."""
    schema = response_model.model_json_schema()
    tool = {
        "type": "function",
        "function": {
            "name": response_model.__name__,
            "description": schema.pop("description", response_model.__name__),
            "parameters": schema,
        },
    }
    answer, usage = call(messages, [tool])
    payload = _payload(answer, response_model.__name__)
    result = rules.response_format(payload, response_model).value
    if isinstance(result, Failure):
        raise _never_fitted(model, response_model, 1, result.message)
    return cast("M", result), usage, 1


def _payload(answer: AIMessage, name: str) -> Any:
    """The arguments of the call of the form, or the JSON in the text."""
    for called in answer.tool_calls:
        if called["name"] == name:
            return called["args"]
    parsed = read_arguments(answer.text)
    return parsed if parsed is not None else answer.text


def _never_fitted(
    model: Any, response_model: type[BaseModel], asked: int, reason: str
) -> StructuredAnswerError:
    times = "once" if asked == 1 else f"{asked} times"
    return StructuredAnswerError(
        f"{model_name(model)} was asked {times} for a {response_model.__name__} "
        f"and never gave one: {reason}",
        hint="Use a model that calls tools reliably.",
    )


# ── all others: instructor ──────────────────────────────────────────────────────────────────


class _Conversation:
    """LangChain's model in the shape of OpenAI's ``create``, with the costs added up."""

    def __init__(self, call: _Call, messages: Sequence[BaseMessage]) -> None:
        self.call = call
        self.first = list(messages)
        self.shown: list[Any] = []
        self.usage = Usage()
        self.asked = 0
        self.fault: BaseException | None = None

    def create(self, **request: Any) -> Any:
        """One call; provider faults leave at once, they are not the model's form."""
        from langchain_core.messages import convert_to_messages

        asked_again = request["messages"][len(self.shown) :]
        conversation = [*self.first, *convert_to_messages(asked_again)]
        try:
            answer, usage = self.call(conversation, request.get("tools") or [])
        except BaseException as error:
            self.fault = error
            raise
        self.usage += usage
        self.asked += 1
        return _as_completion(answer, request)


def _as_completion(answer: AIMessage, request: Mapping[str, Any]) -> Any:
    """A LangChain answer as OpenAI's completion; JSON in the text counts as the call."""
    from openai.types.chat import ChatCompletion

    calls = [
        {"id": call.get("id") or f"call_{i}", "name": call["name"], "arguments": call["args"]}
        for i, call in enumerate(answer.tool_calls)
    ]
    calls += [
        {
            "id": call.get("id") or f"broken_{i}",
            "name": call.get("name") or "",
            "arguments": read_arguments(call.get("args") or "") or {},
        }
        for i, call in enumerate(answer.invalid_tool_calls)
    ]
    if not calls:
        # Without a call instructor would fail in its own code; an empty one is asked again.
        calls = [
            {
                "id": "call_0",
                "name": request["tools"][0]["function"]["name"],
                "arguments": read_arguments(answer.text) or {},
            }
        ]
    message = {
        "role": "assistant",
        "content": answer.text or None,
        "tool_calls": [
            {
                "id": call["id"],
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])},
            }
            for call in calls[:1]
        ],
    }
    return ChatCompletion.model_validate(
        {
            "id": answer.id or "answer",
            "object": "chat.completion",
            "created": 0,
            "model": "model",
            "choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}],
        }
    )


def _judged(response_model: type[M], rules: RuleBook) -> type[M]:
    """The form with RC-2 as a validator, under its own name."""

    def judge(self: M) -> M:
        result = rules.response_format(self.model_dump(), response_model).value
        if isinstance(result, Failure):
            raise ValueError(result.message)
        return self

    return create_model(
        response_model.__name__,
        __base__=response_model,
        __doc__=response_model.__doc__,
        __validators__={"rc_2": cast("Any", model_validator(mode="after")(judge))},
    )


def _with_instructor(
    model: BaseChatModel,
    conversation: _Conversation,
    response_model: type[M],
    rules: RuleBook,
    asks: int,
) -> tuple[M, Usage, int]:
    """Ask, validate, ask again."""
    import instructor
    from instructor.core.exceptions import InstructorError
    from langchain_core.messages import convert_to_openai_messages

    # instructor reports each failed attempt as an error; here the answer or the error says it.
    logging.getLogger("instructor").addHandler(logging.NullHandler())
    conversation.shown = list(convert_to_openai_messages(conversation.first))
    ask = instructor.patch(create=conversation.create, mode=instructor.Mode.TOOLS)
    try:
        answer = ask(
            model="model",
            messages=list(conversation.shown),
            response_model=_judged(response_model, rules),
            max_retries=asks - 1,
        )
    except Exception as error:
        if conversation.fault is not None:
            raise conversation.fault from conversation.fault.__cause__
        if not isinstance(error, InstructorError):
            raise
        reason = " ".join(str(error.__cause__ or error).split())[:300]
        raise _never_fitted(model, response_model, conversation.asked, reason) from error
    plain = response_model.model_validate(
        answer.model_dump(include=set(response_model.model_fields))
    )
    return plain, conversation.usage, conversation.asked
