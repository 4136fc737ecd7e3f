"""Around a run: reading its stream, its input errors, and what an earlier result holds."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import queue
import signal
import threading
import uuid
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from multivis import errors
from multivis.cancellation import Cancellation, RunCancelled, check_cancelled
from multivis.errors import InputError, OptionError, QuestionError, SourceNotFoundError
from multivis.progress import InterruptEvent, ProgressEvent, ResultEvent
from multivis.result import FILES, Result
from multivis.state import Failure, FailureKind, Request, State, Status
from multivis.tool import Dependencies

__all__ = [
    "as_state",
    "before_refinement",
    "cut_off",
    "ended_by_ctrl_c",
    "graph_of",
    "in_background",
    "in_thread",
    "last_result",
    "new_thread",
    "plain_decision",
    "raise_for_input",
    "remember",
    "request_of",
    "result_of",
    "side_by_side",
    "stored_state",
    "waiting",
]


A = TypeVar("A")
T = TypeVar("T")


def new_thread() -> str:
    """A name for a run."""
    return uuid.uuid4().hex


def request_of(question: Any, **fields: Any) -> Request:
    """What was asked, with arguments of the right types.

    Raises:
        QuestionError: The question is no text.
        OptionError: Another argument is of the wrong type.
    """
    from pydantic import ValidationError

    if not isinstance(question, str):
        raise QuestionError(
            f"The question is of type {type(question).__name__!r}, and not a text.",
            hint="Ask for a chart in words.",
        )
    try:
        return Request(question=question, **fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise OptionError(
            f"The argument {where!r} is not usable: {first['msg'].lower()}.", hint="Give a text."
        ) from error


def as_state(values: Any) -> State:
    """The state that LangGraph streams as a mapping or as the model."""
    if isinstance(values, State):
        return values
    fields = {key: value for key, value in dict(values).items() if key in State.model_fields}
    return State.model_validate(fields)


def cut_off(state: State, limit: str = "LangGraph's recursion limit") -> State:
    """The state of a run that LangGraph's own limit, or another one from outside, ended."""
    failure = Failure(
        kind=FailureKind.TIMEOUT,
        where="coordinator",
        message=f"The run was cut off at {limit}; rule RC-1 was not there to end it.",
        step=state.step,
    )
    return state.model_copy(
        update={"status": Status.EXHAUSTED, "failures": (*state.failures, failure)}
    )


def result_of(event: ProgressEvent, last: Result | None) -> Result | None:
    """The result that an event carries, or the one before."""
    return event.result if isinstance(event, ResultEvent) else last


def last_result(events: Iterable[ProgressEvent]) -> Result:
    """Run a stream to its end."""
    last: Result | None = None
    with ended_by_ctrl_c():
        for event in events:
            last = result_of(event, last)
    assert last is not None  # a stream always ends with a ResultEvent
    return last


def raise_for_input(state: State) -> None:
    """Raise the `InputError` that intake wrote down: the caller's mistake is the caller's."""
    if state.status is not Status.FAILED or not state.failures:
        return
    failure = state.failures[-1]
    kind = getattr(errors, str(failure.detail.get("error", "")), None)
    if failure.where == "intake" and isinstance(kind, type) and issubclass(kind, InputError):
        raise kind(failure.message)


def remember(result: Result, dependencies: Dependencies) -> None:
    """Keep a chart that passed for later questions on the same schema, and that it was asked."""
    chart = result.state.chart
    _write_down(result, dependencies)
    if dependencies.memory is None or chart is None or result.state.query is None:
        return
    from multivis.memory import data_fingerprint, schema_fingerprint
    from multivis.protocols import Example

    example = Example(
        name=result.question[:80],
        category="Remembered",
        description=result.question,
        backend=chart.backend,
        code=chart.code,
    )
    schema = dependencies.source.schema()
    dependencies.memory.remember(
        example,
        schema=schema_fingerprint(schema),
        data=data_fingerprint(schema),
        evidence={"sql": result.sql, "checks": chart.provenance.checks},
    )


def _write_down(result: Result, dependencies: Dependencies) -> None:
    """Add the run to the documents, where they take runs: later questions may be about it."""
    record = getattr(dependencies.documents, "record_run", None)
    if record is None:
        return
    told = result.to_json()
    if result.backend == "vtk" and result.spec is not None:
        told["specification"] = result.spec
    record(told, name=f"run {result.thread_id}")


def plain_decision(decision: Any) -> Any:
    """A decision as JSON values, checked before the run goes on."""
    from multivis.graph.approvals import read_decision

    return read_decision(decision).model_dump(mode="json")


def before_refinement(previous: Result | str | Path) -> dict[str, str]:
    """Code, data and backend of an earlier result; of a volume, its drawing in place of code.

    Raises:
        SourceNotFoundError: The folder holds no result with a chart.
    """
    if isinstance(previous, Result):
        if previous.code is None:
            raise SourceNotFoundError(
                "The result has no chart to refine.", hint="Ask a question first."
            )
        if previous.backend == "vtk" and previous.state.chart is not None:
            code = previous.state.chart.code
        else:
            code = previous.code
        return {
            "code": code,
            "data": previous.state.request.data,
            "backend": previous.backend,
        }
    folder = Path(previous).expanduser()
    try:
        told = json.loads((folder / FILES["result"]).read_text(encoding="utf-8"))
        kind = "spec" if told["backend"] == "vtk" else "code"
        code = (folder / FILES[kind]).read_text(encoding="utf-8")
        return {"code": code, "data": str(told["data"]), "backend": str(told["backend"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceNotFoundError(
            f"The folder {str(folder)!r} holds no chart to refine: it needs "
            f"{FILES['result']} and {FILES['code']}.",
            hint="Name the folder that `multivis ask --out` wrote.",
        ) from error


@contextlib.contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end what a run does at this moment, and then be raised as it always is.

    LangGraph waits for the threads of its nodes before it lets an exception out. Where somebody
    else handles the signal, or the run is part of a larger one, nothing is done.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield
        return
    cancellation = Cancellation()
    asked: queue.SimpleQueue[bool] = queue.SimpleQueue()  # a handler must not take a lock

    def watch() -> None:
        if asked.get():
            cancellation.cancel_here(60.0)

    def stop(number: int, frame: FrameType | None) -> None:
        asked.put(True)
        signal.default_int_handler(number, frame)

    threading.Thread(target=watch, name="multivis-ctrl-c", daemon=True).start()
    signal.signal(signal.SIGINT, stop)
    try:
        with cancellation.active():
            yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        asked.put(False)


def side_by_side(work: Callable[[A], T], items: Sequence[A], workers: int) -> list[T]:
    """What some work gives for each item, in their order; cancelling ends all of it."""
    with ended_by_ctrl_c(), ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        contexts = [contextvars.copy_context() for _ in items]
        return list(pool.map(lambda context, item: context.run(work, item), contexts, items))


async def in_thread(work: Callable[[], T]) -> T:
    """What some work gives that is done in a thread; cancelling the task ends its runs."""
    cancellation = Cancellation()
    with cancellation.active():  # the thread takes over the context
        try:
            return await asyncio.to_thread(work)
        finally:
            cancellation.cancel()


async def in_background(
    begin: Callable[[], Generator[ProgressEvent, None, None]],
) -> AsyncGenerator[ProgressEvent, None]:
    """The events of a run that works in a thread; leaving the loop early ends the run at once.

    Args:
        begin: Begins the run; called in the thread.
    """
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[Any] = asyncio.Queue()
    done = object()
    cancellation = Cancellation()

    def tell(item: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed under us
            loop.call_soon_threadsafe(items.put_nowait, item)

    def work() -> None:
        try:
            with cancellation.active(), contextlib.closing(begin()) as events:
                check_cancelled()  # it may have waited long for its thread
                for event in events:
                    check_cancelled()
                    tell(event)
        except RunCancelled:
            return  # nobody listens any more
        except BaseException as error:
            tell(error)
        finally:
            tell(done)

    worker = loop.run_in_executor(None, work)
    try:
        while (item := await items.get()) is not done:
            if isinstance(item, BaseException):
                raise item
            yield item
        await worker
    finally:
        cancellation.cancel()


def waiting(graph: Any, config: Any) -> InterruptEvent | None:
    """What a run waits for, if it was interrupted.

    Args:
        graph: The compiled graph, with a checkpointer.
        config: Names the run: ``{"configurable": {"thread_id": …}}``.
    """
    interrupts = graph.get_state(config).interrupts
    if not interrupts:
        return None
    payload = dict(interrupts[0].value)
    thread_id = str(config["configurable"]["thread_id"])
    kind = str(payload.pop("kind", "approve"))
    return InterruptEvent(kind=kind, thread_id=thread_id, payload=payload)


def graph_of(graph_for: Callable[[str], Any], thread_id: str) -> Any:
    """The compiled graph that a stored run went through: that for volumes, or that for charts."""
    graph = graph_for("")
    values = graph.get_state({"configurable": {"thread_id": thread_id}}).values
    return graph_for("vtk") if values and as_state(values).request.backend == "vtk" else graph


def stored_state(graph_for: Callable[[str], Any], thread_id: str, decision: Any) -> State:
    """The state of a run in the checkpointer, if it can go on.

    Args:
        graph_for: Gives the compiled graph for a backend, with a checkpointer.
        thread_id: Name of the run.
        decision: What a person decided, or None.

    Raises:
        OptionError: There is no such run, or it does not wait for what is given.
    """
    config: Any = {"configurable": {"thread_id": thread_id}}
    stored = graph_of(graph_for, thread_id).get_state(config)
    if not stored.values:
        raise OptionError(
            f"There is no run {thread_id!r} in this checkpointer.",
            hint="See the thread_id in result.json.",
        )
    if stored.interrupts and decision is None:
        raise OptionError(
            f"The run {thread_id!r} waits for a decision.",
            hint="Give True, False, or {'approve': …, 'sql': …, 'reason': …}.",
        )
    if decision is not None and not stored.interrupts:
        raise OptionError(
            f"The run {thread_id!r} waits for no decision.", hint="Resume it without one."
        )
    return as_state(stored.values)
