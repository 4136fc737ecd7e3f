"""Run a model on a set: one session a figure, several at once, interrupted and resumed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.bench.iplotbench.conversation import CONFIGURATIONS, Conversation, OutOfTime
from multivis.bench.iplotbench.dataset import Case, load_set
from multivis.bench.iplotbench.record import (
    Session,
    read_session,
    write_session,
    write_summary,
)
from multivis.errors import InputError, OptionError, OutputError, ProviderError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from multivis.protocols import Run, Sandbox
    from multivis.settings import Limits
    from multivis.views import ViewStore

__all__ = ["ROUNDS", "SECONDS", "Job", "run_benchmark", "run_figure"]

ROUNDS = 5
"""Rounds of tool calls per invocation (Appendix B.2)."""
SECONDS = 120.0
"""Time for one figure with all its questions."""

_MOST_FAILURES = 5

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Job:
    """What every figure of a run has in common.

    Attributes:
        config: One of `CONFIGURATIONS`.
        model: ``"offline"``, ``"provider:name"`` or a LangChain chat model.
        out: Folder of the run.
        seconds: Time for one figure.
        rounds: Rounds of tool calls per invocation.
    """

    config: str
    model: Any
    out: Path
    seconds: float = SECONDS
    rounds: int = ROUNDS

    @property
    def model_name(self) -> str:
        """How a person names the model."""
        from multivis.llm.calls import model_name

        return self.model if isinstance(self.model, str) else model_name(self.model)


def run_benchmark(
    data: Path,
    out: Path,
    *,
    config: str = "full",
    model: str | BaseChatModel = "offline",
    jobs: int = 1,
    resume: bool = False,
    limit: int | None = None,
    seconds: float = SECONDS,
    rounds: int = ROUNDS,
    report: Report | None = None,
) -> dict[str, Any]:
    """Recreate the figures of a set and answer their questions.

    Args:
        data: A set with pictures.
        out: Folder to write; it must be new or empty unless `resume`.
        config: ``vision``, ``interaction``, ``introspection`` or ``full``.
        model: ``"offline"`` (the chart reader and the calculators), ``"provider:name"``, or
            any LangChain chat model.
        jobs: Figures at once.
        resume: Go on with what `out` holds.
        limit: At most so many figures, taken evenly from all types.
        seconds: Time for one figure with all its questions.
        rounds: Rounds of tool calls per invocation.
        report: Told how many figures are finished, and how many there are.

    Returns:
        What `summary.json` holds.

    Raises:
        OptionError: An option that is not known or out of its bounds.
        OutputError: `out` holds another run, or cannot be written.
        SourceError: The set cannot be read, or has no pictures.
        ProviderError: The model's provider failed for several figures in a row.
    """
    job = Job(config, model, out, seconds, rounds)
    cases = _checked(job, data, jobs, limit)
    left = _unfinished(job, cases, resume=resume)
    done = len(cases) - len(left)
    if report is not None:
        report(done, len(cases))
    # Written now too, so that an interrupted run says which figures belong to it.
    summary = write_summary(out, config, job.model_name, cases)
    try:
        if left:
            _run_all(job, left, jobs, lambda n: report and report(done + n, len(cases)))
    finally:
        summary = write_summary(out, config, job.model_name, cases)
    return summary


def _checked(job: Job, data: Path, jobs: int, limit: int | None) -> list[Case]:
    """The figures to run; refuses bad options before anything is written."""
    if job.config not in CONFIGURATIONS:
        raise OptionError(
            f"There is no configuration {job.config!r}.",
            hint=f"There are {', '.join(CONFIGURATIONS)}.",
        )
    for name, value in (("jobs", jobs), ("limit", limit), ("seconds", job.seconds)):
        if value is not None and value <= 0:
            raise OptionError(f"{name} = {value} is too small.", hint="Give a positive number.")
    if job.rounds < 0:
        raise OptionError(f"rounds = {job.rounds} is too small.", hint="Give 0 or more.")
    cases = load_set(data, limit)
    for case in cases:
        if not case.image.is_file():
            raise InputError(
                f"The figure {case.id} has no picture {case.image}.",
                hint="Generate the set again without --no-images.",
            )
    return cases


def _unfinished(job: Job, cases: Sequence[Case], *, resume: bool) -> list[Case]:
    """The figures that are still to be run."""
    try:
        job.out.mkdir(parents=True, exist_ok=True)
        empty = not any(job.out.iterdir())
    except OSError as error:
        raise OutputError(f"The folder {job.out} cannot be written: {error.strerror}.") from error
    if not empty and not resume:
        raise OutputError(
            f"The folder {job.out} is not empty.", hint="Go on with --resume, or give another one."
        )
    left = []
    for case in cases:
        session = read_session(job.out, case.id)
        if session is not None and (session.config, session.model) != (job.config, job.model_name):
            raise OutputError(
                f"The folder {job.out} holds a run of {session.model} with {session.config}.",
                hint="Resume with the same --model and --config, or give another folder.",
            )
        if session is None or session.status == "provider":
            left.append(case)
    return left


# ── several figures ─────────────────────────────────────────────────────────────────────────


def _run_all(job: Job, cases: Sequence[Case], jobs: int, report: Callable[[int], object]) -> None:
    """Run the figures; ends early when the provider fails again and again."""
    failures = 0
    with _executor(job, jobs) as (pool, work):
        waiting: set[Future[Session]] = {pool.submit(work, case) for case in cases}
        done = 0
        try:
            while waiting:
                ready, waiting = wait_for(waiting, return_when="FIRST_COMPLETED")
                for future in ready:
                    session = future.result()
                    done += 1
                    report(done)
                    failures = failures + 1 if session.status == "provider" else 0
                    if failures >= _MOST_FAILURES:
                        raise ProviderError(
                            f"The provider failed for {failures} figures in a row: {session.why}",
                            hint="Go on later with --resume.",
                        )
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _executor(job: Job, jobs: int) -> Iterator[tuple[Executor, Callable[[Case], Session]]]:
    """Where figures run: threads for models that are waited for, processes for one that computes.

    One figure at a time runs in one thread, so that the model is opened once.
    """
    if job.model == "offline" and jobs > 1:
        import multiprocessing

        context = multiprocessing.get_context("spawn")
        pool: Executor = ProcessPoolExecutor(
            jobs, mp_context=context, initializer=_start_worker, initargs=(job, os.getpid())
        )
        with pool:
            yield pool, _run_in_worker
        return
    with _Runner(job) as runner, ThreadPoolExecutor(jobs) as pool:
        yield pool, runner.run


_worker: _Runner | None = None


def _start_worker(job: Job, parent: int) -> None:
    """Set up a process: one model for all its figures; it ends when its parent is gone."""
    global _worker
    # Ctrl-C reaches every process of the terminal; only the parent answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    _worker = _Runner(job)


def _run_in_worker(case: Case) -> Session:
    assert _worker is not None  # _start_worker has run
    return _worker.run(case)


class _SharedSandbox:
    """One sandbox for all sessions, opened when the first code is to be run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: Sandbox | None = None

    def run(
        self,
        code: str,
        inputs: Mapping[str, Path | bytes] | None = None,
        limits: Limits | None = None,
        *,
        preset: str = "",
    ) -> Run:
        """Run code; see `multivis.protocols.Sandbox.run`."""
        with self._lock:
            if self._opened is None:
                from multivis.sandbox import open_sandbox

                self._opened = open_sandbox()
        return self._opened.run(code, inputs, limits, preset=preset)

    def close(self) -> None:
        """Stop the sandbox if it was opened."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None


class _Runner:
    """The model and the sandbox that the sessions of a run share."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.model = _open(job)
        self.sandbox = _SharedSandbox()

    def __enter__(self) -> _Runner:
        return self

    def __exit__(self, *stop: object) -> None:
        self.sandbox.close()

    def run(self, case: Case) -> Session:
        """One figure; what it gave is on disk when this returns.

        Its plots have a store of their own, so that their numbers, which the model reads, do
        not depend on the other figures of the run.
        """
        from multivis.views import ViewStore

        with ViewStore() as store:
            return run_figure(self.job, case, self.model, store, self.sandbox)


def _open(job: Job) -> BaseChatModel:
    """The model; ``offline`` is the chart reader with the calculators."""
    if job.model == "offline":
        from multivis.bench.iplotbench.offline import OfflineChartModel

        return OfflineChartModel()
    from multivis.llm.models import open_model

    return open_model(job.model)


# ── one figure ──────────────────────────────────────────────────────────────────────────────


def run_figure(
    job: Job, case: Case, model: BaseChatModel, store: ViewStore, sandbox: Sandbox
) -> Session:
    """Recreate one figure, answer its questions in the same session, and write both.

    Args:
        job: The run.
        case: The figure.
        model: The model.
        store: Where the session's plots are kept while it lasts.
        sandbox: Where `show_plot` runs code.
    """
    started = time.monotonic()
    views = store.session(case.id, sandbox=sandbox)
    talk = Conversation(model, job.config, views, job.seconds, job.rounds)
    figure: dict[str, Any] | None = None
    answers: dict[int, int] = {}
    status, why = "done", ""
    try:
        figure = talk.recreate(case.image)
        for number, question in enumerate(case.questions):
            answer = talk.answer(question.text)
            if answer is not None:
                answers[number] = answer
    except OutOfTime as error:
        status, why = "timeout", str(error)
    except ProviderError as error:
        status, why = "provider", str(error)
    finally:
        views.close()
        store.forget(case.id)
    session = Session(
        figure_id=case.id,
        figure_type=case.type,
        config=job.config,
        model=job.model_name,
        status=status,
        why=why,
        recreated=figure is not None,
        questions=len(case.questions),
        answered=len(answers),
        seconds=round(time.monotonic() - started, 3),
        tokens=talk.tokens,
        tools={task: dict(calls) for task, calls in talk.calls.items() if calls},
    )
    write_session(job.out, session, figure, answers)
    return session
