"""A local server that speaks OpenAI's chat completions, well or badly, as a script says.

It drives the real provider path (HTTP, client library, retries) with no key and no network:

```python
with OpenAIServer(["first answer", {"name": "f", "args": {}}, Reply(status=429)]) as server:
    model = ChatOpenAI(model="any", api_key="dummy", base_url=server.url)
```
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

__all__ = ["OpenAIServer", "RecordedRequest", "Reply"]


@dataclass(frozen=True)
class RecordedRequest:
    """What the server was asked.

    Attributes:
        path: Path of the URL.
        body: The parsed JSON body.
        headers: The headers, names in lower case.
    """

    path: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation."""
        return list(self.body.get("messages", []))

    @property
    def tools(self) -> list[str]:
        """Names of the tools that were offered."""
        return [tool["function"]["name"] for tool in self.body.get("tools", [])]

    @property
    def stream(self) -> bool:
        """Whether a stream was asked for."""
        return bool(self.body.get("stream"))

    @property
    def images(self) -> list[str]:
        """Addresses (mostly ``data:`` URLs) of the pictures that came along."""
        return [
            part["image_url"]["url"]
            for message in self.messages
            if isinstance(message.get("content"), list)
            for part in message["content"]
            if part.get("type") == "image_url"
        ]


@dataclass(frozen=True)
class Reply:
    """One scripted reply; the defaults make a plain good one.

    Attributes:
        text: The text of the answer.
        calls: Tool calls, ``{"name": …, "args": {…} or text}``; text is sent as it is, so that
            it may be malformed.
        status: HTTP status; from 400 on an error body is sent.
        headers: More headers, for example ``{"Retry-After": "0"}``.
        raw: Bytes to send instead of the answer, for example ``b"{not json"``.
        delay: Seconds to wait first; stopping the server ends the wait.
        reset: Reset the connection instead of answering.
        cut_after: Break a stream off after that many events.
        code: OpenAI's error code, for example ``"context_length_exceeded"``.
        finish: Why the answer ended; told from the content when left empty.
        usage: Tokens (prompt, completion), or None to leave them out.
    """

    text: str = ""
    calls: tuple[Mapping[str, Any], ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    delay: float = 0.0
    reset: bool = False
    cut_after: int | None = None
    code: str = ""
    finish: str = ""
    usage: tuple[int, int] | None = (11, 7)


class OpenAIServer:
    """The server; a context manager, on a free port of 127.0.0.1.

    Args:
        script: Replies in order: `Reply`, text, a tool call, a list of tool calls, or a
            function of `RecordedRequest` that gives one of them.
        repeat: Begin again when the script is over; else such a request gets HTTP 400.
    """

    def __init__(self, script: Sequence[Any] = (), *, repeat: bool = False) -> None:
        self._script = list(script)
        self._repeat = repeat
        self._lock = threading.Lock()
        self._requests: list[RecordedRequest] = []
        self._stopping = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL for clients, ``http://127.0.0.1:PORT/v1``."""
        if self._server is None:
            raise RuntimeError("The server is not running; use it in a with statement.")
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def requests(self) -> list[RecordedRequest]:
        """What was asked so far."""
        with self._lock:
            return list(self._requests)

    def start(self) -> OpenAIServer:
        """Listen; the thread is a daemon, so the server never outlives the process."""
        self._stopping.clear()
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="openai-server",
            daemon=True,
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop and give the port back; stopping twice is allowed."""
        self._stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def __enter__(self) -> OpenAIServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def reply_to(self, request: RecordedRequest) -> Reply:
        """Record a request and take the next reply of the script."""
        with self._lock:
            index = len(self._requests)
            self._requests.append(request)
        if self._repeat and self._script:
            index %= len(self._script)
        if index >= len(self._script):
            return Reply(
                status=400,
                text=f"the script of OpenAIServer is over after {len(self._script)} replies",
            )
        return _as_reply(self._script[index], request)

    def wait(self, seconds: float) -> None:
        """Wait, but not longer than the server runs."""
        self._stopping.wait(seconds)


def _as_reply(item: Any, request: RecordedRequest) -> Reply:
    """One item of a script as a reply."""
    if isinstance(item, Reply):
        return item
    if callable(item):
        return _as_reply(item(request), request)
    if isinstance(item, str):
        return Reply(text=item)
    if isinstance(item, Mapping):
        return Reply(calls=(item,))
    if isinstance(item, Sequence):
        return Reply(calls=tuple(item))
    return Reply(status=400, text=f"the script holds {item!r}, which is no reply")


class _Server(ThreadingHTTPServer):
    """Threads are daemons and are not waited for: a slow reply never blocks the end."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, owner: OpenAIServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about; nothing is printed."""


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are on record in `OpenAIServer.requests`; nothing is printed."""

    def do_GET(self) -> None:
        """The list of models, which some clients ask for."""
        self._send_json(200, {"object": "list", "data": [{"id": "any", "object": "model"}]})

    def do_POST(self) -> None:
        """A chat completion."""
        length = int(self.headers.get("content-length") or 0)
        try:
            body = json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            self._send_json(400, _error("the request is not JSON", ""))
            return
        request = RecordedRequest(
            self.path, body, {name.lower(): value for name, value in self.headers.items()}
        )
        if not self.path.endswith("/chat/completions"):
            self._send_json(404, _error(f"there is no {self.path}", ""))
            return
        reply = self.server.owner.reply_to(request)
        if reply.delay:
            self.server.owner.wait(reply.delay)
        self._send(reply, request)

    def _send(self, reply: Reply, request: RecordedRequest) -> None:
        if reply.reset:
            self._reset()
        elif reply.raw is not None:
            self._send_bytes(reply.status, reply.raw, reply.headers)
        elif reply.status >= 400:
            text = reply.text or f"scripted HTTP {reply.status}"
            self._send_json(reply.status, _error(text, reply.code), reply.headers)
        elif request.stream:
            self._send_stream(reply, request)
        else:
            self._send_json(200, _completion(reply, request), reply.headers)

    def _reset(self) -> None:
        """Close so that the client sees a reset, not an orderly end."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    def _send_json(
        self, status: int, value: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        self._send_bytes(status, json.dumps(value).encode(), headers or {})

    def _send_bytes(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _send_stream(self, reply: Reply, request: RecordedRequest) -> None:
        """Server-sent events; the end of the connection ends the stream."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, event in enumerate(_events(reply, request)):
            if reply.cut_after is not None and number >= reply.cut_after:
                self.close_connection = True  # without the last chunk: the stream is cut off
                return
            self._chunk(f"data: {json.dumps(event)}\n\n".encode())
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()


# ── what is sent ────────────────────────────────────────────────────────────────────────────


def _error(message: str, code: str) -> dict[str, Any]:
    return {
        "error": {
            "message": f"{message} ({code})" if code else message,
            "type": "scripted",
            "param": None,
            "code": code or None,
        }
    }


def _tool_calls(reply: Reply) -> list[dict[str, Any]]:
    calls = []
    for index, call in enumerate(reply.calls):
        arguments = call.get("args", {})
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        calls.append(
            {
                "id": call.get("id") or f"call_{index + 1}",
                "type": "function",
                "function": {"name": call["name"], "arguments": text},
            }
        )
    return calls


def _finish(reply: Reply) -> str:
    return reply.finish or ("tool_calls" if reply.calls else "stop")


def _usage(reply: Reply) -> dict[str, int] | None:
    if reply.usage is None:
        return None
    prompt, completion = reply.usage
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _frame(request: RecordedRequest, kind: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": kind,
        "created": int(time.time()),
        "model": request.body.get("model", "any"),
    }


def _completion(reply: Reply, request: RecordedRequest) -> dict[str, Any]:
    """A whole answer."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = _tool_calls(reply)
    answer = _frame(request, "chat.completion")
    answer["choices"] = [{"index": 0, "message": message, "finish_reason": _finish(reply)}]
    usage = _usage(reply)
    if usage is not None:
        answer["usage"] = usage
    return answer


def _events(reply: Reply, request: RecordedRequest) -> Iterator[dict[str, Any]]:
    """The same answer in pieces."""

    def event(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        frame = _frame(request, "chat.completion.chunk")
        frame["choices"] = [{"index": 0, "delta": dict(delta), "finish_reason": finish}]
        return frame

    yield event({"role": "assistant", "content": ""})
    for start in range(0, len(reply.text), 5):
        yield event({"content": reply.text[start : start + 5]})
    for index, call in enumerate(_tool_calls(reply)):
        text = call["function"]["arguments"]
        yield event(
            {
                "tool_calls": [
                    {**call, "index": index, "function": {**call["function"], "arguments": ""}}
                ]
            }
        )
        for start in range(0, len(text), 8):
            piece = {"index": index, "function": {"arguments": text[start : start + 8]}}
            yield event({"tool_calls": [piece]})
    yield event({}, _finish(reply))
    options = request.body.get("stream_options") or {}
    usage = _usage(reply)
    if options.get("include_usage") and usage is not None:
        frame = _frame(request, "chat.completion.chunk")
        frame["choices"] = []
        frame["usage"] = usage
        yield frame
