"""Random charts of every kind the reader knows, drawn in the default look of three libraries.

A chart is its numbers; `draw` makes the picture. Numbers depend on kind and seed alone, so the
three looks show the same data (quartiles follow each library's own rule).
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

KINDS = (
    "bar", "horizontal bar", "grouped bar", "stacked bar", "line", "line with points", "scatter",
    "area", "pie", "donut", "histogram", "box", "heat map",
)  # fmt: skip
LOOKS = ("plotly", "altair", "matplotlib")

_PLACES = (
    "North", "South", "East", "West", "Berlin", "Lyon", "Porto", "Oslo", "Quito", "Lima", "Accra",
    "Cairo", "Delhi", "Osaka", "Perth", "Turin",
)  # fmt: skip
_NAMES = ("Ann", "Bob", "Copper", "Silver", "Gold", "Online", "Shop", "2021", "2022", "Model A",
          "Model B", "Import", "Export", "Wind", "Solar", "Hydro")  # fmt: skip
_TITLES = ("", "Sales by region", "Output of the year", "Load and yield", "What was sold")
_ABOUT = ("", "Sales", "Amount (t)", "Price in EUR", "Speed [m/s]")


@dataclass
class Chart:
    """What a chart shows.

    Attributes:
        kind: One of `KINDS`.
        x: Categories or positions that all series share.
        series: Name to values; for a scatter plot name to (x, y) pairs; for boxes and
            histograms name to raw values; for a heat map row name to values.
        title, x_title, y_title: Texts, empty when absent.
        edges: Of the bins of a histogram.
        dates: Whether `x` are days.
        size, scale: Width and height of the picture as the library counts, and pixels per unit.
    """

    kind: str
    x: list[Any]
    series: dict[str, list[Any]]
    title: str = ""
    x_title: str = ""
    y_title: str = ""
    edges: list[float] = field(default_factory=list)
    dates: bool = False
    lying: bool = False
    size: tuple[int, int] | None = None
    scale: float = 1.0


def make_chart(kind: str, seed: int) -> Chart:
    """Random numbers for one chart.

    Args:
        kind: One of `KINDS`.
        seed: The same seed gives the same chart.
    """
    chance = random.Random(f"reader/{kind}/{seed}")
    chart = _NUMBERS[kind](chance)
    chart.kind = kind
    chart.title = chance.choice(_TITLES)
    if kind not in ("pie", "donut"):
        chart.x_title, chart.y_title = chance.choice(_ABOUT), chance.choice(_ABOUT)
    chart.scale = chance.choice((1.0, 2.0))
    chart.size = chance.choice((None, (480, 360), (720, 480)))
    return chart


def _amounts(chance: random.Random, count: int, *, negative: float = 0.0) -> list[float]:
    """Values of one magnitude, with two or three digits."""
    magnitude = 10.0 ** chance.choice((0, 1, 2, 3, 4))
    values = [round(magnitude * chance.uniform(0.08, 1.0), 2) for _ in range(count)]
    if chance.random() < negative:
        values = [value if chance.random() < 0.7 else -value for value in values]
    return values


def _bars(chance: random.Random) -> Chart:
    count = chance.randint(3, 10)
    x = chance.sample(_PLACES, count)
    return Chart("", x, {"": _amounts(chance, count, negative=0.2)})


def _several(chance: random.Random) -> Chart:
    count, groups = chance.randint(2, 6), chance.randint(2, 4)
    flat = _amounts(chance, count * groups)
    names = chance.sample(_NAMES, groups)
    rows = {name: flat[i * count : (i + 1) * count] for i, name in enumerate(names)}
    return Chart("", chance.sample(_PLACES, count), rows, lying=chance.random() < 0.25)


def _lines(chance: random.Random) -> Chart:
    count, groups = chance.randint(5, 24), chance.randint(1, 4)
    dates = chance.random() < 0.3
    if dates:
        start = date(chance.randint(2015, 2023), chance.randint(1, 12), 1)
        step = chance.choice((1, 7, 30))
        x: list[Any] = [start + timedelta(days=step * i) for i in range(count)]
    else:
        first, step = chance.choice((0, 1, 10, 1990)), chance.choice((1, 2, 5))
        x = [first + step * i for i in range(count)]
    magnitude = 10.0 ** chance.choice((0, 1, 2, 3))
    names = chance.sample(_NAMES, groups) if groups > 1 else [""]
    rows = {name: _walk(chance, count, magnitude) for name in names}
    return Chart("", x, rows, dates=dates)


def _walk(chance: random.Random, count: int, magnitude: float) -> list[float]:
    level, values = chance.uniform(0.2, 0.9), []
    for _ in range(count):
        level = min(1.0, max(0.05, level + chance.gauss(0, 0.12)))
        values.append(round(level * magnitude, 4))
    return values


def _scatter(chance: random.Random) -> Chart:
    groups = chance.randint(1, 3)
    names = chance.sample(_NAMES, groups) if groups > 1 else [""]
    wide, tall = 10.0 ** chance.choice((0, 1, 2)), 10.0 ** chance.choice((0, 1, 3))
    rows: dict[str, list[Any]] = {}
    for name in names:
        a, b = chance.uniform(0.2, 0.8), chance.uniform(0.2, 0.8)
        rows[name] = [
            (round(wide * chance.gauss(a, 0.15), 4), round(tall * chance.gauss(b, 0.15), 4))
            for _ in range(chance.randint(12, 40))
        ]
    return Chart("", [], rows)


def _shares(chance: random.Random) -> Chart:
    count = chance.randint(2, 7)
    values = [round(chance.uniform(4, 60), 1) for _ in range(count)]
    return Chart("", chance.sample(_PLACES, count), {"": values})


def _bins(chance: random.Random) -> Chart:
    size = chance.choice((0.5, 1.0, 2.0, 5.0))
    count = chance.randint(6, 16)
    start = size * chance.randint(-3, 5)
    edges = [start + size * i for i in range(count + 1)]
    middle, spread = (edges[0] + edges[-1]) / 2, (edges[-1] - edges[0]) / 6
    raw = [chance.gauss(middle, spread) for _ in range(chance.choice((80, 200, 600)))]
    return Chart("", [], {"": [v for v in raw if edges[0] <= v < edges[-1]]}, edges=edges)


def _groups(chance: random.Random) -> Chart:
    names = chance.sample(_PLACES, chance.randint(2, 6))
    magnitude = 10.0 ** chance.choice((0, 1, 2))
    rows: dict[str, list[Any]] = {}
    for name in names:
        middle = chance.uniform(0.3, 0.7)
        spread = chance.uniform(0.05, 0.15)
        rows[name] = [
            round(magnitude * chance.gauss(middle, spread), 3)
            for _ in range(chance.choice((12, 25, 60)))
        ]
    return Chart("", names, rows)


def _cells(chance: random.Random) -> Chart:
    columns, rows = chance.randint(3, 9), chance.randint(3, 7)
    x = chance.sample(_PLACES, columns)
    flat = _amounts(chance, columns * rows)
    names = chance.sample(_NAMES, rows)
    return Chart(
        "", x, {name: flat[i * columns : (i + 1) * columns] for i, name in enumerate(names)}
    )


_NUMBERS = {
    "bar": _bars, "horizontal bar": _bars, "grouped bar": _several, "stacked bar": _several,
    "line": _lines, "line with points": _lines, "scatter": _scatter, "area": _lines,
    "pie": _shares, "donut": _shares, "histogram": _bins, "box": _groups, "heat map": _cells,
}  # fmt: skip


def draw(chart: Chart, look: str) -> bytes:
    """The picture as PNG.

    Args:
        chart: What it shows.
        look: One of `LOOKS`; Plotly's needs Chrome.
    """
    return {"plotly": draw_plotly, "altair": draw_altair, "matplotlib": draw_matplotlib}[look](
        chart
    )


# ── Plotly ──────────────────────────────────────────────────────────────────────────────────


def draw_plotly(chart: Chart) -> bytes:
    """As Plotly draws it with its default template, 700 x 500 unless the chart says otherwise."""
    import json

    import plotly.graph_objects as go

    from multivis.charts.backends import get_backend

    layout: dict[str, Any] = {}
    width, height = chart.size or (700, 500)
    layout.update(width=width, height=height)
    if chart.title:
        layout["title"] = {"text": chart.title}
    for axis, title in (("xaxis", chart.x_title), ("yaxis", chart.y_title)):
        if title:
            layout[axis] = {"title": {"text": title}}
    if chart.kind in ("grouped bar", "stacked bar"):
        layout["barmode"] = chart.kind.split()[0].replace("grouped", "group").replace(
            "stacked", "stack")  # fmt: skip
    if chart.kind == "histogram":
        layout["bargap"] = 0
    figure = json.loads(go.Figure(_plotly_traces(chart, go), layout).to_json())
    return get_backend("plotly").png(figure, scale=chart.scale)


def _plotly_traces(chart: Chart, go: Any) -> list[Any]:
    kind, x = chart.kind, chart.x
    rows = {name or None: values for name, values in chart.series.items()}
    first = next(iter(chart.series.values()))
    if kind in ("pie", "donut"):
        return [go.Pie(labels=x, values=first, hole=0.4 if kind == "donut" else 0)]
    if kind == "histogram":
        bins = {"start": chart.edges[0], "end": chart.edges[-1],
                "size": chart.edges[1] - chart.edges[0]}  # fmt: skip
        return [go.Histogram(x=first, xbins=bins)]
    if kind == "box":
        return [go.Box(y=values, name=name) for name, values in rows.items()]
    if kind == "heat map":
        return [go.Heatmap(z=list(rows.values()), x=x, y=list(rows))]
    if kind == "horizontal bar":
        return [go.Bar(y=x, x=first, orientation="h")]
    if kind in ("bar", "grouped bar", "stacked bar"):
        if chart.lying:
            return [go.Bar(y=x, x=ys, name=name, orientation="h") for name, ys in rows.items()]
        return [go.Bar(x=x, y=ys, name=name) for name, ys in rows.items()]
    if kind == "scatter":
        return [go.Scatter(x=[p[0] for p in points], y=[p[1] for p in points], name=name,
                           mode="markers") for name, points in rows.items()]  # fmt: skip
    if kind == "area":
        fill = {"stackgroup": "one"} if len(rows) > 1 else {"fill": "tozeroy"}
        return [go.Scatter(x=x, y=ys, name=name, mode="lines", **fill) for name, ys in rows.items()]
    mode = "lines+markers" if kind == "line with points" else "lines"
    return [go.Scatter(x=x, y=ys, name=name, mode=mode) for name, ys in rows.items()]


# ── Altair ──────────────────────────────────────────────────────────────────────────────────


def draw_altair(chart: Chart) -> bytes:
    """As Altair draws it with its default theme."""
    import vl_convert

    spec: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "config": {"view": {"continuousWidth": 300, "continuousHeight": 300}},
        "data": {"values": _altair_rows(chart)},
        **_altair_marks(chart),
    }
    if chart.title:
        spec["title"] = chart.title
    if chart.size is not None:
        spec["width"], spec["height"] = round(0.7 * chart.size[0]), round(0.7 * chart.size[1])
    # Categories get 20 units each: at one pixel a unit such charts are smaller than 400 px.
    scale = chart.scale if chart.size is not None else max(2.0, chart.scale)
    picture: bytes = vl_convert.vegalite_to_png(spec, scale=scale)
    return picture


def _altair_rows(chart: Chart) -> list[dict[str, Any]]:
    kind = chart.kind
    if kind == "scatter":
        return [{"name": n, "x": p[0], "y": p[1]} for n, ps in chart.series.items() for p in ps]
    if kind in ("histogram", "box"):
        return [{"name": name, "y": v} for name, values in chart.series.items() for v in values]
    xs = [day.isoformat() for day in chart.x] if chart.dates else chart.x
    return [{"name": name, "x": x, "y": y}
            for name, values in chart.series.items()
            for x, y in zip(xs, values, strict=True)]  # fmt: skip


def _altair_marks(chart: Chart) -> dict[str, Any]:
    kind = chart.kind
    x_title, y_title = chart.x_title or None, chart.y_title or None
    several = len(chart.series) > 1
    colour = {"field": "name", "type": "nominal", "sort": None}
    place = {"field": "x", "type": "nominal", "sort": None, "title": x_title}
    amount = {"field": "y", "type": "quantitative", "title": y_title}
    if kind in ("pie", "donut"):
        radius = 60 if chart.size is None else 80
        mark = {"type": "arc", "innerRadius": radius} if kind == "donut" else "arc"
        return {"mark": mark, "encoding": {
            "theta": {"field": "y", "type": "quantitative"},
            "color": {"field": "x", "type": "nominal"}}}  # fmt: skip
    if kind == "histogram":
        bins = {"step": chart.edges[1] - chart.edges[0],
                "extent": [chart.edges[0], chart.edges[-1]]}  # fmt: skip
        return {"mark": "bar", "encoding": {
            "x": {"field": "y", "bin": bins, "title": x_title},
            "y": {"aggregate": "count", "title": y_title}}}  # fmt: skip
    if kind == "box":
        return {"mark": "boxplot", "encoding": {
            "x": {**place, "field": "name"}, "y": amount,
            **({"color": {**colour, "legend": None}} if len(chart.title) % 2 else {})}}  # fmt: skip
    if kind == "heat map":
        return {"mark": "rect", "encoding": {
            "x": place, "y": {**colour, "title": y_title},
            "color": {"field": "y", "type": "quantitative"}}}  # fmt: skip
    if kind in ("bar", "horizontal bar", "grouped bar", "stacked bar"):
        across, along = ("y", "x") if kind == "horizontal bar" or chart.lying else ("x", "y")
        encoding = {across: {**place, "title": None}, along: amount}
        if several:
            encoding["color"] = colour
        if kind == "grouped bar":
            encoding[f"{across}Offset"] = colour
        return {"mark": "bar", "encoding": encoding}
    run = {"field": "x", "type": "temporal" if chart.dates else "quantitative", "title": x_title}
    encoding = {"x": run, "y": amount, **({"color": colour} if several else {})}
    marks: dict[str, Any] = {"line": "line", "area": "area", "scatter": "point",
                             "line with points": {"type": "line", "point": True}}  # fmt: skip
    return {"mark": marks[kind], "encoding": encoding}


# ── Matplotlib ──────────────────────────────────────────────────────────────────────────────


def draw_matplotlib(chart: Chart) -> bytes:
    """As Matplotlib draws it with its default style."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = (6.4, 4.8) if chart.size is None else (chart.size[0] / 100, chart.size[1] / 100)
    figure = Figure(figsize=size, dpi=100 * chart.scale)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _matplotlib_marks(chart, figure, axes)
    axes.set_title(chart.title)
    axes.set_xlabel(chart.x_title)
    axes.set_ylabel(chart.y_title)
    if chart.dates:
        figure.autofmt_xdate()
    if len(chart.series) > 1 and chart.kind not in ("box", "heat map"):
        axes.legend()
    figure.tight_layout()
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _matplotlib_marks(chart: Chart, figure: Any, axes: Any) -> None:
    kind, x = chart.kind, chart.x
    first = next(iter(chart.series.values()))
    if kind in ("pie", "donut"):
        wedge = {"width": 0.4} if kind == "donut" else {}
        inside = "%.0f%%" if len(chart.title) % 2 and kind == "pie" else None
        axes.pie(first, labels=x, wedgeprops=wedge, autopct=inside)
    elif kind == "histogram":
        axes.hist(first, bins=chart.edges)
    elif kind == "box":
        axes.boxplot(list(chart.series.values()), tick_labels=x, patch_artist=len(x) % 2 == 0)
    elif kind == "heat map":
        image = axes.imshow(list(chart.series.values()), aspect="auto")
        axes.set_xticks(range(len(x)), x, rotation=45, ha="right")
        axes.set_yticks(range(len(chart.series)), list(chart.series))
        figure.colorbar(image)
    elif kind in ("bar", "horizontal bar", "grouped bar", "stacked bar"):
        _matplotlib_bars(chart, axes)
    elif kind == "scatter":
        for name, points in chart.series.items():
            axes.scatter([p[0] for p in points], [p[1] for p in points], label=name)
    elif kind == "area":
        if len(chart.series) > 1:
            axes.stackplot(x, *chart.series.values(), labels=list(chart.series))
        else:
            axes.fill_between(x, first)
    else:
        marker = "o" if kind == "line with points" else ""
        for name, values in chart.series.items():
            axes.plot(x, values, label=name, marker=marker)


def _matplotlib_bars(chart: Chart, axes: Any) -> None:
    lying = chart.lying or chart.kind == "horizontal bar"
    count = len(chart.x)
    bar = axes.barh if lying else axes.bar
    places = list(range(count))
    below = [0.0] * count
    thick = 0.8 / len(chart.series) if chart.kind == "grouped bar" else 0.8
    for number, (name, values) in enumerate(chart.series.items()):
        if chart.kind == "grouped bar":
            bar([place + number * thick for place in places], values, thick, label=name)
        elif chart.kind == "stacked bar":
            bar(places, values, thick, label=name, **{"left" if lying else "bottom": below})
            below = [a + b for a, b in zip(below, values, strict=True)]
        else:
            bar(places, values)
    shift = (len(chart.series) - 1) * thick / 2 if chart.kind == "grouped bar" else 0.0
    middle = [place + shift for place in places]
    if lying:
        axes.set_yticks(middle, chart.x)
    else:
        axes.set_xticks(middle, chart.x)
        axes.tick_params(axis="x", labelrotation=90 if count > 6 else 0)
