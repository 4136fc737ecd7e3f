"""What goes in and comes out of a session: a run's figure, bounds, a list of points that fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from multivis.errors import CodeError, SandboxError
from multivis.views.figure import Bound, Trace
from multivis.views.reading import characters

if TYPE_CHECKING:
    from multivis.protocols import Run

__all__ = ["bound_given", "figure_of", "some_points"]

_MOST_CHARACTERS_OF_POINTS = 12_000


def figure_of(run: Run) -> tuple[dict[str, Any], str]:
    """The specification that a run left, and its library."""
    error = run.error
    if error is not None:
        if error.kind == "worker":
            raise SandboxError(f"The code could not be run: {error.message}")
        where = f" in line {error.line}: {error.source_line}" if error.line else ""
        raise CodeError(
            f"The code gave no figure: {error.message}{where}".rstrip("."),
            hint="Correct it; it must leave a figure in `fig`.",
        )
    if run.library == "plotly" and run.figure is not None:
        return run.figure, "plotly"
    if run.spec is not None:
        return run.spec, "vega-lite"
    if run.library == "matplotlib":
        from multivis.charts.backends import get_backend

        return get_backend("matplotlib").specification(run), "matplotlib"
    raise CodeError("The code left no figure.", hint="Leave a Plotly figure in `fig`.")


def bound_given(given: Bound, coordinate: Any) -> Any:
    """A bound as it was given when it was a name or a date, else as a number."""
    return given if isinstance(given, str) else coordinate


def some_points(traces: Sequence[Trace], limit: int) -> list[dict[str, Any]]:
    """Points of traces, at most `limit` and not more than a reply can carry."""
    points: list[dict[str, Any]] = []
    room = _MOST_CHARACTERS_OF_POINTS
    for trace in traces:
        for place in range(len(trace)):
            if len(points) >= limit:
                return points
            point = trace.point(place)
            room -= characters(point) + 2
            if room < 0:
                return points
            points.append(point)
    return points
