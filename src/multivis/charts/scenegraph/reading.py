"""Reading an exported scenegraph into the model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from multivis.charts.scenegraph.descriptions import decode_description
from multivis.charts.scenegraph.model import Axis, Box, Item, Label, Legend, Mark, Scene, View

__all__ = ["Reader", "text_width"]

_HELPERS = ("_brush", "_brush_bg", "_voronoi")  # marks that serve an interaction, not data


def _parts(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What is in a node; drawing that broke off leaves gaps, which are skipped."""
    return [part for part in node.get("items") or () if isinstance(part, dict)]


def _number(value: Any, default: float = 0.0) -> float:
    """A finite number, else the default."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return default
    return float(value)


def text_width(text: str, size: float) -> float:
    """Estimated width in pixels of a line of sans-serif text of a font size in pixels."""
    units = 0.0
    for character in text:
        if character in "iljtfrI.,:;'|!()[] -":
            units += 0.3
        elif character in "mwMW@%":
            units += 0.85
        elif ord(character) > 0x2E80:
            units += 1.0
        else:
            units += 0.66 if character.isupper() else 0.54
    return units * size


def _text_of(value: Any) -> str:
    """Text of a text item; several lines are joined by a space."""
    if isinstance(value, list):
        return " ".join(str(line) for line in value)
    return "" if value is None else str(value)


def _text_box(item: Mapping[str, Any], x: float, y: float) -> Box:
    """Bounds of a text item whose anchor is at (x, y)."""
    size = _number(item.get("fontSize"), 11.0)
    text = item.get("text")
    lines = [str(line) for line in text] if isinstance(text, list) else [_text_of(text)]
    width = max((text_width(line, size) for line in lines), default=0.0)
    limit = _number(item.get("limit"))
    width = min(width, limit) if limit > 0 else width
    height = size * len(lines)
    align, baseline = item.get("align", "left"), item.get("baseline", "alphabetic")
    left = {"center": -width / 2, "right": -width}.get(str(align), 0.0)
    top = {"middle": -height / 2, "top": 0.0, "line-top": 0.0}.get(str(baseline), -size)
    left += _number(item.get("dx"))
    top += _number(item.get("dy"))
    radius, theta = _number(item.get("radius")), _number(item.get("theta"))
    x += radius * math.sin(theta)
    y -= radius * math.cos(theta)
    turn = math.radians(_number(item.get("angle")))
    cosine, sine = math.cos(turn), math.sin(turn)
    corners = [
        (cosine * across - sine * down, sine * across + cosine * down)
        for across in (left, left + width)
        for down in (top, top + height)
    ]
    xs, ys = [x + corner[0] for corner in corners], [y + corner[1] for corner in corners]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _item_box(kind: str, item: Mapping[str, Any], dx: float, dy: float) -> Box:
    """Bounds of an item of any mark type, in absolute pixels."""
    x, y = dx + _number(item.get("x")), dy + _number(item.get("y"))
    if kind == "text":
        return _text_box(item, x, y)
    if kind == "symbol":
        half = math.sqrt(max(_number(item.get("size"), 64.0), 0.0)) / 2
        return Box(x - half, y - half, x + half, y + half)
    if kind == "arc":
        radius = _number(item.get("outerRadius"))
        return Box(x - radius, y - radius, x + radius, y + radius)
    if kind in {"rect", "image", "group"}:
        right = x + _number(item.get("width"))
        bottom = y + _number(item.get("height"))
    else:
        right = dx + _number(item.get("x2"), x - dx)
        bottom = dy + _number(item.get("y2"), y - dy)
    return Box(min(x, right), min(y, bottom), max(x, right), max(y, bottom))


def _colour(value: Any) -> str | None:
    """A colour as text; gradients as ``gradient``."""
    if value is None:
        return None
    return value if isinstance(value, str) else "gradient"


class Reader:
    """Walks an exported scenegraph once and collects the model."""

    def __init__(self, compiled: Mapping[str, Mapping[str, Any]]) -> None:
        self.compiled = compiled
        self.views: list[View] = []
        self.marks: list[Mark] = []
        self.axes: list[Axis] = []
        self.legends: list[Legend] = []
        self.titles: list[str] = []
        self.headers: list[str] = []

    def read(self, graph: Mapping[str, Any]) -> Scene:
        """The scene of an exported scenegraph."""
        origin = graph.get("origin") or [0, 0]
        self.group(graph["scenegraph"], _number(origin[0]), _number(origin[1]), -1, False)
        return Scene(
            width=_number(graph.get("width")),
            height=_number(graph.get("height")),
            views=tuple(self.views),
            marks=tuple(self.marks),
            axes=tuple(self.axes),
            legends=tuple(self.legends),
            titles=tuple(self.titles),
            headers=tuple(self.headers),
        )

    def group(self, node: Mapping[str, Any], dx: float, dy: float, view: int, header: bool) -> None:
        """Read a mark node: a group and what is in it, or a mark with items."""
        kind, role = node.get("marktype"), str(node.get("role", ""))
        if kind != "group":
            if role == "mark" and not str(node.get("name", "")).endswith(_HELPERS):
                self.mark(node, dx, dy, view)
            return
        header = header or role.endswith(("-header", "-footer"))
        for number, item in enumerate(_parts(node)):
            x, y = dx + _number(item.get("x")), dy + _number(item.get("y"))
            if role == "axis":
                self.axis(item, x, y, view)
            elif role == "legend":
                self.legend(item, view)
            elif role == "title" or role.endswith("-title"):
                self.title(item, header or role.endswith("-title"))
            elif str(node.get("name", "")).endswith("pathgroup"):
                self.path(item, x, y, view, number)
            else:
                inner = view
                if not header:
                    inner = self.view(node, item, dx, dy)
                for child in _parts(item):
                    self.group(child, x, y, inner, header)

    def view(self, node: Mapping[str, Any], item: Mapping[str, Any], dx: float, dy: float) -> int:
        """Add a view; returns its index."""
        _, datum = decode_description(item.get("description"))
        box = _item_box("group", item, dx, dy)
        self.views.append(View(str(node.get("name", "")), box, datum))
        return len(self.views) - 1

    def path(self, item: Mapping[str, Any], x: float, y: float, view: int, number: int) -> None:
        """Read one series of a line, area or trail; series of one mark are put together."""
        for child in _parts(item):
            name = str(child.get("name", ""))
            previous = self.marks[-1] if self.marks else None
            self.mark(child, x, y, view, series=number)
            added = self.marks[-1]
            if number and previous and (previous.name, previous.view) == (name, view):
                self.marks[-2:] = [
                    Mark(
                        added.name,
                        added.kind,
                        added.role,
                        view,
                        previous.items + added.items,
                        added.channels,
                        added.clip,
                    )
                ]

    def mark(
        self, node: Mapping[str, Any], dx: float, dy: float, view: int, *, series: int = 0
    ) -> None:
        """Add a mark with its items."""
        kind, name = str(node.get("marktype")), str(node.get("name", ""))
        items: list[Item] = []
        role = ""
        for item in _parts(node):
            said, datum = decode_description(item.get("description"))
            role = role or str(item.get("ariaRoleDescription", ""))
            items.append(
                Item(
                    box=_item_box(kind, item, dx, dy),
                    fill=_colour(item.get("fill")),
                    stroke=_colour(item.get("stroke")),
                    opacity=_number(item.get("opacity"), 1.0),
                    text=_text_of(item.get("text")),
                    description=said,
                    datum=datum,
                    series=series,
                    defined=item.get("defined", True) is not False,
                )
            )
        channels = {
            channel: entry["field"]
            for channel, entry in self.compiled.get(name, {}).items()
            if isinstance(entry, dict) and isinstance(entry.get("field"), str)
        }
        clip = bool(node.get("clip"))
        self.marks.append(Mark(name, kind, role, view, tuple(items), channels, clip))

    def axis(self, item: Mapping[str, Any], x: float, y: float, view: int) -> None:
        """Add an axis, if it has words (grids are axes too)."""
        labels: list[Label] = []
        title = ""
        for child in _parts(item):
            for part in _parts(child):
                if child.get("role") == "axis-label":
                    labels.append(_label(part, x, y))
                elif child.get("role") == "axis-title":
                    title = _text_of(part.get("text"))
        if labels or title:
            orientation = str(item.get("orient", "bottom"))
            self.axes.append(Axis(orientation, title.strip(), tuple(labels), view))

    def legend(self, item: Mapping[str, Any], view: int) -> None:
        """Add a legend."""
        title, entries = "", []
        for role, text in _texts(item):
            if role == "legend-title":
                title = text
            elif role == "legend-label":
                entries.append(text)
        orientation = str(item.get("orient", "right"))
        self.legends.append(Legend(title, tuple(entries), orientation, view))

    def title(self, item: Mapping[str, Any], header: bool) -> None:
        """Add titles and subtitles."""
        for _, text in _texts(item):
            if text:
                self.titles.append(text)
                if header:
                    self.headers.append(text)


def _label(item: Mapping[str, Any], x: float, y: float) -> Label:
    """A tick label."""
    text, limit = _text_of(item.get("text")), _number(item.get("limit"))
    cut = limit > 0 and text_width(text, _number(item.get("fontSize"), 10.0)) > limit * 1.15
    box = _item_box("text", item, x, y)
    return Label(text, box, _number(item.get("opacity"), 1.0) > 0, cut)


def _texts(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(role, text) of every text below a group item."""
    for child in _parts(item):
        for part in _parts(child):
            if child.get("marktype") == "text":
                yield str(child.get("role", "")), _text_of(part.get("text"))
            elif child.get("marktype") == "group":
                yield from _texts(part)
