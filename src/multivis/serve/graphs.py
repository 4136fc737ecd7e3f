"""The wired graphs as LangServe serves them.

Every graph of `multivis.graphs` (what ``langgraph.json`` lists) is wrapped: a client sends a
question that names data of the server, or a decision for a run that waits; it can set no other
part of the state. The thread id travels in the config, and comes back in the output.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any, Self

from langchain_core.runnables import Runnable, RunnableConfig, ensure_config
from langchain_core.runnables.utils import ConfigurableFieldSpec
from langserve.schema import CustomUserType
from pydantic import BaseModel, ConfigDict, Field, model_validator

from multivis import errors
from multivis.agent import MultiVis
from multivis.errors import InputError, OptionError
from multivis.serve.pool import Follower
from multivis.serve.requests import Ask, DecisionBody, checked_thread
from multivis.serve.service import Service, new_thread
from multivis.state import Request, State, Status

__all__ = ["GraphInput", "GraphOutput", "ServedGraph", "served_graphs"]


class GraphInput(CustomUserType):
    """Input of a served graph: a question, or the decision for the run named by `thread_id`."""

    model_config = ConfigDict(extra="forbid")

    request: Ask | None = Field(None, description="What is asked.")
    resume: DecisionBody | None = Field(None, description="What a person decided.")

    @model_validator(mode="after")
    def _no_decision_beside_a_question(self) -> Self:
        """Forms send every part: a decision that decides nothing is none beside a question."""
        if self.request is not None and self.resume == DecisionBody():
            self.resume = None
        return self

    @classmethod
    def model_json_schema(cls, *arguments: Any, **options: Any) -> dict[str, Any]:
        """The schema; what may be left out is not told to be null too.

        LangServe's playground makes a form of it, and stops at the type ``null``.
        """
        told: dict[str, Any] = _without_null(super().model_json_schema(*arguments, **options))
        return told


def _without_null(node: Any) -> Any:
    """A JSON schema in which no part may be null, and no default is."""
    if isinstance(node, list):
        return [_without_null(part) for part in node]
    if not isinstance(node, dict):
        return node
    made = {
        key: _without_null(part)
        for key, part in node.items()
        if not (key == "default" and part is None)
    }
    kinds = made.get("anyOf")
    if isinstance(kinds, list) and {"type": "null"} in kinds:
        left = [kind for kind in kinds if kind != {"type": "null"}]
        del made["anyOf"]
        made |= left[0] if len(left) == 1 else {"anyOf": left}
    return made


class GraphOutput(BaseModel):
    """The last state of a run, its name, and what it waits for."""

    model_config = ConfigDict(extra="allow")

    thread_id: str = Field(description="Name of the run; resume it under this name.")
    status: str = Field(description="running, complete, exhausted or failed.")
    interrupts: list[dict[str, Any]] = Field(
        default_factory=list, description="What the run waits for, if it waits for a person."
    )
    state: State = Field(description="Everything that is known about the run.")


class ServedGraph(Runnable[Any, Any]):
    """A graph of `multivis.graphs` that takes questions on the data of a server.

    The graph runs in a thread of the server's pool: a checkpointer that only works
    synchronously serves asynchronous clients too.

    Args:
        name: Name of the graph.
        graph: The compiled graph.
        service: Sources, agents and checkpointer.
    """

    def __init__(self, name: str, graph: Any, service: Service) -> None:
        self.name = name
        self._graph = graph.copy(update={"checkpointer": service.saver})
        self._service = service

    @property
    def InputType(self) -> Any:
        """What it takes."""
        return GraphInput

    @property
    def OutputType(self) -> Any:
        """What it gives."""
        return GraphOutput

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """What it takes, as a model."""
        del config
        return GraphInput

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """What it gives, as a model."""
        del config
        return GraphOutput

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The thread id: without this a server would drop it."""
        return [
            ConfigurableFieldSpec(
                id="thread_id",
                annotation=str,
                name="Thread",
                description="Name of the run; a new one by default.",
                default="",
            )
        ]

    # ── running ─────────────────────────────────────────────────────────────────────────────

    def invoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:
        """Run to the end, or until a person is asked."""
        thread_id, make = self._prepared(input, config)
        items = list(self._service.pool.run(thread_id, make))
        return items[-1][1]

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **_: Any
    ) -> Iterator[dict[str, Any]]:
        """What each node changed, node by node."""
        thread_id, make = self._prepared(input, config)
        for kind, item in self._service.pool.run(thread_id, make):
            if kind == "update":
                yield item

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:
        """`invoke` without blocking the event loop."""
        last = None
        async for _kind, item in self._follow(input, config):
            last = item
        return last

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **_: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """`stream` without blocking the event loop."""
        async for kind, item in self._follow(input, config):
            if kind == "update":
                yield item

    async def abatch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **_: Any,
    ) -> list[Any]:
        """Run several questions side by side, each in a thread of its own."""
        most = self._service.options.batch_size
        if len(inputs) > most:
            raise OptionError(
                f"A batch of {len(inputs)} questions is too large.", hint=f"Send at most {most}."
            )
        configs = config if isinstance(config, list) else [config or {}] * len(inputs)
        seen: set[str] = set()
        own = [_own_thread(one, seen) for one in configs]
        return await super().abatch(inputs, own, return_exceptions=return_exceptions)

    def check(self, given: Any, config: Any) -> None:
        """Raise what `invoke` would raise before it runs."""
        self._prepared(given, config)

    def _follow(self, given: Any, config: RunnableConfig | None) -> Follower:
        thread_id, make = self._prepared(given, config)
        return self._service.pool.start(thread_id, make)

    def _prepared(self, given: Any, config: RunnableConfig | None) -> tuple[str, Any]:
        """The name of the run, and what makes its items: updates, and the output last.

        Raises:
            InputError: The input names neither a question nor a run that waits.
        """
        asked = GraphInput.model_validate(given)
        settings: dict[str, Any] = dict(ensure_config(config))
        configurable = dict(settings.get("configurable") or {})
        named = configurable.get("thread_id")
        if (asked.request is None) == (asked.resume is None):
            raise OptionError("Give either a request or a decision to resume with.")
        if asked.resume is not None and not named:
            raise OptionError(
                "A decision needs the run that it is for.", hint="Name its thread_id in the config."
            )
        thread_id = checked_thread(named) if named else new_thread()
        settings["configurable"] = {**configurable, "thread_id": thread_id}
        if asked.request is not None:
            values, data = self._question(asked.request, thread_id)
        else:
            assert asked.resume is not None
            values, data = self._decision(asked.resume, thread_id)
        agent = self._service.agent(data)
        context = agent.dependencies()

        def make() -> Generator[tuple[str, dict[str, Any]], None, None]:
            events = self._graph.stream(
                values,
                settings,
                context=context,
                stream_mode=["custom", "updates"],
                durability="sync",
            )
            watched = self._service.telemetry.watch(self.name or "graph", _typed(events))
            for event in watched:
                if isinstance(event, dict):
                    yield "update", self._service.hide(_plain(event))
            yield "output", self._output(thread_id, agent)

        return thread_id, make

    def _question(self, asked: Ask, thread_id: str) -> tuple[Any, str]:
        """The state that a question begins with, and the data that it is about."""
        if self._service.interrupt(thread_id) is not None:
            raise OptionError(
                f"The run {thread_id!r} waits for a decision.", hint="Send it as `resume`."
            )
        source = self._service.sources.get(asked.data)
        volume = source.volume_data is not None
        backend = "vtk" if volume else asked.backend or self._service.settings.backend
        references = self._service.references(asked)
        request = Request(question=asked.question, data=source.name, backend=backend, **references)
        return {"request": request}, source.name

    def _decision(self, body: DecisionBody, thread_id: str) -> tuple[Any, str]:
        """The command that goes on with a run, and the data that it is about."""
        from langgraph.types import Command

        from multivis.graph.approvals import read_decision

        state, decision = self._service.state(thread_id), body.decision()
        waits = self._service.interrupt(thread_id) is not None
        if waits and decision is None:
            raise OptionError(f"The run {thread_id!r} waits for a decision.", hint="Send approve.")
        if decision is not None and not waits:
            raise OptionError(f"The run {thread_id!r} waits for no decision.")
        if decision is None:
            return None, state.request.data
        plain = read_decision(decision).model_dump(mode="json")
        return Command(resume=plain), state.request.data

    def _output(self, thread_id: str, agent: MultiVis) -> dict[str, Any]:
        """The last state as JSON, where the rows and pictures are references."""
        result = self._service.result(thread_id)
        self._service.remember(thread_id, 0.0)
        self._service.keep_view(agent, result)
        _raise_for_input(result.state)
        waits = result.interrupt
        output = GraphOutput(
            thread_id=thread_id,
            status=result.status.value,
            interrupts=[] if waits is None else [waits.model_dump(mode="json", exclude={"event"})],
            state=result.state,
        )
        hidden: dict[str, Any] = self._service.hide(output.model_dump(mode="json"))
        return hidden


def served_graphs(service: Service) -> dict[str, ServedGraph]:
    """Every graph of `multivis.graphs`, by the name that ``langgraph.json`` gives it."""
    from multivis import graphs

    found: dict[str, ServedGraph] = {}
    for module in pkgutil.iter_modules(graphs.__path__):
        graph = getattr(importlib.import_module(f"{graphs.__name__}.{module.name}"), "graph", None)
        if graph is not None:
            found[module.name] = ServedGraph(module.name, graph, service)
    return found


def _typed(items: Iterator[tuple[str, Any]]) -> Iterator[Any]:
    """The typed events and the updates of a graph's stream."""
    for _mode, item in items:
        yield item


def _raise_for_input(state: State) -> None:
    """Raise what intake refused: it is the client's to mend."""
    failure = state.failures[-1] if state.failures else None
    if state.status is not Status.FAILED or failure is None or failure.where != "intake":
        return
    kind = getattr(errors, str(failure.detail.get("error", "")), None)
    if isinstance(kind, type) and issubclass(kind, InputError):
        raise kind(failure.message)


def _own_thread(config: RunnableConfig, seen: set[str]) -> RunnableConfig:
    """A config whose thread no other question of the batch has."""
    configurable = dict(config.get("configurable") or {})
    named = configurable.get("thread_id")
    if named is None or named in seen:
        configurable["thread_id"] = new_thread()
    seen.add(str(configurable["thread_id"]))
    return {**config, "configurable": configurable}


def _plain(value: Any) -> Any:
    """Updates as JSON values."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "value") and hasattr(value, "id"):  # an interrupt of LangGraph
        return {"id": str(value.id), "value": _plain(value.value)}
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)
