"""`MultiVis`: ask a question of data, get a checked chart."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from multivis.errors import InputError, OptionError, QuestionError, SourceNotFoundError
from multivis.opened import OpenSources
from multivis.progress import InterruptEvent, ProgressEvent, ResultEvent
from multivis.result import Result
from multivis.runs import (
    as_state,
    before_refinement,
    cut_off,
    graph_of,
    in_background,
    in_thread,
    last_result,
    new_thread,
    plain_decision,
    raise_for_input,
    remember,
    request_of,
    result_of,
    side_by_side,
    stored_state,
    waiting,
)
from multivis.settings import Settings, load_settings
from multivis.state import State, ViewReference
from multivis.tool import Dependencies, Tool

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from multivis.memory.modules import ModuleMemory
    from multivis.protocols import Documents, Memory, Sandbox, Source
    from multivis.rules import RuleBook
    from multivis.views import Answer, ViewStore

__all__ = ["MultiVis", "Result"]

_KEPT_RUNS = 64


class MultiVis:
    """The agent, ready to be asked.

    Args:
        data: The data to ask, unless `ask` names other data: whatever `multivis.open_source`
            takes (a path, a URL, a frame, an open source), or a volume
            (`multivis.volumes.open_volume`).
        model: ``"offline"``, ``"provider:name"``, or any LangChain chat model; `vision`,
            `code` and `fast` are models for pictures, for writing code and for short
            decisions (RC-3 chooses between them).
        backend: ``"altair"`` (default), ``"plotly"`` or ``"matplotlib"``.
        rules: The rule book; all twelve rules by default.
        sandbox: Where generated code runs; the forked sandbox by default.
        memory: Where validated charts are kept and found again; none by default.
        documents: Notes and past runs that enrich the prompts (`multivis.memory.DocumentIndex`).
        checkpointer: Makes runs durable: an address for `multivis.graph.open_checkpointer`
            or a LangGraph checkpointer.
        views: Where charts are kept as views that can be asked about: a `ViewStore`, or the
            path of its file; in memory (the last 64 runs) by default.
        modules: Where generated modules for volumes are kept: a `ModuleMemory`, or the path of
            its file; a file beside the artefacts by default.
        nodes: Nodes to swap, by name (see `multivis.build_graph`).
        tools: Tools to add, by agent name: ``{"database": [tool]}``.
        checks: Checks to add to the standard ones.
        settings: Settings to start from; further keyword arguments are fields of `Settings`
            (``approve_sql=True``, ``limits=Limits(max_steps=5)``) and win over it.

    Raises:
        InputError: A setting, model or data source cannot be used.

    Examples:
        >>> with MultiVis("sales.csv") as agent:        # doctest: +SKIP
        ...     result = agent.ask("Total sales by region, highest first")
        ...     result.save("out")
    """

    def __init__(
        self,
        data: Any = None,
        *,
        model: str | BaseChatModel | None = None,
        vision: str | BaseChatModel | None = None,
        code: str | BaseChatModel | None = None,
        fast: str | BaseChatModel | None = None,
        backend: str | None = None,
        rules: RuleBook | None = None,
        sandbox: Sandbox | None = None,
        memory: Memory | None = None,
        documents: Documents | None = None,
        checkpointer: str | BaseCheckpointSaver[Any] | None = None,
        views: ViewStore | str | Path | None = None,
        modules: ModuleMemory | str | Path | None = None,
        nodes: Mapping[str, Any] | None = None,
        tools: Mapping[str, Iterable[Tool]] | None = None,
        checks: Iterable[Any] = (),
        settings: Settings | None = None,
        **fields: Any,
    ) -> None:
        base = settings.model_dump(exclude_unset=True) if settings else {}
        names = {"model": model, "vision": vision, "code": code, "fast": fast}
        given = {k: v for k, v in names.items() if isinstance(v, str)}
        self.settings = load_settings(**{**base, **given, "backend": backend, **fields})
        self._models_given = names
        self._rules = rules
        self._data = data
        self._sandbox_given = sandbox
        self._memory = memory
        self._documents = documents
        self._checkpointer_given = checkpointer
        self._views_given = views
        self._modules_given = modules
        self._seen_runs: deque[str] = deque()
        self._nodes = nodes
        self._tools = {name: tuple(extra) for name, extra in (tools or {}).items()}
        self._checks = tuple(checks)
        self._sources = OpenSources()
        self._shared: Dependencies | None = None
        self._lock = threading.RLock()
        self._closed = False

    # ── asking ──────────────────────────────────────────────────────────────────────────────

    @overload
    def ask(
        self,
        question: str,
        data: Any = None,
        *,
        image: str | Path | None = None,
        code: str | Path | None = None,
        existing: str | Path | None = None,
        backend: str | None = None,
        thread_id: str | None = None,
        view: None = None,
    ) -> Result: ...
    @overload
    def ask(self, question: str, *, view: Result | ViewReference | int) -> Answer: ...
    def ask(
        self,
        question: str,
        data: Any = None,
        *,
        image: str | Path | None = None,
        code: str | Path | None = None,
        existing: str | Path | None = None,
        backend: str | None = None,
        thread_id: str | None = None,
        view: Result | ViewReference | int | None = None,
    ) -> Result | Answer:
        """Ask a question and wait for the chart.

        Args:
            question: The question in plain language.
            data: Other data than the agent's own.
            image: A reference image (scenario B).
            code: Reference code, as text or as the path of a file (scenario C).
            existing: Existing chart code to refine, likewise (scenario D).
            backend: Another chart library than the agent's own.
            thread_id: Name of the run for a checkpointer; a new one by default.
            view: A chart that is there already: a result, its `Result.view`, or the plot_id of
                any plot in `views`. The question is about what it shows, and is answered from
                its specification.

        Returns:
            With `view`, an `Answer` with its evidence. Otherwise the result: `Result.passed`
            says whether its chart passed every check; when a person is to be asked,
            `Result.interrupt` says what, and `resume` goes on.

        Raises:
            InputError: The question, data or a reference cannot be used; there is no such view.
        """
        if view is not None:
            return self._ask_view(question, view)
        return last_result(
            self.stream(
                question,
                data,
                image=image,
                code=code,
                existing=existing,
                backend=backend,
                thread_id=thread_id,
            )
        )

    def stream(
        self,
        question: str,
        data: Any = None,
        *,
        image: str | Path | None = None,
        code: str | Path | None = None,
        existing: str | Path | None = None,
        backend: str | None = None,
        thread_id: str | None = None,
    ) -> Generator[ProgressEvent, None, None]:
        """Ask a question and follow the run: typed events as they happen, the result last."""
        source = self._source(self._data if data is None else data)
        request = request_of(
            question,
            data=source.address,
            image=None if image is None else str(image),
            code=None if code is None else str(code),
            existing=None if existing is None else str(existing),
            backend=self._backend(source, backend),
        )
        yield from self._run({"request": request}, source, thread_id or new_thread())

    def refine(
        self, previous: Result | str | Path, instruction: str, *, data: Any = None
    ) -> Result:
        """Change a chart by an instruction (scenario D).

        Args:
            previous: A result, or the folder that `Result.save` wrote.
            instruction: What to change.
            data: Where the data are, if they are no longer where the result found them.

        Raises:
            InputError: The folder holds no result, or its data cannot be opened.
        """
        return last_result(self.stream_refine(previous, instruction, data=data))

    def stream_refine(
        self, previous: Result | str | Path, instruction: str, *, data: Any = None
    ) -> Generator[ProgressEvent, None, None]:
        """Like `refine`, with the events of the run as they happen."""
        before = before_refinement(previous)
        chosen = data if data is not None else self._data
        source = self._source(before["data"] if chosen is None else chosen)
        values: dict[str, Any] = {
            "request": request_of(
                instruction,
                data=source.address,
                existing=before["code"],
                backend=before["backend"],
            )
        }
        if isinstance(previous, Result) and not source.files() and previous.state.query:
            # A frame cannot be loaded by a script: keep its rows and refine the chart code.
            chart = previous.state.chart
            values["query"] = previous.state.query
            values["request"] = values["request"].model_copy(
                update={"existing": chart.code if chart else before["code"]}
            )
        yield from self._run(values, source, new_thread())

    def resume(self, thread_id: str, decision: Any = None, *, data: Any = None) -> Result:
        """Go on with a run that waits for a person or was cut off; done steps are not repeated.

        Args:
            thread_id: Name of the run.
            decision: ``True``, ``False``, or ``{"approve": …, "sql": …, "reason": …}`` for a
                run that waits; None for one that was cut off.
            data: Where the data are, if the agent was made without.

        Raises:
            OptionError: There is no such run, it needs a decision, or there is no
                checkpointer.
        """
        return last_result(self.stream_resume(thread_id, decision, data=data))

    def stream_resume(
        self, thread_id: str, decision: Any = None, *, data: Any = None
    ) -> Generator[ProgressEvent, None, None]:
        """Like `resume`, with the events of the run as they happen."""
        state = self._stored_state(thread_id, decision)
        chosen = data if data is not None else self._data
        source = self._source(state.request.data if chosen is None else chosen)
        if decision is None:
            values: Any = None
        else:
            from langgraph.types import Command

            values = Command(resume=plain_decision(decision))
        yield from self._run(values, source, thread_id)

    def waiting(self, thread_id: str) -> InterruptEvent | None:
        """What a stored run waits for; None when it waits for no person, or is not there."""
        if self._checkpointer is None:
            return None
        config = {"configurable": {"thread_id": thread_id}}
        return waiting(graph_of(self.graph_for, thread_id), config)

    def batch(
        self,
        requests: Sequence[str | Mapping[str, Any]],
        *,
        max_workers: int = 4,
        return_exceptions: bool = False,
    ) -> list[Any]:
        """Ask many questions side by side; results come in the order of the questions.

        Args:
            requests: Questions, or mappings with the arguments of `ask`.
            max_workers: How many run at once.
            return_exceptions: Whether an `InputError` takes its result's place instead of
                being raised.
        """

        def one(request: str | Mapping[str, Any]) -> Any:
            arguments = {"question": request} if isinstance(request, str) else dict(request)
            try:
                return self.ask(**arguments)
            except InputError as error:
                if return_exceptions:
                    return error
                raise

        return side_by_side(one, requests, max_workers)

    def _ask_view(self, question: str, view: Result | ViewReference | int) -> Answer:
        """Answer a question about a chart from what it shows."""
        from multivis.views import answer_about

        if not isinstance(question, str) or not question.strip():
            raise QuestionError("The question is empty.", hint="Ask about the chart in words.")
        reference = self._reference(view)
        return answer_about(self.views.session(reference.session).view(reference.plot_id), question)

    def _reference(self, view: Result | ViewReference | int) -> ViewReference:
        """Where a chart is kept as a view."""
        if isinstance(view, int) and not isinstance(view, bool):
            return ViewReference(session=self.views.session_of(view), plot_id=view)
        found = view.view if isinstance(view, Result) else view
        if found is None:
            raise OptionError(
                "The result has no chart to ask about.", hint="Ask about one that was drawn."
            )
        if not isinstance(found, ViewReference):
            raise OptionError(
                f"view = {found!r} is no chart.",
                hint="Give a result, its Result.view, or a plot_id.",
            )
        return found

    # ── asking, asynchronously ──────────────────────────────────────────────────────────────

    @overload
    async def aask(
        self, question: str, data: Any = None, *, view: None = None, **arguments: Any
    ) -> Result: ...
    @overload
    async def aask(self, question: str, *, view: Result | ViewReference | int) -> Answer: ...
    async def aask(
        self,
        question: str,
        data: Any = None,
        *,
        view: Result | ViewReference | int | None = None,
        **arguments: Any,
    ) -> Result | Answer:
        """`ask` without blocking the event loop."""
        if view is not None:
            return await asyncio.to_thread(self._ask_view, question, view)
        last: Result | None = None
        async for event in self.astream(question, data, **arguments):
            last = result_of(event, last)
        assert last is not None  # a stream always ends with a result or an interrupt
        return last

    async def astream(
        self, question: str, data: Any = None, **arguments: Any
    ) -> AsyncGenerator[ProgressEvent, None]:
        """`stream` without blocking the event loop; leaving the loop early ends the run at once."""
        async with contextlib.aclosing(
            in_background(lambda: self.stream(question, data, **arguments))
        ) as events:
            async for event in events:
                yield event

    async def abatch(
        self,
        requests: Sequence[str | Mapping[str, Any]],
        *,
        max_workers: int = 4,
        return_exceptions: bool = False,
    ) -> list[Any]:
        """`batch` without blocking the event loop."""
        return await in_thread(
            lambda: self.batch(
                requests, max_workers=max_workers, return_exceptions=return_exceptions
            )
        )

    # ── the parts ───────────────────────────────────────────────────────────────────────────

    @cached_property
    def graph(self) -> CompiledStateGraph[Any, Any, Any, Any]:
        """The compiled graph that answers."""
        from multivis.graph import build_graph

        nodes = {name: node for name, node in (self._nodes or {}).items() if name != "planner"}
        return build_graph(nodes, self._rules, self._checkpointer, limits=self.settings.limits)

    @cached_property
    def volume_graph(self) -> CompiledStateGraph[Any, Any, Any, Any]:
        """The compiled graph that answers where the data are a volume."""
        from multivis.graph.volumes import VOLUME_NODES, build_volume_graph

        nodes = {name: node for name, node in (self._nodes or {}).items() if name in VOLUME_NODES}
        return build_volume_graph(
            nodes, self._rules, self._checkpointer, limits=self.settings.limits
        )

    def graph_for(self, backend: str) -> CompiledStateGraph[Any, Any, Any, Any]:
        """The graph that draws with a backend: ``"vtk"`` is for volumes."""
        return self.volume_graph if backend == "vtk" else self.graph

    @cached_property
    def views(self) -> ViewStore:
        """Where the charts of this agent's runs are kept as views."""
        from multivis.views import ViewStore

        given = self._views_given
        return given if isinstance(given, ViewStore) else ViewStore(given)

    @cached_property
    def _checkpointer(self) -> BaseCheckpointSaver[Any] | None:
        from multivis.graph import open_checkpointer

        given = self._checkpointer_given
        if given is None and (self.settings.approve_sql or self.settings.approve_chart):
            given = "memory"
        return open_checkpointer(given) if isinstance(given, str) else given

    def dependencies(self, data: Any = None) -> Dependencies:
        """What nodes are given, to run a graph of your own with this agent's parts."""
        return self._dependencies(self._source(self._data if data is None else data))

    def _dependencies(self, source: Source) -> Dependencies:
        """What nodes are given; made once, with another source where another is asked."""
        with self._lock:
            if self._shared is None:
                from multivis.graph.runtime import make_dependencies

                self._shared = make_dependencies(
                    source,
                    self.settings,
                    rules=self._rules,
                    sandbox=self._sandbox_given,
                    memory=self._memory,
                    documents=self._documents,
                    extra_tools=self._tools,
                    extra_checks=self._checks,
                    views=self.views,
                    modules=self._modules_given,
                    **self._models_given,
                )
            from multivis.graph.runtime import on_source

            return on_source(self._shared, source)

    def _backend(self, source: Source, asked: str | None) -> str:
        """The backend for some data: volumes are drawn with VTK, and nothing else is."""
        from multivis.volumes.data import volume_of

        if volume_of(source) is None:
            return self.settings.backend if asked is None else asked
        if asked not in (None, "vtk"):
            raise OptionError(
                f"A volume is not drawn with {asked!r}.", hint="Leave out the backend."
            )
        return "vtk"

    def _source(self, data: Any) -> Source:
        """The source for some data, opened once for text addresses and paths."""
        if data is None:
            raise SourceNotFoundError(
                "No data was given.", hint="Name a file, a database URL or a frame."
            )
        from multivis.graph.runtime import open_data

        with self._lock:
            if self._closed:
                raise OptionError("This agent is closed.", hint="Make a new MultiVis.")
            limits, folder = self.settings.limits, self.settings.cache_dir
            return self._sources.get(data, lambda d: open_data(d, limits=limits, cache_dir=folder))

    # ── running ─────────────────────────────────────────────────────────────────────────────

    def _run(
        self, values: Any, source: Source, thread_id: str
    ) -> Generator[ProgressEvent, None, None]:
        """Run the graph on some input and turn its stream into typed events."""
        from langgraph.errors import GraphRecursionError

        dependencies = self._dependencies(source)
        graph = self.graph_for("vtk" if "vtk" in dependencies.backends else "")
        config: Any = {"configurable": {"thread_id": thread_id}}
        options: dict[str, Any] = {}
        if self._checkpointer is not None:
            options["durability"] = "sync"
        started = time.monotonic()
        last: Any = None
        events = graph.stream(
            values,
            config,
            context=dependencies,
            stream_mode=["custom", "values"],
            subgraphs=True,
            **options,
        )
        try:
            for namespace, mode, item in events:
                if mode == "custom":
                    yield item
                elif not namespace:
                    last = item
            state = as_state(last)
        except GraphRecursionError:  # only a rule book without RC-1 gets here
            state = cut_off(as_state(last))
        raise_for_input(state)
        result = Result(
            state=state,
            thread_id=thread_id,
            seconds=time.monotonic() - started,
            store=dependencies.store,
            backends=dict(dependencies.backends),
            interrupt=None if self._checkpointer is None else waiting(graph, config),
        )
        if result.interrupt is not None:
            yield result.interrupt
        elif result.passed:
            remember(result, dependencies)
        self._keep_view(result)
        yield ResultEvent(result=result)

    def _keep_view(self, result: Result) -> None:
        """Of a store in memory, keep the views of the last runs only."""
        if self._views_given is not None or result.view is None:
            return
        with self._lock:
            self._seen_runs.append(result.view.session)
            while len(self._seen_runs) > _KEPT_RUNS:
                self.views.forget(self._seen_runs.popleft())

    def _stored_state(self, thread_id: str, decision: Any) -> State:
        """The state of a run in the checkpointer, if it can go on."""
        if self._checkpointer is None:
            raise OptionError(
                "Only an agent with a checkpointer can resume a run.",
                hint="Give MultiVis(checkpointer='sqlite:///runs.db').",
            )
        return stored_state(self.graph_for, thread_id, decision)

    # ── giving back ─────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Give back connections and sandbox workers; closing twice is allowed."""
        with self._lock:
            self._closed = True
            self._sources.close()
            if self._shared is not None and self._sandbox_given is None:
                self._shared.sandbox.close()
            if self._shared is not None and self._shared.modules is not None:
                self._shared.modules.close()
            views = self.__dict__.get("views")
            if views is not None and views is not self._views_given:
                views.close()
            saver = self.__dict__.get("_checkpointer")
            connection = getattr(saver, "conn", None)
            if isinstance(self._checkpointer_given, str) and connection is not None:
                connection.close()

    def __enter__(self) -> MultiVis:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
