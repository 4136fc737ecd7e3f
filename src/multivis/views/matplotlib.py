"""Matplotlib figures, read from their description; they cannot be handled, only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NoReturn

from multivis.errors import InputError
from multivis.views.arrays import as_date, looks_like_dates
from multivis.views.figure import Axis, Bound, Interaction, Trace, ViewState

__all__ = ["MatplotlibFigure"]

_NEW = ViewState()
_KINDS = {"bars": "bar", "points": "scatter", "errorbar": "line", "stem": "bar"}


class MatplotlibFigure:
    """The description of a Matplotlib figure (`multivis.views.figure.Figure`), read only.

    Args:
        spec: What `multivis.sandbox.matplotlib_figure.describe_figure` gives, with its picture.
    """

    library = "matplotlib"

    def __init__(self, spec: Mapping[str, Any]) -> None:
        if not isinstance(spec.get("axes"), list):
            raise InputError(
                "A description of a Matplotlib figure needs 'axes' as a list.",
                hint="Run the figure's code with show_plot.",
            )
        self.spec = dict(spec)

    @cached_property
    def _traces(self) -> tuple[Trace, ...]:
        found: list[Trace] = []
        for place, axes in enumerate(self.spec["axes"]):
            number = "" if place == 0 else str(place + 1)
            ids = (f"xaxis{number}", f"yaxis{number}")
            for artist in axes.get("artists") or []:
                if artist.get("type") not in {"text", "other"}:
                    found.append(_trace(len(found), artist, ids, axes))
        return tuple(found)

    def traces(self, state: ViewState = _NEW, *, frame: str | None = None) -> tuple[Trace, ...]:
        """Every artist that shows data."""
        if frame is not None:
            raise InputError(f"The figure has no frame {frame!r}.", hint="It is not animated.")
        return self._traces

    def axes(self) -> Mapping[str, Axis]:
        """The axes by id, with the ranges that are drawn."""
        return self._axes

    @cached_property
    def _axes(self) -> dict[str, Axis]:
        made: dict[str, Axis] = {}
        for place, axes in enumerate(self.spec["axes"]):
            if axes.get("projection", "rectilinear") != "rectilinear":
                continue
            number = "" if place == 0 else str(place + 1)
            for letter in "xy":
                name = f"{letter}axis{number}"
                values = [
                    v
                    for t in self._traces
                    if t.axes is not None and name in t.axes
                    for v in t.columns.get(letter, ())
                ]
                limits = axes.get(f"{letter}lim")
                span = _limits(limits)
                scale = axes.get(f"{letter}scale")
                words = [v for v in values if isinstance(v, str)]
                kind: Any = "log" if scale == "log" else "linear"
                categories: tuple[str, ...] = ()
                if words and looks_like_dates(words):
                    kind = "date"
                    span = None
                elif words:
                    kind, categories = "category", tuple(dict.fromkeys(words))
                made[name] = Axis(
                    name,
                    kind,
                    title=str(axes.get(f"{letter}label") or ""),
                    categories=categories,
                    extent=_extent(values, kind),
                    matches=(name,),
                    range=None if span is None else (min(span), max(span)),
                    reversed=span is not None and span[0] > span[1],
                )
        return made

    def relayout(
        self, state: ViewState, x: tuple[Bound, Bound], y: tuple[Bound, Bound], axes: Sequence[str]
    ) -> Interaction:
        """Always refused: the picture was drawn once."""
        _refuse("zoomed")

    def legendclick(
        self, state: ViewState, curve_number: int, label: str | None = None
    ) -> Interaction:
        """Always refused: the picture was drawn once."""
        _refuse("changed by its legend")

    def specification(self, state: ViewState = _NEW) -> dict[str, Any]:
        """The description, without the bytes of the picture."""
        return {key: value for key, value in self.spec.items() if key != "image"}

    def png(self, state: ViewState = _NEW, *, scale: float = 1.0) -> bytes:
        """The picture that was drawn once."""
        from multivis.charts.backends import get_backend

        return get_backend("matplotlib").png(self.spec)


def _refuse(what: str) -> NoReturn:
    raise InputError(
        f"A Matplotlib figure is a picture and cannot be {what}.",
        hint="Read it with get_plot_json, selected or the calculators, or draw it with Plotly.",
    )


def _limits(limits: Any) -> tuple[float, float] | None:
    if isinstance(limits, list) and len(limits) == 2:
        low, high = limits
        if isinstance(low, int | float) and isinstance(high, int | float):
            return (float(low), float(high))
    return None


def _extent(values: Sequence[Any], kind: str) -> tuple[float, float] | None:
    if kind == "category":
        return (-0.5, len(dict.fromkeys(values)) - 0.5) if values else None
    found = [as_date(v) if kind == "date" else v for v in values]
    spots = [float(v) for v in found if isinstance(v, int | float) and v == v]
    return (min(spots), max(spots)) if spots else None


def _trace(
    index: int, artist: Mapping[str, Any], ids: tuple[str, str], axes: Mapping[str, Any]
) -> Trace:
    """An artist as a trace."""
    name = str(artist.get("label") or "")
    kind = str(artist["type"])
    words = _KINDS.get(kind, kind)
    if kind == "pie":
        labels = artist.get("labels") or []
        columns: dict[str, Any] = {"label": labels, "value": artist.get("shares") or []}
        notes = ("values are shares of the full turn",)
        return Trace(index, name, "pie", kind, columns, subplot="pie", notes=notes)
    if kind == "bars":
        return _bars(index, name, artist, ids, axes)
    if kind == "box":
        columns = {r: artist[r] for r in ("median", "lower", "upper", "low", "high") if r in artist}
        columns["label"] = artist.get("labels") or []
        if "median" in columns:
            columns["value"] = columns["median"]
        return Trace(index, name, "box", kind, columns, notes=("value is the median",))
    columns = {letter: artist[letter] for letter in "xy" if isinstance(artist.get(letter), list)}
    if isinstance(artist.get("values"), list) and artist["values"]:
        columns["z" if kind == "image" else "colour"] = artist["values"]
    count = int(artist.get("count") or 0)
    cut = (
        ()
        if count <= max((len(c) for c in columns.values()), default=0)
        else (f"the first values of {count}",)
    )
    return Trace(index, name, words, kind, columns, axes=ids, notes=cut)


def _bars(
    index: int,
    name: str,
    artist: Mapping[str, Any],
    ids: tuple[str, str],
    axes: Mapping[str, Any],
) -> Trace:
    """Bars: their middles and how long they are; named by the tick labels when they agree."""
    lying = artist.get("orientation") == "horizontal"
    across, along = ("y", "x") if lying else ("x", "y")
    size, length = ("height", "width") if lying else ("width", "height")
    starts, widths = artist.get(across) or [], artist.get(size) or []
    middles = [
        None if a is None or b is None else a + b / 2 for a, b in zip(starts, widths, strict=False)
    ]
    columns: dict[str, Any] = {across: middles, along: artist.get(length) or []}
    ticks = list(axes.get(f"{across}ticklabels") or [])
    if len(ticks) == len(middles) and len(set(ticks)) == len(ticks) and all(ticks):
        columns["label"] = ticks
    return Trace(
        index,
        name,
        "bar",
        "bars",
        columns,
        axes=ids,
        orientation="h" if lying else "v",
    )
