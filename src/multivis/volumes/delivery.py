"""From a drawing to what is delivered: scene, picture, checks, script, further files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from multivis.errors import OptionError
from multivis.state import (
    Chart,
    CheckResult,
    Evaluation,
    Provenance,
    Request,
    Severity,
)
from multivis.volumes.data import VolumeData, volume_of
from multivis.volumes.describe import describe_drawing
from multivis.volumes.drawing import Drawing

if TYPE_CHECKING:
    from multivis.tool import Dependencies, ToolContext

__all__ = [
    "Delivery",
    "deliver",
    "delivered_chart",
    "draft_chart",
    "drawing_of",
    "scene_summary",
    "versions",
]


@dataclass(frozen=True)
class Delivery:
    """What came of a drawing.

    Attributes:
        picture: A PNG; of a film its middle frame.
        checks: Every check with its outcome.
        read_back: What the VTK objects say of each stage.
        script: A script that runs by itself.
        files: Further files by name: the film.
        notes: What the asker should know.
    """

    picture: bytes | None
    checks: tuple[CheckResult, ...]
    read_back: tuple[dict[str, Any], ...] = ()
    script: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def versions() -> dict[str, str]:
    """Versions that a picture depends on."""
    return dict(_versions())


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    found = {}
    for name in ("multivis", "vtk"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found


# ── drafts ──────────────────────────────────────────────────────────────────────────────────


def drawing_of(context: ToolContext) -> Drawing:
    """The drawing so far: of this run, else the one that is refined, else an empty one."""
    state = context.state
    if state.chart is not None:
        return Drawing.model_validate_json(state.chart.code)
    if state.references.existing is not None:
        return Drawing.model_validate_json(state.references.existing.text)
    return Drawing(data=context.dependencies.source.address)


def draft_chart(drawing: Drawing, context: ToolContext, handoff: str = "") -> Chart:
    """A drawing as the draft that travels in the state.

    Args:
        drawing: What is drawn so far.
        context: Of the tool's call.
        handoff: What the asker should know.
    """
    request: Request = context.state.request
    text = drawing.model_dump_json()
    code = drawing.module.code if drawing.module is not None else text
    return Chart(
        backend="vtk",
        code=text,
        script="",
        handoff=handoff,
        spec=context.dependencies.store.put(
            text.encode("utf-8"), "application/json", "drawing.json"
        ),
        provenance=Provenance(
            question=request.question,
            source=context.dependencies.source.address,
            code_sha256=hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest(),
            versions=versions(),
        ),
    )


def delivered_chart(
    chart: Chart,
    delivery: Delivery,
    evaluation: Evaluation,
    dependencies: Dependencies,
    *,
    stamp: Callable[[bytes, Provenance], bytes],
) -> Chart:
    """The draft with picture, script, files and the checks in its provenance.

    Args:
        chart: The draft.
        delivery: What came of it.
        evaluation: What the checks say.
        dependencies: Store and data.
        stamp: Writes the provenance into a PNG.
    """
    store, data = dependencies.store, _data(dependencies)
    checks = {check.id: check.passed for check in evaluation.checks if check.applicable}
    with data.lock:
        fingerprint = data.volume.fingerprint()
    provenance = chart.provenance.model_copy(update={"checks": checks, "data_sha256": fingerprint})
    image = None
    if delivery.picture is not None:
        image = store.put(stamp(delivery.picture, provenance), "image/png", "chart.png")
    return chart.model_copy(
        update={
            "script": delivery.script,
            "image": image,
            "provenance": provenance,
            "files": {
                name: store.put(content, _MEDIA.get(name.rpartition(".")[2], _BYTES), name)
                for name, content in delivery.files.items()
            },
        }
    )


_BYTES = "application/octet-stream"
_MEDIA = {"gif": "image/gif", "png": "image/png", "mp4": "video/mp4", "json": "application/json"}


def scene_summary(drawing: Drawing, dependencies: Dependencies, *, build: bool) -> str:
    """The drawing in words; with `build` also what was built, read back from VTK.

    Raises:
        MultiVisError: The scene cannot be built.
    """
    text = describe_drawing(drawing)
    if not build or drawing.kind not in {"scene", "film"}:
        return text
    data = _data(dependencies)
    with data.lock:
        lines = [_told(stage) for stage in data.read_back(drawing)]
    return "\n".join([text, "Built:", *lines])


def _told(stage: Mapping[str, Any]) -> str:
    """One stage as it was built, short."""
    kept = {k: v for k, v in stage.items() if k not in {"lut", "bounds"} and v is not None}
    return json.dumps(kept, ensure_ascii=False, default=str)[:400]


# ── delivering ──────────────────────────────────────────────────────────────────────────────


def _data(dependencies: Dependencies) -> VolumeData:
    data = volume_of(dependencies.source)
    if data is None:
        raise OptionError("The data are tables, and not a volume.")
    return data


def deliver(chart: Chart, dependencies: Dependencies) -> Delivery:
    """Build, check and render what a draft describes.

    Raises:
        MultiVisError: It cannot be built or drawn.
    """
    drawing = Drawing.model_validate_json(chart.code)
    data = _data(dependencies)
    if drawing.kind == "module":
        from multivis.volumes.modules import deliver_module

        return deliver_module(drawing, data, dependencies)
    with data.lock:
        if drawing.kind == "histogram":
            return _deliver_histogram(drawing, data)
        if drawing.kind == "film":
            return _deliver_film(drawing, data)
        return _deliver_scene(drawing, data)


def _deliver_scene(drawing: Drawing, data: VolumeData) -> Delivery:
    """A scene: the picture, what was built, and whether that is what was asked for."""
    from multivis.volumes.checks import check_scene
    from multivis.volumes.pipeline import png, read_back, render
    from multivis.volumes.pipeline.script import write_script

    specification = drawing.specification(data.volume.fingerprint())
    scene = data.scene(drawing)
    picture = render(scene)
    return Delivery(
        picture=png(picture),
        checks=check_scene(specification, scene, picture, scene.dataset),
        read_back=_plain(read_back(scene)),
        script=write_script(scene.specification, drawing.data, scene=scene),
        notes=scene.notes,
    )


def _deliver_film(drawing: Drawing, data: VolumeData) -> Delivery:
    """A film: every frame's picture is checked, and the scene of the middle one as a whole."""
    from multivis.volumes.checks import check_picture, check_scene
    from multivis.volumes.pipeline import png, read_back
    from multivis.volumes.pipeline.film import film_frames, write_film
    from multivis.volumes.scripts import film_script

    film = drawing.as_film(data.volume.fingerprint())
    pictures: list[Any] = []
    values: list[float] = []
    empty: list[int] = []
    middle: Delivery | None = None
    for frame in film_frames(film, data.volume):
        if not check_picture(frame.picture).passed:
            empty.append(frame.index)
        pictures.append(frame.picture)
        values.append(frame.value)
        if middle is None or frame.index == film.frames // 2:
            middle = Delivery(
                picture=png(frame.picture),
                checks=check_scene(
                    frame.scene.specification, frame.scene, frame.picture, frame.scene.dataset
                ),
                read_back=_plain(read_back(frame.scene)),
                notes=frame.scene.notes,
            )
    if middle is None:
        raise OptionError("The film has no frame.", hint="Ask for two frames or more.")
    changing = _checked(
        "film_frames",
        "Every frame shows something, and no two frames are made at the same place.",
        not empty and len(set(values)) == len(values),
        f"Frames {empty[:5]} show nothing." if empty else "Frames repeat each other.",
        frames=len(pictures),
        first=values[0],
        last=values[-1],
    )
    return Delivery(
        picture=middle.picture,
        checks=(*middle.checks, changing),
        read_back=middle.read_back,
        script=film_script(drawing),
        files={"film.gif": _film_file(pictures, film.seconds_per_frame, write_film)},
        notes=_notes(middle.notes),
    )


def _film_file(pictures: Sequence[Any], seconds: float, write: Any) -> bytes:
    """The film as an animated GIF."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.gif"
        write(pictures, path, seconds_per_frame=seconds)
        return path.read_bytes()


def _deliver_histogram(drawing: Drawing, data: VolumeData) -> Delivery:
    """A histogram: its counts add up to the values of the variable."""
    from multivis.volumes.pipeline.histogram import count_values, draw_histogram
    from multivis.volumes.scripts import histogram_script

    wanted = drawing.histogram
    if wanted is None:
        raise OptionError("The drawing is no histogram.")
    dataset = data.volume.dataset(wanted.time or drawing.time or 0)
    counts = count_values(wanted, dataset)
    counted = int(sum(counts.counts)) + int(counts.outside) + int(counts.not_finite)
    total = int(dataset.vtk_array(counts.variable).GetNumberOfTuples())
    bins = _checked(
        "histogram_counts",
        "Every value of the variable is counted once.",
        counted == total and len(counts.counts) == wanted.bins,
        f"{counted:,} of {total:,} values were counted in {len(counts.counts)} bins.",
        counted=counted,
        values=total,
    )
    read = {
        "name": "histogram",
        "kind": "histogram",
        "variable": counts.variable,
        "bins": len(counts.counts),
        "edges": [float(counts.edges[0]), float(counts.edges[-1])],
        "counts": [int(count) for count in counts.counts][:256],
        "outside": int(counts.outside),
        "not_finite": int(counts.not_finite),
    }
    return Delivery(
        picture=draw_histogram(counts, logarithmic=wanted.logarithmic),
        checks=(bins,),
        read_back=(read,),
        script=histogram_script(drawing),
    )


def _checked(
    id: str, statement: str, passed: bool, message: str = "", **evidence: Any
) -> CheckResult:
    return CheckResult(
        id=id,
        statement=statement,
        severity=Severity.ERROR,
        passed=passed,
        message="" if passed else message,
        evidence=evidence,
    )


def _notes(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))


def _plain(records: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Records as JSON values: they travel in the state."""
    return tuple(json.loads(json.dumps(list(records), default=float)))
