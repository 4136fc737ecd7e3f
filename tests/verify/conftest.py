"""Random runs of the real graph and loops, with every transition written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

import pytest

from multivis import RuleBook
from multivis.errors import CredentialError, ProviderError, QuestionError
from multivis.graph import build_graph, react
from multivis.graph.nodes.coordinator import coordinator
from multivis.graph.nodes.database import DATABASE_AGENT, with_rows
from multivis.graph.nodes.validation import VALIDATION_AGENT
from multivis.graph.nodes.visualization import VISUALIZATION_AGENT, with_chart
from multivis.graph.nodes.workers import run_agent
from multivis.runs import as_state
from multivis.settings import Limits
from multivis.state import Evaluation, Recommendation, References, Request, Scenario, State
from multivis.tool import Outcome, Tool, ToolContext
from multivis.verify.coordination import CoordinatorWalk, Sight, abstract_run
from multivis.verify.loop import MADE, LoopWalk, Now, abstract
from multivis.verify.parts import (
    CHART,
    EXISTING,
    FAILURES,
    OWN_DATA_CHART,
    QUERY,
    failure_of,
    make_dependencies,
)
from multivis.verify.proposals import proposals

AGENTS = {"database": DATABASE_AGENT, "visualization": VISUALIZATION_AGENT}
AGENTS["validation"] = VALIDATION_AGENT

#: Random runs are made under these; small ones reach every bound.
LIMITS = (
    Limits(max_steps=3, max_agent_steps=3, max_failures=2),
    Limits(max_steps=5, max_agent_steps=4, max_failures=3, max_tokens=1_000),
    Limits(max_steps=1, max_agent_steps=1, max_failures=1),
)


@dataclass
class Walks:
    """The abstract walks under one set of limits, made once."""

    limits: Limits
    coordinator: CoordinatorWalk
    loops: dict[str, LoopWalk]


@cache
def walks(limits: Limits) -> Walks:
    """Walk everything under some limits."""
    book = RuleBook()
    made = Walks(
        limits,
        CoordinatorWalk(book, limits),
        {name: LoopWalk(agent, book, limits) for name, agent in AGENTS.items()},
    )
    for walk in (made.coordinator, *made.loops.values()):
        assert walk.walk().violations == ()
    return made


@dataclass
class Record:
    """The concrete transitions of one run, as abstract ones."""

    sights: list[Sight] = field(default_factory=list)
    loops: list[tuple[str, list[Now]]] = field(default_factory=list)


class RandomModel:
    """Answers anything, or fails in any way."""

    deterministic = True

    def __init__(self, random: Random) -> None:
        self.random = random

    def bind_tools(self, tools: Any, **options: Any) -> RandomModel:
        """The names of the tools say who asks."""
        self.names = {tool["function"]["name"] for tool in tools}
        return self

    def invoke(self, messages: Any) -> Any:
        """One random answer."""
        if self.random.random() < 0.1:
            errors = (ProviderError("down", transient=False), CredentialError("no key"))
            raise self.random.choice((*errors, ValueError("a defect")))
        if self.names == {"CoordinatorDecision"}:
            return self.random.choice(_decisions())
        agent = next(a for a in AGENTS.values() if {t.name for t in a.tools()} == self.names)
        choice = _answers(agent.name)
        if self.random.random() < 0.7:
            choice = [p for p in choice if "least" in p.name]
        return self.random.choice(choice).message


@cache
def _answers(name: str) -> list[Any]:
    return list(proposals({tool.name: tool for tool in AGENTS[name].tools()}))


@cache
def _decisions() -> tuple[Any, ...]:
    from multivis.verify.coordination import _answers as decisions

    return tuple(answer for answer in decisions() if not isinstance(answer, Exception))


class RandomModels:
    """A router with one random model."""

    candidates = ()
    has_vision = False

    def __init__(self, random: Random) -> None:
        self.model = RandomModel(random)

    def select(self, purpose: str, *, images: bool = False) -> Any:
        """A model of its own for every call."""
        return RandomModel(self.model.random)

    def name(self, model: Any) -> str:
        """How it is called."""
        return "random"


def _tool(tool: Tool, random: Random) -> Tool:
    """The tool with a random result in place of what it does."""

    def run(arguments: Any, context: ToolContext) -> Outcome:
        del arguments, context
        if random.random() < 0.1:
            raise random.choice((RuntimeError("a plug-in"), QuestionError("no")))
        name = random.choice(("", "", "", *FAILURES))
        made = random.choice(("", *MADE))
        update = {made: MADE[made]} if made else {}
        if made == "query":
            update = {"query": QUERY.model_copy(update={"sql": f"SELECT {random.randint(1, 3)}"})}
        if made == "chart":
            code = random.choice((CHART.code, f"{CHART.code}  # {random.randint(1, 3)}"))
            update = {"chart": CHART.model_copy(update={"code": code})}
        return Outcome(
            text=f"{name} {random.randint(1, 4)}",
            failure=failure_of(name) if name else None,
            final=random.random() < 0.5,
            update=update,
        )

    return replace(tool, run=run)


def _evaluation(random: Random) -> Evaluation:
    recommendations = tuple(
        Recommendation(
            target=random.choice(("sql", "code")),
            severity=random.choice(("error", "warning")),
            text=f"Change {random.randint(1, 5)}",
        )
        for _ in range(random.randint(0, 3))
    )
    return Evaluation(passed=random.random() < 0.4, recommendations=recommendations)


@contextmanager
def recording(record: Record) -> Iterator[None]:
    """Write down what every node of the agents' loops is given."""
    with pytest.MonkeyPatch.context() as patch:
        for at in ("reason", "check", "act", "observe"):
            real = getattr(react, f"_{at}")

            def seen(agent: Any, state: Any, runtime: Any, at: str = at, real: Any = real) -> Any:
                record.loops[-1][1].append(abstract(state, at))
                return real(agent, state, runtime)

            patch.setattr(react, f"_{at}", seen)
        yield


def random_run(seed: int) -> tuple[Limits, Record]:
    """One random run of the real graph: real guards, rules, coordinator and loops."""
    random = Random(seed)
    limits = LIMITS[seed % len(LIMITS)]
    record = Record()
    dependencies = replace(
        make_dependencies(RuleBook(), limits), models=RandomModels(random), backends={"altair": 1}
    )
    own, queried = random.random() < 0.4, random.random() < 0.2

    def stubbed(name: str) -> react.Agent:
        agent = AGENTS[name]
        return react.Agent(
            name, agent.purpose, lambda: tuple(_tool(t, random) for t in agent.tools())
        )

    def loop(name: str, state: State, runtime: Any) -> react.AgentState:
        record.loops.append((name, []))
        end = run_agent(stubbed(name), "system", "brief", state, runtime)
        record.loops[-1][1].append(abstract(end, "__end__"))
        return end

    def database(state: State, runtime: Any) -> dict[str, Any]:
        record.sights.append(abstract_run(state, "database"))
        return with_rows(loop("database", state, runtime), state)

    def visualization(state: State, runtime: Any) -> dict[str, Any]:
        record.sights.append(abstract_run(state, "visualization"))
        end = loop("visualization", state, runtime)
        if own and random.random() < 0.3:
            end = end.model_copy(update={"chart": OWN_DATA_CHART})
        return with_chart(end, state, runtime.context)

    def validation(state: State, runtime: Any) -> dict[str, Any]:
        record.sights.append(abstract_run(state, "validation"))
        loop("validation", state, runtime)
        if random.random() < 0.1:
            raise RuntimeError("a check raised")
        return {"evaluation": _evaluation(random), "chart": state.chart}

    def decide(state: State, runtime: Any) -> dict[str, Any]:
        record.sights.append(abstract_run(state, "coordinator"))
        return coordinator(state, runtime)

    def intake(state: State, runtime: Any) -> dict[str, Any]:
        from multivis.verify.parts import make_budget

        late = random.random() < 0.03
        return {
            "scenario": Scenario.REFINEMENT if own else Scenario.BASIC,
            "references": References(existing=EXISTING if own else None),
            "budget": make_budget(limits, late=late),
        }

    nodes = {"intake": intake, "coordinator": decide, "database": database}
    graph = _graph(limits)
    _NODES.update({**nodes, "visualization": visualization, "validation": validation})
    given: dict[str, Any] = {"request": Request(question="q", data="d")}
    if queried:
        given["query"] = QUERY
    with recording(record):
        end = as_state(graph.invoke(given, context=dependencies))
    record.sights.append(abstract_run(end, "__end__"))
    return limits, record


_NODES: dict[str, Any] = {}


@cache
def _graph(limits: Limits) -> Any:
    """The real graph, whose nodes are looked up when they run."""

    def named(name: str) -> Any:
        def run(state: State, runtime: Any) -> dict[str, Any]:
            update: dict[str, Any] = _NODES[name](state, runtime)
            return update

        return run

    names = ("intake", "coordinator", "database", "visualization", "validation")
    return build_graph({name: named(name) for name in names}, limits=limits)
