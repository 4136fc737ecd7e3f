"""The typed events that a streamed run gives, in the order in which they happen.

A stream is made of the trace's own events (node entered, tool called, rule fired, model
asked) and of the four kinds below; the last one is always a `ResultEvent` or an
`InterruptEvent`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from multivis.state import Chart, CheckResult, ModelEvent, NodeEvent, RuleEvent, ToolEvent

__all__ = [
    "CheckEvent",
    "DraftEvent",
    "InterruptEvent",
    "ProgressEvent",
    "ResultEvent",
]


class DraftEvent(BaseModel):
    """A chart was drafted; it is not checked yet."""

    event: Literal["draft"] = "draft"
    chart: Chart


class CheckEvent(BaseModel):
    """One check was made on the draft."""

    event: Literal["check"] = "check"
    result: CheckResult


class InterruptEvent(BaseModel):
    """The run waits for a person.

    Attributes:
        kind: ``"approve_sql"`` or ``"approve_chart"``.
        thread_id: Resume with `MultiVis.resume(thread_id, decision)`.
        payload: What is to be judged: ``{"sql": …}`` or ``{"image": …, "checks": …}``.
    """

    event: Literal["interrupt"] = "interrupt"
    kind: str
    thread_id: str
    payload: dict[str, Any]


class ResultEvent(BaseModel):
    """The run is over; `result` is a `multivis.Result`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    event: Literal["result"] = "result"
    result: Any


ProgressEvent = (
    NodeEvent
    | ToolEvent
    | RuleEvent
    | ModelEvent
    | DraftEvent
    | CheckEvent
    | InterruptEvent
    | ResultEvent
)
