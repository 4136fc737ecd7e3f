"""Questions over HTTP: events, results, files, interrupts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

QUESTION = "Show the total amount by region as a bar chart, highest first"
Events = Callable[[httpx.Response], list[tuple[str, dict[str, Any]]]]


def test_a_question_is_answered_with_typed_events_and_a_result(
    client: httpx.Client, events_of: Events
):
    response = client.post("/runs", json={"question": QUESTION, "data": "sales"})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response)
    names = [name for name, _ in events]
    assert names[0] == "run" and names[-1] == "result"
    assert {"node", "tool", "rule", "model", "draft", "check"} <= set(names)
    result = events[-1][1]
    assert result["passed"] and result["thread_id"] == events[0][1]["thread_id"]
    assert "GROUP BY" in result["sql"].upper()
    assert result["data"] == "sales"


def test_the_only_data_needs_no_name_and_a_plain_answer_can_be_asked_for(client: httpx.Client):
    response = client.post("/runs?stream=false", json={"question": QUESTION})
    assert response.status_code == 200
    assert response.json()["status"] == "complete"


def test_a_run_can_be_read_again_with_its_trace_and_its_files(client: httpx.Client):
    result = client.post("/runs?stream=false", json={"question": QUESTION}).json()
    run = client.get(f"/runs/{result['thread_id']}").json()
    assert run["stands"] == "ended"
    assert any(event["event"] == "node" for event in run["result"]["trace"])
    png = client.get(f"/runs/{result['thread_id']}/chart.png")
    assert png.content.startswith(b"\x89PNG") and png.headers["content-type"] == "image/png"
    spec = client.get(f"/runs/{result['thread_id']}/chart.json").json()
    assert spec["usermeta"]["multivis"]["source"] == "sales"
    script = client.get(f"/runs/{result['thread_id']}/chart.py").text
    compile(script, "chart.py", "exec")
    page = client.get(f"/runs/{result['thread_id']}/chart.html")
    assert "<html" in page.text
    assert "sandbox" in page.headers["content-security-policy"]
    by_content = client.get(f"/artifacts/{result['files']['png']}")
    assert by_content.content == png.content
    rows = client.get(f"/artifacts/{result['files']['rows']}")
    assert rows.headers["content-type"] == "application/vnd.apache.arrow.file"
    spec_again = client.get(f"/artifacts/{result['files']['spec']}")
    assert spec_again.headers["content-type"] == "application/json"


def test_no_answer_names_a_folder_of_the_server(
    client: httpx.Client, sales: Path, events_of: Events
):
    stream = client.post("/runs", json={"question": QUESTION})
    thread = events_of(stream)[0][1]["thread_id"]
    kinds = ("png", "json", "html", "py")
    files = [client.get(f"/runs/{thread}/chart.{kind}") for kind in kinds]
    graph = client.post("/multivis_agent/invoke", json={"input": {"request": {"question": "x y"}}})
    for answer in (stream, client.get(f"/runs/{thread}"), graph, *files):
        assert str(sales.parent).encode() not in answer.content
        assert b"secret-folder" not in answer.content


def test_a_chart_is_refined_by_a_run_of_its_own(client: httpx.Client):
    first = client.post("/runs?stream=false", json={"question": QUESTION}).json()
    answer = client.post(
        f"/runs/{first['thread_id']}/refine?stream=false",
        json={"instruction": "Make the bars teal"},
    )
    second = answer.json()
    assert answer.status_code == 200, second
    assert second["thread_id"] != first["thread_id"]
    assert "teal" in second["code"] and second["scenario"] == "D"


def test_a_question_about_a_chart_is_answered_with_evidence(client: httpx.Client):
    asked = {"input": {"request": {"question": QUESTION}}}
    graph = client.post("/multivis_agent/invoke", json=asked).json()["output"]
    direct = client.post("/runs?stream=false", json={"question": QUESTION}).json()
    for thread in (direct["thread_id"], graph["thread_id"]):
        body = {"question": "What is the maximum?"}
        answer = client.post(f"/runs/{thread}/ask", json=body).json()
        assert answer["understood"] and answer["evidence"], answer
        assert "81" in answer["text"], answer
    empty = client.post(f"/runs/{direct['thread_id']}/ask", json={"question": " "})
    assert empty.status_code == 422
    assert client.post("/runs/nothing/ask", json={"question": "Why?"}).status_code == 404


def test_a_run_waits_for_a_person_and_goes_on_with_other_sql(
    start: Callable[..., str], events_of: Events
):
    with httpx.Client(base_url=start(approve_sql=True), timeout=60) as client:
        events = events_of(client.post("/runs", json={"question": QUESTION}))
        _, waits = next(item for item in events if item[0] == "interrupt")
        assert waits["kind"] == "approve_sql" and "SELECT" in waits["payload"]["sql"].upper()
        thread = waits["thread_id"]
        assert client.get(f"/runs/{thread}").json()["stands"] == "waiting"
        without = client.post(f"/runs/{thread}/resume", json={})
        assert without.status_code == 422 and "decision" in without.json()["message"]
        sql = "SELECT region, MAX(amount) AS most FROM sales GROUP BY region ORDER BY most DESC"
        after = client.post(
            f"/runs/{thread}/resume?stream=false", json={"approve": True, "sql": sql}
        )
        assert after.json()["sql"] is not None and "MAX" in after.json()["sql"].upper()
        again = client.post(f"/runs/{thread}/resume", json={"approve": True})
        assert again.status_code == 422


def test_a_plain_answer_that_waits_has_status_202(start: Callable[..., str]):
    with httpx.Client(base_url=start(approve_chart=True), timeout=60) as client:
        answer = client.post("/runs?stream=false", json={"question": QUESTION})
        assert answer.status_code == 202
        told = answer.json()
        assert told["interrupt"]["kind"] == "approve_chart"
        picture = told["interrupt"]["payload"]["chart"]["image"]["sha256"]
        assert client.get(f"/artifacts/{picture}").content.startswith(b"\x89PNG")
        done = client.post(f"/runs/{told['thread_id']}/resume?stream=false", json={"approve": True})
        assert done.json()["passed"]


def test_runs_outlive_the_server_with_a_checkpointer_on_disk(
    start: Callable[..., str], tmp_path: Path
):
    address = f"sqlite:///{tmp_path / 'runs.db'}"
    with httpx.Client(base_url=start(approve_sql=True, checkpointer=address), timeout=60) as one:
        told = one.post("/runs?stream=false", json={"question": QUESTION}).json()
    with httpx.Client(base_url=start(approve_sql=True, checkpointer=address), timeout=60) as two:
        assert two.get(f"/runs/{told['thread_id']}").json()["stands"] == "waiting"
        done = two.post(f"/runs/{told['thread_id']}/resume?stream=false", json={"approve": True})
        assert done.json()["passed"]


def test_runs_in_memory_are_forgotten_when_there_are_too_many(start: Callable[..., str]):
    with httpx.Client(base_url=start(options={"runs_kept": 1}), timeout=60) as client:
        first, second = (
            client.post("/runs?stream=false", json={"question": QUESTION}).json()["thread_id"]
            for _ in range(2)
        )
        assert client.get(f"/runs/{second}").status_code == 200
        assert client.get(f"/runs/{first}").status_code == 404


def test_questions_are_answered_side_by_side(client: httpx.Client):
    answers: list[Any] = []

    def ask() -> None:
        answers.append(client.post("/runs?stream=false", json={"question": QUESTION}).json())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({answer["thread_id"] for answer in answers}) == 4
    assert all(answer["passed"] for answer in answers)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "question"),
        ({"question": ""}, "empty"),
        ({"question": QUESTION, "extra": 1}, "extra"),
        ({"question": QUESTION, "backend": "gnuplot"}, "backend"),
        ({"question": "x" * 9_000}, "Shorten"),
        ({"question": QUESTION, "code": "import altair as alt\nx = ("}, "code"),
    ],
)
def test_bad_questions_are_refused_with_one_sentence(
    client: httpx.Client, body: dict[str, Any], word: str
):
    answer = client.post("/runs", json=body)
    assert answer.status_code == 422
    told = answer.json()
    assert word in told["message"] + told["hint"]
    assert "Traceback" not in answer.text


def test_an_unknown_run_or_artefact_is_not_found(client: httpx.Client):
    assert client.get("/runs/nothing").status_code == 404
    assert client.post("/runs/nothing/resume", json={"approve": True}).status_code == 404
    assert client.post("/runs/nothing/refine", json={"instruction": "teal"}).status_code == 404
    assert client.get("/runs/nothing/chart.png").status_code == 404
    assert client.get("/artifacts/" + "0" * 64).status_code == 404
    assert client.get("/artifacts/..%2F..%2Fetc%2Fpasswd").status_code == 404
    assert client.get("/runs/a%2F..%2Fb").status_code in {404, 422}


def test_a_defect_is_told_by_a_number_and_never_by_its_trace(
    start: Callable[..., str], monkeypatch: pytest.MonkeyPatch
):
    from multivis.serve.service import Service

    def broken(*_: Any) -> Any:
        raise RuntimeError("the secret of the house")

    url = start()
    monkeypatch.setattr(Service, "result", broken)
    answer = httpx.get(f"{url}/runs/some-run")
    assert answer.status_code == 500
    assert "secret" not in answer.text and "defect" in answer.json()["message"]


def test_a_frame_can_be_asked_and_refined(start: Callable[..., str]):
    import pandas as pd

    frame = pd.DataFrame({"region": ["North", "South", "East"], "amount": [3, 1, 2]})
    with httpx.Client(base_url=start({"frame": frame}), timeout=60) as client:
        first = client.post("/runs?stream=false", json={"question": QUESTION}).json()
        assert first["passed"] and first["data"] == "frame"
        answer = client.post(
            f"/runs/{first['thread_id']}/refine?stream=false",
            json={"instruction": "Make the bars teal"},
        )
        assert "teal" in json.dumps(answer.json())
