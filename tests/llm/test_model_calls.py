"""One call: bounded in time, asked again, paid for."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from multivis.errors import CredentialError, ModelError, OptionError, ProviderError
from multivis.llm.calls import Cancelled, acall_model, call_model, model_name
from multivis.llm.faults import classify_fault, retry_after
from multivis.llm.usage import estimate_tokens, usage_of
from multivis.rules import RuleBook
from multivis.settings import Limits
from multivis.testing import ScriptedChatModel

ASK = [HumanMessage("How many?")]
TOOL = {
    "type": "function",
    "function": {
        "name": "count",
        "description": "Count.",
        "parameters": {"type": "object", "properties": {"n": {"type": "integer"}}},
    },
}


def test_an_answer_comes_with_its_cost_and_attempts():
    answer, usage, attempts = call_model(ScriptedChatModel(["forty-two"]), ASK)
    assert answer.text == "forty-two"
    assert usage.calls == 1
    assert usage.tokens > 0
    assert attempts == 1


def test_tools_are_bound_and_calls_come_back():
    model = ScriptedChatModel([{"name": "count", "args": {"n": 3}}])
    answer, _, _ = call_model(model, ASK, tools=[TOOL], tool_choice="any")
    assert answer.tool_calls[0]["args"] == {"n": 3}
    assert model.calls[0].tool_names == ("count",)
    assert model.calls[0].tool_choice == "any"


def test_a_model_that_cannot_call_tools_is_refused_by_name():
    with pytest.raises(OptionError, match="FakeListChatModel cannot call tools"):
        call_model(FakeListChatModel(responses=["x"]), ASK, tools=[TOOL])


def test_a_transient_fault_is_asked_again_and_told(no_waiting):
    told = []
    model = ScriptedChatModel([ConnectionResetError("gone"), TimeoutError("slow"), "ok"])
    answer, _, attempts = call_model(
        model, ASK, on_retry=lambda *event: told.append((event[0], event[2]))
    )
    assert answer.text == "ok"
    assert attempts == 3
    assert told == [(1, 1.0), (2, 2.0)]
    assert no_waiting == [1.0, 2.0]


def test_a_fault_that_stays_is_raised_with_its_cause(no_waiting):
    model = ScriptedChatModel([ConnectionError("gone")], repeat=True)
    with pytest.raises(ProviderError, match=r"connection .* failed: gone") as caught:
        call_model(model, ASK, limits=Limits(model_retries=2))
    assert caught.value.transient
    assert isinstance(caught.value.__cause__, ConnectionError)
    assert len(model.calls) == 3


def test_a_defect_of_the_model_is_not_asked_again():
    model = ScriptedChatModel([ValueError("bad weights"), "never"])
    with pytest.raises(ProviderError, match="ValueError: bad weights") as caught:
        call_model(model, ASK)
    assert not caught.value.transient
    assert len(model.calls) == 1


def test_an_error_of_ours_passes_unchanged():
    with pytest.raises(ModelError, match="script of ScriptedChatModel is over") as caught:
        call_model(ScriptedChatModel([]), ASK)
    assert type(caught.value) is ModelError
    assert caught.value.__cause__ is None


def test_without_eh2_nothing_is_waited_for(no_waiting):
    model = ScriptedChatModel([ConnectionError("gone"), "ok"])
    call_model(model, ASK, rules=RuleBook().without("EH-2"))
    assert no_waiting == [0.0]


def stall(seconds):
    event = threading.Event()

    def wait(call):
        event.wait(seconds)
        return "late"

    return wait, event


def test_a_stalled_model_is_left_behind():
    wait, event = stall(30)
    started = time.monotonic()
    try:
        with pytest.raises(ProviderError, match=r"did not answer within 0\.1 s"):
            call_model(
                ScriptedChatModel([wait]), ASK, limits=Limits(model_seconds=0.1, model_retries=0)
            )
        assert time.monotonic() - started < 15  # far below the stall
    finally:
        event.set()


def test_all_attempts_together_end_within_the_time_of_the_question():
    wait, event = stall(30)
    model = ScriptedChatModel([wait], repeat=True)
    try:
        with pytest.raises(ProviderError):
            call_model(
                model,
                ASK,
                limits=Limits(model_seconds=0.2, max_seconds=0.5, model_retries=10),
            )
        assert len(model.calls) <= 2
    finally:
        event.set()


def test_a_caller_can_stop_waiting():
    wait, event = stall(30)
    cancel = threading.Event()
    threading.Timer(0.05, cancel.set).start()
    try:
        with pytest.raises(Cancelled):
            call_model(ScriptedChatModel([wait]), ASK, cancel=cancel)
    finally:
        event.set()


def test_a_call_that_is_cancelled_before_it_starts_asks_nobody():
    cancel = threading.Event()
    cancel.set()
    model = ScriptedChatModel(["x"])
    with pytest.raises(Cancelled):
        call_model(model, ASK, cancel=cancel)
    assert model.calls == []


def test_a_wait_between_attempts_can_be_cancelled():
    cancel = threading.Event()
    model = ScriptedChatModel([ConnectionError("gone"), "never"])
    with pytest.raises(Cancelled):
        call_model(model, ASK, cancel=cancel, on_retry=lambda *event: cancel.set())
    assert len(model.calls) == 1


def test_the_async_variant_does_the_same():
    model = ScriptedChatModel([{"name": "count", "args": {}}])
    answer, usage, attempts = asyncio.run(acall_model(model, ASK, tools=[TOOL]))
    assert answer.tool_calls[0]["name"] == "count"
    assert (usage.calls, attempts) == (1, 1)


def test_the_async_variant_leaves_a_stalled_model_behind():
    wait, event = stall(30)
    limits = Limits(model_seconds=0.1, model_retries=0)
    try:
        with pytest.raises(ProviderError, match="did not answer"):
            asyncio.run(acall_model(ScriptedChatModel([wait]), ASK, limits=limits))
    finally:
        event.set()


def test_an_async_caller_can_cancel():
    wait, event = stall(30)

    async def run():
        task = asyncio.create_task(acall_model(ScriptedChatModel([wait]), ASK))
        await asyncio.sleep(0.05)
        task.cancel()
        await task

    try:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(run())
    finally:
        event.set()


def test_the_async_variant_asks_again(monkeypatch):
    limits = Limits(model_retries=1)
    model = ScriptedChatModel([ConnectionError("gone"), "ok"])
    book = RuleBook().without("EH-2")
    answer, _, attempts = asyncio.run(acall_model(model, ASK, limits=limits, rules=book))
    assert (answer.text, attempts) == ("ok", 2)


class Provider(Exception):
    def __init__(self, status, text="no", headers=None):
        super().__init__(text)
        self.status_code = status
        self.response = type("Response", (), {"headers": headers or {}})()


@pytest.mark.parametrize(
    ("error", "kind", "transient"),
    [
        (Provider(429), ProviderError, True),
        (Provider(429, "insufficient_quota"), ProviderError, False),
        (Provider(500), ProviderError, True),
        (Provider(529), ProviderError, True),
        (Provider(400), ProviderError, False),
        (Provider(400, "context_length_exceeded"), ProviderError, False),
        (Provider(401), CredentialError, None),
        (Provider(403), CredentialError, None),
        (Provider(404), OptionError, None),
        (type("ReadTimeout", (Exception,), {})("x"), ProviderError, True),
        (type("ConnectError", (Exception,), {})("x"), ProviderError, True),
        (RuntimeError("x"), ProviderError, False),
    ],
)
def test_faults_are_told_apart(error, kind, transient):
    fault = classify_fault(error, "m")
    assert type(fault) is kind
    if transient is not None:
        assert fault.transient is transient


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_from_the_headers(headers, seconds):
    assert retry_after(Provider(429, headers=headers)) == seconds


def test_costs_are_the_providers_where_it_says_them():
    said = AIMessage(
        "x", usage_metadata={"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    )
    assert usage_of(said, ASK).tokens == 15


def test_costs_are_estimated_where_it_does_not():
    usage = usage_of(AIMessage("x" * 40), [HumanMessage("y" * 80)])
    assert (usage.prompt_tokens, usage.completion_tokens) == (20, 10)
    with_tools = usage_of(AIMessage("x" * 40), [HumanMessage("y" * 80)], [TOOL])
    assert with_tools.prompt_tokens > 20


def test_pictures_and_tool_calls_count():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    assert estimate_tokens(HumanMessage([picture, {"type": "text", "text": "abcd"}])) == 1001
    calling = AIMessage("", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "1"}])
    assert estimate_tokens(calling) > 10
    assert estimate_tokens(ToolMessage("abcd", tool_call_id="1")) == 1


def test_a_model_is_named_by_class_and_name():
    assert model_name(ScriptedChatModel([])) == "ScriptedChatModel(scripted)"


def test_nothing_is_traced_whatever_the_environment_says(monkeypatch):
    from langsmith import utils

    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    utils.get_env_var.cache_clear()
    try:
        assert utils.tracing_is_enabled()
        model = ScriptedChatModel([lambda call: str(utils.tracing_is_enabled())], repeat=True)
        assert call_model(model, ASK)[0].text == "False"
        assert asyncio.run(acall_model(model, ASK))[0].text == "False"
    finally:
        utils.get_env_var.cache_clear()
