"""Each kind of fault by itself: once, it is survived; for ever, the run ends by a named failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from multivis import Limits, MultiVis, Result
from multivis.offline.model import OfflineChatModel
from multivis.protocols import Sandbox
from multivis.sandbox import open_sandbox
from multivis.settings import Settings
from multivis.state import FailureKind, Status
from multivis.testing import FaultyChatModel
from multivis.testing.faults import KINDS

_OF_CODE = {"syntax_error", "endless_loop", "memory_bomb", "output_flood", "outside_write"}
_LIMITS = Limits(
    code_seconds=2.0, code_memory=500_000_000, max_steps=4, max_failures=2, model_retries=1
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    made = open_sandbox(Settings(cache_dir=tmp_path_factory.mktemp("cache")))
    yield made
    made.close()


def ask(model: FaultyChatModel, folder: Path, sandbox: Sandbox) -> Result:
    """One question under faults; the data must stay as they are."""
    sales = folder / "sales.csv"
    content = "region,amount\n" + "".join(f"{name},{n}\n" for n, name in enumerate("abcab"))
    sales.write_text(content)
    judge = "always" if "contradicting_evaluation" in str(model) else "never"
    with MultiVis(
        sales, model=model, sandbox=sandbox, limits=_LIMITS, judge=judge, cache_dir=folder / "cache"
    ) as agent:
        result = agent.ask("Total amount by region")
    assert sales.read_text() == content
    assert not any(failure.kind is FailureKind.INTERNAL for failure in result.failures)
    return result


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_of_each_kind_is_survived(kind: str, tmp_path: Path, sandbox: Sandbox) -> None:
    call = 3 if kind == "contradicting_evaluation" else 2 if kind in _OF_CODE else 1
    model = FaultyChatModel(inner=OfflineChatModel(), faults={call: kind}, retry_after=0.01)
    result = ask(model, tmp_path, sandbox)
    assert model.injected == ((call, kind),)
    assert result.passed, result.failures


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_at_every_call_ends_the_run_by_itself(
    kind: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    model = FaultyChatModel(
        inner=OfflineChatModel(), rate=1.0, kinds=(kind,), seed=3, retry_after=0.01
    )
    result = ask(model, tmp_path, sandbox)
    assert model.injected
    assert result.status in {Status.COMPLETE, Status.EXHAUSTED, Status.FAILED}
    assert result.passed or result.failures
