"""A clock that jumps, and a judge that contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest

from multivis.clock import seconds_since, steady_time
from multivis.state import Status
from multivis.testing.world import jumped_clock

from .conftest import code_call, sql_call

QUESTION = "Show a bar chart of the total amount by region"


@pytest.mark.parametrize("offset", [-86_400.0, 86_400.0])
def test_a_run_ends_as_usual_when_the_clock_jumps(ask_with: Any, offset: float) -> None:
    agent = ask_with([sql_call()], [code_call()])
    with jumped_clock(offset):
        assert agent.ask(QUESTION).status is Status.COMPLETE


def test_time_that_passed_is_never_negative() -> None:
    assert seconds_since(steady_time() + 1_000) == 0.0
    assert seconds_since(steady_time() - 1_000) >= 1_000


@pytest.mark.parametrize(
    "judgement",
    [
        {"passed": False, "recommendations": []},
        {
            "passed": True,
            "recommendations": [{"target": "code", "severity": "error", "text": "Nothing seen."}],
        },
    ],
)
def test_a_judgement_that_contradicts_itself_is_asked_again(
    ask_with: Any, judgement: dict[str, Any]
) -> None:
    judged = [judgement, {"passed": True}]
    calls = [{"name": "submit_evaluation", "args": arguments} for arguments in judged]
    result = ask_with([sql_call(), *calls], [code_call()], judge="always").ask(QUESTION)
    assert result.status is Status.COMPLETE
    assert result.evaluation.judged_by == "checks and model"
    assert any("contradicts itself" in failure.message for failure in result.failures)
