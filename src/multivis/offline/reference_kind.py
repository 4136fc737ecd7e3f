"""What kind of chart a reference draws, in the words in which a person would ask for it.

"Like this picture" and "use our orders in my code" name no kind of chart: the reference does.
Its kind decides which rows the question is about (every row for a scatter plot, one for each
group for bars), so it is said before the question is planned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from multivis.charts.reference import Artist, CodeFacts, View, read_code
from multivis.errors import MultiVisError

__all__ = ["has_panels", "kind_of_code", "kind_of_style", "with_kind"]


#: Families whose marks are dots or short strokes: words for one go with a reference of another.
_DOTTED = frozenset({"scatter", "bubble", "strip", "errorbar", "dumbbell"})


#: Kinds by the marks that draw them: words for these marks ("keep the bars") go with the kind.
_DRAWN_WITH = {
    "arc": {"bar"},
    "density": {"area", "line"},
    "dumbbell": {"line", "scatter"},
    "ecdf": {"line"},
    "gantt": {"bar"},
    "heatmap": {"bar"},
    "histogram": {"bar"},
    "horizon": {"area"},
    "waterfall": {"bar"},
}
_CHART = re.compile(r"chart|plot|graph")
#: "Over time" and "with a dark blue line" go with areas as well.
_EDGE = re.compile(r"over time|trend|^with an? |gradient")


def with_kind(question: str, kind: str) -> str:
    """The question, with the reference's kind of chart said at its end.

    A question that asks for another kind than the reference draws stays as it is.
    """
    from multivis.offline.adapt_errors import GIVEN_ERROR
    from multivis.offline.chart_kinds import NO_LABELS, read_chart_kind

    if not kind:
        return question
    if kind == "horizontal bar chart" and _GROUPED.search(question):
        kind = "horizontal grouped bar chart"
    if NO_LABELS.search(question):
        kind = _LABELS.sub("", kind)
    if kind == "error bar chart" and GIVEN_ERROR.search(question):
        kind = "scatter plot"  # each value has an error of its own
    named = f"Make it a {kind}."
    words, drawn = read_chart_kind(question), read_chart_kind(named).family
    asked = words.family
    part = asked in _DRAWN_WITH.get(drawn, ()) or f"{asked} " in f"{kind} ".replace("lines", "line")
    part = part or (drawn == "area" and _EDGE.search(words.name) is not None)
    called = question.lower().partition(words.name or "\n")[2].lstrip()[:6]
    marks_alone = part and not _CHART.search(f"{words.name} {called}")
    if asked and asked != drawn and not marks_alone and not {asked, drawn} <= _DOTTED:
        return question
    end = "" if question.rstrip().endswith((".", "?", "!")) else "."
    return f"{question.rstrip()}{end} {named}"


_LABELS = re.compile(r",? (?:with|and) (?:text )?labels(?: at both ends| in the cells)?$")
#: Several bars for each thing, one below another in a row of its own.
_GROUPED = re.compile(
    r"\bgrouped\b|\bside by side\b|\b(?:two|three|four|both) (?:[a-z]+ )?bars\b"
    r"|\b(?:a|one) bar for\b[^.?!]*\band (?:a|one|another)(?: bar)? for\b"
    r"|\brows? (?:are|is|for|per)\b|\b(?:each|every) row\b",
    re.I,
)


def kind_of_code(text: str) -> str:
    """The kind of chart that a script draws (``"stacked bar chart"``); empty when it is not clear.

    Args:
        text: A script that draws with Altair, Matplotlib, seaborn or Plotly.
    """
    try:
        facts = read_code(text)
    except MultiVisError:
        return ""
    if facts.view is not None:
        return _of_view(facts.view)
    return _of_statistics(text, facts) or _of_figure(facts)


def kind_of_style(style: Mapping[str, Any]) -> str:
    """The kind of chart of a style that was read from a picture.

    The form that its shapes have says more than the kind whose data could be measured.
    """
    return str(style.get("form") or style.get("kind") or "")


# ── Altair ──────────────────────────────────────────────────────────────────────────────────


#: Bars whose parts beyond a rule are drawn over them.
_BEYOND = "bar chart with the part of each bar above the threshold highlighted, and a rule at it"
_RATINGS = "bubble plot with the median as a tick and labels at both ends"


def _of_view(view: View) -> str:
    units = [unit for unit in view.units() if unit.mark is not None]
    units = [unit for unit in units if not _is_unseen(unit)] or units
    if not units:
        return ""
    marks = [unit.mark.kind for unit in units if unit.mark is not None]
    composed = view.kind in {"hconcat", "vconcat", "concat"}
    if composed and marks.count("bar") == 2 and set(marks) & {"point", "circle"}:
        return "scatter plot with marginal histograms"
    if view.kind == "repeat" and set(marks) <= {"point", "circle"}:
        return "scatter plot matrix"
    if any(_stands_around(unit) for unit in units):
        return "polar bar chart"
    if _has_slider(view) and marks[:2] == ["circle", "circle"] and _is_binned(units[1], "x"):
        return "scatter plot with a slider as threshold, where what is below it is binned"
    main = units[0]
    steps = {step.kind for unit in units for step in unit.transforms}
    computed = _operations(units)
    if "quantile" in steps:
        return "quantile-quantile plot"
    if "density" in steps:
        return _density(main)
    if {"loess", "regression"} & steps and set(marks) & {"point", "circle"}:
        return (
            "scatter plot with loess lines"
            if "loess" in steps
            else "scatter plot with a trend line"
        )
    first = marks[0]
    if first in {"rect", "image"} and _is_binned(main, "x") and _is_binned(main, "y"):
        return "2D histogram heatmap with both axes in bins"
    if first in {"rect", "image"}:
        return "heatmap with text labels in the cells" if "text" in marks else "heatmap"
    if first == "arc":
        return _arc(main, marks)
    if first == "area":
        return _area(main, marks, computed)
    if first in {"line", "trail"}:
        return _line(main, units, marks, computed)
    if first in {"errorband", "errorbar"}:
        return "line chart with a confidence band" if "line" in marks else "error bar chart"
    if first == "boxplot":
        return "box plot"
    if first == "tick":
        return "strip plot"
    if first == "bar":
        return _bar(view, main, units, marks, steps, computed)
    if first in {"point", "circle", "square"}:
        return _points(main, units, marks, computed)
    return ""


def _is_unseen(unit: View) -> bool:
    """Whether marks only catch the pointer: they are there, and nobody sees them."""
    opacity = unit.channels.get("opacity")
    return opacity is not None and opacity.value == 0 and not opacity.condition


def _has_slider(view: View) -> bool:
    """Whether a range of numbers is moved by hand."""
    own = any(
        isinstance(p.bind, Mapping) and p.bind.get("input") == "range" for p in view.parameters
    )
    return own or any(_has_slider(child) for child in view.children)


def _stands_around(unit: View) -> bool:
    """Whether bars stand around a circle: things have angles, their amounts are lengths."""
    arc = unit.mark is not None and unit.mark.kind == "arc"
    return arc and _is_discrete(unit, "theta") and _shows(unit, "radius")


def _operations(units: Iterable[View]) -> str:
    """The operations of the transforms, as text: ``"window sum(amount) calculate …"``."""
    told: list[str] = []
    for unit in units:
        for step in unit.transforms:
            told += [step.kind, *map(str, step.arguments), *map(str, step.options.values())]
    return " ".join(told)


def _shows(unit: View, name: str) -> bool:
    """Whether a channel shows something of the rows."""
    channel = unit.channels.get(name)
    return channel is not None and bool(channel.field or channel.aggregate)


def _is_binned(unit: View, name: str) -> bool:
    channel = unit.channels.get(name)
    return channel is not None and bool(channel.bin)


def _counts(unit: View, name: str) -> bool:
    channel = unit.channels.get(name)
    return channel is not None and channel.aggregate == "count"


def _is_discrete(unit: View, name: str) -> bool:
    channel = unit.channels.get(name)
    return channel is not None and channel.type in {"nominal", "ordinal"}


def _is_measured(unit: View, name: str) -> bool:
    channel = unit.channels.get(name)
    return channel is not None and (channel.type == "quantitative" or bool(channel.aggregate))


def _stacking(unit: View) -> Any:
    for name in ("y", "x", "theta"):
        channel = unit.channels.get(name)
        if channel is not None and "stack" in channel.options:
            return channel.options["stack"] or "none"
    return ""


def _options(unit: View) -> Mapping[str, Any]:
    return unit.mark.options if unit.mark is not None else {}


def _density(unit: View) -> str:
    if _options(unit).get("orient") == "horizontal" or (
        _shows(unit, "column") and _stacking(unit) == "center"
    ):
        return "violin plot"
    if _shows(unit, "row"):
        return "density plot with a row for each group"
    return "stacked density plot" if _shows(unit, "color") else "density plot"


def _arc(main: View, marks: list[str]) -> str:
    if "theta2" in main.channels and not _shows(main, "theta"):
        return "pacman chart"
    labels = " with labels" if "text" in marks else ""
    if _shows(main, "radius"):
        return f"radial chart{labels}"
    if _options(main).get("innerRadius"):
        return f"donut chart{labels}"
    return f"pie chart{labels}"


def _area(main: View, marks: list[str], computed: str) -> str:
    if marks[:2] == ["area", "area"]:
        return "horizon graph"
    if "window" in computed and ("count(" in computed or "sum(" in computed):
        return "cumulative area chart"
    if str(_options(main).get("interpolate", "")).startswith("step"):
        return "step area chart"
    if any(_shows(main, name) for name in ("row", "column", "facet")):
        return "faceted area chart"
    if _stacking(main) == "normalize":
        return "normalized stacked area chart"
    return "stacked area chart" if _shows(main, "color") else "area chart"


def _line(main: View, units: list[View], marks: list[str], computed: str) -> str:
    options = _options(main)
    if marks[0] == "trail":
        return "trail chart"
    if "bar" in marks:
        return "bar chart with a line on a separate axis"
    spans = _shows(main, "detail") and _is_discrete(main, "y") and _is_measured(main, "x")
    if spans and {"point", "circle"} & set(marks):
        return "ranged dot plot"
    if {"errorband", "area"} & set(marks):
        return "line chart with a confidence band"
    if "cume_dist" in computed:
        return "cumulative distribution plot"
    if _shows(main, "order") and _is_measured(main, "x") and _is_measured(main, "y"):
        return "connected scatter plot"
    if str(options.get("interpolate", "")).startswith("step"):
        return "step line chart"
    scale = main.channels["y"].options.get("scale") if "y" in main.channels else None
    if isinstance(scale, Mapping) and scale.get("type") == "log":
        return "line chart with a logarithmic scale"
    if options.get("point") or "point" in marks or "circle" in marks:
        return "line chart with point markers"
    return "multi-line chart" if _shows(main, "color") else "line chart"


def _bar(
    view: View, main: View, units: list[View], marks: list[str], steps: set[str], computed: str
) -> str:
    lying = _is_measured(main, "x") and _is_discrete(main, "y")
    if marks[:2] == ["bar", "bar"] and "rule" in marks and {"x2", "y2"} & set(units[1].channels):
        return _BEYOND
    if "line" in marks:
        return "bar chart with a line on a separate axis"
    if "errorbar" in marks:
        return "bar chart with error bars"
    if "tick" in marks:
        return "bar chart with tick marks"
    if _is_binned(main, "x") or _is_binned(main, "y"):
        return "histogram with a mean line" if "rule" in marks else "histogram"
    if "x2" in main.channels or "y2" in main.channels:
        return _floating(main, marks, steps, computed)
    text = " with labels" if "text" in marks else ""
    grouped = ("xOffset", "yOffset", "column", "row")
    stack = _stacking(main)
    colored = _shows(main, "color") or _shows(main, "fill")
    parted = colored and not _is_measured(main, "color")
    flat = "horizontal " if lying else ""
    if any(_shows(main, name) for name in grouped[:2]) or (
        any(_shows(main, name) for name in grouped[2:]) and not parted
    ):
        return f"{flat}grouped bar chart{text}"
    if any(_shows(main, name) for name in grouped[2:]):
        return f"{flat}faceted bar chart{text}"
    if parted and stack == "normalize":
        return f"{flat}normalized stacked bar chart{text}"
    if parted and stack == "none":
        return f"{flat}layered bar chart{text}"
    if parted:
        return f"{flat}stacked bar chart{text}"
    return f"{flat}bar chart{text}"


def _floating(main: View, marks: list[str], steps: set[str], computed: str) -> str:
    """Bars from one value to another."""
    if "window" in steps and "lead(" in computed:
        return "waterfall chart"
    if "bin" in steps:
        return "heat lane chart"
    along = main.channels.get("x")
    if along is not None and along.type == "temporal":
        return "gantt chart"
    if _shows(main, "color") and not _is_measured(main, "color"):
        return "diverging stacked bar chart"
    if "text" in marks:
        return "bar chart with a range from the minimum to the maximum, and labels"
    return "gantt chart"


def _points(main: View, units: list[View], marks: list[str], computed: str) -> str:
    if _is_binned(main, "x") and _is_binned(main, "y"):
        return "binned bubble plot"
    if "tick" in marks and "text" in marks and _shows(main, "size"):
        return _RATINGS
    if "row_number" in computed:
        return "stacked dot plot"
    if _shows(main, "size") and _is_discrete(main, "x") and _is_discrete(main, "y"):
        return "bubble table"
    if {"errorbar", "rule"} & set(marks) and "ci0" in str(
        [channel.aggregate for unit in units for channel in unit.channels.values()]
    ):
        return "error bar chart with confidence intervals"
    if "errorbar" in marks:
        return "error bar chart"
    if "line" in marks[1:] or ("line" in marks and _shows(units[-1], "detail")):
        return "scatter plot with lines"
    if _shows(main, "size") and _is_measured(main, "size"):
        return "bubble plot"
    return "scatter plot with labels" if "text" in marks else "scatter plot"


# ── Matplotlib and its like ─────────────────────────────────────────────────────────────────


def _of_statistics(text: str, facts: CodeFacts) -> str:
    """The kind of a figure whose statistics are computed before it is drawn."""
    methods = {artist.method for artist in facts.artists}
    several = any(artist.repeated for artist in facts.artists)
    if re.search(r"\bgaussian_kde\b|\bKernelDensity\b", text) and methods & {
        "fill_between",
        "plot",
    }:
        if "fill_betweenx" in methods:
            return "violin plot"
        if has_panels(facts):
            return "density plot with a row for each group"
        return "stacked density plot" if several else "density plot"
    if re.search(r"\bhistogram2d\b", text) and methods & {"imshow", "pcolormesh", "pcolor"}:
        return "2D histogram heatmap with both axes in bins"
    if re.search(r"\bnp\.histogram\(|\bnumpy\.histogram\(", text) and methods <= {
        "bar",
        "add_patch",
        "text",
    }:
        bars = [artist for artist in facts.artists if artist.method == "bar"]
        return "heat lane chart" if any("bottom" in b.options for b in bars) else "histogram"
    if re.search(r"\bnorm\.ppf\b|\bprobplot\b", text) and "scatter" in methods:
        return "quantile-quantile plot"
    return ""


def _of_figure(facts: CodeFacts) -> str:
    artists = list(facts.artists)
    methods = [artist.method for artist in artists]
    marks = {artist.mark for artist in artists}
    if not methods:
        return ""
    polar = "polar" in str(facts.settings.get("subplots", "")) or "polar" in str(
        facts.settings.get("projection", "")
    )
    text = " with labels" if "text" in marks else ""
    for method, kind in _METHODS:
        if method in methods:
            return kind
    if "pie" in methods:
        pie = artists[methods.index("pie")]
        return "donut chart" if "wedgeprops" in pie.options else "pie chart with labels"
    if polar:
        return "polar bar chart" if "bar" in methods else "radial chart"
    if {"imshow", "pcolormesh", "heatmap", "pcolor", "matshow"} & set(methods):
        return "heatmap with text labels in the cells" if text else "heatmap"
    if "hist" in methods:
        return "histogram with a mean line" if "axvline" in methods else "histogram"
    if {"bar", "barh"} & set(methods) and "scatter" not in methods:
        return _figure_bars(facts, artists, methods, text)
    if "errorbar" in methods:
        return "error bar chart"
    if "fill_between" in methods:
        return _figure_areas(artists, methods)
    if "scatter" in methods:
        return _figure_points(artists, methods, text)
    if "step" in methods:
        return "step line chart"
    return _figure_lines(facts, artists, methods)


_METHODS = (
    ("violinplot", "violin plot"),
    ("boxplot", "box plot"),
    ("hist2d", "heatmap"),
    ("hexbin", "heatmap"),
    ("kdeplot", "density plot"),
    ("ecdf", "cumulative distribution plot"),
    ("eventplot", "strip plot"),
    ("broken_barh", "gantt chart"),
)


def _figure_bars(facts: CodeFacts, artists: list[Artist], methods: list[str], text: str) -> str:
    bars = [artist for artist in artists if artist.method in {"bar", "barh"}]
    first = bars[0]
    lying = first.method == "barh"
    flat = "horizontal " if lying else ""
    if "errorbar" in methods or "yerr" in first.options:
        return "bar chart with error bars"
    stacked = any("bottom" in bar.options or "left" in bar.options for bar in bars)
    if stacked and len(bars) == 2 and {"axhline", "axvline"} & set(methods):
        return _BEYOND
    if not lying and stacked and "plot" in methods:
        return "waterfall chart"
    if "plot" in methods and any(a.method == "plot" and not a.repeated for a in artists):
        return "bar chart with a line on a separate axis"
    if "plot" in methods:
        return "bar chart with tick marks"
    if stacked and methods.count("text") > 1 and lying:
        return "bar chart with a range from the minimum to the maximum"
    if stacked and lying and len(bars) == 1 and re.search(r"\w\W* - \W*\w", str(first.arguments)):
        return "gantt chart"  # from a start, as long as it is to the end
    panels = " with a separate panel for each group" if has_panels(facts) else ""
    if stacked:
        return f"{flat}stacked bar chart{panels or text}"
    if panels and first.repeated:
        return f"{flat}bar chart{panels}"
    if first.repeated and not text and "bar" in methods:
        return f"{flat}grouped bar chart"
    return f"{flat}bar chart{text}"


def has_panels(facts: CodeFacts) -> bool:
    """Whether the script draws several panels side by side."""
    told = facts.settings.get("subplots")
    if not isinstance(told, Mapping):
        return False
    counts = [*(told.get("arguments") or []), told.get("nrows", 1), told.get("ncols", 1)]
    return any(not isinstance(count, int) or count > 1 for count in counts)


def _figure_areas(artists: list[Artist], methods: list[str]) -> str:
    fill = artists[methods.index("fill_between")]
    if "scatter" in methods:
        return "scatter plot"
    if fill.options.get("step"):
        return "step area chart"
    band = len(fill.arguments) >= 3 and fill.arguments[1] != 0 and "plot" in methods
    if band and not fill.repeated:
        return "line chart with a confidence band"
    return "stacked area chart" if fill.repeated else "area chart"


def _figure_points(artists: list[Artist], methods: list[str], text: str) -> str:
    dots = artists[methods.index("scatter")]
    marker = dots.options.get("marker")
    if marker in {"|", "_"}:
        return "strip plot"
    if {"bar", "barh"} <= set(methods):
        return "scatter plot with marginal histograms"
    lines = next((artist for artist in artists if artist.method == "plot"), None)
    if lines is not None and lines.repeated and not text:
        if methods[0] == "plot":
            return "ranged dot plot"
        fitted = "scatter plot with loess lines"
        return fitted if dots.repeated else "error bar chart with confidence intervals"
    if "plot" in methods and methods.count("text") > 1 and dots.repeated and "s" in dots.options:
        return _RATINGS
    if "plot" in methods and text:
        return "line chart with labels" if methods[0] == "plot" else "scatter plot"
    sized = dots.options.get("s")
    if sized is not None and not isinstance(sized, int | float):
        return "bubble plot"
    return f"scatter plot{text}"


def _figure_lines(facts: CodeFacts, artists: list[Artist], methods: list[str]) -> str:
    lines = [artist for artist in artists if artist.method in {"plot", "lineplot"}]
    if not lines:
        return ""
    first = lines[0]
    style = str(first.options.get("drawstyle", ""))
    if style.startswith("steps"):
        return "step line chart"
    if facts.settings.get("y_scale") == "log":
        return "line chart with a logarithmic scale"
    if first.options.get("marker") and not first.repeated and len(lines) == 1:
        return "line chart with point markers"
    return "multi-line chart" if first.repeated or len(lines) > 1 else "line chart"
