"""Runs a question again and again, each time dying at another boundary, and resumes it.

Arguments: a folder for what the runs come to, and a SQLite database with a table ``sales``.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

# imported once, before the forks
import altair
import duckdb
import langgraph.checkpoint.sqlite
import pandas
import sqlglot
import vl_convert

from multivis import MultiVis, open_source
from multivis.graph import NODES
from multivis.sandbox import open_sandbox
from multivis.settings import Settings
from multivis.testing import ScriptedChatModel

IMPORTED = (altair, duckdb, langgraph, pandas, sqlglot, vl_convert)
SQL = "SELECT region, SUM(amount) AS total FROM sales GROUP BY region ORDER BY total DESC"
CODE = """chart = alt.Chart(df).mark_bar().encode(
    x=alt.X("region:N", sort="-y").title("Region"), y=alt.Y("total:Q").title("Total"))"""
QUESTION = "Show a bar chart of the total amount by region"


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


def go(folder: Path, data: str, name: str, die_at: int, resume: bool) -> None:
    """One run, or the rest of one; what it came to is written beside its log."""
    boundary = Boundaries(die_at, folder / f"{name}.log")

    def call(tool: str, **arguments: str) -> Callable[[Any], dict[str, Any]]:
        def answer(_: Any) -> dict[str, Any]:
            boundary("model " + tool)
            return {"name": tool, "args": arguments}

        return answer

    sandbox = open_sandbox(Settings())
    source = open_source(data)
    agent = MultiVis(
        Watched(source, "execute", boundary.around("the query", source.execute)),
        model=ScriptedChatModel([call("execute_sql", sql=SQL)] * 3),
        code=ScriptedChatModel([call("execute_code", code=CODE)] * 3),
        sandbox=Watched(sandbox, "run", boundary.around("the sandbox", sandbox.run)),
        nodes={node: boundary.around(node, function) for node, function in NODES.items()},
        checkpointer=f"sqlite:///{folder / (name + '.sqlite')}",
    )
    result = agent.resume("the-run") if resume else agent.ask(QUESTION, thread_id="the-run")
    assert result.spec is not None and result.data is not None
    told = {
        "status": result.status.value,
        "passed": result.passed,
        "sql": result.sql,
        "rows": result.data.to_pylist(),
        "spec": {key: value for key, value in result.spec.items() if key != "usermeta"},
        "steps": result.steps,
        "failures": [failure.kind.value for failure in result.failures],
        "boundaries": boundary.passed,
    }
    agent.close()
    sandbox.close()
    source.close()
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
    """A clean run, then one crash and one resumption for each of its boundaries."""
    folder, data = Path(sys.argv[1]), sys.argv[2]
    assert fork(folder, data, "clean", -1, False) == 0
    count = len(json.loads((folder / "clean.json").read_text())["boundaries"])
    for number in range(count):
        name = f"crash{number}"
        assert fork(folder, data, name, number, False) == 9, number
        assert fork(folder, data, name, -1, True) == 0, number
    print("ended")


if __name__ == "__main__":
    main()
