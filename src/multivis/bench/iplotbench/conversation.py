"""One session with a model: recreate a figure, then answer its questions, in one conversation.

The protocol is that of iPlotBench (2026), section 4.2 and Appendix B: every task is an
invocation with at most five rounds of tools; the conversation and the plots persist from one
invocation to the next.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.bench.iplotbench.traces import is_valid
from multivis.errors import InputError, MultiVisError, ProviderError
from multivis.settings import Limits

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

    from multivis.views import ViewSession

__all__ = ["CONFIGURATIONS", "Conversation", "OutOfTime", "read_digit", "read_figure"]

_SHOWING = ("show_plot", "get_plot_image")
_INTERACTION = ("relayout", "legendclick", "selected", "query_interactions")
_INTROSPECTION = ("get_plot_json",)

CONFIGURATIONS: Mapping[str, tuple[str, ...]] = {
    "vision": (),
    "interaction": (*_SHOWING, *_INTERACTION),
    "introspection": (*_SHOWING, *_INTROSPECTION),
    "full": (*_SHOWING, *_INTROSPECTION, *_INTERACTION),
}
"""The tools of each configuration (section 5.1)."""

_NO_TOOLS = "You have no tools."
_WITH_TOOLS = (
    "You may use the tools; none is required. At most {rounds} rounds of calls are allowed for "
    "each request, then you must answer."
)
_NO_ROUNDS_LEFT = "Not run: no rounds of tools are left for this request."
_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)
_DIGIT = re.compile(r"(?<![\w.])([01])(?![\w]|\.\d)")
_MOST_BRACES = 200


class OutOfTime(MultiVisError):
    """The time for a figure is used up."""


@dataclass
class Conversation:
    """A session with a model about one figure.

    Attributes:
        model: Any LangChain chat model.
        configuration: One of `CONFIGURATIONS`.
        views: The session's plots; not needed without tools.
        seconds: Time for the whole figure, in seconds.
        rounds: Rounds of tool calls per invocation.
        limits: Retries of the model's provider.
    """

    model: BaseChatModel
    configuration: str
    views: ViewSession | None = None
    seconds: float = 120.0
    rounds: int = 5
    limits: Limits = field(default_factory=Limits)
    calls: dict[str, Counter[str]] = field(
        default_factory=lambda: {"recreation": Counter(), "questions": Counter()}
    )
    tokens: int = 0
    _messages: list[BaseMessage] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)
    _shown: int | None = None
    _plot: int | None = None

    def __post_init__(self) -> None:
        from langchain_core.messages import SystemMessage

        from multivis.llm.prompts import render_prompt

        self._tools = CONFIGURATIONS[self.configuration]
        told = _WITH_TOOLS.format(rounds=self.rounds) if self._tools else _NO_TOOLS
        self._messages.append(SystemMessage(render_prompt("iplotbench", tools=told)))

    @property
    def messages(self) -> tuple[BaseMessage, ...]:
        """The conversation so far."""
        return tuple(self._messages)

    def recreate(self, image: Path) -> dict[str, Any] | None:
        """Task 1: the figure in the picture, or None when the model gave none that is valid.

        Args:
            image: The picture.

        Raises:
            OutOfTime: The time is used up.
            ProviderError: The model's provider failed.
            OutputError: The picture cannot be read.
        """
        from multivis.llm.prompts import render_prompt

        content = [
            {"type": "text", "text": render_prompt("iplotbench_recreate").strip()},
            picture_block(image.read_bytes()),
        ]
        text = self._invoke(content, "recreation")
        figure = read_figure(text)
        if figure is not None:
            self._register(figure)
        elif self._shown is not None and self.views is not None:
            # A partial result counts: the model showed its figure and never wrote it out.
            figure = self.views.figure(self._shown).specification(self.views.state(self._shown))
            self._plot = self._shown
        return figure if is_valid(figure) else None

    def answer(self, question: str) -> int | None:
        """Task 2: 1 for yes, 0 for no, None when the reply was neither.

        Args:
            question: The question in words.

        Raises:
            OutOfTime: The time is used up.
            ProviderError: The model's provider failed.
        """
        from multivis.llm.prompts import render_prompt

        text = render_prompt("iplotbench_question", question=question).strip()
        if self._tools and self._plot is not None:
            text = f"{text}\n\nYour recreated figure is plot_id {self._plot}."
        return read_digit(self._invoke(text, "questions"))

    def _register(self, figure: Mapping[str, Any]) -> None:
        """Make the recreated figure a plot that the tools know."""
        if self.views is None or not self._tools:
            return
        try:
            self._plot = int(self.views.add_figure(figure, "plotly")["plot_id"])
        except InputError:
            self._plot = self._shown

    # ── one invocation ──────────────────────────────────────────────────────────────────────

    def _invoke(self, content: Any, task: str) -> str:
        """Ask, run the tools that the model calls, and give its last words."""
        from langchain_core.messages import HumanMessage

        self._messages.append(HumanMessage(content))
        words = ""
        for spent in range(self.rounds + 1):
            answer = self._call()
            self._messages.append(answer)
            words = answer.text or words
            if not answer.tool_calls and not answer.invalid_tool_calls:
                break
            self._run_tools(answer, task, allowed=spent < self.rounds)
        return words

    def _call(self) -> AIMessage:
        """One call of the model, within the time that is left."""
        from multivis.llm.calls import call_model

        left = self.seconds - (time.monotonic() - self._started)
        if left <= 0:
            raise OutOfTime(f"The {self.seconds:g} s for this figure are used up.")
        limits = self.limits.model_copy(
            update={
                "model_seconds": min(left, self.limits.model_seconds),
                "max_seconds": left,
            }
        )
        try:
            answer, usage, _ = call_model(
                self.model, self._messages, tools=self._definitions() or None, limits=limits
            )
        except ProviderError as error:
            if time.monotonic() - self._started >= self.seconds:
                raise OutOfTime(f"The {self.seconds:g} s for this figure are used up.") from error
            raise
        self.tokens += usage.tokens
        return answer

    def _definitions(self) -> list[dict[str, Any]]:
        """The configuration's tools as chat models bind them."""
        from multivis.views import OPERATIONS

        definitions = []
        for name in self._tools:
            operation = OPERATIONS[name]
            parameters = operation.arguments.model_json_schema()
            parameters.pop("title", None)
            function = {
                "name": name,
                "description": operation.description,
                "parameters": parameters,
            }
            definitions.append({"type": "function", "function": function})
        return definitions

    def _run_tools(self, answer: AIMessage, task: str, *, allowed: bool) -> None:
        """Answer every call of a message; pictures follow in a message of their own."""
        from langchain_core.messages import HumanMessage, ToolMessage

        pictures: list[dict[str, Any]] = []
        for number, call in enumerate(answer.tool_calls):
            text = _NO_ROUNDS_LEFT
            if allowed:
                self.calls[task][call["name"]] += 1
                text, picture = self._run_tool(call["name"], call["args"])
                pictures += [picture_block(picture)] if picture else []
            name = call["id"] or f"call_{number}"
            self._messages.append(ToolMessage(text, tool_call_id=name))
        for number, broken in enumerate(answer.invalid_tool_calls):
            text = "The arguments are not valid JSON." if allowed else _NO_ROUNDS_LEFT
            name = broken.get("id") or f"broken_{number}"
            self._messages.append(ToolMessage(text, tool_call_id=name))
        if pictures:
            told = {"type": "text", "text": "The pictures that you asked for."}
            self._messages.append(HumanMessage([told, *pictures]))

    def _run_tool(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, bytes | None]:
        """What a tool says, and the picture that it gave."""
        if name not in self._tools or self.views is None:
            return f"There is no tool {name!r}; the tools are {', '.join(self._tools)}.", None
        try:
            found = self.views.call(name, arguments)
        except MultiVisError as error:
            return str(error), None
        if name == "show_plot":
            self._shown = int(found["plot_id"])
        picture = None
        if name == "get_plot_image":
            # The path says nothing to a model that cannot open files.
            picture = Path(found["image_path"]).read_bytes()
        return json.dumps(found, ensure_ascii=False), picture


def picture_block(image: bytes) -> dict[str, Any]:
    """A picture as part of a message."""
    data = base64.b64encode(image).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}


# ── what a reply holds ──────────────────────────────────────────────────────────────────────


def read_figure(text: str) -> dict[str, Any] | None:
    """The last valid Plotly figure in a reply: bare, fenced, or among other words."""
    for part in (text, *reversed(_FENCE.findall(text))):
        try:
            found = json.loads(part)
        except (ValueError, RecursionError):
            continue
        if is_valid(found):
            return dict(found)
    decoder = json.JSONDecoder()
    braces = [match.start() for match in re.finditer(r"\{", text)]
    for start in braces[:_MOST_BRACES]:
        try:
            found, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if is_valid(found):
            return dict(found)
    return None


def read_digit(text: str) -> int | None:
    """The 0 or 1 of a reply; None when it has neither, or both."""
    digits: Sequence[str] = _DIGIT.findall(text)
    return int(digits[0]) if len(set(digits)) == 1 else None
