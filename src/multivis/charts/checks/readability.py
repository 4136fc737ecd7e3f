"""Checks on whether a person can read the chart."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

from multivis.charts.checks import colours
from multivis.charts.checks.base import Check, CheckInput, Finding, fail, ok, skip
from multivis.charts.demands import InteractionDemand
from multivis.state import Severity

__all__ = ["CHECKS"]

_ALTAIR = frozenset({"altair"})
MOST_CATEGORIES = 50  # on an axis
MOST_COLOURS = 20  # that are told apart by a legend
MOST_SLICES = 12


def _distinct(given: CheckInput, channel: str) -> int:
    """Most distinct categories that one mark shows on a channel."""
    most = 0
    for mark in given.facts.data_marks:
        if mark.unit is not None:
            found = mark.unit.channels.get(channel)
            if found is None or found.type not in {"nominal", "ordinal"} or found.bin:
                continue
        values: set[str] = {
            str(v)
            for row in mark.rows
            if (v := row.get(channel)) is not None and (mark.unit is not None or isinstance(v, str))
        }
        most = max(most, len(values))
    return most


def _too_many_categories(given: CheckInput) -> Finding:
    counts = {axis: _distinct(given, axis) for axis in ("x", "y")}
    for axis, count in counts.items():
        if count > MOST_CATEGORIES and not _roomy(given, axis, count):
            return fail(
                f"The {axis} axis shows {count} categories, more than can be read.",
                "Show the top ones and say so, group the rest, or bin the field.",
                axis=axis,
                categories=count,
            )
    return ok("", **counts)


def _roomy(given: CheckInput, axis: str, count: int) -> bool:
    """Whether every category has at least ten pixels, so that its label can be read."""
    if given.backend != "altair":
        return False
    size = given.facts.width if axis == "x" else given.facts.height
    return size is not None and size / count >= 10 and size <= 2000


def _too_many_colours(given: CheckInput) -> Finding:
    count = _distinct(given, "color")
    if any(mark.kind == "arc" for mark in given.facts.marks) or not given.facts.legends:
        return skip("No legend tells colours apart.")
    if count > MOST_COLOURS:
        return fail(
            f"{count} colours have to be told apart by the legend.",
            "Colour only the groups that matter, or use facets.",
            colours=count,
        )
    return ok(colours=count)


def _colours_are_distinct(given: CheckInput) -> Finding:
    for mark in given.facts.data_marks:
        if mark.unit is None:
            continue
        channel = mark.unit.channels.get("color") or mark.unit.channels.get("fill")
        if channel is None or channel.type != "nominal" or not channel.field:
            continue
        count = len({str(row.get("color")) for row in mark.rows})
        seen = sorted(c for c in mark.colours if colours.rgb(c))
        if not 2 <= count <= MOST_COLOURS or isinstance(channel.definition.get("condition"), dict):
            continue
        scale = channel.definition.get("scale")
        if scale is None and channel.definition.get("legend", True) is None:
            continue
        close = [p for p in combinations(seen[:40], 2) if colours.difference(*p) < 8]
        if len(seen) < min(count, 10) and not mark.unit.mark_definition.get("color"):
            return fail(
                f"{count} groups share {len(seen)} colours.",
                "Give every group a colour of its own.",
                groups=count,
                colours=seen[:20],
            )
        if close:
            return fail(
                f"The colours {close[0][0]} and {close[0][1]} look alike.",
                "Use a categorical scheme with clearly different colours.",
                pairs=[list(pair) for pair in close[:5]],
            )
    return ok()


def _pie_is_readable(given: CheckInput) -> Finding:
    arcs = [m for m in given.facts.marks if m.kind == "arc" and "theta" in m.channels and m.rows]
    if not arcs:
        return skip("There is no pie.")
    for mark in arcs:
        sizes: list[Any] = [row.get("theta") for row in mark.rows]
        numbers = [v for v in sizes if isinstance(v, int | float)]
        if any(v < 0 for v in numbers):
            return fail(
                "A slice has a negative size, which an angle cannot show.",
                "Use bars for values below zero.",
                smallest=min(numbers),
            )
    most = (
        max(len(mark.rows) for mark in arcs if "x" not in mark.channels)
        if any("x" not in mark.channels for mark in arcs)
        else 0
    )
    if most > MOST_SLICES:
        return fail(
            f"The pie has {most} slices, too many to compare.",
            "Use bars, or keep the largest slices and put the rest together as 'other'.",
            slices=most,
        )
    return ok(slices=most)


_OVER_TIME = re.compile(
    r"\b(?:trends?|over\s+(?:time|the\s+(?:years|months|weeks|days))|line\s+(?:chart|graph|plot))\b"
)
_FOR_EACH = re.compile(r"\b(?:for|of|in)\s+(?:each|every)\s+\w|\bone\s+(?:bar|point)\s+per\b")
_GROUPED = re.compile(
    r"\bper\s+(?!cent\b|capita\b)\w|\beach\s+\w|(?<!ed )(?<!en )\bby\s+(?!\w+ing\b|hand\b)\w"
)
_AGGREGATE = re.compile(r"\b(?:count|sum|avg|min|max|total|median)\s*\(", re.I)


def _single_value_chart(given: CheckInput) -> Finding:
    marks = given.facts.data_marks
    if len(marks) != 1 or marks[0].kind not in {"bar", "line", "area", "point", "arc"}:
        return skip("The chart has several marks.")
    mark = marks[0]
    if given.rows is None:
        return skip("The code loads its own data.")
    if len(mark.rows) == 1 and mark.channels and given.rows.num_rows >= 1:
        return fail(
            "The chart shows a single value.",
            "Return more than one group, or answer with the number itself.",
            target="sql",
            severity=Severity.ERROR if _groups_are_lost(given) else None,
            rows=given.rows.num_rows,
        )
    return ok()


def _groups_are_lost(given: CheckInput) -> bool:
    """Whether groups were asked for, and the query or the chart melted them into one value.

    A grouped query that gives one row is no proof: the data may hold one group only.
    """
    asked = given.request.question.casefold()
    several = bool(_OVER_TIME.search(asked) or _FOR_EACH.search(asked))
    if given.rows is not None and given.rows.num_rows > 1:
        return several or bool(_GROUPED.search(asked))
    melted = bool(_AGGREGATE.search(given.sql)) and not re.search(r"(?i)\bgroup\s+by\b", given.sql)
    return several and melted


def _not_too_many_marks(given: CheckInput) -> Finding:
    count = sum(mark.count for mark in given.facts.marks)
    if count > 5_000 and not given.demands.of(InteractionDemand):
        return fail(
            f"{count} marks are drawn on top of each other.",
            "Aggregate, bin or sample the data.",
            marks=count,
        )
    return ok(marks=count)


CHECKS = (
    Check(
        "too-many-categories",
        "An axis shows no more categories than can be read.",
        Severity.WARNING,
        _too_many_categories,
    ),
    Check(
        "too-many-colours",
        "A legend has no more colours than can be told apart.",
        Severity.WARNING,
        _too_many_colours,
    ),
    Check(
        "colours-are-distinct",
        "Groups have colours that look different.",
        Severity.WARNING,
        _colours_are_distinct,
        _ALTAIR,
    ),
    Check(
        "pie-is-readable",
        "A pie has few slices and none below zero.",
        Severity.WARNING,
        _pie_is_readable,
    ),
    Check(
        "single-value-chart",
        "The chart shows more than one value.",
        Severity.WARNING,
        _single_value_chart,
    ),
    Check(
        "not-too-many-marks",
        "Marks are few enough to be seen.",
        Severity.WARNING,
        _not_too_many_marks,
    ),
)
