"""Matplotlib, seaborn and Plotly references: which marks, which orientation, which styling."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from multivis.charts.reference import Artist, CodeFacts
from multivis.offline.plan import Channel, Layer, Plan

__all__ = ["FigureStyle", "as_violins", "placed_in_panels", "read_figure", "shaded"]

_COLOUR_MAPS = {
    "viridis": "viridis", "plasma": "plasma", "inferno": "inferno", "magma": "magma",
    "cividis": "cividis", "Blues": "blues", "Greens": "greens", "Reds": "reds",
    "Oranges": "oranges", "Purples": "purples", "Greys": "greys", "YlOrRd": "yelloworangered",
    "YlGnBu": "yellowgreenblue", "RdBu": "redblue", "RdYlBu": "redyellowblue",
    "coolwarm": "blueorange", "Spectral": "spectral", "tab10": "category10",
    "tab20": "category20", "Set1": "set1", "Set2": "set2", "Set3": "set3", "Pastel1": "pastel1",
    "YlGn": "yellowgreen", "turbo": "turbo", "rainbow": "rainbow", "BuGn": "bluegreen",
}  # fmt: skip


@dataclass(frozen=True)
class FigureStyle:
    """What can be taken over from a figure script.

    Attributes:
        marks: Vega-Lite marks in drawing order, each once.
        horizontal: Whether bars lie.
        stack: ``"zero"``, ``"normalize"``, ``"none"`` or empty.
        facets: ``"row"``, ``"column"`` or empty.
        options: Mark options (colour, opacity, size) of the main mark.
        scheme: Vega scheme of a colour map, or empty.
        log: Channels with a logarithmic scale.
        dual: Whether there is a second y axis.
    """

    marks: tuple[str, ...] = ()
    horizontal: bool = False
    stack: str = ""
    facets: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    scheme: str = ""
    log: tuple[str, ...] = ()
    dual: bool = False


def read_figure(facts: CodeFacts) -> FigureStyle:
    """The style of a figure script."""
    artists = [artist for artist in facts.artists if not _is_decoration(artist)]
    marks = _canonical(artists, facts)
    main = next((a for a in artists if a.mark == (marks[0] if marks else "")), None)
    options: dict[str, Any] = {}
    if main is not None:
        colour = main.options.get("color", main.options.get("c"))
        if isinstance(colour, str) and not main.repeated and len(colour) > 1:
            options["color"] = colour
        alpha = main.options.get("alpha")
        if isinstance(alpha, int | float):
            options["opacity"] = alpha
    settings = facts.settings
    log = tuple(name for name in ("x", "y") if settings.get(f"{name}_scale") == "log")
    maps = [artist.options.get("cmap") for artist in artists]
    scheme = next(
        (_COLOUR_MAPS[name] for name in maps if isinstance(name, str) and name in _COLOUR_MAPS), ""
    )
    return FigureStyle(
        marks,
        horizontal=any(a.method in {"barh", "broken_barh"} or _lying(a) for a in artists),
        stack=_stack(artists),
        facets=_facets(facts),
        options=options,
        scheme=scheme,
        log=log,
        dual="twin_x" in settings,
    )


def _lying(artist: Artist) -> bool:
    return (
        artist.options.get("orientation") in {"horizontal", "h"}
        or artist.options.get("orient") == "h"
        or artist.options.get("vert") is False
        or (artist.method == "errorbar" and "xerr" in artist.options)
    )


def _is_decoration(artist: Artist) -> bool:
    """Spans and patches that only shade or frame."""
    return artist.method in {"add_patch", "axhspan", "axvspan"} and not artist.repeated


_SHADED = re.compile(
    r"\bcolou?r gradient\b|\bgradient (?:of )?colou?rs?\b|\bgradient\b[^.?!]{0,40}\bbars\b"
    r"|\bbars?\b[^.?!]{0,40}\b(?:gradient|(?:get|are|become) (?:darker|lighter))\b"
    r"|\b(?:darker|lighter)\b[^.?!]{0,20}\bas\b[^.?!]{0,30}\b(?:increase|grow|rise)",
    re.I,
)


def shaded(plan: Plan, question: str) -> Plan:
    """Bars in a gradient ("keep the color gradient"): coloured by the amount that they show."""
    if len(plan.views) != 1 or not plan.layers or not _SHADED.search(question):
        return plan
    first = plan.layers[0]
    amounts = [c for c in first.channels if c.name in {"x", "y"} and c.kind == "quantitative"]
    if first.mark != "bar" or len(amounts) != 1 or amounts[0].bin >= 0:
        return plan
    if any(c.name in {"color", "fill", "stroke"} for c in first.channels):
        return plan
    amount = amounts[0]
    hue = re.search(r"\b(blue|green|red|orange|purple)s?\b", question, re.I)
    scale = {"scheme": hue[1].lower() + "s"} if hue else {}
    shade = Channel(
        "color", amount.field, "quantitative", title=amount.title, scale=scale,
        aggregate=amount.aggregate,
    )  # fmt: skip
    options = {k: v for k, v in first.options.items() if k != "color"}
    colored = replace(first, options=options, channels=(*first.channels, shade))
    return plan.with_layers(colored, *plan.layers[1:])


def placed_in_panels(plan: Plan) -> Plan:
    """Bars in panels stand side by side: where nothing places them, their colours do."""
    if len(plan.views) != 1 or len(plan.layers) != 1 or plan.layers[0].mark != "bar":
        return plan
    first = plan.layers[0]
    color, names = first.channel("color"), {c.name for c in first.channels}
    missing = {"x", "y"} - names
    if color is None or not color.field or len(missing) != 1 or not names & {"row", "column"}:
        return plan
    there = first.channel("x") or first.channel("y")
    if color.kind not in {"nominal", "ordinal"} or there is None or there.kind != "quantitative":
        return plan
    place = Channel(missing.pop(), color.field, color.kind, title=color.title)
    return plan.with_layers(replace(first, channels=(place, *first.channels)))


def as_violins(plan: Plan) -> Plan:
    """Densities of groups as violins: mirrored, side by side, the value along y."""
    first = plan.layers[0]
    step = next((one for one in first.transforms if "density" in one), None)
    groups = (step or {}).get("groupby") or []
    value = first.channel("x")
    shown = [c for c in first.channels if c.field in groups]
    if step is None or first.mark != "area" or value is None or not shown:
        return plan
    named = step["density"]
    if value.field not in {named, "value"}:
        return plan  # they are violins already
    steps = tuple(
        {**{k: v for k, v in one.items() if k not in {"counts", "steps"}}, "as": [named, "density"]}
        if one is step
        else one
        for one in first.transforms
    )
    group = Channel("color", shown[0].field, shown[0].kind, title=shown[0].title)
    bare = {"labels": False, "values": [0], "grid": False, "ticks": True}
    channels = (
        Channel("x", "density", "quantitative", title="", stack="center", axis=bare),
        replace(value, name="y", field=named),
        group,
        replace(group, name="column"),
        *(c for c in first.channels if c.name == "tooltip"),
    )
    layer = Layer("area", {**first.options, "orient": "horizontal"}, channels, steps)
    return plan.with_layers(layer, *plan.layers[1:])


def _canonical(artists: list[Artist], facts: CodeFacts) -> tuple[str, ...]:
    """Marks as Vega-Lite would draw the same: an outline of an area is no line of its own."""
    kinds = [artist.mark for artist in artists]
    unique = list(dict.fromkeys(kinds))
    methods = {artist.method for artist in artists}
    if "area" in unique and "line" in unique:
        band = any(
            a.method == "fill_between" and len(a.arguments) >= 3 and a.arguments[1] != 0
            for a in artists
        )
        if not band and "twin_x" not in facts.settings:
            unique.remove("line")
    if "violinplot" in methods:
        unique = [kind for kind in unique if kind == "area"]
    if "hist" in methods and "line" in unique:
        unique.remove("line")
    if "boxplot" in methods:
        unique = [kind for kind in unique if kind not in {"line"}]
    if unique[:1] == ["line"] and set(unique) == {"line", "point"} and not _labels_points(artists):
        unique = ["line"]
    order = {
        "bar": 0,
        "area": 0,
        "rect": 0,
        "arc": 0,
        "boxplot": 0,
        "tick": 0,
        "point": 1,
        "line": 1,
    }
    return tuple(sorted(unique, key=lambda kind: order.get(kind, 2)))


def _labels_points(artists: list[Artist]) -> bool:
    return any(artist.mark == "text" for artist in artists)


def _stack(artists: list[Artist]) -> str:
    bars = [artist for artist in artists if artist.method in {"bar", "barh"}]
    if any("bottom" in a.options or "left" in a.options for a in bars):
        return "zero"
    if any(a.options.get("stacked") is True for a in artists) or any(
        a.method == "stackplot" for a in artists
    ):
        return "zero"
    return ""


def _facets(facts: CodeFacts) -> str:
    told = facts.settings.get("subplots")
    if not isinstance(told, dict):
        return ""
    arguments = told.get("arguments") or []
    rows = told.get("nrows", arguments[0] if arguments else 1)
    columns = told.get("ncols", arguments[1] if len(arguments) > 1 else 1)
    repeated = any(artist.repeated for artist in facts.artists)
    if not repeated:
        return ""
    if isinstance(columns, int) and columns > 1:
        return "column"
    return "row" if isinstance(rows, int) and rows > 1 else ""
