"""Theorem 2 on the recoveries themselves: EH-2 for every failure and every attempt."""

from __future__ import annotations

from multivis.rules import RuleBook
from multivis.settings import Limits
from multivis.verify.parts import FAILURES, failure_of
from multivis.verify.report import LoopReport, Violation

__all__ = ["walk_recoveries"]

_ORDER = ("retry", "narrow", "back_off", "requery", "give_up")
_AT_ONCE = frozenset({"internal", "image", "unanswerable", "provider"})
_LONGEST_WAIT = 60.0


def walk_recoveries(rules: RuleBook, limits: Limits, agents: tuple[str, ...]) -> LoopReport:
    """Follow every failure, attempt by attempt, until it is given up.

    Args:
        rules: The rule book.
        limits: The bounds.
        agents: Where failures happen.
    """
    violations: list[Violation] = []
    calls = longest = 0
    path: tuple[str, ...] = ()
    for name in FAILURES:
        for agent in agents:
            told, wrong, asked = _follow(name, agent, rules, limits)
            calls += asked
            violations += [Violation(2, f"{agent}, {name}: {what}", told) for what in wrong]
            if len(told) > longest:
                longest, path = len(told), told
    bound = max(limits.max_failures, limits.model_retries + 1)
    return LoopReport(
        name="recoveries",
        states=calls,
        transitions=calls,
        calls=calls,
        longest=longest,
        bound=bound,
        path=path,
        violations=tuple(violations),
    )


def _follow(
    name: str, agent: str, rules: RuleBook, limits: Limits
) -> tuple[tuple[str, ...], list[str], int]:
    """One failure until it is given up: what is told, what is wrong, how often was asked."""
    failure = failure_of(name, agent)
    bound = limits.model_retries + 1 if "provider" in name else limits.max_failures
    told: list[str] = []
    wrong: list[str] = []
    actions: list[str] = []
    waits: list[float] = []
    for attempt in range(1, bound + 2):
        try:
            recovery = rules.execution_recovery(failure, attempt, limits).value
        except Exception as error:
            wrong.append(f"attempt {attempt} raised {type(error).__name__}")
            return tuple(told), wrong, attempt
        again = rules.execution_recovery(failure, attempt, limits).value
        if again != recovery:
            wrong.append(f"attempt {attempt} has two answers")
        if recovery.action not in _ORDER:
            wrong.append(f"the action {recovery.action!r} is not known")
            break
        if failure.message not in recovery.feedback or recovery.feedback == failure.message:
            wrong.append(f"attempt {attempt} is told no cause, or no way on")
        earlier = [_advice(feedback) for feedback in (told if attempt <= 3 else told[-1:])]
        if _advice(recovery.feedback) in earlier and recovery.action != "requery":
            wrong.append(f"attempt {attempt} is told nothing else than an earlier one")
        if recovery.feedback in told:
            wrong.append(f"attempt {attempt} repeats an earlier recovery unchanged")
        if (recovery.wait > 0) != (recovery.action == "back_off") or (
            not 0 <= recovery.wait <= _LONGEST_WAIT
        ):
            wrong.append(f"attempt {attempt} waits {recovery.wait} s")
        told.append(recovery.feedback)
        actions.append(recovery.action)
        waits.append(recovery.wait)
        if recovery.action == "give_up":
            break
    wrong += _judge(name, actions, waits, bound)
    return tuple(told), wrong, 2 * len(told)


def _advice(feedback: str) -> str:
    """What is told besides the number of the attempt."""
    return feedback.partition("(Attempt")[0].strip()


def _judge(name: str, actions: list[str], waits: list[float], bound: int) -> list[str]:
    """Escalation, the bound, and giving up neither too early nor too late."""
    wrong = []
    if actions[-1] != "give_up":
        wrong.append(f"{len(actions)} attempts and it is not given up")
    ranks = [_ORDER.index(action) for action in actions]
    if ranks != sorted(ranks):
        wrong.append(f"the recoveries do not escalate: {', '.join(actions)}")
    if waits[:-1] != sorted(waits[:-1]):
        wrong.append("the waits do not grow")
    expected = 1 if name in _AT_ONCE else bound
    if len(actions) != expected:
        wrong.append(f"it is given up at attempt {len(actions)}, not {expected}")
    return wrong
