"""The walk of one agent's loop: reason → check → act → observe, with the real functions.

An abstract state (`Now`) keeps of a concrete one what the guards and rules can see. For every
abstract state the real node functions are called on a concrete state that stands for it, with
every answer a model can give and every result a tool can have. A call is made once for all
states that do not differ in what the function reads; that it reads no more is tested. What is
defined (CR-2) is no part of `Now`: every proposal is checked under every set of defined things,
and the walk goes on with whatever any of them allows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from multivis.errors import CredentialError, ModelError, ProviderError, QuestionError
from multivis.graph import react
from multivis.rules import RuleBook
from multivis.settings import Limits
from multivis.state import Failure, fingerprint
from multivis.tool import Outcome, Tool, ToolContext
from multivis.verify.parts import (
    CHART,
    EVALUATIONS,
    FAILURES,
    QUERY,
    failure_of,
    kind_of,
    make_budget,
    make_dependencies,
    make_run,
    spent,
)
from multivis.verify.proposals import Proposal, proposals
from multivis.verify.report import LoopReport, Violation

if TYPE_CHECKING:
    from langgraph.runtime import Runtime

    from multivis.tool import Dependencies

__all__ = ["MADE", "LoopWalk", "Now", "abstract"]

#: What a tool can define.
MADE: Mapping[str, Any] = {
    "query": QUERY,
    "chart": CHART,
    "evaluation": EVALUATIONS["code error"],
}
_NODES = {
    "reason": frozenset({"check", "observe"}),
    "check": frozenset({"act", "observe"}),
    "act": frozenset({"observe"}),
    "observe": frozenset({"reason", "__end__"}),
}
_MOST_STATES = 400_000


class Now(NamedTuple):
    """An abstract state: what guards and rules see of a concrete one.

    Attributes:
        at: The node that runs next; ``__end__`` after the last.
        step: Rounds taken.
        fails: Failures since the last success.
        kind: What the last of them was (`parts.FAILURES`).
        run: How many of that kind in a row.
        outcome: What this round came to: name of the failure or empty, and whether it is final.
        tool: The tool that may run now.
        stop: Why the loop ended.
    """

    at: str
    step: int = 0
    fails: int = 0
    kind: str = ""
    run: int = 0
    outcome: tuple[str, bool] | None = None
    tool: str = ""
    stop: str = ""

    def __str__(self) -> str:
        parts = [f"{self.at}, round {self.step}"]
        if self.fails:
            parts.append(f"{self.fails} failures, last {self.run} × {self.kind}")
        if self.outcome is not None:
            word = self.outcome[0] or "success"
            parts.append(f"{word}{', final' if self.outcome[1] else ''}")
        if self.tool:
            parts.append(f"about to run {self.tool}")
        if self.stop:
            parts.append(f"stopped: {self.stop}")
        return "; ".join(parts)


def abstract(state: react.AgentState, at: str) -> Now:
    """The abstract state of a concrete one, before the node `at` runs."""
    tail = state.failures[len(state.failures) - state.failures_in_a_row :]
    kind, run = _tail(tail)
    outcome = state.outcome
    return Now(
        at=at,
        step=state.step,
        fails=state.failures_in_a_row,
        kind=kind,
        run=run,
        outcome=None
        if outcome is None
        else (kind_of(outcome.failure) if outcome.failure else "", outcome.final),
        tool=state.pending.name if state.pending and at == "act" else "",
        stop=state.stop or "",
    )


def _tail(failures: tuple[Failure, ...]) -> tuple[str, int]:
    """The kind of the last failure, and how many of its kind are the last ones."""
    if not failures:
        return "", 0
    last = failures[-1]
    same = takewhile(lambda failure: failure.kind is last.kind, reversed(failures))
    return kind_of(last), sum(1 for _ in same)


class _Ran(NamedTuple):
    """What a call of `observe` gave."""

    stop: str
    step: int
    fails: int
    text: str


class LoopWalk:
    """Walks the loop of one agent.

    Args:
        agent: The agent, with its real tools; what they do is replaced by every result there is.
        rules: The rule book.
        limits: The bounds.
        extra: Tools that are plugged in.
        enough: After how many violations the walk ends.
    """

    def __init__(
        self,
        agent: react.Agent,
        rules: RuleBook,
        limits: Limits,
        extra: tuple[Tool, ...] = (),
        enough: int = 20,
    ) -> None:
        self.enough = enough
        self.name = agent.name
        self.rules, self.limits = rules, limits
        self.calls = 0
        self.transitions = 0
        self.violations: list[Violation] = []
        self.parents: dict[Now, Now | None] = {}
        self.dependencies = make_dependencies(rules, limits)
        real = {tool.name: tool for tool in (*agent.tools(), *extra)}
        self.outcome: Callable[[], Outcome] = lambda: Outcome(text="ok")
        self.ran: list[tuple[str, dict[str, Any]]] = []
        self.tools = {name: replace(tool, run=self._runner(tool)) for name, tool in real.items()}
        self.agent = react.Agent(agent.name, agent.purpose, lambda: tuple(self.tools.values()))
        self.proposals = proposals(real)
        self.beginning = react.AgentState(run=make_run(limits))
        self.late = make_run(limits, budget=make_budget(limits, late=True))
        self.judged: set[tuple[object, ...]] = set()
        self.check = cache(self._check)
        self.act = cache(self._act)
        self.observe = cache(self._observe)
        self.attempt = cache(self._attempt)
        self.reason = cache(self._reason)

    def _runner(self, tool: Tool) -> Callable[[Any, ToolContext], Outcome]:
        """In place of a tool's function: see what reaches it, and give the result to be tried."""

        def run(arguments: Any, context: ToolContext) -> Outcome:
            missing = tool.requires - context.state.defined()
            if missing:
                self._wrong(1, f"{tool.name} ran without {sorted(missing)}.", None)
            self.ran.append((tool.name, arguments.model_dump(exclude_unset=True)))
            return self.outcome()

        return run

    # ── the real functions, called on states that stand for many ────────────────────────────

    def _runtime(self, dependencies: Dependencies | None = None) -> Runtime[Any]:
        from langgraph.runtime import Runtime

        return Runtime(context=dependencies or self.dependencies, stream_writer=lambda _: None)

    def _state(self, **fields: Any) -> react.AgentState:
        """A concrete state; what is not named is as at the beginning."""
        return self.beginning.model_copy(update=fields)

    def _reason(self) -> tuple[tuple[str, str], ...]:
        """Where the loop goes when the model answers, and when it fails in every way."""
        from langchain_core.messages import AIMessage, HumanMessage

        answers: tuple[Any, ...] = (
            AIMessage("x"),
            ProviderError("down", transient=False),
            ModelError("odd"),
            CredentialError("no key"),
            QuestionError("bad"),
            ConnectionResetError("lost"),
            ValueError("a defect"),
        )
        quick = self.limits.model_copy(update={"model_retries": 0})
        found = []
        for answer in answers:
            self.calls += 1
            dependencies = make_dependencies(self.rules, quick, answer=answer)
            state = self._state(messages=[HumanMessage("x")])
            try:
                update = react._reason(self.agent, state, self._runtime(dependencies))
            except Exception as error:
                self._wrong(4, f"A model that fails ended the loop by {error!r}.", None)
                continue
            after = state.model_copy(update=update)
            following = react.after_reason(after)
            kind = kind_of(after.outcome.failure) if after.outcome and after.outcome.failure else ""
            if (following == "check") == bool(kind):
                self._wrong(4, f"After a model that {kind or 'answered'}: {following}.", None)
            found.append((following, kind))
        return tuple(dict.fromkeys(found))

    def _check(self) -> tuple[tuple[str, str, str], ...]:
        """Where every proposal leads, whatever is defined: (next node, failure, tool)."""
        return tuple(
            dict.fromkeys(
                self._checked(proposal, frozenset(defined))
                for defined in _subsets(tuple(MADE))
                for proposal in self.proposals
            )
        )

    def _checked(self, proposal: Proposal, defined: frozenset[str]) -> tuple[str, str, str]:
        self.calls += 1
        state = self._state(run=make_run(self.limits, defined), messages=[proposal.message])
        try:
            update = react._check(self.agent, state, self._runtime())
        except Exception as error:
            self._wrong(1, f"{proposal.name}: the check raised {type(error).__name__}.", None)
            return "observe", "internal", ""
        after = state.model_copy(update=update)
        following = react.after_check(after)
        if after.pending is None:
            failure = after.outcome.failure if after.outcome else None
            if failure is None:
                self._wrong(1, f"{proposal.name}: refused without a failure.", None)
                return following, "", ""
            kind = kind_of(failure)
            if proposal.expected not in ("", kind) and not kind.startswith("prerequisite"):
                self._wrong(1, f"{proposal.name}: {kind} instead of {proposal.expected}.", None)
            return following, kind, ""
        if proposal.expected not in ("", "run"):
            self._wrong(1, f"{proposal.name}: runs instead of {proposal.expected}.", None)
        self._safe(proposal, after.pending, defined)
        return following, "", after.pending.name

    def _safe(self, proposal: Proposal, call: react.PendingCall, defined: frozenset[str]) -> None:
        """Theorem 1 on one call that was let through, and on the tool that gets it."""
        tool = self.tools.get(call.name)
        if tool is None:
            self._wrong(1, f"{proposal.name}: the unknown tool {call.name} may run.", None)
            return
        missing = tool.requires - defined - {"source", "request"}
        if missing:
            self._wrong(1, f"{proposal.name}: {call.name} may run without {sorted(missing)}.", None)
        try:
            tool.arguments.model_validate(call.arguments)
        except ValueError as error:
            told = str(error).splitlines()[0]
            self._wrong(1, f"{proposal.name}: arguments out of their bounds: {told}.", None)
            return
        if proposal.clamped is not None:
            name, expected = proposal.clamped
            if call.arguments.get(name) != expected:
                given = call.arguments.get(name)
                self._wrong(1, f"{proposal.name}: {given!r} is not Eq. 4's {expected!r}.", None)
        self.outcome = lambda: Outcome(text="ok")
        self.ran.clear()
        state = self._state(run=make_run(self.limits, defined), pending=call)
        self.calls += 1
        react._act(self.agent, state, self._runtime())
        expected_call = (tool.name, {**call.arguments})
        if [(n, {**a}) for n, a in self.ran] != [expected_call] and not self._same(expected_call):
            self._wrong(1, f"{proposal.name}: {tool.name} got other arguments.", None)

    def _same(self, expected: tuple[str, dict[str, Any]]) -> bool:
        """Whether the tool got the arguments, nested models read as such."""
        if len(self.ran) != 1 or self.ran[0][0] != expected[0]:
            return False
        model = self.tools[expected[0]].arguments
        return model.model_validate(expected[1]) == model.model_validate(self.ran[0][1])

    def _act(self, tool: str) -> tuple[tuple[str, bool], ...]:
        """What a tool's run can come to: failure or empty, and whether it is final."""
        arguments = next(
            p.message.tool_calls[0]["args"] for p in self.proposals if p.name == f"{tool}: least"
        )
        call = react.PendingCall(name=tool, arguments=arguments)
        everything = frozenset(MADE)
        found = []
        for outcome in _outcomes():
            self.outcome = outcome
            self.calls += 1
            state = self._state(run=make_run(self.limits, everything), pending=call)
            try:
                update = react._act(self.agent, state, self._runtime())
            except Exception as error:
                self._wrong(4, f"{tool}: {type(error).__name__} left the loop: {error}.", None)
                continue
            step = update["outcome"]
            found.append((kind_of(step.failure) if step.failure else "", step.final))
        return tuple(dict.fromkeys(found))

    def _attempt(self, fails: int, kind: str, run: int, now: str) -> int:
        """The number of the attempt, as the loop counts it."""
        self.calls += 1
        return 1 + react._run_of_kind(
            self._state(failures=self._failures(fails, kind, run), failures_in_a_row=fails),
            failure_of(now).kind,
        )

    def _failures(self, fails: int, kind: str, run: int) -> tuple[Failure, ...]:
        """Failures that end like that."""
        if not fails:
            return ()
        other = "rejected" if kind != "rejected" else "memory"
        return (failure_of(other),) * (fails - run) + (failure_of(kind),) * run

    def _observe(
        self, step: int, fails: int, attempt: int, outcome: tuple[str, bool]
    ) -> tuple[tuple[str, _Ran], ...]:
        """How a round ends, for every variant of what was seen and spent."""
        name, final = outcome
        failures: tuple[Failure, ...] = ()
        if name and attempt > 1:
            failures = self._failures(fails, name, attempt - 1)
        elif fails:
            other = "rejected" if not name.startswith("rejected") else "memory"
            failures = self._failures(fails, other, fails)
        return tuple(
            (variant, self._observed(step, fails, failures, name, final, variant))
            for variant in ("", "repeat", "tokens", "seconds", "repeat tokens seconds")
        )

    def _observed(
        self,
        step: int,
        fails: int,
        failures: tuple[Failure, ...],
        name: str,
        final: bool,
        variant: str,
    ) -> _Ran:
        self.calls += 1
        limits = self.limits
        mark = fingerprint("now")
        failure = failure_of(name, self.agent.name) if name else None
        text = failure.message if failure else "It worked."
        state = self._state(
            run=self.late if "seconds" in variant else self.beginning.run,
            outcome=react.Step(text=text, failure=failure, final=final, fingerprint=mark),
            step=step,
            failures_in_a_row=fails,
            failures=failures,
            seen=(fingerprint("before"), *((mark,) if "repeat" in variant else ())),
            usage=spent(limits, all_of_it="tokens" in variant),
        )
        update = react._observe(self.agent, state, self._runtime())
        after = state.model_copy(update=update)
        following = react.after_observe(after)
        if (following == "__end__") != (after.stop is not None):
            self._wrong(3, f"The loop stopped for {after.stop!r} but goes to {following}.", None)
        told = "\n".join(str(message.content) for message in update["messages"])
        return _Ran(after.stop or "", after.step, after.failures_in_a_row, told)

    # ── the walk ────────────────────────────────────────────────────────────────────────────

    def walk(self) -> LoopReport:
        """Walk all that can be reached from every beginning, and check it."""
        start = Now("reason")
        self.parents = {start: None}
        waiting = deque([start])
        while waiting and len(self.violations) < self.enough:
            now = waiting.popleft()
            if now.step > self.limits.max_agent_steps:
                self._wrong(3, f"A path takes more than {self.limits.max_agent_steps} rounds.", now)
                continue
            following = set(self.successors(now))
            self.transitions += len(following)
            if not following and now.at != "__end__":
                self._wrong(4, f"Nothing follows {now}.", now)
            for then in following:
                if then.at not in _NODES.get(now.at, frozenset()):
                    self._wrong(4, f"{now.at} leads to the unknown node {then.at!r}.", now)
                    continue
                if then not in self.parents:
                    self.parents[then] = now
                    waiting.append(then)
            if len(self.parents) > _MOST_STATES:
                self._wrong(3, "The walk does not end: a counter is not bounded.", now)
                break
        longest = max(self.parents, key=lambda now: now.step)
        return LoopReport(
            name=self.name,
            states=len(self.parents),
            transitions=self.transitions,
            calls=self.calls,
            longest=longest.step,
            bound=self.limits.max_agent_steps,
            path=tuple(str(now) for now in self.path(longest)),
            violations=tuple(self.violations),
        )

    def successors(self, now: Now) -> Iterator[Now]:
        """Every state that can follow, by the real functions."""
        if now.at == "reason":
            for at, kind in self.reason():
                yield now._replace(at=at, outcome=(kind, False) if kind else None, tool="")
        elif now.at == "check":
            for at, kind, tool in self.check():
                yield now._replace(at=at, outcome=(kind, False) if kind else None, tool=tool)
        elif now.at == "act" and now.tool not in self.tools:
            self._wrong(1, "A call that nobody checked reaches a tool.", now)
        elif now.at == "act":
            for kind, final in self.act(now.tool):
                yield Now("observe", now.step, now.fails, now.kind, now.run, (kind, final))
        elif now.at == "observe" and now.outcome is not None:
            yield from self._after_observe(now, now.outcome)

    def _after_observe(self, now: Now, outcome: tuple[str, bool]) -> Iterator[Now]:
        name = outcome[0]
        attempt = self.attempt(now.fails, now.kind, now.run, name) if name else 0
        key = (now.step, now.fails, attempt, outcome)
        rounds = self.observe(*key)
        if key not in self.judged:  # nothing else of this state matters for the judgement
            self.judged.add(key)
            for variant, ran in rounds:
                self._judge(now, outcome, attempt, variant, ran)
        for stop, step, fails in dict.fromkeys(ran[:3] for _, ran in rounds):
            kind, run = (name, attempt) if fails else ("", 0)
            yield Now("__end__" if stop else "reason", step, fails, kind, run, None, "", stop)

    def _judge(
        self, now: Now, outcome: tuple[str, bool], attempt: int, variant: str, ran: _Ran
    ) -> None:
        """Theorems 2 and 3 on one round (Eq. 10, 14, 15)."""
        name, final = outcome
        if ran.step != now.step + 1:
            self._wrong(3, f"The round was counted as {ran.step - now.step}.", now)
        expected = now.fails + 1 if name else 0
        if ran.fails != expected:
            self._wrong(2, f"{ran.fails} failures in a row are counted, not {expected}.", now)
        reasons = (
            ("final", final),
            ("repeat", "repeat" in variant),
            ("failures", expected >= self.limits.max_failures),
            ("steps", now.step + 1 >= self.limits.max_agent_steps),
            ("tokens", "tokens" in variant),
            ("seconds", "seconds" in variant),
        )
        must = next((word for word, holds in reasons if holds), "")
        if must:
            if ran.stop != must:
                self._wrong(3, f"The loop must stop for {must!r}; it says {ran.stop!r}.", now)
            return
        recovery = None
        if name:
            failure = failure_of(name, self.agent.name)
            recovery = self.rules.execution_recovery(failure, attempt, self.limits).value
            if recovery.feedback.removeprefix(failure.message).strip() not in ran.text:
                self._wrong(2, f"The model is not told how to recover from {name}.", now)
        gives_up = recovery is not None and recovery.action in {"give_up", "requery"}
        if bool(ran.stop) != gives_up:
            self._wrong(2, f"After {name or 'a success'} the loop says {ran.stop!r}.", now)

    def path(self, now: Now) -> list[Now]:
        """How a state is reached."""
        found: list[Now] = []
        step: Now | None = now
        while step is not None:
            found.append(step)
            step = self.parents.get(step)
        return found[::-1]

    def _wrong(self, theorem: int, what: str, now: Now | None) -> None:
        """Write a violation down, once, with the path that leads to it."""
        if any(known.what == what for known in self.violations):
            return
        path = tuple(str(state) for state in self.path(now)) if now is not None else ()
        self.violations.append(Violation(theorem, f"{self.name}: {what}", path))


def _subsets(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """All subsets."""
    if not names:
        yield ()
        return
    for rest in _subsets(names[1:]):
        yield rest
        yield (names[0], *rest)


def _outcomes() -> Iterator[Callable[[], Outcome]]:
    """Every result that a tool can give, and what it can raise."""

    def giving(name: str, final: bool, made: str) -> Callable[[], Outcome]:
        failure = failure_of(name) if name else None
        update = {made: MADE[made]} if made else {}
        return lambda: Outcome(text=name or "ok", failure=failure, final=final, update=update)

    def raising(error: Exception) -> Callable[[], Outcome]:
        def run() -> Outcome:
            raise error

        return run

    for name in ("", *FAILURES):
        for final in (False, True):
            for made in ("", *MADE):
                yield giving(name, final, made)
    yield raising(QuestionError("a refusal"))
    yield raising(RuntimeError("a defect of a plug-in"))
    yield raising(RecursionError("too deep"))
