"""`multivis verify`: what it prints, and how it ends."""

from __future__ import annotations

import pytest

from multivis import Limits, RuleBook
from multivis.cli import main
from multivis.verify import LoopReport, Verification, Violation, verify

SMALL = Limits(max_steps=4, max_agent_steps=2, max_failures=2)


def test_the_command_says_what_was_walked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["verify", "--steps", "2", "--agent-steps", "2", "--failures", "2", "--paths"])
    out = capsys.readouterr().out
    assert stop.value.code == 0
    for words in ("coordinator", "visualization", "recoveries", "transitions", "longest path of"):
        assert words in out
    assert out.count("holds") == 4


def test_a_violation_is_printed_with_its_path_and_ends_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Violation(3, "A path never ends.", ("first", "second"))
    loop = LoopReport("coordinator", 1, 1, 1, 1, 1, (), (wrong,))
    monkeypatch.setattr(
        "multivis.verify.verify", lambda **_: Verification((loop,), 0.1), raising=True
    )
    with pytest.raises(SystemExit) as stop:
        main(["verify"])
    assert stop.value.code == 1
    out = capsys.readouterr().out
    assert "Theorem 3: A path never ends." in out
    assert "  2. second" in out


@pytest.mark.parametrize("rule", ["CR-1", "CR-2", "CR-3", "TE-1", "EH-1", "EH-2", "RC-1"])
def test_without_a_rule_its_theorem_no_longer_holds(rule: str) -> None:
    assert not verify(RuleBook().without(rule), SMALL).holds
