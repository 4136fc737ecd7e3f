"""A reference chart as views of a plan that still speak of the reference's own fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from multivis.charts.reference import Channel as CodeChannel
from multivis.charts.reference import CodeFacts, Parameter, Source, Transform
from multivis.charts.reference import View as CodeView
from multivis.offline.adapt_expression import Unreadable, vega_expression
from multivis.offline.plan import Channel, Condition, Layer, Selection, View

__all__ = ["Sketch", "draw_sketch", "made_fields", "read_fields"]

_SCALE = frozenset(
    [
        "type",
        "zero",
        "scheme",
        "range",
        "reverse",
        "nice",
        "domainMid",
        "padding",
        "interpolate",
        "exponent",
        "base",
    ]
)
_AXIS = frozenset(
    [
        "format",
        "formatType",
        "grid",
        "labelAngle",
        "orient",
        "ticks",
        "domain",
        "labels",
        "tickCount",
        "labelOverlap",
        "labelFlush",
        "offset",
        "titleColor",
        "labelFontSize",
        "titleFontSize",
        "labelFontWeight",
        "tickMinStep",
        "labelPadding",
        "labelExpr",
        "minExtent",
    ]
)
_LEGEND = frozenset(
    ["orient", "direction", "columns", "symbolType", "symbolSize", "format", "titleOrient"]
)
_SORTS = frozenset({"x", "-x", "y", "-y", "ascending", "descending", "color", "-color"})


@dataclass(frozen=True)
class Sketch:
    """The reference's views, in the plan's terms and the reference's field names.

    Attributes:
        views: The views; layers that could not be read are missing.
        arrangement: ``single``, ``hconcat`` or ``vconcat``.
        selections: Parameters that need no old data.
        config: Vega-Lite config.
        complete: Whether every part was read.
    """

    views: tuple[View, ...] = ()
    arrangement: str = "single"
    selections: tuple[Selection, ...] = ()
    config: dict[str, Any] = field(default_factory=dict)
    complete: bool = True


@dataclass
class _Reader:
    names: dict[str, ast.expr]
    selections: frozenset[str]
    complete: bool = True


def draw_sketch(text: str, facts: CodeFacts) -> Sketch:
    """Sketch the Altair chart of a reference."""
    top = facts.view
    if top is None:
        return Sketch(complete=False)
    names: dict[str, ast.expr] = {}
    for node in ast.walk(Source(text).tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                names[target.id] = node.value
    chosen = tuple(s for s in (_selection(p) for p in _used(top)) if s is not None)
    chosen = tuple({selection.name: selection for selection in chosen}.values())
    reader = _Reader(names, frozenset(selection.name for selection in chosen))
    views = _views(top, reader)
    arrangement = top.kind if top.kind in {"hconcat", "vconcat"} and len(views) > 1 else "single"
    if len(views) > 1 and arrangement == "single":
        arrangement = "hconcat"
    if top.kind == "repeat":
        reader.complete = False
    config = {k: v for k, v in top.configuration.items() if isinstance(v, dict) and _is_plain(v)}
    return Sketch(tuple(views), arrangement, chosen, config, reader.complete)


def _used(view: CodeView) -> list[Parameter]:
    found = list(view.parameters)
    for child in view.children:
        found += _used(child)
    return found


def _selection(parameter: Parameter) -> Selection | None:
    """A selection of a plan; None for what is bound to values of the old data."""
    if not parameter.variable or parameter.kind not in {"interval", "point"}:
        return None
    if isinstance(parameter.bind, dict):
        return None
    options = {
        key: value
        for key, value in parameter.options.items()
        if key in {"on", "nearest", "empty", "clear", "toggle"} and _is_plain(value)
    }
    fields = parameter.options.get("fields") or ()
    encodings = parameter.options.get("encodings") or ()
    return Selection(
        parameter.variable,
        parameter.kind,
        tuple(name for name in fields if isinstance(name, str)),
        tuple(name for name in encodings if isinstance(name, str)),
        parameter.bind if isinstance(parameter.bind, str) else "",
        None,
        options,
    )


def _is_plain(value: Any) -> bool:
    """Whether a value is a literal, all the way down."""
    if isinstance(value, Mapping):
        return (
            "code" not in value and "parameter" not in value and all(map(_is_plain, value.values()))
        )
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return True


def _views(view: CodeView, reader: _Reader) -> list[View]:
    if view.kind in {"hconcat", "vconcat", "concat"}:
        return [inner for child in view.children for inner in _views(child, reader)]
    if view.kind in {"facet", "repeat"}:
        inner = [made for child in view.children for made in _views(child, reader)]
        facets = _facets(view)
        return [_with_channels(one, facets) for one in inner]
    units = list(view.units())
    layers: list[Layer] = []
    for unit in units:
        layer = _layer(unit, reader)
        if layer is not None:
            layers.append(layer)
        else:
            reader.complete = False
    names = tuple(dict.fromkeys(p.variable for p in _used(view) if p.variable in reader.selections))
    scale = view.resolve.get("scale")
    resolve = (
        {k: v for k, v in scale.items() if isinstance(v, str)} if isinstance(scale, dict) else {}
    )
    return [View(layers=tuple(layers), resolve=resolve, selections=names)] if layers else []


def _facets(view: CodeView) -> tuple[Channel, ...]:
    found: list[Channel] = []
    for name in ("row", "column", "facet"):
        told = view.arrangement.get(name)
        if isinstance(told, dict) and isinstance(told.get("field"), str):
            found.append(Channel(name, told["field"], told.get("type") or "nominal"))
    return tuple(found)


def _with_channels(view: View, channels: tuple[Channel, ...]) -> View:
    from dataclasses import replace

    layers = tuple(
        replace(layer, channels=(*layer.channels, *channels)) for layer in view.layers[:1]
    )
    return replace(view, layers=(*layers, *view.layers[1:]))


def _layer(unit: CodeView, reader: _Reader) -> Layer | None:
    """One layer, or None when a part of it cannot be carried over."""
    if unit.mark is None:
        return None
    channels: list[Channel] = []
    for channel in unit.channels.values():
        members = channel.items or (channel,)
        for item in members:
            made = _channel(channel.name, item, reader)
            if made is not None:
                channels.append(made)
    try:
        transforms = tuple(step for t in unit.transforms for step in _transform(t, reader))
    except Unreadable:
        return None
    options = {k: v for k, v in unit.mark.options.items() if _is_plain(v)}
    return Layer(unit.mark.kind, options, tuple(channels), transforms)


def _channel(name: str, channel: CodeChannel, reader: _Reader) -> Channel | None:
    """A channel in the plan's terms; None when it shows nothing that can be carried over."""
    options = channel.options
    if "expression" in options:
        return None
    condition = _condition(channel, reader) if channel.condition else None
    if channel.condition and condition is None and not channel.field:
        return None
    shown = channel.field or channel.aggregate
    if not shown and condition is None and channel.value is None:
        return None
    if channel.value is not None and not _is_plain(channel.value):
        return None
    aggregate = channel.aggregate or ""
    if aggregate in {"argmax", "argmin"} or isinstance(options.get("aggregate"), dict):
        return None
    binned = channel.bin
    bins, step = -1, 0.0
    if binned is True:
        bins = 0
    elif isinstance(binned, dict) and "code" not in binned:
        bins = binned.get("maxbins", 0) if isinstance(binned.get("maxbins", 0), int) else 0
        step = binned.get("step", 0.0) if isinstance(binned.get("step", 0.0), int | float) else 0.0
    scale = options.get("scale")
    axis = options.get("axis", options.get("header"))
    legend = options.get("legend", {})
    return Channel(
        name,
        channel.field,
        channel.type
        if channel.type in {"quantitative", "temporal", "nominal", "ordinal"}
        else None,  # type: ignore[arg-type]
        aggregate=aggregate,
        bin=bins,
        bin_step=float(step),
        time_unit=channel.time_unit or "",
        stack=_stack(options),
        sort=_sort(options),
        scale=_kept(scale, _SCALE) if not isinstance(scale, str) else {},
        axis=_kept(axis, _AXIS),
        legend={"none": True} if legend is None else _kept(legend, _LEGEND),
        format=str(options.get("format", "")) if isinstance(options.get("format", ""), str) else "",
        value=channel.value,
        condition=condition,
    )


def _kept(value: Any, names: frozenset[str]) -> dict[str, Any]:
    """The members that do not depend on the old data."""
    if not isinstance(value, dict):
        return {}
    kept = {k: v for k, v in value.items() if k in names and _is_plain(v)}
    if "range" in kept and "domain" in value and not isinstance(kept["range"], list):
        kept.pop("range")
    return kept


def _stack(options: Mapping[str, Any]) -> str:
    if "stack" not in options:
        return ""
    value = options["stack"]
    if value in {None, False}:
        return "none"
    return "zero" if value is True else str(value)


def _sort(options: Mapping[str, Any]) -> str:
    if "sort" not in options:
        return ""
    value = options["sort"]
    if value is None:
        return "none"
    if isinstance(value, str):
        return value if value in _SORTS else ""
    if isinstance(value, dict) and isinstance(value.get("field"), str):
        return ("-" if value.get("order") == "descending" else "") + str(value["field"])
    return ""


def _condition(channel: CodeChannel, reader: _Reader) -> Condition | None:
    told = channel.condition or {}
    tests, branches = told.get("test") or [], told.get("then") or []
    if not tests or not branches:
        return None
    test = tests[0]
    if isinstance(test, dict) and "parameter" in test:
        if test["parameter"] not in reader.selections:
            return None
        text = str(test["parameter"])
    else:
        code = test.get("code") if isinstance(test, dict) else None
        turned = re.fullmatch(r"~\s*\(?(\w+)\)?", code or "")
        if turned and turned[1] in reader.selections:
            then, other = _value(branches[0]), _value(told.get("otherwise"))
            return Condition(turned[1], other, then)
        try:
            text = vega_expression(code, reader.names, reader.selections) if code else str(test)
        except Unreadable:
            return None
    then, other = _value(branches[0]), _value(told.get("otherwise"))
    if channel.field and then is None:
        return Condition(text, None, other)
    return Condition(text, then, other) if then is not None else None


def _value(branch: Any) -> Any:
    return branch.get("value") if isinstance(branch, dict) else None


def _transform(transform: Transform, reader: _Reader) -> list[dict[str, Any]]:
    """Steps of a plan; the fields in them are still the reference's.

    Raises:
        Unreadable: The transform cannot be written as a step of a plan.
    """
    kind, arguments, options = transform.kind, transform.arguments, dict(transform.options)
    rest: dict[str, Any] = {}
    for key in ("groupby", "frame", "extent", "bandwidth", "steps", "step", "method", "value"):
        if key in options and kind not in {"calculate"}:
            value = options.pop(key)
            if not _is_plain(value):
                raise Unreadable(kind)
            rest[key] = value
    if "as_" in options:
        rest["as"] = options.pop("as_")
    if kind == "filter":
        return [{"filter": _expression(arguments[0] if arguments else None, reader)}]
    if kind == "calculate":
        steps = {k: _expression(v, reader) for k, v in options.items() if k not in {"calculate"}}
        if len(arguments) == 2 and isinstance(arguments[0], str):
            steps[arguments[0]] = _expression(arguments[1], reader)
        if not steps:
            raise Unreadable(kind)
        return [{"calculate": {name: text}} for name, text in steps.items()]
    if kind in {"window", "joinaggregate", "aggregate"}:
        if "sort" in options:
            rest["sort"] = _sort_fields(options.pop("sort"))
        options.pop("ignorePeers", None)
        if arguments or not options or not all(isinstance(v, str) for v in options.values()):
            raise Unreadable(kind)
        return [{kind: options, **rest}]
    first = arguments[0] if arguments else options.get(kind, options.get("fold"))
    if kind == "fold" and isinstance(first, list) and _is_plain(first):
        return [{"fold": first, "as": rest.get("as", ["key", "value"])}]
    if kind in {"density", "quantile"} and isinstance(first, str):
        return [{kind: first, "as": rest.pop("as", ["value", kind]), **rest}]
    if kind in {"regression", "loess"}:
        second = arguments[1] if len(arguments) > 1 else options.get(kind)
        on = arguments[0] if arguments else options.get("on")
        if isinstance(on, str) and isinstance(second, str):
            return [{kind: second, "on": on, **rest}]
    raise Unreadable(kind)


def _sort_fields(value: Any) -> list[str]:
    found: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            name = item.get("field") or (item.get("arguments") or [None])[0]
            if not isinstance(name, str):
                raise Unreadable("sort")
            found.append(("-" if item.get("order") == "descending" else "") + name)
    return found


def _expression(value: Any, reader: _Reader) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        name = value.get("parameter")
        if isinstance(name, str) and name in reader.selections:
            return str(name)
        if isinstance(value.get("code"), str):
            return vega_expression(str(value["code"]), reader.names, reader.selections)
    raise Unreadable("expression")


def made_fields(layer: Layer) -> frozenset[str]:
    """The fields that the transforms of a layer make, and that no row had before."""
    made: set[str] = set()
    given: set[str] = set()
    for step in layer.transforms:
        given |= _read_by(step) - made
        key = next(iter(step))
        if isinstance(step[key], dict):
            made |= set(step[key])
        names = step.get("as", ())
        made |= set(names) if isinstance(names, list | tuple) else {str(names)}
    return frozenset(made - given)


def read_fields(layer: Layer) -> set[str]:
    """The fields that the transforms of a layer read."""
    return {name for step in layer.transforms for name in _read_by(step)}


def _read_by(step: Mapping[str, Any]) -> set[str]:
    key = next(iter(step))
    value = step[key]
    found = {str(name) for name in step.get("groupby", ()) if isinstance(name, str)}
    found |= {name.lstrip("-") for name in step.get("sort", ()) if isinstance(name, str)}
    if key in {"window", "joinaggregate", "aggregate"}:
        inner = (re.fullmatch(r"\w+\((.*)\)", text) for text in value.values())
        found |= {match[1] for match in inner if match and match[1]}
    elif key in {"density", "quantile"}:
        found.add(value)
    elif key in {"regression", "loess"}:
        found |= {value, step["on"]}
    elif key == "fold":
        found |= set(value)
    elif key in {"filter", "calculate"}:
        texts = value.values() if isinstance(value, dict) else [value]
        for text in texts:
            for match in re.finditer(
                r"datum(?:\.([A-Za-z_]\w*)|\[\s*['\"](.+?)['\"]\s*\])", str(text)
            ):
                found.add(match[1] or match[2])
    return found
