"""The tools of the MCP server: questions, the schema, the reader of pictures, and the views.

Every reply stays under 25,000 tokens: what is longer is cut, with a hint how to ask for less.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
from mcp_types import ContentBlock, ImageContent, ResourceLink, TextContent
from pydantic import BaseModel, Field, ValidationError

from multivis.errors import ImageError, MultiVisError, OptionError, UnknownFieldError
from multivis.progress import ProgressEvent, ResultEvent
from multivis.result import Result
from multivis.serve.mcp_sessions import McpSession
from multivis.serve.payloads import result_payload
from multivis.serve.requests import Ask, DecisionBody
from multivis.serve.service import Service, new_thread
from multivis.state import NodeEvent
from multivis.tool import Arguments
from multivis.views import OPERATIONS

__all__ = [
    "CHART_KINDS",
    "IMAGE_BYTES",
    "McpTool",
    "chart_uri",
    "content_of",
    "fitting",
    "mcp_tools",
]

#: 25,000 tokens at two bytes a token: what JSON full of numbers comes to.
REPLY_BYTES = 50_000
_PICTURE_BYTES = 36_000  # a third more as base64

#: Largest picture that a client may send, decoded.
IMAGE_BYTES = 20_000_000
_IMAGE_CHARACTERS = IMAGE_BYTES // 3 * 4 + 200  # base64, with room for the head of a data URL

_TOO_LARGE = f"The picture is larger than {IMAGE_BYTES // 1_000_000} MB."
_CUT = "Shortened to fit a reply; ask for a part of it."

CHART_KINDS = {
    "png": "image/png",
    "spec": "application/json",
    "html": "text/html",
    "code": "text/x-python",
}

# Over MCP a picture comes as it is and not as a path.
_DESCRIPTIONS = {"get_plot_image": "The current view, or that of an interaction, as a PNG."}

Report = Callable[[str], Awaitable[None]]


class AskArguments(Ask):
    """Arguments of `ask`; pictures come through the HTTP server only."""

    image: None = Field(None, exclude=True)
    plot_id: int | None = Field(
        None,
        description="A plot of this session: the question is answered from what it shows, with "
        "evidence, and no chart is made. What was last selected or zoomed to is 'here'.",
    )


class RefineArguments(Arguments):
    """Arguments of `refine`."""

    chart_id: str = Field(max_length=100, description="The chart, as `ask` named it.")
    instruction: str = Field(description="What to change, in plain language.")


class ResumeArguments(DecisionBody):
    """Arguments of `resume`."""

    chart_id: str = Field(max_length=100, description="The run, as the waiting reply named it.")


class SchemaArguments(Arguments):
    """Arguments of `schema`."""

    data: str | None = Field(
        None, description="Name of the data; needed unless there is exactly one."
    )
    tables: list[str] | None = Field(
        None, max_length=200, description="Only these tables; all by default."
    )
    max_chars: int = Field(12_000, ge=200, le=40_000, description="Size of the answer.")


class ReadImageArguments(Arguments):
    """Arguments of `read_chart_image`: the picture itself, never a path of the server."""

    image_base64: str = Field(
        min_length=1,
        description="The picture as base64 (PNG, JPEG, GIF, WebP or BMP, at most 20 MB); a data "
        "URL is taken too.",
    )
    rows: int = Field(60, ge=1, le=2000, description="Most data rows to show.")


@dataclass(frozen=True)
class McpTool:
    """A tool over MCP.

    Attributes:
        name: Its name.
        description: What a model reads.
        arguments: The argument model with its bounds.
        run: Takes arguments, session and a way to report progress; gives a JSON value, or
            content blocks.
    """

    name: str
    description: str
    arguments: type[BaseModel]
    run: Callable[[dict[str, Any], McpSession, Report], Awaitable[Any]]


def mcp_tools(service: Service) -> dict[str, McpTool]:
    """All tools, by name."""
    names = ", ".join(repr(name) for name in service.sources.given) or "none"
    own = [
        McpTool(
            "ask",
            "Ask a question of data in plain language and get a chart that was checked against "
            f"the data. Data on this server: {names}. The reply names the chart (chart_id), its "
            "resources (png, spec, html, code) and the plot_id under which the view tools and "
            "calculators read it.",
            AskArguments,
            _Asking(service).ask,
        ),
        McpTool(
            "refine",
            "Change a chart of this session as an instruction says; the change is a new chart.",
            RefineArguments,
            _Asking(service).refine,
        ),
        McpTool(
            "schema",
            "Tables, columns, keys and profiles of data on this server. "
            f"Data: {names}. Name tables to see more of them.",
            SchemaArguments,
            _Schema(service).run,
        ),
        McpTool(
            "read_chart_image",
            "Read a chart from a picture without a model: its kind, title and axes, its data in "
            "data units with the expected error, its style, and how sure the reading is.",
            ReadImageArguments,
            _read_image,
        ),
    ]
    if service.settings.approve_sql or service.settings.approve_chart:
        own.append(
            McpTool(
                "resume",
                "Go on with a run that waits for a person's decision. Ask the person first.",
                ResumeArguments,
                _Asking(service).resume,
            )
        )
    views = [
        McpTool(o.name, _DESCRIPTIONS.get(o.name, o.description), o.arguments, _view_call(o.name))
        for o in OPERATIONS.values()
    ]
    return {tool.name: tool for tool in (*own, *views)}


def checked(model: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments that fit their model.

    Raises:
        OptionError: They do not; the sentence names the first that does not.
    """
    try:
        made = model.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "arguments"
        raise OptionError(
            f"The argument {where!r} is not usable: {first['msg'].lower()}.",
            hint="See the schema of the tool.",
        ) from error
    return {name: getattr(made, name) for name in made.model_fields_set}


# ── questions ───────────────────────────────────────────────────────────────────────────────


class _Asking:
    """Runs behind tools."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def ask(self, given: dict[str, Any], session: McpSession, report: Report) -> Any:
        plot_id = given.pop("plot_id", None)
        asked = Ask.model_validate(given)
        if plot_id is not None:
            return await anyio.to_thread.run_sync(session.views.ask, plot_id, asked.question)
        thread_id = new_thread()
        run = await anyio.to_thread.run_sync(self._service.ask, asked, thread_id)
        return await self._told(thread_id, run, session, report)

    async def refine(self, given: dict[str, Any], session: McpSession, report: Report) -> Any:
        chart_id = session.check_chart(given["chart_id"])
        run = await anyio.to_thread.run_sync(self._service.refine, chart_id, given["instruction"])
        return await self._told(new_thread(), run, session, report)

    async def resume(self, given: dict[str, Any], session: McpSession, report: Report) -> Any:
        chart_id = session.check_chart(given.pop("chart_id"))
        decision = DecisionBody.model_validate(given).decision()
        run = await anyio.to_thread.run_sync(self._service.resume, chart_id, decision)
        return await self._told(chart_id, run, session, report)

    async def _told(
        self, thread_id: str, run: Any, session: McpSession, report: Report
    ) -> list[ContentBlock]:
        """Follow a run to its end; its result as text and as links."""
        last: ProgressEvent | None = None
        follower: AsyncIterator[ProgressEvent] = self._service.pool.start(
            thread_id, run
        ).__aiter__()
        async for event in follower:
            last = event
            if isinstance(event, NodeEvent) and event.phase == "entered":
                await report(f"{event.node}: {event.why}" if event.why else event.node)
        assert isinstance(last, ResultEvent)  # a stream always ends with one
        return await anyio.to_thread.run_sync(self._content, last.result, session)

    def _content(self, result: Result, session: McpSession) -> list[ContentBlock]:
        told = _short_result(result_payload(self._service, result))
        chart_id = result.thread_id
        session.add_chart(chart_id, result.question)
        told["chart_id"] = chart_id
        links: list[ContentBlock] = []
        if result.state.chart is not None:
            try:
                told.update(session.views.add_figure(result.spec or {}, code=result.code or ""))
            except MultiVisError as error:
                told["plot_problem"] = str(error)
            for kind, media_type in CHART_KINDS.items():
                uri = chart_uri(chart_id, kind)
                name = f"{kind} of {result.question[:60]}"
                links.append(
                    ResourceLink(type="resource_link", uri=uri, name=name, mime_type=media_type)
                )
        return [*content_of(told), *links]


def _short_result(told: dict[str, Any]) -> dict[str, Any]:
    """A result without what a model does not need."""
    for name in ("usage", "files", "thread_id", "steps"):
        told.pop(name, None)
    evaluation = told.pop("evaluation") or {}
    checks = [check for check in evaluation.get("checks", ()) if check["applicable"]]
    told["checks"] = {
        "passed": sum(check["passed"] for check in checks),
        "failed": [
            {"check": check["id"], "message": check["message"] or check["statement"]}
            for check in checks
            if not check["passed"]
        ],
    }
    told["failures"] = [failure["message"] for failure in told["failures"]][-5:]
    waits = told.pop("interrupt")
    if waits is not None:
        told["waits_for_a_person"] = {"kind": waits["kind"], **waits["payload"]}
    return {name: value for name, value in told.items() if value not in (None, [], {})}


def chart_uri(chart_id: str, kind: str) -> str:
    """The address of a chart as a resource."""
    return f"multivis://charts/{chart_id}/{kind}"


# ── data ────────────────────────────────────────────────────────────────────────────────────


class _Schema:
    """The schema of data, as text."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def run(self, given: dict[str, Any], _: McpSession, __: Report) -> Any:
        text = await anyio.to_thread.run_sync(lambda: self._text(SchemaArguments(**given)))
        return [TextContent(type="text", text=text)]

    def _text(self, wanted: SchemaArguments) -> str:
        from dataclasses import replace

        from multivis.data.describe import describe_schema
        from multivis.data.nearest import nearest

        schema = self._service.sources.get(wanted.data).schema()
        if wanted.tables is not None:
            chosen = []
            for name in wanted.tables:
                table = schema.table(name)
                if table is None:
                    near = nearest(name, [t.name for t in schema.tables])
                    raise UnknownFieldError(f"There is no table {name!r}.", suggestions=near)
                chosen.append(table)
            names = {table.name for table in chosen}
            keys = tuple(
                key for key in schema.foreign_keys if key.table in names or key.to_table in names
            )
            schema = replace(schema, tables=tuple(chosen), foreign_keys=keys)
        text = describe_schema(schema, wanted.max_chars)
        if "more tables" in text.rpartition("\n")[2]:
            text += "\nName the tables that you want to see, or raise max_chars."
        hidden: str = self._service.hide(text)
        return hidden


# ── pictures ────────────────────────────────────────────────────────────────────────────────


async def _read_image(given: dict[str, Any], _: McpSession, __: Report) -> Any:
    """What the picture of a chart shows.

    Raises:
        ImageError: It is no picture, too large, or holds no chart that can be read.
        MissingExtraError: The `reader` extra is not installed.
    """
    from multivis.reader.tools import describe_reading

    wanted = ReadImageArguments(**given)
    image = _decoded(wanted.image_base64)
    found = await anyio.to_thread.run_sync(describe_reading, image, wanted.rows)
    if found["kind"] is None:
        raise ImageError(f"This is not a chart that can be read: {found['reason']}.")
    del found["plotly"]  # the rows hold the same data in less room
    return found


def _decoded(text: str) -> bytes:
    """The picture in base64 text.

    Raises:
        ImageError: The text is not base64, or the picture is too large.
    """
    if len(text) > _IMAGE_CHARACTERS:
        raise ImageError(_TOO_LARGE, hint="Send a smaller version.")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        image = base64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise ImageError(
            "The picture is not base64.", hint="Send its bytes as base64, not a path."
        ) from error
    if len(image) > IMAGE_BYTES:
        raise ImageError(_TOO_LARGE, hint="Send a smaller version.")
    return image


# ── views ───────────────────────────────────────────────────────────────────────────────────


def _view_call(name: str) -> Callable[[dict[str, Any], McpSession, Report], Awaitable[Any]]:
    """A tool of the session's views."""

    async def run(given: dict[str, Any], session: McpSession, _: Report) -> Any:
        found = await anyio.to_thread.run_sync(session.views.call, name, given)
        if name != "get_plot_image":
            return found
        picture = await anyio.to_thread.run_sync(_small_picture, found["image_path"])
        told = {key: value for key, value in found.items() if key != "image_path"}
        image = ImageContent(
            type="image", data=base64.b64encode(picture).decode("ascii"), mime_type="image/png"
        )
        return [*content_of(told), image]

    return run


def _small_picture(path: str) -> bytes:
    """A PNG that fits a reply: scaled down where it has to be."""
    import io
    from pathlib import Path

    from PIL import Image

    content = Path(path).read_bytes()
    if len(content) <= _PICTURE_BYTES:
        return content
    with Image.open(io.BytesIO(content)) as opened:
        image = opened.convert("RGB")
    scale = 1.0
    while True:
        size = (max(1, int(image.width * scale)), max(1, int(image.height * scale)))
        buffer = io.BytesIO()
        small = image if scale == 1.0 else image.resize(size, Image.Resampling.LANCZOS)
        small.quantize(128).save(buffer, "PNG", optimize=True)
        if buffer.tell() <= _PICTURE_BYTES:
            return buffer.getvalue()
        scale *= 0.8


# ── sizes ───────────────────────────────────────────────────────────────────────────────────


def content_of(value: Any) -> list[ContentBlock]:
    """A JSON value as text that fits a reply."""
    return [TextContent(type="text", text=_json(fitting(value)))]


def fitting(value: Any, most: int = REPLY_BYTES) -> Any:
    """A JSON value of at most `most` bytes; a longer one is shortened and says so."""
    from multivis.views.reading import within

    if len(_json(value).encode()) <= most:
        return value
    room = most - 200
    while True:
        short, _ = within(value, room)
        told = (
            {**short, "hint": _CUT} if isinstance(short, dict) else {"value": short, "hint": _CUT}
        )
        if len(_json(told).encode()) <= most or room < 200:
            return told
        room //= 2


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
