"""Every graph through LangServe's own client."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from langserve import RemoteRunnable

QUESTION = "Show the total amount by region as a bar chart, highest first"
ROOT = Path(__file__).parents[2]
Start = Callable[..., str]


def asked(question: str = QUESTION, **more: Any) -> dict[str, Any]:
    return {"request": {"question": question, "data": "sales", **more}}


@pytest.fixture
def remote(start: Start) -> Any:
    return RemoteRunnable(f"{start()}/multivis_agent/")


def named(thread_id: str) -> Any:
    return {"configurable": {"thread_id": thread_id}}


def test_every_graph_of_langgraph_json_is_served(client: httpx.Client):
    graphs = json.loads((ROOT / "langgraph.json").read_text())["graphs"]
    for name in graphs:
        schema = client.get(f"/{name}/input_schema").json()
        assert {"request", "resume"} <= set(schema["properties"])
        assert "state" in client.get(f"/{name}/output_schema").json()["properties"]
        assert "thread_id" in client.get(f"/{name}/config_schema").text
        page = client.get(f"/{name}/playground/")
        assert page.status_code == 200 and "<html" in page.text


def test_the_forms_of_the_playground_name_no_type_that_it_does_not_know(client: httpx.Client):
    for schema in ("input_schema", "config_schema"):
        told = client.get(f"/multivis_agent/{schema}").json()
        assert '"null"' not in json.dumps(told)
    fields = client.get("/multivis_agent/input_schema").json()["$defs"]["Ask"]["properties"]
    assert fields["image"]["type"] == "string" and fields["backend"]["enum"]
    for resume in (None, {"reason": ""}):  # the second is what its form sends
        given = {"request": {**asked()["request"], "image": None}, "resume": resume}
        sent = {"input": given, "config": {"configurable": {"thread_id": ""}}}
        output = client.post("/multivis_agent/invoke", json=sent).json()["output"]
        assert output["status"] == "complete" and output["thread_id"]


@pytest.mark.slow
@pytest.mark.browser
def test_the_playground_is_drawn_in_a_browser(start: Start, tmp_path: Path):
    browser = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
    if browser is None:
        pytest.skip("no Chrome or Chromium is installed")
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}")
    page = subprocess.run(
        [
            browser,
            *options,
            "--timeout=20000",
            "--dump-dom",
            f"{start()}/multivis_agent/playground/",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    assert "Question" in page and "Thread" in page and "Start" in page


def test_invoke_carries_the_thread_there_and_back(remote: Any):
    output = remote.invoke(asked(), config=named("my-thread"))
    assert output["status"] == "complete" and output["thread_id"] == "my-thread"
    assert output["state"]["request"]["data"] == "sales"
    assert output["interrupts"] == []


def test_a_run_without_a_thread_gets_one(remote: Any):
    first, second = remote.invoke(asked()), remote.invoke(asked())
    assert first["thread_id"] != second["thread_id"]


def test_batch_runs_each_question_in_a_thread_of_its_own(remote: Any):
    questions = [asked(), asked("Show the number of rows per year as a bar chart")]
    outputs = remote.batch(questions, config=named("shared"))
    assert [output["status"] for output in outputs] == ["complete", "complete"]
    assert len({output["thread_id"] for output in outputs}) == 2


def test_stream_tells_what_each_node_changed(remote: Any):
    chunks = list(remote.stream(asked()))
    nodes = [name for chunk in chunks for name in chunk]
    assert nodes[:3] == ["intake", "coordinator", "database"]
    assert "validation" in nodes


def test_stream_events_tells_the_events_inside_the_graph(remote: Any):
    async def collect() -> list[dict[str, Any]]:
        try:
            return [event async for event in remote.astream_events(asked(), version="v2")]
        finally:
            await remote.async_client.aclose()

    events = asyncio.run(collect())
    names = {event["name"] for event in events}
    assert {"database", "visualization", "validation"} <= names
    assert any(event["event"] == "on_chat_model_end" for event in events)


def test_the_asynchronous_client_works_too(remote: Any):
    async def ask() -> Any:
        try:
            return await remote.ainvoke(asked())
        finally:
            await remote.async_client.aclose()

    output = asyncio.run(ask())
    assert output["status"] == "complete"


def test_an_interrupt_comes_back_and_a_decision_goes_on(start: Start, tmp_path: Path):
    address = f"sqlite:///{tmp_path / 'runs.db'}"
    url = start(approve_sql=True, checkpointer=address)
    remote = RemoteRunnable(f"{url}/multivis_agent/")
    waiting = remote.invoke(asked(), config=named("t1"))
    assert waiting["status"] == "running"
    assert waiting["interrupts"][0]["kind"] == "approve_sql"
    assert httpx.get(f"{url}/runs/t1").json()["stands"] == "waiting"
    done = remote.invoke({"resume": {"approve": True}}, config=named("t1"))
    assert done["status"] == "complete" and done["thread_id"] == "t1"


def test_a_stream_shows_the_interrupt(start: Start):
    remote = RemoteRunnable(f"{start(approve_sql=True)}/multivis_agent/")
    chunks = list(remote.stream(asked(), config=named("t2")))
    (waits,) = [chunk["__interrupt__"] for chunk in chunks if "__interrupt__" in chunk]
    assert waits[0]["value"]["kind"] == "approve_sql"


@pytest.mark.parametrize(
    ("body", "config", "word"),
    [
        ({}, {}, "either"),
        ({"request": {"question": QUESTION}, "resume": {"approve": True}}, {}, "either"),
        ({"resume": {"approve": True}}, {}, "thread_id"),
        ({"resume": {"approve": True}}, named("nobody"), "no run"),
        ({"request": {"question": ""}}, {}, "empty"),
        ({"request": {"question": QUESTION}}, named("../../x"), "thread_id"),
        ({"request": {"question": QUESTION, "data": "other"}}, {}, "no data"),
    ],
)
@pytest.mark.parametrize("route", ["invoke", "stream", "stream_events", "stream_log"])
def test_bad_input_is_refused_with_one_sentence(
    client: httpx.Client, body: dict[str, Any], config: dict[str, Any], word: str, route: str
):
    answer = client.post(f"/multivis_agent/{route}", json={"input": body, "config": config})
    assert answer.status_code in {404, 422}
    told = answer.json()
    assert word in told["message"] + told["hint"], told


def test_a_batch_that_is_too_large_is_refused(start: Start):
    url = start(options={"batch_size": 2})
    answer = httpx.post(f"{url}/multivis_agent/batch", json={"inputs": [asked()] * 3})
    assert answer.status_code == 422 and "at most 2" in answer.json()["hint"].lower()


def test_the_token_travels_in_the_headers(start: Start):
    url = start(token="a long enough token")
    headers = {"Authorization": "Bearer a long enough token"}
    remote = RemoteRunnable(f"{url}/multivis_agent/", headers=headers)
    assert remote.invoke(asked())["status"] == "complete"
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        RemoteRunnable(f"{url}/multivis_agent/").invoke(asked())
