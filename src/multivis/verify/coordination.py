"""The walk of the coordinator: intake, coordinator and guards, with the real functions.

An agent is here one of the ways in which it can end; what the node then changes is computed by
the real `with_rows`, `with_chart` and `node_failed`. Validation may give every evaluation that
CR-3 can tell apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from multivis.graph import builder, guards
from multivis.graph.nodes import coordinator as node
from multivis.graph.nodes.database import with_rows
from multivis.graph.nodes.visualization import with_chart
from multivis.graph.react import AgentState
from multivis.rules import RuleBook
from multivis.settings import Limits
from multivis.state import (
    Action,
    Attempt,
    Evaluation,
    FailureKind,
    Proposal,
    References,
    Scenario,
    State,
    Status,
)
from multivis.verify.parts import (
    CHART,
    EVALUATIONS,
    EXISTING,
    OTHER_CHART,
    OTHER_QUERY,
    OWN_DATA_CHART,
    QUERY,
    failure_of,
    make_budget,
    make_dependencies,
    make_run,
    spent,
)
from multivis.verify.report import LoopReport, Violation

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

    from multivis.tool import Dependencies

__all__ = ["CoordinatorWalk", "Sight", "abstract_run"]

_WORKERS = ("database", "visualization", "validation")
_MOST_STATES = 200_000
_VARIANTS = ("", "repeat", "tokens", "seconds", "repeat tokens seconds")
_ADMITS = {
    "passed": "",
    "passed, warned": "",
    "nothing recommended": "",
    "sql error": "database",
    "both errors": "database",
    "sql error, code warning": "database",
    "sql warning": "database",
    "code error": "visualization",
    "code error, sql warning": "visualization",
    "code warning": "visualization",
}
"""Eq. 3, written down once more: where each evaluation leads while nothing else ends the run."""


class Sight(NamedTuple):
    """An abstract state of a run.

    Attributes:
        at: The node that runs next; ``__end__`` after the last.
        step: Steps of the coordinator.
        fails: Agents in a row that made nothing.
        hopeless: Whether the last failure is that the data hold no answer.
        own: Whether there is existing code that brings its own rows (scenario D).
        query: Whether there is a query.
        chart: Whether there is a chart.
        evaluation: Name of its evaluation (`parts.EVALUATIONS`), or empty.
        best: ``passed``, ``failed`` or empty: the best attempt so far.
        status: How the run stands.
    """

    at: str
    step: int = 0
    fails: int = 0
    hopeless: bool = False
    own: bool = False
    query: bool = False
    chart: bool = False
    evaluation: str = ""
    best: str = ""
    status: str = Status.RUNNING.value

    def __str__(self) -> str:
        there = [name for name in ("query", "chart") if getattr(self, name)]
        parts = [f"{self.at}, step {self.step}", f"defined: {', '.join(there) or 'nothing'}"]
        if self.evaluation:
            parts.append(f"evaluation: {self.evaluation}")
        if self.fails:
            parts.append(f"{self.fails} failures{', no answer in the data' * self.hopeless}")
        if self.status != Status.RUNNING.value:
            parts.append(self.status)
        return "; ".join(parts)


def abstract_run(state: State, at: str) -> Sight:
    """The abstract state of a concrete one, before the node `at` runs."""
    hopeless = bool(state.failures_in_a_row) and (
        state.failures[-1].kind is FailureKind.UNANSWERABLE
    )
    if at == guards.END_OF_RUN:  # what is delivered is the best attempt; its details are past
        return Sight(
            at=at,
            step=state.step,
            fails=state.failures_in_a_row,
            hopeless=hopeless,
            own=state.scenario is Scenario.REFINEMENT and guards.existing_loads_data(state),
            chart=state.chart is not None,
            evaluation="" if state.evaluation is None else _verdict(state.evaluation),
            best="" if state.best is None else _verdict(state.best.evaluation),
            status=state.status.value,
        )
    return Sight(
        at=at,
        step=state.step,
        fails=state.failures_in_a_row,
        hopeless=hopeless,
        own=state.scenario is Scenario.REFINEMENT and guards.existing_loads_data(state),
        query=state.query is not None,
        chart=state.chart is not None,
        evaluation=_name(state.evaluation),
        best="" if state.best is None else _verdict(state.best.evaluation),
        status=state.status.value,
    )


def _verdict(evaluation: Evaluation) -> str:
    return "passed" if evaluation.passed else "failed"


def _name(evaluation: Evaluation | None) -> str:
    """Which of `EVALUATIONS` stands for a concrete one."""
    if evaluation is None:
        return ""
    if evaluation.passed:
        return "passed, warned" if evaluation.recommendations else "passed"
    seen = {(r.target, r.severity.value) for r in evaluation.recommendations}
    sql, code = ("sql", "error") in seen, ("code", "error") in seen
    if sql and code:
        return "both errors"
    if sql:
        return "sql error, code warning" if ("code", "warning") in seen else "sql error"
    if code:
        return "code error, sql warning" if ("sql", "warning") in seen else "code error"
    if ("sql", "warning") in seen:
        return "sql warning"
    return "code warning" if seen else "nothing recommended"


class CoordinatorWalk:
    """Walks the graph around the coordinator.

    Args:
        rules: The rule book.
        limits: The bounds.
        enough: After how many violations the walk ends.
    """

    name = "coordinator"

    def __init__(self, rules: RuleBook, limits: Limits, enough: int = 20) -> None:
        self.enough = enough
        self.rules, self.limits = rules, limits
        self.calls = 0
        self.transitions = 0
        self.violations: list[Violation] = []
        self.parents: dict[Sight, Sight | None] = {}
        self.answers = tuple(_answers())
        self.budgets = (make_budget(limits, late=False), make_budget(limits, late=True))
        self.beginning = make_run(limits)
        self.made: dict[int, Dependencies] = {}
        self.decide = cache(self._decide)
        self.work = cache(self._work)

    # ── concrete states ─────────────────────────────────────────────────────────────────────

    def state(self, sight: Sight, **fields: Any) -> State:
        """A concrete state that an abstract one stands for."""
        failures: tuple[Any, ...] = ()
        if sight.fails:
            last = failure_of("unanswerable" if sight.hopeless else "execution")
            failures = (failure_of("timeout"),) * (sight.fails - 1) + (last,)
        best = None
        if sight.best:
            verdict = EVALUATIONS["passed" if sight.best == "passed" else "code error"]
            best = Attempt(query=QUERY, chart=OTHER_CHART, evaluation=verdict)
        made: dict[str, Any] = {
            "scenario": Scenario.REFINEMENT if sight.own else Scenario.BASIC,
            "references": References(existing=EXISTING if sight.own else None),
            "query": QUERY if sight.query else None,
            "chart": CHART if sight.chart else None,
            "evaluation": EVALUATIONS[sight.evaluation] if sight.evaluation else None,
            "step": sight.step,
            "failures_in_a_row": sight.fails,
            "failures": failures,
            "best": best,
            "status": Status(sight.status),
        }
        return self.beginning.model_copy(update={**made, **fields})

    def dependencies(self, answer: AIMessage | Exception) -> Dependencies:
        """Dependencies whose deciding model gives one answer."""
        if id(answer) not in self.made:
            self.made[id(answer)] = make_dependencies(self.rules, self.limits, answer=answer)
        return self.made[id(answer)]

    def _runtime(self, dependencies: Dependencies) -> Any:
        from langgraph.runtime import Runtime

        return Runtime(context=dependencies, stream_writer=lambda _: None)

    def _asked(self, sight: Sight) -> bool:
        """Whether a model is asked in this state: the rules leave a choice."""
        undefined = not (sight.evaluation or sight.chart or sight.query)
        return (sight.own and undefined) or "CR-2" not in self.rules

    # ── the real functions ──────────────────────────────────────────────────────────────────

    def _decide(self, sight: Sight) -> tuple[Sight, ...]:
        """Where the coordinator and the guard behind it lead, whatever was seen and spent."""
        answers = self.answers if self._asked(sight) else self.answers[:1]
        found = [
            self._decided(sight, variant, answer if not variant else self.answers[0])
            for variant in _VARIANTS
            for answer in (answers if not variant else self.answers[:1])
        ]
        return tuple(dict.fromkeys(found))

    def _decided(self, sight: Sight, variant: str, answer: AIMessage | Exception) -> Sight:
        self.calls += 1
        dependencies = self.dependencies(answer)
        state = self.state(
            sight,
            budget=self.budgets["seconds" in variant],
            usage=spent(self.limits, all_of_it="tokens" in variant),
        )
        mark = node._mark(state)
        state = state.model_copy(update={"seen": (mark,) if "repeat" in variant else ("other",)})
        try:
            update = node.coordinator(state, self._runtime(dependencies))
        except Exception as error:
            self._wrong(4, f"The coordinator raised {type(error).__name__}: {error}.", sight)
            update = builder._node_failed("coordinator", state, error)
        after = state.model_copy(update={k: v for k, v in update.items() if k != "trace"})
        following = self._guarded(after)
        self._judge(sight, variant, state, after, following)
        if following == guards.END_OF_RUN:
            return abstract_run(after, following)._replace(hopeless=sight.hopeless)
        return abstract_run(after, following)

    def _work(self, sight: Sight) -> tuple[Sight, ...]:
        """What can follow when an agent's node has run, or has raised."""
        state = self.state(sight)
        failed = builder._node_failed(sight.at, state, RuntimeError("a defect"))
        updates = [failed, *getattr(self, f"_{sight.at}")(state)]
        self.calls += len(updates)
        made = {"database": "query", "visualization": "chart"}.get(sight.at, "")
        found = []
        for update in updates:
            self._count(sight, update, sight.fails + 1 if update is failed else None, made)
            changed = {k: v for k, v in update.items() if k in State.model_fields}
            failures = (*state.failures, *changed.pop("failures", ()))
            after = state.model_copy(update={**changed, "failures": failures})
            found.append(abstract_run(after, "coordinator"))
        return tuple(dict.fromkeys(found))

    def _count(self, sight: Sight, update: dict[str, Any], expected: int | None, made: str) -> None:
        """Failures are counted by everything that makes nothing, and forgotten by a success."""
        if expected is None:
            if not made:
                expected = sight.fails  # validation judges; it does not fail by judging
            else:
                expected = sight.fails + 1 if update.get(made) is None else 0
        fails = update.get("failures_in_a_row", sight.fails if not made else 0)
        if fails != expected:
            self._wrong(2, f"{sight.at} counts {fails} failures, not {expected}.", sight)

    def _ends(self, state: State, **made: Any) -> Iterator[AgentState]:
        """The ways in which an agent's loop can end without and with a result."""
        yield AgentState(run=state, stop="final", **made)
        for stop, name in (
            ("steps", ""),
            ("failures", "execution"),
            ("give_up", "provider"),
            ("requery", "missing_field"),
            ("repeat", "refused"),
            ("final", "unanswerable"),
        ):
            failures = (failure_of(name),) if name else ()
            yield AgentState(run=state, stop=stop, failures=failures)

    def _database(self, state: State) -> Iterator[dict[str, Any]]:
        for end in self._ends(state, query=OTHER_QUERY):
            yield with_rows(end, state)

    def _visualization(self, state: State) -> Iterator[dict[str, Any]]:
        dependencies = make_dependencies(self.rules, self.limits)
        for end in self._ends(state, chart=OTHER_CHART):
            yield with_chart(end, state, dependencies)
        if state.scenario is Scenario.REFINEMENT:
            end = AgentState(run=state, stop="final", chart=OWN_DATA_CHART)
            yield with_chart(end, state, dependencies)  # no statement in it: no rows to compare
            yield {"chart": OWN_DATA_CHART, "evaluation": None, "query": OTHER_QUERY}

    def _validation(self, state: State) -> Iterator[dict[str, Any]]:
        if state.chart is None:
            yield {}
            return
        for evaluation in EVALUATIONS.values():
            yield {"evaluation": evaluation, "chart": state.chart}

    # ── the walk ────────────────────────────────────────────────────────────────────────────

    def walk(self) -> LoopReport:
        """Walk all that can be reached from every beginning, and check it."""
        starts = [
            Sight("coordinator", own=own, query=query)
            for own in (False, True)
            for query in (False, True)
        ]
        self.parents = dict.fromkeys(starts)
        self._check_task_type()
        self._check_guard()
        waiting = deque(starts)
        while waiting and len(self.violations) < self.enough:
            sight = waiting.popleft()
            if sight.step > self.limits.max_steps:
                self._wrong(3, f"A path takes more than {self.limits.max_steps} steps.", sight)
                continue
            following = set(self.successors(sight))
            self.transitions += len(following)
            if not following and sight.at != guards.END_OF_RUN:
                self._wrong(4, f"Nothing follows {sight}.", sight)
            for then in following:
                if then not in self.parents:
                    self.parents[then] = sight
                    waiting.append(then)
            if len(self.parents) > _MOST_STATES:
                self._wrong(3, "The walk does not end: a counter is not bounded.", sight)
                break
        longest = max(self.parents, key=lambda sight: sight.step)
        return LoopReport(
            name=self.name,
            states=len(self.parents),
            transitions=self.transitions,
            calls=self.calls,
            longest=longest.step,
            bound=self.limits.max_steps,
            path=tuple(str(sight) for sight in self.path(longest)),
            violations=tuple(self.violations),
        )

    def successors(self, sight: Sight) -> Iterator[Sight]:
        """Every state that can follow, by the real functions."""
        if sight.at == "coordinator":
            yield from self.decide(sight)
        elif sight.at in _WORKERS:
            yield from self.work(sight)
        elif sight.at != guards.END_OF_RUN:
            self._wrong(4, f"There is no node {sight.at!r}.", sight)

    def _judge(
        self, sight: Sight, variant: str, before: State, after: State, following: str
    ) -> None:
        """All theorems on one decision of the coordinator."""
        if following not in (*_WORKERS, guards.END_OF_RUN):
            self._wrong(4, f"The coordinator leads to the unknown node {following!r}.", sight)
            return
        ended = following == guards.END_OF_RUN
        if ended != (after.status is not Status.RUNNING):
            self._wrong(4, f"The run is {after.status.value} but goes to {following}.", sight)
        must = self._must_end(sight, variant)
        if must and not ended:
            self._wrong(3, f"The run must end ({must}) but goes to {following}.", sight)
        if ended:
            self._judge_end(sight, must, after)
            return
        if after.step != before.step + 1:
            self._wrong(3, f"The step was counted as {after.step - before.step}.", sight)
        if len(after.seen) <= 0 or after.seen == before.seen:
            self._wrong(3, "What was seen is not written down.", sight)
        lacking = self._lacking(following, sight)
        if lacking:
            self._wrong(1, f"{following} runs without {lacking}.", sight)
        if sight.evaluation and not lacking:
            wanted = _ADMITS[sight.evaluation]
            if wanted == "visualization" and not (sight.query or sight.own):
                wanted = "database"  # CR-2 redirects to where the missing rows are made
            if following != wanted:
                self._wrong(4, f"{sight.evaluation} leads to {following}, not {wanted}.", sight)
        if not sight.evaluation and sight.chart and following != "validation":
            self._wrong(4, f"A chart that is not checked leads to {following}.", sight)
        best = "" if after.best is None else _verdict(after.best.evaluation)
        if sight.best == "passed" and best != "passed":
            self._wrong(2, "The best attempt was lost.", sight)

    def _must_end(self, sight: Sight, variant: str) -> str:
        """Why the run has to end now, by Eq. 10 and Eq. 3."""
        reasons = (
            ("unanswerable", sight.hopeless),
            ("repeat", "repeat" in variant),
            ("failures", sight.fails >= self.limits.max_failures),
            ("steps", sight.step >= self.limits.max_steps),
            ("tokens", "tokens" in variant),
            ("seconds", "seconds" in variant),
            ("evaluation", bool(sight.evaluation) and not _ADMITS[sight.evaluation]),
        )
        return next((word for word, holds in reasons if holds), "")

    def _judge_end(self, sight: Sight, must: str, after: State) -> None:
        """The end of a run: for a reason, with the best chart, and truly told."""
        if not must:
            self._wrong(2, "The run ends although nothing ends it.", sight)
        now = _verdict(EVALUATIONS[sight.evaluation]) if sight.evaluation and sight.chart else ""
        passed = "passed" in (now, sight.best)
        if (after.status is Status.COMPLETE) != passed:
            self._wrong(4, f"The run ends as {after.status.value}; passed is {passed}.", sight)
        spent_out = must in {"steps", "tokens", "seconds"} and not passed
        if (after.status is Status.EXHAUSTED) != spent_out:
            self._wrong(4, f"The run ends as {after.status.value} for {must!r}.", sight)
        last = after.failures[-1].detail.get("stop") if after.failures else None
        if spent_out and last != must:
            self._wrong(2, f"That the {must} are used up is not written down.", sight)
        if (now or sight.best) and after.chart is None:
            self._wrong(2, "The best chart is not delivered.", sight)
        if passed and (after.evaluation is None or not after.evaluation.passed):
            self._wrong(2, "A chart that passed is not the one that is delivered.", sight)

    def _lacking(self, following: str, sight: Sight) -> str:
        """What a node would lack in a state: CR-2, written down once more."""
        if following == "visualization" and not (sight.query or sight.own):
            return "a query"
        if following == "validation" and not sight.chart:
            return "a chart"
        return ""

    def _check_guard(self) -> None:
        """The guard alone, for every proposal in every state: a swapped node may propose any."""
        for own, query, chart, action in product(
            (False, True), (False, True), (False, True), Action
        ):
            sight = Sight("coordinator", own=own, query=query, chart=chart)
            for status in Status:
                self.calls += 1
                proposal = Proposal(action=action, why="any")
                following = self._guarded(self.state(sight, proposal=proposal, status=status))
                if following not in (*_WORKERS, guards.END_OF_RUN):
                    self._wrong(4, f"{action.value} leads to the unknown {following!r}.", sight)
                elif status is not Status.RUNNING and following != guards.END_OF_RUN:
                    self._wrong(3, f"A run that is {status.value} goes to {following}.", sight)
                elif lacking := self._lacking(following, sight):
                    self._wrong(1, f"{action.value}: {following} runs without {lacking}.", sight)
                elif status is Status.RUNNING:
                    self._check_proposal(action, following, sight)
        for status in Status:
            self.calls += 1
            following = guards.after_intake(self.state(Sight("intake"), status=status))
            expected = "coordinator" if status is Status.RUNNING else guards.END_OF_RUN
            if following != expected:
                self._wrong(4, f"After intake, {status.value} leads to {following!r}.", None)
        if self._guarded(self.state(Sight("coordinator"))) != guards.END_OF_RUN:
            self._wrong(4, "Without a proposal the run does not end.", None)
        lazy = EXISTING.model_copy(update={"facts": {"loads_data": False}})
        state = self.state(
            Sight("coordinator", own=True),
            references=References(existing=lazy),
            proposal=Proposal(action=Action.VISUALIZATION, why="any"),
        )
        if self._guarded(state) != "database":
            self._wrong(1, "Existing code without rows of its own is drawn without a query.", None)

    def _guarded(self, state: State) -> str:
        """Where the guard leads; one that raises leads nowhere."""
        try:
            return guards.after_coordinator(state, self.rules)
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    def _check_proposal(self, action: Action, following: str, sight: Sight) -> None:
        """A proposal is followed when it may be; else the missing thing is made."""
        if action in {Action.COMPLETE, Action.STOP}:
            expected = guards.END_OF_RUN
        elif not self._lacking(action.value, sight):
            expected = action.value
        else:
            expected = "visualization" if action is Action.VALIDATION else "database"
            expected = "database" if self._lacking(expected, sight) else expected
        if following != expected:
            self._wrong(4, f"{action.value} leads to {following}, not {expected}.", sight)

    def _check_task_type(self) -> None:
        """CR-1 on all eight inputs: D before C before B before A (Eq. 1)."""
        for existing, code, image in product((False, True), repeat=3):
            self.calls += 1
            found = self.rules.task_type(existing, code, image).value
            expected = "D" if existing else "C" if code else "B" if image else "A"
            if found.value != expected:
                self._wrong(4, f"The scenario is {found.value}, not {expected} (CR-1).", None)

    def path(self, sight: Sight) -> list[Sight]:
        """How a state is reached."""
        found: list[Sight] = []
        step: Sight | None = sight
        while step is not None:
            found.append(step)
            step = self.parents.get(step)
        return found[::-1]

    def _wrong(self, theorem: int, what: str, sight: Sight | None) -> None:
        """Write a violation down, once, with the path that leads to it."""
        if any(known.what == what for known in self.violations):
            return
        path = tuple(str(state) for state in self.path(sight)) if sight is not None else ()
        self.violations.append(Violation(theorem, what, path))


def _answers() -> Iterator[AIMessage | Exception]:
    """What the deciding model can answer: an action, nothing usable, or nothing at all."""
    from langchain_core.messages import AIMessage

    from multivis.errors import ProviderError

    yield ProviderError("down", transient=False)
    yield AIMessage("")
    yield AIMessage("I would query.")
    for action in Action:
        arguments = {"action": action.value, "why": "Because it is next."}
        call = {"name": "CoordinatorDecision", "args": arguments, "id": "1", "type": "tool_call"}
        yield AIMessage("", tool_calls=[cast("Any", call)])
