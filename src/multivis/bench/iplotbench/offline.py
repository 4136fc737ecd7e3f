"""The model with no weights for iPlotBench: the chart reader and the exact calculators.

It is a chat model like any other and sees nothing but the conversation: the picture comes as
part of a message, its recreation goes out as JSON, and questions are answered from what it has
written itself. Where `get_plot_json` is offered, it reads its figure back through the tool. Where
views can be handled, it looks again where an answer hangs on little: it switches off the other
lines, zooms to the place and selects the points there (`looking`).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool

from multivis.bench.iplotbench.answering import answer_question
from multivis.bench.iplotbench.conversation import read_figure
from multivis.bench.iplotbench.looking import Look, plan_look, with_points
from multivis.errors import InputError

__all__ = ["OfflineChartModel", "read_chart_figure"]

_READ_CALL = "read_own_figure"
_HANDLE_CALL = "handle_own_view"
_SELECT_CALL = "select_in_own_view"
_HANDLING = {"relayout", "legendclick", "selected"}
_ROUNDS = re.compile(r"At most (\d+) rounds")
_MOST_CHARACTERS = 1_000_000


def read_chart_figure(image: bytes) -> dict[str, Any] | None:
    """A picture as a Plotly figure, or None when it is no chart that can be read.

    Each trace says in ``meta.expected_error`` by how much a value may be wrong.
    """
    from multivis.reader import read_chart

    reading = read_chart(image)
    if reading.kind is None:
        return None
    figure: dict[str, Any] = reading.plotly()
    for trace, series in zip(figure["data"], reading.series, strict=False):
        errors = [float(error) for error in series.error if error == error]
        if errors:
            trace["meta"] = {"expected_error": round(statistics.median(errors), 6)}
    return figure


class OfflineChartModel(BaseChatModel):
    """Recreates charts with the reader and answers with the calculators.

    Attributes:
        read: From the bytes of a picture to a Plotly figure, or None; by default the reader.
    """

    read: Callable[[bytes], dict[str, Any] | None] | None = None
    model_name: str = "offline"

    @property
    def _llm_type(self) -> str:
        return "multivis-chart-reader"

    def bind_tools(
        self,
        tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools; `show_plot`, `get_plot_image` and `query_interactions` are never called."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        asked = next((m for m in reversed(messages) if isinstance(m, HumanMessage)), None)
        picture = _picture(asked)
        if picture is not None:
            figure = (self.read or read_chart_figure)(picture)
            answer = AIMessage("This is not a chart that I can read." if figure is None else "")
            if figure is not None:
                answer = AIMessage(json.dumps(figure, ensure_ascii=False))
        else:
            question = "" if asked is None else asked.text
            answer = self._answer(question, messages, _tool_names(kwargs.get("tools")))
        return ChatResult(generations=[ChatGeneration(message=answer)])

    def _answer(self, text: str, messages: Sequence[BaseMessage], tools: set[str]) -> AIMessage:
        """The digit, or the call that reads the own figure back first."""
        figure, is_read = _own_figure(messages)
        if figure is None:
            # Nothing to look at: no is as good as yes, and it is an answer.
            return AIMessage("0")
        question, _, told = text.partition("\n")
        plot = "".join(c for c in told.rpartition("plot_id")[2] if c.isdigit())
        may_read = "get_plot_json" in tools and _rounds_left(messages) > 0
        if plot and may_read and not is_read and not _was_read(messages):
            arguments = {
                "plot_id": int(plot),
                "path": "data",
                "max_chars": _MOST_CHARACTERS,
            }
            call = tool_call(name="get_plot_json", args=arguments, id=_READ_CALL)
            return AIMessage("", tool_calls=[call])
        try:
            if plot and tools >= _HANDLING:
                look = plan_look(figure, question.strip(), pairs_only="get_plot_json" in tools)
                calls = _calls_of(look, int(plot), len(figure["data"]), messages)
                if calls:
                    return AIMessage("", tool_calls=calls)
                figure = with_points(figure, _points_seen(messages))
            return AIMessage(str(answer_question(figure, question.strip())))
        except InputError:
            # The figure shows nothing of that name, so it is neither least nor greatest of it.
            return AIMessage("0")


# ── a second look ───────────────────────────────────────────────────────────────────────────


def _calls_of(
    look: Look | None, plot_id: int, traces: int, messages: Sequence[BaseMessage]
) -> list[ToolCall]:
    """The next calls of a look; none when it is over, or more than the rounds that are left."""
    heard = [m for m in _since_question(messages) if isinstance(m, ToolMessage)]
    if look is None or any(m.tool_call_id.startswith(_SELECT_CALL) for m in heard):
        return []
    handled = any(m.tool_call_id.startswith(_HANDLE_CALL) for m in heard)
    if _rounds_left(messages) < (1 if handled else 2):
        return []
    number = len(messages)
    if handled:
        arguments = {"plot_id": plot_id, **look.selection()}
        return [tool_call(name="selected", args=arguments, id=f"{_SELECT_CALL}_{number}")]
    wanted = set(range(traces)) - look.keep
    calls = [
        tool_call(
            name="legendclick",
            args={"plot_id": plot_id, "curve_number": trace},
            id=f"{_HANDLE_CALL}_{number}_{trace}",
        )
        for trace in sorted(wanted ^ _hidden(messages))
    ]
    zoom = {"plot_id": plot_id, **look.bounds()}
    return [*calls, tool_call(name="relayout", args=zoom, id=f"{_HANDLE_CALL}_{number}")]


def _since_question(messages: Sequence[BaseMessage]) -> Sequence[BaseMessage]:
    """What came after the latest question."""
    asked = max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage)), default=0)
    return messages[asked + 1 :]


def _rounds_left(messages: Sequence[BaseMessage]) -> int:
    """Rounds of tools that are left for this question, as the first message allows them."""
    told = _ROUNDS.search(messages[0].text) if messages else None
    spent = sum(isinstance(m, AIMessage) and bool(m.tool_calls) for m in _since_question(messages))
    return (int(told[1]) if told else 0) - spent


def _hidden(messages: Sequence[BaseMessage]) -> set[int]:
    """The traces that this conversation has switched off and not on again."""
    clicks = {
        call["id"]: int(call["args"]["curve_number"])
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
        if call["name"] == "legendclick"
    }
    hidden: set[int] = set()
    for message in messages:
        if isinstance(message, ToolMessage) and message.tool_call_id in clicks:
            told = _json(message.text)
            if isinstance(told, dict) and told.get("success"):
                hidden ^= {clicks[message.tool_call_id]}
    return hidden


def _points_seen(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """The points that `selected` told of since the latest question."""
    for message in _since_question(messages):
        if isinstance(message, ToolMessage) and message.tool_call_id.startswith(_SELECT_CALL):
            told = _json(message.text)
            found = told.get("points") if isinstance(told, dict) else None
            return found if isinstance(found, list) else []
    return []


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # a sentence: the tool refused, or was not run
        return None


# ── what the conversation holds ─────────────────────────────────────────────────────────────


def _tool_names(tools: Any) -> set[str]:
    return {tool["function"]["name"] for tool in tools or ()}


def _picture(message: BaseMessage | None) -> bytes | None:
    """The picture in a message, if it has one."""
    blocks = message.content if message is not None else ""
    for block in blocks if isinstance(blocks, list) else []:
        address = block.get("image_url") if isinstance(block, dict) else None
        url = address.get("url", "") if isinstance(address, dict) else address
        if isinstance(url, str) and url.startswith("data:image/"):
            try:
                return base64.b64decode(url.partition(",")[2], validate=True)
            except binascii.Error:
                return None
    return None


def _own_figure(messages: Sequence[BaseMessage]) -> tuple[dict[str, Any] | None, bool]:
    """The figure of this conversation, and whether it was read back through the tool."""
    for message in reversed(messages):
        if isinstance(message, ToolMessage) and message.tool_call_id == _READ_CALL:
            data = _json(message.text)
            if isinstance(data, list) and data:
                return {"data": data, "layout": {}}, True
    for message in reversed(messages):
        if isinstance(message, AIMessage) and len(message.text) > 1:
            figure = read_figure(message.text)
            if figure is not None:
                return figure, False
    return None, False


def _was_read(messages: Sequence[BaseMessage]) -> bool:
    return any(isinstance(m, ToolMessage) and m.tool_call_id == _READ_CALL for m in messages)
