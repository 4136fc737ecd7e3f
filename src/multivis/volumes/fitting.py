"""Fitting what was asked for to the data: names resolved, values clamped into the range, and said.

What is out of the domain altogether (no such variable) is an error with near names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multivis.errors import OptionError
from multivis.volumes.data import VolumeData, volume_of
from multivis.volumes.specification import Histogram

if TYPE_CHECKING:
    from multivis.tool import ToolContext
    from multivis.volumes.dataset import Dataset

__all__ = ["data_of", "fit_histogram", "fit_stage"]

_VECTORS = frozenset({"streamlines", "glyphs"})
_SCALARS = frozenset({"isosurface", "volume", "contour", "threshold"})


def data_of(context: ToolContext) -> VolumeData:
    """The volume that a run is about.

    Raises:
        OptionError: The data are tables.
    """
    data = volume_of(context.dependencies.source)
    if data is None:
        raise OptionError("The data are tables, and not a volume.", hint="Ask for a chart instead.")
    return data


def fit_stage(stage: Any, context: ToolContext, *, time: int = 0) -> tuple[Any, tuple[str, ...]]:
    """A stage with the names and values that the data have, and what was changed.

    Args:
        stage: Any stage of a specification.
        context: Where the data are.
        time: Index of the time step.

    Raises:
        UnknownFieldError: No such variable, or none that fits.
    """
    data = data_of(context)
    with data.lock:
        dataset = data.volume.dataset(min(time, len(data.volume.times) - 1))
        named, notes = _named(stage, dataset)
        fitted, more = _clamped(named, dataset)
    return fitted, (*notes, *more)


def fit_histogram(histogram: Histogram, context: ToolContext) -> Histogram:
    """A histogram of a variable that is there.

    Raises:
        UnknownFieldError: No such variable.
    """
    data = data_of(context)
    with data.lock:
        name = data.volume.dataset(0).resolve(histogram.variable)
    return histogram.model_copy(update={"variable": name})


def _named(stage: Any, dataset: Dataset) -> tuple[Any, tuple[str, ...]]:
    """The stage with its variable as the data write it."""
    kind, given = stage.kind, getattr(stage, "variable", None)
    if kind == "outline" or (given is None and kind in {"clip", "surface"}):
        return stage, ()
    if kind == "points" and (stage.color is not None or (given is None and not dataset.names)):
        return stage, ()
    components = 3 if kind in _VECTORS else 1 if kind in _SCALARS else None
    name = dataset.resolve(given, components=components)
    notes: tuple[str, ...] = ()
    if given is None:
        fitting = [
            other
            for other in dataset.names
            if components is None or dataset.vtk_array(other).GetNumberOfComponents() == components
        ]
        if len(fitting) > 1:
            notes = (f"No variable was named for the {kind}; {name!r} is shown.",)
    update = {"variable": name}
    if kind == "streamlines" and stage.color_by is not None:
        update["color_by"] = dataset.resolve(stage.color_by, components=1)
    return stage.model_copy(update=update), notes


def _clamped(stage: Any, dataset: Dataset) -> tuple[Any, tuple[str, ...]]:
    """The stage with its values within the range of its variable."""
    from multivis.volumes.pipeline import clamped_isovalue

    if stage.kind == "isosurface":
        low, high = dataset.range(stage.variable)
        value, changed = clamped_isovalue(stage.isovalue, low, high, stage.variable)
        if not changed or high <= low:
            return stage, ()
        return stage.model_copy(update={"isovalue": value}), (
            _said("isovalue", stage.isovalue, value, stage.variable, low, high),
        )
    if stage.kind == "threshold":
        return _clamped_interval(stage, dataset)
    if stage.kind == "contour" and stage.isovalues:
        low, high = dataset.range(stage.variable)
        kept = tuple(value for value in stage.isovalues if low <= value <= high)
        if len(kept) == len(stage.isovalues):
            return stage, ()
        gone = ", ".join(f"{v:,g}" for v in stage.isovalues if not low <= v <= high)
        return stage.model_copy(update={"isovalues": kept}), (
            f"No contour of {stage.variable} is drawn at {gone}: its range is "
            f"{low:,g} to {high:,g}.",
        )
    return stage, ()


def _clamped_interval(stage: Any, dataset: Dataset) -> tuple[Any, tuple[str, ...]]:
    """A threshold whose ends are within the range."""
    low, high = dataset.range(stage.variable)
    notes, update = [], {}
    for end in ("minimum", "maximum"):
        given = getattr(stage, end)
        if given is not None and not low <= given <= high:
            update[end] = min(max(given, low), high)
            notes.append(_said(end, given, update[end], stage.variable, low, high))
    return stage.model_copy(update=update), tuple(notes)


def _said(what: str, given: float, used: float, name: str, low: float, high: float) -> str:
    return (
        f"The {what} {given:,g} is outside of the range of {name} ({low:,g} to {high:,g}); "
        f"{used:,g} is used."
    )
