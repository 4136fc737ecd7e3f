"""From a chart plan to Matplotlib code."""

from __future__ import annotations

from typing import Any

from multivis.offline.frame_code import frame_statements, py, sort_statement
from multivis.offline.plan import Channel, Layer, Plan

__all__ = ["write_matplotlib"]


def _parts(layer: Layer) -> tuple[Channel | None, Channel | None, bool]:
    """Category channel, value channel, and whether the marks lie."""
    x, y = layer.channel("x"), layer.channel("y")
    if x is not None and y is not None and x.kind == "quantitative" and y.kind != "quantitative":
        return y, x, True
    return x, y, False


def _color(layer: Layer) -> str:
    color = layer.options.get("color")
    return f", color={py(color)}" if isinstance(color, str) else ""


def _pivot(category: Channel, value: Channel, color: Channel) -> str:
    return (
        f"wide = df.pivot_table(index={py(category.field)}, columns={py(color.field)}, "
        f'values={py(value.field)}, aggfunc="sum", sort=False)'
    )


def _bar(layer: Layer) -> list[str]:
    category, value, lying = _parts(layer)
    color = layer.channel("color")
    if (category is not None and category.bin >= 0) or (value is not None and value.bin >= 0):
        return _histogram(layer)
    if category is None or value is None or not category.field or not value.field:
        field = value.field if value is not None else None
        return [f'ax.bar([""], [df[{py(field)}].sum()])'] if field else ["ax.bar([], [])"]
    kind = "barh" if lying else "bar"
    split = color is not None and color.field not in {category.field, value.field, None}
    lines = [line for line in [sort_statement(category, value)] if line]
    if split and color is not None:
        lines.append(_pivot(category, value, color))
        stacked = layer.channel("xOffset") is None and layer.channel("yOffset") is None
        if value.stack == "normalize":
            lines.append("wide = wide.div(wide.sum(axis=1), axis=0)")
        lines.append(f"wide.plot(kind={py(kind)}, stacked={stacked}, ax=ax)")
        lines.append(f"ax.legend(title={py(color.title or color.field or '')})")
    else:
        lines.append(
            f"ax.{kind}(df[{py(category.field)}].astype(str), df[{py(value.field)}]{_color(layer)})"
        )
    if lying:
        lines.append("ax.invert_yaxis()")
    else:
        lines.append('ax.tick_params(axis="x", rotation=45)')
    return lines


def _histogram(layer: Layer) -> list[str]:
    binned = next(c for c in layer.channels if c.bin >= 0)
    color = layer.channel("color")
    count = binned.bin or 10
    if color is not None and color.field and color.field != binned.field:
        return [
            f"for name, rows in df.groupby({py(color.field)}):",
            f"    ax.hist(rows[{py(binned.field)}].dropna(), bins={count}, alpha=0.6, "
            f"label=str(name))",
            f"ax.legend(title={py(color.title or color.field)})",
        ]
    return [
        f'ax.hist(df[{py(binned.field)}].dropna(), bins={count}, edgecolor="white"{_color(layer)})'
    ]


def _series(layer: Layer, draw: str) -> list[str]:
    """One series, or one for each colour; `draw` is the call with ``rows``."""
    color = layer.channel("color")
    if color is not None and color.field and color.kind != "quantitative":
        return [
            f"for name, rows in df.groupby({py(color.field)}, sort=False):",
            f"    {draw[:-1]}, label=str(name))",
            f"ax.legend(title={py(color.title or color.field)})",
        ]
    return [draw.replace("rows[", "df[")[:-1] + _color(layer) + ")"]


def _time(lines: list[str], channel: Channel) -> list[str]:
    """Dates as dates."""
    if channel.kind != "temporal" or not channel.field:
        return lines
    made = f"df[{py(channel.field)}] = pd.to_datetime(df[{py(channel.field)}])"
    return ["df = df.copy()", made, *lines]


def _line(layer: Layer) -> list[str]:
    x, y = layer.channel("x"), layer.channel("y")
    if x is None or y is None:
        return ["ax.plot([], [])"]
    style = ""
    if layer.options.get("point"):
        style += ', marker="o"'
    if str(layer.options.get("interpolate", "")).startswith("step"):
        style += ', drawstyle="steps-post"'
    text = ".astype(str)" if x.kind == "nominal" else ""
    draw = f"ax.plot(rows[{py(x.field)}]{text}, rows[{py(y.field)}]{style})"
    lines = [f"df = df.sort_values({py(x.field)})"] if x.sort == "" and x.kind != "nominal" else []
    return _time([*lines, *_series(layer, draw), 'ax.tick_params(axis="x", rotation=45)'], x)


def _area(layer: Layer) -> list[str]:
    x, y, color = layer.channel("x"), layer.channel("y"), layer.channel("color")
    if x is None or y is None:
        return ["ax.plot([], [])"]
    if color is not None and color.field:
        lines = [_pivot(x, y, color) + ".fillna(0).sort_index()"]
        if y.stack == "normalize":
            lines.append("wide = wide.div(wide.sum(axis=1), axis=0)")
        lines.append(
            "ax.stackplot(wide.index, wide.T.values, labels=[str(c) for c in wide.columns])"
        )
        lines.append(f"ax.legend(title={py(color.title or color.field)})")
        return _time(lines, x)
    step = ', step="post"' if str(layer.options.get("interpolate", "")).startswith("step") else ""
    draw = f"ax.fill_between(df[{py(x.field)}], df[{py(y.field)}]{step}, alpha=0.7{_color(layer)})"
    order = [f"df = df.sort_values({py(x.field)})"] if x.kind != "nominal" else []
    return _time([*order, draw, 'ax.tick_params(axis="x", rotation=45)'], x)


def _points(layer: Layer) -> list[str]:
    x, y = layer.channel("x"), layer.channel("y")
    if x is None or y is None:
        return ["ax.scatter([], [])"]
    color, size = layer.channel("color"), layer.channel("size")
    more = ""
    if size is not None and size.field:
        more += f", s=20 + 300 * rows[{py(size.field)}] / df[{py(size.field)}].max()"
    if color is not None and color.field and color.kind == "quantitative":
        draw = f"ax.scatter(df[{py(x.field)}], df[{py(y.field)}], c=df[{py(color.field)}]{more})"
        return [
            "points = " + draw.replace("rows[", "df["),
            f"fig.colorbar(points, ax=ax, label={py(color.title or color.field)})",
        ]
    x_text = ".astype(str)" if x.kind == "nominal" else ""
    y_text = ".astype(str)" if y.kind == "nominal" else ""
    draw = f"ax.scatter(rows[{py(x.field)}]{x_text}, rows[{py(y.field)}]{y_text}{more})"
    return _series(layer, draw)


def _pie(layer: Layer) -> list[str]:
    theta, color = layer.channel("theta"), layer.channel("color")
    if theta is None or not theta.field:
        return ["ax.pie([1])"]
    labels = (
        f", labels=df[{py(color.field)}].astype(str)" if color is not None and color.field else ""
    )
    hole = ', wedgeprops={"width": 0.4}' if layer.options.get("innerRadius") else ""
    return [f'ax.pie(df[{py(theta.field)}]{labels}, autopct="%.0f%%"{hole})', 'ax.axis("equal")']


def _heat(layer: Layer) -> list[str]:
    x, y, color = layer.channel("x"), layer.channel("y"), layer.channel("color")
    if x is None or y is None:
        return ["ax.imshow([[0]])"]
    if x.bin >= 0:
        bins = f"({x.bin or 20}, {y.bin or 20})" if y.bin >= 0 else str(x.bin or 20)
        return [
            f"counts = ax.hist2d(df[{py(x.field)}], df[{py(y.field)}], bins={bins})",
            'fig.colorbar(counts[3], ax=ax, label="Count")',
        ]
    field = color.field if color is not None else None
    label = (color.title or field or "") if color is not None else ""
    scheme = (color.scale.get("scheme") if color is not None else None) or "viridis"
    cmap = _COLOUR_MAPS.get(str(scheme), "viridis")
    return [
        f"wide = df.pivot_table(index={py(y.field)}, columns={py(x.field)}, values={py(field)}, "
        'aggfunc="sum")',
        f'cells = ax.imshow(wide.values, aspect="auto", cmap={py(cmap)})',
        "ax.set_xticks(range(len(wide.columns)), [str(c) for c in wide.columns], rotation=45)",
        "ax.set_yticks(range(len(wide.index)), [str(i) for i in wide.index])",
        f"fig.colorbar(cells, ax=ax, label={py(label)})",
    ]


_COLOUR_MAPS = {
    "blues": "Blues", "greens": "Greens", "reds": "Reds", "oranges": "Oranges",
    "purples": "Purples", "greys": "Greys", "viridis": "viridis", "magma": "magma",
    "inferno": "inferno", "plasma": "plasma", "greenblue": "GnBu", "redblue": "RdBu",
}  # fmt: skip


def _box(layer: Layer) -> list[str]:
    category, value, lying = _parts(layer)
    if value is None or not value.field:
        return ["ax.boxplot([])"]
    orientation = ', orientation="horizontal"' if lying else ""
    if category is None or not category.field:
        return [f"ax.boxplot(df[{py(value.field)}].dropna(){orientation})"]
    return [
        f"groups = {{str(k): g[{py(value.field)}].dropna() "
        f"for k, g in df.groupby({py(category.field)})}}",
        f"ax.boxplot(list(groups.values()), tick_labels=list(groups){orientation})",
        *([] if lying else ['ax.tick_params(axis="x", rotation=45)']),
    ]


def _strip(layer: Layer) -> list[str]:
    x, y = layer.channel("x"), layer.channel("y")
    if x is not None and y is None and x.field:
        return [
            f'ax.plot(df[{py(x.field)}], [0] * len(df), "|", markersize=20)',
            "ax.set_yticks([])",
        ]
    return _points(layer)


_MARKS = {
    "bar": _bar, "line": _line, "trail": _line, "area": _area, "point": _points,
    "circle": _points, "square": _points, "arc": _pie, "rect": _heat, "boxplot": _box,
    "tick": _strip, "rule": _bar, "errorbar": _box, "errorband": _line, "text": _points,
}  # fmt: skip


def _density(layer: Layer) -> list[str] | None:
    step = next((s for s in layer.transforms if "density" in s), None)
    if step is None:
        return None
    by = (step.get("groupby") or [None])[0]
    if by is None:
        return [f"ax.violinplot(df[{py(step['density'])}].dropna())"]
    return [
        f"groups = {{str(k): g[{py(step['density'])}].dropna() for k, g in df.groupby({py(by)})}}",
        "ax.violinplot(list(groups.values()), showmedians=True)",
        "ax.set_xticks(range(1, len(groups) + 1), list(groups), rotation=45)",
    ]


def _overlay(base: Layer, layer: Layer) -> list[str]:
    x, y = layer.channel("x"), layer.channel("y")
    color = layer.options.get("color", "red")
    if layer.mark == "rule" and (x is None or y is None):
        channel, call = (y, "axhline") if y is not None else (x, "axvline")
        if channel is None or not channel.field:
            return []
        statistic = f"df[{py(channel.field)}].{channel.aggregate or 'mean'}()"
        return [f"ax.{call}({statistic}, color={py(color)})"]
    if layer.mark == "text" and base.mark == "bar":
        shown = layer.channel("text")
        style = (
            f", fmt={py('{:' + shown.format + '}')}" if shown is not None and shown.format else ""
        )
        return ["for container in ax.containers:", f"    ax.bar_label(container{style})"]
    if layer.mark == "text" and base.mark in {"point", "circle"}:
        text = layer.channel("text")
        if text is None or x is None or y is None:
            return []
        return [
            f"for x, y, text in zip(df[{py(x.field)}], df[{py(y.field)}], df[{py(text.field)}]):",
            '    ax.annotate(str(text), (x, y), xytext=(5, 0), textcoords="offset points")',
        ]
    if layer.mark == "line" and x is not None and y is not None:
        if any("regression" in s or "loess" in s for s in layer.transforms):
            return [
                f"slope, intercept = np.polyfit(df[{py(x.field)}], df[{py(y.field)}], 1)",
                f"ends = np.array([df[{py(x.field)}].min(), df[{py(x.field)}].max()])",
                'ax.plot(ends, intercept + slope * ends, color="red")',
            ]
        return [
            "second = ax.twinx()",
            f"second.plot(df[{py(x.field)}].astype(str), df[{py(y.field)}], color={py(color)})",
            f"second.set_ylabel({py(y.title or y.field or '')})",
        ]
    return []


def _titles(layer: Layer, title: str) -> list[str]:
    lines = []
    if layer.mark != "arc":
        for name in ("x", "y"):
            channel = layer.channel(name)
            text = (channel.title or channel.field or "") if channel is not None else ""
            if text:
                lines.append(f"ax.set_{name}label({py(text)})")
            if channel is not None and channel.scale.get("type") in {"log", "symlog"}:
                lines.append(f"ax.set_{name}scale({py(channel.scale['type'])})")
    if title:
        lines.append(f"ax.set_title({py(title)})")
    return lines


def write_matplotlib(plan: Plan) -> str:
    """Write Matplotlib code for a plan.

    The code starts from the pandas frame ``df`` and leaves the figure in ``chart``. With
    several views the first one is drawn; a facet becomes one axis for each value.
    """
    base = plan.layers[0] if plan.layers else Layer("bar")
    statements, layer = frame_statements(base)
    body = _density(base) or _MARKS.get(layer.mark, _bar)(layer)
    facet = next(
        (c for c in layer.channels if c.name in {"row", "column", "facet"} and c.field), None
    )
    overlays: list[str] = []
    for over in plan.layers[1:]:
        overlays += _overlay(layer, over)
    lines = ["import matplotlib.pyplot as plt"]
    if any("np." in line for line in overlays):
        lines.append("import numpy as np")
    if any("pd." in line for line in body):
        lines.append("import pandas as pd")
    lines += ["", *statements]
    width = (plan.width or 640) / 100
    height = (plan.height or 480) / 100
    if facet is not None and facet.field:
        lines += _facets(facet, layer, body, plan, (width, height))
    else:
        lines.append(f"fig, ax = plt.subplots(figsize=({width:g}, {height:g}))")
        lines += [*body, *overlays, *_titles(layer, plan.title)]
    lines += ["fig.tight_layout()", "chart = fig"]
    return "\n".join(lines) + "\n"


def _facets(
    facet: Channel, layer: Layer, body: list[str], plan: Plan, size: tuple[float, float]
) -> list[str]:
    rows = facet.name == "row"
    shape = "len(panels), 1" if rows else "1, len(panels)"
    stretch: Any = (
        f"({size[0]:g}, 2.5 * len(panels))" if rows else f"(4 * len(panels), {size[1]:g})"
    )
    lines = [
        f"panels = list(df.groupby({py(facet.field)}))",
        f"fig, axes = plt.subplots({shape}, figsize={stretch}, squeeze=False, sharey=True)",
        "for ax, (panel, df) in zip(axes.flat, panels):",
    ]
    inner = [*body, *_titles(layer, ""), "ax.set_title(str(panel))"]
    lines += [f"    {line}" for line in inner]
    if plan.title:
        lines.append(f"fig.suptitle({py(plan.title)})")
    return lines
