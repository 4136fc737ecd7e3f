"""What a Vega-Lite chart really draws, as a typed model read from the reference runtime.

`Scene.of` compiles the specification with Vega-Lite, asks every mark to say which datum it
draws, runs Vega headless (vl-convert, no browser) and reads the scenegraph back. So marks,
positions, colours and exact data values are known without looking at a pixel.

A mark's datum would be lost in the exported scenegraph, and its accessible description holds
formatted values ("Jan 01, 2020"). Therefore the description of each compiled mark is replaced
by an expression that writes every field of its datum with its type and full precision, after
the original text.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import Any

from multivis.errors import RenderError

__all__ = ["Axis", "Box", "Item", "Label", "Legend", "Mark", "Problem", "Scene", "View"]

_FIELD = "\u001f"  # between fields of a datum
_PART = "\u001e"  # between the description and the datum, and between name and value
_MOST_FIELDS = 120
_CACHE_SIZE = 8


# ── the model ───────────────────────────────────────────────────────────────────────────────


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
        scene = _draw(json.loads(text))
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
        return (*_empty_views(self), *_out_of_view(self), *_label_collisions(self))


_CACHE: OrderedDict[str, Scene] = OrderedDict()
_LOCK = Lock()


# ── drawing ─────────────────────────────────────────────────────────────────────────────────


def _draw(spec: dict[str, Any]) -> Scene:
    """Compile, make marks say their data, run, read."""
    import vl_convert

    try:
        vega = vl_convert.vegalite_to_vega(spec)
    except ValueError as error:
        raise RenderError(
            f"Vega-Lite cannot compile the specification: {_first_line(error)}"
        ) from error
    names = _field_names(vega)
    compiled: dict[str, dict[str, Any]] = {}
    _instrument(vega.get("marks", []), names, compiled)
    try:
        graph = vl_convert.vega_to_scenegraph(vega, allowed_base_urls=[])
    except ValueError as error:
        raise RenderError(f"Vega cannot draw the chart: {_first_line(error)}") from error
    return _Reader(compiled).read(graph)


def _first_line(error: Exception) -> str:
    """The first line of an error's text that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__


_DATUM = re.compile(
    r"""datum\[(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\]|datum\.([A-Za-z_]\w*)"""
)


def _field_names(vega: Mapping[str, Any]) -> list[str]:
    """Every name that a datum may have: of inline rows, of transforms, in expressions."""
    names: dict[str, None] = {}

    def add(value: Any) -> None:
        if isinstance(value, str):
            names.setdefault(value.replace("\\.", ".").replace("\\[", "[").replace("\\]", "]"))
        elif isinstance(value, list):
            for part in value:
                add(part)
        elif isinstance(value, dict) and isinstance(value.get("field"), str):
            add(value["field"])

    def walk(value: Any, key: str = "") -> None:
        if isinstance(value, dict):
            for name, part in value.items():
                if name == "values" and isinstance(part, list):
                    for row in part[:50]:
                        if isinstance(row, dict):
                            for column in row:
                                names.setdefault(column)
                elif name in {"as", "groupby", "field", "fields", "x", "y"} and key != "scales":
                    add(part)
                    walk(part, name)
                else:
                    walk(part, name)
        elif isinstance(value, list):
            for part in value:
                walk(part, key)
        elif isinstance(value, str) and "datum" in value:
            for double, single, dotted in _DATUM.findall(value):
                quoted = double or single
                names.setdefault(re.sub(r"\\(.)", r"\1", quoted) if quoted else dotted)

    walk(dict(vega))
    return [name for name in names if name][:_MOST_FIELDS]


def _value_expression(name: str) -> str:
    """A Vega expression that writes one field of the datum with its type."""
    value = f"datum[{json.dumps(name)}]"
    label = json.dumps(name + _PART)
    return (
        f"(isDate({value})?{label}+'d'+toNumber({value}):isNumber({value})?{label}+'n'+{value}"
        f":isString({value})?{label}+'s'+{value}:isBoolean({value})?{label}+'b'+{value}"
        f":{value}===null?{label}+'z':isDefined({value})?{label}+'o':'')"
    )


def _instrument(
    marks: Iterable[dict[str, Any]], names: list[str], compiled: dict[str, dict[str, Any]]
) -> None:
    """Make every mark, and every faceted group, describe its datum (in place)."""
    fields = ("+" + json.dumps(_FIELD) + "+").join(_value_expression(n) for n in names) or "''"
    for mark in marks:
        if mark.get("type") == "group":
            _instrument(mark.get("marks", []), names, compiled)
            if "from" not in mark:
                continue
        update = mark.setdefault("encode", {}).setdefault("update", {})
        compiled[str(mark.get("name", ""))] = dict(update)
        said = update.get("description")
        said = said if isinstance(said, dict) else {}
        text = said.get("signal") or json.dumps(str(said.get("value", "")))
        update["description"] = {"signal": f"(({text})+{json.dumps(_PART * 2)}+{fields})"}


def _decode_description(text: Any) -> tuple[str, dict[str, Any]]:
    """Split what an item says into its description and its datum."""
    if not isinstance(text, str) or _PART * 2 not in text:
        return ("" if text is None or isinstance(text, dict) else str(text)), {}
    said, _, rest = text.partition(_PART * 2)
    datum: dict[str, Any] = {}
    for part in rest.split(_FIELD):
        name, separator, value = part.partition(_PART)
        if separator and value:
            datum[name] = _typed(value[0], value[1:])
    return said, datum


def _typed(tag: str, text: str) -> Any:
    """A value from its type tag and text."""
    if tag == "n":
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if tag == "d":
        milliseconds = float(text)
        if math.isnan(milliseconds):
            return None
        try:
            return datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(
                milliseconds=milliseconds
            )
        except OverflowError:
            return None
    if tag == "b":
        return text == "true"
    return text if tag == "s" else None


def parse_description(text: str) -> dict[str, Any]:
    """Read ``"Population: 1000; GNP: −1,255.96; Continent: Europe"`` as title → value.

    Numbers are parsed, with the unicode minus and thousands separators; anything else stays
    text. A part with no colon belongs to the value before it.
    """
    values: dict[str, Any] = {}
    last = None
    for part in text.split("; "):
        title, separator, value = part.partition(": ")
        if not separator:
            if last is not None:
                values[last] = f"{values[last]}; {part}"
            continue
        values[title] = _number_or_text(value)
        last = title
    return values


def _number_or_text(text: str) -> Any:
    """A number when the text is one, else the text; ``"null"`` is None."""
    if text == "null":
        return None
    plain = text.replace("\u2212", "-")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d+)?|-?\d+(\.\d+)?(e[+-]?\d+)?", plain):
        number = float(plain.replace(",", ""))
        return int(number) if number.is_integer() and "." not in plain else number
    return text


# ── reading the scenegraph ──────────────────────────────────────────────────────────────────


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


class _Reader:
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
            if role == "mark":
                self.mark(node, dx, dy, view)
            return
        header = header or role.endswith(("-header", "-footer"))
        for number, item in enumerate(node.get("items", [])):
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
                for child in item.get("items", []):
                    self.group(child, x, y, inner, header)

    def view(self, node: Mapping[str, Any], item: Mapping[str, Any], dx: float, dy: float) -> int:
        """Add a view; returns its index."""
        _, datum = _decode_description(item.get("description"))
        box = _item_box("group", item, dx, dy)
        self.views.append(View(str(node.get("name", "")), box, datum))
        return len(self.views) - 1

    def path(self, item: Mapping[str, Any], x: float, y: float, view: int, number: int) -> None:
        """Read one series of a line, area or trail; series of one mark are put together."""
        for child in item.get("items", []):
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
        for item in node.get("items", []):
            said, datum = _decode_description(item.get("description"))
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
        for child in item.get("items", []):
            for part in child.get("items", []):
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
    for child in item.get("items", []):
        for part in child.get("items", []):
            if child.get("marktype") == "text":
                yield str(child.get("role", "")), _text_of(part.get("text"))
            elif child.get("marktype") == "group":
                yield from _texts(part)


# ── problems ────────────────────────────────────────────────────────────────────────────────


def _empty_views(scene: Scene) -> Iterator[Problem]:
    """Views that hold marks, none of which has an item."""
    filled = {mark.view for mark in scene.marks if mark.items}
    for view in sorted({mark.view for mark in scene.marks} - filled):
        name = scene.views[view].name if view >= 0 else "root"
        yield Problem("empty_view", view, f"The view {name!r} draws nothing.")


def _out_of_view(scene: Scene) -> Iterator[Problem]:
    """Bars, points and line vertices that leave the plotting area (text may)."""
    for mark in scene.marks:
        if mark.view < 0 or mark.kind not in {"rect", "symbol", "line", "area", "trail", "rule"}:
            continue
        view = scene.views[mark.view].box
        if view.width < 1 or view.height < 1:
            continue
        room = 3.0
        if mark.kind == "symbol":
            room += max((item.box.width / 2 for item in mark.items), default=0.0)
        outside = [i for i in mark.items if i.defined and i.box.outside(view) > room]
        if outside:
            verb = "cut off at" if mark.clip else "drawn beyond"
            text = f"{len(outside)} of {len(mark.items)} marks are {verb} the plotting area."
            yield Problem("clipped" if mark.clip else "out_of_view", mark.view, text)


def _label_collisions(scene: Scene) -> Iterator[Problem]:
    """Visible tick labels of one axis that cover each other, and labels that are cut."""
    for axis in scene.axes:
        shown = [label for label in axis.labels if label.visible and label.text]
        hits = 0
        for first, second in itertools.pairwise(shown):
            smaller = min(first.box.width * first.box.height, second.box.width * second.box.height)
            hits += smaller > 0 and first.box.overlap(second.box) > 0.25 * smaller
        if hits:
            text = f"{hits} neighbouring labels of the {axis.direction} axis overlap."
            yield Problem("overlapping_labels", axis.view, text)
        cut = sum(label.cut for label in shown)
        if cut:
            text = f"{cut} labels of the {axis.direction} axis are cut short."
            yield Problem("cut_labels", axis.view, text)
