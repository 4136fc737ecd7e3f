"""Streaming: typed events in order, in sync and async; batches."""

from __future__ import annotations

import asyncio
from typing import Any

from multivis.progress import CheckEvent, DraftEvent, ResultEvent
from multivis.state import ModelEvent, NodeEvent, RuleEvent, ToolEvent

from .conftest import code_call, sql_call

QUESTION = "Show a bar chart of the total amount by region"


def test_a_stream_tells_nodes_tools_models_draft_checks_and_ends_with_the_result(
    ask_with: Any,
) -> None:
    broken = {"name": "get_table", "args": {"table": "sales", "rows": 77}}
    events = list(ask_with([broken, sql_call()], [code_call()]).stream(QUESTION))
    kinds = [type(event) for event in events]
    for kind in (NodeEvent, ToolEvent, ModelEvent, RuleEvent, DraftEvent, CheckEvent):
        assert kind in kinds, kind
    assert kinds[-1] is ResultEvent
    assert kinds.index(ToolEvent) < kinds.index(DraftEvent) < kinds.index(CheckEvent)
    assert events[-1].result.passed


def test_streamed_trace_events_are_the_trace(ask_with: Any) -> None:
    events = list(ask_with([sql_call()], [code_call()]).stream(QUESTION))
    trace = events[-1].result.trace
    streamed = [e for e in events if isinstance(e, NodeEvent | ToolEvent | ModelEvent | RuleEvent)]
    assert sorted(map(repr, streamed)) == sorted(map(repr, trace))


def test_an_async_stream_gives_the_same_kinds(ask_with: Any) -> None:
    agent = ask_with([sql_call()], [code_call()])

    async def collect() -> list[Any]:
        return [event async for event in agent.astream(QUESTION)]

    events = asyncio.run(collect())
    assert isinstance(events[-1], ResultEvent)
    assert events[-1].result.passed


def test_leaving_an_async_stream_early_stops_the_run(ask_with: Any) -> None:
    agent = ask_with([sql_call()], [code_call()])

    async def leave() -> None:
        stream = agent.astream(QUESTION)
        async for event in stream:
            if isinstance(event, NodeEvent) and event.node == "database":
                break
        await stream.aclose()

    asyncio.run(leave())
    assert agent._models_given["code"].calls == []


def test_aask_gives_the_result(ask_with: Any) -> None:
    agent = ask_with([sql_call()], [code_call()])
    assert asyncio.run(agent.aask(QUESTION)).passed


def test_a_batch_keeps_the_order_of_its_questions(sales: Any, sandbox: Any) -> None:
    from multivis import MultiVis
    from multivis.errors import QuestionError

    with MultiVis(sales, sandbox=sandbox) as agent:
        results = agent.batch(
            ["Total amount by region", "", "Total amount by year"], return_exceptions=True
        )
    assert results[0].question == "Total amount by region"
    assert isinstance(results[1], QuestionError)
    assert results[2].question == "Total amount by year"
