"""Charts over HTTP: FastAPI with LangServe routes for every graph.

```
GET    /health                       the process answers
GET    /ready                        it takes questions
GET    /metrics                      Prometheus
GET    /sources                      names of the data
GET    /sources/{name}/schema        tables, columns, keys
POST   /uploads                      a file (multipart field "file") → its id
DELETE /uploads/{id}
POST   /runs                         a question → typed events (SSE) or, with ?stream=false, JSON
GET    /runs/{thread_id}             how the run stands, with its result
POST   /runs/{thread_id}/resume      a decision → events
POST   /runs/{thread_id}/refine      an instruction → events of a new run
POST   /runs/{thread_id}/ask         a question about the chart → an answer with evidence
GET    /runs/{thread_id}/chart.{png,json,html,py}
GET    /artifacts/{sha256}           pictures, specifications and rows by content
POST   /{graph}/invoke, batch, stream, stream_events; GET /{graph}/playground/, …_schema
```
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from multivis.errors import MissingExtraError, MultiVisError

try:
    from fastapi import APIRouter, FastAPI, Request, UploadFile
    from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
except ImportError as error:
    raise MissingExtraError("Servers", extra="serve") from error

from multivis.progress import ResultEvent
from multivis.serve.faults import NotFoundError, problem_of
from multivis.serve.guards import guarded_route
from multivis.serve.options import serve_options
from multivis.serve.payloads import event_payload, result_payload, run_payload
from multivis.serve.pool import Follower
from multivis.serve.requests import AboutChart, Ask, DecisionBody, Refine
from multivis.serve.service import Service, new_thread
from multivis.state import NodeEvent

if TYPE_CHECKING:
    from multivis.serve.graphs import ServedGraph
    from multivis.settings import Settings

__all__ = ["add_routes", "create_app"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SAFE_PAGE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox allow-scripts; frame-ancestors 'self'",
}
_SAFE = {"X-Content-Type-Options": "nosniff"}


def add_routes(
    app: FastAPI,
    data: Any = None,
    *,
    prefix: str = "",
    token: str | None = None,
    checkpointer: Any = None,
    settings: Settings | None = None,
    options: dict[str, Any] | None = None,
    **agent: Any,
) -> Service:
    """Serve charts from an application of your own, in one line.

    Args:
        app: The application; its lifespan closes what is opened here.
        data: What clients may ask: ``{"sales": "sales.csv"}``, an address, or several.
        prefix: What stands before every path, for example ``"/charts"``.
        token: What clients must send as bearer token; None lets everybody in.
        checkpointer: Where runs are kept: see `multivis.graph.open_checkpointer`.
        settings: Settings of the agents.
        options: Further fields of `ServeOptions`.
        agent: Further arguments of `MultiVis`, for example ``model="openai:gpt-5"``.

    Returns:
        The service behind the routes.

    Raises:
        InputError: Data, a setting or an option cannot be used.
    """
    chosen = serve_options(**{**(options or {}), "token": token})
    service = Service(data, options=chosen, settings=settings, checkpointer=checkpointer, **agent)
    router = _router(service, prefix)
    _add_langserve(router, service)
    app.include_router(router)
    return service


def create_app(data: Any = None, **arguments: Any) -> FastAPI:
    """An application that serves charts and nothing else; arguments as in `add_routes`."""
    import multivis

    app = FastAPI(title="multivis", version=multivis.__version__, docs_url=None, redoc_url=None)
    service = add_routes(app, data, **arguments)
    app.state.multivis = service
    if service.options.cors_origins:
        from starlette.middleware.cors import CORSMiddleware

        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(service.options.cors_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
        )
    return app


def _router(service: Service, prefix: str) -> APIRouter:
    """The routes of multivis itself."""

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        try:
            yield
        finally:
            service.pool.drain()
            await asyncio.to_thread(service.close)

    router = APIRouter(prefix=prefix, route_class=guarded_route(service, prefix), lifespan=lifespan)
    _add_operations(router, service)
    _add_data(router, service)
    _add_runs(router, service)
    _add_files(router, service)
    return router


def _add_langserve(router: APIRouter, service: Service) -> None:
    """LangServe's routes for every graph."""
    from langserve import add_routes as add_langserve_routes

    from multivis.serve.graphs import GraphInput, GraphOutput, served_graphs

    for name, graph in served_graphs(service).items():
        add_langserve_routes(
            router,
            graph.with_types(input_type=GraphInput, output_type=GraphOutput),
            path=f"/{name}",
            per_req_config_modifier=_checked_config(graph),
            enable_feedback_endpoint=False,
            enable_public_trace_link_endpoint=False,
        )


def _checked_config(graph: ServedGraph) -> Callable[..., Any]:
    """Checks inputs before an answer begins: in a stream it would be too late for a status."""

    async def check(config: dict[str, Any], request: Request) -> dict[str, Any]:
        """The config with its thread id, which LangServe would let go missing."""
        configurable = dict(config.get("configurable") or {})
        configurable.setdefault("thread_id", None)
        config = {**config, "configurable": configurable}
        if not getattr(request.state, "multivis_checked", False):
            request.state.multivis_checked = True
            body = await request.json()
            inputs = body["inputs"] if "inputs" in body else [body.get("input")]
            for given in inputs:
                await asyncio.to_thread(graph.check, given, config)
        return config

    return check


# ── operations ──────────────────────────────────────────────────────────────────────────────


def _add_operations(router: APIRouter, service: Service) -> None:
    @router.get("/health")
    def health() -> dict[str, str]:
        """Whether the process answers."""
        import multivis

        return {"status": "ok", "version": multivis.__version__}

    @router.get("/ready")
    def ready() -> Response:
        """Whether the server takes questions: 503 while it ends."""
        fine = not service.pool.draining
        told = {"status": "ready" if fine else "ending", "working": service.pool.working}
        return JSONResponse(told, 200 if fine else 503)

    @router.get("/metrics")
    def metrics() -> Response:
        """What an operator watches, in Prometheus' text format."""
        service.telemetry.working.set(service.pool.working)
        content, media_type = service.telemetry.exposition()
        return Response(content, media_type=media_type)


# ── data ────────────────────────────────────────────────────────────────────────────────────


def _add_data(router: APIRouter, service: Service) -> None:
    @router.get("/sources")
    def sources() -> dict[str, list[str]]:
        """The data that questions may be asked of, by name."""
        return {"sources": list(service.sources.given)}

    @router.get("/sources/{name}/schema")
    def schema(name: str) -> dict[str, Any]:
        """Tables, columns, keys and profiles of some data or of an upload."""
        from multivis.errors import SourceNotFoundError

        try:
            source = service.sources.get(name)
        except SourceNotFoundError as error:
            raise NotFoundError(error.message, hint=error.hint) from error
        found = json.loads(json.dumps(asdict(source.schema()), default=str))
        hidden: dict[str, Any] = service.hide(found)
        return hidden

    @router.post("/uploads", status_code=201)
    async def upload(file: UploadFile) -> dict[str, Any]:
        """Keep a data file or a picture; questions name it by the id that comes back."""
        kept = await asyncio.to_thread(service.uploads.add, file.filename or "", file.file)
        service.telemetry.uploaded.inc(kept.size)
        if kept.kind == "data":
            try:
                await asyncio.to_thread(service.sources.get, kept.id)
            except MultiVisError as error:  # not what its ending says: the client learns it now
                service.remove_upload(kept.id)
                raise type(error)(
                    service.uploads.hide(error.message), hint=service.uploads.hide(error.hint)
                ) from error
        return kept.to_json()

    @router.delete("/uploads/{identity}")
    def remove(identity: str) -> dict[str, Any]:
        """Delete an upload."""
        if service.uploads.find(identity) is None:
            raise NotFoundError(f"There is no upload {identity[:80]!r}.")
        return service.remove_upload(identity).to_json()


# ── runs ────────────────────────────────────────────────────────────────────────────────────


def _add_runs(router: APIRouter, service: Service) -> None:
    @router.post("/runs")
    async def ask(request: Request, asked: Ask, stream: bool = True) -> Response:
        """Ask a question: typed events as they happen, or only the result."""
        thread_id = new_thread()
        run = await asyncio.to_thread(service.ask, asked, thread_id)
        return await _answer(service, request, thread_id, run, stream)

    @router.get("/runs/{thread_id}")
    def state(thread_id: str) -> dict[str, Any]:
        """How a run stands, and what came of it so far."""
        return run_payload(service, thread_id)

    @router.post("/runs/{thread_id}/resume")
    async def resume(
        request: Request, thread_id: str, body: DecisionBody, stream: bool = True
    ) -> Response:
        """Go on with a run that waits for a person or was cut off."""
        run = await asyncio.to_thread(service.resume, thread_id, body.decision())
        return await _answer(service, request, thread_id, run, stream)

    @router.post("/runs/{thread_id}/refine")
    async def refine(
        request: Request, thread_id: str, body: Refine, stream: bool = True
    ) -> Response:
        """Change the chart of a run; the change is a run of its own, named in its result."""
        run = await asyncio.to_thread(service.refine, thread_id, body.instruction)
        return await _answer(service, request, f"refine:{new_thread()}", run, stream)

    @router.post("/runs/{thread_id}/ask")
    def ask_about(thread_id: str, body: AboutChart) -> dict[str, Any]:
        """Answer a question about the chart of a run, with the points that prove it."""
        return service.ask_about(thread_id, body.question)


async def _answer(
    service: Service,
    request: Request,
    thread_id: str,
    run: Callable[[], Generator[Any, None, None]],
    stream: bool,
) -> Response:
    """Start a run and answer with its events, or with its result.

    Events are held back until intake has let the request pass: what is wrong with it is told
    by the status of the answer.
    """
    follower = service.pool.start(thread_id, run)
    events = follower.__aiter__()
    first: list[Any] = []
    watching = asyncio.create_task(_stop_when_gone(request, follower))
    try:
        async for event in events:
            first.append(event)
            if stream and isinstance(event, NodeEvent) and event.node != "intake":
                break
    finally:
        watching.cancel()
    if stream:
        body = _sse(service, thread_id, follower, first, events)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(body, media_type="text/event-stream", headers=headers)
    last = first[-1] if first else None
    if not isinstance(last, ResultEvent):  # every run ends with one, unless it was ended
        return Response(status_code=499)  # nobody reads it
    told = await asyncio.to_thread(result_payload, service, last.result)
    return JSONResponse(told, 202 if last.result.interrupt else 200)


async def _stop_when_gone(request: Request, follower: Follower) -> None:
    """End a run whose client has closed the connection: nobody else looks while it is at work."""
    while (await request.receive())["type"] != "http.disconnect":
        continue
    follower.stop()


async def _sse(
    service: Service,
    thread_id: str,
    follower: Follower,
    first: list[Any],
    rest: AsyncIterator[Any],
) -> AsyncIterator[str]:
    """Events in the form of server-sent events, with signs of life in between."""
    number = 0
    if not thread_id.startswith("refine:"):
        yield _frame(number, "run", {"thread_id": thread_id})
    for event in first:
        number += 1
        yield _frame(number, *event_payload(service, event))
    waiting: asyncio.Future[Any] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(_next(rest))
            done, _ = await asyncio.wait({waiting}, timeout=service.options.keep_alive_seconds)
            if not done:
                yield ": still working\n\n"
                continue
            event, waiting = waiting.result(), None
            number += 1
            yield _frame(number, *event_payload(service, event))
    except StopAsyncIteration:
        return
    except Exception as error:
        yield _frame(number + 1, "error", problem_of(error)[1])
    finally:
        follower.stop()
        if waiting is not None:
            waiting.cancel()


async def _next(events: AsyncIterator[Any]) -> Any:
    """The next event; a plain coroutine, so that it can be a task."""
    return await anext(events)


def _frame(number: int, name: str, content: dict[str, Any]) -> str:
    """One server-sent event."""
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"


# ── files ───────────────────────────────────────────────────────────────────────────────────


def _add_files(router: APIRouter, service: Service) -> None:
    @router.get("/runs/{thread_id}/chart.{kind}")
    def chart(thread_id: str, kind: Literal["png", "json", "html", "py"]) -> Response:
        """The chart of a run: picture, specification, page or script."""
        result = service.result(thread_id)
        if result.state.chart is None:
            raise NotFoundError(f"The run {thread_id!r} has no chart.")
        if kind == "png":
            return Response(result.png(), media_type="image/png", headers=_SAFE)
        if kind == "py":
            return Response(service.hide(result.code), media_type="text/x-python", headers=_SAFE)
        spec = service.hide(result.spec or {})
        if kind == "json":
            return JSONResponse(spec, headers=_SAFE)
        page = result.backends[result.backend].html(spec)
        return Response(page, media_type="text/html", headers=_SAFE_PAGE)

    @router.get("/artifacts/{sha256}")
    def artifact(sha256: str) -> Response:
        """A picture, a specification or rows, by the hash of their content."""
        path = service.settings.cache_dir / "artifacts" / sha256[:2] / sha256
        if not _SHA256.fullmatch(sha256) or not path.is_file():
            raise NotFoundError("There is no artefact of that name.")
        headers = {
            **_SAFE,
            "Cache-Control": "private, max-age=31536000, immutable",
            "ETag": f'"{sha256}"',
        }
        return FileResponse(path, media_type=_media_type(path), headers=headers)


def _media_type(path: Path) -> str:
    """What bytes are, by how they begin."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"\x89PNG"):
        return "image/png"
    if head.startswith(b"ARROW1"):
        return "application/vnd.apache.arrow.file"
    return "application/json" if head.lstrip()[:1] in b"{[" else "application/octet-stream"
