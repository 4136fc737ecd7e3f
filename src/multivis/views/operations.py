"""Every tool of a view: its name, what it does, its arguments with bounds, and the call.

One table serves the LangChain tools, the tools of multivis's own agents and the MCP server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from pydantic import Field, ValidationError

from multivis.errors import InputError, OptionError
from multivis.tool import Arguments
from multivis.views import calculators as calculate
from multivis.views.arrays import plain
from multivis.views.session import ViewSession

__all__ = ["OPERATIONS", "Operation", "call"]

Number = int | float | str | None


class PlotArguments(Arguments):
    """A plot."""

    plot_id: int = Field(description="Plot identifier from show_plot.")


class ShowPlot(Arguments):
    """Arguments of `show_plot`."""

    plotly_codes: str = Field(
        min_length=1,
        max_length=200_000,
        description="Python code, imports included, that leaves a Plotly figure in `fig`.",
    )


class GetPlotImage(PlotArguments):
    """Arguments of `get_plot_image`."""

    interaction_id: int | None = Field(
        None, description="A state of the history; leave out for the latest view."
    )


class GetPlotJson(PlotArguments):
    """Arguments of `get_plot_json`."""

    path: str | None = Field(
        None, max_length=500, description="A part: data[0].y[10:20], layout.xaxis, encoding.x."
    )
    focus: bool = Field(
        False, description="Only the points in the latest selection or zoom, hidden traces out."
    )
    max_chars: int | None = Field(None, ge=100, le=1_000_000, description="Size of the answer.")
    frame: str | None = Field(None, description="With focus: a frame of an animation.")


class Box(PlotArguments):
    """Bounds of a box: numbers in data units, ISO dates or names of categories."""

    x_min: Number = Field(None, description="Lower x bound: number, ISO date or category.")
    x_max: Number = Field(None, description="Upper x bound.")
    y_min: Number = Field(None, description="Lower y bound.")
    y_max: Number = Field(None, description="Upper y bound.")
    x_axis: str = Field("", max_length=20, description="x axis of a subplot: 'x2'.")
    y_axis: str = Field("", max_length=20, description="y axis of a subplot: 'y2'.")


class Selected(Box):
    """Arguments of `selected`."""

    limit: int = Field(100, ge=1, le=5_000, description="Most points in the answer.")


class LegendClick(PlotArguments):
    """Arguments of `legendclick`; the number has no bound here, so that a bad one is an error."""

    curve_number: int = Field(description="Zero-indexed trace index.")
    label: str | None = Field(None, max_length=500, description="One slice of a pie instead.")


class QueryInteractions(PlotArguments):
    """Arguments of `query_interactions`."""

    event_type: Literal["init", "relayout", "legendclick", "selected", "click"] | None = Field(
        None, description="Only events of this type."
    )


class Calculation(PlotArguments):
    """Arguments that all calculators share."""

    traces: list[int | str] | None = Field(
        None, max_length=1_000, description="Traces by number or name; leave out for all visible."
    )
    focus: bool = Field(False, description="Only the points in the latest selection or zoom.")
    frame: str | None = Field(None, description="A frame of an animation.")


class Order(Calculation):
    """Arguments of `order`."""

    descending: bool = Field(False, description="Largest first.")
    limit: int = Field(50, ge=1, le=500, description="Most points in the answer.")


class Smoothest(Calculation):
    """Arguments of `smoothest`."""

    tolerance: float | None = Field(
        None, ge=0, description="Difference of roughness that counts as none; default: rounding."
    )


class Steps(Calculation):
    """Arguments of `steps`."""

    limit: int = Field(3, ge=1, le=50, description="Rises and falls a trace.")


class Pair(PlotArguments):
    """Two traces, bars or slices."""

    a: int | str = Field(description="A trace by number or name, or a bar or slice by label.")
    b: int | str = Field(description="What to compare it with.")
    focus: bool = Field(False, description="Only the points in the latest selection or zoom.")


class Changes(PlotArguments):
    """Arguments of `changes`."""

    before: int | None = Field(None, description="Interaction id of the earlier state.")
    after: int | None = Field(None, description="Interaction id of the later state.")


@dataclass(frozen=True)
class Operation:
    """A tool.

    Attributes:
        name: Its name, for the seven the paper's.
        group: ``base``, ``introspection``, ``interaction`` or ``calculator`` (paper, Table 1).
        description: What a model reads.
        arguments: The argument model with its bounds.
        call: The function on a session and validated arguments.
    """

    name: str
    group: str
    description: str
    arguments: type[Arguments]
    call: Callable[[ViewSession, dict[str, Any]], Any]


def _method(name: str) -> Callable[[ViewSession, dict[str, Any]], Any]:
    def work(session: ViewSession, values: dict[str, Any]) -> Any:
        return getattr(session, name)(**values)

    return work


def _calculator(function: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    """A calculator over traces; what is no argument of `ViewSession.traces` is its own."""
    shared = set(Calculation.model_fields)

    def work(session: ViewSession, values: dict[str, Any]) -> Any:
        own = {name: value for name, value in values.items() if name not in shared}
        rest = {name: value for name, value in values.items() if name in shared}
        return session.calculate(partial(function, **own), **rest)

    return work


def _compare(session: ViewSession, values: dict[str, Any]) -> Any:
    return plain(calculate.compare(*session.pair(**values)))


def _crossings(session: ViewSession, values: dict[str, Any]) -> Any:
    a, b = session.pair(**values)
    if a.place is not None or b.place is not None:
        raise InputError(
            f"{a.name!r} and {b.name!r} are not both lines, so they do not cross.",
            hint="Name two traces.",
        )
    return plain(calculate.crossings(a.trace, b.trace))


OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation(
            "show_plot",
            "base",
            "Create a figure from Python code, run in a sandbox; returns its plot_id.",
            ShowPlot,
            _method("show_plot"),
        ),
        Operation(
            "get_plot_image",
            "base",
            "The current view, or that of an interaction, as a PNG file; returns its path.",
            GetPlotImage,
            _method("get_plot_image"),
        ),
        Operation(
            "get_plot_json",
            "introspection",
            "The specification of a figure, a part of it by path, or only the points in focus.",
            GetPlotJson,
            _method("get_plot_json"),
        ),
        Operation(
            "relayout",
            "interaction",
            "Zoom or pan to axis ranges; shared axes follow. Narrows the focus.",
            Box,
            _method("relayout"),
        ),
        Operation(
            "legendclick",
            "interaction",
            "Switch a trace on or off. Narrows the focus to what stays visible.",
            LegendClick,
            _method("legendclick"),
        ),
        Operation(
            "selected",
            "interaction",
            "Select a box; returns the points in it and makes them the focus.",
            Selected,
            _method("selected"),
        ),
        Operation(
            "query_interactions",
            "interaction",
            "What was done to a figure so far, by agents and people, oldest first.",
            QueryInteractions,
            _method("query_interactions"),
        ),
        Operation(
            "extremes",
            "calculator",
            "The least and the greatest value, of all traces and of each.",
            Calculation,
            _calculator(calculate.extremes),
        ),
        Operation(
            "medians",
            "calculator",
            "The low and the high median point.",
            Calculation,
            _calculator(calculate.medians),
        ),
        Operation(
            "compare",
            "calculator",
            "Whether a is less or greater than b: two values, or two curves at every point.",
            Pair,
            _compare,
        ),
        Operation(
            "crossings",
            "calculator",
            "Where two lines meet, between their points too, and whether they intersect.",
            Pair,
            _crossings,
        ),
        Operation(
            "area",
            "calculator",
            "Area under each curve by the trapezoid rule.",
            Calculation,
            _calculator(calculate.area),
        ),
        Operation(
            "roughness",
            "calculator",
            "Roughness of each curve: the sum of changes of slope.",
            Calculation,
            _calculator(calculate.roughness),
        ),
        Operation(
            "smoothest",
            "calculator",
            "The smoothest and the roughest curve, and which cannot be told from them.",
            Smoothest,
            _calculator(calculate.smoothest),
        ),
        Operation(
            "order",
            "calculator",
            "The points by value, with ranks, and whether the chart draws them in order.",
            Order,
            _calculator(calculate.order),
        ),
        Operation(
            "sums",
            "calculator",
            "Total, number and mean of values: of all, each trace, each category.",
            Calculation,
            _calculator(calculate.sums),
        ),
        Operation(
            "shares",
            "calculator",
            "What part of the whole each point, slice or trace has.",
            Calculation,
            _calculator(calculate.shares),
        ),
        Operation(
            "correlation",
            "calculator",
            "Pearson's and Spearman's correlation of x and y, or of two traces.",
            Calculation,
            _calculator(calculate.correlation),
        ),
        Operation(
            "gaps",
            "calculator",
            "Points without a value, and steps of x that are left out.",
            Calculation,
            _calculator(calculate.gaps),
        ),
        Operation(
            "steps",
            "calculator",
            "The largest rises and falls between neighbours, and the change over all.",
            Steps,
            _calculator(calculate.steps),
        ),
        Operation(
            "trends",
            "calculator",
            "Whether each trace goes up or down on the whole, with its slope.",
            Calculation,
            _calculator(calculate.trends),
        ),
        Operation(
            "changes",
            "calculator",
            "What changed between two states of a view, by default by the latest interaction.",
            Changes,
            _method("changes"),
        ),
    )
}


def call(session: ViewSession, name: str, arguments: Mapping[str, Any]) -> Any:
    """Call a tool by name with JSON arguments.

    Raises:
        OptionError: There is no such tool, or the arguments do not fit.
        MultiVisError: What the tool itself raises.
    """
    if name not in OPERATIONS:
        raise OptionError(
            f"There is no view tool {name!r}.", hint="There are " + ", ".join(OPERATIONS) + "."
        )
    operation = OPERATIONS[name]
    try:
        values = operation.arguments.model_validate(dict(arguments))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the arguments"
        raise OptionError(
            f"{name}: {where} does not fit: {first['msg'].lower()}.",
            hint="Its arguments are " + ", ".join(operation.arguments.model_fields) + ".",
        ) from error
    return operation.call(session, {n: getattr(values, n) for n in values.model_fields_set})
