"""From a reading of a request to calls of the ready tools for volumes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from multivis.offline.volume_reading import Item, Reading
from multivis.offline.volume_words import (
    NUMBER,
    SIDE_AXES,
    blank,
    color_in,
    color_map_in,
    number_list,
    opacity_in,
    plane_in,
    to_number,
)

__all__ = ["Call", "Facts", "Found", "Plan", "clip_of_side", "plan_drawing", "scene_calls"]

_FEATURE_COLORS = {
    "skull": "#e8dcc4",
    "bone": "#e8dcc4",
    "jaw": "#e8dcc4",
    "teeth": "#f7f3e8",
    "skin": "#e0ac86",
    "face": "#e0ac86",
    "nose": "#e0ac86",
    "head": "#e0ac86",
    "soft tissue": "#d08a72",
    "muscle": "#b5483a",
    "brain": "#d99aa0",
    "fat": "#f0d890",
    "vessel": "#b22222",
    "blood": "#b22222",
    "liver": "#8b3a2f",
    "water": "#5b9bd5",
    "plume": "#7fb2d9",
    "lung": "#c98f95",
}
_PALETTE = ("#4c78a8", "#e45756", "#54a24b", "#f0a13a", "#9467bd", "#76b7b2")
_PRESETS = {
    "skull": "ct-bone",
    "bone": "ct-bone",
    "bones": "ct-bone",
    "teeth": "ct-bone",
    "skin": "ct-skin",
    "face": "ct-skin",
    "nose": "ct-skin",
    "soft tissue": "ct-soft-tissue",
    "muscle": "ct-soft-tissue",
    "brain": "mri",
}


@dataclass(frozen=True)
class Call:
    """One call of a tool."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What looking a feature up gave: no isovalue when it is not known."""

    isovalue: float | None
    variable: str | None = None
    confidence: float = 0.0
    evidence: str = ""
    others: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What the brief says of the volume."""

    told: Mapping[str, Any]

    @property
    def variables(self) -> list[Mapping[str, Any]]:
        """The variables with their ranges."""
        found = self.told.get("variables", [])
        return [v for v in found if isinstance(v, dict)] if isinstance(found, list) else []

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(str(v.get("name", "")) for v in self.variables)

    def of(self, components: int) -> list[Mapping[str, Any]]:
        """Variables with that many components."""
        return [v for v in self.variables if v.get("components") == components]

    @property
    def kind(self) -> str:
        """Kind of grid."""
        return str(self.told.get("kind", ""))

    @property
    def steps(self) -> int:
        """Time steps."""
        return int(self.told.get("time_steps", 1) or 1)

    @property
    def anatomical(self) -> bool:
        """Whether x, y, z run to the patient's left, back and top."""
        return self.told.get("orientation") == "LPS"

    def extent(self, axis: str) -> tuple[float, float]:
        """Least and greatest coordinate along an axis."""
        bounds = self.told.get("bounds") or [0, 1, 0, 1, 0, 1]
        index = 2 * "xyz".index(axis)
        return float(bounds[index]), float(bounds[index + 1])

    def variable_in(self, text: str, components: int | None = None) -> str | None:
        """The variable that a text names; case and underscores are ignored."""
        plain = text.lower().replace("_", " ")
        for variable in sorted(self.variables, key=lambda v: -len(str(v.get("name", "")))):
            name = str(variable.get("name", ""))
            if components is not None and variable.get("components") != components:
                continue
            words = re.escape(name.lower().replace("_", " "))
            if name and re.search(rf"(?<!\w){words}(?!\w)", plain):
                return name
        return None

    def range(self, name: str | None) -> tuple[float, float]:
        """Range of a variable; of the first scalar when it is None."""
        for variable in self.variables:
            if variable.get("name") == name or (name is None and variable.get("components") == 1):
                return float(variable.get("minimum", 0.0)), float(variable.get("maximum", 1.0))
        return 0.0, 1.0


@dataclass
class Plan:
    """Calls, in order, and what the asker should know."""

    calls: list[Call] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    ambiguities: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    missing: str = ""

    def add(self, tool: str, **arguments: Any) -> None:
        """One more call; arguments that are None are left out."""
        given = {name: value for name, value in arguments.items() if value is not None}
        self.calls.append(Call(tool, given))


def plan_drawing(reading: Reading, facts: Facts, found: Mapping[str, Found]) -> Plan:
    """The calls for a new drawing.

    Args:
        reading: What is asked.
        facts: What the volume holds.
        found: Features that were looked up, by name.
    """
    plan = Plan()
    items = list(reading.items)
    if not items and reading.unknown:
        items = [Item("feature", (reading.unknown,), reading.rest)]
    if not items:
        _whole(plan, reading, facts)
    _surfaces(plan, [i for i in items if i.kind == "feature"], facts, found)
    plane: dict[str, Any] = {}
    for item in sorted(items, key=lambda item: item.kind == "clip"):
        if item.kind == "feature":
            continue
        _BUILDERS[item.kind](plan, item, facts, plane)
    if not plan.calls:
        return plan
    scene_calls(plan, reading, facts)
    return plan


def scene_calls(plan: Plan, reading: Reading, facts: Facts) -> None:
    """The calls for camera, appearance and film."""
    scene = reading.scene
    if scene.camera:
        plan.add("camera", **scene.camera)
    looks: dict[str, Any] = {
        "background": scene.background,
        "title": scene.title,
        "scalar_bar": scene.scalar_bar,
        "outline": scene.outline,
    }
    if scene.size is not None:
        looks["width"], looks["height"] = scene.size
    if isinstance(scene.time, int):
        looks["time"] = scene.time
    elif scene.time in {"first", "last"}:
        looks["time"] = 0 if scene.time == "first" else facts.steps - 1
    if any(value is not None for value in looks.values()):
        plan.add("appearance", **looks)
    if scene.film is not None:
        film = dict(scene.film)
        if film["over"] == "time" and facts.steps < 2:
            film["over"] = "orbit"
            plan.assumptions.append(
                "The data have one time step, so the film goes around the object."
            )
        plan.add("film", **film)


# ── surfaces of features ────────────────────────────────────────────────────────────────────


def _color_of(name: str, text: str, index: int) -> str:
    """The colour that is asked for, else one that is usual for the feature."""
    asked = color_in(re.sub(rf"\b{re.escape(name)}\b", " ", text))
    if asked is not None:
        return asked[0]
    for known, color in _FEATURE_COLORS.items():
        if known in name or name.rstrip("s") == known:
            return color
    return _PALETTE[index % len(_PALETTE)]


def _surfaces(plan: Plan, items: Sequence[Item], facts: Facts, found: Mapping[str, Found]) -> None:
    """An isosurface for each feature; outer ones are see-through where nothing is said."""
    rows = []
    for index, item in enumerate(items):
        name = item.features[0]
        numbers = _isovalues(item, facts)
        answer = found.get(name)
        if numbers:
            value, variable = numbers[0], facts.variable_in(item.text, 1)
        elif answer is None or answer.isovalue is None:
            others = f" It knows: {', '.join(answer.others)}." if answer and answer.others else ""
            plan.missing = f"No isovalue is known for {name!r} in this volume.{others}"
            plan.left_out.append(plan.missing)
            continue
        else:
            value, variable = answer.isovalue, answer.variable
        opacity = opacity_in(item.text)
        rows.append(
            {
                "name": name,
                "variable": variable or None,
                "isovalue": value,
                "color": _color_of(name, item.text, index),
                "opacity": opacity[0] if opacity else None,
                "smooth": True if re.search(r"\bsmooth", item.text) else None,
                **({} if numbers or answer is None else answer.body),
            }
        )
    _see_through(plan, rows, facts)
    for row in rows:
        plan.add("isosurface", **row)


def _see_through(plan: Plan, rows: list[dict[str, Any]], facts: Facts) -> None:
    """Of nested surfaces the outer ones become see-through, where no opacity was asked for.

    Where most of the data are low, as air around a head, a lower isovalue lies further out.
    """
    if len(rows) < 2:
        return
    low, high = facts.range(rows[0]["variable"])
    means = [float(v.get("mean", 0.0)) for v in facts.of(1)]
    background_is_low = not means or means[0] < (low + high) / 2.0
    inner = max if background_is_low else min
    innermost = inner(float(row["isovalue"]) for row in rows)
    changed = []
    for row in rows:
        if row["opacity"] is None and row["isovalue"] != innermost:
            row["opacity"] = 0.35
            changed.append(str(row["name"] or f"{row['isovalue']:g}"))
    if changed:
        names = ", ".join(changed)
        plan.assumptions.append(f"So that what lies inside shows, {names} is see-through.")


# ── the other kinds ─────────────────────────────────────────────────────────────────────────


def _isovalues(item: Item, facts: Facts) -> list[float]:
    """The isovalues that the words name: numbers, or parts of the range."""
    text = item.text
    opacity = opacity_in(text)
    if opacity is not None:
        text = blank(text, [opacity[1]])
    text = re.sub(rf"\b(?:count|number) of {NUMBER}|{NUMBER}\s*(?:contour|lines|levels)", " ", text)
    low, high = facts.range(facts.variable_in(text, 1))
    values = []
    for value, percent, _ in number_list(text):
        values.append(low + (high - low) * value / 100.0 if percent else value)
    if not values and re.search(r"\b(?:half|middle|mid)\b", text):
        values = [(low + high) / 2.0]
    return values


def _isosurface(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    del plane
    values = _isovalues(item, facts)
    variable = facts.variable_in(item.text, 1)
    if not values:
        low, high = facts.range(variable)
        values = [(low + high) / 2.0]
        plan.assumptions.append(
            f"No isovalue was named; the middle of the range, {values[0]:g}, is shown."
        )
    opacity, color = opacity_in(item.text), color_in(item.text)
    rows = [
        {
            "name": f"{value:g}" if len(values) > 1 else "",
            "variable": variable,
            "isovalue": value,
            "color": color[0]
            if color and len(values) == 1
            else _PALETTE[index % len(_PALETTE)]
            if len(values) > 1
            else None,
            "opacity": opacity[0] if opacity else None,
            "smooth": True if re.search(r"\bsmooth", item.text) else None,
        }
        for index, value in enumerate(values)
    ]
    _see_through(plan, rows, facts)
    for row in rows:
        plan.add("isosurface", **row)


def _plane_arguments(item: Item, facts: Facts, plane: dict[str, Any]) -> dict[str, Any]:
    """The plane of a slice or of contour lines; contours lie on the slice named before."""
    axis, position, coordinate = plane_in(item.text)
    if axis is None and position is None and coordinate is None and plane:
        return dict(plane)
    axis = axis or plane.get("axis") or "z"
    if coordinate is not None:
        low, high = facts.extent(axis)
        position = (coordinate - low) / (high - low) if high > low else 0.5
    told = {"axis": axis, "position": round(min(max(position or 0.5, 0.0), 1.0), 6)}
    if position == 0.0:
        told["position"] = 0.0
    plane.update(told)
    return told


def _map(item: Item) -> str | None:
    found = color_map_in(item.text)
    return found[0] if found else None


def _slice(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    opacity = opacity_in(item.text)
    shared = {
        "variable": facts.variable_in(item.text),
        "color_map": _map(item),
        "opacity": opacity[0] if opacity else None,
    }
    if re.search(r"\b(?:three|orthogonal|ortho)\b", item.text) and plane_in(item.text)[0] is None:
        for axis in "xyz":
            plan.add("slice", name=f"{axis} slice", axis=axis, position=0.5, **shared)
        return
    plan.add("slice", **_plane_arguments(item, facts, plane), **shared)


def _contour(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    count = re.search(r"(\d+)\s*(?:contour|iso|lines|levels)", item.text)
    color = color_in(item.text)
    told = _plane_arguments(item, facts, plane)
    listed = re.search(
        rf"(?:lines?|contours?|values?) (?:at|for|of) ((?:{NUMBER}[ ,and]*)+)", item.text
    )
    values = [v for v, percent, _ in number_list(listed.group(1)) if not percent] if listed else []
    if values and f"{values[0]:g}" == f"{told['position']:g}":
        values = []
    on_slice = any(call.tool == "slice" for call in plan.calls) or " slice" in item.text
    plan.add(
        "contour",
        **told,
        variable=facts.variable_in(item.text, 1),
        isovalues=values or None,
        count=int(count.group(1)) if count and not values else None,
        color_map=_map(item),
        color=color[0] if color else "#ffffff" if on_slice else None,
    )


def _volume(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    del plane
    variable = facts.variable_in(item.text, 1)
    low, _ = facts.range(variable)
    preset = next((_PRESETS[name] for name in item.features if name in _PRESETS), None)
    for name in ("ct-bone", "ct-soft-tissue", "ct-skin", "mri", "cloud"):
        if name in item.text or f"{name.replace('-', ' ')} preset" in item.text:
            preset = name
    if preset is not None and preset.startswith("ct-") and low > -200.0:
        plan.assumptions.append(
            "The values are no Hounsfield units, so the transfer function follows the histogram."
        )
        preset = None
    if preset is None and re.search(r"\bfog|\bcloud", item.text):
        preset = "cloud"
    shade = False if re.search(r"without shad|no shad|unshaded", item.text) else None
    plan.add("volume_rendering", variable=variable, preset=preset, shade=shade)


def _threshold(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    del plane
    variable = facts.variable_in(item.text, 1)
    low, high = facts.range(variable)
    opacity, color = opacity_in(item.text), color_in(item.text)
    text = blank(item.text, [opacity[1]]) if opacity else item.text
    values = [low + (high - low) * v / 100 if p else v for v, p, _ in number_list(text)]
    minimum: float | None = None
    maximum: float | None = None
    if len(values) >= 2:
        minimum, maximum = min(values[:2]), max(values[:2])
    elif values and re.search(r"\bbelow|under|less|at most|smaller|<", text):
        maximum = values[0]
    elif values:
        minimum = values[0]
    else:
        minimum = (low + high) / 2.0
        plan.assumptions.append(f"No interval was named; values above {minimum:g} are shown.")
    plan.add(
        "threshold",
        variable=variable,
        minimum=minimum,
        maximum=maximum,
        color=color[0] if color else None,
        color_map=_map(item),
        opacity=opacity[0] if opacity else None,
    )


def _streamlines(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    del plane
    if not facts.of(3):
        plan.left_out.append("There are no streamlines: the volume has no vector variable.")
        plan.missing = "The volume has no vector variable, so there is no flow to draw."
        return
    seeds = re.search(r"(\d[\d,]*)\s*(?:seeds?|stream|lines|flow)", item.text)
    plan.add(
        "streamlines",
        variable=facts.variable_in(item.text, 3),
        color_by=facts.variable_in(item.text, 1),
        seeds=int(seeds.group(1).replace(",", "")) if seeds else None,
        color_map=_map(item),
        seed_region="plane" if "plane" in item.text else None,
    )


def _glyphs(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    del plane
    if not facts.of(3):
        plan.left_out.append("There are no arrows: the volume has no vector variable.")
        plan.missing = "The volume has no vector variable, so there are no arrows to draw."
        return
    every = re.search(r"every (\d+)(?:st|nd|rd|th)?", item.text)
    plan.add(
        "glyphs",
        variable=facts.variable_in(item.text, 3),
        every=int(every.group(1)) if every else None,
        color_map=_map(item),
    )


def _points(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    del plane
    size = re.search(rf"\bsize (?:of )?({NUMBER})|({NUMBER}) ?(?:px|pixels)", item.text)
    color = color_in(item.text)
    plan.add(
        "points",
        variable=None if color else facts.variable_in(item.text),
        color=color[0] if color else None,
        size=to_number(next(g for g in size.groups() if g)) if size else None,
        color_map=_map(item),
    )


def _surface(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    del plane
    color, opacity = color_in(item.text), opacity_in(item.text)
    plan.add(
        "surface",
        method="reconstruct" if item.kind == "reconstruct" else "extract",
        variable=None if color else facts.variable_in(item.text, 1),
        color=color[0] if color else None,
        color_map=_map(item),
        opacity=opacity[0] if opacity else None,
    )


def clip_of_side(text: str, facts: Facts) -> dict[str, Any]:
    """Axis, position and side that stays, for words such as "the front" or "the left half"."""
    side = re.search(r"\b(front|back|rear|left|right|top|upper|bottom|lower)\b", text)
    axis, position, coordinate = plane_in(text)
    keep = "positive"
    if side and axis is None:
        axis = SIDE_AXES[side.group(1)]
        # the side that is named goes: front is -y, left +x in anatomical coordinates
        gone_high = side.group(1) in {"back", "rear", "top", "upper"}
        if axis == "x":
            gone_high = (side.group(1) == "left") == facts.anatomical
        keep = "negative" if gone_high else "positive"
        if re.search(r"\bkeep(?:ing)?\b", text):
            keep = "positive" if keep == "negative" else "negative"
    axis = axis or "y"
    if coordinate is not None:
        low, high = facts.extent(axis)
        position = (coordinate - low) / (high - low) if high > low else 0.5
    amount = re.search(rf"({NUMBER})\s*(?:%|percent)", text)
    if side and amount and not re.search(r"\bat\b", text):
        part = min(to_number(amount.group(1)) / 100.0, 1.0)
        position = part if keep == "positive" else 1.0 - part
    place = 0.5 if position is None else min(max(position, 0.0), 1.0)
    return {
        "axis": axis,
        "position": round(place, 6),
        "keep": keep,
        "name": f"cut {side.group(1)}" if side else f"cut {axis}",
    }


def _clip(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    del plane
    drawn = [str(call.arguments.get("name", "")) for call in plan.calls]
    targets = [name for name in item.features if name in drawn]
    if item.features and not targets and not plan.calls:
        plan.left_out.append(f"{item.features[0]!r} is not drawn, so it is not cut.")
    plan.add("clip", **clip_of_side(item.text, facts), target=targets or None)


def _outline(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    del item, facts, plane
    plan.add("outline")


def _histogram(plan: Plan, item: Item, facts: Facts, plane: dict[str, Any]) -> None:
    del plane
    bins = re.search(r"(\d+)\s*bins?", item.text)
    plan.add(
        "visualize_histogram",
        variable=facts.variable_in(item.text),
        bins=int(bins.group(1)) if bins else None,
        logarithmic=False if re.search(r"\blinear\b", item.text) else None,
    )


_BUILDERS = {
    "isosurface": _isosurface,
    "slice": _slice,
    "contour": _contour,
    "volume": _volume,
    "threshold": _threshold,
    "streamlines": _streamlines,
    "glyphs": _glyphs,
    "points": _points,
    "surface": _surface,
    "reconstruct": _surface,
    "clip": _clip,
    "outline": _outline,
    "histogram": _histogram,
}


def _whole(plan: Plan, reading: Reading, facts: Facts) -> None:
    """What shows the data as a whole, when nothing in particular is named."""
    item = Item("volume", text=reading.rest)
    if facts.kind == "polydata":
        kind = "points" if not facts.told.get("cells") else "surface"
        _BUILDERS[kind](plan, Item(kind, text=reading.rest), facts, {})
    elif facts.of(3) and not facts.of(1):
        _streamlines(plan, Item("streamlines", text=reading.rest), facts, {})
    elif facts.kind in {"image", "rectilinear"} and facts.of(1):
        _volume(plan, item, facts, {})
    else:
        _surface(plan, Item("surface", text=reading.rest), facts, {})
    plan.assumptions.append("Nothing in particular was named; the data as a whole are shown.")
