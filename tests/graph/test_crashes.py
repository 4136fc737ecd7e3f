"""A crash at every node's boundary, before and after it ran: the run goes on to the same result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from multivis import MultiVis
from multivis.graph import NODES
from multivis.state import Status
from multivis.testing import ScriptedChatModel

from .conftest import code_call, sql_call

QUESTION = "Show a bar chart of the total amount by region"
#: The nodes of a clean run, in order.
ORDER = ("intake", *("coordinator", "database", "coordinator", "visualization"))
ORDER += ("coordinator", "validation", "coordinator")


class Crash(BaseException):
    """What no code of ours catches: the process is gone."""


class Crashing:
    """All nodes, the real ones; the process ends when the one with a number runs."""

    def __init__(self, number: int, *, before: bool) -> None:
        self.number, self.before = number, before
        self.ran: list[str] = []

    def nodes(self) -> dict[str, Any]:
        return {name: self.wrapped(name, node) for name, node in NODES.items()}

    def wrapped(self, name: str, node: Any) -> Any:
        def run(state: Any, runtime: Any) -> Any:
            now = len(self.ran) == self.number
            if now and self.before:
                raise Crash
            update = node(state, runtime)
            if now:
                raise Crash
            self.ran.append(name)
            return update

        return run


def agent(sales: Path, sandbox: Any, folder: Path, nodes: Any) -> MultiVis:
    return MultiVis(
        sales,
        model=ScriptedChatModel([sql_call()] * 2),
        code=ScriptedChatModel([code_call()] * 2),
        sandbox=sandbox,
        nodes=nodes,
        cache_dir=folder / "cache",
        checkpointer=f"sqlite:///{folder}/runs.db",
    )


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("number", range(len(ORDER)), ids=lambda n: f"{n}-{ORDER[n]}")
def test_a_run_goes_on_after_a_crash_and_repeats_nothing_that_was_finished(
    sales: Path, sandbox: Any, tmp_path: Path, number: int, before: bool
) -> None:
    crashing = Crashing(number, before=before)
    with agent(sales, sandbox, tmp_path, crashing.nodes()) as first, pytest.raises(Crash):
        first.ask(QUESTION, thread_id="t")
    assert tuple(crashing.ran) == ORDER[:number]
    going_on = Crashing(99, before=True)
    with agent(sales, sandbox, tmp_path, going_on.nodes()) as second:
        result = second.resume("t")
    assert tuple(going_on.ran) == ORDER[number:]
    assert result.status is Status.COMPLETE
    assert (result.steps, result.data.num_rows, result.usage.calls) == (3, 4, 2)
    assert not list((tmp_path / "cache").rglob(".part-*"))
