"""What a chart draws, in the same words for every backend.

Checks that make sense for all libraries read `ChartFacts`; only what is peculiar to Vega-Lite
is read from its units and scene.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from multivis.charts.checks.units import Channel, Unit

if TYPE_CHECKING:
    from multivis.charts.checks.base import CheckInput
    from multivis.charts.scenegraph import Mark, Scene

__all__ = ["ChartFacts", "DrawnMark", "LegendFacts", "datum_value", "facts_of", "scene_marks"]


@dataclass(frozen=True)
class DrawnMark:
    """A mark and what it draws.

    Attributes:
        kind: ``bar line area point arc rect tick text rule box error image path trail``.
        rows: Drawn items as channel → value (``x y color size theta text detail``).
        count: Visible things: a line counts once, a bar each.
        horizontal: Whether bars run from left to right.
        colours: Colours seen, as written.
        annotation: Whether it is a text, rule or tick on top of other marks.
        channels: Names of channels that show data.
        stacked: ``"zero"``, ``"normalize"`` or None.
        unit: The Vega-Lite unit, for Altair.
    """

    kind: str
    rows: tuple[Mapping[str, Any], ...]
    count: int
    horizontal: bool = False
    colours: frozenset[str] = frozenset()
    annotation: bool = False
    channels: frozenset[str] = frozenset()
    stacked: str | None = None
    unit: Unit | None = None

    @property
    def category_channel(self) -> str:
        """The axis that bars stand on."""
        return "y" if self.horizontal else "x"

    @property
    def measure_channel(self) -> str:
        """The axis that bars grow along."""
        return "x" if self.horizontal else "y"


@dataclass(frozen=True)
class LegendFacts:
    """A legend's title and entries."""

    title: str
    entries: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChartFacts:
    """A chart in the words that all backends share.

    Attributes:
        marks: What is drawn.
        titles: Titles of the chart and its parts.
        axis_titles: Titles by axis (``x``, ``y``), empty ones left out.
        axes: Number of axes by name.
        legends: The legends.
        panels: Number of plotting areas that hold marks.
        facet_fields: Fields that small multiples are made by.
        interactions: Among ``zoom brush click hover legend slider dropdown radio checkbox search``.
        tooltip: Whether hovering shows something.
        tooltip_fields: Fields or titles that it shows.
        scales: Scale types by axis.
        domains: Lowest and highest value by axis, where fixed or known.
        orders: Category labels by axis, from left to right or top to bottom.
        schemes: Named colour schemes in use.
        width: Of the plotting area in pixels, if known.
        height: Of the plotting area in pixels, if known.
    """

    marks: tuple[DrawnMark, ...]
    titles: tuple[str, ...] = ()
    axis_titles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    axes: Mapping[str, int] = field(default_factory=dict)
    legends: tuple[LegendFacts, ...] = ()
    panels: int = 1
    facet_fields: tuple[str, ...] = ()
    interactions: frozenset[str] = frozenset()
    tooltip: bool = False
    tooltip_fields: tuple[str, ...] = ()
    scales: Mapping[str, frozenset[str]] = field(default_factory=dict)
    domains: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    schemes: frozenset[str] = frozenset()
    width: float | None = None
    height: float | None = None

    @property
    def data_marks(self) -> tuple[DrawnMark, ...]:
        """The marks that are not annotations; all of them if there is no other."""
        main = tuple(mark for mark in self.marks if not mark.annotation)
        return main or self.marks

    @property
    def colours(self) -> frozenset[str]:
        """All colours seen."""
        return frozenset().union(*(mark.colours for mark in self.marks))


def facts_of(given: CheckInput) -> ChartFacts:
    """Read the facts of a chart of any backend."""
    if given.backend == "plotly":
        from multivis.charts.checks.facts_plotly import plotly_facts

        return plotly_facts(given.spec)
    if given.backend == "matplotlib":
        from multivis.charts.checks.facts_matplotlib import matplotlib_facts

        return matplotlib_facts(given.spec)
    return _altair_facts(given)


# ── Altair ──────────────────────────────────────────────────────────────────────────────────

_KINDS = {
    "circle": "point",
    "square": "point",
    "boxplot": "box",
    "errorbar": "error",
    "errorband": "error",
    "geoshape": "path",
}
_VALUE_CHANNELS = (
    "x",
    "y",
    "x2",
    "y2",
    "theta",
    "radius",
    "color",
    "fill",
    "stroke",
    "size",
    "shape",
    "opacity",
    "text",
    "detail",
    "xOffset",
    "yOffset",
    "row",
    "column",
    "facet",
)


def datum_value(channel: Channel, datum: Mapping[str, Any]) -> Any:
    """The value that a channel shows of a drawn datum; None where it is not there."""
    return datum.get(datum_key(channel, datum) or "")


def datum_key(channel: Channel, datum: Mapping[str, Any]) -> str | None:
    """Name of the field of the compiled datum that a channel shows, or None."""
    name = channel.field
    if channel.aggregate == "count":
        candidates = ["__count", f"count_{name}"]
    elif name is None:
        return None
    elif channel.aggregate:
        candidates = [f"{channel.aggregate}_{name}"]
    elif channel.time_unit:
        candidates = [f"{channel.time_unit}_{name}", name]
    elif channel.bin:
        found = (k for k in datum if k.startswith("bin_") and k.endswith(f"_{name}"))
        candidates = [*found]
    else:
        candidates = [name]
    return next((c for c in candidates if c in datum), None)


def scene_marks(unit: Unit, scene: Scene) -> list[Mark]:
    """The drawn marks of a unit."""
    exact = f"{unit.name}_marks" if unit.name else "marks"
    faceted = f"{unit.name}_child_marks" if unit.name else "child_marks"
    found = [mark for mark in scene.marks if mark.name in {exact, faceted}]
    if found:
        return found
    if unit.repeated:
        end = exact.removeprefix("child_")
        inner = [m for m in scene.marks if "child__" in m.name]
        return [m for m in inner if m.name.endswith(end)] or [
            m for m in inner if m.name.startswith(f"{unit.name}_")
        ]
    begin = f"{unit.name}_" if unit.name else ""
    return [m for m in scene.marks if m.name.startswith(begin) and m.name.endswith("marks")]


def _drawn(unit: Unit, scene: Scene) -> DrawnMark:
    """A unit with what it draws."""
    marks = scene_marks(unit, scene)
    rows = []
    colours = set()
    for mark in marks:
        for item in mark.items:
            row = {}
            for name in _VALUE_CHANNELS:
                channel = unit.channels.get(name)
                key = datum_key(channel, item.datum) if channel else None
                if channel is not None and key is not None:
                    row["color" if name in {"fill", "stroke"} else name] = item.datum[key]
            rows.append(row)
            for colour in (item.fill, item.stroke):
                if colour and colour != "transparent":
                    colours.add(colour)
    return DrawnMark(
        kind=_KINDS.get(unit.mark, unit.mark),
        rows=tuple(rows),
        count=sum(mark.count for mark in marks),
        horizontal=unit.horizontal,
        colours=frozenset(colours),
        annotation=unit.annotation or _constant(unit),
        channels=frozenset(n for n, c in unit.channels.items() if c.field or c.aggregate),
        stacked=_stacking(unit),
        unit=unit,
    )


def _constant(unit: Unit) -> bool:
    """Whether a layer shows constants only ("a line at 100")."""
    shown = [c for n, c in unit.channels.items() if n in {"x", "y", "theta", "x2", "y2"}]
    return (
        unit.layered is not None and bool(shown) and not any(c.field or c.aggregate for c in shown)
    )


def _stacking(unit: Unit) -> str | None:
    """How a unit stacks, by Vega-Lite's rules; None when it does not."""
    if unit.mark not in {"bar", "area", "arc"}:
        return None
    measure = unit.channels.get("theta" if unit.mark == "arc" else unit.measure_axis)
    if measure is None or not measure.measure or f"{measure.name}2" in unit.channels:
        return None
    groups = {"color", "fill", "stroke", "detail", "opacity"} & set(unit.channels)
    offset = {"xOffset", "yOffset"} & set(unit.channels)
    grouped = any((unit.channels[g].field and not unit.channels[g].aggregate) for g in groups)
    stack = measure.definition.get("stack", "zero")
    if stack in {None, False} or not grouped or offset:
        return None
    if measure.definition.get("stack") is None and measure.aggregate not in {
        None,
        "count",
        "sum",
        "distinct",
        "valid",
        "missing",
    }:
        return None
    if isinstance(measure.definition.get("scale"), Mapping) and measure.definition["scale"].get(
        "type", "linear"
    ) not in {"linear", None}:
        return None
    return "normalize" if stack == "normalize" else "zero"


def _altair_facts(given: CheckInput) -> ChartFacts:
    """Facts from the units and the scene."""
    scene, units = given.scene, given.units
    axis_titles: dict[str, list[str]] = {}
    axes: dict[str, int] = {}
    orders: dict[str, tuple[str, ...]] = {}
    for axis in scene.axes:
        axes[axis.direction] = axes.get(axis.direction, 0) + 1
        if axis.title:
            axis_titles.setdefault(axis.direction, []).append(axis.title)
        if axis.labels and axis.direction not in orders:
            side = "left" if axis.direction == "x" else "top"
            placed = sorted(axis.labels, key=lambda label: getattr(label.box, side))
            orders[axis.direction] = tuple(label.text for label in placed)
    for header in scene.headers:
        for direction in ("x", "y"):
            axis_titles.setdefault(direction, []).append(header)
    views = {mark.view for mark in scene.marks if mark.items}
    boxes = [scene.views[view].box for view in sorted(views) if view >= 0]
    return ChartFacts(
        marks=tuple(_drawn(unit, scene) for unit in units),
        titles=scene.titles,
        axis_titles={key: tuple(value) for key, value in axis_titles.items()},
        axes=axes,
        legends=tuple(LegendFacts(g.title, g.entries) for g in scene.legends),
        panels=len(views),
        facet_fields=tuple(
            dict.fromkeys(
                unit.channels[name].field or ""
                for unit in units
                for name in ("facet", "row", "column")
                if name in unit.channels
            )
        ),
        interactions=_interactions(given.spec, units),
        tooltip=any(_tooltip(unit) for unit in units),
        tooltip_fields=tuple(dict.fromkeys(name for u in units for name in _tooltip_fields(u))),
        scales=_scales(units),
        orders=orders,
        schemes=frozenset(_schemes(given.spec)),
        width=boxes[0].width if boxes else None,
        height=boxes[0].height if boxes else None,
    )


def _tooltip(unit: Unit) -> bool:
    """Whether a unit shows something on hover."""
    if unit.mark_definition.get("tooltip"):
        return True
    return "tooltip" in unit.channels or bool(_tooltip_fields(unit))


def _tooltip_fields(unit: Unit) -> list[str]:
    """Fields and titles in a unit's tooltip; every field for ``tooltip: true``."""
    entry = unit.definitions.get("tooltip")
    entries = entry if isinstance(entry, list) else [entry] if entry else []
    names = []
    for part in entries:
        if isinstance(part, Mapping):
            names += [str(part[k]) for k in ("title", "field", "aggregate") if part.get(k)]
    if unit.mark_definition.get("tooltip"):
        names += [c.field or c.aggregate or "" for c in unit.channels.values()]
        names += [
            str(c.definition["title"]) for c in unit.channels.values() if c.definition.get("title")
        ]
    return [name for name in names if name]


def _interactions(spec: Mapping[str, Any], units: tuple[Unit, ...]) -> frozenset[str]:
    """Ways to act on a Vega-Lite chart."""
    found: set[str] = set()
    parameters = [*(spec.get("params") or ()), *(p for unit in units for p in unit.parameters)]
    for parameter in parameters:
        select, bind = parameter.get("select"), parameter.get("bind")
        definition = select if isinstance(select, Mapping) else {"type": select}
        if definition.get("type") == "interval":
            found.add("zoom" if bind == "scales" else "brush")
        elif definition.get("type") == "point":
            trigger = str(definition.get("on", "click"))
            found.add("hover" if "over" in trigger or "move" in trigger else "click")
            if bind == "legend":
                found.add("legend")
        for element in _binds(bind):
            kind = {"range": "slider", "select": "dropdown"}.get(element, element)
            found.add(kind)
    return frozenset(found)


def _binds(bind: Any) -> list[str]:
    """Input elements that a parameter is bound to."""
    if not isinstance(bind, Mapping):
        return []
    if "input" in bind:
        return [str(bind["input"])]
    return [str(part.get("input")) for part in bind.values() if isinstance(part, Mapping)]


def _scales(units: tuple[Unit, ...]) -> dict[str, frozenset[str]]:
    """Scale types by axis."""
    found: dict[str, set[str]] = {}
    for unit in units:
        for axis in ("x", "y"):
            channel = unit.channels.get(axis)
            scale = channel.definition.get("scale") if channel else None
            if isinstance(scale, Mapping) and scale.get("type"):
                found.setdefault(axis, set()).add(str(scale["type"]))
    return {axis: frozenset(kinds) for axis, kinds in found.items()}


def _schemes(value: Any) -> list[str]:
    """Names of colour schemes anywhere in a specification."""
    if isinstance(value, Mapping):
        found = []
        scheme = value.get("scheme")
        if isinstance(scheme, Mapping):
            scheme = scheme.get("name")
        if isinstance(scheme, str):
            found.append(scheme.lower())
        return found + [
            s for k, v in value.items() if k not in {"datasets", "values"} for s in _schemes(v)
        ]
    if isinstance(value, list):
        return [scheme for part in value for scheme in _schemes(part)]
    return []
