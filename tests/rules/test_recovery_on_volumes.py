"""EH-2 for the planning agent of volumes: its advice names no SQL and no data frame."""

from __future__ import annotations

import pytest

from multivis.rules import RuleBook
from multivis.settings import Limits
from multivis.state import Failure, FailureKind

KINDS = [
    FailureKind.MISSING_FIELD,
    FailureKind.REFUSED,
    FailureKind.TIMEOUT,
    FailureKind.MEMORY,
    FailureKind.OUTPUT,
    FailureKind.NO_CHART,
    FailureKind.EXECUTION,
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_the_advice_is_about_volumes_and_escalates(kind, attempt):
    def feedback(where: str, number: int) -> str:
        failure = Failure(kind=kind, where=where, message="It failed.")
        return RuleBook().execution_recovery(failure, number, Limits()).value.feedback

    said = feedback("planner", attempt)
    assert not any(word in said for word in ("SQL", "SELECT", "frame df", "get_table", "query"))
    assert said != feedback("planner", attempt + 1)
