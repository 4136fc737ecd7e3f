"""The abstraction misses nothing: every concrete transition of random runs is an abstract one."""

from __future__ import annotations

import os
from itertools import pairwise

import pytest

from multivis.state import Status

from .conftest import LIMITS, Record, Walks, random_run, walks

#: Set MULTIVIS_RANDOM_RUNS=10000 for the long version, with --timeout=0.
RUNS = int(os.environ.get("MULTIVIS_RANDOM_RUNS", "60"))
FIRST = int(os.environ.get("MULTIVIS_RANDOM_FIRST", "0"))


def not_abstract(record: Record, made: Walks) -> list[str]:
    """Concrete transitions that the walk does not have."""
    missing = []
    for sight, then in pairwise(record.sights):
        if sight not in made.coordinator.parents or then not in set(
            made.coordinator.successors(sight)
        ):
            missing.append(f"{sight} → {then}")
    for name, states in record.loops:
        walk = made.loops[name]
        for now, later in pairwise(states):
            if now not in walk.parents or later not in set(walk.successors(now)):
                missing.append(f"{name}: {now} → {later}")
    return missing


@pytest.mark.slow
def test_every_concrete_transition_of_random_runs_is_an_abstract_one() -> None:
    seen: set[str] = set()
    count = 0
    for seed in range(FIRST, FIRST + RUNS):
        limits, record = random_run(seed)
        assert not_abstract(record, walks(limits)) == [], seed
        assert record.sights[-1].status != Status.RUNNING.value
        count += len(record.sights) + sum(len(states) for _, states in record.loops)
        seen |= {sight.status for sight in record.sights}
    assert seen == {status.value for status in Status}
    print(f"{RUNS:,} runs, {count:,} concrete states")


def test_a_state_that_the_walk_does_not_know_is_noticed() -> None:
    limits, record = random_run(0)
    wrong = record.sights[-1]._replace(step=limits.max_steps + 1)
    assert not_abstract(Record([*record.sights[:-1], wrong]), walks(LIMITS[0]))
