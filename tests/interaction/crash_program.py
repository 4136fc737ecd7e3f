"""Runs a question again and again, each time dying at another boundary, and resumes it.

Arguments: a folder for what the runs come to, and a SQLite database with a table ``sales``.

Starting a sandbox and drawing cost most of a run and have nothing to do with most boundaries. So
the first, clean run keeps what they gave, and the others are given it again, but for those that
die around the sandbox: they start a real one.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

# imported once, before the forks
import altair
import duckdb
import langgraph.checkpoint.sqlite
import pandas
import sqlglot
import vl_convert

import multivis.charts.backends.altair as backend
import multivis.charts.renderer as renderer
import multivis.charts.scenegraph.drawing as drawing
from multivis import MultiVis, open_source
from multivis.charts.tools import chart_tools
from multivis.data.tools import data_tools
from multivis.graph import NODES
from multivis.graph.nodes.validation import VALIDATION_AGENT
from multivis.sandbox import open_sandbox
from multivis.settings import Settings
from multivis.testing import ScriptedChatModel
from multivis.tool import Tool

IMPORTED = (altair, duckdb, langgraph, pandas, sqlglot, vl_convert)
SQL = "SELECT region, SUM(amount) AS total FROM sales GROUP BY region ORDER BY total DESC"
CODE = """chart = alt.Chart(df).mark_bar().encode(
    x=alt.X("region:N", sort="-y").title("Region"), y=alt.Y("total:Q").title("Total"))"""
QUESTION = "Show a bar chart of the total amount by region"
#: What each agent calls, in turn: every tool that there is.
CALLS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "execute_sql": [
        ("list_tables", {}),
        ("get_table", {"table": "sales"}),
        ("get_foreign_keys", {}),
        ("find_fields", {"text": "amount"}),
        ("execute_sql", {"sql": SQL}),
    ],
    "execute_code": [
        ("get_code_example_list", {}),
        ("get_code_example", {"name": "bar_simple"}),
        ("execute_code", {"code": CODE}),
    ],
    "submit_evaluation": [
        ("execute_altair_code", {}),
        ("execute_matplotlib_code", {}),
        ("submit_evaluation", {"passed": True}),
    ],
}
AGENTS: Mapping[str, tuple[Tool, ...]] = {
    "database": data_tools(),
    "visualization": chart_tools(),
    "validation": VALIDATION_AGENT.tools(),
}


class Boundaries:
    """Counts the boundaries that a run passes, and dies at the one that was named."""

    def __init__(self, die_at: int, log: Path) -> None:
        self.die_at, self.log = die_at, log
        self.passed: list[str] = []

    def __call__(self, name: str) -> None:
        self.passed.append(name)
        with self.log.open("a") as stream:
            stream.write(name + "\n")
        if len(self.passed) - 1 == self.die_at:
            os._exit(9)

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with a boundary on either side."""

        def watched(*arguments: Any, **named: Any) -> Any:
            self("before " + name)
            value = function(*arguments, **named)
            self("after " + name)
            return value

        return watched


class Watched:
    """An object one of whose methods is watched."""

    def __init__(self, inner: Any, method: str, watched: Callable[..., Any]) -> None:
        self.__dict__.update(_inner=inner, _method=method, _watched=watched)

    def __getattr__(self, name: str) -> Any:
        return self._watched if name == self._method else getattr(self._inner, name)


class Kept:
    """What the sandbox and Vega gave in the clean run, by what they were asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # each pickled by itself: whoever gets one may change it
        self.given: dict[str, bytes] = pickle.loads(path.read_bytes()) if path.exists() else {}

    def of(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, called only for what was not kept."""

        def given(*arguments: Any, **named: Any) -> Any:
            key = json.dumps([name, arguments, named], sort_keys=True, default=_plain)
            if key not in self.given:
                self.given[key] = pickle.dumps(function(*arguments, **named))
            return pickle.loads(self.given[key])

        return given

    def write(self) -> None:
        self.path.write_bytes(pickle.dumps(self.given))


def _plain(value: Any) -> str:
    """Part of a key: the content of a file in place of where it is."""
    return value.read_bytes().hex() if isinstance(value, Path) else repr(value)


class Idle:
    """A sandbox that is opened once it is needed."""

    def __init__(self) -> None:
        self.opened: Any = None

    def run(self, *arguments: Any, **named: Any) -> Any:
        if self.opened is None:
            self.opened = open_sandbox(Settings())
        return self.opened.run(*arguments, **named)

    def close(self) -> None:
        if self.opened is not None:
            self.opened.close()


def model(boundary: Boundaries) -> ScriptedChatModel:
    """Calls each tool of the agent that asks, in turn."""

    def answer(call: Any) -> dict[str, Any]:
        final = next(name for name in CALLS if name in call.tool_names)
        done = sum(message.type == "tool" for message in call.messages)
        tool, arguments = CALLS[final][done]
        boundary("model " + tool)
        return {"name": tool, "args": arguments}

    return ScriptedChatModel([answer], repeat=True)


def go(folder: Path, data: str, name: str, die_at: int, resume: bool, real: bool) -> None:
    """One run, or the rest of one; what it came to is written beside its log."""
    boundary = Boundaries(die_at, folder / f"{name}.log")
    kept = Kept(folder / "kept.pickle")
    sandbox: Any = open_sandbox(Settings()) if real else Idle()
    run = sandbox.run
    if not real:
        run = kept.of("run", run)
        renderer.warm = lambda: None
        for module in (drawing, backend):
            module.__dict__["render"] = kept.of("render", renderer.render)
    source = open_source(data)

    def watched(tool: Tool) -> Tool:
        return replace(tool, run=boundary.around(tool.name, tool.run))

    agent = MultiVis(
        Watched(source, "execute", boundary.around("the query", source.execute)),
        model=model(boundary),
        sandbox=Watched(sandbox, "run", boundary.around("the sandbox", run)),
        nodes={node: boundary.around(node, function) for node, function in NODES.items()},
        tools={agent: map(watched, tools) for agent, tools in AGENTS.items()},
        checkpointer=f"sqlite:///{folder / (name + '.sqlite')}",
        judge="always",
    )
    result = agent.resume("the-run") if resume else agent.ask(QUESTION, thread_id="the-run")
    assert result.spec is not None and result.data is not None, result.failures
    told = {
        "status": result.status.value,
        "passed": result.passed,
        "sql": result.sql,
        "rows": result.data.to_pylist(),
        "spec": {key: value for key, value in result.spec.items() if key != "usermeta"},
        "steps": result.steps,
        "calls": result.usage.calls,
        "failures": [failure.kind.value for failure in result.failures],
        "boundaries": boundary.passed,
    }
    agent.close()
    sandbox.close()
    source.close()
    if name == "clean":
        kept.write()
    (folder / f"{name}.json").write_text(json.dumps(told, sort_keys=True, default=str))


def fork(*arguments: Any) -> int:
    """Run `go` in a child that ends without cleaning up; gives its exit status."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            go(*arguments)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """A clean run, then one crash and one resumption for each boundary that may differ."""
    folder, data = Path(sys.argv[1]), sys.argv[2]
    assert fork(folder, data, "clean", -1, False, False) == 0
    # once more in this process, which starts nothing for it: what is loaded and compiled at the
    # first run is then there in all children
    go(folder, data, "warm", -1, False, False)
    gc.collect()
    gc.freeze()  # children do not copy pages for the collector's marks
    boundaries = json.loads((folder / "clean.json").read_text())["boundaries"]
    first = {name: boundaries.index(name) for name in reversed(boundaries)}
    for number, boundary in enumerate(boundaries):
        if boundary.startswith("model "):
            continue  # nothing but rules is between it and the tool: the next boundary
        name = f"crash{number}"
        real = first[boundary] == number and boundary.endswith("the sandbox")
        assert fork(folder, data, name, number, False, real) == 9, number
        again = real and boundary.startswith("before")
        assert fork(folder, data, name, -1, True, again) == 0, number
    print("ended")


if __name__ == "__main__":
    main()
