"""What a view is made of: a figure, its traces and axes, and the state that a reader left it in.

A `Figure` never changes. What a person or a model does to the view lives in a `ViewState`, a
small JSON value; every interaction gives a new one. So each state of the history can be drawn
again, and two states can be compared.

Implementations: `multivis.views.plotly.PlotlyFigure`, `multivis.views.vega.VegaFigure`,
`multivis.views.matplotlib.MatplotlibFigure` (read only). `open_figure` chooses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from multivis.errors import InputError

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "Axis",
    "AxisType",
    "Bound",
    "Figure",
    "Interaction",
    "Trace",
    "ViewState",
    "open_figure",
    "word",
]

AxisType = Literal["linear", "log", "date", "category"]

Bound = float | int | str | None
"""A bound of an axis: a number, a date as ISO text, the name of a category, or none given."""


class ViewState(BaseModel):
    """How a view stands; the empty state is the figure as it was made.

    Attributes:
        ranges: Axis (``"xaxis2"``) → lower and upper bound in coordinates: data units, also on
            logarithmic axes; milliseconds for dates; positions for categories.
        visible: Trace → shown or not, where it differs from the figure.
        hidden_labels: Labels of slices (pies, funnel areas) that are switched off.
        selection: The latest box: ``{"x": [low, high], "y": [low, high], "axes": [x, y]}`` in
            coordinates; a side without a bound is None.
        clicked: The trace of the latest click on the legend.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ranges: dict[str, tuple[float, float]] = {}
    visible: dict[int, bool] = {}
    hidden_labels: tuple[str, ...] = ()
    selection: dict[str, Any] | None = None
    clicked: int | None = None


@dataclass(frozen=True)
class Interaction:
    """What an interaction came to: the next state, and the payload of its event (paper, A.3)."""

    state: ViewState
    payload: dict[str, Any]


@dataclass(frozen=True)
class Axis:
    """An axis of a figure.

    Attributes:
        id: As Plotly names it in a layout: ``"xaxis"``, ``"yaxis2"``.
        type: How positions are measured.
        title: Its title.
        categories: The categories in drawn order (category axes).
        extent: Smallest and largest coordinate of the data on it, None when there are none.
        matches: Axes that move with it, itself included.
        range: The range that the figure fixes, in coordinates, or None.
        reversed: Whether the larger value stands left or below.
    """

    id: str
    type: AxisType = "linear"
    title: str = ""
    categories: tuple[str, ...] = ()
    extent: tuple[float, float] | None = None
    matches: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    reversed: bool = False

    @property
    def letter(self) -> str:
        """``"x"`` or ``"y"``."""
        return self.id[0]

    def coordinates(self, values: Any) -> np.ndarray[Any, Any]:
        """Values as coordinates of this axis, float64, shape (n,); NaN where there is none."""
        import numpy as np

        from multivis.views.arrays import dates, numbers

        if self.type == "date":
            return dates(values)
        if self.type == "category":
            places = self._places
            return np.array([places.get(word(value), np.nan) for value in values], dtype=float)
        found = numbers(values)
        if self.type == "log":
            found = np.where(found > 0, found, np.nan)
        return found

    @cached_property
    def _places(self) -> dict[str, float]:
        return {name: float(place) for place, name in enumerate(self.categories)}

    def value(self, coordinate: float) -> Any:
        """A coordinate as a reader knows it: a number, a date as text, a category's name."""
        from multivis.views.arrays import date_text

        if self.type == "date":
            return date_text(coordinate)
        if self.type == "category":
            place = round(coordinate)
            return self.categories[place] if 0 <= place < len(self.categories) else coordinate
        return int(coordinate) if float(coordinate).is_integer() else coordinate

    def bound(self, given: Bound, side: Literal["min", "max"]) -> float | None:
        """A bound that was asked for, as a coordinate; None stays None.

        Raises:
            InputError: It is no value of this axis; the message names what is.
        """
        import math

        from multivis.views.arrays import as_date

        if given is None:
            return None
        name = f"{self.letter}_{side}"
        if self.type == "category":
            place = self._places.get(str(given))
            if place is not None:
                return place - 0.5 if side == "min" else place + 0.5
            found = _finite(given)
            if found is None:
                shown = ", ".join(repr(c) for c in self.categories[:12])
                raise InputError(
                    f"{name} = {given!r} is no category of {self.id}.", hint=f"Use one of {shown}."
                )
            return found
        found = as_date(given) if self.type == "date" else _finite(given)
        if found is None or not math.isfinite(found):
            wanted = {"date": "a date such as '2020-03-01'"}.get(self.type, "a finite number")
            span = ""
            if self.extent is not None:
                span = f" The data go from {self.value(self.extent[0])!r}"
                span += f" to {self.value(self.extent[1])!r}."
            raise InputError(f"{name} = {given!r} is not {wanted}.{span}", hint="Correct it.")
        if self.type == "log" and found <= 0:
            raise InputError(
                f"{name} = {given!r} cannot be shown on the logarithmic {self.id}.",
                hint="Give a number above 0 (in data units, not as an exponent).",
            )
        return found


def word(value: Any) -> str:
    """A category as it is written on an axis."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _finite(value: Any) -> float | None:
    import math

    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


@dataclass(frozen=True)
class Trace:
    """One series as it is drawn.

    Attributes:
        index: Its curve number.
        name: Its name in the legend, or "" where it has none.
        kind: ``line``, ``scatter``, ``area``, ``bar``, ``pie``, ``histogram``, ``box``,
            ``heatmap`` … in the field's words, whatever the library.
        type: The library's own word (``scattergl``, ``rect``).
        columns: Data by role (``x``, ``y``, ``z``, ``label``, ``value``, ``r``, ``theta``,
            ``lat``, ``open`` …), each a sequence of length n, in drawing order.
        axes: Ids of its x and y axis, or None when it stands on no such axes.
        orientation: ``"h"`` for horizontal bars and boxes, else ``"v"``.
        visible: Whether it is shown in the state that was asked for.
        subplot: What it stands on instead of axes: ``polar``, ``geo2``, ``scene`` …
        notes: What a reader of the values should know.
        tops: Where the end of each mark is drawn along the value axis, when stacking moves it
            away from its value; else None.
        origin: Of a single point out of `columns`: which row of the figure it is (by default
            the position in the columns).
    """

    index: int
    name: str
    kind: str
    type: str
    columns: Mapping[str, Any]
    axes: tuple[str, str] | None = None
    orientation: str = "v"
    visible: bool = True
    subplot: str = ""
    notes: tuple[str, ...] = ()
    tops: Sequence[float | None] | None = field(default=None, repr=False)
    origin: Sequence[int] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return max((len(column) for column in self.columns.values()), default=0)

    @property
    def value_role(self) -> str:
        """The role of the column that holds the measured value."""
        along = ("x", "y") if self.orientation == "h" else ("y", "x")
        preferred = ["value", "z", "close", "r", *along]
        return next((role for role in preferred if role in self.columns), "")

    @property
    def position_role(self) -> str:
        """The role of the column that says where or of what a value is."""
        if "label" in self.columns:
            return "label"
        across = "y" if self.orientation == "h" else "x"
        return next((r for r in (across, "theta", "location") if r in self.columns), "")

    @cached_property
    def values(self) -> np.ndarray[Any, Any]:
        """The measured values, float64, shape (n,); NaN where missing."""
        from multivis.views.arrays import numbers

        return numbers(self.columns.get(self.value_role, []))

    @property
    def positions(self) -> Any:
        """Where or of what the values are; 0, 1, 2 … when nothing says so."""
        return self.columns.get(self.position_role, range(len(self)))

    def label(self, place: int) -> str:
        """What a reader calls the point at a position of the columns."""
        for role in ("label", "text", self.position_role):
            column = self.columns.get(role)
            if column is not None and place < len(column) and column[place] is not None:
                found = column[place]
                return word(found.item() if hasattr(found, "item") else found)
        return self.name

    def row(self, place: int) -> int:
        """The index in the figure of the point at a position of the columns."""
        return place if self.origin is None else int(self.origin[place])

    def point(self, place: int) -> dict[str, Any]:
        """Evidence: ``{"trace", "name", "index", "x", "y", "label", …}``, JSON-safe."""
        from multivis.views.arrays import plain

        found: dict[str, Any] = {"trace": self.index}
        if self.name:
            found["name"] = self.name
        found["index"] = self.row(place)
        for role, column in self.columns.items():
            if role != "text" and place < len(column):
                found[role] = plain(column[place])
        found.setdefault("label", self.label(place))
        return found


@runtime_checkable
class Figure(Protocol):
    """A figure that can be read and, unless it is read only, handled."""

    @property
    def library(self) -> str:
        """``"plotly"``, ``"vega-lite"`` or ``"matplotlib"``."""
        ...

    @property
    def spec(self) -> dict[str, Any]:
        """The specification as it was given."""
        ...

    def traces(self, state: ViewState = ..., *, frame: str | None = None) -> tuple[Trace, ...]:
        """Every series, hidden ones included, at a frame of an animation if one is named."""
        ...

    def axes(self) -> Mapping[str, Axis]:
        """The axes by id; empty for pies and maps."""
        ...

    def relayout(
        self, state: ViewState, x: tuple[Bound, Bound], y: tuple[Bound, Bound], axes: Sequence[str]
    ) -> Interaction:
        """Zoom or pan; `axes` names the x and y axis, "" for the first.

        Raises:
            InputError: No such axis, or a bound that is no value of it.
        """
        ...

    def legendclick(
        self, state: ViewState, curve_number: int, label: str | None = None
    ) -> Interaction:
        """Switch a trace (or one slice of a pie) on or off.

        Raises:
            InputError: No such trace; the message names the valid ones.
        """
        ...

    def specification(self, state: ViewState = ...) -> dict[str, Any]:
        """The specification with the state written into it."""
        ...

    def png(self, state: ViewState = ..., *, scale: float = 1.0) -> bytes:
        """The picture of a state.

        Raises:
            RenderError: It cannot be drawn; the message names the fix.
        """
        ...


def open_figure(spec: Mapping[str, Any], library: str | None = None) -> Figure:
    """The figure of a specification.

    Args:
        spec: Plotly JSON, Vega-Lite, or the description of a Matplotlib figure.
        library: ``"plotly"``, ``"vega-lite"`` (or ``"altair"``), ``"matplotlib"``; by default
            it is told from the specification.

    Raises:
        InputError: It is none of these.
    """
    if not isinstance(spec, Mapping):
        raise InputError(
            f"A specification is a mapping, not {type(spec).__name__}.", hint="Give parsed JSON."
        )
    library = library or _library_of(spec)
    if library == "plotly":
        from multivis.views.plotly import PlotlyFigure

        return PlotlyFigure(spec)
    if library in {"altair", "vega-lite"}:
        from multivis.views.vega import VegaFigure

        figure: Figure = VegaFigure(spec)
        return figure
    if library == "matplotlib":
        from multivis.views.matplotlib import MatplotlibFigure

        return MatplotlibFigure(spec)
    raise InputError(
        "The specification is neither Plotly JSON nor Vega-Lite nor a Matplotlib description.",
        hint="Plotly has 'data' as a list of traces, Vega-Lite a '$schema' or a 'mark'.",
    )


def _library_of(spec: Mapping[str, Any]) -> str:
    if spec.get("library") == "matplotlib":
        return "matplotlib"
    if isinstance(spec.get("data"), list):
        return "plotly"
    composed = {"mark", "layer", "hconcat", "vconcat", "concat", "repeat", "spec"}
    if "vega-lite" in str(spec.get("$schema", "")) or composed & set(spec):
        return "vega-lite"
    return ""
