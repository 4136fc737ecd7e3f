"""The whole agent over a real provider path: HTTP, langchain-openai, tool calls, faults."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from multivis import MultiVis
from multivis.settings import Limits
from multivis.state import Status
from multivis.testing import OpenAIServer
from multivis.testing.openai_server import Reply

from .conftest import code_call, sql_call

QUESTION = "Show a bar chart of the total amount by region"


def agent_on(
    server: OpenAIServer, sales: Path, sandbox: Any, vision: bool = False, **options: Any
) -> MultiVis:
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="any", api_key="dummy", base_url=server.url, max_retries=0)
    return MultiVis(
        sales, model=model, vision=model if vision else None, sandbox=sandbox, **options
    )


def test_a_question_is_answered_over_http_in_two_calls(sales: Path, sandbox: Any) -> None:
    with OpenAIServer([sql_call(), code_call()]) as server:
        result = agent_on(server, sales, sandbox).ask(QUESTION)
        assert result.passed
        assert result.usage.calls == 2
        assert result.usage.prompt_tokens > 0
        assert "execute_sql" in server.requests[0].tools
        assert "execute_code" in server.requests[1].tools


def test_rate_limits_and_server_errors_are_waited_out(sales: Path, sandbox: Any) -> None:
    script = [
        Reply(status=429, headers={"Retry-After": "0"}),
        sql_call(),
        Reply(status=500, headers={"Retry-After": "0"}),
        code_call(),
    ]
    with OpenAIServer(script) as server:
        result = agent_on(server, sales, sandbox).ask(QUESTION)
        assert result.passed
        assert len(server.requests) == 4
    waited = [e for e in result.trace if e.event == "rule" and e.outcome == "back_off"]
    assert len(waited) == 2


def test_arguments_that_are_no_json_are_asked_again(sales: Path, sandbox: Any) -> None:
    broken = {"name": "execute_sql", "args": '{"sql": "SELECT region FROM'}
    with OpenAIServer([broken, sql_call(), code_call()]) as server:
        result = agent_on(server, sales, sandbox).ask(QUESTION)
        assert result.passed
        # every call that the model made has its answer, or a provider would refuse
        last = server.requests[1].messages
        made = [c["id"] for m in last for c in m.get("tool_calls") or []]
        answered = [m["tool_call_id"] for m in last if m["role"] == "tool"]
        assert sorted(made) == sorted(answered)


def test_a_reference_image_reaches_the_model_that_sees(
    sales: Path, sandbox: Any, tmp_path: Path
) -> None:
    from PIL import Image

    picture = tmp_path / "reference.png"
    Image.new("RGB", (40, 30), "teal").save(picture)
    judgement = {"name": "submit_evaluation", "args": {"passed": True, "recommendations": []}}
    with OpenAIServer([sql_call(), code_call(), judgement]) as server:
        agent = agent_on(server, sales, sandbox, vision=True)
        result = agent.ask(QUESTION, image=picture)
        assert result.passed
        assert result.scenario == "B"
        encoded = base64.b64encode(picture.read_bytes()).decode()
        assert any(encoded in url for url in server.requests[1].images)


def test_two_calls_at_once_are_answered_one_by_one(sales: Path, sandbox: Any) -> None:
    both = [sql_call(final=False), {"name": "list_tables", "args": {}}]
    with OpenAIServer([both, sql_call(), code_call()]) as server:
        result = agent_on(server, sales, sandbox).ask(QUESTION)
        assert result.passed
        tools = [m for m in server.requests[1].messages if m["role"] == "tool"]
        assert len(tools) == 2


def test_a_provider_that_stalls_ends_the_run_within_its_time(sales: Path, sandbox: Any) -> None:
    limits = Limits(model_seconds=0.3, model_retries=0, max_seconds=20)
    with OpenAIServer([Reply(delay=30)] * 20) as server:
        result = agent_on(server, sales, sandbox, limits=limits).ask(QUESTION)
    assert result.status is Status.FAILED
    assert result.seconds < 20


@pytest.mark.parametrize("streaming", [False, True])
def test_a_streaming_model_works_like_any_other(sales: Path, sandbox: Any, streaming: bool) -> None:
    from langchain_openai import ChatOpenAI

    with OpenAIServer([sql_call(), code_call()]) as server:
        model = ChatOpenAI(
            model="any",
            api_key="dummy",
            base_url=server.url,
            max_retries=0,
            streaming=streaming,
            stream_usage=streaming,
        )
        assert MultiVis(sales, model=model, sandbox=sandbox).ask(QUESTION).passed
        assert server.requests[0].stream is streaming
