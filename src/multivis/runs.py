"""Around a run: reading its stream, its input errors, and what an earlier result holds."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from multivis import errors
from multivis.errors import InputError, SourceNotFoundError
from multivis.progress import ProgressEvent, ResultEvent
from multivis.result import FILES, Result
from multivis.state import Failure, FailureKind, State, Status
from multivis.tool import Dependencies

__all__ = [
    "as_state",
    "before_refinement",
    "cut_off",
    "last_result",
    "new_thread",
    "plain_decision",
    "raise_for_input",
    "remember",
    "result_of",
]


def new_thread() -> str:
    """A name for a run."""
    return uuid.uuid4().hex


def as_state(values: Any) -> State:
    """The state that LangGraph streams as a mapping or as the model."""
    if isinstance(values, State):
        return values
    fields = {key: value for key, value in dict(values).items() if key in State.model_fields}
    return State.model_validate(fields)


def cut_off(state: State) -> State:
    """The state of a run that LangGraph's own limit ended."""
    failure = Failure(
        kind=FailureKind.TIMEOUT,
        where="coordinator",
        message="The run was cut off at LangGraph's recursion limit; rule RC-1 was not there to "
        "end it.",
        step=state.step,
    )
    return state.model_copy(
        update={"status": Status.EXHAUSTED, "failures": (*state.failures, failure)}
    )


def result_of(event: ProgressEvent, last: Result | None) -> Result | None:
    """The result that an event carries, or the one before."""
    return event.result if isinstance(event, ResultEvent) else last


def last_result(events: Iterable[ProgressEvent]) -> Result:
    """Run a stream to its end."""
    last: Result | None = None
    for event in events:
        last = result_of(event, last)
    assert last is not None  # a stream always ends with a ResultEvent
    return last


def raise_for_input(state: State) -> None:
    """Raise the `InputError` that intake wrote down: the caller's mistake is the caller's."""
    if state.status is not Status.FAILED or not state.failures:
        return
    failure = state.failures[-1]
    kind = getattr(errors, str(failure.detail.get("error", "")), None)
    if failure.where == "intake" and isinstance(kind, type) and issubclass(kind, InputError):
        raise kind(failure.message)


def remember(result: Result, dependencies: Dependencies) -> None:
    """Keep a chart that passed for later questions on the same schema."""
    chart = result.state.chart
    if dependencies.memory is None or chart is None or result.state.query is None:
        return
    from multivis.memory import data_fingerprint, schema_fingerprint
    from multivis.protocols import Example

    example = Example(
        name=result.question[:80],
        category="Remembered",
        description=result.question,
        backend=chart.backend,
        code=chart.code,
    )
    schema = dependencies.source.schema()
    dependencies.memory.remember(
        example,
        schema=schema_fingerprint(schema),
        data=data_fingerprint(schema),
        evidence={"sql": result.sql, "checks": chart.provenance.checks},
    )


def plain_decision(decision: Any) -> Any:
    """A decision as JSON values, checked before the run goes on."""
    from multivis.graph.approvals import read_decision

    return read_decision(decision).model_dump(mode="json")


def before_refinement(previous: Result | str | Path) -> dict[str, str]:
    """Code, data and backend of an earlier result.

    Raises:
        SourceNotFoundError: The folder holds no result with a chart.
    """
    if isinstance(previous, Result):
        if previous.code is None:
            raise SourceNotFoundError(
                "The result has no chart to refine.", hint="Ask a question first."
            )
        return {
            "code": previous.code,
            "data": previous.state.request.data,
            "backend": previous.backend,
        }
    folder = Path(previous).expanduser()
    try:
        told = json.loads((folder / FILES["result"]).read_text(encoding="utf-8"))
        code = (folder / FILES["code"]).read_text(encoding="utf-8")
        return {"code": code, "data": str(told["data"]), "backend": str(told["backend"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceNotFoundError(
            f"The folder {str(folder)!r} holds no chart to refine: it needs "
            f"{FILES['result']} and {FILES['code']}.",
            hint="Name the folder that `multivis ask --out` wrote.",
        ) from error
