"""Charts over MCP, with the official SDK: stdio for one client, streamable HTTP for many."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import MissingExtraError

try:
    import mcp_types as types
    from mcp import MCPError
    from mcp.server.lowlevel import Server
except ImportError as error:
    raise MissingExtraError("MCP servers", extra="serve") from error

from multivis.serve.faults import NotFoundError, problem_of
from multivis.serve.mcp_sessions import McpSession, McpSessions
from multivis.serve.mcp_tools import (
    CHART_KINDS,
    IMAGE_BYTES,
    McpTool,
    chart_uri,
    checked,
    content_of,
    mcp_tools,
)
from multivis.serve.service import Service

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

__all__ = ["MultiVisMcp", "create_mcp_server", "http_app", "run_stdio"]

_URI = re.compile(r"multivis://charts/([^/]+)/([a-z]+)")
_STDIO = "stdio"
_SESSION = {
    "type": "string",
    "description": "Only for clients without a session of their own: the name that the first "
    "reply gave.",
}


class MultiVisMcp:
    """The handlers of the MCP server.

    Args:
        service: Sources, agents and runs.
        views: File in which plots and their history are kept; in memory by default.
        many: Whether several clients share the server (HTTP).
    """

    def __init__(self, service: Service, *, views: Path | None = None, many: bool = False) -> None:
        import multivis

        self.service = service
        self._many = many
        self._tools = mcp_tools(service)
        self._sessions = McpSessions(views, service.agent_arguments["sandbox"], service.settings)
        self.server: Server[Any] = Server(
            "multivis",
            version=multivis.__version__,
            title="multivis",
            instructions=self._instructions(),
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
        )

    def close(self) -> None:
        """Give back everything, the service included."""
        self.service.close()
        self._sessions.close()

    def _instructions(self) -> str:
        names = ", ".join(self.service.sources.given) or "none"
        return (
            "Ask questions of data and get charts that were checked against the data. Data: "
            f"{names}. Look at `schema`, then `ask`. The reply's plot_id goes to the view tools "
            "(get_plot_json, relayout, selected, …) and calculators (extremes, compare, …): use "
            "them for exact numbers rather than reading the picture."
        )

    # ── tools ───────────────────────────────────────────────────────────────────────────────

    async def _list_tools(
        self, _: ServerRequestContext[Any], __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        tools = [
            types.Tool(
                name=tool.name, description=tool.description, input_schema=self._schema_of(tool)
            )
            for tool in self._tools.values()
        ]
        return types.ListToolsResult(tools=tools)

    def _schema_of(self, tool: McpTool) -> dict[str, Any]:
        schema = tool.arguments.model_json_schema()
        schema.pop("title", None)
        schema.get("properties", {}).pop("image", None)
        if self._many:
            schema.setdefault("properties", {})["session"] = _SESSION
        return schema

    async def _call_tool(
        self, context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tool = self._tools.get(params.name)
        if tool is None:
            known = ", ".join(self._tools)
            raise MCPError(
                types.INVALID_PARAMS,
                f"There is no tool {params.name[:80]!r}. The tools are {known}.",
            )
        given = dict(params.arguments or {})
        named = given.pop("session", None) if self._many else None
        steps = 0

        async def report(message: str) -> None:
            nonlocal steps
            steps += 1
            await context.session.report_progress(steps, message=message)

        try:
            session = self._sessions.of(self._connection(context), named)
            arguments = checked(tool.arguments, given)
            found = await tool.run(arguments, session, report)
        except Exception as error:
            _, problem = problem_of(error)
            text = self.service.hide(f"{problem['message']} {problem['hint']}".strip())
            return types.CallToolResult(
                content=[types.TextContent(type="text", text=text[:4_000])], is_error=True
            )
        content = found if _are_blocks(found) else content_of(found)
        if session.handed_out:
            told = json.dumps({"session": session.name})
            content = [*content, types.TextContent(type="text", text=told)]
        return types.CallToolResult(content=content)

    def _connection(self, context: ServerRequestContext[Any]) -> str | None:
        """What tells a connection from others; None for one request after the other."""
        if not self._many:
            return _STDIO
        from mcp_types.version import MODERN_PROTOCOL_VERSIONS

        headers = getattr(context.request, "headers", None)
        if headers is None or context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            return None
        identity = headers.get("mcp-session-id")
        return f"http:{identity}" if identity else None

    # ── resources ───────────────────────────────────────────────────────────────────────────

    async def _list_resources(
        self, context: ServerRequestContext[Any], _: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """The charts of the connection's session; one without a session is told none."""
        connection = self._connection(context)
        charts = [] if connection is None else self._sessions.of(connection).charts()
        resources = [
            types.Resource(
                uri=chart_uri(chart_id, kind), name=f"{kind} of {title[:60]}", mime_type=media_type
            )
            for chart_id, title in charts
            for kind, media_type in CHART_KINDS.items()
        ]
        return types.ListResourcesResult(resources=resources)

    async def _list_templates(
        self, _: ServerRequestContext[Any], __: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        templates = [
            types.ResourceTemplate(
                uri_template=chart_uri("{chart_id}", kind),
                name=f"{kind} of a chart",
                mime_type=media_type,
            )
            for kind, media_type in CHART_KINDS.items()
        ]
        return types.ListResourceTemplatesResult(resource_templates=templates)

    async def _read_resource(
        self, context: ServerRequestContext[Any], params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        import anyio.to_thread

        uri = str(params.uri)
        try:
            chart_id, kind = self._chart_of(uri, self._connection(context))
            content = await anyio.to_thread.run_sync(self._content, chart_id, kind)
        except Exception as error:
            _, problem = problem_of(error)
            text = self.service.hide(f"{problem['message']} {problem['hint']}".strip())
            raise MCPError(types.INVALID_PARAMS, text) from error
        media_type = CHART_KINDS[kind]
        part: types.TextResourceContents | types.BlobResourceContents
        if kind == "png":
            blob = base64.b64encode(content).decode("ascii")
            part = types.BlobResourceContents(uri=uri, mime_type=media_type, blob=blob)
        else:
            text = content.decode("utf-8")
            part = types.TextResourceContents(uri=uri, mime_type=media_type, text=text)
        return types.ReadResourceResult(contents=[part])

    def _chart_of(self, uri: str, connection: str | None) -> tuple[str, str]:
        """Chart and kind that an address names, if the chart is this client's.

        Raises:
            NotFoundError: It is not, or the address is of another form.
        """
        match = _URI.fullmatch(uri)
        if match is None or match[2] not in CHART_KINDS:
            raise NotFoundError(
                f"There is no resource {uri[:120]!r}.",
                hint="The form is multivis://charts/CHART_ID/ and one of png, spec, html, code.",
            )
        sessions: list[McpSession]
        if connection is not None:
            sessions = [self._sessions.of(connection)]
        else:  # the chart's name cannot be guessed: who has it was given it
            sessions = list(self._sessions.all_handed_out())
        for session in sessions:
            if match[1] in dict(session.charts()):
                return match[1], match[2]
        raise NotFoundError(f"This session has no chart {match[1][:80]!r}.", hint="Use `ask`.")

    def _content(self, chart_id: str, kind: str) -> bytes:
        """A chart as a picture, a specification, a page or a script."""
        result = self.service.result(chart_id)
        if result.state.chart is None:
            raise NotFoundError(f"The run {chart_id!r} has no chart.")
        if kind == "png":
            return result.png()
        if kind == "code":
            return str(self.service.hide(result.code)).encode()
        spec = self.service.hide(result.spec or {})
        if kind == "spec":
            return json.dumps(spec, ensure_ascii=False).encode()
        return result.backends[result.backend].html(spec).encode()


def _are_blocks(value: Any) -> bool:
    """Whether a tool gave content blocks rather than a JSON value."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(item, types.TextContent | types.ImageContent | types.ResourceLink)
            for item in value
        )
    )


def create_mcp_server(
    data: Any = None, *, views: Path | None = None, many: bool = False, **arguments: Any
) -> MultiVisMcp:
    """An MCP server on some data.

    Args:
        data: What clients may ask: ``{"sales": "sales.csv"}``, an address, or several.
        views: File in which plots and their history are kept; in memory by default.
        many: Whether several clients share the server (HTTP); each has its own session then.
        arguments: Further arguments of `multivis.serve.service.Service`.

    Raises:
        InputError: Data or a setting cannot be used.
    """
    return MultiVisMcp(Service(data, **arguments), views=views, many=many)


def run_stdio(made: MultiVisMcp) -> None:
    """Serve one client over standard input and output, until it closes them."""
    import anyio
    from mcp.server.stdio import stdio_server

    async def run() -> None:
        server = made.server
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    try:
        anyio.run(run)
    finally:
        made.close()


def http_app(made: MultiVisMcp, *, host: str = "127.0.0.1", token: str | None = None) -> ASGIApp:
    """The streamable HTTP application, at ``/mcp``; with a token for all requests if given."""
    from multivis.serve.server import is_loopback

    app: Starlette = made.server.streamable_http_app(
        host="127.0.0.1" if is_loopback(host) else host,
        max_request_body_size=IMAGE_BYTES // 3 * 4 + 1_000_000,  # a picture as base64, and a call
    )
    return app if token is None else _locked(app, token)


def _locked(app: ASGIApp, token: str) -> ASGIApp:
    """An application that only answers requests with the token."""
    from starlette.datastructures import Headers
    from starlette.responses import JSONResponse

    from multivis.serve.guards import right_token

    allowed: Callable[[str], bool] = right_token(token)

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not allowed(Headers(scope=scope).get("authorization", "")):
            refused = JSONResponse(
                {"error": "This server needs its token as 'Authorization: Bearer …'."},
                401,
                {"WWW-Authenticate": "Bearer"},
            )
            await refused(scope, receive, send)
            return
        await app(scope, receive, send)

    return guarded
