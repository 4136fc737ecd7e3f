"""Error bars beside a reference: of the amount that words give, else as wide as its own."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.charts.reference import CodeFacts, read_code
from multivis.offline.plan import Channel, Layer, Plan

__all__ = ["GIVEN_ERROR", "with_errors_like"]

_NUMBER = r"(?P<{0}>\d+(?:\.\d+)?)(?P<{0}p> ?(?:%|percent|per cent))?"
#: "An error of 5", "yerr=5", "with 10 percent error", "plus or minus 3", "± 2".
GIVEN_ERROR = re.compile(
    r"\berrors?(?: bars?)? (?:of|is|at|are) (?:\w+ )??(?:±|\+/?-)? ?" + _NUMBER.format("a")
    + r"|\b[xy]err ?(?:=|of|is) ?" + _NUMBER.format("b")
    + r"|(?:±|\+/-|\bplus(?: or| and|/)? ?minus) ?" + _NUMBER.format("c")
    + r"|\b" + _NUMBER.format("d") + r" (?:of )?error\b",
    re.I,
)  # fmt: skip
_EXTENT = re.compile(
    r"confidence|\b95 ?%|deviation|\bstd|standard error|quartile|\biqr\b|\bci\b|minimum|range", re.I
)
_DOTS = frozenset({"point", "circle", "square", "bar"})
_SPREADS = frozenset({"errorbar", "errorband"})


def with_errors_like(reference_code: str, plan: Plan, question: str) -> Plan:
    """The plan with the error bars that its reference draws.

    Bars from one column to another get the amount that the words give around each value; bars
    that the chart computes are as wide as those of the reference, unless words say how wide.

    Args:
        reference_code: The script of the reference; it parses.
        plan: The plan in its form.
        question: The question.
    """
    facts = read_code(reference_code)
    given = GIVEN_ERROR.search(question)
    if given is not None and _draws_errors(facts):
        return _around(plan, given)
    extents = [
        unit.mark.options.get("extent")
        for unit in (facts.units() if facts.view is not None else ())
        if unit.mark is not None and unit.mark.kind in _SPREADS
    ]
    if not extents or not isinstance(extents[0], str) or _EXTENT.search(question):
        return plan

    def one(layer: Layer) -> Layer:
        if layer.mark not in _SPREADS or "extent" not in layer.options:
            return layer
        return replace(layer, options={**layer.options, "extent": extents[0]})

    views = tuple(replace(v, layers=tuple(map(one, v.layers))) for v in plan.views)
    return replace(plan, views=views)


def _draws_errors(facts: CodeFacts) -> bool:
    """Whether a script draws errors around single values."""
    if facts.view is None:
        return any(artist.method == "errorbar" for artist in facts.artists)
    return any(
        unit.mark is not None and unit.mark.kind == "errorbar" and {"x2", "y2"} & set(unit.channels)
        for unit in facts.units()
    )


def _around(plan: Plan, given: re.Match[str]) -> Plan:
    """Error bars of a given amount, or share, around the values of points or bars."""
    layers = [layer for view in plan.views for layer in view.layers]
    if len(plan.views) != 1 or not layers or any(la.mark in _SPREADS for la in layers):
        return plan
    first = layers[0]
    y, x = first.channel("y"), first.channel("x")
    along = y if y is not None and y.kind == "quantitative" else x
    if first.mark not in _DOTS or along is None or along.kind != "quantitative":
        return plan
    if not along.field or along.aggregate or along.bin >= 0:
        return plan
    name = next(key for key in "abcd" if given[key])
    number, share = given[name], bool(given[f"{name}p"])
    value = f"datum['{along.field}']"
    error = f"{value} * {float(number) / 100:g}" if share else number
    ends = {"error_low": f"{value} - {error}", "error_high": f"{value} + {error}"}
    low = Channel(along.name, "error_low", "quantitative", title=along.title, scale=along.scale)
    place = tuple(c for c in first.channels if c.name in {"x", "y"} and c.name != along.name)
    bars = Layer(
        "errorbar",
        {},
        (*place, low, Channel(f"{along.name}2", "error_high")),
        (*first.transforms, {"calculate": ends}),
    )
    return plan.with_layers(first, *layers[1:], bars)
