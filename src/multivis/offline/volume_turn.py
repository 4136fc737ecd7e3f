"""The planning agent's next call, where the data are a volume."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from multivis.offline.turns import Answer, Attempt, Turn, as_json
from multivis.offline.volume_changes import plan_changes
from multivis.offline.volume_plan import Call, Facts, Found, Plan, plan_drawing
from multivis.offline.volume_reading import Reading, read_request

__all__ = ["volume_turn"]

_MANAGEMENT = frozenset({"final", "handoff"})


def volume_turn(turn: Turn) -> Answer:
    """Look features up, then draw call by call; the last call delivers.

    Args:
        turn: A conversation with the brief of the planning agent.
    """
    facts = Facts(as_json(turn.section("volume")) or {})
    wish = _wish_of_a_person(turn)
    question = wish or turn.section("question")
    drawing = as_json(turn.section("drawing")) or {}
    reading = read_request(question, facts.names)
    module = module_turn(turn, question, facts, drawing)
    if module is not None:
        return module
    needed = _features(reading, drawing)
    found = _looked_up(turn.made("look_up_feature"))
    for name in needed:
        if name not in found and "look_up_feature" in turn.tools:
            return Answer("look_up_feature", {"name": name})
    if drawing.get("stages") and (wish or not turn.section("recommendations")):
        plan = plan_changes(question, reading, facts, found, drawing)
    elif turn.section("recommendations"):
        plan = _mended(turn, drawing)
    else:
        plan = plan_drawing(reading, facts, found)
    return _next(turn, plan, reading)


def module_turn(
    turn: Turn, question: str, facts: Facts, drawing: Mapping[str, Any]
) -> Answer | None:
    """The call for what no ready tool does, or None where the ready tools will do."""
    from multivis.offline.volume_modules import module_answer

    mending = turn.section("recommendations") and not _wish_of_a_person(turn)
    if "write_module" not in turn.tools or mending:
        return None
    return module_answer(turn, question, facts, drawing)


def _wish_of_a_person(turn: Turn) -> str:
    """What a person who did not accept the picture wants changed: it comes from no check."""
    told = as_json(turn.section("recommendations"))
    wishes = [
        str(record.get("text", ""))
        for record in told or ()
        if isinstance(record, dict) and not record.get("check")
    ]
    return "; ".join(wishes)


# ── features ────────────────────────────────────────────────────────────────────────────────


def _features(reading: Reading, drawing: Mapping[str, Any]) -> list[str]:
    """Features whose isovalue is needed: those that are not drawn already."""
    drawn = {str(stage.get("name", "")).lower() for stage in drawing.get("stages") or ()}
    names = [
        item.features[0]
        for item in reading.items
        if item.kind == "feature" and item.features[0] not in drawn and not _has_number(item.text)
    ]
    if not reading.items and reading.unknown and not drawing.get("stages"):
        names.append(reading.unknown)
    return list(dict.fromkeys(names))


def _has_number(text: str) -> bool:
    from multivis.offline.volume_words import blank, number_list, opacity_in

    opacity = opacity_in(text)
    return bool(number_list(blank(text, [opacity[1]]) if opacity else text))


def _looked_up(attempts: Sequence[Attempt]) -> dict[str, Found]:
    """What the lookups answered, by the name that was asked for."""
    found = {}
    for attempt in attempts:
        told = as_json(attempt.answer)
        name = str(attempt.arguments.get("name", ""))
        if not isinstance(told, dict):
            found[name] = Found(None)
            continue
        value = told.get("isovalue")
        found[name] = Found(
            isovalue=float(value) if told.get("found") and value is not None else None,
            variable=told.get("variable") or None,
            confidence=float(told.get("confidence") or 0.0),
            evidence=str(told.get("evidence") or ""),
            others=tuple(str(other) for other in told.get("others") or ()),
            body=told.get("body") or {},
        )
    return found


# ── the next call ───────────────────────────────────────────────────────────────────────────


def _next(turn: Turn, plan: Plan, reading: Reading) -> Answer:
    """The first call of the plan that was not made yet; honest words when there is none."""
    if not plan.calls:
        return _cannot(turn, plan, reading)
    made = [attempt for attempt in turn.attempts if attempt.tool != "look_up_feature"]
    done = [(attempt.tool, _telling(attempt.arguments)) for attempt in made]
    waiting = [c for c in plan.calls if (c.tool, _telling(_as_json(c.arguments))) not in done]
    if waiting:
        call = waiting[0]
        last = len(waiting) == 1
        return _call(call, plan, final=last)
    if any(_succeeded(attempt) for attempt in made) and not _was_last_resort(made):
        # the call that was to deliver failed: deliver what the others have drawn
        failed = made[-1]
        reason = failed.answer.splitlines()[0] if failed.answer else "it failed"
        plan.left_out.append(f"{failed.tool}: {reason}"[:300])
        return _call(Call("appearance", {}), plan, final=True)
    return _cannot(turn, plan, reading)


def _as_json(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as they come back in a conversation: tuples are lists there."""
    plain: dict[str, Any] = json.loads(json.dumps(arguments))
    return plain


def _telling(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in arguments.items() if k not in _MANAGEMENT}


def _succeeded(attempt: Attempt) -> bool:
    """Whether a call changed the drawing: the answer then lists its stages and the camera."""
    return "\nCamera: " in attempt.answer or attempt.answer.startswith(
        ("A histogram", "A module", "Camera: ")
    )


def _was_last_resort(attempts: Sequence[Attempt]) -> bool:
    last = attempts[-1]
    return last.tool == "appearance" and not _telling(last.arguments)


def _call(call: Call, plan: Plan, *, final: bool) -> Answer:
    arguments = _as_json(call.arguments)
    if final:
        arguments["final"] = True
        told = {
            "assumptions": plan.assumptions,
            "ambiguities": plan.ambiguities,
            "left_out": plan.left_out,
        }
        told = {name: lines for name, lines in told.items() if lines}
        if told:
            arguments["handoff"] = json.dumps(told, ensure_ascii=False)[:4_000]
    return Answer(call.tool, arguments)


def _mended(turn: Turn, drawing: Mapping[str, Any]) -> Plan:
    """What the checks found wrong and this model can mend: stages that draw nothing go."""
    plan = Plan()
    told = as_json(turn.section("recommendations"))
    texts = [str(r.get("text", "")) for r in told if isinstance(r, dict)] if told else []
    stages = [s for s in drawing.get("stages") or () if isinstance(s, dict)]
    for stage in stages:
        name = str(stage.get("name") or stage.get("kind"))
        empty = any(f"{name!r}" in text and "nothing" in text for text in texts)
        if empty and len(stages) > 1:
            plan.add("remove_stage", stage=name)
            plan.left_out.append(f"{name!r} draws nothing here and was left out.")
    if any("frame" in text for text in texts) and not plan.calls:
        plan.add("camera", zoom=1.0)
    return plan


def _cannot(turn: Turn, plan: Plan, reading: Reading) -> Answer:
    """An honest answer: what is missing, and what there is."""
    failed = [a for a in turn.attempts if a.tool != "look_up_feature" and not _succeeded(a)]
    if plan.missing:
        reason = plan.missing
    elif failed:
        reason = failed[-1].answer.splitlines()[0]
    elif reading.unknown:
        reason = f"Nothing is known of {reading.unknown!r} in this volume."
    else:
        reason = "The request names nothing that can be drawn of this volume."
    if "cannot_answer" in turn.tools:
        return Answer("cannot_answer", {"reason": reason[:1_000]})
    return Answer(text=reason)
