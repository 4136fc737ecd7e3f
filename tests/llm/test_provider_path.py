"""The real provider path: langchain-openai over HTTP to a local server, well and badly served."""

from __future__ import annotations

import asyncio
import base64
import time

import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel, Field

from multivis.errors import CredentialError, OptionError, ProviderError, StructuredAnswerError
from multivis.llm import resolve_models
from multivis.llm.calls import acall_model, call_model
from multivis.llm.structured import ask_structured
from multivis.rules import RuleBook
from multivis.settings import Limits
from multivis.state import FailureKind
from multivis.testing import OpenAIServer, Reply

ASK = [SystemMessage("You count."), HumanMessage("How many?")]
TOOL = {
    "type": "function",
    "function": {
        "name": "count",
        "description": "Count.",
        "parameters": {"type": "object", "properties": {"n": {"type": "integer"}}},
    },
}
PATIENT = Limits(model_retries=2)


@pytest.fixture
def serve(monkeypatch):
    """A server with a script, and the model that `resolve_models` makes for it."""
    running = []

    def start(*script, limits=PATIENT, **options):
        server = OpenAIServer(script, **options).start()
        running.append(server)
        monkeypatch.setenv("OPENAI_API_KEY", "dummy")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        model = resolve_models("openai:any", limits=limits).select("query")
        return server, model

    yield start
    for server in running:
        server.stop()


def test_an_answer_comes_with_the_providers_own_count_of_tokens(serve):
    server, model = serve("forty-two")
    answer, usage, attempts = call_model(model, ASK)
    assert answer.text == "forty-two"
    assert (usage.prompt_tokens, usage.completion_tokens, usage.calls) == (11, 7, 1)
    assert attempts == 1
    assert server.requests[0].headers["authorization"] == "Bearer dummy"
    assert [m["role"] for m in server.requests[0].messages] == ["system", "user"]


def test_tokens_are_estimated_when_the_provider_says_nothing(serve):
    _, model = serve(Reply(text="x" * 40, usage=None))
    _, usage, _ = call_model(model, ASK)
    assert usage.completion_tokens == 10


def test_tool_calls_travel_both_ways(serve):
    server, model = serve([{"name": "count", "args": {"n": 3}}, {"name": "count", "args": {}}])
    answer, _, _ = call_model(model, ASK, tools=[TOOL])
    assert [call["args"] for call in answer.tool_calls] == [{"n": 3}, {}]
    assert server.requests[0].tools == ["count"]


def test_pictures_arrive(serve):
    server, model = serve("a bar chart")
    data = base64.b64encode(b"not really a picture").decode()
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    call_model(model, [HumanMessage([{"type": "text", "text": "What is it?"}, picture])])
    assert server.requests[0].images == [f"data:image/png;base64,{data}"]


@pytest.mark.parametrize("arguments", ['{"n": 3,}', "{'n': 3}", '{"n": 3', "not json"])
def test_malformed_arguments_reach_eh1(serve, arguments):
    _, model = serve({"name": "count", "args": arguments})
    answer, _, _ = call_model(model, ASK, tools=[TOOL])
    assert answer.tool_calls == []
    value = (
        RuleBook()
        .call_parsing(answer.text, answer.tool_calls, answer.invalid_tool_calls, {"count"})
        .value
    )
    if arguments in ("not json", '{"n": 3'):
        assert value.kind is FailureKind.SYNTAX
    else:
        assert value.arguments == {"n": 3}


def test_a_rate_limit_is_waited_for_as_long_as_it_says(serve, no_waiting):
    server, model = serve(
        Reply(status=429, headers={"Retry-After": "7"}),
        Reply(status=429, headers={"Retry-After": "100000"}),
        "ok",
    )
    answer, _, attempts = call_model(model, ASK, limits=PATIENT)
    assert (answer.text, attempts) == ("ok", 3)
    assert no_waiting == [7.0, 60.0]
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_a_server_error_is_asked_again(serve, no_waiting, status):
    _, model = serve(Reply(status=status), "ok")
    answer, _, attempts = call_model(model, ASK, limits=PATIENT)
    assert (answer.text, attempts) == ("ok", 2)
    assert no_waiting == [1.0]


def test_a_server_error_that_stays_is_said(serve, no_waiting):
    server, model = serve(Reply(status=500, text="out of order"), repeat=True)
    with pytest.raises(ProviderError, match=r"HTTP 500.*out of order") as caught:
        call_model(model, ASK, limits=PATIENT)
    assert caught.value.transient
    assert len(server.requests) == 3


def test_a_reset_connection_is_asked_again(serve, no_waiting):
    _, model = serve(Reply(reset=True), "ok")
    answer, _, attempts = call_model(model, ASK, limits=PATIENT)
    assert (answer.text, attempts) == ("ok", 2)


def test_an_answer_that_is_no_json_is_asked_again(serve, no_waiting):
    _, model = serve(Reply(raw=b'{"id": "1", "choices": [{'), "ok")
    answer, _, attempts = call_model(model, ASK, limits=PATIENT)
    assert (answer.text, attempts) == ("ok", 2)


@pytest.mark.parametrize("raw", [b"{}", b'{"choices": []}', b"[]", b"null", b'"text"'])
def test_an_answer_of_another_shape_is_an_error_and_not_a_crash(serve, no_waiting, raw):
    _, model = serve(Reply(raw=raw), repeat=True)
    with pytest.raises(ProviderError):
        call_model(model, ASK, limits=PATIENT)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_not_asked_again(serve, status):
    server, model = serve(Reply(status=status, text="invalid key"), repeat=True)
    with pytest.raises(CredentialError, match="did not accept the key"):
        call_model(model, ASK, limits=PATIENT)
    assert len(server.requests) == 1


def test_an_unknown_model_is_said(serve):
    _, model = serve(Reply(status=404, text="no such model"))
    with pytest.raises(OptionError, match="no such model"):
        call_model(model, ASK, limits=PATIENT)


def test_a_conversation_that_is_too_long_is_not_asked_again(serve):
    server, model = serve(Reply(status=400, text="too long", code="context_length_exceeded"))
    with pytest.raises(ProviderError, match="too long for") as caught:
        call_model(model, ASK, limits=PATIENT)
    assert not caught.value.transient
    assert len(server.requests) == 1


def test_a_used_up_quota_is_not_asked_again(serve):
    server, model = serve(Reply(status=429, text="pay first", code="insufficient_quota"))
    with pytest.raises(ProviderError, match="quota"):
        call_model(model, ASK, limits=PATIENT)
    assert len(server.requests) == 1


def test_a_slow_answer_is_left_behind(serve):
    limits = Limits(model_seconds=0.2, model_retries=0)
    _, model = serve(Reply(text="late", delay=30), limits=limits)
    started = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        call_model(model, ASK, limits=limits)
    assert caught.value.transient
    assert time.monotonic() - started < 15  # far below the delay


def test_a_stream_arrives_in_pieces_with_its_calls_and_costs(serve):
    server, model = serve(Reply(text="I will count.", calls=({"name": "count", "args": {"n": 3}},)))
    whole = None
    pieces = 0
    for piece in model.bind_tools([TOOL]).stream(ASK, stream_usage=True):
        pieces += 1
        whole = piece if whole is None else whole + piece
    assert pieces > 3
    assert whole.text == "I will count."
    assert whole.tool_calls[0]["args"] == {"n": 3}
    assert whole.usage_metadata["total_tokens"] == 18
    assert server.requests[0].stream


def test_a_call_that_streams_inside_is_put_together(serve):
    server, model = serve(Reply(text="I count.", calls=({"name": "count", "args": {"n": 3}},)))
    streaming = model.model_copy(update={"streaming": True})
    answer, _, _ = call_model(streaming, ASK, tools=[TOOL])
    assert (answer.text, answer.tool_calls[0]["args"]) == ("I count.", {"n": 3})
    assert server.requests[0].stream


@pytest.mark.parametrize("streaming", [True, False])
def test_arguments_cut_at_the_token_limit_are_never_executed(serve, streaming):
    half = {"name": "count", "args": '{"sql": "SELECT a FROM t WHERE'}
    _, model = serve(Reply(calls=(half,), finish="length"))
    model = model.model_copy(update={"streaming": streaming})
    answer, _, _ = call_model(model, ASK, tools=[TOOL])
    assert answer.tool_calls == []
    failure = RuleBook().call_parsing(
        answer.text, answer.tool_calls, answer.invalid_tool_calls, {"count"}
    )
    assert failure.value.kind is FailureKind.SYNTAX


def test_a_stream_that_breaks_off_is_asked_again(serve, no_waiting):
    _, model = serve(Reply(text="a long answer", cut_after=2), "whole")
    streaming = model.model_copy(update={"streaming": True})
    answer, _, attempts = call_model(streaming, ASK, limits=PATIENT)
    assert (answer.text, attempts) == ("whole", 2)


def test_the_async_path_works_and_asks_again(serve):
    _, model = serve(Reply(status=429, headers={"Retry-After": "0"}), "ok")
    answer, usage, attempts = asyncio.run(acall_model(model, ASK, limits=PATIENT))
    assert (answer.text, usage.prompt_tokens, attempts) == ("ok", 11, 2)


class Decision(BaseModel):
    """Where to go."""

    choice: str = Field(pattern="^(left|right)$")
    why: str


def test_a_structured_answer_is_asked_again_with_the_reason(serve):
    server, model = serve(
        {"name": "Decision", "args": {"choice": "up", "why": "x"}},
        "left, I think",
        {"name": "Decision", "args": {"choice": "left", "why": "It is short."}},
    )
    decision, usage, attempts = ask_structured(model, ASK, Decision)
    assert decision == Decision(choice="left", why="It is short.")
    assert (usage.prompt_tokens, usage.calls, attempts) == (33, 3, 3)
    second = server.requests[1].messages
    assert [m["role"] for m in second] == ["system", "user", "assistant", "tool"]
    assert "choice" in second[-1]["content"]
    assert second[-1]["tool_call_id"] == second[-2]["tool_calls"][0]["id"]


def test_a_structured_answer_that_never_fits_ends(serve):
    server, model = serve("prose", repeat=True)
    with pytest.raises(StructuredAnswerError):
        ask_structured(model, ASK, Decision)
    assert len(server.requests) == 3


def test_a_structured_answer_survives_a_rate_limit(serve, no_waiting):
    _, model = serve(
        Reply(status=429, headers={"Retry-After": "2"}),
        {"name": "Decision", "args": {"choice": "left", "why": "It is short."}},
    )
    decision, _, attempts = ask_structured(model, ASK, Decision, limits=PATIENT)
    assert (decision.choice, attempts) == ("left", 1)
    assert no_waiting == [2.0]
