"""The stand-ins that tests use: a scripted model and a scripted server."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from pydantic import ConfigDict, create_model

import multivis.testing
from multivis.errors import ModelError
from multivis.rules import call_parsing, parameter_bounds
from multivis.testing import FaultyChatModel, OpenAIServer, Reply, ScriptedChatModel

ASK = [HumanMessage("Hello")]


def test_a_script_is_played_in_order_and_recorded():
    model = ScriptedChatModel(["one", AIMessage("two"), lambda call: call.messages[-1].text])
    assert [model.invoke(ASK).text for _ in range(3)] == ["one", "two", "Hello"]
    assert [call.messages for call in model.calls] == [tuple(ASK)] * 3


def test_a_script_that_is_over_says_so():
    model = ScriptedChatModel(["one"])
    model.invoke(ASK)
    with pytest.raises(ModelError, match="it has 1 answers and was asked for number 2"):
        model.invoke(ASK)


def test_a_script_can_repeat():
    model = ScriptedChatModel(["a", "b"], repeat=True)
    assert [model.invoke(ASK).text for _ in range(5)] == ["a", "b", "a", "b", "a"]


def test_calls_are_proper_or_broken_as_scripted():
    model = ScriptedChatModel(
        [
            {"name": "f", "args": {"a": 1}},
            {"name": "f", "args": "{broken"},
            [{"name": "f"}, {"name": "g"}],
        ]
    )
    proper, broken, several = (model.invoke(ASK) for _ in range(3))
    assert proper.tool_calls[0]["args"] == {"a": 1}
    assert broken.invalid_tool_calls[0]["args"] == "{broken"
    assert [call["name"] for call in several.tool_calls] == ["f", "g"]
    assert len({call["id"] for call in (*proper.tool_calls, *several.tool_calls)}) == 3


def test_errors_are_raised_as_scripted():
    model = ScriptedChatModel([KeyError("x"), TimeoutError])
    with pytest.raises(KeyError):
        model.invoke(ASK)
    with pytest.raises(TimeoutError):
        model.invoke(ASK)


def test_what_is_no_answer_is_refused():
    with pytest.raises(TypeError, match="messages, texts, calls or errors"):
        ScriptedChatModel([5]).invoke(ASK)


def test_bound_copies_share_the_script():
    model = ScriptedChatModel(["a", "b"])
    bound = model.bind_tools([{"name": "f", "description": "d", "parameters": {}}])
    assert (bound.invoke(ASK).text, model.invoke(ASK).text) == ("a", "b")
    assert [call.tool_names for call in model.calls] == [("f",), ()]


@pytest.mark.parametrize(
    "item",
    ["  two  words\n", "", {"name": "f", "args": {"a": [1, 2]}}, {"name": "f", "args": "broken"}],
)
def test_a_stream_adds_up_to_the_same_answer(item):
    model = ScriptedChatModel([item, item])
    whole = model.invoke(ASK)
    streamed = None
    for piece in model.stream(ASK):
        streamed = piece if streamed is None else streamed + piece
    assert streamed.text == whole.text
    assert [c["args"] for c in streamed.tool_calls] == [c["args"] for c in whole.tool_calls]
    assert len(streamed.invalid_tool_calls) == len(whole.invalid_tool_calls)
    assert streamed.usage_metadata == whole.usage_metadata


CALL = {"name": "f", "args": {"sql": "SELECT 1", "rows": 5}}
FORM = create_model("Form", __config__=ConfigDict(extra="forbid"), sql=(str, ...), rows=(int, 1))


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("empty", "content"),
        ("prose", "content"),
        ("unknown_tool", "structure"),
        ("cut_arguments", "syntax"),
        ("text_arguments", "salvaged"),
        ("call_in_text", "salvaged"),
        ("unknown_argument", "parsed"),
    ],
)
def test_a_faulty_model_spoils_one_answer_as_asked(fault, outcome):
    model = FaultyChatModel(inner=ScriptedChatModel([CALL, CALL]), faults={1: fault})
    bound = model.bind_tools([{"name": "f", "description": "d", "parameters": {}}])
    answer = bound.invoke(ASK)
    ruling = call_parsing(answer.text, answer.tool_calls, answer.invalid_tool_calls, {"f"})
    assert ruling.outcome == outcome
    if fault == "unknown_argument":
        assert "'please'" in parameter_bounds(ruling.value.arguments, FORM).why
    assert bound.invoke(ASK).tool_calls[0]["args"] == CALL["args"]
    assert model.asked == 2
    assert model.inner.calls[0].tool_names == ("f",)


def test_a_faulty_model_raises_what_it_is_told_to():
    model = FaultyChatModel(inner=ScriptedChatModel(["x"]), faults={1: ConnectionError("gone")})
    with pytest.raises(ConnectionError):
        model.invoke(ASK)
    assert model.invoke(ASK).text == "x"


def test_text_can_only_become_empty_or_prose():
    for fault, text in [("prose", ""), ("empty", ""), ("unknown_tool", "Well: x")]:
        model = FaultyChatModel(inner=ScriptedChatModel(["x"]), faults={1: fault})
        assert model.invoke(ASK).text == text


def test_an_unknown_fault_is_refused():
    model = FaultyChatModel(inner=ScriptedChatModel(["x"]), faults={1: "rude"})
    with pytest.raises(ValueError, match="no fault 'rude'"):
        model.invoke(ASK)


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def test_a_server_stops_and_gives_its_port_back():
    with OpenAIServer(["hello"]) as server:
        url = server.url
        answer = post(f"{url}/chat/completions", {"model": "m", "messages": []})
        assert answer["choices"][0]["message"]["content"] == "hello"
    with pytest.raises(urllib.error.URLError):
        post(f"{url}/chat/completions", {})
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url
    server.stop()


def test_a_server_whose_script_is_over_says_so():
    with OpenAIServer([]) as server, pytest.raises(urllib.error.HTTPError) as caught:
        post(f"{server.url}/chat/completions", {})
    with caught.value as error:
        assert "script of OpenAIServer is over" in error.read().decode()


def test_other_addresses_are_not_served():
    with OpenAIServer(["x"]) as server, pytest.raises(urllib.error.HTTPError) as caught:
        post(f"{server.url}/embeddings", {})
    with caught.value as error:
        assert error.code == 404


def test_a_slow_reply_does_not_keep_the_server_from_stopping():
    server = OpenAIServer([Reply(delay=60)]).start()
    with pytest.raises((urllib.error.URLError, TimeoutError)):
        request = urllib.request.Request(f"{server.url}/chat/completions", b"{}")
        urllib.request.urlopen(request, timeout=0.1)
    server.stop()
    assert len(server.requests) == 1


def test_the_public_names_are_there_and_no_others():
    assert {"ScriptedChatModel", "OpenAIServer", "SourceConformance"} <= set(dir(multivis.testing))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = multivis.testing.Nothing
