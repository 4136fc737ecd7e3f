"""Intake: what was asked, with which reference material (CR-1, TE-3, EH-3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from langgraph.runtime import Runtime

from multivis.clock import steady_time
from multivis.errors import InputError, MissingExtraError, MultiVisError
from multivis.graph.record import Recorder
from multivis.settings import Limits
from multivis.state import (
    Budget,
    CodeReference,
    Failure,
    FailureKind,
    ImageReference,
    Note,
    References,
    Request,
    Scenario,
    State,
    Status,
)
from multivis.tool import Dependencies

__all__ = [
    "RefusedError",
    "accepted",
    "check_backend",
    "check_question",
    "intake",
    "refuse",
    "refused",
]


#: Below this confidence a wrong style is likelier to harm than a right one to help.
_SURE = 0.8


class RefusedError(Exception):
    """Material that a rule refused."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def intake(state: State, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    """Classify the request and validate its references; a refusal ends the run."""
    dependencies = runtime.context
    limits = dependencies.settings.limits
    recorder = Recorder(runtime.stream_writer, "intake")
    request = state.request
    try:
        check_question(request.question, limits)
        _check_tables(dependencies)
        check_backend(request.backend, dependencies)
        image, seen = _image(request.image, dependencies, recorder)
        code = _code("code", request.code, dependencies, recorder)
        references = References(
            image=image,
            code=code,
            existing=_code("existing", request.existing, dependencies, recorder),
        )
        _check_schema(dependencies)
    except RefusedError as error:
        return refused(error, recorder)
    scenario = recorder.rule(
        "CR-1",
        dependencies.rules.task_type(
            has_existing=references.existing is not None,
            has_code=references.code is not None,
            has_image=references.image is not None,
        ),
    )
    return accepted(scenario, references, (*_notes(request, references), *seen), limits, recorder)


def accepted(
    scenario: Scenario,
    references: References,
    notes: tuple[Note, ...],
    limits: Limits,
    recorder: Recorder,
) -> dict[str, Any]:
    """The update of a state by a request that may run; its budget starts now."""
    return {
        "scenario": scenario,
        "references": references,
        "budget": Budget(
            steps=limits.max_steps,
            tokens=limits.max_tokens,
            seconds=limits.max_seconds,
            started=steady_time(),
        ),
        "notes": notes,
        "trace": tuple(recorder.events),
    }


def refused(error: RefusedError, recorder: Recorder) -> dict[str, Any]:
    """The update of a state by a request that ends here."""
    return {
        "failures": (error.failure,),
        "status": Status.FAILED,
        "trace": tuple(recorder.events),
    }


def refuse(error: str, message: str, kind: FailureKind) -> RefusedError:
    """A refusal that the caller sees as an input error.

    Args:
        error: Name of the class in `multivis.errors`.
        message: Cause and next step.
        kind: What kind of failure it is.
    """
    return RefusedError(
        Failure(kind=kind, where="intake", message=message, detail={"error": error})
    )


def check_question(question: str, limits: Limits) -> None:
    """A question has words, and not too many."""
    length = len(question.strip())
    if length == 0:
        raise refuse(
            "QuestionError", "The question is empty. Ask for a chart in words.", FailureKind.CONTENT
        )
    if length > limits.question_characters:
        raise refuse(
            "QuestionError",
            f"The question has {length:,} characters; at most {limits.question_characters:,} are "
            "read. Shorten it, or raise the limit question_characters.",
            FailureKind.CONTENT,
        )


def _check_tables(dependencies: Dependencies) -> None:
    """The data are tables: a volume is for the other graph."""
    from multivis.volumes.data import volume_of

    if volume_of(dependencies.source) is not None:
        raise refuse(
            "OptionError",
            "The data are a volume, and not tables. Ask the graph viz_genie for a picture.",
            FailureKind.CONTENT,
        )


def _check_schema(dependencies: Dependencies) -> None:
    """The data can be read: a damaged file that opened is the caller's to mend, not a defect."""
    try:
        dependencies.source.schema()
    except InputError as error:
        raise refuse(type(error).__name__, str(error), FailureKind.CONTENT) from error


def check_backend(backend: str, dependencies: Dependencies) -> None:
    """The backend is one that was given."""
    if backend not in dependencies.backends:
        raise refuse(
            "OptionError",
            f"There is no chart backend {backend!r}. "
            f"Use one of {', '.join(sorted(dependencies.backends))}.",
            FailureKind.PARAMETER,
        )


def _image(
    path: str | None, dependencies: Dependencies, recorder: Recorder
) -> tuple[ImageReference | None, tuple[Note, ...]]:
    """EH-3 on the reference image, and the style that the reader finds in it."""
    if path is None:
        return None, ()
    import hashlib

    from multivis.data.images import image_facts

    limits = dependencies.settings.limits
    facts = image_facts(path, limits)
    failure = recorder.rule("EH-3", dependencies.rules.image_validation(facts, limits))
    if failure is not None:
        raise RefusedError(
            failure.model_copy(update={"where": "intake", "detail": {"error": "ImageError"}})
        )
    style, notes = _style(path)
    reference = ImageReference(
        path=str(path),
        sha256=hashlib.sha256(Path(path).read_bytes()).hexdigest(),
        format=str(facts.format),
        width=int(facts.width or 0),
        height=int(facts.height or 0),
        style=style,
    )
    return reference, notes


def _style(path: str) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """What the reader says of the picture's form, if it is installed and can read it."""
    from multivis.reader import open_picture, picture_form, read_chart

    try:
        picture = open_picture(path)
        form, reading = picture_form(picture), read_chart(picture)
    except MissingExtraError:
        return {}, ()
    except MultiVisError as error:
        return {}, (Note(kind="information", text=f"The reference image was not read: {error}"),)
    known: dict[str, Any] = {"form": form} if form else {}
    seen = f" Its shapes are those of a {form}, which is followed." if form else ""
    if reading.kind is None:
        said = f"The reference image was not read: {reading.reason}.{seen}"
        return known, (Note(kind="information", text=said),)
    text = f"The reference image looks like a chart of the kind {reading.kind!r}"
    if reading.confidence < _SURE:
        said = f"{text}, but not surely enough ({reading.confidence:.0%}) to follow it.{seen}"
        return known, (Note(kind="information", text=said),)
    note = f"{text} ({reading.confidence:.0%} sure); its form and colours are followed."
    return {**reading.to_style(), **known}, (Note(kind="information", text=note + seen),)


def _code(
    kind: Literal["code", "existing"],
    given: str | None,
    dependencies: Dependencies,
    recorder: Recorder,
) -> CodeReference | None:
    """TE-3 on code: read it, see that it parses and draws, and say what is in it."""
    if given is None:
        return None
    from multivis.charts.reference import read_code

    limits = dependencies.settings.limits
    content, name = _content(given, limits)
    material = recorder.rule(
        "TE-3", dependencies.rules.reference_material(kind, content, name or "the code", limits)
    )
    if isinstance(material, Failure):
        if kind == "code" and material.detail.get("check") == "empty":
            return None  # nothing to follow is no reason to draw nothing; `_notes` says so
        raise RefusedError(
            material.model_copy(update={"where": "intake", "detail": {"error": "CodeError"}})
        )
    try:
        facts = read_code(material.text).to_dict()
    except MultiVisError as error:
        raise refuse("CodeError", str(error), FailureKind.SYNTAX) from error
    environment = dependencies.rules.code_environment(
        material.text, _backend_of(material, dependencies), environment=""
    ).value
    return material.model_copy(
        update={
            "path": name,
            "facts": {
                **facts,
                "loads_data": environment.loads_data,
                "data_literals": list(environment.data_literals),
            },
        }
    )


def _backend_of(material: CodeReference, dependencies: Dependencies) -> str:
    """The backend that code is written for."""
    return material.library if material.library in dependencies.backends else "altair"


def _content(given: str, limits: Limits) -> tuple[bytes | None, str | None]:
    """The bytes of code that was given as a path or as text, and the path if it was one.

    A single line without spaces that ends in ``.py``, or that names a file, is a path.
    """
    line = given.strip()
    one_line = "\n" not in line and len(line) < 1_000
    if one_line and line:
        path = Path(line).expanduser()
        try:
            if path.is_file():
                with path.open("rb") as stream:
                    return stream.read(4 * limits.code_characters + 1), line
        except OSError:
            return None, line
        if line.endswith(".py") or (path.is_dir()):
            return None, line
    return given.encode("utf-8", "surrogatepass"), None


def _notes(request: Request, references: References) -> tuple[Note, ...]:
    """What follows from the material itself."""
    if request.code is not None and references.code is None:
        text = "The reference code is empty, so the chart follows the words alone."
        return (Note(kind="left_out", text=text),)
    if references.existing is not None and references.code is not None:
        return (
            Note(
                kind="information",
                text="Existing code and reference code were both given; the existing code is "
                "refined (rule CR-1).",
            ),
        )
    return ()
