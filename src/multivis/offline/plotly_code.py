"""From a chart plan to Plotly code."""

from __future__ import annotations

from typing import Any

from multivis.offline.frame_code import frame_statements, py
from multivis.offline.plan import Channel, Layer, Plan

__all__ = ["write_plotly"]

_BAR_MODES = {"normalize": "relative", "none": "overlay"}


def _field(layer: Layer, name: str) -> str | None:
    channel = layer.channel(name)
    return channel.field if channel is not None else None


def _labels(layer: Layer) -> dict[str, str]:
    """Column → what people read."""
    return {
        c.field: c.title for c in layer.channels
        if c.field and c.title and c.name not in {"tooltip"}
    }  # fmt: skip


def _common(layer: Layer, plan: Plan, names: tuple[str, ...]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    keys = {"x": "x", "y": "y", "color": "color", "size": "size", "shape": "symbol",
            "row": "facet_row", "column": "facet_col", "facet": "facet_col"}  # fmt: skip
    for name in names:
        field = _field(layer, name)
        if field:
            arguments[keys[name]] = field
    tips = [c.field for c in layer.channels if c.name == "tooltip" and c.field]
    if tips:
        arguments["hover_data"] = list(dict.fromkeys(tips))
    labels = _labels(layer)
    if labels:
        arguments["labels"] = labels
    if plan.title:
        arguments["title"] = plan.title
    color = layer.options.get("color")
    if isinstance(color, str) and "color" not in arguments:
        arguments["color_discrete_sequence"] = [color]
    scheme = (layer.channel("color") or Channel("color")).scale.get("range")
    if scheme:
        arguments["color_discrete_sequence"] = list(scheme)
    return arguments


def _call(function: str, arguments: dict[str, Any]) -> str:
    inner = "".join(f"\n    {name}={py(value)}," for name, value in arguments.items())
    return f"chart = px.{function}(\n    df,{inner}\n)"


_ALL = ("x", "y", "color", "row", "column", "facet")


def _bar(layer: Layer, plan: Plan) -> list[str]:
    x, y = layer.channel("x"), layer.channel("y")
    arguments = _common(layer, plan, _ALL)
    binned = next((c for c in (x, y) if c is not None and c.bin >= 0), None)
    if binned is not None:
        other = "y" if binned is x else "x"
        arguments.pop(other, None)
        if binned.bin:
            arguments["nbins"] = binned.bin
        return [_call("histogram", arguments)]
    stack = next((c.stack for c in (x, y) if c is not None and c.stack), "")
    if layer.channel("xOffset") or layer.channel("yOffset"):
        arguments["barmode"] = "group"
    elif stack == "none":
        arguments["barmode"] = "overlay"
    if x is not None and y is not None and x.kind == "quantitative" and y.kind != "quantitative":
        arguments["orientation"] = "h"
    lines = [_call("bar", arguments)]
    if stack == "normalize":
        lines.append('chart.update_layout(barnorm="percent")')
    return lines


def _line(layer: Layer, plan: Plan) -> list[str]:
    arguments = _common(layer, plan, _ALL)
    if layer.options.get("point"):
        arguments["markers"] = True
    shape = str(layer.options.get("interpolate", ""))
    if shape.startswith("step"):
        arguments["line_shape"] = "hv"
    elif shape:
        arguments["line_shape"] = "spline"
    return [_call("line", arguments)]


def _area(layer: Layer, plan: Plan) -> list[str]:
    arguments = _common(layer, plan, _ALL)
    y = layer.channel("y")
    if y is not None and y.stack == "normalize":
        arguments["groupnorm"] = "percent"
    if str(layer.options.get("interpolate", "")).startswith("step"):
        arguments["line_shape"] = "hv"
    return [_call("area", arguments)]


def _points(layer: Layer, plan: Plan) -> list[str]:
    return [_call("scatter", _common(layer, plan, (*_ALL, "size", "shape")))]


def _pie(layer: Layer, plan: Plan) -> list[str]:
    arguments = _common(layer, plan, ())
    arguments = {"names": _field(layer, "color"), "values": _field(layer, "theta"), **arguments}
    if layer.options.get("innerRadius"):
        arguments["hole"] = 0.5
    return [_call("pie", {k: v for k, v in arguments.items() if v is not None})]


def _heat(layer: Layer, plan: Plan) -> list[str]:
    x, y, color = layer.channel("x"), layer.channel("y"), layer.channel("color")
    arguments = _common(layer, plan, ("x", "y"))
    if color is not None and color.field:
        arguments["z"] = color.field
        arguments["histfunc"] = "sum"
    for name, channel in (("nbinsx", x), ("nbinsy", y)):
        if channel is not None and channel.bin > 0:
            arguments[name] = channel.bin
    lines = [_call("density_heatmap", arguments)]
    if color is not None and color.title:
        lines.append(f"chart.update_layout(coloraxis_colorbar_title_text={py(color.title)})")
    return lines


def _box(layer: Layer, plan: Plan) -> list[str]:
    return [_call("box", _common(layer, plan, _ALL))]


def _strip(layer: Layer, plan: Plan) -> list[str]:
    return [_call("strip", _common(layer, plan, _ALL))]


_MARKS = {
    "bar": _bar, "line": _line, "trail": _line, "area": _area, "point": _points,
    "circle": _points, "square": _points, "arc": _pie, "rect": _heat, "boxplot": _box,
    "tick": _strip, "rule": _bar, "errorbar": _box, "errorband": _line, "text": _points,
}  # fmt: skip


def _density(layer: Layer, plan: Plan) -> list[str] | None:
    """A density is drawn as a violin, which computes it from the rows."""
    step = next((s for s in layer.transforms if "density" in s), None)
    if step is None:
        return None
    by = (step.get("groupby") or [None])[0]
    arguments: dict[str, Any] = {"y": step["density"]}
    if by:
        arguments |= {"x": by, "color": by}
    arguments["labels"] = _labels(layer)
    if plan.title:
        arguments["title"] = plan.title
    return [_call("violin", arguments)]


def _overlays(base: Layer, layers: tuple[Layer, ...]) -> list[str]:
    """Rules, labels, trend lines and second measures over the first layer."""
    lines: list[str] = []
    for layer in layers:
        y, x = layer.channel("y"), layer.channel("x")
        if layer.mark == "rule" and (y is None or x is None):
            channel, call = (y, "add_hline") if y is not None else (x, "add_vline")
            if channel is None or not channel.field:
                continue
            axis = "y" if channel is y else "x"
            statistic = f"df[{py(channel.field)}].{channel.aggregate or 'mean'}()"
            color = layer.options.get("color", "red")
            lines.append(f"chart.{call}({axis}={statistic}, line_color={py(color)})")
        elif layer.mark == "text":
            text = layer.channel("text")
            if text is not None and text.field and base.mark == "bar":
                shown = f"%{{value:{text.format}}}" if text.format else "%{value}"
                lines.append(
                    f'chart.update_traces(texttemplate={py(shown)}, textposition="outside")'
                )
            elif text is not None and base.mark == "arc":
                lines.append('chart.update_traces(textinfo="label+value")')
            elif text is not None and text.field:
                lines.append(
                    f'chart.update_traces(mode="markers+text", text=df[{py(text.field)}], '
                    'textposition="middle right")'
                )
        elif layer.mark == "line" and any(
            "regression" in s or "loess" in s for s in layer.transforms
        ):
            if x is not None and y is not None:
                lines += [
                    f"slope, intercept = np.polyfit(df[{py(x.field)}], df[{py(y.field)}], 1)",
                    f"ends = np.array([df[{py(x.field)}].min(), df[{py(x.field)}].max()])",
                    "chart.add_scatter(x=ends, y=intercept + slope * ends, "
                    'mode="lines", name="Trend")',
                ]
        elif layer.mark in {"line", "tick", "point", "circle"} and x is not None and y is not None:
            mode = "lines" if layer.mark == "line" else "markers"
            name = y.title or x.title or ""
            color = layer.options.get("color")
            extra = f", line_color={py(color)}" if color and mode == "lines" else ""
            lines.append(
                f"chart.add_scatter(x=df[{py(x.field)}], y=df[{py(y.field)}], mode={py(mode)}, "
                f"name={py(name)}, yaxis={py('y2')}{extra})"
                if base.mark == "bar" and layer.mark == "line"
                else f"chart.add_scatter(x=df[{py(x.field)}], y=df[{py(y.field)}], "
                f"mode={py(mode)}, name={py(name)}{extra})"
            )
            if base.mark == "bar" and layer.mark == "line":
                lines.append(
                    f"chart.update_layout(yaxis2={{'overlaying': 'y', 'side': 'right', "
                    f"'title': {{'text': {py(name)}}}}})"
                )
    return lines


def _axes(layer: Layer) -> list[str]:
    lines = []
    for name in ("x", "y"):
        channel = layer.channel(name)
        if channel is None:
            continue
        if channel.scale.get("type") == "log":
            lines.append(f'chart.update_{name}axes(type="log")')
        if channel.scale.get("zero") is False and channel.kind == "quantitative":
            lines.append(f'chart.update_{name}axes(rangemode="normal")')
        if isinstance(channel.sort, str) and channel.sort.lstrip("-") in {"x", "y"}:
            order = "total descending" if channel.sort.startswith("-") else "total ascending"
            if name == "y":  # Plotly counts the y axis from the bottom
                order = "total ascending" if "desc" in order else "total descending"
            lines.append(f"chart.update_{name}axes(categoryorder={py(order)})")
        elif channel.sort == "ascending":
            lines.append(f'chart.update_{name}axes(categoryorder="category ascending")')
        elif channel.kind in {"nominal", "ordinal"} and layer.mark in {"bar", "boxplot", "rect"}:
            lines.append(f'chart.update_{name}axes(type="category")')
        if channel.axis.get("format") == ".0%":
            lines.append(f'chart.update_{name}axes(tickformat=".0%")')
        if channel.title and channel.aggregate == "count":
            lines.append(f"chart.update_{name}axes(title_text={py(channel.title)})")
    return lines


def write_plotly(plan: Plan) -> str:
    """Write Plotly code for a plan.

    The code starts from the pandas frame ``df`` and leaves the figure in ``chart``. With
    several views the first one is drawn.
    """
    layers = plan.layers
    base = layers[0] if layers else Layer("bar")
    density = _density(base, plan)
    statements, layer = frame_statements(base)
    lines = ["import plotly.express as px", ""]
    if density is not None:
        body = density
        overlays: list[str] = []
    else:
        body = [*statements, *_MARKS.get(layer.mark, _bar)(layer, plan)]
        overlays = _overlays(layer, layers[1:])
        body += _axes(layer)
    if any("np." in line for line in overlays):
        lines.insert(0, "import numpy as np")
    lines += [*body, *overlays]
    opacity = base.options.get("opacity")
    if isinstance(opacity, (int, float)) and opacity < 1 and base.mark != "arc":
        lines.append(f"chart.update_traces(opacity={opacity})")
    size = {k: v for k, v in (("width", plan.width), ("height", plan.height)) if v}
    if size:
        lines.append("chart.update_layout(" + ", ".join(f"{k}={v}" for k, v in size.items()) + ")")
    return "\n".join(lines) + "\n"
