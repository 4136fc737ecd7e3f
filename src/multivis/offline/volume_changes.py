"""Follow-ups on a picture of a volume: they change the drawing and never start over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from multivis.offline.volume_plan import (
    Call,
    Facts,
    Found,
    Plan,
    clip_of_side,
    plan_drawing,
    scene_calls,
)
from multivis.offline.volume_reading import Item, Reading, SceneWords
from multivis.offline.volume_words import (
    NUMBER,
    blank,
    color_in,
    color_map_in,
    number_list,
    opacity_in,
    plane_in,
    to_number,
)

__all__ = ["plan_changes"]

_HELPERS = frozenset({"clip", "outline"})
_COLORED = frozenset({"isosurface", "surface", "threshold", "contour", "points", "outline"})
_SEE_THROUGH = frozenset({"isosurface", "slice", "threshold", "surface"})
_REMOVE = re.compile(
    r"\b(?:remove|hide|drop|delete|take (?:away|out)|leave out|get rid of|without|no)\b"
)
_ADD = re.compile(r"\b(?:add|also|as well|too|plus|together with|in addition|overlay|and show)\b")
_PRONOUN = re.compile(r"\b(?:it|this|that|them|everything|all|the (?:surface|object|picture))\b")
_MORE = re.compile(
    r"\b(?P<way>more|less|slightly more|a bit more) (?P<what>transparent|opaque|see-through)"
)


def plan_changes(
    question: str,
    reading: Reading,
    facts: Facts,
    found: Mapping[str, Found],
    drawing: Mapping[str, Any],
) -> Plan:
    """The calls that change a drawing as asked.

    Args:
        question: What is asked.
        reading: The same, read as if it were a new request: its scene and new stages are taken.
        facts: What the volume holds.
        found: Features that were looked up.
        drawing: The drawing that is there.
    """
    stages = _Stages(drawing)
    plan = Plan()
    camera = drawing.get("camera") if isinstance(drawing.get("camera"), dict) else {}
    _turn_on(reading.scene, camera or {})
    last: list[str] = []
    for clause in _clauses(reading.rest):
        last = _change(clause, plan, stages, facts, last) or last
    new = _new_items(reading, stages)
    if new:
        fresh = Reading(items=new, scene=SceneWords(), rest=reading.rest)
        added = plan_drawing(fresh, facts, found)
        plan.calls += added.calls
        plan.missing = added.missing
        plan.left_out += added.left_out
        plan.assumptions += added.assumptions
    scene_calls(plan, reading, facts)
    _time_words(plan, reading, facts, drawing)
    if not plan.calls and not plan.missing:
        plan.missing = f"Nothing in {question.strip()!r} says what to change in this picture."
    return plan


class _Stages:
    """The stages of a drawing, and which of them words mean."""

    def __init__(self, drawing: Mapping[str, Any]) -> None:
        self.told = [stage for stage in drawing.get("stages") or () if isinstance(stage, dict)]
        used: dict[str, int] = {}
        self.names: list[str] = []
        for stage in self.told:
            base = str(stage.get("name") or stage.get("kind"))
            used[base] = used.get(base, 0) + 1
            self.names.append(base if used[base] == 1 else f"{base} {used[base]}")

    def kind(self, name: str) -> str:
        """Kind of a stage."""
        return str(self.told[self.names.index(name)].get("kind"))

    def value(self, name: str, field: str) -> Any:
        """A field of a stage."""
        return self.told[self.names.index(name)].get(field)

    def main(self) -> list[str]:
        """The stages that are looked at: no clips, no box."""
        return [name for name in self.names if self.kind(name) not in _HELPERS]

    def meant(self, text: str) -> list[str]:
        """The stages that a text names, by their names or their kinds."""
        words = {
            "isosurface": r"iso-?surfaces?|surfaces?",
            "slice": r"slices?|cross-?sections?",
            "volume": r"volumes?(?: rendering)?",
            "clip": r"clips?|cuts?",
            "contour": r"contours?(?: lines?)?|lines?",
            "streamlines": r"stream-?lines?|tubes?|flow lines?",
            "glyphs": r"glyphs?|arrows?",
            "points": r"points?|point cloud",
            "threshold": r"thresholds?",
            "outline": r"outline|box",
            "surface": r"surface",
        }
        named = [
            name
            for name in self.names
            if re.search(rf"\b{re.escape(name.lower())}s?\b", text) and self.kind(name) != "clip"
        ]
        if named:
            return named
        return [
            name
            for name in self.names
            if re.search(rf"\b(?:{words.get(self.kind(name), self.kind(name))})\b", text)
        ]


def _clauses(text: str) -> list[str]:
    """The single wishes of a follow-up."""
    pieces = re.split(r"[,;]\s+|\.\s+|\s+(?:and|then|but)\s+(?:also |then )?", text)
    return [piece.strip() for piece in pieces if piece.strip()]


def _turn_on(scene: SceneWords, camera: Mapping[str, Any]) -> None:
    """Turning and zooming go on from where the camera is, unless a new view is named."""
    if scene.orbit is not None and scene.view is None:
        scene.orbit = max(-360.0, min(360.0, scene.orbit + float(camera.get("orbit") or 0.0)))
    if scene.elevation is not None and scene.view is None:
        raised = scene.elevation + float(camera.get("elevation") or 0.0)
        scene.elevation = max(-89.0, min(89.0, raised))
    if scene.zoom is not None:
        scene.zoom = min(max(scene.zoom * float(camera.get("zoom") or 1.0), 0.1), 20.0)


def _change(clause: str, plan: Plan, stages: _Stages, facts: Facts, last: list[str]) -> list[str]:
    """One wish on the stages that are there; which of them it meant."""
    cut = re.search(r"\b(?:cut|clip|open)\w*\b|\bremove the \w+ (?:half|part|side)", clause)
    if cut and not (_REMOVE.search(clause) and stages.meant(clause) and "half" not in clause):
        return _cut(clause, plan, stages, facts)
    meant = stages.meant(clause)
    if _REMOVE.search(clause) and meant:
        for name in meant:
            plan.calls.append(Call("remove_stage", {"stage": name}))
        return []
    if _ADD.search(clause) and not meant:
        return []
    targets = meant or _targets(clause, plan, stages, last)
    for name in targets:
        changes = _changes(clause, stages, name, facts)
        if changes:
            plan.calls.append(Call("change_stage", {"stage": name, **changes}))
    return targets


def _targets(clause: str, plan: Plan, stages: _Stages, last: list[str]) -> list[str]:
    """What "it" means: all of them, what was just named, or the one thing that is shown."""
    main = stages.main()
    if re.search(r"\b(?:them|everything|all|both)\b", clause) or len(main) < 2:
        return main
    if last:
        return last
    if not _says_how(clause):
        return []
    if _PRONOUN.search(clause) or _says_how(clause):
        text = f"'it' was read as {main[0]!r}; {', '.join(map(repr, main[1:]))} stay as they are."
        if text not in plan.ambiguities:
            plan.ambiguities.append(text)
        return main[:1]
    return []


def _says_how(clause: str) -> bool:
    return bool(
        opacity_in(clause)
        or color_in(clause)
        or color_map_in(clause)
        or _MORE.search(clause)
        or re.search(r"\bisovalue|smooth|threshold|position|move\b", clause)
    )


def _cut(clause: str, plan: Plan, stages: _Stages, facts: Facts) -> list[str]:
    """Cut a side away, of the stages that are named or of all."""
    told = clip_of_side(clause, facts)
    targets = [
        name
        for name in stages.names
        if re.search(rf"\b{re.escape(name.lower())}\b", clause)
        and stages.kind(name) not in _HELPERS
    ]
    arguments: dict[str, Any] = dict(told)
    if targets:
        arguments["target"] = targets
        arguments["name"] = f"{told['name']} of {targets[0]}"
    plan.calls.append(Call("clip", arguments))
    return targets


def _changes(clause: str, stages: _Stages, name: str, facts: Facts) -> dict[str, Any]:
    """The fields of one stage that a wish changes."""
    kind = stages.kind(name)
    changes: dict[str, Any] = {}
    text = clause
    more = _MORE.search(text)
    if more and kind in _SEE_THROUGH:
        now = float(stages.value(name, "opacity") or 1.0)
        thinner = (more.group("what") != "opaque") == ("less" not in more.group("way"))
        changes["opacity"] = round(now * 0.6 if thinner else min(1.0, now * 1.6), 3)
        text = blank(text, [more.span()])
    opacity = opacity_in(text)
    if opacity is not None:
        if kind in _SEE_THROUGH and "opacity" not in changes:
            changes["opacity"] = opacity[0]
        text = blank(text, [opacity[1]])
    mapped = color_map_in(text)
    if mapped is not None:
        changes["color_map"] = mapped[0]
        text = blank(text, [mapped[1]])
    color = color_in(re.sub(rf"\b{re.escape(name.lower())}\b", " ", text))
    if color is not None and kind in _COLORED:
        changes["color"] = color[0]
    variable = facts.variable_in(text)
    if variable is not None and variable != stages.value(name, "variable"):
        changes["variable"] = variable
    changes |= _numbers(text, kind, stages, name, facts)
    if re.search(r"\bsmooth", text) and kind == "isosurface":
        changes["smooth"] = not re.search(r"\b(?:not|un|less|no)[ -]?smooth", text)
    return changes


def _numbers(text: str, kind: str, stages: _Stages, name: str, facts: Facts) -> dict[str, Any]:
    """Numbers that a wish names, as the field of the stage that they can only mean."""
    if kind in {"slice", "contour"}:
        return _plane_change(text, stages, name, facts)
    values = number_list(text)
    if not values:
        return {}
    value, percent, _ = values[0]
    if kind == "isosurface":
        low, high = facts.range(stages.value(name, "variable"))
        now = float(stages.value(name, "isovalue") or 0.0)
        by = re.search(rf"\bby\s+{NUMBER}", text)
        if by:
            step = (high - low) * value / 100.0 if percent else value
            down = re.search(r"\b(?:lower|decrease|reduce|down|less)\b", text)
            return {"isovalue": now - step if down else now + step}
        return {"isovalue": low + (high - low) * value / 100.0 if percent else value}
    if kind == "threshold" and len(values) >= 2:
        return {"minimum": min(value, values[1][0]), "maximum": max(value, values[1][0])}
    if kind == "streamlines":
        return {"seeds": int(value)}
    if kind == "points":
        return {"size": value}
    if kind == "glyphs" and re.search(r"\bevery\b", text):
        return {"every": int(value)}
    if kind == "glyphs":
        return {"scale": value / 100.0 if percent else value}
    return {}


def _plane_change(text: str, stages: _Stages, name: str, facts: Facts) -> dict[str, Any]:
    """Where a plane is moved or turned to."""
    axis, position, coordinate = plane_in(text)
    count = re.search(r"(\d+)\s*(?:contour|iso|lines|levels)", text)
    changes: dict[str, Any] = {}
    if count and stages.kind(name) == "contour":
        return {"count": int(count.group(1))}
    if axis is not None and axis != stages.value(name, "axis"):
        changes["axis"] = axis
    along = axis or str(stages.value(name, "axis") or "z")
    moved = re.search(rf"\bby\s+({NUMBER})\s*(%|percent)?", text)
    if moved:
        step = to_number(moved.group(1)) / (100.0 if moved.group(2) else 1.0)
        back = re.search(r"\b(?:back|down|left|lower)\b", text)
        now = float(stages.value(name, "position") or 0.5)
        position = now - step if back else now + step
    if coordinate is not None:
        low, high = facts.extent(along)
        position = (coordinate - low) / (high - low) if high > low else 0.5
    if position is not None:
        changes["position"] = round(min(max(position, 0.0), 1.0), 6)
    return changes


def _new_items(reading: Reading, stages: _Stages) -> list[Item]:
    """What a follow-up names and is not there yet: it is added."""
    known = {name.lower() for name in stages.names}
    new = []
    for item in reading.items:
        if item.kind == "clip" or _REMOVE.search(item.text):
            continue
        if item.kind == "feature":
            if item.features[0] not in known:
                new.append(item)
            continue
        there = any(stages.kind(name) == item.kind for name in stages.names)
        if not there or _ADD.search(item.text):
            new.append(item)
    return new


def _time_words(plan: Plan, reading: Reading, facts: Facts, drawing: Mapping[str, Any]) -> None:
    """The next and the previous time step count from the one that is shown."""
    step = {"next": 1, "previous": -1}.get(str(reading.scene.time))
    if step is None:
        return
    now = int(drawing.get("time") or 0)
    plan.add("appearance", time=min(max(now + step, 0), facts.steps - 1))
