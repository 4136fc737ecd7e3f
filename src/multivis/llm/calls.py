"""One call of a model: bounded in time, asked again after transient faults, and paid for."""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from multivis.cancellation import when_cancelled
from multivis.errors import OptionError, ProviderError
from multivis.llm.faults import classify_fault, fault_as_failure
from multivis.llm.usage import usage_of
from multivis.rules import RuleBook
from multivis.settings import Limits
from multivis.state import Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.runnables import Runnable
    from tenacity import RetryCallState

__all__ = ["Cancelled", "acall_model", "call_model", "model_name", "without_tracing"]

OnRetry = Callable[[int, ProviderError, float], None]


class Cancelled(ProviderError):
    """The caller gave up waiting."""

    def __init__(self) -> None:
        super().__init__("The call of the model was cancelled.", transient=False)


def call_model(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    *,
    tools: Sequence[dict[str, Any]] | None = None,
    tool_choice: str | None = None,
    limits: Limits | None = None,
    rules: RuleBook | None = None,
    on_retry: OnRetry | None = None,
    cancel: threading.Event | None = None,
) -> tuple[AIMessage, Usage, int]:
    """Ask a model once, again after transient faults, and give answer, cost and attempts.

    Every attempt ends after `Limits.model_seconds` even on a connection that stalls: it runs in
    a thread of its own that is then left behind. Waits between attempts are EH-2's. All
    attempts together end within `Limits.max_seconds`.

    Args:
        model: Any LangChain chat model.
        messages: The conversation.
        tools: Tool definitions to bind (`Tool.definition`).
        tool_choice: As `bind_tools` takes it; the model chooses by default.
        limits: `model_seconds`, `model_retries`, `max_seconds`.
        rules: The book whose EH-2 decides about retries.
        on_retry: Told attempt, fault and seconds to wait before each retry.
        cancel: Set it from another thread to stop waiting.

    Returns:
        The answer, what it cost (one call, all attempts' time), and the number of attempts.

    Raises:
        ProviderError: The provider failed for good, or there was no time left.
        CredentialError: The key was not accepted.
        OptionError: The provider does not know the model, or it cannot call tools.
    """
    limits = limits or Limits()
    runnable = _bind(model, tools, tool_choice)
    name = model_name(model)
    clock = _Clock(limits)
    control = _Retries(clock, rules or RuleBook(), on_retry)

    def attempt() -> AIMessage:
        return _invoke(runnable, messages, name, clock.left(), cancel)

    from tenacity import Retrying

    retrying = Retrying(
        retry=control.again,
        wait=control.wait,
        stop=control.stop,
        before_sleep=control.tell,
        sleep=lambda seconds: _sleep(seconds, cancel),
        reraise=True,
    )
    answer = retrying(attempt)
    attempts = int(retrying.statistics.get("attempt_number", 1))
    return answer, usage_of(answer, messages, tools, clock.spent()), attempts


async def acall_model(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    *,
    tools: Sequence[dict[str, Any]] | None = None,
    tool_choice: str | None = None,
    limits: Limits | None = None,
    rules: RuleBook | None = None,
    on_retry: OnRetry | None = None,
) -> tuple[AIMessage, Usage, int]:
    """The same as `call_model` for async callers; cancel the task to stop waiting."""
    limits = limits or Limits()
    runnable = _bind(model, tools, tool_choice)
    name = model_name(model)
    clock = _Clock(limits)
    control = _Retries(clock, rules or RuleBook(), on_retry)

    async def attempt() -> AIMessage:
        return await _ainvoke(model, runnable, messages, name, clock.left())

    from tenacity import AsyncRetrying

    retrying = AsyncRetrying(
        retry=control.again,
        wait=control.wait,
        stop=control.stop,
        before_sleep=control.tell,
        sleep=asyncio.sleep,
        reraise=True,
    )
    answer: AIMessage = await retrying(attempt)
    attempts = int(retrying.statistics.get("attempt_number", 1))
    return answer, usage_of(answer, messages, tools, clock.spent()), attempts


def model_name(model: Any) -> str:
    """How a person names a model: its class and, if it has one, the provider's name of it."""
    for attribute in ("model_name", "model"):
        value = getattr(model, attribute, None)
        if isinstance(value, str) and value:
            return f"{type(model).__name__}({value})"
    return type(model).__name__


# ── time and retries ────────────────────────────────────────────────────────────────────────


class _Clock:
    """Time spent on one call with all its attempts."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.started = time.monotonic()

    def spent(self) -> float:
        return time.monotonic() - self.started

    def left(self) -> float:
        """Seconds that the next attempt may take."""
        return max(0.0, min(self.limits.model_seconds, self.limits.max_seconds - self.spent()))


class _Retries:
    """Tenacity's questions, answered by EH-2."""

    def __init__(self, clock: _Clock, rules: RuleBook, on_retry: OnRetry | None) -> None:
        self.clock = clock
        self.rules = rules
        self.on_retry = on_retry

    def _fault(self, state: RetryCallState) -> ProviderError | None:
        error = state.outcome.exception() if state.outcome else None
        return error if isinstance(error, ProviderError) else None

    def again(self, state: RetryCallState) -> bool:
        """Whether the fault may pass."""
        fault = self._fault(state)
        return fault is not None and fault.transient

    def wait(self, state: RetryCallState) -> float:
        """Seconds until the next attempt."""
        fault = self._fault(state)
        if fault is None:
            return 0.0
        failure = fault_as_failure(fault, fault.__cause__)
        recovery = self.rules.execution_recovery(
            failure, state.attempt_number, self.clock.limits
        ).value
        return recovery.wait

    def stop(self, state: RetryCallState) -> bool:
        """Whether attempts or time are used up."""
        if state.attempt_number > self.clock.limits.model_retries:
            return True
        return self.clock.spent() + state.upcoming_sleep >= self.clock.limits.max_seconds

    def tell(self, state: RetryCallState) -> None:
        """Report a retry before waiting for it."""
        fault = self._fault(state)
        if self.on_retry is not None and fault is not None:
            self.on_retry(state.attempt_number, fault, state.upcoming_sleep)


def _sleep(seconds: float, cancel: threading.Event | None) -> None:
    """Wait, unless somebody cancels."""
    woken = cancel or threading.Event()
    with when_cancelled(woken.set):
        if woken.wait(seconds):
            raise Cancelled


# ── one attempt ─────────────────────────────────────────────────────────────────────────────


def _bind(
    model: BaseChatModel, tools: Sequence[dict[str, Any]] | None, tool_choice: str | None
) -> Runnable[Any, AIMessage]:
    """The model with its tools."""
    if not tools:
        return model
    try:
        if tool_choice is None:
            return model.bind_tools(list(tools))
        return model.bind_tools(list(tools), tool_choice=tool_choice)
    except NotImplementedError as error:
        raise OptionError(
            f"The model {model_name(model)} cannot call tools.",
            hint="Give one whose bind_tools works.",
        ) from error


@contextmanager
def without_tracing() -> Iterator[None]:
    """Nothing inside is reported to LangSmith, whatever the environment says.

    Questions and data stay between the caller and the model that the caller chose.
    """
    from langsmith.run_helpers import tracing_context

    with tracing_context(enabled=False):
        yield


def _ask(runnable: Runnable[Any, AIMessage], messages: Sequence[BaseMessage]) -> AIMessage:
    with without_tracing():
        return _without_cut_call(runnable.invoke(list(messages)))


_CUT = frozenset({"length", "max_tokens", "max_output_tokens"})


def _without_cut_call(answer: AIMessage) -> AIMessage:
    """An answer that ended at the token limit, with its last tool call marked as broken.

    A streamed answer needs this: LangChain closes the brackets of arguments that were cut off,
    and half an SQL statement would come out as a whole one. EH-1 then asks again.
    """
    metadata = answer.response_metadata
    reason = str(metadata.get("finish_reason") or metadata.get("stop_reason") or "").lower()
    if reason not in _CUT or not answer.tool_calls:
        return answer
    from langchain_core.messages.tool import invalid_tool_call

    *whole, last = answer.tool_calls
    broken = invalid_tool_call(
        name=last["name"],
        args=json.dumps(last["args"], default=str)[:-1] + " …",
        id=last["id"],
        error="The arguments were cut off at the token limit.",
    )
    return answer.model_copy(
        update={
            "tool_calls": whole,
            "invalid_tool_calls": [*answer.invalid_tool_calls, broken],
        }
    )


def _invoke(
    runnable: Runnable[Any, AIMessage],
    messages: Sequence[BaseMessage],
    name: str,
    seconds: float,
    cancel: threading.Event | None,
) -> AIMessage:
    """One attempt in a thread of its own, so that waiting for it really can end."""
    if cancel is not None and cancel.is_set():
        raise Cancelled
    work = _Work(lambda: _ask(runnable, messages))
    deadline = time.monotonic() + seconds
    with when_cancelled(work.done.set):  # the run is over: nobody looks at the answer
        work.start()
        while not work.done.wait(_slice(deadline, cancel)):
            if cancel is not None and cancel.is_set():
                raise Cancelled
            if time.monotonic() >= deadline:
                raise _too_slow(name, seconds)
    return work.result(name)


def _slice(deadline: float, cancel: threading.Event | None) -> float:
    """How long to wait before looking up; short only when somebody may cancel."""
    left = max(0.0, deadline - time.monotonic())
    return left if cancel is None else min(left, 0.1)


def _too_slow(name: str, seconds: float) -> ProviderError:
    return ProviderError(
        f"{name} did not answer within {seconds:g} s.",
        transient=True,
        hint="Raise model_seconds, or choose a faster model.",
    )


class _Work:
    """A call in a daemon thread, with the caller's context variables."""

    def __init__(self, function: Callable[[], AIMessage]) -> None:
        self.function = function
        self.done = threading.Event()
        self.answer: AIMessage | None = None
        self.error: BaseException | None = None
        self.context = contextvars.copy_context()
        self.after: Callable[[], None] | None = None

    def start(self) -> None:
        """A daemon, so that a stalled connection cannot keep the interpreter from ending."""
        threading.Thread(target=self._run, name="multivis-model", daemon=True).start()

    def _run(self) -> None:
        try:
            self.answer = self.context.run(self.function)
        except BaseException as error:
            self.error = error  # raised again where the caller waits
        self.done.set()
        if self.after is not None:
            self.after()

    def result(self, name: str) -> AIMessage:
        """The answer, or the classified fault."""
        if self.answer is not None:
            return self.answer
        error = self.error or RuntimeError("the model returned nothing")
        if not isinstance(error, Exception):
            raise error
        fault = classify_fault(error, name)
        raise fault from (None if fault is error else error)


async def _ainvoke(
    model: BaseChatModel,
    runnable: Runnable[Any, AIMessage],
    messages: Sequence[BaseMessage],
    name: str,
    seconds: float,
) -> AIMessage:
    """One attempt without blocking the event loop."""
    try:
        return await asyncio.wait_for(_waiting(model, runnable, messages), seconds)
    except TimeoutError as error:
        if type(error) is TimeoutError:
            raise _too_slow(name, seconds) from error
        raise classify_fault(error, name) from error
    except Exception as error:
        fault = classify_fault(error, name)
        raise fault from (None if fault is error else error)


def _waiting(
    model: BaseChatModel, runnable: Runnable[Any, AIMessage], messages: Sequence[BaseMessage]
) -> Awaitable[AIMessage]:
    """The model's own coroutine if it has one, else a thread that the loop can leave behind."""
    from langchain_core.language_models import BaseChatModel as Base

    native = (
        type(model)._agenerate is not Base._agenerate or type(model)._astream is not Base._astream
    )
    return _ask_async(runnable, messages) if native else _ask_in_thread(runnable, messages)


async def _ask_async(
    runnable: Runnable[Any, AIMessage], messages: Sequence[BaseMessage]
) -> AIMessage:
    with without_tracing():
        return _without_cut_call(await runnable.ainvoke(list(messages)))


async def _ask_in_thread(
    runnable: Runnable[Any, AIMessage], messages: Sequence[BaseMessage]
) -> AIMessage:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    work = _Work(lambda: _ask(runnable, messages))

    def wake() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(ready.set)

    work.after = wake
    work.start()
    await ready.wait()
    if work.answer is None:
        raise work.error or RuntimeError("the model returned nothing")
    return work.answer
