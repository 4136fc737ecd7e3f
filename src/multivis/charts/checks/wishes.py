"""Checks that compare the chart with what the question asks for in so many words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

from multivis.charts import demands as d
from multivis.charts.checks import colours
from multivis.charts.checks.base import Check, CheckInput, Finding, fail, ok, skip
from multivis.charts.checks.facts import DrawnMark
from multivis.charts.checks.text import plain
from multivis.charts.checks.units import Channel
from multivis.charts.checks.values import number_of
from multivis.state import Severity

__all__ = ["CHECKS"]

_SURE = 0.9
_ALTAIR_PLOTLY = frozenset({"altair", "plotly"})
_SAME = {
    "circle": "point",
    "square": "point",
    "boxplot": "box",
    "errorbar": "error",
    "errorband": "error",
    "trail": "line",
}


# ── type and form ───────────────────────────────────────────────────────────────────────────


def _chart_type_asked_for(given: CheckInput) -> Finding:
    wanted = [
        c
        for c in given.demands.of(d.ChartDemand, at_least=0.95)
        if c.marks and "layer" not in c.modifiers
    ]
    if not wanted:
        return skip("No chart type was asked for.")
    drawn = {_SAME.get(mark.kind, mark.kind) for mark in given.facts.marks if mark.count}
    for demand in wanted:
        if drawn & {_SAME.get(mark, mark) for mark in demand.marks}:
            return ok(f"A {demand.text} was asked for and is drawn.", marks=sorted(drawn))
    return fail(
        f"A {wanted[0].text} was asked for, but the chart draws {', '.join(sorted(drawn))}.",
        f"Draw a {wanted[0].text} (mark {' or '.join(sorted(wanted[0].marks))}).",
        asked=wanted[0].text,
        drawn=sorted(drawn),
    )


def _bars(given: CheckInput) -> list[DrawnMark]:
    return [mark for mark in given.facts.marks if mark.kind in {"bar", "rect"} and mark.rows]


def _orientation_asked_for(given: CheckInput) -> Finding:
    demand = given.demands.first(d.OrientationDemand, at_least=_SURE)
    bars = _bars(given)
    if demand is None or not bars:
        return skip("No direction of bars was asked for.")
    others = {o.orientation for o in given.demands.of(d.OrientationDemand, at_least=_SURE)}
    lying = {mark.horizontal for mark in bars}
    if (
        len(others) > 1
        or (demand.orientation == "horizontal") in lying
        or any(mark.kind == "rect" or _both_discrete(mark) for mark in bars)
    ):
        return ok()
    return fail(
        f"The bars were asked for as {demand.orientation}, but are not.",
        "Swap the x and y channels.",
        asked=demand.orientation,
    )


def _both_discrete(mark: DrawnMark) -> bool:
    """Whether neither axis shows a measure: such bars have no direction."""
    if mark.unit is None:
        return False
    channels = [mark.unit.channels.get(axis) for axis in ("x", "y")]
    return all(channel is None or not channel.measure for channel in channels)


def _stacking_asked_for(given: CheckInput) -> Finding:
    chart = given.demands.chart
    modifiers = chart.modifiers if chart else frozenset()
    marks = [m for m in given.facts.marks if m.kind in {"bar", "area"} and m.rows]
    if not marks or not modifiers & {"stacked", "grouped", "normalized"}:
        return skip("No stacking was asked for.")
    stacked = {mark.stacked for mark in marks} - {None}
    ranged = any({"x2", "y2"} & mark.channels for mark in marks)
    if "grouped" in modifiers and stacked and not ranged and given.facts.panels < 2:
        return fail(
            "Bars side by side were asked for, but they are stacked.",
            "Set the groups side by side with xOffset (yOffset for horizontal bars).",
        )
    if "normalized" in modifiers and "normalize" not in stacked and not ranged:
        if not _shares(marks):
            return fail(
                "Shares of 100 % were asked for, but amounts are drawn.",
                "Stack with stack='normalize'.",
            )
    elif "stacked" in modifiers and not stacked and not ranged and given.backend == "altair":
        return fail(
            "A stacked chart was asked for.", "Colour the marks by the groups and stack them."
        )
    return ok(stacked=sorted(str(s) for s in stacked))


def _shares(marks: Sequence[DrawnMark]) -> bool:
    """Whether the drawn values are shares already."""
    values = [
        v
        for m in marks
        for row in m.rows
        if isinstance(v := row.get(m.measure_channel), int | float)
    ]
    return bool(values) and min(values) >= 0 and max(values) <= 100.0001


def _facet_asked_for(given: CheckInput) -> Finding:
    demand = given.demands.first(d.FacetDemand, at_least=_SURE)
    if demand is None:
        return skip("No small multiples were asked for.")
    if given.facts.panels > 1 or given.facts.facet_fields:
        return ok(panels=given.facts.panels)
    # "One row per film", "one column per clerk": places along an axis are rows and columns, too.
    axis = {"row": "y", "column": "x"}.get(demand.direction or "", "")
    discrete = len(given.facts.orders.get(axis, ())) > 1
    if discrete and not re.search(r"\b(?:separate|own|panel|facet|chart|plot)", demand.text):
        return ok(panels=given.facts.panels)
    return fail(
        f"Small multiples were asked for ({demand.text!r}), but there is one panel.",
        f"Make one panel for each {demand.by or 'group'} (row, column or facet).",
        asked=demand.text,
    )


def _scale_asked_for(given: CheckInput) -> Finding:
    demand = given.demands.first(d.ScaleDemand, at_least=_SURE)
    if demand is None:
        return skip("No scale type was asked for.")
    axes = [demand.axis] if demand.axis else ["x", "y"]
    drawn = {s for axis in ("x", "y") for s in given.facts.scales.get(axis, frozenset())}
    on_axis = {s for axis in axes for s in given.facts.scales.get(axis, frozenset())}
    alike = {"log": {"log", "symlog"}, "symlog": {"symlog"}, "sqrt": {"sqrt", "pow"}}[demand.scale]
    if alike & on_axis or (alike & drawn and any(m.horizontal for m in given.facts.marks)):
        return ok()
    return fail(
        f"A {demand.scale} scale was asked for and is not there.",
        f"Set the {demand.axis or 'value'} axis's scale type to {demand.scale}.",
        asked=demand.scale,
        drawn=sorted(drawn),
    )


def _size_asked_for(given: CheckInput) -> Finding:
    demand = given.demands.first(d.SizeDemand, at_least=_SURE)
    facts = given.facts
    if demand is None or (demand.width is None and demand.height is None):
        return skip("No size was asked for.")
    if given.backend == "matplotlib" or facts.width is None:
        return skip("The size in pixels cannot be read.")
    for side, wanted, drawn in (
        ("width", demand.width, facts.width),
        ("height", demand.height, facts.height),
    ):
        if wanted and drawn and abs(drawn - wanted) > 0.15 * wanted and facts.panels < 2:
            return fail(
                f"A {side} of {wanted} pixels was asked for, but it is {drawn:.0f}.",
                f"Set the {side} to {wanted}.",
                asked=wanted,
                drawn=round(drawn),
            )
    return ok()


# ── order and number ────────────────────────────────────────────────────────────────────────


def _main(given: CheckInput) -> DrawnMark | None:
    """The mark with categories on an axis, if there is one view only."""
    if given.facts.panels > 1:
        return None
    for mark in given.facts.data_marks:
        if mark.kind not in {"bar", "point", "tick", "line", "area", "rule"} or not mark.rows:
            continue
        axis = _category_axis(mark)
        if axis is not None and given.facts.orders.get(axis):
            return mark
    return None


def _category_axis(mark: DrawnMark) -> str | None:
    """The axis that shows names, or None."""
    for axis in (mark.category_channel, mark.measure_channel):
        if mark.unit is not None:
            channel = mark.unit.channels.get(axis)
            if channel is not None and _names_things(channel):
                return axis
        elif any(isinstance(row.get(axis), str) for row in mark.rows):
            return axis
    return None


def _names_things(channel: Channel) -> bool:
    """Whether a channel shows names: neither bins nor times, which have an order of their own."""
    return bool(channel.discrete and channel.field and not channel.bin and not channel.time_unit)


def _sort_asked_for(given: CheckInput) -> Finding:
    demand = given.demands.first(d.SortDemand, at_least=_SURE)
    if demand is None or demand.order is None:
        return skip("No order was asked for.")
    mark = _main(given)
    if mark is None or (mark.unit is not None and "order" in mark.unit.definitions):
        return skip("There is no axis of categories whose order could be read.")
    axis = _category_axis(mark) or "x"
    labels = list(dict.fromkeys(given.facts.orders[axis]))
    if demand.order in {"alphabetical", "chronological"}:
        holds = (
            labels
            in (sorted(labels), sorted(labels, reverse=True), sorted(labels, key=str.casefold))
            or demand.order == "chronological"
        )
        return ok() if holds else _unsorted(demand, axis, labels)
    for values in _measures(given, mark, axis, labels):
        down = all(a >= b for a, b in itertools.pairwise(values))
        up = all(a <= b for a, b in itertools.pairwise(values))
        # from top to bottom "ascending" reads either way, so only a mix is wrong
        if (down if demand.order == "descending" else up) or (axis == "y" and (up or down)):
            return ok(axis=axis)
    return _unsorted(demand, axis, labels)


def _unsorted(demand: d.SortDemand, axis: str, labels: list[str]) -> Finding:
    return fail(
        f"A {demand.order} order was asked for, but the {axis} axis is not in that order.",
        f"Sort the {axis} channel ({demand.order}{', by ' + demand.by if demand.by else ''}).",
        asked=demand.order,
        order=labels[:20],
    )


def _measures(
    given: CheckInput, mark: DrawnMark, axis: str, labels: list[str]
) -> list[list[float]]:
    """Every number that the categories could be sorted by, in the order of the labels."""
    other = "y" if axis == "x" else "x"
    tables: list[list[tuple[str, Any]]] = [
        [(str(row.get(axis)), row.get(channel)) for row in mark.rows]
        for channel in (other, "size", "color", f"{other}2")
    ]
    alike = [m for m in given.facts.marks if m.kind == mark.kind]
    if len(alike) > 1:  # one mark a colour: the height of the stack is their sum
        rows_of_all = [row for m in alike for row in m.rows]
        tables.append([(str(row.get(axis)), row.get(other)) for row in rows_of_all])
    field = mark.unit.channels[axis].field if mark.unit and axis in mark.unit.channels else None
    for rows in ((mark.unit.rows if mark.unit else None), given.result):
        if rows and field and field in rows[0]:
            tables += [
                [(str(row.get(field)), row.get(name)) for row in rows]
                for name in rows[0]
                if name != field
            ]
    found = []
    for table in tables:
        groups: dict[str, list[float]] = {}
        for label, value in table:
            number = number_of(value)
            if number is not None:
                groups.setdefault(label, []).append(number)
        known = [groups[label] for label in labels if label in groups]
        if len(known) < max(2, len(labels) - 1):
            continue
        found += [
            [sum(v) for v in known],
            [sum(v) / len(v) for v in known],
            [max(v) for v in known],
            [min(v) for v in known],
        ]
    counts: dict[str, int] = {}
    for label, _ in tables[0]:
        counts[label] = counts.get(label, 0) + 1
    if not found and all(label in counts for label in labels):
        found.append([float(counts[label]) for label in labels])
    return found or [[0.0]]


def _limit_asked_for(given: CheckInput) -> Finding:
    demands = given.demands.of(d.LimitDemand, at_least=_SURE)
    if len(demands) != 1:
        return skip("No number of things was asked for.")
    wanted = demands[0].count
    counts: dict[str, int] = {}
    for mark in given.facts.data_marks:
        for channel in ("x", "y", "color", "theta", "row", "column", "facet", "detail", "text"):
            if mark.unit is not None:
                found = mark.unit.channels.get(channel)
                if found is None or found.measure or not found.field:
                    continue
            values = {str(row[channel]) for row in mark.rows if row.get(channel) is not None}
            if mark.unit is None and not any(isinstance(r.get(channel), str) for r in mark.rows):
                continue
            counts[channel] = max(counts.get(channel, 0), len(values))
    if not counts:
        return skip("Nothing countable is drawn.")
    told = f"{given.sql.lower()} {given.spec.get('transform', '')} {given.spec.get('layer', '')}"
    if wanted in counts.values() or re.search(  # those that tie for the last place stay
        r"\brank\b|dense_rank|\brank\s*\(", told
    ):
        return ok("", **counts)
    if min(counts.values()) > wanted:
        evidence: dict[str, Any] = {"asked": wanted, **counts}
        return fail(
            f"{demands[0].text!r} was asked for, but {min(counts.values())} are drawn.",
            f"Order the query and add LIMIT {wanted}.",
            target="sql",
            **evidence,
        )
    return ok("", **counts)


# ── colours ─────────────────────────────────────────────────────────────────────────────────


def _colours_asked_for(given: CheckInput) -> Finding:
    wanted = given.demands.of(d.ColourDemand, at_least=_SURE)
    schemes = list(given.demands.of(d.SchemeDemand, at_least=_SURE))
    if not wanted and not schemes:
        return skip("No colour was asked for.")
    shown: set[str] = set()
    for colour in {*given.facts.colours, *colours.colour_strings(given.spec)}:
        shown |= colours.families(colour)
    for name in given.facts.schemes:
        shown |= colours.scheme_families(name)
    missing = [
        w.colour
        for w in wanted
        if colours.families(w.colour) and not colours.families(w.colour) & shown
    ]
    for scheme in schemes:
        named = {name for colour in scheme.colours for name in colours.families(colour)}
        if (
            scheme.scheme
            and scheme.scheme not in given.facts.schemes
            and not (
                colours.scheme_families(scheme.scheme) & shown
                or not colours.scheme_families(scheme.scheme)
            )
        ):
            missing.append(scheme.scheme)
        elif named and not named & shown:
            missing.append(scheme.text)
    if missing:
        return fail(
            f"The colour {missing[0]} was asked for and is not there.",
            f"Use the colours {', '.join(missing)}.",
            missing=missing,
            shown=sorted(shown),
        )
    return ok()


# ── words on hover, legend, interaction, labels ─────────────────────────────────────────────


def _tooltip_asked_for(given: CheckInput) -> Finding:
    demand = given.demands.first(d.TooltipDemand, at_least=_SURE)
    if demand is None:
        return skip("No tooltip was asked for.")
    words = any(mark.kind == "text" for mark in given.facts.marks)
    if given.facts.tooltip or (words and "hover" in given.facts.interactions):
        return ok(fields=list(given.facts.tooltip_fields)[:20])
    return fail(
        "A tooltip was asked for and is not there.",
        "Add a tooltip channel with " + (", ".join(demand.fields) or "the encoded fields") + ".",
        asked=list(demand.fields),
    )


def _legend_asked_for(given: CheckInput) -> Finding:
    demands = given.demands.of(d.LegendDemand, at_least=_SURE)
    if not demands:
        return skip("Nothing was said about a legend.")
    legends = given.facts.legends
    unwanted = [demand for demand in demands if not demand.wanted]
    if unwanted and legends:
        return fail("No legend was asked for, but there is one.", "Set legend=None.")
    if not unwanted and not legends:
        return fail(
            "A legend was asked for and is not there.", "Encode the groups by colour with a legend."
        )
    titles = {plain(legend.title) for legend in legends}
    missing = [
        demand.title for demand in demands if demand.title and plain(demand.title) not in titles
    ]
    if missing:
        return fail(
            f"The legend's title {missing[0]!r} was asked for and is not there.",
            f"Set the legend's title to {missing[0]!r}.",
            missing=missing,
        )
    return ok()


_SERVES = {
    "zoom": {"zoom", "brush"},
    "brush": {"brush", "zoom", "click", "slider"},
    "legend": {"legend", "click"},
    "click": {"click", "brush", "hover", "legend"},
    "hover": {"hover", "click", "brush"},
    "crossfilter": {"brush", "click", "hover"},
    "dropdown": {"dropdown", "radio"},
    "radio": {"radio", "dropdown"},
}


def _interaction_asked_for(given: CheckInput) -> Finding:
    demands = given.demands.of(d.InteractionDemand, at_least=_SURE)
    if not demands:
        return skip("No interaction was asked for.")
    present = given.facts.interactions
    missing = [
        demand.type for demand in demands if not present & _SERVES.get(demand.type, {demand.type})
    ]
    if not missing:
        return ok(present=sorted(present))
    return fail(
        f"An interaction was asked for and is not there: {missing[0]}.",
        f"Add parameters for: {', '.join(dict.fromkeys(missing))}.",
        missing=missing,
        present=sorted(present),
    )


def _labels_asked_for(given: CheckInput) -> Finding:
    demand = given.demands.first(d.LabelsDemand, at_least=0.8)
    if demand is None:
        return skip("No labels on the marks were asked for.")
    if any(mark.kind == "text" and mark.count for mark in given.facts.marks) or (
        given.backend == ("plotly") and "text" in str(given.spec.get("data", ""))[:200_000]
    ):
        return ok()
    return fail(
        "Values written on the marks were asked for.",
        "Add a layer of text marks.",
        asked=demand.text,
    )


def _reference_line_asked_for(given: CheckInput) -> Finding:
    demand = given.demands.first(d.ReferenceLineDemand, at_least=0.8)
    if demand is None:
        return skip("No reference line was asked for.")
    if any(
        m.kind in {"rule", "tick"} or m.annotation or m.kind == "line" for m in given.facts.marks
    ) or (given.backend == "plotly" and given.spec.get("layout", {}).get("shapes")):
        return ok()
    return fail(
        f"A line was asked for ({demand.text!r}).", "Add a layer with a rule.", asked=demand.text
    )


_E, _W = Severity.ERROR, Severity.WARNING

CHECKS = (
    Check(
        "chart-type-asked-for",
        "The chart is of the type that was asked for.",
        _E,
        _chart_type_asked_for,
    ),
    Check(
        "orientation-asked-for",
        "Bars run in the direction that was asked for.",
        _E,
        _orientation_asked_for,
    ),
    Check(
        "stacking-asked-for",
        "Groups are stacked or set side by side as asked for.",
        _W,
        _stacking_asked_for,
    ),
    Check("facet-asked-for", "Small multiples are there when asked for.", _E, _facet_asked_for),
    Check("scale-asked-for", "The scale type is the one asked for.", _E, _scale_asked_for),
    Check("size-asked-for", "The chart has the size that was asked for.", _W, _size_asked_for),
    Check("sort-asked-for", "Categories are in the order that was asked for.", _E, _sort_asked_for),
    Check("limit-asked-for", "As many things are drawn as were asked for.", _E, _limit_asked_for),
    Check(
        "colours-asked-for", "The colours that were asked for are there.", _W, _colours_asked_for
    ),
    Check(
        "tooltip-asked-for",
        "A tooltip is there when asked for.",
        _E,
        _tooltip_asked_for,
        _ALTAIR_PLOTLY,
    ),
    Check("legend-asked-for", "A legend is there, or not, as asked for.", _W, _legend_asked_for),
    Check(
        "interaction-asked-for",
        "The interactions that were asked for are there.",
        _E,
        _interaction_asked_for,
        _ALTAIR_PLOTLY,
    ),
    Check(
        "labels-asked-for", "Values are written on the marks when asked for.", _W, _labels_asked_for
    ),
    Check(
        "reference-line-asked-for",
        "A reference line is there when asked for.",
        _W,
        _reference_line_asked_for,
    ),
)
