"""What the syntax tree of a chart script says, as records."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

__all__ = ["Artist", "Channel", "CodeFacts", "DataFacts", "Mark", "Parameter", "Transform", "View"]

_TYPES = {
    "Q": "quantitative",
    "N": "nominal",
    "O": "ordinal",
    "T": "temporal",
    "G": "geojson",
}


@dataclass(frozen=True)
class Mark:
    """A mark with its options, for example ``bar`` with ``{"size": 20}``."""

    kind: str
    options: Mapping[str, Any] = attribute(default_factory=dict)
    node: ast.Call | None = attribute(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"kind": self.kind, "options": dict(self.options)}


@dataclass(frozen=True)
class Channel:
    """One encoding channel.

    Attributes:
        name: ``x``, ``y``, ``color``, ``tooltip``, …
        field: The field, without aggregate and type.
        type: Vega-Lite's word for the measurement type, or None when not written.
        aggregate: ``sum``, ``mean``, ``count``, …
        bin: True or the bin options, when binned.
        time_unit: ``yearmonth``, …
        value: A constant visual value (``alt.value``), or None.
        datum: A constant in data space (``alt.datum``), or None.
        condition: ``{"test", "then", "otherwise"}`` for conditional channels.
        options: title, sort, scale, axis, legend, stack, format, … as written.
        items: The members, when the channel is a list (tooltip, detail, order).
        node: The expression that gives the channel.
        call: The ``encode`` call that holds it.
    """

    name: str
    field: str | None = None
    type: str | None = None
    aggregate: str | None = None
    bin: Any = None
    time_unit: str | None = None
    value: Any = None
    datum: Any = None
    condition: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = attribute(default_factory=dict)
    items: tuple[Channel, ...] = ()
    node: ast.expr | None = attribute(default=None, compare=False, repr=False)
    call: ast.Call | None = attribute(default=None, compare=False, repr=False)

    def shorthand(self) -> str:
        """The channel's data part as Altair writes it: ``"sum(Sales):Q"``."""
        name = self.field or ""
        for outer in (self.time_unit, self.aggregate):
            if outer:
                name = f"{outer}({name})"
        letters = {word: letter for letter, word in _TYPES.items()}
        return f"{name}:{letters[self.type]}" if self.type in letters else name

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; what is not there is left out."""
        pairs: dict[str, Any] = {
            "field": self.field,
            "type": self.type,
            "aggregate": self.aggregate,
            "bin": self.bin,
            "timeUnit": self.time_unit,
            "value": self.value,
            "datum": self.datum,
            "condition": dict(self.condition) if self.condition else None,
            "items": [item.to_dict() for item in self.items] or None,
        }
        return {
            "channel": self.name,
            **{key: item for key, item in pairs.items() if item is not None},
            **{key: item for key, item in self.options.items() if key not in pairs},
        }


@dataclass(frozen=True)
class Transform:
    """A data transform with its arguments, for example ``window``."""

    kind: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = attribute(default_factory=dict)
    node: ast.Call | None = attribute(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "kind": self.kind,
            "arguments": list(self.arguments),
            "options": dict(self.options),
        }


@dataclass(frozen=True)
class Parameter:
    """A parameter or a selection.

    Attributes:
        variable: The Python name it is bound to.
        kind: ``interval``, ``point`` or ``variable``.
        options: fields, encodings, value, … as written.
        bind: ``{"input": "range", …}``, ``"legend"``, ``"scales"`` or None.
    """

    kind: str
    variable: str = ""
    options: Mapping[str, Any] = attribute(default_factory=dict)
    bind: Any = None
    node: ast.expr | None = attribute(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "kind": self.kind,
            "variable": self.variable,
            "options": dict(self.options),
            "bind": self.bind,
        }


@dataclass(frozen=True)
class View:
    """A chart, or a part of one.

    Attributes:
        kind: ``unit``, ``layer``, ``hconcat``, ``vconcat``, ``concat``, ``facet``, ``repeat``.
        mark: The mark of a unit view.
        channels: The channels by name; those given to the whole of a layer too.
        transforms: Data transforms in order.
        children: The parts of a composed view.
        parameters: Those added to this view.
        properties: title, width, height, background, …
        configuration: ``configure_axis`` and so on, by their name without ``configure_``.
        interactive: Whether ``.interactive()`` was called.
        data: Source text of the data argument.
        arrangement: Options of facet, repeat and concat (columns, row, …).
        resolve: ``{"scale": {"y": "independent"}}``.
        variable: The Python name the view is bound to, if any.
        node: The whole expression.
        calls: The method calls that made the view, in order.
    """

    kind: str
    mark: Mark | None = None
    channels: Mapping[str, Channel] = attribute(default_factory=dict)
    transforms: tuple[Transform, ...] = ()
    children: tuple[View, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    properties: Mapping[str, Any] = attribute(default_factory=dict)
    configuration: Mapping[str, Any] = attribute(default_factory=dict)
    interactive: bool = False
    data: str = ""
    arrangement: Mapping[str, Any] = attribute(default_factory=dict)
    resolve: Mapping[str, Any] = attribute(default_factory=dict)
    variable: str = ""
    node: ast.expr | None = attribute(default=None, compare=False, repr=False)
    calls: tuple[tuple[str, ast.Call], ...] = attribute(default=(), compare=False, repr=False)

    def units(self) -> Iterator[View]:
        """The unit views, in drawing order."""
        if self.kind == "unit":
            yield self
        for child in self.children:
            yield from child.units()

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; what is not there is left out."""
        pairs: dict[str, Any] = {
            "kind": self.kind,
            "variable": self.variable,
            "data": self.data,
            "mark": self.mark.to_dict() if self.mark else None,
            "channels": [channel.to_dict() for channel in self.channels.values()],
            "transforms": [transform.to_dict() for transform in self.transforms],
            "parameters": [parameter.to_dict() for parameter in self.parameters],
            "properties": dict(self.properties),
            "configuration": dict(self.configuration),
            "interactive": self.interactive,
            "arrangement": dict(self.arrangement),
            "resolve": dict(self.resolve),
            "children": [child.to_dict() for child in self.children],
        }
        return {key: item for key, item in pairs.items() if item}


@dataclass(frozen=True)
class Artist:
    """A drawing call of Matplotlib, seaborn, pandas or Plotly.

    Attributes:
        method: The call as named in its library: ``barh``, ``fill_between``, ``Scatter``.
        mark: The Vega-Lite mark that draws the like: ``bar``, ``point``, ``area``, …
        axes: Source text of what it is called on: ``ax``, ``axes[0]``, ``plt``.
        arguments: Positional arguments.
        options: Keyword arguments.
        repeated: Whether it stands in a loop (one call a series, a category or a point).
    """

    method: str
    mark: str
    axes: str = ""
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = attribute(default_factory=dict)
    repeated: bool = False
    node: ast.Call | None = attribute(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "method": self.method,
            "mark": self.mark,
            "axes": self.axes,
            "arguments": list(self.arguments),
            "options": dict(self.options),
            "repeated": self.repeated,
        }


@dataclass(frozen=True)
class DataFacts:
    """How the script comes by its data.

    Attributes:
        sql: SQL statements in string literals, in order.
        connections: Paths or addresses that it opens.
        frame: The name of the frame that the chart draws, or an empty string.
        loading: The statements that read data, as source text.
        processing: The statements between loading and chart that change the frame.
        literal: Whether the data are written in the script itself.
    """

    sql: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    frame: str = ""
    loading: tuple[str, ...] = ()
    processing: tuple[str, ...] = ()
    literal: bool = False
    sql_nodes: tuple[ast.expr, ...] = attribute(default=(), compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "sql": list(self.sql),
            "connections": list(self.connections),
            "frame": self.frame,
            "loading": list(self.loading),
            "processing": list(self.processing),
            "literal": self.literal,
        }


@dataclass(frozen=True)
class CodeFacts:
    """Everything that was read from a script.

    Attributes:
        library: ``altair``, ``plotly``, ``matplotlib`` (seaborn included) or ``unknown``.
        libraries: Every charting library that is imported.
        view: The chart of an Altair script.
        artists: The drawing calls of the other libraries, in order.
        settings: Titles, labels, scales, legend, grid and layout of the other libraries.
        parameters: Parameters and selections, used or not.
        data: How the script comes by its data.
        chart_variable: The name that holds the chart, or an empty string.
    """

    library: str
    libraries: tuple[str, ...] = ()
    view: View | None = None
    artists: tuple[Artist, ...] = ()
    settings: Mapping[str, Any] = attribute(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    data: DataFacts = attribute(default_factory=DataFacts)
    chart_variable: str = ""

    @property
    def marks(self) -> tuple[str, ...]:
        """The mark kinds in drawing order, each once."""
        kinds = [unit.mark.kind for unit in self.units() if unit.mark]
        kinds += [artist.mark for artist in self.artists]
        return tuple(dict.fromkeys(kinds))

    def units(self) -> tuple[View, ...]:
        """The unit views of an Altair chart."""
        return tuple(self.view.units()) if self.view else ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        view = self.view
        properties = dict(view.properties) if view else {}
        return {
            "library": self.library,
            "libraries": list(self.libraries),
            "marks": list(self.marks),
            "chart_variable": self.chart_variable,
            "structure": view.to_dict() if view else None,
            "views": [unit.to_dict() for unit in self.units()],
            "artists": [artist.to_dict() for artist in self.artists],
            "settings": dict(self.settings),
            "parameters": [parameter.to_dict() for parameter in self.parameters],
            "interactive": any_interactive(view),
            "title": properties.get("title", self.settings.get("title")),
            "width": properties.get("width"),
            "height": properties.get("height"),
            "configuration": dict(view.configuration) if view else {},
            "data": self.data.to_dict(),
        }


def any_interactive(view: View | None) -> bool:
    """Whether `view` or a part of it was made interactive."""
    return view is not None and (
        view.interactive or any(any_interactive(child) for child in view.children)
    )
