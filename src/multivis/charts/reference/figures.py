"""Read Matplotlib, seaborn, pandas and Plotly scripts: drawing calls and settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from multivis.charts.reference.facts import Artist
from multivis.charts.reference.loading import chart_aliases
from multivis.charts.reference.source import Source, call_name, plain

__all__ = ["MATPLOTLIB_MARKS", "PLOTLY_MARKS", "read_figures"]

#: Drawing method of Matplotlib axes → the Vega-Lite mark that draws the like.
MATPLOTLIB_MARKS = {
    "bar": "bar", "barh": "bar", "broken_barh": "bar", "hist": "bar", "hist2d": "rect",
    "hexbin": "rect", "plot": "line", "step": "line", "stairs": "line", "semilogx": "line",
    "semilogy": "line", "loglog": "line", "plot_date": "line", "ecdf": "line", "scatter": "point",
    "fill_between": "area", "fill_betweenx": "area", "fill": "area", "stackplot": "area",
    "boxplot": "boxplot", "bxp": "boxplot", "violinplot": "area", "errorbar": "errorbar",
    "pie": "arc", "imshow": "rect", "matshow": "rect", "pcolormesh": "rect", "pcolor": "rect",
    "contour": "line", "contourf": "area", "eventplot": "tick", "stem": "rule", "vlines": "rule",
    "hlines": "rule", "axhline": "rule", "axvline": "rule", "axline": "rule", "axhspan": "rect",
    "axvspan": "rect", "text": "text", "annotate": "text", "bar_label": "text", "quiver": "point",
    "streamplot": "line", "add_patch": "rect", "spy": "rect",
}  # fmt: skip

_SEABORN = {
    "barplot": "bar", "countplot": "bar", "histplot": "bar", "lineplot": "line",
    "scatterplot": "point", "boxplot": "boxplot", "boxenplot": "boxplot", "violinplot": "area",
    "kdeplot": "area", "heatmap": "rect", "stripplot": "tick", "swarmplot": "point",
    "pointplot": "point", "regplot": "point", "lmplot": "point", "displot": "bar",
    "catplot": "bar", "relplot": "point", "jointplot": "point", "pairplot": "point",
    "rugplot": "tick", "ecdfplot": "line", "residplot": "point", "clustermap": "rect",
}  # fmt: skip

_PANDAS = {
    "bar": "bar", "barh": "bar", "line": "line", "area": "area", "scatter": "point", "pie": "arc",
    "hist": "bar", "box": "boxplot", "kde": "area", "density": "area", "hexbin": "rect",
}  # fmt: skip

#: Plotly trace class or express function, in lower case → Vega-Lite mark.
PLOTLY_MARKS = {
    "bar": "bar", "histogram": "bar", "waterfall": "bar", "funnel": "bar", "timeline": "bar",
    "line": "line", "line_polar": "line", "scatter": "point", "scattergl": "point",
    "scatter_polar": "point", "scatterpolar": "point", "strip": "tick", "area": "area",
    "pie": "arc", "sunburst": "arc", "barpolar": "arc", "bar_polar": "arc", "box": "boxplot",
    "violin": "area", "heatmap": "rect", "density_heatmap": "rect", "imshow": "rect",
    "histogram2d": "rect", "treemap": "rect", "ecdf": "line", "density_contour": "line",
    "contour": "area", "scatter_matrix": "point", "splom": "point", "candlestick": "bar",
    "choropleth": "geoshape", "scatter_geo": "point", "scattergeo": "point", "scatter_3d": "point",
    "scatter3d": "point", "surface": "rect", "add_hline": "rule", "add_vline": "rule",
    "indicator": "text", "table": "text", "sankey": "rule", "icicle": "rect", "funnel_area": "arc",
}  # fmt: skip

_SETTINGS = {
    "title": "title", "set_title": "title", "suptitle": "title", "xlabel": "x_title",
    "set_xlabel": "x_title", "ylabel": "y_title", "set_ylabel": "y_title", "legend": "legend",
    "grid": "grid", "xscale": "x_scale", "set_xscale": "x_scale", "yscale": "y_scale",
    "set_yscale": "y_scale", "xlim": "x_limits", "set_xlim": "x_limits", "ylim": "y_limits",
    "set_ylim": "y_limits", "twinx": "twin_x", "twiny": "twin_y", "subplots": "subplots",
    "subplot": "subplot", "add_subplot": "subplot", "figure": "figure_options",
    "colorbar": "colorbar", "xticks": "x_ticks", "set_xticks": "x_ticks", "yticks": "y_ticks",
    "set_yticks": "y_ticks", "set_xticklabels": "x_tick_labels",
    "set_yticklabels": "y_tick_labels", "tick_params": "tick_parameters",
    "invert_yaxis": "invert_y", "invert_xaxis": "invert_x", "set": "set",
    "update_layout": "layout", "update_traces": "traces", "update_xaxes": "x_axis",
    "update_yaxes": "y_axis", "make_subplots": "subplots", "FacetGrid": "facet",
    "set_theme": "theme", "use": "style",
}  # fmt: skip


@dataclass
class _Walk:
    """What is known while the calls are visited in order."""

    source: Source
    seaborn: set[str] = field(default_factory=set)
    plotly: set[str] = field(default_factory=set)
    express: set[str] = field(default_factory=set)
    plotly_names: set[str] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)
    axes: set[str] = field(default_factory=set)
    constants: dict[str, Any] = field(default_factory=dict)
    artists: list[Artist] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)


def read_figures(source: Source, libraries: tuple[str, ...]) -> tuple[list[Artist], dict[str, Any]]:
    """The drawing calls of `source` in order, and its settings.

    Settings that are given several times (one a subplot) become lists.
    """
    walk = _Walk(source, roots=chart_aliases(source.tree))
    _imports(source.tree, walk)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign):
            _names(node, walk)
    for node, repeated in _calls(source.tree.body, False):
        artist = _artist(node, repeated, walk, libraries)
        if artist is not None:
            walk.artists.append(artist)
        else:
            _setting(node, walk)
    return walk.artists, walk.settings


def _imports(tree: ast.Module, walk: _Walk) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                if alias.name.startswith("seaborn"):
                    walk.seaborn.add(name)
                elif alias.name.startswith("plotly.express"):
                    walk.express.add(name)
                elif alias.name.startswith("plotly"):
                    walk.plotly.add(name)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("plotly"):
            for alias in node.names:
                name = alias.asname or alias.name
                if alias.name == "express":
                    walk.express.add(name)
                elif alias.name[:1].isupper():
                    walk.plotly_names.add(name)
                else:
                    walk.plotly.add(name)


def _names(node: ast.Assign, walk: _Walk) -> None:
    """Names of axes and figures, and names that stand for a written-out value."""
    called = call_name(node.value) if isinstance(node.value, ast.Call) else ""
    for target in node.targets:
        names = [item.id for item in ast.walk(target) if isinstance(item, ast.Name)]
        if called in {
            "subplots",
            "subplot",
            "add_subplot",
            "gca",
            "twinx",
            "twiny",
            "axes",
            "add_axes",
        }:
            walk.axes |= set(names)
        if called in {"subplots", "figure", "Figure", "make_subplots"} and names:
            walk.settings.setdefault("figure", names[0])
        elif isinstance(target, ast.Name) and _rooted(node.value, walk.express | walk.plotly):
            walk.settings.setdefault("figure", target.id)
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Constant | ast.List):
            walk.constants[target.id] = plain(node.value)


def _rooted(node: ast.expr, names: set[str]) -> bool:
    """Whether `node` is a call on one of `names`: ``px.bar(…)``."""
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id in names


def _calls(statements: list[ast.stmt], repeated: bool) -> Iterator[tuple[ast.Call, bool]]:
    """Every call in the order of the text, with whether it stands in a loop."""
    for statement in statements:
        looped = repeated or isinstance(statement, ast.For | ast.While)
        inner: list[ast.stmt] = []
        for name in ("body", "orelse", "finalbody", "handlers"):
            for item in getattr(statement, name, []):
                inner += item.body if isinstance(item, ast.ExceptHandler) else [item]
        for expression in ast.iter_child_nodes(statement):
            if isinstance(expression, ast.expr):
                yield from _calls_in(expression, repeated)
        yield from _calls(inner, looped)


def _calls_in(expression: ast.expr, repeated: bool) -> Iterator[tuple[ast.Call, bool]]:
    looped = repeated or isinstance(expression, ast.ListComp | ast.GeneratorExp | ast.DictComp)
    for child in ast.iter_child_nodes(expression):
        if isinstance(child, ast.expr):
            yield from _calls_in(child, looped)
        elif isinstance(child, ast.keyword):
            yield from _calls_in(child.value, looped)
    if isinstance(expression, ast.Call):
        yield expression, repeated


def _artist(
    node: ast.Call, repeated: bool, walk: _Walk, libraries: tuple[str, ...]
) -> Artist | None:
    """The artist that a call draws, or None."""
    for reader in (_seaborn_artist, _plotly_artist, _pandas_artist):
        method, mark, axes = reader(node, walk)
        if mark:
            return _made(method, mark, axes, node, repeated, walk)
    function = node.func
    if "matplotlib" not in libraries or not isinstance(function, ast.Attribute):
        return None
    mark = MATPLOTLIB_MARKS.get(function.attr, "")
    owner = function.value
    if not mark or not _draws_on_axes(owner, walk):
        return None
    mark = _refined(function.attr, mark, node)
    return _made(function.attr, mark, ast.unparse(owner), node, repeated, walk)


def _draws_on_axes(owner: ast.expr, walk: _Walk) -> bool:
    """Whether `owner` is an axes: a known name, an item of one, ``plt``, or a call."""
    base = owner
    while isinstance(base, ast.Subscript | ast.Attribute | ast.Call):
        base = base.func if isinstance(base, ast.Call) else base.value
    if not isinstance(base, ast.Name):
        return False
    return (
        base.id in walk.axes | walk.roots
        or base.id.lower().startswith(("ax", "plt", "fig"))
        or isinstance(owner, ast.Call)
    )


def _refined(method: str, mark: str, node: ast.Call) -> str:
    """``plot`` with a marker and no line draws points."""
    if method != "plot":
        return mark
    formats = [
        item.value
        for item in node.args
        if isinstance(item, ast.Constant) and isinstance(item.value, str)
    ]
    options = {item.arg: plain(item.value) for item in node.keywords}
    style = options.get("linestyle", options.get("ls"))
    last = formats[-1] if formats else ""
    marked = any(sign in last for sign in "o.sx^v*+D") and not any(sign in last for sign in "-:")
    return "point" if style in {"", "none", "None", " "} or (marked and len(last) <= 3) else mark


def _made(method: str, mark: str, axes: str, node: ast.Call, repeated: bool, walk: _Walk) -> Artist:
    def followed(expression: ast.expr) -> Any:
        if isinstance(expression, ast.Name) and expression.id in walk.constants:
            return walk.constants[expression.id]
        return plain(expression)

    return Artist(
        method,
        mark,
        axes,
        tuple(plain(item) for item in node.args),
        {item.arg: followed(item.value) for item in node.keywords if item.arg},
        repeated,
        node,
    )


_None = ("", "", "")


def _seaborn_artist(node: ast.Call, walk: _Walk) -> tuple[str, str, str]:
    function = node.func
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in walk.seaborn
        and function.attr in _SEABORN
    ):
        return function.attr, _SEABORN[function.attr], function.value.id
    return _None


def _plotly_artist(node: ast.Call, walk: _Walk) -> tuple[str, str, str]:
    function = node.func
    name = call_name(node)
    mark = PLOTLY_MARKS.get(name.lower(), "")
    if isinstance(function, ast.Name):
        return (name, mark, "plotly") if function.id in walk.plotly_names and mark else _None
    if not isinstance(function, ast.Attribute):
        return _None
    if name in {"add_hline", "add_vline"}:
        return name, mark, "plotly"
    if name.startswith("add_") and name[4:] in PLOTLY_MARKS:
        return name, PLOTLY_MARKS[name[4:]], "plotly"
    if mark and _rooted(node, walk.express):
        return name, mark, "plotly.express"
    if mark and _rooted(node, walk.plotly) and name[:1].isupper():
        return name, _scatter_mode(node, mark), "plotly"
    return _None


def _scatter_mode(node: ast.Call, mark: str) -> str:
    options = {item.arg: plain(item.value) for item in node.keywords}
    if mark != "point":
        return mark
    if options.get("fill"):
        return "area"
    return "line" if "lines" in str(options.get("mode", "")) else "point"


def _pandas_artist(node: ast.Call, walk: _Walk) -> tuple[str, str, str]:
    """``df.plot.bar(…)``, ``df.plot(kind="bar")``, ``df.hist()`` stay apart from axes calls."""
    function = node.func
    if not isinstance(function, ast.Attribute):
        return _None
    owner = function.value
    if isinstance(owner, ast.Attribute) and owner.attr == "plot" and function.attr in _PANDAS:
        return function.attr, _PANDAS[function.attr], ast.unparse(owner.value)
    if (function.attr == "plot" and not _draws_on_axes(owner, walk)) or (
        function.attr == "plot" and any(item.arg == "kind" for item in node.keywords)
    ):
        kind = next((plain(item.value) for item in node.keywords if item.arg == "kind"), "line")
        return str(kind), _PANDAS.get(str(kind), "line"), ast.unparse(owner)
    if function.attr == "boxplot" and any(item.arg in {"by", "column"} for item in node.keywords):
        return "box", "boxplot", ast.unparse(owner)
    return _None


def _setting(node: ast.Call, walk: _Walk) -> None:
    function = node.func
    name = call_name(node)
    if name not in _SETTINGS:
        return
    if isinstance(function, ast.Attribute) and name in {"set", "use", "title", "legend", "grid"}:
        base: ast.expr = function.value
        while isinstance(base, ast.Subscript | ast.Attribute | ast.Call):
            base = base.func if isinstance(base, ast.Call) else base.value
        if not isinstance(base, ast.Name) or not _draws_on_axes(base, walk):
            return
    key = _SETTINGS[name]
    options = {item.arg: plain(item.value) for item in node.keywords if item.arg}
    arguments = [plain(item) for item in node.args]
    value: Any = arguments[0] if len(arguments) == 1 and not options else None
    if value is None:
        value = {**({"arguments": arguments} if arguments else {}), **options} or True
    if key == "title" and arguments:
        value = arguments[0]
    if key in {"x_title", "y_title"} and arguments:
        value = arguments[0]
    if key == "set" and options:
        for option, item in options.items():
            walk.settings[_SETTINGS.get(option, _SETTINGS.get(f"set_{option}", option))] = item
        return
    earlier = walk.settings.get(key)
    if earlier is None:
        walk.settings[key] = value
    else:
        several = earlier if isinstance(earlier, list) else [earlier]
        if value not in several:
            walk.settings[key] = [*several, value]
