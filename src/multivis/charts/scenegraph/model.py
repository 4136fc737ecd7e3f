"""The typed model of a drawn chart."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

__all__ = ["Axis", "Box", "Item", "Label", "Legend", "Mark", "Problem", "Scene", "View"]

_CACHE_SIZE = 8


@dataclass(frozen=True)
class Box:
    """A rectangle in absolute pixels; the origin is the picture's upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.bottom - self.top

    def overlap(self, other: Box) -> float:
        """Area shared with another box, in square pixels."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across * down if across > 0 and down > 0 else 0.0

    def outside(self, other: Box) -> float:
        """How far, in pixels, this box reaches beyond another one (0 when inside)."""
        return max(
            other.left - self.left,
            other.top - self.top,
            self.right - other.right,
            self.bottom - other.bottom,
            0.0,
        )

    def apart(self, other: Box) -> bool:
        """Whether the two boxes share no point."""
        return (
            self.right < other.left
            or self.left > other.right
            or self.bottom < other.top
            or self.top > other.bottom
        )


@dataclass(frozen=True)
class Item:
    """One drawn item: a bar, a point, one vertex of a line, a slice, a word.

    Attributes:
        box: Its bounds. Text is estimated from its font size.
        fill: Fill colour, or None.
        stroke: Stroke colour, or None.
        opacity: From 0 to 1.
        text: The words, for text marks.
        description: The text that a screen reader gets.
        datum: Every field of the datum it draws, exactly: numbers at full precision, dates as
            naive UTC `datetime`, None for null. Fields made by Vega-Lite (``sum_price``) too.
        series: Number of the line, area or trail that a vertex belongs to.
        defined: False where a line is interrupted by an invalid value.
    """

    box: Box
    fill: str | None = None
    stroke: str | None = None
    opacity: float = 1.0
    text: str = ""
    description: str = ""
    datum: Mapping[str, Any] = field(default_factory=dict)
    series: int = 0
    defined: bool = True

    @cached_property
    def values(self) -> dict[str, Any]:
        """The description as channel title → value; numbers are parsed."""
        from multivis.charts.scenegraph.descriptions import parse_description

        return parse_description(self.description)

    @property
    def colour(self) -> str | None:
        """The colour that a reader sees: the fill, else the stroke."""
        for colour in (self.fill, self.stroke):
            if colour and colour != "transparent":
                return colour
        return None


@dataclass(frozen=True)
class Mark:
    """A mark of a view with its drawn items.

    Attributes:
        name: Vega's name, for example ``layer_0_marks``.
        kind: Vega's mark type: ``rect``, ``symbol``, ``line``, ``area``, ``arc``, ``text``…
        role: What Vega-Lite calls it in the accessibility tree (``bar``, ``point``), or "".
        view: Index of its view in `Scene.views`.
        items: The drawn items.
        channels: Vega channel (``x``, ``fill``) → field of the datum that it shows.
        clip: Whether it is cut at the view's border.
    """

    name: str
    kind: str
    role: str
    view: int
    items: tuple[Item, ...]
    channels: Mapping[str, str] = field(default_factory=dict)
    clip: bool = False

    @property
    def count(self) -> int:
        """Number of visible things: lines and areas count once for each series."""
        if self.kind in {"line", "area", "trail"}:
            return len({item.series for item in self.items if item.defined})
        return len(self.items)


@dataclass(frozen=True)
class Label:
    """A piece of text with its place; `visible` is False where Vega hid it to avoid overlap.

    `cut` says that it is longer than its limit and is drawn with an ellipsis.
    """

    text: str
    box: Box
    visible: bool = True
    cut: bool = False


@dataclass(frozen=True)
class Axis:
    """An axis. `orientation` is ``left``, ``right``, ``top`` or ``bottom``."""

    orientation: str
    title: str
    labels: tuple[Label, ...]
    view: int

    @property
    def direction(self) -> str:
        """``"x"`` or ``"y"``."""
        return "x" if self.orientation in {"top", "bottom"} else "y"


@dataclass(frozen=True)
class Legend:
    """A legend: its title and the words of its entries (empty for a gradient's shape)."""

    title: str
    entries: tuple[str, ...]
    orientation: str
    view: int


@dataclass(frozen=True)
class View:
    """A rectangle that charts are drawn in: the frame, a cell of a facet, part of a concat.

    Attributes:
        name: Vega's name: ``root``, ``cell``, ``concat_0_group``.
        box: Its plotting area.
        datum: For a facet's cell, the values it was made for.
    """

    name: str
    box: Box
    datum: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Something that can be seen to be wrong: its kind, view and one sentence."""

    kind: str
    view: int
    text: str


@dataclass(frozen=True)
class Scene:
    """A drawn chart.

    Attributes:
        width: Of the whole picture, in pixels.
        height: Of the whole picture, in pixels.
        views: Every view, parents before children.
        marks: Marks with data, in drawing order.
        axes: Axes that have labels or a title.
        legends: Legends.
        titles: Titles, subtitles and facet headers, in drawing order.
        headers: Which of the titles are facet headers.
    """

    width: float
    height: float
    views: tuple[View, ...]
    marks: tuple[Mark, ...]
    axes: tuple[Axis, ...]
    legends: tuple[Legend, ...]
    titles: tuple[str, ...]
    headers: tuple[str, ...] = ()

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Scene:
        """Draw a Vega-Lite specification and read what is drawn; the last few are kept.

        Args:
            spec: Vega-Lite with its data inline. Data addresses are not fetched.

        Raises:
            RenderError: Vega-Lite cannot compile or draw it.
        """
        text = json.dumps(spec, sort_keys=True, default=str)
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        with _LOCK:
            found = _CACHE.get(key)
        if found is not None:
            return found
        from multivis.charts.scenegraph.drawing import draw

        scene = draw(json.loads(text))
        with _LOCK:
            _CACHE[key] = scene
            while len(_CACHE) > _CACHE_SIZE:
                _CACHE.popitem(last=False)
        return scene

    def marks_in(self, view: int) -> tuple[Mark, ...]:
        """The marks of one view."""
        return tuple(mark for mark in self.marks if mark.view == view)

    def items(self) -> Iterator[Item]:
        """Every drawn item."""
        for mark in self.marks:
            yield from mark.items

    def count(self) -> int:
        """Number of drawn marks (a line counts once)."""
        return sum(mark.count for mark in self.marks)

    def table(self, *, by: str = "datum") -> list[dict[str, Any]]:
        """What is drawn, one row an item.

        Args:
            by: ``"datum"`` for the exact fields of each datum, ``"title"`` for the channel
                titles with the values as they are formatted for a reader.
        """
        if by == "title":
            return [dict(item.values) for item in self.items()]
        return [dict(item.datum) for item in self.items()]

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Empty views, marks out of view, and labels that overlap or are cut."""
        from multivis.charts.scenegraph.problems import problems_of

        return tuple(problems_of(self))


_CACHE: OrderedDict[str, Scene] = OrderedDict()
_LOCK = Lock()
