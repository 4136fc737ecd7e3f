"""The chart plan: what the offline model means to draw, before any library is named.

A plan is a value of plain data. It is made from a question (`planner`), changed by reference
code (`adapt`), compiled to SQL (`sql`) and to chart code (`altair_code`, `plotly_code`,
`matplotlib_code`), and it travels between two turns of the model as JSON (`dumps`, `loads`).

```
Plan
├── query: Query          what to ask the database
├── views: (View, …)      one chart, or several side by side (`arrangement`)
│   └── layers: (Layer, …)    drawn one over another
│       └── channels: (Channel, …)
└── selections, title, width, height, config, notes
```

Change a plan with `dataclasses.replace` or with the helpers `Layer.with_channel`,
`Plan.with_layers`; every class is frozen.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

__all__ = [
    "Channel",
    "Condition",
    "Filter",
    "Layer",
    "Output",
    "Plan",
    "Query",
    "Selection",
    "View",
    "dumps",
    "loads",
]

Kind = Literal["quantitative", "temporal", "nominal", "ordinal"]


# ── what to ask the database ────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Output:
    """One column of the result.

    Attributes:
        name: Its name in the result, and in the frame `df`.
        table: Table that it comes from; empty for a count of rows.
        column: Column that it comes from; empty for a count of rows.
        aggregate: ``""`` (the plain value), ``count``, ``count_distinct``, ``sum``, ``avg``,
            ``min``, ``max``, ``median`` or ``share`` (see `part`).
        time_unit: ``""``, ``year``, ``quarter``, ``month`` (of a year), ``yearmonth``,
            ``date``, ``weekday``, ``day`` (of a month), ``hour``.
        kind: Measurement type of the result.
        numeric_text: Whether the column is text that holds numbers, to be cast.
        title: What people call it.
        fold: For wide to long: ``"key"`` (the name of the measure) or ``"value"``.
        cases: Ranges of a number, from low to high: (label, lower bound or None, upper bound
            or None, whether the upper bound is excluded, whether the lower one is) each; empty
            for none.
        difference: A second (table, column) that is subtracted, or empty.
        whole: The (table, column) that it is given in percent of, or empty.
        off_average: Whether the average of the column over all rows is subtracted.
        joined: A second column of the same table, written in front ("Ann" of "Ann Lee"), or empty.
        part: Conditions of a share: the aggregate ``share`` is the part of the rows, 0 to 1,
            that meets all of them.
        labels: Words for the values of a column of yes and no: (value, label) each.
        via: Table and column of the key that leads to `table`, where its rows are meant in the
            role that this key gives them (the leader of a walk, not its helper); else empty.
        running: For a running total: ``"rows"`` where each row stays one of its own, ``"groups"``
            where totals of groups are added up; else empty.
        along: Name of the output that a running total runs along; the others tell series apart.
        negated: Conditions of the rows that a sum or count takes away instead of adding them.
    """

    name: str
    table: str = ""
    column: str = ""
    aggregate: str = ""
    time_unit: str = ""
    kind: Kind = "nominal"
    numeric_text: bool = False
    title: str = ""
    fold: str = ""
    cases: tuple[tuple[Any, ...], ...] = ()
    difference: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    off_average: bool = False
    joined: str = ""
    part: tuple[Filter, ...] = ()
    labels: tuple[tuple[Any, ...], ...] = ()
    via: tuple[str, ...] = ()
    running: str = ""
    along: str = ""
    negated: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Filter:
    """One condition on rows (or on groups, when `aggregate` is set).

    Attributes:
        table: Table of the column; empty for a count of rows.
        column: The column.
        operator: ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``in``, ``not in``,
            ``between``, ``like``, ``not null``.
        values: One value, two for ``between``, any number for ``in``.
        time_unit: Part of the date that is compared (``year``), or empty.
        aggregate: Aggregate that is compared (HAVING), or empty.
        numeric_text: Whether the column is text that holds numbers.
        of: Name of the output whose groups are compared, where there are others; else empty.
    """

    table: str
    column: str
    operator: str = "="
    values: tuple[Any, ...] = ()
    time_unit: str = ""
    aggregate: str = ""
    numeric_text: bool = False
    of: str = ""


@dataclass(frozen=True)
class Query:
    """A SELECT: outputs, filters, groups (every output without aggregate), order, limit.

    Attributes:
        outputs: Columns of the result, in order.
        filters: Conditions, all of which hold.
        order: (output name, descending) pairs.
        limit: Most rows, or None.
        tables: Tables that must take part besides those of the outputs.
        fold: (table, column, label, aggregate) of the measures of a wide-to-long result;
            the result then has one output with ``fold="key"`` and one with ``fold="value"``.
        distinct: Whether equal rows are given once.
        keep: Table whose rows are all kept, also those that join to nothing, or empty.
        rest: What all groups beyond `limit` together are called, or empty to leave them out.
    """

    outputs: tuple[Output, ...] = ()
    filters: tuple[Filter, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    tables: tuple[str, ...] = ()
    fold: tuple[tuple[str, str, str, str], ...] = ()
    distinct: bool = False
    keep: str = ""
    rest: str = ""

    @property
    def grouped(self) -> bool:
        """Whether any output is an aggregate."""
        combined = [o for o in self.outputs if o.aggregate and o.running != "rows"]
        return bool(combined) or any(measure[3] for measure in self.fold)


# ── what to draw ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Condition:
    """A value that holds where a test holds: ``if test then value else otherwise``.

    Attributes:
        test: A Vega expression on ``datum`` (``"datum.total > 20"``), or the name of a
            selection.
        then: Value where it holds; None means "the channel's own field".
        otherwise: Value elsewhere.
    """

    test: str
    then: Any = None
    otherwise: Any = None


@dataclass(frozen=True)
class Channel:
    """One visual channel of a layer.

    Attributes:
        name: As Vega-Lite names it: x, y, x2, y2, color, size, shape, opacity, theta, radius,
            text, row, column, facet, xOffset, yOffset, detail, order, tooltip, href,
            strokeDash.
        field: Column of the frame (or a name that a transform made); None for a value or datum.
        kind: Measurement type; None where the channel needs none (x2, y2, a value).
        title: What people read; None keeps the library's default, ``""`` removes it.
        aggregate: Vega-Lite aggregate made in the chart, or empty. ``count`` needs no field.
        bin: ``maxbins``; 0 is the default number, -1 is no binning.
        bin_step: Width of a bin, or 0.
        bin_extent: Name of a selection whose range is binned, or empty.
        time_unit: Vega-Lite time unit made in the chart, or empty.
        stack: ``"zero"``, ``"normalize"``, ``"center"``, ``"none"``, or empty for the default.
        sort: ``"x"``, ``"-x"``, ``"y"``, ``"-y"``, ``"ascending"``, ``"descending"``,
            ``"none"`` (as the rows come), a tuple of values, or empty for the default.
        scale: Vega-Lite scale properties: zero, type, domain, range, scheme, reverse.
        axis: Vega-Lite axis (or header) properties: format, labelAngle, grid, orient, …
        legend: Vega-Lite legend properties; ``{"none": True}`` removes the legend.
        format: d3 format of text and tooltips, or empty.
        value: A constant in visual units (a colour, a size); None for none.
        datum: A constant in data units; None for none.
        condition: A condition on the value.
    """

    name: str
    field: str | None = None
    kind: Kind | None = None
    title: str | None = None
    aggregate: str = ""
    bin: int = -1
    bin_step: float = 0.0
    bin_extent: str = ""
    time_unit: str = ""
    stack: str = ""
    sort: str | tuple[Any, ...] = ""
    scale: dict[str, Any] = dataclasses.field(default_factory=dict)
    axis: dict[str, Any] = dataclasses.field(default_factory=dict)
    legend: dict[str, Any] = dataclasses.field(default_factory=dict)
    format: str = ""
    value: Any = None
    datum: Any = None
    condition: Condition | None = None


@dataclass(frozen=True)
class Layer:
    """One mark with its channels.

    Attributes:
        mark: As Vega-Lite names it: bar, line, area, point, circle, square, tick, rect, arc,
            rule, text, trail, boxplot, errorbar, errorband.
        options: Mark options by Vega-Lite name: point, interpolate, filled, color, opacity,
            innerRadius, outerRadius, strokeDash, cornerRadius, align, dx, dy, size, …
        channels: The channels, x and y first; ``tooltip`` may occur several times.
        transforms: Vega-Lite transforms before drawing, in order, each a mapping with one
            leading key: ``{"window": {"running": "sum(total)"}, "sort": ["date"]}``,
            ``{"joinaggregate": {"average": "mean(total)"}}``,
            ``{"calculate": {"difference": "datum.total - datum.average"}}``,
            ``{"filter": "datum.rank <= 5"}`` (or a selection's name),
            ``{"fold": ["a", "b"], "as": ["measure", "value"]}``,
            ``{"density": "score", "as": ["score", "density"], "groupby": ["event"]}``,
            ``{"regression": "y", "on": "x", …}``, ``{"loess": "y", "on": "x", …}``,
            ``{"aggregate": {"m": "mean(x)"}, "groupby": ["g"]}``, ``{"bin": …}``.
        data: Columns of rows of its own, drawn instead of those of the query; empty for none.
        inferred: Whether the types of numbers are left to the library, which reads them from
            the frame.
    """

    mark: str
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    channels: tuple[Channel, ...] = ()
    transforms: tuple[dict[str, Any], ...] = ()
    data: dict[str, Any] = dataclasses.field(default_factory=dict)
    inferred: bool = False

    def channel(self, name: str) -> Channel | None:
        """The first channel of that name, or None."""
        return next((c for c in self.channels if c.name == name), None)

    def with_channel(self, channel: Channel) -> Layer:
        """A copy in which `channel` replaces the one of its name, or is added."""
        if self.channel(channel.name) is None:
            return replace(self, channels=(*self.channels, channel))
        return replace(
            self,
            channels=tuple(channel if c.name == channel.name else c for c in self.channels),
        )

    def without_channel(self, name: str) -> Layer:
        """A copy without the channels of that name."""
        return replace(self, channels=tuple(c for c in self.channels if c.name != name))


@dataclass(frozen=True)
class Selection:
    """A Vega-Lite parameter: a selection, a slider, or both.

    Attributes:
        name: Python name of the variable.
        type: ``point``, ``interval`` or ``value`` (a variable parameter).
        fields: Fields that a point selection projects to.
        encodings: Channels that an interval selection projects to.
        bind: ``"legend"``, ``"scales"``, or a mapping of an input element
            (``{"input": "range", "min": 0, "max": 10, "step": 1, "name": "Cut"}``).
        value: Start value, or None.
        options: Further properties: on, nearest, empty, clear, toggle.
    """

    name: str
    type: str = "point"
    fields: tuple[str, ...] = ()
    encodings: tuple[str, ...] = ()
    bind: str | dict[str, Any] = ""
    value: Any = None
    options: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """One chart: layers on the same axes.

    Attributes:
        layers: Drawn in order; one layer is a plain chart.
        title: Title of this view alone, or empty.
        width: Pixels, or 0 for the default; with several views, of this view.
        height: Pixels, or 0.
        resolve: Scales kept apart in a layered view, for example ``{"y": "independent"}``.
        selections: Names of the plan's selections that this view carries.
    """

    layers: tuple[Layer, ...] = ()
    title: str = ""
    width: int = 0
    height: int = 0
    resolve: dict[str, str] = dataclasses.field(default_factory=dict)
    selections: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Everything about one answer.

    Attributes:
        chart: Name of the kind of chart, for people: ``"stacked bar chart"``.
        views: The views; usually one.
        arrangement: ``single``, ``hconcat``, ``vconcat``, or ``marginal``: the second view
            above the first, the third at its right.
        query: What to ask the database.
        title: Title over everything, or empty.
        subtitle: Line under the title, or empty.
        width: Pixels, or 0 for the default.
        height: Pixels, or 0.
        config: Vega-Lite config in dotted form: ``{"view": {"stroke": None}}``.
        selections: Parameters, by name used in views and conditions.
        selection_view: Index of the view that carries the selections.
        assumptions: What was taken for granted.
        ambiguities: What could also be read otherwise.
        left_out: What was asked and is not done.
        confidence: How sure the reading is, 0 to 1.
        alternatives: Field readings not taken: (words, "table.column") pairs.
    """

    chart: str = "bar chart"
    views: tuple[View, ...] = ()
    arrangement: str = "single"
    query: Query = dataclasses.field(default_factory=Query)
    title: str = ""
    subtitle: str = ""
    width: int = 0
    height: int = 0
    config: dict[str, Any] = dataclasses.field(default_factory=dict)
    selections: tuple[Selection, ...] = ()
    selection_view: int = 0
    assumptions: tuple[str, ...] = ()
    ambiguities: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    confidence: float = 0.5
    alternatives: tuple[tuple[str, str], ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of the first view."""
        return self.views[0].layers if self.views else ()

    def with_layers(self, *layers: Layer) -> Plan:
        """A copy whose first view has these layers."""
        first = self.views[0] if self.views else View()
        return replace(self, views=(replace(first, layers=tuple(layers)), *self.views[1:]))

    def output(self, name: str) -> Output | None:
        """The output column of that name, or None."""
        return next((o for o in self.query.outputs if o.name == name), None)


# ── to and from JSON ────────────────────────────────────────────────────────────────────────


def _plain(value: Any) -> Any:
    """Plain JSON data; fields at their default are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        written = {}
        for item in fields(value):
            content = getattr(value, item.name)
            default = item.default
            if item.default_factory is not dataclasses.MISSING:
                default = item.default_factory()
            if default is dataclasses.MISSING or content != default:
                written[item.name] = _plain(content)
        return written
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _tupled(value: Any) -> Any:
    """Lists as tuples, all the way down."""
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value


def _build(kind: Any, data: Any) -> Any:
    """The value of a declared type that plain data stand for."""
    if is_dataclass(kind) and isinstance(kind, type) and isinstance(data, dict):
        hints = get_type_hints(kind)
        known = {item.name for item in fields(kind)}
        return kind(**{k: _build(hints[k], v) for k, v in data.items() if k in known})
    arguments = [a for a in get_args(kind) if a is not type(None)]
    if get_origin(kind) is tuple and isinstance(data, list):
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_build(arguments[0], item) for item in data)
        return _tupled(data)
    if data is not None and len(arguments) >= 1 and get_origin(kind) is not dict:
        for option in arguments:
            if is_dataclass(option) and isinstance(data, dict):
                return _build(option, data)
        if isinstance(data, list):
            return _tupled(data)
    return data


def dumps(plan: Plan) -> str:
    """Write a plan as compact JSON; what equals its default is left out."""
    return json.dumps(_plain(plan), ensure_ascii=False, separators=(",", ":"), default=str)


def loads(text: str) -> Plan:
    """Read a plan back; unknown keys are ignored.

    Raises:
        ValueError: The text is not the JSON of a plan.
    """
    data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError("The text is not the JSON of a plan.")
    try:
        plan = _build(Plan, data)
    except TypeError as error:
        raise ValueError(f"The text is not the JSON of a plan: {error}.") from error
    assert isinstance(plan, Plan)
    return plan
