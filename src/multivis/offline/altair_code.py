"""From a chart plan to Altair code, as a person would write it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from multivis.offline.plan import Channel, Condition, Layer, Plan, Selection, View

__all__ = ["write_altair"]

_LETTERS = {"quantitative": "Q", "temporal": "T", "nominal": "N", "ordinal": "O"}
_CLASSES = {
    "x": "X", "y": "Y", "x2": "X2", "y2": "Y2", "color": "Color", "size": "Size",
    "shape": "Shape", "opacity": "Opacity", "theta": "Theta", "radius": "Radius", "text": "Text",
    "row": "Row", "column": "Column", "facet": "Facet", "xOffset": "XOffset",
    "yOffset": "YOffset", "detail": "Detail", "order": "Order", "tooltip": "Tooltip",
    "href": "Href", "strokeDash": "StrokeDash", "theta2": "Theta2", "radius2": "Radius2",
    "xError": "XError", "yError": "YError", "angle": "Angle", "stroke": "Stroke", "fill": "Fill",
    "strokeWidth": "StrokeWidth", "fillOpacity": "FillOpacity", "url": "Url",
    "xError2": "XError2", "yError2": "YError2", "key": "Key", "description": "Description",
    "strokeOpacity": "StrokeOpacity",
}  # fmt: skip
_TYPED_BY_DATA = frozenset({"tooltip", "radius"})
_TYPED_TIPS = frozenset({"point", "square", "bar"})
_WIDTH = 88
PYTHON = "python:"  # in front of a value that is an expression, such as ``df["a"].max()``


def _py(value: Any) -> str:
    """A Python literal with double quotes."""
    if isinstance(value, str):
        import json

        if value.startswith(PYTHON):
            return value.removeprefix(PYTHON)
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_py(k)}: {_py(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_py(v) for v in value) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value)


def _arguments(options: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_py(value)}" for name, value in options.items())


def _shorthand(channel: Channel) -> str:
    """``"sum(total):Q"``."""
    field = channel.field or ""
    letter = f":{_LETTERS[channel.kind]}" if channel.kind else ""
    if channel.aggregate == "count" and not field:
        return f"count(){letter}"
    if channel.time_unit:
        return f"{channel.time_unit}({field}){letter}"
    if channel.aggregate and not channel.aggregate.startswith("argm"):
        return f"{channel.aggregate}({field}){letter}"
    return f"{field}{letter}"


def _sort(channel: Channel, layer: Layer) -> str:
    """The ``.sort`` call of a channel, or nothing."""
    sort = channel.sort
    if not sort:
        return ""
    if not isinstance(sort, str):
        return f".sort({_py(list(sort))})"
    if sort == "none":
        return ".sort(None)"
    name = sort.lstrip("-")
    shown = layer.channel(name)
    if sort in {"ascending", "descending"} or shown is not None:
        return f".sort({_py(sort)})"
    order = "descending" if sort.startswith("-") else "ascending"
    averaged = any(
        c.field == name and c.aggregate in {"mean", "median", "ci0", "ci1"} for c in layer.channels
    )
    op = "mean" if averaged else "sum"
    return f'.sort(field={_py(name)}, op="{op}", order="{order}")'


def _is_made(field: str, layer: Layer) -> bool:
    """Whether a transform may make a field, so that the frame cannot tell its type."""
    return any(field in str(step) for step in layer.transforms)


def _encoding(channel: Channel, layer: Layer, plan: Plan) -> str:
    """The value of one encoding: ``alt.X("a:N").title("A")``.

    Columns in tooltips and the radius of slices carry no type, as people write them: Altair
    reads it from the frame. Beside points and bars, where all else is typed, tooltips are too.
    """
    if channel.field and not _is_made(channel.field, layer):
        tip = channel.name == "tooltip"
        counted = any(c.aggregate for c in layer.channels)
        typed_tip = tip and layer.mark in _TYPED_TIPS and not counted and not layer.inferred
        number = layer.inferred and channel.kind == "quantitative"
        angle = layer.channel("theta") if channel.name == "radius" else None
        reach = angle is not None and angle.kind == "ordinal"  # the length of a bar in a circle
        if number or (channel.name in _TYPED_BY_DATA and not typed_tip and not reach):
            channel = replace(channel, kind=None)
    name = _CLASSES[channel.name]
    if channel.condition is not None and not (channel.field or channel.aggregate):
        return _conditional_value(channel.condition, plan)
    if channel.value is not None:
        return f"alt.value({_py(channel.value)})"
    if channel.datum is not None:
        kind = f", type={_py(channel.kind)}" if channel.kind else ""
        scale = ", scale=None" if channel.scale.get("none") else ""
        return f"alt.datum({_py(channel.datum)}{kind}{scale})"
    if channel.field and channel.field.startswith("each:"):  # a value for each of these names
        names = f"df[{_py(channel.field.split(':', 1)[1])}].astype(str).unique()"
        written = r'alt.Tooltip(field=name.replace(".", "\\."), type="quantitative", title=name)'
        return f"[{written} for name in {names}]"
    if channel.field and channel.field.startswith("repeat:"):
        place = channel.field.split(":", 1)[1]
        kind = f", type={_py(channel.kind)}" if channel.kind else ""
        return f"alt.{name}(alt.repeat({_py(place)}){kind})"
    text = _py(_shorthand(channel))
    more = ""
    if channel.aggregate.startswith("argm"):  # "argmax:year": the value where another is largest
        which, _, other = channel.aggregate.partition(":")
        more += f".aggregate({which}={_py(other)})"
    if channel.bin >= 0:
        step = f"step={_py(channel.bin_step)}" if channel.bin_step else ""
        limit = f"maxbins={channel.bin}" if channel.bin else ""
        chosen = f", extent={channel.bin_extent}" if channel.bin_extent else ""
        more += f".bin({step or limit}{chosen})" if step or limit else ".bin(True)"
    if channel.stack:
        stack = {"none": "None", "zero": "True"}.get(channel.stack, _py(channel.stack))
        more += f".stack({stack})"
    if channel.title is not None and _CLASSES[channel.name] not in {"XOffset", "YOffset"}:
        more += ".title(None)" if channel.title == "" else f".title({_py(channel.title)})"
    more += _sort(channel, layer)
    if channel.scale:
        more += f".scale({_scale(channel.scale, plan)})"
    if channel.axis:
        call = "header" if channel.name in {"row", "column", "facet"} else "axis"
        more += f".{call}({_arguments(channel.axis)})"
    if channel.legend:
        legend = channel.legend
        more += ".legend(None)" if legend.get("none") else f".legend({_arguments(legend)})"
    if channel.format:
        more += f".format({_py(channel.format)})"
    if channel.name in {"x2", "y2", "xOffset", "yOffset", "text", "detail", "href"} and not more:
        return text
    made = f"alt.{name}({text}){more}" if more or channel.name == "tooltip" else text
    if channel.condition is not None:
        shown = made if made.startswith("alt.") else f"alt.{name}({text})"
        return (
            f"alt.when({_test(channel.condition, plan)}).then({shown})"
            f".otherwise(alt.value({_py(channel.condition.otherwise)}))"
        )
    return made


def _scale(scale: dict[str, Any], plan: Plan) -> str:
    """Arguments of ``.scale``; a domain may be a selection."""
    known = {selection.name for selection in plan.selections}
    return ", ".join(
        f"{name}={value if isinstance(value, str) and value in known else _py(value)}"
        for name, value in scale.items()
    )


def _test(condition: Condition, plan: Plan) -> str:
    known = {selection.name for selection in plan.selections}
    named = set(condition.test.split(" & ")) <= known  # brushes of several views together
    return condition.test if named else _py(condition.test)


def _conditional_value(condition: Condition, plan: Plan) -> str:
    return (
        f"alt.when({_test(condition, plan)}).then(alt.value({_py(condition.then)}))"
        f".otherwise(alt.value({_py(condition.otherwise)}))"
    )


# ── transforms ──────────────────────────────────────────────────────────────────────────────

_IDENTIFIER = re.compile(r"^[A-Za-z_]\w*$")


def _named(steps: dict[str, Any]) -> str:
    """Keyword arguments, or a ``**{…}`` where names are no identifiers."""
    if all(_IDENTIFIER.match(name) for name in steps):
        return ", ".join(f"{name}={_py(value)}" for name, value in steps.items())
    return f"**{_py(steps)}"


_BRACKETED = re.compile(r"datum\['([A-Za-z_]\w*)'\]")


def _transform(step: dict[str, Any], plan: Plan) -> str:
    """One transform; plain names of columns are written as people write them."""
    return _BRACKETED.sub(r"datum.\1", _written_transform(step, plan))


def _written_transform(step: dict[str, Any], plan: Plan) -> str:
    """One ``.transform_…`` call; empty for what is no transform."""
    known = {selection.name for selection in plan.selections}
    rest = dict(step)
    key = next(iter(rest))
    value = rest.pop(key)
    more = ""
    if "groupby" in rest:
        more += f", groupby={_py(rest['groupby'])}"
    if key == "window":
        sort = rest.get("sort") or []
        fields = ", ".join(
            f'alt.SortField({_py(name[1:])}, order="descending")'
            if name.startswith("-")
            else f'{{"field": {_py(name)}}}'
            for name in sort
        )
        more = (f", sort=[{fields}]" if sort else "") + more
        if "frame" in rest:
            more += f", frame={_py(list(rest['frame']))}"
        return f".transform_window({_named(value)}{more})"
    if key in {"joinaggregate", "aggregate"}:
        return f".transform_{key}({_named(value)}{more})"
    if key == "calculate":
        return f".transform_calculate({_named(value)})"
    if key == "filter":
        return f".transform_filter({value if value in known else _py(value)})"
    if key == "fold":
        return f".transform_fold({_py(list(value))}, as_={_py(list(rest['as']))})"
    if key == "density":
        extra = "".join(
            f", {k}={_py(rest[k])}" for k in ("extent", "bandwidth", "counts", "steps") if k in rest
        )
        named = f", as_={_py(list(rest['as']))}" if "as" in rest else ""
        return f".transform_density({_py(value)}{named}{more}{extra})"
    if key in {"regression", "loess"}:
        method = f", method={_py(rest['method'])}" if "method" in rest else ""
        return f".transform_{key}({_py(rest['on'])}, {_py(value)}{method}{more})"
    if key == "quantile":
        return (
            f".transform_quantile({_py(value)}, step={_py(rest.get('step', 0.01))}, "
            f"as_={_py(list(rest['as']))}{more})"
        )
    if key == "pivot":
        return f".transform_pivot({_py(value)}, value={_py(rest['value'])}{more})"
    if key == "bin":
        return f".transform_bin({_py(list(rest['as']))}, field={_py(value)})"
    if key == "timeUnit":
        return f".transform_timeunit({_named(value)})"
    if key == "impute":
        extra = "".join(f", {k}={_py(v)}" for k, v in rest.items() if k != "groupby")
        return f".transform_impute({_py(value)}{extra}{more})"
    return ""


# ── layers, views, chart ────────────────────────────────────────────────────────────────────


def _call(name: str, arguments: list[str], indent: str) -> str:
    """``.encode(…)`` on one line when it fits, else an argument a line."""
    line = f".{name}({', '.join(arguments)})"
    if len(indent) + len(line) <= _WIDTH and len(arguments) <= 2:
        return line
    inner = "".join(f"\n{indent}    {argument}," for argument in arguments)
    return f".{name}({inner}\n{indent})"


def _layer_calls(
    layer: Layer, plan: Plan, indent: str, skip: tuple[Channel, ...] = ()
) -> list[str]:
    calls = []
    for step in layer.transforms:
        made = _transform(step, plan)
        if made:
            calls.append(made)
    options = dict(layer.options)
    if isinstance(options.get("color"), dict) and "gradient" in options["color"]:
        gradient = options.pop("color")
        stops = ", ".join(
            f"alt.GradientStop(color={_py(s['color'])}, offset={_py(s['offset'])})"
            for s in gradient["stops"]
        )
        places = ", ".join(
            f"{k}={_py(gradient[k])}" for k in ("x1", "x2", "y1", "y2") if k in gradient
        )
        written = (
            f"color=alt.Gradient(gradient={_py(gradient['gradient'])}, stops=[{stops}], {places})"
        )
        rest = _arguments(options)
        calls.append(f".mark_{layer.mark}({', '.join(p for p in (rest, written) if p)})")
    else:
        calls.append(f".mark_{layer.mark}({_arguments(options)})")
    arguments = []
    tooltips = [c for c in layer.channels if c.name == "tooltip"]
    for channel in layer.channels:
        if channel.name == "tooltip" or channel in skip:
            continue
        arguments.append(f"{channel.name}={_encoding(channel, layer, plan)}")
    if tooltips:
        tips = [_encoding(c, layer, plan) for c in tooltips]
        joined = ", ".join(tips)
        if len(tips) == 1:
            arguments.append(f"tooltip={joined}")
        elif len(joined) > 60:
            inner = "".join(f"\n{indent}        {tip}," for tip in tips)
            arguments.append(f"tooltip=[{inner}\n{indent}    ]")
        else:
            arguments.append(f"tooltip=[{joined}]")
    if arguments:
        calls.append(_call("encode", arguments, indent))
    return calls


def _properties(title: str, subtitle: str, width: int, height: int) -> str:
    parts = []
    if title and subtitle:
        parts.append(f"title=alt.Title({_py(title)}, subtitle={_py(subtitle)})")
    elif title:
        parts.append(f"title={_py(title)}")
    if width:
        parts.append(f"width={width}")
    if height:
        parts.append(f"height={height}")
    return f".properties({', '.join(parts)})" if parts else ""


def _chain(start: str, calls: list[str]) -> str:
    """A parenthesised method chain."""
    lines = "".join(f"\n    {call}" for call in [start, *calls])
    return f"({lines}\n)"


def _selection(selection: Selection) -> str:
    parts = [f"name={_py(selection.name)}"] if selection.type == "value" else []
    if selection.fields:
        parts.append(f"fields={_py(list(selection.fields))}")
    if selection.encodings:
        parts.append(f"encodings={_py(list(selection.encodings))}")
    if isinstance(selection.bind, dict):
        bind = dict(selection.bind)
        kind = {"range": "range", "select": "select", "radio": "radio", "checkbox": "checkbox"}.get(
            str(bind.pop("input", "range")), "range"
        )
        parts.append(f"bind=alt.binding_{kind}({_arguments(bind)})")
    elif selection.bind:
        parts.append(f"bind={_py(selection.bind)}")
    if selection.value is not None:
        parts.append(f"value={_py(selection.value)}")
    if selection.options:
        parts.append(_arguments(selection.options))
    maker = {"interval": "selection_interval", "point": "selection_point"}.get(
        selection.type, "param"
    )
    return f"{selection.name} = alt.{maker}({', '.join(parts)})"


def _start(layer: Layer, view: View, lines: list[str]) -> str:
    """The chart of a layer's rows: those of the query, or its own, written once for its view."""
    if layer.data:
        sharing = [each for each in view.layers if each.data == layer.data]
        if len(sharing) == 1:
            return f"alt.Chart(pd.DataFrame({_py(layer.data)}))"
        inner = "".join(f"\n    {_py(k)}: {_py(v)}," for k, v in layer.data.items())
        statement = f"rows = pd.DataFrame({{{inner}\n}})"
        if statement not in lines:
            lines.append(statement)
        return "alt.Chart(rows)"
    return "alt.Chart(df)"


def _view(view: View, plan: Plan, name: str) -> tuple[list[str], str]:
    """Statements, and the expression of a view without its properties."""
    lines: list[str] = []
    chosen = [s for s in plan.selections if s.name in view.selections and not _is_zoom(s)]
    repeat = next(
        (s["repeat"] for layer in view.layers for s in layer.transforms if "repeat" in s), None
    )
    zoom = [s for s in plan.selections if s.name in view.selections and _is_zoom(s)]
    facets = list(
        {c.name: c for la in view.layers for c in la.channels if c.name in _FACETS}.values()
    )
    layered = len(view.layers) > 1
    names: list[str] = []
    unseen = [
        any(c.name == "opacity" and c.value == 0 for c in la.channels)
        or any("pivot" in step for step in la.transforms)
        for la in view.layers
    ]
    carrier = unseen.index(True) if any(unseen) else 0  # marks that are only there to be pointed at
    for index, layer in enumerate(view.layers):
        skip = tuple(c for c in layer.channels if c.name in _FACETS) if layered else ()
        calls = _layer_calls(layer, plan, "    ", skip)
        if index == carrier and chosen:
            calls.append(f".add_params({', '.join(s.name for s in chosen)})")
        if not layered:
            if repeat is not None:
                calls.append(_properties("", "", plan.width, plan.height))
                calls.append(f".repeat({_arguments(repeat)})")
            if zoom:
                calls.append(".interactive()")
            return lines, _chain(_start(layer, view, lines), [c for c in calls if c])
        part = _layer_name(layer, names)
        names.append(part)
        start = _start(layer, view, lines)
        lines.append(f"{part} = {_chain(start, calls)}")
    expression = f"alt.layer({', '.join(names)})"
    if facets:
        wrapped = ", ".join(f"{c.name}={_encoding(c, view.layers[0], plan)}" for c in facets[:2])
        expression = f"alt.layer({', '.join(names)}).facet({wrapped})"
    if view.resolve:
        expression += f".resolve_scale({_arguments(view.resolve)})"
    if zoom:
        expression += ".interactive()"
    return lines, expression


_FACETS = frozenset({"row", "column", "facet"})


def _is_zoom(selection: Selection) -> bool:
    return selection.bind == "scales"


def _layer_name(layer: Layer, taken: list[str]) -> str:
    plural = {
        "bar": "bars", "line": "line", "point": "points", "circle": "points", "rule": "rule",
        "text": "labels", "area": "area", "arc": "slices", "rect": "cells", "tick": "ticks",
        "errorbar": "error_bars", "errorband": "band", "boxplot": "boxes", "square": "points",
    }  # fmt: skip
    name = base = plural.get(layer.mark, layer.mark)
    number = 2
    while name in taken:
        name = f"{base}_{number}"
        number += 1
    return name


def write_altair(plan: Plan) -> str:
    """Write Altair code for a plan.

    The code starts from the pandas frame ``df`` and leaves the chart in ``chart``.
    """
    lines: list[str] = []
    shown = [s for s in plan.selections if not _is_zoom(s)]
    lines += [_selection(selection) for selection in shown]
    if shown:
        lines.append("")
    single = len(plan.views) <= 1
    view = plan.views[0] if plan.views else View(layers=(Layer("bar"),))
    if single:
        statements, expression = _view(view, plan, "chart")
        lines += statements
        repeats = any("repeat" in step for layer in view.layers for step in layer.transforms)
        width, height = (
            (0, 0) if repeats else (plan.width or view.width, plan.height or view.height)
        )
        faceted = any(c.name in _FACETS for layer in view.layers for c in layer.channels)
        if faceted and len(view.layers) > 1:
            width = height = 0
        properties = _properties(plan.title or view.title, plan.subtitle, width, height)
        lines.append(_finished(expression, properties, plan.config))
    else:
        names = []
        for index, each in enumerate(plan.views, start=1):
            statements, expression = _view(each, plan, f"view_{index}")
            lines += statements
            properties = _properties(
                each.title, "", each.width or plan.width, each.height or plan.height
            )
            lines.append(
                f"view_{index} = " + _attach(expression, [properties] if properties else [])
            )
            names.append(f"view_{index}")
        maker = "vconcat" if plan.arrangement == "vconcat" else "hconcat"
        expression = f"alt.{maker}({', '.join(names)})"
        if plan.arrangement == "marginal":
            expression = "alt.vconcat(view_2, alt.hconcat(view_1, view_3))"
        lines.append(
            _finished(expression, _properties(plan.title, plan.subtitle, 0, 0), plan.config)
        )
    return "\n".join(lines) + "\n"


def _attach(expression: str, calls: list[str]) -> str:
    """Add calls to a chain or to a plain expression."""
    if not calls:
        return expression
    if expression.startswith("(") and expression.endswith("\n)"):
        return expression[:-2] + "".join(f"\n    {call}" for call in calls) + "\n)"
    return expression + "".join(calls)


def _finished(expression: str, properties: str, config: dict[str, Any]) -> str:
    calls = [properties] if properties else []
    for section, values in config.items():
        if isinstance(values, dict):
            calls.append(f".configure_{section}({_arguments(values)})")
    return "chart = " + _attach(expression, calls)
