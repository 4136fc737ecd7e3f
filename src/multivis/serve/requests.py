"""What clients send, as models with bounds."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from multivis.errors import CodeError, OptionError

__all__ = ["AboutChart", "Ask", "DecisionBody", "Refine", "checked_thread", "code_text"]

_THREAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Ask(_Body):
    """A question."""

    question: str = Field(description="The question, in plain language.")
    data: str | None = Field(
        None,
        description="Name of data on the server, or id of an upload. "
        "Needed unless the server has exactly one.",
    )
    image: str | None = Field(None, description="Id of an uploaded picture to take the style from.")
    code: str | None = Field(None, description="Reference chart code, as text.")
    existing: str | None = Field(None, description="Existing chart code to change, as text.")
    backend: Literal["altair", "plotly", "matplotlib"] | None = Field(
        None, description="Chart library."
    )


class Refine(_Body):
    """A change to the chart of an earlier run."""

    instruction: str = Field(description="What to change.")


class AboutChart(_Body):
    """A question about the chart of a run."""

    question: str = Field(description="What is asked about the chart.")


class DecisionBody(_Body):
    """What a person decided about a run that waits; empty for a run that was cut off."""

    approve: bool | None = Field(None, description="Whether the run goes on with what was shown.")
    sql: str | None = Field(None, max_length=20_000, description="SQL to run instead.")
    reason: str = Field("", max_length=2_000, description="Why not.")

    def decision(self) -> dict[str, Any] | None:
        """The decision as `MultiVis.resume` takes it; None when there is none."""
        if self.approve is None and self.sql is None:
            return None
        approve = self.approve if self.approve is not None else True
        return {"approve": approve, "sql": self.sql, "reason": self.reason}


def checked_thread(thread_id: Any) -> str:
    """A name of a run that a client gave.

    Raises:
        OptionError: It is no plain name.
    """
    if isinstance(thread_id, str) and _THREAD.fullmatch(thread_id):
        return thread_id
    raise OptionError(
        "The thread_id is not usable.",
        hint="Use up to 100 letters, digits, dots, colons, dashes and underscores.",
    )


def code_text(text: str | None, what: str) -> str | None:
    """Code that a client sent, in a form that is never taken for the path of a file.

    Raises:
        CodeError: One line that calls nothing: a path, perhaps, but no chart.
    """
    if text is None:
        return None
    line = text.strip()
    if "\n" in line:
        return text
    if "(" not in line:
        raise CodeError(
            f"The {what} draws no chart.",
            hint="Send the code itself as text; a server opens no file that a client names.",
        )
    return f"{line}\n#"  # a second line: what has two is text for sure
