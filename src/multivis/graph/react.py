"""The loop that every specialised agent runs in: reason → guard → act → observe.

```
START → reason ─(after_reason)→ check ─(after_check)→ act → observe ─(after_observe)→ reason | END
```

The agents differ in prompt, tools and result only (MultiVis-Agent §4.4, Algorithm 2). The
rules stand at fixed places: EH-1, TE-1 and CR-2 in `check`, EH-2 and RC-1 in `observe`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated, Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from multivis.cancellation import check_cancelled
from multivis.clock import seconds_since
from multivis.errors import InputError, ModelError
from multivis.graph.approvals import read_decision
from multivis.graph.record import Recorder
from multivis.state import (
    Chart,
    Evaluation,
    Failure,
    FailureKind,
    ModelEvent,
    Note,
    QueryResult,
    RuleEvent,
    State,
    ToolEvent,
    TraceEvent,
    Usage,
    append,
    fingerprint,
)
from multivis.tool import Dependencies, Outcome, Tool, ToolContext

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.graph.state import CompiledStateGraph

__all__ = ["Agent", "AgentState", "PendingCall", "Step", "build_react"]


def _append_messages(left: list[AnyMessage], right: list[AnyMessage]) -> list[AnyMessage]:
    """Reducer: the conversation grows at its end."""
    return [*left, *right]


def _add_usage(left: Usage, right: Usage) -> Usage:
    """Reducer: costs add up."""
    return left + right


class Step(BaseModel):
    """What one round came to, between `check` or `act` and `observe`."""

    model_config = ConfigDict(frozen=True)

    text: str
    failure: Failure | None = None
    final: bool = False
    fingerprint: str


class PendingCall(BaseModel):
    """A call that passed EH-1, TE-1 and CR-2 and has not run yet."""

    model_config = ConfigDict(frozen=True)

    name: str
    arguments: dict[str, Any]
    id: str | None = None


class AgentState(BaseModel):
    """The state of one agent's loop; `run` is the state of the whole run, read-only."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    run: State
    messages: Annotated[list[AnyMessage], _append_messages] = Field(default_factory=list)
    pending: PendingCall | None = None
    outcome: Step | None = None
    step: int = 0
    failures_in_a_row: int = 0
    stop: str | None = None
    query: QueryResult | None = None
    chart: Chart | None = None
    evaluation: Evaluation | None = None
    seen: Annotated[tuple[str, ...], append] = ()
    failures: Annotated[tuple[Failure, ...], append] = ()
    trace: Annotated[tuple[TraceEvent, ...], append] = ()
    notes: Annotated[tuple[Note, ...], append] = ()
    usage: Annotated[Usage, _add_usage] = Field(default_factory=Usage)

    def merged(self) -> State:
        """The run's state with what this agent has made so far."""
        made = {
            name: value
            for name in ("query", "chart", "evaluation")
            if (value := getattr(self, name)) is not None
        }
        return self.run.model_copy(update=made)

    def has_image(self) -> bool:
        """Whether the conversation carries a picture (RC-3 routes by it)."""
        return any(
            isinstance(block, dict) and block.get("type") in {"image", "image_url"}
            for message in self.messages
            if isinstance(message.content, list)
            for block in message.content
        )


@dataclass(frozen=True)
class Agent:
    """What makes an agent: its name, what its model is asked for, and its tools."""

    name: str
    purpose: str
    tools: Callable[[], tuple[Tool, ...]]

    def all_tools(self, dependencies: Dependencies) -> Mapping[str, Tool]:
        """Its tools and those that were plugged in, by name."""
        extra = dependencies.extra_tools.get(self.name, ())
        return {tool.name: tool for tool in (*self.tools(), *extra)}


def build_react(agent: Agent) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Compile the loop for one agent; its context is `Dependencies`."""

    def reason(state: AgentState, runtime: Runtime[Dependencies]) -> dict[str, Any]:
        return _reason(agent, state, runtime)

    def check(state: AgentState, runtime: Runtime[Dependencies]) -> dict[str, Any]:
        return _check(agent, state, runtime)

    def act(state: AgentState, runtime: Runtime[Dependencies]) -> dict[str, Any]:
        return _act(agent, state, runtime)

    def observe(state: AgentState, runtime: Runtime[Dependencies]) -> dict[str, Any]:
        return _observe(agent, state, runtime)

    graph = StateGraph(AgentState, context_schema=Dependencies)
    graph.add_node("reason", reason)
    graph.add_node("check", check)
    graph.add_node("act", act)
    graph.add_node("observe", observe)
    graph.add_edge(START, "reason")
    graph.add_conditional_edges("reason", after_reason, ["check", "observe"])
    graph.add_conditional_edges("check", after_check, ["act", "observe"])
    graph.add_edge("act", "observe")
    graph.add_conditional_edges("observe", after_observe, ["reason", END])
    return graph.compile(name=f"{agent.name}_agent")


def after_reason(state: AgentState) -> str:
    """A model that failed has written nothing to check."""
    return "observe" if state.outcome is not None else "check"


def after_check(state: AgentState) -> str:
    """Only a call that passed EH-1, TE-1 and CR-2 reaches a tool (Theorem 1)."""
    return "act" if state.pending is not None else "observe"


def after_observe(state: AgentState) -> str:
    """RC-1 has the last word on every round (Theorem 3)."""
    return END if state.stop is not None else "reason"


def _reason(agent: Agent, state: AgentState, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Ask the model for the next call."""
    from multivis.llm.calls import call_model

    dependencies = runtime.context
    recorder = Recorder(runtime.stream_writer, agent.name)
    tools = [tool.definition() for tool in agent.all_tools(dependencies).values()]
    try:
        model = _choose_model(agent, state, dependencies, recorder)
        answer, usage, attempts = call_model(
            model,
            state.messages,
            tools=tools,
            limits=dependencies.settings.limits,
            rules=dependencies.rules,
            on_retry=partial(_write_retry, recorder),
        )
    except (ModelError, InputError) as error:
        failure = Failure(
            kind=FailureKind.PROVIDER,
            where=agent.name,
            message=str(error),
            # the call has been retried already (tenacity): asking at once again cannot help
            detail={"transient": False, "error": type(error).__name__},
            step=state.step,
        )
        return {
            "pending": None,
            "outcome": Step(
                text=str(error), failure=failure, fingerprint=fingerprint("model", str(error))
            ),
            "trace": tuple(recorder.events),
        }
    recorder.add(
        ModelEvent(
            node=agent.name,
            model=dependencies.models.name(model),
            purpose=agent.purpose,
            usage=usage,
            attempts=attempts,
        )
    )
    return {
        "messages": [answer],
        "pending": None,
        "outcome": None,
        "usage": usage,
        "trace": tuple(recorder.events),
    }


def _choose_model(
    agent: Agent, state: AgentState, dependencies: Dependencies, recorder: Recorder
) -> BaseChatModel:
    """RC-3 chooses; where there was a choice, the trace says so."""
    candidates = getattr(dependencies.models, "candidates", ())
    if len(candidates) > 1:
        recorder.rule(
            "RC-3",
            dependencies.rules.model_selection(agent.purpose, state.has_image(), candidates),
        )
    return dependencies.models.select(agent.purpose, images=state.has_image())


def _write_retry(recorder: Recorder, attempt: int, fault: Exception, wait: float) -> None:
    """Write down that a provider fault is waited out (EH-2)."""
    recorder.add(
        RuleEvent(
            rule="EH-2",
            outcome="back_off",
            why=str(fault),
            before={"attempt": attempt},
            after={"wait": wait},
            where=recorder.where,
        )
    )


def _check(agent: Agent, state: AgentState, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Let EH-1, TE-1 and CR-2 judge what the model wrote."""
    dependencies, rules = runtime.context, runtime.context.rules
    recorder = Recorder(runtime.stream_writer, agent.name)
    tools = agent.all_tools(dependencies)
    answer = state.messages[-1]
    text = _text_of(answer)

    def refuse(failure: Failure, *parts: Any) -> dict[str, Any]:
        failure = failure.model_copy(update={"where": agent.name, "step": state.step})
        step = Step(text=failure.message, failure=failure, fingerprint=fingerprint(*parts))
        return {"pending": None, "outcome": step, "trace": tuple(recorder.events)}

    parsed = recorder.rule(
        "EH-1",
        rules.call_parsing(
            text,
            [dict(call) for call in getattr(answer, "tool_calls", [])],
            [dict(call) for call in getattr(answer, "invalid_tool_calls", [])],
            tuple(tools),
        ),
    )
    if isinstance(parsed, Failure):
        return refuse(parsed, "answer", text, [dict(c) for c in getattr(answer, "tool_calls", [])])
    tool = tools.get(parsed.name)
    if tool is None:
        unknown = Failure(
            kind=FailureKind.STRUCTURE,
            where=agent.name,
            message=f"There is no tool {parsed.name!r}; the tools are {', '.join(tools)}.",
        )
        return refuse(unknown, parsed.name, parsed.arguments)
    bounds = rules.parameter_bounds(parsed.arguments, tool.arguments)
    arguments = recorder.rule("TE-1", bounds)
    if arguments is None:
        failure = Failure(kind=FailureKind.PARAMETER, where=agent.name, message=bounds.why)
        return refuse(failure, parsed.name, parsed.arguments)
    needs = rules.prerequisites(tool.requires, state.merged().defined())
    missing = recorder.rule("CR-2", needs)
    if missing:
        failure = Failure(
            kind=FailureKind.PREREQUISITE,
            where=agent.name,
            message=needs.why,
            detail={"missing": sorted(missing)},
        )
        return refuse(failure, parsed.name, parsed.arguments)
    return {
        "pending": PendingCall(name=parsed.name, arguments=arguments, id=parsed.id),
        "trace": tuple(recorder.events),
    }


def _act(agent: Agent, state: AgentState, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Run the tool, after a person's approval where one is asked for."""
    check_cancelled()
    dependencies = runtime.context
    call = state.pending
    assert call is not None  # after_check: nothing else reaches this node
    tool = agent.all_tools(dependencies)[call.name]
    arguments = dict(call.arguments)
    if tool.name == "execute_sql" and dependencies.settings.approve_sql:
        decision = read_decision(
            interrupt({"kind": "approve_sql", "sql": arguments.get("sql", "")})
        )
        if not decision.approve:
            return _rejected(agent, state, call, decision.reason)
        if decision.sql is not None:
            arguments["sql"] = decision.sql
    recorder = Recorder(runtime.stream_writer, agent.name)
    started = time.monotonic()
    outcome = _run_tool(agent, tool, arguments, ToolContext(dependencies, state.merged()))
    for event in outcome.rules:
        recorder.add(event)
    failure = outcome.failure
    # `final` and the handoff do not make a call another call.
    telling = {k: v for k, v in arguments.items() if k not in {"final", "handoff"}}
    mark = fingerprint(tool.name, telling, outcome.text)
    recorder.add(
        ToolEvent(
            node=agent.name,
            tool=tool.name,
            arguments=_short(arguments),
            outcome="ok" if failure is None else failure.kind.value,
            seconds=round(time.monotonic() - started, 4),
            fingerprint=mark,
        )
    )
    if failure is not None:
        failure = failure.model_copy(update={"where": agent.name, "step": state.step})
    made: dict[str, Any] = {
        name: outcome.update[name]
        for name in ("query", "chart", "evaluation")
        if name in outcome.update
    }
    return {
        **made,
        "outcome": Step(
            text=outcome.text,
            failure=failure,
            final=outcome.final,
            fingerprint=mark,
        ),
        "notes": outcome.notes,
        "trace": tuple(recorder.events),
    }


def _run_tool(agent: Agent, tool: Tool, arguments: dict[str, Any], context: ToolContext) -> Outcome:
    """Call a tool; a tool that raises is a failure of its own kind, never of the run."""
    try:
        return tool.run(tool.arguments.model_validate(arguments), context)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"The argument {where!r} of {tool.name} is not usable: {first['msg'].lower()}."
        kind = FailureKind.PARAMETER
    except InputError as error:
        message, kind = str(error), FailureKind.EXECUTION
    except Exception as error:  # a plug-in may raise anything; the run must not end by it
        message = f"The tool {tool.name} failed: {type(error).__name__}: {error}"
        kind = FailureKind.INTERNAL
    return Outcome(text=message, failure=Failure(kind=kind, where=agent.name, message=message))


def _rejected(agent: Agent, state: AgentState, call: PendingCall, reason: str) -> dict[str, Any]:
    """A person said no to the statement."""
    text = "A person rejected this statement" + (f": {reason}" if reason else ".")
    failure = Failure(kind=FailureKind.REJECTED, where=agent.name, message=text, step=state.step)
    mark = fingerprint(call.name, call.arguments, text)
    return {"outcome": Step(text=text, failure=failure, fingerprint=mark)}


def _observe(agent: Agent, state: AgentState, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Tell the model what came of it (EH-2) and decide whether the loop goes on (RC-1)."""
    dependencies, rules = runtime.context, runtime.context.rules
    limits = dependencies.settings.limits
    recorder = Recorder(runtime.stream_writer, agent.name)
    outcome = state.outcome
    assert outcome is not None  # every path into this node sets it
    text = outcome.text
    failures: tuple[Failure, ...] = ()
    in_a_row = 0
    gave_up = None
    if outcome.failure is not None:
        failures = (outcome.failure,)
        in_a_row = state.failures_in_a_row + 1
        attempt = 1 + _run_of_kind(state, outcome.failure.kind)
        recovery = recorder.rule("EH-2", rules.execution_recovery(outcome.failure, attempt, limits))
        advice = recovery.feedback.removeprefix(outcome.failure.message).strip()
        if advice and advice not in text:
            text = f"{text}\n{advice}"
        if recovery.action in {"give_up", "requery"} and not outcome.final:
            gave_up = recovery.action
    budget = state.run.budget
    usage = state.run.usage + state.usage
    reason = recorder.rule(
        "RC-1",
        rules.iteration_control(
            step=state.step + 1,
            max_steps=limits.max_agent_steps,
            final=outcome.final,
            failures_in_a_row=in_a_row,
            max_failures=limits.max_failures,
            tokens=usage.tokens,
            max_tokens=budget.tokens if budget else limits.max_tokens,
            seconds=seconds_since(budget.started) if budget else 0.0,
            max_seconds=budget.seconds if budget else limits.max_seconds,
            fingerprint=outcome.fingerprint,
            seen=state.seen,
        ),
    )
    return {
        "messages": _reply(state, _cut(text, limits.observation_characters)),
        "pending": None,
        "outcome": None,
        "step": state.step + 1,
        "failures_in_a_row": in_a_row,
        "stop": reason or gave_up,
        "seen": (outcome.fingerprint,),
        "failures": failures,
        "trace": tuple(recorder.events),
    }


def _run_of_kind(state: AgentState, kind: FailureKind) -> int:
    """How many failures of one kind the current run of failures ends with."""
    run = state.failures[len(state.failures) - state.failures_in_a_row :]
    return sum(1 for _ in takewhile(lambda failure: failure.kind is kind, reversed(run)))


def _reply(state: AgentState, text: str) -> list[AnyMessage]:
    """The observation as a message that providers accept after what the model wrote.

    A provider wants an answer to every tool call, also to those that were not run.
    """
    answer = state.messages[-1] if state.messages else None
    calls: list[Any] = []
    if isinstance(answer, AIMessage):
        calls = [*answer.tool_calls, *answer.invalid_tool_calls]
    run = state.pending.id if state.pending is not None else None
    replies: list[AnyMessage] = []
    for index, call in enumerate(calls):
        mine = call.get("id") == run if run else index == 0
        replies.append(
            ToolMessage(
                text if mine else "Not run: one call at a time.",
                tool_call_id=call.get("id") or f"call_{index}",
            )
        )
    return replies or [HumanMessage(text)]


def _text_of(message: AnyMessage) -> str:
    """The text of a message, pictures and tool calls left out."""
    if isinstance(message.content, str):
        return message.content
    return "".join(
        block if isinstance(block, str) else str(block.get("text", "")) for block in message.content
    )


def _cut(text: str, limit: int) -> str:
    """Keep an observation within its size, and say that it was cut."""
    if len(text) <= limit:
        return text
    return text[: limit - 60].rstrip() + f"\n… cut, {len(text):,} characters in all."


def _short(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments for the trace: long texts keep their beginning."""
    return {
        key: value if not isinstance(value, str) or len(value) <= 4_000 else value[:4_000] + "…"
        for key, value in arguments.items()
    }
