"""Charts over MCP with the official client: every tool, every error, sessions apart."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

mcp = pytest.importorskip("mcp")
from mcp import Client, MCPError, StdioServerParameters  # noqa: E402

from multivis.errors import OptionError  # noqa: E402
from multivis.serve.mcp import MultiVisMcp, create_mcp_server, http_app  # noqa: E402
from multivis.serve.mcp_tools import REPLY_BYTES, fitting  # noqa: E402

QUESTION = "Show the total amount by region as a bar chart, highest first"
FIGURE = """
import plotly.graph_objects as go
fig = go.Figure(go.Scatter(x=[1, 2, 3, 4], y=[4, 9, 2, 7], name="a", mode="lines"))
fig.add_trace(go.Scatter(x=[1, 2, 3, 4], y=[1, 2, 3, 5], name="b", mode="lines"))
"""
ERAS = ["legacy", "auto"]


def told(result: Any) -> Any:
    """The JSON of a reply."""
    assert not result.is_error, result.content[0].text
    return json.loads(result.content[0].text)


def problem(result: Any) -> str:
    """The sentence of a refused call."""
    assert result.is_error, result.content
    return str(result.content[0].text)


def run(work: Callable[[], Awaitable[None]]) -> None:
    anyio.run(work)


@pytest.fixture
def made(sales: Path, sandbox: Any) -> Iterator[MultiVisMcp]:
    server = create_mcp_server({"sales": sales}, sandbox=sandbox)
    yield server
    server.close()


# ── tools ───────────────────────────────────────────────────────────────────────────────────


def test_the_tools_are_the_questions_the_views_and_the_calculators(made: MultiVisMcp):
    from multivis.views import OPERATIONS

    async def work() -> None:
        async with Client(made.server) as client:
            listed = (await client.list_tools()).tools
            assert [tool.name for tool in listed][:3] == ["ask", "refine", "schema"]
            assert set(OPERATIONS) <= {tool.name for tool in listed}
            assert all(
                tool.description and tool.input_schema["type"] == "object" for tool in listed
            )
            assert "sales" in (client.instructions or "")

    run(work)


def test_a_question_gives_a_chart_with_resources_and_a_plot(made: MultiVisMcp, sales: Path):
    async def work() -> None:
        async with Client(made.server, mode="legacy") as client:
            reply = await client.call_tool("ask", {"question": QUESTION, "data": "sales"})
            answer = told(reply)
            assert answer["passed"] and answer["checks"]["failed"] == []
            links = {str(link.uri) for link in reply.content if link.type == "resource_link"}
            assert len(links) == 4
            listed = {str(r.uri) for r in (await client.list_resources()).resources}
            assert listed == links
            contents = {}
            for uri in links:
                (part,) = (await client.read_resource(uri)).contents
                contents[uri.rpartition("/")[2]] = part
            assert base64.b64decode(contents["png"].blob).startswith(b"\x89PNG")
            assert "mark" in json.loads(contents["spec"].text)
            assert "<html" in contents["html"].text
            compile(contents["code"].text, "chart.py", "exec")
            assert all(str(sales.parent) not in str(part) for part in contents.values())
            spec = told(await client.call_tool("get_plot_json", {"plot_id": answer["plot_id"]}))
            assert "encoding" in json.dumps(spec)

    run(work)


def test_progress_is_reported_while_a_question_is_answered(made: MultiVisMcp):
    seen: list[str] = []

    async def work() -> None:
        async def progress(done: float, total: float | None, message: str | None) -> None:
            seen.append(message or "")

        async with Client(made.server, mode="legacy") as client:
            await client.call_tool("ask", {"question": QUESTION}, progress_callback=progress)

    run(work)
    assert any(message.startswith("database") for message in seen)


def test_a_question_about_a_plot_is_answered_from_what_it_shows(made: MultiVisMcp):
    async def work() -> None:
        async with Client(made.server, mode="legacy") as client:
            plot = told(await client.call_tool("show_plot", {"plotly_codes": FIGURE}))["plot_id"]
            given = {"question": "What is the maximum?", "plot_id": plot}
            answer = told(await client.call_tool("ask", given))
            assert answer["understood"] and "9" in answer["text"] and answer["evidence"]
            missing = {"question": "What is the maximum?", "plot_id": plot + 1}
            assert problem(await client.call_tool("ask", missing))

    run(work)


def test_a_chart_is_refined(made: MultiVisMcp):
    async def work() -> None:
        async with Client(made.server) as client:
            first = told(await client.call_tool("ask", {"question": QUESTION}))
            given = {"chart_id": first["chart_id"], "instruction": "Make the bars teal"}
            second = told(await client.call_tool("refine", given))
            assert second["chart_id"] != first["chart_id"] and "teal" in second["code"]

    run(work)


def test_a_run_waits_for_a_person_and_is_resumed(sales: Path, sandbox: Any):
    made = create_mcp_server(sales, sandbox=sandbox, approve_sql=True)

    async def work() -> None:
        async with Client(made.server) as client:
            waiting = told(await client.call_tool("ask", {"question": QUESTION}))
            assert "SELECT" in waiting["waits_for_a_person"]["sql"].upper()
            given = {"chart_id": waiting["chart_id"], "approve": True}
            assert told(await client.call_tool("resume", given))["passed"]
            assert "decision" in problem(await client.call_tool("resume", given))

    try:
        run(work)
    finally:
        made.close()


def test_the_schema_is_cut_with_a_hint_and_read_by_table(tmp_path: Path, sandbox: Any):
    path = tmp_path / "wide.sqlite"
    with sqlite3.connect(path) as connection:
        for number in range(60):
            columns = ", ".join(f"c{number}_{i} REAL" for i in range(12))
            connection.execute(f"CREATE TABLE t{number} ({columns})")
            connection.execute(f"INSERT INTO t{number} DEFAULT VALUES")
    connection.close()
    made = create_mcp_server(path, sandbox=sandbox)

    async def work() -> None:
        async with Client(made.server) as client:
            reply = await client.call_tool("schema", {"max_chars": 1_000})
            text = reply.content[0].text
            assert "more tables" in text and "Name the tables" in text
            one = await client.call_tool("schema", {"tables": ["t59"]})
            assert "c59_11" in one.content[0].text and '"t58"' not in one.content[0].text
            wrong = await client.call_tool("schema", {"tables": ["t_59"]})
            assert "t59" in problem(wrong)

    try:
        run(work)
    finally:
        made.close()


def test_a_picture_of_a_chart_is_read(made: MultiVisMcp):
    pytest.importorskip("rapidocr", reason="the reader extra is not installed")
    vl_convert = pytest.importorskip("vl_convert", reason="the png extra is not installed")
    spec = {
        "title": "Cups of tea",
        "width": 300,
        "mark": "bar",
        "data": {
            "values": [
                {"tea": "green", "cups sold": 30},
                {"tea": "black", "cups sold": 50},
                {"tea": "white", "cups sold": 20},
            ]
        },
        "encoding": {
            "x": {"field": "tea", "type": "nominal"},
            "y": {"field": "cups sold", "type": "quantitative"},
        },
    }
    picture = base64.b64encode(vl_convert.vegalite_to_png(spec, scale=2)).decode()

    async def work() -> None:
        async with Client(made.server) as client:
            read = told(await client.call_tool("read_chart_image", {"image_base64": picture}))
            assert (read["kind"], read["title"]) == ("bar", "Cups of tea")
            assert read["axes"]["x"]["title"] == "tea" and read["axes"]["y"]["title"] == "cups sold"
            assert 0 < read["confidence"] <= 1 and read["style"] and "notes" in read
            values = {row["x"]: row["y"] for row in read["data"]}
            assert values == pytest.approx({"green": 30, "black": 50, "white": 20}, abs=0.5)
            given = {"image_base64": f"data:image/png;base64,{picture}", "rows": 1}
            short = told(await client.call_tool("read_chart_image", given))
            assert len(short["data"]) == 1 and short["rows"] == 3

    run(work)


def test_what_is_no_picture_of_a_chart_is_refused_in_a_sentence(made: MultiVisMcp, sales: Path):
    pytest.importorskip("rapidocr", reason="the reader extra is not installed")
    wrong = {
        "not a PNG": base64.b64encode(b"region,amount\nNorth,10\n").decode(),
        "not base64": str(sales),
        "larger than 20 MB": "A" * 27_000_000,
        "image_base64": "",
    }

    async def work() -> None:
        async with Client(made.server) as client:
            for expected, given in wrong.items():
                reply = await client.call_tool("read_chart_image", {"image_base64": given})
                assert expected in problem(reply)

    run(work)


def test_a_picture_without_a_chart_is_refused(made: MultiVisMcp):
    pytest.importorskip("rapidocr", reason="the reader extra is not installed")
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(buffer, "PNG")
    given = {"image_base64": base64.b64encode(buffer.getvalue()).decode()}

    async def work() -> None:
        async with Client(made.server) as client:
            refused = problem(await client.call_tool("read_chart_image", given))
            assert "not a chart that can be read" in refused

    run(work)


def test_the_missing_reader_is_named_with_its_extra(
    made: MultiVisMcp, monkeypatch: pytest.MonkeyPatch
):
    from multivis.errors import MissingExtraError

    def missing(*_: object) -> None:
        raise MissingExtraError("reading charts from pictures", extra="reader")

    monkeypatch.setattr("multivis.reader.tools.describe_reading", missing)

    async def work() -> None:
        async with Client(made.server) as client:
            given = {"image_base64": base64.b64encode(b"picture").decode()}
            reply = await client.call_tool("read_chart_image", given)
            assert "multivis[reader]" in problem(reply)

    run(work)


def test_every_view_tool_and_calculator_answers(made: MultiVisMcp):
    from multivis.views import OPERATIONS

    special: dict[str, dict[str, Any]] = {
        "show_plot": {"plotly_codes": FIGURE},
        "relayout": {"x_min": 1, "x_max": 3},
        "selected": {"x_min": 1, "x_max": 3},
        "legendclick": {"curve_number": 1},
    }

    async def work() -> None:
        async with Client(made.server, mode="legacy") as client:
            plot = told(await client.call_tool("show_plot", {"plotly_codes": FIGURE}))["plot_id"]
            for name, operation in OPERATIONS.items():
                needed = operation.arguments.model_json_schema().get("required", [])
                given = {"plot_id": plot, **special.get(name, {})}
                given.update({side: side for side in ("a", "b") if side in needed})
                if name == "show_plot":
                    given.pop("plot_id")
                if name == "get_plot_image":
                    continue  # has a test of its own: it needs a browser
                reply = await client.call_tool(name, given)
                assert not reply.is_error, (name, given, reply.content)
                assert json.loads(reply.content[0].text) is not None
                assert len(reply.content[0].text.encode()) <= REPLY_BYTES
                if name == "legendclick":  # the trace is shown again for what follows
                    await client.call_tool(name, given)

    run(work)


def test_the_picture_of_a_plot_comes_as_an_image_of_bounded_size(made: MultiVisMcp):
    async def work() -> None:
        async with Client(made.server) as client:
            plot = told(await client.call_tool("ask", {"question": QUESTION}))["plot_id"]
            reply = await client.call_tool("get_plot_image", {"plot_id": plot})
            assert "image_path" not in told(reply)
            (image,) = [part for part in reply.content if part.type == "image"]
            assert base64.b64decode(image.data).startswith(b"\x89PNG")
            assert len(image.data) <= REPLY_BYTES

    run(work)


# ── errors ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("tool", "given", "words"),
    [
        ("ask", {}, "question"),
        ("ask", {"question": ""}, "empty"),
        ("ask", {"question": QUESTION, "data": "/etc/passwd"}, "no data"),
        ("ask", {"question": QUESTION, "code": "/etc/passwd"}, "draws no chart"),
        ("ask", {"question": QUESTION, "image": "x.png"}, "image"),
        ("ask", {"question": QUESTION, "backend": "gnuplot"}, "backend"),
        ("refine", {"chart_id": "other", "instruction": "teal"}, "no chart"),
        ("refine", {"instruction": "teal"}, "chart_id"),
        ("schema", {"data": "nothing"}, "no data"),
        ("schema", {"max_chars": 1}, "max_chars"),
        ("get_plot_json", {"plot_id": 99}, "99"),
        ("relayout", {"plot_id": 99, "x_min": 1}, "99"),
        ("selected", {"plot_id": "x"}, "plot_id"),
        ("show_plot", {"plotly_codes": "1/0"}, "ZeroDivisionError"),
        ("show_plot", {}, "plotly_codes"),
        ("get_plot_image", {"plot_id": 1, "colour": "red"}, "colour"),
    ],
)
def test_a_bad_call_is_answered_with_a_sentence(
    made: MultiVisMcp, tool: str, given: dict[str, Any], words: str
):
    async def work() -> None:
        async with Client(made.server) as client:
            text = problem(await client.call_tool(tool, given))
            assert words in text and "Traceback" not in text

    run(work)


def test_a_bad_trace_is_an_error_that_names_the_valid_ones(made: MultiVisMcp):
    async def work() -> None:
        async with Client(made.server, mode="legacy") as client:
            plot = told(await client.call_tool("show_plot", {"plotly_codes": FIGURE}))["plot_id"]
            given = {"plot_id": plot, "curve_number": 9}
            text = problem(await client.call_tool("legendclick", given))
            assert "0" in text and "1" in text

    run(work)


def test_an_unknown_tool_or_resource_is_a_protocol_error(made: MultiVisMcp):
    async def work() -> None:
        async with Client(made.server) as client:
            with pytest.raises(MCPError, match="ask, refine, schema"):
                await client.call_tool("nonsense", {})
            for uri in (
                "multivis://charts/other/png",
                "multivis://charts/other/exe",
                "file:///etc/passwd",
                "multivis://charts/../../etc/passwd",
            ):
                with pytest.raises(MCPError, match=r"no (chart|resource)"):
                    await client.read_resource(uri)

    run(work)


def test_a_defect_is_told_by_a_number(made: MultiVisMcp, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any) -> Any:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(made.service, "ask", broken)

    async def work() -> None:
        async with Client(made.server) as client:
            text = problem(await client.call_tool("ask", {"question": QUESTION}))
            assert "defect" in text and "secret" not in text

    run(work)


# ── sizes ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "value",
    [
        {"rows": [{"name": "x" * 50, "value": i} for i in range(20_000)]},
        ["漢字" * 1_000] * 200,
        {"deep": {"list": list(range(100_000))}},
        "x" * 200_000,
    ],
)
def test_a_long_reply_is_cut_and_says_so(value: Any):
    short = fitting(value)
    text = json.dumps(short, ensure_ascii=False)
    assert len(text.encode()) <= REPLY_BYTES
    assert "ask for a part" in short["hint"]


def test_a_short_reply_is_left_alone():
    assert fitting({"a": [1, 2]}) == {"a": [1, 2]}


def test_a_huge_figure_is_read_in_replies_of_bounded_size(made: MultiVisMcp):
    code = (
        "import plotly.graph_objects as go\n"
        "fig = go.Figure(go.Scatter(x=list(range(60000)), y=[i % 977 for i in range(60000)]))\n"
    )

    async def work() -> None:
        async with Client(made.server, mode="legacy") as client:
            plot = told(await client.call_tool("show_plot", {"plotly_codes": code}))["plot_id"]
            for given in (
                {},
                {"max_chars": 1_000_000},
                {"path": "data[0].y", "max_chars": 900_000},
            ):
                reply = await client.call_tool("get_plot_json", {"plot_id": plot, **given})
                assert len(reply.content[0].text.encode()) <= REPLY_BYTES

    run(work)


# ── over HTTP: sessions ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def served(sales: Path, sandbox: Any, serving: Any) -> Iterator[str]:
    made = create_mcp_server({"sales": sales}, sandbox=sandbox, many=True)
    with serving(http_app(made)) as url:
        yield f"{url}/mcp"
    made.close()


def test_sessions_over_http_see_nothing_of_each_other(served: str):
    async def work() -> None:
        async with Client(served, mode="legacy") as one, Client(served, mode="legacy") as two:
            async with anyio.create_task_group() as group:
                answers: dict[int, Any] = {}

                async def ask(number: int, client: Any) -> None:
                    answers[number] = told(await client.call_tool("ask", {"question": QUESTION}))

                group.start_soon(ask, 1, one)
                group.start_soon(ask, 2, two)
            assert answers[1]["chart_id"] != answers[2]["chart_id"]
            mine = {str(r.uri) for r in (await one.list_resources()).resources}
            theirs = {str(r.uri) for r in (await two.list_resources()).resources}
            assert len(mine) == len(theirs) == 4 and not mine & theirs
            with pytest.raises(MCPError, match="no chart"):
                await two.read_resource(sorted(mine)[0])
            given = {"chart_id": answers[1]["chart_id"], "instruction": "Make the bars teal"}
            assert "no chart" in problem(await two.call_tool("refine", given))
            await one.call_tool("show_plot", {"plotly_codes": FIGURE})
            plots = told(await one.call_tool("show_plot", {"plotly_codes": FIGURE}))
            missing = await two.call_tool("get_plot_json", {"plot_id": plots["plot_id"]})
            assert problem(missing)

    run(work)


def test_clients_without_a_session_carry_one_by_hand(served: str):
    async def work() -> None:
        async with Client(served, mode="2026-07-28") as client:
            tools = (await client.list_tools()).tools
            assert all("session" in tool.input_schema["properties"] for tool in tools)
            reply = await client.call_tool("ask", {"question": QUESTION})
            session = json.loads(reply.content[-1].text)["session"]
            answer = told(reply)
            plot = {"plot_id": answer["plot_id"]}
            read = await client.call_tool("get_plot_json", {**plot, "session": session})
            assert not read.is_error
            elsewhere = await client.call_tool("get_plot_json", plot)
            assert problem(elsewhere)
            wrong = await client.call_tool("get_plot_json", {**plot, "session": "f" * 32})
            assert "no such session" in problem(wrong)
            assert (await client.list_resources()).resources == []
            uri = f"multivis://charts/{answer['chart_id']}/spec"
            assert (await client.read_resource(uri)).contents

    run(work)


def test_the_name_of_a_session_with_a_connection_opens_no_door(served: str):
    async def work() -> None:
        async with Client(served, mode="legacy") as one, Client(served, mode="2026-07-28") as two:
            answer = told(await one.call_tool("ask", {"question": QUESTION}))
            for name in ("stdio", "http:x"):
                given = {"plot_id": answer["plot_id"], "session": name}
                assert "no such session" in problem(await two.call_tool("get_plot_json", given))
            with pytest.raises(MCPError, match="no chart"):
                await two.read_resource(f"multivis://charts/{answer['chart_id']}/spec")

    run(work)


def test_a_token_guards_the_http_transport(sales: Path, sandbox: Any, serving: Any):
    import httpx

    made = create_mcp_server(sales, sandbox=sandbox, many=True)
    with serving(http_app(made, token="a long enough token")) as url:
        body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        assert httpx.post(f"{url}/mcp", json=body).status_code == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert httpx.post(f"{url}/mcp", json=body, headers=wrong).status_code == 401

        async def work() -> None:
            import httpx2
            from mcp.client.streamable_http import streamable_http_client

            headers = {"Authorization": "Bearer a long enough token"}
            async with (
                httpx2.AsyncClient(headers=headers) as http,
                Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
            ):
                assert (await client.list_tools()).tools

        run(work)
    made.close()


def test_a_large_picture_reaches_the_reader_over_http(served: str):
    pytest.importorskip("rapidocr", reason="the reader extra is not installed")
    large = {"image_base64": base64.b64encode(bytes(8_000_000)).decode()}

    async def work() -> None:
        async with Client(served, mode="legacy") as client:
            assert "not a PNG" in problem(await client.call_tool("read_chart_image", large))

    run(work)


def test_a_page_of_another_host_is_refused(served: str):
    import httpx

    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"Host": "evil.example", "Accept": "application/json, text/event-stream"}
    assert httpx.post(served, json=body, headers=headers).status_code in {400, 403, 421}


# ── over stdio ──────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def over_stdio(mode: str, *arguments: str) -> AsyncIterator[Any]:
    parameters = StdioServerParameters(
        command=str(Path(sys.executable).with_name("multivis")),
        args=["mcp", *arguments],
        env={k: v for k, v in os.environ.items() if not k.startswith(("COV_", "COVERAGE"))},
    )
    async with Client(parameters, mode=mode) as client:
        yield client


@pytest.mark.slow
@pytest.mark.parametrize("mode", ERAS)
def test_the_command_serves_over_stdio_and_keeps_plots(mode: str, sales: Path, tmp_path: Path):
    options = ("--data", f"sales={sales}", "--views", str(tmp_path / "views.sqlite"))
    plot: list[int] = []

    async def first() -> None:
        async with over_stdio(mode, *options) as client:
            answer = told(await client.call_tool("ask", {"question": QUESTION}))
            assert answer["passed"]
            assert len((await client.list_resources()).resources) == 4
            (part,) = (
                await client.read_resource(f"multivis://charts/{answer['chart_id']}/png")
            ).contents
            assert base64.b64decode(part.blob).startswith(b"\x89PNG")
            plot.append(answer["plot_id"])
            assert problem(await client.call_tool("ask", {"question": ""}))

    async def second() -> None:
        async with over_stdio(mode, *options) as client:
            assert told(await client.call_tool("get_plot_json", {"plot_id": plot[0]}))

    run(first)
    run(second)


def test_a_transport_of_another_kind_is_refused():
    from multivis.cli.serve import Serving, mcp

    with pytest.raises(OptionError, match="carrier-pigeon"):
        mcp(Serving([], "127.0.0.1", 0), transport="carrier-pigeon", views=None)
