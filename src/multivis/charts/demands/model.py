"""The demands: what a question can ask for explicitly, one dataclass for each kind of wish."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeVar

__all__ = [
    "AxisContentDemand",
    "AxisTitleDemand",
    "BinsDemand",
    "ChartDemand",
    "ColourByDemand",
    "ColourDemand",
    "Demand",
    "Demands",
    "FacetDemand",
    "GridDemand",
    "InteractionDemand",
    "LabelsDemand",
    "LegendDemand",
    "LimitDemand",
    "LineStyleDemand",
    "MarkDemand",
    "MarkSizeDemand",
    "OpacityDemand",
    "OrientationDemand",
    "ReferenceLineDemand",
    "ScaleDemand",
    "SchemeDemand",
    "SizeDemand",
    "SortDemand",
    "StackDemand",
    "TimeUnitDemand",
    "TitleDemand",
    "TooltipDemand",
    "ZeroDemand",
]


AxisName = Literal["x", "y"]


@dataclass(frozen=True)
class Demand:
    """One explicit wish.

    Attributes:
        text: The words it was read from.
        start: Where they begin in the question.
        end: Where they end.
        confidence: From 0 to 1; checks block only on what is at least 0.9.
    """

    text: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True)
class ChartDemand(Demand):
    """A chart type, by name ("stacked bar chart"): see `words.CHART_WORDS`.

    Attributes:
        name: ``bar``, ``line``, ``area``, ``scatter``, ``histogram``, ``pie``…
        marks: Vega-Lite marks that can draw it; empty where any may.
        modifiers: Among ``horizontal vertical stacked grouped normalized diverging step multi
            layered layer``; ``layer`` says that it comes on top of another chart.
    """

    name: str
    marks: frozenset[str]
    modifiers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MarkDemand(Demand):
    """A mark that is mentioned ("with green bars"), weaker than a chart type."""

    mark: str


@dataclass(frozen=True)
class TitleDemand(Demand):
    """The chart's title, word for word; `replaces` is the wording that it takes the place of."""

    title: str
    replaces: str = ""


@dataclass(frozen=True)
class AxisTitleDemand(Demand):
    """An axis's title, word for word; axis is None where the question leaves it open."""

    axis: AxisName | None
    title: str


@dataclass(frozen=True)
class AxisContentDemand(Demand):
    """What an axis shows, as a phrase ("the airport names")."""

    axis: AxisName
    phrase: str


@dataclass(frozen=True)
class SortDemand(Demand):
    """An order.

    Attributes:
        order: ``ascending``, ``descending``, ``alphabetical``, ``chronological``, or None.
        by: What to sort by, as a phrase, or "".
        what: What is sorted, as a phrase, or "".
    """

    order: str | None
    by: str = ""
    what: str = ""


@dataclass(frozen=True)
class LimitDemand(Demand):
    """Only so many: ``top 5 colleges`` gives count 5, side ``top``, what ``colleges``."""

    count: int
    side: str
    what: str = ""


@dataclass(frozen=True)
class ColourDemand(Demand):
    """A colour.

    Attributes:
        colour: As a CSS name in lower case with no space (``lightblue``), or ``#rrggbb``.
        element: The mark word next to it (``bars``, ``line``, ``text``), or "".
        target: What is to have it ("airports below this threshold"), or "".
    """

    colour: str
    element: str = ""
    target: str = ""


@dataclass(frozen=True)
class ColourByDemand(Demand):
    """Colours tell something apart: ``different colors for each industry`` → industry."""

    by: str


@dataclass(frozen=True)
class SchemeDemand(Demand):
    """A named colour scheme, or a gradient of colours, first to last."""

    scheme: str
    colours: tuple[str, ...] = ()


@dataclass(frozen=True)
class TooltipDemand(Demand):
    """A tooltip and the phrases of its fields (may be empty)."""

    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class LegendDemand(Demand):
    """A legend: wanted or not, where, with which title."""

    wanted: bool
    position: str | None = None
    title: str | None = None


@dataclass(frozen=True)
class InteractionDemand(Demand):
    """``zoom brush slider dropdown radio checkbox search crossfilter legend click hover any``."""

    type: str


@dataclass(frozen=True)
class FacetDemand(Demand):
    """Small multiples by something; direction is ``row``, ``column`` or None."""

    by: str
    direction: str | None = None


@dataclass(frozen=True)
class TimeUnitDemand(Demand):
    """A time unit, by Vega-Lite's name (``yearmonth``)."""

    unit: str


@dataclass(frozen=True)
class SizeDemand(Demand):
    """Width and height in pixels, each None if not said; `each` for each small chart."""

    width: int | None = None
    height: int | None = None
    each: bool = False


@dataclass(frozen=True)
class OrientationDemand(Demand):
    """``horizontal`` or ``vertical`` bars."""

    orientation: str


@dataclass(frozen=True)
class OpacityDemand(Demand):
    """An opacity from 0 to 1; None for "semi-transparent" with no number."""

    opacity: float | None = None


@dataclass(frozen=True)
class MarkSizeDemand(Demand):
    """A size in pixels of something (``inner radius``, ``point size``, ``stroke width``)."""

    what: str
    value: float


@dataclass(frozen=True)
class LabelsDemand(Demand):
    """Values or names written on the marks."""

    what: str = ""


@dataclass(frozen=True)
class ScaleDemand(Demand):
    """A scale type (``log``, ``sqrt``, ``symlog``), on an axis if said."""

    scale: str
    axis: AxisName | None = None


@dataclass(frozen=True)
class ZeroDemand(Demand):
    """Whether an axis begins at zero."""

    wanted: bool
    axis: AxisName | None = None


@dataclass(frozen=True)
class GridDemand(Demand):
    """Whether grid lines are wanted."""

    wanted: bool


@dataclass(frozen=True)
class BinsDemand(Demand):
    """A number of bins, or their width."""

    count: int | None = None
    width: float | None = None


@dataclass(frozen=True)
class StackDemand(Demand):
    """``stacked``, ``normalized``, ``grouped`` or ``none`` ("don't stack")."""

    mode: str


@dataclass(frozen=True)
class LineStyleDemand(Demand):
    """``dashed``, ``dotted``, ``smooth``, ``step``, ``step-after``, ``step-before``, ``points``."""

    style: str


@dataclass(frozen=True)
class ReferenceLineDemand(Demand):
    """A line for a statistic (``mean``, ``median``) or a place (``horizontal``, ``vertical``)."""

    what: str


D = TypeVar("D", bound=Demand)


@dataclass(frozen=True)
class Demands:
    """Everything that a question asks for explicitly, in reading order."""

    question: str
    items: tuple[Demand, ...] = field(default_factory=tuple)

    def of(self, kind: type[D], *, at_least: float = 0.0) -> tuple[D, ...]:
        """The demands of one class, with at least a confidence."""
        found = (item for item in self.items if isinstance(item, kind))
        return tuple(item for item in found if item.confidence >= at_least)

    def first(self, kind: type[D], *, at_least: float = 0.0) -> D | None:
        """The first demand of a class, or None."""
        return next(iter(self.of(kind, at_least=at_least)), None)

    @property
    def chart(self) -> ChartDemand | None:
        """The chart type asked for: the first that is not a layer on top, surest first."""
        charts = [c for c in self.of(ChartDemand) if "layer" not in c.modifiers]
        return max(charts, key=lambda c: c.confidence, default=None)

    @property
    def title(self) -> str | None:
        """The chart's title, or None."""
        found = self.first(TitleDemand)
        return found.title if found else None

    def axis_title(self, axis: AxisName) -> str | None:
        """The title of an axis, or None."""
        return next((d.title for d in self.of(AxisTitleDemand) if d.axis == axis), None)

    def axis_content(self, axis: AxisName) -> str | None:
        """The phrase for what an axis shows, or None."""
        return next((d.phrase for d in self.of(AxisContentDemand) if d.axis == axis), None)
