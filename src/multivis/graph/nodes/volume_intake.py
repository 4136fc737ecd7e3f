"""Intake for volumes: what was asked, and the picture that is to be changed (CR-1, TE-3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from langgraph.runtime import Runtime
from pydantic import ValidationError

from multivis.errors import InputError
from multivis.graph.nodes.intake import (
    RefusedError,
    accepted,
    check_backend,
    check_question,
    refuse,
    refused,
)
from multivis.graph.record import Recorder
from multivis.settings import Limits
from multivis.state import (
    CodeReference,
    Failure,
    FailureKind,
    Note,
    References,
    Request,
    State,
)
from multivis.tool import Dependencies

__all__ = ["volume_intake"]


def volume_intake(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Classify the request and validate what it refines; a refusal ends the run."""
    dependencies = runtime.context
    limits = dependencies.settings.limits
    recorder = Recorder(runtime.stream_writer, "intake")
    request = state.request
    try:
        check_question(request.question, limits)
        _check_data(dependencies)
        check_backend(request.backend, dependencies)
        existing = _existing(request.existing, dependencies, recorder)
    except RefusedError as error:
        return refused(error, recorder)
    scenario = recorder.rule(
        "CR-1",
        dependencies.rules.task_type(
            has_existing=existing is not None, has_code=False, has_image=False
        ),
    )
    notes = _notes(request, dependencies)
    return accepted(scenario, References(existing=existing), notes, limits, recorder)


def _check_data(dependencies: Dependencies) -> None:
    """The data are a volume that can be read; reading them here tells a defect at once."""
    from multivis.volumes.data import volume_of

    data = volume_of(dependencies.source)
    if data is None:
        raise refuse(
            "OptionError",
            "The data are tables, and not a volume. Ask the chart agent for a chart.",
            FailureKind.CONTENT,
        )
    try:
        with data.lock:
            data.volume.facts()
    except InputError as error:
        raise refuse(type(error).__name__, str(error), FailureKind.CONTENT) from error


def _existing(
    given: str | None, dependencies: Dependencies, recorder: Recorder
) -> CodeReference | None:
    """TE-3 on the specification that is to be changed."""
    if given is None:
        return None
    from multivis.volumes.drawing import Drawing

    limits = dependencies.settings.limits
    content, name = _content(given, limits)
    material = recorder.rule(
        "TE-3",
        dependencies.rules.reference_material(
            "specification", content, name or "the specification", limits
        ),
    )
    if isinstance(material, Failure):
        raise RefusedError(
            material.model_copy(update={"where": "intake", "detail": {"error": "CodeError"}})
        )
    try:
        told = json.loads(material.text)
        fields = {key: told[key] for key in Drawing.model_fields if key in told}
        drawing = Drawing.model_validate({**fields, "data": dependencies.source.address})
    except (ValueError, TypeError) as error:
        raise refuse(
            "CodeError",
            f"The existing specification is not one of a picture of a volume: {_first(error)}",
            FailureKind.CONTENT,
        ) from error
    if drawing.empty:
        raise refuse(
            "CodeError",
            "The existing specification draws nothing. Give the chart.json of a picture.",
            FailureKind.CONTENT,
        )
    return material.model_copy(
        update={
            "text": drawing.model_dump_json(),
            "path": name,
            "facts": {"loads_data": True, "kind": drawing.kind},
        }
    )


def _first(error: Exception) -> str:
    """The first thing that is wrong, in one sentence."""
    if isinstance(error, ValidationError):
        told = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in told["loc"])
        return f"{where}: {told['msg'].lower()}."
    return f"{error}."


def _content(given: str, limits: Limits) -> tuple[bytes | None, str | None]:
    """The bytes of a specification that was given as text or as the path of a file."""
    line = given.strip()
    if line.startswith("{"):
        return given.encode("utf-8", "surrogatepass"), None
    try:
        with Path(line).expanduser().open("rb") as stream:
            return stream.read(limits.spec_bytes + 1), line
    except (OSError, ValueError):
        return None, line[:500]


def _notes(request: Request, dependencies: Dependencies) -> tuple[Note, ...]:
    """What was changed while reading, and what of the request has no meaning for volumes."""
    from multivis.volumes.data import volume_of

    data = volume_of(dependencies.source)
    told = data.volume.facts().notes if data is not None else ()
    notes = [Note(kind="information", text=text) for text in told]
    for name, given in (("image", request.image), ("code", request.code)):
        if given is not None:
            notes.append(
                Note(kind="left_out", text=f"The reference {name} is not used for volumes.")
            )
    return tuple(notes)
