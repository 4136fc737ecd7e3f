"""The result of a run: the chart, what it was made from, and why it is to be trusted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import MultiVisError, OutputError, RenderError
from multivis.state import (
    Evaluation,
    Failure,
    Note,
    State,
    Status,
    TraceEvent,
    Usage,
    ViewReference,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from multivis.progress import InterruptEvent
    from multivis.protocols import ArtifactStore, ChartBackend

__all__ = ["FILES", "VOLUME_FILES", "Result", "output_folder"]

#: What `Result.save` writes, by kind.
FILES = {
    "code": "chart.py",
    "spec": "chart.json",
    "png": "chart.png",
    "html": "chart.html",
    "result": "result.json",
}

#: What it writes besides, for pictures of volumes.
VOLUME_FILES = {"vtp": "scene.vtp", "glb": "scene.glb", "film": "film.gif"}


def _json_bytes(value: Any) -> bytes:
    """JSON to be read by people; half characters (of a path, say) are escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=1).encode("ascii")


def output_folder(path: str | Path) -> Path:
    """Make a folder for results and see that it can be written.

    Raises:
        OutputError: It is a file, or cannot be made or written.
    """
    folder = Path(path).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".multivis-write-test"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"The output folder {str(folder)!r} cannot be written: {error.strerror or error}.",
            hint="Name a folder that you may write to.",
        ) from error
    return folder


@dataclass(frozen=True)
class Result:
    """What a question came to.

    Attributes:
        state: The last state of the run, with everything below in it.
        thread_id: Name of the run; resumes it where a checkpointer was given.
        seconds: Wall-clock time of the run.
        interrupt: What the run waits for, if it waits for a person.
    """

    state: State
    thread_id: str
    seconds: float
    store: ArtifactStore = field(repr=False)
    backends: dict[str, ChartBackend] = field(repr=False)
    interrupt: InterruptEvent | None = None

    # ── what was asked and how it ended ─────────────────────────────────────────────────────

    @property
    def status(self) -> Status:
        """``complete``, ``exhausted``, ``failed``, or ``running`` while a person is asked."""
        return self.state.status

    @property
    def passed(self) -> bool:
        """Whether there is a chart that passed every check of severity error."""
        return self.status is Status.COMPLETE

    @property
    def question(self) -> str:
        """The question."""
        return self.state.request.question

    @property
    def scenario(self) -> str:
        """``A`` basic, ``B`` image-referenced, ``C`` code-referenced, ``D`` refinement."""
        return self.state.scenario.value if self.state.scenario else ""

    @property
    def backend(self) -> str:
        """The chart library; ``"vtk"`` where the data are a volume."""
        return self.state.request.backend

    @property
    def steps(self) -> int:
        """Steps that the coordinator took."""
        return self.state.step

    @property
    def usage(self) -> Usage:
        """Model calls, tokens, and the wall-clock seconds of the whole run."""
        return self.state.usage.model_copy(update={"seconds": round(self.seconds, 4)})

    @property
    def trace(self) -> tuple[TraceEvent, ...]:
        """Everything that happened: nodes, rules, tool calls, model calls, in order."""
        return self.state.trace

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Everything that went wrong on the way, also what was recovered."""
        return self.state.failures

    @property
    def notes(self) -> tuple[Note, ...]:
        """Assumptions, ambiguities and what was left out, each said once."""
        return tuple(dict.fromkeys(self.state.notes))

    @property
    def evaluation(self) -> Evaluation | None:
        """The checks and what they recommend; None when no chart was drafted."""
        return self.state.evaluation

    @property
    def view(self) -> ViewReference | None:
        """The chart in the agent's view store: ask about it with ``ask(…, view=result)``."""
        return self.evaluation.view if self.evaluation else None

    # ── the chart and its data ──────────────────────────────────────────────────────────────

    @property
    def sql(self) -> str | None:
        """The statement whose rows the chart shows."""
        return self.state.query.sql if self.state.query else None

    @property
    def code(self) -> str | None:
        """One script that runs by itself: it loads the data, draws the chart, saves it."""
        return self.state.chart.script if self.state.chart else None

    @cached_property
    def spec(self) -> dict[str, Any] | None:
        """The specification with its provenance: Vega-Lite, Plotly JSON, or a description.

        Of a volume it is the drawing: stages, camera and appearance, or a module with its code.
        """
        chart = self.state.chart
        if chart is None or chart.spec is None:
            return None
        spec: dict[str, Any] = json.loads(self.store.get(chart.spec))
        provenance = chart.provenance.model_dump(mode="json", exclude_none=True)
        return self._backend().with_provenance(spec, provenance)

    @cached_property
    def data(self) -> pa.Table | None:
        """The rows of the query, as Arrow."""
        if self.state.query is None:
            return None
        from multivis.data.results import read_rows

        return read_rows(self.state.query.rows, self.store)

    @cached_property
    def chart(self) -> Any:
        """The chart as its library knows it.

        An `altair.Chart` (of the fitting class), a `plotly.graph_objects.Figure`, or for
        Matplotlib and for volumes a `PIL.Image.Image` of the picture. None when there is none.
        """
        if self.spec is None:
            return None
        if self.backend == "altair":
            import altair as alt

            return alt.Chart.from_dict(self.spec)
        if self.backend == "plotly":
            import plotly.graph_objects as go

            return go.Figure(self.spec)
        import io

        from PIL import Image

        return Image.open(io.BytesIO(self.png()))

    def _backend(self) -> ChartBackend:
        return self.backends[self.backend]

    def png(self) -> bytes:
        """The picture.

        Raises:
            RenderError: There is no chart, or it cannot be drawn on this machine.
        """
        chart = self.state.chart
        if chart is not None and chart.image is not None:
            return self.store.get(chart.image)
        if self.spec is None:
            raise RenderError(
                "There is no chart to draw.", hint="See `failures` for what went wrong."
            )
        return self._backend().png(self.spec)

    def film(self) -> bytes | None:
        """The film as an animated GIF; None where no film was asked for."""
        chart = self.state.chart
        reference = chart.files.get(VOLUME_FILES["film"]) if chart else None
        return None if reference is None else self.store.get(reference)

    # ── handing it on ───────────────────────────────────────────────────────────────────────

    def to_json(self) -> dict[str, Any]:
        """The result as JSON values, without rows, specification and pictures."""
        state = self.state
        return {
            "status": self.status.value,
            "passed": self.passed,
            "scenario": self.scenario,
            "question": self.question,
            "data": state.request.data,
            "backend": self.backend,
            "sql": self.sql,
            "rows": state.query.row_count if state.query else None,
            "evaluation": self.evaluation.model_dump(mode="json") if self.evaluation else None,
            "notes": [note.model_dump(mode="json") for note in self.notes],
            "steps": self.steps,
            "usage": self.usage.model_dump(mode="json"),
            "failures": [failure.model_dump(mode="json") for failure in self.failures],
            "trace": [event.model_dump(mode="json") for event in self.trace],
            "thread_id": self.thread_id,
        }

    def save(self, folder: str | Path) -> dict[str, Path]:
        """Write ``chart.py chart.json chart.png chart.html result.json`` into a folder.

        Of a volume also ``scene.vtp`` and ``scene.glb``, as far as there are surfaces, and
        ``film.gif``; its page shows the surfaces so that they can be turned.

        What there is is written; a chart that cannot be drawn still leaves its code, its
        specification and the reasons. Files of an earlier result in the folder are replaced,
        also those that this result does not have.

        Returns:
            The files by kind: ``code``, ``spec``, ``png``, ``html``, ``result``; of a volume
            also ``vtp``, ``glb`` and ``film``.

        Raises:
            OutputError: The folder cannot be written.
        """
        target = output_folder(folder)
        contents: dict[str, bytes] = {}
        if self.code is not None:
            contents["code"] = self.code.encode("utf-8")
        problems: list[str] = []
        if self.spec is not None:
            contents["spec"] = _json_bytes(self.spec)
            for kind, draw in (("png", self.png), ("html", self._html)):
                try:
                    contents[kind] = draw()
                except MultiVisError as error:
                    problems.append(str(error))
        if self.backend == "vtk" and self.spec is not None:
            more, why = self._volume_files()
            contents |= more
            problems += why
        names = {**FILES, **VOLUME_FILES}
        written = {kind: target / names[kind] for kind in (*contents, "result")}
        summary = {
            **self.to_json(),
            "files": {kind: path.name for kind, path in written.items()},
            "problems": problems,
        }
        contents["result"] = _json_bytes(summary)
        try:
            for kind, name in names.items():
                if kind in contents:
                    (target / name).write_bytes(contents[kind])
                else:
                    (target / name).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"The result cannot be written to {str(target)!r}: {error.strerror or error}.",
                hint="Free some space or name another folder.",
            ) from error
        return written

    def _volume_files(self) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """The scene for other programs and the film, by kind; and why a file is missing."""
        from multivis.volumes.backend import VtkBackend

        backend = self._backend()
        contents: dict[str, bytes] = {}
        problems: tuple[str, ...] = ()
        if isinstance(backend, VtkBackend):
            exports, problems = backend.exports(self.spec or {})
            kinds = {name: kind for kind, name in VOLUME_FILES.items()}
            contents = {kinds[name]: content for name, content in exports.items()}
        film = self.film()
        return contents if film is None else {**contents, "film": film}, problems

    def _html(self) -> bytes:
        """The page that shows the chart."""
        return self._backend().html(self.spec or {}).encode("utf-8")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows: the chart, its picture, and a line of text."""
        del include, exclude
        bundle: dict[str, Any] = {"text/plain": repr(self)}
        if self.spec is None:
            return bundle
        if self.backend == "altair":
            version = str(self.spec.get("$schema", "v6")).rpartition("/v")[2].partition(".")[0]
            major = version if version.isdigit() else "6"
            bundle[f"application/vnd.vegalite.v{major}+json"] = self.spec
        elif self.backend == "plotly":
            bundle["application/vnd.plotly.v1+json"] = self.spec
        try:
            import base64

            bundle["image/png"] = base64.b64encode(self.png()).decode("ascii")
        except MultiVisError:
            bundle["text/plain"] += " (no picture can be drawn on this machine)"
        return bundle

    def __repr__(self) -> str:
        checks = self.evaluation.checks if self.evaluation else ()
        applied = [check for check in checks if check.applicable]
        passed = sum(check.passed for check in applied)
        return (
            f"<Result {self.status.value}: {passed} of {len(applied)} checks passed, "
            f"{self.steps} steps, {self.usage.calls} model calls, {self.seconds:.2f} s>"
        )
