"""A specification as the views that it draws: mark, channels, rows, and what was done to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from multivis.charts.checks.facts import datum_key, scene_marks
from multivis.charts.checks.units import Channel, Unit, read_channel, units_of
from multivis.charts.metrics.strict.matching import canonical
from multivis.charts.scenegraph import Mark, Scene
from multivis.errors import RenderError

__all__ = ["ChannelUse", "DrawnChart", "Table", "View", "draw_chart"]

_POSITIONS = ("x", "y", "x2", "y2", "theta", "theta2", "radius", "radius2", "longitude", "latitude")
_COLOURS = ("color", "fill", "stroke")
_DRAWN = frozenset(
    (
        *_POSITIONS,
        *_COLOURS,
        *("size", "shape", "opacity", "fillOpacity", "strokeOpacity", "strokeDash"),
        *("strokeWidth", "text", "angle", "url", "xOffset", "yOffset", "detail"),
        *("facet", "row", "column"),
    )
)
"""Channels whose values can be seen; a tooltip's cannot until someone points at it."""

_VEGA = {"color": ("fill", "stroke"), "x": ("x", "xc"), "y": ("y", "yc")}
_OVERLAYS = {"symbol": "point", "line": "line"}
_COMPOSITE = frozenset({"boxplot", "errorbar", "errorband"})
_SAME_MARK = {"circle": "point"}
_STEPS = (
    *("filter", "calculate", "aggregate", "joinaggregate", "window", "fold", "bin"),
    *("timeUnit", "lookup", "density", "regression", "loess", "quantile", "pivot"),
    *("flatten", "impute", "sample", "stack", "extent"),
)


@dataclass(frozen=True)
class ChannelUse:
    """One channel of a view.

    Attributes:
        name: ``x``, ``color`` (also for fill and stroke), ``tooltip``…
        type: Its type, or "".
        operation: What is done to the field: aggregate, bin, time unit, stacking.
        values: What it shows, one value a drawn item; empty where that is not known.
        constant: The value or datum that it is set to, or None.
        field: The field's name, for where the values are not known.
        order: The different values in the order in which they are drawn; empty for a
            continuous channel.
        sort: The sort as written, for channels without a place.
    """

    name: str
    type: str
    operation: tuple[str, ...]
    values: tuple[Any, ...]
    constant: str | None
    field: str | None
    order: tuple[Any, ...] = ()
    sort: str = ""


@dataclass(frozen=True)
class Table:
    """The rows that a mark draws: column → values, all of one length."""

    columns: Mapping[str, tuple[Any, ...]]
    steps: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()), ()))


@dataclass(frozen=True)
class View:
    """A mark that is drawn: its channels, rows, and the kinds of transforms before it."""

    mark: str
    channels: tuple[ChannelUse, ...]
    table: Table
    steps: tuple[str, ...]


@dataclass(frozen=True)
class DrawnChart:
    """A chart as it is drawn.

    Attributes:
        spec: The specification.
        views: One for each mark of each view; repeated views one by one, facets together.
        tables: What the marks draw: one a view, more for a composite mark.
        scene: The drawn scene, or None where the runtime cannot draw it.
        problem: Why there is no scene, or "".
    """

    spec: Mapping[str, Any]
    views: tuple[View, ...]
    tables: tuple[Table, ...]
    scene: Scene | None = None
    problem: str = ""
    units: tuple[Unit, ...] = field(default=(), repr=False)


def draw_chart(spec: Mapping[str, Any]) -> DrawnChart:
    """Draw a specification and collect its views.

    Where the runtime cannot draw it (data behind an address, an error), rows are those that the
    specification carries.

    Args:
        spec: Vega-Lite with its data inline.
    """
    units = units_of(spec)
    scene, problem = None, ""
    try:
        scene = Scene.of(spec)
    except RenderError as error:
        problem = str(error)
    views: list[View] = []
    tables: list[Table] = []
    try:
        for unit in units:
            for made, more in _views(unit, scene):
                views.append(made)
                tables += [made.table, *more]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        if scene is not None:
            raise
        # what cannot be drawn may have any form: the views so far stand
        problem = f"{problem} It is not well-formed: {type(error).__name__}: {error}".strip()
    return DrawnChart(spec, tuple(views), tuple(tables), scene, problem, units)


def _views(unit: Unit, scene: Scene | None) -> Iterator[tuple[View, list[Table]]]:
    """The views of a unit, each with the further tables of a composite mark."""
    steps = tuple(sorted(_step(transform) for transform in unit.transforms))
    groups: dict[str, list[Mark]] = {}
    for mark in scene_marks(unit, scene) if scene is not None else []:
        groups.setdefault(mark.name, []).append(mark)
    kind = _kind(unit)
    if not groups or scene is None:
        datums = [dict(row) for row in unit.rows or []] if scene is None else []
        yield _view(unit, kind, datums, [], [], steps), []
        return
    listed = list(groups.values())
    if unit.mark in _COMPOSITE:
        more = [Table(_all_columns(marks, scene), steps) for marks in listed[1:]]
        first = _data(listed[0], scene)
        yield _view(unit, kind, first, listed[0], _places(listed[0]), steps), more
        return
    for number, marks in enumerate(listed):
        overlay = number > 0 and not unit.repeated
        name = _OVERLAYS.get(marks[0].kind, marks[0].kind) if overlay else kind
        yield _view(unit, name, _data(marks, scene), marks, _places(marks), steps), []


def _kind(unit: Unit) -> str:
    """The mark by what it looks like: a circle is a filled point."""
    return _SAME_MARK.get(unit.mark, unit.mark)


def _step(transform: Mapping[str, Any]) -> str:
    """The kind of a transform."""
    return next((name for name in _STEPS if name in transform), "other")


def _data(marks: list[Mark], scene: Scene) -> list[dict[str, Any]]:
    """The datum of every item, with what the cell of a facet stands for."""
    return [
        {**scene.views[mark.view].datum, **item.datum}
        if 0 <= mark.view < len(scene.views)
        else dict(item.datum)
        for mark in marks
        for item in mark.items
    ]


def _places(marks: list[Mark]) -> list[tuple[float, float]]:
    """Centres of the items of the first cell."""
    boxes = [item.box for item in marks[0].items] if marks else []
    return [((b.left + b.right) / 2, (b.top + b.bottom) / 2) for b in boxes]


def _view(
    unit: Unit,
    kind: str,
    datums: list[dict[str, Any]],
    marks: list[Mark],
    places: list[tuple[float, float]],
    steps: tuple[str, ...],
) -> View:
    """A view from its drawn items."""
    vega = dict(marks[0].channels) if marks else {}
    uses: list[ChannelUse] = []
    columns: dict[str, tuple[Any, ...]] = {}
    for name, definition in _definitions(unit):
        use, key = _use(unit, name, definition, datums, vega, places)
        uses.append(use)
        if key is not None and name in _DRAWN:
            columns[key] = use.values
    if not columns and datums:
        columns = _mark_columns(vega, datums)
    return View(kind, tuple(uses), Table(columns, steps), steps)


def _definitions(unit: Unit) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Channels one by one; a tooltip's list is taken apart, empty ones are left out."""
    for name, given in unit.definitions.items():
        for definition in given if isinstance(given, list) else [given]:
            if isinstance(definition, Mapping) and definition:
                yield name, definition


def _use(
    unit: Unit,
    name: str,
    definition: Mapping[str, Any],
    datums: list[dict[str, Any]],
    vega: Mapping[str, str],
    places: list[tuple[float, float]],
) -> tuple[ChannelUse, str | None]:
    """A channel with what it shows, and the datum's field that it shows."""
    channel = read_channel(name, definition)
    first = datums[0] if datums else {}
    key = datum_key(channel, first)
    if key is None and (channel.field is None and isinstance(definition.get("field"), Mapping)):
        key = next((vega[v] for v in _VEGA.get(name, (name,)) if v in vega), None)
    values = tuple(canonical(datum.get(key)) for datum in datums) if key is not None else ()
    plain = "color" if name in _COLOURS else name
    constant = None
    if key is None:
        constant = next(
            (str(canonical(definition[k])) for k in ("datum", "value") if k in definition), None
        )
    use = ChannelUse(
        name=plain,
        type=channel.type or "",
        operation=_operation(channel, definition),
        values=values,
        constant=constant,
        field=channel.field,
        order=_order(channel, values, places),
        sort="" if definition.get("sort") in (None, "ascending") else str(definition["sort"]),
    )
    return use, key


def _operation(channel: Channel, definition: Mapping[str, Any]) -> tuple[str, ...]:
    """What is done to the field, in words."""
    stack = definition.get("stack")
    said = (
        channel.aggregate or "",
        "bin" if channel.bin else "",
        channel.time_unit or "",
        str(stack) if stack in ("normalize", "center") else "",
    )
    return tuple(word for word in said if word)


def _order(
    channel: Channel, values: tuple[Any, ...], places: list[tuple[float, float]]
) -> tuple[Any, ...]:
    """Categories of a position channel in the order in which they stand."""
    if channel.name not in {"x", "y"} or not channel.discrete or not places:
        return ()
    axis = 0 if channel.name == "x" else 1
    at: dict[Any, float] = {}
    for value, place in zip(values, places, strict=False):
        at.setdefault(value, place[axis])
    return tuple(sorted(at, key=lambda value: at[value]))


def _mark_columns(
    vega: Mapping[str, str], datums: list[dict[str, Any]]
) -> dict[str, tuple[Any, ...]]:
    """Columns by what the compiled mark reads, where no channel names them."""
    names = dict.fromkeys(field for field in vega.values() if field in datums[0])
    return {name: tuple(canonical(d.get(name)) for d in datums) for name in names}


def _all_columns(marks: list[Mark], scene: Scene) -> dict[str, tuple[Any, ...]]:
    datums = _data(marks, scene)
    return _mark_columns(marks[0].channels, datums) if datums else {}
