"""Every mutant of the rules and guards is noticed by the walks."""

from __future__ import annotations

import pytest

from multivis import RuleBook
from multivis.graph.nodes.database import DATABASE_AGENT
from multivis.graph.nodes.validation import VALIDATION_AGENT
from multivis.settings import Limits
from multivis.verify import Violation
from multivis.verify.coordination import CoordinatorWalk
from multivis.verify.loop import LoopWalk
from multivis.verify.recovery import walk_recoveries

from .mutants import MUTANTS, Mutant, applied

SMALL = Limits(max_steps=4, max_agent_steps=4, max_failures=3)


def violations(book: RuleBook) -> tuple[Violation, ...]:
    """What the walks find, the quickest first, until one finds something."""
    recoveries = walk_recoveries(book, Limits(), ("database", "visualization"))
    if recoveries.violations:
        return recoveries.violations
    for walk in (
        CoordinatorWalk(book, SMALL, enough=1),
        LoopWalk(VALIDATION_AGENT, book, SMALL, enough=1),
        LoopWalk(DATABASE_AGENT, book, SMALL, enough=1),
    ):
        found = walk.walk().violations
        if found:
            return found
    return ()


def test_the_real_rules_and_guards_have_no_violation() -> None:
    assert violations(RuleBook()) == ()


def test_there_are_mutants_enough() -> None:
    assert len(set(MUTANTS)) == len(MUTANTS) >= 40


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_every_mutant_is_noticed(mutant: Mutant) -> None:
    with applied(mutant) as book:
        found = violations(book)
    assert found, f"nobody notices: {mutant}"
    assert all(violation.what for violation in found)
