"""The guard behind the coordinator, asked alone."""

from __future__ import annotations

import pytest

from multivis import RuleBook
from multivis.graph.guards import END_OF_RUN, after_coordinator
from multivis.state import Action, Proposal, Request, State


@pytest.mark.parametrize(
    ("action", "node"),
    [
        (Action.DATABASE, "database"),
        (Action.VISUALIZATION, "database"),
        (Action.VALIDATION, "database"),
        (Action.COMPLETE, END_OF_RUN),
        (Action.STOP, END_OF_RUN),
    ],
)
def test_a_proposal_that_lacks_something_goes_to_what_can_be_made_first(
    action: Action, node: str
) -> None:
    state = State(
        request=Request(question="q", data="d"), proposal=Proposal(action=action, why="any")
    )
    assert after_coordinator(state, RuleBook()) == node
