"""Facts of a Plotly figure, read from its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from multivis.charts.checks.facts import ChartFacts, DrawnMark, LegendFacts

__all__ = ["plotly_facts"]

_KINDS = {
    "bar": "bar",
    "histogram": "bar",
    "waterfall": "bar",
    "funnel": "bar",
    "pie": "arc",
    "funnelarea": "arc",
    "sunburst": "arc",
    "barpolar": "arc",
    "box": "box",
    "violin": "area",
    "heatmap": "rect",
    "histogram2d": "rect",
    "contour": "rect",
    "image": "image",
    "histogram2dcontour": "rect",
    "treemap": "rect",
    "candlestick": "bar",
    "ohlc": "rule",
    "choropleth": "path",
    "choroplethmap": "path",
    "table": "text",
}


def plotly_facts(figure: Mapping[str, Any]) -> ChartFacts:
    """Read a figure's facts; typed arrays (``bdata``) are decoded."""
    layout = figure.get("layout") or {}
    traces = [t for t in figure.get("data") or [] if isinstance(t, Mapping)]
    marks = tuple(mark for trace in traces for mark in _marks(trace, layout))
    axis_titles: dict[str, tuple[str, ...]] = {}
    scales: dict[str, frozenset[str]] = {}
    domains: dict[str, tuple[float, float]] = {}
    axes: dict[str, int] = {}
    for name in ("x", "y"):
        definitions = [
            v for k, v in layout.items() if k.startswith(f"{name}axis") and isinstance(v, Mapping)
        ]
        axes[name] = max(1, len(definitions))
        axis_titles[name] = tuple(t for d in definitions if (t := _title(d)))
        scales[name] = frozenset(str(d["type"]) for d in definitions if d.get("type"))
        for definition in definitions:
            limits = definition.get("range")
            if (
                isinstance(limits, list)
                and len(limits) == 2
                and all(isinstance(v, int | float) for v in limits)
            ):
                domains[name] = (min(limits), max(limits))
    annotations = [a for a in layout.get("annotations") or [] if isinstance(a, Mapping)]
    texts = tuple(str(a.get("text", "")) for a in annotations)
    panels = len(
        {(t.get("xaxis", "x"), t.get("yaxis", "y"), str(t.get("domain", ""))) for t in traces}
    )
    return ChartFacts(
        marks=marks,
        titles=tuple(t for t in (_title(layout), *texts) if t),
        axis_titles=axis_titles,
        axes=axes,
        legends=_legends(traces, layout),
        panels=max(1, panels),
        facet_fields=tuple(t.split("=")[0] for t in texts if "=" in t)[:1],
        interactions=_interactions(layout),
        tooltip=any(t.get("hoverinfo") not in {"skip", "none"} for t in traces),
        tooltip_fields=tuple(str(t["hovertemplate"]) for t in traces if t.get("hovertemplate")),
        scales=scales,
        domains=domains,
        orders=_orders(marks, layout),
        schemes=frozenset(),
        width=_size(layout.get("width")),
        height=_size(layout.get("height")),
    )


def _size(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _title(definition: Mapping[str, Any]) -> str:
    """A title, which may be text or an object with text; markup is left out."""
    title = definition.get("title")
    text = title.get("text") if isinstance(title, Mapping) else title
    return str(text or "").replace("<b>", "").replace("</b>", "").replace("<br>", " ").strip()


def decode(value: Any) -> list[Any]:
    """An array of a figure as a list: plain, or Plotly's base64 form."""
    if isinstance(value, Mapping) and "bdata" in value:
        import base64

        import numpy as np

        array = np.frombuffer(base64.b64decode(str(value["bdata"])), dtype=str(value["dtype"]))
        shape = value.get("shape")
        if isinstance(shape, str):
            array = array.reshape([int(part) for part in shape.split(",")])
        return list(array.tolist())
    if isinstance(value, list | tuple):
        return list(value)
    return []


def _marks(trace: Mapping[str, Any], layout: Mapping[str, Any]) -> list[DrawnMark]:
    """The marks that a trace draws: a scatter trace may draw lines and points."""
    kind = str(trace.get("type", "scatter"))
    horizontal = trace.get("orientation") == "h"
    rows = _rows(trace, kind)
    colours = _colours(trace)
    channels = frozenset(key for row in rows[:1] for key in row)
    if not kind.startswith("scatter"):
        stacked = None
        if kind == "bar" and layout.get("barmode", "group") in {"stack", "relative"}:
            stacked = "normalize" if layout.get("barnorm") else "zero"
        return [
            DrawnMark(
                _KINDS.get(kind, kind),
                rows,
                len(rows),
                horizontal,
                colours,
                channels=channels,
                stacked=stacked,
            )
        ]
    mode = str(trace.get("mode") or ("lines+markers" if len(rows) < 20 else "lines"))
    if trace.get("fill") not in {None, "none"} or trace.get("stackgroup"):
        kinds = ["area"]
    else:
        kinds = [
            name
            for word, name in (("lines", "line"), ("markers", "point"), ("text", "text"))
            if word in mode
        ]
    return [
        DrawnMark(
            name,
            rows,
            min(1, len(rows)) if name in {"line", "area"} else len(rows),
            horizontal,
            colours,
            annotation=name == "text",
            channels=channels,
            stacked="zero" if trace.get("stackgroup") else None,
        )
        for name in kinds or ["point"]
    ]


def _rows(trace: Mapping[str, Any], kind: str) -> tuple[dict[str, Any], ...]:
    """Drawn rows of a trace."""
    if kind in {"pie", "funnelarea", "sunburst", "treemap"}:
        labels, values = decode(trace.get("labels")), decode(trace.get("values"))
        if not values:
            return tuple({"color": label} for label in dict.fromkeys(labels))
        labels = labels or list(range(len(values)))
        return tuple({"color": a, "theta": b} for a, b in zip(labels, values, strict=False))
    if kind in {"heatmap", "contour"}:
        x, y, z = (decode(trace.get(name)) for name in "xyz")
        return tuple(
            {"x": x[j] if j < len(x) else j, "y": y[i] if i < len(y) else i, "color": value}
            for i, line in enumerate(z)
            for j, value in enumerate(line if isinstance(line, list) else [line])
        )
    names = {"x": "x", "y": "y", "r": "theta", "theta": "x", "locations": "x", "z": "color"}
    columns = {names[n]: decode(trace.get(n)) for n in names if trace.get(n) is not None}
    length = max((len(v) for v in columns.values()), default=0)
    name = trace.get("name")
    return tuple(
        {**{c: v[i] for c, v in columns.items() if i < len(v)}, **({"color": name} if name else {})}
        for i in range(length)
    )


def _colours(trace: Mapping[str, Any]) -> frozenset[str]:
    """Fixed colours of a trace."""
    found = set()
    for part in (trace, trace.get("marker"), trace.get("line")):
        if isinstance(part, Mapping):
            for key in ("color", "colors", "fillcolor"):
                value = part.get(key)
                values = value if isinstance(value, list) else [value]
                found |= {v for v in values if isinstance(v, str)}
    return frozenset(found)


def _legends(traces: list[Mapping[str, Any]], layout: Mapping[str, Any]) -> tuple[LegendFacts, ...]:
    """The legend, when Plotly would show one."""
    shown = layout.get("showlegend")
    if shown is False:
        return ()
    named = [str(t["name"]) for t in traces if t.get("name") and t.get("showlegend") is not False]
    for trace in traces:
        if trace.get("type") == "pie" and trace.get("showlegend") is not False:
            named += [str(label) for label in decode(trace.get("labels"))]
    explicit = (
        shown
        or any(t.get("showlegend") for t in traces)
        or any(t.get("type") == "pie" for t in traces)
    )
    if not named or (len(traces) < 2 and not explicit):
        return ()
    legend = layout.get("legend") or {}
    return (LegendFacts(_title(legend), tuple(dict.fromkeys(named))),)


def _interactions(layout: Mapping[str, Any]) -> frozenset[str]:
    """Plotly zooms, hovers and toggles the legend by itself."""
    found = {"zoom", "legend", "hover", "any"}
    if layout.get("sliders") or any(
        isinstance(v, Mapping) and v.get("rangeslider") for v in layout.values()
    ):
        found.add("slider")
    if layout.get("updatemenus"):
        found.add("dropdown")
    if str(layout.get("dragmode", "")) in {"select", "lasso"}:
        found.add("brush")
    return frozenset(found)


def _orders(marks: tuple[DrawnMark, ...], layout: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Category labels in drawn order: x from left, y from the top."""
    found = {}
    for axis in ("x", "y"):
        definition = layout.get(f"{axis}axis") or {}
        values = [row.get(axis) for mark in marks for row in mark.rows]
        labels = list(dict.fromkeys(v for v in values if isinstance(v, str)))
        given = [str(v) for v in definition.get("categoryarray") or []]
        if given:
            labels = [v for v in given if v in labels] + [v for v in labels if v not in given]
        order = str(definition.get("categoryorder", ""))
        if order.startswith(("total", "category")):
            labels = _ordered(labels, marks, axis, order)
        upward = axis == "y" and definition.get("autorange") != "reversed"
        if labels:
            found[axis] = tuple(reversed(labels)) if upward else tuple(labels)
    return found


def _ordered(labels: list[str], marks: tuple[DrawnMark, ...], axis: str, order: str) -> list[str]:
    """Labels in one of Plotly's category orders."""
    other = "y" if axis == "x" else "x"
    if order.startswith("category"):
        key = {label: label for label in labels}
        return sorted(labels, key=lambda v: key[v], reverse="descending" in order)
    totals: dict[Any, float] = {}
    for mark in marks:
        for row in mark.rows:
            value = row.get(other)
            if isinstance(value, int | float):
                totals[row.get(axis)] = totals.get(row.get(axis), 0.0) + value
    return sorted(labels, key=lambda v: totals.get(v, 0.0), reverse="descending" in order)
