"""An agent that lives long: what it has open stays bounded, whatever it is asked."""

from __future__ import annotations

import gc
import importlib
import os
import weakref
from pathlib import Path

import pandas as pd
import pytest

from multivis import open_source
from multivis.opened import OpenSources
from multivis.state import State

TASKS = Path("/proc/self/task")


def test_the_source_of_the_same_data_is_opened_once() -> None:
    frame = pd.DataFrame({"a": [1]})
    sources = OpenSources()
    assert sources.get(frame, open_source) is sources.get(frame, open_source)
    sources.close()


def test_sources_that_were_not_asked_for_longest_are_let_go(tmp_path: Path) -> None:
    sources = OpenSources(kept=2)
    frames = [pd.DataFrame({"a": [number]}) for number in range(3)]
    first = sources.get(frames[0], open_source)
    gone = weakref.ref(sources.get(frames[1], open_source))
    sources.get(frames[0], open_source)
    sources.get(frames[2], open_source)
    gc.collect()
    assert len(sources) == 2 and gone() is None
    assert sources.get(frames[0], open_source) is first
    sources.close()


@pytest.mark.skipif(not TASKS.is_dir(), reason="threads of the engine are counted in /proc")
def test_a_source_costs_no_more_threads_than_there_are_processors() -> None:
    first = open_source(pd.DataFrame({"a": [1]}))
    first.schema()
    before = len(list(TASKS.iterdir()))
    others = [open_source(pd.DataFrame({"a": [number]})) for number in range(3)]
    for source in others:
        source.schema()
    assert len(list(TASKS.iterdir())) - before <= 3 * (os.cpu_count() or 1)
    for source in (first, *others):
        source.close()


def test_a_source_that_was_let_go_can_still_be_read() -> None:
    sources = OpenSources(kept=1)
    source = sources.get(pd.DataFrame({"a": [5]}), open_source)
    sources.get(pd.DataFrame({"b": [1]}), open_source)
    table = source.schema().tables[0].name
    assert source.execute(f"SELECT a FROM {table}").table.num_rows == 1
    sources.close()
    source.close()


@pytest.mark.slow
def test_asking_everything_again_leaves_what_there_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    endurance = importlib.import_module("endurance")
    day = endurance.Day(tmp_path / "day", seed=4)
    kinds = [kind for kind in day.kinds if kind not in {"another agent", "killed worker"}]
    seen, kept = [], []
    for number in range(2):
        for kind in kinds:
            endurance.load.TABLE = "sale"
            day.kinds[kind](number)
        seen.append(day.measured(number, len(kinds)))
        kept.append(sum(isinstance(thing, State) for thing in gc.get_objects()))
    day.close()
    first, last = seen
    assert day.wrong == []
    assert last.descriptors <= first.descriptors
    assert last.folders <= first.folders
    assert last.threads <= first.threads + (os.cpu_count() or 1)  # one more frame is open
    assert kept[0] == kept[1]  # the state of no run but the last is kept
