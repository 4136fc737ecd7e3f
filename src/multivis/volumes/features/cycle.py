"""The cycle of learning: plan a view, look, caption, keep; again, until it is enough."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from multivis.errors import OptionError
from multivis.volumes.features.captions import GeometricCaptioner
from multivis.volumes.features.estimate import Boundary, boundaries
from multivis.volumes.features.index import FeatureIndex
from multivis.volumes.features.materials import FEATURES, Feature
from multivis.volumes.features.observe import Observer
from multivis.volumes.features.plan import SurveyValues, next_plan
from multivis.volumes.features.records import Captioner, ViewPlan

if TYPE_CHECKING:
    from multivis.volumes.dataset import VolumeSource

__all__ = ["LearnProgress", "LearnResult", "LearningCycle", "learn", "volume_number"]

BATCH = 10
"""Views after which what is believed is worked out anew."""


@dataclass(frozen=True)
class LearnProgress:
    """How far the cycle is: after each view."""

    views: int
    target: int
    plan: ViewPlan
    boundaries: tuple[Boundary, ...]
    seconds: float


@dataclass(frozen=True)
class LearnResult:
    """What a cycle came to.

    Attributes:
        before: Views that were there.
        views: Views that are there now.
        ended: ``"views"`` (there are as many as were asked for), ``"budget"`` or ``"stopped"``.
        boundaries: What is believed now, most evidence first.
        seconds: Wall-clock time.
    """

    before: int
    views: int
    ended: Literal["views", "budget", "stopped"]
    boundaries: tuple[Boundary, ...]
    seconds: float


def volume_number(index: FeatureIndex, observer: Observer) -> int:
    """The number of a volume and variable in the index, entered when they are new."""
    facts = {
        "name": observer.source.name,
        "minimum": observer.grid.minimum,
        "maximum": observer.grid.maximum,
        "noise": observer.grid.noise,
        "units": observer.facts.units,
        "ct": observer.ct,
        "why_ct": observer.why_ct,
    }
    return index.volume(
        observer.source.fingerprint(), observer.variable, observer.source.address, facts
    )


def believed(
    index: FeatureIndex, observer: Observer, *, first: int | None = None
) -> tuple[Boundary, ...]:
    """What the views of a volume show, of the first so many views if asked."""
    volume = volume_number(index, observer)
    grid = observer.grid
    return boundaries(
        index.samples(volume, first=first),
        grid.noise,
        grid.range,
        ct=observer.ct,
        units=observer.facts.units,
    )


def learn(
    source: VolumeSource,
    index: FeatureIndex,
    *,
    variable: str | None = None,
    views: int = 300,
    budget: float | None = None,
    captioner: Captioner | None = None,
    pictures: bool = True,
    on_progress: Callable[[LearnProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LearnResult:
    """Make views until the index holds enough of them; goes on where an earlier cycle ended.

    Args:
        source: The volume.
        index: Where views are kept.
        variable: The scalar to learn; None: the first.
        views: How many views the index should hold in the end.
        budget: Most seconds; None: no limit.
        captioner: Who captions; the geometric one by default.
        pictures: Whether each view is drawn as well; they are needed by captioners that see
            and for fine-tuning.
        on_progress: Told after each view.
        should_stop: Asked before each view; the view that is being made is finished.

    Raises:
        OptionError: `views` is not positive, or `budget` is not.
        UnknownFieldError: No such scalar.
        RenderError: There is no OpenGL, and pictures are wanted.
    """
    if views < 1 or (budget is not None and budget <= 0):
        raise OptionError("Learning needs at least one view and some time.", hint="Give more.")
    started = time.monotonic()
    eye = captioner or GeometricCaptioner()
    observer = Observer(source, variable)
    volume = volume_number(index, observer)
    values = SurveyValues(observer.grid)
    plans = index.plans(volume)
    before = len(plans)
    index.log(volume, "begun", f"{before} of {views} views")
    known = believed(index, observer, first=before - before % BATCH)
    ended: Literal["views", "budget", "stopped"] = "views"
    while len(plans) < views:
        if should_stop is not None and should_stop():
            ended = "stopped"
            break
        if budget is not None and time.monotonic() - started >= budget:
            ended = "budget"
            break
        plan = next_plan(values, plans, known, _sought(observer, known))
        _keep_view(index, volume, observer, plan, eye, pictures=pictures)
        plans.append(plan)
        if len(plans) % BATCH == 0:
            known = believed(index, observer)
            index.put_estimates(volume, len(plans), known)
        if on_progress is not None:
            seconds = time.monotonic() - started
            on_progress(LearnProgress(len(plans), views, plan, known, seconds))
    index.log(volume, ended, f"{len(plans)} of {views} views")
    known = believed(index, observer)
    return LearnResult(before, len(plans), ended, known, time.monotonic() - started)


def _sought(observer: Observer, known: tuple[Boundary, ...]) -> list[Feature]:
    """The features of the table that the range of values allows for and no view has shown."""
    if not observer.ct:
        return []
    found, grid = {one.name for one in known}, observer.grid
    return [
        feature
        for feature in FEATURES
        if feature.name not in found
        and feature.below.maximum >= grid.minimum
        and feature.above.minimum <= grid.maximum
    ]


def _keep_view(
    index: FeatureIndex,
    volume: int,
    observer: Observer,
    plan: ViewPlan,
    captioner: Captioner,
    *,
    pictures: bool,
) -> None:
    """Look, caption, keep."""
    facts = observer.look(plan)
    picture = None
    if (pictures or captioner.needs_picture) and facts.parts:
        picture = observer.picture(plan)
    if picture is None and captioner.needs_picture:
        caption = GeometricCaptioner().caption(facts)  # nothing to see at this value
    else:
        caption = captioner.caption(facts, picture)
    index.add(volume, facts, caption, picture)


class LearningCycle:
    """Learning beside other work, in a thread of its own.

    Args:
        source: Opens the volume; called in the thread, because VTK objects stay in theirs.
        path: File of the index.
        views: As for `learn`; likewise `budget`, `variable`, `captioner` and `pictures`.

    Examples:
        >>> cycle = LearningCycle(lambda: open_volume("head.vti"), "features.sqlite")
        >>> cycle.start()                                        # doctest: +SKIP
        >>> cycle.stop(); print(cycle.result().views)            # doctest: +SKIP
    """

    def __init__(
        self,
        source: Callable[[], VolumeSource],
        path: Path | str,
        *,
        variable: str | None = None,
        views: int = 300,
        budget: float | None = None,
        captioner: Captioner | None = None,
        pictures: bool = True,
    ) -> None:
        self._source = source
        self._path = path
        self._options = {
            "variable": variable,
            "views": views,
            "budget": budget,
            "captioner": captioner,
            "pictures": pictures,
        }
        self._stop = threading.Event()
        self._result: LearnResult | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="multivis-learn", daemon=True)
        self.progress: LearnProgress | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask to end after the view that is being made."""
        self._stop.set()

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self._thread.is_alive()

    def result(self, timeout: float | None = None) -> LearnResult:
        """Wait for the end; an error of the cycle is raised here.

        Raises:
            TimeoutError: It is still at work after `timeout` seconds.
        """
        self._thread.join(timeout)
        if self._thread.is_alive():
            raise TimeoutError("The cycle of learning is still at work.")
        if self._error is not None:
            raise self._error
        assert self._result is not None
        return self._result

    def _run(self) -> None:
        try:
            with self._source() as source, FeatureIndex(self._path) as index:
                self._result = learn(
                    source,
                    index,
                    on_progress=self._note,
                    should_stop=self._stop.is_set,
                    **self._options,  # type: ignore[arg-type]
                )
        except BaseException as error:  # raised where the result is asked for
            self._error = error

    def _note(self, progress: LearnProgress) -> None:
        self.progress = progress
