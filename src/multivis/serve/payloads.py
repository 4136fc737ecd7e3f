"""Events and results as the JSON that clients get."""

from __future__ import annotations

from typing import Any

from multivis.progress import DraftEvent, InterruptEvent, ProgressEvent, ResultEvent
from multivis.result import Result
from multivis.serve.service import Service
from multivis.state import Status

__all__ = ["event_payload", "result_payload", "run_payload"]


def event_payload(service: Service, event: ProgressEvent) -> tuple[str, dict[str, Any]]:
    """Name and content of one event of a stream."""
    if isinstance(event, ResultEvent):
        return "result", result_payload(service, event.result)
    content: dict[str, Any]
    if isinstance(event, DraftEvent):
        chart = event.chart
        content = {"backend": chart.backend, "code": chart.code, "files": _files_of(chart)}
    elif isinstance(event, InterruptEvent):
        content = event.model_dump(mode="json")
    else:
        content = event.model_dump(mode="json")
    content.pop("event", None)
    return event.event, service.hide(content)


def result_payload(service: Service, result: Result, *, trace: bool = False) -> dict[str, Any]:
    """A result: how it ended, why, the script, and where its files are.

    Args:
        service: Whose folders are hidden.
        result: The result.
        trace: Whether everything that happened is told too.
    """
    told = result.to_json()
    if not trace:
        told.pop("trace")
    told["code"] = result.code
    told["files"] = {} if result.state.chart is None else _files_of(result.state.chart)
    if result.state.query is not None:
        told["files"]["rows"] = result.state.query.rows.sha256
        told["preview"] = list(result.state.query.model_dump(mode="json")["preview"])
    waits = result.interrupt
    told["interrupt"] = None if waits is None else waits.model_dump(mode="json", exclude={"event"})
    hidden: dict[str, Any] = service.hide(told)
    return hidden


def run_payload(service: Service, thread_id: str) -> dict[str, Any]:
    """How a run stands.

    ``stands`` is ``working``, ``waiting`` (for a person), ``ended``, or ``cut_off``: it ended
    before its end and can be resumed without a decision.
    """
    result = service.result(thread_id)
    if service.pool.is_working(thread_id):
        stands = "working"
    elif result.interrupt is not None:
        stands = "waiting"
    else:
        stands = "cut_off" if result.status is Status.RUNNING else "ended"
    return {
        "thread_id": thread_id,
        "stands": stands,
        "result": result_payload(service, result, trace=True),
    }


def _files_of(chart: Any) -> dict[str, str]:
    """Content hashes of the specification and the picture; see ``/artifacts``."""
    found = {"spec": chart.spec, "png": chart.image}
    return {name: reference.sha256 for name, reference in found.items() if reference is not None}
