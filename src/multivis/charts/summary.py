"""What a chart draws, in a few lines that a model can read: marks, axes, legends, titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["describe_chart"]

_SHOWN = 8
_NAMES = {"symbol": "point", "rect": "bar or cell", "shape": "shape"}


def describe_chart(spec: Mapping[str, Any], backend: str) -> str:
    """Say what a specification draws.

    Args:
        spec: The specification (`ChartBackend.specification`).
        backend: ``"altair"``, ``"plotly"`` or ``"matplotlib"``.

    Returns:
        One fact a line. For Altair the facts are read from the drawn scene.

    Raises:
        RenderError: Vega-Lite cannot draw the specification.
    """
    if backend == "altair":
        lines = _altair(spec)
    elif backend == "plotly":
        lines = _plotly(spec)
    else:
        lines = _matplotlib(spec)
    return "\n".join(lines)


def _listed(words: Iterable[str]) -> str:
    """The first few of them, and how many more there are."""
    unique = list(dict.fromkeys(word for word in words if word))
    shown = ", ".join(repr(word) for word in unique[:_SHOWN])
    more = len(unique) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _counted(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def _altair(spec: Mapping[str, Any]) -> Iterator[str]:
    from multivis.charts.scenegraph import Scene

    scene = Scene.of(spec)
    counts: Counter[str] = Counter()
    for mark in scene.marks:
        counts[mark.role or _NAMES.get(mark.kind, mark.kind)] += mark.count
    drawn = ", ".join(_counted(number, name) for name, number in counts.items() if number)
    yield f"Draws {drawn}." if drawn else "Draws nothing: no mark has data."
    titles = [text for text in scene.titles if text not in scene.headers]
    yield f"Title: {_listed(titles)}." if titles else "No title."
    cells = [text for text in scene.headers if text]
    if cells:
        yield f"Facets: {_listed(cells)}."
    for direction in ("x", "y"):
        for axis in _different(axis for axis in scene.axes if axis.direction == direction):
            labels = [label.text for label in axis.labels if label.text]
            ends = f", labels {labels[0]!r} to {labels[-1]!r}" if labels else ""
            yield f"{direction.upper()} axis: {axis.title!r}{ends} ({len(labels)})."
    for legend in scene.legends:
        yield f"Legend {legend.title!r}: {_listed(legend.entries)}."
    for problem in scene.problems[:_SHOWN]:
        yield f"Problem: {problem.text}"


def _different(axes: Iterable[Any]) -> Iterator[Any]:
    """Axes that differ in title; the cells of a facet repeat theirs."""
    seen = set()
    for axis in axes:
        if axis.title not in seen and (axis.title or axis.labels):
            seen.add(axis.title)
            yield axis


def _plotly(spec: Mapping[str, Any]) -> Iterator[str]:
    traces = [trace for trace in spec.get("data") or [] if isinstance(trace, Mapping)]
    layout = spec.get("layout") or {}
    if not traces:
        yield "Draws nothing: the figure has no trace."
    for trace in traces[:_SHOWN]:
        size = max(
            (_length(trace.get(k)) for k in ("x", "y", "values", "z", "labels", "lat")), default=0
        )
        name = f" {trace['name']!r}" if trace.get("name") else ""
        mode = f" ({trace['mode']})" if trace.get("mode") else ""
        yield f"Trace {trace.get('type', 'scatter')}{mode}{name}: {_counted(size, 'value')}."
    if len(traces) > _SHOWN:
        yield f"… and {_counted(len(traces) - _SHOWN, 'more trace')}."
    yield f"Title: {_title(layout.get('title'))!r}."
    for key in sorted(k for k in layout if k.startswith(("xaxis", "yaxis"))):
        if isinstance(layout[key], Mapping):
            yield f"{key}: {_title(layout[key].get('title'))!r}."
    entries = [str(t["name"]) for t in traces if t.get("name") and t.get("showlegend", True)]
    if entries and layout.get("showlegend", len(traces) > 1):
        yield f"Legend: {_listed(entries)}."


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list | tuple) else 0


def _title(value: Any) -> str:
    text = value.get("text") if isinstance(value, Mapping) else value
    return text if isinstance(text, str) else ""


def _matplotlib(spec: Mapping[str, Any]) -> Iterator[str]:
    if spec.get("title"):
        yield f"Title: {spec['title']!r}."
    for number, axes in enumerate(spec.get("axes") or [], start=1):
        artists = axes.get("artists") or []
        drawn = ", ".join(
            f"{artist.get('type', 'other')}"
            + (f" {artist['label']!r}" if artist.get("label") else "")
            + f" ({artist.get('count', 1)})"
            for artist in artists[:_SHOWN]
        )
        yield f"Axes {number}: {drawn or 'nothing drawn'}."
        yield (
            f"  title {axes.get('title', '')!r}, x {axes.get('xlabel', '')!r}, "
            f"y {axes.get('ylabel', '')!r}."
        )
        if axes.get("legend"):
            yield f"  legend: {_listed(axes['legend'])}."
