"""What all ways of serving share: the sources, the agents, the runs and what came of them."""

from __future__ import annotations

import contextlib
import inspect
import threading
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.agent import MultiVis
from multivis.errors import InputError, OptionError, QuestionError
from multivis.progress import InterruptEvent, ProgressEvent, ResultEvent
from multivis.result import Result
from multivis.runs import graph_of, waiting
from multivis.serve.faults import NotFoundError
from multivis.serve.options import ServeOptions
from multivis.serve.pool import RunPool
from multivis.serve.requests import Ask, checked_thread, code_text
from multivis.serve.sources import NamedSource, SourceBook, name_sources
from multivis.serve.telemetry import Telemetry
from multivis.serve.uploads import Upload, UploadStore
from multivis.settings import Limits, Settings, load_settings
from multivis.state import State

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from multivis.protocols import ChartBackend

__all__ = ["Service", "new_thread"]

_KEPT_VIEWS = 64


def new_thread() -> str:
    """A name for a run that nobody can guess."""
    return uuid.uuid4().hex


class Service:
    """Sources, agents and runs of a server.

    Args:
        data: What clients may ask: see `name_sources`.
        options: Bounds of the server.
        settings: Settings of the agents.
        checkpointer: An address for `multivis.graph.open_checkpointer`, or a LangGraph
            checkpointer; in memory by default.
        agent: Further arguments of `MultiVis` (``model``, ``rules``, ``memory``, …).

    Raises:
        InputError: Data, a setting or the checkpointer cannot be used.
        SandboxUnavailableError: The sandbox that the settings ask for is not to be had.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        options: ServeOptions | None = None,
        settings: Settings | None = None,
        checkpointer: str | BaseCheckpointSaver[Any] | None = None,
        **agent: Any,
    ) -> None:
        from multivis.graph import build_graph, open_checkpointer
        from multivis.graph.volumes import build_volume_graph
        from multivis.sandbox import open_sandbox

        self.options = options or ServeOptions.model_validate({})
        base = settings.model_dump(exclude_unset=True) if settings else {}
        plain = {k: v for k, v in agent.items() if k in Settings.model_fields and _is_setting(v)}
        self.settings = load_settings(**{**base, **plain})
        self.agent_arguments = {k: v for k, v in agent.items() if k not in plain}
        _refuse_unknown(self.agent_arguments)
        self.telemetry = Telemetry()
        self.uploads = UploadStore(self.options, self.settings.limits)
        self.sources = SourceBook(name_sources(data), self.uploads, self.settings.limits)
        self._own_sandbox = self.agent_arguments.get("sandbox") is None
        if self._own_sandbox:
            self.agent_arguments["sandbox"] = open_sandbox(self.settings)
        self._own_saver = checkpointer is None or isinstance(checkpointer, str)
        self._forgetful = checkpointer in (None, "memory")
        self.saver: BaseCheckpointSaver[Any] = (
            open_checkpointer(checkpointer or "memory")
            if checkpointer is None or isinstance(checkpointer, str)
            else checkpointer
        )
        self.graph = build_graph(checkpointer=self.saver, limits=self.settings.limits)
        self.volume_graph = build_volume_graph(checkpointer=self.saver, limits=self.settings.limits)
        self.pool = RunPool(self.options)
        self._lock = threading.RLock()
        self._agents: dict[str, tuple[NamedSource, MultiVis]] = {}
        self._ended: OrderedDict[str, float] = OrderedDict()
        self._views: deque[tuple[MultiVis, str]] = deque()
        self._closed = False

    # ── agents ──────────────────────────────────────────────────────────────────────────────

    def agent(self, name: str | None) -> MultiVis:
        """The agent for some data.

        Raises:
            SourceNotFoundError: No such data on this server.
        """
        source = self.sources.get(name)
        with self._lock:
            self._drop_agents_of_gone_uploads()
            kept = self._agents.get(source.name)
            if kept is None or kept[0] is not source:
                made = MultiVis(
                    source, settings=self.settings, checkpointer=self.saver, **self.agent_arguments
                )
                self._agents[source.name] = kept = (source, made)
            return kept[1]

    def _drop_agents_of_gone_uploads(self) -> None:
        for name in list(self._agents):
            if name not in self.sources.given and self.uploads.find(name) is None:
                self._agents.pop(name)[1].close()

    def remove_upload(self, identity: str) -> Upload:
        """Delete an upload with everything that was open on it."""
        removed = self.sources.remove(identity)
        with self._lock:
            kept = self._agents.pop(identity, None)
        if kept is not None:
            kept[1].close()
        return removed

    # ── runs ────────────────────────────────────────────────────────────────────────────────

    def ask(self, asked: Ask, thread_id: str) -> Callable[[], Generator[ProgressEvent, None, None]]:
        """A run that answers a question; what was asked is checked at once.

        Raises:
            InputError: Data, picture or code cannot be used.
        """
        agent = self.agent(asked.data)
        arguments = self.references(asked)
        self._unused(thread_id)

        def run() -> Generator[ProgressEvent, None, None]:
            events = agent.stream(
                asked.question, backend=asked.backend, thread_id=thread_id, **arguments
            )
            yield from self._watched("ask", events)

        return run

    def resume(
        self, thread_id: str, decision: Mapping[str, Any] | None
    ) -> Callable[[], Generator[ProgressEvent, None, None]]:
        """The rest of a run that waits for a person or was cut off.

        Raises:
            NotFoundError: There is no such run.
            InputError: Its data is no longer here.
        """
        agent = self.agent(self.state(thread_id).request.data)

        def run() -> Generator[ProgressEvent, None, None]:
            given = None if decision is None else dict(decision)
            yield from self._watched("resume", agent.stream_resume(thread_id, given))

        return run

    def refine(
        self, thread_id: str, instruction: str
    ) -> Callable[[], Generator[ProgressEvent, None, None]]:
        """A run that changes the chart of an earlier one.

        Raises:
            NotFoundError: There is no such run.
            InputError: It has no chart, or its data is no longer here.
        """
        previous = self.result(thread_id)
        if previous.code is None:
            raise OptionError(f"The run {thread_id!r} has no chart to change.")
        agent = self.agent(previous.state.request.data)

        def run() -> Generator[ProgressEvent, None, None]:
            yield from self._watched("refine", agent.stream_refine(previous, instruction))

        return run

    def references(self, asked: Ask) -> dict[str, str | None]:
        """The references of a question: the path of an uploaded picture, and code as text.

        Raises:
            InputError: No question, no such picture, or code that is none.
        """
        if not asked.question.strip():
            raise QuestionError("The question is empty.", hint="Ask for a chart in words.")
        return {
            "image": None if asked.image is None else str(self.uploads.image(asked.image)),
            "code": code_text(asked.code, "reference code"),
            "existing": code_text(asked.existing, "existing code"),
        }

    def _watched(
        self, kind: str, events: Generator[ProgressEvent, None, None]
    ) -> Generator[ProgressEvent, None, None]:
        """Events that are counted; the run is remembered at its end."""
        for event in self.telemetry.watch(kind, events):
            if isinstance(event, ResultEvent):
                self.remember(event.result.thread_id, event.result.seconds)
            yield event

    # ── what came of them ───────────────────────────────────────────────────────────────────

    def remember(self, thread_id: str, seconds: float) -> None:
        """Note that a run ended; a checkpointer in memory forgets the oldest ones."""
        with self._lock:
            self._ended[thread_id] = self._ended.pop(thread_id, 0.0) + seconds
            old = []
            while len(self._ended) > self.options.runs_kept:
                old.append(self._ended.popitem(last=False)[0])
        if self._forgetful:
            for name in old:
                if not self.pool.is_working(name):
                    self.saver.delete_thread(name)

    def keep_view(self, agent: MultiVis, result: Result) -> None:
        """Keep the views of the last runs that did not go through `MultiVis.stream`."""
        if result.view is None or "views" in self.agent_arguments:
            return
        with self._lock:
            self._views.append((agent, result.view.session))
            while len(self._views) > _KEPT_VIEWS:
                old, session = self._views.popleft()
                if any(old is kept for _, kept in self._agents.values()):
                    old.views.forget(session)

    def ask_about(self, thread_id: str, question: str) -> dict[str, Any]:
        """Answer a question about the chart of a run from what it shows, with evidence.

        Raises:
            NotFoundError: There is no such run.
            InputError: It has no chart, its view is gone, or the question is empty.
        """
        result = self.result(thread_id)
        answer = self.agent(result.state.request.data).ask(question, view=result)
        told: dict[str, Any] = self.hide(answer.to_json())
        return told

    def state(self, thread_id: str) -> State:
        """The last state of a run.

        Raises:
            NotFoundError: There is no such run.
        """
        stored = self.graph.get_state(_config(checked_thread(thread_id)))
        if not stored.values:
            raise NotFoundError(f"There is no run {thread_id!r}.", hint="It may be long ago.")
        if isinstance(stored.values, State):
            return stored.values
        known = {k: v for k, v in stored.values.items() if k in State.model_fields}
        return State.model_validate(known)

    def interrupt(self, thread_id: str) -> InterruptEvent | None:
        """What a run waits for."""
        graphs = {"": self.graph, "vtk": self.volume_graph}
        return waiting(graph_of(graphs.__getitem__, thread_id), _config(thread_id))

    def result(self, thread_id: str) -> Result:
        """The result of a run, as far as it got.

        Raises:
            NotFoundError: There is no such run.
        """
        from multivis.charts.backends import BACKENDS, get_backend
        from multivis.data.artifacts import FileArtifactStore
        from multivis.volumes.backend import VtkBackend
        from multivis.volumes.data import volume_of

        state = self.state(thread_id)
        backends: dict[str, ChartBackend] = {name: get_backend(name) for name in BACKENDS}
        if state.request.backend == "vtk":
            with contextlib.suppress(InputError):  # gone uploads: what was drawn can be shown
                backends["vtk"] = VtkBackend(volume_of(self.sources.get(state.request.data)))
        return Result(
            state=state,
            thread_id=thread_id,
            seconds=self._ended.get(thread_id, state.usage.seconds),
            store=FileArtifactStore(self.settings.cache_dir / "artifacts"),
            backends=backends,
            interrupt=self.interrupt(thread_id),
        )

    def hide(self, value: Any) -> Any:
        """JSON values in which no folder of the server is named."""
        if isinstance(value, str):
            return self.sources.hide(value) if "/" in value else value
        if isinstance(value, Mapping):
            return {key: self.hide(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.hide(item) for item in value]
        return value

    # ── the end ─────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Stop the runs and give back everything; closing twice is allowed."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self.pool.close(self.options.shutdown_seconds)
        for _, agent in self._agents.values():
            agent.close()
        self.sources.close()
        self.uploads.close()
        if self._own_sandbox:
            self.agent_arguments["sandbox"].close()
        connection = getattr(self.saver, "conn", None)
        if self._own_saver and connection is not None:
            connection.close()

    def _unused(self, thread_id: str) -> None:
        """A run that waits for a person must not be asked something else."""
        if self.interrupt(checked_thread(thread_id)) is not None:
            raise OptionError(
                f"The run {thread_id!r} waits for a decision.",
                hint="Resume it, or ask under another thread_id.",
            )


def _config(thread_id: str) -> Any:
    return {"configurable": {"thread_id": thread_id}}


def _refuse_unknown(arguments: Mapping[str, Any]) -> None:
    """An argument that `MultiVis` does not have is told at the start, not to every client."""
    known = inspect.signature(MultiVis).parameters
    unknown = next((name for name in arguments if name not in known), None)
    if unknown is not None:
        raise OptionError(
            f"There is no setting or argument {unknown!r}.",
            hint="Bounds of the server itself go into options={…}; see docs/serving.md.",
        )


def _is_setting(value: Any) -> bool:
    """Whether a value can stand in `Settings`; a chat model or an open sandbox cannot."""
    return value is None or isinstance(value, str | bool | Path | Limits | Mapping)
