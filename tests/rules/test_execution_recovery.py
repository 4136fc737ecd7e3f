"""EH-2: every failure has a recovery; recoveries escalate and end."""

from __future__ import annotations

from itertools import pairwise

import pytest

from multivis.rules import execution_recovery
from multivis.settings import Limits
from multivis.state import Failure, FailureKind

LIMITS = Limits()


def failure(kind, message="It failed.", where="execute_sql", **detail):
    return Failure(kind=kind, where=where, message=message, detail=detail)


def recover(kind, attempt=1, limits=LIMITS, **rest):
    return execution_recovery(failure(kind, **rest), attempt, limits).value


@pytest.mark.parametrize("kind", list(FailureKind))
def test_every_failure_has_a_recovery_and_no_attempt_gets_the_same_one(kind):
    limits = Limits(max_failures=6, model_retries=6)
    seen = set()
    for attempt in range(1, 6):
        recovery = recover(kind, attempt, limits)
        assert recovery.feedback
        if recovery.action == "give_up":
            break
        assert (recovery.action, recovery.feedback, recovery.wait) not in seen
        seen.add((recovery.action, recovery.feedback, recovery.wait))


@pytest.mark.parametrize("where", ["database", "planner"])
@pytest.mark.parametrize("kind", list(FailureKind))
def test_each_attempt_is_told_something_else_than_the_one_before(kind, where):
    advice = []
    for attempt in range(1, 8):
        recovery = recover(kind, attempt, Limits(max_failures=8), where=where)
        if recovery.action == "give_up":
            break
        advice.append(recovery.feedback.partition("(Attempt")[0])
    assert len(set(advice[:3])) == len(advice[:3])
    assert all(one != other for one, other in pairwise(advice))


@pytest.mark.parametrize("kind", list(FailureKind))
def test_every_recovery_ends(kind):
    last = max(LIMITS.max_failures, LIMITS.model_retries + 1)
    for attempt in (last, last + 1, 1000):
        assert recover(kind, attempt).action == "give_up"


def test_a_missing_column_lists_the_real_ones():
    recovery = recover(
        FailureKind.MISSING_FIELD, message="No column 'nam'.", suggestions=["name", "age"]
    )
    assert recovery.action == "retry"
    assert "name, age" in recovery.feedback


def test_names_that_the_message_already_lists_are_not_listed_twice():
    recovery = recover(
        FailureKind.MISSING_FIELD, message="Use name, age.", available=["name", "age"]
    )
    assert recovery.feedback.count("name, age") == 1


def test_a_syntax_error_shows_the_line():
    recovery = recover(FailureKind.SYNTAX, line=3, source_line="  y = (2")
    assert "Line 3: y = (2" in recovery.feedback


@pytest.mark.parametrize("kind", [FailureKind.TIMEOUT, FailureKind.MEMORY, FailureKind.OUTPUT])
def test_too_much_is_narrowed_at_once(kind):
    assert recover(kind).action == "narrow"


def test_the_second_attempt_gets_narrower_advice():
    first, second = recover(FailureKind.EXECUTION, 1), recover(FailureKind.EXECUTION, 2)
    assert (first.action, second.action) == ("retry", "narrow")
    assert "Attempt 2 of 4" in second.feedback


def test_code_that_keeps_missing_a_field_asks_for_another_query():
    recovery = recover(FailureKind.MISSING_FIELD, 3, where="execute_code")
    assert recovery.action == "requery"


def test_a_missing_query_is_made_first():
    assert recover(FailureKind.PREREQUISITE, missing=["query"]).action == "requery"
    assert recover(FailureKind.PREREQUISITE, missing=["chart"]).action == "retry"


@pytest.mark.parametrize("kind", [FailureKind.INTERNAL, FailureKind.IMAGE])
def test_what_no_model_can_mend_is_given_up_at_once(kind):
    assert recover(kind).action == "give_up"


@pytest.mark.parametrize(
    ("attempt", "detail", "wait"),
    [(1, {}, 1), (2, {}, 2), (3, {}, 4), (1, {"retry_after": 7}, 7), (1, {"retry_after": 9e9}, 60)],
)
def test_a_provider_fault_backs_off_as_long_as_it_asks(attempt, detail, wait):
    recovery = recover(FailureKind.PROVIDER, attempt, **detail)
    assert recovery.action == "back_off"
    assert recovery.wait == wait


def test_a_provider_fault_that_stays_is_given_up():
    assert recover(FailureKind.PROVIDER, transient=False).action == "give_up"
    assert recover(FailureKind.PROVIDER, LIMITS.model_retries + 1).action == "give_up"


@pytest.mark.parametrize("asked", ["soon", -3, float("nan"), None, [1]])
def test_a_wait_that_makes_no_sense_is_not_believed(asked):
    recovery = recover(FailureKind.PROVIDER, retry_after=asked)
    assert recovery.wait == 1


@pytest.mark.parametrize("attempt", [0, -5])
def test_an_attempt_before_the_first_counts_as_the_first(attempt):
    assert recover(FailureKind.SYNTAX, attempt) == recover(FailureKind.SYNTAX, 1)
