"""What to do after a call failed: fit its arguments, mend the chart by its message, simplify it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from multivis.offline.plan import Channel, Kind, Layer, Plan, View
from multivis.offline.turns import Answer, Attempt, Turn

__all__ = ["fit_arguments", "is_bounds_failure", "mended_by_message", "simpler_charts"]

_BOUNDS = re.compile(
    r"^(?:There is no argument|The arguments? (?:'[^']*'|of \w+|are|could)|In '[^']*': )"
)


# ── arguments ───────────────────────────────────────────────────────────────────────────────


def is_bounds_failure(attempt: Attempt) -> bool:
    """Whether a call was refused for its arguments, so that it never ran."""
    return bool(_BOUNDS.match(attempt.answer))


def fit_arguments(answer: Answer, turn: Turn) -> Answer:
    """The call within the bounds that the tool declares.

    After a call of the tool was refused for its arguments, only required ones are kept.
    """
    schema = turn.parameters.get(answer.tool) or {}
    declared = schema.get("properties")
    if not answer.tool or not isinstance(declared, dict) or not declared:
        return answer
    required = set(schema.get("required") or ())
    last = next((a for a in reversed(turn.attempts) if a.tool == answer.tool), None)
    refused = last is not None and is_bounds_failure(last)
    kept = {}
    for name, value in answer.arguments.items():
        if name not in declared or (refused and name not in required):
            continue
        fitted = _fitted(value, declared[name])
        if fitted != value and isinstance(value, str) and name in required and name != "reason":
            fitted = value  # code or SQL that is cut is no code
        kept[name] = fitted
    return replace(answer, arguments=kept)


def _fitted(value: Any, schema: dict[str, Any]) -> Any:
    """A value within the bounds of its JSON schema."""
    for option in schema.get("anyOf", ()):
        if isinstance(option, dict) and option.get("type") != "null":
            return _fitted(value, option)
    if isinstance(value, str) and isinstance(schema.get("maxLength"), int):
        return value[: schema["maxLength"]]
    if isinstance(value, int) and not isinstance(value, bool):
        low, high = schema.get("minimum"), schema.get("maximum")
        value = max(value, int(low)) if low is not None else value
        return min(value, int(high)) if high is not None else value
    return value


# ── messages ────────────────────────────────────────────────────────────────────────────────


def mended_by_message(plan: Plan, message: str, columns: Sequence[dict[str, Any]]) -> Plan:
    """The plan without the cause that a failure names; unchanged if it names none.

    Args:
        plan: The chart that failed.
        message: What was answered.
        columns: Columns of the result with ``name`` and ``kind``.
    """
    lower = message.lower()
    for words, mend in _MENDS:
        if re.search(words, lower):
            return mend(plan, message, columns)
    return plan


_Change = Callable[[Layer], Layer]


def _each_layer(plan: Plan, change: _Change) -> Plan:
    views = tuple(
        replace(view, layers=tuple(change(layer) for layer in view.layers)) for view in plan.views
    )
    return replace(plan, views=views)


def _quantitative_ranges(plan: Plan, message: str, columns: Sequence[dict[str, Any]]) -> Plan:
    """Both ends of a range are numbers or dates; else the second end goes."""
    del message
    kinds = _kinds(columns)

    def change(layer: Layer) -> Layer:
        for name in ("x", "y"):
            first, second = layer.channel(name), layer.channel(name + "2")
            if first is None or second is None:
                continue
            if kinds.get(first.field or "") == "quantitative":
                layer = layer.with_channel(replace(first, kind="quantitative"))
            elif first.kind not in {"quantitative", "temporal"}:
                layer = layer.without_channel(name + "2")
        return layer

    return _each_layer(plan, change)


def _typed(plan: Plan, message: str, columns: Sequence[dict[str, Any]]) -> Plan:
    """Every field gets a measurement type."""
    del message
    kinds = _kinds(columns)

    def change(layer: Layer) -> Layer:
        channels = tuple(
            replace(c, kind=kinds.get(c.field, "quantitative"))
            if c.field and c.kind is None and c.name not in _UNTYPED
            else c
            for c in layer.channels
        )
        return replace(layer, channels=channels)

    return _each_layer(plan, change)


def _without_field(plan: Plan, message: str, columns: Sequence[dict[str, Any]]) -> Plan:
    """Channels that show a name which the result does not have."""
    known = {str(c.get("name")) for c in columns}
    quoted = set(re.findall(r"['\"`]([^'\"`]{1,80})['\"`]", message)) - known

    def change(layer: Layer) -> Layer:
        kept = tuple(
            c for c in layer.channels if not (c.field and c.field in quoted and c.name not in "xy")
        )
        return replace(layer, channels=kept)

    return _each_layer(plan, change)


def _without_expressions(plan: Plan, message: str, columns: Sequence[dict[str, Any]]) -> Plan:
    """Conditions and filters in Vega's expression language go."""
    del message, columns

    def change(layer: Layer) -> Layer:
        channels = tuple(
            replace(c, condition=None)
            for c in layer.channels
            if c.field or c.aggregate or c.datum is not None or c.value is not None
        )
        steps = tuple(s for s in layer.transforms if "filter" not in s)
        return replace(layer, channels=channels, transforms=steps)

    return replace(_each_layer(plan, change), selections=(), views=tuple(
        replace(v, selections=()) for v in _each_layer(plan, change).views
    ))  # fmt: skip


def _default_scales(plan: Plan, message: str, columns: Sequence[dict[str, Any]]) -> Plan:
    """Scales and sorts go back to their defaults."""
    del message, columns

    def change(layer: Layer) -> Layer:
        return replace(layer, channels=tuple(replace(c, scale={}, sort="") for c in layer.channels))

    return _each_layer(plan, change)


def _too_many(plan: Plan, message: str, columns: Sequence[dict[str, Any]]) -> Plan:
    """More rows than a chart can show one by one: how the number is distributed among them."""
    del message
    numbers = [name for name, kind in _kinds(columns).items() if kind == "quantitative"]
    shown = [c.field for layer in plan.layers for c in layer.channels if c.field in numbers]
    if not numbers:
        return plan
    name = (shown or numbers)[0]
    title = next((c.title for layer in plan.layers for c in layer.channels if c.field == name), "")
    channels = (
        Channel("x", name, "quantitative", title=title, bin=0),
        Channel("y", kind="quantitative", aggregate="count", title="Count"),
    )
    counted = Plan(
        chart="histogram", views=(View(layers=(Layer("bar", channels=channels),)),),
        query=plan.query, title=plan.title, assumptions=plan.assumptions,
        ambiguities=plan.ambiguities, left_out=plan.left_out, confidence=plan.confidence,
    )  # fmt: skip
    return _said(counted, "There are too many rows to draw each; the chart counts them by value.")


_UNTYPED = frozenset({"x2", "y2", "theta2", "radius2", "xError", "yError", "xError2", "yError2"})
_MENDS: tuple[tuple[str, Callable[[Plan, str, Sequence[dict[str, Any]]], Plan]], ...] = (
    (r"\bdraws [\d,]+ rows\b|specification has [\d,]+ bytes", _too_many),
    (r"both [xy] and [xy]2|[xy]2? .{0,30}quantitative", _quantitative_ranges),
    (r"encoding type|without a type|data ?type .{0,40}(?:infer|determin)|\btype .{0,30}missing",
     _typed),
    (r"keyerror|no column|not in (?:the )?(?:columns|index)|there is no field", _without_field),
    (r"expression|unrecognized signal|is not defined|unexpected token", _without_expressions),
    (r"\bscale\b|\bscheme\b|\bdomain\b|\bsort\b", _default_scales),
)  # fmt: skip


def _kinds(columns: Sequence[dict[str, Any]]) -> dict[str, Kind]:
    known: tuple[Kind, ...] = ("quantitative", "temporal", "nominal", "ordinal")
    return {
        str(c.get("name")): next((k for k in known if k == c.get("kind")), "nominal")
        for c in columns
    }


# ── simpler charts ──────────────────────────────────────────────────────────────────────────


def simpler_charts(plan: Plan) -> Iterator[Plan]:
    """Simpler and simpler: no interactions, one layer, no tooltips, then the bare mark.

    Every step says what it left out.
    """
    if not plan.layers:
        return
    if plan.selections:
        plan = _without_expressions(plan, "", ())
        plan = _said(plan, "The interactions were left out: the chart did not work with them.")
        yield plan
    if len(plan.views) > 1 or len(plan.layers) > 1:
        plan = replace(
            plan, views=(View(layers=plan.layers[:1]),), arrangement="single"
        )  # fmt: skip
        plan = _said(plan, "Only the main part of the chart is drawn.")
        yield plan
    layer = plan.layers[0]
    if layer.channel("tooltip") is not None:
        plan = plan.with_layers(layer.without_channel("tooltip"))
        plan = _said(plan, "The tooltips were left out: the chart did not work with them.")
        yield plan
    layer = plan.layers[0]
    made = {name for step in layer.transforms for name in _made_by(step)}
    bare = tuple(
        Channel(c.name, c.field, c.kind, title=c.title, aggregate=c.aggregate)
        for c in layer.channels
        if (c.field or c.aggregate) and c.field not in made and c.name in _BARE
    )
    simple = Layer(layer.mark, {}, bare)
    if bare and simple != layer:
        plan = replace(plan.with_layers(simple), config={})
        yield _said(plan, "Only the marks are drawn, without the wishes for their look.")


_BARE = frozenset({"x", "y", "color", "theta", "row", "column", "facet", "size"})


def _made_by(step: dict[str, Any]) -> list[str]:
    """Names that a transform makes."""
    value = next(iter(step.values()))
    named = list(value) if isinstance(value, dict) else []
    unnamed = ("value", "density") if "density" in step else ()
    return [*named, *(str(name) for name in step.get("as", unnamed))]


def _said(plan: Plan, text: str) -> Plan:
    return replace(plan, left_out=tuple(dict.fromkeys((*plan.left_out, text))))
