"""What a person answers when a run waits, in one form."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from multivis.errors import OptionError

__all__ = ["Decision", "read_decision"]

_YES = {"y", "yes", "approve", "approved", "accept", "ok", "true"}
_NO = {"n", "no", "reject", "rejected", "false"}


class Decision(BaseModel):
    """A person's decision.

    Attributes:
        approve: Whether the run may go on with what was shown.
        sql: A statement to run instead of the one shown; it passes the same guard.
        reason: Why not; it is given to the agent as a recommendation.
    """

    model_config = ConfigDict(extra="forbid")

    approve: bool
    sql: str | None = None
    reason: str = ""


def read_decision(answer: Any) -> Decision:
    """Read ``True``, ``"yes"``, ``"no"``, a `Decision` or a mapping with its fields.

    Raises:
        OptionError: The answer is none of these.
    """
    if isinstance(answer, Decision):
        return answer
    if isinstance(answer, bool):
        return Decision(approve=answer)
    if isinstance(answer, str):
        word = answer.strip().lower()
        if word in _YES:
            return Decision(approve=True)
        if word in _NO:
            return Decision(approve=False)
        return Decision(approve=False, reason=answer.strip())
    if isinstance(answer, dict):
        try:
            return Decision.model_validate({"approve": "sql" in answer, **answer})
        except ValidationError as error:
            raise OptionError(
                f"The decision is not usable: {error.errors()[0]['msg'].lower()}.",
                hint="Give approve (true or false) and, if you like, sql and reason.",
            ) from error
    raise OptionError(
        f"A decision cannot be a {type(answer).__name__}.",
        hint="Give True, False, or {'approve': …, 'sql': …, 'reason': …}.",
    )
