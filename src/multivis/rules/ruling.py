"""What a rule gives back: a value, whether the rule made a difference, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from multivis.state import RuleEvent

__all__ = ["Ruling", "shorten"]

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Ruling(Generic[T_co]):
    """The answer of one rule.

    Attributes:
        value: What the rule decided.
        fired: Whether the rule made a difference: it changed, blocked, or decided something
            that would have gone differently without it.
        outcome: One word for the trace, for example ``"clamped"``.
        why: One sentence; empty when nothing needs saying.
        before: What was there, in short (JSON values).
        after: What the rule made of it, in short (JSON values).
    """

    value: T_co
    fired: bool = False
    outcome: str = "passed"
    why: str = ""
    before: Any = None
    after: Any = None

    def event(self, rule_id: str, where: str = "") -> RuleEvent:
        """This ruling as a line of the trace.

        Args:
            rule_id: Number of the rule, for example ``"TE-1"``.
            where: Node or tool that the rule guarded.
        """
        return RuleEvent(
            rule=rule_id,
            outcome=self.outcome,
            before=self.before,
            after=self.after,
            why=self.why,
            where=where,
        )


def shorten(value: Any, characters: int = 80) -> str:
    """A value as text for a message, cut to a length."""
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= characters else text[: characters - 1] + "…"
