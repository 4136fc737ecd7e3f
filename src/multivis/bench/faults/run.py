"""Run tasks while the model and the world fail, and write down how each run ended."""

from __future__ import annotations

import contextlib
import hashlib
import math
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Container, Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from multivis.errors import OptionError
from multivis.rules import RuleBook
from multivis.settings import Limits, Settings
from multivis.state import Chart, Status

if TYPE_CHECKING:
    from multivis.agent import MultiVis
    from multivis.bench.faults.oracle import OracleChatModel
    from multivis.bench.faults.tasks import Task
    from multivis.protocols import Sandbox
    from multivis.result import Result
    from multivis.testing.models import FaultyChatModel

__all__ = ["LIMITS", "Plan", "RunRecord", "clean_tasks", "run_faults"]

#: The limits of every run with rules: the standard ones, but shorter waits.
LIMITS = Limits(
    max_seconds=60.0,
    model_seconds=10.0,
    query_seconds=5.0,
    code_seconds=2.0,
    code_memory=1_000_000_000,
)
_GRACE = 30.0
_SMALL = 64_000_000  # bytes of a database that is hashed for every run


@dataclass(frozen=True)
class Plan:
    """What is run.

    Attributes:
        tasks: What is asked, in turn.
        rates: Shares of model calls that are spoiled, each in [0, 1].
        runs: Runs at each rate.
        system: ``multivis``, ``without-rules``, or ``without-`` and a rule or layer
            (``without-RC-1``, ``without-TE``).
        seed: Where all draws begin.
        kinds: Kinds of faults to draw from, of the model's and of the world's; all by default.
        world: Whether a run also meets a fault of the world, with the same probability.
        judge: Whether a model judges every chart that passed its checks.
        wall_clock: Seconds after which a run without rules is given up.
    """

    tasks: Sequence[Task]
    rates: tuple[float, ...]
    runs: int
    system: str = "multivis"
    seed: int = 0
    kinds: tuple[str, ...] = ()
    world: bool = True
    judge: bool = True
    wall_clock: float = 20.0


@dataclass(frozen=True)
class RunRecord:
    """How one run ended.

    Attributes:
        task: Name of the task.
        rate: Share of calls that were to be spoiled.
        number: Number of the run at this rate, from 0.
        ended: ``complete``, ``failed``, ``exhausted``, ``hung`` (stopped by the wall clock) or
            ``raised``.
        executed: Whether the delivered code, run once more, draws a chart.
        injected: Kinds of the model's faults, in order.
        world: Kind of the world's fault, or an empty string.
        calls: Calls of the model.
        steps: Steps of the coordinator.
        tokens: Prompt and completion tokens.
        prompt_tokens: Prompt tokens.
        seconds: Wall time.
        error: What was raised, or why the run failed.
        written: What changed that must not: the database, or files outside the run's folder.
    """

    task: str
    rate: float
    number: int
    ended: str
    executed: bool = False
    injected: tuple[str, ...] = ()
    world: str = ""
    calls: int = 0
    steps: int = 0
    tokens: int = 0
    prompt_tokens: int = 0
    seconds: float = 0.0
    error: str = ""
    written: tuple[str, ...] = ()

    @property
    def completed(self) -> bool:
        """Whether a checked chart was delivered."""
        return self.ended == "complete"


def run_faults(
    plan: Plan,
    tell: Callable[[int, int, RunRecord], None] | None = None,
    done: Container[tuple[float, int]] = (),
) -> Generator[RunRecord, None, None]:
    """Run the plan; records come as the runs end.

    Args:
        plan: What is run.
        tell: Told the number of runs that ended, of all runs, and the last record.
        done: Rate and number of runs that are left out, because their records are there.

    Raises:
        OptionError: The plan has an unknown system or a rate outside [0, 1].
    """
    rules = _rules(plan.system)
    for rate in plan.rates:
        if not 0 <= rate <= 1 or math.isnan(rate):
            raise OptionError(f"The rate {rate} is not a share.", hint="Give rates from 0 to 1.")
    from multivis.sandbox import open_sandbox

    wanted = [(rate, n) for rate in plan.rates for n in range(plan.runs) if (rate, n) not in done]
    if not wanted:
        return
    sandbox = open_sandbox(Settings(limits=LIMITS))
    try:
        # one run that does not count: what is imported and started once costs no run its time
        _run(plan, 0.0, 0, RuleBook(), sandbox)
        for ended, (rate, number) in enumerate(wanted, 1):
            record = _run(plan, rate, number, rules, sandbox)
            if tell is not None:
                tell(ended, len(wanted), record)
            yield record
    finally:
        sandbox.close()


def clean_tasks(
    candidates: Sequence[Task], count: int
) -> tuple[tuple[Task, ...], tuple[RunRecord, ...]]:
    """The first tasks whose gold the agent delivers when nothing fails.

    A gold that the checks refuse cannot be completed by an oracle that knows nothing else; what
    is measured with it would be the gold.

    Args:
        candidates: Tasks, in order.
        count: How many are wanted.

    Returns:
        The tasks, and the records of all clean runs, in the standard configuration.

    Raises:
        OptionError: There are fewer.
    """
    plan = Plan(candidates, (0.0,), len(candidates), world=False, judge=False)
    records: list[RunRecord] = []
    tasks: list[Task] = []
    with contextlib.closing(run_faults(plan)) as runs:
        for task, record in zip(candidates, runs, strict=False):
            records.append(record)
            if record.completed:
                tasks.append(task)
            if len(tasks) == count:
                return tuple(tasks), tuple(records)
    raise OptionError(
        f"Only {len(tasks)} of {len(candidates)} cases can be used, not {count}.",
        hint="Ask for fewer with --runs.",
    )


def _rules(system: str) -> RuleBook:
    """The rule book of a system."""
    if system == "multivis":
        return RuleBook()
    if system == "without-rules":
        return RuleBook.none()
    if system.startswith("without-"):
        return RuleBook().without(*system.removeprefix("without-").split("+"))
    raise OptionError(
        f"There is no system {system!r}.",
        hint="Use multivis, without-rules, or without-RULE, for example without-RC-1.",
    )


def _limits(rules: RuleBook, wall_clock: float) -> Limits:
    """The limits: without RC-1 nothing but the wall clock bounds a run."""
    if "RC-1" in rules:
        return LIMITS
    return LIMITS.model_copy(
        update={"max_steps": 100, "max_agent_steps": 100, "max_seconds": wall_clock}
    )


# ── one run ─────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Run:
    """What a run is made of, and what came of it."""

    agent: MultiVis
    model: FaultyChatModel
    oracle: OracleChatModel
    deadline: float
    result: Result | None = None
    error: BaseException | None = None
    late: bool = False
    executed: bool = False
    done: threading.Event = field(default_factory=threading.Event)


def _run(plan: Plan, rate: float, number: int, rules: RuleBook, sandbox: Sandbox) -> RunRecord:
    """One run in a folder of its own, watched from outside."""
    task = plan.tasks[number % len(plan.tasks)]
    random = Random(f"{plan.seed}:{rate}:{number}")
    folder = Path(tempfile.mkdtemp(prefix="multivis-faults-"))
    watch = _Watch(task.data)
    started = time.monotonic()
    world = _draw_world(task, random, plan.kinds) if plan.world and random.random() < rate else ""
    try:
        run = _made(plan, task, rate, random, rules, sandbox, folder, world)
        try:
            with _world(world, task, random):
                _work(run, task)
            seconds = time.monotonic() - started
            if run.result is not None:
                run.executed = _executes(run.result, run.agent)
        finally:
            run.agent.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    usage = run.result.usage if run.result else None
    return RunRecord(
        task=task.name,
        rate=rate,
        number=number,
        ended=_ending(run),
        executed=run.executed,
        injected=tuple(kind for _, kind in run.model.injected),
        world=world,
        calls=run.model.asked,
        steps=run.result.steps if run.result else 0,
        tokens=usage.tokens if usage else 0,
        prompt_tokens=usage.prompt_tokens if usage else 0,
        seconds=round(seconds, 3),
        error=_told(run),
        written=watch.changes(),
    )


def _made(
    plan: Plan,
    task: Task,
    rate: float,
    random: Random,
    rules: RuleBook,
    sandbox: Sandbox,
    folder: Path,
    world: str,
) -> _Run:
    """The agent of a run, with its faulty model."""
    from multivis.agent import MultiVis
    from multivis.bench.faults.oracle import OracleChatModel
    from multivis.data import open_source
    from multivis.testing.faults import KINDS
    from multivis.testing.models import FaultyChatModel
    from multivis.testing.world import LossySource

    oracle = OracleChatModel(task=task)
    model = FaultyChatModel(
        inner=oracle,
        rate=rate,
        kinds=tuple(kind for kind in KINDS if not plan.kinds or kind in plan.kinds),
        seed=random.randrange(2**32),
    )
    limits = _limits(rules, plan.wall_clock)
    source: Any = open_source(task.data, limits=limits, cache_dir=folder)
    if world == "connection_lost":
        source.schema()
        source = LossySource(source, (random.randint(1, 2),))
    agent = MultiVis(
        source,
        model=model,
        backend=task.backend,
        rules=rules,
        sandbox=sandbox,
        settings=Settings(cache_dir=folder, limits=limits),
        judge="always" if plan.judge else "never",
    )
    most = limits.max_seconds if "RC-1" in rules else plan.wall_clock
    oracle.stop_after(most + _GRACE / 2 if "RC-1" in rules else most)
    deadline = time.monotonic() + (most + _GRACE if "RC-1" in rules else most)
    return _Run(agent, model, oracle, deadline)


def _work(run: _Run, task: Task) -> None:
    """Ask in a thread of its own, so that even a run that hangs ends here."""

    from multivis.runs import result_of

    def ask() -> None:
        try:
            events = run.agent.stream(task.question, existing=task.existing)
            with contextlib.closing(events):
                for event in events:
                    run.result = result_of(event, run.result)
                    if time.monotonic() > run.deadline:
                        run.late = True
                        return
        except Exception as error:
            run.error = error
        finally:
            run.done.set()

    run.result = None
    threading.Thread(target=ask, name="multivis-fault-run", daemon=True).start()
    if not run.done.wait(max(0.0, run.deadline - time.monotonic()) + _GRACE):
        run.late = True


def _ending(run: _Run) -> str:
    """One word for how a run ended."""
    if run.late:
        return "hung"
    if run.error is not None or run.result is None:
        return "raised"
    status = run.result.status
    if status is Status.COMPLETE:
        return "complete"
    return "exhausted" if status is Status.EXHAUSTED else "failed"


def _told(run: _Run) -> str:
    """Why a run did not end well."""
    if run.error is not None:
        return f"{type(run.error).__name__}: {run.error}"[:500]
    if run.result is not None and run.result.status is not Status.COMPLETE:
        failures = run.result.failures
        return failures[-1].message[:500] if failures else "no failure was written down"
    return ""


def _executes(result: Result, agent: MultiVis) -> bool:
    """Whether the delivered code, run once more by itself, leaves a chart."""
    from multivis.charts.draft import draft_chart

    chart = result.state.chart
    if chart is None:
        return False
    again = draft_chart(
        chart.code,
        query=result.state.query,
        request=result.state.request.model_copy(update={"backend": chart.backend}),
        dependencies=agent.dependencies(),
    )
    return isinstance(again, Chart)


# ── the world ───────────────────────────────────────────────────────────────────────────────


def _draw_world(task: Task, random: Random, wanted: Sequence[str]) -> str:
    """A fault of the world that can happen to a task; empty when none is wanted."""
    from multivis.testing.world import WORLD_KINDS

    kinds = [k for k in WORLD_KINDS if k != "browser_killed" or task.backend == "plotly"]
    kinds = [kind for kind in kinds if not wanted or kind in wanted]
    return random.choice(kinds) if kinds else ""


def _world(kind: str, task: Task, random: Random) -> AbstractContextManager[Any]:
    """The fault of the world, as a context to run in."""
    from multivis.testing import world

    after = random.uniform(0.0, 0.3)
    if kind == "database_locked":
        return world.locked_database(task.data, seconds=1.0)
    if kind == "disk_full":
        return world.full_disk(writes=random.randint(1, 2), after=random.randint(0, 2))
    if kind == "browser_killed":
        return world.killed_browser(after)
    if kind == "worker_killed":
        return world.killed_workers(after)
    if kind == "clock_jumped":
        return world.jumped_clock(random.choice((-86_400.0, 86_400.0)), after)
    return contextlib.nullcontext()


class _Watch:
    """What must not change: the database, its folder, and the places that code may reach for."""

    def __init__(self, data: Path) -> None:
        from multivis.testing.faults import OUTSIDE_NAME

        self._data = data
        self._places = (Path(tempfile.gettempdir()), Path("/tmp"), Path.home(), Path.cwd())
        self._name = OUTSIDE_NAME
        self._before = self._seen()

    def _seen(self) -> dict[str, str]:
        seen = {str(path): "there" for path in self._data.parent.iterdir()}
        for place in self._places:
            if (place / self._name).exists():
                seen[str(place / self._name)] = "there"
        seen.update({str(path): "there" for path in Path.cwd().iterdir()})
        seen[str(self._data)] = _bytes_of(self._data)
        return seen

    def changes(self) -> tuple[str, ...]:
        """Paths that are new, gone or changed."""
        now = self._seen()
        return tuple(
            path
            for path in sorted({*self._before, *now})
            if self._before.get(path) != now.get(path)
        )


def _bytes_of(path: Path) -> str:
    """What the bytes of a file are; of a large file its size and time of change."""
    facts = path.stat()
    if facts.st_size > _SMALL:
        return f"{facts.st_size} {facts.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()
