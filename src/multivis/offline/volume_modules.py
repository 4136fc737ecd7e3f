"""Requests for volumes that no ready tool answers: a stored module, or one that is composed.

The recipe is read from the words; the grammar writes the module (`multivis.volumes.grammar`).
The same recipe has the same task, so that a stored module is found again whatever the numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from multivis.errors import OptionError
from multivis.offline.turns import Answer, Attempt, Turn, as_json
from multivis.offline.volume_plan import Facts, Plan, scene_calls
from multivis.offline.volume_reading import Reading, read_request, read_scene
from multivis.offline.volume_words import (
    NUMBER,
    blank,
    color_in,
    number_list,
    opacity_in,
    to_number,
)
from multivis.volumes.grammar import Recipe, compose

__all__ = ["module_answer", "read_recipe"]

_SURE = 0.95  # likeness from which a stored module is the same recipe

_FIELDS: tuple[tuple[str, str], ...] = (
    ("median", r"\bmedian[- ]?(?:filter\w*)?\b(?! of| isovalue)"),
    (
        "gaussian",
        r"\bgaussian\b(?! curvature)|\bdenois\w*|\bblur\w*|\bremove (?:the )?noise"
        r"|\bsmooth\w* (?:the )?(?:data|volume|scalars?|values|field)|\bsmoothed data",
    ),
    ("gradient", r"\bgradient(?: magnitude| strength)?\b|\bedge strength"),
    ("vorticity", r"\bvorticity|\bcurl\b"),
    ("divergence", r"\bdivergence\b"),
    ("difference", r"\bdifference (?:of|between)\b|\bminus\b"),
)
_SHAPES: tuple[tuple[str, str], ...] = (
    (
        "largest",
        r"\b(?:largest|biggest|main) (?:connected )?(?:part|component|piece|region|body|object)"
        r"|\b(?:remove|without|drop) (?:the |all )?(?:small|loose|floating|little) "
        r"(?:parts?|pieces?|islands?|fragments?|bits)|\bconnected component",
    ),
    ("relax", r"\b(?:relax\w*|sinc)\b|\bsmooth\w* (?:the )?(?:surface|mesh|triangles)"),
    (
        "decimate",
        r"\bdecimat\w*|\b(?:reduce|fewer|less) (?:the )?(?:number of )?(?:triangles|polygons)"
        r"|\bsimplif\w*",
    ),
    ("mirror", r"\bmirror\w*|\breflect\w*"),
    (
        "ball",
        r"\b(?:cut|clip)\w* (?:with|by|out) an? (?:sphere|ball)|\bspherical (?:cut|clip|hole)",
    ),
    ("edges", r"\b(?:feature|sharp) edges\b"),
)
_GEOMETRIES: tuple[tuple[str, str], ...] = (
    (
        "projection",
        r"\bmip\b|\b(?:maximum|minimum|average|mean)?[- ]?intensity projection|\bprojection along"
        r"|\b(?:maximum|minimum|mean|average) projection",
    ),
    (
        "slices",
        r"\b(?:(?:[3-9]|[1-4]\d)|four|five|six|seven|eight|nine|ten|several|many)"
        r"(?: parallel| evenly spaced| equidistant)? slices",
    ),
)
_LOOKS: tuple[tuple[str, str], ...] = (
    ("curvature", r"\bcurvature"),
    ("elevation", r"\bcolou?r\w* by (?:its |the )?(?:height|elevation)|\belevation"),
    ("distance", r"\bcolou?r\w* by (?:its |the )?distance|\bdistance (?:from|to) the cent"),
)
_COUNTS = {"four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}


def _first(table: Sequence[tuple[str, str]], text: str) -> list[str]:
    """Productions that a text names, in the order of the table."""
    return [name for name, pattern in table if re.search(pattern, text)]


def read_recipe(text: str, facts: Facts) -> Recipe | None:
    """The recipe that a request asks for; None where the ready tools will do.

    Args:
        text: The request, lower case, without the words for the scene.
        facts: What the volume holds.
    """
    fields = _first(_FIELDS, text)
    shapes = _first(_SHAPES, text)
    geometry = (_first(_GEOMETRIES, text) or ["contour"])[0]
    look = (_first(_LOOKS, text) or ["solid"])[0]
    wireframe = re.search(r"\bwire-?frames?\b", text) is not None
    vector = facts.variable_in(text, 3) or (str(facts.of(3)[0]["name"]) if facts.of(3) else None)
    scalar = facts.variable_in(text, 1) or (str(facts.of(1)[0]["name"]) if facts.of(1) else None)
    surface = re.search(r"\biso-?surface|\bsurface", text) is not None
    other = ""
    if "difference" in fields:
        pair = _pair(text, facts)
        if pair is None:
            fields.remove("difference")
        else:
            scalar, other = pair
    if surface and look == "solid":
        other = other or _colored_by(text, facts, scalar)
        look = "variable" if other and "difference" not in fields else look
        if look == "variable":
            scalar = _contoured(text, facts, other) or scalar
    if surface and vector and re.search(r"\b(?:speed|magnitude|length) of\b", text):
        fields.append("speed")
    if not (fields or shapes or wireframe) and geometry == "contour" and look == "solid":
        return None
    of_vectors = {"vorticity", "divergence", "speed"}.intersection(fields)
    variable = vector if of_vectors else scalar
    if variable is None:
        return None
    told: Mapping[str, Any] = next((v for v in facts.variables if v.get("name") == variable), {})
    return Recipe(
        variable=variable,
        kind=facts.kind,
        association=str(told.get("association", "point")),
        fields=tuple(fields),
        geometry=geometry,
        shapes=tuple(shapes),
        look=look,
        wireframe=wireframe,
        other=other,
        values=_values(text, facts, variable, geometry),
    )


def _pair(text: str, facts: Facts) -> tuple[str, str] | None:
    """The two variables of a difference, in the order in which they are named."""
    plain = text.replace("_", " ")
    named = []
    for variable in facts.of(1):
        name = str(variable["name"])
        match = re.search(rf"(?<!\w){re.escape(name.lower().replace('_', ' '))}(?!\w)", plain)
        if match:
            named.append((match.start(), name))
    named.sort()
    return (named[0][1], named[1][1]) if len(named) >= 2 else None


def _colored_by(text: str, facts: Facts, shown: str | None) -> str:
    """Another variable that gives the colours of a surface."""
    match = re.search(r"\bcolou?r\w* (?:it )?(?:by|with|according to) (?:the |its )?(.+)", text)
    name = facts.variable_in(match.group(1), 1) if match else None
    return name if name and (name != shown or len(facts.of(1)) > 1) else ""


def _contoured(text: str, facts: Facts, other: str) -> str | None:
    """The variable of the surface, where another one gives the colours."""
    before = re.split(r"\bcolou?r", text)[0]
    named = facts.variable_in(before, 1)
    if named and named != other:
        return named
    return next((str(v["name"]) for v in facts.of(1) if v["name"] != other), None)


_SAID: tuple[tuple[str, str], ...] = (
    (
        "standard_deviation",
        rf"(?:sigma|standard deviation|gaussian)(?: (?:of|with|=))*\s*({NUMBER})",
    ),
    ("kernel", rf"(?:kernel(?: size)?|median)(?: (?:of|with|filter|size|=))*\s*({NUMBER})"),
    ("iterations", rf"({NUMBER}) iterations?"),
    ("reduction", rf"(?:by|reduction(?: of)?)\s*({NUMBER})\s*(?:%|percent)"),
    ("kept", rf"(?:to|keep(?:ing)?)\s*({NUMBER})\s*(?:%|percent)"),
    ("radius", rf"radius(?: (?:of|=))?\s*({NUMBER})"),
    ("angle", rf"angle(?: (?:of|=))?\s*({NUMBER})"),
    ("count", rf"({NUMBER})(?: parallel| evenly spaced| equidistant)? slices"),
    ("level", rf"(?:at|level)\s*({NUMBER})\s*(?:%|percent)(?: of (?:the|its) (?:range|maximum))?"),
)


def _values(text: str, facts: Facts, variable: str, geometry: str) -> dict[str, Any]:
    """The parameters that the words give."""
    values: dict[str, Any] = {}
    left = text
    for name, pattern in _SAID:
        match = re.search(pattern, left)
        if match:
            values[name] = to_number(match.group(1))
            left = blank(left, [match.span()])
    for name in ("reduction", "level"):
        if name in values:
            values[name] /= 100.0
    kept = values.pop("kept", None)
    if kept is not None and "reduction" not in values:
        values["reduction"] = 1.0 - kept / 100.0
    for word, number in _COUNTS.items():
        if re.search(rf"\b{word}\b[a-z ]* slices", text):
            values["count"] = float(number)
    opacity = opacity_in(left)
    if opacity:
        values["opacity"] = opacity[0]
        left = blank(left, [opacity[1]])
    color = color_in(left)
    if color:
        values["color"] = color[0]
    axis = re.search(
        r"\b(?:along|perpendicular to|across)(?: the)? ([xyz])\b|\b([xyz])[- ]axis", left
    )
    if axis:
        given = next(group for group in axis.groups() if group)
        values |= {"axis": given, "mirror_axis": given, "height_axis": given}
    mode = re.search(r"\b(maximum|minimum|mean|average)\b[- ](?:intensity )?projection", text)
    if mode:
        values["mode"] = mode.group(1).replace("average", "mean")
    numbers = [value for value, percent, _ in number_list(left) if not percent]
    low, high = facts.range(variable)
    if numbers and geometry == "contour":
        values["isovalue"] = min(max(numbers[0], low), high)
    values |= {"minimum": low, "maximum": high}
    return values


# ── the calls ───────────────────────────────────────────────────────────────────────────────


def module_answer(
    turn: Turn, question: str, facts: Facts, drawing: Mapping[str, Any]
) -> Answer | None:
    """The call that finds, runs, writes or modifies a module, or None where none is needed."""
    scene, text = read_scene(f" {question.strip()} ")
    there = drawing.get("module") if isinstance(drawing.get("module"), dict) else None
    recipe = read_recipe(text, facts)
    if there is not None and recipe is None:
        return _modified(turn, there, Reading(scene=scene, rest=text), facts)
    if recipe is None:
        return None
    recipe, lookup = _with_isovalue(turn, recipe, question, facts)
    if lookup is not None:
        return lookup
    try:
        made = compose(recipe)
    except OptionError as error:
        return Answer("cannot_answer", {"reason": str(error)})
    reading = Reading(scene=scene, rest=text)
    final = not _scene_plan(reading, facts).calls
    return _then_scene(turn, reading, facts, _found_or_written(turn, made, final))


def _with_isovalue(
    turn: Turn, recipe: Recipe, question: str, facts: Facts
) -> tuple[Recipe, Answer | None]:
    """The recipe with the isovalue of the feature that is named, once it was looked up."""
    if recipe.geometry != "contour" or "isovalue" in recipe.values:
        return recipe, None
    if not set(recipe.fields) <= {"gaussian", "median"} or "level" in recipe.values:
        return recipe, None
    items = read_request(question, facts.names).items
    names = [name for item in items for name in item.features]
    if not names or "look_up_feature" not in turn.tools:
        return recipe, None
    name = names[0]
    for attempt in turn.made("look_up_feature"):
        if attempt.arguments.get("name") == name:
            told = as_json(attempt.answer)
            value = told.get("isovalue") if isinstance(told, dict) else None
            if value is None:
                return recipe, None
            values = {**recipe.values, "isovalue": float(value)}
            return replace(recipe, values=values), None
    return recipe, Answer("look_up_feature", {"name": name})


def _found_or_written(turn: Turn, made: Any, final: bool) -> Answer | None:
    """Look in the memory first; run what is there, else write it. None when it is drawn."""
    looked = turn.made("find_module")
    if not looked:
        return Answer("find_module", {"task": made.task})
    drawn = [a for a in turn.attempts if a.tool in {"run_module", "write_module"}]
    if drawn and _drew(drawn[-1]):
        return None
    key = _sure_key(looked[-1])
    if key is not None and not turn.made("run_module"):
        values = _parameters(made.code)
        return Answer(
            "run_module", {"key": key, "task": made.task, "parameters": values, "final": final}
        )
    if not turn.made("write_module"):
        return Answer(
            "write_module",
            {
                "task": made.task,
                "code": made.code,
                "bounds": [dict(bound) for bound in made.bounds],
                "stages": list(made.stages),
                "final": final,
            },
        )
    reason = drawn[-1].answer.splitlines()[0] if drawn and drawn[-1].answer else "it failed"
    return Answer("cannot_answer", {"reason": f"The module could not be drawn: {reason}"[:1_000]})


def _drew(attempt: Attempt) -> bool:
    return attempt.answer.startswith("The module draws")


def _sure_key(attempt: Attempt) -> str | None:
    """The key of a stored module that is surely the same recipe."""
    match = re.search(r"^(\w+): .*\(likeness ([\d.]+)\)$", attempt.answer, re.MULTILINE)
    return match.group(1) if match and float(match.group(2)) >= _SURE else None


def _parameters(code: str) -> dict[str, Any]:
    from multivis.volumes.module_checks import read_parameters

    return dict(read_parameters(code) or {})


def _then_scene(turn: Turn, reading: Reading, facts: Facts, answer: Answer | None) -> Answer | None:
    """After the module is drawn: camera and appearance, the last of which delivers."""
    if answer is not None:
        return answer
    plan = _scene_plan(reading, facts)
    if not plan.calls:
        plan.add("appearance")
    done = [json.dumps([a.tool, _bare(a.arguments)], sort_keys=True) for a in turn.attempts]
    waiting = [
        call
        for call in plan.calls
        if json.dumps([call.tool, _bare(call.arguments)], sort_keys=True) not in done
    ]
    if not waiting:
        return Answer(text="The drawing is complete.")
    arguments = dict(waiting[0].arguments)
    if len(waiting) == 1:
        arguments["final"] = True
    return Answer(waiting[0].tool, arguments)


def _scene_plan(reading: Reading, facts: Facts) -> Plan:
    """The calls for camera and appearance; a module makes no film."""
    plan = Plan()
    reading.scene.film = None
    scene_calls(plan, reading, facts)
    return plan


def _bare(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in arguments.items() if k not in {"final", "handoff"}}


def _modified(
    turn: Turn, there: Mapping[str, Any], reading: Reading, facts: Facts
) -> Answer | None:
    """Other parameters for the module that draws; its code is changed and not written anew."""
    known = there.get("parameters")
    known = known if isinstance(known, dict) else {}
    values = _values(reading.rest, facts, str(known.get("variable", "")), "contour")
    new = {
        name: value
        for name, value in values.items()
        if name in known and name not in {"minimum", "maximum"} and value != known[name]
    }
    if not turn.made("modify_module") and new:
        final = not _scene_plan(reading, facts).calls
        return Answer("modify_module", {"parameters": new, "final": final})
    if not new and not reading.scene.camera and reading.scene.background is None:
        if read_request(reading.rest, facts.names).items:
            return None
        reason = f"The module has no such parameter; it has {', '.join(map(str, known))}."
        return Answer("cannot_answer", {"reason": reason})
    return _then_scene(turn, reading, facts, None)
