"""Run a system on cases: several at once, interrupted and resumed."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.bench.multivis_bench.cases import Case, load_cases
from multivis.bench.multivis_bench.record import (
    RUN,
    Prediction,
    append_prediction,
    read_predictions,
    read_run,
    write_json,
    write_predictions,
)
from multivis.bench.multivis_bench.systems import system_graph
from multivis.bench.pool import in_parallel
from multivis.errors import MultiVisError, OptionError, OutputError, ProviderError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.graph.state import CompiledStateGraph

    from multivis.agent import MultiVis
    from multivis.state import Chart, Request, State
    from multivis.tool import Dependencies

__all__ = ["Report", "SystemWorker", "last_state", "predict", "run_benchmark"]

Report = Callable[[int, int], None]
"""Told how many cases are finished, and how many there are."""

_MOST_FAILURES = 5
_PATIENCE = 1.5


def run_benchmark(
    data: Path,
    databases: Path,
    out: Path,
    *,
    scenario: str = "all",
    system: str | CompiledStateGraph[Any, Any, Any, Any] = "multivis",
    model: str | BaseChatModel = "offline",
    vision: str | BaseChatModel | None = None,
    limit: int | None = None,
    ids: Iterable[str] = (),
    jobs: int = 1,
    resume: bool = False,
    seconds: float | None = None,
    faults: float = 0.0,
    report: Report | None = None,
) -> dict[str, Prediction]:
    """Have a system answer cases; ``predictions.json`` is written in the published format.

    Args:
        data: Folder with ``A.json`` to ``D.json`` and the files they name.
        databases: Folder with ``<db_id>.sqlite``.
        out: Folder to write; it must be new or empty unless `resume`.
        scenario: ``A``, ``B``, ``C``, ``D`` or ``all``.
        system: One of `SYSTEMS`, ``module:graph``, or a compiled graph over
            `multivis.state.State`.
        model: ``"offline"``, ``"provider:name"`` or a LangChain chat model.
        vision: The model that is shown pictures (RC-3), if any; it may be the same one.
        limit: At most so many cases, spread evenly.
        ids: Only these cases.
        jobs: Cases at once.
        resume: Go on with what `out` holds.
        seconds: Time for one case; by default that of the settings.
        faults: Share of the model's answers that are spoiled (`FaultyChatModel`), from 0 to 1;
            which ones depends on the case alone.
        report: Told how many cases are finished.

    Returns:
        The predictions by case.

    Raises:
        OptionError: An option that is not known or out of its bounds.
        InputError: The cases cannot be read.
        OutputError: `out` holds another run, or cannot be written.
        ProviderError: The model's provider failed for several cases in a row.
    """
    if jobs < 1 or (limit is not None and limit < 1):
        raise OptionError("jobs and limit must be at least 1.", hint="Give a positive number.")
    if not 0 <= faults <= 1:
        raise OptionError(f"faults = {faults} is no share.", hint="Give 0 to 1.")
    cases = load_cases(data, databases, scenario, limit=limit, ids=ids)
    if isinstance(system, str):
        system_graph(system)  # a wrong name is told before anything is written
    about = {
        "benchmark": "multivis-bench",
        "system": system if isinstance(system, str) else str(system.name),
        "model": model if isinstance(model, str) else _name(model),
        "scenario": scenario,
        "faults": faults,
        "data": str(data.resolve()),
        "databases": str(databases.resolve()),
        "cases": [case.id for case in cases],
    }
    done = _begin(out, about, resume=resume)
    left = [case for case in cases if case.id not in done]
    if report is not None:
        report(len(cases) - len(left), len(cases))
    try:
        _run_all(
            out,
            left,
            partial(SystemWorker, system, model, vision, seconds, faults),
            jobs,
            done,
            computes=model == "offline" and isinstance(system, str),
            report=lambda n: report and report(len(cases) - len(left) + n, len(cases)),
        )
    finally:
        write_predictions(out, cases, done)
    return {case.id: done[case.id] for case in cases if case.id in done}


def _name(model: BaseChatModel) -> str:
    from multivis.llm.calls import model_name

    return model_name(model)


def _begin(out: Path, about: dict[str, Any], *, resume: bool) -> dict[str, Prediction]:
    """Make the folder of a run, or look into one; returns what is finished."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        empty = not any(out.iterdir())
    except OSError as error:
        raise OutputError(f"The folder {out} cannot be written: {error.strerror}.") from error
    if not empty and not resume:
        raise OutputError(
            f"The folder {out} is not empty.", hint="Go on with --resume, or give another one."
        )
    before = read_run(out)
    if before and any(before.get(k) != about[k] for k in ("system", "model", "faults")):
        raise OutputError(
            f"The folder {out} holds a run of {before.get('system')} with {before.get('model')}.",
            hint="Resume with the same --system, --model and faults, or give another folder.",
        )
    write_json(out / RUN, about)
    return read_predictions(out)


def _run_all(
    out: Path,
    cases: Sequence[Case],
    open_worker: Callable[[], SystemWorker],
    jobs: int,
    done: dict[str, Prediction],
    *,
    computes: bool,
    report: Callable[[int], object] | None,
) -> None:
    """Run the cases; ends early when the provider fails again and again."""
    failures = 0
    results = in_parallel(open_worker, cases, jobs, processes=computes)
    for finished, (_, prediction) in enumerate(results, 1):
        done[prediction.id] = prediction
        if prediction.status == "provider":
            failures += 1
        else:
            append_prediction(out, prediction)
            failures = 0
        if report is not None:
            report(finished)
        if failures >= _MOST_FAILURES:
            raise ProviderError(
                f"The provider failed for {failures} cases in a row: {prediction.why}",
                hint="Go on later with --resume.",
            )


class SystemWorker:
    """A system with its model and sandbox, for all cases of a thread pool or of a process.

    Args:
        system: As for `run_benchmark`.
        model: Likewise.
        vision: Likewise.
        seconds: Likewise.
        faults: Likewise.
    """

    def __init__(
        self,
        system: str | CompiledStateGraph[Any, Any, Any, Any],
        model: str | BaseChatModel,
        vision: str | BaseChatModel | None = None,
        seconds: float | None = None,
        faults: float = 0.0,
    ) -> None:
        from multivis.agent import MultiVis
        from multivis.llm.models import open_model
        from multivis.sandbox import open_sandbox
        from multivis.settings import Limits

        self.graph = system_graph(system) if isinstance(system, str) else system
        self.limits = None if seconds is None else Limits(max_seconds=seconds)
        self.faults = faults
        self.model = open_model(model, self.limits)
        # The same model keeps one name in both roles, so that its calls are counted once.
        self.vision = self.model if vision is not None and vision == model else vision
        self.sandbox = open_sandbox()
        self.agent = MultiVis(
            model=self.model, vision=self.vision, sandbox=self.sandbox, limits=self.limits
        )

    def run(self, case: Case) -> Prediction:
        """One case."""
        if not self.faults:
            return predict(case, self.graph, self.agent)
        from multivis.agent import MultiVis
        from multivis.testing import FaultyChatModel

        seed = zlib.crc32(case.id.encode())
        faulty = FaultyChatModel(inner=self.model, rate=self.faults, seed=seed)
        vision = faulty if self.vision is self.model else self.vision
        with MultiVis(
            model=faulty, vision=vision, sandbox=self.sandbox, limits=self.limits
        ) as agent:
            return predict(case, self.graph, agent)

    def close(self) -> None:
        """Close the agent and the sandbox."""
        self.agent.close()
        self.sandbox.close()


def predict(
    case: Case, graph: CompiledStateGraph[Any, Any, Any, Any], agent: MultiVis
) -> Prediction:
    """Have a graph answer one case.

    Args:
        case: The case; its gold is not looked at.
        graph: A graph over `State`.
        agent: Whose model, sandbox and settings the graph is given.
    """
    from multivis.state import Request

    started = time.monotonic()
    request = Request(
        question=case.question,
        data=str(case.database),
        image=None if case.image is None else str(case.image),
        code=None if case.code is None else str(case.code),
        existing=None if case.existing is None else str(case.existing),
    )
    try:
        state = last_state(graph, request, agent.dependencies(case.database))
    except MultiVisError as error:
        spent = round(time.monotonic() - started, 3)
        return Prediction(id=case.id, why=f"{type(error).__name__}: {error}", seconds=spent)
    if state.evaluation is not None and state.evaluation.view is not None:
        agent.views.forget(state.evaluation.view.session)
    return _prediction(case, state, round(time.monotonic() - started, 3))


def last_state(
    graph: CompiledStateGraph[Any, Any, Any, Any], request: Request, context: Dependencies
) -> State:
    """Run a graph to its end, or to where LangGraph's own limit or the time cuts it off.

    Only a rule book without RC-1 is ever cut off. The time is looked at between nodes.
    """
    from langgraph.errors import GraphRecursionError

    from multivis.runs import as_state, cut_off
    from multivis.state import State, Status

    # RC-1 ends a run in time and keeps its best chart; this is for runs without it.
    ends = time.monotonic() + _PATIENCE * context.settings.limits.max_seconds
    last: Any = State(request=request)
    steps = graph.stream({"request": request}, context=context, stream_mode="values")
    try:
        for values in steps:
            last = values
            if time.monotonic() > ends and as_state(last).status is Status.RUNNING:
                return cut_off(as_state(last), "the benchmark's time for one case")
    except GraphRecursionError:
        return cut_off(as_state(last))
    return as_state(last)


def _prediction(case: Case, state: State, seconds: float) -> Prediction:
    """What a finished state means for the benchmark."""
    from multivis.state import FailureKind

    last = state.failures[-1] if state.failures else None
    status = state.status.value
    if state.chart is None and last is not None and last.kind is FailureKind.PROVIDER:
        status = "provider"
    acted = Counter(
        event.rule for event in state.trace if event.event == "rule" and event.outcome != "silent"
    )
    return Prediction(
        id=case.id,
        prediction=_published_code(state.chart, case) if state.chart else "",
        status=status,
        why=last.message if last is not None and status != "complete" else "",
        seconds=seconds,
        calls=state.usage.calls,
        prompt_tokens=state.usage.prompt_tokens,
        completion_tokens=state.usage.completion_tokens,
        rules=dict(sorted(acted.items())),
    )


def _published_code(chart: Chart, case: Case) -> str:
    """The script with the benchmark's path of the database, and without saving pictures."""
    from multivis.charts.backends import get_backend

    save = get_backend(chart.backend).save_call("chart").strip()
    code = chart.script.rstrip().removesuffix(save).rstrip() + "\n"
    return code.replace(str(case.database.resolve()), case.database_name)
